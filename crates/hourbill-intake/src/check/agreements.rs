//! Agreements (C1): rows become confirmed order lines; and what many entries say alike about whom they are for (C2).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;

use super::World;
use super::masters::{tax_names, unit_size};
use super::mentions::Mentions;
use super::row::Row;
use super::table::{self, CheckedRows, SetAside};
use super::value::{self, Grammar};
use crate::calendar::{Date, Moment};
use crate::finding::{Code, Finding, Place, Subject};
use crate::ident::{Ids, Idx};
use crate::inputs::{self, Input, timesheets};
use crate::job::{EntriesTable, Prepaid, Rules, Settings};
use crate::model::{
    Agreement, Circumstance, Circumstances, Company, Customer, Doing, Minimum, Nameless, Order, OrderLine, Policy,
    Priced, RateCell, Team, Ticket,
};
use crate::quantity::{Currency, Percent, Quantity, UnitPrice, UnitSize};
use crate::read::{Batch, Piece};

/// What an agreement is billed for where it does not say (C1).
const PRODUCT: &str = "Hours worked";

const POLICIES: [(&str, Policy); 5] = [
    ("ordered_prepaid", Policy::Prepaid),
    ("delivered_timesheet", Policy::Time),
    ("time", Policy::Time),
    ("Prepaid/Fixed Price", Policy::Prepaid),
    ("Based on Timesheets", Policy::Time),
];

pub struct AgreementRow {
    customer: String,
    product: String,
    description: String,
    policy: Policy,
    uom: String,
    unit: Option<UnitSize>,
    ordered: Quantity,
    price: Option<UnitPrice>,
    currency: Option<Currency>,
    discount: Percent,
    taxes: Vec<String>,
    bill_to: String,
    payment_terms: String,
    customer_reference: String,
    company: String,
    project: String,
    from: Option<Date>,
    to: Option<Date>,
    minimum: Option<Minimum>,
}

pub fn agreement_rows(
    batch: &Batch<'_>,
    grammar: &Grammar<'_>,
    rules: &Rules,
    world: &World,
) -> CheckedRows<AgreementRow> {
    table::rows(batch, Input::Agreements, |row| agreement_row(row, grammar, rules, world))
}

fn agreement_row(row: &mut Row<'_>, grammar: &Grammar<'_>, rules: &Rules, world: &World) -> Option<AgreementRow> {
    use inputs::agreements as field;
    let customer = row.reference(field::CUSTOMER_ID, Input::Customers, world).into_owned();
    let currency = row.read(field::CURRENCY, |cell| grammar.currency(cell));
    let price = row.read(field::UNIT_PRICE, |cell| grammar.price(cell));
    let project = value::trimmed(&row.text(field::PROJECT)).to_owned();
    let product = row.text_or(field::PRODUCT, PRODUCT).into_owned();
    let uom = row.word_or(field::UOM, "Hours");
    let taxes = tax_names(&row.text(field::TAXES));
    let discount = row.read_or(field::DISCOUNT_PCT, Percent::ZERO, |cell| grammar.discount(cell));
    let bill_to = row.reference(field::BILL_TO, Input::Customers, world).into_owned();
    let payment_terms = row.text(field::PAYMENT_TERMS).into_owned();
    let customer_reference = value::trimmed(&row.text(field::CUSTOMER_REFERENCE)).to_owned();
    let from = row.read(field::VALID_FROM, |cell| grammar.date(cell));
    let to = row.read(field::VALID_TO, |cell| grammar.date(cell));
    let company = row.text(field::COMPANY).into_owned();
    let description = row.text(field::DESCRIPTION).into_owned();
    let policies = "`delivered_timesheet`, `ordered_prepaid`";
    let policy = row.choice_or(grammar, (field::INVOICING_POLICY, Policy::Time), &POLICIES, policies);
    let ordered = row.read(field::ORDERED_QTY, |cell| grammar.quantity(cell));
    let minimum = row.minimum(grammar, [field::MINIMUM_MINUTES, field::INCREMENT_MINUTES, field::ROUND, field::PER]);

    if from.zip(to).is_some_and(|(from, to)| to < from) {
        row.cell_error(Code::UnreadableValue, field::VALID_TO, "is before valid_from");
    }
    let unit = unit_size(&uom, None, rules);
    if unit.is_none() {
        let why = "is no unit of time, and what is agreed on is hours";
        row.cell_error(Code::NotATimeUnit, field::UOM, why);
    }
    if policy == Policy::Prepaid && value::trimmed(&value::text(row.cell(field::ORDERED_QTY))).is_empty() {
        row.cell_error(Code::EmptyValue, field::ORDERED_QTY, "is empty on a prepaid agreement");
    }
    Some(AgreementRow {
        customer,
        product,
        description,
        policy,
        uom,
        unit,
        ordered: ordered.unwrap_or(Quantity::ZERO),
        price,
        currency,
        discount,
        taxes,
        bill_to,
        payment_terms,
        customer_reference,
        company,
        project,
        from,
        to,
        minimum,
    })
}

impl AgreementRow {
    fn says(&self) -> Agreement {
        let priced = Priced { has_price: self.price.is_some(), has_currency: self.currency.is_some() };
        Agreement { project: self.project.clone(), from: self.from, to: self.to, priced }
    }
}

/// C1: ids of `rows` that `others` have, too: what an entry that names one means, nobody knows.
pub fn ids_of_both<T, U>(rows: &[Piece<CheckedRows<T>>], others: &[Piece<CheckedRows<U>>]) -> BTreeSet<String> {
    let filled = |id: &&str| !value::trimmed(id).is_empty();
    let ids: BTreeSet<&str> = table::ids(rows).filter(filled).collect();
    table::ids(others).filter(|id| ids.contains(id)).map(str::to_owned).collect()
}

/// C1; rows with an id of `opposed` are set aside.
pub fn add_agreements(
    world: &mut World,
    mentions: &mut Mentions,
    newer_wins: bool,
    opposed: &BTreeSet<String>,
    pieces: Vec<Piece<CheckedRows<AgreementRow>>>,
) -> SetAside {
    let (input, subject) = (Input::Agreements, Subject::OrderLine);
    let mut findings = Vec::new();
    let mut aside = table::settle_opposed(input, subject, newer_wins, opposed, pieces, |id, place, row, names| {
        let says = row.says();
        if value::trimmed(&row.customer).is_empty() {
            findings.push(incomplete(id, &says, place));
            world.agreements.add_nameless(Nameless { id: id.to_owned(), says, place });
            return;
        }
        world.call(Input::Orders, id, names);
        let order = world.orders.insert(id, Order);
        let customer = mentions.customer(world, &row.customer, Input::Agreements);
        let bill_to = (!row.bill_to.is_empty()).then(|| mentions.customer(world, &row.bill_to, Input::Agreements));
        let company = world.company(&row.company);
        let line = OrderLine {
            confirmed: true,
            product: row.product,
            description: row.description,
            policy: row.policy,
            uom: row.uom,
            unit: row.unit,
            ordered: row.ordered,
            // C6: what says no price is held until one is known.
            order_price: row.price.unwrap_or(UnitPrice::ZERO),
            confirmed_on: row.from.map(Moment::from),
            order_discount: row.discount,
            taxes: row.taxes,
            minimum: row.minimum,
            bill_to,
            payment_terms: row.payment_terms,
            customer_reference: row.customer_reference,
            ..OrderLine::bare(order, customer, row.currency.unwrap_or(Currency::NONE), company, place)
        };
        let idx = world.add_line(id, line.clone());
        world.agreements.add(idx, &line, says);
    });
    world.lines.ids.settle();
    // G13: what was set aside has not left the export.
    let unread = aside.rejected.iter().filter(|row| world.lines.find(&row.id).is_none()).map(|row| row.id);
    world.lines_aside.extend(unread);
    aside.findings.append(&mut findings);
    aside
}

/// C1: without a customer there is nobody to bill.
fn incomplete(id: &str, says: &Agreement, place: Place) -> Finding {
    let what = match says.project.as_str() {
        "" => "it counts for nothing".to_owned(),
        project => format!("hours of project `{project}` that name no customer themselves are unassigned"),
    };
    let message = format!("agreement `{id}` has no customer: {what}");
    Finding {
        code: Code::AgreementIncomplete,
        subject: Subject::OrderLine,
        id: id.to_owned(),
        message,
        place: Some(place),
    }
}

/// Texts of a column, each once, and which of them each row has.
struct Column {
    of: Vec<usize>,
    texts: Ids<Column>,
}

impl Column {
    fn of(batch: &Batch<'_>, field: usize, text: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> Column {
        let mut column = Column { of: Vec::with_capacity(batch.rows()), texts: Ids::default() };
        if batch.has(field) {
            batch.each(field, |_, cell| {
                column.of.push(column.texts.intern(&text(&value::text(cell))).position());
            });
        }
        column
    }

    fn at(&self, row: usize) -> usize {
        // A column that the batch lacks, or that nobody asks for, has one text for all rows: none.
        self.of.get(row).copied().unwrap_or(0)
    }

    fn text(&self, position: usize) -> &str {
        Idx::new(position).filter(|_| position < self.texts.len()).map_or("", |idx| self.texts.text(idx))
    }
}

/// What the ticket of an entry says of it.
type OfTicket = (Option<Idx<Customer>>, Option<Idx<Company>>, Option<Idx<Team>>);

/// What rates ask of entries; columns that none asks for are not read.
struct Doings {
    employees: Column,
    roles: Column,
    activities: Column,
}

impl Doings {
    fn of(batch: &Batch<'_>, world: &World) -> Doings {
        let column = |field, asked| match asked {
            true => Column::of(batch, field, |text| value::trimmed(text).into()),
            false => Column { of: Vec::new(), texts: Ids::default() },
        };
        let roles = world.rates.asks(RateCell::Role);
        Doings {
            employees: column(timesheets::EMPLOYEE, roles || world.rates.asks(RateCell::Employee)),
            roles: column(timesheets::ROLE, roles),
            activities: column(timesheets::ACTIVITY, world.rates.asks(RateCell::Activity) || world.packs.covers),
        }
    }

    fn at(&self, row: usize) -> [usize; 3] {
        [self.employees.at(row), self.roles.at(row), self.activities.at(row)]
    }

    fn said(&self, row: usize, project: &str, team: &str) -> Doing {
        let text = |column: &Column| column.text(column.at(row)).to_owned();
        Doing {
            employee: text(&self.employees),
            role: text(&self.roles),
            activity: text(&self.activities),
            project: project.to_owned(),
            team: team.to_owned(),
        }
    }
}

/// C2: the circumstances of the rows of a batch, whose tickets are known.
pub(super) fn circumstances(
    batch: &Batch<'_>,
    world: &World,
    settings: &Settings,
    tickets: &[Option<Idx<Ticket>>],
) -> Circumstances {
    // A list of agreements without a row still makes an entry's own customer count (C2).
    let packs = settings.billing.rules.packs.prepaid == Prepaid::Waterfall || world.packs.covers;
    // E2: the register tells it whatever the job bills by.
    let told = settings.output.entries == EntriesTable::All && batch.has(timesheets::CUSTOMER_ID);
    if !settings.inputs.contains_key(&Input::Agreements) && world.rates.is_empty() && !packs && !told {
        return Circumstances::default();
    }
    let key = batch.key(timesheets::CUSTOMER_ID);
    let customers = Column::of(batch, timesheets::CUSTOMER_ID, |text| match value::trimmed(text) {
        "" => Cow::default(),
        _ => world.aliases.id(Input::Customers, key, text.into()).unwrap_or_default(),
    });
    let projects = Column::of(batch, timesheets::PROJECT, |text| value::trimmed(text).into());
    let companies = Column::of(batch, timesheets::COMPANY, |text| text.into());
    let doing = Doings::of(batch, world);
    let mut met: HashMap<(OfTicket, [usize; 3], [usize; 3]), u32> = HashMap::new();
    let (mut of, mut all) = (Vec::with_capacity(batch.rows()), Vec::new());
    for (at, ticket) in tickets.iter().enumerate() {
        let ticket = ticket.map(|ticket| world.tickets.at(ticket));
        let (customer, company) = (ticket.map(|ticket| ticket.customer), ticket.map(|ticket| ticket.company));
        let team = ticket.and_then(|ticket| ticket.team).filter(|_| world.rates.asks(RateCell::Team));
        // What a row says itself counts where its ticket does not say it: the others are alike.
        let own_customer = if customer.is_some() { 0 } else { customers.at(at) };
        let said = [own_customer, projects.at(at), companies.at(at)];
        let number = *met.entry(((customer, company, team), said, doing.at(at))).or_insert_with(|| {
            let [customer_no, project_no, company_no] = said;
            let own = customers.text(customer_no);
            let known = customer.or_else(|| if own.is_empty() { None } else { world.customers.find(own) });
            let unknown = if known.is_some() { "" } else { own };
            let own_company = companies.text(company_no);
            let of_ticket = company.map_or("", |company| world.companies.id(company));
            let company = if own_company.is_empty() { of_ticket } else { own_company };
            let project = projects.text(project_no);
            let team = team.map_or("", |team| world.teams.id(team));
            let doing = if world.rates.is_empty() { doing.said(at, "", "") } else { doing.said(at, project, team) };
            all.push(Circumstance::new(world, known, unknown, project, company, doing));
            // A batch has far fewer rows than 2^32.
            (all.len() - 1) as u32
        });
        of.push(number);
    }
    Circumstances { of, all: Arc::new(all) }
}
