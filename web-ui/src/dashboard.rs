//! The dashboard as a whole: what it needs, and how it is served.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::model::Rule;
use crate::shared::Shared;
use crate::{Command, Token, routes, sampler, server};

/// What the dashboard shows, and whom it asks.
pub struct Dashboard {
    /// Where what was seen is kept.
    pub store: Arc<dyn capture::Store>,
    /// What is open now, and the counts since the start.
    pub live: Arc<capture::Live>,
    /// The recorders' channel, for its state and its losses.
    pub recorder: capture::EventSender,
    /// The proxy's ear.
    pub commands: mpsc::Sender<Command>,
    /// Tells the rules that hold now, those given at the start first.
    pub rules: Arc<dyn Fn() -> Vec<Rule> + Send + Sync>,
    /// The types of protobuf messages that the person gave.
    pub schema: Arc<capture::message::Schema>,
    /// The secret that a request must show.
    pub token: Token,
    /// What the running Handlens says of itself.
    pub about: About,
}

/// What the running Handlens says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// Its version.
    pub version: String,
    /// The addresses that clients can set as their HTTP proxy.
    pub proxy_addresses: Vec<SocketAddr>,
    /// Every door that clients come in by, as the ready lines name it: `http://127.0.0.1:8080`.
    pub doors: Vec<String>,
    /// The address that the dashboard listens on.
    pub dashboard_address: SocketAddr,
    /// The folder of root and store where commands have to be told of it, by `--data-dir`; `None` for the platform's,
    /// which they find by themselves.
    pub data_dir: Option<PathBuf>,
    /// The root certificate.
    pub root: RootAbout,
}

/// The root certificate. Its key is not here, and so can't leave through the dashboard.
#[derive(Clone, Debug)]
pub struct RootAbout {
    /// The certificate in PEM.
    pub pem: String,
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// The certificate as a profile for iOS and macOS.
    pub mobileconfig: String,
    /// The certificate as PKCS#12, its password `handlens`.
    pub pkcs12: Vec<u8>,
    /// What the PEM file is called in Android's system store.
    pub android_name: String,
    /// The SHA-256 of the DER, in hexadecimal.
    pub sha256_hex: String,
    /// Its subject.
    pub subject: String,
    /// When it ends (RFC 3339).
    pub not_after: String,
    /// The file that holds it.
    pub path: PathBuf,
}

impl Dashboard {
    /// Answers on this listener until `stop` is cancelled; what is under way then has a short while to end.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let address = listener.local_addr().unwrap_or(self.about.dashboard_address);
        let shared = Arc::new(Shared::new(self, address, stop.clone()));
        let router = routes::router(&shared);
        let tasks = shared.tasks.clone();
        tasks.spawn(sampler::sample(shared));
        server::serve(listener, router, tasks, stop).await;
    }
}
