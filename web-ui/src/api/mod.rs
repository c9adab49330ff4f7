//! The API: its JSON, and what answers each URL.

pub mod model;
