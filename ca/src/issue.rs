//! Certificates on request, signed by the root or by their own key: for development servers, and for clients that
//! show one. What `openssl genrsa`, `req` and `x509` do in three commands.
//!
//! Nothing is written to disk here.

mod error;
mod request;

use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData as _, RsaKeySize, SanType};
use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime, Time};

use crate::Root;
use crate::certificate::{self, Contents, Purpose, Signer, Validity};
use crate::encode::{key_identifier, pem};
use crate::leaf::{AlternativeName, Host};
use crate::root::signature_algorithm;
pub use error::IssueError;
pub use request::SigningRequest;

/// Apple's systems take no server's certificate that lasts longer, whoever issued it.
const MAX_SERVER_DAYS: u32 = 825;
const MAX_CLIENT_DAYS: u32 = 3650;
/// For clients whose clock is behind.
const BACKDATED: Duration = Duration::hours(1);
/// The most names that a certificate is issued with.
const MAX_NAMES: usize = 256;
/// RFC 5280 appendix A, ub-common-name.
const MAX_COMMON_NAME_CHARS: usize = 64;

/// What a certificate is to be.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// For a client to show, rather than a server.
    pub client: bool,
    /// How long it is good, from now.
    pub days: u32,
    /// An RSA key of 2048 bits, rather than one on P-256. A signing request brings its own key.
    pub rsa: bool,
}

/// A certificate that was issued, and what belongs to it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// What a server presents after it: what leads to the root, without the root.
    pub issuers: Vec<CertificateDer<'static>>,
    /// Its key, unless that stayed with whoever made the signing request.
    pub key: Option<IssuedKey>,
    /// The day on which it ends.
    pub not_after: OffsetDateTime,
}

/// A key that was made for a certificate. `Debug` leaves it out.
#[derive(Clone)]
pub struct IssuedKey {
    pkcs8: Vec<u8>,
    request: Vec<u8>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedKey").finish_non_exhaustive()
    }
}

impl IssuedKey {
    /// In DER (PKCS#8).
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// In PEM (PKCS#8).
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// A signing request with this key for the same names, in PEM: for another authority to sign.
    #[must_use]
    pub fn request_pem(&self) -> String {
        pem("CERTIFICATE REQUEST", &self.request)
    }
}

impl Issued {
    /// The certificate and what is presented after it, in PEM.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        let chain = std::iter::once(&self.certificate).chain(&self.issuers);
        chain.map(|der| pem("CERTIFICATE", der)).collect()
    }
}

impl Root {
    /// A certificate for these names, with a new key.
    ///
    /// # Errors
    /// When a name, or what is asked for, can't be.
    pub fn issue(&self, names: &[String], request: &IssueRequest) -> Result<Issued, IssueError> {
        let names = Names::parse(names, request.client)?;
        let key = new_key(request.rsa)?;
        let holder = Holder::of(&key, names.subject());
        let issued = self.certify(holder, names.0.clone(), request)?;
        Ok(Issued {
            key: Some(names.with_key(&key)?),
            ..issued
        })
    }

    /// A certificate for what a signing request asks for, with its key.
    ///
    /// # Errors
    /// When it asks for what can't be.
    pub fn issue_for(&self, signing: &SigningRequest, request: &IssueRequest) -> Result<Issued, IssueError> {
        let names = signing.names(request.client)?;
        let holder = Holder {
            subject: signing.subject(),
            public_key_info: signing.public_key_info(),
            key_identifier: key_identifier(signing.public_key()),
        };
        self.certify(holder, names, request)
    }

    fn certify(
        &self,
        holder: Holder,
        names: Vec<AlternativeName>,
        request: &IssueRequest,
    ) -> Result<Issued, IssueError> {
        if let Some(name) = names.iter().find(|name| !self.constraints().permit(name)) {
            return Err(IssueError::NotPermitted {
                name: name.to_string(),
                permitted: self.constraints().to_string(),
            });
        }
        let validity = validity(request, Some(self))?;
        let signer = self.signer();
        sign(&signer, holder, names, validity, request, self.issuers().to_vec())
    }
}

/// A certificate for these names with a new key, signed by that key: who is to trust it needs it itself.
///
/// # Errors
/// When a name, or what is asked for, can't be.
pub fn issue_self_signed(names: &[String], request: &IssueRequest) -> Result<Issued, IssueError> {
    let names = Names::parse(names, request.client)?;
    let key = new_key(request.rsa)?;
    let holder = Holder::of(&key, names.subject());
    let (subject, identifier) = (holder.subject.clone(), holder.key_identifier);
    let signer = Signer {
        subject: &subject,
        key_identifier: &identifier,
        algorithm: signature_algorithm(&key)
            .ok_or(IssueError::Key(rcgen::Error::UnsupportedSignatureAlgorithm))?,
        key: &key,
    };
    let issued = sign(
        &signer,
        holder,
        names.0.clone(),
        validity(request, None)?,
        request,
        Vec::new(),
    )?;
    Ok(Issued {
        key: Some(names.with_key(&key)?),
        ..issued
    })
}

/// Who gets a certificate.
struct Holder {
    subject: Vec<u8>,
    public_key_info: Vec<u8>,
    key_identifier: [u8; 20],
}

impl Holder {
    fn of(key: &KeyPair, subject: Vec<u8>) -> Self {
        Self {
            subject,
            public_key_info: key.subject_public_key_info(),
            key_identifier: key_identifier(key.der_bytes()),
        }
    }
}

fn sign(
    signer: &Signer<'_>,
    holder: Holder,
    names: Vec<AlternativeName>,
    validity: Validity,
    request: &IssueRequest,
    issuers: Vec<CertificateDer<'static>>,
) -> Result<Issued, IssueError> {
    let contents = Contents {
        subject: holder.subject,
        names,
        validity,
        public_key_info: &holder.public_key_info,
        key_identifier: holder.key_identifier,
        purpose: if request.client {
            Purpose::Client
        } else {
            Purpose::Server
        },
        crl: None,
    };
    Ok(Issued {
        certificate: signer.certify(&contents).map_err(IssueError::Sign)?,
        issuers,
        key: None,
        not_after: validity.not_after,
    })
}

fn new_key(rsa: bool) -> Result<KeyPair, IssueError> {
    let key = match rsa {
        true => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
        false => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
    };
    key.map_err(IssueError::Key)
}

fn validity(request: &IssueRequest, root: Option<&Root>) -> Result<Validity, IssueError> {
    let max = if request.client {
        MAX_CLIENT_DAYS
    } else {
        MAX_SERVER_DAYS
    };
    if !(1..=max).contains(&request.days) {
        return Err(IssueError::Days {
            days: request.days,
            max,
            whose: if request.client { "client" } else { "server" },
        });
    }
    let now = OffsetDateTime::now_utc();
    let now = now.replace_time(Time::from_hms(now.hour(), now.minute(), now.second()).unwrap_or(now.time()));
    // The longest one isn't made longer by its beginning and by its last second, which is in it.
    let longest = now - BACKDATED + Duration::days(i64::from(max)) - Duration::SECOND;
    let not_after = (now + Duration::days(i64::from(request.days))).min(longest);
    match root {
        Some(root) if not_after > root.not_after() => Err(IssueError::BeyondRoot {
            days: request.days,
            root: root.not_after().date(),
        }),
        Some(root) => Ok(Validity {
            not_before: (now - BACKDATED).max(root.not_before()),
            not_after,
        }),
        None => Ok(Validity {
            not_before: now - BACKDATED,
            not_after,
        }),
    }
}

/// The names that a person asked for, at least one. The first is the certificate's common name, too.
struct Names(Vec<AlternativeName>);

impl Names {
    fn parse(names: &[String], client: bool) -> Result<Self, IssueError> {
        let parsed = names
            .iter()
            .map(|name| parse_name(name, client))
            .collect::<Result<Vec<_>, _>>()?;
        check_number(&parsed)?;
        Ok(Self(parsed))
    }

    fn subject(&self) -> Vec<u8> {
        certificate::name(None, self.common_name().as_deref())
    }

    fn common_name(&self) -> Option<String> {
        let first = self.0.first().map(AlternativeName::to_string);
        first.filter(|name| name.chars().count() <= MAX_COMMON_NAME_CHARS)
    }

    /// The key, with a signing request for these names.
    fn with_key(&self, key: &KeyPair) -> Result<IssuedKey, IssueError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        if let Some(name) = self.common_name() {
            params.distinguished_name.push(DnType::CommonName, name);
        }
        params.subject_alt_names = self
            .0
            .iter()
            .map(|name| match name {
                AlternativeName::Mail(address) => address.as_str().try_into().map(SanType::Rfc822Name),
                AlternativeName::Dns(name) => name.as_str().try_into().map(SanType::DnsName),
                AlternativeName::Address(address) => Ok(SanType::IpAddress(*address)),
            })
            .collect::<Result<_, _>>()
            .map_err(IssueError::Key)?;
        let request = params.serialize_request(key).map_err(IssueError::Key)?;
        Ok(IssuedKey {
            pkcs8: key.serialize_der(),
            request: request.der().to_vec(),
        })
    }
}

fn check_number(names: &[AlternativeName]) -> Result<(), IssueError> {
    match names.len() {
        0 => Err(IssueError::NoName),
        1..=MAX_NAMES => Ok(()),
        _ => Err(IssueError::TooManyNames { max: MAX_NAMES }),
    }
}

/// A host, `*.` before a domain, an address; for a client a mail address, too.
fn parse_name(text: &str, client: bool) -> Result<AlternativeName, IssueError> {
    if let Some(domain) = text.strip_prefix("*.") {
        return match Host::parse(domain) {
            Ok(Host::Name(name)) => Ok(AlternativeName::Dns(format!("*.{name}"))),
            Ok(Host::Address(_)) => Err(IssueError::Name(text.chars().take(80).collect())),
            Err(error) => Err(error.into()),
        };
    }
    if client && let Some((before, domain)) = text.split_once('@') {
        let is_good = !before.is_empty()
            && before.len() <= 64
            && before
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte));
        return match Host::parse(domain) {
            Ok(Host::Name(domain)) if is_good => Ok(AlternativeName::Mail(format!("{before}@{domain}"))),
            _ => Err(IssueError::Name(text.chars().take(80).collect())),
        };
    }
    Ok(AlternativeName::from(&Host::parse(text)?))
}

#[cfg(test)]
mod tests;
