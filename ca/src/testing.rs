//! Certificates for the tests of this crate.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

/// A certificate authority, self-signed.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    params: CertificateParams,
    key: KeyPair,
}

/// A self-signed authority with this common name.
pub(crate) fn authority(name: &str) -> Authority {
    Authority::with_key(name, KeyPair::generate().unwrap())
}

impl Authority {
    pub(crate) fn with_key(name: &str, key: KeyPair) -> Self {
        let params = authority_params(name);
        let certificate = params.self_signed(&key).unwrap().into();
        Self {
            certificate,
            params,
            key,
        }
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Another self-signed certificate of the same key.
    pub(crate) fn same_key_again(&self, name: &str) -> CertificateDer<'static> {
        authority_params(name).self_signed(&self.key).unwrap().into()
    }

    /// An authority that this one issued.
    pub(crate) fn intermediate(&self, name: &str) -> Authority {
        self.intermediate_from(authority_params(name))
    }

    pub(crate) fn intermediate_from(&self, params: CertificateParams) -> Authority {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer()).unwrap().into();
        Authority {
            certificate,
            params,
            key,
        }
    }

    /// Another certificate of the same key by `above`, in place of its own. What it signs is signed as before.
    pub(crate) fn certify_again(&mut self, above: &Authority, params: &CertificateParams) {
        self.certificate = above.sign_with_key(params, &self.key);
    }

    /// A server's certificate for these names, valid from yesterday to tomorrow.
    pub(crate) fn server(&self, names: &[&str]) -> CertificateDer<'static> {
        self.sign(server_params(names))
    }

    /// A server's certificate as given, with a new P-256 key.
    pub(crate) fn sign(&self, params: CertificateParams) -> CertificateDer<'static> {
        self.sign_with_key(&params, &KeyPair::generate().unwrap())
    }

    pub(crate) fn sign_with_key(&self, params: &CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
        params.signed_by(key, &self.issuer()).unwrap().into()
    }

    pub(crate) fn key(&self) -> &KeyPair {
        &self.key
    }

    pub(crate) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

pub(crate) fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn server_params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names.clone()).unwrap();
    params.distinguished_name = common_name(names.first().map_or("server", String::as_str));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(1);
    params
}

pub(crate) fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
