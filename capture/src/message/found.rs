//! What a reader hands on: one message as it stood in its stream.

use std::fmt;

use super::tally::Tally;

/// A message that was found in a stream of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Place of its first byte in the stream.
    pub(super) start: u64,
    /// Place behind its last byte.
    pub(super) end: u64,
    /// Bytes that it took, framing included, what lay between its frames left out.
    pub(super) on_wire: u64,
    /// Bytes of its payload, decoded.
    pub(super) size: u64,
    /// The beginning of the payload, decoded, as far as it is kept.
    pub(super) payload: Vec<u8>,
    /// What kind of WebSocket message it is.
    pub(super) opcode: Option<Opcode>,
    /// The type of a server-sent event.
    pub(super) event: Option<String>,
    /// The id that a server-sent event sets.
    pub(super) id: Option<String>,
    /// The comment that stands where a server-sent event would.
    pub(super) comment: Option<String>,
    /// The milliseconds that a server-sent event asks a client to wait before it connects again.
    pub(super) retry_ms: Option<u64>,
    /// Whether it was compressed on its own.
    pub(super) compressed: bool,
    /// Whether it holds the trailers of gRPC-Web.
    pub(super) is_trailers: bool,
    /// What is wrong with it, and where.
    pub(super) problem: Option<String>,
}

impl Found {
    /// Notes what is wrong. The first problem stands.
    pub(super) fn fault(&mut self, problem: impl FnOnce() -> String) {
        if self.problem.is_none() {
            self.problem = Some(problem());
        }
    }

    /// Takes bytes of the payload, the first of them up to `keep` in all.
    pub(super) fn take(&mut self, bytes: &[u8], keep: usize) {
        let room = keep.saturating_sub(self.payload.len()).min(bytes.len());
        self.payload.extend_from_slice(&bytes[..room]);
        self.size += bytes.len() as u64;
    }
}

/// Why there are no more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The stream has ended.
    OfStream,
    /// What came behind was not kept.
    OfRecording,
}

impl fmt::Display for End {
    /// The beginning of a sentence that says where.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfStream => "the stream ends",
            Self::OfRecording => "what was kept ends",
        })
    }
}

/// The kinds of WebSocket messages (RFC 6455 section 11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// The last word of a side.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping, or is sent unasked.
    Pong,
}

impl Opcode {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
        }
    }

    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Where a reader can begin again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resume {
    /// The place in the stream: the beginning of a message.
    pub(super) position: u64,
    /// Messages from there on that were told already: control frames inside a message that isn't whole.
    pub(super) told: u32,
    /// What was inflated last, where the next message may refer to it.
    pub(super) window: Option<Box<[u8]>>,
    /// A message before could not be inflated, to which the next may refer.
    pub(super) lost: bool,
    /// What was decompressed before.
    pub(super) tally: Tally,
}
