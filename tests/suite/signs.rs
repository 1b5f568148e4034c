//! B11 through the whole program: every combination of sign of quantity, price and discount (and 0), for each policy, alone on a draft and beside a
//! line that is sold. Over two months and their posts each line bills its quantity x price once, and every format says the same with signs that its
//! reader takes. All signs and figures are worked out here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hourbill::document::{Invoice, InvoiceKind};
use hourbill::job::Profile;
use hourbill::quantity::{Money, Percent, Quantity, UnitPrice};
use serde_json::Value;

use super::documents::{earlier, sample, summed_up, table, validated};

type Row = BTreeMap<String, String>;

/// One customer with one order.
struct Case {
    id: String,
    policy: &'static str,
    /// In pieces or hours, each month anew.
    quantity: i128,
    /// In cents.
    price: i128,
    /// In percent.
    discount: i128,
    /// In pieces at 100.00, sold once: nothing, enough to make the draft positive, enough to give back.
    beside: i128,
}

const POLICIES: [(&str, &str); 4] = [
    ("ordered_prepaid", "prepaid"),
    ("delivered_timesheet", "time"),
    ("delivered_manual", "manual"),
    ("delivered_milestones", "milestones"),
];

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (policy, _) in POLICIES {
        for quantity in [-3, 0, 3] {
            for price in [-731, 0, 731] {
                for discount in [-10, 0, 10, 100] {
                    for beside in [0, 1, -1] {
                        let id = format!("C{:03}", cases.len());
                        cases.push(Case { id, policy, quantity, price, discount, beside });
                    }
                }
            }
        }
    }
    cases
}

/// B4 in cents, half away from zero.
fn net(quantity: i128, price: i128, discount: i128) -> i128 {
    rounded(quantity * price * (100 - discount), 100)
}

fn rounded(numerator: i128, denominator: i128) -> i128 {
    let half = if numerator < 0 { -denominator } else { denominator };
    (2 * numerator + half) / (2 * denominator)
}

const JOB: &str = r#"
name = "signs"
[inputs]
orders = "orders.csv"
tickets = "tickets.csv"
timesheets = "timesheets.csv"
customers = "customers.csv"
[rules]
late_entries = "bill"
[company]
name = "Harbour Support NV"
vat_id = "BE0417497106"
street = "Kaai 1"
city = "Antwerpen"
postcode = "2000"
country = "BE"
iban = "BE68539007547034"
[output]
dir = "out"
documents = ["json", "pdf", "ubl", "cii", "factur-x", "odoo", "xero", "quickbooks", "datev"]
[ledger]
dir = "ledger"
[imports]
account = "200"
[datev]
consultant = 29098
client = 55003
account_digits = 4
fiscal_year = "01-01"
debtor = "10000"
[datev.revenue]
"21%" = "8400"
"#;

/// The exports when so many months were worked.
fn write_exports(folder: &Path, cases: &[Case], months: i128) {
    let mut orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,delivered_qty,unit_price,discount_pct,currency,confirmed_on,taxes,payment_terms\n".to_owned();
    let mut entries = "timesheet_id,date,hours,order_line_id\n".to_owned();
    let mut customers = "customer_id,name,country,vat_id,street,city,postcode\n".to_owned();
    for Case { id, policy, quantity, price, discount, beside } in cases {
        let all = quantity * months;
        let (ordered, delivered) = match *policy {
            "ordered_prepaid" => (all.to_string(), String::new()),
            "delivered_timesheet" => ("0".to_owned(), String::new()),
            _ => ("0".to_owned(), all.to_string()),
        };
        let price = hourbill::quantity::decimal_text(*price, 2, 2);
        orders += &format!(
            "{id}/1,S-{id},sale,{id},Thing,{policy},Hours,{ordered},{delivered},{price},{discount},EUR,2026-09-01,21%,30 days\n"
        );
        if *beside != 0 {
            orders += &format!(
                "{id}/2,S-{id},sale,{id},Pack,ordered_prepaid,Units,{beside},,100,,EUR,2026-09-01,21%,30 days\n"
            );
        }
        if *policy == "delivered_timesheet" {
            for month in 0..months {
                let date = format!("2026-{:02}-05", 9 + month);
                let parts = if *quantity == 0 { [2, -2] } else { [quantity - 1, 1] };
                for (part, hours) in parts.into_iter().enumerate() {
                    entries += &format!("t.{id}-{month}-{part},{date},{hours},{id}/1\n");
                }
            }
        }
        customers += &format!("{id},Customer {id},BE,BE0403170701,Street 1,Gent,9000\n");
    }
    for (name, text) in [
        ("orders.csv", orders.as_str()),
        ("timesheets.csv", &entries),
        ("customers.csv", &customers),
        ("tickets.csv", "ticket_id,customer_id\n"),
        ("job.toml", JOB),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn hourbill(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_hourbill"))
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn run(folder: &Path) -> PathBuf {
    folder.join(hourbill(folder, &["run", "job.toml", "--all", "--as-of", "2026-11-02"])["folder"].as_str().unwrap())
}

/// A decimal as an integer of 10^-10.
fn exact(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    sign * format!("{whole}{fraction:0<10}").parse::<i128>().unwrap_or_else(|_| panic!("`{text}` is no decimal"))
}

fn cents(text: &str) -> i128 {
    let exact = exact(text);
    assert_eq!(exact % 100_000_000, 0, "{text}");
    exact / 100_000_000
}

/// In cents, of decimals with few digits.
fn product(quantity: &str, price: &str, discount: &str) -> i128 {
    let discount = if discount.is_empty() { "0" } else { discount };
    let thousandths = |text: &str| exact(text) / 10_000_000;
    rounded(thousandths(quantity) * thousandths(price) * (100_000 - thousandths(discount)), 1_000 * 100_000 * 10)
}

/// What one draft must be: kind, net, and nets of its lines by order line; as it is shown.
#[derive(Debug)]
struct Expected {
    kind: &'static str,
    net: i128,
    tax: i128,
    lines: BTreeMap<String, (i128, i128)>,
}

/// Drafts of a month, by customer. What was sold beside is billed with the first.
fn expected(cases: &[Case], first: bool) -> BTreeMap<String, Expected> {
    let mut all = BTreeMap::new();
    for case in cases {
        let mut lines = BTreeMap::new();
        if case.quantity != 0 {
            lines.insert(format!("{}/1", case.id), (case.quantity, net(case.quantity, case.price, case.discount)));
        }
        if first && case.beside != 0 {
            lines.insert(format!("{}/2", case.id), (case.beside, case.beside * 10_000));
        }
        if lines.is_empty() {
            continue;
        }
        let net: i128 = lines.values().map(|(_, net)| net).sum();
        let tax = rounded(net * 21, 100);
        let (kind, sign) = if net + tax < 0 { ("credit_note", -1) } else { ("invoice", 1) };
        for (quantity, net) in lines.values_mut() {
            (*quantity, *net) = (sign * *quantity, sign * *net);
        }
        all.insert(case.id.clone(), Expected { kind, net: sign * net, tax: sign * tax, lines });
    }
    all
}

/// The customer in the id of a draft.
fn customer(draft: &str) -> &str {
    draft.split('-').nth(2).unwrap()
}

fn tables_say(run: &Path, expected: &BTreeMap<String, Expected>) {
    let drafts = table(run, "invoices.csv");
    let found: Vec<&str> = drafts.iter().map(|row| customer(&row["invoice_id"])).collect();
    assert_eq!(found, expected.keys().map(String::as_str).collect::<Vec<_>>());
    for row in drafts {
        let of = &expected[customer(&row["invoice_id"])];
        let money = ["net_amount", "tax_amount", "total_amount"].map(|column| cents(&row[column]));
        assert_eq!((row["kind"].as_str(), money), (of.kind, [of.net, of.tax, of.net + of.tax]), "{row:?}");
    }
    let mut lines: BTreeMap<String, (i128, i128)> = BTreeMap::new();
    for row in table(run, "invoice_lines.csv") {
        let figures = (exact(&row["quantity"]) / 10_000_000_000, cents(&row["net_amount"]));
        assert!(lines.insert(row["order_line_id"].clone(), figures).is_none());
    }
    let all = expected.values().flat_map(|of| of.lines.clone()).collect::<BTreeMap<_, _>>();
    assert_eq!(lines, all);
}

fn csv_rows(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().collect::<Result<_, _>>().unwrap()
}

/// The rows of a file and of those that go on with it.
fn split_rows(folder: &Path, name: &str) -> Vec<Row> {
    let more = (2..).map(|number| folder.join(format!("{name}-{number}.csv"))).take_while(|path| path.exists());
    std::iter::once(folder.join(format!("{name}.csv"))).chain(more).flat_map(|path| csv_rows(&path)).collect()
}

/// Nets by draft are those that must be, credit notes among credit notes; every line has a quantity above 0.
fn xero_and_quickbooks_say(run: &Path, expected: &BTreeMap<String, Expected>) {
    for (file, credit) in [("invoices", false), ("credit_notes", true)] {
        let mut nets: BTreeMap<String, i128> = BTreeMap::new();
        for row in split_rows(&run.join("imports/xero"), file) {
            assert!(!row["*Quantity"].starts_with('-') && exact(&row["*Quantity"]) > 0, "{row:?}");
            let net = product(&row["*Quantity"], &row["*UnitAmount"], &row["Discount"]);
            *nets.entry(customer(&row["*InvoiceNumber"]).to_owned()).or_default() += net;
        }
        let all = expected.iter().filter(|(_, of)| (of.kind == "credit_note") == credit);
        let all: BTreeMap<String, i128> = all.map(|(id, of)| (id.clone(), of.net)).collect();
        assert_eq!(nets, all, "xero {file}");
        let mut nets: BTreeMap<String, i128> = BTreeMap::new();
        for row in split_rows(&run.join("imports/quickbooks"), file) {
            let amount = cents(&row["*ItemAmount"]);
            if !row["ItemRate"].is_empty() {
                assert!(exact(&row["ItemQuantity"]) > 0, "{row:?}");
                assert_eq!(product(&row["ItemQuantity"], &row["ItemRate"], ""), amount, "{row:?}");
            }
            let id = if row["Memo"].is_empty() { &row["*InvoiceNo"] } else { &row["Memo"] };
            *nets.entry(customer(id).to_owned()).or_default() += amount;
        }
        assert_eq!(nets, all, "quickbooks {file}");
    }
}

fn odoo_and_datev_say(run: &Path, expected: &BTreeMap<String, Expected>) {
    let (mut nets, mut refunds) = (BTreeMap::<String, i128>::new(), BTreeSet::new());
    let mut of = String::new();
    for row in csv_rows(&run.join("imports/odoo/account_move.csv")) {
        if !row["ref"].is_empty() {
            customer(&row["ref"]).clone_into(&mut of);
            if row["move_type"] == "out_refund" {
                refunds.insert(of.clone());
            }
        }
        let [quantity, price, discount] =
            ["quantity", "price_unit", "discount"].map(|column| &row[&format!("invoice_line_ids/{column}")]);
        *nets.entry(of.clone()).or_default() += product(quantity, price, discount);
    }
    assert_eq!(nets, expected.iter().map(|(id, of)| (id.clone(), of.net)).collect());
    let credits = expected.iter().filter(|(_, of)| of.kind == "credit_note").map(|(id, _)| id.clone());
    assert_eq!(refunds, credits.collect());
    let bytes = fs::read(run.join("imports/datev/EXTF_Buchungsstapel_2026.csv")).unwrap();
    let text = encoding_rs::WINDOWS_1252.decode(&bytes).0;
    let mut booked: BTreeMap<String, i128> = BTreeMap::new();
    for booking in text.split_terminator("\r\n").skip(2) {
        let cells: Vec<&str> = booking.split(';').map(|cell| cell.trim_matches('"')).collect();
        let amount = cents(&cells[0].replace(',', "."));
        *booked.entry(customer(cells[10]).to_owned()).or_default() += if cells[1] == "S" { amount } else { -amount };
    }
    let sign = |of: &Expected| if of.kind == "credit_note" { -1 } else { 1 };
    let totals = expected.iter().map(|(id, of)| (id.clone(), sign(of) * (of.net + of.tax)));
    assert_eq!(booked, totals.filter(|(_, total)| *total != 0).collect());
}

/// What stands between each start and the next `<`.
fn each<'a>(xml: &'a str, start: &'a str) -> Vec<&'a str> {
    xml.split(start).skip(1).map(|rest| rest.split('<').next().unwrap()).collect()
}

fn only<'a>(xml: &'a str, start: &'a str) -> &'a str {
    let found = each(xml, start);
    assert_eq!(found.len(), 1, "{start} in {xml}");
    found[0]
}

/// Prices are not below 0, each line is quantity x price with what it is allowed or charged, and the sums are those of the draft.
fn ubl_says(xml: &str, of: &Expected) {
    let (credit, line) = if of.kind == "credit_note" { (true, "CreditNoteLine") } else { (false, "InvoiceLine") };
    assert_eq!(xml.contains("<CreditNote "), credit, "{xml}");
    let mut nets = 0;
    for text in xml.split(&format!("<cac:{line}>")).skip(1) {
        let text = text.split(&format!("</cac:{line}>")).next().unwrap();
        let quantity = only(text, if credit { "<cbc:CreditedQuantity" } else { "<cbc:InvoicedQuantity" });
        let quantity = quantity.split('>').nth(1).unwrap();
        let price = only(text, "<cbc:PriceAmount currencyID=\"EUR\">");
        assert!(!price.starts_with('-'), "{text}");
        let (allowance, own) = match text.split_once("<cac:AllowanceCharge>") {
            Some((before, rest)) => {
                let (inside, after) = rest.split_once("</cac:AllowanceCharge>").unwrap();
                let amount = cents(only(inside, "<cbc:Amount currencyID=\"EUR\">"));
                let base = cents(only(inside, "<cbc:BaseAmount currencyID=\"EUR\">"));
                assert!(amount > 0 && base > 0, "{inside}");
                let charge = only(inside, "<cbc:ChargeIndicator>") == "true";
                (if charge { amount } else { -amount }, format!("{before}{after}"))
            }
            None => (0, text.to_owned()),
        };
        let net = cents(only(&own, "<cbc:LineExtensionAmount currencyID=\"EUR\">"));
        assert_eq!(product(quantity, price, "") + allowance, net, "{text}");
        nets += net;
    }
    let totals = xml.split("<cac:LegalMonetaryTotal>").nth(1).unwrap();
    let totals = totals.split("</cac:LegalMonetaryTotal>").next().unwrap();
    assert_eq!(nets, of.net);
    assert_eq!(cents(only(totals, "<cbc:LineExtensionAmount currencyID=\"EUR\">")), of.net);
    assert_eq!(cents(only(totals, "<cbc:PayableAmount currencyID=\"EUR\">")), of.net + of.tax);
}

fn documents_say(run: &Path, expected: &BTreeMap<String, Expected>, checked: &Path) {
    for draft in fs::read_dir(run.join("invoices")).unwrap().map(|entry| entry.unwrap().path()) {
        let id = draft.file_name().unwrap().to_str().unwrap().to_owned();
        let of = &expected[customer(&id)];
        let files: BTreeSet<String> =
            fs::read_dir(&draft).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let wanted = ["cii.xml", "factur-x.pdf", "invoice.json", "invoice.pdf", "ubl.xml"].map(str::to_owned);
        assert_eq!(files, BTreeSet::from(wanted), "{id}: {of:?}");
        ubl_says(&fs::read_to_string(draft.join("ubl.xml")).unwrap(), of);
        let cii = fs::read_to_string(draft.join("cii.xml")).unwrap();
        assert!(each(&cii, "<ram:ChargeAmount>").iter().all(|price| !price.starts_with('-')), "{cii}");
        assert_eq!(cents(only(&cii, "<ram:DuePayableAmount>")), of.net + of.tax);
        let json: Value = serde_json::from_slice(&fs::read(draft.join("invoice.json")).unwrap()).unwrap();
        for line in json["lines"].as_array().unwrap() {
            let text = |key: &str| line[key].as_str().unwrap_or_else(|| panic!("{key}: {line}"));
            assert_eq!(
                product(text("quantity"), text("unit_price"), text("discount_pct")),
                cents(text("net_amount")),
                "{line}"
            );
        }
        for name in ["ubl.xml", "cii.xml"] {
            fs::copy(draft.join(name), checked.join(format!("{id}-{name}"))).unwrap();
        }
    }
}

fn says_all(run: &Path, expected: &BTreeMap<String, Expected>, checked: &Path) {
    tables_say(run, expected);
    xero_and_quickbooks_say(run, expected);
    odoo_and_datev_say(run, expected);
    documents_say(run, expected, checked);
}

#[test]
fn every_sign_is_billed_once_and_said_alike_in_every_format() {
    let (folder, checked) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let cases = cases();
    for months in [1, 2] {
        write_exports(folder, &cases, months);
        let published = run(folder);
        says_all(&published, &expected(&cases, months == 1), checked.path());
        let odd: BTreeSet<String> =
            table(&published, "findings.csv").into_iter().map(|row| row["code"].clone()).collect();
        assert_eq!(odd, BTreeSet::new());
        for row in table(&published, "order_lines.csv").iter().filter(|row| row["ordered_qty"].starts_with('-')) {
            let flags = ["remaining_hours", "overdrawn", "upsell"].map(|column| row[column].as_str());
            assert_eq!(flags, ["", "false", "false"], "{row:?}");
        }
        hourbill(folder, &["post", "job.toml", "--as-of", "2026-11-02"]);
        // Whether the export hears of it or not, nothing is left.
        assert_eq!(table(&run(folder), "invoices.csv").len(), 0);
    }
    hourbill(folder, &["ledger", "verify", "job.toml"]);
    let Some(told) = validated(checked.path()) else { return };
    let broken: Vec<_> = told.iter().filter(|(_, rules)| !rules.is_empty()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// B11: a line of each sign of quantity, price and discount, on an invoice and on a credit note.
pub fn of_all_signs(profile: Profile) -> Vec<(String, Invoice)> {
    let mut all = Vec::new();
    for kind in [InvoiceKind::Invoice, InvoiceKind::CreditNote] {
        for (quantity, price) in [(2_345_678, 33_333_333), (2, -33), (-2, 33), (-2_345_678, -33_333_333), (-1, 0)] {
            for discount in [-10, 0, 33] {
                let full = |figure: i64| if figure.abs() < 1_000 { figure * 1_000_000 } else { figure };
                // France allows four decimals.
                let quantity = if profile == Profile::Fr { full(quantity) / 100 * 100 } else { full(quantity) };
                let mut invoice = sample(profile);
                invoice.kind = kind;
                invoice.lines[0].refers_to = Some(earlier());
                invoice.lines[1].discount = Percent::from_micros(discount * 1_000_000);
                invoice.lines[1].quantity = Quantity::from_micros(quantity);
                invoice.lines[1].price = Some(UnitPrice::from_micros(full(price)));
                summed_up(&mut invoice);
                assert!(invoice.totals.total > Money::ZERO);
                let name = format!("{}-{}-{quantity}-at-{price}-less-{discount}", profile.name(), kind.name());
                all.push((name, invoice));
            }
        }
    }
    all
}
