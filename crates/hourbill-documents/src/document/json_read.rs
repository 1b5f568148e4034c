//! Reads `invoice.json` back: documents that were posted are made again from what the ledger froze, by the writers that made them (N1).

use serde::Deserialize;

use super::model::{
    AnnexEntry, Buyer, Corrects, EarlyPayment, Invoice, InvoiceKind, InvoiceLine, InvoiceTotals, LineKind, LineTax,
    PrepaidBalance, Reference, Status, TaxTotal,
};
use crate::calendar::Date;
use crate::job::{CompanyProfile, Profile};
use crate::link::LinkedBy;
use crate::model::{Address, Contact};
use crate::quantity::{Currency, HoursForm, HoursSum, Money, Percent, Quantity, UnitPrice};

/// What cannot be read as `invoice.json`, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no invoice.json: {0}")]
pub struct NotAnInvoice(String);

/// The document that [`super::json_bytes`] or [`super::json_line`] wrote.
///
/// # Errors
/// Anything else.
pub fn invoice(bytes: &[u8]) -> Result<Invoice, NotAnInvoice> {
    let root: Root = serde_json::from_slice(bytes).map_err(|error| NotAnInvoice(error.to_string()))?;
    root.invoice()
}

#[derive(Deserialize)]
struct Root {
    format: String,
    version: u32,
    invoice_id: String,
    number: Option<String>,
    kind: String,
    status: String,
    issue_date: Option<String>,
    due_date: Option<String>,
    corrects: Option<CorrectsJson>,
    early_payment: Option<EarlyPaymentJson>,
    profile: String,
    /// Documents that were frozen before there was one have none, and the same of a buyer's registration.
    #[serde(default)]
    embed_annex: bool,
    hours_form: Option<String>,
    rounding_refused: bool,
    currency: String,
    period: Period,
    company: String,
    seller: std::collections::BTreeMap<String, String>,
    buyer: BuyerJson,
    payment_terms: String,
    customer_references: Vec<String>,
    orders: Vec<String>,
    lines: Vec<LineJson>,
    taxes: Vec<TaxTotalJson>,
    totals: TotalsJson,
    prepaid: Vec<PrepaidJson>,
    notes: Vec<String>,
}

#[derive(Deserialize)]
struct CorrectsJson {
    number: Option<String>,
    id: String,
    date: Option<String>,
}

#[derive(Deserialize)]
struct EarlyPaymentJson {
    percent: String,
    days: u32,
}

#[derive(Deserialize)]
struct Period {
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct BuyerJson {
    customer_id: String,
    name: String,
    vat_id: String,
    #[serde(default)]
    registration: String,
    #[serde(default)]
    registration_scheme: String,
    street: String,
    street2: String,
    city: String,
    postcode: String,
    country: String,
    email: String,
    language: String,
    electronic_address: String,
    electronic_address_scheme: String,
    buyer_reference: String,
}

#[derive(Deserialize)]
struct LineJson {
    line_no: usize,
    kind: String,
    order_id: String,
    order_line_id: String,
    project: Option<String>,
    customer_reference: String,
    product: String,
    description: String,
    quantity: String,
    carried_quantity: Option<String>,
    uom: String,
    unit_price: Option<String>,
    discount_pct: String,
    net_amount: String,
    taxes: Vec<LineTaxJson>,
    hours: Option<String>,
    uplift_hours: Option<String>,
    period: Period,
    late: bool,
    refers_to: Option<String>,
    refers_to_date: Option<String>,
    entries: Vec<EntryJson>,
}

#[derive(Deserialize)]
struct LineTaxJson {
    name: String,
    category: String,
    rate_pct: String,
}

#[derive(Deserialize)]
struct EntryJson {
    timesheet_id: String,
    date: Option<String>,
    employee: String,
    ticket_id: String,
    description: String,
    hours: String,
    linked_by: String,
}

#[derive(Deserialize)]
struct TaxTotalJson {
    category: String,
    rate_pct: String,
    base_amount: String,
    tax_amount: String,
}

#[derive(Deserialize)]
struct TotalsJson {
    net_amount: String,
    tax_amount: String,
    rounding_amount: String,
    total_amount: String,
    hours: String,
}

#[derive(Deserialize)]
struct PrepaidJson {
    order_id: String,
    order_line_id: String,
    product: String,
    as_of: Option<String>,
    ordered_hours: String,
    used_hours: String,
    #[serde(default)]
    expired_hours: Option<String>,
}

type Read<T> = Result<T, NotAnInvoice>;

/// What a reader makes of a text, or which text it cannot read.
fn read<T>(text: &str, what: &str, reader: impl FnOnce(&str) -> Option<T>) -> Read<T> {
    reader(text).ok_or_else(|| NotAnInvoice(format!("`{text}` is no {what}")))
}

fn date(text: &str) -> Read<Date> {
    read(text, "date", Date::parse)
}

fn optional_date(text: Option<&str>) -> Read<Option<Date>> {
    text.map(date).transpose()
}

fn hours(text: &str) -> Read<HoursSum> {
    read(text, "number of hours", HoursSum::from_text)
}

fn percent(text: &str) -> Read<Percent> {
    read(text, "percentage", |text| text.parse().ok())
}

impl Root {
    fn invoice(self) -> Read<Invoice> {
        if self.format != "hourbill-invoice" || self.version != super::json::VERSION {
            return Err(NotAnInvoice(format!("its format is `{}`, version {}", self.format, self.version)));
        }
        let currency = read(&self.currency, "currency", Currency::from_code)?;
        let money = |text: &str| read(text, "amount", |text| Money::from_text(text, currency));
        let (from, to) = self.period.dates()?;
        let mut seller = CompanyProfile::default();
        for (key, value) in self.seller {
            *read(&key, "key of a company", |key| seller.field_mut(key))? = value;
        }
        let corrects = self
            .corrects
            .map(|of| Ok(Corrects { number: of.number, id: of.id, date: optional_date(of.date.as_deref())? }));
        let early = self.early_payment;
        let early = early.map(|early| Ok(EarlyPayment { percent: percent(&early.percent)?, days: early.days }));
        let taxes = self.taxes.iter().map(|tax| {
            Ok(TaxTotal {
                category: tax.category.clone(),
                percent: percent(&tax.rate_pct)?,
                base: money(&tax.base_amount)?,
                amount: money(&tax.tax_amount)?,
            })
        });
        Ok(Invoice {
            id: self.invoice_id,
            number: self.number,
            status: read(&self.status, "status", |name| Status::ALL.into_iter().find(|known| known.name() == name))?,
            kind: read(&self.kind, "kind", |name| InvoiceKind::ALL.into_iter().find(|known| known.name() == name))?,
            seller,
            company: self.company,
            buyer: self.buyer.buyer(),
            currency,
            issue_date: optional_date(self.issue_date.as_deref())?,
            due_date: optional_date(self.due_date.as_deref())?,
            early_payment: early.transpose()?,
            corrects: corrects.transpose()?,
            from,
            to,
            // It is asked for only where there is no date.
            last_day: to,
            payment_terms: self.payment_terms,
            customer_references: self.customer_references,
            orders: self.orders,
            lines: self.lines.into_iter().map(|line| line.line(currency)).collect::<Read<_>>()?,
            taxes: taxes.collect::<Read<_>>()?,
            totals: InvoiceTotals {
                net: money(&self.totals.net_amount)?,
                tax: money(&self.totals.tax_amount)?,
                rounding: money(&self.totals.rounding_amount)?,
                total: money(&self.totals.total_amount)?,
                hours: hours(&self.totals.hours)?,
            },
            prepaid: self.prepaid.into_iter().map(PrepaidJson::balance).collect::<Read<_>>()?,
            notes: self.notes,
            profile: read(&self.profile, "profile", |name| {
                Profile::ALL.into_iter().find(|known| known.name() == name)
            })?,
            embed_annex: self.embed_annex,
            hours_form: match self.hours_form.as_deref() {
                None => HoursForm::Decimal,
                Some(name) => {
                    read(name, "form of hours", |name| HoursForm::ALL.into_iter().find(|known| known.name() == name))?
                }
            },
            rounding_refused: self.rounding_refused,
        })
    }
}

impl Period {
    fn dates(&self) -> Read<(Date, Date)> {
        Ok((date(&self.from)?, date(&self.to)?))
    }
}

impl BuyerJson {
    fn buyer(self) -> Buyer {
        let address = Address {
            street: self.street,
            street2: self.street2,
            city: self.city,
            postcode: self.postcode,
            country: self.country,
        };
        Buyer {
            customer_id: self.customer_id,
            name: self.name,
            contact: Contact {
                address,
                vat_id: self.vat_id,
                registration: self.registration,
                registration_scheme: self.registration_scheme,
                email: self.email,
                language: self.language,
                electronic_address: self.electronic_address,
                electronic_address_scheme: self.electronic_address_scheme,
                buyer_reference: self.buyer_reference,
            },
        }
    }
}

impl LineJson {
    fn line(self, currency: Currency) -> Read<InvoiceLine> {
        let (from, to) = self.period.dates()?;
        let tax =
            |tax: LineTaxJson| Ok(LineTax { name: tax.name, category: tax.category, percent: percent(&tax.rate_pct)? });
        let refers_to = match self.refers_to {
            Some(document) => Some(Reference { document, date: optional_date(self.refers_to_date.as_deref())? }),
            None => None,
        };
        let quantity = |text: &str| read(text, "quantity", |text| text.parse::<Quantity>().ok());
        let price = self.unit_price.map(|text| read(&text, "price", |text| text.parse::<UnitPrice>().ok()));
        Ok(InvoiceLine {
            number: self.line_no,
            kind: read(&self.kind, "kind of a line", |name| {
                LineKind::from_name(name).filter(|kind| kind.is_printed())
            })?,
            order: self.order_id,
            order_line: self.order_line_id,
            agreed: self.project,
            customer_reference: self.customer_reference,
            product: self.product,
            description: self.description,
            quantity: quantity(&self.quantity)?,
            carried: self.carried_quantity.as_deref().map(quantity).transpose()?,
            uplift: self.uplift_hours.as_deref().map(hours).transpose()?,
            uom: self.uom,
            price: price.transpose()?,
            discount: percent(&self.discount_pct)?,
            net: read(&self.net_amount, "amount", |text| Money::from_text(text, currency))?,
            taxes: self.taxes.into_iter().map(tax).collect::<Read<_>>()?,
            hours: self.hours.as_deref().map(hours).transpose()?,
            from,
            to,
            late: self.late,
            refers_to,
            entries: self.entries.into_iter().map(EntryJson::entry).collect::<Read<_>>()?,
        })
    }
}

impl EntryJson {
    fn entry(self) -> Read<AnnexEntry> {
        Ok(AnnexEntry {
            timesheet_id: self.timesheet_id,
            date: optional_date(self.date.as_deref())?,
            employee: self.employee,
            ticket: self.ticket_id,
            description: self.description,
            hours: hours(&self.hours)?,
            linked_by: read(&self.linked_by, "way to link", LinkedBy::word)?,
        })
    }
}

impl PrepaidJson {
    fn balance(self) -> Read<PrepaidBalance> {
        Ok(PrepaidBalance {
            on: optional_date(self.as_of.as_deref())?,
            bought: hours(&self.ordered_hours)?,
            used: hours(&self.used_hours)?,
            expired: self.expired_hours.as_deref().map_or(Ok(HoursSum::ZERO), hours)?,
            order: self.order_id,
            order_line: self.order_line_id,
            product: self.product,
        })
    }
}
