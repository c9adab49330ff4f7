//! A certificate authority made on the spot, and every kind of certificate from it.

use base64::Engine as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

/// A root and its key.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// What a leaf says.
#[derive(Clone)]
pub(crate) struct Leaf {
    /// Names and addresses as text.
    pub(crate) names: Vec<String>,
    /// Days from now on which it begins and ends to hold.
    pub(crate) days: (i64, i64),
    pub(crate) key: KeyKind,
    /// For a client, and not for a server.
    pub(crate) client: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Ecdsa,
    Rsa,
}

impl Leaf {
    /// A good leaf for all the ways in which a test names this machine.
    pub(crate) fn good() -> Self {
        let names = ["localhost", "127.0.0.1", "127.0.0.2", "::1"]
            .map(String::from)
            .to_vec();
        Self {
            names,
            days: (-1, 30),
            key: KeyKind::Ecdsa,
            client: false,
        }
    }

    pub(crate) fn for_name(name: &str) -> Self {
        Self {
            names: vec![name.to_owned()],
            ..Self::good()
        }
    }
}

/// A chain and the key of its first certificate.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(crate) fn chain_pem(&self) -> String {
        self.chain
            .iter()
            .map(|certificate| pem("CERTIFICATE", certificate))
            .collect()
    }

    pub(crate) fn key_pem(&self) -> String {
        pem("PRIVATE KEY", self.key.secret_der())
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// Somebody else's, whose key was got hold of.
    pub(crate) fn from_pem(certificate: &str, key: &str) -> Self {
        let key = KeyPair::from_pem(key).unwrap();
        let issuer = Issuer::from_ca_cert_pem(certificate, key).unwrap();
        Self {
            certificate: CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap(),
            issuer,
        }
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// The root's key as PEM (PKCS#8).
    pub(crate) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A leaf signed by this authority.
    pub(crate) fn issue(&self, leaf: &Leaf) -> Identity {
        let key = new_key(leaf.key);
        let certificate = params(leaf).signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: private(&key),
        }
    }

    /// A leaf that nobody but itself signed.
    pub(crate) fn self_signed(leaf: &Leaf) -> Identity {
        let key = new_key(leaf.key);
        let certificate = params(leaf).self_signed(&key).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: private(&key),
        }
    }
}

/// PEM (RFC 7468) of these bytes.
fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn params(leaf: &Leaf) -> CertificateParams {
    let mut params = CertificateParams::new(leaf.names.clone()).unwrap();
    let now = OffsetDateTime::now_utc();
    // An hour more, so that a second that passes does not change how many days are told.
    let in_days = |days: i64| now + Duration::days(days) + Duration::hours(days.signum());
    params.not_before = in_days(leaf.days.0);
    params.not_after = in_days(leaf.days.1);
    params
        .distinguished_name
        .push(DnType::CommonName, leaf.names[0].as_str());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match leaf.client {
        true => ExtendedKeyUsagePurpose::ClientAuth,
        false => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    params.use_authority_key_identifier_extension = true;
    params
}

fn new_key(kind: KeyKind) -> KeyPair {
    match kind {
        KeyKind::Ecdsa => KeyPair::generate().unwrap(),
        KeyKind::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap(),
    }
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}
