//! The annex: the entries of each line, with sums that are the lines' hours.

use super::page::{LEFT, PageCell, RIGHT, Style, TextAlign};
use super::{BODY, HEAD, HEADING, LABEL, NAME, SMALL, STRONG, Sheet, column};
use crate::document::labels::Label;
use crate::document::model::{AnnexEntry, InvoiceLine};
use crate::quantity::HoursSum;

/// A page of its own, when there are entries.
pub(super) fn annex(sheet: &mut Sheet<'_>) {
    let invoice = sheet.invoice;
    let lines: Vec<&InvoiceLine> = invoice.lines.iter().filter(|line| !line.entries.is_empty()).collect();
    if lines.is_empty() {
        return;
    }
    sheet.flow.new_page();
    let room = (LEFT, RIGHT - LEFT);
    sheet.flow.paragraph(sheet.label(Label::Annex), NAME, room);
    let of = format!("{} {} · {}", sheet.title(), invoice.id, sheet.period(invoice.from, invoice.to));
    sheet.flow.paragraph(&of, LABEL, room);
    sheet.flow.y += 10.0;
    for line in &lines {
        of_line(sheet, line);
    }
    if lines.len() > 1 {
        let all: HoursSum = lines.iter().flat_map(|line| &line.entries).map(|entry| entry.hours).sum();
        sheet.flow.need(20.0);
        sum_row(sheet, sheet.label(Label::AllHours), all);
    }
}

fn of_line(sheet: &mut Sheet<'_>, line: &InvoiceLine) {
    // The heading, the header and at least two rows stay together.
    sheet.flow.need(95.0);
    let heading = format!("{} {} · {}", sheet.label(Label::Line), line.number, line.product);
    sheet.flow.paragraph(&heading, HEADING, (LEFT, RIGHT - LEFT));
    sheet.flow.paragraph(&format!("{} {}", sheet.label(Label::Order), line.order), SMALL, (LEFT, RIGHT - LEFT));
    sheet.flow.y += 3.0;
    let columns = [
        column(56.0, TextAlign::Left, sheet.label(Label::Date)),
        column(66.0, TextAlign::Left, sheet.label(Label::Ticket)),
        column(92.0, TextAlign::Left, sheet.label(Label::Employee)),
        column(RIGHT - LEFT - 266.0, TextAlign::Left, sheet.label(Label::Work)),
        column(52.0, TextAlign::Right, sheet.label(Label::Hours)),
    ];
    let rows: Vec<Vec<PageCell>> = line.entries.iter().map(|entry| row(sheet, entry)).collect();
    sheet.flow.table(LEFT, &columns, HEAD, rows.into_iter());
    let sum: HoursSum = line.entries.iter().map(|entry| entry.hours).sum();
    let quantity = sheet.language.number(line.quantity.micros().into(), 6, 2);
    let unit = sheet.language.unit_in_sentence(sheet.unit(line));
    let billed =
        format!("{} {} ({} {quantity} {unit})", sheet.label(Label::Sum), line.number, sheet.label(Label::Billed));
    sheet.flow.need(20.0);
    sum_row(sheet, &billed, sum);
    sheet.flow.y += 16.0;
}

fn row(sheet: &Sheet<'_>, entry: &AnnexEntry) -> Vec<PageCell> {
    let small = Style { size: 8.0, ..BODY };
    let text = |text: &str| vec![(text.to_owned(), small)];
    vec![
        text(&entry.date.map(|date| sheet.language.short_date(date)).unwrap_or_default()),
        text(&entry.ticket),
        text(&entry.employee),
        text(&entry.description),
        text(&sheet.hours(entry.hours)),
    ]
}

fn sum_row(sheet: &mut Sheet<'_>, label: &str, hours: HoursSum) {
    let baseline = sheet.flow.y + 4.0 + STRONG.size;
    let text = sheet.hours(hours);
    sheet.flow.text(label, STRONG, (LEFT + 3.0, RIGHT - LEFT - 95.0), baseline, TextAlign::Left);
    sheet.flow.figure(&text, STRONG, (RIGHT - 90.0, 87.0), baseline);
    sheet.flow.y += 8.0 + STRONG.size;
}
