//! G11: the ledger of a job goes back, and what the job has published and posted knows better.

use std::fs;
use std::path::PathBuf;

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::posted::Head;
use hourbill::run;
use serde_json::Value;

use crate::cli::Job;

const LEDGER: &str = "[ledger]\ndir = \"ledger\"\n";

/// A job with a ledger.
pub fn with_ledger() -> Job {
    let job = Job::new();
    job.append("job.toml", LEDGER);
    job
}

fn without_ledger(job: &Job) {
    let text = fs::read_to_string(job.path("job.toml")).unwrap();
    job.write("job.toml", &text.replace(LEDGER, ""));
}

fn copy(from: PathBuf, to: PathBuf) {
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(entry.path(), target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn keep(job: &Job, name: &str) {
    copy(job.path("ledger"), job.path(name));
}

fn restore(job: &Job, name: &str) {
    fs::remove_dir_all(job.path("ledger")).unwrap();
    copy(job.path(name), job.path("ledger"));
}

fn head(job: &Job) -> (u64, String) {
    head_of(&job.run("ledger verify job.toml --format json").ends(0).json())
}

/// How a ledger ends that lacks what the job knows: what is left of it holds, and that is not enough (G11).
fn head_that_went_back(job: &Job) -> (u64, String) {
    let verified = job.run("ledger verify job.toml --format json").ends(4);
    assert!(verified.err.contains("ledger-went-back"), "{}", verified.err);
    let told = verified.json();
    assert_eq!(told["status"], "went_back");
    head_of(&told)
}

fn head_of(told: &Value) -> (u64, String) {
    (told["sequence"].as_u64().unwrap(), told["head"].as_str().unwrap().to_owned())
}

/// Run and post refuse, and so does whatever else would change the ledger; nothing is changed.
fn refuses(job: &Job, wants: &[&str]) {
    let before = job.listing();
    for words in ["run job.toml", "run job.toml --dry-run", "run job.toml --memory 300MB", "post job.toml"] {
        let ran = job.run(words).ends(4);
        assert!(ran.err.starts_with("error[ledger-went-back]"), "{words}: {}", ran.err);
        for wanted in wants.iter().chain(&["`hourbill ledger restart job.toml --reason TEXT`"]) {
            assert!(ran.err.contains(wanted), "{words}: {wanted} in {}", ran.err);
        }
    }
    assert_eq!(job.listing(), before);
}

pub fn post(job: &Job) -> Value {
    job.run("post job.toml --format json --by ada").ends(0).json()
}

/// A job that has posted twice, with a copy of the ledger between.
fn posted_twice() -> Job {
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    post(&job);
    keep(&job, "copy");
    job.append("timesheets.csv", "H5,2026-10-08,2,T1\n");
    job.run("run job.toml").ends(0);
    post(&job);
    job
}

#[test]
fn g11_a_ledger_restored_from_an_older_copy_is_refused_by_run_and_post() {
    let job = posted_twice();
    let (_, newest) = head(&job);
    // What the post has left knows it; no run stands on it yet.
    restore(&job, "copy");
    let (_, older) = head_that_went_back(&job);
    let verified = job.run("ledger verify job.toml").ends(4);
    assert!(verified.out.contains("the ledger went back; what is left of it holds"), "{}", verified.out);
    assert!(verified.err.contains("`hourbill ledger restart job.toml --reason TEXT`"), "{}", verified.err);
    let latest = fs::read_to_string(job.path("out/job/latest")).unwrap();
    refuses(&job, &["knows entry 2", &newest, "ends with entry 1", &older, latest.trim()]);
    let change = "void job.toml D-2026-10-C1-EUR --reason mistake";
    assert!(job.run(change).ends(4).err.contains("ledger-went-back"));
    job.run("ledger open job.toml --before 2026-10-01").ends(4);
    // Looking is allowed, and the newer copy settles it.
    job.run("ledger show job.toml").ends(0);
    job.run("hours job.toml").ends(0);
}

#[test]
fn g11_what_published_runs_name_is_enough() {
    let job = posted_twice();
    let run = job.run("run job.toml --format json").ends(0).json()["run_id"].as_str().unwrap().to_owned();
    let (_, newest) = head(&job);
    // Runs that were published before heads were noted.
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    job.run("run job.toml").ends(0);
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    restore(&job, "copy");
    refuses(&job, &[&format!("run {run} knows entry 2"), &newest]);
    // Nobody can tell what a run says that cannot be read; the others count.
    let runs: Vec<PathBuf> =
        fs::read_dir(job.path("out/job/runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 3);
    fs::write(runs.iter().find(|path| !path.ends_with(&run)).unwrap().join("run.json"), "{").unwrap();
    fs::write(job.path("out/job/runs/notes.txt"), "").unwrap();
    fs::create_dir(job.path("out/job/runs/empty")).unwrap();
    refuses(&job, &[&run]);
    fs::remove_dir_all(job.path("out/job/runs").join(&run)).unwrap();
    job.run("run job.toml --dry-run").ends(0);
}

#[test]
fn g11_a_run_on_a_newer_head_is_not_forgotten_when_an_older_one_is_noted() {
    let job = posted_twice();
    job.run("run job.toml").ends(0);
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    let first: Value = serde_json::from_slice(&fs::read(job.path("ledger/log/0000000001.json")).unwrap()).unwrap();
    let head = Head { sequence: 1, hash: first["seal"].as_str().unwrap().to_owned() };
    // A slow run that was computed before the second post.
    let settings = job::load(&job.path("job.toml"), &Flags::default(), Date::parse("2026-11-02").unwrap()).unwrap();
    run::note_head(&settings, Some(&head), "run late", "late").unwrap();
    restore(&job, "copy");
    refuses(&job, &["knows entry 2"]);
}

#[test]
fn g11_pruned_runs_are_not_forgotten() {
    let job = posted_twice();
    job.run("run job.toml").ends(0);
    fs::remove_dir_all(job.path("out/job/runs")).unwrap();
    restore(&job, "copy");
    refuses(&job, &["knows entry 2"]);
}

#[test]
fn g11_another_ledger_and_none_are_refused_alike() {
    let job = posted_twice();
    job.run("run job.toml").ends(0);
    let ran = job.run("run job.toml --set ledger.dir=ledgr").ends(4);
    assert!(ran.err.contains("the ledger `ledgr` is empty"), "{}", ran.err);
    assert!(!job.path("ledgr").exists());
    // Another folder of results has no runs of the job.
    job.run("run job.toml --set ledger.dir=ledgr --set output.dir=elsewhere").ends(0);
    fs::rename(job.path("ledger"), job.path("moved")).unwrap();
    refuses(&job, &["the ledger `ledger` is empty"]);
    fs::rename(job.path("moved"), job.path("ledger")).unwrap();
    without_ledger(&job);
    assert!(job.run("run job.toml").ends(4).err.contains("the job has no [ledger] now"));
    // A ledger that was only looked at is named, too.
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    without_ledger(&job);
    assert!(job.run("run job.toml").ends(4).err.contains("was computed on a ledger that was empty"));
    // The other way there is nothing to lose.
    let job = Job::new();
    job.run("run job.toml").ends(0);
    job.append("job.toml", LEDGER);
    job.run("run job.toml").ends(0);
}

#[test]
fn g11_a_ledger_that_went_another_way_is_refused() {
    let job = posted_twice();
    let (_, lost) = head(&job);
    restore(&job, "copy");
    // Another job goes on with the copy, beyond where it was.
    let text = fs::read_to_string(job.path("job.toml")).unwrap();
    job.write("other.toml", &text);
    job.append("timesheets.csv", "H6,2026-10-09,1,T1\n");
    job.run("run other.toml").ends(0);
    job.run("post other.toml").ends(0);
    let verified = job.run("ledger verify other.toml --format json").ends(0).json();
    let (sequence, other) = (verified["sequence"].as_u64().unwrap(), verified["head"].as_str().unwrap());
    assert!(sequence == 2 && other != lost);
    // The chain holds in itself; the job knows better.
    let refused = job.run("ledger verify job.toml").ends(4);
    assert!(refused.err.starts_with("error[ledger-went-back]") && refused.err.contains(&lost), "{}", refused.err);
    refuses(&job, &["knows entry 2", &lost, other, "has another entry 2"]);
    // The other job has seen no other.
    job.run("run other.toml").ends(0);
}

#[test]
fn g11_a_restart_is_said_once_and_older_runs_no_longer_count() {
    let job = posted_twice();
    job.run("run job.toml").ends(0);
    let (_, lost) = head(&job);
    assert!(job.run("ledger restart job.toml --reason test").ends(0).out.contains("nothing was changed"));
    restore(&job, "copy");
    let (_, now) = head_that_went_back(&job);
    let before = job.listing();
    let words = "ledger restart job.toml --reason disk-lost --by ada --as-of 2026-11-02";
    let dry = job.run(&format!("{words} --dry-run --format json")).ends(0).json();
    assert_eq!((&dry["status"], job.listing() == before), (&"dry_run".into(), true));
    job.run("ledger restart job.toml").ends(2);
    let told = job.run(&format!("{words} --format json")).ends(0).json();
    assert_eq!(
        (&told["status"], &told["from"]["hash"], &told["to"]["hash"]),
        (&"done".into(), &lost.into(), &now.into())
    );
    let noted: Value = serde_json::from_slice(&fs::read(job.path("out/job/ledger-head.json")).unwrap()).unwrap();
    let restart = &noted["restarts"][0];
    assert_eq!(
        (&restart["reason"], &restart["by"], &restart["at"]),
        (&"disk-lost".into(), &"ada".into(), &"2026-11-02".into())
    );
    let again = job.run(&format!("{words} --format json")).ends(0).json();
    assert_eq!(again["status"], "nothing_to_do");
    // From then on it may not go back either.
    job.run("run job.toml").ends(0);
    post(&job);
    assert_eq!(head(&job).0, 2);
    restore(&job, "copy");
    refuses(&job, &["knows entry 2"]);
    // None at all is said the same way.
    without_ledger(&job);
    job.run("ledger restart job.toml --reason none").ends(0);
    job.run("run job.toml").ends(0);
    job.run("run job.toml").ends(0);
}

#[test]
fn g11_voids_and_credits_are_known_and_every_day_work_is_not_refused() {
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    post(&job);
    keep(&job, "posted");
    job.run("credit job.toml D-2026-10-C1-EUR --entry H1 --rebill --reason agreed").ends(0);
    keep(&job, "credited");
    restore(&job, "posted");
    refuses(&job, &["`credit", "knows entry 2"]);
    restore(&job, "credited");
    job.run("run job.toml").ends(0);
    job.run("void job.toml D-2026-10-C1-EUR --reason wrong").ends(0);
    restore(&job, "credited");
    refuses(&job, &["`void", "knows entry 3"]);
    // Two jobs on one ledger, night after night.
    let job = with_ledger();
    let text = fs::read_to_string(job.path("job.toml")).unwrap();
    job.write("second.toml", &text);
    for night in 0..3 {
        job.append("timesheets.csv", &format!("N{night},2026-10-08,1,T1\n"));
        for name in ["job.toml", "second.toml"] {
            job.run(&format!("run {name}")).ends(0);
            job.run(&format!("run {name}")).ends(0);
        }
        let name = if night % 2 == 0 { "job.toml" } else { "second.toml" };
        job.run(&format!("post {name}")).ends(0);
    }
    assert_eq!(head(&job).0, 3);
}

#[test]
fn g11_what_is_noted_and_cannot_be_read_is_doubt_and_a_restart_settles_it() {
    let job = posted_twice();
    job.write("out/job/ledger-head.json", "{\"format\": \"hourbill-head-1\"}");
    refuses(&job, &["ledger-head.json` cannot be read"]);
    job.run("ledger restart job.toml --reason damaged").ends(0);
    job.run("run job.toml").ends(0);
}

#[test]
fn a_run_and_a_post_say_what_they_stand_on() {
    let job = with_ledger();
    let ran = job.run("run job.toml").ends(0);
    assert!(ran.out.contains("the ledger `ledger` is new and empty"), "{}", ran.out);
    assert_eq!(job.run("run job.toml --format json").json()["ledger_is_new"], true);
    assert!(job.run("post job.toml --dry-run").ends(0).out.contains("on a ledger that is new and empty"));
    let ran = job.run("post job.toml").ends(0);
    let (_, hash) = head(&job);
    assert!(
        ran.out.contains("entry 1 of the ledger, which was new and empty") && ran.out.contains(&hash),
        "{}",
        ran.out
    );
    let again = job.run("post job.toml --format json").ends(0).json();
    assert_eq!((&again["status"], &again["head"]), (&"nothing_to_do".into(), &hash.as_str().into()));
    let ran = job.run("run job.toml").ends(0);
    assert!(ran.out.contains("on entry 1 of the ledger `ledger`, head") && ran.out.contains(&hash), "{}", ran.out);
}

#[test]
fn a_post_whose_head_cannot_be_noted_is_done_and_says_so() {
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    // A folder stands where the new head would be written.
    fs::create_dir(job.path("out/job/.ledger-head-new")).unwrap();
    let ran = job.run("post job.toml").ends(1);
    assert!(ran.err.contains("error[head-not-noted]: the ledger is changed"), "{}", ran.err);
    assert_eq!(head(&job).0, 1);
    fs::remove_dir(job.path("out/job/.ledger-head-new")).unwrap();
    job.run("post job.toml").ends(0);
    job.run("run job.toml").ends(0);
    let noted: Value = serde_json::from_slice(&fs::read(job.path("out/job/ledger-head.json")).unwrap()).unwrap();
    assert_eq!((&noted["ledger"]["sequence"], noted["runs"].as_array().unwrap().len()), (&1.into(), 2));
}
