#![no_main]
//! The text of a key log.

use handshake::Secrets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (text, random) = input;
    let secrets = Secrets::parse_key_log(text, random);
    let _ = (
        secrets.is_empty(),
        secrets.by_label("CLIENT_RANDOM"),
        format!("{secrets:?}"),
    );
});
