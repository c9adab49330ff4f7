//! From when to when a leaf is good: as long as the origin's own certificate, within bounds of our own.

use time::{Duration, OffsetDateTime, Time};
use x509_parser::certificate::X509Certificate;

use super::MintError;
use crate::Root;
use crate::certificate::Validity;
use crate::encode::utc;

/// Browsers cut what they accept step by step to 47 days (CA/Browser Forum ballot SC-081). Both ends count, so
/// it is a second less.
const LIFETIME: Duration = Duration::days(47).saturating_sub(Duration::seconds(1));
/// For clients whose clock is behind.
const BACKDATED: Duration = Duration::days(2);

/// The dates of a leaf, and whether one that is minted later would end no later.
#[derive(Debug)]
pub(super) struct Dates {
    pub(super) validity: Validity,
    pub(super) is_last: bool,
}

impl Dates {
    /// 47 days of which two are past, and never beyond the root's own. Within them the origin's, where its certificate
    /// is given and its time is now.
    pub(super) fn within(
        root: &Root,
        origin: Option<&X509Certificate<'_>>,
        now: OffsetDateTime,
    ) -> Result<Self, MintError> {
        if now >= root.not_after() {
            return Err(MintError::RootExpired {
                subject: root.subject().to_owned(),
                on: root.not_after().date(),
            });
        }
        // Certificates count whole seconds.
        let now =
            now.replace_time(Time::from_hms(now.hour(), now.minute(), now.second()).unwrap_or(now.time()));
        let not_before = (now - BACKDATED).max(root.not_before());
        let own = Validity {
            not_before,
            not_after: (not_before + LIFETIME).min(root.not_after()),
        };
        let origins = origin
            .map(|origin| Validity {
                not_before: utc(origin.validity().not_before),
                not_after: utc(origin.validity().not_after),
            })
            .filter(|origins| origins.not_before <= now && now < origins.not_after);
        let validity = match origins {
            Some(origins) => Validity {
                not_before: own.not_before.max(origins.not_before),
                not_after: own.not_after.min(origins.not_after),
            },
            None => own,
        };
        Ok(Self {
            validity,
            is_last: validity.not_after == root.not_after() || validity.not_after < own.not_after,
        })
    }
}
