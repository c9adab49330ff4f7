//! What servers told of themselves by gRPC's server reflection, found in the traffic.

use super::Schema;
use super::messages::{MessageFilter, Messages};
use super::questions::fields;
use crate::{Exchange, From, Protocol, Query, ReadError, Side, Store};

/// Calls of reflection that are looked at.
const CALLS: usize = 20;

/// Files that are taken from them.
const FILES: usize = 2000;

/// Bytes of those files.
const BYTES: usize = 16 << 20;

/// The types that are known for an exchange: those of `given` or, where they don't know its method, those that its host
/// told of itself too, as far as that was recorded.
///
/// # Errors
/// When the store can't be read.
pub fn schema_for(store: &dyn Store, exchange: &Exchange, given: &Schema) -> Result<Schema, ReadError> {
    let mut schema = given.clone();
    let protocol = Protocol::of_heads(&exchange.request, exchange.response.as_ref());
    let is_call = matches!(protocol, Protocol::Grpc | Protocol::GrpcWeb);
    if !is_call || schema.method(&exchange.request.path).is_some() {
        return Ok(schema);
    }
    let host = exchange.request.host.replace('"', "");
    let Ok(filter) = format!("operation:grpc.reflection. host:\"{host}\"").parse() else {
        return Ok(schema);
    };
    let query = Query {
        filter,
        from: From::End,
        limit: CALLS,
        ..Query::default()
    };
    let mut files: Vec<Vec<u8>> = Vec::new();
    for row in store.exchanges(&query)?.items {
        if let Some((_, call)) = store.exchange(row.id)?
            && (&call.request.host, call.request.port) == (&exchange.request.host, exchange.request.port)
        {
            read_call(store, &call, &mut files)?;
        }
    }
    files.sort();
    files.dedup();
    schema.add_described(files.iter().map(Vec::as_slice));
    Ok(schema)
}

/// The files in the responses of a call of reflection.
fn read_call(store: &dyn Store, call: &Exchange, files: &mut Vec<Vec<u8>>) -> Result<(), ReadError> {
    let Some(messages) = Messages::of(call, None, MessageFilter::default()) else {
        return Ok(());
    };
    messages.each(store, BYTES, |message, payload| {
        message.from == Side::Request || take_files(payload, files)
    })
}

/// Takes the files of a `ServerReflectionResponse`: its field 4 has them as its field 1. False when there are enough.
fn take_files(payload: &[u8], files: &mut Vec<Vec<u8>>) -> bool {
    let responses = fields(payload).filter(|(number, _)| *number == 4);
    let described = responses.flat_map(|(_, response)| fields(response));
    for (_, file) in described.filter(|(number, _)| *number == 1) {
        let held: usize = files.iter().map(Vec::len).sum();
        if files.len() >= FILES || held + file.len() > BYTES {
            return false;
        }
        files.push(file.to_vec());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_in_the_fourth_field_of_a_response() {
        let mut files = Vec::new();
        assert!(take_files(
            b"\x0a\x01h\x10\x05\x22\x08\x0a\x02ab\x0a\x02cd",
            &mut files
        ));
        assert_eq!(files, [b"ab", b"cd"]);
        assert!(take_files(b"\x22\x05\x0a\xffab", &mut files));
        assert_eq!(files.len(), 2);
    }
}
