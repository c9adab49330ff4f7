//! The proxy as a whole: bound to its sockets, then run until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ca::{MayNotSignCrls, MintError, Minter, Root, RootsError};
use capture::{EventSender, Live};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Listen, Mode, ProxySettings, UpstreamProxy};
use crate::context::Context;
use crate::dial::OwnAddresses;
use crate::door::{Guests, TransparentError, prepare_listener};
use crate::judge::{JudgeError, load_judge};
use crate::local::{CRL_URL, Site};
use crate::process::Processes;
use crate::recorder::{KeyLogFile, Keys, Recorder};
use crate::reflection::Reflection;
use crate::rules::{Rules, RulesFileError};
use crate::tls::{Asking, ClientCertificateError, ClientLegs, Identities, OriginLegs};

/// Connections that the kernel holds for us before they are accepted.
const BACKLOG: u32 = 4096;

/// A proxy that holds its sockets and does not accept yet.
pub struct Proxy {
    /// Each at the address that it was given.
    listeners: Vec<(Arc<Listen>, TcpListener)>,
    context: Context,
    drain: Duration,
    reflection: Reflection,
}

/// The proxy could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// An address can't be listened on.
    #[error("the proxy can't listen on {address}: {}", listen_error(.source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A door can't be made here.
    #[error("the proxy can't listen on {address}: {source}")]
    Transparent {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: TransparentError,
    },
    /// No leaf could be minted.
    #[error("certificates can't be minted")]
    Mint(#[from] MintError),
    /// The root may not sign what leaves are to name.
    #[error(transparent)]
    Crl(#[from] MayNotSignCrls),
    /// What origins are judged by can't be read.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// TLS can't be set up.
    #[error("TLS can't be set up")]
    Tls(#[from] rustls::Error),
    /// The roots of clients can't be read.
    #[error(transparent)]
    ClientRoots(#[from] RootsError),
    /// A certificate for origins that ask for one can't be used.
    #[error(transparent)]
    ClientCertificate(#[from] ClientCertificateError),
    /// The rules that a person made can't be read.
    #[error(transparent)]
    Rules(#[from] RulesFileError),
    /// What leads to origins would lead back.
    #[error("the upstream proxy {0} is Handlens itself: name another one, or listen on another port")]
    UpstreamIsOwn(String),
    /// The key log can't be opened.
    #[error("the key log {} can't be opened", path.display())]
    KeyLog {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The system's reason, and what to do.
pub(crate) fn listen_error(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is in use; stop the program that holds it, or choose another port (0 takes any free one)"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "not permitted; ports below 1024 need privileges, choose a higher one".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "the address is not one of this machine".to_owned(),
        _ => error.to_string(),
    }
}

impl Proxy {
    /// Takes the sockets and makes everything that connections share.
    pub async fn bind(
        settings: &ProxySettings,
        root: Arc<Root>,
        events: EventSender,
        live: Arc<Live>,
    ) -> Result<Self, BindError> {
        let listeners = settings
            .listen
            .iter()
            .map(listen)
            .collect::<Result<Vec<_>, _>>()?;
        let http = listeners.iter().find(|(listen, _)| listen.mode == Mode::Http);
        let first_http = http.map(|(listen, _)| listen.address);
        let own = listeners.iter().map(|(listen, _)| listen.address);
        let own = OwnAddresses::new(own.chain(settings.dashboard));
        let is_own = |proxy: &&UpstreamProxy| {
            let address = proxy
                .address
                .host
                .parse()
                .map(|ip| SocketAddr::new(ip, proxy.address.port));
            address.is_ok_and(|address| own.holds(address))
        };
        if let Some(proxy) = settings.upstreams.proxies().find(is_own) {
            return Err(BindError::UpstreamIsOwn(proxy.to_string()));
        }
        let own_roots = [
            &[root.certificate_der().clone()],
            settings.former_roots.as_slice(),
        ]
        .concat();
        let judge = load_judge(settings, &own_roots)?;
        let minter = Minter::new(root.clone())?;
        let minter = match settings.leaf_crl {
            true => minter.with_crl(CRL_URL)?,
            false => minter,
        };
        let asking = match settings.ask_client_certificate {
            true => Some(Arc::new(Asking::load(&settings.client_ca)?)),
            false => None,
        };
        let origin_legs = OriginLegs::new()?;
        #[cfg(feature = "legacy")]
        let origin_legs = origin_legs.with_legacy(settings.legacy_origins.clone());
        let key_log = settings.key_log.as_deref().map(|path| {
            KeyLogFile::open(path).map_err(|source| BindError::KeyLog {
                path: path.into(),
                source,
            })
        });
        let keys = Arc::new(Keys::new(settings.keep_secrets, key_log.transpose()?));
        let context = Context {
            recorder: Recorder {
                events,
                live,
                certificates: Arc::default(),
                keys,
                processes: Processes::start(own.clone()),
                opaque_bytes: settings.limits.opaque_bytes,
                strips_alt_svc: settings.strip_alt_svc,
            },
            rules: Arc::new(Rules::load(settings.rules.clone(), settings.rules_file.clone())?),
            identities: Identities::load(&settings.client_certificates)?,
            own,
            guests: Guests::new(&settings.users),
            upstreams: settings.upstreams.clone(),
            strip_alt_svc: settings.strip_alt_svc,
            timeouts: settings.timeouts.clone(),
            limits: settings.limits.clone(),
            root: root.certificate_der().clone(),
            site: Site::new(root, first_http),
            minter,
            judge: Arc::new(judge),
            client_legs: ClientLegs::new(asking)?,
            origin_legs,
            dashboard: settings.dashboard,
            places: Arc::new(Semaphore::new(settings.limits.connections)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
            pressure: Notify::new(),
        };
        Ok(Self {
            listeners,
            context,
            drain: settings.timeouts.drain,
            reflection: Reflection::new(),
        })
    }

    /// What its sessions would share.
    #[cfg(test)]
    pub(crate) fn into_context(self) -> Arc<Context> {
        Arc::new(self.context)
    }

    /// The rules that its sessions go by. They may be changed while it runs.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.context.rules.clone()
    }

    /// What asks origins for their types, once it runs.
    pub(crate) fn reflection(&self) -> Reflection {
        self.reflection.clone()
    }

    /// The addresses that it listens on.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().map(|(listen, _)| listen.address).collect()
    }

    /// Where clients come in, and how, each at the address that it was given.
    #[must_use]
    pub fn doors(&self) -> Vec<Listen> {
        self.listeners
            .iter()
            .map(|(listen, _)| (**listen).clone())
            .collect()
    }

    /// Serves clients until `stop`; exchanges under way then have the drain time to end.
    pub async fn run(mut self, stop: CancellationToken) {
        self.context.stop = stop;
        let context = Arc::new(self.context);
        self.reflection.begin(&context);
        crate::server::serve(context, self.listeners, self.drain).await;
    }
}

fn listen(wanted: &Listen) -> Result<(Arc<Listen>, TcpListener), BindError> {
    let address = wanted.address;
    let failed = |source| BindError::Listen { address, source };
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4().map_err(failed)?
    } else {
        TcpSocket::new_v6().map_err(failed)?
    };
    // So that a restart finds its port free while old connections fade.
    #[cfg(unix)]
    socket.set_reuseaddr(true).map_err(failed)?;
    if wanted.mode.is_transparent() {
        let is_tproxy = wanted.mode == Mode::Tproxy;
        prepare_listener(&socket, address, is_tproxy)
            .map_err(|source| BindError::Transparent { address, source })?;
    }
    socket.bind(address).map_err(failed)?;
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((Arc::new(wanted.at(address)), listener))
}
