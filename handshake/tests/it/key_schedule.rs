//! How keys come of real handshakes.

use handshake::KeySchedule;

use crate::fixture::Fixture;

/// A line a node: whether it was reached, its name, what it comes of, and whether its value is known.
fn outline(schedule: &KeySchedule) -> Vec<String> {
    let line = |node: &handshake::KeyNode| {
        let mark = if node.reached { '+' } else { '-' };
        let value = if node.value.is_some() { " known" } else { "" };
        format!("{mark} {} <- {}{value}", node.name, node.from.join(", "))
    };
    schedule.nodes.iter().map(line).collect()
}

fn schedule(name: &str) -> KeySchedule {
    Fixture::load(name).dissect().key_schedule
}

#[test]
fn tls13_has_its_tree_lit_to_the_end() {
    let schedule = schedule("openssl-tls13");
    assert_eq!(schedule.version.as_deref(), Some("TLS 1.3"));
    assert_eq!(
        outline(&schedule),
        [
            "+ psk <- ",
            "+ early_secret <- psk",
            "- binder_key <- early_secret",
            "- client_early_traffic_secret <- early_secret",
            "- early_exporter_master_secret <- early_secret",
            "+ shared_secret <- ",
            "+ derived_early <- early_secret",
            "+ handshake_secret <- derived_early, shared_secret",
            "+ client_handshake_traffic_secret <- handshake_secret known",
            "+ server_handshake_traffic_secret <- handshake_secret known",
            "+ client_finished_key <- client_handshake_traffic_secret",
            "+ server_finished_key <- server_handshake_traffic_secret",
            "+ derived_handshake <- handshake_secret",
            "+ master_secret <- derived_handshake",
            "+ client_application_traffic_secret_0 <- master_secret known",
            "+ server_application_traffic_secret_0 <- master_secret known",
            "+ exporter_master_secret <- master_secret known",
            "+ resumption_master_secret <- master_secret",
            "+ ticket_psk <- resumption_master_secret",
        ]
    );
    let node = |name: &str| schedule.nodes.iter().find(|node| node.name == name).unwrap();
    assert_eq!(
        node("shared_secret").derivation,
        "what both key shares of x25519 make together"
    );
    assert_eq!(
        node("client_handshake_traffic_secret").derivation,
        "Derive-Secret(handshake secret, \"c hs traffic\", ClientHello...ServerHello)"
    );
}

#[test]
fn a_refusal_before_the_clients_finished_stops_short_of_resumption() {
    let lines = outline(&schedule("openssl-tls13-unknown-ca"));
    assert!(lines.iter().any(|line| line.starts_with("+ master_secret")));
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("- resumption_master_secret"))
    );
    assert_eq!(outline(&schedule("openssl-no-common-version")), [""; 0]);
}

#[test]
fn every_key_update_has_a_secret() {
    let lines = outline(&schedule("openssl-tls13-key-update"));
    let updates: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("_secret_1 <-") || line.contains("_secret_2 <-"))
        .collect();
    assert_eq!(
        updates,
        [
            "+ client_application_traffic_secret_1 <- client_application_traffic_secret_0",
            "+ client_application_traffic_secret_2 <- client_application_traffic_secret_1",
            "+ server_application_traffic_secret_1 <- server_application_traffic_secret_0",
        ]
    );
}

#[test]
fn tls12_tells_who_chose_the_pre_master_secret() {
    let derivation = |capture: &str, name: &str| {
        let schedule = schedule(capture);
        schedule
            .nodes
            .iter()
            .find(|node| node.name == name)
            .map(|node| node.derivation.clone())
    };
    assert!(
        derivation("openssl-tls12-rsa", "pre_master_secret")
            .unwrap()
            .contains("encrypted to the server's RSA key")
    );
    assert!(
        derivation("openssl-tls12-dhe-rsa", "pre_master_secret")
            .unwrap()
            .contains("public values of the Diffie-Hellman")
    );
    assert_eq!(
        derivation("openssl-tls12-ecdhe-ecdsa", "master_secret").unwrap(),
        "PRF(pre_master_secret, \"extended master secret\", Hash(ClientHello...ClientKeyExchange))[0..47]"
    );
    assert_eq!(
        derivation("openssl-tls12-ticket-resumed", "pre_master_secret"),
        None
    );
    assert_eq!(
        derivation("openssl-tls12-ticket-resumed", "master_secret").unwrap(),
        "taken from the session that is resumed"
    );
}

#[test]
fn every_node_comes_of_nodes_before_it() {
    for fixture in Fixture::all() {
        let mut before = Vec::new();
        for node in fixture.dissect().key_schedule.nodes {
            assert!(
                node.from.iter().all(|from| before.contains(from)),
                "{}: {}",
                fixture.name,
                node.name
            );
            before.push(node.name);
        }
    }
}
