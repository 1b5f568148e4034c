//! The month of the fixtures as Odoo's lists would export it gives the same drafts as in the canonical columns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::presets::{drafts, hourbill, shown};

/// The columns of an input of the month, and how a list export of Odoo calls them. What Odoo's lists cannot say is left out.
fn odoo_columns(input: &str) -> &'static [(&'static str, &'static str)] {
    match input {
        "customers" => &[
            ("customer_id", "External ID"),
            ("name", "Display Name"),
            ("parent_id", "Related Company/External ID"),
            ("payment_terms", "Customer Payment Terms"),
        ],
        "teams" => &[("team", "Helpdesk Team"), ("timesheets", "Timesheets"), ("time_billing", "Time Billing")],
        "orders" => &[
            ("order_line_id", "External ID"),
            ("order_id", "Order Reference"),
            ("state", "Order Reference/Status"),
            ("customer_id", "Customer/External ID"),
            ("product", "Product"),
            ("invoicing_policy", "Product/Service Invoicing Policy"),
            ("uom", "Unit of Measure"),
            ("ordered_qty", "Quantity"),
            ("unit_price", "Unit Price"),
            ("currency", "Currency"),
            ("confirmed_on", "Order Reference/Order Date"),
            ("sequence", "Sequence"),
            ("discount_pct", "Discount (%)"),
            ("taxes", "Taxes"),
            ("invoiced_qty", "Invoiced Quantity"),
            ("is_downpayment", "Is a down payment"),
            ("bill_to", "Order Reference/Invoice Address/External ID"),
            ("payment_terms", "Order Reference/Payment Terms"),
        ],
        "tickets" => &[
            ("ticket_id", "External ID"),
            ("customer_id", "Customer/External ID"),
            ("created_on", "Created on"),
            ("team", "Helpdesk Team"),
            ("title", "Subject"),
            ("order_line_id", "Sales Order Item/External ID"),
        ],
        "timesheets" => &[
            ("timesheet_id", "External ID"),
            ("date", "Date"),
            ("hours", "Quantity"),
            ("ticket_id", "Helpdesk Ticket/External ID"),
            ("order_line_id", "Sales Order Item/External ID"),
            ("employee", "Employee"),
            ("description", "Description"),
            ("invoice_id", "Invoice"),
        ],
        other => panic!("{other} is no input of the month"),
    }
}

/// Odoo's label for a word of the canonical exports.
fn odoo_word(word: &str) -> &str {
    match word {
        "ordered_prepaid" => "Prepaid/Fixed Price",
        "delivered_timesheet" => "Based on Timesheets",
        "delivered_milestones" => "Based on Milestones",
        "delivered_manual" => "Based on Delivered Quantity (Manual)",
        other => other,
    }
}

/// An input of the month of the fixtures, the header first.
fn of_the_month(input: &str, odoo: bool) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/month/{input}.csv"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let columns = odoo_columns(input);
    let header = columns.iter().map(|(canonical, label)| if odoo { *label } else { *canonical }.to_owned()).collect();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cell = |name: &str| &row[headers.iter().position(|header| header == name).unwrap()];
        let said = |cell| if odoo { odoo_word(cell) } else { cell }.to_owned();
        columns.iter().map(|(canonical, _)| said(cell(canonical))).collect()
    });
    std::iter::once(header).chain(rows).collect()
}

fn write_csv(file: &Path, rows: &[Vec<String>]) {
    let mut writer = csv::Writer::from_path(file).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.flush().unwrap();
}

fn write_xlsx(file: &Path, rows: &[Vec<String>]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (number, row) in (0..).zip(rows) {
        for (at, cell) in (0..).zip(row) {
            sheet.write_string(number, at, cell).unwrap();
        }
    }
    book.save(file).unwrap();
}

/// The tables of the drafts that `init` and `run` make of the month in this shape.
fn drafts_of(folder: &Path, odoo: bool, kind: &str) -> BTreeMap<&'static str, String> {
    fs::create_dir_all(folder).unwrap();
    for input in ["customers", "teams", "orders", "tickets", "timesheets"] {
        let (file, rows) = (folder.join(format!("{input}.{kind}")), of_the_month(input, odoo));
        if kind == "xlsx" { write_xlsx(&file, &rows) } else { write_csv(&file, &rows) }
    }
    let job = folder.join("job.toml");
    let (folder_name, job_name) = (folder.to_str().unwrap(), job.to_str().unwrap());
    hourbill(&["init", folder_name, "--out", job_name, "--as-of", "2026-11-02"]);
    let text = fs::read_to_string(&job).unwrap();
    assert!(text.contains("month = \"2026-10\""), "{text}");
    assert!(!text.contains("%d"), "one odd date is no order of dates: {text}");
    let run = hourbill(&["run", job_name, "--quiet", "--as-of", "2026-11-02"]);
    // Rows for the quarantine are in the month.
    assert_eq!(run.status.code(), Some(1), "{}", shown(&run));
    let runs = folder.join("out/month/runs");
    drafts(&fs::read_dir(runs).unwrap().next().unwrap().unwrap().path())
}

#[test]
fn a_whole_month_gives_the_same_drafts_from_lists_of_odoo() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, odoo, kind| drafts_of(&folder.path().join(name).join("month"), odoo, kind);
    let canonical = of("canonical", false, "csv");
    assert!(canonical["invoices"].lines().count() > 10);
    for kind in ["csv", "xlsx"] {
        let odoo = of(kind, true, kind);
        for (table, text) in &canonical {
            assert_eq!(text, &odoo[table], "{kind}: {table}");
        }
    }
}
