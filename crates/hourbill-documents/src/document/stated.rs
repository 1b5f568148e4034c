//! An hours statement (S1) as its pages show it, and as `statement.json` says it.

use serde::Serialize;

use super::buyer;
use super::model::Buyer;
use crate::calendar::Date;
use crate::job::CompanyProfile;
use crate::model::{Contact, World};
use crate::quantity::{HoursForm, HoursSum};
use crate::statement::{Movement, MovementKind, NotSold, PackStatement, Statement};
use crate::tables::{Results, movement_words};

/// A statement as its pages show it.
pub struct HoursStatement {
    pub seller: CompanyProfile,
    pub buyer: Buyer,
    pub company: String,
    /// Of the period, where it has them.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// K8: the day at whose end the balances are told.
    pub on: Option<Date>,
    /// As its pages show hours.
    #[cfg_attr(not(feature = "pdf"), allow(dead_code, reason = "only pages ask for it"))]
    pub hours_form: HoursForm,
    pub packs: Vec<StatedPack>,
}

/// What became of one pack.
pub struct StatedPack {
    pub order_line: String,
    pub order: String,
    pub product: String,
    pub bought_on: Option<Date>,
    /// S2: why the orders do not sell it any more.
    pub not_sold: Option<NotSold>,
    pub opening: HoursSum,
    pub bought: HoursSum,
    pub used: HoursSum,
    pub expired: HoursSum,
    pub adjusted: HoursSum,
    pub closing: HoursSum,
    /// S3: those that were posted, and those that may still change.
    pub used_entries: Vec<StatedEntry>,
    pub not_final: Vec<StatedEntry>,
    /// S4.
    pub corrections: Vec<StatedEntry>,
}

/// Hours of an entry.
#[derive(Serialize)]
pub struct StatedEntry {
    pub timesheet_id: String,
    #[serde(serialize_with = "day")]
    pub date: Option<Date>,
    pub employee: String,
    pub ticket_id: String,
    pub description: String,
    #[serde(serialize_with = "text")]
    pub hours: HoursSum,
}

impl HoursStatement {
    pub fn of(results: Results<'_>, statement: &Statement, hours_form: HoursForm) -> HoursStatement {
        let (world, settings) = (results.world, results.settings);
        HoursStatement {
            seller: settings.seller(&statement.company).clone(),
            buyer: root_of(world, &statement.root),
            company: statement.company.clone(),
            from: settings.period.from(),
            to: settings.period.to(),
            on: results.balance_date(),
            hours_form,
            packs: statement.packs.iter().map(|pack| stated(results, pack)).collect(),
        }
    }
}

/// Whom a statement is for. Of one whom no row names any more the ledger knows the id alone.
fn root_of(world: &World, root: &str) -> Buyer {
    match world.customers.find(root) {
        Some(customer) => buyer(world, customer),
        None => Buyer { customer_id: root.to_owned(), name: root.to_owned(), contact: Contact::default() },
    }
}

fn stated(results: Results<'_>, pack: &PackStatement) -> StatedPack {
    let world = results.world;
    let of = |wanted: fn(&Movement) -> bool| {
        let movements = pack.movements.iter().filter(|of| wanted(of));
        let entry = |of: &Movement| {
            let (employee, ticket, text) = movement_words(world, of);
            let [employee, ticket_id, description] = [employee, ticket, text].map(str::to_owned);
            StatedEntry {
                timesheet_id: of.id.clone(),
                date: of.date,
                employee,
                ticket_id,
                description,
                hours: of.hours,
            }
        };
        movements.map(entry).collect()
    };
    let sold = &pack.pack;
    StatedPack {
        order_line: sold.id.clone(),
        order: sold.order.clone(),
        product: sold.product.clone(),
        bought_on: sold.bought_on,
        not_sold: sold.not_sold,
        opening: pack.opening,
        bought: pack.bought,
        used: pack.used,
        expired: pack.expired,
        adjusted: pack.adjusted,
        closing: pack.closing,
        used_entries: of(|of| of.kind == MovementKind::Used && of.settled),
        not_final: of(|of| of.kind == MovementKind::Used && !of.settled),
        corrections: of(|of| of.kind == MovementKind::Adjusted),
    }
}

#[derive(Serialize)]
struct StatementJson<'a> {
    format: &'static str,
    version: u32,
    customer_id: &'a str,
    customer_name: &'a str,
    company: &'a str,
    seller_name: &'a str,
    period: PeriodJson,
    balance_date: Option<String>,
    packs: Vec<PackJson<'a>>,
}

#[derive(Serialize)]
struct PeriodJson {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct PackJson<'a> {
    order_line_id: &'a str,
    order_id: &'a str,
    product: &'a str,
    bought_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    opening: String,
    bought: String,
    used: String,
    expired: String,
    adjusted: String,
    closing: String,
    used_entries: &'a [StatedEntry],
    not_final: &'a [StatedEntry],
    corrections: &'a [StatedEntry],
}

fn day<S: serde::Serializer>(date: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    date.map(|date| date.to_string()).serialize(to)
}

fn text<S: serde::Serializer>(hours: &HoursSum, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(hours)
}

/// `statement.json`: hours are decimal text, as in every document.
pub fn json(statement: &HoursStatement) -> Vec<u8> {
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let packs = statement.packs.iter().map(|of| PackJson {
        order_line_id: &of.order_line,
        order_id: &of.order,
        product: &of.product,
        bought_on: date(of.bought_on),
        note: of.not_sold.map(NotSold::explanation),
        opening: of.opening.to_string(),
        bought: of.bought.to_string(),
        used: of.used.to_string(),
        expired: of.expired.to_string(),
        adjusted: of.adjusted.to_string(),
        closing: of.closing.to_string(),
        used_entries: &of.used_entries,
        not_final: &of.not_final,
        corrections: &of.corrections,
    });
    let root = StatementJson {
        format: "hourbill-statement",
        version: 1,
        customer_id: &statement.buyer.customer_id,
        customer_name: &statement.buyer.name,
        company: &statement.company,
        seller_name: &statement.seller.name,
        period: PeriodJson { from: date(statement.from), to: date(statement.to) },
        balance_date: date(statement.on),
        packs: packs.collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&root).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
