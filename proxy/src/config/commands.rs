//! The commands that may be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use capture::Filter;
use clap::{Parser, Subcommand, ValueEnum};

use super::{Args, InspectArgs, IssueArgs, NewArgs, RulesArgs};

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
        #[arg(long, required_unless_present_any = ["pcapng", "messages"])]
        har: bool,
        /// Write handshakes as pcapng, with the secrets that were kept.
        #[arg(long, conflicts_with = "har")]
        pcapng: bool,
        /// Write the messages of exchanges (WebSocket, events, lines, gRPC, bursts) as lines of JSON.
        #[arg(long, conflicts_with_all = ["har", "pcapng"])]
        messages: bool,
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
    /// The password of JDKs' stores, where it isn't the usual `changeit`.
    #[arg(long, value_name = "PASSWORD", env = JDK_PASSWORD_VARIABLE, hide_env_values = true)]
    pub jdk_password: Option<OsString>,
}

/// What names a password without that others on the machine can read it.
pub(crate) const JDK_PASSWORD_VARIABLE: &str = "HANDLENS_JDK_PASSWORD";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_mistyped_flag_is_refused_with_a_suggestion() {
        let error = Cli::try_parse_from(["handlens", "--lisen", "127.0.0.1:0"])
            .unwrap_err()
            .to_string();
        assert!(error.contains("a similar argument exists: '--listen'"), "{error}");
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
}
