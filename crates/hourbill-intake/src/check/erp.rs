//! Lines of the ERP's own invoices, to hold the ledger against.

use std::collections::BTreeSet;

use super::World;
use super::table::{self, CheckedRows, SetAside};
use super::value::{self, Grammar};
use crate::finding::Subject;
use crate::inputs::{self, Input};
use crate::model::{ErpInvoiceLine, ErpState};
use crate::read::{Batch, Piece};

const STATES: [(&str, ErpState); 5] = [
    ("draft", ErpState::Draft),
    ("posted", ErpState::Posted),
    ("cancel", ErpState::Cancelled),
    ("canceled", ErpState::Cancelled),
    ("cancelled", ErpState::Cancelled),
];

pub fn erp_invoice_rows(batch: &Batch<'_>, grammar: &Grammar<'_>, world: &World) -> CheckedRows<ErpInvoiceLine> {
    use inputs::erp_invoices as field;
    table::rows(batch, Input::ErpInvoices, |row| {
        let order_line = row.reference(field::ORDER_LINE_ID, Input::Orders, world).into_owned();
        let quantity = row.read(field::QUANTITY, |cell| grammar.quantity(cell));
        let price = row.read(field::UNIT_PRICE, |cell| grammar.price(cell));
        let amount = row.read(field::AMOUNT, |cell| grammar.quantity(cell));
        let currency = row.read(field::CURRENCY, |cell| grammar.currency(cell));
        let customer = row.reference(field::CUSTOMER_ID, Input::Customers, world).into_owned();
        let date = row.read(field::DATE, |cell| grammar.date(cell));
        let state = row.choice(grammar, field::STATE, &STATES, "`draft`, `posted`, `cancel`");
        let reference = value::trimmed(&row.text(field::REFERENCE)).to_owned();
        row.text(field::PRODUCT);
        row.text(field::COMPANY);
        // An export without states is one of what was posted.
        let state = state.unwrap_or(ErpState::Posted);
        let document = String::new();
        Some(ErpInvoiceLine {
            document,
            order_line,
            quantity,
            price,
            amount,
            currency,
            customer,
            date,
            state,
            reference,
        })
    })
}

pub fn add_erp_invoices(world: &mut World, pieces: Vec<Piece<CheckedRows<ErpInvoiceLine>>>) -> SetAside {
    let aside = table::settle_lines(Input::ErpInvoices, Subject::Document, pieces, |document, _, line| {
        world.erp_invoices.push(ErpInvoiceLine { document: document.to_owned(), ..line });
    });
    let stands = |line: &&ErpInvoiceLine| line.state != ErpState::Cancelled;
    let standing: BTreeSet<&str> =
        world.erp_invoices.iter().filter(stands).map(|line| line.document.as_str()).collect();
    let all = world.erp_invoices.iter().map(|line| line.document.as_str());
    world.invoices_cancelled = all.filter(|document| !standing.contains(document)).map(str::to_owned).collect();
    aside
}
