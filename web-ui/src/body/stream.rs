//! A reader's bytes as the body of an answer: each step on a blocking thread, the next when the browser took it.

use std::io::{self, Read};
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::measure::{STEP, as_decode_error};
use crate::shared::Shared;

/// Bytes that one step may skip on its way to the range.
const SKIP_STRIDE: u64 = 16 * 1024 * 1024;

/// What is still to be sent.
struct Steps {
    reader: Box<dyn Read + Send>,
    skip: u64,
    left: u64,
}

/// Sends `length` bytes of what this reads, after the first `skip`. `heavy` work waits for one of the places
/// of heavy work.
pub(super) fn stream_of(
    shared: Arc<Shared>,
    reader: Box<dyn Read + Send>,
    skip: u64,
    length: u64,
    heavy: bool,
) -> Body {
    let steps = Steps {
        reader,
        skip,
        left: length,
    };
    Body::from_stream(stream::try_unfold(steps, move |mut steps| {
        let shared = shared.clone();
        async move {
            while steps.left > 0 {
                let step = move || {
                    let chunk = steps.next();
                    (steps, chunk)
                };
                let done = if heavy {
                    shared.work(step).await
                } else {
                    shared.read(move |_| step()).await
                };
                let (back, chunk) = done.map_err(|problem| io::Error::other(problem.detail))?;
                steps = back;
                if let Some(chunk) = chunk? {
                    return Ok::<_, io::Error>(Some((chunk, steps)));
                }
            }
            Ok(None)
        }
    }))
}

impl Steps {
    /// The next bytes to send; `None` where all that was read is skipped.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut skipped = 0;
        while skipped < SKIP_STRIDE {
            let mut buffer = vec![0; STEP];
            let length = match self.reader.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(as_decode_error(error).map_or_else(|e| e, io::Error::other)),
            };
            let begin = usize::try_from(self.skip).map_or(length, |skip| skip.min(length));
            self.skip -= begin as u64;
            skipped += begin as u64;
            if begin < length {
                let end =
                    usize::try_from(self.left).map_or(length, |left| length.min(begin.saturating_add(left)));
                self.left -= (end - begin) as u64;
                return Ok(Some(Bytes::from(buffer).slice(begin..end)));
            }
        }
        Ok(None)
    }
}
