//! The review workbook of a run: `review.xlsx`. Its sheets are the tables of the run, told by [`crate::tables`], and a summary.
//!
//! A cell holds the exact figure; its format shows two decimals of hours and the decimals of the currency. Texts are written as texts, never
//! as formulas, and neutralised on top (§9.5), so that they stay harmless when the workbook is saved in another format.

#[path = "xlsx_money.rs"]
mod money;
#[path = "xlsx_summary.rs"]
mod summary;

use std::io;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, FormatUnderline, IgnoreError, Workbook,
    Worksheet, XlsxError,
};

use super::cells::{TableCell, neutralised, rows_at};
use super::view::{View, ViewTotal};
use super::{RunFile, Scope, WholeRun};
use crate::bug::OrBug;
use crate::quantity::{
    Currency, HOURS_DECIMALS, HoursForm, HoursSum, MICROS_PER_HOUR, decimal_text, divide_rounded, hours_unscaled,
    power_of_ten,
};
use crate::tables::ColumnKind;

/// Rows of a sheet below its header; what a table has beyond them is named in the summary. A sheet could hold 1,048,575, but a workbook is
/// built in memory, at some 3 kB a row.
const SHEET_ROWS_MAX: usize = 250_000;
/// Units of UTF-16 that a cell holds, less room for the mark that says something was cut.
const CELL_UNITS_MAX: usize = 32_700;
const WIDTH_MAX: usize = 60;
/// Columns that one page of paper holds.
const PAGE_COLUMNS: usize = 14;
/// Links that a sheet may have, less some.
const LINKED_ROWS_MAX: u32 = 65_000;
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
        let bytes = workbook(run)?;
        Ok(vec![RunFile { folders: &[], name: "review.xlsx".to_owned(), bytes }])
    }
}

/// The bytes of the workbook.
///
/// # Errors
/// What the writer of the format refuses; no data does.
fn workbook(run: &WholeRun<'_>) -> io::Result<Vec<u8>> {
    build(run, SHEET_ROWS_MAX).map_err(io::Error::other)
}

fn build(run: &WholeRun<'_>, rows_max: usize) -> Result<Vec<u8>, XlsxError> {
    let (view, figures) = (run.view, run.figures());
    let mut book = Workbook::new();
    let title = format!("{}: review of run {}", view.settings.name, view.run_id);
    // A fixed date: the clock reaches no byte.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(
        &DocProperties::new().set_title(neutralised(&title)).set_author("hourbill").set_creation_datetime(&created),
    );
    let formats = Formats::new(view.settings.output.hours);
    let sights = run.sights();
    let named = |name: &str| {
        let mut sheet = Worksheet::new();
        sheet.set_name(name).map(|_| ())?;
        Ok::<Worksheet, XlsxError>(sheet)
    };
    let mut cut = Vec::new();
    let mut sheets = Vec::new();
    for (name, sheet_name) in SHEETS {
        let Some(table) = run.tables().iter().find(|table| table.name == name) else { continue };
        let rows = table.rows.count();
        if rows > rows_max {
            cut.push((sheet_name, rows));
        }
        let mut sheet = named(sheet_name)?;
        sheet_of(&mut sheet, &View::new(sights, table).filled(rows_max), &formats, rows_max)?;
        sheets.push(sheet);
    }
    let mut customers = named("Customers")?;
    let of_customers = View::new(sights, run.customers());
    sheet_of(&mut customers, &of_customers, &formats, rows_max)?;
    let mut month = named("Month in money")?;
    money::write_month(&mut month, view, figures, &formats)?;
    let mut leaks = named("Leaks")?;
    money::write_leaks(&mut leaks, (sights, &run.leaks()), &formats, rows_max)?;
    let mut summary = named("Summary")?;
    summary::write(&mut summary, &title, view, figures, &formats, charted(&of_customers), &cut, rows_max)?;
    for sheet in [summary, month, customers].into_iter().chain(sheets).chain([leaks]) {
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
    /// The same, with more decimals where a price has them.
    price: [Format; 5],
    link: Format,
    form: HoursForm,
}

/// A figure of a sheet in which hours are days, as clocks of spreadsheets count.
const CLOCK: &str = "[h]:mm";

impl Looks {
    fn new(base: &Format, form: HoursForm) -> Looks {
        let number = |format: &str| base.clone().set_num_format(format);
        Looks {
            // Text, so that `007` stays what it is when somebody edits the cell.
            text: number("@").set_indent(1),
            lines: number("@").set_indent(1).set_text_wrap(),
            date: number("yyyy-mm-dd").set_align(FormatAlign::Left).set_indent(1),
            // LibreOffice shows a truth value of the general format as 1 or 0.
            flag: base.clone().set_num_format(r#""TRUE";"TRUE";"FALSE""#).set_align(FormatAlign::Left).set_indent(1),
            count: number("#,##0"),
            hours: number(if form == HoursForm::Clock { CLOCK } else { "#,##0.00" }),
            decimal: number("General"),
            money: ["#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000"].map(number),
            price: ["#,##0.######", "#,##0.0#####", "#,##0.00####", "#,##0.000###", "#,##0.0000##"].map(number),
            link: number("@").set_indent(1).set_font_color(BAR).set_underline(FormatUnderline::Single),
            form,
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

    fn new(form: HoursForm) -> Formats {
        let alarm = Format::new().set_font_color(RED).set_background_color(RED_FILL);
        let header = Format::new().set_bold().set_font_color(Color::White).set_background_color(HEADER_FILL);
        let sum = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        Formats {
            title: Format::new().set_bold().set_font_size(16),
            section: Format::new().set_bold().set_font_size(12).set_border_bottom(FormatBorder::Medium),
            header: header.clone().set_indent(1),
            header_right: header.set_align(FormatAlign::Right),
            bold: Format::new().set_bold(),
            plain: Looks::new(&Format::new(), form),
            alarm: Looks::new(&alarm, form),
            sum: Looks::new(&sum, form),
        }
    }
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn column_number(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

/// Writes the rows of a view below its heads, and its sums below them; the last row.
fn write_view(
    sheet: &mut Worksheet,
    first_row: u32,
    view: &View<'_>,
    formats: &Formats,
    (rows_max, widths): (usize, &mut Vec<usize>),
) -> Result<u32, XlsxError> {
    let wider = |widths: &mut Vec<usize>, at: usize, shown: usize| {
        if at >= widths.len() {
            widths.resize(at + 1, 0);
        }
        if let Some(width) = widths.get_mut(at) {
            *width = (*width).max(shown);
        }
    };
    for (at, column) in view.columns.iter().enumerate() {
        let format = formats.header_of(column.kind);
        sheet.write_string_with_format(first_row, column_number(at), column.head.as_ref(), format)?;
        wider(widths, at, column.head.chars().count() + 3);
    }
    let mut row_no = first_row;
    let mut failed = None;
    let mut places = view.order();
    places.truncate(rows_max);
    rows_at(view.table, &places, |row| {
        row_no += 1;
        let looks = if row.is_set("overdrawn") { &formats.alarm } else { &formats.plain };
        for (at, cell) in view.cells(row).iter().enumerate() {
            match write_cell(sheet, row_no, column_number(at), cell, looks) {
                Ok(shown) => wider(widths, at, shown + 2),
                Err(error) => failed = Some(error),
            }
        }
        failed.is_none()
    });
    if let Some(error) = failed {
        return Err(error);
    }
    for ViewTotal { title, cells } in view.totals() {
        row_no += 1;
        for (at, cell) in cells.iter().enumerate() {
            write_cell(sheet, row_no, column_number(at), cell, &formats.sum)?;
        }
        sheet.write_string_with_format(row_no, 0, &title, &formats.sum.text)?;
        wider(widths, 0, title.chars().count() + 3);
    }
    Ok(row_no)
}

fn set_widths(sheet: &mut Worksheet, widths: &[usize]) -> Result<(), XlsxError> {
    for (at, width) in widths.iter().enumerate() {
        sheet.set_column_width(column_number(at), u32::try_from((*width).min(WIDTH_MAX)).unwrap_or(10))?;
    }
    Ok(())
}

/// A sheet of one table: a frozen header with filters, ids that may look like numbers, and paper that holds all columns.
fn sheet_of(sheet: &mut Worksheet, view: &View<'_>, formats: &Formats, rows_max: usize) -> Result<(), XlsxError> {
    let mut widths = Vec::new();
    let last_row = write_view(sheet, 0, view, formats, (rows_max, &mut widths))?;
    set_widths(sheet, &widths)?;
    let last_column = column_number(view.columns.len().saturating_sub(1));
    sheet.set_freeze_panes(1, 1)?;
    // Sums stay below what is filtered and sorted.
    let rows = view.table.rows.count().min(rows_max);
    sheet.autofilter(0, 0, row_number(rows), last_column)?;
    if last_row > 0 {
        sheet.ignore_error_range(1, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    }
    // A page as wide as twenty columns cannot be read: those go on two, each with the first column.
    let pages = if view.columns.len() > PAGE_COLUMNS { 2 } else { 1 };
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(pages, 0).set_repeat_rows(0, 0)?;
    if pages > 1 {
        sheet.set_repeat_columns(0, 0)?;
    }
    Ok(())
}

/// Where a cell stands.
type CellPlace = (u32, u16);

/// Writes a cell and says how wide it looks.
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &TableCell,
    looks: &Looks,
) -> Result<usize, XlsxError> {
    let at = (row, column);
    match cell {
        TableCell::Text(text) if text.is_empty() => {
            sheet.write_blank(row, column, &looks.text)?;
            Ok(0)
        }
        TableCell::Text(text) => write_text(sheet, at, text, looks),
        TableCell::Date(Some(date)) => {
            sheet.write_number_with_format(row, column, f64::from(date.days() + EPOCH), &looks.date)?;
            Ok(10)
        }
        TableCell::Flag(Some(flag)) => {
            sheet.write_boolean_with_format(row, column, *flag, &looks.flag)?;
            Ok(5)
        }
        TableCell::Count(Some(count)) => write_number(sheet, at, (i128::from(*count), 0), &looks.count, looks),
        TableCell::Hours(Some(hours)) => write_hours(sheet, at, *hours, looks),
        TableCell::Decimal(Some(micros)) => write_number(sheet, at, (i128::from(*micros), 6), &looks.decimal, looks),
        TableCell::Money(Some((money, currency))) => {
            write_number(sheet, at, (money.minor(), currency.digits()), looks.money(*currency), looks)
        }
        TableCell::Price(micros, decimals) => {
            let format = looks.price.get(*decimals as usize).unwrap_or(&looks.decimal);
            write_number(sheet, at, (i128::from(*micros), 6), format, looks)
        }
        TableCell::Link(path) if row < LINKED_ROWS_MAX => {
            let link = format!("file:///{path}");
            sheet.write_url_with_options(row, column, link.as_str(), "PDF", "", Some(&looks.link))?;
            Ok(3)
        }
        TableCell::Link(path) => {
            sheet.write_string_with_format(row, column, path, &looks.text)?;
            Ok(path.len())
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

fn write_text(sheet: &mut Worksheet, (row, column): CellPlace, text: &str, looks: &Looks) -> Result<usize, XlsxError> {
    let text = shortened(&neutralised(text));
    let lines = text.lines().count();
    let format = if lines > 1 { &looks.lines } else { &looks.text };
    if lines > 1 {
        sheet.set_row_height(row, u32::try_from(lines).unwrap_or(LINES_MAX).min(LINES_MAX) * LINE_HEIGHT)?;
    }
    sheet.write_string_with_format(row, column, text.as_str(), format)?;
    Ok(text.lines().map(|line| line.chars().count()).max().unwrap_or_default() + 1)
}

/// A number of so many decimals.
fn write_number(
    sheet: &mut Worksheet,
    (row, column): CellPlace,
    (unscaled, scale): (i128, u32),
    format: &Format,
    looks: &Looks,
) -> Result<usize, XlsxError> {
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
    Ok(text.len().min(16) + 2)
}

fn write_hours(sheet: &mut Worksheet, at: CellPlace, hours: HoursSum, looks: &Looks) -> Result<usize, XlsxError> {
    let (row, column) = at;
    match looks.form {
        HoursForm::Decimal => {
            write_number(sheet, at, (hours_unscaled(hours.micros()), HOURS_DECIMALS), &looks.hours, looks)
        }
        // Spreadsheets show no time below zero: the figure stands there as text.
        HoursForm::Clock if hours.is_negative() => {
            let text = format!("\u{2212}{}", looks.form.text(-hours));
            sheet.write_string_with_format(row, column, &text, &looks.text.clone().set_align(FormatAlign::Right))?;
            Ok(text.chars().count() + 2)
        }
        HoursForm::Clock => {
            write_number(sheet, at, (days(hours), DAYS_DECIMALS), &looks.hours, looks)?;
            Ok(looks.form.text(hours).len() + 2)
        }
    }
}

/// Of hours in days: days of a run of 10^8 hours stay below the digits of a spreadsheet.
const DAYS_DECIMALS: u32 = 8;

/// Hours in days, with [`DAYS_DECIMALS`] decimals: to the millisecond.
fn days(hours: HoursSum) -> i128 {
    let scale = power_of_ten(DAYS_DECIMALS).or_bug("a power of ten that fits");
    let days = hours.micros().checked_mul(scale);
    days.and_then(|days| divide_rounded(days, 24 * i128::from(MICROS_PER_HOUR))).or_bug("hours of a run fit a sum")
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

/// The largest customers of the currency that comes first, where there are several.
fn charted(view: &View<'_>) -> Option<Charted> {
    let mut charted: Option<Charted> = None;
    let mut row_no = 0;
    rows_at(view.table, &view.order(), |row| {
        row_no += 1;
        let Some(currency) = Currency::from_code(&row.text("currency")) else { return true };
        let chart = charted.get_or_insert(Charted { currency, first_row: row_no, last_row: row_no });
        chart.last_row = row_no;
        let same = chart.currency == currency;
        if !same {
            chart.last_row -= 1;
        }
        same && row_no < CHARTED_MAX
    });
    charted.filter(|chart| chart.last_row > chart.first_row)
}

#[cfg(test)]
#[path = "xlsx_tests.rs"]
mod tests;
