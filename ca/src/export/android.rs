//! Android's system store: PEM files named after the hash of the subject, as OpenSSL before 1.0 made it.

use md5::{Digest as _, Md5};

use super::RootCertificate;

impl RootCertificate {
    /// What the file must be called in Android's `/system/etc/security/cacerts`: `openssl x509 -subject_hash_old`,
    /// and `.0`. The file itself is PEM.
    #[must_use]
    pub fn android_name(&self) -> String {
        // The first four bytes of the MD5 of the subject's DER, the lowest first.
        let [a, b, c, d, ..] = <[u8; 16]>::from(Md5::digest(&self.subject_der));
        format!("{:08x}.0", u32::from_le_bytes([a, b, c, d]))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::testing::authority;

    #[test]
    fn the_name_is_the_one_that_openssl_gives() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.pem");
        for name in ["Lab Root", "Bücher", "x"] {
            let root = RootCertificate::parse(authority(name).certificate().clone()).unwrap();
            std::fs::write(&path, root.to_pem()).unwrap();
            let told = Command::new("openssl")
                .args(["x509", "-noout", "-subject_hash_old", "-in"])
                .arg(&path)
                .output()
                .expect("this test needs openssl: apt-get install openssl");
            let hash = String::from_utf8(told.stdout).unwrap();
            assert_eq!(root.android_name(), format!("{}.0", hash.trim()));
        }
    }
}
