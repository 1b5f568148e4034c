use super::*;
use crate::document::per_run::sample;

fn books() -> Datev {
    Datev {
        consultant: 29_098,
        client: 55_003,
        account_digits: 4,
        fiscal_year: (1, 1),
        debtor: "10000".to_owned(),
        debtors: BTreeMap::from([("C001".to_owned(), "10001".to_owned())]),
        revenue: [("19%", "8400"), ("20%", "8401"), ("0%", "8200"), ("", "8200")]
            .map(|(name, account)| (name.to_owned(), account.to_owned()))
            .into(),
    }
}

fn made(books: Datev) -> (Vec<Invoice>, Settings) {
    let mut sample = sample::sample(24, 3_000);
    sample.settings.imports.datev = Some(books);
    (sample.invoices(), sample.settings)
}

#[test]
fn bookings_add_up_to_the_drafts_in_euro_to_the_cent() {
    let (invoices, settings) = made(books());
    let files = files(&invoices.iter().collect::<Vec<_>>(), &settings);
    assert_eq!(files[0].name, "EXTF_Buchungsstapel_2026.csv");
    let text = WINDOWS_1252.decode(&files[0].bytes).0.into_owned();
    let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    assert_eq!(lines[0].split(';').count(), 31);
    assert_eq!(lines[1].split(';').count(), 125);
    assert!(lines[0].starts_with("\"EXTF\";700;21;\"Buchungsstapel\";13;20261031000000000;;"), "{}", lines[0]);
    assert!(lines[0].contains(";29098;55003;20260101;4;20261031;20261031;"), "{}", lines[0]);
    let mut sum = 0;
    for line in &lines[2..] {
        let mut row = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(line.as_bytes());
        let row = row.records().next().unwrap().unwrap();
        assert_eq!(row.len(), 125, "{line}");
        let amount: i128 = row[0].replace(',', "").parse().unwrap();
        sum += if &row[1] == "S" { amount } else { -amount };
        assert_eq!((&row[9], &row[2], &row[113]), ("3110", "EUR", "0"));
        assert!(row[10].len() <= 36 && row[13].chars().count() <= 60);
    }
    let of_drafts: i128 =
        invoices.iter().filter(|of| of.currency.code() == "EUR").map(|of| of.totals.total.minor()).sum();
    assert!(sum == of_drafts && sum > 0);
    let others: Vec<&Invoice> = invoices.iter().filter(|invoice| invoice.currency.code() != "EUR").collect();
    let left_out: Vec<String> = invoices.iter().filter_map(|invoice| refused(invoice, &settings)).collect();
    assert_eq!(left_out.len(), others.len());
    assert!(!others.is_empty() && left_out.iter().all(|why| why.contains("needs a rate")));
    assert!(text.contains("Bäckerei Müller & Söhne") && text.contains(";10001;"));
}

#[test]
fn a_tax_without_an_account_leaves_its_draft_out() {
    let mut books = books();
    books.revenue.remove("20%");
    let (invoices, settings) = made(books);
    let mut left_out = invoices.iter().filter_map(|invoice| refused(invoice, &settings));
    assert!(left_out.any(|why| why == "`datev.revenue` has no account for the tax `20%`"));
}

#[test]
fn a_batch_holds_one_fiscal_year() {
    let books = Datev { fiscal_year: (7, 1), ..books() };
    let year = |text| fiscal_year(Date::parse(text).unwrap(), &books);
    assert_eq!([year("2026-06-30"), year("2026-07-01"), year("2027-01-01")], [2025, 2026, 2026]);
}

#[test]
fn texts_are_made_to_fit_the_character_set_and_the_length() {
    assert_eq!(windows_1252("Ü € 東\u{81}"), b"\xdc \x80 ?\x81");
    assert_eq!(plain("a\r\nb", 60), "a  b");
    assert_eq!(document("D-2026-10-C001-EUR"), "D-2026-10-C001-EUR");
    assert_ne!(document("D_1"), document("D 1"));
    assert!(document(&"X".repeat(80)).len() <= 36);
}

#[test]
fn credit_notes_are_booked_on_the_other_side() {
    let (mut invoices, _) = made(books());
    let mut invoice = invoices.remove(0);
    let before = bookings(&invoice, &books()).unwrap();
    invoice.kind = InvoiceKind::CreditNote;
    let after = bookings(&invoice, &books()).unwrap();
    assert_eq!(after[0].gross, before[0].gross.negated());
    let text = String::from_utf8_lossy(&batch(2026, &after, &books())).into_owned();
    assert!(text.lines().nth(2).unwrap().contains(";\"H\";"));
}
