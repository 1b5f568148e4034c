//! `FILE:ROW` (§10): a row of a file that a run has read, looked up again.

use super::{Run, RunError};
use crate::bug::OrBug;
use crate::check::value;
use crate::explain::FileRow;
use crate::finding::{FileNo, Place};
use crate::inputs::Input;
use crate::job::Settings;
use crate::read::{self, Batch, FileRead, Unfollowed};

/// What a person means by `FILE:ROW`.
pub enum Named {
    Row(Box<FileRow>),
    /// The file has no row of that number: as it is shown, and its rows.
    Beyond {
        file: String,
        row: u64,
        rows: u64,
    },
    /// Several files are called so.
    Several(Vec<String>),
}

/// Finds the row; `None` when the words name no file that was read and a number.
///
/// # Errors
/// Files that cannot be read any more.
pub fn file_row(run: &Run, settings: &Settings, text: &str) -> Result<Option<Named>, RunError> {
    let Some((name, row)) = without_line(text).rsplit_once(':') else { return Ok(None) };
    let Ok(row) = row.parse::<u64>() else { return Ok(None) };
    let files = &run.intake.files;
    let numbers: Vec<usize> = match files.iter().position(|file| file.shown == name) {
        Some(number) => vec![number],
        None => (0..files.len()).filter(|at| files.get(*at).is_some_and(|file| may_mean(name, &file.shown))).collect(),
    };
    let number = match numbers.as_slice() {
        [] => return Ok(None),
        [number] => *number,
        several => {
            let shown = several.iter().filter_map(|at| files.get(*at)).map(|file| file.shown.clone());
            return Ok(Some(Named::Several(shown.collect())));
        }
    };
    let file = files.get(number).or_bug("its position is known");
    let place = Place { file: file_no(number), row };
    let rows = last_row(run, file, place.file);
    if row == 0 || row > rows {
        return Ok(Some(Named::Beyond { file: file.shown.clone(), row, rows }));
    }
    let Some(input) = settings.inputs.get(&file.input) else { return Ok(None) };
    let first = files.iter().position(|other| other.input == file.input).unwrap_or(number);
    let of_input: Vec<FileRead> = files.iter().filter(|other| other.input == file.input).cloned().collect();
    let mut found = None;
    let (limits, first) = (&settings.limits, file_no(first));
    read::records(file.input, input, limits, &of_input, first, &[place], &mut |_, record| found = Some(record))?;
    let Some(record) = found else { return Ok(Some(Named::Beyond { file: file.shown.clone(), row, rows })) };
    let id = id_of(file.input, settings, first, place)?;
    Ok(Some(Named::Row(Box::new(FileRow {
        input: file.input,
        place,
        line: record.line,
        record: record.text,
        id,
        newer_wins: input.newer_wins,
    }))))
}

/// A place as it is printed has its line behind it, and what is copied may end with the mark that follows it.
fn without_line(text: &str) -> &str {
    let text = text.trim_end_matches([',', ':']);
    match text.rsplit_once(", line ") {
        Some((place, line)) if line.parse::<u64>().is_ok() => place,
        _ => text,
    }
}

/// A file may be named with as many of its folders as one likes, seen from wherever one stands.
fn may_mean(name: &str, shown: &str) -> bool {
    fn from_the_end(path: &str) -> impl Iterator<Item = &str> {
        path.rsplit('/').filter(|part| !matches!(*part, "" | "." | ".."))
    }
    from_the_end(name).next().is_some() && from_the_end(name).zip(from_the_end(shown)).all(|(one, other)| one == other)
}

fn file_no(number: usize) -> FileNo {
    FileNo(u32::try_from(number).ok().or_bug("a job has fewer than 2^32 files"))
}

/// Rows are numbered with those that are left out, wherever these stand.
fn last_row(run: &Run, file: &FileRead, number: FileNo) -> u64 {
    let counted = file.rows + file.left_out + file.not_timesheets.values().sum::<u64>();
    let of_file = run.intake.world.entries.chunk_list().iter().filter(|chunk| chunk.file == number.0);
    let last = of_file.filter_map(|chunk| Some(chunk.place(chunk.len().checked_sub(1)?).row)).max();
    counted.max(last.unwrap_or(0))
}

/// What the first field of an input, which is its id where it has one, says in a row; empty when the row is left out.
fn id_of(input: Input, settings: &Settings, first: FileNo, place: Place) -> Result<String, RunError> {
    let Some(of_input) = settings.inputs.get(&input).filter(|_| input.newer_can_win()) else {
        return Ok(String::new());
    };
    let each = |batch: &Batch<'_>| {
        let mut ids = Vec::new();
        batch.each(0, |at, cell| ids.push((at, value::text(cell).into_owned())));
        ids
    };
    let scan = read::scan(input, of_input, &settings.limits, first, &Unfollowed, each)?;
    for piece in scan.pieces.into_iter().filter(|piece| piece.file == place.file) {
        let at = place.row.checked_sub(piece.first_row).map(|at| at as usize);
        if let Some((_, id)) = piece.result.into_iter().find(|(own, _)| Some(*own) == at) {
            return Ok(id);
        }
    }
    Ok(String::new())
}
