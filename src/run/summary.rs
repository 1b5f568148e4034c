//! What a run came to, without its rows: all that its receipt, its metrics and `run.json` say. Those of the parts of a run add up.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::adjusted_rows::Adjusted;
use super::guards::{self, OverLimit};
use super::manifest::Drafts;
use super::{Intake, Run, copies, posting};
use crate::account::{Balance, Nowhere, overdrawn};
use crate::bill::Billing;
use crate::bound::Measures;
use crate::bug::OrBug;
use crate::finding::{Aside, Code, Finding, FindingCount, Findings, Place, RowError, Seen};
use crate::ident::Idx;
use crate::inputs::Input;
use crate::ledger::Alias;
use crate::model::{OrderLine, World};
use crate::month::Month;
use crate::posted::Head;
use crate::proof::Control;
use crate::publish::FileName;
use crate::quantity::{Currency, Money};
use crate::read::{FileRead, LeftOut};

/// Things of one kind that are told one by one.
pub const SHOWN_MAX: usize = 5;

/// Some of many things: the first few, and how many there are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sampled<T> {
    pub count: u64,
    pub first: Vec<T>,
}

impl<T> Default for Sampled<T> {
    fn default() -> Self {
        Sampled { count: 0, first: Vec::new() }
    }
}

impl<T: Ord> Sampled<T> {
    fn add(&mut self, mut other: Sampled<T>) {
        self.count += other.count;
        self.first.append(&mut other.first);
        // Stable: errors of one row stay in their order.
        self.first.sort();
        self.first.truncate(SHOWN_MAX);
    }
}

/// An error of a rejected row, in the order in which they are told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SampledRow {
    at: (Input, Place),
    /// The row as people should see it.
    pub place: String,
    pub error: RowError,
}

impl PartialEq for SampledRow {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl Eq for SampledRow {}
impl PartialOrd for SampledRow {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for SampledRow {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

pub type Quarantine = BTreeMap<Code, Sampled<SampledRow>>;
pub type SampledFindings = BTreeMap<Code, Sampled<Finding>>;

/// Rejected rows by the codes of their errors. They are sorted.
pub fn sampled_rows(rejected: &Aside, place: &dyn Fn(&Seen<'_, '_>) -> String) -> Quarantine {
    let mut told = Quarantine::new();
    rejected.look(|row| {
        for error in row.errors {
            let of_code = told.entry(error.code).or_default();
            of_code.count += 1;
            if of_code.first.len() < SHOWN_MAX {
                let (at, place, error) = ((row.input, row.place), place(row), error.to_owned());
                of_code.first.push(SampledRow { at, place, error });
            }
        }
    });
    told
}

/// Findings by their codes, in their order.
pub fn sampled_findings(findings: Findings<'_>) -> SampledFindings {
    let told = |range: Range<usize>| Sampled {
        count: range.len() as u64,
        first: range.take(SHOWN_MAX).filter_map(|nth| findings.get(nth)).cloned().collect(),
    };
    findings.by_code().into_iter().map(|(code, range)| (code, told(range))).collect()
}

/// Amounts lie far enough from the limits of 128 bits for every sum of them.
const SUMS_FIT: &str = "the amounts of a run fit a sum";

/// Amounts of the drafts of one currency; credit notes count negative.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct MinorSums {
    pub drafts: u64,
    /// Minor units.
    pub net: i128,
    pub tax: i128,
    pub total: i128,
}

impl MinorSums {
    pub fn add(&mut self, other: MinorSums) {
        self.drafts += other.drafts;
        self.net = self.net.checked_add(other.net).or_bug(SUMS_FIT);
        self.tax = self.tax.checked_add(other.tax).or_bug(SUMS_FIT);
        self.total = self.total.checked_add(other.total).or_bug(SUMS_FIT);
    }
}

/// E5: what holds the rows of a file that were set aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuarantineCopy {
    pub input: Input,
    /// The file in which they stand.
    pub source: String,
    /// Inside the run folder.
    pub file: String,
    pub rows: u64,
}

fn copied(intake: &Intake) -> BTreeMap<u32, QuarantineCopy> {
    let mut rows: BTreeMap<u32, u64> = BTreeMap::new();
    intake.rejected.look(|row| {
        if !row.errors.iter().any(|error| copies::waits_for_answer(error.code.name())) {
            *rows.entry(row.place.file.0).or_default() += 1;
        }
    });
    let files = intake.files.iter().zip(copies::names(&intake.files));
    let files = (0_u32..).zip(files);
    let copy = |(number, (file, name)): (u32, (&FileRead, FileName))| {
        let rows = *rows.get(&number)?;
        let copied =
            QuarantineCopy { input: file.input, source: file.shown.clone(), file: copies::inside(&name), rows };
        Some((number, copied))
    };
    files.filter_map(copy).collect()
}

/// A pack of which more was used than sold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OverdrawnPack {
    pub order_line: String,
    pub customer: String,
    /// The name where there is one, else the id.
    pub customer_name: String,
    pub product: String,
    pub balance: Balance,
}

impl OverdrawnPack {
    fn of(world: &World, idx: Idx<OrderLine>, line: &OrderLine, balance: Balance) -> OverdrawnPack {
        let customer = world.customers.id(line.customer).to_owned();
        let name = Some(world.customers.at(line.customer).name.clone()).filter(|name| !name.is_empty());
        OverdrawnPack {
            order_line: world.lines.id(idx).to_owned(),
            customer_name: name.unwrap_or_else(|| customer.clone()),
            customer,
            product: line.product.clone(),
            balance,
        }
    }
}

/// Of the drafts that make documents, by currency.
pub(super) fn money_of(billing: &Billing) -> BTreeMap<Currency, MinorSums> {
    let mut money: BTreeMap<Currency, MinorSums> = BTreeMap::new();
    for draft in billing.documents() {
        let [net, tax, total] = [draft.amounts.net, draft.amounts.tax, draft.amounts.total].map(Money::minor);
        money.entry(draft.currency()).or_default().add(MinorSums { drafts: 1, net, tax, total });
    }
    money
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Summary {
    pub id: String,
    /// The files read. A part that another process computed has none: whoever merges the parts knows them.
    #[serde(skip)]
    pub files: Vec<FileRead>,
    #[serde(skip)]
    pub left_out: Vec<LeftOut>,
    pub control: Control,
    pub drafts: Drafts,
    pub money: BTreeMap<Currency, MinorSums>,
    pub rows_rejected: u64,
    /// The rows in quarantine that a person has waived (E6).
    pub rows_waived: u64,
    pub quarantine: Quarantine,
    /// E5: their copies, by the number of their file.
    pub copied: BTreeMap<u32, QuarantineCopy>,
    pub findings: SampledFindings,
    /// What was measured for bounds (X7).
    pub measures: Measures,
    /// The month in money (E8).
    pub month: Month,
    /// Order lines of which more was used than sold, the most hours first.
    pub overdrawn: Vec<OverdrawnPack>,
    /// What unassigned hours lack, in a job with agreements.
    pub nowhere: Nowhere,
    /// Order lines that are kept out of the drafts because figures of the ERP differ.
    pub lines_waiting: u64,
    /// Figures of the ERP that differ.
    pub differing: u64,
    /// What became of the adjustments (§8.5).
    pub adjusted: Adjusted,
    /// Order lines of which hours or quantities are held until somebody has looked (G5, G6, G10, G12, G13).
    pub lines_in_doubt: u64,
    /// Inputs of which so many rows were set aside that nothing is published.
    pub over_limit: Vec<OverLimit>,
    /// The timesheets have no row.
    pub no_entries: bool,
    /// The head of the ledger on which the run stands.
    pub head: Option<Head>,
    /// G5, G13: what a post records as known under another id.
    pub same_as: Vec<Alias>,
}

impl Summary {
    pub fn of(run: &Run) -> Summary {
        let world = &run.intake.world;
        let overdrawn = overdrawn(world, &run.account);
        let mut summary = Summary {
            id: run.id.clone(),
            files: run.intake.files.clone(),
            left_out: run.intake.left_out.clone(),
            control: run.control.clone(),
            drafts: Drafts::of(run),
            money: money_of(&run.billing),
            rows_rejected: run.intake.rejected.len() as u64,
            rows_waived: run.intake.waived,
            quarantine: sampled_rows(&run.intake.rejected, &|row| run.intake.place(row.place, row.line)),
            copied: copied(&run.intake),
            findings: sampled_findings(run.findings()),
            measures: run.measures.clone(),
            month: run.month().clone(),
            overdrawn: overdrawn.map(|(idx, line, balance)| OverdrawnPack::of(world, idx, line, balance)).collect(),
            nowhere: Nowhere::of(world, &run.account),
            lines_waiting: run.lines_waiting() as u64,
            differing: run.comparisons.iter().filter(|comparison| comparison.differs()).count() as u64,
            adjusted: run.adjusted.clone(),
            lines_in_doubt: guards::lines_in_doubt(&run.billing),
            over_limit: run.intake.guards.over_limit.clone(),
            no_entries: run.intake.guards.no_entries,
            head: run.posted.head.clone(),
            same_as: posting::aliases(run),
        };
        summary.sort();
        summary
    }

    /// Replaces the findings: those of the documents come last.
    pub(super) fn find(&mut self, findings: Findings<'_>) {
        self.findings = sampled_findings(findings);
    }

    fn sort(&mut self) {
        self.overdrawn
            .sort_by(|a, b| (a.balance.remaining(), &a.order_line).cmp(&(b.balance.remaining(), &b.order_line)));
        self.same_as.sort();
    }

    /// Takes in another part of the same run.
    pub fn add(&mut self, other: Summary) {
        self.control.add(&other.control);
        self.drafts.add(other.drafts);
        for (currency, amounts) in other.money {
            self.money.entry(currency).or_default().add(amounts);
        }
        self.rows_rejected += other.rows_rejected;
        self.rows_waived += other.rows_waived;
        for (code, told) in other.quarantine {
            self.quarantine.entry(code).or_default().add(told);
        }
        for (file, more) in other.copied {
            self.copied.entry(file).and_modify(|copied| copied.rows += more.rows).or_insert(more);
        }
        for (code, told) in other.findings {
            self.findings.entry(code).or_default().add(told);
        }
        self.measures.add(&other.measures);
        self.month.add(other.month);
        self.nowhere.add(other.nowhere);
        self.overdrawn.extend(other.overdrawn);
        self.lines_waiting += other.lines_waiting;
        self.differing += other.differing;
        self.same_as.extend(other.same_as);
        self.adjusted.add(other.adjusted);
        // What is said of the files is the same in each part.
        self.lines_in_doubt += other.lines_in_doubt;
        self.sort();
    }

    /// As the report and the workbook count them.
    pub fn findings_counted(&self) -> FindingCount {
        FindingCount::of(self.findings.iter().map(|(code, told)| (*code, told.count)))
    }

    /// Rows in quarantine that nobody has waived.
    pub fn rows_to_correct(&self) -> u64 {
        self.rows_rejected.checked_sub(self.rows_waived).or_bug("only rejected rows are waived")
    }

    /// Exit code 1 (§10.1): rows were quarantined and not waived, drafts held, the timesheets are empty, or work is held for doubt.
    pub fn needs_attention(&self) -> bool {
        self.rows_to_correct() > 0 || self.drafts.held > 0 || self.no_entries || self.lines_in_doubt > 0
    }

    /// Nothing is published: an input is over its limit, or under `--strict` a person should look.
    pub(super) fn refused(&self, strict: bool) -> bool {
        !self.over_limit.is_empty() || (strict && self.needs_attention())
    }
}
