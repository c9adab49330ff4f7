//! The public key of a certificate, for checking signatures.

use crate::oid;

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey<'a> {
    /// The whole SubjectPublicKeyInfo, in DER.
    pub(crate) info: &'a [u8],
    pub(crate) kind: KeyKind,
}

/// What kind of key it is: for a curve, which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
    /// Another, of which nothing is checked.
    Other,
}

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]`, around a version.
const VERSION: u8 = 0xa0;

/// The key of a certificate in DER; `None` where it isn't there.
pub(crate) fn public_key(der: &[u8]) -> Option<PublicKey<'_>> {
    let certificate = element(der)?.expect(SEQUENCE)?;
    let mut signed = element(certificate)?.expect(SEQUENCE)?;
    if signed.first() == Some(&VERSION) {
        signed = element(signed)?.behind;
    }
    // serialNumber, signature, issuer, validity, subject.
    for _ in 0..5 {
        signed = element(signed)?.behind;
    }
    let info = element(signed)?;
    let algorithm = element(info.expect(SEQUENCE)?)?.expect(SEQUENCE)?;
    let kind = element(algorithm)?;
    let name = |bytes| oid::known(bytes).map(|known| known.name);
    let kind = match name(kind.expect(OBJECT_IDENTIFIER)?) {
        Some("rsaEncryption" | "id-RSASSA-PSS") => KeyKind::Rsa,
        Some("ecPublicKey") => match name(element(kind.behind)?.expect(OBJECT_IDENTIFIER)?) {
            Some("secp256r1") => KeyKind::P256,
            Some("secp384r1") => KeyKind::P384,
            Some("secp521r1") => KeyKind::P521,
            _ => KeyKind::Other,
        },
        Some("Ed25519") => KeyKind::Ed25519,
        Some("ML-DSA-44") => KeyKind::MlDsa44,
        Some("ML-DSA-65") => KeyKind::MlDsa65,
        Some("ML-DSA-87") => KeyKind::MlDsa87,
        _ => KeyKind::Other,
    };
    Some(PublicKey {
        info: info.whole,
        kind,
    })
}

/// An element of DER.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// Tag and length included.
    whole: &'a [u8],
    behind: &'a [u8],
}

impl<'a> Element<'a> {
    /// Its content, where its tag is this one.
    fn expect(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 3))?;
            (
                digits.iter().fold(0, |n, &digit| n << 8 | usize::from(digit)),
                rest,
            )
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    let whole = &der[..der.len() - behind.len()];
    Some(Element {
        tag,
        content,
        whole,
        behind,
    })
}
