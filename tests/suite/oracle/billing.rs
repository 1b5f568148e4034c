//! B1 to B10: drafts.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use super::accounting::{disposition, hours_of_line, quantity, side};
use super::deducting::{Deduction, Left, available, deduct, is_between};
use super::intake::{Entry, Intake, Line};
use super::linking::Link;
use super::model::World;
use super::value::{self, Date, Number, currency_digits, rounded, whole};

/// An invoice line to be, on an order line; a time line is cut by ticket where B7 asks for it.
pub struct Part {
    pub line: String,
    pub quantity: Number,
    pub net: Number,
    /// Microseconds.
    pub hours: i128,
    /// Positions of entries.
    pub entries: Vec<usize>,
    /// K2.
    pub late: bool,
}

/// B7: company, customer, currency, payment terms, order or nothing, ticket or nothing.
pub type Key = (String, String, String, String, String, String);

pub struct Draft {
    pub key: Key,
    pub parts: Vec<Part>,
    pub deductions: Vec<Deduction>,
    pub net: Number,
    pub tax: Number,
    pub held: Option<&'static str>,
}

impl Draft {
    pub fn total(&self) -> Number {
        &self.net + &self.tax
    }

    /// B8.
    pub fn is_credit_note(&self) -> bool {
        self.total().is_negative()
    }
}

#[derive(Default)]
pub struct Billing {
    /// Those held too.
    pub drafts: Vec<Draft>,
    /// B5: entries held without a draft, with the reason.
    pub held: BTreeMap<usize, &'static str>,
}

/// What B1 asks of every line, put into drafts.
pub fn bill(world: &World, intake: &mut Intake, links: &[Option<Link>]) -> Billing {
    let mut billing = Billing::default();
    let mut drafts: BTreeMap<(Key, bool), Vec<Part>> = BTreeMap::new();
    let (mut left, unknown) = available(world, intake);
    let unknown_orders: BTreeSet<String> = unknown.iter().map(|row| intake.lines[row].order.clone()).collect();
    let mut findings: Vec<(&str, String)> = unknown.into_iter().map(|row| ("unknown-tax", row)).collect();
    // D4.
    for (id, line) in intake.lines.iter().filter(|(_, line)| line.confirmed && line.is_downpayment) {
        let quantity = if line.invoiced.is_zero() { whole(1) } else { line.invoiced.clone() };
        if !line.invoiced.is_positive() && !priced(line, &quantity).is_zero() {
            findings.push(("down-payment-unclear", id.clone()));
        }
    }
    for (id, line) in &intake.lines {
        if !line.confirmed {
            continue;
        }
        let parts = if line.policy == "delivered_timesheet" {
            let mut cancelled = BTreeMap::new();
            let parts = time_parts(world, intake, links, id, line, &mut cancelled);
            if unknown_orders.contains(&line.order) {
                cancelled.values_mut().for_each(|reason| *reason = "tax");
            }
            billing.held.extend(cancelled);
            parts
        } else {
            let amount = fixed_quantity(world, line);
            // B6, whatever the period.
            if line.policy == "ordered_prepaid" && line.invoiced.abs() > line.ordered.abs() && !line.is_downpayment {
                findings.push(("over-invoiced", id.clone()));
                continue;
            }
            let part = |quantity| (String::new(), part(line, id, quantity, 0, Vec::new(), false));
            amount.filter(|amount| !amount.is_zero()).map(part).into_iter().collect()
        };
        for (ticket, part) in parts {
            if unknown_orders.contains(&line.order) {
                billing.held.extend(part.entries.iter().map(|entry| (*entry, "tax")));
                continue;
            }
            let hold = on_hold(intake, &line.customer) || on_hold(intake, billed_to(line));
            drafts.entry((key(world, intake, line, ticket), hold)).or_default().push(part);
        }
    }
    for (code, id) in findings {
        intake.found(code, "order_line", &id);
    }
    let mut touched = BTreeSet::new();
    for ((key, hold), parts) in drafts {
        let (mut draft, unknown) = draft(world, intake, key, parts);
        if hold {
            draft.held = Some("hold");
        } else {
            unknown.iter().for_each(|line| intake.found("unknown-tax", "order_line", line));
        }
        if draft.held.is_none() {
            take_off(world, intake, &mut draft, &mut left, &mut touched);
        }
        billing.drafts.push(draft);
    }
    for (order, rows) in left.iter().filter(|(_, rows)| rows.values().any(|left| !left.is_zero())) {
        let lines =
            intake.lines.iter().filter(|(_, line)| line.order == *order && line.confirmed && !line.is_downpayment);
        let mut lines: Vec<&String> = lines.map(|(id, _)| id).collect();
        // D2: nobody who paid is billed by who asked for it.
        let others = |row: &String| {
            let line = |id: &String| &intake.lines[id];
            let of = |id: &&String| (line(id).company.as_str(), billed_to(line(id)), line(id).currency.as_str());
            !lines.iter().any(|id| is_between(line(row), of(id)))
        };
        let between_others = rows.iter().any(|(row, left)| !left.is_zero() && others(row));
        lines.retain(|id| bills_more(world, intake, links, &billing, id));
        if touched.contains(order) || lines.is_empty() || between_others {
            intake.found("down-payment-carried", "order", order);
        }
    }
    billing
}

/// D3: something of the line is left for later.
fn bills_more(world: &World, intake: &Intake, links: &[Option<Link>], billing: &Billing, id: &str) -> bool {
    let line = &intake.lines[id];
    let on_held_draft = |draft: &Draft| draft.held.is_some() && draft.parts.iter().any(|part| part.line == id);
    if billing.drafts.iter().any(on_held_draft) {
        return true;
    }
    if line.policy != "delivered_timesheet" {
        let drafted = billing.drafts.iter().flat_map(|draft| &draft.parts).any(|part| part.line == id);
        let over = line.policy == "ordered_prepaid" && line.invoiced.abs() > line.ordered.abs();
        return !drafted && !over && left_to_bill(line).is_some_and(|left| !left.is_zero());
    }
    let waits = |(at, (entry, link)): (usize, (&Entry, &Option<Link>))| {
        let here = link.as_ref().is_some_and(|link| link.line == id);
        let late = disposition(world, intake, entry, link.as_ref()) == "before_period";
        here && (late || billing.held.contains_key(&at))
    };
    hours_of_line(world, intake, links, id).after != 0 || intake.entries.iter().zip(links).enumerate().any(waits)
}

/// D2, D3.
fn take_off(world: &World, intake: &Intake, draft: &mut Draft, left: &mut Left, touched: &mut BTreeSet<String>) {
    let orders = draft.parts.iter().map(|part| &intake.lines[&part.line].order);
    touched.extend(orders.filter(|order| left.contains_key(*order)).cloned());
    draft.deductions = deduct(world, intake, &draft.key, &draft.parts, left);
    let mut lines: Vec<(Number, Vec<Tax>)> = Vec::new();
    for part in &draft.parts {
        lines.push((part.net.clone(), taxes_of(world, &intake.lines[&part.line]).unwrap()));
    }
    for deduction in &draft.deductions {
        let row = &intake.lines[&deduction.row];
        lines.push((-&deduction.amount, taxes_of(world, row).unwrap()));
        *left.get_mut(&row.order).unwrap().get_mut(&deduction.row).unwrap() -= &deduction.amount;
    }
    draft.net = lines.iter().map(|(net, _)| net.clone()).sum();
    draft.tax = total(world, currency_digits(&draft.key.2).unwrap(), &lines) - &draft.net;
}

/// Category and rate.
pub type Tax = (String, Number);

/// The taxes of a line; nothing when one is unknown.
pub fn taxes_of(world: &World, line: &Line) -> Option<Vec<Tax>> {
    line.taxes.iter().map(|name| tax(world, name)).collect()
}

/// Net and tax of these lines.
pub fn total(world: &World, digits: u32, lines: &[(Number, Vec<Tax>)]) -> Number {
    let per_line = world.job.says("tax_rounding", "line");
    let mut sums: BTreeMap<&Tax, Number> = BTreeMap::new();
    let mut sum: Number = lines.iter().map(|(net, _)| net.clone()).sum();
    for (net, taxes) in lines {
        for tax in taxes {
            if per_line {
                sum += rounded(&(net * &tax.1 / whole(100)), digits);
            } else {
                *sums.entry(tax).or_insert_with(Number::zero) += net;
            }
        }
    }
    for ((_, rate), net) in sums {
        sum += rounded(&(net * rate / whole(100)), digits);
    }
    sum
}

/// Where the invoice goes.
pub fn billed_to(line: &Line) -> &str {
    if line.bill_to.is_empty() { &line.customer } else { &line.bill_to }
}

fn on_hold(intake: &Intake, customer: &str) -> bool {
    intake.customers.get(customer).is_some_and(|customer| customer.hold)
}

fn group_by(world: &World, intake: &Intake, line: &Line) -> String {
    let own = intake.customers.get(billed_to(line)).map_or("", |customer| customer.group_by.as_str());
    if own.is_empty() { world.job.rule("group_by").unwrap_or("customer").to_owned() } else { own.to_owned() }
}

fn key(world: &World, intake: &Intake, line: &Line, ticket: String) -> Key {
    let billed = intake.customers.get(billed_to(line));
    let of = |customer: &str| intake.customers.get(customer).map_or("", |known| known.payment_terms.as_str());
    let terms = [line.payment_terms.as_str(), of(&line.customer), of(billed_to(line))];
    let terms = terms.into_iter().find(|terms| !terms.is_empty()).unwrap_or_default().to_owned();
    let per_order = billed.is_some_and(|customer| !customer.consolidate) || group_by(world, intake, line) == "order";
    let order = if per_order { line.order.clone() } else { String::new() };
    (line.company.clone(), billed_to(line).to_owned(), line.currency.clone(), terms, order, ticket)
}

/// B1, B2, B6, B11: what is left to bill of a line that is not billed by its hours.
fn fixed_quantity(world: &World, line: &Line) -> Option<Number> {
    let confirmed = line.confirmed_on.unwrap().0;
    if line.is_downpayment || world.job.ends().1.is_some_and(|to| confirmed > to) {
        return None;
    }
    left_to_bill(line)
}

/// Whatever the period.
fn left_to_bill(line: &Line) -> Option<Number> {
    if line.policy == "ordered_prepaid" {
        // B11: while that has the sign of the ordered quantity.
        let left = &line.ordered - &line.invoiced;
        return (left.signum() == line.ordered.signum()).then_some(left);
    }
    line.delivered.as_ref().map(|delivered| delivered - &line.invoiced)
}

/// B3, B5: the open hours of a time line, whole or by ticket.
fn time_parts(
    world: &World,
    intake: &Intake,
    links: &[Option<Link>],
    id: &str,
    line: &Line,
    held: &mut BTreeMap<usize, &'static str>,
) -> Vec<(String, Part)> {
    let by_ticket = group_by(world, intake, line) == "ticket";
    // K2: late hours come first, by themselves.
    let mut groups: BTreeMap<(String, bool), Vec<usize>> = BTreeMap::new();
    for (at, (entry, link)) in intake.entries.iter().zip(links).enumerate() {
        let here = link.as_ref().is_some_and(|link| link.line == *id);
        if here && disposition(world, intake, entry, link.as_ref()) == "open" {
            let ticket = if by_ticket { entry.ticket.clone() } else { String::new() };
            let late = side(world, entry) == "before";
            groups.entry((ticket, !late)).or_default().push(at);
        }
    }
    let mut billed = hours_of_line(world, intake, links, id).invoiced;
    let mut parts = Vec::new();
    for ((ticket, inside), entries) in groups {
        let now: i128 = entries.iter().map(|entry| intake.entries[*entry].hours.unwrap()).sum();
        let in_unit = |micros| quantity(world, intake, id, micros).unwrap();
        let amount = in_unit(billed + now) - in_unit(billed);
        if amount.is_zero() {
            held.extend(entries.iter().map(|entry| (*entry, "cancel")));
            continue;
        }
        billed += now;
        parts.push((ticket, part(line, id, amount, now, entries, !inside)));
    }
    parts
}

/// B4.
fn part(line: &Line, id: &str, quantity: Number, hours: i128, entries: Vec<usize>, late: bool) -> Part {
    let net = priced(line, &quantity);
    Part { line: id.to_owned(), quantity, net, hours, entries, late }
}

pub fn priced(line: &Line, quantity: &Number) -> Number {
    let exact = quantity * &line.price * (whole(1) - &line.discount / whole(100));
    rounded(&exact, currency_digits(&line.currency).unwrap())
}

/// B9: category and rate of a tax by its name.
fn tax(world: &World, name: &str) -> Option<(String, Number)> {
    if let Some((_, rate, category)) = world.job.taxes.iter().find(|(declared, _, _)| declared == name) {
        return Some((category.clone(), value::decimal(rate).unwrap().0));
    }
    let (rate, _) = value::decimal(name.strip_suffix('%')?)?;
    if rate.is_negative() || rate > whole(100) {
        return None;
    }
    Some((if rate.is_zero() { "Z" } else { "S" }.to_owned(), rate))
}

/// A draft, and its lines with a tax that is not known.
fn draft(world: &World, intake: &Intake, key: Key, mut parts: Vec<Part>) -> (Draft, BTreeSet<String>) {
    parts.sort_by_key(|part| {
        let line = &intake.lines[&part.line];
        (line.confirmed_on, line.order.clone(), line.sequence, part.line.clone())
    });
    let digits = currency_digits(&key.2).unwrap();
    let per_line = world.job.says("tax_rounding", "line");
    let mut held = None;
    let mut unknown = BTreeSet::new();
    let mut sums: BTreeMap<(String, Number), Number> = BTreeMap::new();
    let mut taxes = whole(0);
    for part in &parts {
        for name in &intake.lines[&part.line].taxes {
            match tax(world, name) {
                Some((_, rate)) if per_line => taxes += rounded(&(&part.net * rate / whole(100)), digits),
                Some(tax) => *sums.entry(tax).or_insert_with(Number::zero) += &part.net,
                None => {
                    unknown.insert(part.line.clone());
                    held = Some("tax");
                }
            }
        }
    }
    for ((_, rate), sum) in sums {
        taxes += rounded(&(sum * rate / whole(100)), digits);
    }
    let net = parts.iter().map(|part| part.net.clone()).sum();
    let mut draft = Draft { key, parts, deductions: Vec::new(), net, tax: taxes, held };
    let total = draft.total();
    if draft.held.is_none() && !total.is_negative() && total < world.job.min_invoice_amount() {
        draft.held = Some("minimum");
    }
    (draft, unknown)
}

/// B10 and K2: of the draft, and of one of its parts. A deduction stands with its draft.
pub fn service_period(world: &World, intake: &Intake, draft: &Draft, part: Option<&Part>) -> (Date, Date) {
    let span = |dates: BTreeSet<Date>| Some((*dates.first()?, *dates.last()?));
    let (from, to) = world.job.ends();
    let whole = from.zip(to);
    let own = |part: &Part| {
        let entries = part.entries.iter().map(|entry| intake.entries[*entry].date.unwrap()).collect();
        if part.late || whole.is_none() { span(entries) } else { whole }
    };
    let all = draft.parts.iter().filter_map(own).flat_map(|(from, to)| [from, to]).collect();
    let of_draft = span(all).unwrap_or_else(|| {
        let confirmed = draft.parts.iter().map(|part| intake.lines[&part.line].confirmed_on.unwrap().0);
        span(confirmed.map(|date| from.map_or(date, |from| date.max(from))).collect()).unwrap()
    });
    part.and_then(own).unwrap_or(of_draft)
}
