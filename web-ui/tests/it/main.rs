//! The dashboard over real sockets: what goes in, what must come out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bodies;
mod certificates;
mod export;
mod guard;
mod handshakes;
mod lab;
mod lifecycle;
mod lists;
mod live;
mod messages;
mod pages;
mod real_store;
mod rules;
mod types;
