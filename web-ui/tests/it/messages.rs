//! Messages: who waits for whom.

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
    let answered = tokio::time::timeout(Duration::from_secs(20), other).await;
    lab.store.set_gate(true);
    assert!(answered.is_ok(), "the dashboard waits for the list");
    for page in waiting {
        assert_eq!(page.await.unwrap()["total"], 2);
    }
}
