//! Run folders: of a run that was altered in any way nothing is posted, or what the run proposed; sealed anew by one who knows how it may
//! propose something else, and never bring a panic.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::calendar::Date;
use hourbill::job::{self, Flags, Settings};
use hourbill::ledger::{Actor, Plan, Planned};
use hourbill::run::{self, Unwatched};
use tempfile::TempDir;

use super::scratch::{self, Bytes};

pub const WORDS: &[&str] = &[
    "\"format\"",
    "\"version\"",
    "9.9.9",
    "hourbill-run-3",
    "\"posting\"",
    "\"tables\"",
    "\"blake3\"",
    "../",
    "null",
    "[]",
    "{}",
    "-1",
    "\"ledger\"",
    "\"sequence\"",
    "\"same_as\"",
];

const ORDERS: &str =
    "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on
S1/1,S1,sale,C1,Support,delivered_timesheet,Hours,10,100,EUR,2026-09-01
S2/1,S2,sale,C2,Pack,ordered_prepaid,Hours,5,80,EUR,2026-10-02
";
const TICKETS: &str = "ticket_id,customer_id\nT1,C1\n";
const TIMESHEETS: &str =
    "timesheet_id,date,hours,order_line_id\nH1,2026-10-05,1.5,S1/1\nH2,2026-10-06,2,S1/1\nH3,2026-10-07,2,S2/1\n";
const JOB: &str = "name = \"job\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n[period]\nmonth = \"2026-10\"\n[ledger]\ndir = \"ledger\"\n";

/// A job with a published run.
struct Published {
    _folder: TempDir,
    settings: Settings,
    run: String,
    folder: PathBuf,
    /// The files of the run.
    files: BTreeMap<String, Vec<u8>>,
    proposed: Box<Planned>,
}

thread_local! {
    static PUBLISHED: Published = published();
}

fn doer() -> Actor {
    Actor { job: "job".to_owned(), at: "2026-11-02".to_owned(), by: "ada".to_owned(), reason: String::new() }
}

fn published() -> Published {
    let kept = scratch::folder();
    let at = kept.path();
    for (name, text) in
        [("orders.csv", ORDERS), ("tickets.csv", TICKETS), ("timesheets.csv", TIMESHEETS), ("job.toml", JOB)]
    {
        fs::write(at.join(name), text).unwrap();
    }
    let settings = job::load(&at.join("job.toml"), &Flags::default(), Date::parse("2026-11-02").unwrap()).unwrap();
    let mut made = run::compute(&settings, &Unwatched).unwrap();
    let folder = run::publish(&mut made, &settings, &Unwatched).unwrap().folder;
    let Plan::Change(proposed) = run::plan_post(&settings, None, &[], run::Passing::default(), &doer()).unwrap() else {
        panic!("drafts")
    };
    let run = folder.file_name().unwrap().to_str().unwrap().to_owned();
    Published { files: files(&folder), _folder: kept, settings, run, folder, proposed }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

pub fn seeds() -> Vec<Vec<u8>> {
    let one = |seal: u8, file: u8, op: u8| vec![seal, file, op, 40, 0, 7];
    let mut seeds: Vec<Vec<u8>> = (0..15).flat_map(|file| (0..4).map(move |op| one(0, file, op))).collect();
    seeds.extend((0..4).map(|op| one(1, 12, op)));
    let (json, _) = PUBLISHED.with(|published| (published.files["run.json"].clone(), ()));
    seeds.push([&[3][..], &json].concat());
    seeds
}

/// The first byte: bit 0 seals the run anew; with bit 1 the rest is a `run.json`, else a list of changes.
pub fn target(data: &[u8]) {
    PUBLISHED.with(|published| {
        let mut bytes = Bytes(data);
        let how = bytes.byte();
        let mut changed: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
        if how & 2 != 0 {
            changed.insert("run.json".to_owned(), Some(bytes.0.to_vec()));
        } else {
            let names: Vec<&String> = published.files.keys().collect();
            while !bytes.is_empty() {
                let name = bytes.of(&names);
                let file = changed.entry(name.clone()).or_insert_with(|| Some(published.files[name].clone()));
                change(file, &mut bytes);
            }
        }
        if how & 1 != 0 {
            let manifest = changed.get("run.json").cloned().unwrap_or_else(|| published.files.get("run.json").cloned());
            let seal = format!("{}  run.json\n", blake3::hash(&manifest.unwrap_or_default()).to_hex());
            changed.insert("run.json.blake3".to_owned(), Some(seal.into_bytes()));
        }
        changed.retain(|name, bytes| published.files.get(name) != bytes.as_ref());
        for (name, bytes) in &changed {
            let path = published.folder.join(name);
            match bytes {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
        }
        let planned = run::plan_post(&published.settings, None, &[], run::Passing::default(), &doer());
        let _ = run::compare(&published.settings, &published.run, &published.run);
        let _ = run::ledger_stands(&published.settings);
        if let Some(ledger) = run::ledger(&published.settings) {
            let _ = run::witness(&published.settings, &ledger);
        }
        for name in changed.keys() {
            fs::write(published.folder.join(name), &published.files[name]).unwrap();
        }
        let relied_on = changed.keys().any(|name| name != "timings.json");
        let sealed_anew = how & 1 != 0 && changed.contains_key("run.json");
        match planned {
            Err(error) => assert!(relied_on, "nothing was changed: {error}"),
            Ok(_) if sealed_anew => {}
            Ok(Plan::Nothing(why)) => panic!("{why}"),
            Ok(Plan::Change(planned)) => {
                assert!(!relied_on, "{:?} were changed, and the run is posted", changed.keys());
                same(&planned, &published.proposed);
            }
        }
    });
}

fn change(file: &mut Option<Vec<u8>>, bytes: &mut Bytes<'_>) {
    let (op, low, high, with) = (bytes.byte(), bytes.byte(), bytes.byte(), bytes.byte());
    let Some(content) = file else { return };
    let at = (usize::from(low) | usize::from(high) << 8) % (content.len() + 1);
    match op % 6 {
        0 => *file = None,
        1 => content.truncate(at),
        2 => content.insert(at, with),
        3 if at < content.len() => drop(content.remove(at)),
        _ if at < content.len() => content[at] ^= with,
        _ => content.push(with),
    }
}

fn same(one: &Planned, other: &Planned) {
    assert_eq!((&one.batch.documents, &one.batch.lines), (&other.batch.documents, &other.batch.lines));
    assert_eq!((one.totals(), &one.aliases, &one.deed), (other.totals(), &other.aliases, &other.deed));
}
