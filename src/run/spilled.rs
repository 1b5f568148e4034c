//! What the passes of a run leave behind, put aside until all are known: rows of tables and records for the ledger.

use std::io::{self, BufReader, Read, Write};

use super::made::{self, Made};
use super::manifest::{DocumentFile, TableFile};
use super::stored::StoredPart;
use super::{Run, RunError, copies, posting};
use crate::bug::OrBug;
use crate::job::Settings;
use crate::ledger;
use crate::posted::{Document, LedgerBatch, Line, Portion, Portions, Said};
use crate::publish::{Scratch, Spilled, Staging, Stretch};
use crate::read::FileRead;
use crate::tables::{order, tables};

/// Rows and records of the passes so far.
#[derive(Default)]
pub(super) struct SpilledRun {
    tables: Vec<Spilled>,
    /// The records for the ledger; `None` in a job without one.
    posting: Option<Posting>,
}

impl SpilledRun {
    /// Nothing was taken in yet.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Takes in the rows that a pass has made.
    pub fn take(&mut self, run: &Run, settings: &Settings, staging: &Staging) -> Result<(), RunError> {
        let results = run.results(settings);
        for (nth, table) in tables(results).iter().enumerate() {
            if self.tables.len() == nth {
                self.tables.push(Spilled::like(staging, table)?);
            }
            let spilled = self.tables.get_mut(nth).or_bug("each pass makes the same tables");
            spilled.add(staging, table, &order(results, table))?;
        }
        if made::is_postable(run, settings) {
            let batch = posting::proposal(run, settings)?;
            let posting = match &mut self.posting {
                Some(posting) => posting,
                none => none.insert(Posting::new(staging)?),
            };
            posting.take(batch).map_err(|error| staging.failed(PORTIONS, error))?;
        }
        Ok(())
    }

    /// Takes in the rows that another process has made.
    pub fn take_stored(&mut self, part: &StoredPart, staging: &Staging) -> Result<(), RunError> {
        let unknown = || RunError::PartRefused("the parts have made other tables".to_owned());
        for (nth, table) in part.result.tables.iter().enumerate() {
            if self.tables.len() == nth {
                self.tables.push(Spilled::of(staging, &table.name, table.columns)?.ok_or_else(unknown)?);
            }
            let spilled = self.tables.get_mut(nth).filter(|spilled| spilled.name() == table.name);
            spilled.ok_or_else(unknown)?.take(staging, part.open(&table.file)?)?;
        }
        if let Some(batch) = part.batch()? {
            let posting = match &mut self.posting {
                Some(posting) => posting,
                none => none.insert(Posting::new(staging)?),
            };
            posting.take(batch).map_err(|error| staging.failed(PORTIONS, error))?;
        }
        Ok(())
    }

    /// Writes the tables of the whole run and what posting it puts into the ledger, and puts its documents in order.
    pub fn write(
        self,
        made: &mut Made,
        (settings, files): (&Settings, &[FileRead]),
        staging: &Staging,
    ) -> Result<(), RunError> {
        for spilled in self.tables {
            let merged = spilled.merged(staging)?;
            let table = merged.table();
            for format in settings.output.table_formats() {
                let written = made::write(staging, &table, format);
                merged.finish().map_err(|error| staging.failed(table.name, error))?;
                made.tables.push(written?);
            }
            if table.name == copies::TABLE {
                let written = copies::write(&table, files, staging);
                merged.finish().map_err(|error| staging.failed(table.name, error))?;
                made.quarantine = written?;
            }
        }
        if let Some(posting) = self.posting {
            made.posting = posting.write(staging)?;
        }
        // Documents of one draft stay in their order, and those of no draft stand behind them.
        made.documents
            .sort_by(|a, b| (a.invoice_id.is_empty(), &a.invoice_id).cmp(&(b.invoice_id.is_empty(), &b.invoice_id)));
        let of_drafts = made.documents.partition_point(|document| !document.invoice_id.is_empty());
        // Documents of one statement stay in their order, too: the passes made them in an order of their own.
        let folder = |document: &DocumentFile| document.file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        made.documents.split_at_mut(of_drafts).1.sort_by_cached_key(folder);
        Ok(())
    }
}

/// The records of the ledger that posting the run makes.
struct Posting {
    documents: Vec<Kept>,
    /// Portions of all documents.
    file: Scratch,
    portions: u64,
}

/// A document, its lines, and where its portions are.
struct Kept {
    document: Document,
    lines: Vec<Line>,
    start: u64,
    portions: u64,
}

impl Posting {
    fn new(staging: &Staging) -> Result<Posting, RunError> {
        Ok(Posting { documents: Vec::new(), file: staging.scratch()?, portions: 0 })
    }

    fn take(&mut self, batch: LedgerBatch) -> io::Result<()> {
        let LedgerBatch { documents, lines, portions } = batch;
        let mut lines = lines.into_iter();
        let (mut row, mut first_line) = (0, 0_u32);
        for document in documents {
            let own: Vec<Line> = lines.by_ref().take(document.lines as usize).collect();
            let (start, first_row) = (self.file.bytes(), row);
            while portions.lines.get(row).is_some_and(|&line| line < first_line + document.lines) {
                write_portion(&portions, row, first_line, &mut self.file)?;
                row += 1;
            }
            first_line += document.lines;
            self.documents.push(Kept { document, lines: own, start, portions: (row - first_row) as u64 });
        }
        self.portions += portions.len() as u64;
        Ok(())
    }

    /// The same files as those of a run in one go.
    fn write(mut self, staging: &Staging) -> Result<Vec<TableFile>, RunError> {
        self.documents.sort_by(|a, b| a.document.id.cmp(&b.document.id));
        self.file.flush().map_err(|error| staging.failed(PORTIONS, error))?;
        let mut batch = LedgerBatch::default();
        let mut at = Vec::with_capacity(self.documents.len());
        for (number, kept) in (0_u32..).zip(self.documents) {
            at.push(At { first_line: batch.lines.len(), start: kept.start, portions: kept.portions });
            batch.lines.extend(kept.lines.into_iter().map(|line| Line { document: number, ..line }));
            batch.documents.push(kept.document);
        }
        let mut reader = PortionReader { documents: at.into_iter(), file: &self.file, current: None };
        let (mut names, mut files) = (posting::Names::default(), Vec::new());
        ledger::write_segments(
            &batch,
            self.portions,
            |rows| reader.next(rows).map_err(|error| staging.failed(PORTIONS, error).into()),
            |object, bytes| {
                let file = names.next(object);
                made::bytes_of(staging, &file.file, bytes)?;
                files.push(file);
                Ok::<(), RunError>(())
            },
        )?;
        Ok(files)
    }
}

const PORTIONS: &str = "posting-portions";

/// Writes a portion: line of its document, date, hours, hours of the entry, what a pack gave beyond them, id, what the entry said.
fn write_portion(portions: &Portions, row: usize, first_line: u32, out: &mut impl Write) -> io::Result<()> {
    let Portion { line, id, days, hours, known, said, uplift } = portions.at(row);
    out.write_all(&(line - first_line).to_be_bytes())?;
    out.write_all(&days.to_be_bytes())?;
    out.write_all(&hours.to_be_bytes())?;
    out.write_all(&known.to_be_bytes())?;
    out.write_all(&uplift.to_be_bytes())?;
    write_text(Some(id), out)?;
    for text in [said.employee, said.ticket, said.customer] {
        write_text(text, out)?;
    }
    for number in [said.started, said.text.map(i64::from)] {
        out.write_all(&[u8::from(number.is_some())])?;
        out.write_all(&number.unwrap_or_default().to_be_bytes())?;
    }
    Ok(())
}

/// A length that no text has stands for none.
const NO_TEXT: u32 = u32::MAX;

fn write_text(text: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    let len = text.map_or(Ok(NO_TEXT), |text| u32::try_from(text.len()).map_err(io::Error::other))?;
    out.write_all(&len.to_be_bytes())?;
    out.write_all(text.unwrap_or_default().as_bytes())
}

fn read_text(reader: &mut impl Read) -> io::Result<Option<String>> {
    let mut len = [0; 4];
    reader.read_exact(&mut len)?;
    let len = u32::from_be_bytes(len);
    if len == NO_TEXT {
        return Ok(None);
    }
    let mut text = vec![0; len as usize];
    reader.read_exact(&mut text)?;
    String::from_utf8(text).map(Some).map_err(io::Error::other)
}

fn read_number(reader: &mut impl Read) -> io::Result<Option<i64>> {
    let mut is_there = [0];
    reader.read_exact(&mut is_there)?;
    let number = read_i64(reader)?;
    Ok((is_there == [1]).then_some(number))
}

/// Where the portions of a document are.
struct At {
    /// Position of its first line in the batch.
    first_line: usize,
    start: u64,
    portions: u64,
}

/// The portions of all documents, in their order.
struct PortionReader<'a, I> {
    documents: I,
    file: &'a Scratch,
    current: Option<Current<'a>>,
}

struct Current<'a> {
    first_line: usize,
    reader: BufReader<Stretch<'a>>,
    left: u64,
}

impl<I: Iterator<Item = At>> PortionReader<'_, I> {
    /// The next rows, so many of them as there are.
    fn next(&mut self, rows: usize) -> io::Result<Portions> {
        let mut portions = Portions::default();
        while portions.len() < rows {
            let Some(current) = self.current.as_mut().filter(|current| current.left > 0) else {
                let Some(At { first_line, start, portions }) = self.documents.next() else { break };
                let reader = self.file.reader(start..self.file.bytes());
                self.current = Some(Current { first_line, reader, left: portions });
                continue;
            };
            current.left -= 1;
            let mut number = [0; 4];
            current.reader.read_exact(&mut number)?;
            let line = current.first_line + u32::from_be_bytes(number) as usize;
            current.reader.read_exact(&mut number)?;
            let days = i32::from_be_bytes(number);
            let [hours, known] = [read_i64(&mut current.reader)?, read_i64(&mut current.reader)?];
            let uplift = read_i64(&mut current.reader)?;
            let reader = &mut current.reader;
            let id = read_text(reader)?.ok_or_else(|| io::Error::other("a portion without an id"))?;
            let [employee, ticket, customer] = [read_text(reader)?, read_text(reader)?, read_text(reader)?];
            let [started, text] = [read_number(reader)?, read_number(reader)?];
            let said = Said {
                employee: employee.as_deref(),
                ticket: ticket.as_deref(),
                customer: customer.as_deref(),
                started,
                text: text.map(u32::try_from).transpose().map_err(io::Error::other)?,
            };
            portions.push(u32::try_from(line).map_err(io::Error::other)?, &id, days, hours, known, said);
            portions.lift(uplift);
        }
        Ok(portions)
    }
}

fn read_i64(reader: &mut impl Read) -> io::Result<i64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes)?;
    Ok(i64::from_be_bytes(bytes))
}
