//! Follows a run: the clock, the progress bar, the log.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::grid::{Align, Grid};
use super::interrupt;
use super::layout::count;
use crate::job::Settings;
use crate::run::{Memory, Observer, Timing};

pub struct Watch {
    clock: Mutex<Clock>,
    bytes: AtomicU64,
    trust: Mutex<BTreeMap<&'static str, Duration>>,
    started: Instant,
    bar: Option<ProgressBar>,
}

/// Shorter runs draw no bar: it would only flicker.
const BAR_AFTER: Duration = Duration::from_millis(300);

struct Clock {
    wall: Instant,
    cpu: Duration,
    timings: Vec<Timing>,
}

impl Watch {
    /// Draws progress when somebody watches.
    pub fn new(settings: &Settings, watched: bool) -> Watch {
        let bar = watched.then(|| bar(input_bytes(settings)));
        let started = Instant::now();
        let clock = Clock { wall: started, cpu: cpu_time(), timings: Vec::new() };
        Watch { clock: Mutex::new(clock), bytes: AtomicU64::new(0), trust: Mutex::default(), started, bar }
    }

    fn bar(&self) -> Option<&ProgressBar> {
        self.bar.as_ref().filter(|_| self.started.elapsed() > BAR_AFTER)
    }

    /// Takes the progress bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Observer for Watch {
    fn bytes(&self, bytes: u64) {
        let read = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(bar) = self.bar() {
            bar.set_position(read);
        }
    }

    fn trust(&self, what: &'static str, took: Duration) {
        if let Ok(mut trust) = self.trust.lock() {
            *trust.entry(what).or_default() += took;
        }
    }

    fn stage(&self, name: &'static str) {
        let Ok(mut clock) = self.clock.lock() else { return };
        let (wall, cpu) = (Instant::now(), cpu_time());
        let timing = Timing {
            stage: name,
            wall: wall.saturating_duration_since(clock.wall),
            cpu: cpu.saturating_sub(clock.cpu),
        };
        (clock.wall, clock.cpu) = (wall, cpu);
        let (wall_ms, cpu_ms) = (timing.wall.as_millis() as u64, timing.cpu.as_millis() as u64);
        tracing::info!(stage = name, wall_ms, cpu_ms, bytes = self.bytes.load(Ordering::Relaxed), "stage ended");
        clock.timings.push(timing);
        if let Some(bar) = self.bar() {
            if name == "read" {
                // From here on there are no bytes to wait for.
                bar.set_style(style("{spinner} {msg}"));
            }
            bar.set_message(next(name));
            bar.tick();
        }
    }

    fn timings(&self) -> Vec<Timing> {
        self.clock.lock().map(|clock| clock.timings.clone()).unwrap_or_default()
    }

    fn memory(&self) -> Option<Memory> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let bytes = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
        };
        Some(Memory { now: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
    }

    fn commit(&self) -> bool {
        interrupt::commit()
    }
}

/// The words for the stage that follows the one that has ended.
fn next(ended: &str) -> &'static str {
    match ended {
        "read" => "linking tickets to order lines",
        "link" => "accounting for every hour",
        "account" => "billing",
        "bill" => "proving the sums",
        "prove" => "writing the tables",
        _ => "publishing",
    }
}

fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    bar.set_style(style("reading [{bar:20}] {bytes} of {total_bytes}, {eta} left"));
    bar
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

/// Bytes of the input files, as far as a look tells: only the bar goes by it.
fn input_bytes(settings: &Settings) -> u64 {
    let of_file = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |found| found.len());
    let of_path = |path: &std::path::PathBuf| -> u64 {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            return entries.map(|entry| of_file(&entry.path())).sum();
        }
        if path.exists() {
            return of_file(path);
        }
        let found = glob::glob(&path.to_string_lossy()).into_iter().flatten().flatten();
        found.map(|path| of_file(&path)).sum()
    };
    settings.inputs.values().flat_map(|input| &input.paths).map(|(_, path)| of_path(path)).sum()
}

/// Processor time of all threads of this process so far.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What each stage took, how many rows it took on in a second, and how much of all went into trust: what changes no figure, and only
/// proves that none is wrong or lost.
pub fn timings_text(watch: &Watch, rows: u64) -> String {
    let timings = &watch.timings();
    let right = |name| (name, Align::Right);
    let mut grid =
        Grid::new(&[("stage", Align::Left), right("wall ms"), right("cpu ms"), right("cpu / wall"), right("rows/s")]);
    let cells = |stage: &str, wall: Duration, cpu: Duration| {
        let (ms, cpu_ms) = (wall.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3);
        // Neither figure says anything of a stage that took but a moment.
        let (share, per_second) = if wall < Duration::from_millis(1) {
            (String::new(), String::new())
        } else {
            let share = cpu.as_secs_f64() / wall.as_secs_f64();
            (format!("{share:.2}"), count((rows as f64 / wall.as_secs_f64()) as u64))
        };
        [stage.to_owned(), format!("{ms:.1}"), format!("{cpu_ms:.1}"), share, per_second]
    };
    for timing in timings {
        grid.row(&cells(timing.stage, timing.wall, timing.cpu));
    }
    let (wall, cpu) = (timings.iter().map(|timing| timing.wall).sum(), timings.iter().map(|timing| timing.cpu).sum());
    grid.sum(&cells("all", wall, cpu));
    grid.text() + &trust_text(watch, timings, cpu)
}

fn trust_text(watch: &Watch, timings: &[Timing], all: Duration) -> String {
    let mut told: Vec<(&str, Duration)> =
        watch.trust.lock().map(|trust| trust.iter().map(|(what, took)| (*what, *took)).collect()).unwrap_or_default();
    let proof = timings.iter().find(|timing| timing.stage == "prove");
    told.extend(proof.map(|timing| ("proving the sums", timing.cpu)));
    let mut grid =
        Grid::new(&[("trust, in the above", Align::Left), ("ms", Align::Right), ("of all cpu", Align::Right)]);
    let cells = |what: &str, took: Duration| {
        let share = if all.is_zero() { 0.0 } else { 100.0 * took.as_secs_f64() / all.as_secs_f64() };
        [what.to_owned(), format!("{:.1}", took.as_secs_f64() * 1e3), format!("{share:.1} %")]
    };
    for (what, took) in &told {
        grid.row(&cells(what, *took));
    }
    grid.sum(&cells("all", told.iter().map(|(_, took)| *took).sum()));
    format!("\n{}", grid.text())
}

pub fn timings_json(timings: &[Timing]) -> serde_json::Value {
    let told = timings.iter().map(|timing| {
        serde_json::json!({
            "stage": timing.stage,
            "wall_seconds": timing.wall.as_secs_f64(),
            "cpu_seconds": timing.cpu.as_secs_f64(),
        })
    });
    told.collect()
}
