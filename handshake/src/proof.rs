//! Checks the signatures of a handshake with the key of the certificate that was shown: CertificateVerify (RFC 8446
//! section 4.4.3, RFC 5246 section 7.4.8) and ServerKeyExchange (RFC 5246 section 7.4.3).
//!
//! A signature that holds says that its sender has the private key. Whether the certificate is to be believed is
//! another question.

mod scheme;

use aws_lc_rs::signature::UnparsedPublicKey;

use crate::decrypt::{Transcript, hash_of};
use crate::leg::{Leg, the_first};
use crate::x509::{KeyKind, PublicKey, public_key};
use crate::{Message, MessageKind, Parties, Side};

/// Whether a signature holds, or why that was not checked.
type Outcome = Result<bool, &'static str>;

/// Checks every signature of a handshake, and tells in its story what came of it.
pub(crate) fn check(messages: &mut [Message], parties: Parties) {
    let leg = Leg::new(messages, parties);
    let checked: Vec<_> = leg
        .all()
        .filter_map(|(index, message)| {
            let outcome = match message.kind {
                MessageKind::CertificateVerify => certificate_verify(leg, index),
                MessageKind::ServerKeyExchange if message.field("signature").is_some() => {
                    key_exchange(leg, message)
                }
                _ => return None,
            };
            Some((index, outcome))
        })
        .collect();
    for (index, outcome) in checked {
        let message = &mut messages[index];
        let sender = the_first(message.from);
        message.verified = outcome.ok();
        message.story.here += &match outcome {
            Ok(true) => format!(
                " The signature holds: {} has the private key of its certificate.",
                lower(sender)
            ),
            Ok(false) => " The signature does not hold with the key of the certificate.".to_owned(),
            Err(reason) => format!(" Whether the signature holds was not checked: {reason}."),
        };
    }
}

/// A party at the beginning of a sentence, in its middle.
fn lower(party: &'static str) -> String {
    party.replacen("The ", "the ", 1)
}

/// The signature over the transcript.
fn certificate_verify(leg: Leg<'_>, index: usize) -> Outcome {
    let message = &leg.messages[index];
    let side = match leg.is_from(message, Side::Client) {
        true => Side::Client,
        false => Side::Server,
    };
    let before = &leg.messages[..index];
    if before
        .iter()
        .any(|m| m.kind == MessageKind::Finished && leg.is_from(m, side))
    {
        return Err("it came after the handshake");
    }
    let certificate = before
        .iter()
        .rfind(|m| is_certificate(m) && leg.is_from(m, side))
        .ok_or("its certificate was not seen")?;
    if !leg.is_tls13() {
        let signed: Vec<u8> = transcript(before)
            .flat_map(|m| m.bytes.0.iter().copied())
            .collect();
        return verify(certificate, message, &signed);
    }
    let delegated = "certificate_list/certificate/extensions/delegated_credential";
    if certificate.field(delegated).is_some() {
        return Err("a delegated credential made it");
    }
    let context = match side {
        Side::Client => "TLS 1.3, client CertificateVerify",
        Side::Server => "TLS 1.3, server CertificateVerify",
    };
    let hash = transcript_hash(leg, before).ok_or("what was said before is not known in full")?;
    let signed = [&[b' '; 64][..], context.as_bytes(), &[0], &hash].concat();
    verify(certificate, message, &signed)
}

/// The signature over both randoms and the server's half of the key exchange.
fn key_exchange(leg: Leg<'_>, message: &Message) -> Outcome {
    const HEADER: usize = 4;
    let parameters = message
        .field("algorithm")
        .or_else(|| message.field("signature"))
        .and_then(|behind| message.bytes.0.get(HEADER..behind.start))
        .ok_or("it could not be read")?;
    let random = |found: Option<(usize, &Message)>| {
        let (_, hello) = found?;
        Some(hello.content(hello.field("random")?).to_vec())
    };
    let randoms = random(leg.hello()).zip(random(leg.server_hello()));
    let (client, server) = randoms.ok_or("a random is not known")?;
    let (_, certificate) = leg
        .all()
        .find(|(_, m)| is_certificate(m) && leg.is_from(m, Side::Server))
        .ok_or("its certificate was not seen")?;
    verify(certificate, message, &[&client[..], &server, parameters].concat())
}

fn is_certificate(message: &Message) -> bool {
    matches!(
        message.kind,
        MessageKind::Certificate | MessageKind::CompressedCertificate
    )
}

/// The messages that signatures and Finished vouch for.
fn transcript(messages: &[Message]) -> impl Iterator<Item = &Message> {
    messages.iter().filter(|m| {
        !m.bytes.0.is_empty()
            && !matches!(
                m.kind,
                MessageKind::Alert
                    | MessageKind::ChangeCipherSpec
                    | MessageKind::HelloRequest
                    | MessageKind::KeyUpdate
                    | MessageKind::NewSessionTicket
            )
    })
}

fn transcript_hash(leg: Leg<'_>, before: &[Message]) -> Option<Vec<u8>> {
    let (_, hello) = leg.server_hello()?;
    let algorithm = hash_of(hello.number_at("cipher_suite")?.try_into().ok()?);
    let mut hash = Transcript::default();
    for message in transcript(before) {
        match message.kind {
            MessageKind::HelloRetryRequest => hash.retry(algorithm),
            MessageKind::ServerHello => hash.settle(algorithm),
            MessageKind::Sealed => return None,
            _ => {}
        }
        hash.add(&message.bytes.0);
    }
    hash.hash()
}

/// `ecdsa_sha1`.
const ECDSA_SHA1: u16 = 0x0203;

/// Bytes of the SubjectPublicKeyInfo of an RSA key of 2048 bits, about: it has 294.
const SMALLEST_RSA: usize = 280;

fn verify(certificate: &Message, message: &Message, signed: &[u8]) -> Outcome {
    let leaf = certificate.certificates().into_iter().next();
    let leaf = leaf.ok_or("its certificate could not be read")?;
    let PublicKey { info, kind } = public_key(&leaf).ok_or("the key of its certificate could not be read")?;
    let scheme = match (message.number_at("algorithm"), kind) {
        (Some(scheme), _) => scheme as u16,
        // Before TLS 1.2 the key alone decides (RFC 4346 section 7.4.3, RFC 8422 section 5.4).
        (None, KeyKind::Rsa) => {
            return Err("it is of RSA over MD5 and SHA-1 together, which is not checked here");
        }
        (None, _) => ECDSA_SHA1,
    };
    let signature = message.field("signature").map(|field| message.content(field));
    let signature = signature.ok_or("it could not be read")?;
    let Some(algorithm) = scheme::algorithm(scheme, kind) else {
        return Err(match kind {
            KeyKind::Other => "the kind of its key is not one that is known here",
            _ => "the scheme is not one that is known here for such a key",
        });
    };
    let holds = UnparsedPublicKey::new(algorithm, info)
        .verify(signed, signature)
        .is_ok();
    match kind {
        // The algorithms refuse such keys whatever they signed.
        KeyKind::Rsa if !holds && info.len() < SMALLEST_RSA => Err("its RSA key has fewer than 2048 bits"),
        _ => Ok(holds),
    }
}

#[cfg(test)]
mod tests;
