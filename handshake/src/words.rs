//! How sentences are put together.

/// Bytes that a sentence has room for at first.
pub(crate) const ROOM: usize = 192;

/// `format!`, for a sentence. There is room for most from the beginning: a text that grows piece by piece is copied at
/// each step, and that would be a good part of what a handshake costs.
macro_rules! sentence {
    ($($part:tt)*) => {{
        let mut text = String::with_capacity($crate::words::ROOM);
        // A string takes whatever is written.
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!($($part)*));
        text
    }};
}

pub(crate) use sentence;
