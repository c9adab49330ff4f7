//! How a client comes in: what it says first, and which target it asks for.
//!
//! The port of an HTTP proxy takes CONNECT (RFC 9110 section 9.3.6), requests in absolute form (RFC 9112 section
//! 3.2.2), both by HTTP/2 and over TLS too, and SOCKS: the first bytes tell. Only a CONNECT is read here. The head of any other
//! request is handed on unread, for `relay/http1` to read.

mod agree;
mod auth;
mod connect;
mod http2;
mod proxy_protocol;
mod reached;
mod secured;
mod socks;
mod target;
mod transparent;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use capture::{Door, LegName, Stage, Target};
use http::StatusCode;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

pub(crate) use agree::Agree;
pub(crate) use auth::Guests;
pub(crate) use http2::serve_http2;
pub(crate) use reached::Reached;
pub(crate) use secured::serve_secured;
pub(crate) use target::{parse_authority, url_target};
pub use transparent::TransparentError;
pub(crate) use transparent::prepare_listener;

use self::auth::Unwelcome;
use self::proxy_protocol::HeaderError;
use self::socks::{SocksError, Version};
use crate::config::{Listen, Mode, ReverseOrigin};
use crate::context::Context;
use crate::error_page::refuse;
use crate::fault::Fault;
use crate::recorder::ConnectionRecorder;
use crate::relay::http1::EndFinder;
use crate::transport::Transport;

/// Somebody at a door.
pub(crate) struct Visitor {
    pub(crate) client: Transport,
    /// The client's address: the socket's, or the one that a load balancer told.
    pub(crate) peer: SocketAddr,
    /// Our address of the socket.
    pub(crate) local: SocketAddr,
    pub(crate) listen: Arc<Listen>,
    /// The connection of TLS that was ended for the proxy itself, where it is inside of one.
    pub(crate) secured: Option<Arc<ConnectionRecorder>>,
}

/// What a client wants.
pub(crate) enum Wanted {
    /// To be carried to one target.
    Arrival(Arrival),
    /// HTTP whose requests each name their origin. `ahead` holds all that was read of it.
    Requests { visitor: Visitor, ahead: Bytes },
    /// HTTP/2 with the proxy itself, which has begun.
    Http2 { visitor: Visitor, ahead: Bytes },
    /// TLS with the proxy itself, before it says what it wants.
    Secured { visitor: Visitor, ahead: Bytes },
    /// Nothing: it left without a word.
    Nothing,
}

/// A client that asked for a target, and waits to be let through.
pub(crate) struct Arrival {
    pub(crate) door: Door,
    pub(crate) peer: SocketAddr,
    pub(crate) target: Target,
    pub(crate) aim: Aim,
    pub(crate) agree: Agree,
    /// Bytes that came behind what it asked.
    pub(crate) ahead: Bytes,
}

/// What the target is.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    /// What the client asked us for.
    Asked,
    /// The address that the client dialled. A name that it says later is shown, and not resolved.
    Dialled,
    /// The origin that we stand for.
    Reverse(ReverseOrigin),
}

/// A client was turned away at the door, and told so.
pub(crate) struct TurnedAway {
    pub(crate) door: Door,
    pub(crate) peer: SocketAddr,
    pub(crate) target: Option<Target>,
    pub(crate) fault: Fault,
}

impl TurnedAway {
    /// Tells it as a connection that came to nothing, and as a tunnel where it is known which one was asked for.
    pub(crate) async fn tell(&self, context: &Context) {
        let Self {
            door,
            peer,
            target,
            fault,
        } = self;
        tracing::info!(%peer, "{}", fault.text);
        let recorder = ConnectionRecorder::open(&context.recorder, *door, *peer, target.clone());
        recorder.fail(fault);
        if let Some(target) = target {
            recorder.tell_failed_tunnel(target, fault).await;
        }
    }
}

/// What a client said could not be understood, is not for it, or took too long.
#[derive(Debug, thiserror::Error)]
enum DoorError {
    #[error("the client sent no whole request within {0:?}")]
    TimedOut(Duration),
    #[error("the client's CONNECT head is longer than {0} bytes")]
    TooLong(usize),
    #[error("the client's CONNECT can't be read: {0}")]
    BadConnect(String),
    #[error("the client spoke TLS inside TLS to the proxy's port")]
    TlsTwice,
    #[error("the client spoke {0} to a port that takes SOCKS alone")]
    NotSocks(&'static str),
    #[error("the client left in the middle of its request head")]
    CutShort,
    #[error("the client's connection broke: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Unwelcome(#[from] Unwelcome),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Socks(#[from] SocksError),
    #[error(transparent)]
    Transparent(#[from] TransparentError),
}

impl DoorError {
    fn to_fault(&self) -> Fault {
        let status = match self {
            Self::Unwelcome(unwelcome) => return unwelcome.to_fault(),
            Self::Header(error) => return error.to_fault(),
            Self::Socks(error) => return error.to_fault(),
            Self::Transparent(error) => return error.to_fault(),
            Self::TimedOut(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLong(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        let fault = Fault::new(LegName::Client, Stage::Target, self.to_string()).with_status(status);
        match self {
            Self::NotSocks(_) => fault.with_remedy("set this address as a SOCKS proxy: socks5h://..."),
            _ => fault,
        }
    }
}

/// What a client asked for, read to its end.
enum Asked {
    Connect(Target),
    Socks(Version, Door, Target),
    Requests,
    Http2,
    Secured,
}

/// A failure, and which door it was at.
type AtDoor = (Door, DoorError);

/// Reads as much as it takes to know what the client wants. Who is turned away has been told why.
pub(crate) async fn read_wanted(context: &Context, mut visitor: Visitor) -> Result<Wanted, TurnedAway> {
    let mut ahead = BytesMut::with_capacity(1024);
    let limit = context.timeouts.head;
    if visitor.listen.proxy_protocol && visitor.secured.is_none() {
        match proxy_protocol::read_header(&mut visitor.client, &mut ahead, limit).await {
            Ok(source) => visitor.peer = source.unwrap_or(visitor.peer),
            // Whoever it is speaks no protocol in which it could be told.
            Err(error) => return Err(visitor.into_turned_away((Door::Http, error.into()))),
        }
    }
    match &visitor.listen.mode {
        Mode::Transparent | Mode::Tproxy => {
            return match transparent::target(&visitor, &context.own) {
                Ok(target) => Ok(visitor.into_arrival(Door::Transparent, target, Aim::Dialled, ahead)),
                Err(error) => Err(visitor.into_turned_away((Door::Transparent, error.into()))),
            };
        }
        Mode::Reverse(origin) => {
            let (target, aim) = (origin.target.clone(), Aim::Reverse(origin.clone()));
            return Ok(visitor.into_arrival(Door::Reverse, target, aim, ahead));
        }
        Mode::Http | Mode::Socks5 => {}
    }
    let mut at = None;
    let asked = match timeout(limit, read_asked(context, &mut visitor, &mut ahead, &mut at)).await {
        Ok(asked) => asked,
        Err(_) => match at {
            // A client that connects ahead of need has said nothing yet: that is no fault.
            None => return Ok(Wanted::Nothing),
            Some(door) => Err((door, DoorError::TimedOut(limit))),
        },
    };
    match asked {
        Ok(None) => Ok(Wanted::Nothing),
        Ok(Some(Asked::Requests)) => Ok(Wanted::Requests {
            visitor,
            ahead: ahead.freeze(),
        }),
        Ok(Some(Asked::Http2)) => Ok(Wanted::Http2 {
            visitor,
            ahead: ahead.freeze(),
        }),
        Ok(Some(Asked::Secured)) => Ok(Wanted::Secured {
            visitor,
            ahead: ahead.freeze(),
        }),
        Ok(Some(Asked::Connect(target))) => {
            let agree = Agree::Connect(visitor.client);
            Ok(arrival(
                Door::Connect,
                visitor.peer,
                target,
                Aim::Asked,
                agree,
                ahead,
            ))
        }
        Ok(Some(Asked::Socks(version, door, target))) => {
            let agree = Agree::Socks(version, visitor.client);
            Ok(arrival(door, visitor.peer, target, Aim::Asked, agree, ahead))
        }
        Err((door, error)) => {
            // SOCKS has been answered, as far as it could be.
            if !matches!(at, Some(Door::Socks4 | Door::Socks5)) {
                refuse(&mut visitor.client, &error.to_fault()).await;
            }
            Err(visitor.into_turned_away((door, error)))
        }
    }
}

/// Reads what a client asks for at a port that takes more than one protocol; `None` where it left without a word.
/// Which door it came to is noted as soon as it is known.
async fn read_asked(
    context: &Context,
    visitor: &mut Visitor,
    ahead: &mut BytesMut,
    at: &mut Option<Door>,
) -> Result<Option<Asked>, AtDoor> {
    let client = &mut visitor.client;
    let takes_http = visitor.listen.mode == Mode::Http;
    let at_connect = |error| (Door::Connect, error);
    if ahead.is_empty() && read_some(client, ahead).await.map_err(at_connect)? == 0 {
        return Ok(None);
    }
    *at = Some(Door::Connect);
    if let Some((version, door)) = socks::version(ahead[0]) {
        *at = Some(door);
        let asked = socks::read_asked(version, client, ahead, &context.guests).await;
        return match asked {
            Ok(target) => Ok(Some(Asked::Socks(version, door, target))),
            Err(error) => Err((door, error.into())),
        };
    }
    if ahead[0] == handshake::record_type::HANDSHAKE {
        return match (takes_http, visitor.secured.is_some()) {
            (false, _) => Err((Door::Socks5, DoorError::NotSocks("TLS"))),
            (true, true) => Err(at_connect(DoorError::TlsTwice)),
            (true, false) => Ok(Some(Asked::Secured)),
        };
    }
    if !takes_http {
        return Err((Door::Socks5, DoorError::NotSocks("something else")));
    }
    let max_head = context.limits.head_bytes;
    let mut end = EndFinder::default();
    loop {
        let is_http2 = http2::begins(ahead);
        if is_http2 == Some(true) {
            return Ok(Some(Asked::Http2));
        }
        if is_http2 == Some(false) && !connect::may_be_connect(ahead) {
            return Ok(Some(Asked::Requests));
        }
        // The preface of HTTP/2 has an empty line in it.
        if let Some(end) = is_http2.and_then(|_| end.look(ahead)) {
            let connect = connect::parse_connect(&ahead.split_to(end));
            let credentials = connect.credentials.as_deref();
            let admitted = context.guests.admit_basic(credentials).await;
            admitted.map_err(|unwelcome| at_connect(unwelcome.into()))?;
            return match connect.target {
                Ok(target) => Ok(Some(Asked::Connect(target))),
                Err(why) => Err(at_connect(DoorError::BadConnect(why))),
            };
        }
        if ahead.len() >= max_head {
            return Err(at_connect(DoorError::TooLong(max_head)));
        }
        if read_some(client, ahead).await.map_err(at_connect)? == 0 {
            return Err(at_connect(DoorError::CutShort));
        }
    }
}

async fn read_some(client: &mut Transport, ahead: &mut BytesMut) -> Result<usize, DoorError> {
    Ok(client.read_buf(ahead).await?)
}

impl Visitor {
    /// How it reached us.
    pub(crate) fn reached(&self) -> Reached {
        Reached {
            local: self.local,
            is_secured: self.secured.is_some(),
        }
    }

    fn into_arrival(self, door: Door, target: Target, aim: Aim, ahead: BytesMut) -> Wanted {
        arrival(door, self.peer, target, aim, Agree::Unasked(self.client), ahead)
    }

    fn into_turned_away(self, (door, error): AtDoor) -> TurnedAway {
        TurnedAway {
            door,
            peer: self.peer,
            target: match &error {
                DoorError::Socks(error) => error.target(),
                _ => None,
            },
            fault: error.to_fault(),
        }
    }
}

fn arrival(door: Door, peer: SocketAddr, target: Target, aim: Aim, agree: Agree, ahead: BytesMut) -> Wanted {
    Wanted::Arrival(Arrival {
        door,
        peer,
        target,
        aim,
        agree,
        ahead: ahead.freeze(),
    })
}

#[cfg(test)]
mod tests;
