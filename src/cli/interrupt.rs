//! Ctrl-C, signals to end, and bugs: whatever ends a command early, nothing half-done stays behind.
//!
//! An interrupt and a commit race for one flag, so that either the run is put in place whole or nothing of it is.

use std::panic;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::printer::{self, Printer};
use crate::publish;

const RUNNING: u8 = 0;
const INTERRUPTED: u8 = 1;
/// The state from which on a run or a change is put in place. An interrupt does not end it any more: a command that ends with 130 did not do its work, or not all of it.
const COMMITTING: u8 = 2;
/// The same, and a signal came since: the command ends before a further change.
const ASKED_TO_END: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(RUNNING);

/// What a run of this process stages into, to be cleared away when it is interrupted.
static STAGED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Begins what must not be torn apart. False when an interrupt was first.
pub fn commit() -> bool {
    STATE.compare_exchange(RUNNING, COMMITTING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
}

/// The command goes on to a further change: an interrupt may end it before that, and one that came during the last change does.
pub fn between_changes(printer: Printer) {
    if STATE.compare_exchange(COMMITTING, RUNNING, Ordering::SeqCst, Ordering::SeqCst) == Err(ASKED_TO_END) {
        end(printer);
    }
}

/// The state that a signal leads to; `None` where there is nothing to end any more.
fn after_signal(state: u8) -> Option<u8> {
    match state {
        RUNNING => Some(INTERRUPTED),
        // Put in place within milliseconds: then the command says what it did and ends by itself, or before its next change.
        COMMITTING => Some(ASKED_TO_END),
        _ => None,
    }
}

/// Ends the command as one that a signal stopped.
fn end(printer: Printer) -> ! {
    if let Ok(Some(folder)) = STAGED.lock().map(|staged| staged.clone()) {
        publish::clear_own_staging(&folder);
    }
    let message = match printer::is_in_place() {
        true => "stopped by a signal between changes: those before it are made",
        false => "stopped by a signal: nothing was changed",
    };
    printer.failure(&Failure::new(Exit::Interrupted, "interrupted", message, ""));
    std::process::exit(i32::from(Exit::Interrupted.code()))
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
        if STATE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, after_signal) == Ok(RUNNING) {
            end(printer);
        }
    };
    // Without a handler the signal ends the process all the same, and the next run clears away what is left.
    let _ = ctrlc::set_handler(interrupted);
    let panicked = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    refuse_at_an_end_of_memory(&panicked);
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
        panicked.store(true, Ordering::SeqCst);
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

/// Memory that was not asked for beforehand and is not there: the standard library says how much was wanted and aborts. That ends the command as
/// a file for which there is no room does; what it staged, the next run clears away. An abort behind a panic is a bug.
#[cfg(unix)]
fn refuse_at_an_end_of_memory(panicked: &Arc<AtomicBool>) {
    use signal_hook::consts::SIGABRT;
    use signal_hook::flag::register_conditional_shutdown;

    let always = Arc::new(AtomicBool::new(true));
    for (exit, when) in [(Exit::Bug, Arc::clone(panicked)), (Exit::Inputs, always)] {
        // Without the handler the signal ends the process, too.
        let _ = register_conditional_shutdown(SIGABRT, i32::from(exit.code()), when);
    }
}
