//! Handshake messages out of the fragments of records: several in one, or one across many (RFC 8446 section 5.1).

/// `msg_type` and `length`.
pub(crate) const HEADER: usize = 4;
/// A message longer than this is not read. Its length field reaches to 16 MiB, and a peer that has shown no
/// credential yet could make us hold all of it; the greatest chains are well below this bound.
pub(crate) const MAX_MESSAGE: usize = 256 * 1024;

/// A message of the handshake protocol, its header included.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawMessage {
    pub(crate) bytes: Vec<u8>,
    /// The records that it lay in.
    pub(crate) records: Vec<usize>,
}

impl RawMessage {
    /// What is no handshake message, and the record that it is.
    pub(crate) fn alone(fragment: &[u8], record: Option<usize>) -> Self {
        Self {
            bytes: fragment.to_vec(),
            records: record.into_iter().collect(),
        }
    }
}

/// A message that is longer than [`MAX_MESSAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(crate) msg_type: u8,
    pub(crate) length: usize,
}

/// Gathers the messages of one sender.
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    /// Bytes of a message that is not whole yet: at most [`MAX_MESSAGE`], and a record's.
    pending: Vec<u8>,
    /// How many of them are read already.
    read: usize,
    /// The records of what is pending.
    records: Vec<usize>,
}

impl Reassembly {
    /// Takes the fragment of a record.
    pub(crate) fn feed(&mut self, fragment: &[u8], record: Option<usize>) {
        self.pending.drain(..self.read);
        self.read = 0;
        if !fragment.is_empty() {
            self.pending.extend_from_slice(fragment);
            self.records.extend(record);
            if let Some((_, length)) = header(&self.pending) {
                // Room for all of it, rather than for one record after the other.
                let missing = length.min(MAX_MESSAGE).saturating_sub(self.pending.len());
                self.pending.reserve_exact(missing);
            }
        }
    }

    /// The next message that is whole. After an error nothing more can be told apart, and what is pending is given up.
    pub(crate) fn next(&mut self) -> Option<Result<RawMessage, TooLong>> {
        let left = self.pending.get(self.read..)?;
        let (msg_type, length) = header(left)?;
        if length > MAX_MESSAGE {
            *self = Self::default();
            return Some(Err(TooLong { msg_type, length }));
        }
        let bytes = if self.read == 0 && self.pending.len() == length {
            let mut bytes = std::mem::take(&mut self.pending);
            bytes.shrink_to_fit();
            bytes
        } else {
            let bytes = left.get(..length)?.to_vec();
            self.read += length;
            bytes
        };
        let records = self.records.clone();
        // What is left came with the last fragment.
        let keep = usize::from(self.read < self.pending.len());
        self.records.drain(..self.records.len().saturating_sub(keep));
        Some(Ok(RawMessage { bytes, records }))
    }

    /// What is left of a message that is not whole.
    pub(crate) fn rest(&self) -> Option<RawMessage> {
        let left = self.pending.get(self.read..)?;
        (!left.is_empty()).then(|| RawMessage {
            bytes: left.to_vec(),
            records: self.records.clone(),
        })
    }
}

/// A message's type, and its length with its header.
fn header(message: &[u8]) -> Option<(u8, usize)> {
    let &[msg_type, high, middle, low] = message.first_chunk::<HEADER>()?;
    let length = HEADER + (usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low));
    Some((msg_type, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_across_records_and_coalesced_ones_come_apart() {
        let mut reassembly = Reassembly::default();
        let mut found = Vec::new();
        let first = [14, 0, 0, 0, 11, 0, 0];
        let second = [3, 1, 2, 3, 14, 0, 0, 0, 20, 0];
        for (record, fragment) in [&first[..], &second, &[0, 1], &[9]].into_iter().enumerate() {
            reassembly.feed(fragment, Some(record));
            found.extend(std::iter::from_fn(|| reassembly.next()).map(Result::unwrap));
        }
        let message = |bytes: &[u8], records: &[usize]| RawMessage {
            bytes: bytes.to_vec(),
            records: records.to_vec(),
        };
        assert_eq!(
            found,
            [
                message(&[14, 0, 0, 0], &[0]),
                message(&[11, 0, 0, 3, 1, 2, 3], &[0, 1]),
                message(&[14, 0, 0, 0], &[1]),
                message(&[20, 0, 0, 1, 9], &[1, 2, 3]),
            ]
        );
        assert_eq!(reassembly.rest(), None);
    }

    #[test]
    fn a_message_that_would_have_to_be_held_too_long_is_refused() {
        let mut reassembly = Reassembly::default();
        reassembly.feed(&[11, 255, 255, 255, 1], Some(0));
        let length = 0x00ff_ffff + 4;
        assert_eq!(reassembly.next(), Some(Err(TooLong { msg_type: 11, length })));
        assert_eq!(reassembly.next(), None);
        assert_eq!(reassembly.rest(), None);
    }
}
