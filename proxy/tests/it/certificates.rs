//! What the dashboard's API tells of certificates that really passed, and rules made where one was refused.

use http::Method;
use serde_json::{Value, json};

use crate::lab::{Lab, OriginOptions, Presented, eventually};

/// Waits until this many connections match.
async fn matching(lab: &Lab, filter: &str, count: u64) -> Value {
    eventually(&format!("{count} connections of {filter}"), || async {
        let found = lab.api().get(&format!("/api/connections?filter={filter}")).await;
        if found["matched"] == count {
            Ok(found)
        } else {
            Err(found)
        }
    })
    .await
}

#[tokio::test]
async fn a_connection_tells_its_certificates_and_each_is_listed_once() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for _ in 0..3 {
        // Each client comes on a connection of its own.
        let answer = lab.client().get(&origin.url("/bytes/3")).await;
        assert_eq!(answer.status, 200);
    }
    let found = matching(&lab, "verdict:trusted", 3).await;
    let id = found["items"][0]["id"].as_str().unwrap();
    let told = lab
        .api()
        .get(&format!("/api/connections/{id}/certificates"))
        .await;
    assert_eq!(told["verdict"]["decision"], "trusted");
    let leaf = &told["presented"][0];
    assert_eq!(leaf["subject"], "CN=localhost", "{leaf:#}");
    assert_eq!(leaf["problems"], json!([]));
    assert_eq!(told["minted"]["names"], leaf["names"], "names are mirrored");
    assert_ne!(told["minted"]["sha256"], leaf["sha256"]);
    let path = told["path"].as_array().unwrap();
    assert_eq!(path[0]["sha256"], leaf["sha256"]);
    let source = path[path.len() - 1]["source"].as_str().unwrap();
    assert!(source.starts_with("--origin-ca "), "{source}");

    let listed = lab.api().get("/api/certificates?role=leaf").await;
    assert_eq!(listed["matched"], 1, "{listed:#}");
    let row = &listed["items"][0];
    assert_eq!(
        (&row["connections"], &row["hosts"]),
        (&json!(3), &json!(["localhost"]))
    );
    for role in ["root", "minted"] {
        let listed = lab.api().get(&format!("/api/certificates?role={role}")).await;
        assert_ne!(listed["matched"], 0, "{role}");
    }
}

#[tokio::test]
async fn a_rule_made_with_one_click_lets_a_refused_host_pass_until_it_is_taken_back() {
    let lab = Lab::start_with(&["--pass", "*.pinned.test"]).await;
    let origin = lab.origin_presenting(Presented::Expired).await;
    let url = origin.url("/bytes/3");
    assert_eq!(lab.client().get(&url).await.status, 502);

    let made = lab
        .api()
        .post(
            "/api/rules",
            json!({"kind": "allow_invalid", "host": "localhost"}),
        )
        .await;
    assert_eq!(lab.client().get(&url).await.status, 200);
    let found = matching(&lab, "verdict:overridden", 1).await;
    let verdict = &found["items"][0]["origin"]["verdict"];
    assert_eq!(verdict["allowed_by"], "rule: localhost", "{found:#}");

    // It is kept.
    let lab = lab.restart().await;
    let rules = lab.api().get("/api/rules").await["rules"].clone();
    assert_eq!(
        (&rules[0]["host"], &rules[0]["origin"]),
        (&json!("*.pinned.test"), &json!("flag"))
    );
    assert_eq!(rules[1], made);
    let remove = async |rule: &Value| {
        let url = format!("/api/rules/{}", rule["id"].as_str().unwrap());
        lab.api().call(Method::DELETE, &url, None).await.status.as_u16()
    };
    assert_eq!(remove(&rules[0]).await, 409);
    assert_eq!(remove(&made).await, 204);
    assert_eq!(remove(&made).await, 404);
    assert_eq!(lab.client().get(&url).await.status, 502);
}

#[tokio::test]
async fn a_chain_passed_through_in_the_clear_is_told() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let options = OriginOptions {
        versions: vec![&rustls::version::TLS12],
        ..OriginOptions::https()
    };
    let origin = lab.origin_with(options).await;
    let client = lab.client().trusting(lab.authority.der());
    assert_eq!(client.get(&origin.url("/bytes/3")).await.status, 200);
    drop(client);
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["outcome"], "passed");
    let url = format!(
        "/api/connections/{}/certificates",
        connection["id"].as_str().unwrap()
    );
    let told = lab.api().get(&url).await;
    assert_eq!(told["presented"][0]["subject"], "CN=localhost", "{told:#}");
    assert_eq!(told["minted"], Value::Null);
}
