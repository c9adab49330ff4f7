//! Windows of a list, by place and by id, while rows come and go.

use capture::{ExchangeRow, From, Id, Page, Query, Sort, Store};

use crate::lab::{Lab, ROOMY, connection, get};

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
