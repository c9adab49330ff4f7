//! Who Handlens is toward an origin that asks for a client certificate: by host, from files that the person named.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ca::Pkcs12Error;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, SignatureScheme};

use super::judged::webpki_words;
use super::late;
use crate::config::{ClientCertificate, IdentityFiles};
use crate::rules::HostPattern;

/// The most that is read of one file.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A client certificate can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the client certificate for {host} can't be used: {reason}")]
pub struct ClientCertificateError {
    host: HostPattern,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("{} can't be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is too large to be a certificate or a key", .0.display())]
    TooLarge(PathBuf),
    #[error("others can read {0} (mode {mode:04o}); run: chmod 600 {0}", path.display())]
    Shared { path: PathBuf, mode: u32 },
    #[error("{} holds no certificate in PEM", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} holds no private key in PEM that is not encrypted", .0.display())]
    NoKey(PathBuf),
    #[error("{} is no PKCS#12, or the password is not the right one", .0.display())]
    NotPkcs12(PathBuf),
    #[error("{} holds no key with a certificate", .0.display())]
    NoEntry(PathBuf),
    #[error("the key in {} is not that of the certificate", .0.display())]
    Mismatch(PathBuf),
    #[error("the key in {} is of a kind that is not supported: {source}", path.display())]
    Unsupported { path: PathBuf, source: rustls::Error },
    #[error(
        "the certificate in {} can't be used: {text} (one of an X.509 version before 3 must be issued anew, with extensions)",
        path.display()
    )]
    Certificate { path: PathBuf, text: String },
}

/// A client certificate and its key.
pub(crate) struct Identity {
    pub(crate) certified: Arc<CertifiedKey>,
    /// What OpenSSL takes of the same.
    #[cfg(feature = "legacy")]
    pub(super) key: PrivateKeyDer<'static>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Client certificates by host.
#[derive(Debug, Default)]
pub(crate) struct Identities(Vec<(HostPattern, Arc<Identity>)>);

impl Identities {
    /// Reads all that were named.
    pub(crate) fn load(named: &[ClientCertificate]) -> Result<Self, ClientCertificateError> {
        let load = |named: &ClientCertificate| {
            let host = named.host.clone();
            match load(&named.files) {
                Ok(key) => Ok((host, Arc::new(key))),
                Err(reason) => Err(ClientCertificateError { host, reason }),
            }
        };
        named.iter().map(load).collect::<Result<_, _>>().map(Self)
    }

    /// The one for a host: the first whose pattern matches.
    pub(crate) fn find(&self, host: &str) -> Option<Arc<Identity>> {
        let (_, key) = self.0.iter().find(|(pattern, _)| pattern.matches(host))?;
        Some(key.clone())
    }
}

fn load(files: &IdentityFiles) -> Result<Identity, Reason> {
    let (chain, key, certificate, path) = match files {
        IdentityFiles::Pem { cert, key } => (pem_chain(cert)?, pem_key(key)?, cert, key),
        IdentityFiles::Pkcs12 { file, password_file } => {
            let (chain, key) = pkcs12(file, password_file.as_deref())?;
            (chain, key, file, file)
        }
    };
    #[cfg(feature = "legacy")]
    let kept = key.clone_key();
    let certified = CertifiedKey::from_der(chain, key, &late::provider()).map_err(|source| match source {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => Reason::Mismatch(path.clone()),
        rustls::Error::InvalidCertificate(error) => Reason::Certificate {
            path: certificate.clone(),
            text: webpki_words(&error),
        },
        source => Reason::Unsupported {
            path: path.clone(),
            source,
        },
    })?;
    Ok(Identity {
        certified: Arc::new(certified),
        #[cfg(feature = "legacy")]
        key: kept,
    })
}

fn pem_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Reason> {
    let bytes = read(path, false)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(Reason::NoCertificate(path.to_owned())),
    }
}

fn pem_key(path: &Path) -> Result<PrivateKeyDer<'static>, Reason> {
    PrivateKeyDer::from_pem_slice(&read(path, true)?).map_err(|_| Reason::NoKey(path.to_owned()))
}

type ChainAndKey = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn pkcs12(path: &Path, password: Option<&Path>) -> Result<ChainAndKey, Reason> {
    let password = match password {
        Some(path) => String::from_utf8_lossy(&read(path, true)?).into_owned(),
        None => String::new(),
    };
    let password = password.trim_end_matches(['\r', '\n']);
    match ca::read_pkcs12(&read(path, true)?, password) {
        Ok(identity) => Ok((identity.chain, identity.key)),
        Err(Pkcs12Error::NoEntry) => Err(Reason::NoEntry(path.to_owned())),
        Err(_) => Err(Reason::NotPkcs12(path.to_owned())),
    }
}

/// Reads a file. A secret one must be its owner's alone; the open file is looked at, so no time passes between.
fn read(path: &Path, is_secret: bool) -> Result<Vec<u8>, Reason> {
    let failed = |source| Reason::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(Reason::Shared {
                path: path.to_owned(),
                mode,
            });
        }
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() as u64 > MAX_FILE_BYTES {
        true => Err(Reason::TooLarge(path.to_owned())),
        false => Ok(bytes),
    }
}

/// Answers an origin that asks for a certificate, and remembers that it did.
#[derive(Debug)]
pub(super) struct Answering {
    identity: Option<Arc<CertifiedKey>>,
    asked: OnceLock<Option<Arc<CertifiedKey>>>,
}

/// What became of the question for a client certificate.
#[derive(Clone, Debug, Default)]
pub(crate) enum ClientAuth {
    /// The origin did not ask.
    #[default]
    NotAsked,
    /// It asked, and none is configured for the host.
    NoneConfigured,
    /// It asked, and takes no signature that the configured key could make.
    DoesNotFit,
    /// It was shown this one.
    Sent(Arc<CertifiedKey>),
}

impl ClientAuth {
    /// Whether the origin asked.
    pub(crate) fn was_asked(&self) -> bool {
        !matches!(self, Self::NotAsked)
    }

    /// What can be done where an origin that asked then refused.
    pub(super) fn remedy(&self, host: &str) -> String {
        match self {
            Self::NotAsked | Self::NoneConfigured => format!(
                "it asked for a client certificate: name one in the settings file, by `[[client-certificate]]` with \
                 `host = \"{host}\"`, `cert` and `key`, or `pkcs12`; or carry its TLS untouched with `--pass {host}`"
            ),
            Self::DoesNotFit => "it asked for a client certificate, and takes no signature that the key of the \
                                 configured one can make: look at `[[client-certificate]]`"
                .to_owned(),
            Self::Sent(_) => "it did not accept the client certificate that `[[client-certificate]]` names for it: \
                              see whether it is the right one, holds still, and is of an authority that the origin trusts"
                .to_owned(),
        }
    }
}

impl Answering {
    pub(super) fn new(identity: Option<Arc<CertifiedKey>>) -> Self {
        Self {
            identity,
            asked: OnceLock::new(),
        }
    }

    pub(super) fn told(&self) -> ClientAuth {
        match (self.asked.get(), &self.identity) {
            (None, _) => ClientAuth::NotAsked,
            (Some(Some(sent)), _) => ClientAuth::Sent(sent.clone()),
            (Some(None), None) => ClientAuth::NoneConfigured,
            (Some(None), Some(_)) => ClientAuth::DoesNotFit,
        }
    }
}

impl ResolvesClientCert for Answering {
    /// Whatever authorities the origin names: the person chose the certificate for this host.
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let fitting = self
            .identity
            .clone()
            .filter(|identity| identity.key.choose_scheme(schemes).is_some());
        self.asked.get_or_init(|| fitting).clone()
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

#[cfg(test)]
mod tests;
