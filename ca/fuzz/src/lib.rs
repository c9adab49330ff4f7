//! What the targets share: how bytes become the parts of what an origin presents.

use ca::{Judge, Roots};
use rustls_pki_types::{CertificateDer, UnixTime};

/// The authority that seeds are issued by.
pub const AUTHORITY: &[u8] = include_bytes!("../../../handshake/testdata/certificates/authority.der");

/// The password of what is encrypted.
pub const PASSWORD: &str = "secret";

/// Parts with two bytes of their length before each. What is left of a cut one is one, too.
pub fn parts(mut input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = input.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (part, rest) = rest.split_at(length);
        parts.push(part);
        input = rest;
    }
    parts
}

/// The input of which [`parts`] makes these.
pub fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let part = |part: &&[u8]| [&(part.len() as u16).to_be_bytes()[..], part].concat();
    parts.iter().flat_map(part).collect()
}

/// A judge that trusts [`AUTHORITY`].
pub fn judge() -> Judge {
    let path = std::env::temp_dir().join(format!("authority-{}.pem", std::process::id()));
    let authority = CertificateDer::from(AUTHORITY);
    ca::trust::write_bundle(&path, [&authority]).expect("the authority can be written");
    let roots = Roots::load(false, std::slice::from_ref(&path), &[]).expect("the authority can be read");
    let _ = std::fs::remove_file(path);
    Judge::new(roots)
}

/// A moment at which the seeds are valid.
pub fn moment() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_795_251_345))
}
