use super::*;
use crate::Problem;
use crate::scribe::Ledger;

/// What is read of bytes: `name start..end+prefix value`, and the problems.
fn read(bytes: &[u8], parse: impl FnOnce(&mut Scribe<'_>) -> Read) -> (String, Vec<String>) {
    fn outline(fields: &[crate::Field]) -> String {
        let one = |f: &crate::Field| {
            let parts = match f.fields.is_empty() {
                true => String::new(),
                false => format!("[{}]", outline(&f.fields)),
            };
            format!(
                "{} {}..{}+{} {}{parts}",
                f.name, f.start, f.end, f.prefix, f.value
            )
        };
        fields.iter().map(one).collect::<Vec<_>>().join("; ")
    }
    let mut ledger = Ledger::new(99);
    let mut scribe = Scribe::new(bytes, &mut ledger);
    let _ = parse(&mut scribe);
    scribe.give_up();
    let fields = scribe.done();
    let tell = |problem: &Problem| format!("{}..{} {}", problem.start, problem.end, problem.text);
    (outline(&fields), ledger.problems.iter().map(tell).collect())
}

fn unknown(bytes: &[u8]) -> (String, Vec<String>) {
    read(bytes, |s| s.unknown("it"))
}

#[test]
fn an_element_of_any_kind_is_a_tree_named_by_types() {
    let bytes = [0x30, 11, 2, 1, 5, 1, 1, 0xff, 0xa0, 3, 0x0c, 1, b'a'];
    let (told, problems) = unknown(&bytes);
    assert_eq!(
        told,
        "it 0..13+2 3 parts[integer 2..5+2 5; boolean 5..8+2 TRUE; context_0 8..13+2 1 part[utf8_string 10..13+2 a]]"
    );
    assert_eq!(problems, [""; 0]);
}

#[test]
fn a_length_that_is_not_in_its_shortest_form_is_told_and_read() {
    let (told, problems) = unknown(&[2, 0x82, 0, 1, 5]);
    assert_eq!(told, "it 0..5+4 5");
    assert_eq!(
        problems,
        ["1..4 the length of it is not in its shortest form, as DER wants"]
    );
    assert_eq!(unknown(&[2, 0x81, 1, 5]).1.len(), 1);
}

#[test]
fn a_length_that_is_not_definite_is_told_and_read() {
    let (told, problems) = unknown(&[0x30, 0x80, 2, 1, 5, 0, 0]);
    assert_eq!(
        told,
        "it 0..7+2 2 parts[integer 2..5+2 5; end_of_contents 5..7+2 empty]"
    );
    assert_eq!(problems, ["1..2 it has no definite length, as DER wants"]);
}

#[test]
fn an_element_that_promises_too_much_is_told_as_far_as_it_goes() {
    let (told, problems) = unknown(&[0x30, 9, 2, 1, 5]);
    assert_eq!(told, "it 0..5+2 1 part[integer 2..5+2 5]");
    assert_eq!(problems, ["0..5 it says that it is 9 bytes long, and 3 are left"]);
    let (told, problems) = unknown(&[0x30, 0xff, 1]);
    assert_eq!(told, "unread 0..3+0 30ff01");
    assert_eq!(problems, ["2..3 it ends in the middle of it"]);
    let (_, problems) = unknown(&[&[4, 0x8a][..], &[0xff; 10]].concat());
    assert_eq!(
        problems,
        [format!(
            "0..12 it says that it is {} bytes long, and 0 are left",
            usize::MAX
        )]
    );
}

#[test]
fn an_element_of_another_type_is_told_as_what_it_is() {
    let (told, problems) = read(&[2, 1, 5, 5, 0], |s| {
        s.element(tag::SEQUENCE, "list", |s| Ok(s.own_values()))?;
        s.null("nothing")
    });
    assert_eq!(told, "list 0..3+2 5; nothing 3..5+2 NULL");
    assert_eq!(
        problems,
        ["0..1 list should be of type SEQUENCE, and is of type INTEGER"]
    );
    let (_, problems) = read(&[0x81, 0], |s| s.octets(tag::OCTET_STRING, "bytes"));
    assert_eq!(
        problems,
        ["0..1 bytes should be of type OCTET STRING, and is of type [1]"]
    );
}

#[test]
fn a_wrapper_and_what_it_wraps_are_one_field() {
    let number = |s: &mut Scribe<'_>| s.integer(tag::INTEGER, "number");
    let (told, _) = read(&[0xa0, 3, 2, 1, 7], |s| {
        s.wrapped(tag::constructed(0), "number", number)
    });
    assert_eq!(told, "number 0..5+4 7");
    let (told, problems) = read(&[0xa0, 4, 2, 1, 7, 9], |s| {
        s.wrapped(tag::constructed(0), "number", number)
    });
    assert_eq!(told, "number 0..6+2 7[number 2..5+2 7; left_over 5..6+0 09]");
    assert_eq!(problems, ["5..6 1 byte left over in number"]);
}

#[test]
fn nesting_ends_somewhere() {
    let mut bytes = vec![];
    for _ in 0..60 {
        bytes = [&[0x30, bytes.len() as u8][..], &bytes].concat();
    }
    let (told, problems) = unknown(&bytes);
    assert_eq!(told.matches("sequence").count(), 16);
    assert!(told.contains("nested too deeply: 3054"), "{told}");
    assert_eq!(problems, [""; 0]);
}

#[test]
fn numbers_are_told_with_what_der_forbids() {
    assert_eq!(unknown(&[2, 1, 0xff]).0, "it 0..3+2 -1");
    assert_eq!(
        unknown(&[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]).0,
        "it 0..11+2 010000000000000000"
    );
    assert_eq!(
        unknown(&[2, 2, 0, 5]).1,
        ["2..4 a number that is not in its shortest form, as DER wants"]
    );
    assert_eq!(
        unknown(&[2, 2, 0xff, 0x80]).1,
        ["2..4 a number that is not in its shortest form, as DER wants"]
    );
    assert_eq!(unknown(&[2, 2, 0, 0x80]), ("it 0..4+2 128".into(), vec![]));
    assert_eq!(unknown(&[2, 0]).1, ["2..2 a number of no bytes"]);
    let (told, problems) = read(&[1, 1, 7], |s| s.boolean("yes").map(drop));
    assert_eq!(
        (&told[..], &problems[..]),
        (
            "yes 0..3+2 TRUE",
            &["2..3 yes is neither 00 nor ff".to_owned()][..]
        )
    );
}

#[test]
fn times_are_told_in_utc() {
    let time = |found: u8, text: &str| unknown(&[&[found, text.len() as u8], text.as_bytes()].concat());
    assert_eq!(
        time(tag::UTC_TIME, "500101000000Z").0,
        "it 0..15+2 1950-01-01 00:00:00 UTC"
    );
    assert_eq!(
        time(tag::UTC_TIME, "491231235959Z").0,
        "it 0..15+2 2049-12-31 23:59:59 UTC"
    );
    assert_eq!(
        time(tag::GENERALIZED_TIME, "99991231235959Z").0,
        "it 0..17+2 9999-12-31 23:59:59 UTC"
    );
    for (found, text) in [
        (tag::UTC_TIME, "5001010000Z"),
        (tag::UTC_TIME, "501301000000Z"),
        (tag::UTC_TIME, "500101000000+0100"),
        (tag::GENERALIZED_TIME, "20261121123714.5Z"),
    ] {
        let (told, problems) = time(found, text);
        assert!(told.ends_with(text), "{told}");
        assert_eq!(problems.len(), 1, "{text}");
    }
}

#[test]
fn a_time_is_so_many_seconds() {
    let mut seconds = None;
    read(b"\x17\x0d261121123714Z", |s| {
        seconds = s.time("when")?;
        Ok(())
    });
    assert_eq!(seconds, Some(1_795_264_634));
    read(b"\x18\x0f19691231235959Z", |s| {
        seconds = s.time("when")?;
        Ok(())
    });
    assert_eq!(seconds, Some(-1));
}

#[test]
fn flags_are_told_by_name() {
    let flags = |bytes: &[u8]| read(bytes, |s| s.flags(tag::BIT_STRING, "flags", &["first", "second"]));
    assert_eq!(
        flags(&[3, 2, 5, 0xa0]).0,
        "flags 0..4+2 first, bit 2[unused_bits 2..3+0 5; bits 3..4+0 first, bit 2]"
    );
    assert_eq!(flags(&[3, 1, 0]).0, "flags 0..3+2 none[unused_bits 2..3+0 0]");
    assert_eq!(
        flags(&[3, 1, 1]).1,
        ["2..3 a bit string leaves more bits unused than it has"]
    );
    assert_eq!(flags(&[3, 0]).1, ["2..2 it ends in the middle of unused_bits"]);
}

#[test]
fn text_that_is_not_what_it_says_is_told() {
    assert_eq!(unknown(b"\x1e\x04\x00a\x20\xac").0, "it 0..6+2 a\u{20ac}");
    assert_eq!(unknown(b"\x1c\x04\x00\x01\xf6\x00").0, "it 0..6+2 \u{1f600}");
    assert_eq!(unknown(b"\x14\x02\xe4\x07").0, "it 0..4+2 \u{e4}\\u{7}");
    assert_eq!(unknown(b"\x0c\x01\xff").1, ["2..3 text that is not UTF-8"]);
    assert_eq!(unknown(b"\x16\x01\xff").1, ["2..3 text that is not ASCII"]);
}
