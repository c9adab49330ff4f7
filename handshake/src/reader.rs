//! A cursor over bytes that cannot read past their end.

/// What is left to read. Every `take` either yields what was asked for, or `None` and leaves all in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.left.is_empty()
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    pub(crate) fn take_u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    pub(crate) fn take_u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_be_bytes([b[0], b[1]]))
    }

    /// A vector whose length stands before it in one byte (RFC 8446 section 3.4).
    pub(crate) fn take_vector_u8(&mut self) -> Option<Reader<'a>> {
        let mut ahead = *self;
        let length = ahead.take_u8()?;
        let body = ahead.take(length.into())?;
        *self = ahead;
        Some(Reader::new(body))
    }

    /// A vector whose length stands before it in two bytes.
    pub(crate) fn take_vector_u16(&mut self) -> Option<Reader<'a>> {
        let mut ahead = *self;
        let length = ahead.take_u16()?;
        let body = ahead.take(length.into())?;
        *self = ahead;
        Some(Reader::new(body))
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.left
    }

    /// All that is left as 16-bit numbers; `None` when a byte is left over.
    pub(crate) fn numbers_u16(self) -> Option<Vec<u16>> {
        let chunks = self.left.chunks_exact(2);
        chunks
            .remainder()
            .is_empty()
            .then(|| chunks.map(|b| u16::from_be_bytes([b[0], b[1]])).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_that_is_cut_short_takes_nothing() {
        let mut reader = Reader::new(&[0, 3, 1, 2]);
        assert!(reader.take_vector_u16().is_none());
        assert_eq!(reader.rest(), [0, 3, 1, 2]);
    }
}
