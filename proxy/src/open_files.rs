//! The process's limit on open files, which bounds how many connections it can carry.

/// Files that are open beside connections: the store's, the dashboard's, the runtime's.
const RESERVE: usize = 32;
/// A connection holds two sockets, and a third while addresses race.
const PER_CONNECTION: usize = 2;

/// Raises the limit as far as the process may, and tells how many connections fit under it.
pub(crate) fn connections_that_fit() -> usize {
    let limit = raised_limit();
    (limit.saturating_sub(RESERVE) / PER_CONNECTION).max(8)
}

#[cfg(unix)]
fn raised_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // macOS says "no limit" and refuses to be asked for more than this.
    let wanted = maximum.unwrap_or(u64::MAX).min(65_536).max(current.unwrap_or(0));
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(wanted),
            maximum,
        },
    );
    let limit = if raised.is_ok() {
        wanted
    } else {
        current.unwrap_or(wanted)
    };
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn raised_limit() -> usize {
    usize::MAX
}
