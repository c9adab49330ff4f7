//! What is exported, page by page: exchanges, or connections.

use std::collections::VecDeque;

use super::Selection;
use crate::{Filter, From, Id, Query, ReadError, Store};

/// Rows that are asked of the store at once.
const PAGE: usize = 200;

/// Whose ids they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Exchanges,
    Connections,
}

/// The ids that are exported, a page of them at a time.
pub(super) struct Rows {
    kind: Kind,
    ids: VecDeque<Id>,
    more: Option<More>,
}

/// What is still to be asked of the store.
struct More {
    filter: Filter,
    /// The last id that was told.
    behind: Option<Id>,
    /// The number of the last row when it began: what comes later is not exported, so that it comes to an end.
    last: Option<u64>,
}

impl Rows {
    pub(super) fn new(kind: Kind, selection: Selection) -> Self {
        let (ids, more) = match selection {
            Selection::Ids(ids) => (ids.into(), None),
            Selection::Matching(filter) => {
                let more = More {
                    filter,
                    behind: None,
                    last: None,
                };
                (VecDeque::new(), Some(more))
            }
        };
        Self { kind, ids, more }
    }

    pub(super) fn next(&mut self, store: &dyn Store) -> Result<Option<Id>, ReadError> {
        if self.ids.is_empty() {
            self.fill(store)?;
        }
        Ok(self.ids.pop_front())
    }

    pub(super) fn fill(&mut self, store: &dyn Store) -> Result<(), ReadError> {
        let Some(more) = &mut self.more else { return Ok(()) };
        let kind = self.kind;
        let ask = |from, limit| numbers_and_ids(store, kind, &more.filter, from, limit);
        let last = match more.last {
            Some(last) => last,
            None => ask(From::End, 1)?.first().map_or(0, |(number, _)| *number),
        };
        let page = ask(more.behind.map_or(From::Offset(0), From::After), PAGE)?;
        let asked = page.len();
        let ids = page.into_iter().filter(|(number, _)| *number <= last);
        self.ids.extend(ids.map(|(_, id)| id));
        more.last = Some(last);
        more.behind = self.ids.back().copied();
        if self.ids.len() < asked || asked < PAGE {
            self.more = None;
        }
        Ok(())
    }
}

fn numbers_and_ids(
    store: &dyn Store,
    kind: Kind,
    filter: &Filter,
    from: From,
    limit: usize,
) -> Result<Vec<(u64, Id)>, ReadError> {
    let query = Query {
        filter: filter.clone(),
        from,
        limit,
        ..Query::default()
    };
    Ok(match kind {
        Kind::Exchanges => {
            let rows = store.exchanges(&query)?.items;
            rows.iter().map(|row| (row.number, row.id)).collect()
        }
        Kind::Connections => {
            let rows = store.connections(&query)?.items;
            rows.iter().map(|(number, row)| (*number, row.id)).collect()
        }
    })
}
