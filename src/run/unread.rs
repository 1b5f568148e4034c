//! What lies among the files of a job and is not read: each is told by its name.

use std::collections::BTreeSet;

use crate::finding::{Finding, Subject};
use crate::inputs::Input;
use crate::job::Settings;
use crate::read::{self, FileRead, LeftOut};

/// Of each input so many are told one by one.
const TOLD_MAX: usize = 20;

/// What nobody reads. The job's own files are no exports, and what one input leaves out another may read.
pub(super) fn left_out(all: &[LeftOut], files: &[FileRead], settings: &Settings) -> Vec<LeftOut> {
    let own = [Some(&settings.job_file), Some(&settings.output.dir), settings.ledger.as_ref().map(|of| &of.dir)];
    let is_own = |left: &LeftOut| own.into_iter().flatten().any(|path| read::is_same(path, &left.path));
    // All are shown as seen from the job file, or from `/`; a sheet stands in brackets behind its workbook.
    let plain = |shown: &str| shown.trim_start_matches("./").to_owned();
    let read: BTreeSet<String> = files.iter().map(|file| plain(&file.shown)).collect();
    let of_sheet = |file: &FileRead| Some(plain(&format!("{}[{}]", file.shown, file.sheets.read.as_ref()?)));
    let sheets: BTreeSet<String> = files.iter().filter_map(of_sheet).collect();
    let is_read = |left: &LeftOut| read.contains(&plain(&left.shown)) || sheets.contains(&plain(&left.shown));
    all.iter().filter(|left| !is_read(left) && !is_own(left)).cloned().collect()
}

/// A finding for each, and one for those of an input that are too many.
pub(super) fn findings(left_out: &[LeftOut]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for input in Input::ALL {
        let of_input: Vec<&LeftOut> = left_out.iter().filter(|left| left.input == input).collect();
        let finding = |left: &LeftOut, message: String| Finding {
            code: left.code(),
            subject: Subject::Input,
            id: input.name().to_owned(),
            message,
            place: None,
        };
        for left in of_input.iter().take(TOLD_MAX) {
            let message = format!("`{}` is left out of the {input} input: {}", left.shown, left.because());
            findings.push(finding(left, message));
        }
        let (_, rest) = of_input.split_at(TOLD_MAX.min(of_input.len()));
        if let Some(first) = rest.first() {
            let message = match rest.len() {
                1 => format!("`{}` is left out of the {input} input, too: {}", first.shown, first.because()),
                more => format!(
                    "{more} more are left out of the {input} input, such as `{}`: run.json names all",
                    first.shown
                ),
            };
            findings.push(finding(first, message));
        }
    }
    findings
}
