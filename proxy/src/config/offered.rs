//! Which settings each command takes. Help shows these alone, and another one is refused where it is typed; in the
//! environment and in the settings file all may stand, for they speak to every command.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};

use super::Cli;

/// What every command takes.
const ALL: &[&str] = &["data_dir", "config", "log_format", "verbose"];
/// What is done with the root.
const ROOT: &[&str] = &["ca_cert", "ca_key"];
/// What a server is reached through and its chain judged by.
const INSPECT: &[&str] = &[
    "ca_cert",
    "ca_key",
    "origin_ca",
    "ct_logs",
    "crl",
    "legacy_origin",
    "keylog",
    "upstream",
    "no_proxy",
];

/// The settings of a command beside those of all; none where it takes every one.
fn of_command(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "ca" => Some(ROOT),
        "inspect" => Some(INSPECT),
        "rules" => Some(&["listen"]),
        "export" | "hash-password" => Some(&[]),
        _ => None,
    }
}

impl Cli {
    /// Reads the command line of this process. Ends it with what help or an error has to say.
    #[must_use]
    pub fn read() -> Self {
        Self::read_from(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// Reads a command line.
    ///
    /// # Errors
    /// When it can't be understood, or asks for help.
    pub fn read_from<I, T>(line: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString> + Clone,
    {
        let command = Self::command();
        let settings = settings(&command);
        let mut command = narrowed(command, &settings);
        let matches = command.try_get_matches_from_mut(line)?;
        refuse_others(&mut command, &settings, &matches)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// The settings. Once the command is made whole, it has more that is global: `--help` and `--version`.
fn settings(command: &Command) -> Vec<Arg> {
    let arguments = command
        .get_arguments()
        .filter(|argument| argument.is_global_set());
    arguments.cloned().collect()
}

/// The same, with help for each command of what it takes. A setting that a command has an entry of its own for isn't
/// handed down to it.
fn narrowed(command: Command, settings: &[Arg]) -> Command {
    command.mut_subcommands(|subcommand| {
        let Some(own) = of_command(subcommand.get_name()) else {
            return subcommand;
        };
        let others = settings
            .iter()
            .filter(|setting| !is_taken(own, setting.get_id().as_str()));
        subcommand.args(others.map(|setting| setting.clone().hide(true)))
    })
}

fn is_taken(own: &[&str], setting: &str) -> bool {
    ALL.contains(&setting) || own.contains(&setting)
}

/// Refuses a setting that the command does nothing with.
fn refuse_others(command: &mut Command, settings: &[Arg], matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, of_subcommand)) = matches.subcommand() else {
        return Ok(());
    };
    let Some(own) = of_command(name) else {
        return Ok(());
    };
    // One that stands behind the command is known to it and, by its being global, to those below.
    let is_typed = |setting: &&Arg| {
        let id = setting.get_id().as_str();
        let sources = [matches, of_subcommand].map(|matches| matches.value_source(id));
        !is_taken(own, id) && sources.contains(&Some(ValueSource::CommandLine))
    };
    let typed = settings.iter().find(is_typed).and_then(Arg::get_long);
    let flag = typed.map(|long| format!("--{long}"));
    match (flag, command.find_subcommand_mut(name)) {
        (Some(flag), Some(subcommand)) => {
            let mut error = clap::Error::new(ErrorKind::UnknownArgument).with_cmd(subcommand);
            error.insert(ContextKind::InvalidArg, ContextValue::String(flag));
            Err(error)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(line: &[&str]) -> String {
        let line = ["handlens"].iter().chain(line).chain(&["--help"]);
        Cli::read_from(line).unwrap_err().to_string()
    }

    #[test]
    fn help_shows_what_a_command_takes_and_no_more() {
        for (line, shown, hidden) in [
            (
                &["ca", "show"][..],
                &["--data-dir", "--ca-cert"][..],
                &["--listen", "--max-store", "--origin-ca"][..],
            ),
            (
                &["ca", "new"],
                &["--constrain", "--config"],
                &["--pass", "--token"],
            ),
            (
                &["inspect"],
                &["--alpn", "--origin-ca", "--legacy-origin", "--keylog"],
                &["--listen", "--dashboard", "--client-ca"],
            ),
            (&["export"], &["--har", "--data-dir"], &["--ca-cert", "--listen"]),
            (&["rules"], &["--listen", "--print"], &["--proxy-auth", "--pass"]),
            (&["hash-password"], &["--config"], &["--listen", "--proxy-auth"]),
            (&["exec"], &["--listen", "--pass"], &[]),
            (&[], &["--listen", "--max-store"], &[]),
        ] {
            let help = help(line);
            for flag in shown {
                assert!(help.contains(flag), "{flag} is missing in {help}");
            }
            for flag in hidden {
                assert!(!help.contains(flag), "{flag} is in {help}");
            }
        }
    }

    #[test]
    fn a_setting_that_a_command_does_nothing_with_is_refused() {
        for line in [
            &["handlens", "ca", "show", "--listen", "127.0.0.1:0"][..],
            &["handlens", "ca", "--listen", "127.0.0.1:0", "show"],
            &["handlens", "--listen", "127.0.0.1:0", "ca", "show"],
        ] {
            let error = Cli::read_from(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownArgument);
            assert!(
                error.to_string().contains("unexpected argument '--listen'"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_a_command_takes_is_read_wherever_it_stands() {
        for line in [
            &["handlens", "ca", "show", "--data-dir", "d"][..],
            &["handlens", "--data-dir", "d", "ca", "show"],
            &[
                "handlens",
                "inspect",
                "example.com",
                "--data-dir",
                "d",
                "--origin-ca",
                "a.pem",
            ],
            &["handlens", "export", "--har", "--data-dir", "d"],
            &["handlens", "run", "--data-dir", "d", "--listen", "127.0.0.1:0"],
            &["handlens", "--data-dir", "d"],
        ] {
            assert_eq!(
                Cli::read_from(line).unwrap().args.data_dir,
                Some("d".into()),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_mistyped_flag_is_refused_with_one_that_the_command_takes() {
        let error = Cli::read_from(["handlens", "ca", "show", "--data-dri", "d"])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a similar argument exists: '--data-dir'"),
            "{error}"
        );
    }
}
