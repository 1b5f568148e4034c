//! Closing a month: what stands in its way (K5), and what is kept of it (K6).

use std::collections::BTreeSet;

use super::adjusted::undone;
use super::manifest::Manifest;
use super::of_ledger::{self, conflict};
use super::published::{self, rows};
use super::{Observer, Run, RunError, compute};
use crate::bug::OrBug;
use crate::calendar::{CalendarMonth, Date};
use crate::closed::KeptEntries;
use crate::finding::place_told;
use crate::job::{EntriesTable, Settings};
use crate::ledger::{Actor, Ledger, LedgerError, LocalStore, LogEntry, MonthAsked, MonthClosing, Plan, nothing};
use crate::posted::MonthState;
use crate::publish::Target;
use crate::tables::{self, Table, read_csv, read_parquet};

/// Rows of the quarantine that are named one by one.
const ROWS_TOLD: usize = 5;

/// Plans to close a month; `force` passes over what stands in its way, and has that recorded.
///
/// # Errors
/// [`RunError::NotReady`] with everything that stands in its way (K5), and a conflict where the month is not over, has no run, or another
/// comes first (K3).
pub fn plan_close(
    settings: &Settings,
    asked: &MonthAsked,
    force: bool,
    doer: &Actor,
    observer: &dyn Observer,
) -> Result<Plan, RunError> {
    super::ledger_stands(settings)?;
    let Some(ledger) = of_ledger::ledger(settings) else { return Err(RunError::NoLedger) };
    let log = ledger.log()?;
    let (month, last) = (asked.month, asked.month.ends().1);
    if settings.billing.as_of <= last {
        let text = format!("{month} is not over: it ends on {last}, and today is {}", settings.billing.as_of);
        return Err(conflict(text));
    }
    if let Some(nothing) = ledger.out_of_order(&log, asked)? {
        return Ok(nothing);
    }
    let target = super::target(settings);
    let newest = newest_run(&target, month)?;
    let mut ignored = Vec::new();
    match &newest {
        None if !force => {
            return Err(conflict(format!("the job has no run whose period holds {month}: run the month first")));
        }
        None => ignored.push(format!("no run whose period holds {month}")),
        Some((run_id, published)) => {
            ignored.extend(in_the_way(settings, asked, &ledger, &log, (&target, run_id, published))?);
        }
    }
    let of_month = month_of(settings, month);
    let run = compute(&of_month, observer)?;
    if !run.intake.guards.over_limit.is_empty() {
        return Err(conflict("so many rows are set aside that nothing of the month would be kept".to_owned()));
    }
    named(&run, &of_month, asked)?;
    if !force && !ignored.is_empty() {
        return Err(RunError::NotReady { month: month.to_string(), why: ignored });
    }
    if let Some((run_id, published)) = &newest
        && !same_inputs(&run, published)
    {
        // Exports change from night to night; K5 does not count that among what stands in the way.
        ignored.push(format!("the exports have changed since run {run_id}: what is kept is of them as they are now"));
    }
    let run_id = newest.map(|(run_id, _)| run_id).unwrap_or_default();
    let head = log.last().map_or_else(nothing, LogEntry::head);
    let closing = kept(&run, &of_month, asked, (head, run_id, ignored))?;
    Ok(ledger.plan_close(asked, closing, doer)?)
}

/// Plans to open a closed month again.
///
/// # Errors
/// A conflict when another month was closed after it (K3).
pub fn plan_reopen(settings: &Settings, asked: &MonthAsked, doer: &Actor) -> Result<Plan, RunError> {
    super::ledger_stands(settings)?;
    let Some(ledger) = of_ledger::ledger(settings) else { return Err(RunError::NoLedger) };
    Ok(ledger.plan_reopen(asked, doer)?)
}

/// The settings of a run of the month, with every entry in its register.
fn month_of(settings: &Settings, month: CalendarMonth) -> Settings {
    let mut settings = settings.clone();
    settings.billing.period = month.period();
    settings.output.entries = EntriesTable::All;
    settings
}

/// Refuses a company that nothing names: closing its month would close nothing.
fn named(run: &Run, settings: &Settings, asked: &MonthAsked) -> Result<(), RunError> {
    let Some(company) = &asked.company else { return Ok(()) };
    let world = &run.intake.world;
    let is_its = |name: &str| name == company;
    let known = world.companies.find(company).is_some() || settings.billing.companies.contains_key(company);
    let of_entries = || {
        let mut entries = world.entries.chunk_list().iter().flat_map(|chunk| chunk.iter());
        entries.any(|entry| is_its(run.links.company_of(world, &entry)))
    };
    if known || of_entries() {
        return Ok(());
    }
    Err(conflict(format!("nothing that was read is of a company `{company}`")))
}

/// The newest run whose period holds the month.
fn newest_run(target: &Target, month: CalendarMonth) -> Result<Option<(String, Manifest)>, RunError> {
    let (first, last) = month.ends();
    published::newest(target, |from, to| from.is_none_or(|from| from <= first) && to.is_none_or(|to| to >= last))
}

/// What stands in the way of a close (K5), in words.
fn in_the_way(
    settings: &Settings,
    asked: &MonthAsked,
    ledger: &Ledger<LocalStore>,
    log: &[LogEntry],
    (target, run_id, published): (&Target, &str, &Manifest),
) -> Result<Vec<String>, RunError> {
    let altered = |file: String| {
        conflict(format!("`{file}` of run {run_id} was altered since it was published: run the job again"))
    };
    if published.ledger.is_none() {
        return Err(conflict(format!("run {run_id} was computed without a ledger: run the job again")));
    }
    let mut why = Vec::new();
    let book = ledger.book(log)?;
    let batch = rows(target, run_id, published)?.map_err(altered)?;
    let is_its = |company: &str| asked.company.as_deref().is_none_or(|asked| asked == company);
    let drafts = batch.documents.iter().filter(|document| !document.kind.is_note() && is_its(&document.company));
    let open: Vec<&str> = drafts.map(|document| document.id.as_str()).filter(|id| book.find(id).is_none()).collect();
    if !open.is_empty() {
        why.push(format!("not posted: {} of run {run_id}", few(&open, "draft")));
    }
    let rows = published.adjustments.as_ref().map(|adjustments| adjustments.rows.clone()).unwrap_or_default();
    for row in undone(settings, ledger, rows)? {
        why.push(format!("adjustment not done: {}: {}", row.row, row.told));
    }
    why.extend(quarantined(target, run_id, published)?);
    Ok(why)
}

fn few(names: &[&str], what: &str) -> String {
    let shown: Vec<String> = names.iter().take(ROWS_TOLD).map(|name| format!("`{name}`")).collect();
    format!("{what}{} {}", if names.len() == 1 { "" } else { "s" }, with_rest(&shown, names.len() as u64))
}

/// Names, with how many more there are of `all`.
fn with_rest(shown: &[String], all: u64) -> String {
    let more = all.saturating_sub(shown.len() as u64);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// The rows of a run in quarantine that nobody has waived, in words; `None` when there are none.
fn quarantined(target: &Target, run_id: &str, published: &Manifest) -> Result<Option<String>, RunError> {
    let Some(table) = published.table("quarantine").filter(|table| table.rows > published.waived) else {
        return Ok(None);
    };
    let open = table.rows - published.waived;
    let bytes = target.run_file(run_id, &table.file)?.unwrap_or_default();
    let mut places = Vec::new();
    let mut each = |cells: &[String]| {
        if let [file, row, line, code, waived] = cells
            && waived.is_empty()
            && places.len() < ROWS_TOLD
        {
            // As the receipt says where a row stands.
            let place = place_told(file, row, Some(line).filter(|line| !line.is_empty()));
            places.push(format!("{place} ({code})"));
        }
    };
    let columns = ["file", "row", "line", "code", "waived"];
    // What was altered meanwhile names no place.
    let _ = match table.file.ends_with(".csv") {
        true => read_csv(&bytes, &columns, &mut each),
        false => read_parquet(bytes, &columns, &mut each),
    };
    let rows = if open == 1 { "row" } else { "rows" };
    let places = with_rest(&places, open);
    Ok(Some(format!("in quarantine, neither settled nor waived: {open} {rows}: {places}")))
}

/// Whether the inputs of the run are those of a published one, to the byte.
fn same_inputs(run: &Run, published: &Manifest) -> bool {
    let now: BTreeSet<(&str, &str)> =
        run.intake.files.iter().map(|file| (file.input.name(), file.blake3.as_str())).collect();
    let then: BTreeSet<(&str, &str)> = published
        .inputs
        .iter()
        .flat_map(|(input, files)| files.iter().map(|file| (input.as_str(), file.blake3.as_str())))
        .collect();
    now == then
}

/// What a close keeps of its month (K6): the control totals, and the tables for the ledger.
fn kept(
    run: &Run,
    settings: &Settings,
    asked: &MonthAsked,
    (head, run_id, ignored): (crate::posted::Head, String, Vec<String>),
) -> Result<MonthClosing, RunError> {
    let results = run.results(settings);
    let register = results.register.or_bug("a run that is to be kept has a register");
    let (first, last) = asked.month.ends();
    let world = results.world;
    let entries = tables::closed_entries(results, register, |entry| {
        let in_month = entry.date().is_some_and(|date| (first..=last).contains(&date));
        in_month && asked.company.as_deref().is_none_or(|company| run.links.company_of(world, entry) == company)
    });
    let statements = run.statements_for_close(settings, asked.month)?;
    let packs = tables::closed_packs(results, &statements, asked.company.as_deref());
    let movements = tables::closed_movements(&statements, asked.company.as_deref());
    let (entries, packs, movements) = (bytes(&entries)?, bytes(&packs)?, bytes(&movements)?);
    let kept = KeptEntries::read(entries.1.clone()).or_bug("what was written a moment ago is read").kept(packs.0);
    Ok(MonthClosing { head, run: run_id, ignored, kept, entries, packs, movements })
}

fn bytes(table: &Table<'_>) -> Result<(u64, Vec<u8>), RunError> {
    let mut bytes = Vec::new();
    table.write_parquet(&mut bytes).map_err(|_| LedgerError::TooLarge)?;
    Ok((table.rows.count() as u64, bytes))
}

/// Refuses a run whose period has both ends, where that holds a day of a month closed hard and the run has hours or drafts of the month's
/// company (K4).
///
/// # Errors
/// A conflict that names month and company.
pub(super) fn refuse_shut(run: &Run, settings: &Settings) -> Result<(), RunError> {
    let Some(ends) = settings.billing.period.ends().filter(|_| !run.posted.months.is_empty()) else { return Ok(()) };
    let drafted = run.billing.drafts.iter().map(|draft| draft.key.company).collect();
    let world = &run.intake.world;
    let found = crate::closed::shut_month((world, &run.links), &run.posted.months, ends, &drafted);
    let Some((month, company)) = found else { return Ok(()) };
    let company = if company.is_empty() { String::new() } else { format!(" of company `{company}`") };
    Err(RunError::MonthShut(format!("{month}{company} is closed hard: no run of it is published")))
}

/// Refuses a post of a month that is closed soft, unless the person says so (K4). Returns whether it is such a post.
///
/// # Errors
/// A conflict that names month and company.
pub(super) fn refuse_post(
    ledger: &Ledger<LocalStore>,
    period: (Option<Date>, Option<Date>),
    batch: &crate::posted::LedgerBatch,
    after_close: bool,
) -> Result<bool, RunError> {
    let months = crate::ledger::months(&ledger.log()?);
    if months.is_empty() {
        return Ok(false);
    }
    let closed = |company: &str, date: Date| {
        let deed = months.closed_on(company, date)?;
        (deed.state == MonthState::Soft).then(|| (deed.month, company.to_owned()))
    };
    let found = match period {
        // What it keeps of covered and held hours is posted of the month, too.
        (Some(from), Some(to)) => batch.documents.iter().find_map(|document| {
            let touches = |month: CalendarMonth| month.ends().0 <= to && from <= month.ends().1;
            let deeds = months.of_company(Some(document.company.as_str())).into_iter();
            let soft = deeds.into_iter().find(|deed| deed.state == MonthState::Soft && touches(deed.month));
            soft.map(|deed| (deed.month, document.company.clone()))
        }),
        _ => batch.portions.iter().find_map(|portion| {
            let document = batch.document_of(batch.lines.get(portion.line as usize)?)?;
            closed(&document.company, Date::from_days(portion.days)?)
        }),
    };
    let Some((month, company)) = found else { return Ok(false) };
    if after_close {
        return Ok(true);
    }
    let company = if company.is_empty() { String::new() } else { format!(" of company `{company}`") };
    Err(RunError::MonthShut(format!(
        "{month}{company} is closed soft: its drafts are posted with --after-close --reason TEXT"
    )))
}
