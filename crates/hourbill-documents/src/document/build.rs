//! Makes the [`Invoice`] of a draft from the results of a run.

use std::collections::{BTreeSet, HashMap};

use super::model::{
    AnnexEntry, Buyer, Corrects, Invoice, InvoiceKind, InvoiceLine, InvoiceTotals, LineTax, PrepaidBalance, Reference,
    Status, TaxTotal,
};
use crate::account::{Balance, in_unit};
use crate::bill::{Draft, DraftKind, DraftLine, PartKind, Rate, is_rounding_refused, rate_of};
use crate::ident::Idx;
use crate::job::{Output, Profile};
use crate::link::LinkedBy;
use crate::model::{Contact, Customer, EntryView, OrderLine, Policy, World};
use crate::quantity::{Hours, HoursForm, HoursSum, Quantity};
use crate::tables::{self, Results, Shown};

/// What is looked up once for all drafts of a run.
pub struct Builder<'a> {
    results: Results<'a>,
    /// Of electronic invoices.
    profile: Profile,
    embed_annex: bool,
    hours: HoursForm,
    /// Prepaid lines in a time unit, by who is billed for them, in the order of B7.
    prepaid: HashMap<Idx<Customer>, Vec<Idx<OrderLine>>>,
}

impl<'a> Builder<'a> {
    /// `output` says whose rules electronic invoices follow, and how people read hours.
    pub fn new(results: Results<'a>, output: &Output) -> Builder<'a> {
        let world = results.world;
        let mut prepaid: HashMap<Idx<Customer>, Vec<Idx<OrderLine>>> = HashMap::new();
        for (idx, line) in world.lines.iter() {
            if Balance::of(line, &results.account.line(idx)).is_some() && line.confirmed && !line.is_downpayment {
                prepaid.entry(line.billed_customer()).or_default().push(idx);
            }
        }
        for lines in prepaid.values_mut() {
            let place = |idx: &Idx<OrderLine>| {
                let line = world.lines.at(*idx);
                (line.confirmed_on, world.orders.id(line.order), line.sequence, world.lines.id(*idx))
            };
            lines.sort_by(|a, b| place(a).cmp(&place(b)));
        }
        Builder { results, profile: output.profile, embed_annex: output.embed_annex, hours: output.hours, prepaid }
    }

    pub fn invoice(&self, draft: &Draft) -> Invoice {
        let (world, settings) = (self.results.world, self.results.settings);
        let lines = || draft.parts.iter().map(|part| world.lines.at(part.line));
        let orders: BTreeSet<&str> = lines().map(|line| world.orders.id(line.order)).collect();
        let mut customer_references: Vec<String> = Vec::new();
        for reference in lines().map(|line| &line.customer_reference).filter(|reference| !reference.is_empty()) {
            if !customer_references.contains(reference) {
                customer_references.push(reference.clone());
            }
        }
        let money = |amount| tables::turned_money(draft, amount);
        let amounts = &draft.amounts;
        let hours: HoursSum = draft.parts.iter().map(|part| part.hours).sum();
        let company = world.companies.id(draft.key.company);
        Invoice {
            id: draft.id.clone(),
            number: None,
            status: Status::Draft,
            kind: match draft.kind() {
                // One of kind zero makes no document: nobody asks for it.
                DraftKind::Invoice | DraftKind::Zero => InvoiceKind::Invoice,
                DraftKind::CreditNote => InvoiceKind::CreditNote,
                DraftKind::DownPayment => InvoiceKind::DownPayment,
            },
            seller: settings.seller(company).clone(),
            company: company.to_owned(),
            buyer: buyer(world, draft.key.party),
            currency: draft.currency(),
            issue_date: settings.issue_date(),
            due_date: None,
            early_payment: None,
            corrects: self.corrects(draft),
            from: draft.from,
            to: draft.to,
            last_day: settings.period.to().unwrap_or(draft.to),
            payment_terms: draft.key.payment_terms.clone(),
            customer_references,
            orders: orders.into_iter().map(str::to_owned).collect(),
            lines: (1..).zip(&draft.parts).filter_map(|(number, part)| self.line(draft, number, part)).collect(),
            taxes: amounts
                .taxes
                .iter()
                .map(|tax| TaxTotal {
                    category: tax.rate.category.clone(),
                    percent: tax.rate.percent,
                    base: money(tax.base),
                    amount: money(tax.amount),
                })
                .collect(),
            totals: InvoiceTotals {
                net: money(amounts.net),
                tax: money(amounts.tax),
                rounding: money(amounts.rounding),
                total: money(amounts.total),
                hours: tables::turned_hours(draft, hours),
            },
            prepaid: self.prepaid(draft),
            notes: draft.notes.clone(),
            profile: self.profile,
            embed_annex: self.embed_annex,
            hours_form: self.hours,
            rounding_refused: is_rounding_refused(settings, company),
        }
    }

    /// G7: what a draft gives back was billed on a posted document; `post` knows its number and date.
    fn corrects(&self, draft: &Draft) -> Option<Corrects> {
        let (document, _) = draft.key.corrects.as_ref()?;
        Some(Corrects { number: None, id: document.clone(), date: None })
    }

    fn line(&self, draft: &Draft, number: usize, part: &DraftLine) -> Option<InvoiceLine> {
        let (world, settings) = (self.results.world, self.results.settings);
        let line = world.lines.at(part.line);
        let shown = Shown::of(self.results, draft, part, line);
        let (from, to) = draft.service_period(part);
        let taxes: Vec<LineTax> = match &part.kind {
            PartKind::Refund(refund) => {
                let taxes = refund.taxes.iter().zip(&refund.line.rates);
                let tax = |(name, rate): (&String, &Rate)| LineTax {
                    name: name.clone(),
                    category: rate.category.clone(),
                    percent: rate.percent,
                };
                taxes.map(tax).collect()
            }
            PartKind::Line(_) | PartKind::Overage | PartKind::DownPayment(_) | PartKind::Deduction(_) => {
                let tax = |name: &String| {
                    let rate = rate_of(settings, name)?;
                    Some(LineTax { name: name.clone(), category: rate.category, percent: rate.percent })
                };
                shown.taxes.iter().filter_map(tax).collect()
            }
        };
        let portions = self.results.billing.portions(world, part);
        let mut entries: Vec<AnnexEntry> = portions.map(|(_, view, hours)| self.entry(draft, &view, hours)).collect();
        entries.sort_by(|a, b| (a.date, &a.timesheet_id).cmp(&(b.date, &b.timesheet_id)));
        Some(InvoiceLine {
            number,
            kind: part.line_kind(),
            order: world.orders.id(line.order).to_owned(),
            order_line: shown.order_line.to_owned(),
            agreed: world.agreements.of_line(part.line).map(|says| says.project.clone()),
            customer_reference: line.customer_reference.clone(),
            product: shown.product.to_owned(),
            description: shown.description,
            quantity: tables::turned_quantity(draft, part.quantity?),
            carried: self.carried(part, line).map(|carried| tables::turned_quantity(draft, carried)),
            uplift: Some(tables::turned_hours(draft, part.uplift)).filter(|uplift| !uplift.is_zero()),
            uom: shown.uom.to_owned(),
            price: shown.price,
            discount: shown.discount,
            net: tables::turned_money(draft, part.net?),
            taxes,
            hours: part.is_time().then(|| tables::turned_hours(draft, part.hours)),
            from,
            to,
            late: part.late,
            refers_to: self.down_payment_document(part, line),
            entries,
        })
    }

    /// B3: by how much the quantity of a time line is not that of its hours alone, because what was billed before was rounded.
    fn carried(&self, part: &DraftLine, line: &OrderLine) -> Option<Quantity> {
        if !matches!(part.kind, PartKind::Line(Policy::Time) | PartKind::Overage) {
            return None;
        }
        // M4: as they are billed.
        let alone = in_unit(line, part.hours + part.uplift, &self.results.settings.rules)?;
        part.quantity?.checked_sub(alone).filter(|carried| !carried.is_zero())
    }

    /// BG-3: the posted document of the down payment that a line deducts. The ledger does not know which date it was sent with.
    fn down_payment_document(&self, part: &DraftLine, line: &OrderLine) -> Option<Reference> {
        let PartKind::Deduction(down_payment) = &part.kind else { return None };
        let order = self.results.world.orders.id(line.order);
        let posted = self.results.posted.down_payments.get(order, &down_payment.request)?;
        let document = Some(posted.document.clone()).filter(|document| !document.is_empty())?;
        Some(Reference { document, date: None })
    }

    /// An entry with those of its hours that are on the draft.
    fn entry(&self, draft: &Draft, view: &EntryView<'_>, hours: Hours) -> AnnexEntry {
        let world = self.results.world;
        let linked_by = self.results.links.line_of(world, view).map_or("", |(_, linked_by)| LinkedBy::name(linked_by));
        let (employee, description) = view.details();
        AnnexEntry {
            timesheet_id: view.id().to_owned(),
            date: view.date(),
            employee: employee.to_owned(),
            ticket: view.ticket.map_or("", |ticket| world.tickets.id(ticket)).to_owned(),
            description: description.to_owned(),
            hours: tables::turned_hours(draft, hours.into()),
            linked_by,
        }
    }

    /// K8: balances of the prepaid lines on the draft, and of those the buyer used in the period; when that has no beginning, of those that have
    /// hours left or are overdrawn.
    fn prepaid(&self, draft: &Draft) -> Vec<PrepaidBalance> {
        let (world, key) = (self.results.world, &draft.key);
        let (on, begins) = (self.results.balance_date(), self.results.settings.period.from().is_some());
        let on_draft = |idx: Idx<OrderLine>| draft.parts.iter().any(|part| part.order_line() == Some(idx));
        let same = |line: &OrderLine| {
            let order = key.order.is_none_or(|order| order == line.order);
            order && line.company == key.company && line.currency == key.currency && !key.ticket.by_ticket
        };
        let lines = self.prepaid.get(&key.party).into_iter().flatten();
        let balances = lines.filter_map(|&idx| {
            let line = world.lines.at(idx);
            let hours = self.results.account.line(idx);
            let balance = Balance::by_then(line, &hours, self.results.settings)?;
            let used = !(hours.inside - hours.later).is_zero() && (begins || !balance.remaining().is_zero());
            (on_draft(idx) || used && same(line)).then(|| PrepaidBalance {
                on,
                order: world.orders.id(line.order).to_owned(),
                order_line: world.lines.id(idx).to_owned(),
                product: line.product.clone(),
                bought: balance.ordered,
                used: balance.delivered,
                expired: self.results.pack_hours(idx).map_or(HoursSum::ZERO, |of| of.expired),
            })
        });
        balances.collect()
    }
}

/// The customer that is billed. What its own row leaves out is taken from the nearest parent that has it: contacts of a company carry neither
/// its VAT id nor, often, its address.
pub fn buyer(world: &World, party: Idx<Customer>) -> Buyer {
    let mut found = Contact::default();
    let mut here = Some(party);
    // A loop of parents ends: no chain is longer than there are customers.
    for _ in 0..world.customers.len() {
        let Some(known) = here else { break };
        let customer = world.customers.at(known);
        let contact = &customer.contact;
        if found.address.is_empty() {
            found.address = contact.address.clone();
        }
        if found.electronic_address.is_empty() {
            found.electronic_address.clone_from(&contact.electronic_address);
            found.electronic_address_scheme.clone_from(&contact.electronic_address_scheme);
        }
        if found.registration.is_empty() {
            found.registration.clone_from(&contact.registration);
            found.registration_scheme.clone_from(&contact.registration_scheme);
        }
        for (own, inherited) in [
            (&mut found.vat_id, &contact.vat_id),
            (&mut found.email, &contact.email),
            (&mut found.language, &contact.language),
            (&mut found.buyer_reference, &contact.buyer_reference),
        ] {
            if own.is_empty() {
                own.clone_from(inherited);
            }
        }
        here = customer.parent;
    }
    let id = world.customers.id(party);
    let name = world.customers.at(party).name.as_str();
    Buyer { customer_id: id.to_owned(), name: if name.is_empty() { id } else { name }.to_owned(), contact: found }
}
