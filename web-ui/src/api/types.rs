//! `/api/exchanges/ID/types`: the origin of a gRPC call is asked for its types, since a person wants to know them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use capture::{Exchange, Id, Protocol, message};
use http::StatusCode;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::exchanges::not_held;
use super::model::{DescribedTypes, Problem};
use super::{Json, PathId};
use crate::shared::{App, Shared};
use crate::{Command, TypesError};

/// How long the origin and the proxy may take together.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long what was told may take to be written.
const WRITTEN_SOON: Duration = Duration::from_secs(2);

/// Ask the origin of a gRPC call for its types, by server reflection, over a connection of Handlens' own. The call is recorded;
/// messages are told by what it said from then on
#[utoipa::path(post, path = "", tag = "exchanges",
    params(("id" = String, Path, description = "The exchange")),
    responses(
        (status = 200, body = DescribedTypes),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The exchange is no call of gRPC, or recording is paused"),
        (status = 502, body = Problem, content_type = "application/problem+json",
            description = "The origin did not tell its types, and why"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "The proxy can't ask at this moment: it is busy, has no room or is stopping"),
    ))]
pub(crate) async fn ask_for_types(
    State(shared): App,
    PathId(id): PathId,
) -> Result<Json<DescribedTypes>, Problem> {
    let found = shared.read(move |store| store.exchange(id)).await??;
    let exchange = found.map(|(_, exchange)| Arc::new(exchange));
    let exchange = exchange.ok_or_else(|| not_held(id))?;
    let protocol = Protocol::of_heads(&exchange.request, exchange.response.as_ref());
    if !matches!(protocol, Protocol::Grpc | Protocol::GrpcWeb) {
        let text = "the exchange is no call of gRPC: its origin has no types to tell";
        return Err(Problem::new(StatusCode::CONFLICT, text));
    }
    let busy = || {
        let text = "the proxy is busy: try again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, text)
    };
    // Before the origin is asked: what is written of it is heard of.
    let feed = shared.store.feed();
    let before = reflections(&shared, &exchange).await?;
    let (answer, answered) = oneshot::channel();
    let command = Command::AskForTypes {
        host: exchange.request.host.to_string(),
        port: exchange.request.port,
        is_tls: exchange.request.scheme == "https",
        answer,
    };
    shared.commands.try_send(command).map_err(|_| busy())?;
    let described = match timeout(PATIENCE, answered).await {
        Ok(Ok(told)) => told.map_err(tell)?,
        Ok(Err(_)) | Err(_) => return Err(busy()),
    };
    let _ = timeout(WRITTEN_SOON, written(&shared, &exchange, &before, feed)).await;
    Ok(Json(described))
}

fn tell(error: TypesError) -> Problem {
    let status = match &error {
        TypesError::NotTold(_) => StatusCode::BAD_GATEWAY,
        TypesError::NotAsked(_) => StatusCode::CONFLICT,
        TypesError::NotNow(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(status, error.to_string())
}

/// Waits until a call of reflection is found in the store that was not there before.
async fn written(
    shared: &Shared,
    exchange: &Arc<Exchange>,
    before: &[Id],
    mut feed: capture::Feed,
) -> Result<(), Problem> {
    loop {
        let is_new = |call: &Id| !before.contains(call);
        if reflections(shared, exchange).await?.iter().any(is_new) || feed.next().await.is_none() {
            return Ok(());
        }
    }
}

async fn reflections(shared: &Shared, exchange: &Arc<Exchange>) -> Result<Vec<Id>, Problem> {
    let exchange = exchange.clone();
    let found = shared
        .read(move |store| message::reflections(store, &exchange))
        .await?;
    Ok(found?)
}
