//! A store of one exchange, of which one body has bytes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use capture::{
    BodyPart, Certificate, CertificateId, CertificateQuery, CertificateRow, Cleared, Connection, Exchange,
    ExchangeRow, Feed, Filter, Frames, Handshakes, HostLeaf, Id, Page, Piece, Progress, Query, ReadError,
    Side, Sighting, Store, StoreStatus,
};

/// A body that comes piece by piece.
pub struct Bodies {
    side: Side,
    bytes: Bytes,
    piece: usize,
    /// How many bytes have come.
    come: AtomicUsize,
}

impl Bodies {
    /// The bytes of this side, in pieces of this length.
    pub fn new(side: Side, bytes: &[u8], piece: usize) -> Self {
        Self {
            side,
            bytes: Bytes::copy_from_slice(bytes),
            piece: piece.max(1),
            come: AtomicUsize::new(0),
        }
    }

    /// The body is whole, and over.
    pub fn all_have_come(&self) {
        self.come.store(self.bytes.len(), Ordering::Relaxed);
    }

    /// The body is empty, and has yet to come.
    pub fn none_have_come(&self) {
        self.come.store(0, Ordering::Relaxed);
    }

    /// The next piece comes. False when there was none left.
    pub fn more_come(&self) -> bool {
        let come = self.come();
        self.come
            .store((come + self.piece).min(self.bytes.len()), Ordering::Relaxed);
        come < self.bytes.len()
    }

    fn come(&self) -> usize {
        self.come.load(Ordering::Relaxed)
    }
}

/// What no reader of messages asks for.
fn never<T>() -> T {
    unreachable!("messages are read out of bodies alone")
}

impl Store for Bodies {
    fn body(&self, _: Id, side: Side, range: Range<u64>) -> Result<Option<BodyPart>, ReadError> {
        let come = if side == self.side { self.come() } else { 0 };
        let place = |at: u64| usize::try_from(at).map_or(come, |at| at.min(come));
        let (start, end) = (place(range.start), place(range.end));
        Ok(Some(BodyPart {
            bytes: self.bytes.slice(start..end.max(start)),
            kept: come as u64,
            dropped: 0,
            open: come < self.bytes.len(),
        }))
    }

    fn progress(&self, _: Id) -> Result<Option<Progress>, ReadError> {
        let mut kept = [0; 2];
        kept[self.side as usize] = self.come() as u64;
        Ok(Some(Progress {
            kept,
            dropped: [0; 2],
            open: self.come() < self.bytes.len(),
        }))
    }

    fn pieces(&self, _: Id, side: Side, range: Range<u64>) -> Result<Vec<Piece>, ReadError> {
        let piece = self.piece as u64;
        let come = if side == self.side { self.come() as u64 } else { 0 };
        let first = range.start / piece;
        let pieces = (first..).map(|number| Piece {
            position: number * piece,
            at_us: number,
        });
        Ok(pieces
            .take_while(|piece| piece.position < range.end.min(come))
            .collect())
    }

    fn exchanges(&self, _: &Query) -> Result<Page<ExchangeRow>, ReadError> {
        never()
    }

    fn row(&self, _: Id) -> Result<Option<ExchangeRow>, ReadError> {
        never()
    }

    fn exchange(&self, _: Id) -> Result<Option<(u64, Exchange)>, ReadError> {
        never()
    }

    fn connections(&self, _: &Query) -> Result<Page<(u64, Arc<Connection>)>, ReadError> {
        never()
    }

    fn connection(&self, _: Id) -> Result<Option<(u64, Arc<Connection>)>, ReadError> {
        never()
    }

    fn handshakes(&self, _: Id) -> Result<Handshakes, ReadError> {
        never()
    }

    fn frames(&self, _: Id) -> Result<Frames, ReadError> {
        never()
    }

    fn certificate(&self, _: CertificateId) -> Result<Option<Certificate>, ReadError> {
        never()
    }

    fn certificates(&self, _: &CertificateQuery) -> Result<Page<CertificateRow>, ReadError> {
        never()
    }

    fn sightings(&self, _: CertificateId) -> Result<Vec<Sighting>, ReadError> {
        never()
    }

    fn history(&self, _: &str) -> Result<Vec<HostLeaf>, ReadError> {
        never()
    }

    fn clear(&self, _: &Filter) -> Result<Cleared, ReadError> {
        never()
    }

    fn undo_clear(&self, _: u64) -> Result<bool, ReadError> {
        never()
    }

    fn status(&self) -> StoreStatus {
        never()
    }

    fn feed(&self) -> Feed {
        never()
    }
}
