//! What the customers of a job lack for electronic invoices, told from the inputs alone, before there is a draft.

use std::collections::{BTreeMap, BTreeSet};

use super::build::buyer;
use super::einvoice::{Missing, Sides, of_buyer, of_buyer_by_country, of_seller, of_seller_by_country};
use super::model::Buyer;
use crate::bill::rate_of;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::job::{Profile, Settings};
use crate::model::{Customer, OrderLine, World};
use crate::quantity::Currency;

/// Fields named of one kind; the rest is counted.
const NAMED_MAX: usize = 3;

/// One finding per customer with confirmed order lines that lacks something, and per company that sells to them. Sorted.
pub fn customers_missing(world: &World, settings: &Settings) -> Vec<Finding> {
    let mut lines_of: BTreeMap<Idx<Customer>, Vec<SoldLine<'_>>> = BTreeMap::new();
    for (idx, line) in world.lines.of_every_part().filter(|(_, line)| line.confirmed) {
        lines_of.entry(line.billed_customer()).or_default().push((idx, line));
    }
    let mut findings = Vec::new();
    let mut sellers: BTreeMap<&str, BTreeSet<Missing>> = BTreeMap::new();
    for (party, lines) in &lines_of {
        let categories = categories(settings, lines);
        let named: BTreeSet<&str> = categories.iter().map(String::as_str).collect();
        let buyer = buyer(world, *party);
        let mut missing: BTreeSet<Missing> = of_buyer(&buyer, &named, settings.output.profile).into_iter().collect();
        if settings.output.profile == Profile::Peppol {
            for (company, currency) in sold_by(world, lines) {
                let sides =
                    Sides { seller: settings.billing.seller(company), company, buyer: &buyer, currency, is_owed: true };
                missing.extend(of_buyer_by_country(&sides, &named));
                sellers.entry(company).or_default().extend(of_seller_by_country(&sides, &named));
            }
        }
        let mut told: Vec<String> = missing.iter().map(Missing::to_string).collect();
        told.extend(of_lines(world, lines, &buyer, settings.output.profile));
        if !told.is_empty() {
            let id = world.customers.id(*party).to_owned();
            let place = world.customers.at(*party).place;
            findings.push(finding(Subject::Customer, id, &told, settings, place));
        }
    }
    findings.extend(sellers_missing(world, settings, sellers));
    findings.sort();
    findings
}

/// A confirmed order line.
type SoldLine<'a> = (Idx<OrderLine>, &'a OrderLine);

/// Tax categories of some lines.
fn categories(settings: &Settings, lines: &[SoldLine<'_>]) -> BTreeSet<String> {
    let rates = lines.iter().flat_map(|(_, line)| &line.taxes).filter_map(|name| rate_of(&settings.billing, name));
    rates.map(|rate| rate.category).collect()
}

/// The companies that sell some lines, and the currencies.
fn sold_by<'a>(world: &'a World, lines: &[SoldLine<'_>]) -> BTreeSet<(&'a str, Currency)> {
    lines.iter().map(|(_, line)| (world.companies.id(line.company), line.currency)).collect()
}

/// `by_country`: what the rules of a company's country ask for beside the profile.
fn sellers_missing(world: &World, settings: &Settings, by_country: BTreeMap<&str, BTreeSet<Missing>>) -> Vec<Finding> {
    let mut by_country = by_country;
    let mut lines_of: BTreeMap<&str, Vec<SoldLine<'_>>> = BTreeMap::new();
    for (idx, line) in world.lines.of_every_part().filter(|(_, line)| line.confirmed) {
        lines_of.entry(world.companies.id(line.company)).or_default().push((idx, line));
    }
    if lines_of.is_empty() {
        lines_of.insert("", Vec::new());
    }
    let told = lines_of.into_iter().filter_map(|(company, lines)| {
        let categories = categories(settings, &lines);
        let named: BTreeSet<&str> = categories.iter().map(String::as_str).collect();
        let mut missing = by_country.remove(company).unwrap_or_default();
        missing.extend(of_seller(settings.billing.seller(company), company, &named, settings.output.profile));
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

/// Order lines without a tax, without payment terms of their own or of their customer, and without what Peppol knows the order by.
fn of_lines(world: &World, lines: &[SoldLine<'_>], buyer: &Buyer, profile: Profile) -> Vec<String> {
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
    let is_unknown = profile == Profile::Peppol && buyer.contact.buyer_reference.is_empty();
    let no_reference = |line: &&OrderLine| is_unknown && line.customer_reference.is_empty();
    let references =
        told(&no_reference, "customer_reference", "BT-13, where the customer has no `buyer_reference`, BT-10");
    taxes.into_iter().chain(terms).chain(references).collect()
}
