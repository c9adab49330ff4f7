//! Fingerprints: what a hello tells of the program that sent it.
//!
//! JA3 and JA3S (Salesforce, BSD-3-Clause) and JA4 for TLS clients (FoxIO, BSD-3-Clause). JA4's siblings are under a
//! licence that does not fit ours and are absent.

mod ja3;
mod ja4;

pub use ja3::{ja3, ja3_text, ja3s, ja3s_text};
pub use ja4::{Transport, ja4, ja4_raw};

use crate::ClientHello;
use crate::reader::Reader;
use crate::registry::is_grease;

/// The numbers that carry a meaning.
fn meant(numbers: impl IntoIterator<Item = u16>) -> impl Iterator<Item = u16> {
    numbers.into_iter().filter(|n| !is_grease(*n))
}

/// The 16-bit numbers of an extension that is one vector of them.
fn numbers_of(hello: &ClientHello, extension: u16) -> Vec<u16> {
    let mut numbers = hello
        .extension(extension)
        .and_then(|body| Reader::new(body).take_vector_u16()?.numbers_u16())
        .unwrap_or_default();
    numbers.retain(|n| !is_grease(*n));
    numbers
}

#[cfg(test)]
mod testing {
    use crate::{ClientHello, Extension};

    /// A hello of these suites and extensions, by number and body.
    pub(super) fn hello(
        legacy_version: u16,
        cipher_suites: &[u16],
        extensions: &[(u16, Vec<u8>)],
    ) -> ClientHello {
        ClientHello {
            legacy_version,
            random: [0; 32],
            session_id: Vec::new(),
            cipher_suites: cipher_suites.to_vec(),
            compression_methods: vec![0],
            extensions: extensions
                .iter()
                .map(|(number, data)| Extension {
                    number: *number,
                    data: data.clone(),
                })
                .collect(),
        }
    }

    /// A vector of 16-bit numbers behind a length of two bytes.
    pub(super) fn vector(numbers: &[u16]) -> Vec<u8> {
        let length = (numbers.len() * 2) as u16;
        std::iter::once(&length)
            .chain(numbers)
            .flat_map(|n| n.to_be_bytes())
            .collect()
    }
}
