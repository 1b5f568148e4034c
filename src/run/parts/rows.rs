//! The tasks that read timesheets for the parts of a run: each a file. First the ids of all are known, then where each row goes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use arrow_schema::ArrowError;
use serde::{Deserialize, Serialize};

use super::super::intake::Masters;
use super::super::{RunError, of_ledger};
use super::Parts;
use super::envelope::{Count, Envelope, Item, Trailer, json};
use super::plan::refused;
use crate::bug::OrBug;
use crate::check::value::Grammar;
use crate::check::{self, RoutedRows, Routing, RowGoes, RowTally, RowsRead};
use crate::finding::{FileNo, Finding, Place};
use crate::inputs::Input;
use crate::job::InputSettings;
use crate::model::{PostedIds, World};
use crate::quantity::{HoursSum, exact};
use crate::read::{self, FileRead, Record, SentColumns};
use crate::shard::{Split, Ties};

/// What a task has found in its file, beside the rows that it sends.
#[derive(Serialize, Deserialize)]
pub(super) struct TaskFacts {
    pub plan: String,
    pub files: Vec<FileRead>,
    pub columns: BTreeMap<u32, SentColumns>,
    /// By file, of rows that go to some parts.
    pub all: BTreeMap<u32, RowTally>,
    /// Of rows that go to all.
    pub everywhere: BTreeMap<u32, RowTally>,
    pub rows: u64,
    #[serde(with = "exact::hours")]
    pub hours: HoursSum,
    pub hash: u128,
    /// Days since 1970-01-01, of the least and greatest date.
    pub dates: Option<(i32, i32)>,
    pub names_invoices: bool,
    pub sums: Vec<Finding>,
    pub ticketless: Option<Place>,
}

/// The files that a task has read for their ids, and what it found beside those.
#[derive(Serialize, Deserialize)]
struct FilesMet {
    plan: String,
    files: Vec<(String, String)>,
    /// G7 to G9, G14.
    ties: Ties,
}

impl FilesMet {
    fn of(plan: &str, files: &[FileRead], ties: Ties) -> FilesMet {
        FilesMet { plan: plan.to_owned(), files: names_of(files), ties }
    }
}

fn names_of(files: &[FileRead]) -> Vec<(String, String)> {
    files.iter().map(|file| (file.shown.clone(), file.blake3.clone())).collect()
}

const REPEATED: &str = "ids/repeated.ids";
const ALL: &str = "ids/all.ids";
const REPEATS: &str = "ids/repeats.json";

fn ids_of(task: u32) -> String {
    format!("ids/{task:05}.ids")
}

fn met_by(task: u32) -> String {
    format!("ids/{task:05}.json")
}

fn facts_of(task: u32) -> String {
    format!("facts/{task:05}.json")
}

impl Parts<'_> {
    fn timesheets(&self) -> Result<&InputSettings, RunError> {
        let of_input = self.settings.inputs.get(&Input::Timesheets);
        of_input.ok_or_else(|| refused("the job has no timesheets".to_owned()))
    }

    pub(super) fn knows_task(&self, task: u32) -> Result<(), RunError> {
        if task < self.plan.tasks {
            return Ok(());
        }
        Err(refused(format!("the plan has {} tasks, numbered from 0, and no task {task}", self.plan.tasks)))
    }

    /// Reads the ids of the rows of a file.
    ///
    /// # Errors
    /// A file that breaks its contract, and ids that are made of cells.
    pub fn ids(&self, task: u32) -> Result<(), RunError> {
        self.knows_task(task)?;
        self.ids_of_tasks(task..task + 1)
    }

    /// The same for some files: what is read beside them is read once.
    pub(super) fn ids_of_tasks(&self, mut tasks: Range<u32>) -> Result<(), RunError> {
        let masters =
            self.settings.ledger.is_some().then(|| Masters::read(self.settings, self.observer)).transpose()?;
        let world = masters.map(|masters| masters.world).unwrap_or_default();
        let posted = of_ledger::posted_ids(self.settings, &world)?;
        tasks.try_for_each(|task| self.ids_beside(task, &world, &posted))
    }

    fn ids_beside(&self, task: u32, world: &World, posted: &PostedIds) -> Result<(), RunError> {
        let of_input = self.timesheets()?;
        let hashes: Mutex<Vec<u64>> = Mutex::default();
        let wanted = |at: usize| at == task as usize;
        let scan =
            read::scan_some(Input::Timesheets, (of_input, &self.settings.limits), FileNo(0), &wanted, |batch| {
                let mut of_batch = check::id_hashes(batch);
                hashes.lock().unwrap_or_else(PoisonError::into_inner).append(&mut of_batch);
                (batch.has_made_ids(), check::ties_of(batch, world, self.settings, posted))
            })?;
        if scan.pieces.iter().any(|piece| piece.result.0) {
            return Err(RunError::NotInParts("a job whose ids are made of cells (F4)".to_owned()));
        }
        let mut hashes = hashes.into_inner().unwrap_or_else(PoisonError::into_inner);
        hashes.sort_unstable();
        self.folder.put(&ids_of(task), &bytes_of(&hashes))?;
        let mut ties = of_ledger::document_ties(self.settings, world)?;
        scan.pieces.into_iter().for_each(|piece| ties.append(piece.result.1));
        self.put_json(&met_by(task), &FilesMet::of(&self.plan.plan, &scan.files, ties))
    }

    /// Once the ids of all files are read: tells those that several rows have.
    ///
    /// # Errors
    /// A file whose ids nobody has read.
    pub fn repeats(&self) -> Result<(), RunError> {
        let (mut all, mut ties): (Vec<u64>, Ties) = Default::default();
        for task in 0..self.plan.tasks {
            let met: FilesMet = self.get_json(&met_by(task))?;
            if met.plan != self.plan.plan {
                return Err(refused(format!("the ids of task {task} are those of another plan")));
            }
            ties.append(met.ties);
            all.extend(hashes_of(&self.folder.get(&ids_of(task))?));
        }
        all.sort_unstable();
        let several = all.chunk_by(|one, next| one == next).filter(|same| same.len() > 1);
        let repeated: Vec<u64> = several.filter_map(|same| same.first().copied()).collect();
        self.folder.put(REPEATED, &bytes_of(&repeated))?;
        if self.settings.ledger.is_some() {
            all.dedup();
            self.folder.put(ALL, &bytes_of(&all))?;
        }
        self.put_json(REPEATS, &FilesMet::of(&self.plan.plan, &[], ties))
    }

    /// The hashes of ids that several rows have.
    pub(super) fn repeated(&self) -> Result<Vec<u64>, RunError> {
        self.met_by_all()?;
        Ok(hashes_of(&self.folder.get(REPEATED)?).collect())
    }

    /// G7, G9: what the parts have to keep together.
    pub(super) fn ties(&self) -> Result<Ties, RunError> {
        if self.plan.tasks == 0 { Ok(Ties::default()) } else { Ok(self.met_by_all()?.ties) }
    }

    fn met_by_all(&self) -> Result<FilesMet, RunError> {
        let met: FilesMet = self.get_json(REPEATS)?;
        if met.plan != self.plan.plan {
            return Err(refused("the repeated ids are those of another plan".to_owned()));
        }
        Ok(met)
    }

    /// The hashes of all ids, in partitions by their first byte.
    pub(super) fn all_ids(&self) -> Result<Vec<Vec<u64>>, RunError> {
        let mut partitions = vec![Vec::new(); 256];
        for hash in hashes_of(&self.folder.get(ALL)?) {
            if let Some(partition) = partitions.get_mut((hash >> 56) as usize) {
                partition.push(hash);
            }
        }
        Ok(partitions)
    }

    /// Reads the rows of a file, and sends each to the parts that need it, with a trailer for each part.
    ///
    /// # Errors
    /// Files that are not those that were planned, or that break their contract, and those of `send`.
    pub fn rows(&self, task: u32, send: &mut dyn FnMut(&Item<'_>) -> Result<(), ArrowError>) -> Result<(), RunError> {
        self.knows_task(task)?;
        self.rows_of_tasks(task..task + 1, send)
    }

    /// The same for some files: what is read beside them is read once.
    pub(super) fn rows_of_tasks(
        &self,
        mut tasks: Range<u32>,
        send: &mut dyn FnMut(&Item<'_>) -> Result<(), ArrowError>,
    ) -> Result<(), RunError> {
        let Masters { world, .. } = Masters::read(self.settings, self.observer)?;
        let repeated = self.repeated()?;
        let split = Split::new(&world, None, &self.settings.billing.period.label(), &self.ties()?);
        let routing = Routing { split: &split, parts: self.plan.parts, repeated: &repeated };
        tasks.try_for_each(|task| self.rows_beside(task, &world, &routing, send))
    }

    fn rows_beside(
        &self,
        task: u32,
        world: &World,
        routing: &Routing<'_>,
        send: &mut dyn FnMut(&Item<'_>) -> Result<(), ArrowError>,
    ) -> Result<(), RunError> {
        let of_input = self.timesheets()?;
        let wanted = |at: usize| at == task as usize;
        let limits = &self.settings.limits;
        let scan = read::scan_some(Input::Timesheets, (of_input, limits), FileNo(0), &wanted, |batch| {
            check::route_rows(batch, &Grammar::of(of_input, batch), self.settings, world, routing)
        })?;
        let met: FilesMet = self.get_json(&met_by(task))?;
        if met.plan != self.plan.plan || met.files != names_of(&scan.files) {
            return Err(refused(
                "the plan is stale: a file of timesheets has changed since its ids were read".to_owned(),
            ));
        }
        let files = scan.files;
        let mut routed = RoutedRows::of(scan.pieces);
        if routed.read.made_ids {
            return Err(RunError::NotInParts("a job whose ids are made of cells (F4)".to_owned()));
        }
        self.look_up_records(task, &files, &mut routed)?;
        self.send(task, &routed, send)?;
        let RowsRead { rows, hours, hash, dates, names_invoices, ticketless, .. } = routed.read;
        let RoutedRows { columns, all, everywhere, sums, .. } = routed;
        let dates = dates.map(|(least, greatest)| (least.days(), greatest.days()));
        let plan = self.plan.plan.clone();
        let facts = TaskFacts {
            plan,
            files,
            columns,
            all,
            everywhere,
            rows,
            hours,
            hash,
            dates,
            names_invoices,
            sums,
            ticketless,
        };
        self.put_json(&facts_of(task), &facts)
    }

    /// Rows of columnar files that are, or may be, set aside are read once more for their record.
    fn look_up_records(&self, task: u32, files: &[FileRead], routed: &mut RoutedRows) -> Result<(), RunError> {
        let lacking = routed.rows.iter().filter(|row| row.lacks_record());
        let places: Vec<Place> = lacking.map(|row| row.place).collect();
        if places.is_empty() {
            return Ok(());
        }
        let mut records: BTreeMap<Place, Record> = BTreeMap::new();
        let (of_input, limits) = (self.timesheets()?, &self.settings.limits);
        read::records(Input::Timesheets, of_input, limits, files, FileNo(task), &places, &mut |place, record| {
            records.insert(place, record);
        })?;
        for row in &mut routed.rows {
            if let Some(record) = records.remove(&row.place) {
                row.take_record(record.text, record.line);
            }
        }
        Ok(())
    }

    fn send(
        &self,
        task: u32,
        routed: &RoutedRows,
        send: &mut dyn FnMut(&Item<'_>) -> Result<(), ArrowError>,
    ) -> Result<(), RunError> {
        let mut send =
            |item: &Item<'_>| send(item).map_err(|error| RunError::RunDocument(std::io::Error::other(error)));
        let mut bytes = Vec::new();
        let order = self.by_part(routed);
        let mut rest = order.as_slice();
        for part in 1..=self.plan.parts {
            let (of_part, others) = rest.split_at(rest.partition_point(|(of, _)| *of <= part));
            rest = others;
            let mut count = Count::default();
            for (_, at) in of_part {
                let of = routed.rows.get(*at).or_bug("rows are counted from the first");
                let no_entry = json(&of.no_entry());
                let (row, no_entry, file) = (routed.sent_row(of), no_entry.as_deref(), of.place.file.0);
                let (everywhere, repeated) = (of.goes == RowGoes::Everywhere, of.repeated);
                let envelope = Envelope { part, task, file, everywhere, repeated, row, no_entry };
                count.add(envelope.hash(&mut bytes));
                send(&Item::Row(envelope))?;
            }
            let sent = routed.sent.get(&part).cloned().unwrap_or_default();
            let (plan, rows, hash) = (self.plan.plan.clone(), count.rows, count.hash());
            send(&Item::Trailer(Trailer { plan, part, task, rows, hash, sent }))?;
        }
        Ok(())
    }

    /// Which rows go where: part after part, so that whoever hands them on has those of one together.
    fn by_part(&self, routed: &RoutedRows) -> Vec<(u32, usize)> {
        let mut order = Vec::with_capacity(routed.rows.len());
        for (at, row) in routed.rows.iter().enumerate() {
            match row.goes {
                RowGoes::Everywhere => order.extend((1..=self.plan.parts).map(|part| (part, at))),
                RowGoes::To(parts) => order.extend(parts.each().map(|part| (part, at))),
            }
        }
        order.sort_unstable();
        order
    }

    /// What all tasks have found.
    pub(super) fn facts(&self) -> Result<Vec<TaskFacts>, RunError> {
        let facts = (0..self.plan.tasks).map(|task| {
            let facts: TaskFacts = self.get_json(&facts_of(task))?;
            match facts.plan == self.plan.plan {
                true => Ok(facts),
                false => Err(refused(format!("the rows of task {task} were read under another plan"))),
            }
        });
        facts.collect()
    }

    fn put_json<T: Serialize>(&self, name: &str, value: &T) -> Result<(), RunError> {
        let bytes = serde_json::to_vec(value).map_err(std::io::Error::from).map_err(RunError::RunDocument)?;
        Ok(self.folder.put(name, &bytes)?)
    }

    fn get_json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, RunError> {
        let bytes = self.folder.get(name)?;
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("`{name}` is not as it was written: {error}")))
    }
}

fn bytes_of(hashes: &[u64]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

fn hashes_of(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.as_chunks::<8>().0.iter().map(|hash| u64::from_le_bytes(*hash))
}
