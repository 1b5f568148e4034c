//! A run within a limit of memory: it goes over the entries several times, each time for some of the customers, and puts the rows of its
//! tables aside on the disk until all are known. What comes out is what the run makes in one go, to the byte.

use super::id_survey::EntryIds;
use super::intake::Masters;
use super::publish::{Extent, Publishing, RunEnd, RunOptions, in_one_go};
use super::summary::Summary;
use super::{Intake, Memory, Observer, Run, RunError, compute_from, of_ledger};
use crate::bug::OrBug;
use crate::check::{BucketSize, BucketSizes};
use crate::closed;
use crate::document;
use crate::job::{CsvFor, DocumentFormat, Settings};
use crate::link::Links;
use crate::posted::Posted;
use crate::read;
use crate::shard::{Split, Ties};

/// How many times a run goes over the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// As often as it takes to stay within so many bytes.
    Within(u64),
    /// So many times: for tests.
    Number(usize),
}

/// Computes and publishes a run in passes; in one go when that stays within the limit.
///
/// # Errors
/// Those of any run; a limit that is too low, and documents that need the whole run at once.
pub fn run_within(
    settings: &Settings,
    passes: Passes,
    options: RunOptions,
    observer: &dyn Observer,
) -> Result<(Summary, RunEnd), RunError> {
    within_reach(settings, passes)?;
    let mut masters = Masters::read(settings, observer)?;
    let mut split = masters.split(&Ties::default());
    let mut ids = masters.ids(Some(&split))?;
    if !ids.ties.is_empty() {
        // Entries are counted anew, by what belongs together in truth.
        split = masters.split(&ids.ties);
        ids = masters.ids(Some(&split))?;
    }
    masters.met(&mut ids);
    masters.world.exported = ids.all.take();
    // K6: a shard reports by itself what changed in closed months, and needs what was kept of them; the passes of a whole run report together.
    masters.world.kept_work = if settings.shard.is_some() { of_ledger::kept_work(settings)? } else { None };
    masters.rest()?;
    let selections = selections(&masters, &ids, (settings, passes), observer)?;
    observer.stage("survey");
    match selections {
        Some(selections) => in_passes((masters, split, ids), selections, settings, options, observer),
        None => {
            let mut run = whole((masters, split, ids), settings, observer)?;
            in_one_go(&mut run, settings, options, observer)
        }
    }
}

/// Nothing that is asked for needs the whole run at once, or more memory than there is, before anything is read.
fn within_reach(settings: &Settings, passes: Passes) -> Result<(), RunError> {
    if let Some(needs_all) = needs_all(settings) {
        return Err(RunError::NotInPasses(needs_all));
    }
    if let Passes::Within(limit) = passes {
        for (input, of_input) in &settings.inputs {
            let needed = read::held_bytes(*input, of_input)?;
            if needed > limit {
                return Err(RunError::TooLittleMemory { limit, needed });
            }
        }
    }
    Ok(())
}

/// The buckets of each pass; `None` for a run in one go.
fn selections(
    masters: &Masters<'_>,
    ids: &EntryIds,
    (settings, passes): (&Settings, Passes),
    observer: &dyn Observer,
) -> Result<Option<Vec<Vec<bool>>>, RunError> {
    match passes {
        Passes::Number(0 | 1) => Ok(None),
        Passes::Number(passes) => {
            let buckets = 0..ids.loads.buckets.len();
            Ok(Some((0..passes).map(|pass| buckets.clone().map(|at| at % passes == pass).collect()).collect()))
        }
        Passes::Within(limit) => {
            let repeated = BucketSize { entries: ids.rows_repeated, bytes: 0 };
            let base = Base {
                memory: observer.memory().unwrap_or_else(|| guessed(masters, &ids.loads)),
                repeated,
                ledger: of_ledger::portions(settings)?,
                parquet: settings.output.parquet,
                days: ids.loads.bytes_of_days(),
            };
            plan(&ids.loads, base, limit)
        }
    }
}

/// A run in one go, or one part of a run, of masters that are read.
fn whole(
    (mut masters, split, ids): (Masters<'_>, Split, EntryIds),
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Run, RunError> {
    let whole = settings.shard.is_none();
    masters.world.exported = masters.world.exported.take().filter(|_| !whole);
    let entered = masters.entries(Some(&split).filter(|_| !whole), Some(&ids))?;
    let aside = masters.aside();
    let intake = masters.intake(Some(split).filter(|_| !whole), entered, aside)?;
    compute_from(intake, settings, observer, |world| of_ledger::posted(settings, world))
}

fn in_passes(
    (mut masters, mut split, ids): (Masters<'_>, Split, EntryIds),
    selections: Vec<Vec<bool>>,
    settings: &Settings,
    options: RunOptions,
    observer: &dyn Observer,
) -> Result<(Summary, RunEnd), RunError> {
    let mut publishing = Publishing::new(settings, options, observer);
    let (passes, mut changes) = (selections.len(), Vec::new());
    for (nth, buckets) in (1..).zip(selections) {
        split.select(buckets);
        let entered = masters.entries(Some(&split), Some(&ids))?;
        let set_aside = masters.aside();
        let intake = masters.intake(Some(split), entered, set_aside)?;
        let mut run = compute_from(intake, settings, observer, |world| of_ledger::posted(settings, world))?;
        changes.append(&mut run.changes);
        if nth == passes {
            run.add_findings(closed::findings(std::mem::take(&mut changes)));
            run.look_at_whole(settings, publishing.so_far())?;
        }
        publishing.take(&mut run, Extent::Pass)?;
        split = run.intake.split.or_bug("every pass is computed for a part");
        masters.world = run.intake.world.without_part();
    }
    // What is left to do needs the rows alone.
    drop((masters, ids));
    publishing.end()
}

/// G9, G14: what was posted stays on the line that the ledger says. The split keeps that together with the customer whom the entry leads to, and
/// counts it there where it leads to none any more. Were the line of another part all the same, hours of the entry would be missing there. Covered
/// hours are none the better for counting on their pack: statements and the order of draws (W10) need the entry itself.
///
/// # Errors
/// The first such entry of a part, by name: before the proof, which would only say that figures differ.
pub(super) fn refuse_moved(intake: &Intake, links: &Links, posted: &Posted) -> Result<(), RunError> {
    let Some(split) = intake.split.as_ref().filter(|_| posted.closes() && !links.goes_by_names()) else {
        return Ok(());
    };
    let world = &intake.world;
    let moved = world.entries.chunks().flat_map(|(_, chunk)| chunk.iter()).find_map(|entry| {
        let (line, _) = links.line_of(world, &entry).filter(|(line, _)| !world.lines.is_own(*line))?;
        let (id, line) = (entry.id(), world.lines.id(line));
        Some(format!(
            "a run in which `{id}` counts on the order line `{line}` of another part, as the ledger has it (G9, G14),"
        ))
    });
    let refused = if split.is_of_shard() { RunError::NotInParts } else { RunError::NotInPasses };
    moved.map_or(Ok(()), |why| Err(refused(why)))
}

/// The first setting that needs all rows of the run in memory.
pub(super) fn needs_all(settings: &Settings) -> Option<String> {
    let of_run = |format: &&DocumentFormat| !document::is_per_draft(**format) && **format != DocumentFormat::Statement;
    let document =
        settings.output.documents.iter().find(of_run).map(|format| format!("the document `{}`", format.name()));
    let excel =
        (settings.output.csv_for != CsvFor::Machine).then(|| "tables for spreadsheets (`output.csv_for`)".to_owned());
    document.or(excel)
}

/// What is in memory whatever a pass reads.
struct Base {
    memory: Memory,
    /// Rows that every pass reads because their ids stand in several.
    repeated: BucketSize,
    /// Portions of the largest object of the ledger, and how many of them there are; `None` without a ledger.
    ledger: Option<(u64, u64)>,
    parquet: bool,
    /// X2: hours of all employees and days.
    days: u64,
}

impl Base {
    fn taken_by(&self, load: BucketSize) -> u64 {
        let each = ENTRY_BYTES + if self.ledger.is_some() { LEDGER_ENTRY_BYTES } else { 0 };
        load.entries * each + load.bytes
    }

    /// Beside the entries of a pass.
    fn bytes(&self, everywhere: BucketSize) -> u64 {
        let parquet = if self.parquet { PARQUET_BYTES } else { 0 };
        // Drafts on a ledger become one more Parquet file.
        let ledger = self.ledger.map_or(0, |(rows, objects)| {
            let threads = rayon::current_num_threads().max(1) as u64;
            PARQUET_BYTES + PORTION_BYTES * rows * objects.min(threads)
        });
        let rows = self.taken_by(self.repeated) + self.taken_by(everywhere);
        self.memory.now + BUFFERS_BYTES + parquet.max(ledger) + rows + self.days
    }
}

/// What one entry takes in the columns that all have, and while it is read.
const ENTRY_BYTES: u64 = 60;
/// Hours that are closed of an entry, and what finds it by its id.
const LEDGER_ENTRY_BYTES: u64 = 32;
/// A portion of the ledger while it is read; each thread reads an object of them.
const PORTION_BYTES: u64 = 64;
/// Blocks that are read and rows that are written at any time.
const BUFFERS_BYTES: u64 = 14 << 20;
/// Columns of a group of rows that are on their way into a Parquet file.
const PARQUET_BYTES: u64 = 24 << 20;

/// What a table takes while it is written side by side with others, and what a row of it takes then.
const WRITER_BYTES: u64 = 48 << 20;
const ROW_BYTES: u64 = 200;

/// The buckets of each pass; `None` when the run can be made in one go, its tables written side by side.
fn plan(loads: &BucketSizes, base: Base, limit: u64) -> Result<Option<Vec<Vec<bool>>>, RunError> {
    let base_bytes = base.bytes(loads.everywhere);
    let of_buckets: Vec<u64> = loads.buckets.iter().map(|load| base.taken_by(*load)).collect();
    let largest = of_buckets.iter().max().copied().unwrap_or(0);
    let needed = (base_bytes + largest).max(base.memory.peak);
    if needed > limit {
        return Err(RunError::TooLittleMemory { limit, needed });
    }
    let room = limit - base_bytes;
    let all: u64 = of_buckets.iter().sum();
    let entries: u64 = loads.buckets.iter().map(|load| load.entries).sum();
    let writers = (entries * ROW_BYTES).min(WRITER_BYTES * rayon::current_num_threads().max(1) as u64);
    if all + writers <= room {
        return Ok(None);
    }
    // All of about the same size: none is nearly empty.
    let each = all.div_ceil(all.div_ceil(room.max(1)).max(1)).max(largest);
    let mut passes: Vec<Vec<bool>> = Vec::new();
    let mut left = 0;
    for (at, bytes) in of_buckets.iter().enumerate() {
        if passes.is_empty() || *bytes > left {
            passes.push(vec![false; of_buckets.len()]);
            left = each.min(room);
        }
        left -= bytes;
        if let Some(bucket) = passes.last_mut().and_then(|pass| pass.get_mut(at)) {
            *bucket = true;
        }
    }
    Ok(Some(passes))
}

/// Where nobody can tell how much memory is in use.
fn guessed(masters: &Masters<'_>, loads: &BucketSizes) -> Memory {
    const LINE_BYTES: u64 = 700;
    const TICKET_BYTES: u64 = 120;
    const ID_BYTES: u64 = 16;
    let entries: u64 = loads.buckets.iter().map(|load| load.entries).sum();
    let (lines, tickets) = (masters.world.lines.len() as u64, masters.world.tickets.len() as u64);
    let now = (8 << 20) + lines * LINE_BYTES + tickets * TICKET_BYTES + entries * ID_BYTES;
    Memory { now, peak: now }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn base(peak: u64, parquet: bool, ledger: Option<(u64, u64)>) -> Base {
        Base { memory: Memory { now: 10 * MIB, peak }, repeated: BucketSize::default(), ledger, parquet, days: 0 }
    }

    #[test]
    fn passes_are_as_few_and_as_even_as_the_limit_allows() {
        let mut loads = BucketSizes::default();
        loads.buckets.iter_mut().for_each(|load| load.add(BucketSize { entries: 100, bytes: 2_000 }));
        loads.buckets[7].add(BucketSize { entries: 10_000, bytes: 0 });
        let plain = || base(12 * MIB, false, None);
        let taken = |load: &BucketSize| plain().taken_by(*load);
        let all: u64 = loads.buckets.iter().map(taken).sum();
        let fixed = 10 * MIB + BUFFERS_BYTES;
        assert!(plan(&loads, plain(), fixed + all * 100).unwrap().is_none());
        for (room, passes) in [(all, 1), (all - 1, 2), (all / 2 + MIB, 2), (all / 9, 10)] {
            let planned = plan(&loads, plain(), fixed + room).unwrap().unwrap();
            assert!(planned.len() == passes || planned.len() == passes + 1, "{room}: {}", planned.len());
            for at in 0..loads.buckets.len() {
                assert_eq!(planned.iter().filter(|pass| pass[at]).count(), 1);
            }
            for pass in &planned {
                let of_pass = loads.buckets.iter().zip(pass).filter(|(_, own)| **own);
                assert!(of_pass.map(|(load, _)| taken(load)).sum::<u64>() <= room);
            }
        }
        let least = fixed + taken(&loads.buckets[7]);
        assert!(plan(&loads, plain(), least).is_ok());
        let needed = |base: Base| match plan(&loads, base, 0) {
            Err(RunError::TooLittleMemory { needed, limit: 0 }) => needed,
            _ => 0,
        };
        assert!(plan(&loads, plain(), least - 1).is_err());
        assert_eq!(needed(plain()), least);
        assert_eq!(needed(base(0, true, None)), least + PARQUET_BYTES);
        assert!(needed(base(0, false, Some((0, 0)))) > least + PARQUET_BYTES);
        assert_eq!(needed(Base { days: 5 * MIB, ..plain() }), least + 5 * MIB);
        // It has been there already.
        assert_eq!(needed(base(999 * MIB, false, None)), 999 * MIB);
    }
}
