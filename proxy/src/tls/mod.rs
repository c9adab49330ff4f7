//! The TLS of both legs. Configurations are made once; a connection clones one and puts in what is its own.

mod asking;
mod client_leg;
pub(crate) mod ending;
mod flights;
mod identity;
mod issuers;
mod judged;
mod late;
#[cfg(feature = "legacy")]
mod legacy;
mod mint;
mod origin_error;
mod origin_leg;
mod origin_stream;
mod parameters;
mod shortfall;
mod tap;
mod verify;

pub(crate) use asking::Asking;
pub(crate) use client_leg::{ClientLegs, ClientSocket, ClientTlsError};
pub(crate) use flights::{Flights, Passing};
pub use identity::ClientCertificateError;
pub(crate) use identity::{ClientAuth, Identities, Identity};
pub(crate) use judged::{Explained, Judged, Policy, Possession, chain_of};
pub(crate) use mint::mint_shown;
pub(crate) use origin_error::OriginTlsError;
pub(crate) use origin_leg::{OriginLeg, OriginLegs, Wish, name_to_judge};
pub(crate) use parameters::of_passed as passed_parameters;
pub(crate) use shortfall::look_once as look_at_shortfall;
pub(crate) use tap::Tap;
