//! JSON, a line each (NDJSON, JSON lines), and the records of RFC 7464.

use serde::de::IgnoredAny;

use super::found::{Found, Resume};

/// What begins a record of RFC 7464.
const RECORD: u8 = 0x1e;

/// Reads lines.
pub(super) struct Lines {
    keep: usize,
    position: u64,
    line: Found,
}

impl Lines {
    /// Begins at a place where a line begins.
    pub(super) fn new(keep: usize, at: &Resume) -> Self {
        Self {
            keep,
            position: at.position,
            line: begun(at.position),
        }
    }

    /// Where reading can begin again with what is not told yet.
    pub(super) fn resume(&self) -> Resume {
        Resume {
            position: self.line.start,
            ..Resume::default()
        }
    }

    /// Reads on to the end of a line that says something, or of the bytes.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.line.take(&bytes[..end], self.keep);
            self.position += end as u64 + 1;
            *bytes = &bytes[end + 1..];
            if let Some(found) = self.end() {
                return Some(found);
            }
        }
        self.line.take(bytes, self.keep);
        self.position += bytes.len() as u64;
        *bytes = &[];
        None
    }

    /// What is left where the stream has ended: a last line needs no end.
    pub(super) fn end(&mut self) -> Option<Found> {
        let mut found = std::mem::replace(&mut self.line, begun(self.position));
        found.end = self.position;
        found.on_wire = found.end - found.start;
        let is_whole = found.size == found.payload.len() as u64;
        if is_whole {
            let text = found.payload.strip_prefix(&[RECORD]).unwrap_or(&found.payload);
            let text = text.trim_ascii().to_vec();
            if text.is_empty() {
                return None;
            }
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&text) {
                found.fault(|| format!("the line is not JSON: {error}"));
            }
            found.size = text.len() as u64;
            found.payload = text;
        }
        Some(found)
    }
}

fn begun(start: u64) -> Found {
    Found {
        start,
        ..Found::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<Found> {
        let mut lines = Lines::new(100, &Resume::default());
        let mut found = Vec::new();
        for mut piece in pieces.iter().copied() {
            while let Some(line) = lines.next(&mut piece) {
                found.push(line);
            }
        }
        found.extend(lines.end());
        found
    }

    const STREAM: &[u8] = b"{\"a\":1}\r\n\n\x1e[2]\n{\"a\":\n\"last\"";

    #[test]
    fn each_line_is_a_message_and_what_is_not_json_is_told() {
        let found = read(&[STREAM]);
        let texts: Vec<&[u8]> = found.iter().map(|line| &line.payload[..]).collect();
        assert_eq!(texts, [&b"{\"a\":1}"[..], b"[2]", b"{\"a\":", b"\"last\""]);
        assert_eq!(
            (found[0].start, found[0].end, found[0].on_wire, found[0].size),
            (0, 9, 9, 7)
        );
        assert_eq!((found[1].start, found[1].end), (10, 15));
        assert!(
            found[2]
                .problem
                .as_deref()
                .unwrap()
                .starts_with("the line is not JSON: EOF")
        );
        assert_eq!(found[3].problem, None);
    }

    #[test]
    fn every_split_reads_the_same() {
        for split in 0..=STREAM.len() {
            let (first, second) = STREAM.split_at(split);
            assert_eq!(read(&[first, second]), read(&[STREAM]), "split at {split}");
        }
    }

    #[test]
    fn of_a_long_line_the_beginning_is_kept() {
        let mut lines = Lines::new(4, &Resume::default());
        let found = lines.next(&mut &b"[1, 2, 3, 4]\n"[..]).unwrap();
        assert_eq!(
            (&found.payload[..], found.size, found.problem),
            (&b"[1, "[..], 12, None)
        );
    }
}
