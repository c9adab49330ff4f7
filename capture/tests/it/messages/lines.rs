//! Messages as lines of JSON.

use std::sync::Arc;

use capture::export::{MessageLines, Selection};
use serde_json::{Value, json};

use super::{CLIENT, ORIGIN, frame, open, send, websocket};
use crate::lab::{Lab, ROOMY};

/// All that is exported.
fn exported(lab: &Lab) -> Vec<Value> {
    let mut written = Vec::new();
    let chosen = Selection::Matching("".parse().unwrap());
    MessageLines::new(Arc::new(lab.store.clone()), chosen, Arc::default())
        .write_to(&mut written)
        .unwrap();
    let lines = written.split(|&byte| byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[test]
fn messages_are_exported_as_lines_of_json() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let chat = websocket("");
    lab.tell(&chat);
    send(&lab, &chat, CLIENT, frame(0x81, b"hello", true), 1_000);
    send(&lab, &chat, ORIGIN, frame(0x82, &[0, 255], false), 1_500);
    // It has none, and so no line.
    lab.tell(&open("/page", 200, &[]));
    lab.settle();
    let lines = exported(&lab);
    let line = |number, from, at_us, size, on_wire, opcode, name: &str, payload| {
        json!({"exchange": chat.id.to_string(), "url": "https://example.com/chat", "protocol": "websocket",
            "number": number, "from": from, "at_us": at_us, "size": size, "size_on_wire": on_wire,
            "opcode": opcode, name: payload})
    };
    assert_eq!(
        lines,
        [
            line(1, "client", 1_000, 5, 11, "text", "text", "hello"),
            line(2, "origin", 1_500, 2, 4, "binary", "base64", "AP8="),
        ]
    );
}

#[test]
fn text_that_is_cut_inside_a_character_is_text() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let events = open("/events", 200, &[("content-type", "text/event-stream")]);
    lab.tell(&events);
    // One of them is cut inside a character, wherever that is.
    let texts = ["", "a"].map(|before| format!("{before}{}", "\u{e9}".repeat(1 << 20)));
    for text in &texts {
        send(&lab, &events, ORIGIN, format!("data: {text}\n\n"), 1_000);
    }
    lab.settle();
    let lines = exported(&lab);
    assert_eq!(lines.len(), texts.len());
    for (line, text) in lines.iter().zip(&texts) {
        assert_eq!((&line["size"], &line["cut"]), (&json!(text.len()), &json!(true)));
        let told = line["text"].as_str().unwrap();
        assert!(
            told.len() > (1 << 20) - 20 && text.starts_with(told),
            "{}",
            told.len()
        );
    }
    lab.close();
}
