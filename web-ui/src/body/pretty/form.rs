//! A form (`application/x-www-form-urlencoded`) as lines: one a field, percent-decoded.

use super::{Out, PrettyError};

/// One line a field: `name = value`.
pub(super) fn lay_out(text: &str, out: &mut Out) -> Result<(), PrettyError> {
    for pair in text.trim().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.line(0)?;
        out.push(&decode(name))?;
        out.push(" = ")?;
        out.push(&decode(value))?;
    }
    Ok(())
}

/// Percent-decoded; what is not UTF-8 then, or would break the line, stays visible.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (*first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |hex: u8| char::from(hex).to_digit(16).unwrap_or(0) as u8;
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            (byte, _) => bytes.push(byte),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    text.replace('\r', "\\r").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_a_line_a_field() {
        let mut out = Out::default();
        lay_out("q=a+b%20c&x=%C3%BC&empty&=1&n=%0a&bad=%zz%4&raw=%ff\n", &mut out).unwrap();
        assert_eq!(
            out.text,
            "q = a b c\nx = ü\nempty = \n = 1\nn = \\n\nbad = %zz%4\nraw = \u{fffd}"
        );
    }
}
