//! The roots that the operating system trusts.

use rustls::pki_types::CertificateDer;

/// What was found in the system's trust store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SystemRoots {
    /// The certificates, each once.
    pub certificates: Vec<CertificateDer<'static>>,
    /// What couldn't be read, for a person to see. Others may have been read all the same.
    pub problems: Vec<String>,
}

/// Reads the system's trust store: the bundle of a Unix system, the keychain of macOS, the store of Windows; or
/// the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead.
///
/// It reads some 200 KB of files, so call it once.
#[must_use]
pub fn system_roots() -> SystemRoots {
    let found = rustls_native_certs::load_native_certs();
    let mut certificates = found.certs;
    certificates.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    certificates.dedup();
    SystemRoots {
        certificates,
        problems: found.errors.iter().map(ToString::to_string).collect(),
    }
}
