//! Everything a document says about one draft, complete in itself. Figures have the signs that are shown: those of a credit note are turned
//! already (B8).

use crate::calendar::Date;
use crate::job::{CompanyProfile, Profile};
use crate::model::Contact;
pub use crate::posted::LineKind;
use crate::quantity::{Currency, HoursForm, HoursSum, Money, Percent, Quantity, UnitPrice};

/// A draft as its documents show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub id: String,
    /// N3: what it is called by whoever gets it; `None` as long as nobody has numbered it.
    pub number: Option<String>,
    pub status: Status,
    pub kind: InvoiceKind,
    /// Who sends it.
    pub seller: CompanyProfile,
    /// The company of the group that the export names; empty when it names none.
    pub company: String,
    pub buyer: Buyer,
    pub currency: Currency,
    /// The day it was posted with (N5). Of a draft the day the job was told to work as of; it has none otherwise.
    pub issue_date: Option<Date>,
    /// BT-9; `None` where its terms do not say a day (N5).
    pub due_date: Option<Date>,
    /// What is taken off when it is paid early (N5).
    pub early_payment: Option<EarlyPayment>,
    /// BG-3: the document that it takes back from, or charges again (N6).
    pub corrects: Option<Corrects>,
    /// B10: least and greatest date of its lines (K2).
    pub from: Date,
    pub to: Date,
    /// The last day that the run bills, which no date of a line moves: the end of its period, else `to`.
    pub last_day: Date,
    pub payment_terms: String,
    /// The customer's own names for the orders on it, each once, in the order of the lines.
    pub customer_references: Vec<String>,
    /// Sorted, each once.
    pub orders: Vec<String>,
    pub lines: Vec<InvoiceLine>,
    /// By category and rate.
    pub taxes: Vec<TaxTotal>,
    pub totals: InvoiceTotals,
    /// Of the lines on it, and of others of the buyer that were used.
    pub prepaid: Vec<PrepaidBalance>,
    /// Texts for the reader.
    pub notes: Vec<String>,
    /// Whose rules its electronic form follows.
    pub profile: Profile,
    /// N8: its electronic form carries the timesheet.
    pub embed_annex: bool,
    /// How people read hours on its pages.
    pub hours_form: HoursForm,
    /// B9: its taxes are rounded in a way that the seller's law does not know; it has no electronic form.
    pub rounding_refused: bool,
}

impl Invoice {
    /// For formats that must have a date, which a draft has only when the job names one: else the last day of the run's period, the first on
    /// which it could be sent.
    pub fn dated(&self) -> Date {
        self.issue_date.unwrap_or(self.last_day)
    }

    /// What it is called: its number, else its id.
    pub fn called(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.id)
    }

    /// An amount with the decimals of the currency.
    pub fn text(&self, amount: Money) -> String {
        amount.text(self.currency)
    }
}

/// What may be done with a document (N2, N6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Of a run: nothing is owed on it.
    Draft,
    /// In the ledger, and to be numbered by the accounting system.
    Posted,
    /// Numbered and dated: what a customer gets.
    Final,
    /// Numbered, and never sent.
    Cancelled,
}

impl Status {
    pub const ALL: [Status; 4] = [Status::Draft, Status::Posted, Status::Final, Status::Cancelled];

    /// The word of `invoice.json`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Posted => "posted",
            Status::Final => "final",
            Status::Cancelled => "cancelled",
        }
    }

    /// It may be sent as it is.
    pub fn is_transmittable(self) -> bool {
        self == Status::Final
    }
}

/// A discount for who pays within so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlyPayment {
    pub percent: Percent,
    pub days: u32,
}

/// An earlier document that another one is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrects {
    pub number: Option<String>,
    pub id: String,
    pub date: Option<Date>,
}

impl Corrects {
    /// Its number, else its id.
    pub fn called(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceKind {
    Invoice,
    CreditNote,
    DownPayment,
}

impl InvoiceKind {
    pub const ALL: [InvoiceKind; 3] = [InvoiceKind::Invoice, InvoiceKind::CreditNote, InvoiceKind::DownPayment];

    /// The word of the table `invoices`.
    pub fn name(self) -> &'static str {
        match self {
            InvoiceKind::Invoice => "invoice",
            InvoiceKind::CreditNote => "credit_note",
            InvoiceKind::DownPayment => "down_payment",
        }
    }

    /// N4: documents of one commit get their numbers in the order of this, then of their ids.
    pub fn rank(self) -> u8 {
        match self {
            InvoiceKind::Invoice => 0,
            InvoiceKind::DownPayment => 1,
            InvoiceKind::CreditNote => 2,
        }
    }
}

/// Who is billed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    pub customer_id: String,
    /// The customer's name, else its id.
    pub name: String,
    /// Its own, else the nearest parent's.
    pub contact: Contact,
}

/// One line, with the entries it bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    /// From 1.
    pub number: usize,
    pub kind: LineKind,
    pub order: String,
    pub order_line: String,
    /// Of an agreement the project that it is for, which may be empty; `None` for lines of orders (C1).
    pub agreed: Option<String>,
    /// The customer's own name for the order.
    pub customer_reference: String,
    pub product: String,
    pub description: String,
    pub quantity: Quantity,
    /// B3: what of it is no hour of this line, but makes up for how lines before it were rounded; `None` when it is nothing.
    pub carried: Option<Quantity>,
    /// M4: what is billed beyond the hours of its entries; `None` when it is nothing.
    pub uplift: Option<HoursSum>,
    /// As exported.
    pub uom: String,
    /// `None` when it cannot be held exactly.
    pub price: Option<UnitPrice>,
    pub discount: Percent,
    pub net: Money,
    pub taxes: Vec<LineTax>,
    /// Of its entries; `None` for lines that are not billed by time.
    pub hours: Option<HoursSum>,
    /// B10.
    pub from: Date,
    pub to: Date,
    /// K2: its hours are from before the period of the run.
    pub late: bool,
    /// The document that a deduction takes from, or a credit gives back of (BG-3).
    pub refers_to: Option<Reference>,
    /// Sorted by date and timesheet_id. Their hours add up to those of the line.
    pub entries: Vec<AnnexEntry>,
}

impl InvoiceLine {
    /// The unit in the code list of UN/ECE Recommendation 20.
    pub fn unit_code(&self) -> &'static str {
        unit_code(&self.uom)
    }
}

/// An earlier document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// BT-25.
    pub document: String,
    /// BT-26; `None` when it is not known.
    pub date: Option<Date>,
}

/// Hours, days and minutes have codes of their own; anything else is counted in ones.
pub fn unit_code(uom: &str) -> &'static str {
    let codes = [("Hours", "HUR"), ("Days", "DAY"), ("Minutes", "MIN")];
    codes.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(uom)).map_or("C62", |(_, code)| code)
}

/// A tax on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTax {
    /// As the export calls it.
    pub name: String,
    /// Of EN 16931.
    pub category: String,
    pub percent: Percent,
}

/// Tax of one category and rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxTotal {
    pub category: String,
    pub percent: Percent,
    pub base: Money,
    pub amount: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceTotals {
    pub net: Money,
    pub tax: Money,
    /// BT-114.
    pub rounding: Money,
    /// net + tax + rounding.
    pub total: Money,
    /// Of all lines billed by time.
    pub hours: HoursSum,
}

/// An entry in the annex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnexEntry {
    pub timesheet_id: String,
    pub date: Option<Date>,
    pub employee: String,
    pub ticket: String,
    pub description: String,
    pub hours: HoursSum,
    /// The word of the table `invoice_entries`.
    pub linked_by: &'static str,
}

/// What a prepaid line has bought, used and left, in hours, at the end of a day (K8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepaidBalance {
    /// `None` when nothing was read that could have used it.
    pub on: Option<Date>,
    pub order: String,
    pub order_line: String,
    pub product: String,
    pub bought: HoursSum,
    pub used: HoursSum,
    /// W5: what was left at the end of its last day.
    pub expired: HoursSum,
}

impl PrepaidBalance {
    /// Negative when the line is overdrawn.
    pub fn left(&self) -> HoursSum {
        self.bought - self.used - self.expired
    }
}
