//! `prune`: runs go that are neither new nor posted, and nothing that anybody may need later.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::cli::Job;
use crate::went_back::{post, with_ledger};

/// Publishes one more run, of exports with one more entry; its id.
fn publish(job: &Job, entry: &str) -> String {
    job.append("timesheets.csv", &format!("{entry},2026-10-08,1,T1\n"));
    job.run("run job.toml --format json").ends(0).json()["run_id"].as_str().unwrap().to_owned()
}

fn runs(job: &Job) -> BTreeSet<String> {
    fs::read_dir(job.path("out/job/runs")).unwrap().map(|run| run.unwrap().file_name().into_string().unwrap()).collect()
}

fn named(told: &Value, key: &str) -> BTreeSet<String> {
    told[key].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

fn set(runs: &[&String]) -> BTreeSet<String> {
    runs.iter().map(|run| (*run).clone()).collect()
}

#[test]
fn prune_keeps_the_newest_and_what_was_posted() {
    let job = with_ledger();
    let first = publish(&job, "P1");
    let posted = publish(&job, "P2");
    post(&job);
    let [third, fourth, newest] = ["P3", "P4", "P5"].map(|entry| publish(&job, entry));
    let all = runs(&job);
    assert_eq!(all, set(&[&first, &posted, &third, &fourth, &newest]));

    let told = job.run("prune job.toml --keep 2 --dry-run --format json").ends(0).json();
    assert_eq!((runs(&job), named(&told, "removed")), (all, set(&[&first, &third])));
    assert!(told["removed"].as_array().unwrap().iter().all(|run| run["bytes"].as_u64().unwrap() > 1_000));
    let told = job.run("prune job.toml --keep 2 --format json").ends(0).json();
    assert_eq!(named(&told, "removed"), set(&[&first, &third]));
    assert_eq!(runs(&job), set(&[&posted, &fourth, &newest]));
    assert!(told["kept"].as_array().unwrap().iter().any(|run| run["run"] == *posted && run["why"] == "posted"));

    // The run that `latest` names stays; nothing else of it was touched.
    assert_eq!(fs::read_to_string(job.path("out/job/latest")).unwrap().trim(), newest);
    job.run("ledger verify job.toml").ends(0);
    job.run("run job.toml").ends(0);
    let again = job.run("prune job.toml --keep 2").ends(0);
    assert!(again.out.starts_with("no run of `job` to remove\n"), "{}", again.out);
    assert!(job.run("prune job.toml --keep 1").ends(0).out.contains(&fourth));
    assert_eq!(runs(&job), set(&[&posted, &newest]));
}

#[test]
fn prune_leaves_what_it_cannot_read_and_needs_a_number() {
    let job = Job::new();
    job.run("prune job.toml --keep 3").ends(0);
    assert!(!job.path("out").exists());
    let [first, second] = ["P1", "P2"].map(|entry| publish(&job, entry));
    fs::create_dir(job.path("out/job/runs/notes")).unwrap();
    fs::write(job.path("out/job/runs").join(&first).join("run.json"), "{").unwrap();
    let told = job.run("prune job.toml --keep 1 --format json").ends(0).json();
    assert_eq!(named(&told, "kept"), set(&[&first, &second, &"notes".to_owned()]));
    job.run("prune job.toml").ends(2);
    job.run("prune job.toml --keep 0").ends(2);
}

#[test]
fn prune_of_a_ledger_that_went_back_removes_nothing_and_forgets_nothing() {
    let job = with_ledger();
    publish(&job, "P1");
    post(&job);
    let keep = |from: &str, to: &str| {
        let copied =
            std::process::Command::new("cp").args(["-a", from, to]).current_dir(job.path("")).status().unwrap();
        assert!(copied.success());
    };
    keep("ledger", "copy");
    publish(&job, "P2");
    post(&job);
    // This one alone knows the second entry, once what is noted is gone.
    publish(&job, "P3");
    publish(&job, "P4");
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    job.run("prune job.toml --keep 1").ends(0);
    fs::remove_dir_all(job.path("ledger")).unwrap();
    keep("copy", "ledger");
    let before = runs(&job);
    assert!(job.run("prune job.toml --keep 1").ends(4).err.contains("ledger-went-back"));
    assert_eq!(runs(&job), before);
    // Even without runs the job knows better.
    fs::remove_dir_all(job.path("out/job/runs")).unwrap();
    job.run("run job.toml").ends(4);
}
