//! A browser's end of the live socket.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// What a test waits for comes within this, or never.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens it; `Err` is the status of a refusal.
    pub(crate) async fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/api/live").into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn say(&mut self, up: Value) {
        self.send(Message::text(up.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    pub(crate) async fn watch(&mut self, watch: u64, from: Value, limit: u64) {
        self.say(
            serde_json::json!({"type": "watch", "watch": watch, "view": "exchanges", "filter": "", "sort": "",
            "from": from, "limit": limit}),
        )
        .await;
    }

    /// The next message, whatever it is.
    pub(crate) async fn next(&mut self) -> Message {
        let next = timeout(PATIENCE, self.0.next()).await.expect("nothing came");
        next.expect("the socket ended").unwrap()
    }

    /// The next message of this type; others are passed over.
    pub(crate) async fn hear(&mut self, kind: &str) -> Value {
        loop {
            if let Message::Text(text) = self.next().await {
                let told: Value = serde_json::from_str(&text).unwrap();
                if told["type"] == kind {
                    return told;
                }
            }
        }
    }

    /// Takes one message; true when there are no more.
    pub(crate) async fn is_over(&mut self) -> bool {
        !matches!(self.0.next().await, Some(Ok(message)) if !message.is_close())
    }

    /// Code and reason of the close frame.
    pub(crate) async fn hear_close(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.next().await {
                let frame = frame.unwrap();
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }
}
