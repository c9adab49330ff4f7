//! The body of a response to a client that speaks HTTP/2 with the proxy.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use super::hub::UnderWay;
use crate::relay::http::{Relay, RelayBody};

/// A relayed body, or a page of our own; with what must live as long.
pub(super) enum Answer {
    Relayed {
        body: RelayBody,
        _relay: Arc<Relay>,
        _under_way: UnderWay,
    },
    Page {
        page: Full<Bytes>,
        _under_way: Option<UnderWay>,
    },
}

impl Body for Answer {
    type Data = Bytes;
    type Error = <RelayBody as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Relayed { body, .. } => Pin::new(body).poll_frame(cx),
            Self::Page { page, .. } => Pin::new(page).poll_frame(cx).map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Relayed { body, .. } => body.is_end_stream(),
            Self::Page { page, .. } => page.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Relayed { body, .. } => body.size_hint(),
            Self::Page { page, .. } => page.size_hint(),
        }
    }
}
