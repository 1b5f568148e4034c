//! B9: what a tax is called, its rate, and its amount on a draft.

use std::collections::BTreeMap;

use super::Part;
use crate::check::value::trimmed;
use crate::job::{Settings, TaxRounding};
use crate::model::World;
use crate::quantity::{self, Money, Percent};

/// Category (EN 16931) and rate of a tax.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    pub category: String,
    pub percent: Percent,
}

/// Tax of one category and rate on a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxAmount {
    pub rate: Rate,
    pub base: Money,
    pub amount: Money,
}

/// A declared tax, or a name that reads as a percentage. `None` for any other name.
pub fn rate_of(settings: &Settings, name: &str) -> Option<Rate> {
    if let Some(declared) = settings.taxes.get(name) {
        return Some(Rate { category: declared.category.clone(), percent: declared.rate });
    }
    let percent = percentage(trimmed(name.strip_suffix('%')?))?;
    let category = if percent == Percent::ZERO { "Z" } else { "S" };
    Some(Rate { category: category.to_owned(), percent })
}

/// A plain decimal between 0 and 100 with at most six decimals.
fn percentage(text: &str) -> Option<Percent> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 3 {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let padded = format!("{whole}{fraction:0<6}");
    let percent = Percent::from_micros(padded.parse().ok().filter(|_| fraction.len() <= 6)?);
    (percent <= Percent::HUNDRED).then_some(percent)
}

/// The tax of a draft and what it is made of. `None` for an unknown tax, or an amount that cannot be held exactly.
pub(super) fn tax(world: &World, settings: &Settings, parts: &[Part]) -> Option<(Money, Vec<TaxAmount>)> {
    let mut bases: BTreeMap<Rate, (Money, Money)> = BTreeMap::new();
    for part in parts {
        let net = part.net?;
        for name in &world.lines.get(part.line)?.taxes {
            let rate = rate_of(settings, name)?;
            let of_line = quantity::tax(net, rate.percent)?;
            let (base, by_line) = bases.entry(rate).or_default();
            *base = base.checked_add(net)?;
            *by_line = by_line.checked_add(of_line)?;
        }
    }
    let mut sum = Money::ZERO;
    let mut taxes = Vec::with_capacity(bases.len());
    for (rate, (base, by_line)) in bases {
        let amount = match settings.rules.tax_rounding {
            TaxRounding::Document => quantity::tax(base, rate.percent)?,
            TaxRounding::Line => by_line,
        };
        sum = sum.checked_add(amount)?;
        taxes.push(TaxAmount { rate, base, amount });
    }
    Some((sum, taxes))
}
