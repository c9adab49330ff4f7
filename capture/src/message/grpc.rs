//! The length-prefixed messages of gRPC and gRPC-Web: a byte of flags, four of length, the payload.

use std::io::Read;

use super::found::{End, Found, Resume};
use super::tally::Tally;
use crate::coding::{Coding, undo};

/// Bytes of a compressed message that are kept until it is whole.
const COMPRESSED: usize = 4 << 20;

/// How messages are compressed that say they are (`grpc-encoding`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Known(Coding),
    Unknown(String),
}

impl Encoding {
    /// The encoding of this name.
    pub(super) fn of(name: Option<&[u8]>) -> Self {
        let name = String::from_utf8_lossy(name.unwrap_or(b"identity")).to_ascii_lowercase();
        match name.trim() {
            "" | "identity" => Self::Identity,
            "gzip" => Self::Known(Coding::Gzip),
            "deflate" => Self::Known(Coding::Deflate),
            "br" => Self::Known(Coding::Brotli),
            "zstd" => Self::Known(Coding::Zstd),
            other => Self::Unknown(other.chars().take(64).collect()),
        }
    }
}

/// Reads one direction of a call.
pub(super) struct Calls {
    keep: usize,
    encoding: Encoding,
    /// Whether the highest flag marks trailers.
    is_web: bool,
    position: u64,
    head: Vec<u8>,
    message: Option<(Found, u64)>,
    /// What has been decompressed.
    tally: Tally,
}

impl Calls {
    /// Begins at a place where a message begins.
    pub(super) fn new(is_web: bool, encoding: Encoding, keep: usize, at: &Resume) -> Self {
        Self {
            keep,
            encoding,
            is_web,
            position: at.position,
            head: Vec::with_capacity(5),
            message: None,
            tally: at.tally,
        }
    }

    /// Bytes that have been decompressed.
    pub(super) fn decoded(&self) -> u64 {
        self.tally.decoded
    }

    /// Where reading can begin again with what is not told yet.
    pub(super) fn resume(&self) -> Resume {
        let whole = self.position - self.head.len() as u64;
        Resume {
            position: self.message.as_ref().map_or(whole, |(found, _)| found.start),
            tally: self.tally,
            ..Resume::default()
        }
    }

    /// Reads on to the end of a message, or of the bytes.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        loop {
            if let Some((found, left)) = &mut self.message {
                let length = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                let (payload, rest) = bytes.split_at(length);
                *bytes = rest;
                self.position += length as u64;
                *left -= length as u64;
                let known = matches!(self.encoding, Encoding::Known(_));
                let keep = if found.compressed && known {
                    COMPRESSED
                } else {
                    self.keep
                };
                found.take(payload, keep);
                if *left > 0 {
                    return None;
                }
                let (found, _) = self.message.take()?;
                return Some(self.finish(found));
            }
            while self.head.len() < 5 {
                let (&byte, rest) = bytes.split_first()?;
                *bytes = rest;
                self.head.push(byte);
                self.position += 1;
            }
            self.begin();
        }
    }

    /// What is left where there is no more.
    pub(super) fn end(&mut self, end: End) -> Option<Found> {
        if let Some((mut found, left)) = self.message.take() {
            found.fault(|| format!("{end} {left} bytes before the end of this message"));
            return Some(self.finish(found));
        }
        let begun = std::mem::take(&mut self.head).len() as u64;
        (begun > 0).then(|| Found {
            start: self.position - begun,
            end: self.position,
            on_wire: begun,
            problem: Some(format!("{end} inside the five bytes before a message")),
            ..Found::default()
        })
    }

    fn begin(&mut self) {
        let mut head = [0; 5];
        head.copy_from_slice(&self.head);
        self.head.clear();
        let [flags, length @ ..] = head;
        let trailers = if self.is_web { 0x80 } else { 0 };
        let mut found = Found {
            start: self.position - 5,
            compressed: flags & 1 != 0,
            is_trailers: flags & trailers != 0,
            ..Found::default()
        };
        if flags & !(1 | trailers) != 0 {
            found.fault(|| format!("its flags are {flags:#04x}, of which but the lowest has a meaning"));
        }
        self.message = Some((found, u32::from_be_bytes(length).into()));
    }

    fn finish(&mut self, mut found: Found) -> Found {
        found.end = self.position;
        found.on_wire = found.end - found.start;
        if !found.compressed {
            return found;
        }
        let coding = match &self.encoding {
            Encoding::Known(coding) => *coding,
            Encoding::Identity => {
                found.fault(|| "it says that it is compressed, and no grpc-encoding says how".to_owned());
                return found;
            }
            Encoding::Unknown(name) => {
                found.fault(|| {
                    format!("its encoding {name:?} can't be undone here: gzip, deflate, br and zstd can")
                });
                return found;
            }
        };
        if found.size > found.payload.len() as u64 {
            found.fault(|| "compressed it has more than 4 MiB: it is not decompressed".to_owned());
            found.payload.truncate(self.keep);
            return found;
        }
        if let Err(problem) = self.tally.check() {
            found.fault(|| problem.to_owned());
            found.payload.truncate(self.keep);
            return found;
        }
        let compressed = std::mem::take(&mut found.payload);
        self.tally.coded += found.size;
        found.size = 0;
        let mut reader = undo(&[coding], std::io::Cursor::new(compressed));
        let mut buffer = [0; 16 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => found.take(&buffer[..length], self.keep),
                Err(error) => {
                    found.fault(|| error.to_string());
                    break;
                }
            }
        }
        self.tally.decoded += found.size;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn framed(flags: u8, payload: &[u8]) -> Vec<u8> {
        [&[flags][..], &(payload.len() as u32).to_be_bytes(), payload].concat()
    }

    fn read(is_web: bool, encoding: &[u8], pieces: &[&[u8]]) -> Vec<Found> {
        let mut calls = Calls::new(is_web, Encoding::of(Some(encoding)), 1000, &Resume::default());
        let mut found = Vec::new();
        for mut piece in pieces.iter().copied() {
            while let Some(message) = calls.next(&mut piece) {
                found.push(message);
            }
        }
        found.extend(calls.end(End::OfStream));
        found
    }

    #[test]
    fn messages_trailers_and_the_empty_are_read() {
        let stream = [
            framed(0, b"one"),
            framed(0, b""),
            framed(0x80, b"grpc-status: 0\r\n"),
        ]
        .concat();
        let found = read(true, b"", &[&stream]);
        let told: Vec<_> = found
            .iter()
            .map(|found| {
                (
                    &found.payload[..],
                    found.on_wire,
                    found.is_trailers,
                    found.problem.is_some(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (&b"one"[..], 8, false, false),
                (b"", 5, false, false),
                (b"grpc-status: 0\r\n", 21, true, false)
            ]
        );
        let found = read(false, b"", &[&stream]);
        assert_eq!(
            found[2].problem.as_deref(),
            Some("its flags are 0x80, of which but the lowest has a meaning")
        );
    }

    #[test]
    fn a_compressed_message_is_decompressed_by_the_encoding_that_was_named() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&[b'a'; 2000]).unwrap();
        let stream = framed(1, &gzip.finish().unwrap());
        let found = read(false, b"gzip", &[&stream]).remove(0);
        assert_eq!(
            (found.size, found.payload.len(), found.problem),
            (2000, 1000, None)
        );
        assert!(found.on_wire < 60);
        let problem = |encoding| read(false, encoding, &[&stream]).remove(0).problem.unwrap();
        assert!(problem(b"").contains("no grpc-encoding says how"));
        assert!(problem(b"snappy").contains("\"snappy\" can't be undone"));
        assert!(problem(b"zstd").contains("zstd coding breaks off"));
    }

    #[test]
    fn of_what_cannot_be_decompressed_as_much_is_kept_as_is_asked_for() {
        let stream = framed(1, &vec![0; COMPRESSED + 1]);
        for encoding in [&b"snappy"[..], b"gzip"] {
            for keep in [1000, 2 * COMPRESSED] {
                let mut calls = Calls::new(false, Encoding::of(Some(encoding)), keep, &Resume::default());
                let found = calls.next(&mut &stream[..]).unwrap();
                let kept = keep.min(if encoding == b"gzip" {
                    COMPRESSED
                } else {
                    COMPRESSED + 1
                });
                assert_eq!((found.size, found.payload.len()), (COMPRESSED as u64 + 1, kept));
            }
        }
    }

    #[test]
    fn behind_messages_that_came_to_far_more_than_their_size_none_is_decompressed() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"hello").unwrap();
        let message = framed(1, &gzip.finish().unwrap());
        let stream = [&message[..], &message].concat();
        let mut at = Resume::default();
        at.tally.decoded = 1 << 30;
        let mut calls = Calls::new(false, Encoding::of(Some(b"gzip")), 1000, &at);
        let mut rest = &stream[..];
        let first = calls.next(&mut rest).unwrap();
        assert_eq!((&first.payload[..], first.problem), (&b"hello"[..], None));
        // Wherever reading begins again.
        let mut again = Calls::new(false, Encoding::of(Some(b"gzip")), 1000, &calls.resume());
        let second = calls.next(&mut rest).unwrap();
        assert!(
            second
                .problem
                .as_deref()
                .unwrap()
                .contains("it is not decompressed")
        );
        assert_eq!(again.next(&mut &message[..]).unwrap().problem, second.problem);
    }

    #[test]
    fn what_breaks_off_is_told() {
        let found = read(false, b"", &[&framed(0, b"hello")[..7]]);
        assert_eq!(
            found[0].problem.as_deref(),
            Some("the stream ends 3 bytes before the end of this message")
        );
        assert!(read(false, b"", &[b"\0\0"])[0].problem.is_some());
    }

    proptest! {
        #[test]
        fn every_split_of_anything_reads_the_same(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..5),
            tail in prop::collection::vec(any::<u8>(), 0..8),
            split in 0usize..60,
        ) {
            let mut stream: Vec<u8> = payloads.iter().flat_map(|payload| framed(0, payload)).collect();
            stream.extend(tail);
            let (first, second) = stream.split_at(split.min(stream.len()));
            prop_assert_eq!(read(true, b"gzip", &[first, second]), read(true, b"gzip", &[&stream]));
        }
    }
}
