//! What was typed.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::FalseyValueParser;
use serde::Deserialize;

use super::commands::JDK_PASSWORD_VARIABLE;
use super::{ConfigError, Listen, ProxyUser, Size, nearest};
use crate::rules::HostPattern;

/// The settings that flags and environment variables give.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Args {
    /// Where clients come in (default 127.0.0.1:8080; port 0 takes any free one), and how: http (an HTTP proxy, over TLS
    /// too, and SOCKS), socks5, transparent, tproxy or `reverse:https://HOST[:PORT]`; repeatable.
    #[arg(
        long,
        global = true,
        value_name = "[MODE@]ADDR",
        env = "HANDLENS_LISTEN",
        value_delimiter = ','
    )]
    pub listen: Vec<Listen>,
    /// Every connection begins with a header of the PROXY protocol, of a load balancer that says who the client is.
    #[arg(long, global = true, env = "HANDLENS_PROXY_PROTOCOL", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub proxy_protocol: bool,
    /// Reverse listeners hand the client's Host on instead of the origin's own.
    #[arg(long, global = true, env = "HANDLENS_KEEP_HOST", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub keep_host: bool,
    /// Who may use the proxy, as `handlens hash-password USER` writes it; everybody when nobody is named. Repeatable.
    #[arg(
        long,
        global = true,
        value_name = "USER:HASH",
        env = "HANDLENS_PROXY_AUTH",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub proxy_auth: Vec<ProxyUser>,
    /// Address of the dashboard (default 127.0.0.1:8081), or `off`.
    #[arg(long, global = true, value_name = "ADDR|off", env = "HANDLENS_DASHBOARD")]
    pub dashboard: Option<DashboardAddress>,
    /// Token of the dashboard; one is made at the first start and kept in the data folder.
    #[arg(long, global = true, env = "HANDLENS_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Folder of root, store and token (default: the platform's data folder for handlens).
    #[arg(long, global = true, value_name = "DIR", env = "HANDLENS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Settings in TOML; a flag beats an environment variable beats the file.
    #[arg(long, global = true, value_name = "FILE", env = "HANDLENS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Certificate (PEM) of a root of your own instead of the made one.
    #[arg(long, global = true, value_name = "FILE", env = "HANDLENS_CA_CERT")]
    pub ca_cert: Option<PathBuf>,
    /// Key (PEM) of the root of your own.
    #[arg(long, global = true, value_name = "FILE", env = "HANDLENS_CA_KEY")]
    pub ca_key: Option<PathBuf>,
    /// Roots (PEM) trusted for origins beside the system's; repeatable.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HANDLENS_ORIGIN_CA",
        value_delimiter = ','
    )]
    pub origin_ca: Vec<PathBuf>,
    /// Logs of Certificate Transparency (log_list.json, version 3) that origins' SCTs are verified by.
    #[arg(long, global = true, value_name = "FILE", env = "HANDLENS_CT_LOGS")]
    pub ct_logs: Option<PathBuf>,
    /// Certificates that were revoked (a CRL, PEM or DER), which origins are refused with; repeatable.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HANDLENS_CRL",
        value_delimiter = ','
    )]
    pub crl: Vec<PathBuf>,
    /// Let this host's bad certificate pass: a host, *.host or *; repeatable.
    #[arg(
        long,
        global = true,
        value_name = "HOST",
        env = "HANDLENS_ALLOW_INVALID",
        value_delimiter = ','
    )]
    pub allow_invalid: Vec<HostPattern>,
    /// Pass this host's TLS through unread: a host, *.host or *; repeatable.
    #[arg(
        long,
        global = true,
        value_name = "HOST",
        env = "HANDLENS_PASS",
        value_delimiter = ','
    )]
    pub pass: Vec<HostPattern>,
    /// Name the root's CRL in every minted certificate; Handlens itself answers for it, under handlens.local.
    #[arg(long, global = true, env = "HANDLENS_LEAF_CRL", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub leaf_crl: bool,
    /// Reach this host by OpenSSL, where modern TLS can't (TLS 1.0, RSA key exchange ...); repeatable.
    #[arg(
        long,
        global = true,
        value_name = "HOST",
        env = "HANDLENS_LEGACY_ORIGIN",
        value_delimiter = ','
    )]
    pub legacy_origin: Vec<HostPattern>,
    /// Ask clients for a certificate, record and judge it; the connection goes on whatever comes.
    #[arg(long, global = true, env = "HANDLENS_ASK_CLIENT_CERTIFICATE", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub ask_client_certificate: bool,
    /// Roots (PEM) that clients' certificates are judged by; asks for them. Repeatable.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HANDLENS_CLIENT_CA",
        value_delimiter = ','
    )]
    pub client_ca: Vec<PathBuf>,
    /// Folder of .proto files: gRPC messages are told by the types in them.
    #[arg(long, global = true, value_name = "DIR", env = "HANDLENS_PROTO")]
    pub proto: Option<PathBuf>,
    /// Reach origins through this proxy: http://, https:// or `socks5://[USER:PASSWORD@]HOST:PORT`; `env` takes it from
    /// HTTPS_PROXY and its kin. A password is better kept in HANDLENS_UPSTREAM or the settings file.
    #[arg(
        long,
        global = true,
        value_name = "URL|env|off",
        env = "HANDLENS_UPSTREAM",
        hide_env_values = true
    )]
    pub upstream: Option<String>,
    /// Reach these without it: hosts and those below them, addresses, ranges, between commas; * for all.
    #[arg(long, global = true, value_name = "LIST", env = "HANDLENS_NO_PROXY")]
    pub no_proxy: Option<String>,
    /// Take Alt-Svc out of responses, by which browsers leave for HTTP/3, which no proxy sees.
    #[arg(long, global = true, env = "HANDLENS_STRIP_ALT_SVC", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub strip_alt_svc: bool,
    /// Append the TLS secrets of both legs to this file, for other tools to decrypt by.
    #[arg(long, global = true, value_name = "FILE", env = "SSLKEYLOGFILE")]
    pub keylog: Option<PathBuf>,
    /// Keep all TLS secrets in the capture, so that it can be exported with what decrypts it.
    #[arg(long, global = true, env = "HANDLENS_KEEP_SECRETS", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub keep_secrets: bool,
    /// Bound of the store, such as 500MB or 10GiB (default 10GiB); the oldest exchanges go first.
    #[arg(long, global = true, value_name = "SIZE", env = "HANDLENS_MAX_STORE")]
    pub max_store: Option<Size>,
    /// Bound of one kept body (default 1GiB); the rest of a longer one passes unrecorded.
    #[arg(long, global = true, value_name = "SIZE", env = "HANDLENS_MAX_BODY")]
    pub max_body: Option<Size>,
    /// When the store is slower than the traffic: make it wait, or drop body bytes (default wait).
    #[arg(long, global = true, value_name = "WHAT", env = "HANDLENS_WHEN_BEHIND")]
    pub when_behind: Option<WhenBehindWord>,
    /// Logs and ready lines as text or as JSON (default text).
    #[arg(long, global = true, value_name = "FORMAT", env = "HANDLENS_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Log more: -v an exchange a line, -vv every step.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How logs and ready lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `when-behind` as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenBehindWord {
    /// Make the traffic wait.
    Wait,
    /// Drop body bytes, counted.
    DropBodies,
}

impl From<WhenBehindWord> for capture::WhenBehind {
    fn from(word: WhenBehindWord) -> Self {
        match word {
            WhenBehindWord::Wait => Self::Wait,
            WhenBehindWord::DropBodies => Self::DropBodies,
        }
    }
}

/// Where the dashboard listens, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DashboardAddress(pub Option<SocketAddr>);

impl Default for DashboardAddress {
    fn default() -> Self {
        Self(Some(SocketAddr::from(([127, 0, 0, 1], 8081))))
    }
}

impl FromStr for DashboardAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            Ok(Self(None))
        } else {
            parse_address(text).map(|address| Self(Some(address)))
        }
    }
}

impl TryFrom<String> for DashboardAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// An address with its port; a name is not one, but `localhost` is so common that it is understood.
pub(super) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let text = text
        .strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse()
        .map_err(|_| format!("{text:?} is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080"))
}

/// The platform's data folder for handlens.
pub(crate) fn platform_data_dir() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if cfg!(windows) {
        variable("LOCALAPPDATA").map(|base| base.join("handlens"))
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support/handlens"))
    } else {
        variable("XDG_DATA_HOME")
            .filter(|base| base.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .map(|base| base.join("handlens"))
    }
}

/// Variables that begin as ours do must be ours.
pub(super) fn refuse_unknown_variables(names: impl Iterator<Item = OsString>) -> Result<(), ConfigError> {
    let known = known_variables();
    for name in names {
        let name = name.to_string_lossy();
        if name.starts_with("HANDLENS_") && !known.iter().any(|known| *known == name) {
            let suggestion = nearest(&name, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(ConfigError::UnknownVariable {
                name: name.into_owned(),
                suggestion,
            });
        }
    }
    Ok(())
}

fn known_variables() -> Vec<String> {
    let command = <Args as clap::Args>::augment_args(clap::Command::new("handlens"));
    let of_settings = command.get_arguments().filter_map(|argument| argument.get_env());
    // Read by the build script; harmless where the built program is run from the same shell.
    let of_the_build = ["HANDLENS_APP_DIST".to_owned()];
    let of_commands = [JDK_PASSWORD_VARIABLE.to_owned()];
    of_settings
        .map(|name| name.to_string_lossy().into_owned())
        .chain(of_the_build)
        .chain(of_commands)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_variable_is_refused_with_a_suggestion() {
        let error = refuse_unknown_variables(["HANDLENS_LISTN".into()].into_iter()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable HANDLENS_LISTN is not a setting of Handlens; did you mean HANDLENS_LISTEN?"
        );
        assert!(refuse_unknown_variables(["HANDLENS_LISTEN".into(), "PATH".into()].into_iter()).is_ok());
    }

    #[test]
    fn addresses_are_checked() {
        assert_eq!(parse_address("localhost:1").unwrap().to_string(), "127.0.0.1:1");
        assert_eq!(
            parse_address("8080").unwrap_err(),
            "\"8080\" is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080"
        );
        assert_eq!("off".parse(), Ok(DashboardAddress(None)));
    }
}
