//! Exchanges that hyper carries: between a client of HTTP/1.1 and an origin of HTTP/2, and what we answer where there is no
//! origin.

mod alpn;
mod body;
mod bridge;
mod engine;
mod exchange;
mod head;
mod hop;
mod late;
mod origin;
mod pair;
mod relay;
mod remember;
mod tasks;

pub(crate) use alpn::{choose_http, other_http, protocols_for_client};
pub(crate) use body::pack;
pub(crate) use engine::{HttpVersion, RelayError, relay_alone};
pub(crate) use exchange::rewrite_host;
pub(crate) use head::{bare_host, told_head};
pub(crate) use origin::{Origin, micros};
pub(crate) use pair::{Pair, Versions};
pub(crate) use relay::Relay;
pub(crate) use remember::{Broke, Remembering, client_broke};
pub(crate) use tasks::StreamTasks;
