//! The parts of a receipt in full: what was read, what became of it, what it is worth, what needs a person.

use std::collections::BTreeSet;

use super::ending::Ending;
use super::grid::{Align, Grid};
use super::layout::{
    and_more, and_more_in, code as coloured, count, counted, grouped, heading, hours, is_rounded, message, rounded_to,
    wrapped,
};
use crate::account::Disposition;
use crate::finding::{Code, FindingCount, Severity};
use crate::inputs::Input;
use crate::job::Settings;
use crate::model::NoAgreement;
use crate::run::{Quarantine, RowOutcome, SHOWN_MAX, SampledFindings, Summary};

/// The order in which the receipt tells dispositions: what brings money first, what was set aside last.
pub(super) const IN_ORDER: [Disposition; Disposition::ALL.len()] = [
    Disposition::Billed,
    Disposition::Held,
    Disposition::BeforePeriod,
    Disposition::Unassigned,
    Disposition::NotValidated,
    Disposition::AfterPeriod,
    Disposition::NonBillable,
    Disposition::Covered,
    Disposition::AlreadyInvoiced,
    Disposition::Duplicate,
    Disposition::Quarantined,
];

/// Read = billed + covered + ..., in rows and hours.
pub(super) fn balance(run: &Summary) -> String {
    let control = &run.control;
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("hours", left), ("entries", right), ("hours", right), ("", left)]);
    for disposition in IN_ORDER {
        let total = control.totals.of(disposition);
        // The rest of an entry that is billed in part has hours and no row.
        let in_part = total.rows == 0 && !total.hours.is_zero();
        if total.rows == 0 && !in_part && !matches!(disposition, Disposition::Billed | Disposition::Covered) {
            continue;
        }
        let name = format!("  {}", disposition.label());
        let counted_elsewhere = if in_part { "; the entries count elsewhere" } else { "" };
        let meaning = format!("{}{counted_elsewhere}", disposition.meaning());
        grid.row(&[name, count(total.rows), hours(total.hours), meaning]);
    }
    let proof = "every entry and hour accounted for".to_owned();
    grid.sum(&["  read".to_owned(), count(control.read.rows), hours(control.read.hours), proof]);
    grid.text() + &notes(run)
}

/// What there is to know about the figures of hours.
pub(super) fn notes(run: &Summary) -> String {
    let control = &run.control;
    let all = IN_ORDER.map(|disposition| control.totals.of(disposition).hours);
    let mut text = String::new();
    if is_rounded(control.read.hours) || all.into_iter().any(is_rounded) {
        text.push_str(&format!("  rounded {} here; the tables hold every microsecond\n", rounded_to()));
    }
    if control.unreadable_hours_rows > 0 {
        let rows = counted(control.unreadable_hours_rows, "quarantined row");
        let verb = if control.unreadable_hours_rows == 1 { "counts" } else { "count" };
        text.push_str(&format!("  {rows} without readable hours {verb} as 0\n"));
    }
    text + &no_timesheets(run)
}

/// Rows that are no work, and of which no hour was read.
pub(super) fn no_timesheets(run: &Summary) -> String {
    let apart: u64 = run.files.iter().flat_map(|file| file.not_timesheets.values()).sum();
    if apart == 0 {
        return String::new();
    }
    let verb = if apart == 1 { "is no timesheet and is" } else { "are no timesheets and are" };
    wrapped("  ", &format!("{} {verb} left out: no hour was read there", counted(apart, "further row")))
}

pub(super) fn money(run: &Summary) -> String {
    let closed = if run.drafts.zero == 0 {
        String::new()
    } else {
        let verb = if run.drafts.zero == 1 { "is" } else { "are" };
        format!("  {} of 0.00 {verb} closed without a document\n", counted(run.drafts.zero, "draft"))
    };
    if run.drafts.made() == 0 {
        return format!("{}\n{}{closed}", heading("drafts"), nothing_to_bill(run));
    }
    let right = |name| (name, Align::Right);
    let mut grid = Grid::new(&[("drafts", Align::Left), right("number"), right("net"), right("tax"), right("total")]);
    for (currency, money) in run.money_shown() {
        let [net, tax, total] = [money.net, money.tax, money.total].map(|amount: String| grouped(&amount));
        grid.row(&[format!("  {currency}"), count(money.drafts), net, tax, total]);
    }
    let (credit_notes, down_payments) = (run.drafts.credit_notes, run.drafts.down_payments);
    let mut text = grid.text();
    if credit_notes > 0 {
        text.push_str(&format!("  {} among them, counted negative\n", counted(credit_notes, "credit note")));
    }
    if down_payments > 0 {
        text.push_str(&format!("  {} among them\n", counted(down_payments, "down payment")));
    }
    text + &closed
}

/// Why there is no draft, where that is all there is to say: hours that lead nowhere are exit code 0 (§10), so they are said aloud.
fn nothing_to_bill(run: &Summary) -> String {
    let total = run.control.totals.of(Disposition::Unassigned);
    let of = |disposition| run.control.totals.of(disposition).rows;
    let others = [Disposition::Billed, Disposition::Held, Disposition::BeforePeriod, Disposition::NotValidated];
    if total.rows == 0 || others.into_iter().any(|disposition| of(disposition) > 0) {
        return "  nothing to bill\n".to_owned();
    }
    let all = format!(
        "nothing to bill: all open hours, {} h of {}, lead to no order line and no agreement, so nobody is billed for them",
        hours(total.hours),
        entries(total.rows)
    );
    wrapped("  ", &all)
}

/// §8.5: how many rows were done, of those that are about this run.
pub(super) fn adjustments(run: &Summary) -> String {
    let count = |outcome| run.adjusted.count(outcome);
    let (rows, waiting) = (run.adjusted.rows.len() as u64, count(RowOutcome::Waiting));
    if rows == 0 {
        return String::new();
    }
    let mut told = format!("{} of {} applied", count(RowOutcome::Applied), counted(rows - waiting, "adjustment"));
    for (outcome, words) in [
        (RowOutcome::Waiting, "waiting"),
        (RowOutcome::NoEffect, "without effect"),
        (RowOutcome::Unmatched, "matching nothing"),
        (RowOutcome::Quarantined, "in quarantine"),
    ] {
        let rows = count(outcome);
        if rows > 0 {
            told.push_str(&format!(", {rows} {words}"));
        }
    }
    let refused = count(RowOutcome::Unmatched) + count(RowOutcome::Quarantined) > 0;
    let refused =
        if refused { wrapped("  ", "`post` refuses until those rows are mended or taken out") } else { String::new() };
    format!("{}\n{refused}", heading(&told))
}

/// C2, C3: what unassigned hours lack, and where a person fills it in. Nothing where the job has no agreements.
pub(super) fn unassigned(run: &Summary, settings: &Settings) -> String {
    let rows = run.nowhere.rows();
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", heading(&unassigned_in_all(run)));
    let file = settings.inputs.get(&Input::Agreements).and_then(|input| input.paths.first());
    let file = file.map_or("the agreements", |(shown, _)| shown.as_str());
    for of_reason in rows.chunk_by(|one, next| one.0.0 == next.0.0) {
        for ((why, customer, project), total) in of_reason.iter().take(SHOWN_MAX) {
            let who = format!("{} with {} h", entries(total.rows), hours(total.hours));
            text.push_str(&wrapped("  ", &format!("{who}: {}", lacks(*why, customer, project))));
        }
        text.push_str(&and_more_in("  ", of_reason.len(), SHOWN_MAX, "in the table unbilled"));
        if let Some(((why, ..), _)) = of_reason.first() {
            text.push_str(&wrapped("    hint: ", &how_to_assign(*why, file)));
        }
    }
    text
}

/// `12 entries with 24.00 h lead to no order line: nobody is billed for them`.
pub(super) fn unassigned_in_all(run: &Summary) -> String {
    let total = run.control.totals.of(Disposition::Unassigned);
    let verb = if total.rows == 1 { "has" } else { "have" };
    let (rows, hours) = (entries(total.rows), hours(total.hours));
    format!("{rows} with {hours} h {verb} no order line or agreement: nobody is billed for them")
}

pub(super) fn entries(rows: u64) -> String {
    if rows == 1 { "1 entry".to_owned() } else { format!("{} entries", count(rows)) }
}

fn lacks(why: NoAgreement, customer: &str, project: &str) -> String {
    match why {
        NoAgreement::NamesNothing => "customer and project are missing in the file".to_owned(),
        NoAgreement::Nameless => {
            format!("the customer is missing in the file, and the agreement of project `{project}` names none either")
        }
        NoAgreement::ProjectUnknown => {
            format!("the customer is missing in the file, and project `{project}` has no agreement")
        }
        NoAgreement::SeveralCustomers => {
            format!("the customer is missing in the file, and project `{project}` is agreed on with several")
        }
        NoAgreement::NothingFits if project.is_empty() => {
            format!(
                "the project is missing in the file, and customer `{customer}` has no agreement without a project that fits"
            )
        }
        NoAgreement::NothingFits => {
            format!(
                "customer `{customer}` has no agreement for project `{project}` that fits, and none without a project"
            )
        }
    }
}

/// `file` is the one of the agreements.
fn how_to_assign(why: NoAgreement, file: &str) -> String {
    match why {
        NoAgreement::NamesNothing => format!(
            "no agreement is for work of nobody, with a project or without: fill in the project (or the customer) where it is missing, and export again; \
             or name their columns in the job (`columns.project`, `columns.customer_id`); or let the job say what an empty cell means \
             (`values.project = {{ \"\" = \"NAME\" }}`; `constants.project = \"NAME\"` where the file has no such column), and give NAME a row in {file}"
        ),
        NoAgreement::Nameless => format!("fill in customer_id of the project in {file}, and run again"),
        NoAgreement::ProjectUnknown => {
            format!(
                "give the project a row in {file} (`hourbill init` adds it, if the file holds it now), and run again"
            )
        }
        NoAgreement::SeveralCustomers => {
            "fill in the customer of each row, and export again; or let one customer have all agreements of the project"
                .to_owned()
        }
        NoAgreement::NothingFits => {
            format!(
                "give the customer a row in {file}: for the project, or with an empty project for all; look at its dates and company"
            )
        }
    }
}

/// Drafts that were held, with the reason.
pub(super) fn held(run: &Summary) -> String {
    let drafts = run.drafts.held;
    if drafts == 0 {
        return String::new();
    }
    let mut text = format!("{}\n", heading(&format!("{} held", counted(drafts, "draft"))));
    if let Some(told) = run.findings.get(&Code::DraftHeld) {
        for finding in &told.first {
            text.push_str(&wrapped("  ", &of_draft(&message(&finding.message))));
        }
        text.push_str(&and_more("  ", at_least(told.count), SHOWN_MAX, "findings"));
    }
    text
}

/// A count as a number of items; one that is larger than the type only has to be more than are told.
pub(super) fn at_least(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A draft that is held and why, where it is clear that all are: `C009` in EUR: the customer is on hold.
pub(super) fn of_draft(message: &str) -> String {
    let told = message.strip_prefix("a draft for ").unwrap_or(message);
    told.replacen(" is held: ", ": ", 1)
}

pub(super) fn overdrawn(run: &Summary) -> String {
    let lines = &run.overdrawn;
    if lines.is_empty() {
        return String::new();
    }
    let title = format!("{} overdrawn", counted(lines.len() as u64, "order line"));
    let right = |name| (name, Align::Right);
    let mut grid = Grid::new(&[
        ("  order line", Align::Id),
        ("customer", Align::Left),
        ("product", Align::Left),
        right("ordered"),
        right("delivered"),
        right("remaining"),
    ]);
    for pack in lines.iter().take(SHOWN_MAX) {
        let balance = &pack.balance;
        let [ordered, delivered, remaining] = [balance.ordered, balance.delivered, balance.remaining()].map(hours);
        let (customer, product) = (pack.customer_name.clone(), pack.product.clone());
        grid.alarm(&[format!("  {}", pack.order_line), customer, product, ordered, delivered, remaining]);
    }
    let mut text = format!("{}\n{}", heading(&title), grid.text());
    text.push_str(&and_more("  ", lines.len(), SHOWN_MAX, "order_lines"));
    text
}

/// `7 rows in quarantine, 2 of them waived`.
pub(super) fn rows_aside(rows: u64, waived: u64) -> String {
    let of_them = if waived > 0 { format!(", {} of them waived", count(waived)) } else { String::new() };
    format!("{} in quarantine{of_them}", counted(rows, "row"))
}

/// F2: which keys and headers the job leaves open.
pub(super) fn to_answer(settings: &Settings) -> String {
    let open = settings.inputs.get(&Input::Timesheets).map(|input| input.open.as_slice()).unwrap_or_default();
    let named: Vec<String> = open.iter().map(|open| format!("`{open}`")).collect();
    let job = settings.job_file.display();
    format!("answer {} in {job} (`open` below [inputs.timesheets]); no hour is billed before", named.join(", "))
}

/// The rows in quarantine by code: the first of each, with place and hint, and where the rest stands.
pub(super) fn quarantine((rows, waived): (u64, u64), by_code: &Quarantine, settings: &Settings, rest: &str) -> String {
    if rows == 0 {
        return String::new();
    }
    let mut text = format!("{}\n", heading(&rows_aside(rows, waived)));
    for (code, told) in by_code {
        text.push_str(&format!("  {} {} ({})\n", count(told.count), code.words(), coloured(*code)));
        // All rows of the input wait for the same.
        if *code == Code::QuestionOpen {
            text.push_str(&wrapped("    ", &to_answer(settings)));
            continue;
        }
        for row in &told.first {
            let (place, error) = (&row.place, &row.error);
            let column = if error.column.is_empty() { String::new() } else { format!(", column `{}`", error.column) };
            text.push_str(&wrapped("    ", &format!("{place}{column}: {}", error.message)));
        }
        text.push_str(&and_more_in("    ", at_least(told.count), SHOWN_MAX, rest));
        text.push_str(&wrapped("    hint: ", code.hint()));
    }
    text
}

/// E5: where the rows in quarantine stand as they are, and what a corrected copy needs to count.
pub(super) fn copies(run: &Summary, settings: &Settings, ending: &Ending) -> String {
    if run.copied.is_empty() || ending.folder().is_none() {
        return String::new();
    }
    let mut text = format!("{}\n", heading("to correct them"));
    for copy in run.copied.values().take(SHOWN_MAX) {
        let (rows, source) = (counted(copy.rows, "row"), &copy.source);
        let stand = if copy.rows == 1 { "it stands" } else { "they stand" };
        text.push_str(&wrapped("  ", &format!("{} has {rows} of `{source}` as {stand}", copy.file)));
    }
    if run.copied.len() > SHOWN_MAX {
        text.push_str(&format!("  and {} more files\n", run.copied.len() - SHOWN_MAX));
    }
    let inputs: BTreeSet<Input> = run.copied.values().map(|copy| copy.input).collect();
    let (with_ids, others): (Vec<Input>, Vec<Input>) = inputs.into_iter().partition(|input| input.newer_can_win());
    let names = |inputs: Vec<Input>| inputs.into_iter().map(Input::name).collect::<Vec<_>>().join(", ");
    let is_on = |input: &Input| settings.inputs.get(input).is_some_and(|input| input.newer_wins);
    if !with_ids.is_empty() {
        let off = names(with_ids.into_iter().filter(|input| !is_on(input)).collect());
        let off = if off.is_empty() { off } else { format!(" (it is off for {off})") };
        let how = "mend a copy and put it beside the export as a newer file, later in the list or by its name";
        let wins = "`newer_wins` must be on: a row then counts in place of the one of its id";
        text.push_str(&wrapped("  ", &format!("{how}; {wins}{off}")));
    }
    if !others.is_empty() {
        text.push_str(&wrapped("  ", &format!("rows of {} are mended where they stand", names(others))));
    }
    text
}

/// Whether findings of this code have no part of the receipt that tells of them.
pub(super) fn has_no_part(code: Code) -> bool {
    !matches!(code, Code::Overdrawn | Code::DraftHeld)
}

/// `28 findings, 20 to look at`.
pub(super) fn findings_in_all(findings: FindingCount) -> String {
    let all = counted(findings.all, "finding");
    if findings.all == findings.to_look_at { all } else { format!("{all}, {} to look at", count(findings.to_look_at)) }
}

/// Findings by code: the first of each, a count, and where the rest stands.
pub(super) fn findings(findings: &SampledFindings, wanted: &dyn Fn(Code) -> bool, rest: &str) -> String {
    let mut by_code: Vec<(Severity, Code)> = findings.keys().map(|code| (code.severity(), *code)).collect();
    by_code.retain(|(_, code)| wanted(*code));
    by_code.sort();
    if by_code.is_empty() {
        return String::new();
    }
    let all = FindingCount::of(findings.iter().map(|(code, told)| (*code, told.count)));
    let mut text = format!("{}\n", heading(&findings_in_all(all)));
    for (severity, code) in by_code {
        let Some(told) = findings.get(&code) else { continue };
        let (number, title) = (count(told.count), code.words());
        text.push_str(&format!("  {title}: {number} ({}, {})\n", coloured(code), severity.name()));
        for finding in &told.first {
            text.push_str(&wrapped("    ", &message(&finding.message)));
        }
        text.push_str(&and_more_in("    ", at_least(told.count), SHOWN_MAX, rest));
        text.push_str(&wrapped("    hint: ", code.hint()));
    }
    text
}

/// How many rows each complaint has.
pub(super) fn quarantine_by_code(run: &Summary) -> String {
    if run.rows_rejected == 0 {
        return String::new();
    }
    let rows = format!("{}: `-v` says where", rows_aside(run.rows_rejected, run.rows_waived));
    let codes = run.quarantine.iter().map(|(code, told)| (*code, told.count));
    format!("{}\n{}", heading(&rows), by_code(codes))
}

/// How many findings each code has.
pub(super) fn findings_by_code(run: &Summary) -> String {
    let codes = run.findings.iter().filter(|(code, _)| has_no_part(**code));
    let mut codes: Vec<(Code, u64)> = codes.map(|(code, told)| (*code, told.count)).collect();
    codes.sort_by_key(|(code, _)| (code.severity(), *code));
    if codes.is_empty() {
        return String::new();
    }
    let all = format!("{}: `-v` tells them", findings_in_all(run.findings_counted()));
    format!("{}\n{}", heading(&all), by_code(codes.into_iter()))
}

fn by_code(codes: impl Iterator<Item = (Code, u64)>) -> String {
    codes.map(|(code, number)| format!("  {}: {} ({})\n", code.words(), count(number), coloured(code))).collect()
}
