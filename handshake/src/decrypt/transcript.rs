//! The hash of all handshake messages so far (RFC 8446 section 4.4.1, RFC 5246 section 7.4.9).

use aws_lc_rs::digest::{self, Context, Digest};

/// Handshake messages, headers included, as they go into Finished.
#[derive(Default)]
pub(crate) struct Transcript {
    /// What came before the hash was known: one or two hellos.
    before: Vec<u8>,
    hash: Option<Context>,
}

/// Its state is of no use to a reader.
impl std::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transcript")
    }
}

impl Transcript {
    /// Takes the next message.
    pub(crate) fn add(&mut self, message: &[u8]) {
        match &mut self.hash {
            Some(hash) => hash.update(message),
            None => self.before.extend_from_slice(message),
        }
    }

    /// Settles the hash: the server has chosen a suite.
    pub(crate) fn settle(&mut self, algorithm: &'static digest::Algorithm) {
        if self.hash.is_none() {
            let mut hash = Context::new(algorithm);
            hash.update(&std::mem::take(&mut self.before));
            self.hash = Some(hash);
        }
    }

    /// Puts a `message_hash` message in the place of the first ClientHello: the server asks for another.
    pub(crate) fn retry(&mut self, algorithm: &'static digest::Algorithm) {
        const MESSAGE_HASH: u8 = 254;
        self.settle(algorithm);
        if let Some(hello) = self.hash() {
            let hello = hello.as_ref();
            let mut hash = Context::new(algorithm);
            hash.update(&[MESSAGE_HASH, 0, 0, hello.len() as u8]);
            hash.update(hello);
            self.hash = Some(hash);
        }
    }

    /// The hash of all messages so far; `None` while it isn't settled which.
    pub(crate) fn hash(&self) -> Option<Digest> {
        self.hash.clone().map(Context::finish)
    }
}
