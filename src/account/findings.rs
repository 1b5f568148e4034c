//! What a person should know of the hours: overdrawn lines, late entries, entries that moved after they were billed.

use rayon::prelude::*;

use super::{Balance, LineHours, Share};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::job::{Corrections, Settings};
use crate::link;
use crate::model::{OrderLine, Ticket, World};
use crate::posted::Posted;

/// H4 and late entries.
pub(super) fn about_lines(world: &World, hours: &[LineHours]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((idx, line), hours) in
        world.lines.iter().zip(hours).filter(|((idx, line), _)| line.confirmed && world.owns_line(*idx))
    {
        let id = world.lines.id(idx);
        let mut found = |code, message| {
            findings.push(Finding {
                code,
                subject: Subject::OrderLine,
                id: id.to_owned(),
                message,
                place: Some(line.place),
            });
        };
        if let Some(balance) = Balance::of(line, hours) {
            let (ordered, delivered, remaining) = (balance.ordered, balance.delivered, balance.remaining());
            if balance.overdrawn() {
                let over = -remaining;
                let message = format!("`{id}` is overdrawn by {over} h: {ordered} h ordered, {delivered} h delivered");
                found(Code::Overdrawn, message);
            }
            if balance.upsell(line.upsell_threshold) {
                let share = line.upsell_threshold;
                let message = format!("`{id}` has used more than {share} % of its hours: {delivered} h of {ordered} h");
                found(Code::Upsell, message);
            }
        }
        if hours.late_entries > 0 {
            let (late, count) = (hours.late, hours.late_entries);
            let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
            found(Code::LateEntry, format!("`{id}` has {entries} with {late} h from before the period, not billed"));
        }
    }
    findings
}

/// G1: entries whose hours changed after they were billed, and those that are gone.
pub(super) fn moved_after_billing(
    world: &World,
    settings: &Settings,
    posted: &Posted,
    shares: &[Share],
) -> Vec<Finding> {
    let found =
        |code, id: &str, message, place| Finding { code, subject: Subject::Entry, id: id.to_owned(), message, place };
    let changed = shares.iter().flat_map(|share| &share.changed_entries).filter_map(|&idx| {
        let entry = world.entries.get(idx)?;
        let (id, now, billed) = (entry.id(), entry.hours, posted.closed(idx.position()).hours);
        let rest = now.less(billed);
        if let Some(known) = posted.renamed_from(idx.position()) {
            let message = format!("entry `{id}` looks like `{known}`, which is billed and no longer in the export: it is not billed");
            return Some(found(Code::ChangedAfterBilling, id, message, Some(entry.place())));
        }
        let what = match settings.rules.corrections {
            Corrections::Report => "is not billed",
            Corrections::Bill => "is billed when it is its turn",
        };
        let message = format!("entry `{id}` was edited after it was billed: {billed} h are billed, it has {now} h; the difference of {rest} h {what}");
        Some(found(Code::ChangedAfterBilling, id, message, Some(entry.place())))
    });
    let vanished = posted.vanished.iter().map(|entry| {
        let (id, hours) = (entry.id.as_str(), entry.hours);
        let message = format!("entry `{id}`, of which {hours} h are billed, is no longer in the export");
        found(Code::VanishedAfterBilling, id, message, None)
    });
    changed.chain(vanished).collect()
}

pub(super) fn different_customers(world: &World, shares: &[Share]) -> Vec<Finding> {
    // There may be a great many: each text is made at once, in one allocation of its length.
    let tell = |what: &str, id: &str, ticket: &Ticket, line: Option<Idx<OrderLine>>| {
        let line = line?;
        let customer = world.lines.get(line)?.customer;
        let (of_ticket, of_line) = (world.customers.id(ticket.customer), world.customers.id(customer));
        let line = world.lines.id(line);
        let (is_for, sold) = ("` is for customer `", "`, its order line `");
        Some([what, " `", id, is_for, of_ticket, sold, line, "` is sold to `", of_line, "`, who is billed"].concat())
    };
    let mut tickets: Vec<_> = shares.iter().flat_map(|share| &share.foreign_tickets).copied().collect();
    tickets.sort_unstable();
    tickets.dedup();
    let about_tickets = tickets.into_par_iter().filter_map(|idx| {
        let ticket = world.tickets.get(idx)?;
        let id = world.tickets.id(idx).to_owned();
        let message = tell("ticket", &id, ticket, world.ticket_link(idx)?.line)?;
        Some(Finding {
            code: Code::DifferentCustomer,
            subject: Subject::Ticket,
            id,
            message,
            place: Some(ticket.place),
        })
    });
    let entries = shares.par_iter().flat_map(|share| &share.foreign_entries);
    let about_entries = entries.filter_map(|&idx| {
        let entry = world.entries.get(idx)?;
        let ticket = world.tickets.get(entry.ticket?)?;
        let id = entry.id().to_owned();
        let message = tell("entry", &id, ticket, link::named_line(world, &entry).map(|(line, _)| line))?;
        Some(Finding {
            code: Code::DifferentCustomer,
            subject: Subject::Entry,
            id,
            message,
            place: Some(entry.place()),
        })
    });
    about_tickets.chain(about_entries).collect()
}
