//! A message as it is told.

use super::Protobuf;
use super::close::Close;
use super::found::{Found, Opcode};
use super::grpc_end::{field_of_text, read_message, read_status};
use super::grpc_status_name;
use super::operation;
use crate::{Protocol, Side};

/// Characters of a preview.
const PREVIEW: usize = 200;

/// Bytes of a binary payload that a preview tells, in hexadecimal.
const HEX: usize = 64;

/// One message of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its place among the messages of both sides, in the order in which their last bytes passed, from 1.
    pub number: u64,
    /// Who sent it: the client (`Request`) or the origin (`Response`).
    pub from: Side,
    /// When its last byte passed, in microseconds since the exchange began, where that was kept.
    pub at_us: Option<u64>,
    /// Place of its first byte in its side's stream.
    pub start: u64,
    /// Place behind its last byte.
    pub end: u64,
    /// Bytes of its payload, decoded.
    pub size: u64,
    /// Bytes that it took on the wire, framing included.
    pub size_on_wire: u64,
    /// What kind of WebSocket message it is.
    pub opcode: Option<Opcode>,
    /// The type of a server-sent event, where it has one of its own.
    pub event: Option<String>,
    /// The id that a server-sent event sets.
    pub id: Option<String>,
    /// The comment that stands where a server-sent event would.
    pub comment: Option<String>,
    /// The milliseconds that a server-sent event asks a client to wait before it connects again.
    pub retry_ms: Option<u64>,
    /// Whether it was compressed on its own.
    pub compressed: bool,
    /// What a WebSocket closes with.
    pub close: Option<Close>,
    /// What it says of gRPC.
    pub grpc: Option<GrpcMessage>,
    /// The operation of GraphQL that it begins.
    pub operation: Option<String>,
    /// The beginning of its text; of bytes their hexadecimal, or, of protobuf, its fields.
    pub preview: String,
    /// Whether the payload is text.
    pub is_text: bool,
    /// What is wrong with it, and where.
    pub problem: Option<String>,
}

/// What a message says of gRPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GrpcMessage {
    /// Whether it holds trailers (gRPC-Web).
    pub is_trailers: bool,
    /// The status that trailers tell.
    pub status: Option<u32>,
    /// Its name.
    pub status_name: Option<&'static str>,
    /// The message that trailers tell, its percent-encoding undone.
    pub message: Option<String>,
    /// The full name of its type, where a schema tells it.
    pub type_name: Option<String>,
}

/// What is needed to tell a message.
pub(super) struct Teller {
    pub(super) protocol: Protocol,
    /// Messages are GraphQL's.
    pub(super) is_graphql: bool,
    /// The messages that each side sends.
    pub(super) protobuf: [Protobuf; 2],
}

impl Teller {
    /// Tells what was found.
    pub(super) fn tell(&self, number: u64, from: Side, at_us: Option<u64>, found: &Found) -> Message {
        let is_call = matches!(self.protocol, Protocol::Grpc | Protocol::GrpcWeb);
        let protobuf = &self.protobuf[from as usize];
        let trailers = (is_call && found.is_trailers).then(|| String::from_utf8_lossy(&found.payload));
        let (preview, is_text) = match (&found.comment, &trailers) {
            (Some(comment), _) if found.size == 0 => (shortened(&format!(": {comment}")), true),
            (_, Some(trailers)) => (shortened(&trailers.replace("\r\n", " ")), true),
            _ if is_call => (shortened(&protobuf.brief(&found.payload)), false),
            _ => preview(found),
        };
        let grpc = is_call.then(|| GrpcMessage {
            type_name: trailers
                .is_none()
                .then(|| protobuf.name().map(str::to_owned))
                .flatten(),
            ..trailers
                .map(|_| read_trailers(&found.payload))
                .unwrap_or_default()
        });
        let close = (found.opcode == Some(Opcode::Close))
            .then(|| Close::of(&found.payload))
            .flatten();
        let operation = (self.is_graphql && found.opcode == Some(Opcode::Text))
            .then(|| operation::of_subscription(&found.payload))
            .flatten();
        Message {
            number,
            from,
            at_us,
            start: found.start,
            end: found.end,
            size: found.size,
            size_on_wire: found.on_wire,
            opcode: found.opcode,
            event: found.event.clone(),
            id: found.id.clone(),
            comment: found.comment.clone(),
            retry_ms: found.retry_ms,
            compressed: found.compressed,
            close,
            grpc,
            operation,
            preview,
            is_text,
            problem: found.problem.clone(),
        }
    }
}

fn read_trailers(trailers: &[u8]) -> GrpcMessage {
    let status = field_of_text(trailers, "grpc-status").and_then(read_status);
    GrpcMessage {
        is_trailers: true,
        status,
        status_name: status.and_then(grpc_status_name),
        message: field_of_text(trailers, "grpc-message").map(read_message),
        type_name: None,
    }
}

/// Text as text, and anything else in hexadecimal.
fn preview(found: &Found) -> (String, bool) {
    let payload = match found.opcode {
        Some(Opcode::Close) => found.payload.get(2..).unwrap_or_default(),
        _ => &found.payload,
    };
    let text = match std::str::from_utf8(payload) {
        Ok(text) => Some(text),
        // What is kept may end inside a character.
        Err(error) if error.error_len().is_none() => str::from_utf8(&payload[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    let is_binary = found.opcode == Some(Opcode::Binary);
    match text {
        Some(text) if !is_binary && !text.chars().take(PREVIEW).any(is_control) => (shortened(text), true),
        _ => {
            let mut hex: String = payload
                .iter()
                .take(HEX)
                .map(|byte| format!("{byte:02x} "))
                .collect();
            hex.truncate(hex.trim_end().len());
            if payload.len() > HEX {
                hex.push_str(" ...");
            }
            (hex, false)
        }
    }
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// The beginning of a text on one line.
fn shortened(text: &str) -> String {
    let text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    text.take(PREVIEW).collect()
}
