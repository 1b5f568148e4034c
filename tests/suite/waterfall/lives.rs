//! Packs over months: posts, late entries, packs that are bought in between, and the same run in parts and in passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::model::{World, world};
use crate::oracle::{Scratch, program};
use crate::passes;
use crate::shards::{self, hourbill};

const LEDGER: &str = "[ledger]\ndir = \"ledger\"\n";

fn write(world: &World, folder: &Path, more: &str) {
    for (name, text) in world.files() {
        let text = if name == "job.toml" { text + more } else { text };
        fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
fn parts_and_passes_draw_as_one_run_does() {
    for seed in 1..=25 {
        let (world, scratch) = (world(seed), Scratch::new());
        write(&world, scratch.path(), if seed % 2 == 0 { LEDGER } else { "" });
        let settings = shards::settings(&scratch.path().join("job.toml"));
        if seed % 2 == 0 {
            let (code, told) = hourbill(scratch.path(), "run job.toml --period 2026-09");
            assert!(matches!(code, 0 | 1), "{seed}: {told}");
            let (code, told) = hourbill(scratch.path(), "post job.toml");
            assert!(matches!(code, 0 | 1), "{seed}: {told}");
        }
        for of in [2, 5] {
            let differences = shards::differences(&settings, of);
            assert!(differences.is_empty(), "world {seed} in {of} parts: {differences:#?}");
        }
        let differences = passes::differences(&settings, scratch.path(), 3);
        assert!(differences.is_empty(), "world {seed} in passes: {differences:#?}");
    }
}

type Row = BTreeMap<String, String>;

fn rows(tables: &BTreeMap<&'static str, Vec<u8>>, name: &str) -> Vec<Row> {
    csv::Reader::from_reader(tables[name].as_slice()).deserialize().map(Result::unwrap).collect()
}

/// Pack, entry, hours and document of what is posted.
fn posted(tables: &BTreeMap<&'static str, Vec<u8>>) -> Vec<[String; 4]> {
    let all = rows(tables, "pack_entries").into_iter().filter(|row| !row["document_id"].is_empty());
    all.map(|row| ["order_line_id", "timesheet_id", "hours", "document_id"].map(|column| row[column].clone())).collect()
}

#[test]
fn what_is_posted_of_packs_never_moves_and_every_hour_stands_once() {
    let mut told = 0;
    for seed in 1..=12 {
        let (whole, scratch) = (world(seed), Scratch::new());
        let whole = World { october: false, ..whole };
        let mut before: Vec<[String; 4]> = Vec::new();
        for (nth, month) in ["2026-08", "2026-09", "2026-10", "2026-11"].into_iter().enumerate() {
            let mut world = whole.clone();
            // Every fifth entry is typed a month late, and the last pack is bought in October.
            let seen = |number: usize, day: &str| {
                if number.is_multiple_of(5) && nth < 3 { day < month } else { &day[..7] <= month }
            };
            let mut number = 0;
            world.entries.retain(|entry| {
                number += 1;
                seen(number, &entry.day)
            });
            if nth < 2 && world.lines.len() > 1 {
                let sold: Vec<String> = world.entries.iter().map(|entry| entry.line.clone()).collect();
                let of_tickets: Vec<String> = world.tickets.iter().map(|of| of.line.clone()).collect();
                let last = world.lines[0].id.clone();
                if !sold.contains(&last) && !of_tickets.contains(&last) {
                    world.lines.remove(0);
                }
            }
            write(&world, scratch.path(), LEDGER);
            for words in
                [format!("run job.toml --period {month} --set rules.late_entries=bill"), "post job.toml".to_owned()]
            {
                let (code, said) = hourbill(scratch.path(), &words);
                assert!(matches!(code, 0 | 1), "{seed} {words}: {said}\n{:#?}", world.files());
            }
            let (tables, _) =
                program(&scratch.path().join("job.toml")).unwrap_or_else(|error| panic!("{seed} {month}: {error}"));
            let now = posted(&tables);
            for row in &before {
                assert!(now.contains(row), "world {seed}: {row:?} of a post is not in {now:?} after {month}");
            }
            told += now.len();
            before = now;
        }
        let mut verify = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
        let verified = verify.current_dir(scratch.path()).args(["ledger", "verify", "job.toml"]).output().unwrap();
        assert!(verified.status.success(), "{seed}: {}", String::from_utf8_lossy(&verified.stderr));
    }
    assert!(told > 0, "nothing was posted of any pack");
}
