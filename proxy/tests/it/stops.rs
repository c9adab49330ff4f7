//! How it stops, is killed, and goes on when its disk is full.

use std::sync::Arc;

use rustix::process::Signal;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt};
use tokio::sync::Notify;

use crate::lab::{Lab, Pattern, RawOrigin, eventually, read_answer, within};

#[tokio::test]
async fn a_stop_lets_the_exchange_under_way_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut lab = Lab::start().await;
        let origin = lab.origin().await;
        let (client, url) = (lab.client(), origin.url("/hold"));
        let asked = tokio::spawn(async move { client.get(&url).await });
        origin.someone_waits().await;

        lab.handlens.signal(signal);
        let proxy = lab.handlens.proxy();
        eventually("the door to close", || async {
            match tokio::net::TcpStream::connect(proxy).await {
                Err(_) => Ok(()),
                Ok(_) => Err("it is open"),
            }
        })
        .await;
        origin.go(1);

        assert_eq!(within("the answer", asked).await.unwrap().text(), "held");
        assert_eq!(lab.handlens.end().await.code(), Some(0));
        let lab = lab.restart_stopped().await;
        assert_eq!(lab.api().exchange("/hold").await["state"], "done");
    }
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\ndrain = 60\n")).await;
    let origin = lab.origin().await;
    let mut tunnels = Vec::new();
    for alpn in ["h2", "http/1.1"] {
        let mut conversation = lab.client().offering(&[alpn]).open(&origin.authority()).await;
        conversation.get(&origin.url("/bytes/1")).await;
        tunnels.push(conversation);
    }
    let idle = lab.client().tcp().await;
    let begun = std::time::Instant::now();
    lab.handlens.stop().await;
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    drop((tunnels, idle));
}

/// The origin hears our hello and says nothing.
#[tokio::test]
async fn handshakes_that_a_stop_cuts_short_are_told_as_far_as_they_came() {
    let mut lab = Lab::start_as(|setup| setup.config("[timeouts]\ndrain = 1\n")).await;
    let heard = Arc::new(Notify::new());
    let hears = heard.clone();
    let origin = RawOrigin::tcp(move |mut stream| {
        let heard = hears.clone();
        async move {
            let _ = stream.read(&mut [0; 4096]).await;
            heard.notify_one();
            std::future::pending().await
        }
    })
    .await;
    let (client, target) = (lab.client(), origin.authority());
    let shaking = tokio::spawn(async move { client.shake_hands(&target).await.is_err() });
    within("our hello", heard.notified()).await;
    lab.handlens.signal(Signal::TERM);
    assert_eq!(lab.handlens.end().await.code(), Some(0));
    assert!(within("the client", shaking).await.unwrap());

    let lab = lab.restart_stopped().await;
    let connection = lab.api().connection(&origin.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    for leg in ["client", "origin"] {
        let messages = handshake[leg]["messages"].as_array().unwrap();
        let kinds: Vec<_> = messages.iter().map(|message| &message["type"]).collect();
        assert_eq!(kinds, ["client_hello"], "{leg}");
        let text = handshake[leg]["failure"]["text"].as_str().unwrap();
        assert!(
            text.starts_with("The handshake stops after the ClientHello"),
            "{text}"
        );
        assert!(text.ends_with(", without a word."), "{text}");
    }
}

#[tokio::test]
async fn what_was_recorded_survives_a_kill() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for n in 0..30 {
        lab.client()
            .get(&origin.url(&format!("/bytes/{}?seed={n}", n * 1000)))
            .await;
    }
    // At most the last half second may be lost: so what is older is what must be there.
    let rows = lab.api().exchanges_over(30).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let (client, url) = (lab.client(), origin.url("/events/1"));
    let open = tokio::spawn(async move { client.open_and_forget(&url).await });
    origin.someone_waits().await;

    let lab = lab.kill_and_restart().await;

    open.abort();
    let after = lab.api().exchanges().await;
    assert!(after.len() >= 30, "{} exchanges are left", after.len());
    for (n, (before, after)) in rows.iter().zip(&after).enumerate() {
        assert_eq!(
            (&before["id"], &before["number"]),
            (&after["id"], &after["number"])
        );
        let body = lab.api().body(after, "response", "").await;
        assert!(body == Pattern::bytes(n as u64, n * 1000), "body {n}");
    }
    for half in &after[30..] {
        assert_eq!(
            half["state"], "failed",
            "no half record is shown as whole or as open: {half:#}"
        );
    }
    assert_eq!(
        lab.client().get(&origin.url("/bytes/7?after")).await.body.len(),
        7
    );
    assert!(lab.api().exchange("/bytes/7?after").await["number"].as_u64() > Some(30));
}

#[tokio::test]
async fn the_store_stays_within_its_bound() {
    let lab = Lab::start_with(&["--max-store", "16MiB"]).await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let path = |seed: u64| format!("/bytes/500000?seed={seed}");
    for seed in 0..100 {
        conversation.get(&origin.url(&path(seed))).await;
    }
    lab.api().exchange(&path(99)).await;

    let api = lab.api();
    let within_bound = api.status_where("the store to be within its bound", |status| {
        let store = &status["store"];
        store["evicted"].as_u64() > Some(0) && store["bytes"].as_u64() <= Some(16 << 20)
    });
    within_bound.await;

    let on_disk = eventually("the disk to be given back", || async {
        let size = size_of(&lab.dir().join("data"));
        if size <= 20 << 20 { Ok(size) } else { Err(size) }
    });
    on_disk.await;
    let rows = lab.api().exchanges().await;
    assert_eq!(rows.last().unwrap()["path"], path(99), "the oldest go first");
    for row in &rows {
        // It may go after the list was read.
        if let Some(body) = lab.api().body_if_held(row).await {
            let seed = (0..100).find(|seed| row["path"] == path(*seed)).unwrap();
            assert!(
                body == Pattern::bytes(seed, 500_000),
                "what is left is whole: {row:#}"
            );
        }
    }
    assert_eq!(
        lab.api().body(rows.last().unwrap(), "response", "").await.len(),
        500_000
    );
}

/// Bytes that a folder takes on disk.
fn size_of(dir: &std::path::Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}

#[tokio::test]
async fn a_full_disk_stops_the_recording_and_not_the_traffic() {
    let lab = Lab::start_as(|setup| {
        let data = setup.home().parent().unwrap().join("data");
        std::fs::create_dir_all(&data).unwrap();
        setup.in_mounts(&format!(
            "mount -t tmpfs -o size=48m handlens-lab '{}'",
            data.display()
        ))
    })
    .await;
    let origin = lab.origin().await;
    let ballast = lab.handlens.as_it_sees(&lab.dir().join("data/ballast"));
    std::fs::write(&ballast, vec![0; 32 << 20]).unwrap();

    let mut conversation = lab.client().http1().open(&origin.authority()).await;
    let mut recording = Value::Null;
    for n in 0..50 {
        let answer = conversation
            .get(&origin.url(&format!("/bytes/2000000?seed={n}")))
            .await;
        assert_eq!(answer.body.len(), 2_000_000, "traffic goes on");
        recording = lab.api().status().await["recording"].take();
        if recording["state"] == "stopped" {
            break;
        }
    }
    assert_eq!(
        recording["state"], "stopped",
        "100 MB were recorded on a disk of 48 MiB"
    );
    assert!(
        recording["reason"].is_string() && recording["since"].is_string(),
        "{recording:#}"
    );
    assert_eq!(
        conversation
            .get(&origin.url("/bytes/5?while-full"))
            .await
            .body
            .len(),
        5
    );

    std::fs::remove_file(&ballast).unwrap();

    lab.api()
        .status_where("the recording to resume", |status| {
            status["recording"]["state"] == "on"
        })
        .await;
    assert_eq!(
        conversation.get(&origin.url("/bytes/6?after")).await.body.len(),
        6
    );
    lab.api().exchange("/bytes/6?after").await;
    let rows = lab.api().exchanges().await;
    for row in rows.iter().filter(|row| row["state"] == "done") {
        let whole = lab.api().exchange_of(row).await;
        let kept = lab.api().body(row, "response", "").await.len();
        assert_eq!(
            whole["response"]["kept"], kept,
            "what says it is kept is there: {whole:#}"
        );
    }
}

#[tokio::test]
async fn it_stops_though_a_client_has_changed_its_keys() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab.client().http1();
    let mut stream = client.shake_hands(&origin.authority()).await.unwrap();
    let head = format!("GET /bytes/3 HTTP/1.1\r\nHost: {}\r\n\r\n", origin.authority());
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).await.unwrap();
        let (_, body) = read_answer(&mut stream).await;
        assert_eq!(body.len(), 3);
        stream.get_mut().1.refresh_traffic_keys().unwrap();
    }
    drop(stream);

    lab.into_parts().1.stop().await;
}
