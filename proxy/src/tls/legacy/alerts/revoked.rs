//! OpenSSL's fault for a certificate that was revoked. Its crate can't make lists of those, so one that `openssl ca` made
//! lies here, with the root that signed it and the certificate that is on it.

use std::fs::{self, File};
use std::io::{self, Write as _};

use openssl::ssl::SslFiletype;
use openssl::stack::Stack;
use openssl::x509::store::{X509Lookup, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509StoreContext, X509VerifyResult};

use super::{BEGINS, DAY};

/// Root, certificate and list, all for two days from [`BEGINS`].
const REVOKED: &str = include_str!("revoked.pem");

/// The fault.
pub(super) fn fault() -> io::Result<X509VerifyResult> {
    let certificates = X509::stack_from_pem(REVOKED.as_bytes())?;
    let [root, revoked] = &certificates[..] else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut asked = X509VerifyParam::new()?;
    asked.set_time(BEGINS + DAY);
    asked.set_flags(X509VerifyFlags::CRL_CHECK)?;
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(root.clone())?;
    load_list(&mut store)?;
    store.set_param(&asked)?;
    let none = Stack::new()?;
    let told = X509StoreContext::new()?.init(&store.build(), revoked, &none, |context| {
        context.verify_cert()?;
        Ok(context.error())
    });
    Ok(told?)
}

/// The crate takes lists out of files alone, and of such a name.
fn load_list(store: &mut X509StoreBuilder) -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("handlens-{}.pem", capture::Id::new()));
    let name = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    let written = File::create_new(&path)?.write_all(REVOKED.as_bytes());
    let loaded = written.and_then(|()| {
        let lookup = store.add_lookup(X509Lookup::file())?;
        Ok(lookup.load_crl_file(name, SslFiletype::PEM)?)
    });
    fs::remove_file(&path)?;
    loaded.map(drop)
}
