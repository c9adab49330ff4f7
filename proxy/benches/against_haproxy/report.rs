//! What is told at the end: a table for people, JSON for programs, and the aims.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::contender::Name;
use crate::figures::{Figures, Throughput};
use crate::leaf::LeafFigures;
use crate::plan::Plan;
use crate::process::Machine;

/// A machine this busy with other things makes the latencies worthless.
const BUSY_LOAD: f64 = 0.5;

/// One run, whole.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    plan: Plan,
    machine: Machine,
    haproxy: Option<String>,
    contenders: Vec<Figures>,
    leaf: Option<LeafFigures>,
    aims: Vec<Aim>,
}

/// Something that Handlens means to reach.
#[derive(Clone, Debug, Serialize)]
struct Aim {
    what: &'static str,
    /// None where a side of the comparison is missing.
    measured: Option<f64>,
    at_most: f64,
    unit: &'static str,
    /// None where nothing was measured, or so loosely that it proves nothing.
    met: Option<bool>,
}

/// A line of the table, and how to find its figure.
struct Line {
    what: String,
    decimals: usize,
    figure: fn(&Figures) -> Option<f64>,
}

impl Report {
    /// Draws the aims from the figures.
    pub(crate) fn new(
        plan: Plan,
        machine: Machine,
        haproxy: Option<String>,
        contenders: Vec<Figures>,
        leaf: Option<LeafFigures>,
    ) -> Self {
        let mut aims = aims(&contenders, leaf.as_ref());
        if plan.quick || cfg!(debug_assertions) {
            aims.iter_mut().for_each(|aim| aim.met = None);
        }
        Self {
            plan,
            machine,
            haproxy,
            contenders,
            leaf,
            aims,
        }
    }

    /// Whether an aim was measured and missed.
    pub(crate) fn misses_an_aim(&self) -> bool {
        self.aims.iter().any(|aim| aim.met == Some(false))
    }

    /// Prints the table, and writes the JSON beside the build, or prints that and the table on stderr.
    pub(crate) fn print(&self, json: bool) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("against_haproxy.json");
        fs::write(&file, &text)?;
        if json {
            eprint!("{}", self.table());
            println!("{text}");
        } else {
            print!("{}", self.table());
            println!("\nThe same as JSON: {}", file.display());
        }
        Ok(())
    }

    fn table(&self) -> String {
        let mut text = String::from("\n");
        self.write_circumstances(&mut text);
        let _ = write!(text, "\n{:<54}", "");
        for figures in &self.contenders {
            let _ = write!(text, "{:>12}", figures.name.as_str());
        }
        let compared = self.of(Name::Handlens).is_some() && self.of(Name::Haproxy).is_some();
        let _ = writeln!(text, "{:>8}", if compared { "ratio" } else { "" });
        for line in lines(&self.plan) {
            let _ = write!(text, "{:<54}", line.what);
            for figures in &self.contenders {
                let cell =
                    (line.figure)(figures).map_or("-".to_owned(), |it| format!("{it:.0$}", line.decimals));
                let _ = write!(text, "{cell:>12}");
            }
            let ratio = ratio(&self.contenders, line.figure).map_or(String::new(), |it| format!("{it:.2}"));
            let _ = writeln!(text, "{ratio:>8}");
        }
        self.write_aims(&mut text);
        text
    }

    fn write_circumstances(&self, text: &mut String) {
        let Machine {
            processor,
            cores,
            kernel,
            load_before,
        } = &self.machine;
        let _ = writeln!(
            text,
            "{processor}, {cores} cores, Linux {kernel}, load {load_before:.1} at the start"
        );
        let _ = match &self.haproxy {
            Some(version) => writeln!(text, "HAProxy {version}; both proxies with two relaying threads"),
            None => writeln!(text, "no HAProxy was found: Handlens is measured alone"),
        };
        for figures in self.contenders.iter().filter(|it| it.name != Name::Direct) {
            for agreed in [&figures.agreed, &figures.agreed_hybrid].into_iter().flatten() {
                let name = figures.name.as_str();
                let _ = writeln!(
                    text,
                    "{name}: client leg {}; origin leg {}",
                    agreed.client, agreed.origin
                );
            }
            if let Some(recorded) = &figures.recorded {
                let _ = writeln!(
                    text,
                    "{}: recorded all {} exchanges of a round, {:.0} MB on disk",
                    figures.name.as_str(),
                    recorded.exchanges,
                    recorded.bytes as f64 / 1e6
                );
            }
        }
        if *load_before > BUSY_LOAD {
            let _ = writeln!(
                text,
                "The machine was busy with other things: believe the latencies less."
            );
        }
        if self.plan.quick {
            let _ = writeln!(
                text,
                "A quick run: it shows that the benchmark works, and little more."
            );
        }
        if cfg!(debug_assertions) {
            let _ = writeln!(
                text,
                "A build without optimisation: the figures are worth nothing."
            );
        }
    }

    fn write_aims(&self, text: &mut String) {
        let _ = writeln!(text, "\nAims");
        for aim in &self.aims {
            let measured = aim.measured.map_or("-".to_owned(), |it| format!("{it:.2}"));
            let met = match aim.met {
                Some(true) => "met",
                Some(false) => "NOT MET",
                None if aim.measured.is_none() => "not measured",
                None => "not judged: loose figures",
            };
            let at_most = format!("at most {} {}", aim.at_most, aim.unit);
            let _ = writeln!(text, "  {:<52}{measured:>12}   {at_most:<20}{met}", aim.what);
        }
    }

    fn of(&self, name: Name) -> Option<&Figures> {
        of(&self.contenders, name)
    }
}

fn lines(plan: &Plan) -> Vec<Line> {
    let line = |what: String, decimals, figure| Line {
        what,
        decimals,
        figure,
    };
    vec![
        line(
            format!(
                "CPU µs, request ({} kept connections)",
                plan.keep_alive_connections
            ),
            1,
            keep_alive_cpu,
        ),
        line(
            format!(
                "CPU µs, request (1 HTTP/2 connection, {} at once)",
                plan.keep_alive_connections
            ),
            1,
            |it| cpu(it.http2.as_ref()),
        ),
        line("CPU µs, new connection and request".into(), 0, new_connection_cpu),
        line("CPU µs, the same with X25519MLKEM768".into(), 0, |it| {
            cpu(it.new_connections_hybrid.as_ref())
        }),
        line("CPU ms, 100 MB down".into(), 1, bulk_cpu_ms),
        line("requests/s".into(), 0, |it| {
            Some(it.keep_alive.as_ref()?.per_second)
        }),
        line("requests/s (HTTP/2)".into(), 0, |it| {
            Some(it.http2.as_ref()?.per_second)
        }),
        line(
            format!("new connections/s ({} at a time)", plan.new_at_once),
            0,
            |it| Some(it.new_connections.as_ref()?.per_second),
        ),
        line("MB/s down (one connection)".into(), 0, |it| {
            Some(it.bulk.as_ref()?.mb_per_second)
        }),
        line("request, one at a time: p50 µs".into(), 0, |it| {
            Some(it.keep_alive_latency.as_ref()?.p50_us.into())
        }),
        line("request, one at a time: p99 µs".into(), 0, |it| {
            Some(it.keep_alive_latency.as_ref()?.p99_us.into())
        }),
        line(
            "new connection, one at a time: p50 µs".into(),
            0,
            new_connection_p50,
        ),
        line("new connection, one at a time: p99 µs".into(), 0, |it| {
            Some(it.new_connection_latency.as_ref()?.p99_us.into())
        }),
        line("resident at rest, MB".into(), 1, |it| {
            Some(it.memory.as_ref()?.at_rest.resident_kib as f64 * 1024.0 / 1e6)
        }),
        line(
            format!("each idle tunnel of {}, KiB", plan.idle_tunnels),
            1,
            idle_tunnel_kib,
        ),
        line(
            format!("raised by {} exchanges, MB", plan.remembered_exchanges),
            1,
            raised_mb,
        ),
    ]
}

fn aims(contenders: &[Figures], leaf: Option<&LeafFigures>) -> Vec<Aim> {
    let handlens = of(contenders, Name::Handlens);
    let aim = |what, measured: Option<f64>, at_most: f64, unit| Aim {
        what,
        measured,
        at_most,
        unit,
        met: measured.map(|it| it <= at_most),
    };
    vec![
        aim(
            "CPU of a request, against HAProxy's",
            ratio(contenders, keep_alive_cpu),
            1.5,
            "times",
        ),
        aim(
            "CPU of a new connection, against HAProxy's",
            ratio(contenders, new_connection_cpu),
            0.7,
            "times",
        ),
        aim(
            "CPU of bulk, against HAProxy's",
            ratio(contenders, bulk_cpu_ms),
            1.3,
            "times",
        ),
        aim(
            "median time of a new connection, against HAProxy's",
            ratio(contenders, new_connection_p50),
            1.0,
            "times",
        ),
        aim("a new host's leaf, mean", leaf.map(|it| it.mean_us), 100.0, "µs"),
        aim(
            "an idle inspected tunnel",
            handlens.and_then(idle_tunnel_kib),
            48.0,
            "KiB",
        ),
        aim(
            "memory raised by 100,000 exchanges",
            handlens.and_then(raised_mb),
            30.0,
            "MB",
        ),
    ]
}

fn of(contenders: &[Figures], name: Name) -> Option<&Figures> {
    contenders.iter().find(|it| it.name == name)
}

fn ratio(contenders: &[Figures], figure: fn(&Figures) -> Option<f64>) -> Option<f64> {
    let ours = figure(of(contenders, Name::Handlens)?)?;
    let theirs = figure(of(contenders, Name::Haproxy)?)?;
    (theirs > 0.0).then(|| ours / theirs)
}

fn cpu(throughput: Option<&Throughput>) -> Option<f64> {
    throughput?.cpu_us_each
}

fn keep_alive_cpu(figures: &Figures) -> Option<f64> {
    cpu(figures.keep_alive.as_ref())
}

fn new_connection_cpu(figures: &Figures) -> Option<f64> {
    cpu(figures.new_connections.as_ref())
}

fn bulk_cpu_ms(figures: &Figures) -> Option<f64> {
    cpu(figures.bulk.as_ref()).map(|it| it / 1000.0)
}

fn new_connection_p50(figures: &Figures) -> Option<f64> {
    Some(figures.new_connection_latency.as_ref()?.p50_us.into())
}

fn idle_tunnel_kib(figures: &Figures) -> Option<f64> {
    Some(figures.memory.as_ref()?.idle_tunnel_kib)
}

fn raised_mb(figures: &Figures) -> Option<f64> {
    Some(figures.memory.as_ref()?.raised_by_exchanges_mb)
}
