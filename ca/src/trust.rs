//! Trust stores: what this machine trusts, and what a program is to trust beside it.

use std::path::PathBuf;

use rustls::pki_types::CertificateDer;

/// The roots that origins are judged against.
#[derive(Debug)]
pub struct Roots {}

impl Roots {
    /// The system's roots when `system`, and those of the PEM files in `extra`; never `own_root`.
    pub fn load(
        _system: bool,
        _extra: &[PathBuf],
        _own_root: &CertificateDer<'_>,
    ) -> Result<Self, RootsError> {
        unimplemented!()
    }
}

/// Why roots weren't loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {}
