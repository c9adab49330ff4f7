//! The proxy inside a program of one's own: prints each exchange that passes, and keeps nothing.
//!
//! ```text
//! cargo run -p examples --bin print_exchanges
//! curl --proxy http://127.0.0.1:8080 --cacert handlens-example-root/root.pem https://example.com/
//! ```

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use capture::{Event, ExchangeState, WhenBehind};
use proxy::{Proxy, ProxySettings};
use tokio_util::sync::CancellationToken;

/// What may wait to be printed before traffic has to.
const WAITING_BYTES: u32 = 16 << 20;

#[tokio::main]
async fn main() -> Result<()> {
    let root = Arc::new(ca::Root::load_or_make(Path::new("handlens-example-root"))?);
    let (events, mut seen) = capture::channel(WAITING_BYTES, WhenBehind::Wait);
    let proxy = Proxy::bind(&ProxySettings::default(), root, events, Arc::default()).await?;
    for address in proxy.addresses() {
        println!("proxy  http://{address}");
    }

    let stop = CancellationToken::new();
    let running = tokio::spawn(proxy.run(stop.clone()));
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });

    // Ends once the proxy has: it held the only sender.
    while let Some(event) = seen.next().await {
        if let Event::Exchange(exchange) = event
            && exchange.state != ExchangeState::Open
        {
            let status = exchange
                .response
                .as_ref()
                .map_or("failed".to_owned(), |head| head.status.to_string());
            println!("{status} {} {}", exchange.request.method, exchange.request.url());
        }
    }
    Ok(running.await?)
}
