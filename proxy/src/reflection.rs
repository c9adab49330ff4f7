//! Asks an origin for the types of its gRPC services, by server reflection, when a person wants to know them.
//!
//! The question comes in like a client's, by a door of our own: so the origin is reached, judged and recorded as for
//! everybody else, and what it answers is found in the record, as it is where a client has asked.
//!
//! Invariant: nobody is asked but when a person says so.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use capture::message::Questions;
use capture::{Door, Target};
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, duplex};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::context::Context;
use crate::door::{Agree, Aim, Arrival};
use crate::session::serve_arrival;
use crate::transport::Transport;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Bytes of one answer.
const ANSWER: usize = 8 << 20;

/// Bytes under way between us and the door.
const PIPE: usize = 64 * 1024;

/// The service by its names, the newer first.
const SERVICES: [&str; 2] = ["grpc.reflection.v1", "grpc.reflection.v1alpha"];

/// `UNIMPLEMENTED`, of gRPC's statuses.
const UNIMPLEMENTED: &[u8] = b"12";

/// Who asks origins for their types. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reflection(Arc<Inner>);

struct Inner {
    context: OnceLock<Weak<Context>>,
    one_at_a_time: Semaphore,
}

/// What an origin told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// Its services by their full names.
    pub(crate) services: Vec<String>,
    /// Files that describe them.
    pub(crate) files: usize,
}

/// An origin's types are not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReflectionError {
    #[error("recording is paused, and types are kept in the record: resume it first")]
    Paused,
    #[error("another origin is being asked: try again in a moment")]
    Busy,
    #[error("the proxy is stopping")]
    Stopping,
    #[error("there is no room for another connection: try again in a moment")]
    NoRoom,
    #[error("the origin did not tell its types within {LIMIT:?}")]
    TimedOut,
    #[error("the origin has no server reflection: give its .proto files by `--proto DIR`")]
    Unimplemented,
    #[error("the origin was not reached as gRPC is: it answered {0}; the traffic shows the call and why")]
    Status(u16),
    #[error("the origin was not reached as gRPC is: its answer is {0}, and not application/grpc")]
    NotGrpc(String),
    #[error("the origin refused with grpc-status {0}")]
    Refused(String),
    #[error("an answer of the origin has more than {ANSWER} bytes")]
    TooLong,
    #[error("no name for TLS can be made of {0}")]
    Name(String),
    #[error("TLS to it is not ended here, or it failed: the traffic shows the connection and why: {0}")]
    Tls(#[from] io::Error),
    #[error("TLS can't be set up")]
    Setup(#[from] rustls::Error),
    #[error("the connection ended before the origin had told its types: the traffic shows it")]
    Closed,
    #[error("HTTP/2 with the origin broke: {0}")]
    Http(#[from] h2::Error),
}

impl Reflection {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            context: OnceLock::new(),
            one_at_a_time: Semaphore::new(1),
        }))
    }

    /// Sessions begin: from now on origins can be asked.
    pub(crate) fn begin(&self, context: &Arc<Context>) {
        let _ = self.0.context.set(Arc::downgrade(context));
    }

    /// Asks this origin, over TLS or in the clear.
    pub(crate) async fn ask(&self, target: Target, is_tls: bool) -> Result<Described, ReflectionError> {
        let _turn = self
            .0
            .one_at_a_time
            .try_acquire()
            .map_err(|_| ReflectionError::Busy)?;
        let context = self.0.context.get().and_then(Weak::upgrade);
        let context = context.ok_or(ReflectionError::Stopping)?;
        if context.recorder.events.is_paused() {
            return Err(ReflectionError::Paused);
        }
        timeout(LIMIT, ask(&context, target, is_tls))
            .await
            .unwrap_or(Err(ReflectionError::TimedOut))
    }
}

async fn ask(context: &Arc<Context>, target: Target, is_tls: bool) -> Result<Described, ReflectionError> {
    let place = context.places.clone().try_acquire_owned();
    let place = place.map_err(|_| ReflectionError::NoRoom)?;
    let (ours, theirs) = duplex(PIPE);
    let arrival = Arrival {
        door: Door::Own,
        peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        target: target.clone(),
        aim: Aim::Asked,
        agree: Agree::Unasked(Transport::inner(theirs)),
        ahead: Bytes::new(),
    };
    let serving = context.clone();
    context.tasks.spawn(async move {
        serve_arrival(serving, arrival).await;
        drop(place);
    });
    if !is_tls {
        return ask_over(ours, &target, "http").await;
    }
    let mut roots = RootCertStore::empty();
    roots.add(context.root.clone())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(target.host.to_string());
    let name = name.map_err(|_| ReflectionError::Name(target.host.to_string()))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, ours).await?;
    ask_over(stream, &target, "https").await
}

async fn ask_over<S>(stream: S, target: &Target, scheme: &str) -> Result<Described, ReflectionError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (sender, connection) = h2::client::handshake(stream).await?;
    let asking = async {
        for service in SERVICES {
            let uri = format!("{scheme}://{target}/{service}.ServerReflection/ServerReflectionInfo");
            match call(sender.clone(), &uri).await {
                Err(ReflectionError::Unimplemented) => {}
                told => return told,
            }
        }
        Err(ReflectionError::Unimplemented)
    };
    let mut asking = pin!(asking);
    let told = tokio::select! {
        biased;
        told = &mut asking => told,
        // What came before the end is still read: it may say more than that.
        _ = connection => asking.await,
    };
    match told {
        // So streams are told of an end without an error.
        Err(ReflectionError::Http(error)) if error.get_io().is_some_and(is_broken_pipe) => {
            Err(ReflectionError::Closed)
        }
        told => told,
    }
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Asks all that there is to ask in one call.
async fn call(sender: SendRequest<Bytes>, uri: &str) -> Result<Described, ReflectionError> {
    let request = Request::post(uri)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", concat!("handlens/", env!("CARGO_PKG_VERSION")))
        .body(());
    let Ok(request) = request else {
        return Err(ReflectionError::Name(uri.to_owned()));
    };
    let (response, mut requests) = sender.ready().await?.send_request(request, false)?;
    let mut questions = Questions::default();
    // A server may wait for the first question before it answers at all.
    if let Some(first) = questions.next_request() {
        send(&mut requests, &first, false)?;
    }
    let response = response.await?;
    let status = response.status();
    refused(response.headers())?;
    if status != 200 {
        return Err(match status.as_u16() {
            404 => ReflectionError::Unimplemented,
            status => ReflectionError::Status(status),
        });
    }
    let media_type = response.headers().get(CONTENT_TYPE);
    let media_type = media_type.map_or(&b"of no type"[..], HeaderValue::as_bytes);
    if !media_type.starts_with(b"application/grpc") {
        let told = String::from_utf8_lossy(media_type);
        return Err(ReflectionError::NotGrpc(told.chars().take(100).collect()));
    }
    let mut answers = Answers {
        body: response.into_body(),
        bytes: BytesMut::new(),
    };
    while let Some(answer) = answers.next().await? {
        questions.take_response(&answer);
        match questions.next_request() {
            Some(next) => send(&mut requests, &next, false)?,
            None => {
                requests.send_data(Bytes::new(), true)?;
                // Its trailers, so that the call ends as calls do.
                answers.next().await?;
                break;
            }
        }
    }
    Ok(Described {
        services: questions.services().to_vec(),
        files: questions.files(),
    })
}

/// A message of gRPC: a byte of flags, four of length, the payload.
fn send(requests: &mut SendStream<Bytes>, payload: &[u8], is_last: bool) -> Result<(), h2::Error> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let framed = [&[0][..], &length.to_be_bytes(), payload].concat();
    requests.send_data(framed.into(), is_last)
}

/// The messages of a response as they come.
struct Answers {
    body: RecvStream,
    bytes: BytesMut,
}

impl Answers {
    /// The next one; `None` when the call is over and went well.
    async fn next(&mut self) -> Result<Option<Bytes>, ReflectionError> {
        loop {
            if let Some(length) = self.bytes.get(1..5) {
                let length = length.try_into().map_or(0, u32::from_be_bytes) as usize;
                if length > ANSWER {
                    return Err(ReflectionError::TooLong);
                }
                if self.bytes.len() >= 5 + length {
                    self.bytes.advance(5);
                    return Ok(Some(self.bytes.split_to(length).freeze()));
                }
            }
            match self.body.data().await {
                Some(data) => {
                    let data = data?;
                    let _ = self.body.flow_control().release_capacity(data.len());
                    self.bytes.extend_from_slice(&data);
                }
                None => {
                    let trailers = poll_fn(|cx| self.body.poll_trailers(cx)).await?;
                    refused(&trailers.unwrap_or_default())?;
                    return Ok(None);
                }
            }
        }
    }
}

/// What a head or trailers say of the call, where it did not go well.
fn refused(fields: &HeaderMap) -> Result<(), ReflectionError> {
    match fields.get("grpc-status").map(HeaderValue::as_bytes) {
        None | Some(b"0") => Ok(()),
        Some(UNIMPLEMENTED) => Err(ReflectionError::Unimplemented),
        Some(status) => {
            let message = fields.get("grpc-message").map(HeaderValue::as_bytes);
            let text = [
                status,
                message.map_or(&b""[..], |_| b": "),
                message.unwrap_or_default(),
            ]
            .concat();
            Err(ReflectionError::Refused(
                String::from_utf8_lossy(&text).chars().take(300).collect(),
            ))
        }
    }
}

#[cfg(test)]
mod tests;
