//! TLS that begins inside a protocol without it: the dialogue before it is watched as it passes, until the client
//! has asked for TLS and the server has agreed.
//!
//! SMTP and LMTP (RFC 3207), IMAP (RFC 9051), POP3 (RFC 2595), FTP (RFC 4217), PostgreSQL, MySQL, LDAP (RFC 4511) and
//! XMPP (RFC 6120) are known by their first words. What is none of them is watched no further, and so is a dialogue that
//! goes on to do something else; a login or a mail that the server refuses is no such thing.
//!
//! Invariant: not a byte that came in the clear is read inside TLS. What either side sends behind the words that begin
//! TLS, before it has begun, was not seen by the other as a part of the clear dialogue and would be taken for one of the
//! sealed (CVE-2011-0411, CVE-2021-23222): such a connection is broken off.

mod binary;
mod lines;
mod markup;

use capture::LegName;

use self::binary::{Ldap, Mysql, Postgres};
use self::lines::Lines;
use self::markup::Xmpp;

/// Bytes of a dialogue that are watched at the most, each way.
const BOUND: usize = 16 * 1024;

/// Watches one connection.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    dialogue: Option<Dialogue>,
    /// The first bytes, while they are too few to tell.
    begin: Vec<u8>,
    seen: [usize; 2],
}

#[derive(Debug)]
enum Dialogue {
    Lines(Lines),
    Postgres(Postgres),
    Mysql(Mysql),
    Ldap(Ldap),
    Xmpp(Xmpp),
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The dialogue goes on.
    GoesOn,
    /// It will not come to TLS.
    Nothing,
    /// TLS begins. So many of the last bytes belong to it already; they are the client's.
    StartTls { protocol: &'static str, ahead: usize },
}

/// Bytes came in the clear behind the words that begin TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} sent bytes in the clear behind the words that begin TLS ({protocol}), which would be taken for a part of what TLS seals",
    who(*.leg)
)]
pub(crate) struct Injected {
    pub(crate) leg: LegName,
    protocol: &'static str,
}

fn who(leg: LegName) -> &'static str {
    match leg {
        LegName::Client => "the client",
        LegName::Origin => "the origin",
    }
}

impl Watch {
    /// Looks at bytes that are about to pass.
    pub(crate) fn look(&mut self, from: LegName, bytes: &[u8]) -> Result<Seen, Injected> {
        let seen = &mut self.seen[usize::from(from == LegName::Origin)];
        *seen += bytes.len();
        if *seen > BOUND {
            return Ok(Seen::Nothing);
        }
        if let Some(dialogue) = &mut self.dialogue {
            return dialogue.look(from, bytes);
        }
        // One side speaks first, and its first bytes tell what is spoken.
        if !self.begin.is_empty() && self.seen.iter().all(|&seen| seen > 0) {
            return Ok(Seen::Nothing);
        }
        self.begin.extend_from_slice(bytes);
        match Dialogue::of(from, &self.begin) {
            Known::Yes(mut dialogue) => {
                let seen = dialogue.look(from, &self.begin);
                self.begin = Vec::new();
                self.dialogue = Some(dialogue);
                seen
            }
            Known::NotYet => Ok(Seen::GoesOn),
            Known::No => Ok(Seen::Nothing),
        }
    }
}

/// The first bytes of a dialogue, and what follows it.
type Beginning = (&'static [u8], fn() -> Dialogue);

/// Whether a dialogue is known by its first bytes.
enum Known {
    Yes(Dialogue),
    NotYet,
    No,
}

impl Dialogue {
    fn of(from: LegName, begin: &[u8]) -> Known {
        let known: &[Beginning] = match from {
            LegName::Origin => &[
                (b"220", || Self::Lines(Lines::replies())),
                (b"* ", || Self::Lines(Lines::imap())),
                (b"+OK", || Self::Lines(Lines::pop3())),
            ],
            LegName::Client => &[
                (&binary::SSL_REQUEST, || Self::Postgres(Postgres::default())),
                (&binary::GSSENC_REQUEST, || Self::Postgres(Postgres::default())),
                (b"<?xml", || Self::Xmpp(Xmpp::default())),
                (b"<stream:stream", || Self::Xmpp(Xmpp::default())),
                (b"\x30", || Self::Ldap(Ldap::default())),
            ],
        };
        for (word, make) in known {
            if begin.starts_with(word) {
                return Known::Yes(make());
            }
        }
        let is_open = known.iter().any(|(word, _)| word.starts_with(begin));
        match from {
            // A packet's header: its length, its number; then the version of the protocol.
            LegName::Origin if begin.len() >= 5 && begin[3..5] == [0, 10] => {
                Known::Yes(Self::Mysql(Mysql::default()))
            }
            LegName::Origin if begin.len() < 5 && begin.get(3).is_none_or(|&number| number == 0) => {
                Known::NotYet
            }
            _ if is_open => Known::NotYet,
            _ => Known::No,
        }
    }

    fn look(&mut self, from: LegName, bytes: &[u8]) -> Result<Seen, Injected> {
        match self {
            Self::Lines(lines) => lines.look(from, bytes),
            Self::Postgres(postgres) => postgres.look(from, bytes),
            Self::Mysql(mysql) => Ok(mysql.look(from, bytes)),
            Self::Ldap(ldap) => ldap.look(from, bytes),
            Self::Xmpp(xmpp) => xmpp.look(from, bytes),
        }
    }
}

#[cfg(test)]
mod tests;
