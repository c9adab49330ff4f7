#![no_main]
//! Lists of logs of Certificate Transparency.

use std::path::Path;

use ca::CtLogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match CtLogs::parse(bytes, Path::new("logs.json")) {
        Ok(logs) => assert!(!logs.is_empty()),
        Err(error) => assert!(error.to_string().contains("logs.json")),
    }
});
