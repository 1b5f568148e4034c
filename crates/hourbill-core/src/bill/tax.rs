//! B9: what a tax is called, its rate, and its amount on a draft.

use std::collections::BTreeMap;

pub use crate::down_payment::Rate;

use super::{Draft, DraftLine, PartKind};
use crate::finding::{Code, Finding, Subject};
use crate::inputs::trimmed;
use crate::model::{OrderLine, World};
use crate::quantity::{self, Money, Percent};
use crate::settings::{BillingSettings, TaxRounding};

/// Tax of one category and rate on a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxAmount {
    pub rate: Rate,
    pub base: Money,
    pub amount: Money,
}

/// The rate of a tax: of a declared one, or of a name that reads as a percentage. `None` for any other name.
pub fn rate_of(settings: &BillingSettings, name: &str) -> Option<Rate> {
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

/// B9: the job rounds taxes by line and the seller is Belgian: Belgian law (decree of 8 July 2025) allows rounding of the total alone.
pub fn is_rounding_refused(settings: &BillingSettings, company: &str) -> bool {
    let country = settings.seller(company).home();
    settings.rules.tax_rounding == TaxRounding::Line && country.eq_ignore_ascii_case("BE")
}

/// B9: drafts of Belgian sellers whose taxes are rounded by line.
pub(super) fn roundings_refused(world: &World, settings: &BillingSettings, drafts: &[Draft]) -> Vec<Finding> {
    let refused = |draft: &&Draft| is_rounding_refused(settings, world.companies.id(draft.key.company));
    let found = drafts.iter().filter(|draft| !draft.closes).filter(refused).map(|draft| {
        let (id, currency) = (draft.id.clone(), draft.currency());
        let shown = |tax: Money| if draft.is_credit_note() { tax.negated() } else { tax }.text(currency);
        let of_sums = TaxSums::of(world, settings, &draft.parts).and_then(|sums| sums.tax_of_sums());
        let by_line = shown(draft.amounts.tax);
        let message = format!(
            "the VAT of `{id}`, {by_line} {currency}, is rounded for each line; a Belgian seller rounds the total of each rate alone{}: there is no electronic invoice of it",
            of_sums.map_or_else(String::new, |tax| format!(", which makes {}", shown(tax)))
        );
        Finding { code: Code::TaxRoundingNotAllowed, subject: Subject::Draft, id, message, place: None }
    });
    found.collect()
}

/// B9: companies that have a VAT id, and of which no order line says a tax: their drafts are without one, and nobody said that they should be.
/// Customers of other countries may pay it themselves, so lines for them say nothing. It rests on orders and agreements alone, which every part
/// of a run knows.
pub(super) fn not_stated(world: &World, settings: &BillingSettings) -> Vec<Finding> {
    let mut silent: BTreeMap<&str, bool> = BTreeMap::new();
    for (_, line) in world.lines.of_every_part().filter(|(_, line)| line.confirmed) {
        let company = world.companies.id(line.company);
        let seller = settings.seller(company);
        if trimmed(&seller.vat_id).is_empty() {
            continue;
        }
        let country = trimmed(&world.customers.at(line.billed_customer()).contact.address.country);
        let abroad = !country.is_empty() && !country.eq_ignore_ascii_case(seller.home());
        if !line.taxes.is_empty() {
            silent.insert(company, false);
        } else if !abroad {
            silent.entry(company).or_insert(true);
        }
    }
    let told = silent.into_iter().filter(|(_, silent)| *silent).map(|(company, _)| {
        let id = if company.is_empty() { "company" } else { company }.to_owned();
        let message = format!(
            "no order line or agreement says a tax, and the seller has the VAT id `{}`: all drafts are without tax",
            settings.seller(company).vat_id
        );
        Finding { code: Code::TaxNotStated, subject: Subject::Input, id, message, place: None }
    });
    told.collect()
}

/// The rates of tax names; `None` when one is unknown.
pub(super) fn rates_of(settings: &BillingSettings, names: &[String]) -> Option<Vec<Rate>> {
    names.iter().map(|name| rate_of(settings, name)).collect()
}

/// What makes two lines of one tax set: their rates, sorted (D1).
pub(super) fn tax_set(settings: &BillingSettings, line: &OrderLine) -> Option<Vec<Rate>> {
    let mut rates = rates_of(settings, &line.taxes)?;
    rates.sort_unstable();
    Some(rates)
}

/// Net and tax bases of a draft, or of a part of it.
#[derive(Clone, Debug)]
pub(super) struct TaxSums {
    net: Money,
    /// By rate: the base, and the tax if it is rounded line by line.
    rates: BTreeMap<Rate, (Money, Money)>,
}

impl TaxSums {
    /// The sums over no line.
    pub const NOTHING: TaxSums = TaxSums { net: Money::ZERO, rates: BTreeMap::new() };

    /// The sums over `parts`. `None` for an unknown tax, or an amount that cannot be held exactly.
    pub fn of<'a>(
        world: &World,
        settings: &BillingSettings,
        parts: impl IntoIterator<Item = &'a DraftLine>,
    ) -> Option<TaxSums> {
        let mut sums = TaxSums::NOTHING;
        for part in parts {
            match &part.kind {
                PartKind::Line(_) | PartKind::Overage => {
                    let rates = rates_of(settings, &world.lines.at(part.line).taxes)?;
                    sums.add(part.net?, &rates)?;
                }
                PartKind::DownPayment(line) | PartKind::Deduction(line) => sums.add(part.net?, &line.rates)?,
                PartKind::Refund(refund) => sums.add(part.net?, &refund.line.rates)?,
            }
        }
        Some(sums)
    }

    pub fn add(&mut self, net: Money, rates: &[Rate]) -> Option<()> {
        self.net = self.net.checked_add(net)?;
        for rate in rates {
            let of_line = quantity::tax(net, rate.percent)?;
            let (base, by_line) = self.rates.entry(rate.clone()).or_insert((Money::ZERO, Money::ZERO));
            *base = base.checked_add(net)?;
            *by_line = by_line.checked_add(of_line)?;
        }
        Some(())
    }

    pub fn net(&self) -> Money {
        self.net
    }

    /// The tax, and its share of each category and rate. `None` when an amount cannot be held exactly.
    pub fn tax(&self, settings: &BillingSettings) -> Option<(Money, Vec<TaxAmount>)> {
        let mut sum = Money::ZERO;
        let mut taxes = Vec::with_capacity(self.rates.len());
        for (rate, &(base, by_line)) in &self.rates {
            let amount = match settings.rules.tax_rounding {
                TaxRounding::Document => quantity::tax(base, rate.percent)?,
                TaxRounding::Line => by_line,
            };
            sum = sum.checked_add(amount)?;
            taxes.push(TaxAmount { rate: rate.clone(), base, amount });
        }
        Some((sum, taxes))
    }

    /// The tax as it would be if it were rounded once for each category and rate.
    fn tax_of_sums(&self) -> Option<Money> {
        let mut taxes = self.rates.iter().map(|(rate, &(base, _))| quantity::tax(base, rate.percent));
        taxes.try_fold(Money::ZERO, |sum, tax| sum.checked_add(tax?))
    }

    /// Net and tax.
    pub fn total(&self, settings: &BillingSettings) -> Option<Money> {
        self.net.checked_add(self.tax(settings)?.0)
    }

    /// The total if one more line followed.
    pub fn total_with(&self, settings: &BillingSettings, net: Money, rates: &[Rate]) -> Option<Money> {
        let mut sums = self.clone();
        sums.add(net, rates)?;
        sums.total(settings)
    }
}

/// B9: one finding per line and tax.
pub(super) fn unknown(world: &World, settings: &BillingSettings, parts: &[DraftLine]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in parts {
        let line = world.lines.at(part.line);
        for tax in line.taxes.iter().filter(|tax| rate_of(settings, tax).is_none()) {
            let id = world.lines.id(part.line).to_owned();
            let message = format!("tax `{tax}` of order line `{id}` is neither declared nor a percentage");
            findings.push(Finding {
                code: Code::UnknownTax,
                subject: Subject::OrderLine,
                id,
                message,
                place: Some(line.place),
            });
        }
    }
    findings.sort();
    findings.dedup();
    findings
}
