use super::*;
use crate::registry::Entry;

fn read(
    bytes: &[u8],
    budget: usize,
    parse: impl FnOnce(&mut Scribe<'_>) -> Read,
) -> (Vec<Field>, Option<Problem>) {
    let mut ledger = Ledger::new(budget);
    let mut scribe = Scribe::new(bytes, &mut ledger);
    let _ = parse(&mut scribe);
    (scribe.done(), ledger.problems.into_iter().next())
}

fn outline(fields: &[Field]) -> String {
    let one = |f: &Field| {
        let parts = if f.fields.is_empty() {
            String::new()
        } else {
            format!("[{}]", outline(&f.fields))
        };
        format!(
            "{} {}..{}+{} {}{parts}",
            f.name, f.start, f.end, f.prefix, f.value
        )
    };
    fields.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn parse(s: &mut Scribe<'_>) -> Read {
    s.u8("kind", |n| n.to_string())?;
    s.list(1, "list", "entry", |s| s.text(1, "name"))?;
    s.opaque("end", 1).map(drop)
}

#[test]
fn a_structure_is_written_with_every_range() {
    let (fields, problem) = read(&[7, 5, 1, b'a', 2, b'\n', b'c', 9], 99, parse);
    assert_eq!(
        outline(&fields),
        "kind 0..1+0 7; list 1..7+1 2 entries[name 2..4+1 a; name 4..7+1 \\nc]; end 7..8+0 09"
    );
    assert_eq!(problem, None);
}

#[test]
fn a_fault_inside_a_vector_is_told_and_reading_goes_on_behind_it() {
    let (fields, problem) = read(&[7, 4, 1, b'a', 9, b'c', 9], 99, parse);
    assert_eq!(
        outline(&fields),
        "kind 0..1+0 7; list 1..6+1 malformed[name 2..4+1 a; name 4..6+1 c]; end 6..7+0 09"
    );
    assert_eq!(
        problem,
        Some(Problem {
            start: 4,
            end: 6,
            text: "name says that it is 9 bytes long, and 1 are left".into()
        })
    );
}

#[test]
fn what_is_cut_short_yields_what_is_there() {
    let (fields, problem) = read(&[7, 4, 1, b'a'], 99, parse);
    assert_eq!(
        outline(&fields),
        "kind 0..1+0 7; list 1..4+1 1 entry[name 2..4+1 a]"
    );
    assert_eq!(
        problem.map(|p| p.text),
        Some("list says that it is 4 bytes long, and 2 are left".into())
    );
    let (_, problem) = read(&[7], 99, parse);
    assert_eq!(
        problem.map(|p| p.text),
        Some("it ends in the middle of list".into())
    );
}

#[test]
fn a_vector_that_holds_too_much_tells_what_is_left_over() {
    let (fields, problem) = read(&[2, 1, 5], 99, |s| {
        s.vector(1, "two", |s| s.u8("one", |n| n.to_string()).map(|_| "x"))
    });
    assert_eq!(
        outline(&fields),
        "two 0..3+1 x[one 1..2+0 1; left_over 2..3+0 05]"
    );
    assert_eq!(problem.map(|p| p.text), Some("1 byte left over in two".into()));
}

#[test]
fn a_message_cannot_make_more_fields_than_its_budget() {
    let many = [[0xff, 0xfe].as_slice(), &[0; 0xfffe]].concat();
    let list = |s: &mut Scribe<'_>| s.list(2, "list", "number", |s| s.listed(Entry::other).map(drop));
    let (fields, problem) = read(&many, 10, list);
    // Nine numbers, and the rest unread.
    assert_eq!(fields.iter().map(|f| f.fields.len()).sum::<usize>(), 10);
    assert_eq!(
        problem.map(|p| p.text),
        Some("there are more fields than are told".into())
    );
}

#[test]
fn a_header_cut_in_its_middle_leaves_its_bytes_to_be_named() {
    let mut ledger = Ledger::new(9);
    let bytes = [0, 51, 0];
    let mut scribe = Scribe::new(&bytes, &mut ledger);
    let start = scribe.position();
    assert_eq!(scribe.header_u16("an extension's type"), Ok(51));
    let read = scribe.framed(start, 2, "key_share".into(), |_| Ok(String::new()));
    assert_eq!(read, Err(Stop));
    scribe.give_up();
    assert_eq!(outline(&scribe.done()), "unread 0..3+0 003300");
}
