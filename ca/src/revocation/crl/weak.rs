//! Lists of revoked certificates for a path with a signature that webpki doesn't take. A person may let such a path
//! pass for an old origin, and what was revoked isn't to pass with it.
//!
//! webpki can't be asked here, so whether the list is the issuer's own is told by its name alone. That is enough to
//! refuse, and not to vouch: nothing passes by what is found here.

use x509_parser::certificate::X509Certificate;

use super::{Crl, NAME, none_given, revoked};
use crate::chain::short_name;
use crate::verdict::Finding;

/// What the lists say of one certificate.
pub(super) fn finding(who: &str, certificate: &X509Certificate<'_>, lists: &[Crl]) -> Finding {
    let issuer = short_name(certificate.issuer());
    let mut seen = None;
    for list in lists.iter().filter(|list| list.is_of(certificate)) {
        let source = list.told(&issuer);
        if let Some(entry) = list.entry(certificate) {
            return revoked(who, &entry, &source);
        }
        seen = Some(source);
    }
    seen.map_or_else(
        || none_given(who, &issuer),
        |source| {
            let evidence = format!(
                "{who} is not on {source}, whose signature isn't verified on a path that is too weak to be followed"
            );
            Finding::not_checked(NAME, evidence)
        },
    )
}
