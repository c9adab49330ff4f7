//! Text of any charset as UTF-8.

use std::io::{self, Read};

use capture::Fields;
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1252};

/// Bytes at a document's begin in which it may declare its charset (the HTML standard's prescan).
pub(crate) const PRESCAN: usize = 1024;

/// The charset of a text: its byte order mark's, else the one that the fields say, else the one that the text
/// itself declares, else UTF-8 if it reads as that, else what browsers take for western text.
pub(crate) fn charset_of(fields: &Fields, head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    let content_type = fields.first("content-type").map(String::from_utf8_lossy);
    content_type
        .as_deref()
        .and_then(|value| parameter(value, "charset"))
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .or_else(|| declared(head))
        .unwrap_or_else(|| if starts_as_utf8(head) { UTF_8 } else { WINDOWS_1252 })
}

/// A parameter of a media type (RFC 9110 section 5.6.6), without its quotes.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

/// `<meta charset=x>`, `<meta ... content="text/html; charset=x">`, `<?xml ... encoding="x"?>`, `@charset "x"`.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&head[..head.len().min(PRESCAN)]).to_ascii_lowercase();
    let is_markup = head.trim_start().starts_with('<');
    let at = match (is_markup, head.starts_with("@charset")) {
        (true, _) if head.trim_start().starts_with("<?xml") => head.find("encoding")? + "encoding".len(),
        (true, _) => {
            let meta = head.find("<meta")?;
            meta + head[meta..].find("charset")? + "charset".len()
        }
        (false, true) => "@charset".len(),
        (false, false) => return None,
    };
    let label: String = head[at..]
        .trim_start_matches(|c: char| c.is_whitespace() || "=\"'".contains(c))
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c))
        .collect();
    Encoding::for_label(label.as_bytes())
}

/// Whether this begin of a text is UTF-8, but for a character that it cuts.
fn starts_as_utf8(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Reads text of this charset as UTF-8; what is none reads as U+FFFD.
pub(crate) struct Utf8<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is still to be decoded.
    from: usize,
    to: usize,
    state: State,
}

#[derive(PartialEq)]
enum State {
    More,
    LastRaw,
    Over,
}

impl<R: Read> Utf8<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder(),
            raw: vec![0; 32 * 1024],
            from: 0,
            to: 0,
            state: State::More,
        }
    }
}

impl<R: Read> Read for Utf8<R> {
    /// The buffer must have room for the longest character, four bytes.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.state != State::Over {
            if self.from == self.to && self.state == State::More {
                (self.from, self.to) = (0, self.inner.read(&mut self.raw)?);
                if self.to == 0 {
                    self.state = State::LastRaw;
                }
            }
            let last = self.state == State::LastRaw;
            let raw = &self.raw[self.from..self.to];
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, buffer, last);
            self.from += read;
            if last && result == CoderResult::InputEmpty {
                self.state = State::Over;
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset(content_type: &str, head: &[u8]) -> &'static str {
        let fields = Fields::pack([(&b"Content-Type"[..], content_type.as_bytes())]);
        charset_of(&fields, head).name()
    }

    #[test]
    fn a_charset_is_found_where_it_is_told() {
        assert_eq!(charset("text/html; charset=\"ISO-8859-2\"", b"x"), "ISO-8859-2");
        assert_eq!(
            charset("text/html", b"<!doctype html><meta charset=shift_jis>"),
            "Shift_JIS"
        );
        assert_eq!(
            charset(
                "text/html",
                b"<meta http-equiv=x content='text/html; charset=koi8-r'>"
            ),
            "KOI8-R"
        );
        assert_eq!(
            charset("text/xml", b"<?xml version=\"1.0\" encoding='euc-jp'?>"),
            "EUC-JP"
        );
        assert_eq!(charset("text/css", b"@charset \"gbk\";"), "GBK");
        assert_eq!(charset("text/plain; charset=koi8-r", b"\xff\xfea\0"), "UTF-16LE");
        assert_eq!(charset("text/plain", "ü".as_bytes()), "UTF-8");
        assert_eq!(charset("text/plain", &"ü".as_bytes()[..1]), "UTF-8");
        assert_eq!(charset("text/plain", b"\xfc."), "windows-1252");
        assert_eq!(charset("text/plain; charset=nonsense", b"a"), "UTF-8");
    }

    #[test]
    fn text_reads_as_utf8_however_it_is_cut() {
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("日本語のテキスト");
        let text = shift_jis.repeat(5000);
        let mut read = String::new();
        let mut reader = Utf8::new(&text[..], encoding_rs::SHIFT_JIS);
        let mut buffer = [0; 7];
        loop {
            let length = reader.read(&mut buffer).unwrap();
            if length == 0 {
                break;
            }
            read.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
        assert_eq!(read, "日本語のテキスト".repeat(5000));
    }

    #[test]
    fn a_cut_character_at_the_end_is_told_as_one() {
        let mut read = String::new();
        Utf8::new(&b"a\xe6\x97"[..], UTF_8)
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, "a\u{fffd}");
    }
}
