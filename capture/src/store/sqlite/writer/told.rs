//! What readers no longer have to look for among what waits, since it was put down.

use std::collections::HashMap;
use std::sync::Arc;

use super::batch::Batch;
use crate::store::sqlite::certificate::Named;
use crate::{Certificate, CertificateId, Waiting};

/// Bytes of certificates that wait in each of two halves, the older of which is let go.
const HALF: usize = 4 * 1024 * 1024;

/// Certificates that no connection which was put down has named yet: the connection is told when its client is done
/// with the handshake, and can be looked at before. Those that none ever names go when others come.
#[derive(Default)]
pub(super) struct Told {
    young: HashMap<CertificateId, Arc<Certificate>>,
    old: HashMap<CertificateId, Arc<Certificate>>,
    /// Bytes of the young.
    bytes: usize,
}

impl Told {
    /// Lets go of what waited for this batch to be put down.
    pub(super) fn let_go(&mut self, waiting: &Waiting, batch: &mut Batch) {
        for told in batch.certificates.drain(..) {
            self.hold(waiting, told);
        }
        for told in &batch.connections {
            for (id, _) in Named::by(told) {
                self.name(waiting, id);
            }
            waiting.let_connection_go(told);
        }
        for (connection, leg, told) in &batch.handshakes {
            waiting.let_handshake_go(*connection, *leg, told);
        }
    }

    fn hold(&mut self, waiting: &Waiting, told: Arc<Certificate>) {
        let size = size(&told);
        if let Some(before) = self.young.insert(told.id, told) {
            self.bytes -= self::size(&before);
        }
        self.bytes += size;
        if self.bytes > HALF {
            let old = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            self.bytes = 0;
            for told in old.values() {
                waiting.let_certificate_go(told);
            }
        }
    }

    /// It is in the store now, as one that was named.
    fn name(&mut self, waiting: &Waiting, id: CertificateId) {
        if let Some(told) = self.young.remove(&id) {
            self.bytes -= size(&told);
            waiting.let_certificate_go(&told);
        }
        if let Some(told) = self.old.remove(&id) {
            waiting.let_certificate_go(&told);
        }
    }
}

/// About what a certificate takes.
fn size(certificate: &Certificate) -> usize {
    512 + certificate.der.len()
}
