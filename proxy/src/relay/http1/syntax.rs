//! The bytes that HTTP/1 is written in (RFC 9110 section 5.6, RFC 9112 section 2.2).

const TOKEN: u8 = 1;
const TEXT: u8 = 2;
const VISIBLE: u8 = 4;

/// What each byte may stand in.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let mut class = 0;
        if b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            )
        {
            class |= TOKEN;
        }
        if b == b'\t' || (b >= b' ' && b != 0x7f) {
            class |= TEXT;
        }
        if b > b' ' && b != 0x7f {
            class |= VISIBLE;
        }
        table[byte] = class;
        byte += 1;
    }
    table
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// Of a name or a method (RFC 9110 section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    is(byte, TOKEN)
}

/// Of a value or a reason: a space, a tab, or what can be seen, ASCII or not (RFC 9110 section 5.5).
pub(super) fn is_text(byte: u8) -> bool {
    is(byte, TEXT)
}

/// Of a request's target: no white space and no control byte.
pub(super) fn is_visible(byte: u8) -> bool {
    is(byte, VISIBLE)
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without the spaces and tabs around it.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|&b| !is_space(b)).unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|&b| !is_space(b))
        .map_or(start, |at| at + 1);
    &bytes[start..end]
}

/// The members of a list (RFC 9110 section 5.6.1).
pub(super) fn members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&b| b == b',')
        .map(trim)
        .filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_text_is_taken_off() {
        assert_eq!(trim(b" \ta b\t "), b"a b");
        assert_eq!(trim(b" \t"), b"");
        assert_eq!(members(b"a,, b ,").collect::<Vec<_>>(), [&b"a"[..], b"b"]);
    }

    #[test]
    fn control_bytes_stand_nowhere() {
        for byte in (0..=8).chain(10..=31).chain([127]) {
            assert!(!is_token(byte) && !is_text(byte) && !is_visible(byte), "{byte}");
        }
    }
}
