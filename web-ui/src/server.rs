//! The listener: a permit first, then a connection, with a bound on how long a browser may dawdle.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::stall::StallTimeout;

/// Connections that may be open at once.
const CONNECTIONS: usize = 256;
/// How long a connection may take to send a request's head, or may idle before the next.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a browser may take none of the bytes that are there for it.
const STALL_TIMEOUT: Duration = Duration::from_secs(120);
/// Bytes that a request's head may have.
const MAX_HEAD: usize = 32 * 1024;
/// How long what is under way may go on once all is to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long accepting waits after the system refused one: it may be out of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled, then lets what is under way end for a short while.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let abort = CancellationToken::new();
    while let Some((stream, permit)) = accept(&listener, &places, &stop).await {
        let (router, stop, abort) = (router.clone(), stop.clone(), abort.clone());
        tasks.spawn(async move {
            let _permit = permit;
            tokio::select! {
                () = serve_connection(stream, router, stop) => {}
                () = abort.cancelled() => {}
            }
        });
    }
    drop(listener);
    tasks.close();
    if timeout(GRACE, tasks.wait()).await.is_err() {
        abort.cancel();
        let _ = timeout(GRACE, tasks.wait()).await;
    }
}

/// The next connection and its permit; `None` once all is to stop.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let accepting = async {
        let permit = places.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, permit)),
                Err(error) => {
                    tracing::debug!("the dashboard can't accept a connection: {error}");
                    sleep(BACK_OFF).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accepting => accepted,
    }
}

async fn serve_connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(StallTimeout::new(stream, STALL_TIMEOUT));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(io, TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a dashboard connection ended: {error}");
    }
}
