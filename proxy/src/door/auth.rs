//! Whether a client may use the proxy: a user and a password, by Basic authentication (RFC 7617) or by SOCKS
//! (RFC 1929). What they were is told to nobody.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use capture::{LegName, Stage};
use http::StatusCode;
use tokio::sync::{Mutex, Semaphore};

use crate::config::ProxyUser;
use crate::fault::Fault;

/// Who waits at one time for a password to be looked at. More are sent away: those before them take most of a minute.
const MOST_WAITING: usize = 256;

/// Whom the proxy serves: everybody, where nobody is named.
#[derive(Clone, Default)]
pub(crate) struct Guests(Option<Arc<Known>>);

struct Known {
    users: Vec<User>,
    /// What stands in for a user that there is not, so that a wrong name takes as long as a wrong password.
    nobody: ProxyUser,
    /// Of this process alone.
    key: hmac::Key,
    /// Hashes are slow: one is computed at a time, so that guesses can't take all cores. Whoever computes holds this,
    /// not whoever asked: a client that has left frees nobody's turn.
    slow: Arc<Mutex<()>>,
    /// Places in the line for that.
    line: Semaphore,
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
    #[error("too many clients wait for their passwords to be looked at")]
    Crowded,
}

impl Unwelcome {
    pub(crate) fn to_fault(self) -> Fault {
        let fault = Fault::new(LegName::Client, Stage::Target, self.to_string());
        match self {
            Self::Nobody | Self::Wrong => fault
                .with_status(StatusCode::PROXY_AUTHENTICATION_REQUIRED)
                .with_remedy("set the proxy with both, as in http://USER:PASSWORD@127.0.0.1:8080"),
            Self::Crowded => fault
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
                .with_remedy("try again a moment later; who floods the proxy with passwords stands in the list of connections"),
        }
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
            slow: Arc::default(),
            line: Semaphore::new(MOST_WAITING),
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
        if known.has_seen(found, &tag) {
            return Ok(());
        }
        let _place = known.line.try_acquire().map_err(|_| Unwelcome::Crowded)?;
        let turn = known.slow.clone().lock_owned().await;
        // Another connection of the same client may have been looked at meanwhile.
        if known.has_seen(found, &tag) {
            return Ok(());
        }
        let (computing, password) = (known.clone(), password.to_owned());
        let judged = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let user = found.map_or(&computing.nobody, |at| &computing.users[at].user);
            user.has_password(&password)
        });
        let is_right = judged.await.unwrap_or(false);
        match found {
            Some(at) if is_right => {
                let _ = known.users[at].seen.set(tag);
                Ok(())
            }
            _ => Err(Unwelcome::Wrong),
        }
    }
}

impl Known {
    /// Whether this user's password was right once, and is this one.
    fn has_seen(&self, user: Option<usize>, tag: &hmac::Tag) -> bool {
        user.and_then(|at| self.users[at].seen.get())
            .is_some_and(|seen| constant_time::verify_slices_are_equal(seen.as_ref(), tag.as_ref()).is_ok())
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

    /// With the one thread that hashes taken, until the sender is gone.
    fn on_a_busy_thread(test: impl AsyncFnOnce(Guests, std::sync::mpsc::Sender<()>)) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let (free, freed) = std::sync::mpsc::channel::<()>();
            tokio::task::spawn_blocking(move || freed.recv());
            test(guests(), free).await;
        });
    }

    #[test]
    fn a_guess_that_is_given_up_keeps_its_turn_until_it_is_computed() {
        on_a_busy_thread(async |guests, free| {
            let slow = guests.0.as_ref().unwrap().slow.clone();
            let mut guess = Box::pin(guests.admit(b"ann", b"wrong"));
            assert!(futures_util::poll!(&mut guess).is_pending());
            drop(guess);
            assert!(slow.try_lock().is_err(), "the next hash would run beside it");
            drop(free);
            drop(slow.lock().await);
            assert_eq!(guests.admit(b"ann", b"se:same").await, Ok(()));
        });
    }

    #[test]
    fn the_line_has_an_end_and_those_in_it_who_are_known_by_then_pass() {
        on_a_busy_thread(async |guests, free| {
            let mut line: Vec<_> = (0..MOST_WAITING)
                .map(|_| Box::pin(guests.admit(b"ann", b"se:same")))
                .collect();
            for waiting in &mut line {
                assert!(futures_util::poll!(waiting).is_pending());
            }
            assert_eq!(guests.admit(b"bob", b"x").await, Err(Unwelcome::Crowded));
            drop(free);
            for waiting in line {
                assert_eq!(waiting.await, Ok(()));
            }
            assert_eq!(guests.admit(b"bob", b"x").await, Err(Unwelcome::Wrong));
        });
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
