//! Origins whose certificate is bad.

use http::Method;

use crate::lab::{Lab, Presented, empty, request};

use super::{expect, expect_connections, origin};

/// A bad certificate: nothing of a request leaves.
async fn expect_refused(presented: Presented, text: &'static str) {
    let lab = Lab::start().await;
    let bad = lab.origin_presenting(presented).await;

    expect(&lab, &bad.url("/secret"), origin(502, "verify", text)).await;

    assert_eq!(
        bad.requests().len(),
        0,
        "a request left for an origin that is not trusted"
    );
    let authority_is_unknown = matches!(presented, Presented::SelfSigned | Presented::UntrustedRoot);
    for row in expect_connections(&lab, "verify").await {
        assert_eq!(row["origin"]["verdict"]["decision"], "refused", "{row:#}");
        if authority_is_unknown {
            assert_eq!(row["failure"]["alert"]["name"], "unknown_ca", "{row:#}");
        }
        let whole = lab.api().connection_of(&row).await;
        let checks = whole["origin"]["verdict"]["checks"].as_array().unwrap();
        assert!(checks.iter().any(|check| check["outcome"] == "fail"), "{row:#}");
    }
}

#[tokio::test]
async fn a_certificate_that_has_expired() {
    expect_refused(Presented::Expired, "expired 3 days ago").await;
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_yet() {
    expect_refused(Presented::NotYetValid, "not yet valid: it begins in 3 days").await;
}

#[tokio::test]
async fn a_certificate_that_signed_itself() {
    expect_refused(Presented::SelfSigned, "self-signed").await;
}

#[tokio::test]
async fn a_certificate_for_another_host() {
    expect_refused(Presented::WrongHost, "other.example").await;
}

#[tokio::test]
async fn a_certificate_from_an_unknown_root() {
    expect_refused(Presented::UntrustedRoot, "").await;
}

#[tokio::test]
async fn a_certificate_whose_key_the_origin_does_not_hold() {
    let lab = Lab::start().await;
    let bad = lab.origin_presenting(Presented::WrongKey).await;
    let text = "it did not prove that it holds its certificate's key";

    expect(&lab, &bad.url("/secret"), origin(502, "verify", text)).await;

    assert_eq!((bad.handshakes(), bad.requests().len()), (0, 0));
    for row in expect_connections(&lab, "verify").await {
        let whole = lab.api().connection_of(&row).await;
        let verdict = &whole["origin"]["verdict"];
        assert_eq!(
            verdict["decision"], "refused",
            "the chain is good, and yet: {row:#}"
        );
        let failed = verdict["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["outcome"] == "fail");
        assert_eq!(failed.unwrap()["name"], "possession");
    }
}

#[tokio::test]
async fn the_answer_to_head_has_no_content_in_either_version() {
    let lab = Lab::start().await;
    let bad = lab.origin_presenting(Presented::Expired).await;
    for client in [lab.client().http1(), lab.client().http2()] {
        let mut conversation = client.open(&bad.authority()).await;
        let head = request(Method::HEAD, &bad.url("/secret"), empty());
        let answer = conversation.send(head).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (502, 0));
        let length = answer.headers["content-length"].to_str().unwrap();
        assert!(length.parse::<usize>().unwrap() > 100, "{length}");
    }
}
