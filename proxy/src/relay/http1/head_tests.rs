//! Heads: what is read of them, what is refused, and that nothing depends on how they come.

use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: 1 << 16,
    fields: 20,
};

fn request(head: &str) -> Result<Request, BadMessage> {
    Request::read(Bytes::copy_from_slice(head.as_bytes()), BOUNDS)
}

fn response(head: &str) -> Result<Response, BadMessage> {
    Response::read(Bytes::copy_from_slice(head.as_bytes()), BOUNDS)
}

#[test]
fn a_request_is_read_and_told_without_its_bytes() {
    let read = request("PUT /a?b HTTP/1.1\r\nHost: a\r\nEmpty:\r\nX: 1\r\n\r\n").unwrap();
    assert_eq!(
        (read.method(), read.target(), read.version_text()),
        (&b"PUT"[..], &b"/a?b"[..], &b"HTTP/1.1"[..])
    );
    assert_eq!(
        read.head.told_fields().as_packed(),
        "Host: a\r\nEmpty:\r\nX: 1\r\n"
    );
    assert_eq!(read.told_raw(), RawHead::AsTold);
    let odd = request("GET / HTTP/1.1\r\nHost:a \r\n\r\n").unwrap();
    assert_eq!(odd.told_raw(), RawHead::Bytes(odd.head.raw.clone()));
    assert_eq!(odd.head.told_fields().as_packed(), "Host: a\r\n");
}

#[test]
fn an_answer_is_read_and_set_right_where_it_can_be() {
    let read = response("HTTP/1.1 404 Gone Fishing\r\nA: b\r\n\r\n").unwrap();
    assert_eq!((read.status, read.reason()), (404, &b"Gone Fishing"[..]));
    assert_eq!(read.told_raw(), RawHead::AsTold);
    assert_eq!(read.told_reason().as_deref(), Some("Gone Fishing"));
    assert_eq!(response("HTTP/1.1 200 OK\r\n\r\n").unwrap().told_reason(), None);
    let without_space = response("HTTP/1.1 200\r\n\r\n").unwrap();
    assert_ne!(without_space.told_raw(), RawHead::AsTold);
    let odd = response("HTTP/1.0 200 OK\nA : b\n  c\r\n\r\n").unwrap();
    assert_eq!(odd.head.told_fields().as_packed(), "A: b   c\r\n");
    assert!(!odd.head.is_sound() && odd.told_raw() != RawHead::AsTold);
}

#[test]
fn the_end_is_found_where_the_empty_line_is() {
    for (bytes, end) in [
        ("a\r\n\r\nb", Some(5)),
        ("a\n\nb", Some(3)),
        ("a\r\n\nb", Some(4)),
        ("\r\n", Some(2)),
        ("a\r\n\r", None),
        ("a\r\nb\r\n", None),
    ] {
        assert_eq!(EndFinder::default().look(bytes.as_bytes()), end, "{bytes:?}");
        let mut finder = EndFinder::default();
        let found = (0..=bytes.len()).find_map(|length| finder.look(&bytes.as_bytes()[..length]));
        assert_eq!(found, end, "{bytes:?} byte by byte");
    }
}

fn any_head() -> impl Strategy<Value = Vec<u8>> {
    let parts: [&[u8]; 16] = [
        b"GET",
        b"/",
        b" ",
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"200 OK",
        b"\r\n",
        b"\n",
        b"\r",
        b"Host: a",
        b"X",
        b":",
        b"\t",
        b"\0",
        b"\xff",
        b"Content-Length: 3",
    ];
    let bytes = prop::sample::select(parts.to_vec());
    let start: [&[u8]; 3] = [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET /"];
    let rest = prop::collection::vec(bytes, 0..12);
    (prop::sample::select(start.to_vec()), rest)
        .prop_map(|(start, parts)| [start, &parts.concat(), b"\r\n\r\n"].concat())
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(head in any_head()) {
        let end = EndFinder::default().look(&head).unwrap();
        let head = Bytes::from(head).slice(..end);
        let _ = Response::read(head.clone(), BOUNDS);
        // A strict reader of another house takes what we take of a client.
        if Request::read(head.clone(), BOUNDS).is_ok() {
            let mut fields = [httparse::EMPTY_HEADER; 30];
            let mut theirs = httparse::Request::new(&mut fields);
            let ours = Request::read(head.clone(), BOUNDS).unwrap();
            prop_assert_eq!(theirs.parse(&head), Ok(httparse::Status::Complete(head.len())));
            prop_assert_eq!(theirs.method.map(str::as_bytes), Some(ours.method()));
            let named: Vec<_> = theirs.headers.iter().map(|field| (field.name.as_bytes(), field.value)).collect();
            let own: Vec<_> = ours.head.lines.fields.iter().map(|field| (ours.head.name(field), ours.head.value(field))).collect();
            prop_assert_eq!(named, own);
        }
    }

    #[test]
    fn a_good_head_is_told_as_it_stood(names in prop::collection::vec("[A-Za-z][A-Za-z0-9-]{0,12}", 0..10), value in "([!-~]([ -~]{0,20}[!-~])?)?") {
        let fields: String = names.iter().map(|name| format!("X{name}: {value}\r\n")).collect();
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let read = request(&head).unwrap();
        prop_assert_eq!(read.told_raw(), RawHead::AsTold);
        let told = read.head.told_fields();
        let expected = format!("Host: a\r\n{fields}");
        prop_assert_eq!(told.as_packed(), expected.as_str());
        prop_assert!(told.iter().skip(1).all(|(_, told)| told == value.as_bytes()));
    }
}
