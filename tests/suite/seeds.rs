//! Random scripts by their seeds: as many as are asked for, on all processors. What fails is made as short as it gets, and told with what
//! repeats it.
//!
//! `HOURBILL_SCRIPTS` says how many scripts are tried, `HOURBILL_LIVES` how many lives and re-keyed exports, `HOURBILL_SEED` which is the
//! first. A soak: `HOURBILL_SCRIPTS=100000 HOURBILL_SEED=1000001 cargo test --locked --test suite -- scripts:: --nocapture`

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};

use tempfile::TempDir;

/// What a script does, step by step, and which of its steps it leaves out.
#[derive(Default)]
pub struct Steps {
    skipped: BTreeSet<usize>,
    told: RefCell<Vec<(usize, String)>>,
}

impl Steps {
    pub fn skips(&self, step: usize) -> bool {
        self.skipped.contains(&step)
    }

    pub fn tell(&self, step: usize, what: &str) {
        if !what.is_empty() {
            self.told.borrow_mut().push((step, what.to_owned()));
        }
    }

    fn met(&self) -> BTreeSet<usize> {
        self.told.borrow().iter().map(|(step, _)| *step).collect()
    }
}

pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok())
}

/// A folder in memory, where there is such a thing.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Scripts that are being made shorter fail by the hundred: nobody wants to read each.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
}

/// What a script says that fails, and `None` of one that does not.
fn failure(script: &Script<'_>, seed: u64, folder: &Path, steps: &Steps) -> Option<String> {
    silence();
    QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| script(seed, folder, steps)));
    QUIET.set(false);
    outcome.err().map(|why| text(&*why))
}

fn text(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<String>().cloned();
    text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

type Script<'a> = dyn Fn(u64, &Path, &Steps) + Sync + 'a;

/// The steps without which it does not fail, as far as leaving out one after another tells.
fn shortest(script: &Script<'_>, seed: u64, folder: &Path) -> String {
    let mut least = Steps::default();
    let mut why = failure(script, seed, folder, &least).unwrap_or_default();
    let mut again = true;
    while again {
        again = false;
        for step in least.met().into_iter().rev() {
            let skipped = least.skipped.iter().copied().chain([step]).collect();
            let fewer = Steps { skipped, ..Steps::default() };
            if let Some(text) = failure(script, seed, folder, &fewer)
                && fewer.met().len() < least.met().len()
            {
                (least, why, again) = (fewer, text, true);
            }
        }
    }
    let told = least.told.borrow();
    let told: Vec<String> = told.iter().map(|(step, what)| format!("  {step}: {what}")).collect();
    format!("{why}\n{}", told.join("\n"))
}

/// Tries `default` scripts, or as many as the variable `count` asks for.
pub fn run(name: &str, count: &str, default: u64, script: impl Fn(u64, &Path, &Steps) + Sync) {
    let (first, scripts) = (number("HOURBILL_SEED").unwrap_or(1), number(count).unwrap_or(default));
    let (next, failed) = (AtomicU64::new(first), Mutex::new(BTreeSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let folder = folder();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + scripts || failed.lock().unwrap().len() > 3 {
                        break;
                    }
                    if failure(&script, seed, folder.path(), &Steps::default()).is_some() {
                        failed.lock().unwrap().insert(seed);
                    }
                }
            });
        }
    });
    let failed: BTreeSet<u64> = failed.into_inner().unwrap();
    if let Some(&seed) = failed.first() {
        let told = shortest(&script, seed, folder().path());
        panic!("{name}: seeds {failed:?} fail; repeat with HOURBILL_SEED={seed} {count}=1\n{told}");
    }
}
