#![no_main]
//! The reader that sees a client's bytes before any TLS engine does.

use handshake::{ClientHello, HelloReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    let mut reader = HelloReader::new();
    for part in bytes.chunks(usize::from(piece) + 1) {
        match reader.feed(part) {
            Ok(None) => {}
            Ok(Some(hello)) => return ask(&hello),
            Err(_) => break,
        }
    }
    if let Ok(hello) = ClientHello::parse(bytes) {
        ask(&hello);
    }
});

fn ask(hello: &ClientHello) {
    let _ = (
        hello.server_name(),
        hello.application_protocols(),
        hello.signature_schemes(),
    );
    let _ = (hello.offers_tls13(), hello.accepts_ecdsa_p256());
}
