//! TLS 1.3's tree of secrets (RFC 8446 section 7.1).

use super::{Draft, KeyNode, Seen};
use crate::words::sentence;
use crate::{MessageKind, Secrets};

/// How far a handshake has come.
#[derive(Clone, Copy)]
struct Reached {
    psk: bool,
    psk_offered: bool,
    early_data: bool,
    key_share: bool,
    handshake: bool,
    application: bool,
    resumption: bool,
}

impl Reached {
    fn of(seen: Seen<'_>) -> Self {
        let has = |kind, path| {
            seen.last(kind)
                .is_some_and(|message| message.field(path).is_some())
        };
        let client_done = seen.client_sent(MessageKind::Finished) || seen.client_sent(MessageKind::Sealed);
        Self {
            psk: has(MessageKind::ServerHello, "extensions/pre_shared_key"),
            psk_offered: has(MessageKind::ClientHello, "extensions/pre_shared_key"),
            early_data: seen
                .messages
                .iter()
                .any(|m| m.kind == MessageKind::ClientHello && m.field("extensions/early_data").is_some()),
            key_share: has(MessageKind::ServerHello, "extensions/key_share"),
            handshake: seen.last(MessageKind::ServerHello).is_some(),
            application: seen.server_sent(MessageKind::Finished) || client_done,
            resumption: client_done,
        }
    }
}

/// `Derive-Secret` of a label over a transcript.
struct Derived {
    name: &'static str,
    title: &'static str,
    from: &'static str,
    label: &'static str,
    transcript: &'static str,
    purpose: &'static str,
    reached: bool,
    log: &'static str,
}

impl Derived {
    fn draw(self, draft: &mut Draft<'_>) {
        let value = draft.value(self.log);
        let secret = spaced(self.from);
        let derivation = [
            "Derive-Secret(",
            &secret,
            ", \"",
            self.label,
            "\", ",
            self.transcript,
            ")",
        ]
        .concat();
        let node: &mut KeyNode = draft.add(
            self.name,
            self.title,
            &[self.from],
            derivation,
            self.purpose,
            self.reached,
        );
        node.label = Some(self.label.into());
        node.transcript = Some(self.transcript.into());
        node.value = value;
    }
}

/// The transcripts that secrets are bound to.
const HELLO: &str = "ClientHello";
const HELLOS: &str = "ClientHello...ServerHello";
const SERVER_DONE: &str = "ClientHello...server Finished";
const ALL: &str = "ClientHello...client Finished";

pub(super) fn nodes(seen: Seen<'_>, secrets: &Secrets) -> Vec<KeyNode> {
    let reached = Reached::of(seen);
    let mut draft = Draft::new(secrets);
    early(&mut draft, reached);
    handshake(&mut draft, reached, seen);
    application(&mut draft, reached, seen);
    draft.nodes
}

fn early(draft: &mut Draft<'_>, reached: Reached) {
    let (from, purpose) = if reached.psk {
        (
            "the pre-shared key that the server has chosen",
            "what both sides know of an earlier session",
        )
    } else {
        (
            "zeros: no pre-shared key is used",
            "a place for a pre-shared key, empty here",
        )
    };
    draft.add("psk", "PSK", &[], from, purpose, true);
    draft.add(
        "early_secret",
        "Early Secret",
        &["psk"],
        "HKDF-Extract(salt = 0, IKM = PSK)",
        "the root of what can be sealed before the server has answered",
        true,
    );
    for part in [
        Derived {
            name: "binder_key",
            title: "Binder key",
            from: "early_secret",
            label: "res binder",
            transcript: "nothing",
            purpose: "proves in the ClientHello that the client knows the key that it offers",
            reached: reached.psk_offered,
            log: "",
        },
        Derived {
            name: "client_early_traffic_secret",
            title: "Client early traffic secret",
            from: "early_secret",
            label: "c e traffic",
            transcript: HELLO,
            purpose: "seals 0-RTT data",
            reached: reached.early_data,
            log: "CLIENT_EARLY_TRAFFIC_SECRET",
        },
        Derived {
            name: "early_exporter_master_secret",
            title: "Early exporter secret",
            from: "early_secret",
            label: "e exp master",
            transcript: HELLO,
            purpose: "gives keys to other protocols while 0-RTT data is sent",
            reached: reached.early_data,
            log: "EARLY_EXPORTER_SECRET",
        },
    ] {
        part.draw(draft);
    }
}

fn handshake(draft: &mut Draft<'_>, reached: Reached, seen: Seen<'_>) {
    let group = seen
        .last(MessageKind::ServerHello)
        .and_then(|hello| hello.field("extensions/key_share/server_share/group"))
        .map(|group| group.value.split(' ').next().unwrap_or_default().to_owned());
    let exchange = match (group, reached.key_share) {
        (Some(group), _) => sentence!("what both key shares of {group} make together"),
        (None, true) => "what both key shares make together".to_owned(),
        (None, false) => "zeros: the pre-shared key is used alone".to_owned(),
    };
    let done = reached.handshake;
    draft.add(
        "shared_secret",
        "(EC)DHE",
        &[],
        exchange,
        "what nobody who only listens can compute",
        done,
    );
    derived(draft, "derived_early", "early_secret", done);
    draft.add(
        "handshake_secret",
        "Handshake Secret",
        &["derived_early", "shared_secret"],
        "HKDF-Extract(salt = derived, IKM = (EC)DHE)",
        "the root of what seals the rest of the handshake",
        done,
    );
    for (name, title, label, purpose, log) in [
        (
            "client_handshake_traffic_secret",
            "Client handshake traffic secret",
            "c hs traffic",
            "seals the client's part of the handshake",
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        ),
        (
            "server_handshake_traffic_secret",
            "Server handshake traffic secret",
            "s hs traffic",
            "seals the server's part of the handshake",
            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        ),
    ] {
        Derived {
            name,
            title,
            from: "handshake_secret",
            label,
            transcript: HELLOS,
            purpose,
            reached: done,
            log,
        }
        .draw(draft);
    }
    for (name, title, from) in [
        (
            "client_finished_key",
            "Client finished key",
            "client_handshake_traffic_secret",
        ),
        (
            "server_finished_key",
            "Server finished key",
            "server_handshake_traffic_secret",
        ),
    ] {
        let derivation = sentence!("HKDF-Expand-Label({}, \"finished\", \"\")", spaced(from));
        draft
            .add(
                name,
                title,
                &[from],
                derivation,
                "makes the MAC in this side's Finished",
                done,
            )
            .label = Some("finished".into());
    }
}

fn application(draft: &mut Draft<'_>, reached: Reached, seen: Seen<'_>) {
    let done = reached.application;
    derived(draft, "derived_handshake", "handshake_secret", done);
    draft.add(
        "master_secret",
        "Master Secret",
        &["derived_handshake"],
        "HKDF-Extract(salt = derived, IKM = 0)",
        "the root of what the application uses",
        done,
    );
    for (name, title, label, transcript, purpose, reached, log) in [
        (
            "client_application_traffic_secret_0",
            "Client application traffic secret",
            "c ap traffic",
            SERVER_DONE,
            "seals what the client's application sends",
            done,
            "CLIENT_TRAFFIC_SECRET_0",
        ),
        (
            "server_application_traffic_secret_0",
            "Server application traffic secret",
            "s ap traffic",
            SERVER_DONE,
            "seals what the server's application sends",
            done,
            "SERVER_TRAFFIC_SECRET_0",
        ),
        (
            "exporter_master_secret",
            "Exporter secret",
            "exp master",
            SERVER_DONE,
            "gives keys to other protocols",
            done,
            "EXPORTER_SECRET",
        ),
        (
            "resumption_master_secret",
            "Resumption secret",
            "res master",
            ALL,
            "makes the pre-shared keys of later connections",
            reached.resumption,
            "",
        ),
    ] {
        Derived {
            name,
            title,
            from: "master_secret",
            label,
            transcript,
            purpose,
            reached,
            log,
        }
        .draw(draft);
    }
    updates(draft, seen);
    draft
        .add(
            "ticket_psk",
            "PSK of a ticket",
            &["resumption_master_secret"],
            "HKDF-Expand-Label(resumption master secret, \"resumption\", ticket_nonce)",
            "the PSK of a connection that resumes this one",
            seen.server_sent(MessageKind::NewSessionTicket),
        )
        .label = Some("resumption".into());
}

/// The secrets after KeyUpdates.
fn updates(draft: &mut Draft<'_>, seen: Seen<'_>) {
    /// More than these are not drawn.
    const MOST: usize = 8;
    for (side, party, log) in [
        ("client", seen.parties.client, "CLIENT"),
        ("server", seen.parties.server, "SERVER"),
    ] {
        let updates = seen
            .messages
            .iter()
            .filter(|m| m.kind == MessageKind::KeyUpdate && m.from == party)
            .count();
        for generation in 1..=updates.min(MOST) {
            let secret = |generation| sentence!("{side}_application_traffic_secret_{generation}");
            let before = secret(generation - 1);
            let value = draft.value(&sentence!("{log}_TRAFFIC_SECRET_{generation}"));
            draft.push(KeyNode {
                name: secret(generation).into(),
                title: sentence!("Next secret of the {side}, {generation}").into(),
                derivation: sentence!("HKDF-Expand-Label({}, \"traffic upd\", \"\")", spaced(&before)).into(),
                from: vec![before.into()],
                label: Some("traffic upd".into()),
                transcript: None,
                purpose: "seals what this side sends after its KeyUpdate".into(),
                reached: true,
                value,
            });
        }
    }
}

/// The name of a node as RFC 8446 writes that of a secret.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// The step from one secret to the salt of the next.
fn derived(draft: &mut Draft<'_>, name: &'static str, from: &'static str, reached: bool) {
    let derivation = sentence!("Derive-Secret({}, \"derived\", nothing)", spaced(from));
    draft
        .add(
            name,
            "derived",
            &[from],
            derivation,
            "the salt of the next step",
            reached,
        )
        .label = Some("derived".into());
}
