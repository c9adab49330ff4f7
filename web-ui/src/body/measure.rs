//! How long a decoded body is, and whether it decodes to its end.
//!
//! The length is not known before all was decoded, yet a range and a truthful `Content-Length` need it. So a
//! body is decoded once for its measure, kept nowhere, and once more for what is sent; the last few measures
//! are remembered. Both passes read in the same steps, so that a body that breaks off does so at one place.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

use capture::{Id, Side};

use super::DecodeError;

/// Bytes of one read, in both passes.
pub(crate) const STEP: usize = 128 * 1024;
/// Bytes that are measured between two chances to stop.
const STRIDE: u64 = 16 * 1024 * 1024;
/// Measures that are remembered.
const REMEMBERED: usize = 64;

/// What came of decoding a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Bytes that come out.
    pub(crate) length: u64,
    /// Why no more do.
    pub(crate) problem: Option<DecodeError>,
}

/// A measuring under way.
pub(crate) struct Measuring {
    reader: Box<dyn Read + Send>,
    measure: Measure,
    buffer: Vec<u8>,
}

impl Measuring {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader,
            measure: Measure::default(),
            buffer: vec![0; STEP],
        }
    }

    /// Measures on. `Some` at the end; an error is the store's, never the body's.
    pub(crate) fn step(&mut self) -> std::io::Result<Option<Measure>> {
        let stop = self.measure.length + STRIDE;
        while self.measure.length < stop {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => return Ok(Some(self.measure.clone())),
                Ok(length) => self.measure.length += length as u64,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.measure.problem = Some(as_decode_error(error)?);
                    return Ok(Some(self.measure.clone()));
                }
            }
        }
        Ok(None)
    }
}

/// The body's own fault; an error that is not one comes back.
pub(crate) fn as_decode_error(error: std::io::Error) -> std::io::Result<DecodeError> {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<DecodeError>());
    cause.cloned().ok_or(error)
}

/// What was measured: a body, as far as it had come, in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) id: Id,
    pub(crate) side: Side,
    /// Bytes of it that were kept when it was measured.
    pub(crate) kept: u64,
    /// The charset that it was told in, for text.
    pub(crate) charset: Option<&'static str>,
}

/// The last few measures.
#[derive(Default)]
pub(crate) struct Measurements(Mutex<VecDeque<(Key, Measure)>>);

impl Measurements {
    pub(crate) fn find(&self, key: &Key) -> Option<Measure> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .find(|(of, _)| of == key)
            .map(|(_, measure)| measure.clone())
    }

    pub(crate) fn remember(&self, key: Key, measure: Measure) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back((key, measure));
    }
}
