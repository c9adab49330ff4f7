//! What was typed.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use capture::Filter;
use clap::builder::FalseyValueParser;
use clap::{Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use super::{ConfigError, InspectArgs, IssueArgs, Listen, NewArgs, ProxyUser, RulesArgs, Size, nearest};
use crate::rules::HostPattern;

/// A hand lens for HTTPS: set it as the proxy of a program, a browser or a machine, and see what passes.
#[derive(Debug, Parser)]
#[command(
    name = "handlens",
    version,
    about = "A hand lens for HTTPS: a proxy that shows what passes, and both TLS handshakes of every connection",
    max_term_width = 100
)]
pub struct Cli {
    /// The settings.
    #[command(flatten)]
    pub args: Args,
    /// What to do; `run` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What Handlens can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the proxy and the dashboard (the default).
    Run,
    /// Run a program with proxy and root set in its environment.
    Exec {
        /// The program and its arguments.
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "CMD"
        )]
        command: Vec<OsString>,
    },
    /// Open a browser with a throwaway profile that goes through the proxy and trusts the root.
    Browser {
        /// What to open.
        url: Option<String>,
        /// chromium, chrome, edge, brave or firefox, or the path of one; the first found when nothing is said.
        #[arg(long, value_name = "NAME|PATH")]
        browser: Option<String>,
        /// Further arguments for the browser.
        #[arg(last = true, value_name = "ARGS")]
        arguments: Vec<OsString>,
    },
    /// Shake hands with a server and tell the story and the verdict; 0 only when its chain is good.
    Inspect(Box<InspectArgs>),
    /// Write the rules of the packet filter that lead connections to the transparent door; load nothing.
    Rules(RulesArgs),
    /// Make of a user and a password what proxy-auth takes; the password is asked for, or read from standard input.
    HashPassword {
        /// The user.
        user: String,
    },
    /// Look at the root certificate.
    Ca {
        /// What to do with it.
        #[command(subcommand)]
        command: CaCommand,
    },
    /// Write what was seen to a file for other tools.
    Export {
        /// Write exchanges as HAR 1.2.
        #[arg(long, required_unless_present = "pcapng")]
        har: bool,
        /// Write handshakes as pcapng, with the secrets that were kept.
        #[arg(long, conflicts_with = "har")]
        pcapng: bool,
        /// Only exchanges (with --pcapng, connections) that match, in the dashboard's filter language.
        #[arg(long, default_value = "", hide_default_value = true)]
        filter: Filter,
        /// The file; standard output when nothing is said.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// What can be done with the root.
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// Tell what the root is and where it lies.
    Show,
    /// Make a root now, for all names or for some alone.
    New(NewArgs),
    /// Put a new root in the place of the one that there is, which is kept aside.
    Rotate,
    /// Make a certificate for a development server or for a client: its key, a signing request, and the certificate.
    Issue(IssueArgs),
    /// Make this machine's programs trust the root; tells what that changes, and asks.
    Install {
        /// Where.
        #[command(flatten)]
        stores: StoreArgs,
        /// Don't ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Take the root out again of where `install` put it; tells what that changes, and asks.
    Uninstall {
        /// Where.
        #[command(flatten)]
        stores: StoreArgs,
        /// Another root than ours (PEM): one that was rotated, say.
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        /// Don't ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Tell which trust stores have the root.
    Status {
        /// Where.
        #[command(flatten)]
        stores: StoreArgs,
        /// Another root than ours (PEM): one that was rotated, say.
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the root certificate.
    Export {
        /// What for.
        #[arg(long, value_enum, default_value_t = CertificateFormat::Pem)]
        format: CertificateFormat,
        /// The file; standard output when nothing is said. With `android` it may be a folder, which tells the name.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Which trust stores are meant.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StoreArgs {
    /// Only stores of this kind; repeatable. All that are found when nothing is said.
    #[arg(long = "store", value_name = "NAME", value_enum)]
    pub kinds: Vec<StoreName>,
}

/// A kind of trust store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoreName {
    /// The operating system's.
    System,
    /// Chromium's, Chrome's, Edge's and Brave's, where they don't use the system's.
    Chromium,
    /// Firefox's, a profile each.
    Firefox,
    /// A JDK's, each.
    Java,
}

impl From<StoreName> for ca::trust::StoreKind {
    fn from(name: StoreName) -> Self {
        match name {
            StoreName::System => Self::System,
            StoreName::Chromium => Self::Chromium,
            StoreName::Firefox => Self::Firefox,
            StoreName::Java => Self::Java,
        }
    }
}

/// How a certificate is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CertificateFormat {
    /// Base64 between BEGIN and END lines.
    Pem,
    /// The bytes themselves.
    Der,
    /// PKCS#12 for programs that take nothing else; its password is `handlens`.
    P12,
    /// PEM for Android's system store, in a file named after the subject's hash.
    Android,
    /// A profile for iOS, iPadOS and macOS.
    Mobileconfig,
}

/// The settings that flags and environment variables give.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Args {
    /// Where clients come in (default 127.0.0.1:8080; port 0 takes any free one), and how: http (an HTTP proxy, over TLS
    /// too, and SOCKS), socks5, transparent or `reverse:https://HOST[:PORT]`; repeatable.
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
    of_settings
        .map(|name| name.to_string_lossy().into_owned())
        .chain(of_the_build)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_mistyped_flag_or_variable_is_refused_with_a_suggestion() {
        let error = Cli::try_parse_from(["handlens", "--lisen", "127.0.0.1:0"])
            .unwrap_err()
            .to_string();
        assert!(error.contains("a similar argument exists: '--listen'"), "{error}");
        let error = refuse_unknown_variables(["HANDLENS_LISTN".into()].into_iter()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable HANDLENS_LISTN is not a setting of Handlens; did you mean HANDLENS_LISTEN?"
        );
        assert!(refuse_unknown_variables(["HANDLENS_LISTEN".into(), "PATH".into()].into_iter()).is_ok());
    }

    #[test]
    fn flags_stand_before_and_behind_the_command() {
        for line in [
            ["handlens", "--data-dir", "d", "ca", "show"].as_slice(),
            &["handlens", "ca", "show", "--data-dir", "d"],
        ] {
            assert_eq!(Cli::try_parse_from(line).unwrap().args.data_dir, Some("d".into()));
        }
        let cli = Cli::try_parse_from(["handlens", "exec", "--", "curl", "--listen", "-v"]).unwrap();
        let Some(Command::Exec { command }) = cli.command else {
            panic!("not exec")
        };
        assert_eq!(command, ["curl", "--listen", "-v"]);
        assert!(cli.args.listen.is_empty());
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
