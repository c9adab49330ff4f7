//! Exchanges and handshakes in the formats of other programs: a curl command, a HAR document, a pcapng file.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use capture::export::{Har, MessageLines, Pcapng, Selection, curl};
use capture::{Id, ReadError};
use futures_util::{StreamExt, stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use utoipa::IntoParams;

use super::exchanges::not_held;
use super::model::Problem;
use super::openapi::RawBytes;
use super::paging::{read_filter, read_id};
use super::{Params, PathId};
use crate::shared::{App, Shared};

/// The request as a curl command line
#[utoipa::path(get, path = "", tag = "export", params(("id" = String, Path, description = "The exchange")), responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn write_curl(State(shared): App, PathId(id): PathId) -> Result<Response, Problem> {
    let command = shared.read(move |store| curl(store, id)).await??;
    let command = command.ok_or_else(|| not_held(id))?;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(CONTENT_TYPE, text)], command).into_response())
}

/// Which exchanges a document holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Chosen {
    /// Those that match; empty for all.
    filter: Option<String>,
    /// These, by their ids with commas between.
    ids: Option<String>,
}

/// Exchanges as a HAR 1.2 document
#[utoipa::path(get, path = "", tag = "export", params(Chosen), responses(
    (status = 200, body = Object, content_type = "application/json"),
    (status = 400, body = Problem, content_type = "application/problem+json",
        description = "The filter (`at` says where) or an id is not one"),
))]
pub(crate) async fn write_har(
    State(shared): App,
    Params(chosen): Params<Chosen>,
) -> Result<Response, Problem> {
    let har = Har::new(shared.store.clone(), chosen.selection()?, &shared.about.version);
    send(
        shared,
        har,
        "application/json",
        "attachment; filename=\"handlens.har\"",
    )
    .await
}

/// The messages of exchanges, a line of JSON each: WebSocket, server-sent events, lines, gRPC, bursts
#[utoipa::path(get, path = "", tag = "export", params(Chosen), responses(
    (status = 200, body = String, content_type = "application/x-ndjson"),
    (status = 400, body = Problem, content_type = "application/problem+json",
        description = "The filter (`at` says where) or an id is not one"),
))]
pub(crate) async fn write_messages(
    State(shared): App,
    Params(chosen): Params<Chosen>,
) -> Result<Response, Problem> {
    let lines = MessageLines::new(
        shared.store.clone(),
        chosen.selection()?,
        shared.schemas.given().clone(),
    );
    let disposition = "attachment; filename=\"handlens-messages.ndjson\"";
    send(shared, lines, "application/x-ndjson", disposition).await
}

/// Which connections a file holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChosenConnections {
    /// Those that match; empty for all.
    filter: Option<String>,
    /// These, by their ids with commas between.
    ids: Option<String>,
}

/// The handshakes of connections as a pcapng file, with the secrets that were kept
#[utoipa::path(get, path = "", tag = "export", params(ChosenConnections), responses(
    (status = 200, body = RawBytes, content_type = "application/x-pcapng"),
    (status = 400, body = Problem, content_type = "application/problem+json",
        description = "The filter (`at` says where) or an id is not one"),
))]
pub(crate) async fn write_pcapng(
    State(shared): App,
    Params(ChosenConnections { filter, ids }): Params<ChosenConnections>,
) -> Result<Response, Problem> {
    let chosen = Chosen { filter, ids }.selection()?;
    let pcapng = Pcapng::new(shared.store.clone(), chosen, &shared.about.version);
    let disposition = "attachment; filename=\"handlens.pcapng\"";
    send(shared, pcapng, "application/x-pcapng", disposition).await
}

/// Sends a document piece by piece.
async fn send<D: Document>(
    shared: Arc<Shared>,
    document: D,
    media_type: &'static str,
    disposition: &'static str,
) -> Result<Response, Problem> {
    // The first piece shows whether the store can be read at all, while that can still be said.
    let (document, first) = read_piece(&shared, document).await?;
    let first = first.transpose()?.unwrap_or_default();
    let rest = stream::try_unfold(document, move |document| {
        let shared = shared.clone();
        async move {
            let (document, piece) = read_piece(&shared, document)
                .await
                .map_err(|problem| io::Error::other(problem.detail))?;
            let piece = piece.transpose().map_err(io::Error::other)?;
            Ok::<_, io::Error>(piece.map(|piece| (piece, document)))
        }
    });
    let document = stream::once(async move { Ok(first) }).chain(rest);
    let fields = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
    ];
    Ok((fields, Body::from_stream(document)).into_response())
}

/// A document that is told piece by piece, each read from the store.
trait Document: Iterator<Item = Result<Vec<u8>, ReadError>> + Send + 'static {}

impl<D: Iterator<Item = Result<Vec<u8>, ReadError>> + Send + 'static> Document for D {}

type Piece = Option<Result<Bytes, ReadError>>;

async fn read_piece<D: Document>(shared: &Arc<Shared>, mut document: D) -> Result<(D, Piece), Problem> {
    shared
        .work(move || {
            let piece = document.next().map(|piece| piece.map(Bytes::from));
            (document, piece)
        })
        .await
}

impl Chosen {
    fn selection(&self) -> Result<Selection, Problem> {
        match (&self.filter, &self.ids) {
            (Some(_), Some(_)) => Err(Problem::bad_request("give one of filter and ids")),
            (None, Some(ids)) => {
                let ids = ids.split(',').filter(|id| !id.is_empty()).map(read_id);
                Ok(Selection::Ids(ids.collect::<Result<Vec<Id>, Problem>>()?))
            }
            (filter, None) => Ok(Selection::Matching(read_filter(
                filter.as_deref().unwrap_or_default(),
            )?)),
        }
    }
}
