//! E5: the rows of a run that were set aside, a file for each file that they stand in, to be corrected and read again beside it.

use std::collections::BTreeMap;
use std::io::Write;

use super::RunError;
use super::manifest::QuarantineFile;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::Code;
use crate::inputs::Input;
use crate::publish::{FileName, StagedFile, StagedFolder, Staging};
use crate::quantity::{Currency, HoursSum, Money};
use crate::read::FileRead;
use crate::tables::{Sink, Table};

/// The table of the rows that are copied.
pub(super) const TABLE: &str = "quarantine";

const FOLDER: &str = "quarantine";

/// Letters of the name of a file that its copy is called by.
const STEM_MAX: usize = 60;

/// Rows that are copied at once.
const ROWS: usize = 1_024;

/// What the copy of each file is called: `<input>.csv` where the input is one file, else with the file's own name behind it. It rests on the
/// files alone, so it is the same in every part of a run.
pub(super) fn names(files: &[FileRead]) -> Vec<FileName> {
    let mut of_input: BTreeMap<Input, usize> = BTreeMap::new();
    files.iter().for_each(|file| *of_input.entry(file.input).or_default() += 1);
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let name = |file: &FileRead| {
        let input = file.input.name();
        if of_input.get(&file.input) == Some(&1) {
            return FileName::of(&format!("{input}.csv"));
        }
        let named = format!("{input}-{}", stem(&file.shown));
        let mut found = named.clone();
        // Another file may be called as this one with its number.
        loop {
            let times = taken.entry(found.to_ascii_lowercase()).or_default();
            *times += 1;
            if *times == 1 {
                return FileName::of(&format!("{found}.csv"));
            }
            let nth = *times;
            found = format!("{named}-{nth}");
        }
    };
    files.iter().map(name).collect()
}

/// Its path inside the run folder.
pub(super) fn inside(name: &FileName) -> String {
    format!("{FOLDER}/{name}")
}

/// The name of a file without folders and ending, as far as it may be the name of a file anywhere.
fn stem(shown: &str) -> String {
    let name = shown.rsplit(['/', '\\']).next().unwrap_or(shown);
    let name = [".gz", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let kept = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
    name.chars().map(kept).take(STEM_MAX).collect()
}

/// Writes the copies of the rows in the table `quarantine`, which is sorted by input and file. Rows that only wait for an answer in the job are
/// not to be corrected.
///
/// # Errors
/// Files that cannot be written.
pub(super) fn write(table: &Table<'_>, files: &[FileRead], staging: &Staging) -> Result<Vec<QuarantineFile>, RunError> {
    let count = table.rows.count();
    if count == 0 {
        return Ok(Vec::new());
    }
    let (mut written, mut current): (Vec<QuarantineFile>, Option<Copy<'_>>) = (Vec::new(), None);
    let mut folder = None;
    let mut at = 0;
    while at < count {
        let behind = count.min(at + ROWS);
        let mut rows = Records::new(table);
        table.rows.fill(at..behind, &mut rows);
        at = behind;
        for (input, shown, record) in rows.told {
            let folder = match &folder {
                Some(folder) => folder,
                None => folder.insert(staging.folder(&FileName::of(FOLDER))?),
            };
            let is_its = |copy: &&mut Copy<'_>| {
                (copy.file.input.name(), copy.file.shown.as_str()) == (input.as_str(), shown.as_str())
            };
            let copy = match current.as_mut().filter(is_its) {
                Some(copy) => copy,
                None => {
                    written.extend(current.take().map(Copy::finish).transpose()?);
                    current.insert(Copy::begin(folder, files, &input, &shown)?)
                }
            };
            copy.row(&record)?;
        }
    }
    written.extend(current.take().map(Copy::finish).transpose()?);
    if let Some(folder) = folder {
        folder.finish()?;
    }
    Ok(written)
}

/// The copy of one file, while it is written.
struct Copy<'a> {
    file: &'a FileRead,
    out: StagedFile,
    rows: u64,
}

impl<'a> Copy<'a> {
    fn begin(folder: &StagedFolder, files: &'a [FileRead], input: &str, shown: &str) -> Result<Copy<'a>, RunError> {
        let at = files.iter().position(|file| file.input.name() == input && file.shown == shown);
        let at = at.or_bug("a row that was set aside stands in a file that was read");
        let name = names(files).into_iter().nth(at).or_bug("every file has the name of its copy");
        let file = files.get(at).or_bug("its position is known");
        let mut out = folder.file(&name)?;
        out.write_all(&file.copied.head()).map_err(|error| out.failed(error))?;
        Ok(Copy { file, out, rows: 0 })
    }

    fn row(&mut self, record: &str) -> Result<(), RunError> {
        let line = self.file.copied.row(record).or_bug("a record is of the file it was read from");
        self.rows += 1;
        Ok(self.out.write_all(&line).map_err(|error| self.out.failed(error))?)
    }

    fn finish(self) -> Result<QuarantineFile, RunError> {
        let stored = self.out.finish()?;
        Ok(QuarantineFile {
            input: self.file.input.name().to_owned(),
            source: self.file.shown.clone(),
            file: stored.inside,
            rows: self.rows,
            bytes: stored.bytes,
            blake3: stored.blake3,
        })
    }
}

/// Between the codes of a row in the table.
const BETWEEN: &str = "; ";

/// Nobody can correct the row: how it is read is still asked, and the job has to answer.
pub(super) fn waits_for_answer(code: &str) -> bool {
    code == Code::QuestionOpen.name()
}

/// Takes input, file, record and code out of rows of the table.
struct Records {
    /// Of the four, among the columns.
    places: [usize; 4],
    column: usize,
    cells: [String; 4],
    told: Vec<(String, String, String)>,
}

impl Records {
    fn new(table: &Table<'_>) -> Records {
        let place = |name: &str| {
            let at = table.columns.iter().position(|column| column.name == name);
            at.or_bug("the table `quarantine` says where rows stand and what they are")
        };
        Records {
            places: ["input", "file", "record", "code"].map(place),
            column: 0,
            cells: Default::default(),
            told: Vec::new(),
        }
    }
}

impl Sink for Records {
    fn text(&mut self, text: &str) {
        let at = self.places.iter().position(|place| *place == self.column);
        if let Some(cell) = at.and_then(|at| self.cells.get_mut(at)) {
            text.clone_into(cell);
        }
        self.column += 1;
    }

    fn date(&mut self, _: Option<Date>) {
        self.column += 1;
    }

    fn flag(&mut self, _: Option<bool>) {
        self.column += 1;
    }

    fn count(&mut self, _: Option<i64>) {
        self.column += 1;
    }

    fn hours(&mut self, _: Option<HoursSum>) {
        self.column += 1;
    }

    fn decimal(&mut self, _: Option<i64>) {
        self.column += 1;
    }

    fn money(&mut self, _: Option<(Money, Currency)>) {
        self.column += 1;
    }

    fn end_row(&mut self) {
        let [input, file, record, code] = std::mem::take(&mut self.cells);
        if !code.split(BETWEEN).any(waits_for_answer) {
            self.told.push((input, file, record));
        }
        self.column = 0;
    }
}
