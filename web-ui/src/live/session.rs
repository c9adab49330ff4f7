//! One browser's socket, from its first message to its last.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use capture::{Change, Feed, Id, News};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};

use super::pace::Pace;
use super::window::Watching;
use crate::api::model::{LiveDown, LiveUp, Status, View};
use crate::api::status;
use crate::shared::Shared;

/// Between two pings.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a browser may say nothing, not even a pong.
const SILENCE: Duration = Duration::from_secs(50);
/// How long a frame may take to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);
/// A status is told this often even when it is the same.
const STATUS_AT_LEAST: Duration = Duration::from_secs(5);
/// Bytes that the reason of a close frame may have (RFC 6455 section 5.5).
const MAX_REASON: usize = 123;

/// Why a session is over.
enum Over {
    /// The browser went, or takes nothing any more.
    Gone,
    /// Handlens says good-bye, and why.
    Bye(u16, String),
}

/// Serves the socket until either side has enough.
pub(super) async fn run(shared: Arc<Shared>, socket: WebSocket) {
    let mut session = Session::new(shared, socket);
    if let Over::Bye(code, mut reason) = session.serve().await {
        reason.truncate(
            (0..=MAX_REASON)
                .rev()
                .find(|&at| reason.is_char_boundary(at))
                .unwrap_or(0),
        );
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        let _ = timeout(SEND_TIMEOUT, session.socket.send(Message::Close(Some(frame)))).await;
    }
}

struct Session {
    shared: Arc<Shared>,
    socket: WebSocket,
    /// `None` once the store is closed.
    feed: Option<Feed>,
    statuses: watch::Receiver<Option<Arc<Status>>>,
    pings: Interval,
    heard: Instant,
    pace: Pace,
    watching: Option<Watching>,
    /// What to say of a watch that is none.
    refusal: Option<LiveDown>,
    rows_due: bool,
    selected: Option<Id>,
    selected_due: bool,
    status_due: bool,
    status_told: Option<(Instant, Arc<Status>)>,
}

/// What is to be told next.
#[derive(Clone, Copy)]
enum Due {
    Refusal,
    Rows,
    Selected,
    Status,
}

impl Session {
    fn new(shared: Arc<Shared>, socket: WebSocket) -> Self {
        let now = Instant::now();
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        Self {
            feed: Some(shared.store.feed()),
            statuses: shared.status.subscribe(),
            shared,
            socket,
            pings,
            heard: now,
            pace: Pace::new(now),
            watching: None,
            refusal: None,
            rows_due: false,
            selected: None,
            selected_due: false,
            status_due: true,
            status_told: None,
        }
    }

    async fn serve(&mut self) -> Over {
        let stop = self.shared.stop.clone();
        loop {
            let due = self.due();
            let step = tokio::select! {
                () = stop.cancelled() => Err(Over::Bye(close_code::AWAY, "handlens is stopping".into())),
                message = self.socket.recv() => self.hear(message),
                news = next_news(&mut self.feed) => {
                    self.note_news(news);
                    Ok(())
                }
                Ok(()) = self.statuses.changed() => {
                    self.note_status();
                    Ok(())
                }
                _ = self.pings.tick() => self.ping().await,
                Some(due) = when(due) => self.tell(due).await,
            };
            if let Err(over) = step {
                return over;
            }
        }
    }

    /// What is to be told next, and when.
    fn due(&self) -> Option<(Instant, Due)> {
        let any = self.pace.any().unwrap_or_else(Instant::now);
        let candidates = [
            self.refusal.as_ref().map(|_| (any, Due::Refusal)),
            self.rows_due.then(|| (self.pace.rows(), Due::Rows)),
            self.selected_due.then_some((any, Due::Selected)),
            self.status_due.then(|| (self.pace.status(), Due::Status)),
        ];
        candidates.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    async fn tell(&mut self, due: Due) -> Result<(), Over> {
        let told = match due {
            Due::Refusal => self.refusal.take(),
            Due::Rows => self.read_rows().await,
            Due::Selected => self.tell_selected(),
            Due::Status => self.tell_status().await,
        };
        match told {
            Some(told) => self.send(&told).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, told: &LiveDown) -> Result<(), Over> {
        let text = serde_json::to_string(told).map_err(|_| Over::Gone)?;
        self.send_message(Message::Text(text.into())).await?;
        self.pace.note_sent(Instant::now());
        Ok(())
    }

    async fn send_message(&mut self, message: Message) -> Result<(), Over> {
        match timeout(SEND_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Over::Gone),
        }
    }

    async fn ping(&mut self) -> Result<(), Over> {
        if self.heard.elapsed() > SILENCE {
            return Err(Over::Gone);
        }
        self.send_message(Message::Ping(Default::default())).await
    }

    async fn read_rows(&mut self) -> Option<LiveDown> {
        self.rows_due = false;
        let watching = self.watching.as_mut()?;
        let began = Instant::now();
        let answer = self
            .shared
            .read(watching.question())
            .await
            .and_then(|answer| answer);
        self.pace.note_rows(Instant::now(), began.elapsed());
        watching.tell(answer)
    }

    fn tell_selected(&mut self) -> Option<LiveDown> {
        self.selected_due = false;
        let exchange = self.selected?.to_string();
        Some(LiveDown::Selected { exchange })
    }

    async fn tell_status(&mut self) -> Option<LiveDown> {
        self.status_due = false;
        let newest = self.statuses.borrow_and_update().clone();
        let status = match (newest, &self.status_told) {
            (Some(newest), Some(_)) => newest,
            // What the sampler left may be from long before this socket.
            _ => Arc::new(status::tell(&self.shared).await.ok()?),
        };
        let now = Instant::now();
        self.pace.note_status(now);
        self.status_told = Some((now, status.clone()));
        let status = Box::new(Status::clone(&status));
        Some(LiveDown::Status { status })
    }

    fn note_status(&mut self) {
        let newest = self.statuses.borrow_and_update().clone();
        self.status_due |= match (&self.status_told, newest) {
            (Some((at, told)), Some(newest)) => *told != newest || at.elapsed() >= STATUS_AT_LEAST,
            _ => true,
        };
    }

    fn note_news(&mut self, news: Option<News>) {
        match news {
            Some(News::Changed(change)) => {
                self.rows_due |= self
                    .watching
                    .as_ref()
                    .is_some_and(|watching| concerns(&change, watching.view));
                self.selected_due |= self.selected.is_some_and(|id| change.exchanges.contains(&id));
            }
            Some(News::StartAgain) => {
                self.rows_due = self.watching.is_some();
                self.selected_due = self.selected.is_some();
            }
            None => self.feed = None,
        }
    }

    /// Takes in what the browser says.
    fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Over> {
        self.heard = Instant::now();
        match message {
            None | Some(Err(_) | Ok(Message::Close(_))) => Err(Over::Gone),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(Over::Bye(
                close_code::UNSUPPORTED,
                "messages here are JSON texts".into(),
            )),
            Some(Ok(Message::Text(text))) => self.obey(&text),
        }
    }

    fn obey(&mut self, text: &Utf8Bytes) -> Result<(), Over> {
        match serde_json::from_str(text) {
            Ok(LiveUp::Watch(asked)) => {
                (self.watching, self.refusal) = match Watching::new(&asked) {
                    Ok(watching) => (Some(watching), None),
                    Err(refusal) => (None, Some(refusal)),
                };
                self.rows_due = self.watching.is_some();
                self.pace.hurry_rows(Instant::now());
            }
            Ok(LiveUp::Select { exchange }) => {
                self.selected = exchange.and_then(|id| id.parse().ok());
                self.selected_due = false;
            }
            Err(error) => {
                return Err(Over::Bye(
                    close_code::POLICY,
                    format!("not a message known here: {error}"),
                ));
            }
        }
        Ok(())
    }
}

/// Whether this may have changed what such a list shows. A row of an exchange tells of its connection too.
fn concerns(change: &Change, view: View) -> bool {
    match view {
        View::Exchanges => true,
        View::Connections => change.rows_went || !change.connections.is_empty(),
    }
}

/// The feed's next news; never, once it is over.
async fn next_news(feed: &mut Option<Feed>) -> Option<News> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until it is due.
async fn when(due: Option<(Instant, Due)>) -> Option<Due> {
    let (at, due) = due?;
    sleep_until(at).await;
    Some(due)
}
