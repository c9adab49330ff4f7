//! Signatures under certificates and answers, in the form that their algorithm gives them.

use super::key::Algorithm;
use crate::scribe::{Read, Scribe, tag};

/// `BIT STRING`: two numbers of DSA and ECDSA in a `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2), and
/// the bare signature of any other algorithm.
pub(super) fn signature_value(
    s: &mut Scribe<'_>,
    tag: u8,
    name: &'static str,
    algorithm: &Algorithm,
) -> Read {
    let has_two_numbers = algorithm.oid.name.is_some_and(|name| {
        ["ecdsa-with", "dsa-with", "id-ecdsa-with", "sm2sign"]
            .iter()
            .any(|begin| name.starts_with(begin))
    });
    s.bit_string(tag, name, |s, _| {
        if has_two_numbers && s.next_is(tag::SEQUENCE) && s.is_der() {
            s.element(tag::SEQUENCE, "sig_value", |s| {
                s.integer(tag::INTEGER, "r")?;
                s.integer(tag::INTEGER, "s")?;
                Ok("r and s".to_owned())
            })?;
        } else {
            s.rest("signature")?;
        }
        Ok(s.last_value())
    })
}
