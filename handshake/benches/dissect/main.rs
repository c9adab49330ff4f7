//! What it costs to look at a connection. The aim is less than 100 microseconds of a processor's time for both legs.
//!
//! `cargo bench -p handshake`
//!
//! Two depths are measured. "Looked at" is what the dashboard asks for when the handshakes of a connection are opened:
//! both legs are dissected and compared. "In full" is what it asks for when one of their messages is opened, and what
//! `handlens inspect` always does: certificates are opened and signatures checked besides. Most of what that adds is the
//! work of RSA and of the curve.
//!
//! The allocator is the program's own, and the clock is that of the thread: what else the machine does is not counted.

#[allow(dead_code, clippy::unwrap_used, reason = "the tests use more of it")]
#[path = "../../tests/it/fixture.rs"]
mod fixture;

mod processor_time;

use criterion::{Criterion, criterion_group, criterion_main};
use fixture::Fixture;
use handshake::{Parties, Secrets, certificate, compare, dissect, dissect_in_full};
use processor_time::ProcessorTime;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The secrets that are kept when nobody asked for more.
fn kept(all: &Secrets) -> Secrets {
    let mut kept = Secrets::new();
    for label in [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_RANDOM",
    ] {
        if let Some(secret) = all.by_label(label) {
            kept.insert(label, secret);
        }
    }
    kept
}

fn both_legs(criterion: &mut Criterion<ProcessorTime>) {
    let pairs = [
        (
            "TLS 1.3 on both legs, a browser and a library",
            "chromium",
            "openssl-tls13",
        ),
        (
            "TLS 1.2 on both legs",
            "gnutls-tls12",
            "openssl-tls12-ecdhe-ecdsa",
        ),
        (
            "TLS 1.3 with a chain of 17 KB",
            "curl",
            "openssl-tls13-long-chain",
        ),
    ];
    for (what, client, origin) in pairs {
        let legs = [(client, Parties::CLIENT_LEG), (origin, Parties::ORIGIN_LEG)].map(|(name, parties)| {
            let fixture = Fixture::load(name);
            let secrets = kept(&fixture.secrets());
            (fixture, parties, secrets)
        });
        criterion.bench_function(&format!("{what}, looked at"), |bencher| {
            bencher.iter(|| {
                let [client, origin] = legs
                    .each_ref()
                    .map(|(fixture, parties, secrets)| dissect(&fixture.captured(secrets.clone()), *parties));
                let comparison = compare(&client, &origin);
                (client, origin, comparison)
            });
        });
        criterion.bench_function(&format!("{what}, in full"), |bencher| {
            bencher.iter(|| {
                legs.each_ref().map(|(fixture, parties, secrets)| {
                    dissect_in_full(&fixture.captured(secrets.clone()), *parties)
                })
            });
        });
    }
}

fn one_certificate(criterion: &mut Criterion<ProcessorTime>) {
    let handshake = Fixture::load("openssl-tls13").dissect();
    let chain = handshake.presented_certificates();
    criterion.bench_function("a certificate", |bencher| {
        bencher.iter(|| certificate(&chain[0]));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = both_legs, one_certificate
}
criterion_main!(benches);
