use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn publish_one(target: &Target, run_id: &str, text: &str) -> Result<Published, PublishError> {
    let staging = target.stage()?;
    let mut file = staging.file(&FileName::of("a.csv"))?;
    file.write_all(text.as_bytes()).unwrap();
    assert_eq!(file.finish()?.bytes, text.len() as u64);
    staging.publish(run_id)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_is_there_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new(dir.path(), "month-end");
    let staging = target.stage().unwrap();
    staging.file(&FileName::of("a.csv")).unwrap().write_all(b"half").unwrap();
    drop(staging);
    assert!(!target.published("2026-10-1").unwrap());
    assert_eq!(names(&dir.path().join("month-end")), [".lock", "runs"]);

    let published = publish_one(&target, "2026-10-1", "whole").unwrap();
    assert!(target.published("2026-10-1").unwrap());
    assert_eq!(fs::read_to_string(published.folder.join("a.csv")).unwrap(), "whole");
    assert_eq!(fs::read_to_string(dir.path().join("month-end/latest")).unwrap(), "2026-10-1\n");
    assert!(matches!(publish_one(&target, "2026-10-1", "again"), Err(PublishError::Exists(_))));
    assert_eq!(fs::read_to_string(published.folder.join("a.csv")).unwrap(), "whole");
}

#[test]
fn latest_names_the_run_that_was_asked_for_last() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new(dir.path(), "job");
    publish_one(&target, "one", "1").unwrap();
    publish_one(&target, "two", "2").unwrap();
    target.point_latest("one").unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("job/latest")).unwrap(), "one\n");
}

#[test]
fn what_a_killed_run_left_is_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new(dir.path(), "job");
    publish_one(&target, "one", "1").unwrap();
    let left = dir.path().join("job/.staging-1234");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("a.csv"), "half").unwrap();
    publish_one(&target, "two", "2").unwrap();
    assert_eq!(names(&dir.path().join("job")), [".lock", "latest", "runs"]);
}

#[test]
fn of_two_runs_at_once_one_is_told_to_wait() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new(dir.path(), "job");
    let first = target.stage().unwrap();
    let second = target.stage();
    assert!(matches!(second.err(), Some(error @ PublishError::Busy(_)) if error.is_conflict()));
    first.publish("one").unwrap();
    publish_one(&target, "two", "2").unwrap();
}

#[test]
fn links_in_the_way_are_refused() {
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["job", "job/runs", "job/latest", "job/.lock", "job/runs/one"] {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(elsewhere.path(), &link).unwrap();
        let target = Target::new(dir.path(), "job");
        let refused = target.published("one").and_then(|_| publish_one(&target, "one", "1"));
        assert!(matches!(refused.err(), Some(PublishError::Link(_))), "{name}");
    }
    assert!(names(elsewhere.path()).is_empty());
}

#[test]
fn only_the_owner_can_read_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new(&dir.path().join("new/out"), "job");
    let folder = publish_one(&target, "one", "1").unwrap().folder;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("a.csv"))), (0o700, 0o600));
    assert_eq!(mode(&dir.path().join("new/out/job")), 0o700);
}

#[test]
fn a_folder_that_cannot_be_written_names_itself() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("out"), "a file").unwrap();
    let error = Target::new(&dir.path().join("out"), "job").stage().err().unwrap();
    assert!(matches!(&error, PublishError::Io { .. }), "{error}");
    assert!(error.to_string().contains("out"));
}

#[test]
fn a_job_goes_on_where_an_earlier_version_began() {
    let dir = tempfile::tempdir().unwrap();
    let folder = || Target::new(dir.path(), "Größe").job_folder().file_name().unwrap().to_str().unwrap().to_owned();
    let made = folder();
    assert_eq!((made.len(), made.get(..4)), (4 + 32, Some("Gre-")));
    let before = made.get(..4 + 8).unwrap().to_owned();
    fs::create_dir(dir.path().join(&before)).unwrap();
    assert_eq!(folder(), before);
    fs::create_dir(dir.path().join(&made)).unwrap();
    assert_eq!(folder(), made, "what was begun anew is the job's own");
}
