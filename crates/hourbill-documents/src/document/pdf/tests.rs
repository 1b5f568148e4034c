use super::*;
use crate::document::specimen;
use crate::quantity::Hours;

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
fn the_sums_of_the_annex_are_the_hours_of_the_lines() {
    let mut invoice = specimen::invoice("D-1", 60, "en").unwrap();
    // Twenty minutes are no hundredths of an hour: the document goes over to clock time as a whole.
    let third = HoursSum::from(Hours::from_micros(1_200_000_000));
    invoice.lines[0].entries[0].hours += third;
    invoice.lines[0].hours = invoice.lines[0].hours.map(|hours| hours + third);
    invoice.totals.hours += third;
    let pages = texts(&invoice);
    for line in invoice.lines.iter().filter(|line| line.hours.is_some()) {
        let sum: i128 = line.entries.iter().map(|entry| entry.hours.micros()).sum();
        assert_eq!(Some(HoursSum::from_micros(sum)), line.hours);
        let shown = HoursForm::Clock.text(Language::English, sum);
        assert!(has(&pages, &shown), "{shown}");
    }
    assert!(has(&pages, &HoursForm::Clock.text(Language::English, invoice.totals.hours.micros())));
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
