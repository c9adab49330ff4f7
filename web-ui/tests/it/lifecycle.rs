//! How it ends, and what it bounds.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::lab::{Lab, Socket, TOKEN};

#[tokio::test]
async fn a_stop_ends_idle_connections_and_live_sockets_at_once() {
    let mut lab = Lab::start().await;
    let mut idle = TcpStream::connect(lab.address).await.unwrap();
    let mut socket = lab.open_live().await;
    socket.hear("status").await;

    let began = Instant::now();
    lab.stop.cancel();
    assert_eq!(socket.hear_close().await, (1001, "handlens is stopping".into()));
    lab.serving.take().unwrap().await.unwrap();
    // What is waited for, is waited for three seconds.
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0);
    assert!(TcpStream::connect(lab.address).await.is_err());
}

#[tokio::test]
async fn a_stop_waits_a_short_while_for_a_download_and_no_longer() {
    let mut lab = Lab::start().await;
    let id = lab.store.add_response("application/zip", &[], vec![7; 50 << 20]);
    let mut stuck = TcpStream::connect(lab.address).await.unwrap();
    let request = format!(
        "GET /api/exchanges/{id}/response/body HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n",
        lab.address
    );
    stuck.write_all(request.as_bytes()).await.unwrap();
    stuck.read_exact(&mut [0; 1000]).await.unwrap();

    let began = Instant::now();
    lab.stop.cancel();
    lab.serving.take().unwrap().await.unwrap();
    let took = began.elapsed();
    // The stall of a download is waited for much longer.
    assert!(
        took > Duration::from_secs(2) && took < Duration::from_secs(60),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_not_waited_for() {
    let lab = Lab::start().await;
    let mut slow = TcpStream::connect(lab.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let mut said = Vec::new();
    let ended = timeout(Duration::from_secs(60), slow.read_to_end(&mut said)).await;
    assert!(ended.is_ok(), "the connection is still open");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let lab = Lab::start().await;
    let mut idle = Vec::new();
    for _ in 0..256 {
        idle.push(TcpStream::connect(lab.address).await.unwrap());
    }
    let waiting = tokio::spawn(lab.get("/healthz").status());
    assert!(
        timeout(Duration::from_millis(300), async {
            while !waiting.is_finished() {
                tokio::task::yield_now().await
            }
        })
        .await
        .is_err()
    );
    idle.truncate(200);
    assert_eq!(waiting.await.unwrap(), 200);
}

#[tokio::test]
async fn live_sockets_beyond_the_bound_are_refused() {
    let lab = Lab::start().await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(lab.open_live().await);
    }
    let bearer = format!("Bearer {}", TOKEN);
    let refused = Socket::open(lab.address, &[("authorization", &bearer)]).await;
    assert_eq!(refused.err(), Some(503));
}
