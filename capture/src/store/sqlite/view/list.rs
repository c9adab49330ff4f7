//! One list of row numbers, and how it follows the store.

use std::time::{Duration, Instant};

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::store::sqlite::condition::Condition;
use crate::store::sqlite::numbers::Numbers;
use crate::store::sqlite::readers::count_steps;
use crate::store::sqlite::shared::Shared;
use crate::store::sqlite::table::Table;
use crate::{ReadError, Sort};

/// A list that took less than this to make is made anew whenever it is asked for.
const QUICK: Duration = Duration::from_millis(30);

/// Row numbers in the order that they are listed in.
#[derive(Default)]
pub(in crate::store::sqlite) struct List {
    /// Numbers are kept as their distance from this one.
    base: u64,
    numbers: Vec<u32>,
    /// What of the store's changes it has taken in.
    version: u64,
    generation: u64,
    /// Rows before this one are gone from the store, and from the list.
    first: u64,
    /// Sorted by another column than number: not to be made anew before this moment.
    rest_until: Option<Instant>,
}

/// Brings a list up to date, or makes it.
pub(super) fn refresh(
    list: &mut Option<List>,
    shared: &Shared,
    db: &rusqlite::Connection,
    (table, condition, sort): (Table, &Condition, Sort),
) -> Result<(), ReadError> {
    // What is to be taken in is read before the rows are: rows may be newer than it, and are then asked again.
    let seen = shared.seen();
    let listed = table.listed(&seen);
    let (version, generation, shown) = (listed.version, listed.generation, listed.shown.clone());
    let kept = list.take().filter(|list| list.generation == generation);
    let changed = kept.as_ref().and_then(|list| listed.changed_since(list.version));
    drop(seen);

    let sorted_by = table.sorted_by(sort);
    let first = shown.first().unwrap_or(u64::MAX);
    let made = match (kept, changed) {
        (Some(mut kept), Some(changed)) if sorted_by.is_none() || changed.is_empty() => {
            kept.forget_before(first, sorted_by.is_none());
            let matching = matching(db, table, condition, &shown, changed)?;
            kept.take_in(matching);
            kept.version = version;
            kept
        }
        (Some(mut kept), _) if kept.rest_until.is_some_and(|moment| Instant::now() < moment) => {
            kept.forget_before(first, false);
            if let Some(moment) = kept.rest_until {
                shared.seen().ask_for_news(moment);
                shared.wake_writer();
            }
            kept
        }
        _ => {
            let begun = Instant::now();
            let mut made = List {
                version,
                generation,
                first,
                base: shown.first().unwrap_or(0),
                ..List::default()
            };
            made.numbers = all_matching(db, table, condition, sort, &shown, made.base)?;
            let cost = begun.elapsed();
            if sorted_by.is_some() && cost > QUICK {
                made.rest_until = Some(Instant::now() + 9 * cost);
            }
            made
        }
    };
    *list = Some(made);
    Ok(())
}

/// Asks the condition of every row.
fn all_matching(
    db: &rusqlite::Connection,
    table: Table,
    condition: &Condition,
    sort: Sort,
    shown: &Numbers,
    base: u64,
) -> Result<Vec<u32>, ReadError> {
    let number = table.number();
    let order = match table.sorted_by(sort) {
        None => number.to_owned(),
        Some(column) => format!("{column}{}, {number}", if sort.descending { " DESC" } else { "" }),
    };
    let sql = format!(
        "SELECT {number} FROM {} WHERE {} ORDER BY {order}",
        table.named(),
        condition.sql
    );
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(&condition.parameters))?;
    let mut numbers = Vec::new();
    while let Some(row) = rows.next()? {
        let number = row.get::<_, i64>(0)?.cast_unsigned();
        if shown.contains(number)
            && let Ok(distance) = u32::try_from(number - base)
        {
            numbers.push(distance);
        }
    }
    drop(rows);
    count_steps(&mut statement);
    Ok(numbers)
}

/// Asks the condition of these rows alone. Returns each with the answer, in ascending order.
fn matching(
    db: &rusqlite::Connection,
    table: Table,
    condition: &Condition,
    shown: &Numbers,
    mut changed: Vec<u64>,
) -> Result<Vec<(u64, bool)>, ReadError> {
    changed.sort_unstable();
    changed.dedup();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let place = condition.parameters.len() + 1;
    let sql = format!(
        "SELECT 1 FROM {} WHERE {} = ?{place} AND {}",
        table.named(),
        table.number(),
        condition.sql
    );
    let mut statement = db.prepare(&sql)?;
    let mut answers = Vec::with_capacity(changed.len());
    for number in changed {
        let parameters = condition
            .parameters
            .iter()
            .cloned()
            .chain([Value::Integer(number.cast_signed())]);
        let matches = shown.contains(number) && statement.exists(params_from_iter(parameters))?;
        answers.push((number, matches));
    }
    count_steps(&mut statement);
    Ok(answers)
}

impl List {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn nth(&self, place: usize) -> Option<u64> {
        self.numbers
            .get(place)
            .map(|&distance| self.base + u64::from(distance))
    }

    /// How many rows stand before this one, in a list by number.
    pub(super) fn rank(&self, number: u64) -> usize {
        self.numbers
            .partition_point(|&distance| self.base + u64::from(distance) < number)
    }

    /// Where this row stands, in a list of any order.
    pub(super) fn place(&self, number: u64) -> Option<usize> {
        let distance = u32::try_from(number.checked_sub(self.base)?).ok()?;
        self.numbers.iter().position(|&other| other == distance)
    }

    /// Lets go of rows before this one.
    fn forget_before(&mut self, first: u64, by_number: bool) {
        if first <= self.first {
            return;
        }
        self.first = first;
        if by_number {
            self.numbers.drain(..self.rank(first));
        } else {
            let base = self.base;
            self.numbers
                .retain(|&distance| base + u64::from(distance) >= first);
        }
    }

    /// Takes in whether these rows match now: numbers in ascending order, into a list by number. Rows change
    /// soon after they came, so it is the list's tail that is gone over.
    fn take_in(&mut self, answers: Vec<(u64, bool)>) {
        let Some(&(earliest, _)) = answers.first() else {
            return;
        };
        let tail = self.numbers.split_off(self.rank(earliest));
        let mut tail = tail.into_iter().peekable();
        let distance = |number: u64| {
            number
                .checked_sub(self.base)
                .and_then(|distance| u32::try_from(distance).ok())
        };
        for (number, matches) in answers {
            let Some(distance) = distance(number) else {
                continue;
            };
            while let Some(before) = tail.next_if(|&other| other < distance) {
                self.numbers.push(before);
            }
            tail.next_if_eq(&distance);
            if matches {
                self.numbers.push(distance);
            }
        }
        self.numbers.extend(tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn taking_in_answers_is_what_a_set_would_do(
            before in prop::collection::btree_set(10u64..60, 0..30),
            answers in prop::collection::btree_map(10u64..80, any::<bool>(), 0..20),
        ) {
            let mut set: BTreeSet<u64> = before.clone();
            for (&number, &matches) in &answers {
                if matches { set.insert(number); } else { set.remove(&number); }
            }
            let numbers = before.iter().map(|&number| (number - 10) as u32).collect();
            let mut list = List { base: 10, numbers, ..List::default() };
            list.take_in(answers.into_iter().collect());
            prop_assert_eq!((0..list.len()).filter_map(|at| list.nth(at)).collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }
}
