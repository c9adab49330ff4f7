//! JSON laid out by its brackets, token by token: what is between them is copied, not understood.

use super::{Out, PrettyError};

/// Lays out one JSON text, or several after one another.
pub(super) fn lay_out(text: &str, out: &mut Out) -> Result<(), PrettyError> {
    let mut depth: usize = 0;
    // Whether a value at the top has ended, so that what follows is the next one, on a line of its own.
    let mut over = false;
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while let Some(first) = rest.chars().next() {
        if depth == 0 && over && !matches!(first, ',' | ':' | '}' | ']') {
            out.push("\n")?;
            over = false;
        }
        let (token, after) = rest.split_at(token_length(rest, first));
        rest = after.trim_start();
        match first {
            '{' | '[' if rest.starts_with(if first == '{' { '}' } else { ']' }) => {
                out.push(if first == '{' { "{}" } else { "[]" })?;
                rest = rest[1..].trim_start();
                over = true;
            }
            '{' | '[' => {
                depth += 1;
                out.push(token)?;
                out.line(depth)?;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                out.line(depth)?;
                out.push(token)?;
                over = true;
            }
            ',' => {
                out.push(token)?;
                if depth > 0 {
                    out.line(depth)?;
                }
            }
            ':' => out.push(": ")?,
            _ => {
                out.push(token)?;
                over = true;
            }
        }
    }
    Ok(())
}

/// The length of the token that begins here, which is never nought.
fn token_length(text: &str, first: char) -> usize {
    match first {
        '"' => string_length(text),
        '{' | '}' | '[' | ']' | ',' | ':' => 1,
        _ => text
            .find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c))
            .unwrap_or(text.len()),
    }
}

/// The string with its quotes; all that is left, where it does not end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str) -> String {
        let mut out = Out::default();
        lay_out(text, &mut out).unwrap();
        out.text
    }

    #[test]
    fn keys_keep_their_order_and_numbers_their_digits() {
        assert_eq!(
            laid_out(r#"{"z":1.00e+2,"a":[12345678901234567890,-0.0],"e":{},"l":[ ],"z":null}"#),
            r#"{
  "z": 1.00e+2,
  "a": [
    12345678901234567890,
    -0.0
  ],
  "e": {},
  "l": [],
  "z": null
}"#
        );
    }

    #[test]
    fn what_is_in_a_string_is_not_touched() {
        assert_eq!(
            laid_out(r#"["a,b:{ \" \\","\u0041"]"#),
            "[\n  \"a,b:{ \\\" \\\\\",\n  \"\\u0041\"\n]"
        );
    }

    #[test]
    fn values_after_one_another_have_their_lines() {
        assert_eq!(
            laid_out("{\"a\":1}\n{\"a\":2}\n3 4"),
            "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n3\n4"
        );
    }

    #[test]
    fn what_is_no_json_is_followed_as_far_as_it_goes() {
        assert_eq!(laid_out(")]}',\n[1"), ")\n]\n}\n',\n[\n  1");
        assert_eq!(laid_out("\"open"), "\"open");
        assert_eq!(laid_out(""), "");
    }

    #[test]
    fn nothing_but_white_space_changes() {
        let text = include_str!("../../../tests/data/sample.json");
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(bare(&laid_out(text)), bare(text));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&laid_out(text)), read(text));
    }
}
