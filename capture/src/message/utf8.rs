//! Whether text is UTF-8, in pieces.

/// Checks text as it comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Utf8 {
    /// The beginning of a character whose end has not come.
    begun: Vec<u8>,
    checked: u64,
    wrong: Option<u64>,
}

impl Utf8 {
    /// Checks the next bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !self.begun.is_empty() && self.wrong.is_none() {
            let Some((&next, rest)) = bytes.split_first() else {
                return;
            };
            self.begun.push(next);
            match std::str::from_utf8(&self.begun) {
                Ok(_) => {
                    self.checked += self.begun.len() as u64;
                    self.begun.clear();
                }
                Err(error) if error.error_len().is_some() => self.wrong = Some(self.checked),
                Err(_) => {}
            }
            bytes = rest;
        }
        if self.wrong.is_some() {
            return;
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => self.checked += bytes.len() as u64,
            Err(error) => {
                self.checked += error.valid_up_to() as u64;
                match error.error_len() {
                    Some(_) => self.wrong = Some(self.checked),
                    None => self.begun.extend_from_slice(&bytes[error.valid_up_to()..]),
                }
            }
        }
    }

    /// The place of the first byte that belongs to no character, of what has come in all.
    pub(super) fn end(&self) -> Option<u64> {
        self.wrong
            .or_else(|| (!self.begun.is_empty()).then_some(self.checked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_judged_as_the_whole(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xe2), Just(0x82), Just(0xac), Just(b'a')], 0..20), split in 0usize..20) {
            let mut utf8 = Utf8::default();
            let (first, second) = bytes.split_at(split.min(bytes.len()));
            utf8.feed(first);
            utf8.feed(second);
            let expected = std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to() as u64);
            prop_assert_eq!(utf8.end(), expected);
        }
    }
}
