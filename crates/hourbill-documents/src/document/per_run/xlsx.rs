//! The review workbook of a run: `review.xlsx`. Its sheets are the tables of the run, told by [`crate::tables`], and a summary.
//!
//! A cell holds the exact figure; its format shows two decimals of hours and the decimals of the currency. Texts are written as texts, never
//! as formulas, and neutralised on top (§9.5), so that they stay harmless when the workbook is saved in another format.

#[path = "xlsx_summary.rs"]
mod summary;

use std::collections::HashMap;
use std::io;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use super::cells::{Row, TableCell, each_row, heading, neutralised};
use super::review::{CUSTOMERS, Figures};
use super::{RunFile, RunView, Scope, WholeRun};
use crate::quantity::{Currency, HOURS_DECIMALS, decimal_text, hours_unscaled};
use crate::tables::{ColumnKind, Table};

/// Rows of a sheet below its header; what a table has beyond them is named in the summary. A sheet could hold 1,048,575, but a workbook is
/// built in memory, at some 3 kB a row.
const SHEET_ROWS_MAX: usize = 250_000;
/// Units of UTF-16 that a cell holds, less room for the mark that says something was cut.
const CELL_UNITS_MAX: usize = 32_700;
const WIDTH_MAX: usize = 60;
/// Lines of a cell that a row shows, and the points of one.
const LINES_MAX: u32 = 8;
const LINE_HEIGHT: u32 = 15;
/// Digits that a number of a spreadsheet holds exactly.
const EXACT_MAX: u128 = 1_000_000_000_000_000;
/// Days from 1899-12-30, the day 0 of spreadsheets, to 1970-01-01.
const EPOCH: i32 = 25_569;

const RED: Color = Color::RGB(0x009C_0006);
const RED_FILL: Color = Color::RGB(0x00FF_E3E6);
const HEADER_FILL: Color = Color::RGB(0x001F_3B57);
const BAR: Color = Color::RGB(0x002F_6DB5);

/// Sheet names of the tables that the workbook shows, in its order.
const SHEETS: [(&str, &str); 8] = [
    ("invoices", "Drafts"),
    ("invoice_lines", "Lines"),
    ("invoice_entries", "Entries"),
    ("order_lines", "Order lines"),
    ("unbilled", "Unbilled"),
    ("quarantine", "Quarantine"),
    ("findings", "Findings"),
    ("reconciliation", "Reconciliation"),
];

/// `review.xlsx`.
pub struct Xlsx;

impl super::Format for Xlsx {
    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn of_run(&self, run: &WholeRun<'_>) -> io::Result<Vec<RunFile>> {
        let bytes = workbook(run.view, run.figures(), run.tables())?;
        Ok(vec![RunFile { folders: &[], name: "review.xlsx".to_owned(), bytes }])
    }
}

/// The bytes of the workbook.
///
/// # Errors
/// What the writer of the format refuses; no data does.
pub fn workbook(run: RunView<'_>, figures: &Figures, tables: &[Table<'_>]) -> io::Result<Vec<u8>> {
    build(run, figures, tables, SHEET_ROWS_MAX).map_err(io::Error::other)
}

fn build(run: RunView<'_>, figures: &Figures, tables: &[Table<'_>], rows_max: usize) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let title = format!("{}: review of run {}", run.settings.name, run.run_id);
    // A fixed date: the clock reaches no byte.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(
        &DocProperties::new().set_title(neutralised(&title)).set_author("hourbill").set_creation_datetime(&created),
    );
    let formats = Formats::new();
    let mut cut = Vec::new();
    let mut sheets = Vec::new();
    for (name, sheet_name) in SHEETS {
        let Some(table) = tables.iter().find(|table| table.name == name) else { continue };
        let rows = table.rows.count();
        if rows > rows_max {
            cut.push((sheet_name, rows));
        }
        let mut sheet = Worksheet::new();
        sheet.set_name(sheet_name)?;
        let notes = if name == "order_lines" { figures.notes(run.results.world) } else { HashMap::new() };
        write_table(&mut sheet, table, &formats, &notes, rows_max)?;
        sheets.push(sheet);
    }
    let mut customers = Worksheet::new();
    customers.set_name("Customers")?;
    let charted = write_customers(&mut customers, run, figures, &formats, rows_max)?;
    let mut summary = Worksheet::new();
    summary.set_name("Summary")?;
    summary::write(&mut summary, &title, run, figures, &formats, charted, &cut, rows_max)?;
    book.push_worksheet(summary);
    book.push_worksheet(customers);
    for sheet in sheets {
        book.push_worksheet(sheet);
    }
    book.save_to_buffer()
}

/// How cells look. A row that needs attention has the same formats in red.
struct Formats {
    title: Format,
    section: Format,
    /// Of texts, and of numbers.
    header: Format,
    header_right: Format,
    bold: Format,
    plain: Looks,
    alarm: Looks,
    sum: Looks,
}

/// One format per kind of cell.
struct Looks {
    text: Format,
    /// For texts of more than one line.
    lines: Format,
    date: Format,
    flag: Format,
    count: Format,
    hours: Format,
    decimal: Format,
    /// By decimals of the currency.
    money: [Format; 5],
}

impl Looks {
    fn new(base: &Format) -> Looks {
        let number = |format: &str| base.clone().set_num_format(format);
        Looks {
            // Text, so that `007` stays what it is when somebody edits the cell.
            text: number("@").set_indent(1),
            lines: number("@").set_indent(1).set_text_wrap(),
            date: number("yyyy-mm-dd").set_align(FormatAlign::Left).set_indent(1),
            // LibreOffice shows a truth value of the general format as 1 or 0.
            flag: base.clone().set_num_format(r#""TRUE";"TRUE";"FALSE""#).set_align(FormatAlign::Left).set_indent(1),
            count: number("#,##0"),
            hours: number("#,##0.00"),
            decimal: number("General"),
            money: ["#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000"].map(number),
        }
    }

    fn money(&self, currency: Currency) -> &Format {
        self.money.get(currency.digits() as usize).unwrap_or(&self.decimal)
    }
}

impl Formats {
    /// Titles stand where their cells do.
    fn header_of(&self, kind: ColumnKind) -> &Format {
        match kind {
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Flag => &self.header,
            ColumnKind::Count | ColumnKind::Hours | ColumnKind::Decimal | ColumnKind::Money => &self.header_right,
        }
    }

    fn new() -> Formats {
        let alarm = Format::new().set_font_color(RED).set_background_color(RED_FILL);
        let header = Format::new().set_bold().set_font_color(Color::White).set_background_color(HEADER_FILL);
        let sum = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        Formats {
            title: Format::new().set_bold().set_font_size(16),
            section: Format::new().set_bold().set_font_size(12).set_border_bottom(FormatBorder::Medium),
            header: header.clone().set_indent(1),
            header_right: header.set_align(FormatAlign::Right),
            bold: Format::new().set_bold(),
            plain: Looks::new(&Format::new()),
            alarm: Looks::new(&alarm),
            sum: Looks::new(&sum),
        }
    }
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn column_number(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

fn write_table(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    formats: &Formats,
    notes: &HashMap<String, String>,
    rows_max: usize,
) -> Result<(), XlsxError> {
    let with_notes = table.name == "order_lines";
    let mut widths: Vec<usize> = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        let title = heading(column.name);
        sheet.write_string_with_format(0, column_number(at), &title, formats.header_of(column.kind))?;
        widths.push(title.len() + 3);
    }
    if with_notes {
        sheet.write_string_with_format(0, column_number(widths.len()), "Note", &formats.header)?;
        widths.push(10);
    }
    let mut row_no = 0;
    let mut failed = None;
    each_row(table, |row| {
        if row_no == rows_max {
            return false;
        }
        row_no += 1;
        let written = write_row(sheet, row_number(row_no), table.name, row, formats, notes, &mut widths);
        failed = written.err();
        failed.is_none()
    });
    if let Some(error) = failed {
        return Err(error);
    }
    for (at, width) in widths.iter().enumerate() {
        sheet.set_column_width(column_number(at), u32::try_from((*width).min(WIDTH_MAX)).unwrap_or(10))?;
    }
    let (last_row, last_column) = (row_number(row_no), column_number(widths.len().saturating_sub(1)));
    finish_table(sheet, last_row, last_column)
}

/// A frozen header with filters, ids that may look like numbers, and paper that holds all columns.
fn finish_table(sheet: &mut Worksheet, last_row: u32, last_column: u16) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 1)?;
    sheet.autofilter(0, 0, last_row, last_column)?;
    if last_row > 0 {
        sheet.ignore_error_range(1, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    row_no: u32,
    table: &str,
    row: Row<'_>,
    formats: &Formats,
    notes: &HashMap<String, String>,
    widths: &mut [usize],
) -> Result<(), XlsxError> {
    let alarm = row.is_set("overdrawn");
    let looks = if alarm { &formats.alarm } else { &formats.plain };
    for (at, cell) in row.cells().iter().enumerate() {
        let shown = write_cell(sheet, row_no, column_number(at), cell, looks)?;
        if let Some(width) = widths.get_mut(at) {
            *width = (*width).max(shown + 2);
        }
    }
    if table == "order_lines" {
        let note = notes.get(row.text("order_line_id").as_ref()).map_or("", String::as_str);
        let at = row.cells().len();
        if !note.is_empty() || alarm {
            sheet.write_string_with_format(row_no, column_number(at), note, &looks.text)?;
        }
        if let Some(width) = widths.get_mut(at) {
            *width = (*width).max(note.len() + 2);
        }
    }
    Ok(())
}

/// Writes a cell and says how wide it looks.
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &TableCell,
    looks: &Looks,
) -> Result<usize, XlsxError> {
    let number = |sheet: &mut Worksheet, unscaled: i128, scale: u32, format: &Format| {
        let text = decimal_text(unscaled, scale, 0);
        match text.parse::<f64>() {
            Ok(value) if unscaled.unsigned_abs() < EXACT_MAX => {
                sheet.write_number_with_format(row, column, value, format)?;
            }
            // A spreadsheet would round it: the digits stay, as text.
            _ => {
                sheet.write_string_with_format(row, column, &text, &looks.text)?;
            }
        }
        Ok::<usize, XlsxError>(text.len().min(16) + 2)
    };
    match cell {
        TableCell::Text(text) if text.is_empty() => {
            sheet.write_blank(row, column, &looks.text)?;
            Ok(0)
        }
        TableCell::Text(text) => {
            let text = shortened(&neutralised(text));
            let lines = text.lines().count();
            let format = if lines > 1 { &looks.lines } else { &looks.text };
            if lines > 1 {
                sheet.set_row_height(row, u32::try_from(lines).unwrap_or(LINES_MAX).min(LINES_MAX) * LINE_HEIGHT)?;
            }
            sheet.write_string_with_format(row, column, text.as_str(), format)?;
            Ok(text.lines().map(|line| line.chars().count()).max().unwrap_or_default() + 1)
        }
        TableCell::Date(Some(date)) => {
            sheet.write_number_with_format(row, column, f64::from(date.days() + EPOCH), &looks.date)?;
            Ok(10)
        }
        TableCell::Flag(Some(flag)) => {
            sheet.write_boolean_with_format(row, column, *flag, &looks.flag)?;
            Ok(5)
        }
        TableCell::Count(Some(count)) => number(sheet, i128::from(*count), 0, &looks.count),
        TableCell::Hours(Some(hours)) => number(sheet, hours_unscaled(hours.micros()), HOURS_DECIMALS, &looks.hours),
        TableCell::Decimal(Some(micros)) => number(sheet, i128::from(*micros), 6, &looks.decimal),
        TableCell::Money(Some((money, currency))) => {
            number(sheet, money.minor(), currency.digits(), looks.money(*currency))
        }
        TableCell::Date(None)
        | TableCell::Flag(None)
        | TableCell::Count(None)
        | TableCell::Hours(None)
        | TableCell::Decimal(None)
        | TableCell::Money(None) => {
            sheet.write_blank(row, column, &looks.text)?;
            Ok(0)
        }
    }
}

/// As much of a text as a cell holds.
fn shortened(text: &str) -> String {
    if text.len() <= CELL_UNITS_MAX {
        return text.to_owned();
    }
    let mut units = 0;
    let whole = text.chars().take_while(|char| {
        units += char.len_utf16();
        units <= CELL_UNITS_MAX
    });
    let kept: String = whole.collect();
    if kept.len() == text.len() { kept } else { format!("{kept}… (cut: longer than a cell)") }
}

/// Where the chart of customers takes its figures from: rows of the sheet Customers, and their currency.
struct Charted {
    currency: Currency,
    first_row: u32,
    last_row: u32,
}

/// Bars of the chart of customers.
const CHARTED_MAX: u32 = 10;

/// Money per customer, the largest totals of each currency first; the currency with most drafts comes first.
fn write_customers(
    sheet: &mut Worksheet,
    run: RunView<'_>,
    figures: &Figures,
    formats: &Formats,
    rows_max: usize,
) -> Result<Option<Charted>, XlsxError> {
    let customers = &run.results.world.customers;
    let mut rows: Vec<_> = figures.customers.iter().collect();
    let drafts_of = |currency: &Currency| figures.money.get(currency).map_or(0, |sum| sum.drafts);
    rows.sort_by(|((a, a_in), a_sum), ((b, b_in), b_sum)| {
        (drafts_of(b_in), a_in, b_sum.total)
            .cmp(&(drafts_of(a_in), b_in, a_sum.total))
            .then_with(|| customers.id(*a).cmp(customers.id(*b)))
    });
    let mut widths: Vec<usize> = Vec::new();
    for (at, column) in CUSTOMERS.iter().enumerate() {
        let title = heading(column.name);
        sheet.write_string_with_format(0, column_number(at), &title, formats.header_of(column.kind))?;
        widths.push(title.len() + 3);
    }
    let mut charted: Option<Charted> = None;
    let mut last_row = 0;
    for (row, ((customer, currency), sum)) in (1..).zip(rows.into_iter().take(rows_max)) {
        let name = customers.at(*customer).name.as_str();
        let money = |amount| TableCell::Money(Some((amount, *currency)));
        let cells = [
            TableCell::Text(customers.id(*customer).to_owned()),
            TableCell::Text(name.to_owned()),
            TableCell::Text(currency.code().to_owned()),
            TableCell::Count(i64::try_from(sum.drafts).ok()),
            TableCell::Hours(Some(sum.hours)),
            money(sum.net),
            money(sum.tax),
            money(sum.total),
        ];
        for (at, cell) in cells.iter().enumerate() {
            let shown = write_cell(sheet, row, column_number(at), cell, &formats.plain)?;
            if let Some(width) = widths.get_mut(at) {
                *width = (*width).max(shown + 2);
            }
        }
        let chart = charted.get_or_insert(Charted { currency: *currency, first_row: row, last_row: row });
        if chart.currency == *currency && row < chart.first_row + CHARTED_MAX {
            chart.last_row = row;
        }
        last_row = row;
    }
    for (at, width) in widths.iter().enumerate() {
        sheet.set_column_width(column_number(at), u32::try_from((*width).min(WIDTH_MAX)).unwrap_or(10))?;
    }
    finish_table(sheet, last_row, column_number(CUSTOMERS.len() - 1))?;
    Ok(charted)
}

#[cfg(test)]
#[path = "xlsx_tests.rs"]
mod tests;
