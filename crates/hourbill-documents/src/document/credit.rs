//! N6: what takes back from a posted document, or charges again what was taken back, as a document of its own: the figures are those of
//! the ledger, parties and texts those of the document that it is about.

use std::collections::BTreeSet;

use super::model::{
    AnnexEntry, Corrects, Invoice, InvoiceKind, InvoiceLine, InvoiceTotals, LineKind, Status, TaxTotal,
};
use crate::calendar::Date;
use crate::posted::{self, Document, DocumentKind};
use crate::quantity::{self, HoursSum, Money, Percent, Quantity, UnitPrice, power_of_ten};

/// Hours of an entry on a line of the document.
#[derive(Clone, Copy, Debug)]
pub struct TakenPortion<'a> {
    pub line_no: u32,
    pub id: &'a str,
    pub days: i32,
    /// Microseconds, with the sign of the ledger.
    pub micros: i64,
}

/// The credit note of a credit or void; the invoice of what charges a customer again. `original` is the document that it names. `None` when
/// a line or an amount of it is none of the original's, which the ledger excludes.
pub fn taken_back(
    original: &Invoice,
    document: &Document,
    lines: &[posted::Line],
    portions: &[TakenPortion<'_>],
) -> Option<Invoice> {
    let charges = match document.total.minor() {
        0 => document.kind == DocumentKind::Undo,
        minor => minor > 0,
    };
    let sign = Sign { charges };
    let lines: Vec<InvoiceLine> =
        lines.iter().map(|line| self::line(original, sign, line, portions)).collect::<Option<_>>()?;
    let from = lines.iter().map(|line| line.from).min().unwrap_or(original.from);
    let to = lines.iter().map(|line| line.to).max().unwrap_or(original.to);
    let orders: BTreeSet<&str> = lines.iter().map(|line| line.order.as_str()).collect();
    let mut customer_references = original.customer_references.clone();
    customer_references.retain(|known| lines.iter().any(|line| line.customer_reference == *known));
    let taxes = document.taxes.iter().map(|tax| TaxTotal {
        category: tax.rate.category.clone(),
        percent: tax.rate.percent,
        base: sign.money(tax.base),
        amount: sign.money(tax.amount),
    });
    Some(Invoice {
        id: document.id.clone(),
        number: None,
        status: Status::Posted,
        kind: if charges { InvoiceKind::Invoice } else { InvoiceKind::CreditNote },
        seller: original.seller.clone(),
        company: original.company.clone(),
        buyer: original.buyer.clone(),
        currency: original.currency,
        issue_date: None,
        due_date: None,
        early_payment: None,
        corrects: Some(Corrects {
            number: original.number.clone(),
            id: original.id.clone(),
            date: original.issue_date,
        }),
        from,
        to,
        last_day: to,
        payment_terms: original.payment_terms.clone(),
        customer_references,
        orders: orders.into_iter().map(str::to_owned).collect(),
        taxes: taxes.collect(),
        totals: InvoiceTotals {
            net: sign.money(document.net),
            tax: sign.money(document.tax),
            rounding: sign.money(document.rounding),
            total: sign.money(document.total),
            hours: lines.iter().filter_map(|line| line.hours).sum(),
        },
        lines,
        prepaid: Vec::new(),
        notes: Vec::new(),
        profile: original.profile,
        embed_annex: original.embed_annex,
        hours_form: original.hours_form,
        rounding_refused: original.rounding_refused,
    })
}

/// B8: a credit note shows what it takes back as positive figures.
#[derive(Clone, Copy)]
struct Sign {
    charges: bool,
}

impl Sign {
    fn money(self, money: Money) -> Money {
        if self.charges { money } else { money.negated() }
    }

    fn quantity(self, quantity: Quantity) -> Quantity {
        if self.charges { quantity } else { quantity.negated() }
    }

    fn hours(self, hours: HoursSum) -> HoursSum {
        if self.charges { hours } else { -hours }
    }
}

fn line(original: &Invoice, sign: Sign, line: &posted::Line, portions: &[TakenPortion<'_>]) -> Option<InvoiceLine> {
    let source = usize::try_from(line.source_line?).ok()?;
    let of = original.lines.iter().find(|of| of.number == source)?;
    let entries = self::entries(of, sign, line.line_no, portions);
    let dates = || entries.iter().filter_map(|entry| entry.date);
    let (quantity, net) = (sign.quantity(line.quantity), sign.money(line.net));
    let told = PricedLine::of(original, of, quantity, net)?;
    // An amount takes no hour back.
    let hours = of.hours.filter(|_| !line.hours.is_zero() || !entries.is_empty()).map(|_| sign.hours(line.hours));
    Some(InvoiceLine {
        number: usize::try_from(line.line_no).ok()?,
        kind: of.kind,
        order: of.order.clone(),
        order_line: of.order_line.clone(),
        agreed: of.agreed.clone(),
        customer_reference: of.customer_reference.clone(),
        product: of.product.clone(),
        description: told.description,
        quantity: told.quantity,
        // What a credit takes of a line is worked out from the line, not from its hours.
        carried: None,
        uplift: Some(sign.hours(line.uplift)).filter(|uplift| !uplift.is_zero()),
        uom: told.uom,
        price: Some(told.price),
        discount: told.discount,
        net,
        taxes: of.taxes.clone(),
        hours,
        from: dates().min().unwrap_or(of.from),
        to: dates().max().unwrap_or(of.to),
        late: of.late,
        refers_to: None,
        entries,
    })
}

/// Quantity and price of a line, which come to its net.
struct PricedLine {
    description: String,
    quantity: Quantity,
    uom: String,
    price: UnitPrice,
    discount: Percent,
}

impl PricedLine {
    /// As the line that was billed, where its price gives the amount; else the amount alone, with the quantity in words.
    fn of(original: &Invoice, of: &InvoiceLine, quantity: Quantity, net: Money) -> Option<PricedLine> {
        let price = of.price.filter(|_| !quantity.is_zero());
        let price = price.filter(|price| quantity::net(quantity, *price, of.discount, original.currency) == Some(net));
        if let Some(price) = price {
            let (description, uom) = (of.description.clone(), of.uom.clone());
            return Some(PricedLine { description, quantity, uom, price, discount: of.discount });
        }
        let positive = if net.is_negative() { net.negated() } else { net };
        let scale = power_of_ten(6_u32.checked_sub(original.currency.digits())?)?;
        let price = UnitPrice::from_micros(i64::try_from(positive.minor().checked_mul(scale)?).ok()?);
        let one = Quantity::from_micros(1_000_000);
        let down_payment = matches!(of.kind, LineKind::DownPayment | LineKind::Deduction);
        let description = if quantity.is_zero() || down_payment {
            of.description.clone()
        } else {
            format!("{} ({quantity} {})", of.description, of.uom)
        };
        Some(PricedLine {
            description,
            quantity: if net.is_negative() { one.negated() } else { one },
            uom: if down_payment { of.uom.clone() } else { "Units".to_owned() },
            price,
            discount: Percent::ZERO,
        })
    }
}

/// The entries that are taken back, as they stood on the line.
fn entries(of: &InvoiceLine, sign: Sign, line_no: u32, portions: &[TakenPortion<'_>]) -> Vec<AnnexEntry> {
    let taken = portions.iter().filter(|portion| portion.line_no == line_no).map(|portion| {
        let date = Date::from_days(portion.days);
        let hours = sign.hours(HoursSum::from_micros(portion.micros.into()));
        let same = |entry: &&AnnexEntry| entry.timesheet_id == portion.id;
        match of.entries.iter().find(|entry| same(entry) && entry.date == date).or(of.entries.iter().find(same)) {
            Some(entry) => AnnexEntry { date, hours, ..entry.clone() },
            None => AnnexEntry {
                timesheet_id: portion.id.to_owned(),
                date,
                employee: String::new(),
                ticket: String::new(),
                description: String::new(),
                hours,
                linked_by: crate::link::LinkedBy::Ledger.name(),
            },
        }
    });
    let mut entries: Vec<AnnexEntry> = taken.collect();
    entries.sort_by(|a, b| (a.date, &a.timesheet_id).cmp(&(b.date, &b.timesheet_id)));
    entries
}
