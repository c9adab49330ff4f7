//! What an exchange speaks, as its row says it.

use std::io::{self, Read};

use bytes::Bytes;

use crate::coding::{codings_of, undo};
use crate::message::{WebTrailers, field_of_end, operation, read_status};
use crate::protocol::media_type;
use crate::{Exchange, Protocol, RequestHead};

/// Bytes of an operation's name at the most.
const LONGEST: usize = 500;

/// The columns that tell what is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) protocol: Protocol,
    pub(super) operation: Option<String>,
    pub(super) grpc_status: Option<u32>,
}

impl Spoken {
    /// What the heads and trailers of an exchange say.
    pub(super) fn of(told: &Exchange) -> Self {
        let protocol = Protocol::of_heads(&told.request, told.response.as_ref());
        if let Some(operation) = asked_by_url(told, protocol) {
            return Self::graphql(protocol, operation);
        }
        let is_grpc = matches!(protocol, Protocol::Grpc | Protocol::GrpcWeb);
        Self {
            protocol,
            operation: is_grpc.then(|| grpc_method(&told.request.path)).flatten(),
            grpc_status: is_grpc
                .then(|| field_of_end(told, "grpc-status").and_then(read_status))
                .flatten(),
        }
    }
}

impl Spoken {
    /// What is said anew; an operation that was named once stays.
    pub(super) fn again(&self, told: &Exchange) -> Self {
        let told = Self::of(told);
        match (&told.operation, &self.operation) {
            (None, Some(operation)) => Self::graphql(told.protocol, operation.clone()),
            _ => told,
        }
    }

    /// An operation of GraphQL, answered at once or by a stream.
    fn graphql(protocol: Protocol, operation: String) -> Self {
        Self {
            protocol: match protocol {
                Protocol::Http => Protocol::Graphql,
                other => other,
            },
            operation: Some(operation),
            grpc_status: None,
        }
    }
}

/// The beginning of a request's body, as long as it may name an operation of GraphQL.
#[derive(Default)]
pub(super) enum Asked {
    /// Nothing is known yet.
    #[default]
    Fresh,
    /// What has come of it.
    Gathering { form: Form, bytes: Vec<u8> },
    /// It names none, as far as it is looked at; or it has named one.
    Settled,
}

/// The forms that operations are sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Document,
    /// The operation stands in the part `operations` (the GraphQL multipart request specification).
    Multipart,
}

/// Bytes of the beginning of a request's body that are looked at, as they came and decoded.
const BODY: usize = 64 * 1024;

impl Asked {
    /// Takes the bytes that came of a request's body. What it asks for is told once it is whole.
    pub(super) fn take(&mut self, told: &Exchange, chunks: &[Bytes], over: bool, spoken: &mut Spoken) {
        if matches!(self, Self::Fresh) {
            *self = match form_of(&told.request) {
                Some(form) => Self::Gathering {
                    form,
                    bytes: Vec::new(),
                },
                None => Self::Settled,
            };
        }
        let Self::Gathering { form, bytes } = self else {
            return;
        };
        for chunk in chunks {
            let room = (BODY + 1).saturating_sub(bytes.len()).min(chunk.len());
            bytes.extend_from_slice(&chunk[..room]);
        }
        let is_whole = over || told.timings.request_end_us.is_some() || told.response.is_some();
        if bytes.len() <= BODY && !is_whole {
            return;
        }
        let operation = named(*form, bytes, &told.request);
        *self = Self::Settled;
        if let Some(operation) = operation {
            *spoken = Spoken::graphql(spoken.protocol, operation);
        }
    }
}

/// The operation that a body names, as far as its beginning goes.
fn named(form: Form, body: &[u8], request: &RequestHead) -> Option<String> {
    let codings = codings_of(&request.fields).ok()?;
    let decoded = (!codings.is_empty()).then(|| {
        let mut decoded = Vec::new();
        let coded = io::Cursor::new(body.to_vec());
        // What came out before it broke off is a beginning too.
        let whole = undo(&codings, coded)
            .take(BODY as u64 + 1)
            .read_to_end(&mut decoded);
        (decoded, whole.is_ok())
    });
    let (bytes, is_whole) = decoded
        .as_ref()
        .map_or((body, true), |(decoded, is_whole)| (&decoded[..], *is_whole));
    let is_whole = is_whole && bytes.len() <= BODY;
    match form {
        Form::Multipart => operations_part(bytes).and_then(operation::of_json),
        Form::Json if is_whole => operation::of_json(bytes),
        Form::Json => operation::of_json_begun(bytes),
        Form::Document => operation::of_document(bytes.utf8_chunks().next()?.valid(), None),
    }
}

/// The form in which a request may ask for an operation, told by its head.
fn form_of(request: &RequestHead) -> Option<Form> {
    if &*request.method != "POST" {
        return None;
    }
    let media_type = media_type(&request.fields)?;
    let is = |name: &str| media_type.eq_ignore_ascii_case(name.as_bytes());
    if is("application/json") || is("application/graphql+json") {
        Some(Form::Json)
    } else if is("application/graphql") {
        Some(Form::Document)
    } else if is("multipart/form-data") && request.path.contains("graphql") {
        Some(Form::Multipart)
    } else {
        None
    }
}

/// The body of a response, as long as gRPC-Web's trailers may come in it.
#[derive(Default)]
pub(super) enum Answered {
    /// Nothing has come of it.
    #[default]
    Fresh,
    /// The head isn't told yet, which says how it is written; what came of the body meanwhile.
    Headless(Vec<Bytes>),
    /// The trailers are looked for.
    Reading(Box<WebTrailers>),
    /// They are not.
    Settled,
}

impl Answered {
    /// Takes the bytes that came of a response's body, and notes the status that stands in it.
    pub(super) fn take(&mut self, told: &Exchange, chunks: &[Bytes], spoken: &mut Spoken) {
        if spoken.protocol != Protocol::GrpcWeb || matches!(self, Self::Settled) {
            return;
        }
        let mut before = match self {
            Self::Headless(came) => std::mem::take(came),
            _ => Vec::new(),
        };
        if let (Self::Fresh | Self::Headless(_), Some(head)) = (&*self, &told.response) {
            let reading = WebTrailers::of(&head.fields);
            *self = reading.map_or(Self::Settled, |trailers| Self::Reading(Box::new(trailers)));
        }
        match self {
            Self::Fresh | Self::Headless(_) => {
                before.extend_from_slice(chunks);
                // A body comes before its head only where both were there at once.
                let few = before.iter().map(Bytes::len).sum::<usize>() <= BODY;
                *self = if few {
                    Self::Headless(before)
                } else {
                    Self::Settled
                };
            }
            Self::Reading(trailers) => {
                for chunk in before.iter().chain(chunks) {
                    trailers.feed(chunk);
                }
                spoken.grpc_status = trailers.status().or(spoken.grpc_status);
            }
            Self::Settled => {}
        }
    }
}

/// The content of the part `operations`, which comes first.
fn operations_part(body: &[u8]) -> Option<&[u8]> {
    let name = memchr::memmem::find(body, b"name=\"operations\"")?;
    let rest = &body[name..];
    let start = memchr::memmem::find(rest, b"\r\n\r\n")? + 4;
    let end = memchr::memmem::find(&rest[start..], b"\r\n--")?;
    Some(&rest[start..start + end])
}

fn asked_by_url(told: &Exchange, protocol: Protocol) -> Option<String> {
    let may_ask = &*told.request.method == "GET"
        && matches!(protocol, Protocol::Http | Protocol::Graphql | Protocol::Sse);
    (may_ask && told.request.path.contains("query="))
        .then(|| operation::of_url(&told.request.path))
        .flatten()
}

/// `package.Service/Method`.
fn grpc_method(path: &str) -> Option<String> {
    let path = path.split('?').next()?.strip_prefix('/')?;
    (path.contains('/') && path.len() <= LONGEST).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::Fields;
    use crate::test_support::{done, exchange};

    fn asked(media_type: &str, path: &str, pieces: &[&str]) -> (Protocol, Option<String>) {
        let pieces = pieces.iter().map(|piece| piece.as_bytes().to_vec());
        asked_coded(media_type, "identity", path, pieces)
    }

    fn asked_coded(
        media_type: &str,
        coding: &str,
        path: &str,
        pieces: impl IntoIterator<Item = Vec<u8>>,
    ) -> (Protocol, Option<String>) {
        let mut post = exchange(path);
        post.request.method = "POST".into();
        post.request.fields = Fields::pack([
            (&b"content-type"[..], media_type.as_bytes()),
            (&b"content-encoding"[..], coding.as_bytes()),
        ]);
        let mut spoken = Spoken::of(&post);
        let mut asked = Asked::default();
        for piece in pieces {
            asked.take(&post, &[Bytes::from(piece)], false, &mut spoken);
        }
        asked.take(&post, &[], true, &mut spoken);
        (spoken.protocol, spoken.operation)
    }

    #[test]
    fn an_operation_of_graphql_is_named_in_whatever_form_it_was_asked() {
        let named = (Protocol::Graphql, Some("A".to_owned()));
        let url = "https://a.example/graphql";
        assert_eq!(
            asked("application/json", url, &["{\"query\":\"que", "ry A { a }\"}"]),
            named
        );
        assert_eq!(asked("application/graphql", url, &["query A { a }"]), named);
        let parts = "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"query A { a }\"}\r\n--x\r\n";
        assert_eq!(asked("multipart/form-data; boundary=x", url, &[parts]), named);
        assert_eq!(
            asked("application/json", url, &["{\"query\":\"shoes\"}"]),
            (Protocol::Http, None)
        );

        let get = exchange("https://a.example/graphql?query=query%20A%20%7B%20a%20%7D");
        let spoken = Spoken::of(&get);
        assert_eq!((spoken.protocol, spoken.operation), named);
    }

    #[test]
    fn a_body_that_is_coded_or_long_names_an_operation_as_far_as_its_beginning_does() {
        let named = (Protocol::Graphql, Some("A".to_owned()));
        let unnamed = (Protocol::Http, None);
        let url = "https://a.example/graphql";
        let gzipped = |text: &str| {
            let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            coder.write_all(text.as_bytes()).unwrap();
            coder.finish().unwrap()
        };
        let gzip = |body: Vec<u8>| asked_coded("application/json", "gzip", url, [body]);
        let brief = "{\"query\":\"query A { a }\"}";
        assert_eq!(gzip(gzipped(brief)), named);
        assert_eq!(gzip(brief.into()), unnamed, "it is not coded");
        assert_eq!(
            asked_coded("application/json", "unheard-of", url, [brief.into()]),
            unnamed
        );

        let long = "x".repeat(BODY);
        let behind = format!(
            "{{\"operationName\":\"A\",\"query\":\"query B {{ b }} query A {{ a }}\",\"variables\":\"{long}\"}}"
        );
        let before = format!("{{\"variables\":\"{long}\",\"query\":\"query A {{ a }}\"}}");
        assert_eq!(
            asked("application/json", url, &[&behind[..100], &behind[100..]]),
            named
        );
        assert_eq!(gzip(gzipped(&behind)), named);
        assert_eq!(asked("application/json", url, &[&before]), unnamed);
        let document = format!("query A {{ a(text: \"{long}\") }}");
        assert_eq!(asked("application/graphql", url, &[&document]), named);
    }

    #[test]
    fn the_status_of_grpc_web_stands_in_the_body_whenever_its_head_is_told() {
        let web = &b"application/grpc-web"[..];
        let mut open = exchange("https://example.com/a.b.C/Do");
        open.request.fields = Fields::pack([(&b"content-type"[..], web)]);
        let end = b"\0\0\0\0\x01x\x80\0\0\0\x0egrpc-status: 7".as_slice();
        let body = [Bytes::from_static(&end[..9]), Bytes::from_static(&end[9..])];
        let over = done(&open, 200, "application/grpc-web");
        let mut answered = Answered::default();
        let mut spoken = Spoken::of(&open);
        answered.take(&open, &[], &mut spoken);
        answered.take(&open, &body[..1], &mut spoken);
        spoken = spoken.again(&over);
        answered.take(&over, &body[1..], &mut spoken);
        assert_eq!(
            (spoken.protocol, spoken.grpc_status),
            (Protocol::GrpcWeb, Some(7))
        );
        // And it stays whatever else is told.
        spoken = spoken.again(&over);
        answered.take(&over, &[], &mut spoken);
        assert_eq!(spoken.grpc_status, Some(7));

        let mut answered = Answered::default();
        let mut spoken = Spoken::of(&open);
        answered.take(&open, &[Bytes::from(vec![0; BODY + 1])], &mut spoken);
        answered.take(&over, &body, &mut spoken);
        assert_eq!(spoken.grpc_status, None, "much came, and no head");
    }

    #[test]
    fn a_call_of_grpc_is_named_by_its_path_and_its_status_stands_in_the_trailers() {
        let mut call = done(&exchange("https://example.com/a.b.C/Do"), 200, "application/grpc");
        call.request.fields = Fields::pack([(&b"content-type"[..], &b"application/grpc+proto"[..])]);
        call.response_trailers = Some(Fields::pack([(&b"grpc-status"[..], &b"5"[..])]));
        let expected = Spoken {
            protocol: Protocol::Grpc,
            operation: Some("a.b.C/Do".to_owned()),
            grpc_status: Some(5),
        };
        assert_eq!(Spoken::of(&call), expected);

        call.response.as_mut().unwrap().fields = call.response_trailers.take().unwrap();
        assert_eq!(Spoken::of(&call), expected, "trailers alone");

        call.request.fields = Fields::default();
        assert_eq!(Spoken::of(&call), Spoken::default(), "not gRPC");
    }
}
