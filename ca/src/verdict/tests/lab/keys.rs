//! Keys to sign with: rcgen's, and openssl's where those are of a kind that nobody should make any more.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::rc::Rc;

use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use tempfile::TempPath;

use crate::der::{OID, SEQUENCE, element};

const NULL: &[u8] = &[5, 0];

/// Signature algorithms by their OIDs.
pub(super) mod algorithm {
    pub(crate) const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
    pub(crate) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    pub(crate) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
    pub(crate) const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
    pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(crate) const RSA_MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4];
    pub(crate) const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
    pub(crate) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];
    pub(crate) const DSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3];
    pub(crate) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
    pub(crate) const RSA_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14];
}

/// A key and how it signs.
#[derive(Clone)]
pub(super) struct Key {
    signer: Signer,
    /// The OID of the signature algorithm.
    algorithm: &'static [u8],
    /// The SubjectPublicKeyInfo.
    pub(super) public: Vec<u8>,
}

#[derive(Clone)]
enum Signer {
    Rcgen(Rc<KeyPair>),
    Openssl {
        file: Rc<TempPath>,
        digest: &'static str,
    },
}

impl Key {
    pub(super) fn p256() -> Self {
        Self::rcgen(&rcgen::PKCS_ECDSA_P256_SHA256, algorithm::ECDSA_SHA256)
    }

    pub(super) fn rcgen(kind: &'static rcgen::SignatureAlgorithm, algorithm: &'static [u8]) -> Self {
        let pair = KeyPair::generate_for(kind).unwrap();
        Self {
            public: pair.subject_public_key_info(),
            signer: Signer::Rcgen(Rc::new(pair)),
            algorithm,
        }
    }

    /// `options` are those of `openssl genpkey`.
    pub(super) fn openssl(options: &[&str], digest: &'static str, algorithm: &'static [u8]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let path = file.to_str().unwrap().to_owned();
        openssl(&[&["genpkey", "-out", &path], options].concat(), &[]);
        Self {
            public: openssl(&["pkey", "-in", &path, "-pubout", "-outform", "DER"], &[]),
            signer: Signer::Openssl {
                file: Rc::new(file),
                digest,
            },
            algorithm,
        }
    }

    pub(super) fn rsa(bits: usize, digest: &'static str, algorithm: &'static [u8]) -> Self {
        let bits = format!("rsa_keygen_bits:{bits}");
        Self::openssl(&["-algorithm", "RSA", "-pkeyopt", &bits], digest, algorithm)
    }

    pub(super) fn curve(name: &str, digest: &'static str, algorithm: &'static [u8]) -> Self {
        let curve = format!("ec_paramgen_curve:{name}");
        let options = [
            "-algorithm",
            "EC",
            "-pkeyopt",
            &curve,
            "-pkeyopt",
            "ec_param_enc:named_curve",
        ];
        Self::openssl(&options, digest, algorithm)
    }

    /// The same key, signing with another hash.
    pub(super) fn signing(&self, digest: &'static str, algorithm: &'static [u8]) -> Self {
        let Signer::Openssl { file, .. } = &self.signer else {
            panic!("rcgen's keys sign with one hash alone");
        };
        Self {
            signer: Signer::Openssl {
                file: Rc::clone(file),
                digest,
            },
            algorithm,
            public: self.public.clone(),
        }
    }

    /// The AlgorithmIdentifier of its signatures.
    pub(super) fn algorithm(&self) -> Vec<u8> {
        let mut parts = element(OID, self.algorithm);
        // RSA's have a NULL as their parameters (RFC 4055 section 5).
        if self.algorithm.starts_with(&algorithm::RSA_SHA256[..8]) {
            parts.extend(NULL);
        }
        element(SEQUENCE, &parts)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.signer {
            Signer::Rcgen(pair) => pair.sign(message).unwrap(),
            Signer::Openssl { file, digest } => {
                openssl(&["dgst", digest, "-sign", file.to_str().unwrap()], message)
            }
        }
    }
}

/// Runs openssl, which must succeed.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run_openssl(arguments, input);
    assert!(output.status.success(), "openssl {arguments:?}: {output:?}");
    output.stdout
}

pub(super) fn run_openssl(arguments: &[&str], input: &[u8]) -> std::process::Output {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("openssl can't be run ({error}); install it: apt-get install openssl")
        });
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}
