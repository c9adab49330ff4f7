//! tshark reads the same bytes with the same key log, and must say the same: record by record, message by message,
//! field by field.

mod extensions;
mod names;

use std::collections::BTreeMap;
use std::process::Command;

use handshake::{Field, Handshake, Message, MessageKind, Side};

use crate::fixture::Fixture;
use names::{BEGINNINGS, BY_SIZE, EXTENSION_LENGTH, EXTENSION_TYPE, SAME, SIGNATURES};

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
