//! A draft in the terms of EN 16931.

use en16931::invoice::{
    Code, Contact, CreditTransfer, Delivery, DocumentKind, DocumentTotals, InvoiceLine, InvoiceNote, Item,
    LineAllowanceCharge, Party, PaymentInstructions, PaymentMeans, Period, PostalAddress, PrecedingInvoice,
    PriceDetails, VatBreakdown,
};
use en16931::{DocumentReference, Identifier, InvoiceAmount, Percentage, UnitPriceAmount};

use super::gaps::scheme_of;
use super::missing::address_of;
use super::{annex, france, national};
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

/// What the standard cannot say.
pub fn impossible(invoice: &Invoice) -> Option<String> {
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
    None
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
        Profile::Fr => Some(france::process(invoice)),
        Profile::FacturX => None,
    };
    mapped.number = number_of(invoice, profile);
    mapped.issue_date = date(invoice.dated());
    mapped.currency = Some(Code::new(invoice.currency.code()));
    mapped.buyer_reference = filled(&invoice.buyer.contact.buyer_reference);
    if let [reference] = invoice.customer_references.as_slice() {
        mapped.purchase_order_reference = filled(reference).map(DocumentReference::new);
    }
    mapped.payment_terms = payment_terms(invoice, profile);
    mapped.due_date = invoice.due_date.and_then(date);
    mapped.notes = notes(invoice, profile);
    mapped.preceding_invoices = preceding(invoice, profile);
    mapped.attachments = annex::attachments(invoice, profile);
    mapped.seller = seller(invoice, profile, outside_vat);
    mapped.buyer = buyer(invoice, profile, outside_vat);
    mapped.invoicing_period = Some(invoicing_period(invoice));
    mapped.payment = payment(invoice, profile, mapped.number.clone());
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

/// BT-1. What nobody has numbered yet goes by an id, which is never sent: in France it takes a form that could be.
fn number_of(invoice: &Invoice, profile: Profile) -> Option<String> {
    if profile == Profile::Fr && invoice.number.is_none() && !invoice.id.trim().is_empty() {
        return Some(france::sendable(invoice.id.trim()));
    }
    filled(invoice.called())
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
    // What the id was before it took a form that can be sent.
    let shortened = number_of(invoice, profile).filter(|number| number != invoice.called().trim());
    let id = shortened.and_then(|_| filled(&format!("Id: {}", invoice.id)));
    let texts: Vec<String> = mark.into_iter().chain(id).chain(own).collect();
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

/// The rules of XRechnung hold.
fn is_german(invoice: &Invoice, profile: Profile) -> bool {
    profile == Profile::XRechnung || profile == Profile::Peppol && national::is_german(invoice)
}

/// BR-DE-18: what terms say in the form of XRechnung ends its line.
fn ended(terms: String, german: bool) -> String {
    let last = terms.lines().last().unwrap_or_default();
    if german && last.trim().starts_with('#') { format!("{terms}\n") } else { terms }
}

/// BT-20. XRechnung says a discount in a line of its own form.
fn payment_terms(invoice: &Invoice, profile: Profile) -> Option<String> {
    let terms = filled(&invoice.payment_terms).map(|terms| ended(terms, is_german(invoice, profile)));
    let Some(early) = invoice.early_payment else { return terms };
    let own = terms.map(|terms| format!("{}\n", terms.trim_end())).unwrap_or_default();
    if is_german(invoice, profile) {
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
fn preceding(invoice: &Invoice, profile: Profile) -> Vec<PrecedingInvoice> {
    let called = |document: &str| match profile {
        Profile::Fr => filled(document).map(|document| france::sendable(&document)),
        Profile::FacturX | Profile::Peppol | Profile::XRechnung => filled(document),
    };
    let corrects = invoice.corrects.iter().map(|corrects| (corrects.called(), corrects.date));
    let referred = invoice.lines.iter().filter_map(|line| line.refers_to.as_ref());
    let mut references: Vec<(String, Option<Date>)> = Vec::new();
    for (document, date) in corrects.chain(referred.map(|of| (of.document.as_str(), of.date))) {
        let Some(document) = called(document) else { continue };
        if !references.iter().any(|(known, _)| *known == document) {
            references.push((document, date));
        }
    }
    let mapped = references.into_iter().map(|(document, sent)| PrecedingInvoice {
        reference: DocumentReference::new(document),
        issue_date: sent.and_then(date),
    });
    mapped.collect()
}

/// BT-30 and BT-47: the number of a company in its register. France knows its own by their SIREN.
fn registered(registration: [&str; 2], country: &str, vat_id: &str, profile: Profile) -> Option<Identifier> {
    if profile == Profile::Fr
        && let Some(siren) = france::siren(registration, country, vat_id)
    {
        return Some(Identifier::schemed(siren, "0002"));
    }
    let [number, scheme] = registration;
    let number = filled(number)?;
    Some(
        scheme_of(scheme)
            .map_or_else(|| Identifier::new(number.clone()), |scheme| Identifier::schemed(&number, scheme)),
    )
}

fn seller(invoice: &Invoice, profile: Profile, outside_vat: bool) -> Party {
    let seller = &invoice.seller;
    let registration = [seller.registration.as_str(), &seller.registration_scheme];
    let (address, scheme) =
        address_of(&seller.electronic_address, &seller.electronic_address_scheme, &seller.email, profile);
    Party {
        name: filled(&seller.name),
        legal_registration: registered(registration, &seller.country, &seller.vat_id, profile),
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
    let registration = [contact.registration.as_str(), &contact.registration_scheme];
    let (address, scheme) =
        address_of(&contact.electronic_address, &contact.electronic_address_scheme, &contact.email, profile);
    Party {
        name: filled(&buyer.name),
        // BR-FR-CO-10, DK-R-013: France knows identifiers of its schemes only, Denmark such with a scheme.
        identifiers: filled(&buyer.customer_id)
            .filter(|_| profile != Profile::Fr && !(profile == Profile::Peppol && national::is_danish(invoice)))
            .map(Identifier::new)
            .into_iter()
            .collect(),
        legal_registration: registered(registration, &contact.address.country, &contact.vat_id, profile),
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
fn payment(invoice: &Invoice, profile: Profile, called: Option<String>) -> Option<PaymentInstructions> {
    let seller = &invoice.seller;
    let account: String = filled(&seller.iban)?.chars().filter(|char| !char.is_whitespace()).collect();
    let means_code = match invoice.currency.code() {
        "EUR" => "58",
        // DK-R-005: Denmark knows no other transfer to an IBAN.
        _ if profile == Profile::Peppol && national::is_danish(invoice) => "31",
        _ => "30",
    };
    Some(PaymentInstructions {
        means_code: Some(Code::new(means_code)),
        remittance_information: called,
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
    mapped.note = note(invoice, line);
    if line.discount != Percent::ZERO && difference != Money::ZERO {
        let adjusted = adjustment(invoice, line, gross, difference)?;
        if difference.is_negative() { mapped.charges.push(adjusted) } else { mapped.allowances.push(adjusted) }
    }
    Some(mapped)
}

/// BT-127: where a line comes from. The customer's own name of its order stands here where the document has several, and so none (BT-13, N8).
fn note(invoice: &Invoice, line: &Line) -> Option<String> {
    let origin = match line.agreed.as_deref() {
        None => Some(format!("Order {}", line.order)),
        Some("") => None,
        Some(project) => Some(format!("Project {project}")),
    };
    let several = invoice.customer_references.len() > 1 && !line.customer_reference.is_empty();
    let own = several.then(|| format!("Your reference {}", line.customer_reference));
    filled(&origin.into_iter().chain(own).collect::<Vec<_>>().join(", "))
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
    // Germany wants a rate even where the standard has none (BR-DE-14).
    let no_rate = tax.category == "O" && !is_german(invoice, profile);
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
