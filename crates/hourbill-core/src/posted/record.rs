//! The records of the ledger.

use super::portions::Portions;
use crate::calendar::Date;
use crate::down_payment::Rate;
use crate::model::{Minimum, Policy};
use crate::quantity::{Currency, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$of])* $variant,)+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word in the ledger's tables.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}

words! {
    /// What a record does to the hours and quantities that are closed.
    Effect {
        /// Closes them: they are on a document.
        Billed "billed",
        /// Opens them again: a later run bills them.
        Rebill "rebill",
        /// Credits the customer and leaves them closed: they are never billed.
        WriteOff "write_off",
        /// G9: they are covered by a pack, and no money is asked for them.
        Covered "covered",
        /// They are not covered any more: the record that said so was taken back.
        Uncovered "uncovered",
        /// They were held when the run that would have billed them was posted; they are open as before.
        Held "held",
    }
}

impl Effect {
    /// Microseconds that a portion of so many closes; negative when it opens some again.
    pub fn closes(self, micros: i64) -> i64 {
        if self.moves_closed() { micros } else { 0 }
    }

    /// Its hours are closed by it, or opened again.
    pub fn moves_closed(self) -> bool {
        match self {
            Effect::Billed | Effect::Rebill => true,
            Effect::WriteOff | Effect::Covered | Effect::Uncovered | Effect::Held => false,
        }
    }

    /// Microseconds that a portion of so many adds to those covered by a pack.
    pub fn covers(self, micros: i64) -> i64 {
        match self {
            Effect::Covered | Effect::Uncovered => micros,
            Effect::Billed | Effect::Rebill | Effect::WriteOff | Effect::Held => 0,
        }
    }
}

words! {
    DocumentKind {
        Invoice "invoice",
        CreditNote "credit_note",
        DownPayment "down_payment",
        /// B12: hours and quantities that come to nothing; no document goes out, and it carries no money.
        Zero "zero",
        /// Hours that were closed before hourbill was adopted (G4); it carries no money.
        Opening "opening",
        /// Takes back a part of another document.
        Credit "credit",
        /// Takes back what is left of another document.
        Void "void",
        /// G9: the covered hours of a run that was posted; it carries no money.
        Covered "covered",
        /// The hours that a run held when it was posted; it carries no money and closes nothing.
        Held "held",
        /// Undoes a credit (§7.5): its hours are closed and its money is charged again. Its figures are those of the credit with the sign
        /// turned, and so is what its effect does.
        Undo "undo",
    }
}

impl DocumentKind {
    /// It takes back from another document, or undoes that: it bills nothing by itself.
    pub fn takes_back(self) -> bool {
        matches!(self, DocumentKind::Credit | DocumentKind::Void | DocumentKind::Undo)
    }

    /// It notes what became of hours at a post, and is nothing that a customer gets.
    pub fn is_note(self) -> bool {
        matches!(self, DocumentKind::Covered | DocumentKind::Held)
    }
}

words! {
    /// What a line of a document is, of a draft as of one in the ledger.
    LineKind {
        Time "time",
        Prepaid "prepaid",
        Manual "manual",
        Milestones "milestones",
        DownPayment "down_payment",
        Deduction "down_payment_deduction",
        /// W8: hours beyond a pack, on its line.
        Overage "overage",
        /// Covered hours of a pack.
        Covered "covered",
        /// Hours that were held.
        Held "held",
    }
}

impl LineKind {
    /// The kind of a line that bills an order line.
    pub fn of(policy: Policy) -> LineKind {
        match policy {
            Policy::Time => LineKind::Time,
            Policy::Prepaid => LineKind::Prepaid,
            Policy::Milestones => LineKind::Milestones,
            Policy::Manual => LineKind::Manual,
        }
    }

    /// It stands on what a customer gets; the others note what became of hours at a post.
    pub fn is_printed(self) -> bool {
        !matches!(self, LineKind::Covered | LineKind::Held)
    }
}

/// A document of the ledger. Its figures have the sign they have before B8 turns those of a credit note: what reduces the debt of a
/// customer is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    pub kind: DocumentKind,
    pub effect: Effect,
    /// The document from which it takes back.
    pub source: Option<String>,
    pub customer: String,
    pub company: String,
    /// `None` for an opening, which has no money; that of a zero document is the one of its order lines.
    pub currency: Option<Currency>,
    pub period: Option<(Date, Date)>,
    pub net: Money,
    pub tax: Money,
    pub rounding: Money,
    pub total: Money,
    pub taxes: Vec<TaxShare>,
    /// §8.8: what adjustments say to the customer.
    pub note: String,
    /// How many lines of the batch are its own; they stand together, in the order of the documents.
    pub lines: u32,
}

impl Document {
    /// A document that notes what became of hours and asks nobody for money: an opening, or what a post keeps beside its drafts.
    pub fn without_money(id: String, kind: DocumentKind, effect: Effect, lines: u32) -> Document {
        Document {
            id,
            kind,
            effect,
            source: None,
            customer: String::new(),
            company: String::new(),
            currency: None,
            period: None,
            net: Money::ZERO,
            tax: Money::ZERO,
            rounding: Money::ZERO,
            total: Money::ZERO,
            taxes: Vec::new(),
            note: String::new(),
            lines,
        }
    }

    /// It takes a part of another document back: a credit, or a draft that corrected it (G7). `void` undoes it.
    pub fn credits(&self) -> bool {
        self.kind == DocumentKind::Credit || (self.takes_back() && !self.kind.takes_back())
    }

    /// It takes back from another document: a credit, a void, or a draft that corrected it (G7).
    pub fn takes_back(&self) -> bool {
        self.kind.takes_back()
            || (self.source.is_some()
                && matches!(self.kind, DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Zero))
    }
}

/// Tax of one category and rate on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxShare {
    pub rate: Rate,
    pub base: Money,
    pub amount: Money,
}

/// The base of a tax: the sum of the nets of lines, a net counted once for each tax of the line that has the rate. `None` when it does not
/// fit.
pub fn base(rate: &Rate, lines: &[Line]) -> Option<Money> {
    let mut nets = lines.iter().flat_map(|line| line.rates.iter().filter(|of| *of == rate).map(|_| line.net));
    nets.try_fold(Money::ZERO, Money::checked_add)
}

/// `S 20; Z 0`: the taxes of a line.
pub fn rates_text(rates: &[Rate]) -> String {
    rates.iter().map(|rate| format!("{} {}", rate.category, rate.percent)).collect::<Vec<_>>().join("; ")
}

/// What [`rates_text`] says; `None` for any other text.
pub fn rates_from_text(text: &str) -> Option<Vec<Rate>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let rate = |text: &str| {
        let (category, percent) = text.split_once(' ')?;
        Some(Rate { category: category.to_owned(), percent: Percent::from_text(percent)? })
    };
    text.split("; ").map(rate).collect()
}

/// One line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Position of its document in the batch.
    pub document: u32,
    pub line_no: u32,
    pub kind: LineKind,
    pub order: String,
    pub order_line: String,
    pub product: String,
    pub uom: String,
    /// `None` for units that measure no time.
    pub unit: Option<UnitSize>,
    /// H3: the decimals its quantity was rounded to.
    pub decimals: u32,
    pub quantity: Quantity,
    pub price: UnitPrice,
    pub discount: Percent,
    pub net: Money,
    pub rates: Vec<Rate>,
    pub hours: HoursSum,
    /// M4: what is billed beyond the hours that were worked.
    pub uplift: HoursSum,
    /// M1: the minimum by which its hours were billed.
    pub minimum: Option<Minimum>,
    /// Hours of the order line that were closed outside of the ledger when the line was billed: with those in the ledger they are what B3
    /// calls "before".
    pub outside: HoursSum,
    /// B2: the invoiced quantity of the export when the line was billed.
    pub exported: Quantity,
    /// The line of the source document that it takes back from.
    pub source_line: Option<u32>,
    /// The down payment it requests or deducts; empty for other lines.
    pub down_payment: String,
    /// §8.1: what was adjusted of the line and of the entries on it, why and by whom.
    pub adjustments: String,
    /// What else the order line said when it was billed.
    pub then: LineThen,
}

impl Line {
    /// A line that notes what became of hours and asks nobody for money; it has no hours yet.
    pub fn without_money(document: u32, line_no: u32, kind: LineKind, decimals: u32) -> Line {
        Line {
            document,
            line_no,
            kind,
            order: String::new(),
            order_line: String::new(),
            product: String::new(),
            uom: String::new(),
            unit: None,
            decimals,
            quantity: Quantity::ZERO,
            price: UnitPrice::ZERO,
            discount: Percent::ZERO,
            net: Money::ZERO,
            rates: Vec::new(),
            hours: HoursSum::ZERO,
            uplift: HoursSum::ZERO,
            minimum: None,
            outside: HoursSum::ZERO,
            exported: Quantity::ZERO,
            source_line: None,
            down_payment: String::new(),
            adjustments: String::new(),
            then: LineThen::UNKNOWN,
        }
    }
}

/// What an order line said when it was billed (G13). Records of the first format do not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineThen {
    pub customer: Option<String>,
    pub confirmed_on: Option<Date>,
    pub ordered: Option<Quantity>,
    /// G10: of an opening, what the ERP said was invoiced beyond all that explains it, in the unit of the line.
    pub explained: Quantity,
}

impl LineThen {
    /// Nothing is known of what the line said.
    pub const UNKNOWN: LineThen =
        LineThen { customer: None, confirmed_on: None, ordered: None, explained: Quantity::ZERO };
}

/// What a line does to the state of its order line.
#[derive(Clone, Copy, Debug)]
pub struct LineFacts<'a> {
    /// The document that it is on.
    pub document: &'a str,
    pub order: &'a str,
    pub order_line: &'a str,
    pub product: &'a str,
    pub kind: LineKind,
    pub effect: Effect,
    pub uom: &'a str,
    pub unit: Option<UnitSize>,
    pub price: UnitPrice,
    /// The currency; `None` on an opening.
    pub currency: Option<Currency>,
    pub decimals: u32,
    pub quantity: Quantity,
    pub hours: HoursSum,
    pub uplift: HoursSum,
    pub outside: HoursSum,
    pub exported: Quantity,
    pub customer: Option<&'a str>,
    pub confirmed_on: Option<Date>,
    pub ordered: Option<Quantity>,
    pub explained: Quantity,
    pub adjustments: &'a str,
    /// The down payment that the line requests or deducts.
    pub payment: Option<Payment<'a>>,
}

/// What a line does to the balance of a down payment.
#[derive(Clone, Copy, Debug)]
pub struct Payment<'a> {
    /// The document that the line is on.
    pub document: &'a str,
    pub order: &'a str,
    pub request: &'a str,
    /// As [`rates_text`] tells them.
    pub taxes: &'a str,
    pub currency: Currency,
    pub net: Money,
    /// Rounding amount of its document.
    pub rounding: Money,
    /// It is the first line of its document.
    pub first: bool,
}

impl LineKind {
    /// The policy of the order line that it bills; `None` for what is about a down payment, and for hours beyond a pack.
    pub fn policy(self) -> Option<Policy> {
        match self {
            LineKind::Time => Some(Policy::Time),
            LineKind::Prepaid => Some(Policy::Prepaid),
            LineKind::Manual => Some(Policy::Manual),
            LineKind::Milestones => Some(Policy::Milestones),
            LineKind::DownPayment | LineKind::Deduction | LineKind::Overage | LineKind::Covered | LineKind::Held => {
                None
            }
        }
    }

    /// A line of this kind bills hours of entries.
    pub fn by_time(self) -> bool {
        matches!(self, LineKind::Time | LineKind::Overage)
    }

    /// A line of this kind requests or deducts a down payment.
    pub fn moves_down_payment(self) -> bool {
        matches!(self, LineKind::DownPayment | LineKind::Deduction)
    }

    /// It bills a quantity and no hours: a quantity of it may be credited (§7.3).
    pub fn by_quantity(self) -> bool {
        matches!(self, LineKind::Prepaid | LineKind::Manual | LineKind::Milestones)
    }
}

impl Line {
    /// `taxes` is [`rates_text`] of its rates.
    pub fn facts<'a>(&'a self, document: &'a Document, taxes: &'a str) -> LineFacts<'a> {
        let payment = document.currency.filter(|_| self.kind.moves_down_payment()).map(|currency| Payment {
            document: &document.id,
            order: &self.order,
            request: &self.down_payment,
            taxes,
            currency,
            net: self.net,
            rounding: document.rounding,
            first: self.line_no == 1,
        });
        LineFacts {
            payment,
            document: &document.id,
            order: &self.order,
            order_line: &self.order_line,
            product: &self.product,
            kind: self.kind,
            effect: document.effect,
            uom: &self.uom,
            unit: self.unit,
            price: self.price,
            currency: document.currency,
            decimals: self.decimals,
            quantity: self.quantity,
            hours: self.hours,
            uplift: self.uplift,
            outside: self.outside,
            exported: self.exported,
            customer: self.then.customer.as_deref(),
            confirmed_on: self.then.confirmed_on,
            ordered: self.then.ordered,
            explained: self.then.explained,
            adjustments: &self.adjustments,
        }
    }
}

/// What one commit adds to the ledger.
#[derive(Clone, Debug, Default)]
pub struct LedgerBatch {
    pub documents: Vec<Document>,
    pub lines: Vec<Line>,
    pub portions: Portions,
}

impl LedgerBatch {
    /// Each document with its lines.
    pub fn by_document(&self) -> impl Iterator<Item = (&Document, &[Line])> {
        let mut start = 0;
        self.documents.iter().map(move |document| {
            let end = start + document.lines as usize;
            // Of a document that counts more lines than there are the book tells.
            let lines = self.lines.get(start..end).unwrap_or(&[]);
            start = end;
            (document, lines)
        })
    }

    /// Lines of it were billed by a minimum (M).
    pub fn has_minimums(&self) -> bool {
        self.lines.iter().any(|line| line.minimum.is_some())
    }

    /// Says something that versions of hourbill before minimums (M) and hours beyond packs (W8) cannot read.
    pub fn is_newer(&self) -> bool {
        self.has_minimums() || self.lines.iter().any(|line| line.kind == LineKind::Overage)
    }

    /// The document of a line.
    pub fn document_of(&self, line: &Line) -> Option<&Document> {
        self.documents.get(line.document as usize)
    }
}
