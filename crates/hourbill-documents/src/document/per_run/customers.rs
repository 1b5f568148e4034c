//! What is on drafts, by who pays: a table that page and workbook alone have.

use std::ops::Range;

use super::review::{Figures, MoneySum};
use crate::bug::OrBug;
use crate::model::World;
use crate::quantity::Currency;
use crate::tables::{ColumnKind, Rows, Sink, Table, TableColumn};

const CUSTOMERS: &[TableColumn] = &[
    TableColumn::plain("customer_id", ColumnKind::Text),
    TableColumn::plain("customer_name", ColumnKind::Text),
    TableColumn::plain("currency", ColumnKind::Text),
    TableColumn::plain("drafts", ColumnKind::Count),
    TableColumn::plain("hours", ColumnKind::Hours),
    TableColumn::plain("net_amount", ColumnKind::Money),
    TableColumn::plain("tax_amount", ColumnKind::Money),
    TableColumn::plain("total_amount", ColumnKind::Money),
];

/// The largest totals first, in the currency with most drafts, then in the others.
pub fn customers(world: &World, figures: &Figures) -> Table<'static> {
    let drafts_of = |currency: Currency| figures.money.get(&currency).map_or(0, |sum| sum.drafts);
    let rows = figures.customers.iter().map(|((customer, currency), sum)| {
        let id = world.customers.id(*customer);
        let name = world.customers.at(*customer).name.as_str();
        // Who has no name goes by the id: it stands first.
        let name = if name.is_empty() { id } else { name };
        OfCustomer { id: id.to_owned(), name: name.to_owned(), currency: *currency, sum: *sum }
    });
    let mut rows: Vec<OfCustomer> = rows.collect();
    rows.sort_by(|a, b| {
        let key =
            |of: &OfCustomer| (std::cmp::Reverse(drafts_of(of.currency)), of.currency, std::cmp::Reverse(of.sum.total));
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    Table { name: "customers", columns: CUSTOMERS, rows: Box::new(Customers(rows)) }
}

struct OfCustomer {
    id: String,
    name: String,
    currency: Currency,
    sum: MoneySum,
}

struct Customers(Vec<OfCustomer>);

impl Rows for Customers {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn fill(&self, rows: Range<usize>, out: &mut dyn Sink) {
        for of in self.0.get(rows).or_bug("rows of the table are asked for") {
            out.text(&of.id);
            out.text(&of.name);
            out.text(of.currency.code());
            out.count(i64::try_from(of.sum.drafts).ok());
            out.hours(Some(of.sum.hours));
            for amount in [of.sum.net, of.sum.tax, of.sum.total] {
                out.money(Some((amount, of.currency)));
            }
            out.end_row();
        }
    }
}
