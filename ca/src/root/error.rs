//! Why there is no root, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use time::Date;

/// Why there is no root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {
    /// The root's folder can't be made or looked at.
    #[error("the root's folder {} can't be used", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// Others could replace the root in its folder.
    #[error("others can write to the root's folder {0}; run: chmod 700 {0}", path.display())]
    FolderShared {
        /// The folder.
        path: PathBuf,
    },

    /// A file can't be read.
    #[error("{} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// A file can't be written.
    #[error("{} can't be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// A file is far larger than any certificate or key.
    #[error("{} is too large to be a certificate or a key", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },

    /// Others can read the key, so it may no longer be secret.
    #[error("others can read the root's key {0} (mode {mode:04o}); run: chmod 600 {0}", path.display())]
    KeyShared {
        /// The key's file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },

    /// The certificate is there and its key is not.
    #[error(
        "the root {} has lost its key {}; put the key back, or remove the certificate to have a new root made",
        certificate.display(),
        key.display()
    )]
    KeyMissing {
        /// The certificate's file.
        certificate: PathBuf,
        /// Where its key should be.
        key: PathBuf,
    },

    /// What is kept of the names that the root may vouch for can't be read.
    #[error(
        "{} doesn't say for which names the root was made ({line:?} is neither a domain nor a network): mend it, one a \
         line; or remove the folder to have a new root made",
        path.display()
    )]
    NamesBroken {
        /// The file.
        path: PathBuf,
        /// The line; empty where there is none.
        line: String,
    },

    /// There is a root, and none was to be replaced.
    #[error("there is a root already: {}", path.display())]
    Exists {
        /// Its certificate or its key.
        path: PathBuf,
    },

    /// The old root can't be moved out of the way.
    #[error("the root's folder {} can't be moved to {}", from.display(), to.display())]
    Move {
        /// The folder.
        from: PathBuf,
        /// Where it was to go.
        to: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// No certificate in the file.
    #[error("{} holds no certificate in PEM{}", path.display(), hint_for(*is_der, path, "x509"))]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// It looks like DER.
        is_der: bool,
    },

    /// No private key in the file.
    #[error("{} holds no private key in PEM{}", path.display(), hint_for(*is_der, path, "pkey"))]
    NoKey {
        /// The file.
        path: PathBuf,
        /// It looks like DER.
        is_der: bool,
    },

    /// The key is protected by a password.
    #[error("the key {0} is encrypted; decrypt it: openssl pkey -in {0} -out root.key", path.display())]
    KeyEncrypted {
        /// The key's file.
        path: PathBuf,
    },

    /// A certificate that can't be parsed.
    #[error("the certificate in {} is broken", path.display())]
    CertificateBroken {
        /// The file.
        path: PathBuf,
    },

    /// Not a key that a root can have.
    #[error(
        "the key in {} can't be used; a root's key is ECDSA (P-256, P-384, P-521) or RSA with at least 2048 bits",
        path.display()
    )]
    KeyUnsupported {
        /// The key's file.
        path: PathBuf,
    },

    /// The key is another certificate's.
    #[error(
        "the key {} doesn't belong to the certificate {}; give the two that were made together",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },

    /// The certificate isn't an authority's.
    #[error(
        "{} ({subject}) is no certificate authority (basicConstraints lacks CA:TRUE); give a CA's certificate",
        path.display()
    )]
    NotAuthority {
        /// The certificate's file.
        path: PathBuf,
        /// Its subject.
        subject: String,
    },

    /// The certificate may not sign certificates.
    #[error(
        "{} ({subject}) may not sign certificates (keyUsage lacks keyCertSign); give a CA's certificate",
        path.display()
    )]
    MayNotSign {
        /// The certificate's file.
        path: PathBuf,
        /// Its subject.
        subject: String,
    },

    /// The certificate's time is over.
    #[error("the root {} expired on {on}; renew it, or remove it with its key to have a new one made", path.display())]
    Expired {
        /// The certificate's file.
        path: PathBuf,
        /// The day.
        on: Date,
    },

    /// The certificate's time is yet to come.
    #[error("the root {} is not valid before {on}; check this machine's clock", path.display())]
    NotYetValid {
        /// The certificate's file.
        path: PathBuf,
        /// The day.
        on: Date,
    },

    /// A key or a certificate couldn't be made.
    #[error("a new root can't be made")]
    Make(#[from] rcgen::Error),
}

fn hint_for(is_der: bool, path: &Path, command: &str) -> String {
    if is_der {
        format!(
            "; it is DER, convert it: openssl {command} -inform DER -in {0} -out {0}.pem",
            path.display()
        )
    } else {
        String::new()
    }
}
