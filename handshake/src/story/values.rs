//! What a field's value says, where that teaches something.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::fields::{Above, Around};
use crate::registry::{
    Authentication, CipherSuite, KeyExchange, group_is_finite_field, hybrid_parts, is_grease, signature_key,
    version_name,
};
use crate::{Field, MessageKind, alert_meaning};

/// A sentence about a value.
pub(super) struct Value {
    pub(super) text: Cow<'static, str>,
    /// Whether it stands behind what the field is, or in its place.
    pub(super) adds: bool,
}

fn says(text: impl Into<Cow<'static, str>>) -> Option<Value> {
    Some(Value {
        text: text.into(),
        adds: false,
    })
}

fn adds(text: impl Into<Cow<'static, str>>) -> Option<Value> {
    Some(Value {
        text: text.into(),
        adds: true,
    })
}

const UNKNOWN: &str = "A number that is not known here.";
const GREASE: &str =
    "GREASE: a number that means nothing, put there so that servers stay used to what they don't know.";

/// What the value of this field says.
pub(super) fn tell(field: &Field, above: Option<&Above<'_>>, around: &Around<'_>) -> Option<Value> {
    let message = around.message;
    let parent = above.map_or("", |a| a.name);
    let number = || -> Option<u16> { message.number(field)?.try_into().ok() };
    match (&*field.name, parent) {
        ("legacy_version", _) => says(legacy_version(around, number()?)),
        ("random", _) => random(message.content(field)),
        ("legacy_session_id", _) => says(session_id(message.content(field), around)),
        ("legacy_session_id_echo", _) => says(session_id_echo(message.content(field), around)),
        ("cipher_suite", "") => adds(suite(number()?)),
        ("group" | "selected_group" | "named_curve", _) => adds(group(number()?)),
        ("GREASE", "client_shares") => says(GREASE),
        (_, "client_shares") => says("The client's half of a key exchange in this group."),
        ("dh_p", _) => adds(format!("This one has {} bits.", bits(message.content(field)))),
        ("algorithm", "") if message.kind != MessageKind::CompressedCertificate => adds(scheme(number()?)),
        ("version", "versions") => says(version(number()?)),
        ("selected_version", _) => adds(version(number()?)),
        ("protocol_name", _) => says(protocol(message.content(field))?),
        ("description", "") => says(capital(alert_meaning(number()? as u8))),
        ("psk_dhe_ke", _) => says("With fresh keys beside the pre-shared one: forward secret."),
        ("psk_ke", _) => says("With the pre-shared key alone: not forward secret."),
        ("uncompressed", _) => says("Both coordinates in full, the form that all use."),
        ("null", _) => says("No compression."),
        _ => kem(&field.name, parent),
    }
}

/// What a number of a registry in a list says. `parent` is the list.
pub(super) fn number(
    field: &Field,
    parent: &str,
    above: Option<&Above<'_>>,
    around: &Around<'_>,
) -> Option<Value> {
    let number = around.message.number(field)?.try_into().ok()?;
    match parent {
        "cipher_suites" if above.is_some_and(|a| a.above.is_none()) => says(suite(number)),
        "named_group_list" => says(group(number)),
        "supported_signature_algorithms" => says(scheme(number)),
        _ => None,
    }
}

/// Where a number of a list is specified.
pub(super) fn rfc(field: &Field, above: Option<&Above<'_>>, around: &Around<'_>) -> Option<&'static str> {
    let number = || -> Option<u16> { around.message.number(field)?.try_into().ok() };
    match above?.name {
        _ if &*field.name == "GREASE" => Some("RFC 8701 section 2"),
        "cipher_suites" => Some(rfc_of_suite(number()?)),
        "named_group_list" | "client_shares" => Some(match number().unwrap_or_default() {
            0x11eb..=0x11ed => "RFC 10024 section 3",
            0x0100..=0x0104 => "RFC 7919 section 2",
            _ => "RFC 8446 section 4.2.7",
        }),
        "supported_signature_algorithms" => Some("RFC 8446 section 4.2.3"),
        "versions" => Some("RFC 8446 section 4.2.1"),
        "ke_modes" => Some("RFC 8446 section 4.2.9"),
        "key_exchange" => Some("FIPS 203"),
        "ec_point_format_list" => Some("RFC 8422 section 5.1.2"),
        "certificate_types" => Some("RFC 5246 section 7.4.4"),
        "legacy_compression_methods" => Some("RFC 8446 section 4.1.2"),
        _ => None,
    }
}

fn rfc_of_suite(number: u16) -> &'static str {
    match number {
        0x00ff => "RFC 5746 section 3.3",
        0x5600 => "RFC 7507 section 2",
        0x00c6 | 0x00c7 => "RFC 8998 section 2",
        0x1306 | 0x1307 => "draft-irtf-cfrg-aegis-aead",
        0x1300..=0x13ff => "RFC 8446 appendix B.4",
        0x002c..=0x002e => "RFC 4785 section 2",
        0x0041..=0x0046 | 0x0084..=0x0089 | 0x00ba..=0x00c5 => "RFC 5932 section 2",
        0x008a..=0x0095 => "RFC 4279 section 2",
        0x0096..=0x009b => "RFC 4162 section 2",
        0x009c..=0x00a7 => "RFC 5288 section 3",
        0x00a8..=0x00b9 => "RFC 5487 section 2",
        0xc001..=0xc019 => "RFC 8422 section 6",
        0xc01a..=0xc022 => "RFC 5054 section 2.7",
        0xc023..=0xc032 => "RFC 5289 section 3",
        0xc033..=0xc03b => "RFC 5489 section 3",
        0xc03c..=0xc071 => "RFC 6209 section 2",
        0xc072..=0xc09b => "RFC 6367 section 2",
        0xc09c..=0xc0ab => "RFC 6655 section 3",
        0xc0ac..=0xc0af => "RFC 7251 section 2",
        0xc0b0..=0xc0b3 => "RFC 8492 section 5",
        0xc0b4 | 0xc0b5 => "RFC 9150 section 3",
        0xc100..=0xc106 => "RFC 9189 section 3",
        0xcca8..=0xccae => "RFC 7905 section 2",
        0xd001..=0xd005 => "RFC 8442 section 3",
        _ => "RFC 5246 appendix A.5",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

fn legacy_version(around: &Around<'_>, number: u16) -> String {
    match (around.message.kind, around.has_versions) {
        (MessageKind::ClientHello, true) => {
            "Frozen since TLS 1.3, because servers of old broke on higher numbers. What the client speaks stands in \
             supported_versions."
                .into()
        }
        (MessageKind::ClientHello, false) => format!(
            "The highest version that the client speaks. It has no supported_versions, so it does not speak TLS 1.3: \
             {} is its best.",
            version_name(number)
        ),
        (_, true) => "Frozen at TLS 1.2: the version that the server chose stands in supported_versions.".into(),
        (_, false) => "The version that the server chose.".into(),
    }
}

/// What a server writes at the end of its random when it speaks a higher version than it was asked for (RFC 8446
/// section 4.1.3).
fn random(random: &[u8]) -> Option<Value> {
    match random.last_chunk()? {
        b"DOWNGRD\x01" => adds(
            "It ends with \"DOWNGRD\" and a 1: the server speaks TLS 1.3 and was asked for TLS 1.2 at most. A client \
             that did offer TLS 1.3 would see in it that somebody changed its hello.",
        ),
        b"DOWNGRD\x00" => adds(
            "It ends with \"DOWNGRD\" and a 0: the server speaks TLS 1.2 or better and was asked for less. A client \
             that did offer more would see in it that somebody changed its hello.",
        ),
        _ => None,
    }
}

fn session_id(id: &[u8], around: &Around<'_>) -> &'static str {
    match (id.is_empty(), around.has_versions) {
        (true, _) => "Empty: the client names no session to resume.",
        (false, true) => {
            "For TLS 1.3 it names no session: random bytes that make the handshake look like a resumption of TLS 1.2 \
             to middleboxes. A server of TLS 1.2 would look for a session of this name."
        }
        (false, false) => {
            "The session that the client would resume. A client that sends a ticket makes it up, to see by its echo \
             whether the ticket was taken."
        }
    }
}

fn session_id_echo(id: &[u8], around: &Around<'_>) -> &'static str {
    match (id.is_empty(), id == around.session, around.tls13) {
        (_, true, true) => "What the client sent as legacy_session_id, sent back. It means nothing more.",
        (true, ..) => "Empty: the session cannot be resumed by an id.",
        (false, true, false) => "The client's own: the server resumes that session.",
        (false, false, false) => "The name of this new session, with which the client may resume it later.",
        (false, false, true) => "It should be what the client sent, and is not.",
    }
}

/// How many bits a number has.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

/// A suite in a sentence.
fn suite(number: u16) -> &'static str {
    // A hello has dozens of them, and they are the same few again and again.
    static TEXTS: LazyLock<Vec<String>> =
        LazyLock::new(|| CipherSuite::all().iter().map(suite_anew).collect());
    match number {
        0x00ff => "No suite: a signal that the client knows the attack on renegotiation of 2009.",
        0x5600 => {
            "No suite: a signal that the client comes back with a lower version after a failure. A server that speaks a \
             higher one refuses."
        }
        _ if is_grease(number) => GREASE,
        _ => CipherSuite::all()
            .binary_search_by_key(&number, |suite| suite.number)
            .map_or(UNKNOWN, |at| &TEXTS[at]),
    }
}

fn suite_anew(suite: &CipherSuite) -> String {
    let exchange = match suite.key_exchange {
        KeyExchange::Tls13 => String::new(),
        KeyExchange::Rsa => "Key exchange by RSA encryption, without forward secrecy".into(),
        KeyExchange::Dhe => "Fresh Diffie-Hellman keys".into(),
        KeyExchange::Ecdhe => "Fresh Diffie-Hellman keys on a curve".into(),
        KeyExchange::StaticDh | KeyExchange::StaticEcdh => {
            "Diffie-Hellman with the certificate's own key, without forward secrecy".into()
        }
        other => format!("Key exchange by {other}"),
    };
    let proof = match suite.authentication {
        Authentication::Tls13
        | Authentication::Gost
        | Authentication::Kerberos
        | Authentication::Password => "",
        Authentication::Rsa if suite.key_exchange == KeyExchange::Rsa => "",
        Authentication::Rsa => ", a server with an RSA certificate",
        Authentication::Dss => ", a server with a DSA certificate",
        Authentication::Ecdsa => ", a server with an ECDSA certificate",
        Authentication::Psk => ", a server that shares a key with the client",
        Authentication::Anonymous => ", and no proof at all of who the server is",
    };
    let sealing = match (suite.key_bits, suite.aead) {
        (0, _) => "nothing encrypted".to_owned(),
        (_, true) => format!("sealed by {}", suite.cipher),
        (_, false) => format!("encrypted by {}, and a MAC apart from it", suite.cipher),
    };
    match exchange.is_empty() {
        true => capital(&sealing),
        false => format!("{exchange}{proof}; {sealing}."),
    }
}

/// A group in a sentence.
fn group(number: u16) -> Cow<'static, str> {
    if is_grease(number) {
        return GREASE.into();
    }
    if let Some(parts) = hybrid_parts(number) {
        let [first, second] = parts.map(|part| part.title());
        return format!(
            "A hybrid: {first} and {second}, of which an attacker must break both. So a quantum computer of tomorrow \
             cannot read what is recorded today."
        )
        .into();
    }
    if group_is_finite_field(number) {
        return "A finite field of RFC 7919: Diffie-Hellman as it was before curves.".into();
    }
    match number {
        0x0017 => "The curve P-256 of NIST.",
        0x0018 => "The curve P-384 of NIST.",
        0x0019 => "The curve P-521 of NIST.",
        0x001d => "Curve25519, made to be fast and hard to get wrong.",
        0x001e => "Curve448, the larger sister of Curve25519.",
        0x0200..=0x0202 => "ML-KEM alone: post-quantum, without a curve to fall back on.",
        0x0001..=0x0016 | 0xff01 | 0xff02 => "Curves of old, no longer used.",
        0x001a..=0x001c | 0x001f..=0x0021 => "A curve of the Brainpool group.",
        0x0022..=0x0028 => "A curve of GOST.",
        0x0029 => "The curve of SM2.",
        _ => UNKNOWN,
    }
    .into()
}

/// A signature scheme in a sentence.
fn scheme(number: u16) -> Cow<'static, str> {
    if is_grease(number) {
        return GREASE.into();
    }
    const SHA1: &str =
        "SHA-1: forged signatures are within reach, and TLS 1.3 takes it in old certificates at most.";
    match number {
        0x0201..=0x0203 => SHA1.into(),
        0x0401 | 0x0501 | 0x0601 => {
            "RSA in its padding of old (PKCS #1 v1.5). TLS 1.3 takes it inside certificates alone.".into()
        }
        0x0804..=0x0806 => "RSA with PSS padding, by an ordinary RSA key.".into(),
        0x0809..=0x080b => "RSA with PSS padding, by a key that is for PSS alone; seldom seen.".into(),
        0x0904..=0x0906 => "ML-DSA: post-quantum.".into(),
        _ => signature_key(number).map_or_else(
            || UNKNOWN.into(),
            |key| format!("A signature by {}.", article(key)).into(),
        ),
    }
}

/// `an RSA key`.
fn article(key: &str) -> String {
    match key.starts_with(['A', 'E', 'R', 'M', 'S']) {
        true => format!("an {key} key"),
        false => format!("a {key} key"),
    }
}

fn version(number: u16) -> Cow<'static, str> {
    match number {
        0x0304 => "The version of 2018: one round trip, sealed certificates, forward secrecy always.".into(),
        0x0303 => "The version of 2008, still sound with good suites.".into(),
        0x0301 | 0x0302 => "Deprecated since 2021 (RFC 8996).".into(),
        0x0002 | 0x0300 => "SSL, broken and forbidden (RFC 6176, RFC 7568).".into(),
        n if is_grease(n) => GREASE.into(),
        n => format!("{}.", version_name(n)).into(),
    }
}

fn protocol(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"h2" => "HTTP/2.",
        b"http/1.1" => "HTTP/1.1.",
        b"http/1.0" => "HTTP/1.0.",
        b"h3" => "HTTP/3, over QUIC.",
        b"acme-tls/1" => "An authority checks who runs the host (RFC 8737).",
        b"dot" => "DNS over TLS.",
        b"imap" => "IMAP: mail.",
        b"pop3" => "POP3: mail.",
        b"postgresql" => "PostgreSQL.",
        b"spdy/3" | b"spdy/3.1" => "SPDY, the forerunner of HTTP/2.",
        b"grease" => GREASE,
        _ => return None,
    })
}

/// The post-quantum part of a hybrid key share.
fn kem(name: &str, parent: &str) -> Option<Value> {
    if parent != "key_exchange" || !(name.starts_with("ml_kem") || name.starts_with("kyber")) {
        return None;
    }
    says(
        "The post-quantum half. A client sends a key to encapsulate to, a server the secret encapsulated to it, which \
         only the client can open.",
    )
}
