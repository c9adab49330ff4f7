//! Handshakes of real programs, as `testdata/capture.py` wrote them down.

mod captures;
mod fixture;
mod key_schedule;
