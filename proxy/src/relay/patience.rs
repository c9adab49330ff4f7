//! A wait for a peer that may last no longer than a stall.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use tokio::sync::futures::OwnedNotified;

use super::life::Stall;

/// How a peer is waited for that does not go on.
pub(crate) struct Patience {
    stall: Arc<Stall>,
    is_waiting: bool,
    /// Told of a stall. Made at the first wait, and kept for the following ones.
    told: Option<Pin<Box<OwnedNotified>>>,
    /// How often a stall had been told when this wait began: those are none of its own.
    told_before: usize,
}

impl Patience {
    pub(crate) fn new(stall: Arc<Stall>) -> Self {
        Self {
            stall,
            is_waiting: false,
            told: None,
            told_before: 0,
        }
    }

    /// Notes whether the peer is waited for, and says whether that is new.
    pub(crate) fn wait(&mut self, is_waiting: bool) -> bool {
        let changed = self.is_waiting != is_waiting;
        if changed {
            self.is_waiting = is_waiting;
            self.told_before = self.stall.times();
        }
        changed
    }

    /// Waits on, and says whether it has been for too long.
    pub(crate) fn runs_out(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let told = &self.stall.told;
            let waiting = self
                .told
                .get_or_insert_with(|| Box::pin(told.clone().notified_owned()));
            if waiting.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.told = None;
            if self.stall.times() > self.told_before {
                return true;
            }
        }
    }

    /// How long it is waited.
    pub(crate) fn limit(&self) -> Duration {
        self.stall.limit
    }

    /// Whether the connection is being cut.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.stall.is_cutting()
    }
}
