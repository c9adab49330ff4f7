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

/// Carries bytes both ways until both sides have ended, one side breaks, or nothing has passed for `idle`.
///
/// An end on one side is handed on as an end, and the other direction goes on: a client may close its half and
/// still read the answer.
pub(crate) async fn relay_opaque<C, O>(
    client: C,
    origin: O,
    connection: &ConnectionRecorder,
    idle: Duration,
) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite + Unpin,
    O: AsyncRead + AsyncWrite + Unpin,
{
    let (client_read, client_write) = tokio::io::split(client);
    let (origin_read, origin_write) = tokio::io::split(origin);
    let activity = Activity::default();
    let up = carry(client_read, origin_write, LegName::Client, connection, &activity);
    let down = carry(origin_read, client_write, LegName::Origin, connection, &activity);
    let both = async { tokio::try_join!(up, down).map(|_| ()) };
    tokio::select! {
        result = both => result,
        () = activity.quiet_for(idle) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn carry<R, W>(
    mut from: ReadHalf<R>,
    mut to: WriteHalf<W>,
    leg: LegName,
    connection: &ConnectionRecorder,
    activity: &Activity,
) -> io::Result<()>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        activity.noted();
        connection.count_bytes(leg, count);
        connection.tell_progress();
        to.write_all(&buffer[..count]).await?;
        // A TLS writer may hold back the end of what it was given.
        to.flush().await?;
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
