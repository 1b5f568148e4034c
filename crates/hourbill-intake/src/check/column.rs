//! All rows of a batch under check at once, a field after the other: what kind of column it is is asked once for all of its cells. It
//! finds the same as [`super::row::Row`] does row by row, in a fraction of the time.

use std::borrow::Cow;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::World;
use super::row::{self, Fingerprint, Said};
use super::value::{self, Grammar, Misread};
use crate::alias::Key;
use crate::finding::{Code, RowError};
use crate::inputs::{Input, Meaning};
use crate::read::{Batch, Cell, Defect};

/// What is wrong with a cell that can be read: the code, and what to say of the value.
pub(super) type Complaint = Option<(Code, Cow<'static, str>)>;

/// What a cell says, as a number that goes into the sum of its row; an empty one says 0 whatever the field.
type Word = u128;

/// Apart from what any cell that can be read says.
const UNREADABLE: Word = 2 << 64;

/// The rows of a batch, with what they said so far. Every field must be read exactly once, in the order in which errors are told.
pub(super) struct Columns<'a> {
    batch: &'a Batch<'a>,
    input: Input,
    /// Of each row, the words of its cells, each times the weight of its field.
    said: Vec<u128>,
    /// What the ids alone said.
    ids: Vec<u128>,
    /// What cells said in which repeats of a row may differ, because the job has no use for them; empty where there are none.
    beside: Vec<u128>,
    /// The same of what tells pieces of work apart, where ids are made of cells.
    work: Option<Vec<u128>>,
    /// By field, then row.
    errors: Vec<(usize, RowError)>,
    /// Rows that cannot be cut into cells: no cell of them, the id included, can be trusted. Ascending.
    broken: Vec<usize>,
}

impl<'a> Columns<'a> {
    pub fn new(batch: &'a Batch<'a>, input: Input) -> Columns<'a> {
        let said = vec![0; batch.rows()];
        let work = batch.has_made_ids().then(|| said.clone());
        let (ids, beside) = (Vec::new(), Vec::new());
        let mut columns = Columns { batch, input, said, ids, beside, work, errors: Vec::new(), broken: Vec::new() };
        if batch.has_defects() {
            columns.take_in_defects();
        }
        columns
    }

    #[cold]
    fn take_in_defects(&mut self) {
        for at in 0..self.batch.rows() {
            let Some(defect) = self.batch.defect(at) else { continue };
            let (error, broken) = row::defect_error(defect);
            self.errors.push((at, error));
            if broken {
                self.broken.push(at);
            }
            // What the cells do not say, the whole row does.
            if let Some(said) = self.said.get_mut(at).filter(|_| defect != Defect::BareCarriageReturn) {
                *said = xxh3_128(self.batch.record(at).unwrap_or_default().as_bytes());
            }
        }
    }

    /// Some row may say something there.
    pub fn has(&self, field: usize) -> bool {
        self.batch.has(field)
    }

    /// Some row says nothing there.
    pub fn lacks_some(&self, field: usize) -> bool {
        let mut lacks = false;
        self.batch.each(field, |_, cell| {
            lacks |= match cell {
                Cell::Empty => true,
                Cell::Text(text) => value::trimmed(text).is_empty(),
                _ => false,
            };
        });
        lacks
    }

    /// Reads a field that tells pieces of work apart.
    pub fn of_work(&mut self, read: impl FnOnce(&mut Self)) {
        let before = self.work.is_some().then(|| self.said.clone());
        read(self);
        self.add_to_work(before.as_deref());
    }

    /// The same for a field in which repeats of a row may differ, because the job has no use for it (§2.12).
    pub fn of_work_unused(&mut self, read: impl FnOnce(&mut Self)) {
        let before = self.said.clone();
        read(self);
        self.add_to_work(Some(&before));
        self.beside.resize(before.len(), 0);
        for ((beside, before), after) in self.beside.iter_mut().zip(&before).zip(&self.said) {
            *beside = beside.wrapping_add(after.wrapping_sub(*before));
        }
        self.said = before;
    }

    /// X2: a field that the job has no use for tells copies from other work all the same.
    pub fn beside(&mut self, field: usize) {
        let weight = weight(field);
        let Columns { batch, beside, .. } = self;
        beside.resize(batch.rows(), 0);
        batch.each(field, |at, cell| {
            let text = value::text(cell);
            if let Some(beside) = beside.get_mut(at).filter(|_| !text.is_empty()) {
                *beside = beside.wrapping_add(weight.wrapping_mul(u128::from(xxh3_64(text.as_bytes()))));
            }
        });
    }

    /// The ids were read, and nothing else so far.
    pub fn ids_are_read(&mut self) {
        self.ids.clone_from(&self.said);
    }

    /// What each row says but for its id, hashed: as repeats of it say it, and with what they may say otherwise, where there is some.
    fn rows_said(&self) -> (Vec<u64>, Vec<u64>) {
        let rows = || self.said.iter().zip(&self.ids).map(|(said, id)| said.wrapping_sub(*id));
        let hash = |said: u128| xxh3_64(&said.to_le_bytes());
        let with_beside = rows().zip(&self.beside).map(|(said, beside)| hash(said.wrapping_add(*beside)));
        (rows().map(hash).collect(), with_beside.collect())
    }

    fn add_to_work(&mut self, before: Option<&[u128]>) {
        let (Some(work), Some(before)) = (&mut self.work, before) else { return };
        for ((work, before), after) in work.iter_mut().zip(before).zip(&self.said) {
            *work = work.wrapping_add(after.wrapping_sub(*before));
        }
    }

    /// What each row says of the work (F4); nothing where ids are the export's own.
    pub fn work(&mut self) -> Vec<u64> {
        let work = self.work.take().unwrap_or_default();
        work.into_iter().map(|said| xxh3_64(&said.to_le_bytes())).collect()
    }

    /// Ids or free text, byte for byte.
    #[inline]
    pub fn text(&mut self, field: usize, mut each: impl FnMut(usize, &str) -> Complaint) {
        let required = self.input.requires(field);
        let id = self.input.fields().get(field).is_some_and(|field| field.meaning == Meaning::Id);
        let weight = weight(field);
        let Columns { batch, said, .. } = self;
        let mut complaints: Vec<(usize, (Code, Cow<'static, str>))> = Vec::new();
        batch.each(field, |at, cell| {
            let spelled;
            let text = match cell {
                Cell::Text(text) => text,
                Cell::Empty => "",
                other => {
                    spelled = value::text(other);
                    if let Some((code, why)) = value::no_text(other, id) {
                        complaints.push((at, (code, why.into())));
                        if let Some(said) = said.get_mut(at) {
                            let word = UNREADABLE | Word::from(xxh3_64(spelled.as_bytes()));
                            *said = said.wrapping_add(weight.wrapping_mul(word));
                        }
                        each(at, "");
                        return;
                    }
                    &*spelled
                }
            };
            // An empty one adds nothing.
            if let Some(said) = said.get_mut(at).filter(|_| !text.is_empty()) {
                let word = Word::from(xxh3_64(text.as_bytes()));
                *said = said.wrapping_add(weight.wrapping_mul(word));
            }
            if required && value::trimmed(text).is_empty() {
                complaints.push((at, (Code::EmptyValue, "is empty".into())));
            }
            if let Some(complaint) = each(at, text) {
                complaints.push((at, complaint));
            }
        });
        self.complain(field, complaints);
    }

    /// Ids of records of another input, whatever the exporter calls them by. A name that two have leads nowhere.
    pub fn reference(
        &mut self,
        field: usize,
        of: Input,
        world: &World,
        mut each: impl FnMut(usize, &str) -> Complaint,
    ) {
        match self.batch.key(field) {
            // Nearly always.
            Key::Plain => self.text(field, each),
            key => self.text(field, |at, name| match world.aliases.id(of, key, name.into()) {
                Ok(id) => each(at, &id),
                Err((one, other)) => {
                    each(at, "");
                    Some((Code::AmbiguousName, row::ambiguous(one, other).into()))
                }
            }),
        }
    }

    /// Cells through the value grammar; `None` for one that is empty or cannot be read, which is an error of its row by then.
    #[inline]
    pub fn read<T: Said + Copy>(
        &mut self,
        field: usize,
        read: impl FnMut(Cell<'_>) -> Result<Option<T>, Misread>,
        each: impl FnMut(usize, Option<T>) -> Complaint,
    ) {
        self.read_or(field, None, read, each);
    }

    /// The same of a field with a default: a cell that says it says as much as an empty one (§2.12).
    #[inline]
    fn read_or<T: Said + Copy>(
        &mut self,
        field: usize,
        default: Option<T>,
        mut read: impl FnMut(Cell<'_>) -> Result<Option<T>, Misread>,
        mut each: impl FnMut(usize, Option<T>) -> Complaint,
    ) {
        let default = default.map(|value| value.word());
        let required = self.input.requires(field);
        let weight = weight(field);
        let Columns { batch, said, .. } = self;
        let mut complaints: Vec<(usize, (Code, Cow<'static, str>))> = Vec::new();
        batch.each(field, |at, cell| {
            let (word, value) = match read(cell) {
                Ok(Some(value)) if default == Some(value.word()) => (0, Some(value)),
                Ok(Some(value)) => (1 + Word::from(value.word()), Some(value)),
                Ok(None) => {
                    if required {
                        complaints.push((at, (Code::EmptyValue, "is empty".into())));
                    }
                    (0, None)
                }
                Err(misread) => {
                    complaints.push((at, (misread.code, misread.why.into())));
                    (UNREADABLE | Word::from(xxh3_64(value::trimmed(&value::text(cell)).as_bytes())), None)
                }
            };
            if let Some(said) = said.get_mut(at) {
                *said = said.wrapping_add(weight.wrapping_mul(word));
            }
            if let Some(complaint) = each(at, value) {
                complaints.push((at, complaint));
            }
        });
        self.complain(field, complaints);
    }

    /// Flags of a field with a default.
    pub fn flag_or(&mut self, grammar: &Grammar<'_>, field: usize, default: bool, mut each: impl FnMut(usize, bool)) {
        self.read_or(
            field,
            Some(default),
            |cell| grammar.flag(cell),
            |at, flag| {
                each(at, flag.unwrap_or(default));
                None
            },
        );
    }

    /// One of a few words; synonyms say the same, and so does an empty cell as the default.
    pub fn choice_or<T: Copy + PartialEq>(
        &mut self,
        grammar: &Grammar<'_>,
        (field, default): (usize, T),
        words: &[(&str, T)],
        spoken: &str,
        mut each: impl FnMut(usize, Option<T>),
    ) {
        let meaning = |cell: Cell<'_>| row::place_of(grammar.choice(cell, words, spoken)?, words);
        let default = row::place_of(Some(default), words).ok().flatten();
        self.read_or(field, default, meaning, |at, place| {
            each(at, place.and_then(|place| row::value_at(place, words)));
            None
        });
    }

    /// Says what is wrong with rows, by their position.
    pub fn complain(&mut self, field: usize, complaints: Vec<(usize, (Code, Cow<'static, str>))>) {
        for (at, (code, why)) in complaints {
            // Its cells are given as empty, and have been complained of as a whole.
            if self.broken.binary_search(&at).is_err() {
                self.errors.push((at, row::cell_error(self.batch, self.input, at, field, code, &why)));
            }
        }
    }

    /// What each row says, and its errors by row, each in the order of the fields.
    pub fn finish(mut self) -> RowsSaid {
        let (row_hashes, copy_hashes) = self.rows_said();
        for said in &mut self.said {
            // A sum of cells alone would not tell which row says which.
            *said = xxh3_128(&said.to_le_bytes());
        }
        self.errors.sort_by_key(|(at, _)| *at);
        let mut by_row: Vec<(usize, Vec<RowError>)> = Vec::new();
        for (at, error) in self.errors {
            match by_row.last_mut() {
                Some((same, errors)) if *same == at => errors.push(error),
                _ => by_row.push((at, vec![error])),
            }
        }
        by_row.iter_mut().for_each(|(_, errors)| row::name_cells(errors));
        RowsSaid { fingerprints: self.said, row_hashes, copy_hashes, errors: by_row }
    }
}

/// What the rows of a batch say, and what is wrong with them.
pub(super) struct RowsSaid {
    pub fingerprints: Vec<Fingerprint>,
    /// Without the id.
    pub row_hashes: Vec<u64>,
    /// The same with fields in which repeats may differ; empty where there are none.
    pub copy_hashes: Vec<u64>,
    pub errors: Vec<(usize, Vec<RowError>)>,
}

/// Odd, and without relation to that of another field.
fn weight(field: usize) -> u128 {
    xxh3_128(&field.to_le_bytes()) | 1
}
