//! TLS 1.3: keys from traffic secrets (RFC 8446 section 7.3), records (section 5.2), Finished (section 4.4.4).

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::hmac;

use super::aead::{Cipher, Key};
use super::nonce;

/// What a suite of TLS 1.3 names, as far as records of it can be opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suite13 {
    cipher: Cipher,
    hmac: hmac::Algorithm,
}

impl Suite13 {
    const AES_128: Self = Self {
        cipher: Cipher::AES_128_GCM,
        hmac: hmac::HMAC_SHA256,
    };
    const AES_256: Self = Self {
        cipher: Cipher::AES_256_GCM,
        hmac: hmac::HMAC_SHA384,
    };
    const CHACHA: Self = Self {
        cipher: Cipher::CHACHA20_POLY1305,
        ..Self::AES_128
    };
    const CCM: Self = Self {
        cipher: Cipher::AES_128_CCM,
        ..Self::AES_128
    };
    const CCM_8: Self = Self {
        cipher: Cipher::AES_128_CCM_8,
        ..Self::AES_128
    };

    /// The suite of this number; `None` for those that RFC 8446 doesn't define.
    pub(crate) fn of(suite: u16) -> Option<Self> {
        match suite {
            0x1301 => Some(Self::AES_128),
            0x1302 => Some(Self::AES_256),
            0x1303 => Some(Self::CHACHA),
            0x1304 => Some(Self::CCM),
            0x1305 => Some(Self::CCM_8),
            _ => None,
        }
    }

    /// The suites that a secret of this length may belong to, where none is agreed on yet.
    pub(crate) fn of_secret(secret: &[u8]) -> &'static [Self] {
        match secret.len() {
            32 => &[Self::AES_128, Self::CHACHA, Self::CCM, Self::CCM_8],
            48 => &[Self::AES_256],
            _ => &[],
        }
    }

    /// A traffic secret of this suite, to expand; `None` for one of another length.
    fn secret(self, secret: &[u8]) -> Option<Secret13> {
        let is_long_enough = secret.len() == self.hmac.digest_algorithm().output_len();
        is_long_enough.then(|| Secret13(Box::new(hmac::Key::new(self.hmac, secret))))
    }
}

/// A traffic secret: the key of the HMACs that everything comes of.
#[derive(Clone, Debug)]
struct Secret13(Box<hmac::Key>);

impl Secret13 {
    /// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1). No key is longer than the hash, so that HKDF-Expand
    /// is one HMAC (RFC 5869 section 2.3), of which the first `length` bytes count.
    fn expand_label(&self, label: &str, length: usize) -> hmac::Tag {
        const PREFIX: &str = "tls13 ";
        let mut hmac = hmac::Context::with_key(&self.0);
        hmac.update(&(length as u16).to_be_bytes());
        hmac.update(&[(PREFIX.len() + label.len()) as u8]);
        hmac.update(PREFIX.as_bytes());
        hmac.update(label.as_bytes());
        hmac.update(&[0, 1]);
        hmac.sign()
    }
}

/// Opens the records of one side in one epoch.
#[derive(Debug)]
pub(crate) struct Opener13 {
    suite: Suite13,
    secret: Secret13,
    key: Key,
    iv: [u8; 12],
    /// The number of the next record. A ChangeCipherSpec is not counted: it isn't sealed.
    sequence: u64,
}

impl Opener13 {
    /// The opener of a traffic secret; `None` where the secret is not one of this suite.
    pub(crate) fn new(suite: Suite13, secret: &[u8]) -> Option<Self> {
        let secret = suite.secret(secret)?;
        let length = suite.cipher.key_length();
        let key = secret.expand_label("key", length);
        let iv = secret.expand_label("iv", NONCE_LEN);
        Some(Self {
            suite,
            key: suite.cipher.key(key.as_ref().get(..length)?)?,
            iv: *iv.as_ref().first_chunk()?,
            secret,
            sequence: 0,
        })
    }

    /// Opens the next record: its inner content type and its content. A record that does not open is not counted.
    pub(crate) fn open(&mut self, header: [u8; 5], fragment: &[u8]) -> Option<(u8, Vec<u8>)> {
        let mut content = self.key.open(nonce(&self.iv, self.sequence), &header, fragment)?;
        self.sequence += 1;
        // TLSInnerPlaintext: content, its type, and zeros.
        let last = content.iter().rposition(|&byte| byte != 0);
        content.truncate(last.map_or(0, |last| last + 1));
        let content_type = content.pop().unwrap_or(0);
        Some((content_type, content))
    }

    /// The MAC that belongs into a Finished message of this side.
    pub(crate) fn verify_data(&self, transcript: &[u8]) -> hmac::Tag {
        let hmac = self.suite.hmac;
        let key = self
            .secret
            .expand_label("finished", hmac.digest_algorithm().output_len());
        hmac::sign(&hmac::Key::new(hmac, key.as_ref()), transcript)
    }

    /// The opener after a KeyUpdate (RFC 8446 section 7.2).
    pub(crate) fn next_generation(&self) -> Option<Self> {
        let length = self.suite.hmac.digest_algorithm().output_len();
        let secret = self.secret.expand_label("traffic upd", length);
        Self::new(self.suite, secret.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::hex;

    /// RFC 8448 section 3: the keys of the server's handshake traffic.
    #[test]
    fn keys_come_of_a_traffic_secret_as_in_the_trace_of_rfc_8448() {
        let secret = [
            0xb6, 0x7b, 0x7d, 0x69, 0x0c, 0xc1, 0x6c, 0x4e, 0x75, 0xe5, 0x42, 0x13, 0xcb, 0x2d, 0x37, 0xb4,
            0xe9, 0xc9, 0x12, 0xbc, 0xde, 0xd9, 0x10, 0x5d, 0x42, 0xbe, 0xfd, 0x59, 0xd3, 0x91, 0xad, 0x38,
        ];
        let expand = |label, length| {
            let whole = Suite13::AES_128
                .secret(&secret)
                .unwrap()
                .expand_label(label, length);
            whole.as_ref()[..length].to_vec()
        };
        assert_eq!(hex(&expand("key", 16)), "3fce516009c21727d0f2e4e86ee403bc");
        assert_eq!(hex(&expand("iv", 12)), "5d313eb2671276ee13000b30");
        assert!(Opener13::new(Suite13::AES_256, &secret).is_none());
    }
}
