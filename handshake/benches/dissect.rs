//! What it costs to dissect both legs of a connection: the aim is less than 100 microseconds. For somebody who looks at
//! them, certificates are opened and signatures checked besides.
//!
//! `cargo bench -p handshake`

#[allow(dead_code, clippy::unwrap_used, reason = "the tests use more of it")]
#[path = "../tests/it/fixture.rs"]
mod fixture;

use criterion::{Criterion, criterion_group, criterion_main};
use fixture::Fixture;
use handshake::{Parties, Secrets, certificate, dissect, dissect_in_full};

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

fn both_legs(criterion: &mut Criterion) {
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
        criterion.bench_function(what, |bencher| {
            bencher.iter(|| {
                legs.each_ref()
                    .map(|(fixture, parties, secrets)| dissect(&fixture.captured(secrets.clone()), *parties))
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

fn one_certificate(criterion: &mut Criterion) {
    let handshake = Fixture::load("openssl-tls13").dissect();
    let chain = handshake.presented_certificates();
    criterion.bench_function("a certificate", |bencher| {
        bencher.iter(|| certificate(&chain[0]));
    });
}

criterion_group!(benches, both_legs, one_certificate);
criterion_main!(benches);
