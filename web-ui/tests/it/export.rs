//! Exchanges in the formats of other programs.

use crate::lab::{Lab, exchange};

#[tokio::test]
async fn a_curl_command_is_text() {
    let lab = Lab::start().await;
    let id = lab.store.add(exchange("/a?b=c", "text/plain", &[]));
    let answer = lab.get(&format!("/api/exchanges/{id}/curl")).answer().await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.text().starts_with("curl "), "{}", answer.text());
    assert!(
        answer.text().contains("'https://example.com/a?b=c'"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_har_document_is_a_download() {
    let lab = Lab::start().await;
    lab.store.add(exchange("/", "text/plain", &[]));
    let answer = lab.get("/api/export.har").answer().await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"handlens.har\""
    );
}

#[tokio::test]
async fn handshakes_are_a_download_for_other_tools() {
    let lab = Lab::start().await;
    let answer = lab.get("/api/export.pcapng").answer().await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/x-pcapng")
    );
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"handlens.pcapng\""
    );
    assert!(answer.body.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]));
    let refused = lab.get("/api/export.pcapng?ids=x").answer().await;
    assert_eq!(refused.status.as_u16(), 400);
}

#[tokio::test]
async fn what_cannot_be_exported_is_told() {
    let lab = Lab::start().await;
    let answer = lab.get("/api/export.har?ids=x").answer().await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (400, "\"x\" is not an id".into())
    );
    let answer = lab.get("/api/export.har?ids=x&filter=y").answer().await;
    assert_eq!(answer.detail(), "give one of filter and ids");
}
