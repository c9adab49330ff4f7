//! Parsers, one a message: the presentation language of the RFCs, in the words of [`crate::scribe`].
//!
//! A path of field names is a link that people keep, so the names are the RFC's own: those of TLS 1.3 where the
//! versions differ.

mod certificate;
mod ech;
mod extension;
mod hello;
mod key_exchange;
mod key_share;
mod quic;
mod ticket;
mod transparency;

pub(crate) use certificate::{certificates, decompressed};
pub(crate) use quic::varint;
pub(crate) use transparency::timestamp_list;

use crate::scribe::{Ledger, Read, Scribe, count, entry_u8};
use crate::{Field, MessageKind, Problem, registry};

/// What a parser must know of the messages before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    /// The version, once the server has chosen it.
    pub(crate) version: Option<u16>,
    /// The suite, likewise.
    pub(crate) suite: Option<u16>,
}

impl Context {
    /// After a server has chosen TLS 1.3.
    const TLS13: Self = Self {
        version: Some(0x0304),
        suite: None,
    };

    /// Whether the server has chosen TLS 1.3.
    pub(crate) fn is_tls13(self) -> bool {
        self.version.is_some_and(is_tls13)
    }

    /// Whether signatures name their scheme: since TLS 1.2.
    fn names_schemes(self) -> bool {
        self.version.is_none_or(|version| version >= 0x0303)
    }
}

/// Whether a version is TLS 1.3, or one of its last drafts.
pub(crate) fn is_tls13(version: u16) -> bool {
    version == 0x0304 || version >> 8 == 0x7f
}

/// The fields of a message, its header included.
pub(crate) fn message(
    kind: MessageKind,
    bytes: &[u8],
    context: Context,
    budget: &mut usize,
) -> (Vec<Field>, Option<Problem>) {
    let mut ledger = Ledger::new(*budget);
    let mut scribe = Scribe::new(bytes, &mut ledger);
    let read = match kind {
        MessageKind::ChangeCipherSpec => change_cipher_spec(&mut scribe),
        MessageKind::Alert => alert(&mut scribe),
        kind => handshake(&mut scribe, kind, context),
    };
    // What stopped the reading is in the ledger.
    if read.is_err() {
        scribe.give_up();
    }
    let fields = scribe.done();
    *budget = ledger.budget;
    (fields, ledger.problems.into_iter().next())
}

/// `Handshake` (RFC 8446 section 4).
fn handshake(s: &mut Scribe<'_>, kind: MessageKind, context: Context) -> Read {
    s.u8("msg_type", |number| {
        let name = match kind {
            MessageKind::Unknown(_) => kind.to_string().into(),
            kind => kind.name().into(),
        };
        entry_u8(name, number)
    })?;
    let length = s.u24("length", |length| count(length as usize, "byte"))?;
    let left = s.left();
    if left as u64 != length {
        let (start, end) = (s.position(), s.position() + left);
        // Parsing goes on: what is there is told.
        let _ = s.object(
            start,
            end,
            format!("the message ends after {left} of {length} bytes"),
        );
    }
    match kind {
        MessageKind::ClientHello => hello::client_hello(s),
        MessageKind::ServerHello | MessageKind::HelloRetryRequest => hello::server_hello(s, kind),
        MessageKind::EncryptedExtensions => hello::encrypted_extensions(s),
        MessageKind::Certificate => certificate::certificate(s, context),
        MessageKind::CompressedCertificate => certificate::compressed_certificate(s),
        MessageKind::CertificateRequest => certificate::certificate_request(s, context),
        MessageKind::CertificateVerify => certificate::certificate_verify(s, context),
        MessageKind::CertificateStatus => certificate::certificate_status(s),
        MessageKind::ServerKeyExchange => key_exchange::server_key_exchange(s, context),
        MessageKind::ClientKeyExchange => key_exchange::client_key_exchange(s, context),
        MessageKind::NewSessionTicket => ticket::new_session_ticket(s, context),
        MessageKind::Finished => s.rest("verify_data").map(drop),
        MessageKind::KeyUpdate => key_update(s),
        MessageKind::HelloRequest | MessageKind::ServerHelloDone | MessageKind::EndOfEarlyData => Ok(()),
        _ => s.rest("body").map(drop),
    }?;
    left_over(s)
}

/// Names the bytes behind the last field that a message has.
fn left_over(s: &mut Scribe<'_>) -> Read {
    if s.is_empty() {
        return Ok(());
    }
    let (start, left) = (s.position(), s.left());
    s.rest("left_over")?;
    Err(s.object(start, start + left, format!("{} left over", count(left, "byte"))))
}

/// RFC 8446 section 4.6.3.
fn key_update(s: &mut Scribe<'_>) -> Read {
    s.u8("request_update", |n| entry_u8(registry::key_update_request(n), n))
        .map(drop)
}

/// RFC 5246 section 7.1.
fn change_cipher_spec(s: &mut Scribe<'_>) -> Read {
    s.u8("type", |number| match number {
        1 => "change_cipher_spec (1)".to_owned(),
        _ => number.to_string(),
    })?;
    left_over(s)
}

/// `Alert` (RFC 8446 section 6).
fn alert(s: &mut Scribe<'_>) -> Read {
    s.u8("level", |n| entry_u8(registry::alert_level(n), n))?;
    s.u8("description", |n| entry_u8(crate::alert_name(n).into(), n))?;
    left_over(s)
}
