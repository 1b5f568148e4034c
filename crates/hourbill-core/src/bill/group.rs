//! B7: which lines share a draft, in which order, and what the draft is called (§9.6).

use std::collections::{BTreeMap, BTreeSet};

use super::{Amounts, Billing, Draft, DraftLine, PartKind};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::inputs::trimmed;
use crate::model::{Adjustment, Company, Customer, GroupBy, Order, OrderLine, Ticket, World};
use crate::posted::Posted;
use crate::quantity::Currency;
use crate::settings::BillingSettings;

/// What the lines of one draft have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DraftKey {
    /// Who the draft goes to: the bill_to of the order, else its customer.
    pub party: Idx<Customer>,
    pub company: Idx<Company>,
    pub currency: Currency,
    pub payment_terms: String,
    /// The order, when drafts are made per order.
    pub order: Option<Idx<Order>>,
    pub ticket: TicketGroup,
    /// What a draft that asks for a down payment is known by (D1).
    pub down_payment: Option<String>,
    /// G7: the document from which the draft takes back, and whether that document's customer lies in another commercial tree than the work
    /// does now.
    pub corrects: Option<(String, bool)>,
    /// The customer or bill_to is on hold: no draft, but hours that would be in one.
    pub on_hold: bool,
    /// B12: the lines of the draft round to nothing; they stand apart from lines that are billed.
    pub rounds_to_nothing: bool,
}

/// The ticket of a draft, when drafts are made per ticket: `None` then holds what has no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TicketGroup {
    pub by_ticket: bool,
    pub ticket: Option<Idx<Ticket>>,
}

impl TicketGroup {
    /// The group of a line that has no entries.
    pub(super) fn of_line(world: &World, settings: &BillingSettings, line: &OrderLine) -> TicketGroup {
        TicketGroup { by_ticket: group_by(world, settings, line) == GroupBy::Ticket, ticket: None }
    }
}

/// How drafts are made for the customer that the line is billed to: as the customer says, else as the rules do.
pub(super) fn group_by(world: &World, settings: &BillingSettings, line: &OrderLine) -> GroupBy {
    world.customers.at(line.billed_customer()).group_by.unwrap_or(settings.rules.group_by)
}

pub(super) fn key(world: &World, settings: &BillingSettings, line: &OrderLine, ticket: TicketGroup) -> DraftKey {
    let (party, customer) = (world.customers.at(line.billed_customer()), world.customers.at(line.customer));
    let per_order = party.per_order || group_by(world, settings, line) == GroupBy::Order;
    // B7: the order's, else those of the customer who ordered. Where neither names any, those of whom the draft goes to: what it pays on
    // is one draft then, whoever of its group ordered.
    let terms = [&line.payment_terms, &customer.payment_terms, &party.payment_terms];
    let terms = terms.into_iter().find(|terms| !terms.is_empty()).map_or("", String::as_str);
    DraftKey {
        party: line.billed_customer(),
        company: line.company,
        currency: line.currency,
        payment_terms: terms.to_owned(),
        order: per_order.then_some(line.order),
        ticket,
        down_payment: None,
        rounds_to_nothing: false,
        corrects: None,
        on_hold: party.hold || customer.hold || adjusted_hold(world, line).is_some(),
    }
}

/// §8.7: the customer or bill_to of a line is on hold by an adjustment.
pub(super) fn adjusted_hold(world: &World, line: &OrderLine) -> Option<Idx<Adjustment>> {
    let holds = &world.adjustments.held_customers;
    [line.billed_customer(), line.customer].into_iter().find_map(|customer| holds.get(&customer).copied())
}

/// A key that orders drafts by what they say, not by where rows stand in the exports.
pub(super) fn by_texts<'a>(world: &'a World, key: &'a DraftKey) -> impl Ord + use<'a> {
    (
        world.customers.id(key.party),
        world.companies.id(key.company),
        key.currency,
        &key.payment_terms,
        key.order.map(|order| world.orders.id(order)),
        key.ticket.ticket.map(|ticket| world.tickets.id(ticket)),
        &key.down_payment,
        &key.corrects,
        key.on_hold,
        key.rounds_to_nothing,
    )
}

/// B7: the place of a line among others.
pub(super) fn place<'a>(world: &'a World, line: Idx<OrderLine>) -> impl Ord + use<'a> {
    let known = world.lines.at(line);
    (known.confirmed_on, world.orders.id(known.order), known.sequence, world.lines.id(line))
}

/// The parts of each draft to be, in the order of B7: confirmed_on, order_id, sequence, order_line_id.
pub(super) fn groups(
    world: &World,
    settings: &BillingSettings,
    parts: Vec<(TicketGroup, DraftLine)>,
) -> BTreeMap<DraftKey, Vec<DraftLine>> {
    let mut groups: BTreeMap<DraftKey, Vec<DraftLine>> = BTreeMap::new();
    for (ticket, part) in parts {
        let line = world.lines.at(part.line);
        groups.entry(key(world, settings, line, ticket)).or_default().push(part);
    }
    for parts in groups.values_mut() {
        parts.sort_by(|a, b| place(world, a.line).cmp(&place(world, b.line)));
    }
    groups
}

/// Names the drafts: `D-<period label>-<customer>-<currency>`, and behind that what tells drafts of one customer and currency apart.
pub(super) fn name(world: &World, settings: &BillingSettings, posted: &Posted, drafts: &mut [Draft]) {
    // Company and payment terms stand in the id only where they tell drafts apart.
    let mut companies: BTreeMap<(Idx<Customer>, Currency), Differs<Idx<Company>>> = BTreeMap::new();
    let mut terms: BTreeMap<(Idx<Customer>, Currency), Differs<String>> = BTreeMap::new();
    for key in drafts.iter().map(|draft| &draft.key).filter(|key| key.corrects.is_none()) {
        companies.entry((key.party, key.currency)).or_default().see(&key.company);
        terms.entry((key.party, key.currency)).or_default().see(&key.payment_terms);
    }
    let label = settings.period.label();
    // Few rules make drafts that come to nothing.
    let any_zero = drafts.iter().any(|draft| draft.key.rounds_to_nothing);
    let billed = drafts.iter().map(|draft| &draft.key).filter(|key| any_zero && !key.rounds_to_nothing);
    let billed: BTreeSet<DraftKey> = billed.cloned().collect();
    for draft in drafts.iter_mut() {
        let key = &draft.key;
        let beside = || billed.contains(&DraftKey { rounds_to_nothing: false, ..key.clone() });
        let zero = Some("zero").filter(|_| key.rounds_to_nothing && beside());
        let same = (key.party, key.currency);
        let customer = world.customers.id(key.party);
        let company = Some(world.companies.id(key.company)).filter(|_| differs(&companies, &same));
        let terms = Some(key.payment_terms.as_str()).filter(|_| differs(&terms, &same));
        let order = key.order.map(|order| world.orders.id(order));
        let ticket = key.ticket.ticket.map(|ticket| world.tickets.id(ticket));
        let down_payment = key.down_payment.as_ref().map(|request| format!("DP-{}", request.replace(' ', "-")));
        // Drafts of other customers stand in other parts of a run: whether there is another one of its name must not be asked.
        let corrects = key.corrects.as_ref().filter(|(_, elsewhere)| *elsewhere);
        let corrects = corrects.map(|(document, _)| format!("corrects-{document}"));
        let group = [company, terms, order, ticket, down_payment.as_deref(), corrects.as_deref(), zero];
        draft.id = format!("D-{label}-{customer}-{}", key.currency);
        for part in group.into_iter().flatten().map(in_id).filter(|part| !part.is_empty()) {
            draft.id.push('-');
            draft.id.push_str(&part);
        }
    }
    name_corrections(drafts);
    tell_apart(world, drafts);
    number(posted, drafts);
}

/// What tells drafts of a customer apart, as it stands in their ids: without what a folder name or a command line would not take as it is.
/// Letters of any language stay. Where two read alike then, both carry a hash ([`tell_apart`]).
fn in_id(part: &str) -> String {
    let (mut id, mut left_out) = (String::new(), false);
    for char in trimmed(part).chars() {
        if !char.is_alphanumeric() && !matches!(char, '.' | '_' | '-') {
            left_out = true;
            continue;
        }
        if left_out && !id.is_empty() && !id.ends_with('-') && char != '-' {
            id.push('-');
        }
        left_out = false;
        id.push(char);
    }
    id
}

/// Puts the corrected document into the id of a draft that takes back from it, where the id would else be that of another draft.
fn name_corrections(drafts: &mut [Draft]) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for draft in drafts.iter() {
        *count.entry(draft.id.clone()).or_default() += 1;
    }
    for draft in drafts.iter_mut().filter(|draft| count.get(&draft.id).is_some_and(|&count| count > 1)) {
        if let Some((document, false)) = &draft.key.corrects {
            draft.id = format!("{}-corrects-{document}", draft.id);
        }
    }
}

/// What the drafts of a run would be called if nothing of it were held.
pub fn would_be(world: &World, settings: &BillingSettings, posted: &Posted, billing: &Billing) -> BTreeSet<String> {
    let of_held = billing.held.iter().filter(|held| !held.hold.bills_nothing()).filter_map(|held| {
        let line = world.lines.at(held.part.line);
        let of_line = TicketGroup::of_line(world, settings, line);
        let first = billing.portion(world, &held.part, 0).and_then(|(_, entry, _)| entry.ticket);
        let key = key(world, settings, line, TicketGroup { ticket: first.filter(|_| of_line.by_ticket), ..of_line });
        let asked = match &held.part.kind {
            PartKind::DownPayment(of) => Some(of.request.clone()),
            PartKind::Line(_) | PartKind::Overage | PartKind::Deduction(_) => None,
            // It is named by what it takes back from.
            PartKind::Refund(_) => return None,
        };
        Some(DraftKey { down_payment: asked, on_hold: false, ..key })
    });
    let made = billing.drafts.iter().map(|draft| draft.key.clone());
    let keys: BTreeSet<DraftKey> = made.chain(of_held).collect();
    let draft = |key| Draft {
        id: String::new(),
        key,
        parts: Vec::new(),
        amounts: Amounts::NOTHING,
        from: settings.as_of,
        to: settings.as_of,
        notes: Vec::new(),
        closes: false,
    };
    let mut drafts: Vec<Draft> = keys.into_iter().map(draft).collect();
    name(world, settings, posted, &mut drafts);
    drafts.into_iter().map(|draft| draft.id).collect()
}

/// Appends `-2`, `-3` to ids that documents of the ledger have. No draft takes the name of another.
fn number(posted: &Posted, drafts: &mut [Draft]) {
    let mut taken: BTreeSet<String> = drafts.iter().map(|draft| draft.id.clone()).collect();
    for draft in drafts.iter_mut().filter(|draft| posted.has_document(&draft.id)) {
        let numbered = (2_u32..).map(|nth| format!("{}-{nth}", draft.id));
        let free = numbered.into_iter().find(|id| !posted.has_document(id) && !taken.contains(id));
        if let Some(free) = free {
            taken.insert(free.clone());
            draft.id = free;
        }
    }
}

/// Tells apart drafts whose ids read alike, such as those of `A-B` + `C` and `A` + `B-C`: each carries a hash of its whole key, a longer
/// one where that reads like another id.
fn tell_apart(world: &World, drafts: &mut [Draft]) {
    for digits in [8, 16, 32, 64] {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for draft in drafts.iter() {
            *count.entry(draft.id.clone()).or_default() += 1;
        }
        for draft in drafts.iter_mut().filter(|draft| count.get(&draft.id).is_some_and(|&count| count > 1)) {
            let hash = hash_of_key(world, &draft.key);
            draft.id = format!("{}-{}", draft.id, hash.get(..digits).or_bug("a hash has 64 digits"));
        }
    }
}

fn hash_of_key(world: &World, key: &DraftKey) -> String {
    let texts = [
        world.customers.id(key.party),
        world.companies.id(key.company),
        &key.payment_terms,
        key.order.map_or("", |order| world.orders.id(order)),
        key.ticket.ticket.map_or("", |ticket| world.tickets.id(ticket)),
        key.down_payment.as_deref().unwrap_or_default(),
        if key.rounds_to_nothing { "zero" } else { "" },
        key.corrects.as_ref().map_or("", |(document, _)| document),
    ];
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    // Behind what was hashed at first: names of drafts stay what they were.
    let others = [key.ticket.by_ticket, key.on_hold, key.corrects.as_ref().is_some_and(|(_, elsewhere)| *elsewhere)];
    if others.contains(&true) {
        hasher.update(key.currency.code().as_bytes()).update(&others.map(u8::from));
    }
    hasher.finalize().to_hex().to_string()
}

/// Whether more than one value was seen.
struct Differs<T> {
    first: Option<T>,
    differs: bool,
}

impl<T> Default for Differs<T> {
    fn default() -> Self {
        Differs { first: None, differs: false }
    }
}

impl<T: Clone + PartialEq> Differs<T> {
    fn see(&mut self, value: &T) {
        let first = self.first.get_or_insert_with(|| value.clone());
        self.differs |= first != value;
    }
}

fn differs<T>(seen: &BTreeMap<(Idx<Customer>, Currency), Differs<T>>, same: &(Idx<Customer>, Currency)) -> bool {
    seen.get(same).is_some_and(|seen| seen.differs)
}
