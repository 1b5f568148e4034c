//! `close` and `reopen` (K3): months that no run touches any more, and open again.

use super::args::Job;
use super::exit::Exit;
use super::failure::Failure;
use super::issued;
use super::ledger::{doer, make, opened, settings};
use super::ledger_args::{Close, Reopen, Signed};
use super::printer::Printer;
use super::start::load;
use super::watch::Watch;
use crate::ledger::MonthAsked;
use crate::posted::MonthState;
use crate::run::{self, Asked};

pub fn close(args: &Close, printer: Printer) -> Result<Exit, Failure> {
    let Signed { job, as_of, .. } = &args.signed;
    let (inputs, sets) = (args.inputs.clone(), args.sets.clone());
    let settings = load(&Job { job: job.clone(), as_of: *as_of, inputs, sets, ..Job::default() })?;
    let doer = doer(&args.signed, &settings, &args.reason);
    issued::complete(&settings, args.signed.dry_run, printer)?;
    let state = if args.hard { MonthState::Hard } else { MonthState::Soft };
    let asked = MonthAsked { month: args.period, company: args.company.clone(), state };
    let watch = Watch::new(&settings, printer.is_watched());
    let plan = run::plan_close(&settings, &asked, args.force, &doer, &watch);
    watch.finish();
    make(&settings, &opened(&settings)?, plan?, (Asked::default(), args.signed.dry_run), printer)
}

pub fn reopen(args: &Reopen, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let doer = doer(&args.signed, &settings, &args.reason);
    issued::complete(&settings, args.signed.dry_run, printer)?;
    let asked = MonthAsked { month: args.period, company: args.company.clone(), state: MonthState::Open };
    let plan = run::plan_reopen(&settings, &asked, &doer)?;
    make(&settings, &opened(&settings)?, plan, (Asked::default(), args.signed.dry_run), printer)
}
