//! What a linter of certificates (pkilint, by RFC 5280) says of all that is made here: nothing.

use std::path::{Path, PathBuf};

use super::*;
use crate::{IssueRequest, issue_self_signed};

/// The linter, in the `PATH` or where `./test` puts it.
fn linter(name: &str) -> Command {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/tools/pkilint/bin")
        .join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file());
    let program = in_path.unwrap_or(ours);
    assert!(
        program.is_file(),
        "this test needs {name} of pkilint: \
         python3 -m venv target/tools/pkilint && target/tools/pkilint/bin/pip install pkilint"
    );
    let mut command = Command::new(program);
    command.arg("lint").args(["-s", "WARNING"]);
    command
}

/// Its profile of RFC 5280 knows no wildcards, which stand in RFC 9525. All else that it finds is a fault.
#[track_caller]
fn assert_clean(what: &str, command: &mut Command) {
    let linted = command.output().unwrap();
    let told = String::from_utf8_lossy(&linted.stdout);
    let is_wildcard = |line: &str| line.contains("pkix.invalid_domain_name_syntax") && line.contains("\"*.");
    let is_finding = |line: &&str| line.starts_with(' ') && !line.trim().is_empty() && !is_wildcard(line);
    let findings: Vec<&str> = told.lines().filter(is_finding).collect();
    assert!(findings.is_empty(), "{what}: {told}");
    assert!(
        linted.stderr.is_empty(),
        "{what}: {}",
        String::from_utf8_lossy(&linted.stderr)
    );
    let has_wildcard = told.lines().any(is_wildcard);
    assert!(linted.status.success() || has_wildcard, "{what}: {told}");
}

struct Desk {
    mint: Mint,
    number: std::cell::Cell<usize>,
}

impl Desk {
    fn file(&self, pem: &str) -> PathBuf {
        self.number.set(self.number.get() + 1);
        let path = self.mint.dir.path().join(format!("{}.pem", self.number.get()));
        std::fs::write(&path, pem).unwrap();
        path
    }

    #[track_caller]
    fn assert_clean(&self, what: &str, certificate: &CertificateDer<'_>) {
        let path = self.file(&pem("CERTIFICATE", certificate));
        assert_clean(what, linter("lint_pkix_cert").arg(path));
    }

    /// The certificate, and how it goes with its issuer's.
    #[track_caller]
    fn assert_issued_clean(&self, what: &str, certificate: &CertificateDer<'_>) {
        self.assert_clean(what, certificate);
        let root = self.file(&self.mint.root.certificate_pem());
        let path = self.file(&pem("CERTIFICATE", certificate));
        assert_clean(
            what,
            linter("lint_pkix_signer_signee_cert_chain").args([root, path]),
        );
    }
}

fn desk(permitted: &[&str]) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let permitted: Vec<_> = permitted.iter().map(|text| text.parse().unwrap()).collect();
    let root = Arc::new(Root::make(&dir.path().join("root"), &permitted).unwrap());
    let minter = Minter::new(Arc::clone(&root)).unwrap();
    Desk {
        mint: Mint { root, minter, dir },
        number: std::cell::Cell::default(),
    }
}

#[test]
fn roots_and_their_list_are_clean() {
    for permitted in [
        &[][..],
        &["example.test", "10.0.0.0/8", "2001:db8::/32"],
        &["example.test"],
        &["10.0.0.0/8"],
    ] {
        let desk = desk(permitted);
        desk.assert_clean(&permitted.join(" "), desk.mint.root.certificate_der());
        let list = desk.mint.root.crl(OffsetDateTime::now_utc()).unwrap();
        let path = desk.file(&pem("X509 CRL", &list));
        assert_clean(
            "list",
            linter("lint_crl").args(["-t", "CRL", "-p", "PKIX"]).arg(path),
        );
    }
}

#[test]
fn leaves_are_clean() {
    let desk = desk(&[]);
    let mut params = server_params(&["*.example.com", "example.com", "192.0.2.7", "2001:db8::7"]);
    params.distinguished_name = common_name("The Example");
    params
        .distinguished_name
        .push(rcgen::DnType::OrganizationName, "Bücher & Co");
    let origin = authority("Company").sign(params);
    desk.assert_issued_clean("mirrored", der(&desk.mint.mirror("www.example.com", &origin)));
    desk.assert_issued_clean("address", der(&desk.mint.leaf("127.0.0.1")));
    let long = format!("{}.example.com", ["l"; 60].concat());
    desk.assert_issued_clean("without a subject", der(&desk.mint.leaf(&long)));
    let request = LeafRequest {
        key: LeafKey::Rsa,
        ..LeafRequest::new("example.com")
    };
    desk.assert_issued_clean("RSA", der(&desk.mint.minter.leaf(request).unwrap()));
    let minter = Minter::new(Arc::clone(&desk.mint.root)).unwrap();
    let minter = minter.with_crl("http://handlens.local/root.crl").unwrap();
    let leaf = minter.leaf(LeafRequest::new("example.com")).unwrap();
    desk.assert_issued_clean("with a list", der(&leaf));
}

#[test]
fn issued_certificates_are_clean() {
    let desk = desk(&[]);
    for (client, rsa, names) in [
        (false, false, &["dev.example.test", "*.example.test", "::1"][..]),
        (false, true, &["dev.example.test"]),
        (true, false, &["ann@example.test"]),
    ] {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let request = IssueRequest {
            client,
            days: 90,
            rsa,
        };
        let issued = desk.mint.root.issue(&names, &request).unwrap();
        desk.assert_issued_clean(&names[0], &issued.certificate);
        let own = issue_self_signed(&names, &request).unwrap();
        desk.assert_clean("self-signed", &own.certificate);
    }
}
