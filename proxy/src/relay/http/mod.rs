//! What a client and an origin speak of HTTP, and who carries it between them.

mod alone;
mod alpn;
mod error;
mod head;
mod pair;
mod remember;
mod tasks;

pub(crate) use alone::{Alone, OwnAnswer};
pub(crate) use alpn::{HttpVersion, choose_http, other_http, protocols_for_client};
pub(crate) use error::RelayError;
pub(crate) use head::{bare_host, pack, told_head};
pub(crate) use pair::{Pair, Versions};
pub(crate) use remember::{Broke, Remembering, client_broke};
pub(crate) use tasks::StreamTasks;
