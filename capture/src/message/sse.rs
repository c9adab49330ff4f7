//! Server-sent events (the HTML standard's section 9.2, "Server-sent events").

use super::found::{End, Found, Resume};

/// Bytes of a line that are looked at: a longer one is data as a rule, and its beginning is kept.
const LINE: usize = 1 << 20;

/// Bytes of a name or an id at the most.
const NAME: usize = 1024;

/// Reads a stream of events.
pub(super) struct Events {
    keep: usize,
    position: u64,
    /// The beginning of the line that is not whole.
    line: Vec<u8>,
    /// Bytes of that line.
    length: usize,
    line_start: u64,
    /// The line before ended with a CR: an LF belongs to it.
    after_cr: bool,
    event: Option<Found>,
    has_data: bool,
}

impl Events {
    /// Begins at a place where an event begins.
    pub(super) fn new(keep: usize, at: &Resume) -> Self {
        Self {
            keep,
            position: at.position,
            line: Vec::new(),
            length: 0,
            line_start: at.position,
            after_cr: false,
            event: None,
            has_data: false,
        }
    }

    /// Where reading can begin again with what is not told yet.
    pub(super) fn resume(&self) -> Resume {
        let line = if self.length > 0 {
            self.line_start
        } else {
            self.position
        };
        Resume {
            position: self.event.as_ref().map_or(line, |event| event.start),
            ..Resume::default()
        }
    }

    /// Reads on to the end of an event, or of the bytes.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        loop {
            let first = *bytes.first()?;
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                *bytes = &bytes[1..];
                self.position += 1;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) else {
                self.put(bytes);
                *bytes = &[];
                return None;
            };
            self.put(&bytes[..end]);
            self.after_cr = bytes[end] == b'\r';
            *bytes = &bytes[end + 1..];
            self.position += 1;
            if self.after_cr && bytes.first() == Some(&b'\n') {
                self.after_cr = false;
                *bytes = &bytes[1..];
                self.position += 1;
            }
            if let Some(found) = self.end_line() {
                return Some(found);
            }
        }
    }

    /// What is left where there is no more.
    pub(super) fn end(&mut self, end: End) -> Option<Found> {
        if self.length > 0 {
            self.end_line();
        }
        let mut found = self.event.take()?;
        found.end = self.position;
        found.on_wire = found.end - found.start;
        found.fault(|| format!("{end} before the empty line that ends an event"));
        Some(found)
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.length == 0 {
            self.line_start = self.position;
        }
        let room = LINE.saturating_sub(self.line.len()).min(bytes.len());
        self.line.extend_from_slice(&bytes[..room]);
        self.length += bytes.len();
        self.position += bytes.len() as u64;
    }

    fn end_line(&mut self) -> Option<Found> {
        let mut line = std::mem::take(&mut self.line);
        let mut length = std::mem::take(&mut self.length);
        let start = self.line_start;
        // A byte order mark stands before all else, and says nothing.
        let is_first = start == 0 && self.event.is_none();
        if is_first && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
            length -= 3;
        }
        if length == 0 || line.is_empty() {
            return self.dispatch();
        }
        self.take_line(start, &line, length);
        line.clear();
        self.line = line;
        None
    }

    fn dispatch(&mut self) -> Option<Found> {
        let mut found = self.event.take()?;
        self.has_data = false;
        found.end = self.position;
        found.on_wire = found.end - found.start;
        Some(found)
    }

    fn take_line(&mut self, start: u64, line: &[u8], length: usize) {
        let event = self.event.get_or_insert_with(|| Found {
            start,
            ..Found::default()
        });
        let (name, value) = match memchr::memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || String::from_utf8_lossy(&value[..value.len().min(NAME)]).into_owned();
        match name {
            b"" => event.comment = event.comment.take().or_else(|| Some(text())),
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    event.take(b"\n", self.keep);
                }
                event.take(value, self.keep);
                event.size += (length - line.len()) as u64;
                if let Err(error) = std::str::from_utf8(value)
                    && length == line.len()
                {
                    let at = error.valid_up_to();
                    event.fault(|| {
                        format!(
                            "its data is not UTF-8, in the line at byte {start}, {at} bytes into the value"
                        )
                    });
                }
            }
            b"event" => event.event = Some(text()),
            // One with a NUL is passed over.
            b"id" if !value.contains(&0) => event.id = Some(text()),
            b"retry" => {
                let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
                event.retry_ms = digits.then(|| text().parse().ok()).flatten().or(event.retry_ms);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Vec<Found> {
        let mut events = Events::new(1000, &Resume::default());
        let mut found = Vec::new();
        for mut piece in pieces.iter().copied() {
            while let Some(event) = events.next(&mut piece) {
                found.push(event);
            }
        }
        found.extend(events.end(End::OfStream));
        found
    }

    fn told(found: &Found) -> (Option<&str>, &str, Option<&str>) {
        let data = std::str::from_utf8(&found.payload).unwrap();
        (found.event.as_deref(), data, found.id.as_deref())
    }

    const STREAM: &[u8] =
        b"\xef\xbb\xbf: hello\n\ndata: a\ndata:  b\r\nid: 1\r\n\r\nevent:x\rdata\rdata\rretry: 30\r\r\
        other: 1\ndata:\xe2\x82\xac\nid:a\0b\n\ndata: left";

    #[test]
    fn events_are_read_by_the_standard() {
        let found = read(&[STREAM]);
        assert_eq!(found.len(), 5);
        assert_eq!(found[0].comment.as_deref(), Some("hello"));
        assert_eq!(told(&found[1]), (None, "a\n b", Some("1")));
        assert_eq!(told(&found[2]), (Some("x"), "\n", None));
        assert_eq!(found[2].retry_ms, Some(30));
        assert_eq!(told(&found[3]), (None, "\u{20ac}", None));
        assert!(
            found[4]
                .problem
                .as_deref()
                .unwrap()
                .starts_with("the stream ends")
        );
        let mut at = found[0].start;
        for event in &found {
            assert!(event.start >= at && event.end > event.start, "{event:?}");
            at = event.end;
        }
        assert_eq!(at, STREAM.len() as u64);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_data_behind_it() {
        let found = read(&[b"\xef\xbb\xbfdata: a\xff\n\n"]).remove(0);
        assert_eq!((found.size, &found.payload[..]), (2, &b"a\xff"[..]));
        assert!(found.problem.is_some());
    }

    #[test]
    fn data_that_is_not_utf_8_is_told_with_its_place() {
        let found = read(&[b"data: a\xff\n\n"]);
        assert_eq!(
            found[0].problem.as_deref(),
            Some("its data is not UTF-8, in the line at byte 0, 1 bytes into the value")
        );
    }

    #[test]
    fn every_split_reads_the_same_but_for_an_lf_behind_a_cr() {
        let whole = read(&[STREAM]);
        for split in 0..=STREAM.len() {
            let (first, second) = STREAM.split_at(split);
            let mut parts = read(&[first, second]);
            for (part, whole) in parts.iter_mut().zip(&whole) {
                // Between CR and LF an event has ended already: the LF counts with what follows.
                (part.start, part.end, part.on_wire) = (whole.start, whole.end, whole.on_wire);
            }
            assert_eq!(parts, whole, "split at {split}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_and_reading_can_begin_again(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b'd'), any::<u8>()], 0..80),
            split in 0usize..80,
        ) {
            let (mut first, second) = bytes.split_at(split.min(bytes.len()));
            let mut events = Events::new(10, &Resume::default());
            let mut count = 0;
            while events.next(&mut first).is_some() { count += 1; }
            let resume = events.resume();
            prop_assert!(resume.position <= bytes.len() as u64);
            let mut again = Events::new(10, &resume);
            let mut rest = &bytes[resume.position as usize..];
            let mut more = 0;
            while again.next(&mut rest).is_some() { more += 1; }
            let mut second = second;
            while events.next(&mut second).is_some() { count += 1; }
            let all = read(&[&bytes]).len();
            prop_assert!(count + 1 >= all && more <= all);
        }
    }
}
