//! A proxy that asks who its clients are.

use base64::Engine as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::lab::{Lab, Setup, read_head, read_to_end_or_reset, within};

/// `ann` with the password `open sesame`; few rounds, for the test's sake.
pub(super) const ANN: &str =
    "ann:$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0$20xYpHhpVsiEQjN2K679wp2p4mpFdYpzVBeSo2k9w.4";

async fn lab() -> Lab {
    Lab::start_with(&["--proxy-auth", ANN]).await
}

/// What `Proxy-Authorization` says.
pub(super) fn credentials(user: &str, password: &str) -> String {
    let said = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {said}")
}

fn basic(user: &str, password: &str) -> String {
    format!("Proxy-Authorization: {}\r\n", credentials(user, password))
}

#[tokio::test]
async fn who_is_known_is_served_and_others_are_asked() {
    let lab = lab().await;
    let (origin, plain) = (lab.origin().await, lab.plain_origin().await);
    let target = origin.authority();
    let known = basic("ann", "open sesame");
    for (credentials, served) in [
        (known.clone(), true),
        (String::new(), false),
        (basic("ann", "open"), false),
        (basic("bob", "open sesame"), false),
        ("Proxy-Authorization: Bearer x\r\n".to_owned(), false),
        (known.clone(), true),
    ] {
        for head in [
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n"),
            format!(
                "GET {} HTTP/1.1\r\nHost: x\r\n{credentials}\r\n",
                plain.url("/echo")
            ),
        ] {
            let mut stream = lab.client().tcp().await;
            stream.write_all(head.as_bytes()).await.unwrap();
            let answer = read_head(&mut stream).await;
            match served {
                true => assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}"),
                false => {
                    assert!(answer.starts_with("HTTP/1.1 407 "), "{answer}");
                    let asks = "proxy-authenticate: basic realm=\"handlens\"";
                    assert!(answer.to_lowercase().contains(asks), "{answer}");
                    let lengths = answer.to_lowercase().matches("\r\ncontent-length: ").count();
                    assert_eq!(lengths, 1, "{answer}");
                }
            }
        }
    }
    assert_eq!(plain.requests().len(), 2);
    for seen in plain.requests() {
        assert!(!seen.headers.contains_key("proxy-authorization"), "{seen:?}");
    }
    // Whatever was said is in no record.
    let said = known.rsplit(' ').next().unwrap().trim().to_lowercase();
    let rows = lab.api().exchanges().await;
    for row in &rows {
        let told = lab.api().exchange_of(row).await.to_string().to_lowercase();
        assert!(
            !told.contains("proxy-authorization") && !told.contains(&said),
            "{told}"
        );
    }
    let pac = lab.client().tcp().await;
    let mut conversation = crate::lab::Conversation::http1(pac).await;
    let ask = http::Request::get("/proxy.pac").header("host", "proxy.test");
    let answer = conversation.send(ask.body(crate::lab::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn socks_says_who_the_client_is() {
    let lab = lab().await;
    let own = lab.handlens.proxy();
    let talk = async |words: &[&[u8]], length: usize| {
        let mut stream = TcpStream::connect(own).await.unwrap();
        stream.write_all(&words.concat()).await.unwrap();
        let mut said = vec![0; length];
        within("an answer", stream.read_exact(&mut said)).await.unwrap();
        (stream, said)
    };
    let echo = crate::lab::RawOrigin::tcp(|mut stream| async move {
        let _ = stream.write_all(b"220 lab\r\n").await;
    })
    .await;
    let port = echo.port().to_be_bytes();
    let to_echo = [&[5, 1, 0, 1, 127, 0, 0, 1][..], &port].concat();
    let (mut stream, said) = talk(&[&[5, 2, 0, 2], b"\x01\x03ann\x0bopen sesame", &to_echo], 14).await;
    assert_eq!(said[..6], [5, 2, 1, 0, 5, 0]);
    assert_eq!(read_to_end_or_reset(&mut stream).await.0, b"220 lab\r\n");
    let (mut stream, said) = talk(&[&[5, 1, 2], b"\x01\x03ann\x05wrong"], 4).await;
    assert_eq!(said, [5, 2, 1, 1]);
    assert_eq!(read_to_end_or_reset(&mut stream).await.0, b"");
    assert_eq!(talk(&[&[5, 1, 0]], 2).await.1, [5, 0xff]);
    let four = [&[4, 1][..], &port, &[127, 0, 0, 1], b"ann\0"].concat();
    assert_eq!(talk(&[&four], 8).await.1[..2], [0, 91]);
}

#[tokio::test]
async fn a_hash_is_made_of_a_password_and_lets_in() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::bare(dir.path()).args(&["hash-password", "ann"]);
    let mut command = tokio::process::Command::from(setup.to_command());
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"open sesame\n")
        .await
        .unwrap();
    let output = within("handlens to end", child.wait_with_output()).await.unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with("ann:$pbkdf2-sha256$600000$"), "{line}");

    let lab = Lab::start_as(|setup| setup.env("HANDLENS_PROXY_AUTH", line.trim())).await;
    let origin = lab.plain_origin().await;
    let mut stream = lab.client().tcp().await;
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n",
        origin.url("/echo"),
        basic("ann", "open sesame")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200 "));
}
