//! Which rows match, in which order: for each of the filters and orders asked for of late a list of row numbers,
//! kept in step with what changes. A window at any place of it is then read at the price of its own rows.
//!
//! - All rows by number need no list: the store knows its numbers as runs.
//! - A list by number is brought up to date from the rows that changed, by asking the condition of those alone.
//! - A list by another column is sorted anew when rows changed, but no more of the time than a tenth: a store of
//!   a million rows may serve an order that is some seconds old, and tells the feed when a newer one is due.

mod list;
mod order;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use self::list::List;
pub(super) use self::order::{Order, Place, Window};
use super::condition::Condition;
use super::shared::{Shared, lock};
use super::table::Table;
use crate::{Filter, ReadError, Sort};

/// Lists that are kept at the most.
const LISTS: usize = 8;

/// Rows in all lists together at the most, at four bytes each. The latest list is kept whatever its length.
const ROWS: usize = 6_000_000;

/// The lists, the latest used last.
#[derive(Default)]
pub(super) struct Views {
    views: Mutex<Vec<Arc<View>>>,
}

struct View {
    table: Table,
    filter: String,
    sort: Sort,
    /// `None` until it is made for the first time.
    list: Mutex<Option<List>>,
    rows: AtomicUsize,
}

impl Views {
    /// Asks `ask` of the rows that match, in order, as of now.
    pub(super) fn with_order<T>(
        &self,
        shared: &Shared,
        db: &rusqlite::Connection,
        (table, filter, sort): (Table, &Filter, Sort),
        ask: impl FnOnce(Order<'_>) -> T,
    ) -> Result<T, ReadError> {
        let by_number = table.sorted_by(sort).is_none();
        if by_number && filter.is_empty() {
            let shown = table.listed(&shared.seen()).shown.clone();
            return Ok(ask(Order::Shown {
                numbers: &shown,
                descending: sort.descending,
            }));
        }
        let condition = Condition::new(filter, table)?;
        // One list serves both directions of the order by number.
        let descending = by_number && sort.descending;
        let sort = if by_number { Sort::default() } else { sort };
        let view = self.view(table, filter, sort);
        let mut list = lock(&view.list);
        list::refresh(&mut list, shared, db, (table, &condition, sort))?;
        let list = list.get_or_insert_default();
        view.rows.store(list.len(), Ordering::Relaxed);
        Ok(ask(Order::Listed {
            list,
            by_number,
            descending,
        }))
    }

    fn view(&self, table: Table, filter: &Filter, sort: Sort) -> Arc<View> {
        let filter = filter.to_string();
        let mut views = lock(&self.views);
        let known = views
            .iter()
            .position(|view| view.table == table && view.sort == sort && view.filter == filter);
        let view = match known {
            Some(at) => views.remove(at),
            None => Arc::new(View {
                table,
                filter,
                sort,
                list: Mutex::default(),
                rows: AtomicUsize::new(0),
            }),
        };
        views.push(view.clone());
        let rows = |views: &[Arc<View>]| {
            views
                .iter()
                .map(|view| view.rows.load(Ordering::Relaxed))
                .sum::<usize>()
        };
        while views.len() > LISTS || (views.len() > 1 && rows(&views) > ROWS) {
            views.remove(0);
        }
        view
    }
}

#[cfg(test)]
mod tests;
