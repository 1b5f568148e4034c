//! A run whose parts several processes compute (Z) is the run that one computes, to the byte; and what is not whole, or not of the plan, is
//! refused and leaves nothing.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use hourbill::generate::{DirtyShares, Options, generate};
use hourbill::job::Settings;
use hourbill::publish::PartsFolder;
use hourbill::run::{PartPlan, PartReceipt, Parts, RunEnd, RunError, RunOptions, Summary, Unwatched, compute, publish};

use crate::oracle::{Dice, Scratch};
use crate::passes::{differing, files};
use crate::shards::{post, settings, tangled_settings};

const WORLDS: u64 = 60;
const BUILD: &str = "this one";

/// Plans a run in so many parts, and splits the timesheets.
fn planned(settings: &Settings, folder: &Path, parts: u32) -> Result<PartsFolder, RunError> {
    let _ = fs::remove_dir_all(folder);
    let folder = PartsFolder::new(folder);
    PartPlan::make(settings, (parts, BUILD, Vec::new()), &folder, &Unwatched)?;
    Parts::open(settings, &folder, BUILD, &Unwatched)?.split()?;
    Ok(folder)
}

/// Computes a part of what was split. Its receipt goes from one process to another as text.
fn computed(settings: &Settings, folder: &PartsFolder, part: u32) -> Result<PartReceipt, RunError> {
    let parts = Parts::open(settings, folder, BUILD, &Unwatched)?;
    let receipt = parts.run(part, &folder.attempt(), parts.stream(part)?)?;
    Ok(serde_json::from_str(&serde_json::to_string(&receipt).unwrap()).unwrap())
}

fn in_parts(settings: &Settings, folder: &Path, parts: u32) -> Result<(Summary, RunEnd), RunError> {
    let folder = planned(settings, folder, parts)?;
    // In any order.
    let receipts: Result<Vec<_>, RunError> = (1..=parts).rev().map(|part| computed(settings, &folder, part)).collect();
    Parts::open(settings, &folder, BUILD, &Unwatched)?.commit(&receipts?, RunOptions::default())
}

/// Publishes a run in one go and in parts, and says what differs. Nothing does where ids are made of cells: such a run is refused in parts (Z1).
pub fn differences(settings: &Settings, folder: &Path, parts: u32) -> Vec<String> {
    let mut refused = false;
    let found = differing(settings, folder, |many| {
        let ended = in_parts(many, &folder.join("parts"), parts);
        refused = ended.as_ref().err().is_some_and(|why| why.to_string().contains("whose ids are made of cells (F4)"));
        ended
    });
    if refused { Vec::new() } else { found }
}

#[test]
fn z1_parts_of_random_worlds_make_the_same_bytes_as_one() {
    let mut posted = 0;
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0x59a4);
        let scratch = Scratch::new();
        let (tangled, settings, is_posted) = tangled_settings(seed, dice, scratch.path());
        posted += u64::from(is_posted);
        let parts = dice.one_of(&[1, 4, 16]);
        let found = differences(&settings, scratch.path(), parts);
        let told = || format!("{}\n{}", found.join("\n"), tangled.shown(scratch.path()));
        assert!(found.is_empty(), "world {seed} in {parts} parts\n{}", told());
    }
    assert!(posted > WORLDS / 5, "{posted} runs were posted");
}

/// A job of so many generated entries on a ledger.
fn generated(folder: &Path, entries: u64) -> Settings {
    let mut options = Options::new(entries, 11, folder);
    options.dirty = DirtyShares::total_ppm(20_000);
    generate(&options, &|_| {}).unwrap();
    let text = fs::read_to_string(folder.join("job.toml")).unwrap();
    fs::write(folder.join("job.toml"), text + "\n[ledger]\ndir = \"ledger\"\n").unwrap();
    let mut settings = settings(&folder.join("job.toml"));
    (settings.output.csv, settings.output.parquet) = (true, true);
    settings
}

#[test]
fn z1_parts_of_a_large_export_make_the_same_bytes_as_one_and_can_be_posted() {
    let folder = tempfile::tempdir().unwrap();
    let settings = generated(folder.path(), 20_000);
    for parts in [1, 4, 16] {
        assert!(differences(&settings, folder.path(), parts).is_empty(), "{parts}");
    }
    let mut many = settings.clone();
    many.output.dir = folder.path().join("many");
    assert!(post(&many));
    // On a ledger with that post.
    assert!(differences(&settings, folder.path(), 4).is_empty());
    // The same again is found.
    many.output.dir = folder.path().join("many");
    let (_, ended) = in_parts(&many, &folder.path().join("again"), 2).unwrap();
    assert!(matches!(ended, RunEnd::Done(outcome) if outcome.already_published));
}

/// A small run in three parts, of which all are computed.
struct Small {
    folder: tempfile::TempDir,
    settings: Settings,
    parts: PartsFolder,
    receipts: Vec<PartReceipt>,
}

impl Small {
    fn new() -> Small {
        let folder = tempfile::tempdir().unwrap();
        let settings = generated(folder.path(), 300);
        let parts = planned(&settings, &folder.path().join("parts"), 3).unwrap();
        let receipts = (1..=3).map(|part| computed(&settings, &parts, part).unwrap()).collect();
        Small { folder, settings, parts, receipts }
    }

    fn open(&self) -> Parts<'_> {
        Parts::open(&self.settings, &self.parts, BUILD, &Unwatched).unwrap()
    }

    fn stream(&self, part: u32) -> Vec<u8> {
        fs::read(self.parts.path().join(format!("streams/{part:05}.arrows"))).unwrap()
    }

    /// Why a stream is refused; it leaves nothing.
    fn refused(&self, part: u32, stream: Vec<u8>) -> String {
        let before = files(&self.parts.path().join("parts")).into_keys().collect::<Vec<_>>();
        let why = match self.open().run(part, "bad", Cursor::new(stream)) {
            Err(RunError::PartRefused(why)) => why,
            Err(error) => panic!("{error}"),
            Ok(receipt) => panic!("{receipt:?}"),
        };
        assert_eq!(files(&self.parts.path().join("parts")).into_keys().collect::<Vec<_>>(), before);
        why
    }

    /// Why nothing is published.
    fn not_committed(&self, receipts: &[PartReceipt]) -> String {
        let error = match self.open().commit(receipts, RunOptions::default()) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("it was published"),
        };
        let published = self.settings.output.dir.join("synthetic/runs");
        assert!(!published.exists() || fs::read_dir(published).unwrap().next().is_none(), "{error}");
        error
    }
}

/// The batches of a stream, its rows in another order or without some of them.
fn changed(stream: &[u8], rows: impl Fn(&arrow_array::RecordBatch) -> Vec<u32>) -> Vec<u8> {
    let reader = arrow_ipc::reader::StreamReader::try_new(stream, None).unwrap();
    let mut out = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &reader.schema()).unwrap();
    for batch in reader.map(Result::unwrap) {
        for row in rows(&batch) {
            out.write(&batch.slice(row as usize, 1)).unwrap();
        }
    }
    out.into_inner().unwrap()
}

fn kinds(batch: &arrow_array::RecordBatch) -> Vec<String> {
    let kinds =
        batch.column_by_name("kind").unwrap().as_any().downcast_ref::<arrow_array::StringArray>().unwrap().clone();
    kinds.iter().map(|kind| kind.unwrap().to_owned()).collect()
}

#[test]
fn z2_a_stream_that_is_not_whole_is_refused_and_leaves_nothing() {
    let small = Small::new();
    let stream = small.stream(1);
    let all = |batch: &arrow_array::RecordBatch| (0..batch.num_rows() as u32).collect::<Vec<_>>();
    // The order means nothing.
    let turned = changed(&stream, |batch| all(batch).into_iter().rev().collect());
    let receipt = small.open().run(1, "turned", Cursor::new(turned)).unwrap();
    let control = |receipt: &PartReceipt| serde_json::to_value(receipt).unwrap()["done"]["control"].clone();
    assert_eq!(control(&receipt), control(&small.receipts[0]));
    let is = |batch: &arrow_array::RecordBatch, row: u32, kind: &str| kinds(batch)[row as usize] == kind;
    for (bad, why) in [
        (stream[..stream.len() / 2].to_vec(), "cannot be read to its end"),
        (b"no stream".to_vec(), "cannot be read to its end"),
        ([stream.clone(), stream.clone()].concat(), "behind the end of the stream"),
        ([stream.clone(), vec![0]].concat(), "behind the end of the stream"),
        (
            changed(&stream, |batch| all(batch).into_iter().filter(|row| is(batch, *row, "row")).collect()),
            "trailer of task 0 is missing",
        ),
        (changed(&stream, |batch| all(batch).into_iter().skip(1).collect()), "some are missing"),
        (changed(&stream, |batch| [vec![0], all(batch)].concat()), "some were sent twice"),
        (
            changed(&stream, |batch| {
                let twice = all(batch).into_iter().skip(1);
                // As many as there were.
                std::iter::once(1).chain(twice).collect()
            }),
            "are not those that were sent",
        ),
        (
            changed(&stream, |batch| {
                all(batch)
                    .into_iter()
                    .flat_map(|row| vec![row; if is(batch, row, "trailer") { 2 } else { 1 }])
                    .collect()
            }),
            "sent twice",
        ),
        (small.stream(2), "a row of part 2 was sent to part 1"),
    ] {
        let told = small.refused(1, bad);
        assert!(told.contains(why), "{told}\n{why}");
    }
    assert!(small.refused(4, stream).contains("no part 4"));
}

#[test]
fn z2_a_stale_plan_and_another_build_are_refused() {
    let small = Small::new();
    let other = Parts::open(&small.settings, &small.parts, "another one", &Unwatched);
    assert!(matches!(other, Err(RunError::PartRefused(why)) if why.contains("made by the build this one")));
    let mut settings = small.settings.clone();
    settings.in_force.iter_mut().find(|known| known.key.starts_with("rules.")).unwrap().value.push('x');
    let other = Parts::open(&settings, &small.parts, BUILD, &Unwatched);
    assert!(matches!(other, Err(RunError::PartRefused(why)) if why.contains("settings of the job have changed")));
    let orders = small.folder.path().join("orders.csv");
    let before = fs::read(&orders).unwrap();
    fs::write(&orders, [&before[..], b"\n"].concat()).unwrap();
    assert!(small.refused(1, small.stream(1)).contains("`orders.csv` has changed"));
    assert!(small.not_committed(&small.receipts).contains("`orders.csv` has changed"));
    fs::write(&orders, &before).unwrap();
    // A post by somebody else.
    let mut other = small.settings.clone();
    other.output.dir = small.folder.path().join("other");
    publish(&mut compute(&other, &Unwatched).unwrap(), &other, &Unwatched).unwrap();
    assert!(post(&other));
    assert!(small.refused(1, small.stream(1)).contains("the ledger has moved"));
    assert!(small.not_committed(&small.receipts).contains("the ledger has moved"));
    // Of another plan.
    let again = planned(&small.settings, &small.folder.path().join("again"), 3).unwrap();
    let foreign = fs::read(again.path().join("streams/00001.arrows")).unwrap();
    assert!(small.refused(1, foreign).contains("under another plan"));
}

#[test]
fn z4_a_commit_needs_every_part_once_as_it_was_computed() {
    let small = Small::new();
    let [one, two, three] = [0, 1, 2].map(|at| small.receipts[at].clone());
    let changed = |change: &dyn Fn(&mut PartReceipt)| {
        let mut receipts = small.receipts.clone();
        change(&mut receipts[1]);
        receipts
    };
    for (receipts, why) in [
        (vec![one.clone(), three.clone()], "the receipt of part 2 is missing"),
        (vec![one.clone(), two.clone(), three.clone(), two.clone()], "two receipts of part 2"),
        (changed(&|of| of.build = "another".to_owned()), "part 2 was computed by the build another"),
        (changed(&|of| of.settings = "others".to_owned()), "part 2 was computed with other settings"),
        (changed(&|of| of.plan = "another".to_owned()), "the receipt of part 2 is of another plan"),
        (changed(&|of| of.part = 9), "a receipt of part 9 is none of 3"),
    ] {
        let told = small.not_committed(&receipts);
        assert!(told.contains(why), "{told}\n{why}");
    }
    // A file of a part that is gone.
    let attempt = serde_json::to_value(&two).unwrap()["done"]["attempt"].as_str().unwrap().to_owned();
    let rows = small.parts.path().join(format!("parts/{attempt}/runs/part/rows-unbilled.packed"));
    let before = fs::read(&rows).unwrap();
    fs::remove_file(&rows).unwrap();
    let told = small.not_committed(&small.receipts);
    assert!(told.contains("`rows-unbilled.packed` of part 2 is gone"), "{told}");
    fs::write(&rows, &before).unwrap();
    // Readers who counted something else.
    let facts = small.parts.path().join("facts/00000.json");
    let known = fs::read_to_string(&facts).unwrap();
    let hash = serde_json::from_str::<serde_json::Value>(&known).unwrap()["hours"].to_string();
    fs::write(&facts, known.replace(&format!("\"hours\":{hash}"), "\"hours\":1")).unwrap();
    let told = small.not_committed(&small.receipts);
    assert!(told.contains("hours of all parts"), "{told}");
    fs::write(&facts, known).unwrap();
    // Two attempts at a part: either does, and the other is none of the run.
    let again = computed(&small.settings, &small.parts, 2).unwrap();
    // Two commits at once: one publishes, the other finds it busy or there.
    let commit = || small.open().commit(&[one.clone(), again.clone(), three.clone()], RunOptions::default());
    let (first, second) = rayon::join(commit, commit);
    let published = |ended: &Result<(Summary, RunEnd), RunError>| matches!(ended, Ok((_, RunEnd::Done(outcome))) if !outcome.already_published);
    assert_eq!(u8::from(published(&first)) + u8::from(published(&second)), 1);
    for ended in [first, second] {
        match ended {
            Ok((_, RunEnd::Done(_))) => {}
            Err(error) => assert!(error.to_string().contains("another run of this job is publishing"), "{error}"),
            Ok(_) => panic!("it was not published"),
        }
    }
}

fn hourbill(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
    command.current_dir(folder).args(words.split_whitespace());
    command
}

#[test]
fn z3_what_is_wrong_with_the_data_is_a_receipt_and_nothing_is_published() {
    let folder = tempfile::tempdir().unwrap();
    generated(folder.path(), 300);
    let run = |words: &str| {
        let output = hourbill(folder.path(), words).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, text) = run("part plan job.toml --expect timesheets.rows=1 --parts 2 --out parts");
    assert_eq!(code, 0, "{text}");
    assert_eq!(run("part split parts").0, 0);
    let mut receipts = String::new();
    for part in [1, 2] {
        let (code, text) = run(&format!("part run parts --part {part} --split"));
        assert!(code == 0 && text.contains("\"failed\"") && text.contains("1 are expected"), "{text}");
        receipts += &text;
    }
    fs::write(folder.path().join("receipts"), receipts).unwrap();
    let (code, text) = run("part commit parts --receipts receipts");
    assert!(
        code == 3
            && text.contains("error[part-failed]: part 1 and 1 more: control totals are not met: timesheets has "),
        "{text}"
    );
    assert!(!folder.path().join("out/synthetic/runs").exists());
    for (words, why) in [
        (
            "part plan job.toml --set output.documents=odoo --parts 2 --out new",
            "error[not-in-parts]: the document `odoo`",
        ),
        ("part plan job.toml --parts 2 --out parts", "has a plan already"),
        ("part run parts --part 3 --split", "is not there"),
        ("part rows parts --task 7", "no task 7"),
    ] {
        let (code, text) = run(words);
        assert!((code == 2 || code == 5) && text.contains(why), "{code} {text}");
    }
}

#[test]
fn z2_a_part_that_is_killed_leaves_nothing_and_is_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    generated(folder.path(), 300);
    let ended = |words: &str| hourbill(folder.path(), words).output().unwrap();
    assert!(ended("part plan job.toml --parts 2 --out parts").status.success());
    assert!(ended("part split parts").status.success());
    let stream = fs::read(folder.path().join("parts/streams/00001.arrows")).unwrap();
    let mut killed = hourbill(folder.path(), "part run parts --part 1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for the rest when it is killed.
    killed.stdin.as_mut().unwrap().write_all(&stream[..stream.len() / 2]).unwrap();
    killed.kill().unwrap();
    let killed = killed.wait_with_output().unwrap();
    assert!(!killed.status.success() && killed.stdout.is_empty());
    assert!(!folder.path().join("parts/parts").exists());
    let receipts = [1, 2].map(|part| ended(&format!("part run parts --part {part} --split")).stdout);
    fs::write(folder.path().join("receipts"), &receipts[1]).unwrap();
    let missing = ended("part commit parts --receipts receipts");
    assert_eq!(missing.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("the receipt of part 1 is missing"));
    assert!(!folder.path().join("out/synthetic/runs").exists());
    fs::write(folder.path().join("receipts"), receipts.concat()).unwrap();
    let code = ended("part commit parts --receipts receipts").status.code();
    assert_eq!(code, ended("run job.toml --dry-run").status.code());
    assert_eq!(fs::read_dir(folder.path().join("out/synthetic/runs")).unwrap().count(), 1);
}
