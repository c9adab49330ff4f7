//! The fields of a head (RFC 9110 section 5), packed as they stand on an HTTP/1.1 wire: `name: value CR LF`
//! each. One value holds them all, so a head costs the recorder one buffer and the store one column.

use bytes::{BufMut, Bytes, BytesMut};

/// Header or trailer fields in order, packed.
///
/// Names and values are bytes without CR, LF or NUL: a space is put where one stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Bytes);

impl Fields {
    /// Packs these fields.
    pub fn pack<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        let mut packed = BytesMut::with_capacity(512);
        for (name, value) in fields {
            Self::push(&mut packed, name, value);
        }
        Self(packed.freeze())
    }

    fn push(packed: &mut BytesMut, name: &[u8], value: &[u8]) {
        packed.reserve(name.len() + value.len() + 4);
        put_clean(packed, name);
        packed.put_slice(b": ");
        put_clean(packed, value);
        packed.put_slice(b"\r\n");
    }

    /// The fields that were packed into these bytes.
    #[must_use]
    pub fn from_packed(packed: Bytes) -> Self {
        Self(packed)
    }

    /// The packed bytes.
    #[must_use]
    pub fn as_packed(&self) -> &Bytes {
        &self.0
    }

    /// Name and value of each field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.split(|&b| b == b'\n').filter_map(|line| {
            let line = line.strip_suffix(b"\r")?;
            // A name holds no ": " of its own: a token (RFC 9110 section 5.6.2) has no colon, and a pseudo
            // name's colon stands first.
            let colon = line.iter().skip(1).position(|&b| b == b':')? + 1;
            Some((&line[..colon], line.get(colon + 2..).unwrap_or_default()))
        })
    }

    /// The value of the first field of this name, in any case.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }
}

fn put_clean(packed: &mut BytesMut, text: &[u8]) {
    if text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        packed.extend(
            text.iter()
                .map(|&b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { b }),
        );
    } else {
        packed.put_slice(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_in_order_with_duplicates_and_empty_values() {
        let given: [(&[u8], &[u8]); 4] = [
            (b"Host", b"a: b"),
            (b"x", b""),
            (b"X", b"2"),
            (b":path", b"/\xff"),
        ];
        let fields = Fields::pack(given);
        assert_eq!(fields.iter().collect::<Vec<_>>(), given);
        assert_eq!(fields.first("X"), Some(&b""[..]));
        assert_eq!(fields.first("none"), None);
    }

    #[test]
    fn a_line_break_in_a_value_cannot_forge_a_field() {
        let fields = Fields::pack([(&b"a"[..], &b"1\r\nb: 2"[..])]);
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(&b"a"[..], &b"1  b: 2"[..])]);
    }
}
