//! Two builds of the program over the same data: whatever they write must be the same, byte by byte, but for how long it took.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Result, root};

/// How long things took, which no two runs share.
const TIMES: &str = "timings.json";

/// All documents that need no settings of their own.
const DOCUMENTS: &str = "output.documents=json, pdf, ubl, cii, factur-x, xlsx, html, odoo, xero, quickbooks";

/// Two programs, and the folder of each: the same data, each under the same names.
struct Pair {
    programs: [PathBuf; 2],
    folders: [PathBuf; 2],
    commands: u64,
    files: u64,
}

/// Seeded worlds in several shapes, the cases and the jobs of the repository: whole, in shards, in passes, with documents, with a ledger.
pub fn compare(old: &str, new: &str, worlds: u64) -> Result<()> {
    let [old, new] = [old, new].map(|program| fs::canonicalize(program).map_err(|error| format!("{program}: {error}")));
    let scratch = std::env::temp_dir().join(format!("hourbill-compare-{}", std::process::id()));
    let folders = ["old", "new"].map(|side| scratch.join(side));
    let mut pair = Pair { programs: [old?, new?], folders, commands: 0, files: 0 };
    let done = pair.all(worlds);
    eprintln!("{} commands, {} files compared", pair.commands, pair.files);
    done.map_err(|why| format!("{why}\nwhat was made is in {}", scratch.display()))?;
    fs::remove_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))
}

impl Pair {
    fn all(&mut self, worlds: u64) -> Result<()> {
        self.jobs()?;
        let cases = root().join("fixtures/cases");
        for case in children(&cases)?.iter().filter(|case| case.join("job.toml").exists()) {
            self.anew(|folder| copied(case, folder))?;
            self.ways().map_err(|why| format!("{}: {why}", case.display()))?;
        }
        for seed in 1..=worlds {
            self.world(seed).map_err(|why| format!("world {seed}: {why}"))?;
        }
        Ok(())
    }

    /// The jobs that the repository shows, on the month that it has.
    fn jobs(&mut self) -> Result<()> {
        self.anew(|folder| {
            ["jobs", "fixtures/month", "fixtures/month-parquet"]
                .iter()
                .try_for_each(|part| copied(&root().join(part), &folder.join(part)))
        })?;
        for job in ["jobs/month-end.toml", "jobs/nightly.toml", "jobs/with-ledger.toml"] {
            self.both(&["run", job])?;
            self.both(&["run", job, "--set", DOCUMENTS])?;
        }
        self.both(&["post", "jobs/with-ledger.toml"])?;
        self.both(&["run", "jobs/with-ledger.toml", "--set", DOCUMENTS])?;
        Ok(())
    }

    /// Synthetic exports: of each seed another size, another shape.
    fn world(&mut self, seed: u64) -> Result<()> {
        self.anew(|_| Ok(()))?;
        let [number, entries, customers] =
            [seed.to_string(), (30 + seed * 37 % 700).to_string(), (1 + seed % 23).to_string()];
        let mut generate = vec!["generate", ".", "--seed", &number, "--entries", &entries];
        generate.extend(["--format", if seed % 3 == 1 { "parquet" } else { "csv" }]);
        generate.extend(["--dirty", if seed % 4 == 2 { "5" } else { "0.5" }]);
        if seed.is_multiple_of(2) {
            generate.extend(["--customers", &customers]);
        }
        for (flag, every) in [("--even", 5), ("--shuffle", 3)] {
            if seed.is_multiple_of(every) {
                generate.push(flag);
            }
        }
        self.both(&generate)?;
        self.ways()
    }

    /// One job, computed in every way.
    fn ways(&mut self) -> Result<()> {
        const AS_OF: [&str; 2] = ["--as-of", "2026-11-02"];
        let run = |more: &[&'static str]| [&["run", "job.toml"], more].concat();
        self.both(&run(&["--set", DOCUMENTS, "--set", "output.entries=all", "--set", "output.tables=csv, parquet"]))?;
        self.both(&run(&["--all", "--set", "rules.late_entries=bill", "--set", "rules.on_mismatch=hold"]))?;
        for shard in ["1/3", "2/3", "3/3"] {
            self.both(&run(&["--shard", shard]))?;
        }
        // As little memory as both say they need: then they go over the entries more than once where there are enough. What a program needs by
        // itself is not the same for two.
        let needs = self.needs()?;
        if let Some(most) = needs {
            self.both(&["run", "job.toml", "--set", "name=passes", "--memory", &format!("{most}MiB")])?;
        }
        self.with_ledger()?;
        for command in ["run", "post", "run"] {
            self.both(&[&[command, "with-ledger.toml"], &AS_OF[..]].concat())?;
        }
        for asked in ["hours", "leaks", "month"] {
            self.both(&[&[asked, "job.toml"], &AS_OF[..]].concat())?;
        }
        Ok(())
    }

    /// MiB that both need for a run; `None` where it fails for another reason.
    fn needs(&self) -> Result<Option<u64>> {
        let mut most = None;
        for (program, folder) in self.programs.iter().zip(&self.folders) {
            let mut command = Command::new(program);
            command.args(["run", "job.toml", "--set", "name=passes", "--memory", "1MB"]).current_dir(folder);
            let ended = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
            let said = String::from_utf8_lossy(&ended.stderr);
            let needs = said.split_once("needs ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<u64>().ok());
            most = most.max(needs.map(|needs| needs + 2));
        }
        Ok(most)
    }

    /// The same job with a ledger, beside it.
    fn with_ledger(&self) -> Result<()> {
        for folder in &self.folders {
            let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
            let mut job = fs::read_to_string(folder.join("job.toml")).map_err(wrong)?;
            if !job.contains("[ledger]") {
                job.push_str("\n[ledger]\ndir = \"ledger\"\n");
            }
            fs::write(folder.join("with-ledger.toml"), job).map_err(wrong)?;
        }
        Ok(())
    }

    /// Empty folders with what `fill` puts there.
    fn anew(&self, fill: impl Fn(&Path) -> Result<()>) -> Result<()> {
        for folder in &self.folders {
            let gone = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
            gone.and_then(|()| fs::create_dir_all(folder)).map_err(|error| format!("{}: {error}", folder.display()))?;
            fill(folder)?;
        }
        Ok(())
    }

    /// The same command of both, and all that is there afterwards.
    fn both(&mut self, args: &[&str]) -> Result<()> {
        let shown = args.join(" ");
        let started = [0, 1].map(|side| {
            let (program, folder) = (self.programs.get(side)?, self.folders.get(side)?);
            let mut command = Command::new(program);
            command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().ok()
        });
        let mut ended = Vec::new();
        for child in started {
            let child = child.ok_or_else(|| format!("{shown}: cannot be started"))?;
            let ended_with = child.wait_with_output().map_err(|error| format!("{shown}: {error}"))?;
            let said = |bytes: &[u8]| untimed(&String::from_utf8_lossy(bytes));
            ended.push((ended_with.status.code(), said(&ended_with.stdout), said(&ended_with.stderr)));
        }
        self.commands += 1;
        let [old, new] = ended.as_slice() else { return Err(format!("{shown}: one of them did not end")) };
        if old != new {
            return Err(format!("{shown}: they end differently\n{old:#?}\n{new:#?}"));
        }
        self.same_files(&shown)
    }

    fn same_files(&mut self, after: &str) -> Result<()> {
        let [old, new] = &self.folders;
        let (of_old, of_new) = (below(old)?, below(new)?);
        if of_old != of_new {
            let only: Vec<&PathBuf> = of_old.iter().filter(|name| !of_new.contains(name)).collect();
            let others: Vec<&PathBuf> = of_new.iter().filter(|name| !of_old.contains(name)).collect();
            return Err(format!("after {after} there are other files: {only:?} and {others:?}"));
        }
        for name in of_old.iter().filter(|name| !name.ends_with(TIMES)) {
            let bytes =
                |folder: &Path| fs::read(folder.join(name)).map_err(|error| format!("{}: {error}", name.display()));
            if bytes(old)? != bytes(new)? {
                return Err(format!("after {after}: {} differs", name.display()));
            }
            self.files += 1;
        }
        Ok(())
    }
}

/// What is printed, without the lines that say how long something took.
fn untimed(text: &str) -> String {
    let is_time = |word: &str| {
        word.strip_suffix("ms").or(word.strip_suffix('s')).is_some_and(|figure| figure.parse::<f64>().is_ok())
    };
    let timed =
        |line: &&str| !line.split(|c: char| c.is_whitespace() || c == ',').any(is_time) && !line.contains(" s ");
    text.lines().filter(timed).collect::<Vec<_>>().join("\n")
}

fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut children: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    children.sort();
    Ok(children)
}

/// Names of all files below a folder, and of links.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for child in children(&next)? {
            if child.is_dir() && !child.is_symlink() {
                open.push(child);
            } else if child.is_file() {
                found.push(child.strip_prefix(folder).unwrap_or(&child).to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn copied(from: &Path, to: &Path) -> Result<()> {
    for name in below(from)? {
        let target = to.join(&name);
        let folder = target.parent().unwrap_or(to);
        let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(from.join(&name), &target));
        copied.map_err(|error| format!("{}: {error}", target.display()))?;
    }
    Ok(())
}
