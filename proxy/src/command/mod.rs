//! What the program does for each of its commands.

mod browser;
mod ca;
mod exec;
mod export;
mod hash_password;
mod rules;
mod run;
mod served;

use std::process::ExitCode;

use capture::FilterError;

use crate::config::{Cli, Command, Config, ConfigError};
use crate::output::remark;

/// Says why what was asked could not be done, and with which code that ends.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    remark(format_args!("{error:#}"));
    if error.is::<ConfigError>() || error.is::<FilterError>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Does what was asked.
pub async fn obey(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::from_args(&cli.args)?;
    crate::log::start(config.log_format, config.verbosity);
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => run::run(&config).await,
        Command::Exec { command } => exec::exec(&config, command).await,
        Command::Browser {
            url,
            browser,
            arguments,
        } => browser::browser(&config, url, browser, arguments).await,
        Command::Rules(args) => rules::rules(&config, &args),
        Command::HashPassword { user } => hash_password::hash_password(user).await,
        Command::Inspect(args) => crate::inspect::inspect(&config, &args).await,
        Command::Ca { command } => ca::ca(&config, &command).await,
        Command::Export {
            har: _,
            pcapng,
            messages,
            filter,
            output,
        } => {
            let form = match (pcapng, messages) {
                (true, _) => export::Form::Pcapng,
                (_, true) => export::Form::Messages,
                _ => export::Form::Har,
            };
            export::export(&config, form, &filter, output.as_deref())
        }
    }
}
