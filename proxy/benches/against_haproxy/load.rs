//! The clients: does the jobs that come in on standard input, one after the other, and says what came of each.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Connection, Dialler, Requester};
use crate::job::{Agreed, Answer, Job, Order, Outcome};

/// No job takes this long; one that does is stuck.
const JOB_TIMEOUT: Duration = Duration::from_secs(150);
/// Connections that are opened at a time when many are to be held.
const HELD_AT_ONCE: u32 = 16;

/// Does jobs until standard input ends.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut held = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let order: Order = serde_json::from_str(&line?)?;
        let done = runtime.block_on(async {
            tokio::time::timeout(JOB_TIMEOUT, perform(order, &mut held))
                .await
                .context("the job took too long")?
        });
        let answer = match done {
            Ok(outcome) => Answer::Done(outcome),
            Err(error) => Answer::Failed(format!("{error:#}")),
        };
        println!("{}", serde_json::to_string(&answer)?);
    }
    Ok(())
}

async fn perform(order: Order, held: &mut Vec<Connection>) -> Result<Outcome> {
    let dialler = Arc::new(Dialler::new(order.way)?);
    match order.job {
        Job::KeepAlive {
            requests,
            connections,
            at_once_on_each,
        } => keep_alive(dialler, requests, connections, at_once_on_each).await,
        Job::NewConnections { connections, at_once } => {
            let (outcome, _) = open_many(dialler, connections, at_once, false).await?;
            Ok(outcome)
        }
        Job::Download { count, bytes } => download(&dialler, count, bytes).await,
        Job::Hold { connections } => {
            let (outcome, opened) = open_many(dialler, connections, HELD_AT_ONCE, true).await?;
            held.extend(opened);
            Ok(outcome)
        }
        Job::Release => {
            for connection in held.drain(..) {
                connection.close().await;
            }
            Ok(Outcome::default())
        }
        Job::Negotiate => {
            let mut connection = dialler.dial().await?;
            let agreed = Agreed {
                client: connection.agreed.clone(),
                origin: connection.requester.fetch_text("/agreed").await?,
            };
            connection.close().await;
            Ok(Outcome {
                agreed: Some(agreed),
                ..Outcome::default()
            })
        }
    }
}

/// The connections are opened first, and take the requests from one count, so that none stands idle at the end.
async fn keep_alive(
    dialler: Arc<Dialler>,
    requests: u32,
    connections: u32,
    at_once_on_each: u32,
) -> Result<Outcome> {
    let mut open = Vec::new();
    let mut tasks = JoinSet::new();
    let left = Arc::new(Count::new(requests));
    let start = Arc::new(Barrier::new((connections * at_once_on_each + 1) as usize));
    for _ in 0..connections {
        let connection = dialler.dial().await?;
        for _ in 1..at_once_on_each {
            let requester = connection
                .another_requester()
                .context("HTTP/1.1 takes one request at a time")?;
            tasks.spawn(ask_in_turn(requester, left.clone(), start.clone()));
        }
        let (requester, closed) = connection.split();
        open.push(closed);
        tasks.spawn(ask_in_turn(requester, left.clone(), start.clone()));
    }
    start.wait().await;
    let began = Instant::now();
    let (mut outcome, _) = gather(tasks).await?;
    outcome.seconds = began.elapsed().as_secs_f64();
    for closed in open {
        closed.await;
    }
    Ok(outcome)
}

async fn ask_in_turn(
    mut requester: Requester,
    left: Arc<Count>,
    start: Arc<Barrier>,
) -> Result<(Outcome, ())> {
    start.wait().await;
    let mut outcome = Outcome::default();
    while left.take() {
        let asked = Instant::now();
        outcome.bytes += requester.fetch("/small").await?;
        outcome.latencies_us.push(micros(asked));
    }
    Ok((outcome, ()))
}

/// Opens connections, each for one exchange, and closes them unless they are to be kept.
async fn open_many(
    dialler: Arc<Dialler>,
    count: u32,
    at_once: u32,
    keep: bool,
) -> Result<(Outcome, Vec<Connection>)> {
    let left = Arc::new(Count::new(count));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (left, dialler) = (left.clone(), dialler.clone());
        tasks.spawn(async move {
            let mut outcome = Outcome::default();
            let mut kept = Vec::new();
            while left.take() {
                let asked = Instant::now();
                let mut connection = dialler.dial().await?;
                outcome.bytes += connection.requester.fetch("/small").await?;
                outcome.latencies_us.push(micros(asked));
                if keep {
                    kept.push(connection);
                } else {
                    connection.close().await;
                }
            }
            Ok((outcome, kept))
        });
    }
    let (mut outcome, kept) = gather(tasks).await?;
    outcome.seconds = began.elapsed().as_secs_f64();
    Ok((outcome, kept.into_iter().flatten().collect()))
}

async fn download(dialler: &Dialler, count: u32, bytes: u64) -> Result<Outcome> {
    let mut connection = dialler.dial().await?;
    let path = format!("/bytes/{bytes}");
    let mut outcome = Outcome::default();
    let began = Instant::now();
    for _ in 0..count {
        let asked = Instant::now();
        let read = connection.requester.fetch(&path).await?;
        ensure!(read == bytes, "a download of {bytes} bytes ended after {read}");
        outcome.bytes += read;
        outcome.latencies_us.push(micros(asked));
    }
    outcome.seconds = began.elapsed().as_secs_f64();
    connection.close().await;
    Ok(outcome)
}

/// Adds up what the tasks did. The first failure ends them all.
async fn gather<T: 'static>(mut tasks: JoinSet<Result<(Outcome, T)>>) -> Result<(Outcome, Vec<T>)> {
    let mut sum = Outcome::default();
    let mut rest = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (outcome, more) = done??;
        sum.bytes += outcome.bytes;
        sum.latencies_us.extend(outcome.latencies_us);
        rest.push(more);
    }
    Ok((sum, rest))
}

/// A number of things that many tasks share.
struct Count(AtomicU32);

impl Count {
    fn new(of: u32) -> Self {
        Self(AtomicU32::new(of))
    }

    fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
    }
}

fn micros(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)
}
