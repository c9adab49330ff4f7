//! The hash of all handshake messages so far (RFC 8446 section 4.4.1, RFC 5246 section 7.4.9).

use aws_lc_rs::digest::{self, Context, SHA1_FOR_LEGACY_USE_ONLY};
use md5::{Digest, Md5};

/// Handshake messages, headers included, as they go into Finished.
#[derive(Default)]
pub(crate) struct Transcript {
    /// What came before the hash was known: one or two hellos.
    before: Vec<u8>,
    hash: Option<Hash>,
}

#[derive(Clone)]
enum Hash {
    One(Context),
    /// MD5 beside SHA-1, before TLS 1.2 (RFC 2246 section 7.4.9).
    Two(Md5, Context),
}

impl Hash {
    fn update(&mut self, message: &[u8]) {
        let (Self::One(hash) | Self::Two(_, hash)) = self;
        hash.update(message);
        if let Self::Two(md5, _) = self {
            md5.update(message);
        }
    }
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
        self.settle_as(|| Hash::One(Context::new(algorithm)));
    }

    /// Settles that there are two: the server has chosen a version before TLS 1.2.
    pub(crate) fn settle_two(&mut self) {
        self.settle_as(|| Hash::Two(Md5::new(), Context::new(&SHA1_FOR_LEGACY_USE_ONLY)));
    }

    fn settle_as(&mut self, hash: impl FnOnce() -> Hash) {
        if self.hash.is_none() {
            let mut hash = hash();
            hash.update(&std::mem::take(&mut self.before));
            self.hash = Some(hash);
        }
    }

    /// Puts a `message_hash` message in the place of the first ClientHello: the server asks for another.
    pub(crate) fn retry(&mut self, algorithm: &'static digest::Algorithm) {
        const MESSAGE_HASH: u8 = 254;
        self.settle(algorithm);
        if let Some(hello) = self.hash() {
            let mut hash = Context::new(algorithm);
            hash.update(&[MESSAGE_HASH, 0, 0, hello.len() as u8]);
            hash.update(&hello);
            self.hash = Some(Hash::One(hash));
        }
    }

    /// The hash of all messages so far; `None` while it isn't settled which.
    pub(crate) fn hash(&self) -> Option<Vec<u8>> {
        Some(match self.hash.clone()? {
            Hash::One(hash) => hash.finish().as_ref().to_vec(),
            Hash::Two(md5, sha1) => [&md5.finalize()[..], sha1.finish().as_ref()].concat(),
        })
    }
}
