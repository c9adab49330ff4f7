//! Certificates and verdicts: kept once however many connections saw them, as long as one of those is kept.

mod judged;
mod lists;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use capture::{
    Alternative, Certificate, CertificateColumn, CertificateFilter, CertificateId, CertificateQuery,
    CertificateRow, CertificateSummary, Check, CheckOutcome, Connection, Decision, Event, From, Page,
    PathPlace, Query, Role, SqliteStore, Store, StoreOptions, Timestamp, Verdict,
};

use crate::lab::{Lab, MIB, ROOMY, connection, get, paths, pattern};

const NOW: i64 = 1_795_251_345;

/// What one host presents, what is built of it, and what we present in its stead.
#[derive(Clone)]
pub(crate) struct Chain {
    leaf: Arc<Certificate>,
    intermediate: Arc<Certificate>,
    root: Arc<Certificate>,
    minted: Arc<Certificate>,
    verdict: Arc<Verdict>,
}

fn certificate(subject: &str, issuer: &str, days_left: i64, length: usize) -> Arc<Certificate> {
    let mut der = format!("{subject}, by {issuer}, {days_left}").into_bytes();
    der.extend(pattern(subject.len(), length));
    let summary = CertificateSummary {
        subject: subject.into(),
        issuer: issuer.into(),
        not_after: NOW + days_left * 86_400,
        key: "EC P-256".into(),
        ..CertificateSummary::default()
    };
    Arc::new(Certificate::new(Bytes::from(der), summary))
}

impl Chain {
    pub(crate) fn of(host: &str) -> Self {
        Self::with(host, 60, 900)
    }

    fn with(host: &str, days_left: i64, length: usize) -> Self {
        let leaf = certificate(host, "Between", days_left, length);
        let intermediate = certificate("Between", "Top", 900, 1200);
        let root = certificate("Top", "Top", 9000, 1100);
        let place = |of: &Arc<Certificate>, source: &str| PathPlace {
            id: of.id,
            source: source.into(),
        };
        let verdict = Verdict {
            text: "the chain is good".into(),
            presented: vec![leaf.id, intermediate.id],
            path: vec![
                place(&leaf, PathPlace::PRESENTED),
                place(&intermediate, PathPlace::PRESENTED),
                place(&root, "system"),
            ],
            checks: vec![
                check("path", CheckOutcome::Pass),
                check("lifetime", CheckOutcome::Warn),
                check("sct", CheckOutcome::NotChecked),
            ],
            ..Verdict::new(Decision::Trusted)
        };
        Self {
            minted: certificate(host, "Handlens", days_left, length),
            verdict: Arc::new(verdict),
            leaf,
            intermediate,
            root,
        }
    }

    /// Tells the certificates, and then the connection with all that it saw.
    pub(crate) fn tell(&self, lab: &Lab, connection: &mut Connection) {
        for certificate in [&self.leaf, &self.intermediate, &self.root, &self.minted] {
            lab.send(Event::Certificate(certificate.clone()));
        }
        // Another piece of memory, as another handshake makes it.
        connection.verdict = Some(Arc::new((*self.verdict).clone()));
        connection.minted = vec![self.minted.id];
        lab.connect(connection);
    }

    /// Tells a connection of this host that is over.
    fn seen(&self, lab: &Lab, host: &str) -> Connection {
        let mut connection = connection(host);
        connection.closed = Some(connection.opened);
        self.tell(lab, &mut connection);
        connection
    }
}

fn check(name: &str, outcome: CheckOutcome) -> Check {
    Check {
        name: name.into(),
        outcome,
        evidence: format!("evidence of the {name}"),
        certificate: None,
    }
}

pub(crate) fn everything() -> CertificateQuery {
    CertificateQuery {
        filter: CertificateFilter::default(),
        role: None,
        sort: CertificateColumn::Expiry,
        descending: false,
        offset: 0,
        limit: 100,
        now: Timestamp::from_micros(NOW * 1_000_000),
    }
}

fn certificates(store: &SqliteStore, filter: &str) -> Page<CertificateRow> {
    let filter = filter.parse().unwrap();
    store
        .certificates(&CertificateQuery {
            filter,
            ..everything()
        })
        .unwrap()
}

fn subjects(store: &SqliteStore, query: &CertificateQuery) -> Vec<String> {
    let items = store.certificates(query).unwrap().items;
    items.into_iter().map(|row| row.summary.subject).collect()
}

/// Asks the database itself.
fn count(dir: &Path, sql: &str) -> i64 {
    let db = rusqlite::Connection::open(dir.join("capture.db")).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Nothing is kept that nothing names, and every count is right.
fn assert_in_order(dir: &Path) {
    for (what, sql) in [
        (
            "certificates that no sighting names",
            "SELECT count(*) FROM certificate WHERE id NOT IN (SELECT certificate FROM role)",
        ),
        (
            "roles of no sighting",
            "SELECT count(*) FROM role WHERE sighting NOT IN (SELECT number FROM sighting)",
        ),
        (
            "verdicts of no sighting",
            "SELECT count(*) FROM verdict WHERE number NOT IN (SELECT verdict FROM sighting)",
        ),
        (
            "sightings with a wrong count",
            "SELECT count(*) FROM sighting s WHERE connections != \
             (SELECT count(*) FROM connection c WHERE c.sighting = s.number)",
        ),
        (
            "connections whose sighting is not there",
            "SELECT count(*) FROM connection WHERE sighting NOT IN (SELECT number FROM sighting)",
        ),
    ] {
        assert_eq!(count(dir, sql), 0, "{what}");
    }
}

#[test]
fn what_many_connections_saw_is_kept_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let chain = Chain::of("example.com");
    let mut last = None;
    for at in 0..300 {
        let host = ["a.example.com", "b.example.com", "c.example.com"][at % 3];
        last = Some(chain.seen(&lab, host));
    }
    let last = last.unwrap();
    lab.settle();
    assert_eq!(*lab.store.connection(last.id).unwrap().unwrap().1, last);
    assert_eq!(
        lab.store.certificate(chain.root.id).unwrap().as_ref(),
        Some(&*chain.root)
    );
    assert!(lab.store.certificate(CertificateId::of(b"")).unwrap().is_none());

    let query = Query {
        from: From::Offset(0),
        limit: 1,
        ..Query::default()
    };
    let (_, listed) = lab.store.connections(&query).unwrap().items.remove(0);
    assert_eq!(listed.verdict.as_deref(), Some(&chain.verdict.brief()));
    assert!(listed.minted.is_empty());

    let page = certificates(&lab.store, "");
    assert_eq!((page.total, page.matched, page.items.len()), (4, 4, 4));
    let leaf = &certificates(&lab.store, "role:leaf").items[0];
    assert_eq!(leaf.id, chain.leaf.id);
    assert_eq!(
        leaf.hosts,
        ["c.example.com", "b.example.com", "a.example.com"],
        "the latest first"
    );
    assert_eq!((leaf.host_count, leaf.connections), (3, 300));
    assert_eq!(leaf.last_seen, last.opened);
    assert!(leaf.first_seen < leaf.last_seen);
    lab.close();

    let tables = ["certificate", "verdict", "sighting"];
    let counts = tables.map(|table| count(dir.path(), &format!("SELECT count(*) FROM {table}")));
    assert_eq!(counts, [4, 1, 3]);
    let repeated = "SELECT count(*) FROM connection WHERE whole LIKE '%evidence%'";
    assert_eq!(
        count(dir.path(), repeated),
        0,
        "connections do not repeat the checks"
    );
    assert_in_order(dir.path());
}

#[test]
fn an_open_connection_is_told_with_its_certificates_and_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let chain = Chain::of("example.com");
    let mut open = connection("example.com");
    lab.connect(&open);
    lab.settle();
    chain.tell(&lab, &mut open);
    lab.settle();
    assert_eq!(*lab.store.connection(open.id).unwrap().unwrap().1, open);
    assert_eq!(certificates(&lab.store, "").total, 4);
    lab.close();

    let mut lab = Lab::open(dir.path(), ROOMY);
    let (_, ended) = lab.store.connection(open.id).unwrap().unwrap();
    assert!(ended.closed.is_some());
    assert_eq!((&ended.verdict, &ended.minted), (&open.verdict, &open.minted));
    // The sighting of before is gone on with.
    chain.seen(&lab, "example.com");
    lab.settle();
    assert_eq!(certificates(&lab.store, "role:minted").items[0].connections, 2);
    lab.close();
    assert_in_order(dir.path());
}

#[test]
fn a_connection_that_comes_to_another_verdict_counts_there_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut told = connection("example.com");
    Chain::of("example.com").tell(&lab, &mut told);
    lab.settle();
    let renewed = Chain::with("example.com", 90, 900);
    renewed.tell(&lab, &mut told);
    lab.settle();
    assert_eq!(
        lab.store.connection(told.id).unwrap().unwrap().1.verdict,
        told.verdict
    );
    let leaf = &certificates(&lab.store, "role:leaf").items[..];
    assert_eq!(
        leaf.iter().map(|row| row.id).collect::<Vec<_>>(),
        [renewed.leaf.id]
    );
    lab.close();
    assert_eq!(count(dir.path(), "SELECT count(*) FROM sighting"), 1);
    assert_in_order(dir.path());
}

#[test]
fn certificates_count_in_the_bound_and_go_with_the_last_connection_that_saw_them() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_bytes: 16 * MIB,
        max_body_bytes: MIB,
    };
    let mut lab = Lab::open(dir.path(), options);
    let first = Chain::with("host0.example", 60, 10_000);
    for at in 0..1500 {
        let host = format!("host{at}.example");
        Chain::with(&host, 60, 10_000).seen(&lab, &host);
    }
    lab.settle();
    let status = lab.store.status();
    assert!(status.connections < 1200, "{status:?}");
    assert!(status.bytes <= options.max_bytes, "{status:?}");
    assert!(status.connections > 300, "no more went than had to: {status:?}");
    assert!(lab.store.certificate(first.leaf.id).unwrap().is_none());
    assert!(lab.store.history("host0.example").unwrap().is_empty());
    let shared = &certificates(&lab.store, "subject:between").items[0];
    // The sign that all is written has seen nothing.
    assert_eq!(shared.connections, lab.store.status().connections - 1);
    assert_eq!(shared.hosts.len(), CertificateRow::HOSTS);

    // Told again, what went is kept again.
    first.seen(&lab, "host0.example");
    lab.settle();
    assert!(lab.store.certificate(first.leaf.id).unwrap().is_some());
    lab.close();
    assert_in_order(dir.path());
}

#[test]
fn a_clearing_hides_certificates_at_once_and_its_undoing_brings_them_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let chain = Chain::of("example.com");
    for path in ["/cleared", "/stays"] {
        let connection = chain.seen(&lab, "example.com");
        lab.exchange(&get(&connection, path), [b"", b""]);
    }
    lab.settle();
    lab.store.clear(&"path:/cleared".parse().unwrap()).unwrap();
    assert_eq!(certificates(&lab.store, "role:leaf").items[0].connections, 1);
    let rest = lab.store.clear(&"path:/stays".parse().unwrap()).unwrap();
    assert_eq!(certificates(&lab.store, "").total, 0);
    assert!(lab.store.sightings(chain.leaf.id).unwrap().is_empty());
    assert!(lab.store.history("example.com").unwrap().is_empty());
    assert!(lab.store.undo_clear(rest.ticket).unwrap());
    assert_eq!(certificates(&lab.store, "").total, 4);
    assert_eq!(lab.store.sightings(chain.leaf.id).unwrap()[0].connections, 1);
    lab.store.clear(&"".parse().unwrap()).unwrap();
    lab.close();

    // A restart carries the clearings out.
    let mut lab = Lab::open(dir.path(), ROOMY);
    let sightings = "SELECT count(*) FROM sighting";
    lab.wait_for(|_| count(dir.path(), sightings) == 0);
    assert_eq!(count(dir.path(), "SELECT count(*) FROM certificate"), 0);
    chain.seen(&lab, "example.com");
    lab.settle();
    assert_eq!(certificates(&lab.store, "").total, 4);
    lab.close();
    assert_in_order(dir.path());
}

#[test]
fn a_host_whose_certificate_changed_shows_its_history() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let chains = [60, 90, 60].map(|days_left| Chain::with("example.com", days_left, 900));
    let [first, second, again] = chains.each_ref().map(|chain| chain.seen(&lab, "example.com"));
    chains[1].seen(&lab, "other.example");
    lab.settle();
    let history = lab.store.history("example.com").unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|leaf| (leaf.id, leaf.first_seen, leaf.last_seen))
        .collect();
    assert_eq!(
        told,
        [
            (chains[0].leaf.id, first.opened, again.opened),
            (chains[1].leaf.id, second.opened, second.opened),
        ]
    );
    assert_eq!(history[0].summary.as_ref(), Some(&chains[0].leaf.summary));
    let sightings = lab.store.sightings(chains[1].leaf.id).unwrap();
    let hosts: Vec<_> = sightings
        .iter()
        .map(|of| (of.host.as_str(), of.connections))
        .collect();
    assert_eq!(hosts, [("other.example", 1), ("example.com", 1)]);
    assert_eq!(sightings[0].roles, [Role::Leaf]);
    assert!(lab.store.history("nowhere.example").unwrap().is_empty());
    lab.close();
}

#[test]
fn an_origins_own_that_was_presented_twice_is_no_intermediate() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut chain = Chain::of("example.com");
    Arc::make_mut(&mut chain.verdict)
        .presented
        .insert(1, chain.leaf.id);
    chain.seen(&lab, "example.com");
    lab.settle();
    let roles = |of: &Certificate| lab.store.sightings(of.id).unwrap()[0].roles.clone();
    assert_eq!(roles(&chain.leaf), [Role::Leaf]);
    assert_eq!(roles(&chain.intermediate), [Role::Intermediate]);
    lab.close();
}
