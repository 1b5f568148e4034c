//! What the customers of a job lack for electronic invoices, told from the inputs alone, before there is a draft.

use std::collections::{BTreeMap, BTreeSet};

use super::build::buyer;
use super::einvoice::{Missing, of_buyer, of_seller};
use crate::bill::rate_of;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::job::Settings;
use crate::model::{Customer, OrderLine, World};

/// Fields named of one kind; the rest is counted.
const NAMED_MAX: usize = 3;

/// One finding per customer with confirmed order lines that lacks something, and per company that sells to them. Sorted.
pub fn customers_missing(world: &World, settings: &Settings) -> Vec<Finding> {
    let mut lines_of: BTreeMap<Idx<Customer>, Vec<(Idx<OrderLine>, &OrderLine)>> = BTreeMap::new();
    for (idx, line) in world.lines.iter().filter(|(_, line)| line.confirmed) {
        lines_of.entry(line.billed_customer()).or_default().push((idx, line));
    }
    let mut findings = Vec::new();
    for (party, lines) in &lines_of {
        let rates = lines.iter().flat_map(|(_, line)| &line.taxes).filter_map(|name| rate_of(&settings.billing, name));
        let categories: BTreeSet<String> = rates.map(|rate| rate.category).collect();
        let named: BTreeSet<&str> = categories.iter().map(String::as_str).collect();
        let missing = of_buyer(&buyer(world, *party), &named, settings.output.profile);
        let mut told: Vec<String> = missing.iter().map(Missing::to_string).collect();
        told.extend(of_lines(world, lines));
        if !told.is_empty() {
            let id = world.customers.id(*party).to_owned();
            let place = world.customers.at(*party).place;
            findings.push(finding(Subject::Customer, id, &told, settings, place));
        }
    }
    findings.extend(sellers_missing(world, settings));
    findings.sort();
    findings
}

fn sellers_missing(world: &World, settings: &Settings) -> Vec<Finding> {
    let mut categories_of: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, line) in world.lines.iter().filter(|(_, line)| line.confirmed) {
        let rates = line.taxes.iter().filter_map(|name| rate_of(&settings.billing, name));
        categories_of.entry(world.companies.id(line.company)).or_default().extend(rates.map(|rate| rate.category));
    }
    if categories_of.is_empty() {
        categories_of.insert("", BTreeSet::new());
    }
    let told = categories_of.into_iter().filter_map(|(company, categories)| {
        let named: BTreeSet<&str> = categories.iter().map(String::as_str).collect();
        let missing = of_seller(settings.billing.seller(company), company, &named, settings.output.profile);
        let told: Vec<String> = missing.iter().map(Missing::to_string).collect();
        let id = if company.is_empty() { "company" } else { company }.to_owned();
        (!told.is_empty()).then(|| finding(Subject::Input, id, &told, settings, None))
    });
    told.collect()
}

fn finding(
    subject: Subject,
    id: String,
    told: &[String],
    settings: &Settings,
    place: Option<crate::finding::Place>,
) -> Finding {
    let message =
        format!("no electronic invoice for `{id}` (profile {}): {}", settings.output.profile.name(), told.join("; "));
    Finding { code: Code::EInvoiceIncomplete, subject, id, message, place }
}

/// Order lines without a tax, and without payment terms of their own or of their customer.
fn of_lines(world: &World, lines: &[(Idx<OrderLine>, &OrderLine)]) -> Vec<String> {
    let customer = |line: &OrderLine| world.customers.at(line.customer);
    let no_tax = |line: &&OrderLine| line.taxes.is_empty();
    let no_terms = |line: &&OrderLine| line.payment_terms.is_empty() && customer(line).payment_terms.is_empty();
    let told = |lacks: &dyn Fn(&&OrderLine) -> bool, field: &str, term: &str| {
        let ids: Vec<&str> =
            lines.iter().filter(|(_, line)| lacks(line)).map(|(idx, _)| world.lines.id(*idx)).collect();
        let mut named: Vec<String> = ids.iter().take(NAMED_MAX).map(|id| format!("`{id}`")).collect();
        if ids.len() > NAMED_MAX {
            named.push(format!("{} more", ids.len() - NAMED_MAX));
        }
        (!ids.is_empty()).then(|| format!("`{field}` of order lines {} is empty ({term})", named.join(", ")))
    };
    let taxes = told(&no_tax, "taxes", "BT-151, the tax category of the line");
    let terms = told(&no_terms, "payment_terms", "BT-20, when and how to pay");
    taxes.into_iter().chain(terms).collect()
}
