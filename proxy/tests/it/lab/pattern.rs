//! Bytes without end that are made from a seed, and checked without being kept.

use bytes::Bytes;

/// A prime, so that no buffer's size divides it and a lost or doubled buffer shows.
const BLOCK: usize = 65_521;

/// A stream of `length` bytes: the seed's block again and again, each time stamped with its number.
pub(crate) struct Pattern {
    block: Vec<u8>,
    next: u64,
    left: u64,
}

impl Pattern {
    pub(crate) fn new(seed: u64, length: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut block = Vec::with_capacity(BLOCK + 8);
        while block.len() < BLOCK {
            // xorshift64: any bytes that do not repeat soon.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block.extend_from_slice(&state.to_le_bytes());
        }
        block.truncate(BLOCK);
        Self {
            block,
            next: 0,
            left: length,
        }
    }

    /// The whole of it at once.
    pub(crate) fn bytes(seed: u64, length: usize) -> Bytes {
        Self::new(seed, length as u64).flatten().collect()
    }
}

impl Iterator for Pattern {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.left == 0 {
            return None;
        }
        let mut block = self.block.clone();
        block[..8].copy_from_slice(&self.next.to_le_bytes());
        block.truncate(usize::try_from(self.left).unwrap_or(BLOCK).min(BLOCK));
        self.next += 1;
        self.left -= block.len() as u64;
        Some(block.into())
    }
}

/// Compares a stream with the pattern as it comes.
pub(crate) struct PatternCheck {
    pattern: Pattern,
    expected: Bytes,
    seen: u64,
}

impl PatternCheck {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            pattern: Pattern::new(seed, u64::MAX),
            expected: Bytes::new(),
            seen: 0,
        }
    }

    /// Takes the next piece. An error names the place of the first difference, to within a block.
    pub(crate) fn feed(&mut self, mut piece: &[u8]) -> Result<(), String> {
        while !piece.is_empty() {
            if self.expected.is_empty() {
                self.expected = self.pattern.next().unwrap_or_default();
            }
            let n = piece.len().min(self.expected.len());
            if piece[..n] != self.expected[..n] {
                return Err(format!(
                    "bytes differ between {} and {}",
                    self.seen,
                    self.seen + n as u64
                ));
            }
            piece = &piece[n..];
            self.expected = self.expected.split_off(n);
            self.seen += n as u64;
        }
        Ok(())
    }

    /// Bytes taken so far, all of them right.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }
}
