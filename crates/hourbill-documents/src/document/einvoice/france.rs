//! What France asks for beyond EN 16931 (the rules BR-FR of its reform): ids that can be transmitted, and what is looked at before an invoice is
//! written. The official rules are held against every kind of document in the tests; these are those that data can break.

use en16931::invoice::{DocumentKind, Party};

use crate::document::model::{Invoice, InvoiceKind, LineKind};

/// BR-FR-01: characters of the id of a document.
const ID_LENGTH_MAX: usize = 35;
/// What is left of an id that is too long, and the digits of its hash behind that.
const KEPT_MAX: usize = 22;
const HASH_DIGITS: usize = 12;
/// BR-FR-25: characters of an electronic address.
const ADDRESS_LENGTH_MAX: usize = 125;
/// BR-FR-DEC-01: digits of an amount, its sign among them.
const AMOUNT_LENGTH_MAX: usize = 19;
/// BR-FR-16, in 10^-4 %.
const RATES: [i64; 15] = [
    0, 9_000, 10_500, 17_500, 21_000, 55_000, 70_000, 85_000, 92_000, 96_000, 100_000, 130_000, 196_000, 200_000,
    206_000,
];

/// BR-FR-01 and -02: at most 35 letters, digits and `-+_/`.
fn is_sendable(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-+_/".contains(&byte);
    !id.is_empty() && id.len() <= ID_LENGTH_MAX && id.bytes().all(plain)
}

/// An id as it can be transmitted: itself, else what is left of it before a hash of the whole. The same document is called the same wherever it
/// is named (BT-1, BT-25).
pub fn sendable(id: &str) -> String {
    if is_sendable(id) {
        return id.to_owned();
    }
    let plain = |char: &char| char.is_ascii_alphanumeric() || "-+_/".contains(*char);
    let kept: String = id.chars().filter(plain).take(KEPT_MAX).collect();
    let hash = blake3::hash(id.as_bytes()).to_hex();
    let digits: String = hash.chars().take(HASH_DIGITS).collect();
    format!("{}-{digits}", kept.trim_matches('-'))
}

/// BT-23: what is sold, and whether a down payment was made before.
pub fn process(invoice: &Invoice) -> String {
    let sold = match invoice.seller.supplies.as_str() {
        "goods" => 'B',
        "both" => 'M',
        _ => 'S',
    };
    let deducts = invoice.lines.iter().any(|line| line.kind == LineKind::Deduction);
    // BR-FR-CO-08: a down payment comes after none.
    let after = deducts && invoice.kind != InvoiceKind::DownPayment;
    format!("{sold}{}", if after { 4 } else { 1 })
}

/// What French rules forbid of a document as it would be written.
pub fn impossible(mapped: &en16931::Invoice, of: &Invoice) -> Option<String> {
    ids(mapped)
        .or_else(|| dates(mapped))
        .or_else(|| notes(mapped))
        .or_else(|| taxes(of))
        .or_else(|| figures(mapped))
        .or_else(|| party("buyer", "BT-49", "BT-47", &mapped.buyer))
        .or_else(|| party("seller", "BT-34", "BT-30", &mapped.seller))
}

fn ids(invoice: &en16931::Invoice) -> Option<String> {
    let form = format!("is not made of at most {ID_LENGTH_MAX} letters, digits and `-+_/`");
    if !invoice.number.as_deref().is_some_and(is_sendable) {
        return Some(format!("its number (BT-1) {form}"));
    }
    let references = &invoice.preceding_invoices;
    if let Some(of) = references.iter().find(|of| !is_sendable(of.reference.as_str())) {
        return Some(format!("the earlier invoice `{}` (BT-25) {form}", of.reference.as_str()));
    }
    if invoice.kind == DocumentKind::CreditNote && !references.iter().any(|of| of.issue_date.is_some()) {
        let why = "a credit note names an earlier invoice (BT-25) with its date (BT-26), which are not known";
        return Some(why.to_owned());
    }
    None
}

/// BR-FR-03 and BR-FR-CO-07.
fn dates(invoice: &en16931::Invoice) -> Option<String> {
    let periods = invoice.invoicing_period.iter().map(|period| ("BT-73", period));
    let periods = periods.chain(invoice.lines.iter().filter_map(|line| Some(("BT-134", line.period.as_ref()?))));
    let of_periods = periods.flat_map(|(term, period)| [(term, period.start), (term, period.end)]);
    let references = invoice.preceding_invoices.iter().map(|of| ("BT-26", of.issue_date));
    let own = [("BT-2", invoice.issue_date), ("BT-9", invoice.due_date)];
    let all = own.into_iter().chain(references).chain(of_periods).filter_map(|(term, date)| Some((term, date?)));
    let outside = |year: i32| !(2000..=2099).contains(&year);
    let years = all.map(|(term, date)| (term, date.to_string()));
    for (term, date) in years {
        if date.get(..4).and_then(|year| year.parse().ok()).is_none_or(outside) {
            return Some(format!("the date {date} ({term}) is not of the years 2000 to 2099"));
        }
    }
    let is_down_payment = invoice.type_code.as_ref().is_some_and(|code| code.as_str() == "386");
    match (invoice.due_date, invoice.issue_date) {
        (Some(due), Some(issued)) if due < issued && !is_down_payment => {
            Some(format!("it is due on {due} (BT-9), before its own date {issued} (BT-2)"))
        }
        _ => None,
    }
}

/// BR-FR-06, -20 and -30: UBL writes the code of a note between `#` before it, and each code stands once in all of them.
fn notes(invoice: &en16931::Invoice) -> Option<String> {
    let written = invoice.notes.iter().map(|note| {
        let text = note.note.as_deref().unwrap_or_default();
        note.subject_code.as_ref().map_or_else(|| text.to_owned(), |code| format!("#{}#{text}", code.as_str()))
    });
    let all = written.collect::<Vec<_>>().join("#");
    let codes = [("#PMT#", 1), ("#PMD#", 1), ("#AAB#", 1), ("#TXD#", 0), ("#BAR#", 0)];
    let (told, _) = codes.into_iter().find(|(code, times)| all.matches(code).count() > *times)?;
    Some(format!("a note (BT-22) has the text `{told}`, which is the code of another note"))
}

/// BR-FR-15, -16 and -CO-12.
fn taxes(of: &Invoice) -> Option<String> {
    let currency = of.currency.code();
    if currency != "EUR" {
        return Some(format!(
            "an invoice in {currency} says its VAT in EUR too (BT-6, BT-111), and no rate of exchange is known"
        ));
    }
    let taxes = || of.lines.iter().flat_map(|line| &line.taxes);
    if let Some(tax) = taxes().find(|tax| ["L", "M"].contains(&tax.category.as_str())) {
        return Some(format!("tax category {} is not used in France", tax.category));
    }
    let unknown = taxes().find(|tax| !RATES.iter().any(|rate| rate * 100 == tax.percent.micros()));
    unknown.map(|tax| format!("{} % is no rate of French VAT", tax.percent))
}

/// BR-FR-DEC-01 and -02. A quantity is never shown shorter than it was priced.
fn figures(invoice: &en16931::Invoice) -> Option<String> {
    const DECIMALS_MAX: usize = 4;
    for line in &invoice.lines {
        let quantity = line.quantity.to_string();
        if quantity.split_once('.').is_some_and(|(_, decimals)| decimals.len() > DECIMALS_MAX) {
            return Some(format!("the quantity {quantity} of line {} (BT-129) has more than four decimals", line.id));
        }
    }
    let totals = &invoice.totals;
    let of_lines = invoice.lines.iter().map(|line| line.net_amount);
    let own = [totals.line_total, totals.gross_total, totals.due];
    let long = |amount: &en16931::InvoiceAmount| amount.to_string().replace('.', "").len() > AMOUNT_LENGTH_MAX;
    let found = of_lines.chain(own).find(long)?;
    Some(format!("the amount {found} has more than {AMOUNT_LENGTH_MAX} characters"))
}

/// BR-FR-23, -25 and -32.
fn party(who: &str, address_term: &str, registration_term: &str, party: &Party) -> Option<String> {
    if let Some(registration) = party.legal_registration.as_ref().filter(|of| of.scheme() == Some("0002")) {
        let number = registration.content();
        if number.len() != 9 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(format!("`{number}` ({registration_term}), the SIREN of the {who}, has not nine digits"));
        }
    }
    let address = party.electronic_address.as_ref()?;
    let text = address.content();
    if text.chars().count() > ADDRESS_LENGTH_MAX {
        return Some(format!(
            "the electronic address of the {who} ({address_term}) is longer than {ADDRESS_LENGTH_MAX} characters"
        ));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-_.".contains(&byte);
    (address.scheme() == Some("0225") && !text.bytes().all(plain)).then(|| {
        format!(
            "`{text}` ({address_term}), the electronic address of the {who}, is not made of letters, digits and `+-_.`"
        )
    })
}

/// Nine digits that say which French company it is: as they stand, in the fourteen of a SIRET, or at the end of a French VAT id.
pub fn siren<'a>([registration, scheme]: [&'a str; 2], country: &str, vat_id: &'a str) -> Option<&'a str> {
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let of_vat_id = vat_id.strip_prefix("FR").and_then(|rest| rest.get(2..)).filter(|text| digits(text, 9));
    let french = country.is_empty() || country == "FR";
    let own = match scheme {
        "0002" => digits(registration, 9).then_some(registration),
        "0009" => registration.get(..9).filter(|_| digits(registration, 14)),
        "" if french && digits(registration, 9) => Some(registration),
        "" if french && digits(registration, 14) => registration.get(..9),
        _ => None,
    };
    own.or(of_vat_id)
}
