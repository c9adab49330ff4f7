//! Bytes that came and were not kept: told at their place, and nothing is read across it.

use super::*;

/// A body of which this was kept and so much not, over.
fn cut(lab: &mut Lab, mut exchange: Exchange, kept: &[u8], dropped: u64) -> Exchange {
    lab.tell(&exchange);
    send(lab, &exchange, ORIGIN, kept.to_vec(), 1_000);
    exchange.state = ExchangeState::Done;
    exchange.response_bytes = kept.len() as u64 + dropped;
    exchange.response_bytes_dropped = dropped;
    lab.tell(&exchange);
    lab.settle();
    exchange
}

fn told(lab: &Lab, exchange: &Exchange) -> Vec<(String, Option<String>)> {
    let messages = all(lab, exchange, MessageFilter::default());
    let items = window(&messages, lab, MessagesFrom::After(0), 9).into_iter();
    items.map(|message| (message.preview, message.problem)).collect()
}

#[test]
fn what_breaks_off_where_keeping_ended_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let sse = open("/events", 200, &[("content-type", "text/event-stream")]);
    let lines = open("/lines", 200, &[("content-type", "application/x-ndjson")]);
    let long = frame(0x81, b"two and more", false);
    let [message, line] = [framed(0, b"\x08\x07"), b"{}\n[1".to_vec()];
    for (exchange, kept, expected) in [
        (
            websocket(""),
            [&frame(0x81, b"one", false), &long[..5]].concat(),
            [
                ("one", None),
                (
                    "two",
                    Some("what was kept ends 9 bytes before the end of this frame"),
                ),
            ],
        ),
        (
            sse,
            b"data: one\n\ndata: tw".to_vec(),
            [
                ("one", None),
                (
                    "tw",
                    Some("what was kept ends before the empty line that ends an event"),
                ),
            ],
        ),
        (
            lines,
            line,
            [
                ("{}", None),
                ("[1", Some("what was kept ends before the end of this line")),
            ],
        ),
        (
            call("/a.B/C", "application/grpc"),
            [&message[..], &message[..3]].concat(),
            [
                ("1: 7", None),
                (
                    "",
                    Some("what was kept ends inside the five bytes before a message"),
                ),
            ],
        ),
    ] {
        let exchange = cut(&mut lab, exchange, &kept, 100);
        let expected = expected.map(|(preview, problem)| (preview.to_owned(), problem.map(str::to_owned)));
        assert_eq!(told(&lab, &exchange), expected);
    }
    lab.close();
}

#[test]
fn between_two_messages_the_gap_is_told_by_itself_in_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let exchange = websocket("");
    lab.tell(&exchange);
    send(&lab, &exchange, CLIENT, frame(0x81, b"first", true), 500);
    for at_us in 0..3_000 {
        send(
            &lab,
            &exchange,
            CLIENT,
            frame(0x81, b"on and on", true),
            9_000 + 2_000 * at_us,
        );
    }
    let exchange = cut(&mut lab, exchange, &frame(0x81, b"second", false), 7_000);
    let gap = "7000 bytes that came from here on were not kept";
    let messages = all(&lab, &exchange, MessageFilter::default());
    let brief = |from, limit| -> Vec<(u64, String)> {
        let items = window(&messages, &lab, from, limit).into_iter();
        let brief = |message: Message| (message.number, message.problem.unwrap_or(message.preview));
        items.map(brief).collect()
    };
    let row = |number, text: &str| (number, text.to_owned());
    assert_eq!(
        brief(MessagesFrom::After(0), 4),
        [
            row(1, "first"),
            row(2, "second"),
            row(3, gap),
            row(4, "on and on")
        ]
    );
    // Once, wherever reading begins again.
    for number in [4, 1_500, 3_003] {
        assert_eq!(
            brief(MessagesFrom::After(number - 1), 1),
            [row(number, "on and on")]
        );
    }
    assert_eq!(brief(MessagesFrom::After(3_003), 1), []);
    let (message, payload) = messages.payload(&lab.store, 3).unwrap().unwrap();
    assert_eq!((message.size_on_wire, payload.len()), (0, 0));
    lab.close();
}
