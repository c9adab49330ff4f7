//! Handlens in the place of one origin.

use http::header;
use tokio::net::TcpStream;

use crate::lab::{Conversation, Lab, Origin, OriginOptions, empty};

/// A Handlens that stands for an origin.
async fn before(options: OriginOptions, more: &[&str]) -> (Lab, Origin) {
    Lab::start_before(options, |setup, origin| {
        let url = origin.url("");
        setup
            .args(&["--listen", &format!("reverse:{url}@127.0.0.1:0")])
            .args(more)
    })
    .await
}

/// HTTP with the door, over TLS or without.
async fn open(lab: &Lab, tls: bool, http2: bool) -> Conversation {
    let tcp = TcpStream::connect(lab.handlens.door("reverse")).await.unwrap();
    match tls {
        false => Conversation::http1(tcp).await,
        true => {
            let client = lab.client().speaking(http2);
            Conversation::over_tls(client.shake_hands_on(tcp, "front.test:1").await.unwrap()).await
        }
    }
}

#[tokio::test]
async fn clients_of_either_kind_reach_origins_of_either_kind() {
    for (options, secure) in [(OriginOptions::https(), true), (OriginOptions::http(), false)] {
        let (lab, origin) = before(options, &[]).await;
        for (n, (tls, http2)) in [(false, false), (true, false), (true, secure)]
            .into_iter()
            .enumerate()
        {
            let path = format!("/echo?{n}");
            let mut conversation = open(&lab, tls, http2).await;
            let answer = conversation.get(&format!("https://front.test{path}")).await;
            assert_eq!(answer.status, 200, "{path}");
            drop(conversation);
            let seen = origin
                .requests()
                .into_iter()
                .rfind(|seen| seen.uri.path_and_query().unwrap() == &*path);
            let seen = seen.unwrap();
            let host = match http2 {
                true => seen.uri.authority().unwrap().to_string(),
                false => seen.headers[header::HOST].to_str().unwrap().to_owned(),
            };
            assert_eq!(host, origin.authority(), "the origin's own name, {path}");
            let row = lab.api().exchange(&path).await;
            assert_eq!(row["url"], origin.url(&path));
        }
        let rows = lab.api().connections_closed(3).await;
        assert!(rows.iter().all(|row| row["door"] == "reverse"), "{rows:#?}");
        assert!(
            rows.iter().all(|row| row["target"] == origin.authority()),
            "{rows:#?}"
        );
        let inspected = rows
            .iter()
            .filter(|row| row["client"]["tls"]["version"].is_string());
        assert!(
            inspected.clone().all(|row| row["sni"] == "front.test"),
            "{rows:#?}"
        );
        assert_eq!(inspected.count(), 2);
    }
}

#[tokio::test]
async fn the_host_is_kept_where_that_is_wanted_and_what_points_back_is_left_alone() {
    let (lab, origin) = before(OriginOptions::https(), &["--keep-host"]).await;
    let mut conversation = open(&lab, true, false).await;
    let answer = conversation.get("https://front.test/redirect").await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some("/echo"), "{answer:?}");
    assert_eq!(origin.the_request().headers[header::HOST], "front.test");
    assert_eq!(lab.api().exchange("/redirect").await["host"], "front.test");
}

#[tokio::test]
async fn an_origin_that_is_not_there_is_told_with_a_page() {
    let lab = Lab::start_with(&["--listen", "reverse:https://no-such-host.invalid@127.0.0.1:0"]).await;
    for tls in [false, true] {
        let mut conversation = open(&lab, tls, false).await;
        let request = http::Request::get("https://front.test/").body(empty()).unwrap();
        let answer = conversation.send(request).await;
        assert_eq!(answer.status, 502);
        assert!(
            answer.text().contains("no-such-host.invalid"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_reverse_door_does_not_lead_to_ourselves() {
    let lab = Lab::start().await;
    let own = format!("reverse:http://{}@127.0.0.1:0", lab.handlens.dashboard());
    let (_dir, handlens) = lab.into_parts();
    // The dashboard's port is known only once it runs, so it is given to the next one.
    let dashboard = handlens.dashboard().to_string();
    let setup = handlens.setup();
    drop(handlens);
    let setup = setup.set("--dashboard", dashboard).args(&["--listen", &own]);
    let handlens = setup.start().await;
    let tcp = TcpStream::connect(handlens.door("reverse")).await.unwrap();
    let mut conversation = Conversation::http1(tcp).await;
    let answer = conversation.get("http://front.test/healthz").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("is Handlens itself"), "{}", answer.text());
}
