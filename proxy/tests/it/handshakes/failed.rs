//! Handshakes that came to nothing, as far as they came.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{full_tls13, told, with_message};
use crate::lab::{Authority, KeyKind, Lab, OpensslServer, Presented, RawOrigin, eventually};

#[tokio::test]
async fn a_client_that_rejects_our_certificate_is_told_with_its_alert() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let stranger = lab.client().trusting(Authority::new("Another Root").der());
    assert!(stranger.shake_hands(&origin.authority()).await.is_err());
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    let client = &handshake["client"];
    assert_eq!(told(client)[..7], full_tls13("client", "handlens")[..7]);
    let alert = client["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["type"] == "alert")
        .unwrap();
    assert_eq!(
        (&alert["from"], &alert["bytes"]),
        (&"client".into(), &"0230".into()),
        "{alert:#}"
    );
    assert_eq!(told(&handshake["origin"])[..9], full_tls13("handlens", "origin"));
    let failure = &client["failure"];
    assert_eq!(failure["sender"], "client", "{failure:#}");
    let text = "The client ended the handshake after the Finished of Handlens with the alert unknown_ca: the chain ends \
                at an authority that the sender does not trust.";
    assert_eq!(failure["text"], text);
    let advice = failure["advice"].as_str().unwrap();
    assert!(
        advice.starts_with("Install the root where this client looks for it"),
        "{advice}"
    );
    assert_eq!(handshake["origin"]["failure"], Value::Null);
}

#[tokio::test]
async fn an_origin_that_refuses_is_told_with_its_alert_and_the_client_that_heard_of_it() {
    let lab = Lab::start().await;
    let args = ["-tls1_2", "-cipher", "AES128-SHA"];
    let origin = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
    let answer = lab
        .client()
        .get(&format!("https://{}/", origin.authority()))
        .await;
    assert_eq!(answer.status, 502);
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    assert_eq!(
        told(&handshake["origin"]),
        ["handlens client_hello", "origin alert"]
    );
    assert_eq!(
        handshake["origin"]["messages"][1]["bytes"], "0228",
        "handshake_failure"
    );
    let failure = &handshake["origin"]["failure"];
    assert_eq!(failure["sender"], "origin", "{failure:#}");
    let cause = failure["cause"].as_str().unwrap();
    assert!(cause.starts_with("The origin finds no cipher suite"), "{cause}");
    assert_eq!(handshake["comparison"]["masking"]["verdict"], "unknown");
    assert_eq!(told(&handshake["client"])[..9], full_tls13("client", "handlens"));
}

#[tokio::test]
async fn a_bad_chain_is_told_with_the_alert_that_we_sent() {
    let lab = Lab::start().await;
    let origin = lab.origin_presenting(Presented::Expired).await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.status, 502);
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    let told = told(&handshake["origin"]);
    assert_eq!(told[..7], full_tls13("handlens", "origin")[..7]);
    assert!(told.contains(&"handlens [alert]".to_owned()), "{told:?}");
    assert_eq!(
        handshake["origin"]["failure"]["cause"],
        "The certificate of the origin has expired or is not valid yet, or the clock of this machine is wrong."
    );
    let judged = handshake["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["name"] == "judge")
        .unwrap();
    assert!(judged["text"].as_str().unwrap().contains("expired"), "{judged}");
}

#[tokio::test]
async fn an_origin_that_resets_in_the_middle_leaves_what_it_had_sent() {
    let lab = Lab::start().await;
    // A ServerHello's record that ends in its middle, and then a reset.
    let origin = RawOrigin::tcp(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(&[22, 3, 3, 0, 100, 2, 0, 0, 96, 3, 3]).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    assert_eq!(lab.client().get(&origin.url("https", "/")).await.status, 502);
    let connection = lab.api().connection(&origin.authority()).await;
    let origin = &lab.api().handshake(&connection).await["origin"];
    assert_eq!(told(origin)[0], "handlens client_hello");
    let text = origin["failure"]["text"].as_str().unwrap();
    assert_eq!(
        text,
        "The origin reset the connection after the ClientHello of Handlens, without a word."
    );
    assert_eq!(connection["failure"]["leg"], "origin");
}

#[tokio::test]
async fn a_handshake_is_seen_while_the_origin_is_silent() {
    let lab = Lab::start().await;
    let origin = RawOrigin::tcp(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let client = lab.client();
    let asking = tokio::spawn({
        let target = origin.authority();
        async move { client.shake_hands(&target).await.map(|_| ()) }
    });
    let row = eventually("the connection", || async {
        lab.api().connections().await.into_iter().next().ok_or("none")
    })
    .await;
    let handshake = with_message(&lab, &row, "origin", "handlens client_hello").await;
    assert_eq!(told(&handshake["client"]), ["client client_hello"]);
    assert_eq!(told(&handshake["origin"]), ["handlens client_hello"]);
    // It may still go on.
    assert_eq!(handshake["origin"]["failure"], Value::Null);
    asking.abort();
}

#[tokio::test]
async fn a_hello_that_stops_in_its_middle_is_kept() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhello = 1\n")).await;
    let origin = lab.origin().await;
    let mut tunnel = lab.client().tunnel(&origin.authority()).await;
    tunnel
        .write_all(&[22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3])
        .await
        .unwrap();
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["failure"]["stage"], "detect", "{connection:#}");
    let handshake = lab.api().handshake(&connection).await;
    assert!(!handshake["client"].is_null(), "{handshake:#}");
    assert_eq!(handshake["origin"], Value::Null);
}

/// How the handshake of a leg failed, with an origin that does this.
async fn ended<F>(
    lab: &Lab,
    leg: &str,
    origin: impl Fn(tokio::net::TcpStream) -> F + Send + Sync + 'static,
) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let origin = RawOrigin::tcp(origin).await;
    assert!(
        lab.client()
            .get(&origin.url("https", "/"))
            .await
            .status
            .is_server_error()
    );
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    handshake[leg]["failure"]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_origin_that_closes_or_is_silent_is_told_as_such() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\ntls = 2\n")).await;
    let closes = |mut stream: tokio::net::TcpStream| async move {
        // All of the hello, so that the end is no reset.
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    assert_eq!(
        ended(&lab, "origin", closes).await,
        "The origin closed the connection after the ClientHello of Handlens, without a word."
    );
    let is_silent = |mut stream: tokio::net::TcpStream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    assert_eq!(
        ended(&lab, "origin", is_silent).await,
        "Nothing came from the origin after the ClientHello of Handlens."
    );
}
