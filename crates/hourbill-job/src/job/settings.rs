//! What a run is asked to do, complete: nothing here is optional because it was not typed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::expect::Expected;
use super::number_pattern::NumberPattern;
use crate::access::Access;
use crate::inputs::Input;
use crate::presets::Preset;
use crate::quantity::{HoursForm, Percent, UnitSize};
use crate::settings::BillingSettings;
use crate::shard::Shard;

/// A job file plus flags, with every default filled in.
#[derive(Clone, Debug)]
pub struct Settings {
    pub name: String,
    /// The job file, as it was named.
    pub job_file: PathBuf,
    pub inputs: BTreeMap<Input, InputSettings>,
    /// What the rules go by.
    pub billing: BillingSettings,
    pub output: Output,
    /// `None`: no ledger, the export's invoice_id alone decides.
    pub ledger: Option<LedgerSettings>,
    /// N3: how posted documents are numbered; `None`: the accounting system numbers them.
    pub numbering: Option<Numbering>,
    /// Of companies that have their own.
    pub numbering_of: BTreeMap<String, Numbering>,
    /// N5: what payment terms mean, by their text.
    pub terms: BTreeMap<String, PaymentTerms>,
    /// What the systems that import drafts call things.
    pub imports: Imports,
    pub limits: Limits,
    /// Control totals from outside. They change no byte of output and are not part of the run id.
    pub expected: Vec<Expected>,
    /// Worker threads; `None` is one per core. It reaches no byte of output and no run id.
    pub threads: Option<usize>,
    /// Which part of the run is computed; `None` is the whole.
    pub shard: Option<Shard>,
    /// Every setting in force: dotted key, value as text, where it came from. Sorted by key. Holds no path of the machine
    /// other than those typed.
    pub in_force: Vec<InForce>,
}

/// The key under which the part of a run is in force: no job file can say it.
const SHARD: &str = "shard";

impl Settings {
    /// The same for one part of the run.
    #[must_use]
    pub fn part(mut self, shard: Shard) -> Settings {
        self.shard = Some(shard);
        self.in_force.retain(|known| known.key != SHARD);
        self.in_force.push(InForce { key: SHARD.to_owned(), value: shard.to_string(), origin: Origin::Flag });
        self.in_force.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }

    /// How posted documents of a company of the exports are numbered.
    pub fn numbering(&self, company: &str) -> Option<&Numbering> {
        self.numbering_of.get(company).or(self.numbering.as_ref())
    }

    /// Posted documents of the job are numbered here.
    pub fn numbers(&self) -> bool {
        self.numbering.is_some() || !self.numbering_of.is_empty()
    }

    /// N1: a post freezes what its documents say. A job that neither makes documents nor numbers them has none.
    pub fn freezes(&self) -> bool {
        let makes = self.output.documents.iter().any(|document| *document != DocumentFormat::Statement);
        self.ledger.is_some() && self.shard.is_none() && (self.numbers() || makes)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    pub key: String,
    pub value: String,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    JobFile,
    Flag,
}

/// One input: which files, and how to read them.
#[derive(Clone, Debug, Default)]
pub struct InputSettings {
    /// Files, globs and folders as typed, resolved against the job file's folder: (as typed, resolved).
    pub paths: Vec<(String, PathBuf)>,
    /// `None`: found from the header.
    pub delimiter: Option<u8>,
    pub encoding: Encoding,
    pub decimal: DecimalMark,
    /// Stands between groups of digits in numbers.
    pub thousands: Option<char>,
    /// The job says one of the two marks: neither is what it would be anyway.
    pub marks_said: bool,
    /// A strftime format; `None` reads ISO dates only.
    pub date_format: Option<String>,
    /// Date-times with a zone are converted to it; without a zone they count as its local time.
    pub timezone: Option<chrono_tz::Tz>,
    /// Canonical field name to the header's name.
    pub columns: BTreeMap<&'static str, String>,
    /// Canonical field name to the headers of several columns: cells of texts are joined with a blank between, those of hours are added.
    pub joined: BTreeMap<&'static str, Vec<String>>,
    /// How the program that wrote the export calls things.
    pub preset: Option<&'static Preset>,
    /// Of a workbook, in the order in which they are read; empty is the one that has rows of the input.
    pub sheet: Vec<String>,
    /// What a field says in files without a column for it.
    pub constants: BTreeMap<&'static str, String>,
    /// What words of a field mean: (as they stand in the file, as they are meant).
    pub values: BTreeMap<&'static str, Vec<(String, String)>>,
    /// Of rows with one id, the row of the file that stands later in the list is right.
    pub newer_wins: bool,
    /// Fields or headers of whose cells ids are made (F4); empty where the export has ids, or its preset knows how.
    pub id_from: Vec<String>,
    /// F6: the line of the header, from 1; `None` where it is looked for.
    pub header_row: Option<u64>,
    /// F8: headers of columns that stand for no field.
    pub ignore: Vec<String>,
    /// F8: of a field, what part of its cell counts.
    pub pattern: BTreeMap<&'static str, Pattern>,
    /// F8: headers of columns of which an empty cell is that of the row above.
    pub fill_down: Vec<String>,
    /// F8: a row with this trimmed cell in the column of this header is left out.
    pub skip: Vec<(String, String)>,
    /// F7: the job says which rows are left out by their cells, or that none is: rows with a day that look like sums are entries.
    pub skip_said: bool,
    /// F5: what a number of hours without a unit counts.
    pub hours_unit: HoursUnit,
    /// F5: with `hours_unit` [`HoursUnit::OfParts`], what a number counts in each of the several columns that together are the hours.
    pub hours_parts: Vec<HoursUnit>,
    /// F5: what a number of an unpaid break without a unit counts.
    pub break_unit: HoursUnit,
    /// F5: `rules.hours_per_day`; `None` stands for 8 hours.
    pub day: Option<UnitSize>,
    /// F2: what `init` asked and nobody answered: keys that are not set, headers that nothing names. No hour of the input is billed meanwhile.
    pub open: Vec<String>,
    /// What `init` asked, answered or not: a column that answers beats one of the field's own name.
    pub asked: Vec<String>,
}

impl InputSettings {
    /// How long a day of work is.
    pub fn day(&self) -> UnitSize {
        self.day.unwrap_or(UnitSize::EIGHT_HOURS)
    }
}

/// F8: a regular expression of which the first group is the cell. Equal when written alike.
#[derive(Clone, Debug)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// # Errors
    /// What is no regular expression, in words.
    pub fn new(written: &str) -> Result<Pattern, String> {
        regex::Regex::new(written).map(Pattern).map_err(|error| error.to_string().replace('\n', " "))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Groups beside the whole.
    pub fn groups(&self) -> usize {
        self.0.captures_len() - 1
    }

    /// What the first group holds; `None` where the text does not match.
    pub fn first<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.0.captures(text)?.get(1).map(|found| found.as_str())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

/// F5: what a number of hours without a unit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoursUnit {
    #[default]
    Hours,
    Minutes,
    Seconds,
    /// Of `rules.hours_per_day` hours.
    Days,
    /// Days of 24 hours, as spreadsheets keep times.
    Excel,
    /// Several columns are added, each with its own.
    OfParts,
}

impl HoursUnit {
    /// Those that a job names.
    pub const NAMED: [HoursUnit; 5] =
        [HoursUnit::Hours, HoursUnit::Minutes, HoursUnit::Seconds, HoursUnit::Days, HoursUnit::Excel];
    pub const WORDS: [&'static str; 5] = {
        let [hours, minutes, seconds, days, excel] = HoursUnit::NAMED;
        [hours.word(), minutes.word(), seconds.word(), days.word(), excel.word()]
    };

    /// As a job names it; that of parts is said part by part.
    pub const fn word(self) -> &'static str {
        match self {
            HoursUnit::Hours | HoursUnit::OfParts => "hours",
            HoursUnit::Minutes => "minutes",
            HoursUnit::Seconds => "seconds",
            HoursUnit::Days => "days",
            HoursUnit::Excel => "excel",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Encoding {
    /// With or without a byte order mark.
    #[default]
    Utf8,
    Windows1252,
    /// The byte order mark decides, little endian without one.
    Utf16,
    ShiftJis,
}

impl Encoding {
    /// As a job names it.
    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Windows1252 => "windows-1252",
            Encoding::Utf16 => "utf-16",
            Encoding::ShiftJis => "shift_jis",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    #[default]
    Point,
    Comma,
}

#[derive(Clone, Debug)]
pub struct Output {
    /// Resolved against the job file's folder.
    pub dir: PathBuf,
    /// As typed.
    pub dir_shown: String,
    pub csv: bool,
    pub parquet: bool,
    /// Sorted, each once.
    pub documents: Vec<DocumentFormat>,
    /// Of electronic invoices.
    pub profile: Profile,
    /// N8: they carry the timesheet as CSV and PDF.
    pub embed_annex: bool,
    pub csv_for: CsvFor,
    pub entries: EntriesTable,
    /// In all that people read.
    pub hours: HoursForm,
    pub mode: Access,
}

impl Output {
    /// The formats of tables that the job asks for.
    pub fn table_formats(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.csv.then_some("csv"), self.parquet.then_some("parquet")].into_iter().flatten()
    }

    /// What was done is shown of every entry: on a statement.
    pub fn shows_all_entries(&self) -> bool {
        self.documents.contains(&DocumentFormat::Statement)
    }
}

/// E1: which entries have rows in a table of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntriesTable {
    /// Those that a person may ask about because they are on no draft.
    #[default]
    Unbilled,
    /// All, in the register beside the unbilled ones.
    All,
}

/// Who reads the CSV tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvFor {
    Machine,
    /// Text cells that a spreadsheet would take for a formula are neutralised (§9.5).
    Excel,
    /// As `Excel`, with `;` between cells and decimal commas, as spreadsheets of many countries read it.
    ExcelSemicolon,
}

/// Whose rules an electronic invoice follows, beyond those of EN 16931.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// EN 16931 itself, which is what Factur-X carries.
    #[default]
    FacturX,
    /// Peppol BIS Billing 3.0.
    Peppol,
    /// Germany's public sector.
    XRechnung,
    /// France: EN 16931 with the identifiers and notes of its reform.
    Fr,
}

impl Profile {
    pub const ALL: [Profile; 4] = [Profile::FacturX, Profile::Peppol, Profile::XRechnung, Profile::Fr];

    /// The words of the job file, in the order of [`Profile::ALL`].
    pub const NAMES: &'static [&'static str] = &["facturx", "peppol", "xrechnung", "fr"];

    pub fn name(self) -> &'static str {
        match self {
            Profile::FacturX => "facturx",
            Profile::Peppol => "peppol",
            Profile::XRechnung => "xrechnung",
            Profile::Fr => "fr",
        }
    }
}

macro_rules! documents {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($needs:tt)*] $maker:path,)+) => {
        /// A format in which drafts can be written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DocumentFormat { $($(#[$doc])* $variant,)+ }

        impl DocumentFormat {
            pub const ALL: &'static [DocumentFormat] = &[$(DocumentFormat::$variant,)+];

            /// The words of the job file, in the order of [`DocumentFormat::ALL`].
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The word of the job file.
            pub fn name(self) -> &'static str {
                match self { $(DocumentFormat::$variant => $name,)+ }
            }

            /// Whether this version writes it; a job that asks for one it does not write is refused.
            pub fn is_written(self) -> bool {
                match self { $(DocumentFormat::$variant => cfg!($($needs)*),)+ }
            }
        }
    };
}

crate::formats::formats!(documents);

/// Where the ledger stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerSettings {
    /// Resolved against the job file's folder.
    pub dir: PathBuf,
    /// As typed.
    pub dir_shown: String,
}

/// N3: how documents are numbered when they are posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbering {
    pub invoice: NumberPattern,
    pub credit_note: NumberPattern,
    pub down_payment: NumberPattern,
    /// What a series begins with.
    pub first: u64,
}

/// N5: what payment terms mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// From the date of the document; `None`: as their text says, if it can be computed.
    pub due_days: Option<u32>,
    /// What is taken off when it is paid within so many days.
    pub discount: Option<(Percent, u32)>,
}

/// What the systems that import drafts call things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imports {
    /// Sales account of Xero; empty leaves the choice to the person who imports.
    pub account: String,
    /// Dates in the files for Xero and QuickBooks, as strftime writes them.
    pub date_format: String,
    /// Name of a tax in the orders to its name in Xero and QuickBooks; others keep their name.
    pub taxes: BTreeMap<String, String>,
    pub datev: Option<Datev>,
}

impl Default for Imports {
    fn default() -> Imports {
        Imports { account: String::new(), date_format: "%d/%m/%Y".to_owned(), taxes: BTreeMap::new(), datev: None }
    }
}

/// What DATEV wants to know about the books that drafts are booked in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datev {
    /// Number of the tax adviser, 1001 to 9999999, and of the client, 1 to 99999.
    pub consultant: u32,
    pub client: u32,
    /// Digits of a general ledger account, 4 to 8.
    pub account_digits: u32,
    /// Month and day on which a fiscal year begins.
    pub fiscal_year: (u32, u32),
    /// Account of customers without one of their own.
    pub debtor: String,
    /// By customer id.
    pub debtors: BTreeMap<String, String>,
    /// Revenue account by the name of a tax in the orders; the empty name stands for lines without tax.
    pub revenue: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one file once unpacked.
    pub unpacked_bytes_max: u64,
    /// The same for workbooks and columnar files, of which a part is in memory at a time: what the job says, else less.
    pub cells_bytes_max: u64,
    /// Share of the rows of timesheets beyond which the file itself is in doubt, and nothing is published; of other inputs the share
    /// beyond which a finding says so.
    pub quarantine: Percent,
    /// Other inputs for which the job sets a limit of their own.
    pub quarantine_of: BTreeMap<Input, Percent>,
}

impl Limits {
    /// The limit that the job sets for another input than timesheets.
    pub fn of(&self, input: Input) -> Option<Percent> {
        self.quarantine_of.get(&input).copied()
    }
}

impl Default for Limits {
    fn default() -> Limits {
        let quarantine = Percent::from_micros(20_000_000);
        Limits { unpacked_bytes_max: 64 << 30, cells_bytes_max: 8 << 30, quarantine, quarantine_of: BTreeMap::new() }
    }
}
