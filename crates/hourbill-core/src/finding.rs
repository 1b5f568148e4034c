//! Every complaint about data the program can make, in one table, and the two things that carry one: a [`Rejected`] row that could
//! not be used, and a [`Finding`] about something that was.

mod about;
mod aside;
mod packed;
mod sorted;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use aside::Aside;
pub use packed::Seen;
pub use sorted::{FindingCount, Findings};

use crate::inputs::Input;

/// How much a complaint matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The row was set aside.
    Error,
    /// It was used; a person should look.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

macro_rules! complaints {
    ($($variant:ident $code:literal $words:literal $severity:ident $hint:literal,)+) => {
        /// What kind of complaint. Codes are never reused; docs/findings.md has a paragraph on each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code { $($variant,)+ }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }

            /// For people who do not know the code.
            pub fn words(self) -> &'static str {
                match self { $(Code::$variant => $words,)+ }
            }

            /// By its code.
            pub fn from_name(name: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|code| code.name() == name)
            }

            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }

            /// What to do about it.
            pub fn hint(self) -> &'static str {
                match self { $(Code::$variant => $hint,)+ }
            }
        }
    };
}

complaints! {
    // Rows that go to quarantine.
    UnreadableValue "unreadable-value" "a cell cannot be read" Error "correct the cell; where all are written so, set `decimal`, `thousands` or `date_format` of the input",
    EmptyValue "empty-value" "a required cell is empty" Error "fill the cell: the column is required",
    RaggedRow "ragged-row" "too many or too few cells" Error "give the row as many cells as the header has; quote cells that hold the delimiter",
    BadEncoding "bad-encoding" "letters in another encoding" Error "set `encoding` of the input (such as `\"windows-1252\"`), or export it as UTF-8",
    BareCarriageReturn "bare-carriage-return" "a line break inside a row" Error "quote cells that hold line breaks",
    ConflictingDuplicate "conflicting-duplicate" "two rows of one id differ" Error "keep the right one of the rows with this id; where they stand in two files, `newer_wins = true` of the input lets the later file count",
    HoursOutOfRange "hours-out-of-range" "too many hours in one entry" Error "split the entry, or raise `rules.max_entry_hours`",
    UnknownTicket "unknown-ticket" "ticket not in the export" Error "export the tickets again, or clear the cell",
    UnknownOrderLine "unknown-order-line" "order line not in the export" Error "export the orders again, or clear the cell to link by ticket",
    NoEntry "no-entry" "hours of nobody" Error "give the row a date and a person, or leave it out with `skip` of the input",
    MayBeASum "may-be-a-sum" "may be a sum of other rows" Error "`skip` of the input leaves sums out by a cell; `skip = {}` says that such rows are entries",
    QuestionOpen "question-open" "the job has an open question" Error "answer it in the job file: set the key that the message names, or name the header in `columns` or `ignore`",
    StillRunning "still-running" "timer still running" Error "stop the timer, and export again",
    NotATimeUnit "not-a-time-unit" "sold by time in no unit of time" Error "sell the line in Hours, Days or Minutes, or give `hours_per_unit`",
    AmbiguousName "ambiguous-name" "a name that two records have" Error "export the External ID or the ID of the record beside its name, in both files",
    OutOfLimits "out-of-limits" "quantity or price out of range" Error "quantities and prices reach to 10^9 with 6 decimals, discounts from -100 to 100",
    OverlappingRates "overlapping-rates" "rates that overlap" Error "keep one of the rates, or let one end before the other begins",
    OverlappingRoles "overlapping-roles" "roles that overlap" Error "keep one of the rows, or let one end before the other begins",
    // Findings about rows that were used.
    BesideTheTable "beside-the-table" "text beside the table" Info "nothing, when the row is no entry; else give it the cells of the header, or take out the empty line above",
    SumLeftOut "sum-left-out" "total row left out" Info "nothing, when the row sums others",
    DuplicateRow "duplicate-row" "repeated row" Info "equal rows count once",
    TicketLineUnknown "ticket-line-unknown" "order line of a ticket not in the export" Warning "export the orders again; the ticket is linked as if it named no line",
    UnknownCustomer "unknown-customer" "customer not in the export" Warning "export the customers again",
    UnknownTeam "unknown-team" "team not in the export" Warning "export the teams again; the team counts as billing its time",
    CustomerCycle "customer-cycle" "customers that are each other's parent" Warning "correct the parents; the customers in the loop count as one tree",
    DifferentCustomer "different-customer" "work for another customer than the line's" Warning "check which customer the work was done for: the line's customer is billed",
    Overdrawn "overdrawn" "prepaid hours overdrawn" Warning "sell a new pack, or move hours to another line",
    Upsell "upsell" "prepaid hours nearly used up" Info "offer the customer more hours",
    OverInvoiced "over-invoiced" "invoiced beyond the order" Warning "credit what was invoiced beyond the ordered quantity, or raise the order",
    UnknownTax "unknown-tax" "tax that the job does not know" Warning "declare it in the job file: [taxes.\"NAME\"] with rate and category",
    AmountTooLarge "amount-too-large" "amount too large" Warning "correct quantity or price: the amount cannot be held exactly",
    DraftHeld "draft-held" "draft held" Warning "its hours stay open: once the reason is gone, run again",
    LateEntry "late-entry" "late hours" Warning "this run bills them with `late_entries = \"bill\"` below [rules]; where their month is not closed hard, a run of it (`--period MONTH`) or of everything (`--all`) does, too; or clear them in the ERP",
    ChangedAfterBilling "changed-after-billing" "changed after it was billed" Warning "bill or credit the difference with `rules.corrections = \"bill\"`, or correct the entry in the ERP",
    AmbiguousId "ambiguous-id" "may be billed under another id" Warning "say in the adjustments what it is: `release` or `same_as` with the id that was billed",
    ResemblesBilled "resembles-billed" "resembles work that was billed" Warning "say in the adjustments what it is: `release` or `same_as`",
    MovedAfterBilling "moved-after-billing" "moved after it was billed" Warning "credit and bill it anew with `rules.corrections = \"bill\"`, or move it back in the ERP",
    CoveredChanged "covered-changed" "covered hours that changed" Warning "what was posted stays; correct the entry in the ERP when that is wrong",
    HeldBeforeOpen "held-before-open" "hours held or opened before" Warning "the message says which run bills them",
    MinimumLeft "minimum-left" "a minimum billed of no hours" Warning "take it back with `hourbill credit JOB.toml DOCUMENT --entry ID` of the entry that the message names, or leave it where it was agreed on",
    ClosedMonthChanged "closed-month-changed" "a closed month has changed" Warning "bill or credit it in an open month, with `rules.late_entries` or `rules.corrections`; or open the month again with `hourbill reopen`",
    NotInThisExport "not-in-this-export" "outside the dates of this export" Info "nothing needs to be done when the export holds one period only",
    VanishedAfterBilling "vanished-after-billing" "billed, and no longer exported" Warning "export the entry again, or credit it if it was deleted for good reason",
    LineVanishedAfterBilling "line-vanished-after-billing" "order line billed, and no longer exported" Warning "export the line again when it was left out by mistake",
    LineChangedAfterBilling "line-changed-after-billing" "order line changed after it was billed" Warning "correct the order in the ERP; where the line is held, credit what was billed for rebilling, and it is billed as it is now",
    InvoicedElsewhere "invoiced-elsewhere" "invoiced by somebody else" Warning "look for the invoice in the ERP; then credit it there, record what it closed with `hourbill ledger open`, or add an adjustment `accept` of the line with the value that the message names",
    InvoiceCancelled "invoice-cancelled" "invoice cancelled in the ERP" Info "nothing, when the work is to be billed again",
    CreditNotApplied "credit-not-applied" "credit that waits to be made" Warning "apply it with `hourbill credit JOB.toml --from-input`, then run again",
    DownPaymentNotDrafted "down-payment-not-drafted" "down payment not drafted" Warning "correct the row of the downpayments input, or the order",
    DownPaymentUnclear "down-payment-unclear" "down payment unclear" Warning "look up in the ERP whether it was credited; when it is paid, export invoiced_qty 1",
    DownPaymentCarried "down-payment-carried" "down payment with a balance" Info "later drafts of the order deduct it; credit what no draft will",
    TaxRoundingNotAllowed "tax-rounding-not-allowed" "taxes rounded by line" Warning "set `rules.tax_rounding = \"document\"`",
    AdjustmentUnmatched "adjustment-unmatched" "adjustment that matches nothing" Warning "correct the target of the row, or take the row out of the adjustments",
    WaiverUnmatched "waiver-unmatched" "waiver that matches nothing" Warning "name file and row as the table `quarantine` does, or take the row out of the waivers",
    AdjustmentAmbiguous "adjustment-ambiguous" "adjustment that may mean two things" Warning "say what is meant before the id, as in `ticket:4711`",
    AdjustmentConflict "adjustment-conflict" "adjustments that contradict" Warning "keep one of the rows",
    AdjustmentNoEffect "adjustment-no-effect" "adjustment without effect" Warning "take the row out of the adjustments, or adjust something else",
    GlyphMissing "glyph-missing" "letters that the PDF cannot show" Warning "the PDF shows a mark instead; the other formats hold the text as it is",
    EInvoiceIncomplete "e-invoice-incomplete" "electronic invoice incomplete" Warning "fill the fields; the other formats are made",
    SeveralCustomerReferences "several-customer-references" "several order numbers of a customer" Info "`consolidate = false` of the customer makes a draft per order, with its number where programs look for it",
    EInvoiceImpossible "e-invoice-impossible" "no electronic invoice possible" Warning "send the draft in another format, or change what the message names",
    ImportLeftOut "import-left-out" "left out of an import" Warning "enter it by hand, or correct what the message names",
    DueDateUnknown "due-date-unknown" "payment terms without a due date" Warning "say in the job file what the terms mean: [terms.\"TERMS\"] with due_days",
    AgreementAmbiguous "agreement-ambiguous" "two agreements fit" Warning "give one of the agreements a project, another customer, or dates",
    AgreementIncomplete "agreement-incomplete" "agreement without a customer" Warning "fill in the customer of the agreement, and run again",
    RateChangedAfterBilling "rate-changed-after-billing" "rate changed after it was billed" Warning "nothing, where the old rate was right; else credit what was billed for rebilling",
    RateCurrency "rate-currency" "rate in another currency" Warning "give the rate the currency of the order line, or a line of its own",
    RateMissing "rate-missing" "no price agreed" Warning "fill in the price and the currency of the agreement, and run again",
    RateNotExported "rate-not-exported" "no price in the export" Warning "`rules.rates = \"export\"` takes the price of each entry from the column `rate` of the timesheets: name the export's own in `columns.rate` of the input, fill its empty cells, or take the rule out to bill at the prices of agreements and orders",
    ExportedRateDiffers "exported-rate-differs" "the export has another price" Info "nothing, where the agreement or the rate is right; else correct it before the drafts are posted: `hourbill reconcile` lists the entries",
    TaxNotStated "tax-not-stated" "no tax is stated" Warning "write the rate into the column `taxes` of the agreements or orders (`21%`), or `0%` where none is due",
    OverageLineUnusable "overage-line-unusable" "no time line for hours beyond a pack" Warning "name a confirmed time line of the customer in `overage_line_id` of the pack, or choose another `overdraft`",
    OveragePriceMissing "overage-price-missing" "no price for hours beyond a pack" Warning "fill in `overage_price` of the pack, or choose another `overdraft`",
    NothingToGiveBack "nothing-to-give-back" "more given back than was drawn" Warning "correct the hours of the entry, or its ticket",
    OutOfOrder "out-of-order" "came after later work was posted" Info "nothing, where the difference is small; else credit the later work for rebilling, and run again",
    PackWithoutInvoice "pack-without-invoice" "pack drawn, and not invoiced" Warning "invoice the pack again, or move the hours that were drawn on it",
    ReconciliationMismatch "reconciliation-mismatch" "differs from the ERP" Warning "correct the side that is wrong, export again, or run with `rules.on_mismatch = \"warn\"`",
    ErpInvoicesUnused "erp-invoices-unused" "invoices of the ERP of no use" Warning "name the ledger in the job file: [ledger] dir = \"ledger\"",
    NewerRow "newer-row" "replaced by a newer row" Info "the row of the newer file counts; set `newer_wins = false` to look at the difference",
    SettledRow "settled-row" "corrected by a newer row" Info "the row of the newer file counts in its place",
    RepeatedColumn "repeated-column" "columns of one name" Info "nothing, if they are one column of several values; else rename those that are not meant",
    PatternUnmatched "pattern-unmatched" "cells without the pattern" Warning "correct the `pattern` of the input, if these cells say something",
    NotATimesheet "not-a-timesheet" "not a timesheet" Info "nothing, if they are no work; else fill the project, or say in `values` of the input what the unit means",
    MuchQuarantined "much-quarantined" "many rows set aside" Warning "correct the export; `limits.quarantine_pct_orders = 20`, and so on for other inputs, stops the run there",
    FileLeftOut "file-left-out" "file not read" Warning "name the file in the job if it is one of the input; else take it out of the folder, or name files by a pattern such as `exports/*.csv`",
    SheetLeftOut "sheet-left-out" "sheet not read" Warning "name the sheet, or the sheets, to read: `sheet = [\"ONE\", \"OTHER\"]` of the input",
    EqualRows "equal-rows" "equal rows in several files" Warning "give the files a column with the person and name it in `columns` and `id_from`; nothing, if the files hold the same rows twice",
    RowsSkipped "rows-skipped" "rows that the job leaves out" Info "nothing, when `skip` of the input means these rows",
    ExampleCompany "example-company" "the example company is the sender" Warning "write your own name, VAT id and account into [company] of the job; no document is posted before",
    SenderIncomplete "sender-incomplete" "numbers without a sender" Warning "write name, city and country of who bills into [company] of the job, and run again before you post",
    // X: what is not likely to be true.
    BoundEmployeeDayHours "bound-employee-day-hours" "too many hours of one person on a day" Warning "correct the entries, or accept the day: an adjustment `accept` of one of its entries",
    BoundOverlapMinutes "bound-overlap-minutes" "work at the same time" Warning "correct the entries, or accept the day: an adjustment `accept` of one of its entries",
    BoundFutureDays "bound-future-days" "work in the future" Warning "correct the date of the entry, or add an adjustment `accept` of it",
    BoundTwins "bound-twins" "rows that are copies" Warning "take the copies out, or accept them: an adjustment `accept` of one of the entries",
    BoundUnitPrice "bound-unit-price" "unusual price" Warning "correct the price, or add an adjustment `accept` of the order line",
    BoundDiscountPct "bound-discount-pct" "unusual discount" Warning "correct the discount, or add an adjustment `accept` of the order line",
    BoundDraftAmount "bound-draft-amount" "unusual amount of a draft" Warning "look at the draft; an adjustment `accept` of it or of its customer lets it pass",
    BoundDraftHours "bound-draft-hours" "unusual hours of a draft" Warning "look at the draft; an adjustment `accept` of it or of its customer lets it pass",
    BoundDraftVsMedian "bound-draft-vs-median" "more than the customer usually pays" Warning "look at the draft; an adjustment `accept` of it or of its customer, with its net amount, lets it pass",
    BoundRunAmount "bound-run-amount" "unusual amount of a run" Warning "look at the largest drafts; an adjustment `accept` of `run` lets it pass",
    BoundUnassignedPct "bound-unassigned-pct" "many hours without an order line" Warning "export tickets and orders again; an adjustment `accept` of `run` lets it pass",
    BoundHeldPct "bound-held-pct" "many hours on hold" Warning "look at why they are held; an adjustment `accept` of `run` lets it pass",
    BoundInputVsMedian "bound-input-vs-median" "an input of unusual size" Warning "export the input again; an adjustment `accept` of `run` lets it pass",
    EmptyInput "empty-input" "timesheets without a row" Warning "export the timesheets again: a month without an hour is rare, an export without a row is not",
    ColumnNotFound "column-not-found" "column not found" Warning "correct `columns` of the input in the job file",
}

impl Code {
    /// Rows are set aside for what stands in their own cells: many such rows put the file itself in doubt (`limits.quarantine_pct`). Those that
    /// name what was not exported, and rows that contradict each other, may be as they should be.
    pub fn is_of_cells(self) -> bool {
        let beside_others = matches!(
            self,
            Code::ConflictingDuplicate
                | Code::UnknownTicket
                | Code::UnknownOrderLine
                | Code::AmbiguousName
                | Code::QuestionOpen
                | Code::MayBeASum
                | Code::OverlappingRates
                | Code::OverlappingRoles
        );
        self.severity() == Severity::Error && !beside_others
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Position of a file in the list of all files read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileNo(pub u32);

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    pub file: FileNo,
    /// 1 is the first data row.
    pub row: u64,
}

/// A place as people see it: `FILE:ROW`, which `explain` takes, and behind it the line where the file has lines: both count otherwise.
pub fn place_told(file: &str, row: impl fmt::Display, line: Option<impl fmt::Display>) -> String {
    let line = line.map_or_else(String::new, |line| format!(", line {line}"));
    format!("{file}:{row}{line}")
}

/// A name that stands in the program: serde would have it live as long as what it is read from.
type Known = &'static str;

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    pub code: Code,
    /// The canonical column; empty when the whole row is meant.
    #[serde(deserialize_with = "crate::inputs::known_name")]
    pub column: Known,
    pub message: String,
    pub value: String,
}

/// A row that could not be used, whole, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub input: Input,
    pub place: Place,
    /// Physical line in a text file, 1 is the header's first; `None` for columnar files, and until it is looked up.
    pub line: Option<u64>,
    /// Empty when the row has none that can be trusted.
    pub id: String,
    pub errors: Vec<RowError>,
    /// The original record as text; `None` until it is looked up.
    pub record: Option<String>,
}

/// Rows set aside for what stands in their cells, by code; a row may have several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoilt {
    pub rows: u64,
    pub codes: BTreeMap<Code, u64>,
}

impl Spoilt {
    /// Counts a row that was set aside, if it was for its cells.
    pub fn count(&mut self, codes: impl Iterator<Item = Code> + Clone) {
        // Cells that wait for an answer say nothing about the file.
        if codes.clone().any(|code| code == Code::QuestionOpen) {
            return;
        }
        let of_cells = codes.filter(|code| code.is_of_cells());
        self.rows += u64::from(of_cells.clone().next().is_some());
        for (nth, code) in of_cells.clone().enumerate() {
            let is_first = of_cells.clone().take(nth).all(|before| before != code);
            *self.codes.entry(code).or_default() += u64::from(is_first);
        }
    }

    pub fn add(&mut self, other: &Spoilt) {
        self.rows += other.rows;
        for (code, rows) in &other.codes {
            *self.codes.entry(*code).or_default() += rows;
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    Entry,
    Ticket,
    OrderLine,
    Order,
    Customer,
    Team,
    Employee,
    Draft,
    /// Of the ledger or the ERP.
    Document,
    Input,
}

impl Subject {
    pub fn name(self) -> &'static str {
        match self {
            Subject::Entry => "entry",
            Subject::Ticket => "ticket",
            Subject::OrderLine => "order_line",
            Subject::Order => "order",
            Subject::Customer => "customer",
            Subject::Team => "team",
            Subject::Employee => "employee",
            Subject::Draft => "draft",
            Subject::Document => "document",
            Subject::Input => "input",
        }
    }
}

/// Something a person should know about a row that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    pub code: Code,
    pub subject: Subject,
    pub id: String,
    pub message: String,
    pub place: Option<Place>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_used_once() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn every_code_has_words_of_its_own() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.words()).collect();
        assert!(words.iter().all(|words| !words.contains(['-', '_', '`']) || words.contains("ERP")), "{words:?}");
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| Code::from_name(code.name()) == Some(*code)));
    }

    #[test]
    fn every_code_has_a_paragraph() {
        let page = include_str!("../../../docs/findings.md");
        for code in Code::ALL {
            assert!(page.contains(&format!("## {code}\n")), "docs/findings.md lacks {code}");
        }
    }
}
