//! D2 and D3: what drafts take off for down payments that are posted or that the ERP invoiced.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::down_payment::{self, Lines, TaxSet};
use super::draft_line::{DownPaymentLine, DraftLine, PartKind};
use super::group::DraftKey;
use super::tax::{Rate, TaxSums, tax_set};
use super::{Held, Hold};
use crate::account::Account;
use crate::bug::OrBug;
use crate::down_payment::{DownPaymentBalance, DownPaymentBalances, DownPaymentParties, PostedDownPayment, erp_key};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::model::{Company, Customer, Order, OrderLine, Policy, World};
use crate::posted::{Posted, invoiced_quantity, to_invoice};
use crate::quantity::{Currency, MICROS_PER_ONE, Money, Quantity, divide_rounded};
use crate::settings::{BillingSettings, DownpaymentDeduction};

/// A down payment of which something is left.
#[derive(Clone, Debug)]
pub struct Available {
    /// What the down payment is known by beside its order ([`crate::down_payment`]).
    pub request: String,
    pub currency: Currency,
    /// Only drafts between them can deduct it.
    pub parties: DownPaymentParties,
    /// Of a down payment that the ERP invoiced: its order line.
    pub erp_line: Option<Idx<OrderLine>>,
    /// The rounding amount (BT-114) of the document that asked for it: the draft that takes off the last of it takes off this, too.
    pub rounding: Money,
    /// Sorted by rates.
    pub sets: Vec<AvailableSet>,
}

/// What is left of one tax set of a down payment.
#[derive(Clone, Debug)]
pub struct AvailableSet {
    pub rates: Vec<Rate>,
    pub names: Vec<String>,
    /// A line of the order with these taxes, else any.
    pub line: Idx<OrderLine>,
    /// Posted less credited.
    pub paid: Money,
    /// What is left to take off (D3).
    pub left: Money,
}

/// Everything that could be deducted at the start of a run, by order, sorted by request; and orders whose down payments cannot be told.
#[derive(Default)]
pub struct AllAvailable {
    pub orders: BTreeMap<Idx<Order>, Vec<Available>>,
    /// B9: the ERP's down payment has a tax that is unknown.
    pub unknown_taxes: BTreeSet<Idx<Order>>,
    pub findings: Vec<Finding>,
}

/// Gathers them from the ledger's balances and the ERP's order lines.
pub fn available(world: &World, settings: &BillingSettings, balances: &DownPaymentBalances) -> AllAvailable {
    let mut all = AllAvailable::default();
    let in_ledger: BTreeSet<Idx<Order>> = balances.orders().filter_map(|order| world.orders.find(order)).collect();
    let lines = down_payment::lines_of(world, &in_ledger);
    all.findings.extend(of_unknown_orders(world, balances, &lines));
    for &order in &in_ledger {
        // Orders without a line are told by themselves.
        let Some(of_order) = lines.get(&order).filter(|lines| !lines.is_empty()) else { continue };
        // What the ERP asked for stands in the orders.
        let asked = balances.of_order(world.orders.id(order)).filter(|(_, posted)| !posted.is_of_the_erp());
        for (request, posted) in asked.filter(|(_, posted)| !posted.reopened) {
            let of_set = |(rates, balance): (&Vec<Rate>, &DownPaymentBalance)| {
                let (line, names) = names_of(world, settings, of_order, rates).or_bug("the order has a line");
                let paid = balance.posted.checked_add(balance.credited.negated());
                let (paid, left) = paid.zip(balance.left()).or_bug("the ledger has no balance that does not fit");
                AvailableSet { rates: rates.clone(), names, line, paid, left }
            };
            let sets = posted.sets.iter().map(of_set).filter(is_left).collect();
            let (request, currency, rounding) = (request.to_owned(), posted.currency, posted.rounding);
            let parties = posted.parties.clone().or_bug("a posted down payment is on a document of the ledger");
            all.add(order, Available { request, currency, parties, erp_line: None, rounding, sets });
        }
    }
    for (idx, line) in world.lines.iter().filter(|(_, line)| line.confirmed && line.is_downpayment) {
        let id = world.lines.id(idx);
        let request = erp_key(id);
        let posted = balances.get(world.orders.id(line.order), &request);
        if line.invoiced <= Quantity::ZERO {
            all.findings.extend(unclear(world, idx, posted));
            continue;
        }
        let Some(rates) = tax_set(settings, line) else {
            all.unknown_taxes.insert(line.order);
            let message = format!("a tax of order line `{id}`, a down payment, is neither declared nor a percentage");
            let (code, subject, place) = (Code::UnknownTax, Subject::OrderLine, Some(line.place));
            all.findings.push(Finding { code, subject, id: id.to_owned(), message, place });
            continue;
        };
        let known = posted.and_then(|posted| posted.sets.get(&rates));
        let deducted = known.map_or(Money::ZERO, |balance| balance.deducted);
        let paid = world.net_of(idx, line.invoiced);
        let Some((paid, left)) = paid.and_then(|paid| Some((paid, paid.checked_sub(deducted)?))) else {
            let message = format!("the amount of `{id}`, a down payment, is too large to be held exactly");
            let (code, subject, place) = (Code::AmountTooLarge, Subject::OrderLine, Some(line.place));
            all.findings.push(Finding { code, subject, id: id.to_owned(), message, place });
            continue;
        };
        let set = AvailableSet { rates, names: line.taxes.clone(), line: idx, paid, left };
        let sets: Vec<AvailableSet> = Some(set).filter(is_left).into_iter().collect();
        let [company, customer] = [world.companies.id(line.company), world.customers.id(line.billed_customer())];
        let parties = DownPaymentParties { company: company.to_owned(), customer: customer.to_owned() };
        let (currency, rounding) = (line.currency, Money::ZERO);
        all.add(line.order, Available { request, currency, parties, erp_line: Some(idx), rounding, sets });
    }
    for available in all.orders.values_mut() {
        available.sort_by(|a, b| a.request.cmp(&b.request));
    }
    all
}

impl Available {
    /// D2: the draft is in the currency of the down payment, by the company that asked for it and for the customer that paid it.
    fn fits(&self, world: &World, key: &DraftKey) -> bool {
        self.is_for(world, (key.company, key.party, key.currency))
    }

    /// What to say where no line of the order is billed between them any more.
    fn between_others(&self) -> String {
        let DownPaymentParties { company, customer } = &self.parties;
        let by = if company.is_empty() { String::new() } else { format!(" by `{company}`") };
        let currency = self.currency;
        format!("; it was asked for{by} of `{customer}` in {currency}, and no line of the order is billed so any more")
    }

    fn is_for(&self, world: &World, of: (Idx<Company>, Idx<Customer>, Currency)) -> bool {
        let (company, customer, currency) = of;
        self.currency == currency && self.parties.are(world.companies.id(company), world.customers.id(customer))
    }
}

impl AllAvailable {
    fn add(&mut self, order: Idx<Order>, available: Available) {
        if !available.sets.is_empty() {
            self.orders.entry(order).or_default().push(available);
        }
    }
}

/// D3: what is left of down payments of orders that have no line to take it off.
fn of_unknown_orders<'a>(
    world: &'a World,
    balances: &'a DownPaymentBalances,
    lines: &'a Lines,
) -> impl Iterator<Item = Finding> + use<'a> {
    let known = |id: &&str| world.orders.find(id).is_some_and(|order| lines.contains_key(&order));
    let all = balances.orders().filter(move |id| !known(id));
    let all = all.flat_map(|id| balances.of_order(id).map(move |(request, posted)| (id, request, posted)));
    all.filter(|(_, _, posted)| !posted.reopened && !posted.is_of_the_erp()).filter_map(|(id, request, posted)| {
        let mut lefts = posted.sets.values().map(|balance| balance.left());
        let left = lefts.try_fold(Money::ZERO, |sum, left| sum.checked_add(left?))?;
        let found = carried(id, request, left, posted.currency)?;
        let message = format!("{}; the export has no confirmed line of the order", found.message);
        Some(Finding { message, ..found })
    })
}

/// The finding that something of a down payment is left (D3); `None` when nothing is.
fn carried(order: &str, request: &str, left: Money, currency: Currency) -> Option<Finding> {
    let left = Some(left).filter(|left| *left != Money::ZERO)?.text(currency);
    let message = format!("{left} {currency} net of the down payment `{request}` of order `{order}` is left");
    let (code, subject, id) = (Code::DownPaymentCarried, Subject::Order, order.to_owned());
    Some(Finding { code, subject, id, message, place: None })
}

/// D4: the finding about a down payment of the ERP of which nothing is invoiced: it may be partly credited there, not invoiced yet, or used
/// up. The ledger knows of the last when drafts of ours used it.
fn unclear(world: &World, idx: Idx<OrderLine>, posted: Option<&PostedDownPayment>) -> Option<Finding> {
    let (id, line) = (world.lines.id(idx), world.lines.at(idx));
    let quantity = if line.invoiced == Quantity::ZERO { Quantity::from_micros(MICROS_PER_ONE) } else { line.invoiced };
    let amount = world.net_of(idx, quantity)?;
    let mut deducted = posted.into_iter().flat_map(|posted| posted.sets.values().map(|balance| balance.deducted));
    let deducted = deducted.try_fold(Money::ZERO, Money::checked_add)?;
    let amount = amount.checked_sub(deducted)?;
    let message = format!(
        "`{id}` is a down payment with a price of {} and {} invoiced: {} {} of it are not deducted",
        world.terms(idx, line, None).price,
        line.invoiced,
        amount.text(line.currency),
        line.currency
    );
    let (code, subject, place) = (Code::DownPaymentUnclear, Subject::OrderLine, Some(line.place));
    (amount != Money::ZERO).then(|| Finding { code, subject, id: id.to_owned(), message, place })
}

/// Something of what was paid is left; a balance of the other sign is none.
fn is_left(set: &AvailableSet) -> bool {
    set.left != Money::ZERO && set.left.is_negative() == set.paid.is_negative()
}

/// A line of the order that has these taxes, with its names for them; else the order's first line, with names that say the rates.
fn names_of(
    world: &World,
    settings: &BillingSettings,
    lines: &[Idx<OrderLine>],
    rates: &[Rate],
) -> Option<(Idx<OrderLine>, Vec<String>)> {
    let same = |line: &&Idx<OrderLine>| tax_set(settings, world.lines.at(**line)).is_some_and(|set| set == rates);
    match lines.iter().find(same) {
        Some(&line) => Some((line, world.lines.at(line).taxes.clone())),
        None => {
            let name = |rate: &Rate| format!("{}% ({})", rate.percent, rate.category);
            Some((*lines.first()?, rates.iter().map(name).collect()))
        }
    }
}

/// Takes down payments off the drafts of a run, one after another.
pub(super) struct Deductions<'a> {
    world: &'a World,
    settings: &'a BillingSettings,
    account: &'a Account,
    posted: &'a Posted,
    orders: BTreeMap<Idx<Order>, Vec<Available>>,
    unknown_taxes: BTreeSet<Idx<Order>>,
    lines: Lines,
    /// What drafts of this run bill of the lines of these orders.
    billed: HashMap<Idx<OrderLine>, i128>,
    /// Orders that drafts of this run bill.
    touched: BTreeSet<Idx<Order>>,
}

/// What one draft takes off for down payments.
pub(super) struct Taken {
    pub parts: Vec<DraftLine>,
    /// The rounding amounts of the down payments that are used up.
    pub rounding: Money,
    /// What is taken off where: order, position of the down payment, position of the tax set, amount.
    marks: Vec<(Idx<Order>, usize, usize, Money)>,
}

impl<'a> Deductions<'a> {
    pub fn new(
        world: &'a World,
        settings: &'a BillingSettings,
        account: &'a Account,
        posted: &'a Posted,
        all: AllAvailable,
    ) -> Deductions<'a> {
        let AllAvailable { orders, unknown_taxes, .. } = all;
        let lines = down_payment::lines_of(world, &orders.keys().copied().collect());
        let (billed, touched) = (HashMap::new(), BTreeSet::new());
        Deductions { world, settings, account, posted, orders, unknown_taxes, lines, billed, touched }
    }

    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Why the lines of an order cannot be billed.
    pub fn hold(&self, order: Idx<Order>) -> Option<Hold> {
        self.unknown_taxes.contains(&order).then_some(Hold::UnknownTax)
    }

    /// What a draft of these parts takes off. `None` when an amount cannot be held exactly.
    pub fn take(&self, key: &DraftKey, parts: &[DraftLine]) -> Option<Taken> {
        let mut taken = Taken { parts: Vec::new(), rounding: Money::ZERO, marks: Vec::new() };
        let of_part = |part: &DraftLine| self.world.lines.at(part.line).order;
        let orders: BTreeSet<Idx<Order>> =
            parts.iter().map(of_part).filter(|order| self.orders.contains_key(order)).collect();
        if orders.is_empty() {
            return Some(taken);
        }
        let mut orders: Vec<Idx<Order>> = orders.into_iter().collect();
        orders.sort_by_key(|&order| self.world.orders.id(order));
        let mut draft = TaxSums::of(self.world, self.settings, parts)?;
        for order in orders {
            let own: Vec<&DraftLine> = parts.iter().filter(|part| of_part(part) == order).collect();
            self.take_order(key, order, &own, &mut draft, &mut taken)?;
        }
        Some(taken)
    }

    fn take_order(
        &self,
        key: &DraftKey,
        order: Idx<Order>,
        own: &[&DraftLine],
        draft: &mut TaxSums,
        taken: &mut Taken,
    ) -> Option<()> {
        let available: Vec<(usize, &Available)> =
            self.orders.get(&order)?.iter().enumerate().filter(|(_, one)| one.fits(self.world, key)).collect();
        let mut taking = Taking {
            settings: self.settings,
            draft,
            order: TaxSums::of(self.world, self.settings, own.iter().copied())?,
            rounding: taken.rounding,
        };
        let mut amounts: BTreeMap<(usize, usize), Money> = BTreeMap::new();
        let sets: Vec<(usize, usize, &AvailableSet)> = available
            .iter()
            .flat_map(|(nth, one)| one.sets.iter().enumerate().map(move |(set_nth, set)| (*nth, set_nth, set)))
            .collect();
        let rule = self.settings.rules.downpayment_deduction;
        let bases = match rule {
            DownpaymentDeduction::ProRata => self.progress(order, own)?,
            DownpaymentDeduction::Capped | DownpaymentDeduction::Full => Vec::new(),
        };
        let mut capped = Vec::new();
        for &(nth, set_nth, set) in &sets {
            let base = bases.iter().find(|(base, _)| base.rates == set.rates && base.base != Money::ZERO);
            match (rule, base) {
                (DownpaymentDeduction::Full, _) => taking.take(set, set.left, &mut amounts, (nth, set_nth))?,
                (DownpaymentDeduction::ProRata, Some((base, done))) => {
                    let amount = pro_rata(set, base.base, *done)?;
                    taking.take(set, amount, &mut amounts, (nth, set_nth))?;
                }
                (DownpaymentDeduction::ProRata | DownpaymentDeduction::Capped, _) => capped.push((nth, set_nth, set)),
            }
        }
        self.take_capped(own, &capped, &mut taking, &mut amounts)?;
        for (nth, one) in available {
            let of = |set_nth| amounts.get(&(nth, set_nth)).copied().unwrap_or(Money::ZERO);
            let all_left = one.sets.iter().enumerate().all(|(set_nth, set)| of(set_nth) == set.left);
            let used_up = all_left && one.sets.iter().any(|set| set.left != Money::ZERO);
            if used_up && one.rounding != Money::ZERO {
                taking.take_rounding(one.rounding, rule)?;
            }
            for (set_nth, set) in one.sets.iter().enumerate().filter(|(set_nth, _)| of(*set_nth) != Money::ZERO) {
                taken.marks.push((order, nth, set_nth, of(set_nth)));
                taken.parts.push(self.part(order, one, set, of(set_nth)));
            }
        }
        taken.rounding = taking.rounding;
        Some(())
    }

    /// `downpayment_deduction = "capped"`: takes off as much as leaves neither the draft nor the order's share of it below zero, first from
    /// lines with the same taxes, then from all others.
    fn take_capped(
        &self,
        own: &[&DraftLine],
        sets: &[(usize, usize, &AvailableSet)],
        taking: &mut Taking<'_>,
        amounts: &mut BTreeMap<(usize, usize), Money>,
    ) -> Option<()> {
        let mut nets: Vec<(Vec<Rate>, Money)> = Vec::new();
        for part in own {
            let rates = tax_set(self.settings, self.world.lines.at(part.line))?;
            match nets.iter_mut().find(|(known, _)| *known == rates) {
                Some((_, net)) => *net = net.checked_add(part.net?)?,
                None => nets.push((rates, part.net?)),
            }
        }
        let whole = take_mixed(sets, &mut nets, taking, amounts)?;
        let sets = || sets.iter().filter(|(nth, ..)| !whole.contains(nth));
        let positive = || sets().filter(|(_, _, set)| !set.left.is_negative());
        for &(nth, set_nth, set) in positive() {
            let Some((_, net)) = nets.iter_mut().find(|(rates, _)| *rates == set.rates) else { continue };
            let most = taking.most(set, set.left.min(*net).max(Money::ZERO))?;
            *net = net.checked_add(most.negated())?;
            taking.take(set, most, amounts, (nth, set_nth))?;
        }
        for &(nth, set_nth, set) in positive() {
            // It stays one line, whose tax is rounded once: what was taken before is taken anew.
            let before = amounts.get(&(nth, set_nth)).copied().unwrap_or(Money::ZERO);
            taking.take(set, before.negated(), amounts, (nth, set_nth))?;
            let most = taking.most(set, set.left)?;
            taking.take(set, most, amounts, (nth, set_nth))?;
        }
        // What an order's negative lines took off the down payment is given back with the last of it.
        for &(nth, set_nth, set) in sets().filter(|(_, _, set)| set.left.is_negative()) {
            let of_same = |(other, other_set, known): &&(usize, usize, &AvailableSet)| {
                *other == nth && !known.left.is_negative() && amounts.get(&(*other, *other_set)) != Some(&known.left)
            };
            if !sets().any(|other| of_same(&other)) {
                taking.take(set, set.left, amounts, (nth, set_nth))?;
            }
        }
        Some(())
    }

    /// The order's tax sets with the net of what is billed of them, before this run and in it: D2, the share of the order billed.
    fn progress(&self, order: Idx<Order>, own: &[&DraftLine]) -> Option<Vec<(TaxSet, Money)>> {
        let lines = self.lines.get(&order)?;
        let sets = down_payment::tax_sets(self.world, self.settings, lines).ok()?;
        let mut progress: Vec<(TaxSet, Money)> = sets.into_iter().map(|set| (set, Money::ZERO)).collect();
        for (idx, line) in lines.iter().map(|&idx| (idx, self.world.lines.at(idx))) {
            let rates = tax_set(self.settings, line)?;
            let now = own.iter().filter(|part| part.order_line() == Some(idx)).filter_map(|part| part.quantity);
            let now: i128 = now.map(|quantity| i128::from(quantity.micros())).sum();
            let before = invoiced(self.account, self.posted, self.settings, idx, line)?.micros();
            let in_run = self.billed.get(&idx).copied().unwrap_or(0);
            let quantity = i64::try_from(i128::from(before) + in_run + now).ok().map(Quantity::from_micros)?;
            let value = self.world.net_of(idx, quantity)?;
            if let Some((_, done)) = progress.iter_mut().find(|(set, _)| set.rates == rates) {
                *done = done.checked_add(value)?;
            }
        }
        Some(progress)
    }

    fn part(&self, order: Idx<Order>, one: &Available, set: &AvailableSet, amount: Money) -> DraftLine {
        let order = self.world.orders.id(order);
        let line = DownPaymentLine {
            request: one.request.clone(),
            rates: set.rates.clone(),
            taxes: set.names.clone(),
            description: format!("Down payment on order {order}, deducted ({})", one.request),
            erp_line: one.erp_line,
        };
        DraftLine::about_down_payment(PartKind::Deduction(Box::new(line)), set.line, amount.negated())
    }

    /// Notes that a draft is made, with what it bills and takes off: later drafts find less left.
    pub fn settle(&mut self, parts: &[DraftLine], taken: &Taken) {
        for part in parts {
            let line = self.world.lines.at(part.line);
            if !self.orders.contains_key(&line.order) {
                continue;
            }
            self.touched.insert(line.order);
            if let (Some(idx), Some(quantity)) = (part.order_line(), part.quantity) {
                // B3 makes a quantity of all parts of a line, but some of them may be held: those that are not may come to more.
                *self.billed.entry(idx).or_default() += i128::from(quantity.micros());
            }
        }
        for &(order, nth, set_nth, amount) in &taken.marks {
            let one = self.orders.get_mut(&order).and_then(|available| available.get_mut(nth));
            let set = one.and_then(|one| one.sets.get_mut(set_nth)).or_bug("what is taken off is of a down payment");
            set.left = set.left.checked_sub(amount).or_bug("no more is taken off than is left");
        }
    }

    /// D3: what is left for later drafts, of orders that this run bills and of those that have nothing more to bill.
    pub fn carried(self, held: &[Held]) -> Vec<Finding> {
        let left = |(order, one, between_others): (Idx<Order>, &Available, bool)| {
            let sum = one.sets.iter().try_fold(Money::ZERO, |sum, set| sum.checked_add(set.left))?;
            let found = carried(self.world.orders.id(order), &one.request, sum, one.currency)?;
            let why = if between_others { one.between_others() } else { String::new() };
            Some(Finding { message: found.message + &why, ..found })
        };
        let waiting: BTreeSet<Idx<OrderLine>> = match self.orders.is_empty() {
            true => BTreeSet::new(),
            false => held.iter().filter(|held| !held.hold.bills_nothing()).map(|held| held.part.line).collect(),
        };
        let told = self.orders.iter().flat_map(|(&order, available)| {
            let lines = || self.lines.get(&order).into_iter().flatten();
            let of_today =
                self.touched.contains(&order) || !lines().any(|line| waiting.contains(line) || self.bills_more(*line));
            let between_others = |one: &Available| {
                let mut lines = lines().map(|&line| self.world.lines.at(line));
                !lines.any(|line| one.is_for(self.world, (line.company, line.billed_customer(), line.currency)))
            };
            let with_others = available.iter().map(move |one| (order, one, between_others(one)));
            with_others.filter(move |(_, _, between_others)| of_today || *between_others).collect::<Vec<_>>()
        });
        told.filter_map(left).collect()
    }

    /// Something of the line is left for later runs, whatever holds it now.
    fn bills_more(&self, idx: Idx<OrderLine>) -> bool {
        let line = self.world.lines.at(idx);
        if line.policy == Policy::Time {
            let hours = self.account.line(idx);
            return hours.late_entries > 0 || !hours.after.is_zero();
        }
        let billed = self.billed.get(&idx).copied().unwrap_or(0);
        to_invoice(self.posted, idx, line).is_none_or(|left| i128::from(left.micros()) != billed)
    }
}

/// Takes off whole those down payments that have sets of both signs, where that leaves nothing below zero: their positive sets alone may be
/// too large. Returns their positions.
fn take_mixed(
    sets: &[(usize, usize, &AvailableSet)],
    nets: &mut [(Vec<Rate>, Money)],
    taking: &mut Taking<'_>,
    amounts: &mut BTreeMap<(usize, usize), Money>,
) -> Option<BTreeSet<usize>> {
    let with = |negative: bool| -> BTreeSet<usize> {
        sets.iter().filter(|(_, _, set)| set.left.is_negative() == negative).map(|(nth, ..)| *nth).collect()
    };
    let (negative, positive) = (with(true), with(false));
    let mut whole = BTreeSet::new();
    for &nth in negative.intersection(&positive) {
        let all = || sets.iter().filter(|(of, ..)| *of == nth);
        if !taking.fits(all().map(|(_, _, set)| *set))? {
            continue;
        }
        whole.insert(nth);
        for (_, set_nth, set) in all() {
            taking.take(set, set.left, amounts, (nth, *set_nth))?;
            if let Some((_, net)) = nets.iter_mut().find(|(rates, _)| *rates == set.rates) {
                *net = net.checked_sub(set.left)?;
            }
        }
    }
    Some(whole)
}

/// What an order line has invoiced before this run, in its unit.
pub fn invoiced(
    account: &Account,
    posted: &Posted,
    settings: &BillingSettings,
    idx: Idx<OrderLine>,
    line: &OrderLine,
) -> Option<Quantity> {
    match line.policy {
        Policy::Time => account.line(idx).invoiced_quantity(line, posted.line(idx), &settings.rules),
        Policy::Prepaid | Policy::Milestones | Policy::Manual => Some(invoiced_quantity(posted, idx, line)),
    }
}

/// D2: what was paid, times the share of the order that is billed, less what was deducted before. `base` is not 0; a negative one is
/// that of lines that give back (B11).
fn pro_rata(set: &AvailableSet, base: Money, done: Money) -> Option<Money> {
    let done = if base.is_negative() { done.max(base).min(Money::ZERO) } else { done.min(base).max(Money::ZERO) };
    let due = divide_rounded(set.paid.minor().checked_mul(done.minor())?, base.minor())?;
    let before = set.paid.checked_add(set.left.negated())?;
    let amount = Money::from_minor(due).checked_add(before.negated())?;
    Some(if set.left.is_negative() {
        amount.max(set.left).min(Money::ZERO)
    } else {
        amount.min(set.left).max(Money::ZERO)
    })
}

/// The totals of a draft while down payments are taken off it.
struct Taking<'a> {
    settings: &'a BillingSettings,
    draft: &'a mut TaxSums,
    order: TaxSums,
    rounding: Money,
}

impl Taking<'_> {
    /// All that is left of these sets can be taken off with neither the draft nor the order's share of it below zero.
    fn fits<'a>(&self, sets: impl Iterator<Item = &'a AvailableSet>) -> Option<bool> {
        let (mut draft, mut order) = (self.draft.clone(), self.order.clone());
        for set in sets {
            draft.add(set.left.negated(), &set.rates)?;
            order.add(set.left.negated(), &set.rates)?;
        }
        let draft = draft.total(self.settings)?.checked_add(self.rounding)?;
        Some(!draft.is_negative() && !order.total(self.settings)?.is_negative())
    }

    /// The largest amount up to `limit` that leaves neither the draft nor the order's share of it below zero.
    fn most(&self, set: &AvailableSet, limit: Money) -> Option<Money> {
        let fits = |amount: i128| -> Option<bool> {
            let net = Money::from_minor(amount).negated();
            let draft = self.draft.total_with(self.settings, net, &set.rates)?.checked_add(self.rounding)?;
            let order = self.order.total_with(self.settings, net, &set.rates)?;
            Some(!draft.is_negative() && !order.is_negative())
        };
        if limit <= Money::ZERO || !fits(0)? {
            return Some(Money::ZERO);
        }
        if fits(limit.minor())? {
            return Some(limit);
        }
        let (mut good, mut bad) = (0, limit.minor());
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if fits(middle)? {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Some(Money::from_minor(good))
    }

    fn take(
        &mut self,
        set: &AvailableSet,
        amount: Money,
        amounts: &mut BTreeMap<(usize, usize), Money>,
        at: (usize, usize),
    ) -> Option<()> {
        self.draft.add(amount.negated(), &set.rates)?;
        self.order.add(amount.negated(), &set.rates)?;
        let sum = amounts.entry(at).or_insert(Money::ZERO);
        *sum = sum.checked_add(amount)?;
        Some(())
    }

    /// Takes off the rounding amount of a down payment that is used up, unless that alone takes the draft below zero.
    fn take_rounding(&mut self, rounding: Money, rule: DownpaymentDeduction) -> Option<()> {
        let with = self.rounding.checked_add(rounding.negated())?;
        let total = self.draft.total(self.settings)?.checked_add(with)?;
        if !total.is_negative() || rule != DownpaymentDeduction::Capped {
            self.rounding = with;
        }
        Some(())
    }
}
