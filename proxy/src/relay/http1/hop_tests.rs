//! What goes on of a head, and what does not.

use bytes::Bytes;

use super::super::framing::of_response;
use super::super::head::Bounds;
use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: 1 << 16,
    fields: 50,
};

fn sent_on(head: &str) -> String {
    let request = Request::read(Bytes::copy_from_slice(head.as_bytes()), BOUNDS).unwrap();
    let asked = read_asked(&request);
    let onward = onward_request(&request, &asked, &Change::default());
    String::from_utf8(onward.to_vec()).unwrap()
}

fn sent_back(head: &str, say: Say) -> String {
    let response = Response::read(Bytes::copy_from_slice(head.as_bytes()), BOUNDS).unwrap();
    let framing = of_response(&response, false).unwrap();
    String::from_utf8(onward_response(&response, &framing, say, false).to_vec()).unwrap()
}

const ON: Say = Say::KeepAlive { must: false };

#[test]
fn fields_of_one_hop_go_and_the_others_keep_case_order_and_spacing() {
    let head = "GET / HTTP/1.1\r\nhOsT: a\r\nConnection: keep-alive, X-Hop\r\nAccept:  1 \r\nx-hop: 2\r\n\
        Keep-Alive: timeout=5\r\nCookie: 3\r\nProxy-Connection: x\r\nZ: 4\r\nCookie: 5\r\nProxy-Authorization: Basic x\r\n\r\n";
    assert_eq!(
        sent_on(head),
        "GET / HTTP/1.1\r\nhOsT: a\r\nAccept:  1 \r\nCookie: 3\r\nZ: 4\r\nCookie: 5\r\nProxy-Authorization: Basic x\r\n\r\n"
    );
    let same = "GET / HTTP/1.1\r\nHost:a\r\nB:\t2\r\nA: 1\r\nB: 3\r\n\r\n";
    assert_eq!(sent_on(same), same);
}

#[test]
fn trailers_and_upgrades_are_asked_for_on_the_next_hop_too() {
    assert_eq!(
        sent_on("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, gzip\r\nConnection: TE, close\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n"
    );
    assert_eq!(
        sent_on("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    );
    assert_eq!(
        sent_on("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n"
    );
}

#[test]
fn nobody_is_agreed_to_http2_on_the_clients_behalf() {
    assert_eq!(
        sent_on(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
        ),
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    assert_eq!(
        sent_on("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c, websocket\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    );
}

#[test]
fn connection_cannot_name_away_what_frames_or_addresses_the_message() {
    assert_eq!(
        sent_on(
            "POST / HTTP/1.1\r\nConnection: content-length, host\r\nContent-Length: 3\r\nHost: a\r\n\r\n"
        ),
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nHost: a\r\n\r\n"
    );
}

#[test]
fn http_1_0_goes_on_as_1_0() {
    let head = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    assert_eq!(sent_on(head), head);
}

#[test]
fn what_an_origin_wrote_in_an_old_way_is_set_right() {
    assert_eq!(
        sent_back("HTTP/1.1 200 OK\nA : 1\n B\r\nC: 2\r\n\r\n", ON),
        "HTTP/1.1 200 OK\r\nA: 1  B\r\nC: 2\r\n\r\n"
    );
}

#[test]
fn lengths_that_could_be_read_in_two_ways_become_one() {
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n";
    assert_eq!(
        sent_back(both, ON),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n"
    );
    let twice = "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(
        sent_back(twice, ON),
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    );
    let none = "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(sent_back(none, ON), "HTTP/1.1 204 No Content\r\n\r\n");
}

#[test]
fn an_end_is_said_where_the_client_would_not_know() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        sent_back(head, Say::Close { must: true }),
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(sent_back(head, Say::Close { must: false }), head);
    let said = "HTTP/1.1 200 OK\r\nconnection: Close, x\r\nX: 1\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        sent_back(said, Say::Close { must: true }),
        "HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(
        sent_back(
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            Say::KeepAlive { must: true }
        ),
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
    );
}
