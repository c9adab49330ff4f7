//! Filters over what was recorded.

use capture::{
    Column, ExchangeError, ExchangeState, Failure, Fields, From, LegName, Outcome, Query, ReadError, Sort,
    Stage, Store, Version,
};

use crate::lab::{Lab, ROOMY, answer, connection, get, list, paths};

fn recorded(dir: &std::path::Path) -> Lab {
    let mut lab = Lab::open(dir, ROOMY);
    let main = connection("www.example.com");
    let other = connection("notexample.com");
    lab.connect(&main);
    lab.connect(&other);

    let mut page = get(&main, "/page?q=Rust");
    page.response = Some(answer(200, "text/html; charset=utf-8"));
    page.request.fields = Fields::pack([(&b"Cookie"[..], &b"session=Secret"[..])]);
    page.response_bytes = 2_000_000;
    let mut api = get(&main, "/api/users");
    api.request.method = "POST".into();
    api.request.version = Version::Http2;
    api.response = Some(answer(404, "Application/JSON"));
    api.timings.end_us = Some(1_500_000);
    let mut failed = get(&other, "/failed");
    failed.request.port = 8443;
    failed.response = None;
    failed.state = ExchangeState::Failed;
    failed.error = Some(ExchangeError {
        leg: LegName::Origin,
        stage: Stage::Response,
        text: "connection reset by peer".into(),
    });
    let mut open = get(&other, "/open");
    open.request.scheme = "http";
    open.request.port = 80;
    open.request.host = "::1".into();
    open.response = None;
    open.timings.end_us = None;
    open.state = ExchangeState::Open;
    lab.exchange(&page, [b"", b""]);
    lab.exchange(&api, [b"", b""]);
    lab.exchange(&failed, [b"", b""]);
    lab.tell(&open);
    lab.settle();
    lab
}

#[test]
fn each_field_finds_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let lab = recorded(dir.path());
    let (page, api, failed, open) = ("/page?q=Rust", "/api/users", "/failed", "/open");
    let main = list(&lab.store, "path:/page").items[0].connection;
    for (filter, expected) in [
        ("", &[page, api, failed, open][..]),
        ("host:example.com", &[page, api]),
        ("host:exam", &[page, api]),
        ("host:=notexample.com", &[failed]),
        ("host:*example.com", &[page, api, failed]),
        ("host:notexample.com:8443", &[failed]),
        ("host:notexample.com:443", &[]),
        ("host:[::1]", &[open]),
        ("path:/API", &[api]),
        ("path:/*s", &[api]),
        ("method:post", &[api]),
        ("-method:post", &[page, failed, open]),
        ("status:4xx", &[api]),
        ("status:200,404", &[page, api]),
        ("-status:200", &[api, failed, open]),
        ("status:<400", &[page]),
        ("scheme:http", &[open]),
        ("type:json", &[api]),
        ("type:=text/html", &[page]),
        ("-type:html", &[api, failed, open]),
        ("state:open,failed", &[failed, open]),
        ("size:>1mb", &[page]),
        ("size:0", &[api, failed, open]),
        ("duration:>1s", &[api]),
        ("duration:<1s", &[page, failed]),
        ("error:RESET", &[failed]),
        ("error:origin", &[failed]),
        ("error:response", &[failed]),
        ("error:*", &[failed]),
        ("-error:*", &[page, api, open]),
        ("version:2", &[api]),
        ("connection:1", &[page, api]),
        ("door:connect", &[page, api, failed, open]),
        ("door:socks5,reverse", &[]),
        (&format!("-connection:{main}"), &[failed, open]),
        ("rust", &[page]),
        ("SECRET", &[page]),
        ("\"cookie: session\"", &[page]),
        ("charset", &[page]),
        ("404", &[api]),
        ("post", &[api]),
        ("https://www.example.com/api", &[api]),
        ("\"notexample.com:8443/f\"", &[failed]),
        ("http://[::1]/open", &[open]),
        ("'; DROP TABLE exchange; --", &[]),
        ("host:example.com (status:200 or status:404) -rust", &[api]),
        ("rust or reset", &[page, failed]),
        ("-(rust or reset)", &[api, open]),
    ] {
        assert_eq!(paths(&lab.store, filter), expected, "{filter}");
    }
    lab.close();
}

#[test]
fn a_list_follows_rows_that_come_to_match_and_cease_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    let mut open: Vec<_> = (0..20).map(|at| get(&connection, &format!("/{at}"))).collect();
    for exchange in &mut open {
        exchange.state = ExchangeState::Open;
        lab.tell(exchange);
    }
    lab.settle();
    assert_eq!(list(&lab.store, "state:open").matched, 20);
    assert_eq!(list(&lab.store, "state:done").matched, 0);
    for exchange in open.iter_mut().step_by(3) {
        exchange.state = ExchangeState::Done;
        lab.tell(exchange);
    }
    lab.settle();
    let expected: Vec<String> = (0..20).step_by(3).map(|at| format!("/{at}")).collect();
    assert_eq!(paths(&lab.store, "state:done"), expected);
    assert_eq!(list(&lab.store, "state:open").matched, 13);
    lab.close();
}

#[test]
fn connections_are_found_by_what_is_said_of_them_and_by_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut failed = connection("api.bank.com");
    failed.sni = Some("bank.com".into());
    failed.closed = Some(capture::Timestamp::from_micros(
        failed.opened.as_micros() + 2_000_000,
    ));
    failed.outcome = Some(Outcome::Failed);
    failed.failure = Some(Failure {
        leg: LegName::Client,
        stage: Stage::Tls,
        text: "the client rejected our certificate".into(),
        remedy: None,
        alert: None,
    });
    let mut passed = connection("cdn.example.com");
    passed.outcome = Some(Outcome::Passed);
    passed.bytes_from_origin = 5_000;
    lab.connect(&failed);
    lab.connect(&passed);
    lab.wait_for(|lab| lab.store.connection(passed.id).unwrap().is_some());

    let found = |filter: &str| -> Vec<String> {
        let query = Query {
            filter: filter.parse().unwrap(),
            from: From::Offset(0),
            limit: 9,
            ..Query::default()
        };
        let page = lab.store.connections(&query).unwrap();
        page.items
            .iter()
            .map(|(_, connection)| connection.target.as_ref().unwrap().to_string())
            .collect()
    };
    let (bank, cdn) = ("api.bank.com:443", "cdn.example.com:443");
    for (filter, expected) in [
        ("", &[bank, cdn][..]),
        ("host:bank.com", &[bank]),
        ("outcome:failed", &[bank]),
        ("-outcome:failed", &[cdn]),
        ("state:failed", &[bank]),
        ("state:open", &[cdn]),
        ("error:rejected", &[bank]),
        ("error:tls", &[bank]),
        ("door:connect", &[bank, cdn]),
        ("-door:connect,http", &[]),
        ("size:>1kb", &[cdn]),
        ("duration:>1s", &[bank]),
        ("connection:2", &[cdn]),
        ("\"bank.com:443\"", &[bank]),
        ("certificate or cdn", &[bank, cdn]),
    ] {
        assert_eq!(found(filter), expected, "{filter}");
    }

    let misused = Query {
        filter: "host:a status:200".parse().unwrap(),
        ..Query::default()
    };
    let Err(ReadError::Filter(error)) = lab.store.connections(&misused) else {
        panic!("it is refused")
    };
    assert_eq!(
        (error.text.as_str(), error.at),
        (
            "status: is said of exchanges; a connection has host:, state:, outcome:, door:, error:, size:, duration:, connection:, \
             tls.version:, tls.suite:, tls.group:, tls.alpn:, ja4:, resumed:, verdict:, \
             check:, cert: and process:",
            7..17
        )
    );
    let misused = Query {
        filter: "outcome:failed".parse().unwrap(),
        ..Query::default()
    };
    let Err(ReadError::Filter(error)) = lab.store.exchanges(&misused) else {
        panic!("it is refused")
    };
    assert_eq!(
        error.text,
        "outcome: is said of connections; an exchange has state:open, state:done or state:failed"
    );
    lab.close();
}

#[test]
fn rows_are_sorted_by_every_column_and_equal_ones_stand_by_age() {
    let dir = tempfile::tempdir().unwrap();
    let lab = recorded(dir.path());
    let (page, api, failed, open) = ("/page?q=Rust", "/api/users", "/failed", "/open");
    for (column, descending, expected) in [
        (Column::Number, false, [page, api, failed, open]),
        (Column::Number, true, [open, failed, api, page]),
        (Column::Method, false, [page, failed, open, api]),
        (Column::Status, true, [api, page, failed, open]),
        (Column::Host, false, [open, failed, page, api]),
        (Column::Path, false, [api, failed, open, page]),
        (Column::Type, true, [page, api, failed, open]),
        (Column::Size, true, [page, api, failed, open]),
        (Column::Duration, true, [api, page, failed, open]),
    ] {
        let query = Query {
            sort: Sort { column, descending },
            from: From::Offset(0),
            limit: 9,
            ..Query::default()
        };
        let rows = lab.store.exchanges(&query).unwrap().items;
        assert_eq!(
            rows.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(),
            expected,
            "{column:?} {descending}"
        );
    }
    lab.close();
}
