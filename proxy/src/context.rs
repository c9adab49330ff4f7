//! What every session shares. Made once at the start, so that a connection makes nothing of it anew.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ca::{Judge, Minter};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Limits, Timeouts};
use crate::dial::OwnAddresses;
use crate::local::Site;
use crate::recorder::Recorder;
use crate::rules::Rules;
use crate::tls::{ClientLegs, OriginLegs};

/// How long a peer that has just come keeps its place without a word: what it came for is on its way. A crowd is
/// served one after the other like this, and none of it is sent away unheard.
pub(crate) const SETTLING: Duration = Duration::from_secs(1);

pub(crate) struct Context {
    pub(crate) recorder: Recorder,
    pub(crate) rules: Rules,
    pub(crate) own: OwnAddresses,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    /// What clients are told at our own name.
    pub(crate) site: Site,
    pub(crate) minter: Minter,
    pub(crate) judge: Arc<Judge>,
    pub(crate) client_legs: ClientLegs,
    pub(crate) origin_legs: OriginLegs,
    /// Every task of every session.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when sessions should end after the exchanges that are under way.
    pub(crate) stop: CancellationToken,
    /// Cancelled when sessions must end at once.
    pub(crate) cut: CancellationToken,
    /// Told when there is no room for another connection: idle ones then make room.
    pub(crate) pressure: Notify,
}

impl Context {
    /// Waits until a peer that says nothing need not be waited for any longer: the idle time is over, its place
    /// is wanted, or Handlens stops.
    pub(crate) async fn silence(&self) {
        tokio::select! {
            () = tokio::time::sleep(self.timeouts.idle) => {}
            () = self.place_wanted() => {}
        }
    }

    /// Waits until the place of a peer that says nothing is wanted for another one, or Handlens stops.
    pub(crate) async fn place_wanted(&self) {
        let came = Instant::now();
        let pressed = async {
            loop {
                self.pressure.notified().await;
                if came.elapsed() >= SETTLING {
                    return;
                }
            }
        };
        tokio::select! {
            () = pressed => {}
            () = self.stop.cancelled() => {}
        }
    }
}
