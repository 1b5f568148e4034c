use super::page::{HEIGHT, Mark};
use super::*;
use crate::document::model::{EarlyPayment, LineTax};
use crate::document::specimen;
use crate::quantity::{Hours, HoursForm, Quantity};

fn laid_out(invoice: &Invoice) -> Flow {
    Sheet::new(invoice, Faces::get().unwrap()).laid_out()
}

/// The texts of a document, page by page.
fn texts(invoice: &Invoice) -> Vec<Vec<String>> {
    let text = |mark: Mark| if let Mark::Text { text, .. } = mark { Some(text) } else { None };
    laid_out(invoice).pages.into_iter().map(|page| page.marks.into_iter().filter_map(text).collect()).collect()
}

fn has(pages: &[Vec<String>], wanted: &str) -> bool {
    pages.iter().flatten().any(|text| text == wanted)
}

#[test]
fn equal_drafts_have_equal_bytes() {
    let invoice = specimen::invoice("D-1", 40, "fr").unwrap();
    let first = bytes(&invoice, false).unwrap();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(first, bytes(&invoice, false).unwrap());
    let mut other = invoice.clone();
    other.totals.total = Money::from_minor(1);
    assert_ne!(first, bytes(&other, false).unwrap());
    assert!(bytes(&invoice, true).is_ok());
}

#[test]
fn every_page_is_marked_as_a_draft_and_numbered() {
    for (language, draft, of) in [
        ("en", "DRAFT", "Page 1 of"),
        ("fr", "BROUILLON", "Page 1 sur"),
        ("de", "ENTWURF", "Seite 1 von"),
        ("nl", "CONCEPT", "Pagina 1 van"),
        ("es", "BORRADOR", "Página 1 de"),
    ] {
        let pages = texts(&specimen::invoice("D-1", 100, language).unwrap());
        assert!(pages.len() > 2);
        assert!(pages.iter().all(|page| page.iter().any(|text| text == draft)), "{language}");
        assert!(has(&pages, &format!("{of} {}", pages.len())), "{language} {:?}", pages[0]);
    }
}

#[test]
fn titles_are_whole_in_every_language() {
    let invoice = specimen::invoice("D-1", 1, "en").unwrap();
    for language in Language::ALL {
        for label in [Label::Invoice, Label::CreditNote, Label::DownPayment, Label::Statement] {
            let (mut flow, title) = (Flow::new(Faces::get().unwrap()), label.text(language));
            let letterhead = Letterhead { seller: &invoice.seller, buyer: &invoice.buyer, language };
            letterhead.seller_and_title(&mut flow, &[], title, None);
            let of_title = |mark: &Mark| match mark {
                Mark::Text { x, style, text, .. } if text == title => Some((*x, style.size)),
                _ => None,
            };
            let found = flow.pages.iter().flat_map(|page| &page.marks).find_map(of_title);
            let (x, size) = found.unwrap_or_else(|| panic!("{title} is cut"));
            assert!(x >= page::LEFT + 270.0 && size >= 14.0, "{title}: {x} {size}");
        }
    }
}

/// Labels are of different lengths in different languages, and half of one says something else or nothing.
#[test]
fn no_word_of_ours_is_cut_in_any_language() {
    for language in Language::ALL {
        let mut invoice = specimen::invoice("D-1", 40, language.tag()).unwrap();
        invoice.issue_date = Date::parse("2026-11-02");
        invoice.due_date = Date::parse("2026-12-02");
        invoice.early_payment = Some(EarlyPayment { percent: Percent::from_micros(2_000_000), days: 10 });
        invoice.totals.rounding = Money::from_minor(1);
        invoice.prepaid[0].expired = Hours::from_micros(3_600_000_000).into();
        for status in [Status::Draft, Status::Posted, Status::Final, Status::Cancelled] {
            for kind in [InvoiceKind::Invoice, InvoiceKind::CreditNote, InvoiceKind::DownPayment] {
                (invoice.status, invoice.kind) = (status, kind);
                let pages = texts(&invoice);
                let whole = |label: Label| pages.iter().any(|page| page.join(" ").contains(label.text(language)));
                assert!(whole(Label::EarlyPayment), "{language:?}: {:?}", pages[0]);
                assert!(!pages.iter().flatten().any(|text| text.ends_with('…')), "{language:?}: {pages:?}");
            }
        }
        for mark in laid_out(&invoice).pages.iter().flat_map(|page| &page.marks) {
            if let Mark::Text { style, text, .. } = mark {
                assert!(style.size >= 6.5, "{language:?}: nobody reads {text} of {}", style.size);
            }
        }
    }
}

/// N5: whoever pays on the last day has the discount, whatever language the invoice is in.
#[test]
fn the_last_day_of_a_discount_is_one_of_its_days() {
    let mut said = Vec::new();
    for language in Language::ALL {
        let mut invoice = specimen::invoice("D-1", 1, language.tag()).unwrap();
        invoice.issue_date = Date::parse("2026-11-02");
        invoice.early_payment = Some(EarlyPayment { percent: Percent::from_micros(2_000_000), days: 10 });
        let facts = Sheet::new(&invoice, Faces::get().unwrap()).facts();
        let (label, text) = facts.into_iter().find(|(label, _)| *label == Label::EarlyPayment).unwrap();
        said.push(format!("{} {text}", label.text(language)).replace('\u{a0}', " "));
    }
    let expected = [
        "Discount if paid by 12 Nov 2026: 2%",
        "Escompte si payé au plus tard le 12/11/2026: 2 %",
        "Skonto bei Zahlung bis 12.11.2026: 2 %",
        "Korting bij betaling uiterlijk op 12-11-2026: 2%",
        "Descuento si se paga hasta el 12/11/2026: 2 %",
    ];
    assert_eq!(said, expected);
}

#[test]
fn figures_are_those_of_the_model_in_the_form_of_the_language() {
    let invoice = specimen::invoice("D-1", 40, "de").unwrap();
    let pages = texts(&invoice);
    for amount in invoice.lines.iter().map(|line| line.net).chain([invoice.totals.net, invoice.totals.tax]) {
        let shown = Language::German.number(amount.minor(), 2, 2);
        assert!(has(&pages, &shown), "{shown}");
    }
    let total = format!("{} EUR", Language::German.number(invoice.totals.total.minor(), 2, 2));
    assert!(has(&pages, &total), "{total}");
    assert!(has(&pages, "01.10.2026 – 31.10.2026"));
}

#[test]
fn a_balance_stands_with_its_day() {
    let invoice = specimen::invoice("D-1", 4, "en").unwrap();
    assert!(has(&texts(&invoice), "Prepaid hours as of 31 Oct 2026"));
    let mut late = invoice.clone();
    late.lines[0].from = Date::parse("2026-09-03").unwrap();
    late.lines[0].to = Date::parse("2026-09-20").unwrap();
    late.from = late.lines[0].from;
    let pages = texts(&late);
    let says = |dates: &str| pages[0].iter().any(|text| text.contains(dates));
    assert!(says("3 Sep 2026 – 20 Sep 2026") && says("1 Oct 2026 – 31 Oct 2026") && says("3 Sep 2026 – 31 Oct 2026"));
}

#[test]
fn the_sums_of_the_annex_are_the_hours_of_the_lines_in_the_form_of_the_job() {
    let mut invoice = specimen::invoice("D-1", 60, "en").unwrap();
    let rounded = Label::HoursRounded.text(Language::English);
    assert!(!has(&texts(&invoice), rounded));
    // Twenty minutes are no hundredths of an hour.
    let third = HoursSum::from(Hours::from_micros(1_200_000_000));
    invoice.lines[0].entries[0].hours += third;
    invoice.lines[0].hours = invoice.lines[0].hours.map(|hours| hours + third);
    invoice.totals.hours += third;
    for form in HoursForm::ALL {
        invoice.hours_form = form;
        let pages = texts(&invoice);
        for line in invoice.lines.iter().filter(|line| line.hours.is_some()) {
            let sum: HoursSum = line.entries.iter().map(|entry| entry.hours).sum();
            assert_eq!(Some(sum), line.hours);
            let shown = Language::English.hours(form, sum);
            assert!(has(&pages, &shown), "{shown}");
        }
        assert!(has(&pages, &Language::English.hours(form, invoice.totals.hours)));
        assert_eq!(has(&pages, rounded), form == HoursForm::Decimal);
    }
}

#[test]
fn a_quantity_that_is_not_its_hours_says_why() {
    let mut invoice = specimen::invoice("D-1", 40, "en").unwrap();
    // Lines of a cell stand one after another.
    let says = |invoice: &Invoice, words: &str| texts(invoice).iter().any(|page| page.join(" ").contains(words));
    // Hours that are the quantity are not told twice; those of a line in days are.
    let told = |line: &InvoiceLine| format!("{} h", Language::English.hours(HoursForm::Decimal, line.hours.unwrap()));
    let ends = |line: &InvoiceLine| texts(&invoice).iter().flatten().any(|text| text.ends_with(&told(line)));
    assert!(!ends(&invoice.lines[0]) && ends(&invoice.lines[1]));
    assert!(!says(&invoice, "incl."));
    let hundredth = Quantity::from_micros(10_000);
    invoice.lines[0].quantity = invoice.lines[0].quantity.checked_add(hundredth).unwrap();
    invoice.lines[0].carried = Some(hundredth);
    invoice.lines[1].carried = Some(hundredth.negated());
    assert!(says(&invoice, " h · incl. 0.01 h carried from earlier invoices"));
    assert!(says(&invoice, "incl. \u{2212}0.01 days carried from earlier invoices"));
    invoice.lines[1].order_line = invoice.lines[0].order_line.clone();
    assert!(says(&invoice, "incl. \u{2212}0.01 days carried from the line above"));
    invoice.buyer.contact.language = "de".to_owned();
    assert!(says(&invoice, "davon 0,01 h Übertrag aus früheren Rechnungen"));
}

#[test]
fn the_page_speaks_the_language_of_the_buyer() {
    let mut invoice = specimen::invoice("D-1", 4, "de").unwrap();
    // Both sides are in Belgium: nobody needs to be told.
    assert!(has(&texts(&invoice), "30 Tage") && !has(&texts(&invoice), "Belgien") && !has(&texts(&invoice), "BE"));
    invoice.buyer.contact.address.country = "nl".to_owned();
    assert!(has(&texts(&invoice), "Belgien") && has(&texts(&invoice), "Niederlande"));
    invoice.buyer.contact.address.country = "Atlantis".to_owned();
    assert!(has(&texts(&invoice), "Atlantis"));
    invoice.buyer.contact.address.country.clear();
    assert!(has(&texts(&invoice), "Belgien"));
}

#[test]
fn why_there_is_no_tax_is_said_in_words() {
    let mut invoice = specimen::invoice("D-1", 4, "nl").unwrap();
    for line in &mut invoice.lines {
        line.taxes = vec![LineTax { name: "0%".to_owned(), category: "AE".to_owned(), percent: Percent::ZERO }];
    }
    let total = |category: &str| TaxTotal {
        category: category.to_owned(),
        percent: Percent::ZERO,
        base: Money::from_minor(1),
        amount: Money::ZERO,
    };
    invoice.taxes = vec![total("AE")];
    let pages = texts(&invoice);
    let count = |pages: &[Vec<String>], words: &str| pages.iter().flatten().filter(|text| text.contains(words)).count();
    assert_eq!((count(&pages, "Btw verlegd"), count(&pages, "AE"), count(&pages, "0%")), (1, 0, 4));
    // Two reasons with one rate: each line says which is its own.
    invoice.lines[1].taxes[0].category = "E".to_owned();
    invoice.taxes.push(total("E"));
    let pages = texts(&invoice);
    assert_eq!((count(&pages, "Btw verlegd"), count(&pages, "Vrijgesteld")), (3, 2));
}

#[test]
fn nothing_leaves_the_page_and_no_page_is_empty() {
    let long = "Wort ".repeat(3_000);
    let mut invoice = specimen::invoice(&"D-".repeat(80), 300, "de").unwrap();
    invoice.buyer.name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ".repeat(3);
    invoice.lines[0].description = long.clone();
    invoice.lines[0].entries[3].description = "x".repeat(5_000);
    invoice.lines[0].entries[4].employee = long;
    invoice.lines[1].order = "S".repeat(200);
    invoice.totals.total = Money::from_minor(10_i128.pow(30));
    invoice.notes = vec!["Hinweis\n".repeat(200)];
    let flow = laid_out(&invoice);
    let faces = Faces::get().unwrap();
    for (number, page) in flow.pages.iter().enumerate() {
        let mut own = 0;
        for mark in &page.marks {
            if let Mark::Text { x, y, style, text } = mark {
                let right = x + faces.width(text, style.weight, style.size);
                assert!(*x >= LEFT - 0.1 && right <= RIGHT + 0.1, "page {number}: {text} from {x} to {right}");
                assert!(*y > 40.0 && *y < HEIGHT - 30.0, "page {number}: {text} at {y}");
                own += usize::from(*y > 60.0 && *y < HEIGHT - 65.0);
            }
        }
        assert!(own > 0, "page {number} is empty");
    }
    bytes(&invoice, false).unwrap();
}

#[test]
fn a_document_without_anything_optional_is_made() {
    let mut invoice = specimen::invoice("D-1", 0, "").unwrap();
    invoice.seller = crate::job::CompanyProfile::default();
    invoice.buyer.contact = crate::model::Contact::default();
    invoice.lines.truncate(1);
    invoice.lines[0].taxes.clear();
    invoice.taxes.clear();
    invoice.prepaid.clear();
    invoice.payment_terms.clear();
    invoice.customer_references.clear();
    assert_eq!(laid_out(&invoice).pages.len(), 1);
    assert!(bytes(&invoice, true).is_ok());
}

#[test]
fn work_of_agreements_names_its_project_and_columns_that_say_nothing_are_left_out() {
    let mut invoice = specimen::invoice("D-1", 8, "en").unwrap();
    let pages = texts(&invoice);
    for label in ["Orders", "Order S00071", "Ticket", "Employee", "Work done", "Tax"] {
        assert!(has(&pages, label), "{label}");
    }
    for line in &mut invoice.lines {
        line.agreed = Some(if line.number == 1 { "Harbour map" } else { "" }.to_owned());
        line.taxes.clear();
        for entry in &mut line.entries {
            entry.ticket.clear();
            entry.description.clear();
        }
    }
    invoice.taxes.clear();
    invoice.prepaid.clear();
    let pages = texts(&invoice);
    assert!(has(&pages, "Project") && has(&pages, "Harbour map") && has(&pages, "Employee"));
    for label in ["Orders", "Order", "Ticket", "Work done"] {
        assert!(!has(&pages, label), "{label}");
    }
    assert!(!pages.iter().flatten().any(|text| text.starts_with("Order ") || text == "Project "), "{pages:?}");
    for entry in invoice.lines.iter_mut().flat_map(|line| &mut line.entries) {
        entry.employee.clear();
    }
    assert!(!has(&texts(&invoice), "Employee"));
    assert!(bytes(&invoice, true).is_ok());
}

#[test]
fn characters_that_the_font_lacks_are_named_and_do_not_break_archiving() {
    let mut invoice = specimen::invoice("D-1", 3, "en").unwrap();
    invoice.lines[0].entries[0].description = "請求書 – שלום – 👍\u{0}\u{feff}".to_owned();
    invoice.buyer.name = "株式会社".to_owned();
    let missing: String = missing_glyphs(&invoice).into_iter().collect();
    assert_eq!(missing, "\0会式書株求社請👍");
    assert!(bytes(&invoice, true).is_ok());
}
