//! PKCS#12 (RFC 7292) that holds certificates to trust, and no secret.
//!
//! Java takes a certificate for trusted only when its bag has an attribute of Oracle's that says so. Nothing is
//! encrypted: what is in it is public. A password, where one is given, makes the code that shows the file is whole.

use std::num::NonZeroU32;

use aws_lc_rs::hmac;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag, construct_der};

use super::{PKCS12_PASSWORD, RootCertificate};
use crate::encode::{Sha256, sha256};

/// How often the password is hashed for the code's key. It guards nothing, so this is no more than is usual.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(2048).expect("it isn't zero");

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
    /// RFC 5754 section 2.2.
    pub(super) const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
}

/// A certificate, and what it is called.
pub(crate) struct TrustedCertificate<'a> {
    pub(crate) der: &'a [u8],
    /// Java keeps one certificate an alias.
    pub(crate) alias: String,
}

impl RootCertificate {
    /// PKCS#12 with this certificate alone, its password [`PKCS12_PASSWORD`].
    #[must_use]
    pub fn to_pkcs12(&self) -> Vec<u8> {
        let own = TrustedCertificate {
            der: &self.der,
            alias: self.entry_name(),
        };
        write_trust_store([own], Some(PKCS12_PASSWORD))
    }
}

/// ```text
/// PFX { 3, ContentInfo { data, AuthenticatedSafe { ContentInfo { data, SafeContents { bag, ... } } } }, MacData }
/// ```
pub(crate) fn write_trust_store<'a>(
    certificates: impl IntoIterator<Item = TrustedCertificate<'a>>,
    password: Option<&str>,
) -> Vec<u8> {
    let contents = construct_der(|writer| {
        writer.write_sequence(|writer| {
            for certificate in certificates {
                write_bag(writer.next(), &certificate);
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
            if let Some(password) = password {
                write_mac(writer.next(), &safe, password);
            }
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

fn write_bag(writer: DERWriter<'_>, certificate: &TrustedCertificate<'_>) {
    writer.write_sequence(|writer| {
        write_oid(writer.next(), oid::CERTIFICATE_BAG);
        writer.next().write_tagged(Tag::context(0), |writer| {
            writer.write_sequence(|writer| {
                write_oid(writer.next(), oid::X509_CERTIFICATE);
                writer
                    .next()
                    .write_tagged(Tag::context(0), |writer| writer.write_bytes(certificate.der));
            });
        });
        writer.next().write_set_of(|writer| {
            write_attribute(writer.next(), oid::FRIENDLY_NAME, |writer| {
                writer.write_bmp_string(&certificate.alias)
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

/// MacData { DigestInfo { sha256, code }, salt, iterations }
fn write_mac(writer: DERWriter<'_>, safe: &[u8], password: &str) {
    // Of the contents, so that the same certificates make the same file.
    let salt = &sha256(safe)[..16];
    let key = hmac::Key::new(hmac::HMAC_SHA256, &mac_key(password, salt));
    let code = hmac::sign(&key, safe);
    writer.write_sequence(|writer| {
        writer.next().write_sequence(|writer| {
            writer.next().write_sequence(|writer| {
                write_oid(writer.next(), oid::SHA256);
                writer.next().write_null();
            });
            writer.next().write_bytes(code.as_ref());
        });
        writer.next().write_bytes(salt);
        writer.next().write_u32(ITERATIONS.get());
    });
}

/// The key of the code (RFC 7292 appendix B.2, with SHA-256). One digest is all of it, so nothing follows the first.
fn mac_key(password: &str, salt: &[u8]) -> [u8; 32] {
    /// Bytes that SHA-256 takes in at a time.
    const BLOCK: usize = 64;
    /// "Integrity" (appendix B.3).
    const PURPOSE: u8 = 3;
    let password: Vec<u8> = password
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_be_bytes)
        .collect();
    let mut hasher = Sha256::new();
    hasher.update(&[PURPOSE; BLOCK]);
    hasher.update(&repeated(salt, BLOCK));
    hasher.update(&repeated(&password, BLOCK));
    let mut key = hasher.finish();
    for _ in 1..ITERATIONS.get() {
        key = sha256(&key);
    }
    key
}

/// Copies of `bytes`, one after another, to the next whole number of blocks.
fn repeated(bytes: &[u8], block: usize) -> Vec<u8> {
    let length = bytes.len().div_ceil(block) * block;
    bytes.iter().copied().cycle().take(length).collect()
}

fn write_oid(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(oid));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::testing::authority;

    fn root() -> RootCertificate {
        RootCertificate::parse(authority("Lab Root").certificate().clone()).unwrap()
    }

    #[test]
    fn it_is_der_and_holds_the_certificate() {
        let root = root();
        let store = root.to_pkcs12();
        // PFX: SEQUENCE { INTEGER 3, SEQUENCE { OID data, ...
        let (version, content, _mac) = yasna::parse_der(&store, |reader| {
            reader.read_sequence(|reader| {
                let version = reader.next().read_u8()?;
                Ok((version, reader.next().read_der()?, reader.next().read_der()?))
            })
        })
        .unwrap();
        assert_eq!(version, 3);
        assert!(
            content
                .windows(root.der().len())
                .any(|window| window == root.der().as_ref())
        );
        assert_eq!(store, root.to_pkcs12());
    }

    #[test]
    fn openssl_reads_it_by_its_password_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.p12");
        let root = root();
        std::fs::write(&path, root.to_pkcs12()).unwrap();
        let read = |password: &str| {
            Command::new("openssl")
                .args(["pkcs12", "-nokeys", "-passin", &format!("pass:{password}"), "-in"])
                .arg(&path)
                .output()
                .expect("this test needs openssl: apt-get install openssl")
        };
        let told = read(PKCS12_PASSWORD);
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        assert!(text.contains(&root.to_pem()), "{text}");
        assert!(
            text.contains(&format!("friendlyName: {}", root.entry_name())),
            "{text}"
        );
        assert!(!read("another").status.success());
    }

    /// Where a JDK is at hand it is asked.
    #[test]
    fn java_reads_it_by_its_password_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.p12");
        let root = root();
        std::fs::write(&path, root.to_pkcs12()).unwrap();
        let read = |password: &str| {
            Command::new("keytool")
                .args([
                    "-J-Duser.language=en",
                    "-list",
                    "-storepass",
                    password,
                    "-keystore",
                ])
                .arg(&path)
                .output()
        };
        let Ok(told) = read(PKCS12_PASSWORD) else { return };
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(
            text.contains(&root.entry_name()) && text.contains("trustedCertEntry"),
            "{text}"
        );
        assert!(!read("another").unwrap().status.success());
    }
}
