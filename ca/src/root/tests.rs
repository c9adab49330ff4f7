use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;
use x509_parser::parse_x509_certificate;

use super::*;
use crate::testing::authority_params;

mod own;

/// A folder with a certificate and a key in it.
struct Files {
    dir: TempDir,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(certificate: &str, key: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = Self {
            certificate: dir.path().join("ca.pem"),
            key: dir.path().join("ca.key"),
            dir,
        };
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        set_mode(&files.key, 0o600);
        files
    }

    fn load(&self) -> Result<Root, RootError> {
        Root::load(&self.certificate, &self.key)
    }

    /// The error's text, the folder told as `DIR`.
    fn error(&self) -> String {
        self.load()
            .unwrap_err()
            .to_string()
            .replace(&self.dir.path().display().to_string(), "DIR")
    }
}

fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn self_signed(params: &CertificateParams, key: &KeyPair) -> String {
    params.self_signed(key).unwrap().pem()
}

#[test]
fn a_root_is_made_once_and_loads_again() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("deep/root");
    let made = Root::load_or_make(&folder).unwrap();
    let again = Root::load_or_make(&folder).unwrap();
    assert_eq!(made.sha256(), again.sha256());
    assert_eq!(
        fs::read_to_string(folder.join("root.pem")).unwrap(),
        made.certificate_pem()
    );
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        2,
        "nothing temporary is left"
    );
}

#[cfg(unix)]
#[test]
fn the_key_is_its_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    Root::load_or_make(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("root.key")), 0o600);
    assert!(!format!("{:?}", Root::load_or_make(&folder).unwrap()).contains("key"));
}

#[test]
fn what_a_made_root_says() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::load_or_make(&dir.path().join("root")).unwrap();
    let (rest, parsed) = parse_x509_certificate(root.certificate_der()).unwrap();
    assert!(rest.is_empty());
    parsed.verify_signature(None).unwrap();

    let basic = parsed.basic_constraints().unwrap().unwrap();
    assert!(basic.critical && basic.value.ca);
    let usage = parsed.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
    assert!(!usage.value.digital_signature());
    assert_eq!(
        parsed.public_key().algorithm.algorithm.to_id_string(),
        "1.2.840.10045.2.1"
    );
    assert!(
        parsed
            .extensions()
            .iter()
            .any(|extension| extension.oid.to_id_string() == "2.5.29.14")
    );
    assert!(parsed.raw_serial().len() <= 17 && parsed.raw_serial()[0] < 0x80);

    let years = (root.not_after() - OffsetDateTime::now_utc()).whole_days() as f64 / 365.0;
    assert!((9.9..=10.1).contains(&years), "{years} years");

    let fingerprint = crate::encode::hex(&sha256(parsed.public_key().raw)[..4]);
    assert!(root.subject().contains("Handlens"), "{}", root.subject());
    assert!(root.subject().contains(&fingerprint), "{}", root.subject());
    let common_name = parsed
        .subject()
        .iter_common_name()
        .next()
        .unwrap()
        .as_str()
        .unwrap();
    assert!(common_name.len() <= 64, "{common_name}");
}

#[test]
fn two_roots_have_two_names() {
    let dir = tempfile::tempdir().unwrap();
    let one = Root::load_or_make(&dir.path().join("one")).unwrap();
    let other = Root::load_or_make(&dir.path().join("other")).unwrap();
    assert_ne!(one.subject(), other.subject());
}

#[test]
fn of_many_that_make_it_at_once_all_get_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    let made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Root::load_or_make(&folder)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap().unwrap().sha256())
            .collect()
    });
    assert!(made.iter().all(|sha256| *sha256 == made[0]));
}

#[test]
fn a_lost_certificate_is_made_again_for_the_same_key_and_name() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    let before = Root::load_or_make(&folder).unwrap();
    fs::remove_file(folder.join("root.pem")).unwrap();
    let after = Root::load_or_make(&folder).unwrap();
    assert_eq!(before.subject(), after.subject());
    assert_eq!(before.certificate.public_key, after.certificate.public_key);
}

#[test]
fn a_lost_certificate_is_made_again_for_no_more_names_than_before() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    let names = ["example.test", "10.0.0.0/8", "2001:db8::/32", "192.0.2.7"];
    let names = names.map(|name| name.parse().unwrap());
    let told = Root::make(&folder, &names).unwrap().constraints().to_string();
    assert_eq!(
        told,
        "example.test, 10.0.0.0/8, 2001:db8::/32, 192.0.2.7, handlens.local"
    );
    let made_again = || {
        fs::remove_file(folder.join("root.pem")).unwrap();
        Root::load_or_make(&folder).unwrap().constraints().to_string()
    };
    assert_eq!(made_again(), told);
    // One of before the names were kept has them kept when it is used.
    fs::remove_file(folder.join("root.names")).unwrap();
    Root::load_or_make(&folder).unwrap();
    assert_eq!(made_again(), told);

    for broken in ["example.test\n*.test\n", "\n"] {
        fs::write(folder.join("root.names"), broken).unwrap();
        let _ = fs::remove_file(folder.join("root.pem"));
        let error = Root::load_or_make(&folder).unwrap_err().to_string();
        assert!(
            error.contains("root.names doesn't say for which names"),
            "{error}"
        );
        assert!(!folder.join("root.pem").exists());
    }
}

#[test]
fn a_lost_key_is_told_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    Root::load_or_make(&folder).unwrap();
    fs::remove_file(folder.join("root.key")).unwrap();
    let error = Root::load_or_make(&folder).unwrap_err().to_string();
    assert_eq!(
        error.replace(&folder.display().to_string(), "DIR"),
        "the root DIR/root.pem has lost its key DIR/root.key; \
         put the key back, or remove the certificate to have a new root made"
    );
    assert!(!folder.join("root.key").exists());
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    Root::load_or_make(&folder).unwrap();
    for shared in [0o640, 0o604, 0o660, 0o644] {
        let key = folder.join("root.key");
        set_mode(&key, shared);
        let error = Root::load_or_make(&folder).unwrap_err().to_string();
        let key = key.display();
        assert_eq!(
            error,
            format!("others can read the root's key {key} (mode {shared:04o}); run: chmod 600 {key}")
        );
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("something else"), "").unwrap();
    set_mode(dir.path(), 0o777);
    let error = Root::load_or_make(dir.path()).unwrap_err().to_string();
    let folder = dir.path().display();
    assert_eq!(
        error,
        format!("others can write to the root's folder {folder}; run: chmod 700 {folder}")
    );
}

#[cfg(unix)]
#[test]
fn an_empty_folder_that_was_there_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    set_mode(dir.path(), 0o755);
    Root::load_or_make(dir.path()).unwrap();
    assert_eq!(mode(dir.path()), 0o700);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let error = Root::load_or_make(Path::new("/proc/handlens")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the root's folder /proc/handlens can't be used"
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_root_is_made_for_names_and_replaces_none() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    let root = Root::make(&folder, &["example.test".parse().unwrap()]).unwrap();
    assert_eq!(root.constraints().to_string(), "example.test, handlens.local");
    let (_, parsed) = parse_x509_certificate(root.certificate_der()).unwrap();
    assert!(parsed.name_constraints().unwrap().unwrap().critical);
    let again = Root::make(&folder, &[]).unwrap_err().to_string();
    assert_eq!(
        again,
        format!("there is a root already: {}", folder.join("root.pem").display())
    );
    assert_eq!(Root::load_or_make(&folder).unwrap().sha256(), root.sha256());
}

#[test]
fn a_rotated_root_is_for_the_same_names_and_the_old_one_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    let old = Root::make(
        &folder,
        &["example.test".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
    )
    .unwrap();
    let (new, aside) = Root::rotate(&folder, None).unwrap();
    assert_ne!(new.sha256(), old.sha256());
    assert_ne!(new.subject(), old.subject());
    assert_eq!(
        new.constraints().to_string(),
        "example.test, 10.0.0.0/8, handlens.local"
    );
    let today = OffsetDateTime::now_utc().date();
    assert_eq!(aside, dir.path().join(format!("root-{today}")));
    assert_eq!(Root::load_or_make(&aside).unwrap().sha256(), old.sha256());
    assert_eq!(Root::load_or_make(&folder).unwrap().sha256(), new.sha256());

    let (other, aside) = Root::rotate(&folder, Some(&[])).unwrap();
    assert!(other.constraints().permitted().is_empty());
    assert_eq!(aside, dir.path().join(format!("root-{today}-2")));
}

#[test]
fn nothing_is_rotated_where_there_is_no_root() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("root");
    let error = Root::rotate(&folder, None).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{} can't be read", folder.join("root.pem").display())
    );
    assert!(!folder.exists());
}

#[test]
fn a_list_of_revoked_certificates_is_empty_and_signed() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::load_or_make(&dir.path().join("root")).unwrap();
    let now = OffsetDateTime::now_utc();
    let der = root.crl(now).unwrap();
    let list = webpki::OwnedCertRevocationList::from_der(&der).unwrap();
    assert!(
        webpki::CertRevocationList::from(list)
            .find_serial(&[1])
            .unwrap()
            .is_none()
    );
    let (rest, parsed) = x509_parser::parse_x509_crl(&der).unwrap();
    assert!(rest.is_empty());
    let (_, certificate) = parse_x509_certificate(root.certificate_der()).unwrap();
    parsed.verify_signature(certificate.public_key()).unwrap();
    assert!(parsed.last_update().to_datetime() < now);
    assert!(parsed.next_update().unwrap().to_datetime() > now + time::Duration::days(6));
    let later = root.crl(now + time::Duration::seconds(1)).unwrap();
    let (_, later) = x509_parser::parse_x509_crl(&later).unwrap();
    assert!(later.crl_number() > parsed.crl_number());
}

#[test]
fn a_root_that_may_not_sign_lists_says_so() {
    let key = KeyPair::generate().unwrap();
    let mut params = authority_params("Mine");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let files = Files::new(&self_signed(&params, &key), &key.serialize_pem());
    let root = files.load().unwrap();
    let text = "the root CN=Mine may not sign CRLs (keyUsage lacks cRLSign); do without --leaf-crl, or give another root";
    assert_eq!(root.crl(OffsetDateTime::now_utc()).unwrap_err().to_string(), text);
    let minter = crate::Minter::new(std::sync::Arc::new(root)).unwrap();
    assert_eq!(
        minter.with_crl("http://example.test/").unwrap_err().to_string(),
        text
    );
}
