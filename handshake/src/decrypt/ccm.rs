//! AES-CCM (RFC 3610, RFC 6655), which aws-lc-rs does not offer: counter mode with a CBC-MAC, both from there. It only
//! opens.

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;

const BLOCK: usize = 16;
const NONCE: usize = 12;
/// How many bytes count blocks and tell the message's length: what a nonce of 12 bytes leaves of a block.
const LENGTH: usize = BLOCK - 1 - NONCE;

/// A key, and the length of its tags.
#[derive(Debug)]
pub(super) struct Ccm {
    counter: DecryptingKey,
    mac: EncryptingKey,
    tag: usize,
}

impl Ccm {
    pub(super) fn new(key: &[u8], tag: usize) -> Option<Self> {
        let algorithm: &'static Algorithm = match key.len() {
            16 => &AES_128,
            32 => &AES_256,
            _ => return None,
        };
        let key = || UnboundCipherKey::new(algorithm, key).ok();
        Some(Self {
            counter: DecryptingKey::ctr(key()?).ok()?,
            mac: EncryptingKey::cbc(key()?).ok()?,
            tag,
        })
    }

    pub(super) fn tag_length(&self) -> usize {
        self.tag
    }

    /// What was sealed under this nonce, together with these data in the clear.
    pub(super) fn open(&self, nonce: [u8; NONCE], data: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (sealed, tag) = sealed.split_at_checked(sealed.len().checked_sub(self.tag)?)?;
        // The first block of the key stream hides the tag, those behind it the message.
        let mut stream = [&[0; BLOCK][..], sealed].concat();
        let context = DecryptionContext::Iv128(FixedLength::from(block(LENGTH as u8 - 1, nonce, 0)));
        self.counter.decrypt(&mut stream, context).ok()?;
        let content = stream.split_off(BLOCK);
        let mac = self.authenticate(nonce, data, &content)?;
        let said: Vec<u8> = tag.iter().zip(&stream).map(|(tag, key)| tag ^ key).collect();
        verify_slices_are_equal(&said, &mac[..self.tag]).ok()?;
        Some(content)
    }

    /// The CBC-MAC over the nonce, the data and the content (RFC 3610 section 2.2).
    fn authenticate(&self, nonce: [u8; NONCE], data: &[u8], content: &[u8]) -> Option<Vec<u8>> {
        let flags = 64 * u8::from(!data.is_empty()) + 8 * ((self.tag as u8 - 2) / 2) + LENGTH as u8 - 1;
        let mut blocks = block(flags, nonce, content.len()).to_vec();
        if !data.is_empty() {
            blocks.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
            blocks.extend(data);
            blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
        }
        blocks.extend(content);
        blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
        let context = EncryptionContext::Iv128(FixedLength::from([0; BLOCK]));
        self.mac.less_safe_encrypt(&mut blocks, context).ok()?;
        Some(blocks.split_off(blocks.len() - BLOCK))
    }
}

/// A block of flags, nonce, and a number.
fn block(flags: u8, nonce: [u8; NONCE], number: usize) -> [u8; BLOCK] {
    let mut block = [flags; BLOCK];
    block[1..=NONCE].copy_from_slice(&nonce);
    block[1 + NONCE..].copy_from_slice(&number.to_be_bytes()[size_of::<usize>() - LENGTH..]);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST SP 800-38C appendix C.3: a nonce of 12 bytes, 20 bytes of data, 24 of content, a tag of 8.
    #[test]
    fn what_nist_sealed_is_opened() {
        let key: Vec<u8> = (0x40..=0x4f).collect();
        let nonce: Vec<u8> = (0x10..=0x1b).collect();
        let data: Vec<u8> = (0..=0x13).collect();
        let sealed = [
            0xe3, 0xb2, 0x01, 0xa9, 0xf5, 0xb7, 0x1a, 0x7a, 0x9b, 0x1c, 0xea, 0xec, 0xcd, 0x97, 0xe7, 0x0b,
            0x61, 0x76, 0xaa, 0xd9, 0xa4, 0x42, 0x8a, 0xa5, 0x48, 0x43, 0x92, 0xfb, 0xc1, 0xb0, 0x99, 0x51,
        ];
        let ccm = Ccm::new(&key, 8).unwrap();
        let nonce = nonce.try_into().unwrap();
        let content: Vec<u8> = (0x20..=0x37).collect();
        assert_eq!(ccm.open(nonce, &data, &sealed), Some(content));
        let mut changed = sealed;
        changed[3] ^= 1;
        assert_eq!(ccm.open(nonce, &data, &changed), None);
        assert_eq!(ccm.open(nonce, &data[1..], &sealed), None);
        assert_eq!(ccm.open(nonce, &data, &sealed[..7]), None);
    }
}
