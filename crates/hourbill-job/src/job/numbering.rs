//! `[numbering]` and `[terms]`: the numbers of documents that are posted (N3), and the days on which they are due (N5).

use std::collections::BTreeMap;

use super::file::{Given, Node};
use super::keys;
use super::number_pattern::{NUMBER_MAX, NumberPattern, QUICKBOOKS_MAX};
use super::section::{Reading, Section, decimal, filled, number, typed};
use super::settings::{DocumentFormat, Numbering, PaymentTerms};
use crate::quantity::Percent;

/// Days that terms may give.
const DAYS_MAX: u32 = 3_650;

/// The numbers of all companies, and of those that have their own.
pub(super) fn numbering(reading: &mut Reading, root: &mut Section, documents: &[DocumentFormat]) -> Option<Numbering> {
    root.has("numbering").then(|| of_section(reading, root, documents)).flatten()
}

/// The table `numbering` of a section.
pub(super) fn of_section(
    reading: &mut Reading,
    parent: &mut Section,
    documents: &[DocumentFormat],
) -> Option<Numbering> {
    let characters_max = if documents.contains(&DocumentFormat::Quickbooks) { QUICKBOOKS_MAX } else { NUMBER_MAX };
    let mut section = reading.section(parent, "numbering");
    let missing = !section.has(keys::NUMBER_INVOICE.name);
    let path = section.key(keys::NUMBER_INVOICE.name);
    let pattern = |node: &Node| NumberPattern::read(&filled(node)?, characters_max);
    let shown = |pattern: &NumberPattern| pattern.written().to_owned();
    let invoice = reading.optional(&mut section, keys::NUMBER_INVOICE.name, shown, pattern);
    let credit_note = reading.optional(&mut section, keys::NUMBER_CREDIT_NOTE.name, shown, pattern);
    let down_payment = reading.optional(&mut section, keys::NUMBER_DOWN_PAYMENT.name, shown, pattern);
    let first = reading.optional(&mut section, keys::NUMBER_FIRST.name, u64::to_string, |node| {
        let read = number(node).and_then(|text| text.parse().ok()).filter(|first| (1..=1_000_000_000).contains(first));
        read.ok_or_else(|| "allowed is a whole number from 1 to 1000000000".to_owned())
    });
    reading.finish(section);
    if missing {
        let message = format!("`{path}` is missing");
        reading.problem("missing-key", &Given::Nowhere, &path, message, "add `invoice = \"F{yyyy}-{seq:5}\"`");
    }
    let invoice = invoice?;
    Some(Numbering {
        credit_note: credit_note.unwrap_or_else(|| invoice.clone()),
        down_payment: down_payment.unwrap_or_else(|| invoice.clone()),
        invoice,
        first: first.unwrap_or(1),
    })
}

/// `[terms."X"]`: what payment terms mean that say it in words of their own.
pub(super) fn terms(reading: &mut Reading, root: &mut Section) -> BTreeMap<String, PaymentTerms> {
    let mut all = BTreeMap::new();
    if !root.has("terms") {
        return all;
    }
    let mut section = reading.section(root, "terms");
    for name in section.names() {
        let mut terms = reading.section(&mut section, &name);
        let days = |reading: &mut Reading, terms: &mut Section, key: &'static str| {
            reading.optional(terms, key, u32::to_string, |node| {
                let days = number(node).and_then(|text| text.parse().ok()).filter(|days| *days <= DAYS_MAX);
                days.ok_or_else(|| format!("allowed is a whole number of days from 0 to {DAYS_MAX}"))
            })
        };
        let due_days = days(reading, &mut terms, keys::TERMS_DUE_DAYS.name);
        let discount_days = days(reading, &mut terms, keys::TERMS_DISCOUNT_DAYS.name);
        let percent = typed(reading, &mut terms, keys::TERMS_DISCOUNT_PERCENT.name, |node| {
            decimal(node, "above 0 and below 100", |of: &Percent| *of > Percent::ZERO && *of < Percent::HUNDRED)
        });
        if let Some((percent, given)) = &percent {
            reading.in_force(terms.key(keys::TERMS_DISCOUNT_PERCENT.name), percent.to_string(), given);
        }
        let path = terms.key("");
        reading.finish(terms);
        if percent.is_some() != discount_days.is_some() {
            let message =
                format!("{} names one of `discount_percent` and `discount_days`", path.trim_end_matches(".\"\""));
            reading.problem("missing-key", &Given::Nowhere, &path, message, "a discount has both");
        }
        let discount = percent.map(|(percent, _)| percent).zip(discount_days);
        all.insert(name, PaymentTerms { due_days, discount });
    }
    reading.finish(section);
    all
}
