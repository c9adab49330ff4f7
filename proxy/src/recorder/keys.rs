//! What becomes of TLS secrets: kept with the handshake, written to a key log, or let go.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::private_file::open_private;

/// What is done with the secrets of every connection.
#[derive(Default)]
pub(crate) struct Keys {
    /// Keep all of them with the handshakes, not those of TLS 1.3's handshake traffic alone.
    keep_all: bool,
    log: Option<KeyLogFile>,
}

impl Keys {
    pub(crate) fn new(keep_all: bool, log: Option<KeyLogFile>) -> Self {
        Self { keep_all, log }
    }

    /// Whether what lies behind a handshake can be opened, and so is worth its raw bytes.
    pub(super) fn keeps_all(&self) -> bool {
        self.keep_all
    }

    /// Whether a secret of this label is kept. With the two that are kept by default a handshake can be read and
    /// nothing behind it.
    pub(super) fn keeps(&self, label: &str) -> bool {
        self.keep_all
            || matches!(
                label,
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET" | "SERVER_HANDSHAKE_TRAFFIC_SECRET"
            )
    }

    /// Whether secrets are written to a file.
    pub(super) fn writes(&self) -> bool {
        self.log.is_some()
    }

    pub(super) fn write(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if let Some(log) = &self.log {
            log.write(label, client_random, secret);
        }
    }
}

/// A key log in the format of NSS (RFC 9850): one line a secret, appended, its owner's alone.
pub(crate) struct KeyLogFile {
    file: Mutex<Option<File>>,
}

impl KeyLogFile {
    /// Opens the file, making it where there is none.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: Mutex::new(Some(open_private(File::options().append(true), path)?)),
        })
    }

    fn write(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = String::with_capacity(label.len() + 2 * (client_random.len() + secret.len()) + 3);
        line.push_str(label);
        for part in [client_random, secret] {
            line.push(' ');
            for byte in part {
                // Writing to a string cannot fail.
                let _ = write!(line, "{byte:02x}");
            }
        }
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line: other programs may append to the same file.
        if let Some(open) = &mut *file
            && let Err(error) = open.write_all(line.as_bytes())
        {
            tracing::error!(%error, "the key log can't be written; no more is written to it");
            *file = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_the_secrets_of_the_handshake_alone_are_kept() {
        let keys = Keys::default();
        assert!(keys.keeps("CLIENT_HANDSHAKE_TRAFFIC_SECRET"));
        assert!(keys.keeps("SERVER_HANDSHAKE_TRAFFIC_SECRET"));
        for label in [
            "CLIENT_TRAFFIC_SECRET_0",
            "SERVER_TRAFFIC_SECRET_0",
            "EXPORTER_SECRET",
            "CLIENT_EARLY_TRAFFIC_SECRET",
            "CLIENT_RANDOM",
        ] {
            assert!(!keys.keeps(label), "{label}");
            assert!(Keys::new(true, None).keeps(label), "{label}");
        }
    }

    #[test]
    fn a_key_log_is_appended_to_line_by_line_and_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        for secret in [[1, 0xab], [2, 0xcd]] {
            let keys = Keys::new(false, Some(KeyLogFile::open(&path).unwrap()));
            keys.write("CLIENT_RANDOM", &[0, 0xff], &secret);
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "CLIENT_RANDOM 00ff 01ab\nCLIENT_RANDOM 00ff 02cd\n"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
