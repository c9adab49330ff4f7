//! What exchanges come to nothing by, whatever version carries them.

use std::time::Duration;

use capture::{LegName, Stage};
use http::StatusCode;

use crate::fault::Fault;

/// The origin's connection had ended.
pub(crate) fn not_sent() -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Request,
        "the origin closed the connection before the request was sent",
    )
    .with_remedy("send it again")
}

/// The origin's connection, which earlier exchanges had used, ended as this request came.
fn gone_idle(then: &str) -> Fault {
    let text =
        format!("the origin closed a connection in use before without a byte of an answer, and {then}");
    Fault::new(LegName::Origin, Stage::Response, text).with_remedy(
        "an origin that lets go of idle connections meets a request at times; it asks for no mending",
    )
}

/// The request goes to another connection.
pub(crate) fn sent_again() -> Fault {
    gone_idle("the request was sent again on a new one")
}

/// The client's connection ends as the origin's did.
pub(crate) fn left_unanswered() -> Fault {
    gone_idle("the client's was closed as well: it may send its request again")
}

/// The origin took a request and does not answer.
pub(crate) fn stalled(limit: Duration) -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Response,
        format!("the origin did not answer within {limit:?}"),
    )
    .with_status(StatusCode::GATEWAY_TIMEOUT)
    .with_remedy("look at the origin: it took the request; `timeouts.stall` says how long it is waited for")
}

/// The client does not go on with its request.
pub(crate) fn request_stalled(limit: Duration) -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Request,
        format!("the client sent no more of its request within {limit:?}"),
    )
    .with_status(StatusCode::REQUEST_TIMEOUT)
    .with_remedy("look at the client: the origin waits for the rest of its request; `timeouts.stall` says how long it is waited for")
}

/// The client has begun a request, and does not come to the end of its head.
pub(crate) fn head_not_ended(limit: Duration) -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Request,
        format!("the client sent no whole request head within {limit:?}"),
    )
    .with_status(StatusCode::REQUEST_TIMEOUT)
    .with_remedy("look at the client: its request has begun and stopped; `timeouts.head` says how long it is waited for")
}

/// A tunnel in a tunnel.
pub(crate) fn connect_inside() -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Target,
        "CONNECT inside a tunnel is not carried",
    )
    .with_status(StatusCode::BAD_REQUEST)
}

/// The client breaks the rules of HTTP/2 for a message (RFC 9113 section 8.1.1).
pub(crate) fn malformed(why: &str) -> Fault {
    let text = format!("the request is refused as malformed: {why}");
    Fault::new(LegName::Client, Stage::Request, text)
        .with_status(StatusCode::BAD_REQUEST)
        .with_remedy("look at the client: what it sends is not HTTP/2 as RFC 9113 has it")
}

/// The origin does not go on with its response.
pub(crate) fn response_stalled(limit: Duration) -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Response,
        format!("the origin sent no more of its response within {limit:?}"),
    )
}

/// Nothing passes either way.
pub(crate) fn rested(limit: Duration) -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Relay,
        format!("nothing passed either way within {limit:?}, twice"),
    )
}

/// The client takes nothing.
pub(crate) fn not_taken(limit: Duration) -> Fault {
    Fault::new(
        LegName::Client,
        Stage::Relay,
        format!("the client took no more of the response within {limit:?}"),
    )
}

/// The origin takes nothing.
pub(crate) fn upload_not_taken(limit: Duration) -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Request,
        format!("the origin took no more of the request within {limit:?}"),
    )
}
