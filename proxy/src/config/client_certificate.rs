//! `[[client-certificate]]`: who Handlens is toward origins that ask for a certificate.

use std::path::PathBuf;

use serde::Deserialize;

use crate::rules::HostPattern;

/// A certificate for origins that ask for one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct ClientCertificate {
    /// The hosts that are shown it.
    pub host: HostPattern,
    /// Where it and its key are.
    pub files: IdentityFiles,
}

/// The files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityFiles {
    /// Two files in PEM; the certificate's may go on with its chain.
    Pem {
        /// The certificate.
        cert: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// Both in one PKCS#12.
    Pkcs12 {
        /// The file.
        file: PathBuf,
        /// A file with its password; the empty password without one.
        password_file: Option<PathBuf>,
    },
}

pub(super) const SETTINGS: [&str; 5] = ["host", "cert", "key", "pkcs12", "password-file"];

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Written {
    host: String,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    pkcs12: Option<PathBuf>,
    password_file: Option<PathBuf>,
}

impl TryFrom<Written> for ClientCertificate {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let files = match (written.cert, written.key, written.pkcs12, written.password_file) {
            (Some(cert), Some(key), None, None) => IdentityFiles::Pem { cert, key },
            (None, None, Some(file), password_file) => IdentityFiles::Pkcs12 { file, password_file },
            _ => {
                return Err(
                    "a client certificate needs cert and key, or pkcs12 and perhaps password-file".to_owned(),
                );
            }
        };
        let host = written
            .host
            .parse::<HostPattern>()
            .map_err(|error| error.to_string())?;
        Ok(Self { host, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_half_ones_refused() {
        let read = |text: &str| toml::from_str::<ClientCertificate>(text).map_err(|e| e.message().to_owned());
        assert_eq!(
            read("host = \"*.Bank.test\"\ncert = \"a\"\nkey = \"b\"").unwrap(),
            ClientCertificate {
                host: "*.bank.test".parse().unwrap(),
                files: IdentityFiles::Pem {
                    cert: "a".into(),
                    key: "b".into()
                },
            }
        );
        assert!(matches!(
            read("host = \"a\"\npkcs12 = \"c\"\npassword-file = \"d\"")
                .unwrap()
                .files,
            IdentityFiles::Pkcs12 {
                password_file: Some(_),
                ..
            }
        ));
        for half in [
            "cert = \"a\"",
            "pkcs12 = \"c\"\nkey = \"b\"",
            "password-file = \"d\"",
        ] {
            assert_eq!(
                read(&format!("host = \"a\"\n{half}")).unwrap_err(),
                "a client certificate needs cert and key, or pkcs12 and perhaps password-file"
            );
        }
    }
}
