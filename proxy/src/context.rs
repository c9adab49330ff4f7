//! What every session shares. Made once at the start, so that a connection makes nothing of it anew.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ca::{Judge, Minter};
use capture::Id;
use rustls::pki_types::CertificateDer;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Limits, Timeouts, Upstreams};
use crate::dial::OwnAddresses;
use crate::door::Guests;
use crate::local::Site;
use crate::recorder::Recorder;
use crate::rules::Rules;
use crate::tls::{ClientLegs, Identities, OriginLegs};

/// How long a peer that has just come keeps its place without a word: what it came for is on its way. A crowd is
/// served one after the other like this, and none of it is sent away unheard.
pub(crate) const SETTLING: Duration = Duration::from_secs(1);

pub(crate) struct Context {
    pub(crate) recorder: Recorder,
    pub(crate) rules: Arc<Rules>,
    pub(crate) identities: Identities,
    pub(crate) own: OwnAddresses,
    /// Whom the proxy serves.
    pub(crate) guests: Guests,
    /// The proxies that origins are reached through.
    pub(crate) upstreams: Upstreams,
    pub(crate) strip_alt_svc: bool,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    /// What clients are told at our own name.
    pub(crate) site: Site,
    pub(crate) minter: Minter,
    /// The root certificate.
    pub(crate) root: CertificateDer<'static>,
    pub(crate) judge: Arc<Judge>,
    pub(crate) client_legs: ClientLegs,
    pub(crate) origin_legs: OriginLegs,
    /// The dashboard, where there is one.
    pub(crate) dashboard: Option<SocketAddr>,
    /// Places for clients, and for the streams by which one of them brings many tunnels.
    pub(crate) places: Arc<Semaphore>,
    /// Every task of every session.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when sessions should end after the exchanges that are under way.
    pub(crate) stop: CancellationToken,
    /// Cancelled when sessions must end at once.
    pub(crate) cut: CancellationToken,
    /// Told when there is no room for another connection: idle ones then make room.
    pub(crate) pressure: Notify,
}

impl Context {
    /// Takes a place beyond the one that a client has; `None` where there is none. Idle ones are then asked to make room.
    pub(crate) fn take_place(&self) -> Option<OwnedSemaphorePermit> {
        let place = self.places.clone().try_acquire_owned();
        place.inspect_err(|_| self.pressure.notify_waiters()).ok()
    }

    /// The page of the dashboard that shows the certificates of a connection. Who follows it must have the token.
    pub(crate) fn look_at_certificates(&self, connection: Id) -> Option<String> {
        let mut dashboard = self.dashboard?;
        if dashboard.ip().is_unspecified() {
            // It listens everywhere; this is where a person on this machine finds it.
            dashboard.set_ip(match dashboard.is_ipv4() {
                true => Ipv4Addr::LOCALHOST.into(),
                false => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Some(format!(
            "http://{dashboard}/connections/{connection}/certificates"
        ))
    }

    /// Waits until a peer that says nothing need not be waited for any longer: the idle time is over, its place
    /// is wanted, or Handlens stops.
    pub(crate) async fn silence(&self) {
        tokio::select! {
            () = tokio::time::sleep(self.timeouts.idle) => {}
            () = self.place_wanted() => {}
        }
    }

    /// Waits until the place of a peer that says nothing is wanted for another one, or Handlens stops.
    pub(crate) async fn place_wanted(&self) {
        let came = Instant::now();
        let pressed = async {
            loop {
                self.pressure.notified().await;
                if came.elapsed() >= SETTLING {
                    return;
                }
            }
        };
        tokio::select! {
            () = pressed => {}
            () = self.stop.cancelled() => {}
        }
    }
}
