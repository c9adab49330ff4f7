//! Content codings undone (RFC 9110 section 8.4), within bounds.
//!
//! A few kilobytes can be coded so that they decode to gigabytes. So each layer of coding has two bounds on what
//! comes out of it: one on its size, and, past a size that is nobody's harm, one on its ratio to the wire.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::Fields;

/// Decoded bytes at the most.
pub const MAX_DECODED: u64 = 256 * 1024 * 1024;
/// Decoded bytes for each byte on the wire, at the most; DEFLATE itself ends at 1032.
const MAX_RATIO: u64 = 1100;
/// Decoded bytes up to which the ratio is not looked at.
const RATIO_FREE: u64 = 16 * 1024 * 1024;
/// Codings laid over one another, at the most. More than two is no honest server's.
const MAX_LAYERS: usize = 4;
/// The window that RFC 9659 lets `zstd` have: 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes that a decoder takes at once.
const BUFFER: usize = 64 * 1024;

/// Why a body is not decoded, or not decoded to its end. What had come out before stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not what the coding's name says.
    #[error("the {coding} coding breaks off: {cause}")]
    Broken {
        /// The coding.
        coding: &'static str,
        /// What the decoder said.
        cause: String,
    },
    /// The bytes end before the coding does.
    #[error("the {coding} coding ends early")]
    EndsEarly {
        /// The coding.
        coding: &'static str,
    },
    /// More comes out than is shown.
    #[error("decoded it is larger than 256 MiB: the rest is not shown")]
    TooLarge,
    /// What comes out is out of all proportion.
    #[error(
        "it decodes to more than {MAX_RATIO} times its size, as a decompression bomb does: the rest is not shown"
    )]
    TooDense,
    /// The coding is not one that is known here.
    #[error("the content coding {0:?} can't be undone here: gzip, deflate, br and zstd can")]
    Unknown(String),
    /// More codings than are undone.
    #[error(
        "the body has {0} content codings laid over one another, and {MAX_LAYERS} at the most are undone"
    )]
    TooMany(usize),
}

/// One layer of coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip` (RFC 1952).
    Gzip,
    /// `deflate`: zlib's format (RFC 1950), or DEFLATE bare.
    Deflate,
    /// `br` (RFC 7932).
    Brotli,
    /// `zstd` (RFC 8878).
    Zstd,
}

/// The codings that these fields name, in the order in which they were applied.
///
/// # Errors
/// When one of them is not known here, or they are too many.
pub fn codings_of(fields: &Fields) -> Result<Vec<Coding>, DecodeError> {
    let mut codings = Vec::new();
    let values = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"content-encoding"));
    for name in values.flat_map(|(_, value)| value.split(|&b| b == b',')) {
        let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
        codings.push(match name.as_str() {
            "" | "identity" => continue,
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            "br" => Coding::Brotli,
            "zstd" => Coding::Zstd,
            _ => return Err(DecodeError::Unknown(name.chars().take(64).collect())),
        });
    }
    if codings.len() > MAX_LAYERS {
        return Err(DecodeError::TooMany(codings.len()));
    }
    Ok(codings)
}

/// Undoes these codings, the last applied first. An error of the reader that is a [`DecodeError`] is the
/// body's own; any other is the wire's reader's.
pub fn undo(codings: &[Coding], wire: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    let consumed = Arc::new(AtomicU64::new(0));
    let mut reader: Box<dyn Read + Send> = Box::new(Counted {
        inner: wire,
        count: consumed.clone(),
    });
    for &coding in codings.iter().rev() {
        let ended = Arc::new(AtomicBool::new(false));
        let coded = Box::new(EndNoted {
            inner: reader,
            ended: ended.clone(),
        });
        reader = Box::new(Layer {
            inner: Decoder::Unopened(Vec::new(), Some(BufReader::with_capacity(BUFFER, coded))),
            coding,
            consumed: consumed.clone(),
            ended,
            produced: 0,
        });
    }
    reader
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Bytes that tell how to open it.
    fn head(self) -> usize {
        match self {
            Self::Deflate => 2,
            Self::Gzip | Self::Brotli | Self::Zstd => 1,
        }
    }

    fn open(self, head: Vec<u8>, coded: Coded) -> io::Result<Decoder> {
        let is_zlib = is_zlib(&head);
        let coded = io::Cursor::new(head).chain(coded);
        Ok(Decoder::Open(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(coded)),
            Self::Deflate if is_zlib => Box::new(ZlibDecoder::new(coded)),
            Self::Deflate => Box::new(DeflateDecoder::new(coded)),
            Self::Brotli => Box::new(brotli_decompressor::Decompressor::new(coded, BUFFER)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(coded)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        }))
    }
}

/// `deflate` is zlib's format (RFC 9110 section 8.4.1.2), but some servers send DEFLATE bare. The two bytes of
/// zlib's head (RFC 1950 section 2.2) tell: method 8, and a check sum of the two.
fn is_zlib(head: &[u8]) -> bool {
    match head {
        [first, second, ..] => first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31),
        _ => true,
    }
}

type Coded = BufReader<Box<dyn Read + Send>>;

enum Decoder {
    /// No more than its head was read yet: some decoders read when they are made.
    Unopened(Vec<u8>, Option<Coded>),
    Open(Box<dyn Read + Send>),
}

/// One coding undone, within the bounds.
struct Layer {
    inner: Decoder,
    coding: Coding,
    /// Bytes that were taken off the wire.
    consumed: Arc<AtomicU64>,
    /// Whether the decoder asked for more than there was.
    ended: Arc<AtomicBool>,
    produced: u64,
}

impl Layer {
    fn decode(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Decoder::Unopened(head, unopened) = &mut self.inner {
            let Some(coded) = unopened else { return Ok(0) };
            // What is to come is waited for.
            while head.len() < self.coding.head() {
                let Some(&byte) = coded.fill_buf()?.first() else {
                    break;
                };
                head.push(byte);
                coded.consume(1);
            }
            // A body that never came has no coding to be broken.
            if head.is_empty() {
                return Ok(0);
            }
            let head = std::mem::take(head);
            if let Some(coded) = unopened.take() {
                self.inner = self.coding.open(head, coded)?;
            }
        }
        match &mut self.inner {
            Decoder::Open(decoder) => decoder.read(buffer),
            Decoder::Unopened(..) => Ok(0),
        }
    }

    fn check_bounds(&self) -> Result<(), DecodeError> {
        if self.produced > MAX_DECODED {
            return Err(DecodeError::TooLarge);
        }
        let consumed = self.consumed.load(Ordering::Relaxed);
        if self.produced > RATIO_FREE && self.produced > consumed.saturating_mul(MAX_RATIO) {
            return Err(DecodeError::TooDense);
        }
        Ok(())
    }
}

impl Read for Layer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self
            .decode(buffer)
            .map_err(|error| name_coding(error, self.coding.name(), self.ended.load(Ordering::Relaxed)))?;
        self.produced += length as u64;
        self.check_bounds().map_err(io::Error::other)?;
        Ok(length)
    }
}

/// Says of a decoder's error whose it is. One from below, which is no decoder's, stays as it is. After the end of
/// the bytes, whatever the decoder says of them, what is wrong is that there are no more.
fn name_coding(error: io::Error, coding: &'static str, ended: bool) -> io::Error {
    let from_below = error
        .get_ref()
        .is_some_and(|cause| cause.is::<DecodeError>() || cause.is::<FromBelow>());
    if from_below {
        return error;
    }
    io::Error::other(if ended {
        DecodeError::EndsEarly { coding }
    } else {
        DecodeError::Broken {
            coding,
            cause: error.to_string().trim().to_lowercase(),
        }
    })
}

/// Notes that more was read than there is.
struct EndNoted<R> {
    inner: R,
    ended: Arc<AtomicBool>,
}

impl<R: Read> Read for EndNoted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Ok(length)
    }
}

/// Marks an error of the wire's reader, so that no decoder's layer claims it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct FromBelow(io::Error);

/// Counts what is taken off the wire.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self
            .inner
            .read(buffer)
            .map_err(|error| io::Error::new(error.kind(), FromBelow(error)))?;
        self.count.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

#[cfg(test)]
#[path = "coding_tests.rs"]
mod tests;
