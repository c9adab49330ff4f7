//! A trust store for Java: PKCS#12 that holds certificates and no secret.
//!
//! Nothing in the file is encrypted or authenticated: what it holds is public, and Java asks for neither.

use std::path::Path;

use rustls::pki_types::CertificateDer;

use super::bundle::{BundleError, replace};
use crate::export::{TrustedCertificate, write_trust_store};

/// The password to name where a program insists on one. The store has none, and any opens it.
pub const JAVA_TRUST_STORE_PASSWORD: &str = "changeit";

/// Writes a trust store with these certificates to `path`, in place of what is there. A reader sees the old file or
/// the new one, never a half.
///
/// # Errors
/// When the file can't be written.
pub fn write_java_trust_store<'a>(
    path: &Path,
    certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>,
) -> Result<(), BundleError> {
    let named = certificates
        .into_iter()
        .enumerate()
        .map(|(number, der)| TrustedCertificate {
            der,
            alias: format!("handlens-{number}"),
        });
    replace(path, &write_trust_store(named, None))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::encode::sha256;
    use crate::testing::authority;

    /// Where a JDK is at hand it is asked; the store's shape above is checked everywhere.
    #[test]
    fn java_lists_every_certificate_as_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trust.p12");
        let (one, other) = (authority("One"), authority("Other"));
        write_java_trust_store(&path, [one.certificate(), other.certificate()]).unwrap();
        let listed = Command::new("keytool")
            .args([
                "-J-Duser.language=en",
                "-list",
                "-storetype",
                "PKCS12",
                "-storepass",
            ])
            .args([JAVA_TRUST_STORE_PASSWORD, "-keystore"])
            .arg(&path)
            .output();
        let Ok(listed) = listed else { return };
        let text = String::from_utf8_lossy(&listed.stdout);
        assert!(listed.status.success(), "{text}");
        assert_eq!(text.matches("trustedCertEntry").count(), 2, "{text}");
        for root in [one, other] {
            let fingerprint: Vec<_> = sha256(root.certificate())
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect();
            assert!(text.contains(&fingerprint.join(":")), "{text}");
        }
    }
}
