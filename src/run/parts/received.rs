//! The rows of a part as they come in: in any order, each once, none missing (Z2).

use std::collections::BTreeMap;
use std::io::Read;

use super::super::RunError;
use super::envelope::{Count, Envelope, EnvelopeBatch, Item, Trailer, batches};
use super::plan::refused;
use super::{PartPlan, Parts};
use crate::check::RowTally;

/// Where a row stands in its file, and in what was received.
struct At {
    file: u32,
    row: u64,
    batch: usize,
    at: usize,
}

/// All rows of a part.
#[derive(Default)]
pub(super) struct Received {
    batches: Vec<EnvelopeBatch>,
    /// Sorted.
    rows: Vec<At>,
    /// By file, those of them that not all parts get.
    pub sent: BTreeMap<u32, RowTally>,
}

/// The trailers of a stream beside what has come in.
#[derive(Default)]
struct Tasks {
    counts: BTreeMap<u32, Count>,
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
            let number = received.batches.len();
            for at in 0..batch.len() {
                let item = batch.item(at)?;
                if let Some(row) = tasks.take(item, part, parts.plan())? {
                    received.rows.push(At { file: row.file, row: row.row.number, batch: number, at });
                }
            }
            received.batches.push(batch);
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

    /// The rows of each file, so many at a time at most, in their order.
    pub fn stretches(&self, rows: usize) -> Vec<(u32, Stretch<'_>)> {
        let of_files = self.rows.chunk_by(|one, next| one.file == next.file);
        let stretches = of_files.flat_map(|of_file| of_file.chunks(rows));
        stretches.filter_map(|rows| Some((rows.first()?.file, Stretch { batches: &self.batches, rows }))).collect()
    }
}

/// Rows of one file.
pub(super) struct Stretch<'a> {
    batches: &'a [EnvelopeBatch],
    rows: &'a [At],
}

impl Stretch<'_> {
    /// # Errors
    /// Never: they were read before.
    pub fn envelopes(&self) -> Result<Vec<Envelope>, RunError> {
        let mut envelopes = Vec::with_capacity(self.rows.len());
        for At { batch, at, .. } in self.rows {
            if let Some(Item::Row(row)) =
                self.batches.get(*batch).map(|batch| batch.item(*at)).transpose().map_err(refused)?
            {
                envelopes.push(*row);
            }
        }
        Ok(envelopes)
    }
}

impl Tasks {
    /// The row, when it is one.
    fn take(&mut self, item: Item, part: u32, plan: &PartPlan) -> Result<Option<Envelope>, String> {
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
                self.counts.entry(task).or_default().add(&row);
                Ok(Some(*row))
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
