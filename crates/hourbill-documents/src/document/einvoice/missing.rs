//! What an electronic invoice needs and the inputs do not say: the field to fill, and the business term of EN 16931 that it becomes.

use std::collections::BTreeSet;

use super::gaps::{Gaps, Missing};
use super::national::Sides;
use super::{france, national};
use crate::document::model::{Buyer, Invoice, InvoiceLine};
use crate::job::{CompanyProfile, Profile};
use crate::quantity::Money;

/// Profiles that deliver to an electronic address.
fn is_delivered(profile: Profile) -> bool {
    match profile {
        Profile::Peppol | Profile::XRechnung | Profile::Fr => true,
        Profile::FacturX => false,
    }
}

/// What the seller lacks for invoices with these tax categories. `company` is what the exports call it; empty when they do not.
pub fn of_seller(
    seller: &CompanyProfile,
    company: &str,
    categories: &BTreeSet<&str>,
    profile: Profile,
) -> Vec<Missing> {
    let mut gaps = Gaps::of_company(company);
    gaps.filled(&seller.name, "company.name", "BT-27", "the seller's name");
    gaps.country(&seller.country, "company.country", "BT-40");
    gaps.vat_id(&seller.vat_id, "company.vat_id", "BT-31");
    let needs_vat_id = categories.iter().any(|category| ["K", "G"].contains(category));
    let is_taxed = categories.iter().any(|category| *category != "O");
    if seller.vat_id.is_empty() && needs_vat_id {
        gaps.say("company.vat_id", "BT-31", "the seller's VAT id", "");
    } else if seller.vat_id.is_empty() && is_taxed && seller.tax_number.is_empty() {
        gaps.say("company.vat_id", "BT-31", "the seller's VAT id, or else `company.tax_number`, BT-32", "");
    }
    // BR-CO-26; invoices outside the scope of VAT carry no VAT id.
    if seller.registration.is_empty() && (seller.vat_id.is_empty() || !is_taxed) {
        gaps.say("company.registration", "BT-30", "the seller's registration", "");
    }
    gaps.scheme(&seller.registration, &seller.registration_scheme, "company.registration_scheme", "BT-30-1");
    if is_delivered(profile) {
        let fields = ["company.electronic_address", "company.electronic_address_scheme"];
        let (address, scheme) =
            address_of(&seller.electronic_address, &seller.electronic_address_scheme, &seller.email, profile);
        gaps.address(address, scheme, fields, "BT-34");
    }
    match profile {
        Profile::XRechnung => {
            gaps.filled(&seller.city, "company.city", "BT-37", "the seller's city");
            gaps.filled(&seller.postcode, "company.postcode", "BT-38", "the seller's post code");
            gaps.filled(&seller.contact, "company.contact", "BT-41", "the seller's contact point");
            gaps.filled(&seller.phone, "company.phone", "BT-42", "the seller's telephone number");
            gaps.filled(&seller.email, "company.email", "BT-43", "the seller's email address");
            gaps.filled(&seller.iban, "company.iban", "BT-84", "the account to pay to");
        }
        Profile::Fr => {
            let registration = [seller.registration.as_str(), &seller.registration_scheme];
            if france::siren(registration, &seller.country, &seller.vat_id).is_none() {
                gaps.say("company.registration", "BT-30", "the seller's SIREN of nine digits", &seller.registration);
            }
            if !["", "services", "goods", "both"].contains(&seller.supplies.as_str()) {
                gaps.say("company.supplies", "BT-23", "`services`, `goods` or `both`", &seller.supplies);
            }
            gaps.filled(
                &seller.late_payment_note,
                "company.late_payment_note",
                "BT-22",
                "PMD, the penalties for late payment",
            );
            gaps.filled(&seller.recovery_note, "company.recovery_note", "BT-22", "PMT, the flat recovery fee");
            gaps.filled(
                &seller.discount_note,
                "company.discount_note",
                "BT-22",
                "AAB, the discount for early payment or that there is none",
            );
        }
        Profile::Peppol | Profile::FacturX => {}
    }
    gaps.missing
}

/// What the buyer lacks for invoices with these tax categories.
pub fn of_buyer(buyer: &Buyer, categories: &BTreeSet<&str>, profile: Profile) -> Vec<Missing> {
    let (contact, address) = (&buyer.contact, &buyer.contact.address);
    let mut gaps = Gaps::of_customer(&buyer.customer_id);
    gaps.country(&address.country, "country", "BT-55");
    gaps.vat_id(&contact.vat_id, "vat_id", "BT-48");
    if contact.vat_id.is_empty() && categories.iter().any(|category| ["AE", "K"].contains(category)) {
        gaps.say("vat_id", "BT-48", "the buyer's VAT id", "");
    }
    gaps.scheme(&contact.registration, &contact.registration_scheme, "registration_scheme", "BT-47-1");
    if is_delivered(profile) {
        let fields = ["electronic_address", "electronic_address_scheme"];
        let (address, scheme) =
            address_of(&contact.electronic_address, &contact.electronic_address_scheme, &contact.email, profile);
        gaps.address(address, scheme, fields, "BT-49");
    }
    match profile {
        Profile::XRechnung => {
            gaps.filled(&address.city, "city", "BT-52", "the buyer's city");
            gaps.filled(&address.postcode, "postcode", "BT-53", "the buyer's post code");
            gaps.filled(
                &contact.buyer_reference,
                "buyer_reference",
                "BT-10",
                "the buyer's reference, such as the Leitweg-ID",
            );
        }
        // The SIREN of a French buyer (BT-47) is its registration, or in its VAT id.
        Profile::Peppol | Profile::FacturX | Profile::Fr => {}
    }
    gaps.missing
}

/// What Peppol asks for of sellers of some countries beside the profile. Between two Germans it holds the rules of XRechnung.
pub fn of_seller_by_country(sides: &Sides<'_>, categories: &BTreeSet<&str>) -> Vec<Missing> {
    let mut missing = national::of_seller(sides);
    if sides.are_german() {
        missing.extend(of_seller(sides.seller, sides.company, categories, Profile::XRechnung));
    }
    missing
}

/// The same of buyers.
pub fn of_buyer_by_country(sides: &Sides<'_>, categories: &BTreeSet<&str>) -> Vec<Missing> {
    let mut missing = national::of_buyer(sides);
    if sides.are_german() {
        missing.extend(of_buyer(sides.buyer, categories, Profile::XRechnung));
    }
    missing
}

/// What a draft lacks in all; sorted, each once.
pub fn of_draft(invoice: &Invoice, profile: Profile) -> Vec<Missing> {
    let categories: BTreeSet<&str> =
        invoice.lines.iter().flat_map(|line| &line.taxes).map(|tax| tax.category.as_str()).collect();
    let mut missing = of_seller(&invoice.seller, &invoice.company, &categories, profile);
    missing.extend(of_buyer(&invoice.buyer, &categories, profile));
    for line in &invoice.lines {
        missing.extend(of_line(line));
    }
    let of = || format!("order `{}`", invoice.orders.join("`, `"));
    if invoice.payment_terms.trim().is_empty() && invoice.totals.total > Money::ZERO && !is_credit(invoice) {
        let what = "when and how to pay";
        missing.push(Missing { field: "payment_terms", of: of(), term: "BT-20", what, value: String::new() });
    }
    let references = !invoice.buyer.contact.buyer_reference.is_empty() || invoice.customer_references.len() == 1;
    if profile == Profile::Peppol && !references {
        let what = "the buyer's reference, or one `customer_reference` of the orders, BT-13";
        let of = format!("customer `{}`", invoice.buyer.customer_id);
        missing.push(Missing { field: "buyer_reference", of, term: "BT-10", what, value: String::new() });
    }
    if profile == Profile::Peppol {
        let sides = Sides::of(invoice);
        missing.extend(of_seller_by_country(&sides, &categories));
        missing.extend(of_buyer_by_country(&sides, &categories));
    }
    missing.sort();
    missing.dedup();
    missing
}

fn is_credit(invoice: &Invoice) -> bool {
    invoice.kind == crate::document::model::InvoiceKind::CreditNote
}

/// A category is never guessed: a line without a tax has none.
fn of_line(line: &InvoiceLine) -> Option<Missing> {
    let of = format!("order line `{}`", line.order_line);
    let what = "the tax category of the line";
    line.taxes.is_empty().then(|| Missing { field: "taxes", of, term: "BT-151", what, value: String::new() })
}

/// The address for electronic invoices and its scheme. Where the rules allow a mail address, it serves as one.
pub fn address_of<'a>(address: &'a str, scheme: &'a str, email: &'a str, profile: Profile) -> (&'a str, &'a str) {
    if address.is_empty() && profile == Profile::XRechnung { (email, "EM") } else { (address, scheme) }
}
