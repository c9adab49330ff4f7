//! The run: rounds in which the contenders take turns, each a fresh process, then memory, then the aims.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::arguments::{Arguments, Role};
use crate::authority::Authority;
use crate::contender::{Contender, Haproxy, Name};
use crate::figures::{Figures, Latency, MemoryFigures, Throughput};
use crate::helper::Helper;
use crate::job::{Answer, Job, Order, OriginAddresses, Outcome, Way};
use crate::leaf;
use crate::plan::Plan;
use crate::process::{Machine, open_files_limit};
use crate::report::Report;

/// What processor time for bulk is told for.
const BULK_UNIT_BYTES: f64 = 100e6;
/// Tunnels that stand before the counted ones, so that what only the first ones cost is not counted.
const TUNNELS_BEFORE: u32 = 100;

/// Measures everything that the arguments ask for.
pub(crate) fn everything(arguments: &Arguments) -> Result<Report> {
    let mut plan = arguments.plan();
    fit_to_open_files(&mut plan)?;
    let machine = Machine::read();
    let (folder, _guard) = material_folder(arguments)?;
    let authority = Authority::make(&folder)?;
    let mut origin = Helper::start_role(Role::Origin, &folder)?;
    let addresses = origin.hear(std::time::Duration::from_secs(10))?;
    let load = Helper::start_role(Role::Load, &folder)?;

    let haproxy_version = Haproxy::version(&arguments.haproxy);
    let mut names = Vec::new();
    if !arguments.only_haproxy {
        names.push(Name::Handlens);
    }
    if haproxy_version.is_some() {
        names.push(Name::Haproxy);
    }
    names.push(Name::Direct);

    let mut bench = Bench {
        arguments,
        authority,
        addresses,
        load,
        plan,
    };
    let mut figures = bench.rounds(&names)?;
    for figures in figures.iter_mut().filter(|it| it.name != Name::Direct) {
        figures.memory = Some(bench.memory(figures.name)?);
    }
    let leaf = if arguments.only_haproxy {
        None
    } else {
        Some(leaf::mint(bench.plan.leaves, &bench.authority)?)
    };
    Ok(Report::new(bench.plan, machine, haproxy_version, figures, leaf))
}

/// Everything that a measurement needs.
struct Bench<'a> {
    arguments: &'a Arguments,
    authority: Authority,
    addresses: OriginAddresses,
    load: Helper,
    plan: Plan,
}

/// What one contender gathers over the rounds.
struct Gathered {
    figures: Figures,
    keep_alive: Throughput,
    http2: Throughput,
    new_connections: Throughput,
    new_connections_hybrid: Throughput,
    bulk: Throughput,
    keep_alive_us: Vec<u32>,
    new_connection_us: Vec<u32>,
}

impl Bench<'_> {
    /// Throughput and latency. The order of the contenders turns round with each round.
    fn rounds(&mut self, names: &[Name]) -> Result<Vec<Figures>> {
        let mut all: Vec<Gathered> = names.iter().map(|name| Gathered::of(*name)).collect();
        for round in 0..self.plan.rounds {
            let mut order: Vec<usize> = (0..all.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for index in order {
                let name = names[index];
                eprintln!("round {} of {}: {}", round + 1, self.plan.rounds, name.as_str());
                self.round(&mut all[index]).with_context(|| name.as_str())?;
            }
        }
        Ok(all.into_iter().map(Gathered::into_figures).collect())
    }

    fn round(&mut self, into: &mut Gathered) -> Result<()> {
        let plan = self.plan.clone();
        let contender = self.start(into.figures.name)?;
        let way = contender.way();
        let keep_alive = |requests| Job::KeepAlive {
            requests,
            connections: plan.keep_alive_connections,
            at_once_on_each: 1,
        };
        let new_connections = |connections| Job::NewConnections {
            connections,
            at_once: plan.new_at_once,
        };
        let mut asked = 2;
        into.figures.agreed = self.ask(&way, Job::Negotiate)?.agreed;
        self.ask(&way, keep_alive(plan.keep_alive_requests / 20))?;
        asked += u64::from(plan.keep_alive_requests / 20);

        self.count(
            &contender,
            &way,
            keep_alive(plan.keep_alive_requests),
            &mut into.keep_alive,
        )?;
        asked += u64::from(plan.keep_alive_requests);
        let http2 = Job::KeepAlive {
            requests: plan.keep_alive_requests,
            connections: 1,
            at_once_on_each: plan.keep_alive_connections,
        };
        self.count(&contender, &contender.http2_way(), http2, &mut into.http2)?;
        asked += u64::from(plan.keep_alive_requests);
        self.count(
            &contender,
            &way,
            new_connections(plan.new_connections),
            &mut into.new_connections,
        )?;
        asked += u64::from(plan.new_connections);
        let download = Job::Download {
            count: plan.downloads,
            bytes: plan.download_bytes,
        };
        self.count(&contender, &way, download, &mut into.bulk)?;
        asked += u64::from(plan.downloads);

        let alone = Job::KeepAlive {
            requests: plan.latency_requests,
            connections: 1,
            at_once_on_each: 1,
        };
        into.keep_alive_us.extend(self.ask(&way, alone)?.latencies_us);
        asked += u64::from(plan.latency_requests);
        let alone = Job::NewConnections {
            connections: plan.latency_connections,
            at_once: 1,
        };
        into.new_connection_us.extend(self.ask(&way, alone)?.latencies_us);
        asked += u64::from(plan.latency_connections);

        if let Contender::Handlens(handlens) = &contender {
            let way = handlens.way(true);
            into.figures.agreed_hybrid = self.ask(&way, Job::Negotiate)?.agreed;
            let job = new_connections(plan.new_connections);
            self.count(&contender, &way, job, &mut into.new_connections_hybrid)?;
            asked += u64::from(plan.new_connections);
            handlens.process().cpu_when_quiet()?;
            let recorded = handlens.recorded()?;
            ensure!(
                recorded.exchanges == asked && recorded.lost_events == 0 && recorded.dropped_bytes == 0,
                "of {asked} exchanges not all were recorded, so the figures would not count: {recorded:?}"
            );
            into.figures.recorded = Some(recorded);
        }
        Ok(())
    }

    /// Does a job, and counts what the contender used for it, what it did afterwards too.
    fn count(&mut self, contender: &Contender, way: &Way, job: Job, into: &mut Throughput) -> Result<()> {
        let before = contender.process().map(|it| it.cpu_when_quiet()).transpose()?;
        let units = match &job {
            Job::Download { count, bytes } => f64::from(*count) * *bytes as f64 / BULK_UNIT_BYTES,
            Job::KeepAlive { requests, .. } => f64::from(*requests),
            Job::NewConnections { connections, .. } | Job::Hold { connections } => f64::from(*connections),
            Job::Release | Job::Negotiate => 1.0,
        };
        if let Job::Download { count, bytes } = &job {
            touch_memory(u64::from(*count) * bytes * 3 / 2, self.authority.folder())?;
        }
        let outcome = self.ask(way, job)?;
        let after = contender.process().map(|it| it.cpu_when_quiet()).transpose()?;
        let cpu_us = before
            .zip(after)
            .map(|(before, after)| (after - before).as_secs_f64() * 1e6);
        let count = outcome.latencies_us.len() as f64;
        into.add(
            cpu_us.map(|it| it / units),
            count / outcome.seconds,
            outcome.bytes as f64 / 1e6 / outcome.seconds,
        );
        Ok(())
    }

    /// Resident memory: idle tunnels in one fresh process, many exchanges in another.
    fn memory(&mut self, name: Name) -> Result<MemoryFigures> {
        eprintln!("memory: {}", name.as_str());
        let contender = self.start(name)?;
        let process = contender.process().context("it has no process")?;
        let way = contender.way();
        let hold = |connections| Job::Hold { connections };
        self.ask(&way, hold(TUNNELS_BEFORE))?;
        let before = process.memory_when_settled()?;
        self.ask(&way, hold(self.plan.idle_tunnels))?;
        let after = process.memory_when_settled()?;
        self.ask(&way, Job::Release)?;
        drop(contender);

        let contender = self.start(name)?;
        let process = contender.process().context("it has no process")?;
        let at_rest = process.memory_when_settled()?;
        let exchanges = Job::KeepAlive {
            requests: self.plan.remembered_exchanges,
            connections: self.plan.keep_alive_connections,
            at_once_on_each: 1,
        };
        self.ask(&contender.way(), exchanges)?;
        process.cpu_when_quiet()?;
        let after_exchanges = process.memory_when_settled()?;
        let added_kib = |from: u64, to: u64| to as f64 - from as f64;
        Ok(MemoryFigures {
            at_rest,
            idle_tunnel_kib: added_kib(before.resident_kib, after.resident_kib)
                / f64::from(self.plan.idle_tunnels),
            raised_by_exchanges_mb: added_kib(at_rest.resident_kib, after_exchanges.resident_kib) * 1024.0
                / 1e6,
            after_exchanges,
        })
    }

    fn start(&self, name: Name) -> Result<Contender> {
        Contender::start(name, self.arguments, &self.authority, self.addresses)
    }

    fn ask(&mut self, way: &Way, job: Job) -> Result<Outcome> {
        let order = Order {
            way: way.clone(),
            job,
        };
        match self.load.ask(&order)? {
            Answer::Done(outcome) => Ok(outcome),
            Answer::Failed(text) => bail!("{:?} failed: {text}", order.job),
        }
    }
}

impl Gathered {
    fn of(name: Name) -> Self {
        Self {
            figures: Figures::of(name),
            keep_alive: Throughput::new(),
            http2: Throughput::new(),
            new_connections: Throughput::new(),
            new_connections_hybrid: Throughput::new(),
            bulk: Throughput::new(),
            keep_alive_us: Vec::new(),
            new_connection_us: Vec::new(),
        }
    }

    fn into_figures(self) -> Figures {
        Figures {
            keep_alive: Some(self.keep_alive),
            http2: Some(self.http2),
            new_connections: Some(self.new_connections),
            new_connections_hybrid: Some(self.new_connections_hybrid).filter(Throughput::was_measured),
            bulk: Some(self.bulk),
            keep_alive_latency: Latency::of(self.keep_alive_us),
            new_connection_latency: Latency::of(self.new_connection_us),
            ..self.figures
        }
    }
}

/// The folder for certificates and recordings, and what removes it at the end unless it is to be kept.
fn material_folder(arguments: &Arguments) -> Result<(PathBuf, Option<TempDir>)> {
    if let Some(folder) = &arguments.keep {
        return Ok((folder.clone(), None));
    }
    // On the disk that the build is on: a temporary folder in memory would make recording look free.
    let folder = TempDir::with_prefix_in("against_haproxy-", env!("CARGO_TARGET_TMPDIR"))?;
    Ok((folder.path().to_owned(), Some(folder)))
}

/// Writes a file of so many bytes and takes it away again, so that the page cache finds memory at once.
///
/// Memory that a virtual machine has not used lately was given back to its host, which makes it anew page by page as
/// it is touched: that takes up to ten times as long as the write that it is for, and whoever records pays for it.
fn touch_memory(bytes: u64, folder: &Path) -> Result<()> {
    let path = folder.join("touched");
    let mut file = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let piece = vec![1; 1 << 20];
    for _ in 0..bytes / piece.len() as u64 {
        file.write_all(&piece)?;
    }
    drop(file);
    Ok(fs::remove_file(path)?)
}

/// A tunnel is two sockets to the proxy. Fewer are opened where so many files may not be.
fn fit_to_open_files(plan: &mut Plan) -> Result<()> {
    let room = open_files_limit()?.saturating_sub(100) / 2;
    let tunnels = u32::try_from(room)
        .unwrap_or(u32::MAX)
        .saturating_sub(TUNNELS_BEFORE);
    ensure!(
        tunnels >= 20,
        "too few files may be open here: try again after `ulimit -n 4096`"
    );
    if tunnels < plan.idle_tunnels {
        eprintln!("only {tunnels} idle tunnels are opened: `ulimit -n` allows no more");
        plan.idle_tunnels = tunnels;
    }
    Ok(())
}
