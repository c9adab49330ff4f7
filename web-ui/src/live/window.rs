//! The window that a browser watches: what is asked of the store for it, and what the browser is told when the
//! answer is another than before.

use capture::{From, Query, Store};

use crate::api::model::{
    ConnectionPage, ConnectionRow, ExchangePage, ExchangeRow, LiveDown, Problem, Rows, View, Watch, WatchFrom,
};
use crate::api::{read_id, read_query};

/// Rows that a window holds at the most.
const MAX_ROWS: usize = 300;

/// A window that is watched, and what the browser knows of it.
pub(super) struct Watching {
    watch: u64,
    pub(super) view: View,
    query: Query,
    known: Option<Window>,
}

/// The rows of a window at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    total: u64,
    matched: u64,
    offset: u64,
    rows: Rows,
}

impl Watching {
    /// What this asks for; else what to tell of why not.
    pub(super) fn new(asked: &Watch) -> Result<Self, LiveDown> {
        let query = || -> Result<Query, Problem> {
            let from = match &asked.from {
                WatchFrom::Offset(offset) => From::Offset(usize::try_from(*offset).unwrap_or(usize::MAX)),
                WatchFrom::Around(id) => From::Around(read_id(id)?),
                WatchFrom::End => From::End,
            };
            let limit = usize::from(asked.limit).min(MAX_ROWS);
            read_query(asked.view, &asked.filter, &asked.sort, from, limit)
        };
        Ok(Self {
            query: query().map_err(|problem| refuse(asked.watch, problem))?,
            watch: asked.watch,
            view: asked.view,
            known: None,
        })
    }

    /// What is to be asked of the store, which blocks.
    pub(super) fn question(&self) -> impl FnOnce(&dyn Store) -> Result<Window, Problem> + Send + 'static {
        let (view, query) = (self.view, self.query.clone());
        move |store| match view {
            View::Exchanges => Ok(Window::of_exchanges(store.exchanges(&query)?)),
            View::Connections => Ok(Window::of_connections(store.connections(&query)?)),
        }
    }

    /// What to tell now that the store answered so; `None` when the browser knows it all.
    pub(super) fn tell(&mut self, answer: Result<Window, Problem>) -> Option<LiveDown> {
        let window = match answer {
            Ok(window) => window,
            Err(problem) => return Some(refuse(self.watch, problem)),
        };
        let told = match &self.known {
            Some(known) => window.news_since(known, self.watch)?,
            None => window.whole(self.watch),
        };
        self.known = Some(window);
        Some(told)
    }
}

fn refuse(watch: u64, problem: Problem) -> LiveDown {
    LiveDown::FilterError {
        watch,
        detail: problem.detail,
        at: problem.at,
    }
}

impl Window {
    fn of_exchanges(page: capture::Page<capture::ExchangeRow>) -> Self {
        let ExchangePage {
            total,
            matched,
            offset,
            items,
        } = page.into();
        Self {
            total,
            matched,
            offset,
            rows: Rows::Exchanges(items),
        }
    }

    fn of_connections(page: capture::Page<(u64, std::sync::Arc<capture::Connection>)>) -> Self {
        let ConnectionPage {
            total,
            matched,
            offset,
            items,
        } = page.into();
        Self {
            total,
            matched,
            offset,
            rows: Rows::Connections(items),
        }
    }

    fn whole(&self, watch: u64) -> LiveDown {
        LiveDown::Window {
            watch,
            total: self.total,
            matched: self.matched,
            offset: self.offset,
            items: self.rows.clone(),
        }
    }

    /// The changed rows where none moved, else the whole; `None` where nothing changed.
    fn news_since(&self, known: &Self, watch: u64) -> Option<LiveDown> {
        let changed = match (&self.rows, &known.rows) {
            _ if self.offset != known.offset => None,
            (Rows::Exchanges(now), Rows::Exchanges(then)) => changed(now, then).map(Rows::Exchanges),
            (Rows::Connections(now), Rows::Connections(then)) => changed(now, then).map(Rows::Connections),
            _ => None,
        };
        let Some(items) = changed else {
            return Some(self.whole(watch));
        };
        let counts_hold = (self.total, self.matched) == (known.total, known.matched);
        if counts_hold && items.is_empty() {
            return None;
        }
        Some(LiveDown::Rows {
            watch,
            total: self.total,
            matched: self.matched,
            items,
        })
    }
}

impl Rows {
    fn is_empty(&self) -> bool {
        match self {
            Self::Exchanges(rows) => rows.is_empty(),
            Self::Connections(rows) => rows.is_empty(),
        }
    }
}

trait Row: Clone + PartialEq {
    fn number(&self) -> u64;
}

impl Row for ExchangeRow {
    fn number(&self) -> u64 {
        self.number
    }
}

impl Row for ConnectionRow {
    fn number(&self) -> u64 {
        self.number
    }
}

/// The rows that differ; `None` when they are not the same rows at the same places.
fn changed<R: Row>(now: &[R], then: &[R]) -> Option<Vec<R>> {
    let same_rows = now.len() == then.len()
        && now
            .iter()
            .zip(then)
            .all(|(now, then)| now.number() == then.number());
    same_rows.then(|| {
        let pairs = now.iter().zip(then);
        pairs
            .filter(|(now, then)| now != then)
            .map(|(now, _)| now.clone())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::{Connection, Door, Page};
    use std::sync::Arc;

    fn watching() -> Watching {
        Watching::new(&Watch {
            watch: 7,
            view: View::Connections,
            filter: String::new(),
            sort: String::new(),
            from: WatchFrom::End,
            limit: 1000,
        })
        .unwrap()
    }

    fn connection() -> Connection {
        Connection::new(Door::Connect, "127.0.0.1:5000".parse().unwrap())
    }

    fn window(total: u64, offset: u64, rows: &[(u64, &Connection)]) -> Result<Window, Problem> {
        let items = rows
            .iter()
            .map(|(number, row)| (*number, Arc::new((*row).clone())))
            .collect();
        Ok(Window::of_connections(Page {
            total,
            matched: total,
            offset,
            items,
        }))
    }

    #[test]
    fn a_window_is_told_whole_then_by_its_changes_and_then_not_at_all() {
        let (mut watching, mut a, b) = (watching(), connection(), connection());
        assert_eq!(watching.query.limit, MAX_ROWS);
        let told = watching.tell(window(2, 0, &[(1, &a), (2, &b)]));
        assert!(matches!(
            told,
            Some(LiveDown::Window {
                watch: 7,
                total: 2,
                offset: 0,
                ..
            })
        ));

        assert_eq!(watching.tell(window(2, 0, &[(1, &a), (2, &b)])), None);

        a.bytes_from_client = 9;
        let told = watching.tell(window(2, 0, &[(1, &a), (2, &b)]));
        let Some(LiveDown::Rows {
            items: Rows::Connections(rows),
            ..
        }) = told
        else {
            panic!("{told:?}")
        };
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1]);

        let told = watching.tell(window(3, 0, &[(1, &a), (2, &b)]));
        assert!(matches!(told, Some(LiveDown::Rows { total: 3, items, .. }) if items.is_empty()));
    }

    #[test]
    fn rows_that_moved_make_a_whole_window() {
        let (mut watching, a, b) = (watching(), connection(), connection());
        watching.tell(window(2, 0, &[(1, &a), (2, &b)]));
        for moved in [
            window(2, 1, &[(1, &a), (2, &b)]),
            window(3, 1, &[(2, &b), (3, &a)]),
            window(1, 0, &[(2, &b)]),
            window(0, 0, &[]),
        ] {
            assert!(matches!(watching.tell(moved), Some(LiveDown::Window { .. })));
        }
    }

    #[test]
    fn what_cannot_be_asked_is_told_with_its_watch() {
        let asked = Watch {
            watch: 9,
            view: View::Exchanges,
            filter: String::new(),
            sort: "colour".into(),
            from: WatchFrom::End,
            limit: 1,
        };
        let told = Watching::new(&asked).err().unwrap();
        assert!(
            matches!(&told, LiveDown::FilterError { watch: 9, at: None, detail } if detail.contains("\"colour\"")),
            "{told:?}"
        );
    }
}
