//! The oracle: SPEC told a second time, slowly and plainly, and held against the program on random worlds.
//!
//! `model` is a world as the text cells of its files; `worlds` makes nasty ones from a seed; `value` and `intake` read the cells,
//! `linking`, `accounting` and `billing` follow the rules; `compare` runs the program on the same files and says what differs. Nothing here
//! uses a line of the pipeline but to run it.

mod accounting;
mod billing;
mod compare;
mod intake;
mod linking;
mod model;
mod value;
mod worlds;

pub use compare::{Scratch, program};
pub use model::{Job, Row, Table, World};
pub use worlds::{Dice, world};

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use compare::{differences, minimised};

/// So many worlds are tried when `HOURBILL_WORLDS` says nothing.
const WORLDS: u64 = 10_000;

#[test]
fn the_program_agrees_with_the_oracle_on_random_worlds() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (first, worlds) = (number("HOURBILL_SEED").unwrap_or(1), number("HOURBILL_WORLDS").unwrap_or(WORLDS));
    let (next, failure) = (AtomicU64::new(first), Mutex::new(None::<u64>));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let scratch = Scratch::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + worlds || failure.lock().unwrap().is_some_and(|failed| failed < seed) {
                        break;
                    }
                    if !differences(&world(seed), &scratch).is_empty() {
                        let mut failure = failure.lock().unwrap();
                        *failure = Some(failure.map_or(seed, |failed: u64| failed.min(seed)));
                        break;
                    }
                }
            });
        }
    });
    if let Some(seed) = failure.into_inner().unwrap() {
        panic!("{}", report(seed));
    }
}

/// A failing world: as it was made, made small, and what differs.
fn report(seed: u64) -> String {
    let scratch = Scratch::new();
    let (whole, small) = minimised(world(seed), &scratch);
    let mut text = format!("world {seed} differs (HOURBILL_SEED={seed} HOURBILL_WORLDS=1 runs it alone)\n");
    if std::env::var_os("HOURBILL_WHOLE").is_some() {
        text += &format!("\n== the whole world ==\n{}\n", whole.shown());
    }
    text += &format!("\n== made small ==\n{}\n== differences ==\n", small.shown());
    for line in differences(&small, &scratch) {
        text += &format!("{line}\n");
    }
    text
}
