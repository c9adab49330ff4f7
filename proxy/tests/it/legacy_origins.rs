//! Origins that modern TLS can't reach, reached by OpenSSL where the person said so.

mod refused;

use std::pin::Pin;

use openssl::pkey::PKey;
use openssl::provider::Provider;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslVersion};
use openssl::x509::X509;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

use crate::client_certificates::{client_leaf, write};
use crate::lab::{
    Authority as LabAuthority, KeyKind, Lab, Leaf, OpensslServer, OriginOptions, Presented, RawOrigin, Setup,
    program, run,
};
use crate::revoked::{Authority, get};

async fn lab() -> Lab {
    Lab::start_with(&["--legacy-origin", "localhost"]).await
}

/// Asks an old server for its page, and returns the connection and its handshakes.
async fn reached(lab: &Lab, old: &OpensslServer) -> (Value, Value) {
    let url = format!("https://{}/", old.authority());
    let answer = lab.client().http1().get(&url).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("s_server"), "{}", answer.text());
    let row = lab.api().connection(&old.authority()).await;
    (
        lab.api().connection_of(&row).await,
        lab.api().handshake(&row).await,
    )
}

fn messages(leg: &Value) -> Vec<&str> {
    let messages = leg["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn tls_1_0_with_rsa_key_exchange_is_told_in_full() {
    let lab = lab().await;
    let args = ["-tls1", "-www", "-cipher", "AES128-SHA@SECLEVEL=0"];
    let old = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
    let (connection, handshake) = reached(&lab, &old).await;
    let tls = &connection["origin"]["tls"];
    assert_eq!(
        (&tls["version"], &tls["cipher_suite"], &tls["legacy"]),
        (
            &"TLS 1.0".into(),
            &"TLS_RSA_WITH_AES_128_CBC_SHA".into(),
            &true.into()
        )
    );
    assert_eq!(connection["client"]["tls"].get("legacy"), None, "{connection:#}");
    assert_eq!(
        connection["origin"]["verdict"]["decision"], "trusted",
        "{connection:#}"
    );
    let told = messages(&handshake["origin"]);
    for expected in [
        "client_hello",
        "server_hello",
        "certificate",
        "server_hello_done",
        "client_key_exchange",
    ] {
        assert!(told.contains(&expected), "{told:?}");
    }
    assert_eq!(
        told.iter()
            .filter(|message| **message == "change_cipher_spec")
            .count(),
        2
    );
    assert_eq!(handshake["origin"]["failure"], Value::Null);
}

#[tokio::test]
async fn inspect_reaches_one_that_is_named() {
    let lab = Lab::start().await;
    let args = ["-tls1", "-cipher", "AES128-SHA@SECLEVEL=0"];
    let old = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
    let output = Setup::bare(lab.dir())
        .args(&[
            "inspect",
            "--json",
            "--legacy-origin",
            "localhost",
            &old.authority(),
        ])
        .arg("--origin-ca")
        .arg(lab.dir().join("origin-root.pem"))
        .run()
        .await;
    assert_eq!(output.code, Some(0), "{output:?}");
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(
        (&report["tls"]["version"], &report["tls"]["legacy"]),
        (&"TLS 1.0".into(), &true.into())
    );
    assert_eq!(report["verdict"]["decision"], "trusted");
    let told = messages(&report["handshake"]);
    assert!(told.contains(&"server_hello_done"), "{told:?}");
}

#[tokio::test]
async fn finite_field_diffie_hellman_is_reached() {
    let lab = lab().await;
    let args = ["-tls1_2", "-www", "-cipher", "DHE-RSA-AES256-GCM-SHA384"];
    let old = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
    let (connection, handshake) = reached(&lab, &old).await;
    assert_eq!(
        connection["origin"]["tls"]["cipher_suite"],
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
    );
    assert!(messages(&handshake["origin"]).contains(&"server_key_exchange"));
}

#[tokio::test]
async fn a_key_of_1024_bits_stays_a_failure_that_the_setting_overrides() {
    let lab = lab().await;
    let args = ["-tls1_1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start_with_a_small_key(&lab, &args).await;
    let (connection, _) = reached(&lab, &old).await;
    let verdict = &connection["origin"]["verdict"];
    assert_eq!(verdict["decision"], "overridden", "{verdict:#}");
    assert_eq!(verdict["allowed_by"], "legacy-origin localhost");
    let failed = verdict["checks"].as_array().unwrap().iter();
    let failed: Vec<_> = failed
        .filter(|check| check["outcome"] == "fail")
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["key_strength"], "{verdict:#}");
}

#[tokio::test]
async fn what_a_small_key_needs_is_not_advised_where_it_is_in_use() {
    let lab = Lab::start_with(&["--legacy-origin", "127.0.0.1"]).await;
    let args = ["-tls1_1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start_with_a_small_key(&lab, &args).await;
    let authority = format!("127.0.0.1:{}", old.port);
    assert_eq!(
        lab.client().get(&format!("https://{authority}/")).await.status,
        502
    );
    let connection = lab.api().connection(&authority).await;
    let remedy = connection["failure"]["remedy"].as_str().unwrap();
    assert!(
        remedy.ends_with("; or let this host pass with `--allow-invalid 127.0.0.1`"),
        "{remedy}"
    );
}

#[tokio::test]
async fn a_signature_too_weak_to_be_verified_is_refused() {
    let lab = lab().await;
    let names = lab.write("names", "subjectAltName=DNS:localhost\n");
    // Anybody can say so: the name is the lab's root's, and the key is not.
    let forge = "req -x509 -newkey rsa:2048 -nodes -keyout forger.key -out forger.pem -subj";
    let request = "req -newkey rsa:2048 -nodes -keyout forged.key -subj /CN=localhost -out forged.csr";
    let sign = "x509 -req -md5 -in forged.csr -CA forger.pem -CAkey forger.key -CAcreateserial -days 9 -out forged.pem -extfile";
    for (line, last) in [
        (forge, Some("/CN=Lab Root")),
        (request, None),
        (sign, names.to_str()),
    ] {
        let mut command = program("openssl", "openssl", lab.dir());
        command.args(line.split(' ')).args(last);
        run(&mut command).await.succeeded();
    }
    let args = ["-tls1_1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start_presenting(&lab, "forged", &args).await;
    let answer = lab.client().get(&format!("https://{}/", old.authority())).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let connection = lab.api().connection(&old.authority()).await;
    let connection = lab.api().connection_of(&connection).await;
    let verdict = &connection["origin"]["verdict"];
    assert_eq!(verdict["decision"], "refused", "{verdict:#}");
    let failed = verdict["checks"].as_array().unwrap().iter();
    let failed: Vec<_> = failed
        .filter(|check| check["outcome"] == "fail")
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["signature_algorithm"], "{verdict:#}");
}

#[tokio::test]
async fn a_server_that_knows_nothing_of_secure_renegotiation_is_not_refused_for_it() {
    let lab = lab().await;
    // A ServerHello of TLS 1.2 with TLS_RSA_WITH_AES_128_CBC_SHA and no extensions, and then a fatal bad_certificate: all
    // that a client says of the hello would have come before.
    let hello = [
        &[22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3][..],
        &[7; 32],
        &[0, 0, 0x2f, 0],
    ]
    .concat();
    let answer = [hello.as_slice(), &[21, 3, 3, 0, 2, 2, 42]].concat();
    let origin = RawOrigin::tcp(move |mut stream| {
        let answer = answer.clone();
        async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.read(&mut [0; 4096]).await;
        }
    })
    .await;
    assert_eq!(lab.client().get(&origin.url("https", "/")).await.status, 502);
    let connection = lab.api().connection(&origin.authority()).await;
    let text = connection["failure"]["text"].as_str().unwrap();
    assert!(text.contains("bad certificate"), "{text}");
    let remedy = connection["failure"]["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("OpenSSL has nothing older than TLS 1.0"),
        "{remedy}"
    );
}

/// A server of our own OpenSSL, with a good certificate of the lab's, that agrees to this suite alone.
async fn server_with(lab: &Lab, suite: &str) -> u16 {
    let leaf = lab.authority.issue(&Leaf {
        key: KeyKind::Rsa,
        ..Leaf::good()
    });
    // RC4 is kept apart, and looked for when a context is made.
    std::mem::forget(Provider::try_load(None, "legacy", true).unwrap());
    let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
    context.set_security_level(0);
    context.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
    context.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
    let certificate = X509::from_pem(leaf.chain_pem().as_bytes()).unwrap();
    context.set_certificate(&certificate).unwrap();
    let key = PKey::private_key_from_pem(leaf.key_pem().as_bytes()).unwrap();
    context.set_private_key(&key).unwrap();
    context.set_cipher_list(&format!("{suite}:@SECLEVEL=0")).unwrap();
    let context = context.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let mut stream = SslStream::new(Ssl::new(&context).unwrap(), tcp).unwrap();
            if Pin::new(&mut stream).accept().await.is_ok() {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nby s_server").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    port
}

#[tokio::test]
async fn rc4_and_triple_des_are_reached_and_told() {
    let lab = lab().await;
    for (suite, told) in [
        ("RC4-SHA", "TLS_RSA_WITH_RC4_128_SHA"),
        ("ECDHE-RSA-RC4-SHA", "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
        ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    ] {
        let authority = format!("localhost:{}", server_with(&lab, suite).await);
        let answer = lab.client().http1().get(&format!("https://{authority}/")).await;
        assert_eq!(answer.status, 200, "{suite}: {}", answer.text());
        let row = lab.api().connection(&authority).await;
        let connection = lab.api().connection_of(&row).await;
        assert_eq!(connection["origin"]["tls"]["cipher_suite"], told);
    }
    for exchange in lab.api().exchanges().await {
        assert_eq!(exchange["tls"]["legacy"], true, "{exchange:#}");
    }
}

#[tokio::test]
async fn an_old_origin_that_asks_is_shown_the_client_certificate() {
    let bank = LabAuthority::new("Bank Root");
    let identity = bank.issue(&client_leaf("me.bank.test"));
    for (settings, shown) in [
        (
            "[[client-certificate]]\nhost = \"localhost\"\ncert = \"me.pem\"\nkey = \"me.key\"\n",
            true,
        ),
        ("", false),
    ] {
        let lab = Lab::start_as(|setup| {
            write(setup.home(), "me", &identity);
            setup.config(settings).args(&["--legacy-origin", "localhost"])
        })
        .await;
        lab.write("bank.pem", bank.pem());
        let args = [
            "-tls1",
            "-www",
            "-cipher",
            "DEFAULT@SECLEVEL=0",
            "-Verify",
            "1",
            "-CAfile",
            "bank.pem",
        ];
        let old = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
        let answer = lab
            .client()
            .http1()
            .get(&format!("https://{}/", old.authority()))
            .await;
        let row = lab.api().connection(&old.authority()).await;
        if shown {
            assert_eq!(answer.status, 200, "{}", answer.text());
            let sent = lab
                .api()
                .get(&format!(
                    "/api/connections/{}/certificates",
                    row["id"].as_str().unwrap()
                ))
                .await["sent"]
                .clone();
            assert_eq!(sent[0]["subject"], "CN=me.bank.test", "{sent:#}");
        } else {
            assert_eq!(answer.status, 502);
            let remedy = row["failure"]["remedy"].as_str().unwrap();
            assert!(
                remedy.starts_with("it asked for a client certificate: name one"),
                "{remedy}"
            );
        }
    }
}
