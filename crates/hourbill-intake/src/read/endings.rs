//! Which files are read, by the endings of their names.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Csv(Packing),
    Workbook,
    Parquet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// What stands beside an export and says what that holds is called as the export, and this behind it.
pub(super) const CONTROL: &str = ".control.json";

const PLAIN: Kind = Kind::Csv(Packing::None);
const GZIP: Kind = Kind::Csv(Packing::Gzip);
const ZSTD: Kind = Kind::Csv(Packing::Zstd);

/// What is read, by the ending.
const ENDINGS: [(&str, Kind); 11] = [
    (".csv", PLAIN),
    (".csv.gz", GZIP),
    (".csv.zst", ZSTD),
    (".tsv", PLAIN),
    (".tsv.gz", GZIP),
    (".tsv.zst", ZSTD),
    (".txt", PLAIN),
    (".txt.gz", GZIP),
    (".txt.zst", ZSTD),
    (".xlsx", Kind::Workbook),
    (".parquet", Kind::Parquet),
];

/// Capitals do not matter.
fn ending(name: &str) -> Option<(&'static str, Kind)> {
    let name = name.as_bytes();
    let ends = |ending: &str| {
        let at = name.len().checked_sub(ending.len());
        at.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
    };
    ENDINGS.into_iter().find(|(ending, _)| ends(ending))
}

/// The ending of a name, or of a pattern of names, as it stands in the list of those that are read.
pub(super) fn known_ending(name: &str) -> Option<&'static str> {
    ending(name).map(|(ending, _)| ending)
}

/// Whether a file of this name is read as an export when a job names it.
pub fn is_export(name: &str) -> bool {
    ending(name).is_some()
}

pub(super) fn kind(name: &str) -> Option<Kind> {
    ending(name).map(|(_, kind)| kind)
}

pub(super) fn is_text(name: &str) -> bool {
    known_ending(name).is_some_and(|ending| ending.starts_with(".txt"))
}
