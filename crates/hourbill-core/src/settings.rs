//! What the rules go by beside the data: the period, the day that stands for today, the rules that a job may choose, taxes, and who bills. Where
//! files are and how they are read is `job::Settings`, of which these are a part.

use std::collections::BTreeMap;

use crate::bound::BoundSet;
use crate::calendar::{Date, Period};
use crate::model::{GroupBy, Minimum, Overdraft};
use crate::quantity::{Hours, MICROS_PER_HOUR, Percent, Quantity, UnitSize};

/// What decides over hours and money, complete: nothing here is optional because nobody said it.
#[derive(Clone, Debug)]
pub struct BillingSettings {
    pub period: Period,
    /// The day that stands for today.
    pub as_of: Date,
    /// Whether a person named that day. The day on which a job happens to run must reach no byte.
    pub as_of_is_named: bool,
    pub rules: Rules,
    /// The figures beyond which entries, lines, drafts and the run are told, held or stopped (X).
    pub bounds: BoundSet,
    /// The declared taxes, by the names that orders have for them.
    pub taxes: BTreeMap<String, Tax>,
    /// Who sends the invoices.
    pub company: CompanyProfile,
    /// By company of the exports, who sends its invoices; every other company is [`BillingSettings::company`]'s.
    pub companies: BTreeMap<String, CompanyProfile>,
}

impl BillingSettings {
    /// The date of documents: the day that stands for today, if a person named it; else `None`.
    pub fn issue_date(&self) -> Option<Date> {
        self.as_of_is_named.then_some(self.as_of)
    }

    /// K8: the day up to which prepaid balances count, that day inside: the end of the period, where it has none the day that a person
    /// named. `None`: they count all that was read.
    pub fn balance_date(&self) -> Option<Date> {
        self.period.to().or_else(|| self.issue_date())
    }

    /// Who sends the invoices of a company of the exports: its own section, else the one for all.
    pub fn seller(&self, company: &str) -> &CompanyProfile {
        self.companies.get(company).unwrap_or(&self.company)
    }
}

/// What a job may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Tickets without an order line pick one (L2).
    pub auto_link: bool,
    pub late_entries: LateEntries,
    pub approval: Approval,
    /// How long one unit `Days` is.
    pub day: UnitSize,
    /// Decimals of quantities (H3), at most 6.
    pub quantity_decimals: u32,
    pub max_entry_hours: Hours,
    /// The least total of a draft, in whole units of its currency.
    pub min_invoice_amount: Quantity,
    pub tax_rounding: TaxRounding,
    /// How drafts are made for customers that say nothing of it (B7).
    pub group_by: GroupBy,
    /// What becomes of hours that changed after they were billed (G1).
    pub corrections: Corrections,
    /// How much of a posted down payment drafts take off (D2).
    pub downpayment_deduction: DownpaymentDeduction,
    /// What becomes of drafts that come to nothing (B12).
    pub zero_drafts: ZeroDrafts,
    pub on_mismatch: OnMismatch,
    /// What becomes of lines of which the ERP seems to have invoiced more than we know (G10).
    pub invoiced_elsewhere: OnMismatch,
    /// Which rates price entries (C10).
    pub rates: RateSource,
    /// The minimum where neither rate nor line nor customer says one (M1).
    pub minimum: Option<Minimum>,
    pub packs: PackRules,
}

/// W: how packs are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackRules {
    pub prepaid: Prepaid,
    pub order: PrepaidOrder,
    pub gate: PrepaidGate,
    /// What becomes of hours beyond packs that say nothing of it (W7).
    pub overdraft: Overdraft,
    /// M7: packs give what a minimum makes of hours, not the hours that were worked.
    pub by_minimum: bool,
    /// The job file has one of these settings.
    pub are_said: bool,
}

impl PackRules {
    /// Packs ask who worked and when that began (W3, W9, M7), so both are kept of entries.
    pub fn ask_who(&self) -> bool {
        self.prepaid == Prepaid::Waterfall || self.by_minimum
    }
}

/// W1: who draws on packs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prepaid {
    /// Entries on a pack that they, or their ticket, name or picked (L2, L3).
    #[default]
    Ticket,
    /// All hours without a line, and what a named pack cannot take, in the order of W3 and W4.
    Waterfall,
}

/// W4: which pack is drawn first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrepaidOrder {
    #[default]
    Newest,
    Oldest,
    Expiry,
    Priority,
}

/// W5: what must have happened before a pack is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrepaidGate {
    #[default]
    Confirmed,
    /// Its whole quantity is invoiced.
    Invoiced,
}

/// The rules of a job that says nothing.
impl Default for Rules {
    fn default() -> Rules {
        Rules {
            auto_link: true,
            late_entries: LateEntries::Report,
            approval: Approval::All,
            day: UnitSize::EIGHT_HOURS,
            quantity_decimals: 2,
            max_entry_hours: Hours::from_micros(24 * MICROS_PER_HOUR),
            min_invoice_amount: Quantity::ZERO,
            tax_rounding: TaxRounding::Document,
            group_by: GroupBy::Customer,
            corrections: Corrections::Report,
            downpayment_deduction: DownpaymentDeduction::Capped,
            zero_drafts: ZeroDrafts::Draft,
            on_mismatch: OnMismatch::Warn,
            invoiced_elsewhere: OnMismatch::Hold,
            rates: RateSource::Input,
            minimum: None,
            packs: PackRules::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateEntries {
    Report,
    Bill,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    All,
    ValidatedOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxRounding {
    /// Once for each category and rate of a document (EN 16931).
    Document,
    Line,
}

/// G1: what becomes of hours that were changed after they were billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrections {
    Report,
    Bill,
}

impl Corrections {
    pub fn name(self) -> &'static str {
        match self {
            Corrections::Report => "report",
            Corrections::Bill => "bill",
        }
    }
}

/// B12: what becomes of a draft that comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroDrafts {
    /// It is a draft like any other.
    Draft,
    /// It has no document; `post` closes its hours and quantities.
    Close,
}

/// D2: how much of a posted down payment a draft takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownpaymentDeduction {
    /// Never below zero; the balance is carried.
    Capped,
    /// All of it; the draft may become a credit note.
    Full,
    /// The share of the order that the draft bills.
    ProRata,
}

/// What becomes of a draft whose figures differ from the ERP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMismatch {
    Warn,
    Hold,
}

/// C10: which rates price entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateSource {
    /// The rates input, else the order line.
    #[default]
    Input,
    /// What the exporting program says.
    Export,
}

/// B9: a declared tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    /// The rate in percent, 0 to 100.
    pub rate: Percent,
    /// A category code of EN 16931 (UNCL5305): S, Z, E, AE, K, G, O, L, M.
    pub category: String,
}

macro_rules! company {
    ($($key:ident $says:literal,)+) => {
        /// Who sends the invoices. What is not given is empty.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct CompanyProfile { $(#[doc = $says] pub $key: String,)+ }

        impl CompanyProfile {
            pub const KEYS: &'static [&'static str] = &[$(stringify!($key),)+];

            /// What each key says, for docs/job.md.
            pub const ABOUT: &'static [(&'static str, &'static str)] = &[$((stringify!($key), $says),)+];

            /// The field of a key of the job file.
            pub fn field_mut(&mut self, key: &str) -> Option<&mut String> {
                match key {
                    $(stringify!($key) => Some(&mut self.$key),)+
                    _ => None,
                }
            }
        }
    };
}

company! {
    name "The name on invoices.",
    vat_id "VAT id, with its country's letters.",
    tax_number "Number at the tax office.",
    registration "Number in the register of companies (BT-30).",
    registration_scheme "Its scheme, a code of ISO 6523 such as `0208`.",
    legal_note "Form, capital and the like, where the law wants them on an invoice.",
    street "First line of the address.",
    street2 "Second line of the address.",
    city "City.",
    postcode "Postcode.",
    region "Region or state.",
    country "Country, ISO 3166 alpha-2, such as `BE`.",
    contact "A person or department.",
    email "Address for questions.",
    phone "Telephone.",
    website "Web address.",
    iban "Account for payment.",
    bic "Its bank's code.",
    bank "Its bank's name.",
    electronic_address "Address for electronic invoices (BT-34).",
    electronic_address_scheme "Its scheme, such as `0208`.",
    supplies "What French invoices say is sold (BT-23): `services`, taken where nothing is said, `goods` or `both`.",
    late_payment_note "What French invoices must say (BT-22, PMD): the penalties for late payment.",
    recovery_note "PMT: the flat fee for recovery.",
    discount_note "AAB: the discount for early payment, or that there is none.",
}

impl CompanyProfile {
    /// What `init` once wrote as an example, to be replaced: nobody has this name, VAT id and account.
    pub const EXAMPLE: [(&'static str, &'static str); 3] =
        [("name", "Your company"), ("vat_id", "BE0999999922"), ("iban", "BE54000000000097")];

    /// What of the example still stands there: the key and its value.
    pub fn example(&self) -> Option<(&'static str, &'static str)> {
        let tight = |text: &str| text.replace(' ', "").to_lowercase();
        Self::EXAMPLE.into_iter().rev().find(|(key, said)| {
            let own = match *key {
                "name" => &self.name,
                "vat_id" => &self.vat_id,
                _ => &self.iban,
            };
            tight(own) == tight(said)
        })
    }

    /// The country in which the company pays taxes: that of its address, else the first two letters of its VAT id.
    pub fn home(&self) -> &str {
        let country = if self.country.is_empty() { self.vat_id.get(..2).unwrap_or_default() } else { &self.country };
        crate::inputs::trimmed(country)
    }

    /// Keys of what every invoice says of its sender and this one does not: name and address (VAT directive, article 226 (5); BT-27, BT-37, BT-40).
    pub fn lacking_of_sender(&self) -> Vec<&'static str> {
        let wanted = [("name", &self.name), ("city", &self.city), ("country", &self.country)];
        wanted.into_iter().filter(|(_, said)| said.trim().is_empty()).map(|(key, _)| key).collect()
    }
}
