//! What Handlens is told to do: a flag beats an environment variable, that beats the file, that beats the
//! default. What was typed ([`Args`]) stands apart from what it means ([`Config`]).

mod args;
mod client_certificate;
mod commands;
mod file;
mod inspect;
mod issue;
mod listen;
mod no_proxy;
mod offered;
mod proxy_user;
mod rules;
mod size;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use capture::WhenBehind;
use rustls::pki_types::CertificateDer;
use web_ui::{Token, TokenError};

pub(crate) use args::platform_data_dir;
pub use args::{Args, LogFormat};
pub use client_certificate::{ClientCertificate, IdentityFiles};
pub(crate) use commands::JDK_PASSWORD_VARIABLE;
pub use commands::{CaCommand, CertificateFormat, Cli, Command, StoreArgs, StoreName};
pub use file::FileError;
pub use inspect::{Group, InspectArgs, InspectTarget, StartTls, TlsVersion};
pub use issue::{IssueArgs, NewArgs};
pub use listen::{Listen, Mode, ReverseOrigin};
pub use no_proxy::NoProxy;
pub use proxy_user::{ProxyUser, ProxyUserError};
pub use rules::{RulesArgs, RulesFormat};
pub use size::{ParseSizeError, Size};
pub use upstream::{ParseUpstreamError, UpstreamKind, UpstreamProxy, Upstreams};

use crate::rules::{HostPattern, Rule, RuleKind, RuleOrigin};
use file::File;

/// Everything that a start of Handlens needs to know, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The proxy's own settings.
    pub proxy: ProxySettings,
    /// Where the dashboard listens; `None` for no dashboard.
    pub dashboard: Option<SocketAddr>,
    /// The dashboard's token, if the person chose one.
    pub token: Option<String>,
    /// The folder of root, store and token.
    pub data_dir: PathBuf,
    /// Certificate and key of the person's own root.
    pub own_root: Option<(PathBuf, PathBuf)>,
    /// The folder of `.proto` files that tell the types of gRPC messages.
    pub proto: Option<PathBuf>,
    /// The store's bound.
    pub max_store: Size,
    /// The bound on one kept body.
    pub max_body: Size,
    /// The bound on what waits for the writer.
    pub recorder_memory: Size,
    /// What to do with body bytes when the writer is behind.
    pub when_behind: WhenBehind,
    /// How logs and the ready lines are written.
    pub log_format: LogFormat,
    /// How much is logged.
    pub verbosity: u8,
}

/// What the proxy itself needs to know.
#[derive(Clone, Debug)]
pub struct ProxySettings {
    /// Where clients come in, and how; port 0 takes any free one.
    pub listen: Vec<Listen>,
    /// Who may use the proxy, through the doors that can ask: HTTP and SOCKS. Everybody when nobody is named.
    pub users: Vec<ProxyUser>,
    /// The dashboard's address, where there is one. No client may reach it through the proxy; pages that tell of a
    /// refused origin link to it.
    pub dashboard: Option<SocketAddr>,
    /// The rules that stand from the start: hosts whose TLS is passed through, or whose bad certificate is let pass.
    pub rules: Vec<Rule>,
    /// The file that keeps the rules which a person makes later; in memory alone without one.
    pub rules_file: Option<PathBuf>,
    /// PEM files of roots that are trusted for origins.
    pub origin_ca: Vec<PathBuf>,
    /// The logs that origins' SCTs are verified by (log_list.json, version 3).
    pub ct_logs: Option<PathBuf>,
    /// Files of CRLs, in PEM or DER.
    pub crls: Vec<PathBuf>,
    /// Minted leaves name the place of the root's CRL.
    pub leaf_crl: bool,
    /// Roots that Handlens minted under before this one. No origin is trusted by them.
    pub former_roots: Vec<CertificateDer<'static>>,
    /// Whether the system's roots are trusted for origins.
    pub system_roots: bool,
    /// Hosts that are reached by OpenSSL, where modern TLS can't: with the feature `legacy` alone.
    pub legacy_origins: Vec<HostPattern>,
    /// Certificates for origins that ask for one, by host.
    pub client_certificates: Vec<ClientCertificate>,
    /// Whether clients are asked for a certificate.
    pub ask_client_certificate: bool,
    /// PEM files of roots that clients' certificates are judged by.
    pub client_ca: Vec<PathBuf>,
    /// Keep the secrets of application data with the handshakes.
    pub keep_secrets: bool,
    /// A key log (RFC 9850) that the secrets of both legs are appended to.
    pub key_log: Option<PathBuf>,
    /// The proxies that origins are reached through.
    pub upstreams: Upstreams,
    /// Take `Alt-Svc` out of responses, so that browsers stay here.
    pub strip_alt_svc: bool,
    /// How long peers are waited for.
    pub timeouts: Timeouts,
    /// How much peers may ask for.
    pub limits: Limits,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self {
            listen: vec![Listen::http(SocketAddr::from(([127, 0, 0, 1], 8080)))],
            users: Vec::new(),
            dashboard: None,
            rules: Vec::new(),
            rules_file: None,
            origin_ca: Vec::new(),
            ct_logs: None,
            crls: Vec::new(),
            leaf_crl: false,
            former_roots: Vec::new(),
            system_roots: true,
            legacy_origins: Vec::new(),
            client_certificates: Vec::new(),
            ask_client_certificate: false,
            client_ca: Vec::new(),
            keep_secrets: false,
            key_log: None,
            upstreams: Upstreams::default(),
            strip_alt_svc: false,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
        }
    }
}

/// How long peers are waited for. Every wait on a peer has its name here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a client's first request head, and for the rest of any later one of HTTP/1 once it has begun.
    pub head: Duration,
    /// For the rest of a ClientHello, or of a request line, once it has begun.
    pub hello: Duration,
    /// For resolving a name, and again for a TCP connection.
    pub connect: Duration,
    /// For a TLS handshake on either leg.
    pub tls: Duration,
    /// For an origin's `100 Continue`, before the body goes without it.
    pub expect_continue: Duration,
    /// For the next request on a connection, before it is closed.
    pub idle: Duration,
    /// For the next byte of an exchange or of carried bytes.
    pub stall: Duration,
    /// For exchanges under way when Handlens is told to stop.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            hello: Duration::from_secs(15),
            connect: Duration::from_secs(15),
            tls: Duration::from_secs(15),
            expect_continue: Duration::from_secs(1),
            idle: Duration::from_secs(300),
            stall: Duration::from_secs(3600),
            drain: Duration::from_secs(10),
        }
    }
}

/// How much peers may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Client connections at one time. The limit on open files lowers it where it must.
    pub connections: usize,
    /// Bytes of a head.
    pub head_bytes: usize,
    /// Fields of a head.
    pub head_fields: usize,
    /// Streams that a client may have open on one HTTP/2 connection.
    pub http2_streams: u32,
    /// Bytes that a peer may send ahead on one HTTP/2 stream.
    pub http2_stream_window: u32,
    /// Bytes that a peer may send ahead on one HTTP/2 connection. h2 counts small frames against half of it, so
    /// it must be large for many of them to pass.
    pub http2_connection_window: u32,
    /// Bytes a side that are recorded of a connection in which no HTTP is found.
    pub opaque_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            head_bytes: 256 * 1024,
            head_fields: 256,
            http2_streams: 1024,
            http2_stream_window: 1 << 20,
            http2_connection_window: 16 << 20,
            opaque_bytes: 1 << 20,
        }
    }
}

/// The settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't.
    #[error(transparent)]
    File(#[from] FileError),
    /// A variable is not one of ours.
    #[error("the environment variable {name} is not a setting of Handlens{}", suggested(.suggestion.as_deref()))]
    UnknownVariable {
        /// Its name.
        name: String,
        /// A near name.
        suggestion: Option<String>,
    },
    /// No folder for data.
    #[error("no folder for data is known: set --data-dir, or HOME")]
    NoDataDir,
    /// What was given can't be a token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// What was given names no upstream proxy.
    #[error(transparent)]
    Upstream(#[from] ParseUpstreamError),
    /// Half a root.
    #[error("--ca-cert and --ca-key belong together: give both or neither")]
    HalfARoot,
    /// What the setting asks for was not built.
    #[error(
        "legacy-origin needs a Handlens that is built with OpenSSL: cargo build --release -p proxy --features legacy"
    )]
    NoLegacy,
    /// A bound that leaves nothing.
    #[error("--max-store must be at least 16MiB, not {0}")]
    StoreTooSmall(Size),
}

pub(crate) fn suggested(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

/// The word nearest to a mistyped one, if one is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

impl Config {
    /// What these arguments, the environment and the file they name mean.
    pub fn from_args(args: &Args) -> Result<Self, ConfigError> {
        args::refuse_unknown_variables(std::env::vars_os().map(|(name, _)| name))?;
        let file = match &args.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        Self::merge(args, file)
    }

    fn merge(args: &Args, file: File) -> Result<Self, ConfigError> {
        let defaults = ProxySettings::default();
        let mut listen = if args.listen.is_empty() {
            file.listen.unwrap_or(defaults.listen)
        } else {
            args.listen.clone()
        };
        for listen in &mut listen {
            listen.proxy_protocol |= args.proxy_protocol || file.proxy_protocol.unwrap_or_default();
            if args.keep_host || file.keep_host.unwrap_or_default() {
                listen.keep_host();
            }
        }
        let dashboard = args.dashboard.or(file.dashboard).unwrap_or_default().0;
        let own_root = match (
            args.ca_cert.clone().or(file.ca_cert),
            args.ca_key.clone().or(file.ca_key),
        ) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(ConfigError::HalfARoot),
        };
        let data_dir = args
            .data_dir
            .clone()
            .or(file.data_dir)
            .or_else(args::platform_data_dir)
            .ok_or(ConfigError::NoDataDir)?;
        // Its files are named to people and to other programs, which stand in other folders.
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let legacy_origins = match args.legacy_origin.is_empty() {
            true => file.legacy_origin.unwrap_or_default(),
            false => args.legacy_origin.clone(),
        };
        if !legacy_origins.is_empty() && !cfg!(feature = "legacy") {
            return Err(ConfigError::NoLegacy);
        }
        let client_ca = match args.client_ca.is_empty() {
            true => file.client_ca.unwrap_or_default(),
            false => args.client_ca.clone(),
        };
        let max_store = args.max_store.or(file.max_store).unwrap_or(Size(10 << 30));
        if max_store.0 < 16 << 20 {
            return Err(ConfigError::StoreTooSmall(max_store));
        }
        let token = args.token.clone().or(file.token);
        token.as_deref().map(Token::from_text).transpose()?;
        let upstreams = Upstreams::read(
            args.upstream.as_deref().or(file.upstream.as_deref()),
            args.no_proxy.as_deref().or(file.no_proxy.as_deref()),
            |name| std::env::var(name).ok(),
        )?;
        Ok(Self {
            proxy: ProxySettings {
                listen,
                users: match args.proxy_auth.is_empty() {
                    true => file.proxy_auth.unwrap_or_default(),
                    false => args.proxy_auth.clone(),
                },
                dashboard: None,
                former_roots: Vec::new(),
                rules: [
                    (RuleKind::AllowInvalid, &args.allow_invalid, file.allow_invalid),
                    (RuleKind::Pass, &args.pass, file.pass),
                ]
                .into_iter()
                .flat_map(|(kind, given, file)| given_rules(kind, given, file))
                .collect(),
                rules_file: Some(data_dir.join("rules.toml")),
                origin_ca: if args.origin_ca.is_empty() {
                    file.origin_ca.unwrap_or_default()
                } else {
                    args.origin_ca.clone()
                },
                ct_logs: args.ct_logs.clone().or(file.ct_logs),
                crls: if args.crl.is_empty() {
                    file.crl.unwrap_or_default()
                } else {
                    args.crl.clone()
                },
                leaf_crl: args.leaf_crl || file.leaf_crl.unwrap_or_default(),
                system_roots: true,
                legacy_origins,
                client_certificates: file.client_certificate,
                ask_client_certificate: args.ask_client_certificate
                    || file.ask_client_certificate.unwrap_or_default()
                    || !client_ca.is_empty(),
                client_ca,
                keep_secrets: args.keep_secrets || file.keep_secrets.unwrap_or_default(),
                key_log: args.keylog.clone().or(file.keylog),
                upstreams,
                strip_alt_svc: args.strip_alt_svc || file.strip_alt_svc.unwrap_or_default(),
                timeouts: file.timeouts.into_timeouts(),
                limits: file.limits.into_limits(),
            },
            dashboard,
            token,
            data_dir,
            own_root,
            proto: args.proto.clone().or(file.proto),
            max_store,
            max_body: args.max_body.or(file.max_body).unwrap_or(Size(1 << 30)),
            recorder_memory: file.recorder_memory.unwrap_or(Size(32 << 20)),
            when_behind: args
                .when_behind
                .or(file.when_behind)
                .map_or(WhenBehind::Wait, Into::into),
            log_format: args.log_format.or(file.log_format).unwrap_or_default(),
            verbosity: args.verbose,
        })
    }
}

/// The rules of one kind, by the flags, or by the file where there are no flags.
fn given_rules(kind: RuleKind, given: &[HostPattern], file: Option<Vec<HostPattern>>) -> Vec<Rule> {
    let (hosts, origin) = match given {
        [] => (file.unwrap_or_default(), RuleOrigin::Config),
        given => (given.to_vec(), RuleOrigin::Flag),
    };
    let rule = |host| Rule::fixed(kind, host, origin);
    hosts.into_iter().map(rule).collect()
}
