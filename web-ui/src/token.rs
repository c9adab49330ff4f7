//! The secret that a request to the dashboard must show.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret of 128 bits and more. Its text never appears in `Debug`.
#[derive(Clone)]
pub struct Token(String);

/// No token could be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The system gave no random bytes.
    #[error("the system gives no random bytes for the dashboard's token")]
    NoRandom(#[source] getrandom::Error),
    /// The given text is too short to be a secret, or would not stand in a URL.
    #[error("the dashboard's token must be 16 to 256 letters, digits, '-', '_', '.' or '~'")]
    NotAToken,
    /// The file can't be read or written.
    #[error("the dashboard's token in {} can't be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} holds no token: remove it, and a new one is made", path.display())]
    NotATokenFile {
        /// The file.
        path: PathBuf,
    },
    /// Others can read the file.
    #[error("{} can be read by others: remove it, and a new token is made", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
}

impl Token {
    /// A new token: 192 bits from the operating system.
    pub fn make() -> Result<Self, TokenError> {
        let mut secret = [0; 24];
        getrandom::fill(&mut secret).map_err(TokenError::NoRandom)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(secret)))
    }

    /// The token of a person's own choice.
    pub fn from_text(text: &str) -> Result<Self, TokenError> {
        let stands_in_a_url = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        if (16..=256).contains(&text.len()) && text.bytes().all(stands_in_a_url) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TokenError::NotAToken)
        }
    }

    /// The token in this file; a new one, kept there for its owner alone, where there is none.
    pub fn load_or_make(path: &Path) -> Result<Self, TokenError> {
        let file_error = |source| TokenError::File {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(text) => {
                if is_exposed(path).map_err(file_error)? {
                    return Err(TokenError::Exposed {
                        path: path.to_owned(),
                    });
                }
                Self::from_text(text.trim()).map_err(|_| TokenError::NotATokenFile {
                    path: path.to_owned(),
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let token = Self::make()?;
                write_private(path, token.as_str()).map_err(file_error)?;
                Ok(token)
            }
            Err(error) => Err(file_error(error)),
        }
    }

    /// The secret itself, for the URL that is printed at the start.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a browser is given as a cookie for the dashboard at this port. Browsers send it to whatever listens on the
    /// same host: it is no token, and nothing else takes it.
    pub(crate) fn cookie(&self, port: u16) -> String {
        let mut hash = Sha256::new();
        hash.update(b"cookie of the dashboard\0");
        hash.update(port.to_be_bytes());
        hash.update(&self.0);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    /// Whether this is the token, told in a time that does not depend on where they differ.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(shown).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Writes a file that only its owner can read, and that must not be there yet.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_new_and_hidden_from_logs() {
        let token = Token::make().unwrap();
        assert_eq!(token.as_str().len(), 32);
        assert_ne!(token.as_str(), Token::make().unwrap().as_str());
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert!(token.is(token.as_str().as_bytes()));
        assert!(!token.is(b""));
        assert!(!token.is(&token.as_str().as_bytes()[1..]));
    }

    #[test]
    fn a_token_made_once_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let made = Token::load_or_make(&path).unwrap();
        assert_eq!(Token::load_or_make(&path).unwrap().as_str(), made.as_str());
    }

    #[cfg(unix)]
    #[test]
    fn a_tokens_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        Token::load_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(
            Token::load_or_make(&path).unwrap_err().to_string(),
            format!(
                "{} can be read by others: remove it, and a new token is made",
                path.display()
            )
        );
    }

    #[test]
    fn a_file_without_a_token_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write_private(&path, "short").unwrap();
        assert_eq!(
            Token::load_or_make(&path).unwrap_err().to_string(),
            format!(
                "{} holds no token: remove it, and a new one is made",
                path.display()
            )
        );
    }

    #[test]
    fn a_token_of_ones_own_is_no_short_word() {
        assert!(Token::from_text("0123456789abcdef").is_ok());
        assert_eq!(
            Token::from_text("secret").unwrap_err().to_string(),
            "the dashboard's token must be 16 to 256 letters, digits, '-', '_', '.' or '~'"
        );
    }
}
