//! Documents and lines in the order in which they were committed, with what is left of each, and what they must satisfy.

use std::collections::HashMap;

use super::balance::Balances;
use super::line::OrderLineState;
use super::record::{Document, DocumentKind, Effect, LedgerBatch, Line, LineKind, base, rates_text};
use crate::down_payment::{DownPaymentBalances, Rate};
use crate::quantity::{self, Currency, HoursSum, Money, Quantity, divide_rounded};

/// An invariant that does not hold, and the document it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub document: String,
    pub text: String,
}

/// A document of the ledger with what has been taken back from it.
#[derive(Clone, Debug)]
pub struct BookEntry {
    pub document: Document,
    pub lines: Vec<BookLine>,
    /// The number that it bears outside of the ledger (N3), where the book was told.
    pub number: Option<String>,
    /// Number of the commit that brought it.
    pub sequence: u64,
    /// Commits that took back from it, ascending.
    pub taken_by: Vec<u64>,
    /// What is left of each tax: its rate, the net that it is taken of, and its amount.
    pub taxes_left: Vec<(Rate, Money, Money)>,
    pub rounding_left: Money,
    pub voided: bool,
}

/// How much is left of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was taken back, or all that was has been undone.
    Whole,
    InPart,
    /// Credited until nothing was left.
    Credited,
    Void,
    /// It is a credit, and was undone.
    Undone,
}

impl BookEntry {
    pub fn standing(&self) -> Standing {
        let all = |line: &BookLine| {
            (line.hours, line.quantity, line.net) == (line.line.hours, line.line.quantity, line.line.net)
        };
        // Of a document without money, hours and quantities say it.
        let money = self.lines.iter().any(|line| line.line.net != Money::ZERO);
        match self.document.kind {
            _ if self.voided && self.document.credits() => Standing::Undone,
            _ if self.voided => Standing::Void,
            _ if self.taken_by.is_empty() || self.lines.iter().all(all) => Standing::Whole,
            _ if self.has_no_quantity_left() || (money && self.has_no_money_left()) => Standing::Credited,
            _ => Standing::InPart,
        }
    }

    /// Neither money nor hours nor quantities of any line are left.
    pub fn has_nothing_left(&self) -> bool {
        self.has_no_quantity_left() && self.has_no_money_left()
    }

    fn has_no_quantity_left(&self) -> bool {
        let nothing = |line: &BookLine| line.hours.is_zero() && line.quantity.is_zero() && line.net == Money::ZERO;
        self.lines.iter().all(nothing)
    }

    fn has_no_money_left(&self) -> bool {
        self.lines.iter().all(|line| line.net == Money::ZERO)
            && self.taxes_left.iter().all(|(_, _, amount)| *amount == Money::ZERO)
            && self.rounding_left == Money::ZERO
    }
}

/// A line with what is left of it.
#[derive(Clone, Debug)]
pub struct BookLine {
    pub line: Line,
    pub hours: HoursSum,
    /// Hours billed beyond those that were worked (M4), as far as they are left.
    pub uplift: HoursSum,
    pub quantity: Quantity,
    pub net: Money,
    /// B12: of a document that carries no money, whatever the price of the line.
    pub without_money: bool,
}

impl BookLine {
    /// The quantity that is left of a time line when `hours` (as they were billed, M4) of what is left are taken back: B3 backwards, what
    /// these hours add to the rounded sum goes off. So rounding does not drift however many parts are taken back. `None` when a figure does
    /// not fit.
    pub fn quantity_without(&self, hours: HoursSum) -> Option<Quantity> {
        let unit = self.line.unit?;
        let rounded = |hours| unit.quantity(hours, self.line.decimals);
        let left = self.hours + self.uplift;
        let share = rounded(left)?.checked_sub(rounded(left - hours)?)?;
        self.quantity.checked_sub(share)
    }

    /// What is left of the net when `after` is left of the quantity: what that is worth, less its share of the amounts that were credited of
    /// the line before (§7.1: what is left is taken in proportion). `None` when a figure does not fit.
    pub fn net_at(&self, after: Quantity, currency: Currency) -> Option<Money> {
        if self.without_money {
            return Some(Money::ZERO);
        }
        let worth = |quantity| quantity::net(quantity, self.line.price, self.line.discount, currency);
        let off = worth(self.quantity)?.checked_sub(self.net)?;
        let off_after = match self.quantity.micros() {
            0 => off.minor(),
            whole => {
                let share = divide_rounded(off.minor().checked_mul(after.micros().into())?, whole.into())?;
                within(share, off.minor())
            }
        };
        let net = worth(after)?.checked_sub(Money::from_minor(off_after))?.minor();
        // A part of what is left is worth no more than all of it; with hours of both signs, the other sign may be left.
        let part = between(after.micros().into(), self.quantity.micros().into());
        Some(Money::from_minor(if part { within(net, self.net.minor()) } else { net }))
    }

    /// Whether `taken`, a line that takes back, takes what is left or a part of it. Hours of a line may be of both signs, so a part may be
    /// larger than all that is left: then it must be worth what its hours are.
    fn bears(&self, taken: &Line, currency: Option<Currency>) -> bool {
        let Some(quantity) = self.quantity.checked_add(taken.quantity) else { return false };
        let Some(net) = self.net.checked_add(taken.net) else { return false };
        let within = between(quantity.micros().into(), self.quantity.micros().into());
        let by_hours = taken.kind.by_time() && self.quantity_without(-(taken.hours + taken.uplift)) == Some(quantity);
        let worth = || currency.and_then(|currency| self.net_at(quantity, currency));
        (within || by_hours) && (between(net.minor(), self.net.minor()) || (by_hours && worth() == Some(net)))
    }
}

/// All documents of a ledger with what is left of each, and the state of every order line and down payment.
#[derive(Clone, Debug, Default)]
pub struct Book {
    entries: Vec<BookEntry>,
    by_id: HashMap<String, usize>,
    order_lines: HashMap<String, OrderLineState>,
    down_payments: Balances,
    sequence: u64,
}

impl Book {
    /// In the order committed.
    pub fn entries(&self) -> &[BookEntry] {
        &self.entries
    }

    pub fn find(&self, id: &str) -> Option<&BookEntry> {
        self.entries.get(*self.by_id.get(id)?)
    }

    /// Notes the number that a document bears outside of the ledger (N3).
    pub fn numbered(&mut self, id: &str, number: &str) {
        if let Some(entry) = self.by_id.get(id).and_then(|&at| self.entries.get_mut(at)) {
            entry.number = Some(number.to_owned());
        }
    }

    pub fn order_line(&self, id: &str) -> OrderLineState {
        self.order_lines.get(id).cloned().unwrap_or(OrderLineState::NOTHING)
    }

    pub fn order_lines(&self) -> impl Iterator<Item = (&str, &OrderLineState)> {
        self.order_lines.iter().map(|(id, state)| (id.as_str(), state))
    }

    pub fn down_payments(&self) -> &DownPaymentBalances {
        &self.down_payments.all
    }

    /// An id that no document has: `id`, or with `-2`, `-3`, ... behind it.
    pub fn free_id(&self, id: &str) -> String {
        (2_u32..)
            .map(|nth| format!("{id}-{nth}"))
            .find(|numbered| !self.by_id.contains_key(numbered))
            .filter(|_| self.by_id.contains_key(id))
            .unwrap_or_else(|| id.to_owned())
    }

    /// Takes in the next commit. Returns what it violates; after a violation nothing that the book says can be relied on.
    pub fn add(&mut self, sequence: u64, batch: &LedgerBatch) -> Vec<Violation> {
        let mut violations = self.add_documents(sequence, batch);
        let hours = portions_of_lines(batch);
        for (line, hours) in batch.lines.iter().zip(hours).filter(|(line, hours)| line.hours != *hours) {
            let document = batch.document_of(line).map_or("", |document| &document.id).to_owned();
            let text = format!("line {} has {} h, its portions {hours} h", line.line_no, line.hours);
            violations.push(Violation { document, text });
        }
        violations
    }

    /// As [`Book::add`], of a commit whose portions are not at hand.
    pub fn add_documents(&mut self, sequence: u64, batch: &LedgerBatch) -> Vec<Violation> {
        self.sequence = sequence;
        let mut violations = Vec::new();
        let own: usize = batch.documents.iter().map(|document| document.lines as usize).sum();
        if own != batch.lines.len() {
            let text = format!("{} lines belong to documents, {own} should", batch.lines.len());
            violations.push(Violation { document: String::new(), text });
        }
        for ((position, document), (_, lines)) in (0_u32..).zip(&batch.documents).zip(batch.by_document()) {
            let mut wrong = Vec::new();
            if lines.iter().any(|line| line.document != position) {
                wrong.push("its lines do not stand together".to_owned());
            }
            self.add_document(document, lines, &mut wrong);
            violations.extend(wrong.into_iter().map(|text| Violation { document: document.id.clone(), text }));
        }
        violations
    }

    fn add_document(&mut self, document: &Document, lines: &[Line], wrong: &mut Vec<String>) {
        if self.by_id.contains_key(&document.id) {
            wrong.push("there is a document with this id already".to_owned());
            return;
        }
        sums(document, lines, wrong);
        let effect_fits = match document.kind {
            DocumentKind::Void => matches!(document.effect, Effect::Rebill | Effect::Uncovered),
            DocumentKind::Credit | DocumentKind::Undo => {
                matches!(document.effect, Effect::Rebill | Effect::WriteOff)
            }
            DocumentKind::Covered => document.effect == Effect::Covered,
            DocumentKind::Held => document.effect == Effect::Held,
            // G7: it takes back from an earlier one.
            DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Zero if document.source.is_some() => {
                document.effect == Effect::Rebill
            }
            DocumentKind::Invoice
            | DocumentKind::CreditNote
            | DocumentKind::DownPayment
            | DocumentKind::Zero
            | DocumentKind::Opening => document.effect == Effect::Billed,
        };
        if !effect_fits {
            wrong.push(format!("a {} cannot be {}", document.kind.name(), document.effect.name()));
        }
        if document.kind == DocumentKind::Undo {
            self.undo(document, lines, wrong);
        } else if document.takes_back() {
            self.take_back(document, lines, wrong);
        } else if document.source.is_some() {
            wrong.push(format!("a {} takes back from no document", document.kind.name()));
        }
        self.down_payments.document(&document.id, document.kind, &document.company, &document.customer);
        for line in lines {
            worth(document, line, wrong);
            let taxes = rates_text(&line.rates);
            let facts = line.facts(document, &taxes);
            let state = self.order_lines.entry(line.order_line.clone()).or_insert(OrderLineState::NOTHING);
            if state.add(&facts).is_none() {
                wrong.push(format!("a figure of line {} is too large, or it has no unit of time", line.line_no));
            }
            match self.down_payments.add(&facts) {
                None => wrong.push(format!("the down payment of line {} does not fit", line.line_no)),
                Some(false) => wrong.push(format!("line {} takes more than is left of the down payment", line.line_no)),
                Some(true) => {}
            }
        }
        let taxes_left = document.taxes.iter().map(|tax| (tax.rate.clone(), tax.base, tax.amount)).collect();
        let left = |line: &Line| BookLine {
            line: line.clone(),
            hours: line.hours,
            uplift: line.uplift,
            quantity: line.quantity,
            net: line.net,
            without_money: document.kind == DocumentKind::Zero,
        };
        self.by_id.insert(document.id.clone(), self.entries.len());
        self.entries.push(BookEntry {
            document: document.clone(),
            lines: lines.iter().map(left).collect(),
            number: None,
            sequence: self.sequence,
            taken_by: Vec::new(),
            taxes_left,
            rounding_left: document.rounding,
            voided: false,
        });
    }

    /// A credit or void: nothing is taken back that is not left.
    fn take_back(&mut self, document: &Document, lines: &[Line], wrong: &mut Vec<String>) {
        let source = document.source.as_deref().unwrap_or_default();
        let Some(entry) = self.by_id.get(source).and_then(|&at| self.entries.get_mut(at)) else {
            wrong.push(format!("it takes back from `{source}`, which is no document of the ledger"));
            return;
        };
        if entry.document.takes_back() || entry.voided {
            wrong.push(format!("nothing can be taken back from `{source}`"));
        }
        if entry.document.currency != document.currency {
            wrong.push(format!("its currency is not that of `{source}`"));
        }
        touched_by(entry, self.sequence);
        for line in lines {
            let of = |known: &&mut BookLine| Some(known.line.line_no) == line.source_line;
            let Some(left) = entry.lines.iter_mut().find(of) else {
                wrong.push(format!("line {} takes back from no line of `{source}`", line.line_no));
                continue;
            };
            let same = left.line.order_line == line.order_line
                && left.line.kind == line.kind
                && left.line.unit == line.unit
                && left.line.down_payment == line.down_payment;
            if let Some(column) = differing_column(&left.line, line) {
                wrong.push(format!("{column} of line {} is not that of `{source}`", line.line_no));
            }
            if !same || !left.bears(line, document.currency) {
                wrong.push(format!("line {} takes back more than is left of `{source}`", line.line_no));
            }
            left.hours += line.hours;
            left.uplift += line.uplift;
            match (left.quantity.checked_add(line.quantity), left.net.checked_add(line.net)) {
                (Some(quantity), Some(net)) => (left.quantity, left.net) = (quantity, net),
                _ => wrong.push(format!("a figure of line {} is too large", line.line_no)),
            }
        }
        for tax in &document.taxes {
            let Some((_, base, amount)) = entry.taxes_left.iter_mut().find(|(rate, _, _)| *rate == tax.rate) else {
                wrong.push(format!("`{source}` has no tax of {} %", tax.rate.percent));
                continue;
            };
            match (base.checked_add(tax.base), amount.checked_add(tax.amount)) {
                (Some(base_left), Some(amount_left)) => (*base, *amount) = (base_left, amount_left),
                _ => wrong.push(format!("the tax of {} % is too large", tax.rate.percent)),
            }
        }
        match entry.rounding_left.checked_add(document.rounding) {
            Some(rounding) => entry.rounding_left = rounding,
            None => wrong.push("its rounding amount is too large".to_owned()),
        }
        if document.kind == DocumentKind::Void {
            entry.voided = true;
            let rest = entry
                .lines
                .iter()
                .any(|line| !line.hours.is_zero() || !line.quantity.is_zero() || line.net != Money::ZERO)
                || entry.taxes_left.iter().any(|(_, base, amount)| *base != Money::ZERO || *amount != Money::ZERO)
                || entry.rounding_left != Money::ZERO;
            if rest {
                wrong.push(format!("something of `{source}` is left"));
            }
        }
    }

    /// §7.5: a credit is undone whole and once, and what it took back is left again of its document.
    fn undo(&mut self, document: &Document, lines: &[Line], wrong: &mut Vec<String>) {
        let sequence = self.sequence;
        let credit_id = document.source.as_deref().unwrap_or_default();
        let Some(credit) = self.by_id.get(credit_id).and_then(|&at| self.entries.get_mut(at)) else {
            wrong.push(format!("it undoes `{credit_id}`, which is no document of the ledger"));
            return;
        };
        if !credit.document.credits() || credit.voided {
            wrong.push(format!("`{credit_id}` is no credit that could be undone"));
            return;
        }
        if !turns(credit, document, lines) {
            wrong.push(format!("its figures are not those of `{credit_id}` with the sign turned"));
        }
        credit.voided = true;
        touched_by(credit, sequence);
        for left in &mut credit.lines {
            (left.hours, left.quantity, left.net) = (HoursSum::ZERO, Quantity::ZERO, Money::ZERO);
            left.uplift = HoursSum::ZERO;
        }
        credit.taxes_left.iter_mut().for_each(|(_, base, amount)| (*base, *amount) = (Money::ZERO, Money::ZERO));
        credit.rounding_left = Money::ZERO;
        let taken: Vec<Line> = credit.lines.iter().map(|left| left.line.clone()).collect();
        let (of, taxes) = (credit.document.source.clone().unwrap_or_default(), credit.document.taxes.clone());
        let rounding = credit.document.rounding;
        let Some(entry) = self.by_id.get(&of).and_then(|&at| self.entries.get_mut(at)) else {
            wrong.push(format!("`{of}`, which `{credit_id}` takes back from, is no document of the ledger"));
            return;
        };
        if entry.voided {
            wrong.push(format!("`{of}`, which `{credit_id}` takes back from, is void"));
        }
        touched_by(entry, sequence);
        for line in &taken {
            let found = entry.lines.iter_mut().find(|left| Some(left.line.line_no) == line.source_line);
            let Some(left) = found else {
                wrong.push(format!("`{of}` has no line that line {} could give back to", line.line_no));
                continue;
            };
            left.hours = left.hours - line.hours;
            left.uplift = left.uplift - line.uplift;
            let restored = (left.quantity.checked_sub(line.quantity), left.net.checked_sub(line.net));
            let (Some(quantity), Some(net)) = restored else {
                wrong.push(format!("a figure of line {} is too large", line.line_no));
                continue;
            };
            (left.quantity, left.net) = (quantity, net);
        }
        for tax in &taxes {
            let known = entry.taxes_left.iter_mut().find(|(rate, _, _)| *rate == tax.rate);
            let Some((_, base, amount)) = known else {
                wrong.push(format!("`{of}` has no tax of {} %", tax.rate.percent));
                continue;
            };
            match (base.checked_sub(tax.base), amount.checked_sub(tax.amount)) {
                (Some(base_again), Some(amount_again)) => (*base, *amount) = (base_again, amount_again),
                _ => wrong.push(format!("the tax of {} % is too large", tax.rate.percent)),
            }
        }
        match entry.rounding_left.checked_sub(rounding) {
            Some(rounding) => entry.rounding_left = rounding,
            None => wrong.push("its rounding amount is too large".to_owned()),
        }
    }
}

/// Whether `document` undoes `credit`: it has the credit's figures with the sign turned, line by line, and does the opposite to hours.
fn turns(credit: &BookEntry, document: &Document, lines: &[Line]) -> bool {
    let of = &credit.document;
    let line_turns = |(line, left): (&Line, &BookLine)| {
        let of = &left.line;
        line.source_line == Some(of.line_no)
            && line.order_line == of.order_line
            && line.order == of.order
            && line.kind == of.kind
            && line.unit == of.unit
            && line.down_payment == of.down_payment
            && line.quantity == of.quantity.negated()
            && line.net == of.net.negated()
            && line.hours == -of.hours
            && line.uplift == -of.uplift
    };
    let taxes = of.taxes.len() == document.taxes.len()
        && of.taxes.iter().zip(&document.taxes).all(|(known, tax)| {
            known.rate == tax.rate && known.base == tax.base.negated() && known.amount == tax.amount.negated()
        });
    document.effect == of.effect
        && document.currency == of.currency
        && document.rounding == of.rounding.negated()
        && taxes
        && lines.len() == credit.lines.len()
        && lines.iter().zip(&credit.lines).all(line_turns)
}

/// What a line that takes back says in other words than the line that was billed.
fn differing_column(billed: &Line, taken: &Line) -> Option<&'static str> {
    match () {
        () if billed.order != taken.order => Some("the order"),
        () if billed.product != taken.product => Some("the product"),
        () if billed.uom != taken.uom => Some("the unit"),
        () if billed.decimals != taken.decimals => Some("the rounding"),
        () if (billed.price, billed.discount) != (taken.price, taken.discount) => Some("the price"),
        () if billed.rates != taken.rates => Some("the tax"),
        () if billed.minimum != taken.minimum => Some("the minimum"),
        () => None,
    }
}

/// Notes a line whose net is not what its quantity is worth (B4). What carries no money (B12) is looked at with the sums.
fn worth(document: &Document, line: &Line, wrong: &mut Vec<String>) {
    let bills = matches!(document.kind, DocumentKind::Invoice | DocumentKind::CreditNote)
        && document.source.is_none()
        && line.kind.policy().is_some();
    let worth = || quantity::net(line.quantity, line.price, line.discount, document.currency?);
    if bills && worth() != Some(line.net) {
        wrong.push(format!("the net amount of line {} is not its quantity at its price", line.line_no));
    }
}

/// The commit `sequence` touches what was taken back of the entry.
fn touched_by(entry: &mut BookEntry, sequence: u64) {
    if entry.taken_by.last() != Some(&sequence) {
        entry.taken_by.push(sequence);
    }
}

/// What is left lies between 0 and what was left before.
pub(super) fn between(left: i128, before: i128) -> bool {
    (before.min(0)..=before.max(0)).contains(&left)
}

/// A figure, or the nearest one between 0 and a bound.
pub(super) fn within(figure: i128, bound: i128) -> i128 {
    figure.clamp(bound.min(0), bound.max(0))
}

/// Notes totals of a document that are not the sums of its lines.
fn sums(document: &Document, lines: &[Line], wrong: &mut Vec<String>) {
    let net = lines.iter().try_fold(Money::ZERO, |sum, line| sum.checked_add(line.net));
    if net != Some(document.net) {
        wrong.push("its net amount is not the sum of its lines".to_owned());
    }
    let tax = document.taxes.iter().try_fold(Money::ZERO, |sum, tax| sum.checked_add(tax.amount));
    if tax != Some(document.tax) {
        wrong.push("its tax is not the sum of its taxes".to_owned());
    }
    let total = document.net.checked_add(document.tax).and_then(|sum| sum.checked_add(document.rounding));
    if total != Some(document.total) {
        wrong.push("its total is not net, tax and rounding".to_owned());
    }
    for tax in &document.taxes {
        if base(&tax.rate, lines) != Some(tax.base) {
            wrong.push(format!("the base of its tax of {} % is not the sum of its lines", tax.rate.percent));
        }
    }
    if document.currency.is_none() && (document.net != Money::ZERO || document.total != Money::ZERO) {
        wrong.push("it has money and no currency".to_owned());
    }
    if document.kind == DocumentKind::Zero {
        let money = lines.iter().any(|line| line.net != Money::ZERO || line.kind.moves_down_payment());
        if money || !document.taxes.is_empty() || document.rounding != Money::ZERO || document.total != Money::ZERO {
            wrong.push("it closes what comes to nothing, and has money".to_owned());
        }
    }
    let has_hours = |kind: LineKind| kind.by_time() || matches!(kind, LineKind::Covered | LineKind::Held);
    for line in lines.iter().filter(|line| !has_hours(line.kind) && !line.hours.is_zero()) {
        wrong.push(format!("line {} has hours and is not billed by time", line.line_no));
    }
}

/// The hours of the portions of each line.
fn portions_of_lines(batch: &LedgerBatch) -> Vec<HoursSum> {
    let mut sums = vec![HoursSum::ZERO; batch.lines.len()];
    for (&line, &hours) in batch.portions.lines.iter().zip(&batch.portions.hours) {
        if let Some(sum) = sums.get_mut(line as usize) {
            *sum += HoursSum::from_micros(hours.into());
        }
    }
    sums
}
