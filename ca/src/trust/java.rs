//! A trust store for Java: a PKCS#12 file (RFC 7292) that holds certificates and no secret.
//!
//! Java takes a certificate for trusted only when its bag has an attribute of Oracle's that says so. Nothing in
//! the file is encrypted or authenticated: what it holds is public, and Java asks for neither.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag, construct_der};

use super::bundle::{BundleError, replace};

/// The password to name where a program insists on one. The store has none, and any opens it.
pub const JAVA_TRUST_STORE_PASSWORD: &str = "changeit";

mod oid {
    /// PKCS#7 data (RFC 2315 section 14).
    pub(super) const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
    /// RFC 7292 section 4.2.3.
    pub(super) const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
    pub(super) const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
    /// RFC 2985 section 5.5.1.
    pub(super) const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
    /// Oracle's trustedKeyUsage, whose values are extended key usages.
    pub(super) const TRUSTED_KEY_USAGE: &[u64] = &[2, 16, 840, 1, 113_894, 746_875, 1, 1];
    /// RFC 5280 section 4.2.1.12.
    pub(super) const ANY_EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37, 0];
}

/// Writes a trust store with these certificates to `path`, in place of what is there. A reader sees the old file or
/// the new one, never a half.
///
/// # Errors
/// When the file can't be written.
pub fn write_java_trust_store<'a>(
    path: &Path,
    certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>,
) -> Result<(), BundleError> {
    replace(path, &trust_store(certificates))
}

/// ```text
/// PFX { 3, ContentInfo { data, AuthenticatedSafe { ContentInfo { data, SafeContents { bag, ... } } } } }
/// ```
fn trust_store<'a>(certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>) -> Vec<u8> {
    let contents = construct_der(|writer| {
        writer.write_sequence(|writer| {
            for (number, der) in certificates.into_iter().enumerate() {
                // Java keeps one certificate an alias.
                write_bag(writer.next(), der, &format!("handlens-{number}"));
            }
        });
    });
    let safe = construct_der(|writer| {
        writer.write_sequence(|writer| write_data(writer.next(), &contents));
    });
    construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(3);
            write_data(writer.next(), &safe);
        });
    })
}

/// ContentInfo { data, [0] OCTET STRING }
fn write_data(writer: DERWriter<'_>, content: &[u8]) {
    writer.write_sequence(|writer| {
        write_oid(writer.next(), oid::DATA);
        writer
            .next()
            .write_tagged(Tag::context(0), |writer| writer.write_bytes(content));
    });
}

fn write_bag(writer: DERWriter<'_>, der: &CertificateDer<'_>, alias: &str) {
    writer.write_sequence(|writer| {
        write_oid(writer.next(), oid::CERTIFICATE_BAG);
        writer.next().write_tagged(Tag::context(0), |writer| {
            writer.write_sequence(|writer| {
                write_oid(writer.next(), oid::X509_CERTIFICATE);
                writer
                    .next()
                    .write_tagged(Tag::context(0), |writer| writer.write_bytes(der));
            });
        });
        writer.next().write_set_of(|writer| {
            write_attribute(writer.next(), oid::FRIENDLY_NAME, |writer| {
                writer.write_bmp_string(alias)
            });
            write_attribute(writer.next(), oid::TRUSTED_KEY_USAGE, |writer| {
                write_oid(writer, oid::ANY_EXTENDED_KEY_USAGE);
            });
        });
    });
}

fn write_attribute(writer: DERWriter<'_>, oid: &[u64], value: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|writer| {
        write_oid(writer.next(), oid);
        writer.next().write_set(|writer| value(writer.next()));
    });
}

fn write_oid(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(oid));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::encode::sha256;
    use crate::testing::authority;

    #[test]
    fn it_is_der_and_holds_the_certificates() {
        let one = authority("One");
        let store = trust_store([one.certificate()]);
        // PFX: SEQUENCE { INTEGER 3, SEQUENCE { OID data, ...
        let head = yasna::parse_der(&store, |reader| {
            reader.read_sequence(|reader| {
                let version = reader.next().read_u8()?;
                let content = reader.next().read_der()?;
                Ok((version, content))
            })
        });
        let (version, content) = head.unwrap();
        assert_eq!(version, 3);
        assert!(
            content
                .windows(one.certificate().len())
                .any(|window| window == one.certificate().as_ref())
        );
    }

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
