//! The proof that no hour is lost or billed twice (promise 1): totals on two independent paths, compared before anything is published.
//!
//! One path sums what was read, row by row, before any rule ran. The other sums the dispositions as they ended up. Drafts and order
//! lines are a third and fourth way to the same hours.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::account::{Account, Disposition, Total, Totals};
use crate::bill::{Billing, DraftLine, PartKind, Rate, available, carried};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::link::{Links, Stand, billed_on};
use crate::model::{Chunk, EntryTotals, EntryView, Minimum, MinimumGroup, Order, OrderLine, Policy, World};
use crate::posted::{DownPaymentBalances, Posted};
use crate::quantity::{Hours, HoursSum, Money, Percent, UnitPrice};
use crate::register::Register;
use crate::settings::BillingSettings;

/// The control totals of a run (§9.3, `control`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Control {
    pub read: Total,
    pub totals: Totals,
    pub unreadable_hours_rows: u64,
    pub entry_hash: u128,
}

impl Control {
    /// Adds the totals of another part of the same run.
    pub fn add(&mut self, other: &Control) {
        self.read.merge(&other.read);
        self.totals.add_all(&other.totals);
        self.unreadable_hours_rows += other.unreadable_hours_rows;
        self.entry_hash = self.entry_hash.wrapping_add(other.entry_hash);
    }
}

/// A control that failed, in words: two figures that should be equal and are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed(pub String);

/// The totals, or every control that failed. `rows_in_files` is the reader's own count of timesheet rows.
pub fn prove(
    world: &World,
    settings: &BillingSettings,
    read: &EntryTotals,
    rows_in_files: u64,
    account: &Account,
    billing: &Billing,
    posted: &Posted,
) -> Result<Control, Vec<Failed>> {
    let totals = account.totals(world);
    let mut controls = Controls::default();
    let sum = totals.sum();
    // Rows that other parts of the run count are in the files too.
    let elsewhere: u64 = read.elsewhere.values().map(|file| file.rows).sum();
    controls.equal("timesheet rows in the files", rows_in_files, "rows checked", read.rows + elsewhere);
    controls.equal("rows read", read.rows, "rows of all dispositions", sum.rows);
    controls.equal("hours read", read.hours, "hours of all dispositions", sum.hours);

    let billed = total_of(billing.drafts.iter().flat_map(|draft| &draft.parts));
    let held = total_of(billing.held.iter().map(|held| &held.part));
    for (name, disposition, parts) in [("billed", Disposition::Billed, billed), ("held", Disposition::Held, held)] {
        let total = totals.of(disposition);
        // An entry billed in part is one row of its own disposition, and stands on a part for every share of its hours.
        let rows = total.rows + account.rows_apart(disposition);
        controls.equal(&format!("{name} entries"), rows, "entries of the drafts", parts.rows);
        controls.equal(&format!("{name} hours"), total.hours, "hours of the drafts", parts.hours);
    }

    let delivered: HoursSum = world.lines.of_every_part().map(|(line, _)| account.line(line).delivered()).sum();
    let on_lines = [
        Disposition::AlreadyInvoiced,
        Disposition::Covered,
        Disposition::BeforePeriod,
        Disposition::AfterPeriod,
        Disposition::Held,
        Disposition::Billed,
    ];
    let on_lines: HoursSum = on_lines.into_iter().map(|disposition| totals.of(disposition).hours).sum();
    let delivered = delivered - account.delivered_in_ledger + account.undelivered;
    controls.equal("hours delivered on order lines", delivered, "hours of entries on order lines", on_lines);

    controls.failed.extend(billing.impossible.iter().cloned().map(Failed));
    for draft in &billing.drafts {
        let amounts = &draft.amounts;
        let lines = draft.parts.iter().try_fold(Money::ZERO, |sum, part| sum.checked_add(part.net?));
        let taxes = amounts.taxes.iter().try_fold(Money::ZERO, |sum, tax| sum.checked_add(tax.amount));
        let total = lines.zip(taxes).and_then(|(lines, taxes)| lines.checked_add(taxes)?.checked_add(amounts.rounding));
        controls.equal(
            &format!("total of draft {}", draft.id),
            Some(amounts.total),
            "its lines, taxes and rounding",
            total,
        );
    }
    uplifts(world, settings, billing, posted, &mut controls);
    deductions(world, settings, billing, &posted.down_payments, &mut controls);
    if controls.failed.is_empty() {
        let read_total = Total { rows: read.rows, hours: read.hours };
        let unreadable_hours_rows = read.unreadable_hours_rows;
        Ok(Control { read: read_total, totals, unreadable_hours_rows, entry_hash: read.hash })
    } else {
        Err(controls.failed)
    }
}

/// Proves W6, pack by pack: the hours drawn on a pack are the covered ones of the ledger, those that this run covers, and those that the
/// ERP has invoiced of entries which name the pack. There is nothing to prove where no entry asks packs.
pub fn prove_draws(world: &World, links: &Links, account: &Account, posted: &Posted) -> Result<(), Vec<Failed>> {
    let mut controls = Controls::default();
    if links.draws.is_empty() {
        return Ok(());
    }
    // One set of sums per thread, not per chunk: there may be many lines.
    let chunks = world.entries.chunk_list();
    let share = chunks.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
    let of_share = |chunks: &[Chunk]| {
        let mut portions = Portions::of(world);
        for entry in chunks.iter().flat_map(Chunk::iter).filter(EntryView::usable) {
            portions.add(world, links, account, posted, &entry);
        }
        portions
    };
    let shares: Vec<Portions> = chunks.par_chunks(share).map(of_share).collect();
    let mut portions = Portions::of(world);
    for (&(line, _), hours) in &posted.gone {
        portions.on(line).covered += *hours;
    }
    shares.iter().for_each(|share| portions.add_all(share));
    for (idx, _) in world.lines.iter().filter(|(_, line)| line.is_pack()) {
        let OnLine { covered, elsewhere } = *portions.on(idx);
        if elsewhere {
            continue;
        }
        let drawn = account.line(idx).delivered();
        controls.equal(&format!("hours drawn on pack {}", world.lines.id(idx)), drawn, "its covered portions", covered);
    }
    if controls.failed.is_empty() { Ok(()) } else { Err(controls.failed) }
}

/// What entries draw on a line.
#[derive(Clone, Copy, Default)]
struct OnLine {
    covered: HoursSum,
    /// Hours count on the line by other rules than those of packs: it is left out of the proof.
    elsewhere: bool,
}

/// What entries draw, by position of the order line.
struct Portions(Vec<OnLine>);

impl Portions {
    fn of(world: &World) -> Portions {
        Portions(vec![OnLine::default(); world.lines.len()])
    }

    fn on(&mut self, line: Idx<OrderLine>) -> &mut OnLine {
        self.0.get_mut(line.position()).or_bug("every order line has its portions")
    }

    fn add(&mut self, world: &World, links: &Links, account: &Account, posted: &Posted, entry: &EntryView<'_>) {
        let position = entry.position();
        if !links.draws.asks(position) {
            // What leads to no pack by these rules may count on one by others: posted elsewhere before, or the pack of another order.
            if let Some((line, _)) = links.line_of(world, entry) {
                self.on(line).elsewhere = true;
            }
            return;
        }
        // G12: what was billed by time of a line that sells a pack by now counts on it as well.
        if posted.closed(position).hours != Hours::ZERO {
            let pieces = posted.pieces(position).into_iter().filter(|piece| !piece.covered);
            let by_time = |line: &Idx<OrderLine>| billed_on(world, posted, *line) == Stand::TimeLine(*line);
            pieces.filter_map(|of| of.line.line()).filter(by_time).for_each(|line| self.on(line).elsewhere = true);
        }
        for (line, hours) in account.drawn(world, links, posted, entry) {
            // M7: with what the pack gives beyond them.
            let uplift = account.uplift(Idx::at(position), line);
            self.on(line).covered += HoursSum::from(hours) + HoursSum::from(uplift);
        }
    }

    fn add_all(&mut self, other: &Portions) {
        for (all, more) in self.0.iter_mut().zip(&other.0) {
            *all = OnLine { covered: all.covered + more.covered, elsewhere: all.elsewhere | more.elsewhere };
        }
    }
}

/// Proves E3: the register has as many first parts as rows were read, and all of its parts have the hours that were read.
pub fn prove_register(read: &EntryTotals, register: &Register) -> Result<(), Vec<Failed>> {
    let (mut controls, total) = (Controls::default(), register.total());
    controls.equal("rows read", read.rows, "first parts in the register", total.rows);
    controls.equal("hours read", read.hours, "hours in the register", total.hours);
    if controls.failed.is_empty() { Ok(()) } else { Err(controls.failed) }
}

/// What groups of a minimum are counted on (M2): the hours of a line at one price and discount.
type CountedOn = (Idx<OrderLine>, Minimum, UnitPrice, Percent);

/// Proves M4: the quantity of a line is that of the hours worked and of those billed beyond them, and these are what the minimum makes of
/// the hours of its groups.
fn uplifts(world: &World, settings: &BillingSettings, billing: &Billing, posted: &Posted, controls: &mut Controls) {
    let mut groups: BTreeMap<CountedOn, BTreeMap<MinimumGroup, HoursSum>> = BTreeMap::new();
    let mut billed: BTreeMap<CountedOn, HoursSum> = BTreeMap::new();
    let time = |part: &&DraftLine| matches!(part.kind, PartKind::Line(Policy::Time) | PartKind::Overage);
    for part in billing.drafts.iter().flat_map(|draft| &draft.parts).filter(time) {
        let line = (part.line, world.lines.at(part.line));
        let id = || world.lines.id(part.line);
        let carried = carried(settings, (posted, &billing.after_refunds), line, part);
        controls.equal(
            &format!("quantity of `{}`", id()),
            carried.is_some(),
            "that of its hours and their uplift",
            true,
        );
        let Some((minimum, _)) = part.minimum else {
            controls.equal(&format!("uplift of `{}`", id()), part.uplift, "without a minimum", HoursSum::ZERO);
            continue;
        };
        let at = (part.line, minimum, part.terms.price, part.terms.discount);
        *billed.entry(at).or_default() += part.hours + part.uplift;
        let of = groups.entry(at).or_default();
        for (_, entry, hours) in billing.portions(world, part) {
            if hours != Hours::ZERO {
                *of.entry(MinimumGroup::of_entry(world, minimum.per(), &entry)).or_default() += hours;
            }
        }
    }
    // What is held would have been billed among the others: nobody can tell the others' share by itself.
    let held: BTreeSet<Idx<OrderLine>> = billing.held.iter().map(|held| held.part.line).collect();
    for ((line, minimum, price, discount), now) in groups.into_iter().filter(|((line, ..), _)| !held.contains(line)) {
        let before = billing.after_refunds.groups(posted).closed(world.lines.id(line), price, discount, minimum);
        let of_group = |(group, now): (&MinimumGroup, &HoursSum)| {
            let mut before = before.get(group).copied().unwrap_or_default();
            before.add(minimum, *now)
        };
        let expected: HoursSum = now.iter().map(of_group).sum();
        let billed = billed.get(&(line, minimum, price, discount)).copied().unwrap_or_default();
        let what = format!("hours billed of `{}`", world.lines.id(line));
        controls.equal(&what, billed, "what its minimum makes of them", expected);
    }
}

/// Proves D3: no more of a down payment is deducted than is left of it.
fn deductions(
    world: &World,
    settings: &BillingSettings,
    billing: &Billing,
    balances: &DownPaymentBalances,
    controls: &mut Controls,
) {
    let mut deducted: BTreeMap<(Idx<Order>, &str, &[Rate]), i128> = BTreeMap::new();
    for part in billing.drafts.iter().flat_map(|draft| &draft.parts) {
        if let (PartKind::Deduction(line), Some(net)) = (&part.kind, part.net) {
            let order = world.lines.at(part.line).order;
            *deducted.entry((order, &line.request, &line.rates)).or_default() -= net.minor();
        }
    }
    if deducted.is_empty() {
        return;
    }
    let available = available(world, settings, balances).orders;
    for ((order, request, rates), deducted) in deducted {
        let one = available.get(&order).and_then(|all| all.iter().find(|one| one.request == request));
        let left = one.and_then(|one| one.sets.iter().find(|set| set.rates == rates)).map_or(0, |set| set.left.minor());
        let within = (left.min(0)..=left.max(0)).contains(&deducted);
        let what = format!(
            "deductions of `{request}` of order `{}`, {deducted}, within what is left, {left}",
            world.orders.id(order)
        );
        controls.equal(&what, within, "they should be", true);
    }
}

fn total_of<'a>(parts: impl Iterator<Item = &'a DraftLine>) -> Total {
    parts.fold(Total::default(), |mut total, part| {
        total.rows += part.entry_count() as u64;
        total.hours += part.hours;
        total
    })
}

#[derive(Default)]
struct Controls {
    failed: Vec<Failed>,
}

impl Controls {
    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, one: &str, value: T, other: &str, other_value: T) {
        if value != other_value {
            self.failed.push(Failed(format!("{one} are {value:?}, {other} are {other_value:?}")));
        }
    }
}
