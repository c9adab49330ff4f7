//! For the programs that watch programs: is it well, and how much of what has it done. No secrets, no token.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use super::model::{Problem, RecordingState, Status};
use super::status;
use crate::shared::App;

/// Whether Handlens is well
#[utoipa::path(get, path = "", tag = "health", security(()), responses(
    (status = 200, body = String, content_type = "text/plain", description = "`ok`"),
    (status = 503, body = String, content_type = "text/plain", description = "Recording stopped, and why"),
))]
pub(crate) async fn read_healthz(State(shared): App) -> Response {
    let text = [(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    )];
    match shared.read(|store| store.status().recording).await {
        Ok(capture::Recording::On) => (text, "ok\n").into_response(),
        Ok(capture::Recording::Stopped { .. }) => (
            StatusCode::SERVICE_UNAVAILABLE,
            text,
            "recording stopped: see the dashboard\n",
        )
            .into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Counts and gauges in Prometheus's text format
#[utoipa::path(get, path = "", tag = "health", security(()), responses(
    (status = 200, body = String, content_type = "text/plain; version=0.0.4"),
))]
pub(crate) async fn read_metrics(State(shared): App) -> Result<Response, Problem> {
    let status = status::tell(&shared).await?;
    let counters = &shared.live.counters;
    let bytes = [&counters.bytes_from_clients, &counters.bytes_from_origins]
        .map(|count| count.load(std::sync::atomic::Ordering::Relaxed));
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(CONTENT_TYPE, text)], write_metrics(&status, bytes)).into_response())
}

fn write_metrics(status: &Status, [from_clients, from_origins]: [u64; 2]) -> String {
    let Status {
        store, open, counts, ..
    } = status;
    let mut text = Metrics::default();
    text.build_info(&status.version);
    text.counter(
        "connections_total",
        "Client connections accepted.",
        counts.connections,
    );
    text.counter(
        "inspected_connections_total",
        "Connections whose TLS was ended on both legs.",
        counts.inspected,
    );
    text.counter(
        "failed_connections_total",
        "Connections that failed.",
        counts.failed_connections,
    );
    text.counter(
        "rejecting_clients_total",
        "Clients that rejected our certificate.",
        counts.rejected_by_client,
    );
    text.counter("exchanges_total", "HTTP exchanges begun.", counts.exchanges);
    text.counter(
        "https_exchanges_total",
        "HTTP exchanges begun over TLS.",
        counts.https_exchanges,
    );
    text.counter(
        "failed_exchanges_total",
        "HTTP exchanges that failed.",
        counts.failed_exchanges,
    );
    text.counter(
        "client_bytes_total",
        "Bytes of bodies and carried bytes from clients.",
        from_clients,
    );
    text.counter(
        "origin_bytes_total",
        "Bytes of bodies and carried bytes from origins.",
        from_origins,
    );
    text.gauge(
        "open_connections",
        "Client connections open now.",
        open.connections,
    );
    text.gauge("open_exchanges", "HTTP exchanges under way now.", open.exchanges);
    text.gauge("store_bytes", "Bytes of the store on disk.", store.bytes);
    text.gauge(
        "store_max_bytes",
        "The bound on the store's bytes.",
        store.max_bytes,
    );
    text.gauge("store_exchanges", "Exchanges held in the store.", store.exchanges);
    text.gauge(
        "store_connections",
        "Connections held in the store.",
        store.connections,
    );
    text.counter(
        "evicted_exchanges_total",
        "Exchanges that went to keep the store's bound.",
        store.evicted,
    );
    text.counter(
        "lost_events_total",
        "Events that could not be kept.",
        store.lost_events,
    );
    text.counter(
        "dropped_body_bytes_total",
        "Body bytes let go while the writer was behind.",
        store.dropped_bytes,
    );
    text.gauge(
        "waiting_bytes",
        "Bytes that wait for the store's writer.",
        store.waiting_bytes,
    );
    let recording = u64::from(status.recording.state == RecordingState::On);
    text.gauge("recording", "1 while what passes is recorded.", recording);
    text.0
}

/// Prometheus's text: a HELP, a TYPE and a value each.
#[derive(Default)]
struct Metrics(String);

impl Metrics {
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "counter", help, value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "gauge", help, value);
    }

    fn metric(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        // Writing to a string can't fail.
        let _ = write!(
            self.0,
            "# HELP handlens_{name} {help}\n# TYPE handlens_{name} {kind}\nhandlens_{name} {value}\n"
        );
    }

    fn build_info(&mut self, version: &str) {
        let version = version
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = write!(
            self.0,
            "# HELP handlens_build_info The version that runs.\n# TYPE handlens_build_info gauge\n\
             handlens_build_info{{version=\"{version}\"}} 1\n"
        );
    }
}
