//! What every session shares. Made once at the start, so that a connection makes nothing of it anew.

use std::sync::Arc;

use ca::{Judge, Minter};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Limits, Timeouts};
use crate::dial::OwnAddresses;
use crate::recorder::Recorder;
use crate::rules::Rules;
use crate::tls::{ClientLegs, OriginLegs};

pub(crate) struct Context {
    pub(crate) recorder: Recorder,
    pub(crate) rules: Rules,
    pub(crate) own: OwnAddresses,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
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
            () = self.pressure.notified() => {}
            () = self.stop.cancelled() => {}
        }
    }
}
