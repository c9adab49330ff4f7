//! Whether a client may use the proxy: a user and a password, by Basic authentication (RFC 7617) or by SOCKS
//! (RFC 1929). What they were is told to nobody.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use capture::{LegName, Stage};
use http::StatusCode;

use crate::config::ProxyUser;
use crate::fault::Fault;

/// Whom the proxy serves: everybody, where nobody is named.
#[derive(Clone, Default)]
pub(crate) struct Guests(Option<Arc<Known>>);

struct Known {
    users: Vec<User>,
    /// What stands in for a user that there is not, so that a wrong name takes as long as a wrong password.
    nobody: ProxyUser,
    /// Of this process alone.
    key: hmac::Key,
    /// Hashes are slow: one is computed at a time, so that guesses can't take all cores.
    slow: tokio::sync::Mutex<()>,
}

struct User {
    user: ProxyUser,
    /// The tag of the password that was right once: the slow way is gone once a user.
    seen: OnceLock<hmac::Tag>,
}

/// A client is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unwelcome {
    #[error("the client gave no user and password, which this proxy asks for")]
    Nobody,
    #[error("the client's user and password are not ones that this proxy knows")]
    Wrong,
}

impl Unwelcome {
    pub(crate) fn to_fault(self) -> Fault {
        Fault::new(LegName::Client, Stage::Target, self.to_string())
            .with_status(StatusCode::PROXY_AUTHENTICATION_REQUIRED)
            .with_remedy("set the proxy with both, as in http://USER:PASSWORD@127.0.0.1:8080")
    }
}

impl Guests {
    pub(crate) fn new(users: &[ProxyUser]) -> Self {
        let [first, ..] = users else {
            return Self(None);
        };
        let mut key = [0; 32];
        // Without randomness the tags are still kept to this process.
        let _ = aws_lc_rs::rand::fill(&mut key);
        Self(Some(Arc::new(Known {
            users: users
                .iter()
                .map(|user| User {
                    user: user.clone(),
                    seen: OnceLock::new(),
                })
                .collect(),
            nobody: first.unknown(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            slow: tokio::sync::Mutex::default(),
        })))
    }

    /// Whether a client must say who it is.
    pub(crate) fn must_say(&self) -> bool {
        self.0.is_some()
    }

    /// Judges the value of a `Proxy-Authorization` field.
    pub(crate) async fn admit_basic(&self, field: Option<&[u8]>) -> Result<(), Unwelcome> {
        if !self.must_say() {
            return Ok(());
        }
        let said = read_basic(field.ok_or(Unwelcome::Nobody)?).ok_or(Unwelcome::Nobody)?;
        let at = said
            .iter()
            .position(|&byte| byte == b':')
            .ok_or(Unwelcome::Nobody)?;
        self.admit(&said[..at], &said[at + 1..]).await
    }

    /// Judges a user and a password.
    pub(crate) async fn admit(&self, user: &[u8], password: &[u8]) -> Result<(), Unwelcome> {
        let Some(known) = self.0.clone() else {
            return Ok(());
        };
        let tag = hmac::sign(&known.key, &[user, b":", password].concat());
        let found = known
            .users
            .iter()
            .position(|known| known.user.name.as_bytes() == user);
        if let Some(seen) = found.and_then(|at| known.users[at].seen.get())
            && constant_time::verify_slices_are_equal(seen.as_ref(), tag.as_ref()).is_ok()
        {
            return Ok(());
        }
        let turn = known.slow.lock().await;
        let (computing, password) = (known.clone(), password.to_owned());
        let judged = tokio::task::spawn_blocking(move || {
            let user = found.map_or(&computing.nobody, |at| &computing.users[at].user);
            user.has_password(&password)
        });
        let is_right = judged.await.unwrap_or(false);
        drop(turn);
        match found {
            Some(at) if is_right => {
                let _ = known.users[at].seen.set(tag);
                Ok(())
            }
            _ => Err(Unwelcome::Wrong),
        }
    }
}

/// `Basic BASE64`.
fn read_basic(field: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = field.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    BASE64_STANDARD.decode(rest.trim_ascii()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    fn guests() -> Guests {
        let rounds = NonZeroU32::new(2).unwrap();
        Guests::new(&[ProxyUser::with("ann", b"se:same", rounds, b"salt".to_vec())])
    }

    #[tokio::test]
    async fn a_user_is_known_by_the_password_the_first_time_and_later() {
        let guests = guests();
        for _ in 0..2 {
            // "ann:se:same"
            assert_eq!(guests.admit_basic(Some(b"basic YW5uOnNlOnNhbWU=")).await, Ok(()));
            assert_eq!(guests.admit(b"ann", b"wrong").await, Err(Unwelcome::Wrong));
            assert_eq!(guests.admit(b"bob", b"se:same").await, Err(Unwelcome::Wrong));
        }
    }

    #[tokio::test]
    async fn who_says_nothing_that_can_be_read_is_nobody() {
        for field in [
            None,
            Some(&b"Bearer x"[..]),
            Some(b"Basic !"),
            Some(b"Basic YQ=="),
            Some(b""),
        ] {
            assert_eq!(
                guests().admit_basic(field).await,
                Err(Unwelcome::Nobody),
                "{field:?}"
            );
        }
        assert_eq!(Guests::new(&[]).admit_basic(None).await, Ok(()));
    }
}
