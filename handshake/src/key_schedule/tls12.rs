//! The keys of TLS 1.2 and before (RFC 5246 sections 6.3 and 8.1, RFC 7627).

use super::{Draft, KeyNode, Seen};
use crate::parse::Context;
use crate::registry::{CipherSuite, KeyExchange};
use crate::words::sentence;
use crate::{Message, MessageKind, Secrets};

pub(super) fn nodes(seen: Seen<'_>, context: Context, secrets: &Secrets) -> Vec<KeyNode> {
    let mut draft = Draft::new(secrets);
    let resumed =
        seen.server_sent(MessageKind::ChangeCipherSpec) && !seen.server_sent(MessageKind::ServerHelloDone);
    let agreed = resumed || seen.client_sent(MessageKind::ClientKeyExchange);
    let random = |kind| {
        let hello: &Message = seen.last(kind)?;
        Some(crate::message::hex(hello.content(hello.field("random")?)))
    };
    for (name, title, kind, purpose) in [
        (
            "client_random",
            "Client random",
            MessageKind::ClientHello,
            "makes the keys fresh, whatever the server does",
        ),
        (
            "server_random",
            "Server random",
            MessageKind::ServerHello,
            "makes the keys fresh, whatever the client does",
        ),
    ] {
        let value = random(kind);
        let reached = value.is_some();
        draft
            .add(
                name,
                title,
                &[],
                "random bytes of the hello, in the clear",
                purpose,
                reached,
            )
            .value = value;
    }
    master_secret(&mut draft, seen, context, resumed, agreed);
    key_block(&mut draft, context, agreed);
    draft.nodes
}

fn master_secret(draft: &mut Draft<'_>, seen: Seen<'_>, context: Context, resumed: bool, agreed: bool) {
    let value = draft.value("CLIENT_RANDOM");
    let purpose = "the root of all keys of the session, and of those that resume it";
    let (title, bytes) = ("Master secret", "[0..47]");
    if resumed {
        let derivation = "taken from the session that is resumed";
        draft
            .add("master_secret", title, &[], derivation, purpose, agreed)
            .value = value;
        return;
    }
    let exchange = pre_master_secret(context);
    let why = "what nobody who only listens can compute";
    draft.add(
        "pre_master_secret",
        "Pre-master secret",
        &[],
        exchange,
        why,
        agreed,
    );
    let extended = [MessageKind::ClientHello, MessageKind::ServerHello]
        .into_iter()
        .all(|kind| {
            seen.last(kind)
                .is_some_and(|hello| hello.field("extensions/extended_master_secret").is_some())
        });
    let (from, label, transcript, seed): (&[&'static str], _, _, _) = if extended {
        let hash = "Hash(ClientHello...ClientKeyExchange)";
        (
            &["pre_master_secret"],
            "extended master secret",
            Some("ClientHello...ClientKeyExchange"),
            hash,
        )
    } else {
        let seed = "client_random + server_random";
        (
            &["pre_master_secret", "client_random", "server_random"],
            "master secret",
            None,
            seed,
        )
    };
    let derivation = sentence!("PRF(pre_master_secret, \"{label}\", {seed}){bytes}");
    let node = draft.add("master_secret", title, from, derivation, purpose, agreed);
    node.label = Some(label.into());
    node.transcript = transcript.map(Into::into);
    node.value = value;
}

fn pre_master_secret(context: Context) -> &'static str {
    match context
        .suite
        .and_then(CipherSuite::find)
        .map(|suite| suite.key_exchange)
    {
        Some(KeyExchange::Rsa) => {
            "48 bytes that the client chose and encrypted to the server's RSA key: who has that key later can read all"
        }
        Some(KeyExchange::Dhe) => "what both public values of the Diffie-Hellman exchange make together",
        Some(KeyExchange::Ecdhe) => {
            "what both points of the elliptic-curve Diffie-Hellman exchange make together"
        }
        Some(KeyExchange::StaticDh | KeyExchange::StaticEcdh) => {
            "what the client's fresh key and the fixed key of the server's certificate make together"
        }
        Some(KeyExchange::Psk) => "the key that both sides had before",
        _ => "what the key exchange of the suite makes",
    }
}

fn key_block(draft: &mut Draft<'_>, context: Context, agreed: bool) {
    let block = draft.add(
        "key_block",
        "Key block",
        &["master_secret", "server_random", "client_random"],
        "PRF(master_secret, \"key expansion\", server_random + client_random)",
        "cut into the keys of both directions",
        agreed,
    );
    block.label = Some("key expansion".into());
    let aead = context
        .suite
        .and_then(CipherSuite::find)
        .is_some_and(|suite| suite.aead);
    let mut parts = vec![
        (
            "client_write_key",
            "Client write key",
            "seals what the client sends",
        ),
        (
            "server_write_key",
            "Server write key",
            "seals what the server sends",
        ),
        (
            "client_write_iv",
            "Client write IV",
            "part of each nonce of the client",
        ),
        (
            "server_write_iv",
            "Server write IV",
            "part of each nonce of the server",
        ),
    ];
    if !aead {
        let macs = [
            (
                "client_write_mac_key",
                "Client write MAC key",
                "authenticates what the client sends",
            ),
            (
                "server_write_mac_key",
                "Server write MAC key",
                "authenticates what the server sends",
            ),
        ];
        parts.splice(0..0, macs);
    }
    for (name, title, purpose) in parts {
        draft.add(
            name,
            title,
            &["key_block"],
            "the next bytes of the key block",
            purpose,
            agreed,
        );
    }
    for (name, title, label) in [
        ("client_finished", "Client's verify_data", "client finished"),
        ("server_finished", "Server's verify_data", "server finished"),
    ] {
        let derivation = sentence!("PRF(master_secret, \"{label}\", Hash(handshake messages))[0..11]");
        let purpose = "the MAC in this side's Finished";
        let node = draft.add(name, title, &["master_secret"], derivation, purpose, agreed);
        node.label = Some(label.into());
        node.transcript = Some("all handshake messages before it".into());
    }
}
