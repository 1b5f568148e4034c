//! A draft in the terms of EN 16931.

use en16931::invoice::{
    Code, Contact, CreditTransfer, Delivery, DocumentKind, DocumentTotals, InvoiceLine, InvoiceNote, Item,
    LineAllowanceCharge, Party, PaymentInstructions, PaymentMeans, Period, PostalAddress, PrecedingInvoice,
    PriceDetails, VatBreakdown,
};
use en16931::{DocumentReference, Identifier, InvoiceAmount, Percentage, UnitPriceAmount};

use super::missing::{address_of, siren};
use crate::calendar::Date;
use crate::document::REPLACED;
use crate::document::model::{Invoice, InvoiceKind, InvoiceLine as Line, LineTax, Status, TaxTotal};
use crate::job::Profile;
use crate::quantity::{self, Money, Percent, Quantity, UnitPrice};

/// Why a document is not to be sent as it is; `None` for what a customer gets (N2).
pub fn not_transmittable(status: Status) -> Option<&'static str> {
    match status {
        Status::Draft => Some("DRAFT: not an invoice, not to be transmitted"),
        Status::Posted => Some("POSTED, to be numbered by your accounting: not to be transmitted"),
        Status::Final => None,
        Status::Cancelled => Some("CANCELLED: never sent, not to be transmitted"),
    }
}

/// The process of Peppol billing.
const PEPPOL_PROCESS: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";
/// An invoice for services that is sent to be paid, in the French list of processes.
const FR_PROCESS: &str = "S1";

/// What the standard cannot say.
pub fn impossible(invoice: &Invoice, profile: Profile) -> Option<String> {
    let currency = invoice.currency;
    if currency.digits() > 2 {
        return Some(format!("amounts in {currency} have {} decimals, the standard has two", currency.digits()));
    }
    if invoice.lines.is_empty() {
        return Some("it has no lines".to_owned());
    }
    if let Some(line) = invoice.lines.iter().find(|line| line.taxes.len() > 1) {
        let names: Vec<&str> = line.taxes.iter().map(|tax| tax.name.as_str()).collect();
        let (line, names) = (&line.order_line, names.join("`, `"));
        return Some(format!("order line `{line}` has the taxes `{names}`, the standard has one per line"));
    }
    let outside = |line: &Line| line.taxes.iter().any(|tax| tax.category == "O");
    if invoice.lines.iter().any(outside) && !invoice.lines.iter().all(outside) {
        return Some("lines outside the scope of VAT (O) stand with others, which the standard forbids".to_owned());
    }
    if profile == Profile::Fr { impossible_in_france(invoice) } else { None }
}

/// BR-FR-01, -02, -15, -16, -CO-05 and -DEC-02.
fn impossible_in_france(invoice: &Invoice) -> Option<String> {
    const ID_LENGTH_MAX: usize = 35;
    /// Of 10^-6.
    const QUANTITY_STEP: i64 = 100;
    /// In 10^-4 %.
    const RATES: [i64; 15] = [
        0, 9_000, 10_500, 17_500, 21_000, 55_000, 70_000, 85_000, 92_000, 96_000, 100_000, 130_000, 196_000, 200_000,
        206_000,
    ];
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-+_/".contains(&byte);
    if invoice.called().len() > ID_LENGTH_MAX || !invoice.called().bytes().all(plain) {
        return Some(format!("its number is not made of at most {ID_LENGTH_MAX} letters, digits and `-+_/`"));
    }
    let referred = |line: &Line| line.refers_to.as_ref().is_some_and(|reference| reference.date.is_some());
    let corrects = invoice.corrects.as_ref().is_some_and(|corrects| corrects.date.is_some());
    if invoice.kind == InvoiceKind::CreditNote && !corrects && !invoice.lines.iter().any(referred) {
        return Some(
            "a credit note names an earlier invoice (BT-25) with its date (BT-26), which are not known".to_owned(),
        );
    }
    // A quantity is never shown shorter than it was priced.
    if let Some(line) = invoice.lines.iter().find(|line| line.quantity.micros() % QUANTITY_STEP != 0) {
        let (quantity, line) = (line.quantity, &line.order_line);
        return Some(format!("the quantity {quantity} of order line `{line}` (BT-129) has more than four decimals"));
    }
    let taxes = || invoice.lines.iter().flat_map(|line| &line.taxes);
    if let Some(tax) = taxes().find(|tax| ["L", "M"].contains(&tax.category.as_str())) {
        return Some(format!("tax category {} is not used in France", tax.category));
    }
    let known = |tax: &&LineTax| RATES.iter().any(|rate| rate * 100 == tax.percent.micros());
    taxes().find(|tax| !known(tax)).map(|tax| format!("{} % is no rate of French VAT", tax.percent))
}

/// `None` when an amount does not fit.
pub fn invoice(invoice: &Invoice, profile: Profile) -> Option<en16931::Invoice> {
    let mut mapped = en16931::Invoice::default();
    let outside_vat = invoice.lines.iter().flat_map(|line| &line.taxes).all(|tax| tax.category == "O");
    let (kind, code) = match invoice.kind {
        InvoiceKind::Invoice => (DocumentKind::Invoice, "380"),
        InvoiceKind::DownPayment => (DocumentKind::Invoice, "386"),
        InvoiceKind::CreditNote => (DocumentKind::CreditNote, "381"),
    };
    mapped.kind = kind;
    mapped.type_code = Some(Code::new(code));
    mapped.specification_id = Some(specification(profile).to_owned());
    mapped.business_process = match profile {
        Profile::Peppol | Profile::XRechnung => Some(PEPPOL_PROCESS.to_owned()),
        Profile::Fr => Some(FR_PROCESS.to_owned()),
        Profile::FacturX => None,
    };
    mapped.number = filled(invoice.called());
    mapped.issue_date = date(invoice.dated());
    mapped.currency = Some(Code::new(invoice.currency.code()));
    mapped.buyer_reference = filled(&invoice.buyer.contact.buyer_reference);
    if let [reference] = invoice.customer_references.as_slice() {
        mapped.purchase_order_reference = filled(reference).map(DocumentReference::new);
    }
    mapped.payment_terms = payment_terms(invoice, profile);
    mapped.due_date = invoice.due_date.and_then(date);
    mapped.notes = notes(invoice, profile);
    mapped.preceding_invoices = preceding(invoice);
    mapped.seller = seller(invoice, profile, outside_vat);
    mapped.buyer = buyer(invoice, profile, outside_vat);
    mapped.invoicing_period = Some(invoicing_period(invoice));
    mapped.payment = payment(invoice);
    if invoice.taxes.iter().any(|tax| tax.category == "K") {
        // BR-IC-12: where an intra-Community supply goes to.
        let address = Some(mapped.buyer.address.clone());
        mapped.delivery = Some(Delivery { address, ..Delivery::default() });
    }
    mapped.lines = invoice.lines.iter().map(|line| self::line(invoice, line)).collect::<Option<_>>()?;
    mapped.vat_breakdown = invoice.taxes.iter().map(|tax| breakdown(invoice, tax, profile)).collect::<Option<_>>()?;
    let totals = &invoice.totals;
    let gross = totals.net.checked_add(totals.tax)?;
    mapped.totals = DocumentTotals {
        line_total: amount(invoice, totals.net)?,
        taxable_total: amount(invoice, totals.net)?,
        vat_total: Some(amount(invoice, totals.tax)?),
        gross_total: amount(invoice, gross)?,
        rounding: if totals.rounding == Money::ZERO { None } else { Some(amount(invoice, totals.rounding)?) },
        due: amount(invoice, totals.total)?,
        ..DocumentTotals::default()
    };
    Some(mapped)
}

fn specification(profile: Profile) -> &'static str {
    use en16931::profiles::{EN16931, PEPPOL_BIS_3, XRECHNUNG};
    match profile {
        Profile::FacturX | Profile::Fr => EN16931.specification_id,
        Profile::Peppol => PEPPOL_BIS_3.specification_id,
        Profile::XRechnung => XRECHNUNG.specification_id,
    }
}

/// Without blanks at the ends, and with a mark for what XML cannot hold; `None` when nothing is left.
fn filled(text: &str) -> Option<String> {
    let held = |char| match char {
        '\r' => '\n',
        '\n' | '\t' => char,
        '\u{fffe}' | '\u{ffff}' => REPLACED,
        _ if char.is_control() => REPLACED,
        _ => char,
    };
    let kept: String = text.trim().replace("\r\n", "\n").chars().map(held).collect();
    (!kept.is_empty()).then_some(kept)
}

fn date(date: Date) -> Option<en16931::Date> {
    en16931::Date::from_epoch_day(i64::from(date.days())).ok()
}

fn amount(invoice: &Invoice, money: Money) -> Option<InvoiceAmount> {
    InvoiceAmount::parse(&invoice.text(money)).ok()
}

fn number(micros: Quantity) -> Option<en16931::Quantity> {
    micros.to_string().parse().ok()
}

fn price(price: UnitPrice) -> Option<UnitPriceAmount> {
    Some(UnitPriceAmount::new(number(Quantity::from_micros(price.micros()))?.into_decimal()))
}

fn percentage(percent: Percent) -> Option<Percentage> {
    percent.to_string().parse().ok()
}

/// One note, which is all that Peppol allows; the French ones have codes of their own.
fn notes(invoice: &Invoice, profile: Profile) -> Vec<InvoiceNote> {
    let own = invoice.notes.iter().filter_map(|note| filled(note));
    let mark = not_transmittable(invoice.status).map(str::to_owned);
    let texts: Vec<String> = mark.into_iter().chain(own).collect();
    let mut notes: Vec<InvoiceNote> = Vec::new();
    if !texts.is_empty() {
        notes.push(InvoiceNote::new(texts.join("\n")));
    }
    if profile == Profile::Fr {
        let seller = &invoice.seller;
        for (code, text) in
            [("PMT", &seller.recovery_note), ("PMD", &seller.late_payment_note), ("AAB", &seller.discount_note)]
        {
            notes.extend(filled(text).map(|text| InvoiceNote::new(text).with_subject(code)));
        }
    }
    notes
}

/// BT-20. XRechnung says a discount in a line of its own form.
fn payment_terms(invoice: &Invoice, profile: Profile) -> Option<String> {
    let terms = filled(&invoice.payment_terms);
    let Some(early) = invoice.early_payment else { return terms };
    let own = terms.map(|terms| format!("{terms}\n")).unwrap_or_default();
    if profile == Profile::XRechnung {
        let percent = crate::quantity::decimal_text(early.percent.micros().into(), 6, 2);
        // The form knows two decimals.
        let fits = early.percent.micros() % 10_000 == 0;
        return if fits {
            Some(format!("{own}#SKONTO#TAGE={}#PROZENT={percent}#\n", early.days))
        } else {
            filled(&own)
        };
    }
    Some(format!("{own}{} % discount if paid within {} days", early.percent, early.days))
}

/// BG-3: the document that is corrected, and those that lines refer to, each once.
fn preceding(invoice: &Invoice) -> Vec<PrecedingInvoice> {
    let mut references: Vec<(String, Option<Date>)> = Vec::new();
    if let Some(corrects) = invoice.corrects.as_ref().filter(|_| invoice.status != Status::Draft) {
        references.extend(filled(corrects.called()).map(|document| (document, corrects.date)));
    }
    for reference in invoice.lines.iter().filter_map(|line| line.refers_to.as_ref()) {
        let Some(document) = filled(&reference.document) else { continue };
        if !references.iter().any(|(known, _)| *known == document) {
            references.push((document, reference.date));
        }
    }
    let mapped = references.into_iter().map(|(document, sent)| PrecedingInvoice {
        reference: DocumentReference::new(document),
        issue_date: sent.and_then(date),
    });
    mapped.collect()
}

fn seller(invoice: &Invoice, profile: Profile, outside_vat: bool) -> Party {
    let seller = &invoice.seller;
    let siren = siren(&seller.registration, &seller.vat_id).filter(|_| profile == Profile::Fr);
    let (address, scheme) =
        address_of(&seller.electronic_address, &seller.electronic_address_scheme, &seller.email, profile);
    Party {
        name: filled(&seller.name),
        legal_registration: siren
            .map(|siren| Identifier::schemed(siren, "0002"))
            .or_else(|| filled(&seller.registration).map(Identifier::new)),
        vat_identifier: filled(&seller.vat_id).filter(|_| !outside_vat),
        tax_registration: filled(&seller.tax_number).filter(|_| !outside_vat),
        additional_legal_information: filled(&seller.legal_note),
        electronic_address: electronic(address, scheme),
        address: PostalAddress {
            line1: filled(&seller.street),
            line2: filled(&seller.street2),
            city: filled(&seller.city),
            post_code: filled(&seller.postcode),
            subdivision: filled(&seller.region),
            country: filled(&seller.country).map(Code::new),
            ..PostalAddress::default()
        },
        contact: Contact { name: filled(&seller.contact), phone: filled(&seller.phone), email: filled(&seller.email) },
        ..Party::default()
    }
}

fn buyer(invoice: &Invoice, profile: Profile, outside_vat: bool) -> Party {
    let (buyer, contact) = (&invoice.buyer, &invoice.buyer.contact);
    let siren = siren("", &contact.vat_id).filter(|_| profile == Profile::Fr);
    let (address, scheme) =
        address_of(&contact.electronic_address, &contact.electronic_address_scheme, &contact.email, profile);
    Party {
        name: filled(&buyer.name),
        // BR-FR-CO-10: France knows identifiers of its schemes only.
        identifiers: filled(&buyer.customer_id)
            .filter(|_| profile != Profile::Fr)
            .map(Identifier::new)
            .into_iter()
            .collect(),
        legal_registration: siren.map(|siren| Identifier::schemed(siren, "0002")),
        vat_identifier: filled(&contact.vat_id).filter(|_| !outside_vat),
        electronic_address: electronic(address, scheme),
        address: PostalAddress {
            line1: filled(&contact.address.street),
            line2: filled(&contact.address.street2),
            city: filled(&contact.address.city),
            post_code: filled(&contact.address.postcode),
            country: filled(&contact.address.country).map(Code::new),
            ..PostalAddress::default()
        },
        contact: Contact { email: filled(&contact.email), ..Contact::default() },
        ..Party::default()
    }
}

/// BT-34 and BT-49 have a scheme, or are left out.
fn electronic(address: &str, scheme: &str) -> Option<Identifier> {
    Identifier::eas(filled(address)?, scheme).ok()
}

/// BG-14, which holds every line's period.
fn invoicing_period(invoice: &Invoice) -> Period {
    let from = invoice.lines.iter().map(|line| line.from).fold(invoice.from, Date::min);
    let to = invoice.lines.iter().map(|line| line.to).fold(invoice.to, Date::max);
    Period { start: date(from), end: date(to) }
}

/// BG-16, when the seller names an account.
fn payment(invoice: &Invoice) -> Option<PaymentInstructions> {
    let seller = &invoice.seller;
    let account: String = filled(&seller.iban)?.chars().filter(|char| !char.is_whitespace()).collect();
    let means_code = if invoice.currency.code() == "EUR" { "58" } else { "30" };
    Some(PaymentInstructions {
        means_code: Some(Code::new(means_code)),
        remittance_information: filled(invoice.called()),
        means: Some(PaymentMeans::CreditTransfer(vec![CreditTransfer {
            account_identifier: Some(account),
            account_name: filled(&seller.name),
            provider_identifier: filled(&seller.bic),
        }])),
        ..PaymentInstructions::default()
    })
}

/// BG-25. A price is never negative: the quantity takes its sign. Quantity and price stand with all the digits that the net was made of; what a
/// discount takes off is an allowance of the line, what a negative one puts on a charge.
fn line(invoice: &Invoice, line: &Line) -> Option<InvoiceLine> {
    let own_price = line.price?;
    let is_negative = own_price.micros() < 0;
    let quantity = if is_negative { line.quantity.negated() } else { line.quantity };
    let positive = UnitPrice::from_micros(own_price.micros().checked_abs()?);
    let gross = quantity::net(quantity, positive, Percent::ZERO, invoice.currency)?;
    let difference = gross.checked_add(line.net.negated())?;
    let tax = line.taxes.first()?;
    let product = filled(&line.product).unwrap_or_else(|| REPLACED.to_string());
    let mut mapped = InvoiceLine::new(
        line.number.to_string(),
        product.clone(),
        number(quantity)?,
        line.unit_code(),
        amount(invoice, line.net)?,
        tax.category.as_str(),
        rate(tax)?,
    );
    mapped.price = PriceDetails { net_price: price(positive)?, ..PriceDetails::default() };
    mapped.period = Some(Period { start: date(line.from), end: date(line.to) });
    mapped.item = Item {
        name: Some(product),
        description: filled(&line.description).filter(|_| line.description != line.product),
        ..Item::default()
    };
    mapped.note = match line.agreed.as_deref() {
        None => filled(&format!("Order {}", line.order)),
        Some("") => None,
        Some(project) => filled(&format!("Project {project}")),
    };
    if line.discount != Percent::ZERO && difference != Money::ZERO {
        let adjusted = adjustment(invoice, line, gross, difference)?;
        if difference.is_negative() { mapped.charges.push(adjusted) } else { mapped.allowances.push(adjusted) }
    }
    Some(mapped)
}

/// BG-27 or BG-28: amount, base and percentage are positive, the group says which way they go.
fn adjustment(invoice: &Invoice, line: &Line, gross: Money, difference: Money) -> Option<LineAllowanceCharge> {
    let positive = |money: Money| if money.is_negative() { money.negated() } else { money };
    let (takes_off, is_discount) = (!difference.is_negative(), line.discount > Percent::ZERO);
    Some(LineAllowanceCharge {
        amount: amount(invoice, positive(difference))?,
        base_amount: Some(amount(invoice, positive(gross))?),
        percentage: percentage(Percent::from_micros(line.discount.micros().checked_abs()?)),
        // What a discount took off is charged again where the line gives back.
        reason: Some(if is_discount { "Discount" } else { "Surcharge" }.to_owned()),
        reason_code: (takes_off && is_discount).then(|| Code::new("95")),
    })
}

/// BT-152: none for what is outside the scope of VAT.
#[expect(clippy::option_option, reason = "no rate, and a rate that does not fit")]
fn rate(tax: &LineTax) -> Option<Option<Percentage>> {
    if tax.category == "O" { Some(None) } else { percentage(tax.percent).map(Some) }
}

/// BG-23. Why no tax is due is said by a code where the category has one, else by the name of the tax.
fn breakdown(invoice: &Invoice, tax: &TaxTotal, profile: Profile) -> Option<VatBreakdown> {
    let (code, words) = match tax.category.as_str() {
        "AE" => (Some("VATEX-EU-AE"), Some("Reverse charge".to_owned())),
        "K" => (Some("VATEX-EU-IC"), Some("Intra-Community supply".to_owned())),
        "G" => (Some("VATEX-EU-G"), Some("Export outside the EU".to_owned())),
        "O" => (Some("VATEX-EU-O"), Some("Not subject to VAT".to_owned())),
        "E" => (None, name_of(invoice, tax)),
        _ => (None, None),
    };
    // XRechnung wants a rate even where the standard has none (BR-DE-14).
    let no_rate = tax.category == "O" && profile != Profile::XRechnung;
    Some(VatBreakdown {
        taxable_amount: amount(invoice, tax.base)?,
        tax_amount: amount(invoice, tax.amount)?,
        category: Code::new(tax.category.as_str()),
        rate: if no_rate { None } else { Some(percentage(tax.percent)?) },
        exemption_reason: words,
        exemption_reason_code: code.map(Code::new),
    })
}

fn name_of(invoice: &Invoice, tax: &TaxTotal) -> Option<String> {
    let same = |line: &&LineTax| line.category == tax.category && line.percent == tax.percent;
    invoice.lines.iter().flat_map(|line| &line.taxes).find(same).and_then(|line| filled(&line.name))
}
