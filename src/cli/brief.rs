//! The parts of a receipt in few words, for a screen. `-v`, the report and the tables have the rest.

use std::cmp::Reverse;

use super::ending::Ending;
use super::grid::{Align, Grid};
use super::layout::{broken, count, counted, grouped, hours, listed, message, wrapped};
use super::receipt_parts::{self, IN_ORDER, findings_in_all, of_draft, unassigned_in_all};
use super::width::{BETWEEN, columns, table_width, width};
use crate::account::Disposition;
use crate::finding::Code;
use crate::inputs::Input;
use crate::job::{DocumentFormat, Settings};
use crate::month::HoursStanding;
use crate::quantity::{Currency, HoursSum, Money};
use crate::run::Summary;

/// Blanks before the further lines of a part that has no head.
const INDENT: usize = 2;

/// A text whose further lines stand in a little.
fn folded(text: &str) -> String {
    set_in(&broken("", text, width().saturating_sub(INDENT)))
}

/// The text with all lines but the first a little further in.
fn set_in(text: &str) -> String {
    let indent = " ".repeat(INDENT);
    let lines = text.lines().enumerate();
    lines.map(|(nth, line)| if nth == 0 { format!("{line}\n") } else { format!("{indent}{line}\n") }).collect()
}

/// `14 drafts, PDFs in invoices/: 30,664.62 EUR, 422.40 GBP with tax`.
pub fn money(run: &Summary, settings: &Settings, ending: &Ending) -> String {
    if run.drafts.made() == 0 {
        return receipt_parts::money(run);
    }
    let pdf = settings.output.documents.contains(&DocumentFormat::Pdf) && ending.folder().is_some();
    let place = if pdf { ", PDFs in invoices/" } else { "" };
    let sums = run.money_shown();
    let mut told: Vec<String> =
        sums.iter().map(|(currency, sum)| format!("{} {currency}", grouped(&sum.total))).collect();
    if let Some(first) = told.first_mut() {
        *first = format!("{}{place}: {first}", counted(run.drafts.made(), "draft"));
    }
    if let Some(last) = told.last_mut() {
        last.push_str(" with tax");
    }
    for (number, what) in [
        (run.drafts.credit_notes, "credit note"),
        (run.drafts.down_payments, "down payment"),
        (run.drafts.zero, "draft of 0.00 without a document"),
    ] {
        if number > 0 {
            told.push(counted(number, what));
        }
    }
    set_in(&listed("", &told, width().saturating_sub(INDENT)))
}

pub fn unassigned(run: &Summary) -> String {
    if run.nowhere.rows().is_empty() {
        return String::new();
    }
    folded(&format!("{} (`-v` says what they lack)", unassigned_in_all(run)))
}

pub fn held(run: &Summary) -> String {
    let drafts = run.drafts.held;
    let first = run.findings.get(&Code::DraftHeld).and_then(|told| told.first.first());
    let Some(first) = first.filter(|_| drafts > 0) else { return String::new() };
    let more = if drafts > 1 { format!(", and {} more", count(drafts - 1)) } else { String::new() };
    folded(&format!("{} held: {}{more}", counted(drafts, "draft"), of_draft(&message(&first.message))))
}

pub fn overdrawn(run: &Summary) -> String {
    let Some(first) = run.overdrawn.first() else { return String::new() };
    let more = run.overdrawn.len() as u64 - 1;
    let more = if more > 0 { format!(", {} more", count(more)) } else { String::new() };
    let lines = counted(run.overdrawn.len() as u64, "order line");
    let left = hours(first.balance.remaining());
    let (id, customer, product) = (&first.order_line, &first.customer, &first.product);
    folded(&format!("{lines} overdrawn: {id} ({customer}, {product}) {left} h{more}"))
}

/// Rows in quarantine, and findings: a line each, or one for both.
pub fn rows_and_findings(run: &Summary, settings: &Settings, ending: &Ending, in_one: bool) -> String {
    let of = run.findings_counted();
    let has_page = settings.output.documents.contains(&DocumentFormat::Html);
    let place = if has_page { "`-v`, the report and the table findings" } else { "`-v` and the table findings" };
    let (has_rows, findings) = (run.rows_rejected > 0, findings_in_all(of));
    let in_one = in_one && has_rows && of.all > 0;
    let rows = rows_in_quarantine(run, settings, ending, in_one);
    let mut text = String::new();
    if in_one {
        text.push_str(&folded(&format!("{rows}; {findings}: `-v`")));
    } else {
        text.push_str(&if has_rows { folded(&rows) } else { String::new() });
        text.push_str(&if of.all > 0 { folded(&format!("{findings}: {place} have them")) } else { String::new() });
    }
    // F7: the receipt names them.
    for finding in run.findings.get(&Code::SumLeftOut).into_iter().flat_map(|told| &told.first) {
        text.push_str(&wrapped("  ", &message(&finding.message)));
    }
    text
}

/// The rows in quarantine, and where they are mended (E5); `shortly` leaves out where they are now.
fn rows_in_quarantine(run: &Summary, settings: &Settings, ending: &Ending, shortly: bool) -> String {
    let rows = receipt_parts::rows_aside(run.rows_rejected, run.rows_waived);
    if run.quarantine.contains_key(&Code::QuestionOpen) {
        return format!("{rows}: {}", receipt_parts::to_answer(settings));
    }
    let copies: Vec<_> = run.copied.values().filter(|_| ending.folder().is_some()).collect();
    let with_ids = || copies.iter().filter(|copy| copy.input.newer_can_win());
    let is_on = |input: Input| settings.inputs.get(&input).is_some_and(|input| input.newer_wins);
    let with = match (with_ids().next().is_some(), with_ids().all(|copy| is_on(copy.input))) {
        (false, _) => "",
        (true, false) => " with `newer_wins`",
        (true, true) => "",
    };
    let file = match copies.as_slice() {
        [] => return format!("{rows}: `-v` has them"),
        [one] => one.file.as_str(),
        _ => "quarantine/*.csv",
    };
    match shortly && run.rows_waived == 0 {
        true => format!("{} to mend: {file}{with}", counted(run.rows_rejected, "row")),
        false => format!("{rows}: mend {file}{with}"),
    }
}

/// Where hours stand that are told by themselves below those of a disposition, and the words for them.
fn apart(disposition: Disposition) -> Option<(HoursStanding, &'static str)> {
    match disposition {
        Disposition::Covered => Some((HoursStanding::BeyondPacks, "    of it beyond packs")),
        Disposition::NonBillable => Some((HoursStanding::TeamsNotBilling, "    teams not billing")),
        _ => None,
    }
}

struct MonthRow {
    label: String,
    entries: String,
    hours: String,
    /// The worth of the hours per currency, else what the label means.
    last: Vec<String>,
}

/// The month in money (E8) with the entries of each disposition: every hour once, and what it is worth. In short form a row is a line, and
/// names the currencies that it has room for.
pub fn month(run: &Summary, short: bool) -> String {
    let rows = month_rows(run);
    let widest = |of: &dyn Fn(&MonthRow) -> usize, least: usize| rows.iter().map(of).max().unwrap_or(0).max(least);
    let read = hours(run.control.read.hours);
    let taken = widest(&|row| columns(&row.label), "month in money".len())
        + widest(&|row| columns(&row.entries), "entries".len())
        + widest(&|row| columns(&row.hours), columns(&read))
        + 3 * BETWEEN;
    let room = table_width().saturating_sub(taken).max(16);
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("month in money", Align::Id), ("entries", right), ("hours", right), ("net", left)]);
    for row in &rows {
        let mut lines = if short { vec![as_many_as_fit(&row.last, room)] } else { in_lines(&row.last, room) };
        let first = if lines.is_empty() { String::new() } else { lines.remove(0) };
        grid.row(&[row.label.clone(), row.entries.clone(), row.hours.clone(), first]);
        for line in lines {
            grid.row(&[String::new(), String::new(), String::new(), line]);
        }
    }
    let proof = "every entry and hour accounted for";
    grid.sum(&["  read", &count(run.control.read.rows), &read, proof]);
    let mut text = grid.text();
    text.push_str(&if short { receipt_parts::no_timesheets(run) } else { receipt_parts::notes(run) });
    for (currency, net) in run.month.without_hours().filter(|_| !short) {
        let (net, code) = (grouped(&net.text(currency)), currency.code());
        text.push_str(&wrapped(
            "  ",
            &format!("on drafts beside hours (packs, milestones, down payments): {net} {code} net"),
        ));
    }
    text
}

fn month_rows(run: &Summary) -> Vec<MonthRow> {
    let mut rows = Vec::new();
    for disposition in IN_ORDER {
        let total = run.control.totals.of(disposition);
        let always = matches!(disposition, Disposition::Billed | Disposition::Covered);
        if total.rows == 0 && total.hours.is_zero() && !always {
            continue;
        }
        let mut last = worth(run, HoursStanding::of(disposition));
        if disposition == Disposition::Quarantined && run.control.unreadable_hours_rows > 0 {
            let unreadable = run.control.unreadable_hours_rows;
            last = vec![format!("{} of them with unreadable hours", count(unreadable))];
        } else if last.is_empty() {
            last = vec![disposition.meaning().to_owned()];
        }
        let label = format!("  {}", disposition.label());
        rows.push(MonthRow { label, entries: count(total.rows), hours: hours(total.hours), last });
        if let Some((standing, label)) = apart(disposition) {
            let sum: HoursSum =
                run.month.rows().filter(|(of, ..)| *of == standing).map(|(_, _, worth)| worth.hours).sum();
            if !sum.is_zero() {
                let last = worth(run, standing);
                rows.push(MonthRow { label: label.to_owned(), entries: String::new(), hours: hours(sum), last });
            }
        }
    }
    rows
}

/// Amounts of hours that stand in one place, those of most hours first; then the hours without a price.
fn worth(run: &Summary, standing: HoursStanding) -> Vec<String> {
    let mut known: Vec<(Currency, HoursSum, Money)> = Vec::new();
    let mut unpriced = HoursSum::ZERO;
    for (_, currency, worth) in run.month.rows().filter(|(of, ..)| *of == standing) {
        match currency {
            Some(currency) => known.push((currency, worth.hours, worth.value)),
            None if standing.asks_for_a_price() => unpriced += worth.hours,
            None => {}
        }
    }
    known.sort_by_key(|(_, hours, _)| Reverse(*hours));
    let about = if standing.is_estimated() { "about " } else { "" };
    let mut told: Vec<String> = known
        .into_iter()
        .map(|(currency, _, value)| format!("{about}{} {}", grouped(&value.text(currency)), currency.code()))
        .collect();
    if !unpriced.is_zero() {
        told.push(format!("{} h without a price", hours(unpriced)));
    }
    told
}

/// `1.00 EUR, 2.00 GBP + 4 more`.
fn as_many_as_fit(items: &[String], room: usize) -> String {
    let shown = |first: usize| {
        let text = items.iter().take(first).cloned().collect::<Vec<_>>().join(", ");
        match items.len() - first {
            0 => text,
            more => format!("{text} + {more} more"),
        }
    };
    let fits = (1..=items.len()).rev().map(shown).find(|text| columns(text) <= room);
    fits.unwrap_or_else(|| if items.is_empty() { String::new() } else { shown(1) })
}

/// All items, in as many lines as it takes.
fn in_lines(items: &[String], room: usize) -> Vec<String> {
    listed("", items, room).lines().map(str::to_owned).collect()
}
