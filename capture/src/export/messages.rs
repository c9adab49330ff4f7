//! The messages of exchanges as lines of JSON, one a line.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::Selection;
use super::rows::{Kind, Rows};
use crate::message::{Message, MessageFilter, MessageWalk, Messages, Opcode, Schema, Schemas};
use crate::{Id, Protocol, ReadError, Side, Store};

/// Bytes of a payload that are written.
const PAYLOAD: usize = 1 << 20;

/// Bytes of a piece, about.
const PIECE: usize = 64 * 1024;

/// Messages that one piece looks at.
const STEP: usize = 1024;

/// The messages of exchanges, told piece by piece: a piece holds a few messages, and takes about a tenth of a second at the
/// most; so its memory is bounded whatever it exports. Reading a piece blocks on disk.
///
/// A payload is written as `text`, or as `base64` where it is none, up to 1 MiB; `cut` says where there is more.
pub struct MessageLines {
    store: Arc<dyn Store>,
    schemas: Schemas,
    rows: Rows,
    walk: Option<(Head, MessageWalk)>,
    is_over: bool,
}

/// What each line repeats of its exchange.
struct Head {
    id: Id,
    url: String,
    protocol: Protocol,
}

impl MessageLines {
    /// The messages of these exchanges. `schema` tells types of protobuf, beside what was recorded of servers.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, selection: Selection, schema: Arc<Schema>) -> Self {
        Self {
            store,
            schemas: Schemas::new(schema),
            rows: Rows::new(Kind::Exchanges, selection),
            walk: None,
            is_over: false,
        }
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// When the store cannot be read or the output cannot be written.
    pub fn write_to(self, output: &mut dyn io::Write) -> io::Result<()> {
        for piece in self {
            output.write_all(&piece.map_err(io::Error::other)?)?;
        }
        output.flush()
    }

    fn piece(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut piece = Vec::new();
        if let Some((_, walk)) = &mut self.walk {
            walk.begin_step();
        }
        for _ in 0..STEP {
            if piece.len() >= PIECE {
                break;
            }
            let Some((head, walk)) = &mut self.walk else {
                let Some(id) = self.rows.next(&*self.store)? else {
                    self.is_over = true;
                    break;
                };
                self.walk = self.begin(id)?;
                continue;
            };
            match walk.next(&*self.store)? {
                Some((message, payload)) => {
                    let line = tell(head, &message, &payload);
                    piece.extend_from_slice(line.to_string().as_bytes());
                    piece.push(b'\n');
                }
                None if walk.is_paused() => break,
                None => self.walk = None,
            }
        }
        Ok(piece)
    }

    /// Begins an exchange; `None` where it is gone, or its bodies are no messages.
    fn begin(&self, id: Id) -> Result<Option<(Head, MessageWalk)>, ReadError> {
        let Some((_, exchange)) = self.store.exchange(id)? else {
            return Ok(None);
        };
        let schema = self.schemas.of(&*self.store, &exchange)?;
        let Some(messages) = Messages::of(&exchange, Some(&schema), MessageFilter::default()) else {
            return Ok(None);
        };
        let head = Head {
            id,
            url: exchange.request.url(),
            protocol: Protocol::of_heads(&exchange.request, exchange.response.as_ref()),
        };
        let walk = messages.walk(&*self.store, PAYLOAD)?;
        Ok(walk.map(|mut walk| {
            walk.begin_step();
            (head, walk)
        }))
    }
}

impl Iterator for MessageLines {
    type Item = Result<Vec<u8>, ReadError>;

    /// The next piece; it may be empty. After an error there are no more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let piece = self.piece();
        self.is_over |= piece.is_err();
        Some(piece)
    }
}

/// A message as the API tells it, with its exchange and its payload; what it has not is left out.
fn tell(head: &Head, message: &Message, payload: &[u8]) -> Value {
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            line.insert(name.to_owned(), value);
        }
    };
    put("exchange", json!(head.id.to_string()));
    put("url", json!(head.url));
    put("protocol", json!(head.protocol.as_str()));
    put("number", json!(message.number));
    put(
        "from",
        json!(match message.from {
            Side::Request => "client",
            Side::Response => "origin",
        }),
    );
    put("at_us", json!(message.at_us));
    put("size", json!(message.size));
    put("size_on_wire", json!(message.size_on_wire));
    put("opcode", json!(message.opcode.map(opcode)));
    put("event", json!(message.event));
    put("id", json!(message.id));
    put("comment", json!(message.comment));
    put("retry_ms", json!(message.retry_ms));
    if message.compressed {
        put("compressed", json!(true));
    }
    if let Some(close) = &message.close {
        put("close", json!({"code": close.code, "reason": close.reason}));
    }
    if let Some(grpc) = &message.grpc {
        put("type", json!(grpc.type_name));
        put("grpc_status", json!(grpc.status));
        if grpc.type_name.is_some() {
            put("fields", json!(message.preview));
        }
    }
    put("operation", json!(message.operation));
    put("problem", json!(message.problem));
    let is_cut = message.size > payload.len() as u64;
    match message.is_text.then(|| text_of(payload, is_cut)).flatten() {
        Some(text) => put("text", json!(text)),
        None => put("base64", json!(BASE64.encode(payload))),
    }
    if is_cut {
        put("cut", json!(true));
    }
    Value::Object(line)
}

/// A payload as text; one that is cut may end inside a character, which is left out then.
fn text_of(payload: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(payload) {
        Ok(text) => Some(text),
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&payload[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn opcode(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Text => "text",
        Opcode::Binary => "binary",
        Opcode::Close => "close",
        Opcode::Ping => "ping",
        Opcode::Pong => "pong",
    }
}
