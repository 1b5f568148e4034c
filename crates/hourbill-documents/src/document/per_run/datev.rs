//! DATEV: the drafts as a batch of bookings (EXTF 700, category 21, version 13): Windows-1252, `;`, CRLF, decimal commas. One booking per
//! draft and tax, gross: debtor against revenue. The batch is not locked, so that the tax adviser can correct it.

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::WINDOWS_1252;

use super::{Import, RunFile};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::csv_text::{CsvText, quotes};
use crate::document::{Invoice, InvoiceKind, Status};
use crate::job::{Datev, Settings};
use crate::quantity::{Money, Percent};

const BOOKINGS_MAX: usize = 99_999;
/// The one currency that needs no rate.
const BASE: &str = "EUR";
const TEXT_MAX: usize = 60;
const DOCUMENT_MAX: usize = 36;

/// Columns of a booking; `text` marks those that stand in quotes.
const COLUMNS: [(&str, bool); 47] = [
    ("Umsatz (ohne Soll/Haben-Kz)", false),
    ("Soll/Haben-Kennzeichen", true),
    ("WKZ Umsatz", true),
    ("Kurs", false),
    ("Basis-Umsatz", false),
    ("WKZ Basis-Umsatz", true),
    ("Konto", false),
    ("Gegenkonto (ohne BU-Schlüssel)", false),
    ("BU-Schlüssel", true),
    ("Belegdatum", false),
    ("Belegfeld 1", true),
    ("Belegfeld 2", true),
    ("Skonto", false),
    ("Buchungstext", true),
    ("Postensperre", false),
    ("Diverse Adressnummer", true),
    ("Geschäftspartnerbank", false),
    ("Sachverhalt", false),
    ("Zinssperre", false),
    ("Beleglink", true),
    ("Beleginfo - Art 1", true),
    ("Beleginfo - Inhalt 1", true),
    ("Beleginfo - Art 2", true),
    ("Beleginfo - Inhalt 2", true),
    ("Beleginfo - Art 3", true),
    ("Beleginfo - Inhalt 3", true),
    ("Beleginfo - Art 4", true),
    ("Beleginfo - Inhalt 4", true),
    ("Beleginfo - Art 5", true),
    ("Beleginfo - Inhalt 5", true),
    ("Beleginfo - Art 6", true),
    ("Beleginfo - Inhalt 6", true),
    ("Beleginfo - Art 7", true),
    ("Beleginfo - Inhalt 7", true),
    ("Beleginfo - Art 8", true),
    ("Beleginfo - Inhalt 8", true),
    ("KOST1 - Kostenstelle", true),
    ("KOST2 - Kostenstelle", true),
    ("Kost-Menge", false),
    ("EU-Land u. UStID (Bestimmung)", true),
    ("EU-Steuersatz (Bestimmung)", false),
    ("Abw. Versteuerungsart", true),
    ("Sachverhalt L+L", false),
    ("Funktionsergänzung L+L", false),
    ("BU 49 Hauptfunktionstyp", false),
    ("BU 49 Hauptfunktionsnummer", false),
    ("BU 49 Funktionsergänzung", false),
];
/// Pairs of `Zusatzinformation` between the columns above and those below.
const EXTRAS: usize = 20;
const MORE_COLUMNS: [(&str, bool); 38] = [
    ("Stück", false),
    ("Gewicht", false),
    ("Zahlweise", false),
    ("Forderungsart", true),
    ("Veranlagungsjahr", false),
    ("Zugeordnete Fälligkeit", false),
    ("Skontotyp", false),
    ("Auftragsnummer", true),
    ("Buchungstyp", true),
    ("USt-Schlüssel (Anzahlungen)", false),
    ("EU-Land (Anzahlungen)", true),
    ("Sachverhalt L+L (Anzahlungen)", false),
    ("EU-Steuersatz (Anzahlungen)", false),
    ("Erlöskonto (Anzahlungen)", false),
    ("Herkunft-Kz", true),
    ("Buchungs GUID", true),
    ("KOST-Datum", false),
    ("SEPA-Mandatsreferenz", true),
    ("Skontosperre", false),
    ("Gesellschaftername", true),
    ("Beteiligtennummer", false),
    ("Identifikationsnummer", true),
    ("Zeichnernummer", true),
    ("Postensperre bis", false),
    ("Bezeichnung SoBil-Sachverhalt", true),
    ("Kennzeichen SoBil-Buchung", false),
    ("Festschreibung", false),
    ("Leistungsdatum", false),
    ("Datum Zuord. Steuerperiode", false),
    ("Fälligkeit", false),
    ("Generalumkehr (GU)", true),
    ("Steuersatz", false),
    ("Land", true),
    ("Abrechnungsreferenz", true),
    ("BVV-Position", false),
    ("EU-Land u. UStID (Ursprung)", true),
    ("EU-Steuersatz (Ursprung)", false),
    ("Abw. Skontokonto", false),
];

/// A gross amount on a revenue account.
#[derive(Debug, PartialEq, Eq)]
struct Booking {
    /// Negative for what is given back.
    gross: Money,
    debtor: String,
    revenue: String,
    date: Date,
    document: String,
    text: String,
    /// Of what was posted.
    due: Option<Date>,
    /// The document that it takes back from.
    corrects: String,
}

/// DATEV.
pub static IMPORT: Import = Import {
    name: "datev",
    refused,
    files: |source, invoices| files(invoices, source.settings),
    file_refused: |_| None,
};

/// The files of the import, of the invoices that it takes.
pub fn files(invoices: &[&Invoice], settings: &Settings) -> Vec<RunFile> {
    let mut files = Vec::new();
    let Some(books) = &settings.imports.datev else { return files };
    // The year of a booking is that of the batch: a batch per fiscal year.
    let mut batches: BTreeMap<i32, Vec<Booking>> = BTreeMap::new();
    for booking in invoices.iter().filter_map(|invoice| bookings(invoice, books).ok()).flatten() {
        batches.entry(fiscal_year(booking.date, books)).or_default().push(booking);
    }
    for (year, bookings) in &batches {
        for (number, bookings) in (1..).zip(bookings.chunks(BOOKINGS_MAX)) {
            let number = if number == 1 { String::new() } else { format!("_{number}") };
            let name = format!("EXTF_Buchungsstapel_{year}{number}.csv");
            let bytes = batch(*year, bookings, books);
            files.push(RunFile { folders: &["imports", "datev"], name, bytes });
        }
    }
    files
}

/// Why an invoice cannot be booked.
pub fn refused(invoice: &Invoice, settings: &Settings) -> Option<String> {
    bookings(invoice, settings.imports.datev.as_ref()?).err()
}

fn bookings(invoice: &Invoice, books: &Datev) -> Result<Vec<Booking>, String> {
    if invoice.currency.code() != BASE {
        return Err(format!("a booking in {} needs a rate to {BASE}", invoice.currency));
    }
    if let Some(line) = invoice.lines.iter().find(|line| line.taxes.len() > 1) {
        return Err(format!("line {} has more than one tax", line.number));
    }
    // Gross by category and rate; what has no tax is left of the total.
    let mut gross: BTreeMap<Option<(String, Percent)>, Money> = BTreeMap::new();
    let mut rest = invoice.totals.total;
    for tax in &invoice.taxes {
        let amount = tax.base.checked_add(tax.amount);
        let (Some(amount), Some(left)) = (amount, amount.and_then(|amount| rest.checked_add(amount.negated()))) else {
            return Err("an amount is too large".to_owned());
        };
        gross.insert(Some((tax.category.clone(), tax.percent)), amount);
        rest = left;
    }
    if rest != Money::ZERO {
        gross.insert(None, rest);
    }
    let date = invoice.dated();
    let debtor = books.debtors.get(&invoice.buyer.customer_id).unwrap_or(&books.debtor).clone();
    let mut bookings = Vec::new();
    let all_taxed = invoice.lines.iter().all(|line| !line.taxes.is_empty());
    for (rate, amount) in gross.into_iter().filter(|(_, amount)| *amount != Money::ZERO) {
        if rate.is_none() && all_taxed && !books.revenue.contains_key("") {
            let rounding = invoice.text(invoice.totals.rounding);
            return Err(format!(
                "`datev.revenue` has no account `\"\"`, on which its rounding amount of {rounding} is booked"
            ));
        }
        let revenue = revenue(invoice, books, rate.as_ref())?;
        let gross = if invoice.kind == InvoiceKind::CreditNote { amount.negated() } else { amount };
        let text = plain(&format!("{} {}", invoice.buyer.name, invoice.called()), TEXT_MAX);
        let (debtor, document, due) = (debtor.clone(), document(invoice.called()), invoice.due_date);
        let corrects = invoice.corrects.as_ref().filter(|_| invoice.status != Status::Draft);
        let corrects = corrects.map_or_else(String::new, |corrects| plain(corrects.called(), TEXT_MAX));
        bookings.push(Booking { gross, debtor, revenue, date, document, text, due, corrects });
    }
    Ok(bookings)
}

/// The account of a rate, by the names that its tax has on the lines.
fn revenue(invoice: &Invoice, books: &Datev, rate: Option<&(String, Percent)>) -> Result<String, String> {
    let names: BTreeSet<&str> = match rate {
        None => BTreeSet::from([""]),
        Some((category, percent)) => {
            let taxes = invoice.lines.iter().flat_map(|line| &line.taxes);
            let of_rate = taxes.filter(|tax| tax.category == *category && tax.percent == *percent);
            of_rate.map(|tax| tax.name.as_str()).collect()
        }
    };
    let mut accounts = BTreeSet::new();
    for name in &names {
        let account = books.revenue.get(*name);
        accounts.insert(account.ok_or_else(|| format!("`datev.revenue` has no account for the tax `{name}`"))?);
    }
    let names = names.into_iter().collect::<Vec<_>>().join("`, `");
    match (accounts.len(), accounts.into_iter().next()) {
        (1, Some(account)) => Ok(account.clone()),
        _ => Err(format!("the taxes `{names}` have one rate and more than one account")),
    }
}

/// The year in which the fiscal year of a day begins.
fn fiscal_year(date: Date, books: &Datev) -> i32 {
    let (year, month, day) = date.ymd();
    let year = i32::try_from(year).ok().or_bug("dates are read from 1990 to 2100");
    if (month, day) >= books.fiscal_year { year } else { year - 1 }
}

/// Header, titles, bookings.
fn batch(year: i32, bookings: &[Booking], books: &Datev) -> Vec<u8> {
    let days = || bookings.iter().map(|booking| booking.date);
    let compact = |date: Option<Date>| date.map_or_else(String::new, |date| date.chrono().format("%Y%m%d").to_string());
    let (from, to) = (compact(days().min()), compact(days().max()));
    let (month, day) = books.fiscal_year;
    let (consultant, client, digits) = (books.consultant, books.client, books.account_digits);
    let mut rows = CsvText::crlf_of_quoted(';');
    // The moment it was made is the last day of the batch: the clock reaches no byte.
    rows.row([format!(
        "\"EXTF\";700;21;\"Buchungsstapel\";13;{to}000000000;;\"\";\"\";\"\";{consultant};{client};{year:04}{month:02}{day:02};{digits};{from};{to};\"hourbill\";\"\";1;0;0;\"{BASE}\";;\"\";;;\"\";;;\"\";\"\""
    )]);
    let extras = (1..=EXTRAS).flat_map(|number| {
        [(format!("Zusatzinformation - Art {number}"), true), (format!("Zusatzinformation- Inhalt {number}"), true)]
    });
    let named =
        |columns: &[(&str, bool)]| columns.iter().map(|(name, is_text)| ((*name).to_owned(), *is_text)).collect();
    let mut columns: Vec<(String, bool)> = named(&COLUMNS);
    columns.extend(extras);
    let more: Vec<(String, bool)> = named(&MORE_COLUMNS);
    columns.extend(more);
    rows.row(columns.iter().map(|(name, _)| name));
    for booking in bookings {
        let side = if booking.gross.is_negative() { "H" } else { "S" };
        let amount = crate::quantity::decimal_text(
            i128::try_from(booking.gross.minor().unsigned_abs())
                .ok()
                .or_bug("amounts are far from the limits of the type"),
            2,
            2,
        );
        let (_, month, day) = booking.date.ymd();
        rows.row(columns.iter().map(|(name, is_text)| {
            let cell = match name.as_str() {
                "Umsatz (ohne Soll/Haben-Kz)" => amount.replace('.', ","),
                "Soll/Haben-Kennzeichen" => side.to_owned(),
                "WKZ Umsatz" => BASE.to_owned(),
                "Konto" => booking.debtor.clone(),
                "Gegenkonto (ohne BU-Schlüssel)" => booking.revenue.clone(),
                "Belegdatum" => format!("{day:02}{month:02}"),
                "Belegfeld 1" => booking.document.clone(),
                "Buchungstext" => booking.text.clone(),
                "Festschreibung" => "0".to_owned(),
                "Beleginfo - Art 1" if !booking.corrects.is_empty() => "Korrigierter Beleg".to_owned(),
                "Beleginfo - Inhalt 1" => booking.corrects.clone(),
                "Fälligkeit" => {
                    booking.due.map_or_else(String::new, |date| date.chrono().format("%d%m%Y").to_string())
                }
                _ => String::new(),
            };
            if *is_text { quotes(&cell) } else { cell }
        }));
    }
    windows_1252(&rows.text())
}

/// What the character set does not have becomes `?`.
fn windows_1252(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for char in text.chars() {
        let mut buffer = [0; 4];
        let (encoded, _, unmappable) = WINDOWS_1252.encode(char.encode_utf8(&mut buffer));
        if unmappable { bytes.push(b'?') } else { bytes.extend_from_slice(&encoded) }
    }
    bytes
}

/// A text without control characters, cut to so many characters.
fn plain(text: &str, characters_max: usize) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(characters_max).collect()
}

/// A document number of letters, digits and `$&%*+-/`; a hash tells apart what then reads alike.
fn document(id: &str) -> String {
    let allowed = |char: &char| char.is_ascii_alphanumeric() || "$&%*+-/".contains(*char);
    let kept: String = id.chars().filter(allowed).collect();
    if kept == id && kept.len() <= DOCUMENT_MAX {
        return kept;
    }
    let hash = blake3::hash(id.as_bytes()).to_hex();
    let kept: String = kept.chars().take(DOCUMENT_MAX - 9).collect();
    format!("{kept}-{}", hash.get(..8).unwrap_or_default())
}

#[cfg(test)]
#[path = "datev_tests.rs"]
mod tests;
