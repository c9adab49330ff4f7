//! Waiting with a deadline that says what did not happen.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

/// Long enough for the slowest step on a loaded machine, short enough for a person who waits for the answer.
const DEADLINE: Duration = Duration::from_secs(60);

/// Between two looks at a thing that cannot be awaited.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Waits for the future. The test fails with `what` when it takes too long.
#[track_caller]
pub(crate) fn within<F: Future>(what: impl Display, future: F) -> impl Future<Output = F::Output> {
    at_most(DEADLINE, what, future)
}

/// The same for a program that does many things.
#[track_caller]
pub(crate) fn within_long<F: Future>(what: impl Display, future: F) -> impl Future<Output = F::Output> {
    at_most(2 * DEADLINE, what, future)
}

#[track_caller]
fn at_most<F: Future>(deadline: Duration, what: impl Display, future: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(deadline, future).await {
            Ok(output) => output,
            Err(_) => panic!("{what}: not within {deadline:?} (waited at {place})"),
        }
    }
}

/// Looks again and again until there is something to see. The test fails with `what` and the last thing seen when it
/// takes too long: `look` says what it saw as its error.
#[track_caller]
pub(crate) fn eventually<T, E: Display, F: Future<Output = Result<T, E>>>(
    what: impl Display,
    mut look: impl FnMut() -> F,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let begun = tokio::time::Instant::now();
        loop {
            match look().await {
                Ok(seen) => return seen,
                Err(seen) if begun.elapsed() > DEADLINE => {
                    let seen: String = seen.to_string().chars().take(4000).collect();
                    panic!("{what}: not within {DEADLINE:?} (waited at {place}); last seen: {seen}")
                }
                Err(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
            }
        }
    }
}
