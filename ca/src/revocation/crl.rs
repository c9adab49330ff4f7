//! The `crl` check: whether a certificate of the path stands on a list of revoked ones that the person gave (RFC 5280
//! section 5). None is fetched.
//!
//! webpki decides, list by list: whether it counts for the certificate, is its issuer's, and names it. What is said
//! beside that is read from the same list. A path that is too weak for webpki is looked at in [`weak`].

mod weak;

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustls::CertificateError;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use time::{Duration, OffsetDateTime};
use webpki::{
    BorrowedRevokedCert, CertRevocationList, EndEntityCert, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;

use super::Link;
use super::reason::Reason;
use super::words::words;
use crate::chain::short_name;
use crate::der::{self, INTEGER, Malformed, Reader, SEQUENCE};
use crate::verdict::{CheckOutcome, Finding, moment, span};

const NAME: &str = "crl";
/// The longest lists of public authorities have some 30 MB.
const MAX_FILE_BYTES: u64 = 128 << 20;

/// A list of revoked certificates.
pub struct Crl {
    list: CertRevocationList<'static>,
    /// Its file, to tell people by.
    name: String,
    made: OffsetDateTime,
    renewed: OffsetDateTime,
}

impl Crl {
    /// The lists in a file: one in DER, or any number in PEM.
    ///
    /// # Errors
    /// When the file can't be read or holds no list, or one that can't be used.
    pub fn load(path: &Path) -> Result<Vec<Self>, CrlError> {
        let failed = |source| CrlError::Read {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(CrlError::TooLarge {
                path: path.to_owned(),
            });
        }
        Self::parse(&bytes, path)
    }

    /// The same of bytes that were read; `path` is where they came from, to tell people.
    ///
    /// # Errors
    /// When they hold no list, or one that can't be used.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Self>, CrlError> {
        if bytes.first() == Some(&SEQUENCE) {
            return Self::parse_der(bytes, path).map(|list| vec![list]);
        }
        let lists: Vec<CertificateRevocationListDer<'_>> =
            CertificateRevocationListDer::pem_slice_iter(bytes)
                .collect::<Result<_, _>>()
                .map_err(|_| CrlError::None {
                    path: path.to_owned(),
                })?;
        if lists.is_empty() {
            return Err(CrlError::None {
                path: path.to_owned(),
            });
        }
        lists.iter().map(|list| Self::parse_der(list, path)).collect()
    }

    fn parse_der(bytes: &[u8], path: &Path) -> Result<Self, CrlError> {
        let unusable = |fault| CrlError::Unusable {
            path: path.to_owned(),
            fault,
        };
        let list = OwnedCertRevocationList::from_der(bytes).map_err(unusable)?;
        let (made, renewed) = times(bytes).map_err(|Malformed| unusable(webpki::Error::BadDerTime))?;
        Ok(Self {
            list: list.into(),
            name: path.display().to_string(),
            made,
            renewed,
        })
    }

    fn is_of(&self, certificate: &X509Certificate<'_>) -> bool {
        // webpki keeps names without their SEQUENCE headers.
        der::sole(certificate.issuer().as_raw(), SEQUENCE).is_ok_and(|issuer| issuer == self.list.issuer())
    }

    /// What it says of the certificate, if it names it.
    fn entry(&self, certificate: &X509Certificate<'_>) -> Option<BorrowedRevokedCert<'_>> {
        self.list.find_serial(certificate.raw_serial()).ok().flatten()
    }

    fn told(&self, issuer: &str) -> String {
        format!("the CRL of {issuer} of {} ({})", moment(self.made), self.name)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// thisUpdate and nextUpdate. webpki has made sure of the structure, and that both are there.
fn times(bytes: &[u8]) -> Result<(OffsetDateTime, OffsetDateTime), Malformed> {
    let mut list = Reader::new(der::sole(bytes, SEQUENCE)?).inside(SEQUENCE)?;
    list.value(INTEGER)?;
    list.value(SEQUENCE)?;
    list.value(SEQUENCE)?;
    Ok((list.time()?, list.time()?))
}

/// Why a file of lists can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The file can't be read.
    #[error("the CRL {} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is far larger than any list in use.
    #[error("the CRL {} is larger than 128 MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} holds no CRL, in PEM (-----BEGIN X509 CRL-----) or in DER", path.display())]
    None {
        /// The file.
        path: PathBuf,
    },
    /// The list is broken, or of a kind that webpki doesn't take.
    #[error("a CRL in {} can't be used: {}", path.display(), words(fault))]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: webpki::Error,
    },
}

/// A path that was found.
pub(super) struct Found<'a> {
    pub(super) path: &'a [Link<'a>],
    pub(super) anchor: &'a TrustAnchor<'a>,
    /// webpki doesn't take it for a signature that is too weak.
    pub(super) is_weak: bool,
    /// A time at which its certificates are valid.
    pub(super) valid_at: UnixTime,
    pub(super) usage: KeyUsage,
}

/// The checks: one for each certificate of the path but the root.
pub(super) fn check(found: Option<&Found<'_>>, lists: &[Crl], now: UnixTime) -> Vec<Finding> {
    let not_checked = |evidence: &str| vec![Finding::not_checked(NAME, evidence.to_owned())];
    if lists.is_empty() {
        return not_checked("no CRL was given (--crl), and none is fetched");
    }
    let Some(found) = found else {
        return not_checked("no path to a trusted root was found, so nobody's CRL counts");
    };
    let parsed: Vec<_> = found
        .path
        .iter()
        .filter_map(|link| Some((link.place, parse_x509_certificate(link.der).ok()?.1)))
        .collect();
    if parsed.len() < found.path.len() {
        return not_checked("a certificate of the path can't be read");
    }
    if found.is_weak {
        let weak = parsed.iter().enumerate().map(|(depth, (place, certificate))| {
            weak::finding(&who(depth, certificate), certificate, lists).of(*place)
        });
        return weak.collect();
    }
    // Each list once, however many certificates it is of: webpki looks at the whole path.
    let told: Vec<_> = lists
        .iter()
        .filter(|list| parsed.iter().any(|(_, certificate)| list.is_of(certificate)))
        .map(|list| (list, found.ask(list)))
        .collect();
    // An expired certificate can have ended before its issuers began.
    let of_leaf: Option<Vec<_>> = told.iter().any(|(_, answer)| is_out_of_time(answer)).then(|| {
        let asked = told.iter().map(|(list, _)| (*list, found.ask_of_leaf(list)));
        asked.collect()
    });
    parsed
        .iter()
        .enumerate()
        .map(|(depth, (place, certificate))| {
            let told = of_leaf.as_ref().filter(|_| depth == 0).unwrap_or(&told);
            finding(depth, certificate, told, now).of(*place)
        })
        .collect()
}

/// There is no time at which all of the path is valid.
fn is_out_of_time(answer: &Result<(), webpki::Error>) -> bool {
    use webpki::Error as E;
    matches!(
        answer,
        Err(E::CertExpired { .. } | E::CertNotValidYet { .. } | E::InvalidCertValidity)
    )
}

impl Found<'_> {
    /// What webpki says of the path with this list alone.
    fn ask(&self, list: &Crl) -> Result<(), webpki::Error> {
        let (leaf, issuers) = self.path.split_first().ok_or(webpki::Error::UnknownIssuer)?;
        let issuers: Vec<CertificateDer<'_>> = issuers
            .iter()
            .map(|link| CertificateDer::from(link.der.as_ref()))
            .collect();
        let depth = RevocationCheckDepth::Chain;
        self.verify(list, leaf, self.anchor, &issuers, self.valid_at, depth)
    }

    /// What webpki says of the origin's certificate alone, which its issuer is known to have signed, at a time at which
    /// it was valid.
    fn ask_of_leaf(&self, list: &Crl) -> Result<(), webpki::Error> {
        let (leaf, issuers) = self.path.split_first().ok_or(webpki::Error::UnknownIssuer)?;
        let (_, certificate) = parse_x509_certificate(leaf.der).map_err(|_| webpki::Error::BadDer)?;
        let first = u64::try_from(certificate.validity().not_before.timestamp()).unwrap_or(0);
        let valid_at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(first));
        let depth = RevocationCheckDepth::EndEntity;
        let Some(issuer) = issuers.first() else {
            return self.verify(list, leaf, self.anchor, &[], valid_at, depth);
        };
        // webpki looks for this in issuers, and not in anchors.
        let (_, parsed) = parse_x509_certificate(issuer.der).map_err(|_| webpki::Error::BadDer)?;
        let usage = parsed.key_usage().map_err(|_| webpki::Error::BadDer)?;
        if usage.is_some_and(|usage| !usage.value.crl_sign()) {
            return Err(webpki::Error::IssuerNotCrlSigner);
        }
        let anchor = webpki::anchor_from_trusted_cert(issuer.der)?;
        self.verify(list, leaf, &anchor, &[], valid_at, depth)
    }

    fn verify(
        &self,
        list: &Crl,
        leaf: &Link<'_>,
        anchor: &TrustAnchor<'_>,
        issuers: &[CertificateDer<'_>],
        valid_at: UnixTime,
        depth: RevocationCheckDepth,
    ) -> Result<(), webpki::Error> {
        let lists = [&list.list];
        let options = RevocationOptionsBuilder::new(&lists)
            .map_err(|_| webpki::Error::UnknownRevocationStatus)?
            .with_depth(depth)
            .with_status_policy(UnknownStatusPolicy::Allow)
            .build();
        EndEntityCert::try_from(leaf.der)?
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                std::slice::from_ref(anchor),
                issuers,
                valid_at,
                self.usage,
                Some(options),
                None,
            )
            .map(|_| ())
    }
}

/// What the lists say of one certificate.
fn finding(
    depth: usize,
    certificate: &X509Certificate<'_>,
    told: &[(&Crl, Result<(), webpki::Error>)],
    now: UnixTime,
) -> Finding {
    let who = who(depth, certificate);
    let issuer = short_name(certificate.issuer());
    let mut best: Option<Finding> = None;
    for (list, answer) in told.iter().filter(|(list, _)| list.is_of(certificate)) {
        let entry = list.entry(certificate);
        let source = list.told(&issuer);
        let finding = match (answer, entry) {
            (Err(webpki::Error::CertRevoked), Some(entry)) => return revoked(&who, &entry, &source),
            // Another certificate of the path stands on it, and the issuer's hand is proven.
            (Ok(()) | Err(webpki::Error::CertRevoked), None) => clean(&who, list, &source, now),
            (Ok(()), Some(_)) => Finding::warn(
                NAME,
                format!("{source} names this certificate, but is for others (issuing distribution point)"),
            ),
            (Err(error), _) => match fault(error) {
                Some(fault) => Finding::warn(NAME, format!("{source} {fault}")),
                None => {
                    let why = words(error);
                    Finding::not_checked(NAME, format!("{who}: {source} can't be followed: {why}"))
                }
            },
        };
        // The best word counts: an old list says nothing where a new one does.
        if best
            .as_ref()
            .is_none_or(|best| best.check.outcome != CheckOutcome::Pass)
        {
            best = Some(finding);
        }
    }
    best.unwrap_or_else(|| none_given(&who, &issuer))
}

fn who(depth: usize, certificate: &X509Certificate<'_>) -> String {
    match depth {
        0 => "certificate".to_owned(),
        _ => format!("issuing certificate {}", short_name(certificate.subject())),
    }
}

fn revoked(who: &str, entry: &BorrowedRevokedCert<'_>, source: &str) -> Finding {
    let at = i64::try_from(entry.revocation_date.as_secs()).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(at)
        .map(moment)
        .unwrap_or_default();
    let why = entry.reason_code.map_or_else(String::new, |reason| {
        format!(" ({})", Reason::number(reason as u8).words())
    });
    let evidence = format!("{who} was revoked on {at}{why}, says {source}");
    Finding::fail(NAME, evidence, CertificateError::Revoked)
}

fn none_given(who: &str, issuer: &str) -> Finding {
    let evidence = format!("{who}: no CRL of its issuer {issuer} was given (--crl)");
    Finding::not_checked(NAME, evidence)
}

/// The certificate isn't on the list.
fn clean(who: &str, list: &Crl, source: &str, now: UnixTime) -> Finding {
    let Ok(now) = OffsetDateTime::from_unix_timestamp(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    else {
        return Finding::not_checked(
            NAME,
            "the time of this machine is beyond what can be counted".to_owned(),
        );
    };
    if list.made > now {
        Finding::warn(
            NAME,
            format!(
                "{source} is not yet valid: it begins in {}",
                span(list.made - now)
            ),
        )
    } else if list.renewed <= now {
        let ago = span(now - list.renewed);
        Finding::warn(
            NAME,
            format!("{who} is not on {source}, which is out of date: the next was due {ago} ago"),
        )
    } else {
        Finding::pass(
            NAME,
            format!(
                "{who} is not on {source}, which counts until {}",
                moment(list.renewed)
            ),
        )
        .until(list.renewed.saturating_sub(Duration::SECOND))
    }
}

/// What is wrong with a list; goes on behind its name. None where it is the path with which something is wrong.
fn fault(error: &webpki::Error) -> Option<&'static str> {
    use webpki::Error as E;
    Some(match error {
        E::InvalidCrlSignatureForPublicKey => {
            "is signed with another key than the issuer's: it is of an authority of the same name"
        }
        E::UnsupportedCrlSignatureAlgorithmContext(_)
        | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => {
            "is signed with an algorithm that is not taken here"
        }
        E::IssuerNotCrlSigner => "is by an issuer that may not sign CRLs (key usage)",
        _ => return None,
    })
}
