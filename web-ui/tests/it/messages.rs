//! Messages: who waits for whom, and how much of one is sent.

use std::time::Duration;

use crate::lab::Lab;

#[tokio::test]
async fn a_list_that_takes_long_to_read_holds_up_nobody_who_asks_for_something_else() {
    let lab = Lab::start().await;
    let id = lab
        .store
        .add_response("application/x-ndjson", &[], "{\"n\":1}\n[2]\n");
    lab.store.set_gate(false);
    let list = format!("/api/exchanges/{id}/messages");
    let waiting: Vec<_> = (0..8).map(|_| tokio::spawn(lab.get(&list).json())).collect();
    let other = async {
        for _ in 0..50 {
            // There is no such connection: it is enough that the store is asked.
            assert_eq!(lab.get(&format!("/api/connections/{id}")).status().await, 404);
        }
    };
    let answered = tokio::time::timeout(Duration::from_secs(60), other).await;
    lab.store.set_gate(true);
    assert!(answered.is_ok(), "the dashboard waits for the list");
    for page in waiting {
        assert_eq!(page.await.unwrap()["total"], 2);
    }
}

#[tokio::test]
async fn of_a_long_message_the_beginning_is_sent_and_said_to_be() {
    let lab = Lab::start().await;
    let long = vec![b'1'; (64 << 20) + 9];
    let id = lab
        .store
        .add_response("application/x-ndjson", &[], [&long[..], b"\n2\n"].concat());
    for (query, whole) in [("", long.len()), ("?raw=1", long.len() + 1)] {
        let of = |number| lab.get(&format!("/api/exchanges/{id}/messages/{number}{query}"));
        let answer = of(1).header("range", "bytes=0-1").answer().await;
        let told = format!("of its {whole} bytes the first 67108864 are shown");
        assert_eq!(
            (answer.text(), answer.header("handlens-body-problem")),
            ("11", &*told)
        );
        assert_eq!(answer.header("content-range"), "bytes 0-1/67108864");
        assert_eq!(of(2).answer().await.header("handlens-body-problem"), "");
    }
}
