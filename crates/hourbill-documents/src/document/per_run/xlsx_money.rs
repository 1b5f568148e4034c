//! The sheets about money that is on no draft, or not yet: the month in money (E8), and what may leak.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::summary::{header, section};
use super::{Formats, set_widths, write_cell, write_view};
use crate::document::per_run::cells::TableCell;
use crate::document::per_run::review::Figures;
use crate::document::per_run::view::{Sights, View};
use crate::document::per_run::words::capital;
use crate::document::per_run::{RunView, cells::neutralised};
use crate::tables::{ColumnKind, Table, leak_question};

/// Every hour of the run once, by where it stands, and what it is worth.
pub(super) fn write_month(
    sheet: &mut Worksheet,
    run: RunView<'_>,
    figures: &Figures,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (column, width) in [(0, 34), (1, 14), (2, 18), (3, 12), (4, 46), (5, 4)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_screen_gridlines(false);
    section(sheet, 0, "The month in money", formats)?;
    let period =
        format!("Period: {}. Before tax; every hour that was read, once.", run.results.settings.period.in_words());
    sheet.write_string(1, 0, neutralised(&period))?;
    let titles = [
        ("Hours that are", ColumnKind::Text),
        ("Hours", ColumnKind::Hours),
        ("Net", ColumnKind::Money),
        ("Currency", ColumnKind::Text),
        ("", ColumnKind::Text),
    ];
    header(sheet, 3, &titles, formats)?;
    let mut row = 3;
    for (standing, currency, worth) in figures.month.rows() {
        row += 1;
        sheet.write_string_with_format(row, 0, standing.label(), &formats.plain.text)?;
        write_cell(sheet, row, 1, &TableCell::Hours(Some(worth.hours)), &formats.plain)?;
        write_cell(sheet, row, 2, &TableCell::Money(currency.map(|currency| (worth.value, currency))), &formats.plain)?;
        let code = currency.map_or_else(String::new, |currency| currency.code().to_owned());
        sheet.write_string_with_format(row, 3, code, &formats.plain.text)?;
        let note = match currency {
            Some(_) if standing.is_estimated() => "estimated: at what the customer paid last",
            None if standing.asks_for_a_price() => "nobody knows the price",
            Some(_) | None => "",
        };
        sheet.write_string_with_format(row, 4, note, &formats.plain.text)?;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, "read", &formats.sum.text)?;
    write_cell(sheet, row, 1, &TableCell::Hours(Some(figures.month.hours())), &formats.sum)?;
    for column in 2..5 {
        sheet.write_blank(row, column, &formats.sum.text)?;
    }
    for (currency, net) in figures.month.without_hours() {
        row += 1;
        let what = "on drafts beside hours: packs, milestones, down payments";
        sheet.write_string_with_format(row, 0, what, &formats.plain.text)?;
        write_cell(sheet, row, 2, &TableCell::Money(Some((net, currency))), &formats.plain)?;
        sheet.write_string_with_format(row, 3, currency.code(), &formats.plain.text)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Work and sales that no invoice shows unless somebody looks, a table for each question.
pub(super) fn write_leaks(
    sheet: &mut Worksheet,
    (sights, leaks): (&Sights<'_>, &[Table<'_>]),
    formats: &Formats,
    rows_max: usize,
) -> Result<(), XlsxError> {
    sheet.set_screen_gridlines(false);
    let mut widths = Vec::new();
    let mut row = 0;
    for table in leaks {
        section(sheet, row, &capital(leak_question(table.name)), formats)?;
        row += 1;
        if table.rows.count() == 0 {
            sheet.write_string_with_format(row, 0, "none", &formats.plain.text)?;
        } else {
            let left = rows_max.saturating_sub(usize::try_from(row).unwrap_or(rows_max));
            row = write_view(sheet, row, &View::new(sights, table), formats, (left, &mut widths))?;
        }
        row += 2;
    }
    set_widths(sheet, &widths)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}
