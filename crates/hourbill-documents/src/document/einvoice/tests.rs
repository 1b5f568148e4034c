use super::*;
use crate::document::model::{InvoiceKind, LineKind, Reference};
use crate::document::specimen;
use crate::quantity::{Currency, Money, Percent, Quantity, UnitPrice};

fn sample(profile: Profile) -> Invoice {
    let mut invoice = specimen::invoice("D-2026-10-C-0042-EUR", 12, "fr").unwrap();
    invoice.profile = profile;
    if profile == Profile::Fr {
        for (line, percent) in invoice.lines.iter_mut().zip([20, 20, 10]) {
            line.taxes[0].percent = Percent::from_micros(percent * 1_000_000);
        }
        summed_up(&mut invoice);
        invoice.seller.registration = "552100554".to_owned();
        invoice.seller.vat_id = "FR83552100554".to_owned();
        invoice.seller.country = "FR".to_owned();
        invoice.seller.electronic_address = "552100554".to_owned();
        invoice.seller.electronic_address_scheme = "0225".to_owned();
        invoice.seller.late_payment_note = "Pénalités de retard: trois fois le taux légal".to_owned();
        invoice.seller.recovery_note = "Indemnité forfaitaire de recouvrement: 40 EUR".to_owned();
        invoice.seller.discount_note = "Pas d'escompte".to_owned();
        invoice.buyer.contact.vat_id = "FR32542065479".to_owned();
        invoice.buyer.contact.address.country = "FR".to_owned();
        invoice.buyer.contact.electronic_address = "542065479".to_owned();
        invoice.buyer.contact.electronic_address_scheme = "0225".to_owned();
    }
    invoice
}

fn text(bytes: Option<Vec<u8>>) -> String {
    String::from_utf8(bytes.unwrap()).unwrap()
}

/// Totals of a draft anew, after a test has changed its lines.
fn summed_up(invoice: &mut Invoice) {
    invoice.taxes.clear();
    for line in &invoice.lines {
        let tax = &line.taxes[0];
        let known = |total: &&mut crate::document::model::TaxTotal| {
            total.category == tax.category && total.percent == tax.percent
        };
        match invoice.taxes.iter_mut().find(known) {
            Some(total) => total.base = total.base.checked_add(line.net).unwrap(),
            None => invoice.taxes.push(crate::document::model::TaxTotal {
                category: tax.category.clone(),
                percent: tax.percent,
                base: line.net,
                amount: Money::ZERO,
            }),
        }
    }
    for total in &mut invoice.taxes {
        total.amount = crate::quantity::tax(total.base, total.percent).unwrap();
    }
    let sum = |amounts: &mut dyn Iterator<Item = Money>| {
        amounts.fold(Money::ZERO, |sum, amount| sum.checked_add(amount).unwrap())
    };
    invoice.totals.net = sum(&mut invoice.lines.iter().map(|line| line.net));
    invoice.totals.tax = sum(&mut invoice.taxes.iter().map(|tax| tax.amount));
    let (net, tax, rounding) = (invoice.totals.net, invoice.totals.tax, invoice.totals.rounding);
    invoice.totals.total = net.checked_add(tax).unwrap().checked_add(rounding).unwrap();
}

fn category(invoice: &mut Invoice, category: &str) {
    for tax in invoice.lines.iter_mut().flat_map(|line| &mut line.taxes) {
        category.clone_into(&mut tax.category);
        tax.percent = Percent::ZERO;
        "Exempt, article 44".clone_into(&mut tax.name);
    }
    summed_up(invoice);
}

#[test]
fn every_profile_and_syntax_is_written_and_the_same_again() {
    for profile in Profile::ALL {
        let invoice = sample(profile);
        assert_eq!(obstacle(&invoice), None, "{profile:?}");
        let (ubl_text, cii_text) = (text(ubl(&invoice)), text(cii(&invoice)));
        assert_eq!(ubl_text, text(ubl(&invoice)));
        assert!(
            ubl_text.contains("<cbc:StartDate>2026-10-01</cbc:StartDate>") && ubl_text.contains("unitCode=\"HUR\"")
        );
        assert!(ubl_text.contains("unitCode=\"DAY\"") && cii_text.contains("unitCode=\"DAY\""));
        for xml in [ubl_text, cii_text] {
            assert!(xml.contains(map::not_transmittable(Status::Draft).unwrap()), "{xml}");
        }
    }
}

#[cfg(feature = "pdf")]
#[test]
fn the_hybrid_carries_the_cii_invoice_and_is_the_same_again() {
    use en16931_formats::zugferd::{Limits, extract};
    for profile in [Profile::FacturX, Profile::XRechnung, Profile::Peppol, Profile::Fr] {
        let invoice = sample(profile);
        let pdf = factur_x(&invoice).unwrap().unwrap();
        assert_eq!(pdf, factur_x(&invoice).unwrap().unwrap());
        let inside = extract(&pdf, &Limits::default()).unwrap();
        let core = Invoice { profile: if profile == Profile::Fr { profile } else { Profile::FacturX }, ..invoice };
        assert_eq!(inside.xml, cii(&core).unwrap());
    }
}

#[test]
fn figures_read_back_are_those_of_the_model() {
    let mut invoice = sample(Profile::Peppol);
    invoice.lines[0].quantity = Quantity::from_micros(1_234_567);
    invoice.lines[0].price = Some(UnitPrice::from_micros(33_333_333));
    invoice.lines[0].net = crate::quantity::net(
        invoice.lines[0].quantity,
        invoice.lines[0].price.unwrap(),
        invoice.lines[0].discount,
        invoice.currency,
    )
    .unwrap();
    summed_up(&mut invoice);
    for bytes in [ubl(&invoice).unwrap(), cii(&invoice).unwrap()] {
        let read = en16931_formats::read(&bytes).unwrap().invoice;
        let minor = |amount: en16931::InvoiceAmount| i128::from(amount.to_minor_units());
        assert_eq!(minor(read.totals.line_total), invoice.totals.net.minor());
        assert_eq!(read.totals.vat_total.map(minor), Some(invoice.totals.tax.minor()));
        assert_eq!(minor(read.totals.due), invoice.totals.total.minor());
        assert_eq!(read.lines.len(), invoice.lines.len());
        for (line, own) in read.lines.iter().zip(&invoice.lines) {
            assert_eq!(minor(line.net_amount), own.net.minor());
            assert_eq!(line.quantity.to_string(), own.quantity.to_string());
            let price: f64 = line.price.net_price.to_string().parse().unwrap();
            assert_eq!((price * 1e6).round() as i64, own.price.unwrap().micros());
        }
        let period = read.invoicing_period.unwrap();
        for line in read.lines {
            let own = line.period.unwrap();
            assert!(own.start >= period.start && own.end <= period.end);
        }
    }
}

#[test]
fn a_price_is_never_negative_and_a_deduction_names_its_document() {
    let mut invoice = sample(Profile::Peppol);
    let line = &mut invoice.lines[2];
    line.kind = LineKind::Deduction;
    line.refers_to = Some(Reference { document: "D-2026-09-C-0042-EUR".to_owned(), date: None });
    line.price = Some(UnitPrice::from_micros(-80_000_000));
    line.quantity = Quantity::from_micros(1_000_000);
    line.net = Money::from_minor(-8_000);
    summed_up(&mut invoice);
    let xml = text(ubl(&invoice));
    assert!(xml.contains("<cbc:InvoicedQuantity unitCode=\"HUR\">-1</cbc:InvoicedQuantity>"), "{xml}");
    assert!(!xml.contains("PriceAmount currencyID=\"EUR\">-"), "{xml}");
    assert!(xml.contains("<cbc:ID>D-2026-09-C-0042-EUR</cbc:ID>"), "{xml}");
}

#[test]
fn discounts_and_surcharges_are_allowances_and_charges_above_zero() {
    for (discount, quantity) in [(10, 2), (-10, 2), (10, -2), (-10, -2)] {
        let mut invoice = sample(Profile::Peppol);
        let line = &mut invoice.lines[1];
        line.discount = Percent::from_micros(discount * 1_000_000);
        line.quantity = Quantity::from_micros(quantity * 1_000_000);
        line.net = crate::quantity::net(line.quantity, line.price.unwrap(), line.discount, invoice.currency).unwrap();
        summed_up(&mut invoice);
        assert_eq!(obstacle(&invoice), None, "{discount} % of {quantity}");
        let xml = text(ubl(&invoice));
        let is_charge = (discount < 0) == (quantity > 0);
        assert!(xml.contains(&format!("<cbc:ChargeIndicator>{is_charge}</cbc:ChargeIndicator>")), "{xml}");
        assert!(!xml.contains(">-192"), "{xml}");
    }
}

#[test]
fn every_tax_category_passes_its_rules() {
    for name in ["Z", "E", "AE", "K", "G", "O"] {
        for profile in [Profile::FacturX, Profile::Peppol, Profile::XRechnung] {
            let mut invoice = sample(profile);
            category(&mut invoice, name);
            assert_eq!(obstacle(&invoice), None, "{name} {profile:?}");
            if name == "O" {
                let xml = text(ubl(&invoice));
                assert!(!xml.contains("BE0417497106") && !xml.contains("BE0403170701"), "{xml}");
            }
        }
    }
}

#[test]
fn credit_notes_and_down_payments_have_their_own_type() {
    let mut invoice = sample(Profile::Peppol);
    for (kind, root, code) in
        [(InvoiceKind::CreditNote, "<CreditNote", "381"), (InvoiceKind::DownPayment, "<Invoice", "386")]
    {
        invoice.kind = kind;
        assert_eq!(obstacle(&invoice), None, "{kind:?}");
        let xml = text(ubl(&invoice));
        assert!(xml.contains(root) && xml.contains(&format!("TypeCode>{code}<")), "{xml}");
    }
}

#[test]
fn rounding_stands_in_its_own_term() {
    let mut invoice = sample(Profile::FacturX);
    invoice.totals.rounding = Money::from_minor(-1);
    summed_up(&mut invoice);
    assert!(text(ubl(&invoice)).contains("PayableRoundingAmount currencyID=\"EUR\">-0.01<"));
}

#[test]
fn what_the_standard_cannot_say_is_told() {
    let mut three = sample(Profile::FacturX);
    three.currency = Currency::from_code("KWD").unwrap();
    let mut twice = sample(Profile::FacturX);
    let again = twice.lines[0].taxes[0].clone();
    twice.lines[0].taxes.push(again);
    let mut mixed = sample(Profile::FacturX);
    mixed.lines[0].taxes[0].category = "O".to_owned();
    let mut wrong = sample(Profile::FacturX);
    wrong.lines[0].taxes[0].category = "AE".to_owned();
    summed_up(&mut wrong);
    let mut huge = sample(Profile::FacturX);
    huge.totals.net = Money::from_minor(i128::MAX / 2);
    for (invoice, why) in [
        (three, "KWD have 3 decimals"),
        (twice, "`21%`, `21%`"),
        (mixed, "(O)"),
        (wrong, "BR-AE-05"),
        (huge, "too large"),
    ] {
        assert!(ubl(&invoice).is_none() && cii(&invoice).is_none());
        let told = finding(&invoice).unwrap();
        assert_eq!(told.code, Code::EInvoiceImpossible);
        assert!(told.message.contains(why), "{}", told.message);
    }
    let mut yen = sample(Profile::FacturX);
    yen.currency = Currency::from_code("JPY").unwrap();
    for line in &mut yen.lines {
        line.net = crate::quantity::net(line.quantity, line.price.unwrap(), line.discount, yen.currency).unwrap();
    }
    summed_up(&mut yen);
    assert_eq!(obstacle(&yen), None);
}

#[test]
fn what_is_missing_is_named_by_field_and_business_term() {
    type Case = (Profile, fn(&mut Invoice), &'static str, &'static str);
    let cases: [Case; 17] = [
        (
            Profile::FacturX,
            |i| i.buyer.contact.address.country.clear(),
            "`country` of customer `C-0042` is empty",
            "BT-55",
        ),
        (Profile::FacturX, |i| i.buyer.contact.address.country = "Belgium".to_owned(), "is `Belgium`", "BT-55"),
        (
            Profile::FacturX,
            |i| i.buyer.contact.vat_id = "0403170701".to_owned(),
            "`vat_id` of customer `C-0042`",
            "BT-48",
        ),
        (Profile::FacturX, |i| category(i, "AE"), "", ""),
        (
            Profile::FacturX,
            |i| {
                category(i, "AE");
                i.buyer.contact.vat_id.clear()
            },
            "`vat_id` of customer",
            "BT-48",
        ),
        (Profile::FacturX, |i| i.seller.name.clear(), "`company.name`", "BT-27"),
        (Profile::FacturX, |i| i.seller.country.clear(), "`company.country`", "BT-40"),
        (Profile::FacturX, |i| i.seller.vat_id.clear(), "`company.vat_id`", "BT-31"),
        (
            Profile::FacturX,
            |i| {
                category(i, "O");
                i.seller.registration.clear()
            },
            "`company.registration`",
            "BT-30",
        ),
        (Profile::FacturX, |i| i.payment_terms.clear(), "`payment_terms`", "BT-20"),
        (Profile::FacturX, |i| i.lines[0].taxes.clear(), "`taxes` of order line `S00071/1`", "BT-151"),
        (Profile::Peppol, |i| i.buyer.contact.electronic_address.clear(), "`electronic_address` of customer", "BT-49"),
        (
            Profile::Peppol,
            |i| i.seller.electronic_address_scheme.clear(),
            "`company.electronic_address_scheme`",
            "BT-34",
        ),
        (
            Profile::Peppol,
            |i| {
                i.buyer.contact.buyer_reference.clear();
                i.customer_references.clear()
            },
            "`buyer_reference`",
            "BT-10",
        ),
        (Profile::XRechnung, |i| i.buyer.contact.buyer_reference.clear(), "Leitweg-ID", "BT-10"),
        (Profile::XRechnung, |i| i.seller.phone.clear(), "`company.phone`", "BT-42"),
        (Profile::Fr, |i| i.seller.discount_note.clear(), "`company.discount_note`", "BT-22"),
    ];
    for (profile, change, field, term) in cases {
        let mut invoice = sample(profile);
        change(&mut invoice);
        let Some(told) = finding(&invoice) else {
            assert!(field.is_empty(), "{field} is not missed");
            continue;
        };
        assert_eq!(told.code, Code::EInvoiceIncomplete, "{}", told.message);
        assert!(told.message.contains(field) && told.message.contains(term), "{}", told.message);
        assert!(ubl(&invoice).is_none());
    }
}

#[test]
fn texts_that_xml_cannot_hold_do_not_break_it() {
    let mut invoice = sample(Profile::FacturX);
    invoice.buyer.name = "A\u{0}\u{b}<&>\"B\u{ffff}".to_owned();
    invoice.lines[0].product = "]]> & 日本 \u{1b}[31m".to_owned();
    let read = en16931_formats::read(&ubl(&invoice).unwrap()).unwrap().invoice;
    assert_eq!(read.buyer.name.as_deref(), Some("A\u{fffd}\u{fffd}<&>\"B\u{fffd}"));
    assert_eq!(read.lines[0].item.name.as_deref(), Some("]]> & 日本 \u{fffd}[31m"));
}

/// What takes a specimen back, as the ledger would have it.
fn taken(invoice: &Invoice, kind: crate::posted::DocumentKind, sign: i64) -> Invoice {
    use crate::posted::{Document, Effect, Line, LineKind as Kind, TaxShare};
    let turned = |money: Money| if sign < 0 { money.negated() } else { money };
    let lines: Vec<Line> = invoice
        .lines
        .iter()
        .map(|line| Line {
            quantity: Quantity::from_micros(line.quantity.micros() * sign),
            net: turned(line.net),
            source_line: Some(line.number as u32),
            ..Line::without_money(0, line.number as u32, Kind::Time, 2)
        })
        .collect();
    let taxes = invoice.taxes.iter().map(|tax| TaxShare {
        rate: crate::down_payment::Rate { category: tax.category.clone(), percent: tax.percent },
        base: turned(tax.base),
        amount: turned(tax.amount),
    });
    let document = Document {
        currency: Some(invoice.currency),
        net: turned(invoice.totals.net),
        tax: turned(invoice.totals.tax),
        total: turned(invoice.totals.total),
        taxes: taxes.collect(),
        ..Document::without_money(format!("C-{}", invoice.id), kind, Effect::Rebill, 3)
    };
    crate::document::taken_back(invoice, &document, &lines, &[]).unwrap()
}

#[test]
fn n6_a_final_invoice_its_credit_note_and_what_charges_again_are_electronic_in_every_profile() {
    use crate::posted::DocumentKind;
    for profile in Profile::ALL {
        let mut invoice = sample(profile);
        let issue = |invoice: &mut Invoice, number: &str| {
            invoice.number = Some(number.to_owned());
            invoice.status = Status::Final;
            invoice.issue_date = Some(invoice.to);
        };
        issue(&mut invoice, "F2026-00042");
        invoice.due_date = crate::calendar::Date::parse("2026-11-30");
        let early = crate::document::EarlyPayment { percent: Percent::from_micros(2_000_000), days: 10 };
        invoice.early_payment = Some(early);
        assert_eq!(obstacle(&invoice), None, "{profile:?}");
        let xml = text(ubl(&invoice));
        assert!(xml.contains("<cbc:ID>F2026-00042</cbc:ID>") && xml.contains("<cbc:DueDate>2026-11-30<"), "{xml}");
        assert_eq!(xml.contains("#SKONTO#TAGE=10#PROZENT=2.00#"), profile == Profile::XRechnung, "{xml}");
        for xml in [xml, text(cii(&invoice))] {
            assert!(!xml.contains("to be transmitted"), "{xml}");
        }
        let mut credit = taken(&invoice, DocumentKind::Void, -1);
        issue(&mut credit, "A2026-00001");
        assert_eq!(obstacle(&credit), None, "{profile:?}");
        let xml = text(ubl(&credit));
        assert!(xml.contains(">381<") && xml.contains("<cbc:ID>F2026-00042</cbc:ID>"), "{xml}");
        assert!(xml.contains(&format!("<cbc:IssueDate>{}</cbc:IssueDate>", invoice.to)), "BT-26");
        let mut again = taken(&credit, DocumentKind::Undo, 1);
        issue(&mut again, "F2026-00043");
        assert_eq!(obstacle(&again), None, "{profile:?}");
        let xml = text(ubl(&again));
        assert!(xml.contains(">380<") && xml.contains("<cbc:ID>A2026-00001</cbc:ID>"), "{xml}");
        assert_eq!(again.totals, invoice.totals.clone().tap(|totals| totals.hours = again.totals.hours));
    }
}

trait Tap: Sized {
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Tap for crate::document::InvoiceTotals {}
