//! What recording costs: the writer's CPU time for a small exchange, for a connection's handshakes and certificates,
//! and for bulk, and the memory that a hundred thousand exchanges leave behind. Linux only: it reads both from /proc.
//!
//! `cargo bench -p capture`

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use capture::{
    Certificate, CertificateColumn, CertificateFilter, CertificateQuery, CertificateSummary, Check,
    CheckOutcome, Chunk, Connection, Decision, Door, Event, EventSender, Exchange, ExchangeState, Fields,
    From, LegHandshake, LegName, PathPlace, Query, RawHead, RequestHead, ResponseHead, Side, SqliteStore,
    Store, StoreOptions, Target, Timestamp, Timings, TlsRole, Verdict, Version, WhenBehind, channel,
};

type Error = Box<dyn std::error::Error>;

const EXCHANGES: u64 = 100_000;

fn main() -> Result<(), Error> {
    let body = Bytes::from(vec![b'x'; 700]);
    measure_exchanges("small exchanges", Some(&body), 8 << 30)?;
    measure_exchanges("without bodies", None, 8 << 30)?;
    measure_exchanges("in a full store", Some(&body), 64 << 20)?;
    measure_handshakes()?;
    measure_certificates()?;
    // A guest's memory costs its host something when it is touched for the first time: once for the host, once
    // for the measure.
    measure_bulk("bulk, cold")?;
    measure_bulk("bulk")
}

/// Connections that carry nothing, without their handshakes and with both, of the usual lengths.
fn measure_handshakes() -> Result<(), Error> {
    const CONNECTIONS: u64 = 20_000;
    let leg = |sent: usize, answered: usize| {
        let chunk = |from, at_us, length| Chunk {
            from,
            at_us,
            bytes: Bytes::from(vec![22; length]),
        };
        Arc::new(LegHandshake {
            chunks: vec![
                chunk(TlsRole::Client, 100, sent),
                chunk(TlsRole::Server, 9000, answered),
                chunk(TlsRole::Client, 9500, 80),
            ],
            ..LegHandshake::default()
        })
    };
    let legs = [
        (LegName::Client, leg(1500, 1300)),
        (LegName::Origin, leg(1500, 4500)),
    ];
    let mut without = 0.0;
    for with in [false, true] {
        let dir = tempfile::tempdir()?;
        let (store, spent, _) = record(dir.path(), 8 << 30, |sender| {
            for _ in 0..CONNECTIONS {
                let mut connection = new_connection();
                send(sender, Event::Connection(Arc::new(connection.clone())));
                for (leg, handshake) in legs.iter().filter(|_| with) {
                    let told = Event::Handshake {
                        connection: connection.id,
                        leg: *leg,
                        handshake: handshake.clone(),
                    };
                    send(sender, told);
                }
                connection.closed = Some(Timestamp::now());
                send(sender, Event::Connection(Arc::new(connection)));
            }
        })?;
        let each = spent / 1e3 / CONNECTIONS as f64;
        if with {
            println!(
                "handshakes: {:.1} us of CPU for both of a connection, {:.0} bytes on disk",
                each - without,
                store.status().bytes as f64 / CONNECTIONS as f64
            );
        }
        without = each;
    }
    Ok(())
}

/// Connections of fifty hosts, told three times each, with nothing seen of certificates and with all that a good
/// chain brings: three certificates, what we mint, and a verdict of twenty checks.
fn measure_certificates() -> Result<(), Error> {
    const CONNECTIONS: u64 = 20_000;
    const HOSTS: u64 = 50;
    let chains: Vec<Chain> = (0..HOSTS).map(Chain::new).collect();
    let mut without = 0.0;
    for what in ["nothing", "the same judgement", "a judgement made anew"] {
        let dir = tempfile::tempdir()?;
        let (store, spent, _) = record(dir.path(), 8 << 30, |sender| {
            for at in 0..CONNECTIONS {
                let chain = &chains[(at % HOSTS) as usize];
                let mut connection = new_connection();
                connection.sni = Some(chain.host.clone());
                send(sender, Event::Connection(Arc::new(connection.clone())));
                if what != "nothing" {
                    for certificate in &chain.certificates {
                        send(sender, Event::Certificate(certificate.clone()));
                    }
                    connection.minted = vec![chain.certificates[3].id];
                    connection.verdict = Some(match what {
                        "the same judgement" => chain.verdict.clone(),
                        _ => Arc::new(Verdict::clone(&chain.verdict)),
                    });
                }
                send(sender, Event::Connection(Arc::new(connection.clone())));
                connection.closed = Some(Timestamp::now());
                send(sender, Event::Connection(Arc::new(connection)));
            }
        })?;
        let each = spent / 1e3 / CONNECTIONS as f64;
        if without == 0.0 {
            without = each;
            println!("connections: {each:.1} us of CPU each");
            continue;
        }
        let begun = Instant::now();
        store.certificates(&CertificateQuery {
            filter: CertificateFilter::default(),
            role: None,
            sort: CertificateColumn::Expiry,
            descending: false,
            offset: 0,
            limit: 100,
            now: Timestamp::now(),
        })?;
        println!(
            "certificates, {what}: {:.1} us of CPU a connection, {:.0} bytes on disk, all listed in {} ms",
            each - without,
            store.status().bytes as f64 / CONNECTIONS as f64,
            begun.elapsed().as_millis()
        );
    }
    Ok(())
}

/// What one host shows.
struct Chain {
    host: String,
    /// Leaf, intermediate, root, and our leaf.
    certificates: [Arc<Certificate>; 4],
    verdict: Arc<Verdict>,
}

impl Chain {
    fn new(at: u64) -> Self {
        let host = format!("host{at}.example.com");
        let certificate = |subject: &str, length: usize| {
            let summary = CertificateSummary {
                subject: format!("CN={subject}"),
                ..CertificateSummary::default()
            };
            let der = [subject.as_bytes(), &vec![48; length]].concat();
            Arc::new(Certificate::new(der.into(), summary))
        };
        let certificates = [
            certificate(&host, 1100),
            certificate("intermediate", 1300),
            certificate("root", 1400),
            certificate(&format!("minted {host}"), 600),
        ];
        let check = |check: usize| Check {
            name: format!("check_{check}"),
            outcome: CheckOutcome::Pass,
            evidence: format!(
                "the {check} of {host} is as it should be: a sentence of the usual length that tells why"
            ),
            certificate: Some(certificates[0].id),
        };
        let place = |at: usize| PathPlace {
            id: certificates[at].id,
            source: PathPlace::PRESENTED.to_owned(),
        };
        let verdict = Verdict {
            text: "the chain is good".to_owned(),
            presented: vec![certificates[0].id, certificates[1].id],
            path: (0..3).map(place).collect(),
            checks: (0..20).map(check).collect(),
            ..Verdict::new(Decision::Trusted)
        };
        Self {
            verdict: Arc::new(verdict),
            host,
            certificates,
        }
    }
}

/// Exchanges of the usual head, with this body on each side, a hundred to a connection.
fn measure_exchanges(name: &str, body: Option<&Bytes>, max_bytes: u64) -> Result<(), Error> {
    let dir = tempfile::tempdir()?;
    let before = resident()?;
    let (store, spent, took) = record(dir.path(), max_bytes, |sender| {
        let mut connection = new_connection();
        for at in 0..EXCHANGES {
            if at % 100 == 0 {
                connection.closed = Some(Timestamp::now());
                send(sender, Event::Connection(Arc::new(connection)));
                connection = new_connection();
                send(sender, Event::Connection(Arc::new(connection.clone())));
            }
            send_exchange(sender, &connection, at, body);
        }
    })?;
    let status = store.status();
    println!(
        "{name}: {:.1} us of CPU an exchange, {:.0} exchanges a second, {:.0} bytes on disk each, {} evicted, {} KiB more resident",
        spent / 1e3 / EXCHANGES as f64,
        EXCHANGES as f64 / took,
        status.bytes as f64 / status.exchanges as f64,
        status.evicted,
        resident()?.saturating_sub(before) / 1024
    );
    for filter in ["status:200", "host:example -path:/none", "nowhere-to-be-found"] {
        let begun = Instant::now();
        store.exchanges(&Query {
            filter: filter.parse()?,
            from: From::End,
            limit: 100,
            ..Query::default()
        })?;
        println!("    first window of {filter}: {} ms", begun.elapsed().as_millis());
    }
    println!(
        "    with these lists {} KiB more resident",
        resident()?.saturating_sub(before) / 1024
    );
    Ok(())
}

/// One body of a gigabyte in pieces as a relay sends them.
fn measure_bulk(name: &str) -> Result<(), Error> {
    let dir = tempfile::tempdir()?;
    let chunk = Bytes::from(vec![b'x'; 16 * 1024]);
    let chunks = 64 * 1024;
    let (_, spent, took) = record(dir.path(), 8 << 30, |sender| {
        let connection = new_connection();
        send(sender, Event::Connection(Arc::new(connection.clone())));
        let exchange = open(&connection, 0);
        send(sender, Event::Exchange(Arc::new(exchange.clone())));
        for _ in 0..chunks {
            send(
                sender,
                Event::Body {
                    exchange: exchange.id,
                    side: Side::Response,
                    bytes: chunk.clone(),
                    at_us: None,
                },
            );
        }
        send(sender, Event::Exchange(Arc::new(done(&exchange))));
    })?;
    let megabytes = f64::from(chunks) * chunk.len() as f64 / 1e6;
    println!(
        "{name}: {:.2} ms of CPU a 10 MB, {:.0} MB/s",
        spent / 1e6 / megabytes * 10.0,
        megabytes / took
    );
    Ok(())
}

/// Runs a writer while `send` sends. Returns the store, the nanoseconds of CPU that the writer spent, and the
/// seconds that it took.
fn record(
    dir: &Path,
    max_bytes: u64,
    send: impl FnOnce(&EventSender),
) -> Result<(SqliteStore, f64, f64), Error> {
    let options = StoreOptions {
        max_bytes,
        max_body_bytes: 2 << 30,
    };
    let (store, writer) = SqliteStore::open(dir, options)?;
    let (sender, receiver) = channel(2 << 20, WhenBehind::Wait);
    let begun = Instant::now();
    let writing = std::thread::spawn(move || {
        writer.run(receiver);
        fs::read_to_string("/proc/thread-self/schedstat")
    });
    send(&sender);
    drop(sender);
    let spent = writing.join().map_err(|_| "the writer panicked")??;
    let spent = spent.split(' ').next().unwrap_or_default().parse()?;
    Ok((store, spent, begun.elapsed().as_secs_f64()))
}

fn send(sender: &EventSender, event: Event) {
    // The bench's own thread may wait as a relay's task would.
    if let Err(no_room) = sender.try_send(event) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(no_room.send());
        }
    }
}

fn send_exchange(sender: &EventSender, connection: &Connection, at: u64, body: Option<&Bytes>) {
    let open = open(connection, at);
    let id = open.id;
    let done = done(&open);
    let answered = Exchange {
        state: ExchangeState::Open,
        ..done.clone()
    };
    let bodies = |side| {
        body.map(|bytes| Event::Body {
            exchange: id,
            side,
            bytes: bytes.clone(),
            at_us: None,
        })
    };
    send(sender, Event::Exchange(Arc::new(open)));
    bodies(Side::Request)
        .into_iter()
        .for_each(|event| send(sender, event));
    send(sender, Event::Exchange(Arc::new(answered)));
    bodies(Side::Response)
        .into_iter()
        .for_each(|event| send(sender, event));
    send(sender, Event::Exchange(Arc::new(done)));
}

fn new_connection() -> Connection {
    let mut connection = Connection::new(Door::Connect, ([127, 0, 0, 1], 50_000).into());
    connection.target = Some(Target {
        host: "api.example.com".into(),
        port: 443,
    });
    connection
}

fn open(connection: &Connection, at: u64) -> Exchange {
    let fields: [(&[u8], &[u8]); 9] = [
        (b"Host", b"api.example.com"),
        (
            b"User-Agent",
            b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ),
        (
            b"Accept",
            b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ),
        (b"Accept-Language", b"en-US,en;q=0.5"),
        (b"Accept-Encoding", b"gzip, deflate, br, zstd"),
        (b"Referer", b"https://www.example.com/a/page/that/links/here"),
        (
            b"Cookie",
            b"session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes",
        ),
        (b"Sec-Fetch-Mode", b"cors"),
        (b"Sec-Fetch-Site", b"same-site"),
    ];
    Exchange::new(
        connection.id,
        RequestHead {
            method: "POST".into(),
            scheme: "https",
            host: "api.example.com".into(),
            port: 443,
            path: format!("/v1/items/{at}?expand=owner").into(),
            version: Version::Http2,
            fields: Fields::pack(fields),
            raw: RawHead::Unknown,
        },
        Timestamp::now(),
    )
}

fn done(open: &Exchange) -> Exchange {
    let fields: [(&[u8], &[u8]); 7] = [
        (b"Content-Type", b"application/json; charset=utf-8"),
        (b"Content-Length", b"700"),
        (b"Date", b"Sat, 21 Nov 2026 08:00:00 GMT"),
        (b"Server", b"nginx"),
        (b"Cache-Control", b"no-store, max-age=0"),
        (
            b"Strict-Transport-Security",
            b"max-age=31536000; includeSubDomains",
        ),
        (b"X-Request-Id", b"0123456789abcdef0123456789abcdef"),
    ];
    Exchange {
        response: Some(ResponseHead {
            status: 200,
            version: Version::Http2,
            reason: None,
            fields: Fields::pack(fields),
            made_here: false,
            raw: RawHead::Unknown,
        }),
        request_bytes: 700,
        response_bytes: 700,
        timings: Timings {
            request_sent_us: Some(40),
            request_end_us: Some(60),
            response_head_us: Some(2_000),
            end_us: Some(2_500),
        },
        state: ExchangeState::Done,
        ..open.clone()
    }
}

/// Bytes of this process that are resident.
fn resident() -> Result<u64, Error> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
