//! Handshakes as pcapng: written by Handlens, read by tshark and by Handlens.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::lab::{KeyKind, Lab, OpensslServer, OriginOptions, Output, Setup, program, run};

/// Asks one thing of two origins, one of each version, and writes what was captured.
async fn exported(lab: &Lab) -> PathBuf {
    for versions in [vec![&rustls::version::TLS13], vec![&rustls::version::TLS12]] {
        let options = OriginOptions {
            versions,
            ..OriginOptions::https()
        };
        let origin = lab.origin_with(options).await;
        lab.client().get(&origin.url("/bytes/3")).await;
        lab.api().connection(&origin.authority()).await;
    }
    let file = lab.dir().join("seen.pcapng");
    let output = export(lab, &file, &[]).await;
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    file
}

async fn export(lab: &Lab, file: &Path, args: &[&str]) -> Output {
    Setup::bare(lab.dir())
        .args(&["export", "--pcapng", "--data-dir"])
        .arg(lab.dir().join("data"))
        .args(args)
        .arg("--output")
        .arg(file)
        .run()
        .await
}

/// The numbers of the handshake messages that tshark sees in each TCP stream.
async fn seen_by_tshark(lab: &Lab, file: &Path, more: &[String]) -> Vec<Vec<u8>> {
    let mut tshark = program("tshark", "tshark", lab.dir());
    tshark.arg("-r").arg(file).args(more);
    tshark.args(["-Y", "tls.handshake", "-T", "fields", "-E", "occurrence=a"]);
    tshark.args(["-e", "tcp.stream", "-e", "tls.handshake.type"]);
    let told = run(&mut tshark).await.succeeded();
    let mut streams: Vec<Vec<u8>> = Vec::new();
    for line in told.lines() {
        let (stream, types) = line.split_once('\t').unwrap();
        let stream: usize = stream.parse().unwrap();
        streams.resize(streams.len().max(stream + 1), Vec::new());
        // A sealed Finished of TLS 1.2 is a handshake message without a type.
        let types = types.split(',').filter(|kind| !kind.is_empty());
        streams[stream].extend(types.map(|kind| kind.parse::<u8>().unwrap()));
    }
    streams
}

/// A field of the packets that pass a filter, as tshark tells them.
async fn told_by_tshark(lab: &Lab, file: &Path, filter: &str, field: &str) -> String {
    let mut tshark = program("tshark", "tshark", lab.dir());
    tshark.arg("-r").arg(file);
    tshark.args(["-Y", filter, "-T", "fields", "-e", field]);
    run(&mut tshark).await.succeeded()
}

const TLS13: [u8; 7] = [1, 2, 8, 11, 15, 20, 20];
/// A NewSessionTicket.
const TICKET: u8 = 4;
const TLS12: [u8; 6] = [1, 2, 11, 12, 14, 16];

#[tokio::test]
async fn tshark_reads_the_handshakes_of_both_legs_with_what_lies_in_the_file() {
    let lab = Lab::start().await;
    let file = exported(&lab).await;
    let seen = seen_by_tshark(&lab, &file, &[]).await;
    assert_eq!(seen.len(), 4, "{seen:?}");
    for leg in &seen[..3] {
        let (handshake, late) = leg.split_at(TLS13.len());
        assert_eq!(handshake, TLS13);
        assert!(
            !late.is_empty() && late.iter().all(|kind| *kind == TICKET),
            "{seen:?}"
        );
    }
    // Its Finished are sealed with the keys of application data, which are not kept.
    assert_eq!(seen[3], TLS12);
    let ends = told_by_tshark(&lab, &file, "tls.alert_message.desc == 0", "frame.comment").await;
    assert!(ends.lines().count() >= 4, "a close_notify on each leg: {ends:?}");
    for comment in ends.lines() {
        assert_eq!(
            comment,
            "sealed on the wire; in the clear here, since its keys were not kept"
        );
    }
    let mut tshark = program("tshark", "tshark", lab.dir());
    let complaints = tshark
        .arg("-r")
        .arg(&file)
        .args(["-Y", "_ws.malformed or tcp.analysis.flags"]);
    assert_eq!(run(complaints).await.succeeded(), "");
}

/// The file without the secrets in it.
fn without_secrets(file: &Path) -> PathBuf {
    let bytes = std::fs::read(file).unwrap();
    let mut kept = Vec::new();
    let mut rest = &bytes[..];
    while let Some(header) = rest.get(..8) {
        let length = u32::from_le_bytes(header[4..].try_into().unwrap()) as usize;
        let (block, behind) = rest.split_at(length);
        if header[0] != 0x0a || header[1] != 0 {
            kept.extend_from_slice(block);
        }
        rest = behind;
    }
    assert!(kept.len() < bytes.len());
    let stripped = file.with_extension("stripped");
    std::fs::write(&stripped, kept).unwrap();
    stripped
}

async fn inspected(lab: &Lab, file: &Path, more: &[&str]) -> Vec<Value> {
    let setup = Setup::bare(lab.dir()).args(&["inspect", "--json", "--pcap"]);
    let output = setup.arg(file).args(more).run().await;
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    report["handshakes"].as_array().unwrap().clone()
}

/// Finished messages that were opened, and whose MAC is right.
fn opened(handshake: &Value) -> usize {
    let messages = handshake["handshake"]["messages"].as_array().unwrap();
    messages
        .iter()
        .filter(|message| message["type"] == "finished" && message["verified"] == true)
        .count()
}

#[tokio::test]
async fn the_key_log_opens_what_lies_in_a_file_without_secrets() {
    // By the flag, and by the variable that other programs know too.
    for name in ["--keylog", "SSLKEYLOGFILE"] {
        let lab = Lab::start_as(|setup| {
            let log = setup.home().join("keys.log");
            match name {
                "SSLKEYLOGFILE" => setup.env(name, log),
                flag => setup.arg(flag).arg(log),
            }
        })
        .await;
        is_opened_by_its_key_log(&lab).await;
    }
}

async fn is_opened_by_its_key_log(lab: &Lab) {
    let file = without_secrets(&exported(lab).await);
    let log = lab.dir().join("home/keys.log");

    let late = |kind: &u8| *kind == TICKET;
    let mut sealed = seen_by_tshark(lab, &file, &[]).await[0].clone();
    sealed.retain(|kind| !late(kind));
    assert_eq!(sealed, TLS13[..2]);
    let with = ["-o".to_owned(), format!("tls.keylog_file:{}", log.display())];
    let seen = seen_by_tshark(lab, &file, &with).await;
    for leg in &seen[..3] {
        assert_eq!(leg[..TLS13.len()], TLS13);
        assert!(leg[TLS13.len()..].iter().all(late), "{seen:?}");
    }
    assert_eq!(
        seen[3],
        [1, 2, 11, 12, 14, 16, 20, 20],
        "with the master secret its Finished too"
    );

    let closed = inspected(lab, &file, &[]).await;
    assert_eq!(closed.iter().map(opened).sum::<usize>(), 0);
    let open = inspected(lab, &file, &["--keylog", log.to_str().unwrap()]).await;
    assert_eq!(open.iter().map(opened).collect::<Vec<_>>(), [2, 2, 2, 2]);
}

#[tokio::test]
async fn what_lies_behind_the_handshakes_is_opened_where_all_secrets_were_kept() {
    let lab = Lab::start_with(&["--keep-secrets"]).await;
    let origin = lab.origin_with(OriginOptions::http1_only()).await;
    lab.client().get(&origin.url("/bytes/3?behind")).await;
    lab.api().connection(&origin.authority()).await;
    let file = lab.dir().join("all.pcapng");
    assert_eq!(export(&lab, &file, &[]).await.code, Some(0));
    let told = told_by_tshark(&lab, &file, "http.request", "http.request.uri").await;
    assert_eq!(told, "/bytes/3?behind\n/bytes/3?behind\n", "on both legs");
    let seen = seen_by_tshark(&lab, &file, &[]).await;
    assert!(seen.iter().all(|leg| leg.contains(&4)), "tickets: {seen:?}");
}

#[tokio::test]
async fn handlens_reads_what_it_wrote_and_tells_it() {
    let lab = Lab::start().await;
    let file = exported(&lab).await;
    let seen = inspected(&lab, &file, &[]).await;
    assert_eq!(seen.iter().map(opened).collect::<Vec<_>>(), [2, 2, 2, 0]);
    assert_eq!(seen[0]["handshake"]["facts"]["server_name"], "localhost");
    let setup = Setup::bare(lab.dir()).args(&["inspect", "--pcap"]).arg(&file);
    let told = setup.run().await.stdout;
    assert_eq!(told.matches(" -> client_hello  ").count(), 4, "{told}");
    assert!(told.contains(" <- certificate_verify  "), "{told}");
}

#[tokio::test]
async fn each_chain_that_is_to_be_seen_is_judged() {
    let lab = Lab::start().await;
    let file = exported(&lab).await;
    let roots = lab.dir().join("origin-root.pem");
    let trusting = ["--origin-ca", roots.to_str().unwrap()];
    let decisions = |seen: &[Value]| -> Vec<Value> {
        let verdicts = seen.iter().map(|of| of["verdict"]["decision"].clone());
        verdicts.collect()
    };
    let seen = inspected(&lab, &file, &trusting).await;
    // What Handlens minted is no origin's.
    assert_eq!(decisions(&seen), ["refused", "trusted", "refused", "trusted"]);
    for of in &seen {
        assert_eq!(of["name"], "localhost");
        assert_eq!(check(&of["verdict"], "possession")["outcome"], "pass", "{of:#}");
    }
    let closed = inspected(&lab, &without_secrets(&file), &trusting).await;
    let hidden = Value::Null;
    assert_eq!(
        decisions(&closed),
        [hidden.clone(), hidden.clone(), hidden, "trusted".into()]
    );

    let setup = Setup::bare(lab.dir()).args(&["inspect", "--pcap"]).arg(&file);
    let told = setup.args(&trusting).run().await.stdout;
    assert_eq!(
        told.matches("\nthe chain is good for localhost\n").count(),
        2,
        "{told}"
    );
}

fn check<'a>(verdict: &'a Value, name: &str) -> &'a Value {
    let mut checks = verdict["checks"].as_array().unwrap().iter();
    checks.find(|check| check["name"] == name).unwrap()
}

#[tokio::test]
async fn timestamps_that_came_in_a_handshake_are_judged_with_the_chain() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let sct = [
        &[0][..],
        &[7; 32],
        &1_795_264_634_000_u64.to_be_bytes(),
        &[0, 0, 4, 3, 0, 2, 0x30, 0],
    ]
    .concat();
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let one = [&length(&sct)[..], &sct].concat();
    let list = [&length(&one)[..], &one].concat();
    let extension = [&[0, 18][..], &length(&list), &list].concat();
    let text = BASE64.encode(extension);
    lab.write(
        "scts.pem",
        format!("-----BEGIN SERVERINFO FOR SCTS-----\n{text}\n-----END SERVERINFO FOR SCTS-----\n"),
    );
    let args = ["-tls1_2", "-www", "-serverinfo", "scts.pem"];
    let server = OpensslServer::start(&lab, KeyKind::Ecdsa, &args).await;
    let proxy = lab.handlens.proxy().to_string();
    let mut client = program("openssl", "openssl", lab.dir());
    client.args(["s_client", "-connect", &server.authority(), "-proxy", &proxy]);
    client.args(["-servername", "localhost", "-serverinfo", "18"]);
    run(&mut client).await;
    lab.api().connection(&server.authority()).await;
    let file = lab.dir().join("scts.pcapng");
    assert_eq!(export(&lab, &file, &[]).await.code, Some(0));
    let roots = lab.dir().join("origin-root.pem");
    let seen = inspected(&lab, &file, &["--origin-ca", roots.to_str().unwrap()]).await;
    let told = check(&seen[0]["verdict"], "sct");
    assert_eq!(told["outcome"], "not_checked");
    let evidence = told["evidence"].as_str().unwrap();
    assert!(
        evidence.starts_with("in the handshake, of 2026-11-21 12:37 UTC, by the log "),
        "{evidence}"
    );
}

#[tokio::test]
async fn connections_are_chosen_by_a_filter_and_what_passed_has_its_own_addresses() {
    let lab = Lab::start_with(&["--pass", "127.0.0.1"]).await;
    let origin = lab.origin().await;
    lab.client().get(&origin.url("/bytes/3")).await;
    let believer = lab.client().trusting(lab.authority.der());
    believer.get(&origin.url_at("127.0.0.1", "/bytes/3")).await;
    lab.api()
        .connection(&format!("127.0.0.1:{}", origin.port()))
        .await;
    let file = lab.dir().join("passed.pcapng");
    assert_eq!(
        export(&lab, &file, &["--filter", "outcome:passed"]).await.code,
        Some(0)
    );
    let seen = inspected(&lab, &file, &[]).await;
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!(seen[0]["server"], format!("127.0.0.1:{}", origin.port()));
    let output = export(&lab, &file, &["--filter", "method:get"]).await;
    assert_eq!(output.code, Some(2));
    assert!(
        output
            .stderr
            .starts_with("handlens: method: is said of exchanges"),
        "{}",
        output.stderr
    );

    let answer = lab
        .api()
        .call(
            http::Method::GET,
            "/api/export.pcapng?filter=outcome:passed",
            None,
        )
        .await;
    assert_eq!(answer.header("content-type"), Some("application/x-pcapng"));
    export(&lab, &file, &["--filter", "outcome:passed"]).await;
    assert!(
        answer.body == std::fs::read(&file).unwrap(),
        "the API writes the same file"
    );
}

#[tokio::test]
async fn what_is_no_capture_is_told() {
    let lab = Lab::start().await;
    let empty = lab.write("no.pcap", b"this is text, and more of it than a header has");
    let output = Setup::bare(lab.dir())
        .args(&["inspect", "--pcap"])
        .arg(&empty)
        .run()
        .await;
    assert_eq!(output.code, Some(1));
    assert!(
        output
            .stderr
            .ends_with("can't be read: it is neither pcap nor pcapng\n"),
        "{}",
        output.stderr
    );
}
