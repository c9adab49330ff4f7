use std::process::Command;

use super::*;

/// A folder with `client.pem`, `client.key`, `other.key` (EC) and `client.p12` with the password `secret`.
fn files() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let new = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![format!("{name}.test")]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        write(dir.path(), &format!("{name}.pem"), &certificate.pem());
        write(dir.path(), &format!("{name}.key"), &key.serialize_pem());
    };
    new("client");
    new("other");
    write(dir.path(), "password", "secret\n");
    let made = Command::new("openssl")
        .args(["pkcs12", "-export", "-in", "client.pem", "-inkey", "client.key"])
        .args(["-out", "client.p12", "-passout", "pass:secret"])
        .current_dir(dir.path())
        .status()
        .unwrap();
    assert!(made.success());
    chmod(&dir.path().join("client.p12"), 0o600);
    dir
}

fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).unwrap();
    chmod(&dir.join(name), 0o600);
}

fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn pem(dir: &Path, cert: &str, key: &str) -> IdentityFiles {
    IdentityFiles::Pem {
        cert: dir.join(cert),
        key: dir.join(key),
    }
}

fn pkcs12_with(dir: &Path, password: &str) -> IdentityFiles {
    IdentityFiles::Pkcs12 {
        file: dir.join("client.p12"),
        password_file: Some(dir.join(password)),
    }
}

fn loaded(dir: &Path, files: IdentityFiles) -> Result<Identities, String> {
    let host: HostPattern = "*.bank.test".parse().unwrap();
    Identities::load(&[ClientCertificate { host, files }])
        .map_err(|error| error.to_string().replace(&format!("{}/", dir.display()), ""))
}

#[test]
fn pem_and_pkcs12_are_read_and_found_by_host() {
    let dir = files();
    let expected = pem_chain(&dir.path().join("client.pem")).unwrap();
    for files in [
        pem(dir.path(), "client.pem", "client.key"),
        pkcs12_with(dir.path(), "password"),
    ] {
        let identities = loaded(dir.path(), files).unwrap();
        assert_eq!(identities.find("www.bank.test").unwrap().certified.cert, expected);
        assert!(identities.find("bank.test").is_none());
    }
}

#[test]
fn what_can_not_be_used_is_told_in_one_line() {
    let dir = files();
    let error = |files| loaded(dir.path(), files).unwrap_err();
    let before = "the client certificate for *.bank.test can't be used: ";
    let told = [
        (
            error(pem(dir.path(), "none.pem", "client.key")),
            "none.pem can't be read: No such file or directory (os error 2)",
        ),
        (
            error(pem(dir.path(), "client.key", "client.key")),
            "client.key holds no certificate in PEM",
        ),
        (
            error(pem(dir.path(), "client.pem", "client.pem")),
            "client.pem holds no private key in PEM that is not encrypted",
        ),
        (
            error(pem(dir.path(), "client.pem", "other.key")),
            "the key in other.key is not that of the certificate",
        ),
        (
            error(pkcs12_with(dir.path(), "client.key")),
            "client.p12 is no PKCS#12, or the password is not the right one",
        ),
    ];
    for (error, reason) in told {
        assert_eq!(error, format!("{before}{reason}"));
    }
    chmod(&dir.path().join("client.key"), 0o640);
    assert_eq!(
        error(pem(dir.path(), "client.pem", "client.key")),
        format!("{before}others can read client.key (mode 0640); run: chmod 600 client.key")
    );
    chmod(&dir.path().join("password"), 0o604);
    assert!(error(pkcs12_with(dir.path(), "password")).contains("others can read password (mode 0604)"));
}

/// `openssl x509 -req` makes such certificates, where it is told of no extensions.
#[test]
fn a_certificate_of_version_1_is_told_by_its_own_file() {
    let dir = files();
    let run = |args: &str| {
        let made = Command::new("openssl")
            .args(args.split(' '))
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    run("req -new -key client.key -subj /CN=me -out me.csr");
    run("x509 -req -in me.csr -signkey client.key -out me.pem");
    chmod(&dir.path().join("me.pem"), 0o600);
    let error = load(&pem(dir.path(), "me.pem", "client.key"))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the certificate in ") && error.contains("me.pem"),
        "{error}"
    );
    assert!(error.contains("version before 3"), "{error}");
}
