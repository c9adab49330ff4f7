//! The list of certificates that the root has revoked, which is empty: for clients that accept no certificate without
//! an answer about revocation.

use time::{Duration, OffsetDateTime, Time};
use yasna::{Tag, construct_der};

use super::Root;
use crate::certificate::{write_extension, write_time};

/// How long a list counts. One is made whenever it is asked for.
const LIFETIME: Duration = Duration::days(7);
/// For clients whose clock is behind.
const BACKDATED: Duration = Duration::hours(12);
/// RFC 5280 section 5.2.3.
const CRL_NUMBER: &[u64] = &[2, 5, 29, 20];

/// The root may not sign lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the root {0} may not sign CRLs (keyUsage lacks cRLSign); do without --leaf-crl, or give another root"
)]
pub struct MayNotSignCrls(pub(super) String);

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignCrlError {
    /// The root may not sign it.
    #[error(transparent)]
    MayNot(#[from] MayNotSignCrls),
    /// The root couldn't sign it.
    #[error("the root can't sign a CRL")]
    Sign(#[source] rcgen::Error),
}

impl Root {
    /// Whether clients would take a CRL of this root.
    ///
    /// # Errors
    /// When its certificate has a key usage without cRLSign.
    pub fn check_may_sign_crls(&self) -> Result<(), MayNotSignCrls> {
        match self.certificate.may_sign_crls {
            true => Ok(()),
            false => Err(MayNotSignCrls(self.subject().to_owned())),
        }
    }

    /// A CRL without entries, in DER, signed as of `now` (RFC 5280 section 5).
    ///
    /// # Errors
    /// When the root may not or can't sign one.
    pub fn crl(&self, now: OffsetDateTime) -> Result<Vec<u8>, SignCrlError> {
        self.check_may_sign_crls()?;
        let now =
            now.replace_time(Time::from_hms(now.hour(), now.minute(), now.second()).unwrap_or(now.time()));
        // Later lists have higher numbers.
        let number = u64::try_from(now.unix_timestamp()).unwrap_or(0);
        let signer = self.signer();
        let to_be_signed = construct_der(|writer| {
            writer.write_sequence(|writer| {
                // Version 2
                writer.next().write_u8(1);
                signer.write_algorithm(writer.next());
                writer.next().write_der(signer.subject);
                write_time(writer.next(), (now - BACKDATED).max(self.not_before()));
                write_time(writer.next(), now + LIFETIME);
                writer.next().write_tagged(Tag::context(0), |writer| {
                    writer.write_sequence(|writer| {
                        signer.write_key_identifier(writer);
                        write_extension(writer, CRL_NUMBER, false, |writer| writer.write_u64(number));
                    });
                });
            });
        });
        signer.sign(&to_be_signed).map_err(SignCrlError::Sign)
    }
}
