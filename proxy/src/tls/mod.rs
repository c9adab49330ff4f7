//! The TLS of both legs. Configurations are made once; a connection clones one and puts in what is its own.

mod client_leg;
mod flights;
mod issuers;
mod late;
mod mint;
mod origin_leg;
mod parameters;
mod tap;
mod verify;

pub(crate) use client_leg::{ClientLegs, ClientSocket, ClientTlsError};
pub(crate) use flights::{Flights, Passing};
pub(crate) use mint::mint_leaf;
pub(crate) use origin_leg::{OriginLeg, OriginLegs, OriginTlsError, Wish};
pub(crate) use parameters::of_passed as passed_parameters;
pub(crate) use tap::Tap;
pub(crate) use verify::Judged;
