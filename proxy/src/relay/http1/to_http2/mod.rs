//! A client of HTTP/1 before an origin that speaks HTTP/2 alone: each of its exchanges is a stream on the origin's
//! connection, one after the other.
//!
//! The client's side is read and answered by the rules of [`relay::http1`](super), the origin's by those of
//! [`relay::http2`](crate::relay::http2). What one says is told to the other in its own words (RFC 9113 section 8.3, RFC
//! 9112 section 3):
//!
//! - A request that could be read otherwise in HTTP/2 is refused with 400: a target or a host that has no place there.
//! - Each head for the client is written, and read again by the strict reader, before it leaves.
//! - Lengths stay. A body without one comes in chunks, or with the end of the connection to a client of HTTP/1.0.
//! - Trailers pass to the origin; to the client behind chunks: where the answer has no length, or names them in `Trailer`.
//!   Else they are recorded alone.
//! - Interim responses pass, 100 of them at the most; `100-continue` is the origin's to say.
//! - An upgrade to a WebSocket becomes an extended CONNECT (RFC 8441) where the origin's SETTINGS allow that, and its answer
//!   a 101, which is recorded so. Where they don't, it is refused with 501. Other upgrades are not asked for.
//! - A stream that is reset, or a connection that breaks, is told by a page, and by a cut where the answer has begun. One
//!   that the origin has not looked at ends a connection that was used before: its client knows whether to ask again.

mod connection;
mod download;
mod request;
mod response;
mod sending;

pub(crate) use connection::relay_to_http2;
