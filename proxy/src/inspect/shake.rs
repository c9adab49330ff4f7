//! One handshake with a server, made as the proxy makes its own toward origins: the same tap, key log and judge.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ca::Judge;
use capture::{
    Door, Event, LegHandshake, LegName, Stage, StepName, Target, Timestamp, TlsParameters, Verdict,
    WhenBehind,
};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::starttls::start_tls;
use crate::config::{Group, StartTls, Timeouts, TlsVersion, UpstreamProxy};
use crate::dial::{self, OwnAddresses};
use crate::fault::Fault;
use crate::process::Processes;
use crate::recorder::{ConnectionRecorder, Keys, Recorder};
#[cfg(feature = "legacy")]
use crate::rules::HostPattern;
use crate::tls::{Identity, Judged, OriginLegs, Wish, look_at_shortfall};
use crate::transport::Transport;
use crate::upstream::Upstream;

/// How long the server is listened to behind the handshake, for the tickets that it sends.
const LISTENING: Duration = Duration::from_millis(250);

/// What to do.
pub(super) struct Task {
    pub(super) target: Target,
    /// The name to ask for and to judge the certificate by.
    pub(super) name: ServerName<'static>,
    pub(super) protocols: Vec<Vec<u8>>,
    pub(super) versions: (TlsVersion, TlsVersion),
    pub(super) groups: Vec<Group>,
    /// Names that are reached by OpenSSL, which offers what it has.
    #[cfg(feature = "legacy")]
    pub(super) legacy: Vec<HostPattern>,
    /// Who to be where the server asks for a client certificate.
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) proxy: Option<UpstreamProxy>,
    pub(super) starttls: Option<StartTls>,
}

/// What came of it.
pub(super) struct Shaken {
    pub(super) opened: Timestamp,
    pub(super) address: Option<SocketAddr>,
    pub(super) handshake: LegHandshake,
    pub(super) tls: Option<TlsParameters>,
    pub(super) verdict: Option<Arc<Verdict>>,
    pub(super) fault: Option<Fault>,
}

/// What was reached before something failed.
#[derive(Default)]
struct Reached {
    address: Option<SocketAddr>,
    tls: Option<TlsParameters>,
    verdict: Option<Arc<Verdict>>,
}

/// Shakes hands, and tells what passed, whatever comes of it.
pub(super) async fn shake_hands(task: &Task, judge: &Arc<Judge>, keys: Arc<Keys>) -> Shaken {
    // Before the clock runs: the first random bytes of a process are waited for here.
    let legs = OriginLegs::offering(task.versions, task.groups.iter().map(|group| group.0).collect())
        .map_err(|error| Fault::new(LegName::Origin, Stage::Tls, error.to_string()));
    let opened = Timestamp::now();
    let (events, mut received) = capture::channel(u32::MAX, WhenBehind::Wait);
    let recorder = Recorder {
        events,
        live: Arc::default(),
        certificates: Arc::default(),
        keys,
        processes: Processes::default(),
        opaque_bytes: 0,
        strips_alt_svc: false,
    };
    let nobody = SocketAddr::from(([0, 0, 0, 0], 0));
    let connection = ConnectionRecorder::open(&recorder, Door::Connect, nobody, Some(task.target.clone()));
    let mut reached = Reached::default();
    let fault = match legs {
        Ok(legs) => reach_and_shake(task, legs, judge, &connection, &mut reached)
            .await
            .err(),
        Err(fault) => Some(fault),
    };
    // What was not told yet is told when they go.
    drop((connection, recorder));
    let mut handshake = LegHandshake::default();
    let mut late = Vec::new();
    while let Some(event) = received.try_next() {
        match event {
            Event::Handshake {
                leg: LegName::Origin,
                handshake: told,
                ..
            } => handshake = Arc::unwrap_or_clone(told),
            Event::Late { record, .. } => late.push(record),
            _ => {}
        }
    }
    handshake.late.extend(late);
    let Reached {
        address,
        tls,
        verdict,
    } = reached;
    Shaken {
        opened,
        address,
        handshake,
        tls,
        verdict,
        fault,
    }
}

async fn reach_and_shake(
    task: &Task,
    legs: OriginLegs,
    judge: &Arc<Judge>,
    connection: &ConnectionRecorder,
    reached: &mut Reached,
) -> Result<(), Fault> {
    #[cfg(feature = "legacy")]
    let legs = legs.with_legacy(task.legacy.clone());
    let limits = Timeouts::default();
    let leg = &connection.origin_leg;
    let stream = reach_tls(task, judge, connection, &limits, reached).await?;
    let is_direct = task.proxy.is_none() && task.starttls.is_none();
    let wish = Wish {
        send_name: matches!(task.name, ServerName::DnsName(_)),
        name: task.name.clone(),
        protocols: task.protocols.clone(),
        // What is behind a bad chain is looked at all the same; the verdict stands.
        allowed_by: Some("handlens inspect".to_owned()),
        identity: task.identity.clone(),
        ask_again: is_direct,
        limit: limits.tls,
    };
    let told = |judged: &Judged| judged.explain(&connection.recorder.certificates).verdict.clone();
    match legs.connect(stream, &task.target, judge, wish, leg).await {
        Ok(mut origin) => {
            reached.tls = Some(origin.tls);
            reached.verdict = origin.judged.as_ref().map(told);
            // The handshake is over: how the server goes on is its own affair.
            let _ = timeout(LISTENING, origin.stream.read(&mut [0; 1])).await;
            let _ = timeout(LISTENING, origin.stream.shutdown()).await;
            Ok(())
        }
        Err(mut error) => {
            reached.verdict = error.judged().map(told);
            if let Some(shortfall) = error.shortfall()
                && !is_direct
            {
                // The same way is taken once more.
                let again = async {
                    let mut reached = Reached::default();
                    let reaching = reach_tls(task, judge, connection, &limits, &mut reached);
                    reaching.await.ok()
                };
                let name = matches!(task.name, ServerName::DnsName(_)).then_some(&task.name);
                *shortfall = look_at_shortfall(again, name).await;
            }
            Err(error.to_fault())
        }
    }
}

/// Reaches the server, and has it ready for TLS where that begins by a command.
async fn reach_tls(
    task: &Task,
    judge: &Arc<Judge>,
    connection: &ConnectionRecorder,
    limits: &Timeouts,
    reached: &mut Reached,
) -> Result<Transport, Fault> {
    let mut stream = reach(task, judge, connection, limits, reached).await?;
    if let Some(protocol) = task.starttls {
        let fault = |text: String| Fault::new(LegName::Origin, Stage::Connect, text);
        match timeout(limits.tls, start_tls(&mut stream, protocol)).await {
            Ok(started) => started.map_err(|error| fault(error.to_string()))?,
            Err(_) => {
                return Err(fault(format!(
                    "the server was not ready for TLS within {:?}",
                    limits.tls
                )));
            }
        }
    }
    Ok(stream)
}

/// Reaches the server, through the proxy where there is one.
async fn reach(
    task: &Task,
    judge: &Arc<Judge>,
    connection: &ConnectionRecorder,
    limits: &Timeouts,
    reached: &mut Reached,
) -> Result<Transport, Fault> {
    let own = OwnAddresses::default();
    let leg = &connection.origin_leg;
    if let Some(proxy) = &task.proxy {
        let upstream = Upstream {
            proxy,
            judge,
            allowed_by: None,
            own: &own,
            timeouts: limits,
            leg,
        };
        let way = async { upstream.reach(&upstream.resolve().await?, &task.target).await };
        let tunnelled = way.await.map_err(|error| error.to_fault())?;
        reached.address = Some(tunnelled.address);
        return Ok(tunnelled.stream);
    }
    let began = std::time::Instant::now();
    let resolved = dial::resolve(&task.target, &own, limits.connect)
        .await
        .map_err(|error| error.to_fault())?;
    leg.note_step(StepName::Resolve, began, Some(resolved.name_addresses()));
    let began = std::time::Instant::now();
    let dialled = dial::connect(&task.target, &resolved.addresses, limits.connect)
        .await
        .map_err(|error| error.to_fault())?;
    reached.address = Some(dialled.address);
    leg.note_step(StepName::Connect, began, Some(dialled.address.to_string()));
    Ok(dialled.stream)
}
