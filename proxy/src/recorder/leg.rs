//! One leg's handshake, gathered while it passes and told when it is over.
//!
//! The tap notes raw bytes, the key log secrets, the session steps. Once told, all of it is given back: a leg that
//! carries traffic holds a count and nothing more. Records that come later are told one by one.
//!
//! Where the person asked for all secrets, noting goes on behind the handshake, up to the bound, and what was told
//! is told again with the rest when the connection ends.

mod noted;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use capture::{
    Ending, Event, HandshakeUnderWay, Id, LateRecord, LegHandshake, LegName, Secret, Step, StepName, TlsRole,
};
use rustls::KeyLog;

use self::noted::Noted;
use super::Recorder;
use crate::tls::{Flights, ending};

/// Late records that are told of one leg at the most, and their bytes: a peer may send key updates without end.
const LATE_RECORDS: u32 = 64;
const LATE_BYTES: usize = 64 * 1024;

/// What the legs of one connection tell it by.
pub(super) struct Telling {
    pub(super) recorder: Recorder,
    pub(super) connection: Id,
    pub(super) began: Instant,
    /// Whether the store has been told of the connection: not so while recording is paused.
    pub(super) told: AtomicBool,
}

impl Telling {
    /// Whether the store is to hear of this connection.
    fn is_heard(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }
}

/// Tells one leg's handshake.
pub(crate) struct LegRecorder {
    telling: Arc<Telling>,
    leg: LegName,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was noted; nothing before the first note, nothing again once it was told.
    noted: Option<Box<Noted>>,
    /// What is just being told, until it waits for the writer: who looks meanwhile finds it here.
    leaving: Option<Arc<LegHandshake>>,
    told: bool,
    late_records: u32,
    late_bytes: usize,
}

impl LegRecorder {
    pub(super) fn new(telling: Arc<Telling>, leg: LegName) -> Arc<Self> {
        Arc::new(Self {
            telling,
            leg,
            state: Mutex::default(),
        })
    }

    /// The connection that the leg belongs to.
    pub(crate) fn connection(&self) -> Id {
        self.telling.connection
    }

    /// The role that the leg's peer has in TLS. Ours is the other one.
    pub(crate) fn peer_role(&self) -> TlsRole {
        match self.leg {
            LegName::Client => TlsRole::Client,
            LegName::Origin => TlsRole::Server,
        }
    }

    /// The role that Handlens has in TLS, and the origin where TLS is passed through.
    pub(crate) fn own_role(&self) -> TlsRole {
        match self.leg {
            LegName::Client => TlsRole::Server,
            LegName::Origin => TlsRole::Client,
        }
    }

    /// Notes bytes that have passed at once just now, in one piece or in several. False when no more are wanted; what was
    /// noted is then to be told by [`Self::tell_passed`].
    pub(crate) fn note_bytes<'a>(
        self: &Arc<Self>,
        from: TlsRole,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> bool {
        self.note_bytes_at(self.now_us(), from, pieces)
    }

    /// The same of bytes that passed at this time of [`Self::now_us`].
    pub(crate) fn note_bytes_at<'a>(
        self: &Arc<Self>,
        at_us: u64,
        from: TlsRole,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> bool {
        let mut is_over = false;
        let mut state = self.lock();
        if state.told {
            return false;
        }
        let noted = state.noted.get_or_insert_default();
        for bytes in pieces {
            if !noted.has_bytes() && bytes.first() == Some(&handshake::record_type::HANDSHAKE) {
                let handshakes = &self.telling.recorder.live.handshakes;
                handshakes.insert((self.telling.connection, self.leg), self.clone());
            }
            noted.note(from, at_us, bytes);
            is_over |= noted
                .passing
                .as_mut()
                .is_some_and(|(passing, _)| passing.feed(from, bytes));
        }
        !(is_over || noted.is_full())
    }

    /// Tells a handshake whose end was found in its bytes, or which is longer than what is kept of one.
    pub(crate) fn tell_passed(&self) {
        let when_over = self.with_noted(|noted| {
            let (_, when_over) = noted.passing.take()?;
            noted.handshake.ending = None;
            Some(when_over)
        });
        if let (Some(told), Some(when_over)) = (self.tell_now(), when_over) {
            when_over(told);
        }
    }

    /// The bytes that were noted are no TLS: they are forgotten, and those of TLS may come behind them.
    pub(super) fn set_aside(&self) {
        self.note(Noted::forget_bytes);
        self.leave_live();
    }

    /// What was noted is no TLS: it is forgotten, and no more is noted.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.noted = None;
        state.told = true;
        drop(state);
        self.leave_live();
    }

    /// The handshake came to nothing, and another one begins that takes its place.
    pub(crate) fn start_over(&self) {
        *self.lock() = State::default();
    }

    /// From now on the end of the handshake is looked for in the bytes themselves, and the handshake then given to
    /// `when_over`.
    pub(crate) fn pass_through(&self, when_over: impl FnOnce(Arc<LegHandshake>) + Send + 'static) {
        let mut state = self.lock();
        if let Some(noted) = &mut state.noted {
            noted.pass_through(Box::new(when_over));
        }
    }

    /// Notes something that was done for the leg, and has just ended.
    pub(crate) fn note_step(&self, name: StepName, began: Instant, text: Option<String>) {
        let step = Step {
            name,
            start_us: micros_between(self.telling.began, began),
            end_us: self.now_us(),
            text,
        };
        self.note(|noted| noted.handshake.steps.push(step));
    }

    /// Notes the connection whose session was resumed.
    pub(crate) fn note_resumed(&self, connection: Id) {
        self.note(|noted| noted.handshake.resumes = Some(connection));
    }

    /// Notes the kernel's round-trip time to the peer, which `ask` asks for: once, as a hello begins to pass.
    pub(crate) fn note_round_trip(&self, from: TlsRole, first: &[u8], ask: impl FnOnce() -> Option<u64>) {
        if self.with_noted(|noted| noted.wants_round_trip(from, first)) {
            let us = ask();
            self.note(|noted| noted.handshake.tcp_rtt_us = us);
        }
    }

    /// Notes how the handshake ended without being finished, where the socket told.
    pub(crate) fn note_ending(&self, ending: Option<Ending>) {
        self.note(|noted| noted.handshake.ending = ending);
    }

    /// The connection ended, or one half of it. Where a handshake that is passed through had not come to its end, that is
    /// how it ended.
    pub(crate) fn note_end_of_passed(&self, ending: Ending) {
        self.note(|noted| {
            if noted.passing.is_some() {
                noted.handshake.ending.get_or_insert(ending);
            }
        });
    }

    /// Nothing has passed for so long, and the connection is given up. Where a handshake that is passed through had not come
    /// to its end, whoever had to speak next was silent: says who.
    pub(crate) fn note_silence_of_passed(&self, limit: Duration) -> Option<TlsRole> {
        self.with_noted(|noted| {
            let is_open = noted.passing.is_some() && noted.handshake.ending.is_none();
            let from = is_open.then(|| ending::awaited(&noted.to_handshake(true)))?;
            noted.handshake.ending = Some(ending::silence(from, limit));
            Some(from)
        })
    }

    /// Whatever cut the handshake short, as far as it came it is told.
    pub(super) fn cut_short(&self) {
        self.note(|noted| {
            if !noted.is_over && noted.has_bytes() {
                noted.handshake.ending.get_or_insert(Ending::Stopped);
            }
        });
        self.tell_now();
    }

    /// Asks `ask` of which sealed records belong to the handshake.
    pub(crate) fn with_flights<T: Default>(&self, ask: impl FnOnce(&mut Flights) -> T) -> T {
        self.with_noted(|noted| ask(&mut noted.flights))
    }

    /// Notes or tells a record that the TLS engine sealed or opened behind the handshake.
    pub(crate) fn note_late(&self, from: TlsRole, content_type: u8, bytes: Vec<u8>) {
        let record = LateRecord {
            from,
            at_us: self.now_us(),
            content_type,
            bytes: bytes.into(),
        };
        let mut state = self.lock();
        let is_over = state.told || state.noted.as_ref().is_some_and(|noted| noted.is_over);
        if is_over && self.keeps_all() {
            // It can be opened where it lies among the raw bytes.
            return;
        }
        state.late_records += 1;
        state.late_bytes += record.bytes.len();
        if state.late_records > LATE_RECORDS || state.late_bytes > LATE_BYTES {
            return;
        }
        if !state.told {
            state.noted.get_or_insert_default().handshake.late.push(record);
        } else if self.telling.is_heard() {
            self.telling.recorder.events.send_last(Event::Late {
                connection: self.telling.connection,
                leg: self.leg,
                record,
            });
        }
    }

    /// Asks `ask` of what came late and what the server sent, as far as they were noted.
    pub(crate) fn with_server<T: Default>(&self, ask: impl FnOnce(&[LateRecord], &[u8]) -> T) -> T {
        self.with_noted(|noted| ask(&noted.handshake.late, noted.sent(TlsRole::Server)))
    }

    /// What has been noted until now.
    pub(crate) fn so_far(&self) -> LegHandshake {
        let state = self.lock();
        match (&state.noted, &state.leaving) {
            (Some(noted), _) => noted.to_handshake(self.keeps_all()),
            (None, Some(leaving)) => (**leaving).clone(),
            (None, None) => LegHandshake::default(),
        }
    }

    /// Whether what lies behind the handshake is noted too.
    pub(crate) fn keeps_all(&self) -> bool {
        self.telling.recorder.keys.keeps_all()
    }

    /// The handshake is over: tells what was noted, and waits for room where the writer is behind.
    pub(crate) async fn tell(&self) {
        let event = if self.keeps_all() {
            self.note(|noted| noted.is_over = true);
            self.event(Arc::new(self.so_far()))
        } else {
            self.take()
        };
        if let Some(event) = event {
            self.telling.recorder.events.send(event).await;
        }
        self.leave_live();
    }

    /// Tells what was noted, if it was not told yet, without waiting. Returns what was told.
    pub(super) fn tell_now(&self) -> Option<Arc<LegHandshake>> {
        let event = self.take();
        let told = match &event {
            Some(Event::Handshake { handshake, .. }) => Some(handshake.clone()),
            _ => None,
        };
        if let Some(event) = event {
            self.telling.recorder.events.send_last(event);
        }
        self.leave_live();
        told
    }

    fn take(&self) -> Option<Event> {
        let mut state = self.lock();
        state.told = true;
        let noted = state.noted.take()?;
        let handshake = Arc::new(noted.into_handshake(self.keeps_all()));
        state.leaving = Some(handshake.clone());
        drop(state);
        self.event(handshake)
    }

    fn event(&self, handshake: Arc<LegHandshake>) -> Option<Event> {
        let is_told = self.telling.is_heard() && !handshake.is_empty();
        is_told.then(|| Event::Handshake {
            connection: self.telling.connection,
            leg: self.leg,
            handshake,
        })
    }

    fn leave_live(&self) {
        let handshakes = &self.telling.recorder.live.handshakes;
        handshakes.remove(&(self.telling.connection, self.leg));
        self.lock().leaving = None;
    }

    fn note(&self, note: impl FnOnce(&mut Noted)) {
        let mut state = self.lock();
        if !state.told {
            note(state.noted.get_or_insert_default());
        }
    }

    /// Asks `ask` of what was noted, if it was not told yet.
    fn with_noted<T: Default>(&self, ask: impl FnOnce(&mut Noted) -> T) -> T {
        self.lock().noted.as_deref_mut().map_or_else(T::default, ask)
    }

    /// Microseconds since the connection began.
    pub(crate) fn now_us(&self) -> u64 {
        micros_between(self.telling.began, Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros_between(earlier: Instant, later: Instant) -> u64 {
    u64::try_from(later.saturating_duration_since(earlier).as_micros()).unwrap_or(u64::MAX)
}

impl HandshakeUnderWay for LegRecorder {
    fn so_far(&self) -> LegHandshake {
        Self::so_far(self)
    }
}

impl KeyLog for LegRecorder {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let keys = &self.telling.recorder.keys;
        keys.write(label, client_random, secret);
        if keys.keeps(label) {
            let secret = Secret {
                label: label.to_owned(),
                bytes: Bytes::copy_from_slice(secret),
            };
            self.note(|noted| noted.handshake.secrets.push(secret));
        }
    }

    fn will_log(&self, label: &str) -> bool {
        if label == "CLIENT_EARLY_TRAFFIC_SECRET" {
            self.with_flights(Flights::early_secret);
        }
        let keys = &self.telling.recorder.keys;
        keys.keeps(label) || keys.writes()
    }
}

impl fmt::Debug for LegRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegRecorder")
            .field("connection", &self.telling.connection)
            .field("leg", &self.leg)
            .finish_non_exhaustive()
    }
}
