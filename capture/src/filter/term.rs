//! A filter as a tree.

use std::ops::Range;

pub(crate) use super::measure::Measure;
use crate::{CertificateId, Decision, Door, ExchangeState, Id, Outcome, Protocol, Version};

/// A filter or a part of one. `All` and `Any` hold two or more, and none of their own kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node<W = What> {
    All(Vec<Node<W>>),
    Any(Vec<Node<W>>),
    Not(Box<Node<W>>),
    Term(Term<W>),
}

/// One term. Two are equal that mean the same, wherever they stood.
#[derive(Clone, Debug)]
pub(crate) struct Term<W = What> {
    pub(crate) what: W,
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
    Scheme(&'static str),
    Type(Pattern),
    State(Vec<ExchangeState>),
    Size(Measure),
    /// In microseconds.
    Duration(Measure),
    Error(Pattern),
    Connection(Name),
    Version(Vec<Version>),
    Protocol(Vec<Protocol>),
    /// A gRPC method, or a GraphQL operation.
    Operation(Pattern),
    GrpcStatus(Vec<Measure>),
    Outcome(Vec<Outcome>),
    Door(Vec<Door>),
    /// Of either leg.
    Tls(TlsField, Pattern),
    Ja4(Pattern),
    /// On either leg.
    Resumed(bool),
    Verdict(Vec<Decision>),
    /// A check that did not go well, by its name.
    Check(String),
    /// A certificate that was seen, by the beginning of its SHA-256.
    Certificate(HashPrefix),
    /// The client's process: its name, file or number.
    Process(Pattern),
}

/// The beginning of a SHA-256, as all hashes from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HashPrefix {
    /// The first of them: the digits that are given, and noughts.
    pub(crate) first: CertificateId,
    /// How many digits are given.
    pub(crate) digits: usize,
}

impl HashPrefix {
    /// The last of them.
    pub(crate) fn last(self) -> CertificateId {
        let mut hash = *self.first.as_bytes();
        for digit in self.digits..64 {
            hash[digit / 2] |= if digit % 2 == 0 { 0xf0 } else { 0x0f };
        }
        CertificateId::from_bytes(hash)
    }
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

impl<W> Node<W> {
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

fn one_or<W>(mut nodes: Vec<Node<W>>, make: fn(Vec<Node<W>>) -> Node<W>) -> Option<Node<W>> {
    if nodes.len() < 2 {
        nodes.pop()
    } else {
        Some(make(nodes))
    }
}

impl<W: PartialEq> PartialEq for Term<W> {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}
