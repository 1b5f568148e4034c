use super::*;
use crate::document::per_run::sample;

fn csv(bytes: &[u8]) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn heads_stand_in_the_first_row_of_each_draft_and_amounts_are_those_of_the_lines() {
    let sample = sample::sample(12, 1_500);
    let results = sample.view().results;
    let invoices = sample.invoices();
    let files = files(
        &ImportSource { settings: &sample.settings, results: Some(results) },
        &invoices.iter().collect::<Vec<_>>(),
    );
    let rows = csv(&files[0].bytes);
    let lines: Vec<_> =
        invoices.iter().flat_map(|invoice| invoice.lines.iter().map(move |line| (invoice, line))).collect();
    assert_eq!(rows.len(), lines.len());
    let mut ids = BTreeSet::new();
    for (row, (invoice, line)) in rows.iter().zip(lines) {
        assert_eq!(row["id"].is_empty(), line.number != 1);
        assert_eq!(row["ref"].is_empty(), line.number != 1);
        assert!(ids.insert(row["invoice_line_ids/id"].clone()), "an id stands once");
        let number = |name: &str| crate::quantity::Quantity::from_text(&row[name]).unwrap();
        let price = crate::quantity::UnitPrice::from_micros(number("invoice_line_ids/price_unit").micros());
        let discount = Percent::from_micros(number("invoice_line_ids/discount").micros());
        let net = crate::quantity::net(number("invoice_line_ids/quantity"), price, discount, invoice.currency).unwrap();
        assert_eq!(net, line.net, "{}", line.order_line);
    }
    assert!(entries_refused(results).is_none(), "the ids of the sample are ids of a database");
    let written = csv(&files[1].bytes);
    assert_eq!(written.len(), billed_entries(results).count());
    assert!(written.iter().all(|row| row[".id"].parse::<u64>().is_ok()));
    let known: BTreeSet<&String> = rows.iter().map(|row| &row["id"]).filter(|id| !id.is_empty()).collect();
    assert!(written.iter().all(|row| known.contains(&row["timesheet_invoice_id/id"])));
}

use crate::quantity::Percent;

#[test]
fn records_are_named_by_what_their_ids_are() {
    assert_eq!(Naming::of(["__export__.res_partner_12_ab34", "base.main_partner"]), Naming::External);
    assert_eq!(Naming::of(["12", "007"]), Naming::Database);
    for other in [vec!["12", "base.x"], vec!["C001"], vec![""], vec![], vec!["1.5"], vec!["a.b c"], vec!["a."]] {
        assert_eq!(Naming::of(other.iter().copied()), Naming::Other, "{other:?}");
    }
}

#[test]
fn ids_that_would_read_alike_stay_distinct() {
    assert_eq!(external_id("D-2026-10-C1-EUR"), "hourbill.D-2026-10-C1-EUR");
    assert!(external_id("D.x").starts_with("hourbill.D_x_"));
    assert_ne!(external_id("D.x"), external_id("D x"));
}
