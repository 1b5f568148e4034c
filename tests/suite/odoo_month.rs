//! The month of the fixtures as Odoo's lists would export it gives the same drafts as in the canonical columns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::presets::{drafts, hourbill, shown};

/// The columns of an input of the month, as a list export of Odoo calls them, and how it says what a column holds.
type OdooColumn = (&'static str, &'static str, fn(&str) -> String);

fn as_it_is(cell: &str) -> String {
    cell.to_owned()
}

fn odoo_policy(cell: &str) -> String {
    match cell {
        "ordered_prepaid" => "Prepaid/Fixed Price",
        "delivered_timesheet" => "Based on Timesheets",
        "delivered_milestones" => "Based on Milestones",
        "delivered_manual" => "Based on Delivered Quantity (Manual)",
        other => other,
    }
    .to_owned()
}

fn odoo_columns(input: &str) -> &'static [OdooColumn] {
    match input {
        "customers" => &[
            ("customer_id", "External ID", as_it_is),
            ("name", "Display Name", as_it_is),
            ("parent_id", "Related Company/External ID", as_it_is),
            ("payment_terms", "Customer Payment Terms", as_it_is),
        ],
        "teams" => &[
            ("team", "Helpdesk Team", as_it_is),
            ("timesheets", "Timesheets", as_it_is),
            ("time_billing", "Time Billing", as_it_is),
        ],
        "orders" => &[
            ("order_line_id", "External ID", as_it_is),
            ("order_id", "Order Reference", as_it_is),
            ("state", "Order Reference/Status", as_it_is),
            ("customer_id", "Customer/External ID", as_it_is),
            ("product", "Product", as_it_is),
            ("invoicing_policy", "Product/Service Invoicing Policy", odoo_policy),
            ("uom", "Unit of Measure", as_it_is),
            ("ordered_qty", "Quantity", as_it_is),
            ("unit_price", "Unit Price", as_it_is),
            ("currency", "Currency", as_it_is),
            ("confirmed_on", "Order Reference/Order Date", as_it_is),
            ("sequence", "Sequence", as_it_is),
            ("discount_pct", "Discount (%)", as_it_is),
            ("taxes", "Taxes", as_it_is),
            ("invoiced_qty", "Invoiced Quantity", as_it_is),
            ("is_downpayment", "Is a down payment", as_it_is),
            ("bill_to", "Order Reference/Invoice Address/External ID", as_it_is),
            ("payment_terms", "Order Reference/Payment Terms", as_it_is),
        ],
        "tickets" => &[
            ("ticket_id", "External ID", as_it_is),
            ("customer_id", "Customer/External ID", as_it_is),
            ("created_on", "Created on", as_it_is),
            ("team", "Helpdesk Team", as_it_is),
            ("title", "Subject", as_it_is),
            ("order_line_id", "Sales Order Item/External ID", as_it_is),
        ],
        "timesheets" => &[
            ("timesheet_id", "External ID", as_it_is),
            ("date", "Date", as_it_is),
            ("hours", "Quantity", as_it_is),
            ("ticket_id", "Helpdesk Ticket/External ID", as_it_is),
            ("order_line_id", "Sales Order Item/External ID", as_it_is),
            ("employee", "Employee", as_it_is),
            ("description", "Description", as_it_is),
            ("invoice_id", "Invoice", as_it_is),
        ],
        other => panic!("{other} is no input of the month"),
    }
}

/// An input of the month of the fixtures: columns by their canonical names, and rows. What Odoo's lists cannot say is left out.
fn of_the_month(input: &str) -> (Vec<OdooColumn>, Vec<Vec<String>>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/month/{input}.csv"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let columns = odoo_columns(input).to_vec();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cell = |name: &str| &row[headers.iter().position(|header| header == name).unwrap()];
        columns.iter().map(|(name, ..)| cell(name).to_owned()).collect()
    });
    let rows = rows.collect();
    (columns, rows)
}

#[test]
fn a_whole_month_gives_the_same_drafts_from_lists_of_odoo() {
    let folder = tempfile::tempdir().unwrap();
    let made: Vec<BTreeMap<&'static str, String>> = ["canonical", "csv", "xlsx"]
        .into_iter()
        .map(|shape| {
            let folder = folder.path().join(shape).join("month");
            fs::create_dir_all(&folder).unwrap();
            for input in ["customers", "teams", "orders", "tickets", "timesheets"] {
                let (columns, rows) = of_the_month(input);
                let header = |column: &OdooColumn| if shape == "canonical" { column.0 } else { column.1 };
                let cell = |column: &OdooColumn, cell: &str| match shape {
                    "canonical" => cell.to_owned(),
                    _ => column.2(cell),
                };
                let file = folder.join(format!("{input}.{}", if shape == "xlsx" { "xlsx" } else { "csv" }));
                if shape == "xlsx" {
                    let mut book = rust_xlsxwriter::Workbook::new();
                    let sheet = book.add_worksheet();
                    for (at, column) in (0..).zip(&columns) {
                        sheet.write_string(0, at, header(column)).unwrap();
                        for (number, row) in (1..).zip(&rows) {
                            sheet.write_string(number, at, cell(column, &row[usize::from(at)])).unwrap();
                        }
                    }
                    book.save(file).unwrap();
                } else {
                    let mut writer = csv::Writer::from_path(file).unwrap();
                    writer.write_record(columns.iter().map(header)).unwrap();
                    for row in &rows {
                        writer.write_record(columns.iter().zip(row).map(|(column, text)| cell(column, text))).unwrap();
                    }
                }
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
        })
        .collect();
    assert!(made[0]["invoices"].lines().count() > 10);
    for (shape, other) in ["csv", "xlsx"].iter().zip(&made[1..]) {
        for (table, text) in &made[0] {
            assert_eq!(text, &other[table], "{shape}: {table}");
        }
    }
}
