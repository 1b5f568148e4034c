//! D2 and D3 with `capped`: drafts take off the down payments that the ERP invoiced.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use super::billing::{Key, Part, Tax, billed_to, priced, taxes_of, total};
use super::intake::{Intake, Line};
use super::model::World;
use super::value::{Number, currency_digits, ten_to, to_integer, whole};

/// What a draft takes off for a row of the ERP.
pub struct Deduction {
    pub row: String,
    pub amount: Number,
}

/// What is left of the down payments of each order, by the ERP's row.
pub type Left = BTreeMap<String, BTreeMap<String, Number>>;

/// The down payments that can be told, and the rows of those that cannot: a tax of theirs is unknown.
pub fn available(world: &World, intake: &Intake) -> (Left, BTreeSet<String>) {
    let (mut left, mut unknown) = (Left::new(), BTreeSet::new());
    for (id, line) in &intake.lines {
        if !line.confirmed || !line.is_downpayment || !line.invoiced.is_positive() {
            continue;
        }
        let amount = priced(line, &line.invoiced);
        if taxes_of(world, line).is_none() {
            unknown.insert(id.clone());
        } else if !amount.is_zero() {
            left.entry(line.order.clone()).or_default().insert(id.clone(), amount);
        }
    }
    (left, unknown)
}

/// Neither the draft nor the order's share of it gets below zero.
pub fn deduct(world: &World, intake: &Intake, key: &Key, parts: &[Part], left: &Left) -> Vec<Deduction> {
    let digits = currency_digits(&key.2).unwrap();
    let known = |line: &Line| sorted(taxes_of(world, line).unwrap());
    let told = |part: &Part| (part.net.clone(), known(&intake.lines[&part.line]));
    let mut draft: Vec<(Number, Vec<Tax>)> = parts.iter().map(told).collect();
    let orders: BTreeSet<&String> = parts.iter().map(|part| &intake.lines[&part.line].order).collect();
    let mut deductions = Vec::new();
    for order in orders {
        let mut own: Vec<(Number, Vec<Tax>)> =
            parts.iter().filter(|part| intake.lines[&part.line].order == *order).map(told).collect();
        let of_order = left.get(order).into_iter().flatten().filter(|(row, _)| {
            let line = &intake.lines[*row];
            is_between(line, (&key.0, &key.1, &key.2))
        });
        let mut rows: Vec<(&String, Vec<Tax>, &Number, Number)> =
            of_order.map(|(row, amount)| (row, known(&intake.lines[row]), amount, whole(0))).collect();
        for same_taxes in [true, false] {
            for (_, taxes, amount, taken) in rows.iter_mut().filter(|(_, _, amount, _)| amount.is_positive()) {
                let mut most = &**amount - &*taken;
                if same_taxes {
                    let net: Number = own.iter().filter(|(_, other)| other == taxes).map(|(net, _)| net.clone()).sum();
                    most = most.min(net);
                }
                let fits = |amount: &Number| {
                    let with = |lines: &[(Number, Vec<Tax>)]| {
                        let mut lines = lines.to_vec();
                        lines.push((-amount, taxes.clone()));
                        total(world, digits, &lines)
                    };
                    !with(&draft).is_negative() && !with(&own).is_negative()
                };
                let amount = largest(&most, digits, fits);
                own.push((-&amount, taxes.clone()));
                draft.push((-&amount, taxes.clone()));
                *taken += amount;
            }
        }
        for (_, taxes, amount, taken) in rows.iter_mut().filter(|(_, _, amount, _)| amount.is_negative()) {
            draft.push((-&**amount, taxes.clone()));
            *taken = (*amount).clone();
        }
        let taken = rows.into_iter().filter(|(_, _, _, taken)| !taken.is_zero());
        deductions.extend(taken.map(|(row, _, _, amount)| Deduction { row: row.clone(), amount }));
    }
    deductions
}

fn sorted(mut taxes: Vec<Tax>) -> Vec<Tax> {
    taxes.sort();
    taxes
}

/// The largest amount from 0 to `most` that fits; nothing when nothing does.
fn largest(most: &Number, digits: u32, fits: impl Fn(&Number) -> bool) -> Number {
    let unit = ten_to(digits);
    let (mut good, mut bad) = (-1, to_integer(&(most * &unit)) + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if fits(&(whole(middle) / &unit)) { good = middle } else { bad = middle }
    }
    whole(good.max(0)) / unit
}

/// D2: a down payment of the ERP goes off what its company bills its customer in its currency; a company that only one of them says is the same.
pub fn is_between(asked: &Line, (company, party, currency): (&str, &str, &str)) -> bool {
    let same = asked.company == company || asked.company.is_empty() || company.is_empty();
    same && billed_to(asked) == party && asked.currency == currency
}
