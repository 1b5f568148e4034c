//! Commands that are killed, or whose disk fails, at every system call that touches a file: what is left is the state before or after,
//! and the same command again ends with the bytes of one that was never disturbed.
//!
//! `strace` makes the faults. By default a sample of the calls is tried; `HOURBILL_SOAK=1` tries every one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::oracle::Dice;
use crate::strace::{Call, calls, changes, disturbed, has_strace, sampled, soaks};

/// Behind a job: its documents get numbers, and somebody sends them.
pub const NUMBERED: &str =
    "[numbering]\ninvoice = \"F{seq:3}\"\n[company]\nname = \"Poe & Co\"\ncity = \"Gent\"\ncountry = \"BE\"\n";

const PROGRAM: &str = env!("CARGO_BIN_EXE_hourbill");

/// A fresh folder, in memory where that is to be had: a kill of a process loses nothing that it wrote.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Files by path below a folder; none when there is no such folder.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// Everything that counts of a shop: locks and what a killed command left unfinished do not, nor do times.
fn state(shop: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = files(&shop.join("ledger"));
    all.extend(files(&shop.join("out")).into_iter().map(|(path, bytes)| (format!("out/{path}"), bytes)));
    let beside = ["lock", ".lock", ".posting.lock", "timings.json", ".latest-new", ".ledger-head-new"];
    all.retain(|path, _| {
        let name = path.rsplit('/').next().unwrap();
        !beside.contains(&name)
            && !name.starts_with(".unfinished-")
            && !path.contains("/.staging-")
            && !path.contains("/.posting-")
    });
    all
}

fn hourbill(shop: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(shop).args(words).env("RAYON_NUM_THREADS", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code and output.
fn done(shop: &Path, words: &[&str]) -> (Option<i32>, String) {
    let output = hourbill(shop, words).output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

fn must(shop: &Path, words: &[&str]) -> String {
    let (code, said) = done(shop, words);
    assert_eq!(code, Some(0), "{words:?}: {said}");
    said
}

const RUN: &[&str] = &["run", "job.toml", "--as-of", "2026-11-02"];
const POST: &[&str] = &["post", "job.toml", "--by", "ada", "--as-of", "2026-11-02"];
const CREDIT: &[&str] = &[
    "credit",
    "job.toml",
    "D-open-C1-EUR",
    "--entry",
    "e1=2",
    "--rebill",
    "--reason",
    "x",
    "--by",
    "ada",
    "--as-of",
    "2026-11-02",
];
const UNDO: &[&str] = &["void", "job.toml", "C-D-open-C1-EUR", "--reason", "x", "--by", "ada", "--as-of", "2026-11-02"];
const VOID: &[&str] =
    &["void", "job.toml", "D-open-C1-EUR", "--reason", "wrong", "--by", "ada", "--as-of", "2026-11-02"];
const RESTART: &[&str] = &["ledger", "restart", "job.toml", "--reason", "lost", "--by", "ada", "--as-of", "2026-11-02"];
const CLOSE: &[&str] =
    &["close", "job.toml", "--period", "2026-10", "--hard", "--reason", "done", "--by", "ada", "--as-of", "2026-11-02"];
const REOPEN: &[&str] =
    &["reopen", "job.toml", "--period", "2026-10", "--reason", "not done", "--by", "ada", "--as-of", "2026-11-02"];
const VERIFY: &[&str] = &["ledger", "verify", "job.toml"];

fn write_exports(shop: &Path, entries: &[(String, &str, &str)]) {
    let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
                  A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01\n";
    let rows: String = entries.iter().map(|(id, date, hours)| format!("{id},{date},{hours},A\n")).collect();
    fs::write(shop.join("orders.csv"), orders).unwrap();
    fs::write(shop.join("tickets.csv"), "ticket_id,customer_id\n").unwrap();
    fs::write(shop.join("timesheets.csv"), format!("timesheet_id,date,hours,order_line_id\n{rows}")).unwrap();
}

fn write_job(shop: &Path, file: &str, name: &str, period: &str) {
    let job = format!(
        "name = \"{name}\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
         {period}[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n"
    );
    fs::write(shop.join(file), job).unwrap();
}

/// A shop with one run posted and exports for a second one.
fn shop() -> TempDir {
    let folder = folder();
    let shop = folder.path();
    write_job(shop, "job.toml", "shop", "");
    let entry = |id: &str, hours| (id.to_owned(), "2026-10-05", hours);
    write_exports(shop, &[entry("e1", "8")]);
    must(shop, RUN);
    must(shop, POST);
    write_exports(shop, &[entry("e1", "8"), entry("e2", "2"), entry("e3", "1.5")]);
    folder
}

/// A command, the folder it starts in, and what it leaves when nobody disturbs it.
struct Scene {
    before: TempDir,
    words: &'static [&'static str],
    undisturbed: BTreeMap<String, Vec<u8>>,
    calls: Vec<Call>,
}

impl Scene {
    fn of_post() -> Scene {
        let before = shop();
        must(before.path(), RUN);
        Scene::new(before, POST)
    }

    /// A void of what was posted, on a ledger that nobody has looked at since.
    fn of_void() -> Scene {
        Scene::new(shop(), VOID)
    }

    /// The ledger has lost its end, and a person says that it is to start anew.
    fn of_restart() -> Scene {
        let before = shop();
        fs::remove_file(before.path().join("ledger/log/0000000001.json")).unwrap();
        Scene::new(before, RESTART)
    }

    /// A post that numbers two documents and puts them in place, with their imports.
    fn of_numbered_post() -> Scene {
        let before = shop();
        write_job(before.path(), "job.toml", "shop", "");
        let job = fs::read_to_string(before.path().join("job.toml")).unwrap();
        let job = job.replace("dir = \"out\"\n", "dir = \"out\"\ndocuments = [\"json\", \"odoo\"]\n");
        fs::write(before.path().join("job.toml"), job + NUMBERED).unwrap();
        let orders = fs::read_to_string(before.path().join("orders.csv")).unwrap();
        let more = "B,S2,sale,C2,Support,delivered_timesheet,Hours,0,30,EUR,2026-09-01\n";
        fs::write(before.path().join("orders.csv"), orders + more).unwrap();
        let times = fs::read_to_string(before.path().join("timesheets.csv")).unwrap();
        fs::write(before.path().join("timesheets.csv"), times + "e4,2026-10-07,1,B\n").unwrap();
        must(before.path(), RUN);
        Scene::new(before, POST)
    }

    /// A close of a month that is posted, with a pack whose movements are kept.
    fn of_close() -> Scene {
        let before = shop();
        let orders = fs::read_to_string(before.path().join("orders.csv")).unwrap();
        let pack = "P,S2,sale,C1,Pack,ordered_prepaid,Hours,10,15,EUR,2026-09-01\n";
        fs::write(before.path().join("orders.csv"), orders + pack).unwrap();
        let times = fs::read_to_string(before.path().join("timesheets.csv")).unwrap();
        fs::write(before.path().join("timesheets.csv"), times + "e4,2026-10-07,1,P\n").unwrap();
        must(before.path(), RUN);
        must(before.path(), POST);
        Scene::new(before, CLOSE)
    }

    fn of_reopen() -> Scene {
        let Scene { before, .. } = Scene::of_close();
        must(before.path(), CLOSE);
        Scene::new(before, REOPEN)
    }

    fn of_run() -> Scene {
        Scene::new(shop(), RUN)
    }

    /// The void of a credit.
    fn of_undo() -> Scene {
        let before = shop();
        must(before.path(), CREDIT);
        Scene::new(before, UNDO)
    }

    fn new(before: TempDir, words: &'static [&'static str]) -> Scene {
        let traced = folder();
        copy(before.path(), traced.path());
        let calls = calls(traced.path(), words);
        Scene { undisturbed: state(traced.path()), before, words, calls }
    }

    /// After a fault: the ledger holds, nothing lies between before and after, and the command again does the rest.
    fn recovers(&self, shop: &Path, what: &str) {
        let (code, said) = done(shop, VERIFY);
        // G11: until the restart is said the ledger is not the one that the job knows.
        let went_back = self.words == RESTART && code == Some(4) && said.contains("ledger-went-back");
        assert!(code == Some(0) || went_back, "{what}: verify: {code:?} {said}");
        let log = |state: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
            state
                .iter()
                .filter(|(path, _)| path.starts_with("log/"))
                .map(|(path, bytes)| (path.clone(), bytes.clone()))
                .collect()
        };
        let (left, before) = (log(&state(shop)), log(&state(self.before.path())));
        assert!(left == before || left == log(&self.undisturbed), "{what}: the log is between before and after");
        // N1: the command that looked has put all documents of a commit in place, or there are none.
        let posted = |state: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
            state
                .iter()
                .filter(|(path, _)| path.contains("/posted/"))
                .map(|(path, bytes)| (path.clone(), bytes.clone()))
                .collect()
        };
        let wanted = if left == before { state(self.before.path()) } else { self.undisturbed.clone() };
        assert!(posted(&state(shop)) == posted(&wanted), "{what}: half of the documents are in place");
        let (code, said) = done(shop, self.words);
        assert_eq!(code, Some(0), "{what}: again: {said}");
        let found = state(shop);
        let names = |state: &BTreeMap<String, Vec<u8>>| state.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&found), names(&self.undisturbed), "{what}");
        assert!(found == self.undisturbed, "{what}: the bytes are not those of an undisturbed {}", self.words[0]);
        must(shop, VERIFY);
    }

    fn survives_kills(&self) {
        let changing = self.calls.iter().filter(|call| changes(call)).cloned().collect();
        self.survives_kills_at(sampled(self.calls.clone()).into_iter().chain(sampled(changing)).collect());
    }

    /// The same for commands that have much in common with those.
    fn survives_kills_at_changes(&self) {
        let changing: Vec<Call> = self.calls.iter().filter(|call| changes(call)).cloned().collect();
        assert!(changing.iter().any(|call| call.text.contains(".ledger-head-new")), "{}", self.words[0]);
        self.survives_kills_at(sampled(changing));
    }

    fn survives_kills_at(&self, calls: Vec<Call>) {
        for call in &calls {
            let shop = folder();
            copy(self.before.path(), shop.path());
            let code = disturbed(shop.path(), self.words, call, "signal=KILL");
            let what = format!("{} killed at {} {}: {}", self.words[0], call.name, call.nth, call.text);
            assert!(code.is_none() || code == Some(137), "{what}: it ended with {code:?}");
            self.recovers(shop.path(), &what);
        }
        println!("{}: {} of {} calls killed", self.words[0], calls.len(), self.calls.len());
    }

    fn survives_errors(&self) {
        let commit = self.calls.iter().position(|call| call.name.starts_with("link") && call.text.contains("/log/"));
        let commit = commit.map(|at| (self.calls[at].name.clone(), self.calls[at].nth));
        let changing: Vec<(usize, Call)> =
            self.calls.iter().cloned().enumerate().filter(|(_, call)| changes(call) && call.name != "unlink").collect();
        let committed_at =
            commit.and_then(|(name, nth)| self.calls.iter().position(|call| call.name == name && call.nth == nth));
        let noted_from = self.calls.iter().position(|call| changes(call) && call.text.contains(".ledger-head-new"));
        assert!(noted_from.is_some(), "{} notes no head", self.words[0]);
        let noting_fails = if self.words[0] == "run" { 0 } else { 1 };
        let renamed_at = self.calls.iter().position(|call| call.name == "rename" && call.text.contains("/runs/"));
        for call in sampled(changing.iter().map(|(_, call)| call.clone()).collect()) {
            let at = self.calls.iter().position(|known| known.name == call.name && known.nth == call.nth).unwrap();
            let error = match call.name.as_str() {
                "write" | "pwrite64" | "writev" => "ENOSPC",
                "fsync" | "fdatasync" => "EIO",
                _ => "EACCES",
            };
            let shop = folder();
            copy(self.before.path(), shop.path());
            let code = disturbed(shop.path(), self.words, &call, &format!("error={error}"));
            let what = format!("{}: {error} at {} {}: {}", self.words[0], call.name, call.nth, call.text);
            let after = committed_at.or(renamed_at).is_some_and(|commit| at > commit);
            // G11: a post that cannot note the head is done and says so; a published run names it itself.
            let noting = noted_from.is_some_and(|from| at >= from);
            assert_eq!(code, Some(if noting { noting_fails } else { 6 }), "{what}");
            if !after {
                let whole = |state: BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
                    state.into_iter().filter(|(path, _)| !path.starts_with("objects/")).collect()
                };
                assert!(whole(state(shop.path())) == whole(state(self.before.path())), "{what}: something has changed");
            }
            self.recovers(shop.path(), &what);
        }
    }
}

#[test]
fn a_numbered_post_leaves_all_of_its_documents_or_none() {
    if has_strace() {
        Scene::of_numbered_post().survives_kills_at_changes();
    }
}

#[test]
fn a_post_that_is_killed_at_any_call_is_done_or_not_done() {
    if has_strace() {
        Scene::of_post().survives_kills();
    }
}

#[test]
fn a_credit_that_is_undone_under_kills_and_failing_disks_is_undone_once_or_not() {
    if has_strace() {
        let scene = Scene::of_undo();
        scene.survives_kills();
        scene.survives_errors();
    }
}

#[test]
fn a_close_and_a_reopening_that_are_killed_at_any_call_are_done_or_not_done() {
    if has_strace() {
        Scene::of_close().survives_kills_at_changes();
        Scene::of_reopen().survives_kills_at_changes();
    }
}

#[test]
fn a_run_that_is_killed_at_any_call_is_done_or_not_done() {
    if has_strace() {
        Scene::of_run().survives_kills();
    }
}

#[test]
fn a_void_and_a_restart_that_are_killed_at_any_call_are_done_or_not_done() {
    if has_strace() {
        Scene::of_void().survives_kills_at_changes();
        Scene::of_restart().survives_kills_at_changes();
    }
}

#[test]
fn a_post_that_is_killed_before_its_head_is_noted_is_not_refused_and_the_next_run_notes_it() {
    if !has_strace() {
        return;
    }
    let scene = Scene::of_post();
    let noting = scene.calls.iter().find(|call| changes(call) && call.text.contains(".ledger-head-new")).unwrap();
    let killed = folder();
    copy(scene.before.path(), killed.path());
    disturbed(killed.path(), POST, noting, "signal=KILL");
    let noted = |shop: &Path| -> Value {
        let told: Value = serde_json::from_slice(&fs::read(shop.join("out/shop/ledger-head.json")).unwrap()).unwrap();
        told["ledger"]["sequence"].clone()
    };
    assert!(killed.path().join("ledger/log/0000000002.json").exists());
    assert_eq!(noted(killed.path()), 1);
    must(killed.path(), RUN);
    assert_eq!(noted(killed.path()), 2);
    // From then on the entry may not go.
    fs::remove_file(killed.path().join("ledger/log/0000000002.json")).unwrap();
    for words in [RUN, POST] {
        let (code, said) = done(killed.path(), words);
        assert!(code == Some(4) && said.contains("ledger-went-back"), "{code:?} {said}");
    }
}

#[test]
fn a_disk_that_fails_under_a_post_leaves_the_state_intact() {
    if has_strace() {
        Scene::of_post().survives_errors();
    }
}

#[test]
fn a_disk_that_fails_under_a_run_leaves_the_state_intact() {
    if has_strace() {
        Scene::of_run().survives_errors();
    }
}

/// Jobs that race; those of one month bill what those of everything bill, too.
const JOBS: usize = 8;

/// Rounds on one ledger.
const ROUNDS_OF_LEDGER: usize = 20;

#[test]
fn eight_that_race_to_post_overlapping_runs_and_are_killed_bill_each_hour_once() {
    let rounds = if soaks() { 1_000 } else { ROUNDS_OF_LEDGER };
    let mut dice = Dice::new(7);
    let mut killed = 0;
    for _ in 0..rounds / ROUNDS_OF_LEDGER {
        let folder = folder();
        let shop = folder.path();
        let jobs: Vec<String> = (0..JOBS).map(|nth| format!("job{nth}.toml")).collect();
        for (nth, job) in jobs.iter().enumerate() {
            let period = if nth % 2 == 0 { "" } else { "[period]\nmonth = \"2026-10\"\n" };
            write_job(shop, job, &format!("job{nth}"), period);
        }
        let mut entries: Vec<(String, &str, &str)> = Vec::new();
        for round in 0..ROUNDS_OF_LEDGER {
            for (date, hours) in [("2026-09-30", "1"), ("2026-10-05", "2.5"), ("2026-11-01", "0:20")] {
                entries.push((format!("{round}-{date}"), date, hours));
            }
            write_exports(shop, &entries);
            killed += race(shop, &jobs, &mut dice);
            must(shop, &["ledger", "verify", "job0.toml"]);
        }
        must(shop, &["run", "job0.toml"]);
        must(shop, &["post", "job0.toml"]);
        must(shop, &["ledger", "verify", "job0.toml"]);
        // Each hour was billed once: 1 h, 2.5 h and 20 minutes a round.
        let told: Value =
            serde_json::from_str(&must(shop, &["ledger", "show", "job0.toml", "--format", "json"])).unwrap();
        let documents = told["documents"].as_array().unwrap();
        let micros = |told: &Value| -> i64 { told["totals"]["microseconds"].as_str().unwrap().parse().unwrap() };
        let posted: i64 = told["entries"].as_array().unwrap().iter().map(micros).sum();
        assert_eq!(posted, ROUNDS_OF_LEDGER as i64 * 230 * 60_000_000, "{} documents", documents.len());
    }
    assert!(killed > rounds, "{killed} killed");
}

/// All jobs run and post at once, 40 % of them are killed at some moment; how many were.
fn race(shop: &Path, jobs: &[String], dice: &mut Dice) -> usize {
    let start = |job: &String, command: &str| hourbill(shop, &[command, job]).spawn().unwrap();
    let mut children: Vec<Child> = jobs.iter().map(|job| start(job, "run")).collect();
    let mut victims = end(&mut children, dice);
    let mut children: Vec<Child> = jobs.iter().map(|job| start(job, "post")).collect();
    victims += end(&mut children, dice);
    victims
}

fn end(children: &mut [Child], dice: &mut Dice) -> usize {
    let victims: Vec<usize> = (0..children.len()).filter(|_| dice.percent(40)).collect();
    std::thread::sleep(Duration::from_micros(dice.below(60_000) as u64));
    for &victim in &victims {
        children[victim].kill().unwrap();
    }
    for (nth, child) in children.iter_mut().enumerate() {
        let code = child.wait().unwrap().code();
        // One that was killed before its first run has nothing to post.
        assert!(matches!(code, None | Some(0 | 1 | 5)), "child {nth} ended with {code:?}");
    }
    victims.len()
}

/// Where a file of a ledger stands.
fn ledger_files(shop: &Path) -> Vec<PathBuf> {
    files(&shop.join("ledger"))
        .into_keys()
        .filter(|name| name != "lock")
        .map(|name| shop.join("ledger").join(name))
        .collect()
}

#[test]
fn a_flipped_bit_is_found_by_verify_and_refused_by_run_and_post() {
    let folder = shop();
    let shop = folder.path();
    must(shop, RUN);
    let head: Value = serde_json::from_str(&must(shop, &["ledger", "verify", "job.toml", "--format", "json"])).unwrap();
    let mut dice = Dice::new(1);
    for file in ledger_files(shop) {
        let bytes = fs::read(&file).unwrap();
        for _ in 0..if soaks() { 200 } else { 3 } {
            let (at, bit) = (dice.below(bytes.len()), dice.below(8));
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            fs::write(&file, &altered).unwrap();
            let what = format!("{} byte {at} bit {bit}", file.display());
            assert_eq!(done(shop, VERIFY).0, Some(4), "{what}");
            assert_eq!(done(shop, RUN).0, Some(4), "{what}");
            let (code, said) = done(shop, POST);
            assert!(matches!(code, Some(4 | 5)), "{what}: {code:?} {said}");
        }
        fs::write(&file, &bytes).unwrap();
    }
    // A chain cannot tell that its end was cut off; who noted its head can, as the job does.
    must(shop, POST);
    let newest: Value =
        serde_json::from_str(&must(shop, &["ledger", "verify", "job.toml", "--format", "json"])).unwrap();
    let head_of = |told: &Value| told["head"].as_str().unwrap().to_owned();
    fs::remove_file(shop.join("ledger/log/0000000002.json")).unwrap();
    for words in [VERIFY, &["ledger", "verify", "job.toml", "--expect-head", &head_of(&head)]] {
        let (code, said) = done(shop, words);
        assert!(code == Some(4) && said.contains("ledger-went-back"), "{code:?} {said}");
    }
    let (code, said) = done(shop, &["ledger", "verify", "job.toml", "--expect-head", &head_of(&newest)]);
    assert!(code == Some(4) && said.contains("newest entry"), "{code:?} {said}");
}
