//! `handlens ca new`, `rotate` and `issue`: roots and certificates as files, and who takes them.

use std::path::Path;

use crate::lab::{Client, Lab, OpensslServer, Output, Setup, program, run};

/// `handlens ca` on the data folder in `dir`.
async fn ca(dir: &Path, arguments: &[&str]) -> Output {
    let setup = Setup::bare(dir).arg("ca").args(arguments);
    setup.arg("--data-dir").arg(dir.join("data")).run().await
}

/// What a command that must go well prints, the folder told as `DIR`.
async fn told(dir: &Path, arguments: &[&str]) -> Vec<String> {
    let output = ca(dir, arguments).await;
    assert_eq!(output.code, Some(0), "{output:?}");
    let text = output.stdout.replace(&dir.display().to_string(), "DIR");
    text.lines().map(str::to_owned).collect()
}

/// The error of a command that must fail, the folder told as `DIR`.
async fn error(dir: &Path, arguments: &[&str]) -> String {
    let output = ca(dir, arguments).await;
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{output:?}");
    output.stderr.replace(&dir.display().to_string(), "DIR")
}

fn line<'a>(lines: &'a [String], what: &str) -> &'a str {
    let found = lines.iter().find_map(|line| line.strip_prefix(what));
    found.unwrap_or_else(|| panic!("{what}: {lines:#?}")).trim()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_root_for_some_names_is_made_kept_and_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let made = told(
        dir,
        &["new", "--constrain", "example.test", "--constrain", "10.0.0.0/8"],
    )
    .await;
    let names = "example.test, 10.0.0.0/8, handlens.local";
    assert_eq!(line(&made, "vouches for"), names);
    assert_eq!(line(&made, "certificate"), "DIR/data/root/root.pem");
    assert_eq!(told(dir, &["show"]).await, made);
    assert_eq!(
        error(dir, &["new"]).await,
        "handlens: there is a root already: DIR/data/root/root.pem; with --replace a new one comes in its place, and the \
         old one is kept aside\n"
    );
    assert_eq!(
        error(dir, &["issue", "--host", "example.com", "--out", "unused"]).await,
        "handlens: no certificate can be issued for example.com: the root may only vouch for example.test, 10.0.0.0/8, \
         handlens.local\n"
    );

    let rotated = told(dir, &["rotate"]).await;
    assert_eq!(line(&rotated, "vouches for"), names);
    assert_ne!(line(&rotated, "SHA-256"), line(&made, "SHA-256"));
    let old = line(&rotated, "old root").to_owned();
    assert!(old.starts_with("DIR/data/root-2"), "{old}");
    let uninstall = format!("  handlens ca uninstall --certificate {old}/root.pem");
    assert!(rotated.contains(&uninstall), "{rotated:#?}");
    let old = old.replace("DIR", &dir.display().to_string());
    let (certificate, key) = (format!("{old}/root.pem"), format!("{old}/root.key"));
    let old = told(dir, &["show", "--ca-cert", &certificate, "--ca-key", &key]).await;
    assert_eq!(line(&old, "SHA-256"), line(&made, "SHA-256"));

    let free = told(dir, &["new", "--replace"]).await;
    assert!(
        !free.iter().any(|line| line.starts_with("vouches for")),
        "{free:#?}"
    );
    assert_eq!(told(dir, &["show"]).await[..4], free[..4]);
    assert_eq!(
        error(dir, &["rotate", "--ca-cert", &certificate, "--ca-key", &key]).await,
        format!(
            "handlens: the root is one of your own ({}), which Handlens doesn't replace; do without --ca-cert and --ca-key \
             to have one made\n",
            certificate.replace(&dir.display().to_string(), "DIR")
        )
    );
}

#[tokio::test]
async fn nothing_is_rotated_or_issued_without_a_root() {
    let dir = tempfile::tempdir().unwrap();
    for command in [&["rotate"][..], &["issue", "--host", "localhost"]] {
        let error = error(dir.path(), command).await;
        assert!(
            error.starts_with("handlens: there is no root in DIR/data/root: "),
            "{error}"
        );
    }
    assert!(!dir.path().join("data").exists());
}

#[tokio::test]
async fn what_is_issued_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    told(dir, &["new"]).await;
    let out = dir.join("out");
    let issue = [
        "issue",
        "--host",
        "*.dev.test,127.0.0.1",
        "--days",
        "30",
        "--out",
        out.to_str().unwrap(),
    ];
    let lines = told(dir, &issue).await;
    assert_eq!(line(&lines, "key"), "DIR/out/wildcard.dev.test.key");
    assert_eq!(line(&lines, "request"), "DIR/out/wildcard.dev.test.csr");
    assert_eq!(line(&lines, "certificate"), "DIR/out/wildcard.dev.test.pem");
    #[cfg(unix)]
    assert_eq!(mode(&out.join("wildcard.dev.test.key")), 0o600);
    let before = std::fs::read(out.join("wildcard.dev.test.key")).unwrap();
    std::fs::remove_file(out.join("wildcard.dev.test.pem")).unwrap();
    assert_eq!(
        error(dir, &issue).await,
        "handlens: DIR/out/wildcard.dev.test.key is there already, and nothing is overwritten; remove it, or give \
         another folder with --out\n"
    );
    assert_eq!(std::fs::read(out.join("wildcard.dev.test.key")).unwrap(), before);
    assert!(!out.join("wildcard.dev.test.pem").exists(), "nothing was written");

    // The request that was written along is one that can be signed.
    let again = dir.join("again");
    let csr = out.join("wildcard.dev.test.csr");
    let arguments = [
        "issue",
        "--csr",
        csr.to_str().unwrap(),
        "--out",
        again.to_str().unwrap(),
    ];
    let lines = told(dir, &arguments).await;
    assert_eq!(line(&lines, "certificate"), "DIR/again/wildcard.dev.test.pem");
    assert!(!lines.iter().any(|line| line.starts_with("key")), "{lines:#?}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["issue"][..], "required arguments were not provided"),
        (
            &["issue", "--host", "a.test", "--csr", "a.csr"],
            "cannot be used with",
        ),
        (&["issue", "--csr", "a.csr", "--rsa"], "cannot be used with"),
        (
            &["new", "--constrain", "*.test"],
            "is neither a domain, such as example.test, nor a network",
        ),
    ] {
        let output = ca(dir.path(), arguments).await;
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(output.stderr.contains(said), "{output:?}");
    }
}

/// Where the root may not vouch for a host, the row says so, and what there is to do.
#[tokio::test]
async fn a_host_that_the_root_may_not_vouch_for_is_told() {
    let dir = tempfile::tempdir().unwrap();
    told(dir.path(), &["new", "--constrain", "example.test"]).await;
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let handlens = Setup::new(dir.path(), &lab.authority).start().await;
    let client = Client::new(handlens.proxy(), &[handlens.root_der()]).http1();
    let error = client.shake_hands(&origin.authority()).await.unwrap_err();
    assert!(error.to_string().contains("UnrecognisedName"), "{error}");
    let connection = handlens.api().connection(&origin.authority()).await;
    let failure = &connection["failure"];
    assert_eq!(failure["stage"], "mint", "{connection:#}");
    assert_eq!(
        failure["text"],
        "no certificate can be made for the host localhost: the root may only vouch for example.test, handlens.local, \
         and every client would refuse it"
    );
    assert_eq!(
        failure["remedy"],
        "carry its TLS untouched with `--pass localhost`; or make a root that may vouch for it too, with `handlens ca new \
         --replace --constrain example.test,handlens.local,localhost`, and have clients trust that"
    );
    assert_eq!(failure["alert"]["name"], "unrecognized_name", "{failure:#}");
    let handshake = handlens.api().handshake(&connection).await;
    let messages = handshake["client"]["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["type"], "alert", "{messages:#?}");
    assert!(origin.requests().is_empty());

    // Its own pages are within, over TLS too.
    let page = client.get("https://handlens.local/root.pem").await;
    assert_eq!(page.status, 200);
}

/// A development server with an issued certificate, and a client with another: each takes the other's, as OpenSSL and
/// curl see it.
#[tokio::test]
async fn servers_and_clients_take_what_is_issued() {
    let lab = Lab::start().await;
    let dir = lab.dir();
    let out = dir.join("out");
    let out_text = out.to_str().unwrap();
    told(
        dir,
        &[
            "issue",
            "--host",
            "localhost",
            "--host",
            "127.0.0.1",
            "--out",
            out_text,
        ],
    )
    .await;
    told(
        dir,
        &[
            "issue",
            "--client",
            "--host",
            "ann@example.test",
            "--out",
            out_text,
        ],
    )
    .await;

    let root = lab.handlens.root_path().to_str().unwrap().to_owned();
    let args = ["-www", "-CAfile", &root, "-Verify", "1", "-verify_return_error"];
    let server = OpensslServer::start_presenting(&lab, "out/localhost", &args).await;
    let curl = |with_certificate: bool| {
        let mut command = program("curl", "curl", dir);
        command.args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "25",
            "--cacert",
            &root,
        ]);
        if with_certificate {
            command.arg("--cert").arg(out.join("ann@example.test.pem"));
            command.arg("--key").arg(out.join("ann@example.test.key"));
        }
        command.arg(format!("https://{}/", server.authority()));
        command
    };
    let page = run(&mut curl(true)).await.succeeded();
    assert!(page.contains("Client certificate"), "{page}");
    assert_ne!(run(&mut curl(false)).await.code, Some(0));

    // The same in PKCS#12, as Java's tool and OpenSSL read it.
    let p12 = out.join("ann@example.test.p12");
    #[cfg(unix)]
    assert_eq!(mode(&p12), 0o600);
    let mut openssl = program("openssl", "openssl", dir);
    openssl
        .args(["pkcs12", "-nodes", "-passin", "pass:handlens", "-in"])
        .arg(&p12);
    let opened = run(&mut openssl).await.succeeded();
    let own = std::fs::read_to_string(out.join("ann@example.test.key")).unwrap();
    let first_line = own.lines().nth(1).unwrap();
    assert!(
        opened.contains(first_line) && opened.contains("CN = ann@example.test"),
        "{opened}"
    );
    let mut keytool = program("keytool", "default-jdk-headless", dir);
    keytool
        .args(["-list", "-storepass", "handlens", "-keystore"])
        .arg(&p12);
    let listed = run(&mut keytool).await.succeeded();
    assert!(listed.contains("PrivateKeyEntry"), "{listed}");
}
