//! Accepts clients: a permit first, then the socket; each in a task of its own; until told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::config::Listen;
use crate::context::Context;
use crate::door::Visitor;
use crate::session::serve_client;

/// How long accepting pauses when the process is out of file descriptors or memory: long enough that a
/// connection can end, short enough that nobody notices.
const BACK_OFF: Duration = Duration::from_millis(50);

/// Accepts on all listeners until `stop`, then lets sessions end, `drain` long at the most.
pub(crate) async fn serve(
    context: Arc<Context>,
    listeners: Vec<(Arc<Listen>, TcpListener)>,
    drain: Duration,
) {
    let accepting: Vec<_> = listeners
        .into_iter()
        .map(|(listen, listener)| tokio::spawn(accept_all(context.clone(), listen, listener)))
        .collect();
    context.stop.cancelled().await;
    for accepting in accepting {
        // A panic in the accept loop has been told by the panic hook.
        let _ = accepting.await;
    }
    context.tasks.close();
    if timeout(drain, context.tasks.wait()).await.is_err() {
        tracing::warn!(
            open = context.tasks.len(),
            "connections still open after {drain:?} are cut"
        );
        context.cut.cancel();
        context.tasks.wait().await;
    }
}

async fn accept_all(context: Arc<Context>, listen: Arc<Listen>, listener: TcpListener) {
    let permits = &context.places;
    loop {
        let permit = match permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                // No room: ask idle connections to make some, again and again, since they idle one by one.
                context.pressure.notify_waiters();
                let acquired = timeout(BACK_OFF, permits.clone().acquire_owned());
                tokio::select! {
                    acquired = acquired => match acquired {
                        Ok(Ok(permit)) => permit,
                        _ => continue,
                    },
                    () = context.stop.cancelled() => return,
                }
            }
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = context.stop.cancelled() => return,
        };
        match accepted {
            Ok((client, peer)) => spawn_session(&context, &listen, client, peer, permit),
            Err(error) => {
                if !is_about_one_client(&error) {
                    tracing::warn!("no connection can be accepted now: {error}");
                    context.pressure.notify_waiters();
                    sleep(BACK_OFF).await;
                }
            }
        }
    }
}

fn spawn_session(
    context: &Arc<Context>,
    listen: &Arc<Listen>,
    client: TcpStream,
    peer: SocketAddr,
    permit: tokio::sync::OwnedSemaphorePermit,
) {
    let Ok(local) = client.local_addr() else {
        // It is gone again.
        return;
    };
    // Small writes (a head, a Finished) must not wait for an acknowledgement.
    let _ = client.set_nodelay(true);
    let visitor = Visitor {
        client: client.into(),
        peer,
        local,
        listen: listen.clone(),
        secured: None,
    };
    let context_of_task = context.clone();
    context.tasks.spawn(async move {
        let cut = context_of_task.cut.clone();
        tokio::select! {
            () = serve_client(context_of_task, visitor) => {}
            () = cut.cancelled() => {}
        }
        drop(permit);
    });
}

/// Errors that are of one connection, not of the listener (accept(2)).
fn is_about_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
