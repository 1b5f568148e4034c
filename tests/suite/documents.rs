//! The documents of drafts from outside: what a run writes, what the official rules say of it, whether the sums are those of the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hourbill::calendar::Date;
use hourbill::document::{Invoice, InvoiceKind, LineKind, Reference, broken_rules, files, specimen, unchecked};
use hourbill::job::{DocumentFormat, Profile};
use hourbill::quantity::{self, Money, Percent, Quantity, UnitPrice};
use serde_json::Value;
use tempfile::TempDir;

const ORDERS: &str = "\
order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,discount_pct,payment_terms,customer_reference
S1/1,S1,sale,C1,Support,delivered_timesheet,Hours,10,87.35,EUR,2026-09-01,21%,,30 days,PO-1
S1/2,S1,sale,C1,Consulting,delivered_timesheet,Days,10,960,EUR,2026-09-01,21%,5,30 days,PO-1
S2/1,S2,sale,C1,Pack,ordered_prepaid,Hours,5,80,EUR,2026-10-02,6%,,30 days,PO-2
S3/1,S3,sale,C2,Returned,delivered_timesheet,Hours,10,50,KWD,2026-10-02,0%,,30 days,
S4/1,S4,sale,C3,Support,delivered_timesheet,Hours,10,33.333333,EUR,2026-10-02,,,30 days,
";

const CUSTOMERS: &str = "\
customer_id,name,parent_id,vat_id,street,city,postcode,country,email,language,electronic_address,electronic_address_scheme
ROOT,Éclairage SA,,BE0403170701,Rue du Moulin 7,Liège,4000,BE,compta@eclairage.example,fr_BE,0403170701,0208
C1,Éclairage SA - Liège,ROOT,,,,,,,,,
C2,Kuwait Co,,,,,,KW,,en,,
C3,日本の会社,,,,,,JP,,ja,,
";

const TICKETS: &str = "ticket_id,customer_id,created_on,order_line_id\nT1,C1,2026-10-03,S1/1\nT2,C1,2026-10-03,S1/2\nT3,C2,2026-10-03,S3/1\nT4,C3,2026-10-03,S4/1\n";

const TIMESHEETS: &str = "\
timesheet_id,date,hours,ticket_id,employee,description
H1,2026-10-05,1:20,T1,Ana,Analyse
H2,2026-10-06,2,T1,Zoë,\"=HYPERLINK(\"\"x\"\")\"
H3,2026-10-07,12,T2,Ana,On site
H4,2026-10-07,-7,T3,Ana,Returned
H5,2026-10-08,1.3333333333333333,T4,Ana,作業
";

const JOB: &str = r#"
[inputs]
orders = "orders.csv"
tickets = "tickets.csv"
timesheets = "timesheets.csv"
customers = "customers.csv"
[period]
month = "2026-10"
[company]
name = "Harbour Support NV"
vat_id = "BE0417497106"
country = "BE"
iban = "BE68539007547034"
[output]
documents = ["json", "pdf", "ubl", "cii", "factur-x"]
"#;

fn hourbill(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hourbill")).args(arguments).current_dir(folder).output().unwrap()
}

/// A job folder and the folder of the run that it published.
fn published(job: &str) -> (TempDir, PathBuf) {
    published_from(job, ORDERS)
}

fn published_from(job: &str, orders: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("orders.csv", orders),
        ("customers.csv", CUSTOMERS),
        ("tickets.csv", TICKETS),
        ("timesheets.csv", TIMESHEETS),
        ("job.toml", job),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = hourbill(folder.path(), &["run", "job.toml"]);
    assert!([0, 1].contains(&output.status.code().unwrap()), "{}", String::from_utf8_lossy(&output.stderr));
    let runs = folder.path().join("out/job/runs");
    let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    (folder, run)
}

/// Every file below `invoices`, by its path.
fn documents(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for draft in fs::read_dir(run.join("invoices")).unwrap() {
        let draft = draft.unwrap();
        for file in fs::read_dir(draft.path()).unwrap() {
            let file = file.unwrap();
            let name = format!("{}/{}", draft.file_name().display(), file.file_name().display());
            found.insert(name, fs::read(file.path()).unwrap());
        }
    }
    found
}

pub fn table(run: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(run.join(name)).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_run_writes_the_documents_that_its_job_asks_for_and_lists_them() {
    let (_folder, run) = published(JOB);
    let found = documents(&run);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "D-2026-10-C1-EUR/cii.xml",
            "D-2026-10-C1-EUR/factur-x.pdf",
            "D-2026-10-C1-EUR/invoice.json",
            "D-2026-10-C1-EUR/invoice.pdf",
            "D-2026-10-C1-EUR/ubl.xml",
            "D-2026-10-C2-KWD/invoice.json",
            "D-2026-10-C2-KWD/invoice.pdf",
            "D-2026-10-C3-EUR/invoice.json",
            "D-2026-10-C3-EUR/invoice.pdf",
        ]
    );
    let manifest: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    let listed: BTreeMap<&str, &str> = manifest["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["file"].as_str().unwrap(), file["blake3"].as_str().unwrap()))
        .collect();
    assert_eq!(listed.len(), found.len());
    for (name, bytes) in &found {
        assert_eq!(listed[format!("invoices/{name}").as_str()], blake3::hash(bytes).to_hex().as_str(), "{name}");
    }
    let findings = table(&run, "findings.csv");
    let told = |code: &str| -> Vec<&str> {
        findings.iter().filter(|row| row["code"] == code).map(|row| row["message"].as_str()).collect()
    };
    assert!(told("e-invoice-impossible")[0].contains("KWD"), "{findings:?}");
    assert!(told("e-invoice-incomplete")[0].contains("BT-151"), "{findings:?}");
    assert!(told("glyph-missing")[0].contains("U+65E5"), "{findings:?}");
}

#[test]
fn the_same_run_elsewhere_and_on_one_thread_writes_the_same_bytes() {
    let ((_one, first), (other, _)) = (published(JOB), published(JOB));
    let output = hourbill(other.path(), &["run", "job.toml", "--set", "output.dir=again", "--threads", "1"]);
    assert!([0, 1].contains(&output.status.code().unwrap()), "{}", String::from_utf8_lossy(&output.stderr));
    let again = fs::read_dir(other.path().join("again/job/runs")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(documents(&first), documents(&again));
}

#[test]
fn only_the_asked_formats_are_written() {
    let (_folder, run) = published(&JOB.replace(r#"["json", "pdf", "ubl", "cii", "factur-x"]"#, r#"["json"]"#));
    assert!(documents(&run).keys().all(|name| name.ends_with("/invoice.json")));
    let (_folder, run) = published(&JOB.replace(r#"["json", "pdf", "ubl", "cii", "factur-x"]"#, "[]"));
    assert!(!run.join("invoices").exists());
}

#[test]
fn figures_of_every_format_are_those_of_the_tables() {
    let (_folder, run) = published(JOB);
    let found = documents(&run);
    for row in table(&run, "invoices.csv") {
        let id = &row["invoice_id"];
        let json: Value = serde_json::from_slice(&found[&format!("{id}/invoice.json")]).unwrap();
        for figure in ["net_amount", "tax_amount", "rounding_amount", "total_amount", "hours"] {
            assert_eq!(json["totals"][figure], row[figure].as_str(), "{id} {figure}");
        }
        assert_eq!(json["kind"], row["kind"].as_str());
        let lines = table(&run, "invoice_lines.csv");
        let lines: Vec<_> = lines.iter().filter(|line| &line["invoice_id"] == id).collect();
        assert_eq!(json["lines"].as_array().unwrap().len(), lines.len());
        for (own, line) in json["lines"].as_array().unwrap().iter().zip(lines) {
            for figure in
                ["quantity", "unit_price", "discount_pct", "net_amount", "description", "kind", "order_line_id"]
            {
                assert_eq!(own[figure], line[figure].as_str(), "{id} {figure}");
            }
            assert_eq!(own["hours"].as_str().unwrap_or_default(), line["hours"]);
            let sum: f64 =
                own["entries"].as_array().unwrap().iter().map(|one| number(one["hours"].as_str().unwrap())).sum();
            assert!((sum - number(own["hours"].as_str().unwrap_or("0"))).abs() < 1e-8, "{id}");
        }
        let Some(ubl) = found.get(&format!("{id}/ubl.xml")) else { continue };
        let (ubl, cii) =
            (String::from_utf8_lossy(ubl), String::from_utf8_lossy(&found[&format!("{id}/cii.xml")]).into_owned());
        let currency = &row["currency"];
        for (figure, ubl_name, cii_name) in [
            ("net_amount", "TaxExclusiveAmount", "TaxBasisTotalAmount"),
            ("total_amount", "PayableAmount", "DuePayableAmount"),
        ] {
            let amount = number(&row[figure]);
            let of_ubl = between(&ubl, &format!("<cbc:{ubl_name} currencyID=\"{currency}\">"), "<");
            assert_eq!(number(of_ubl), amount, "{figure}");
            let of_cii = between(&cii, &format!("<ram:{cii_name}>"), "<");
            assert_eq!(number(of_cii), amount, "{figure}");
        }
    }
}

#[test]
fn texts_of_the_pdf_hold_the_figures_of_the_tables() {
    let (folder, run) = published(JOB);
    let row = table(&run, "invoices.csv").into_iter().find(|row| row["currency"] == "EUR").unwrap();
    let pdf = run.join("invoices").join(&row["invoice_id"]).join("invoice.pdf");
    let Ok(output) = Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output() else {
        println!("skipped: pdftotext is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).replace('\u{a0}', " ");
    // French: the customer's parent speaks it.
    for figure in ["net_amount", "tax_amount", "total_amount"] {
        let shown = french(&row[figure]);
        assert!(text.contains(&shown), "{figure} {shown}\n{text}");
    }
    assert!(text.contains("BROUILLON") && text.contains("15,33"), "{text}");
    drop(folder);
}

fn french(amount: &str) -> String {
    let (whole, cents) = amount.split_once('.').unwrap();
    let mut shown = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            shown.push(' ');
        }
        shown.push(digit);
    }
    format!("{shown},{cents}")
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

pub fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}")) + start.len();
    &text[from..from + text[from..].find(end).unwrap()]
}

/// B9.
#[test]
fn a_belgian_seller_that_rounds_taxes_by_line_has_no_electronic_invoice() {
    let (_folder, run) = published(&JOB.replace("[company]", "[rules]\ntax_rounding = \"line\"\n[company]"));
    let names = documents(&run).into_keys().map(|path| path.split('/').nth(1).unwrap().to_owned());
    assert_eq!(names.collect::<BTreeSet<String>>(), ["invoice.json", "invoice.pdf"].map(str::to_owned).into());
    let drafts = table(&run, "invoices.csv").into_iter().map(|row| row["invoice_id"].clone());
    let findings = table(&run, "findings.csv");
    let of = |code: &str| -> BTreeSet<String> {
        findings.iter().filter(|row| row["code"] == code).map(|row| row["subject_id"].clone()).collect()
    };
    assert_eq!(of("tax-rounding-not-allowed"), drafts.collect());
    assert!(of("e-invoice-impossible").is_empty() && of("e-invoice-incomplete").is_empty());
}

#[test]
fn check_tells_beforehand_what_customers_lack() {
    let (folder, _) = published(JOB);
    let output = hourbill(folder.path(), &["check", "job.toml", "--documents", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let messages: Vec<&str> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == "e-invoice-incomplete")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("`taxes` of order lines `S4/1` is empty (BT-151"), "{messages:?}");
    let plain = hourbill(folder.path(), &["check", "job.toml", "--format", "json"]);
    assert!(!String::from_utf8_lossy(&plain.stdout).contains("e-invoice-incomplete"));
}

#[test]
fn a_company_of_the_exports_sends_its_own_drafts() {
    let orders =
        ORDERS.replace("customer_reference\n", "customer_reference,company\n").replace("PO-1\n", "PO-1,Harbour FR\n");
    let job = format!("{JOB}[companies.\"Harbour FR\"]\nname = \"Harbour France SARL\"\ncountry = \"FR\"\n");
    let orders = orders.replace("PO-2\n", "PO-2,\n").replace(",30 days,\n", ",30 days,,\n");
    let (folder, run) = published_from(&job, &orders);
    let sellers: BTreeMap<String, String> = table(&run, "invoices.csv")
        .into_iter()
        .map(|row| {
            let json = fs::read(
                run.join("invoices")
                    .join(hourbill::publish::FileName::of(&row["invoice_id"]).as_str())
                    .join("invoice.json"),
            )
            .unwrap();
            let json: Value = serde_json::from_slice(&json).unwrap();
            (row["company"].clone(), json["seller"]["name"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [("", "Harbour Support NV"), ("Harbour FR", "Harbour France SARL")];
    assert_eq!(sellers, expected.map(|(company, name)| (company.to_owned(), name.to_owned())).into());
    let output = hourbill(folder.path(), &["check", "job.toml", "--documents"]);
    let told = crate::cli::flat(&String::from_utf8_lossy(&output.stdout));
    assert!(told.contains("`company.vat_id` of company `Harbour FR` is empty (BT-31"), "{told}");
}

// The official rules.

/// A Python that has what tests/validate needs: named by the environment, else in the folder where .ci/run installs it.
fn python() -> PathBuf {
    if let Some(named) = std::env::var_os("HOURBILL_VALIDATE_PYTHON") {
        return named.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let installed = cache.map(|cache| cache.join("hourbill/validate/bin/python"));
    installed.filter(|path| path.exists()).unwrap_or_else(|| "python3".into())
}

/// The rules that each file of a folder breaks; `None` when the validator cannot run here.
pub fn validated(folder: &Path) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate/einvoices.py");
    let output = match Command::new(python()).arg(script).arg(folder).output() {
        Ok(output) if output.status.code() != Some(77) => output,
        Ok(output) => {
            println!("skipped: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Err(error) => {
            println!("skipped: no Python: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut told = BTreeMap::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let rules = line["errors"].as_array().unwrap().iter().map(|error| {
            println!("{}: {error}", line["file"]);
            error["rule"].as_str().unwrap().to_owned()
        });
        told.insert(line["file"].as_str().unwrap().to_owned(), rules.collect());
    }
    Some(told)
}

/// The specimen in a profile, with what the profile asks for.
pub fn sample(profile: Profile) -> Invoice {
    let mut invoice = specimen::invoice("D-2026-10-C-0042-EUR", 12, "fr").unwrap();
    invoice.profile = profile;
    if profile == Profile::Fr {
        for (line, percent) in invoice.lines.iter_mut().zip([20, 20, 10]) {
            line.taxes[0].percent = Percent::from_micros(percent * 1_000_000);
        }
        let (seller, buyer) = (&mut invoice.seller, &mut invoice.buyer.contact);
        seller.registration = "552100554".to_owned();
        seller.vat_id = "FR83552100554".to_owned();
        seller.country = "FR".to_owned();
        seller.electronic_address = "552100554".to_owned();
        seller.electronic_address_scheme = "0225".to_owned();
        seller.late_payment_note = "Pénalités de retard : trois fois le taux légal".to_owned();
        seller.recovery_note = "Indemnité forfaitaire de recouvrement : 40 EUR".to_owned();
        seller.discount_note = "Pas d'escompte".to_owned();
        buyer.vat_id = "FR32542065479".to_owned();
        buyer.address.country = "FR".to_owned();
        buyer.electronic_address = "542065479".to_owned();
        buyer.electronic_address_scheme = "0225".to_owned();
        summed_up(&mut invoice);
    }
    invoice
}

/// Totals anew, after a test has changed lines.
pub fn summed_up(invoice: &mut Invoice) {
    let sum = |amounts: Vec<Money>| amounts.into_iter().fold(Money::ZERO, |sum, one| sum.checked_add(one).unwrap());
    for line in &mut invoice.lines {
        line.net = quantity::net(line.quantity, line.price.unwrap(), line.discount, invoice.currency).unwrap();
    }
    let rates: BTreeSet<(String, Percent)> =
        invoice.lines.iter().map(|line| (line.taxes[0].category.clone(), line.taxes[0].percent)).collect();
    let mut total = invoice.taxes[0].clone();
    invoice.taxes = rates
        .into_iter()
        .map(|(category, percent)| {
            let of_rate = invoice
                .lines
                .iter()
                .filter(|line| line.taxes[0].category == category && line.taxes[0].percent == percent);
            total.base = sum(of_rate.map(|line| line.net).collect());
            total.amount = quantity::tax(total.base, percent).unwrap();
            (total.category, total.percent) = (category, percent);
            total.clone()
        })
        .collect();
    invoice.totals.net = sum(invoice.lines.iter().map(|line| line.net).collect());
    invoice.totals.tax = sum(invoice.taxes.iter().map(|tax| tax.amount).collect());
    invoice.totals.total = sum(vec![invoice.totals.net, invoice.totals.tax, invoice.totals.rounding]);
}

fn category(invoice: &mut Invoice, category: &str) {
    for tax in invoice.lines.iter_mut().flat_map(|line| &mut line.taxes) {
        category.clone_into(&mut tax.category);
        tax.percent = Percent::ZERO;
        "Exempt, article 44".clone_into(&mut tax.name);
    }
    summed_up(invoice);
}

pub fn earlier() -> Reference {
    Reference { document: "D-2026-09-C-0042-EUR".to_owned(), date: Date::from_ymd(2026, 9, 30) }
}

/// Drafts of every kind that must pass.
fn good() -> Vec<(String, Invoice)> {
    let mut good = Vec::new();
    for profile in Profile::ALL {
        good.push((format!("{}-plain", profile.name()), sample(profile)));
        let mut credit = sample(profile);
        credit.kind = InvoiceKind::CreditNote;
        credit.lines[0].refers_to = Some(earlier());
        good.push((format!("{}-credit", profile.name()), credit));
        let mut down = sample(profile);
        down.kind = InvoiceKind::DownPayment;
        good.push((format!("{}-down", profile.name()), down));
        let mut deduction = sample(profile);
        let line = &mut deduction.lines[2];
        line.kind = LineKind::Deduction;
        line.refers_to = Some(earlier());
        line.price = Some(UnitPrice::from_micros(-80_000_000));
        line.quantity = Quantity::from_micros(1_000_000);
        summed_up(&mut deduction);
        good.push((format!("{}-deduction", profile.name()), deduction));
        for name in ["Z", "E", "AE", "K", "G", "O"] {
            let mut invoice = sample(profile);
            category(&mut invoice, name);
            good.push((format!("{}-category-{name}", profile.name()), invoice));
        }
        good.extend(super::signs::of_all_signs(profile));
        let mut rounded = sample(profile);
        rounded.totals.rounding = Money::from_minor(-1);
        summed_up(&mut rounded);
        good.push((format!("{}-rounding", profile.name()), rounded));
    }
    good
}

#[test]
fn every_electronic_invoice_passes_the_official_rules() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (name, invoice) in good() {
        // One hybrid per profile: the XML inside is the CII invoice again.
        let formats: &[DocumentFormat] = if name.ends_with("-plain") {
            &[DocumentFormat::Ubl, DocumentFormat::Cii, DocumentFormat::FacturX]
        } else {
            &[DocumentFormat::Ubl, DocumentFormat::Cii]
        };
        let files = files(&invoice, formats).unwrap();
        assert_eq!(files.len(), formats.len(), "{name}: {:?}", hourbill::document::findings(&invoice, formats));
        for file in files {
            fs::write(folder.path().join(format!("{name}-{}", file.name)), file.bytes).unwrap();
            count += 1;
        }
    }
    let Some(told) = validated(folder.path()) else { return };
    assert_eq!(told.len(), count);
    let broken: Vec<_> = told.iter().filter(|(_, rules)| !rules.is_empty()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

type Breakage = fn(&mut Invoice);

/// What goes wrong, and the rule that must say so.
const BROKEN: [(&str, Profile, Breakage); 15] = [
    ("BR-02", Profile::FacturX, |invoice| invoice.id.clear()),
    ("BR-06", Profile::FacturX, |invoice| invoice.seller.name.clear()),
    ("BR-07", Profile::FacturX, |invoice| invoice.buyer.name.clear()),
    ("BR-09", Profile::FacturX, |invoice| invoice.seller.country.clear()),
    ("BR-11", Profile::FacturX, |invoice| invoice.buyer.contact.address.country.clear()),
    ("BR-CL-14", Profile::FacturX, |invoice| invoice.buyer.contact.address.country = "XX".to_owned()),
    ("BR-CO-09", Profile::FacturX, |invoice| invoice.buyer.contact.vat_id = "0403170701".to_owned()),
    ("BR-CO-10", Profile::FacturX, |invoice| invoice.lines[0].net = Money::from_minor(1)),
    ("BR-CO-14", Profile::FacturX, |invoice| invoice.totals.tax = Money::from_minor(1)),
    ("BR-CO-17", Profile::FacturX, |invoice| invoice.taxes[0].amount = Money::from_minor(999)),
    ("BR-CO-26", Profile::FacturX, |invoice| {
        invoice.seller.vat_id.clear();
        invoice.seller.registration.clear();
        invoice.seller.tax_number = "12/345".to_owned();
    }),
    ("BR-S-02", Profile::FacturX, |invoice| invoice.seller.vat_id.clear()),
    ("BR-S-08", Profile::FacturX, |invoice| invoice.lines[0].taxes[0].percent = Percent::from_micros(12_000_000)),
    ("BR-AE-05", Profile::FacturX, |invoice| {
        category(invoice, "AE");
        invoice.lines[0].taxes[0].percent = Percent::from_micros(21_000_000);
    }),
    ("BR-AE-02", Profile::FacturX, |invoice| {
        category(invoice, "AE");
        invoice.buyer.contact.vat_id.clear();
        invoice.buyer.contact.registration.clear();
    }),
];

/// What the schemas forbid already, so that the writers refuse it even when they are told not to check.
const REFUSED: [&str; 1] = ["BR-02"];

/// Rules of CEN that Factur-X holds under a name of its own.
const CODE_LISTS: [(&str, &str); 1] = [("BR-CL-14", "FX-SCH-A-000568")];

/// Rules that the official packages at hand do not hold: our own check alone knows them.
const BROKEN_PROFILE: [(&str, Profile, Breakage); 6] = [
    ("BR-CO-25", Profile::FacturX, |invoice| invoice.payment_terms.clear()),
    ("PEPPOL-EN16931-R010", Profile::Peppol, |invoice| invoice.buyer.contact.electronic_address.clear()),
    ("PEPPOL-EN16931-R020", Profile::Peppol, |invoice| invoice.seller.electronic_address.clear()),
    ("PEPPOL-EN16931-R003", Profile::Peppol, |invoice| {
        invoice.customer_references.clear();
        invoice.buyer.contact.buyer_reference.clear();
    }),
    ("BR-DE-15", Profile::XRechnung, |invoice| invoice.buyer.contact.buyer_reference.clear()),
    ("BR-DE-6", Profile::XRechnung, |invoice| invoice.seller.phone.clear()),
];

/// French rules, which only the official package knows.
const BROKEN_FRENCH: [(&str, Breakage); 6] = [
    ("BR-FR-CO-05", |invoice| {
        invoice.kind = InvoiceKind::CreditNote;
        invoice.lines[0].refers_to = Some(Reference { date: None, ..earlier() });
    }),
    ("BR-FR-DEC-02", |invoice| {
        invoice.lines[0].quantity = Quantity::from_micros(2_345_678);
        summed_up(invoice);
    }),
    ("BR-FR-10", |invoice| {
        invoice.seller.registration = "12".to_owned();
        invoice.seller.vat_id = "BE0417497106".to_owned();
    }),
    ("BR-FR-05", |invoice| invoice.seller.discount_note.clear()),
    ("BR-FR-16", |invoice| {
        invoice.lines[0].taxes[0].percent = Percent::from_micros(21_000_000);
        summed_up(invoice);
    }),
    ("BR-FR-12", |invoice| invoice.buyer.contact.electronic_address.clear()),
];

#[test]
fn broken_drafts_are_not_written_and_break_the_expected_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for (rule, profile, breakage) in BROKEN.into_iter().chain(BROKEN_PROFILE) {
        let mut invoice = sample(profile);
        breakage(&mut invoice);
        assert!(broken_rules(&invoice).contains(rule), "{rule}: {:?}", broken_rules(&invoice));
        assert!(
            files(&invoice, &[DocumentFormat::Ubl, DocumentFormat::Cii, DocumentFormat::FacturX]).unwrap().is_empty(),
            "{rule}"
        );
        assert_eq!(hourbill::document::findings(&invoice, &[DocumentFormat::Ubl]).len(), 1, "{rule}");
        if BROKEN.iter().any(|(known, ..)| *known == rule) {
            let Some((ubl, cii)) = unchecked(&invoice) else {
                assert!(REFUSED.contains(&rule), "{rule} cannot be written");
                continue;
            };
            for (syntax, xml) in [("ubl", ubl), ("cii", cii)] {
                let name = format!("{rule}-{syntax}.xml");
                fs::write(folder.path().join(&name), xml).unwrap();
                expected.push((name, rule));
            }
        }
    }
    for (rule, breakage) in BROKEN_FRENCH {
        let mut invoice = sample(Profile::Fr);
        breakage(&mut invoice);
        assert!(files(&invoice, &[DocumentFormat::Ubl, DocumentFormat::Cii]).unwrap().is_empty(), "{rule}");
        let name = format!("fr-{rule}-ubl.xml");
        fs::write(folder.path().join(&name), unchecked(&invoice).unwrap().0).unwrap();
        expected.push((name, rule));
    }
    let Some(told) = validated(folder.path()) else { return };
    for (name, rule) in expected {
        let rules = &told[&name];
        // The schema of Factur-X forbids some gaps before any rule can, and its code lists are rules of its own.
        let of_factur_x = name.ends_with("cii.xml")
            && (rules.contains("XSD") || rules.iter().any(|told| CODE_LISTS.contains(&(rule, told.as_str()))));
        assert!(rules.contains(rule) || of_factur_x, "{name}: {rules:?}");
    }
}
