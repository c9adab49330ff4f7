//! Why a certificate was revoked (RFC 5280 section 5.3.1).

/// A CRLReason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reason(Option<u8>);

impl Reason {
    /// From the value of an ENUMERATED.
    pub(crate) fn of(value: &[u8]) -> Self {
        match value {
            [reason] => Self(Some(*reason)),
            _ => Self(None),
        }
    }

    pub(crate) fn number(reason: u8) -> Self {
        Self(Some(reason))
    }

    /// Its name, in words.
    pub(crate) fn words(self) -> &'static str {
        match self.0 {
            Some(0) => "no reason given",
            Some(1) => "the key was compromised",
            Some(2) => "the authority was compromised",
            Some(3) => "its holder changed",
            Some(4) => "it was superseded",
            Some(5) => "it is no longer used",
            Some(6) => "it is on hold",
            Some(8) => "it was taken off the list",
            Some(9) => "a privilege was withdrawn",
            Some(10) => "the attribute authority was compromised",
            _ => "for a reason that has no name",
        }
    }
}
