//! What the targets share: an exchange whose bodies are given, and what must hold of the messages in them.

mod schema;
mod store;

use capture::message::{Message, MessageFilter, Messages, MessagesFrom, Schema};
use capture::{Exchange, Fields, Id, RawHead, RequestHead, ResponseHead, Side, Store, Timestamp, Version};

pub use schema::schema;
pub use store::Bodies;

/// Messages whose payloads are read one by one.
const OPENED: u64 = 32;

/// Messages of a window at the most.
const ALL: usize = 1 << 20;

/// Fields of a head.
type Head<'a> = &'a [(&'a str, &'a str)];

/// A request with these fields, answered with this status and these.
pub fn exchange(method: &str, path: &str, request: Head<'_>, status: u16, response: Head<'_>) -> Exchange {
    let pack = |head: Head<'_>| {
        Fields::pack(
            head.iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
        )
    };
    let scheme = if method == "CONNECT" { "tcp" } else { "https" };
    Exchange {
        response: Some(ResponseHead {
            status,
            version: Version::Http11,
            reason: None,
            fields: pack(response),
            made_here: false,
            raw: RawHead::Unknown,
        }),
        ..Exchange::new(
            Id::new(),
            RequestHead {
                method: method.into(),
                scheme,
                host: "example.com".into(),
                port: 443,
                path: path.into(),
                version: Version::Http11,
                fields: pack(request),
                raw: RawHead::Unknown,
            },
            Timestamp::now(),
        )
    }
}

/// Reads the bytes of a side that come in pieces of this length, at once and as they come.
pub fn check(exchange: &Exchange, schema: Option<&Schema>, side: Side, bytes: &[u8], piece: usize) {
    let store = Bodies::new(side, bytes, piece);
    let Some(mut at_once) = Messages::of(exchange, schema, MessageFilter::default()) else {
        return;
    };
    store.all_have_come();
    read_on(&mut at_once, &store);
    let told = window(&at_once, &store);
    assert_eq!(told.len() as u64, at_once.total());
    for (index, message) in told.iter().enumerate() {
        assert_eq!(message.number, index as u64 + 1);
        assert!(message.start <= message.end, "{message:?}");
    }
    for message in told.iter().take(OPENED as usize) {
        let opened = at_once
            .payload(&store, message.number)
            .expect("the store never fails");
        let (again, payload) = opened.expect("it was listed");
        assert_eq!(&again, message);
        assert!(payload.len() as u64 <= message.size, "{message:?}");
    }

    let mut as_they_come = Messages::of(exchange, schema, MessageFilter::default()).expect("it has messages");
    store.none_have_come();
    while store.more_come() {
        read_on(&mut as_they_come, &store);
    }
    assert_eq!(window(&as_they_come, &store), told);

    let filter = MessageFilter {
        from: None,
        text: "a".to_owned(),
    };
    let mut some = Messages::of(exchange, schema, filter).expect("it has messages");
    read_on(&mut some, &store);
    assert_eq!(some.total(), told.len() as u64);
    assert!(window(&some, &store).len() <= told.len());
}

fn read_on(messages: &mut Messages, store: &dyn Store) {
    while messages.read_on(store).expect("the store never fails") {}
}

fn window(messages: &Messages, store: &dyn Store) -> Vec<Message> {
    let window = messages.window(store, MessagesFrom::Offset(0), ALL);
    window.expect("the store never fails").items
}

/// The bit of this number.
pub fn bit(flags: u8, number: u8) -> bool {
    flags >> number & 1 == 1
}

/// The side that a bit stands for.
pub fn side(is_answer: bool) -> Side {
    match is_answer {
        true => Side::Response,
        false => Side::Request,
    }
}
