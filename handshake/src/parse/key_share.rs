//! Key shares and pre-shared keys (RFC 8446 sections 4.2.8 and 4.2.11), and the two parts of hybrid
//! groups (RFC 10024).

use super::extension::Within;
use crate::registry::{self, HybridPart};
use crate::scribe::{Read, Scribe, Text, count, entry, tell_bytes};

/// ```text
/// struct { KeyShareEntry client_shares<0..2^16-1>; } KeyShareClientHello;
/// struct { NamedGroup selected_group; } KeyShareHelloRetryRequest;
/// struct { KeyShareEntry server_share; } KeyShareServerHello;
/// ```
pub(super) fn key_share(s: &mut Scribe<'_>, within: Within) -> Read<Text> {
    match within {
        Within::ClientHello => {
            s.list(2, "client_shares", "key share", |s| {
                let number = s.peek().first_chunk().map_or(0, |b| u16::from_be_bytes(*b));
                s.part(registry::group(number).name, |s| share(s, true))
            })?;
            Ok(s.names().into())
        }
        Within::HelloRetryRequest => {
            s.u16("selected_group", |n| entry(registry::group(n)))?;
            Ok(s.last_value())
        }
        _ => {
            s.part("server_share", |s| share(s, false))?;
            Ok(s.last_value())
        }
    }
}

/// `struct { NamedGroup group; opaque key_exchange<1..2^16-1>; } KeyShareEntry;`
fn share(s: &mut Scribe<'_>, client: bool) -> Read<Text> {
    let group = s.u16("group", |n| entry(registry::group(n)))?;
    let mut length = 0;
    s.vector(2, "key_exchange", |s| {
        length = s.left();
        let size = |part: &HybridPart| {
            if client {
                part.client_length
            } else {
                part.server_length
            }
        };
        match registry::hybrid_parts(group) {
            Some(parts) if parts.iter().map(size).sum::<usize>() == length => {
                for part in &parts {
                    s.opaque(part.name, size(part))?;
                }
                Ok(count(length, "byte").into())
            }
            _ => Ok(tell_bytes(s.skip())),
        }
    })?;
    Ok(format!("{}, {}", registry::group(group).name, count(length, "byte")).into())
}

/// ```text
/// struct { opaque identity<1..2^16-1>; uint32 obfuscated_ticket_age; } PskIdentity;
/// opaque PskBinderEntry<32..255>;
/// struct {
///     PskIdentity identities<7..2^16-1>;
///     PskBinderEntry binders<33..2^16-1>;
/// } OfferedPsks;                              // the client's
/// uint16 selected_identity;                   // the server's
/// ```
pub(super) fn pre_shared_key(s: &mut Scribe<'_>, within: Within) -> Read<Text> {
    if within != Within::ClientHello {
        s.u16("selected_identity", |n| n.to_string())?;
        return Ok(format!("identity {}", s.last_value()).into());
    }
    s.list(2, "identities", "identity", |s| {
        s.part("identity", |s| {
            s.bytes(2, "identity")?;
            let value = s.last_value();
            s.u32("obfuscated_ticket_age", |n| n.to_string())?;
            Ok(value)
        })
    })?;
    let value = s.last_value();
    s.list(2, "binders", "binder", |s| s.bytes(1, "binder"))?;
    Ok(value)
}
