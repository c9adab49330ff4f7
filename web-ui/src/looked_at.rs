//! The messages of the exchanges that were looked at of late, so that looking again costs what is new.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use capture::message::{Conversation, MessageFilter, Messages, Schema};
use capture::{Exchange, Id};

/// Lists of messages that are kept. Each holds some megabytes at the most.
const KEPT: usize = 8;

/// The lists, the latest last.
#[derive(Default)]
pub(crate) struct LookedAt(Mutex<VecDeque<(Key, Looked)>>);

/// A list, and what can be asked of its exchange while somebody reads it.
#[derive(Clone)]
pub(crate) struct Looked {
    /// What the bodies are.
    pub(crate) conversation: Arc<Conversation>,
    /// The list. It is held for as long as a step of reading takes: whoever waits for it is to hold nothing else.
    pub(crate) messages: Arc<tokio::sync::Mutex<Messages>>,
}

/// What a list is of.
pub(crate) struct Key {
    id: Id,
    filter: MessageFilter,
    /// The response's head tells how its body is read.
    answered: bool,
    /// What its messages are told by.
    schema: Arc<Schema>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.answered, &self.filter) == (other.id, other.answered, &other.filter)
            && Arc::ptr_eq(&self.schema, &other.schema)
    }
}

impl Key {
    /// Names the messages of this exchange that match, told by these types.
    pub(crate) fn of(exchange: &Exchange, filter: MessageFilter, schema: Arc<Schema>) -> Self {
        Self {
            id: exchange.id,
            filter,
            answered: exchange.response.is_some(),
            schema,
        }
    }
}

impl LookedAt {
    /// The list of this name, or a new one of its exchange. `None` where the exchange's bodies are no messages.
    pub(crate) fn find(&self, key: Key, exchange: &Exchange) -> Option<Looked> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == key)
            && let Some((key, looked)) = kept.remove(at)
        {
            kept.push_back((key, looked.clone()));
            return Some(looked);
        }
        let messages = Messages::of(exchange, Some(&key.schema), key.filter.clone())?;
        let looked = Looked {
            conversation: messages.conversation(),
            messages: Arc::new(tokio::sync::Mutex::new(messages)),
        };
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((key, looked.clone()));
        Some(looked)
    }
}
