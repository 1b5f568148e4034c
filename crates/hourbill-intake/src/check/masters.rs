//! Customers, teams, order lines and tickets: rows become the structs of the world.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::World;
use super::column::Columns;
use super::memo::Memo;
use super::mentions::Mentions;
use super::packs;
use super::row::Row;
use super::table::{self, CheckedRows, SetAside};
use super::value::{self, Grammar};
use crate::alias::Found;
use crate::alias::Key;
use crate::bug::OrBug;
use crate::calendar::Moment;
use crate::finding::{Code, Finding, Place, Subject};
use crate::ident::Idx;
use crate::inputs::{self, Input};
use crate::job::Rules;
use crate::model::{
    Address, Contact, Customer, GroupBy, Minimum, Order, OrderLine, PackTerms, Policy, Registry, Team, Ticket,
};
use crate::quantity::{Currency, Hours, Percent, Quantity, UnitPrice, UnitSize};
use crate::read::{Batch, Cell, Piece};

pub struct CustomerRow {
    name: String,
    parent: String,
    parent_key: Key,
    hold: bool,
    consolidate: bool,
    group_by: Option<GroupBy>,
    payment_terms: String,
    contact: Contact,
    minimum: Option<Minimum>,
}

pub fn customer_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<CustomerRow> {
    use inputs::customers as field;
    let groups = GroupBy::ALL.map(|group_by| (group_by.name(), group_by));
    table::rows(batch, Input::Customers, |row| {
        let customer = CustomerRow {
            name: row.text(field::NAME).into_owned(),
            parent: row.text(field::PARENT_ID).into_owned(),
            parent_key: batch.key(field::PARENT_ID),
            hold: row.read_or(field::HOLD, false, |cell| grammar.flag(cell)),
            consolidate: row.read_or(field::CONSOLIDATE, true, |cell| grammar.flag(cell)),
            group_by: row.choice(grammar, field::GROUP_BY, &groups, "`customer`, `order`, `ticket`"),
            payment_terms: row.text(field::PAYMENT_TERMS).into_owned(),
            contact: contact(row),
            minimum: row.minimum(grammar, [field::MINIMUM_MINUTES, field::INCREMENT_MINUTES, field::ROUND, field::PER]),
        };
        Some(customer)
    })
}

fn contact(row: &mut Row<'_>) -> Contact {
    use inputs::customers as field;
    let mut text = |field| value::trimmed(&row.text(field)).to_owned();
    Contact {
        vat_id: text(field::VAT_ID),
        registration: text(field::REGISTRATION),
        registration_scheme: text(field::REGISTRATION_SCHEME),
        address: Address {
            street: text(field::STREET),
            street2: text(field::STREET2),
            city: text(field::CITY),
            postcode: text(field::POSTCODE),
            country: text(field::COUNTRY),
        },
        email: text(field::EMAIL),
        language: text(field::LANGUAGE),
        electronic_address: text(field::ELECTRONIC_ADDRESS),
        electronic_address_scheme: text(field::ELECTRONIC_ADDRESS_SCHEME),
        buyer_reference: text(field::BUYER_REFERENCE),
    }
}

pub fn add_customers(
    world: &mut World,
    mentions: &mut Mentions,
    newer_wins: bool,
    pieces: Vec<Piece<CheckedRows<CustomerRow>>>,
) -> SetAside {
    let mut parents: Vec<(Idx<Customer>, Key, String)> = Vec::new();
    world.customers.ids.announce(table::ids(&pieces));
    let (input, subject) = (Input::Customers, Subject::Customer);
    let mut aside = table::settle(input, subject, newer_wins, pieces, |id, place, row, names| {
        world.call(input, id, names);
        let customer = Customer {
            listed: true,
            name: row.name,
            parent: None,
            hold: row.hold,
            per_order: !row.consolidate,
            group_by: row.group_by,
            payment_terms: row.payment_terms,
            minimum: row.minimum,
            contact: row.contact,
            place: Some(place),
        };
        let idx = world.add_customer(id, customer);
        if !row.parent.is_empty() {
            parents.push((idx, row.parent_key, row.parent));
        }
    });
    for (child, key, parent) in parents {
        let parent = match world.aliases.find(Input::Customers, key, &parent) {
            Found::Id(id) => id.to_owned(),
            // A name of two customers is nobody's.
            _ => parent,
        };
        let known = world.customers.find(&parent);
        match known {
            Some(_) => world.customers.at_mut(child).parent = known,
            None => mentions.parent(&parent),
        }
    }
    aside.findings.extend(root_trees(world));
    aside
}

/// The root of every customer's tree (L2). A loop of parents is a tree too, rooted at its smallest id.
fn root_trees(world: &mut World) -> Vec<Finding> {
    let customers = &world.customers;
    let mut roots: Vec<Option<Idx<Customer>>> = vec![None; customers.len()];
    let mut findings = Vec::new();
    // On the path on which a customer was met first: a chain of parents may be as long as the list.
    let mut met_from: Vec<Option<Idx<Customer>>> = vec![None; customers.len()];
    for (start, _) in customers.iter() {
        let mut path = Vec::new();
        let mut here = start;
        let root = loop {
            if let Some(known) = roots.get(here.position()).copied().flatten() {
                break known;
            }
            let met = met_from.get_mut(here.position()).or_bug("every customer is met by its position");
            if met.replace(start) == Some(start) {
                let mut members: Vec<_> = path.iter().skip_while(|&&seen| seen != here).copied().collect();
                members.sort_by_key(|&member| customers.id(member));
                let root = members.first().copied().or_bug("a cycle has members");
                let names: Vec<_> = members.iter().map(|&member| format!("`{}`", customers.id(member))).collect();
                let message = format!("the customers {} are each other's parents", names.join(", "));
                let place = customers.at(root).place;
                let id = customers.id(root).to_owned();
                findings.push(Finding { code: Code::CustomerCycle, subject: Subject::Customer, id, message, place });
                break root;
            }
            path.push(here);
            match customers.at(here).parent {
                Some(parent) => here = parent,
                None => break here,
            }
        };
        for member in path {
            *roots.get_mut(member.position()).or_bug("every customer has a root") = Some(root);
        }
    }
    world.roots = roots
        .into_iter()
        .zip(world.customers.iter())
        .map(|(root, _)| root.or_bug("every customer has a root"))
        .collect();
    findings
}

pub struct TeamRow(Team);

pub fn team_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<TeamRow> {
    use inputs::teams as field;
    table::rows(batch, Input::Teams, |row| {
        let team = Team {
            listed: true,
            timesheets: row.read_or(field::TIMESHEETS, true, |cell| grammar.flag(cell)),
            time_billing: row.read_or(field::TIME_BILLING, true, |cell| grammar.flag(cell)),
        };
        row.text(field::PROJECT);
        Some(TeamRow(team))
    })
}

pub fn add_teams(world: &mut World, newer_wins: bool, pieces: Vec<Piece<CheckedRows<TeamRow>>>) -> SetAside {
    table::settle(Input::Teams, Subject::Team, newer_wins, pieces, |id, _, TeamRow(team), names| {
        world.call(Input::Teams, id, names);
        world.teams.insert(id, team);
    })
}

pub struct OrderRow {
    order: String,
    confirmed: bool,
    customer: String,
    product: String,
    description: String,
    policy: Policy,
    uom: String,
    unit: Option<UnitSize>,
    ordered: Quantity,
    price: UnitPrice,
    currency: Currency,
    confirmed_on: Option<Moment>,
    sequence: i64,
    discount: Percent,
    taxes: Vec<String>,
    invoiced: Option<Quantity>,
    delivered: Option<Quantity>,
    is_downpayment: bool,
    bill_to: String,
    payment_terms: String,
    customer_reference: String,
    upsell_threshold: Percent,
    remaining: Option<Hours>,
    company: String,
    minimum: Option<Minimum>,
    pack: Option<Box<PackTerms>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Draft,
    Sent,
    Sale,
    Done,
    Cancel,
}

const STATES: [(&str, State); 10] = [
    ("draft", State::Draft),
    ("sent", State::Sent),
    ("sale", State::Sale),
    ("done", State::Done),
    ("cancel", State::Cancel),
    ("Quotation", State::Draft),
    ("Quotation Sent", State::Sent),
    ("Sales Order", State::Sale),
    ("Locked", State::Done),
    ("Cancelled", State::Cancel),
];

const POLICIES: [(&str, Policy); 8] = [
    ("ordered_prepaid", Policy::Prepaid),
    ("delivered_timesheet", Policy::Time),
    ("delivered_milestones", Policy::Milestones),
    ("delivered_manual", Policy::Manual),
    ("Prepaid/Fixed Price", Policy::Prepaid),
    ("Based on Timesheets", Policy::Time),
    ("Based on Milestones", Policy::Milestones),
    ("Based on Delivered Quantity (Manual)", Policy::Manual),
];

pub fn order_rows(batch: &Batch<'_>, grammar: &Grammar<'_>, rules: &Rules, world: &World) -> CheckedRows<OrderRow> {
    table::rows(batch, Input::Orders, |row| order_row(row, grammar, rules, world))
}

fn order_row(row: &mut Row<'_>, grammar: &Grammar<'_>, rules: &Rules, world: &World) -> Option<OrderRow> {
    use inputs::orders as field;
    let order = row.text(field::ORDER_ID).into_owned();
    let state = row.choice(grammar, field::STATE, &STATES, "`draft`, `sent`, `sale`, `done`, `cancel`");
    let confirmed = matches!(state, Some(State::Sale | State::Done));
    let customer = row.reference(field::CUSTOMER_ID, Input::Customers, world).into_owned();
    let product = row.text(field::PRODUCT).into_owned();
    let policies = "`ordered_prepaid`, `delivered_timesheet`, `delivered_milestones`, `delivered_manual`";
    let policy = row.choice(grammar, field::INVOICING_POLICY, &POLICIES, policies);
    let uom = row.word(field::UOM);
    let ordered = row.read(field::ORDERED_QTY, |cell| grammar.quantity(cell));
    let price = row.read(field::UNIT_PRICE, |cell| grammar.price(cell));
    let currency = row.read(field::CURRENCY, |cell| grammar.currency(cell));
    let confirmed_on = row.read(field::CONFIRMED_ON, |cell| grammar.moment(cell));
    if confirmed && value::trimmed(&value::text(row.cell(field::CONFIRMED_ON))).is_empty() {
        row.cell_error(Code::EmptyValue, field::CONFIRMED_ON, "is empty on a confirmed order line");
    }
    let sequence = row.read_or(field::SEQUENCE, 0, |cell| grammar.integer(cell));
    let description = row.text(field::DESCRIPTION).into_owned();
    let discount = row.read_or(field::DISCOUNT_PCT, Percent::ZERO, |cell| grammar.discount(cell));
    let taxes = tax_names(&row.text(field::TAXES));
    let invoiced = row.read(field::INVOICED_QTY, |cell| grammar.quantity(cell));
    let delivered = row.read(field::DELIVERED_QTY, |cell| grammar.quantity(cell));
    let is_downpayment = row.read_or(field::IS_DOWNPAYMENT, false, |cell| grammar.flag(cell));
    let bill_to = row.reference(field::BILL_TO, Input::Customers, world).into_owned();
    let payment_terms = row.text(field::PAYMENT_TERMS).into_owned();
    let customer_reference = value::trimmed(&row.text(field::CUSTOMER_REFERENCE)).to_owned();
    let hours_per_unit = row.read(field::HOURS_PER_UNIT, |cell| grammar.factor(cell));
    let threshold = row.read_or(field::UPSELL_THRESHOLD_PCT, Percent::HUNDRED, |cell| grammar.percent(cell));
    let remaining = row.read(field::REMAINING_HOURS, |cell| grammar.hours(cell));
    let company = row.text(field::COMPANY).into_owned();
    let minimum = row.minimum(grammar, [field::MINIMUM_MINUTES, field::INCREMENT_MINUTES, field::ROUND, field::PER]);
    let pack = packs::terms(row, grammar);

    let unit = unit_size(&uom, hours_per_unit, rules);
    if policy == Some(Policy::Time) && unit.is_none() && !uom.is_empty() {
        row.cell_error(Code::NotATimeUnit, field::UOM, "is no unit of time, and the line is billed by time");
    }
    Some(OrderRow {
        order,
        confirmed,
        customer,
        product,
        description,
        policy: policy?,
        uom,
        unit,
        ordered: ordered?,
        price: price?,
        currency: currency?,
        confirmed_on,
        sequence,
        discount,
        taxes,
        invoiced,
        delivered,
        is_downpayment,
        bill_to,
        payment_terms,
        customer_reference,
        upsell_threshold: threshold,
        remaining,
        company,
        minimum,
        pack,
    })
}

/// Hours, Days and Minutes have their own length; another unit is one of time only with `hours_per_unit`.
pub(super) fn unit_size(uom: &str, hours_per_unit: Option<Quantity>, rules: &Rules) -> Option<UnitSize> {
    let units = [("Hours", UnitSize::HOUR), ("Days", rules.day), ("Minutes", UnitSize::MINUTE)];
    match units.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(uom)) {
        Some((_, unit)) => Some(unit),
        None => hours_per_unit.and_then(UnitSize::of_hours),
    }
}

/// B9: names separated by `,` or `;`. One that stands twice is one tax.
pub(super) fn tax_names(cell: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in cell.split([',', ';']).map(value::trimmed).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Rows with an id of `opposed`, which agreements have, too, are set aside (C1).
pub fn add_order_lines(
    world: &mut World,
    mentions: &mut Mentions,
    newer_wins: bool,
    opposed: &BTreeSet<String>,
    pieces: Vec<Piece<CheckedRows<OrderRow>>>,
) -> SetAside {
    world.lines.ids.announce(table::ids(&pieces));
    world.orders.ids.announce(table::things(&pieces).map(|row| row.order.as_str()));
    world.customers.ids.announce(table::things(&pieces).map(|row| row.customer.as_str()));
    let (input, subject) = (Input::Orders, Subject::OrderLine);
    let aside = table::settle_opposed(input, subject, newer_wins, opposed, pieces, |id, place, row, names| {
        world.call(Input::Orders, id, names);
        let line = OrderLine {
            order: world.orders.insert(&row.order, Order),
            confirmed: row.confirmed,
            customer: mentions.customer(world, &row.customer, Input::Orders),
            product: row.product,
            description: row.description,
            policy: row.policy,
            uom: row.uom,
            unit: row.unit,
            ordered: row.ordered,
            order_price: row.price,
            currency: row.currency,
            confirmed_on: row.confirmed_on,
            sequence: row.sequence,
            order_discount: row.discount,
            taxes: row.taxes,
            invoiced: row.invoiced.unwrap_or(Quantity::ZERO),
            invoiced_given: row.invoiced.is_some(),
            delivered: row.delivered,
            is_downpayment: row.is_downpayment,
            bill_to: (!row.bill_to.is_empty()).then(|| mentions.customer(world, &row.bill_to, Input::Orders)),
            payment_terms: row.payment_terms,
            customer_reference: row.customer_reference,
            upsell_threshold: row.upsell_threshold,
            minimum: row.minimum,
            remaining: row.remaining,
            company: world.company(&row.company),
            pack: row.pack,
            place,
        };
        world.add_line(id, line);
    });
    world.lines.ids.settle();
    // G13: what was set aside has not left the export.
    let unread = aside.rejected.iter().filter(|row| world.lines.find(&row.id).is_none()).map(|row| row.id);
    world.lines_aside = unread.collect();
    aside
}

/// A reference of a ticket: found while the row is read, which happens in parallel, or kept by name.
enum Named<T> {
    Known(Idx<T>),
    Unknown(Arc<str>),
}

/// Texts that many rows of a batch share, each kept once.
#[derive(Default)]
struct Shared {
    known: HashMap<Box<str>, Arc<str>>,
    /// The empty text, which most rows have in some column: it is not looked up.
    empty: Arc<str>,
}

impl Shared {
    fn text(&mut self, text: &str) -> Arc<str> {
        if text.is_empty() {
            return Arc::clone(&self.empty);
        }
        match self.known.get(text) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(self.known.entry(text.into()).or_insert_with(|| text.into())),
        }
    }

    fn named<T>(&mut self, ids: &Registry<T>, id: &str) -> Named<T> {
        ids.find(id).map_or_else(|| Named::Unknown(self.text(id)), Named::Known)
    }
}

pub struct TicketRow {
    customer: Named<Customer>,
    created_on: Option<Moment>,
    team: Option<Named<Team>>,
    line: Option<Named<OrderLine>>,
    closed_on: Option<Moment>,
    hours_spent: Option<Hours>,
    company: Arc<str>,
}

impl TicketRow {
    /// Of a row of which nothing was read yet.
    fn unread(shared: &Shared) -> TicketRow {
        TicketRow {
            customer: Named::Unknown(Arc::clone(&shared.empty)),
            created_on: None,
            team: None,
            line: None,
            closed_on: None,
            hours_spent: None,
            company: Arc::clone(&shared.empty),
        }
    }
}

pub fn ticket_rows(batch: &Batch<'_>, grammar: &Grammar<'_>, world: &World) -> CheckedRows<TicketRow> {
    use inputs::tickets as field;
    table::columns(batch, Input::Tickets, |columns| {
        let mut shared = Shared::default();
        let mut rows: Vec<TicketRow> = (0..batch.rows()).map(|_| TicketRow::unread(&shared)).collect();
        columns.reference(field::CUSTOMER_ID, Input::Customers, world, |at, id| {
            row_at(&mut rows, at).customer = shared.named(&world.customers, id);
            None
        });
        moments(columns, grammar, field::CREATED_ON, |at, moment| row_at(&mut rows, at).created_on = moment);
        columns.reference(field::TEAM, Input::Teams, world, |at, id| {
            row_at(&mut rows, at).team = (!id.is_empty()).then(|| shared.named(&world.teams, id));
            None
        });
        columns.text(field::TITLE, |_, _| None);
        columns.reference(field::ORDER_LINE_ID, Input::Orders, world, |at, id| {
            row_at(&mut rows, at).line = (!id.is_empty()).then(|| shared.named(&world.lines, id));
            None
        });
        moments(columns, grammar, field::CLOSED_ON, |at, moment| row_at(&mut rows, at).closed_on = moment);
        columns.read(
            field::HOURS_SPENT,
            |cell| grammar.hours(cell),
            |at, hours| {
                row_at(&mut rows, at).hours_spent = hours;
                None
            },
        );
        columns.text(field::COMPANY, |at, name| {
            row_at(&mut rows, at).company = shared.text(name);
            None
        });
        rows
    })
}

fn row_at(rows: &mut [TicketRow], at: usize) -> &mut TicketRow {
    rows.get_mut(at).or_bug("a column has as many cells as there are rows")
}

fn moments(
    columns: &mut Columns<'_>,
    grammar: &Grammar<'_>,
    field: usize,
    mut each: impl FnMut(usize, Option<Moment>),
) {
    let mut memo = Memo::new();
    let read = |cell: Cell<'_>| memo.read(cell, |cell| grammar.moment(cell));
    columns.read(field, read, |at, moment| {
        each(at, moment);
        None
    });
}

pub fn add_tickets(
    world: &mut World,
    mentions: &mut Mentions,
    newer_wins: bool,
    pieces: Vec<Piece<CheckedRows<TicketRow>>>,
) -> SetAside {
    let mut findings = Vec::new();
    world.tickets.ids.announce(table::ids(&pieces));
    let mut aside = table::settle(Input::Tickets, Subject::Ticket, newer_wins, pieces, |id, place, row, names| {
        world.call(Input::Tickets, id, names);
        let line = match row.line {
            None => None,
            Some(Named::Known(line)) => Some(line),
            Some(Named::Unknown(line)) => {
                findings.push(line_unknown(id, &line, place));
                None
            }
        };
        let ticket = Ticket {
            customer: match row.customer {
                Named::Known(customer) => mentions.known_customer(world, customer, Input::Tickets),
                Named::Unknown(customer) => mentions.customer(world, &customer, Input::Tickets),
            },
            created_on: row.created_on,
            team: row.team.map(|team| match team {
                Named::Known(team) => team,
                Named::Unknown(team) => mentions.team(world, &team),
            }),
            closed_on: row.closed_on,
            hours_spent: row.hours_spent,
            company: world.company(&row.company),
            place,
            left: false,
        };
        world.add_ticket(id, ticket, line);
    });
    world.tickets.ids.settle();
    aside.findings.append(&mut findings);
    aside
}

fn line_unknown(ticket: &str, line: &str, place: Place) -> Finding {
    Finding {
        code: Code::TicketLineUnknown,
        subject: Subject::Ticket,
        id: ticket.to_owned(),
        message: format!("ticket `{ticket}` names order line `{line}`, which is not in the orders input"),
        place: Some(place),
    }
}
