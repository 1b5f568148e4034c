//! The tables `rules` and `taxes` of a job file: how it is billed.

use std::collections::BTreeMap;

use super::file::{Given, Typed};
use super::keys::{self, CATEGORIES};
use super::section::{Reading, Section, decimal, flag, number, one_of, typed};
use crate::bug::OrBug;
use crate::model::{GroupBy, Minimum, MinimumPer, Overdraft, StepRounding};
use crate::quantity::{Hours, MICROS_PER_HOUR, Percent, Quantity, UnitSize, decimal_from_text};
use crate::settings::{
    Approval, Corrections, DownpaymentDeduction, LateEntries, OnMismatch, PackRules, Prepaid, PrepaidGate,
    PrepaidOrder, RateSource, Rules, Tax, TaxRounding, ZeroDrafts,
};

pub(super) fn rules(reading: &mut Reading, root: &mut Section) -> Rules {
    let mut section = reading.section(root, "rules");
    let auto_link = switch(reading, &mut section, keys::AUTO_LINK.name, true);
    let late_entries = reading.choice(
        &mut section,
        &keys::LATE_ENTRIES,
        &[LateEntries::Report, LateEntries::Bill],
        LateEntries::Report,
    );
    let approval =
        reading.choice(&mut section, &keys::APPROVAL, &[Approval::All, Approval::ValidatedOnly], Approval::All);
    let roundings = [TaxRounding::Document, TaxRounding::Line];
    let tax_rounding = reading.choice(&mut section, &keys::TAX_ROUNDING, &roundings, TaxRounding::Document);
    let group_by = reading.choice(&mut section, &keys::GROUP_BY, &GroupBy::ALL, GroupBy::Customer);
    let corrections = reading.choice(
        &mut section,
        &keys::CORRECTIONS,
        &[Corrections::Report, Corrections::Bill],
        Corrections::Report,
    );
    let deductions = [DownpaymentDeduction::Capped, DownpaymentDeduction::Full, DownpaymentDeduction::ProRata];
    let downpayment_deduction =
        reading.choice(&mut section, &keys::DOWNPAYMENT_DEDUCTION, &deductions, DownpaymentDeduction::Capped);
    let zero_drafts =
        reading.choice(&mut section, &keys::ZERO_DRAFTS, &[ZeroDrafts::Draft, ZeroDrafts::Close], ZeroDrafts::Draft);
    let mismatches = [OnMismatch::Warn, OnMismatch::Hold];
    let on_mismatch = reading.choice(&mut section, &keys::ON_MISMATCH, &mismatches, OnMismatch::Warn);
    let invoiced_elsewhere = reading.choice(&mut section, &keys::INVOICED_ELSEWHERE, &mismatches, OnMismatch::Hold);
    let rates = reading.choice(&mut section, &keys::RATES, &[RateSource::Input, RateSource::Export], RateSource::Input);

    let packs = packs(reading, &mut section);
    let eight = Quantity::from_micros(8_000_000);
    let hours_per_day = reading.value(&mut section, keys::HOURS_PER_DAY.name, eight, Quantity::to_string, |node| {
        decimal(node, "above 0 and at most 24", |hours: &Quantity| {
            *hours > Quantity::ZERO && hours.micros() <= 24_000_000
        })
    });
    let quantity_decimals = reading.value(&mut section, keys::QUANTITY_DECIMALS.name, 2, u32::to_string, |node| {
        let decimals = number(node).and_then(|digits| digits.parse().ok()).filter(|decimals| *decimals <= 6);
        decimals.ok_or_else(|| "allowed is a whole number from 0 to 6".to_owned())
    });
    let max_entry_hours = max_entry_hours(reading, &mut section);
    let min_invoice_amount =
        reading.value(&mut section, keys::MIN_INVOICE_AMOUNT.name, Quantity::ZERO, Quantity::to_string, |node| {
            decimal(node, "at least 0", |amount: &Quantity| *amount >= Quantity::ZERO)
        });
    let minimum = minimum(reading, &mut section);
    reading.finish(section);
    let day = UnitSize::of_hours(hours_per_day).or_bug("a day that is allowed has hours");
    Rules {
        auto_link,
        late_entries,
        approval,
        day,
        quantity_decimals,
        max_entry_hours,
        min_invoice_amount,
        tax_rounding,
        group_by,
        corrections,
        downpayment_deduction,
        zero_drafts,
        on_mismatch,
        invoiced_elsewhere,
        rates,
        minimum,
        packs,
    }
}

/// W1, W4, W5, W7, M7.
fn packs(reading: &mut Reading, section: &mut Section) -> PackRules {
    let orders = [PrepaidOrder::Newest, PrepaidOrder::Oldest, PrepaidOrder::Expiry, PrepaidOrder::Priority];
    let gates = [PrepaidGate::Confirmed, PrepaidGate::Invoiced];
    let prepaid = reading.optional_choice(section, &keys::PREPAID, &[Prepaid::Ticket, Prepaid::Waterfall]);
    let order = reading.optional_choice(section, &keys::PREPAID_ORDER, &orders);
    let gate = reading.optional_choice(section, &keys::PREPAID_GATE, &gates);
    let overdraft = reading.optional_choice(section, &keys::OVERDRAFT, &Overdraft::ALL);
    let by_minimum = reading.optional(section, keys::MINIMUM_ON_PACKS.name, bool::to_string, flag);
    PackRules {
        are_said: prepaid.is_some() || order.is_some() || gate.is_some() || overdraft.is_some() || by_minimum.is_some(),
        prepaid: prepaid.unwrap_or_default(),
        order: order.unwrap_or_default(),
        gate: gate.unwrap_or_default(),
        overdraft: overdraft.unwrap_or_default(),
        by_minimum: by_minimum.unwrap_or(false),
    }
}

/// M1. In force where it is typed alone, so that other jobs keep the ids of their runs.
fn minimum(reading: &mut Reading, section: &mut Section) -> Option<Minimum> {
    let minutes =
        |node: &super::file::Node| decimal(node, "from 0 to 1440000", |minutes: &Quantity| Minimum::allows(*minutes));
    let least = reading.optional(section, keys::MINIMUM_MINUTES.name, Quantity::to_string, minutes);
    let step = reading.optional(section, keys::INCREMENT_MINUTES.name, Quantity::to_string, minutes);
    let rounds = StepRounding::ALL.map(|round| (round.name(), round));
    let round = reading.optional(
        section,
        keys::ROUND.name,
        |round: &StepRounding| round.name().to_owned(),
        |node| one_of(node, &rounds),
    );
    let pers = MinimumPer::ALL.map(|per| (per.name(), per));
    let per =
        reading.optional(section, keys::PER.name, |per: &MinimumPer| per.name().to_owned(), |node| one_of(node, &pers));
    Minimum::of(least, step, round, per)
}

fn max_entry_hours(reading: &mut Reading, section: &mut Section) -> Hours {
    let day = Hours::from_micros(24 * MICROS_PER_HOUR);
    reading.value(section, keys::MAX_ENTRY_HOURS.name, day, Hours::to_string, |node| {
        let hours =
            number(node).and_then(decimal_from_text).and_then(|(digits, scale)| Hours::from_decimal(digits, scale));
        let within = |hours: &Hours| *hours > Hours::ZERO && hours.micros() <= 1_000_000 * MICROS_PER_HOUR;
        hours.filter(within).ok_or_else(|| "allowed are decimal hours above 0, up to 1000000".to_owned())
    })
}

/// `"on"` or `"off"`; true and false say the same.
fn switch(reading: &mut Reading, section: &mut Section, key: &str, default: bool) -> bool {
    let shown = |on: &bool| if *on { "on" } else { "off" }.to_owned();
    reading.value(section, key, default, shown, |node| match &node.typed {
        Typed::Flag(on) => Ok(*on),
        Typed::Text(text) if text == "on" || text == "true" => Ok(true),
        Typed::Text(text) if text == "off" || text == "false" => Ok(false),
        _ => Err("allowed are `on`, `off`".to_owned()),
    })
}

/// B9.
pub(super) fn taxes(reading: &mut Reading, root: &mut Section) -> BTreeMap<String, Tax> {
    let mut section = reading.section(root, "taxes");
    let mut taxes = BTreeMap::new();
    for name in section.names() {
        let mut tax = reading.section(&mut section, &name);
        let within = |rate: &Percent| *rate >= Percent::ZERO && *rate <= Percent::HUNDRED;
        let rate_key = tax.key(keys::TAX_RATE.name);
        let missing = !tax.has(keys::TAX_RATE.name);
        let rate = typed(reading, &mut tax, keys::TAX_RATE.name, |node| decimal(node, "from 0 to 100", within));
        if missing {
            let message = format!("tax `{name}` has no rate");
            reading.problem("missing-key", &Given::Nowhere, &rate_key, message, "add `rate = \"20\"`, in percent");
        }
        let by_rate = rate.as_ref().map_or("S", |(rate, _)| if *rate == Percent::ZERO { "Z" } else { "S" });
        if let Some((rate, given)) = &rate {
            reading.in_force(rate_key, rate.to_string(), given);
        }
        let category = reading.choice(&mut tax, &keys::TAX_CATEGORY, CATEGORIES, by_rate).to_owned();
        reading.finish(tax);
        if name.trim().is_empty() || name.contains([',', ';']) {
            let message = format!("a tax cannot be called `{name}`");
            let hint = "`,` and `;` separate the taxes of an order line";
            reading.problem("job-value", &Given::Nowhere, &section.key(&name), message, hint);
        }
        if let Some((rate, _)) = rate {
            taxes.insert(name, Tax { rate, category });
        }
    }
    reading.finish(section);
    taxes
}
