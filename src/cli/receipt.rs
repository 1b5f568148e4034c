//! The receipt of a run: what was read, what became of it, what it is worth, what needs a person.

use std::path::Path;

use super::layout::{Align, Grid, count, counted, hours, is_rounded};
use crate::account::{Balance, Disposition};
use crate::finding::Severity;
use crate::job::Settings;
use crate::run::{Run, manifest};

/// Findings of one code, and rejected rows, that are told one by one.
const TOLD: usize = 5;

/// How the run ended.
pub enum Ending<'a> {
    DryRun,
    /// Also the folder as people should see it.
    Published(&'a Path),
    AlreadyPublished(&'a Path),
}

/// The receipt on the terminal.
pub fn receipt(run: &Run, settings: &Settings, ending: &Ending<'_>) -> String {
    let mut text = format!("{} · {}\n\n", settings.name, period(settings));
    text.push_str(&balance(run));
    text.push('\n');
    text.push_str(&money(run));
    for part in [quarantine(run), held(run), overdrawn(run), findings(run)] {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(&part);
        }
    }
    text.push('\n');
    text.push_str(&match ending {
        Ending::DryRun => format!("run {} would be published: this was a dry run, nothing was written\n", run.id),
        Ending::Published(folder) => format!("run {} is published in {}\n", run.id, folder.display()),
        Ending::AlreadyPublished(folder) => {
            format!("run {} is already published in {}: nothing has changed\n", run.id, folder.display())
        }
    });
    text
}

fn period(settings: &Settings) -> String {
    match (settings.period.from(), settings.period.to()) {
        (Some(from), Some(to)) => format!("period {from} to {to}"),
        _ => "everything not yet invoiced".to_owned(),
    }
}

/// Why hours stand where they stand, for people who do not know the words.
fn meaning(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Billed => "on the drafts of this run",
        Disposition::Held => "billable, but kept back",
        Disposition::Covered => "on prepaid, milestone or manual lines",
        Disposition::BeforePeriod => "late: dated before the period, still open",
        Disposition::AfterPeriod => "dated after the period",
        Disposition::AlreadyInvoiced => "on an earlier invoice",
        Disposition::NotValidated => "waiting for approval",
        Disposition::Unassigned => "no order line to bill",
        Disposition::NonBillable => "team, entry or order is not billed",
        Disposition::Duplicate => "repeated rows",
        Disposition::Quarantined => "rows set aside",
    }
}

/// Read = billed + covered + ..., in rows and hours.
fn balance(run: &Run) -> String {
    let control = &run.control;
    let mut grid = Grid::new(&[("", Align::Left), ("entries", Align::Right), ("hours", Align::Right), ("", Align::Left)]);
    let mut rounded = is_rounded(control.read.hours);
    for disposition in Disposition::ALL.into_iter().rev() {
        let total = control.totals.of(disposition);
        if total.rows == 0 && !matches!(disposition, Disposition::Billed | Disposition::Covered) {
            continue;
        }
        rounded |= is_rounded(total.hours);
        let name = disposition.name().replace('_', " ");
        grid.row(&[name, count(total.rows), hours(total.hours), meaning(disposition).to_owned()]);
    }
    let proof = "every entry and every hour accounted for".to_owned();
    grid.sum(&["read".to_owned(), count(control.read.rows), hours(control.read.hours), proof]);
    let mut text = grid.text();
    if rounded {
        text.push_str(" (hours are rounded to 2 decimals here; run.json and the tables hold them exactly)\n");
    }
    if control.unreadable_hours_rows > 0 {
        let rows = counted(control.unreadable_hours_rows, "quarantined row");
        text.push_str(&format!(" ({rows} without readable hours count as 0)\n"));
    }
    text
}

fn money(run: &Run) -> String {
    if run.billing.drafts.is_empty() {
        return "no drafts\n".to_owned();
    }
    let right = |name| (name, Align::Right);
    let mut grid = Grid::new(&[("", Align::Left), right("drafts"), right("net"), right("tax"), right("total")]);
    for (currency, money) in manifest::money(run) {
        grid.row(&[currency, count(money.drafts), money.net, money.tax, money.total]);
    }
    let credit_notes = run.billing.drafts.iter().filter(|draft| draft.is_credit_note()).count() as u64;
    let mut text = grid.text();
    if credit_notes > 0 {
        text.push_str(&format!(" ({} among them, counted negative)\n", counted(credit_notes, "credit note")));
    }
    text
}

fn quarantine(run: &Run) -> String {
    let rejected = &run.intake.rejected;
    if rejected.is_empty() {
        return String::new();
    }
    let mut text = format!("{} in quarantine\n", counted(rejected.len() as u64, "row"));
    for row in rejected.iter().take(TOLD) {
        let place = run.place(row.place, row.line);
        for error in &row.errors {
            let column = if error.column.is_empty() { String::new() } else { format!("{} ", error.column) };
            text.push_str(&format!("  {place}: {column}{} [{}]\n", error.message, error.code));
        }
    }
    text.push_str(&and_more(rejected.len(), "quarantine"));
    text
}

fn and_more(count: usize, table: &str) -> String {
    match count.saturating_sub(TOLD) {
        0 => String::new(),
        more => format!("  and {more} more: see the table {table}\n"),
    }
}

fn held(run: &Run) -> String {
    match run.billing.drafts_held {
        0 => String::new(),
        count => format!("{} held back\n", counted(count as u64, "draft")),
    }
}

fn overdrawn(run: &Run) -> String {
    let world = &run.intake.world;
    let mut lines: Vec<(&str, Balance)> = world
        .lines
        .iter()
        .filter(|(_, line)| line.confirmed)
        .filter_map(|(idx, line)| Some((world.lines.id(idx), Balance::of(line, &run.account.line(idx))?)))
        .filter(|(_, balance)| balance.overdrawn())
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    // The most hours first.
    lines.sort_by(|a, b| (a.1.remaining(), a.0).cmp(&(b.1.remaining(), b.0)));
    let mut text = format!("{} overdrawn\n", counted(lines.len() as u64, "order line"));
    let mut grid = Grid::new(&[("", Align::Left), ("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    for (id, balance) in lines.iter().take(TOLD) {
        let of = format!("of {} h ordered", hours(balance.ordered));
        grid.alarm(&[" ", id, &format!("{} h over", hours(-balance.remaining())), &of]);
    }
    text.push_str(&grid.text());
    text.push_str(&and_more(lines.len(), "order_lines"));
    text
}

fn findings(run: &Run) -> String {
    let mut text = String::new();
    let mut rest = run.findings.as_slice();
    while let Some(first) = rest.first() {
        let (same, others) = rest.split_at(rest.partition_point(|finding| finding.code <= first.code));
        rest = others;
        // Overdrawn lines have a part of their own.
        if first.code == crate::finding::Code::Overdrawn {
            continue;
        }
        let severity = if first.code.severity() == Severity::Info { "" } else { " (look at this)" };
        text.push_str(&format!("{}: {}{severity}\n", first.code, count(same.len() as u64)));
        for finding in same.iter().take(TOLD) {
            text.push_str(&format!("  {}\n", finding.message));
        }
        text.push_str(&and_more(same.len(), "findings"));
    }
    if text.is_empty() { text } else { format!("findings\n{text}") }
}
