//! Tunnels in streams of HTTP/2 with the proxy, by the frame (RFC 9113 section 8.5): what ends, what breaks, and who waits
//! for whom.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::lab::http2::{DATA, END_STREAM, HEADERS, RST_STREAM, RawFrame, RawHttp2, SETTINGS};
use crate::lab::{Lab, RawOrigin, read_some, read_to_end_or_reset, within};

const NO_ERROR: u32 = 0;
const CANCEL: u32 = 8;
const CONNECT_ERROR: u32 = 10;

/// An origin whose connections are handed out.
struct Ends {
    arrivals: mpsc::UnboundedReceiver<TcpStream>,
    origin: RawOrigin,
    client: RawHttp2,
    next: u32,
}

impl Ends {
    async fn open(lab: &Lab) -> Self {
        Self::open_with(lab, &[]).await
    }

    /// With these settings of the client.
    async fn open_with(lab: &Lab, settings: &[(u16, u32)]) -> Self {
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let origin = RawOrigin::tcp(move |stream| {
            let arrived = arrived.clone();
            async move {
                let _ = arrived.send(stream);
            }
        })
        .await;
        let mut client = RawHttp2::greet_as_client(lab.client().tcp().await, settings).await;
        client.expect(SETTINGS, 0).await;
        client.settle().await;
        Self {
            arrivals,
            origin,
            client,
            next: 1,
        }
    }

    /// Another tunnel: its stream, and its end at the origin. Both sides have spoken.
    async fn tunnel(&mut self) -> (u32, TcpStream) {
        let stream = self.next;
        self.next += 2;
        let fields = [(":method", "CONNECT"), (":authority", &*self.origin.authority())];
        self.client.send(RawFrame::headers(stream, 0, &fields)).await;
        let agreed = self.client.expect(HEADERS, stream).await;
        assert_eq!(
            (agreed.field(":status"), agreed.has(END_STREAM)),
            (Some("200"), false)
        );
        self.client.send(RawFrame::data(stream, 0, b"\0hello")).await;
        let mut origin = within("the origin's connection", self.arrivals.recv())
            .await
            .unwrap();
        assert_eq!(read_some(&mut origin, 6).await, b"\0hello");
        (stream, origin)
    }
}

/// The origin's connection is closed by a reset.
fn reset(origin: TcpStream) {
    SockRef::from(&origin).set_linger(Some(Duration::ZERO)).unwrap();
}

async fn end_of(origin: &mut TcpStream) -> Result<Vec<u8>, ErrorKind> {
    let (said, end): (_, io::Result<()>) = read_to_end_or_reset(origin).await;
    end.map(|()| said).map_err(|error| error.kind())
}

async fn reset_by(lab: &Lab, ends: &Ends) -> Value {
    let row = lab.api().connection(&ends.origin.authority()).await;
    assert_eq!(row["outcome"], "opaque", "{row:#}");
    lab.api().connection_of(&row).await["reset_by"].clone()
}

#[tokio::test]
async fn an_origins_reset_is_a_connect_error_behind_what_it_said() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let (stream, mut origin) = ends.tunnel().await;
    origin.write_all(b"the last word").await.unwrap();
    assert_eq!(ends.client.expect(DATA, stream).await.payload, b"the last word");
    reset(origin);
    assert_eq!(ends.client.expect(RST_STREAM, stream).await.code(), CONNECT_ERROR);
    assert_eq!(reset_by(&lab, &ends).await, "origin");
}

#[tokio::test]
async fn so_is_one_that_shows_when_the_origin_is_written_to() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let (stream, mut origin) = ends.tunnel().await;
    // From now on nobody reads there, so that only a write can tell.
    origin.shutdown().await.unwrap();
    while !ends.client.expect(DATA, stream).await.has(END_STREAM) {}
    reset(origin);
    for n in 1.. {
        ends.client
            .send(RawFrame::data(stream, 0, b"is there anybody"))
            .await;
        ends.client.send(RawFrame::ping([n; 8])).await;
        let frame = ends.client.next().await.unwrap();
        if frame.is(RST_STREAM, stream) {
            assert_eq!(frame.code(), CONNECT_ERROR);
            break;
        }
    }
    assert_eq!(reset_by(&lab, &ends).await, "origin");
}

#[tokio::test]
async fn a_clients_reset_is_one_of_the_origins_connection() {
    let lab = Lab::start().await;
    for (code, is_half_closed) in [(CANCEL, false), (NO_ERROR, false), (CONNECT_ERROR, true)] {
        let mut ends = Ends::open(&lab).await;
        let (stream, mut origin) = ends.tunnel().await;
        if is_half_closed {
            ends.client.send(RawFrame::data(stream, END_STREAM, "")).await;
            assert_eq!(within("the end", origin.read(&mut [0; 8])).await.unwrap(), 0);
        }
        ends.client.send(RawFrame::reset(stream, code)).await;
        if is_half_closed {
            // Of a connection whose end was read, a write tells that it is gone.
            while within("a write", origin.write_all(b"x")).await.is_ok() {}
        } else {
            assert_eq!(end_of(&mut origin).await, Err(ErrorKind::ConnectionReset));
        }
        assert_eq!(reset_by(&lab, &ends).await, "client");
        // The connection itself goes on.
        ends.tunnel().await;
    }
}

#[tokio::test]
async fn the_end_of_the_clients_connection_is_a_reset_to_the_origins_of_its_tunnels() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let (_, mut one) = ends.tunnel().await;
    let (_, mut other) = ends.tunnel().await;
    drop(ends);
    for origin in [&mut one, &mut other] {
        assert_eq!(end_of(origin).await, Err(ErrorKind::ConnectionReset));
    }
}

#[tokio::test]
async fn each_side_may_end_its_half_and_hear_the_other() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    // The client first.
    let (stream, mut origin) = ends.tunnel().await;
    ends.client
        .send(RawFrame::data(stream, END_STREAM, "and that is all"))
        .await;
    assert_eq!(end_of(&mut origin).await.unwrap(), b"and that is all");
    origin.write_all(b"so it is").await.unwrap();
    assert_eq!(ends.client.expect(DATA, stream).await.payload, b"so it is");
    drop(origin);
    assert!(ends.client.expect(DATA, stream).await.has(END_STREAM));
    // The origin first.
    let (stream, mut origin) = ends.tunnel().await;
    origin.write_all(b"no more").await.unwrap();
    origin.shutdown().await.unwrap();
    assert_eq!(ends.client.expect(DATA, stream).await.payload, b"no more");
    assert!(ends.client.expect(DATA, stream).await.has(END_STREAM));
    ends.client.send(RawFrame::data(stream, 0, "still here, ")).await;
    ends.client
        .send(RawFrame::data(stream, END_STREAM, "and gone"))
        .await;
    assert_eq!(end_of(&mut origin).await.unwrap(), b"still here, and gone");
    // Neither was reset, and both are over.
    drop(origin);
    let target = ends.origin.authority();
    let closed = || async {
        let rows = lab.api().connections().await;
        let of_both = rows.into_iter().filter(|row| row["target"] == target);
        let closed: Vec<Value> = of_both.filter(|row| !row["closed"].is_null()).collect();
        if closed.len() == 2 {
            Ok(closed)
        } else {
            Err(Value::from(closed))
        }
    };
    for row in crate::lab::eventually("both to be over", closed).await {
        assert!(lab.api().connection_of(&row).await["reset_by"].is_null());
    }
    ends.client.settle().await;
}

#[tokio::test]
async fn a_client_that_gives_up_a_tunnel_it_never_used_is_no_failure() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    let fields = [(":method", "CONNECT"), (":authority", &*ends.origin.authority())];
    ends.client.send(RawFrame::headers(1, 0, &fields)).await;
    ends.client.expect(HEADERS, 1).await;
    let mut origin = within("the origin's connection", ends.arrivals.recv())
        .await
        .unwrap();
    ends.client.send(RawFrame::reset(1, CANCEL)).await;
    // By an end, where we don't know yet that we have reached it.
    let _ = end_of(&mut origin).await;
    assert_eq!(reset_by(&lab, &ends).await, "client");
    assert!(lab.api().exchanges().await.is_empty());
}

#[tokio::test]
async fn a_tunnel_whose_client_opens_no_window_holds_back_its_origin_alone() {
    const INITIAL_WINDOW_SIZE: u16 = 4;
    const TOTAL: u64 = 512 << 20;
    let lab = Lab::start().await;
    let mut ends = Ends::open_with(&lab, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    let before = lab.handlens.memory("VmHWM");
    let (stream, mut origin) = ends.tunnel().await;
    let written = Arc::new(AtomicU64::new(0));
    let count = written.clone();
    let flooding = tokio::spawn(async move {
        let piece = vec![7; 64 << 10];
        while count.load(Ordering::Relaxed) < TOTAL && origin.write_all(&piece).await.is_ok() {
            count.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
    });
    // It has stopped when nothing is written while many questions are answered.
    let (mut seen, mut unchanged) = (0, 0);
    while unchanged < 200 {
        ends.client.settle().await;
        let now = written.load(Ordering::Relaxed);
        unchanged = if now == seen && now > 0 { unchanged + 1 } else { 0 };
        seen = now;
    }
    assert!(seen < TOTAL / 4, "{} MiB were taken", seen >> 20);
    let grown = lab.handlens.memory("VmHWM").saturating_sub(before);
    assert!(grown < 24 << 20, "{} MiB more", grown >> 20);
    // Others go on beside it.
    let (other, mut origin) = ends.tunnel().await;
    origin.write_all(b"quick").await.unwrap();
    ends.client.send(RawFrame::window(other, 5)).await;
    assert_eq!(ends.client.expect(DATA, other).await.payload, b"quick");
    // What was held back comes as the window opens, and not a byte more.
    ends.client.send(RawFrame::window(stream, 1000)).await;
    let mut came = 0;
    while came < 1000 {
        came += ends.client.expect(DATA, stream).await.payload.len();
    }
    assert_eq!(came, 1000);
    ends.client.send(RawFrame::reset(stream, CANCEL)).await;
    within("the origin to hear of it", flooding).await.unwrap();
}

#[tokio::test]
async fn an_origin_that_reads_nothing_holds_back_its_client() {
    let lab = Lab::start_as(|setup| setup.config("[limits]\nhttp2-stream-window = \"64KiB\"\n")).await;
    let mut ends = Ends::open(&lab).await;
    let (stream, mut origin) = ends.tunnel().await;
    let mut window: i64 = 0;
    let mut sent = 0;
    // As much as it is let send, until it is let send no more.
    let mut unchanged = 0;
    let mut credit = 64 * 1024 - 6;
    while unchanged < 200 {
        while credit >= 16 * 1024 && sent < 256 << 20 {
            ends.client
                .send(RawFrame::data(stream, 0, vec![1; 16 * 1024]))
                .await;
            credit -= 16 * 1024;
            sent += 16 * 1024;
        }
        ends.client.send(RawFrame::ping(*b"any more")).await;
        let before = window;
        loop {
            let frame = ends.client.next().await.unwrap();
            if frame.is(crate::lab::http2::WINDOW_UPDATE, stream) {
                let more = u32::from_be_bytes(frame.payload[..4].try_into().unwrap());
                window += i64::from(more);
                credit += more as usize;
            }
            if frame.kind == crate::lab::http2::PING && frame.payload == b"any more" {
                break;
            }
        }
        unchanged = if window == before { unchanged + 1 } else { 0 };
    }
    assert!(sent < 64 << 20, "{} MiB were taken", sent >> 20);
    // All of it is there when it reads again.
    ends.client.send(RawFrame::data(stream, END_STREAM, "")).await;
    let mut all = Vec::new();
    within("all of it", origin.read_to_end(&mut all)).await.unwrap();
    assert_eq!(all.len(), sent);
}

#[tokio::test]
async fn megabytes_pass_both_ways_in_tunnels_side_by_side() {
    use tokio::io::copy_bidirectional;
    let lab = Lab::start().await;
    let echo = RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    })
    .await;
    let outer = crate::lab::Conversation::http2(lab.client().tcp().await).await;
    let passing = (0..5_u8).map(|n| {
        let mut sender = outer.http2_sender();
        let target = echo.authority();
        async move {
            let connect = http::Request::connect(target).body(crate::lab::empty()).unwrap();
            let response = sender.send_request(connect).await.unwrap();
            let upgraded = hyper::upgrade::on(response).await.unwrap();
            let mut tunnel = hyper_util::rt::TokioIo::new(upgraded);
            let (mut near, mut far) = tokio::io::duplex(64 * 1024);
            let said: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8 ^ n).collect();
            let expected = [b"\0", &said[..]].concat();
            let talking = async {
                let (mut reader, mut writer) = tokio::io::split(&mut near);
                let mut heard = Vec::new();
                let (written, _) = tokio::join!(
                    async {
                        writer.write_all(&expected).await?;
                        writer.shutdown().await
                    },
                    reader.read_to_end(&mut heard)
                );
                written.unwrap();
                assert!(heard == expected, "{} bytes of {}", heard.len(), expected.len());
            };
            let _ = tokio::join!(copy_bidirectional(&mut far, &mut tunnel), talking);
        }
    });
    within("all of them", futures_util::future::join_all(passing)).await;
}
