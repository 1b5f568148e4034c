//! What Peppol asks for of sellers of some countries (its rules NL-R, DE-R, DK-R, NO-R, SE-R, IT-R, IS-R): those that data can break. The crate
//! that checks a profile knows the rules that hold for all.

use en16931::invoice::DocumentKind;

use super::gaps::{Gaps, Missing};
use crate::document::model::{Buyer, Invoice};
use crate::job::CompanyProfile;
use crate::quantity::{Currency, Money};

/// Both sides of an invoice, as far as the rules of their countries ask.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    pub seller: &'a CompanyProfile,
    /// What the exports call it; empty when they do not.
    pub company: &'a str,
    pub buyer: &'a Buyer,
    pub currency: Currency,
    /// The buyer is to pay something.
    pub is_owed: bool,
}

impl<'a> Sides<'a> {
    pub fn of(invoice: &'a Invoice) -> Sides<'a> {
        let Invoice { seller, company, buyer, currency, .. } = invoice;
        Sides { seller, company, buyer, currency: *currency, is_owed: invoice.totals.total > Money::ZERO }
    }

    fn countries(&self) -> (&'a str, &'a str) {
        (&self.seller.country, &self.buyer.contact.address.country)
    }

    /// DE-R: between two Germans the rules of XRechnung hold.
    pub fn are_german(&self) -> bool {
        self.countries() == ("DE", "DE")
    }

    /// DK-R: between two Danes there are rules of their own.
    fn are_danish(&self) -> bool {
        self.countries() == ("DK", "DK")
    }
}

/// [`Sides::are_german`] of an invoice.
pub fn is_german(invoice: &Invoice) -> bool {
    Sides::of(invoice).are_german()
}

/// [`Sides::are_danish`] of an invoice.
pub fn is_danish(invoice: &Invoice) -> bool {
    Sides::of(invoice).are_danish()
}

/// What the seller lacks for the rules of its country.
pub fn of_seller(sides: &Sides<'_>) -> Vec<Missing> {
    let mut gaps = Gaps::of_company(sides.company);
    seller_gaps(&mut gaps, sides);
    gaps.missing
}

/// What the buyer lacks where the seller is of the same country.
pub fn of_buyer(sides: &Sides<'_>) -> Vec<Missing> {
    let mut gaps = Gaps::of_customer(&sides.buyer.customer_id);
    let (seller, buyer) = sides.countries();
    if seller == buyer {
        buyer_gaps(&mut gaps, sides.buyer);
    }
    gaps.missing
}

fn seller_gaps(gaps: &mut Gaps, sides: &Sides<'_>) {
    let seller = sides.seller;
    let registration = (seller.registration.as_str(), seller.registration_scheme.as_str());
    let fields = ["company.registration", "company.registration_scheme"];
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if ["NL", "IT", "IS"].contains(&seller.country.as_str()) {
        gaps.filled(&seller.street, "company.street", "BT-35", "the seller's street");
        gaps.filled(&seller.postcode, "company.postcode", "BT-38", "the seller's post code");
    }
    if ["NL", "IT"].contains(&seller.country.as_str()) {
        gaps.filled(&seller.city, "company.city", "BT-37", "the seller's city");
    }
    match seller.country.as_str() {
        "NL" => {
            dutch(gaps, registration, fields, "BT-30");
            if sides.is_owed {
                gaps.filled(&seller.iban, "company.iban", "BT-84", "the account to pay to");
            }
        }
        "DK" => {
            known(gaps, registration, fields, ("BT-30", "0184", "a CVR number, whose scheme is 0184"));
            if sides.are_danish() && sides.currency.code() != "EUR" && !seller.iban.is_empty() {
                gaps.filled(&seller.bic, "company.bic", "BT-86", "the seller's bank");
            }
        }
        "IS" => known(gaps, registration, fields, ("BT-30", "0196", "a kennitala, whose scheme is 0196")),
        "NO" => {
            let number = seller.vat_id.strip_prefix("NO");
            let own = number.and_then(|number| number.strip_suffix("MVA"));
            if number.is_some() && !own.is_some_and(|own| own.len() == 9 && mod11(own)) {
                gaps.say(
                    "company.vat_id",
                    "BT-31",
                    "NO, an organisation number of nine digits, and MVA",
                    &seller.vat_id,
                );
            }
        }
        "SE" => {
            let number = seller.vat_id.strip_prefix("SE");
            if number.is_some_and(|number| number.len() != 12 || !digits(number)) {
                gaps.say("company.vat_id", "BT-31", "SE and twelve digits", &seller.vat_id);
            }
            let own = seller.registration.as_str();
            let is_sound = own.is_empty() || own.len() == 10 && luhn(own);
            if !is_sound {
                gaps.say(fields[0], "BT-30", "an organisation number of ten digits", own);
            }
            let tax = seller.tax_number.trim();
            if !own.is_empty() && !tax.is_empty() && tax.to_uppercase() != "GODKÄND FÖR F-SKATT" {
                gaps.say("company.tax_number", "BT-32", "`Godkänd för F-skatt`", tax);
            }
        }
        "IT" => {
            let tax = seller.tax_number.trim();
            let plain = tax.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let is_sound = tax.is_empty() || plain && (11..=16).contains(&tax.len());
            if !is_sound {
                gaps.say("company.tax_number", "BT-32", "11 to 16 capitals and digits", tax);
            }
        }
        _ => {}
    }
}

fn buyer_gaps(gaps: &mut Gaps, buyer: &Buyer) {
    let contact = &buyer.contact;
    let registration = (contact.registration.as_str(), contact.registration_scheme.as_str());
    let fields = ["registration", "registration_scheme"];
    let country = contact.address.country.as_str();
    if ["NL", "IS"].contains(&country) {
        gaps.filled(&contact.address.street, "street", "BT-50", "the buyer's street");
        gaps.filled(&contact.address.postcode, "postcode", "BT-53", "the buyer's post code");
    }
    match country {
        "NL" => {
            gaps.filled(&contact.address.city, "city", "BT-52", "the buyer's city");
            dutch(gaps, registration, fields, "BT-47");
        }
        "IS" => known(gaps, registration, fields, ("BT-47", "0196", "a kennitala, whose scheme is 0196")),
        _ => {}
    }
}

/// NL-R-003 and -005: what stands there is a number of the chamber of commerce, or of the authorities.
fn dutch(gaps: &mut Gaps, registration: (&str, &str), fields: [&'static str; 2], term: &'static str) {
    let (number, scheme) = registration;
    if !number.is_empty() && !["0106", "0190"].contains(&scheme) {
        gaps.say(fields[1], term, "0106 of a KVK number, or 0190 of an OIN", scheme);
    }
}

/// A registration of one scheme is wanted.
fn known(
    gaps: &mut Gaps,
    (number, scheme): (&str, &str),
    fields: [&'static str; 2],
    (term, wanted, what): (&'static str, &str, &'static str),
) {
    if number.is_empty() {
        gaps.say(fields[0], term, what, "");
    } else if scheme != wanted {
        gaps.say(fields[1], term, what, scheme);
    }
}

/// What the rules of a country forbid of a document as it would be written.
pub fn impossible(mapped: &en16931::Invoice, invoice: &Invoice) -> Option<String> {
    let is_credit = mapped.kind == DocumentKind::CreditNote;
    match invoice.seller.country.as_str() {
        "NL" if is_credit && mapped.preceding_invoices.is_empty() => {
            Some("a credit note of a Dutch seller names an earlier invoice (BT-25), which is not known".to_owned())
        }
        "SE" if invoice.seller.vat_id.starts_with("SE") => {
            let taxes = || invoice.lines.iter().flat_map(|line| &line.taxes).filter(|tax| tax.category == "S");
            let unknown = taxes().find(|tax| ![25, 12, 6].iter().any(|rate| rate * 1_000_000 == tax.percent.micros()));
            unknown.map(|tax| format!("{} % is no rate of Swedish VAT", tax.percent))
        }
        "GR" | "EL" => {
            Some("Peppol wants an id of six parts of Greek sellers, which hourbill does not make".to_owned())
        }
        "DE" if is_german(invoice) => {
            let terms = mapped.payment_terms.as_deref().unwrap_or_default();
            let wrong = terms.lines().find(|line| line.trim().starts_with('#') && !is_skonto(line.trim()))?;
            Some(format!(
                "the payment terms (BT-20) have the line `{wrong}`, and one that begins with `#` has the form `#SKONTO#TAGE=10#PROZENT=2.00#`"
            ))
        }
        _ => None,
    }
}

/// DE-R-018.
fn is_skonto(line: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let decimal =
        |text: &str| text.split_once('.').is_some_and(|(whole, part)| digits(whole) && digits(part) && part.len() == 2);
    let inner = line.strip_prefix("#SKONTO#TAGE=").and_then(|rest| rest.strip_suffix('#'));
    let mut parts = inner.unwrap_or_default().split('#');
    let days = parts.next().is_some_and(digits);
    let percent = parts.next().and_then(|part| part.strip_prefix("PROZENT=")).is_some_and(decimal);
    let base = parts.next().is_none_or(|part| {
        part.strip_prefix("BASISBETRAG=").is_some_and(|text| decimal(text.strip_prefix('-').unwrap_or(text)))
    });
    days && percent && base && parts.next().is_none()
}

fn values(digits: &str) -> Option<Vec<u32>> {
    digits.chars().map(|char| char.to_digit(10)).collect()
}

/// A Norwegian organisation number: the last of nine digits proves the others.
fn mod11(digits: &str) -> bool {
    const WEIGHTS: [u32; 8] = [3, 2, 7, 6, 5, 4, 3, 2];
    let Some(values) = values(digits) else { return false };
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    values.last() == Some(&((11 - sum % 11) % 11))
}

/// A Swedish organisation number: every second digit counts twice.
fn luhn(digits: &str) -> bool {
    let Some(values) = values(digits) else { return false };
    let twice = |at: usize, digit: u32| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit };
    let sum: u32 = values.iter().rev().enumerate().map(|(at, digit)| twice(at, *digit)).sum();
    sum.is_multiple_of(10)
}
