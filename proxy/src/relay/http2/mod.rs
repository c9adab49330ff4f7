//! HTTP/2 on both legs, stream for stream, on the `h2` crate: what one side says of a stream is said to the other,
//! and neither takes in more than the other takes.
//!
//! What does not pass as it came, because the crate keeps it to itself or makes it anew:
//!
//! - Pseudo-header fields go first in an order of its own, and fields of one name together. How a field was compressed
//!   is not known, so one that was never to be indexed (RFC 7541 section 6.2.3) may be.
//! - Where a message is cut into DATA frames, their padding, PRIORITY and PRIORITY_UPDATE. The timeline shows them.
//! - The debug data of a GOAWAY; and the code of a client's GOAWAY, whose origin hears NO_ERROR.
//! - Whatever follows a `#` in `:path`, which has no place there.
//! - PUSH_PROMISE, which is refused to origins (RFC 9113 section 8.4).
//!
//! The crate ends a connection with ENHANCE_YOUR_CALM that has sent more than a hundred empty DATA frames, twenty streams
//! reset before they were looked at, or a thousand streams that were malformed.
//!
//! Where RFC 9113 has FRAME_SIZE_ERROR, COMPRESSION_ERROR or FLOW_CONTROL_ERROR for what can't be read, and where it has
//! an error of the stream for a name or value that is none, the crate ends the connection with PROTOCOL_ERROR. It lets
//! pass other frames before the first SETTINGS, ENABLE_PUSH of a server, and pseudo-header fields in trailers and of a
//! request in a response; these fields go no further.

mod alone;
mod carry;
mod connection;
mod ended;
mod head;
mod noting;
mod origin;
mod page;
mod side_by_side;
mod stream;

pub(super) use alone::answer_http2;
pub(crate) use connection::{relay_http2, server_builder};
pub(crate) use ended::Ended;
pub(super) use ended::no_answer;
pub(super) use head::{
    MAX_INTERIM, NO_SWITCH, malformed_answer, malformed_fields, told_answer, too_many_interim,
};
pub(crate) use head::{malformed_request, told_request};
pub(crate) use noting::Flushing;
pub(super) use origin::OriginSide;
pub(crate) use page::{answer_fault, answer_page, send_page};
pub(crate) use side_by_side::SideBySide;
pub(crate) use stream::Reset;
