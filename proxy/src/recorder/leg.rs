//! One leg's handshake, gathered while it passes and told when it is over.
//!
//! The tap notes raw bytes, the key log secrets, the session steps. Once told, all of it is given back: a leg that
//! carries traffic holds a count and nothing more. Records that come later are told one by one.
//!
//! Where the person asked for all secrets, noting goes on behind the handshake, up to the bound, and what was told
//! is told again with the rest when the connection ends.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use capture::{
    Chunk, Ending, Event, HandshakeUnderWay, Id, LateRecord, LegHandshake, LegName, Secret, Step, StepName,
    TlsRole,
};
use rustls::KeyLog;

use super::Recorder;
use crate::tls::{Flights, Passing};

/// Bytes of a handshake that are kept of one direction. A chain of a hundred certificates fits.
const BOUND: usize = 256 * 1024;

/// Bytes of a handshake, about, both ways.
const TYPICAL: usize = 4096;

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

#[derive(Default)]
struct Noted {
    handshake: LegHandshake,
    raw: Vec<u8>,
    /// Who sent the bytes of `raw` up to this place, and when.
    spans: Vec<(TlsRole, u64, usize)>,
    /// Bytes of client and server that were noted.
    counts: [usize; 2],
    /// The handshake was told, and is kept for what comes behind it.
    is_over: bool,
    /// Which sealed records belong to the handshake, where the TLS engine says.
    flights: Flights,
    /// Looks for the end of a handshake that is passed through, and who wants to know of it.
    passing: Option<(Passing, WhenOver)>,
}

/// What is done with a handshake that was passed through. It is called where bytes pass.
type WhenOver = Box<dyn FnOnce(Arc<LegHandshake>) + Send>;

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

    /// Notes bytes that have passed at once, in one piece or in several. False when no more are wanted.
    pub(crate) fn note_bytes<'a>(
        self: &Arc<Self>,
        from: TlsRole,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> bool {
        let at_us = self.now_us();
        let mut is_over = false;
        let mut state = self.lock();
        if state.told {
            return false;
        }
        let noted = state.noted.get_or_insert_default();
        for bytes in pieces {
            if noted.raw.is_empty() && bytes.first() == Some(&handshake::record_type::HANDSHAKE) {
                let handshakes = &self.telling.recorder.live.handshakes;
                handshakes.insert((self.telling.connection, self.leg), self.clone());
            }
            noted.note(from, at_us, bytes);
            is_over |= noted
                .passing
                .as_mut()
                .is_some_and(|(passing, _)| passing.feed(from, bytes));
        }
        is_over |= noted.counts == [BOUND, BOUND];
        if is_over {
            let when_over = noted.passing.take().map(|(_, when_over)| when_over);
            drop(state);
            let told = self.tell_now();
            if let (Some(when_over), Some(told)) = (when_over, told) {
                when_over(told);
            }
        }
        !is_over
    }

    /// The bytes that were noted are no TLS: they are forgotten, and those of TLS may come behind them.
    pub(super) fn set_aside(&self) {
        self.note(|noted| {
            noted.raw.clear();
            noted.spans.clear();
            noted.counts = [0; 2];
        });
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
            let mut passing = Passing::default();
            let mut begin = 0;
            for &(from, _, end) in &noted.spans {
                passing.feed(from, &noted.raw[begin..end]);
                begin = end;
            }
            noted.passing = Some((passing, Box::new(when_over)));
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

    /// Notes the kernel's round-trip time to the peer.
    pub(crate) fn note_round_trip(&self, us: Option<u64>) {
        self.note(|noted| noted.handshake.tcp_rtt_us = us);
    }

    /// Notes how the handshake ended without being finished, where the socket told.
    pub(crate) fn note_ending(&self, ending: Option<Ending>) {
        self.note(|noted| noted.handshake.ending = ending);
    }

    /// Whatever cut the handshake short, as far as it came it is told.
    pub(super) fn cut_short(&self) {
        self.note(|noted| {
            if !noted.is_over && noted.passing.is_none() && !noted.raw.is_empty() {
                noted.handshake.ending.get_or_insert(Ending::Stopped);
            }
        });
        self.tell_now();
    }

    /// Asks `ask` of which sealed records belong to the handshake.
    pub(crate) fn with_flights<T: Default>(&self, ask: impl FnOnce(&mut Flights) -> T) -> T {
        self.lock()
            .noted
            .as_mut()
            .map_or_else(T::default, |noted| ask(&mut noted.flights))
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
        if self.keeps_all() {
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
        let handshake = Arc::new(noted.to_handshake(self.keeps_all()));
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

    fn now_us(&self) -> u64 {
        micros_between(self.telling.began, Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros_between(earlier: Instant, later: Instant) -> u64 {
    u64::try_from(later.saturating_duration_since(earlier).as_micros()).unwrap_or(u64::MAX)
}

impl Noted {
    fn note(&mut self, from: TlsRole, at_us: u64, bytes: &[u8]) {
        let count = &mut self.counts[from as usize];
        let taken = bytes.len().min(BOUND - *count);
        self.handshake.truncated |= taken < bytes.len();
        *count += taken;
        if taken == 0 {
            return;
        }
        if self.raw.capacity() == 0 {
            // Most handshakes fit. It is given back with the rest.
            self.raw.reserve(TYPICAL);
            self.spans.reserve(8);
        }
        self.raw.extend_from_slice(&bytes[..taken]);
        let end = self.raw.len();
        match self.spans.last_mut() {
            // Pieces of one read.
            Some((sender, at, last)) if *sender == from && *at == at_us => *last = end,
            _ => self.spans.push((from, at_us, end)),
        }
    }

    /// The handshake with its bytes: `all`, or each side's up to the last record that belongs to it.
    fn to_handshake(&self, all: bool) -> LegHandshake {
        let mut handshake = self.handshake.clone();
        let raw = Bytes::copy_from_slice(&self.raw);
        let mut room = [TlsRole::Client, TlsRole::Server].map(|role| match all {
            true => usize::MAX,
            false => self.flights.end(role, || self.bytes_of(role)),
        });
        let mut begin = 0;
        for &(from, at_us, end) in &self.spans {
            let taken = room[from as usize].min(end - begin);
            room[from as usize] -= taken;
            if taken > 0 {
                let bytes = raw.slice(begin..begin + taken);
                handshake.chunks.push(Chunk { from, at_us, bytes });
            }
            begin = end;
        }
        handshake
    }

    fn bytes_of(&self, role: TlsRole) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.counts[role as usize]);
        let mut begin = 0;
        for &(from, _, end) in &self.spans {
            if from == role {
                bytes.extend_from_slice(&self.raw[begin..end]);
            }
            begin = end;
        }
        bytes
    }
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
