//! The rows of a part as they come in: in any order, each once, none missing (Z2).

use std::collections::BTreeMap;
use std::io::Read;

use rayon::prelude::*;

use super::super::RunError;
use super::envelope::{Count, Envelope, Item, KeptRows, Trailer, batches};
use super::plan::refused;
use super::{PartPlan, Parts};
use crate::bug::OrBug;
use crate::check::RowTally;
use crate::read::SentRow;

/// A row, and why it is no entry, as JSON.
pub(super) type KeptRow<'a> = (SentRow<'a>, Option<&'a str>);

/// Where a row stands in its file, and in what was received.
struct At {
    row: u64,
    file: u32,
    batch: u32,
    at: u32,
}

/// All rows of a part.
#[derive(Default)]
pub(super) struct Received {
    /// `None` once all rows of one were handed on.
    batches: Vec<Option<KeptRows>>,
    /// Sorted.
    rows: Vec<At>,
    /// By file, those of them that not all parts get.
    pub sent: BTreeMap<u32, RowTally>,
}

/// The trailers of a stream beside what has come in.
#[derive(Default)]
struct Tasks {
    counts: BTreeMap<u32, Count>,
    /// Room for what a row says.
    said: Vec<u8>,
    trailers: BTreeMap<u32, Trailer>,
}

impl Received {
    /// Reads the stream of a part to its end.
    ///
    /// # Errors
    /// It was cut, rows are missing, there twice or of another part, or it is of another plan.
    pub fn read(parts: &Parts<'_>, part: u32, input: impl Read) -> Result<Received, RunError> {
        let (mut received, mut tasks) = (Received::default(), Tasks::default());
        let read = batches(input, |batch| {
            let number = u32::try_from(received.batches.len()).map_err(|error| error.to_string())?;
            for at in 0..batch.len() {
                if let Some(row) = tasks.take(batch.item(at)?, part, parts.plan())? {
                    let at = u32::try_from(at).map_err(|error| error.to_string())?;
                    received.rows.push(At { row: row.row.number, file: row.file, batch: number, at });
                }
            }
            received.batches.push(Some(KeptRows::of(&batch)?));
            Ok(())
        });
        read.and_then(|()| tasks.complete(part, parts.plan())).map_err(refused)?;
        received.rows.sort_unstable_by_key(|row| (row.file, row.row));
        let twice = received.rows.windows(2).find_map(|pair| match pair {
            [one, next] if (one.file, one.row) == (next.file, next.row) => Some(one),
            _ => None,
        });
        if let Some(At { file, row, .. }) = twice {
            return Err(refused(format!("row {row} of file {file} of the timesheets was sent twice")));
        }
        for trailer in tasks.trailers.into_values() {
            for (file, tally) in trailer.sent {
                received.sent.entry(file).or_default().add(&tally);
            }
        }
        Ok(received)
    }

    /// Hands on the rows of each file, in their order: so many at a time at most, and some stretches at a time. What was handed on is forgotten.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn stretches<R: Send>(
        &mut self,
        rows: usize,
        each: impl Fn(u32, Vec<KeptRow<'_>>) -> Result<R, RunError> + Sync,
    ) -> Result<Vec<R>, RunError> {
        let mut left = vec![0_u32; self.batches.len()];
        let batches = self.rows.iter().map(|row| row.batch as usize);
        batches.for_each(|batch| *left.get_mut(batch).or_bug("a row is in a batch") += 1);
        let of_files = self.rows.chunk_by(|one, next| one.file == next.file);
        let stretches: Vec<&[At]> = of_files.flat_map(|of_file| of_file.chunks(rows)).collect();
        let mut made = Vec::with_capacity(stretches.len());
        for some in stretches.chunks(rayon::current_num_threads().max(1)) {
            let batches = &self.batches;
            let of_stretch = |stretch: &&[At]| {
                let file = stretch.first().map_or(0, |row| row.file);
                let kept = stretch.iter().map(|At { row, batch, at, .. }| {
                    let batch = batches.get(*batch as usize).and_then(Option::as_ref);
                    batch.or_bug("a batch stands while it has rows").row(*at as usize, *row).map_err(refused)
                });
                each(file, kept.collect::<Result<_, RunError>>()?)
            };
            made.extend(some.par_iter().map(of_stretch).collect::<Result<Vec<R>, RunError>>()?);
            for batch in some.iter().copied().flatten().map(|row| row.batch as usize) {
                let left = left.get_mut(batch).or_bug("a row is in a batch");
                *left -= 1;
                if *left == 0 {
                    *self.batches.get_mut(batch).or_bug("a row is in a batch") = None;
                }
            }
        }
        self.rows = Vec::new();
        Ok(made)
    }
}

impl Tasks {
    /// The row, when it is one.
    fn take<'a>(&mut self, item: Item<'a>, part: u32, plan: &PartPlan) -> Result<Option<Envelope<'a>>, String> {
        let (of, task) = match &item {
            Item::Row(row) => (row.part, row.task),
            Item::Trailer(trailer) => (trailer.part, trailer.task),
        };
        if of != part {
            return Err(format!("a row of part {of} was sent to part {part}"));
        }
        if task >= plan.tasks {
            return Err(format!("a row is of task {task}, and the plan has {}", plan.tasks));
        }
        match item {
            Item::Row(row) => {
                self.counts.entry(task).or_default().add(row.hash(&mut self.said));
                Ok(Some(row))
            }
            Item::Trailer(trailer) if trailer.plan != plan.plan => {
                Err(format!("the rows of task {task} were sent under another plan"))
            }
            Item::Trailer(trailer) => match self.trailers.insert(task, trailer) {
                Some(_) => Err(format!("the trailer of task {task} was sent twice")),
                None => Ok(None),
            },
        }
    }

    fn complete(&self, part: u32, plan: &PartPlan) -> Result<(), String> {
        for task in 0..plan.tasks {
            let Some(trailer) = self.trailers.get(&task) else {
                return Err(format!("the trailer of task {task} is missing: part {part} is not complete"));
            };
            let count = self.counts.get(&task).copied().unwrap_or_default();
            let (rows, wanted) = (count.rows, trailer.rows);
            if rows != wanted {
                let why = if rows > wanted { "some were sent twice" } else { "some are missing" };
                return Err(format!(
                    "{rows} rows of task {task} have come to part {part} and {wanted} were sent: {why}"
                ));
            }
            if count.hash() != trailer.hash {
                return Err(format!("the rows of task {task} for part {part} are not those that were sent"));
            }
        }
        Ok(())
    }
}
