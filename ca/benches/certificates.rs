//! What certificates cost a connection: minting a leaf for a new host (the aim is under 100 us), finding it again,
//! and judging an origin's chain anew and again.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use ca::{Judge, LeafRequest, Minter, Presented, Root, Roots};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

/// A root, an intermediate and a server below it, all P-256.
struct Origin {
    root_pem: String,
    chain: Vec<CertificateDer<'static>>,
}

fn origin() -> Origin {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let new_key = || KeyPair::generate().expect("a key");
    let (root_key, middle_key, key) = (new_key(), new_key(), new_key());
    let root = authority("Root").self_signed(&root_key).expect("a root");
    let root_issuer = Issuer::new(authority("Root"), &root_key);
    let middle = authority("Middle")
        .signed_by(&middle_key, &root_issuer)
        .expect("an intermediate");
    let names = ["example.com", "*.example.com", "example.net", "www.example.net"].map(str::to_owned);
    let mut params = CertificateParams::new(names).expect("names");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf = params
        .signed_by(&key, &Issuer::new(authority("Middle"), &middle_key))
        .expect("a leaf");
    Origin {
        root_pem: root.pem(),
        chain: vec![leaf.into(), middle.into()],
    }
}

/// What an origin may present to keep a judge busy: a server below ten authorities that certify each other.
fn crowd() -> Vec<CertificateDer<'static>> {
    let keys: Vec<KeyPair> = (0..10).map(|_| KeyPair::generate().expect("a key")).collect();
    let params = || {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Node");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let issuers = || keys.iter().map(|key| Issuer::new(params(), key));
    let server = CertificateParams::new(["example.com".to_owned()]).expect("names");
    let leaf = issuers().next().map(|issuer| {
        let key = KeyPair::generate().expect("a key");
        server.signed_by(&key, &issuer).expect("a leaf").into()
    });
    let nodes = issuers().flat_map(|issuer| {
        let sign = move |key| params().signed_by(key, &issuer).expect("an authority").into();
        keys.iter().map(sign)
    });
    leaf.into_iter().chain(nodes).collect()
}

fn minting(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let root = Arc::new(Root::load_or_make(&dir.path().join("root")).expect("a root"));
    let minter = Minter::new(root).expect("a minter");
    let origin = origin();
    let mut number = 0_u64;
    let mut new_host = || {
        number += 1;
        format!("host-{number}.example.com")
    };
    criterion.bench_function("mint a leaf for a new host", |bencher| {
        let mint = |host: String| minter.leaf(LeafRequest::new(&host)).expect("a leaf");
        bencher.iter_batched(&mut new_host, mint, BatchSize::SmallInput);
    });
    criterion.bench_function("mint a leaf for a new host, names mirrored", |bencher| {
        let mint = |host: String| {
            let request = LeafRequest {
                mirror: Some(&origin.chain[0]),
                ..LeafRequest::new(&host)
            };
            minter.leaf(request).expect("a leaf")
        };
        bencher.iter_batched(&mut new_host, mint, BatchSize::SmallInput);
    });
    criterion.bench_function("find a leaf again", |bencher| {
        let request = LeafRequest {
            mirror: Some(&origin.chain[0]),
            ..LeafRequest::new("www.example.com")
        };
        bencher.iter(|| minter.leaf(black_box(request)).expect("a leaf"));
    });
}

fn judging(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let own = Root::load_or_make(&dir.path().join("root")).expect("a root");
    let origin = origin();
    let extra: PathBuf = dir.path().join("extra.pem");
    std::fs::write(&extra, &origin.root_pem).expect("a file");
    let new_judge = || {
        let roots = Roots::load(
            false,
            std::slice::from_ref(&extra),
            std::slice::from_ref(own.certificate_der()),
        )
        .expect("roots");
        Judge::new(roots)
    };
    let name = ServerName::try_from("example.com").expect("a name");
    let now = UnixTime::now();
    criterion.bench_function("judge a chain anew", |bencher| {
        let judge = |judge: Judge| judge.judge_chain(&Presented::new(&origin.chain), &name, now);
        bencher.iter_batched(new_judge, judge, BatchSize::SmallInput);
    });
    criterion.bench_function("judge a chain anew that is for another name", |bencher| {
        let judge = new_judge();
        let other = ServerName::try_from("example.org").expect("a name");
        bencher.iter(|| judge.judge_chain(&Presented::new(black_box(&origin.chain)), &other, now));
    });
    criterion.bench_function(
        "judge a hundred certificates, each the issuer of each",
        |bencher| {
            let judge = new_judge();
            let crowd = crowd();
            bencher.iter(|| judge.judge_chain(&Presented::new(black_box(&crowd)), &name, now));
        },
    );
    criterion.bench_function("judge the same chain again", |bencher| {
        let judge = new_judge();
        assert!(
            judge
                .judge_chain(&Presented::new(&origin.chain), &name, now)
                .is_trusted()
        );
        bencher.iter(|| judge.judge_chain(&Presented::new(black_box(&origin.chain)), &name, now));
    });
}

criterion_group!(benches, minting, judging);
criterion_main!(benches);
