//! The pipeline, top to bottom: exports in, drafts and the account of every hour out.

mod adjusted;
mod adjusted_rows;
mod bounds;
mod bounds_told;
mod close;
mod compared;
mod copies;
mod departed;
mod documents;
mod drafts;
mod expect;
mod file_row;
mod format;
mod guards;
mod history;
mod id_survey;
mod inputs_read;
mod intake;
mod issue;
mod kept;
mod made;
mod manifest;
mod manifest_made;
mod named;
mod of_ledger;
mod parts;
mod passes;
mod portions;
mod post;
mod posting;
mod prune;
mod publish;
mod published;
#[cfg(feature = "query")]
mod questions;
mod quoted;
mod spilled;
mod standing;
mod statements;
mod stored;
mod summary;
mod survey;
mod unread;
mod waived;
mod witness;

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use rayon::prelude::*;

pub use adjusted::unmatched;
pub use adjusted_rows::{Adjusted, AdjustedRow, RowOutcome};
pub use close::{plan_close, plan_reopen};
pub use compared::compare;
pub use expect::Unmet;
pub use file_row::{Named, file_row};
pub use guards::{Guards, OverLimit, codes};
pub use inputs_read::Intake;
pub use intake::intake;
pub use issue::{Asked, Issue, Rendered, Staged, complete, hold_files, issue, render, senders_missing, set_lost_aside};
pub use manifest::{CurrencySums, DocumentFile, Manifest, ManifestBound, QuarantineFile, TableFile};
pub use manifest_made::manifest;
pub use named::named_invoices;
pub use of_ledger::{credits_made_before, ledger, posted_of_period};
pub use parts::{PartFailure, PartPlan, PartReceipt, PartialFile, Parts, PlannedFile};
pub use passes::{Passes, run_within};
pub use post::{Passing, newest_of_month, plan_post};
pub use posting::{aliases, opening, proposal};
pub use prune::{Needed, Pruned, prune};
pub use publish::{Mended, Outcome, RunEnd, RunOptions, in_one_go, publish};
#[cfg(feature = "query")]
pub use questions::Shelf;
pub use standing::{Restarted, WentBack, ledger_stands, note_head, restart_ledger};
pub use statements::{Stated, StatedFiles, state};
pub use summary::{
    OverdrawnPack, Quarantine, QuarantineCopy, SHOWN_MAX, SampledFindings, Summary, sampled_findings, sampled_rows,
};
pub use survey::{Survey, Surveyed, survey};
pub use witness::{Witnessed, witness};

use of_ledger::LedgerPacks;
use statements::PackSource;

use crate::account::{self, Account};
use crate::bill::{self, Billing, Hold, PartKind};
use crate::bound::Measures;
use crate::calendar::CalendarMonth;
use crate::closed::{self, MonthChanges};
use crate::document::per_run::RunView;
use crate::document::{self, DocumentError};
use crate::doubt;
use crate::finding::{Finding, Findings, Subject};
use crate::ident::Idx;
use crate::job::{DocumentFormat, EntriesTable, Settings};
use crate::ledger::{LedgerError, Unproven};
use crate::link::{self, Links};
use crate::model::{OrderLine, World};
use crate::month::Month;
use crate::posted::Posted;
use crate::proof::{self, Control, Failed};
use crate::publish::{PublishError, Target};
use crate::read::ReadError;
use crate::reconcile::{self, Comparison};
use crate::register::Register;
use crate::statement::{PackDraw, Statement, Statements};
use crate::tables::Results;

/// The folder of a job's results, readable as the job says.
pub fn target(settings: &Settings) -> Target {
    Target::new(&settings.output.dir, &settings.name).readable_by(settings.output.mode)
}

/// Follows a run: the side that has clock and terminal implements it, and the run knows neither.
pub trait Observer: Sync {
    /// So many more bytes of the inputs were read.
    fn bytes(&self, _bytes: u64) {}
    /// A thread took so long for work that changes no figure, and only proves that none is wrong or lost.
    fn trust(&self, _what: &'static str, _took: Duration) {}
    /// The stage of this name has ended.
    fn stage(&self, _name: &'static str) {}
    /// What each stage took so far.
    fn timings(&self) -> Vec<Timing> {
        Vec::new()
    }
    /// Memory that the process takes; `None` where that cannot be told.
    fn memory(&self) -> Option<Memory> {
        None
    }
    /// Asked once everything is ready to be put in place for good. False stops the run: it was interrupted.
    fn commit(&self) -> bool {
        true
    }
}

/// Bytes of memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    pub now: u64,
    /// The most so far.
    pub peak: u64,
}

/// The observer of a run that nobody watches.
pub struct Unwatched;

impl Observer for Unwatched {}

/// What one stage took.
#[derive(Clone, Debug)]
pub struct Timing {
    pub stage: &'static str,
    pub wall: Duration,
    /// Processor time of all threads.
    pub cpu: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("control totals are not met: {}", .0.iter().map(|unmet| unmet.message.as_str()).collect::<Vec<_>>().join("; "))]
    Expected(Vec<Unmet>),
    /// Entries name tickets, and the job has no tickets input (§2.14).
    #[error("column `{column}` of `{file}` names tickets, first in row {row}, and the job has no tickets input")]
    NoTickets { column: String, file: String, row: u64 },
    #[error("the timesheets hold more than 2^32 - 2 entries")]
    TooManyEntries,
    #[error("a control failed, nothing is published: {}", .0.iter().map(|failed| failed.0.as_str()).collect::<Vec<_>>().join("; "))]
    Control(Vec<Failed>),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Files below `posted/` are not what was put there (N9).
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    PostedAltered(Vec<Unproven>),
    #[error("the job has no ledger")]
    NoLedger,
    #[error("{0}")]
    WentBack(Box<WentBack>),
    #[error("the job has no run `{0}`")]
    NoRun(String),
    #[error("`{file}` of run {run} is gone or was altered since it was published")]
    Altered { run: String, file: String },
    /// A newer version of hourbill published the run, or the run says what this version does not know.
    #[error("run {run} {why}")]
    RunFormat { run: String, why: String, version: Option<String> },
    #[error("{} of the adjustments could not be done: {}", rows_of(rows), list_of_rows(rows))]
    Undone { rows: Vec<AdjustedRow> },
    /// K5: what stands in the way of a close.
    #[error("{month} cannot be closed yet: {}", why.join("; "))]
    NotReady { month: String, why: Vec<String> },
    /// The period holds a month that is closed hard (K4); in words, which.
    #[error("{0}")]
    MonthShut(String),
    #[error("cannot make a document of the run: {0}")]
    RunDocument(#[from] std::io::Error),
    #[error("{} of memory are allowed, and this run needs {}", mebibytes(*limit), mebibytes(*needed))]
    TooLittleMemory { limit: u64, needed: u64 },
    #[error("{0} cannot be made in passes: the whole run has to be in memory for that")]
    NotInPasses(String),
    #[error("{0} cannot be made in parts by several processes: the whole run has to be in memory for that")]
    NotInParts(String),
    #[error("{0}")]
    PartRefused(String),
    /// Parts ended without a result because of what is wrong with the data (Z3).
    #[error("{}", .0.join("; "))]
    PartFailed(Vec<String>),
    #[error("interrupted, nothing was changed")]
    Interrupted,
}

fn rows_of(rows: &[AdjustedRow]) -> String {
    if rows.len() == 1 { "a row".to_owned() } else { format!("{} rows", rows.len()) }
}

fn list_of_rows(rows: &[AdjustedRow]) -> String {
    let told = rows.iter().map(|row| format!("{}: {}", row.row, row.told));
    told.collect::<Vec<_>>().join("; ")
}

/// The amount as a person can type it after `--memory`, rounded up.
fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// A run, computed and proved, not yet published.
pub struct Run {
    pub intake: Intake,
    pub links: Links,
    pub posted: Posted,
    pub account: Account,
    pub billing: Billing,
    /// What became of the adjustments (§8.5).
    pub adjusted: Adjusted,
    /// The findings of all stages, sorted.
    told: Vec<Finding>,
    pub comparisons: Vec<Comparison>,
    pub control: Control,
    /// The register (E1), where the job asks for it.
    register: Option<Register>,
    /// The hours statements (S1), where the job asks for them.
    statements: Option<Statements>,
    /// What was measured for bounds (X7): in a pass, of its part alone; the last pass looks at the whole.
    pub measures: Measures,
    /// What each pack gave (W12), where the job uses the rules of packs.
    pack_draws: Option<Vec<PackDraw>>,
    /// What the ledger has of packs (S1), once somebody has asked for it.
    ledger_packs: OnceLock<LedgerPacks>,
    /// What has changed in closed months (K6), of a pass alone: the last pass tells it for all.
    changes: Vec<MonthChanges>,
    /// The month in money (E8), once somebody has asked for it.
    month: OnceLock<Month>,
    pub id: String,
    file_names: Vec<String>,
}

impl Run {
    pub fn results<'a>(&'a self, settings: &'a Settings) -> Results<'a> {
        Results {
            world: &self.intake.world,
            settings: &settings.billing,
            links: &self.links,
            posted: &self.posted,
            account: &self.account,
            billing: &self.billing,
            rejected: &self.intake.rejected,
            findings: self.findings(),
            comparisons: &self.comparisons,
            files: &self.file_names,
            register: self.register.as_ref(),
            statements: self.statements.as_ref(),
            pack_draws: self.pack_draws.as_deref(),
        }
    }

    /// The month in money (E8), made when it is first asked for.
    pub fn month(&self) -> &Month {
        self.month.get_or_init(|| Month::of(&self.intake.world, &self.links, &self.account, &self.billing))
    }

    /// The hours statements that the job asks for (S1).
    pub fn statements(&self) -> &[Statement] {
        self.statements.as_ref().map_or(&[], |statements| &statements.all)
    }

    /// S4: the statements as a close of the month keeps them, whether or not the job asks for some.
    fn statements_for_close(&self, settings: &Settings, month: CalendarMonth) -> Result<Statements, RunError> {
        let (world, links, account, posted) = (&self.intake.world, &self.links, &self.account, &self.posted);
        let owns_customer = |id: &str| self.intake.owns_customer(id);
        let (ledger, owns_customer) = (&self.ledger_packs, &owns_customer);
        PackSource { settings, world, links, account, posted, ledger, owns_customer }.statements(Some(month))
    }

    /// The findings of all stages.
    pub fn findings(&self) -> Findings<'_> {
        Findings::new(&self.told)
    }

    /// Adds findings.
    fn add_findings(&mut self, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.told.extend(findings);
            self.told.par_sort();
        }
    }

    /// The run as its documents see it.
    pub fn view<'a>(&'a self, settings: &'a Settings) -> RunView<'a> {
        RunView {
            results: self.results(settings),
            settings,
            control: &self.control,
            month: self.month(),
            run_id: &self.id,
        }
    }

    /// Order lines that are kept out of the drafts because figures of the ERP differ.
    pub fn lines_waiting(&self) -> usize {
        waiting(&self.billing).len()
    }
}

/// Order lines held by `rules.on_mismatch`.
fn waiting(billing: &Billing) -> BTreeSet<Idx<OrderLine>> {
    billing.held.iter().filter(|held| held.hold == Hold::Mismatch).map(|held| held.part.line).collect()
}

/// Reads, links, accounts, bills and proves, on top of the job's ledger.
pub fn compute(settings: &Settings, observer: &dyn Observer) -> Result<Run, RunError> {
    compute_on(settings, observer, |world| of_ledger::posted(settings, world))
}

/// As [`compute`], on top of what `posted` says was posted.
pub fn compute_on(
    settings: &Settings,
    observer: &dyn Observer,
    posted: impl Fn(&World) -> Result<Posted, RunError>,
) -> Result<Run, RunError> {
    compute_from(intake(settings, observer)?, settings, observer, posted)
}

fn compute_from(
    mut intake: Intake,
    settings: &Settings,
    observer: &dyn Observer,
    posted: impl Fn(&World) -> Result<Posted, RunError>,
) -> Result<Run, RunError> {
    let mut posted = departed::posted(&mut intake, posted)?;
    departed::parties(&mut intake.world, settings, &posted);
    adjusted::recognise(&mut intake.world, settings, &posted)?;
    observer.stage("ledger");
    let links = linked(&intake, settings, &mut posted)?;
    observer.stage("link");
    let world = &intake.world;
    let mut account = account::account(world, &settings.billing, &links, &posted);
    observer.stage("account");
    let book = of_ledger::book(settings, world)?;
    let mut comparisons = reconcile::compare(world, &settings.billing, &links, &account, &posted, book.as_ref());
    if let Some(split) = &intake.split {
        // Figures of lines and tickets are those of this part already.
        comparisons.retain(|of| of.subject != Subject::Document || split.owns_figure(world, &of.id, &of.order_line));
    }
    let mismatched = reconcile::held_lines(world, &settings.billing, &links, &comparisons);
    observer.stage("reconcile");
    let mut doubts = doubt::doubts(world, &settings.billing, &links, &account, &posted);
    for line in mismatched {
        doubts.held.entry(line).or_insert(Hold::Mismatch);
    }
    let mut billing = bill::bill(world, &settings.billing, &account, &posted, &doubts.held);
    take_in(world, &mut account, &billing);
    observer.stage("bill");
    let (control, register) = proved(settings, &intake, &links, (&account, &billing, &posted))?;
    let ledger_packs = OnceLock::new();
    let (statements, pack_draws) = pack_statements(settings, &intake, (&links, &account, &posted), &ledger_packs)?;
    observer.stage("prove");
    let (adjusted, unmatched) = adjusted::settle(&intake, settings, &posted, &billing)?;
    let (mut told, changes) = findings_of_all(
        (settings, &mut intake),
        (&links, &posted),
        (&mut account, &mut billing),
        (&comparisons, doubts.findings, unmatched),
    )?;
    told.par_sort();
    let file_names = intake.files.iter().map(|file| file.shown.clone()).collect();
    let id = manifest::run_id(settings, &intake.files, &intake.left_out, posted.head.as_ref());
    let month = OnceLock::new();
    let mut measures = intake.measures.clone();
    measures.add(&billing.measures);
    let is_pass = intake.split.is_some() && settings.shard.is_none();
    let mut run = Run {
        intake,
        links,
        posted,
        account,
        billing,
        adjusted,
        told,
        comparisons,
        control,
        register,
        statements,
        measures,
        pack_draws,
        ledger_packs,
        changes,
        month,
        id,
        file_names,
    };
    if !is_pass {
        run.look_at_whole(settings, None)?;
    }
    Ok(run)
}

/// The line of every entry, and what they say of caps.
fn linked(intake: &Intake, settings: &Settings, posted: &mut Posted) -> Result<Links, RunError> {
    let links = link::link(&intake.world, &settings.billing, posted);
    passes::refuse_moved(intake, &links, posted)?;
    adjusted::count_invoiced(&intake.world, settings, &links, posted);
    Ok(links)
}

/// The findings of all stages, and what has changed in closed months: the latter only of a pass, as passes are told as one run (K6).
fn findings_of_all(
    (settings, intake): (&Settings, &mut Intake),
    (links, posted): (&Links, &Posted),
    (account, billing): (&mut Account, &mut Billing),
    (comparisons, mut of_doubts, unmatched): (&[Comparison], Vec<Finding>, Vec<Finding>),
) -> Result<(Vec<Finding>, Vec<MonthChanges>), RunError> {
    let mut told = std::mem::take(&mut intake.findings);
    let world = &intake.world;
    // Every part finds these out, also of documents that none of them would make.
    let is_told = |finding: &Finding| intake.split.as_ref().is_none_or(|split| split.shows(world, finding));
    told.extend(of_ledger::pending_credits(settings, world)?.into_iter().filter(is_told));
    told.extend(of_ledger::erp_invoices_unused(settings, world));
    told.extend(reconcile::findings(world, (links, account), comparisons, &waiting(billing)));
    told.extend(unmatched);
    told.append(&mut of_doubts);
    told.append(&mut account.findings);
    told.append(&mut billing.findings);
    if let Some(split) = &intake.split {
        told.retain(|finding| split.owns_finding(world, finding));
    }
    let mut changes = of_ledger::closed_months_changed(settings, (&*intake, links), posted)?;
    if intake.split.is_none() || settings.shard.is_some() {
        let of_months = closed::findings(std::mem::take(&mut changes));
        // The entries that are not told one by one are told by one part of a run.
        let is_own = |finding: &Finding| intake.split.as_ref().is_none_or(|split| split.owns_finding(world, finding));
        told.extend(of_months.into_iter().filter(is_own));
    }
    Ok((told, changes))
}

/// The proof, and the register where the job asks for it (E1, E3).
fn proved(
    settings: &Settings,
    intake: &Intake,
    links: &Links,
    (account, billing, posted): (&Account, &Billing, &Posted),
) -> Result<(Control, Option<Register>), RunError> {
    let (world, rows_in_files) = (&intake.world, manifest::rows_of_timesheets(&intake.files));
    let control = proof::prove(world, &settings.billing, &intake.totals, rows_in_files, account, billing, posted)
        .map_err(RunError::Control)?;
    proof::prove_draws(world, links, account, posted).map_err(RunError::Control)?;
    let wanted = settings.output.entries == EntriesTable::All;
    let register = wanted.then(|| Register::of(world, account, billing, posted));
    if let Some(register) = &register {
        proof::prove_register(&intake.totals, register).map_err(RunError::Control)?;
    }
    Ok((control, register))
}

/// Statements, where the job asks for them, and what packs gave.
fn pack_statements(
    settings: &Settings,
    intake: &Intake,
    (links, account, posted): (&Links, &Account, &Posted),
    ledger: &OnceLock<LedgerPacks>,
) -> Result<(Option<Statements>, Option<Vec<PackDraw>>), RunError> {
    let owns_customer = |id: &str| intake.owns_customer(id);
    let (world, owns_customer) = (&intake.world, &owns_customer);
    PackSource { settings, world, links, account, posted, ledger, owns_customer }.asked_for()
}

/// What the drafts bill is billed for the account, too.
fn take_in(world: &World, account: &mut Account, billing: &Billing) {
    account.cut(billing.apart.iter().copied());
    account.refunded(&billing.refunded);
    for draft in &billing.drafts {
        // What is taken back stands apart from the entry's own hours (G7).
        for part in draft.parts.iter().filter(|part| !matches!(part.kind, PartKind::Refund(_))) {
            let stand = part.stand();
            for &entry in billing.entries(part) {
                account.bill(world, entry, stand);
            }
        }
    }
}

/// The formats asked for that make files per draft.
fn per_draft(settings: &Settings) -> Vec<DocumentFormat> {
    settings.output.documents.iter().copied().filter(|&format| document::is_per_draft(format)).collect()
}
