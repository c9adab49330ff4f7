//! What comes out of each capture, line by line.

use std::fmt::Write as _;

use handshake::{Handshake, Parties, Secrets, dissect};

use crate::fixture::{Fixture, folder};

/// A line a message: who, what, under which keys, how long, and what was found of it.
fn outline(handshake: &Handshake) -> String {
    let mut text = String::new();
    for message in &handshake.messages {
        let epoch = serde_json::to_value(message.epoch).unwrap();
        let epoch = epoch.as_str().unwrap();
        let from = serde_json::to_value(message.from).unwrap();
        let from = from.as_str().unwrap();
        write!(
            text,
            "{} {from} {} {epoch} {}",
            message.flight, message.kind, message.length
        )
        .unwrap();
        match message.verified {
            Some(true) => text.push_str(" verified"),
            Some(false) => text.push_str(" FALSE"),
            None => {}
        }
        if message.bytes.0.is_empty() {
            text.push_str(" not opened");
        }
        if let Some(problem) = &message.problem {
            write!(
                text,
                " PROBLEM {}..{} {}",
                problem.start, problem.end, problem.text
            )
            .unwrap();
        }
        text.push('\n');
    }
    for problem in &handshake.problems {
        writeln!(
            text,
            "PROBLEM {}..{} {}",
            problem.start, problem.end, problem.text
        )
        .unwrap();
    }
    text
}

/// The outlines lie in `testdata/outlines.txt`; with `OUTLINES=write` they are written anew, to be read before they
/// are committed.
#[test]
fn every_capture_is_told_as_it_was_when_somebody_last_looked() {
    let mut text = String::new();
    for fixture in Fixture::all() {
        writeln!(text, "== {}\n{}", fixture.name, outline(&fixture.dissect())).unwrap();
        let sealed = dissect(&fixture.captured(Secrets::new()), Parties::DIRECT);
        writeln!(text, "-- {} without secrets\n{}", fixture.name, outline(&sealed)).unwrap();
    }
    let path = folder().join("outlines.txt");
    if std::env::var_os("OUTLINES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (line, (found, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", line + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}
