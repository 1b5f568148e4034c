//! Which files an input names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::job::{DecimalMark, Encoding};

fn found(root: &Path, typed: &[&str]) -> Result<Vec<String>, ReadError> {
    let settings = InputSettings {
        paths: typed.iter().map(|typed| ((*typed).to_owned(), root.join(typed))).collect(),
        delimiter: None,
        encoding: Encoding::Utf8,
        decimal: DecimalMark::Point,
        thousands: None,
        date_format: None,
        timezone: None,
        columns: BTreeMap::new(),
        ..InputSettings::default()
    };
    let files = files(Input::Teams, &settings)?;
    assert!(files.iter().all(|file| file.path.is_file()));
    Ok(files.into_iter().map(|file| file.shown).collect())
}

fn root(names: &[&str]) -> TempDir {
    let root = TempDir::new().unwrap();
    for name in names {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "team\n").unwrap();
    }
    root
}

#[test]
fn a_path_is_a_file_a_glob_a_folder_or_a_list_of_them() {
    let root =
        root(&["x/b.csv", "x/a.CSV", "x/c.parquet", "x/read.me", "x/.hidden.csv", "x/deep/d.csv.gz", "e.csv.zst"]);
    let found = |typed: &[&str]| found(root.path(), typed).unwrap();
    assert_eq!(found(&["e.csv.zst"]), ["e.csv.zst"]);
    assert_eq!(found(&["x/*.csv"]), ["x/b.csv"]);
    assert_eq!(found(&["x/?.*"]), ["x/a.CSV", "x/b.csv", "x/c.parquet"]);
    assert_eq!(found(&["x"]), ["x/a.CSV", "x/b.csv", "x/c.parquet"]);
    assert_eq!(found(&["x/d*"]), ["x/deep/d.csv.gz"]);
    assert_eq!(found(&["**/*.csv.*"]), ["e.csv.zst", "x/deep/d.csv.gz"]);
    assert_eq!(found(&["e.csv.zst", "./x/"]), ["e.csv.zst", "./x/a.CSV", "./x/b.csv", "./x/c.parquet"]);
    let typed = root.path().join("x/*.csv");
    assert_eq!(found(&[typed.to_str().unwrap()]), [root.path().join("x/b.csv").to_str().unwrap()]);
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let root = root(&["x/a.csv", "x/b.csv"]);
    assert_eq!(found(root.path(), &["x/b.csv", "x/*", "x/../x/a.csv"]).unwrap(), ["x/b.csv", "x/a.csv"]);
}

#[test]
fn names_may_hold_what_globs_are_made_of() {
    let root = root(&["[2026]/a[1].csv", "[2026]/a1.csv"]);
    assert_eq!(found(root.path(), &["[2026]/a[1].csv"]).unwrap(), ["[2026]/a[1].csv"]);
    assert_eq!(found(&root.path().join("[2026]"), &["a*"]).unwrap(), ["a1.csv", "a[1].csv"]);
}

#[test]
fn a_path_that_names_nothing_is_an_error() {
    let root = root(&["x/read.me", "empty/.csv"]);
    for nothing in ["y.csv", "y/*.csv", "x", "empty", "[.csv"] {
        let error = found(root.path(), &[nothing]).unwrap_err();
        assert!(matches!(error, ReadError::NothingFound { .. }) || nothing == "[.csv", "{nothing}: {error:?}");
    }
    for unknown in ["x/read.me", "x/*"] {
        let error = found(root.path(), &[unknown]).unwrap_err();
        assert!(matches!(error, ReadError::UnknownKind { .. }), "{unknown}: {error:?}");
    }
}

#[test]
fn names_of_a_folder_are_counted_as_people_count_them() {
    let names = ["a", "a-2.csv", "a-02.csv", "a-9.csv", "a-10.csv", "a-10b.csv", "a-100.csv", "b1.csv"];
    for (at, one) in names.iter().enumerate() {
        for (behind, other) in names.iter().enumerate() {
            // Equal numbers leave it to the path as it stands.
            if (at.min(behind), at.max(behind)) != (1, 2) {
                assert_eq!(natural(one, other), at.cmp(&behind), "{one} {other}");
            }
        }
    }
    assert_eq!(natural("99999999999999999999999999", "100000000000000000000000000"), std::cmp::Ordering::Less);
}
