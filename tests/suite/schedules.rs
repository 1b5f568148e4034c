//! The files for schedulers run as they are shipped: the folders that they name are laid out below another root, `etc` cannot be written, and the
//! command of each runs as a user who owns the state alone (where the test may change its user).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// `nobody`.
const USER: &str = "65534";

struct Machine {
    root: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine { root: tempfile::tempdir().unwrap() };
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (etc, exports) = (machine.at("/etc/hourbill"), machine.at("/var/lib/hourbill/exports"));
        fs::create_dir_all(&etc).unwrap();
        fs::create_dir_all(&exports).unwrap();
        let job = fs::read_to_string(project.join("jobs/etc/nightly.toml")).unwrap();
        fs::write(etc.join("nightly.toml"), machine.moved(&job)).unwrap();
        for export in fs::read_dir(project.join("fixtures/month-parquet")).unwrap() {
            let export = export.unwrap();
            fs::copy(export.path(), exports.join(export.file_name())).unwrap();
        }
        // The user need not be let into the folder of the build.
        fs::create_dir_all(machine.at("/usr/local/bin")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_hourbill"), machine.at("/usr/local/bin/hourbill")).unwrap();
        let owned = format!(
            "chmod a+rx '{0}'; chmod -R a-w '{0}/etc'; chown -R {USER}:{USER} '{0}/var' 2>/dev/null; true",
            machine.root.path().display()
        );
        assert!(Command::new("sh").args(["-c", &owned]).status().unwrap().success());
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// A text with the places of this machine for those that it names.
    fn moved(&self, text: &str) -> String {
        let program = self.at("/usr/local/bin/hourbill").display().to_string();
        let bare = text.replace("/usr/local/bin/hourbill run ", "hourbill run ");
        let moved = ["/etc/hourbill", "/var/lib/hourbill"]
            .iter()
            .fold(bare, |text, place| text.replace(place, &self.at(place).display().to_string()));
        moved.replace("hourbill run ", &format!("{program} run "))
    }

    /// Runs a line of shell as the user of the job.
    fn run(&self, line: &str) -> Output {
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let as_user = |words: &[&str]| {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).args(words);
            command
        };
        // A user who does not reach the folder of temporary files cannot try.
        let program = self.at("/usr/local/bin/hourbill").display().to_string();
        let may_change = is_root && as_user(&["test", "-x", &program]).status().is_ok_and(|status| status.success());
        let mut command = if may_change {
            as_user(&["sh", "-c", line])
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", line]);
            command
        };
        command.current_dir(self.at("/var/lib/hourbill")).env("HOME", "/nonexistent").output().unwrap()
    }

    fn runs(&self) -> usize {
        fs::read_dir(self.at("/var/lib/hourbill/out/nightly/runs")).map_or(0, Iterator::count)
    }
}

fn shipped(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs").join(file)).unwrap()
}

/// Of each scheduler the line of shell that it runs, and the exit code of a run that a person should look at.
fn lines() -> Vec<(&'static str, String, i32)> {
    let unit = shipped("systemd/hourbill-nightly.service");
    let started = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap().to_owned();
    let crontab = shipped("crontab");
    let cron = crontab.lines().find(|line| line.starts_with("30 2 * * * ")).unwrap().trim_start_matches("30 2 * * * ");
    let pod = shipped("kubernetes-cronjob.yaml");
    let pod = pod.lines().find_map(|line| line.trim().strip_prefix("- hourbill run ")).unwrap();
    let dag = shipped("airflow_dag.py");
    let job = dag.lines().find_map(|line| line.strip_prefix("JOB = ")).unwrap().trim_matches('"').to_owned();
    assert!(dag.contains("[\"hourbill\", \"run\", JOB, \"--quiet\"]"));
    vec![
        ("systemd", started, 1),
        ("cron", cron.to_owned(), 0),
        ("kubernetes", format!("hourbill run {pod}"), 0),
        ("airflow", format!("hourbill run {job} --quiet"), 1),
    ]
}

#[test]
fn what_schedulers_run_works_as_it_is_shipped() {
    let machine = Machine::new();
    for (scheduler, line, code) in lines() {
        let ended = machine.run(&machine.moved(&line));
        let told = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert_eq!(ended.status.code(), Some(code), "{scheduler}: {line}\n{told}");
        // The same exports: one run, whoever asks for it.
        assert_eq!(machine.runs(), 1, "{scheduler}");
    }
    assert!(machine.at("/var/lib/hourbill/hourbill.prom").exists());
    // Wrong inputs end with their own code, which a pod must hand on.
    fs::write(machine.at("/var/lib/hourbill/exports/orders.parquet"), "no Parquet").unwrap();
    for (scheduler, line, _) in lines().into_iter().filter(|(scheduler, ..)| *scheduler != "cron") {
        let ended = machine.run(&machine.moved(&line));
        assert_eq!(ended.status.code(), Some(3), "{scheduler}: {}", String::from_utf8_lossy(&ended.stderr));
    }
    let cron = lines().into_iter().find(|(scheduler, ..)| *scheduler == "cron").unwrap().1;
    let mailed = machine.run(&machine.moved(&cron));
    assert!(String::from_utf8_lossy(&mailed.stdout).contains("hourbill ended with exit code 3"));
}
