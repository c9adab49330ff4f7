#![no_main]
//! Certificates, alone and in their message with a stapled answer.

use handshake::{Dissector, Late, Parties, Secrets, Side, certificate};
use handshake_fuzz::{check_fields, message, record, server_hello};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (is_answer, bytes) = input;
    if !is_answer {
        let told = certificate(bytes);
        check_fields(&told.fields, 0, bytes.len());
    }
    let vector = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[1..], bytes].concat();
    let (kind, body) = match is_answer {
        true => (22, [&[1][..], &vector(bytes)].concat()),
        false => (11, vector(&vector(bytes))),
    };
    let mut dissector = Dissector::new(Parties::DIRECT, Secrets::new());
    dissector.feed(Side::Server, 0, &record(22, &server_hello(0xc02f, false)));
    dissector.feed_late(&Late {
        side: Side::Server,
        at_us: 1,
        content_type: 22,
        bytes: &message(kind, &body),
    });
    let mut told = dissector.finish();
    told.open_certificates();
    handshake_fuzz::check(&told);
});
