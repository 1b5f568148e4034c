//! Confirmed order lines with what was ordered, delivered, billed and remains (H1-H4).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Results, Table, TableColumn, columns, joined, table};
use crate::account::{Balance, in_unit};
use crate::bill::{PartKind, invoiced};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::OrderLine;
use crate::quantity::{HoursSum, Quantity};
use crate::statement::{PackHeader, Statements};

/// What the drafts take of a line.
#[derive(Clone, Copy)]
struct Billed {
    hours: HoursSum,
    /// Parts may be held of which others make up for: in millionths.
    quantity: i128,
}

impl Billed {
    const NOTHING: Billed = Billed { hours: HoursSum::ZERO, quantity: 0 };
}

pub(super) fn order_lines(results: Results<'_>) -> Table<'_> {
    let world = results.world;
    let mut billed: HashMap<Idx<OrderLine>, Billed> = HashMap::new();
    for part in results.billing.drafts.iter().flat_map(|draft| &draft.parts) {
        let Some(line) = part.order_line() else { continue };
        let of_line = billed.entry(line).or_insert(Billed::NOTHING);
        of_line.hours += part.hours;
        // B2: what is billed beyond a pack is none of the quantity that is ordered and invoiced of it.
        if part.kind != PartKind::Overage {
            of_line.quantity += i128::from(part.quantity.or_bug("a line of a draft has a quantity").micros());
        }
    }
    let mut lines: Vec<Idx<OrderLine>> =
        world.lines.iter().filter(|(_, line)| line.confirmed).map(|(idx, _)| idx).collect();
    lines.sort_by_key(|&idx| world.lines.id(idx));
    let with_packs = results.pack_draws.is_some();
    let columns: &[TableColumn] = if with_packs { &ORDER_LINES_WITH_PACKS } else { ORDER_LINES };
    table("order_lines", columns, lines.len(), move |row, out| {
        let idx = *lines.get(row).or_bug("every row is of a line");
        let billed = billed.get(&idx).copied().unwrap_or(Billed::NOTHING);
        order_line(results, idx, world.lines.at(idx), billed, out);
        if with_packs {
            pack_hours(results, idx, world.lines.at(idx), out);
        }
    })
}

columns! {
    ORDER_LINES, order_line(results: Results<'_>, idx: Idx<OrderLine>, line: &OrderLine, billed: Billed) {
        let (world, rules) = (results.world, &results.settings.rules);
        let hours = results.account.line(idx);
        let balance = Balance::of(line, &hours);
        let invoiced = invoiced(results.account, results.posted, results.settings, idx, line);
        let priced = world.agreements.of_line(idx).is_none_or(|says| says.priced.has_price);
    } => {
        order_line_id Text [0] "id": world.lines.id(idx),
        order_id Text "its order": world.orders.id(line.order),
        customer_id Text "who ordered it": world.customers.id(line.customer),
        product Text "what is sold": &line.product,
        invoicing_policy Text "`ordered_prepaid`, `delivered_timesheet`, `delivered_milestones`, `delivered_manual`": line.policy.name(),
        uom Text "the unit of its quantities": &line.uom,
        ordered_qty Decimal "as exported": Some(line.ordered.micros()),
        ordered_hours Hours "H2; empty when the unit is no unit of time": line.ordered_hours(),
        delivered_hours Hours "H1, of all dates; of packs that give by minimums what they gave (M7)": Some(hours.delivered()),
        delivered_qty Decimal "the same in the unit (H3)": in_unit(line, hours.delivered(), rules).map(Quantity::micros),
        remaining_hours Hours "H2, of prepaid lines; may be negative": balance.map(|balance| balance.remaining()),
        overdrawn Flag "H4: more is delivered than ordered": Some(balance.is_some_and(|balance| balance.overdrawn())),
        upsell Flag "H4: more than the threshold is": Some(balance.is_some_and(|balance| balance.upsell(line.upsell_threshold))),
        delivered_before Hours "of them, dated before the period": Some(hours.before),
        delivered_in_period Hours "inside": Some(hours.inside),
        delivered_after Hours "and after it": Some(hours.after),
        billed_hours Hours "on drafts of this run": Some(billed.hours),
        invoiced_qty Decimal "invoiced before this run": invoiced.map(Quantity::micros),
        to_invoice_qty Decimal "on drafts of this run, without hours beyond a pack; empty when no quantity holds it": i64::try_from(billed.quantity).ok(),
        unit_price Decimal "of one unit; empty for agreements that say none": priced.then(|| world.terms(idx, line, None).price.micros()),
        currency Text "ISO 4217": line.currency.code(),
    }
}

columns! {
    PACK_HOURS, pack_hours(results: Results<'_>, idx: Idx<OrderLine>, line: &OrderLine) {
        let of_pack = results.pack_hours(idx).filter(|_| line.is_pack());
    } => {
        used_hours Hours "of a pack: drawn on it": of_pack.map(|of| of.used),
        expired_hours Hours "of a pack: what was left at the end of its last day, where that lies before the end of the period or is it (W5)": of_pack.map(|of| of.expired),
        overage_hours Hours "of a pack: hours beyond it, on whatever line, or held (W7)": of_pack.map(|of| of.overage),
    }
}

/// Behind the others, where the job uses W12's columns.
pub(super) const ORDER_LINES_WITH_PACKS: [TableColumn; ORDER_LINES.len() + PACK_HOURS.len()] =
    joined(&[ORDER_LINES, PACK_HOURS]);

/// A pack as a close keeps it.
struct ClosedPack<'a> {
    id: &'a str,
    customer: &'a str,
    company: &'a str,
    /// `None` of a pack that the orders do not sell any more.
    balance: Option<Balance>,
    left: HoursSum,
}

/// K6: the packs as a close keeps them, with what was left of each at the end of its month (K8): what statements tell of it, hours that had
/// expired taken off; those among them that the orders do not sell any more (S2).
pub fn closed_packs<'a>(results: Results<'a>, statements: &'a Statements, company: Option<&str>) -> Table<'a> {
    let world = results.world;
    let told = || statements.all.iter().flat_map(|of| &of.packs);
    let closing: BTreeMap<&str, HoursSum> = told().map(|of| (of.pack.id.as_str(), of.closing)).collect();
    let lines = world.lines.iter().filter(|(_, line)| line.confirmed);
    let sold = lines.filter_map(|(idx, line)| {
        let balance = Balance::by_then(line, &results.account.line(idx), results.settings)?;
        let [id, customer] = [world.lines.id(idx), world.customers.id(line.customer)];
        let left = closing.get(id).copied().unwrap_or_else(|| balance.remaining());
        Some(ClosedPack { id, customer, company: world.companies.id(line.company), balance: Some(balance), left })
    });
    let mut packs: Vec<ClosedPack<'a>> = sold.collect();
    let known: BTreeSet<&str> = packs.iter().map(|of| of.id).collect();
    let left = told().filter(|of| !known.contains(of.pack.id.as_str())).map(|of| {
        let PackHeader { id, customer, company, .. } = &of.pack;
        ClosedPack { id, customer, company, balance: None, left: of.closing }
    });
    packs.extend(left);
    packs.retain(|of| company.is_none_or(|company| of.company == company));
    packs.sort_by_key(|of| of.id);
    table("closed_packs", CLOSED_PACKS, packs.len(), move |row, out| {
        closed_pack(packs.get(row).or_bug("every row is of a pack"), out);
    })
}

columns! {
    CLOSED_PACKS, closed_pack(pack: &ClosedPack<'_>) {
    } => {
        order_line_id Text "id": pack.id,
        customer_id Text "who ordered it": pack.customer,
        company Text "its company": pack.company,
        ordered_hours Hours "H2; this and the next: empty of one that the orders do not sell any more": pack.balance.as_ref().map(|of| of.ordered),
        delivered_hours Hours "up to the end of the month": pack.balance.as_ref().map(|of| of.delivered),
        remaining_hours Hours "what was left then, without hours that had expired; may be negative": Some(pack.left),
    }
}
