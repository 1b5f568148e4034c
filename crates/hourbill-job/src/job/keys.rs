//! The keys of a job file, in one table: the loader reads by it, and docs/job.md and docs/job.schema.json are made of it (`cargo xtask docs`).
//!
//! Names that the job or the data give stand as `*`: inputs, taxes, companies. Columns of inputs are those of [`crate::inputs`], what a
//! company has to say of itself is [`super::CompanyProfile::ABOUT`].

use super::settings::{DocumentFormat, HoursUnit, Profile};
use crate::access::Access;
use crate::quantity::HoursForm;

/// A key of the job file.
#[derive(Clone, Copy, Debug)]
pub struct JobKey {
    /// The table it stands in, dotted; empty at the top.
    pub section: &'static str,
    pub name: &'static str,
    pub kind: KeyKind,
    /// What is in force without it, as [`super::InForce`] shows it; empty when nothing is.
    pub default: &'static str,
    /// For docs/job.md.
    pub says: &'static str,
}

/// What a key may be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Text,
    /// A path or a list of paths.
    Paths,
    /// A text or a list of texts.
    Texts,
    Choice(&'static [&'static str]),
    /// Some of these.
    Choices(&'static [&'static str]),
    /// `on` or `off`, true or false.
    Switch,
    Flag,
    /// A whole number, both ends inside.
    Whole(u32, u32),
    /// An exact decimal, as a number or as text; what is allowed in words.
    Decimal(&'static str),
    Date,
    Month,
    Bytes,
    /// A table of names that the data give, and a text for each.
    Names,
    /// The same, with a text or a list of texts for each.
    Cells,
    /// A table by the fields of the input, and a text for each.
    Fields,
    /// The same, with a text or a list of texts for each.
    Headers,
    /// A table by the fields of the input, of words and what they mean.
    Words,
}

impl JobKey {
    /// `rules.late_entries`.
    pub fn path(&self) -> String {
        if self.section.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.section, self.name) }
    }

    /// The words it may be set to, where it may be set to words alone.
    pub fn words(&self) -> &'static [&'static str] {
        match self.kind {
            KeyKind::Choice(words) | KeyKind::Choices(words) => words,
            _ => &[],
        }
    }
}

/// Category codes of EN 16931 (UNCL5305).
pub(super) const CATEGORIES: &[&str] = &["S", "Z", "E", "AE", "K", "G", "O", "L", "M"];

macro_rules! keys {
    ($($section:literal { $($constant:ident = $name:literal $kind:expr, $default:literal, $says:literal;)+ })+) => {
        $($(
            pub const $constant: JobKey =
                JobKey { section: $section, name: $name, kind: $kind, default: $default, says: $says };
        )+)+

        /// Every key, in the order of docs/job.md.
        pub const ALL: &[JobKey] = &[$($($constant,)+)+];
    };
}

keys! {
    "" {
        NAME = "name" KeyKind::Text, "", "What the job is called; else the name of its file.";
    }
    "inputs.*" {
        PATH = "path" KeyKind::Paths, "", "A file, a glob, a folder, or a list of these (§2.1). An input that has nothing else may be a path or a list alone: `tickets = \"tickets.csv\"`.";
        PATHS = "paths" KeyKind::Paths, "", "The same; only one of the two.";
        DELIMITER = "delimiter" KeyKind::Text, "from the header", "One mark, or `tab` (§2.2).";
        ENCODING = "encoding" KeyKind::Choice(&["utf-8", "windows-1252", "utf-16", "shift_jis"]), "utf-8", "Of text files (§2.2).";
        DECIMAL = "decimal" KeyKind::Choice(&[".", ","]), ".", "The decimal mark (§2.5, §2.8).";
        THOUSANDS = "thousands" KeyKind::Text, "none", "The mark between groups of digits (§2.8).";
        DATE_FORMAT = "date_format" KeyKind::Text, "ISO", "Form of dates in the letters of strftime, such as `%d/%m/%Y` (§2.6); `excel`: numbers of days as workbooks count them, such as 46326.";
        TIMEZONE = "timezone" KeyKind::Text, "none", "Date-times with a zone are converted to this one, such as `Europe/Brussels` (§2.6).";
        PRESET = "preset" KeyKind::Text, "none", "The program that wrote the export ([presets.md](presets.md)).";
        SHEET = "sheet" KeyKind::Texts, "the one with rows", "Sheets of a workbook, read one after another (§2.9).";
        NEWER_WINS = "newer_wins" KeyKind::Flag, "false", "Of rows with one id, the one in the newest file counts (§2.12, E7).";
        COLUMNS = "columns" KeyKind::Headers, "", "The header of a field, where it is not the field's own name (§2.4). Several headers are joined with a blank between: `columns.employee = [\"First name\", \"Last name\"]`. Those of hours are added, each in its unit where that is said: `columns.hours = [\"Normal\", \"Overtime\"]`, `columns.hours = { Hours = \"hours\", Minutes = \"minutes\" }` (F5). A break between start and end may name its unit in that way: `columns.unpaid_break = { Pause = \"minutes\" }`.";
        ID_FROM = "id_from" KeyKind::Texts, "none", "Fields or headers whose cells make an id, where rows have none (F4).";
        HEADER_ROW = "header_row" KeyKind::Whole(1, 1_000_000), "", "The line of the header; else the first of 30 lines with the columns of the input (F6).";
        IGNORE = "ignore" KeyKind::Texts, "", "Headers that stand for no field (F8).";
        PATTERN = "pattern" KeyKind::Fields, "", "A regular expression of which the first group is the cell: `pattern.ticket_id = '#(\\d+)'` (F8).";
        SKIP = "skip" KeyKind::Cells, "", "By header, the cell that leaves a row out, or a list of such; `\"\"` is an empty one (F8). While an export without ids has no `skip`, its rows with a day that look like sums of others are set aside; `skip = {}` says that they are entries (F7).";
        FILL_DOWN = "fill_down" KeyKind::Texts, "", "Headers of columns that say something in the first row of a block alone: an empty cell is that of the row above, in rows that say anything else but hours (F8). `[]` says that there are none.";
        HOURS_UNIT = "hours_unit" KeyKind::Choice(&HoursUnit::WORDS), "", "What a number of hours without a unit counts; hours when left out (F5). `days` have `rules.hours_per_day` hours; `excel` counts days of 24 hours, as spreadsheets keep times (0.0625 is 1:30), to the second.";
        OPEN = "open" KeyKind::Texts, "", "What `init` asked: keys of the input, such as `date_format` or `columns.hours`, and headers. While the job sets one of the keys not, or names one of the headers neither in `columns` nor in `ignore` or `skip`, no hour of the input is billed (F2). `rules.approval` asks for that rule.";
        CONSTANTS = "constants" KeyKind::Fields, "", "What a field says in files without a column for it.";
        VALUES = "values" KeyKind::Words, "", "What words of a field mean: `values.uom = { h = \"Hours\" }`; the word `\"\"` is an empty cell.";
    }
    "period" {
        MONTH = "month" KeyKind::Month, "", "`2026-10`, `previous` or `current`. Without any key here the period is blank: everything that is not invoiced yet (§11.4).";
        FROM = "from" KeyKind::Date, "", "First day of the period; alone, everything from it on (K1).";
        TO = "to" KeyKind::Date, "", "Last day of the period; alone, everything up to it (K1).";
    }
    "rules" {
        AUTO_LINK = "auto_link" KeyKind::Switch, "on", "`off`: tickets without an order line get none (L2).";
        LATE_ENTRIES = "late_entries" KeyKind::Choice(&["report", "bill"]), "report", "`bill`: open hours dated before the period go on drafts too, as lines of their own (§4.4, K2).";
        APPROVAL = "approval" KeyKind::Choice(&["all", "validated_only"]), "all", "`validated_only`: hours that are not validated are not billed (§4.3).";
        CORRECTIONS = "corrections" KeyKind::Choice(&["report", "bill"]), "report", "`bill`: what was edited or moved after it was billed is billed, or given back (G1, G7, G8).";
        ON_MISMATCH = "on_mismatch" KeyKind::Choice(&["warn", "hold"]), "warn", "`hold`: lines of which the ERP has other hours stay off the drafts (§9.7).";
        INVOICED_ELSEWHERE = "invoiced_elsewhere" KeyKind::Choice(&["warn", "hold"]), "hold", "`warn`: open hours of a time line are billed although the ERP seems to have invoiced more of it than we know of; the finding stays (G10).";
        RATES = "rates" KeyKind::Choice(&["input", "export"]), "input", "`export`: the rate that timesheets give is the price of an entry (C10).";
        PREPAID = "prepaid" KeyKind::Choice(&["ticket", "waterfall"]), "", "Who draws on packs: `ticket` (taken where nothing is said), entries on a pack that they or their ticket name or picked; `waterfall`, all hours without a line, and what a named pack cannot take (W1, [packs.md](packs.md)).";
        PREPAID_ORDER = "prepaid_order" KeyKind::Choice(&["newest", "oldest", "expiry", "priority"]), "", "Under `waterfall`, which pack is drawn first: `newest` (taken where nothing is said), `oldest`, the one that ends first (`expiry`), or by column priority (W4).";
        PREPAID_GATE = "prepaid_gate" KeyKind::Choice(&["confirmed", "invoiced"]), "", "`invoiced`: a pack is drawn once its whole quantity is invoiced; `confirmed` is taken where nothing is said (W5).";
        OVERDRAFT = "overdraft" KeyKind::Choice(&["negative", "rate", "time_line", "hold"]), "", "What becomes of hours that no pack takes, where the pack does not say: they stay on it (`negative`, taken where nothing is said), are billed at its overage_price (`rate`) or on a time line, or are held (W7).";
        ZERO_DRAFTS = "zero_drafts" KeyKind::Choice(&["draft", "close"]), "draft", "`close`: what comes to 0.00 makes no document; `post` closes its hours and quantities (B12).";
        MIN_INVOICE_AMOUNT = "min_invoice_amount" KeyKind::Decimal("at least 0"), "0", "Invoices of a lower total are held (§4.5).";
        GROUP_BY = "group_by" KeyKind::Choice(&["customer", "order", "ticket"]), "customer", "A draft for each of these, for customers that say nothing (B7).";
        TAX_ROUNDING = "tax_rounding" KeyKind::Choice(&["document", "line"]), "document", "`line`: taxes are rounded line by line (B9).";
        DOWNPAYMENT_DEDUCTION = "downpayment_deduction" KeyKind::Choice(&["capped", "full", "pro_rata"]), "capped", "How much of a down payment a draft takes off (D2).";
        HOURS_PER_DAY = "hours_per_day" KeyKind::Decimal("above 0 and at most 24"), "8", "Hours of a unit Days (§2.7).";
        QUANTITY_DECIMALS = "quantity_decimals" KeyKind::Whole(0, 6), "2", "Decimals of billed quantities (H3).";
        MINIMUM_MINUTES = "minimum_minutes" KeyKind::Decimal("from 0 to 1440000"), "", "The least minutes that are billed of what `per` counts together, where neither rate, order line, agreement nor customer says one of these four (M1).";
        INCREMENT_MINUTES = "increment_minutes" KeyKind::Decimal("from 0 to 1440000"), "", "Minutes of the steps in which hours are billed (M1, M2).";
        ROUND = "round" KeyKind::Choice(&["up", "nearest", "down"]), "", "How hours become steps; `up` when left out (M1).";
        PER = "per" KeyKind::Choice(&["entry", "day", "ticket", "line"]), "", "What is counted together: `entry` when left out, the `day` of an employee on an order line, the `ticket`, or the order `line` (M2).";
        MINIMUM_ON_PACKS = "minimum_on_packs" KeyKind::Flag, "", "`true`: packs give what the minimum of their line, customer or the rules makes of hours, not the hours that were worked (M7).";
        MAX_ENTRY_HOURS = "max_entry_hours" KeyKind::Decimal("above 0, up to 1000000"), "24", "An entry with more hours goes to quarantine (§2.5).";
    }
    "bounds.*" {
        BOUND_VALUE = "value" KeyKind::Decimal("at least 0"), "", "How far a figure may go; required ([bounds.md](bounds.md)). The name is one of `employee_day_hours` (24 without a word of the job), `overlap_minutes`, `future_days`, `twins` (0 without a word), `unit_price.EUR`, `discount_pct`, `draft_amount.EUR`, `draft_hours`, `run_amount.EUR`, `unassigned_pct` and `held_pct`, with any currency in place of EUR: `twins = { value = 0, action = \"hold\" }` (X1, X2).";
        BOUND_FACTOR = "factor" KeyKind::Decimal("at least 0"), "", "The same of `draft_vs_median` and `input_vs_median`: so many times what is usual (X3, X4).";
        BOUND_FLOOR = "floor" KeyKind::Decimal("at least 0"), "", "Of `draft_vs_median`: so much more than usual at least, in units of the draft's currency; 0 when left out (X3).";
        BOUND_MONTHS = "months" KeyKind::Whole(1, 120), "", "Of both: months that are looked back; 6 when left out.";
        BOUND_ACTION = "action" KeyKind::Choice(&["warn", "hold", "stop"]), "", "What becomes of what goes beyond: a finding, which is all when left out; it is held; or nothing is published (exit 4). Figures of a whole run cannot be held (X5).";
    }
    "taxes.*" {
        TAX_RATE = "rate" KeyKind::Decimal("from 0 to 100"), "", "In percent; required. The name is the one that orders use (B9).";
        TAX_CATEGORY = "category" KeyKind::Choice(CATEGORIES), "", "A category code of EN 16931; `S` when left out, `Z` for 0 % (B9).";
    }
    "output" {
        OUTPUT_DIR = "dir" KeyKind::Text, "out", "Runs are published in `<dir>/<name>/runs` (§9.1).";
        TABLES = "tables" KeyKind::Choices(&["csv", "parquet"]), "csv", "Formats of the tables (§9.2).";
        DOCUMENTS = "documents" KeyKind::Choices(DocumentFormat::NAMES), "", "Formats of drafts and of the run ([documents.md](documents.md)).";
        ENTRIES = "entries" KeyKind::Choice(&["unbilled", "all"]), "", "`all`: a table `entries` with every row of the timesheets and where each of its hours stands, beside `unbilled` (E1).";
        CSV_FOR = "csv_for" KeyKind::Choice(&["machine", "excel", "excel-semicolon"]), "machine", "Tables for spreadsheets beside those for programs (§9.5).";
        HOURS = "hours" KeyKind::Choice(HoursForm::NAMES), "", "How people read hours on the terminal, the pages of documents, report and workbook: `decimal` (8.58, when left out) or `clock` (8:35). Tables, and files for other programs, have decimal hours.";
        MODE = "mode" KeyKind::Choice(Access::NAMES), "", "Who may read runs, posted documents and metrics: the owner alone (`private`, when left out), the group of their folders too, or `all`. The ledger is private.";
        PROFILE = "profile" KeyKind::Choice(Profile::NAMES), "facturx", "Whose rules electronic invoices follow ([documents.md](documents.md)).";
        EMBED_ANNEX = "embed_annex" KeyKind::Flag, "", "Electronic invoices carry the timesheet behind their lines as CSV and as PDF (BG-24, N8).";
    }
    "ledger" {
        LEDGER_DIR = "dir" KeyKind::Text, "none", "The folder of the ledger; without one the export alone says what is invoiced (§11.3).";
    }
    "numbering" {
        NUMBER_INVOICE = "invoice" KeyKind::Text, "", "The number that `post` gives an invoice: `F{yyyy}-{seq:5}`, of letters, digits, `-+_/` and `{yyyy}`, `{yy}`, `{mm}`, `{dd}`, `{seq}` (`{seq:5}`: at least five digits), at most 35 characters, 21 with `quickbooks` (N3). Required in the table; without the table the accounting system numbers. `[companies.\"X\".numbering]` has the same keys for one company.";
        NUMBER_CREDIT_NOTE = "credit_note" KeyKind::Text, "", "The same of credit notes; that of invoices when left out.";
        NUMBER_DOWN_PAYMENT = "down_payment" KeyKind::Text, "", "The same of down payments; that of invoices when left out.";
        NUMBER_FIRST = "first" KeyKind::Whole(1, 1_000_000_000), "", "What `{seq}` begins with in a series that has no number yet; 1 when left out. A series is a pattern with its dates filled in (N3).";
    }
    "terms.*" {
        TERMS_DUE_DAYS = "due_days" KeyKind::Whole(0, 3650), "", "Days from the date of a document with these payment terms to the day it is due (N5).";
        TERMS_DISCOUNT_PERCENT = "discount_percent" KeyKind::Decimal("above 0 and below 100"), "", "What is taken off when it is paid early (N5).";
        TERMS_DISCOUNT_DAYS = "discount_days" KeyKind::Whole(0, 3650), "", "Days within which that is (N5).";
    }
    "imports" {
        IMPORT_ACCOUNT = "account" KeyKind::Text, "", "Sales account of Xero; the format `xero` cannot do without.";
        IMPORT_DATE_FORMAT = "date_format" KeyKind::Text, "%d/%m/%Y", "Form of dates in the files for Xero and QuickBooks.";
        IMPORT_TAXES = "taxes" KeyKind::Names, "", "Name of a tax in the orders to its name in Xero and QuickBooks; others keep their name.";
    }
    "datev" {
        CONSULTANT = "consultant" KeyKind::Whole(1001, 9_999_999), "", "Number of the tax adviser; required.";
        CLIENT = "client" KeyKind::Whole(1, 99_999), "", "Number of the client; required.";
        ACCOUNT_DIGITS = "account_digits" KeyKind::Whole(4, 8), "4", "Digits of a general ledger account.";
        FISCAL_YEAR = "fiscal_year" KeyKind::Text, "01-01", "Month and day on which a fiscal year begins.";
        DEBTOR = "debtor" KeyKind::Text, "", "Account of customers without one of their own; required.";
        DEBTORS = "debtors" KeyKind::Names, "", "Account by customer id.";
        REVENUE = "revenue" KeyKind::Names, "", "Revenue account by the name of a tax in the orders; `\"\"` for lines without tax.";
    }
    "limits" {
        UNPACKED_BYTES_MAX = "unpacked_bytes_max" KeyKind::Bytes, "68719476736", "Size of one file once unpacked: bytes, or `64GB`, `2 GiB`. Without it a workbook or Parquet file may hold 8 GiB of cells. A file may have 16,384 columns (§2.11).";
        QUARANTINE_PCT = "quarantine_pct" KeyKind::Decimal("from 0 to 100"), "20", "Share of the timesheet rows that may be in quarantine for their own cells (fewer than ten always may) before nothing is published (§2.13).";
    }
}

/// `quarantine_pct_orders`: the limit of another input than timesheets, in the table `limits`.
pub fn quarantine_pct_of(input: crate::inputs::Input) -> String {
    format!("{}_{input}", QUARANTINE_PCT.name)
}

/// Whether the loader knows a key that is in force or that a rule names; a name that the job or the data give may stand as `*`.
pub fn is_known(path: &str) -> bool {
    let company = |key: &str| super::CompanyProfile::KEYS.contains(&key);
    let limit = format!("{}.{}_", "limits", QUARANTINE_PCT.name);
    ALL.iter().any(|key| fits(&key.path(), path))
        || path.strip_prefix("company.").is_some_and(company)
        || path.strip_prefix("companies.").and_then(|rest| rest.rsplit('.').next()).is_some_and(company)
        || path
            .strip_prefix("companies.")
            .and_then(|rest| rest.rsplit_once(".numbering."))
            .is_some_and(|(_, key)| ALL.iter().any(|known| known.section == "numbering" && known.name == key))
        || path
            .strip_prefix(&limit)
            .is_some_and(|input| input == "*" || crate::inputs::Input::from_name(input).is_some())
}

/// Whether a path is that of a key, or lies in the table that it is.
fn fits(key: &str, path: &str) -> bool {
    match key.split_once("*.") {
        Some((before, name)) => path.strip_prefix(before).is_some_and(|rest| {
            // A name in quotes may hold points.
            let name = format!(".{name}");
            rest.match_indices(&name).any(|(at, _)| at > 0 && is_end(rest.get(at + name.len()..)))
        }),
        None => path.strip_prefix(key).is_some_and(|rest| is_end(Some(rest))),
    }
}

fn is_end(rest: Option<&str>) -> bool {
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_what_they_are_called() {
        for known in [
            "rules.late_entries",
            "inputs.*.delimiter",
            "inputs.orders.columns.uom",
            "taxes.\"TVA 5.5 %\".rate",
            "companies.\"A.B\".name",
            "limits.quarantine_pct_orders",
            "imports.taxes.x",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["rules", "rules.late", "inputs.delimiter", "rules.late_entries_x", "limits.quarantine_pct_x"] {
            assert!(!is_known(unknown), "{unknown}");
        }
        let mut paths: Vec<String> = ALL.iter().map(JobKey::path).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), ALL.len());
    }
}
