//! What Xero and QuickBooks Online import. Both work lines out anew from quantity and price, so a line whose amount they would not meet to the
//! cent is written as its amount alone, with the quantity in words.

use std::collections::BTreeMap;

use super::{Import, RunFile};
use crate::calendar::Date;
use crate::csv_text::CsvText;
use crate::document::{Due, Invoice, InvoiceKind, InvoiceLine, Status, due_of};
use crate::job::{Imports, PaymentTerms, Settings};
use crate::quantity::{Currency, Money, Percent, Quantity, UnitPrice, divide_rounded, power_of_ten};

/// Invoices that one file may hold.
const XERO_INVOICES_MAX: usize = 500;
const QUICKBOOKS_INVOICES_MAX: usize = 100;
/// Characters of an invoice number in QuickBooks.
const QUICKBOOKS_NUMBER_MAX: usize = 21;
/// Decimals that both keep of quantities and prices.
const DECIMALS: u32 = 4;
/// Decimals that both round amounts to, whatever the currency.
const AMOUNT_DECIMALS: u32 = 2;

const XERO: [&str; 25] = [
    "*ContactName",
    "EmailAddress",
    "POAddressLine1",
    "POAddressLine2",
    "POAddressLine3",
    "POAddressLine4",
    "POCity",
    "PORegion",
    "POPostalCode",
    "POCountry",
    "*InvoiceNumber",
    "Reference",
    "*InvoiceDate",
    "*DueDate",
    "InventoryItemCode",
    "*Description",
    "*Quantity",
    "*UnitAmount",
    "Discount",
    "*AccountCode",
    "*TaxType",
    "TrackingName1",
    "TrackingOption1",
    "Currency",
    "BrandingTheme",
];

const QUICKBOOKS: [&str; 16] = [
    "*InvoiceNo",
    "*Customer",
    "*InvoiceDate",
    "*DueDate",
    "Terms",
    "Location",
    "Memo",
    "Item(Product/Service)",
    "ItemDescription",
    "ItemQuantity",
    "ItemRate",
    "*ItemAmount",
    "*ItemTaxCode",
    "ItemTaxAmount",
    "Currency",
    "Service Date",
];

/// Xero.
pub static XERO_IMPORT: Import = Import {
    name: "xero",
    refused: |invoice, _| refused(invoice),
    files: |source, invoices| xero(invoices, &ImportTerms::of(source.settings)),
    file_refused: |_| None,
};

/// QuickBooks Online.
pub static QUICKBOOKS_IMPORT: Import = Import {
    name: "quickbooks",
    refused: |invoice, _| refused(invoice),
    files: |source, invoices| quickbooks(invoices, &ImportTerms::of(source.settings)),
    file_refused: |_| None,
};

/// What an import asks of the job.
pub struct ImportTerms<'a> {
    pub names: &'a Imports,
    /// N5: what payment terms mean, by their text.
    pub declared: &'a BTreeMap<String, PaymentTerms>,
}

impl<'a> ImportTerms<'a> {
    fn of(settings: &'a Settings) -> ImportTerms<'a> {
        ImportTerms { names: &settings.imports, declared: &settings.terms }
    }
}

/// Sales invoices and credit notes of Xero.
pub fn xero(invoices: &[&Invoice], terms: &ImportTerms<'_>) -> Vec<RunFile> {
    let names = terms.names;
    let rows = |invoice: &Invoice, rows: &mut CsvText| {
        let (date, due) = dates(invoice, terms);
        let address = &invoice.buyer.contact.address;
        for line in &invoice.lines {
            let priced = priced(invoice.currency, line);
            let description = described(line, priced.is_none());
            let (quantity, price, discount) =
                priced.unwrap_or_else(|| ("1".to_owned(), invoice.text(line.net), String::new()));
            let taxes = tax_names(line, names);
            let cells: [&str; XERO.len()] = [
                &invoice.buyer.name,
                &invoice.buyer.contact.email,
                &address.street,
                &address.street2,
                "",
                "",
                &address.city,
                "",
                &address.postcode,
                &address.country,
                invoice.called(),
                &references(invoice),
                &date,
                &due,
                "",
                &description,
                &quantity,
                &price,
                &discount,
                &names.account,
                &taxes,
                "",
                "",
                invoice.currency.code(),
                "",
            ];
            rows.row(cells);
        }
    };
    files(invoices, "xero", &XERO, XERO_INVOICES_MAX, rows)
}

/// Invoices of QuickBooks Online; credit notes stand apart, because its import takes invoices only.
pub fn quickbooks(invoices: &[&Invoice], terms: &ImportTerms<'_>) -> Vec<RunFile> {
    let names = terms.names;
    let rows = |invoice: &Invoice, rows: &mut CsvText| {
        let (date, due) = dates(invoice, terms);
        let number = short_number(invoice.called());
        let own = if number == invoice.called() { String::new() } else { invoice.called().to_owned() };
        let memo = [own, corrects(invoice)].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
        for line in &invoice.lines {
            let priced = priced(invoice.currency, line).filter(|_| line.discount == Percent::ZERO);
            let description = described(line, priced.is_none());
            let (quantity, price, _) = priced.unwrap_or_default();
            let (net, taxes) = (invoice.text(line.net), tax_names(line, names));
            let cells: [&str; QUICKBOOKS.len()] = [
                &number,
                &invoice.buyer.name,
                &date,
                &due,
                &invoice.payment_terms,
                "",
                &memo,
                &line.product,
                &description,
                &quantity,
                &price,
                &net,
                &taxes,
                "",
                invoice.currency.code(),
                &shown_date(line.to, names),
            ];
            rows.row(cells);
        }
    };
    files(invoices, "quickbooks", &QUICKBOOKS, QUICKBOOKS_INVOICES_MAX, rows)
}

fn files(
    invoices: &[&Invoice],
    system: &'static str,
    header: &[&str],
    invoices_max: usize,
    rows: impl Fn(&Invoice, &mut CsvText),
) -> Vec<RunFile> {
    let folders: &[&str] = if system == "xero" { &["imports", "xero"] } else { &["imports", "quickbooks"] };
    let (credit_notes, sales): (Vec<&Invoice>, Vec<&Invoice>) =
        invoices.iter().copied().partition(|invoice| invoice.kind == InvoiceKind::CreditNote);
    let mut files = Vec::new();
    for (name, invoices) in [("invoices", sales), ("credit_notes", credit_notes)] {
        for (number, invoices) in (1..).zip(invoices.chunks(invoices_max)) {
            let name = if number == 1 { format!("{name}.csv") } else { format!("{name}-{number}.csv") };
            let mut text = CsvText::crlf(',');
            text.row(header);
            invoices.iter().for_each(|invoice| rows(invoice, &mut text));
            files.push(RunFile { folders, name, bytes: text.bytes() });
        }
    }
    files
}

/// Why a draft cannot be imported to the cent.
pub fn refused(invoice: &Invoice) -> Option<String> {
    if let Some(why) = rounding_refused(invoice) {
        return Some(why);
    }
    let beyond = invoice.lines.iter().find(|line| {
        let part = invoice.currency.digits().checked_sub(AMOUNT_DECIMALS).and_then(power_of_ten);
        part.is_some_and(|part| line.net.minor() % part != 0)
    });
    if let Some(line) = beyond {
        return Some(format!(
            "line {} comes to {}, which it would round to two decimals",
            line.number,
            invoice.text(line.net)
        ));
    }
    let several = invoice.lines.iter().find(|line| line.taxes.len() > 1);
    several.map(|line| format!("line {} has more than one tax", line.number))
}

/// These systems add up lines and taxes and know no rounding amount of a document.
pub fn rounding_refused(invoice: &Invoice) -> Option<String> {
    let rounding = invoice.totals.rounding;
    (rounding != Money::ZERO).then(|| format!("its rounding amount of {} has no place there", invoice.text(rounding)))
}

/// Quantity, price and discount, when they give the net of the line as these systems work it out. Xero takes no quantity below 0, and what is no
/// stock may have a negative price in QuickBooks: the price takes the sign.
fn priced(currency: Currency, line: &InvoiceLine) -> Option<(String, String, String)> {
    let price = line.price?;
    let fits =
        |micros: i64, decimals: u32| power_of_ten(6 - decimals).is_some_and(|part| i128::from(micros) % part == 0);
    let kept = fits(line.quantity.micros(), DECIMALS)
        && fits(price.micros(), DECIMALS)
        && fits(line.discount.micros(), AMOUNT_DECIMALS)
        && line.discount >= Percent::ZERO;
    let share = i128::from(Percent::HUNDRED.micros() - line.discount.micros());
    let exact = i128::from(line.quantity.micros()).checked_mul(i128::from(price.micros()))?.checked_mul(share)?;
    // Hundredths, from six decimals of quantity, price and percent and the two of the percent sign.
    let worked_out = divide_rounded(exact, power_of_ten(20 - AMOUNT_DECIMALS)?)?;
    let net = match currency.digits().checked_sub(AMOUNT_DECIMALS) {
        Some(more) => line.net.minor().checked_div(power_of_ten(more)?)?,
        None => line.net.minor().checked_mul(power_of_ten(AMOUNT_DECIMALS - currency.digits())?)?,
    };
    let discount = if line.discount == Percent::ZERO { String::new() } else { line.discount.to_string() };
    let (quantity, price) = if line.quantity < Quantity::ZERO {
        (line.quantity.negated(), UnitPrice::from_micros(price.micros().checked_neg()?))
    } else {
        (line.quantity, price)
    };
    (kept && worked_out == net).then(|| (quantity.to_string(), price.to_string(), discount))
}

/// The line's words; with what it was worked out from when its amount stands alone.
fn described(line: &InvoiceLine, alone: bool) -> String {
    if !alone {
        return line.description.clone();
    }
    let discount = match line.discount {
        Percent::ZERO => String::new(),
        discount => format!(" less {discount} %"),
    };
    // A price that cannot be held exactly is told by the amount alone.
    let price = line.price.map(|price| format!(" at {price}")).unwrap_or_default();
    format!("{} ({} {}{price}{discount})", line.description, line.quantity, line.uom)
}

/// As the system calls them; an unknown name stays as it is.
fn tax_names(line: &InvoiceLine, names: &Imports) -> String {
    let named = line.taxes.iter().map(|tax| names.taxes.get(&tax.name).unwrap_or(&tax.name).as_str());
    named.collect::<Vec<_>>().join(", ")
}

/// The day of the invoice and the day it is due: of what was posted the one that the document says, else what the terms say (N5). Both systems
/// ask for one: where there is none, it is the day of the invoice.
fn dates(invoice: &Invoice, terms: &ImportTerms<'_>) -> (String, String) {
    let date = invoice.dated();
    let due = match (invoice.status, invoice.due_date) {
        (Status::Draft, None) => match due_of(invoice, date, terms.declared) {
            Due::On(due) => due,
            Due::NoTerms | Due::Unknown => date,
        },
        (_, due) => due.unwrap_or(date),
    };
    (shown_date(date, terms.names), shown_date(due, terms.names))
}

/// The customer's own names, and the document that a credit note is about: neither system takes in a link.
fn references(invoice: &Invoice) -> String {
    let corrects = Some(corrects(invoice)).filter(|text| !text.is_empty());
    let all = invoice.customer_references.iter().cloned().chain(corrects);
    all.collect::<Vec<_>>().join(", ")
}

fn corrects(invoice: &Invoice) -> String {
    // A draft says in its lines what it gives back of.
    let known = invoice.corrects.as_ref().filter(|_| invoice.status != Status::Draft);
    known.map_or_else(String::new, |corrects| corrects.called().to_owned())
}

fn shown_date(date: Date, names: &Imports) -> String {
    date.chrono().format(&names.date_format).to_string()
}

/// As much of an id as a number may have; a hash makes longer ones distinct.
fn short_number(id: &str) -> String {
    if id.chars().count() <= QUICKBOOKS_NUMBER_MAX {
        return id.to_owned();
    }
    let hash = blake3::hash(id.as_bytes()).to_hex();
    format!("D-{}", hash.get(..QUICKBOOKS_NUMBER_MAX - 2).unwrap_or_default())
}

#[cfg(test)]
#[path = "imports_tests.rs"]
mod tests;
