//! Who may use the proxy: `USER:HASH`. The password itself is never written down.
//!
//! The hash is PBKDF2 (RFC 8018) with HMAC-SHA-256, in the form that passlib writes too:
//! `$pbkdf2-sha256$ROUNDS$SALT$HASH`. It is slow on purpose: whoever reads a settings file, or the arguments of a
//! process, must not find the password by trying.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use base64::alphabet::Alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

/// Rounds of a hash that is made: about a fifth of a second.
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).expect("it is not nought");

/// Rounds that are taken at the most, so that a settings file can't ask for an hour.
const MOST_ROUNDS: u32 = 10_000_000;

const SCHEME: &str = "pbkdf2-sha256";

/// Somebody who may use the proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUser {
    /// The name.
    pub name: String,
    rounds: NonZeroU32,
    salt: Vec<u8>,
    hash: [u8; 32],
}

impl ProxyUser {
    /// A user with this password, under a fresh salt.
    pub fn new(name: &str, password: &str) -> Result<Self, ProxyUserError> {
        check_name(name)?;
        if password.is_empty() {
            return Err(ProxyUserError::NoPassword);
        }
        let mut salt = vec![0; 16];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| ProxyUserError::NoRandomness)?;
        Ok(Self::with(name, password.as_bytes(), ROUNDS, salt))
    }

    pub(crate) fn with(name: &str, password: &[u8], rounds: NonZeroU32, salt: Vec<u8>) -> Self {
        let mut hash = [0; 32];
        pbkdf2::derive(PBKDF2_HMAC_SHA256, rounds, &salt, password, &mut hash);
        Self {
            name: name.to_owned(),
            rounds,
            salt,
            hash,
        }
    }

    /// Somebody whose password nobody knows, and who takes as long to be asked for it.
    pub(crate) fn unknown(&self) -> Self {
        let mut unknown = self.clone();
        // Whatever it holds, it is not known; random, so that it isn't known either where this is read.
        let _ = aws_lc_rs::rand::fill(&mut unknown.hash);
        unknown
    }

    /// Whether this is the password; slow, and as slow for a wrong one.
    pub(crate) fn has_password(&self, password: &[u8]) -> bool {
        pbkdf2::verify(PBKDF2_HMAC_SHA256, self.rounds, &self.salt, password, &self.hash).is_ok()
    }
}

/// As the settings hold it.
impl fmt::Display for ProxyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, rounds) = (&self.name, self.rounds);
        let [salt, hash] = [&self.salt[..], &self.hash].map(|bytes| coding().encode(bytes));
        write!(f, "{name}:${SCHEME}${rounds}${salt}${hash}")
    }
}

/// Without the hash: what is logged needs it not.
impl fmt::Debug for ProxyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyUser")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The text says of nobody that they may use the proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyUserError {
    /// A name that can't be said in Basic authentication (RFC 7617 section 2).
    #[error("a user's name has one character or more, 255 at most, no colon and no control characters")]
    Name,
    /// No password.
    #[error("the password is empty")]
    NoPassword,
    /// Something else than a hash of ours, a bare password perhaps. It is not repeated.
    #[error(
        "proxy-auth is not USER:$pbkdf2-sha256$ROUNDS$SALT$HASH; make one with `handlens hash-password USER`, and \
         quote its dollars in a shell"
    )]
    Form,
    /// The system gives no randomness.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl FromStr for ProxyUser {
    type Err = ProxyUserError;

    fn from_str(text: &str) -> Result<Self, ProxyUserError> {
        let (name, hash) = text.split_once(':').ok_or(ProxyUserError::Form)?;
        check_name(name)?;
        let mut parts = hash.split('$');
        let parts = [(); 5].map(|()| parts.next().unwrap_or_default());
        let ["", SCHEME, rounds, salt, hash] = parts else {
            return Err(ProxyUserError::Form);
        };
        let rounds = rounds
            .parse()
            .ok()
            .filter(|rounds: &NonZeroU32| rounds.get() <= MOST_ROUNDS);
        let bytes = |text| coding().decode(text).map_err(|_| ProxyUserError::Form);
        Ok(Self {
            name: name.to_owned(),
            rounds: rounds.ok_or(ProxyUserError::Form)?,
            salt: bytes(salt)?,
            hash: bytes(hash)?.try_into().map_err(|_| ProxyUserError::Form)?,
        })
    }
}

fn check_name(name: &str) -> Result<(), ProxyUserError> {
    let is_name = (1..=255).contains(&name.len()) && !name.contains(|c: char| c == ':' || c.is_control());
    is_name.then_some(()).ok_or(ProxyUserError::Name)
}

/// Base64 with a dot for the plus, and no padding.
fn coding() -> GeneralPurpose {
    const WITH_DOTS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";
    const ALPHABET: Alphabet = match Alphabet::new(WITH_DOTS) {
        Ok(alphabet) => alphabet,
        Err(_) => panic!("64 characters, each once"),
    };
    let unpadded = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone);
    GeneralPurpose::new(&ALPHABET, unpadded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_told_and_read_again_and_has_one_password() {
        let rounds = NonZeroU32::new(10).unwrap();
        let user = ProxyUser::with("ann", b"open sesame", rounds, b"0123456789abcdef".to_vec());
        let text = user.to_string();
        assert!(
            text.starts_with("ann:$pbkdf2-sha256$10$MDEyMzQ1Njc4OWFiY2RlZg$"),
            "{text}"
        );
        let read: ProxyUser = text.parse().unwrap();
        assert_eq!(read, user);
        assert!(read.has_password(b"open sesame"));
        assert!(!read.has_password(b"open sesame ") && !read.has_password(b""));
        assert!(!format!("{read:?}").contains("pbkdf2"));
    }

    /// Made with Python's hashlib, written as passlib writes it.
    #[test]
    fn what_others_made_is_understood() {
        let text =
            "bob:$pbkdf2-sha256$6400$8PHy8/T19vf4.fr7/P3./w$Su6XdgojXneiyra3.OOMs7KSirH4A3GXZHKiYm/GdsU";
        let user: ProxyUser = text.parse().unwrap();
        assert!(user.has_password(b"password"));
        assert_eq!(user.to_string(), text);
    }

    #[test]
    fn what_is_no_hash_is_refused_and_not_repeated() {
        for text in [
            "ann:secret",
            "ann",
            "ann:$pbkdf2-sha256$0$AAAA$AAAA",
            "ann:$pbkdf2-sha256$99999999$AAAA$AAAA",
            "ann:$pbkdf2-sha256$10$AAAA$AAAA",
            "ann:$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA",
        ] {
            let error = text.parse::<ProxyUser>().unwrap_err();
            assert_eq!(error, ProxyUserError::Form, "{text}");
        }
        assert_eq!(":$pbkdf2".parse::<ProxyUser>(), Err(ProxyUserError::Name));
        assert_eq!(ProxyUser::new("a:b", "x"), Err(ProxyUserError::Name));
        assert_eq!(ProxyUser::new("a", ""), Err(ProxyUserError::NoPassword));
    }
}
