//! How a handshake ended that did not finish, as the socket tells it. An alert tells itself: it is among the bytes.

use std::io::{self, ErrorKind};
use std::time::Duration;

use capture::{Ending, LegHandshake, TlsRole};
use handshake::{Dissector, Parties, Secrets, Side};

use super::parameters::chunks;

/// What an error on the way says of the peer.
pub(crate) fn of_error(error: &io::Error, peer: TlsRole) -> Option<Ending> {
    match error.kind() {
        ErrorKind::UnexpectedEof => Some(Ending::Closed(peer)),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            Some(Ending::Reset(peer))
        }
        _ => None,
    }
}

/// Nothing more came from the peer within the time that it had.
pub(crate) fn silence(from: TlsRole, limit: Duration) -> Ending {
    Ending::Silence {
        from,
        limit_us: u64::try_from(limit.as_micros()).unwrap_or(u64::MAX),
    }
}

/// Who has to speak next in a handshake that is passed through and has come this far.
pub(crate) fn awaited(so_far: &LegHandshake) -> TlsRole {
    let mut dissector = Dissector::new(Parties::PASSED, Secrets::new());
    for chunk in chunks(so_far) {
        dissector.feed(chunk.side, chunk.at_us, chunk.bytes);
    }
    match dissector.awaited() {
        Side::Client => TlsRole::Client,
        Side::Server => TlsRole::Server,
    }
}
