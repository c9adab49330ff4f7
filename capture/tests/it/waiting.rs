//! What was told and is looked at before the store has it.

use std::sync::Arc;

use bytes::Bytes;
use capture::{Certificate, CertificateSummary, Event, Store};

use crate::lab::{Lab, ROOMY, connection};

fn certificate(number: u8, length: usize) -> Arc<Certificate> {
    let der = Bytes::from(vec![number; length]);
    Arc::new(Certificate::new(der, CertificateSummary::default()))
}

impl Lab {
    fn waits(&self, certificate: &Certificate) -> bool {
        self.sender.waiting().certificate(certificate.id).is_some()
    }
}

#[test]
fn a_certificate_waits_for_the_connection_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let told = certificate(1, 1000);
    lab.send(Event::Certificate(told.clone()));
    // Batches pass while a client is slow with its handshake.
    for _ in 0..3 {
        lab.settle();
    }
    assert!(lab.waits(&told));
    assert_eq!(lab.store.certificate(told.id).unwrap(), None);

    let mut connection = connection("a.test");
    connection.minted = vec![told.id];
    lab.connect(&connection);
    lab.settle();
    assert_eq!(lab.store.certificate(told.id).unwrap().unwrap().der, told.der);
    // Once another batch is there, the one before was let go.
    lab.settle();
    assert!(!lab.waits(&told));
    lab.close();
}

#[test]
fn certificates_that_nothing_names_do_not_wait_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let told: Vec<_> = (0..40).map(|number| certificate(number, 500_000)).collect();
    for certificate in &told {
        lab.send(Event::Certificate(certificate.clone()));
    }
    for _ in 0..2 {
        lab.settle();
    }
    let waiting = told.iter().filter(|certificate| lab.waits(certificate)).count();
    assert!((1..=17).contains(&waiting), "{waiting}");
    assert!(lab.waits(&told[39]) && !lab.waits(&told[0]));
    lab.close();
}
