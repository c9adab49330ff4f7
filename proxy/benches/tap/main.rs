//! What it costs the relay to note a handshake: the bytes of real handshakes pass through a tap that notes them and tells
//! what was noted, and through one that has stepped aside. The difference is the price; afterwards there is none.
//!
//! `cargo bench -p proxy --bench tap`

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "the tests of the other crate use more of it"
)]
#[path = "../../../handshake/tests/it/fixture.rs"]
mod fixture;

use capture::TlsRole;
use criterion::{Criterion, criterion_group, criterion_main};
use fixture::Fixture;
use handshake::Side;
use proxy::measured::TappedHandshake;

#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn tapped(name: &str) -> TappedHandshake {
    let fixture = Fixture::load(name);
    let role = |side| match side {
        Side::Client => TlsRole::Client,
        Side::Server => TlsRole::Server,
    };
    let passed = fixture
        .chunks
        .iter()
        .map(|(side, _, bytes)| (role(*side), bytes.clone()));
    let kept = fixture.secrets();
    let secrets = [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_RANDOM",
    ]
    .into_iter()
    .filter_map(|label| Some((label.to_owned(), kept.by_label(label)?.to_vec())));
    TappedHandshake::new(passed.collect(), secrets.collect())
}

fn handshakes(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime of this thread");
    for (what, name) in [
        ("TLS 1.3", "openssl-tls13"),
        ("TLS 1.2", "openssl-tls12-ecdhe-ecdsa"),
        ("TLS 1.3 with a chain of 17 KB", "openssl-tls13-long-chain"),
    ] {
        for (noted, how) in [(true, "noted and told"), (false, "past a tap that stepped aside")] {
            let mut handshake = tapped(name);
            criterion.bench_function(&format!("{what}, {how}"), |bencher| {
                bencher.iter(|| runtime.block_on(handshake.pass(noted)));
            });
        }
    }
}

criterion_group!(benches, handshakes);
criterion_main!(benches);
