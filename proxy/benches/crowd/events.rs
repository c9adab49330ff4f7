//! A stream of server-sent events, 20 MB a second, and a dashboard that follows it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::MissedTickBehavior;

use crate::scene::Lab;

/// Where the origin sends events: behind it stands how many.
pub(crate) const PATH: &str = "/events/";

/// Bytes of one event.
const EVENT: usize = 1_000;

/// Events a second: 20 MB.
const RATE: u64 = 20_000;

/// How often the origin sends what is due.
const TICK: Duration = Duration::from_millis(5);

/// How often a dashboard looks.
const LOOK: Duration = Duration::from_millis(100);

/// How far what is shown may be behind what was sent.
const BEHIND: Duration = Duration::from_secs(2);

/// Answers with as many events as `path` says, as they fall due.
pub(crate) async fn send(mut stream: impl AsyncWrite + Unpin, path: &str) -> Result<()> {
    let count: u64 = path.strip_prefix(PATH).context("no count")?.parse()?;
    let event = format!("data: {}\n\n", "e".repeat(EVENT - 8));
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        .await?;
    let began = Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = 0;
    while sent < count {
        ticks.tick().await;
        let due = count.min((began.elapsed().as_secs_f64() * RATE as f64) as u64);
        stream
            .write_all(event.repeat((due - sent) as usize).as_bytes())
            .await?;
        stream.flush().await?;
        sent = due;
    }
    Ok(stream.shutdown().await?)
}

impl Lab {
    /// Follows a stream of events while it passes: none may be missing, and none come late.
    pub(crate) async fn events(&self, seconds: u64) -> Result<()> {
        let count = seconds * RATE;
        let mut tunnel = self.clients.open().await?;
        let path = format!("{PATH}{count}");
        let began = Instant::now();
        let reading = tokio::spawn(async move { tunnel.get_to_end(&path).await });
        let (mut looks, mut furthest) = (0_u64, Duration::ZERO);
        let exchange = loop {
            tokio::time::sleep(LOOK).await;
            let rows = self
                .handlens
                .api("/api/exchanges?limit=1&filter=path:/events")
                .await?;
            if let Some(id) = rows["items"][0]["id"].as_str() {
                break id.to_owned();
            }
        };
        let messages = format!("/api/exchanges/{exchange}/messages?tail=1&limit=100");
        loop {
            let asked = began.elapsed();
            let page = self.handlens.api(&messages).await?;
            let (total, open) = (page["total"].as_u64(), page["open"].as_bool());
            let total = total.context("no total")?;
            looks += 1;
            // What had been sent when the dashboard asked, against what it was told.
            let sent = count.min((asked.as_secs_f64() * RATE as f64) as u64);
            furthest = furthest.max(Duration::from_secs_f64(
                sent.saturating_sub(total) as f64 / RATE as f64,
            ));
            if total == count && open == Some(false) {
                break;
            }
            self.judge(
                began.elapsed() < Duration::from_secs(seconds) + 10 * BEHIND,
                format_args!("only {total} of {count} events are shown"),
            )?;
            tokio::time::sleep(LOOK).await;
        }
        let shown = began.elapsed();
        let came = reading.await??;
        ensure!(came == count as usize * EVENT, "{came} bytes came to the client");
        println!(
            "events: {count} of {EVENT} bytes in {seconds} s, all shown after {shown:.1?}, {furthest:.1?} behind at the most over {looks} looks; {} MB resident",
            self.handlens.resident()? >> 20,
        );
        self.judge(furthest < BEHIND, "the dashboard does not follow")
    }
}
