//! What Handlens costs, measured beside HAProxy doing the same work in the same run.
//!
//! Real clients speak TLS through the proxy to a real TLS origin, all on loopback: through CONNECT to Handlens,
//! which records everything, and straight to HAProxy as a TLS bridge, which verifies the origin, makes TLS again
//! and keeps nothing. Client, origin and proxy are processes of their own, so that the proxy's processor time is
//! the proxy's alone. Every run is a fixed number of requests; nothing leaves this machine.
//!
//! `cargo bench -p proxy --bench against_haproxy -- --help` tells the options.

mod arguments;
mod authority;
mod client;
mod contender;
mod figures;
mod helper;
mod job;
mod leaf;
mod load;
mod measure;
mod origin;
mod plan;
mod process;
mod report;

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::{Arguments, Role};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("against_haproxy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match &arguments.role {
        Some(Role::Origin) => origin::serve(&arguments.material()?).map(|()| ExitCode::SUCCESS),
        Some(Role::Load) => load::serve().map(|()| ExitCode::SUCCESS),
        None if cfg!(not(target_os = "linux")) => {
            println!("against_haproxy reads /proc, and so measures on Linux only");
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let report = measure::everything(&arguments)?;
            report.print(arguments.json)?;
            let missed = arguments.strict && report.misses_an_aim();
            Ok(if missed {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            })
        }
    }
}
