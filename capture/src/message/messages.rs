//! The messages of one exchange, listed as they come.
//!
//! The list is never held: of it are kept its last items, and marks at which reading can begin again, a bounded number
//! of them, the wider apart the longer the exchange is. So looking again costs what is new, and looking anywhere costs
//! the stretch from the mark before it. Of a stream with a content coding, or in base64, there are none: looking back
//! in it costs all that lies before, which of a content coding is 256 MiB decoded at the most.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::again::{PayloadQuestion, WindowQuestion};
use super::conversation::Conversation;
use super::cursor::{Cursor, Mark};
use super::found::Found;
use super::{Message, MessageWalk, Schema};
use crate::filter::matching::contains;
use crate::{Exchange, Progress, Protocol, ReadError, Side, Store};

/// Bytes of a payload that are looked at to tell a message.
pub(super) const KEEP: usize = 64 * 1024;

/// Bytes of a payload that a search looks into.
const SEARCHED: usize = 1 << 20;

/// Items that are kept of the end of the list.
const LAST: usize = 1024;

/// Bytes that marks may take.
const MARKS: usize = 4 << 20;

/// Bytes on the wire between marks, to begin with.
const SPACING: u64 = 256 * 1024;

/// Messages between marks at the most, to begin with.
const COUNT: u64 = 4096;

/// Bytes read and decoded between marks, to begin with.
const EFFORT: u64 = 8 << 20;

/// Which messages are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MessageFilter {
    /// Those of this side.
    pub from: Option<Side>,
    /// Those that hold this text, in any case: in their payload's first MiB, their event, their id or their preview.
    pub text: String,
}

impl MessageFilter {
    fn is_empty(&self) -> bool {
        self.from.is_none() && self.text.is_empty()
    }

    fn matches(&self, message: &Message, payload: &[u8]) -> bool {
        let is_from = self.from.is_none_or(|from| from == message.from);
        let text = self.text.as_bytes();
        let named = || {
            let names = [&message.event, &message.id, &message.comment, &message.operation];
            names
                .into_iter()
                .flatten()
                .any(|name| contains(name.as_bytes(), text))
        };
        is_from
            && (text.is_empty()
                || contains(payload, text)
                || contains(message.preview.as_bytes(), text)
                || named())
    }
}

/// The messages of an exchange that match, read as far as they have come.
pub struct Messages {
    conversation: Arc<Conversation>,
    filter: MessageFilter,
    cursor: Cursor,
    progress: Progress,
    matched: u64,
    last: VecDeque<Message>,
    marks: Vec<(u64, Mark)>,
    /// What reading had cost when the last of them was made.
    marked_at: u64,
    /// How far apart marks are, as a power of two.
    apart: u32,
}

/// Where a window of messages begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagesFrom {
    /// Behind the message of this number.
    After(u64),
    /// At this place among those that match, counted from nought.
    Offset(u64),
    /// So that the last one ends it.
    End,
}

/// The place of a window among the messages that match.
pub(super) enum Place {
    At(u64),
    /// Behind the message of this number: those before it are to be counted.
    Behind(u64),
}

/// A window of messages.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage {
    /// What the bodies are.
    pub protocol: Protocol,
    /// Messages there are, as far as they have been read.
    pub total: u64,
    /// Messages that match.
    pub matched: u64,
    /// Place of the first item among those that match.
    pub offset: u64,
    /// Whether more may come.
    pub open: bool,
    /// Bytes of the two bodies that were seen and not kept: what was in them is not listed.
    pub dropped: [u64; 2],
    /// Why a side can't be read, or not to its end.
    pub problem: Option<String>,
    /// The window.
    pub items: Vec<Message>,
}

impl Messages {
    /// The messages of this exchange that match. `None` where its bodies are no messages.
    #[must_use]
    pub fn of(exchange: &Exchange, schema: Option<&Schema>, filter: MessageFilter) -> Option<Self> {
        let conversation = Conversation::of(exchange, schema)?;
        let keep = if filter.text.is_empty() { KEEP } else { SEARCHED };
        Some(Self {
            cursor: Cursor::new(&conversation, keep, None),
            conversation: Arc::new(conversation),
            filter,
            progress: Progress {
                open: true,
                ..Progress::default()
            },
            matched: 0,
            last: VecDeque::new(),
            marks: Vec::new(),
            marked_at: 0,
            apart: 0,
        })
    }

    /// What the bodies are.
    #[must_use]
    pub fn conversation(&self) -> Arc<Conversation> {
        self.conversation.clone()
    }

    /// Messages that were read.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.cursor.number
    }

    /// Reads on for a step: about a tenth of a second, and some megabytes at the most. False when all that has come is
    /// read.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn read_on(&mut self, store: &dyn Store) -> Result<bool, ReadError> {
        self.progress = store.progress(self.conversation.id)?.unwrap_or(Progress {
            open: false,
            ..self.progress
        });
        self.cursor.effort.begin_step();
        loop {
            let next = self.cursor.next(store, &self.conversation, &self.progress)?;
            let Some((message, found)) = next else {
                return Ok(self.cursor.effort.is_over());
            };
            if self.filter.matches(&message, &found.payload) {
                self.matched += 1;
                if self.last.len() == LAST {
                    self.last.pop_front();
                }
                self.last.push_back(message);
            }
            self.mark();
            if self.cursor.effort.is_over() {
                return Ok(true);
            }
        }
    }

    /// Keeps a mark where the last one is far behind.
    fn mark(&mut self) {
        let (number, position) = self
            .marks
            .last()
            .map_or((0, 0), |(_, mark)| (mark.number, mark.position()));
        let count = self.cursor.number - number;
        let spent = self.cursor.effort.spent;
        let is_due = count >= COUNT << self.apart || spent - self.marked_at >= EFFORT << self.apart;
        // The place is told by the mark alone, which costs: a look every so often is enough.
        if !count.is_multiple_of(64) && !is_due {
            return;
        }
        let Some(mark) = self.cursor.mark() else { return };
        if mark.position() - position < SPACING << self.apart && !is_due {
            return;
        }
        self.marked_at = spent;
        self.marks.push((self.matched, mark));
        if self.marks.iter().map(|(_, mark)| mark.weight()).sum::<usize>() > MARKS {
            let mut at = 0;
            self.marks.retain(|_| {
                at += 1;
                at % 2 == 0
            });
            self.apart += 1;
        }
    }

    /// The window from this place on, of what has been read; all steps of a [`WindowQuestion`] at once.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn window(
        &self,
        store: &dyn Store,
        from: MessagesFrom,
        limit: usize,
    ) -> Result<MessagePage, ReadError> {
        let mut question = WindowQuestion::new(from, limit);
        loop {
            if let Some(page) = question.step(self, store)? {
                return Ok(page);
            }
        }
    }

    /// One message with its payload, all steps of a [`PayloadQuestion`] at once.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn payload(&self, store: &dyn Store, number: u64) -> Result<Option<(Message, Bytes)>, ReadError> {
        let mut question = PayloadQuestion::new(number);
        loop {
            if let Some(found) = question.step(self, store)? {
                return Ok(found);
            }
        }
    }

    pub(super) fn place(&self, from: MessagesFrom, limit: usize) -> Place {
        Place::At(match from {
            MessagesFrom::Offset(offset) => offset.min(self.matched),
            MessagesFrom::End => self.matched.saturating_sub(limit as u64),
            MessagesFrom::After(number) if self.filter.is_empty() => number.min(self.matched),
            MessagesFrom::After(number) => match self.last.front() {
                Some(first) if first.number <= number + 1 => {
                    self.first_kept() + self.last.partition_point(|message| message.number <= number) as u64
                }
                _ => return Place::Behind(number),
            },
        })
    }

    /// The items from this place on, where they are kept.
    pub(super) fn kept(&self, offset: u64, limit: usize) -> Option<Vec<Message>> {
        let skip = usize::try_from(offset.checked_sub(self.first_kept())?).unwrap_or(usize::MAX);
        Some(self.last.iter().skip(skip).take(limit).cloned().collect())
    }

    fn first_kept(&self) -> u64 {
        self.matched - self.last.len() as u64
    }

    pub(super) fn page(&self, offset: u64, items: Vec<Message>) -> MessagePage {
        let problem = self.conversation.problem.clone();
        MessagePage {
            protocol: self.conversation.protocol,
            total: self.cursor.number,
            matched: self.matched,
            offset,
            open: self.progress.open,
            dropped: self.progress.dropped,
            problem: problem.or_else(|| self.cursor.problem().map(str::to_owned)),
            items,
        }
    }

    /// The last mark that is such, and how many messages match before it.
    pub(super) fn mark_where(&self, is_such: impl Fn(u64, &Mark) -> bool) -> Option<&(u64, Mark)> {
        let mut marks = self.marks.iter().rev();
        marks.find(|(matched, mark)| is_such(*matched, mark))
    }

    /// A cursor that begins at a mark, or at the first message. It keeps so much of each payload.
    pub(super) fn begin_again(&self, keep: usize, mark: Option<&(u64, Mark)>) -> Cursor {
        Cursor::new(&self.conversation, keep, mark.map(|(_, mark)| mark))
    }

    /// How much of a payload the list looks at.
    pub(super) fn keep(&self) -> usize {
        self.cursor.keep()
    }

    pub(super) fn next(
        &self,
        cursor: &mut Cursor,
        store: &dyn Store,
    ) -> Result<Option<(Message, Found)>, ReadError> {
        cursor.next(store, &self.conversation, &self.progress)
    }

    pub(super) fn matches(&self, message: &Message, found: &Found) -> bool {
        self.filter.matches(message, &found.payload)
    }

    /// All of them, one after the other; of each payload so much is kept. `None` where the exchange is gone.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn walk(self, store: &dyn Store, keep: usize) -> Result<Option<MessageWalk>, ReadError> {
        MessageWalk::begin(self.conversation, store, keep)
    }
}
