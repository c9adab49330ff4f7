//! TLS 1.2 and before: keys from the master secret (RFC 5246 section 6.3), records of AEAD suites (RFC 5288, RFC 6655,
//! RFC 7905) and of those with CBC, Finished (section 7.4.9). TLS 1.0 and 1.1 have another pseudorandom function, and
//! Finished over two hashes (RFC 2246, RFC 4346).

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::{digest, hmac};

use super::aead::{Cipher, Key};
use super::{cbc, hash_of, nonce, prf};
use crate::Side;
use crate::registry::CipherSuite;

const MASTER_SECRET: usize = 48;
const VERIFY_DATA: usize = 12;
const TLS10: u16 = 0x0301;
const TLS12: u16 = 0x0303;

/// What the keys of a connection come of.
#[derive(Debug)]
pub(crate) struct Keys12<'a> {
    /// TLS 1.0 to 1.2.
    pub(crate) version: u16,
    pub(crate) suite: u16,
    pub(crate) master_secret: &'a [u8],
    pub(crate) client_random: &'a [u8],
    pub(crate) server_random: &'a [u8],
    /// Whether both sides agreed to MAC what is encrypted, in a suite with CBC.
    pub(crate) encrypt_then_mac: bool,
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

    /// What opens the records of the client and of the server; `None` for a suite that is out of use.
    pub(crate) fn openers(&self) -> Option<[Opener12; 2]> {
        const GCM_SALT: usize = 4;
        let suite = CipherSuite::find(self.suite)?;
        let (cipher, iv_length) = match suite.cipher {
            "AES-128-GCM" => (Cipher::AES_128_GCM, GCM_SALT),
            "AES-256-GCM" => (Cipher::AES_256_GCM, GCM_SALT),
            "AES-128-CCM" => (Cipher::AES_128_CCM, GCM_SALT),
            "AES-256-CCM" => (Cipher::AES_256_CCM, GCM_SALT),
            "AES-128-CCM-8" => (Cipher::AES_128_CCM_8, GCM_SALT),
            "AES-256-CCM-8" => (Cipher::AES_256_CCM_8, GCM_SALT),
            "ChaCha20-Poly1305" => (Cipher::CHACHA20_POLY1305, NONCE_LEN),
            _ => {
                let parts = cbc::Parts::of(&suite)?;
                // In TLS 1.0 a record's vector is the last block before it, the first's comes of the master secret (RFC
                // 2246 section 6.2.3.2).
                let is_chained = self.version == TLS10;
                let vector = if is_chained { parts.block } else { 0 };
                let [client, server] = self.key_block([parts.mac_length(), parts.key_length, vector])?;
                let opener = |[mac_key, key, vector]: [Vec<u8>; 3]| {
                    let vector = is_chained.then_some(vector);
                    let keys = cbc::Keys::new(parts, &mac_key, &key, vector, self.encrypt_then_mac)?;
                    Some(Opener12::new(Seal::Cbc(Box::new(keys))))
                };
                return Some([opener(client)?, opener(server)?]);
            }
        };
        let [client, server] = self.key_block([cipher.key_length(), iv_length])?;
        let opener = |[key, written]: [Vec<u8>; 2]| {
            let mut iv = [0; NONCE_LEN];
            iv[..iv_length].copy_from_slice(&written);
            Some(Opener12::new(Seal::Aead {
                key: cipher.key(&key)?,
                iv,
                explicit: NONCE_LEN - iv_length,
            }))
        };
        Some([opener(client)?, opener(server)?])
    }

    /// The key block (RFC 5246 section 6.3): parts of these lengths, of the client and of the server each, the first
    /// part of both before the second.
    fn key_block<const PARTS: usize>(&self, lengths: [usize; PARTS]) -> Option<[[Vec<u8>; PARTS]; 2]> {
        if self.master_secret.len() != MASTER_SECRET {
            return None;
        }
        let seed = [self.server_random, self.client_random];
        let mut block = self.prf("key expansion", &seed, 2 * lengths.iter().sum::<usize>());
        let mut take = |length| block.drain(..length).collect::<Vec<_>>();
        let mut of_server = [const { Vec::new() }; PARTS];
        let mut of_client = [const { Vec::new() }; PARTS];
        for (at, length) in lengths.into_iter().enumerate() {
            of_client[at] = take(length);
            of_server[at] = take(length);
        }
        Some([of_client, of_server])
    }

    /// The pseudorandom function of the version.
    fn prf(&self, label: &str, seed: &[&[u8]], length: usize) -> Vec<u8> {
        if self.version < TLS12 {
            return prf::of_md5_and_sha1(self.master_secret, label, seed, length);
        }
        let algorithm = if hash_of(self.suite) == &digest::SHA384 {
            hmac::HMAC_SHA384
        } else {
            hmac::HMAC_SHA256
        };
        prf::of_suite(algorithm, self.master_secret, label, seed, length)
    }
}

/// Opens the records of one side.
#[derive(Debug)]
pub(crate) struct Opener12 {
    seal: Seal,
    sequence: u64,
}

/// How records are sealed.
#[derive(Debug)]
enum Seal {
    Aead {
        key: Key,
        iv: [u8; NONCE_LEN],
        /// How many bytes of the nonce stand before the ciphertext.
        explicit: usize,
    },
    Cbc(Box<cbc::Keys>),
}

impl Opener12 {
    fn new(seal: Seal) -> Self {
        Self { seal, sequence: 0 }
    }

    /// Opens the next record.
    pub(crate) fn open(&mut self, header: [u8; 5], fragment: &[u8]) -> Option<Vec<u8>> {
        let content = match &mut self.seal {
            Seal::Aead { key, iv, explicit } => {
                open_aead(key, *iv, *explicit, self.sequence, header, fragment)
            }
            Seal::Cbc(keys) => keys.open(self.sequence, header, fragment),
        }?;
        self.sequence += 1;
        Some(content)
    }
}

fn open_aead(
    key: &Key,
    iv: [u8; NONCE_LEN],
    explicit: usize,
    sequence: u64,
    header: [u8; 5],
    fragment: &[u8],
) -> Option<Vec<u8>> {
    let (written, sealed) = fragment.split_at_checked(explicit)?;
    let plain = sealed.len().checked_sub(key.tag_length())?;
    let nonce = if explicit == 0 {
        nonce(&iv, sequence)
    } else {
        let mut nonce = iv;
        nonce[NONCE_LEN - explicit..].copy_from_slice(written);
        nonce
    };
    // seq_num, type, version, and the length in the clear (RFC 5246 section 6.2.3.3).
    let mut data = [0; 13];
    data[..8].copy_from_slice(&sequence.to_be_bytes());
    data[8..11].copy_from_slice(&header[..3]);
    data[11..].copy_from_slice(&u16::try_from(plain).ok()?.to_be_bytes());
    key.open(nonce, &data, sealed)
}
