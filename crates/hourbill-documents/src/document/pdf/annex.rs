//! The annex: the entries of each line, with sums that are the lines' hours.

use super::page::{LEFT, PageCell, RIGHT, Style, TextAlign};
use super::{BODY, HEAD, HEADING, LABEL, NAME, SMALL, STRONG, Sheet, column};
use crate::document::labels::Label;
use crate::document::model::{AnnexEntry, InvoiceLine};
use crate::quantity::HoursSum;

/// A page of its own, when there are entries.
pub(super) fn annex(sheet: &mut Sheet<'_>) {
    if sheet.invoice.lines.iter().any(|line| !line.entries.is_empty()) {
        sheet.flow.new_page();
        timesheet(sheet);
    }
}

/// The entries from where the page is.
pub(super) fn timesheet(sheet: &mut Sheet<'_>) {
    let invoice = sheet.invoice;
    let lines: Vec<&InvoiceLine> = invoice.lines.iter().filter(|line| !line.entries.is_empty()).collect();
    let room = (LEFT, RIGHT - LEFT);
    sheet.flow.paragraph(sheet.label(Label::Annex), NAME, room);
    let of = format!("{} {} · {}", sheet.title(), invoice.called(), sheet.period(invoice.from, invoice.to));
    sheet.flow.paragraph(&of, LABEL, room);
    sheet.flow.y += 10.0;
    let filled = Filled::of(&lines);
    for line in &lines {
        of_line(sheet, line, filled);
    }
    if lines.len() > 1 {
        let all: HoursSum = lines.iter().flat_map(|line| &line.entries).map(|entry| entry.hours).sum();
        sheet.flow.need(20.0);
        sum_row(sheet, sheet.label(Label::AllHours), all);
    }
    let mut entries = lines.iter().flat_map(|line| &line.entries);
    if entries.any(|entry| !invoice.hours_form.is_exact(entry.hours)) {
        sheet.flow.need(20.0);
        sheet.flow.y += 6.0;
        sheet.flow.paragraph(sheet.label(Label::HoursRounded), SMALL, room);
    }
}

/// Columns of the annex that say something on the document.
#[derive(Clone, Copy)]
struct Filled {
    ticket: bool,
    employee: bool,
    work: bool,
}

impl Filled {
    fn of(lines: &[&InvoiceLine]) -> Filled {
        let any = |text: fn(&AnnexEntry) -> &str| {
            lines.iter().flat_map(|line| &line.entries).any(|entry| !text(entry).trim().is_empty())
        };
        Filled {
            ticket: any(|entry| &entry.ticket),
            employee: any(|entry| &entry.employee),
            work: any(|entry| &entry.description),
        }
    }

    /// The columns between date and hours, with their widths: the last of them takes the room that is left.
    fn columns(self) -> Vec<(Label, f32)> {
        let all =
            [(self.ticket, Label::Ticket, 66.0), (self.employee, Label::Employee, 92.0), (self.work, Label::Work, 0.0)];
        let mut columns: Vec<(Label, f32)> =
            all.into_iter().filter(|(filled, ..)| *filled).map(|(_, label, width)| (label, width)).collect();
        let taken: f32 = DATE_WIDTH + HOURS_WIDTH + columns.iter().rev().skip(1).map(|(_, width)| width).sum::<f32>();
        if let Some((_, width)) = columns.last_mut() {
            *width = RIGHT - LEFT - taken;
        }
        columns
    }
}

const DATE_WIDTH: f32 = 56.0;
const HOURS_WIDTH: f32 = 52.0;

fn of_line(sheet: &mut Sheet<'_>, line: &InvoiceLine, filled: Filled) {
    // The heading, the header and at least two rows stay together.
    sheet.flow.need(95.0);
    let heading = format!("{} {} · {}", sheet.label(Label::Line), line.number, line.product);
    sheet.flow.paragraph(&heading, HEADING, (LEFT, RIGHT - LEFT));
    if let Some(origin) = sheet.origin(line) {
        sheet.flow.paragraph(&origin, SMALL, (LEFT, RIGHT - LEFT));
    }
    sheet.flow.y += 3.0;
    let between = filled.columns();
    // Without anything between them the date has the room.
    let date_width = if between.is_empty() { RIGHT - LEFT - HOURS_WIDTH } else { DATE_WIDTH };
    let mut columns = vec![column(date_width, TextAlign::Left, sheet.label(Label::Date))];
    columns.extend(between.into_iter().map(|(label, width)| column(width, TextAlign::Left, sheet.label(label))));
    columns.push(column(HOURS_WIDTH, TextAlign::Right, sheet.label(Label::Hours)));
    let rows: Vec<Vec<PageCell>> = line.entries.iter().map(|entry| row(sheet, entry, filled)).collect();
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

fn row(sheet: &Sheet<'_>, entry: &AnnexEntry, filled: Filled) -> Vec<PageCell> {
    let small = Style { size: 8.0, ..BODY };
    let text = |text: &str| vec![(text.to_owned(), small)];
    let mut cells = vec![text(&entry.date.map(|date| sheet.language.short_date(date)).unwrap_or_default())];
    let between =
        [(filled.ticket, &entry.ticket), (filled.employee, &entry.employee), (filled.work, &entry.description)];
    cells.extend(between.into_iter().filter(|(filled, _)| *filled).map(|(_, said)| text(said)));
    cells.push(text(&sheet.hours(entry.hours)));
    cells
}

fn sum_row(sheet: &mut Sheet<'_>, label: &str, hours: HoursSum) {
    let baseline = sheet.flow.y + 4.0 + STRONG.size;
    let text = sheet.hours(hours);
    sheet.flow.words(label, STRONG, (LEFT + 3.0, RIGHT - LEFT - 95.0), baseline, TextAlign::Left);
    sheet.flow.figure(&text, STRONG, (RIGHT - 90.0, 87.0), baseline);
    sheet.flow.y += 8.0 + STRONG.size;
}
