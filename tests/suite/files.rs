//! Nothing that an input names is left out in silence: what a file, a folder, a pattern or a list holds is read, refused or named. The table in
//! docs/formats.md says which; each of its cells is tried here.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const HEADER: &str = "timesheet_id,date,hours,order_line_id\n";
/// Nobody in particular: a test that is root may read everything.
const NOBODY: u32 = 65_534;

/// What became of what stands beside `x/a.csv`.
#[derive(Debug, PartialEq)]
enum Came {
    Read,
    Told,
    Quiet,
    Exit(i32),
}

/// A job whose timesheets are what a list of paths names; `x/a.csv` is one of them.
struct Job {
    folder: TempDir,
    /// A copy that everybody may start.
    program: PathBuf,
}

impl Job {
    fn new() -> Job {
        let folder = tempfile::tempdir().unwrap();
        let job = Job { program: PathBuf::from(env!("CARGO_BIN_EXE_hourbill")), folder };
        let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
            L,S,sale,C,P,delivered_timesheet,Hours,10,100,EUR,2026-01-01\n";
        job.write("orders.csv", orders);
        job.write("tickets.csv", "ticket_id,customer_id\n");
        fs::create_dir(job.path("x")).unwrap();
        job.write("x/a.csv", &rows("A", "1"));
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn job_file(&self, timesheets: &str) {
        let text = format!(
            "name = \"files\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = {timesheets}\n\
             [period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n"
        );
        self.write("job.toml", &text);
    }

    fn run(&self, words: &[&str], as_nobody: bool) -> Output {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).args(words);
        if as_nobody && is_root() {
            command.uid(NOBODY);
        }
        command.output().unwrap()
    }

    /// Lets somebody else start the program and write into the folder.
    fn for_nobody(&mut self) {
        let program = self.path("program");
        fs::copy(&self.program, &program).unwrap();
        self.program = program;
        fs::set_permissions(self.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    }

    /// What becomes of `name`, in which the rows of `B` stand.
    fn came(&self, name: &str, timesheets: &str, as_nobody: bool) -> Came {
        self.job_file(timesheets);
        let _ = fs::remove_dir_all(self.path("out"));
        let output = self.run(&["run", "job.toml", "--format", "json"], as_nobody);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code().unwrap();
        if code > 1 {
            assert!(said.contains(&format!("`x/{name}")), "{timesheets}: {said}");
            assert!(!said.contains("panicked") && !self.path("out").exists(), "{timesheets}: {said}");
            return Came::Exit(code);
        }
        let run = published(&self.path("out"));
        let findings = fs::read_to_string(run.join("findings.csv")).unwrap();
        let told =
            findings.lines().any(|line| line.starts_with("file-left-out,") && line.contains(&format!("`x/{name}`")));
        let manifest: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
        let listed = manifest["left_out"]["timesheets"].as_array().into_iter().flatten();
        assert_eq!(listed.filter(|left| left["file"] == format!("x/{name}")).count(), usize::from(told), "{manifest}");
        let entries = fs::read_to_string(run.join("invoice_entries.csv")).unwrap();
        match (entries.contains(",B,"), told) {
            (true, false) => Came::Read,
            (false, true) => Came::Told,
            (false, false) => Came::Quiet,
            (true, true) => panic!("{timesheets}: read and told: {findings}"),
        }
    }
}

fn rows(id: &str, hours: &str) -> String {
    format!("{HEADER}{id},2026-10-05,{hours},L\n")
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// The one run below an output folder.
fn published(out: &Path) -> PathBuf {
    let child = |folder: &Path| fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    child(&child(out).join("runs"))
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Makes what a row of the table speaks of; says how it is called.
fn stand(job: &Job, what: &str) -> &'static str {
    let at = |name: &'static str| (name, job.path(&format!("x/{name}")));
    let (name, path) = match what {
        "a link that leads nowhere"
        | "a link that leads to itself"
        | "a file that may not be read"
        | "an empty file" => at("b.csv"),
        "a pipe, a device" | "a further name of `a.csv`" => at("b.csv"),
        "a link to a folder that is not mounted" => at("share"),
        "a folder that may not be listed" | "a folder" | "a link back to the folder" => at("b"),
        "a folder called `b.csv`" => at("b.csv"),
        "`b.xls`" => at("b.xls"),
        "`b.CSV`" => at("b.CSV"),
        "`b.txt`" => at("b.txt"),
        "`b.csv (1)`" => at("b.csv (1)"),
        "`.b.csv`" => at(".b.csv"),
        "`~$b.xlsx`" => at("~$b.xlsx"),
        "`a.csv.control.json`" => at("a.csv.control.json"),
        "`b.csv.control.json`" => at("b.csv.control.json"),
        "a name that is no UTF-8" => at("\\xFC.csv"),
        other => panic!("the table has a new row: {other}"),
    };
    let text = rows("B", "2");
    match what {
        "a link that leads nowhere" => symlink("/nowhere/b.csv", &path).unwrap(),
        "a link that leads to itself" => symlink("b.csv", &path).unwrap(),
        "a link to a folder that is not mounted" => symlink("/nowhere/share", &path).unwrap(),
        "a link back to the folder" => symlink(".", &path).unwrap(),
        "a further name of `a.csv`" => symlink("a.csv", &path).unwrap(),
        "a pipe, a device" => pipe(&path),
        "an empty file" => fs::write(&path, "").unwrap(),
        "`a.csv.control.json`" | "`b.csv.control.json`" => fs::write(&path, "{\"rows\": 1}").unwrap(),
        "a name that is no UTF-8" => {
            let name = OsString::from_vec(b"\xfc.csv".to_vec());
            fs::write(job.path("x").join(name), text).unwrap();
        }
        "a folder that may not be listed" | "a folder" | "a folder called `b.csv`" => {
            fs::create_dir(&path).unwrap();
            fs::write(path.join("in.csv"), text).unwrap();
        }
        _ => fs::write(&path, text).unwrap(),
    }
    if what.ends_with("may not be read") || what.ends_with("may not be listed") {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    }
    name
}

/// The rows of the table in docs/formats.md, and what each path makes of them.
fn table() -> Vec<(String, Vec<String>)> {
    let page = include_str!("../../docs/formats.md");
    let mut lines = page.lines().skip_while(|line| !line.starts_with("| beside `x/a.csv` stands |")).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut rows = Vec::new();
    for line in lines.by_ref().take_while(|line| line.starts_with('|')) {
        let cells = cells(line);
        rows.push((cells[0].clone(), cells[1..].to_vec()));
    }
    rows
}

#[test]
fn what_stands_beside_a_file_is_read_refused_or_named_as_the_table_says() {
    let table = table();
    assert!(table.len() >= 19, "{} rows", table.len());
    let mut wrong = String::new();
    for (what, cells) in &table {
        let mut job = Job::new();
        let name = stand(&job, what);
        let as_nobody = what.contains("may not be");
        if as_nobody {
            job.for_nobody();
        }
        let paths = [
            format!("\"x/{name}\""),
            "\"x\"".to_owned(),
            "\"x/*\"".to_owned(),
            "\"x/*.csv\"".to_owned(),
            "\"x/**/*.csv\"".to_owned(),
            format!("[\"x/a.csv\", \"x/{name}\"]"),
        ];
        assert_eq!(cells.len(), paths.len(), "{what}");
        for (cell, timesheets) in cells.iter().zip(&paths) {
            let wanted = match cell.as_str() {
                "cannot be typed" => continue,
                "read" => Came::Read,
                "named" => Came::Told,
                "exit 3" => Came::Exit(3),
                "exit 6" => Came::Exit(6),
                "not meant" | "left alone" | "once" | "with its file" => Came::Quiet,
                other => panic!("{what}: `{other}` is no word of the table"),
            };
            let came = job.came(name, timesheets, as_nobody);
            if came != wanted {
                wrong.push_str(&format!("{what}, timesheets = {timesheets}: {came:?}, the table says {cell}\n"));
            }
        }
        if as_nobody {
            fs::set_permissions(job.path(&format!("x/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_flag_with_a_name_that_is_no_utf_8_is_refused() {
    let job = Job::new();
    job.job_file("\"x\"");
    let word = OsString::from_vec(b"timesheets=x/\xfc.csv".to_vec());
    let output = Command::new(&job.program)
        .current_dir(job.folder.path())
        .args(["run", "job.toml", "--input"])
        .arg(word)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn the_newer_of_two_files_is_the_one_with_the_greater_counter() {
    for timesheets in ["\"x\"", "\"x/*.csv\"", "\"x/**/e*.csv\"", "[\"x/export-9.csv\", \"x/export-10.csv\"]"] {
        let job = Job::new();
        fs::remove_file(job.path("x/a.csv")).unwrap();
        job.write("x/export-9.csv", &rows("B", "9"));
        job.write("x/export-10.csv", &rows("B", "10"));
        job.job_file(&format!("{{ path = {timesheets}, newer_wins = true }}"));
        let output = job.run(&["run", "job.toml"], false);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let entries = fs::read_to_string(published(&job.path("out")).join("invoice_entries.csv")).unwrap();
        assert!(entries.contains(",10,") && !entries.contains(",9,"), "{timesheets}: {entries}");
    }
    // A list says itself what is newer.
    let job = Job::new();
    job.write("x/export-9.csv", &rows("A", "9"));
    job.job_file("{ path = [\"x/export-9.csv\", \"x/a.csv\"], newer_wins = true }");
    job.run(&["run", "job.toml"], false);
    let entries = fs::read_to_string(published(&job.path("out")).join("invoice_entries.csv")).unwrap();
    assert!(entries.contains(",1,") && !entries.contains(",9,"), "{entries}");
}

#[test]
fn the_files_of_the_job_itself_are_no_news_and_the_run_is_the_same_again() {
    let job = Job::new();
    fs::copy(job.path("x/a.csv"), job.path("a.csv")).unwrap();
    for name in ["orders.csv", "tickets.csv"] {
        fs::rename(job.path(name), job.path(&name.replace(".csv", ".txt"))).unwrap();
    }
    let text = "name = \"files\"\n[inputs]\norders = \"orders.txt\"\ntickets = \"./tickets.txt\"\ntimesheets = \".\"\n\
         [ledger]\ndir = \"ledger\"\n[output]\ndir = \"out\"\n";
    job.write("job.toml", text);
    let run = || {
        let output = job.run(&["run", "job.toml", "--format", "json"], false);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let (first, second) = (run(), run());
    assert_eq!((&first["status"], &second["status"]), (&"published".into(), &"already_published".into()));
    let left: Vec<&str> =
        first["left_out"]["timesheets"].as_array().unwrap().iter().map(|left| left["file"].as_str().unwrap()).collect();
    assert_eq!(left, ["./x"]);
    // What is told is part of what the run is.
    job.write("notes.doc", "");
    assert_eq!(run()["status"], "published");
}

#[test]
fn many_files_of_another_ending_are_told_in_few_words() {
    let job = Job::new();
    for number in 0..100 {
        job.write(&format!("x/{number}.doc"), "");
    }
    job.job_file("\"x\"");
    job.run(&["run", "job.toml"], false);
    let run = published(&job.path("out"));
    let findings = fs::read_to_string(run.join("findings.csv")).unwrap();
    let told: Vec<&str> = findings.lines().filter(|line| line.starts_with("file-left-out,")).collect();
    assert!(told.len() == 21 && told.iter().any(|line| line.contains("80 more are left out")), "{findings}");
    let manifest: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    assert_eq!(manifest["left_out"]["timesheets"].as_array().unwrap().len(), 100);
}

#[test]
fn init_says_what_it_leaves_out() {
    let job = Job::new();
    for name in ["orders.csv", "tickets.csv"] {
        fs::rename(job.path(name), job.path(&format!("x/{name}"))).unwrap();
    }
    for name in ["x/b.csv (1)", "x/notes.txt", "x/old/c.csv"] {
        fs::create_dir_all(job.path(name).parent().unwrap()).unwrap();
        job.write(name, &rows("B", "2"));
    }
    let output = job.run(&["init", "x"], false);
    let (said, written) =
        (String::from_utf8(output.stdout).unwrap(), fs::read_to_string(job.path("job.toml")).unwrap());
    // The job is certain all the same.
    assert_eq!(output.status.code(), Some(0), "{said}");
    for name in ["x/b.csv (1)", "x/notes.txt", "x/old"] {
        assert!(said.contains(&format!("left out: {name}: ")), "{name}: {said}");
        assert!(written.contains(&format!("# {name} is left out: ")), "{name}: {written}");
    }
    symlink("nowhere", job.path("x/c.csv")).unwrap();
    let output = job.run(&["init", "x", "--force"], false);
    assert!(
        output.status.code() == Some(6) && String::from_utf8_lossy(&output.stderr).contains("`x/c.csv`"),
        "{output:?}"
    );
}
