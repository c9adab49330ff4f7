//! Certificates: of a connection, of all, and one alone, over the store that users have.

use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use capture::{
    Badge, Certificate, CertificateSummary, Check, CheckOutcome, Chunk, Connection, Decision, Door, Event,
    LegHandshake, LegName, Outcome, PathPlace, SqliteStore, Store, StoreOptions, Target, TlsRole, Verdict,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::lab::Lab;

const AUTHORITY: &[u8] = include_bytes!("../../../handshake/testdata/certificates/authority.der");

/// 2026-11-21, about now, in seconds.
fn now() -> i64 {
    capture::Timestamp::now().as_micros() / 1_000_000
}

fn certificate(subject: &str, issuer: &str, days_left: i64, der: &[u8]) -> Arc<Certificate> {
    let summary = CertificateSummary {
        subject: subject.into(),
        issuer: issuer.into(),
        not_before: 1_793_521_815,
        // Half a day more, so that the day does not turn while the test runs.
        not_after: now() + days_left * 86_400 + 43_200,
        serial: "0a".into(),
        key: "EC P-256".into(),
        signature: "ECDSA with SHA-256".into(),
        names: vec![subject.into()],
        is_ca: false,
        self_issued: subject == issuer,
        spki_sha256: [7; 32],
    };
    Arc::new(Certificate::new(Bytes::copy_from_slice(der), summary))
}

/// What one connection saw: an origin's leaf under a root of the system, and our leaf in its stead.
struct Scene {
    leaf: Arc<Certificate>,
    root: Arc<Certificate>,
    minted: Arc<Certificate>,
    connection: Connection,
}

fn scene(host: &str, days_left: i64) -> Scene {
    let leaf = certificate(host, "Root", days_left, host.as_bytes());
    let root = certificate("Root", "Root", 9000, AUTHORITY);
    let minted = certificate(host, "Handlens", days_left, format!("minted {host}").as_bytes());
    let mut connection = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    connection.target = Some(Target {
        host: host.into(),
        port: 443,
    });
    connection.outcome = Some(Outcome::Inspected);
    let place = |of: &Certificate, source: &str| PathPlace {
        id: of.id,
        source: source.into(),
    };
    connection.verdict = Some(Arc::new(Verdict {
        text: "the chain is good".into(),
        presented: vec![leaf.id],
        path: vec![place(&leaf, PathPlace::PRESENTED), place(&root, "system")],
        checks: vec![Check {
            name: "dates".into(),
            outcome: CheckOutcome::Pass,
            evidence: "60 days left".into(),
            certificate: Some(leaf.id),
        }],
        trusted_by: vec!["system".into()],
        badges: vec![Badge {
            id: leaf.id,
            kind: "duplicate".into(),
        }],
        ocsp: Some(Bytes::from_static(b"staple")),
        ..Verdict::new(Decision::Trusted)
    }));
    connection.minted = vec![minted.id, root.id];
    Scene {
        leaf,
        root,
        minted,
        connection,
    }
}

impl Scene {
    async fn tell(&self, lab: &Lab<SqliteStore>) {
        for certificate in [&self.leaf, &self.root, &self.minted] {
            lab.recorder.send(Event::Certificate(certificate.clone())).await;
        }
        lab.recorder
            .send(Event::Connection(Arc::new(self.connection.clone())))
            .await;
    }

    fn url(&self, what: &str) -> String {
        format!("/api/connections/{}/{what}", self.connection.id)
    }
}

/// A dashboard whose writer runs once it is started.
struct Idle {
    lab: Lab<SqliteStore>,
    writer: Option<capture::Writer>,
    _folder: tempfile::TempDir,
}

impl Idle {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            max_bytes: 1 << 30,
            max_body_bytes: 1 << 24,
        };
        let (store, writer) = SqliteStore::open(folder.path(), options).unwrap();
        Self {
            lab: Lab::serve(store, mpsc::channel(1).0).await,
            writer: Some(writer),
            _folder: folder,
        }
    }

    /// Starts the writer, and waits until it has put down this many connections.
    async fn write(&mut self, connections: u64) {
        let mut feed = self.lab.store.feed();
        if let (Some(writer), Some(events)) = (self.writer.take(), self.lab.events.take()) {
            thread::spawn(move || writer.run(events));
        }
        while self.lab.store.status().connections < connections {
            feed.next().await.unwrap();
        }
    }

    async fn json(&self, url: &str) -> Value {
        self.lab.get(url).json().await
    }
}

fn subjects(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|row| row["subject"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_connection_tells_what_was_presented_built_and_minted_at_once_and_later() {
    let mut idle = Idle::new().await;
    let scene = scene("shop.test", 60);
    let url = scene.url("certificates");
    assert_eq!(idle.lab.get(&url).status().await, 404);
    scene.tell(&idle.lab).await;
    let told = idle.json(&url).await;

    let leaf = &told["presented"][0];
    assert_eq!(leaf["sha256"], scene.leaf.id.to_string());
    assert_eq!(leaf["spki_sha256"], STANDARD.encode([7; 32]));
    assert_eq!(
        (&leaf["subject"], &leaf["days_left"]),
        (&json!("shop.test"), &json!(60))
    );
    assert_eq!(leaf["not_before"], "2026-11-01T08:30:15.000000Z");
    assert_eq!(leaf["bytes"], "73686f702e74657374");
    assert!(
        !leaf["problems"].as_array().unwrap().is_empty(),
        "it is no certificate"
    );
    assert_eq!(told["presented"].as_array().unwrap().len(), 1);

    let path = told["path"].as_array().unwrap();
    let sources: Vec<_> = path
        .iter()
        .map(|place| place["source"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["presented", "system"]);
    let root = &path[1];
    assert_eq!(root["fields"][0]["name"], "certificate");
    assert_eq!(root["problems"], json!([]));
    assert_eq!(told["minted"]["sha256"], scene.minted.id.to_string());
    assert_eq!(told["minted_chain"].as_array().unwrap().len(), 2);
    assert_eq!((&told["client"], &told["sent"]), (&json!([]), &json!([])));
    let verdict = &told["verdict"];
    assert_eq!(
        (&verdict["decision"], &verdict["text"], &verdict["ocsp"]),
        (&json!("trusted"), &json!("the chain is good"), &json!("c3RhcGxl"))
    );
    assert_eq!(verdict["checks"][0]["certificate"], leaf["sha256"]);
    assert_eq!(
        verdict["badges"][0],
        json!({"sha256": leaf["sha256"], "kind": "duplicate"})
    );
    assert_eq!(told["client_verdict"], Value::Null);

    // Nothing of it was written when it was told.
    assert!(idle.lab.store.connection(scene.connection.id).unwrap().is_none());
    idle.write(1).await;
    assert_eq!(idle.json(&url).await, told);
    let listed = idle.json("/api/connections").await;
    let origin = &listed["items"][0]["origin"];
    assert_eq!(origin["verdict"]["text"], "the chain is good");
    assert_eq!(origin["verdict"]["checks"], json!([]));
    let one = idle
        .json(&format!("/api/connections/{}", scene.connection.id))
        .await;
    assert_eq!(one["origin"]["verdict"], *verdict);
}

#[tokio::test]
async fn a_client_certificate_is_told_both_ways() {
    let mut idle = Idle::new().await;
    let mut scene = scene("mtls.test", 60);
    scene.connection.sent = vec![scene.root.id];
    scene.connection.client_verdict = Some(Arc::new(Verdict {
        presented: vec![scene.leaf.id],
        ..Verdict::new(Decision::Refused)
    }));
    scene.tell(&idle.lab).await;
    idle.write(1).await;
    let told = idle.json(&scene.url("certificates")).await;
    assert_eq!(told["client"][0]["subject"], "mtls.test");
    assert_eq!(told["sent"][0]["subject"], "Root");
    assert_eq!(told["client_verdict"]["decision"], "refused");
    let roles = &idle.json(&format!("/api/certificates/{}", scene.root.id)).await["roles"];
    assert_eq!(*roles, json!(["root", "minted", "client"]));
}

#[tokio::test]
async fn a_certificate_is_downloaded_in_pem_and_der_and_a_chain_whole() {
    let mut idle = Idle::new().await;
    let scene = scene("shop.test", 60);
    scene.tell(&idle.lab).await;
    idle.write(1).await;
    let url = format!("/api/certificates/{}", scene.root.id);
    let der = idle.lab.get(&format!("{url}.der")).answer().await;
    assert_eq!(der.body, AUTHORITY);
    assert_eq!(der.header("content-type"), "application/pkix-cert");
    let pem = idle.lab.get(&format!("{url}.pem")).answer().await;
    assert_eq!(pem.header("content-type"), "application/x-pem-file");
    assert_eq!(
        pem.header("content-disposition"),
        format!("attachment; filename=\"{}.pem\"", scene.root.id)
    );
    let lines: Vec<&str> = pem.text().lines().collect();
    assert_eq!(
        (lines[0], lines[lines.len() - 1]),
        ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
    );
    assert!(lines.iter().all(|line| line.len() <= 64));
    let between = lines[1..lines.len() - 1].concat();
    assert_eq!(STANDARD.decode(between).unwrap(), AUTHORITY);

    let chain = idle.lab.get(&scene.url("chain.pem")).answer().await;
    assert_eq!(chain.header("content-type"), "application/x-pem-file");
    assert_eq!(
        chain.text(),
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode("shop.test")
        )
    );
    let mut bare = Connection::new(Door::Http, "127.0.0.1:5000".parse().unwrap());
    bare.outcome = Some(Outcome::Plain);
    idle.lab
        .recorder
        .send(Event::Connection(Arc::new(bare.clone())))
        .await;
    let none = idle
        .lab
        .get(&format!("/api/connections/{}/chain.pem", bare.id))
        .answer()
        .await;
    assert_eq!(none.status, 404);
    assert_eq!(
        none.detail(),
        format!("no chain of connection {} is held", bare.id)
    );
}

#[tokio::test]
async fn all_that_were_seen_are_listed_found_and_sorted() {
    let mut idle = Idle::new().await;
    for (host, days_left) in [("b.test", 5), ("a.test", 50), ("old.test", -3)] {
        scene(host, days_left).tell(&idle.lab).await;
    }
    idle.write(3).await;
    let page = idle.json("/api/certificates?role=leaf").await;
    assert_eq!(
        (&page["total"], &page["matched"], &page["offset"]),
        (&json!(7), &json!(3), &json!(0))
    );
    assert_eq!(subjects(&page), ["old.test", "b.test", "a.test"]);
    let row = &page["items"][0];
    assert_eq!((&row["days_left"], &row["roles"]), (&json!(-3), &json!(["leaf"])));
    assert_eq!(
        (&row["hosts"], &row["host_count"]),
        (&json!(["old.test"]), &json!(1))
    );
    assert_eq!(row["connections"], 1);
    assert_eq!(row["first_seen"], row["last_seen"]);

    for (query, expected) in [
        ("role=leaf&sort=-subject", &["old.test", "b.test", "a.test"][..]),
        ("role=leaf&sort=subject&offset=1&limit=1", &["b.test"]),
        ("role=leaf&sort=hosts", &["a.test", "b.test", "old.test"]),
        ("role=root", &["Root"]),
        ("filter=issuer:handlens%20expires:%3C30d", &["b.test"]),
        ("filter=expired:yes&role=minted", &["old.test"]),
        ("filter=host:a.test%20role:root", &["Root"]),
        ("limit=0", &[]),
    ] {
        let page = idle.json(&format!("/api/certificates?{query}")).await;
        assert_eq!(subjects(&page), expected, "{query}");
    }
}

#[tokio::test]
async fn a_certificate_tells_its_hosts_and_their_history() {
    let mut idle = Idle::new().await;
    let before = scene("shop.test", 5);
    let mut after = scene("shop.test", 90);
    after.leaf = certificate("shop.test", "Root", 90, b"renewed");
    let mut verdict = Verdict::clone(after.connection.verdict.as_ref().unwrap());
    verdict.presented = vec![after.leaf.id];
    after.connection.verdict = Some(Arc::new(verdict));
    before.tell(&idle.lab).await;
    after.tell(&idle.lab).await;
    idle.write(2).await;
    let told = idle.json(&format!("/api/certificates/{}", after.leaf.id)).await;
    assert_eq!(
        (&told["subject"], &told["roles"]),
        (&json!("shop.test"), &json!(["leaf"]))
    );
    let opened = after.connection.opened.to_string();
    assert_eq!(
        told["sightings"],
        json!([{
            "host": "shop.test", "first_seen": opened, "last_seen": opened, "connections": 1,
            "verdicts": [{
                "decision": "trusted", "text": "the chain is good", "last_seen": opened, "connections": 1
            }]
        }])
    );
    let history = &told["history"][0];
    assert_eq!(history["host"], "shop.test");
    let leaves: Vec<_> = history["leaves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leaf| &leaf["sha256"])
        .collect();
    assert_eq!(leaves, [&before.leaf.id.to_string(), &after.leaf.id.to_string()]);

    // An authority's certificate belongs to no host.
    let root = idle.json(&format!("/api/certificates/{}", after.root.id)).await;
    assert_eq!(root["sightings"][0]["connections"], 2);
    assert_eq!(root["history"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_told_as_a_problem() {
    let mut idle = Idle::new().await;
    scene("shop.test", 60).tell(&idle.lab).await;
    idle.write(1).await;
    for (query, detail) in [
        (
            "sort=colour",
            "certificates are not sorted by \"colour\", but by expiry, issuer, subject, key, hosts, first_seen, last_seen",
        ),
        (
            "role=server",
            "\"server\" is no role, but leaf, intermediate, root, minted, client are",
        ),
        ("offset=-1", "offset: invalid digit found in string"),
    ] {
        let answer = idle.lab.get(&format!("/api/certificates?{query}")).answer().await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.detail()),
            (400, detail),
            "{query}"
        );
    }
    let wrong = idle.json("/api/certificates?filter=key:rsa%20isuer:x").await;
    assert_eq!(
        wrong["detail"],
        "there is no field \"isuer\"; did you mean issuer:?"
    );
    assert_eq!(wrong["at"], json!([8, 13]));
    let long = format!("/api/certificates?filter={}", "a".repeat(9000));
    assert_eq!(
        idle.json(&long).await["detail"],
        "the filter is longer than 8192 bytes"
    );

    let unknown = "0".repeat(64);
    for ending in ["", ".pem", ".der"] {
        let answer = idle
            .lab
            .get(&format!("/api/certificates/{unknown}{ending}"))
            .answer()
            .await;
        assert_eq!(answer.status, 404);
        let detail = format!(
            "no certificate {unknown} is kept: it was not seen, or went with the last connection that saw it"
        );
        assert_eq!(answer.detail(), detail, "{ending}");
        let answer = idle
            .lab
            .get(&format!("/api/certificates/abc{ending}"))
            .answer()
            .await;
        assert_eq!(answer.status, 404);
        assert!(
            answer.detail().starts_with("\"abc\" names no certificate"),
            "{ending}"
        );
    }
}

#[tokio::test]
async fn a_chain_that_passed_in_the_clear_is_told_of_a_connection_that_was_passed_through() {
    let mut idle = Idle::new().await;
    let mut connection = Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap());
    connection.outcome = Some(Outcome::Passed);
    // A Certificate message of TLS 1.2 (RFC 5246 section 7.4.2) in one record.
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes()[1..].to_vec();
    let entry = [length(AUTHORITY.len()), AUTHORITY.to_vec()].concat();
    let list = [length(entry.len()), entry].concat();
    let message = [vec![11], length(list.len()), list].concat();
    let record = [vec![22, 3, 3], length(message.len())[1..].to_vec(), message].concat();
    let handshake = LegHandshake {
        chunks: vec![Chunk {
            from: TlsRole::Server,
            at_us: 5,
            bytes: record.into(),
        }],
        ..LegHandshake::default()
    };
    idle.lab
        .recorder
        .send(Event::Connection(Arc::new(connection.clone())))
        .await;
    let event = Event::Handshake {
        connection: connection.id,
        leg: LegName::Client,
        handshake: Arc::new(handshake),
    };
    idle.lab.recorder.send(event).await;
    idle.write(1).await;
    let told = idle
        .json(&format!("/api/connections/{}/certificates", connection.id))
        .await;
    let presented = &told["presented"][0];
    assert_eq!(presented["subject"], "C=NL, O=Example, CN=Root of tests");
    assert_eq!(
        (&presented["key"], &presented["is_ca"]),
        (&json!("EC P-384"), &json!(true))
    );
    assert_eq!(presented["not_after"], "2051-02-28T23:59:59.000000Z");
    assert_eq!((&told["verdict"], &told["path"]), (&Value::Null, &json!([])));
    let chain = idle
        .lab
        .get(&format!("/api/connections/{}/chain.pem", connection.id))
        .answer()
        .await;
    assert_eq!(chain.text(), presented["pem"]);
}
