//! A made-up invoice with something of everything, for tests and benches of documents.

use super::model::{
    AnnexEntry, Buyer, Invoice, InvoiceKind, InvoiceLine, InvoiceTotals, LineKind, LineTax, PrepaidBalance, Status,
    TaxTotal,
};
use crate::calendar::Date;
use crate::job::{CompanyProfile, Profile};
use crate::model::{Address, Contact};
use crate::quantity::{Currency, Hours, HoursForm, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize, net, tax};

fn day(day: u32) -> Option<Date> {
    Date::from_ymd(2026, 10, day)
}

/// Texts as people type them into timesheets.
const TEXTS: [&str; 5] = [
    "Analysed the failing import and restored last night's data",
    "Réunion avec l'équipe: priorités, délais",
    "Prüfung der Größenangaben, Übergabe",
    "",
    "Called back; waited for the vendor; repeated the migration on the test system, compared every table, wrote down the \
     differences and agreed on the next steps with the customer, who wants the report in the new layout by Friday",
];

const EMPLOYEES: [&str; 3] = ["Ana Lindqvist", "Zoë Dvořák", "Jan van den Berg"];

fn seller() -> CompanyProfile {
    CompanyProfile {
        name: "Harbour Support NV".to_owned(),
        vat_id: "BE0417497106".to_owned(),
        registration: "0417497106".to_owned(),
        registration_scheme: "0208".to_owned(),
        legal_note: "RPR Antwerpen".to_owned(),
        street: "Kaaistraat 12".to_owned(),
        city: "Antwerpen".to_owned(),
        postcode: "2000".to_owned(),
        country: "BE".to_owned(),
        contact: "Accounts receivable".to_owned(),
        email: "billing@harbour.example".to_owned(),
        phone: "+32 3 555 01 23".to_owned(),
        iban: "BE68539007547034".to_owned(),
        bic: "GKCCBEBB".to_owned(),
        bank: "Haven Bank".to_owned(),
        electronic_address: "0417497106".to_owned(),
        electronic_address_scheme: "0208".to_owned(),
        ..CompanyProfile::default()
    }
}

fn buyer(language: &str) -> Buyer {
    Buyer {
        customer_id: "C-0042".to_owned(),
        name: "Société Générale d'Éclairage SA".to_owned(),
        contact: Contact {
            address: Address {
                street: "Rue du Moulin 7".to_owned(),
                street2: "Bâtiment B, 3e étage".to_owned(),
                city: "Liège".to_owned(),
                postcode: "4000".to_owned(),
                country: "BE".to_owned(),
            },
            vat_id: "BE0403170701".to_owned(),
            registration: "0403170701".to_owned(),
            registration_scheme: "0208".to_owned(),
            email: "compta@eclairage.example".to_owned(),
            language: language.to_owned(),
            electronic_address: "0403170701".to_owned(),
            electronic_address_scheme: "0208".to_owned(),
            buyer_reference: "PO-DEPT-7".to_owned(),
        },
    }
}

fn vat(name: &str, percent: i64) -> LineTax {
    LineTax { name: name.to_owned(), category: "S".to_owned(), percent: Percent::from_micros(percent * 1_000_000) }
}

/// Entries `from` to `to`, in the order of an annex.
fn annex(from: usize, to: usize) -> Vec<AnnexEntry> {
    let mut entries: Vec<AnnexEntry> = (from..to)
        .map(|number| AnnexEntry {
            timesheet_id: format!("TS-{number:05}"),
            date: day(1 + (number % 31) as u32),
            employee: EMPLOYEES.get(number % 3).map_or("", |name| name).to_owned(),
            ticket: format!("T-{:04}", 100 + number % 9),
            description: TEXTS.get(number % 5).map_or("", |text| text).to_owned(),
            hours: Hours::from_micros(900_000_000 * (1 + number as i64 % 11)).into(),
            linked_by: "ticket",
        })
        .collect();
    entries.sort_by(|a, b| (a.date, &a.timesheet_id).cmp(&(b.date, &b.timesheet_id)));
    entries
}

/// What a line sells, at how many millionths of a price, with how many of a discount.
struct Sold<'a> {
    kind: LineKind,
    product: &'a str,
    quantity: Quantity,
    uom: &'a str,
    price: i64,
    discount: i64,
    tax: LineTax,
    entries: Vec<AnnexEntry>,
}

fn line(number: usize, sold: Sold<'_>, currency: Currency) -> Option<InvoiceLine> {
    let (price, discount) = (UnitPrice::from_micros(sold.price), Percent::from_micros(sold.discount));
    Some(InvoiceLine {
        number,
        kind: sold.kind,
        order: format!("S{:05}", 70 + number),
        order_line: format!("S{:05}/{number}", 70 + number),
        agreed: None,
        customer_reference: "4500012345".to_owned(),
        product: sold.product.to_owned(),
        description: sold.product.to_owned(),
        quantity: sold.quantity,
        carried: None,
        uplift: None,
        uom: sold.uom.to_owned(),
        price: Some(price),
        discount,
        net: net(sold.quantity, price, discount, currency)?,
        taxes: vec![sold.tax],
        hours: matches!(sold.kind, LineKind::Time | LineKind::Overage)
            .then(|| sold.entries.iter().map(|entry| entry.hours).sum()),
        from: day(1)?,
        to: day(31)?,
        late: false,
        refers_to: None,
        entries: sold.entries,
    })
}

/// Two time lines with `entries` entries and a prepaid line.
fn lines(entries: usize, currency: Currency) -> Option<Vec<InvoiceLine>> {
    let of = |entries: &[AnnexEntry], unit: UnitSize| unit.quantity(entries.iter().map(|entry| entry.hours).sum(), 2);
    let split = entries * 3 / 4;
    let (support, consulting) = (annex(0, split), annex(split, entries));
    let days = UnitSize::of_hours(Quantity::from_micros(8_000_000))?;
    let sold = [
        Sold {
            kind: LineKind::Time,
            product: "Helpdesk support, business hours",
            quantity: of(&support, UnitSize::HOUR)?,
            uom: "Hours",
            price: 87_500_000,
            discount: 0,
            tax: vat("21%", 21),
            entries: support,
        },
        Sold {
            kind: LineKind::Time,
            product: "Consulting on site",
            quantity: of(&consulting, days)?,
            uom: "Days",
            price: 960_000_000,
            discount: 5_000_000,
            tax: vat("21%", 21),
            entries: consulting,
        },
        Sold {
            kind: LineKind::Prepaid,
            product: "Support pack of 20 hours",
            quantity: Quantity::from_micros(20_000_000),
            uom: "Hours",
            price: 80_000_000,
            discount: 0,
            tax: vat("6%", 6),
            entries: Vec::new(),
        },
    ];
    (1..).zip(sold).map(|(number, sold)| line(number, sold, currency)).collect()
}

/// The tax of each rate, lowest rate first.
fn taxes(lines: &[InvoiceLine]) -> Option<Vec<TaxTotal>> {
    let of_rate = |percent: Percent| {
        let of_rate = lines.iter().filter(|line| line.taxes.iter().any(|tax| tax.percent == percent));
        let base = of_rate.map(|line| line.net).try_fold(Money::ZERO, Money::checked_add)?;
        Some(TaxTotal { category: "S".to_owned(), percent, base, amount: tax(base, percent)? })
    };
    [6, 21].map(|percent| Percent::from_micros(percent * 1_000_000)).into_iter().map(of_rate).collect()
}

fn totals(lines: &[InvoiceLine], taxes: &[TaxTotal]) -> Option<InvoiceTotals> {
    let net = lines.iter().map(|line| line.net).try_fold(Money::ZERO, Money::checked_add)?;
    let tax = taxes.iter().map(|tax| tax.amount).try_fold(Money::ZERO, Money::checked_add)?;
    let hours: HoursSum = lines.iter().filter_map(|line| line.hours).sum();
    Some(InvoiceTotals { net, tax, rounding: Money::ZERO, total: net.checked_add(tax)?, hours })
}

/// An invoice with `entries` entries over two time lines and a prepaid line, in a language; figures follow the rules.
/// `None` when the numbers do not fit, which they do.
pub fn invoice(id: &str, entries: usize, language: &str) -> Option<Invoice> {
    let currency = Currency::from_code("EUR")?;
    let (first, last) = (day(1)?, day(31)?);
    let lines = lines(entries, currency)?;
    let taxes = taxes(&lines)?;
    Some(Invoice {
        id: id.to_owned(),
        number: None,
        status: Status::Draft,
        kind: InvoiceKind::Invoice,
        seller: seller(),
        company: String::new(),
        buyer: buyer(language),
        currency,
        issue_date: None,
        due_date: None,
        early_payment: None,
        corrects: None,
        from: first,
        to: last,
        last_day: last,
        payment_terms: "30 days".to_owned(),
        customer_references: vec!["4500012345".to_owned()],
        orders: lines.iter().map(|line| line.order.clone()).collect(),
        totals: totals(&lines, &taxes)?,
        lines,
        taxes,
        prepaid: vec![PrepaidBalance {
            on: Some(last),
            order: "S00073".to_owned(),
            order_line: "S00073/3".to_owned(),
            product: "Support pack of 20 hours".to_owned(),
            bought: Hours::from_micros(20 * 3_600_000_000).into(),
            used: Hours::from_micros(23 * 3_600_000_000 + 1_200_000_000).into(),
            expired: Hours::ZERO.into(),
        }],
        notes: Vec::new(),
        profile: Profile::default(),
        embed_annex: false,
        hours_form: HoursForm::default(),
        rounding_refused: false,
    })
}
