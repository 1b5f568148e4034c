//! Ctrl-C, signals to end, and bugs: whatever ends a command early, nothing half-done stays behind.
//!
//! An interrupt and a commit race for one flag, so that either the run is put in place whole or nothing of it is.

use std::panic;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::printer::Printer;
use crate::publish;

const RUNNING: u8 = 0;
const INTERRUPTED: u8 = 1;
/// The state in which a run or a change is put in place: an interrupt waits for its end.
const COMMITTING: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(RUNNING);

/// What a run of this process stages into, to be cleared away when it is interrupted.
static STAGED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Begins what must not be torn apart. False when an interrupt was first.
pub fn commit() -> bool {
    STATE.compare_exchange(RUNNING, COMMITTING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
}

/// What was begun is whole: an interrupt may end the command again.
pub fn committed() {
    let _ = STATE.compare_exchange(COMMITTING, RUNNING, Ordering::SeqCst, Ordering::SeqCst);
}

pub fn is_interrupted() -> bool {
    STATE.load(Ordering::SeqCst) == INTERRUPTED
}

/// The handler tells of the interrupt and ends the process: whoever comes to the end of the command first waits for it.
pub fn wait_to_be_ended() {
    const PATIENCE: Duration = Duration::from_secs(10);
    std::thread::sleep(PATIENCE);
}

/// Names the folder of a job in which this process may stage a run.
pub fn stages_in(job_folder: PathBuf) {
    if let Ok(mut staged) = STAGED.lock() {
        *staged = Some(job_folder);
    }
}

/// Makes Ctrl-C, SIGTERM and SIGHUP end the command with nothing published, and a panic end it as the bug it is.
pub fn prepare(printer: Printer) {
    let interrupted = move || {
        if STATE.compare_exchange(RUNNING, INTERRUPTED, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            // Put in place within milliseconds: then the command ends by itself.
            return;
        }
        if let Ok(Some(folder)) = STAGED.lock().map(|staged| staged.clone()) {
            publish::clear_own_staging(&folder);
        }
        let failure = Failure::new(Exit::Interrupted, "interrupted", "stopped by a signal: nothing was changed", "");
        printer.failure(&failure);
        std::process::exit(i32::from(Exit::Interrupted.code()));
    };
    // Without a handler the signal ends the process all the same, and the next run clears away what is left.
    let _ = ctrlc::set_handler(interrupted);
    let told = Mutex::new(false);
    panic::set_hook(Box::new(move |panic| {
        // A panic in such code is caught and told as an error of the file or of the question.
        #[cfg(feature = "query")]
        let in_engine = crate::query::in_engine_code();
        #[cfg(not(feature = "query"))]
        let in_engine = false;
        if crate::read::in_foreign_code() || in_engine {
            return;
        }
        // Threads may fail together; one message is enough.
        let first = told.lock().is_ok_and(|mut told| !std::mem::replace(&mut *told, true));
        if !first {
            return;
        }
        let payload = panic.payload();
        let what = payload.downcast_ref::<&str>().copied().map(str::to_owned);
        let what = what.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        let place = panic.location().map(|location| format!("{location}")).unwrap_or_default();
        let complaint = Complaint {
            code: "bug".to_owned(),
            message: format!("hourbill stopped because of a mistake of its own: {what}"),
            place,
            hint: "nothing half-done was left behind; please report this message, with the command and its version"
                .to_owned(),
        };
        printer.failure(&Failure { complaints: vec![complaint], exit: Exit::Bug });
    }));
}
