#![no_main]
//! Lists of revoked certificates, in DER and PEM.

use std::path::Path;

use ca::Crl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = Crl::parse(bytes, Path::new("a.crl")) {
        assert!(error.to_string().contains("a.crl"));
    }
});
