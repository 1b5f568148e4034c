//! Electronic invoices: every profile x kind of document x id. Each file passes the official rules and says the sums of its document to the cent,
//! or there is no file and one finding that names what is missing. Files that break a rule are never written.

use std::collections::BTreeMap;
use std::fs;

use hourbill::calendar::Date;
use hourbill::document::{
    Corrects, EarlyPayment, Invoice, InvoiceKind, LineKind, Reference, Status, files, findings, invoice_from_json,
    json_bytes,
};
use hourbill::job::{DocumentFormat, Profile};
use hourbill::quantity::{Currency, Money, Percent, Quantity, UnitPrice};

use super::documents::{earlier, sample, summed_up, validated};

pub type Change = fn(&mut Invoice);
/// Profiles that cannot say a kind, and what their finding names.
type NotIn = &'static [(Profile, &'static str)];

fn tax(invoice: &mut Invoice, category: &str) {
    for tax in invoice.lines.iter_mut().flat_map(|line| &mut line.taxes) {
        category.clone_into(&mut tax.category);
        tax.percent = Percent::ZERO;
        "Exempt, article 44".clone_into(&mut tax.name);
    }
}

fn deduction(invoice: &mut Invoice, document: &str) {
    let line = &mut invoice.lines[2];
    line.kind = LineKind::Deduction;
    line.refers_to = Some(Reference { document: document.to_owned(), date: Date::from_ymd(2026, 9, 30) });
    line.quantity = Quantity::from_micros(-1_000_000);
    line.price = Some(UnitPrice::from_micros(80_000_000));
}

fn issued(invoice: &mut Invoice, number: &str) {
    invoice.number = Some(number.to_owned());
    invoice.status = Status::Final;
    invoice.issue_date = Date::from_ymd(2026, 11, 2);
    invoice.due_date = Date::from_ymd(2026, 12, 2);
}

/// Kinds of documents.
const KINDS: [(&str, Change, NotIn); 23] = [
    ("invoice", |_| (), &[]),
    (
        "credit-note",
        |invoice| {
            invoice.kind = InvoiceKind::CreditNote;
            invoice.corrects =
                Some(Corrects { number: None, id: earlier().document, date: Date::from_ymd(2026, 9, 30) });
        },
        &[],
    ),
    ("credit-note-of-nothing", |invoice| invoice.kind = InvoiceKind::CreditNote, &[(Profile::Fr, "BT-25")]),
    ("down-payment", |invoice| invoice.kind = InvoiceKind::DownPayment, &[]),
    ("final", |invoice| deduction(invoice, "D-2026-09-C-0042-EUR-S00071-DP-2026-09-01-fixed-12000"), &[]),
    ("final-of-number", |invoice| deduction(invoice, "F2026-00041"), &[]),
    (
        "final-of-two",
        |invoice| {
            deduction(invoice, "F2026-00041");
            invoice.lines[1] = invoice.lines[2].clone();
            invoice.lines[1].number = 2;
            invoice.lines[1].refers_to.as_mut().unwrap().document = "F2026-00040".to_owned();
        },
        &[],
    ),
    ("reverse-charge", |invoice| tax(invoice, "AE"), &[]),
    ("exempt", |invoice| tax(invoice, "E"), &[]),
    ("zero-rated", |invoice| tax(invoice, "Z"), &[]),
    ("outside", |invoice| tax(invoice, "O"), &[]),
    ("discount", |invoice| invoice.lines[1].discount = Percent::from_micros(12_500_000), &[]),
    ("charge", |invoice| invoice.lines[1].discount = Percent::from_micros(-12_500_000), &[]),
    ("negative-line", |invoice| invoice.lines[1].quantity = Quantity::from_micros(-1_000_000), &[]),
    ("rounding", |invoice| invoice.totals.rounding = Money::from_minor(-1), &[]),
    ("issued", |invoice| issued(invoice, "F2026-00042"), &[]),
    (
        "early-payment",
        |invoice| {
            issued(invoice, "F2026-00042");
            invoice.early_payment = Some(EarlyPayment { percent: Percent::from_micros(2_000_000), days: 10 });
        },
        &[],
    ),
    ("terms-of-xrechnung", |invoice| invoice.payment_terms = "Net 30\n#SKONTO#TAGE=10#PROZENT=2.00#".to_owned(), &[]),
    (
        "terms-with-a-mark",
        |invoice| invoice.payment_terms = "#1: 30 days".to_owned(),
        &[(Profile::XRechnung, "BR-DE-18")],
    ),
    (
        "several-orders",
        |invoice| {
            invoice.customer_references = vec!["PO-111".to_owned(), "PO-222".to_owned()];
            invoice.lines[0].customer_reference = "PO-111".to_owned();
            invoice.lines[1].customer_reference = "PO-222".to_owned();
        },
        &[],
    ),
    ("annex", |invoice| invoice.embed_annex = true, &[]),
    ("dollars", |invoice| invoice.currency = Currency::from_code("USD").unwrap(), &[(Profile::Fr, "BT-6")]),
    (
        "due-before-it-is-dated",
        |invoice| {
            issued(invoice, "F2026-00042");
            invoice.due_date = Date::from_ymd(2026, 1, 31);
        },
        &[(Profile::Fr, "BT-9")],
    ),
];

/// Ids of every length, and such as no rule foresees.
fn ids() -> [(&'static str, String); 7] {
    [
        ("short", "D-1".to_owned()),
        ("16", "D-2026-10-C1-EUR".to_owned()),
        ("35", format!("D-2026-10-{}", "C".repeat(25))),
        ("36", format!("D-2026-10-{}", "C".repeat(26))),
        ("dot", "D-2026-10-__export__.res_partner_7".to_owned()),
        ("400", format!("D-2026-10-{}-EUR", "C".repeat(386))),
        ("unicode", "D-2026-10-Größe ☃ 日本-EUR".to_owned()),
    ]
}

pub const FORMATS: [DocumentFormat; 2] = [DocumentFormat::Ubl, DocumentFormat::Cii];

/// The sums that an XML says are those of its document.
fn says_the_sums(name: &str, bytes: &[u8], invoice: &Invoice) {
    let read = en16931_formats::read(bytes).unwrap_or_else(|error| panic!("{name}: {error}")).invoice;
    macro_rules! minor {
        ($amount:expr) => {
            i128::from($amount.to_minor_units())
        };
    }
    let totals = &invoice.totals;
    assert_eq!(minor!(read.totals.line_total), totals.net.minor(), "{name}");
    assert_eq!(minor!(read.totals.taxable_total), totals.net.minor(), "{name}");
    assert_eq!(read.totals.vat_total.map(|amount| minor!(amount)), Some(totals.tax.minor()), "{name}");
    assert_eq!(minor!(read.totals.due), totals.total.minor(), "{name}");
    assert_eq!(read.totals.rounding.map_or(0, |amount| minor!(amount)), totals.rounding.minor(), "{name}");
    let nets: Vec<i128> = read.lines.iter().map(|line| minor!(line.net_amount)).collect();
    assert_eq!(nets, invoice.lines.iter().map(|line| line.net.minor()).collect::<Vec<_>>(), "{name}");
    let taxes: BTreeMap<String, (i128, i128)> = read
        .vat_breakdown
        .iter()
        .map(|tax| {
            let rate = tax.rate.map_or_else(|| "0".to_owned(), |rate| rate.to_string());
            let percent: Percent = rate.parse().unwrap();
            let key = format!("{} {percent}", tax.category.as_str());
            (key, (minor!(tax.taxable_amount), minor!(tax.tax_amount)))
        })
        .collect();
    let own = invoice
        .taxes
        .iter()
        .map(|tax| (format!("{} {}", tax.category, tax.percent), (tax.base.minor(), tax.amount.minor())));
    assert_eq!(taxes, own.collect(), "{name}");
}

/// All that is written of the matrix: file name and bytes. What is left out has its finding.
fn matrix() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for profile in Profile::ALL {
        for (at, (kind, change, not_in)) in KINDS.iter().enumerate() {
            // Every id with the kinds that name others; the rest in turn.
            let every = ["invoice", "credit-note", "final"].contains(kind);
            for (number, (length, id)) in ids().into_iter().enumerate() {
                if !every && number != at % ids().len() {
                    continue;
                }
                let mut invoice = sample(profile);
                invoice.id = id;
                change(&mut invoice);
                summed_up(&mut invoice);
                let name = format!("{}-{kind}-{length}", profile.name());
                let made = files(&invoice, &FORMATS).unwrap();
                let told: Vec<String> = findings(&invoice, &FORMATS)
                    .into_iter()
                    .map(|of| format!("{}: {}", of.code.name(), of.message))
                    .collect();
                if let Some((_, term)) = not_in.iter().find(|(of, _)| *of == profile) {
                    assert!(made.is_empty() && told.len() == 1 && told[0].contains(term), "{name}: {told:?}");
                    continue;
                }
                let foreseen = if *kind == "several-orders" { "several-customer-references" } else { "" };
                assert_eq!(made.len(), 2, "{name}: {told:?}");
                assert!(told.iter().all(|told| !foreseen.is_empty() && told.starts_with(foreseen)), "{name}: {told:?}");
                assert_eq!(told.len(), usize::from(!foreseen.is_empty()), "{name}: {told:?}");
                // What is frozen makes the same bytes for ever.
                let again = invoice_from_json(&json_bytes(&invoice)).unwrap();
                assert!(invoice.issue_date.is_none() || files(&again, &FORMATS).unwrap() == made, "{name}");
                for file in made {
                    says_the_sums(&name, &file.bytes, &invoice);
                    all.push((format!("{name}-{}", file.name), file.bytes));
                }
            }
        }
    }
    all
}

#[test]
fn every_kind_of_document_passes_the_official_rules_of_every_profile_or_is_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let all = matrix();
    assert!(all.len() > 250, "{} files", all.len());
    for (name, bytes) in &all {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let Some(told) = validated(folder.path()) else { return };
    assert_eq!(told.len(), all.len());
    let broken: Vec<_> = told.iter().filter(|(_, rules)| !rules.is_empty()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

fn ubl(invoice: &Invoice) -> String {
    let made = files(invoice, &[DocumentFormat::Ubl]).unwrap();
    assert_eq!(made.len(), 1, "{:?}", findings(invoice, &FORMATS));
    String::from_utf8(made[0].bytes.clone()).unwrap()
}

/// What stands between two marks, each time.
fn each<'a>(xml: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    xml.split(start).skip(1).map(|rest| rest.split(end).next().unwrap()).collect()
}

#[test]
fn n7_an_id_that_cannot_be_sent_is_short_in_france_and_the_same_wherever_it_is_named() {
    let long = "D-2026-09-C-0042-EUR-S00071-DP-2026-09-01-fixed-12000";
    let mut down = sample(Profile::Fr);
    (down.id, down.kind) = (long.to_owned(), InvoiceKind::DownPayment);
    let of_down = ubl(&down);
    let id = each(&of_down, "<cbc:ID>", "<")[0].to_owned();
    assert!(id.len() <= 35 && id.starts_with("D-2026-09-C-0042-EUR-"), "{id}");
    assert!(of_down.contains(">386<") && of_down.contains("<cbc:ProfileID>S1<") && of_down.contains(long), "{of_down}");
    let mut last = sample(Profile::Fr);
    deduction(&mut last, long);
    summed_up(&mut last);
    let xml = ubl(&last);
    assert!(xml.contains("<cbc:ProfileID>S4<"), "{xml}");
    assert!(xml.contains(&format!("<cbc:ID>{id}</cbc:ID>")) && xml.contains("<cbc:IssueDate>2026-09-30<"), "{xml}");
    for (supplies, process) in [("goods", "B4"), ("both", "M4"), ("services", "S4")] {
        last.seller.supplies = supplies.to_owned();
        assert!(ubl(&last).contains(&format!("<cbc:ProfileID>{process}<")), "{supplies}");
    }
    // Another long id is another short one; other profiles know no such limit.
    down.id = format!("{long}0");
    assert!(!ubl(&down).contains(&format!("<cbc:ID>{id}</cbc:ID>")));
    let mut peppol = sample(Profile::Peppol);
    peppol.id = long.to_owned();
    assert!(ubl(&peppol).contains(&format!("<cbc:ID>{long}</cbc:ID>")));
}

#[test]
fn n8_the_timesheet_is_embedded_as_csv_and_pdf_and_its_hours_are_those_of_the_lines() {
    for profile in Profile::ALL {
        let mut invoice = sample(profile);
        invoice.embed_annex = true;
        invoice.lines[0].entries[0].description = "=1+1, \"quoted\"\nand more".to_owned();
        let formats: Vec<DocumentFormat> =
            if profile == Profile::Fr { vec![DocumentFormat::FacturX] } else { FORMATS.to_vec() };
        for file in files(&invoice, &formats).unwrap() {
            let xml = match file.name {
                "factur-x.pdf" => {
                    let limits = en16931_formats::zugferd::Limits::default();
                    en16931_formats::zugferd::extract(&file.bytes, &limits).unwrap().xml
                }
                _ => file.bytes,
            };
            let read = en16931_formats::read(&xml).unwrap().invoice;
            let [csv, pdf] = read.attachments.as_slice() else { panic!("{:?}", read.attachments.len()) };
            let (csv, pdf) = (csv.attachment.as_ref().unwrap(), pdf.attachment.as_ref().unwrap());
            assert_eq!((csv.mime_code(), csv.filename()), ("text/csv", "timesheet.csv"));
            assert_eq!((pdf.mime_code(), pdf.filename()), ("application/pdf", "timesheet.pdf"));
            assert!(pdf.content().starts_with(b"%PDF"));
            let mut rows = csv::Reader::from_reader(csv.content().strip_prefix("\u{feff}".as_bytes()).unwrap());
            let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
            assert!(rows.iter().any(|row| &row[5] == "'=1+1, \"quoted\"\nand more"));
            let hours: i128 =
                rows.iter().map(|row| hourbill::quantity::HoursSum::from_text(&row[6]).unwrap().micros()).sum();
            assert_eq!(hours, invoice.totals.hours.micros());
        }
        invoice.lines.iter_mut().for_each(|line| line.entries.clear());
        let bare = files(&invoice, &FORMATS).unwrap();
        assert!(bare.iter().all(|file| en16931_formats::read(&file.bytes).unwrap().invoice.attachments.is_empty()));
    }
}

#[test]
fn n8_the_customers_own_number_of_an_order_stands_on_each_line_where_there_are_several() {
    for profile in Profile::ALL {
        let mut invoice = sample(profile);
        invoice.customer_references = vec!["PO-111".to_owned(), "PO-222".to_owned()];
        for (line, reference) in invoice.lines.iter_mut().zip(["PO-111", "PO-222", ""]) {
            reference.clone_into(&mut line.customer_reference);
        }
        let xml = ubl(&invoice);
        assert!(!xml.contains("OrderReference"), "{xml}");
        let notes = each(&xml, "<cbc:Note>Order ", "<");
        assert_eq!(notes, ["S00071, Your reference PO-111", "S00072, Your reference PO-222", "S00073"]);
        let told = findings(&invoice, &FORMATS);
        assert_eq!(told.len(), 1);
        assert!(told[0].message.contains("`PO-111`, `PO-222`") && told[0].message.contains(profile.name()));
        invoice.customer_references.truncate(1);
        let xml = ubl(&invoice);
        assert!(xml.contains("<cbc:ID>PO-111</cbc:ID>") && !xml.contains("Your reference"), "{xml}");
        assert_eq!(findings(&invoice, &FORMATS), []);
    }
}

#[test]
fn the_registration_of_both_sides_stands_with_its_scheme() {
    for (profile, seller, buyer) in [
        (Profile::FacturX, ("0208", "0417497106"), ("0208", "0403170701")),
        (Profile::Peppol, ("0208", "0417497106"), ("0208", "0403170701")),
        (Profile::XRechnung, ("0208", "0417497106"), ("0208", "0403170701")),
        (Profile::Fr, ("0002", "552100554"), ("0002", "542065479")),
    ] {
        for file in files(&sample(profile), &FORMATS).unwrap() {
            let read = en16931_formats::read(&file.bytes).unwrap().invoice;
            for (party, (scheme, number)) in [(read.seller, seller), (read.buyer, buyer)] {
                let told = party.legal_registration.unwrap();
                assert_eq!((told.scheme(), told.content()), (Some(scheme), number), "{profile:?}");
            }
        }
    }
    // A scheme that no list has is named with its field.
    let mut invoice = sample(Profile::FacturX);
    invoice.buyer.contact.registration_scheme = "KVK".to_owned();
    let told = findings(&invoice, &FORMATS);
    assert!(
        told.len() == 1 && told[0].message.contains("`registration_scheme` of customer `C-0042` is `KVK`"),
        "{told:?}"
    );
    // Nine digits of another country are no SIREN.
    let mut foreign = sample(Profile::Fr);
    let contact = &mut foreign.buyer.contact;
    (contact.vat_id, contact.address.country) = ("NO974760673MVA".to_owned(), "NO".to_owned());
    (contact.registration, contact.registration_scheme) = ("974760673".to_owned(), String::new());
    let xml = ubl(&foreign);
    assert!(xml.contains("<cbc:CompanyID>974760673</cbc:CompanyID>"), "{xml}");
    // A SIRET holds the SIREN.
    let mut siret = sample(Profile::Fr);
    (siret.seller.registration, siret.seller.registration_scheme) = ("55210055400013".to_owned(), String::new());
    assert!(ubl(&siret).contains("schemeID=\"0002\">552100554<"));
}

/// What France asks for and other profiles do not.
#[test]
fn what_french_rules_forbid_is_named_and_not_written() {
    let cases: [(&str, Change); 10] = [
        ("years 2000 to 2099", |invoice| invoice.lines[0].from = Date::from_ymd(1999, 12, 31).unwrap()),
        ("BT-49", |invoice| invoice.buyer.contact.electronic_address = "542065479 x".to_owned()),
        ("longer than 125", |invoice| invoice.buyer.contact.electronic_address = "5".repeat(126)),
        ("#BAR#", |invoice| invoice.notes.push("a #BAR#B2B# b".to_owned())),
        ("#PMT#", |invoice| invoice.notes.push("#PMT#".to_owned())),
        ("GBP", |invoice| invoice.currency = Currency::from_code("GBP").unwrap()),
        ("company.supplies", |invoice| invoice.seller.supplies = "things".to_owned()),
        ("BT-129", |invoice| invoice.lines[0].quantity = Quantity::from_micros(2_345_678)),
        ("rate of French VAT", |invoice| invoice.lines[0].taxes[0].percent = Percent::from_micros(21_000_000)),
        ("category L", |invoice| invoice.lines[0].taxes[0].category = "L".to_owned()),
    ];
    for (named, change) in cases {
        let mut invoice = sample(Profile::Fr);
        change(&mut invoice);
        summed_up(&mut invoice);
        let told = findings(&invoice, &FORMATS);
        assert!(told.len() == 1 && told[0].message.contains(named), "{named}: {told:?}");
        assert_eq!(files(&invoice, &FORMATS).unwrap(), [], "{named}");
    }
}

/// A job in France: one order, half of it asked for before.
struct France {
    folder: tempfile::TempDir,
}

impl France {
    fn new(numbering: &str) -> France {
        let france = France { folder: tempfile::tempdir().unwrap() };
        let job = format!(
            r#"
name = "j"
[inputs]
timesheets = "timesheets.csv"
orders = "orders.csv"
customers = "customers.csv"
downpayments = "downpayments.csv"
[output]
dir = "out"
documents = ["ubl", "cii", "factur-x", "json"]
profile = "fr"
[ledger]
dir = "ledger"
{numbering}
[company]
name = "H SAS"
vat_id = "FR12404833048"
registration = "40483304800022"
street = "1 rue X"
postcode = "75001"
city = "Paris"
country = "FR"
iban = "FR7630006000011234567890189"
electronic_address = "404833048"
electronic_address_scheme = "0225"
late_payment_note = "x"
recovery_note = "y"
discount_note = "z"
"#
        );
        for (name, text) in [
            ("job.toml", job.as_str()),
            ("timesheets.csv", "timesheet_id,date,hours,order_line_id\nx,2026-01-05,1,S/1\n"),
            (
                "orders.csv",
                "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes\n\
                 S/1,S,sale,__export__.res_partner_1042,Pack,ordered_prepaid,Hours,1,1000,EUR,2026-01-01,20%\n",
            ),
            (
                "customers.csv",
                "customer_id,name,vat_id,registration,street,city,postcode,country,electronic_address,electronic_address_scheme,payment_terms\n\
                 __export__.res_partner_1042,Acme SAS,FR55732829320,732829320,S 1,Lyon,69001,FR,732829320,0225,30 days\n",
            ),
            ("downpayments.csv", "order_id,method,value,requested_on\nS,fixed,120,2026-01-01\n"),
        ] {
            fs::write(france.folder.path().join(name), text).unwrap();
        }
        france
    }

    fn act(&self, words: &[&str]) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
        command.current_dir(self.folder.path()).args(words);
        if words[0] != "ledger" {
            command.args(["--as-of", "2026-11-02"]);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The electronic invoices below a folder of the output, by their path; those of runs are the newest run's.
    fn found(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.folder.path().join("out/j");
        let newest = fs::read_to_string(root.join("latest")).unwrap();
        let root = root.join(below.replace("LATEST", newest.trim()));
        let mut found = BTreeMap::new();
        for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
            for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = format!("{}-{}", folder.file_name().unwrap().display(), file.file_name().unwrap().display());
                if !file.is_dir() && !name.ends_with("json") {
                    found.insert(name, fs::read(&file).unwrap());
                }
            }
        }
        found
    }
}

fn xml_of<'a>(found: &'a BTreeMap<String, Vec<u8>>, begins: &str, syntax: &str) -> &'a str {
    let file = found.iter().find(|(name, _)| name.starts_with(begins) && name.ends_with(syntax));
    std::str::from_utf8(file.unwrap_or_else(|| panic!("{begins} {syntax}: {:?}", found.keys())).1).unwrap()
}

#[test]
fn n7_a_down_payment_and_the_final_invoice_after_it_are_sent_in_france() {
    let checked = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (numbering, number) in [("", ""), ("[numbering]\ninvoice = \"F{yyyy}-{seq:5}\"\n", "F2026-00001")] {
        let france = France::new(numbering);
        let mut keep = |step: &str, found: BTreeMap<String, Vec<u8>>| {
            for (name, bytes) in &found {
                fs::write(checked.path().join(format!("fr-{step}-{}-{name}", number.len())), bytes).unwrap();
                count += 1;
            }
            found
        };
        france.act(&["run", "job.toml", "--period", "2026-01"]);
        let drafts = keep("1", france.found("runs/LATEST/invoices"));
        assert_eq!(drafts.len(), 3, "{:?}", drafts.keys());
        let down = xml_of(&drafts, "D-2026-01", "ubl.xml");
        assert!(down.contains("TypeCode>386<") && down.contains("ProfileID>S1<"), "{down}");
        let short = each(down, "<cbc:ID>", "<")[0].to_owned();
        france.act(&["post", "job.toml", "--date", "2026-10-31"]);
        let posted = keep("2", france.found("posted"));
        let called = if number.is_empty() { short } else { number.to_owned() };
        assert!(
            posted.values().any(|bytes| String::from_utf8_lossy(bytes).contains(&format!("<cbc:ID>{called}</cbc:ID>")))
        );
        france.act(&["run", "job.toml", "--period", "2026-02"]);
        let drafts = keep("3", france.found("runs/LATEST/invoices"));
        let says = |xml: &str| {
            assert!(xml.contains("ProfileID>S4<"), "{xml}");
            let reference = each(xml, "<cac:InvoiceDocumentReference>", "</cac:InvoiceDocumentReference>");
            assert_eq!(reference.len(), 1);
            assert!(reference[0].contains(&format!("<cbc:ID>{called}</cbc:ID>")), "{reference:?}");
            assert!(reference[0].contains("<cbc:IssueDate>2026-10-31</cbc:IssueDate>"), "{reference:?}");
        };
        says(xml_of(&drafts, "D-2026-02", "ubl.xml"));
        france.act(&["post", "job.toml"]);
        let posted = keep("4", france.found("posted"));
        let second = if number.is_empty() { "D-2026-02" } else { "F2026-00002" };
        says(xml_of(&posted, second, "ubl.xml"));
        let id = if number.is_empty() { "D-2026-02-__export__.res_partner_1042-EUR" } else { "F2026-00002" };
        france.act(&["void", "job.toml", id, "--reason", "wrong"]);
        let voided = keep("5", france.found("posted"));
        assert_eq!(voided.len(), posted.len() + 3, "{:?}", voided.keys());
        france.act(&["ledger", "verify", "job.toml"]);
    }
    let Some(told) = validated(checked.path()) else { return };
    assert_eq!(told.len(), count);
    let broken: Vec<_> = told.iter().filter(|(_, rules)| !rules.is_empty()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
