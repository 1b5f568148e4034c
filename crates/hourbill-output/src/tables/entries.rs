//! Entries on drafts, and entries that a person may ask about because they are on none.

use std::borrow::Cow;

use rayon::prelude::*;

use super::{Results, Table, TableColumn, columns, joined, table};
use crate::account::{Disposition, LeftOpen};
use crate::bill::{Draft, DraftLine, Held};
use crate::bug::OrBug;
use crate::ident::{Idx, first_bytes};
use crate::link::LinkedBy;
use crate::model::{Adjustment, Entry, EntryView, OrderLine, Policy, World};
use crate::quantity::{Currency, Hours, Money};
use crate::worth::HoursValues;

/// The rows of one draft line.
struct OfPart<'a> {
    /// Row of the first entry.
    start: usize,
    draft: &'a Draft,
    line_no: i64,
    part: &'a DraftLine,
}

pub(super) fn invoice_entries(results: Results<'_>) -> Table<'_> {
    let mut len = 0;
    let mut parts = Vec::new();
    for draft in &results.billing.drafts {
        for (line_no, part) in (1_i64..).zip(&draft.parts) {
            parts.push(OfPart { start: len, draft, line_no, part });
            len += part.entry_count();
        }
    }
    table("invoice_entries", INVOICE_ENTRIES, len, move |row, out| {
        // The last part that starts at or before the row; parts without entries start where the next one does.
        let behind = parts.partition_point(|part| part.start <= row);
        let of = behind.checked_sub(1).and_then(|at| parts.get(at)).or_bug("every row is of a line of a draft");
        let portion = results.billing.portion(results.world, of.part, row - of.start);
        let (_, entry, hours) = portion.or_bug("a line of a draft has the entries that were counted");
        invoice_entry(results, of, &entry, hours, out);
    })
}

columns! {
    INVOICE_ENTRIES, invoice_entry(results: Results<'_>, of: &OfPart<'_>, view: &EntryView<'_>, hours: Hours) {
        let world = results.world;
        let (employee, description) = view.details();
        let of_entry = || results.links.line_of(world, view).map(|(_, linked_by)| linked_by);
        let linked_by = results.links.linked_by(world, view, of.part.line).or_else(of_entry).map_or("", LinkedBy::name);
        let adjustment = adjusted_move(world, view).map_or_else(String::new, |why| world.adjustments.text_of(why));
    } => {
        invoice_id Text [0] "its draft": &of.draft.id,
        line_no Count "the line of the draft": Some(of.line_no),
        timesheet_id Text "id of the entry": view.id(),
        date Date "of the work": view.date(),
        employee Text "who worked": employee,
        ticket_id Text "what for": view.ticket.map_or("", |ticket| world.tickets.id(ticket)),
        description Text "what was done": description,
        hours Hours "of the entry that are on the line": Some(hours.into()),
        linked_by Text "what names its order line: `entry`, `ticket`, `auto`, `adjustment`, `ledger`, `agreement`": linked_by,
        adjustment Text "why it stands on another line than its own": &adjustment,
    }
}

/// §8.1: why the entry stands on another line than its own.
pub fn adjusted_move(world: &World, entry: &EntryView<'_>) -> Option<Idx<Adjustment>> {
    world.moved(entry).map(|(_, why)| why)
}

/// There may be as many rows as entries: cells are looked up when a row is written, and not kept.
#[derive(Clone, Copy)]
struct Unbilled {
    entry: Idx<Entry>,
    hours: Hours,
    disposition: Disposition,
    /// Why it is held, by position in the held parts.
    held: Option<Idx<Held>>,
    /// W6: the line on which they stand, where that is not the entry's own and nothing holds them.
    beside: Option<Idx<OrderLine>>,
}

pub(super) fn unbilled(results: Results<'_>) -> Table<'_> {
    let rows = unbilled_rows(results);
    let reasons: Vec<Cow<'static, str>> =
        results.billing.held.iter().map(|held| held.hold.reason(results.world)).collect();
    let order = by_id(results, &rows, &reasons);
    let (values, estimates) = (HoursValues::new(results.world), results.register.is_some());
    let columns: &[TableColumn] = if estimates { &UNBILLED_WITH_ESTIMATES } else { &UNBILLED };
    table("unbilled", columns, rows.len(), move |row, out| {
        let row = order.get(row).and_then(|&row| rows.get(row as usize)).or_bug("every row has its place");
        let entry = results.world.entries.at(row.entry);
        let worth = UnbilledWorth::of(results, row, &entry, (&values, estimates));
        unbilled_first(results, row, &entry, reason(results, row, &reasons), &worth, out);
        if estimates {
            unbilled_estimated(&worth, out);
        }
        unbilled_last(results, &entry, &worth, out);
    })
}

fn reason<'a>(results: Results<'_>, row: &Unbilled, reasons: &'a [Cow<'static, str>]) -> &'a str {
    match row.held {
        Some(held) => reasons.get(held.position()).or_bug("what is held says why"),
        None => reason_of(results, &results.world.entries.at(row.entry), row.disposition),
    }
}

const BEFORE: &str = "dated before the period";
/// K4.
const CLOSED: &str = "its month is closed";

/// Why hours are open that nothing holds.
pub(super) fn reason_of(results: Results<'_>, entry: &EntryView<'_>, disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::NotValidated => "not validated",
        Disposition::Unassigned => match results.world.no_agreement(entry) {
            Some((why, ..)) => why.reason(),
            None => "no order line or agreement is found for it",
        },
        Disposition::BeforePeriod => {
            let line = results.links.line_of(results.world, entry).map(|(line, _)| line);
            let left = LeftOpen::of(results.world, results.posted.closed(entry.position()), entry, line);
            let late = if line.is_some_and(|line| results.makes_late(line, entry)) { CLOSED } else { BEFORE };
            left.map_or(late, LeftOpen::name)
        }
        Disposition::Held
        | Disposition::Quarantined
        | Disposition::Duplicate
        | Disposition::NonBillable
        | Disposition::AlreadyInvoiced
        | Disposition::Covered
        | Disposition::AfterPeriod
        | Disposition::Billed => "",
    }
}

/// In the order read.
fn unbilled_rows(results: Results<'_>) -> Vec<Unbilled> {
    let world = results.world;
    let held = results.billing.held.iter().enumerate().flat_map(|(position, held)| {
        let portions = results.billing.portions(world, &held.part);
        portions.map(move |(entry, _, hours)| Unbilled {
            entry,
            hours,
            disposition: Disposition::Held,
            held: Idx::new(position),
            beside: None,
        })
    });
    let mut rows: Vec<Unbilled> = held.collect();
    let chunks: Vec<_> = world.entries.chunks().enumerate().collect();
    rows.par_extend(chunks.into_par_iter().flat_map_iter(|(number, (start, chunk))| {
        let dispositions = results.account.of_chunk(number).iter().enumerate();
        let unbilled = |disposition| disposition != Disposition::Held && Disposition::is_unbilled(disposition);
        dispositions.filter(move |(_, disposition)| unbilled(**disposition)).filter_map(move |(row, &disposition)| {
            let entry = Idx::new(start + row)?;
            let hours = results.account.own_hours(entry, chunk.get(row)?.hours);
            Some(Unbilled { entry, hours, disposition, held: None, beside: None })
        })
    }));
    let apart = results.account.open_apart().map(|(entry, disposition, hours, stand)| Unbilled {
        entry,
        hours,
        disposition,
        held: None,
        beside: stand.line(),
    });
    rows.extend(apart);
    rows
}

/// Positions of the rows by their ids. There are fewer than 2^32 entries, and few of them stand in shares.
fn by_id(results: Results<'_>, rows: &[Unbilled], reasons: &[Cow<'static, str>]) -> Vec<u32> {
    let id = |row: &Unbilled| results.world.entries.id(row.entry);
    // Shares of one entry by their hours: a read order must not show.
    let rest = |at: u32| rows.get(at as usize).map(|row| (id(row), reason(results, row, reasons), row.hours));
    let keyed = rows.par_iter().enumerate().map(|(at, row)| (first_bytes(id(row)), at as u32));
    let mut keyed: Vec<(u128, u32)> = keyed.collect();
    keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(&rest(b.1))));
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// What a row says of its hours.
struct UnbilledWorth {
    value: Option<(Money, Currency)>,
    currency: Option<Currency>,
    /// E9: nobody agreed on the price.
    estimated: Option<bool>,
}

impl UnbilledWorth {
    /// At the price of its line. With the register (`estimates`) hours without a line are worth what the customer paid last.
    fn of(
        results: Results<'_>,
        row: &Unbilled,
        entry: &EntryView<'_>,
        (values, estimates): (&HoursValues<'_>, bool),
    ) -> UnbilledWorth {
        if estimates && row.disposition == Disposition::Unassigned {
            let value = values.estimated(entry, row.hours);
            let currency = value.map(|(_, currency)| currency);
            return UnbilledWorth { value, currency, estimated: value.map(|_| true) };
        }
        let line = row.line(results, entry);
        let value = match row.held(results) {
            Some(held) => values.held(results.links, held, entry, row.hours),
            None => line.and_then(|line| values.by_time(line, entry, row.hours)),
        };
        // Hours without a price have the currency in which they would have one.
        let by_time = line.map(|line| results.world.lines.at(line)).filter(|line| line.policy == Policy::Time);
        let currency = value.map(|(_, currency)| currency).or(by_time.map(|line| line.currency));
        UnbilledWorth { value, currency, estimated: value.filter(|_| estimates).map(|_| false) }
    }
}

impl Unbilled {
    fn held<'a>(&self, results: Results<'a>) -> Option<&'a Held> {
        let held = |at: Idx<Held>| results.billing.held.get(at.position()).or_bug("what is held has its part");
        self.held.map(held)
    }

    fn line(&self, results: Results<'_>, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
        if let Some(held) = self.held(results) {
            return held.line(results.world, results.links, entry);
        }
        self.beside.or_else(|| results.links.shown_line(results.world, entry).map(|(line, _)| line))
    }
}

columns! {
    UNBILLED_FIRST, unbilled_first(results: Results<'_>, row: &Unbilled, entry: &EntryView<'_>, reason: &str, worth: &UnbilledWorth) {
        let world = results.world;
        let line = row.line(results, entry);
        let sold_to = line.map(|line| world.lines.at(line).customer);
        let customer = sold_to.or_else(|| world.customer_of(entry));
        let unknown = entry.circumstance().map_or("", |circumstance| &circumstance.unknown_customer);
    } => {
        timesheet_id Text [0] "id of the entry": entry.id(),
        date Date "of the work": entry.date(),
        ticket_id Text "what for": entry.ticket.map_or("", |ticket| world.tickets.id(ticket)),
        customer_id Text "of its order line, else of its ticket": customer.map_or(unknown, |customer| world.customers.id(customer)),
        order_line_id Text "its order line": line.map_or("", |line| world.lines.id(line)),
        hours Hours [2] "that are not billed": Some(row.hours.into()),
        disposition Text "`held`, `unassigned`, `not_validated`, `before_period` (§4)": row.disposition.name(),
        reason Text [1] "why": reason,
        value Money "hours in the unit x price x (1 - discount), rounded once; without a time line empty, or what the customer paid last where the job writes the table `entries` (E9)": worth.value,
    }
}

columns! {
    UNBILLED_ESTIMATED, unbilled_estimated(worth: &UnbilledWorth) {} => {
        value_estimated Flag "nobody agreed on that price (E9); stands only where the job writes the table `entries`": worth.estimated,
    }
}

columns! {
    UNBILLED_LAST, unbilled_last(results: Results<'_>, entry: &EntryView<'_>, worth: &UnbilledWorth) {
        let age = results.settings.period.to().zip(entry.date()).map(|(to, date)| i64::from(to.days() - date.days()));
    } => {
        currency Text "of the value": worth.currency.as_ref().map_or("", Currency::code),
        age_days Count "from the date to the end of the period; empty without one": age,
    }
}

pub(super) const UNBILLED: [TableColumn; UNBILLED_FIRST.len() + UNBILLED_LAST.len()] =
    joined(&[UNBILLED_FIRST, UNBILLED_LAST]);

/// With the column that a job of the register has.
pub(super) const UNBILLED_WITH_ESTIMATES: [TableColumn; UNBILLED.len() + UNBILLED_ESTIMATED.len()] =
    joined(&[UNBILLED_FIRST, UNBILLED_ESTIMATED, UNBILLED_LAST]);
