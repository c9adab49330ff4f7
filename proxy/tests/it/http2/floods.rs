//! Floods by either peer: survived, with memory that does not grow with them.

use crate::lab::Lab;
use crate::lab::http2::*;

pub(super) const ENHANCE_YOUR_CALM: u32 = 11;

/// What a flood may leave behind of memory, in all.
pub(super) const ROOM: u64 = 48 << 20;

fn post(stream: u32) -> RawFrame {
    RawFrame::headers(stream, 0, &request_fields("POST", "/", &[]))
}

/// Sends the same frames again and again, until all are sent or the connection has ended.
pub(super) async fn flood(end: &mut RawHttp2, times: usize, frames: &[RawFrame]) {
    let some: Vec<RawFrame> = frames.iter().cycle().take(frames.len() * 100).cloned().collect();
    for _ in 0..times / 100 {
        end.send_all(&some).await;
    }
}

/// The code that the connection ended with.
pub(super) async fn end_of(end: &mut RawHttp2) -> Option<u32> {
    while let Some(frame) = end.next().await {
        if frame.kind == GOAWAY {
            return Some(frame.code());
        }
    }
    None
}

/// Handlens goes on, and holds no more than it did but for a bounded room.
async fn assert_survived(lab: &Lab, ends: &mut Http2Ends, before: u64) {
    let (mut client, mut origin) = ends.open(lab).await;
    client.send(RawFrame::headers(1, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 1).await;
    let most = lab.handlens.memory("VmHWM");
    assert!(most < before + ROOM, "{} MiB more", (most - before) >> 20);
}

#[tokio::test]
async fn continuations_without_end_are_cut_off() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let before = lab.handlens.memory("VmHWM");
    for payload in [0, 1, 16_000] {
        let (mut client, _origin) = ends.open(&lab).await;
        client
            .send(RawFrame::new(HEADERS, END_STREAM, 1, block(&GET)))
            .await;
        // A field that never ends, or nothing at all.
        let more = RawFrame::new(CONTINUATION, 0, 1, vec![0x40; payload]);
        flood(&mut client, 2_000, &[more]).await;
        let code = end_of(&mut client).await;
        assert!(code.is_none_or(|code| code != 0), "{payload}: {code:?}");
    }
    assert_survived(&lab, &mut ends, before).await;
}

#[tokio::test]
async fn rapid_resets_are_survived_and_cost_the_origin_no_more_than_the_client() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let before = lab.handlens.memory("VmHWM");
    let (mut client, _origin) = ends.open(&lab).await;
    let pairs: Vec<RawFrame> = (0..20_000_u32)
        .flat_map(|n| [post(2 * n + 1), RawFrame::reset(2 * n + 1, 8)])
        .collect();
    for some in pairs.chunks(200) {
        client.send_all(some).await;
    }
    // A burst of them is no client's way.
    assert_eq!(
        end_of(&mut client).await.unwrap_or(ENHANCE_YOUR_CALM),
        ENHANCE_YOUR_CALM
    );
    assert_survived(&lab, &mut ends, before).await;
}

#[tokio::test]
async fn empty_frames_without_end_are_cut_off() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let before = lab.handlens.memory("VmHWM");
    let (mut client, _origin) = ends.open(&lab).await;
    client.send(post(1)).await;
    flood(&mut client, 10_000, &[RawFrame::data(1, 0, "")]).await;
    let code = end_of(&mut client).await;
    assert!(code.is_none_or(|code| code == ENHANCE_YOUR_CALM), "{code:?}");

    let (mut client, mut origin) = ends.open(&lab).await;
    client.send(post(1)).await;
    origin.expect(HEADERS, 1).await;
    origin.send(RawFrame::headers(1, 0, &[(":status", "200")])).await;
    flood(&mut origin, 10_000, &[RawFrame::data(1, 0, "")]).await;
    let code = end_of(&mut origin).await;
    assert!(code.is_none_or(|code| code == ENHANCE_YOUR_CALM), "{code:?}");
    assert_survived(&lab, &mut ends, before).await;
}

#[tokio::test]
async fn settings_and_pings_without_end_wait_until_their_answers_are_taken() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let before = lab.handlens.memory("VmHWM");
    for frame in [RawFrame::settings(&[(4, 1000)]), RawFrame::ping([7; 8])] {
        let (mut client, mut origin) = ends.open(&lab).await;
        for end in [&mut client, &mut origin] {
            flood(end, 40_000, std::slice::from_ref(&frame)).await;
            end.settle().await;
        }
    }
    assert_survived(&lab, &mut ends, before).await;
}

#[tokio::test]
async fn thirty_thousand_frames_of_a_byte_reach_a_reader_that_pauses() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let before = lab.handlens.memory("VmHWM");
    // It takes nothing for now.
    let (mut client, mut origin) = ends.open_with(&lab, &[], &[(4, 0)]).await;
    client.send(post(1)).await;
    flood(&mut client, 30_000, &[RawFrame::data(1, 0, "x")]).await;
    client.settle().await;
    origin.expect(HEADERS, 1).await;
    origin.send(RawFrame::window(1, 1 << 20)).await;
    let mut taken = 0;
    while taken < 30_000 {
        let frame = origin.expect(DATA, 1).await;
        taken += frame.payload.len();
    }
    assert_eq!(taken, 30_000);
    origin
        .send(RawFrame::headers(1, END_STREAM, &[(":status", "200")]))
        .await;
    client.expect(HEADERS, 1).await;
    assert_survived(&lab, &mut ends, before).await;
}

#[tokio::test]
async fn interim_responses_without_end_are_cut_off() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let before = lab.handlens.memory("VmHWM");
    let (mut client, mut origin) = ends.open(&lab).await;
    client.send(RawFrame::headers(1, END_STREAM, &GET)).await;
    origin.expect(HEADERS, 1).await;
    let hint = RawFrame::headers(1, 0, &[(":status", "103"), ("link", "</a>")]);
    flood(&mut origin, 10_000, &[hint]).await;
    let status = loop {
        let head = client.expect(HEADERS, 1).await;
        match head.field(":status") {
            Some("103") => {}
            other => break other.map(str::to_owned),
        }
    };
    assert_eq!(status.as_deref(), Some("502"));
    assert_eq!(origin.expect(RST_STREAM, 1).await.code(), ENHANCE_YOUR_CALM);
    assert_survived(&lab, &mut ends, before).await;
}

#[tokio::test]
async fn of_very_many_frames_the_first_are_told_and_the_others_counted() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (mut client, origin) = ends.open(&lab).await;
    flood(&mut client, 20_000, &[RawFrame::ping([7; 8])]).await;
    client.settle().await;
    drop((client, origin));
    let connection = lab.api().connection(ends.target()).await;
    let path = format!("/api/connections/{}/frames", connection["id"].as_str().unwrap());
    let frames = crate::lab::eventually("the frames", || async {
        let frames = lab.api().get(&path).await;
        let is_told = frames["client"]["omitted"].as_u64() > Some(7000);
        is_told.then_some(frames).ok_or("fewer")
    })
    .await;
    let client = &frames["client"];
    assert_eq!(client["frames"].as_array().unwrap().len(), 32 * 1024);
    assert!(
        client["omitted"].as_u64().unwrap() >= 40_000 - 32 * 1024,
        "{}",
        client["omitted"]
    );
}
