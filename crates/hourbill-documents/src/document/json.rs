//! `invoice.json`: the canonical form of a document. docs/invoice.schema.json is its schema. Amounts, quantities and hours are decimal text, so
//! that no reader loses a cent to a float.

use serde::Serialize;

use super::model::{AnnexEntry, Buyer, Invoice, InvoiceLine, LineTax, PrepaidBalance, TaxTotal};
use super::{DocumentError, DraftFile, Format, Scope};
use crate::calendar::Date;
use crate::job::CompanyProfile;
use crate::quantity::{HoursForm, Money, Percent, Quantity, UnitPrice};

/// Rises when a reader of the last version would misread this one.
pub(super) const VERSION: u32 = 1;

pub struct Json;

impl Format for Json {
    fn scope(&self) -> Scope {
        Scope::Draft
    }

    fn of_draft(&self, invoice: &Invoice) -> Result<Option<DraftFile>, DocumentError> {
        Ok(Some(DraftFile { name: "invoice.json", bytes: bytes(invoice) }))
    }
}

/// The bytes of `invoice.json`.
pub fn bytes(invoice: &Invoice) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&Root::of(invoice)).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The same in one line: what a run keeps of its drafts for `post` (N1).
pub fn line(invoice: &Invoice) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&Root::of(invoice)).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[derive(Serialize)]
struct Root<'a> {
    format: &'static str,
    version: u32,
    invoice_id: &'a str,
    number: Option<&'a str>,
    kind: &'static str,
    /// A draft is no invoice yet: whoever reads it is told so.
    status: &'static str,
    transmittable: bool,
    issue_date: Option<String>,
    due_date: Option<String>,
    corrects: Option<CorrectsJson<'a>>,
    early_payment: Option<EarlyPaymentJson>,
    profile: &'static str,
    /// N8.
    embed_annex: bool,
    /// Of its pages; decimal when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_form: Option<&'static str>,
    /// B9: no electronic form, because of how its taxes are rounded.
    rounding_refused: bool,
    currency: &'a str,
    period: Period,
    company: &'a str,
    seller: Seller<'a>,
    buyer: BuyerJson<'a>,
    payment_terms: &'a str,
    customer_references: &'a [String],
    orders: &'a [String],
    lines: Vec<LineJson<'a>>,
    taxes: Vec<TaxTotalJson<'a>>,
    totals: TotalsJson,
    prepaid: Vec<PrepaidJson<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct CorrectsJson<'a> {
    number: Option<&'a str>,
    id: &'a str,
    date: Option<String>,
}

#[derive(Serialize)]
struct EarlyPaymentJson {
    percent: Percent,
    days: u32,
}

#[derive(Serialize)]
struct Period {
    from: String,
    to: String,
}

impl Period {
    fn of(from: Date, to: Date) -> Period {
        Period { from: from.to_string(), to: to.to_string() }
    }
}

macro_rules! seller {
    ($($key:ident),+) => {
        #[derive(Serialize)]
        struct Seller<'a> { $($key: &'a str,)+ }

        impl<'a> Seller<'a> {
            fn of(company: &'a CompanyProfile) -> Seller<'a> {
                Seller { $($key: &company.$key,)+ }
            }
        }
    };
}

seller!(
    name,
    vat_id,
    tax_number,
    registration,
    registration_scheme,
    legal_note,
    street,
    street2,
    city,
    postcode,
    region,
    country,
    contact,
    email,
    phone,
    website,
    iban,
    bic,
    bank,
    electronic_address,
    electronic_address_scheme,
    supplies,
    late_payment_note,
    recovery_note,
    discount_note
);

#[derive(Serialize)]
struct BuyerJson<'a> {
    customer_id: &'a str,
    name: &'a str,
    vat_id: &'a str,
    registration: &'a str,
    registration_scheme: &'a str,
    street: &'a str,
    street2: &'a str,
    city: &'a str,
    postcode: &'a str,
    country: &'a str,
    email: &'a str,
    language: &'a str,
    electronic_address: &'a str,
    electronic_address_scheme: &'a str,
    buyer_reference: &'a str,
}

impl<'a> BuyerJson<'a> {
    fn of(buyer: &'a Buyer) -> BuyerJson<'a> {
        let (contact, address) = (&buyer.contact, &buyer.contact.address);
        BuyerJson {
            customer_id: &buyer.customer_id,
            name: &buyer.name,
            vat_id: &contact.vat_id,
            registration: &contact.registration,
            registration_scheme: &contact.registration_scheme,
            street: &address.street,
            street2: &address.street2,
            city: &address.city,
            postcode: &address.postcode,
            country: &address.country,
            email: &contact.email,
            language: &contact.language,
            electronic_address: &contact.electronic_address,
            electronic_address_scheme: &contact.electronic_address_scheme,
            buyer_reference: &contact.buyer_reference,
        }
    }
}

#[derive(Serialize)]
struct LineJson<'a> {
    line_no: usize,
    kind: &'static str,
    order_id: &'a str,
    order_line_id: &'a str,
    project: Option<&'a str>,
    customer_reference: &'a str,
    product: &'a str,
    description: &'a str,
    quantity: Quantity,
    #[serde(skip_serializing_if = "Option::is_none")]
    carried_quantity: Option<Quantity>,
    uom: &'a str,
    unit_code: &'static str,
    unit_price: Option<UnitPrice>,
    discount_pct: Percent,
    net_amount: String,
    taxes: Vec<LineTaxJson<'a>>,
    hours: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uplift_hours: Option<String>,
    period: Period,
    late: bool,
    refers_to: Option<&'a str>,
    refers_to_date: Option<String>,
    entries: Vec<EntryJson<'a>>,
}

impl<'a> LineJson<'a> {
    fn of(invoice: &Invoice, line: &'a InvoiceLine) -> LineJson<'a> {
        LineJson {
            line_no: line.number,
            kind: line.kind.name(),
            order_id: &line.order,
            order_line_id: &line.order_line,
            project: line.agreed.as_deref(),
            customer_reference: &line.customer_reference,
            product: &line.product,
            description: &line.description,
            quantity: line.quantity,
            carried_quantity: line.carried,
            uom: &line.uom,
            unit_code: line.unit_code(),
            unit_price: line.price,
            discount_pct: line.discount,
            net_amount: invoice.text(line.net),
            taxes: line.taxes.iter().map(LineTaxJson::of).collect(),
            hours: line.hours.map(|hours| hours.to_string()),
            uplift_hours: line.uplift.map(|uplift| uplift.to_string()),
            period: Period::of(line.from, line.to),
            late: line.late,
            refers_to: line.refers_to.as_ref().map(|reference| reference.document.as_str()),
            refers_to_date: line.refers_to.as_ref().and_then(|reference| reference.date).map(|date| date.to_string()),
            entries: line.entries.iter().map(EntryJson::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct LineTaxJson<'a> {
    name: &'a str,
    category: &'a str,
    rate_pct: Percent,
}

impl<'a> LineTaxJson<'a> {
    fn of(tax: &'a LineTax) -> LineTaxJson<'a> {
        LineTaxJson { name: &tax.name, category: &tax.category, rate_pct: tax.percent }
    }
}

#[derive(Serialize)]
struct EntryJson<'a> {
    timesheet_id: &'a str,
    date: Option<String>,
    employee: &'a str,
    ticket_id: &'a str,
    description: &'a str,
    hours: String,
    linked_by: &'static str,
}

impl<'a> EntryJson<'a> {
    fn of(entry: &'a AnnexEntry) -> EntryJson<'a> {
        EntryJson {
            timesheet_id: &entry.timesheet_id,
            date: entry.date.map(|date| date.to_string()),
            employee: &entry.employee,
            ticket_id: &entry.ticket,
            description: &entry.description,
            hours: entry.hours.to_string(),
            linked_by: entry.linked_by,
        }
    }
}

#[derive(Serialize)]
struct TaxTotalJson<'a> {
    category: &'a str,
    rate_pct: Percent,
    base_amount: String,
    tax_amount: String,
}

impl<'a> TaxTotalJson<'a> {
    fn of(invoice: &Invoice, tax: &'a TaxTotal) -> TaxTotalJson<'a> {
        TaxTotalJson {
            category: &tax.category,
            rate_pct: tax.percent,
            base_amount: invoice.text(tax.base),
            tax_amount: invoice.text(tax.amount),
        }
    }
}

#[derive(Serialize)]
struct TotalsJson {
    net_amount: String,
    tax_amount: String,
    rounding_amount: String,
    total_amount: String,
    hours: String,
}

#[derive(Serialize)]
struct PrepaidJson<'a> {
    order_id: &'a str,
    order_line_id: &'a str,
    product: &'a str,
    /// The day at whose end the figures are these.
    as_of: Option<String>,
    ordered_hours: String,
    used_hours: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_hours: Option<String>,
    remaining_hours: String,
}

impl<'a> PrepaidJson<'a> {
    fn of(balance: &'a PrepaidBalance) -> PrepaidJson<'a> {
        PrepaidJson {
            order_id: &balance.order,
            order_line_id: &balance.order_line,
            product: &balance.product,
            as_of: balance.on.map(|date| date.to_string()),
            ordered_hours: balance.bought.to_string(),
            used_hours: balance.used.to_string(),
            expired_hours: Some(balance.expired).filter(|hours| !hours.is_zero()).map(|hours| hours.to_string()),
            remaining_hours: balance.left().to_string(),
        }
    }
}

impl<'a> Root<'a> {
    fn of(invoice: &'a Invoice) -> Root<'a> {
        let money = |amount: Money| invoice.text(amount);
        let totals = &invoice.totals;
        Root {
            format: "hourbill-invoice",
            version: VERSION,
            invoice_id: &invoice.id,
            number: invoice.number.as_deref(),
            kind: invoice.kind.name(),
            status: invoice.status.name(),
            transmittable: invoice.status.is_transmittable(),
            issue_date: invoice.issue_date.map(|date| date.to_string()),
            due_date: invoice.due_date.map(|date| date.to_string()),
            corrects: invoice.corrects.as_ref().map(|corrects| CorrectsJson {
                number: corrects.number.as_deref(),
                id: &corrects.id,
                date: corrects.date.map(|date| date.to_string()),
            }),
            early_payment: invoice
                .early_payment
                .map(|early| EarlyPaymentJson { percent: early.percent, days: early.days }),
            profile: invoice.profile.name(),
            embed_annex: invoice.embed_annex,
            hours_form: Some(invoice.hours_form).filter(|form| *form != HoursForm::Decimal).map(HoursForm::name),
            rounding_refused: invoice.rounding_refused,
            currency: invoice.currency.code(),
            period: Period::of(invoice.from, invoice.to),
            company: &invoice.company,
            seller: Seller::of(&invoice.seller),
            buyer: BuyerJson::of(&invoice.buyer),
            payment_terms: &invoice.payment_terms,
            customer_references: &invoice.customer_references,
            orders: &invoice.orders,
            lines: invoice.lines.iter().map(|line| LineJson::of(invoice, line)).collect(),
            taxes: invoice.taxes.iter().map(|tax| TaxTotalJson::of(invoice, tax)).collect(),
            totals: TotalsJson {
                net_amount: money(totals.net),
                tax_amount: money(totals.tax),
                rounding_amount: money(totals.rounding),
                total_amount: money(totals.total),
                hours: totals.hours.to_string(),
            },
            prepaid: invoice.prepaid.iter().map(PrepaidJson::of).collect(),
            notes: &invoice.notes,
        }
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
