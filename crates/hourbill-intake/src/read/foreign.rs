//! The one edge to the code of others that reads files: Parquet, XML, zip, gzip, zstd, globs. It checks what it reads, but trusts numbers of
//! the file in places, and on a hostile file it may panic. A panic in there is an error of the file, never the end of the program.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What is said of a file that made foreign code panic.
const CONTRADICTS: &str = "what it says of itself contradicts what it holds";

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is in there: then a panic is caught, and nobody has to be told of it.
pub fn in_foreign_code() -> bool {
    DEPTH.with(|depth| depth.get() > 0)
}

/// Runs what reads a file, and makes of its errors and panics what `broken` makes of the words for them. What was being read must not be
/// used again after an error.
pub(super) fn guarded<T, E: Display, F>(
    read: impl FnOnce() -> Result<T, E>,
    broken: impl FnOnce(String) -> F,
) -> Result<T, F> {
    match caught(read) {
        Some(Ok(read)) => Ok(read),
        Some(Err(error)) => Err(broken(error.to_string())),
        None => Err(broken(CONTRADICTS.to_owned())),
    }
}

/// The same for what tells its errors apart itself; `panicked` is said of a panic.
pub(super) fn guarded_as<T, F>(
    read: impl FnOnce() -> Result<T, F>,
    panicked: impl FnOnce(String) -> F,
) -> Result<T, F> {
    caught(read).unwrap_or_else(|| Err(panicked(CONTRADICTS.to_owned())))
}

fn caught<T>(read: impl FnOnce() -> T) -> Option<T> {
    let _inside = Inside::new();
    catch_unwind(AssertUnwindSafe(read)).ok()
}

struct Inside;

impl Inside {
    fn new() -> Inside {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_leaves_the_thread_as_it_was() {
        let said = guarded(|| -> Result<(), String> { panic!("index out of bounds") }, |detail| detail);
        assert_eq!(said, Err(CONTRADICTS.to_owned()));
        assert!(!in_foreign_code());
        let said: Result<bool, String> = guarded(|| Ok::<_, String>(in_foreign_code()), |detail| detail);
        assert_eq!(said, Ok(true));
        assert_eq!(guarded(|| Err::<(), _>("cut off"), |detail| detail), Err("cut off".to_owned()));
    }
}
