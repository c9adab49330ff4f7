//! The operations of GraphQL, named.

use std::fmt::{self, Formatter};

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

/// Characters of a name at the most.
const LONGEST: usize = 500;

/// The operation that a request in JSON asks for, one or several.
pub(crate) fn of_json(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Requests {
        One(Request),
        Batch(Vec<Request>),
    }
    // Most JSON is none, and is not parsed.
    memchr::memmem::find(body, b"\"query\"").or_else(|| memchr::memmem::find(body, b"\"operationName\""))?;
    match serde_json::from_slice(body).ok()? {
        Requests::One(request) => request.name(),
        Requests::Batch(requests) => {
            let names: Vec<String> = requests.iter().map(Request::name).collect::<Option<_>>()?;
            (!names.is_empty()).then(|| shortened(&names.join(", ")))
        }
    }
}

/// The operation that the beginning of a request in JSON asks for, where its document stands in that whole.
pub(crate) fn of_json_begun(body: &[u8]) -> Option<String> {
    let mut begun = Begun(Request::default());
    // It ends in the middle: that is no error here.
    let _ = serde_json::Deserializer::from_slice(body).deserialize_map(&mut begun);
    begun.0.query.as_ref()?;
    begun.0.name()
}

/// The members of a request that were read before it ended.
struct Begun(Request);

impl<'de> Visitor<'de> for &mut Begun {
    type Value = ();

    fn expecting(&self, to: &mut Formatter) -> fmt::Result {
        to.write_str("a request of GraphQL")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(name) = members.next_key::<String>()? {
            match &*name {
                "query" => self.0.query = members.next_value()?,
                "operationName" => self.0.operation_name = members.next_value()?,
                _ => _ = members.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// The operation that a message of a subscription begins (graphql-transport-ws and graphql-ws).
pub(super) fn of_subscription(message: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        r#type: String,
        payload: Option<Request>,
    }
    memchr::memmem::find(message, b"\"payload\"")?;
    let message: Message = serde_json::from_slice(message).ok()?;
    matches!(&*message.r#type, "subscribe" | "start")
        .then_some(message.payload?)?
        .name()
}

/// The operation of a document alone.
pub(crate) fn of_document(document: &str, chosen: Option<&str>) -> Option<String> {
    let operations = operations(document)?;
    let operation = match chosen.filter(|name| !name.is_empty()) {
        Some(chosen) => operations
            .iter()
            .find(|(_, name)| name.as_deref() == Some(chosen)),
        None => operations.first(),
    };
    let (kind, name) = operation?;
    Some(match name {
        Some(name) => shortened(name),
        None => (*kind).to_owned(),
    })
}

/// The operation that the query of a URL asks for.
pub(crate) fn of_url(path: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .clone()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| decoded(value))
    };
    let document = value("query")?;
    // A search has a query too: what GraphQL asks is written in braces.
    if !document.contains('{') {
        return None;
    }
    of_document(&document, value("operationName").as_deref())
}

#[derive(Default, Deserialize)]
struct Request {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    extensions: Option<serde_json::Value>,
}

impl Request {
    fn name(&self) -> Option<String> {
        let chosen = self.operation_name.as_deref();
        match &self.query {
            Some(query) => of_document(query, chosen),
            // A persisted query is told by its hash alone.
            None => {
                self.extensions.as_ref()?.get("persistedQuery")?;
                chosen.map(shortened)
            }
        }
    }
}

/// Kind and name of the operations in a document, in order. `None` where it is none.
fn operations(document: &str) -> Option<Vec<(&'static str, Option<String>)>> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut tokens = Tokens(document);
    let mut fresh = true;
    while let Some(token) = tokens.next() {
        match token {
            "{" | "(" | "[" => {
                if depth == 0 && fresh && token == "{" {
                    found.push(("query", None));
                }
                depth += 1;
                fresh = false;
            }
            "}" | ")" | "]" => {
                depth = depth.checked_sub(1)?;
                fresh = depth == 0 && token == "}";
            }
            _ if depth > 0 || !fresh => {}
            "fragment" => fresh = false,
            "query" | "mutation" | "subscription" => {
                let kind = match token {
                    "query" => "query",
                    "mutation" => "mutation",
                    _ => "subscription",
                };
                let mut ahead = tokens.clone();
                let name = ahead.next().filter(|name| is_name(name)).map(str::to_owned);
                found.push((kind, name));
                fresh = false;
            }
            _ => return None,
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The tokens of a document, as far as they matter: names, brackets, and others by their first character.
#[derive(Clone)]
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.0 = self
                .0
                .trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '\u{feff}');
            let first = self.0.chars().next()?;
            match first {
                '#' => self.0 = self.0.find('\n').map_or("", |end| &self.0[end..]),
                '"' => {
                    let rest = match self.0.strip_prefix("\"\"\"") {
                        Some(block) => block.split_once("\"\"\"").map_or("", |(_, rest)| rest),
                        None => behind_string(&self.0[1..]),
                    };
                    self.0 = rest;
                }
                _ => {
                    let length = if is_name_char(first) {
                        self.0.find(|c| !is_name_char(c)).unwrap_or(self.0.len())
                    } else {
                        first.len_utf8()
                    };
                    let (token, rest) = self.0.split_at(length);
                    self.0 = rest;
                    return Some(token);
                }
            }
        }
    }
}

fn behind_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_name(token: &str) -> bool {
    token.chars().all(is_name_char) && !token.starts_with(|c: char| c.is_ascii_digit())
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}

/// Percent-encoding undone, and the plus of forms.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn operations_are_named_by_their_documents() {
        for (document, expected) in [
            (
                "query GetUser($id: ID!) { user(id: $id) { name } }",
                Some("GetUser"),
            ),
            ("{ user { name } }", Some("query")),
            ("# a comment { \n mutation  AddUser{a}", Some("AddUser")),
            ("subscription { ticks }", Some("subscription")),
            ("fragment F on User { query } query Q { ...F }", Some("Q")),
            (
                "query A($x: T = {a: \"} mutation\"}) { a } query B { b }",
                Some("A"),
            ),
            ("query @live { a }", Some("query")),
            ("select * from users", None),
            ("} query A { a }", None),
            ("", None),
        ] {
            assert_eq!(of_document(document, None).as_deref(), expected, "{document}");
        }
        let two = "query A { a } query B { b }";
        assert_eq!(of_document(two, Some("B")).as_deref(), Some("B"));
        assert_eq!(of_document(two, Some("C")), None);
    }

    #[test]
    fn bodies_of_json_name_one_or_several() {
        let of = |body: &str| of_json(body.as_bytes());
        assert_eq!(
            of(r#"{"operationName":"A","query":"query A { a }"}"#).as_deref(),
            Some("A")
        );
        assert_eq!(
            of(r#"[{"query":"query A { a }"},{"query":"mutation B { b }"}]"#).as_deref(),
            Some("A, B")
        );
        let persisted =
            r#"{"operationName":"P","extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#;
        assert_eq!(of(persisted).as_deref(), Some("P"));
        assert_eq!(of(r#"{"query":"shoes","page":1}"#), None);
        assert_eq!(of(r#"{"query":{"match":1}}"#), None);
        assert_eq!(of(r#"{"query":"{ a }"#), None);
    }

    #[test]
    fn of_a_body_that_breaks_off_the_members_before_count() {
        let of = |body: &str| of_json_begun(body.as_bytes());
        let whole =
            r#"{"variables":{"a":[1]},"operationName":"B","query":"query A { a } query B { b }","v":"#;
        assert_eq!(of(whole).as_deref(), Some("B"));
        assert_eq!(of(&whole[..60]), None, "its document breaks off");
        assert_eq!(of(r#"{"operationName":"A","variables":""#), None);
        assert_eq!(of(r#"{"query":{"match":1},"size":"#), None);
        assert_eq!(of(r#"[{"query":"{ a }"},"#), None);
    }

    #[test]
    fn urls_and_subscriptions_name_them_too() {
        assert_eq!(
            of_url("/graphql?query=query%20GetA+%7B+a+%7D").as_deref(),
            Some("GetA")
        );
        assert_eq!(of_url("/search?query=query"), None);
        let subscribe = br#"{"id":"1","type":"subscribe","payload":{"query":"subscription S { s }"}}"#;
        assert_eq!(of_subscription(subscribe).as_deref(), Some("S"));
        assert_eq!(
            of_subscription(br#"{"id":"1","type":"next","payload":{"data":{}}}"#),
            None
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_read_without_a_panic(text in "[a-z{}()\"#\\\\%+ \n\u{e9}]{0,40}") {
            let _ = of_document(&text, None);
            let _ = of_url(&format!("/?query={text}"));
            let _ = of_json(text.as_bytes());
            let _ = of_json_begun(text.as_bytes());
        }
    }
}
