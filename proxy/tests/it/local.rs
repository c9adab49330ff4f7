//! `http://handlens.local/` through the proxy: the root for whoever comes in.

use http::Method;
use tokio::io::AsyncWriteExt;

use crate::lab::{Lab, empty, request};

#[tokio::test]
async fn a_client_gets_the_root_from_the_proxy_itself() {
    let lab = Lab::start().await;
    let client = lab.client();
    let page = client.get("http://handlens.local/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("Trust the root of this proxy"),
        "{}",
        page.text()
    );
    let der = client.get("http://handlens.local/root.der").await;
    assert_eq!(&der.body[..], lab.handlens.root_der().as_ref());

    // They are exchanges like any other, but for who answered, and no origin was dialled.
    let exchange = lab.api().exchange("/root.der").await;
    assert_eq!(exchange["state"], "done", "{exchange:#}");
    assert_eq!(exchange["response"]["made_here"], true, "{exchange:#}");
    drop(client);
    for connection in lab.api().closed_connections().await {
        assert_eq!(connection["target"], "handlens.local:80", "{connection:#}");
        assert!(connection["failure"].is_null(), "{connection:#}");
        assert!(connection["origin"]["address"].is_null(), "{connection:#}");
    }
}

#[tokio::test]
async fn whoever_trusts_the_root_sees_so_over_https() {
    let lab = Lab::start().await;
    for client in [lab.client().http1(), lab.client().http2()] {
        let mut conversation = client.open("handlens.local:443").await;
        let page = conversation.get("https://handlens.local/").await;
        assert_eq!(page.status, 200);
        assert!(
            page.text().contains("HTTPS comes through this proxy"),
            "{}",
            page.text()
        );
        let head = request(Method::HEAD, "https://handlens.local/root.pem", empty());
        assert_eq!(conversation.send(head).await.status, 200);
    }
    for row in lab.api().exchanges_over(4).await {
        assert_eq!(row["state"], "done", "{row:#}");
    }
    for connection in lab.api().closed_connections().await {
        assert_eq!(connection["outcome"], "inspected", "{connection:#}");
        assert_eq!(
            connection["client"]["tls"]["version"], "TLS 1.3",
            "{connection:#}"
        );
    }
    for row in lab.api().exchanges().await {
        assert_eq!(row["state"], "done", "{row:#}");
    }
}

#[tokio::test]
async fn one_client_asks_us_and_an_origin_by_turns() {
    let lab = Lab::start().await;
    let origin = lab.plain_origin().await;
    let mut conversation = lab.client().open_proxy().await;
    for _ in 0..2 {
        assert_eq!(
            conversation.get("http://handlens.local/root.pem").await.status,
            200
        );
        assert_eq!(conversation.get(&origin.url("/echo")).await.status, 200);
    }
    assert_eq!(origin.requests().len(), 2);
    let nothing = conversation.get("http://handlens.local/api/status").await;
    assert_eq!(nothing.status, 404);
    let tunnel = lab.client().open_plain("handlens.local:80").await;
    drop(tunnel);
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_root_is_a_row_that_says_so() {
    let lab = Lab::start().await;
    let stranger = lab.client().trusting(lab.authority.der());
    assert!(stranger.shake_hands("handlens.local:443").await.is_err());
    let connection = lab.api().connection("handlens.local:443").await;
    assert_eq!(connection["failure"]["leg"], "client", "{connection:#}");
}

#[tokio::test]
async fn a_tunnel_to_us_is_told_like_one_to_an_origin() {
    let lab = Lab::start().await;
    let target = "handlens.local:443";
    let answer = lab.client().get("https://handlens.local/").await;
    assert_eq!(answer.status, 200);
    let connection = lab.api().connection(target).await;
    let id = connection["id"].as_str().unwrap();
    let told = lab
        .api()
        .get(&format!("/api/connections/{id}/certificates"))
        .await;
    assert_eq!(told["minted"]["names"][0], "handlens.local", "{told:#}");
}

#[tokio::test]
async fn a_hello_to_us_that_is_cut_short_is_told_with_how() {
    let lab = Lab::start().await;
    let mut tunnel = lab.client().tunnel("handlens.local:443").await;
    tunnel
        .write_all(&[22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3])
        .await
        .unwrap();
    tunnel.shutdown().await.unwrap();
    let connection = lab.api().connection("handlens.local:443").await;
    let handshake = lab.api().handshake(&connection).await;
    let text = handshake["client"]["failure"]["text"].as_str().unwrap();
    assert!(text.starts_with("The client closed the connection"), "{text}");
}
