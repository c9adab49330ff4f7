//! The TLS of both legs. Configurations are made once; a connection clones one and puts in what is its own.

mod client_leg;
mod mint;
mod origin_leg;
mod parameters;
mod verify;

pub(crate) use client_leg::{ClientLegs, ClientTlsError};
pub(crate) use mint::mint_leaf;
pub(crate) use origin_leg::{OriginLeg, OriginLegs, Wish};
pub(crate) use verify::Judged;
