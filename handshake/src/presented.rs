//! What a server showed of itself: its chain, and what came beside it.

use crate::parse::decompressed;
use crate::{Field, Handshake, Message, MessageKind};

/// What a server showed of itself. Each is empty where none was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// The chain in DER, the server's own certificate first.
    pub certificates: Vec<Vec<u8>>,
    /// The stapled OCSP response in DER (RFC 6066 section 8, RFC 8446 section 4.4.2.1).
    pub ocsp: Vec<u8>,
    /// The body of the extension signed_certificate_timestamp (RFC 6962 section 3.3).
    pub scts: Vec<u8>,
}

impl Handshake {
    /// The server's Certificate or CompressedCertificate.
    fn shown(&self) -> Option<&Message> {
        let client = self
            .messages
            .iter()
            .find(|m| m.kind == MessageKind::ClientHello)?;
        self.messages.iter().find(|m| {
            let is_certificate = matches!(
                m.kind,
                MessageKind::Certificate | MessageKind::CompressedCertificate
            );
            is_certificate && m.from != client.from
        })
    }

    /// The chain that the server showed, in DER, its own certificate first; empty where none was seen.
    #[must_use]
    pub fn presented_certificates(&self) -> Vec<Vec<u8>> {
        self.shown().map_or_else(Vec::new, Message::certificates)
    }

    /// The same with what came beside the chain: in messages and extensions of their own until TLS 1.2, with the
    /// certificate itself in TLS 1.3.
    #[must_use]
    pub fn presented(&self) -> Presented {
        let Some(shown) = self.shown() else {
            return Presented::default();
        };
        let unpacked;
        let (bytes, fields) = match shown.kind {
            MessageKind::CompressedCertificate => {
                unpacked = decompressed(shown).unwrap_or_default();
                (&unpacked.0, &unpacked.1)
            }
            _ => (&shown.bytes.0, &shown.fields),
        };
        let own = Field::find(fields, "certificate_list")
            .and_then(|list| list.fields.first())
            .and_then(|own| own.part("extensions"));
        let beside = |kind, path| {
            let mut messages = self.messages.iter();
            let message = messages.find(|m| m.kind == kind && m.from == shown.from)?;
            content(&message.bytes.0, message.field(path)?)
        };
        let ocsp = own
            .and_then(|own| content(bytes, own.part("status_request")?.part("response")?))
            .or_else(|| beside(MessageKind::CertificateStatus, "response"));
        let scts = own
            .and_then(|own| content(bytes, own.part("signed_certificate_timestamp")?))
            .or_else(|| {
                beside(
                    MessageKind::ServerHello,
                    "extensions/signed_certificate_timestamp",
                )
            });
        Presented {
            certificates: shown.certificates(),
            ocsp: ocsp.unwrap_or_default(),
            scts: scts.unwrap_or_default(),
        }
    }
}

/// The bytes of a field without its own header.
fn content(bytes: &[u8], field: &Field) -> Option<Vec<u8>> {
    bytes
        .get(field.start + field.prefix..field.end)
        .map(<[u8]>::to_vec)
}
