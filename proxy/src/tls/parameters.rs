//! What a handshake agreed on, in IANA's names.

use std::time::Duration;

use capture::{LegHandshake, TlsParameters, TlsRole};
use handshake::{Captured, Chunk, ClientHello, Parties, Resumption, Side, Transport};
use rustls::{HandshakeKind, NamedGroup, ProtocolVersion};

/// Reads a finished handshake that began with this hello, where that is known. The fields are those that both
/// sides of rustls share.
pub(super) fn told<Side>(
    session: &rustls::ConnectionCommon<Side>,
    hello: Option<&ClientHello>,
    took: Duration,
) -> TlsParameters {
    TlsParameters {
        version: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        },
        cipher_suite: session
            .negotiated_cipher_suite()
            .map_or_else(String::new, |suite| {
                // rustls sets the suites of TLS 1.3 apart by a name of its own.
                suite
                    .suite()
                    .as_str()
                    .unwrap_or_default()
                    .replacen("TLS13_", "TLS_", 1)
            }),
        group: session
            .negotiated_key_exchange_group()
            .map(|group| match group.name() {
                NamedGroup::X25519 => "x25519".to_owned(),
                NamedGroup::X448 => "x448".to_owned(),
                other => other.as_str().map_or_else(|| format!("{other:?}"), str::to_owned),
            }),
        alpn: session
            .alpn_protocol()
            .map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
        resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
        handshake_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        ja3: hello.map(handshake::ja3),
        ja4: hello.map(|hello| handshake::ja4(hello, Transport::Tcp)),
        legacy: false,
    }
}

/// Reads them from the bytes of a handshake that was passed through, as far as those are in the clear. `None` where
/// it did not come to a ServerHello.
pub(crate) fn of_passed(passed: &LegHandshake) -> Option<TlsParameters> {
    let captured = Captured {
        chunks: chunks(passed),
        ..Captured::default()
    };
    let facts = handshake::dissect(&captured, Parties::PASSED).facts;
    Some(TlsParameters {
        version: facts.version?,
        cipher_suite: facts.cipher_suite?,
        group: facts.group,
        alpn: facts.alpn,
        resumed: facts.resumption.is_some_and(|kind| kind != Resumption::Full),
        handshake_us: facts.handshake_us.unwrap_or_default(),
        ja3: facts.ja3,
        ja4: facts.ja4,
        legacy: false,
    })
}

/// Whether the server asked for a certificate, also where that was sealed.
#[cfg(feature = "legacy")]
pub(super) fn asked_for_certificate(leg: &LegHandshake) -> bool {
    let mut secrets = handshake::Secrets::new();
    for secret in &leg.secrets {
        secrets.insert(&secret.label, &secret.bytes);
    }
    let captured = Captured {
        chunks: chunks(leg),
        secrets,
        ..Captured::default()
    };
    let told = handshake::dissect(&captured, Parties::PASSED);
    let mut messages = told.messages.iter();
    messages.any(|message| message.kind == handshake::MessageKind::CertificateRequest)
}

/// What of a leg the dissector is fed.
pub(super) fn chunks(leg: &LegHandshake) -> Vec<Chunk<'_>> {
    let chunks = leg.chunks.iter().map(|chunk| Chunk {
        side: match chunk.from {
            TlsRole::Client => Side::Client,
            TlsRole::Server => Side::Server,
        },
        at_us: chunk.at_us,
        bytes: &chunk.bytes,
    });
    chunks.collect()
}
