//! What of a head speaks to the next hop alone (RFC 9110 section 7.6.1), and the head that goes on without it.
//! All other lines go on as they stand.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use capture::Version;

use super::field::{Field, Name};
use super::framing::{Framing, Keep, Length};
use super::head::{Head, Request, Response};
use super::syntax::members;

/// What a request asks of the connection that it came on.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) version: Version,
    /// It is the client's last one here.
    pub(super) is_last: bool,
    /// Another protocol than HTTP/2, which nobody is agreed to on the client's behalf.
    pub(super) upgrade: bool,
    pub(super) trailers: bool,
    expects: bool,
    /// What goes on of `Connection`.
    kept: Vec<&'a [u8]>,
    /// Fields that `Connection` names.
    pub(super) named: Vec<&'a [u8]>,
}

/// Reads it.
pub(super) fn read_asked(request: &Request) -> Asked<'_> {
    let head = &request.head;
    let version = request.version;
    let tokens = || head.values(Name::Connection).flat_map(members);
    let says = |text: &str| tokens().any(|token| token.eq_ignore_ascii_case(text.as_bytes()));
    let trailers = head
        .values(Name::Te)
        .flat_map(members)
        .any(|coding| coding.eq_ignore_ascii_case(b"trailers"));
    let upgrade = version == Version::Http11
        && says("upgrade")
        && head.values(Name::Upgrade).flat_map(members).any(is_carried);
    let mut kept = Vec::new();
    let mut named = Vec::new();
    for token in tokens() {
        let goes_on = match token.to_ascii_lowercase().as_slice() {
            b"close" => true,
            b"keep-alive" => version == Version::Http10,
            b"te" => trailers,
            b"upgrade" => upgrade,
            _ => {
                named.push(token);
                false
            }
        };
        if goes_on {
            kept.push(token);
        }
    }
    if trailers && !says("te") {
        kept.push(b"TE");
    }
    Asked {
        version,
        is_last: says("close") || (version == Version::Http10 && !says("keep-alive")),
        upgrade,
        trailers,
        expects: version == Version::Http11
            && head
                .values(Name::Expect)
                .any(|value| value.eq_ignore_ascii_case(b"100-continue")),
        kept,
        named,
    }
}

impl Asked<'_> {
    /// Whether the client waits to be told to send its body.
    pub(super) fn expects(&self) -> bool {
        self.expects
    }
}

/// Whether to ask twice is meant to be as to ask once (RFC 9110 section 9.2.2).
pub(super) fn is_idempotent(method: &[u8]) -> bool {
    matches!(
        method,
        b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE"
    )
}

/// What becomes other in a request.
#[derive(Debug, Default)]
pub(super) struct Change<'a> {
    pub(super) target: Option<Cow<'a, [u8]>>,
    pub(super) host: Option<&'a [u8]>,
    /// Who goes there, for another proxy.
    pub(super) credentials: Option<&'a [u8]>,
    /// The request came to us as to a proxy: what it says to proxies is for us.
    pub(super) is_to_proxy: bool,
}

/// The head that goes to the origin.
pub(super) fn onward_request(request: &Request, asked: &Asked<'_>, change: &Change<'_>) -> Bytes {
    let head = &request.head;
    let mut connection = ConnectionLine::new(&asked.kept);
    let first_line = change
        .target
        .as_deref()
        .map(|target| [request.method(), target, request.version_text()].join(&b' '));
    let mut has_host = false;
    let mut onward = Onward::new(head, first_line.as_deref());
    if let Some(host) = change.host
        && head.all(Name::Host).next().is_none()
    {
        onward.put_front(b"Host", host);
    }
    for field in &head.lines.fields {
        match field.name {
            Name::Connection => connection.put(&mut onward, field),
            Name::Host if !has_host => {
                has_host = true;
                match change.host {
                    Some(host) if host != head.value(field) => onward.put(field, host),
                    _ => onward.keep(field),
                }
            }
            Name::Te if asked.trailers && head.value(field).eq_ignore_ascii_case(b"trailers") => {
                onward.keep(field);
            }
            Name::Te if asked.trailers => onward.put(field, b"trailers"),
            Name::Upgrade if asked.upgrade => put_upgrade(&mut onward, field),
            Name::ProxyAuthorization if !change.is_to_proxy => onward.keep(field),
            Name::Te
            | Name::Upgrade
            | Name::KeepAlive
            | Name::ProxyConnection
            | Name::ProxyAuthorization
            | Name::Http2Settings => onward.drop(field),
            _ if is_named(&asked.named, head.name(field), field.name) => onward.drop(field),
            _ => onward.keep(field),
        }
    }
    if let Some(credentials) = change.credentials {
        onward.put_behind(b"Proxy-Authorization", credentials);
    }
    connection.put_behind(&mut onward);
    onward.finish()
}

/// Whether an upgrade to this is carried: HTTP/2 in the clear is not, since nobody here would speak it.
fn is_carried(protocol: &[u8]) -> bool {
    !protocol.eq_ignore_ascii_case(b"h2c")
}

fn put_upgrade(onward: &mut Onward<'_>, field: &Field) {
    let head = onward.head;
    if members(head.value(field)).all(is_carried) {
        return onward.keep(field);
    }
    let carried: Vec<_> = members(head.value(field))
        .filter(|protocol| is_carried(protocol))
        .collect();
    if carried.is_empty() {
        onward.drop(field);
    } else {
        onward.put(field, &carried.join(&b", "[..]));
    }
}

/// What an answer says of the connection that it came on.
pub(super) fn is_last(response: &Response) -> bool {
    let says = |text: &str| {
        response
            .head
            .values(Name::Connection)
            .flat_map(members)
            .any(|token| token.eq_ignore_ascii_case(text.as_bytes()))
    };
    says("close") || (response.version == Version::Http10 && !says("keep-alive"))
}

/// What an answer is to say of the client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Say {
    /// That it ends. It must say so where the client would not know.
    Close { must: bool },
    /// That it goes on, likewise.
    KeepAlive { must: bool },
}

/// What becomes of the client's connection behind an answer.
pub(super) struct Ending {
    /// Its end is the answer's.
    pub(super) has_no_end: bool,
    /// It ends.
    pub(super) is_last: bool,
    pub(super) say: Say,
}

impl Ending {
    /// Behind this answer. `ends` where the connection does whatever was asked and answered.
    pub(super) fn of(response: &Response, framing: &Framing, asked: &Asked<'_>, ends: bool) -> Self {
        let is_http10 = asked.version == Version::Http10;
        // A client of HTTP/1.0 knows no chunks: it reads to the end of the connection.
        let has_no_end =
            framing.length == Length::UntilClose || (framing.length == Length::Chunked && is_http10);
        let is_last = has_no_end || asked.is_last || ends;
        let says_version = response.version == Version::Http11;
        let say = if is_last {
            Say::Close {
                must: says_version && !asked.is_last && !has_no_end,
            }
        } else {
            // A client of HTTP/1.0 that is served on was told so by the origin, or takes it as the end.
            let is_told = is_http10
                && connection_tokens(&response.head).any(|token| token.eq_ignore_ascii_case(b"keep-alive"));
            Say::KeepAlive {
                must: !says_version || is_told,
            }
        };
        Self {
            has_no_end,
            is_last,
            say,
        }
    }
}

/// The head that goes to the client.
pub(super) fn onward_response(
    response: &Response,
    framing: &Framing,
    say: Say,
    strips_alt_svc: bool,
) -> Bytes {
    let head = &response.head;
    let keeps_upgrade = matches!(response.status, 101 | 426);
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut named: Vec<&[u8]> = Vec::new();
    let mut is_said = false;
    let (word, must): (&[u8], bool) = match say {
        Say::Close { must } => (b"close", must),
        Say::KeepAlive { must } => (b"keep-alive", must),
    };
    // In HTTP/1.1 a connection goes on without a word of it.
    let is_welcome = matches!(say, Say::Close { .. }) || must;
    for token in head.values(Name::Connection).flat_map(members) {
        if token.eq_ignore_ascii_case(word) {
            if is_welcome && !is_said {
                kept.push(token);
            }
            is_said = true;
        } else if token.eq_ignore_ascii_case(b"upgrade") {
            if keeps_upgrade {
                kept.push(token);
            }
        } else {
            named.push(token);
        }
    }
    if must && !is_said {
        kept.push(word);
    }
    let mut connection = ConnectionLine::new(&kept);
    let mut onward = Onward::new(head, None);
    let mut has_length = false;
    for field in &head.lines.fields {
        match field.name {
            Name::Connection => connection.put(&mut onward, field),
            Name::ContentLength => match framing.content_length {
                Keep::All => onward.keep(field),
                Keep::Once(length) if !has_length => {
                    has_length = true;
                    onward.put(field, length.to_string().as_bytes());
                }
                Keep::Once(_) | Keep::None => onward.drop(field),
            },
            Name::TransferEncoding if framing.keeps_coding => onward.keep(field),
            Name::Upgrade if keeps_upgrade => onward.keep(field),
            Name::AltSvc if strips_alt_svc => onward.drop(field),
            Name::TransferEncoding | Name::Upgrade | Name::KeepAlive | Name::ProxyConnection | Name::Te => {
                onward.drop(field);
            }
            _ if is_named(&named, head.name(field), field.name) => onward.drop(field),
            _ => onward.keep(field),
        }
    }
    connection.put_behind(&mut onward);
    onward.finish()
}

/// What a head says of the connection that it came on.
pub(super) fn connection_tokens(head: &Head) -> impl Iterator<Item = &[u8]> {
    head.values(Name::Connection).flat_map(members)
}

/// Whether `Connection` names a field away. Without some the message would be read another way there than here.
pub(super) fn is_named(named: &[&[u8]], field: &[u8], name: Name) -> bool {
    if named.is_empty() || matches!(name, Name::Host | Name::ContentLength | Name::TransferEncoding) {
        return false;
    }
    let stays: [&[u8]; 5] = [
        b"content-type",
        b"content-encoding",
        b"cookie",
        b"set-cookie",
        b"authorization",
    ];
    named.iter().any(|token| token.eq_ignore_ascii_case(field))
        && !stays.iter().any(|stays| stays.eq_ignore_ascii_case(field))
}

/// The line of `Connection`, where the first of them stood.
struct ConnectionLine<'a> {
    kept: &'a [&'a [u8]],
    is_put: bool,
}

impl<'a> ConnectionLine<'a> {
    fn new(kept: &'a [&'a [u8]]) -> Self {
        Self { kept, is_put: false }
    }

    fn put(&mut self, onward: &mut Onward<'_>, field: &Field) {
        if self.kept.is_empty() || std::mem::replace(&mut self.is_put, true) {
            return onward.drop(field);
        }
        if members(onward.head.value(field)).eq(self.kept.iter().copied()) {
            onward.keep(field);
        } else {
            onward.put(field, &self.kept.join(&b", "[..]));
        }
    }

    /// Puts it behind all others where there was none.
    fn put_behind(self, onward: &mut Onward<'_>) {
        if !self.is_put && !self.kept.is_empty() {
            onward.put_behind(b"Connection", &self.kept.join(&b", "[..]));
        }
    }
}

/// A head that is written anew only where it becomes other.
struct Onward<'a> {
    head: &'a Head,
    /// What is written, once it differs.
    out: Option<BytesMut>,
    /// Up to where the head's own bytes were kept.
    at: usize,
}

impl<'a> Onward<'a> {
    fn new(head: &'a Head, first_line: Option<&[u8]>) -> Self {
        let mut this = Self {
            head,
            out: None,
            at: head.fields_start,
        };
        if first_line.is_some() || !head.is_sound() {
            let out = this.out();
            out.clear();
            out.extend_from_slice(first_line.unwrap_or(head.first_line()));
            out.extend_from_slice(b"\r\n");
        }
        this
    }

    /// What is written, from the first difference on.
    fn out(&mut self) -> &mut BytesMut {
        let (head, at) = (self.head, self.at);
        self.out.get_or_insert_with(|| {
            let mut out = BytesMut::with_capacity(head.raw.len() + 64);
            out.extend_from_slice(&head.raw[..at]);
            out
        })
    }

    fn keep(&mut self, field: &Field) {
        self.at = field.end;
        let Some(out) = &mut self.out else { return };
        if field.is_sound {
            out.extend_from_slice(&self.head.raw[field.start..field.end]);
        } else {
            // RFC 9112 sections 5.1 and 5.2: no space before the colon, no line that goes on.
            out.extend_from_slice(self.head.name(field));
            out.extend_from_slice(b": ");
            let spaced = self.head.value(field).iter().map(|&b| match b {
                b'\r' | b'\n' => b' ',
                b => b,
            });
            out.extend(spaced);
            out.extend_from_slice(b"\r\n");
        }
    }

    fn drop(&mut self, field: &Field) {
        self.at = field.start;
        self.out();
        self.at = field.end;
    }

    fn put(&mut self, field: &Field, value: &[u8]) {
        self.at = field.start;
        let head = self.head;
        write_field(self.out(), head.name(field), value);
        self.at = field.end;
    }

    fn put_front(&mut self, name: &[u8], value: &[u8]) {
        write_field(self.out(), name, value);
    }

    fn put_behind(&mut self, name: &[u8], value: &[u8]) {
        write_field(self.out(), name, value);
    }

    fn finish(self) -> Bytes {
        match self.out {
            Some(mut out) => {
                out.extend_from_slice(b"\r\n");
                out.freeze()
            }
            None => self.head.raw.clone(),
        }
    }
}

fn write_field(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
#[path = "hop_tests.rs"]
mod tests;
