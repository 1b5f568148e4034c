//! Every complaint about data the program can make, in one table, and the two things that carry one: a [`Rejected`] row that could
//! not be used, and a [`Finding`] about something that was.

mod about;
mod aside;
mod packed;

use std::collections::BTreeMap;
use std::fmt;

pub use aside::Aside;
pub use packed::Seen;

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
    ($($variant:ident $code:literal $severity:ident $hint:literal,)+) => {
        /// What kind of complaint. Codes are never reused; docs/findings.md has a paragraph on each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($variant,)+ }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
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
    UnreadableValue "unreadable-value" Error "correct the cell, or declare the decimal mark, thousands mark or date format of the input",
    EmptyValue "empty-value" Error "fill the cell: the column is required",
    RaggedRow "ragged-row" Error "give the row as many cells as the header has; quote cells that hold the delimiter",
    BadEncoding "bad-encoding" Error "declare the encoding of the input, or export it as UTF-8",
    BareCarriageReturn "bare-carriage-return" Error "quote cells that hold line breaks",
    ConflictingDuplicate "conflicting-duplicate" Error "keep the right one of the rows with this id",
    HoursOutOfRange "hours-out-of-range" Error "split the entry, or raise `rules.max_entry_hours`",
    UnknownTicket "unknown-ticket" Error "export the tickets again, or clear the cell",
    UnknownOrderLine "unknown-order-line" Error "export the orders again, or clear the cell to link by ticket",
    NoEntry "no-entry" Error "give the row a date and a person, or leave it out with `skip` of the input",
    QuestionOpen "question-open" Error "answer it in the job file: set the key that the message names, or name the header in `columns` or `ignore`",
    StillRunning "still-running" Error "stop the timer, and export again",
    NotATimeUnit "not-a-time-unit" Error "sell the line in Hours, Days or Minutes, or give `hours_per_unit`",
    AmbiguousName "ambiguous-name" Error "export the External ID or the ID of the record beside its name, in both files",
    OutOfLimits "out-of-limits" Error "quantities and prices reach to 10^9 with 6 decimals, discounts from -100 to 100",
    OverlappingRates "overlapping-rates" Error "keep one of the rates, or let one end before the other begins",
    OverlappingRoles "overlapping-roles" Error "keep one of the rows, or let one end before the other begins",
    // Findings about rows that were used.
    BesideTheTable "beside-the-table" Info "nothing, when the row is no entry; else give it the cells of the header, or take out the empty line above",
    SumLeftOut "sum-left-out" Info "nothing, when the row sums others",
    DuplicateRow "duplicate-row" Info "equal rows count once",
    TicketLineUnknown "ticket-line-unknown" Warning "export the orders again; the ticket is linked as if it named no line",
    UnknownCustomer "unknown-customer" Warning "export the customers again",
    UnknownTeam "unknown-team" Warning "export the teams again; the team counts as billing its time",
    CustomerCycle "customer-cycle" Warning "correct the parents; the customers in the loop count as one tree",
    DifferentCustomer "different-customer" Warning "check which customer the work was done for: the line's customer is billed",
    Overdrawn "overdrawn" Warning "sell a new pack, or move hours to another line",
    Upsell "upsell" Info "offer the customer more hours",
    OverInvoiced "over-invoiced" Warning "credit what was invoiced beyond the ordered quantity, or raise the order",
    UnknownTax "unknown-tax" Warning "declare it in the job file: [taxes.\"NAME\"] with rate and category",
    AmountTooLarge "amount-too-large" Warning "correct quantity or price: the amount cannot be held exactly",
    DraftHeld "draft-held" Warning "the reason stands in the message; the hours stay open",
    LateEntry "late-entry" Warning "bill it with `rules.late_entries = \"bill\"`, or clear it in the ERP",
    ChangedAfterBilling "changed-after-billing" Warning "bill or credit the difference with `rules.corrections = \"bill\"`, or correct the entry in the ERP",
    AmbiguousId "ambiguous-id" Warning "say in the adjustments what it is: `release` or `same_as` with the id that was billed",
    ResemblesBilled "resembles-billed" Warning "say in the adjustments what it is: `release` or `same_as`",
    MovedAfterBilling "moved-after-billing" Warning "credit and bill it anew with `rules.corrections = \"bill\"`, or move it back in the ERP",
    CoveredChanged "covered-changed" Warning "what was posted stays; correct the entry in the ERP when that is wrong",
    HeldBeforeOpen "held-before-open" Warning "run once more with `--to` and the last day of the period, or for the month of these hours",
    ClosedMonthChanged "closed-month-changed" Warning "bill or credit it in an open month, with `rules.late_entries` or `rules.corrections`; or open the month again with `hourbill reopen`",
    NotInThisExport "not-in-this-export" Info "nothing needs to be done when the export holds one period only",
    VanishedAfterBilling "vanished-after-billing" Warning "export the entry again, or credit it if it was deleted for good reason",
    LineVanishedAfterBilling "line-vanished-after-billing" Warning "export the line again when it was left out by mistake",
    LineChangedAfterBilling "line-changed-after-billing" Warning "correct the order in the ERP; where the line is held, credit what was billed for rebilling, and it is billed as it is now",
    InvoicedElsewhere "invoiced-elsewhere" Warning "look for the invoice in the ERP; then credit it there, record what it closed with `hourbill ledger open`, or add an adjustment `accept` of the line with the value that the message names",
    InvoiceCancelled "invoice-cancelled" Info "nothing, when the work is to be billed again",
    CreditNotApplied "credit-not-applied" Warning "apply it with `hourbill credit JOB.toml --from-input`, then run again",
    DownPaymentNotDrafted "down-payment-not-drafted" Warning "correct the row of the downpayments input, or the order",
    DownPaymentUnclear "down-payment-unclear" Warning "look up in the ERP whether it was credited; when it is paid, export invoiced_qty 1",
    DownPaymentCarried "down-payment-carried" Info "later drafts of the order deduct it; credit what no draft will",
    TaxRoundingNotAllowed "tax-rounding-not-allowed" Warning "set `rules.tax_rounding = \"document\"`",
    AdjustmentUnmatched "adjustment-unmatched" Warning "correct the target of the row, or take the row out of the adjustments",
    WaiverUnmatched "waiver-unmatched" Warning "name file and row as the table `quarantine` does, or take the row out of the waivers",
    AdjustmentAmbiguous "adjustment-ambiguous" Warning "say what is meant before the id, as in `ticket:4711`",
    AdjustmentConflict "adjustment-conflict" Warning "keep one of the rows",
    AdjustmentNoEffect "adjustment-no-effect" Warning "take the row out of the adjustments, or adjust something else",
    GlyphMissing "glyph-missing" Warning "the PDF shows a mark instead; the other formats hold the text as it is",
    EInvoiceIncomplete "e-invoice-incomplete" Warning "fill the fields; the other formats are made",
    SeveralCustomerReferences "several-customer-references" Info "`consolidate = false` of the customer makes a draft per order, with its number where programs look for it",
    EInvoiceImpossible "e-invoice-impossible" Warning "send the draft in another format, or change what the message names",
    ImportLeftOut "import-left-out" Warning "enter it by hand, or correct what the message names",
    DueDateUnknown "due-date-unknown" Warning "say in the job file what the terms mean: [terms.\"TERMS\"] with due_days",
    AgreementAmbiguous "agreement-ambiguous" Warning "give one of the agreements a project, another customer, or dates",
    AgreementIncomplete "agreement-incomplete" Warning "fill in the customer of the agreement, and run again",
    RateChangedAfterBilling "rate-changed-after-billing" Warning "nothing, where the old rate was right; else credit what was billed for rebilling",
    RateCurrency "rate-currency" Warning "give the rate the currency of the order line, or a line of its own",
    RateMissing "rate-missing" Warning "fill in the price and the currency of the agreement, and run again",
    ReconciliationMismatch "reconciliation-mismatch" Warning "correct the side that is wrong, export again, or run with `rules.on_mismatch = \"warn\"`",
    ErpInvoicesUnused "erp-invoices-unused" Warning "name the ledger in the job file: [ledger] dir = \"ledger\"",
    NewerRow "newer-row" Info "the row of the newer file counts; set `newer_wins = false` to look at the difference",
    SettledRow "settled-row" Info "the row of the newer file counts in its place",
    RepeatedColumn "repeated-column" Info "nothing, if they are one column of several values; else rename those that are not meant",
    PatternUnmatched "pattern-unmatched" Warning "correct the `pattern` of the input, if these cells say something",
    NotATimesheet "not-a-timesheet" Info "nothing, if they are no work; else fill the project, or say in `values` of the input what the unit means",
    MuchQuarantined "much-quarantined" Warning "correct the export; `limits.quarantine_pct_orders = 20`, and so on for other inputs, stops the run there",
    FileLeftOut "file-left-out" Warning "name the file in the job if it is one of the input; else take it out of the folder, or name files by a pattern such as `exports/*.csv`",
    SheetLeftOut "sheet-left-out" Warning "name the sheet, or the sheets, to read: `sheet = [\"ONE\", \"OTHER\"]` of the input",
    EqualRows "equal-rows" Warning "give the files a column with the person and name it in `columns` and `id_from`; nothing, if the files hold the same rows twice",
    RowsSkipped "rows-skipped" Info "nothing, when `skip` of the input means these rows",
    ExampleCompany "example-company" Warning "write your own name, VAT id and account into [company] of the job; no document is posted before",
    EmptyInput "empty-input" Warning "export the timesheets again: a month without an hour is rare, an export without a row is not",
    ColumnNotFound "column-not-found" Warning "correct `columns` of the input in the job file",
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileNo(pub u32);

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub file: FileNo,
    /// 1 is the first data row.
    pub row: u64,
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    pub code: Code,
    /// The canonical column; empty when the whole row is meant.
    pub column: &'static str,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Entry,
    Ticket,
    OrderLine,
    Order,
    Customer,
    Team,
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
            Subject::Draft => "draft",
            Subject::Document => "document",
            Subject::Input => "input",
        }
    }
}

/// Something a person should know about a row that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    fn every_code_has_a_paragraph() {
        let page = include_str!("../../../docs/findings.md");
        for code in Code::ALL {
            assert!(page.contains(&format!("## {code}\n")), "docs/findings.md lacks {code}");
        }
    }
}
