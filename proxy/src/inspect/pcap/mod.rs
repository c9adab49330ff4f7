//! Every TLS handshake in a capture file, told.

mod file;
mod judged;
mod segment;
mod streams;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use ca::Judge;
use capture::Timestamp;
use handshake::{Captured, Chunk, HelloReader, Parties, Party, Secrets, Side, dissect_in_full};
use serde::Serialize;
use web_ui::api::model::{LegHandshake, Verdict};

use self::file::Piece;
use self::segment::segment_of;
use self::streams::{Stream, Streams, TlsStream};
use super::terminal::{Terminal, subjects};
use crate::config::InspectArgs;
use crate::output::print;

/// Bytes of a key log at the most.
const KEY_LOG: u64 = 256 << 20;

/// What was found in a file.
#[derive(Serialize)]
struct Report {
    handshakes: Vec<Found>,
}

/// One handshake.
#[derive(Serialize)]
struct Found {
    client: String,
    server: String,
    opened: String,
    handshake: LegHandshake,
    /// The name that the chain was judged by.
    name: Option<String>,
    /// None where no chain is to be seen.
    verdict: Option<Verdict>,
}

/// Tells the handshakes in a capture file, and judges the chains in them. Success means that there was one.
pub(super) fn inspect(
    path: &Path,
    key_log: Option<&Path>,
    judge: &Judge,
    args: &InspectArgs,
) -> anyhow::Result<ExitCode> {
    let mut keys = KeyLines::default();
    if let Some(path) = key_log {
        let read = File::open(path).and_then(|file| {
            let mut text = String::new();
            file.take(KEY_LOG).read_to_string(&mut text).map(|_| text)
        });
        keys.add(&read.with_context(|| format!("the key log {} can't be read", path.display()))?);
    }
    let mut streams = Streams::default();
    let file = File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    file::read(file, |piece| match piece {
        Piece::Packet { at_us, link, bytes } => {
            if let Some(segment) = segment_of(link, bytes) {
                streams.feed(at_us, &segment);
            }
        }
        Piece::KeyLog(text) => keys.add(&String::from_utf8_lossy(text)),
    })
    .with_context(|| format!("{} can't be read", path.display()))?;
    let found = streams
        .iter()
        .filter_map(|stream| Some(find(stream, &stream.tls()?, &keys, judge)));
    let report = Report {
        handshakes: found.collect(),
    };
    if report.handshakes.is_empty() {
        anyhow::bail!("there is no TLS handshake in {}", path.display());
    }
    print(|out| {
        if args.json {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            return writeln!(out);
        }
        tell(&report, &Terminal::new(args.bytes), out)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn tell(report: &Report, terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
    for (at, found) in report.handshakes.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let name = found.handshake.handshake.facts.server_name.as_deref();
        terminal.heading(&found.client, &found.server, name, &found.opened, out)?;
        terminal.facts(&found.handshake, out)?;
        terminal.handshake(&found.handshake, &[], Party::Client, out)?;
        if let (Some(name), Some(verdict)) = (&found.name, &found.verdict) {
            terminal.verdict(name, verdict, &subjects(Some(&found.handshake)), out)?;
        }
    }
    Ok(())
}

fn find(stream: &Stream, tls: &TlsStream<'_>, keys: &KeyLines, judge: &Judge) -> Found {
    let chunks = tls.chunks.iter().map(|&(is_client, at_us, bytes)| Chunk {
        side: if is_client { Side::Client } else { Side::Server },
        at_us,
        bytes,
    });
    let captured = Captured {
        chunks: chunks.collect(),
        late: Vec::new(),
        secrets: keys.secrets_of(tls),
    };
    let handshake = dissect_in_full(&captured, Parties::DIRECT);
    let judged = judged::judge(judge, &handshake, tls.server.ip(), stream.opened_us);
    let (name, verdict) = judged.unzip();
    Found {
        name,
        verdict,
        client: tls.client.to_string(),
        server: tls.server.to_string(),
        opened: Timestamp::from_micros(i64::try_from(stream.opened_us).unwrap_or_default()).to_string(),
        handshake: LegHandshake {
            handshake,
            truncated: stream.truncated,
            tcp_rtt_us: None,
            address: Some(tls.server.to_string()),
        },
    }
}

/// The lines of key logs, by client random.
#[derive(Default)]
struct KeyLines(HashMap<String, String>);

impl KeyLines {
    fn add(&mut self, text: &str) {
        for line in text.lines() {
            if let Some(random) = line.split_ascii_whitespace().nth(1) {
                let lines = self.0.entry(random.to_ascii_lowercase()).or_default();
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }

    /// The secrets of a connection, known by the random of its ClientHello.
    fn secrets_of(&self, tls: &TlsStream<'_>) -> Secrets {
        let mut reader = HelloReader::new();
        let sent = tls.chunks.iter().filter(|chunk| chunk.0);
        for (_, _, bytes) in sent {
            match reader.feed(bytes) {
                Ok(Some(hello)) => {
                    let random: String = hello.random.iter().map(|byte| format!("{byte:02x}")).collect();
                    return self
                        .0
                        .get(&random)
                        .map_or_else(Secrets::new, |lines| Secrets::parse_key_log(lines, &hello.random));
                }
                Ok(None) => {}
                Err(_) => break,
            }
        }
        Secrets::new()
    }
}
