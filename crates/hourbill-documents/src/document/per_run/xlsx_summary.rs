//! The first sheet of the workbook: what became of every hour, the money of the drafts, and what a person should look at.

use rust_xlsxwriter::{Chart, ChartDataLabel, ChartFont, ChartFormat, ChartSolidFill, Worksheet, XlsxError};

use super::{BAR, CLOCK, Charted, Formats, write_cell};
use crate::document::per_run::RunView;
use crate::document::per_run::cells::{TableCell, neutralised};
use crate::document::per_run::review::{Figures, balance};
use crate::quantity::HoursForm;
use crate::tables::ColumnKind;

#[expect(clippy::too_many_arguments, reason = "one page that says everything")]
pub(super) fn write(
    sheet: &mut Worksheet,
    title: &str,
    run: RunView<'_>,
    figures: &Figures,
    formats: &Formats,
    charted: Option<Charted>,
    cut: &[(&str, usize)],
    rows_max: usize,
) -> Result<(), XlsxError> {
    for (column, width) in [(0, 26), (1, 12), (2, 17), (3, 17), (4, 17), (5, 8), (6, 3)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_screen_gridlines(false);
    sheet.write_string_with_format(0, 0, neutralised(title), &formats.title)?;
    let period = format!("Period: {}", run.results.settings.period.in_words());
    sheet.write_string(1, 0, &period)?;
    sheet.write_string(2, 0, "Drafts are proposals: nothing is final until it is posted.")?;

    let (balance_rows, row) = write_hours(sheet, 4, run, formats)?;
    let row = write_money(sheet, row + 2, figures, formats)?;
    write_to_look_at(sheet, row + 2, (run, figures), cut, rows_max, formats)?;
    charts(sheet, balance_rows, charted, formats.plain.form)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 1);
    Ok(())
}

/// What became of every hour; the rows of the dispositions, first and last, and the last row of all.
fn write_hours(
    sheet: &mut Worksheet,
    first_row: u32,
    run: RunView<'_>,
    formats: &Formats,
) -> Result<((u32, u32), u32), XlsxError> {
    let text = &formats.plain.text;
    let mut row = first_row;
    section(sheet, row, "Every hour accounted for", formats)?;
    row += 1;
    header(
        sheet,
        row,
        &[("Hours that are", ColumnKind::Text), ("Rows", ColumnKind::Count), ("Hours", ColumnKind::Hours)],
        formats,
    )?;
    for column in 3..LAST_COLUMN {
        sheet.write_string_with_format(row, column, if column == 3 { "Meaning" } else { "" }, &formats.header)?;
    }
    let first_balance_row = row + 1;
    for (disposition, total) in balance(run.control) {
        row += 1;
        sheet.write_string_with_format(row, 0, disposition.label(), text)?;
        let rows = TableCell::Count(i64::try_from(total.rows).ok());
        write_cell(sheet, row, 1, &rows, &formats.plain)?;
        write_cell(sheet, row, 2, &TableCell::Hours(Some(total.hours)), &formats.plain)?;
        sheet.write_string_with_format(row, 3, disposition.meaning(), text)?;
    }
    let last_balance_row = row;
    let (sum, read) = (run.control.totals.sum(), run.control.read);
    for (label, rows, hours) in [
        ("sum", i128::from(sum.rows), sum.hours),
        ("read", i128::from(read.rows), read.hours),
        ("difference", i128::from(read.rows) - i128::from(sum.rows), read.hours - sum.hours),
    ] {
        row += 1;
        sheet.write_string_with_format(row, 0, label, &formats.sum.text)?;
        write_cell(sheet, row, 1, &TableCell::Count(i64::try_from(rows).ok()), &formats.sum)?;
        write_cell(sheet, row, 2, &TableCell::Hours(Some(hours)), &formats.sum)?;
    }
    if run.control.unreadable_hours_rows > 0 {
        row += 1;
        let rows = run.control.unreadable_hours_rows;
        let note = format!("Quarantined rows whose hours cannot be read, counted as 0 hours: {rows}");
        sheet.write_string_with_format(row, 0, note, &formats.bold)?;
    }
    Ok(((first_balance_row, last_balance_row), row))
}

/// Sums by currency; the last row.
fn write_money(sheet: &mut Worksheet, mut row: u32, figures: &Figures, formats: &Formats) -> Result<u32, XlsxError> {
    let text = &formats.plain.text;
    section(sheet, row, "Money of the drafts", formats)?;
    row += 1;
    let titles = [
        ("Currency", ColumnKind::Text),
        ("Drafts", ColumnKind::Count),
        ("Net", ColumnKind::Money),
        ("Tax", ColumnKind::Money),
        ("Total", ColumnKind::Money),
    ];
    header(sheet, row, &titles, formats)?;
    sheet.write_blank(row, LAST_COLUMN - 1, &formats.header)?;
    for (currency, sum) in &figures.money {
        row += 1;
        sheet.write_string_with_format(row, 0, currency.code(), text)?;
        write_cell(sheet, row, 1, &TableCell::Count(i64::try_from(sum.drafts).ok()), &formats.plain)?;
        for (column, amount) in [(2, sum.net), (3, sum.tax), (4, sum.total)] {
            write_cell(sheet, row, column, &TableCell::Money(Some((amount, *currency))), &formats.plain)?;
        }
    }
    if figures.money.is_empty() {
        row += 1;
        sheet.write_string_with_format(row, 0, "No draft in this run.", text)?;
    }
    Ok(row)
}

fn write_to_look_at(
    sheet: &mut Worksheet,
    mut row: u32,
    (run, figures): (RunView<'_>, &Figures),
    cut: &[(&str, usize)],
    rows_max: usize,
    formats: &Formats,
) -> Result<(), XlsxError> {
    section(sheet, row, "To look at", formats)?;
    let held = run.results.billing.drafts_held as u64;
    let counts = [
        ("Overdrawn prepaid lines", figures.overdrawn_now.len() as u64, "in red on sheet Order lines"),
        ("Drafts held", held, "their hours are on sheet Unbilled"),
        ("Rows set aside", run.results.rejected.len() as u64, "on sheet Quarantine, each with its place"),
        ("Findings", figures.findings_counted().all, "on sheet Findings, the warnings first"),
    ];
    for (at, (what, count, place)) in counts.into_iter().enumerate() {
        row += 1;
        let looks = if at == 0 && count > 0 { &formats.alarm } else { &formats.plain };
        sheet.write_string_with_format(row, 0, what, &looks.text)?;
        write_cell(sheet, row, 1, &TableCell::Count(i64::try_from(count).ok()), looks)?;
        sheet.write_string_with_format(row, 2, place, &looks.text)?;
        for column in 3..LAST_COLUMN {
            sheet.write_blank(row, column, &looks.text)?;
        }
    }
    for (name, rows) in cut {
        row += 1;
        let note = format!("Sheet {name} shows the first {rows_max} of {rows} rows: all of them are in the tables.");
        sheet.write_string_with_format(row, 0, note, &formats.bold)?;
    }
    Ok(())
}

/// The tables of the summary end before this column.
const LAST_COLUMN: u16 = 6;

pub(super) fn section(sheet: &mut Worksheet, row: u32, text: &str, formats: &Formats) -> Result<(), XlsxError> {
    sheet.write_string_with_format(row, 0, text, &formats.section)?;
    for column in 1..LAST_COLUMN {
        sheet.write_blank(row, column, &formats.section)?;
    }
    Ok(())
}

pub(super) fn header(
    sheet: &mut Worksheet,
    row: u32,
    titles: &[(&str, ColumnKind)],
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (column, (title, kind)) in (0..).zip(titles) {
        sheet.write_string_with_format(row, column, *title, formats.header_of(*kind))?;
    }
    Ok(())
}

fn charts(
    sheet: &mut Worksheet,
    balance: (u32, u32),
    charted: Option<Charted>,
    form: HoursForm,
) -> Result<(), XlsxError> {
    let hours_format = if form == HoursForm::Clock { CLOCK } else { "#,##0.00" };
    let hours = bars(
        "Where the hours stand",
        "Bar chart of the hours of each disposition, as in the table beside it",
        ("Summary", balance.0, 0, balance.1, 0),
        ("Summary", balance.0, 2, balance.1, 2),
        hours_format,
    );
    sheet.insert_chart(4, 7, &hours)?;
    if let Some(Charted { currency, first_row, last_row }) = charted {
        let money = bars(
            &format!("Largest totals by customer, {currency}"),
            "Bar chart of the largest totals, from the sheet Customers",
            ("Customers", first_row, 0, last_row, 0),
            ("Customers", first_row, 1, last_row, 1),
            "#,##0.00",
        );
        sheet.insert_chart(22, 7, &money)?;
    }
    Ok(())
}

/// A sheet, and the first and last row and column of a range of it.
type Range<'a> = (&'a str, u32, u16, u32, u16);

fn bars(title: &str, in_words: &str, categories: Range<'_>, values: Range<'_>, format: &str) -> Chart {
    let mut chart = Chart::new_bar();
    chart.title().set_name(title);
    chart.title().set_font(ChartFont::new().set_size(12));
    chart.legend().set_hidden();
    chart.set_width(560).set_height(330).set_alt_text(in_words);
    // The first row of the table on top.
    chart.y_axis().set_reverse();
    chart.x_axis().set_hidden(true).set_major_gridlines(false);
    let fill = ChartSolidFill::new().set_color(BAR).clone();
    let series = chart.add_series();
    series.set_categories(categories).set_values(values).set_gap(40);
    series.set_format(ChartFormat::new().set_solid_fill(&fill));
    series.set_data_label(ChartDataLabel::new().show_value().set_num_format(format));
    chart
}
