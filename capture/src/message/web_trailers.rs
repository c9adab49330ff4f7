//! The trailers of gRPC-Web, looked for among the bytes of a body as they come. Messages are stepped over by their
//! lengths, and nothing of them is kept.

use std::io::Read;

use super::grpc::Encoding;
use super::grpc_end::{field_of_text, read_status};
use super::source::decode_base64;
use crate::Fields;
use crate::coding::{codings_of, undo};
use crate::protocol::{is_grpc_web_text, media_type};

/// Bytes of the trailers that are kept.
const LONGEST: usize = 16 * 1024;

/// Finds the status that a call of gRPC-Web ended with.
pub(crate) struct WebTrailers {
    encoding: Encoding,
    /// The characters of a group of base64 that is not whole, where the body is text.
    base64: Option<Vec<u8>>,
    /// The five bytes before a message, as far as they have come.
    head: Vec<u8>,
    message: Option<Passing>,
    status: Option<u32>,
    /// The trailers were there, and end the call: nothing behind them is looked at.
    is_over: bool,
}

/// A message that passes.
struct Passing {
    left: u64,
    is_compressed: bool,
    /// The beginning of its payload, where that is trailers.
    trailers: Option<Vec<u8>>,
}

impl WebTrailers {
    /// For the body of a response with these fields. `None` where it has a coding as a whole.
    pub(crate) fn of(response: &Fields) -> Option<Self> {
        let is_text = media_type(response).is_some_and(is_grpc_web_text);
        codings_of(response)
            .is_ok_and(|codings| codings.is_empty())
            .then(|| Self {
                encoding: Encoding::of(response.first("grpc-encoding")),
                base64: is_text.then(Vec::new),
                head: Vec::with_capacity(5),
                message: None,
                status: None,
                is_over: false,
            })
    }

    /// Takes the next bytes of the body.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if self.is_over {
            return;
        }
        match &mut self.base64 {
            Some(begun) => {
                let decoded = decode_base64(begun, bytes);
                self.step(&decoded);
            }
            None => self.step(bytes),
        }
    }

    /// The status, once the trailers were whole.
    pub(crate) fn status(&self) -> Option<u32> {
        self.status
    }

    fn step(&mut self, mut bytes: &[u8]) {
        loop {
            if let Some(passing) = &mut self.message {
                let length = usize::try_from(passing.left).map_or(bytes.len(), |left| left.min(bytes.len()));
                let (payload, rest) = bytes.split_at(length);
                bytes = rest;
                passing.left -= length as u64;
                if let Some(kept) = &mut passing.trailers {
                    kept.extend_from_slice(&payload[..length.min(LONGEST - kept.len())]);
                }
                if passing.left > 0 {
                    return;
                }
                if let Some(Passing {
                    is_compressed,
                    trailers: Some(trailers),
                    ..
                }) = self.message.take()
                {
                    self.status = self.status_in(trailers, is_compressed);
                    self.is_over = true;
                    return;
                }
            }
            let wanted = (5 - self.head.len()).min(bytes.len());
            let (head, rest) = bytes.split_at(wanted);
            self.head.extend_from_slice(head);
            bytes = rest;
            let &[flags, a, b, c, d] = &self.head[..] else {
                return;
            };
            self.head.clear();
            self.message = Some(Passing {
                left: u32::from_be_bytes([a, b, c, d]).into(),
                is_compressed: flags & 1 != 0,
                trailers: (flags & 0x80 != 0).then(Vec::new),
            });
        }
    }

    fn status_in(&self, trailers: Vec<u8>, is_compressed: bool) -> Option<u32> {
        let mut text = trailers;
        if is_compressed {
            let Encoding::Known(coding) = self.encoding else {
                return None;
            };
            let mut inflated = Vec::new();
            // What came out before it broke off is a beginning too.
            let _ = undo(&[coding], std::io::Cursor::new(text))
                .take(LONGEST as u64)
                .read_to_end(&mut inflated);
            text = inflated;
        }
        if text.len() >= LONGEST {
            // The last line may not be whole.
            let whole = memchr::memrchr(b'\n', &text)?;
            text.truncate(whole);
        }
        read_status(field_of_text(&text, "grpc-status")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;
    use std::io::Write;

    fn framed(flags: u8, payload: &[u8]) -> Vec<u8> {
        [&[flags][..], &(payload.len() as u32).to_be_bytes(), payload].concat()
    }

    fn fields(of: &[(&str, &str)]) -> Fields {
        Fields::pack(of.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
    }

    fn status(of: &[(&str, &str)], pieces: &[&[u8]]) -> Option<u32> {
        let mut trailers = WebTrailers::of(&fields(of))?;
        for piece in pieces {
            trailers.feed(piece);
        }
        trailers.status()
    }

    const END: &[u8] = b"grpc-status: 13\r\ngrpc-message: no\r\n";

    #[test]
    fn the_status_stands_behind_whatever_messages_there_are() {
        let stream = [
            framed(0, b"\x80\0\0\0\x0egrpc-status: 1"),
            framed(0, b""),
            framed(0x80, END),
        ]
        .concat();
        assert_eq!(status(&[], &[&stream]), Some(13));
        assert_eq!(status(&[], &[&framed(0x80, b"grpc-status:0")]), Some(0));
        assert_eq!(status(&[], &[&framed(0x80, b"x: 1\r\n")]), None);
        assert_eq!(status(&[], &[&framed(0x80, b"grpc-status: -1\r\n")]), None);
        assert_eq!(status(&[], &[&framed(0, END)]), None, "a message like any other");
        let twice = [framed(0x80, END), framed(0x80, b"grpc-status: 5\r\n")].concat();
        assert_eq!(status(&[], &[&twice]), Some(13), "the first end the call");
        let cut = framed(0x80, END);
        assert_eq!(status(&[], &[&cut[..cut.len() - 1]]), None, "it breaks off");
    }

    #[test]
    fn a_body_of_text_is_base64_in_pieces_that_are_padded_each() {
        let text = [("content-type", "application/grpc-web-text+proto")];
        let stream = BASE64_STANDARD.encode(framed(0, b"four")) + &BASE64_STANDARD.encode(framed(0x80, END));
        assert_eq!(status(&text, &[stream.as_bytes()]), Some(13));
    }

    #[test]
    fn trailers_may_be_compressed_and_bodies_coded_as_a_whole_are_left_alone() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(END).unwrap();
        let stream = framed(0x81, &gzip.finish().unwrap());
        assert_eq!(status(&[("grpc-encoding", "gzip")], &[&stream]), Some(13));
        assert_eq!(status(&[("grpc-encoding", "snappy")], &[&stream]), None);
        assert_eq!(status(&[], &[&stream]), None);
        assert!(WebTrailers::of(&fields(&[("content-encoding", "gzip")])).is_none());
    }

    #[test]
    fn of_trailers_without_end_the_beginning_is_looked_at() {
        let long = [END, b"x: ", &vec![b'a'; 3 * LONGEST]].concat();
        assert_eq!(status(&[], &[&framed(0x80, &long)]), Some(13));
        // Where the beginning ends inside the number, there is none.
        let filler = vec![b'a'; LONGEST - 18];
        let cut = [b"x:".as_slice(), &filler, b"\r\ngrpc-status: 13\r\n"].concat();
        assert_eq!(cut[LONGEST - 1], b'1');
        assert_eq!(status(&[], &[&framed(0x80, &cut)]), None);
        let mut trailers = WebTrailers::of(&fields(&[])).unwrap();
        trailers.feed(&framed(0x80, &long)[..2 * LONGEST]);
        let held = trailers.message.unwrap().trailers.unwrap().len();
        assert_eq!(held, LONGEST);
    }

    proptest! {
        #[test]
        fn however_the_bytes_come_the_status_is_the_same(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..5),
            tail in prop::collection::vec(any::<u8>(), 0..8),
            split in 0usize..90,
            is_text in any::<bool>(),
        ) {
            let mut stream: Vec<u8> = payloads.iter().flat_map(|payload| framed(0, payload)).collect();
            stream.extend(framed(0x80, END));
            stream.extend(tail);
            let of: &[_] = if is_text { &[("content-type", "application/grpc-web-text")] } else { &[] };
            if is_text {
                stream = BASE64_STANDARD.encode(stream).into();
            }
            let (first, second) = stream.split_at(split.min(stream.len()));
            prop_assert_eq!(status(of, &[first, second]), status(of, &[&stream]));
        }
    }
}
