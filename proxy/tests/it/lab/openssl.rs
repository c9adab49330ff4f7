//! `openssl s_server` as an origin, for what rustls does not speak.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin};

use super::{KeyKind, Lab, Leaf, program, run, within};

/// Writes `NAME.pem`, a good certificate of the lab's for these names, and its `NAME.key`, of a kind that OpenSSL makes.
pub(crate) async fn issue_by_openssl(lab: &Lab, name: &str, kind: &str, names: &str) {
    lab.write("root.pem", lab.authority.pem());
    lab.write("root.key", lab.authority.key_pem());
    let names = format!("subjectAltName={names}\nextendedKeyUsage=serverAuth\n");
    let names = lab.write("names", &names);
    let request = format!("req -newkey {kind} -nodes -keyout {name}.key -subj /CN=localhost -out {name}.csr");
    let sign = format!(
        "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -days 9 -out {name}.pem -extfile"
    );
    for (line, last) in [(request, None), (sign, names.to_str())] {
        let mut command = program("openssl", "openssl", lab.dir());
        command.args(line.split(' ')).args(last);
        run(&mut command).await.succeeded();
    }
}

/// A running `openssl s_server`, with a good certificate of the lab's. It stops when it is dropped.
pub(crate) struct OpensslServer {
    pub(crate) port: String,
    /// What is written here goes to the client; `K` on a line of its own is a key update.
    pub(crate) input: ChildStdin,
    _process: Child,
}

impl OpensslServer {
    /// Starts it with these arguments beside address, certificate and key.
    pub(crate) async fn start(lab: &Lab, key: KeyKind, args: &[&str]) -> Self {
        let leaf = lab.authority.issue(&Leaf { key, ..Leaf::good() });
        lab.write("openssl.pem", leaf.chain_pem());
        lab.write("openssl.key", leaf.key_pem());
        Self::start_presenting(lab, "openssl", args).await
    }

    /// The same with a certificate of an RSA key of 1024 bits, which rustls makes none of, and for the name alone.
    pub(crate) async fn start_with_a_small_key(lab: &Lab, args: &[&str]) -> Self {
        issue_by_openssl(lab, "small", "rsa:1024", "DNS:localhost").await;
        Self::start_presenting(lab, "small", args).await
    }

    /// The same with `NAME.pem` and `NAME.key` in the lab's folder.
    pub(crate) async fn start_presenting(lab: &Lab, name: &str, args: &[&str]) -> Self {
        let file = |extension: &str| lab.dir().join(format!("{name}.{extension}"));
        let (certificate, key) = (file("pem"), file("key"));
        let mut command = program("openssl", "openssl", lab.dir());
        command.args(["s_server", "-accept", "127.0.0.1:0"]).args(args);
        command
            .arg("-cert")
            .arg(certificate)
            .arg("-key")
            .arg(key)
            // It ends a connection when its standard input ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = within("the port of openssl s_server", lines.next_line())
                .await
                .unwrap()
                .unwrap();
            if let Some(address) = line.strip_prefix("ACCEPT ") {
                break address.rsplit_once(':').unwrap().1.to_owned();
            }
        };
        // Its output must be drained for as long as it lives.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            port,
            input,
            _process: process,
        }
    }

    pub(crate) fn authority(&self) -> String {
        format!("localhost:{}", self.port)
    }
}
