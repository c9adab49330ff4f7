use proptest::prelude::*;

use super::*;

/// A frame as a side sends it.
pub(super) fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(bit | length as u8),
        length @ 126..65536 => {
            frame.push(bit | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(bit | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
    frame
}

fn read(from: Side, agreed: Option<Deflate>, pieces: &[&[u8]]) -> Vec<Found> {
    let mut frames = Frames::new(from, agreed, 1 << 20, &Resume::default());
    let mut found = Vec::new();
    for mut piece in pieces.iter().copied() {
        while let Some(message) = frames.next(&mut piece) {
            found.push(message);
        }
    }
    while let Some(message) = frames.end(End::OfStream) {
        found.push(message);
    }
    found
}

fn from_server(stream: &[u8]) -> Vec<Found> {
    read(Side::Response, None, &[stream])
}

fn problem(stream: &[u8]) -> String {
    from_server(stream).remove(0).problem.unwrap()
}

fn told(found: &Found) -> (Option<Opcode>, &[u8], u64) {
    (found.opcode, &found.payload, found.on_wire)
}

#[test]
fn the_examples_of_the_rfc() {
    // Section 5.7.
    let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let found = read(Side::Request, None, &[masked]);
    assert_eq!(
        (found.len(), told(&found[0])),
        (1, (Some(Opcode::Text), &b"Hello"[..], 11))
    );
    let stream = b"\x01\x03Hel\x89\x05Hello\x80\x02lo\x8a\x05Hello";
    let found = from_server(stream);
    let all: Vec<_> = found.iter().map(told).collect();
    assert_eq!(
        all,
        [
            (Some(Opcode::Ping), &b"Hello"[..], 7),
            (Some(Opcode::Text), b"Hello", 9),
            (Some(Opcode::Pong), b"Hello", 7)
        ]
    );
    assert_eq!(
        (found[1].start, found[1].end),
        (0, 16),
        "control frames between are inside it"
    );
    assert!(found.iter().all(|found| found.problem.is_none()));
}

#[test]
fn what_the_rfc_forbids_is_told_with_its_place() {
    for (stream, expected) in [
        (
            frame(0xc1, b"a", None),
            "its frame at byte 0 has RSV1 set, and no extension that was agreed on gives that a meaning here",
        ),
        (
            frame(0xb1, b"a", None),
            "its frame at byte 0 has RSV2 and RSV3 set, and no extension that was agreed on gives that a meaning here",
        ),
        (
            frame(0x83, b"a", None),
            "its frame at byte 0 has the opcode 0x3, which is reserved",
        ),
        (
            frame(0x8b, b"a", None),
            "its frame at byte 0 has the opcode 0xb, which is reserved",
        ),
        (
            frame(0x89, &[0; 126], None),
            "a control frame of 126 bytes, where 125 are the most",
        ),
        (frame(0x09, b"a", None), "a control frame in fragments"),
        (
            frame(0x80, b"a", None),
            "it goes on with a message that was not begun",
        ),
        (
            frame(0x81, b"a", Some([1; 4])),
            "its frame at byte 0 is masked, as a server's must not be",
        ),
        (frame(0x81, b"ab\xff", None), "its text is not UTF-8 at byte 2"),
        (
            b"\x81\x7e\0\x01a".to_vec(),
            "its frame at byte 0 tells the length 1 in a form that is not its own",
        ),
        (
            frame(0x88, b"\x03\xed", None),
            "the close code 1005 is not one that may be sent",
        ),
        (
            b"\x81\x05ab".to_vec(),
            "the stream ends 3 bytes before the end of this frame",
        ),
        (
            frame(0x01, b"a", None),
            "the stream ends before the last frame of this message",
        ),
        (b"\x81".to_vec(), "the stream ends inside the head of a frame"),
    ] {
        assert_eq!(problem(&stream), expected);
    }
    let unmasked = read(Side::Request, None, &[&frame(0x82, b"a", None)]);
    assert_eq!(
        unmasked[0].problem.as_deref(),
        Some("its frame at byte 0 is not masked, as a client's must be")
    );
}

#[test]
fn a_message_that_another_cuts_off_is_told_before_it() {
    let found = from_server(&[frame(0x01, b"one", None), frame(0x81, b"two", None)].concat());
    assert_eq!(told(&found[0]), (Some(Opcode::Text), &b"one"[..], 5));
    assert_eq!(
        found[0].problem.as_deref(),
        Some("another message begins at byte 5, before this one has ended")
    );
    assert_eq!(
        (told(&found[1]), &found[1].problem),
        ((Some(Opcode::Text), &b"two"[..], 5), &None)
    );
}

#[test]
fn a_compressed_message_in_fragments_is_inflated() {
    // "Hello", compressed (RFC 7692 section 7.2.3.1), in two fragments.
    let stream = b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00";
    let agreed = Some(Deflate { takeover: true });
    let found = read(Side::Response, agreed, &[stream]);
    assert_eq!(told(&found[0]), (Some(Opcode::Text), &b"Hello"[..], 11));
    assert!(found[0].compressed && found[0].problem.is_none());
    // And again, by what was said before (section 7.2.3.2).
    let again = [&stream[..], b"\xc1\x05\xf2\x00\x11\x00\x00"].concat();
    let found = read(Side::Response, agreed, &[&again]);
    assert_eq!(told(&found[1]), (Some(Opcode::Text), &b"Hello"[..], 7));
}

/// A head that tells of the longest payload that it has digits for.
const ENDLESS: &[u8] = b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff";

#[test]
fn a_length_without_end_is_told() {
    assert!(problem(ENDLESS).contains("tells the length 18446744073709551615 in a form that is not its own"));
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop::sample::select(vec![
        0x81u8, 0x82, 0x01, 0x02, 0x80, 0x00, 0x88, 0x89, 0x8a, 0xc1, 0x93,
    ]);
    let payload = prop::collection::vec(any::<u8>(), 0..140);
    let frame = (first, payload, any::<bool>())
        .prop_map(|(first, payload, masked)| frame(first, &payload, masked.then_some([1, 2, 3, 4])));
    prop_oneof![9 => frame, 1 => Just(ENDLESS.to_vec())]
}

proptest! {
    #[test]
    fn every_split_reads_the_same(frames in prop::collection::vec(any_frame(), 0..6), tail in prop::collection::vec(any::<u8>(), 0..5), split in 0usize..400) {
        let mut stream = frames.concat();
        stream.extend(tail);
        let agreed = Some(Deflate { takeover: true });
        let whole = read(Side::Request, agreed, &[&stream]);
        let (first, second) = stream.split_at(split.min(stream.len()));
        prop_assert_eq!(&read(Side::Request, agreed, &[first, second]), &whole);
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&read(Side::Request, agreed, &bytes), &whole);
    }

    #[test]
    fn reading_begins_again_wherever_it_stands(frames in prop::collection::vec(any_frame(), 0..6), split in 0usize..400) {
        let stream = frames.concat();
        let whole = read(Side::Request, None, &[&stream]);
        let (mut first, _) = stream.split_at(split.min(stream.len()));
        let mut reader = Frames::new(Side::Request, None, 1 << 20, &Resume::default());
        let mut found = Vec::new();
        while let Some(message) = reader.next(&mut first) {
            found.push(message);
        }
        let resume = reader.resume().unwrap();
        let mut again = Frames::new(Side::Request, None, 1 << 20, &resume);
        let mut rest = &stream[resume.position as usize..];
        while let Some(message) = again.next(&mut rest) {
            found.push(message);
        }
        while let Some(message) = again.end(End::OfStream) {
            found.push(message);
        }
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for from in [Side::Request, Side::Response] {
            let _ = read(from, Some(Deflate { takeover: true }), &[&bytes]);
        }
    }
}
