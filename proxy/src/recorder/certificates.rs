//! Certificates that were seen lately. Each is read once, however many connections show it; and so is what was told
//! of a judgement that is made again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use ca::Judgement;
use capture::{Certificate, CertificateId, CertificateSummary, Verdict};

use crate::tls::Explained;

/// Certificates and verdicts that are remembered at the least, and half of those at the most.
const MANY: usize = 512;

/// Bytes of either, likewise: most certificates have one or two kilobytes, and a peer may make them large.
const BYTES: usize = 2 << 20;

type Held = (Arc<Judgement>, Arc<Explained>);

/// What was seen lately. Nothing of it outlives its use for long, so it is bounded by two numbers.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    seen: Mutex<Lately<CertificateId, Arc<Certificate>>>,
    /// By the address of the judgement, which is held so that no other one takes it.
    explained: Mutex<Lately<usize, Held>>,
}

impl Certificates {
    /// The certificate of this DER.
    pub(crate) fn of(&self, der: &[u8]) -> Arc<Certificate> {
        let id = CertificateId::of(der);
        if let Some(seen) = lock(&self.seen).find(&id) {
            return seen;
        }
        let certificate = Arc::new(Certificate {
            id,
            der: Bytes::copy_from_slice(der),
            summary: ca::summarize(der).map_or_else(CertificateSummary::default, summary),
        });
        lock(&self.seen).insert(id, certificate.clone(), der.len());
        certificate
    }

    /// What was told of this very judgement.
    pub(crate) fn explained(&self, judgement: &Arc<Judgement>) -> Option<Arc<Explained>> {
        let (_, explained) = lock(&self.explained).find(&address(judgement))?;
        Some(explained)
    }

    pub(crate) fn remember(&self, judgement: &Arc<Judgement>, explained: &Arc<Explained>) {
        let held = (judgement.clone(), explained.clone());
        let bytes = weight(judgement, explained);
        lock(&self.explained).insert(address(judgement), held, bytes);
    }
}

/// About how many bytes are held by remembering both: what came from a peer, twice where both have it.
fn weight(judgement: &Judgement, explained: &Explained) -> usize {
    let path = judgement.path.iter().map(|certificate| certificate.der.len());
    let alternatives = judgement.alternatives.iter().map(|alternative| {
        let names: usize = alternative.names.iter().map(|name| 2 * name.len()).sum();
        let certificates = alternative.certificates.iter();
        let certificates: usize = certificates
            .map(|der| size_of::<CertificateId>() + der.len())
            .sum();
        2 * alternative.reason.len() + names + certificates
    });
    let checks = judgement.checks.iter();
    let checks = checks.map(|check| 2 * (size_of::<ca::Check>() + check.evidence.len()));
    let certificates = explained.certificates.iter().map(|told| told.der.len());
    let staple = explained.verdict.ocsp.as_ref().map_or(0, Bytes::len);
    let parts: usize = path.chain(alternatives).chain(checks).chain(certificates).sum();
    size_of::<Judgement>() + size_of::<Verdict>() + staple + parts
}

fn address(judgement: &Arc<Judgement>) -> usize {
    Arc::as_ptr(judgement).addr()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn summary(read: ca::CertificateSummary) -> CertificateSummary {
    CertificateSummary {
        subject: read.subject,
        issuer: read.issuer,
        not_before: read.not_before,
        not_after: read.not_after,
        serial: read.serial,
        key: read.key,
        signature: read.signature,
        names: read.names,
        is_ca: read.is_ca,
        self_issued: read.self_issued,
        spki_sha256: read.spki_sha256,
    }
}

/// What was used lately, in two generations: a full one becomes the older, and what is used of that comes over.
#[derive(Debug)]
struct Lately<K, V> {
    /// Each with its bytes.
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    /// Bytes of the young.
    bytes: usize,
}

impl<K, V> Default for Lately<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
        }
    }
}

impl<K: Hash + Eq, V: Clone> Lately<K, V> {
    fn find(&mut self, key: &K) -> Option<V> {
        if let Some((young, _)) = self.young.get(key) {
            return Some(young.clone());
        }
        let (key, (old, bytes)) = self.old.remove_entry(key)?;
        self.insert(key, old.clone(), bytes);
        Some(old)
    }

    fn insert(&mut self, key: K, value: V, bytes: usize) {
        if self.young.len() >= MANY || self.bytes + bytes > BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(key, (value, bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_read_once_and_what_is_none_is_kept_too() {
        let known = Certificates::default();
        let first = known.of(b"no certificate");
        assert!(Arc::ptr_eq(&first, &known.of(b"no certificate")));
        assert_eq!(first.summary, CertificateSummary::default());
        assert_eq!(first.id, CertificateId::of(b"no certificate"));
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut lately = Lately::default();
        for key in 0..10 * MANY {
            lately.insert(key, key, 0);
            assert_eq!(lately.find(&0), Some(0));
            assert!(lately.young.len() + lately.old.len() <= 2 * MANY);
        }
        assert_eq!(lately.find(&1), None);
    }

    #[test]
    fn what_was_told_is_weighed_by_what_it_holds() {
        let known = Certificates::default();
        let judge = ca::Judge::new(ca::Roots::load(false, &[], &[]).unwrap());
        let name = "a.test".try_into().unwrap();
        for number in 0..100_u8 {
            // As an origin presents them whose own certificate is good, and whose others change each time.
            let junk = vec![number; 60_000];
            let presented = [junk.as_slice().into()];
            let presented = ca::Presented::new(&presented);
            let now = rustls::pki_types::UnixTime::now();
            let judgement = judge.judge_chain(&presented, &name, now);
            let explained = Arc::new(Explained {
                verdict: Arc::new(Verdict::new(capture::Decision::Trusted)),
                certificates: vec![known.of(&junk)],
            });
            known.remember(&judgement, &explained);
            assert!(Arc::ptr_eq(&known.explained(&judgement).unwrap(), &explained));
        }
        let lately = lock(&known.explained);
        let held = lately.young.values().chain(lately.old.values());
        let held = held.map(|((_, explained), _)| explained.certificates[0].der.len());
        assert!(held.sum::<usize>() <= 2 * BYTES);
    }

    #[test]
    fn large_ones_go_sooner() {
        let mut lately = Lately::default();
        for key in 0..100 {
            lately.insert(key, (), BYTES / 4);
        }
        assert!(lately.young.len() + lately.old.len() <= 8);
    }
}
