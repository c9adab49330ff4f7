//! Dialogues of lines: SMTP, LMTP and FTP, whose replies have numbers; IMAP, whose commands have tags; POP3.

use std::collections::VecDeque;

use capture::LegName;

use super::{Injected, Seen};

/// Commands that may come before the one that begins TLS. With any other the dialogue has gone on to its matter, in
/// which a line that looks like that one may be anything.
const BEFORE: [&[u8]; 18] = [
    b"EHLO",
    b"HELO",
    b"LHLO",
    b"NOOP",
    b"RSET",
    b"HELP",
    b"CAPABILITY",
    b"ID",
    b"CAPA",
    b"FEAT",
    b"SYST",
    b"HOST",
    b"CLNT",
    b"OPTS",
    b"PBSZ",
    b"LANG",
    b"UTF8",
    b"XCLIENT",
];

/// Commands that a server may refuse for want of TLS. Where it does, the dialogue is still before its matter.
const TRIED: [&[u8]; 4] = [b"MAIL", b"LOGIN", b"USER", b"AUTHENTICATE"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `220 text`, or `220-text` where more lines follow.
    Replies,
    Imap,
    Pop3,
}

#[derive(Debug)]
pub(super) struct Lines {
    kind: Kind,
    /// The line at hand of client and origin.
    lines: [Vec<u8>; 2],
    /// Replies that are still to come; the greeting is one.
    awaited: usize,
    /// POP3's of them that have several lines where they are good, by their place.
    listing: VecDeque<usize>,
    /// The lines of one of those are coming.
    is_listing: bool,
    asked: Option<Asked>,
    /// A command that may be refused for want of TLS waits for its answer; IMAP's tag.
    tried: Option<Vec<u8>>,
    /// The client greeted by LHLO (RFC 2033).
    is_lmtp: bool,
}

/// The client has asked for TLS.
#[derive(Debug)]
struct Asked {
    protocol: &'static str,
    /// IMAP's.
    tag: Vec<u8>,
}

impl Lines {
    pub(super) fn replies() -> Self {
        Self::of(Kind::Replies)
    }

    pub(super) fn imap() -> Self {
        Self::of(Kind::Imap)
    }

    pub(super) fn pop3() -> Self {
        Self::of(Kind::Pop3)
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            lines: Default::default(),
            awaited: 1,
            listing: VecDeque::new(),
            is_listing: false,
            asked: None,
            tried: None,
            is_lmtp: false,
        }
    }

    pub(super) fn look(&mut self, from: LegName, bytes: &[u8]) -> Result<Seen, Injected> {
        let side = usize::from(from == LegName::Origin);
        let mut rest = bytes;
        while !rest.is_empty() {
            if let (Some(asked), LegName::Client) = (&self.asked, from) {
                return Err(Injected {
                    leg: from,
                    protocol: asked.protocol,
                });
            }
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.lines[side].extend_from_slice(rest);
                return Ok(Seen::GoesOn);
            };
            let (head, tail) = rest.split_at(end + 1);
            rest = tail;
            let mut line = std::mem::take(&mut self.lines[side]);
            line.extend_from_slice(head);
            let seen = match from {
                LegName::Client => self.command(line.trim_ascii()),
                LegName::Origin => self.answer(&line),
            };
            match seen {
                Seen::GoesOn => {}
                Seen::StartTls { protocol, .. } if !rest.is_empty() => {
                    return Err(Injected { leg: from, protocol });
                }
                seen => return Ok(seen),
            }
        }
        Ok(Seen::GoesOn)
    }

    fn command(&mut self, line: &[u8]) -> Seen {
        if self.tried.is_some() {
            // Whatever goes on behind it does so whether it is refused or not.
            return Seen::Nothing;
        }
        let mut words = line.split(|&b| b == b' ');
        let tag = match self.kind {
            Kind::Imap => words.next().unwrap_or_default(),
            _ => b"",
        };
        let word = words.next().unwrap_or_default().to_ascii_uppercase();
        let more = words.next().unwrap_or_default().to_ascii_uppercase();
        self.awaited += 1;
        // CAPA has an answer of several lines (RFC 2449 section 5), as LANG has without an argument (RFC 6856 section 3).
        if self.kind == Kind::Pop3 && (word == b"CAPA" || word == b"LANG" && more.is_empty()) {
            self.listing.push_back(self.awaited);
        }
        self.is_lmtp |= word == b"LHLO";
        let protocol = match (self.kind, &*word, &*more) {
            (Kind::Replies, b"STARTTLS", b"") if self.is_lmtp => "lmtp",
            (Kind::Replies, b"STARTTLS", b"") => "smtp",
            (Kind::Replies, b"AUTH", b"TLS" | b"TLS-C" | b"SSL") => "ftp",
            (Kind::Imap, b"STARTTLS", b"") => "imap",
            (Kind::Pop3, b"STLS", b"") => "pop3",
            _ if BEFORE.contains(&&*word) => return Seen::GoesOn,
            // A literal goes on in the next line.
            _ if TRIED.contains(&&*word) && !line.ends_with(b"}") => {
                self.tried = Some(tag.to_vec());
                return Seen::GoesOn;
            }
            _ => return Seen::Nothing,
        };
        self.asked = Some(Asked {
            protocol,
            tag: tag.to_vec(),
        });
        Seen::GoesOn
    }

    /// What an answer says of the command that was tried; nothing where it is not its own.
    fn answer_to_tried(&mut self, line: &[u8], tag: &[u8]) -> Seen {
        let is_refused = match self.kind {
            Kind::Replies => match line.first() {
                _ if self.awaited > 0 => return Seen::GoesOn,
                Some(b'4' | b'5') => true,
                _ => false,
            },
            Kind::Imap => match line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(b" ")) {
                Some(rest) => !rest.to_ascii_uppercase().starts_with(b"OK"),
                // A challenge is answered by what is no command.
                None if line.starts_with(b"+") => false,
                None => return Seen::GoesOn,
            },
            Kind::Pop3 => line.starts_with(b"-"),
        };
        self.tried = None;
        match is_refused {
            true => Seen::GoesOn,
            false => Seen::Nothing,
        }
    }

    fn answer(&mut self, line: &[u8]) -> Seen {
        if self.kind == Kind::Imap
            && let Some(tag) = self.tried.clone()
        {
            return self.answer_to_tried(line, &tag);
        }
        let agrees = match self.kind {
            Kind::Replies => {
                // A line before the last one of a reply has a hyphen behind its number, or no number at all.
                if !line
                    .first_chunk::<3>()
                    .is_some_and(|code| code.iter().all(u8::is_ascii_digit))
                    || line.get(3) == Some(&b'-')
                {
                    return Seen::GoesOn;
                }
                self.awaited = self.awaited.saturating_sub(1);
                if self.tried.is_some() {
                    return self.answer_to_tried(line, b"");
                }
                let Some(asked) = &self.asked else {
                    return Seen::GoesOn;
                };
                if self.awaited > 0 {
                    return Seen::GoesOn;
                }
                line.starts_with(if asked.protocol == "ftp" { b"234" } else { b"220" })
            }
            Kind::Imap => {
                let Some(asked) = &self.asked else {
                    return Seen::GoesOn;
                };
                let Some(rest) = line
                    .strip_prefix(&*asked.tag)
                    .and_then(|rest| rest.strip_prefix(b" "))
                else {
                    return Seen::GoesOn;
                };
                rest.to_ascii_uppercase().starts_with(b"OK")
            }
            Kind::Pop3 => {
                if self.is_listing {
                    self.is_listing = line.trim_ascii_end() != b".";
                    return Seen::GoesOn;
                }
                let is_good = line.starts_with(b"+OK");
                self.awaited = self.awaited.saturating_sub(1);
                for place in &mut self.listing {
                    *place -= 1;
                }
                if self.listing.front() == Some(&0) {
                    self.listing.pop_front();
                    self.is_listing = is_good;
                }
                if self.awaited > 0 {
                    return Seen::GoesOn;
                }
                if self.tried.is_some() {
                    return self.answer_to_tried(line, b"");
                }
                if self.asked.is_none() {
                    return Seen::GoesOn;
                }
                is_good
            }
        };
        match self.asked.take() {
            Some(Asked { protocol, .. }) if agrees => Seen::StartTls { protocol, ahead: 0 },
            _ => Seen::GoesOn,
        }
    }
}
