#![no_main]
//! Captures of `testdata` with their secrets, and what the fuzzer makes of their bytes. The first byte says whose.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/it/fixture.rs"]
mod fixture;

use std::sync::LazyLock;

use fixture::Fixture;
use handshake::{Dissector, Parties, Secrets};
use libfuzzer_sys::fuzz_target;

static SECRETS: LazyLock<Vec<Secrets>> =
    LazyLock::new(|| Fixture::all().iter().map(Fixture::secrets).collect());

fuzz_target!(|input: &[u8]| {
    let Some((&which, bytes)) = input.split_first() else {
        return;
    };
    let secrets = SECRETS[usize::from(which) % SECRETS.len()].clone();
    let mut dissector = Dissector::new(Parties::CLIENT_LEG, secrets);
    handshake_fuzz::feed(&mut dissector, bytes);
    handshake_fuzz::check(&dissector.finish());
});
