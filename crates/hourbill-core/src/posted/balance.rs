//! D3: what is left of each down payment.

use std::collections::{BTreeSet, HashMap};

use super::record::{DocumentKind, Effect, LineFacts, LineKind, rates_from_text};
use crate::down_payment::{DownPaymentBalance, DownPaymentBalances, DownPaymentParties};
use crate::quantity::Money;

/// The balances of all down payments.
#[derive(Clone, Debug, Default)]
pub struct Balances {
    pub all: DownPaymentBalances,
    /// Order and request of those that the ledger has the document of; the ERP has that of others.
    in_ledger: BTreeSet<(String, String)>,
    /// Between whom documents are that ask for down payments.
    parties: HashMap<String, DownPaymentParties>,
}

impl Balances {
    /// A document follows, before its lines.
    pub fn document(&mut self, id: &str, kind: DocumentKind, company: &str, customer: &str) {
        if kind == DocumentKind::DownPayment {
            let parties = DownPaymentParties { company: company.to_owned(), customer: customer.to_owned() };
            self.parties.insert(id.to_owned(), parties);
        }
    }

    /// A line of a document follows. Whether no more is deducted and credited than was posted; `None` when a figure does not fit, or the
    /// currency is another than before.
    pub fn add(&mut self, line: &LineFacts<'_>) -> Option<bool> {
        let Some(payment) = &line.payment else { return Some(true) };
        let key = (payment.order.to_owned(), payment.request.to_owned());
        let posted = self.all.entry(payment.order, payment.request, payment.currency);
        if posted.currency != payment.currency {
            return None;
        }
        let balance = posted.sets.entry(rates_from_text(payment.taxes)?).or_insert(DownPaymentBalance::NOTHING);
        match (line.kind, line.effect) {
            (LineKind::Deduction, _) => balance.deducted = balance.deducted.checked_sub(payment.net)?,
            // What is written off is not asked for again.
            (_, Effect::WriteOff) => balance.credited = balance.credited.checked_sub(payment.net)?,
            // Notes carry no down payment.
            (_, Effect::Covered | Effect::Uncovered | Effect::Held) => {}
            (_, Effect::Billed | Effect::Rebill) => balance.posted = balance.posted.checked_add(payment.net)?,
        }
        let paid = balance.posted.checked_sub(balance.credited)?.minor();
        let left = balance.left()?.minor();
        if line.kind == LineKind::DownPayment {
            if line.effect == Effect::Billed {
                posted.parties = Some(self.parties.get(payment.document)?.clone());
                payment.document.clone_into(&mut posted.document);
            }
            if payment.first {
                posted.rounding = posted.rounding.checked_add(payment.rounding)?;
            }
            let nothing = posted.sets.values().all(|balance| balance.posted == Money::ZERO);
            posted.reopened = line.effect == Effect::Rebill && nothing;
            self.in_ledger.insert(key.clone());
        }
        Some(!self.in_ledger.contains(&key) || (paid.min(0)..=paid.max(0)).contains(&left))
    }
}
