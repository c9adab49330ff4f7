//! TLS 1.2: keys from the master secret (RFC 5246 section 6.3), records of AEAD suites (RFC 5288, RFC 7905), Finished
//! (section 7.4.9). Suites with CBC are not opened.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{digest, hmac};

use super::{hash_of, nonce};
use crate::Side;
use crate::registry::CipherSuite;

const MASTER_SECRET: usize = 48;
const VERIFY_DATA: usize = 12;

/// What the keys of a connection come of.
#[derive(Debug)]
pub(crate) struct Keys12<'a> {
    pub(crate) suite: u16,
    pub(crate) master_secret: &'a [u8],
    pub(crate) client_random: &'a [u8],
    pub(crate) server_random: &'a [u8],
}

impl Keys12<'_> {
    /// The MAC that belongs into a Finished message of this side.
    pub(crate) fn verify_data(&self, side: Side, transcript: &[u8]) -> Option<Vec<u8>> {
        let label = match side {
            Side::Client => "client finished",
            Side::Server => "server finished",
        };
        (self.master_secret.len() == MASTER_SECRET).then(|| self.prf(label, &[transcript], VERIFY_DATA))
    }

    /// What opens the records of the client and of the server; `None` for a suite without AEAD.
    pub(crate) fn openers(&self) -> Option<[Opener12; 2]> {
        const GCM_SALT: usize = 4;
        let (algorithm, iv_length) = match CipherSuite::find(self.suite)?.cipher {
            "AES-128-GCM" => (&aead::AES_128_GCM, GCM_SALT),
            "AES-256-GCM" => (&aead::AES_256_GCM, GCM_SALT),
            "ChaCha20-Poly1305" => (&aead::CHACHA20_POLY1305, aead::NONCE_LEN),
            _ => return None,
        };
        if self.master_secret.len() != MASTER_SECRET {
            return None;
        }
        let key_length = algorithm.key_len();
        let block = self.prf(
            "key expansion",
            &[self.server_random, self.client_random],
            2 * (key_length + iv_length),
        );
        let (keys, ivs) = block.split_at(2 * key_length);
        let ((client_key, server_key), (client_iv, server_iv)) =
            (keys.split_at(key_length), ivs.split_at(iv_length));
        let opener = |key, written: &[u8]| {
            let mut iv = [0; aead::NONCE_LEN];
            iv[..iv_length].copy_from_slice(written);
            Some(Opener12 {
                key: LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?),
                iv,
                explicit: aead::NONCE_LEN - iv_length,
                sequence: 0,
            })
        };
        Some([opener(client_key, client_iv)?, opener(server_key, server_iv)?])
    }

    /// The pseudorandom function (RFC 5246 section 5).
    fn prf(&self, label: &str, seed: &[&[u8]], length: usize) -> Vec<u8> {
        let algorithm = if hash_of(self.suite) == &digest::SHA384 {
            hmac::HMAC_SHA384
        } else {
            hmac::HMAC_SHA256
        };
        let key = hmac::Key::new(algorithm, self.master_secret);
        let seed = [&[label.as_bytes()], seed].concat().concat();
        let mut out = Vec::new();
        let mut a = hmac::sign(&key, &seed);
        loop {
            out.extend_from_slice(hmac::sign(&key, &[a.as_ref(), &seed].concat()).as_ref());
            if out.len() >= length {
                break;
            }
            a = hmac::sign(&key, a.as_ref());
        }
        out.truncate(length);
        out
    }
}

/// Opens the records of one side.
#[derive(Debug)]
pub(crate) struct Opener12 {
    key: LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
    /// How many bytes of the nonce stand before the ciphertext.
    explicit: usize,
    sequence: u64,
}

impl Opener12 {
    /// Opens the next record.
    pub(crate) fn open(&mut self, header: [u8; 5], fragment: &[u8]) -> Option<Vec<u8>> {
        let (explicit, sealed) = fragment.split_at_checked(self.explicit)?;
        let plain = sealed.len().checked_sub(aead::MAX_TAG_LEN)?;
        let nonce = if self.explicit == 0 {
            nonce(&self.iv, self.sequence)
        } else {
            let mut nonce = self.iv;
            nonce[aead::NONCE_LEN - self.explicit..].copy_from_slice(explicit);
            nonce
        };
        // seq_num, type, version, and the length in the clear (RFC 5246 section 6.2.3.3).
        let mut data = [0; 13];
        data[..8].copy_from_slice(&self.sequence.to_be_bytes());
        data[8..11].copy_from_slice(&header[..3]);
        data[11..].copy_from_slice(&u16::try_from(plain).ok()?.to_be_bytes());
        let mut content = sealed.to_vec();
        self.key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(data), &mut content)
            .ok()?;
        self.sequence += 1;
        content.truncate(plain);
        Some(content)
    }
}
