//! The messages of an exchange, read from a store as they come.

mod calls;
mod gaps;
mod lines;
mod steps;

use std::io::Write;
use std::sync::Arc;

use capture::message::{Message, MessageFilter, Messages, MessagesFrom, Opcode, Schema, Schemas};
use capture::{Event, Exchange, ExchangeState, Fields, Protocol, Side, Store, Version};

use crate::lab::{Lab, ROOMY, answer, connection, get, list};

const CLIENT: Side = Side::Request;
const ORIGIN: Side = Side::Response;

fn send(lab: &Lab, exchange: &Exchange, side: Side, bytes: impl Into<bytes::Bytes>, at_us: u64) {
    lab.send(Event::Body {
        exchange: exchange.id,
        side,
        bytes: bytes.into(),
        at_us: Some(at_us),
    });
}

fn open(path: &str, status: u16, fields: &[(&str, &str)]) -> Exchange {
    let mut exchange = get(&connection("example.com"), path);
    let mut head = answer(status, "text/plain");
    head.fields = Fields::pack(
        fields
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    );
    exchange.response = Some(head);
    exchange.state = ExchangeState::Open;
    exchange
}

fn websocket(extensions: &str) -> Exchange {
    let mut exchange = open("/chat", 101, &[("sec-websocket-extensions", extensions)]);
    exchange.request.fields = Fields::pack([(&b"upgrade"[..], &b"websocket"[..])]);
    exchange
}

fn frame(first: u8, payload: &[u8], is_masked: bool) -> Vec<u8> {
    let mut frame = vec![first];
    let bit = if is_masked { 0x80 } else { 0 };
    if payload.len() < 126 {
        frame.push(bit | payload.len() as u8);
    } else {
        frame.push(bit | 126);
        frame.extend((payload.len() as u16).to_be_bytes());
    }
    if is_masked {
        // A mask of noughts masks nothing.
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

fn read_on(messages: &mut Messages, lab: &Lab) {
    while messages.read_on(&lab.store).unwrap() {}
}

fn all(lab: &Lab, exchange: &Exchange, filter: MessageFilter) -> Messages {
    let (_, exchange) = lab.store.exchange(exchange.id).unwrap().unwrap();
    let mut messages = Messages::of(&exchange, None, filter).expect("it has messages");
    read_on(&mut messages, lab);
    messages
}

fn window(messages: &Messages, lab: &Lab, from: MessagesFrom, limit: usize) -> Vec<Message> {
    messages.window(&lab.store, from, limit).unwrap().items
}

fn previews(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| &*message.preview).collect()
}

#[test]
fn messages_of_both_sides_stand_in_the_order_in_which_they_passed_and_new_ones_come_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut exchange = websocket("");
    lab.tell(&exchange);
    send(&lab, &exchange, CLIENT, frame(0x81, b"hello", true), 1_000);
    send(&lab, &exchange, ORIGIN, frame(0x81, b"and to you", false), 1_500);
    send(
        &lab,
        &exchange,
        CLIENT,
        [frame(0x89, b"", true), frame(0x82, b"\xff\x00", true)].concat(),
        1_700,
    );
    // A message is told when its last byte has passed.
    let long = frame(0x81, &[b'a'; 1000], false);
    send(&lab, &exchange, ORIGIN, long[..500].to_vec(), 2_000);
    lab.settle();
    let mut messages = all(&lab, &exchange, MessageFilter::default());
    let items = window(&messages, &lab, MessagesFrom::After(0), 10);
    assert_eq!(previews(&items), ["hello", "and to you", "", "ff 00"]);
    let told: Vec<_> = items
        .iter()
        .map(|message| {
            (
                message.number,
                message.from,
                message.at_us,
                message.opcode,
                message.size_on_wire,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, CLIENT, Some(1_000), Some(Opcode::Text), 11),
            (2, ORIGIN, Some(1_500), Some(Opcode::Text), 12),
            (3, CLIENT, Some(1_700), Some(Opcode::Ping), 6),
            (4, CLIENT, Some(1_700), Some(Opcode::Binary), 8),
        ]
    );

    send(&lab, &exchange, ORIGIN, long[500..].to_vec(), 9_000);
    send(&lab, &exchange, ORIGIN, frame(0x88, b"\x03\xe8bye", false), 9_900);
    exchange.state = ExchangeState::Done;
    lab.tell(&exchange);
    lab.settle();
    read_on(&mut messages, &lab);
    let page = messages.window(&lab.store, MessagesFrom::End, 2).unwrap();
    assert_eq!(
        (page.total, page.matched, page.offset, page.open),
        (6, 6, 4, false)
    );
    assert_eq!((page.items[0].size, page.items[0].at_us), (1000, Some(9_000)));
    let close = page.items[1].close.as_ref().unwrap();
    assert_eq!(
        (close.code, &*close.reason, &*page.items[1].preview),
        (1000, "bye", "bye")
    );
    let (_, payload) = messages.payload(&lab.store, 5).unwrap().unwrap();
    assert_eq!(payload, vec![b'a'; 1000]);
    assert!(messages.payload(&lab.store, 7).unwrap().is_none());
    assert!(messages.payload(&lab.store, 0).unwrap().is_none());

    let of_client = MessageFilter {
        from: Some(CLIENT),
        text: String::new(),
    };
    let numbers = |messages: &Messages| -> Vec<u64> {
        let items = window(messages, &lab, MessagesFrom::After(1), 10);
        items.iter().map(|message| message.number).collect()
    };
    assert_eq!(numbers(&all(&lab, &exchange, of_client)), [3, 4]);
    let with_text = MessageFilter {
        from: None,
        text: "TO YOU".into(),
    };
    assert_eq!(numbers(&all(&lab, &exchange, with_text)), [2]);
    assert_eq!(list(&lab.store, "protocol:websocket").matched, 1);
    lab.close();
}

/// Deflates messages as a sender with context takeover does.
fn deflated(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut engine = flate2::Compress::new(flate2::Compression::fast(), false);
    let deflate = |message: &Vec<u8>| {
        let mut out = Vec::with_capacity(message.len() * 2 + 100);
        engine
            .compress_vec(message, &mut out, flate2::FlushCompress::Sync)
            .unwrap();
        out.truncate(out.len() - 4);
        out
    };
    messages.iter().map(deflate).collect()
}

/// Messages that hardly compress, so that a stream of them is long on the wire.
fn noise(count: usize, length: usize) -> Vec<Vec<u8>> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut message = |at: usize| {
        let mut bytes = format!("message {at} ").into_bytes();
        while bytes.len() < length {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(state.to_le_bytes().map(|byte| b' ' + byte % 95));
        }
        bytes
    };
    (0..count).map(&mut message).collect()
}

#[test]
fn a_window_anywhere_is_what_reading_from_the_beginning_shows_also_of_compressed_messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    for extensions in ["", "permessage-deflate"] {
        let exchange = websocket(extensions);
        lab.tell(&exchange);
        let sent = noise(6000, 400);
        let coded = if extensions.is_empty() {
            sent.clone()
        } else {
            deflated(&sent)
        };
        let first = if extensions.is_empty() { 0x82 } else { 0xc2 };
        for (at, message) in coded.iter().enumerate() {
            let at_us = at as u64 * 2_000;
            send(&lab, &exchange, ORIGIN, frame(first, message, false), at_us);
            if at % 3 == 0 {
                send(&lab, &exchange, CLIENT, frame(0x81, b"ack", true), at_us + 1);
            }
        }
        lab.settle();
        let messages = all(&lab, &exchange, MessageFilter::default());
        assert_eq!(
            messages.window(&lab.store, MessagesFrom::End, 0).unwrap().total,
            8000
        );
        for offset in [0, 1, 999, 4000, 6500, 7990] {
            let items = window(&messages, &lab, MessagesFrom::Offset(offset), 5);
            let numbers: Vec<u64> = items.iter().map(|message| message.number).collect();
            assert_eq!(numbers, (offset + 1..offset + 6).collect::<Vec<_>>());
            for message in items {
                // Of four messages the second is the client's.
                let (round, place) = ((message.number - 1) / 4, (message.number - 1) % 4);
                assert_eq!(message.from == CLIENT, place == 1, "{}", message.number);
                let (_, payload) = messages.payload(&lab.store, message.number).unwrap().unwrap();
                let nth = round * 3 + place.saturating_sub(1);
                let expected = if place == 1 {
                    &b"ack"[..]
                } else {
                    &sent[nth as usize]
                };
                assert!(payload == expected, "{} of {extensions:?}", message.number);
                assert_eq!(message.problem, None);
            }
        }
        let one = MessageFilter {
            from: None,
            text: "message 4321 ".into(),
        };
        let found = window(&all(&lab, &exchange, one), &lab, MessagesFrom::After(0), 5);
        assert_eq!(found.len(), 1);
        let half = MessageFilter {
            from: Some(ORIGIN),
            text: "message".into(),
        };
        let half = all(&lab, &exchange, half);
        let items = window(&half, &lab, MessagesFrom::Offset(1234), 2);
        assert_eq!(
            items[0].number,
            1 + 1234 + 1234u64.div_ceil(3),
            "far from the end"
        );
        let after = window(&half, &lab, MessagesFrom::After(items[0].number), 1);
        assert_eq!(after[0], items[1]);
    }
    lab.close();
}

#[test]
fn events_of_a_compressed_stream_are_told_as_they_are_flushed() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let fields = [
        ("content-type", "text/event-stream"),
        ("content-encoding", "gzip"),
    ];
    let mut exchange = open("/events", 200, &fields);
    lab.tell(&exchange);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut flushed = |text: &str| {
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.flush().unwrap();
        std::mem::take(gzip.get_mut())
    };
    let first = flushed("event: tick\nid: 1\ndata: one\n\n");
    // The head of gzip comes in two pieces.
    send(&lab, &exchange, ORIGIN, first[..4].to_vec(), 1_000);
    send(&lab, &exchange, ORIGIN, first[4..].to_vec(), 5_000);
    lab.settle();
    let mut messages = all(&lab, &exchange, MessageFilter::default());
    let item = window(&messages, &lab, MessagesFrom::End, 5).remove(0);
    assert_eq!(
        (item.event.as_deref(), item.id.as_deref(), item.at_us),
        (Some("tick"), Some("1"), Some(5_000))
    );
    send(&lab, &exchange, ORIGIN, flushed("data: two\n\ndata: left"), 9_000);
    lab.settle();
    read_on(&mut messages, &lab);
    let items = window(&messages, &lab, MessagesFrom::After(1), 5);
    assert_eq!((previews(&items), items[0].at_us), (vec!["two"], Some(9_000)));
    exchange.state = ExchangeState::Done;
    lab.tell(&exchange);
    lab.settle();
    read_on(&mut messages, &lab);
    let page = messages.window(&lab.store, MessagesFrom::After(2), 5).unwrap();
    assert_eq!((page.matched, &*page.items[0].preview), (3, "left"));
    assert!(page.items[0].problem.is_some());
    assert_eq!(page.problem.as_deref(), Some("the gzip coding ends early"));
    lab.close();
}

fn call(path: &str, media_type: &str) -> Exchange {
    let mut exchange = open(path, 200, &[("content-type", media_type)]);
    exchange.request.fields = Fields::pack([(&b"content-type"[..], media_type.as_bytes())]);
    exchange.request.method = "POST".into();
    exchange.request.version = Version::Http2;
    exchange
}

fn framed(flags: u8, payload: &[u8]) -> Vec<u8> {
    [&[flags][..], &(payload.len() as u32).to_be_bytes(), payload].concat()
}

#[test]
fn opaque_bytes_are_told_in_bursts() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut exchange = get(&connection("db.example"), "");
    exchange.request.method = "CONNECT".into();
    exchange.request.scheme = "tcp";
    exchange.response = None;
    exchange.state = ExchangeState::Open;
    lab.tell(&exchange);
    for (side, bytes, at_us) in [
        (CLIENT, &b"\0\0\0\x08\x04\xd2"[..], 10),
        (CLIENT, b"\x16/", 500),
        (ORIGIN, b"N", 900),
        (CLIENT, b"Q", 5_000),
    ] {
        send(&lab, &exchange, side, bytes, at_us);
    }
    lab.settle();
    let messages = all(&lab, &exchange, MessageFilter::default());
    let items = window(&messages, &lab, MessagesFrom::After(0), 9);
    assert_eq!(previews(&items), ["00 00 00 08 04 d2 16 2f", "N", "Q"]);
    let row = &list(&lab.store, "scheme:tcp").items[0];
    assert_eq!((row.protocol, &*row.scheme), (Protocol::Opaque, "tcp"));
    lab.close();
}

#[test]
fn a_step_of_reading_ends_however_much_few_bytes_inflate_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let exchange = websocket("permessage-deflate; server_no_context_takeover");
    lab.tell(&exchange);
    // Of 8 MiB each, and some kilobytes on the wire.
    let bomb = deflated(&[vec![0; 8 << 20]]).remove(0);
    for at_us in 0..8 {
        send(&lab, &exchange, ORIGIN, frame(0xc2, &bomb, false), at_us);
    }
    lab.settle();
    let (_, exchange) = lab.store.exchange(exchange.id).unwrap().unwrap();
    let mut messages = Messages::of(&exchange, None, MessageFilter::default()).unwrap();
    let total = |messages: &Messages| messages.window(&lab.store, MessagesFrom::End, 0).unwrap().total;
    let mut steps = vec![0];
    while messages.read_on(&lab.store).unwrap() {
        steps.push(total(&messages));
    }
    assert!(steps.len() > 2, "{steps:?}");
    assert!(
        steps.is_sorted_by(|before, after| after - before <= 5),
        "{steps:?}"
    );
    assert_eq!(total(&messages), 8);
    for message in window(&messages, &lab, MessagesFrom::After(0), 8) {
        assert_eq!((message.size, message.problem), (8 << 20, None));
    }
    lab.close();
}
