//! The store as its users see it: on real disks, through its public face alone.

#![allow(clippy::unwrap_used, reason = "what a test cannot do without fails it")]

mod bounds;
mod certificates;
mod clear;
mod disk_full;
mod export;
mod filters;
mod folder;
mod frames;
mod handshakes;
mod kill;
mod lab;
mod messages;
mod pieces;
mod round_trip;
mod upgrade;
mod waiting;
mod windows;
