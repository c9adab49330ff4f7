//! A filter as an SQL condition. What a person typed is always a parameter, never part of the SQL.

use rusqlite::types::Value;

use super::pack::{scheme_number, version_number};
use super::row::{connection_outcome, decision_number, exchange_state};
use super::table::Table;
use crate::filter::term::{Measure, Name, Node, Pattern, Term, TlsField, What};
use crate::{ExchangeState, Filter, FilterError, Outcome};

/// A condition on the rows of `exchange e` or `connection c`, and the parameters that it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) parameters: Vec<Value>,
}

impl Condition {
    /// Compiles a filter for one table.
    ///
    /// # Errors
    /// When a term has no meaning for that table's rows.
    pub(super) fn new(filter: &Filter, table: Table) -> Result<Self, FilterError> {
        let mut condition = Self::default();
        match filter.node() {
            Some(node) => condition.node(node, table)?,
            None => condition.sql.push_str("TRUE"),
        }
        Ok(condition)
    }

    fn node(&mut self, node: &Node, table: Table) -> Result<(), FilterError> {
        match node {
            Node::All(nodes) => self.joined(nodes, " AND ", table),
            Node::Any(nodes) => self.joined(nodes, " OR ", table),
            Node::Not(node) => {
                self.sql.push_str("NOT ");
                self.node(node, table)
            }
            // Never unknown, and bare it is looked up in the index by connection.
            Node::Term(Term {
                what: What::Connection(Name::Id(id)),
                ..
            }) if table == Table::Exchanges => {
                self.one_of("e.connection", [id.as_bytes().to_vec()]);
                Ok(())
            }
            Node::Term(term) => {
                // What is not known (NULL) does not match, and its opposite does.
                self.sql.push_str("((");
                match table {
                    Table::Exchanges => self.exchange(term)?,
                    Table::Connections => self.connection(term)?,
                }
                self.sql.push_str(") IS TRUE)");
                Ok(())
            }
        }
    }

    fn joined(&mut self, nodes: &[Node], between: &str, table: Table) -> Result<(), FilterError> {
        self.sql.push('(');
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 {
                self.sql.push_str(between);
            }
            self.node(node, table)?;
        }
        self.sql.push(')');
        Ok(())
    }

    fn exchange(&mut self, term: &Term) -> Result<(), FilterError> {
        match &term.what {
            What::Text(text) => {
                let part = self.parameter(text.clone());
                // What is near at hand first: the heads are read only of rows that do not match by it.
                self.sql.push_str(&format!(
                    "url_contains(e.https, e.host, e.port, e.path, {part}) OR contains(e.method, {part}) OR contains(e.operation, {part}) \
                     OR contains(e.status, {part}) OR contains(e.error ->> '$.text', {part}) \
                     OR heads_contain((SELECT d.heads FROM detail d WHERE d.number = e.number), {part})"
                ));
            }
            What::Host { pattern, port } => self.host(&["e.host"], pattern, "e.port", *port),
            What::Path(pattern) => self.pattern("e.path", pattern),
            What::Method(methods) => self.one_of("upper(e.method)", methods.iter().cloned()),
            What::Status(statuses) => self.any_measure("e.status", statuses),
            What::Scheme(scheme) => self.one_of("e.https", [scheme_number(scheme)]),
            What::Protocol(protocols) => {
                self.one_of("e.protocol", protocols.iter().map(|&protocol| protocol as i64));
            }
            What::Operation(pattern) => self.pattern("e.operation", pattern),
            What::GrpcStatus(statuses) => self.any_measure("e.grpc_status", statuses),
            What::Type(pattern) => self.pattern("e.type", pattern),
            What::State(states) => self.one_of("e.state", states.iter().map(|&state| exchange_state(state))),
            What::Size(size) => self.any_measure("e.response_bytes", &[*size]),
            What::Duration(duration) => self.any_measure("e.duration", &[*duration]),
            What::Error(pattern) => self.error("e.error", pattern),
            What::Connection(Name::Id(id)) => self.one_of("e.connection", [id.as_bytes().to_vec()]),
            What::Connection(Name::Number(number)) => {
                let number = self.parameter(*number as i64);
                self.sql.push_str(&format!(
                    "e.connection = (SELECT id FROM connection WHERE number = {number})"
                ));
            }
            What::Version(versions) => {
                self.one_of(
                    "e.version",
                    versions.iter().map(|&version| version_number(version) as i64),
                );
            }
            What::Tls(..)
            | What::Ja4(_)
            | What::Resumed(_)
            | What::Verdict(_)
            | What::Check(_)
            | What::Certificate(_)
            | What::Door(_)
            | What::Process(_) => {
                self.sql
                    .push_str("EXISTS (SELECT 1 FROM connection c WHERE c.id = e.connection AND (");
                self.of_connection(&term.what);
                self.sql.push_str("))");
            }
            What::Outcome(_) => {
                let text =
                    "outcome: is said of connections; an exchange has state:open, state:done or state:failed";
                return Err(FilterError::new(term.at.clone(), text));
            }
        }
        Ok(())
    }

    fn connection(&mut self, term: &Term) -> Result<(), FilterError> {
        match &term.what {
            What::Text(text) => {
                let part = self.parameter(text.clone());
                self.sql.push_str(&format!(
                    "contains(c.host || ':' || c.port, {part}) OR contains(c.sni, {part}) \
                     OR contains(c.failure ->> '$.text', {part})"
                ));
            }
            What::Host { pattern, port } => self.host(&["c.host", "c.sni"], pattern, "c.port", *port),
            What::State(states) => {
                let failed = connection_outcome(Outcome::Failed);
                let states: Vec<String> = states
                    .iter()
                    .map(|state| match state {
                        ExchangeState::Open => "c.closed IS NULL".to_owned(),
                        ExchangeState::Done => format!("c.closed IS NOT NULL AND c.outcome IS NOT {failed}"),
                        ExchangeState::Failed => format!("c.outcome IS {failed}"),
                    })
                    .collect();
                self.sql.push_str(&states.join(" OR "));
            }
            What::Outcome(outcomes) => {
                self.one_of(
                    "c.outcome",
                    outcomes.iter().map(|&outcome| connection_outcome(outcome)),
                );
            }
            What::Size(size) => self.any_measure("c.bytes", &[*size]),
            What::Duration(duration) => self.any_measure("(c.closed - c.opened)", &[*duration]),
            What::Error(pattern) => self.error("c.failure", pattern),
            What::Connection(Name::Id(id)) => self.one_of("c.id", [id.as_bytes().to_vec()]),
            What::Connection(Name::Number(number)) => self.one_of("c.number", [*number as i64]),
            What::Tls(..)
            | What::Ja4(_)
            | What::Resumed(_)
            | What::Verdict(_)
            | What::Check(_)
            | What::Certificate(_)
            | What::Door(_)
            | What::Process(_) => self.of_connection(&term.what),
            What::Path(_) => return Err(of_exchanges_only("path", term)),
            What::Method(_) => return Err(of_exchanges_only("method", term)),
            What::Status(_) => return Err(of_exchanges_only("status", term)),
            What::Scheme(_) => return Err(of_exchanges_only("scheme", term)),
            What::Type(_) => return Err(of_exchanges_only("type", term)),
            What::Protocol(_) => return Err(of_exchanges_only("protocol", term)),
            What::Operation(_) => return Err(of_exchanges_only("operation", term)),
            What::GrpcStatus(_) => return Err(of_exchanges_only("grpc-status", term)),
            What::Version(_) => return Err(of_exchanges_only("version", term)),
        }
        Ok(())
    }

    /// How the client came in and whose it is, what TLS agreed on and what was seen of certificates, asked of
    /// `connection c`.
    fn of_connection(&mut self, what: &What) {
        match what {
            What::Tls(field, pattern) => {
                let [client, origin] = match field {
                    TlsField::Version => ["c.client_tls", "c.origin_tls"],
                    TlsField::Suite => ["c.client_suite", "c.origin_suite"],
                    TlsField::Group => ["c.client_group", "c.origin_group"],
                    TlsField::Alpn => ["c.client_alpn", "c.origin_alpn"],
                };
                self.pattern(client, pattern);
                self.sql.push_str(" OR ");
                self.pattern(origin, pattern);
            }
            What::Ja4(pattern) => self.pattern("c.ja4", pattern),
            What::Process(pattern) => {
                self.pattern("c.whole ->> '$.process.name'", pattern);
                self.sql.push_str(" OR ");
                self.pattern("c.whole ->> '$.process.executable'", pattern);
                if let Pattern::Contains(pid) | Pattern::Is(pid) = pattern {
                    self.sql.push_str(" OR ");
                    self.pattern("c.whole ->> '$.process.pid'", &Pattern::Is(pid.clone()));
                }
            }
            What::Resumed(resumed) => {
                let either = "(c.client_resumed IS 1 OR c.origin_resumed IS 1)";
                let told = "coalesce(c.client_resumed, c.origin_resumed) IS NOT NULL";
                self.sql.push_str(&match resumed {
                    true => either.to_owned(),
                    false => format!("{told} AND NOT {either}"),
                });
            }
            What::Verdict(decisions) => {
                let numbers = decisions.iter().map(|&decision| decision_number(decision));
                self.one_of("c.decision", numbers);
            }
            What::Check(name) => {
                let name = self.parameter(format!(" {name} "));
                self.sql.push_str(&format!(
                    "EXISTS (SELECT 1 FROM sighting s JOIN verdict v ON v.number IN (s.verdict, s.client_verdict) \
                     WHERE s.number = c.sighting AND instr(v.findings, {name}))"
                ));
            }
            What::Certificate(prefix) => {
                let ends = [prefix.first, prefix.last()];
                let [first, last] = ends.map(|id| self.parameter(id.as_bytes().to_vec()));
                self.sql.push_str(&format!(
                    "EXISTS (SELECT 1 FROM role r WHERE r.sighting = c.sighting \
                     AND r.certificate BETWEEN {first} AND {last})"
                ));
            }
            What::Door(doors) => self.one_of(
                "(c.whole ->> '$.door')",
                doors.iter().map(|door| door.as_str().to_owned()),
            ),
            _ => self.sql.push_str("FALSE"),
        }
    }

    fn host(&mut self, columns: &[&str], pattern: &Pattern, port_column: &str, port: Option<u16>) {
        let (function, text) = match pattern {
            Pattern::Contains(text) => ("begins_label", text),
            Pattern::Is(text) => ("is_text", text),
            Pattern::Glob(text) => ("globs", text),
        };
        let text = self.parameter(text.clone());
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("{function}({column}, {text})"))
            .collect();
        self.sql.push_str(&format!("({})", columns.join(" OR ")));
        if let Some(port) = port {
            let port = self.parameter(i64::from(port));
            self.sql.push_str(&format!(" AND {port_column} = {port}"));
        }
    }

    fn pattern(&mut self, column: &str, pattern: &Pattern) {
        let (function, text) = match pattern {
            Pattern::Contains(text) => ("contains", text),
            Pattern::Is(text) => ("is_text", text),
            Pattern::Glob(text) => ("globs", text),
        };
        let text = self.parameter(text.clone());
        self.sql.push_str(&format!("{function}({column}, {text})"));
    }

    /// The pattern on the text of a failure; a word for the leg or the stage means that.
    fn error(&mut self, column: &str, pattern: &Pattern) {
        self.pattern(&format!("{column} ->> '$.text'"), pattern);
        if let Pattern::Contains(word) | Pattern::Is(word) = pattern {
            let word = self.parameter(word.to_ascii_lowercase());
            self.sql.push_str(&format!(
                " OR {word} IN ({column} ->> '$.leg', {column} ->> '$.stage')"
            ));
        }
    }

    fn one_of<T: Into<Value>>(&mut self, column: &str, values: impl IntoIterator<Item = T>) {
        let values: Vec<String> = values.into_iter().map(|value| self.parameter(value)).collect();
        self.sql.push_str(&format!("{column} IN ({})", values.join(", ")));
    }

    fn any_measure(&mut self, column: &str, measures: &[Measure]) {
        for (at, measure) in measures.iter().enumerate() {
            if at > 0 {
                self.sql.push_str(" OR ");
            }
            match measure.range() {
                None => self.sql.push_str("FALSE"),
                Some(range) => {
                    let [low, high] = [*range.start(), *range.end()]
                        .map(|bound| self.parameter(i64::try_from(bound).unwrap_or(i64::MAX)));
                    self.sql.push_str(&format!("{column} BETWEEN {low} AND {high}"));
                }
            }
        }
    }

    /// Adds a parameter and returns what names it.
    fn parameter(&mut self, value: impl Into<Value>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.parameters.len())
    }
}

fn of_exchanges_only(field: &str, term: &Term) -> FilterError {
    let text = format!(
        "{field}: is said of exchanges; a connection has host:, state:, outcome:, door:, error:, size:, duration:, connection:, tls.version:, tls.suite:, \
         tls.group:, tls.alpn:, ja4:, resumed:, verdict:, check:, cert: and process:"
    );
    FilterError::new(term.at.clone(), text)
}
