//! The SQL functions that filters are compiled to.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use super::pack;
use crate::filter::matching;

/// Gives a read connection the functions `contains(text, part)`, `begins_label(host, part)`,
/// `globs(text, pattern)`, `is_text(text, whole)`, `url_contains(scheme, host, port, path, part)` and
/// `heads_contain(heads, part)`. All of them are false of NULL.
pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    for (name, compare) in [
        ("contains", matching::contains as fn(&[u8], &[u8]) -> bool),
        ("begins_label", matching::begins_label),
        ("globs", matching::globs),
        ("is_text", <[u8]>::eq_ignore_ascii_case),
    ] {
        db.create_scalar_function(name, 2, flags, move |context| {
            with_text(context, 0, |text| compare(text, bytes(context.get_raw(1))))
        })?;
    }
    db.create_scalar_function("url_contains", 5, flags, |context| {
        let (host, path) = (bytes(context.get_raw(1)), bytes(context.get_raw(3)));
        let part = bytes(context.get_raw(4));
        // A part of host or path alone needs no URL put together.
        if matching::contains(host, part) || matching::contains(path, part) {
            return Ok(true);
        }
        let scheme = pack::scheme_of(context.get(0)?);
        let port: u16 = context.get(2)?;
        let url = [scheme.as_bytes(), b"://", &authority(scheme, host, port), path].concat();
        Ok(matching::contains(&url, part))
    })?;
    db.create_scalar_function("heads_contain", 2, flags, |context| {
        with_text(context, 0, |heads| {
            matching::contains(pack::texts(heads), bytes(context.get_raw(1)))
        })
    })
}

fn authority(scheme: &str, host: &[u8], port: u16) -> Vec<u8> {
    let mut authority = Vec::with_capacity(host.len() + 8);
    if host.contains(&b':') {
        authority.push(b'[');
        authority.extend_from_slice(host);
        authority.push(b']');
    } else {
        authority.extend_from_slice(host);
    }
    if crate::default_port(scheme) != Some(port) {
        authority.extend_from_slice(format!(":{port}").as_bytes());
    }
    authority
}

/// Asks `ask` of an argument as text, numbers as they are written.
fn with_text(
    context: &Context<'_>,
    argument: usize,
    ask: impl FnOnce(&[u8]) -> bool,
) -> rusqlite::Result<bool> {
    Ok(match context.get_raw(argument) {
        ValueRef::Integer(number) => ask(number.to_string().as_bytes()),
        ValueRef::Text(text) | ValueRef::Blob(text) => ask(text),
        ValueRef::Null | ValueRef::Real(_) => false,
    })
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    }
}
