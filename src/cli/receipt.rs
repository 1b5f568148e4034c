//! The receipt of a run: what was read, what became of it, what it is worth, what needs a person.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::layout::{
    Align, Grid, and_more, and_more_in, code as coloured, count, counted, grouped, heading, hours, is_rounded, message,
    rounded_to, wrapped,
};
use super::month;
use super::watch::timings_json;
use crate::account::{Disposition, Total};
use crate::finding::{Code, Severity};
use crate::inputs::Input;
use crate::job::{RateSource, Settings};
use crate::model::NoAgreement;
pub use crate::run::TOLD;
use crate::run::{Mended, Quarantine, QuarantineCopy, RowOutcome, Summary, Timing, ToldFindings};

/// How the run ended.
pub enum Ending {
    DryRun,
    /// Under `--strict`.
    Refused,
    /// The folder as people should see it.
    Published(PathBuf),
    AlreadyPublished(PathBuf),
    /// It had been published before and was altered since; what stood there is kept.
    Mended(PathBuf, Mended),
}

impl Ending {
    pub fn name(&self) -> &'static str {
        match self {
            Ending::DryRun => "dry_run",
            Ending::Refused => "refused",
            Ending::Published(_) | Ending::Mended(..) => "published",
            Ending::AlreadyPublished(_) => "already_published",
        }
    }

    pub fn folder(&self) -> Option<&Path> {
        match self {
            Ending::DryRun | Ending::Refused => None,
            Ending::Published(folder) | Ending::AlreadyPublished(folder) | Ending::Mended(folder, _) => Some(folder),
        }
    }

    fn mended(&self) -> Value {
        match self {
            Ending::Mended(_, of) => json!({"file": of.file, "kept_in": of.kept.display().to_string()}),
            _ => Value::Null,
        }
    }
}

/// The receipt for people.
pub fn text(run: &Summary, settings: &Settings, ending: &Ending) -> String {
    let part = settings.shard.map_or_else(String::new, |shard| format!(" · part {shard}"));
    let mut text =
        format!("{}\n", heading(&format!("{} · {}{part}", settings.name, settings.billing.period.in_words())));
    let parts = [
        balance(run),
        money(run),
        adjustments(run),
        unassigned(run, settings),
        held(run),
        overdrawn(run),
        quarantine((run.rows_rejected, run.rows_waived), &run.quarantine, "in the table quarantine"),
        copies(run, settings, ending),
        findings(&run.findings, &|code| !has_own_part(code), "in the table findings"),
        month::text(&run.month),
    ];
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        text.push('\n');
        text.push_str(&part);
    }
    text.push('\n');
    text.push_str(&whereabouts(run, ending));
    text.push_str(&ledger(run, settings));
    text.push_str(&not_judged(settings));
    if settings.billing.rules.rates == RateSource::Export {
        text.push_str(&wrapped("", "hours cost what the export says of each (`rules.rates` is `export`)"));
    }
    if (run.needs_attention() || run.lines_waiting > 0) && !matches!(ending, Ending::Refused) {
        text.push_str(&wrapped("", &format!("for a person to look at: {}", to_look_at(run))));
    }
    text
}

/// What the drafts stand on: a ledger that should not be new is a mistake (G11).
fn ledger(run: &Summary, settings: &Settings) -> String {
    let (Some(of), Some(head)) = (&settings.ledger, &run.head) else { return String::new() };
    match head.sequence {
        0 => wrapped("", &format!("the ledger `{}` is new and empty: nothing was posted before", of.dir_shown)),
        sequence => format!("on entry {sequence} of the ledger `{}`, head\n  {}\n", of.dir_shown, head.hash),
    }
}

/// X2: a part of a run cannot tell what the whole comes to.
fn not_judged(settings: &Settings) -> String {
    let of_run = settings.billing.bounds.iter().map(|(key, _)| key).filter(|key| key.is_of_run());
    let named: Vec<String> = of_run.map(|key| format!("`{key}`")).collect();
    if settings.shard.is_none() || named.is_empty() {
        return String::new();
    }
    let text = format!("bounds of the whole run are not judged in a part of it: {}", named.join(", "));
    wrapped("", &text)
}

/// What a person should look at, in a few words.
pub fn to_look_at(run: &Summary) -> String {
    let (rows, drafts) = (counted(run.rows_to_correct(), "row"), counted(run.drafts.held, "draft"));
    let waived = if run.rows_waived > 0 { " and not waived" } else { "" };
    let mut text = format!("{rows} in quarantine{waived}, {drafts} held");
    if run.lines_in_doubt > 0 {
        text.push_str(&format!(", {} held for doubt", counted(run.lines_in_doubt, "order line")));
    }
    if run.lines_waiting > 0 {
        text.push_str(&format!(", {} waiting for figures to agree", counted(run.lines_waiting, "order line")));
    }
    if run.no_entries {
        text.push_str(", timesheets without a row");
    }
    text
}

/// The same for programs.
pub fn json(run: &Summary, settings: &Settings, ending: &Ending, timings: &[Timing]) -> Value {
    let mut told = serde_json::to_value(run.manifest(settings, Vec::new())).unwrap_or_default();
    let overdrawn = run.overdrawn.iter().map(|(id, balance)| {
        json!({
            "order_line_id": id,
            "ordered_hours": balance.ordered.to_string(),
            "delivered_hours": balance.delivered.to_string(),
            "remaining_hours": balance.remaining().to_string(),
        })
    });
    let overdrawn: Value = overdrawn.collect();
    if let Value::Object(told) = &mut told {
        // The files stand in the run.json of the folder.
        told.remove("tables");
        told.insert("status".to_owned(), ending.name().into());
        told.insert("folder".to_owned(), ending.folder().map(|folder| folder.display().to_string()).into());
        told.insert("altered_before".to_owned(), ending.mended());
        told.insert("needs_attention".to_owned(), run.needs_attention().into());
        if let Some(head) = &run.head {
            told.insert("ledger_is_new".to_owned(), (head.sequence == 0).into());
        }
        told.insert("quarantine_files".to_owned(), copies_json(run, ending));
        told.insert("to_look_at".to_owned(), to_look_at(run).into());
        told.insert("overdrawn".to_owned(), overdrawn);
        if !run.nowhere.rows().is_empty() {
            told.insert("unassigned".to_owned(), nowhere(run));
        }
        told.insert("month".to_owned(), month::json(&run.month, &BTreeMap::new()));
        told.insert("timings".to_owned(), timings_json(timings));
    }
    told
}

/// What unassigned hours lack, for programs.
fn nowhere(run: &Summary) -> Value {
    let row = |((why, customer, project), total): (&(NoAgreement, String, String), Total)| {
        json!({
            "why": why.name(), "customer": customer, "project": project, "rows": total.rows, "hours": total.hours.to_string(),
        })
    };
    run.nowhere.rows().into_iter().map(row).collect()
}

/// E5: none where no folder was made.
fn copies_json(run: &Summary, ending: &Ending) -> Value {
    let made = run.copied.values().filter(|_| ending.folder().is_some());
    let copy = |copy: &QuarantineCopy| json!({"input": copy.input.name(), "source": copy.source, "file": copy.file, "rows": copy.rows});
    made.map(copy).collect()
}

/// What brings money first, what was set aside last.
const IN_ORDER: [Disposition; Disposition::ALL.len()] = [
    Disposition::Billed,
    Disposition::Held,
    Disposition::Covered,
    Disposition::AlreadyInvoiced,
    Disposition::BeforePeriod,
    Disposition::AfterPeriod,
    Disposition::NotValidated,
    Disposition::Unassigned,
    Disposition::NonBillable,
    Disposition::Duplicate,
    Disposition::Quarantined,
];

/// Read = billed + covered + ..., in rows and hours.
fn balance(run: &Summary) -> String {
    let control = &run.control;
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("hours", left), ("entries", right), ("hours", right), ("", left)]);
    let mut rounded = is_rounded(control.read.hours);
    for disposition in IN_ORDER {
        let total = control.totals.of(disposition);
        // The rest of an entry that is billed in part has hours and no row.
        let in_part = total.rows == 0 && !total.hours.is_zero();
        if total.rows == 0 && !in_part && !matches!(disposition, Disposition::Billed | Disposition::Covered) {
            continue;
        }
        rounded |= is_rounded(total.hours);
        let name = format!("  {}", disposition.name().replace('_', " "));
        let counted_elsewhere = if in_part { "; the entries count elsewhere" } else { "" };
        let meaning = format!("{}{counted_elsewhere}", disposition.meaning());
        grid.row(&[name, count(total.rows), hours(total.hours), meaning]);
    }
    let proof = "every entry and hour accounted for".to_owned();
    grid.sum(&["  read".to_owned(), count(control.read.rows), hours(control.read.hours), proof]);
    let mut text = grid.text();
    if rounded {
        text.push_str(&format!("  rounded {} here; the tables hold every microsecond\n", rounded_to()));
    }
    if control.unreadable_hours_rows > 0 {
        let rows = counted(control.unreadable_hours_rows, "quarantined row");
        let verb = if control.unreadable_hours_rows == 1 { "counts" } else { "count" };
        text.push_str(&format!("  {rows} without readable hours {verb} as 0\n"));
    }
    let apart: u64 = run.files.iter().flat_map(|file| file.not_timesheets.values()).sum();
    if apart > 0 {
        let verb = if apart == 1 { "is no timesheet and is" } else { "are no timesheets and are" };
        text.push_str(&format!("  {} {verb} left out: no hour was read there\n", counted(apart, "further row")));
    }
    text
}

fn money(run: &Summary) -> String {
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
fn adjustments(run: &Summary) -> String {
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
fn unassigned(run: &Summary, settings: &Settings) -> String {
    let rows = run.nowhere.rows();
    if rows.is_empty() {
        return String::new();
    }
    let total = run.control.totals.of(Disposition::Unassigned);
    let of_all = format!("{} with {} h unassigned: nobody is billed for them", entries(total.rows), hours(total.hours));
    let mut text = format!("{}\n", heading(&of_all));
    let file = settings.inputs.get(&Input::Agreements).and_then(|input| input.paths.first());
    let file = file.map_or("the agreements", |(shown, _)| shown.as_str());
    for of_reason in rows.chunk_by(|one, next| one.0.0 == next.0.0) {
        for ((why, customer, project), total) in of_reason.iter().take(TOLD) {
            let who = format!("{} with {} h", entries(total.rows), hours(total.hours));
            text.push_str(&wrapped("  ", &format!("{who}: {}", lacks(*why, customer, project))));
        }
        text.push_str(&and_more_in("  ", of_reason.len(), TOLD, "in the table unbilled"));
        if let Some(((why, ..), _)) = of_reason.first() {
            text.push_str(&wrapped("    hint: ", &how_to_assign(*why, file)));
        }
    }
    text
}

fn entries(rows: u64) -> String {
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
fn held(run: &Summary) -> String {
    let drafts = run.drafts.held;
    if drafts == 0 {
        return String::new();
    }
    let mut text = format!("{}\n", heading(&format!("{} held", counted(drafts, "draft"))));
    if let Some(told) = run.findings.get(&Code::DraftHeld) {
        for finding in &told.first {
            text.push_str(&wrapped("  ", &message(&finding.message)));
        }
        text.push_str(&and_more("  ", at_least(told.count), TOLD, "findings"));
    }
    text
}

/// As many as are told of; more than that only has to be more.
fn at_least(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn overdrawn(run: &Summary) -> String {
    let lines = &run.overdrawn;
    if lines.is_empty() {
        return String::new();
    }
    let title = format!("{} overdrawn", counted(lines.len() as u64, "order line"));
    let right = |name| (name, Align::Right);
    let mut grid = Grid::new(&[(&title, Align::Left), right("ordered h"), right("delivered h"), right("remaining h")]);
    for (id, balance) in lines.iter().take(TOLD) {
        let [ordered, delivered, remaining] = [balance.ordered, balance.delivered, balance.remaining()].map(hours);
        grid.alarm(&[format!("  {}", super::layout::shortened(id, 40)), ordered, delivered, remaining]);
    }
    let mut text = grid.text();
    text.push_str(&and_more("  ", lines.len(), TOLD, "order_lines"));
    text
}

/// Rejected rows by code: the first of each, with place and hint, and where the rest stands.
/// The rows in quarantine, and how many of them are waived.
pub fn quarantine((rows, waived): (u64, u64), by_code: &Quarantine, rest: &str) -> String {
    if rows == 0 {
        return String::new();
    }
    let of_them = if waived > 0 { format!(", {} of them waived", count(waived)) } else { String::new() };
    let mut text = format!("{}\n", heading(&format!("{} in quarantine{of_them}", counted(rows, "row"))));
    for (code, told) in by_code {
        text.push_str(&format!("  {} {}\n", count(told.count), coloured(*code)));
        for row in &told.first {
            let (place, error) = (&row.place, &row.error);
            let column = if error.column.is_empty() { String::new() } else { format!(", column `{}`", error.column) };
            text.push_str(&wrapped("    ", &format!("{place}{column}: {}", error.message)));
        }
        text.push_str(&and_more_in("    ", at_least(told.count), TOLD, rest));
        text.push_str(&wrapped("    hint: ", code.hint()));
    }
    text
}

/// E5: where the rows in quarantine stand as they are, and what a corrected copy needs to count.
fn copies(run: &Summary, settings: &Settings, ending: &Ending) -> String {
    if run.copied.is_empty() || ending.folder().is_none() {
        return String::new();
    }
    let mut text = format!("{}\n", heading("to correct them"));
    for copy in run.copied.values().take(TOLD) {
        let (rows, source) = (counted(copy.rows, "row"), &copy.source);
        let stand = if copy.rows == 1 { "it stands" } else { "they stand" };
        text.push_str(&wrapped("  ", &format!("{} has {rows} of `{source}` as {stand}", copy.file)));
    }
    if run.copied.len() > TOLD {
        text.push_str(&format!("  and {} more files\n", run.copied.len() - TOLD));
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

/// Told elsewhere on the receipt.
fn has_own_part(code: Code) -> bool {
    matches!(code, Code::Overdrawn | Code::DraftHeld)
}

/// Findings by code: the first of each, a count, and where the rest stands.
pub fn findings(findings: &ToldFindings, wanted: &dyn Fn(Code) -> bool, rest: &str) -> String {
    let mut by_code: Vec<(Severity, Code)> = findings.keys().map(|code| (code.severity(), *code)).collect();
    by_code.retain(|(_, code)| wanted(*code));
    by_code.sort();
    let number: u64 = by_code.iter().filter_map(|(_, code)| findings.get(code)).map(|told| told.count).sum();
    if number == 0 {
        return String::new();
    }
    let mut text = format!("{}\n", heading(&counted(number, "finding")));
    for (severity, code) in by_code {
        let Some(told) = findings.get(&code) else { continue };
        text.push_str(&format!("  {} {} ({})\n", count(told.count), coloured(code), severity.name()));
        for finding in &told.first {
            text.push_str(&wrapped("    ", &message(&finding.message)));
        }
        text.push_str(&and_more_in("    ", at_least(told.count), TOLD, rest));
        text.push_str(&wrapped("    hint: ", code.hint()));
    }
    text
}

fn whereabouts(run: &Summary, ending: &Ending) -> String {
    let id = &run.id;
    match ending {
        Ending::DryRun => format!("{id} was a dry run: nothing was written\n"),
        Ending::Refused => format!("{id} is not published: nothing was written\n"),
        Ending::Published(folder) => format!("{id} is published in\n  {}\n", folder.display()),
        Ending::Mended(folder, of) => {
            let altered = format!("`{}` had been altered since it was published before, or was gone", of.file);
            let (folder, kept) = (folder.display(), of.kept.display());
            format!("{id} is published anew in\n  {folder}\n{altered}; what stood there is kept in\n  {kept}\n")
        }
        Ending::AlreadyPublished(folder) => {
            format!("{id} had been published before, nothing has changed; it is in\n  {}\n", folder.display())
        }
    }
}
