//! XMPP: `<starttls/>`, and `<proceed/>` (RFC 6120 section 5).

use capture::LegName;

use super::{Injected, Seen};

#[derive(Debug, Default)]
pub(super) struct Xmpp {
    said: Vec<u8>,
    answer: Vec<u8>,
    is_asked: bool,
}

impl Xmpp {
    pub(super) fn look(&mut self, from: LegName, bytes: &[u8]) -> Result<Seen, Injected> {
        let injected = Injected {
            leg: from,
            protocol: "xmpp",
        };
        match from {
            LegName::Client => {
                if self.is_asked {
                    return Err(injected);
                }
                self.said.extend_from_slice(bytes);
                match behind_element(&self.said, b"starttls") {
                    Some(rest) if rest.trim_ascii().is_empty() => self.is_asked = true,
                    Some(_) => return Err(injected),
                    None if memchr::memmem::find(&self.said, b"<auth").is_some() => return Ok(Seen::Nothing),
                    None => {}
                }
                Ok(Seen::GoesOn)
            }
            LegName::Origin if self.is_asked => {
                self.answer.extend_from_slice(bytes);
                match behind_element(&self.answer, b"proceed") {
                    Some([]) => Ok(Seen::StartTls {
                        protocol: "xmpp",
                        ahead: 0,
                    }),
                    Some(_) => Err(injected),
                    None if memchr::memmem::find(&self.answer, b"<failure").is_some() => Ok(Seen::Nothing),
                    None => Ok(Seen::GoesOn),
                }
            }
            LegName::Origin => Ok(Seen::GoesOn),
        }
    }
}

/// What is behind an empty element of this name, written as `<name .../>` or `<name ...></name>`; `None` where there
/// is none, or not the whole of it.
fn behind_element<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let open = [b"<", name].concat();
    let at = memchr::memmem::find(text, &open)?;
    let inner = &text[at + open.len()..];
    let end = memchr::memchr(b'>', inner)?;
    if inner[..end].ends_with(b"/") {
        return Some(&inner[end + 1..]);
    }
    let close = [b"</", name, b">"].concat();
    let at = memchr::memmem::find(inner, &close)?;
    Some(&inner[at + close.len()..])
}
