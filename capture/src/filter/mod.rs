//! The filter language: which rows a person wants to see. It is told at [`Filter`].

mod certificate;
mod error;
mod field;
mod lex;
pub(crate) mod matching;
mod measure;
mod parse;
mod print;
pub(crate) mod term;
mod value;

use std::sync::Arc;

pub use certificate::CertificateFilter;
pub use error::FilterError;
pub(crate) use term::Node;

use crate::Id;

/// Which rows a person wants to see: a filter, checked. The default one matches every row.
///
/// ```text
/// host:example.com status:>=400 -path:/health (type:json or type:xml) "set-cookie: id="
/// ```
///
/// Terms stand side by side and must all hold; `or` between two, parentheses, and `-` or `not` before one do as
/// they say. Text without a field is looked for in URL, method, status and heads (of a connection: target,
/// server name and failure). Letters A to Z match in either case. Text with spaces, parentheses or a colon
/// (but a URL, or `example.com:443`) stands in quotes, in which `\"` and `\\` are a quote and a backslash.
///
/// | field | values | a row matches when |
/// |---|---|---|
/// | `host:` | `example.com`, `*.example.com`, `=example.com`, `example.com:8443` | the text begins a label of the host: `example.com` is found in `www.example.com` and not in `notexample.com`, `exam` in both `example.com` and `www.example.com`; `*` stands for any text, `=` for the whole host |
/// | `path:` | `/api`, `/api/*/edit`, `=/` | path and query contain it; `*` and `=` as above |
/// | `method:` | `get`, `post,put` | it is one of them |
/// | `status:` | `200`, `4xx`, `>=400`, `200-299`, `301,302` | it is one of them |
/// | `scheme:` | `http`, `https`, `tcp`, `tls` | it is; the last two are of what is not HTTP |
/// | `type:` | `json`, `image/*`, `=text/html` | the response's media type contains it; `*` and `=` as above |
/// | `state:` | `open`, `done`, `failed` | it is one of them |
/// | `size:` | `>1mb`, `<=10kib`, `0`, `1kb-1mb` | the response's body has that many bytes (a connection: both ways together) |
/// | `duration:` | `>1s`, `<=250ms`, `1s-1m` | it took that long; a number alone is milliseconds |
/// | `error:` | `reset`, `tls`, `origin`, `*` | text, stage or leg of its failure; `*`: it failed |
/// | `connection:` | an id, a number | it passed through that connection |
/// | `version:` | `1.0`, `1.1`, `2` | the client spoke that HTTP |
/// | `protocol:` | `websocket`, `sse`, `grpc` | its bodies are that |
/// | `operation:` | `GetUser` | the operation of GraphQL or the method of gRPC contains it; `*` and `=` as above |
/// | `grpc-status:` | `0`, `>0`, `13,14` | gRPC ended by one of them |
/// | `outcome:` | `inspected`, `passed`, `opaque`, `plain`, `failed` | what became of a connection |
/// | `door:` | `http`, `socks5`, `transparent` | the client came in there |
/// | `tls.version:` | `1.3`, `1.2` | TLS of that version was agreed on, on either leg; `*` and `=` as above |
/// | `tls.suite:` | `aes_128_gcm`, `*chacha20*` | the same of the cipher suite, in IANA's name |
/// | `tls.group:` | `x25519`, `=X25519MLKEM768` | the same of the key exchange's group |
/// | `tls.alpn:` | `h2`, `=http/1.1` | the same of the application protocol |
/// | `ja4:` | `t13d1516h2_8daaf6152771_02713d6af862`, `t13d*` | the client's fingerprint contains it |
/// | `resumed:` | `yes`, `no` | an earlier session was resumed, on either leg |
/// | `verdict:` | `trusted`, `refused`, `overridden`, `not_judged` | that was decided of the origin's chain |
/// | `check:` | `dates`, `key_usage` | that check of a chain failed or gave a warning |
/// | `cert:` | `3a7bd3e2` | a certificate was seen whose SHA-256 begins so |
/// | `process:` | `firefox`, `4711` | that program of this machine opened the connection, by its name or its number |
///
/// Its text comes back by `Display`, in one way of writing it: filters that are equal have one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    node: Option<Arc<Node>>,
}

impl Filter {
    /// Whether it matches every row, for want of a term.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.node.is_none()
    }

    /// The exchanges of this connection.
    #[must_use]
    pub fn of_connection(connection: Id) -> Self {
        let what = term::What::Connection(term::Name::Id(connection));
        Self {
            node: Some(Arc::new(Node::Term(term::Term { what, at: 0..0 }))),
        }
    }

    /// The calls of gRPC's server reflection of this origin.
    #[must_use]
    pub(crate) fn of_reflection(host: &str, port: u16) -> Self {
        let host = term::What::Host {
            pattern: term::Pattern::Is(host.to_owned()),
            port: Some(port),
        };
        let operation = term::What::Operation(term::Pattern::Contains("grpc.reflection.".to_owned()));
        let terms = [host, operation].map(|what| Node::Term(term::Term { what, at: 0..0 }));
        Self {
            node: Some(Arc::new(Node::All(terms.into()))),
        }
    }

    pub(crate) fn node(&self) -> Option<&Node> {
        self.node.as_deref()
    }
}

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self {
            node: parse::parse::<field::Traffic>(text)?.map(Arc::new),
        })
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node().map_or(Ok(()), |node| print::print(node, f))
    }
}

#[cfg(test)]
mod tests;
