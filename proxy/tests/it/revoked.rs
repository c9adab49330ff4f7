//! Certificates that their issuer took back, by its lists and its staples as OpenSSL makes them.

use crate::lab::{Client, Handlens, KeyKind, Lab, Leaf, OpensslServer, Setup, program, run};

/// An authority with the database that OpenSSL keeps of what it issued: one certificate, revoked.
pub(crate) struct Authority {
    pub(crate) lab: Lab,
}

impl Authority {
    pub(crate) async fn new() -> Self {
        let lab = Lab::start().await;
        let leaf = lab.authority.issue(&Leaf {
            key: KeyKind::Ecdsa,
            ..Leaf::good()
        });
        lab.write("ca.pem", lab.authority.pem());
        lab.write("ca.key", lab.authority.key_pem());
        lab.write(
            "ca.cnf",
            "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ncrlnumber = number\ndefault_md = sha256\n\
             default_crl_days = 7\ncrl_extensions = extensions\n[extensions]\nauthorityKeyIdentifier = keyid\n",
        );
        lab.write("number", "01\n");
        lab.write("leaf.pem", leaf.chain_pem());
        lab.write("leaf.key", leaf.key_pem());
        let authority = Self { lab };
        let serial = authority
            .openssl(&["x509", "-in", "leaf.pem", "-noout", "-serial"])
            .await;
        let serial = serial.trim().strip_prefix("serial=").unwrap();
        let entry = format!("R\t400101000000Z\t260101000000Z,keyCompromise\t{serial}\tunknown\t/CN=leaf\n");
        authority.lab.write("index.txt", entry);
        authority
    }

    async fn openssl(&self, arguments: &[&str]) -> String {
        let mut command = program("openssl", "openssl", self.lab.dir());
        run(command.args(arguments)).await.succeeded()
    }

    /// The list of what it took back.
    pub(crate) async fn list(&self) -> String {
        let arguments = [
            "ca", "-gencrl", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "list.pem",
        ];
        self.openssl(&arguments).await;
        self.lab.dir().join("list.pem").to_str().unwrap().to_owned()
    }

    /// What it says in `staple.der` of its certificate, with this database of its own.
    pub(crate) async fn staple(&self, index: &str) {
        self.lab.write("index.txt", index);
        for line in [
            "ocsp -issuer ca.pem -cert leaf.pem -reqout request.der",
            "ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin request.der -respout staple.der \
             -ndays 7",
        ] {
            self.openssl(&line.split_whitespace().collect::<Vec<_>>()).await;
        }
    }

    /// Its database: the certificate is revoked.
    pub(crate) fn index(&self) -> String {
        std::fs::read_to_string(self.lab.dir().join("index.txt")).unwrap()
    }

    /// Another Handlens that trusts the authority, with more arguments.
    pub(crate) async fn handlens(&self, arguments: &[&str]) -> (tempfile::TempDir, Handlens) {
        let dir = tempfile::tempdir().unwrap();
        let setup = Setup::new(dir.path(), &self.lab.authority).args(arguments);
        let handlens = setup.start().await;
        (dir, handlens)
    }
}

/// What a client gets of a server through a Handlens: the status and the page.
pub(crate) async fn get(handlens: &Handlens, server: &OpensslServer) -> (u16, String) {
    let client = Client::new(handlens.proxy(), &[handlens.root_der()]).http1();
    let answer = client.get(&format!("https://{}/", server.authority())).await;
    (answer.status.as_u16(), answer.text())
}

#[tokio::test]
async fn an_origin_on_a_list_is_refused() {
    let authority = Authority::new().await;
    let list = authority.list().await;
    let server = OpensslServer::start_presenting(&authority.lab, "leaf", &["-www"]).await;
    assert_eq!(
        get(&authority.lab.handlens, &server).await.0,
        200,
        "without the list"
    );

    let (_dir, handlens) = authority.handlens(&["--crl", &list]).await;
    let (status, page) = get(&handlens, &server).await;
    assert_eq!(status, 502, "{page}");
    assert!(page.contains("certificate was revoked on 2026-01-01"), "{page}");
    assert!(page.contains("the key was compromised"), "{page}");
    let connection = handlens.api().connection(&server.authority()).await;
    assert_eq!(
        connection["origin"]["verdict"]["decision"], "refused",
        "{connection:#}"
    );
    assert_eq!(
        connection["failure"]["alert"]["name"], "certificate_revoked",
        "{connection:#}"
    );
}

#[tokio::test]
async fn an_origin_that_staples_its_own_revocation_is_refused() {
    let authority = Authority::new().await;
    let revoked = authority.index();
    let good = revoked
        .replace("R\t", "V\t")
        .replace("260101000000Z,keyCompromise", "");
    for (index, status, outcome) in [(revoked, 502, "fail"), (good, 200, "pass")] {
        authority.staple(&index).await;
        let args = ["-www", "-status_file", "staple.der"];
        let server = OpensslServer::start_presenting(&authority.lab, "leaf", &args).await;
        let (got, page) = get(&authority.lab.handlens, &server).await;
        assert_eq!(got, status, "{page}");
        let api = authority.lab.api();
        let row = api.connection(&server.authority()).await;
        let id = row["id"].as_str().unwrap();
        let connection = api.get(&format!("/api/connections/{id}")).await;
        let checks = connection["origin"]["verdict"]["checks"].as_array().unwrap();
        let staple = checks.iter().find(|check| check["name"] == "ocsp");
        assert_eq!(staple.unwrap()["outcome"], outcome, "{connection:#}");
        if status == 502 {
            assert!(page.contains("says the stapled OCSP response of"), "{page}");
        }
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("some.file");
    std::fs::write(&file, "hello").unwrap();
    for (flag, said) in [
        (
            "--crl",
            "holds no CRL, in PEM (-----BEGIN X509 CRL-----) or in DER",
        ),
        (
            "--ct-logs",
            "is no list of logs in the format of log_list.json, version 3: expected value at line 1 column 1",
        ),
    ] {
        let output = Setup::bare(dir.path())
            .args(&["run", "--listen", "127.0.0.1:0", "--dashboard", "off", flag])
            .arg(&file)
            .arg("--data-dir")
            .arg(dir.path().join("data"))
            .run()
            .await;
        assert_eq!(output.code, Some(1), "{output:?}");
        assert_eq!(output.stderr, format!("handlens: {} {said}\n", file.display()));
    }
}
