//! What a client is told when what it asked for is agreed to, or refused.

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;

use super::http2::Asked;
use super::socks::{Reply, Version};
use crate::dial::DialError;
use crate::error_page::refuse;
use crate::transport::Transport;

/// A client that waits for an answer, or doesn't know of Handlens; and how it is told.
pub(crate) enum Agree {
    /// The response to a CONNECT over HTTP/1.
    Connect(Transport),
    /// The response to a CONNECT over HTTP/2, whose stream then carries the client.
    Http2(Asked),
    /// A reply of SOCKS.
    Socks(Version, Transport),
    /// Nothing: the client takes us for the origin.
    Unasked(Transport),
}

impl Agree {
    /// Whether the answer says if the origin was reached, and so has to wait for that.
    pub(crate) fn tells_of_the_origin(&self) -> bool {
        matches!(self, Self::Socks(..))
    }

    /// Whether there is anything to refuse by.
    pub(crate) fn is_asked(&self) -> bool {
        !matches!(self, Self::Unasked(_))
    }

    /// Agrees, and gives what carries the client. `bound` is the address that the origin sees, where it is known.
    pub(crate) async fn agree(self, bound: Option<SocketAddr>) -> io::Result<Transport> {
        match self {
            Self::Connect(mut client) => {
                client
                    .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    .await?;
                Ok(client)
            }
            Self::Http2(asked) => Ok(Transport::inner(asked.agree()?)),
            Self::Socks(version, mut client) => {
                client.write_all(&Reply::Succeeded.write(version, bound)).await?;
                Ok(client)
            }
            Self::Unasked(client) => Ok(client),
        }
    }

    /// Refuses because the origin can't be reached. A client that is gone already is told nothing.
    pub(crate) async fn refuse(self, error: &DialError) {
        let fault = error.to_fault();
        match self {
            Self::Connect(mut client) => refuse(&mut client, &fault).await,
            Self::Http2(asked) => asked.refuse(&fault).await,
            Self::Socks(version, mut client) => {
                say_and_end(&mut client, &Reply::from(error).write(version, None)).await;
            }
            Self::Unasked(_) => {}
        }
    }
}

/// Says the last word. A client that is gone already is told nothing; that is all that can go wrong here.
pub(super) async fn say_and_end(client: &mut Transport, word: &[u8]) {
    let _ = client.write_all(word).await;
    let _ = client.shutdown().await;
}
