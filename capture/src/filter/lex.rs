//! A filter's text as tokens.

use std::marker::PhantomData;
use std::ops::Range;

use super::FilterError;
use super::field::{self, Vocabulary};

/// Characters of a filter at the most.
const LONGEST: usize = 4096;

/// One token and the characters it stands on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<F> {
    pub(super) kind: Kind<F>,
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<F> {
    Open,
    Close,
    /// `-` or `not`.
    Not,
    Or,
    And,
    /// Text without a field.
    Text(String),
    /// A field and its value, which begins at this character.
    Field {
        field: F,
        value: String,
        quoted: bool,
        value_at: usize,
    },
}

pub(super) fn lex<V: Vocabulary>(text: &str) -> Result<Vec<Token<V::Field>>, FilterError> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return Err(FilterError::new(
            LONGEST..chars.len(),
            format!("a filter has {LONGEST} characters at most"),
        ));
    }
    let mut lexer = Lexer::<V> {
        chars,
        at: 0,
        words: PhantomData,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next_token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<V> {
    chars: Vec<char>,
    at: usize,
    words: PhantomData<V>,
}

impl<V: Vocabulary> Lexer<V> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next_token(&mut self) -> Result<Option<Token<V::Field>>, FilterError> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let begin = self.at;
        let Some(first) = self.peek(0) else {
            return Ok(None);
        };
        let kind = match first {
            '(' => self.single(Kind::Open),
            ')' => self.single(Kind::Close),
            '-' if self
                .peek(1)
                .is_some_and(|next| !next.is_whitespace() && next != ')') =>
            {
                self.single(Kind::Not)
            }
            '"' => Kind::Text(self.quoted()?),
            _ => self.word()?,
        };
        if let Kind::Text(text) = &kind
            && text.is_empty()
        {
            return Err(FilterError::new(
                begin..self.at,
                "there is no text between the quotes",
            ));
        }
        Ok(Some(Token {
            kind,
            at: begin..self.at,
        }))
    }

    fn single(&mut self, kind: Kind<V::Field>) -> Kind<V::Field> {
        self.at += 1;
        kind
    }

    /// The text between quotes, from the first quote to behind the last.
    fn quoted(&mut self) -> Result<String, FilterError> {
        let begin = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            match self.peek(0) {
                None => {
                    return Err(FilterError::new(
                        begin..self.at,
                        "the quote is not closed; put another at the end",
                    ));
                }
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') if matches!(self.peek(1), Some('"' | '\\')) => {
                    text.extend(self.peek(1));
                    self.at += 2;
                }
                Some(other) => {
                    text.push(other);
                    self.at += 1;
                }
            }
        }
    }

    /// A word: a keyword, a field with its value, or text.
    fn word(&mut self) -> Result<Kind<V::Field>, FilterError> {
        let begin = self.at;
        let mut end = begin;
        while self
            .chars
            .get(end)
            .is_some_and(|&c| !c.is_whitespace() && !matches!(c, '(' | ')'))
        {
            end += 1;
        }
        let word = &self.chars[begin..end];
        let name_of = |in_name: fn(&char) -> bool| {
            let length = word.iter().take_while(|c| in_name(c)).count();
            (word[..length].iter().collect::<String>(), begin + length)
        };
        // A host may have dots and digits as well: then it is a name only where a field has it.
        let dotted = name_of(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        let (name, name_end) = if field::of::<V>(&dotted.0).is_some() || field::is_mistyped::<V>(&dotted.0) {
            dotted
        } else {
            name_of(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'))
        };
        match (field::of::<V>(&name), &self.chars[name_end..end]) {
            (_, [':', '/', '/', ..]) => {}
            (Some(field), [':', ..]) => {
                self.at = name_end + 1;
                return self.value(field, begin, end);
            }
            (None, [':', ..]) if !name.is_empty() => {
                let whole: String = self.chars[begin..end].iter().collect();
                return Err(field::unknown::<V>(&name, &whole, begin..name_end));
            }
            (Some(field), ['<' | '>' | '=', ..]) if V::is_measured(field) => {
                self.at = name_end;
                return self.value(field, begin, end);
            }
            _ => {}
        }
        self.at = end;
        let word: String = self.chars[begin..end].iter().collect();
        Ok(match word.to_ascii_lowercase().as_str() {
            "or" => Kind::Or,
            "and" => Kind::And,
            "not" => Kind::Not,
            _ => Kind::Text(word),
        })
    }

    /// The value of a field, in quotes or up to the word's end.
    fn value(&mut self, field: V::Field, begin: usize, end: usize) -> Result<Kind<V::Field>, FilterError> {
        let value_at = self.at;
        let quoted = self.peek(0) == Some('"') && self.at < end;
        let value = if quoted {
            self.quoted()?
        } else {
            self.at = end;
            self.chars[value_at..end].iter().collect()
        };
        if value.is_empty() {
            let text = format!(
                "the field has no value; write it as in {}",
                field::example::<V>(field)
            );
            return Err(FilterError::new(begin..self.at, text));
        }
        Ok(Kind::Field {
            field,
            value,
            quoted,
            value_at,
        })
    }
}
