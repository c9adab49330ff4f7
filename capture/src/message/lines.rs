//! JSON, a line each (NDJSON, JSON lines), and the records of RFC 7464.

use serde::de::IgnoredAny;

use super::found::{End, Found, Resume};

/// What begins a record of RFC 7464.
const RECORD: u8 = 0x1e;

/// Reads lines.
pub(super) struct Lines {
    keep: usize,
    position: u64,
    line: Found,
    /// Blanks that the line ends with so far.
    blanks: u64,
}

impl Lines {
    /// Begins at a place where a line begins.
    pub(super) fn new(keep: usize, at: &Resume) -> Self {
        Self {
            keep,
            position: at.position,
            line: begun(at.position),
            blanks: 0,
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
            self.take(&bytes[..end]);
            self.position += 1;
            *bytes = &bytes[end + 1..];
            if let Some(found) = self.end_line() {
                return Some(found);
            }
        }
        self.take(bytes);
        *bytes = &[];
        None
    }

    /// Takes bytes of the line, the blanks around it and what begins a record left out.
    fn take(&mut self, mut bytes: &[u8]) {
        let is_first = self.position == self.line.start;
        self.position += bytes.len() as u64;
        if is_first && bytes.first() == Some(&RECORD) {
            bytes = &bytes[1..];
        }
        if self.line.size == 0 {
            bytes = bytes.trim_ascii_start();
        }
        let text = bytes.trim_ascii_end().len();
        self.blanks = (bytes.len() - text) as u64 + if text == 0 { self.blanks } else { 0 };
        self.line.take(bytes, self.keep);
    }

    /// What is left where there is no more: the last line of a stream needs no end.
    pub(super) fn end(&mut self, end: End) -> Option<Found> {
        let mut found = self.end_line()?;
        if end == End::OfRecording {
            found.problem = Some(format!("{end} before the end of this line"));
        }
        Some(found)
    }

    fn end_line(&mut self) -> Option<Found> {
        let mut found = std::mem::replace(&mut self.line, begun(self.position));
        found.end = self.position;
        found.on_wire = found.end - found.start;
        found.size -= std::mem::take(&mut self.blanks);
        if found.size == 0 {
            return None;
        }
        let is_whole = found.size <= found.payload.len() as u64;
        if is_whole {
            found.payload.truncate(found.size as usize);
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&found.payload) {
                found.fault(|| format!("the line is not JSON: {error}"));
            }
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
        found.extend(lines.end(End::OfStream));
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

    #[test]
    fn the_size_of_a_line_is_the_same_however_much_of_it_is_kept() {
        let line = b"\x1e \t[1, 2, 3, 4]  \r\n";
        for keep in [0, 4, 11, 12, 13, 100] {
            for split in 0..=line.len() {
                let mut lines = Lines::new(keep, &Resume::default());
                let (mut first, mut second) = line.split_at(split);
                let found = lines
                    .next(&mut first)
                    .or_else(|| lines.next(&mut second))
                    .unwrap();
                assert_eq!(
                    (found.size, found.end, found.problem),
                    (12, line.len() as u64, None)
                );
                assert_eq!(found.payload, b"[1, 2, 3, 4]"[..keep.min(12)]);
            }
        }
    }
}
