//! The frame of an extension (RFC 5280 section 4.1.2.9), of certificates and of OCSP's answers alike.

use super::extensions::content;
use crate::scribe::{Oid, Read, Scribe, Text, count, tag, tell_bytes};

/// `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`, under this tag.
pub(super) fn extensions(s: &mut Scribe<'_>, tag: u8, name: &'static str) -> Read {
    s.element(tag, name, |s| {
        let number = s.each(extension)?;
        Ok(count(number, "extension"))
    })
}

/// `Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`; the
/// field goes by the name of what it is.
fn extension(s: &mut Scribe<'_>) -> Read {
    let mut oid = Oid::default();
    s.element(tag::SEQUENCE, "extension", |s| {
        oid = s.oid("extn_id")?;
        let is_critical = s.next_is(tag::BOOLEAN) && s.boolean("critical")?;
        let mut told = Text::default();
        s.element(tag::OCTET_STRING, "extn_value", |s| {
            told = match s.is_der() {
                true => content(s, &oid)?,
                false => tell_bytes(s.skip()),
            };
            Ok(told.clone())
        })?;
        s.unwrap_last();
        let value = if told.is_empty() { s.last_value() } else { told };
        Ok(if is_critical {
            format!("critical: {value}").into()
        } else {
            value
        })
    })?;
    if let Some(name) = oid.field_name() {
        s.rename(name);
    }
    Ok(())
}
