//! The proxy's integration tests: the real binary, real sockets, real certificates.
//!
//! Each test starts its own [`lab::Lab`]: origins inside this process, and the `handlens` binary beside it. Nothing
//! here sleeps or tries again: every wait is for a thing that must happen, and has a deadline that says which.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops on the spot")]

mod lab;

mod alt_svc;
mod bodies;
mod certificates;
mod client_certificates;
mod closed_outputs;
mod dashboard;
mod doors;
mod failures;
mod handshakes;
mod http1;
mod http2;
mod inspect;
mod issuing;
mod lab_itself;
#[cfg(feature = "legacy")]
mod legacy_origins;
mod limits;
mod local;
mod messages;
mod noise;
mod old_origins;
mod opaque;
mod pcapng;
mod processes;
mod real_clients;
mod recording;
mod refused_page;
mod resets;
mod rests;
mod revoked;
mod roots;
mod rules;
mod slow_disk;
mod stalls;
mod starts;
mod starttls;
mod stops;
mod tls;
mod upgrades;
mod upstreams;
