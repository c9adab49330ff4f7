//! Windows of a list, by place and by id, while rows come and go.

use capture::{ExchangeRow, ExchangeState, From, Id, Page, Query, Sort, Store};
use proptest::prelude::*;

use crate::lab::{Lab, ROOMY, connection, get, list};

fn numbers(page: &Page<ExchangeRow>) -> (u64, Vec<u64>) {
    (page.offset, page.items.iter().map(|row| row.number).collect())
}

#[test]
fn a_window_is_found_by_place_by_id_and_from_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let connection = connection("example.com");
    lab.connect(&connection);
    let mut ids = Vec::new();
    for at in 1..=50 {
        let exchange = get(&connection, if at % 5 == 0 { "/fifth" } else { "/other" });
        lab.exchange(&exchange, [b"", b""]);
        ids.push(exchange.id);
    }
    lab.settle();
    let ask = |filter: &str, descending: bool, from: From| {
        let sort = Sort {
            descending,
            ..Sort::default()
        };
        numbers(
            &lab.store
                .exchanges(&Query {
                    filter: filter.parse().unwrap(),
                    sort,
                    from,
                    limit: 4,
                })
                .unwrap(),
        )
    };
    let id = |number: usize| ids[number - 1];
    assert_eq!(ask("", false, From::Offset(10)), (10, vec![11, 12, 13, 14]));
    assert_eq!(ask("", false, From::End), (46, vec![47, 48, 49, 50]));
    assert_eq!(ask("", true, From::Offset(0)), (0, vec![50, 49, 48, 47]));
    assert_eq!(ask("", false, From::After(id(20))), (20, vec![21, 22, 23, 24]));
    assert_eq!(ask("", true, From::After(id(20))), (31, vec![19, 18, 17, 16]));
    assert_eq!(ask("", false, From::Around(id(30))), (27, vec![28, 29, 30, 31]));
    assert_eq!(
        ask("path:/fifth", false, From::Offset(2)),
        (2, vec![15, 20, 25, 30])
    );
    assert_eq!(
        ask("path:/fifth", false, From::After(id(20))),
        (4, vec![25, 30, 35, 40])
    );
    assert_eq!(
        ask("path:/fifth", false, From::After(id(22))),
        (4, vec![25, 30, 35, 40]),
        "where it would stand"
    );
    assert_eq!(
        ask("path:/fifth", true, From::After(id(22))),
        (6, vec![20, 15, 10, 5])
    );
    assert_eq!(
        ask("path:/fifth", false, From::Around(id(50))),
        (6, vec![35, 40, 45, 50])
    );
    assert_eq!(ask("path:/none", false, From::End), (0, vec![]));
    assert_eq!(
        ask("", false, From::After(Id::new())),
        (50, vec![]),
        "an id that is newer than all"
    );
    assert_eq!(
        ask("", false, From::After(Id::from_bytes([0; 16]))),
        (0, vec![1, 2, 3, 4])
    );
    lab.close();
}

#[derive(Clone, Debug)]
enum Step {
    /// A new exchange, open or done.
    New { done: bool },
    /// An open exchange is done.
    End(prop::sample::Index),
    /// What matches the filter of this number is cleared.
    Clear(usize),
    /// The last clearing is taken back.
    Undo,
    /// What is listed is looked at.
    Look,
}

const FILTERS: [&str; 4] = ["", "state:done", "path:/3 or path:/7", "state:open"];

fn matches(filter: usize, exchange: &capture::Exchange) -> bool {
    match filter {
        0 => true,
        1 => exchange.state == ExchangeState::Done,
        2 => ["/3", "/7"]
            .iter()
            .any(|part| exchange.request.path.contains(part)),
        _ => exchange.state == ExchangeState::Open,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Lists that are kept in step say what lists made anew would say, whatever happens.
    #[test]
    fn lists_follow_whatever_happens(steps in prop::collection::vec(prop_oneof![
        4 => any::<bool>().prop_map(|done| Step::New { done }),
        3 => any::<prop::sample::Index>().prop_map(Step::End),
        1 => (0..FILTERS.len()).prop_map(Step::Clear),
        1 => Just(Step::Undo),
        3 => Just(Step::Look),
    ], 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let mut lab = Lab::open(dir.path(), ROOMY);
        let connection = connection("example.com");
        lab.connect(&connection);
        // Each exchange, and the clearing that hides it.
        let mut all: Vec<(capture::Exchange, Option<u64>)> = Vec::new();
        let mut last_clearing = None;
        for step in steps.into_iter().chain([Step::Look]) {
            match step {
                Step::New { done } => {
                    let mut exchange = get(&connection, &format!("/{}", all.len()));
                    exchange.state = if done { ExchangeState::Done } else { ExchangeState::Open };
                    lab.tell(&exchange);
                    all.push((exchange, None));
                }
                Step::End(which) => {
                    let mut open: Vec<_> = all.iter_mut().filter(|(exchange, _)| exchange.state == ExchangeState::Open).collect();
                    if !open.is_empty() {
                        let at = which.index(open.len());
                        open[at].0.state = ExchangeState::Done;
                        lab.tell(&open[at].0);
                    }
                }
                Step::Clear(filter) => {
                    lab.settle();
                    let cleared = lab.store.clear(&FILTERS[filter].parse().unwrap()).unwrap();
                    let hidden = all.iter_mut().filter(|(exchange, hidden)| hidden.is_none() && matches(filter, exchange));
                    prop_assert_eq!(cleared.exchanges as usize, hidden.map(|(_, hidden)| *hidden = Some(cleared.ticket)).count());
                    last_clearing = Some(cleared.ticket);
                }
                Step::Undo => if let Some(ticket) = last_clearing.take() {
                    prop_assert!(lab.store.undo_clear(ticket).unwrap());
                    all.iter_mut().filter(|(_, hidden)| *hidden == Some(ticket)).for_each(|(_, hidden)| *hidden = None);
                },
                Step::Look => {
                    lab.settle();
                    for (at, filter) in FILTERS.iter().enumerate() {
                        let page = list(&lab.store, filter);
                        let shown = || all.iter().filter(|(_, hidden)| hidden.is_none());
                        let expected: Vec<Id> = shown().filter(|(exchange, _)| matches(at, exchange)).map(|(exchange, _)| exchange.id).collect();
                        prop_assert_eq!(page.total as usize, shown().count());
                        prop_assert_eq!(page.items.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{}", filter);
                    }
                }
            }
        }
        lab.close();
    }
}
