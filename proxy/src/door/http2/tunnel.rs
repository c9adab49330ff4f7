//! A tunnel in a stream of HTTP/2 (RFC 9113 section 8.5): DATA both ways, END_STREAM for the end of one, RST_STREAM for a
//! break.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use capture::{Door, LegName, Stage, Target};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Request, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::hub::{Hub, take_place};
use crate::door::target::parse_authority;
use crate::door::{Agree, Aim, Arrival, TurnedAway};
use crate::error_page::ErrorPage;
use crate::fault::Fault;
use crate::relay::http2::{Ended, Reset, send_page};
use crate::session::serve_arrival;
use crate::transport::Cut;

/// Opens a tunnel and carries it to its end, or says why there is none.
pub(super) async fn open(
    hub: &Hub,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Option<Reset> {
    let context = &hub.context;
    let (head, body) = request.into_parts();
    let authority = head.uri.authority().map_or("", |authority| authority.as_str());
    let target = parse_authority(authority);
    let said = head.headers.get(PROXY_AUTHORIZATION).map(HeaderValue::as_bytes);
    let admitted = tokio::select! {
        admitted = hub.admit(said) => admitted,
        _ = poll_fn(|cx| respond.poll_reset(cx)) => return None,
    };
    let (asked, over) = Asked::new(respond, body, hub.page_patience());
    let place = admitted.and_then(|()| take_place(context));
    let (place, target) = match (place, target) {
        (Ok(place), Ok(target)) => (place, target),
        (Err(fault), target) => {
            refuse(hub, target.ok(), fault, asked).await;
            return None;
        }
        (Ok(_), Err(error)) => {
            let text = format!("the client's CONNECT can't be read: {error}");
            let fault = Fault::new(LegName::Client, Stage::Target, text);
            refuse(hub, None, fault.with_status(StatusCode::BAD_REQUEST), asked).await;
            return None;
        }
    };
    let arrival = Arrival {
        door: Door::Connect,
        peer: hub.peer,
        target,
        aim: Aim::Asked,
        agree: Agree::Http2(asked),
        ahead: Bytes::new(),
    };
    serve_arrival(context.clone(), arrival).await;
    drop(place);
    over.await.ok()
}

/// Refuses a tunnel before it is one. It is told as one over HTTP/1 is.
async fn refuse(hub: &Hub, target: Option<Target>, fault: Fault, asked: Asked) {
    let away = TurnedAway {
        door: Door::Connect,
        peer: hub.peer,
        target,
        fault,
    };
    away.tell(&hub.context).await;
    asked.refuse(&away.fault).await;
}

/// A CONNECT that waits for its answer.
pub(crate) struct Asked {
    respond: SendResponse<Bytes>,
    body: RecvStream,
    /// How long the client may take to take a page.
    limit: Duration,
    /// Who resets the stream at its end, if it is to be.
    over: oneshot::Sender<Reset>,
}

impl Asked {
    fn new(
        respond: SendResponse<Bytes>,
        body: RecvStream,
        limit: Duration,
    ) -> (Self, oneshot::Receiver<Reset>) {
        let (over, is_over) = oneshot::channel();
        let asked = Self {
            respond,
            body,
            limit,
            over,
        };
        (asked, is_over)
    }

    /// Agrees, and gives what carries the client.
    pub(crate) fn agree(mut self) -> io::Result<TunnelStream> {
        // It fails where the stream is over already.
        let agreed = self.respond.send_response(Response::default(), false);
        Ok(TunnelStream {
            to: agreed.map_err(broke)?,
            from: self.body,
            bytes: Bytes::new(),
            has_ended: false,
            is_cut: Cell::new(false),
            end: Some((self.respond, self.over)),
        })
    }

    /// Refuses with a page. A client that does not take it is not waited for.
    pub(crate) async fn refuse(mut self, fault: &Fault) {
        let page = ErrorPage::TEXT.write(fault);
        let _ = timeout(self.limit, send_page(page, &mut self.respond)).await;
    }
}

/// The stream that carries a tunnel. Dropped, it ends as a socket does; cut before, it is reset with CONNECT_ERROR.
pub(crate) struct TunnelStream {
    from: RecvStream,
    /// What came and was not read yet. Its client may not send as much again.
    bytes: Bytes,
    to: SendStream<Bytes>,
    has_ended: bool,
    is_cut: Cell<bool>,
    end: Option<(SendResponse<Bytes>, oneshot::Sender<Reset>)>,
}

impl TunnelStream {
    /// Waits until the client takes more, and says how much: with what it has not taken yet, no more than
    /// what [`server_builder`](crate::relay::http2::server_builder) allows.
    fn poll_room(&mut self, wanted: usize, cx: &mut TaskContext<'_>) -> Poll<io::Result<usize>> {
        self.to.reserve_capacity(wanted);
        let mut room = self.to.capacity();
        while room == 0 {
            room = match ready!(self.to.poll_capacity(cx)) {
                Some(Ok(room)) => room,
                _ => return Poll::Ready(Err(self.why(cx))),
            };
        }
        Poll::Ready(Ok(room))
    }

    /// Why nothing more can be sent.
    fn why(&mut self, cx: &mut TaskContext<'_>) -> io::Error {
        match self.poll_broken(cx) {
            Poll::Ready(error) => error,
            Poll::Pending => io::ErrorKind::BrokenPipe.into(),
        }
    }
}

impl AsyncRead for TunnelStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.bytes.is_empty() {
            match ready!(this.from.poll_data(cx)) {
                Some(Ok(bytes)) => this.bytes = bytes,
                Some(Err(error)) => return Poll::Ready(Err(broke(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = this.bytes.len().min(buf.remaining());
        buf.put_slice(&this.bytes[..count]);
        this.bytes.advance(count);
        // Now, and not before, the client may send as much again.
        let _ = this.from.flow_control().release_capacity(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TunnelStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut TaskContext<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let room = ready!(this.poll_room(buf.len(), cx))?;
        let piece = &buf[..room.min(buf.len())];
        let sent = this.to.send_data(Bytes::copy_from_slice(piece), false);
        Poll::Ready(sent.map(|()| piece.len()).map_err(|_| this.why(cx)))
    }

    /// What was sent leaves as its connection is driven.
    fn poll_flush(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if std::mem::replace(&mut this.has_ended, true) {
            return Poll::Ready(Ok(()));
        }
        let sent = this.to.send_data(Bytes::new(), true);
        Poll::Ready(sent.map_err(|_| this.why(cx)))
    }
}

impl Cut for TunnelStream {
    fn cut(&self) {
        self.is_cut.set(true);
    }

    /// A client may reset a stream whose end it has said.
    fn poll_broken(&mut self, cx: &mut TaskContext<'_>) -> Poll<io::Error> {
        self.to
            .poll_reset(cx)
            .map(|broken| broken.map_or_else(broke, reset))
    }
}

impl Drop for TunnelStream {
    fn drop(&mut self) {
        let Some((respond, over)) = self.end.take() else {
            return;
        };
        if self.is_cut.get() {
            let reason = Reason::CONNECT_ERROR;
            let _ = over.send(Reset { respond, reason });
        } else if !self.has_ended {
            // One that its client has reset needs no end.
            let _ = self.to.send_data(Bytes::new(), true);
        }
    }
}

/// The stream, or its connection, broke: to a tunnel both are a reset.
fn broke(error: h2::Error) -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionReset,
        Ended::of_client(error).to_fault().text,
    )
}

fn reset(reason: Reason) -> io::Error {
    let ended = Ended::ClientReset(reason);
    io::Error::new(io::ErrorKind::ConnectionReset, ended.to_fault().text)
}
