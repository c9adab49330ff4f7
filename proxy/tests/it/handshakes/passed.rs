//! Handshakes that pass through, and what is none.

use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{is_sound, told};
use crate::lab::{KeyKind, Lab, OpensslServer, RawOrigin, program, run, within};

#[tokio::test]
async fn handshakes_that_pass_through_are_told_as_far_as_they_are_in_the_clear() {
    let exchanges = [
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", &[][..]),
        (
            "DHE-RSA-AES128-GCM-SHA256",
            "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
            &["origin server_key_exchange"],
        ),
    ];
    for (cipher, suite, key_exchange) in exchanges {
        let lab = Lab::start_with(&["--pass", "localhost"]).await;
        let origin = OpensslServer::start(&lab, KeyKind::Rsa, &["-tls1_2", "-cipher", cipher, "-www"]).await;
        let mut client = program("openssl", "openssl", lab.dir());
        client.args([
            "s_client",
            "-tls1_2",
            "-cipher",
            cipher,
            "-servername",
            "localhost",
            "-proxy",
        ]);
        client
            .arg(lab.handlens.proxy().to_string())
            .arg("-connect")
            .arg(origin.authority());
        let ran = within("openssl s_client", run(&mut client)).await;
        assert!(!ran.stderr.contains("alert"), "{}", ran.stderr);
        let connection = lab.api().connection(&origin.authority()).await;
        assert_eq!(connection["outcome"], "passed");
        let agreed = &connection["client"]["tls"];
        assert_eq!(
            (&agreed["version"], &agreed["cipher_suite"]),
            (&"TLS 1.2".into(), &suite.into())
        );
        let handshake = lab.api().handshake(&connection).await;
        assert_eq!(handshake["origin"], Value::Null);
        is_sound(&handshake["client"]);
        let mut expected = vec!["client client_hello", "origin server_hello", "origin certificate"];
        expected.extend(key_exchange);
        expected.extend([
            "origin server_hello_done",
            "client client_key_exchange",
            "client change_cipher_spec",
            "client [finished]",
        ]);
        let mut told = told(&handshake["client"]);
        // The server's ticket is in the clear.
        told.retain(|message| message != "origin new_session_ticket");
        assert_eq!(told[..expected.len()], expected);
        assert_eq!(
            told[expected.len()..],
            ["origin change_cipher_spec", "origin [finished]"]
        );
    }
}

#[tokio::test]
async fn tls_1_3_that_passes_through_shows_its_hellos_and_that_the_rest_is_sealed() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let origin = lab.origin().await;
    let believer = lab.client().trusting(lab.authority.der());
    assert_eq!(
        believer.get(&origin.url("/bytes/200000")).await.body.len(),
        200_000
    );
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    let told = told(&handshake["client"]);
    assert_eq!(told[..2], ["client client_hello", "origin server_hello"]);
    let kept: u64 = handshake["client"]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["end"].as_u64().unwrap() - record["start"].as_u64().unwrap())
        .sum();
    assert!(
        kept < 20_000,
        "{kept} bytes: what followed the handshake was noted"
    );
}

/// How a handshake that passed through ended, with an origin that does this.
async fn cut_short<F>(lab: &Lab, origin: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Value
where
    F: Future<Output = ()> + Send + 'static,
{
    let origin = RawOrigin::tcp(origin).await;
    assert!(lab.client().shake_hands(&origin.authority()).await.is_err());
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["outcome"], "passed");
    lab.api().handshake(&connection).await["client"].clone()
}

/// Says this in answer to the hello, and no more.
async fn answer(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.read(&mut [0; 4096]).await;
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// A fatal alert, handshake_failure.
const REFUSAL: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

#[tokio::test]
async fn a_handshake_that_passes_through_and_is_cut_short_says_who_did() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let closed = cut_short(&lab, |stream| answer(stream, &[])).await;
    assert_eq!(
        closed["failure"]["text"],
        "The origin closed the connection after the ClientHello of the client, without a word."
    );
    let reset = cut_short(&lab, |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.set_zero_linger();
    });
    assert_eq!(
        reset.await["failure"]["text"],
        "The origin reset the connection after the ClientHello of the client, without a word."
    );
    let refused = cut_short(&lab, |stream| answer(stream, &REFUSAL)).await;
    assert_eq!(told(&refused), ["client client_hello", "origin alert"]);
    let text = refused["failure"]["text"].as_str().unwrap();
    assert!(text.contains("with the alert handshake_failure"), "{text}");
}

/// What failed of the connection to this origin: its leg, stage and text, and what the handshake tells of it.
async fn told_silent(lab: &Lab, authority: &str) -> [String; 4] {
    let connection = lab.api().connection(authority).await;
    let handshake = lab.api().handshake(&connection).await;
    let failure = &connection["failure"];
    [
        &failure["leg"],
        &failure["stage"],
        &failure["text"],
        &handshake["client"]["failure"]["text"],
    ]
    .map(|text| text.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_side_that_falls_silent_in_a_handshake_that_passes_through_is_told() {
    let lab = Lab::start_as(|setup| {
        setup
            .args(&["--pass", "localhost"])
            .config("[timeouts]\nstall = 2\n")
    })
    .await;
    let silent = RawOrigin::tcp(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let authority = silent.authority();
    assert!(lab.client().shake_hands(&authority).await.is_err());
    assert_eq!(
        told_silent(&lab, &authority).await,
        [
            "origin",
            "tls",
            "nothing came from the origin within 2s, in the middle of the handshake",
            "Nothing came from the origin after the ClientHello of the client.",
        ]
    );

    let origin = lab.origin().await;
    let mut client = lab.client().tunnel(&origin.authority()).await;
    client.write_all(&hello()).await.unwrap();
    within("the end", client.read_to_end(&mut Vec::new()))
        .await
        .unwrap();
    assert_eq!(
        told_silent(&lab, &origin.authority()).await,
        [
            "client",
            "tls",
            "nothing came from the client within 2s, in the middle of the handshake",
            "Nothing came from the client after the sealed messages of the origin.",
        ]
    );
}

/// A client's hello, of somebody who says nothing more.
fn hello() -> Vec<u8> {
    let config = ClientConfig::builder()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut hello = Vec::new();
    session.write_tls(&mut hello).unwrap();
    hello
}

#[tokio::test]
async fn the_round_trip_time_is_known_of_what_passed_through_and_of_what_failed() {
    let lab = Lab::start_with(&["--pass", "127.0.0.1"]).await;
    let origin = lab.origin().await;
    let leg = async |authority: &str, leg: &str| {
        let connection = lab.api().connection(authority).await;
        lab.api().handshake(&connection).await[leg].clone()
    };
    lab.client().get(&origin.url("/bytes/3")).await;
    if leg(&origin.authority(), "origin").await["tcp_rtt_us"].is_null() {
        // A sandbox may have no sock_diag; then nobody says.
        return;
    }
    let believer = lab.client().trusting(lab.authority.der());
    believer.get(&origin.url_at("127.0.0.1", "/bytes/3")).await;
    let passed = leg(&format!("127.0.0.1:{}", origin.port()), "client").await;
    assert!(passed["tcp_rtt_us"].is_u64(), "{passed:#}");

    let refuses = RawOrigin::tcp(|stream| answer(stream, &REFUSAL)).await;
    assert_eq!(lab.client().get(&refuses.url("https", "/")).await.status, 502);
    let failed = leg(&refuses.authority(), "origin").await;
    assert!(!failed["failure"].is_null(), "{failed:#}");
    assert!(failed["tcp_rtt_us"].is_u64(), "{failed:#}");

    let resets = RawOrigin::tcp(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    assert_eq!(lab.client().get(&resets.url("https", "/")).await.status, 502);
    let reset = leg(&resets.authority(), "origin").await;
    assert!(
        reset["failure"]["text"].as_str().unwrap().contains("reset"),
        "{reset:#}"
    );
    assert!(reset["tcp_rtt_us"].is_u64(), "{reset:#}");

    let other = lab.origin().await;
    let doubts = lab.client().trusting(lab.authority.der());
    assert!(doubts.shake_hands(&other.authority()).await.is_err());
    let rejected = leg(&other.authority(), "client").await;
    assert!(rejected["tcp_rtt_us"].is_u64(), "{rejected:#}");
}

#[tokio::test]
async fn what_is_no_tls_has_no_handshake() {
    let lab = Lab::start().await;
    let echo = RawOrigin::tcp(|mut stream| async move {
        let mut said = [0; 4];
        stream.read_exact(&mut said).await.unwrap();
        stream.write_all(&said).await.unwrap();
    })
    .await;
    let mut tunnel = lab.client().tunnel(&echo.authority()).await;
    tunnel.write_all(b"\0ech").await.unwrap();
    within("the echo", tunnel.read_exact(&mut [0; 4])).await.unwrap();
    drop(tunnel);
    let connection = lab.api().connection(&echo.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    assert_eq!(
        (&handshake["client"], &handshake["origin"]),
        (&Value::Null, &Value::Null)
    );
}
