//! Records of TLS 1.2 under AES-CBC and an HMAC (RFC 5246 section 6.2.3.2), the MAC inside, or outside where both sides
//! agreed on `encrypt_then_mac` (RFC 7366).
//!
//! Nothing here answers a peer, so how long it takes to find fault with a record tells nobody anything.

use aws_lc_rs::cipher::{AES_128, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

use crate::registry::CipherSuite;

const BLOCK: usize = 16;

/// What a suite with CBC is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) key_length: usize,
    mac: hmac::Algorithm,
}

impl Parts {
    /// Those of a suite; `None` for ciphers that are out of use.
    pub(super) fn of(suite: &CipherSuite) -> Option<Self> {
        let key_length = match suite.cipher {
            "AES-128-CBC" => 16,
            "AES-256-CBC" => 32,
            _ => return None,
        };
        // The hash at the name's end is that of the MAC.
        let mac = match suite.name.rsplit_once('_')? {
            (_, "SHA") => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            (_, "SHA256") => hmac::HMAC_SHA256,
            (_, "SHA384") => hmac::HMAC_SHA384,
            _ => return None,
        };
        Some(Self { key_length, mac })
    }

    /// The length of the MAC and of its key.
    pub(super) fn mac_length(self) -> usize {
        self.mac.digest_algorithm().output_len()
    }
}

/// The keys of one side.
#[derive(Debug)]
pub(super) struct Keys {
    key: DecryptingKey,
    mac: hmac::Key,
    mac_length: usize,
    encrypt_then_mac: bool,
}

impl Keys {
    pub(super) fn new(parts: Parts, mac_key: &[u8], key: &[u8], encrypt_then_mac: bool) -> Option<Self> {
        let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
        Some(Self {
            key: DecryptingKey::cbc(UnboundCipherKey::new(algorithm, key).ok()?).ok()?,
            mac: hmac::Key::new(parts.mac, mac_key),
            mac_length: parts.mac_length(),
            encrypt_then_mac,
        })
    }

    /// The content of a record: its initialization vector, blocks, and the MAC in them or behind them.
    pub(super) fn open(&self, sequence: u64, header: [u8; 5], fragment: &[u8]) -> Option<Vec<u8>> {
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
    fn decrypt(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (vector, blocks) = sealed.split_first_chunk::<BLOCK>()?;
        let mut content = blocks.to_vec();
        let context = DecryptionContext::Iv128(FixedLength::from(vector));
        self.key.decrypt(&mut content, context).ok()?;
        let padding = usize::from(*content.last()?);
        let end = content.len().checked_sub(padding + 1)?;
        let is_padding = content[end..].iter().all(|byte| usize::from(*byte) == padding);
        content.truncate(end);
        is_padding.then_some(content)
    }
}
