//! What the compressed messages of one direction come to, all together: each may be small, and all of them too much.

/// Decoded bytes up to which the ratio is not looked at.
const FREE: u64 = 1 << 30;

/// Decoded bytes for each coded one, at the most.
const RATIO: u64 = 100;

/// Bytes of the messages that were decompressed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) coded: u64,
    pub(super) decoded: u64,
}

impl Tally {
    /// Whether one more message may be decompressed. The error says why not.
    pub(super) fn check(self) -> Result<(), &'static str> {
        if self.decoded > FREE && self.decoded > self.coded.saturating_mul(RATIO) {
            return Err(
                "it is not decompressed: those before it came to more than 1 GiB and 100 times their \
                size, as decompression bombs do",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_may_not_be_dense_too() {
        let check = |coded, decoded| Tally { coded, decoded }.check().is_ok();
        assert!(check(10, FREE));
        assert!(!check(10, FREE + 1));
        assert!(check(FREE, 100 * FREE));
        assert!(!check(FREE, 100 * FREE + 1));
    }
}
