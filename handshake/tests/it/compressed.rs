//! CompressedCertificate (RFC 8879): no stack at hand sends one, so a real Certificate is compressed here.

use std::io::Write as _;

use handshake::{Dissector, Late, Message, MessageKind, Parties, Secrets, Side};

use crate::fixture::Fixture;

/// The Certificate message of a real handshake.
fn certificate() -> Message {
    let mut handshake = Fixture::load("openssl-tls13-status").dissect();
    handshake.open_certificates();
    handshake
        .messages
        .into_iter()
        .find(|m| m.kind == MessageKind::Certificate)
        .unwrap()
}

/// A CompressedCertificate as it is told, after a ServerHello of TLS 1.3.
fn tell(algorithm: u16, length: usize, compressed: &[u8]) -> Message {
    let body = [
        &algorithm.to_be_bytes()[..],
        &u32::try_from(length).unwrap().to_be_bytes()[1..],
        &u32::try_from(compressed.len()).unwrap().to_be_bytes()[1..],
        compressed,
    ]
    .concat();
    let message = [
        &[25][..],
        &u32::try_from(body.len()).unwrap().to_be_bytes()[1..],
        &body,
    ]
    .concat();
    let fixture = Fixture::load("openssl-tls13-status");
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    let (side, at_us, bytes) = &fixture.chunks[1];
    dissector.feed(*side, *at_us, bytes);
    dissector.feed_late(&Late {
        side: Side::Server,
        at_us: 1,
        content_type: 22,
        bytes: &message,
    });
    let mut handshake = dissector.finish();
    handshake.open_certificates();
    let mut messages = handshake.messages;
    let at = messages
        .iter()
        .position(|m| m.kind == MessageKind::CompressedCertificate);
    messages.swap_remove(at.unwrap())
}

/// Brotli's form for bytes that don't get shorter: a window of 64 KB, one block, stored; an empty one to end with.
fn store_brotli(bytes: &[u8]) -> Vec<u8> {
    let header = (bytes.len() as u32 - 1) << 4 | 1 << 20;
    [&header.to_le_bytes()[..3], bytes, &[3]].concat()
}

#[test]
fn a_certificate_is_told_whatever_it_is_compressed_by() {
    let certificate = certificate();
    let body = &certificate.bytes.0[4..];
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(body).unwrap();
    let zlib = zlib.finish().unwrap();
    for (algorithm, name, compressed) in [
        (1, "zlib (1)", zlib),
        (2, "brotli (2)", store_brotli(body)),
        (3, "zstd (3)", zstd::bulk::compress(body, 3).unwrap()),
    ] {
        let told = tell(algorithm, body.len(), &compressed);
        assert_eq!(told.problem, None, "{name}");
        assert_eq!(told.field("algorithm").unwrap().value, name);
        let inside = "compressed_certificate_message/certificate_list/certificate";
        let outside = "certificate_list/certificate";
        let response = "extensions/status_request/response";
        for part in [
            "cert_data",
            "cert_data/certificate/tbs_certificate/subject",
            response,
            &format!("{response}/ocsp_response/response_bytes/basic_ocsp_response/tbs_response_data"),
        ] {
            let value = |message: &Message, path: &str| {
                message.field(&format!("{path}/{part}")).unwrap().value.clone()
            };
            assert_eq!(
                value(&told, inside),
                value(&certificate, outside),
                "{name}: {part}"
            );
        }
        let subject = told.field(&format!("{inside}/cert_data/certificate/tbs_certificate/subject"));
        let range = subject.map(|field| field.start..field.end);
        assert_eq!(range, Some(12..told.bytes.0.len()), "the compressed bytes");
        assert_eq!(told.certificates(), certificate.certificates());
    }
    assert_eq!(certificate.certificates().len(), 1);
}

#[test]
fn what_cannot_be_decompressed_is_told_with_its_range() {
    let told = tell(3, 100, b"not zstd at all");
    let problem = told.problem.unwrap();
    assert_eq!((problem.start, problem.end), (12, 27));
    assert_eq!(problem.text, "its compression is malformed");
    assert_eq!(
        tell(9, 100, b"x").problem.unwrap().text,
        "it is compressed by an algorithm that is not known"
    );
    assert_eq!(
        tell(1, 1 << 20, b"x").problem.unwrap().text,
        "it says that it holds 1048576 bytes, where at most 262144 are read"
    );
    assert_eq!(tell(9, 100, b"x").certificates(), [[0u8; 0]; 0]);
}
