//! The messages of an exchange: WebSocket, server-sent events, NDJSON, gRPC, and bursts of what is not known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use capture::message::{
    self, Conversation, MessageFilter, Messages, MessagesFrom, PayloadQuestion, WindowQuestion,
};
use capture::{Exchange, Id, Protocol, ReadError, Side, Store};
use http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::bodies::BODY_PROBLEM;
use super::exchanges::not_held;
use super::model::{LegName, MessagePage, Problem, ProtobufField, TypesFrom};
use super::openapi::RawBytes;
use super::{Json, Params, PathId};
use crate::body::{Part, part_of};
use crate::looked_at::{Key, Looked};
use crate::shared::{App, Shared};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

/// Characters of a text that is looked for.
const MAX_TEXT: usize = 1000;

/// How long one request reads what has come since the last.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of a message that are sent as they were on the wire, at the most.
const MAX_RAW: u64 = 64 << 20;

/// What a list's URL says.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Window {
    /// The window begins behind the message of this number.
    after: Option<u64>,
    /// The window begins at this place among the messages that match, counted from nought.
    offset: Option<u64>,
    /// `1`: the window ends with the last message.
    tail: Option<u8>,
    /// Messages at the most: 100 when nothing is said, 1000 at the very most.
    limit: Option<usize>,
    /// Those of this side alone.
    #[param(inline)]
    from: Option<LegName>,
    /// Those that hold this text, in any case.
    #[serde(default)]
    filter: String,
}

impl Window {
    fn begin(&self) -> Result<MessagesFrom, Problem> {
        match (self.after, self.offset, self.tail) {
            (after, None, None | Some(0)) => Ok(MessagesFrom::After(after.unwrap_or(0))),
            (None, Some(offset), None | Some(0)) => Ok(MessagesFrom::Offset(offset)),
            (None, None, Some(1)) => Ok(MessagesFrom::End),
            (None, None, Some(_)) => Err(Problem::bad_request("tail is 0 or 1")),
            _ => Err(Problem::bad_request("give one of after, offset and tail")),
        }
    }

    fn filter(&self) -> Result<MessageFilter, Problem> {
        if self.filter.chars().count() > MAX_TEXT {
            let text = format!("filter has {MAX_TEXT} characters at the most");
            return Err(Problem::bad_request(text));
        }
        Ok(MessageFilter {
            from: self.from.map(|from| match from {
                LegName::Client => Side::Request,
                LegName::Origin => Side::Response,
            }),
            text: self.filter.clone(),
        })
    }
}

/// A window of the messages of an exchange
#[utoipa::path(get, path = "", tag = "exchanges",
    params(("id" = String, Path, description = "The exchange"), Window),
    responses(
        (status = 200, body = MessagePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list_messages(
    State(shared): App,
    PathId(id): PathId,
    Params(asked): Params<Window>,
) -> Result<Json<MessagePage>, Problem> {
    let begin = asked.begin()?;
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let exchange = find(&shared, id).await?;
    let Some(looked) = look(&shared, &exchange, asked.filter()?).await? else {
        let kind = Protocol::of_heads(&exchange.request, exchange.response.as_ref());
        let open = exchange.state == capture::ExchangeState::Open;
        return Ok(Json(MessagePage::empty(kind, open)));
    };
    let behind = !read_on(&shared, &looked, PATIENCE, u64::MAX).await?;
    let mut question = WindowQuestion::new(begin, limit);
    let page = ask_in_steps(&shared, &looked, move |messages, store| {
        question.step(messages, store)
    })
    .await?;
    let is_typed = looked.conversation.protobuf_type(Side::Request).is_some();
    let is_given = || shared.schemas.given().knows(&exchange.request.path);
    let types_from = is_typed.then(|| match is_given() {
        true => TypesFrom::Person,
        false => TypesFrom::Origin,
    });
    Ok(Json(MessagePage::of(page, behind, types_from)))
}

/// How a message is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageForm {
    /// `1`: as it stood on the wire, framing included.
    raw: Option<u8>,
}

/// The payload of a message, decoded, or a range of it
#[utoipa::path(get, path = "", tag = "exchanges",
    params(
        ("id" = String, Path, description = "The exchange"),
        ("number" = u64, Path, description = "The message"),
        MessageForm,
    ),
    responses(
        (status = 200, body = RawBytes, content_type = "application/octet-stream",
            description = "The payload. `Handlens-Body-Problem` says why it is not whole, where it is not"),
        (status = 206, body = RawBytes, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 416, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_message(
    State(shared): App,
    Path((id, number)): Path<(String, String)>,
    Params(form): Params<MessageForm>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let raw = match form.raw {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(Problem::bad_request("raw is 0 or 1")),
    };
    let (conversation, message, payload) = payload(&shared, &id, &number).await?;
    let (bytes, whole) = match raw {
        false => (payload, message.size),
        true if !conversation.is_as_on_wire(message.from) => {
            let text =
                "the stream has a coding of its own, so that a message has no bytes of its own on the wire";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, text));
        }
        true => {
            let (id, whole) = (conversation.id(), message.end - message.start);
            let raw = shared.read(move |store| read_raw(store, id, &message)).await??;
            (raw.ok_or_else(|| not_held(id))?, whole)
        }
    };
    Ok(send(bytes, whole, &headers))
}

/// The payload of a message as protobuf, field by field
#[utoipa::path(get, path = "", tag = "exchanges",
    params(
        ("id" = String, Path, description = "The exchange"),
        ("number" = u64, Path, description = "The message"),
    ),
    responses(
        (status = 200, body = Vec<ProtobufField>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_message_tree(
    State(shared): App,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (conversation, message, payload) = payload(&shared, &id, &number).await?;
    let tell = move || {
        let tree = conversation.protobuf(message.from, &payload);
        let tree: Vec<ProtobufField> = tree.into_iter().map(Into::into).collect();
        Json(tree).into_response()
    };
    shared.work(tell).await
}

async fn find(shared: &Shared, id: Id) -> Result<Arc<Exchange>, Problem> {
    let found = shared.read(move |store| store.exchange(id)).await??;
    found
        .map(|(_, exchange)| Arc::new(exchange))
        .ok_or_else(|| not_held(id))
}

/// The list of the messages of an exchange that match; `None` where its bodies are none.
async fn look(
    shared: &Arc<Shared>,
    exchange: &Arc<Exchange>,
    filter: MessageFilter,
) -> Result<Option<Looked>, Problem> {
    let (shared_too, exchange) = (shared.clone(), exchange.clone());
    let found = shared
        .read(move |store| -> Result<_, ReadError> {
            let schema = shared_too.schemas.of(store, &exchange)?;
            let key = Key::of(&exchange, filter, schema);
            Ok(shared_too.messages.find(key, &exchange))
        })
        .await?;
    Ok(found?)
}

/// Asks a list. Somebody else may be reading it for a while: it is waited for before one of the places of reads is taken.
async fn ask<T: Send + 'static>(
    shared: &Arc<Shared>,
    looked: &Looked,
    question: impl FnOnce(&mut Messages, &dyn Store) -> T + Send + 'static,
) -> Result<T, Problem> {
    let mut messages = looked.messages.clone().lock_owned().await;
    shared.read(move |store| question(&mut messages, store)).await
}

/// Asks a list until it answers, which it may do in many steps: between two of them others have their turn.
async fn ask_in_steps<T: Send + 'static>(
    shared: &Arc<Shared>,
    looked: &Looked,
    mut question: impl FnMut(&Messages, &dyn Store) -> Result<Option<T>, ReadError> + Send + 'static,
) -> Result<T, Problem> {
    loop {
        let step = move |messages: &mut Messages, store: &dyn Store| (question(messages, store), question);
        let (answer, again) = ask(shared, looked, step).await?;
        if let Some(answer) = answer? {
            return Ok(answer);
        }
        question = again;
    }
}

/// Reads what has come since the list was looked at last, for so long or up to so many messages. False where there is
/// more.
async fn read_on(
    shared: &Arc<Shared>,
    looked: &Looked,
    patience: Duration,
    wanted: u64,
) -> Result<bool, Problem> {
    let begun = Instant::now();
    loop {
        let step = move |messages: &mut Messages, store: &dyn Store| -> Result<_, ReadError> {
            Ok(messages.total() < wanted && messages.read_on(store)?)
        };
        if !ask(shared, looked, step).await?? {
            return Ok(true);
        }
        if begun.elapsed() > patience {
            return Ok(false);
        }
    }
}

async fn payload(
    shared: &Arc<Shared>,
    id: &str,
    number: &str,
) -> Result<(Arc<Conversation>, message::Message, Bytes), Problem> {
    let id: Id = id
        .parse()
        .map_err(|error: capture::ParseIdError| Problem::not_found(error.to_string()))?;
    let missing = || Problem::not_found(format!("the exchange has no message {number}"));
    let wanted: u64 = number.parse().map_err(|_| missing())?;
    let exchange = find(shared, id).await?;
    let looked = look(shared, &exchange, MessageFilter::default())
        .await?
        .ok_or_else(missing)?;
    read_on(shared, &looked, 10 * PATIENCE, wanted).await?;
    let mut question = PayloadQuestion::new(wanted);
    let found = ask_in_steps(shared, &looked, move |messages, store| {
        question.step(messages, store)
    })
    .await?;
    let (message, payload) = found.ok_or_else(missing)?;
    Ok((looked.conversation, message, payload))
}

fn read_raw(store: &dyn Store, id: Id, message: &message::Message) -> Result<Option<Bytes>, ReadError> {
    let end = message.end.min(message.start + MAX_RAW);
    let mut raw = BytesMut::new();
    while message.start + (raw.len() as u64) < end {
        let next = message.start + raw.len() as u64;
        match store.body(id, message.from, next..end)? {
            Some(part) if !part.bytes.is_empty() => raw.extend_from_slice(&part.bytes),
            _ => return Ok(None),
        }
    }
    Ok(Some(raw.freeze()))
}

/// Sends what is had of a message of so many bytes.
fn send(bytes: Bytes, whole: u64, headers: &HeaderMap) -> Response {
    let length = bytes.len() as u64;
    let mut response = match part_of(headers, length) {
        Part::Whole => bytes.into_response(),
        Part::Range(start, end) => {
            let part = bytes.slice(start as usize..end as usize);
            let mut response = (StatusCode::PARTIAL_CONTENT, part).into_response();
            let range = HeaderValue::from_str(&format!("bytes {start}-{}/{length}", end - 1));
            response
                .headers_mut()
                .extend(range.map(|range| (CONTENT_RANGE, range)));
            response
        }
        Part::NotThere => {
            let text = format!("the range begins behind the message's {length} bytes");
            return Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, text).into_response();
        }
    };
    let fields = response.headers_mut();
    // Whatever it is, no browser runs it here.
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let name = HeaderValue::from_static("attachment; filename=\"message\"");
    fields.insert(CONTENT_DISPOSITION, name);
    if length < whole
        && let Ok(problem) =
            HeaderValue::from_str(&format!("of its {whole} bytes the first {length} are shown"))
    {
        fields.insert(BODY_PROBLEM, problem);
    }
    response
}
