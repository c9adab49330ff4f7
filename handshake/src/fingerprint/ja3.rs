//! JA3 and JA3S: the MD5 of a hello's numbers in the order in which they were sent.

use md5::{Digest, Md5};

use super::{meant, numbers_of};
use crate::ClientHello;
use crate::message::{hex, push_number};
use crate::registry::extension::{EC_POINT_FORMATS, SUPPORTED_GROUPS};

/// JA3: 32 hexadecimal digits.
#[must_use]
pub fn ja3(hello: &ClientHello) -> String {
    hex(&Md5::digest(ja3_text(hello)))
}

/// What JA3 digests: version, suites, extensions, groups and point formats, without GREASE.
#[must_use]
pub fn ja3_text(hello: &ClientHello) -> String {
    let formats = match hello.extension(EC_POINT_FORMATS) {
        Some([length, formats @ ..]) if usize::from(*length) == formats.len() => formats,
        _ => &[],
    };
    // That of a browser has about 200 bytes.
    let mut text = String::with_capacity(320);
    push_number(&mut text, hello.legacy_version.into());
    push_list(&mut text, hello.cipher_suites.iter().copied());
    push_list(&mut text, hello.extensions.iter().map(|e| e.number));
    push_list(&mut text, numbers_of(hello, SUPPORTED_GROUPS));
    push_list(&mut text, formats.iter().map(|f| u16::from(*f)));
    text
}

/// JA3S of a ServerHello: 32 hexadecimal digits.
#[must_use]
pub fn ja3s(legacy_version: u16, cipher_suite: u16, extensions: &[u16]) -> String {
    hex(&Md5::digest(ja3s_text(legacy_version, cipher_suite, extensions)))
}

/// What JA3S digests: version, suite and extensions.
#[must_use]
pub fn ja3s_text(legacy_version: u16, cipher_suite: u16, extensions: &[u16]) -> String {
    let mut text = String::with_capacity(64);
    push_number(&mut text, legacy_version.into());
    push_list(&mut text, [cipher_suite]);
    push_list(&mut text, extensions.iter().copied());
    text
}

/// The next of the lists: those of its numbers that mean something.
fn push_list(text: &mut String, numbers: impl IntoIterator<Item = u16>) {
    let mut before = ',';
    for number in meant(numbers) {
        text.push(before);
        push_number(text, number.into());
        before = '-';
    }
    if before == ',' {
        text.push(before);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hello, vector};
    use super::*;

    #[test]
    fn the_published_examples_come_out() {
        let suites = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4];
        let extensions = [(0, Vec::new()), (10, vector(&[23, 24, 25])), (11, vec![1, 0])];
        let full = hello(769, &suites, &extensions);
        assert_eq!(
            ja3_text(&full),
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
        );
        assert_eq!(ja3(&full), "ada70206e40642a3e4461f35503241d5");

        let bare = hello(769, &[4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], &[]);
        assert_eq!(ja3_text(&bare), "769,4-5-10-9-100-98-3-6-19-18-99,,,");
        assert_eq!(ja3(&bare), "de350869b8c85de67a350c8d186f11e6");
    }

    #[test]
    fn grease_leaves_no_mark() {
        let plain = hello(771, &[4865], &[(10, vector(&[29]))]);
        let greased = hello(
            771,
            &[0x5a5a, 4865],
            &[(0x1a1a, Vec::new()), (10, vector(&[0xfafa, 29]))],
        );
        assert_eq!(ja3_text(&greased), "771,4865,10,29,");
        assert_eq!(ja3(&greased), ja3(&plain));
    }

    #[test]
    fn a_server_hello_has_its_own() {
        // Two that every list of fingerprints holds: servers of TLS 1.3.
        assert_eq!(ja3s_text(771, 4866, &[43, 51]), "771,4866,43-51");
        assert_eq!(ja3s(771, 4866, &[43, 51]), "15af977ce25de452b96affa2addb1036");
        assert_eq!(ja3s(771, 4865, &[51, 43]), "eb1d94daa7e0344597e756a1fb6e7054");
    }
}
