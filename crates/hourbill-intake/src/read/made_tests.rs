use std::collections::BTreeMap;

use super::super::Sheets;
use super::*;
use crate::finding::FileNo;
use crate::inputs::Input;
use crate::read::FileRead;

/// A file of rows `who,day,what`, of which the first two cells make the key.
fn table(rows: &[[&str; 3]]) -> Table {
    let row = |(number, cells): (u64, &[&str; 3])| GridRow {
        number,
        line: None,
        cells: cells.iter().map(|cell| Owned::Text((*cell).to_owned())).chain([Owned::Empty]).collect(),
        defect: None,
        record: None,
    };
    Table {
        number: FileNo(0),
        read: FileRead {
            input: Input::Timesheets,
            shown: String::new(),
            rows: rows.len() as u64,
            left_out: 0,
            skipped: Vec::new(),
            not_timesheets: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            bytes: 0,
            blake3: String::new(),
            columns: Vec::new(),
            promised: None,
            sheets: Sheets::default(),
            copied: crate::read::Copied::default(),
        },
        headers: ["who", "day", "what"].map(str::to_owned).to_vec(),
        rows: (1..).zip(rows).map(row).collect(),
        skipped: Vec::new(),
        fields: Vec::new(),
        treatments: None,
        made: Some(MadeIds { from: vec![0, 1], prefix: "row", column: 3 }),
        delimiter: None,
    }
}

/// The ids of the rows of each file, with the key cut off.
fn ids(files: &[&[[&str; 3]]]) -> Vec<Vec<String>> {
    let mut tables: Vec<Table> = files.iter().map(|rows| table(rows)).collect();
    number(&mut tables.iter_mut().collect::<Vec<_>>());
    let number = |row: &GridRow| {
        let id = row.cells[3].text();
        let key = crate::model::made_key(&id);
        format!("{}{}", &id[key.len() - 4..key.len()], &id[key.len()..])
    };
    tables.iter().map(|table| table.rows.iter().map(number).collect()).collect()
}

const DEPLOY: [&str; 3] = ["Ada", "5", "deploy"];
const CALL: [&str; 3] = ["Ada", "5", "call"];
const TEST: [&str; 3] = ["Ada", "5", "test"];
const OTHER: [&str; 3] = ["Bob", "5", "deploy"];

#[test]
fn rows_of_one_key_are_numbered_whatever_their_order() {
    let one = ids(&[&[DEPLOY, CALL, OTHER]]);
    let other = ids(&[&[OTHER, CALL, DEPLOY]]);
    assert_eq!([&one[0][0], &one[0][1], &one[0][2]], [&other[0][2], &other[0][1], &other[0][0]]);
    assert_ne!(one[0][0], one[0][1]);
    assert_ne!(one[0][0][..4], one[0][2][..4]);
}

#[test]
fn equal_rows_are_as_many_pieces_of_work_as_the_file_with_most_of_them_has() {
    let found = ids(&[&[DEPLOY, DEPLOY], &[DEPLOY], &[DEPLOY, DEPLOY, DEPLOY]]);
    let mut all: Vec<&String> = found.iter().flatten().collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 3);
    assert!(found[1].iter().all(|id| found[0].contains(id)) && found[0].iter().all(|id| found[2].contains(id)));
}

#[test]
fn a_row_that_came_to_an_overlapping_file_leaves_the_others_their_ids() {
    let found = ids(&[&[DEPLOY], &[CALL, DEPLOY, TEST]]);
    assert_eq!(found[0][0], found[1][1]);
    assert!(found[1][0] != found[1][2] && found[1][0] != found[1][1]);
}

#[test]
fn fewer_copies_of_a_row_are_no_edit() {
    let found = ids(&[&[DEPLOY, DEPLOY], &[DEPLOY, TEST]]);
    let mut all: Vec<&String> = found.iter().flatten().collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 3);
    // Nor are more of them.
    let found = ids(&[&[DEPLOY, TEST], &[DEPLOY, DEPLOY]]);
    assert!(found[0].contains(&found[1][0]) != found[0].contains(&found[1][1]));
    assert!(!found[1].contains(&found[0][1]));
}

#[test]
fn what_is_left_of_a_key_in_two_files_is_an_edit_of_what_differs_least() {
    // The text of one row was changed, the other is as it was.
    let found = ids(&[&[DEPLOY, CALL], &[CALL, TEST]]);
    assert_eq!((&found[0][0], &found[0][1]), (&found[1][1], &found[1][0]));
    // An older version that comes once more is what it was.
    let found = ids(&[&[DEPLOY], &[TEST], &[DEPLOY]]);
    assert!(found[0] == found[1] && found[1] == found[2]);
}

#[test]
fn the_key_is_the_same_hash_as_ever() {
    let mut table = table(&[["Ada", "5", "x"]]);
    number(&mut [&mut table]);
    let mut hasher = blake3::Hasher::new();
    for cell in ["Ada", "5"] {
        hasher.update(&(cell.len() as u64).to_le_bytes());
        hasher.update(cell.as_bytes());
    }
    assert_eq!(table.rows[0].cells[3].text(), format!("row-{}", &hasher.finalize().to_hex()[..16]));
}
