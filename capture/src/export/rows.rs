//! What is exported, page by page: exchanges, or connections.

use std::collections::VecDeque;

use super::Selection;
use crate::{Filter, From, Id, Page, Query, ReadError, Store};

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
    /// Where the next page begins.
    from: From,
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
                    from: From::Offset(0),
                    last: None,
                };
                (VecDeque::new(), Some(more))
            }
        };
        Self { kind, ids, more }
    }

    pub(super) fn next(&mut self, store: &dyn Store) -> Result<Option<Id>, ReadError> {
        while self.ids.is_empty() && self.more.is_some() {
            self.fill(store)?;
        }
        Ok(self.ids.pop_front())
    }

    pub(super) fn fill(&mut self, store: &dyn Store) -> Result<(), ReadError> {
        let Some(more) = &mut self.more else { return Ok(()) };
        let kind = self.kind;
        let ask = |from, limit| page(store, kind, &more.filter, from, limit);
        let last = match more.last {
            Some(last) => last,
            None => {
                let newest = ask(From::End, 1)?;
                newest.items.first().map_or(0, |(number, _)| *number)
            }
        };
        let page = ask(more.from, PAGE)?;
        // A row that goes while it is read leaves a gap in its page: how many came says nothing of the end.
        let behind = page.offset as usize + PAGE;
        let is_over = behind as u64 >= page.matched || page.items.iter().any(|(number, _)| *number > last);
        let ids = page.items.iter().filter(|(number, _)| *number <= last);
        self.ids.extend(ids.map(|(_, id)| *id));
        more.last = Some(last);
        more.from = match page.items.last() {
            Some((_, id)) => From::After(*id),
            None => From::Offset(behind),
        };
        if is_over {
            self.more = None;
        }
        Ok(())
    }
}

/// A page of numbers and ids.
fn page(
    store: &dyn Store,
    kind: Kind,
    filter: &Filter,
    from: From,
    limit: usize,
) -> Result<Page<(u64, Id)>, ReadError> {
    let query = Query {
        filter: filter.clone(),
        from,
        limit,
        ..Query::default()
    };
    Ok(match kind {
        Kind::Exchanges => store.exchanges(&query)?.map(|row| (row.number, row.id)),
        Kind::Connections => store.connections(&query)?.map(|(number, row)| (number, row.id)),
    })
}
