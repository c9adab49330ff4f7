//! Names: those of X.500 (RFC 5280 section 4.1.2.4), and the general ones of the Internet (section 4.2.1.6).

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::MAX_FIELDS;
use crate::scribe::{Ledger, Read, Scribe, Text, tag, tell_bytes};

/// `Name ::= RDNSequence`, a `SEQUENCE OF RelativeDistinguishedName`; told as `CN=example.com, O=Example`.
pub(super) fn name(s: &mut Scribe<'_>, field: &'static str) -> Read<Text> {
    let mut told = String::new();
    s.element(tag::SEQUENCE, field, |s| {
        s.each(relative_name)?;
        told = s.own_values();
        if told.is_empty() {
            told = "an empty name".to_owned();
        }
        Ok(told.clone())
    })?;
    Ok(told.into())
}

/// A DER `Name` in words; its bytes where it is none.
pub(crate) fn tell_name(der: &[u8]) -> Text {
    let mut ledger = Ledger::new(MAX_FIELDS);
    let mut scribe = Scribe::new(der, &mut ledger);
    match name(&mut scribe, "name") {
        Ok(told) if scribe.is_empty() && ledger.problems.is_empty() => told,
        _ => tell_bytes(der),
    }
}

/// `RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue`. One attribute, as is usual, and its set
/// are one field.
fn relative_name(s: &mut Scribe<'_>) -> Read {
    let mut only = None;
    s.element(tag::SET, "relative_distinguished_name", |s| {
        let count = s.each(|s| {
            only = Some(attribute(s)?);
            Ok(())
        })?;
        only = only.take().filter(|_| count == 1);
        Ok(s.own_values())
    })?;
    if let Some(name) = only
        && s.unwrap_last()
    {
        s.rename(name);
    }
    Ok(())
}

/// `AttributeTypeAndValue ::= SEQUENCE { type AttributeType, value AttributeValue }`; tells the name of its type.
pub(super) fn attribute(s: &mut Scribe<'_>) -> Read<Cow<'static, str>> {
    let mut kind = None;
    s.element(tag::SEQUENCE, "attribute", |s| {
        let oid = s.oid("type")?;
        s.string("value")?;
        let value = s.last_value();
        let told = format!("{}={value}", short_name(oid.name).unwrap_or(oid.told()));
        kind = oid.field_name();
        Ok(told)
    })?;
    let name = kind.unwrap_or(Cow::Borrowed("attribute"));
    s.rename(name.clone());
    Ok(name)
}

/// How an attribute is written in a name (RFC 4514 section 3, and common use).
fn short_name(name: Option<&'static str>) -> Option<&'static str> {
    Some(match name? {
        "commonName" => "CN",
        "surname" => "SN",
        "countryName" => "C",
        "localityName" => "L",
        "stateOrProvinceName" => "ST",
        "streetAddress" => "street",
        "organizationName" => "O",
        "organizationalUnitName" => "OU",
        "userId" => "UID",
        "domainComponent" => "DC",
        name => name,
    })
}

/// What a general name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// One name.
    Name,
    /// All names of a tree: an address has its mask behind it (RFC 5280 section 4.2.1.10).
    Tree,
}

/// `GeneralNames ::= SEQUENCE OF GeneralName`, under this tag.
pub(super) fn general_names(s: &mut Scribe<'_>, tag: u8, field: &'static str) -> Read {
    s.element(tag, field, |s| {
        s.each(|s| general_name(s, Use::Name))?;
        Ok(s.own_values())
    })
}

/// ```text
/// GeneralName ::= CHOICE {
///     otherName                 [0] SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY },
///     rfc822Name                [1] IA5String,
///     dNSName                   [2] IA5String,
///     x400Address               [3] ORAddress,
///     directoryName             [4] Name,
///     ediPartyName              [5] EDIPartyName,
///     uniformResourceIdentifier [6] IA5String,
///     iPAddress                 [7] OCTET STRING,
///     registeredID              [8] OBJECT IDENTIFIER }
/// ```
pub(super) fn general_name(s: &mut Scribe<'_>, used_for: Use) -> Read {
    let Some(found) = s.next_tag() else {
        return s.unknown("general_name");
    };
    const OTHER: u8 = tag::constructed(0);
    const EMAIL: u8 = tag::context(1);
    const DNS: u8 = tag::context(2);
    const DIRECTORY: u8 = tag::constructed(4);
    const URI: u8 = tag::context(6);
    const ADDRESS: u8 = tag::context(7);
    const REGISTERED: u8 = tag::context(8);
    match found {
        OTHER => s.element(OTHER, "other_name", |s| {
            let kind = s.oid("type_id")?;
            s.wrapped(tag::constructed(0), "value", |s| s.unknown("value"))?;
            Ok(format!("{}: {}", kind.told(), s.last_value()))
        }),
        EMAIL => s.ascii(EMAIL, "rfc822_name"),
        DNS => s.ascii(DNS, "dns_name"),
        DIRECTORY => s.wrapped(DIRECTORY, "directory_name", |s| {
            name(s, "directory_name").map(drop)
        }),
        URI => s.ascii(URI, "uniform_resource_identifier"),
        ADDRESS => s.element(ADDRESS, "ip_address", |s| {
            let (start, bytes) = (s.position(), s.skip());
            match tell_address(bytes, used_for) {
                Some(address) => Ok(address.into()),
                None => {
                    let text = "an address that is neither of IPv4 nor of IPv6";
                    let _ = s.object(start, start + bytes.len(), text);
                    Ok(tell_bytes(bytes))
                }
            }
        }),
        REGISTERED => s.oid_tagged(REGISTERED, "registered_id").map(drop),
        _ if found == tag::constructed(3) => s.unknown("x400_address"),
        _ if found == tag::constructed(5) => s.unknown("edi_party_name"),
        _ => s.unknown("general_name"),
    }
}

fn tell_address(bytes: &[u8], used_for: Use) -> Option<String> {
    let one = |bytes: &[u8]| -> Option<String> {
        match bytes.len() {
            4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string()),
            16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string()),
            _ => None,
        }
    };
    if used_for == Use::Name {
        return one(bytes);
    }
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
    let all: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let is_prefix = mask.iter().enumerate().all(|(at, byte)| {
        let due = ones.saturating_sub(at as u32 * 8).min(8);
        byte.leading_ones() == due && byte.count_ones() == due
    });
    Some(match is_prefix && ones == all {
        true => format!("{}/{ones}", one(address)?),
        false => format!("{} mask {}", one(address)?, one(mask)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_words_and_anything_else_in_bytes() {
        let name =
            b"\x30\x1b\x31\x0b0\x09\x06\x03U\x04\x06\x13\x02NL\x31\x0c0\x0a\x06\x03U\x04\x03\x0c\x03a\x1bb";
        assert_eq!(tell_name(name), r"C=NL, CN=a\u{1b}b");
        assert_eq!(tell_name(&[0x30, 0]), "an empty name");
        assert_eq!(tell_name(&[0x30, 5, 1]), "300501");
        let bmp = b"\x30\x0f\x31\x0d0\x0b\x06\x03U\x04\x0a\x1e\x04\x00a\x20\xac";
        assert_eq!(tell_name(bmp), "O=a\u{20ac}");
    }
}
