//! What a running process has used, as its kernel counts it in `/proc`.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

/// `/proc/PID/stat` counts in ticks of this length (USER_HZ), whatever the kernel's own clock does.
const TICK: Duration = Duration::from_millis(10);
/// A process that uses less than a tick in this time has no work left.
const QUIET: Duration = Duration::from_millis(400);
/// Memory that changes by less than this over [`SETTLED`] has settled.
const SETTLED_KIB: u64 = 256;
/// Longer than jemalloc keeps pages that were given back (ten seconds).
const SETTLED: Duration = Duration::from_secs(12);
/// Nobody waits longer than this for either.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that is looked at from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    id: u32,
}

/// Resident memory.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Memory {
    /// All resident pages, those of mapped files too.
    pub(crate) resident_kib: u64,
    /// Those that belong to no file: heap and stacks.
    pub(crate) anonymous_kib: u64,
}

impl Process {
    /// The process of this id.
    pub(crate) fn of(id: u32) -> Self {
        Self { id }
    }

    /// User and system time of all its threads, once it has done what was left to do (a recorder's writing).
    pub(crate) fn cpu_when_quiet(self) -> Result<Duration> {
        let began = Instant::now();
        let mut before = self.cpu()?;
        loop {
            std::thread::sleep(QUIET);
            let now = self.cpu()?;
            if now < before + 2 * TICK || began.elapsed() > PATIENCE {
                return Ok(now);
            }
            before = now;
        }
    }

    /// Resident memory, once it has stopped changing: allocators give back late.
    pub(crate) fn memory_when_settled(self) -> Result<Memory> {
        let began = Instant::now();
        let mut before = self.memory()?;
        let mut since = Instant::now();
        loop {
            std::thread::sleep(SETTLED / 10);
            let now = self.memory()?;
            if now.resident_kib.abs_diff(before.resident_kib) > SETTLED_KIB {
                before = now;
                since = Instant::now();
            }
            if since.elapsed() > SETTLED || began.elapsed() > PATIENCE {
                return Ok(now);
            }
        }
    }

    fn cpu(self) -> Result<Duration> {
        let text = self.read("stat")?;
        // The second field, the name in parentheses, may hold anything; utime and stime are the 14th and 15th.
        let after_name = text.rsplit_once(')').map(|(_, rest)| rest);
        let ticks: Option<u32> = after_name.and_then(|rest| {
            let mut fields = rest.split_ascii_whitespace().skip(11);
            let user: u32 = fields.next()?.parse().ok()?;
            let system: u32 = fields.next()?.parse().ok()?;
            Some(user + system)
        });
        Ok(TICK * ticks.with_context(|| format!("/proc/{}/stat reads otherwise than expected", self.id))?)
    }

    fn memory(self) -> Result<Memory> {
        let text = self.read("smaps_rollup")?;
        let field = |name: &str| -> Result<u64> {
            text.lines()
                .find_map(|line| {
                    line.strip_prefix(name)?
                        .trim()
                        .strip_suffix("kB")?
                        .trim()
                        .parse()
                        .ok()
                })
                .with_context(|| format!("/proc/{}/smaps_rollup has no {name}", self.id))
        };
        Ok(Memory {
            resident_kib: field("Rss:")?,
            anonymous_kib: field("Anonymous:")?,
        })
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.id);
        fs::read_to_string(&path).with_context(|| format!("reading {path} (has the process ended?)"))
    }
}

/// What the machine is, and how busy it was with other things at the start.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// The processor's name for itself.
    pub(crate) processor: String,
    /// Processors that this process may use.
    pub(crate) cores: usize,
    /// The kernel's release.
    pub(crate) kernel: String,
    /// Mean number of running tasks over the minute before the start.
    pub(crate) load_before: f64,
}

impl Machine {
    /// Reads what this machine says of itself. What it doesn't say is left blank.
    pub(crate) fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = text("/proc/cpuinfo")
            .lines()
            .find_map(|line| {
                line.strip_prefix("model name")?
                    .split_once(':')
                    .map(|(_, it)| it.trim().to_owned())
            })
            .unwrap_or_default();
        let load_before = text("/proc/loadavg")
            .split(' ')
            .next()
            .and_then(|it| it.parse().ok())
            .unwrap_or_default();
        Self {
            processor,
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_before,
        }
    }
}

/// How many files a process that is started here may open.
pub(crate) fn open_files_limit() -> Result<u64> {
    let limits = fs::read_to_string("/proc/self/limits").context("reading /proc/self/limits")?;
    limits
        .lines()
        .find_map(|line| {
            line.strip_prefix("Max open files")?
                .split_ascii_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .context("/proc/self/limits tells no limit of open files")
}
