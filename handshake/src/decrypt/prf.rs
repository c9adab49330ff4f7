//! The pseudorandom functions by which keys come of the master secret: that of TLS 1.2 (RFC 5246 section 5), and the one
//! before it (RFC 2246 section 5).

use ::hmac::{Hmac, KeyInit, Mac};
use aws_lc_rs::hmac;
use md5::Md5;

/// TLS 1.2's, with the HMAC of the suite.
pub(super) fn of_suite(
    algorithm: hmac::Algorithm,
    secret: &[u8],
    label: &str,
    seed: &[&[u8]],
    length: usize,
) -> Vec<u8> {
    let key = hmac::Key::new(algorithm, secret);
    p_hash(|bytes| hmac::sign(&key, bytes), label, seed, length)
}

/// That of TLS 1.0 and 1.1: MD5 over the first half of the secret, SHA-1 over the second, one XORed with the other. A
/// secret of odd length shares its middle byte.
pub(super) fn of_md5_and_sha1(secret: &[u8], label: &str, seed: &[&[u8]], length: usize) -> Vec<u8> {
    let half = secret.len().div_ceil(2);
    let (first, second) = (&secret[..half], &secret[secret.len() - half..]);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, second);
    let mut out = p_hash(|bytes| hmac::sign(&key, bytes), label, seed, length);
    let md5 = p_hash(|bytes| hmac_md5(first, bytes), label, seed, length);
    for (byte, other) in out.iter_mut().zip(md5) {
        *byte ^= other;
    }
    out
}

fn hmac_md5(key: &[u8], bytes: &[u8]) -> [u8; 16] {
    // A key of any length will do.
    Hmac::<Md5>::new_from_slice(key).map_or([0; 16], |mut mac| {
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    })
}

/// `P_hash`: as many bytes as are wanted.
fn p_hash<T: AsRef<[u8]>>(mac: impl Fn(&[u8]) -> T, label: &str, seed: &[&[u8]], length: usize) -> Vec<u8> {
    let seed = [&[label.as_bytes()], seed].concat().concat();
    let mut out = Vec::new();
    let mut a = mac(&seed);
    loop {
        out.extend_from_slice(mac(&[a.as_ref(), &seed].concat()).as_ref());
        if out.len() >= length {
            break;
        }
        a = mac(a.as_ref());
    }
    out.truncate(length);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::hex;

    /// A vector that goes around among implementers, as `openssl kdf TLS1-PRF` computes it.
    #[test]
    fn the_function_of_tls_1_0_gives_what_others_compute() {
        let out = of_md5_and_sha1(&[0xab; 48], "PRF Testvector", &[&[0xcd; 64]], 104);
        assert_eq!(
            hex(&out),
            "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754443bcf9a296519bc289abcbc1187e4eb\
             d31e602353776c408aafb74cbc85eff69255f9788faa184cbb957a9819d84a5d7eb006eb459d3ae8de9810454b8b2d8f\
             1afbc655a8c9a013"
        );
    }
}
