//! The API: its JSON, and what answers each URL. The URLs themselves stand in `routes.rs`.

pub(crate) mod bodies;
pub(crate) mod certificates;
pub(crate) mod connection_certificates;
pub(crate) mod connections;
pub(crate) mod exchanges;
pub(crate) mod export;
mod extract;
pub(crate) mod frames;
pub(crate) mod handshakes;
pub(crate) mod health;
pub(crate) mod messages;
pub mod model;
pub(crate) mod openapi;
mod paging;
pub(crate) mod recording;
pub(crate) mod root;
pub(crate) mod rules;
pub(crate) mod status;
pub(crate) mod types;
mod under_way;

pub(crate) use extract::{Json, Params, PathId};
pub(crate) use paging::{Paging, read_id, read_query};
