//! What the ledger says about an id: where it was posted, at which price, and what was taken back since.

use std::collections::BTreeMap;

use super::{Explanation, IdKind, Step};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::posted::{Book, BookEntry, BookLine, Document, DocumentKind, Effect, Line, left_with_tax};
use crate::quantity::{Currency, Hours, HoursSum, Money};

/// Documents told of an order line, at most.
const DOCUMENTS_TOLD: usize = 20;

/// What the ledger has: all documents, who made each, and the portions that one id is about.
#[derive(Clone, Debug, Default)]
pub struct Past {
    pub book: Book,
    /// By number of the commit, counted from 1.
    pub deeds: Vec<PastDeed>,
    /// Of the entry with the id, and of the documents that bear it or touch the one that does; in the order committed.
    pub portions: Vec<PastPortion>,
    /// By the id of the document, what was issued for it.
    pub papers: BTreeMap<String, PastPaper>,
}

/// What was issued for a document (N1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastPaper {
    /// N3; `None`: the accounting system numbers it.
    pub number: Option<String>,
    pub issue_date: Date,
    pub due_date: Option<Date>,
    /// B10: the service period that it says; of the document with the id alone.
    pub service: Option<(Date, Date)>,
}

/// Who did something, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDeed {
    /// A date.
    pub at: String,
    pub by: String,
    /// Empty for what was posted.
    pub reason: String,
    /// What was asked for.
    pub request: String,
}

/// Hours of an entry on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastPortion {
    /// What the entry is called now, as far as the ledger knows.
    pub id: String,
    /// What it was called when it was posted.
    pub known_as: String,
    pub document: String,
    pub line_no: u32,
    pub date: Option<Date>,
    pub hours: Hours,
    /// What the entry had then.
    pub known: Hours,
    /// M7: what its pack gave beyond the hours.
    pub uplift: Hours,
}

impl Past {
    /// `on 2026-11-02 by ada`.
    pub(super) fn signed(&self, entry: &BookEntry) -> String {
        self.deed(entry).map_or_else(String::new, |deed| format!("on {} by {}", deed.at, deed.by))
    }

    pub(super) fn deed(&self, entry: &BookEntry) -> Option<&PastDeed> {
        self.deeds.get(usize::try_from(entry.sequence).ok()?.checked_sub(1)?)
    }

    /// N10: its number, else its id.
    pub(super) fn called<'a>(&'a self, id: &'a str) -> &'a str {
        self.papers.get(id).and_then(|paper| paper.number.as_deref()).unwrap_or(id)
    }

    /// ` (goodwill)`.
    pub(super) fn reason(&self, entry: &BookEntry) -> String {
        let reason = self.deed(entry).map(|deed| deed.reason.as_str()).filter(|reason| !reason.is_empty());
        reason.map_or_else(String::new, |reason| format!(" ({reason})"))
    }

    /// The line that billed what a line of a document billed, took back or gave back.
    pub(super) fn original(&self, document: &str, line_no: u32) -> Option<(&BookEntry, &BookLine)> {
        let mut entry = self.book.find(document)?;
        let mut line = line_of(entry, line_no)?;
        while let Some(source) = entry.document.source.as_deref() {
            let number = line.line.source_line?;
            entry = self.book.find(source)?;
            line = line_of(entry, number)?;
        }
        Some((entry, line))
    }

    /// What was taken back from a document, and what undid that, in the order committed.
    pub(super) fn takers<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a BookEntry> {
        self.book.entries().iter().filter(move |entry| {
            let mut of = entry.document.source.as_deref();
            while let Some(source) = of {
                if source == id {
                    return true;
                }
                of = self.book.find(source).and_then(|entry| entry.document.source.as_deref());
            }
            false
        })
    }

    /// Each posting of an entry with its price, and what was taken back since.
    pub(super) fn of_entry(&self, id: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        for portion in self.portions.iter().filter(|portion| portion.id == id) {
            let found = self.book.find(&portion.document).filter(|entry| entry.document.source.is_none());
            let Some((entry, line)) = found.and_then(|entry| Some((entry, line_of(entry, portion.line_no)?))) else {
                continue;
            };
            steps.push(Step { rule: "G1", text: self.posted(portion, entry) });
            if portion.uplift != Hours::ZERO {
                let (uplift, gave) = (portion.uplift, portion.hours.plus(portion.uplift));
                steps.push(Step {
                    rule: "M7",
                    text: format!("its pack gave {gave} h, {uplift} h beyond them by its minimum"),
                });
            }
            if let Some(text) = priced(&line.line, entry.document.currency) {
                steps.push(Step { rule: "B4", text: format!("that line: {text}") });
            }
            steps.extend(self.since(id, entry, line));
        }
        steps
    }

    fn posted(&self, portion: &PastPortion, entry: &BookEntry) -> String {
        let (hours, document, signed) = (portion.hours, &entry.document, self.signed(entry));
        let (id, sequence, number) = (self.called(&document.id), entry.sequence, portion.line_no);
        let customer = &document.customer;
        let (reason, had) = (self.reason(entry), portion.known);
        let closed = match (document.kind, document.effect) {
            (DocumentKind::Opening, _) => {
                format!("{hours} h closed by `{id}` before hourbill was adopted, {signed}{reason}")
            }
            (_, Effect::Billed) => {
                format!("{hours} h on line {number} of `{id}` for customer `{customer}`, posted {signed}")
            }
            (_, other) => format!("{hours} h {} by line {number} of `{id}`, posted {signed}", word(other)),
        };
        let had = if had == hours { String::new() } else { format!("; it had {had} h then") };
        let other = portion.known_as != portion.id;
        let known_as = if other { format!(", as `{}`", portion.known_as) } else { String::new() };
        format!("{closed}{known_as} (entry {sequence} of the ledger){had}")
    }

    /// What became of an entry's hours on a line, and amounts of the line.
    fn since(&self, id: &str, of: &BookEntry, line: &BookLine) -> Vec<Step> {
        let number = line.line.line_no;
        let mut steps = Vec::new();
        for taker in self.takers(&of.document.id) {
            let own = |portion: &&PastPortion| {
                let found = self.original(&portion.document, portion.line_no);
                portion.id == id
                    && portion.document == taker.document.id
                    && found.is_some_and(|(_, original)| original.line.line_no == number)
            };
            let hours: HoursSum = self.portions.iter().filter(own).map(|portion| portion.hours).sum();
            if !hours.is_zero() {
                steps.push(Step { rule: "7", text: self.taken(taker, &format!("{} h", positive(hours))) });
            } else if let Some(amount) = self.amount(taker, number) {
                steps.push(Step { rule: "7", text: self.taken(taker, &amount) });
            }
        }
        steps
    }

    /// An amount that a credit took of a line of its document.
    fn amount(&self, taker: &BookEntry, number: u32) -> Option<String> {
        let (document, currency) = (&taker.document, taker.document.currency?);
        let mut lines = taker.lines.iter().filter(|left| {
            let line = &left.line;
            let original = self.original(&document.id, line.line_no).map(|(_, of)| of.line.line_no);
            line.hours.is_zero() && line.quantity.is_zero() && original == Some(number)
        });
        let only = lines.next().filter(|_| taker.lines.len() == 1);
        only.map(|_| format!("{} {currency} with tax of that line", unsigned(document.total, currency)))
    }

    /// What a document took back, or gave back.
    pub(super) fn taken(&self, taker: &BookEntry, what: &str) -> String {
        let document = &taker.document;
        let (id, signed, reason) = (self.called(&document.id), self.signed(taker), self.reason(taker));
        let nothing_opens = taker.lines.iter().all(|left| left.line.hours.is_zero() && left.line.quantity.is_zero());
        match (document.kind, document.effect) {
            (DocumentKind::Void, _) => format!("{what} taken back by the void `{id}` {signed}{reason}: open again"),
            (DocumentKind::Undo, _) => {
                let credit = self.called(document.source.as_deref().unwrap_or_default());
                format!("{what} charged again by `{id}` {signed}{reason}: the credit `{credit}` is undone")
            }
            (DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Zero, _) => {
                format!("{what} taken back by `{id}` {signed}: the entry was edited or moved")
            }
            (_, Effect::Rebill) => format!("{what} credited by `{id}` {signed}{reason}: open again"),
            _ if nothing_opens => format!("{what} credited by `{id}` {signed}{reason}: no hour and no quantity opens"),
            _ => format!("{what} credited by `{id}` {signed}{reason}: written off, never billed"),
        }
    }

    /// `on `D-1`, 1.25 h of them written off`: where the closed hours of an entry are.
    pub(super) fn where_closed(&self, id: &str) -> Option<String> {
        let mut closed: BTreeMap<(u64, &str), HoursSum> = BTreeMap::new();
        let mut written_off = HoursSum::ZERO;
        for portion in self.portions.iter().filter(|portion| portion.id == id) {
            let entry = self.book.find(&portion.document).or_bug("a portion is on a document of the ledger");
            match entry.document.effect {
                Effect::Billed | Effect::Rebill => {}
                Effect::WriteOff => {
                    written_off = written_off - portion.hours.into();
                    continue;
                }
                Effect::Covered | Effect::Uncovered | Effect::Held => continue,
            }
            let (original, _) = self.original(&portion.document, portion.line_no)?;
            *closed.entry((original.sequence, &original.document.id)).or_default() += portion.hours;
        }
        closed.retain(|_, hours| !hours.is_zero());
        let names: Vec<String> = closed.keys().map(|(_, id)| format!("`{}`", self.called(id))).collect();
        let on = match names.as_slice() {
            [] => return None,
            [first, second] => format!("on {first} and {second}"),
            [first] => format!("on {first}"),
            several => format!("on {} documents", several.len()),
        };
        let off = if written_off.is_zero() { String::new() } else { format!(", {written_off} h of them written off") };
        Some(format!("{on}{off}"))
    }

    /// G9: hours of an entry that packs cover.
    fn covered(&self, id: &str) -> HoursSum {
        let own = self.portions.iter().filter(|portion| portion.id == id);
        let covers = |portion: &PastPortion| {
            let effect = self.book.find(&portion.document).map(|entry| entry.document.effect);
            matches!(effect, Some(Effect::Covered | Effect::Uncovered))
        };
        own.filter(|portion| covers(portion)).map(|portion| portion.hours).sum()
    }

    /// What is posted of an order line, by document.
    pub(super) fn of_line(&self, id: &str) -> Vec<Step> {
        let of = |entry: &&BookEntry| entry.document.source.is_none();
        let lines = self.book.entries().iter().filter(of).flat_map(|entry| {
            entry.lines.iter().filter(|line| line.line.order_line == id).map(move |line| (entry, line))
        });
        let lines: Vec<(&BookEntry, &BookLine)> = lines.collect();
        let mut steps: Vec<Step> = Vec::new();
        for (entry, line) in lines.iter().take(DOCUMENTS_TOLD) {
            let (id, number, signed) = (self.called(&entry.document.id), line.line.line_no, self.signed(entry));
            let what = priced(&line.line, entry.document.currency).unwrap_or_else(|| noted(entry, line));
            let left = left(entry, line);
            steps.push(Step { rule: "G1", text: format!("line {number} of `{id}`, posted {signed}: {what}{left}") });
        }
        let more = lines.len().saturating_sub(DOCUMENTS_TOLD);
        if more > 0 {
            steps.push(Step { rule: "G1", text: format!("and {more} more lines of documents") });
        }
        steps
    }

    /// An entry that only the ledger knows.
    pub(super) fn vanished_entry(&self, id: &str) -> Option<Explanation> {
        let steps = self.of_entry(id);
        if steps.is_empty() {
            return None;
        }
        let mut told = Explanation::new(IdKind::Entry, id);
        let closed = match (self.where_closed(id), self.covered(id)) {
            (Some(on), _) => format!("it is billed {on}"),
            (None, covered) if !covered.is_zero() => format!("{covered} h of it are covered"),
            (None, _) => "nothing of it is closed now".to_owned(),
        };
        told.outcome = format!("no longer in the export; {closed}");
        told.steps = steps;
        Some(told)
    }

    /// An order line that only the ledger knows.
    pub(super) fn vanished_line(&self, id: &str) -> Option<Explanation> {
        let steps = self.of_line(id);
        if steps.is_empty() || id.is_empty() {
            return None;
        }
        let mut told = Explanation::new(IdKind::OrderLine, id);
        told.outcome = "no longer in the export; the ledger knows what was posted of it".to_owned();
        told.steps = steps;
        Some(told)
    }
}

fn line_of(entry: &BookEntry, line_no: u32) -> Option<&BookLine> {
    entry.lines.iter().find(|left| left.line.line_no == line_no)
}

/// What a line without money does.
pub(super) fn noted(entry: &BookEntry, line: &BookLine) -> String {
    let does = match entry.document.effect {
        Effect::Billed => "closed".to_owned(),
        Effect::Rebill => "opened".to_owned(),
        other @ (Effect::WriteOff | Effect::Covered | Effect::Uncovered | Effect::Held) => word(other),
    };
    format!("{} h {does}", line.line.hours)
}

fn word(effect: Effect) -> String {
    effect.name().replace('_', " ")
}

fn positive(hours: HoursSum) -> HoursSum {
    if hours.is_negative() { -hours } else { hours }
}

fn unsigned(amount: Money, currency: Currency) -> String {
    let amount = if amount.is_negative() { amount.negated() } else { amount };
    amount.text(currency)
}

/// `5 Hours of `A` x 90 less 10 % = 405.00 EUR net, tax 21 % (S)`; `None` of a line without money.
pub(super) fn priced(line: &Line, currency: Option<Currency>) -> Option<String> {
    let currency = currency?;
    let net = line.net.text(currency);
    let taxes: Vec<String> = line.rates.iter().map(|rate| format!("{} % ({})", rate.percent, rate.category)).collect();
    let taxes = if taxes.is_empty() { "no tax".to_owned() } else { format!("tax {}", taxes.join(", ")) };
    if line.kind.moves_down_payment() {
        let what = line.kind.name().replace('_', " ");
        return Some(format!("{what} of order `{}`, {net} {currency} net, {taxes}", line.order));
    }
    let discount = if line.discount.micros() == 0 { String::new() } else { format!(" less {} %", line.discount) };
    let (quantity, uom, of, price) = (line.quantity, &line.uom, &line.order_line, line.price);
    Some(format!("{quantity} {uom} of `{of}` x {price}{discount} = {net} {currency} net, {taxes}"))
}

/// What is left of a line where something was taken back.
pub(super) fn left(entry: &BookEntry, line: &BookLine) -> String {
    let of = &line.line;
    if (line.hours, line.quantity, line.net) == (of.hours, of.quantity, of.net) {
        return String::new();
    }
    let money = left_with_tax(entry).and_then(|left| left.get(&of.line_no).copied()).zip(entry.document.currency);
    let money =
        money.map_or_else(String::new, |(left, currency)| format!(", {} {currency} with tax", left.text(currency)));
    format!("; left of it {} {}{money}", line.quantity, of.uom)
}

/// Entries of one document, by line.
pub(super) fn portions_of<'a>(past: &'a Past, document: &'a Document) -> Vec<&'a PastPortion> {
    past.portions.iter().filter(|portion| portion.document == document.id).collect()
}
