//! Rows in an order, and the window of them that is asked for.

use super::list::List;
use crate::store::sqlite::numbers::Numbers;

/// The rows that match, in order.
pub(in crate::store::sqlite) enum Order<'a> {
    /// Every row there is, by number.
    Shown { numbers: &'a Numbers, descending: bool },
    /// The rows of a list. One by number is kept ascending.
    Listed {
        list: &'a List,
        by_number: bool,
        descending: bool,
    },
}

/// Where a window begins, ids being turned into numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sqlite) enum Place {
    Offset(usize),
    /// Behind this row, or behind the place where it would stand.
    After(u64),
    End,
    Around(u64),
}

/// The rows of a window.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store::sqlite) struct Window {
    pub(in crate::store::sqlite) matched: usize,
    pub(in crate::store::sqlite) offset: usize,
    pub(in crate::store::sqlite) numbers: Vec<u64>,
}

impl Order<'_> {
    /// The rows from this place on.
    pub(in crate::store::sqlite) fn window(&self, from: Place, limit: usize) -> Window {
        let matched = self.len();
        let latest = matched.saturating_sub(limit);
        let offset = match from {
            Place::Offset(offset) => offset.min(matched),
            Place::End => latest,
            Place::After(number) => self.place(number).map_or_else(|would| would, |place| place + 1),
            Place::Around(number) => {
                let place = self.place(number).unwrap_or_else(|would| would);
                place.saturating_sub(limit / 2).min(latest)
            }
        };
        let numbers = (offset..matched)
            .take(limit)
            .filter_map(|place| self.nth(place))
            .collect();
        Window {
            matched,
            offset,
            numbers,
        }
    }

    /// All rows that match, in the order of their numbers.
    pub(in crate::store::sqlite) fn to_numbers(&self) -> Numbers {
        match self {
            Self::Shown { numbers, .. } => (*numbers).clone(),
            Self::Listed { list, .. } => (0..list.len()).filter_map(|place| list.nth(place)).collect(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Shown { numbers, .. } => usize::try_from(numbers.len()).unwrap_or(usize::MAX),
            Self::Listed { list, .. } => list.len(),
        }
    }

    fn nth(&self, place: usize) -> Option<u64> {
        let place = if self.is_reversed() {
            self.len().checked_sub(place + 1)?
        } else {
            place
        };
        match self {
            Self::Shown { numbers, .. } => numbers.nth(place as u64),
            Self::Listed { list, .. } => list.nth(place),
        }
    }

    /// Where this row stands, or else (`Err`) where it would: by number that is known, and in another order
    /// such a row counts as standing before the first.
    fn place(&self, number: u64) -> Result<usize, usize> {
        let rank = match self {
            Self::Shown { numbers, .. } => numbers.rank(number) as usize,
            Self::Listed {
                list,
                by_number: true,
                ..
            } => list.rank(number),
            Self::Listed { list, .. } => return list.place(number).ok_or(0),
        };
        let ascending = match self {
            Self::Shown { numbers, .. } => numbers.nth(rank as u64),
            Self::Listed { list, .. } => list.nth(rank),
        };
        match (ascending == Some(number), self.is_reversed()) {
            (true, false) => Ok(rank),
            (true, true) => Ok(self.len() - rank - 1),
            (false, false) => Err(rank),
            (false, true) => Err(self.len() - rank),
        }
    }

    fn is_reversed(&self) -> bool {
        match *self {
            Self::Shown { descending, .. } | Self::Listed { descending, .. } => descending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(descending: bool, from: Place, limit: usize) -> (usize, Vec<u64>) {
        let numbers: Numbers = [2, 3, 4, 7, 8, 9].into_iter().collect();
        let window = Order::Shown {
            numbers: &numbers,
            descending,
        }
        .window(from, limit);
        assert_eq!(window.matched, 6);
        (window.offset, window.numbers)
    }

    #[test]
    fn a_window_begins_where_it_is_asked_to() {
        assert_eq!(window(false, Place::Offset(1), 2), (1, vec![3, 4]));
        assert_eq!(window(false, Place::Offset(99), 2), (6, vec![]));
        assert_eq!(window(false, Place::End, 2), (4, vec![8, 9]));
        assert_eq!(window(false, Place::End, 99), (0, vec![2, 3, 4, 7, 8, 9]));
        assert_eq!(window(false, Place::After(4), 2), (3, vec![7, 8]));
        assert_eq!(window(false, Place::After(5), 2), (3, vec![7, 8]));
        assert_eq!(window(false, Place::After(9), 2), (6, vec![]));
        assert_eq!(window(false, Place::Around(7), 3), (2, vec![4, 7, 8]));
        assert_eq!(window(false, Place::Around(2), 3), (0, vec![2, 3, 4]));
        assert_eq!(window(false, Place::Around(9), 3), (3, vec![7, 8, 9]));
    }

    #[test]
    fn and_so_it_does_from_the_latest_down() {
        assert_eq!(window(true, Place::Offset(1), 2), (1, vec![8, 7]));
        assert_eq!(window(true, Place::End, 2), (4, vec![3, 2]));
        assert_eq!(window(true, Place::After(7), 2), (3, vec![4, 3]));
        assert_eq!(window(true, Place::After(5), 2), (3, vec![4, 3]));
        assert_eq!(window(true, Place::Around(7), 3), (1, vec![8, 7, 4]));
        assert_eq!(window(true, Place::After(1), 2), (6, vec![]));
    }
}
