//! Both handshakes as they were on the wire, message by message.

mod failed;
mod passed;
mod programs;

use std::sync::Arc;

use capture::Store;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::lab::{Client, KeyKind, Lab, OpensslServer, OriginOptions, eventually, read_head, within};

/// `from message` of each message of a leg in order, `[...]` around what was sealed.
fn told(leg: &Value) -> Vec<String> {
    let messages = leg["messages"].as_array().unwrap_or_else(|| panic!("{leg:#}"));
    let one = |message: &Value| {
        let text = |key: &str| message[key].as_str().unwrap().to_owned();
        if message["encrypted"] == true {
            format!("{} [{}]", text("from"), text("type"))
        } else {
            format!("{} {}", text("from"), text("type"))
        }
    };
    messages.iter().map(one).collect()
}

/// What must hold of any leg: times in order, byte ranges within the messages, Finished that verify.
#[track_caller]
fn is_sound(leg: &Value) {
    let messages = leg["messages"].as_array().unwrap();
    let times: Vec<_> = messages
        .iter()
        .map(|m| m["offset_us"].as_u64().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times[0] > 0, "a hello takes longer than nothing");
    assert_eq!(
        leg["problems"],
        Value::from(Vec::<Value>::new()),
        "{:#}",
        leg["problems"]
    );
    assert_eq!(leg["truncated"], false);
    for message in messages {
        assert_eq!(message["problem"], Value::Null, "{message:#}");
        if message["type"] == "finished" && message["bytes"] != "" {
            assert_eq!(message["verified"], true, "{message:#}");
        }
    }
}

const SERVER_FLIGHT: [&str; 4] = [
    "encrypted_extensions",
    "certificate",
    "certificate_verify",
    "finished",
];

/// A full handshake of TLS 1.3 between these two, without what comes late.
fn full_tls13(client: &str, server: &str) -> Vec<String> {
    let mut told = vec![format!("{client} client_hello"), format!("{server} server_hello")];
    told.push(format!("{server} change_cipher_spec"));
    told.extend(SERVER_FLIGHT.map(|message| format!("{server} [{message}]")));
    told.push(format!("{client} change_cipher_spec"));
    told.push(format!("{client} [finished]"));
    told
}

/// Waits until a leg of this connection has a message like this.
async fn with_message(lab: &Lab, connection: &Value, leg: &str, message: &str) -> Value {
    eventually(format!("{message} on the {leg} leg"), || async {
        let handshake = lab.api().handshake(connection).await;
        // A leg that has not begun has none.
        let has_begun = handshake[leg]["messages"].is_array();
        if has_begun && told(&handshake[leg]).iter().any(|told| told == message) {
            Ok(handshake)
        } else {
            Err(handshake[leg]["messages"].clone())
        }
    })
    .await
}

#[tokio::test]
async fn both_handshakes_of_tls_1_3_are_told_message_by_message() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab
        .client()
        .with_tls(|config| config.resumption = rustls::client::Resumption::disabled());
    assert_eq!(client.get(&origin.url("/bytes/100000")).await.body.len(), 100_000);
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;

    let (client, origin) = (&handshake["client"], &handshake["origin"]);
    is_sound(client);
    is_sound(origin);
    assert_eq!(told(client)[..9], full_tls13("client", "handlens"));
    assert_eq!(told(origin)[..9], full_tls13("handlens", "origin"));
    // What came late was noted without a secret of application data.
    let late = |leg, from: &str| {
        let mut late = told(leg)[9..].to_vec();
        late.retain(|message| message.starts_with(from));
        late
    };
    assert_eq!(
        late(client, "handlens")[..2],
        ["handlens [new_session_ticket]", "handlens [new_session_ticket]"]
    );
    assert_eq!(
        late(origin, "origin")[..2],
        ["origin [new_session_ticket]", "origin [new_session_ticket]"]
    );
    let sealed = client["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|record| record["sealed"] == true)
        .count();
    assert!(
        sealed <= 5,
        "{sealed} sealed records: what was read along with the Finished is no handshake"
    );

    let comparison = &handshake["comparison"];
    assert_eq!(comparison["masking"]["verdict"], "same", "{comparison:#}");
    let aspects = comparison["rows"].as_array().unwrap();
    assert!(
        aspects
            .iter()
            .any(|row| row["aspect"] == "cipher_suites" && row["same"] == true)
    );

    for leg in [client, origin] {
        // A sandbox may have no sock_diag; then nobody says.
        let rtt = &leg["tcp_rtt_us"];
        assert!(rtt.is_null() || rtt.as_u64() < Some(1_000_000), "{rtt}");
    }

    assert_eq!(handshake["opened"], connection["opened"]);
    let steps: Vec<_> = handshake["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            assert!(step["start_us"].as_u64() <= step["end_us"].as_u64(), "{step}");
            format!(
                "{} {}",
                step["leg"].as_str().unwrap(),
                step["name"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            "origin resolve",
            "origin connect",
            "origin tls",
            "origin judge",
            "client mint",
            "client tls"
        ]
    );
    let address = &handshake["steps"][1]["text"];
    assert_eq!(address, &connection["origin"]["address"]);
    assert_eq!(
        handshake["resumes"],
        serde_json::json!({"client": null, "origin": null})
    );
}

#[tokio::test]
async fn a_handshake_of_tls_1_2_is_told_up_to_its_sealed_finished() {
    let lab = Lab::start().await;
    let options = OriginOptions {
        versions: vec![&rustls::version::TLS12],
        ..OriginOptions::https()
    };
    let origin = lab.origin_with(options).await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    is_sound(&handshake["origin"]);
    assert_eq!(
        told(&handshake["origin"])[..10],
        [
            "handlens client_hello",
            "origin server_hello",
            "origin certificate",
            "origin server_key_exchange",
            "origin server_hello_done",
            "handlens client_key_exchange",
            "handlens change_cipher_spec",
            "handlens [finished]",
            "origin change_cipher_spec",
            "origin [finished]",
        ]
    );
    assert_eq!(connection["origin"]["tls"]["version"], "TLS 1.2");
}

/// A client whose first key share is of a group that the server has not.
fn retried(lab: &Lab) -> Client {
    lab.client().with_tls(|config| {
        let mut provider = default_provider();
        provider.kx_groups = vec![kx_group::MLKEM768, kx_group::X25519];
        let mut roots = RootCertStore::empty();
        roots.add(lab.handlens.root_der()).unwrap();
        let alpn = config.alpn_protocols.clone();
        *config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn;
    })
}

#[tokio::test]
async fn a_hello_that_is_asked_for_again_is_told_twice() {
    let lab = Lab::start().await;
    let origin = OpensslServer::start(&lab, KeyKind::Ecdsa, &["-www", "-groups", "P-384"]).await;
    let answer = retried(&lab)
        .http1()
        .get(&format!("https://{}/", origin.authority()))
        .await;
    assert_eq!(answer.status, 200);
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    for (leg, client, server) in [("client", "client", "handlens"), ("origin", "handlens", "origin")] {
        is_sound(&handshake[leg]);
        let mut hellos = told(&handshake[leg]);
        hellos.retain(|message| message.contains("hello"));
        assert_eq!(
            hellos,
            [
                format!("{client} client_hello"),
                format!("{server} hello_retry_request"),
                format!("{client} client_hello"),
                format!("{server} server_hello"),
            ]
        );
    }
}

#[tokio::test]
async fn a_resumed_connection_names_the_one_that_it_resumes() {
    let versions = [&rustls::version::TLS12, &rustls::version::TLS13];
    let settings = |version| [(version, &[][..]), (version, &["--keep-secrets"])];
    for (version, settings) in versions.into_iter().flat_map(settings) {
        let lab = Lab::start_with(settings).await;
        let origin = lab.origin().await;
        let mut roots = RootCertStore::empty();
        roots.add(lab.handlens.root_der()).unwrap();
        let client = lab.client().with_tls(|config| {
            *config = ClientConfig::builder_with_protocol_versions(&[version])
                .with_root_certificates(roots)
                .with_no_client_auth();
        });
        for n in 0..3 {
            assert_eq!(
                client.get(&origin.url(&format!("/bytes/{n}"))).await.body.len(),
                n
            );
            lab.api().exchanges_over(n + 1).await;
        }
        let rows = lab.api().closed_connections().await;
        let mut named = Vec::new();
        for row in &rows {
            let handshake = lab.api().handshake(row).await;
            is_sound(&handshake["client"]);
            let has_certificate = told(&handshake["client"]).contains(&"handlens [certificate]".to_owned());
            assert_eq!(
                row["client"]["tls"]["version"] == "TLS 1.3" && row["client"]["tls"]["resumed"] == false,
                has_certificate
            );
            named.push(handshake["resumes"]["client"].clone());
        }
        let id = |n: usize| rows[n]["id"].clone();
        let last = if version.version == rustls::ProtocolVersion::TLSv1_3 {
            id(1)
        } else {
            id(0)
        };
        assert_eq!(named, [Value::Null, id(0), last], "{settings:?}");
    }
}

#[tokio::test]
async fn what_comes_late_is_told_whenever_it_comes() {
    let lab = Lab::start().await;
    let mut origin = OpensslServer::start(&lab, KeyKind::Ecdsa, &["-tls1_3", "-alpn", "lab"]).await;
    let client = lab.client().offering(&["lab"]);
    let mut stream = client.shake_hands(&origin.authority()).await.unwrap();
    let row = eventually("the connection", || async {
        let rows = lab.api().connections().await;
        rows.into_iter()
            .next()
            .filter(|row| row["outcome"] == "inspected")
            .ok_or("none")
    })
    .await;
    with_message(&lab, &row, "origin", "origin [new_session_ticket]").await;

    // The client changes its keys, and asks Handlens to change its own.
    stream.get_mut().1.refresh_traffic_keys().unwrap();
    stream.write_all(b"after the key update\n").await.unwrap();
    stream.flush().await.unwrap();
    let handshake = with_message(&lab, &row, "client", "client [key_update]").await;
    assert!(!told(&handshake["origin"]).contains(&"origin [key_update]".to_owned()));

    // So does the origin.
    origin.input.write_all(b"K\n").await.unwrap();
    origin.input.flush().await.unwrap();
    with_message(&lab, &row, "origin", "origin [key_update]").await;
    origin.input.write_all(b"to the client\n").await.unwrap();
    origin.input.flush().await.unwrap();
    let mut came = [0; 14];
    within("what the origin said", stream.read_exact(&mut came))
        .await
        .unwrap();
    assert_eq!(&came, b"to the client\n");
    with_message(&lab, &row, "client", "handlens [key_update]").await;

    stream.shutdown().await.unwrap();
    drop(stream);
    let handshake = with_message(&lab, &row, "client", "client [alert]").await;
    let closing = handshake["client"]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .rfind(|m| m["type"] == "alert");
    assert!(
        closing.unwrap()["bytes"] == "0100",
        "{closing:?}: a close_notify, opened behind a key update"
    );
}

#[tokio::test]
async fn secrets_of_application_data_are_kept_and_written_only_when_asked_for() {
    for asked in [false, true] {
        let lab = Lab::start_as(|setup| {
            let log = setup.home().join("keys.log");
            if asked {
                setup.args(&["--keep-secrets", "--keylog"]).arg(log)
            } else {
                setup
            }
        })
        .await;
        let origin = lab.origin().await;
        lab.client().get(&origin.url("/bytes/3")).await;
        let connection = lab.api().connection(&origin.authority()).await;
        let handshake = lab.api().handshake(&connection).await;
        let log = lab.dir().join("home/keys.log");
        let store = capture::SqliteStore::open_read_only(&lab.dir().join("data/store")).unwrap();
        let kept = store
            .handshakes(connection["id"].as_str().unwrap().parse().unwrap())
            .unwrap();
        for (leg, kept) in [("client", kept.client), ("origin", kept.origin)] {
            is_sound(&handshake[leg]);
            let mut labels: Vec<_> = kept
                .unwrap()
                .secrets
                .into_iter()
                .map(|secret| secret.label)
                .collect();
            labels.sort();
            let of_handshake = [
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            ];
            let all = [
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "CLIENT_TRAFFIC_SECRET_0",
                "EXPORTER_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "SERVER_TRAFFIC_SECRET_0",
            ];
            assert_eq!(labels, if asked { &all[..] } else { &of_handshake });
        }
        assert_eq!(log.exists(), asked);
        if asked {
            let lines = std::fs::read_to_string(&log).unwrap();
            // Five secrets a leg: both handshake's, both of application data, and the exporter's.
            assert_eq!(lines.lines().count(), 10, "{lines}");
            assert_eq!(
                lines
                    .lines()
                    .filter(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 "))
                    .count(),
                2
            );
        }
    }
}

#[tokio::test]
async fn the_hello_that_was_read_ahead_with_the_connect_is_in_the_handshake() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let target = origin.authority();
    let mut tcp = lab.client().tcp().await;
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(lab.handlens.root_der()).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut both = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").into_bytes();
    session.write_tls(&mut both).unwrap();
    tcp.write_all(&both).await.unwrap();
    assert!(read_head(&mut tcp).await.starts_with("HTTP/1.1 200 "));
    within("the ServerHello", tcp.read_exact(&mut [0; 5]))
        .await
        .unwrap();
    drop(tcp);
    let connection = lab.api().connection(&target).await;
    let handshake = lab.api().handshake(&connection).await;
    assert_eq!(
        told(&handshake["client"])[..2],
        ["client client_hello", "handlens server_hello"]
    );
}
