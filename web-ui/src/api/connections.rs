//! `/api/connections`: one row a client connection, failed and passed-through ones too.

use axum::extract::State;
use capture::Id;

use super::model::{ConnectionPage, ConnectionRow, Problem, View};
use super::{Json, Paging, Params, PathId};
use crate::shared::App;

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
    let found = shared.read(move |store| store.connection(id)).await??;
    let (number, connection) = found.ok_or_else(|| not_held(id))?;
    Ok(Json(ConnectionRow::of(number, &connection)))
}

/// The problem of a connection that isn't there.
pub(crate) fn not_held(id: Id) -> Problem {
    Problem::not_found(format!(
        "no connection {id} is held: it was cleared, or went to keep the store within its bound"
    ))
}
