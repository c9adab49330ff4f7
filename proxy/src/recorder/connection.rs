//! One connection, told at each step.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use capture::{
    Certificate, CertificateId, Connection, Counters, Decision, Door, Event, Fields, Id, LegName, Outcome,
    RawHead, RequestHead, Side, Target, Timestamp, Verdict, Version,
};

use rustls::pki_types::CertificateDer;

use super::leg::Telling;
use super::{BodyOutcome, ExchangeRecorder, LegRecorder, Recorder};
use crate::fault::Fault;
use crate::own_dials::OwnDial;
use crate::tls::{ClientAuth, Explained, Judged, passed_parameters};

/// Tells one connection. It is told closed when the last handle to it is gone.
pub(crate) struct ConnectionRecorder {
    pub(crate) recorder: Recorder,
    pub(crate) id: Id,
    /// The handshake with the client; of TLS that is passed through, the client's with the origin.
    pub(crate) client_leg: Arc<LegRecorder>,
    /// The handshake with the origin.
    pub(crate) origin_leg: Arc<LegRecorder>,
    telling: Arc<Telling>,
    state: Mutex<Connection>,
    began: Instant,
    exchanges: AtomicU64,
    open_exchanges: AtomicUsize,
    /// The origin has answered a request.
    was_answered: AtomicBool,
    client_auth: OnceLock<ClientAuth>,
    own_dial: OnceLock<OwnDial>,
    from_client: AtomicU64,
    from_origin: AtomicU64,
    /// When progress was told last, in milliseconds since `began`.
    progress_told_ms: AtomicU64,
}

impl ConnectionRecorder {
    /// Tells a connection that has come in, and what it asked for where that is known.
    pub(crate) fn open(
        recorder: &Recorder,
        door: Door,
        client: SocketAddr,
        target: Option<Target>,
    ) -> Arc<Self> {
        let mut connection = Connection::new(door, client);
        connection.target = target;
        let began = Instant::now();
        let telling = Arc::new(Telling {
            recorder: recorder.clone(),
            connection: connection.id,
            began,
            told: AtomicBool::new(false),
        });
        let this = Arc::new(Self {
            recorder: recorder.clone(),
            id: connection.id,
            client_leg: LegRecorder::new(telling.clone(), LegName::Client),
            origin_leg: LegRecorder::new(telling.clone(), LegName::Origin),
            telling,
            state: Mutex::new(connection),
            began,
            exchanges: AtomicU64::new(0),
            open_exchanges: AtomicUsize::new(0),
            was_answered: AtomicBool::new(false),
            client_auth: OnceLock::new(),
            own_dial: OnceLock::new(),
            from_client: AtomicU64::new(0),
            from_origin: AtomicU64::new(0),
            progress_told_ms: AtomicU64::new(0),
        });
        Counters::add(&recorder.live.counters.connections, 1);
        this.update(|_| {});
        recorder.processes.want(&this);
        this
    }

    /// Tells another connection to the origin of this one, for the same client.
    pub(crate) fn open_beside(&self) -> Arc<Self> {
        let (door, client, target, sni) = {
            let state = self.lock();
            (
                state.door,
                state.client.address,
                state.target.clone(),
                state.sni.clone(),
            )
        };
        let nobody = SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, 0));
        let beside = Self::open(&self.recorder, door, client.unwrap_or(nobody), target);
        beside.note(|connection| connection.sni = sni);
        beside
    }

    /// The name that the client asked for in TLS.
    pub(crate) fn sni(&self) -> Option<String> {
        self.lock().sni.clone()
    }

    /// Changes what is known of the connection without telling it yet: another step follows at once, or one
    /// that is waited for changes nothing that a person would look for meanwhile.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Connection)) {
        change(&mut self.lock());
    }

    /// Changes what is known of the connection and tells it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Connection)) {
        self.tell(self.change(change), self.recorder.events.is_paused());
    }

    /// The client's address; and the origin's, which is where the client sent to when it was redirected here.
    #[cfg(target_os = "linux")]
    pub(crate) fn client_socket(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let state = self.lock();
        (state.client.address, state.origin.address)
    }

    /// Tells the process that the client is. What is soon told anyway tells it too.
    #[cfg(target_os = "linux")]
    pub(crate) fn tell_process(&self, process: capture::Process) {
        self.note(|connection| connection.process = Some(process));
        let is_under_way = self.lock().outcome.is_none();
        if !is_under_way {
            self.update(|_| {});
        }
    }

    /// Says what became of the connection.
    pub(crate) fn set_outcome(&self, outcome: Outcome) {
        if outcome == Outcome::Inspected {
            Counters::add(&self.recorder.live.counters.inspected, 1);
        }
        self.update(|connection| connection.outcome = Some(outcome));
    }

    /// Says that the connection failed. What failed first stands. A connection that had already carried
    /// something keeps its outcome beside the failure.
    pub(crate) fn fail(&self, fault: &Fault) {
        let by_client =
            fault.leg == LegName::Client && fault.alert.as_ref().is_some_and(|alert| !alert.sent_by_us);
        let mut first = false;
        self.update(|connection| {
            first = connection.failure.is_none();
            if first {
                connection.failure = Some(fault.to_failure());
                let has_carried =
                    self.was_answered.load(Ordering::Relaxed) || connection.outcome == Some(Outcome::Passed);
                if !has_carried || connection.outcome.is_none() {
                    connection.outcome = Some(Outcome::Failed);
                }
            }
        });
        if first {
            Counters::add(&self.recorder.live.counters.failed_connections, 1);
            if by_client {
                Counters::add(&self.recorder.live.counters.rejected_by_client, 1);
            }
        }
    }

    /// Holds what says that we made the origin's connection, until this one is told closed.
    pub(crate) fn hold(&self, own_dial: Option<OwnDial>) {
        if let Some(own_dial) = own_dial {
            let _ = self.own_dial.set(own_dial);
        }
    }

    /// This leg's peer reset what it was carried by. It is told with the next step.
    pub(crate) fn note_reset(&self, leg: LegName) {
        self.note(|connection| connection.reset_by = Some(leg));
    }

    /// The origin answered a request.
    pub(super) fn note_answer(&self) {
        self.was_answered.store(true, Ordering::Relaxed);
    }

    /// TLS passes through, by this rule. What it agrees on is told once its handshake is over, off the path of its bytes.
    pub(crate) fn pass_through(self: &Arc<Self>, rule: String) {
        self.note(|connection| {
            connection.verdict = Some(Arc::new(Verdict {
                text: "TLS was passed through, and its chain not judged".to_owned(),
                allowed_by: Some(rule),
                ..Verdict::new(Decision::NotJudged)
            }));
        });
        let of = Arc::downgrade(self);
        self.client_leg.pass_through(move |handshake| {
            if let Some(recorder) = of.upgrade() {
                tokio::task::spawn_blocking(move || {
                    let agreed = passed_parameters(&handshake);
                    recorder.update(|connection| connection.client.tls = agreed);
                });
            }
        });
    }

    /// Tells certificates that the connection is about to name. A store may have let go of any of them meanwhile, and
    /// keeps one that it has once, so they are told each time.
    pub(crate) async fn tell_certificates(&self, certificates: &[Arc<Certificate>]) {
        let events = &self.recorder.events;
        if events.is_paused() && !self.telling.told.load(Ordering::Relaxed) {
            return;
        }
        for certificate in certificates {
            events.send(Event::Certificate(certificate.clone())).await;
        }
    }

    /// Tells what was judged of the origin's chain.
    pub(crate) async fn tell_verdict(&self, judged: &Judged) -> Arc<Explained> {
        let explained = judged.explain(&self.recorder.certificates);
        self.tell_certificates(&explained.certificates).await;
        self.note(|connection| connection.verdict = Some(explained.verdict.clone()));
        explained
    }

    /// Tells what was judged of the client's chain.
    pub(crate) async fn tell_client_verdict(&self, judged: &Judged) {
        let explained = judged.explain(&self.recorder.certificates);
        self.tell_certificates(&explained.certificates).await;
        self.note(|connection| connection.client_verdict = Some(explained.verdict.clone()));
    }

    /// Tells the chain that the client is shown, and the root behind it.
    pub(crate) async fn tell_minted<'a>(&self, chain: impl IntoIterator<Item = &'a CertificateDer<'static>>) {
        let minted = self.tell_chain(chain).await;
        self.note(|connection| connection.minted = minted);
    }

    /// Notes whether the origin asked for a certificate, and tells what it was shown.
    pub(crate) async fn tell_client_auth(&self, client_auth: ClientAuth) {
        if let ClientAuth::Sent(identity) = &client_auth {
            let sent = self.tell_chain(&identity.cert).await;
            self.note(|connection| connection.sent = sent);
        }
        let _ = self.client_auth.set(client_auth);
    }

    /// Whether the origin asked for a certificate.
    pub(crate) fn client_auth(&self) -> ClientAuth {
        self.client_auth.get().cloned().unwrap_or_default()
    }

    async fn tell_chain<'a>(
        &self,
        chain: impl IntoIterator<Item = &'a CertificateDer<'static>>,
    ) -> Vec<CertificateId> {
        let known = &self.recorder.certificates;
        let certificates: Vec<_> = chain.into_iter().map(|der| known.of(der)).collect();
        self.tell_certificates(&certificates).await;
        certificates.iter().map(|certificate| certificate.id).collect()
    }

    /// What has passed is no TLS. It may come to TLS yet, so the steps are kept.
    pub(crate) fn set_handshakes_aside(&self) {
        self.client_leg.set_aside();
        self.origin_leg.set_aside();
    }

    /// There is no TLS to tell of.
    pub(crate) fn forget_handshakes(&self) {
        self.client_leg.forget();
        self.origin_leg.forget();
    }

    /// The same of plain HTTP: without TLS there is no handshake that its steps would belong to, but those of the way through
    /// a proxy are told.
    pub(crate) fn forget_direct_handshakes(&self) {
        self.client_leg.forget();
        if self.is_direct() {
            self.origin_leg.forget();
        }
    }

    /// Counts bytes that passed, and tells progress at most once a second.
    pub(crate) fn count_bytes(&self, from: LegName, count: usize) {
        let (own, all) = match from {
            LegName::Client => (&self.from_client, &self.recorder.live.counters.bytes_from_clients),
            LegName::Origin => (&self.from_origin, &self.recorder.live.counters.bytes_from_origins),
        };
        Counters::add(own, count as u64);
        Counters::add(all, count as u64);
    }

    /// Tells how many bytes and exchanges have passed, at most once a second, and not while the writer is behind:
    /// the next word says as much.
    pub(crate) fn tell_progress(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = self.progress_told_ms.load(Ordering::Relaxed);
        if now.saturating_sub(last) >= 1000
            && self
                .progress_told_ms
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
            && !self.recorder.events.is_behind()
        {
            self.update(|_| {});
        }
    }

    /// Tells a tunnel that came to nothing as an exchange of its own, a CONNECT without an answer, so that it
    /// stands in the list of exchanges too. One that an exchange has told already is not told twice.
    pub(crate) async fn tell_failed_tunnel(self: &Arc<Self>, target: &Target, fault: &Fault) {
        if self.exchanges.load(Ordering::Relaxed) > 0 {
            return;
        }
        let head = RequestHead {
            method: Arc::from("CONNECT"),
            scheme: "https",
            host: target.host.clone(),
            port: target.port,
            path: Arc::from(""),
            version: Version::Http11,
            fields: Fields::default(),
            raw: RawHead::Unknown,
        };
        let opened = self.lock().opened;
        let exchange = ExchangeRecorder::begin(self, head, opened, self.began).await;
        exchange.body_over(Side::Request, BodyOutcome::Whole);
        exchange.no_response(fault);
    }

    /// Begins the exchange that stands for bytes in which no HTTP is found, carried to this target: a CONNECT whose
    /// request is what the client sends, and whose response what the origin does. Its bytes are told as those of any
    /// exchange ([`ExchangeRecorder::body`], which counts them for the connection too, and `body_over`), with their
    /// times, up to `limits.opaque-bytes` a side.
    pub(crate) async fn begin_carried(self: &Arc<Self>, target: &Target) -> ExchangeRecorder {
        let is_decrypted = self.lock().client.tls.is_some();
        let head = RequestHead {
            method: Arc::from("CONNECT"),
            scheme: if is_decrypted { "tls" } else { "tcp" },
            host: target.host.clone(),
            port: target.port,
            path: Arc::from(""),
            version: Version::Http11,
            fields: Fields::default(),
            raw: RawHead::Unknown,
        };
        let (started, began) = (Timestamp::now(), Instant::now());
        let bound = self.recorder.opaque_bytes;
        ExchangeRecorder::begin_bounded(self, head, started, began, bound).await
    }

    /// What its legs tell it by.
    pub(super) fn telling(&self) -> &Arc<Telling> {
        &self.telling
    }

    /// Whether the origin's socket is its own, and speaks TLS from its first byte.
    pub(crate) fn is_direct(&self) -> bool {
        let state = self.lock();
        state.via.is_none() && state.starttls.is_none()
    }

    /// Whether TLS was begun by a command.
    pub(crate) fn has_started_tls(&self) -> bool {
        self.lock().starttls.is_some()
    }

    /// Bytes that have passed, both ways.
    pub(crate) fn carried_bytes(&self) -> u64 {
        self.from_client.load(Ordering::Relaxed) + self.from_origin.load(Ordering::Relaxed)
    }

    /// Exchanges under way.
    pub(crate) fn open_exchange_count(&self) -> usize {
        self.open_exchanges.load(Ordering::Relaxed)
    }

    pub(super) fn exchange_opened(&self) {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        self.open_exchanges.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn exchange_over(&self) {
        self.open_exchanges.fetch_sub(1, Ordering::Relaxed);
        self.tell_progress();
    }

    /// Makes sure that the store knows the connection before one of its exchanges is told.
    pub(super) fn tell_if_untold(&self) {
        if !self.telling.told.load(Ordering::Relaxed) {
            self.tell(self.change(|_| {}), false);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Connection)) -> Arc<Connection> {
        let mut state = self.lock();
        state.bytes_from_client = self.from_client.load(Ordering::Relaxed);
        state.bytes_from_origin = self.from_origin.load(Ordering::Relaxed);
        state.exchanges = Some(self.exchanges.load(Ordering::Relaxed));
        change(&mut state);
        Arc::new(state.clone())
    }

    fn tell(&self, connection: Arc<Connection>, paused: bool) {
        if connection.closed.is_none() {
            self.recorder.live.connections.insert(self.id, connection.clone());
        }
        if !paused || self.telling.told.load(Ordering::Relaxed) {
            self.telling.told.store(true, Ordering::Relaxed);
            self.recorder.events.send_last(Event::Connection(connection));
        }
    }
}

impl Drop for ConnectionRecorder {
    fn drop(&mut self) {
        self.client_leg.cut_short();
        self.origin_leg.cut_short();
        self.recorder.live.connections.remove(&self.id);
        self.update(|connection| connection.closed = Some(Timestamp::now()));
    }
}
