//! What was told and is on its way into the store: for a moment a reader finds it nowhere else.
//!
//! An event is noted before it is sent, and let go when the writer has put it down. Who looks here first and in the
//! store then misses nothing that was told.

use std::sync::Arc;

use dashmap::DashMap;

use crate::{Certificate, CertificateId, Connection, Event, Id, LegHandshake, LegName};

/// The connections, certificates and handshakes that wait for the writer. The channel's bound is theirs too.
#[derive(Default)]
pub struct Waiting {
    connections: DashMap<Id, Arc<Connection>>,
    certificates: DashMap<CertificateId, Arc<Certificate>>,
    handshakes: DashMap<(Id, LegName), Arc<LegHandshake>>,
}

impl Waiting {
    /// The last word on a connection, if it waits.
    #[must_use]
    pub fn connection(&self, id: Id) -> Option<Arc<Connection>> {
        self.connections.get(&id).map(|found| found.clone())
    }

    /// A certificate, if it waits.
    #[must_use]
    pub fn certificate(&self, id: CertificateId) -> Option<Arc<Certificate>> {
        self.certificates.get(&id).map(|found| found.clone())
    }

    /// A leg's handshake, if it waits.
    #[must_use]
    pub fn handshake(&self, connection: Id, leg: LegName) -> Option<Arc<LegHandshake>> {
        self.handshakes.get(&(connection, leg)).map(|found| found.clone())
    }

    /// Notes what is about to be sent.
    pub(crate) fn note(&self, event: &Event) {
        match event {
            Event::Connection(told) => {
                self.connections.insert(told.id, told.clone());
            }
            Event::Certificate(told) => {
                self.certificates.insert(told.id, told.clone());
            }
            Event::Handshake {
                connection,
                leg,
                handshake,
            } => {
                self.handshakes.insert((*connection, *leg), handshake.clone());
            }
            Event::Exchange(_) | Event::Body { .. } | Event::Late { .. } | Event::Frames { .. } => {}
        }
    }

    /// Lets go of what waits no longer.
    pub(crate) fn let_go(&self, event: &Event) {
        match event {
            Event::Connection(told) => self.let_connection_go(told),
            Event::Certificate(told) => self.let_certificate_go(told),
            Event::Handshake {
                connection,
                leg,
                handshake,
            } => self.let_handshake_go(*connection, *leg, handshake),
            Event::Exchange(_) | Event::Body { .. } | Event::Late { .. } | Event::Frames { .. } => {}
        }
    }

    // A later word on the same may be waiting: that stays.

    pub(crate) fn let_connection_go(&self, told: &Arc<Connection>) {
        self.connections
            .remove_if(&told.id, |_, last| Arc::ptr_eq(last, told));
    }

    pub(crate) fn let_certificate_go(&self, told: &Arc<Certificate>) {
        self.certificates
            .remove_if(&told.id, |_, last| Arc::ptr_eq(last, told));
    }

    pub(crate) fn let_handshake_go(&self, connection: Id, leg: LegName, told: &Arc<LegHandshake>) {
        self.handshakes
            .remove_if(&(connection, leg), |_, last| Arc::ptr_eq(last, told));
    }
}
