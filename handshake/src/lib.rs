//! Reads the bytes of TLS. No sockets, no clock, no async: bytes in, meaning out.
//!
//! [`dissect`] tells a whole leg: its messages as trees of fields, opened where the secrets are known, with their
//! story. [`Dissector`] does the same piece by piece.
//!
//! [`HelloReader`] is fed what a client sends first, in pieces of any size, and yields its [`ClientHello`]
//! before any TLS engine has seen it.

mod alert;
mod captured;
mod compare;
mod decrypt;
mod diagnose;
mod dissector;
mod facts;
mod field;
mod fingerprint;
mod handshake;
mod hello;
mod key_schedule;
mod leg;
mod message;
mod oid;
mod parse;
mod party;
mod presented;
mod proof;
mod reader;
mod reassemble;
mod record;
pub mod registry;
mod scribe;
mod secrets;
mod story;
#[cfg(test)]
mod testing;
mod words;
mod x509;

pub use alert::{alert_meaning, alert_name};
pub use captured::{Captured, Chunk, Late};
pub use compare::{Change, Comparison, Masking, MaskingReason, compare};
pub use diagnose::{Ending, FailureStory};
pub use dissector::Dissector;
pub use facts::{Chip, ChipName, ChipState, Facts, Resumption};
pub use field::Field;
pub use fingerprint::{Transport, ja3, ja3_text, ja3s, ja3s_text, ja4, ja4_raw};
pub use handshake::{Handshake, dissect, dissect_in_full};
pub use hello::{ClientHello, Extension, HelloError, HelloReader};
pub use key_schedule::{KeyNode, KeySchedule};
pub use message::{Epoch, Hex, Message, MessageKind, Problem, Record, Story};
pub use party::{Parties, Party, Side};
pub use presented::Presented;
pub use registry::{cipher_suite_is_ecdsa, extension, handshake_type, record_type};
pub use secrets::Secrets;
pub use story::{Term, glossary};
pub use x509::{DissectedCertificate, certificate};
