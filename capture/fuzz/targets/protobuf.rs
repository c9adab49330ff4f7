#![no_main]
//! Messages of protobuf, by wire type, by a schema, and as the details of a call that failed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use capture::message::{MessageFilter, Messages, ProtobufField, status_details};
use capture::{Fields, Side};
use capture_fuzz::{exchange, schema};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let head = [("content-type", "application/grpc")];
    let mut exchange = exchange("POST", "/fuzz.Calls/Call", &head, 200, &head);
    for schema in [None, Some(schema())] {
        let messages = Messages::of(&exchange, schema, MessageFilter::default()).expect("it has messages");
        let fields = messages.conversation().protobuf(Side::Request, payload);
        tile(&fields, 0, payload.len() as u64);
    }
    let details = BASE64_STANDARD.encode(payload);
    exchange.response_trailers = Some(Fields::pack([(
        &b"grpc-status-details-bin"[..],
        details.as_bytes(),
    )]));
    let fields = status_details(&exchange, schema()).expect("they are there");
    tile(&fields, 0, payload.len() as u64);
});

/// Fields name every byte from here to there, and what lies in them lies within them.
fn tile(fields: &[ProtobufField], start: u64, end: u64) {
    let mut at = start;
    for field in fields {
        let [begin, behind] = field.range;
        assert_eq!(begin, at, "{field:?}");
        assert!(begin <= behind && behind <= end, "{field:?}");
        for child in &field.children {
            assert!(
                child.range[0] >= begin && child.range[1] <= behind,
                "{child:?} in {field:?}"
            );
        }
        at = behind;
    }
    assert_eq!(at, end);
}
