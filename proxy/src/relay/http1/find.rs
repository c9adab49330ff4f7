//! Where the next request begins and its head ends, in what was read so far.

use bytes::{Buf, Bytes};

use super::error::BadMessage;
use super::field::Line;
use super::head::{EndFinder, read_request_line};
use super::wire::Input;

/// Looks for a whole head in what was read. One that will be refused need not be whole.
pub(super) fn find_head(
    input: &mut Input,
    finder: &mut EndFinder,
    max: usize,
) -> Option<Result<Bytes, (BadMessage, Bytes)>> {
    let buffer = &mut input.buffer;
    if !finder.has_line() {
        // RFC 9112 section 2.2: empty lines before a request are passed over.
        while buffer.starts_with(b"\r\n") {
            buffer.advance(2);
            *finder = EndFinder::default();
        }
        if buffer[..] == *b"\r" {
            return None;
        }
    }
    let had_line = finder.has_line();
    let end = finder.look(buffer);
    if end.unwrap_or(buffer.len()) > max {
        let raw = input.take(max);
        return Some(Err((BadMessage::TooLong(max), raw)));
    }
    if let Some(end) = end {
        return Some(Ok(input.take(end)));
    }
    if finder.has_line() && !had_line {
        let line = Line::find(buffer, 0)?;
        if let Err(bad) = read_request_line(buffer, &line) {
            let raw = input.take(input.buffer.len());
            return Some(Err((bad, raw)));
        }
    }
    None
}
