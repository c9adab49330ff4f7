//! A wait for a peer that may last no longer than a stall. It is measured by what passes under one exchange, whatever
//! passes beside it, and costs nothing but a look at each tick.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::futures::OwnedNotified;

use super::life::Stall;
use crate::recorder::ExchangeRecorder;

/// How a peer is waited for that does not go on.
pub(crate) struct Patience {
    stall: Arc<Stall>,
    is_waiting: bool,
    /// Told of the next tick. Made at the first wait, and kept for the following ones.
    ticked: Option<Pin<Box<OwnedNotified>>>,
    /// What had passed at a tick since the wait began.
    seen: Option<u64>,
    /// The tick at which no more had passed for the first time.
    since: usize,
    /// How often a stall of the whole connection had been told when this wait began: those are none of its own.
    told_before: usize,
}

impl Patience {
    pub(crate) fn new(stall: Arc<Stall>) -> Self {
        Self {
            told_before: stall.times(),
            stall,
            is_waiting: false,
            ticked: None,
            seen: None,
            since: 0,
        }
    }

    /// Notes whether the peer is waited for, and says whether that is new.
    pub(crate) fn wait(&mut self, is_waiting: bool) -> bool {
        let changed = self.is_waiting != is_waiting;
        if changed {
            self.is_waiting = is_waiting;
            self.seen = None;
            self.told_before = self.stall.times();
        }
        changed
    }

    /// Waits on, and says whether nothing has passed under the exchange for too long, or nothing on its connection.
    pub(crate) fn runs_out(&mut self, exchange: &ExchangeRecorder, cx: &mut Context<'_>) -> bool {
        self.lasts_for(|| exchange.progress(), cx) >= self.stall.ticks_of_limit()
            || self.stall.times() > self.told_before
    }

    /// The same for twice as long.
    pub(crate) fn is_exhausted(&mut self, exchange: &ExchangeRecorder, cx: &mut Context<'_>) -> bool {
        self.lasts_for(|| exchange.progress(), cx) / 2 >= self.stall.ticks_of_limit()
    }

    /// Waits until it has run out.
    pub(crate) async fn out(mut self, exchange: &ExchangeRecorder) {
        poll_fn(|cx| match self.runs_out(exchange, cx) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// For how many whole ticks nothing has passed; asks again at the next one.
    fn lasts_for(&mut self, progress: impl Fn() -> u64, cx: &mut Context<'_>) -> usize {
        loop {
            let ticked = &self.stall.ticked;
            let waiting = self
                .ticked
                .get_or_insert_with(|| Box::pin(ticked.clone().notified_owned()));
            if waiting.as_mut().poll(cx).is_pending() {
                return match self.seen {
                    Some(_) => self.stall.ticks().saturating_sub(self.since),
                    None => 0,
                };
            }
            self.ticked = None;
            let now = Some(progress());
            if self.seen != now {
                (self.seen, self.since) = (now, self.stall.ticks());
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::task::Waker;

    #[test]
    fn what_passes_is_looked_at_from_tick_to_tick() {
        let (limit, idle) = (Duration::from_secs(3), Duration::from_secs(1));
        let stall = Stall::new(limit, idle);
        let passed = Cell::new(0);
        let mut patience = Patience::new(stall.clone());
        let mut cx = Context::from_waker(Waker::noop());
        let mut lasts = |ticks: usize| {
            (0..ticks).for_each(|_| stall.tick());
            patience.lasts_for(|| passed.get(), &mut cx)
        };
        assert_eq!(lasts(0), 0);
        // The first tick may be less than a whole one.
        assert_eq!([lasts(1), lasts(1), lasts(1)], [0, 1, 2]);
        passed.set(1);
        assert_eq!([lasts(1), lasts(1), lasts(2)], [0, 1, 3]);
        assert_eq!(stall.ticks_of_limit(), 3);
        passed.set(2);
        assert_eq!(lasts(1), 0);
        patience.wait(true);
        assert_eq!(patience.lasts_for(|| 2, &mut cx), 0);
    }
}
