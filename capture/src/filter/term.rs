//! A filter as a tree.

use std::ops::Range;

pub(crate) use super::measure::Measure;
use crate::{ExchangeState, Id, Outcome, Version};

/// A filter or a part of one. `All` and `Any` hold two or more, and none of their own kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Term(Term),
}

/// One term. Two are equal that mean the same, wherever they stood.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) what: What,
    /// The characters it stood on.
    pub(crate) at: Range<usize>,
}

/// What a term asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Text(String),
    Host {
        pattern: Pattern,
        port: Option<u16>,
    },
    Path(Pattern),
    /// In upper case.
    Method(Vec<String>),
    Status(Vec<Measure>),
    /// Whether it is `https`.
    Scheme(bool),
    Type(Pattern),
    State(Vec<ExchangeState>),
    Size(Measure),
    /// In microseconds.
    Duration(Measure),
    Error(Pattern),
    Connection(Name),
    Version(Vec<Version>),
    Outcome(Vec<Outcome>),
    /// Of either leg.
    Tls(TlsField, Pattern),
    Ja4(Pattern),
    /// On either leg.
    Resumed(bool),
}

/// What TLS agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsField {
    Version,
    Suite,
    Group,
    Alpn,
}

/// Which texts match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Contains(String),
    Is(String),
    /// `*` stands for any text.
    Glob(String),
}

/// What names a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Id(Id),
    Number(u64),
}

impl Node {
    /// All of these; `None` for none.
    pub(super) fn all(nodes: Vec<Self>) -> Option<Self> {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        one_or(flat, Self::All)
    }

    /// Any of these; `None` for none.
    pub(super) fn any(nodes: Vec<Self>) -> Option<Self> {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        one_or(flat, Self::Any)
    }
}

fn one_or(mut nodes: Vec<Node>, make: fn(Vec<Node>) -> Node) -> Option<Node> {
    if nodes.len() < 2 {
        nodes.pop()
    } else {
        Some(make(nodes))
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}
