//! The end of a connection whose client may still be sending: it is read out for a while, since a socket that is closed
//! with bytes unread takes back what it has sent and the client has not read (RFC 9112 section 9.6).

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::wire::{Leg, end};

/// How long at the most.
const LONGEST: Duration = Duration::from_secs(2);

/// How much at the most.
const MOST: usize = 64 << 20;

/// Says that nothing more comes, and reads on until the client has ended too.
pub(super) async fn linger<C: AsyncRead + AsyncWrite + Unpin>(client: &Leg<C>) {
    let reading = async {
        if end(&client.stream).await.is_err() {
            return;
        }
        let mut left = MOST;
        poll_fn(|cx| {
            let mut stream = client.stream.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let mut bytes = [MaybeUninit::uninit(); 8 * 1024];
                let mut read = ReadBuf::uninit(&mut bytes);
                let result = ready!(Pin::new(&mut *stream).poll_read(cx, &mut read));
                let count = read.filled().len();
                left = left.saturating_sub(count);
                if result.is_err() || count == 0 || left == 0 {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    };
    let _ = tokio::time::timeout(LONGEST, reading).await;
}
