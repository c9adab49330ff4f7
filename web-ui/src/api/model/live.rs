//! The messages of the live WebSocket: what a browser watches, and what it is told.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{ConnectionRow, ExchangeRow, Status};

/// What a browser says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveUp {
    /// Watch a window of rows. A new watch takes the place of the one before.
    Watch(Watch),
    /// Be told when this exchange changes, wherever it stands; null for none.
    Select {
        /// The exchange's id.
        exchange: Option<String>,
    },
}

/// A window of rows to watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Watch {
    /// A number of the browser's choice that comes back with every answer to this watch.
    pub watch: u64,
    /// What is listed.
    pub view: View,
    /// Which rows match; empty for all.
    #[serde(default)]
    pub filter: String,
    /// The column to sort by, `-` before it for largest first; empty for the order of arrival.
    #[serde(default)]
    pub sort: String,
    /// Where the window begins.
    pub from: WatchFrom,
    /// Rows that the window holds at the most, 300 at the very most.
    pub limit: u16,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Exchanges.
    Exchanges,
    /// Connections.
    Connections,
}

/// Where a window begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum WatchFrom {
    /// At this place among the rows that match.
    Offset(u64),
    /// With this row in the middle.
    Around(String),
    /// So that it ends with the last row, and follows the tail.
    End,
}

/// What a browser is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveDown {
    /// The whole window: the first answer, and whenever rows moved.
    Window {
        /// The watch that it answers.
        watch: u64,
        /// Rows there are.
        total: u64,
        /// Rows that match.
        matched: u64,
        /// Place of the first item among those that match.
        offset: u64,
        /// The window.
        items: Rows,
    },
    /// Changed rows of a window that has not moved. There may be none, when only the counts changed.
    Rows {
        /// The watch that it answers.
        watch: u64,
        /// Rows there are.
        total: u64,
        /// Rows that match.
        matched: u64,
        /// The changed rows.
        items: Rows,
    },
    /// The watch's filter, sort or place is not one.
    FilterError {
        /// The watch that it answers.
        watch: u64,
        /// What is wrong and what would be right.
        detail: String,
        /// The characters of the filter at fault, first and behind the last; null when it is not the filter.
        at: Option<(u64, u64)>,
    },
    /// The selected exchange changed.
    Selected {
        /// Its id.
        exchange: String,
    },
    /// How Handlens fares.
    Status {
        /// As `/api/status` says it.
        status: Box<Status>,
    },
}

/// Rows of either list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[serde(untagged)]
pub enum Rows {
    /// Exchanges.
    Exchanges(Vec<ExchangeRow>),
    /// Connections.
    Connections(Vec<ConnectionRow>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn what_a_browser_says_is_read() {
        for (from, read) in [
            (json!("end"), WatchFrom::End),
            (json!({"offset": 7}), WatchFrom::Offset(7)),
            (json!({"around": "x"}), WatchFrom::Around("x".into())),
        ] {
            let up = json!({"type": "watch", "watch": 1, "view": "exchanges", "filter": "a", "sort": "-size",
                "from": from, "limit": 100});
            assert_eq!(
                from_value::<LiveUp>(up).unwrap(),
                LiveUp::Watch(Watch {
                    watch: 1,
                    view: View::Exchanges,
                    filter: "a".into(),
                    sort: "-size".into(),
                    from: read,
                    limit: 100
                })
            );
        }
        assert_eq!(
            from_value::<LiveUp>(json!({"type": "select", "exchange": null})).unwrap(),
            LiveUp::Select { exchange: None }
        );
    }

    #[test]
    fn what_a_browser_is_told_is_written() {
        let told = LiveDown::FilterError {
            watch: 3,
            detail: "no".into(),
            at: Some((1, 4)),
        };
        assert_eq!(
            serde_json::to_value(told).unwrap(),
            json!({"type": "filter_error", "watch": 3, "detail": "no", "at": [1, 4]})
        );
        let told = LiveDown::Rows {
            watch: 3,
            total: 2,
            matched: 1,
            items: Rows::Exchanges(Vec::new()),
        };
        assert_eq!(
            serde_json::to_value(told).unwrap(),
            json!({"type": "rows", "watch": 3, "total": 2, "matched": 1, "items": []})
        );
    }
}
