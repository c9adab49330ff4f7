//! What each capture is told as, in words.

use std::fmt::Write as _;

use handshake::{Field, Handshake};

use crate::fixture::{Fixture, folder};

/// What is told of a leg: each message, what was agreed on, and why it failed.
fn story(handshake: &Handshake) -> String {
    let mut text = String::new();
    let mut line = |words: String| writeln!(text, "{words}").expect("text takes lines");
    for message in &handshake.messages {
        line(format!("{}: {}", message.kind, message.story.here));
    }
    let facts = &handshake.facts;
    let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".into());
    line(format!(
        "facts: {}, {}, {}, {}, {}, {}, {:?}, {:?} round trips",
        part(&facts.version),
        part(&facts.cipher_suite),
        part(&facts.group),
        part(&facts.alpn),
        part(&facts.server_name),
        part(&facts.signature_scheme),
        facts.resumption,
        facts.round_trips
    ));
    line(format!(
        "fingerprints: {}, {}, {}",
        part(&facts.ja3),
        part(&facts.ja3s),
        part(&facts.ja4)
    ));
    let chips: Vec<_> = facts.chips.iter().map(|chip| &chip.label[..]).collect();
    line(format!("chips: {}", chips.join("; ")));
    if let Some(failure) = &handshake.failure {
        line(format!(
            "failure: {} {} {}",
            failure.text, failure.cause, failure.advice
        ));
    }
    text
}

/// The stories lie in `testdata/stories.txt`; with `STORIES=write` they are written anew, to be read before they are
/// committed.
#[test]
fn every_capture_is_told_in_the_words_that_somebody_last_read() {
    let mut text = String::new();
    for fixture in Fixture::all() {
        writeln!(text, "== {}\n{}", fixture.name, story(&fixture.dissect())).expect("text takes lines");
    }
    let path = folder().join("stories.txt");
    if std::env::var_os("STORIES").is_some() {
        std::fs::write(&path, &text).expect("the stories can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the stories are there");
    for (line, (found, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", line + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}

/// Every field of real handshakes is told: what it is, and where that is specified.
#[test]
fn no_field_of_a_capture_is_without_words() {
    fn walk(fields: &[Field], path: &str, silent: &mut Vec<String>) {
        for field in fields {
            let path = format!("{path}/{}", field.name);
            if field.text.is_none() || field.rfc.is_none() {
                silent.push(format!("{path} = {}", field.value));
            }
            walk(&field.fields, &path, silent);
        }
    }
    let mut silent = Vec::new();
    for fixture in Fixture::all() {
        for message in fixture.dissect().messages {
            walk(&message.fields, &message.kind.to_string(), &mut silent);
        }
    }
    silent.sort();
    silent.dedup();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// Every chip's link leads to a field.
#[test]
fn every_chip_of_a_capture_quotes_a_field_that_is_there() {
    for fixture in Fixture::all() {
        let handshake = fixture.dissect();
        for chip in &handshake.facts.chips {
            let Some(path) = &chip.field else { continue };
            let message = chip.message.map(|index| &handshake.messages[index]);
            assert!(
                message.is_some_and(|m| m.field(path).is_some()),
                "{}: {path}",
                fixture.name
            );
        }
    }
}
