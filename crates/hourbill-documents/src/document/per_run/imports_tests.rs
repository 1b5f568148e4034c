use std::collections::HashMap;

use super::*;
use crate::document::per_run::sample;

fn csv(bytes: &[u8]) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().map(Result::unwrap).collect()
}

fn invoices() -> Vec<Invoice> {
    sample::sample(24, 3_000).invoices()
}

fn taken(invoices: &[Invoice]) -> Vec<&Invoice> {
    invoices.iter().filter(|invoice| refused(invoice).is_none()).collect()
}

/// Text with a point, as hundredths, rounded half away from zero, from the exact product of the texts.
fn hundredths(factors: &[&str]) -> i128 {
    let (mut product, mut decimals) = (1_i128, 0);
    for factor in factors {
        let (whole, fraction) = factor.split_once('.').unwrap_or((factor, ""));
        product *= format!("{whole}{fraction}").parse::<i128>().unwrap();
        decimals += fraction.len() as u32;
    }
    match decimals.checked_sub(2) {
        Some(more) => divide_rounded(product, 10_i128.pow(more)).unwrap(),
        None => product * 10_i128.pow(2 - decimals),
    }
}

fn net_hundredths(invoice: &Invoice, line: &InvoiceLine) -> i128 {
    line.net.minor() * 10_i128.pow(2 - invoice.currency.digits())
}

#[test]
fn xero_works_every_line_out_to_its_net() {
    let invoices = invoices();
    let files = xero(&taken(&invoices), &plain(&Imports::default(), &BTreeMap::new()));
    assert!(taken(&invoices).len() == invoices.len() && files.len() == 1);
    let rows = csv(&files[0].bytes);
    let lines: Vec<_> = invoices.iter().flat_map(|of| of.lines.iter().map(move |line| (of, line))).collect();
    assert_eq!(rows.len(), lines.len());
    let mut alone = 0;
    for (row, (invoice, line)) in rows.iter().zip(lines) {
        let share = match row["Discount"].as_str() {
            "" => "100".to_owned(),
            discount => crate::quantity::decimal_text(
                100_000_000 - i128::from(Percent::from_text(discount).unwrap().micros()),
                6,
                0,
            ),
        };
        let worked_out = hundredths(&[&row["*Quantity"], &row["*UnitAmount"], &share, "0.01"]);
        assert_eq!(worked_out, net_hundredths(invoice, line), "{row:?}");
        assert_eq!(row["*InvoiceNumber"], invoice.id);
        alone += usize::from(row["*Quantity"] == "1" && row["*Description"].contains(" at "));
    }
    assert!(alone > 0, "prices in yen have lines that only their amount tells");
    assert_eq!((rows[0]["*InvoiceDate"].as_str(), rows[0]["*DueDate"].as_str()), ("31/10/2026", "30/11/2026"));
}

#[test]
fn quickbooks_gets_the_net_of_every_line() {
    let invoices = invoices();
    let files = quickbooks(&taken(&invoices), &plain(&Imports::default(), &BTreeMap::new()));
    let rows = csv(&files[0].bytes);
    let lines: Vec<_> = invoices.iter().flat_map(|of| of.lines.iter().map(move |line| (of, line))).collect();
    assert_eq!(rows.len(), lines.len());
    for (row, (invoice, line)) in rows.iter().zip(lines) {
        assert_eq!(row["*ItemAmount"], invoice.text(line.net));
        if !row["ItemRate"].is_empty() {
            let worked_out = hundredths(&[&row["ItemQuantity"], &row["ItemRate"]]);
            assert_eq!(worked_out, net_hundredths(invoice, line), "{row:?}");
        }
        assert!(row["*InvoiceNo"].len() <= QUICKBOOKS_NUMBER_MAX);
    }
}

#[test]
fn long_imports_are_split_and_credit_notes_stand_apart() {
    let template = invoices().remove(0);
    let many: Vec<Invoice> = (0..101)
        .map(|number| {
            let kind = if number == 7 { InvoiceKind::CreditNote } else { InvoiceKind::Invoice };
            Invoice { id: format!("D-2026-10-A-CUSTOMER-WITH-A-LONG-ID-{number}"), kind, ..template.clone() }
        })
        .collect();
    let names = |files: &[RunFile]| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&quickbooks(&taken(&many), &plain(&Imports::default(), &BTreeMap::new()))),
        ["invoices.csv", "credit_notes.csv"]
    );
    let mut more = many.clone();
    more.push(Invoice { id: "D-1".to_owned(), ..template });
    let files = quickbooks(&taken(&more), &plain(&Imports::default(), &BTreeMap::new()));
    assert_eq!(names(&files), ["invoices.csv", "invoices-2.csv", "credit_notes.csv"]);
    let numbers: std::collections::HashSet<String> =
        files.iter().flat_map(|file| csv(&file.bytes)).map(|row| row["*InvoiceNo"].clone()).collect();
    assert_eq!(numbers.len(), more.len());
}

#[test]
fn what_cannot_be_imported_to_the_cent_is_left_out_and_named() {
    let mut invoice = invoices().remove(0);
    invoice.currency = Currency::from_code("KWD").unwrap();
    invoice.lines[0].net = Money::from_minor(12_345);
    assert!(refused(&invoice).is_some_and(|why| why.contains("12.345")));
    let mut invoice = invoices().remove(0);
    invoice.totals.rounding = Money::from_minor(-1);
    assert!(refused(&invoice).is_some_and(|why| why.contains("rounding amount of -0.01")));
}

fn plain<'a>(names: &'a Imports, declared: &'a BTreeMap<String, PaymentTerms>) -> ImportTerms<'a> {
    ImportTerms { names, declared }
}

#[test]
fn n5_a_draft_is_due_when_its_terms_say_and_a_posted_document_when_it_says_so() {
    let declared = BTreeMap::from([("half".to_owned(), PaymentTerms { due_days: Some(15), discount: None })]);
    let names = Imports::default();
    let due = |invoice: &Invoice| dates(invoice, &plain(&names, &declared)).1;
    let mut draft = invoices().remove(0);
    draft.issue_date = Date::parse("2026-11-30");
    for (terms, day) in [
        ("30 days", "30/12/2026"),
        ("30 days end of month", "31/12/2026"),
        ("2026-12-24", "24/12/2026"),
        ("half", "15/12/2026"),
        ("30 jours fin de mois", "30/11/2026"),
        ("", "30/11/2026"),
    ] {
        draft.payment_terms = terms.to_owned();
        assert_eq!(due(&draft), day, "{terms}");
        let posted = Invoice { status: Status::Posted, due_date: Date::parse("2027-01-02"), ..draft.clone() };
        assert_eq!(due(&posted), "02/01/2027", "{terms}");
        assert_eq!(due(&Invoice { due_date: None, ..posted }), "30/11/2026", "{terms}");
        assert_eq!(due(&Invoice { kind: InvoiceKind::CreditNote, ..draft.clone() }), "30/11/2026", "{terms}");
    }
}
