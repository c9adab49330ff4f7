//! Certificates and OCSP's answers, those of the captures and those that `testdata/certificates.py` made.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use handshake::{DissectedCertificate, Field, Handshake, MessageKind, Parties, certificate, dissect_in_full};
use proptest::prelude::*;

use crate::fixture::{Fixture, folder};

/// The files with this ending that `certificates.py` made.
fn made(ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder().join("certificates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                std::fs::read(path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

/// Those, and every certificate that was on a wire.
fn all() -> Vec<Vec<u8>> {
    let captured = Fixture::all()
        .into_iter()
        .flat_map(|fixture| fixture.dissect().messages)
        .flat_map(|message| message.certificates());
    let all: BTreeSet<_> = captured
        .chain(made("der").into_iter().map(|(_, der)| der))
        .collect();
    all.into_iter().collect()
}

fn in_full(fixture: &Fixture) -> Handshake {
    dissect_in_full(&fixture.captured(fixture.secrets()), Parties::DIRECT)
}

/// An answer as it is stapled in TLS 1.2: a capture's CertificateStatus with other bytes.
fn stapled(answer: &[u8]) -> handshake::Message {
    let length = |bytes: &[u8]| (bytes.len() as u32).to_be_bytes()[1..].to_vec();
    let body = [&[1][..], &length(answer), answer].concat();
    let message = [&[22][..], &length(&body), &body].concat();
    let record = [&[22, 3, 3][..], &(message.len() as u16).to_be_bytes(), &message].concat();
    let captured = handshake::Captured {
        chunks: vec![handshake::Chunk {
            side: handshake::Side::Server,
            at_us: 0,
            bytes: &record,
        }],
        ..handshake::Captured::default()
    };
    dissect_in_full(&captured, Parties::DIRECT).messages.remove(0)
}

/// Every field lies within its parent, behind its elder sibling, and together they name every byte.
fn check_ranges(fields: &[Field], start: usize, end: usize, what: &str) {
    let mut at = start;
    for field in fields {
        let what = format!("{what}/{}", field.name);
        assert_eq!(field.start, at, "{what}");
        assert!(
            field.start + field.prefix <= field.end && field.end <= end,
            "{what}"
        );
        at = field.end;
        check_ranges(&field.fields, field.start + field.prefix, field.end, &what);
    }
    assert!(
        fields.is_empty() || at == end,
        "{what}: bytes {at}..{end} have no name"
    );
}

fn check(der: &[u8]) -> DissectedCertificate {
    let told = certificate(der);
    assert_eq!(told.bytes.0, der);
    check_ranges(&told.fields, 0, der.len(), "");
    for problem in &told.problems {
        assert!(
            problem.start <= problem.end && problem.end <= der.len() as u64,
            "{problem:?}"
        );
    }
    told
}

#[test]
fn every_byte_of_every_certificate_has_a_name_and_nothing_is_wrong_with_it() {
    for der in all() {
        let told = check(&der);
        assert!(!told.fields.is_empty());
        assert_eq!(told.problems, []);
    }
}

#[test]
fn every_byte_of_a_certificate_message_has_a_name() {
    for fixture in Fixture::all() {
        for message in in_full(&fixture).messages {
            if message.kind != MessageKind::CompressedCertificate {
                check_ranges(
                    &message.fields,
                    0,
                    message.bytes.0.len(),
                    &message.kind.to_string(),
                );
            }
        }
    }
}

/// The outlines lie in `testdata/certificates.txt`; with `OUTLINES=write` they are written anew, to be read before they
/// are committed.
#[test]
fn certificates_are_told_as_they_were_when_somebody_last_looked() {
    fn outline(fields: &[Field], depth: usize, text: &mut String) {
        for field in fields {
            let indent = "  ".repeat(depth);
            let Field {
                name,
                start,
                end,
                prefix,
                value,
                ..
            } = field;
            writeln!(text, "{indent}{name} {start}..{end}+{prefix} {value}").unwrap();
            outline(&field.fields, depth + 1, text);
        }
    }
    let mut text = String::new();
    for (name, der) in made("der") {
        writeln!(text, "== {name}").unwrap();
        outline(&certificate(&der).fields, 0, &mut text);
    }
    for (name, answer) in made("ocsp") {
        writeln!(text, "== {name}").unwrap();
        outline(&stapled(&answer).fields, 0, &mut text);
    }
    let path = folder().join("certificates.txt");
    if std::env::var_os("OUTLINES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (line, (found, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", line + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}

/// What has no words of its own is told so, and must be what nobody defined.
#[test]
fn every_field_has_words_of_its_own() {
    fn walk(fields: &[Field], path: &str, silent: &mut BTreeSet<String>) {
        for field in fields {
            let path = format!("{path}/{}", field.name);
            let text = field.text.as_deref().unwrap_or_default();
            assert!(field.rfc.is_some(), "{path}");
            if text.is_empty() || text.contains("not described") {
                silent.insert(path.clone());
            }
            walk(&field.fields, &path, silent);
        }
    }
    let mut silent = BTreeSet::new();
    for der in all() {
        walk(&certificate(&der).fields, "", &mut silent);
    }
    for (_, answer) in made("ocsp") {
        walk(&stapled(&answer).fields, "", &mut silent);
    }
    let extensions = "/certificate/tbs_certificate/extensions";
    let expected = [
        format!("{extensions}/ext_key_usage/extn_value/key_purpose_id"),
        format!("{extensions}/extension"),
        format!("{extensions}/extension/extn_value/context_0"),
        format!("{extensions}/extension/extn_value/context_1"),
        "/certificate/tbs_certificate/subject/relative_distinguished_name/attribute".to_owned(),
    ];
    assert_eq!(silent, expected.into());
}

/// The places of all primitive elements: where the content of each begins and ends.
fn elements_by_openssl(der: &[u8]) -> Vec<(usize, usize)> {
    let mut openssl = Command::new("openssl")
        .args(["asn1parse", "-inform", "DER"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl runs: install Debian's package openssl");
    openssl.stdin.take().unwrap().write_all(der).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let number = |text: &str| text.trim().parse::<usize>().unwrap();
    lines
        .lines()
        .filter(|line| line.contains(" prim: "))
        .map(|line| {
            // `  120:d=4  hl=2 l=   9 prim: OBJECT            :rsaEncryption`
            let (offset, rest) = line.split_once(":d=").unwrap();
            let (_, rest) = rest.split_once("hl=").unwrap();
            let (header, rest) = rest.split_once(" l=").unwrap();
            let (length, _) = rest.split_once(" prim").unwrap();
            let begin = number(offset) + number(header);
            (begin, begin + number(length))
        })
        .collect()
}

/// Every primitive element that OpenSSL finds is a field of ours, with the same content.
#[test]
fn openssl_finds_the_same_elements() {
    fn contents(fields: &[Field], found: &mut BTreeSet<(usize, usize)>) {
        for field in fields {
            found.insert((field.start + field.prefix, field.end));
            contents(&field.fields, found);
        }
    }
    let mut compared = 0;
    for der in all() {
        let mut ours = BTreeSet::new();
        contents(&certificate(&der).fields, &mut ours);
        for (begin, end) in elements_by_openssl(&der) {
            // An octet string that holds a single element shares its field with it.
            let is_wrapper =
                |&(inner, until): &(usize, usize)| until == end && (begin..=begin + 4).contains(&inner);
            assert!(ours.iter().any(is_wrapper), "{begin}..{end} of {der:02x?}");
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn cut_anywhere_a_certificate_is_told_as_far_as_it_goes() {
    for (name, der) in made("der") {
        for end in 0..der.len() {
            let told = check(&der[..end]);
            assert!(
                !told.problems.is_empty() || end == 0 && told.fields.is_empty(),
                "{name} up to {end}"
            );
        }
    }
}

#[test]
fn cut_anywhere_a_stapled_answer_is_told_as_far_as_it_goes() {
    for (_, answer) in made("ocsp") {
        for end in 0..answer.len() {
            let message = stapled(&answer[..end]);
            check_ranges(&message.fields, 0, message.bytes.0.len(), "certificate_status");
        }
    }
}

#[test]
fn the_same_tree_hangs_in_the_message() {
    fn moved(fields: &mut [Field], by: usize) {
        for field in fields {
            (field.start, field.end) = (field.start + by, field.end + by);
            moved(&mut field.fields, by);
        }
    }
    let handshake = in_full(&Fixture::load("openssl-tls13-long-chain"));
    let message = handshake
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::Certificate)
        .unwrap();
    let entries = &message.field("certificate_list").unwrap().fields;
    assert!(entries.len() > 3);
    for (entry, der) in entries.iter().zip(message.certificates()) {
        let data = entry.part("cert_data").unwrap();
        let mut expected = certificate(&der).fields;
        moved(&mut expected, data.start + data.prefix);
        assert_eq!(data.fields, expected);
    }
}

#[test]
fn stapled_answers_are_opened_too() {
    for (name, kind, path) in [
        ("openssl-tls12-status", MessageKind::CertificateStatus, "response"),
        (
            "openssl-tls13-status",
            MessageKind::Certificate,
            "certificate_list/certificate/extensions/status_request/response",
        ),
    ] {
        let handshake = in_full(&Fixture::load(name));
        let message = handshake.messages.iter().find(|m| m.kind == kind).unwrap();
        let status = format!(
            "{path}/ocsp_response/response_bytes/basic_ocsp_response/tbs_response_data/responses/single_response/cert_status"
        );
        assert_eq!(
            message.field(&status).map(|f| &f.value[..]),
            Some("good"),
            "{name}"
        );
    }
}

#[test]
fn names_of_authorities_are_opened() {
    let handshake = in_full(&Fixture::load("openssl-tls12-client-certificate"));
    let message = handshake
        .messages
        .iter()
        .find(|m| m.kind == MessageKind::CertificateRequest)
        .unwrap();
    let name = message
        .field("certificate_authorities/distinguished_name")
        .unwrap();
    assert_eq!(name.part("name").map(|part| &part.value), Some(&name.value));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_is_changed_every_byte_has_a_name(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut files = made("der");
        let (_, der) = &mut files[which.index(7)];
        for (at, byte) in changes {
            let length = der.len();
            der[at.index(length)] = byte;
        }
        check(der);
    }

    #[test]
    fn any_bytes_are_told(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes);
        check(&[&[0x30, 0x82, 1, 0x80, 0x30, 0x82, 1, 0x70][..], &bytes].concat());
    }
}
