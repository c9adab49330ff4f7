//! What is known of a leg before it is dissected: the bytes that passed, their times, and the secrets.

use crate::{Secrets, Side};

/// What was captured of one leg. Borrowed, so that a store's bytes are not copied.
#[derive(Debug, Default)]
pub struct Captured<'a> {
    /// The socket's bytes, in the order in which they passed.
    pub chunks: Vec<Chunk<'a>>,
    /// What came after them and was noted in the clear.
    pub late: Vec<Late<'a>>,
    /// The secrets that are known; none when the leg was not ours.
    pub secrets: Secrets,
}

/// Bytes of the socket that passed at one time. Where they are cut means nothing.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// Who sent them.
    pub side: Side,
    /// When, in microseconds, on a clock of the caller's.
    pub at_us: u64,
    /// The bytes, from the first of the connection on, without a gap.
    pub bytes: &'a [u8],
}

/// The plaintext of a record that the TLS engine opened after the raw bytes were no longer noted: tickets,
/// KeyUpdate, alerts.
#[derive(Clone, Copy, Debug)]
pub struct Late<'a> {
    /// Who sent it.
    pub side: Side,
    /// When, on the clock of [`Chunk::at_us`].
    pub at_us: u64,
    /// The (inner) content type (RFC 8446 section 5.1).
    pub content_type: u8,
    /// The fragment, opened. A message may lie in several.
    pub bytes: &'a [u8],
}
