//! The messages of the exchanges that were looked at of late, so that looking again costs what is new.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use capture::message::{MessageFilter, Messages};
use capture::{Exchange, Id};

/// Lists of messages that are kept. Each holds some megabytes at the most.
const KEPT: usize = 8;

/// The lists, the latest last.
#[derive(Default)]
pub(crate) struct LookedAt(Mutex<VecDeque<Looked>>);

struct Looked {
    key: Key,
    messages: Arc<Mutex<Messages>>,
}

/// What a list is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    id: Id,
    filter: MessageFilter,
    /// The response's head tells how its body is read.
    answered: bool,
}

impl Key {
    /// Names the messages of this exchange that match.
    pub(crate) fn of(exchange: &Exchange, filter: MessageFilter) -> Self {
        Self {
            id: exchange.id,
            filter,
            answered: exchange.response.is_some(),
        }
    }
}

impl LookedAt {
    /// Forgets all: what is known to read them by has changed.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The list of this name, or the one that `make` makes.
    pub(crate) fn find(
        &self,
        key: Key,
        make: impl FnOnce(MessageFilter) -> Option<Messages>,
    ) -> Option<Arc<Mutex<Messages>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|looked| looked.key == key)
            && let Some(looked) = kept.remove(at)
        {
            let messages = looked.messages.clone();
            kept.push_back(looked);
            return Some(messages);
        }
        let messages = Arc::new(Mutex::new(make(key.filter.clone())?));
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Looked {
            key,
            messages: messages.clone(),
        });
        Some(messages)
    }
}
