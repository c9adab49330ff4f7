//! PKCS#12 (RFC 7292), in which people keep a key with its certificate.

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A key with its certificate.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pkcs12Identity {
    /// The key's certificate, and those above it.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

/// Why bytes give no key with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs12Error {
    /// They are something else, or encrypted with another password.
    #[error("it is no PKCS#12, or the password is not the right one")]
    Unreadable,
    /// No key in it has a certificate.
    #[error("it holds no key with a certificate")]
    NoEntry,
}

/// Reads the key that has a certificate, the first of them.
///
/// # Errors
/// When there is none.
pub fn read_pkcs12(bytes: &[u8], password: &str) -> Result<Pkcs12Identity, Pkcs12Error> {
    let store = KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict)
        .map_err(|_| Pkcs12Error::Unreadable)?;
    let (_, entry) = store
        .private_key_chain()
        .filter(|(_, entry)| !entry.certs().is_empty())
        .ok_or(Pkcs12Error::NoEntry)?;
    let certificates = entry.certs().iter();
    Ok(Pkcs12Identity {
        chain: certificates
            .map(|certificate| CertificateDer::from(certificate.as_der().to_vec()))
            .collect(),
        key: PrivatePkcs8KeyDer::from(entry.key().as_der().to_vec()).into(),
    })
}

#[cfg(test)]
mod tests {
    use p12_keystore::{Certificate, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    use rcgen::KeyPair;

    use super::*;
    use crate::testing::{authority, server_params};

    fn made(chain: &[&CertificateDer<'_>], key: &KeyPair) -> Vec<u8> {
        let chain = chain.iter().map(|der| Certificate::from_der(der).unwrap());
        let key = PrivateKey::from_der(&key.serialize_der()).unwrap();
        let mut store = KeyStore::new();
        let entry = PrivateKeyChain::new([1].as_slice(), key, chain.collect::<Vec<_>>());
        store.add_entry("client", KeyStoreEntry::PrivateKeyChain(entry));
        let writer = store.writer("secret").encryption_iterations(2).mac_iterations(2);
        writer.write().unwrap()
    }

    #[test]
    fn a_key_and_its_chain_are_read_and_cut_ones_are_refused() {
        let (root, key) = (authority("Root"), KeyPair::generate().unwrap());
        let own = root.sign_with_key(&server_params(&["client.test"]), &key);
        let bytes = made(&[&own, root.certificate()], &key);
        let identity = read_pkcs12(&bytes, "secret").unwrap();
        assert_eq!(identity.chain, [own, root.certificate().clone()]);
        assert_eq!(identity.key.secret_der(), key.serialize_der());

        let error = |bytes: &[u8], password| read_pkcs12(bytes, password).unwrap_err();
        assert_eq!(error(&bytes, "another"), Pkcs12Error::Unreadable);
        for end in 0..bytes.len() {
            assert_eq!(error(&bytes[..end], "secret"), Pkcs12Error::Unreadable, "{end}");
        }
    }

    /// What holds certificates alone is no identity.
    #[test]
    fn a_store_of_roots_has_no_key() {
        let root = crate::RootCertificate::parse(authority("Root").certificate().clone()).unwrap();
        let error = read_pkcs12(&root.to_pkcs12(), crate::PKCS12_PASSWORD).unwrap_err();
        assert_eq!(error, Pkcs12Error::NoEntry);
    }
}
