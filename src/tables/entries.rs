//! Entries on drafts, and entries that a person may ask about because they are on none.

use std::borrow::Cow;

use rayon::prelude::*;

use super::{Column, Results, Sink, Table, columns, table};
use crate::account::Disposition;
use crate::bill::{Draft, Part};
use crate::ident::{Idx, first_bytes};
use crate::link::LinkedBy;
use crate::model::{Adjustment, Entry, EntryView, Policy, World};
use crate::quantity::Hours;

const INVOICE_ENTRIES: &[Column] = columns! {
    invoice_id Text,
    line_no Count,
    timesheet_id Text,
    date Date,
    employee Text,
    ticket_id Text,
    description Text,
    hours Hours,
    linked_by Text,
    adjustment Text,
};

/// The rows of one draft line.
struct OfPart<'a> {
    /// Row of the first entry.
    start: usize,
    draft: &'a Draft,
    line_no: i64,
    part: &'a Part,
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
        let at = parts.partition_point(|part| part.start <= row).saturating_sub(1);
        if let Some(of) = parts.get(at)
            && let Some((_, entry, hours)) = results.billing.portion(results.world, of.part, row - of.start)
        {
            invoice_entry(results, of, &entry, hours, out);
        }
    })
}

fn invoice_entry(results: Results<'_>, of: &OfPart<'_>, view: &EntryView<'_>, hours: Hours, out: &mut dyn Sink) {
    let world = results.world;
    let linked_by = results.links.line_of(world, view).map_or("", |(_, linked_by)| LinkedBy::name(linked_by));
    out.text(&of.draft.id);
    out.count(Some(of.line_no));
    out.text(view.id());
    out.date(view.date());
    out.text(view.employee());
    out.text(view.ticket.map_or("", |ticket| world.tickets.id(ticket)));
    out.text(view.description());
    out.hours(Some(hours.into()));
    out.text(linked_by);
    out.text(&adjusted_move(world, view).map_or_else(String::new, |why| world.adjustments.told(why)));
}

/// SPEC 8: why the entry stands on another line than its own.
pub(crate) fn adjusted_move(world: &World, entry: &EntryView<'_>) -> Option<Idx<Adjustment>> {
    let edits = [world.entry_edits(entry), world.ticket_edits(entry)];
    edits.into_iter().flatten().find_map(|edits| edits.moved).map(|(_, why)| why)
}

const UNBILLED: &[Column] = columns! {
    timesheet_id Text,
    date Date,
    ticket_id Text,
    customer_id Text,
    order_line_id Text,
    hours Hours,
    disposition Text,
    reason Text,
    value Money,
    currency Text,
    age_days Count,
};

struct Unbilled {
    entry: Idx<Entry>,
    hours: Hours,
    disposition: Disposition,
    reason: Cow<'static, str>,
}

pub(super) fn unbilled(results: Results<'_>) -> Table<'_> {
    let rows = unbilled_rows(results);
    table("unbilled", UNBILLED, rows.len(), move |row, out| {
        if let Some(row) = rows.get(row) {
            unbilled_entry(results, row, out);
        }
    })
}

fn unbilled_rows(results: Results<'_>) -> Vec<Unbilled> {
    let world = results.world;
    let held = results.billing.held.iter().flat_map(|held| {
        let reason = held.hold.reason(world);
        let row = move |(entry, _, hours)| {
            let reason = reason.clone();
            Unbilled { entry, hours, disposition: Disposition::Held, reason }
        };
        results.billing.portions(world, &held.part).map(row)
    });
    let mut rows: Vec<Unbilled> = held.collect();
    for (number, (start, chunk)) in world.entries.chunks().enumerate() {
        for (row, (&disposition, &micros)) in results.account.of_chunk(number).iter().zip(&chunk.hours).enumerate() {
            let reason = match disposition {
                Disposition::Unassigned => "no ticket and no order line lead to a line to bill",
                Disposition::NotValidated => "not validated",
                Disposition::BeforePeriod => "dated before the period",
                _ => continue,
            };
            if let Some(entry) = Idx::new(start + row) {
                let hours = results.account.own_hours(entry, Hours::from_micros(micros));
                rows.push(Unbilled { entry, hours, disposition, reason: reason.into() });
            }
        }
    }
    let id = |entry| world.entries.id(entry);
    let mut keyed: Vec<(u128, Unbilled)> = rows.into_par_iter().map(|row| (first_bytes(id(row.entry)), row)).collect();
    // Shares of one entry by their hours: a read order must not show.
    keyed.par_sort_unstable_by(|(first_of_a, a), (first_of_b, b)| {
        let rest = || (id(a.entry), &a.reason, a.hours).cmp(&(id(b.entry), &b.reason, b.hours));
        first_of_a.cmp(first_of_b).then_with(rest)
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn unbilled_entry(results: Results<'_>, row: &Unbilled, out: &mut dyn Sink) {
    let (world, settings) = (results.world, results.settings);
    let Some(entry) = world.entries.get(row.entry) else { return };
    let line = results.links.line_of(world, &entry).map(|(line, _)| line);
    let ticket = entry.ticket.and_then(|ticket| world.tickets.get(ticket));
    let sold_to = line.and_then(|line| world.lines.get(line)).map(|line| line.customer);
    let customer = sold_to.or_else(|| ticket.map(|ticket| ticket.customer));
    let time_line = line.and_then(|line| world.lines.get(line)).filter(|line| line.policy == Policy::Time);
    let age = settings.period.to().zip(entry.date()).map(|(to, date)| i64::from(to.days() - date.days()));
    out.text(entry.id());
    out.date(entry.date());
    out.text(entry.ticket.map_or("", |ticket| world.tickets.id(ticket)));
    out.text(customer.map_or("", |customer| world.customers.id(customer)));
    out.text(line.map_or("", |line| world.lines.id(line)));
    out.hours(Some(row.hours.into()));
    out.text(row.disposition.name());
    out.text(&row.reason);
    out.money(time_line.and_then(|line| Some((line.worth(row.hours)?, line.currency))));
    out.text(time_line.map_or("", |line| line.currency.code()));
    out.count(age);
}
