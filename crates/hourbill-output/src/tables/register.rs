//! E1 to E4: the entry register, every row that was read with each place where hours of it stand.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::entries::reason_of;
use super::{Results, Table, columns, table};
use crate::account::{Disposition, decide};
use crate::bill::{self, Draft, Held, PartKind};
use crate::bug::OrBug;
use crate::calendar::Side;
use crate::finding::{Code, Place};
use crate::ident::{Idx, first_bytes};
use crate::inputs::Input;
use crate::link::{LinkedBy, NonBillable};
use crate::model::{EntryView, Facts, OrderLine, Policy};
use crate::posted::{LedgerLine, LeftLine};
use crate::quantity::{Currency, Money};
use crate::register::{Register, RegisterPart, Stands};
use crate::worth::HoursValues;

/// What rows have in common, looked up once.
struct Common<'a> {
    results: Results<'a>,
    values: HoursValues<'a>,
    /// Where rows in quarantine stand, and why, by position in `codes`. Sorted.
    rejected: Vec<(Place, u32)>,
    codes: Vec<String>,
    /// Of the held parts.
    held: Vec<Cow<'static, str>>,
}

/// The table of every row; `register` is that of the run.
pub(super) fn register<'a>(results: Results<'a>, register: &'a Register) -> Table<'a> {
    let (order, common) = (order(results, register), Common::of(results));
    table("entries", ENTRIES, order.len(), move |row, out| {
        let part = order.get(row).and_then(|&at| register.parts().get(at as usize));
        let part = part.or_bug("every row has its place");
        entry(&common, part, &results.world.entries.at(part.entry), out);
    })
}

/// K6: the entries of a month as a close keeps them: those that `keeps` names.
pub fn closed_entries<'a>(
    results: Results<'a>,
    register: &'a Register,
    keeps: impl Fn(&EntryView<'_>) -> bool,
) -> Table<'a> {
    let common = Common::of(results);
    let is_kept = |at: &u32| {
        let part = register.parts().get(*at as usize);
        part.is_some_and(|part| keeps(&results.world.entries.at(part.entry)))
    };
    let order: Vec<u32> = order(results, register).into_iter().filter(is_kept).collect();
    table("closed_entries", CLOSED_ENTRIES, order.len(), move |row, out| {
        let part = order.get(row).and_then(|&at| register.parts().get(at as usize));
        let part = part.or_bug("every row has its place");
        closed_entry(&common, part, &results.world.entries.at(part.entry), out);
    })
}

/// E4: positions of the parts by id, file, row and part.
fn order(results: Results<'_>, register: &Register) -> Vec<u32> {
    let (parts, entries) = (register.parts(), &results.world.entries);
    let place = |at: u32| {
        let place = parts.get(at as usize).map(|part| entries.at(part.entry).place());
        place.map(|place| (results.files.get(place.file.0 as usize), place.row))
    };
    let id = |at: u32| parts.get(at as usize).map_or("", |part| entries.id(part.entry));
    // There are fewer than 2^32 entries; few of them stand in parts.
    let firsts = (0_u32..).zip(parts).filter(|(_, part)| part.number == 1).map(|(at, _)| at);
    let mut keyed: Vec<(u128, u32)> = firsts.map(|at| (0, at)).collect();
    keyed.par_iter_mut().for_each(|(key, at)| *key = first_bytes(id(*at)));
    keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| (id(a.1), place(a.1)).cmp(&(id(b.1), place(b.1)))));
    let mut order = Vec::with_capacity(parts.len());
    for (_, first) in keyed {
        let behind = parts.get(first as usize + 1..).unwrap_or_default();
        let more = behind.iter().take_while(|part| part.number != 1).count();
        order.extend((first..).take(more + 1));
    }
    order
}

impl<'a> Common<'a> {
    fn of(results: Results<'a>) -> Common<'a> {
        let (mut rejected, mut known) = (Vec::new(), BTreeMap::<Vec<Code>, u32>::new());
        results.rejected.look(|row| {
            if row.input == Input::Timesheets {
                let codes: Vec<Code> = row.errors.iter().map(|error| error.code).collect();
                let next = known.len() as u32;
                rejected.push((row.place, *known.entry(codes).or_insert(next)));
            }
        });
        let mut codes = vec![String::new(); known.len()];
        for (of, at) in known {
            if let Some(text) = codes.get_mut(at as usize) {
                *text = of.iter().map(|code| code.name()).collect::<Vec<_>>().join("; ");
            }
        }
        let held = results.billing.held.iter().map(|held| held.hold.reason(results.world)).collect();
        Common { results, values: HoursValues::new(results.world), rejected, codes, held }
    }

    /// The order line on which hours stand, and what names it.
    fn line_of(&self, part: &RegisterPart, entry: &EntryView<'_>) -> (Option<Idx<OrderLine>>, &'static str) {
        let linked = self.results.links.shown_line(self.results.world, entry);
        // Cells of a row in quarantine cannot be trusted.
        let linked = linked.filter(|_| !entry.facts.has(Facts::QUARANTINED));
        let line = match part.stands {
            Stands::Drafted { .. } => self.on_draft(part).map(|(_, of)| of.line),
            Stands::InvoicedOn { line, .. } | Stands::CoveredOn { line, .. } => line.exported(),
            Stands::CoveredBy(line) | Stands::OpenOn(_, line) => Some(line),
            Stands::Held(at) => self.held(at).line(self.results.world, self.results.links, entry),
            _ => linked.map(|(line, _)| line),
        };
        let named = line.filter(|_| !entry.facts.has(Facts::QUARANTINED));
        let by = named.and_then(|line| self.results.links.linked_by(self.results.world, entry, line));
        let by = match part.stands {
            // Hours that are posted never move (W10), whatever the others of the entry draw on.
            Stands::InvoicedOn { .. } | Stands::CoveredOn { .. }
                if by == Some(LinkedBy::Auto) && linked.map(|(of, _)| of) != line =>
            {
                Some(LinkedBy::Ledger)
            }
            _ => by,
        };
        (line, by.map_or("", LinkedBy::name))
    }

    fn held(&self, at: u32) -> &'a Held {
        self.results.billing.held.get(at as usize).or_bug("what is held has its part")
    }

    /// G14: the line that left the export and on which the ledger keeps the hours, with its id.
    fn left_line(&self, part: &RegisterPart) -> Option<(&'a str, &'a LeftLine)> {
        match part.stands {
            Stands::InvoicedOn { line: LedgerLine::Left(line), .. }
            | Stands::CoveredOn { line: LedgerLine::Left(line), .. } => Some(self.results.posted.lines.left(line)),
            _ => None,
        }
    }

    /// The draft on which it stands, and its part there.
    fn on_draft(&self, part: &RegisterPart) -> Option<(&'a Draft, &'a bill::DraftLine)> {
        let Stands::Drafted { draft, line } = part.stands else { return None };
        let draft = self.results.billing.drafts.get(draft as usize)?;
        Some((draft, draft.parts.get(line as usize)?))
    }

    /// K2: open hours that are dated before the period.
    fn is_late(&self, part: &RegisterPart, entry: &EntryView<'_>) -> bool {
        let is_before = || entry.date().is_some_and(|date| self.results.settings.period.side(date) == Side::Before);
        let is_shut = || {
            let line = self.results.links.shown_line(self.results.world, entry).map(|(line, _)| line);
            line.is_some_and(|line| self.results.makes_late(line, entry))
        };
        match part.stands {
            Stands::Drafted { .. } | Stands::Held(_) => is_before() || is_shut(),
            Stands::Open(Disposition::BeforePeriod) | Stands::OpenOn(Disposition::BeforePeriod, _) => true,
            _ => false,
        }
    }

    /// Rule and reason.
    fn why(&self, part: &RegisterPart, entry: &EntryView<'_>) -> (&'static str, Cow<'_, str>) {
        let results = self.results;
        match part.stands {
            Stands::Drafted { .. } => match self.on_draft(part).map(|(_, of)| &of.kind) {
                Some(PartKind::Refund(refund)) => ("G7", format!("taken back of `{}`", refund.document).into()),
                _ if self.is_late(part, entry) => ("K2", "late".into()),
                _ => ("B1", "".into()),
            },
            Stands::CoveredOn { .. } => ("G9", "covered by its pack".into()),
            Stands::InvoicedOn { .. } => ("G1", "on a posted document".into()),
            Stands::Invoiced if results.posted.knows(entry.position()) => ("G1", "closed in the ledger".into()),
            Stands::Invoiced => ("4", "invoiced as the export says".into()),
            Stands::CoveredBy(_) => ("W6", "covered by a pack".into()),
            Stands::Covered if results.links.draws.asks(entry.position()) => ("W6", "covered by a pack".into()),
            Stands::Covered => {
                let line = results.links.shown_line(results.world, entry).map(|(line, _)| results.world.lines.at(line));
                match line.map(|line| line.policy) {
                    Some(Policy::Time) => ("G12", "covered by what was billed of its line by quantity".into()),
                    policy => ("4", format!("its line is {}", policy.map_or("gone", Policy::name)).into()),
                }
            }
            Stands::Held(position) => {
                let position = position as usize;
                let rule = results.billing.held.get(position).map_or("4", |held| held.hold.rule());
                (rule, self.held.get(position).map_or("", |reason| &**reason).into())
            }
            Stands::Open(disposition) | Stands::OpenOn(disposition, _) => self.why_open(disposition, entry),
        }
    }

    fn why_open(&self, disposition: Disposition, entry: &EntryView<'_>) -> (&'static str, Cow<'_, str>) {
        let Results { world, settings, links, posted, .. } = self.results;
        match disposition {
            Disposition::Quarantined => {
                let at = self.rejected.binary_search_by_key(&entry.place(), |(place, _)| *place).ok();
                let codes = at.and_then(|at| self.codes.get(self.rejected.get(at)?.1 as usize));
                ("2", codes.map_or("", String::as_str).into())
            }
            Disposition::Duplicate => ("2", "counts once, with another row of its id".into()),
            Disposition::NonBillable => match decide(world, settings, links, posted, entry).non_billable {
                Some(NonBillable::Team) => ("L4", "its team bills no time".into()),
                Some(NonBillable::Entry) => ("L5", "marked as not billable".into()),
                Some(NonBillable::Adjustment(idx)) => ("8", world.adjustments.text_of(idx).into()),
                Some(NonBillable::Order) | None => ("L5", "order not confirmed".into()),
            },
            Disposition::AfterPeriod => ("4", "dated after the period".into()),
            _ => ("4", reason_of(self.results, entry, disposition).into()),
        }
    }

    /// What the hours cost, in which currency, and whether nobody agreed on that price (E9).
    fn worth(
        &self,
        part: &RegisterPart,
        entry: &EntryView<'_>,
        line: Option<Idx<OrderLine>>,
    ) -> Option<(Money, Currency, bool)> {
        let (values, hours) = (&self.values, part.hours);
        let (worth, estimated) = match part.stands {
            Stands::Drafted { .. } => {
                let (draft, of) = self.on_draft(part)?;
                (values.on_draft(draft, of, entry, hours), false)
            }
            Stands::Held(at) => (values.held(self.results.links, self.held(at), entry, hours), false),
            Stands::OpenOn(..) | Stands::Open(Disposition::BeforePeriod | Disposition::AfterPeriod) => {
                (values.by_time(line?, entry, hours), false)
            }
            Stands::Open(Disposition::Unassigned) => (values.estimated(entry, hours), true),
            _ => return None,
        };
        worth.map(|(money, currency)| (money, currency, estimated))
    }
}

columns! {
    ENTRIES, entry(common: &Common<'_>, part: &RegisterPart, entry: &EntryView<'_>) {
        let (results, world) = (common.results, common.results.world);
        let place = entry.place();
        let (line, linked_by) = common.line_of(part, entry);
        let of_line = line.map(|idx| world.lines.at(idx));
        let customer = of_line.map(|line| line.customer).or_else(|| world.customer_of(entry));
        let unknown = entry.circumstance().map_or("", |circumstance| &circumstance.unknown_customer);
        let left = common.left_line(part);
        let customer = left.and_then(|(_, left)| left.customer.as_deref()).unwrap_or_else(|| {
            customer.map_or(unknown, |customer| world.customers.id(customer))
        });
        let (rule, reason) = common.why(part, entry);
        let worth = common.worth(part, entry, line);
        let on_draft = common.on_draft(part);
        let line_no = match part.stands {
            Stands::Drafted { line, .. } => Some(i64::from(line) + 1),
            _ => None,
        };
        let document = match part.stands {
            Stands::InvoicedOn { document, .. } | Stands::CoveredOn { document, .. } => results.posted.document_called(document),
            _ => "",
        };
    } => {
        timesheet_id Text [0] "id of the entry": entry.id(),
        part Count [3] "from 1, in the order billed, covered, already invoiced, held, rest: rows with 1 are the rows read": Some(part.number.into()),
        input Text "`timesheets`": Input::Timesheets.name(),
        file Text [1] "the file": results.files.get(place.file.0 as usize).or_bug("every file that was read has a name"),
        row Count [2] "number of the row in it, from 1": i64::try_from(place.row).ok(),
        date Date "of the work": entry.date(),
        employee Text "who worked": entry.details().0,
        ticket_id Text "what for": entry.ticket.map_or("", |ticket| world.tickets.id(ticket)),
        customer_id Text "of its order line, else of its ticket or its own": customer,
        order_id Text "the order of the line": of_line.map_or(left.map_or("", |(_, left)| &left.order), |line| world.orders.id(line.order)),
        order_line_id Text "the order line on which the hours stand": line.map_or(left.map_or("", |(id, _)| id), |line| world.lines.id(line)),
        linked_by Text "what names that line: `entry`, `ticket`, `auto`, `adjustment`, `ledger`, `agreement`": if left.is_some() { LinkedBy::Ledger.name() } else { linked_by },
        rule Text "the rule that decided ([rules.md](rules.md))": rule,
        disposition Text "one of §4": part.stands.disposition().name(),
        reason Text "why; of rows in quarantine the codes of their errors": &reason,
        hours Hours "that stand there": Some(part.hours.into()),
        hours_us Count "the same in whole microseconds; 0 where hours cannot be read": Some(part.hours.micros()),
        entry_hours Hours "of the whole row": Some(entry.hours.into()),
        value Money "hours x price, rounded once per row: billed and held ones at their price, late, later and unassigned ones as `leaks` has it; else empty": worth.as_ref().map(|(value, currency, _)| (*value, *currency)),
        value_estimated Flag "nobody agreed on that price (E9)": worth.as_ref().map(|(_, _, estimated)| *estimated),
        currency Text "of the value": worth.as_ref().map_or("", |(_, currency, _)| currency.code()),
        invoice_id Text "the draft": on_draft.map_or("", |(draft, _)| &draft.id),
        line_no Count "its line": line_no,
        document_id Text "the document of the ledger": document,
        late Flag "open hours dated before the period": Some(common.is_late(part, entry)),
    }
}

columns! {
    CLOSED_ENTRIES, closed_entry(common: &Common<'_>, part: &RegisterPart, entry: &EntryView<'_>) {
        let (results, world) = (common.results, common.results.world);
        let (line, _) = common.line_of(part, entry);
        let value = common.worth(part, entry, line).map(|(value, currency, _)| (value, currency));
        let whole = (part.number == 1).then_some(&common.values);
        let worth = whole.and_then(|values| values.beyond_packs(results.links, results.posted, entry));
        let currency = value.or(worth).map(|(_, currency)| currency);
        let worth = worth.filter(|(_, of)| Some(*of) == currency);
        let left = common.left_line(part);
    } => {
        timesheet_id Text "id of the entry": entry.id(),
        part Count "as in the table entries": Some(part.number.into()),
        date Date "of the work": entry.date(),
        company Text "to which its hours belong": results.links.company_of(world, entry),
        ticket_id Text "what for": entry.ticket.map_or("", |ticket| world.tickets.id(ticket)),
        names_line_id Text "the order line that it or its ticket names": entry.line.map_or("", |line| world.lines.id(line)),
        order_line_id Text "the order line on which the hours stand": line.map_or(left.map_or("", |(id, _)| id), |line| world.lines.id(line)),
        disposition Text "one of §4": part.stands.disposition().name(),
        hours_us Count "that stand there, in microseconds": Some(part.hours.micros()),
        entry_hours_us Count "of the whole row": Some(entry.hours.micros()),
        value Money "as in the table entries": value,
        worth Money "in part 1: what the hours of the row that no pack covers cost at the price of its order line": worth,
        currency Text "of both": currency.as_ref().map_or("", |currency| currency.code()),
    }
}
