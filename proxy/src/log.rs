//! Logs: to standard error, quiet unless asked, never with a secret.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// The target of the lines that tell exchanges.
pub(crate) const EXCHANGE: &str = "exchange";

/// Begins to log. A second call changes nothing.
pub(crate) fn start(format: LogFormat, verbosity: u8) {
    let filter = match verbosity {
        0 => "warn",
        1 => "warn,exchange=info,proxy=info",
        2 => "warn,exchange=info,proxy=debug,capture=debug,ca=debug,web_ui=debug",
        _ => "debug,exchange=info,hyper=info,h2=info",
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        // That a line can't be written would be told on standard error too, by a panic where that is closed.
        .log_internal_errors(false)
        .with_ansi(
            std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none(),
        );
    let _ = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// A path as it may stand in a log: the query's values, where secrets like to travel, are left out.
pub(crate) fn redacted_path(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let names = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}=..."),
        None => "...".to_owned(),
    });
    format!("{path}?{}", names.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_query_stay_out_of_the_log() {
        assert_eq!(
            redacted_path("/a?token=s3cret&b=1&flag"),
            "/a?token=...&b=...&..."
        );
        assert_eq!(redacted_path("/a"), "/a");
    }
}
