//! What an electronic invoice needs and the inputs do not say: the field to fill, and the business term of EN 16931 that it becomes.

use std::collections::BTreeSet;
use std::fmt;

use crate::document::model::{Buyer, Invoice, InvoiceLine};
use crate::job::{CompanyProfile, Profile};
use crate::quantity::Money;

/// A field to fill, or to correct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Of a job file (`company.vat_id`) or an input (`country`).
    pub field: &'static str,
    /// Whose; empty for the seller's.
    pub of: String,
    /// `BT-55` and the like.
    pub term: &'static str,
    pub what: &'static str,
    /// What stands there and cannot be used; empty when nothing does.
    pub value: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.field)?;
        if !self.of.is_empty() {
            write!(f, " of {}", self.of)?;
        }
        if self.value.is_empty() {
            write!(f, " is empty")?;
        } else {
            write!(f, " is `{}`", self.value)?;
        }
        write!(f, " ({}, {})", self.term, self.what)
    }
}

/// Gathers what is missing on one side.
struct Side {
    of: String,
    missing: Vec<Missing>,
}

impl Side {
    fn new(of: String) -> Side {
        Side { of, missing: Vec::new() }
    }

    fn say(&mut self, field: &'static str, term: &'static str, what: &'static str, value: &str) {
        let (of, value) = (self.of.clone(), value.to_owned());
        self.missing.push(Missing { field, of, term, what, value });
    }

    fn filled(&mut self, value: &str, field: &'static str, term: &'static str, what: &'static str) {
        if value.trim().is_empty() {
            self.say(field, term, what, "");
        }
    }

    fn country(&mut self, value: &str, field: &'static str, term: &'static str) {
        let known = en16931::codes::guard::country(value).is_ok();
        if !known {
            self.say(field, term, "a country code of ISO 3166 such as BE", value);
        }
    }

    /// BR-CO-09: a VAT id begins with its country.
    fn vat_id(&mut self, value: &str, field: &'static str, term: &'static str) {
        let prefix = value.get(..2).unwrap_or_default();
        let known = ["EL", "XI"].contains(&prefix) || en16931::codes::guard::country(prefix).is_ok();
        if !value.is_empty() && !known {
            self.say(field, term, "a VAT id that begins with its country", value);
        }
    }

    fn address(&mut self, value: &str, scheme: &str, fields: [&'static str; 2], term: &'static str) {
        if value.trim().is_empty() {
            self.say(fields[0], term, "an address for electronic invoices", "");
        } else if en16931::Identifier::eas(value, scheme).is_err() {
            let what = "an address that fits its scheme (a code of the list EAS such as 0208)";
            self.say(fields[1], term, what, scheme);
        }
    }
}

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
    let of = if company.is_empty() { String::new() } else { format!("company `{company}`") };
    let mut side = Side::new(of);
    side.filled(&seller.name, "company.name", "BT-27", "the seller's name");
    side.country(&seller.country, "company.country", "BT-40");
    side.vat_id(&seller.vat_id, "company.vat_id", "BT-31");
    let needs_vat_id = categories.iter().any(|category| ["K", "G"].contains(category));
    let is_taxed = categories.iter().any(|category| *category != "O");
    if seller.vat_id.is_empty() && needs_vat_id {
        side.say("company.vat_id", "BT-31", "the seller's VAT id", "");
    } else if seller.vat_id.is_empty() && is_taxed && seller.tax_number.is_empty() {
        side.say("company.vat_id", "BT-31", "the seller's VAT id, or else `company.tax_number`, BT-32", "");
    }
    // BR-CO-26; invoices outside the scope of VAT carry no VAT id.
    if seller.registration.is_empty() && (seller.vat_id.is_empty() || !is_taxed) {
        side.say("company.registration", "BT-30", "the seller's registration", "");
    }
    if is_delivered(profile) {
        let fields = ["company.electronic_address", "company.electronic_address_scheme"];
        let (address, scheme) =
            address_of(&seller.electronic_address, &seller.electronic_address_scheme, &seller.email, profile);
        side.address(address, scheme, fields, "BT-34");
    }
    match profile {
        Profile::XRechnung => {
            side.filled(&seller.city, "company.city", "BT-37", "the seller's city");
            side.filled(&seller.postcode, "company.postcode", "BT-38", "the seller's post code");
            side.filled(&seller.contact, "company.contact", "BT-41", "the seller's contact point");
            side.filled(&seller.phone, "company.phone", "BT-42", "the seller's telephone number");
            side.filled(&seller.email, "company.email", "BT-43", "the seller's email address");
            side.filled(&seller.iban, "company.iban", "BT-84", "the account to pay to");
        }
        Profile::Fr => {
            if siren(&seller.registration, &seller.vat_id).is_none() {
                side.say("company.registration", "BT-30", "the seller's SIREN of nine digits", &seller.registration);
            }
            side.filled(
                &seller.late_payment_note,
                "company.late_payment_note",
                "BT-22",
                "PMD, the penalties for late payment",
            );
            side.filled(&seller.recovery_note, "company.recovery_note", "BT-22", "PMT, the flat recovery fee");
            side.filled(
                &seller.discount_note,
                "company.discount_note",
                "BT-22",
                "AAB, the discount for early payment or that there is none",
            );
        }
        Profile::Peppol | Profile::FacturX => {}
    }
    side.missing
}

/// What the buyer lacks for invoices with these tax categories.
pub fn of_buyer(buyer: &Buyer, categories: &BTreeSet<&str>, profile: Profile) -> Vec<Missing> {
    let (contact, address) = (&buyer.contact, &buyer.contact.address);
    let mut side = Side::new(format!("customer `{}`", buyer.customer_id));
    side.country(&address.country, "country", "BT-55");
    side.vat_id(&contact.vat_id, "vat_id", "BT-48");
    if contact.vat_id.is_empty() && categories.iter().any(|category| ["AE", "K"].contains(category)) {
        side.say("vat_id", "BT-48", "the buyer's VAT id", "");
    }
    if is_delivered(profile) {
        let fields = ["electronic_address", "electronic_address_scheme"];
        let (address, scheme) =
            address_of(&contact.electronic_address, &contact.electronic_address_scheme, &contact.email, profile);
        side.address(address, scheme, fields, "BT-49");
    }
    match profile {
        Profile::XRechnung => {
            side.filled(&address.city, "city", "BT-52", "the buyer's city");
            side.filled(&address.postcode, "postcode", "BT-53", "the buyer's post code");
            side.filled(
                &contact.buyer_reference,
                "buyer_reference",
                "BT-10",
                "the buyer's reference, such as the Leitweg-ID",
            );
        }
        // The SIREN of a French buyer (BT-47) is in its VAT id.
        Profile::Peppol | Profile::FacturX | Profile::Fr => {}
    }
    side.missing
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

/// The number of a French company: nine digits, which its VAT id ends with.
pub fn siren<'a>(registration: &'a str, vat_id: &'a str) -> Option<&'a str> {
    let digits = |text: &str| text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let of_vat_id = vat_id.strip_prefix("FR").and_then(|rest| rest.get(2..));
    Some(registration).filter(|text| digits(text)).or_else(|| of_vat_id.filter(|text| digits(text)))
}
