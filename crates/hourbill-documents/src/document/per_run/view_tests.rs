use super::*;
use crate::document::per_run::WholeRun;
use crate::document::per_run::sample;
use crate::tables::TABLES;

#[test]
fn every_column_that_is_named_is_one_of_its_table_and_none_is_lost() {
    let sample = sample::sample(12, 300);
    let run = WholeRun::new(sample.view(), &[]);
    for (name, first) in FIRST {
        let leaks = run.leaks();
        let table = run.tables().iter().chain(&leaks).find(|table| table.name == name).unwrap_or(run.customers());
        assert_eq!(table.name, name);
        let own: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        for column in first {
            assert!(column.starts_with('=') || own.contains(column), "{name} has no column {column}");
        }
        let view = View::new(run.sights(), table);
        let mut shown: Vec<&str> = view.columns.iter().map(|column| column.name).collect();
        assert!(own.iter().all(|column| shown.contains(column)), "{name} {shown:?}");
        shown.sort_unstable();
        let all = shown.len();
        shown.dedup();
        assert_eq!(shown.len(), all, "{name} shows a column twice");
    }
    for (name, left_out) in NOT_ON_PAGE {
        let (_, columns) = TABLES.iter().find(|(table, _)| *table == name).unwrap();
        assert!(left_out.iter().all(|out| columns.iter().any(|column| column.name == *out)), "{name}");
    }
}

#[test]
fn codes_are_words_and_prices_have_the_decimals_of_their_currency() {
    let sample = sample::sample(12, 3_000);
    let run = WholeRun::new(sample.view(), &[]);
    let table = run.tables().iter().find(|table| table.name == "invoice_lines").unwrap();
    let view = View::new(run.sights(), table);
    let at = |name: &str| view.columns.iter().position(|column| column.name == name).unwrap();
    let (kind, price, net) = (at("kind"), at("unit_price"), at("net_amount"));
    let mut looked_at = 0;
    each_row(table, |row| {
        let cells = view.cells(row);
        assert!(!cells[kind].text().contains('_'));
        let digits = cells[net].money().unwrap().1.digits();
        let decimals = cells[price].text().split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert!(decimals >= digits as usize, "{}", cells[price].text());
        looked_at += 1;
        true
    });
    assert!(looked_at > 0);
}

#[test]
fn the_rows_of_a_view_are_those_of_its_table_each_once() {
    let sample = sample::sample(12, 3_000);
    let run = WholeRun::new(sample.view(), &[]);
    for table in run.tables() {
        let mut order = View::new(run.sights(), table).order();
        order.sort_unstable();
        assert_eq!(order, (0..table.rows.count()).collect::<Vec<_>>(), "{}", table.name);
    }
}
