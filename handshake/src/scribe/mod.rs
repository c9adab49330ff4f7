//! The vocabulary in which parsers are written: each word reads one part, checks its bounds, and writes it down as a
//! [`Field`] with its range. The words of TLS are in [`presentation`], those of certificates in [`der`].

mod der;
mod presentation;
mod tell;

pub(crate) use der::{Oid, tag};
pub(crate) use tell::{Told, count, entry, entry_u8, tell_bytes, tell_text};

use std::borrow::Cow;

use tell::join;

use crate::{Field, Problem};

/// Reading stopped: the problem is in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop;

/// Whether a part could be read.
pub(crate) type Read<T = ()> = Result<T, Stop>;

/// What a field or a part of one is told by: most of it is known beforehand.
pub(crate) type Text = Cow<'static, str>;

/// What is noted beside the fields.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Problems, in the order in which they were met; no more than a person would read.
    pub(crate) problems: Vec<Problem>,
    /// How many fields may still be written. A list of 16-bit numbers grows a hundredfold as it becomes fields, so a
    /// peer's message must not decide how many there are.
    pub(crate) budget: usize,
}

/// Reads a range of a message and writes its fields.
#[derive(Debug)]
pub(crate) struct Scribe<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    fields: Vec<Field>,
    ledger: &'a mut Ledger,
}

impl Ledger {
    /// A ledger with nothing in it, and leave to write so many fields.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            problems: Vec::new(),
            budget,
        }
    }
}

impl<'a> Scribe<'a> {
    /// A scribe at the first byte.
    pub(crate) fn new(bytes: &'a [u8], ledger: &'a mut Ledger) -> Self {
        Self::over(bytes, 0..bytes.len(), ledger)
    }

    /// A scribe of a range of bytes.
    pub(crate) fn over(bytes: &'a [u8], range: std::ops::Range<usize>, ledger: &'a mut Ledger) -> Self {
        let end = range.end.min(bytes.len());
        Self {
            bytes,
            at: range.start.min(end),
            end,
            fields: Vec::new(),
            ledger,
        }
    }

    /// The fields written.
    pub(crate) fn done(self) -> Vec<Field> {
        self.fields
    }

    /// Whether all is read.
    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.end - self.at
    }

    /// The value of the field written last.
    pub(crate) fn last_value(&self) -> Text {
        self.fields.last().map_or(Text::Borrowed(""), |f| f.value.clone())
    }

    /// The values of the fields written so far, joined.
    pub(crate) fn own_values(&self) -> String {
        join(self.fields.iter().map(|f| &f.value[..]))
    }

    /// The values of the parts of the field written last: `h2, http/1.1`.
    pub(crate) fn values(&self) -> String {
        join(self.parts_of_last().iter().map(|f| &f.value[..]))
    }

    /// Their names: `X25519MLKEM768, x25519`.
    pub(crate) fn names(&self) -> String {
        join(self.parts_of_last().iter().map(|f| &f.name[..]))
    }

    fn parts_of_last(&self) -> &[Field] {
        self.fields.last().map_or(&[], |f| &f.fields)
    }

    /// Marks the field written last with IANA's "Recommended".
    pub(crate) fn recommend(&mut self, recommended: Option<bool>) {
        if let Some(last) = self.fields.last_mut() {
            last.recommended = recommended;
        }
    }

    /// Reads bytes that are not of this message but came of its bytes `start..end`: their fields get that range.
    pub(crate) fn read_apart(
        &mut self,
        bytes: &[u8],
        parse: impl FnOnce(&mut Scribe<'_>) -> Read,
        start: usize,
        end: usize,
    ) -> Vec<Field> {
        let mut ledger = Ledger::new(self.ledger.budget);
        let mut scribe = Scribe::new(bytes, &mut ledger);
        // What stopped it is in the ledger.
        let _ = parse(&mut scribe);
        let mut fields = scribe.done();
        place(&mut fields, start, end);
        self.ledger.budget = ledger.budget;
        for problem in ledger.problems {
            let _ = self.object(start, end, problem.text);
        }
        fields
    }

    /// Where reading stands.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What is left, unread.
    pub(crate) fn peek(&self) -> &'a [u8] {
        &self.bytes[self.at..self.end]
    }

    /// The fields written so far.
    pub(crate) fn fields(&mut self) -> &mut Vec<Field> {
        &mut self.fields
    }

    /// Notes a problem with a range.
    pub(crate) fn object(&mut self, start: usize, end: usize, text: impl Into<String>) -> Stop {
        const MAX_PROBLEMS: usize = 32;
        if self.ledger.problems.len() < MAX_PROBLEMS {
            self.ledger.problems.push(Problem {
                start: start as u64,
                end: end as u64,
                text: text.into(),
            });
        }
        Stop
    }

    fn take(&mut self, count: usize, name: &str) -> Read<(usize, &'a [u8])> {
        let start = self.at;
        if count > self.left() {
            let text = format!("it ends in the middle of {name}");
            return Err(self.object(start, self.end, text));
        }
        self.at += count;
        Ok((start, &self.bytes[start..self.at]))
    }

    /// Asks for leave to write one more field, from here on.
    fn spend(&mut self) -> Read {
        let Some(left) = self.ledger.budget.checked_sub(1) else {
            return Err(self.object(self.at, self.end, "there are more fields than are told"));
        };
        self.ledger.budget = left;
        Ok(())
    }

    /// Writes down what is left behind the last part.
    fn leave(&mut self) {
        if self.rest("left_over").is_err() {
            self.give_up();
        }
    }

    /// Writes down what is left as unread, so that every byte has a name. The field costs nothing: each vector and each
    /// message has one at most.
    pub(crate) fn give_up(&mut self) {
        let start = self.at;
        let rest = self.skip();
        if !rest.is_empty() {
            self.fields
                .push(Field::new("unread", start, self.end, tell_bytes(rest)));
        }
    }

    /// All that is left, which its parent's value tells.
    pub(crate) fn skip(&mut self) -> &'a [u8] {
        let rest = self.peek();
        self.at = self.end;
        rest
    }

    /// Writes what `parse` reads of `body..end` as one field from `start` on, its header. What is wrong inside stays
    /// inside: the problem is noted, and every byte has a name all the same.
    fn enclose<T: Into<Text>>(
        &mut self,
        start: usize,
        body: usize,
        end: usize,
        name: Text,
        parse: impl FnOnce(&mut Scribe<'_>) -> Read<T>,
    ) {
        let mut inner = self.within(body, end);
        let value = match parse(&mut inner) {
            Ok(value) if inner.is_empty() => value.into(),
            Ok(value) => {
                let text = format!("{} left over in {name}", count(inner.left(), "byte"));
                let _ = inner.object(inner.at, end, text);
                inner.leave();
                value.into()
            }
            Err(Stop) => {
                inner.give_up();
                Text::Borrowed("malformed")
            }
        };
        let fields = inner.fields;
        self.at = end;
        let mut field = Field::new(name, start, end, value);
        field.prefix = body - start;
        field.fields = fields;
        self.fields.push(field);
    }

    fn within(&mut self, at: usize, end: usize) -> Scribe<'_> {
        Scribe {
            bytes: self.bytes,
            at,
            end,
            fields: Vec::new(),
            ledger: self.ledger,
        }
    }
}

/// Gives fields of bytes that are nowhere in a message the range of what they came of.
pub(crate) fn place(fields: &mut [Field], start: usize, end: usize) {
    for field in fields {
        (field.start, field.end, field.prefix) = (start, end, 0);
        place(&mut field.fields, start, end);
    }
}

#[cfg(test)]
mod tests;
