//! `/api/status`: where Handlens listens, how it fares, what it has seen.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;

use super::Json;
use super::model::{Counts, Open, Problem, Recording, RecordingState, RootStatus, Status, StoreStatus};
use crate::shared::{App, Shared};

/// Versions, addresses, rates, open connections, store size and counts
#[utoipa::path(get, path = "", tag = "status", responses(
    (status = 200, body = Status),
))]
pub(crate) async fn read_status(State(shared): App) -> Result<Json<Status>, Problem> {
    Ok(Json(tell(&shared).await?))
}

/// The status as it is now.
pub(crate) async fn tell(shared: &Shared) -> Result<Status, Problem> {
    let store = shared.read(|store| store.status()).await?;
    let counters = &shared.live.counters;
    Ok(Status {
        version: shared.about.version.clone(),
        started: shared.started.to_string(),
        proxy: shared
            .about
            .proxy_addresses
            .iter()
            .map(ToString::to_string)
            .collect(),
        doors: shared.about.doors.clone(),
        dashboard: shared.address.to_string(),
        data_dir: shared
            .about
            .data_dir
            .as_ref()
            .map(|folder| folder.display().to_string()),
        root: tell_root(shared),
        recording: tell_recording(shared, &store.recording),
        rates: *shared.rates.lock().unwrap_or_else(PoisonError::into_inner),
        open: Open {
            connections: shared.live.connections.len() as u64,
            exchanges: shared.live.exchanges.len() as u64,
        },
        counts: Counts {
            connections: count(&counters.connections),
            inspected: count(&counters.inspected),
            failed_connections: count(&counters.failed_connections),
            rejected_by_client: count(&counters.rejected_by_client),
            exchanges: count(&counters.exchanges),
            https_exchanges: count(&counters.https_exchanges),
            failed_exchanges: count(&counters.failed_exchanges),
        },
        store: tell_store(shared, &store),
    })
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn tell_root(shared: &Shared) -> RootStatus {
    let root = &shared.about.root;
    RootStatus {
        subject: root.subject.clone(),
        sha256: root.sha256_hex.clone(),
        not_after: root.not_after.clone(),
        path: root.path.display().to_string(),
    }
}

fn tell_store(shared: &Shared, store: &capture::StoreStatus) -> StoreStatus {
    StoreStatus {
        bytes: store.bytes,
        max_bytes: store.max_bytes,
        exchanges: store.exchanges,
        connections: store.connections,
        evicted: store.evicted,
        lost_events: store.lost_events,
        dropped_bytes: shared.recorder.dropped_bytes(),
        waiting_bytes: shared.recorder.waiting_bytes(),
    }
}

/// A disk that refuses outweighs a pause: it is the news that a person must see.
pub(crate) fn tell_recording(shared: &Shared, store: &capture::Recording) -> Recording {
    let (paused, since) = shared.paused();
    match store {
        capture::Recording::Stopped { reason, since } => Recording {
            state: RecordingState::Stopped,
            reason: Some(reason.clone()),
            since: since.to_string(),
        },
        capture::Recording::On => Recording {
            state: if paused {
                RecordingState::Paused
            } else {
                RecordingState::On
            },
            reason: None,
            since: since.to_string(),
        },
    }
}
