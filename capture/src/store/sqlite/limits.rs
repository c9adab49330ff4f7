//! The bounds that follow from a store's options.

use super::StoreOptions;

const MIB: u64 = 1024 * 1024;

/// The least that a store needs to work in.
const LEAST: u64 = 16 * MIB;

/// The bounds of one store. What each may take is cut from `max_bytes`, so that the folder as a whole stays
/// within it: the log, the database's free pages and a batch on its way are set aside from what may be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The whole folder.
    pub(super) max_bytes: u64,
    /// Above this the oldest exchanges go.
    pub(super) high: u64,
    /// Until this is reached.
    pub(super) low: u64,
    /// One body. Two of them fill half the store at most, so one exchange always fits.
    pub(super) body: u64,
    /// One segment file: the smaller, the sooner its space is given back.
    pub(super) segment: u64,
    /// The write-ahead log, after which it is written back.
    pub(super) log: u64,
    /// Free pages within the database before it is made shorter.
    pub(super) free: u64,
    /// Bytes of events that one batch takes in.
    pub(super) batch: usize,
}

impl Limits {
    pub(super) fn new(options: StoreOptions) -> Self {
        let max_bytes = options.max_bytes.max(LEAST);
        let part = max_bytes / 16;
        let log = part.clamp(MIB, 16 * MIB);
        let batch = (part / 2).clamp(MIB / 2, 8 * MIB);
        let free = part.min(256 * MIB);
        // The log may pass its bound by one batch before it is written back, and lies there at its longest.
        let high = max_bytes - 2 * log - 2 * batch - free;
        Self {
            max_bytes,
            high,
            low: high - high / 50,
            body: options.max_body_bytes.min(max_bytes / 4),
            segment: part.clamp(MIB, 64 * MIB),
            log,
            free,
            batch: batch as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_store_still_has_room_to_work_in() {
        let limits = Limits::new(StoreOptions {
            max_bytes: 0,
            max_body_bytes: u64::MAX,
        });
        assert_eq!(limits.max_bytes, 16 * MIB);
        assert!(limits.low > 10 * MIB, "{limits:?}");
        assert!(
            2 * limits.body + limits.segment < limits.low,
            "one exchange always fits: {limits:?}"
        );
    }
}
