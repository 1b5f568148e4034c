//! Which files an input names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::super::listing::natural;
use super::*;

fn all(root: &Path, typed: &[&str]) -> Result<Found, ReadError> {
    let paths = typed.iter().map(|typed| ((*typed).to_owned(), root.join(typed))).collect();
    files(Input::Teams, &InputSettings { paths, ..InputSettings::default() })
}

fn found(root: &Path, typed: &[&str]) -> Result<Vec<String>, ReadError> {
    let files = all(root, typed)?.files;
    assert!(files.iter().all(|file| file.path.is_file()));
    Ok(files.into_iter().map(|file| file.shown).collect())
}

fn left_out(root: &Path, typed: &[&str]) -> Vec<(String, Why)> {
    all(root, typed).unwrap().left_out.into_iter().map(|left| (left.shown, left.why)).collect()
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
    // Capitals of an ending do not matter, in a pattern as in a folder.
    assert_eq!(found(&["x/*.csv"]), ["x/a.CSV", "x/b.csv"]);
    assert_eq!(found(&["x/[ab].CSV"]), ["x/a.CSV", "x/b.csv"]);
    assert_eq!(found(&["*/a.csv"]), ["x/a.CSV"]);
    assert_eq!(found(&["x/?.*"]), ["x/a.CSV", "x/b.csv", "x/c.parquet"]);
    assert_eq!(found(&["x"]), ["x/a.CSV", "x/b.csv", "x/c.parquet"]);
    assert_eq!(found(&["x/d*"]), ["x/deep/d.csv.gz"]);
    assert_eq!(found(&["**/*.csv.*"]), ["e.csv.zst", "x/deep/d.csv.gz"]);
    assert_eq!(found(&["e.csv.zst", "./x/"]), ["e.csv.zst", "./x/a.CSV", "./x/b.csv", "./x/c.parquet"]);
    let typed = root.path().join("x/*.csv");
    let both = ["x/a.CSV", "x/b.csv"].map(|name| root.path().join(name).to_str().unwrap().to_owned());
    assert_eq!(found(&[typed.to_str().unwrap()]), both);
    // Against the folder of the job, whatever stands in front of it.
    assert_eq!(found(&["./x/b*.csv"]), ["./x/b.csv"]);
    assert_eq!(found(&["x/../x/b*.csv"]), ["x/../x/b.csv"]);
    assert_eq!(found(&["x/**"]), ["x/a.CSV", "x/b.csv", "x/c.parquet", "x/deep/d.csv.gz"]);
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
    for nothing in ["y.csv", "y/*.csv", "x", "x/*", "empty", "x/read.me/y.csv", "x/read.me/*.csv", "x/*.me/"] {
        let error = found(root.path(), &[nothing]).unwrap_err();
        assert!(matches!(error, ReadError::NothingFound { .. }), "{nothing}: {error:?}");
        assert_eq!(error.to_string().contains("it leaves out `x/read.me`"), nothing == "x" || nothing == "x/*");
    }
    for wrong in ["[.csv", "x/[a/b].csv", "**.csv"] {
        let error = found(root.path(), &[wrong]).unwrap_err();
        assert!(matches!(error, ReadError::BadPattern { .. }), "{wrong}: {error:?}");
    }
    for unknown in ["x/read.me", "x/*.me", "x/r*.me"] {
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

#[test]
fn what_is_left_out_is_told_once_unless_another_path_reads_it() {
    let names = [
        "x/a.csv",
        "x/b.csv (1)",
        "x/deep/c.csv",
        "x/n.txt",
        "x/~$w.xlsx",
        "x/a.csv.control.json",
        "x/gone.csv.control.json",
    ];
    let root = root(&names);
    let told = |typed: &[&str]| left_out(root.path(), typed);
    let left = |shown: &str, why: Why| (shown.to_owned(), why);
    let all = [
        left("x/b.csv (1)", Why::Ending),
        left("x/deep", Why::Folder),
        left("x/gone.csv.control.json", Why::Control),
        left("x/n.txt", Why::Text),
        left("x/~$w.xlsx", Why::Lock),
    ];
    assert_eq!(told(&["x"]), all);
    assert_eq!(told(&["x", "./x/"]), all);
    // A folder that a pattern fits is read.
    assert_eq!(told(&["x/*"]), [&all[..1], &all[2..]].concat());
    assert_eq!(told(&["x", "x/n.txt", "x/deep"]), [&all[..1], &all[2..3], &all[4..]].concat());
    assert_eq!(told(&["x", "x/**/*.csv"]), [&all[..1], &all[2..]].concat());
    assert_eq!(told(&["x/*.csv"]), [left("x/b.csv (1)", Why::Copy)]);
    assert_eq!(told(&["x/*.txt"]), []);
}

#[test]
fn names_that_are_no_utf_8_are_read_and_told_apart() {
    let root = root(&["x/a.csv"]);
    for name in [b"\xdc.csv".as_slice(), b"\xfc.csv", b"\xfc.doc"] {
        fs::write(root.path().join("x").join(OsStr::from_bytes(name)), "team\n").unwrap();
    }
    for typed in ["x", "x/*", "**/?.*"] {
        assert_eq!(found(root.path(), &[typed]).unwrap(), ["x/a.csv", "x/\\xDC.csv", "x/\\xFC.csv"], "{typed}");
        assert_eq!(left_out(root.path(), &[typed]), [("x/\\xFC.doc".to_owned(), Why::Ending)], "{typed}");
    }
    // The folder of the job may have such a name, too.
    let odd = root.path().join(OsStr::from_bytes(b"\xfc"));
    fs::rename(root.path().join("x"), &odd).unwrap();
    assert_eq!(found(&odd, &["*.csv"]).unwrap().len(), 3);
}

#[test]
fn links_are_followed_once_and_lead_somewhere() {
    let root = root(&["x/a.csv", "y/b.csv"]);
    symlink("../x", root.path().join("x/back")).unwrap();
    symlink("../y", root.path().join("x/y")).unwrap();
    symlink("../y", root.path().join("x/z")).unwrap();
    assert_eq!(found(root.path(), &["x/**/*.csv"]).unwrap(), ["x/a.csv", "x/y/b.csv"]);
    symlink("nowhere", root.path().join("x/share")).unwrap();
    for typed in ["x/share", "x/**/*.csv", "x/*/b.csv", "x/*", "x/share/t.csv", "x/share/*.csv"] {
        let error = found(root.path(), &[typed]).unwrap_err();
        assert!(
            error.is_io() && error.to_string().contains("`x/share`: it is a link to `nowhere`"),
            "{typed}: {error}"
        );
    }
    assert!(left_out(root.path(), &["x"]).contains(&("x/share".to_owned(), Why::Unknown)));
    assert_eq!(found(root.path(), &["x/*.csv"]).unwrap(), ["x/a.csv"]);
}
