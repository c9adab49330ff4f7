//! A head, read by the letter. The bytes stay as they came; what was read of them are places.

use bytes::Bytes;
use capture::{Fields, RawHead, Version};
use memchr::memchr;

use super::error::{BadMessage, told};
use super::field::{Field, From, Line, Lines, Name, check_text, control, read_lines};
use super::syntax::{is_text, is_token, is_visible};
use super::target::{Form, check_host, read_form};

/// How long a head may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) fields: usize,
}

/// Finds the end of a head or a trailer section, looking at each byte once.
#[derive(Debug, Default)]
pub(crate) struct EndFinder {
    /// Where the line begins that is looked at.
    line: usize,
    looked: usize,
}

impl EndFinder {
    /// The place behind the empty line, once it is there.
    pub(crate) fn look(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(found) = memchr(b'\n', bytes.get(self.looked..)?) {
            let line_feed = self.looked + found;
            let is_empty = matches!(&bytes[self.line..line_feed], [] | [b'\r']);
            (self.line, self.looked) = (line_feed + 1, line_feed + 1);
            if is_empty {
                return Some(line_feed + 1);
            }
        }
        self.looked = bytes.len();
        None
    }

    /// Whether the first line is there.
    pub(super) fn has_line(&self) -> bool {
        self.line > 0
    }
}

/// Fields with the bytes that they lie in.
#[derive(Debug)]
pub(super) struct Head {
    /// The head as it was received, with the empty line that ends it.
    pub(super) raw: Bytes,
    /// Where the fields begin.
    pub(super) fields_start: usize,
    pub(super) lines: Lines,
    /// The first line ends as it should.
    first_is_sound: bool,
}

impl Head {
    fn read(raw: Bytes, first: &Line, from: From, bounds: Bounds) -> Result<Self, BadMessage> {
        let lines = read_lines(&raw, first.next, from, bounds.fields)?;
        Ok(Self {
            fields_start: first.next,
            lines,
            first_is_sound: !first.is_bare,
            raw,
        })
    }

    /// The fields of this name, in order.
    pub(super) fn all(&self, name: Name) -> impl Iterator<Item = &Field> {
        self.lines.fields.iter().filter(move |field| field.name == name)
    }

    pub(super) fn value(&self, field: &Field) -> &[u8] {
        &self.raw[field.value_start..field.value_end]
    }

    /// The values of this name's fields.
    pub(super) fn values(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.all(name).map(|field| self.value(field))
    }

    /// A field's name as it was written.
    pub(super) fn name(&self, field: &Field) -> &[u8] {
        &self.raw[field.start..field.name_end]
    }

    /// The first line, without its end.
    pub(super) fn first_line(&self) -> &[u8] {
        let line = &self.raw[..self.fields_start - 1];
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// The fields as the recorder keeps them. Where they stand as it writes them itself, they are not copied.
    pub(super) fn told_fields(&self) -> Fields {
        if self.lines.are_plain {
            return Fields::from_packed(self.raw.slice(self.fields_start..self.raw.len() - 2));
        }
        Fields::pack(
            self.lines
                .fields
                .iter()
                .map(|field| (self.name(field), self.value(field))),
        )
    }

    /// Whether it can be handed on as it stands.
    pub(super) fn is_sound(&self) -> bool {
        self.first_is_sound && self.lines.are_sound
    }

    /// The bytes, where what is told beside them does not make them up.
    fn told_raw(&self, is_told: bool) -> RawHead {
        match is_told {
            true => RawHead::AsTold,
            false => RawHead::Bytes(self.raw.clone()),
        }
    }

    /// Whether first line and fields make up the bytes again.
    fn is_plain(&self) -> bool {
        self.first_is_sound && self.lines.are_plain
    }
}

/// The head of a request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) head: Head,
    method_end: usize,
    target_end: usize,
    pub(super) form: Form,
    pub(super) version: Version,
}

impl Request {
    /// Reads a head that is whole.
    pub(super) fn read(raw: Bytes, bounds: Bounds) -> Result<Self, BadMessage> {
        let first = Line::find(&raw, 0).ok_or(BadMessage::RequestLine)?;
        let line = read_request_line(&raw, &first)?;
        let head = Head::read(raw, &first, From::Client, bounds)?;
        let (method, target) = (
            &head.raw[..line.method_end],
            &head.raw[line.method_end + 1..line.target_end],
        );
        let form = read_form(method, target)?;
        check_hosts(&head, line.version)?;
        Ok(Self {
            method_end: line.method_end,
            target_end: line.target_end,
            version: line.version,
            form,
            head,
        })
    }

    pub(super) fn method(&self) -> &[u8] {
        &self.head.raw[..self.method_end]
    }

    pub(super) fn target(&self) -> &[u8] {
        &self.head.raw[self.method_end + 1..self.target_end]
    }

    /// What stands behind the target in the first line.
    pub(super) fn version_text(&self) -> &[u8] {
        &self.head.first_line()[self.target_end + 1..]
    }

    /// The bytes, where what is told beside them does not make them up again.
    pub(super) fn told_raw(&self) -> RawHead {
        let target = self.target();
        let is_told = self.head.is_plain() && *self.form.path(target) == *target && target.is_ascii();
        self.head.told_raw(is_told)
    }
}

/// What a request's first line says.
pub(super) struct RequestLine {
    method_end: usize,
    target_end: usize,
    version: Version,
}

/// Reads `METHOD target HTTP/1.1` (RFC 9112 section 3).
pub(super) fn read_request_line(bytes: &[u8], line: &Line) -> Result<RequestLine, BadMessage> {
    let text = &bytes[line.start..line.end];
    if let Some(&byte) = text.iter().find(|&&b| !is_text(b)) {
        return Err(control(byte));
    }
    if line.is_bare {
        return Err(BadMessage::BareLineFeed);
    }
    let mut words = text.split(|&b| b == b' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(BadMessage::RequestLine);
    };
    if method.is_empty() || !method.iter().copied().all(is_token) || target.is_empty() {
        return Err(BadMessage::RequestLine);
    }
    let Some(version) = words.next() else {
        return Err(BadMessage::NoVersion);
    };
    if words.next().is_some() || !target.iter().copied().all(is_visible) {
        return Err(BadMessage::RequestLine);
    }
    Ok(RequestLine {
        method_end: method.len(),
        target_end: method.len() + 1 + target.len(),
        version: read_version(version).ok_or_else(|| {
            if is_version(version) {
                BadMessage::Version(told(version))
            } else {
                BadMessage::RequestLine
            }
        })?,
    })
}

fn read_version(text: &[u8]) -> Option<Version> {
    match text {
        b"HTTP/1.1" => Some(Version::Http11),
        b"HTTP/1.0" => Some(Version::Http10),
        _ => None,
    }
}

fn is_version(text: &[u8]) -> bool {
    matches!(text, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// One `Host`, and a good one (RFC 9112 section 3.2).
fn check_hosts(head: &Head, version: Version) -> Result<(), BadMessage> {
    let mut hosts = head.values(Name::Host);
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (None, _) => Err(BadMessage::NoHost),
        (Some(host), None) if check_host(host) => Ok(()),
        (Some(host), None) => Err(BadMessage::Host(told(host))),
        (Some(_), Some(_)) => Err(BadMessage::HostTwice),
    }
}

/// The head of a response, interim or final.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) head: Head,
    pub(super) version: Version,
    pub(super) status: u16,
}

impl Response {
    /// Reads a head that is whole.
    pub(super) fn read(raw: Bytes, bounds: Bounds) -> Result<Self, BadMessage> {
        let first = Line::find(&raw, 0).ok_or(BadMessage::StatusLine)?;
        let (version, status) = read_status_line(&raw[..first.end])?;
        let head = Head::read(raw, &first, From::Origin, bounds)?;
        Ok(Self {
            head,
            version,
            status,
        })
    }

    /// The phrase behind the status.
    pub(super) fn reason(&self) -> &[u8] {
        self.head.first_line().get(13..).unwrap_or_default()
    }

    /// The reason phrase as it is told: none where it is the standard one.
    pub(super) fn told_reason(&self) -> Option<std::sync::Arc<str>> {
        let standard = standard_reason(self.status);
        let reason = self.reason();
        (reason != standard.as_bytes()).then(|| String::from_utf8_lossy(reason).into())
    }

    /// The bytes, where what is told beside them does not make them up again.
    pub(super) fn told_raw(&self) -> RawHead {
        let has_space = self.head.first_line().len() > 12;
        let is_told = self.head.is_plain() && has_space && self.reason().is_ascii();
        self.head.told_raw(is_told)
    }
}

fn standard_reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("")
}

/// Reads `HTTP/1.1 200 OK`, or the same without a reason (RFC 9112 section 4).
pub(super) fn read_status_line(line: &[u8]) -> Result<(Version, u16), BadMessage> {
    let Some((version, rest)) = line.split_at_checked(8).filter(|(text, _)| is_version(text)) else {
        return Err(BadMessage::StatusLine);
    };
    let Some(version) = read_version(version) else {
        return Err(BadMessage::Version(told(version)));
    };
    let Some(rest) = rest.strip_prefix(b" ") else {
        return Err(BadMessage::StatusLine);
    };
    let (status, reason) = rest.split_at(rest.len().min(3));
    let number = match status {
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] if matches!(reason.first(), None | Some(b' ')) => status
            .iter()
            .fold(0, |number, digit| number * 10 + u16::from(digit - b'0')),
        _ => {
            return Err(BadMessage::Status(told(
                rest.split(|&b| b == b' ').next().unwrap_or(rest),
            )));
        }
    };
    check_text(reason, From::Origin)?;
    Ok((version, number))
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
