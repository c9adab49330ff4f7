//! SOCKS: version 5 (RFC 1928) with no authentication or a user and password (RFC 1929), 4 and 4a.
//!
//! CONNECT alone is carried. The origin is dialled before the client is answered, so that the reply can say what came
//! of it; a name that has no address is agreed to all the same, and told inside, as behind an HTTP CONNECT.

mod message;

use std::io;

use bytes::{Buf, BytesMut};
use capture::{Door, LegName, Stage, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::message::{Command, Malformed, Request};
use super::agree::say_and_end;
use super::auth::{Guests, Unwelcome};
use crate::dial::DialError;
use crate::fault::Fault;
use crate::transport::Transport;

pub(crate) use message::{Reply, Version};

/// A SOCKS client is not served. It has been told, as far as SOCKS can.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocksError {
    #[error("the client's SOCKS can't be read: {0}")]
    Malformed(#[from] Malformed),
    #[error("SOCKS {0} is not carried: CONNECT alone is")]
    Command(&'static str, Option<Target>),
    #[error("the client's SOCKS request can't be met: {0}")]
    Target(message::BadTarget),
    #[error(
        "the client offers no way to say who it is that Handlens takes: none, or user and password (RFC 1929)"
    )]
    NoMethod,
    #[error("SOCKS4 can't say who the client is, which this proxy asks for")]
    Nameless,
    #[error(transparent)]
    Unwelcome(#[from] Unwelcome),
    #[error("the client left in the middle of its SOCKS request")]
    CutShort,
    #[error("the client's connection broke: {0}")]
    Io(#[from] io::Error),
}

impl SocksError {
    pub(super) fn to_fault(&self) -> Fault {
        let fault = Fault::new(LegName::Client, Stage::Target, self.to_string());
        match self {
            Self::Command(..) => {
                fault.with_remedy("let the program go without UDP and without listening, through SOCKS")
            }
            Self::Unwelcome(Unwelcome::Crowded) => Unwelcome::Crowded.to_fault(),
            Self::NoMethod | Self::Unwelcome(_) => {
                fault.with_remedy("set the proxy with both, as in socks5h://USER:PASSWORD@127.0.0.1:1080")
            }
            Self::Nameless => fault.with_remedy("set the proxy as socks5://, with a user and a password"),
            _ => fault,
        }
    }

    /// What was asked for, where that is known.
    pub(super) fn target(&self) -> Option<Target> {
        match self {
            Self::Command(_, target) => target.clone(),
            _ => None,
        }
    }
}

/// The reply that says what became of dialling.
impl From<&DialError> for Reply {
    fn from(error: &DialError) -> Self {
        match error {
            DialError::Own { .. } => Self::NotAllowed,
            DialError::ConnectTimedOut { .. } => Self::HostUnreachable,
            DialError::Connect { source, .. } => match source.kind() {
                io::ErrorKind::ConnectionRefused => Self::ConnectionRefused,
                io::ErrorKind::NetworkUnreachable => Self::NetworkUnreachable,
                io::ErrorKind::HostUnreachable | io::ErrorKind::TimedOut => Self::HostUnreachable,
                _ => Self::GeneralFailure,
            },
            _ => Self::GeneralFailure,
        }
    }
}

/// Which door it is, by its first byte.
pub(super) fn version(first: u8) -> Option<(Version, Door)> {
    match first {
        4 => Some((Version::Socks4, Door::Socks4)),
        5 => Some((Version::Socks5, Door::Socks5)),
        _ => None,
    }
}

/// Reads what the client asks for, its first bytes read already. Bytes behind it are left in `ahead`.
pub(super) async fn read_asked(
    version: Version,
    client: &mut Transport,
    ahead: &mut BytesMut,
    guests: &Guests,
) -> Result<Target, SocksError> {
    let mut talk = Talk { client, ahead };
    let asked = match version {
        Version::Socks5 => talk.ask_socks5(guests).await,
        Version::Socks4 => talk.ask_socks4(guests).await,
    };
    match asked {
        Ok(target) => Ok(target),
        Err((error, word)) => {
            say_and_end(client, &word).await;
            Err(error)
        }
    }
}

/// Why it came to nothing, and what the client is told of that.
type Refusal = (SocksError, Vec<u8>);

fn untold(error: impl Into<SocksError>) -> Refusal {
    (error.into(), Vec::new())
}

/// A dialogue with a client.
struct Talk<'a> {
    client: &'a mut Transport,
    ahead: &'a mut BytesMut,
}

impl Talk<'_> {
    async fn ask_socks5(&mut self, guests: &Guests) -> Result<Target, Refusal> {
        let offered = self.read(message::read_greeting).await.map_err(untold)?;
        let method = match guests.must_say() {
            true if offered.password => message::METHOD_PASSWORD,
            false if offered.none => message::METHOD_NONE,
            // A client that would give a password may: it is not looked at.
            false if offered.password => message::METHOD_PASSWORD,
            _ => return Err((SocksError::NoMethod, vec![5, message::NO_METHOD])),
        };
        self.say(&[5, method]).await?;
        if method == message::METHOD_PASSWORD {
            let (user, password) = self
                .read(|bytes| {
                    let read = message::read_credentials(bytes)?;
                    Ok(read.map(|((user, password), length)| ((user.to_vec(), password.to_vec()), length)))
                })
                .await
                .map_err(untold)?;
            if let Err(error) = guests.admit(&user, &password).await {
                return Err((error.into(), vec![1, 1]));
            }
            self.say(&[1, 0]).await?;
        }
        let request = self.read(message::read_request).await.map_err(untold)?;
        accept(request, Version::Socks5)
    }

    async fn ask_socks4(&mut self, guests: &Guests) -> Result<Target, Refusal> {
        let request = self.read(message::read_socks4).await.map_err(untold)?;
        if guests.must_say() {
            return Err((
                SocksError::Nameless,
                Reply::NotAllowed.write(Version::Socks4, None),
            ));
        }
        accept(request, Version::Socks4)
    }

    /// Reads a message to its end.
    async fn read<T>(
        &mut self,
        read: impl Fn(&[u8]) -> Result<Option<(T, usize)>, Malformed>,
    ) -> Result<T, SocksError> {
        loop {
            if let Some((message, length)) = read(self.ahead)? {
                self.ahead.advance(length);
                return Ok(message);
            }
            if self.client.read_buf(self.ahead).await? == 0 {
                return Err(SocksError::CutShort);
            }
        }
    }

    async fn say(&mut self, word: &[u8]) -> Result<(), Refusal> {
        self.client.write_all(word).await.map_err(untold)
    }
}

/// Takes a CONNECT to somewhere.
fn accept(request: Request, version: Version) -> Result<Target, Refusal> {
    let refused = |error, reply: Reply| Err((error, reply.write(version, None)));
    let command = match request.command {
        Command::Connect => "CONNECT",
        Command::Bind => "BIND",
        // Version 4 has no more than two.
        Command::UdpAssociate if version == Version::Socks5 => "UDP ASSOCIATE",
        Command::UdpAssociate | Command::Other(_) => "with an unknown command",
    };
    match request.target {
        target if request.command != Command::Connect => {
            let error = SocksError::Command(command, target.ok());
            refused(error, Reply::CommandNotSupported)
        }
        Ok(target) => Ok(target),
        Err(error @ message::BadTarget::AddressType(_)) => {
            refused(SocksError::Target(error), Reply::AddressTypeNotSupported)
        }
        Err(error) => refused(SocksError::Target(error), Reply::GeneralFailure),
    }
}
