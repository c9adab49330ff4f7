//! What passes now: rates from the counts since the start, and the status for whoever is connected.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::api::model::Rates;
use crate::api::status;
use crate::shared::Shared;

/// Between two samples, which is also as often as a browser is told the status.
const EVERY: Duration = Duration::from_millis(500);
/// Samples that a rate is taken over: three seconds.
const SAMPLES: usize = 7;

/// The counts at one moment.
#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    exchanges: u64,
    bytes: u64,
}

/// Samples until the dashboard stops.
pub(crate) async fn sample(shared: Arc<Shared>) {
    let mut samples = VecDeque::with_capacity(SAMPLES);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if samples.len() == SAMPLES {
            samples.pop_front();
        }
        samples.push_back(take_sample(&shared));
        *shared.rates.lock().unwrap_or_else(PoisonError::into_inner) = rates_of(&samples);
        shared.paused();
        if shared.status.receiver_count() > 0
            && let Ok(status) = status::tell(&shared).await
        {
            shared.status.send_replace(Some(Arc::new(status)));
        }
    }
}

fn take_sample(shared: &Shared) -> Sample {
    let counters = &shared.live.counters;
    let from_clients = counters.bytes_from_clients.load(Ordering::Relaxed);
    let from_origins = counters.bytes_from_origins.load(Ordering::Relaxed);
    Sample {
        at: Instant::now(),
        exchanges: counters.exchanges.load(Ordering::Relaxed),
        bytes: from_clients.saturating_add(from_origins),
    }
}

fn rates_of(samples: &VecDeque<Sample>) -> Rates {
    let (Some(first), Some(last)) = (samples.front(), samples.back()) else {
        return Rates::default();
    };
    let seconds = (last.at - first.at).as_secs_f64();
    if seconds < 0.1 {
        return Rates::default();
    }
    // Three digits are more than a person reads, and a rate that has not changed is then told as equal.
    let rate = |more: u64| (more as f64 / seconds * 10.0).round() / 10.0;
    Rates {
        requests_per_second: rate(last.exchanges.saturating_sub(first.exchanges)),
        bytes_per_second: rate(last.bytes.saturating_sub(first.bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_difference_over_the_time() {
        let at = Instant::now();
        let samples = VecDeque::from([
            Sample {
                at,
                exchanges: 10,
                bytes: 1000,
            },
            Sample {
                at: at + Duration::from_secs(2),
                exchanges: 15,
                bytes: 5000,
            },
        ]);
        let rates = rates_of(&samples);
        assert_eq!((rates.requests_per_second, rates.bytes_per_second), (2.5, 2000.0));
        assert_eq!(rates_of(&VecDeque::new()), Rates::default());
    }
}
