//! Carrying HTTP/1.1 and HTTP/2: one client connection to one origin connection, exchange by exchange.

mod body;
mod engine;
mod exchange;
mod head;
mod hop;
mod origin;
mod pair;
mod relay;
mod remember;
mod rest;
mod tasks;

pub(crate) use body::RelayBody;
pub(crate) use engine::{HttpVersion, RelayError, choose_http, relay_alone};
pub(crate) use exchange::relay_exchange;
pub(crate) use origin::{Origin, PlainOrigins, Reached, micros};
pub(crate) use pair::Pair;
pub(crate) use relay::Relay;
pub(crate) use tasks::StreamTasks;
