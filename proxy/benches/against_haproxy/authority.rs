//! Certificates for one run: a root, an intermediate and a leaf for the origin, as public sites have them, and
//! a second root with the leaf that HAProxy shows to clients. All keys are ECDSA P-256.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name that origin and bridge are known by: it is resolved without a name server.
pub(crate) const ORIGIN_NAME: &str = "localhost";

/// The files of one run.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    folder: PathBuf,
}

impl Authority {
    /// Makes everything anew in a folder.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let this = Self::at(folder);

        let (root, root_pem) = make_root("Handlens benchmark root")?;
        let intermediate_key = KeyPair::generate()?;
        let intermediate_params = authority_params("Handlens benchmark intermediate")?;
        let intermediate = intermediate_params.signed_by(&intermediate_key, &root)?;
        let intermediate_pem = intermediate.pem();
        let (leaf_pem, key_pem) = make_leaf(&Issuer::new(intermediate_params, intermediate_key))?;
        this.write("origin-root.pem", &root_pem)?;
        this.write("origin.pem", &format!("{leaf_pem}{intermediate_pem}"))?;
        this.write("origin.key", &key_pem)?;

        let (bridge_root, bridge_root_pem) = make_root("Handlens benchmark bridge root")?;
        let (leaf_pem, key_pem) = make_leaf(&bridge_root)?;
        this.write("bridge-root.pem", &bridge_root_pem)?;
        this.write("bridge.pem", &format!("{leaf_pem}{key_pem}"))?;
        Ok(this)
    }

    /// Those that were made in a folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// PEM of the root that the origin's chain ends at.
    pub(crate) fn origin_root(&self) -> PathBuf {
        self.folder.join("origin-root.pem")
    }

    /// PEM of the root that clients of HAProxy trust.
    pub(crate) fn bridge_root(&self) -> PathBuf {
        self.folder.join("bridge-root.pem")
    }

    /// PEM of HAProxy's leaf and its key.
    pub(crate) fn bridge(&self) -> PathBuf {
        self.folder.join("bridge.pem")
    }

    /// The origin's chain and key.
    pub(crate) fn origin_identity(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let chain =
            CertificateDer::pem_file_iter(self.folder.join("origin.pem"))?.collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(self.folder.join("origin.key"))?;
        Ok((chain, key))
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
    }
}

/// Reads a PEM file of roots.
pub(crate) fn read_roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(path).with_context(|| format!("reading {}", path.display()))?
    {
        roots.add(certificate?)?;
    }
    Ok(roots)
}

fn make_root(name: &str) -> Result<(Issuer<'static, KeyPair>, String)> {
    let key = KeyPair::generate()?;
    let params = authority_params(name)?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

fn authority_params(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn make_leaf(issuer: &Issuer<'_, KeyPair>) -> Result<(String, String)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![ORIGIN_NAME.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, ORIGIN_NAME);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok((params.signed_by(&key, issuer)?.pem(), key.serialize_pem()))
}
