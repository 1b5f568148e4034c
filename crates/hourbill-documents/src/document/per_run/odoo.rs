//! What Odoo imports: `account_move.csv` makes draft invoices, `analytic_line.csv` tells timesheet entries which invoice they are on.
//!
//! Records carry external ids of our own, so a second import updates what the first one made. Records of Odoo are named by whatever ids the
//! export had: external ids (`module.name`), database ids (digits), else by name.

use std::collections::{BTreeSet, HashSet};

use super::cells::each_row;
use super::imports::rounding_refused;
use super::{Import, ImportSource, RunFile};
use crate::csv_text::CsvText;
use crate::document::{Invoice, InvoiceKind, InvoiceLine, LineKind, Status};
use crate::model::EntryView;
use crate::tables::{Results, tables};

const FOLDERS: &[&str] = &["imports", "odoo"];

/// How the ids of an export name records of Odoo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    External,
    Database,
    /// They are not ids of Odoo.
    Other,
}

impl Naming {
    fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Naming {
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_none() {
            return Naming::Other;
        }
        let (mut external, mut database) = (true, true);
        for id in ids {
            external &= is_external(id);
            database &= !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        }
        match (external, database) {
            (true, _) => Naming::External,
            (_, true) => Naming::Database,
            _ => Naming::Other,
        }
    }

    /// The suffix of a column that refers to a record.
    fn suffix(self) -> &'static str {
        match self {
            Naming::External => "/id",
            Naming::Database => "/.id",
            Naming::Other => "",
        }
    }
}

/// `module.name`: letters, digits and `_`, then a point, then no blank.
fn is_external(id: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    id.split_once('.').is_some_and(|(module, name)| {
        let letter_first = module.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        letter_first
            && module.bytes().all(word)
            && !name.is_empty()
            && name.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
    })
}

/// An external id of ours: what it may not hold is replaced, and a hash tells apart what then reads alike.
fn external_id(id: &str) -> String {
    let kept: String = id
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() || char == '_' || char == '-' { char } else { '_' })
        .collect();
    if kept == id {
        return format!("hourbill.{kept}");
    }
    let hash = blake3::hash(id.as_bytes()).to_hex();
    format!("hourbill.{kept}_{}", hash.get(..8).unwrap_or_default())
}

/// Odoo.
pub static IMPORT: Import =
    Import { name: "odoo", refused: |invoice, _| rounding_refused(invoice), files, file_refused: entries_refused };

/// The files of the import, of the invoices that it takes.
pub fn files(source: &ImportSource<'_>, invoices: &[&Invoice]) -> Vec<RunFile> {
    let file = |name: &str, bytes| RunFile { folders: FOLDERS, name: name.to_owned(), bytes };
    let mut files = vec![file("account_move.csv", moves(invoices))];
    let lines = match source.results {
        Some(results) => entries_named(results).map(|naming| analytic_lines(results, naming, invoices)),
        None => posted_analytic_lines(invoices),
    };
    files.extend(lines.map(|bytes| file("analytic_line.csv", bytes)));
    files
}

/// The entries on what was posted; what takes back from another document changes no entry.
fn posted_analytic_lines(invoices: &[&Invoice]) -> Option<Vec<u8>> {
    let bills = || invoices.iter().filter(|invoice| invoice.corrects.is_none());
    let entries = || {
        bills()
            .flat_map(|invoice| invoice.lines.iter().flat_map(|line| &line.entries).map(move |entry| (invoice, entry)))
    };
    let naming = match Naming::of(entries().map(|(_, entry)| entry.timesheet_id.as_str())) {
        Naming::External => "id",
        Naming::Database => ".id",
        Naming::Other => return None,
    };
    let mut text = CsvText::lines();
    text.row([naming, "timesheet_invoice_id/id"]);
    entries().for_each(|(invoice, entry)| text.row([entry.timesheet_id.as_str(), &external_id(&invoice.id)]));
    Some(text.bytes())
}

/// Why entries cannot be told which invoice they are on.
pub fn entries_refused(results: Results<'_>) -> Option<&'static str> {
    const WHY: &str = "`analytic_line.csv` needs timesheet ids that are ids of Odoo, external or of the database: others would make new entries";
    (billed_entries(results).next().is_some() && entries_named(results).is_none()).then_some(WHY)
}

/// The column of entries; `None` when none is on a draft, or their ids are none of Odoo.
fn entries_named(results: Results<'_>) -> Option<&'static str> {
    match Naming::of(billed_entries(results).map(|view| view.id())) {
        Naming::External => Some("id"),
        Naming::Database => Some(".id"),
        Naming::Other => None,
    }
}

/// One row per line; the cells of the invoice stand in the first row of each.
fn moves(invoices: &[&Invoice]) -> Vec<u8> {
    let partners: BTreeSet<&str> = invoices.iter().map(|invoice| invoice.buyer.customer_id.as_str()).collect();
    let lines = invoices.iter().flat_map(|invoice| &invoice.lines);
    let columns = MoveColumns {
        partner: Naming::of(partners),
        sale_line: Naming::of(lines.map(|line| line.order_line.as_str()).filter(|id| !id.is_empty())),
        posted: Posted::of(invoices),
    };
    let mut text = CsvText::lines();
    columns.header(&mut text);
    for invoice in invoices {
        for line in &invoice.lines {
            columns.row(&mut text, invoice, line);
        }
    }
    text.bytes()
}

/// How the rows of moves name things, and which columns of what was posted they have.
struct MoveColumns {
    partner: Naming,
    sale_line: Naming,
    posted: Posted,
}

impl MoveColumns {
    fn header(&self, text: &mut CsvText) {
        let partner_column = format!("partner_id{}", self.partner.suffix());
        let sale_column = format!("invoice_line_ids/sale_line_ids{}", self.sale_line.suffix());
        let mut header = vec![
            "id",
            "move_type",
            partner_column.as_str(),
            "currency_id",
            "invoice_payment_term_id",
            "invoice_origin",
            "ref",
            "invoice_line_ids/id",
            "invoice_line_ids/name",
            "invoice_line_ids/product_id",
            "invoice_line_ids/quantity",
            "invoice_line_ids/product_uom_id",
            "invoice_line_ids/price_unit",
            "invoice_line_ids/discount",
            "invoice_line_ids/tax_ids",
        ];
        if self.sale_line != Naming::Other {
            header.push(&sale_column);
        }
        // What is posted has a date, may have a number, and names what it takes back from (N6). The due date follows from the terms there.
        self.posted.header().for_each(|name| header.push(name));
        text.row(&header);
    }

    /// A line; the cells of its document stand with the first.
    fn row(&self, text: &mut CsvText, invoice: &Invoice, line: &InvoiceLine) {
        let move_type = match invoice.kind {
            InvoiceKind::Invoice | InvoiceKind::DownPayment => "out_invoice",
            InvoiceKind::CreditNote => "out_refund",
        };
        let partner_cell = match self.partner {
            Naming::External | Naming::Database => &invoice.buyer.customer_id,
            Naming::Other => &invoice.buyer.name,
        };
        let first = line.number == 1;
        let orders = if first { invoice.orders.join(", ") } else { String::new() };
        // What stands for a down payment is no product of Odoo.
        let product = match line.kind {
            LineKind::DownPayment | LineKind::Deduction => "",
            LineKind::Time
            | LineKind::Overage
            | LineKind::Prepaid
            | LineKind::Manual
            | LineKind::Milestones
            | LineKind::Covered
            | LineKind::Held => &line.product,
        };
        let head = |cell| if first { cell } else { "" };
        let id = external_id(&invoice.id);
        let line_id = external_id(&format!("{}_line_{}", invoice.id, line.number));
        let taxes: Vec<&str> = line.taxes.iter().map(|tax| tax.name.as_str()).collect();
        let taxes = taxes.join(",");
        // A line without an exact price stands with its amount.
        let (quantity, price, discount) = match line.price {
            Some(price) => (line.quantity.to_string(), price.to_string(), line.discount.to_string()),
            None => ("1".to_owned(), line.net.text(invoice.currency), "0".to_owned()),
        };
        let mut cells = vec![
            head(&id),
            head(move_type),
            head(partner_cell),
            head(invoice.currency.code()),
            head(&invoice.payment_terms),
            head(&orders),
            head(invoice.called()),
            &line_id,
            &line.description,
            product,
            &quantity,
            &line.uom,
            &price,
            &discount,
            &taxes,
        ];
        if self.sale_line != Naming::Other {
            cells.push(&line.order_line);
        }
        let of_posted = self.posted.cells(invoice);
        cells.extend(of_posted.iter().map(|cell| head(cell)));
        text.row(&cells);
    }
}

/// Columns of what was posted.
struct Posted {
    dated: bool,
    numbered: bool,
    reverses: bool,
}

impl Posted {
    fn of(invoices: &[&Invoice]) -> Posted {
        let posted = || invoices.iter().filter(|invoice| invoice.status != Status::Draft);
        Posted {
            dated: posted().next().is_some(),
            numbered: posted().any(|invoice| invoice.number.is_some()),
            reverses: posted().any(|invoice| reversed(invoice).is_some()),
        }
    }

    fn header(&self) -> impl Iterator<Item = &'static str> {
        let columns = [(self.numbered, "name"), (self.dated, "invoice_date"), (self.reverses, "reversed_entry_id/id")];
        columns.into_iter().filter(|(is_there, _)| *is_there).map(|(_, name)| name)
    }

    fn cells(&self, invoice: &Invoice) -> Vec<String> {
        let number = self.numbered.then(|| invoice.number.clone().unwrap_or_default());
        let date = self.dated.then(|| invoice.issue_date.map(|date| date.to_string()).unwrap_or_default());
        let reversed = self.reverses.then(|| reversed(invoice).unwrap_or_default());
        [number, date, reversed].into_iter().flatten().collect()
    }
}

/// The record of the invoice that a credit note takes back from.
fn reversed(invoice: &Invoice) -> Option<String> {
    let credit = invoice.kind == InvoiceKind::CreditNote;
    invoice.corrects.as_ref().filter(|_| credit).map(|corrects| external_id(&corrects.id))
}

fn analytic_lines(results: Results<'_>, naming: &str, invoices: &[&Invoice]) -> Vec<u8> {
    let imported: HashSet<&str> = invoices.iter().map(|invoice| invoice.id.as_str()).collect();
    let mut text = CsvText::lines();
    text.row([naming, "timesheet_invoice_id/id"]);
    let mut last: Option<(String, String)> = None;
    for table in tables(results).iter().filter(|table| table.name == "invoice_entries") {
        each_row(table, |cells| {
            let invoice = cells.text("invoice_id");
            if !imported.contains(invoice.as_ref()) {
                return true;
            }
            if last.as_ref().is_none_or(|(known, _)| known != invoice.as_ref()) {
                last = Some((invoice.to_string(), external_id(&invoice)));
            }
            let of = last.as_ref().map_or("", |(_, external)| external);
            text.row([cells.text("timesheet_id").as_ref(), of]);
            true
        });
    }
    text.bytes()
}

fn billed_entries(results: Results<'_>) -> impl Iterator<Item = EntryView<'_>> {
    let parts = results.billing.documents().flat_map(|draft| &draft.parts);
    let entries = parts.flat_map(move |part| results.billing.entries(part));
    entries.map(move |&entry| results.world.entries.at(entry))
}

#[cfg(test)]
#[path = "odoo_tests.rs"]
mod tests;
