//! A disk that takes nothing for a while, when bodies may be dropped: it slows nobody, and what is lost is said.

use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::sync::Notify;

use crate::lab::{Lab, RawOrigin, program, read_head, read_to_end_or_reset, within};

/// Holds a lease on a file: whoever opens it waits until this ends, which is said (fcntl(2), "Leases").
const HOLD: &str = "
import fcntl, os, signal, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
signal.signal(signal.SIGIO, lambda *_: print('somebody waits', flush=True))
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('held', flush=True)
sys.stdin.read()
";

/// A file that can't be opened.
struct Held {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Held {
    async fn begin(lab: &Lab, path: &str) -> Self {
        let mut python = program("python3", "python3", lab.dir());
        python.args(["-c", HOLD]).arg(lab.dir().join(path));
        python.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut held = Self { child, lines };
        held.says("held").await;
        held
    }

    async fn says(&mut self, what: &str) {
        let line = within(what, self.lines.next_line()).await.unwrap();
        assert_eq!(line.as_deref(), Some(what));
    }

    async fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(within("its end", self.child.wait()).await.unwrap().success());
    }
}

const EVENTS: usize = 4096;

/// The event of this number, a KiB.
fn event(number: usize) -> Vec<u8> {
    format!("data: {number:0>1016}\n\n").into_bytes()
}

/// Answers `/events` with 4 MiB of them and, when it is told, with one more.
async fn origin(lab: &Lab, go_on: &Arc<Notify>) -> RawOrigin {
    let go_on = go_on.clone();
    RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
        let go_on = go_on.clone();
        async move {
            let head = read_head(&mut stream).await;
            if head.starts_with("GET /events") {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream
                    .write_all(&(0..EVENTS).flat_map(event).collect::<Vec<_>>())
                    .await;
                go_on.notified().await;
                let _ = stream.write_all(b"data: the last\n\n").await;
            } else {
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.write_all(&[b'x'; 2000]).await;
            }
            let _ = stream.shutdown().await;
        }
    })
    .await
}

#[tokio::test]
async fn it_slows_nobody_and_of_each_body_the_beginning_is_kept() {
    let config = "when-behind = \"drop-bodies\"\nrecorder-memory = \"1MiB\"\n";
    let lab = Lab::start_as(|setup| setup.config(config)).await;
    let go_on = Arc::default();
    let origin = origin(&lab, &go_on).await;
    let ask = async |path: &str| {
        let mut stream = lab.http1_stream(&origin.authority()).await;
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", origin.authority());
        stream.write_all(head.as_bytes()).await.unwrap();
        read_head(&mut stream).await;
        stream
    };
    let mut disk = Held::begin(&lab, "data/store/bodies/00000001.segment").await;
    let mut first = ask("/first").await;
    assert_eq!(read_to_end_or_reset(&mut first).await.0.len(), 2000);
    disk.says("somebody waits").await;

    // The writer stands still: traffic goes on.
    let mut events = ask("/events").await;
    let mut came = vec![0; EVENTS * 1024];
    within("the events", events.read_exact(&mut came)).await.unwrap();
    let mut second = ask("/second").await;
    assert_eq!(read_to_end_or_reset(&mut second).await.0.len(), 2000);
    let api = lab.api();
    let lost = api.status().await["store"]["dropped_bytes"].as_u64().unwrap();
    assert!(lost > 3 << 20, "{lost}");

    disk.end().await;
    let second = api.exchange("/second").await;
    // There is room again, and what goes on behind the gap is not taken for what goes on before it.
    go_on.notify_one();
    assert_eq!(read_to_end_or_reset(&mut events).await.0, b"data: the last\n\n");
    let row = api.exchange("/events").await;
    let side = |row: &serde_json::Value, what: &str| row["response"][what].as_u64().unwrap();
    let (kept, dropped) = (side(&row, "kept"), side(&row, "dropped"));
    assert!(kept > 0 && kept < 1 << 20, "{row:#}");
    assert_eq!(kept + dropped, came.len() as u64 + 16, "{row:#}");
    assert_eq!(api.body(&row, "response", "").await, came[..kept as usize]);
    let status = api.status().await;
    assert_eq!(
        status["store"]["dropped_bytes"].as_u64(),
        Some(dropped + side(&second, "dropped"))
    );
    assert_eq!(status["store"]["lost_events"], 0);

    let url = format!(
        "/api/exchanges/{}/messages?tail=1&limit=1",
        row["id"].as_str().unwrap()
    );
    let page = api.get(&url).await;
    assert_eq!(
        (&page["behind"], &page["origin_dropped"]),
        (&false.into(), &dropped.into())
    );
    let last = &page["items"][0];
    let problem = last["problem"].as_str().unwrap_or_else(|| panic!("{last:#}"));
    let whole = kept % 1024 == 0;
    assert_eq!(
        problem,
        match whole {
            true => format!("{dropped} bytes that came from here on were not kept"),
            false => "what was kept ends before the empty line that ends an event".to_owned(),
        }
    );
    assert_eq!(page["total"].as_u64(), Some(kept / 1024 + 1));
}
