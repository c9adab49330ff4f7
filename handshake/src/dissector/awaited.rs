//! Whose turn it is.

use super::Dissector;
use crate::{MessageKind, Side};

impl Dissector {
    /// Who has to speak next in a handshake that has come this far and is not over: who is in the middle of something, or
    /// of a flight; else the other side (RFC 8446 section 2, RFC 5246 section 7.3).
    ///
    /// Where a server's flight is sealed and can't be opened, it counts as said to its end.
    #[must_use]
    pub fn awaited(&self) -> Side {
        let is_in_the_middle = |side: &Side| {
            let sender = &self.senders[side.index()];
            sender.records.rest().is_some() || sender.messages.rest().is_some()
        };
        if let Some(side) = [Side::Client, Side::Server].into_iter().find(is_in_the_middle) {
            return side;
        }
        if let Some(run) = &self.run {
            return run.side.peer();
        }
        // Until a server has chosen TLS 1.2, a ChangeCipherSpec means nothing; under TLS 1.3, tickets may come before the
        // client's Finished.
        let is_tls12 = self.progress.context.version.is_some() && !self.progress.context.is_tls13();
        let said = self.messages.iter().rev().find(|message| match message.kind {
            MessageKind::ChangeCipherSpec | MessageKind::NewSessionTicket => is_tls12,
            MessageKind::Alert => false,
            _ => true,
        });
        let Some(said) = said else {
            return Side::Client;
        };
        let sender = match said.from == self.parties.client {
            true => Side::Client,
            false => Side::Server,
        };
        match said.kind {
            MessageKind::ClientHello
            | MessageKind::HelloRetryRequest
            | MessageKind::HelloRequest
            | MessageKind::ServerHelloDone
            | MessageKind::Finished
            | MessageKind::Sealed => sender.peer(),
            _ => sender,
        }
    }
}
