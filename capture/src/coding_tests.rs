use super::*;
use std::collections::VecDeque;
use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// `hello, hello, hello` by the reference encoder, quality 11.
const BROTLI_HELLO: &[u8] = &[
    0x1b, 0x12, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x09, 0x52, 0x86, 0x96, 0x6c, 0x2c, 0x6f, 0x11,
    0x4f, 0x24, 0xd0, 0x71, 0x00,
];

/// What comes out, and why no more does.
fn decode(codings: &[Coding], wire: Vec<u8>) -> (Vec<u8>, Option<DecodeError>) {
    let mut reader = undo(codings, io::Cursor::new(wire));
    let (mut out, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return (out, None),
            Ok(length) => out.extend_from_slice(&buffer[..length]),
            Err(error) => {
                let cause = error.get_ref().unwrap().downcast_ref::<DecodeError>();
                return (out, Some(cause.unwrap().clone()));
            }
        }
    }
}

fn fields(value: &str) -> Fields {
    Fields::pack([(&b"Content-Encoding"[..], value.as_bytes())])
}

#[test]
fn every_coding_is_undone() {
    let text = b"hello, hello, hello".repeat(10_000);
    assert_eq!(
        decode(&[Coding::Brotli], BROTLI_HELLO.to_vec()),
        (b"hello, hello, hello".to_vec(), None)
    );
    for (coding, wire) in [
        (Coding::Gzip, gzip(&text)),
        (Coding::Deflate, zlib(&text)),
        (Coding::Deflate, bare_deflate(&text)),
        (Coding::Zstd, zstd(&text)),
    ] {
        assert_eq!(decode(&[coding], wire), (text.clone(), None), "{coding:?}");
    }
}

#[test]
fn several_codings_are_undone_from_the_last() {
    let wire = gzip(&zstd(&zlib(b"text")));
    let codings = codings_of(&fields("deflate, zstd, x-gzip")).unwrap();
    assert_eq!(decode(&codings, wire), (b"text".to_vec(), None));
}

#[test]
fn members_and_frames_after_one_another_are_one_body() {
    assert_eq!(
        decode(&[Coding::Gzip], [gzip(b"a"), gzip(b"b")].concat()),
        (b"ab".to_vec(), None)
    );
    assert_eq!(
        decode(&[Coding::Zstd], [zstd(b"a"), zstd(b"b")].concat()),
        (b"ab".to_vec(), None)
    );
}

#[test]
fn an_empty_body_is_empty_in_every_coding() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        assert_eq!(decode(&[coding], Vec::new()), (Vec::new(), None), "{coding:?}");
    }
}

/// Whatever prefix of a body came, what it decodes to is a prefix of the whole.
#[test]
fn every_prefix_decodes_to_a_prefix_and_says_that_it_ends_early() {
    let text: Vec<u8> = (0..400_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for (coding, wire) in [
        (Coding::Gzip, gzip(&text)),
        (Coding::Deflate, zlib(&text)),
        (Coding::Zstd, zstd(&text)),
        (Coding::Brotli, BROTLI_HELLO.to_vec()),
    ] {
        for cut in 1..wire.len() {
            let (out, problem) = decode(&[coding], wire[..cut].to_vec());
            if coding != Coding::Brotli {
                assert!(text.starts_with(&out), "{coding:?} cut at {cut}");
            }
            let early = DecodeError::EndsEarly {
                coding: coding.name(),
            };
            assert_eq!(problem, Some(early), "{coding:?} cut at {cut}");
        }
    }
}

#[test]
fn a_broken_coding_says_so_after_what_came_out() {
    let text: Vec<u8> = (0..100_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let mut wire = gzip(&text);
    let middle = wire.len() / 2;
    wire[middle..middle + 64].fill(0xff);
    let (out, problem) = decode(&[Coding::Gzip], wire);
    assert!(!out.is_empty());
    assert!(
        problem
            .unwrap()
            .to_string()
            .starts_with("the gzip coding breaks off: ")
    );

    let (out, problem) = decode(&[Coding::Gzip], b"not gzip at all".to_vec());
    assert_eq!(
        (out.len(), problem.unwrap().to_string()),
        (0, "the gzip coding breaks off: invalid gzip header".into())
    );
}

#[test]
fn a_bomb_ends_at_the_ratio() {
    let zeros = vec![0; 200 * 1024 * 1024];
    let wire = zstd(&zeros);
    let (out, problem) = decode(&[Coding::Zstd], wire);
    assert!(out.len() as u64 <= RATIO_FREE + 128 * 1024);
    assert_eq!(
        problem.unwrap().to_string(),
        "it decodes to more than 1100 times its size, as a decompression bomb does: the rest is not shown"
    );
}

#[test]
fn a_bomb_within_a_bomb_ends_too() {
    let wire = gzip(&gzip(&vec![0; 100 * 1024 * 1024]));
    let (out, problem) = decode(&[Coding::Gzip, Coding::Gzip], wire);
    assert!(out.len() as u64 <= RATIO_FREE + 128 * 1024);
    assert_eq!(problem, Some(DecodeError::TooDense));
}

#[test]
fn too_much_of_a_fair_ratio_ends_at_the_bound() {
    let noise: Vec<u8> = (0..262_144_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 31).to_le_bytes())
        .collect();
    let mut reader = undo(&[Coding::Zstd], io::Cursor::new(zstd(&noise.repeat(300))));
    let (mut length, mut buffer) = (0, vec![0; 64 * 1024]);
    let error = loop {
        match reader.read(&mut buffer) {
            Ok(more) => length += more as u64,
            Err(error) => break error,
        }
    };
    assert!(length <= MAX_DECODED);
    assert_eq!(
        error.to_string(),
        "decoded it is larger than 256 MiB: the rest is not shown"
    );
}

#[test]
fn codings_are_read_from_all_fields_and_unknown_ones_named() {
    let several = Fields::pack([
        (&b"content-encoding"[..], &b"identity"[..]),
        (&b"Content-Encoding"[..], &b" GZIP ,, br"[..]),
    ]);
    assert_eq!(codings_of(&several).unwrap(), [Coding::Gzip, Coding::Brotli]);
    assert_eq!(
        codings_of(&fields("compress")).unwrap_err().to_string(),
        "the content coding \"compress\" can't be undone here: gzip, deflate, br and zstd can"
    );
    assert_eq!(
        codings_of(&fields("br, br, br, br, br")).unwrap_err().to_string(),
        "the body has 5 content codings laid over one another, and 4 at the most are undone"
    );
}

#[test]
fn an_error_of_the_wire_is_not_the_codings() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::NotFound.into())
        }
    }
    let error = undo(&[Coding::Gzip, Coding::Zstd], Broken)
        .read(&mut [0; 9])
        .unwrap_err();
    assert!(!error.get_ref().unwrap().is::<DecodeError>());
}

proptest::proptest! {
    /// Any bytes under any codings end in bytes or in a sentence.
    #[test]
    fn any_bytes_are_borne(
        wire in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        codings in proptest::collection::vec(
            proptest::sample::select(vec![Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd]), 1..4,
        ),
    ) {
        decode(&codings, wire);
    }

    #[test]
    fn what_is_coded_is_decoded(text in proptest::collection::vec(proptest::num::u8::ANY, 0..5000)) {
        proptest::prop_assert_eq!(decode(&[Coding::Gzip, Coding::Zstd], zstd(&gzip(&text))), (text.clone(), None));
        proptest::prop_assert_eq!(decode(&[Coding::Deflate], bare_deflate(&text)), (text, None));
    }
}

/// Hands on a byte at a time, and would block before each.
struct Slow(VecDeque<u8>, bool);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let Some(byte) = self.0.pop_front() else {
            return Ok(0);
        };
        buffer[0] = byte;
        Ok(1)
    }
}

#[test]
fn which_deflate_it_is_is_told_by_two_bytes_however_they_come() {
    for wire in [zlib(b"hello"), bare_deflate(b"hello")] {
        let mut reader = undo(&[Coding::Deflate], Slow(wire.into(), false));
        let (mut out, mut buffer) = (Vec::new(), [0; 100]);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => out.extend_from_slice(&buffer[..length]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}"),
            }
        }
        assert_eq!(out, b"hello");
    }
}
