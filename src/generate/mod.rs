//! Synthetic exports: helpdesk tickets, timesheets and sales orders of any size, for benches, tests and first tries.
//!
//! The same options always give the same bytes, on any machine and with any number of threads. Each row is worked out
//! from its number (see `shape`), so rows are made in parallel and in chunks: memory stays the same for a thousand
//! entries and for a hundred million.

mod catalogue;
mod rng;
mod shape;
mod tables;
mod text;
mod write;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use rayon::prelude::*;

use rng::Shuffle;
use shape::SyntheticWorld;
use tables::SyntheticTable;
use write::{ColumnCells, CsvCells, ParquetFile};

/// Rows that are made at once, and the rows of a Parquet row group.
const CHUNK_ROWS: u64 = 50_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SyntheticFormat {
    #[default]
    Csv,
    Parquet,
    Both,
}

impl SyntheticFormat {
    fn csv(self) -> bool {
        self != Self::Parquet
    }

    fn parquet(self) -> bool {
        self != Self::Csv
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Rows of the timesheets, dirty ones and repeats included.
    pub entries: u64,
    pub seed: u64,
    /// Made when it is missing; files of the same names are replaced.
    pub out: PathBuf,
    pub format: SyntheticFormat,
    pub dirty: DirtyShares,
    /// Rows of the customers; by default one per 2,000 entries, at least 12.
    pub customers: Option<u64>,
    /// One customer owns a third of the hours and the others follow Zipf's law; otherwise all are alike.
    pub giant: bool,
    /// Files the timesheets are split into.
    pub parts: u64,
    /// Rows in an order that follows nothing, instead of the order in which things happened.
    pub shuffle: bool,
    /// The job bills by a minimum and in steps (M).
    pub minimums: bool,
    /// The job has bounds (X).
    pub bounds: bool,
    /// Packs end, have priorities and prices of what comes after them, and the job draws them as a waterfall (W).
    pub waterfall: bool,
}

impl Options {
    pub fn new(entries: u64, seed: u64, out: impl Into<PathBuf>) -> Self {
        Self {
            entries,
            seed,
            out: out.into(),
            format: SyntheticFormat::Csv,
            dirty: DirtyShares::default(),
            customers: None,
            giant: true,
            parts: 1,
            shuffle: false,
            minimums: false,
            bounds: false,
            waterfall: false,
        }
    }
}

/// What can be wrong with a row of the timesheets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DirtKind {
    BadHours,
    BadDate,
    MissingId,
    UnknownTicket,
    UnknownOrderLine,
    /// CSV only: a Parquet file has the cells its schema says, so the row is clean there.
    RaggedRow,
    ExactDuplicate,
    ConflictingDuplicate,
    HoursOutOfRange,
}

impl DirtKind {
    pub const ALL: [Self; 9] = [
        Self::BadHours,
        Self::BadDate,
        Self::MissingId,
        Self::UnknownTicket,
        Self::UnknownOrderLine,
        Self::RaggedRow,
        Self::ExactDuplicate,
        Self::ConflictingDuplicate,
        Self::HoursOutOfRange,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::BadHours => "bad-hours",
            Self::BadDate => "bad-date",
            Self::MissingId => "missing-id",
            Self::UnknownTicket => "unknown-ticket",
            Self::UnknownOrderLine => "unknown-order-line",
            Self::RaggedRow => "ragged-row",
            Self::ExactDuplicate => "exact-duplicate",
            Self::ConflictingDuplicate => "conflicting-duplicate",
            Self::HoursOutOfRange => "hours-out-of-range",
        }
    }

    /// The row is an earlier one once more.
    fn is_repeat(self) -> bool {
        matches!(self, Self::ExactDuplicate | Self::ConflictingDuplicate)
    }
}

/// How many rows in a million are dirty in which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirtyShares {
    pub bad_hours: u32,
    pub bad_date: u32,
    pub missing_id: u32,
    pub unknown_ticket: u32,
    pub unknown_order_line: u32,
    pub ragged_row: u32,
    pub exact_duplicate: u32,
    pub conflicting_duplicate: u32,
    pub hours_out_of_range: u32,
}

impl Default for DirtyShares {
    /// One row in a thousand, of all kinds alike.
    fn default() -> Self {
        Self::total_ppm(1000)
    }
}

impl DirtyShares {
    pub fn clean() -> Self {
        Self::total_ppm(0)
    }

    /// So many rows in a million in all, divided among the kinds; the kinds named first get what does not divide.
    pub fn total_ppm(total: u32) -> Self {
        let share = |place: u32| total / 9 + u32::from(place < total % 9);
        Self {
            bad_hours: share(0),
            bad_date: share(1),
            missing_id: share(2),
            unknown_ticket: share(3),
            unknown_order_line: share(4),
            ragged_row: share(5),
            exact_duplicate: share(6),
            conflicting_duplicate: share(7),
            hours_out_of_range: share(8),
        }
    }

    /// A percentage as it is typed, `0.1` or `2`: at most 100, at most four decimals.
    pub fn percent(typed: &str) -> Result<Self> {
        let (whole, fraction) = typed.split_once('.').unwrap_or((typed, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let readable = !whole.is_empty() && whole.len() <= 3 && fraction.len() <= 4;
        if !(readable && digits(whole) && digits(fraction)) {
            bail!("`{typed}` is not a percentage with at most four decimals, such as `0.1`");
        }
        let ppm: u32 = format!("{whole}{fraction:0<4}").parse()?;
        ensure!(ppm <= 1_000_000, "`{typed}` percent of dirty rows is more than all rows");
        Ok(Self::total_ppm(ppm))
    }

    pub fn of(&self, kind: DirtKind) -> u32 {
        match kind {
            DirtKind::BadHours => self.bad_hours,
            DirtKind::BadDate => self.bad_date,
            DirtKind::MissingId => self.missing_id,
            DirtKind::UnknownTicket => self.unknown_ticket,
            DirtKind::UnknownOrderLine => self.unknown_order_line,
            DirtKind::RaggedRow => self.ragged_row,
            DirtKind::ExactDuplicate => self.exact_duplicate,
            DirtKind::ConflictingDuplicate => self.conflicting_duplicate,
            DirtKind::HoursOutOfRange => self.hours_out_of_range,
        }
    }

    fn each(&self) -> impl Iterator<Item = (DirtKind, u32)> + '_ {
        DirtKind::ALL.into_iter().map(|kind| (kind, self.of(kind)))
    }

    fn total(&self) -> u64 {
        self.each().map(|(_, ppm)| u64::from(ppm)).sum()
    }
}

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Generated {
    pub timesheets: u64,
    pub tickets: u64,
    pub order_lines: u64,
    pub customers: u64,
    pub teams: u64,
    /// Rows of the timesheets per kind of dirt, in the order of [`DirtKind::ALL`].
    pub dirty: Vec<(DirtKind, u64)>,
    /// In the order they were written; the job file is the last.
    pub files: Vec<PathBuf>,
    pub bytes: u64,
}

/// Writes the exports and a job file for them. `progress` hears how many entries stand written so far.
///
/// # Errors
/// When the options contradict themselves, or a file cannot be written.
pub fn generate(options: &Options, progress: &dyn Fn(u64)) -> Result<Generated> {
    generate_in_chunks(options, CHUNK_ROWS, progress)
}

fn generate_in_chunks(options: &Options, chunk_rows: u64, progress: &dyn Fn(u64)) -> Result<Generated> {
    ensure!(options.parts > 0, "the timesheets need at least one part");
    ensure!(options.entries <= 10_000_000_000, "more than 10^10 entries are not supported");
    ensure!(options.customers != Some(0), "there must be at least one customer");
    ensure!(
        options.customers.is_none_or(|customers| customers <= 10_000_000),
        "more than 10^7 customers are not supported"
    );
    ensure!(options.dirty.total() <= 1_000_000, "the shares of dirty rows add up to more than all rows");
    fs::create_dir_all(&options.out).with_context(|| format!("cannot make the folder {}", options.out.display()))?;
    let world = SyntheticWorld::new(options);
    let mut summary = Generated {
        timesheets: options.entries,
        tickets: world.tickets,
        order_lines: world.lines,
        customers: world.roots + world.contacts,
        teams: 0,
        dirty: DirtKind::ALL.iter().map(|&kind| (kind, 0)).collect(),
        files: Vec::new(),
        bytes: 0,
    };
    for (place, table) in (1..).zip(&tables::OTHERS) {
        let table = if options.waterfall && table.name == "orders" { &tables::ORDERS_WITH_PACKS } else { table };
        let rows = (table.count)(&world);
        if table.name == "teams" {
            summary.teams = rows;
        }
        let shuffle = options.shuffle.then(|| Shuffle::new(options.seed, place, rows));
        let task = Task { world: &world, table, shuffle, chunk_rows, tallied: false };
        task.write(table.name, 0..rows, &mut summary, &|_| ())?;
    }
    let names = part_names(options.parts);
    let shuffle = options.shuffle.then(|| Shuffle::new(options.seed, 0, options.entries));
    let task = Task { world: &world, table: &tables::TIMESHEETS, shuffle, chunk_rows, tallied: true };
    for (part, name) in (0..).zip(&names) {
        let border = |part: u64| {
            let rows = u128::from(options.entries) * u128::from(part) / u128::from(options.parts);
            u64::try_from(rows).unwrap_or(options.entries)
        };
        task.write(name, border(part)..border(part + 1), &mut summary, progress)?;
    }
    if options.format.csv() {
        write_job(options, &names, "csv", "job.toml", "synthetic", &mut summary)?;
    }
    if options.format.parquet() {
        // With both, the second job reads the same rows from Parquet, under a name (and so an output folder) of its own.
        let (file, name) = match options.format {
            SyntheticFormat::Both => ("job-parquet.toml", "synthetic-parquet"),
            SyntheticFormat::Csv | SyntheticFormat::Parquet => ("job.toml", "synthetic"),
        };
        write_job(options, &names, "parquet", file, name, &mut summary)?;
    }
    Ok(summary)
}

fn part_names(parts: u64) -> Vec<String> {
    if parts == 1 {
        return vec![tables::TIMESHEETS.name.to_owned()];
    }
    let width = parts.to_string().len();
    (1..=parts).map(|part| format!("{}-{part:0width$}", tables::TIMESHEETS.name)).collect()
}

const WATERFALL_RULES: &str =
    "\n[rules]\nprepaid = \"waterfall\"\nprepaid_order = \"expiry\"\noverdraft = \"time_line\"\n";

/// The parts are listed one by one: a glob would also pick up what an earlier run with more parts left behind.
fn write_job(
    options: &Options,
    parts: &[String],
    extension: &str,
    file: &str,
    name: &str,
    summary: &mut Generated,
) -> Result<()> {
    let quoted: Vec<String> = parts.iter().map(|part| format!("\"{part}.{extension}\"")).collect();
    let timesheets = match quoted.as_slice() {
        [one] => one.clone(),
        many => format!("[\n    {},\n]", many.join(",\n    ")),
    };
    let mut job = format!(
        "# Synthetic exports: {entries} entries, seed {seed}.\n\
         name = \"{name}\"\n\n\
         [inputs]\n\
         tickets = \"tickets.{extension}\"\n\
         timesheets = {timesheets}\n\
         orders = \"orders.{extension}\"\n\
         customers = \"customers.{extension}\"\n\
         teams = \"teams.{extension}\"\n\n\
         [period]\n\
         month = \"2026-10\"\n\n\
         [output]\n\
         dir = \"out\"\n\
         tables = [\"{extension}\"]\n{rules}",
        rules = if options.waterfall { WATERFALL_RULES } else { "" },
        entries = options.entries,
        seed = options.seed,
    );
    if options.minimums {
        job.push_str("\n[rules]\nminimum_minutes = 30\nincrement_minutes = 15\nper = \"ticket\"\n");
    }
    if options.bounds {
        job.push_str(
            "\n[bounds]\nemployee_day_hours = { value = 14, action = \"hold\" }\ntwins = { value = 0, action = \"hold\" }\n\
             unit_price.EUR = { value = 120, action = \"warn\" }\ndraft_amount.EUR = { value = 20000, action = \"hold\" }\n\
             held_pct = { value = 50 }\n",
        );
    }
    let path = options.out.join(file);
    fs::write(&path, &job).with_context(|| format!("cannot write {}", path.display()))?;
    summary.bytes += u64::try_from(job.len())?;
    summary.files.push(path);
    Ok(())
}

/// One table on its way into files.
struct Task<'a> {
    world: &'a SyntheticWorld<'a>,
    table: &'a SyntheticTable,
    shuffle: Option<Shuffle>,
    chunk_rows: u64,
    /// Whether rows of this table are counted by their dirt.
    tallied: bool,
}

/// A chunk of rows in the formats that are asked for, ready to be appended.
struct Piece {
    csv: Vec<u8>,
    columns: Vec<ArrowColumnChunk>,
    tally: [u64; DirtKind::ALL.len()],
    rows: u64,
}

impl Task<'_> {
    fn write(&self, name: &str, rows: Range<u64>, summary: &mut Generated, progress: &dyn Fn(u64)) -> Result<()> {
        let options = self.world.options;
        let path = |extension: &str| options.out.join(format!("{name}.{extension}"));
        let create = |path: &Path| File::create(path).with_context(|| format!("cannot write {}", path.display()));
        let (csv_path, parquet_path) = (path("csv"), path("parquet"));
        let mut csv = options.format.csv().then(|| create(&csv_path)).transpose()?;
        let mut parquet = if options.format.parquet() {
            Some(ParquetFile::create(self.table, create(&parquet_path)?)?)
        } else {
            None
        };
        if let Some(file) = &mut csv {
            let header = CsvCells::header(self.table);
            file.write_all(&header).with_context(|| format!("cannot write {}", csv_path.display()))?;
            summary.bytes += u64::try_from(header.len())?;
        }
        let chunks: u64 = (rows.end - rows.start).div_ceil(self.chunk_rows);
        // As many chunks in memory as there are threads to make them.
        let at_once = u64::try_from(rayon::current_num_threads())?.max(1);
        let mut done = rows.start;
        for first in (0..chunks).step_by(usize::try_from(at_once)?) {
            let batch: Vec<u64> = (first..(first + at_once).min(chunks)).collect();
            let pieces: Vec<Result<Piece>> = batch
                .into_par_iter()
                .map(|chunk| {
                    let start = rows.start + chunk * self.chunk_rows;
                    let end = (start + self.chunk_rows).min(rows.end);
                    self.piece(start..end, chunk, parquet.as_ref())
                })
                .collect();
            for piece in pieces {
                let piece = piece?;
                if let Some(file) = &mut csv {
                    file.write_all(&piece.csv).with_context(|| format!("cannot write {}", csv_path.display()))?;
                    summary.bytes += u64::try_from(piece.csv.len())?;
                }
                if let Some(file) = &mut parquet {
                    file.append(piece.columns).with_context(|| format!("cannot write {}", parquet_path.display()))?;
                }
                for ((_, sum), count) in summary.dirty.iter_mut().zip(piece.tally) {
                    *sum += count;
                }
                done += piece.rows;
                progress(done);
            }
        }
        if csv.is_some() {
            summary.files.push(csv_path);
        }
        if let Some(file) = parquet {
            summary.bytes += file.finish().with_context(|| format!("cannot write {}", parquet_path.display()))?;
            summary.files.push(parquet_path);
        }
        Ok(())
    }

    fn piece(&self, places: Range<u64>, chunk: u64, parquet: Option<&ParquetFile>) -> Result<Piece> {
        let row = |place: u64| self.shuffle.as_ref().map_or(place, |shuffle| shuffle.row(place));
        let csv = if self.world.options.format.csv() {
            let mut cells = CsvCells::new(self.table);
            (self.table.write)(self.world, &mut places.clone().map(row), &mut cells);
            cells.into_bytes()
        } else {
            Vec::new()
        };
        let columns = match parquet {
            Some(file) => {
                let mut cells = ColumnCells::new(self.table);
                (self.table.write)(self.world, &mut places.clone().map(row), &mut cells);
                file.encode(usize::try_from(chunk)?, cells)?
            }
            None => Vec::new(),
        };
        let mut tally = [0; DirtKind::ALL.len()];
        if self.tallied {
            for kind in places.clone().filter_map(|place| self.world.dirt(row(place))) {
                let written = kind != DirtKind::RaggedRow || self.world.options.format.csv();
                for (known, count) in DirtKind::ALL.iter().zip(&mut tally) {
                    *count += u64::from(written && *known == kind);
                }
            }
        }
        Ok(Piece { csv, columns, tally, rows: places.end - places.start })
    }
}
