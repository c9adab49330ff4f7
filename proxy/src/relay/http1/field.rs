//! The lines of a head behind its first, or of a trailer section: where each field's name and value lie.

use memchr::memchr;

use super::error::{BadMessage, told};
use super::syntax::{is_space, is_text, is_token};

/// Whom a message comes from. Clients are read by the letter. What servers of old get wrong, and can be set right
/// without a second reading, is taken from origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Client,
    Origin,
}

/// A field that means something to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Accept,
    AltSvc,
    Connection,
    ContentLength,
    Expect,
    Host,
    Http2Settings,
    KeepAlive,
    ProxyAuthorization,
    ProxyConnection,
    Te,
    TransferEncoding,
    Upgrade,
    Other,
}

impl Name {
    fn of(name: &[u8]) -> Self {
        let (text, known) = match (name.len(), name[0] | 0x20) {
            (2, b't') => ("te", Self::Te),
            (4, b'h') => ("host", Self::Host),
            (6, b'a') => ("accept", Self::Accept),
            (6, b'e') => ("expect", Self::Expect),
            (7, b'a') => ("alt-svc", Self::AltSvc),
            (7, b'u') => ("upgrade", Self::Upgrade),
            (10, b'c') => ("connection", Self::Connection),
            (10, b'k') => ("keep-alive", Self::KeepAlive),
            (14, b'c') => ("content-length", Self::ContentLength),
            (14, b'h') => ("http2-settings", Self::Http2Settings),
            (16, b'p') => ("proxy-connection", Self::ProxyConnection),
            (17, b't') => ("transfer-encoding", Self::TransferEncoding),
            (19, b'p') => ("proxy-authorization", Self::ProxyAuthorization),
            _ => return Self::Other,
        };
        if name.eq_ignore_ascii_case(text.as_bytes()) {
            known
        } else {
            Self::Other
        }
    }
}

/// Where a field lies in the bytes that it was read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: Name,
    /// Of its line, or its lines.
    pub(super) start: usize,
    pub(super) name_end: usize,
    pub(super) value_start: usize,
    pub(super) value_end: usize,
    /// Behind the end of its line.
    pub(super) end: usize,
    /// Its line is `name: value CR LF`, or `name: CR LF`: it is recorded and handed on as it stands.
    pub(super) is_plain: bool,
    /// Its line can be handed on as it stands: it is not folded, has no space before the colon, and ends well.
    pub(super) is_sound: bool,
}

/// What was read of a head's lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) fields: Vec<Field>,
    /// Every line is plain, the empty one too.
    pub(super) are_plain: bool,
    /// Every line can be handed on as it stands.
    pub(super) are_sound: bool,
}

/// Reads the lines from `at` to the empty one, which is known to be there.
pub(super) fn read_lines(
    bytes: &[u8],
    mut at: usize,
    from: From,
    max_fields: usize,
) -> Result<Lines, BadMessage> {
    let mut lines = Lines {
        fields: Vec::with_capacity(16),
        are_plain: true,
        are_sound: true,
    };
    loop {
        let line = Line::find(bytes, at).ok_or(BadMessage::BareLineFeed)?;
        if line.is_bare {
            if from == From::Client {
                return Err(BadMessage::BareLineFeed);
            }
            (lines.are_plain, lines.are_sound) = (false, false);
        }
        if line.end == line.start {
            return Ok(lines);
        }
        if is_space(bytes[line.start]) {
            fold(bytes, &line, from, &mut lines)?;
        } else {
            if lines.fields.len() == max_fields {
                return Err(BadMessage::TooManyFields(max_fields));
            }
            let field = read_field(bytes, &line, from)?;
            lines.are_plain &= field.is_plain;
            lines.are_sound &= field.is_sound;
            lines.fields.push(field);
        }
        at = line.next;
    }
}

/// A line, without what ends it.
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the next one begins.
    pub(super) next: usize,
    /// It ends in a line feed alone.
    pub(super) is_bare: bool,
}

impl Line {
    pub(super) fn find(bytes: &[u8], start: usize) -> Option<Self> {
        let line_feed = start + memchr(b'\n', bytes.get(start..)?)?;
        let is_bare = line_feed == start || bytes[line_feed - 1] != b'\r';
        Some(Self {
            start,
            end: if is_bare { line_feed } else { line_feed - 1 },
            next: line_feed + 1,
            is_bare,
        })
    }
}

fn read_field(bytes: &[u8], line: &Line, from: From) -> Result<Field, BadMessage> {
    let text = &bytes[line.start..line.end];
    let name_length = text.iter().position(|&b| !is_token(b)).unwrap_or(text.len());
    let spaces = text[name_length..].iter().take_while(|&&b| is_space(b)).count();
    let colon = name_length + spaces;
    if text.get(colon) != Some(&b':') {
        return Err(no_name(text));
    }
    if name_length == 0 {
        return Err(BadMessage::NoName);
    }
    if spaces > 0 && from == From::Client {
        return Err(BadMessage::SpaceBeforeColon(told(&text[..name_length])));
    }
    let (value_start, value_end) = value(bytes, line.start + colon + 1, line.end, from)?;
    let follows = &bytes[line.start + colon + 1..line.end];
    let is_sound = spaces == 0 && !line.is_bare;
    let is_close = follows.is_empty() || (follows[0] == b' ' && value_start == line.start + colon + 2);
    Ok(Field {
        name: Name::of(&text[..name_length]),
        start: line.start,
        name_end: line.start + name_length,
        value_start,
        value_end,
        end: line.next,
        is_plain: is_sound && is_close && value_end == line.end,
        is_sound,
    })
}

/// A line that is no field.
fn no_name(line: &[u8]) -> BadMessage {
    if let Some(&byte) = line.iter().find(|&&b| !is_text(b)) {
        return control(byte);
    }
    match memchr(b':', line) {
        Some(colon) => BadMessage::Name(told(&line[..colon])),
        None => BadMessage::NoColon(told(line)),
    }
}

/// Where a value begins and ends without the white space around it.
fn value(bytes: &[u8], start: usize, end: usize, from: From) -> Result<(usize, usize), BadMessage> {
    check_text(&bytes[start..end], from)?;
    let text = &bytes[start..end];
    let before = text.iter().position(|&b| !is_space(b)).unwrap_or(text.len());
    let behind = text
        .iter()
        .rposition(|&b| !is_space(b))
        .map_or(before, |at| at + 1);
    Ok((start + before, start + behind))
}

/// Refuses the control bytes that may not stand in a value or a reason. Those that change nothing for whoever reads
/// on are taken from origins (RFC 9110 section 5.5).
pub(super) fn check_text(text: &[u8], from: From) -> Result<(), BadMessage> {
    match text.iter().find(|&&b| !is_text(b)) {
        None => Ok(()),
        Some(_) if from == From::Origin => match text.iter().find(|&&b| matches!(b, 0 | b'\r')) {
            None => Ok(()),
            Some(&byte) => Err(control(byte)),
        },
        Some(&byte) => Err(control(byte)),
    }
}

pub(super) fn control(byte: u8) -> BadMessage {
    match byte {
        0 => BadMessage::Zero,
        b'\r' => BadMessage::BareCarriageReturn,
        byte => BadMessage::Control(byte),
    }
}

/// A line that goes on where the one before it ended (RFC 9112 section 5.2).
fn fold(bytes: &[u8], line: &Line, from: From, lines: &mut Lines) -> Result<(), BadMessage> {
    let Some(last) = lines.fields.last_mut() else {
        return Err(BadMessage::LeadingSpace);
    };
    // What frames or routes a message is not guessed at.
    if from == From::Client || last.name != Name::Other {
        return Err(BadMessage::Folded);
    }
    let (_, value_end) = value(bytes, line.start, line.end, from)?;
    last.value_end = value_end.max(last.value_end);
    last.end = line.next;
    (last.is_plain, last.is_sound) = (false, false);
    (lines.are_plain, lines.are_sound) = (false, false);
    Ok(())
}
