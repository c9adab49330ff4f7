//! Handshakes kept beside their connections.

use std::sync::Arc;

use bytes::Bytes;
use capture::{
    Chunk, Column, Connection, Ending, Event, From, Handshakes, Id, LateRecord, LegHandshake, LegName, Query,
    Secret, Sort, SqliteStore, Step, StepName, Store, StoreOptions, Timestamp, TlsParameters, TlsRole,
};

use crate::lab::{Lab, MIB, ROOMY, connection, get, list, paths};

pub(crate) fn handshake(bytes: usize) -> LegHandshake {
    LegHandshake {
        steps: vec![Step {
            name: StepName::Connect,
            start_us: 5,
            end_us: 9,
            text: Some("192.0.2.1:443".into()),
        }],
        chunks: vec![
            Chunk {
                from: TlsRole::Client,
                at_us: 10,
                bytes: Bytes::from(vec![22; bytes]),
            },
            Chunk {
                from: TlsRole::Server,
                at_us: 20,
                bytes: Bytes::from_static(b"answer"),
            },
        ],
        late: vec![late(30)],
        secrets: vec![Secret {
            label: "CLIENT_HANDSHAKE_TRAFFIC_SECRET".into(),
            bytes: Bytes::from_static(&[7; 32]),
        }],
        truncated: false,
        tcp_rtt_us: Some(40),
        resumes: Some(Id::new()),
        ending: Some(Ending::Reset(TlsRole::Server)),
    }
}

fn late(at_us: u64) -> LateRecord {
    LateRecord {
        from: TlsRole::Server,
        at_us,
        content_type: 22,
        bytes: Bytes::from_static(&[4, 0, 0, 0]),
    }
}

impl Lab {
    pub(crate) fn handshake(&self, connection: &Connection, leg: LegName, handshake: &LegHandshake) {
        self.send(Event::Handshake {
            connection: connection.id,
            leg,
            handshake: Arc::new(handshake.clone()),
        });
    }

    fn late(&self, connection: &Connection, leg: LegName, at_us: u64) {
        self.send(Event::Late {
            connection: connection.id,
            leg,
            record: late(at_us),
        });
    }
}

#[test]
fn both_legs_come_back_with_what_came_late_even_behind_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut told = connection("example.com");
    told.closed = None;
    lab.connect(&told);
    let (client, origin) = (handshake(100), handshake(200));
    lab.handshake(&told, LegName::Client, &client);
    lab.settle();
    assert_eq!(
        lab.store.handshakes(told.id).unwrap(),
        Handshakes {
            client: Some(client.clone()),
            origin: None
        }
    );
    lab.handshake(&told, LegName::Origin, &origin);
    lab.late(&told, LegName::Client, 31);
    lab.settle();
    told.closed = Some(Timestamp::now());
    lab.connect(&told);
    lab.settle();
    lab.late(&told, LegName::Client, 32);
    lab.settle();
    lab.close();

    let store = SqliteStore::open_read_only(dir.path()).unwrap();
    let mut whole = client;
    whole.late.extend([late(31), late(32)]);
    assert_eq!(
        store.handshakes(told.id).unwrap(),
        Handshakes {
            client: Some(whole),
            origin: Some(origin)
        }
    );
    assert_eq!(store.handshakes(Id::new()).unwrap(), Handshakes::default());
}

#[test]
fn a_handshake_goes_with_its_connection_and_counts_in_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_bytes: 16 * MIB,
        max_body_bytes: MIB,
    };
    let mut lab = Lab::open(dir.path(), options);
    let mut first = None;
    for _ in 0..300 {
        let mut told = connection("example.com");
        told.closed = Some(told.opened);
        first.get_or_insert(told.id);
        lab.connect(&told);
        lab.handshake(&told, LegName::Client, &handshake(50_000));
        lab.handshake(&told, LegName::Origin, &handshake(50_000));
    }
    lab.settle();
    lab.wait_for(|lab| lab.store.status().connections < 300);
    let status = lab.store.status();
    assert!(status.bytes <= options.max_bytes, "{status:?}");
    assert!(status.connections > 50, "no more went than had to: {status:?}");
    assert_eq!(
        lab.store.handshakes(first.unwrap()).unwrap(),
        Handshakes::default()
    );
    lab.close();
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let orphans = "WHERE NOT EXISTS (SELECT 1 FROM connection c WHERE c.number = h.number / 2)";
    assert!(count("SELECT count(*) FROM handshake") > 100);
    assert_eq!(count(&format!("SELECT count(*) FROM handshake h {orphans}")), 0);
}

/// What a modern handshake agrees on.
pub(crate) fn agreed(version: &str, group: Option<&str>) -> TlsParameters {
    TlsParameters {
        version: version.into(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
        group: group.map(Into::into),
        alpn: Some("h2".into()),
        resumed: group.is_none(),
        legacy: false,
        handshake_us: 1,
        ja3: None,
        ja4: Some("t13d1516h2_8daaf6152771_02713d6af862".into()),
    }
}

#[test]
fn connections_and_their_exchanges_are_found_by_what_tls_agreed_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut new = connection("new.example");
    new.client.tls = Some(agreed("TLS 1.3", Some("X25519MLKEM768")));
    new.origin.tls = Some(agreed("TLS 1.3", Some("x25519")));
    let mut old = connection("old.example");
    old.client.tls = Some(agreed("TLS 1.2", None));
    let plain = connection("plain.example");
    for (connection, path) in [(&new, "/new"), (&old, "/old"), (&plain, "/plain")] {
        lab.connect(connection);
        lab.exchange(&get(connection, path), [b"", b""]);
    }
    lab.settle();
    for (filter, expected) in [
        ("tls.version:1.3", &["/new"][..]),
        ("tls.version:1.2", &["/old"]),
        ("-tls.version:1.2", &["/new", "/plain"]),
        ("tls.suite:aes_128", &["/new", "/old"]),
        ("tls.group:=X25519", &["/new"]),
        ("tls.group:mlkem", &["/new"]),
        ("tls.alpn:h2", &["/new", "/old"]),
        ("ja4:t13d*", &["/new", "/old"]),
        ("resumed:yes", &["/old"]),
        ("resumed:no", &["/new"]),
        ("-resumed:yes", &["/new", "/plain"]),
    ] {
        assert_eq!(paths(&lab.store, filter), expected, "{filter}");
        let query = Query {
            filter: filter.parse().unwrap(),
            limit: 10,
            ..Query::default()
        };
        let hosts: Vec<_> = lab.store.connections(&query).unwrap().items;
        let hosts = hosts.iter().filter_map(|(_, c)| c.target.as_ref());
        let found: Vec<_> = hosts
            .map(|t| format!("/{}", t.host.trim_end_matches(".example")))
            .collect();
        assert_eq!(found, expected, "{filter}, of connections");
    }
    let row = list(&lab.store, "path:/new").items.remove(0);
    let client = row.client_tls.unwrap();
    assert_eq!(
        (client.group.as_deref(), client.resumed),
        (Some("X25519MLKEM768"), false)
    );
    assert_eq!(row.ja4.as_deref(), Some("t13d1516h2_8daaf6152771_02713d6af862"));
    let by_version = Query {
        filter: "tls.version:*".parse().unwrap(),
        sort: Sort {
            column: Column::TlsVersion,
            descending: false,
        },
        from: From::Offset(0),
        limit: 10,
    };
    let first = lab.store.connections(&by_version).unwrap().items.remove(0);
    assert_eq!(first.1.id, old.id);
    lab.close();
}
