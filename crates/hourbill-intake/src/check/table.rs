//! What customers, teams, order lines and tickets have in common: rows with an id, kept once, set aside when they contradict each
//! other (§2.12).

use std::collections::{BTreeSet, HashMap};

use super::column::{Columns, RowsSaid};
use super::row::{Fingerprint, Row};
use super::value;
use crate::alias::Key;
use crate::bug::OrBug;
use crate::finding::{Aside, Code, FileNo, Finding, Place, Rejected, RowError, Subject};
use crate::ident::{Ids, Idx, Texts};
use crate::inputs::Input;
use crate::read::{Batch, Piece};

/// The rows of a batch, read.
pub struct CheckedRows<T> {
    /// Empty for rows whose id cannot be trusted.
    ids: Texts,
    fingerprints: Vec<Fingerprint>,
    /// What the row says, unless something is wrong with it.
    things: Vec<Option<T>>,
    /// What else other files may call the row; empty where nothing else is known.
    names: Vec<Vec<(Key, String)>>,
    /// Rows with something wrong, by their position in the batch.
    wrong: Aside,
}

/// A row of a batch with something wrong. Its place and line count from the start of the batch ([`Aside::placed`]); its record is looked up
/// later where the batch does not know it.
pub(super) fn wrong(batch: &Batch<'_>, input: Input, at: usize, id: &str, errors: Vec<RowError>) -> Rejected {
    Rejected {
        input,
        place: Place { file: FileNo(0), row: at as u64 },
        line: Some(batch.line(at)),
        id: id.to_owned(),
        errors,
        record: batch.record(at),
    }
}

/// Reads every row of a batch with `read`, which takes the id as already read and says `None` only after naming an error.
pub(super) fn rows<T>(batch: &Batch<'_>, input: Input, read: impl FnMut(&mut Row<'_>) -> Option<T>) -> CheckedRows<T> {
    rows_named_by(batch, input, 0, read)
}

/// The same for an input whose id, or what stands for it, is not the first column.
pub(super) fn rows_named_by<T>(
    batch: &Batch<'_>,
    input: Input,
    id: usize,
    mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
) -> CheckedRows<T> {
    let mut rows = CheckedRows {
        ids: Texts::default(),
        fingerprints: Vec::with_capacity(batch.rows()),
        things: Vec::with_capacity(batch.rows()),
        names: Vec::new(),
        wrong: Aside::default(),
    };
    let mut said = Vec::new();
    for at in 0..batch.rows() {
        if !batch.left_out().is_empty() && batch.left_out().binary_search(&at).is_ok() {
            rows.ids.push("");
            rows.fingerprints.push(0);
            rows.things.push(None);
            if batch.has_names() {
                rows.names.push(Vec::new());
            }
            continue;
        }
        let mut row = Row::new(batch, input, at, &mut said);
        let thing = if row.broken() {
            rows.ids.push("");
            None
        } else {
            rows.ids.push(&row.text(id));
            read(&mut row)
        };
        let (fingerprint, errors) = row.finish();
        if batch.has_names() {
            rows.names.push(batch.names(at, input));
        }
        rows.fingerprints.push(fingerprint);
        rows.things.push(thing.filter(|_| errors.is_empty()));
        if !errors.is_empty() {
            rows.wrong.push(&wrong(batch, input, at, rows.ids.get(at), errors));
        }
    }
    rows.wrong = rows.wrong.complete();
    rows
}

/// The same a column after the other, for an input of many rows: `read` reads all columns but that of the ids, the first, and says what
/// each row says, whether something is wrong with it or not.
pub(super) fn columns<T>(
    batch: &Batch<'_>,
    input: Input,
    read: impl FnOnce(&mut Columns<'_>) -> Vec<T>,
) -> CheckedRows<T> {
    let is_left_out = |at: usize| batch.left_out().binary_search(&at).is_ok();
    let mut ids = Texts::default();
    let mut columns = Columns::new(batch, input);
    columns.text(0, |at, id| {
        ids.push(if is_left_out(at) { "" } else { id });
        None
    });
    let mut things: Vec<Option<T>> = read(&mut columns).into_iter().map(Some).collect();
    let RowsSaid { fingerprints, errors, .. } = columns.finish();
    let mut rejected = Aside::default();
    for (at, errors) in errors {
        things.get_mut(at).or_bug("every row says something").take();
        if !is_left_out(at) {
            rejected.push(&wrong(batch, input, at, ids.get(at), errors));
        }
    }
    for &at in batch.left_out() {
        things.get_mut(at).or_bug("what is left out is a row").take();
    }
    let names =
        if batch.has_names() { (0..batch.rows()).map(|at| batch.names(at, input)).collect() } else { Vec::new() };
    CheckedRows { ids, fingerprints, things, names, wrong: rejected.complete() }
}

/// Rows of an input that were not kept, or not without a word.
#[derive(Clone, Default)]
pub struct SetAside {
    pub rejected: Aside,
    pub findings: Vec<Finding>,
}

impl SetAside {
    pub fn append(&mut self, mut other: SetAside) {
        self.rejected.append(other.rejected);
        self.findings.append(&mut other.findings);
    }
}

/// An id that stands in more than one row.
struct Repeated {
    rows: usize,
    differ: bool,
    kept: bool,
    /// The last file that has it, what it says there first, and whether it says something else there too.
    latest: FileNo,
    latest_says: Fingerprint,
    latest_differ: bool,
}

impl Repeated {
    fn once(file: FileNo, says: Fingerprint) -> Repeated {
        Repeated { rows: 1, differ: false, kept: false, latest: file, latest_says: says, latest_differ: false }
    }

    fn again(&mut self, file: FileNo, first_says: Fingerprint, says: Fingerprint) {
        self.rows += 1;
        self.differ |= first_says != says;
        if file > self.latest {
            (self.latest, self.latest_says, self.latest_differ) = (file, says, false);
        }
        self.latest_differ |= self.latest_says != says;
    }
}

/// Hands each good row to `keep`, in the order read: the first of equal rows, and none of rows with one id that differ.
pub(super) fn settle<T>(
    input: Input,
    subject: Subject,
    newer_wins: bool,
    pieces: Vec<Piece<CheckedRows<T>>>,
    keep: impl FnMut(&str, Place, T, &[(Key, String)]),
) -> SetAside {
    settle_opposed(input, subject, newer_wins, &BTreeSet::new(), pieces, keep)
}

/// The same where rows with one of the ids `both`, which another input has, too, are set aside (C1).
pub(super) fn settle_opposed<T>(
    input: Input,
    subject: Subject,
    newer_wins: bool,
    both: &BTreeSet<String>,
    pieces: Vec<Piece<CheckedRows<T>>>,
    mut keep: impl FnMut(&str, Place, T, &[(Key, String)]),
) -> SetAside {
    let mut repeats = Repeats::of(&pieces);
    let mut aside = SetAside::default();
    for Piece { file, first_row, first_line, result: rows, .. } in pieces {
        let wrong = rows.wrong.placed(file, first_row, first_line);
        let mut wrong = wrong.iter().peekable();
        for (at, thing) in rows.things.into_iter().enumerate() {
            let id = rows.ids.get(at);
            let place = Place { file, row: first_row + at as u64 };
            let repeat = repeats.get_mut(id);
            let newer = repeat.as_ref().filter(|repeat| repeat.differ && newer_wins);
            let settled = newer_wins && repeat.as_ref().is_some_and(|repeat| file < repeat.latest);
            if settled && wrong.next_if(|wrong| wrong.place == place).is_some() {
                aside.findings.push(settled_row(input, subject, id, place));
                continue;
            }
            if newer.is_some_and(|repeat| file < repeat.latest) {
                aside.findings.push(Finding {
                    code: Code::NewerRow,
                    subject,
                    id: id.to_owned(),
                    message: format!("`{id}` says something else in a newer file of the {input} input"),
                    place: Some(place),
                });
                continue;
            }
            let conflicts = |repeat: &&&mut Repeated| if newer_wins { repeat.latest_differ } else { repeat.differ };
            let conflict = repeat.as_ref().filter(conflicts).map(|repeat| conflict(input, id, repeat.rows));
            let conflict = conflict.or_else(|| both.contains(id).then(|| opposed(input, id)));
            match (wrong.next_if(|wrong| wrong.place == place), conflict, thing) {
                (Some(mut wrong), conflict, _) => {
                    wrong.errors.extend(conflict);
                    aside.rejected.push(&wrong);
                }
                (None, Some(conflict), _) => {
                    let (id, errors) = (id.to_owned(), vec![conflict]);
                    aside.rejected.push(&Rejected { input, place, line: None, id, errors, record: None });
                }
                (None, None, Some(thing)) => {
                    if repeat.is_none_or(|repeat| !std::mem::replace(&mut repeat.kept, true)) {
                        keep(id, place, thing, rows.names.get(at).map_or(&[], Vec::as_slice));
                    } else {
                        aside.findings.push(Finding {
                            code: Code::DuplicateRow,
                            subject,
                            id: id.to_owned(),
                            message: format!("`{id}` stands in the {input} input more than once, in equal rows"),
                            place: Some(place),
                        });
                    }
                }
                (None, None, None) => {}
            }
        }
    }
    aside
}

/// E7: a row that could not be used, and for which one of a newer file counts.
pub(super) fn settled_row(input: Input, subject: Subject, id: &str, place: Place) -> Finding {
    let message = format!("`{id}` could not be used as it stands here; a newer file of the {input} input has it again");
    Finding { code: Code::SettledRow, subject, id: id.to_owned(), message, place: Some(place) }
}

/// The same for an input whose rows have no id of their own: each good row is handed over, the first of equal ones.
pub(super) fn settle_listed<T>(
    input: Input,
    subject: Subject,
    pieces: Vec<Piece<CheckedRows<T>>>,
    keep: impl FnMut(&str, Place, T),
) -> SetAside {
    settle_rows(input, subject, pieces, |_, _| true, keep)
}

/// The same for lines of documents, of which two may well say the same: only those of another file are repeats.
pub(super) fn settle_lines<T>(
    input: Input,
    subject: Subject,
    pieces: Vec<Piece<CheckedRows<T>>>,
    keep: impl FnMut(&str, Place, T),
) -> SetAside {
    settle_rows(input, subject, pieces, |first, file| first != file, keep)
}

/// `repeats` is asked about equal rows of two files.
fn settle_rows<T>(
    input: Input,
    subject: Subject,
    pieces: Vec<Piece<CheckedRows<T>>>,
    repeats: impl Fn(FileNo, FileNo) -> bool,
    mut keep: impl FnMut(&str, Place, T),
) -> SetAside {
    let mut met: HashMap<Fingerprint, FileNo> = HashMap::new();
    let mut aside = SetAside::default();
    for Piece { file, first_row, first_line, result: rows, .. } in pieces {
        let CheckedRows { ids, fingerprints, things, wrong, names: _ } = rows;
        aside.rejected.append(wrong.placed(file, first_row, first_line));
        for ((at, thing), fingerprint) in things.into_iter().enumerate().zip(fingerprints) {
            let Some(thing) = thing else { continue };
            let (id, place) = (ids.get(at), Place { file, row: first_row + at as u64 });
            let first = met.get(&fingerprint).copied();
            met.entry(fingerprint).or_insert(file);
            if first.is_none_or(|first| !repeats(first, file)) {
                keep(id, place, thing);
            } else {
                let message = format!("a row of the {input} input about `{id}` stands there more than once");
                let id = if subject == Subject::Input { input.name() } else { id }.to_owned();
                aside.findings.push(Finding { code: Code::DuplicateRow, subject, id, message, place: Some(place) });
            }
        }
    }
    aside
}

/// The error of each of the rows that share an id and differ.
pub(super) fn conflict(input: Input, id: &str, rows: usize) -> RowError {
    RowError {
        code: Code::ConflictingDuplicate,
        column: input.fields().first().map_or("", |field| field.name),
        message: format!("`{id}` stands in {rows} rows that differ"),
        value: id.to_owned(),
    }
}

/// Ids that stand in more than one row.
struct Repeats {
    ids: Ids<Repeated>,
    repeated: HashMap<Idx<Repeated>, Repeated>,
}

impl Repeats {
    fn of<T>(pieces: &[Piece<CheckedRows<T>>]) -> Repeats {
        let mut repeats = Repeats { ids: Ids::default(), repeated: HashMap::new() };
        // As most exports have them: none can stand there twice.
        if ids(pieces).is_sorted_by(|id, next| id < next) || ids(pieces).is_sorted_by(|id, next| id > next) {
            return repeats;
        }
        repeats.ids.announce(ids(pieces));
        let mut first: Vec<(FileNo, Fingerprint)> = Vec::new();
        for piece in pieces {
            for (id, fingerprint) in piece.result.ids.iter().zip(&piece.result.fingerprints) {
                if value::trimmed(id).is_empty() {
                    continue;
                }
                let idx = repeats.ids.intern(id);
                match first.get(idx.position()) {
                    None => first.push((piece.file, *fingerprint)),
                    Some(&(first_file, first_says)) => {
                        let met_once = || Repeated::once(first_file, first_says);
                        repeats.repeated.entry(idx).or_insert_with(met_once).again(
                            piece.file,
                            first_says,
                            *fingerprint,
                        );
                    }
                }
            }
        }
        repeats
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Repeated> {
        if self.repeated.is_empty() {
            return None;
        }
        self.repeated.get_mut(&self.ids.find(id)?)
    }
}

/// What good rows say, in order.
pub(super) fn things<T>(pieces: &[Piece<CheckedRows<T>>]) -> impl Iterator<Item = &T> {
    pieces.iter().flat_map(|piece| piece.result.things.iter().flatten())
}

/// The ids of all rows, in order; empty for rows whose id cannot be trusted.
pub(super) fn ids<T>(pieces: &[Piece<CheckedRows<T>>]) -> impl Iterator<Item = &str> {
    pieces.iter().flat_map(|piece| piece.result.ids.iter())
}

/// The error of a row whose id stands in both inputs.
fn opposed(input: Input, id: &str) -> RowError {
    let other = if input == Input::Orders { "an agreement" } else { "an order line" };
    let message = format!("`{id}` is the id of {other}, too");
    let column = input.fields().first().map_or("", |field| field.name);
    RowError { code: Code::ConflictingDuplicate, column, message, value: id.to_owned() }
}
