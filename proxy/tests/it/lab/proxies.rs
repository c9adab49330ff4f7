//! Proxies of other people that lead to this machine's origins, whatever host they are asked for.

use std::sync::Arc;

use base64::Engine as _;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Authority, Leaf, RawOrigin, certified_config, read_head, read_some};

/// What a proxy wants and does.
#[derive(Clone, Copy)]
pub(crate) struct Wants {
    pub(crate) user: Option<(&'static str, &'static str)>,
    /// What is answered to every request instead of a tunnel.
    pub(crate) answers: Option<&'static str>,
}

pub(crate) const NOTHING: Wants = Wants {
    user: None,
    answers: None,
};

/// A proxy for CONNECT.
pub(crate) async fn http_proxy(wants: Wants) -> RawOrigin {
    RawOrigin::tcp(move |stream| serve_http(stream, wants)).await
}

/// The same inside TLS.
pub(crate) async fn https_proxy(authority: &Authority, wants: Wants) -> RawOrigin {
    let acceptor = TlsAcceptor::from(certified_config(authority.issue(&Leaf::good())));
    let acceptor = Arc::new(acceptor);
    RawOrigin::tcp(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve_http(stream, wants).await;
            }
        }
    })
    .await
}

async fn serve_http<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, wants: Wants) {
    let head = read_head(&mut stream).await;
    let expected = wants
        .user
        .map(|(user, password)| base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}")));
    let has_user = expected.is_none_or(|expected| {
        let said = |name| head.contains(&format!("{name}: Basic {expected}\r\n"));
        said("Proxy-Authorization") || said("proxy-authorization")
    });
    let refusal = match wants.answers {
        _ if !has_user => {
            Some("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"lab\"")
        }
        answers => answers,
    };
    if let Some(refusal) = refusal {
        let answer = format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
        return;
    }
    let mut words = head.split(' ');
    let (method, authority) = (words.next().unwrap(), words.next().unwrap());
    if method != "CONNECT" {
        // Plain HTTP, in the form that proxies are asked in; the head goes on as it came.
        let authority = authority
            .strip_prefix("http://")
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let port = authority.rsplit_once(':').unwrap().1.parse().unwrap();
        let mut origin = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        origin.write_all(head.as_bytes()).await.unwrap();
        return carry(stream, origin, b"").await;
    }
    let port = authority.rsplit_once(':').unwrap().1.parse().unwrap();
    let origin = TcpStream::connect(("127.0.0.1", port)).await;
    carry(stream, origin.unwrap(), b"HTTP/1.1 200 OK\r\n\r\n").await;
}

/// A proxy that speaks SOCKS5, and is asked by name alone.
pub(crate) async fn socks_proxy(wants: Wants) -> RawOrigin {
    RawOrigin::tcp(move |mut stream| async move {
        let [_, count] = read_some(&mut stream, 2).await[..] else {
            return;
        };
        let methods = read_some(&mut stream, count.into()).await;
        let method = if wants.user.is_some() { 2 } else { 0 };
        if !methods.contains(&method) {
            let _ = stream.write_all(&[5, 0xff]).await;
            return;
        }
        stream.write_all(&[5, method]).await.unwrap();
        if let Some((user, password)) = wants.user {
            let expected = [
                &[1, user.len() as u8][..],
                user.as_bytes(),
                &[password.len() as u8],
                password.as_bytes(),
            ]
            .concat();
            assert_eq!(read_some(&mut stream, expected.len()).await, expected);
            stream.write_all(&[1, 0]).await.unwrap();
        }
        assert_eq!(read_some(&mut stream, 4).await, [5, 1, 0, 3], "CONNECT, by name");
        let length = read_some(&mut stream, 1).await[0];
        read_some(&mut stream, length.into()).await;
        let port = u16::from_be_bytes(read_some(&mut stream, 2).await.try_into().unwrap());
        let origin = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        carry(stream, origin, &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    })
    .await
}

/// Says yes in one write with whatever the origin says first, and carries on.
async fn carry<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, mut origin: TcpStream, yes: &[u8]) {
    let mut said = yes.to_vec();
    let mut first = [0; 1024];
    // An origin that speaks first has spoken by the time that it has been connected to, or soon after.
    if let Ok(Ok(count)) =
        tokio::time::timeout(std::time::Duration::from_millis(50), origin.read(&mut first)).await
    {
        said.extend_from_slice(&first[..count]);
    }
    if stream.write_all(&said).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut origin).await;
    }
}
