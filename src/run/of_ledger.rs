//! The ledger of a job: what a run sees of it, and what it finds there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Intake, RunError};
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::{CalendarMonth, Date, Period, Side};
use crate::closed::{self, KeptEntries, MonthChanges};
use crate::finding::{Code, Finding, Subject};
use crate::job::{EntriesTable, Settings};
use crate::ledger::{Ledger, LedgerError, LedgerTable, LocalStore, LogEntry, Unproven, entry_name};
use crate::link::Links;
use crate::model::{KeptWork, PostedIds, World};
use crate::month::PostedWork;
use crate::posted::{
    Book, BookLine, CreditAsked, CreditMade, MonthsBilled, Posted, Request, keep_ids, made_before, made_keys,
    request_text,
};
use crate::quantity::{Hours, HoursSum, Money, divide_rounded};
use crate::settings::Corrections;
use crate::shard::Ties;
use crate::statement::{CoveredPortion, KeptMovements, KeptPack};

/// The ledger of a job.
pub fn ledger(settings: &Settings) -> Option<Ledger<LocalStore>> {
    settings.ledger.as_ref().map(|ledger| Ledger::new(LocalStore::new(&ledger.dir)))
}

/// What the run sees of the job's ledger.
pub(super) fn posted(settings: &Settings, world: &World) -> Result<Posted, RunError> {
    let mut posted = posted_but_months(settings, world)?;
    // X3.
    let asked = settings.billing.bounds.of(BoundKey::DraftVsMedian);
    if let Some(ledger) = ledger(settings).filter(|_| asked.is_some()) {
        posted.months_billed = MonthsBilled::of(world, ledger.book(&ledger.log()?)?.entries());
    }
    // M3: also where what was billed by a minimum is given back (G7).
    if let Some(ledger) = ledger(settings)
        && (world.has_minimums(settings.billing.rules.minimum) || posted.corrected.have_minimums())
    {
        let with_packs = settings.billing.rules.packs.by_minimum;
        let line_of = |id: &str| {
            let line = posted.lines.find(world, id).filter(|line| world.lines.is_own(*line));
            line.map(|line| world.lines.id(line).to_owned())
        };
        posted.groups = ledger.groups(&ledger.log()?, &line_of, with_packs)?;
    }
    Ok(posted)
}

/// X4: what runs of a month had read that were posted.
pub(super) struct InputsPosted {
    /// By input.
    pub rows: BTreeMap<String, u64>,
    pub microseconds: i128,
}

/// X4: of each of so many months before a day the newest run that was posted.
///
/// # Errors
/// A ledger that was altered.
pub(super) fn inputs_posted(settings: &Settings, from: Date, months: u32) -> Result<Vec<InputsPosted>, RunError> {
    let Some(ledger) = ledger(settings) else { return Ok(Vec::new()) };
    let first = Period::month_before(from, months).and_then(|period| period.from()).map(Date::month);
    let by_month = inputs_by_month(ledger.log()?)?.into_iter();
    Ok(by_month.filter(|(month, _)| first <= Some(*month) && *month < from.month()).map(|(_, of)| of).collect())
}

fn inputs_by_month(log: Vec<LogEntry>) -> Result<BTreeMap<CalendarMonth, InputsPosted>, LedgerError> {
    let mut by_month = BTreeMap::new();
    for entry in log {
        let Some(read) = entry.read else { continue };
        let (month, microseconds) = (CalendarMonth::parse(&read.month), read.microseconds.parse().ok());
        let Some((month, microseconds)) = month.zip(microseconds) else {
            let text = "it does not say what its run had read".to_owned();
            return Err(LedgerError::Damaged(vec![Unproven { object: entry_name(entry.sequence), text }]));
        };
        by_month.insert(month, InputsPosted { rows: read.rows, microseconds });
    }
    Ok(by_month)
}

fn posted_but_months(settings: &Settings, world: &World) -> Result<Posted, RunError> {
    Ok(match ledger(settings) {
        Some(ledger) if settings.output.entries == EntriesTable::All => {
            let mut posted = ledger.posted_with_documents(world)?;
            let issued = ledger.issued(&ledger.log()?)?;
            posted.numbers =
                issued.iter().filter_map(|of| Some((of.document.clone(), of.number.clone()?.text))).collect();
            posted
        }
        Some(ledger) => ledger.posted(world)?,
        None => Posted::default(),
    })
}

/// S1: what statements have to know of the job's ledger.
#[derive(Default)]
pub(super) struct LedgerPacks {
    /// Covered hours entry by entry.
    pub covered: Vec<CoveredPortion>,
    /// What closes have kept of packs.
    pub kept: KeptMovements,
    /// Whose the packs were.
    pub kept_packs: BTreeMap<String, KeptPack>,
}

/// Reads what the job's ledger has of packs.
pub(super) fn packs(settings: &Settings, world: &World, posted: &Posted) -> Result<LedgerPacks, RunError> {
    let (Some(ledger), Some(head)) = (ledger(settings), &posted.head) else { return Ok(LedgerPacks::default()) };
    // The log as far as the run has seen it: others may have added entries since.
    let mut log = ledger.log()?;
    log.retain(|entry| entry.sequence <= head.sequence);
    Ok(LedgerPacks {
        covered: ledger.covered(&log, world, posted)?,
        kept: ledger.kept_movements(&log)?,
        kept_packs: ledger.kept_packs(&log)?,
    })
}

/// E8: what documents of the ledger ask money for of the period, credits taken off: of hours dated in it the net of their lines, or their share
/// of it; of all other lines the net where the run that was posted billed a period within this one.
///
/// # Errors
/// A ledger that was altered.
pub fn posted_of_period(settings: &Settings) -> Result<PostedWork, RunError> {
    let (mut all, period) = (PostedWork::default(), &settings.billing.period);
    let Some(ledger) = ledger(settings) else { return Ok(all) };
    let is_inside = |date: Date| period.side(date) == Side::Inside;
    // Documents of runs within the period: a credit goes with what it takes back from.
    let mut within: BTreeSet<String> = BTreeSet::new();
    for entry in ledger.log()? {
        let batch = ledger.rows(&entry)?;
        // A run is named by its period and a number.
        let billed = entry.deed.run.rsplit_once('-').and_then(|(label, _)| Period::of_label(label)?.ends());
        for document in &batch.documents {
            let days = billed.or(document.period);
            let is_within = match &document.source {
                Some(source) => within.contains(source),
                None => days.is_some_and(|(from, to)| is_inside(from) && is_inside(to)),
            };
            within.extend(is_within.then(|| document.id.clone()));
        }
        let mut inside = vec![HoursSum::ZERO; batch.lines.len()];
        for portion in batch.portions.iter() {
            let sum = inside.get_mut(portion.line as usize).or_bug("a portion is on a line");
            if Date::from_days(portion.days).is_some_and(is_inside) {
                *sum += Hours::from_micros(portion.hours);
            }
        }
        for (line, hours) in batch.lines.iter().zip(inside) {
            let document = batch.document_of(line).or_bug("a line is on a document");
            if document.effect.moves_closed() {
                all.closed += hours;
            }
            let Some(currency) = document.currency else { continue };
            if line.hours.is_zero() && hours.is_zero() {
                // An amount of a line of hours (goodwill) is of these hours.
                match (within.contains(&document.id), line.kind.by_time()) {
                    (true, true) => all.add_hours(currency, HoursSum::ZERO, line.net),
                    (true, false) => all.add_without_hours(currency, line.net),
                    (false, _) => {}
                }
            } else if !hours.is_zero() {
                let share = line.net.minor().checked_mul(hours.micros());
                // Hours of both signs may come to none.
                let share = share.and_then(|share| divide_rounded(share, line.hours.micros())).map(Money::from_minor);
                all.add_hours(currency, hours, share.unwrap_or(line.net));
            }
        }
    }
    Ok(all)
}

/// G6: rows whose ids were made of cells keep those under which they were posted.
pub(super) fn keep_made_ids(settings: &Settings, world: &mut World) -> Result<(), RunError> {
    world.ambiguous.clear();
    let keys = made_keys(world);
    if let Some(ledger) = ledger(settings).filter(|_| !keys.is_empty()) {
        keep_ids(world, &ledger.made(&keys)?);
    }
    Ok(())
}

/// Portions of the largest object of the job's ledger, and how many objects have portions; `None` without a ledger.
pub(super) fn portions(settings: &Settings) -> Result<Option<(u64, u64)>, RunError> {
    let Some(ledger) = ledger(settings) else { return Ok(None) };
    let log = ledger.log()?;
    let objects = || log.iter().flat_map(|entry| &entry.objects).filter(|object| object.table == LedgerTable::Portions);
    Ok(Some((objects().map(|object| object.rows).max().unwrap_or(0), objects().count() as u64)))
}

/// Invoices of the ERP are read, and there is no ledger.
pub(super) fn erp_invoices_unused(settings: &Settings, world: &World) -> Option<Finding> {
    (settings.ledger.is_none() && !world.erp_invoices.is_empty()).then(|| Finding {
        code: Code::ErpInvoicesUnused,
        subject: Subject::Input,
        id: crate::inputs::Input::ErpInvoices.name().to_owned(),
        message: "the job has no ledger to hold invoices of the ERP against".to_owned(),
        place: None,
    })
}

/// The documents of the ledger, when invoices of the ERP are to be held against them.
pub(super) fn book(settings: &Settings, world: &World) -> Result<Option<Book>, RunError> {
    match ledger(settings).filter(|_| !world.erp_invoices.is_empty()) {
        Some(ledger) => {
            let log = ledger.log()?;
            let mut book = ledger.book(&log)?;
            // The ERP knows a document by the number with which it took it in.
            for of in ledger.issued(&log)?.iter() {
                of.number.iter().for_each(|number| book.numbered(&of.document, &number.text));
            }
            Ok(Some(book))
        }
        None => Ok(None),
    }
}

/// §7.6: by row of the credits input, the credit that was made for it.
///
/// # Errors
/// A ledger that was altered.
pub fn credits_made_before(settings: &Settings, world: &World) -> Result<Vec<Option<CreditMade>>, RunError> {
    let Some(ledger) = ledger(settings).filter(|_| !world.credits.is_empty()) else {
        return Ok(world.credits.iter().map(|_| None).collect());
    };
    // N10: what was applied is known by the id of the document, whatever the row calls it.
    let log = ledger.log()?;
    let (book, issued) = (ledger.book(&log)?, ledger.issued(&log)?);
    let asked = world.credits.iter().map(|row| {
        let (request, effect) = Request::of_row(row);
        let called = Some(row.document.as_str()).filter(|id| book.find(id).is_none());
        let document = called.and_then(|number| issued.numbered(number)).unwrap_or(&row.document);
        let request = request_text(document, &request, effect);
        CreditAsked { request, reason: row.reason.clone(), on: row.on }
    });
    let (asked, made): (Vec<CreditAsked>, _) = (asked.collect(), ledger.credits_made(&log, &book));
    Ok(made_before(&asked, &made).into_iter().map(Option::<&CreditMade>::cloned).collect())
}

/// §7.6: rows of the credits input that nobody has applied to the ledger: a run changes nothing there.
pub(super) fn pending_credits(settings: &Settings, world: &World) -> Result<Vec<Finding>, RunError> {
    let before = credits_made_before(settings, world)?;
    let pending = world.credits.iter().zip(before).filter(|(_, made)| made.is_none());
    let found = pending.map(|(row, _)| {
        let (request, effect) = Request::of_row(row);
        let message = format!("`{}` has not been applied", request_text(&row.document, &request, effect));
        let (code, subject, id) = (Code::CreditNotApplied, Subject::Draft, row.document.clone());
        Finding { code, subject, id, message, place: Some(row.place) }
    });
    Ok(found.collect())
}

/// Under which ids entries are covered (G9) and billed, for whoever splits a run. Hours that were billed in another tree are taken back there (G7),
/// or stay delivered there (G8): in both cases the part that has the order line has to see the entry.
pub(super) fn posted_ids(settings: &Settings, world: &World) -> Result<PostedIds, RunError> {
    Ok(ledger(settings).map_or_else(|| Ok(PostedIds::default()), |ledger| ledger.posted_ids(world))?)
}

/// G7: commercial trees whose lines stand on one document, which one credit note corrects. Whoever splits a run keeps them together.
pub(super) fn document_ties(settings: &Settings, world: &World) -> Result<Ties, RunError> {
    let mut ties = Ties::default();
    let Some(ledger) = ledger(settings).filter(|_| settings.billing.rules.corrections == Corrections::Bill) else {
        return Ok(ties);
    };
    let root = |line: &BookLine| {
        let line = world.lines.find(&line.line.order_line)?;
        Some(world.customers.id(world.line_link(line).root))
    };
    for document in ledger.book(&ledger.log()?)?.entries() {
        let mut roots = document.lines.iter().filter_map(root);
        let Some(first) = roots.next() else { continue };
        roots.for_each(|other| ties.tie(first, other));
    }
    Ok(ties)
}

/// K6: what closes have kept, for a part of a run.
pub(super) fn kept_work(settings: &Settings) -> Result<Option<KeptWork>, RunError> {
    let Some(ledger) = ledger(settings) else { return Ok(None) };
    let log = ledger.log()?;
    let entries = |sequence: u64| {
        let of = log.iter().find(|entry| entry.sequence == sequence);
        of.map_or_else(|| Ok(KeptEntries::default()), |entry| ledger.kept_entries(entry))
    };
    Ok(closed::kept_work(&crate::ledger::months(&log), entries)?)
}

/// K6: what has changed in closed months.
pub(super) fn closed_months_changed(
    settings: &Settings,
    (intake, links): (&Intake, &Links),
    posted: &Posted,
) -> Result<Vec<MonthChanges>, RunError> {
    let Some(ledger) = ledger(settings).filter(|_| !posted.months.is_empty()) else { return Ok(Vec::new()) };
    let log = ledger.log()?;
    let of = |sequence: u64| log.iter().find(|entry| entry.sequence == sequence);
    let totals = |sequence: u64| {
        let entry = of(sequence)?;
        Some((entry.month.as_ref()?.kept.clone()?, entry.deed.at.clone()))
    };
    let entries =
        |sequence: u64| of(sequence).map_or_else(|| Ok(KeptEntries::default()), |entry| ledger.kept_entries(entry));
    let world = &intake.world;
    let owns = |id: &str| match &intake.split {
        None => true,
        Some(split) => {
            let (code, subject, id) = (Code::ClosedMonthChanged, Subject::Entry, id.to_owned());
            split.shows(world, &Finding { code, subject, id, message: String::new(), place: None })
        }
    };
    Ok(closed::changes((world, links), posted, totals, entries, &owns)?)
}

/// The state of the job or of its ledger is in the way.
pub(super) fn conflict(text: String) -> RunError {
    RunError::Ledger(LedgerError::Conflict(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{LedgerTotals, LogAction, LogActionKind, ReadNote, nothing};

    fn posted(month: &str, microseconds: &str) -> LogEntry {
        let [job, by, reason, date, request] = ["j", "ada", "", "", ""].map(str::to_owned);
        let (at, run) = ("2026-11-02".to_owned(), "2026-10-1".to_owned());
        let deed = LogAction { kind: LogActionKind::Post, job, at, date, by, reason, run, request };
        let read = ReadNote { month: month.to_owned(), rows: BTreeMap::new(), microseconds: microseconds.to_owned() };
        let entry = LogEntry::new(&nothing(), deed, Vec::new(), LedgerTotals::default(), Vec::new());
        entry.of_run(Some(Box::new(read)), false)
    }

    #[test]
    fn what_a_run_had_read_is_told_or_the_ledger_is_damaged() {
        let october = CalendarMonth::parse("2026-10").unwrap();
        let read = inputs_by_month(vec![posted("2026-10", "5"), posted("2026-10", "-7")]).unwrap();
        assert_eq!(read.into_iter().map(|(month, of)| (month, of.microseconds)).collect::<Vec<_>>(), [(october, -7)]);
        for (month, microseconds) in [("2026-10", ""), ("2026-10", "5 h"), ("October", "5")] {
            let told = inputs_by_month(vec![posted(month, microseconds)]).map(|_| ());
            assert!(matches!(told, Err(LedgerError::Damaged(_))), "{month}: {microseconds}");
        }
    }
}
