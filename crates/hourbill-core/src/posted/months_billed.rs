//! X3: what the ledger billed in which month, to whom.

use std::collections::BTreeMap;

use super::book::BookEntry;
use super::record::DocumentKind;
use crate::calendar::{CalendarMonth, Date, Period};
use crate::model::World;
use crate::quantity::Currency;

/// Nets of months, by the root of the customer and the currency.
#[derive(Clone, Debug, Default)]
pub struct MonthsBilled {
    nets: BTreeMap<(String, Currency), BTreeMap<CalendarMonth, i128>>,
}

/// Fewer months say nothing about what is usual.
const MONTHS_MIN: usize = 3;

impl MonthsBilled {
    /// Sums the documents of a ledger by month. Down payments, credits, and what was taken back whole are left out.
    pub fn of(world: &World, documents: &[BookEntry]) -> MonthsBilled {
        let mut all = MonthsBilled::default();
        for BookEntry { document, .. } in documents.iter().filter(|entry| !entry.voided) {
            let bills = matches!(document.kind, DocumentKind::Invoice | DocumentKind::CreditNote);
            let (Some(currency), Some((from, _))) = (document.currency, document.period) else { continue };
            if !bills || document.source.is_some() {
                continue;
            }
            let root =
                world.customers.find(&document.customer).map(|customer| world.customers.id(world.root(customer)));
            let root = root.unwrap_or(&document.customer).to_owned();
            let net = all.nets.entry((root, currency)).or_default().entry(from.month()).or_default();
            // Amounts of a ledger lie far enough from the limits of 128 bits for every sum of them.
            *net += document.net.minor();
        }
        all
    }

    /// Twice the median of the months before a day, in minor units; `None` where fewer than three of them have documents.
    pub fn twice_the_median(&self, root: &str, currency: Currency, from: Date, months: u32) -> Option<i128> {
        let of_customer = self.nets.get(&(root.to_owned(), currency))?;
        let first = Period::month_before(from, months)?.from()?.month();
        let nets: Vec<i128> = of_customer.range(first..from.month()).map(|(_, net)| *net).collect();
        twice_the_median_of(nets)
    }
}

/// Twice the median of counts, of which at least three are known.
pub fn twice_the_median_of(mut counts: Vec<i128>) -> Option<i128> {
    if counts.len() < MONTHS_MIN {
        return None;
    }
    counts.sort_unstable();
    let (low, high) = (counts.get((counts.len() - 1) / 2)?, counts.get(counts.len() / 2)?);
    Some(low + high)
}
