//! A message of a handshake, as it was on the wire and as it is told.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Field, Party};

/// One message: of the handshake protocol, an alert, or a ChangeCipherSpec.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Message {
    /// Its type.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", ts(type = "string"), schema(value_type = String))]
    pub kind: MessageKind,
    /// Who sent it.
    pub from: Party,
    /// When its last byte passed, in microseconds on the clock of [`crate::Chunk::at_us`].
    pub offset_us: u64,
    /// Its bytes on the wire in the clear, its own header included: 2 for an alert, 1 for a ChangeCipherSpec. Where
    /// it was sealed and not opened, those that lay sealed.
    pub length: usize,
    /// Whether it was sealed on the wire.
    pub encrypted: bool,
    /// Under which keys.
    pub epoch: Epoch,
    /// Which run of one sender it belongs to, from 0.
    pub flight: usize,
    /// The records that it lay in: indexes into [`crate::Handshake::records`]. None for what came late.
    pub records: Vec<usize>,
    /// Its bytes in the clear; empty when it was sealed and not opened.
    #[cfg_attr(feature = "schema", ts(type = "string"), schema(value_type = String))]
    pub bytes: Hex,
    /// What it says, as a tree.
    pub fields: Vec<Field>,
    /// What it means.
    pub story: Story,
    /// For a Finished: whether its MAC is the one that we compute. For a CertificateVerify and a ServerKeyExchange:
    /// whether the signature holds with the key of the certificate ([`crate::dissect_in_full`]). `None` where it was not
    /// checked.
    pub verified: Option<bool>,
    /// What is wrong with it; [`Self::fields`] has what could be read. Its range lies in [`Self::bytes`].
    pub problem: Option<Problem>,
}

impl Message {
    /// The field at a path: see [`Field::find`].
    #[must_use]
    pub fn field(&self, path: &str) -> Option<&Field> {
        Field::find(&self.fields, path)
    }

    /// The bytes of a field of this message, without its own header ([`Field::prefix`]).
    #[must_use]
    pub fn content(&self, field: &Field) -> &[u8] {
        self.bytes
            .0
            .get(field.start + field.prefix..field.end)
            .unwrap_or_default()
    }

    /// A field of up to eight bytes as a number.
    #[must_use]
    pub fn number(&self, field: &Field) -> Option<u64> {
        let content = self.content(field);
        (1..=8)
            .contains(&content.len())
            .then(|| content.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    /// The certificates of a Certificate or CompressedCertificate in DER, the peer's own first; none of another message.
    #[must_use]
    pub fn certificates(&self) -> Vec<Vec<u8>> {
        crate::parse::certificates(self)
    }

    /// The number at a path.
    #[must_use]
    pub fn number_at(&self, path: &str) -> Option<u64> {
        self.number(self.field(path)?)
    }

    /// The numbers of a list of 16-bit numbers: suites, groups, schemes, versions.
    #[must_use]
    pub fn numbers_at(&self, path: &str) -> Vec<u16> {
        let list = self.field(path).map_or(&[][..], |list| &list.fields);
        let mut numbers = Vec::with_capacity(list.len());
        numbers.extend(list.iter().filter_map(|f| u16::try_from(self.number(f)?).ok()));
        numbers
    }
}

/// The type of a message. Its text is the RFC's name in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// TLS 1.2 and before: the server asks for a new handshake.
    HelloRequest,
    /// The client's offer.
    ClientHello,
    /// The server's choice.
    ServerHello,
    /// DTLS only, where a hello is asked for again with a cookie.
    HelloVerifyRequest,
    /// TLS 1.3: a ServerHello that asks for another ClientHello.
    HelloRetryRequest,
    /// A ticket to resume with.
    NewSessionTicket,
    /// TLS 1.3: no more 0-RTT data.
    EndOfEarlyData,
    /// TLS 1.3: what the server says to the client's extensions, sealed.
    EncryptedExtensions,
    /// A chain.
    Certificate,
    /// TLS 1.2: the server's half of a Diffie-Hellman exchange.
    ServerKeyExchange,
    /// The server asks for the client's certificate.
    CertificateRequest,
    /// TLS 1.2: the server's flight is over.
    ServerHelloDone,
    /// A signature over the transcript.
    CertificateVerify,
    /// TLS 1.2: the client's half of the key exchange.
    ClientKeyExchange,
    /// The proof that both saw the same handshake.
    Finished,
    /// TLS 1.2: a URL in place of the certificate.
    CertificateUrl,
    /// TLS 1.2: a stapled OCSP response.
    CertificateStatus,
    /// TLS 1.2: data of the application inside the handshake.
    SupplementalData,
    /// TLS 1.3: the sender's next keys.
    KeyUpdate,
    /// A chain, compressed.
    CompressedCertificate,
    /// The client's choice by NPN, the forerunner of ALPN.
    NextProtocol,
    /// TLS 1.3's stand-in for the first ClientHello in a transcript with a HelloRetryRequest. Never on the wire.
    MessageHash,
    /// Not a handshake message: from here on the sender seals. In TLS 1.3 it means nothing.
    ChangeCipherSpec,
    /// Not a handshake message: what went wrong, or that the connection closes.
    Alert,
    /// A run of sealed records of the handshake whose messages cannot be told apart without a secret.
    Sealed,
    /// A handshake message of a type that is not known.
    Unknown(u8),
}

impl MessageKind {
    const HANDSHAKE: [(u8, Self); 22] = [
        (0, Self::HelloRequest),
        (1, Self::ClientHello),
        (2, Self::ServerHello),
        (3, Self::HelloVerifyRequest),
        (4, Self::NewSessionTicket),
        (5, Self::EndOfEarlyData),
        (6, Self::HelloRetryRequest),
        (8, Self::EncryptedExtensions),
        (11, Self::Certificate),
        (12, Self::ServerKeyExchange),
        (13, Self::CertificateRequest),
        (14, Self::ServerHelloDone),
        (15, Self::CertificateVerify),
        (16, Self::ClientKeyExchange),
        (20, Self::Finished),
        (21, Self::CertificateUrl),
        (22, Self::CertificateStatus),
        (23, Self::SupplementalData),
        (24, Self::KeyUpdate),
        (25, Self::CompressedCertificate),
        (67, Self::NextProtocol),
        (254, Self::MessageHash),
    ];

    /// Its name: `client_hello`; `handshake` for a type that is not known.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HelloRequest => "hello_request",
            Self::ClientHello => "client_hello",
            Self::ServerHello => "server_hello",
            Self::HelloVerifyRequest => "hello_verify_request",
            Self::HelloRetryRequest => "hello_retry_request",
            Self::NewSessionTicket => "new_session_ticket",
            Self::EndOfEarlyData => "end_of_early_data",
            Self::EncryptedExtensions => "encrypted_extensions",
            Self::Certificate => "certificate",
            Self::ServerKeyExchange => "server_key_exchange",
            Self::CertificateRequest => "certificate_request",
            Self::ServerHelloDone => "server_hello_done",
            Self::CertificateVerify => "certificate_verify",
            Self::ClientKeyExchange => "client_key_exchange",
            Self::Finished => "finished",
            Self::CertificateUrl => "certificate_url",
            Self::CertificateStatus => "certificate_status",
            Self::SupplementalData => "supplemental_data",
            Self::KeyUpdate => "key_update",
            Self::CompressedCertificate => "compressed_certificate",
            Self::NextProtocol => "next_protocol",
            Self::MessageHash => "message_hash",
            Self::ChangeCipherSpec => "change_cipher_spec",
            Self::Alert => "alert",
            Self::Sealed => "sealed",
            Self::Unknown(_) => "handshake",
        }
    }

    /// The kind of a handshake message's `msg_type` (RFC 8446 section 4).
    #[must_use]
    pub fn of_handshake(msg_type: u8) -> Self {
        Self::HANDSHAKE
            .iter()
            .find(|(number, _)| *number == msg_type)
            .map_or(Self::Unknown(msg_type), |(_, kind)| *kind)
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(number) => write!(f, "handshake_{number}"),
            kind => f.write_str(kind.name()),
        }
    }
}

impl Serialize for MessageKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Under which keys a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Epoch {
    /// None.
    Clear,
    /// TLS 1.3's 0-RTT keys.
    Early,
    /// TLS 1.3's handshake keys.
    Handshake,
    /// TLS 1.3's application keys.
    Application,
    /// TLS 1.2 and before: the connection's keys, after ChangeCipherSpec.
    Sealed,
}

/// A record of the record layer.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[cfg_attr(feature = "schema", ts(rename = "RecordInfo"), schema(as = RecordInfo))]
pub struct Record {
    /// Who sent it.
    pub from: Party,
    /// When its last byte passed, in microseconds.
    pub offset_us: u64,
    /// Its content type, as on the wire: `handshake`.
    pub content_type: Cow<'static, str>,
    /// Its `legacy_record_version`: `TLS 1.2 (0x0303)`.
    pub version: Cow<'static, str>,
    /// Where it begins in the bytes of its sender, its five-byte header included.
    pub start: u64,
    /// Where it ends, exclusive.
    pub end: u64,
    /// Whether its fragment is sealed.
    pub sealed: bool,
    /// The content type inside, where a record of TLS 1.3 was opened.
    pub inner_type: Option<Cow<'static, str>>,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[cfg_attr(feature = "schema", ts(rename = "HandshakeProblem"), schema(as = HandshakeProblem))]
pub struct Problem {
    /// Where it begins.
    pub start: u64,
    /// Where it ends, exclusive.
    pub end: u64,
    /// What is wrong, as a sentence without a full stop.
    pub text: String,
}

/// A message in plain words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Story {
    /// What such a message is.
    pub what: Cow<'static, str>,
    /// What this one says here.
    pub here: String,
    /// Where it is specified: `RFC 8446 section 4.1.2`.
    pub rfc: Cow<'static, str>,
}

/// Bytes that are told as lower-case hexadecimal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    text
}

/// Writes bytes behind a text, as lower-case hexadecimal.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS[usize::from(half)];
    if let [high, low] = *bytes {
        // A number of a registry, of which a hello has dozens.
        for half in [high >> 4, high & 15, low >> 4, low & 15] {
            text.push(char::from(digit(half)));
        }
        return;
    }
    for piece in bytes.chunks(32) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(piece) {
            pair[0] = digit(byte >> 4);
            pair[1] = digit(byte & 15);
        }
        // Digits are text, so none are left out.
        text.push_str(str::from_utf8(&digits[..2 * piece.len()]).unwrap_or_default());
    }
}

/// Writes a number behind a text. Nearly every field has one, and the machinery of `format!` would be a good part of
/// what a field costs.
pub(crate) fn push_number(text: &mut String, number: usize) {
    const MOST: usize = usize::MAX.ilog10() as usize + 1;
    let mut digits = [0; MOST];
    let mut begin = MOST;
    let mut left = number;
    loop {
        begin -= 1;
        digits[begin] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    // Digits are text, so none are left out.
    text.push_str(str::from_utf8(&digits[begin..]).unwrap_or_default());
}
