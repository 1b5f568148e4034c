//! A part is computed: what a pass computes of its rows, which other processes have read.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Mutex;

use super::super::intake::{Masters, RowsOfAll};
use super::super::{Run, RunError, close, compute_from, of_ledger};
use super::envelope;
use super::plan::refused;
use super::received::{KeptRow, Received};
use super::rows::TaskFacts;
use super::{PartFailure, PartReceipt, Parts};
use crate::bound::Measures;
use crate::calendar::Date;
use crate::check::value::Grammar;
use crate::check::{self, EntryRows, RowFilter, RowTally};
use crate::finding::{FileNo, Finding, Place, RowError};
use crate::inputs::Input;
use crate::model::{IdSet, World};
use crate::read::{self, Piece, SentColumns, SentRow, SentRows};
use crate::shard::{BUCKETS, Shard, Split};

/// Rows that are checked at a time.
const STRETCH_ROWS: usize = 8_192;

impl Parts<'_> {
    /// Computes a part of the rows that `input` holds, proves it, and puts what it came to where the commit finds it. `attempt` names it, apart
    /// from other attempts at the same part.
    ///
    /// # Errors
    /// A stream that is not whole, a plan that is stale, and what fails beside the data: whoever has sent the rows may try again. What is wrong
    /// with the data or the job is no error but a receipt that says so (Z3).
    pub fn run(&self, part: u32, attempt: &str, input: impl Read) -> Result<PartReceipt, RunError> {
        if Shard::new(part, self.plan.parts).is_none() {
            return Err(refused(format!("the plan has {} parts, and no part {part}", self.plan.parts)));
        }
        let received = Received::read(self, part, input)?;
        let computed = self.computed(Some(part), received).and_then(|mut run| {
            close::refuse_shut(&run, self.settings)?;
            self.store(part, attempt, &mut run)
        });
        match computed.map_err(|error| (PartFailure::of(&error), error)) {
            Ok(receipt) => Ok(receipt),
            Err((Some(failure), _)) => Ok(PartReceipt::failed(&self.plan, part, failure)),
            Err((None, error)) => Err(error),
        }
    }

    /// A part, or, without one, the pass that looks at the whole when all parts are known.
    pub(super) fn computed(&self, part: Option<u32>, mut received: Received) -> Result<Run, RunError> {
        let mut masters = Masters::read(self.settings, self.observer)?;
        let facts = self.facts()?;
        let mut first = FileNo(0);
        if let Some(of_input) = self.settings.inputs.get(&Input::Timesheets) {
            let files = facts.iter().flat_map(|facts| facts.files.iter().cloned()).collect();
            first = masters.met_by_others(read::scan_of_others(Input::Timesheets, of_input, files)?);
        }
        if self.settings.ledger.is_some() {
            let all = if self.plan.tasks > 0 { self.all_ids()? } else { vec![Vec::new(); 256] };
            masters.world.exported = Some(IdSet::of_sorted(all));
        }
        masters.rest()?;
        self.plan.same_files(masters.files())?;
        let shard = part.and_then(|part| Shard::new(part, self.plan.parts));
        let mut split = Split::new(&masters.world, shard, &self.settings.billing.period.label(), &self.ties()?);
        if part.is_none() {
            split.select(vec![false; BUCKETS]);
        }
        let repeated = if self.plan.tasks > 0 { self.repeated()? } else { Vec::new() };
        let filter = RowFilter { split: &split, repeated: &repeated, others: Mutex::default(), sums_are_told: true };
        let (pieces, records) = self.pieces(&mut received, &facts, &masters.world, (first, &filter))?;
        let all = rows_of_all(facts, first, part.is_some().then_some(&received.sent), records)?;
        let entered = masters.entries_sent(pieces, filter, all)?;
        let aside = masters.aside();
        let mut intake = masters.intake(Some(split), entered, aside)?;
        if part.is_none() {
            // Each day was looked at by every part, and repeats were known there.
            intake.measures = Measures::default();
        }
        let run = compute_from(intake, self.settings, self.observer, |world| of_ledger::posted(self.settings, world))?;
        self.plan.same_head(run.posted.head.as_ref())?;
        Ok(run)
    }

    /// The rows, checked as those of a file are, and the records of those that may be set aside.
    fn pieces(
        &self,
        received: &mut Received,
        facts: &[TaskFacts],
        world: &World,
        (first, filter): (FileNo, &RowFilter<'_>),
    ) -> Result<(Vec<Piece<EntryRows>>, Records), RunError> {
        let columns: BTreeMap<u32, &SentColumns> =
            facts.iter().flat_map(|facts| facts.columns.iter().map(|(file, columns)| (*file, columns))).collect();
        let Some(of_input) = self.settings.inputs.get(&Input::Timesheets) else {
            return Ok((Vec::new(), Records::new()));
        };
        let checked = |file: u32, rows: Vec<KeptRow<'_>>| {
            let columns = columns.get(&file).ok_or_else(|| refused(format!("no task has read file {file}")))?;
            let file = FileNo(first.0 + file);
            let with_record = |(row, _): &KeptRow<'_>| {
                let place = Place { file, row: row.number };
                row.record.map(|record| (place, (row.line, record.to_owned())))
            };
            let records: Vec<_> = rows.iter().filter_map(with_record).collect();
            let (no_entries, entries): (Vec<KeptRow<'_>>, Vec<KeptRow<'_>>) =
                rows.into_iter().partition(|(_, no_entry)| no_entry.is_some());
            let mut pieces = Vec::new();
            if let Some(piece) = piece(file, entries, columns, |batch, numbers| {
                check::entry_rows(batch, &Grammar::of(of_input, batch), self.settings, world, Some(filter))
                    .at_rows(numbers)
            })? {
                pieces.push(piece);
            }
            let why = no_entries.iter().map(|(row, no_entry)| {
                let errors: Vec<RowError> = envelope::read(*no_entry).map_err(refused)?.unwrap_or_default();
                Ok((row.number, row.line, errors))
            });
            let why = why.collect::<Result<_, RunError>>()?;
            if let Some(piece) = piece(file, no_entries, columns, |batch, _| {
                check::no_entry_rows((batch, file), &Grammar::of(of_input, batch), self.settings, world, why)
            })? {
                pieces.push(piece);
            }
            Ok((pieces, records))
        };
        let (mut pieces, mut records) = (Vec::new(), Records::new());
        for (of_stretch, of_rows) in received.stretches(STRETCH_ROWS, checked)? {
            pieces.extend(of_stretch);
            records.extend(of_rows);
        }
        Ok((pieces, records))
    }
}

/// Of rows that may be set aside: line and text.
type Records = BTreeMap<Place, (Option<u64>, String)>;

/// Some rows of a file; `None` of none.
fn piece(
    file: FileNo,
    rows: Vec<KeptRow<'_>>,
    columns: &SentColumns,
    each: impl FnOnce(&read::Batch<'_>, &[u64]) -> EntryRows,
) -> Result<Option<Piece<EntryRows>>, RunError> {
    let Some((first_row, first_line)) = rows.first().map(|(row, _)| (row.number, row.line)) else {
        return Ok(None);
    };
    let rows: Vec<SentRow<'_>> = rows.into_iter().map(|(row, _)| row).collect();
    let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
    let sent = SentRows::new(Input::Timesheets, columns, rows);
    let sent = sent.ok_or_else(|| refused("a cell of a row is none".to_owned()))?;
    let result = each(&sent.batch(file), &numbers);
    Ok(Some(Piece { file, first_row, first_line, rows: numbers.len(), result }))
}

/// What all tasks have found, but for the rows that this part has itself; without one of all rows.
fn rows_of_all(
    facts: Vec<TaskFacts>,
    first: FileNo,
    received: Option<&BTreeMap<u32, RowTally>>,
    records: Records,
) -> Result<RowsOfAll, RunError> {
    let mut all = RowsOfAll {
        elsewhere: BTreeMap::new(),
        dates: None,
        names_invoices: false,
        ticketless: None,
        sums: Vec::new(),
        records,
    };
    let place = |place: Place| Place { file: FileNo(first.0 + place.file.0), ..place };
    for facts in facts {
        for (file, tally) in facts.all {
            let tally = match received {
                None => RowTally { days: BTreeMap::new(), ..tally },
                Some(received) => match received.get(&file) {
                    None => tally,
                    Some(sent) => tally.without(sent).ok_or_else(|| {
                        refused(format!("file {file} of the timesheets has fewer rows than were sent of it"))
                    })?,
                },
            };
            all.elsewhere.entry(FileNo(first.0 + file)).or_default().add(&tally);
        }
        if received.is_none() {
            for (file, tally) in facts.everywhere {
                all.elsewhere.entry(FileNo(first.0 + file)).or_default().add(&tally);
            }
        }
        let dates =
            facts.dates.and_then(|(least, greatest)| Some((Date::from_days(least)?, Date::from_days(greatest)?)));
        let both = [all.dates, dates].into_iter().flatten();
        all.dates = both.reduce(|(least, greatest), (from, to)| (least.min(from), greatest.max(to)));
        all.names_invoices |= facts.names_invoices;
        all.ticketless = [all.ticketless, facts.ticketless.map(place)].into_iter().flatten().min();
        all.sums.extend(facts.sums.into_iter().map(|sum: Finding| Finding { place: sum.place.map(place), ..sum }));
    }
    Ok(all)
}
