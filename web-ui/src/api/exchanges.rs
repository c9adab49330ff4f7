//! `/api/exchanges`: the list, one of it, clearing it and taking that back.

use axum::extract::State;
use capture::message::{Schemas, status_details};
use capture::{Exchange, Id, ReadError, Side, Store};
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{Cleared, ExchangeDetail, ExchangePage, Held, Problem, Undo, Undone, View};
use super::paging::read_filter;
use super::{Json, Paging, Params, PathId};
use crate::shared::App;

/// A window of the exchanges that match
#[utoipa::path(get, path = "", tag = "exchanges", params(Paging), responses(
    (status = 200, body = ExchangePage),
    (status = 400, body = Problem, content_type = "application/problem+json",
        description = "The filter (`at` says where), the sort or the place is not one"),
))]
pub(crate) async fn list_exchanges(
    State(shared): App,
    Params(paging): Params<Paging>,
) -> Result<Json<ExchangePage>, Problem> {
    let query = paging.query(View::Exchanges)?;
    let page = shared.read(move |store| store.exchanges(&query)).await??;
    Ok(Json(page.into()))
}

/// One exchange: heads, timings, sizes, its connection, its error
#[utoipa::path(get, path = "", tag = "exchanges", params(("id" = String, Path, description = "The exchange")),
    responses(
        (status = 200, body = ExchangeDetail),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_exchange(
    State(shared): App,
    PathId(id): PathId,
) -> Result<Json<ExchangeDetail>, Problem> {
    let detail = {
        let shared_too = shared.clone();
        shared
            .read(move |store| tell_exchange(store, id, &shared_too.schemas))
            .await??
    };
    detail.map(Json).ok_or_else(|| not_held(id))
}

/// What to clear.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Clearing {
    /// Which exchanges go; empty for all.
    #[serde(default)]
    filter: String,
}

/// Clear the exchanges that match, and the connections left with none
#[utoipa::path(delete, path = "", tag = "exchanges", params(Clearing), responses(
    (status = 200, body = Cleared, description = "They are hidden, and gone for good after ten seconds"),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn clear_exchanges(
    State(shared): App,
    Params(clearing): Params<Clearing>,
) -> Result<Json<Cleared>, Problem> {
    let filter = read_filter(&clearing.filter)?;
    let cleared = shared.read(move |store| store.clear(&filter)).await??;
    Ok(Json(Cleared {
        ticket: cleared.ticket,
        exchanges: cleared.exchanges,
    }))
}

/// Take a clearing back
#[utoipa::path(post, path = "", tag = "exchanges", request_body = Undo, responses(
    (status = 200, body = Undone),
    (status = 400, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn undo_clear(State(shared): App, Json(undo): Json<Undo>) -> Result<Json<Undone>, Problem> {
    let undone = shared.read(move |store| store.undo_clear(undo.ticket)).await??;
    Ok(Json(Undone { undone }))
}

/// The problem of an exchange that isn't there.
pub(crate) fn not_held(id: Id) -> Problem {
    Problem::not_found(format!(
        "no exchange {id} is held: it was cleared, or went to keep the store within its bound"
    ))
}

fn tell_exchange(store: &dyn Store, id: Id, schemas: &Schemas) -> Result<Option<ExchangeDetail>, ReadError> {
    let (Some(row), Some((_, exchange))) = (store.row(id)?, store.exchange(id)?) else {
        return Ok(None);
    };
    let connection = store.connection(exchange.connection)?;
    let bodies = [
        held(store, &exchange, Side::Request)?,
        held(store, &exchange, Side::Response)?,
    ];
    let connection = connection.as_ref().map(|(_, connection)| &**connection);
    let details = status_details(&exchange, &*schemas.of(store, &exchange)?);
    Ok(Some(ExchangeDetail::of(
        row, &exchange, connection, bodies, details,
    )))
}

fn held(store: &dyn Store, exchange: &Exchange, side: Side) -> Result<Held, ReadError> {
    let part = store.body(exchange.id, side, 0..0)?;
    Ok(part.map_or_else(Held::default, |part| Held {
        kept: part.kept,
        dropped: part.dropped,
    }))
}
