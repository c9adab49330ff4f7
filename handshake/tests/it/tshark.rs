//! tshark reads the same bytes with the same key log, and must say the same: record by record, message by message,
//! field by field.

use std::collections::BTreeMap;
use std::process::Command;

use handshake::{Field, Handshake, Message, MessageKind, Side};

use crate::fixture::Fixture;

/// Fields of ours, by their path, and what tshark calls them. `*` stands for any one step.
const SAME: &[(&str, &str)] = &[
    ("msg_type", "tls.handshake.type"),
    ("length", "tls.handshake.length"),
    ("legacy_version", "tls.handshake.version"),
    ("random", "tls.handshake.random"),
    ("legacy_session_id", "tls.handshake.session_id"),
    ("legacy_session_id_echo", "tls.handshake.session_id"),
    ("cipher_suites/*", "tls.handshake.ciphersuite"),
    ("cipher_suite", "tls.handshake.ciphersuite"),
    ("legacy_compression_methods/*", "tls.handshake.comp_method"),
    ("legacy_compression_method", "tls.handshake.comp_method"),
    (
        "extensions/server_name/*/*/host_name",
        "tls.handshake.extensions_server_name",
    ),
    (
        "extensions/supported_groups/*/*",
        "tls.handshake.extensions_supported_group",
    ),
    (
        "extensions/*/supported_signature_algorithms/*",
        "tls.handshake.sig_hash_alg",
    ),
    ("supported_signature_algorithms/*", "tls.handshake.sig_hash_alg"),
    ("algorithm", "tls.handshake.sig_hash_alg"),
    (
        "extensions/application_layer_protocol_negotiation/*/*",
        "tls.handshake.extensions_alpn_str",
    ),
    (
        "extensions/supported_versions/versions/*",
        "tls.handshake.extensions.supported_version",
    ),
    (
        "extensions/supported_versions/selected_version",
        "tls.handshake.extensions.supported_version",
    ),
    (
        "extensions/key_share/*/*/group",
        "tls.handshake.extensions_key_share_group",
    ),
    (
        "extensions/key_share/*/*/key_exchange",
        "tls.handshake.extensions_key_share_key_exchange",
    ),
    (
        "extensions/key_share/server_share/group",
        "tls.handshake.extensions_key_share_group",
    ),
    (
        "extensions/key_share/server_share/key_exchange",
        "tls.handshake.extensions_key_share_key_exchange",
    ),
    (
        "extensions/key_share/selected_group",
        "tls.handshake.extensions_key_share_selected_group",
    ),
    (
        "extensions/psk_key_exchange_modes/*/*",
        "tls.extension.psk_ke_mode",
    ),
    (
        "extensions/ec_point_formats/*/*",
        "tls.handshake.extensions_ec_point_format",
    ),
    (
        "extensions/pre_shared_key/identities/*/identity",
        "tls.handshake.extensions.psk.identity.identity",
    ),
    (
        "extensions/pre_shared_key/identities/*/obfuscated_ticket_age",
        "tls.handshake.extensions.psk.identity.obfuscated_ticket_age",
    ),
    (
        "extensions/pre_shared_key/selected_identity",
        "tls.handshake.extensions.psk.identity.selected",
    ),
    ("extensions/cookie/cookie", "tls.handshake.extensions.cookie"),
    ("extensions/record_size_limit/*", "tls.record_size_limit"),
    (
        "extensions/compress_certificate/*/*",
        "tls.compress_certificate.algorithm",
    ),
    (
        "extensions/max_fragment_length/*",
        "tls.handshake.max_fragment_length",
    ),
    (
        "extensions/status_request/status_type",
        "tls.handshake.extensions_status_request_type",
    ),
    (
        "extensions/status_request_v2/*/*/status_type",
        "tls.handshake.extensions_status_request_type",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/sct_version",
        "tls.sct.sct_version",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/log_id",
        "tls.sct.sct_logid",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/timestamp",
        "tls.sct.sct_timestamp",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/algorithm",
        "tls.handshake.sig_hash_alg",
    ),
    (
        "extensions/signed_certificate_timestamp/*/*/signature",
        "tls.sct.sct_signature",
    ),
    ("extensions/padding", "tls.handshake.extensions_padding_data"),
    (
        "extensions/early_data/max_early_data_size",
        "tls.early_data.max_early_data_size",
    ),
    (
        "extensions/oid_filters/*/*/certificate_extension_oid",
        "tls.extension.oid_filters.oid",
    ),
    (
        "extensions/quic_transport_parameters/*/id",
        "tls.quic.parameter.type",
    ),
    (
        "extensions/quic_transport_parameters/*/length",
        "tls.quic.parameter.length",
    ),
    (
        "extensions/quic_transport_parameters/*/value",
        "tls.quic.parameter.value",
    ),
    ("certificate_types/*", "tls.handshake.cert_type"),
    ("certificate_list/*/cert_data", "tls.handshake.certificate"),
    ("verify_data", VERIFY_DATA),
    ("ticket_lifetime", "tls.handshake.session_ticket_lifetime_hint"),
    (
        "ticket_lifetime_hint",
        "tls.handshake.session_ticket_lifetime_hint",
    ),
    ("ticket_age_add", "tls.handshake.session_ticket_age_add"),
    ("ticket_nonce", "tls.handshake.session_ticket_nonce"),
    ("ticket", "tls.handshake.session_ticket"),
    ("curve_type", "tls.handshake.server_curve_type"),
    ("named_curve", "tls.handshake.server_named_curve"),
    ("public", "tls.handshake.server_point"),
    ("dh_p", "tls.handshake.p"),
    ("dh_g", "tls.handshake.g"),
    ("dh_ys", "tls.handshake.ys"),
    ("dh_yc", "tls.handshake.yc"),
    ("ecdh_yc", "tls.handshake.client_point"),
    ("encrypted_pre_master_secret", "tls.handshake.epms"),
    ("request_update", "tls.handshake.key_update.request_update"),
    ("status_type", "tls.handshake.extensions_status_request_type"),
    ("level", "tls.alert_message.level"),
    ("description", "tls.alert_message.desc"),
    ("type", CHANGE_CIPHER_SPEC),
];
/// Where tshark's name depends on the message.
const SIGNATURES: [&str; 2] = ["tls.handshake.client_cert_vrfy.sig", "tls.handshake.sig"];
const EXTENSION_TYPE: &str = "tls.handshake.extension.type";
const EXTENSION_LENGTH: &str = "tls.handshake.extension.len";
const CHANGE_CIPHER_SPEC: &str = "tls.change_cipher_spec";
const VERIFY_DATA: &str = "tls.handshake.verify_data";
/// Of these tshark tells the size alone.
const BY_SIZE: [&str; 2] = [CHANGE_CIPHER_SPEC, VERIFY_DATA];
/// Each of these begins a message.
const BEGINNINGS: [&str; 3] = [
    "tls.handshake.type",
    "tls.alert_message.level",
    "tls.change_cipher_spec",
];

/// Captures in which tshark does not read the key exchange of the suite: it tells the header alone.
const KEY_EXCHANGE_NOT_READ_BY_TSHARK: [&str; 1] = ["openssl-tls12-psk"];

/// A message as `name value` lines.
type Lines = Vec<String>;

/// What one reader says of a connection.
#[derive(Debug, Default, PartialEq)]
struct Said {
    /// `version length` of each record.
    records: Lines,
    messages: Vec<Lines>,
}

/// What we say.
fn ours(handshake: &Handshake) -> Said {
    let records = handshake
        .records
        .iter()
        .map(|r| {
            format!(
                "{} {}",
                &r.version[r.version.len() - 5..r.version.len() - 1],
                r.end - r.start - 5
            )
        })
        .collect();
    let messages = handshake
        .messages
        .iter()
        .map(|message| {
            let mut lines = Lines::new();
            list(message, &message.fields, &mut Vec::new(), &mut lines);
            lines
        })
        .collect();
    Said { records, messages }
}

fn list<'a>(message: &Message, fields: &'a [Field], path: &mut Vec<&'a str>, lines: &mut Lines) {
    for field in fields {
        let content = message.content(field);
        if path.last() == Some(&"extensions") {
            let header = &message.bytes.0[field.start..field.start + 4];
            lines.push(format!("{EXTENSION_TYPE} {}", hex(&header[..2])));
            lines.push(format!("{EXTENSION_LENGTH} {}", hex(&header[2..])));
        }
        path.push(&field.name);
        match name_of(message, path).filter(|_| !content.is_empty()) {
            Some(name) if BY_SIZE.contains(&name) => lines.push(format!("{name} size {}", content.len())),
            Some(name) => lines.push(format!("{name} {}", hex(content))),
            None => {}
        }
        list(message, &field.fields, path, lines);
        path.pop();
    }
}

fn name_of(message: &Message, path: &[&str]) -> Option<&'static str> {
    // An extension inside a certificate's entry goes by the same names as any other.
    let path = path
        .iter()
        .rposition(|step| *step == "extensions")
        .map_or(path, |at| &path[at..]);
    if path == ["signature"] {
        let verify = message.kind == MessageKind::CertificateVerify;
        return Some(SIGNATURES[usize::from(!verify)]);
    }
    let matches = |pattern: &str| {
        let steps: Vec<_> = pattern.split('/').collect();
        steps.len() == path.len()
            && steps
                .iter()
                .zip(path)
                .all(|(step, name)| *step == "*" || step == name)
    };
    SAME.iter()
        .find(|(pattern, _)| matches(pattern))
        .map(|(_, name)| *name)
}

/// What tshark says, by the port of the client.
fn theirs(pcap: &std::path::Path, keys: &std::path::Path) -> BTreeMap<u16, Said> {
    let output = Command::new("tshark")
        .arg("-r")
        .arg(pcap)
        .args(["-o", &format!("tls.keylog_file:{}", keys.display()), "-T", "pdml"])
        .output()
        .expect("tshark runs: install Debian's package tshark");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let wanted: Vec<&str> = SAME
        .iter()
        .map(|(_, name)| *name)
        .chain(SIGNATURES)
        .chain([EXTENSION_TYPE, EXTENSION_LENGTH])
        .collect();
    let mut said: BTreeMap<u16, Said> = BTreeMap::new();
    let (mut ports, mut version) = ([0u16; 2], String::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (Some(name), Some(value)) = (attribute(line, "name"), attribute(line, "value")) else {
            continue;
        };
        match name {
            "tcp.srcport" => ports[0] = u16::from_str_radix(value, 16).unwrap(),
            "tcp.dstport" => ports[1] = u16::from_str_radix(value, 16).unwrap(),
            _ => {
                let said = said.entry(ports[0].max(ports[1])).or_default();
                match name {
                    "tls.record.version" => version = value.to_owned(),
                    "tls.record.length" => {
                        let length = u16::from_str_radix(value, 16).unwrap();
                        said.records.push(format!("{version} {length}"));
                    }
                    name if wanted.contains(&name) => {
                        if BEGINNINGS.contains(&name) {
                            said.messages.push(Lines::new());
                        }
                        if let Some(message) = said.messages.last_mut() {
                            let size = || attribute(line, "size").unwrap_or_default();
                            message.push(if BY_SIZE.contains(&name) {
                                format!("{name} size {}", size())
                            } else {
                                format!("{name} {value}")
                            });
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    said
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The captures as a pcap file of raw IP, each with a client port of its own.
fn pcap(fixtures: &[Fixture]) -> Vec<u8> {
    const LINK_TYPE_RAW: u32 = 101;
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend(u32::MAX.to_le_bytes());
    file.extend(LINK_TYPE_RAW.to_le_bytes());
    for (fixture, port) in fixtures.iter().zip(40_000_u16..) {
        let mut sequence = [1_u32; 2];
        const SYN: u8 = 2;
        const ACK: u8 = 16;
        let mut packet = |side: Side, at_us: u64, flags: u8, bytes: &[u8]| {
            let from = usize::from(side == Side::Server);
            let ports = [port, 443];
            let mut tcp = Vec::new();
            tcp.extend(ports[from].to_be_bytes());
            tcp.extend(ports[1 - from].to_be_bytes());
            tcp.extend(sequence[from].to_be_bytes());
            tcp.extend(sequence[1 - from].to_be_bytes());
            tcp.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
            tcp.extend(bytes);
            let mut ip = vec![0x45, 0];
            ip.extend(
                u16::try_from(20 + tcp.len())
                    .expect("a chunk fits a packet")
                    .to_be_bytes(),
            );
            ip.extend([0, 0, 0, 0, 64, 6, 0, 0]);
            for host in [from, 1 - from] {
                ip.extend([10, 0, 0, host as u8 + 1]);
            }
            ip.extend(tcp);
            file.extend(((at_us / 1_000_000) as u32).to_le_bytes());
            file.extend(((at_us % 1_000_000) as u32).to_le_bytes());
            file.extend((ip.len() as u32).to_le_bytes());
            file.extend((ip.len() as u32).to_le_bytes());
            file.extend(ip);
            sequence[from] += bytes.len() as u32 + u32::from(flags & SYN != 0);
        };
        packet(Side::Client, 0, SYN, &[]);
        packet(Side::Server, 0, SYN | ACK, &[]);
        for (side, at_us, bytes) in &fixture.chunks {
            packet(*side, *at_us, ACK, bytes);
        }
    }
    file
}

/// Fails with the first line in which two readers differ.
fn agree(what: &str, ours: &[String], theirs: &[String]) {
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!(
            ours == theirs,
            "{what}\n  ours   {ours:.120}\n  theirs {theirs:.120}"
        );
    }
    let longer = if ours.len() > theirs.len() { ours } else { theirs };
    let more = &longer[ours.len().min(theirs.len())..];
    assert_eq!(
        ours.len(),
        theirs.len(),
        "{what}: one reader alone has {more:.120?}"
    );
}

#[test]
fn tshark_reads_the_same_in_the_same_bytes() {
    let compared = compare("all", &Fixture::all());
    assert!(compared > 1000, "only {compared} fields were compared");
}

/// Both readers must say the same of these; how many fields they said.
fn compare(name: &str, fixtures: &[Fixture]) -> usize {
    let folder = std::env::temp_dir().join(format!("handshake-tshark-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, keys) = (folder.join("all.pcap"), folder.join("keys"));
    std::fs::write(&file, pcap(fixtures)).unwrap();
    std::fs::write(&keys, fixtures.iter().map(|f| &f.key_log[..]).collect::<String>()).unwrap();
    let mut theirs = theirs(&file, &keys);
    std::fs::remove_dir_all(&folder).unwrap();
    let mut compared = 0;
    for (fixture, port) in fixtures.iter().zip(40_000_u16..) {
        let handshake = fixture.dissect();
        let ours = ours(&handshake);
        let theirs = theirs.remove(&port).unwrap_or_default();
        agree(
            &format!("{}: records", fixture.name),
            &ours.records,
            &theirs.records,
        );
        for (index, (ours, theirs)) in ours.messages.iter().zip(&theirs.messages).enumerate() {
            // What we didn't open.
            let header_alone = KEY_EXCHANGE_NOT_READ_BY_TSHARK.contains(&&fixture.name[..])
                && matches!(
                    handshake.messages[index].kind,
                    MessageKind::ServerKeyExchange | MessageKind::ClientKeyExchange
                );
            let ours = if header_alone { &ours[..2] } else { &ours[..] };
            if !ours.is_empty() {
                agree(&format!("{}: message {index}", fixture.name), ours, theirs);
                compared += ours.len();
            }
        }
        assert_eq!(ours.messages.len(), theirs.messages.len(), "{}", fixture.name);
    }
    compared
}

/// Bytes behind their length, which takes this many bytes.
fn vector(size: usize, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[4 - size..], &content].concat()
}

fn extension(number: u16, body: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &vector(2, &[body])].concat()
}

/// A hello in a record, with these extensions: by the suite alone the server's is told from the client's.
fn hello(msg_type: u8, suites: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = vector(2, &[&extensions.concat()]);
    let body = [&[3, 3][..], &[msg_type; 32], &[0], suites, &extensions].concat();
    let message = [&[msg_type][..], &vector(3, &[&body])].concat();
    [&[22, 3, 3][..], &vector(2, &[&message])].concat()
}

/// A SignedCertificateTimestamp of version 1 (RFC 6962 section 3.2) of this log.
fn timestamp(log: u8) -> Vec<u8> {
    let at = 1_795_264_634_123_u64.to_be_bytes();
    let signature = vector(2, &[&[0x30, 6, 2, 1, log, 2, 1, 1]]);
    let sct = [&[0][..], &[log; 32], &at, &[0, 0, 4, 3], &signature].concat();
    vector(2, &[&sct])
}

/// What programs send that no capture has: RFC 6066, 6962, 7685, 6961, 8446, 9000, 9345.
#[test]
fn tshark_reads_the_same_in_extensions_that_no_capture_has() {
    let name = [
        &[0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0c, 3][..],
        b"lab",
    ]
    .concat();
    let parameters = [
        &[1, 4, 0x80, 0, 0xea, 0x60][..],
        &[3, 2, 0x45, 0xc0],
        &[4, 4, 0x80, 0x10, 0, 0],
        &[8, 2, 0x40, 100],
        &[15, 4, 1, 2, 3, 4],
    ];
    let client = hello(
        1,
        &[0, 4, 0x13, 1, 0xc0, 0x2b, 1, 0],
        &[
            extension(1, &[2]),
            extension(5, &[1, 0, 0, 0, 0]),
            extension(17, &vector(2, &[&[2, 0, 4, 0, 0, 0, 0]])),
            extension(18, &[]),
            extension(34, &vector(2, &[&[4, 3, 8, 7]])),
            extension(47, &vector(2, &[&vector(2, &[&name])])),
            extension(57, &parameters.concat()),
            extension(21, &[0; 33]),
        ],
    );
    let server = hello(
        2,
        &[0xc0, 0x2b, 0],
        &[
            extension(18, &vector(2, &[&timestamp(7), &timestamp(8)])),
            extension(0xff01, &[0]),
        ],
    );
    let made = Fixture {
        name: "made".to_owned(),
        chunks: vec![(Side::Client, 1, client), (Side::Server, 2, server)],
        key_log: String::new(),
    };
    assert_eq!(made.dissect().problems, []);
    assert!(
        made.dissect()
            .messages
            .iter()
            .all(|message| message.problem.is_none())
    );
    let compared = compare("made", &[made]);
    assert!(compared > 60, "only {compared} fields were compared");
}
