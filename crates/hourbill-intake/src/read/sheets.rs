//! Which sheets of a workbook are read. One that is hidden is not, unless the job names it; several that could be meant stop the run, since
//! rows of the input would be left out, or read that are none.

use super::ReadError;
use super::job::Job;
use super::left_out::{LeftOut, Why};
use super::paths::{InputFile, sheet_shown};

/// A sheet by its tab.
pub(super) struct Tab {
    pub name: String,
    /// Hidden in one way or the other.
    pub hidden: bool,
}

/// What stands at the top of a sheet.
#[derive(Default)]
pub(super) struct Top {
    /// Empty where nothing can be a header: charts, notes.
    pub headers: Vec<String>,
    /// A row stands below the header.
    pub rows: bool,
}

/// The sheet that is read, and those that are not and have rows.
#[derive(Debug)]
pub(super) struct Chosen {
    pub at: usize,
    pub left_out: Vec<LeftOut>,
}

/// Chooses the sheet: the one that is named, or else the only one that can be meant. `top` looks at a sheet.
pub(super) fn choose(
    job: Job<'_>,
    file: &InputFile,
    tabs: &[Tab],
    top: impl FnMut(usize) -> Result<Top, ReadError>,
) -> Result<Chosen, ReadError> {
    let alone = |at| Ok(Chosen { at, left_out: Vec::new() });
    if let Some(wanted) = &file.sheet {
        let found = tabs.iter().position(|tab| tab.name.trim() == wanted.trim());
        let known = || tabs.iter().map(|tab| format!("`{}`", tab.name)).collect::<Vec<_>>().join(", ");
        return found
            .map_or_else(|| Err(broken(file, format!("it has no sheet `{wanted}`, it has {}", known()))), alone);
    }
    match tabs.len() {
        0 => Err(broken(file, "it has no sheet".to_owned())),
        1 => alone(0),
        _ => among(job, file, tabs, top),
    }
}

fn broken(file: &InputFile, detail: String) -> ReadError {
    ReadError::Workbook { file: file.shown.clone(), detail }
}

fn among(
    job: Job<'_>,
    file: &InputFile,
    tabs: &[Tab],
    top: impl FnMut(usize) -> Result<Top, ReadError>,
) -> Result<Chosen, ReadError> {
    let tops: Vec<Top> = (0..tabs.len()).map(top).collect::<Result<_, _>>()?;
    let sheets: Vec<(usize, &Tab, &Top)> =
        tabs.iter().zip(&tops).enumerate().map(|(at, (tab, top))| (at, tab, top)).collect();
    // What could be wrong with a sheet beside its columns does not make it another thing.
    let fits = |top: &Top| !top.headers.is_empty() && job.knows(&top.headers);
    let fitting: Vec<bool> = tops.iter().map(fits).collect();
    let fits = |at: usize| fitting.get(at).copied().unwrap_or_default();
    let with_rows = |hidden: bool| -> Vec<usize> {
        let meant = sheets.iter().filter(|(at, tab, top)| fits(*at) && top.rows && tab.hidden == hidden);
        meant.map(|(at, ..)| *at).collect()
    };
    let unclear = |several: &[usize], hidden: bool| {
        let names = several.iter().filter_map(|at| tabs.get(*at)).map(|tab| tab.name.clone()).collect();
        Err(ReadError::WhichSheet { file: file.shown.clone(), input: job.input, sheets: names, hidden })
    };
    let at = match with_rows(false).as_slice() {
        [one] => *one,
        [] => match with_rows(true).as_slice() {
            [] => {
                let visible = || sheets.iter().filter(|(_, tab, _)| !tab.hidden);
                let first = visible().find(|(at, ..)| fits(*at));
                let first = first.or_else(|| visible().find(|(_, _, top)| !top.headers.is_empty()));
                first.or_else(|| visible().next()).map_or(0, |(at, ..)| *at)
            }
            hidden => return unclear(hidden, true),
        },
        several => return unclear(several, false),
    };
    let others = sheets.iter().filter(|(other, _, top)| *other != at && top.rows);
    let left_out = others.map(|(other, tab, _)| left_out(job, file, tab, fits(*other))).collect();
    Ok(Chosen { at, left_out })
}

/// The sheets that a first look is taken at: those with rows, each by itself. Of the rest the hidden ones with rows are left out.
pub(super) fn looked_at(job: Job<'_>, file: &InputFile, sheets: &[(Tab, Top)]) -> (Vec<InputFile>, Vec<LeftOut>) {
    let with_rows = |hidden: bool| sheets.iter().filter(move |(tab, top)| tab.hidden == hidden && top.rows);
    let left_out = with_rows(true).map(|(tab, _)| left_out(job, file, tab, true)).collect();
    let looked: Vec<InputFile> =
        with_rows(false).map(|(tab, _)| InputFile { sheet: Some(tab.name.clone()), ..file.clone() }).collect();
    (if looked.is_empty() { vec![file.clone()] } else { looked }, left_out)
}

/// A sheet that is not read though it has rows.
pub(super) fn left_out(job: Job<'_>, file: &InputFile, tab: &Tab, fits: bool) -> LeftOut {
    let why = if tab.hidden && fits { Why::Hidden } else { Why::Columns };
    LeftOut { input: job.input, shown: sheet_shown(&file.shown, &tab.name), path: file.path.clone(), why }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::Cut;
    use super::super::endings::Kind;
    use super::super::{Unfollowed, header};
    use super::*;
    use crate::inputs::Input;
    use crate::job::{InputSettings, Limits};

    /// What is chosen of sheets: `+` in front of a hidden one, then its headers, then `/` and anything for rows.
    fn chosen(sheets: &[&str], wanted: Option<&str>) -> Result<(usize, Vec<(String, Why)>), ReadError> {
        let (settings, limits) = (InputSettings::default(), Limits::default());
        let job = Job {
            input: Input::Teams,
            settings: &settings,
            limits: &limits,
            follow: &Unfollowed,
            cut: Cut::default(),
            knows: &header::fits,
        };
        let sheet = wanted.map(str::to_owned);
        let file =
            InputFile { path: "t.xlsx".into(), shown: "t.xlsx".to_owned(), kind: Kind::Workbook, sheet, sheets: 1 };
        let tabs: Vec<Tab> =
            (0..sheets.len()).map(|at| Tab { name: format!("s{at}"), hidden: sheets[at].starts_with('+') }).collect();
        let top = |at: usize| {
            let (headers, rows) = sheets[at].trim_start_matches('+').split_once('/').unwrap_or((sheets[at], ""));
            let headers = headers.trim_start_matches('+').split(',').filter(|header| !header.is_empty());
            Ok(Top { headers: headers.map(str::to_owned).collect(), rows: !rows.is_empty() })
        };
        let chosen = choose(job, &file, &tabs, top)?;
        Ok((chosen.at, chosen.left_out.into_iter().map(|left| (left.shown, left.why)).collect()))
    }

    #[test]
    fn the_visible_sheet_that_fits_is_read_and_others_with_rows_are_named() {
        let left = |at: usize, why: Why| (format!("t.xlsx[s{at}]"), why);
        for (sheets, at, left_out) in [
            (vec!["team/1"], 0, vec![]),
            (vec!["+team/1"], 0, vec![]),
            (vec!["team/1", "", "a,b"], 0, vec![]),
            (vec!["", "notes,x/1", "team/1"], 2, vec![left(1, Why::Columns)]),
            (vec!["+team/1", "team/1", "+a,b/1"], 1, vec![left(0, Why::Hidden), left(2, Why::Columns)]),
            (vec!["team", "team/1"], 1, vec![]),
            (vec!["team", "team"], 0, vec![]),
            (vec!["", "a,b/1"], 1, vec![]),
            (vec!["+a,b", ""], 1, vec![]),
        ] {
            assert_eq!(chosen(&sheets, None).unwrap(), (at, left_out), "{sheets:?}");
        }
        assert_eq!(chosen(&["team/1", "+team/1"], Some(" s1")).unwrap(), (1, vec![]));
        assert!(chosen(&["team/1"], Some("s2")).unwrap_err().to_string().contains("it has no sheet `s2`, it has `s0`"));
        assert!(chosen(&[], None).is_err());
    }

    #[test]
    fn several_sheets_that_could_be_meant_are_not_chosen_from() {
        for (sheets, named) in [
            (vec!["team/1", "+team/1", "team/1"], "2 of its sheets, `s0`, `s2`"),
            // Twice the same column: it is of the input all the same.
            (vec!["team/1", "team,Team/1"], "2 of its sheets, `s0`, `s1`"),
            (vec!["+team/1", "notes,x/1"], "only on a hidden sheet, `s0`"),
        ] {
            let error = chosen(&sheets, None).unwrap_err();
            assert!(matches!(error, ReadError::WhichSheet { .. }) && error.to_string().contains(named), "{error}");
        }
    }
}
