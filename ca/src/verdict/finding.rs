//! What one check found, and whether it refuses the chain.

use rustls::CertificateError;
use time::OffsetDateTime;

use super::{Check, CheckOutcome};

/// A check, and the error that it makes the chain be refused with.
///
/// Invariant: what failed has an error, and nothing else has one.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    pub(crate) error: Option<CertificateError>,
    /// The last second in which it holds, where what it rests on has one.
    pub(crate) until: Option<OffsetDateTime>,
}

impl Finding {
    pub(crate) fn pass(name: &'static str, evidence: String) -> Self {
        Self::new(name, CheckOutcome::Pass, evidence)
    }

    /// Good enough to go on with, but to be looked at.
    pub(crate) fn warn(name: &'static str, evidence: String) -> Self {
        Self::new(name, CheckOutcome::Warn, evidence)
    }

    /// `evidence` says why not.
    pub(crate) fn not_checked(name: &'static str, evidence: String) -> Self {
        Self::new(name, CheckOutcome::NotChecked, evidence)
    }

    pub(crate) fn fail(name: &'static str, evidence: String, error: CertificateError) -> Self {
        Self {
            error: Some(error),
            ..Self::new(name, CheckOutcome::Fail, evidence)
        }
    }

    /// The same about one certificate of what was presented.
    pub(crate) fn of(mut self, certificate: impl Into<Option<usize>>) -> Self {
        self.check = self.check.of(certificate);
        self
    }

    /// The same, which holds until then and no longer.
    pub(crate) fn until(mut self, last: OffsetDateTime) -> Self {
        self.until = Some(last);
        self
    }

    fn new(name: &'static str, outcome: CheckOutcome, evidence: String) -> Self {
        Self {
            check: Check::new(name, outcome, evidence),
            error: None,
            until: None,
        }
    }
}
