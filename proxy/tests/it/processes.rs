//! A connection tells which process of this machine the client is.

use crate::lab::{Lab, eventually};

#[tokio::test]
async fn the_process_of_a_client_is_told_and_can_be_looked_for() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let mut conversation = lab.client().open(&origin.authority()).await;
    let url = origin.url("/echo");
    let request = crate::lab::request(http::Method::GET, &url, crate::lab::empty());
    assert_eq!(conversation.send(request).await.status, 200);
    // It stays connected: a client that is gone is not found any more.
    let row = eventually("the process of the client", || async {
        let mut rows = lab.api().exchanges().await;
        match rows.pop() {
            Some(row) if row["process"].is_object() => Ok(row),
            row => Err(row.unwrap_or_default()),
        }
    })
    .await;
    let executable = std::env::current_exe().unwrap();
    let name = executable.file_name().unwrap().to_str().unwrap();
    assert_eq!(row["process"]["pid"], std::process::id());
    assert_eq!(row["process"]["name"], name);
    assert_eq!(row["process"]["executable"], executable.to_str().unwrap());
    let connection = lab.api().connection_of(&lab.api().connections().await[0]).await;
    assert_eq!(connection["process"], row["process"]);
    for (filter, matched) in [
        (format!("process:{name}"), 1),
        (format!("process:{}", std::process::id()), 1),
        ("process:firefox".to_owned(), 0),
    ] {
        for list in ["exchanges", "connections"] {
            let page = lab.api().get(&format!("/api/{list}?filter={filter}")).await;
            assert_eq!(page["matched"], matched, "{list} by {filter}");
        }
    }
    drop(conversation);
}
