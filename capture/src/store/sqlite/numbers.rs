//! A set of row numbers as runs of neighbours: what a table holds is one run but for the holes that a clearing
//! leaves, so a million rows cost as little as one.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// A set of numbers in ascending order, with the place of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    runs: VecDeque<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    length: u64,
    /// Numbers in the runs before this one, counted from some fixed point: only differences mean anything, so
    /// the front can go without a change to the rest.
    before: u64,
}

impl Run {
    fn last(&self) -> u64 {
        self.first + self.length - 1
    }
}

impl Numbers {
    /// The numbers of one run.
    pub(super) fn run(first: u64, length: u64) -> Self {
        let mut numbers = Self::default();
        numbers.push_run(first, length);
        numbers
    }

    /// Puts a number behind the last. One that is not behind it is there already, and changes nothing.
    pub(super) fn push(&mut self, number: u64) {
        self.push_run(number, 1);
    }

    fn push_run(&mut self, first: u64, length: u64) {
        if length == 0 {
            return;
        }
        let Some(last) = self.runs.back_mut() else {
            return self.runs.push_back(Run {
                first,
                length,
                before: 0,
            });
        };
        if first == last.first + last.length {
            last.length += length;
        } else if first > last.last() {
            let before = last.before + last.length;
            self.runs.push_back(Run {
                first,
                length,
                before,
            });
        }
    }

    pub(super) fn len(&self) -> u64 {
        match (self.runs.front(), self.runs.back()) {
            (Some(front), Some(back)) => back.before + back.length - front.before,
            _ => 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.runs.front().map(|run| run.first)
    }

    pub(super) fn last(&self) -> Option<u64> {
        self.runs.back().map(Run::last)
    }

    /// The number at this place.
    pub(super) fn nth(&self, place: u64) -> Option<u64> {
        let place = place + self.runs.front()?.before;
        let run = self.runs[self.runs.partition_point(|run| run.before <= place) - 1];
        (place - run.before < run.length).then(|| run.first + (place - run.before))
    }

    /// How many numbers are smaller than this one: its place, where it is one of them.
    pub(super) fn rank(&self, number: u64) -> u64 {
        let Some(front) = self.runs.front() else { return 0 };
        match self.runs.partition_point(|run| run.first < number) {
            0 => 0,
            runs => {
                let run = self.runs[runs - 1];
                run.before - front.before + run.length.min(number - run.first)
            }
        }
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        match self.runs.partition_point(|run| run.first <= number) {
            0 => false,
            runs => self.runs[runs - 1].last() >= number,
        }
    }

    /// The runs, in order.
    pub(super) fn runs(&self) -> impl Iterator<Item = RangeInclusive<u64>> + '_ {
        self.runs.iter().map(|run| run.first..=run.last())
    }

    /// The numbers that are not in `other`.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for run in self.runs() {
            let (mut first, last) = run.into_inner();
            let begin = other.runs.partition_point(|run| run.last() < first);
            for hole in other.runs.range(begin..).take_while(|hole| hole.first <= last) {
                rest.push_run(first, hole.first.saturating_sub(first));
                first = hole.last() + 1;
            }
            rest.push_run(first, (last + 1).saturating_sub(first));
        }
        rest
    }

    /// The numbers of both.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut runs: Vec<Run> = self.runs.iter().chain(&other.runs).copied().collect();
        runs.sort_unstable_by_key(|run| run.first);
        let mut all = Self::default();
        for run in runs {
            let from = all
                .runs
                .back()
                .map_or(run.first, |last| run.first.max(last.last() + 1));
            all.push_run(from, (run.last() + 1).saturating_sub(from));
        }
        all
    }

    /// Packed for a column: of each run, the gap before it and its length, as LEB128.
    pub(super) fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(self.runs.len() * 3);
        let mut at = 0;
        for run in &self.runs {
            super::pack::put(&mut packed, run.first - at);
            super::pack::put(&mut packed, run.length);
            at = run.first + run.length;
        }
        packed
    }

    /// What was packed. `None` when it is not that.
    pub(super) fn unpack(packed: &[u8]) -> Option<Self> {
        let mut reader = super::pack::Reader::new(packed);
        let mut numbers = Self::default();
        let mut at = 0u64;
        while !reader.is_empty() {
            let first = at.checked_add(reader.number()?)?;
            let length = reader.number()?;
            at = first.checked_add(length)?;
            numbers.push_run(first, length);
        }
        Some(numbers)
    }
}

impl FromIterator<u64> for Numbers {
    /// The numbers of an ascending row.
    fn from_iter<I: IntoIterator<Item = u64>>(ascending: I) -> Self {
        let mut numbers = Self::default();
        for number in ascending {
            numbers.push(number);
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn all(numbers: &Numbers) -> Vec<u64> {
        numbers.runs().flatten().collect()
    }

    proptest! {
        #[test]
        fn it_is_the_set_that_it_stands_for(
            a in prop::collection::btree_set(0u64..60, 0..40),
            b in prop::collection::btree_set(0u64..60, 0..40),
        ) {
            let (x, y): (Numbers, Numbers) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert_eq!(all(&x), a.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(x.len(), a.len() as u64);
            for number in 0..61 {
                prop_assert_eq!(x.contains(number), a.contains(&number));
                prop_assert_eq!(x.rank(number), a.range(..number).count() as u64);
                prop_assert_eq!(x.nth(number), a.iter().copied().nth(number as usize));
            }
            let less: BTreeSet<_> = a.difference(&b).copied().collect();
            let rest = x.without(&y);
            prop_assert_eq!(all(&rest), less.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(rest.nth(0), less.first().copied());
            prop_assert_eq!(rest.len(), less.len() as u64);
            prop_assert_eq!(all(&x.with(&y)), a.union(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(all(&Numbers::unpack(&x.pack()).unwrap()), all(&x));
        }

        #[test]
        fn what_was_not_packed_here_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Numbers::unpack(&bytes);
        }
    }
}
