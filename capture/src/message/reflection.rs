//! What servers told of themselves by gRPC's server reflection, found in the traffic.

use std::collections::HashSet;

use super::described::{BYTES, FILES};
use super::messages::{MessageFilter, Messages};
use super::questions::fields;
use crate::{Exchange, ExchangeRow, ExchangeState, Filter, From, Id, Query, ReadError, Side, Store};

/// Calls of reflection that are looked at.
const CALLS: usize = 20;

/// Bytes of those calls that are read and decoded.
const READ: u64 = 4 * BYTES as u64;

/// A call of reflection, as far as it had come. Two are equal that told the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    id: Id,
    /// Bytes of its response; `None` once it is over.
    so_far: Option<u64>,
}

/// The latest calls by which the origin of this exchange was asked for its types, as far as they are recorded and were
/// answered to their end.
///
/// # Errors
/// When the store can't be read.
pub fn reflections(store: &dyn Store, exchange: &Exchange) -> Result<Vec<Id>, ReadError> {
    let is_answered = |row: &ExchangeRow| row.state == ExchangeState::Done && row.response_bytes > 0;
    let rows = rows(store, exchange)?.into_iter();
    Ok(rows.filter(is_answered).map(|row| row.id).collect())
}

/// The latest calls of reflection of an exchange's origin, the oldest first.
pub(super) fn calls(store: &dyn Store, exchange: &Exchange) -> Result<Vec<Call>, ReadError> {
    let call = |row: ExchangeRow| {
        let so_far = match row.state {
            ExchangeState::Open => store.progress(row.id)?.map(|progress| progress.kept[1]),
            ExchangeState::Done | ExchangeState::Failed => None,
        };
        Ok(Call { id: row.id, so_far })
    };
    rows(store, exchange)?.into_iter().map(call).collect()
}

fn rows(store: &dyn Store, exchange: &Exchange) -> Result<Vec<ExchangeRow>, ReadError> {
    let query = Query {
        filter: Filter::of_reflection(&exchange.request.host, exchange.request.port),
        from: From::End,
        limit: CALLS,
        ..Query::default()
    };
    Ok(store.exchanges(&query)?.items)
}

/// The files that were told in these calls, each a `FileDescriptorProto`. Of one name the latest is taken.
pub(super) fn files(store: &dyn Store, calls: &[Call]) -> Result<Vec<Vec<u8>>, ReadError> {
    let mut files = Files::default();
    let mut left = READ;
    for call in calls.iter().rev() {
        let Some((_, exchange)) = store.exchange(call.id)? else {
            continue;
        };
        let messages = Messages::of(&exchange, None, MessageFilter::default());
        let Some(mut walk) = messages.map_or(Ok(None), |messages| messages.walk(store, BYTES))? else {
            continue;
        };
        walk.stop_after(left);
        while let Some((message, payload)) = walk.next(store)? {
            if message.from == Side::Response && !files.take(&payload) {
                return Ok(files.taken);
            }
        }
        left = left.saturating_sub(walk.spent());
    }
    Ok(files.taken)
}

#[derive(Default)]
struct Files {
    taken: Vec<Vec<u8>>,
    names: HashSet<Vec<u8>>,
    bytes: usize,
}

impl Files {
    /// Takes the files of a `ServerReflectionResponse`: its field 4 has them as its field 1. False when there are enough.
    fn take(&mut self, payload: &[u8]) -> bool {
        let responses = fields(payload).filter(|(number, _)| *number == 4);
        let told = responses.flat_map(|(_, response)| fields(response));
        for (_, file) in told.filter(|(number, _)| *number == 1) {
            let name = fields(file).find(|(number, _)| *number == 1);
            if !self.names.insert(name.unwrap_or_default().1.to_vec()) {
                continue;
            }
            self.bytes += file.len();
            if self.taken.len() >= FILES || self.bytes > BYTES {
                return false;
            }
            self.taken.push(file.to_vec());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_in_the_fourth_field_of_a_response() {
        let mut files = Files::default();
        assert!(files.take(b"\x0a\x01h\x10\x05\x22\x0a\x0a\x03\x0a\x01a\x0a\x03\x0a\x01b"));
        assert_eq!(files.taken, [b"\x0a\x01a", b"\x0a\x01b"]);
        assert!(files.take(b"\x22\x05\x0a\xffab"));
        assert_eq!(files.taken.len(), 2);
    }

    #[test]
    fn of_one_name_the_first_is_taken() {
        let mut files = Files::default();
        assert!(files.take(b"\x22\x07\x0a\x05\x0a\x01a\x10\x01"));
        assert!(files.take(b"\x22\x07\x0a\x05\x0a\x01a\x10\x02"));
        assert_eq!(files.taken, [b"\x0a\x01a\x10\x01"]);
    }
}
