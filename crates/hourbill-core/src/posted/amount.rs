//! Money that is credited: amounts with tax (§7.4), and the tax on whatever is taken back (B9).

use std::collections::BTreeMap;

use super::book::{BookEntry, BookLine, between, within};
use super::record::DocumentKind;
use super::refused::Refused;
use crate::down_payment::{DownPaymentBalances, Rate};
use crate::quantity::{self, Money, Percent, Quantity, divide_rounded};

/// Amounts that are taken back, with the sign they have on their document.
#[derive(Debug)]
pub(super) struct Amounts {
    /// Net and quantity of each line that gives something, by its number.
    pub lines: BTreeMap<u32, (Money, Quantity)>,
    /// The taxes taken back, in the order of the document's taxes.
    pub taxes: Vec<Money>,
    pub rounding: Money,
}

impl Amounts {
    fn nothing_of(entry: &BookEntry) -> Amounts {
        let taxes = vec![Money::ZERO; entry.taxes_left.len()];
        Amounts { lines: BTreeMap::new(), taxes, rounding: Money::ZERO }
    }
}

/// The total that is left of a document.
pub fn total_left(entry: &BookEntry) -> Option<Money> {
    let net = entry.lines.iter().try_fold(Money::ZERO, |sum, line| sum.checked_add(line.net))?;
    let tax = entry.taxes_left.iter().try_fold(Money::ZERO, |sum, (_, _, amount)| sum.checked_add(*amount))?;
    net.checked_add(tax)?.checked_add(entry.rounding_left)
}

/// What is left of each line with its tax, by line number: what crediting the line whole would come to. `None` when it does not fit.
pub fn left_with_tax(entry: &BookEntry) -> Option<BTreeMap<u32, Money>> {
    let of = |(at, line): (usize, &BookLine)| Some((line.line.line_no, whole(entry, at)?.total()?));
    entry.lines.iter().enumerate().map(of).collect()
}

/// A down payment without what invoices deducted of it (D3): what a credit may give back. `None` when a figure does not fit.
pub fn less_deducted(entry: &BookEntry, balances: &DownPaymentBalances) -> Option<BookEntry> {
    let mut left = entry.clone();
    for at in 0..left.lines.len() {
        let line = left.lines.get(at)?;
        let of_request = balances.get(&line.line.order, &line.line.down_payment);
        let Some(balance) = of_request.and_then(|posted| posted.sets.get(&line.line.rates)) else { continue };
        let rest = Money::from_minor(within(balance.left()?.minor(), line.net.minor()));
        let gone = line.net.checked_sub(rest)?;
        let number = line.line.line_no;
        let after = |other: &BookLine| if other.line.line_no == number { rest } else { other.net };
        let rates = line.line.rates.clone();
        let taxes = left.taxes_left.iter().enumerate().map(|(nth, (rate, _, _))| match rates.contains(rate) {
            true => taken_tax(&left, nth, after),
            false => Some(Money::ZERO),
        });
        let taxes: Vec<Money> = taxes.collect::<Option<_>>()?;
        take_off(&mut left, at, gone, &taxes)?;
    }
    Some(left)
}

/// An amount in minor units of the document's currency.
fn minor(entry: &BookEntry, amount: Quantity) -> Result<Money, Refused> {
    let document = &entry.document;
    let currency = document.currency.ok_or_else(|| Refused::NoMoney(document.id.clone()))?;
    Money::from_text(&amount.to_string(), currency).ok_or(Refused::TooFine { asked: amount, currency })
}

fn too_large(entry: &BookEntry, asked: Money, left: Money) -> Refused {
    let text = |money: Money| entry.document.currency.map_or_else(String::new, |currency| money.text(currency));
    Refused::AmountTooLarge { asked: text(asked), left: text(left) }
}

/// An amount of the lines of one order line: the first line that has something left gives first. It has the sign of what the line billed.
pub(super) fn of_line(entry: &BookEntry, order_line: &str, amount: Quantity) -> Result<Amounts, Refused> {
    let asked = minor(entry, amount)?;
    let mut left = entry.clone();
    let mut amounts = Amounts::nothing_of(entry);
    let mut rest = asked;
    let mut named = false;
    for at in 0..left.lines.len() {
        let of = left.lines.get(at).filter(|of| of.line.order_line == order_line && !order_line.is_empty());
        let Some(line_no) = of.map(|of| of.line.line_no) else { continue };
        let most = whole(&left, at).and_then(|most| most.total()).ok_or(Refused::TooLarge)?;
        named |= most != Money::ZERO;
        if most == Money::ZERO || most.is_negative() != asked.is_negative() {
            continue;
        }
        let part = Money::from_minor(within(rest.minor(), most.minor()));
        if part != Money::ZERO {
            let net = take(&mut left, at, part, &mut amounts.taxes).ok_or(Refused::TooLarge)?;
            amounts.lines.insert(line_no, (net, Quantity::ZERO));
            rest = rest.checked_sub(part).ok_or(Refused::TooLarge)?;
        }
    }
    if !named {
        return Err(Refused::NoLine { document: entry.document.id.clone(), line: order_line.to_owned() });
    }
    if asked == Money::ZERO || rest != Money::ZERO {
        let of = |(line_no, most): (u32, Money)| {
            let of = entry.lines.iter().find(|of| of.line.line_no == line_no);
            of.filter(|of| of.line.order_line == order_line).map(|_| most)
        };
        let left = left_with_tax(entry).ok_or(Refused::TooLarge)?.into_iter().filter_map(of);
        let left = left.into_iter().try_fold(Money::ZERO, Money::checked_add).ok_or(Refused::TooLarge)?;
        return Err(too_large(entry, asked, left));
    }
    Ok(amounts)
}

/// An amount of a down payment: its tax sets give in proportion to what is left of them with tax.
pub(super) fn of_down_payment(entry: &BookEntry, amount: Quantity) -> Result<Amounts, Refused> {
    if entry.document.kind != DocumentKind::DownPayment {
        return Err(Refused::NoDownPayment(entry.document.id.clone()));
    }
    let asked = minor(entry, amount)?;
    let total = total_left(entry).ok_or(Refused::TooLarge)?;
    if asked == Money::ZERO || !between(asked.minor(), total.minor()) {
        return Err(too_large(entry, asked, total));
    }
    if asked == total {
        let lines = entry.lines.iter().map(|line| (line.line.line_no, (line.net, line.quantity)));
        let taxes = entry.taxes_left.iter().map(|(_, _, amount)| *amount).collect();
        return Ok(Amounts { lines: lines.collect(), taxes, rounding: entry.rounding_left });
    }
    shares(entry, asked).ok_or(Refused::TooLarge)
}

fn shares(entry: &BookEntry, asked: Money) -> Option<Amounts> {
    let mut left = entry.clone();
    let mut amounts = Amounts::nothing_of(entry);
    let most: Vec<Money> = (0..entry.lines.len()).map(|at| whole(entry, at)?.total()).collect::<Option<_>>()?;
    let all = most.iter().try_fold(Money::ZERO, |sum, most| sum.checked_add(*most))?;
    if all == Money::ZERO {
        return None;
    }
    let (mut given, mut weight) = (Money::ZERO, Money::ZERO);
    for (at, of) in most.iter().enumerate() {
        weight = weight.checked_add(*of)?;
        // Each line gives up to its share of the sum so far, so that the shares add up.
        let so_far = divide_rounded(asked.minor().checked_mul(weight.minor())?, all.minor())?;
        let part = within(Money::from_minor(so_far).checked_sub(given)?.minor(), whole(&left, at)?.total()?.minor());
        if part != 0 {
            let net = take(&mut left, at, Money::from_minor(part), &mut amounts.taxes)?;
            amounts.lines.insert(entry.lines.get(at)?.line.line_no, (net, Quantity::ZERO));
            given = given.checked_add(Money::from_minor(part))?;
        }
    }
    // What no line can give closes the rounding amount of the document.
    amounts.rounding = asked.checked_sub(given)?;
    Some(amounts)
}

/// Net and taxes of one line.
struct Whole {
    net: Money,
    /// The taxes of the line, in the order of the document's taxes.
    taxes: Vec<Money>,
}

impl Whole {
    fn total(&self) -> Option<Money> {
        self.taxes.iter().try_fold(self.net, |sum, tax| sum.checked_add(*tax))
    }
}

/// What is left of a line, and the tax that goes with it.
fn whole(entry: &BookEntry, at: usize) -> Option<Whole> {
    let line = entry.lines.get(at)?;
    let after = |other: &BookLine| if other.line.line_no == line.line.line_no { Money::ZERO } else { other.net };
    let tax = |(nth, (rate, _, _)): (usize, &(Rate, Money, Money))| {
        if line.line.rates.contains(rate) { taken_tax(entry, nth, after) } else { Some(Money::ZERO) }
    };
    Some(Whole { net: line.net, taxes: entry.taxes_left.iter().enumerate().map(tax).collect::<Option<_>>()? })
}

/// Takes an amount with tax off the line at position `at`: net = amount / (1 + rate), rounded once, and tax the rest; no more of either
/// than is left. Returns the net, and adds the taxes to `taxes`.
fn take(left: &mut BookEntry, at: usize, amount: Money, taxes: &mut [Money]) -> Option<Money> {
    let most = whole(left, at)?;
    let line = left.lines.get(at)?;
    let rates: Vec<i128> = left
        .taxes_left
        .iter()
        .map(|(rate, _, _)| {
            line.line.rates.iter().filter(|of| *of == rate).map(|of| i128::from(of.percent.micros())).sum()
        })
        .collect();
    let (net, parts) = if most.total()? == amount { (most.net, most.taxes) } else { parted(amount, &most, &rates)? };
    take_off(left, at, net, &parts)?;
    for (part, sum) in parts.iter().zip(taxes) {
        *sum = sum.checked_add(*part)?;
    }
    Some(net)
}

/// Takes a net, and the taxes that go with it, off what is left of the line at position `at`.
fn take_off(left: &mut BookEntry, at: usize, net: Money, taxes: &[Money]) -> Option<()> {
    let of = left.lines.get_mut(at)?;
    of.net = of.net.checked_sub(net)?;
    let own = of.line.rates.clone();
    for ((rate, base, amount), tax) in left.taxes_left.iter_mut().zip(taxes) {
        for _ in own.iter().filter(|of| *of == rate) {
            *base = base.checked_sub(net)?;
        }
        *amount = amount.checked_sub(*tax)?;
    }
    Some(())
}

/// The net and the taxes of an amount that is a part of what is left of a line.
fn parted(amount: Money, most: &Whole, rates: &[i128]) -> Option<(Money, Vec<Money>)> {
    let hundred = i128::from(Percent::HUNDRED.micros());
    let sum: i128 = rates.iter().sum();
    let divisor = hundred.checked_add(sum).filter(|divisor| *divisor > 0)?;
    let net = within(divide_rounded(amount.minor().checked_mul(hundred)?, divisor)?, most.net.minor());
    let tax = amount.minor().checked_sub(net)?;
    // Several taxes of a line share the tax as their rates are; together they give it to the cent.
    let (mut given, mut weight) = (0_i128, 0_i128);
    let mut parts = Vec::with_capacity(rates.len());
    for (rate, left) in rates.iter().zip(&most.taxes) {
        weight = weight.checked_add(*rate)?;
        let so_far = if sum == 0 { 0 } else { divide_rounded(tax.checked_mul(weight)?, sum)? };
        let part = within(so_far.checked_sub(given)?, left.minor());
        given = given.checked_add(part)?;
        parts.push(Money::from_minor(part));
    }
    // A cent that one cannot give another does, and the net in the end.
    for (part, left) in parts.iter_mut().zip(&most.taxes) {
        let more = within(part.minor().checked_add(tax.checked_sub(given)?)?, left.minor());
        given = given.checked_add(more.checked_sub(part.minor())?)?;
        *part = Money::from_minor(more);
    }
    let net = amount.minor().checked_sub(given)?;
    between(net, most.net.minor()).then_some((Money::from_minor(net), parts))
}

/// The document rounded a tax line by line (B9, `tax_rounding = "line"`): its amount is the sum of its lines' and not that of their sum.
fn by_line(entry: &BookEntry, rate: &Rate) -> Option<bool> {
    let Some(tax) = entry.document.taxes.iter().find(|tax| tax.rate == *rate) else { return Some(false) };
    if quantity::tax(tax.base, rate.percent)? == tax.amount {
        return Some(false);
    }
    Some(sum_by_line(entry, rate, |line| line.line.net)? == tax.amount)
}

/// Nets of lines, once for each tax of a line that has the rate.
fn nets<'a>(entry: &'a BookEntry, rate: &'a Rate, net: impl Fn(&BookLine) -> Money) -> impl Iterator<Item = Money> {
    let of = move |line: &'a BookLine| {
        let net = net(line);
        line.line.rates.iter().filter(move |of| *of == rate).map(move |_| net)
    };
    entry.lines.iter().flat_map(of)
}

fn sum_by_line(entry: &BookEntry, rate: &Rate, net: impl Fn(&BookLine) -> Money) -> Option<Money> {
    nets(entry, rate, net).try_fold(Money::ZERO, |sum, net| sum.checked_add(quantity::tax(net, rate.percent)?))
}

/// How much of the document's nth tax goes when `after` is left of the net of each line: as much as leaves the tax on what is left, rounded
/// as the document rounded it; never more than there is.
pub(super) fn taken_tax(entry: &BookEntry, nth: usize, after: impl Fn(&BookLine) -> Money) -> Option<Money> {
    let (rate, base_left, amount_left) = entry.taxes_left.get(nth)?;
    let base = nets(entry, rate, &after).try_fold(Money::ZERO, Money::checked_add)?;
    let due = match by_line(entry, rate)? {
        true => sum_by_line(entry, rate, &after)?,
        false => quantity::tax(base, rate.percent)?,
    };
    // Lines of both signs may leave more than there was.
    let part = between(base.minor(), base_left.minor());
    let due = if part { within(due.minor(), amount_left.minor()) } else { due.minor() };
    amount_left.checked_sub(Money::from_minor(due))
}
