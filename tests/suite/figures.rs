//! The month of the fixtures in every format that there is, each read back: its money is that of the tables to the cent, its hours to the last decimal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use calamine::{Data, Reader, Xlsx, open_workbook};
use hourbill::quantity::{Currency, Money, Percent, Quantity, UnitPrice, net};
use serde_json::Value;
use tempfile::TempDir;

use super::documents::{between, table, validated};
use crate::cli::{Ran, hourbill};

type Row = BTreeMap<String, String>;

/// The month-end job as it stands in the repository, with its documents.
struct Month {
    _folder: TempDir,
    run: PathBuf,
    drafts: Vec<Row>,
    lines: Vec<Row>,
    entries: Vec<Row>,
    findings: Vec<Row>,
}

static MONTH: LazyLock<Month> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let job = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/month-end.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_hourbill"))
        .args(["run", job.to_str().unwrap(), "--set", &format!("output.dir={}", folder.path().display())])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let run = fs::read_dir(folder.path().join("month-end/runs")).unwrap().next().unwrap().unwrap().path();
    let [drafts, lines, entries, findings] =
        ["invoices.csv", "invoice_lines.csv", "invoice_entries.csv", "findings.csv"].map(|name| table(&run, name));
    assert!(drafts.len() > 10 && lines.len() > drafts.len());
    Month { _folder: folder, run, drafts, lines, entries, findings }
});

impl Month {
    fn lines_of<'a>(&'a self, draft: &'a Row) -> impl Iterator<Item = &'a Row> {
        self.lines.iter().filter(move |line| line["invoice_id"] == draft["invoice_id"])
    }

    fn folder_of(&self, draft: &Row) -> PathBuf {
        self.run.join("invoices").join(hourbill::publish::FileName::of(&draft["invoice_id"]).as_str())
    }

    /// The finding that says why a draft is not in a format.
    fn is_told(&self, draft: &Row, code: &str, of: &str) -> bool {
        let about = |row: &&Row| row["code"] == code && row["subject_id"] == draft["invoice_id"];
        self.findings.iter().filter(about).any(|row| row["message"].contains(of))
    }
}

/// A decimal as an integer of 10^-10.
fn exact(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    sign * format!("{whole}{fraction:0<10}").parse::<i128>().unwrap_or_else(|_| panic!("`{text}` is no decimal"))
}

fn sum<'a>(texts: impl IntoIterator<Item = &'a str>) -> i128 {
    texts.into_iter().map(exact).sum()
}

fn csv_rows(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().collect::<Result<_, _>>().unwrap()
}

/// What stands between each start and the next `<`.
fn each<'a>(xml: &'a str, start: &'a str) -> Vec<&'a str> {
    xml.split(start).skip(1).map(|rest| rest.split('<').next().unwrap()).collect()
}

#[test]
fn json_is_to_the_cent() {
    for draft in &MONTH.drafts {
        let json: Value =
            serde_json::from_slice(&fs::read(MONTH.folder_of(draft).join("invoice.json")).unwrap()).unwrap();
        for figure in ["net_amount", "tax_amount", "rounding_amount", "total_amount", "hours"] {
            assert_eq!(json["totals"][figure], draft[figure].as_str(), "{draft:?}");
        }
        let lines = json["lines"].as_array().unwrap();
        let nets = lines.iter().map(|line| line["net_amount"].as_str().unwrap());
        assert!(nets.eq(MONTH.lines_of(draft).map(|line| line["net_amount"].as_str())), "{draft:?}");
        let entries = lines.iter().flat_map(|line| line["entries"].as_array().unwrap());
        let of_table = MONTH.entries.iter().filter(|entry| entry["invoice_id"] == draft["invoice_id"]);
        assert_eq!(
            sum(entries.map(|entry| entry["hours"].as_str().unwrap())),
            sum(of_table.map(|entry| entry["hours"].as_str())),
            "{draft:?}"
        );
    }
}

/// A figure as a PDF in a language shows it, with plain blanks.
fn shown(amount: &str, language: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (thousands, mark) = match language {
        "en" => (",", "."),
        "fr" => (" ", ","),
        _ => (".", ","),
    };
    let groups: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    let mark = if fraction.is_empty() { "" } else { mark };
    format!("{sign}{}{mark}{fraction}", groups.join(thousands))
}

#[test]
fn pdf_is_to_the_cent() {
    let customers = csv_rows(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/month/customers.csv"));
    for draft in &MONTH.drafts {
        let pdf = MONTH.folder_of(draft).join("invoice.pdf");
        let Ok(output) = Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output() else {
            println!("skipped: pdftotext is not installed");
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap().replace('\u{a0}', " ");
        let customer = customers.iter().find(|row| row["customer_id"] == draft["customer_id"]).unwrap();
        let language = &customer["language"];
        let total = format!("{} {}", shown(&draft["total_amount"], language), draft["currency"]);
        assert!(text.contains(&total), "{total} in {text}");
        // Figures of a table stand apart from others by blanks.
        let words: Vec<&str> =
            text.split("  ").map(str::trim).flat_map(|cell| cell.split('\n')).map(str::trim).collect();
        let nets = MONTH.lines_of(draft).map(|line| &line["net_amount"]);
        for amount in [&draft["net_amount"], &draft["tax_amount"]].into_iter().chain(nets) {
            let amount = shown(amount, language);
            assert!(words.iter().any(|word| word.ends_with(&amount)), "{amount} in {text}");
        }
    }
}

#[test]
fn electronic_invoices_are_to_the_cent() {
    let mut made = 0;
    for draft in &MONTH.drafts {
        let folder = MONTH.folder_of(draft);
        let Ok(ubl) = fs::read_to_string(folder.join("ubl.xml")) else {
            assert!(
                MONTH.is_told(draft, "e-invoice-incomplete", "BT-") || MONTH.is_told(draft, "e-invoice-impossible", "")
            );
            assert!(!folder.join("cii.xml").exists() && !folder.join("factur-x.pdf").exists());
            continue;
        };
        let cii = fs::read_to_string(folder.join("cii.xml")).unwrap();
        made += 1;
        let currency = format!(" currencyID=\"{}\">", draft["currency"]);
        let nets: Vec<i128> = MONTH.lines_of(draft).map(|line| exact(&line["net_amount"])).collect();
        for (figure, in_ubl, in_cii) in [
            ("net_amount", "<cbc:TaxExclusiveAmount", "<ram:TaxBasisTotalAmount>".to_owned()),
            ("tax_amount", "<cbc:TaxAmount", format!("<ram:TaxTotalAmount{currency}")),
            ("total_amount", "<cbc:PayableAmount", "<ram:DuePayableAmount>".to_owned()),
        ] {
            let in_ubl = format!("{in_ubl}{currency}");
            assert_eq!(exact(between(&ubl, &in_ubl, "<")), exact(&draft[figure]), "{figure} {draft:?}");
            assert_eq!(exact(between(&cii, &in_cii, "<")), exact(&draft[figure]), "{figure} {draft:?}");
        }
        // UBL tells the sum of the lines first, CII last.
        let mut of_ubl: Vec<i128> =
            each(&ubl, &format!("<cbc:LineExtensionAmount{currency}")).into_iter().map(exact).collect();
        let mut of_cii: Vec<i128> = each(&cii, "<ram:LineTotalAmount>").into_iter().map(exact).collect();
        assert_eq!((of_ubl.remove(0), of_cii.pop()), (nets.iter().sum(), Some(nets.iter().sum())), "{draft:?}");
        assert_eq!((&of_ubl, &of_cii), (&nets, &nets), "{draft:?}");

        let inside = MONTH.run.join(format!("../{}-inside.xml", draft["invoice_id"]));
        let detached =
            Command::new("pdfdetach").args(["-save", "1", "-o"]).args([&inside, &folder.join("factur-x.pdf")]).status();
        match detached {
            Ok(status) => {
                assert!(status.success());
                assert!(fs::read_to_string(&inside).unwrap() == cii, "the XML inside the PDF is another: {draft:?}");
            }
            Err(_) => println!("skipped: pdfdetach is not installed"),
        }
    }
    assert!(made > 5, "{made} electronic invoices");
}

#[test]
fn every_electronic_invoice_of_the_month_passes_the_official_rules() {
    let flat = tempfile::tempdir().unwrap();
    for draft in &MONTH.drafts {
        for name in ["ubl.xml", "cii.xml", "factur-x.pdf"] {
            let file = MONTH.folder_of(draft).join(name);
            if file.exists() {
                fs::copy(&file, flat.path().join(format!("{}-{name}", draft["invoice_id"]))).unwrap();
            }
        }
    }
    let Some(told) = validated(flat.path()) else { return };
    let broken: Vec<_> = told.iter().filter(|(_, rules)| !rules.is_empty()).collect();
    assert!(told.len() > 15 && broken.is_empty(), "{broken:#?}");
}

#[test]
fn workbook_is_to_the_cent() {
    let mut book: Xlsx<_> = open_workbook(MONTH.run.join("review.xlsx")).unwrap();
    // By what tells its rows apart, whatever their order; sums stand below, without it.
    let mut column = |sheet: &str, keys: &[&str], title: &str| -> BTreeMap<Vec<String>, i128> {
        let range = book.worksheet_range(sheet).unwrap();
        let heads: Vec<Data> = range.rows().next().unwrap().to_vec();
        let at = |title: &str| heads.iter().position(|head| head == &Data::String(title.to_owned())).unwrap();
        let text = |cell: &Data| match cell {
            // Two floats that differ in the tenth decimal differ in no figure of a spreadsheet: the shortest text is the exact one.
            Data::Float(value) => value.to_string(),
            Data::Empty => "0".to_owned(),
            other => other.to_string(),
        };
        let rows = range.rows().skip(1).filter(|row| !row[0].to_string().starts_with("Total"));
        let of =
            |row: &[Data]| (keys.iter().map(|key| row[at(key)].to_string()).collect(), exact(&text(&row[at(title)])));
        rows.map(of).collect()
    };
    let (draft, line, entry) = (("Draft", "invoice_id"), ("Line", "line_no"), ("Entry", "timesheet_id"));
    for (sheet, rows, keys, figures) in [
        (
            "Drafts",
            &MONTH.drafts,
            &[draft][..],
            &[("Net", "net_amount"), ("Tax", "tax_amount"), ("Total", "total_amount"), ("Hours", "hours")][..],
        ),
        ("Lines", &MONTH.lines, &[draft, line], &[("Quantity", "quantity"), ("Net", "net_amount"), ("Hours", "hours")]),
        ("Entries", &MONTH.entries, &[draft, line, entry], &[("Hours", "hours")]),
    ] {
        let titles: Vec<&str> = keys.iter().map(|(title, _)| *title).collect();
        for (title, name) in figures {
            let of = |row: &Row| (keys.iter().map(|(_, key)| row[*key].clone()).collect(), exact(&row[*name]));
            let of_table: BTreeMap<Vec<String>, i128> = rows.iter().map(of).collect();
            assert_eq!(of_table.len(), rows.len());
            assert_eq!(column(sheet, &titles, title), of_table, "{sheet} {title}");
        }
    }
}

#[test]
fn page_is_to_the_cent() {
    let page = fs::read_to_string(MONTH.run.join("report.html")).unwrap();
    let data: Value = serde_json::from_str(between(&page, "id=\"data\">", "</script")).unwrap();
    for (name, rows, figures) in [
        ("invoices", &MONTH.drafts, &["net_amount", "tax_amount", "total_amount", "hours"][..]),
        ("invoice_lines", &MONTH.lines, &["quantity", "net_amount", "hours"]),
    ] {
        let columns = data[name]["columns"].as_array().unwrap();
        let keys: &[&str] = if name == "invoices" { &["invoice_id"] } else { &["invoice_id", "line_no"] };
        for figure in figures {
            let at = |name: &str| columns.iter().position(|column| column[0] == name).unwrap();
            let said = |row: &Value, name: &str| row[at(name)].as_str().unwrap_or_default().to_owned();
            let read = data[name]["rows"].as_array().unwrap().iter();
            let read = read.map(|row| (keys.iter().map(|key| said(row, key)).collect(), said(row, figure)));
            let read: BTreeMap<Vec<String>, String> = read.collect();
            let of_table =
                rows.iter().map(|row| (keys.iter().map(|key| row[*key].clone()).collect(), row[*figure].clone()));
            assert_eq!(read, of_table.collect(), "{name} {figure}");
        }
    }
    let at = data["invoice_entries"]["columns"].as_array().unwrap().iter().position(|one| one[0] == "hours").unwrap();
    let entries = data["invoice_entries"]["rows"].as_array().unwrap().iter().flat_map(|of| of[2].as_array().unwrap());
    let read = sum(entries.map(|entry| entry[at].as_str().unwrap()));
    assert_eq!(read, sum(MONTH.entries.iter().map(|entry| entry["hours"].as_str())));
    // The sums that stand in the page as text.
    for currency in ["EUR", "JPY", "KWD"] {
        let of_currency = MONTH.drafts.iter().filter(|draft| draft["currency"] == currency);
        let minor = Money::from_minor(
            sum(of_currency.map(|draft| draft["total_amount"].as_str()))
                / 10_i128.pow(10 - Currency::from_code(currency).unwrap().digits()),
        );
        let total = shown(&minor.text(Currency::from_code(currency).unwrap()), "en");
        assert!(page.contains(&format!("<b>{total}</b> {currency} with tax on drafts")), "{total} {currency}");
    }
}

/// What an import says of each draft, by its id, beside the net (or total) of the table; drafts that it leaves out are told.
fn same_as_tables(read: &BTreeMap<String, i128>, figure: &str, format: &str) {
    for draft in &MONTH.drafts {
        match read.get(&draft["invoice_id"]) {
            Some(amount) => assert_eq!(*amount, exact(&draft[figure]), "{format} {draft:?}"),
            None => assert!(MONTH.is_told(draft, "import-left-out", format), "{format} does not name {draft:?}"),
        }
    }
    assert!(read.keys().all(|id| MONTH.drafts.iter().any(|draft| &draft["invoice_id"] == id)), "{read:?}");
    assert!(read.len() > 5, "{format}: {read:?}");
}

/// A line as the system that takes it in works it out: quantity times price less discount, rounded once to the currency.
fn worked_out([quantity, price, discount]: [&str; 3], currency: &str) -> i128 {
    let currency = Currency::from_code(currency).unwrap();
    let percent = Percent::from_text(if discount.is_empty() { "0" } else { discount }).unwrap();
    let price = UnitPrice::from_text(price).unwrap();
    exact(&net(Quantity::from_text(quantity).unwrap(), price, percent, currency).unwrap().text(currency))
}

#[test]
fn odoo_is_to_the_cent() {
    let (mut read, mut head): (BTreeMap<String, i128>, _) = (BTreeMap::new(), (String::new(), String::new()));
    for row in csv_rows(&MONTH.run.join("imports/odoo/account_move.csv")) {
        if !row["id"].is_empty() {
            assert_eq!(row["move_type"], "out_invoice");
            head = (row["ref"].clone(), row["currency_id"].clone());
        }
        let of_line =
            ["quantity", "price_unit", "discount"].map(|name| row[&format!("invoice_line_ids/{name}")].as_str());
        *read.entry(head.0.clone()).or_default() += worked_out(of_line, &head.1);
    }
    same_as_tables(&read, "net_amount", "odoo");
}

#[test]
fn xero_is_to_the_cent() {
    let mut read: BTreeMap<String, i128> = BTreeMap::new();
    for row in csv_rows(&MONTH.run.join("imports/xero/invoices.csv")) {
        let of_line = ["*Quantity", "*UnitAmount", "Discount"].map(|name| row[name].as_str());
        // Xero rounds every currency to hundredths.
        *read.entry(row["*InvoiceNumber"].clone()).or_default() += worked_out(of_line, "EUR");
    }
    same_as_tables(&read, "net_amount", "xero");
}

#[test]
fn quickbooks_is_to_the_cent() {
    let mut read: BTreeMap<String, i128> = BTreeMap::new();
    for row in csv_rows(&MONTH.run.join("imports/quickbooks/invoices.csv")) {
        let id = if row["Memo"].is_empty() { &row["*InvoiceNo"] } else { &row["Memo"] };
        *read.entry(id.clone()).or_default() += exact(&row["*ItemAmount"]);
    }
    same_as_tables(&read, "net_amount", "quickbooks");
}

#[test]
fn datev_is_to_the_cent() {
    let bytes = fs::read(MONTH.run.join("imports/datev/EXTF_Buchungsstapel_2026.csv")).unwrap();
    let text = encoding_rs::WINDOWS_1252.decode(&bytes).0;
    let bookings: Vec<&str> = text.split_terminator("\r\n").skip(2).collect();
    let mut read: BTreeMap<String, i128> = BTreeMap::new();
    for row in csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .from_reader(bookings.join("\n").as_bytes())
        .records()
    {
        let row = row.unwrap();
        let amount = exact(&row[0].replace(',', "."));
        *read.entry(row[10].to_owned()).or_default() += if &row[1] == "S" { amount } else { -amount };
    }
    same_as_tables(&read, "total_amount", "datev");
}

/// H4: the receipt counts lines that all hours overdraw, whatever day they are of; the page counts those of the last day of the period, and says both.
#[test]
fn page_says_how_many_lines_are_overdrawn_on_the_day_and_by_all_hours() {
    let scratch = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(scratch.path()).args(words).output().unwrap());
    run(&["generate", "made", "--entries", "3000", "--seed", "7"]).ends(0);
    let ran =
        run(&["run", "made/job.toml", "--set", "output.documents=html", "--as-of", "2026-11-02", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let by_all = told["overdrawn"].as_array().unwrap().len();
    let page = fs::read_to_string(scratch.path().join(told["report"].as_str().unwrap())).unwrap();
    let on_the_day: usize =
        between(&page, "<li class=\"alarm\"><b>", "</b> prepaid lines overdrawn on 2026-10-31").parse().unwrap();
    assert!(0 < on_the_day && on_the_day < by_all, "{on_the_day} {by_all}");
    assert!(page.contains(&format!("<small>{by_all} by all hours, those dated later too</small>")), "{by_all}");
}
