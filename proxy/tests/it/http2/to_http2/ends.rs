//! How streams and connections end early, and what the other side is told of it.

use super::*;

const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

#[tokio::test]
async fn a_reset_before_the_head_is_told_by_a_page() {
    let lab = Lab::start().await;
    for (code, text) in [
        (
            ENHANCE_YOUR_CALM,
            "the origin reset the stream: ENHANCE_YOUR_CALM",
        ),
        (REFUSED_STREAM, "the origin reset the stream: REFUSED_STREAM"),
    ] {
        let mut ends = Ends::open(&lab).await;
        let path = format!("/reset/{code}");
        ends.ask(&format!("GET {path}"), "").await;
        ends.asked(1).await;
        ends.origin.send(RawFrame::reset(1, code)).await;
        let rest = ends.rest().await;
        assert!(rest.starts_with("HTTP/1.1 502 ") && rest.contains(text), "{rest}");
        let row = lab.api().exchange(&path).await;
        assert_eq!(row["error"]["text"], text, "{row:#}");
        assert_eq!(row["error"]["leg"], "origin");
    }
}

#[tokio::test]
async fn a_reset_behind_the_head_cuts_the_answer() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /cut", "").await;
    ends.asked(1).await;
    ends.answer(1, 0, &[(":status", "200")]).await;
    ends.answer_data(1, 0, "half").await;
    let begun = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    assert_eq!(read_some(&mut ends.client, begun.len()).await, begun.as_bytes());
    ends.origin.send(RawFrame::reset(1, ENHANCE_YOUR_CALM)).await;
    assert_eq!(ends.rest().await, "", "no last chunk");
    let row = lab.api().exchange("/cut").await;
    assert_eq!(
        row["error"]["text"], "the origin reset the stream: ENHANCE_YOUR_CALM",
        "{row:#}"
    );
}

#[tokio::test]
async fn a_stream_that_was_not_looked_at_leaves_its_client_to_ask_again() {
    let lab = Lab::start().await;
    for is_connection in [false, true] {
        let mut ends = Ends::open(&lab).await;
        ends.ask("GET /first", "").await;
        ends.asked(1).await;
        ends.answer(1, END_STREAM, &[(":status", "204")]).await;
        read_head(&mut ends.client).await;
        let path = format!("/again/{is_connection}");
        ends.ask(&format!("GET {path}"), "").await;
        ends.asked(3).await;
        let text = match is_connection {
            true => {
                ends.origin.send(RawFrame::go_away(1, 0)).await;
                "the origin is going away and did not take the request"
            }
            false => {
                ends.origin.send(RawFrame::reset(3, REFUSED_STREAM)).await;
                "the origin reset the stream: REFUSED_STREAM"
            }
        };
        assert_eq!(ends.rest().await, "", "an end like that of an idle connection");
        let row = lab.api().exchange(&path).await;
        assert_eq!(row["error"]["text"], text, "{row:#}");
    }
}

#[tokio::test]
async fn an_origin_that_goes_away_answers_what_it_took() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /", "").await;
    ends.asked(1).await;
    ends.origin.send(RawFrame::go_away(1, 0)).await;
    ends.origin.settle().await;
    ends.answer(1, END_STREAM, &[(":status", "200")]).await;
    let rest = ends.rest().await;
    assert_eq!(
        rest,
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: close\r\n\r\n"
    );
}

#[tokio::test]
async fn a_connection_that_is_not_needed_ends_with_its_origins() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /", "").await;
    ends.asked(1).await;
    ends.answer(1, END_STREAM, &[(":status", "204")]).await;
    read_head(&mut ends.client).await;
    ends.origin.send(RawFrame::go_away(1, 0)).await;
    assert_eq!(ends.rest().await, "");
    let target = ends.target.clone();
    assert_eq!(lab.api().connection(&target).await["failure"], json!(null));
}

#[tokio::test]
async fn an_origin_that_breaks_off_is_told_by_a_page() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /gone", "").await;
    ends.asked(1).await;
    let Ends {
        mut client,
        origin,
        _origin,
        ..
    } = ends;
    drop(origin);
    let (rest, _) = read_to_end_or_reset(&mut client).await;
    assert!(rest.starts_with(b"HTTP/1.1 502 "));
    let row = lab.api().exchange("/gone").await;
    assert_eq!(
        row["error"]["text"], "the origin closed the connection before it answered",
        "{row:#}"
    );
}

#[tokio::test]
async fn a_client_that_leaves_resets_its_stream() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("GET /left", "").await;
    ends.asked(1).await;
    ends.answer(1, 0, &[(":status", "200")]).await;
    read_head(&mut ends.client).await;
    let Ends {
        client,
        mut origin,
        _origin,
        ..
    } = ends;
    // Half an answer: it is gone when it is written to.
    drop(client);
    let reset = loop {
        origin.send(RawFrame::data(1, 0, "more")).await;
        match origin.next().await {
            Some(frame) if frame.is(RST_STREAM, 1) => break frame.code(),
            Some(_) => {}
            None => panic!("the end without a reset"),
        }
    };
    assert_eq!(reset, CANCEL);
}

#[tokio::test]
async fn an_answer_before_the_body_leaves_the_rest_of_it() {
    let lab = Lab::start().await;
    let mut ends = Ends::open(&lab).await;
    ends.ask("POST /early", "Content-Length: 100\r\n").await;
    ends.say("the beginning").await;
    ends.asked(1).await;
    ends.origin.expect(DATA, 1).await;
    ends.answer(1, END_STREAM, &[(":status", "413")]).await;
    // RFC 9113 section 8.1: the rest is not wanted.
    ends.origin.send(RawFrame::reset(1, 0)).await;
    assert!(read_head(&mut ends.client).await.starts_with("HTTP/1.1 413 "));
    assert_eq!(ends.rest().await, "", "the connection ends");
    let row = lab.api().exchange("/early").await;
    assert_eq!(
        (&row["status"], &row["error"]),
        (&json!(413), &json!(null)),
        "{row:#}"
    );
}
