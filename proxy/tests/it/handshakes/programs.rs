//! Handshakes of OpenSSL and GnuTLS, with what rustls alone would not send or choose: as client, as origin, with 0-RTT.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use super::{is_sound, told};
use crate::lab::{
    KeyKind, Lab, Leaf, OpensslServer, Ran, eventually, issue_by_openssl, program, run_reading, within,
};

const REQUEST: &str = "GET /bytes/3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Runs a program that asks for something when it has shaken hands, and reads until the other side closes.
async fn asked(lab: &Lab, command: &mut Command) -> Ran {
    let request = std::fs::File::open(lab.write("request", REQUEST)).unwrap();
    run_reading(command, request.into()).await
}

/// `openssl s_client` that trusts Handlens and asks this origin through it.
fn s_client(lab: &Lab, authority: &str, args: &[&str]) -> Command {
    let mut command = program("openssl", "openssl", lab.dir());
    command.args([
        "s_client",
        "-ign_eof",
        "-verify_return_error",
        "-servername",
        "localhost",
    ]);
    command.arg("-CAfile").arg(lab.handlens.root_path());
    command.arg("-proxy").arg(lab.handlens.proxy().to_string());
    command.args(["-connect", authority]).args(args);
    command
}

/// The only connection to this origin, and its handshakes.
async fn seen(lab: &Lab, authority: &str) -> (Value, Value) {
    let connection = lab.api().connection(authority).await;
    let handshake = lab.api().handshake(&connection).await;
    (connection, handshake)
}

fn chip<'a>(leg: &'a Value, name: &str) -> &'a Value {
    let chips = leg["facts"]["chips"].as_array().unwrap();
    chips.iter().find(|chip| chip["name"] == name).unwrap()
}

#[tokio::test]
async fn chacha20_alone_on_either_leg_is_opened_too() {
    const CHACHA20: [&str; 2] = ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"];
    let lab = Lab::start().await;
    let origin = OpensslServer::start(
        &lab,
        KeyKind::Ecdsa,
        &[&CHACHA20[..], &["-tls1_3", "-www"]].concat(),
    )
    .await;
    let ran = asked(&lab, &mut s_client(&lab, &origin.authority(), &CHACHA20)).await;
    assert!(ran.stdout.contains("HTTP/1.0 200 ok"), "{ran:?}");
    let (connection, handshake) = seen(&lab, &origin.authority()).await;
    for leg in ["client", "origin"] {
        is_sound(&handshake[leg]);
        assert_eq!(
            connection[leg]["tls"]["cipher_suite"],
            "TLS_CHACHA20_POLY1305_SHA256"
        );
        assert_eq!(chip(&handshake[leg], "aead")["label"], "AEAD");
        // Sealed by it, and read.
        let server = if leg == "client" { "handlens" } else { "origin" };
        assert!(told(&handshake[leg]).contains(&format!("{server} [certificate_verify]")));
    }
}

#[tokio::test]
async fn an_origin_that_signs_by_ed25519() {
    let lab = Lab::start().await;
    issue_by_openssl(&lab, "edwards", "ed25519", "DNS:localhost,IP:127.0.0.1").await;
    let origin = OpensslServer::start_presenting(&lab, "edwards", &["-www"]).await;
    let answer = lab
        .client()
        .http1()
        .get(&format!("https://{}/", origin.authority()))
        .await;
    assert_eq!(answer.status, 200);
    let (connection, handshake) = seen(&lab, &origin.authority()).await;
    is_sound(&handshake["origin"]);
    assert_eq!(handshake["origin"]["facts"]["signature_scheme"], "ed25519");
    assert_eq!(
        lab.api().connection_of(&connection).await["origin"]["verdict"]["decision"],
        "trusted"
    );
}

/// The message of this type, the first one.
fn message<'a>(leg: &'a Value, kind: &str) -> &'a Value {
    let messages = leg["messages"].as_array().unwrap();
    messages.iter().find(|message| message["type"] == kind).unwrap()
}

#[tokio::test]
async fn a_certificate_of_many_records_is_put_together_in_either_version() {
    let names = (0..900).map(|n| format!("host-{n:04}.a-long-name-for-a-long-certificate.example"));
    let leaf = Leaf {
        names: ["localhost".to_owned()].into_iter().chain(names).collect(),
        ..Leaf::good()
    };
    for version in ["-tls1_3", "-tls1_2"] {
        let lab = Lab::start().await;
        let identity = lab.authority.issue(&leaf);
        lab.write("big.pem", identity.chain_pem());
        lab.write("big.key", identity.key_pem());
        let origin = OpensslServer::start_presenting(&lab, "big", &[version, "-www"]).await;
        let answer = lab
            .client()
            .http1()
            .get(&format!("https://{}/", origin.authority()))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (_, handshake) = seen(&lab, &origin.authority()).await;
        is_sound(&handshake["origin"]);
        let certificate = message(&handshake["origin"], "certificate");
        assert!(
            certificate["length"].as_u64() > Some(40_000),
            "{}",
            certificate["length"]
        );
        let records = certificate["records"].as_array().unwrap();
        assert!(records.len() >= 3, "{records:?}");
    }
}

#[tokio::test]
async fn zero_rtt_data_that_is_offered_is_refused_and_the_exchange_goes_on() {
    let lab = Lab::start().await;
    let args = ["-tls1_3", "-max_early_data", "16384", "-www"];
    let origin = OpensslServer::start(&lab, KeyKind::Ecdsa, &args).await;
    let authority = origin.authority();

    // One session of the origin's own, which Handlens never saw; and one of Handlens's, which promises no 0-RTT: only a
    // client that doesn't mind offers some all the same.
    let (foreign, ours) = (lab.dir().join("foreign.pem"), lab.dir().join("ours.pem"));
    let mut direct = program("openssl", "openssl", lab.dir());
    direct.args([
        "s_client",
        "-ign_eof",
        "-servername",
        "localhost",
        "-connect",
        &authority,
    ]);
    direct.arg("-CAfile").arg(lab.dir().join("origin-root.pem"));
    asked(&lab, direct.arg("-sess_out").arg(&foreign)).await;
    let mut through = s_client(&lab, &authority, &["-sess_out"]);
    asked(&lab, through.arg(&ours)).await;
    promise_early_data(&ours);

    for (n, (session, resumption)) in [(&foreign, "full"), (&ours, "psk_dhe")].into_iter().enumerate() {
        let early = lab.write("early", "GET /early HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let mut client = s_client(&lab, &authority, &["-sess_in"]);
        client.arg(session).arg("-early_data").arg(early);
        let ran = asked(&lab, &mut client).await;
        assert!(ran.stdout.contains("Early data was rejected"), "{ran:?}");
        assert!(ran.stdout.contains("HTTP/1.0 200 ok"), "{ran:?}");

        lab.api().exchanges_over(n + 2).await;
        let row = lab.api().closed_connections().await.pop().unwrap();
        let handshake = lab.api().handshake(&row).await;
        let leg = &handshake["client"];
        is_sound(leg);
        let told = chip(leg, "early_data");
        assert_eq!(told["label"], "0-RTT offered, refused", "{told:#}");
        assert_eq!(told["state"], "no");
        assert_eq!(leg["facts"]["resumption"], resumption);
        assert_eq!(chip(&handshake["origin"], "early_data")["label"], "no 0-RTT");
        // What was sent early is not among what was asked.
        let paths: Vec<_> = lab
            .api()
            .exchanges()
            .await
            .iter()
            .map(|row| row["path"].clone())
            .collect();
        assert!(paths.iter().all(|path| path == "/bytes/3"), "{paths:?}");
    }
}

/// Changes a session that OpenSSL wrote, so that it allows for early data: RFC 8446 section 4.2.10 has the server say
/// that in its ticket.
fn promise_early_data(session: &Path) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    const BEGIN: &str = "-----BEGIN SSL SESSION PARAMETERS-----\n";
    const END: &str = "-----END SSL SESSION PARAMETERS-----\n";
    /// `max_early_data [15]`, an INTEGER of 16384, as it stands in OpenSSL's structure.
    const MAX_EARLY_DATA: [u8; 6] = [0xaf, 4, 2, 2, 0x40, 0];

    let text = std::fs::read_to_string(session).unwrap();
    let (_, rest) = text.split_once(BEGIN).unwrap();
    let (body, _) = rest.split_once(END).unwrap();
    let der = STANDARD.decode(body.replace('\n', "")).unwrap();
    let (_, content) = header(&der);
    let mut fields = der[content..].to_vec();
    // Fields stand in the order of their tags.
    let mut at = 0;
    while at < fields.len() && fields[at] < MAX_EARLY_DATA[0] {
        let (length, content) = header(&fields[at..]);
        at += content + length;
    }
    fields.splice(at..at, MAX_EARLY_DATA);
    let [high, low] = u16::try_from(fields.len()).unwrap().to_be_bytes();
    let whole = [&[0x30, 0x82, high, low][..], &fields].concat();
    let lines: Vec<_> = STANDARD
        .encode(whole)
        .into_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned() + "\n")
        .collect();
    std::fs::write(session, [BEGIN, &lines.concat(), END].concat()).unwrap();
}

/// Length and place of an element's content.
fn header(der: &[u8]) -> (usize, usize) {
    match der[1] {
        short @ ..0x80 => (usize::from(short), 2),
        long => {
            let content = 2 + usize::from(long & 0x7f);
            let length = der[2..content]
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, content)
        }
    }
}

#[tokio::test]
async fn gnutls_as_client_full_and_resumed_in_either_version() {
    for (version, resumption) in [("VERS-TLS1.3", "psk_dhe"), ("VERS-TLS1.2", "session_id")] {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        let mut client = program("gnutls-cli", "gnutls-bin", lab.dir());
        client.arg("--x509cafile").arg(lab.handlens.root_path());
        client.args(["--resume", "--waitresumption", "--priority"]);
        client.arg(format!("NORMAL:-VERS-ALL:+{version}"));
        client
            .arg("--port")
            .arg(tunnels(&lab, origin.authority()).await.to_string());
        let ran = asked(&lab, client.arg("localhost")).await;
        assert!(ran.stdout.contains("HTTP/1.1 200 OK"), "{ran:?}");
        assert!(ran.stdout.contains("*** This is a resumed session"), "{ran:?}");

        lab.api().exchange("/bytes/3").await;
        let rows = lab.api().closed_connections().await;
        let [first, second] = &rows[..] else {
            panic!("{rows:#?}")
        };
        for (row, resumption) in [(first, "full"), (second, resumption)] {
            let handshake = lab.api().handshake(row).await;
            is_sound(&handshake["client"]);
            let facts = &handshake["client"]["facts"];
            assert_eq!(facts["server_name"], "localhost");
            assert!(
                facts["version"].as_str().unwrap().ends_with(&version[8..]),
                "{facts:#}"
            );
            let resumed = facts["resumption"].as_str().unwrap();
            // A server may resume by an id or by a ticket in TLS 1.2.
            assert!(
                resumed == resumption || (resumption == "session_id" && resumed == "session_ticket"),
                "{resumed}"
            );
        }
        assert_eq!(
            lab.api().handshake(second).await["resumes"]["client"],
            first["id"]
        );
    }
}

/// Listens for programs that know of no proxy, and carries each to this target through Handlens.
async fn tunnels(lab: &Lab, target: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = lab.client();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut tunnel = client.tunnel(&target).await;
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut tunnel).await });
        }
    });
    port
}

/// A running `gnutls-serv` that answers HTTP. It stops when it is dropped.
struct GnutlsServer {
    port: u16,
    _process: Child,
}

impl GnutlsServer {
    /// With a key of a kind that OpenSSL makes.
    async fn start(lab: &Lab, kind: &str, priority: &str) -> Self {
        issue_by_openssl(lab, "gnutls", kind, "DNS:localhost,IP:127.0.0.1").await;
        let file = |extension: &str| lab.dir().join(format!("gnutls.{extension}"));
        let mut command = program("gnutls-serv", "gnutls-bin", lab.dir());
        command.args([
            "--http",
            "--port",
            "0",
            "--disable-client-cert",
            "--priority",
            priority,
        ]);
        command.arg("--x509certfile").arg(file("pem"));
        command.arg("--x509keyfile").arg(file("key"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let pid = process.id().unwrap();
        // It tells the port that it was asked for, and not the one that it got.
        let port = eventually("gnutls-serv to listen", || async move {
            listening_port(pid).ok_or("no port yet")
        })
        .await;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            port,
            _process: process,
        }
    }
}

/// The port of the IPv4 socket on which a process listens, as Linux tells it.
fn listening_port(pid: u32) -> Option<u16> {
    const LISTEN: &str = "0A";
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .ok()?
        .filter_map(|entry| {
            std::fs::read_link(entry.ok()?.path())
                .ok()?
                .into_os_string()
                .into_string()
                .ok()
        })
        .collect();
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let is_its = fields[3] == LISTEN && sockets.contains(&format!("socket:[{}]", fields[9]));
        let (_, port) = fields[1].split_once(':')?;
        is_its.then(|| u16::from_str_radix(port, 16).ok())?
    })
}

#[tokio::test]
async fn gnutls_as_origin_in_either_version_and_with_a_hello_that_is_asked_for_again() {
    let full = ["client_hello", "server_hello"];
    let again = [
        "client_hello",
        "hello_retry_request",
        "client_hello",
        "server_hello",
    ];
    for (kind, priority, version, hellos) in [
        ("rsa:3072", "NORMAL", "TLS 1.3", &full[..]),
        (
            "ed25519",
            "NORMAL:-VERS-ALL:+VERS-TLS1.3:+SIGN-EDDSA-ED25519",
            "TLS 1.3",
            &full,
        ),
        (
            "rsa:2048",
            "NORMAL:-GROUP-ALL:+GROUP-SECP384R1",
            "TLS 1.3",
            &again,
        ),
        ("rsa:2048", "NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLS 1.2", &full),
    ] {
        let lab = Lab::start().await;
        let origin = GnutlsServer::start(&lab, kind, priority).await;
        let authority = format!("127.0.0.1:{}", origin.port);
        let answer = within(
            "an answer",
            lab.client().http1().get(&format!("https://{authority}/")),
        )
        .await;
        assert_eq!(answer.status, 200, "{priority}: {}", answer.text());
        let (connection, handshake) = seen(&lab, &authority).await;
        is_sound(&handshake["origin"]);
        assert_eq!(connection["origin"]["tls"]["version"], version, "{priority}");
        let mut types: Vec<_> = told(&handshake["origin"])
            .into_iter()
            .map(|message| message.split_once(' ').unwrap().1.to_owned())
            .collect();
        types.retain(|kind| kind.contains("hello") && kind != "server_hello_done");
        assert_eq!(types, hellos, "{priority}");
    }
}
