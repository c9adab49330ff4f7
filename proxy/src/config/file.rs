//! The settings file: TOML, each setting by its flag's name, with `[timeouts]` and `[limits]` beside them.

use std::fmt::Display;
use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::args::{DashboardAddress, WhenBehindWord};
use super::{
    ClientCertificate, Limits, Listen, LogFormat, ProxyUser, Size, Timeouts, client_certificate, nearest,
    suggested,
};
use crate::rules::HostPattern;

/// The file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error("the settings file {} can't be read: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It holds a setting that there is not.
    #[error("the settings file {} has an unknown setting {name}{}", path.display(), suggested(.suggestion.as_deref()))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The setting.
        name: String,
        /// A near name.
        suggestion: Option<String>,
    },
    /// It is not TOML, or a value is of the wrong kind.
    #[error("the settings file {} is broken at line {line}: {text}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        text: String,
    },
}

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct File {
    #[serde(deserialize_with = "listen")]
    pub(super) listen: Option<Vec<Listen>>,
    pub(super) proxy_protocol: Option<bool>,
    pub(super) keep_host: Option<bool>,
    #[serde(deserialize_with = "one_or_many")]
    pub(super) proxy_auth: Option<Vec<ProxyUser>>,
    pub(super) dashboard: Option<DashboardAddress>,
    pub(super) token: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) ca_cert: Option<PathBuf>,
    pub(super) ca_key: Option<PathBuf>,
    pub(super) origin_ca: Option<Vec<PathBuf>>,
    pub(super) ct_logs: Option<PathBuf>,
    pub(super) crl: Option<Vec<PathBuf>>,
    pub(super) leaf_crl: Option<bool>,
    pub(super) proto: Option<PathBuf>,
    pub(super) keylog: Option<PathBuf>,
    pub(super) keep_secrets: Option<bool>,
    #[serde(deserialize_with = "patterns")]
    pub(super) allow_invalid: Option<Vec<HostPattern>>,
    #[serde(deserialize_with = "patterns")]
    pub(super) pass: Option<Vec<HostPattern>>,
    #[serde(deserialize_with = "patterns")]
    pub(super) legacy_origin: Option<Vec<HostPattern>>,
    pub(super) client_certificate: Vec<ClientCertificate>,
    pub(super) ask_client_certificate: Option<bool>,
    pub(super) client_ca: Option<Vec<PathBuf>>,
    pub(super) upstream: Option<String>,
    pub(super) no_proxy: Option<String>,
    pub(super) strip_alt_svc: Option<bool>,
    pub(super) max_store: Option<Size>,
    pub(super) max_body: Option<Size>,
    pub(super) recorder_memory: Option<Size>,
    pub(super) when_behind: Option<WhenBehindWord>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) timeouts: FileTimeouts,
    pub(super) limits: FileLimits,
}

const SETTINGS: [&str; 32] = [
    "listen",
    "proxy-protocol",
    "keep-host",
    "proxy-auth",
    "dashboard",
    "token",
    "data-dir",
    "ca-cert",
    "ca-key",
    "origin-ca",
    "ct-logs",
    "crl",
    "leaf-crl",
    "proto",
    "keylog",
    "keep-secrets",
    "allow-invalid",
    "pass",
    "legacy-origin",
    "client-certificate",
    "ask-client-certificate",
    "client-ca",
    "upstream",
    "no-proxy",
    "strip-alt-svc",
    "max-store",
    "max-body",
    "recorder-memory",
    "when-behind",
    "log-format",
    "timeouts",
    "limits",
];

/// `[timeouts]`, each in seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct FileTimeouts {
    head: Option<Seconds>,
    hello: Option<Seconds>,
    connect: Option<Seconds>,
    tls: Option<Seconds>,
    expect_continue: Option<Seconds>,
    idle: Option<Seconds>,
    stall: Option<Seconds>,
    drain: Option<Seconds>,
}

const TIMEOUTS: [&str; 8] = [
    "head",
    "hello",
    "connect",
    "tls",
    "expect-continue",
    "idle",
    "stall",
    "drain",
];

/// `[limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct FileLimits {
    connections: Option<NonZeroUsize>,
    head_bytes: Option<Size>,
    head_fields: Option<NonZeroUsize>,
    http2_streams: Option<NonZeroU32>,
    http2_stream_window: Option<Size>,
    http2_connection_window: Option<Size>,
    opaque_bytes: Option<Size>,
}

const LIMITS: [&str; 7] = [
    "connections",
    "head-bytes",
    "head-fields",
    "http2-streams",
    "http2-stream-window",
    "http2-connection-window",
    "opaque-bytes",
];

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let text = fs::read_to_string(path).map_err(|error| FileError::Read {
            path: path.to_owned(),
            error,
        })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, FileError> {
        let broken = |error: toml::de::Error| FileError::Broken {
            path: path.to_owned(),
            line: error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            }),
            text: error.message().to_owned(),
        };
        let table: toml::Table = toml::from_str(text).map_err(broken)?;
        refuse_unknown(&table, &SETTINGS, "", path)?;
        for (section, known) in [("timeouts", &TIMEOUTS[..]), ("limits", &LIMITS[..])] {
            if let Some(toml::Value::Table(inner)) = table.get(section) {
                refuse_unknown(inner, known, &format!("{section}."), path)?;
            }
        }
        if let Some(toml::Value::Array(entries)) = table.get("client-certificate") {
            for entry in entries.iter().filter_map(toml::Value::as_table) {
                refuse_unknown(entry, &client_certificate::SETTINGS, "client-certificate.", path)?;
            }
        }
        toml::from_str(text).map_err(broken)
    }
}

fn refuse_unknown(table: &toml::Table, known: &[&str], before: &str, path: &Path) -> Result<(), FileError> {
    match table.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(FileError::Unknown {
            path: path.to_owned(),
            name: format!("{before}{name}"),
            suggestion: nearest(name, known.iter().copied()).map(|near| format!("{before}{near}")),
        }),
    }
}

impl FileTimeouts {
    pub(super) fn into_timeouts(self) -> Timeouts {
        let default = Timeouts::default();
        let or = |given: Option<Seconds>, default| given.map_or(default, |seconds| seconds.0);
        Timeouts {
            head: or(self.head, default.head),
            hello: or(self.hello, default.hello),
            connect: or(self.connect, default.connect),
            tls: or(self.tls, default.tls),
            expect_continue: or(self.expect_continue, default.expect_continue),
            idle: or(self.idle, default.idle),
            stall: or(self.stall, default.stall),
            drain: or(self.drain, default.drain),
        }
    }
}

impl FileLimits {
    pub(super) fn into_limits(self) -> Limits {
        let default = Limits::default();
        let bytes = |given: Option<Size>, default: u64| given.map_or(default, |size| size.0);
        // HTTP/2 windows are 31 bits wide (RFC 9113 section 6.9.1).
        let window = |given, default: u32| {
            u32::try_from(bytes(given, default.into()))
                .unwrap_or(u32::MAX)
                .clamp(65_535, (1 << 31) - 1)
        };
        Limits {
            connections: self.connections.map_or(default.connections, NonZeroUsize::get),
            head_bytes: usize::try_from(bytes(self.head_bytes, default.head_bytes as u64))
                .unwrap_or(usize::MAX)
                // Below this honest ones would be refused.
                .clamp(8 * 1024, 16 << 20),
            head_fields: self
                .head_fields
                .map_or(default.head_fields, NonZeroUsize::get)
                .min(10_000),
            http2_streams: self.http2_streams.map_or(default.http2_streams, NonZeroU32::get),
            http2_stream_window: window(self.http2_stream_window, default.http2_stream_window),
            http2_connection_window: window(self.http2_connection_window, default.http2_connection_window),
            opaque_bytes: bytes(self.opaque_bytes, default.opaque_bytes),
        }
    }
}

/// A number of seconds, with a fraction where one is wanted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Seconds(Duration);

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() => Ok(Self(duration)),
            _ => Err(format!("{seconds} is not a number of seconds above nought")),
        }
    }
}

fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Listen>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "expected an address such as \"127.0.0.1:8080\", a table such as { at = \"socks5@127.0.0.1:1080\", \
                     proxy-protocol = true }, or a list of them"
    )]
    enum Written {
        One(WrittenListen),
        Many(Vec<WrittenListen>),
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum WrittenListen {
        Text(String),
        Table(ListenTable),
    }
    let read = |written| match written {
        WrittenListen::Text(text) => text.parse().map_err(D::Error::custom),
        WrittenListen::Table(table) => table.read().map_err(D::Error::custom),
    };
    match Written::deserialize(deserializer)? {
        Written::One(one) => read(one).map(|listen| Some(vec![listen])),
        Written::Many(many) => many.into_iter().map(read).collect::<Result<_, _>>().map(Some),
    }
}

/// A listener with what is told of it alone.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ListenTable {
    at: String,
    #[serde(default)]
    proxy_protocol: bool,
    #[serde(default)]
    keep_host: bool,
}

impl ListenTable {
    fn read(&self) -> Result<Listen, String> {
        let mut listen: Listen = self.at.parse()?;
        listen.proxy_protocol = self.proxy_protocol;
        if self.keep_host {
            listen.keep_host();
        }
        Ok(listen)
    }
}

/// One text or a list of them.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a text or a list of texts")]
    enum Written {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Written::deserialize(deserializer)? {
        Written::One(text) => vec![text],
        Written::Many(texts) => texts,
    };
    texts
        .iter()
        .map(|text| text.parse().map_err(D::Error::custom))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<HostPattern>>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts
        .iter()
        .map(|text| text.parse().map_err(D::Error::custom))
        .collect::<Result<_, _>>()
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<File, String> {
        File::parse(text, Path::new("h.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_is_read() {
        let file = parse(
            "listen = [\"127.0.0.1:1\", {at = \"socks5@[::1]:2\", proxy-protocol = true}]\ndashboard = \"off\"\npass = [\"*.bank.com\"]\n\
             max-store = \"1GiB\"\nwhen-behind = \"drop-bodies\"\n[timeouts]\nidle = 1.5\n[limits]\nhead-bytes = \"64KiB\"\n",
        )
        .unwrap();
        let listen = file.listen.unwrap();
        assert_eq!(listen[1].to_string(), "socks5://[::1]:2");
        assert_eq!(
            [listen[0].proxy_protocol, listen[1].proxy_protocol],
            [false, true]
        );
        assert_eq!(file.dashboard, Some(DashboardAddress(None)));
        assert_eq!(file.timeouts.into_timeouts().idle, Duration::from_millis(1500));
        assert_eq!(file.limits.into_limits().head_bytes, 64 * 1024);
        assert_eq!(file.when_behind, Some(WhenBehindWord::DropBodies));
    }

    #[test]
    fn the_readme_shows_what_they_are_by_themselves() {
        let readme = include_str!("../../../README.md");
        let (_, shown) = readme.split_once("\n```toml\n").unwrap();
        let file = parse(shown.split_once("```").unwrap().0).unwrap();
        assert_eq!(file.timeouts.into_timeouts(), Timeouts::default());
        assert_eq!(file.limits.into_limits(), Limits::default());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert_eq!(
            parse("lisen = \"a\"").unwrap_err(),
            "the settings file h.toml has an unknown setting lisen; did you mean listen?"
        );
        assert_eq!(
            parse("[timeouts]\nidel = 3").unwrap_err(),
            "the settings file h.toml has an unknown setting timeouts.idel; did you mean timeouts.idle?"
        );
        assert_eq!(
            parse("\n\nmax-store = \"much\"").unwrap_err(),
            "the settings file h.toml is broken at line 3: \"much\" is not a size, such as 500MB, 10GiB or a number of bytes"
        );
        assert!(
            parse("listen = ")
                .unwrap_err()
                .starts_with("the settings file h.toml is broken at line 1: ")
        );
        assert!(
            parse("[timeouts]\nidle = 0")
                .unwrap_err()
                .contains("0 is not a number of seconds above nought")
        );
    }
}
