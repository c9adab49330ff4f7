//! Bytes of an unknown protocol: what one side sent at one time.

use super::found::{End, Found, Resume};

/// Bytes of a burst at the most: what goes on longer is told in several.
const MOST: u64 = 64 * 1024;

/// Reads bursts.
pub(super) struct Bursts {
    keep: usize,
    position: u64,
    burst: Option<Found>,
}

impl Bursts {
    /// Begins at a place where a burst begins.
    pub(super) fn new(keep: usize, at: &Resume) -> Self {
        Self {
            keep,
            position: at.position,
            burst: None,
        }
    }

    /// Where reading can begin again with what is not told yet.
    pub(super) fn resume(&self) -> Resume {
        Resume {
            position: self.burst.as_ref().map_or(self.position, |burst| burst.start),
            ..Resume::default()
        }
    }

    /// Takes bytes, all that passed at one time when `ends` is true. Returns the burst that ends with them.
    pub(super) fn next(&mut self, bytes: &mut &[u8], ends: bool) -> Option<Found> {
        if bytes.is_empty() {
            return None;
        }
        let start = self.position;
        let burst = self.burst.get_or_insert_with(|| Found {
            start,
            ..Found::default()
        });
        let length = usize::try_from(MOST - burst.size).map_or(bytes.len(), |room| room.min(bytes.len()));
        let (taken, rest) = bytes.split_at(length);
        *bytes = rest;
        burst.take(taken, self.keep);
        self.position += length as u64;
        let is_over = (ends && rest.is_empty()) || burst.size >= MOST;
        if is_over { self.end_burst() } else { None }
    }

    /// What is left where there is no more.
    pub(super) fn end(&mut self, end: End) -> Option<Found> {
        let mut found = self.end_burst()?;
        if end == End::OfRecording {
            found.fault(|| format!("{end} here"));
        }
        Some(found)
    }

    fn end_burst(&mut self) -> Option<Found> {
        let mut found = self.burst.take()?;
        found.end = self.position;
        found.on_wire = found.size;
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_ends_with_its_time_or_its_bound() {
        let mut bursts = Bursts::new(3, &Resume::default());
        assert_eq!(bursts.next(&mut &b"ab"[..], false), None);
        assert_eq!(bursts.resume().position, 0);
        let found = bursts.next(&mut &b"cd"[..], true).unwrap();
        assert_eq!(
            (found.start, found.end, found.size, &found.payload[..]),
            (0, 4, 4, &b"abc"[..])
        );
        let long = vec![0; 100_000];
        let mut rest = &long[..];
        assert_eq!(bursts.next(&mut rest, true).unwrap().size, MOST);
        assert_eq!(bursts.next(&mut rest, true).unwrap().size, 100_000 - MOST);
    }
}
