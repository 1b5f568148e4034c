//! D1: drafts that ask for down payments, and the orders whose lines wait for them.

use std::collections::{BTreeMap, BTreeSet};

use super::draft_line::{DownPaymentLine, DraftLine, PartKind};
use super::group::{self, DraftKey, TicketGroup};
use super::tax::{Rate, TaxSums, tax_set};
use crate::bug::OrBug;
use crate::calendar::Side;
use crate::down_payment::{DownPaymentBalances, Method};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::model::{DownPaymentRequest, Order, OrderLine, World};
use crate::quantity::{Currency, Money, Percent, Quantity, divide_rounded, power_of_ten};
use crate::settings::BillingSettings;

/// The down payments that this run asks for.
#[derive(Default)]
pub(super) struct Requested {
    pub drafts: Vec<RequestDraft>,
    /// Orders with a down payment that is requested and not posted: their other lines wait.
    pub waiting: BTreeSet<Idx<Order>>,
    pub findings: Vec<Finding>,
}

pub(super) struct RequestDraft {
    pub order: Idx<Order>,
    pub key: DraftKey,
    pub parts: Vec<DraftLine>,
    /// The rounding amount (BT-114): what no net can close of a fixed amount.
    pub rounding: Money,
}

/// The lines of an order at ordered quantity after discount, with one set of taxes.
#[derive(Clone, Debug)]
pub(super) struct TaxSet {
    /// Sorted.
    pub rates: Vec<Rate>,
    /// The names that the first line has for the taxes.
    pub names: Vec<String>,
    /// The first line in the order of B7.
    pub line: Idx<OrderLine>,
    pub base: Money,
}

/// The confirmed lines of an order that are no down payments, in the order of B7.
pub(super) type Lines = BTreeMap<Idx<Order>, Vec<Idx<OrderLine>>>;

/// The lines of the `wanted` orders.
pub(super) fn lines_of(world: &World, wanted: &BTreeSet<Idx<Order>>) -> Lines {
    let mut lines = Lines::new();
    if wanted.is_empty() {
        return lines;
    }
    let of_order =
        world.lines.iter().filter(|(_, line)| line.confirmed && !line.is_downpayment && wanted.contains(&line.order));
    for (idx, line) in of_order {
        lines.entry(line.order).or_default().push(idx);
    }
    for lines in lines.values_mut() {
        lines.sort_by(|&a, &b| group::place(world, a).cmp(&group::place(world, b)));
    }
    lines
}

/// The tax sets of an order with their bases (D1), in the order of their first lines; in words, why there are none.
pub(super) fn tax_sets(
    world: &World,
    settings: &BillingSettings,
    lines: &[Idx<OrderLine>],
) -> Result<Vec<TaxSet>, String> {
    let mut sets: Vec<TaxSet> = Vec::new();
    for (idx, line) in lines.iter().map(|&idx| (idx, world.lines.at(idx))) {
        let id = world.lines.id(idx);
        let rates = tax_set(settings, line).ok_or_else(|| format!("a tax of order line `{id}` is unknown"))?;
        let net = world.net_of(idx, line.ordered);
        let too_large = || format!("the amount of order line `{id}` is too large to be held exactly");
        let net = net.ok_or_else(too_large)?;
        match sets.iter_mut().find(|set| set.rates == rates) {
            Some(set) => set.base = set.base.checked_add(net).ok_or_else(too_large)?,
            None => sets.push(TaxSet { rates, names: line.taxes.clone(), line: idx, base: net }),
        }
    }
    Ok(sets)
}

/// The drafts of all requests that are not posted.
pub(super) fn requested(world: &World, settings: &BillingSettings, balances: &DownPaymentBalances) -> Requested {
    let mut requested = Requested::default();
    let orders: BTreeSet<Idx<Order>> =
        world.requests.iter().filter_map(|request| world.orders.find(&request.order)).collect();
    let lines = lines_of(world, &orders);
    for requests in world.requests.chunk_by(|a, b| a.order == b.order) {
        let order = requests.first().and_then(|request| world.orders.find(&request.order));
        let lines = order.and_then(|order| Some((order, lines.get(&order)?)));
        let asked = match lines {
            Some((order, lines)) => Asked::new(world, settings, balances, order, lines),
            None => Err("the orders input has no confirmed line of that order".to_owned()),
        };
        match asked {
            Ok(mut asked) => requests.iter().for_each(|request| asked.request(request, &mut requested)),
            Err(why) => requested.findings.extend(requests.iter().map(|request| not_drafted(request, &why))),
        }
    }
    requested
}

fn not_drafted(request: &DownPaymentRequest, why: &str) -> Finding {
    Finding {
        code: Code::DownPaymentNotDrafted,
        subject: Subject::Order,
        id: request.order.clone(),
        message: format!("the down payment `{}` of order `{}` is not drafted: {why}", request.key(), request.order),
        place: Some(request.place),
    }
}

/// The requests of one order, in the order in which they were made.
struct Asked<'a> {
    world: &'a World,
    settings: &'a BillingSettings,
    balances: &'a DownPaymentBalances,
    order: Idx<Order>,
    key: DraftKey,
    sets: Vec<TaxSet>,
    /// When the order was confirmed: a request without a date is as old.
    confirmed_on: Option<crate::calendar::Date>,
    /// Sum of the percentages so far.
    percent: i64,
    /// The net that the requests so far ask for, by position of the tax set.
    asked: Vec<Money>,
    /// Something was posted for taxes that no line of the order has any more.
    taxes_changed: bool,
}

impl<'a> Asked<'a> {
    fn new(
        world: &'a World,
        settings: &'a BillingSettings,
        balances: &'a DownPaymentBalances,
        order: Idx<Order>,
        lines: &[Idx<OrderLine>],
    ) -> Result<Asked<'a>, String> {
        let known = || lines.iter().map(|&line| world.lines.at(line));
        let none = TicketGroup { by_ticket: false, ticket: None };
        let keys: BTreeSet<DraftKey> =
            known().map(|line| DraftKey { order: Some(order), ..group::key(world, settings, line, none) }).collect();
        let key = keys.first().cloned().ok_or("the order has no lines")?;
        if keys.len() > 1 {
            return Err(
                "the order's lines are for several customers, companies, currencies or payment terms".to_owned()
            );
        }
        let sets = tax_sets(world, settings, lines)?;
        let confirmed_on = known().filter_map(|line| line.confirmed_on).min().map(|moment| moment.date());
        let asked = vec![Money::ZERO; sets.len()];
        let percent = 0;
        Ok(Asked { world, settings, balances, order, key, sets, confirmed_on, percent, asked, taxes_changed: false })
    }

    fn request(&mut self, request: &DownPaymentRequest, requested: &mut Requested) {
        let key = request.key();
        let posted = self.balances.get(&request.order, &key);
        let nets = match request.method {
            Method::Percentage(percent) => self.percentage(percent),
            Method::Fixed(amount) => self.fixed(amount),
        };
        let (nets, rounding) = match nets {
            Ok(found) => found,
            Err(why) => {
                if posted.is_none_or(|posted| posted.reopened) {
                    requested.findings.push(not_drafted(request, &why));
                }
                return;
            }
        };
        let posted = posted.filter(|posted| !posted.reopened);
        if let Method::Percentage(percent) = request.method {
            self.percent += percent.micros();
            for ((asked, set), net) in self.asked.iter_mut().zip(&self.sets).zip(&nets) {
                let posted =
                    posted.map(|posted| posted.sets.get(&set.rates).map_or(Money::ZERO, |balance| balance.posted));
                let sum = asked.checked_add(posted.unwrap_or(*net));
                *asked = sum.or_bug("what is asked for of one order is far from the limits of an amount");
            }
            let is_todays = |rates: &[Rate]| self.sets.iter().any(|set| set.rates == rates);
            let mut of_posted = posted.iter().flat_map(|posted| &posted.sets);
            self.taxes_changed |= of_posted.any(|(rates, balance)| balance.posted != Money::ZERO && !is_todays(rates));
        }
        let since = request.requested_on.or(self.confirmed_on);
        let later = since.is_some_and(|date| self.settings.period.side(date) == Side::After);
        if posted.is_some() || later {
            return;
        }
        let parts: Vec<DraftLine> = self
            .sets
            .iter()
            .zip(nets)
            .filter(|(_, net)| *net != Money::ZERO)
            .map(|(set, net)| {
                let line = DownPaymentLine {
                    request: key.clone(),
                    rates: set.rates.clone(),
                    taxes: set.names.clone(),
                    description: self.description(request),
                    erp_line: None,
                };
                DraftLine::about_down_payment(PartKind::DownPayment(Box::new(line)), set.line, net)
            })
            .collect();
        let sums = TaxSums::of(self.world, self.settings, &parts);
        // Net and total may differ in sign where tax sets do: neither a document of nothing nor one that gives money is a down payment.
        let total = sums.as_ref().and_then(|sums| sums.total(self.settings)?.checked_add(rounding));
        if sums.is_none_or(|sums| sums.net() <= Money::ZERO) || total.is_none_or(|total| total <= Money::ZERO) {
            requested.findings.push(not_drafted(request, "it comes to nothing"));
            return;
        }
        let key = DraftKey { down_payment: Some(key), ..self.key.clone() };
        requested.waiting.insert(self.order);
        requested.drafts.push(RequestDraft { order: self.order, key, parts, rounding });
    }

    fn description(&self, request: &DownPaymentRequest) -> String {
        let what = match request.method {
            Method::Percentage(percent) => format!("{percent} %"),
            Method::Fixed(amount) => {
                let amount =
                    minor(amount, self.key.currency).or_bug("an amount finer than the currency is not drafted");
                format!("{} {}", amount.text(self.key.currency), self.key.currency)
            }
        };
        let on = request.requested_on.map_or_else(String::new, |on| format!(", requested on {on}"));
        format!("Down payment of {what} on order {}{on}", request.order)
    }

    /// The net of each tax set for a percentage of the order, and a rounding amount of 0. The request that brings the sum to 100 % takes
    /// the exact rest. In words, why it cannot be asked for.
    fn percentage(&self, percent: Percent) -> Result<(Vec<Money>, Money), String> {
        let hundred = Percent::HUNDRED.micros();
        let sum = self.percent + percent.micros();
        if sum > hundred {
            let before = Percent::from_micros(self.percent);
            return Err(format!("with the {before} % asked for before, it is more than the whole order"));
        }
        // What was posted for them is a part of no tax set of today, so there is no rest of one.
        if sum == hundred && self.taxes_changed {
            return Err("the taxes of the order have changed since a down payment on it was posted".to_owned());
        }
        let share = |(set, asked): (&TaxSet, &Money)| {
            if sum == hundred {
                return set.base.checked_add(asked.negated());
            }
            let product = set.base.minor().checked_mul(percent.micros().into())?;
            divide_rounded(product, hundred.into()).map(Money::from_minor)
        };
        let nets: Option<Vec<Money>> = self.sets.iter().zip(&self.asked).map(share).collect();
        Ok((nets.ok_or(TOO_LARGE)?, Money::ZERO))
    }

    /// The net of each tax set, so that with taxes they come as near to `amount` as nets can, and what is missing then: the rounding
    /// amount. In words, why it cannot be asked for.
    fn fixed(&self, amount: Quantity) -> Result<(Vec<Money>, Money), String> {
        let currency = self.key.currency;
        let finer = || format!("{amount} {currency} is finer than the currency's smallest unit");
        let amount = minor(amount, currency).ok_or_else(finer)?;
        let whole = self.total(&self.sets.iter().map(|set| set.base).collect::<Vec<_>>()).ok_or(TOO_LARGE)?;
        if amount > whole {
            let whole = whole.text(currency);
            return Err(format!("it is more than the whole order, which comes to {whole} {currency} with taxes"));
        }
        let (mut nets, remainders) = self.shares(amount).ok_or(TOO_LARGE)?;
        let by_set = remainders.into_iter().zip(&self.sets).enumerate();
        let mut by_remainder: Vec<(usize, i128)> = by_set
            .filter(|(_, (_, set))| set.base != Money::ZERO)
            .map(|(at, (remainder, _))| (at, remainder))
            .collect();
        // Stable: ties go by line order.
        by_remainder.sort_by_key(|&(_, remainder)| std::cmp::Reverse(remainder));
        let mut total = self.total(&nets).ok_or(TOO_LARGE)?;
        loop {
            let before = total;
            for &(at, _) in &by_remainder {
                if total >= amount {
                    break;
                }
                let mut more = nets.clone();
                let net = more.get_mut(at).or_bug("every tax set has its net");
                *net = net.checked_add(Money::from_minor(1)).ok_or(TOO_LARGE)?;
                let with = self.total(&more).ok_or(TOO_LARGE)?;
                if with <= amount {
                    (nets, total) = (more, with);
                }
            }
            if total >= amount || total == before {
                break;
            }
        }
        Ok((nets, amount.checked_add(total.negated()).ok_or(TOO_LARGE)?))
    }

    /// The net of each tax set in proportion to its base, rounded down, and what that cut off.
    fn shares(&self, amount: Money) -> Option<(Vec<Money>, Vec<i128>)> {
        let one = power_of_ten(8)?;
        let mut gross = 0_i128;
        for set in &self.sets {
            let rates: i128 = set.rates.iter().map(|rate| i128::from(rate.percent.micros())).sum();
            gross = gross.checked_add(set.base.minor().checked_mul(one.checked_add(rates)?)?)?;
        }
        let mut shares = (Vec::new(), Vec::new());
        for set in &self.sets {
            let product = amount.minor().checked_mul(set.base.minor())?.checked_mul(one)?;
            shares.0.push(Money::from_minor(product.checked_div_euclid(gross)?));
            shares.1.push(product.checked_rem_euclid(gross)?);
        }
        Some(shares)
    }

    /// Net and tax of a document with these nets, by position of the tax set.
    fn total(&self, nets: &[Money]) -> Option<Money> {
        let mut sums = TaxSums::NOTHING;
        for (set, net) in self.sets.iter().zip(nets) {
            sums.add(*net, &set.rates)?;
        }
        sums.total(self.settings)
    }
}

const TOO_LARGE: &str = "an amount is too large to be held exactly";

/// An amount in minor units; `None` when it is finer.
fn minor(amount: Quantity, currency: Currency) -> Option<Money> {
    let product = i128::from(amount.micros()).checked_mul(power_of_ten(currency.digits())?)?;
    let one = power_of_ten(6)?;
    (product % one == 0).then(|| Money::from_minor(product / one))
}
