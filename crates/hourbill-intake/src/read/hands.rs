//! Who takes in what was read: a thread that has nothing to do, or else the one that read it, so that no more is in memory than is worked on.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the threads that read, and what was handed on and is not taken in yet.
#[derive(Default)]
pub(super) struct Hands {
    busy: AtomicUsize,
}

/// One more thing that is being done, until it is dropped.
pub(super) struct Busy<'a>(&'a AtomicUsize);

impl Hands {
    pub fn one_more(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(&self.busy)
    }

    /// Hands work on, or does it here.
    pub fn give<'s>(&'s self, scope: &rayon::Scope<'s>, work: impl FnOnce() + Send + 's) {
        if self.busy.load(Ordering::Relaxed) < rayon::current_num_threads() {
            let busy = self.one_more();
            scope.spawn(move |_| {
                let _busy = busy;
                work();
            });
        } else {
            work();
        }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
