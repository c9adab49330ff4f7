//! What lies far behind in a stream is read again in steps.

use std::io::Write;
use std::sync::Arc;

use capture::export::{MessageLines, Selection};
use capture::message::{MessageFilter, MessagesFrom, PayloadQuestion, WindowQuestion};
use capture::{Exchange, ExchangeState};

use super::{ORIGIN, all, open, previews, send};
use crate::lab::{Lab, ROOMY};

/// Bytes of the first line: more than a step reads.
const LONG: usize = 40 << 20;

/// A stream of lines with a content coding, in which reading begins at its first byte alone: a long line, one that is looked
/// for, and more than are kept of the end.
fn coded(lab: &mut Lab) -> Exchange {
    let fields = [
        ("content-type", "application/x-ndjson"),
        ("content-encoding", "gzip"),
    ];
    let mut stream = open("/lines", 200, &fields);
    lab.tell(&stream);
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(&vec![b'0'; LONG]).unwrap();
    coder.write_all(b"\n\"this\"\n").unwrap();
    coder.write_all(&b"1\n".repeat(1100)).unwrap();
    send(lab, &stream, ORIGIN, coder.finish().unwrap(), 1);
    stream.state = ExchangeState::Done;
    lab.tell(&stream);
    lab.settle();
    stream
}

/// Asks until there is an answer; it and the steps that it took.
fn ask<T>(mut step: impl FnMut() -> Option<T>) -> (T, usize) {
    let mut steps = 1;
    loop {
        match step() {
            Some(answer) => return (answer, steps),
            None => steps += 1,
        }
    }
}

#[test]
fn a_window_and_a_payload_that_are_not_kept_are_read_in_steps() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let stream = coded(&mut lab);
    let messages = all(&lab, &stream, MessageFilter::default());
    assert_eq!(messages.total(), 1102);

    let mut question = WindowQuestion::new(MessagesFrom::Offset(1), 2);
    let (page, steps) = ask(|| question.step(&messages, &lab.store).unwrap());
    assert_eq!((page.offset, previews(&page.items)), (1, vec!["\"this\"", "1"]));
    assert!(steps > 2, "{steps}");

    let filter = MessageFilter {
        from: Some(ORIGIN),
        text: String::new(),
    };
    let matching = all(&lab, &stream, filter);
    let mut question = WindowQuestion::new(MessagesFrom::After(1), 1);
    let (page, steps) = ask(|| question.step(&matching, &lab.store).unwrap());
    assert_eq!((page.offset, previews(&page.items)), (1, vec!["\"this\""]));
    assert!(steps > 3, "counted, then collected: {steps}");

    let mut question = PayloadQuestion::new(1);
    let (found, steps) = ask(|| question.step(&messages, &lab.store).unwrap());
    assert_eq!(found.unwrap().1.len(), LONG);
    assert!(steps > 3, "looked for, then read whole: {steps}");
    lab.close();
}

#[test]
fn a_piece_of_an_export_ends_with_the_step_though_no_message_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    coded(&mut lab);
    let chosen = Selection::Matching("".parse().unwrap());
    let pieces = MessageLines::new(Arc::new(lab.store.clone()), chosen, Arc::default());
    let pieces: Vec<Vec<u8>> = pieces.map(Result::unwrap).collect();
    assert!(pieces[0].is_empty());
    let lines = pieces.concat().iter().filter(|&&byte| byte == b'\n').count();
    assert_eq!(lines, 1102);
    lab.close();
}
