//! Holds what was read against control totals from outside, before anything is computed.

use super::inputs_read::Intake;
use crate::finding::FileNo;
use crate::inputs::Input;
use crate::job::{ControlTotal, Expected};
use crate::quantity::HoursSum;
use crate::read::{FileRead, Promised};

/// A total that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    pub message: String,
    /// Who expected it.
    pub by: String,
}

/// Every total that differs.
pub fn unmet(intake: &Intake, expected: &[Expected]) -> Vec<Unmet> {
    let mut unmet: Vec<Unmet> = expected.iter().filter_map(|expected| of_input(intake, *expected)).collect();
    for (number, file) in (0_u32..).zip(&intake.files) {
        if let Some(promised) = &file.promised {
            unmet.extend(of_file(intake, FileNo(number), promised));
        }
    }
    unmet
}

fn of_input(intake: &Intake, expected: Expected) -> Option<Unmet> {
    let input = expected.input;
    let by = "--expect".to_owned();
    match expected.total {
        ControlTotal::Rows(wanted) => {
            let rows: u64 = intake.files.iter().filter(|file| file.input == input).map(|file| file.rows).sum();
            let noun = if rows == 1 { "row" } else { "rows" };
            let message = format!("{input} has {rows} {noun}, {wanted} are expected");
            (rows != wanted).then_some(Unmet { message, by })
        }
        ControlTotal::Hours(wanted) => {
            // Control totals are those of whole files, whatever part of the run this is.
            let elsewhere = intake.totals.elsewhere.values().map(|file| file.hours);
            let hours = elsewhere.fold(intake.totals.hours, |sum, hours| sum + hours);
            let message = format!("{input} has {hours} hours, {wanted} are expected");
            (!wanted.fits(hours)).then_some(Unmet { message, by })
        }
    }
}

fn of_file(intake: &Intake, number: FileNo, promised: &Promised) -> Vec<Unmet> {
    let Some(file) = intake.files.get(number.0 as usize) else { return Vec::new() };
    // Of a workbook it may be said of several sheets.
    let sheets = (number.0..).zip(intake.files.iter().skip(number.0 as usize)).take(promised.sheets);
    let sheets: Vec<(FileNo, &FileRead)> = sheets.map(|(number, file)| (FileNo(number), file)).collect();
    let of_sheets: u64 = sheets.iter().map(|(_, file)| file.rows).sum();
    let mut messages = Vec::new();
    let mut differs = |what: &str, is: String, wanted: String| {
        let what = if is == "1" { what.trim_end_matches('s') } else { what };
        messages.push(format!("`{}` has {is} {what}, {wanted} are expected", file.shown));
    };
    if let Some(rows) = promised.rows.filter(|rows| *rows != of_sheets) {
        differs("rows", of_sheets.to_string(), rows.to_string());
    }
    if let Some(bytes) = promised.bytes.filter(|bytes| *bytes != file.bytes) {
        differs("bytes", file.bytes.to_string(), bytes.to_string());
    }
    if let Some(wanted) = promised.hours {
        let of_sheets = || sheets.iter().fold(HoursSum::ZERO, |sum, (number, _)| sum + hours_of(intake, *number));
        let hours = (file.input == Input::Timesheets).then(of_sheets);
        match hours {
            Some(hours) if wanted.fits(hours) => {}
            Some(hours) => differs("hours", hours.to_string(), wanted.to_string()),
            None => differs("hours", "no".to_owned(), wanted.to_string()),
        }
    }
    if let Some(hash) = promised.blake3.as_ref().filter(|hash| !hash.eq_ignore_ascii_case(&file.blake3)) {
        messages.push(format!("`{}` has the BLAKE3 {}, {hash} is expected", file.shown, file.blake3));
    }
    messages.into_iter().map(|message| Unmet { message, by: promised.shown.clone() }).collect()
}

/// Hours of one file as they were read; what cannot be read is 0.
fn hours_of(intake: &Intake, number: FileNo) -> HoursSum {
    let chunks = intake.world.entries.chunk_list().iter().filter(|chunk| chunk.file == number.0);
    let mut own = 0;
    chunks.for_each(|chunk| chunk.hours.each(|micros| own += i128::from(micros)));
    HoursSum::from_micros(own)
        + intake.totals.elsewhere.get(&number).map_or(HoursSum::ZERO, |elsewhere| elsewhere.hours)
}
