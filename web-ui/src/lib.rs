//! The dashboard of Handlens: an API over what was captured, and the app that shows it.
//!
//! It reads the store and the live counts, and asks things of the proxy by sending [`Command`] values. It can't
//! touch traffic, and nothing that a browser does to it slows traffic.

pub mod api;
mod assets;
mod body;
mod command;
mod dashboard;
mod guard;
mod live;
mod looked_at;
mod routes;
mod sampler;
mod server;
mod shared;
mod stall;
mod token;

pub use command::{Command, RuleError, TypesError};
pub use dashboard::{About, Dashboard, RootAbout};
pub use token::{Token, TokenError};
