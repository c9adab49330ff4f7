//! Dialogues of packets: PostgreSQL, MySQL, LDAP.

use capture::LegName;

use super::{Injected, Seen};

/// PostgreSQL's SSLRequest: its length, and a version that there is not.
pub(super) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Its sibling, for encryption by GSSAPI. It may come before.
pub(super) const GSSENC_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 48];

/// A request of eight bytes, and an answer of one.
#[derive(Debug, Default)]
pub(super) struct Postgres {
    request: Vec<u8>,
}

impl Postgres {
    pub(super) fn look(&mut self, from: LegName, bytes: &[u8]) -> Result<Seen, Injected> {
        let injected = Injected {
            leg: from,
            protocol: "postgres",
        };
        match from {
            LegName::Client => {
                self.request.extend_from_slice(bytes);
                match &*self.request {
                    request if request.len() <= 8 && SSL_REQUEST.starts_with(request) => Ok(Seen::GoesOn),
                    request if request.len() <= 8 && GSSENC_REQUEST.starts_with(request) => Ok(Seen::GoesOn),
                    request if request.starts_with(&SSL_REQUEST) => Err(injected),
                    _ => Ok(Seen::Nothing),
                }
            }
            LegName::Origin => match (std::mem::take(&mut self.request) == SSL_REQUEST, bytes) {
                (true, [b'S']) => Ok(Seen::StartTls {
                    protocol: "postgres",
                    ahead: 0,
                }),
                (true, [b'S', ..]) => Err(injected),
                (_, [b'N']) => Ok(Seen::GoesOn),
                _ => Ok(Seen::Nothing),
            },
        }
    }
}

/// The server's greeting; then the client's first packet, which asks for TLS, and right behind it its hello: the
/// server says nothing to that.
#[derive(Debug, Default)]
pub(super) struct Mysql {
    said: Vec<u8>,
}

impl Mysql {
    pub(super) fn look(&mut self, from: LegName, bytes: &[u8]) -> Seen {
        /// A header, and a packet of 32 bytes.
        const REQUEST: usize = 36;
        const CLIENT_SSL: u8 = 0x08;
        if from == LegName::Origin {
            return Seen::GoesOn;
        }
        self.said.extend_from_slice(bytes);
        let is_request = match self.said.first_chunk::<6>() {
            None => return Seen::GoesOn,
            Some(&[32, 0, 0, 1, _, flags]) => flags & CLIENT_SSL != 0,
            Some(_) => false,
        };
        match self.said.len().checked_sub(REQUEST) {
            _ if !is_request => Seen::Nothing,
            None => Seen::GoesOn,
            Some(ahead) => Seen::StartTls {
                protocol: "mysql",
                ahead,
            },
        }
    }
}

/// An extended request (RFC 4511 section 4.14) and its response.
#[derive(Debug, Default)]
pub(super) struct Ldap {
    said: Vec<u8>,
    answer: Vec<u8>,
    is_asked: bool,
}

const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// Tags of what an LDAP message holds.
const EXTENDED_REQUEST: u8 = 0x77;
const EXTENDED_RESPONSE: u8 = 0x78;
/// Its result code.
const ENUMERATED: u8 = 0x0a;

impl Ldap {
    pub(super) fn look(&mut self, from: LegName, bytes: &[u8]) -> Result<Seen, Injected> {
        let injected = Injected {
            leg: from,
            protocol: "ldap",
        };
        if from == LegName::Client {
            if self.is_asked {
                return Err(injected);
            }
            self.said.extend_from_slice(bytes);
            return match read(&self.said) {
                Element::NotYet => Ok(Seen::GoesOn),
                Element::Whole {
                    tag: 0x30,
                    content,
                    rest,
                } => match operation(content) {
                    Some((EXTENDED_REQUEST, request))
                        if memchr::memmem::find(request, START_TLS).is_some() =>
                    {
                        if !rest.is_empty() {
                            return Err(injected);
                        }
                        self.is_asked = true;
                        Ok(Seen::GoesOn)
                    }
                    _ => Ok(Seen::Nothing),
                },
                _ => Ok(Seen::Nothing),
            };
        }
        if !self.is_asked {
            return Ok(Seen::Nothing);
        }
        self.answer.extend_from_slice(bytes);
        match read(&self.answer) {
            Element::NotYet => Ok(Seen::GoesOn),
            Element::Whole {
                tag: 0x30,
                content,
                rest,
            } => match operation(content) {
                Some((EXTENDED_RESPONSE, [ENUMERATED, 1, 0, ..])) if rest.is_empty() => Ok(Seen::StartTls {
                    protocol: "ldap",
                    ahead: 0,
                }),
                Some((EXTENDED_RESPONSE, [ENUMERATED, 1, 0, ..])) => Err(injected),
                _ => Ok(Seen::Nothing),
            },
            _ => Ok(Seen::Nothing),
        }
    }
}

/// The operation in an LDAP message, behind its number.
fn operation(message: &[u8]) -> Option<(u8, &[u8])> {
    let Element::Whole { tag: 2, rest, .. } = read(message) else {
        return None;
    };
    match read(rest) {
        Element::Whole { tag, content, .. } => Some((tag, content)),
        _ => None,
    }
}

/// An element of BER.
enum Element<'a> {
    Whole {
        tag: u8,
        content: &'a [u8],
        rest: &'a [u8],
    },
    NotYet,
    Wrong,
}

fn read(bytes: &[u8]) -> Element<'_> {
    let (tag, length, rest) = match *bytes {
        [] | [_] => return Element::NotYet,
        [tag, length @ 0..=0x7f, ref rest @ ..] => (tag, usize::from(length), rest),
        [tag, count @ 0x81..=0x84, ref rest @ ..] => {
            let Some((length, rest)) = rest.split_at_checked(usize::from(count - 0x80)) else {
                return Element::NotYet;
            };
            let length = length
                .iter()
                .fold(0, |length: usize, &byte| length << 8 | usize::from(byte));
            (tag, length, rest)
        }
        _ => return Element::Wrong,
    };
    match rest.split_at_checked(length) {
        Some((content, rest)) => Element::Whole { tag, content, rest },
        None => Element::NotYet,
    }
}
