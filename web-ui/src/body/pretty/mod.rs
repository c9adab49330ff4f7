//! Text laid out for reading. White space moves; nothing else changes: no key is reordered, no number rewritten,
//! and what is not well-formed is shown as it is, as far as it can be followed.

mod form;
mod json;
mod markup;
mod script;

use std::fmt;

use capture::Fields;
use http::StatusCode;

use crate::api::model::{Problem, media_type};

/// Bytes of a text that is laid out.
pub(super) const MAX_TEXT: usize = 8 * 1024 * 1024;
/// Bytes that laying out may make of it.
const MAX_OUT: usize = 64 * 1024 * 1024;
/// Steps that a line is indented at the most: deeper nesting is at that depth too, or a row of brackets would
/// grow by its square.
const MAX_INDENT: usize = 60;
const INDENT: &str = match str::from_utf8(&[b' '; MAX_INDENT * 2]) {
    Ok(spaces) => spaces,
    Err(_) => "",
};

/// A text is not laid out.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrettyError {
    /// It is longer than is laid out.
    #[error("only texts of up to 8 MiB are laid out, and this one is longer: read it as it is")]
    TextTooLong,
    /// It would become longer than is shown.
    #[error("laid out, this text would be longer than 64 MiB: read it as it is")]
    OutTooLong,
    /// Its type is none that is known here.
    #[error("JSON, XML, HTML, CSS, JavaScript and forms are laid out, and {0} is not: read it as it is")]
    UnknownType(String),
}

impl From<PrettyError> for Problem {
    fn from(error: PrettyError) -> Self {
        let status = match error {
            PrettyError::UnknownType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            PrettyError::TextTooLong | PrettyError::OutTooLong => StatusCode::PAYLOAD_TOO_LARGE,
        };
        Self::new(status, error.to_string())
    }
}

/// Lays out a text of the type that its fields say, or else that it looks like.
pub(super) fn lay_out(text: &str, fields: &Fields) -> Result<String, PrettyError> {
    let media_type = media_type(fields).unwrap_or_default();
    let mut out = Out::default();
    match kind_of(&media_type, text) {
        Some(Kind::Json) => json::lay_out(text, &mut out)?,
        Some(Kind::Html) => markup::lay_out(text, true, &mut out)?,
        Some(Kind::Xml) => markup::lay_out(text, false, &mut out)?,
        Some(Kind::Css) => script::lay_out(text, script::Language::Css, &mut out)?,
        Some(Kind::JavaScript) => script::lay_out(text, script::Language::JavaScript, &mut out)?,
        Some(Kind::Form) => form::lay_out(text, &mut out)?,
        None => {
            let named = if media_type.is_empty() {
                "a body without a type".into()
            } else {
                media_type
            };
            return Err(PrettyError::UnknownType(named));
        }
    }
    Ok(out.text)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Html,
    Xml,
    Css,
    JavaScript,
    Form,
}

fn kind_of(media_type: &str, text: &str) -> Option<Kind> {
    let subtype = media_type.split_once('/').map_or("", |(_, subtype)| subtype);
    Some(match subtype {
        "json" | "x-ndjson" | "ndjson" | "jsonl" | "x-json" | "manifest+json" => Kind::Json,
        "html" | "xhtml+xml" => Kind::Html,
        "xml" => Kind::Xml,
        "css" => Kind::Css,
        "javascript" | "x-javascript" | "ecmascript" => Kind::JavaScript,
        "x-www-form-urlencoded" => Kind::Form,
        _ if subtype.ends_with("+json") => Kind::Json,
        _ if subtype.ends_with("+xml") => Kind::Xml,
        "" | "plain" | "octet-stream" => return looks_like(text),
        _ => return None,
    })
}

fn looks_like(text: &str) -> Option<Kind> {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let prefix: String = begin.chars().take(15).collect::<String>().to_ascii_lowercase();
    match begin.chars().next()? {
        '{' | '[' => Some(Kind::Json),
        '<' if prefix.starts_with("<!doctype html") || prefix.starts_with("<html") => Some(Kind::Html),
        '<' => Some(Kind::Xml),
        _ => None,
    }
}

/// The text that is being made, which never grows past its bound.
#[derive(Default)]
struct Out {
    text: String,
}

impl Out {
    fn push(&mut self, text: &str) -> Result<(), PrettyError> {
        if self.text.len() + text.len() > MAX_OUT {
            return Err(PrettyError::OutTooLong);
        }
        self.text.push_str(text);
        Ok(())
    }

    /// A new line at this depth; the first line needs none.
    fn line(&mut self, depth: usize) -> Result<(), PrettyError> {
        if !self.text.is_empty() {
            self.push("\n")?;
        }
        self.push(&INDENT[..depth.min(MAX_INDENT) * 2])
    }
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_by_the_type_and_else_by_the_begin() {
        assert_eq!(kind_of("application/problem+json", ""), Some(Kind::Json));
        assert_eq!(kind_of("image/svg+xml", ""), Some(Kind::Xml));
        assert_eq!(kind_of("application/xhtml+xml", ""), Some(Kind::Html));
        assert_eq!(kind_of("text/plain", " {\"a\":1}"), Some(Kind::Json));
        assert_eq!(kind_of("", "<!DOCTYPE HTML><p>"), Some(Kind::Html));
        assert_eq!(kind_of("text/plain", "hello"), None);
        assert_eq!(kind_of("image/png", "{"), None);
    }

    #[test]
    fn a_type_that_is_not_laid_out_is_named() {
        let fields = Fields::pack([(&b"content-type"[..], &b"image/png"[..])]);
        assert_eq!(
            lay_out("", &fields).unwrap_err().to_string(),
            "JSON, XML, HTML, CSS, JavaScript and forms are laid out, and image/png is not: read it as it is"
        );
    }

    #[test]
    fn deep_nesting_stays_within_the_bound() {
        let fields = Fields::pack([(&b"content-type"[..], &b"application/json"[..])]);
        let deep = "[".repeat(1_000_000);
        assert!(lay_out(&deep, &fields).is_err());
        let deep = "<a>".repeat(1_000_000);
        let fields = Fields::pack([(&b"content-type"[..], &b"text/xml"[..])]);
        assert!(lay_out(&deep, &fields).is_err());
    }

    proptest::proptest! {
        /// Whatever comes, laid out it is the same but for its white space.
        #[test]
        fn nothing_but_white_space_changes(
            text in "[<>/!?\\-\\[\\]{}()\"'`=:;,.*$#&%+ \\na-dé\u{1f600}\\\\]{0,80}",
            media_type in proptest::sample::select(vec![
                "application/json", "text/html", "text/xml", "text/css", "text/javascript",
            ]),
        ) {
            let fields = Fields::pack([(&b"content-type"[..], media_type.as_bytes())]);
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let laid_out = lay_out(&text, &fields).unwrap();
            proptest::prop_assert_eq!(bare(&laid_out), bare(&text), "{}", media_type);
        }

        #[test]
        fn any_form_is_laid_out(text in "[a&=%+0-9é \\n]{0,60}") {
            let fields = Fields::pack([(&b"content-type"[..], &b"application/x-www-form-urlencoded"[..])]);
            lay_out(&text, &fields).unwrap();
        }
    }
}
