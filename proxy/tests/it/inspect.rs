//! `handlens inspect`: a server's handshake and chain, told in a terminal and as JSON.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rustls::ServerConfig;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::lab::{
    Authority, KeyKind, Lab, Leaf, OpensslServer, Origin, OriginOptions, Output, Presented, RawOrigin, Setup,
    certified_config,
};

/// Runs `handlens inspect` with these arguments, trusting the lab's authority.
async fn inspect(lab: &Lab, args: &[&str]) -> Output {
    Setup::bare(lab.dir())
        .arg("inspect")
        .args(args)
        .arg("--origin-ca")
        .arg(lab.dir().join("origin-root.pem"))
        .run()
        .await
}

/// The same as JSON, with the exit code.
async fn report(lab: &Lab, args: &[&str]) -> (Value, Option<i32>) {
    let output = inspect(lab, &[args, &["--json"]].concat()).await;
    let report = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr));
    (report, output.code)
}

fn types(report: &Value) -> Vec<&str> {
    let messages = report["handshake"]["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_terminal_is_coloured_unless_the_person_or_the_terminal_says_no() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let told = async |env: &[(&str, &str)]| {
        let setup = Setup::bare(lab.dir()).arg("inspect").arg(origin.authority());
        let setup = setup.arg("--origin-ca").arg(lab.dir().join("origin-root.pem"));
        let setup = env
            .iter()
            .fold(setup, |setup, (name, value)| setup.env(name, *value));
        let output = setup.in_terminal().run().await;
        assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
        assert!(output.stdout.contains("client_hello"), "{}", output.stdout);
        output.stdout
    };
    let coloured = told(&[("TERM", "xterm")]).await;
    assert!(coloured.contains("\x1b[1;36mclient_hello\x1b[0m"), "{coloured}");
    // Of NO_COLOR any value but the empty one says no.
    assert!(
        told(&[("TERM", "xterm"), ("NO_COLOR", "")])
            .await
            .contains('\x1b')
    );
    for said_no in [
        [("TERM", "xterm"), ("NO_COLOR", "0")],
        [("TERM", "dumb"), ("COLUMNS", "80")],
    ] {
        let plain = told(&said_no).await;
        assert!(!plain.contains('\x1b'), "{said_no:?}: {plain}");
    }
}

#[tokio::test]
async fn a_good_server_is_told_message_by_message_with_its_verdict() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let output = inspect(&lab, &[&origin.authority()]).await;
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    let told = &output.stdout;
    assert!(!told.contains('\x1b'), "no colours where there is no terminal");
    assert!(
        told.starts_with(&format!("{}  127.0.0.1:{}\n", origin.authority(), origin.port())),
        "{told}"
    );
    for part in [
        "TLS 1.3 · ",
        " -> client_hello  ",
        " <- certificate  ",
        ", sealed, verified\n",
        " <- new_session_ticket  ",
        "  pass         name                DNS:localhost matches localhost (the same name)\n",
        "\n                                   of CN=",
    ] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    assert!(told.ends_with("the chain is good for localhost\n"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 160));

    let at = |part: &str| {
        told.find(part)
            .unwrap_or_else(|| panic!("{part} is not in {told}"))
    };
    let order = ["  connect ", " -> client_hello ", " <- certificate ", "  judge "].map(at);
    assert!(order.is_sorted(), "{told}");

    let bytes = inspect(&lab, &[&origin.authority(), "--bytes"]).await.stdout;
    assert!(bytes.contains("\n              0000  01 00 "), "{bytes}");
    assert!(bytes.contains("legacy_version TLS 1.2 (0x0303)  4..6"), "{bytes}");
}

#[tokio::test]
async fn a_bad_chain_is_looked_at_to_its_end_and_is_a_failure() {
    let lab = Lab::start().await;
    let origin = lab.origin_presenting(Presented::Expired).await;
    let (report, code) = report(&lab, &[&origin.authority()]).await;
    assert_eq!(code, Some(1));
    assert_eq!(report["verdict"]["decision"], "refused");
    assert_eq!(report["failure"], Value::Null);
    assert!(types(&report).contains(&"finished"), "{:?}", types(&report));
    assert_eq!(report["address"], format!("127.0.0.1:{}", origin.port()));
    let output = inspect(&lab, &[&origin.authority()]).await;
    assert!(
        output.stdout.ends_with("the chain is not good for localhost\n"),
        "{}",
        output.stdout
    );
}

#[tokio::test]
async fn a_client_certificate_is_shown_and_the_want_of_one_is_a_failure() {
    let lab = Lab::start().await;
    let options = OriginOptions {
        wants_client_certificate: true,
        ..OriginOptions::https()
    };
    let authority = Authority::new("Bank Root");
    let bank = Origin::start(&authority, options).await;
    let leaf = Leaf {
        client: true,
        ..Leaf::for_name("me.bank.test")
    };
    let identity = authority.issue(&leaf);
    let inspect = async |settings: &str| {
        let setup = Setup::bare(lab.dir());
        for (file, text) in [
            ("bank.pem", authority.pem()),
            ("me.pem", identity.chain_pem()),
            ("me.key", identity.key_pem()),
        ] {
            let path = setup.home().join(file);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let setup = setup.config(settings);
        setup
            .args(&["inspect", &bank.authority(), "--origin-ca", "bank.pem"])
            .run()
            .await
    };
    let shown =
        inspect("[[client-certificate]]\nhost = \"localhost\"\ncert = \"me.pem\"\nkey = \"me.key\"\n").await;
    assert_eq!(shown.code, Some(0), "{}{}", shown.stdout, shown.stderr);
    assert!(
        shown.stdout.contains("client certificate given"),
        "{}",
        shown.stdout
    );

    let wanting = inspect("").await;
    assert_eq!(wanting.code, Some(1), "{}{}", wanting.stdout, wanting.stderr);
    assert!(
        wanting.stdout.contains("the chain is good for localhost"),
        "{}",
        wanting.stdout
    );
    assert!(
        wanting.stdout.contains("certificate_required"),
        "{}",
        wanting.stdout
    );
}

#[tokio::test]
async fn what_is_offered_can_be_chosen() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let target = origin.authority();
    let args = [
        &target,
        "--max",
        "1.2",
        "--alpn",
        "http/1.1",
        "--group",
        "secp384r1",
    ];
    let (old, code) = report(&lab, &args).await;
    assert_eq!(code, Some(0));
    assert_eq!(
        (&old["tls"]["version"], &old["tls"]["group"], &old["tls"]["alpn"]),
        (&"TLS 1.2".into(), &"secp384r1".into(), &"http/1.1".into())
    );
    let (new, _) = report(&lab, &[&target, "--min", "1.3", "--alpn", ""]).await;
    assert_eq!(
        (&new["tls"]["version"], &new["tls"]["alpn"]),
        (&"TLS 1.3".into(), &Value::Null)
    );
    let (other, code) = report(&lab, &[&target, "--sni", "other.example"]).await;
    assert_eq!(other["handshake"]["facts"]["server_name"], "other.example");
    assert_eq!(
        (other["verdict"]["decision"].as_str(), code),
        (Some("refused"), Some(1))
    );
    let output = inspect(&lab, &[&target, "--min", "1.3", "--max", "1.2"]).await;
    assert_eq!(output.code, Some(1));
    assert!(
        output.stderr.contains("there is none to offer"),
        "{}",
        output.stderr
    );
    let output = inspect(&lab, &[&target, "--group", "p256"]).await;
    assert_eq!(output.code, Some(2), "bad usage");
}

#[tokio::test]
async fn a_server_that_refuses_is_told_with_the_reason() {
    let lab = Lab::start().await;
    let origin = OpensslServer::start(&lab, KeyKind::Rsa, &["-tls1_2", "-cipher", "AES128-SHA"]).await;
    let (report, code) = report(&lab, &[&origin.authority()]).await;
    assert_eq!(code, Some(1));
    assert_eq!(types(&report), ["client_hello", "alert"]);
    assert_eq!(report["failure"]["alert"]["name"], "handshake_failure");
    assert_eq!(report["verdict"], Value::Null);
    let told = inspect(&lab, &[&origin.authority()]).await.stdout;
    assert!(told.contains("handshake_failure"), "{told}");
}

#[tokio::test]
async fn what_does_not_answer_is_told() {
    let lab = Lab::start().await;
    let output = inspect(&lab, &["127.0.0.1:1"]).await;
    assert_eq!(output.code, Some(1));
    assert!(
        output
            .stdout
            .contains("failed: TCP connection to 127.0.0.1:1 (127.0.0.1:1) failed: connection refused"),
        "{}",
        output.stdout
    );
    assert_eq!(inspect(&lab, &[]).await.code, Some(2));
}

#[tokio::test]
async fn a_proxy_can_stand_between() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let proxy = format!("http://{}", lab.handlens.proxy());
    let args = [&origin.authority(), "--proxy", &proxy];
    // It is Handlens, and so the certificate is one of its own, which vouches for nothing without being told.
    let (minted, code) = report(&lab, &args).await;
    assert_eq!(
        (minted["verdict"]["decision"].as_str(), code),
        (Some("refused"), Some(1))
    );
    let root = lab.handlens.root_path().to_str().unwrap();
    let (_, code) = report(&lab, &[&args[..], &["--origin-ca", root]].concat()).await;
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn tls_is_asked_for_inside_smtp() {
    let lab = Lab::start().await;
    let config: Arc<ServerConfig> = certified_config(lab.authority.issue(&Leaf::good()));
    let smtp = RawOrigin::tcp(move |mut stream| {
        let acceptor = TlsAcceptor::from(config.clone());
        async move {
            let mut heard = [0; 256];
            for said in ["220 lab\r\n", "250-lab\r\n250 STARTTLS\r\n", "220 go\r\n"] {
                stream.write_all(said.as_bytes()).await.unwrap();
                if said != "220 go\r\n" {
                    let _ = stream.read(&mut heard).await;
                }
            }
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut heard).await;
            }
        }
    })
    .await;
    let (report, code) = report(&lab, &[&smtp.authority(), "--starttls", "smtp"]).await;
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(types(&report)[0], "client_hello");
    let (refused, code) = self::report(&lab, &[&smtp.authority(), "--starttls", "pop3"]).await;
    assert_eq!(code, Some(1));
    assert!(
        refused["failure"]["text"].as_str().unwrap().contains("220 lab"),
        "{refused:#}"
    );
}

/// What stands behind the reason for which modern TLS failed with an origin of TLS 1.0.
const OLD: &str = "; asked with an older hello, it chooses TLS 1.0 with TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: TLS 1.0 is \
                   below TLS 1.2, the floor of Handlens; the cipher is CBC without authenticated encryption";

#[tokio::test]
async fn an_old_server_is_asked_what_it_speaks_on_whatever_way_leads_to_it() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let args = ["-tls1", "-cipher", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0"];
    let old = OpensslServer::start(&lab, KeyKind::Ecdsa, &args).await;
    let text = async |args: &[&str]| {
        let (report, code) = report(&lab, args).await;
        assert_eq!(code, Some(1), "{report:#}");
        report["failure"]["text"].as_str().unwrap().to_owned()
    };
    let direct = text(&[&old.authority()]).await;
    assert!(direct.ends_with(OLD), "{direct}");
    let proxy = format!("http://{}", lab.handlens.proxy());
    assert_eq!(text(&[&old.authority(), "--proxy", &proxy]).await, direct);

    let behind = old.authority();
    let smtp = RawOrigin::tcp(move |mut stream| {
        let behind = behind.clone();
        async move {
            let mut heard = [0; 256];
            for said in ["220 lab\r\n", "250-lab\r\n250 STARTTLS\r\n"] {
                stream.write_all(said.as_bytes()).await.unwrap();
                let _ = stream.read(&mut heard).await;
            }
            let mut tls = TcpStream::connect(behind).await.unwrap();
            stream.write_all(b"220 go\r\n").await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut tls).await;
        }
    })
    .await;
    let behind_smtp = text(&[&smtp.authority(), "--starttls", "smtp"]).await;
    assert!(behind_smtp.ends_with(OLD), "{behind_smtp}");
}

#[tokio::test]
async fn the_key_log_is_written_when_it_is_asked_for() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let log = lab.dir().join("inspected.log");
    let output = inspect(&lab, &[&origin.authority(), "--keylog", log.to_str().unwrap()]).await;
    assert_eq!(output.code, Some(0));
    assert_eq!(std::fs::read_to_string(log).unwrap().lines().count(), 5);
}

#[tokio::test]
async fn an_authority_that_is_not_named_is_not_trusted() {
    let lab = Lab::start().await;
    let stranger =
        crate::lab::Origin::start(&Authority::new("Nobody"), crate::lab::OriginOptions::https()).await;
    assert_eq!(inspect(&lab, &[&stranger.authority()]).await.code, Some(1));
}

#[tokio::test]
async fn none_of_our_own_roots_vouches_for_a_server() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let authority = origin.authority();
    let refused = |output: Output| {
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stdout.contains("Handlens's own root"), "{output:?}");
    };
    // One that the person brought, and one that was kept aside when another came in its place.
    let root = lab.dir().join("origin-root.pem");
    let root = root.to_str().unwrap();
    refused(inspect(&lab, &[&authority, "--ca-cert", root, "--ca-key", "root.key"]).await);
    let data = lab.dir().join("data-of-inspect");
    let former = data.join("root-2026-01-01");
    std::fs::create_dir_all(&former).unwrap();
    let arguments = [&authority, "--data-dir", data.to_str().unwrap()];
    assert_eq!(inspect(&lab, &arguments).await.code, Some(0));
    std::fs::copy(root, former.join("root.pem")).unwrap();
    refused(inspect(&lab, &arguments).await);

    std::fs::write(former.join("root.pem"), "no certificate").unwrap();
    let output = inspect(&lab, &arguments).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(
        output.stderr.contains("root-2026-01-01/root.pem can't be read"),
        "{output:?}"
    );
}
