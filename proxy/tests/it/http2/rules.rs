//! What RFC 9113 says a peer must not do, and what must come of it: each rule on the leg where a peer can break it.
//!
//! Where the `h2` crate answers otherwise than the RFC has it, the rule says both: [`by_the_crate`].

mod clients;
mod connections;
mod origins;

use clients::of_clients;
use connections::of_connections;
use origins::of_origins;

use tokio::io::AsyncWriteExt;

use crate::lab::http2::*;
use crate::lab::{Lab, RawOrigin, read_some, within};

const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const COMPRESSION_ERROR: u32 = 9;

const PRIORITY: u8 = 2;
const PUSH_PROMISE: u8 = 5;

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comes {
    /// The connection ends with this code.
    Connection(u32),
    /// The stream ends with this code, and the connection goes on.
    Stream(u32, u32),
    /// Nothing: the connection goes on.
    Nothing,
}

use Comes::{Connection, Nothing, Stream};

/// What comes of it with the `h2` crate, where the RFC (the second one) has it otherwise. What it lets pass goes no
/// further.
fn by_the_crate(comes: Comes, _rfc: Comes) -> Comes {
    comes
}

/// A rule: its section, what is done, the frames, and what comes of it.
type Rule = (&'static str, &'static str, Vec<RawFrame>, Comes);

/// What comes, as far as it can be seen from this end. What is bound to come is waited for; what does not come before
/// a few answers to PING comes never.
async fn see(end: &mut RawHttp2, expected: Comes) -> Comes {
    let mut answers = 0;
    end.send(RawFrame::ping(*b"go on???")).await;
    loop {
        match end.next().await {
            Some(frame) if frame.kind == GOAWAY && frame.code() != NO_ERROR => {
                return Connection(frame.code());
            }
            Some(frame) if frame.kind == RST_STREAM => {
                let seen = Stream(frame.stream, frame.code());
                end.settle().await;
                return seen;
            }
            Some(frame) if frame.kind == PING && frame.payload == b"go on???" => {
                answers += 1;
                if expected == Nothing && answers == 3 {
                    return Nothing;
                }
                end.send(RawFrame::ping(*b"go on???")).await;
            }
            Some(_) => {}
            // It ended without a word: no code.
            None => return Connection(u32::MAX),
        }
    }
}

fn get(stream: u32, more: &[(&'static str, &'static str)]) -> RawFrame {
    RawFrame::headers(stream, END_STREAM, &request_fields("GET", "/", more))
}

fn post(stream: u32, more: &[(&'static str, &'static str)]) -> RawFrame {
    RawFrame::headers(stream, 0, &request_fields("POST", "/", more))
}

fn pseudo(fields: &[(&str, &str)]) -> Vec<RawFrame> {
    vec![RawFrame::headers(1, END_STREAM, fields)]
}

fn field(name: &'static [u8], value: &'static [u8]) -> Vec<RawFrame> {
    let head = GET.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let block = raw_block(head.into_iter().chain([(name, value)]));
    vec![RawFrame::new(HEADERS, END_STREAM | END_HEADERS, 1, block)]
}

fn raw(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> RawFrame {
    RawFrame::new(kind, flags, stream, payload)
}

/// Whether the client gets a page in the response's stead, or a reset where the response had begun, before its
/// connection ends.
async fn hears_of_it(client: &mut RawHttp2, what: &str) -> bool {
    while let Some(frame) = client.next().await {
        if frame.is(RST_STREAM, 1) {
            return true;
        }
        if frame.is(HEADERS, 1) {
            match frame.field(":status") {
                Some("502") => return true,
                // It had begun well before it went wrong.
                other => assert!(
                    matches!(other, Some("200" | "103")) && frame.field("x").is_none(),
                    "{what}: {frame:?}"
                ),
            }
        }
    }
    false
}

/// Tells what came otherwise than it must.
fn compare(wrong: &mut Vec<String>, leg: &str, rule: (&str, &str), seen: Comes, expected: Comes) {
    if seen != expected {
        wrong.push(format!(
            "{leg}, section {}, {}: {seen:?} and not {expected:?}",
            rule.0, rule.1
        ));
    }
}

#[tokio::test]
async fn what_a_client_must_not_do_ends_its_stream_or_its_connection() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let mut wrong = Vec::new();
    for (section, what, frames, expected) in of_connections().into_iter().chain(of_clients()) {
        let (mut client, _origin) = ends.open(&lab).await;
        client.send_all(&frames).await;
        let seen = within(what, see(&mut client, expected)).await;
        compare(&mut wrong, "client", (section, what), seen, expected);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn neither_may_a_client_of_the_proxys_own_door() {
    // What it asks is not answered meanwhile.
    let silent = RawOrigin::tcp(|stream| async move {
        let _stream = stream;
        std::future::pending().await
    })
    .await;
    let upstream = format!("http://127.0.0.1:{}", silent.port());
    let lab = Lab::start_with(&["--upstream", &upstream, "--no-proxy", ""]).await;
    let mut wrong = Vec::new();
    for (section, what, frames, expected) in of_connections().into_iter().chain(of_clients()) {
        if what == ":protocol that nobody offered" {
            // It is offered here.
            continue;
        }
        let mut client = RawHttp2::greet_as_client(lab.client().tcp().await, &[]).await;
        client.expect(SETTINGS, 0).await;
        client.settle().await;
        client.send_all(&frames).await;
        let seen = within(what, see(&mut client, expected)).await;
        compare(&mut wrong, "client", (section, what), seen, expected);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_an_origin_must_not_do_ends_its_stream_or_its_connection_and_reaches_no_client() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let mut wrong = Vec::new();
    for (section, what, frames, expected) in of_connections().into_iter().chain(of_origins()) {
        let (mut client, mut origin) = ends.open(&lab).await;
        client.send(post(1, &[])).await;
        origin.expect(HEADERS, 1).await;
        origin.send_all(&frames).await;
        let seen = within(what, see(&mut origin, expected)).await;
        compare(&mut wrong, "origin", (section, what), seen, expected);
        if expected == Nothing {
            continue;
        }
        if !within(what, hears_of_it(&mut client, what)).await {
            wrong.push(format!(
                "origin, section {section}, {what}: the client is told nothing of it"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_preface_that_is_none_ends_the_connection() {
    let lab = Lab::start().await;
    let ends = Http2Ends::start().await;
    let tunnel = lab.client().tunnel(ends.target()).await;
    let mut client = RawHttp2::new(tunnel);
    client.send_bytes(b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n").await;
    while let Some(frame) = client.next().await {
        assert!(frame.is(SETTINGS, 0) || frame.is(GOAWAY, 0), "{frame:?}");
    }
}

#[tokio::test]
async fn an_origin_may_greet_before_its_client_has_said_a_word() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let tunnel = lab.client().tunnel(ends.target()).await;
    let arrival = ends.arrival().await;
    let later = RawOrigin::tcp(|mut stream| async move { stream.write_all(b"220").await.unwrap() }).await;
    let (mut origin, mut client) = tokio::join!(RawHttp2::greet_as_origin(arrival, &[]), async {
        // What an origin says later is there: so the greeting is.
        let mut tunnel_of_later = lab.client().tunnel(&later.authority()).await;
        assert_eq!(read_some(&mut tunnel_of_later, 3).await, b"220");
        RawHttp2::greet_as_client(tunnel, &[]).await
    });
    client.settle().await;
    client.send(get(1, &[])).await;
    origin.expect(HEADERS, 1).await;
}

#[tokio::test]
async fn more_streams_than_were_allowed_are_refused() {
    let lab = Lab::start_as(|setup| setup.config("[limits]\nhttp2-streams = 2\n")).await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    client.send_all(&[post(1, &[]), post(3, &[]), post(5, &[])]).await;
    assert_eq!(client.expect(RST_STREAM, 5).await.code(), REFUSED_STREAM);
    origin.expect(HEADERS, 3).await;
}
