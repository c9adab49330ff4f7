//! `seeds FOLDER` writes seeds: a folder a target. What it takes of certificates are the captured ones of `handshake`.

use std::path::Path;
use std::{env, error, fs};

use ca_fuzz::{AUTHORITY, PASSWORD, joined};
// The instrumentation of this build calls into it.
use libfuzzer_sys as _;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain,
};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevokedCertParams,
    SerialNumber,
};

fn main() -> Result<(), Box<dyn error::Error>> {
    let folder = env::args().nth(1).ok_or("give the folder for the seeds")?;
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    let captured = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../handshake/testdata/certificates");
    for file in fs::read_dir(captured)? {
        let path = file?.path();
        let (name, bytes) = (path.file_name().unwrap_or_default().to_string_lossy(), fs::read(&path)?);
        let parts: &[&[u8]] = match path.extension().is_some_and(|found| found == "ocsp") {
            true => &[&bytes, &[], AUTHORITY],
            false => &[&[], &[], &bytes, AUTHORITY],
        };
        write("chain", &name, &joined(parts))?;
    }
    let key = KeyPair::generate()?;
    let params = CertificateParams::new(["example.com".to_owned(), "10.0.0.1".to_owned()])?;
    let request = params.serialize_request(&key)?;
    write("request", "der", request.der())?;
    write("request", "pem", request.pem()?.as_bytes())?;
    let moment = rcgen::date_time_ymd(2026, 11, 1);
    let list = CertificateRevocationListParams {
        this_update: moment,
        next_update: rcgen::date_time_ymd(2026, 12, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: vec![RevokedCertParams {
            serial_number: SerialNumber::from(7),
            revocation_time: moment,
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&Issuer::from_params(&CertificateParams::default(), &key))?;
    write("crl", "der", list.der())?;
    write("crl", "pem", list.pem()?.as_bytes())?;
    write("ct_logs", "list", LOGS.as_bytes())?;
    for (name, algorithm) in [
        ("aes", EncryptionAlgorithm::PbeWithHmacSha256AndAes256),
        ("triple_des", EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc),
    ] {
        let bytes = identity(&params.self_signed(&key)?, &key, algorithm)?;
        write("pkcs12", name, &bytes)?;
        // What is changed in one that is authenticated is refused before it is read.
        let bare = without_code(&bytes).ok_or("PKCS#12 was made in another shape")?;
        write("pkcs12", &format!("{name}.bare"), &bare)?;
    }
    Ok(())
}

/// PKCS#12 without the last of its three parts: version, contents, and the code that shows that it is whole.
fn without_code(bytes: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 4;
    const VERSION: usize = 3;
    let parts = bytes.get(HEADER..)?;
    let length = parts.get(VERSION + 2..)?.first_chunk().copied().map(u16::from_be_bytes)?;
    let kept = parts.get(..VERSION + HEADER + usize::from(length))?;
    Some([&[0x30, 0x82][..], &u16::try_from(kept.len()).ok()?.to_be_bytes(), kept].concat())
}

/// A key with its certificate, encrypted so that its password is little work.
fn identity(
    certificate: &rcgen::Certificate,
    key: &KeyPair,
    algorithm: EncryptionAlgorithm,
) -> Result<Vec<u8>, Box<dyn error::Error>> {
    let chain = [Certificate::from_der(certificate.der())?];
    let key = PrivateKey::from_der(&key.serialize_der())?;
    let entry = PrivateKeyChain::new([1].as_slice(), key, chain);
    let mut store = KeyStore::new();
    store.add_entry("client", KeyStoreEntry::PrivateKeyChain(entry));
    let writer = store.writer(PASSWORD).encryption_algorithm(algorithm);
    Ok(writer.encryption_iterations(1).mac_iterations(1).write()?)
}

/// One log, as Google's list tells it (version 3).
const LOGS: &str = r#"{"version": "1.0", "log_list_timestamp": "2026-11-01T00:00:00Z", "operators": [{"name": "Operator",
 "email": [], "logs": [{"description": "A log", "log_id": "AAAA", "key": "AAAA", "url": "https://log.test/", "mmd": 86400,
 "state": {"usable": {"timestamp": "2026-01-01T00:00:00Z"}},
 "temporal_interval": {"start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": "2027-01-01T00:00:00Z"}}],
 "tiled_logs": []}]}"#;
