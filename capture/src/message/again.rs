//! Messages that were read before and are not kept, read again: step by step, since that may take long.

use bytes::Bytes;

use super::Message;
use super::cursor::{Cursor, Mark};
use super::messages::{MessagePage, Messages, MessagesFrom, Place};
use crate::{ReadError, Store};

/// Bytes of a payload that are shown at the most.
const SHOWN: usize = 64 << 20;

/// Asks for a window of what has been read of a list.
pub struct WindowQuestion {
    limit: usize,
    state: Window,
}

enum Window {
    Asked(MessagesFrom),
    /// How many messages match up to this number, is counted.
    Counting {
        cursor: Cursor,
        place: u64,
        until: u64,
    },
    /// The items are collected that begin at this place.
    Collecting {
        cursor: Cursor,
        place: u64,
        offset: u64,
        items: Vec<Message>,
    },
}

impl WindowQuestion {
    /// For the window from this place on, of so many messages at the most.
    #[must_use]
    pub fn new(from: MessagesFrom, limit: usize) -> Self {
        Self {
            limit,
            state: Window::Asked(from),
        }
    }

    /// Goes on for a step. `None` where that was not the last: it is to be asked again, of the same list.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn step(&mut self, of: &Messages, store: &dyn Store) -> Result<Option<MessagePage>, ReadError> {
        if let Window::Asked(from) = self.state {
            match of.place(from, self.limit) {
                Place::At(offset) => return Ok(self.collect(of, offset)),
                Place::Behind(until) => {
                    let before = of.mark_where(|_, mark| mark.number <= until);
                    self.state = Window::Counting {
                        place: before.map_or(0, |(matched, _)| *matched),
                        cursor: of.begin_again(of.keep(), before),
                        until: until.min(of.total()),
                    };
                }
            }
        }
        if let Window::Counting { cursor, place, until } = &mut self.state {
            cursor.effort.begin_step();
            while cursor.number < *until {
                match of.next(cursor, store)? {
                    Some((message, found)) => *place += u64::from(of.matches(&message, &found)),
                    None if cursor.effort.is_over() => return Ok(None),
                    None => break,
                }
            }
            let place = *place;
            return Ok(self.collect(of, place));
        }
        if let Window::Collecting {
            cursor,
            place,
            offset,
            items,
        } = &mut self.state
        {
            cursor.effort.begin_step();
            while items.len() < self.limit && cursor.number < of.total() {
                match of.next(cursor, store)? {
                    Some((message, found)) if of.matches(&message, &found) => {
                        if *place >= *offset {
                            items.push(message);
                        }
                        *place += 1;
                    }
                    Some(_) => {}
                    None if cursor.effort.is_over() => return Ok(None),
                    None => break,
                }
            }
            return Ok(Some(of.page(*offset, std::mem::take(items))));
        }
        Ok(None)
    }

    /// The page, where all of it is kept; else it is collected from the next step on.
    fn collect(&mut self, of: &Messages, offset: u64) -> Option<MessagePage> {
        if let Some(items) = of.kept(offset, self.limit) {
            return Some(of.page(offset, items));
        }
        let before = of.mark_where(|matched, _| matched <= offset);
        self.state = Window::Collecting {
            place: before.map_or(0, |(matched, _)| *matched),
            cursor: of.begin_again(of.keep(), before),
            offset,
            items: Vec::new(),
        };
        None
    }
}

/// Asks for one message with its payload, decoded, up to 64 MiB of it.
pub struct PayloadQuestion {
    number: u64,
    state: Payload,
}

enum Payload {
    Asked,
    /// It is looked for, as much of its payload as a list needs.
    Seeking(Cursor),
    /// That was not all: it is read anew, whole.
    Whole(Box<Message>, Cursor),
}

impl PayloadQuestion {
    /// For the message of this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self {
            number,
            state: Payload::Asked,
        }
    }

    /// Goes on for a step. `None` where that was not the last: it is to be asked again, of the same list. There may be no
    /// message of this number yet.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn step(
        &mut self,
        of: &Messages,
        store: &dyn Store,
    ) -> Result<Option<Option<(Message, Bytes)>>, ReadError> {
        let number = self.number;
        if number == 0 || number > of.total() {
            return Ok(Some(None));
        }
        let is_before = |mark: &Mark| mark.number < number;
        if matches!(self.state, Payload::Asked) {
            let before = of.mark_where(|_, mark| is_before(mark));
            self.state = Payload::Seeking(of.begin_again(of.keep(), before));
        }
        let cursor = match &mut self.state {
            Payload::Seeking(cursor) | Payload::Whole(_, cursor) => cursor,
            Payload::Asked => return Ok(None),
        };
        cursor.effort.begin_step();
        let (message, payload, size) = loop {
            match of.next(cursor, store)? {
                Some((message, found)) if message.number == number => {
                    break (message, Bytes::from(found.payload), found.size);
                }
                Some(_) => {}
                None if cursor.effort.is_over() => return Ok(None),
                None => return Ok(Some(None)),
            }
        };
        if let Payload::Whole(message, _) = &self.state {
            return Ok(Some(Some((Message::clone(message), payload))));
        }
        if payload.len() as u64 == size {
            return Ok(Some(Some((message, payload))));
        }
        // A mark may hold as much of it as a list needs.
        let before = of.mark_where(|_, mark| is_before(mark) && !mark.holds(&message));
        let whole = of.begin_again(SHOWN, before);
        self.state = Payload::Whole(Box::new(message), whole);
        Ok(None)
    }
}
