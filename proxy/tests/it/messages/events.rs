//! Streams of events, followed while they come.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::Semaphore;

use super::messages;
use crate::lab::{Lab, RawOrigin, program, read_head, within};

/// An origin that sends an event for each permit.
async fn ticking(steps: Arc<Semaphore>) -> RawOrigin {
    RawOrigin::tcp(move |mut stream| {
        let steps = steps.clone();
        async move {
            read_head(&mut stream).await;
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for number in 1.. {
                let Ok(step) = steps.acquire().await else { break };
                step.forget();
                let event = format!("event: tick\nid: {number}\ndata: {{\"n\":{number}}}\n\n");
                let chunk = format!("{:x}\r\n{event}\r\n", event.len());
                if stream.write_all(chunk.as_bytes()).await.is_err() {
                    return;
                }
            }
            let _ = stream.write_all(b"0\r\n\r\n").await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_and_the_api_follow_a_stream_event_by_event() {
    let lab = Lab::start().await;
    let steps = Arc::new(Semaphore::new(0));
    let origin = ticking(steps.clone()).await;
    let mut curl = program("curl", "curl", lab.dir());
    let proxy = format!("http://{}", lab.handlens.proxy());
    curl.args([
        "-sN",
        "--noproxy",
        "",
        "-x",
        &proxy,
        &origin.url("http", "/ticks"),
    ]);
    let mut child = curl
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let api = lab.api();
    for number in 1..=3u64 {
        // The next event is not sent before this one has arrived and is told.
        steps.add_permits(1);
        loop {
            let line = within("the next line", lines.next_line()).await.unwrap().unwrap();
            if line == format!("data: {{\"n\":{number}}}") {
                break;
            }
        }
        let page = messages(&api, "/ticks", number).await;
        let last = page["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&page["kind"], &page["open"]), (&"sse".into(), &true.into()));
        assert_eq!(
            (&last["event"], &last["id"]),
            (&"tick".into(), &number.to_string().into())
        );
        assert_eq!(last["preview"], format!("{{\"n\":{number}}}"));
        assert!(last["at_us"].is_u64(), "{last:#}");
    }
    steps.close();
    assert!(within("curl to end", child.wait()).await.unwrap().success());
    let row = api.exchange("/ticks").await;
    assert_eq!((&row["protocol"], &row["state"]), (&"sse".into(), &"done".into()));
    let id = row["id"].as_str().unwrap();
    let tail = api
        .get(&format!("/api/exchanges/{id}/messages?tail=1&limit=1"))
        .await;
    assert_eq!(
        (&tail["offset"], &tail["items"][0]["number"], &tail["open"]),
        (&2.into(), &3.into(), &false.into())
    );
    let found = api
        .get(&format!("/api/exchanges/{id}/messages?filter=%22n%22:2"))
        .await;
    assert_eq!(
        (&found["total"], &found["matched"], &found["items"][0]["number"]),
        (&3.into(), &1.into(), &2.into())
    );
}
