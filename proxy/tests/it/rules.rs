//! Rules made while Handlens runs: they hold from the next connection on, are kept, and are taken back.

use std::os::unix::fs::PermissionsExt;

use http::Method;
use serde_json::{Value, json};

use crate::lab::{Authority, Lab, Presented, Setup};

async fn rules(lab: &Lab) -> Vec<Value> {
    let told = lab.api().get("/api/rules").await;
    told["rules"].as_array().unwrap().clone()
}

async fn allow(lab: &Lab, host: &str) -> Value {
    let rule = json!({"kind": "allow_invalid", "host": host});
    lab.api().post("/api/rules", rule).await
}

#[tokio::test]
async fn a_rule_holds_from_the_next_connection_until_it_is_revoked() {
    let lab = Lab::start().await;
    let origin = lab.origin_presenting(Presented::SelfSigned).await;
    let url = origin.url("/bytes/3");
    assert_eq!(lab.client().get(&url).await.status, 502);

    let rule = allow(&lab, "LocalHost").await;
    assert_eq!(
        (&rule["host"], &rule["origin"]),
        (&"localhost".into(), &"person".into())
    );
    assert_eq!(lab.client().get(&url).await.status, 200);
    let is_overridden = |row: &Value| row["origin"]["verdict"]["decision"] == "overridden";
    let overridden = lab.api().connection_where("overridden", is_overridden).await;
    let whole = lab.api().connection_of(&overridden).await;
    assert_eq!(
        whole["origin"]["verdict"]["allowed_by"], "rule: localhost",
        "{whole:#}"
    );

    let path = format!("/api/rules/{}", rule["id"].as_str().unwrap());
    assert_eq!(lab.api().call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(lab.client().get(&url).await.status, 502);
    assert_eq!(lab.api().call(Method::DELETE, &path, None).await.status, 404);
}

#[tokio::test]
async fn a_rule_passes_a_host_through() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let rule = json!({"kind": "pass", "host": "localhost"});
    lab.api().post("/api/rules", rule).await;
    let direct = lab.client().trusting(lab.authority.der());
    assert_eq!(direct.get(&origin.url("/bytes/3")).await.body.len(), 3);
    let row = lab.api().connection(&origin.authority()).await;
    assert_eq!(row["outcome"], "passed");
    let verdict = &lab.api().connection_of(&row).await["origin"]["verdict"];
    assert_eq!(
        (&verdict["decision"], &verdict["allowed_by"]),
        (&"not_judged".into(), &"rule: localhost".into())
    );
}

#[tokio::test]
async fn a_rule_outlives_the_process_and_is_its_owners() {
    let lab = Lab::start_with(&["--allow-invalid", "*.test"]).await;
    let made = allow(&lab, "localhost").await;
    let file = lab.dir().join("data/rules.toml");
    assert_eq!(
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let lab = lab.kill_and_restart().await;
    let rules = rules(&lab).await;
    assert_eq!(
        (&rules[0]["origin"], &rules[0]["host"]),
        (&"flag".into(), &"*.test".into())
    );
    assert_eq!(rules[1], made);
    let of_flag = format!("/api/rules/{}", rules[0]["id"].as_str().unwrap());
    let refused = lab.api().call(Method::DELETE, &of_flag, None).await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        refused.json()["detail"],
        "--allow-invalid *.test was given at the start: take it away there"
    );
}

#[tokio::test]
async fn what_is_no_host_makes_no_rule() {
    let lab = Lab::start().await;
    let rule = json!({"kind": "pass", "host": "https://a/"});
    let refused = lab.api().call(Method::POST, "/api/rules", Some(rule)).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("is not a host pattern"),
        "{}",
        refused.text()
    );
    assert_eq!(rules(&lab).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_broken_file_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file) = (dir.path().join("data"), dir.path().join("data/rules.toml"));
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::write(&file, "[[rule]]\nid = 3\n").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let output = Setup::new(dir.path(), &Authority::new("Lab Root")).run().await;
    assert_eq!(output.code, Some(1));
    let said = output.stderr;
    assert!(
        said.starts_with("handlens: the rules file ") && said.contains("rules.toml is broken at line 2: "),
        "{said}"
    );
    assert!(said.ends_with("; mend it, or take it away\n"), "{said}");
}

#[tokio::test]
async fn a_verdict_is_of_what_was_presented_on_this_connection() {
    let lab = Lab::start().await;
    let first = lab.origin().await;
    assert_eq!(lab.client().get(&first.url("/bytes/3")).await.status, 200);
    // The same name at the same time, and another chain.
    let second = lab.origin_presenting(Presented::Expired).await;
    assert_eq!(lab.client().get(&second.url("/bytes/3")).await.status, 502);
    let third = lab.origin().await;
    assert_eq!(lab.client().get(&third.url("/bytes/3")).await.status, 200);
    let mut presented = Vec::new();
    for origin in [&first, &second, &third] {
        let row = lab.api().connection(&origin.authority()).await;
        let verdict = lab.api().connection_of(&row).await["origin"]["verdict"].clone();
        presented.push((verdict["decision"].clone(), verdict["presented"].clone()));
    }
    assert_eq!(
        presented
            .iter()
            .map(|(decision, _)| decision.as_str().unwrap())
            .collect::<Vec<_>>(),
        ["trusted", "refused", "trusted"]
    );
    assert_ne!(presented[0].1, presented[2].1, "each names its own certificate");
}
