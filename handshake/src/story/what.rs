//! What a message of a kind is, in the version and the key exchange at hand.

use crate::leg::Leg;
use crate::registry::KeyExchange;
use crate::{MessageKind, Side};

/// What such a message is, and where it is specified.
pub(super) fn tell(leg: Leg<'_>, index: usize) -> (&'static str, &'static str) {
    let message = &leg.messages[index];
    let tls13 = leg.is_tls13();
    let exchange = leg.suite().map(|suite| suite.key_exchange);
    let from_client = leg.is_from(message, Side::Client);
    match message.kind {
        MessageKind::ClientHello if is_second(leg, index) => (
            "A second ClientHello answers a HelloRetryRequest: the same offer, with the key share or the cookie that \
             the server asked for.",
            "RFC 8446 section 4.1.2",
        ),
        MessageKind::ClientHello => (
            "A ClientHello opens every handshake: the client lists the versions, cipher suites and extensions that it \
             can use. For TLS 1.3 it already sends its half of the key exchange.",
            "RFC 8446 section 4.1.2",
        ),
        MessageKind::ServerHello if tls13 => (
            "A ServerHello answers: from what the client offered, the server picks the version and the cipher suite, \
             and sends its half of the key exchange. From here on both can compute the keys, and all that follows is \
             sealed.",
            "RFC 8446 section 4.1.3",
        ),
        MessageKind::ServerHello => (
            "A ServerHello answers: from what the client offered, the server picks the version, the cipher suite and \
             the extensions. The keys are agreed on in later messages.",
            "RFC 5246 section 7.4.1.3",
        ),
        MessageKind::HelloRetryRequest => (
            "A HelloRetryRequest asks for another ClientHello: the server finds a common group, but no key share of \
             it, or wants its cookie back. On the wire it is a ServerHello with a fixed random.",
            "RFC 8446 section 4.1.4",
        ),
        MessageKind::EncryptedExtensions => (
            "EncryptedExtensions holds the server's answers to those extensions that the keys don't need. It is the \
             first sealed message of TLS 1.3.",
            "RFC 8446 section 4.3.1",
        ),
        MessageKind::Certificate if from_client => (
            "A client's Certificate says who the client claims to be. Its CertificateVerify is the proof. An empty \
             one says that it has none to show.",
            if tls13 {
                "RFC 8446 section 4.4.2"
            } else {
                "RFC 5246 section 7.4.6"
            },
        ),
        MessageKind::Certificate if tls13 => (
            "A Certificate says who the server claims to be: its own certificate with its public key, and those that \
             lead to an authority that the client trusts. It claims; CertificateVerify proves.",
            "RFC 8446 section 4.4.2",
        ),
        MessageKind::Certificate => (
            "A Certificate says who the server claims to be: its own certificate with its public key, and those that \
             lead to an authority that the client trusts. In TLS 1.2 it passes in the clear. The proof is still to \
             come.",
            "RFC 5246 section 7.4.2",
        ),
        MessageKind::CompressedCertificate => (
            "A CompressedCertificate is a Certificate made smaller by an algorithm that the other side can undo.",
            "RFC 8879 section 4",
        ),
        MessageKind::CertificateRequest => (
            "A CertificateRequest asks the client to prove who it is, with a certificate of its own.",
            if tls13 {
                "RFC 8446 section 4.3.2"
            } else {
                "RFC 5246 section 7.4.4"
            },
        ),
        MessageKind::CertificateVerify => (
            "A CertificateVerify proves that its sender holds the private key of the certificate that it showed: a \
             signature over every message so far. Signing hides nothing; anyone can check it with the public key.",
            if tls13 {
                "RFC 8446 section 4.4.3"
            } else {
                "RFC 5246 section 7.4.8"
            },
        ),
        MessageKind::CertificateStatus => (
            "A CertificateStatus staples an answer of the authority, signed and dated, that the certificate was not \
             revoked. So the client need not ask.",
            "RFC 6066 section 8",
        ),
        MessageKind::CertificateUrl => (
            "A CertificateURL tells where the client's certificate can be fetched.",
            "RFC 6066 section 5",
        ),
        MessageKind::ServerKeyExchange => (
            "A ServerKeyExchange carries the server's fresh half of the key exchange. The signature under it, made \
             with the private key of the certificate over both randoms and this half, proves who sent it.",
            match exchange {
                Some(KeyExchange::Ecdhe) => "RFC 8422 section 5.4",
                _ => "RFC 5246 section 7.4.3",
            },
        ),
        MessageKind::ServerHelloDone => (
            "A ServerHelloDone says that the server has sent all of its first flight and waits.",
            "RFC 5246 section 7.4.5",
        ),
        MessageKind::ClientKeyExchange if exchange == Some(KeyExchange::Rsa) => (
            "A ClientKeyExchange of RSA carries a secret that the client made up alone, encrypted to the public key of \
             the server's certificate. Only the private key decrypts it, so to go on is the server's proof that it has \
             that key.",
            "RFC 5246 section 7.4.7.1",
        ),
        MessageKind::ClientKeyExchange => (
            "A ClientKeyExchange carries the client's half of the key exchange. Each side computes the same secret \
             from its own private half and the other's public one; the secret itself never passes.",
            match exchange {
                Some(KeyExchange::Ecdhe) => "RFC 8422 section 5.7",
                _ => "RFC 5246 section 7.4.7",
            },
        ),
        MessageKind::ChangeCipherSpec if tls13 => (
            "A ChangeCipherSpec means nothing in TLS 1.3. It is sent to look like a resumption of TLS 1.2 to \
             middleboxes, which block what they don't know.",
            "RFC 8446 appendix D.4",
        ),
        MessageKind::ChangeCipherSpec => (
            "A ChangeCipherSpec says that its sender seals with the new keys from the next record on. It is one byte, \
             and no handshake message.",
            "RFC 5246 section 7.1",
        ),
        MessageKind::Finished if tls13 => (
            "A Finished closes its sender's part of the handshake with a MAC over every message so far, under a key \
             that only the two sides have. Had anyone changed a byte on the way, it would not match.",
            "RFC 8446 section 4.4.4",
        ),
        MessageKind::Finished => (
            "A Finished is the first message under the new keys. It holds a digest of every handshake message so far, \
             made with the master secret. Had anyone changed a byte on the way, it would not match.",
            "RFC 5246 section 7.4.9",
        ),
        MessageKind::NewSessionTicket if tls13 => (
            "A NewSessionTicket lets the client resume later: with it, the next handshake needs no certificate. Only \
             the server can read what is inside.",
            "RFC 8446 section 4.6.1",
        ),
        MessageKind::NewSessionTicket => (
            "A NewSessionTicket hands the session's state to the client, sealed with a key of the server's own, so \
             that the server need not keep it. In TLS 1.2 the ticket passes in the clear.",
            "RFC 5077 section 3.3",
        ),
        MessageKind::EndOfEarlyData => (
            "An EndOfEarlyData says that the client's 0-RTT data is over.",
            "RFC 8446 section 4.5",
        ),
        MessageKind::KeyUpdate => (
            "A KeyUpdate says that its sender moves on to its next keys. Old ones can then be forgotten.",
            "RFC 8446 section 4.6.3",
        ),
        MessageKind::Alert => (
            "An alert says that something is wrong, or that its sender will send nothing more.",
            if tls13 {
                "RFC 8446 section 6"
            } else {
                "RFC 5246 section 7.2"
            },
        ),
        MessageKind::HelloRequest => (
            "A HelloRequest asks the client to shake hands again on the same connection (renegotiation). TLS 1.3 has \
             none.",
            "RFC 5246 section 7.4.1.1",
        ),
        MessageKind::HelloVerifyRequest => (
            "A HelloVerifyRequest belongs to DTLS: the client is to say its hello again, with a cookie that proves its \
             address.",
            "RFC 6347 section 4.2.1",
        ),
        MessageKind::SupplementalData => (
            "SupplementalData carries data of the application inside the handshake.",
            "RFC 4680 section 2",
        ),
        MessageKind::NextProtocol => (
            "A NextProtocol names the protocol above TLS that the client chose. It is the forerunner of ALPN.",
            "draft-agl-tls-nextprotoneg-04",
        ),
        MessageKind::MessageHash => (
            "A message_hash stands for the first ClientHello in the transcript. It has no place on the wire.",
            "RFC 8446 section 4.4.1",
        ),
        MessageKind::Sealed => (
            "Sealed messages: without their secrets only their length and their time can be told.",
            "RFC 8446 section 5.2",
        ),
        MessageKind::Unknown(_) => (
            "A handshake message of a type that is not known here.",
            "RFC 8446 section 4",
        ),
    }
}

/// Whether a HelloRetryRequest stands before this message.
pub(super) fn is_second(leg: Leg<'_>, index: usize) -> bool {
    leg.messages[..index]
        .iter()
        .any(|m| m.kind == MessageKind::HelloRetryRequest)
}
