//! `/api/connections/ID/frames`: the HTTP/2 frames of a connection, dissected now.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::connections::not_held;
use super::model::{ConnectionFrames, FrameSender, FramesOfLeg, Problem};
use super::{Json, PathId};
use crate::shared::App;

/// The HTTP/2 frames of a connection, leg by leg. What passed within the last second may still be missing
#[utoipa::path(get, path = "", tag = "connections",
    params(("id" = String, Path, description = "The connection")),
    responses(
        (status = 200, body = ConnectionFrames),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_frames(State(shared): App, PathId(id): PathId) -> Result<Response, Problem> {
    let found = shared
        .read(move |store| match store.connection(id)? {
            None => Ok(None),
            Some(_) => store.frames(id).map(Some),
        })
        .await?;
    let frames = found
        .map_err(|error: capture::ReadError| Problem::from(error))?
        .ok_or_else(|| not_held(id))?;
    let leg = |leg: Option<capture::LegFrames>, peer| leg.map(|leg| FramesOfLeg::of(&leg, peer));
    // Tens of thousands of frames are written out beside the traffic, not before it.
    let tell = move || {
        Json(ConnectionFrames {
            client: leg(frames.client, FrameSender::Client),
            origin: leg(frames.origin, FrameSender::Origin),
        })
        .into_response()
    };
    shared.work(tell).await
}
