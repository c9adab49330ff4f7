//! Rules that a person makes and takes back.

use serde_json::json;
use tokio::sync::mpsc;

use crate::lab::{Lab, TOKEN};

#[tokio::test]
async fn a_rule_is_made_listed_and_taken_back() {
    let lab = Lab::start().await;
    let given =
        json!({"id": "given", "kind": "pass", "host": "*.pinned.test", "origin": "flag", "made": null});
    assert_eq!(lab.get("/api/rules").json().await, json!({"rules": [given]}));

    let asked = r#"{"kind": "allow_invalid", "host": "bank.test"}"#;
    let answer = lab.post("/api/rules", asked).answer().await;
    assert_eq!(answer.status, 201);
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (&made["host"], &made["origin"]),
        (&json!("bank.test"), &json!("person"))
    );
    let rules = lab.get("/api/rules").json().await;
    assert_eq!(rules, json!({"rules": [given, made]}));

    let url = format!("/api/rules/{}", made["id"].as_str().unwrap());
    let answer = lab.ask("DELETE", &url).bearer(TOKEN).answer().await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    assert_eq!(lab.get("/api/rules").json().await, json!({"rules": [given]}));
}

#[tokio::test]
async fn what_can_not_be_done_is_told_as_a_problem() {
    let lab = Lab::start().await;
    let gone = lab
        .ask("DELETE", "/api/rules/nobody")
        .bearer(TOKEN)
        .answer()
        .await;
    assert_eq!(
        (gone.status.as_u16(), &*gone.detail()),
        (404, "there is no such rule")
    );
    let fixed = lab.ask("DELETE", "/api/rules/given").bearer(TOKEN).answer().await;
    assert_eq!(fixed.status, 409);
    assert_eq!(fixed.detail(), "it was given at the start: take it away there");
    for (asked, detail) in [
        (
            r#"{"kind": "pass", "host": "https://a/"}"#,
            "\"https://a/\" is not a host pattern",
        ),
        (
            r#"{"kind": "trust", "host": "a"}"#,
            "kind: unknown variant `trust`, expected `allow_invalid` or `pass` at line 1 column 16",
        ),
        (r#"{"kind": "pass"}"#, "missing field `host` at line 1 column 16"),
    ] {
        let answer = lab.post("/api/rules", asked).answer().await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.detail()),
            (400, detail),
            "{asked}"
        );
    }
    assert_eq!(
        lab.get("/api/rules").json().await["rules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_stranger_makes_no_rule() {
    let lab = Lab::start().await;
    let rule = r#"{"kind": "allow_invalid", "host": "*"}"#;
    let without_token = lab
        .ask("POST", "/api/rules")
        .header("content-type", "application/json");
    assert_eq!(without_token.body(rule).status().await, 401);
    let of_another_page = lab
        .post("/api/rules", rule)
        .header("origin", "https://evil.example");
    assert_eq!(of_another_page.status().await, 403);
    assert_eq!(lab.rules.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_does_not_answer_is_told_as_busy() {
    let (commands, asked) = mpsc::channel(1);
    let lab = Lab::start_with(commands).await;
    drop(asked);
    let answer = lab
        .post("/api/rules", r#"{"kind": "pass", "host": "a.test"}"#)
        .answer()
        .await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.detail(), "the proxy is busy: try again in a moment");
}
