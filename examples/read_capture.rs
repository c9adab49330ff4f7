//! Lists the exchanges of a capture, oldest first, and what their responses weigh together.
//!
//! ```text
//! cargo run -p examples --bin read_capture -- ~/.local/share/handlens/store 'host:example.com status:5xx'
//! ```
//!
//! A capture is opened by one process at a time: stop the Handlens that writes it first.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use capture::{ExchangeRow, Filter, From, Query, Sort, SqliteStore, Store, StoreOptions};

/// Rows that are asked for at once. However large the capture is, no more of it is in memory.
const ROWS_AT_ONCE: usize = 500;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("give the folder of a capture")?);
    let filter: Filter = arguments.next().unwrap_or_default().parse()?;
    ensure!(folder.is_dir(), "there is no folder {}", folder.display());

    // Bounds that no capture reaches, so that reading lets nothing go. The writer isn't needed.
    let options = StoreOptions {
        max_bytes: 1 << 60,
        max_body_bytes: 1 << 60,
    };
    let (store, _writer) = SqliteStore::open(&folder, options)?;

    let mut from = From::Offset(0);
    let mut bytes = 0;
    loop {
        let query = Query {
            filter: filter.clone(),
            sort: Sort::default(),
            from,
            limit: ROWS_AT_ONCE,
        };
        let page = store.exchanges(&query)?;
        let Some(last) = page.items.last() else {
            println!(
                "{} of {} exchanges, {bytes} bytes of response",
                page.matched, page.total
            );
            return Ok(());
        };
        from = From::After(last.id);
        for row in &page.items {
            bytes += row.response_bytes;
            println!("{}", line_of(row));
        }
    }
}

/// `1 GET 200 https://example.com/ 1256 bytes in 31 ms`
fn line_of(row: &ExchangeRow) -> String {
    let ExchangeRow {
        number,
        method,
        scheme,
        host,
        port,
        path,
        response_bytes,
        ..
    } = row;
    let status = row.status.map_or("---".to_owned(), |status| status.to_string());
    let took = row
        .duration_us
        .map_or("still open".to_owned(), |us| format!("in {} ms", us / 1000));
    format!("{number} {method} {status} {scheme}://{host}:{port}{path} {response_bytes} bytes {took}")
}
