//! Carrying HTTP/1.1 and HTTP/2: one client connection to one origin connection, exchange by exchange.

mod body;
mod engine;
mod exchange;
mod head;
mod hop;
mod origin;

pub(crate) use engine::{HttpVersion, Relay, RelayError, StreamTasks, relay_http};
pub(crate) use origin::{Origin, OriginSender, PlainOrigins, micros};
