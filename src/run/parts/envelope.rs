//! Rows on their way to the part of a run that they belong to: one Arrow IPC stream of envelopes, in any order, with a trailer of each task that
//! has read rows (docs/spark.md).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{Array, BooleanArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::check::RowTally;
use crate::read::{Defect, SentCells, SentRow};

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 4_096;

/// A row of timesheets, and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// From 1.
    pub part: u32,
    /// The task that has read it.
    pub task: u32,
    /// Position of its file among those of the input.
    pub file: u32,
    /// All parts get it.
    pub everywhere: bool,
    /// Other rows have its id.
    pub repeated: bool,
    pub row: SentRow<'a>,
    /// F7: why it is no entry, as JSON.
    pub no_entry: Option<&'a str>,
}

impl Envelope<'_> {
    /// Stands for all it says, but for the part. `bytes` is room for that.
    pub fn hash(&self, bytes: &mut Vec<u8>) -> u128 {
        bytes.clear();
        let mut say = |text: Option<&str>| {
            let len = text.map_or(u32::MAX, |text| u32::try_from(text.len()).unwrap_or(u32::MAX - 1));
            bytes.extend_from_slice(&len.to_le_bytes());
            bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
        };
        self.row.cells.iter().for_each(&mut say);
        say(self.row.record);
        say(json(&self.row.defect).as_deref());
        say(self.no_entry);
        for number in [self.row.number, self.row.line.unwrap_or(u64::MAX), self.task.into(), self.file.into()] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&[u8::from(self.everywhere), u8::from(self.repeated)]);
        xxh3_128(bytes)
    }
}

/// What a task says of the rows that it has sent to a part: without it the part is not complete (Z2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trailer {
    pub plan: String,
    pub part: u32,
    pub task: u32,
    pub rows: u64,
    /// Sum of what stands for each row: 32 hex digits.
    pub hash: String,
    /// By file, of the rows that do not go everywhere.
    pub sent: BTreeMap<u32, RowTally>,
}

/// Rows and what stands for them, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub rows: u64,
    hash: u128,
}

impl Count {
    /// Counts a row by what stands for it.
    pub fn add(&mut self, hash: u128) {
        self.rows += 1;
        self.hash = self.hash.wrapping_add(hash);
    }

    pub fn hash(self) -> String {
        format!("{:032x}", self.hash)
    }
}

/// What a stream is made of.
pub enum Item<'a> {
    Row(Envelope<'a>),
    Trailer(Trailer),
}

impl Item<'_> {
    pub fn part(&self) -> u32 {
        match self {
            Item::Row(row) => row.part,
            Item::Trailer(trailer) => trailer.part,
        }
    }
}

pub fn json<T: Serialize>(value: &Option<T>) -> Option<String> {
    value.as_ref().and_then(|value| serde_json::to_string(value).ok())
}

const ROW: &str = "row";
const TRAILER: &str = "trailer";
const INPUT: &str = "timesheets";

/// The columns of a stream.
fn schema() -> Arc<Schema> {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let cells = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    Arc::new(Schema::new(vec![
        Field::new("part", DataType::Int32, false),
        Field::new("task", DataType::Int32, false),
        text("kind", false),
        text("input", false),
        Field::new("file", DataType::Int32, true),
        Field::new("row", DataType::Int64, true),
        Field::new("line", DataType::Int64, true),
        Field::new("everywhere", DataType::Boolean, true),
        Field::new("repeated", DataType::Boolean, true),
        text("defect", true),
        text("record", true),
        text("no_entry", true),
        Field::new("cells", cells, true),
        text("trailer", true),
    ]))
}

/// Writes a stream, each batch of rows of one part.
pub struct EnvelopeWriter<W: Write> {
    out: StreamWriter<W>,
    columns: Columns,
    part: u32,
}

impl<W: Write> EnvelopeWriter<W> {
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W) -> Result<EnvelopeWriter<W>, ArrowError> {
        Ok(EnvelopeWriter { out: StreamWriter::try_new(out, &schema())?, columns: Columns::default(), part: 0 })
    }

    /// # Errors
    /// Those of what is written to.
    pub fn write(&mut self, item: &Item<'_>) -> Result<(), ArrowError> {
        if item.part() != self.part {
            self.flush()?;
            self.part = item.part();
        }
        match item {
            Item::Row(of) => self.columns.row(of)?,
            Item::Trailer(of) => self.columns.trailer(of)?,
        }
        if self.columns.part.len() >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ArrowError> {
        if self.columns.part.is_empty() {
            return Ok(());
        }
        let batch = self.columns.finish()?;
        self.out.write(&batch)
    }

    /// Ends the stream, and gives back what it was written to.
    ///
    /// # Errors
    /// Those of what is written to.
    pub fn finish(mut self) -> Result<W, ArrowError> {
        self.flush()?;
        self.out.finish()?;
        self.out.into_inner()
    }
}

fn small(number: u32) -> Result<i32, ArrowError> {
    i32::try_from(number).map_err(|error| ArrowError::InvalidArgumentError(error.to_string()))
}

fn large(number: u64) -> Result<i64, ArrowError> {
    i64::try_from(number).map_err(|error| ArrowError::InvalidArgumentError(error.to_string()))
}

/// The columns of a batch while they are filled.
#[derive(Default)]
struct Columns {
    part: Int32Builder,
    task: Int32Builder,
    kind: StringBuilder,
    input: StringBuilder,
    file: Int32Builder,
    row: Int64Builder,
    line: Int64Builder,
    everywhere: BooleanBuilder,
    repeated: BooleanBuilder,
    defect: StringBuilder,
    record: StringBuilder,
    no_entry: StringBuilder,
    cells: ListBuilder<StringBuilder>,
    trailer: StringBuilder,
}

impl Columns {
    fn row(&mut self, of: &Envelope<'_>) -> Result<(), ArrowError> {
        self.begin(of.part, of.task, ROW)?;
        self.file.append_value(small(of.file)?);
        self.row.append_value(large(of.row.number)?);
        self.line.append_option(of.row.line.map(large).transpose()?);
        self.everywhere.append_value(of.everywhere);
        self.repeated.append_value(of.repeated);
        self.defect.append_option(json(&of.row.defect));
        self.record.append_option(of.row.record);
        self.no_entry.append_option(of.no_entry);
        of.row.cells.iter().for_each(|cell| self.cells.values().append_option(cell));
        self.cells.append(true);
        self.trailer.append_null();
        Ok(())
    }

    fn trailer(&mut self, of: &Trailer) -> Result<(), ArrowError> {
        self.begin(of.part, of.task, TRAILER)?;
        self.file.append_null();
        self.row.append_null();
        self.line.append_null();
        self.everywhere.append_null();
        self.repeated.append_null();
        for column in [&mut self.defect, &mut self.record, &mut self.no_entry] {
            column.append_null();
        }
        self.cells.append(false);
        let told = serde_json::to_string(of).map_err(|error| ArrowError::JsonError(error.to_string()))?;
        self.trailer.append_value(told);
        Ok(())
    }

    fn begin(&mut self, part: u32, task: u32, kind: &str) -> Result<(), ArrowError> {
        self.part.append_value(small(part)?);
        self.task.append_value(small(task)?);
        self.kind.append_value(kind);
        self.input.append_value(INPUT);
        Ok(())
    }

    /// In the order of [`schema`]; the next batch begins.
    fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<Arc<dyn Array>> = vec![
            Arc::new(self.part.finish()),
            Arc::new(self.task.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.input.finish()),
            Arc::new(self.file.finish()),
            Arc::new(self.row.finish()),
            Arc::new(self.line.finish()),
            Arc::new(self.everywhere.finish()),
            Arc::new(self.repeated.finish()),
            Arc::new(self.defect.finish()),
            Arc::new(self.record.finish()),
            Arc::new(self.no_entry.finish()),
            Arc::new(self.cells.finish()),
            Arc::new(self.trailer.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

/// A batch of a stream, whose rows are told one by one. Columns are found by their names: an engine may have put others beside them.
pub struct EnvelopeBatch {
    part: Int32Array,
    task: Int32Array,
    kind: StringArray,
    input: StringArray,
    file: Int32Array,
    row: Int64Array,
    line: Int64Array,
    everywhere: BooleanArray,
    repeated: BooleanArray,
    defect: StringArray,
    record: StringArray,
    no_entry: StringArray,
    cells: ListArray,
    /// Of all rows.
    values: StringArray,
    trailer: StringArray,
}

/// Why a stream is refused.
type Why = String;

impl EnvelopeBatch {
    /// # Errors
    /// A column is not there, or holds something else.
    pub fn of(batch: &RecordBatch) -> Result<EnvelopeBatch, Why> {
        fn column<T: Array + Clone + 'static>(batch: &RecordBatch, name: &str) -> Result<T, Why> {
            let found = batch.column_by_name(name).ok_or_else(|| format!("the stream has no column `{name}`"))?;
            let typed = found.as_any().downcast_ref::<T>();
            typed.cloned().ok_or_else(|| format!("column `{name}` of the stream holds {}", found.data_type()))
        }
        let cells: ListArray = column(batch, "cells")?;
        let values = cells.values().as_any().downcast_ref::<StringArray>().cloned();
        let values = values.ok_or_else(|| format!("column `cells` of the stream holds {}", cells.data_type()))?;
        Ok(EnvelopeBatch {
            part: column(batch, "part")?,
            task: column(batch, "task")?,
            kind: column(batch, "kind")?,
            input: column(batch, "input")?,
            file: column(batch, "file")?,
            row: column(batch, "row")?,
            line: column(batch, "line")?,
            everywhere: column(batch, "everywhere")?,
            repeated: column(batch, "repeated")?,
            defect: column(batch, "defect")?,
            record: column(batch, "record")?,
            no_entry: column(batch, "no_entry")?,
            cells,
            values,
            trailer: column(batch, "trailer")?,
        })
    }

    pub fn len(&self) -> usize {
        self.part.len()
    }

    /// # Errors
    /// What stands in the row is no envelope and no trailer.
    pub fn item(&self, at: usize) -> Result<Item<'_>, Why> {
        if self.kind.is_null(at) || self.input.is_null(at) || self.input.value(at) != INPUT {
            return Err(none("kind and input that are known"));
        }
        match self.kind.value(at) {
            TRAILER => Ok(Item::Trailer(read(text(&self.trailer, at))?.ok_or_else(|| none("trailer"))?)),
            ROW => Ok(Item::Row(self.envelope(at)?)),
            kind => Err(format!("a row of the stream is of the kind `{kind}`")),
        }
    }

    fn envelope(&self, at: usize) -> Result<Envelope<'_>, Why> {
        let number = |column: &Int32Array, what: &str| {
            let number = (!column.is_null(at)).then(|| u32::try_from(column.value(at)).ok()).flatten();
            number.ok_or_else(|| none(what))
        };
        let long = |column: &Int64Array| (!column.is_null(at)).then(|| u64::try_from(column.value(at)).ok()).flatten();
        let flag = |column: &BooleanArray| !column.is_null(at) && column.value(at);
        let row = SentRow {
            number: long(&self.row).ok_or_else(|| none("number"))?,
            line: long(&self.line),
            cells: cells_at(self.cells.value_offsets(), &self.values, at)?,
            defect: read(text(&self.defect, at))?,
            record: text(&self.record, at),
        };
        Ok(Envelope {
            part: number(&self.part, "part")?,
            task: number(&self.task, "task")?,
            file: number(&self.file, "file")?,
            everywhere: flag(&self.everywhere),
            repeated: flag(&self.repeated),
            row,
            no_entry: text(&self.no_entry, at),
        })
    }
}

/// The rows of a batch while others are waited for: what they say, and nothing else of the stream.
pub struct KeptRows {
    /// Of each row the first of its cells, and one more.
    starts: Vec<i32>,
    cells: StringArray,
    lines: Int64Array,
    /// What few rows have.
    aside: BTreeMap<usize, KeptAside>,
}

struct KeptAside {
    defect: Option<Defect>,
    record: Option<String>,
    no_entry: Option<String>,
}

impl KeptRows {
    /// # Errors
    /// What stands in a row is no envelope.
    pub fn of(batch: &EnvelopeBatch) -> Result<KeptRows, Why> {
        let mut aside = BTreeMap::new();
        let said = [&batch.defect, &batch.record, &batch.no_entry];
        let is_said = |at: &usize| said.iter().any(|texts| !texts.is_null(*at));
        for at in (0..batch.len()).filter(is_said) {
            let (defect, owned) = (read(text(&batch.defect, at))?, |texts| text(texts, at).map(str::to_owned));
            let (record, no_entry) = (owned(&batch.record), owned(&batch.no_entry));
            aside.insert(at, KeptAside { defect, record, no_entry });
        }
        let mut cells = StringBuilder::with_capacity(batch.values.len(), batch.values.value_data().len());
        batch.values.iter().for_each(|cell| cells.append_option(cell));
        let (starts, lines) = (batch.cells.value_offsets().to_vec(), batch.line.iter().collect());
        Ok(KeptRows { starts, cells: cells.finish(), lines, aside })
    }

    /// A row and why it is no entry, as JSON.
    ///
    /// # Errors
    /// It has no cells.
    pub fn row(&self, at: usize, number: u64) -> Result<(SentRow<'_>, Option<&str>), Why> {
        let aside = self.aside.get(&at);
        let row = SentRow {
            number,
            line: (!self.lines.is_null(at)).then(|| u64::try_from(self.lines.value(at)).ok()).flatten(),
            cells: cells_at(&self.starts, &self.cells, at)?,
            defect: aside.and_then(|aside| aside.defect),
            record: aside.and_then(|aside| aside.record.as_deref()),
        };
        Ok((row, aside.and_then(|aside| aside.no_entry.as_deref())))
    }
}

/// The cells of a row, by where each row has its first.
fn cells_at<'a>(starts: &[i32], cells: &'a StringArray, at: usize) -> Result<SentCells<'a>, Why> {
    let start = |at: usize| starts.get(at).and_then(|start| usize::try_from(*start).ok());
    let found = start(at).zip(start(at + 1)).and_then(|(first, end)| {
        let len = end.checked_sub(first)?;
        SentCells::new(cells, first, len)
    });
    found.ok_or_else(|| none("cells"))
}

fn none(what: &str) -> Why {
    format!("a row of the stream has no {what}")
}

fn text(texts: &StringArray, at: usize) -> Option<&str> {
    (!texts.is_null(at)).then(|| texts.value(at))
}

/// Something that a stream holds as JSON.
///
/// # Errors
/// It is none.
pub fn read<T: for<'de> Deserialize<'de>>(text: Option<&str>) -> Result<Option<T>, Why> {
    text.map(|text| serde_json::from_str(text).map_err(|error| format!("a row of the stream is none: {error}")))
        .transpose()
}

/// Reads a stream to its end.
///
/// # Errors
/// Bytes that are no stream, one that was cut, and one with something behind it.
pub fn batches(input: impl Read, mut each: impl FnMut(EnvelopeBatch) -> Result<(), Why>) -> Result<(), Why> {
    let cut = |error: ArrowError| format!("the stream cannot be read to its end: {error}");
    let mut input = input;
    for batch in StreamReader::try_new(&mut input, None).map_err(cut)? {
        each(EnvelopeBatch::of(&batch.map_err(cut)?)?)?;
    }
    // What stands there may be rows that nobody counts.
    let behind = std::io::copy(&mut input.take(1), &mut std::io::sink()).map_err(|error| error.to_string())?;
    if behind > 0 { Err("something stands behind the end of the stream".to_owned()) } else { Ok(()) }
}
