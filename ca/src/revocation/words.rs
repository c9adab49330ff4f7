//! webpki's errors in words: it writes them as a programmer would.

use webpki::Error;

/// What is wrong. Goes on behind a colon.
pub(crate) fn words(error: &Error) -> &'static str {
    match error {
        Error::CertExpired { .. } => "a certificate has expired",
        Error::CertNotValidYet { .. } => "a certificate is not yet valid",
        Error::InvalidCertValidity => "a certificate ends before it begins",
        Error::UnknownIssuer => "it wasn't issued by that one",
        Error::InvalidSignatureForPublicKey => "its signature is not that of its issuer",
        Error::RequiredEkuNotFoundContext(_) => "its extended key usage doesn't allow this",
        Error::CaUsedAsEndEntity => "the certificate is an authority's",
        Error::EndEntityUsedAsCa => "an issuer is no authority",
        Error::PathLenConstraintViolated => "an authority has more below it than it may have",
        Error::NameConstraintViolation => "an issuer may not vouch for the name",
        Error::UnsupportedCriticalExtension => "it has a critical extension that is not understood here",
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::UnsupportedCrlSignatureAlgorithmContext(_)
        | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => {
            "it is signed with an algorithm that is not taken here"
        }
        Error::UnsupportedCrlVersion => "it is not of version 2",
        Error::UnsupportedDeltaCrl => "it tells changes to another list alone (delta CRL)",
        Error::UnsupportedIndirectCrl => "it is for certificates of other issuers (indirect CRL)",
        Error::UnsupportedRevocationReason | Error::UnsupportedRevocationReasonsPartitioning => {
            "it is for some reasons of revocation alone"
        }
        Error::UnsupportedCrlIssuingDistributionPoint => "what it is for is not understood here",
        Error::InvalidCrlNumber => "its number is none",
        Error::UnsupportedCertVersion => "it is of an X.509 version before 3",
        Error::SignatureAlgorithmMismatch => "it tells two signature algorithms",
        Error::ExtensionValueInvalid | Error::MalformedExtensions => "one of its extensions is broken",
        Error::MalformedDnsIdentifier => "one of its names is none of the DNS",
        Error::MalformedNameConstraint | Error::InvalidNetworkMaskConstraint => {
            "the names that an issuer may vouch for can't be read"
        }
        Error::UnsupportedNameType => "it has a name of a kind that is not taken here",
        Error::CertNotValidForName(_) => "it is for another name",
        Error::InvalidSerialNumber => "its serial number is none",
        Error::CertRevoked => "it was revoked",
        Error::UnknownRevocationStatus => "nothing is known of whether it was revoked",
        Error::CrlExpired { .. } => "a list of revoked certificates is out of date",
        Error::BadDerTime => "its times aren't written as X.509 has them",
        Error::BadDer | Error::TrailingData(_) => "it isn't DER as X.509 has it",
        _ => "it is not as RFC 5280 has it",
    }
}
