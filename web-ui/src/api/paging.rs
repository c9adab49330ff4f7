//! How a list is asked for: filter, sort, and where the window begins.

use capture::{Column, Filter, From, Id, Query, Sort};
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{Problem, View};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
/// Bytes that a filter may have: what a person types, with much to spare.
pub(crate) const MAX_FILTER: usize = 8 * 1024;

/// What a list's URL says.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Which rows match; empty for all.
    #[serde(default)]
    pub(crate) filter: String,
    /// Exchanges by number, time, method, status, host, path, type, size or duration; connections by number, time,
    /// host, size, duration, tls.version, tls.suite, tls.group or tls.alpn; `-` before it for largest first.
    #[serde(default)]
    pub(crate) sort: String,
    /// The window begins behind the row of this id.
    pub(crate) after: Option<String>,
    /// The window begins at this place among the rows that match.
    pub(crate) offset: Option<usize>,
    /// The window has the row of this id in its middle.
    pub(crate) around: Option<String>,
    /// Rows at the most: 100 when nothing is said, 1000 at the very most.
    pub(crate) limit: Option<usize>,
}

impl Paging {
    /// What the store is asked for.
    pub(crate) fn query(&self, view: View) -> Result<Query, Problem> {
        let from = match (&self.after, self.offset, &self.around) {
            (None, None, None) => From::Offset(0),
            (Some(id), None, None) => From::After(read_id(id)?),
            (None, Some(offset), None) => From::Offset(offset),
            (None, None, Some(id)) => From::Around(read_id(id)?),
            _ => return Err(Problem::bad_request("give one of after, offset and around")),
        };
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        read_query(view, &self.filter, &self.sort, from, limit)
    }
}

/// A query from the words of it.
pub(crate) fn read_query(
    view: View,
    filter: &str,
    sort: &str,
    from: From,
    limit: usize,
) -> Result<Query, Problem> {
    Ok(Query {
        filter: read_filter(filter)?,
        sort: read_sort(view, sort)?,
        from,
        limit,
    })
}

/// The filter that this text says.
pub(crate) fn read_filter(text: &str) -> Result<Filter, Problem> {
    if text.len() > MAX_FILTER {
        let text = format!("the filter is longer than {MAX_FILTER} bytes");
        return Err(Problem::bad_request(text));
    }
    Ok(text.parse()?)
}

/// What each list can be sorted by.
const EXCHANGE_COLUMNS: [(&str, Column); 9] = [
    ("number", Column::Number),
    ("time", Column::Number),
    ("method", Column::Method),
    ("status", Column::Status),
    ("host", Column::Host),
    ("path", Column::Path),
    ("type", Column::Type),
    ("size", Column::Size),
    ("duration", Column::Duration),
];
const CONNECTION_COLUMNS: [(&str, Column); 9] = [
    ("number", Column::Number),
    ("time", Column::Number),
    ("host", Column::Host),
    ("size", Column::Size),
    ("duration", Column::Duration),
    ("tls.version", Column::TlsVersion),
    ("tls.suite", Column::TlsSuite),
    ("tls.group", Column::TlsGroup),
    ("tls.alpn", Column::TlsAlpn),
];

/// The order of this list that this text says.
fn read_sort(view: View, text: &str) -> Result<Sort, Problem> {
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let (rows, columns) = match view {
        View::Exchanges => ("exchanges", &EXCHANGE_COLUMNS[..]),
        View::Connections => ("connections", &CONNECTION_COLUMNS[..]),
    };
    let found = columns.iter().find(|(known, _)| *known == name);
    match found {
        Some((_, column)) => Ok(Sort {
            column: *column,
            descending,
        }),
        None if name.is_empty() => Ok(Sort {
            column: Column::Number,
            descending,
        }),
        None => {
            let known: Vec<&str> = columns.iter().map(|(known, _)| *known).collect();
            let name: String = name.chars().take(64).collect();
            Err(Problem::bad_request(format!(
                "{rows} are not sorted by {name:?}, but by {}",
                known.join(", ")
            )))
        }
    }
}

/// The id that this text says.
pub(crate) fn read_id(text: &str) -> Result<Id, Problem> {
    text.parse()
        .map_err(|error: capture::ParseIdError| Problem::bad_request(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_first_hundred() {
        let query = Paging::default().query(View::Exchanges).unwrap();
        assert_eq!((query.from, query.limit), (From::Offset(0), 100));
        assert_eq!(query.sort, Sort::default());
    }

    #[test]
    fn more_than_the_most_is_the_most() {
        let paging = Paging {
            limit: Some(5000),
            ..Paging::default()
        };
        assert_eq!(paging.query(View::Exchanges).unwrap().limit, 1000);
    }

    #[test]
    fn two_begins_are_refused() {
        let paging = Paging {
            offset: Some(1),
            after: Some(Id::new().to_string()),
            ..Paging::default()
        };
        assert_eq!(
            paging.query(View::Exchanges).unwrap_err().detail,
            "give one of after, offset and around"
        );
    }

    #[test]
    fn a_sort_is_a_column_and_a_direction() {
        let largest = |column| Sort {
            column,
            descending: true,
        };
        let exchanges = |text| read_sort(View::Exchanges, text);
        assert_eq!(exchanges("-duration").unwrap(), largest(Column::Duration));
        assert_eq!(exchanges("-time").unwrap(), largest(Column::Number));
        assert_eq!(exchanges("").unwrap(), Sort::default());
        assert_eq!(
            exchanges("colour").unwrap_err().detail,
            "exchanges are not sorted by \"colour\", but by number, time, method, status, host, path, type, size, \
             duration"
        );
        assert_eq!(
            read_sort(View::Connections, "-method").unwrap_err().detail,
            "connections are not sorted by \"method\", but by number, time, host, size, duration, tls.version, \
             tls.suite, tls.group, tls.alpn"
        );
    }
}
