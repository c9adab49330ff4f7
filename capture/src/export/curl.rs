//! An exchange as a curl command line for a POSIX shell.

use crate::{Id, ReadError, Store};

/// The request of this exchange as a curl command. `None` when there is no such exchange.
///
/// # Errors
/// When the store cannot be read.
pub fn curl(store: &dyn Store, id: Id) -> Result<Option<String>, ReadError> {
    Ok(store
        .exchange(id)?
        .map(|(_, exchange)| format!("curl '{}'", exchange.request.url())))
}
