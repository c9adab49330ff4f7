//! Carrying what passes between the two legs of a connection.

pub(crate) mod faults;
pub(crate) mod http;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod life;
pub(crate) mod opaque;
mod patience;
