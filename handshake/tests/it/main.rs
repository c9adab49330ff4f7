//! Handshakes of real programs, as `testdata/capture.py` wrote them down.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops on the spot")]

mod awaited;
mod captures;
mod certificates;
mod compressed;
mod every_cut;
mod extensions;
mod fixture;
mod key_schedule;
mod old_versions;
mod presented;
mod signatures;
mod stories;
mod tshark;
