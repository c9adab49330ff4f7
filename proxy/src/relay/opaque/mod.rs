//! Carrying bytes that are not read: TLS passed through, unknown protocols, upgraded connections.
//!
//! Both directions are turns of one future. What is read lies in a buffer that every relay of the thread shares, and is
//! written on from there in the same turn; only what the other side does not take at once is kept. So bulk moves in
//! large pieces, and a tunnel at rest holds no buffer at all.

mod direction;
mod telling;

use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use capture::LegName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};

use self::direction::Direction;
pub(crate) use self::telling::Telling;
use crate::recorder::ConnectionRecorder;
use crate::starttls::{Injected, Watch};
use crate::transport::Cut;

/// Carrying came to no good end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpaqueError {
    /// The stream toward this leg's peer broke.
    #[error("{error}")]
    Broken { leg: LegName, error: io::Error },
    /// Nothing passed for so long.
    #[error("nothing passed for {0:?}")]
    Idle(Duration),
    /// Bytes in the clear came where TLS was to begin.
    #[error(transparent)]
    Injected(#[from] Injected),
}

impl OpaqueError {
    /// Whether a side left, as either may.
    pub(crate) fn is_leave(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        // Many end TLS without a word.
        matches!(self, Self::Broken { error, .. } if matches!(error.kind(), ConnectionReset | BrokenPipe | UnexpectedEof))
    }

    /// The leg whose connection did not end but break.
    fn broken_leg(&self) -> Option<LegName> {
        match self {
            // TLS that ends without a word ends so on the other leg too.
            Self::Broken { leg, error } if error.kind() != io::ErrorKind::UnexpectedEof => Some(*leg),
            _ => None,
        }
    }
}

/// What came of carrying.
#[derive(Debug)]
pub(crate) enum Carried {
    /// Both sides have ended.
    Over,
    /// Both agreed on TLS, in this protocol, and the server is silent until the client's hello has come. These bytes
    /// of the client belong to it already.
    StartTls { protocol: &'static str, ahead: Vec<u8> },
}

/// Carries bytes both ways until both sides have ended, one side breaks, or nothing has passed for `idle`.
///
/// An end on one side is handed on as an end, and the other direction goes on: a client may close its half and
/// still read the answer. A break is handed on as one.
pub(crate) async fn relay_opaque<C, O>(
    mut client: C,
    mut origin: O,
    connection: &ConnectionRecorder,
    idle: Duration,
) -> Result<(), OpaqueError>
where
    C: AsyncRead + AsyncWrite + Cut + Unpin,
    O: AsyncRead + AsyncWrite + Cut + Unpin,
{
    let telling = Telling::counted(connection);
    relay_watched(&mut client, &mut origin, telling, None, idle)
        .await
        .map(|_| ())
}

/// The same, told as `telling` tells it; and where there is a watch, until both sides agree on TLS.
pub(crate) async fn relay_watched<C, O>(
    client: &mut C,
    origin: &mut O,
    telling: Telling<'_>,
    watch: Option<Watch>,
    idle: Duration,
) -> Result<Carried, OpaqueError>
where
    C: AsyncRead + AsyncWrite + Cut + Unpin,
    O: AsyncRead + AsyncWrite + Cut + Unpin,
{
    let activity = Activity::default();
    let mut turn = Turn {
        telling,
        watch,
        activity: &activity,
    };
    let mut up = Direction::new(LegName::Client);
    let mut down = Direction::new(LegName::Origin);
    let carrying = poll_fn(|cx| {
        let went_up = up.poll(cx, client, origin, &mut turn);
        // What a side said before it broke is still carried, as far as the other one takes it at once.
        let went_down = down.poll(cx, origin, client, &mut turn);
        let (went_up, went_down) = (went_up?, went_down?);
        if let Some(carried) = up.take_agreed().or_else(|| down.take_agreed()) {
            return Poll::Ready(Ok(carried));
        }
        match (went_up, went_down) {
            (Poll::Ready(()), Poll::Ready(())) => return Poll::Ready(Ok(Carried::Over)),
            _ if up.is_reading() => return Poll::Pending,
            _ => {}
        }
        let leg = LegName::Client;
        client
            .poll_broken(cx)
            .map(|error| Err(OpaqueError::Broken { leg, error }))
    });
    let carried = tokio::select! {
        carried = carrying => carried,
        () = activity.quiet_for(idle) => Err(OpaqueError::Idle(idle)),
    };
    if let Err(error) = &carried {
        match error.broken_leg() {
            Some(LegName::Client) => origin.cut(),
            Some(LegName::Origin) => client.cut(),
            None => {}
        }
    }
    turn.telling.over(carried.as_ref().err());
    carried
}

/// What both directions use.
struct Turn<'a, 'b> {
    telling: Telling<'a>,
    watch: Option<Watch>,
    activity: &'b Activity,
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
