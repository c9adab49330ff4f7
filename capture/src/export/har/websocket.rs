//! The messages of a WebSocket in a HAR document, in the form of Chrome's developer tools.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::message::{Message, MessageFilter, Messages, Opcode};
use crate::{Exchange, Protocol, ReadError, Side, Store};

/// Bytes of payloads that are told of one exchange.
const EMBEDDED: usize = 8 * 1024 * 1024;

/// Bytes that are read and decoded for that: one message alone may be compressed to next to nothing.
const READ: u64 = 32 << 20;

/// Bytes that a message takes beside its payload, about.
const MESSAGE: usize = 64;

/// `_webSocketMessages[]`.
#[derive(Debug, Serialize, PartialEq)]
pub(super) struct WebSocketMessage {
    /// `send` or `receive`, as the client sees it.
    r#type: &'static str,
    /// In seconds since 1970.
    time: f64,
    opcode: u8,
    /// Text, or base64 of bytes.
    data: String,
}

/// Messages, and why they are not all.
type Told = (Vec<WebSocketMessage>, Option<String>);

/// The messages of an exchange that is a WebSocket, up to 8 MiB of them, and why they are not all.
pub(super) fn read(store: &Arc<dyn Store>, exchange: &Exchange) -> Result<Option<Told>, ReadError> {
    if Protocol::of_heads(&exchange.request, exchange.response.as_ref()) != Protocol::Websocket {
        return Ok(None);
    }
    let Some(messages) = Messages::of(exchange, None, MessageFilter::default()) else {
        return Ok(None);
    };
    let mut told = Vec::new();
    let mut room = EMBEDDED;
    let mut comment = None;
    let Some(mut walk) = messages.walk(&**store, EMBEDDED)? else {
        return Ok(None);
    };
    walk.stop_after(READ);
    while let Some((message, payload)) = walk.next(&**store)? {
        if message.size_on_wire == 0 {
            // In the place of what was not kept.
            let side = match message.from {
                Side::Request => "sent",
                Side::Response => "received",
            };
            let gap = format!("{side}: {}", message.problem.unwrap_or_default());
            comment = Some(match comment {
                Some(before) => format!("{before}; {gap}"),
                None => gap,
            });
            continue;
        }
        let is_whole = message.size == payload.len() as u64;
        let Some(left) = room.checked_sub(payload.len() + MESSAGE).filter(|_| is_whole) else {
            comment = only(told.len());
            break;
        };
        room = left;
        told.push(tell(exchange, &message, &payload));
    }
    if walk.is_paused() {
        comment = only(told.len());
    }
    Ok(Some((told, comment)))
}

fn only(first: usize) -> Option<String> {
    Some(format!("only the first {first} messages are told"))
}

fn tell(exchange: &Exchange, message: &Message, payload: &[u8]) -> WebSocketMessage {
    let at_us = exchange.started.as_micros() + message.at_us.unwrap_or(0).cast_signed();
    let text = (message.opcode == Some(Opcode::Text))
        .then(|| String::from_utf8(payload.to_vec()).ok())
        .flatten();
    WebSocketMessage {
        r#type: match message.from {
            Side::Request => "send",
            Side::Response => "receive",
        },
        time: at_us as f64 / 1e6,
        opcode: match message.opcode {
            Some(Opcode::Text) => 1,
            Some(Opcode::Binary) => 2,
            Some(Opcode::Close) => 8,
            Some(Opcode::Ping) => 9,
            Some(Opcode::Pong) => 10,
            None => 0,
        },
        data: text.unwrap_or_else(|| STANDARD.encode(payload)),
    }
}
