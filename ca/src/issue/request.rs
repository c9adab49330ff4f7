//! A signing request that somebody made (PKCS#10, RFC 2986), its proof of possession checked.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

use super::{IssueError, check_number, parse_name};
use crate::der::{self, Reader, SEQUENCE};
use crate::encode::{address_of, readable};
use crate::leaf::AlternativeName;
use crate::revocation::signed::{SignatureFault, verify};

/// What browsers take (CA/Browser Forum, Baseline Requirements section 6.1.5).
const MIN_RSA_BITS: usize = 2048;
/// No request has as much.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// A signing request.
///
/// Invariant: it is signed with the key that it is for, and can be parsed.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    subject: Vec<u8>,
    common_name: Option<String>,
    public_key_info: Vec<u8>,
    public_key: Vec<u8>,
    /// As they stand in it. None where it has no subjectAltName.
    names: Option<Vec<Result<AlternativeName, String>>>,
}

impl SigningRequest {
    /// Reads a file in PEM or DER.
    ///
    /// # Errors
    /// When it holds no request, or one that doesn't prove that its maker has the key.
    pub fn read(path: &Path) -> Result<Self, IssueError> {
        let failed = |source| IssueError::ReadRequest {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(IssueError::RequestTooLarge {
                path: path.to_owned(),
            });
        }
        Self::parse(&bytes, path)
    }

    /// The same of bytes that were read; `path` is where they came from, to tell people.
    ///
    /// # Errors
    /// When they hold no request, or one that doesn't prove that its maker has the key.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, IssueError> {
        let none = || IssueError::NoRequest {
            path: path.to_owned(),
        };
        if bytes.first() == Some(&SEQUENCE) {
            return Self::of_der(bytes)?.ok_or_else(none);
        }
        let der = CertificateSigningRequestDer::from_pem_slice(bytes).map_err(|_| none())?;
        Self::of_der(&der)?.ok_or_else(none)
    }

    /// None for what is no request.
    pub(super) fn of_der(der: &[u8]) -> Result<Option<Self>, IssueError> {
        let Ok((rest, request)) = X509CertificationRequest::from_der(der) else {
            return Ok(None);
        };
        let info = &request.certification_request_info;
        let Some((algorithm, signature)) = signature(der).filter(|_| rest.is_empty()) else {
            return Ok(None);
        };
        if matches!(info.subject_pki.parsed(), Ok(PublicKey::RSA(key)) if key.key_size() < MIN_RSA_BITS) {
            return Err(IssueError::WeakRequest);
        }
        verify(info.subject_pki.raw, algorithm, info.raw, signature).map_err(|fault| match fault {
            SignatureFault::Wrong => IssueError::Unproven,
            SignatureFault::Unsupported | SignatureFault::Weak => IssueError::WeakRequest,
        })?;
        let mut names = None;
        for extension in request.requested_extensions().into_iter().flatten() {
            match extension {
                ParsedExtension::BasicConstraints(basic) if basic.ca => return Err(IssueError::Authority),
                ParsedExtension::SubjectAlternativeName(list) => {
                    names = Some(list.general_names.iter().map(name_of).collect());
                }
                _ => {}
            }
        }
        let common_name = info.subject.iter_common_name().next();
        Ok(Some(Self {
            subject: info.subject.as_raw().to_vec(),
            common_name: common_name.and_then(|name| name.as_str().ok()).map(readable),
            public_key_info: info.subject_pki.raw.to_vec(),
            public_key: info.subject_pki.subject_public_key.data.to_vec(),
            names,
        }))
    }

    /// The names that it asks for: its subjectAltName, else its common name. Each is checked.
    pub(super) fn names(&self, client: bool) -> Result<Vec<AlternativeName>, IssueError> {
        let names = match (&self.names, &self.common_name) {
            (Some(names), _) => names
                .iter()
                .cloned()
                .collect::<Result<_, _>>()
                .map_err(IssueError::Name)?,
            (None, Some(name)) => match parse_name(name, client) {
                Ok(name) => vec![name],
                // Who a client is, its subject says.
                Err(_) if client => return Ok(Vec::new()),
                Err(_) => return Err(IssueError::NamelessRequest(Some(name.clone()))),
            },
            (None, None) => return Err(IssueError::NamelessRequest(None)),
        };
        check_number(&names)?;
        Ok(names)
    }

    pub(super) fn subject(&self) -> Vec<u8> {
        self.subject.clone()
    }

    pub(super) fn public_key_info(&self) -> Vec<u8> {
        self.public_key_info.clone()
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

/// The contents of the signature's AlgorithmIdentifier, and the signature.
fn signature(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut request = Reader::new(der::sole(der, SEQUENCE).ok()?);
    request.value(SEQUENCE).ok()?;
    let algorithm = request.value(SEQUENCE).ok()?;
    let signature = request.bits().ok()?;
    request.end().ok().map(|()| (algorithm, signature))
}

/// The error is the name, for a person to read.
fn name_of(name: &GeneralName<'_>) -> Result<AlternativeName, String> {
    match name {
        GeneralName::DNSName(text) => parse_name(text, false).map_err(|_| readable(text)),
        GeneralName::RFC822Name(text) => match parse_name(text, true) {
            Ok(AlternativeName::Mail(address)) => Ok(AlternativeName::Mail(address)),
            _ => Err(readable(text)),
        },
        GeneralName::IPAddress(bytes) => address_of(bytes)
            .map(AlternativeName::Address)
            .ok_or_else(|| "an address".to_owned()),
        other => Err(readable(&other.to_string())),
    }
}
