//! Chunks in pieces of any size, good and bad.

use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: 1000,
    fields: 10,
};

/// Reads a body that comes in these pieces: what lay in the chunks, what passed, and whether it is over.
fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>, Chunked), BadMessage> {
    let mut chunked = Chunked::new(BOUNDS);
    let (mut waiting, mut content, mut passed) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        waiting.extend_from_slice(piece);
        let mut data = Vec::new();
        let count = chunked.feed(&waiting, &mut data)?;
        data.into_iter()
            .for_each(|range| content.extend_from_slice(&waiting[range]));
        passed.extend(waiting.drain(..count));
    }
    Ok((content, passed, chunked))
}

#[test]
fn content_extensions_and_trailers_are_found_and_what_follows_is_left() {
    let body = b"5;a=\"b c\"\r\nhello\r\n0001\r\n!\r\n0\r\nX-Sum: 7\r\n\r\nGET /";
    let (content, passed, mut chunked) = read(&[body]).unwrap();
    assert_eq!((&content[..], chunked.is_over()), (&b"hello!"[..], true));
    assert_eq!(passed, &body[..body.len() - 5]);
    assert_eq!(chunked.take_trailers().unwrap().as_packed(), "X-Sum: 7\r\n");
}

#[test]
fn what_another_reader_could_take_otherwise_is_refused() {
    let long = format!("1;{}\r\n", "x".repeat(5000));
    let trailers = format!("0\r\nx: {}", "y".repeat(1000));
    for bad in [
        "0x5\r\n",
        "+5\r\n",
        "-1\r\n",
        " 5\r\n",
        "5 \r\n",
        "5\n",
        "5\r5",
        "\r\n",
        ";a\r\n",
        "g\r\n",
        "10000000000000000\r\n",
        "8000000000000000\r\n",
        "00000000000000005\r\n",
        "5;a\0\r\n",
        "5;a\nb\r\n",
        "1\r\nab\r\n",
        "1\r\na\n",
        "1\r\na\r\r",
        "0\r\nContent-Length: 1\r\n\r\n",
        "0\r\ntransfer-encoding: chunked\r\n\r\n",
        "0\r\nHost: a\r\n\r\n",
        "0\r\nx : a\r\n\r\n",
        "0\r\n x: a\r\n\r\n",
        "0\r\nx: a\n\r\n",
        "0\r\nx\r\n\r\n",
        "0\r\n\n",
        &long,
        &trailers,
    ] {
        assert!(read(&[bad.as_bytes()]).is_err(), "{bad:?}");
    }
}

fn any_body() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let chunk = (
        prop::collection::vec(any::<u8>(), 1..40),
        prop_oneof![Just(""), Just(";x"), Just(";name=\"a b\" ;z")],
    );
    (
        prop::collection::vec(chunk, 0..8),
        prop_oneof![Just(""), Just("a: b\r\nC:d\r\n")],
    )
        .prop_map(|(chunks, trailers)| {
            let (mut body, mut content) = (Vec::new(), Vec::new());
            for (data, extension) in chunks {
                body.extend(format!("{:x}{extension}\r\n", data.len()).bytes());
                body.extend_from_slice(&data);
                body.extend(b"\r\n");
                content.extend(data);
            }
            body.extend(format!("0\r\n{trailers}\r\n").bytes());
            (body, content)
        })
}

proptest! {
    #[test]
    fn in_whatever_pieces_it_comes_it_is_the_same((body, content) in any_body(), cuts in prop::collection::vec(1..20_usize, 1..80)) {
        let mut pieces = Vec::new();
        let mut rest = &body[..];
        for cut in cuts.iter().cycle() {
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        let (found, passed, chunked) = read(&pieces).unwrap();
        prop_assert!(chunked.is_over());
        prop_assert_eq!(found, content);
        prop_assert_eq!(passed, body);
    }

    #[test]
    fn every_split_in_two_is_judged_as_the_whole(mut body in any_body().prop_map(|(body, _)| body), at in any::<prop::sample::Index>(), byte: u8) {
        let place = at.index(body.len());
        body[place] = byte;
        let whole = read(&[&body]).map(|(content, passed, _)| (content, passed));
        for split in 0..body.len() {
            let halves = read(&[&body[..split], &body[split..]]).map(|(content, passed, _)| (content, passed));
            prop_assert_eq!(&halves, &whole, "split at {}", split);
        }
    }
}
