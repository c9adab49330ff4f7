//! Tokens as a tree.
//!
//! ```text
//! any   = all *("or" all)
//! all   = 1*(["and"] unary)
//! unary = ("-" / "not") unary / "(" any ")" / term
//! ```

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::FilterError;
use super::field::Vocabulary;
use super::lex::{Kind, Token, lex};
use super::term::{Node, Term};

/// Parentheses and negations within one another at the most: the recursion below is bounded by it.
const DEEPEST: usize = 32;

/// Terms at the most.
const MOST: usize = 200;

pub(super) fn parse<V: Vocabulary>(text: &str) -> Result<Option<Node<V::What>>, FilterError> {
    let tokens = lex::<V>(text)?;
    let mut terms = tokens
        .iter()
        .filter(|token| matches!(token.kind, Kind::Text(_) | Kind::Field { .. }));
    if let Some(one_too_many) = terms.nth(MOST) {
        return Err(FilterError::new(
            one_too_many.at.clone(),
            format!("a filter has {MOST} terms at most"),
        ));
    }
    if tokens.is_empty() {
        return Ok(None);
    }
    let end = tokens.last().map_or(0, |token| token.at.end);
    let mut parser = Parser::<V> {
        tokens: tokens.into_iter().peekable(),
        end,
        depth: 0,
    };
    let node = parser.any()?;
    match parser.tokens.next() {
        // Only a closing parenthesis ends `any` before the end.
        Some(token) => Err(FilterError::new(token.at, "there is no \"(\" before this \")\"")),
        None => Ok(Some(node)),
    }
}

struct Parser<V: Vocabulary> {
    tokens: Peekable<IntoIter<Token<V::Field>>>,
    end: usize,
    depth: usize,
}

impl<V: Vocabulary> Parser<V> {
    fn peek(&mut self) -> Option<&Kind<V::Field>> {
        self.tokens.peek().map(|token| &token.kind)
    }

    fn any(&mut self) -> Result<Node<V::What>, FilterError> {
        let mut nodes = vec![self.all()?];
        while self.peek() == Some(&Kind::Or) {
            self.tokens.next();
            nodes.push(self.all()?);
        }
        let at = self.here();
        Node::any(nodes).ok_or_else(|| missing(at))
    }

    fn all(&mut self) -> Result<Node<V::What>, FilterError> {
        let mut nodes = vec![self.unary()?];
        loop {
            match self.peek() {
                None | Some(Kind::Or | Kind::Close) => break,
                Some(Kind::And) => {
                    self.tokens.next();
                }
                Some(_) => {}
            }
            nodes.push(self.unary()?);
        }
        let at = self.here();
        Node::all(nodes).ok_or_else(|| missing(at))
    }

    fn unary(&mut self) -> Result<Node<V::What>, FilterError> {
        let Some(token) = self.tokens.next() else {
            return Err(missing(self.here()));
        };
        let at = token.at;
        match token.kind {
            Kind::Not => {
                self.deeper(&at)?;
                let node = self.unary()?;
                self.depth -= 1;
                Ok(Node::Not(Box::new(node)))
            }
            Kind::Open => {
                self.deeper(&at)?;
                if self.peek() == Some(&Kind::Close) {
                    return Err(FilterError::new(
                        at.start..at.end + 1,
                        "there is nothing between the parentheses",
                    ));
                }
                let node = self.any()?;
                self.depth -= 1;
                match self.tokens.next() {
                    Some(_) => Ok(node),
                    None => Err(FilterError::new(
                        at,
                        "the parenthesis is not closed; put \")\" behind its last term",
                    )),
                }
            }
            Kind::Text(text) => Ok(Node::Term(Term {
                what: V::text(text),
                at,
            })),
            Kind::Field {
                field,
                value,
                quoted,
                value_at,
            } => {
                let what = V::value(field, &value, quoted)
                    .map_err(|text| FilterError::new(value_at..at.end, text))?;
                Ok(Node::Term(Term { what, at }))
            }
            Kind::Or | Kind::And | Kind::Close => {
                let word = match token.kind {
                    Kind::Or => "or",
                    Kind::And => "and",
                    _ => ")",
                };
                let remedy = match token.kind {
                    Kind::Close => "",
                    _ => " (to look for the word itself, put it in quotes)",
                };
                Err(FilterError::new(
                    at,
                    format!("a term is missing before {word:?}{remedy}"),
                ))
            }
        }
    }

    fn deeper(&mut self, at: &Range<usize>) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let text = format!("parentheses and negations go {DEEPEST} deep at most");
            return Err(FilterError::new(at.clone(), text));
        }
        Ok(())
    }

    fn here(&mut self) -> Range<usize> {
        self.tokens
            .peek()
            .map_or(self.end.saturating_sub(1)..self.end, |token| token.at.clone())
    }
}

fn missing(at: Range<usize>) -> FilterError {
    FilterError::new(at, "a term is missing at the end")
}
