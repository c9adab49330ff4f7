//! Ciphers that authenticate what they seal (RFC 5116): those of aws-lc-rs, and CCM beside them.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::ccm::Ccm;

/// Such a cipher.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cipher {
    Native(&'static aead::Algorithm),
    /// AES with CCM: the length of its key and of its tag.
    Ccm(usize, usize),
}

impl Cipher {
    pub(super) const AES_128_GCM: Self = Self::Native(&aead::AES_128_GCM);
    pub(super) const AES_256_GCM: Self = Self::Native(&aead::AES_256_GCM);
    pub(super) const CHACHA20_POLY1305: Self = Self::Native(&aead::CHACHA20_POLY1305);
    pub(super) const AES_128_CCM: Self = Self::Ccm(16, 16);
    pub(super) const AES_128_CCM_8: Self = Self::Ccm(16, 8);
    pub(super) const AES_256_CCM: Self = Self::Ccm(32, 16);
    pub(super) const AES_256_CCM_8: Self = Self::Ccm(32, 8);

    pub(super) fn key_length(self) -> usize {
        match self {
            Self::Native(algorithm) => algorithm.key_len(),
            Self::Ccm(length, _) => length,
        }
    }

    /// A key of this cipher; `None` where it is of another length.
    pub(super) fn key(self, key: &[u8]) -> Option<Key> {
        Some(match self {
            Self::Native(algorithm) => Key::Native(LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?)),
            Self::Ccm(length, tag) if key.len() == length => Key::Ccm(Box::new(Ccm::new(key, tag)?)),
            Self::Ccm(..) => return None,
        })
    }
}

/// A key that opens.
#[derive(Debug)]
pub(super) enum Key {
    Native(LessSafeKey),
    Ccm(Box<Ccm>),
}

impl Key {
    /// How many bytes of what is sealed are the tag.
    pub(super) fn tag_length(&self) -> usize {
        match self {
            Self::Native(key) => key.algorithm().tag_len(),
            Self::Ccm(key) => key.tag_length(),
        }
    }

    /// What was sealed under this nonce, together with these data in the clear.
    pub(super) fn open(&self, nonce: [u8; NONCE_LEN], data: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Native(key) => {
                let mut content = sealed.to_vec();
                let nonce = Nonce::assume_unique_for_key(nonce);
                let length = key
                    .open_in_place(nonce, Aad::from(data), &mut content)
                    .ok()?
                    .len();
                content.truncate(length);
                Some(content)
            }
            Self::Ccm(key) => key.open(nonce, data, sealed),
        }
    }
}
