//! Why an entry is billed, or is not.

use super::{Explanation, IdKind, Past, Step, drafted, place, rejected, words};
use crate::account::{Decision, Disposition, KeptBack, LeftOpen, decide, of_other_customer};
use crate::calendar::Side;
use crate::ident::Idx;
use crate::link::{self, LinkedBy, NonBillable};
use crate::model::{Entry, EntryView, Facts, OrderLine, Policy};
use crate::posted::{Closed, LineCode};
use crate::quantity::Hours;
use crate::results::Results;

/// One explanation for each row with the id.
pub(super) fn explain(results: Results<'_>, id: &str, past: Option<&Past>, invoices: &[String]) -> Vec<Explanation> {
    let world = results.world;
    let mut explanations = Vec::new();
    for (start, chunk) in world.entries.chunks() {
        for (row, entry) in chunk.iter().enumerate().filter(|(_, entry)| entry.id() == id) {
            if let Some(idx) = Idx::new(start + row) {
                explanations.push(one(results, &entry, idx, past, invoices));
            }
        }
    }
    explanations
}

/// The explanation of one row.
pub(super) fn one(
    results: Results<'_>,
    entry: &EntryView<'_>,
    idx: Idx<Entry>,
    past: Option<&Past>,
    invoices: &[String],
) -> Explanation {
    let world = results.world;
    let mut told = Explanation::new(IdKind::Entry, entry.id());
    let at = entry.place();
    let date = entry.date().map_or_else(|| "an unreadable date".to_owned(), |date| date.to_string());
    let ticket =
        entry.ticket.map_or_else(|| "no ticket".to_owned(), |ticket| format!("ticket `{}`", world.tickets.id(ticket)));
    told.step("2", format!("{}: {} h on {date}, {ticket}", place(results, at.file.0, at.row), entry.hours));

    let disposition = results.account.disposition(world, idx);
    let closed = results.posted.closed(idx.position());
    let decision = decide(world, results.settings, results.links, results.posted, entry);
    match disposition {
        Disposition::Quarantined => {
            told.outcome = match entry.facts.has(Facts::UNREADABLE_HOURS) {
                true => "quarantined: its hours cannot be read, so none are counted".to_owned(),
                false => format!("quarantined: {} h are set aside", entry.hours),
            };
            for row in results.rejected.iter().filter(|row| row.place == at) {
                rejected(results, &row, &mut told);
            }
        }
        Disposition::Duplicate => {
            told.outcome = format!("duplicate: {} h count once, with the first of the equal rows", entry.hours);
            told.step("2", "all known fields equal those of an earlier row with this id");
        }
        _ => {
            let line = decision.line.map(|(idx, linked_by)| (idx, world.lines.at(idx), linked_by));
            linked(results, entry, line, &mut told);
            super::drawn::lifted(results, entry, idx, &mut told);
            super::agreed::rates(results, entry, line.map(|(line, _, _)| line), &mut told);
            decided(results, entry, idx, &decision, closed, disposition, &mut told);
            if disposition == Disposition::AlreadyInvoiced {
                closed_where(results, entry, idx, past, invoices, &mut told);
            }
            if disposition != Disposition::Held {
                told.steps.extend(held_rest(results, idx));
            }
            told.steps.extend(past.map(|past| past.of_entry(entry.id())).unwrap_or_default());
            if matches!(disposition, Disposition::Held | Disposition::Billed) {
                billed(results, entry, idx, disposition, &mut told);
            }
        }
    }
    told
}

/// On which document the hours are that are already invoiced.
fn closed_where(
    results: Results<'_>,
    entry: &EntryView<'_>,
    idx: Idx<Entry>,
    past: Option<&Past>,
    invoices: &[String],
    told: &mut Explanation,
) {
    let hours = results.account.own_hours(idx, entry.hours);
    match past.and_then(|past| past.where_closed(entry.id())) {
        Some(on) => told.outcome = format!("already invoiced: {hours} h {on}"),
        None if !invoices.is_empty() && entry.facts.has(Facts::INVOICED) => {
            let named: Vec<String> = invoices.iter().map(|id| format!("`{id}`")).collect();
            told.outcome = format!("already invoiced: {hours} h on {} of the ERP", named.join(", "));
        }
        None => {}
    }
}

/// L1-L3.
fn linked(
    results: Results<'_>,
    entry: &EntryView<'_>,
    line: Option<(Idx<OrderLine>, &OrderLine, LinkedBy)>,
    told: &mut Explanation,
) {
    let world = results.world;
    if super::drawn::drawn(results, entry, told) {
        return;
    }
    let ticket = entry.ticket.map_or("", |ticket| world.tickets.id(ticket));
    let closed = results.posted.closed(entry.position());
    let Some((idx, _, linked_by)) = line else {
        if [closed.line, closed.pack].contains(&LineCode::GONE) {
            let what = if closed.covered == Hours::ZERO { "billed" } else { "covered" };
            let text = format!("the order line on which its hours were {what} is not in the export: it takes no other");
            told.step("G14", text);
            return;
        }
        let text = if ticket.is_empty() {
            "it names neither an order line nor a ticket".to_owned()
        } else {
            format!("neither the entry nor its ticket `{ticket}` names an order line")
        };
        told.step("L1", text);
        if let Some(ticket) = entry.ticket {
            told.steps.extend(super::ticket::looks(results, ticket));
        }
        super::agreed::agreed(results, entry, told);
        return;
    };
    let id = world.lines.id(idx);
    if let Some(ticket) = of_other_customer(world, entry, idx, linked_by) {
        let of = |customer| world.customers.id(customer);
        let (of_ticket, of_line) = (of(world.tickets.at(ticket).customer), of(world.lines.at(idx).customer));
        told.step(
            "L6",
            format!("its ticket is for customer `{of_ticket}`, `{id}` is sold to `{of_line}`, who is billed"),
        );
    }
    match linked_by {
        LinkedBy::Entry => told.step("L1", format!("the entry itself names order line `{id}`")),
        LinkedBy::Ticket => told.step("L1", format!("its ticket `{ticket}` names order line `{id}`")),
        LinkedBy::Adjustment => {
            told.step("8", world.moved(entry).map_or_else(String::new, |(_, idx)| world.adjustments.text_of(idx)));
        }
        LinkedBy::Ledger => {
            let (rule, what) = if closed.covered == Hours::ZERO { ("G14", "billed") } else { ("G9", "covered") };
            told.step(rule, format!("its hours were {what} on order line `{id}`, and they stay there"))
        }
        LinkedBy::Agreement | LinkedBy::OneOfSeveral => {
            told.step("L1", "no order line is named");
            if let Some(ticket) = entry.ticket {
                told.steps.extend(super::ticket::looks(results, ticket));
            }
            super::agreed::agreed(results, entry, told);
        }
        LinkedBy::Overage | LinkedBy::Withheld => {}
        LinkedBy::Auto => {
            told.step("L1", format!("neither the entry nor its ticket `{ticket}` names an order line"));
            if let Some(ticket) = entry.ticket {
                told.steps.extend(super::ticket::looks(results, ticket));
            }
        }
    }
}

/// The rule that gives an entry its disposition, and why it does; `None` for what never came to be judged.
fn because(
    results: Results<'_>,
    entry: &EntryView<'_>,
    decision: &Decision,
    closed: Closed,
    disposition: Disposition,
) -> Option<(&'static str, String)> {
    let period = results.settings.period.label();
    let line = decision.line.map(|(idx, _)| results.world.lines.at(idx));
    let policy = line.map_or("", |line| line.policy.name());
    let by = decision.line.map(|(_, by)| by);
    Some(match disposition {
        Disposition::NonBillable => match decision.non_billable {
            Some(NonBillable::Team) => ("L4", team_off(results, entry)),
            Some(NonBillable::Entry) => ("L5", "the entry is marked as not billable".to_owned()),
            Some(NonBillable::Adjustment(idx)) => ("8", results.world.adjustments.text_of(idx)),
            Some(NonBillable::Order) | None => ("L5", "the order of its line is not confirmed".to_owned()),
        },
        Disposition::Unassigned => match results.world.no_agreement(entry) {
            Some(_) => ("4", "no order line and no agreement, so nobody to bill".to_owned()),
            None => ("4", "no order line, so nobody to bill".to_owned()),
        },
        Disposition::AlreadyInvoiced if !closed.known && entry.facts.has(Facts::INVOICED) => {
            ("4", "the export names the invoice it is on".to_owned())
        }
        Disposition::AlreadyInvoiced => ("G1", "all of its hours are on posted documents".to_owned()),
        Disposition::NotValidated => ("4", "it is a draft, and `rules.approval` asks for validated entries".to_owned()),
        Disposition::Covered if results.links.draws.asks(entry.position()) => {
            ("W6", "its hours are covered by packs".to_owned())
        }
        // G12: the line was billed as a quantity before.
        Disposition::Covered if line.is_some_and(|line| line.policy == Policy::Time) => {
            ("G12", "its line was billed by quantity before, and its oldest hours are covered by that".to_owned())
        }
        Disposition::Covered => (
            "4",
            format!("its line is billed as ordered (`{policy}`): the hours are covered by what the line invoices"),
        ),
        Disposition::BeforePeriod if left_open(results, entry, decision).is_some() => {
            still_open(results, entry, decision)
        }
        Disposition::BeforePeriod if is_shut(results, entry, decision) => {
            ("K4", "its month is closed, and `rules.late_entries` is `report`".to_owned())
        }
        Disposition::BeforePeriod => {
            ("4", format!("it is dated before the period {period}, and `rules.late_entries` is `report`"))
        }
        Disposition::AfterPeriod => ("4", format!("it is dated after the period {period}")),
        Disposition::Held if matches!(decision.kept_back, Some(KeptBack::BeyondPacks(_))) => {
            ("W7", "no pack takes its hours, and nothing bills them: they wait".to_owned())
        }
        Disposition::Held | Disposition::Billed if by == Some(LinkedBy::Overage) => {
            ("W8", "hours beyond a pack are billed like time".to_owned())
        }
        Disposition::Held if line.is_some_and(|line| line.policy != Policy::Time) => {
            ("G9", "it was edited after it was covered; what its pack has left counts, the rest waits".to_owned())
        }
        Disposition::Held | Disposition::Billed if is_shut(results, entry, decision) => {
            ("K4", "its month is closed: its open hours are late, and stand on a line of their own".to_owned())
        }
        Disposition::Held | Disposition::Billed if is_late(results, entry) => {
            ("K2", format!("it is open and dated before the period {period}: late hours stand on a line of their own"))
        }
        Disposition::Held | Disposition::Billed => {
            ("B1", format!("its line is billed by time, and the entry is open in the period {period}"))
        }
        Disposition::Quarantined | Disposition::Duplicate => return None,
    })
}

/// L4, L5 and §4.
fn decided(
    results: Results<'_>,
    entry: &EntryView<'_>,
    idx: Idx<Entry>,
    decision: &Decision,
    closed: Closed,
    disposition: Disposition,
    told: &mut Explanation,
) {
    let world = results.world;
    let line = decision.line.map(|(idx, _)| world.lines.at(idx));
    let hours = results.account.own_hours(idx, entry.hours);
    told.outcome = format!("{}: {hours} h", words(disposition));
    let because = because(results, entry, decision, closed, disposition);
    let Some((rule, text)) = because else { return };
    told.step(rule, text);
    if closed.hours != Hours::ZERO {
        let rest = entry.hours.less(closed.hours);
        told.step("G1", format!("{rest} h = {} h - {} h in the ledger", entry.hours, closed.hours));
    }
    if closed.is_changed() && closed.hours == Hours::ZERO {
        told.step("G9", "its hours were edited after they were covered");
    } else if closed.is_changed() {
        told.step(
            "G1",
            format!(
                "its hours were edited after they were billed (`rules.corrections` is `{}`)",
                results.settings.rules.corrections.name()
            ),
        );
    }
    if let Some(known) = results.posted.resembled.get(&idx.position()) {
        told.step("G5", format!("it resembles `{}` of {}, which is no longer in the export", known.id, known.date));
    }
    for apart in results.account.apart(idx) {
        let (hours, whole, what) = (apart.hours, entry.hours, words(apart.disposition));
        // Of an entry that was edited to fewer hours, more may be closed than it has.
        let part = (hours.micros() < 0) == (whole.micros() < 0) && hours.micros().abs() <= whole.micros().abs();
        let text = if part {
            format!("{hours} h of its {whole} h are {what}")
        } else {
            format!("{hours} h are {what}; it has {whole} h now")
        };
        told.step("4", text);
    }
    if decision.delivers {
        let id = decision.line.map_or("", |(idx, _)| world.lines.id(idx));
        let beyond = disposition == Disposition::Held && line.is_some_and(|line| line.policy != Policy::Time);
        let but = if beyond { ", but for those that are held," } else { "" };
        told.step("H1", format!("its hours{but} count as delivered on `{id}`"));
    } else if decision.line.is_some() && !link::counts_as_delivered(&results.settings.rules, entry) {
        told.step("H1", "it is not validated, so its hours do not count as delivered");
    }
}

/// Why a part of an entry is held that is billed or invoiced otherwise.
fn held_rest(results: Results<'_>, idx: Idx<Entry>) -> Vec<Step> {
    let billing = results.billing;
    let held = billing.held.iter().filter(|held| billing.entries(&held.part).contains(&idx));
    held.map(|held| Step {
        rule: held.hold.rule(),
        text: format!("the rest is held: {}", held.hold.reason(results.world)),
    })
    .collect()
}

/// L4: which team bills no time, and what of it is off.
fn team_off(results: Results<'_>, entry: &EntryView<'_>) -> String {
    let world = results.world;
    let team = entry.ticket.and_then(|ticket| world.tickets.at(ticket).team);
    let known = team.map(|team| (world.teams.id(team), world.teams.at(team)));
    let Some((name, team)) = known else {
        return "the team of its ticket has timesheets or time billing off".to_owned();
    };
    let off = match (team.timesheets, team.time_billing) {
        (false, false) => "timesheets and time billing",
        (false, true) => "timesheets",
        (true, _) => "time billing",
    };
    format!("team `{name}` of its ticket has {off} off")
}

/// §4.
fn left_open(results: Results<'_>, entry: &EntryView<'_>, decision: &Decision) -> Option<LeftOpen> {
    LeftOpen::of(results.world, results.posted.closed(entry.position()), entry, decision.line.map(|(line, _)| line))
}

/// §4: what hourbill held or opened again, and which runs bill it.
fn still_open(results: Results<'_>, entry: &EntryView<'_>, decision: &Decision) -> (&'static str, String) {
    let what = match left_open(results, entry, decision) {
        Some(LeftOpen::Held) => "its hours are or were held",
        Some(LeftOpen::Reopened) | None => "hours of it were opened again",
    };
    let before = format!("it is dated before the period {}, and {what}", results.settings.period.label());
    if line_shut(results, entry, decision) {
        let ways = "`rules.late_entries = \"bill\"` bills them, or a run of their month once it is opened again";
        return ("K4", format!("{before}; its month is closed hard: {ways}"));
    }
    ("4", format!("{before}: `--to` bills them, or a run of their month"))
}

/// K4.
fn is_shut(results: Results<'_>, entry: &EntryView<'_>, decision: &Decision) -> bool {
    decision.line.is_some_and(|(line, _)| results.makes_late(line, entry))
}

/// The month of the entry is closed hard, whatever the period of this run.
fn line_shut(results: Results<'_>, entry: &EntryView<'_>, decision: &Decision) -> bool {
    decision.line.is_some_and(|(line, _)| results.posted.is_shut(results.world, line, entry))
}

fn is_late(results: Results<'_>, entry: &EntryView<'_>) -> bool {
    entry.date().is_some_and(|date| results.settings.period.side(date) == Side::Before)
}

/// B3-B9.
fn billed(
    results: Results<'_>,
    entry: &EntryView<'_>,
    idx: Idx<Entry>,
    disposition: Disposition,
    told: &mut Explanation,
) {
    let billing = results.billing;
    let hours = results.account.own_hours(idx, entry.hours);
    if disposition == Disposition::Billed {
        let found = drafted(results, |part| billing.entries(part).contains(&idx));
        if let Some((draft, line_no, part)) = found {
            told.outcome = format!("billed: {hours} h on line {line_no} of draft `{}`", draft.id);
            told.steps.extend(super::draft::part_steps(results, draft, part));
        }
        return;
    }
    if let Some(held) = billing.held.iter().find(|held| billing.entries(&held.part).contains(&idx)) {
        let reason = held.hold.reason(results.world);
        told.outcome = format!("held: {hours} h stay open, {reason}");
        told.steps.push(Step { rule: held.hold.rule(), text: reason.into_owned() });
    }
}
