//! Holds documents of the ledger against an export of the ERP's invoice lines: which are missing on either side, and what differs on those
//! that are on both.

use std::collections::{BTreeMap, BTreeSet};

use super::cause::{Factor, is_rounding};
use super::{Comparison, Figure, as_hours};
use crate::account::{Account, in_unit};
use crate::calendar::Date;
use crate::finding::Subject;
use crate::ident::Idx;
use crate::model::{ErpInvoiceLine, ErpState, OrderLine, World};
use crate::posted::{Book, BookEntry, DocumentKind};
use crate::quantity::{Currency, HoursSum, MICROS_PER_HOUR, MICROS_PER_ONE, Money, Quantity, UnitPrice, power_of_ten};
use crate::settings::BillingSettings;

const DOCUMENT: &str = "document";
const STATE: &str = "state";
const QUANTITY: &str = "quantity";
const PRICE: &str = "unit_price";
const AMOUNT: &str = "amount";
const CURRENCY: &str = "currency";
const CUSTOMER: &str = "customer";
const PERIOD: &str = "period";

/// A document of the ERP.
struct ErpDocument<'a> {
    id: &'a str,
    state: ErpState,
    lines: Vec<&'a ErpInvoiceLine>,
}

impl<'a> ErpDocument<'a> {
    /// The first of its lines for which `what` has a value: figures of a document stand on each line, or on one.
    fn said<T>(&self, what: impl Fn(&'a ErpInvoiceLine) -> Option<T>) -> Option<T> {
        self.lines.iter().find_map(|line| what(line))
    }

    fn date(&self) -> Option<Date> {
        self.said(|line| line.date)
    }

    fn currency(&self) -> Option<Currency> {
        self.said(|line| line.currency)
    }

    /// It is the document of the ledger, by its id or number.
    fn is(&self, entry: &BookEntry) -> bool {
        self.refers_to(&entry.document.id) || entry.number.as_deref().is_some_and(|number| self.refers_to(number))
    }

    /// One of its references is this id.
    fn refers_to(&self, id: &str) -> bool {
        let words = |line: &&ErpInvoiceLine| {
            line.reference == id || line.reference.split([' ', ',', ';']).any(|word| word == id)
        };
        self.id == id || self.lines.iter().any(words)
    }

    fn order_lines(&self) -> BTreeMap<&'a str, Sums> {
        sums(
            self.lines
                .iter()
                .map(|line| (line.order_line.as_str(), line.quantity, line.price, line.amount.map(as_hours))),
        )
    }
}

/// What a document bills of one order line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    /// `None` when a line does not say.
    quantity: Option<HoursSum>,
    /// `None` when lines have several prices, or one does not say.
    price: Option<UnitPrice>,
    amount: Option<HoursSum>,
}

impl Sums {
    fn negated(self) -> Sums {
        let turned = |sum: HoursSum| HoursSum::ZERO - sum;
        Sums { quantity: self.quantity.map(turned), amount: self.amount.map(turned), ..self }
    }
}

fn sums<'a>(
    lines: impl Iterator<Item = (&'a str, Option<Quantity>, Option<UnitPrice>, Option<HoursSum>)>,
) -> BTreeMap<&'a str, Sums> {
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    for (order_line, quantity, price, amount) in lines {
        let more = Sums { quantity: quantity.map(as_hours), price, amount };
        let both = |one: Option<HoursSum>, other: Option<HoursSum>| Some(one? + other?);
        sums.entry(order_line)
            .and_modify(|sum| {
                *sum = Sums {
                    quantity: both(sum.quantity, more.quantity),
                    price: sum.price.filter(|price| Some(*price) == more.price),
                    amount: both(sum.amount, more.amount),
                };
            })
            .or_insert(more);
    }
    sums
}

const FIGURE_MAX: u128 = 10_u128.pow(33);

/// As hours are kept, like all figures here.
fn money(amount: Money, currency: Option<Currency>) -> Option<HoursSum> {
    let unit = i128::from(MICROS_PER_HOUR).checked_div(power_of_ten(currency?.digits())?)?;
    // Beyond what any document bills nothing is compared: sums of them stay far from the limits of the type.
    let figure = amount.minor().checked_mul(unit).filter(|figure| figure.unsigned_abs() <= FIGURE_MAX);
    figure.map(HoursSum::from_micros)
}

fn billed(entry: &BookEntry) -> BTreeMap<&str, Sums> {
    let currency = entry.document.currency;
    sums(entry.lines.iter().map(|of| {
        let line = &of.line;
        (line.order_line.as_str(), Some(line.quantity), Some(line.price), money(line.net, currency))
    }))
}

/// Compares every document; sorted later with the other figures.
pub(super) fn compare(world: &World, settings: &BillingSettings, account: &Account, book: &Book) -> Vec<Comparison> {
    let erp = erp_documents(world);
    // What closes hours alone went nowhere.
    let kept = |kind: DocumentKind| kind.is_note() || matches!(kind, DocumentKind::Opening | DocumentKind::Zero);
    let sent = |entry: &&BookEntry| !kept(entry.document.kind);
    let ours: Vec<&BookEntry> = book.entries().iter().filter(sent).collect();
    let pairs = pair(&ours, &erp);
    let matched: BTreeMap<&str, &ErpDocument<'_>> = pairs
        .iter()
        .filter_map(|(our, their)| Some((ours.get(*our)?.document.id.as_str(), erp.get(*their)?)))
        .collect();
    let mut comparisons = Vec::new();
    for entry in &ours {
        match matched.get(entry.document.id.as_str()) {
            Some(their) => comparisons.extend(Pair { world, settings, account, entry, their }.compare()),
            None => comparisons.extend(missing_there(entry, &matched)),
        }
    }
    let taken: BTreeSet<usize> = pairs.iter().map(|(_, their)| *their).collect();
    for (_, their) in erp.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        comparisons.extend(missing_here(world, &ours, &erp, &taken, their));
    }
    comparisons
}

fn erp_documents(world: &World) -> Vec<ErpDocument<'_>> {
    let mut documents: BTreeMap<&str, ErpDocument<'_>> = BTreeMap::new();
    for line in &world.erp_invoices {
        let id = line.document.as_str();
        let document = documents.entry(id).or_insert_with(|| ErpDocument { id, state: line.state, lines: Vec::new() });
        document.lines.push(line);
    }
    documents.into_values().collect()
}

/// Which document of the ledger is which of the ERP: by the ERP's number or reference, else by what they bill.
fn pair(ours: &[&BookEntry], erp: &[ErpDocument<'_>]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (our, entry) in ours.iter().enumerate() {
        let referring = erp.iter().enumerate().filter(|(_, their)| their.is(entry));
        // A cancelled one was made again, or not at all.
        pairs.extend(
            referring.min_by_key(|(_, their)| (their.state == ErpState::Cancelled, their.id)).map(|(at, _)| (our, at)),
        );
    }
    let mut candidates: Vec<(std::cmp::Reverse<usize>, usize, usize)> = Vec::new();
    for (our, entry) in ours.iter().enumerate().filter(|(our, _)| !pairs.iter().any(|(known, _)| known == our)) {
        for (their, document) in erp.iter().enumerate() {
            // What undoes a credit has the figures of what was billed: it is known by its id alone.
            let alike = entry.document.kind != DocumentKind::Undo;
            let free = alike && document.state != ErpState::Cancelled && !refers_to_any(document, ours);
            if let Some(likeness) = likeness(entry, document).filter(|_| free) {
                candidates.push((std::cmp::Reverse(likeness), our, their));
            }
        }
    }
    candidates.sort();
    for (_, our, their) in candidates {
        if !pairs.iter().any(|(known, known_there)| *known == our || *known_there == their) {
            pairs.push((our, their));
        }
    }
    pairs
}

fn refers_to_any(document: &ErpDocument<'_>, ours: &[&BookEntry]) -> bool {
    ours.iter().any(|entry| document.is(entry))
}

/// How many order lines both bill, those with the same quantity twice; `None` when they cannot be the same.
fn likeness(entry: &BookEntry, document: &ErpDocument<'_>) -> Option<usize> {
    let currencies = entry.document.currency.zip(document.currency());
    let before = entry.document.period.zip(document.date()).is_some_and(|((from, _), date)| date < from);
    if before || currencies.is_some_and(|(one, other)| one != other) {
        return None;
    }
    let (ours, theirs) = (billed(entry), document.order_lines());
    let mut likeness = 0;
    let mut shared = 0;
    for (order_line, sums) in ours.iter().filter(|(order_line, _)| !order_line.is_empty()) {
        let Some(there) = theirs.get(order_line) else { continue };
        shared += 1;
        let size = |sum: Option<HoursSum>| sum.map(|sum| sum.micros().unsigned_abs());
        likeness += if size(there.quantity) == size(sums.quantity) { 2 } else { 1 };
    }
    let named = theirs.keys().filter(|order_line| !order_line.is_empty()).count();
    (shared > 0 && 2 * shared >= ours.len().max(named)).then_some(likeness)
}

fn missing(subject_id: &str, erp_document: &str, figures: (Figure, Figure), cause: &'static str) -> Comparison {
    let (exported, computed) = figures;
    Comparison {
        subject: Subject::Document,
        id: subject_id.to_owned(),
        order_line: String::new(),
        erp_document: erp_document.to_owned(),
        figure: DOCUMENT,
        exported,
        computed,
        cause,
    }
}

/// A document of the ledger that the ERP does not have.
fn missing_there(entry: &BookEntry, matched: &BTreeMap<&str, &ErpDocument<'_>>) -> Option<Comparison> {
    let document = &entry.document;
    let cause = match document.source.as_deref() {
        // A credit that was undone before it ever got there is on neither side, and what undid it.
        Some(_) if document.credits() && entry.voided => return None,
        Some(credit) if document.kind == DocumentKind::Undo && !matched.contains_key(credit) => return None,
        Some(_) if document.kind == DocumentKind::Undo => "not_imported_yet",
        Some(source) if matched.get(source).is_some_and(|there| there.state != ErpState::Cancelled) => "credited",
        // What was taken back before it ever got there is on neither side.
        Some(_) if document.kind == DocumentKind::Void => return None,
        Some(_) => "not_imported_yet",
        None if entry.voided => return None,
        None => "not_imported_yet",
    };
    Some(missing(&document.id, "", (Figure::Missing, Figure::Text(document.id.clone())), cause))
}

/// A document of the ERP about order lines that we bill, which the ledger does not have.
fn missing_here(
    world: &World,
    ours: &[&BookEntry],
    erp: &[ErpDocument<'_>],
    taken: &BTreeSet<usize>,
    their: &ErpDocument<'_>,
) -> Option<Comparison> {
    // What the ERP invoiced before the ledger began is not the ledger's.
    let began = ours.iter().filter_map(|entry| entry.document.period).map(|(from, _)| from).min();
    if their.state == ErpState::Cancelled
        || began.is_none()
        || their.date().zip(began).is_some_and(|(date, began)| date < began)
    {
        return None;
    }
    let of_ours = |line: &&ErpInvoiceLine| {
        world.lines.find(&line.order_line).is_some_and(|idx| !world.lines.at(idx).is_downpayment)
    };
    let again = ours.iter().any(|entry| their.is(entry)) || {
        let sums = their.order_lines();
        erp.iter()
            .enumerate()
            .any(|(at, other)| taken.contains(&at) && other.id != their.id && other.order_lines() == sums)
    };
    if again {
        return Some(missing(their.id, their.id, (Figure::Text(their.id.to_owned()), Figure::Missing), "duplicate"));
    }
    their.lines.iter().any(of_ours).then(|| {
        missing(their.id, their.id, (Figure::Text(their.id.to_owned()), Figure::Missing), "invoiced_in_the_erp")
    })
}

/// A document that both sides have.
struct Pair<'a> {
    world: &'a World,
    settings: &'a BillingSettings,
    account: &'a Account,
    entry: &'a BookEntry,
    their: &'a ErpDocument<'a>,
}

impl Pair<'_> {
    fn compare(&self) -> Vec<Comparison> {
        let document = &self.entry.document;
        if self.their.state == ErpState::Cancelled {
            // Taken back on both sides.
            if self.entry.voided {
                return Vec::new();
            }
            let figures = (Figure::Text("cancel".to_owned()), Figure::Text("posted".to_owned()));
            return vec![self.comparison("", STATE, figures, "cancelled_in_the_erp")];
        }
        let mut comparisons = Vec::new();
        let draft = self.their.state == ErpState::Draft;
        let state = if draft { "draft" } else { "posted" };
        let figures = (Figure::Text(state.to_owned()), Figure::Text("posted".to_owned()));
        comparisons.push(self.comparison("", STATE, figures, if draft { "not_posted_yet" } else { "" }));
        if let Some((here, there)) = document.currency.zip(self.their.currency()) {
            let cause = if here == there { "" } else { self.of_the_order(|line| line.currency == there) };
            let figures = (Figure::Text(there.code().to_owned()), Figure::Text(here.code().to_owned()));
            comparisons.push(self.comparison("", CURRENCY, figures, cause));
        }
        comparisons.extend(self.customer());
        comparisons.extend(self.period());
        comparisons.extend(self.lines());
        comparisons
    }

    fn comparison(
        &self,
        order_line: &str,
        figure: &'static str,
        figures: (Figure, Figure),
        cause: &'static str,
    ) -> Comparison {
        let (exported, computed) = figures;
        Comparison {
            subject: Subject::Document,
            id: self.entry.document.id.clone(),
            order_line: order_line.to_owned(),
            erp_document: self.their.id.to_owned(),
            figure,
            exported,
            computed,
            cause,
        }
    }

    /// What the ERP has is what the orders say by now: they were changed after the document was posted.
    fn of_the_order(&self, is: impl Fn(&OrderLine) -> bool) -> &'static str {
        let lines = self
            .entry
            .lines
            .iter()
            .filter_map(|of| Some(self.world.lines.at(self.world.lines.find(&of.line.order_line)?)));
        let mut lines = lines.peekable();
        if lines.peek().is_some() && lines.all(is) { "order_changed" } else { "unknown" }
    }

    /// Customers of one commercial tree are the same to an ERP: an invoice may go to a contact of the company.
    fn customer(&self) -> Option<Comparison> {
        let there = self.their.said(|line| Some(line.customer.as_str()).filter(|customer| !customer.is_empty()))?;
        let here = self.entry.document.customer.as_str();
        let root = |id: &str| self.world.customers.find(id).map(|idx| self.world.root(idx));
        let same_tree = there != here && root(there).is_some() && root(there) == root(here);
        if same_tree {
            return None;
        }
        let is_theirs = |line: &OrderLine| root(there) == Some(self.world.root(line.billed_customer()));
        let cause = if there == here { "" } else { self.of_the_order(is_theirs) };
        Some(self.comparison("", CUSTOMER, (Figure::Text(there.to_owned()), Figure::Text(here.to_owned())), cause))
    }

    /// An invoice is dated in its period, or in the month that follows it.
    fn period(&self) -> Option<Comparison> {
        let ((from, to), date) = self.entry.document.period.zip(self.their.date())?;
        let (year, month, _) = to.ymd();
        let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let late = (date.ymd().0, date.ymd().1) > (next_year, next_month);
        let cause = match (date < from, late) {
            (true, _) => "dated_before_the_period",
            (_, true) => "dated_late",
            _ => return None,
        };
        let figures = (Figure::Text(date.to_string()), Figure::Text(format!("{from} to {to}")));
        Some(self.comparison("", PERIOD, figures, cause))
    }

    fn lines(&self) -> Vec<Comparison> {
        let ours = billed(self.entry);
        let mut theirs = self.their.order_lines();
        // Credit notes of most programs have positive figures; those of the ledger reduce a debt.
        let total = |lines: &BTreeMap<&str, Sums>| {
            lines.values().filter_map(|sums| sums.amount.or(sums.quantity)).fold(HoursSum::ZERO, |sum, one| sum + one)
        };
        if total(&ours).is_negative() && total(&theirs).is_positive() {
            theirs.values_mut().for_each(|sums| *sums = sums.negated());
        }
        let names_lines = theirs.keys().any(|order_line| !order_line.is_empty());
        if !names_lines {
            // The export does not say which order line is billed: only the sums can be compared.
            let amount =
                |lines: &BTreeMap<&str, Sums>| lines.values().map(|sums| sums.amount).sum::<Option<HoursSum>>();
            return self.figure("", AMOUNT, amount(&theirs), amount(&ours), |_, _| None).into_iter().collect();
        }
        let keys: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
        keys.into_iter()
            .flat_map(|order_line| self.line(order_line, ours.get(order_line), theirs.get(order_line)))
            .collect()
    }

    fn line(&self, order_line: &str, here: Option<&Sums>, there: Option<&Sums>) -> Vec<Comparison> {
        let number = |sum: Option<HoursSum>| sum.map_or(Figure::Missing, Figure::Number);
        let (here, there) = match (here, there) {
            (Some(here), Some(there)) => (here, there),
            (Some(here), None) => {
                // Down payments may be taken off without naming their line.
                let named = !order_line.is_empty();
                let gone = self.comparison(
                    order_line,
                    QUANTITY,
                    (Figure::Missing, number(here.quantity)),
                    "removed_in_the_erp",
                );
                return if named { vec![gone] } else { Vec::new() };
            }
            (None, Some(there)) => {
                // Sections, notes and lines of taxes have no amount.
                let counts = there.amount.map_or(!order_line.is_empty(), |amount| !amount.is_zero());
                let added = self.comparison(
                    order_line,
                    AMOUNT,
                    (number(there.amount.or(there.quantity)), Figure::Missing),
                    "added_in_the_erp",
                );
                return if counts { vec![added] } else { Vec::new() };
            }
            (None, None) => return Vec::new(),
        };
        let idx = self.world.lines.find(order_line);
        let mut found: Vec<Comparison> = Vec::new();
        if !order_line.is_empty() {
            found.extend(self.figure(order_line, QUANTITY, there.quantity, here.quantity, |there, here| {
                self.of_quantity(order_line, idx, there, here)
            }));
            let price = |price: Option<UnitPrice>| price.map(|price| as_hours(Quantity::from_micros(price.micros())));
            found.extend(self.figure(order_line, PRICE, price(there.price), price(here.price), |there, _| {
                self.of_price(order_line, idx, there)
            }));
        }
        // An amount differs for the reason for which quantity or price do.
        let why = found.iter().map(|comparison| comparison.cause).find(|cause| !cause.is_empty());
        found.extend(self.figure(order_line, AMOUNT, there.amount, here.amount, |_, _| why));
        found
    }

    /// Compared where both sides say something. `cause` is asked when they differ.
    fn figure(
        &self,
        order_line: &str,
        figure: &'static str,
        there: Option<HoursSum>,
        here: Option<HoursSum>,
        cause: impl Fn(HoursSum, HoursSum) -> Option<&'static str>,
    ) -> Option<Comparison> {
        let (there, here) = there.zip(here)?;
        let rounding = is_rounding(there - here).then_some("rounding");
        let cause = if there == here { "" } else { cause(there, here).or(rounding).unwrap_or("unknown") };
        Some(self.comparison(order_line, figure, (Figure::Number(there), Figure::Number(here)), cause))
    }

    fn of_quantity(
        &self,
        order_line: &str,
        idx: Option<Idx<OrderLine>>,
        there: HoursSum,
        here: HoursSum,
    ) -> Option<&'static str> {
        if is_rounding(there - here) {
            return Some("rounding");
        }
        let line = idx.map(|idx| self.world.lines.at(idx));
        // The ERP has the document as it is after what the ledger took back of it.
        let left = self.entry.lines.iter().filter(|of| of.line.order_line == order_line);
        let left = left.map(|of| as_hours(of.quantity)).fold(HoursSum::ZERO, |sum, one| sum + one);
        if left != here && is_rounding(there - left) {
            return Some("credited");
        }
        let late = idx.map(|idx| self.account.line(idx).late).zip(line);
        let late = late.and_then(|(late, line)| in_unit(line, late, &self.settings.rules)).map(as_hours);
        if late.is_some_and(|late| !late.is_zero() && is_rounding(there - here - late)) {
            return Some("late_entry");
        }
        Factor::of_day(self.settings).explains(there, here).then_some("hours_and_days")
    }

    fn of_price(&self, order_line: &str, idx: Option<Idx<OrderLine>>, there: HoursSum) -> Option<&'static str> {
        let known = self.entry.lines.iter().find(|of| of.line.order_line == order_line)?;
        let discounted = i128::from(known.line.price.micros())
            * (i128::from(crate::quantity::Percent::HUNDRED.micros()) - i128::from(known.line.discount.micros()));
        let there_exact = there.micros() / i128::from(MICROS_PER_HOUR / MICROS_PER_ONE)
            * i128::from(crate::quantity::Percent::HUNDRED.micros());
        if known.line.discount.micros() != 0 && discounted == there_exact {
            return Some("discount_in_the_price");
        }
        let priced = |idx: Idx<OrderLine>| self.world.terms(idx, self.world.lines.at(idx), None).price;
        let now = idx.map(|idx| as_hours(Quantity::from_micros(priced(idx).micros())));
        if now == Some(there) {
            return Some("order_changed");
        }
        let here = as_hours(Quantity::from_micros(known.line.price.micros()));
        Factor::of_day(self.settings).explains(there, here).then_some("hours_and_days")
    }
}
