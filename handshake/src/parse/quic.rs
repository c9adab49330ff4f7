//! QUIC transport parameters (RFC 9000 section 18), which QUIC carries in TLS's hellos.

use crate::registry;
use crate::scribe::{Read, Scribe, Text, count, tell_bytes};

/// ```text
/// Transport Parameter {
///     Transport Parameter ID (i),
///     Transport Parameter Length (i),
///     Transport Parameter Value (..),
/// } ...
/// ```
pub(super) fn transport_parameters(s: &mut Scribe<'_>) -> Read<Text> {
    let mut parameters = 0;
    while !s.is_empty() {
        let id = varint(s.peek()).map_or(0, |(id, _)| id);
        let name = registry::quic_transport_parameter(id);
        s.part(name.clone(), |s| {
            s.varint("id")?;
            let length = s.varint("length")?;
            let left = s.left();
            let Some(length) = usize::try_from(length).ok().filter(|&length| length <= left) else {
                let (at, text) = (
                    s.position(),
                    format!("{name} says that it is {length} bytes long, and {left} are left"),
                );
                return Err(s.object(at, at + left, text));
            };
            let value = &s.peek()[..length];
            match varint(value) {
                Some((number, size)) if is_number(id) && size == length => {
                    s.varint("value")?;
                    Ok(Text::Owned(number.to_string()))
                }
                _ if length == 0 => Ok(Text::Borrowed("empty")),
                _ => Ok(tell_bytes(s.opaque("value", length)?)),
            }
        })?;
        parameters += 1;
    }
    Ok(count(parameters, "parameter").into())
}

/// A variable-length integer and its size (RFC 9000 section 16).
pub(crate) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let size = 1 << (first >> 6);
    let bytes = bytes.get(..size)?;
    let number = bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
    Some((number & (u64::MAX >> (66 - 8 * size)), size))
}

/// Whether the value of a parameter is a number.
fn is_number(id: u64) -> bool {
    const NUMBERS: [u64; 14] = [
        0x01,
        0x03,
        0x04,
        0x05,
        0x06,
        0x07,
        0x08,
        0x09,
        0x0a,
        0x0b,
        0x0e,
        0x20,
        0x3127,
        0xff04_de1b,
    ];
    NUMBERS.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 9000 appendix A.1.
    #[test]
    fn a_varint_is_read_at_every_size() {
        let big = [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c];
        assert_eq!(varint(&big), Some((151_288_809_941_952_652, 8)));
        assert_eq!(varint(&[0x9d, 0x7f, 0x3e, 0x7d]), Some((494_878_333, 4)));
        assert_eq!(varint(&[0x7b, 0xbd, 1]), Some((15_293, 2)));
        assert_eq!(varint(&[0x25]), Some((37, 1)));
        assert_eq!(varint(&[0x40]), None);
    }
}
