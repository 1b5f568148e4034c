//! ERPNext: exports of its data export, a document with its child table; a child's columns have the name of the table behind them.

use super::{Column, FillDown, Names, Preset, Shape, Words, plain};
use crate::inputs::Input;

const fn checked(field: &'static str, names: &'static [&'static [&'static str]]) -> Column {
    Column { field, names: Names::Plain(names), empty: Some("false") }
}

pub(super) const PRESET: Preset = Preset {
    name: "erpnext",
    quotes_formulas: false,
    shapes: &[
        Shape {
            marked_by: &["Customer Name", "Customer Group"],
            marks: &[
                &["Customer Name", "customer_name"],
                &["Customer Group", "Territory", "Default Payment Terms Template", "Print Language", "Email Id"],
            ],
            ..Shape::of(
                Input::Customers,
                &[
                    plain("customer_id", &[&["ID", "name"], &["Customer Name"]]),
                    plain("name", &[&["Customer Name", "customer_name"]]),
                    plain("vat_id", &[&["Tax ID", "tax_id"]]),
                    plain("email", &[&["Email Id", "email_id"]]),
                    plain("language", &[&["Print Language", "language"]]),
                    plain("payment_terms", &[&["Default Payment Terms Template", "payment_terms"]]),
                ],
            )
        },
        Shape {
            marked_by: &["ID (Items)", "items.name"],
            marks: &[&["ID (Items)", "items.name"]],
            words: &[
                Words {
                    field: "state",
                    words: &[
                        ("On Hold", "sale"),
                        ("To Pay", "sale"),
                        ("To Deliver and Bill", "sale"),
                        ("To Bill", "sale"),
                        ("To Deliver", "sale"),
                        ("Completed", "done"),
                        ("Closed", "done"),
                        ("Cancelled", "cancel"),
                    ],
                },
                Words { field: "uom", words: &[("Hour", "Hours"), ("Day", "Days"), ("Minute", "Minutes")] },
            ],
            fill_down: Some(FillDown::Suffixed(&[" (Items)"])),
            ..Shape::of(
                Input::Orders,
                &[
                    plain("order_line_id", &[&["ID (Items)", "items.name"]]),
                    plain("order_id", &[&["ID", "name"]]),
                    plain("state", &[&["Status", "status"]]),
                    plain("customer_id", &[&["Customer", "customer"]]),
                    plain("product", &[&["Item Name (Items)"], &["Item Code (Items)"]]),
                    plain("uom", &[&["UOM (Items)"], &["Stock UOM (Items)"]]),
                    plain("ordered_qty", &[&["Quantity (Items)", "Qty (Items)"]]),
                    plain("unit_price", &[&["Rate (Items)"]]),
                    plain("currency", &[&["Currency", "currency"]]),
                    plain("confirmed_on", &[&["Date", "transaction_date"]]),
                    plain("sequence", &[&["No. (Items)", "Idx (Items)"]]),
                    plain("description", &[&["Description (Items)"]]),
                    plain("delivered_qty", &[&["Delivered Qty (Items)", "Delivered Quantity (Items)"]]),
                    plain("payment_terms", &[&["Payment Terms Template"]]),
                    plain("customer_reference", &[&["Customer's Purchase Order"]]),
                    plain("company", &[&["Company", "company"]]),
                ],
            )
        },
        Shape {
            marked_by: &["Opening Date", "Raised By (Email)", "Issue Type"],
            marks: &[
                &["Opening Date", "opening_date"],
                &["Raised By (Email)", "Issue Type", "Resolution Date", "Series"],
            ],
            ..Shape::of(
                Input::Tickets,
                &[
                    plain("ticket_id", &[&["ID", "name"]]),
                    plain("customer_id", &[&["Customer", "customer"]]),
                    plain("created_on", &[&["Opening Date", "opening_date"]]),
                    plain("team", &[&["Issue Type"]]),
                    plain("title", &[&["Subject", "subject"]]),
                    plain("closed_on", &[&["Resolution Date", "sla_resolution_date"]]),
                    plain("company", &[&["Company", "company"]]),
                ],
            )
        },
        Shape {
            marked_by: &["ID (Time Sheets)", "Hrs (Time Sheets)", "Hours (Time Sheets)"],
            marks: &[&["ID (Time Sheets)"], &["Hrs (Time Sheets)", "Hours (Time Sheets)"]],
            words: &[Words {
                field: "status",
                words: &[
                    ("Submitted", "validated"),
                    // Which of its rows are billed, the column of the invoice says.
                    ("Partially Billed", "validated"),
                    ("Payslip", "validated"),
                    // A sales invoice and a payslip.
                    ("Completed", "invoiced"),
                ],
            }],
            fill_down: Some(FillDown::Suffixed(&[" (Time Sheets)"])),
            ..Shape::of(
                Input::Timesheets,
                &[
                    plain("timesheet_id", &[&["ID (Time Sheets)"]]),
                    plain("date", &[&["From Time (Time Sheets)"], &["Start Date"]]),
                    plain("started_at", &[&["From Time (Time Sheets)"]]),
                    plain("ended_at", &[&["To Time (Time Sheets)"]]),
                    plain("activity", &[&["Activity Type (Time Sheets)"]]),
                    plain("hours", &[&["Hrs (Time Sheets)", "Hours (Time Sheets)"]]),
                    plain("employee", &[&["Employee Name"], &["Employee"]]),
                    plain("description", &[&["Description (Time Sheets)"], &["Activity Type (Time Sheets)"]]),
                    plain("project", &[&["Project (Time Sheets)"], &["Project"]]),
                    plain("invoice_id", &[&["Sales Invoice (Time Sheets)"]]),
                    checked("billable", &[&["Is Billable (Time Sheets)", "Billable (Time Sheets)"]]),
                    plain("status", &[&["Status"]]),
                    plain("company", &[&["Company"]]),
                ],
            )
        },
    ],
};
