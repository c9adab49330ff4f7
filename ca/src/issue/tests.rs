use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, IsCa};
use rustls::pki_types::UnixTime;
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;

use super::*;
use crate::Subtree;
use crate::testing::{authority_params, common_name};

struct Desk {
    dir: tempfile::TempDir,
    root: Root,
}

fn desk() -> Desk {
    desk_for(&[])
}

fn desk_for(permitted: &[Subtree]) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::make(&dir.path().join("root"), permitted).unwrap();
    Desk { dir, root }
}

fn server(days: u32) -> IssueRequest {
    IssueRequest {
        client: false,
        days,
        rsa: false,
    }
}

fn client(days: u32) -> IssueRequest {
    IssueRequest {
        client: true,
        ..server(days)
    }
}

impl Desk {
    fn issue(&self, names: &[&str], request: &IssueRequest) -> Result<Issued, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.root
            .issue(&names, request)
            .map_err(|error| error.to_string())
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    fn read(&self, contents: impl AsRef<[u8]>) -> Result<SigningRequest, String> {
        SigningRequest::read(&self.file("request.csr", contents)).map_err(|error| {
            error
                .to_string()
                .replace(&self.dir.path().display().to_string(), "DIR")
        })
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let done = Command::new("openssl")
            .args(arguments)
            .current_dir(self.dir.path())
            .output()
            .expect("openssl is needed for this test: install it");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

fn parsed(issued: &Issued) -> X509Certificate<'_> {
    parse_x509_certificate(&issued.certificate).unwrap().1
}

fn names(issued: &Issued) -> String {
    let parsed = parsed(issued);
    let names = parsed.subject_alternative_name().unwrap();
    let names = names.map(|names| {
        names
            .value
            .general_names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    names.unwrap_or_default().join(" ")
}

fn verify(root: &CertificateDer<'_>, issued: &Issued, usage: KeyUsage) -> Result<(), webpki::Error> {
    EndEntityCert::try_from(&issued.certificate)?
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[webpki::anchor_from_trusted_cert(root)?],
            &issued.issuers,
            UnixTime::now(),
            usage,
            None,
            None,
        )
        .map(|_| ())
}

/// The key belongs to the certificate, as openssl reads both.
fn assert_belongs(desk: &Desk, issued: &Issued) {
    let key = issued.key.as_ref().unwrap();
    desk.file("own.key", key.to_pem());
    desk.file("own.pem", issued.chain_pem());
    desk.file("own.csr", key.request_pem());
    let of_key = desk.openssl(&["pkey", "-in", "own.key", "-pubout"]);
    assert_eq!(
        desk.openssl(&["x509", "-in", "own.pem", "-noout", "-pubkey"]),
        of_key
    );
    assert_eq!(
        desk.openssl(&["req", "-in", "own.csr", "-verify", "-noout", "-pubkey"]),
        of_key
    );
}

#[test]
fn a_servers_certificate_with_a_new_key() {
    let desk = desk();
    for rsa in [false, true] {
        let request = IssueRequest { rsa, ..server(90) };
        let issued = desk
            .issue(
                &["Dev.Example.test", "*.dev.example.test", "127.0.0.1", "::1"],
                &request,
            )
            .unwrap();
        assert_belongs(&desk, &issued);
        assert_eq!(parsed(&issued).subject().to_string(), "CN=dev.example.test");
        assert_eq!(
            names(&issued),
            "DNSName(dev.example.test) DNSName(*.dev.example.test) IPAddress(7f:00:00:01) \
             IPAddress(00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01)"
        );
        let lasts = issued.not_after - OffsetDateTime::now_utc();
        assert_eq!((lasts + Duration::minutes(5)).whole_days(), 90);
        verify(desk.root.certificate_der(), &issued, KeyUsage::server_auth()).unwrap();
        assert!(verify(desk.root.certificate_der(), &issued, KeyUsage::client_auth()).is_err());
        let text = desk.openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            "root/root.pem",
            "own.pem",
        ]);
        assert_eq!(text, "own.pem: OK\n");
    }
}

#[test]
fn a_clients_certificate() {
    let desk = desk();
    let issued = desk
        .issue(&["ann@example.test", "laptop"], &client(1000))
        .unwrap();
    assert_belongs(&desk, &issued);
    assert_eq!(parsed(&issued).subject().to_string(), "CN=ann@example.test");
    assert_eq!(names(&issued), "RFC822Name(ann@example.test) DNSName(laptop)");
    verify(desk.root.certificate_der(), &issued, KeyUsage::client_auth()).unwrap();
    assert!(verify(desk.root.certificate_der(), &issued, KeyUsage::server_auth()).is_err());
}

#[test]
fn a_self_signed_certificate_verifies_by_itself() {
    let desk = desk();
    for rsa in [false, true] {
        let request = IssueRequest { rsa, ..server(30) };
        let issued = issue_self_signed(&["localhost".to_owned()], &request).unwrap();
        assert_belongs(&desk, &issued);
        let text = desk.openssl(&["verify", "-purpose", "sslserver", "-CAfile", "own.pem", "own.pem"]);
        assert_eq!(text, "own.pem: OK\n");
        assert!(verify(desk.root.certificate_der(), &issued, KeyUsage::server_auth()).is_err());
    }
}

#[test]
fn what_cannot_be_issued_says_why() {
    let desk = desk();
    let error = |names: &[&str], request: &IssueRequest| desk.issue(names, request).unwrap_err();
    assert_eq!(error(&[], &server(1)), "a certificate needs a name to be for");
    assert_eq!(
        error(&["bücher.example"], &server(1)),
        "no certificate can be made for the host \"bücher.example\": a certificate needs the ASCII form of a name (xn--...)"
    );
    assert_eq!(
        error(&["ann@example.test"], &server(1)),
        "no certificate can be made for the host \"ann@example.test\": it has a character that names of hosts don't have"
    );
    for (name, is_for_client) in [
        ("*.127.0.0.1", false),
        ("@example.test", true),
        ("a b@example.test", true),
        ("a@::1", true),
    ] {
        let request = if is_for_client { client(1) } else { server(1) };
        assert_eq!(
            error(&[name], &request),
            format!(
                "no certificate can be made for {name:?}: it is neither a host, *.DOMAIN, an address nor, for a client, \
                 NAME@DOMAIN"
            )
        );
    }
    for days in [0, 826] {
        assert_eq!(
            error(&["a.test"], &server(days)),
            format!("a certificate of a server is issued for 1 to 825 days, not {days}")
        );
    }
    assert_eq!(
        error(&["a.test"], &client(3651)),
        "a certificate of a client is issued for 1 to 3650 days, not 3651"
    );
    let many: Vec<String> = (0..257).map(|number| format!("{number}.test")).collect();
    let many = desk.root.issue(&many, &server(1)).unwrap_err();
    assert_eq!(
        many.to_string(),
        "a certificate for more than 256 names is not issued"
    );
}

/// The second in which it ends is in it, and so is the hour by which its beginning is set back.
#[test]
fn the_longest_of_a_server_holds_no_longer_than_apples_systems_take() {
    let issued = desk().root.issue(&["a.test".to_owned()], &server(825)).unwrap();
    let parsed = parsed(&issued);
    let validity = parsed.validity();
    let seconds = validity.not_after.timestamp() - validity.not_before.timestamp() + 1;
    assert_eq!(seconds, 825 * 86_400);
}

#[test]
fn nothing_is_issued_beyond_the_root() {
    let desk = desk();
    let mut params = authority_params("Short");
    let ends = OffsetDateTime::now_utc() + Duration::days(10);
    params.not_after = ends;
    let key = KeyPair::generate().unwrap();
    let certificate = desk.file("ca.pem", params.self_signed(&key).unwrap().pem());
    let key = desk.file("ca.key", key.serialize_pem());
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let root = Root::load(&certificate, &key).unwrap();
    assert!(root.issue(&["a.test".to_owned()], &server(9)).is_ok());
    let error = root.issue(&["a.test".to_owned()], &server(11)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "a certificate can't be good for 11 days: the root itself ends on {}",
            ends.date()
        )
    );
}

#[test]
fn a_constrained_root_issues_within_its_names() {
    let desk = desk_for(&["example.test".parse().unwrap()]);
    let issued = desk
        .issue(&["a.example.test", "*.example.test"], &server(1))
        .unwrap();
    verify(desk.root.certificate_der(), &issued, KeyUsage::server_auth()).unwrap();
    assert_eq!(
        desk.issue(&["a.example.test", "example.com"], &server(1))
            .unwrap_err(),
        "no certificate can be issued for example.com: the root may only vouch for example.test, handlens.local"
    );
}

#[test]
fn a_request_of_openssl_is_signed() {
    let desk = desk();
    for kind in [
        &["rsa:2048"][..],
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["ed25519"],
    ] {
        let mut arguments = vec![
            "req",
            "-new",
            "-nodes",
            "-keyout",
            "their.key",
            "-out",
            "their.csr",
            "-newkey",
        ];
        arguments.extend_from_slice(kind);
        arguments.extend_from_slice(&[
            "-subj",
            "/O=Their Company/CN=Dev Box",
            "-addext",
            "subjectAltName=DNS:dev.test,IP:10.0.0.1",
        ]);
        desk.openssl(&arguments);
        let request = SigningRequest::read(&desk.dir.path().join("their.csr")).unwrap();
        let issued = desk.root.issue_for(&request, &server(30)).unwrap();
        assert!(issued.key.is_none());
        assert_eq!(
            parsed(&issued).subject().to_string(),
            "O=Their Company, CN=Dev Box"
        );
        assert_eq!(names(&issued), "DNSName(dev.test) IPAddress(0a:00:00:01)");
        desk.file("their.pem", issued.chain_pem());
        assert_eq!(
            desk.openssl(&["x509", "-in", "their.pem", "-noout", "-pubkey"]),
            desk.openssl(&["pkey", "-in", "their.key", "-pubout"])
        );
        verify(desk.root.certificate_der(), &issued, KeyUsage::server_auth()).unwrap();
        // In DER, too.
        desk.openssl(&["req", "-in", "their.csr", "-outform", "DER", "-out", "their.der"]);
        SigningRequest::read(&desk.dir.path().join("their.der")).unwrap();
    }
}

/// A request in DER.
fn request(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name("dev.test");
    change(&mut params);
    params
        .serialize_request(&KeyPair::generate().unwrap())
        .unwrap()
        .der()
        .to_vec()
}

#[test]
fn without_alternative_names_the_common_name_is_taken_where_it_is_a_host() {
    let desk = desk();
    let issue = |der: Vec<u8>, wish: &IssueRequest| {
        let request = desk.read(der).unwrap();
        desk.root
            .issue_for(&request, wish)
            .map(|issued| names(&issued))
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        issue(request(|_| ()), &server(1)),
        Ok("DNSName(dev.test)".to_owned())
    );
    let person = || request(|params| params.distinguished_name = common_name("Ann Example"));
    assert_eq!(
        issue(person(), &server(1)).unwrap_err(),
        "the signing request names nothing to be for: it has no subjectAltName, and its common name \"Ann Example\" is no host"
    );
    assert_eq!(issue(person(), &client(1)), Ok(String::new()));
    let nameless = request(|params| params.distinguished_name = rcgen::DistinguishedName::new());
    assert_eq!(
        issue(nameless, &server(1)).unwrap_err(),
        "the signing request names nothing to be for: it has no subjectAltName"
    );
    let odd = request(|params| {
        params.subject_alt_names = vec![SanType::URI("https://example.test/".try_into().unwrap())];
    });
    assert_eq!(
        issue(odd, &server(1)).unwrap_err(),
        "no certificate can be made for \"URI(https://example.test/)\": it is neither a host, *.DOMAIN, an address nor, \
         for a client, NAME@DOMAIN"
    );
}

#[test]
fn a_bad_request_is_refused() {
    let desk = desk();
    let none =
        "DIR/request.csr holds no signing request, in PEM (-----BEGIN CERTIFICATE REQUEST-----) or in DER";
    assert_eq!(desk.read("hello").unwrap_err(), none);
    assert_eq!(desk.read(desk.root.certificate_pem()).unwrap_err(), none);
    assert_eq!(desk.read(desk.root.certificate_der()).unwrap_err(), none);
    let missing = SigningRequest::read(Path::new("/nonexistent/a.csr")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the signing request /nonexistent/a.csr can't be read"
    );

    let good = request(|_| ());
    for length in 1..good.len() {
        assert_eq!(desk.read(&good[..length]).unwrap_err(), none, "{length}");
    }
    // Somebody else's name in it.
    let mut changed = good.clone();
    let at = changed
        .windows(8)
        .position(|window| window == b"dev.test")
        .unwrap();
    changed[at] = b'b';
    assert_eq!(
        desk.read(&changed).unwrap_err(),
        "the signing request is not signed with its own key, so whoever made it may not have that key"
    );
    let authority = request(|params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    assert_eq!(
        desk.read(authority).unwrap_err(),
        "the signing request asks for a certificate of an authority, which is not issued"
    );
    desk.openssl(&[
        "req",
        "-new",
        "-nodes",
        "-newkey",
        "rsa:1024",
        "-keyout",
        "weak.key",
        "-out",
        "weak.csr",
        "-subj",
        "/CN=a.test",
    ]);
    let weak = SigningRequest::read(&desk.dir.path().join("weak.csr")).unwrap_err();
    assert!(
        weak.to_string()
            .starts_with("the signing request's key or signature can't be used; "),
        "{weak}"
    );
}

#[test]
fn keys_are_not_in_debug() {
    let issued = desk().issue(&["a.test"], &server(1)).unwrap();
    assert!(!format!("{issued:?} {:?}", issued.key).contains("pkcs8"));
}
