//! `/api/connections`: one row a client connection, failed and passed-through ones too.

use std::time::Duration;

use axum::extract::State;
use capture::Id;
use tokio::time::timeout;

use super::model::{ConnectionPage, ConnectionRow, Problem, View};
use super::under_way::UnderWay;
use super::{Json, Paging, Params, PathId};
use crate::shared::App;

/// How long a connection that was told is waited for until it is in the store. The writer gathers for a twentieth of a
/// second.
const WRITTEN_SOON: Duration = Duration::from_secs(1);

/// A window of the connections that match
#[utoipa::path(get, path = "", tag = "connections", params(Paging), responses(
    (status = 200, body = ConnectionPage),
    (status = 400, body = Problem, content_type = "application/problem+json",
        description = "The filter (`at` says where), the sort or the place is not one"),
))]
pub(crate) async fn list_connections(
    State(shared): App,
    Params(paging): Params<Paging>,
) -> Result<Json<ConnectionPage>, Problem> {
    let query = paging.query(View::Connections)?;
    let page = shared.read(move |store| store.connections(&query)).await??;
    Ok(Json(page.into()))
}

/// One connection: both legs, their addresses, timings and negotiated parameters, and the outcome
#[utoipa::path(get, path = "", tag = "connections",
    params(("id" = String, Path, description = "The connection")),
    responses(
        (status = 200, body = ConnectionRow),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_connection(
    State(shared): App,
    PathId(id): PathId,
) -> Result<Json<ConnectionRow>, Problem> {
    // Both before the store is asked: what is told meanwhile is heard of.
    let mut feed = shared.store.feed();
    let is_on_its_way = UnderWay::of(&shared, id).is_known();
    let mut found = shared.read(move |store| store.connection(id)).await??;
    if found.is_none() && is_on_its_way {
        let written = async {
            while feed.next().await.is_some() {
                let read = shared.read(move |store| store.connection(id)).await??;
                if read.is_some() {
                    return Ok(read);
                }
            }
            Ok::<_, Problem>(None)
        };
        // While recording stands still nothing is written.
        found = timeout(WRITTEN_SOON, written).await.unwrap_or(Ok(None))?;
    }
    let (number, connection) = found.ok_or_else(|| not_held(id))?;
    Ok(Json(ConnectionRow::of(number, &connection)))
}

/// The problem of a connection that isn't there.
pub(crate) fn not_held(id: Id) -> Problem {
    Problem::not_found(format!(
        "no connection {id} is held: it was cleared, or went to keep the store within its bound"
    ))
}
