//! The types that exchanges are told by, each set of them put together once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Schema;
use super::described;
use super::reflection::{self, Call};
use crate::{Exchange, Protocol, ReadError, Store};

/// Origins whose types are kept.
const KEPT: usize = 8;

/// Bytes of the files that they were made of. The latest are kept whatever their size.
const BYTES: usize = 2 * described::BYTES;

/// Types that a person gave and, where they don't know the method of a call, those that its origin told of itself too,
/// as far as that was recorded.
///
/// What an origin told is put together once, and again when it told something else. So who asks twice is given the same
/// schema, and by that it can be told whether anything is known anew.
pub struct Schemas {
    given: Arc<Schema>,
    /// The latest asked for last.
    told: Mutex<VecDeque<Told>>,
}

/// What an origin told.
struct Told {
    host: Arc<str>,
    port: u16,
    /// Where that was found.
    calls: Vec<Call>,
    files: Vec<Vec<u8>>,
    schema: Arc<Schema>,
}

impl Schemas {
    /// With these types of the person's.
    #[must_use]
    pub fn new(given: Arc<Schema>) -> Self {
        Self {
            given,
            told: Mutex::default(),
        }
    }

    /// The person's.
    #[must_use]
    pub fn given(&self) -> &Arc<Schema> {
        &self.given
    }

    /// The types that are known for this exchange.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn of(&self, store: &dyn Store, exchange: &Exchange) -> Result<Arc<Schema>, ReadError> {
        let protocol = Protocol::of_heads(&exchange.request, exchange.response.as_ref());
        let is_call = matches!(protocol, Protocol::Grpc | Protocol::GrpcWeb);
        if !is_call || self.given.knows(&exchange.request.path) {
            return Ok(self.given.clone());
        }
        let calls = reflection::calls(store, exchange)?;
        if calls.is_empty() {
            return Ok(self.given.clone());
        }
        let mut told = Told {
            host: exchange.request.host.clone(),
            port: exchange.request.port,
            calls,
            files: Vec::new(),
            schema: self.given.clone(),
        };
        if let Some(schema) = find(&mut self.lock(), &told, |known| known.calls == told.calls) {
            return Ok(schema);
        }
        told.files = reflection::files(store, &told.calls)?;
        // It may have told the same again, or somebody may have put it together in the meantime.
        if let Some(schema) = self.find_equal(&told) {
            return Ok(schema);
        }
        if !told.files.is_empty() {
            let mut schema = Schema::clone(&self.given);
            schema.add_described(told.files.iter().map(Vec::as_slice));
            told.schema = Arc::new(schema);
        }
        Ok(self
            .find_equal(&told)
            .unwrap_or_else(|| keep(&mut self.lock(), told)))
    }

    fn find_equal(&self, told: &Told) -> Option<Arc<Schema>> {
        let mut kept = self.lock();
        let schema = find(&mut kept, told, |known| known.files == told.files)?;
        if let Some(known) = kept.back_mut() {
            known.calls.clone_from(&told.calls);
        }
        Some(schema)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The schema that is kept for this origin, if it is the right one. It becomes the latest.
fn find(kept: &mut VecDeque<Told>, told: &Told, is_it: impl Fn(&Told) -> bool) -> Option<Arc<Schema>> {
    let at = kept
        .iter()
        .position(|known| known.is_of_origin(told) && is_it(known))?;
    let known = kept.remove(at)?;
    let schema = known.schema.clone();
    kept.push_back(known);
    Some(schema)
}

/// Keeps what an origin told, in the place of what it told before.
fn keep(kept: &mut VecDeque<Told>, told: Told) -> Arc<Schema> {
    kept.retain(|known| !known.is_of_origin(&told));
    let schema = told.schema.clone();
    kept.push_back(told);
    while kept.len() > 1 && (kept.len() > KEPT || kept.iter().map(Told::bytes).sum::<usize>() > BYTES) {
        kept.pop_front();
    }
    schema
}

impl Told {
    fn is_of_origin(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    fn bytes(&self) -> usize {
        self.files.iter().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(host: &str, bytes: usize) -> Told {
        Told {
            host: host.into(),
            port: 443,
            calls: Vec::new(),
            files: vec![vec![0; bytes]],
            schema: Arc::default(),
        }
    }

    fn hosts(kept: &VecDeque<Told>) -> Vec<&str> {
        kept.iter().map(|told| &*told.host).collect()
    }

    #[test]
    fn of_an_origin_the_latest_is_kept_and_of_origins_a_few() {
        let mut kept = VecDeque::new();
        for host in ["a", "b", "a", "c", "d", "e", "f", "g", "h"] {
            keep(&mut kept, told(host, 1));
        }
        assert_eq!(hosts(&kept), ["b", "a", "c", "d", "e", "f", "g", "h"]);
        assert!(find(&mut kept, &told("b", 1), |_| true).is_some());
        keep(&mut kept, told("i", 1));
        assert_eq!(hosts(&kept), ["c", "d", "e", "f", "g", "h", "b", "i"]);
    }

    #[test]
    fn bytes_of_what_is_kept_are_bounded() {
        let mut kept = VecDeque::new();
        for host in ["a", "b", "c"] {
            keep(&mut kept, told(host, BYTES / 2));
        }
        assert_eq!(hosts(&kept), ["b", "c"]);
        keep(&mut kept, told("d", BYTES + 1));
        assert_eq!(hosts(&kept), ["d"]);
    }
}
