//! The connection of a client each of whose streams is a task, which goes with it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Error, RecvStream, server};
use http::Request;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::PollSemaphore;

use super::stream::Reset;
use crate::relay::http::StreamTasks;

/// Streams that wait to be reset.
const RESETS: usize = 16;

/// A client's connection, and the tasks of its streams.
pub(crate) struct SideBySide<'a, C: AsyncRead + AsyncWrite + Unpin> {
    pub(crate) client: server::Connection<C, Bytes>,
    pub(crate) tasks: &'a StreamTasks,
    /// Streams that are carried at one time. More are not accepted: some may be waiting for room at the recorder.
    pub(crate) most: u32,
}

impl<C: AsyncRead + AsyncWrite + Unpin> SideBySide<'_, C> {
    /// Carries streams until the client is done. Once `ending` is ready it is told to begin no more. A stream that ends in a
    /// reset is reset behind what it was given.
    pub(crate) async fn drive<F>(
        self,
        ending: impl Future<Output = ()>,
        mut beside: impl FnMut(&mut Context<'_>),
        mut carry: impl FnMut(Request<RecvStream>, SendResponse<Bytes>) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Option<Reset>> + Send + 'static,
    {
        let Self {
            mut client,
            tasks,
            most,
        } = self;
        let mut places = PollSemaphore::new(Arc::new(Semaphore::new(most as usize)));
        let mut place = None;
        let (reset, mut resets) = mpsc::channel::<Reset>(RESETS);
        let mut ending = pin!(ending);
        let mut is_ending = false;
        poll_fn(|cx| {
            if !is_ending && ending.as_mut().poll(cx).is_ready() {
                is_ending = true;
                client.graceful_shutdown();
            }
            beside(cx);
            while let Poll::Ready(Some(stream)) = resets.poll_recv(cx) {
                // A reset takes back what has not left yet.
                if let Poll::Ready(over) = client.poll_closed(cx) {
                    return Poll::Ready(over);
                }
                stream.send();
            }
            // Last: whatever drives the connection reads too, and a stream that is opened then wakes nobody a second time.
            loop {
                if place.is_none() {
                    match places.poll_acquire(cx) {
                        Poll::Ready(free) => place = free,
                        Poll::Pending => return client.poll_closed(cx),
                    }
                }
                match ready!(client.poll_accept(cx)) {
                    Some(Ok((request, respond))) => {
                        let (reset, place) = (reset.clone(), place.take());
                        let carrying = carry(request, respond);
                        tasks.run(async move {
                            if let Some(stream) = carrying.await {
                                let _ = reset.send(stream).await;
                            }
                            drop(place);
                        });
                    }
                    Some(Err(error)) => return Poll::Ready(Err(error)),
                    None => return Poll::Ready(Ok(())),
                }
            }
        })
        .await
    }
}
