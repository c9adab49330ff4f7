//! Carrying bytes that are not read: TLS passed through, unknown protocols, upgraded connections.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use capture::LegName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until};

use crate::recorder::ConnectionRecorder;

/// A direction's buffer. Larger ones carry no more bytes a second on loopback.
const BUFFER: usize = 16 * 1024;

/// Carrying came to no good end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpaqueError {
    /// The stream toward this leg's peer broke.
    #[error("{error}")]
    Broken { leg: LegName, error: io::Error },
    /// Nothing passed for so long.
    #[error("nothing passed for {0:?}")]
    Idle(Duration),
}

/// Carries bytes both ways until both sides have ended, one side breaks, or nothing has passed for `idle`.
///
/// An end on one side is handed on as an end, and the other direction goes on: a client may close its half and
/// still read the answer.
pub(crate) async fn relay_opaque<C, O>(
    client: C,
    origin: O,
    connection: &ConnectionRecorder,
    idle: Duration,
) -> Result<(), OpaqueError>
where
    C: AsyncRead + AsyncWrite + Unpin,
    O: AsyncRead + AsyncWrite + Unpin,
{
    let (client_read, client_write) = tokio::io::split(client);
    let (origin_read, origin_write) = tokio::io::split(origin);
    let activity = Activity::default();
    let (client, origin) = (LegName::Client, LegName::Origin);
    let up = carry(
        (client, client_read),
        (origin, origin_write),
        connection,
        &activity,
    );
    let down = carry(
        (origin, origin_read),
        (client, client_write),
        connection,
        &activity,
    );
    let both = async { tokio::try_join!(up, down).map(|_| ()) };
    tokio::select! {
        result = both => result,
        () = activity.quiet_for(idle) => Err(OpaqueError::Idle(idle)),
    }
}

async fn carry<R, W>(
    (source, mut from): (LegName, ReadHalf<R>),
    (sink, mut to): (LegName, WriteHalf<W>),
    connection: &ConnectionRecorder,
    activity: &Activity,
) -> Result<(), OpaqueError>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    let broken = |leg| move |error| OpaqueError::Broken { leg, error };
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = from.read(&mut buffer).await.map_err(broken(source))?;
        if count == 0 {
            return to.shutdown().await.map_err(broken(sink));
        }
        activity.noted();
        connection.count_bytes(source, count);
        connection.tell_progress();
        to.write_all(&buffer[..count]).await.map_err(broken(sink))?;
        // A TLS writer may hold back the end of what it was given.
        to.flush().await.map_err(broken(sink))?;
    }
}

/// Counts what passed, so that quiet can be told without a timer a read.
#[derive(Default)]
struct Activity(AtomicU64);

impl Activity {
    fn noted(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    async fn quiet_for(&self, idle: Duration) {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            sleep_until(Instant::now() + idle).await;
            let now = self.0.load(Ordering::Relaxed);
            if now == seen {
                return;
            }
            seen = now;
        }
    }
}
