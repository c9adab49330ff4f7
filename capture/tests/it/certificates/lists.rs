//! The list of certificates, and what is found by them.

use super::*;

#[test]
fn certificates_are_listed_in_any_order_and_in_windows() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    for (host, days_left) in [("b.example", 5), ("a.example", 50), ("c.example", -1)] {
        Chain::with(host, days_left, 100).seen(&lab, host);
    }
    lab.settle();
    let leaves = CertificateQuery {
        role: Some(Role::Leaf),
        ..everything()
    };
    let sorted = |sort, descending| {
        let query = CertificateQuery {
            sort,
            descending,
            ..leaves.clone()
        };
        subjects(&lab.store, &query).join(" ").replace(".example", "")
    };
    assert_eq!(sorted(CertificateColumn::Expiry, false), "c b a");
    assert_eq!(sorted(CertificateColumn::Expiry, true), "a b c");
    assert_eq!(sorted(CertificateColumn::Subject, false), "a b c");
    assert_eq!(sorted(CertificateColumn::Hosts, true), "c b a");
    assert_eq!(sorted(CertificateColumn::FirstSeen, false), "b a c");
    assert_eq!(sorted(CertificateColumn::LastSeen, true), "c a b");
    assert_eq!(
        sorted(CertificateColumn::Key, true),
        "c b a",
        "equal ones by expiry"
    );

    let window = CertificateQuery {
        filter: "-expired:yes".parse().unwrap(),
        offset: 1,
        limit: 1,
        ..leaves
    };
    let page = lab.store.certificates(&window).unwrap();
    assert_eq!((page.total, page.matched, page.offset), (8, 2, 1));
    assert_eq!(page.items[0].summary.subject, "a.example");
    let beyond = CertificateQuery {
        offset: usize::MAX,
        ..window
    };
    assert!(lab.store.certificates(&beyond).unwrap().items.is_empty());
    lab.close();
}

#[test]
fn connections_and_exchanges_are_found_by_verdict_check_and_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let good = Chain::of("good.example");
    let mut bad = Chain::of("bad.example");
    let aside = certificate("Aside", "Aside", 1, 10);
    bad.verdict = Arc::new(Verdict {
        decision: Decision::Refused,
        checks: vec![
            check("dates", CheckOutcome::Fail),
            check("lifetime", CheckOutcome::Pass),
        ],
        alternatives: vec![Alternative {
            certificates: vec![aside.id],
            names: vec!["Aside".into()],
            reason: "expired".into(),
        }],
        ..(*bad.verdict).clone()
    });
    lab.send(Event::Certificate(aside.clone()));
    for (chain, host) in [(&good, "good"), (&bad, "bad")] {
        let connection = chain.seen(&lab, &format!("{host}.example"));
        lab.exchange(&get(&connection, &format!("/{host}")), [b"", b""]);
    }
    let plain = connection("plain.example");
    lab.connect(&plain);
    lab.exchange(&get(&plain, "/plain"), [b"", b""]);
    lab.settle();
    let cert = |of: &Certificate, digits: usize| format!("cert:{}", &of.id.to_string()[..digits]);
    for (filter, expected) in [
        ("verdict:trusted".to_owned(), &["/good"][..]),
        ("verdict:refused,overridden".to_owned(), &["/bad"]),
        ("-verdict:trusted".to_owned(), &["/bad", "/plain"]),
        ("check:dates".to_owned(), &["/bad"]),
        ("check:lifetime".to_owned(), &["/good"]),
        ("check:sct".to_owned(), &[]),
        ("-check:lifetime".to_owned(), &["/bad", "/plain"]),
        (cert(&good.leaf, 64), &["/good"]),
        (cert(&good.leaf, 9), &["/good"]),
        (
            cert(&bad.minted, 12).to_uppercase().replace("CERT", "cert"),
            &["/bad"],
        ),
        (cert(&good.root, 20), &["/good", "/bad"]),
        (cert(&aside, 20), &["/bad"]),
    ] {
        assert_eq!(paths(&lab.store, &filter), expected, "{filter}");
        let query = Query {
            filter: filter.parse().unwrap(),
            limit: 10,
            ..Query::default()
        };
        let page = lab.store.connections(&query).unwrap();
        let with_target = page.items.iter().filter(|(_, c)| c.target.is_some());
        assert_eq!(with_target.count(), expected.len(), "{filter}, of connections");
    }
    // What lies on a path that was not taken is kept, and not listed.
    assert!(lab.store.certificate(aside.id).unwrap().is_some());
    assert_eq!(certificates(&lab.store, "subject:aside").matched, 0);
    lab.close();
}

#[test]
fn a_client_certificate_is_listed_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let (asked, sent) = (certificate("asked", "x", 1, 10), certificate("sent", "x", 2, 10));
    for certificate in [&asked, &sent] {
        lab.send(Event::Certificate(certificate.clone()));
    }
    let mut told = connection("example.com");
    told.client_verdict = Some(Arc::new(Verdict {
        presented: vec![asked.id],
        checks: vec![check("dates", CheckOutcome::Fail)],
        ..Verdict::new(Decision::Refused)
    }));
    told.sent = vec![sent.id];
    lab.connect(&told);
    lab.settle();
    assert_eq!(*lab.store.connection(told.id).unwrap().unwrap().1, told);
    let clients = CertificateQuery {
        role: Some(Role::Client),
        ..everything()
    };
    assert_eq!(subjects(&lab.store, &clients), ["asked", "sent"]);
    let filter = "check:dates".parse().unwrap();
    let query = Query {
        filter,
        limit: 10,
        ..Query::default()
    };
    assert_eq!(lab.store.connections(&query).unwrap().matched, 1);
    lab.close();
}
