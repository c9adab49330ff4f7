//! A client of HTTP/2 before an origin that speaks HTTP/1 alone: each of its streams is an exchange on one of the
//! origin's connections.
//!
//! What a stream says is written in the words of HTTP/1.1 (RFC 9113 section 8.3, RFC 9112 section 3), and the answer read
//! by the rules of [`relay::http1`](super) and told in those of HTTP/2:
//!
//! - Every head that was written, and every trailer section, is read again by the strict reader before it leaves.
//! - Streams go side by side over [six connections](origins) at the most, which are used again when they are idle.
//! - A connection in use before that ends without a byte of an answer: an idempotent request without a body goes again, on a
//!   new one and once. Each time that it is sent is an exchange in the record.
//! - Interim responses pass. Trailers pass to the origin behind chunks: where the request has no length, or names them in
//!   `Trailer`; else they are recorded alone.
//! - Another proxy that is asked in an origin's stead is asked in the form for proxies, and its 407 is ours to answer.
//! - An extended CONNECT for a WebSocket (RFC 8441) becomes an upgrade (RFC 6455 section 4), and its answer a 200.
//! - A stream that its client gives up ends the connection that it went over: HTTP/1 has no other way to say so.
//! - An answer that can't be said in HTTP/2 is refused, as one that could be read in two ways is.

mod connection;
mod download;
mod origins;
mod request;
mod response;
mod stream;
mod upload;

pub(crate) use connection::{Streams, relay_named, relay_streams};
pub(crate) use origins::{MoreOrigins, OneMore};
