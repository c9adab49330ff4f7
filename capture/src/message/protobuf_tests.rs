use super::*;
use proptest::prelude::*;

fn tree(payload: &[u8]) -> Vec<ProtobufField> {
    Protobuf::default().tree(payload)
}

fn told(fields: &[ProtobufField]) -> Vec<(u32, &str, &str, [u64; 2])> {
    let tell = |field: &ProtobufField| (field.number, field.kind.clone(), field.value.clone(), field.range);
    fields
        .iter()
        .map(|field| {
            let (number, _, _, range) = tell(field);
            (number, field.kind.as_str(), field.value.as_str(), range)
        })
        .collect()
}

#[test]
fn each_wire_type_is_told_with_its_place() {
    let payload = b"\x08\x96\x01\x12\x07testing\x1d\xdb\x0f\x49\x40\x21\0\0\0\0\0\0\xf0\x3f\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    assert_eq!(
        told(&tree(payload)),
        [
            (1, "varint", "150", [0, 3]),
            (2, "string", "testing", [3, 12]),
            (3, "fixed32", "3.1415927 (1078530011)", [12, 17]),
            (4, "fixed64", "1 (4607182418800017408)", [17, 26]),
            (5, "varint", "-1 (18446744073709551615)", [26, 37]),
        ]
    );
}

#[test]
fn what_bytes_are_is_guessed() {
    let nested = tree(b"\x0a\x05\x0a\x03abc");
    assert_eq!(nested[0].kind, "message");
    assert_eq!(told(&nested[0].children), [(1, "string", "abc", [2, 7])]);
    assert_eq!(tree(b"\x0a\x03\x01\x02\x03")[0].value, "1, 2, 3");
    assert_eq!(
        told(&tree(b"\x0a\x03\xff\xfe\xfd")),
        [(1, "bytes", "fffefd", [0, 5])]
    );
    assert_eq!(told(&tree(b"\x0a\0")), [(1, "string", "", [0, 2])]);
    let group = tree(b"\x0b\x10\x05\x0c\x18\x01");
    assert_eq!((group[0].kind.as_str(), group[0].range), ("group", [0, 4]));
    assert_eq!(told(&group[0].children), [(2, "varint", "5", [1, 3])]);
    assert_eq!(group[1].number, 3);
}

#[test]
fn what_is_malformed_is_told_with_its_range() {
    for (payload, problem) in [
        (&b"\x08"[..], "a varint is not whole"),
        (b"\x0a\x05ab", "a field goes on behind the end"),
        (b"\x00\x00", "the number of a field is nought, or too large"),
        (b"\x0c", "a group ends that was not begun"),
        (b"\x0e", "the wire type is not one"),
    ] {
        let fields = tree(payload);
        assert_eq!(
            told(&fields),
            [(0, "malformed", problem, [0, payload.len() as u64])],
            "{payload:?}"
        );
    }
}

#[test]
fn a_payload_is_told_on_one_line() {
    assert_eq!(
        Protobuf::default().brief(b"\x08\x01\x12\x02hi\x1a\x04\x0a\x02ok"),
        "1: 1 2: \"hi\" 3 {1: \"ok\"}"
    );
}

#[test]
fn a_payload_that_lies_in_itself_without_end_is_bounded() {
    let mut payload = Vec::new();
    for _ in 0..200 {
        let mut outer = vec![0x0a];
        let mut length = payload.len();
        while length >= 0x80 {
            outer.push(length as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend(&payload);
        payload = outer;
    }
    let mut depth = 0;
    let fields = tree(&payload);
    let mut inner = &fields;
    while let Some(first) = inner.first() {
        depth += 1;
        inner = &first.children;
    }
    assert!(depth <= DEPTH + 1, "{depth}");
}

#[test]
#[cfg(target_os = "linux")]
fn of_millions_of_packed_numbers_the_first_are_told() {
    // A length of 4 MiB, and as many noughts.
    let payload = [&b"\x0a\x80\x80\x80\x02"[..], &vec![0; 4 << 20]].concat();
    let before = crate::test_support::peak_memory();
    let field = tree(&payload).remove(0);
    let grown = crate::test_support::peak_memory() - before;
    assert_eq!((&*field.kind, field.value.len()), ("packed", 4099));
    assert!(field.value.starts_with("0, 0, ") && field.value.ends_with("..."));
    assert!(grown < 128 << 20, "{grown} bytes of memory");
}

proptest! {
    #[test]
    fn anything_is_told_from_its_first_byte_to_its_last(payload in prop::collection::vec(prop_oneof![any::<u8>(), 0u8..40], 0..200)) {
        let fields = tree(&payload);
        let mut at = 0;
        for field in &fields {
            prop_assert_eq!(field.range[0], at);
            at = field.range[1];
        }
        prop_assert_eq!(at, payload.len() as u64);
        let _ = Protobuf::default().brief(&payload);
    }
}
