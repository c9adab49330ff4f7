//! Certificates and stapled answers as trees of fields: X.509 (RFC 5280) and OCSP (RFC 6960), every byte named.
//!
//! Nothing is judged here: what a certificate says is told, whether or not it should be believed.

mod certificate;
mod extension;
mod extensions;
mod key;
mod name;
mod ocsp;
mod opened;
mod public_key;
mod signature;

use serde::Serialize;

pub(crate) use name::tell_name;
pub(crate) use opened::open_all;
pub(crate) use public_key::{KeyKind, PublicKey, public_key};

use crate::message::Hex;
use crate::scribe::{Ledger, Read, Scribe, count};
use crate::story::tell_certificate_fields;
use crate::{Field, Problem};

/// A certificate has about a hundred fields; a thousand names make a few thousand. More are not told.
const MAX_FIELDS: usize = 16 * 1024;

/// A certificate, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct DissectedCertificate {
    /// Its bytes, in DER.
    #[cfg_attr(feature = "schema", ts(type = "string"), schema(value_type = String))]
    pub bytes: Hex,
    /// What it says, as a tree; the one field at its root is the certificate.
    pub fields: Vec<Field>,
    /// What is not as X.509 in DER should be, with ranges in [`Self::bytes`]. What could be read is told all the same.
    pub problems: Vec<Problem>,
}

/// Dissects a certificate in DER (RFC 5280 section 4.1). It never fails: what cannot be read is told as a problem.
#[must_use]
pub fn certificate(der: &[u8]) -> DissectedCertificate {
    let (fields, problems) = read(der, 0..der.len(), &mut { MAX_FIELDS }, certificate::certificate);
    DissectedCertificate {
        bytes: Hex(der.to_vec()),
        fields,
        problems,
    }
}

/// Reads a range of bytes to its end, and tells the fields in words.
fn read(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    budget: &mut usize,
    parse: fn(&mut Scribe<'_>) -> Read,
) -> (Vec<Field>, Vec<Problem>) {
    let mut ledger = Ledger::new(*budget);
    let mut scribe = Scribe::over(bytes, range, &mut ledger);
    let read = parse(&mut scribe);
    if read.is_ok() && !scribe.is_empty() {
        let (at, left) = (scribe.position(), scribe.left());
        let _ = scribe.object(at, at + left, format!("{} left over", count(left, "byte")));
    }
    scribe.give_up();
    let mut fields = scribe.done();
    *budget = ledger.budget;
    tell_certificate_fields(&mut fields);
    (fields, ledger.problems)
}

#[cfg(test)]
mod tests;
