//! `handlens inspect`: shakes hands with a server, or reads the handshakes of a capture file, and tells story and
//! verdict.

mod palette;
mod pcap;
mod shake;
mod starttls;
mod terminal;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use capture::{Decision, LegName, Target, TlsRole};
use handshake::{Ending, Parties};
use rustls::pki_types::ServerName;
use serde::Serialize;
use web_ui::api::model::{Failure, LegHandshake, Step, Tls, Verdict};

use self::shake::{Shaken, Task, shake_hands};
use self::terminal::Terminal;
use crate::config::{Config, InspectArgs, TlsVersion, UpstreamProxy};
use crate::judge::load_judge;
use crate::output::print;
use crate::own_roots::own_roots;
use crate::recorder::{KeyLogFile, Keys};
use crate::tls::Identities;

/// What was seen of one server.
#[derive(Serialize)]
struct Report {
    target: String,
    address: Option<String>,
    /// The name that was asked for, and that the certificate was judged by.
    name: String,
    opened: String,
    tls: Option<Tls>,
    verdict: Option<Verdict>,
    failure: Option<Failure>,
    steps: Vec<Step>,
    handshake: Option<LegHandshake>,
}

/// Does what was asked. Success means a good chain.
pub(crate) async fn inspect(config: &Config, args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let judge = load_judge(&config.proxy, &own_roots(config)?)?;
    if let Some(file) = &args.pcap {
        return pcap::inspect(file, config.proxy.key_log.as_deref(), &judge, args);
    }
    let identities = Identities::load(&config.proxy.client_certificates)?;
    let task = read_task(config, args, &identities)?;
    let key_log = config.proxy.key_log.as_deref().map(|path| {
        KeyLogFile::open(path).with_context(|| format!("the key log {} can't be opened", path.display()))
    });
    let keys = Keys::new(config.proxy.keep_secrets, key_log.transpose()?);
    let report = tell(&task, shake_hands(&task, &Arc::new(judge), Arc::new(keys)).await);
    let is_whole = report
        .handshake
        .as_ref()
        .is_some_and(|leg| leg.handshake.failure.is_none());
    // A server that ends the connection right behind the handshake, for want of a client certificate say, is told there.
    let is_good = report.failure.is_none()
        && is_whole
        && report
            .verdict
            .as_ref()
            .is_some_and(|verdict| verdict.decision == web_ui::api::model::Decision::Trusted);
    print(|out| {
        if args.json {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)
        } else {
            Terminal::new(args.bytes).report(&report, out)
        }
    })?;
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read_task(config: &Config, args: &InspectArgs, identities: &Identities) -> anyhow::Result<Task> {
    let asked = args
        .target
        .as_ref()
        .ok_or_else(|| anyhow!("there is no host to inspect"))?;
    let port = asked
        .port
        .unwrap_or_else(|| args.starttls.map_or(443, crate::config::StartTls::port));
    let name = args.sni.as_ref().unwrap_or(&asked.host);
    let versions = (
        args.min.unwrap_or(TlsVersion::Tls12),
        args.max.unwrap_or(TlsVersion::Tls13),
    );
    if versions.0 > versions.1 {
        return Err(anyhow!(
            "--min is a newer version than --max: there is none to offer"
        ));
    }
    let protocols = match (&args.alpn, args.starttls) {
        (Some(list), _) => list.as_str(),
        (None, Some(_)) => "",
        (None, None) => "h2,http/1.1",
    };
    let target = Target {
        host: asked.host.as_str().into(),
        port,
    };
    let proxy = match &args.proxy {
        Some(proxy) => Some(proxy.parse::<UpstreamProxy>()?),
        None => config.proxy.upstreams.of(&target, false).cloned(),
    };
    Ok(Task {
        target,
        name: ServerName::try_from(name.clone())
            .map_err(|_| anyhow!("{name:?} is not a name that a certificate can be for"))?,
        protocols: protocols
            .split(',')
            .filter(|protocol| !protocol.is_empty())
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect(),
        versions,
        groups: args.group.clone(),
        #[cfg(feature = "legacy")]
        legacy: config.proxy.legacy_origins.clone(),
        identity: identities.find(&asked.host),
        proxy,
        starttls: args.starttls,
    })
}

/// How the handshake's connection ended, in the words of the crate that reads handshakes.
fn ended(ending: Option<capture::Ending>) -> Ending {
    let party = |role| match role {
        TlsRole::Client => Parties::INSPECT.client,
        TlsRole::Server => Parties::INSPECT.server,
    };
    match ending {
        Some(capture::Ending::Closed(by)) => Ending::Closed(party(by)),
        Some(capture::Ending::Reset(by)) => Ending::Reset(party(by)),
        Some(capture::Ending::Silence { from, .. }) => Ending::Silent(party(from)),
        Some(capture::Ending::Stopped) | None => Ending::Unseen,
    }
}

fn in_order(steps: &[capture::Step]) -> Vec<Step> {
    let mut steps: Vec<_> = steps.iter().map(|step| Step::of(LegName::Origin, step)).collect();
    steps.sort_by_key(|step| step.start_us);
    steps
}

fn tell(task: &Task, shaken: Shaken) -> Report {
    let address = shaken.address.map(|address| address.to_string());
    let verdict = shaken.verdict.map(|verdict| {
        let mut verdict = Arc::unwrap_or_clone(verdict);
        // It went on to be looked at. That is no trust.
        if verdict.decision == Decision::Overridden {
            verdict.decision = Decision::Refused;
            verdict.allowed_by = None;
        }
        Verdict::from(&verdict)
    });
    let steps = &shaken.handshake.steps;
    let mut handshake = LegHandshake::dissect(&shaken.handshake, Parties::INSPECT, address.clone());
    if let Some(leg) = &mut handshake {
        leg.handshake.tell_in_full(Parties::INSPECT);
        if shaken.fault.is_some() && leg.handshake.failure.is_none() {
            let ending = ended(shaken.handshake.ending);
            leg.handshake.tell_ending(Parties::INSPECT, ending);
        }
    }
    Report {
        target: task.target.to_string(),
        name: task.name.to_str().into_owned(),
        opened: shaken.opened.to_string(),
        tls: shaken.tls.as_ref().map(Tls::from),
        verdict,
        failure: shaken.fault.map(|fault| Failure::from(&fault.to_failure())),
        steps: in_order(steps),
        handshake,
        address,
    }
}
