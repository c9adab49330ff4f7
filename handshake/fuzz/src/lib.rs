//! What the targets share: how bytes become chunks, and what must hold of whatever was told.

use handshake::{Dissector, Field, Handshake, Side};

/// Each chunk of fuzzed input is preceded by a byte: the side in the highest bit, and the length. `0x7f` stands for 1 KB.
pub fn feed(dissector: &mut Dissector, mut input: &[u8]) {
    const LONG: usize = 0x7f;
    let mut at_us = 0;
    while let Some((&first, rest)) = input.split_first() {
        let length = match usize::from(first & 0x7f) {
            LONG => 1024,
            length => length,
        };
        let (chunk, rest) = rest.split_at(length.min(rest.len()));
        dissector.feed(
            if first & 0x80 == 0 {
                Side::Client
            } else {
                Side::Server
            },
            at_us,
            chunk,
        );
        while dissector.next_message().is_some() {}
        input = rest;
        at_us += 1;
    }
}

/// Bytes as the input that [`feed`] takes.
pub fn chunks(side: Side, bytes: &[u8], into: &mut Vec<u8>) {
    let side = if side == Side::Server { 0x80 } else { 0 };
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = if rest.len() >= 1024 {
            1024
        } else {
            rest.len().min(0x7e)
        };
        into.push(side | if length == 1024 { 0x7f } else { length as u8 });
        into.extend_from_slice(&rest[..length]);
        rest = &rest[length..];
    }
}

/// A record around a handshake message's bytes.
pub fn record(content_type: u8, fragment: &[u8]) -> Vec<u8> {
    fragment
        .chunks(1 << 14)
        .flat_map(|part| {
            [
                &[content_type, 3, 3][..],
                &(part.len() as u16).to_be_bytes(),
                part,
            ]
            .concat()
        })
        .collect()
}

/// A handshake message around its body.
pub fn message(msg_type: u8, body: &[u8]) -> Vec<u8> {
    [&[msg_type], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

/// A ServerHello that chooses this suite, and TLS 1.3 or 1.2.
pub fn server_hello(suite: u16, tls13: bool) -> Vec<u8> {
    let supported_versions: &[u8] = if tls13 { &[0, 6, 0, 43, 0, 2, 3, 4] } else { &[] };
    let body = [
        &[3, 3][..],
        &[7; 32],
        &[0],
        &suite.to_be_bytes(),
        &[0],
        supported_versions,
    ]
    .concat();
    message(2, &body)
}

/// Every byte has a name, and ranges lie within their parents.
pub fn check_fields(fields: &[Field], start: usize, end: usize) {
    let mut at = start;
    for field in fields {
        let compressed = || fields.iter().all(|f| (f.start, f.end) == (start, end));
        assert!(field.start == at || compressed());
        assert!(field.start + field.prefix <= field.end && field.end <= end);
        at = field.end;
        check_fields(&field.fields, field.start + field.prefix, field.end);
    }
    assert!(fields.is_empty() || at == end);
}

/// Every byte of every message has a name, ranges lie within their parents, and what is told is bounded.
pub fn check(handshake: &Handshake) {
    fn count(fields: &[Field]) -> usize {
        fields.iter().map(|field| 1 + count(&field.fields)).sum()
    }
    assert!(handshake.messages.len() <= 1024 && handshake.records.len() <= 4096);
    for message in &handshake.messages {
        check_fields(&message.fields, 0, message.bytes.0.len());
        assert!(
            message
                .records
                .iter()
                .all(|&record| record < handshake.records.len())
        );
    }
    assert!(handshake.messages.iter().map(|m| count(&m.fields)).sum::<usize>() <= 60_000);
}

/// The random by which a ServerHello is a HelloRetryRequest (RFC 8446 section 4.1.3).
pub const HELLO_RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
