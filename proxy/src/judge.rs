//! The judge of origins, with all that the settings give it to judge by.

use ca::{Crl, CrlError, CtLogs, CtLogsError, Judge, Roots, RootsError};
use rustls::pki_types::CertificateDer;

use crate::config::ProxySettings;

/// A file that origins are judged by can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The roots.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The logs of Certificate Transparency.
    #[error(transparent)]
    CtLogs(#[from] CtLogsError),
    /// The lists of revoked certificates.
    #[error(transparent)]
    Crl(#[from] CrlError),
}

/// Makes the judge. `own_roots`, present and former, vouch for no origin.
pub(crate) fn load_judge(
    settings: &ProxySettings,
    own_roots: &[CertificateDer<'_>],
) -> Result<Judge, JudgeError> {
    let roots = Roots::load(settings.system_roots, &settings.origin_ca, own_roots)?;
    let mut lists = Vec::new();
    for path in &settings.crls {
        lists.extend(Crl::load(path)?);
    }
    let judge = Judge::new(roots).with_crls(lists);
    Ok(match &settings.ct_logs {
        Some(path) => judge.with_ct_logs(CtLogs::load(path)?),
        None => judge,
    })
}
