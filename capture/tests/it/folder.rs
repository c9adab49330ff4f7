//! Folders that a store can't be opened in say why, in one line.

use std::error::Error;

use capture::{OpenStoreError, Side, SqliteStore, Store};

use crate::lab::{Lab, ROOMY, connection, get, list, read_body};

/// The line that a person reads.
fn refused(dir: &std::path::Path) -> String {
    let error = SqliteStore::open(dir, ROOMY).err().expect("it is refused");
    let cause = error
        .source()
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    format!("{error}{cause}").replace(&dir.display().to_string(), "DIR")
}

#[test]
fn a_second_handlens_on_one_folder_is_told_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let lab = Lab::open(dir.path(), ROOMY);
    assert_eq!(
        refused(dir.path()),
        format!(
            "the data folder DIR is in use by another Handlens (process {}); stop that one or give this one a folder \
             of its own (--data-dir)",
            std::process::id()
        )
    );
    lab.close();
    Lab::open(dir.path(), ROOMY).close();
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    Lab::open(dir.path(), ROOMY).close();
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert_eq!(
        refused(dir.path()),
        "the capture in DIR was made by a later Handlens (its format is 99, this one knows up to 6); use that version \
         or another folder"
    );
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("capture.db"),
        "not a database, but longer than a header of one would be, by some".repeat(20),
    )
    .unwrap();
    assert_eq!(
        refused(dir.path()),
        "the capture in DIR can't be read: file is not a database; move it away to begin a new one"
    );

    let dir = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(dir.path().join("capture.db")).unwrap();
    db.execute_batch("CREATE TABLE other (x)").unwrap();
    drop(db);
    assert_eq!(
        refused(dir.path()),
        "the capture in DIR can't be read: capture.db was not written by Handlens; move it away to begin a new one"
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_made_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(
        refused(&file.join("data")),
        "the data folder DIR can't be used: Not a directory (os error 20)"
    );
}

#[test]
fn a_capture_is_read_beside_the_process_that_writes_it() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        SqliteStore::open_read_only(dir.path()),
        Err(OpenStoreError::Missing { .. })
    ));
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    let exchange = get(&connection, "/a");
    lab.connect(&connection);
    lab.exchange(&exchange, [b"", b"body"]);
    lab.settle();
    let reading = SqliteStore::open_read_only(dir.path()).unwrap();
    assert_eq!(list(&reading, "host:example.com").matched, 1);
    assert_eq!(read_body(&reading, exchange.id, Side::Response), b"body");
    assert_eq!(
        reading
            .clear(&capture::Filter::default())
            .unwrap_err()
            .to_string(),
        "the store could not be changed: it is open for reading alone"
    );
    lab.close();
}
