//! What is kept of entries beside the columns that all have: texts of those that may be shown, and what the ledger knows work by.

use std::borrow::Cow;

use super::World;
use super::memo::Memo;
use super::value::{self, Started};
use crate::bug::OrBug;
use crate::calendar::{Date, Side};
use crate::ident::Ids;
use crate::inputs::timesheets as field;
use crate::job::{Approval, EntriesTable, LateEntries, Prepaid, PrepaidGate, Settings};
use crate::model::{Agreed, Chunk, Facts, Work, text_hash};
use crate::read::Batch;

/// Keeps the texts of the rows that may be shown: on an invoice, on a statement (S1). The register (E1) shows employees, which [`keep_work`]
/// keeps.
pub(super) fn keep_details(
    chunk: &mut Chunk,
    batch: &Batch<'_>,
    world: &World,
    settings: &Settings,
    started: &[Option<Started>],
) {
    let mut details = std::mem::take(&mut chunk.details);
    let packs = &settings.billing.rules.packs;
    let waterfall = packs.prepaid == Prepaid::Waterfall;
    // W7: in ticket mode hours leave a pack where it is limited.
    let may_leave = waterfall || world.packs.limited || packs.gate == PrepaidGate::Invoiced;
    // Which of two equal rows counts hangs on these texts (§2.12), and the register shows it; where there is none beside the description,
    // equal rows have equal texts.
    let tells_repeats = [field::ACTIVITY, field::TICKET_TITLE].into_iter().any(|field| batch.has(field));
    let is_in_register = settings.output.entries == EntriesTable::All;
    let keeps_all = settings.output.shows_all_entries() || (is_in_register && tells_repeats);
    for (at, (facts, date)) in chunk.facts.iter().zip(&chunk.dates).enumerate() {
        let open = || chunk.get(at).filter(|entry| entry.line.is_none());
        let leaves = || may_leave && (open().is_some() || !facts.has(Facts::LINE_BY_TIME));
        let agreed = || leaves() || open().is_some_and(|entry| world.agreed(&entry) != Agreed::Nothing);
        if keeps_all || may_be_billed(*date, *facts, settings, agreed) {
            let row = chunk.rows.get(at).map_or(at, |row| *row as usize);
            let text = |field| value::text(batch.cell(row, field));
            details.push(at, &text(field::EMPLOYEE), &what_was_done(DONE.map(text)));
            if !started.is_empty() {
                let started = started.get(row).copied().flatten();
                details.started_at.push(started.and_then(|started| started.on(*date)));
            }
        }
    }
    chunk.details = details;
}

/// What says what was done, from the kind of work to its details.
pub(super) const DONE: [usize; 3] = [field::ACTIVITY, field::TICKET_TITLE, field::DESCRIPTION];

/// Between them.
const BESIDE: &str = " · ";

/// What a customer reads of an entry: each text once, and nothing for those that are empty.
fn what_was_done([kind, title, details]: [Cow<'_, str>; DONE.len()]) -> Cow<'_, str> {
    // Most exports have one of them.
    if kind.is_empty() && title.is_empty() {
        return details;
    }
    let mut told: Vec<&str> = Vec::with_capacity(DONE.len());
    for text in [&kind, &title, &details].map(|text| value::trimmed(text)) {
        if !text.is_empty() && !told.contains(&text) && !is_uuid(text) {
            told.push(text);
        }
    }
    Cow::Owned(told.join(BESIDE))
}

/// What a program calls a thing among its own, and nobody else does: `1f0c2d3e-4a5b-4c6d-8e7f-0123456789ab`.
fn is_uuid(text: &str) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('-').map(str::len).eq(GROUPS) && text.split('-').all(is_hex)
}

/// Keeps who did the work, and what stands for its description where a ledger knows entries by both (G5). A column that is not there takes
/// no room.
pub(super) fn keep_work(chunk: &mut Chunk, batch: &Batch<'_>, has_ledger: bool) {
    let Chunk { work, rows, .. } = chunk;
    let of_chunk = |all: Vec<u32>| match rows.is_empty() {
        true => all,
        false => rows.iter().filter_map(|&row| all.get(row as usize).copied()).collect(),
    };
    if batch.has(field::EMPLOYEE) {
        let (mut names, mut employees) = (Ids::<Work>::default(), Vec::with_capacity(batch.rows()));
        let mut memo = Memo::new();
        batch.each(field::EMPLOYEE, |_, cell| {
            // A batch has far fewer rows than 2^32.
            let mut number = |cell| names.intern(&value::text(cell)).position() as u32;
            let known = memo.read(cell, |cell| Ok(Some(number(cell))));
            employees.push(known.ok().flatten().or_bug("every name has a number"));
        });
        (work.names, work.employees) = (names.into_texts(), of_chunk(employees));
    }
    if has_ledger && batch.has(field::DESCRIPTION) {
        let mut texts = Vec::with_capacity(batch.rows());
        batch.each(field::DESCRIPTION, |_, cell| texts.push(text_hash(&value::text(cell))));
        work.texts = of_chunk(texts);
    }
}

/// W3, X2: when work began, for those who draw in that order, or look for work at the same time.
pub(super) fn keep_began(chunk: &mut Chunk, started: &[Option<Started>]) {
    let row = |at: usize| chunk.rows.get(at).map_or(at, |row| *row as usize);
    let began = |(at, date): (usize, &Option<Date>)| started.get(row(at)).copied().flatten()?.on(*date);
    let began: Vec<_> = chunk.dates.iter().enumerate().map(began).collect();
    chunk.began = began;
}

/// Whether an invoice may show the entry: texts of all others need not be kept. L2 links to prepaid lines only, so the time line that
/// bills an entry is the one that it or its ticket names, else what was agreed on (C3).
fn may_be_billed(date: Option<Date>, facts: Facts, settings: &Settings, agreed: impl Fn() -> bool) -> bool {
    let unused = [Facts::QUARANTINED, Facts::NOT_BILLABLE, Facts::INVOICED].into_iter().any(|fact| facts.has(fact));
    if unused || (facts.has(Facts::NOT_VALIDATED) && settings.billing.rules.approval == Approval::ValidatedOnly) {
        return false;
    }
    let in_time = date.is_some_and(|date| match settings.billing.period.side(date) {
        Side::Inside => true,
        Side::Before => settings.billing.rules.late_entries == LateEntries::Bill,
        Side::After => false,
    });
    // It may be moved to any line.
    if facts.has(Facts::ADJUSTED) || facts.has(Facts::TICKET_ADJUSTED) {
        return in_time;
    }
    let of_line = || facts.has(Facts::LINE_CONFIRMED) && facts.has(Facts::LINE_BY_TIME);
    in_time && !facts.has(Facts::TEAM_OFF) && (of_line() || agreed())
}
