//! What no well-behaved TLS library does: hellos in crumbs, an alert where data was due.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustls::ConnectionTrafficSecrets;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A stream that sends its first bytes one to a segment.
pub(crate) struct Dribble {
    stream: TcpStream,
    left: usize,
}

impl Dribble {
    /// The first `bytes` go one by one. The stream must not gather them itself (`TCP_NODELAY`).
    pub(crate) fn new(stream: TcpStream, bytes: usize) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, left: bytes }
    }
}

impl AsyncWrite for Dribble {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let piece = if self.left > 0 {
            &bytes[..bytes.len().min(1)]
        } else {
            bytes
        };
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, piece))?;
        self.left = self.left.saturating_sub(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Dribble {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

/// Ends a TLS 1.3 session as browsers do that find a certificate bad only after their Finished: by a fatal alert, sealed
/// like data. The session must have been made with `enable_secret_extraction`.
pub(crate) async fn send_alert_sealed(stream: TlsStream<TcpStream>, description: u8) -> TcpStream {
    let (mut tcp, session) = stream.into_inner();
    let (sequence, secrets) = session.dangerous_extract_secrets().unwrap().tx;
    let (algorithm, key, iv) = match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
        ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv),
        ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (&CHACHA20_POLY1305, key, iv),
        _ => panic!("a suite that is not TLS 1.3's"),
    };
    // RFC 8446 section 5.3: the nonce is the IV with the record's number mixed in.
    let mut nonce: [u8; 12] = iv.as_ref().try_into().unwrap();
    for (byte, number) in nonce[4..].iter_mut().zip(sequence.to_be_bytes()) {
        *byte ^= number;
    }
    // Section 5.2: level (fatal) and description, the true content type, and then the tag of 16 bytes.
    let mut sealed = vec![2, description, 21];
    let header = [23, 3, 3, 0, 3 + 16];
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key.as_ref()).unwrap());
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(header),
        &mut sealed,
    )
    .unwrap();
    tcp.write_all(&header).await.unwrap();
    tcp.write_all(&sealed).await.unwrap();
    tcp
}
