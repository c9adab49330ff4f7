//! Records of TLS 1.2 and before under AES or Triple DES with CBC, and an HMAC (RFC 5246 section 6.2.3.2), the MAC inside,
//! or outside where both sides agreed on `encrypt_then_mac` (RFC 7366).
//!
//! Nothing here answers a peer, so how long it takes to find fault with a record tells nobody anything.

use aws_lc_rs::cipher::{AES_128, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use des::TdesEde3;
use des::cipher::{BlockCipherDecrypt as _, KeyInit as _};

use crate::registry::CipherSuite;

/// What a suite with CBC is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) key_length: usize,
    /// Bytes of a block.
    pub(super) block: usize,
    mac: hmac::Algorithm,
}

impl Parts {
    /// Those of a suite; `None` for ciphers that are out of use.
    pub(super) fn of(suite: &CipherSuite) -> Option<Self> {
        let (key_length, block) = match suite.cipher {
            "AES-128-CBC" => (16, 16),
            "AES-256-CBC" => (32, 16),
            "3DES-CBC" => (24, 8),
            _ => return None,
        };
        // The hash at the name's end is that of the MAC.
        let mac = match suite.name.rsplit_once('_')? {
            (_, "SHA") => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            (_, "SHA256") => hmac::HMAC_SHA256,
            (_, "SHA384") => hmac::HMAC_SHA384,
            _ => return None,
        };
        Some(Self {
            key_length,
            block,
            mac,
        })
    }

    /// The length of the MAC and of its key.
    pub(super) fn mac_length(self) -> usize {
        self.mac.digest_algorithm().output_len()
    }
}

/// A block cipher that decrypts.
#[derive(Debug)]
enum Cipher {
    Aes(DecryptingKey),
    TripleDes(TdesEde3),
}

impl Cipher {
    fn new(key: &[u8]) -> Option<Self> {
        let algorithm = match key.len() {
            16 => &AES_128,
            32 => &AES_256,
            _ => return Some(Self::TripleDes(TdesEde3::new_from_slice(key).ok()?)),
        };
        let key = UnboundCipherKey::new(algorithm, key).ok()?;
        Some(Self::Aes(DecryptingKey::cbc(key).ok()?))
    }

    /// Decrypts whole blocks in place.
    fn decrypt(&self, vector: &[u8], blocks: &mut [u8]) -> Option<()> {
        match self {
            Self::Aes(key) => {
                let context = DecryptionContext::Iv128(FixedLength::from(vector.first_chunk::<16>()?));
                key.decrypt(blocks, context).ok()?;
            }
            Self::TripleDes(key) => {
                let mut before: [u8; 8] = vector.try_into().ok()?;
                let (blocks, []) = blocks.as_chunks_mut::<8>() else {
                    return None;
                };
                for block in blocks {
                    let sealed = *block;
                    key.decrypt_block(block.into());
                    for (byte, before) in block.iter_mut().zip(before) {
                        *byte ^= before;
                    }
                    before = sealed;
                }
            }
        }
        Some(())
    }
}

/// The keys of one side.
#[derive(Debug)]
pub(super) struct Keys {
    cipher: Cipher,
    block: usize,
    /// The next record's initialization vector, where none stands before its blocks.
    chained: Option<Vec<u8>>,
    mac: hmac::Key,
    mac_length: usize,
    encrypt_then_mac: bool,
}

impl Keys {
    /// Keys from their bytes. With a `vector` each record goes on from the last, as in TLS 1.0.
    pub(super) fn new(
        parts: Parts,
        mac_key: &[u8],
        key: &[u8],
        vector: Option<Vec<u8>>,
        encrypt_then_mac: bool,
    ) -> Option<Self> {
        Some(Self {
            cipher: Cipher::new(key)?,
            block: parts.block,
            chained: vector,
            mac: hmac::Key::new(parts.mac, mac_key),
            mac_length: parts.mac_length(),
            encrypt_then_mac,
        })
    }

    /// The content of a record: its initialization vector, blocks, and the MAC in them or behind them.
    pub(super) fn open(&mut self, sequence: u64, header: [u8; 5], fragment: &[u8]) -> Option<Vec<u8>> {
        if self.encrypt_then_mac {
            let (sealed, mac) = fragment.split_at_checked(fragment.len().checked_sub(self.mac_length)?)?;
            self.check(sequence, header, sealed, mac)?;
            return self.decrypt(sealed);
        }
        let mut content = self.decrypt(fragment)?;
        let mac = content.split_off(content.len().checked_sub(self.mac_length)?);
        self.check(sequence, header, &content, &mac)?;
        Some(content)
    }

    fn check(&self, sequence: u64, header: [u8; 5], content: &[u8], mac: &[u8]) -> Option<()> {
        let length = u16::try_from(content.len()).ok()?;
        let told = [
            &sequence.to_be_bytes()[..],
            &header[..3],
            &length.to_be_bytes(),
            content,
        ]
        .concat();
        hmac::verify(&self.mac, &told, mac).ok()
    }

    /// Decrypts blocks and takes their padding off: as many bytes as each of them says, and one more.
    fn decrypt(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (vector, blocks) = match &self.chained {
            Some(vector) => (&vector[..], sealed),
            None => sealed.split_at_checked(self.block)?,
        };
        let mut content = blocks.to_vec();
        self.cipher.decrypt(vector, &mut content)?;
        if let Some(chained) = &mut self.chained {
            chained.clear();
            chained.extend_from_slice(blocks.get(blocks.len().checked_sub(self.block)?..)?);
        }
        let padding = usize::from(*content.last()?);
        let end = content.len().checked_sub(padding + 1)?;
        let is_padding = content[end..].iter().all(|byte| usize::from(*byte) == padding);
        content.truncate(end);
        is_padding.then_some(content)
    }
}
