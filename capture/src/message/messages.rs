//! The messages of one exchange, listed as they come.
//!
//! The list is never held: of it are kept its last items, and marks at which reading can begin again, a bounded number
//! of them, the wider apart the longer the exchange is. So looking again costs what is new, and looking anywhere costs
//! the stretch from the mark before it. Of a stream with a content coding, or in base64, there are none: looking back
//! in it costs all that lies before, which of a content coding is 256 MiB decoded at the most.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::conversation::Conversation;
use super::cursor::{Cursor, Mark};
use super::{Message, MessageWalk, Schema};
use crate::filter::matching::contains;
use crate::{Exchange, Progress, Protocol, ReadError, Side, Store};

/// Bytes of a payload that are looked at to tell a message.
pub(super) const KEEP: usize = 64 * 1024;

/// Bytes of a payload that a search looks into.
const SEARCHED: usize = 1 << 20;

/// Bytes of a payload that are shown at the most.
const SHOWN: usize = 64 << 20;

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

    /// The window from this place on, of what has been read.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn window(
        &self,
        store: &dyn Store,
        from: MessagesFrom,
        limit: usize,
    ) -> Result<MessagePage, ReadError> {
        let first_kept = self.matched - self.last.len() as u64;
        let offset = match from {
            MessagesFrom::Offset(offset) => offset.min(self.matched),
            MessagesFrom::End => self.matched.saturating_sub(limit as u64),
            MessagesFrom::After(number) if self.filter.is_empty() => number.min(self.matched),
            MessagesFrom::After(number) => match self.last.front() {
                Some(first) if first.number <= number + 1 => {
                    first_kept + self.last.partition_point(|message| message.number <= number) as u64
                }
                _ => self.place_after(store, number)?,
            },
        };
        let items = if offset >= first_kept {
            let skip = usize::try_from(offset - first_kept).unwrap_or(usize::MAX);
            self.last.iter().skip(skip).take(limit).cloned().collect()
        } else {
            self.read_again(store, offset, limit)?
        };
        Ok(MessagePage {
            protocol: self.conversation.protocol,
            total: self.cursor.number,
            matched: self.matched,
            offset,
            open: self.progress.open,
            dropped: self.progress.dropped,
            problem: self
                .conversation
                .problem
                .clone()
                .or_else(|| self.cursor.problem().map(str::to_owned)),
            items,
        })
    }

    /// How many messages match up to this number.
    fn place_after(&self, store: &dyn Store, number: u64) -> Result<u64, ReadError> {
        let before = self.marks.iter().rev().find(|(_, mark)| mark.number <= number);
        let mut place = before.map_or(0, |(matched, _)| *matched);
        let mut cursor = self.begin_again(before);
        while cursor.number < number.min(self.cursor.number)
            && let Some((message, found)) = cursor.next(store, &self.conversation, &self.progress)?
        {
            place += u64::from(self.filter.matches(&message, &found.payload));
        }
        Ok(place)
    }

    fn read_again(&self, store: &dyn Store, offset: u64, limit: usize) -> Result<Vec<Message>, ReadError> {
        let before = self.marks.iter().rev().find(|(matched, _)| *matched <= offset);
        let mut place = before.map_or(0, |(matched, _)| *matched);
        let mut cursor = self.begin_again(before);
        let mut items = Vec::new();
        while items.len() < limit
            && cursor.number < self.cursor.number
            && let Some((message, found)) = cursor.next(store, &self.conversation, &self.progress)?
        {
            if self.filter.matches(&message, &found.payload) {
                if place >= offset {
                    items.push(message);
                }
                place += 1;
            }
        }
        Ok(items)
    }

    fn begin_again(&self, mark: Option<&(u64, Mark)>) -> Cursor {
        let mark = mark.map(|(_, mark)| mark);
        Cursor::new(&self.conversation, self.cursor.keep(), mark)
    }

    /// One message with its payload, decoded, up to 64 MiB of it. `None` when there is none of this number yet.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn payload(&self, store: &dyn Store, number: u64) -> Result<Option<(Message, Bytes)>, ReadError> {
        if number == 0 || number > self.cursor.number {
            return Ok(None);
        }
        let before = self.marks.iter().rev().find(|(_, mark)| mark.number < number);
        let mut cursor = self.begin_again(before);
        while cursor.number + 1 < number {
            if cursor.next(store, &self.conversation, &self.progress)?.is_none() {
                return Ok(None);
            }
        }
        let found = cursor.next(store, &self.conversation, &self.progress)?;
        let Some((message, found)) = found else {
            return Ok(None);
        };
        if found.payload.len() as u64 == found.size {
            return Ok(Some((message, found.payload.into())));
        }
        // A mark may hold as much of it as a list needs: it is read anew, whole.
        let mut marks = self.marks.iter().rev().map(|(_, mark)| mark);
        let before = marks.find(|mark| mark.number < number && !mark.holds(&message));
        let mut whole = Cursor::new(&self.conversation, SHOWN, before);
        loop {
            match whole.next(store, &self.conversation, &self.progress)? {
                None => return Ok(None),
                Some((other, found)) if other.number == number => {
                    return Ok(Some((message, found.payload.into())));
                }
                Some(_) => {}
            }
        }
    }

    /// All of them, one after the other; of each payload so much is kept. `None` where the exchange is gone.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn walk(self, store: &dyn Store, keep: usize) -> Result<Option<MessageWalk>, ReadError> {
        MessageWalk::begin(self.conversation, store, keep)
    }

    /// Calls `visit` with each message there is and its payload, up to `keep` bytes of it, until it says that it has
    /// enough.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn each(
        self,
        store: &dyn Store,
        keep: usize,
        mut visit: impl FnMut(Message, &[u8]) -> bool,
    ) -> Result<(), ReadError> {
        let Some(mut walk) = self.walk(store, keep)? else {
            return Ok(());
        };
        while let Some((message, payload)) = walk.next(store)? {
            if !visit(message, &payload) {
                break;
            }
        }
        Ok(())
    }
}
