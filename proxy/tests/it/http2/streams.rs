//! Stream for stream, both ends by the frame: what one side says of a stream is what the other side hears.

use serde_json::json;

use crate::lab::http2::*;
use crate::lab::{Lab, eventually};

const CANCEL: u32 = 8;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

fn ok(flags: u8) -> RawFrame {
    RawFrame::headers(1, flags, &[(":status", "200")])
}

#[tokio::test]
async fn a_reset_of_the_client_reaches_the_origin_with_its_code() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    for (stream, code) in [(1, CANCEL), (3, ENHANCE_YOUR_CALM), (5, 0xbeef)] {
        client.send(RawFrame::headers(stream, 0, &GET)).await;
        origin.expect(HEADERS, stream).await;
        client.send(RawFrame::reset(stream, code)).await;
        assert_eq!(origin.expect(RST_STREAM, stream).await.code(), code);
    }
    // Also when the request was whole, and when the response has begun.
    client.send(RawFrame::headers(7, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 7).await;
    origin.send(RawFrame::headers(7, 0, &[(":status", "200")])).await;
    client.expect(HEADERS, 7).await;
    client.send(RawFrame::reset(7, CANCEL)).await;
    assert_eq!(origin.expect(RST_STREAM, 7).await.code(), CANCEL);
    let rows = lab.api().exchanges_over(4).await;
    assert!(
        rows.iter().all(|row| row["error"]["leg"] == "client"),
        "{rows:#?}"
    );
    assert!(
        rows[1]["error"]["text"]
            .as_str()
            .unwrap()
            .contains("ENHANCE_YOUR_CALM")
            || rows[2]["error"]["text"]
                .as_str()
                .unwrap()
                .contains("ENHANCE_YOUR_CALM"),
        "{rows:#?}"
    );
}

#[tokio::test]
async fn a_reset_of_the_origin_reaches_the_client_with_its_code_behind_what_came_before() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    client.send(RawFrame::headers(1, 0, &GET)).await;
    origin.expect(HEADERS, 1).await;
    origin
        .send_all(&[
            RawFrame::headers(1, 0, &[(":status", "200"), ("alt-svc", "h3=\":443\"")]),
            RawFrame::data(1, 0, "part"),
            RawFrame::reset(1, ENHANCE_YOUR_CALM),
        ])
        .await;
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("200"));
    assert_eq!(client.expect(DATA, 1).await.payload, b"part");
    assert_eq!(client.expect(RST_STREAM, 1).await.code(), ENHANCE_YOUR_CALM);

    // Before a head, there is no page in its stead.
    client.send(RawFrame::headers(3, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 3).await;
    origin.send(RawFrame::reset(3, 0xd)).await;
    assert_eq!(client.expect(RST_STREAM, 3).await.code(), 0xd);
    let rows = lab.api().exchanges_over(2).await;
    assert_eq!(
        rows[1]["error"]["text"],
        "the origin reset the stream: HTTP_1_1_REQUIRED"
    );
    assert_eq!(
        rows[1]["error"]["text"],
        "the origin reset the stream: HTTP_1_1_REQUIRED"
    );
    assert_eq!(
        (&rows[0]["stream_id"], &rows[1]["stream_id"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        (&rows[0]["origin_stream_id"], &rows[1]["origin_stream_id"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        (&rows[0]["invites_to_h3"], &rows[1]["invites_to_h3"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn an_origin_that_wants_no_more_of_a_request_says_so_behind_its_response() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    client.send(RawFrame::headers(1, 0, &GET)).await;
    origin.expect(HEADERS, 1).await;
    origin
        .send_all(&[
            ok(0),
            RawFrame::data(1, END_STREAM, "enough"),
            RawFrame::reset(1, 0),
        ])
        .await;
    client.expect(HEADERS, 1).await;
    let body = client.expect(DATA, 1).await;
    assert_eq!(body.payload, b"enough");
    assert_eq!(client.expect(RST_STREAM, 1).await.code(), 0);
    let row = lab.api().exchange("/").await;
    assert_eq!((&row["state"], &row["status"]), (&json!("done"), &json!(200)));
}

#[tokio::test]
async fn a_goaway_lets_streams_under_way_end_and_refuses_those_not_looked_at() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    for stream in [1, 3] {
        client.send(RawFrame::headers(stream, END_STREAM, &GET)).await;
        origin.expect(HEADERS, stream).await;
    }
    origin.send(RawFrame::go_away(1, 0)).await;
    // The client is told to go, and asked by a PING when it has heard that, while the refused stream ends by itself.
    let (mut refused, mut told) = (false, false);
    while !(refused && told) {
        let frame = client.next().await.unwrap();
        match (frame.kind, frame.stream) {
            (PING, 0) => {}
            (GOAWAY, 0) if frame.code() == 0 => told = true,
            (RST_STREAM, 3) if frame.code() == REFUSED_STREAM => refused = true,
            _ => panic!("{frame:?}"),
        }
    }
    origin
        .send_all(&[ok(0), RawFrame::data(1, END_STREAM, "well")])
        .await;
    assert_eq!(client.expect(DATA, 1).await.payload, b"well");
}

#[tokio::test]
async fn a_goaway_with_a_code_ends_the_client_with_it_once_its_streams_are_over() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    client.send(RawFrame::headers(1, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 1).await;
    origin.send(RawFrame::go_away(1, ENHANCE_YOUR_CALM)).await;
    // What is asked meanwhile may be asked elsewhere.
    client.send(RawFrame::headers(3, END_STREAM, &GET)).await;
    assert_eq!(client.expect(RST_STREAM, 3).await.code(), REFUSED_STREAM);
    origin.send(ok(END_STREAM)).await;
    client.expect(HEADERS, 1).await;
    assert_eq!(client.expect(GOAWAY, 0).await.code(), ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn interim_responses_and_trailers_pass_in_their_order() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    let fields = request_fields("POST", "/up", &[("te", "trailers")]);
    client
        .send_all(&[
            RawFrame::headers(1, 0, &fields),
            RawFrame::data(1, 0, "body"),
            RawFrame::headers(1, END_STREAM, &[("x-sum", "4")]),
        ])
        .await;
    assert_eq!(origin.expect(HEADERS, 1).await.field("te"), Some("trailers"));
    assert_eq!(origin.expect(DATA, 1).await.payload, b"body");
    let trailers = origin.expect(HEADERS, 1).await;
    assert!(
        trailers.has(END_STREAM) && trailers.field("x-sum") == Some("4"),
        "{trailers:?}"
    );
    let hint = |link| RawFrame::headers(1, 0, &[(":status", "103"), ("link", link)]);
    origin
        .send_all(&[
            hint("</a>"),
            hint("</b>"),
            ok(0),
            RawFrame::data(1, 0, "answer"),
            RawFrame::headers(1, END_STREAM, &[("grpc-status", "0")]),
        ])
        .await;
    let mut heads = Vec::new();
    for _ in 0..4 {
        let head = client.expect(HEADERS, 1).await;
        let told = |name| head.field(name).map(str::to_owned);
        heads.push((told(":status"), told("link"), told("grpc-status")));
    }
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        heads,
        [
            (text("103"), text("</a>"), None),
            (text("103"), text("</b>"), None),
            (text("200"), None, None),
            (None, None, text("0")),
        ]
    );
}

#[tokio::test]
async fn large_header_blocks_pass_and_too_large_ones_are_answered_431() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    let value = "v".repeat(20_000);
    let more: Vec<(&str, &str)> = ["x-1", "x-2", "x-3", "x-4", "x-5"]
        .map(|name| (name, &*value))
        .to_vec();
    let send = |stream: u32, fields: &[(&str, &str)]| {
        let block = block(fields);
        let mut pieces = block.chunks(16_000).peekable();
        let mut frames = Vec::new();
        let mut kind = HEADERS;
        while let Some(piece) = pieces.next() {
            let mut flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            flags |= if kind == HEADERS { END_STREAM } else { 0 };
            frames.push(RawFrame::new(kind, flags, stream, piece));
            kind = CONTINUATION;
        }
        frames
    };
    client
        .send_all(&send(1, &request_fields("GET", "/", &more)))
        .await;
    let head = origin.expect(HEADERS, 1).await;
    assert!(more.iter().all(|(name, value)| head.field(name) == Some(value)));
    let answer: Vec<_> = [(":status", "200")]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    origin.send_all(&send(1, &answer)).await;
    let head = client.expect(HEADERS, 1).await;
    assert!(more.iter().all(|(name, value)| head.field(name) == Some(value)));

    let names: Vec<String> = (0..15).map(|n| format!("x-{n}")).collect();
    let more: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*value)).collect();
    client
        .send_all(&send(3, &request_fields("GET", "/", &more)))
        .await;
    let refused = client.expect(HEADERS, 3).await;
    assert_eq!(refused.field(":status"), Some("431"));
    client.settle().await;
}

#[tokio::test]
async fn no_side_may_send_more_than_the_other_takes() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open_with(&lab, &[(4, 1000)], &[]).await;
    client.send(RawFrame::headers(1, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 1).await;
    // All that the origin may send: a mebibyte.
    origin.send(ok(0)).await;
    for _ in 0..64 {
        origin.send(RawFrame::data(1, 0, vec![7; 16_384])).await;
    }
    let mut taken = 0;
    while taken < 1000 {
        taken += client.expect(DATA, 1).await.payload.len();
    }
    client.send(RawFrame::ping(*b"nothing.")).await;
    let next = client.next().await.unwrap();
    assert!(next.is(PING, 0), "more than the window allows: {next:?}");
    origin.send(RawFrame::ping(*b"nothing.")).await;
    let mut room = 0;
    loop {
        let next = origin.next().await.unwrap();
        if next.is(PING, 0) {
            break;
        }
        assert!(next.is(WINDOW_UPDATE, 1), "{next:?}");
        room += u32::from_be_bytes(next.payload[..].try_into().unwrap());
    }
    assert!(room <= 1000, "room that nobody made: {room}");

    client
        .send_all(&[RawFrame::window(1, 1 << 20), RawFrame::window(0, 1 << 20)])
        .await;
    while taken < 1 << 20 {
        taken += client.expect(DATA, 1).await.payload.len();
    }
    assert_eq!(taken, 1 << 20);
    origin.expect(WINDOW_UPDATE, 1).await;
}

#[tokio::test]
async fn no_more_streams_are_opened_than_the_origin_takes_at_once() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open_with(&lab, &[], &[(3, 1)]).await;
    for stream in [1, 3] {
        client.send(RawFrame::headers(stream, END_STREAM, &GET)).await;
    }
    client.settle().await;
    origin.expect(HEADERS, 1).await;
    origin.send(RawFrame::ping(*b"nothing.")).await;
    let next = origin.next().await.unwrap();
    assert!(next.is(PING, 0), "a second stream: {next:?}");
    origin.send(ok(END_STREAM)).await;
    client.expect(HEADERS, 1).await;
    origin.expect(HEADERS, 3).await;
}

#[tokio::test]
async fn a_thousand_streams_are_under_way_at_once() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    let streams = || (0..1000_u32).map(|n| 2 * n + 1);
    let requests: Vec<_> = streams()
        .map(|stream| RawFrame::headers(stream, END_STREAM, &GET))
        .collect();
    client.send_all(&requests).await;
    for stream in streams() {
        origin.expect(HEADERS, stream).await;
    }
    for stream in streams().collect::<Vec<_>>().into_iter().rev() {
        origin
            .send(RawFrame::headers(stream, 0, &[(":status", "200")]))
            .await;
        origin
            .send(RawFrame::data(stream, END_STREAM, stream.to_string()))
            .await;
    }
    let mut answered = 0;
    while answered < 1000 {
        let frame = client.next().await.unwrap();
        if frame.kind == DATA {
            assert_eq!(frame.payload, frame.stream.to_string().as_bytes());
            answered += 1;
        }
    }
    let rows = lab.api().exchanges_over(1000).await;
    assert!(rows.iter().all(|row| row["state"] == "done"));
}

#[tokio::test]
async fn a_websocket_over_http2_passes_where_the_origin_takes_it() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open_with(&lab, &[], &[(8, 1)]).await;
    // It may be told behind what the client was told at first, before the origin had said anything.
    while !client.settings.windows(6).any(|one| one == [0, 8, 0, 0, 0, 1]) {
        client.expect(SETTINGS, 0).await;
    }
    client.settle().await;
    let head = request_fields(
        "CONNECT",
        "/socket",
        &[(":protocol", "websocket"), ("sec-websocket-version", "13")],
    );
    client.send(RawFrame::headers(1, 0, &head)).await;
    let asked = origin.expect(HEADERS, 1).await;
    assert_eq!(
        (asked.field(":method"), asked.field(":protocol")),
        (Some("CONNECT"), Some("websocket"))
    );
    assert_eq!(asked.field(":path"), Some("/socket"));
    origin.send(ok(0)).await;
    client.expect(HEADERS, 1).await;
    client
        .send(RawFrame::data(1, 0, b"\x81\x82\0\0\0\0hi".to_vec()))
        .await;
    assert_eq!(origin.expect(DATA, 1).await.payload, b"\x81\x82\0\0\0\0hi");
    origin.send(RawFrame::data(1, 0, b"\x81\x02yo".to_vec())).await;
    assert_eq!(client.expect(DATA, 1).await.payload, b"\x81\x02yo");
    origin
        .send(RawFrame::data(1, END_STREAM, b"\x88\x00".to_vec()))
        .await;
    assert_eq!(client.expect(DATA, 1).await.payload, b"\x88\x00");
    client
        .send(RawFrame::data(1, END_STREAM, b"\x88\x80\0\0\0\0".to_vec()))
        .await;
    assert!(origin.expect(DATA, 1).await.has(END_STREAM));
    let row = lab.api().exchange("/socket").await;
    assert_eq!(
        (&row["method"], &row["state"]),
        (&json!("CONNECT"), &json!("done")),
        "{row:#}"
    );
    let detail = lab.api().exchange_of(&row).await;
    assert!(
        detail["request"]["fields"].to_string().contains(":protocol"),
        "{detail:#}"
    );
    assert_eq!(
        (&row["request_bytes"], &row["response_bytes"]),
        (&json!(14), &json!(6))
    );
}

#[tokio::test]
async fn a_websocket_over_http2_is_not_offered_where_the_origin_does_not_take_it() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open(&lab).await;
    let head = request_fields("CONNECT", "/socket", &[(":protocol", "websocket")]);
    client.send(RawFrame::headers(1, 0, &head)).await;
    assert_eq!(client.expect(RST_STREAM, 1).await.code(), 1);
    origin.settle().await;
}

#[tokio::test]
async fn the_frames_of_both_legs_are_told_as_a_timeline() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, mut origin) = ends.open_with(&lab, &[(3, 50)], &[(3, 77)]).await;
    client.send(RawFrame::headers(1, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 1).await;
    origin
        .send_all(&[ok(0), RawFrame::data(1, 0, "some"), RawFrame::reset(1, CANCEL)])
        .await;
    client.expect(RST_STREAM, 1).await;
    let connection = eventually("the connection", || async {
        lab.api().connections().await.pop().ok_or("none yet")
    })
    .await;
    let path = format!("/api/connections/{}/frames", connection["id"].as_str().unwrap());
    // It is still open: what passed is told within a moment.
    let frames = eventually("the frames", || async {
        let frames = lab.api().get(&path).await;
        let is_told = frames.to_string().contains("RST_STREAM") && !frames["client"].is_null();
        is_told.then_some(frames.clone()).ok_or(frames)
    })
    .await;
    let told = |leg: &str| -> Vec<(String, String, u64)> {
        let frames = frames[leg]["frames"].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        frames
            .iter()
            .map(|frame| {
                (
                    text(&frame["from"]),
                    text(&frame["type"]),
                    frame["stream"].as_u64().unwrap(),
                )
            })
            .filter(|(_, kind, stream)| *stream > 0 || kind == "GOAWAY")
            .collect()
    };
    let frame = |from: &str, kind: &str| (from.to_owned(), kind.to_owned(), 1);
    assert_eq!(
        told("client"),
        [
            frame("client", "HEADERS"),
            frame("handlens", "HEADERS"),
            frame("handlens", "DATA"),
            frame("handlens", "RST_STREAM"),
        ]
    );
    assert_eq!(
        told("origin"),
        [
            frame("handlens", "HEADERS"),
            frame("origin", "HEADERS"),
            frame("origin", "DATA"),
            frame("origin", "RST_STREAM"),
        ]
    );
    let first = |leg: &str, from: &str| {
        let frames = frames[leg]["frames"].as_array().unwrap();
        frames.iter().find(|frame| frame["from"] == from).unwrap().clone()
    };
    let settings = |value| json!({"settings": [{"name": "MAX_CONCURRENT_STREAMS", "value": value}]});
    assert_eq!(first("client", "client")["detail"], settings(50));
    assert_eq!(first("origin", "origin")["detail"], settings(77));
    assert_eq!(frames["client"]["omitted"], 0);
}
