//! Reads the bytes of TLS. No sockets, no clock, no async: bytes in, meaning out.
//!
//! [`HelloReader`] is fed what a client sends first, in pieces of any size, and yields its [`ClientHello`]
//! before any TLS engine has seen it.

mod alert;
mod hello;
mod reader;
mod registry;

pub use alert::{alert_meaning, alert_name};
pub use hello::{ClientHello, Extension, HelloError, HelloReader};
pub use registry::{cipher_suite_is_ecdsa, extension, handshake_type, record_type};
