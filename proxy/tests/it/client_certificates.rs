//! Client certificates: what origins that ask are shown, and what clients show when they are asked.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::ClientConfig;
use serde_json::Value;

use crate::lab::{
    Authority, Client, Identity, KeyKind, Lab, Leaf, OpensslServer, Origin, OriginOptions, Setup, program,
    run,
};

pub(crate) fn client_leaf(name: &str) -> Leaf {
    Leaf {
        client: true,
        ..Leaf::for_name(name)
    }
}

/// `NAME.pem` and `NAME.key`, as their owner alone reads them.
pub(crate) fn write(dir: &Path, name: &str, identity: &Identity) {
    for (file, text) in [
        (format!("{name}.pem"), identity.chain_pem()),
        (format!("{name}.key"), identity.key_pem()),
    ] {
        std::fs::write(dir.join(&file), text).unwrap();
        std::fs::set_permissions(dir.join(&file), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A Handlens that trusts a bank, and has a client certificate of it for `localhost`; and the bank.
async fn with_client_certificate(settings: &str) -> (Lab, Origin) {
    let bank = Authority::new("Bank Root");
    let (root, identity) = (bank.pem(), bank.issue(&client_leaf("me.bank.test")));
    let lab = Lab::start_as(|setup: Setup| {
        let home = setup.home().to_owned();
        std::fs::write(home.join("bank.pem"), root).unwrap();
        write(&home, "me", &identity);
        setup
            .config(&format!(
                "[[client-certificate]]\nhost = \"localhost\"\n{settings}"
            ))
            .args(&["--origin-ca", "bank.pem"])
    })
    .await;
    let options = OriginOptions {
        wants_client_certificate: true,
        ..OriginOptions::https()
    };
    (lab, Origin::start(&bank, options).await)
}

#[tokio::test]
async fn an_origin_that_asks_is_shown_the_one_for_its_host() {
    let (lab, bank) = with_client_certificate("cert = \"me.pem\"\nkey = \"me.key\"\n").await;
    assert_eq!(lab.client().get(&bank.url("/bytes/3")).await.body.len(), 3);
    let told = certificates(&lab, &bank.authority()).await;
    assert_eq!(told["sent"][0]["subject"], "CN=me.bank.test", "{told:#}");
    let refused = lab.client().get(&bank.url_at("127.0.0.1", "/bytes/3")).await;
    assert_eq!(refused.status, 502, "it is for another host");
}

/// Nothing says that HTTP is spoken, and the origin refuses before or after the request is on its way.
#[tokio::test]
async fn an_origin_without_alpn_that_asks_in_vain_is_told_as_one_that_does() {
    let lab = Lab::start().await;
    let server = OpensslServer::start(&lab, KeyKind::Ecdsa, &["-Verify", "1", "-www"]).await;
    for _ in 0..5 {
        let answer = lab
            .client()
            .get(&format!("https://{}/", server.authority()))
            .await;
        assert_eq!(answer.status, 502);
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            page.contains("leg:    origin") && page.contains("certificate_required"),
            "{page}"
        );
    }
    for connection in lab.api().closed_connections().await {
        assert_eq!(connection["failure"]["leg"], "origin", "{connection:#}");
        assert_eq!(connection["outcome"], "failed");
    }
}

#[tokio::test]
async fn it_may_be_a_pkcs12() {
    let bank = Authority::new("Bank Root");
    let identity = bank.issue(&client_leaf("me.bank.test"));
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "me", &identity);
    let mut command = program("openssl", "openssl", dir.path());
    command.args("pkcs12 -export -in me.pem -inkey me.key -out me.p12 -passout pass:secret".split(' '));
    run(&mut command).await.succeeded();
    std::fs::write(dir.path().join("password"), "secret\n").unwrap();
    for file in ["me.p12", "password"] {
        std::fs::set_permissions(dir.path().join(file), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let root = dir.path().join("bank.pem");
    std::fs::write(&root, bank.pem()).unwrap();
    let lab = Lab::start_as(|setup| {
        let settings = format!(
            "[[client-certificate]]\nhost = \"localhost\"\npkcs12 = \"{0}/me.p12\"\npassword-file = \"{0}/password\"\n",
            dir.path().display()
        );
        setup.config(&settings).arg("--origin-ca").arg(root)
    })
    .await;
    let options = OriginOptions {
        wants_client_certificate: true,
        ..OriginOptions::https()
    };
    let origin = Origin::start(&bank, options).await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
}

#[tokio::test]
async fn an_origin_that_asks_in_vain_is_told_with_the_setting() {
    let lab = Lab::start().await;
    let options = OriginOptions {
        wants_client_certificate: true,
        alpn: vec!["http/1.1"],
        ..OriginOptions::https()
    };
    let origin = lab.origin_with(options).await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.status, 502);
    let connection = lab.api().connection(&origin.authority()).await;
    let failure = &connection["failure"];
    assert_eq!(failure["alert"]["name"], "certificate_required");
    assert_eq!(
        failure["remedy"],
        "it asked for a client certificate: name one in the settings file, by `[[client-certificate]]` with \
         `host = \"localhost\"`, `cert` and `key`, or `pkcs12`; or carry its TLS untouched with `--pass localhost`"
    );
}

#[tokio::test]
async fn a_certificate_that_can_not_be_used_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let lab_authority = Authority::new("Lab Root");
    let settings =
        "[[client-certificate]]\nhost = \"*.bank.test\"\ncert = \"none.pem\"\nkey = \"none.key\"\n";
    let output = Setup::new(dir.path(), &lab_authority)
        .config(settings)
        .run()
        .await;
    assert_eq!(output.code, Some(1));
    assert_eq!(
        output.stderr,
        "handlens: the client certificate for *.bank.test can't be used: none.pem can't be read: No such file or \
         directory (os error 2)\n"
    );
    let settings = "[[client-certificate]]\nhost = \"a\"\ncrt = \"x\"\n";
    let output = Setup::new(dir.path(), &lab_authority)
        .config(settings)
        .run()
        .await;
    assert_eq!(output.code, Some(2));
    assert!(
        output.stderr.ends_with(
            "has an unknown setting client-certificate.crt; did you mean client-certificate.cert?\n"
        ),
        "{}",
        output.stderr
    );
}

/// A client that shows this certificate where it is asked.
fn showing(client: Client, identity: &Identity) -> Client {
    let (chain, key) = (identity.chain.clone(), identity.key.clone_key());
    client.with_tls(|config: &mut ClientConfig| {
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).unwrap();
        let shown = rustls::sign::CertifiedKey::new(chain, key);
        config.client_auth_cert_resolver = std::sync::Arc::new(rustls::sign::SingleCertAndKey::from(shown));
    })
}

async fn asking(clients: &Authority) -> Lab {
    let root = clients.pem();
    Lab::start_as(|setup: Setup| {
        std::fs::write(setup.home().join("clients.pem"), root).unwrap();
        setup.args(&["--client-ca", "clients.pem"])
    })
    .await
}

/// The certificates of the connection to this target.
async fn certificates(lab: &Lab, target: &str) -> Value {
    let row = lab.api().connection(target).await;
    let id = row["id"].as_str().unwrap();
    lab.api()
        .get(&format!("/api/connections/{id}/certificates"))
        .await
}

#[tokio::test]
async fn a_client_that_is_asked_is_judged_and_goes_on() {
    let clients = Authority::new("Clients' Root");
    let lab = asking(&clients).await;
    for (authority, decision) in [
        (clients, "trusted"),
        (Authority::new("Another Root"), "overridden"),
    ] {
        let origin = lab.origin().await;
        let client = showing(lab.client(), &authority.issue(&client_leaf("me.test")));
        assert_eq!(client.get(&origin.url("/bytes/3")).await.body.len(), 3);
        let connection = certificates(&lab, &origin.authority()).await;
        let verdict = &connection["client_verdict"];
        assert_eq!(verdict["decision"], decision, "{connection:#}");
        assert_eq!(connection["client"][0]["subject"], "CN=me.test", "{connection:#}");
        let possession = verdict["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["name"] == "possession");
        assert_eq!(possession.unwrap()["outcome"], "pass", "{verdict:#}");
    }
}

#[tokio::test]
async fn a_client_that_has_none_goes_on_too() {
    let lab = asking(&Authority::new("Clients' Root")).await;
    let origin = lab.origin().await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
    let connection = certificates(&lab, &origin.authority()).await;
    assert_eq!(connection["client_verdict"], Value::Null, "{connection:#}");
}

#[tokio::test]
async fn a_resumed_session_is_judged_by_what_began_it() {
    let clients = Authority::new("Clients' Root");
    let lab = asking(&clients).await;
    let client = showing(lab.client(), &clients.issue(&client_leaf("me.test")));
    let mut last = String::new();
    for _ in 0..2 {
        let origin = lab.origin().await;
        assert_eq!(client.get(&origin.url("/bytes/3")).await.body.len(), 3);
        last = origin.authority();
        lab.api().connection(&last).await;
    }
    let row = lab.api().connection(&last).await;
    assert_eq!(row["client"]["tls"]["resumed"], true, "{row:#}");
    let connection = certificates(&lab, &last).await;
    assert_eq!(
        connection["client_verdict"]["decision"], "trusted",
        "{connection:#}"
    );
}

#[tokio::test]
async fn without_roots_of_clients_nothing_is_judged() {
    let lab = Lab::start_with(&["--ask-client-certificate"]).await;
    let origin = lab.origin().await;
    let client = showing(
        lab.client(),
        &Authority::new("Any Root").issue(&client_leaf("me.test")),
    );
    assert_eq!(client.get(&origin.url("/bytes/3")).await.body.len(), 3);
    let connection = certificates(&lab, &origin.authority()).await;
    assert_eq!(
        connection["client_verdict"]["decision"], "not_judged",
        "{connection:#}"
    );
}

#[tokio::test]
async fn a_client_that_shows_a_copy_is_refused() {
    let clients = Authority::new("Clients' Root");
    let lab = asking(&clients).await;
    let origin = lab.origin().await;
    let copied = Identity {
        key: clients.issue(&client_leaf("thief.test")).key,
        ..clients.issue(&client_leaf("me.test"))
    };
    let thief = showing(lab.client().http1(), &copied);
    thief.open_and_forget(&origin.url("/secret")).await;
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        connection["failure"]["text"], "the client did not prove that it holds its certificate's key",
        "{connection:#}"
    );
    assert_eq!(origin.requests().len(), 0);
    let connection = certificates(&lab, &origin.authority()).await;
    assert_eq!(
        connection["client_verdict"]["decision"], "refused",
        "{connection:#}"
    );
}
