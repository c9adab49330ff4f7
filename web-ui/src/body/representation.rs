//! A captured body in one form: how long it is in that form, and how any part of it is read.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use capture::{Fields, Id, ReadError, Side, Store};
use encoding_rs::Encoding;
use http::StatusCode;

use super::charset::{PRESCAN, Utf8};
use super::measure::{Key, Measure, Measuring, as_decode_error};
use super::{Source, charset_of, codings_of, pretty, stream, undo};
use crate::api::model::Problem;
use crate::shared::Shared;
use capture::coding::{Coding, DecodeError};

/// The form that a body is asked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it stood on the wire.
    Wire,
    /// With its content codings undone.
    Decoded,
    /// Decoded, and told in UTF-8.
    Text,
    /// Decoded, told in UTF-8 and laid out for reading.
    Pretty,
}

/// A captured body, as far as it has come.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) id: Id,
    pub(crate) side: Side,
    /// The fields of the head that it belongs to.
    pub(crate) fields: Fields,
    /// The path of the request, for a name.
    pub(crate) path: Arc<str>,
    /// Bytes of it that are kept.
    pub(crate) kept: u64,
    /// Whether more may come.
    pub(crate) open: bool,
}

impl Subject {
    /// What the store holds of this side of this exchange; `None` when it holds no such exchange.
    pub(crate) fn find(store: &dyn Store, id: Id, side: Side) -> Result<Option<Self>, ReadError> {
        let (Some((_, exchange)), Some(part)) = (store.exchange(id)?, store.body(id, side, 0..0)?) else {
            return Ok(None);
        };
        let fields = match side {
            Side::Request => exchange.request.fields,
            Side::Response => exchange.response.map(|head| head.fields).unwrap_or_default(),
        };
        Ok(Some(Self {
            id,
            side,
            fields,
            path: exchange.request.path,
            kept: part.kept,
            open: part.open,
        }))
    }

    fn wire(&self, store: &Arc<dyn Store>, from: u64) -> Source {
        Source::new(store.clone(), self.id, self.side, from, self.kept)
    }

    /// A decoding that ends early is no fault while more may come.
    fn tell(&self, problem: Option<DecodeError>) -> Option<String> {
        match problem? {
            DecodeError::EndsEarly { .. } if self.open => {
                Some("the body is still coming: this is what has come so far".into())
            }
            problem => Some(problem.to_string()),
        }
    }
}

/// A body in one form.
pub(crate) struct Representation {
    shared: Arc<Shared>,
    subject: Subject,
    content: Content,
    /// Bytes that it has in this form.
    pub(crate) length: u64,
    /// Why it is not whole.
    pub(crate) problem: Option<String>,
}

enum Content {
    Wire,
    Decoded(Vec<Coding>, Option<&'static Encoding>),
    Made(Bytes),
}

impl Representation {
    /// The body in this form.
    pub(crate) async fn make(shared: &Arc<Shared>, subject: Subject, form: Form) -> Result<Self, Problem> {
        let codings = match form {
            Form::Wire => Vec::new(),
            _ => codings_of(&subject.fields).map_err(|error| cannot_decode(&error))?,
        };
        match form {
            Form::Wire => Ok(Self::wire(shared, subject)),
            Form::Decoded if codings.is_empty() => Ok(Self::wire(shared, subject)),
            Form::Decoded => Self::decoded(shared, subject, codings, None).await,
            Form::Text => {
                let encoding = find_charset(shared, &subject, &codings).await?;
                Self::decoded(shared, subject, codings, Some(encoding)).await
            }
            Form::Pretty => Self::pretty(shared, subject, codings).await,
        }
    }

    fn wire(shared: &Arc<Shared>, subject: Subject) -> Self {
        Self {
            shared: shared.clone(),
            length: subject.kept,
            subject,
            content: Content::Wire,
            problem: None,
        }
    }

    async fn decoded(
        shared: &Arc<Shared>,
        subject: Subject,
        codings: Vec<Coding>,
        charset: Option<&'static Encoding>,
    ) -> Result<Self, Problem> {
        let measure = measure(shared, &subject, &codings, charset).await?;
        Ok(Self {
            shared: shared.clone(),
            problem: subject.tell(measure.problem),
            subject,
            content: Content::Decoded(codings, charset),
            length: measure.length,
        })
    }

    async fn pretty(shared: &Arc<Shared>, subject: Subject, codings: Vec<Coding>) -> Result<Self, Problem> {
        let encoding = find_charset(shared, &subject, &codings).await?;
        let reader = read_decoded(&shared.store, &subject, &codings, Some(encoding));
        let fields = subject.fields.clone();
        let (laid_out, problem) = shared.work(move || lay_out(reader, &fields)).await??;
        Ok(Self {
            shared: shared.clone(),
            problem: subject.tell(problem),
            subject,
            length: laid_out.len() as u64,
            content: Content::Made(laid_out.into()),
        })
    }

    /// Its first bytes, up to this many.
    pub(crate) async fn head(&self, most: usize) -> Result<Vec<u8>, Problem> {
        if let Content::Made(bytes) = &self.content {
            return Ok(bytes[..bytes.len().min(most)].to_vec());
        }
        let reader = self.reader(0);
        self.shared.work(move || read_head(reader, most)).await?
    }

    /// Its bytes from `start` to before `end`.
    pub(crate) fn body(&self, start: u64, end: u64) -> Body {
        let length = end - start;
        let (reader, skip, heavy) = match &self.content {
            Content::Made(bytes) => return Body::from(slice(bytes, start, end)),
            Content::Wire => (self.reader(start), 0, false),
            Content::Decoded(..) => (self.reader(0), start, true),
        };
        stream::stream_of(self.shared.clone(), reader, skip, length, heavy)
    }

    fn reader(&self, from: u64) -> Box<dyn Read + Send> {
        match &self.content {
            Content::Decoded(codings, charset) => {
                read_decoded(&self.shared.store, &self.subject, codings, *charset)
            }
            Content::Wire | Content::Made(_) => Box::new(self.subject.wire(&self.shared.store, from)),
        }
    }
}

fn slice(bytes: &Bytes, start: u64, end: u64) -> Bytes {
    let at = |place: u64| usize::try_from(place).map_or(bytes.len(), |place| place.min(bytes.len()));
    bytes.slice(at(start)..at(end))
}

fn read_decoded(
    store: &Arc<dyn Store>,
    subject: &Subject,
    codings: &[Coding],
    charset: Option<&'static Encoding>,
) -> Box<dyn Read + Send> {
    let decoded = undo(codings, subject.wire(store, 0));
    match charset {
        Some(encoding) => Box::new(Utf8::new(decoded, encoding)),
        None => decoded,
    }
}

async fn measure(
    shared: &Arc<Shared>,
    subject: &Subject,
    codings: &[Coding],
    charset: Option<&'static Encoding>,
) -> Result<Measure, Problem> {
    let key = Key {
        id: subject.id,
        side: subject.side,
        kept: subject.kept,
        charset: charset.map(Encoding::name),
    };
    if let Some(known) = shared.measurements.find(&key) {
        return Ok(known);
    }
    let mut measuring = Measuring::new(read_decoded(&shared.store, subject, codings, charset));
    loop {
        let (back, step) = shared
            .work(move || {
                let step = measuring.step();
                (measuring, step)
            })
            .await?;
        measuring = back;
        if let Some(measure) = step.map_err(|error| cannot_read(&error))? {
            shared.measurements.remember(key, measure.clone());
            return Ok(measure);
        }
    }
}

async fn find_charset(
    shared: &Arc<Shared>,
    subject: &Subject,
    codings: &[Coding],
) -> Result<&'static Encoding, Problem> {
    let reader = read_decoded(&shared.store, subject, codings, None);
    let head = shared.work(move || read_head(reader, PRESCAN)).await??;
    Ok(charset_of(&subject.fields, &head))
}

/// The first bytes of what this reads, as far as they decode.
fn read_head(mut reader: Box<dyn Read + Send>, most: usize) -> Result<Vec<u8>, Problem> {
    let mut head = vec![0; most];
    let mut length = 0;
    while length < most {
        match reader.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) => {
                as_decode_error(error).map_err(|error| cannot_read(&error))?;
                break;
            }
        }
    }
    head.truncate(length);
    Ok(head)
}

/// Reads a text whole, up to the bound on it, and lays it out.
fn lay_out(
    mut reader: Box<dyn Read + Send>,
    fields: &Fields,
) -> Result<(String, Option<DecodeError>), Problem> {
    let mut text = Vec::new();
    let mut problem = None;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => text.extend_from_slice(&buffer[..length]),
            Err(error) => {
                problem = Some(as_decode_error(error).map_err(|error| cannot_read(&error))?);
                break;
            }
        }
        if text.len() > pretty::MAX_TEXT {
            return Err(pretty::PrettyError::TextTooLong.into());
        }
    }
    let text = String::from_utf8_lossy(&text);
    Ok((pretty::lay_out(&text, fields)?, problem))
}

fn cannot_decode(error: &DecodeError) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
}

fn cannot_read(error: &std::io::Error) -> Problem {
    tracing::warn!("a body could not be read: {error}");
    let text = format!("the body could not be read: {error}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, text)
}
