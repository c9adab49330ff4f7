//! A running Handlens: store, root, proxy and dashboard, started together and stopped in order.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use ca::{Root, RootError};
use capture::message::{Schema, SchemaError};
use capture::{EventSender, Live, OpenStoreError, SqliteStore, StoreOptions};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web_ui::{About, Dashboard, RootAbout, Token, TokenError};

use crate::config::{Config, Listen, Mode, platform_data_dir};
use crate::obey;
use crate::open_files::connections_that_fit;
use crate::own_roots::{OwnRootsError, own_roots};
use crate::proxy::{BindError, Proxy, listen_error};
use crate::running::Running;

/// The name of the made root's certificate in its folder.
pub(crate) const ROOT_FILE: &str = "root.pem";

/// Handlens could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be made.
    #[error("the data folder {} can't be used: {source}; give another with --data-dir", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
    /// The root can't be used.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The roots that no origin is trusted by can't be read.
    #[error(transparent)]
    OwnRoots(#[from] OwnRootsError),
    /// The token can't be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The proxy can't listen.
    #[error(transparent)]
    Proxy(#[from] BindError),
    /// The dashboard can't listen.
    #[error("the dashboard can't listen on {address}: {}", listen_error(.source))]
    Dashboard {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The folder of `.proto` files can't be used.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The writer's thread can't be started.
    #[error("the writer's thread can't be started: {0}")]
    Writer(io::Error),
}

/// A running Handlens.
pub struct Instance {
    doors: Vec<Listen>,
    dashboard: Option<(SocketAddr, Token)>,
    root: Arc<Root>,
    root_path: PathBuf,
    store: SqliteStore,
    events: EventSender,
    stop: CancellationToken,
    proxy_task: JoinHandle<()>,
    dashboard_stop: CancellationToken,
    dashboard_task: Option<JoinHandle<()>>,
    command_task: JoinHandle<()>,
    writer: thread::JoinHandle<()>,
    _running: Running,
}

impl Instance {
    /// Starts everything. When it returns, clients are served.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        make_private_dir(&config.data_dir).map_err(|source| StartError::DataDir {
            path: config.data_dir.clone(),
            source,
        })?;
        warn_of_open_dir(&config.data_dir);
        // The store's lock comes first: two starts on one folder must not both make a root.
        let options = StoreOptions {
            max_bytes: config.max_store.0,
            max_body_bytes: config.max_body.0,
        };
        let (store, writer) = SqliteStore::open(&store_dir(&config.data_dir), options)?;
        let (root, root_path) = load_root(config)?;
        let schema = match &config.proto {
            Some(folder) => Schema::compile(folder)?,
            None => Schema::default(),
        };
        let root = Arc::new(root);
        let dashboard = match config.dashboard {
            Some(address) => Some(listen_for_dashboard(address, config).await?),
            None => None,
        };

        let bound = u32::try_from(config.recorder_memory.0).unwrap_or(u32::MAX);
        let (events, received) = capture::channel(bound, config.when_behind);
        let live = Arc::new(Live::default());
        let mut settings = config.proxy.clone();
        settings.former_roots = own_roots(config)?;
        settings.dashboard = dashboard.as_ref().map(|(_, address, _)| *address);
        settings.limits.connections = settings.limits.connections.min(connections_that_fit());
        let proxy = Proxy::bind(&settings, root.clone(), events.clone(), live.clone()).await?;
        let doors = proxy.doors();
        let rules = proxy.rules();
        let reflection = proxy.reflection();

        let writer = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(received))
            .map_err(StartError::Writer)?;
        let stop = CancellationToken::new();
        let proxy_task = tokio::spawn(proxy.run(stop.clone()));
        let (commands, asked) = mpsc::channel(16);
        let command_task = tokio::spawn(obey::obey(asked, events.clone(), rules.clone(), reflection));

        let dashboard_stop = CancellationToken::new();
        let (dashboard, dashboard_task) = match dashboard {
            Some((listener, address, token)) => {
                let dashboard = Dashboard {
                    store: Arc::new(store.clone()),
                    live,
                    recorder: events.clone(),
                    commands,
                    rules: Arc::new(move || obey::told(&rules)),
                    schema: Arc::new(schema),
                    token: token.clone(),
                    about: about(config, &root, &root_path, &doors, address),
                };
                let task = tokio::spawn(dashboard.serve(listener, dashboard_stop.clone()));
                (Some((address, token)), Some(task))
            }
            None => (None, None),
        };
        let running = Running::announce(
            &config.data_dir,
            &http_doors(&doors),
            !config.proxy.users.is_empty(),
            &root_path,
        );
        Ok(Self {
            doors,
            dashboard,
            root,
            root_path,
            store,
            events,
            stop,
            proxy_task,
            dashboard_stop,
            dashboard_task,
            command_task,
            writer,
            _running: running,
        })
    }

    /// The addresses that clients can set as their HTTP proxy.
    #[must_use]
    pub fn proxy_addresses(&self) -> Vec<SocketAddr> {
        http_doors(&self.doors)
    }

    /// Where clients come in, and how.
    #[must_use]
    pub fn doors(&self) -> &[Listen] {
        &self.doors
    }

    /// The dashboard's URL with its token, if there is a dashboard.
    #[must_use]
    pub fn dashboard_url(&self) -> Option<String> {
        let (address, token) = self.dashboard.as_ref()?;
        Some(format!("http://{address}/?token={}", token.as_str()))
    }

    /// The dashboard's token, if there is a dashboard.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.dashboard.as_ref().map(|(_, token)| token.as_str())
    }

    /// The file that holds the root certificate.
    #[must_use]
    pub fn root_path(&self) -> &Path {
        &self.root_path
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// What was seen.
    #[must_use]
    pub fn store(&self) -> &SqliteStore {
        &self.store
    }

    /// Stops in order: no new clients, exchanges under way come to their end, all that was said is written.
    pub async fn stop(self) {
        self.stop.cancel();
        // A panic in a task has been told by the panic hook; the others still have to end.
        let _ = self.proxy_task.await;
        self.dashboard_stop.cancel();
        if let Some(task) = self.dashboard_task {
            let _ = task.await;
        }
        self.command_task.abort();
        let _ = self.command_task.await;
        drop(self.events);
        // The writer ends when the last sender is gone, which it is now.
        let writer = self.writer;
        let _ = tokio::task::spawn_blocking(move || writer.join()).await;
    }
}

/// The folder of the store in a data folder.
pub(crate) fn store_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("store")
}

/// The root that this configuration names, made at the first start, and the file of its certificate.
pub(crate) fn load_root(config: &Config) -> Result<(Root, PathBuf), RootError> {
    match &config.own_root {
        Some((certificate, key)) => Ok((Root::load(certificate, key)?, certificate.clone())),
        None => {
            let dir = root_dir(config);
            Ok((Root::load_or_make(&dir)?, dir.join(ROOT_FILE)))
        }
    }
}

/// Whether there is a root that [`load_root`] would not have to make.
pub(crate) fn has_root(config: &Config) -> bool {
    config.own_root.is_some() || root_certificate_path(config).exists()
}

/// The file of the root's certificate, whether there is one or not.
pub(crate) fn root_certificate_path(config: &Config) -> PathBuf {
    match &config.own_root {
        Some((certificate, _)) => certificate.clone(),
        None => root_dir(config).join(ROOT_FILE),
    }
}

/// The folder of the made root.
pub(crate) fn root_dir(config: &Config) -> PathBuf {
    config.data_dir.join("root")
}

/// Makes a folder that its owner alone can look into. One that is there already keeps its mode.
pub(crate) fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Others who can look into the data folder can read what passed. One that was there before isn't ours to close.
fn warn_of_open_dir(path: &Path) {
    #[cfg(not(unix))]
    let _ = path;
    #[cfg(unix)]
    if let Ok(folder) = std::fs::metadata(path) {
        let mode = std::os::unix::fs::MetadataExt::mode(&folder) & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            tracing::warn!(
                "others can look into the data folder {path} (mode {mode:04o}); run: chmod 700 {path}"
            );
        }
    }
}

async fn listen_for_dashboard(
    address: SocketAddr,
    config: &Config,
) -> Result<(TcpListener, SocketAddr, Token), StartError> {
    let token = match &config.token {
        Some(text) => Token::from_text(text)?,
        None => Token::load_or_make(&config.data_dir.join("token"))?,
    };
    let failed = |source| StartError::Dashboard { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address, token))
}

/// The addresses of those doors that are an HTTP proxy's.
fn http_doors(doors: &[Listen]) -> Vec<SocketAddr> {
    doors
        .iter()
        .filter(|listen| listen.mode == Mode::Http)
        .map(|listen| listen.address)
        .collect()
}

fn about(
    config: &Config,
    root: &Root,
    root_path: &Path,
    doors: &[Listen],
    dashboard_address: SocketAddr,
) -> About {
    let certificate = root.to_certificate();
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        proxy_addresses: http_doors(doors),
        doors: doors.iter().map(ToString::to_string).collect(),
        dashboard_address,
        data_dir: (Some(&config.data_dir) != platform_data_dir().as_ref()).then(|| config.data_dir.clone()),
        root: RootAbout {
            pem: certificate.to_pem(),
            der: certificate.der().to_vec(),
            mobileconfig: certificate.to_mobileconfig(),
            pkcs12: certificate.to_pkcs12(),
            android_name: certificate.android_name(),
            sha256_hex: hex(&root.sha256(), ""),
            subject: root.subject().to_owned(),
            not_after: root
                .not_after()
                .format(&time::format_description::well_known::Rfc3339)
                .unwrap_or_default(),
            path: root_path.to_owned(),
        },
    }
}

/// Bytes in hexadecimal, with something between each two.
pub(crate) fn hex(bytes: &[u8], between: &str) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(between)
}
