//! The world of the lives: customers, order lines and work, as they truly are, and the exports that tell of them today.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hourbill::calendar::Date;

/// Customer and its parent.
pub const CUSTOMERS: [(&str, &str); 5] = [("C1", ""), ("C1b", "C1"), ("C2", ""), ("C3", ""), ("CZ", "")];

pub const POLICIES: [&str; 4] = ["delivered_timesheet", "ordered_prepaid", "delivered_manual", "delivered_milestones"];

/// Name and minutes.
pub const UNITS: [(&str, i64); 4] = [("Hours", 60), ("Days", 480), ("Minutes", 1), ("Packs", 150)];

/// A unit that is no time.
pub const PIECES: usize = 9;

/// Ticket, customer, and the order line that it names.
pub const TICKETS: [(&str, &str, Option<usize>); 4] =
    [("T1", "C1", None), ("T2", "C1", Some(0)), ("T3", "C2", None), ("T4", "C1b", None)];

/// Order line of the anchors: work at both ends of the dates, so that no date of the others lies outside of the export.
pub const ANCHORS: usize = 7;

/// An order line, as it is now.
#[derive(Clone)]
pub struct OrderLine {
    pub id: String,
    pub order: String,
    pub customer: &'static str,
    pub bill_to: &'static str,
    pub product: &'static str,
    pub policy: usize,
    /// Of [`UNITS`], or [`PIECES`].
    pub unit: usize,
    /// Millionths of hours, or of pieces.
    pub ordered: i64,
    pub delivered: i64,
    /// In cents, of an hour or a piece.
    pub price: i64,
    /// In tenths of a percent.
    pub discount: i64,
    pub taxes: &'static str,
    pub exported: bool,
    /// All ids that it ever had.
    pub ids: BTreeSet<String>,
}

/// One piece of work, whatever rows tell of it.
#[derive(Clone)]
pub struct Work {
    pub employee: String,
    pub text: String,
    pub rows: Vec<Row>,
    /// It is exported.
    pub shown: bool,
    /// All ids under which it was ever exported.
    pub ids: BTreeSet<String>,
    /// It was cut in rows of other hours than were billed, which nothing can tell (G5): only a finding says so.
    pub split: bool,
    /// The least and the most hours that it had in an export, in hundredths.
    pub bounds: (i64, i64),
    /// Order lines on which it ever stood.
    pub lines: BTreeSet<usize>,
}

/// A row of the export.
#[derive(Clone)]
pub struct Row {
    pub id: String,
    pub day: i32,
    /// In hundredths.
    pub hours: i64,
    pub at: At,
}

/// What a row names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    Line(usize),
    Ticket(usize),
}

/// A row of the adjustments.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adjustment {
    pub action: &'static str,
    pub target: String,
    pub value: String,
    pub from: &'static str,
    pub to: &'static str,
}

pub struct World {
    pub lines: Vec<OrderLine>,
    pub works: Vec<Work>,
    pub adjustments: Vec<Adjustment>,
    pub period: Option<(&'static str, &'static str)>,
    pub late: bool,
    pub corrections: bool,
    /// Customers on hold.
    pub on_hold: BTreeSet<&'static str>,
    pub work_of: BTreeMap<String, usize>,
    /// There are anchors.
    pub anchored: bool,
    next_id: usize,
}

pub fn hundredths(hours: i64) -> String {
    format!("{}{}.{:02}", if hours < 0 { "-" } else { "" }, hours.abs() / 100, hours.abs() % 100)
}

fn millionths(figure: i64) -> String {
    format!("{}{}.{:06}", if figure < 0 { "-" } else { "" }, figure.abs() / 1_000_000, figure.abs() % 1_000_000)
}

pub fn date(day: i32) -> String {
    Date::from_days(day).unwrap().to_string()
}

pub fn day(date: &str) -> i32 {
    Date::parse(date).unwrap().days()
}

/// The customer of whose tree a customer is.
pub fn root(customer: &'static str) -> &'static str {
    let parent = CUSTOMERS.iter().find(|(id, _)| *id == customer).map_or("", |(_, parent)| parent);
    if parent.is_empty() { customer } else { parent }
}

impl OrderLine {
    fn new(id: &str, order: &str, customer: &'static str, product: &'static str) -> OrderLine {
        OrderLine {
            id: id.to_owned(),
            order: order.to_owned(),
            customer,
            bill_to: "",
            product,
            policy: 0,
            unit: 0,
            ordered: 40_000_000,
            delivered: 0,
            price: 6_000,
            discount: 0,
            taxes: "21%",
            exported: true,
            ids: BTreeSet::from([id.to_owned()]),
        }
    }

    pub fn by_time(&self) -> bool {
        self.unit != PIECES
    }

    fn row(&self) -> String {
        let (uom, minutes) = if self.by_time() { UNITS[self.unit] } else { ("Units", 60) };
        let quantity = |hours: i64| millionths(hours * 60 / minutes);
        let price = self.price * minutes / 60;
        let per_unit = if uom == "Packs" { "2.5" } else { "" };
        format!(
            "{},{},sale,{},{},{},{uom},{},{}.{:02},EUR,2026-09-01,{},{}.{},{},{},{per_unit}\n",
            self.id,
            self.order,
            self.customer,
            self.product,
            POLICIES[self.policy],
            quantity(self.ordered),
            price / 100,
            price % 100,
            self.taxes,
            self.discount / 10,
            self.discount.abs() % 10,
            quantity(self.delivered),
            self.bill_to,
        )
    }
}

impl Work {
    pub fn hours(&self) -> i64 {
        self.rows.iter().map(|row| row.hours).sum()
    }
}

impl World {
    pub fn new(anchored: bool) -> World {
        let time = |id: &str, order: &str, customer, product| OrderLine::new(id, order, customer, product);
        let mut lines = vec![
            time("A", "S1", "C1", "Support"),
            OrderLine { unit: 1, discount: 125, ..time("B", "S1", "C1b", "Project") },
            OrderLine { price: 3_360, taxes: "19.6%", ..time("C", "S2", "C2", "Care") },
            OrderLine { policy: 1, ordered: 20_000_000, ..time("P", "S3", "C1", "Pack") },
            OrderLine { policy: 1, unit: 1, price: 9_000, ..time("Q", "S4", "C2", "Days") },
            OrderLine { policy: 1, unit: PIECES, ordered: -3_000_000, price: 9_999, ..time("N", "S2", "C2", "Rebate") },
            OrderLine { policy: 2, unit: PIECES, ordered: 0, price: 1_999, ..time("M", "S5", "C3", "Goods") },
        ];
        lines.push(OrderLine { price: 12_000, ..time("Z", "SZ", "CZ", "Anchor") });
        let mut world = World {
            lines,
            works: Vec::new(),
            adjustments: Vec::new(),
            period: None,
            late: false,
            corrections: false,
            on_hold: BTreeSet::new(),
            work_of: BTreeMap::new(),
            anchored,
            next_id: 0,
        };
        if anchored {
            for date in ["2026-09-01", "2026-11-30"] {
                let row = Row { id: format!("anchor-{date}"), day: day(date), hours: 100, at: At::Line(ANCHORS) };
                world.add(Work::of("zoe", date, row));
            }
        }
        world
    }

    pub fn add(&mut self, work: Work) {
        let number = self.works.len();
        for row in &work.rows {
            self.work_of.insert(row.id.clone(), number);
        }
        self.works.push(work);
    }

    /// An id that no row ever had.
    pub fn fresh(&mut self) -> usize {
        self.next_id += 1;
        self.next_id
    }

    /// The true order line of an id.
    pub fn line_by_id(&self, id: &str) -> usize {
        self.lines.iter().position(|line| line.ids.contains(id)).unwrap_or_else(|| panic!("no line was ever `{id}`"))
    }

    /// Writes the exports, and notes what was told.
    pub fn write(&mut self, folder: &Path) {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        let header = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,discount_pct,delivered_qty,bill_to,hours_per_unit\n";
        let rows: String = self.lines.iter().filter(|line| line.exported).map(OrderLine::row).collect();
        write("orders.csv", format!("{header}{rows}"));
        let mut rows = "timesheet_id,date,hours,employee,description,ticket_id,order_line_id\n".to_owned();
        for work in self.works.iter().filter(|work| work.shown) {
            for row in &work.rows {
                let (ticket, line) = match row.at {
                    At::Line(line) => ("", self.lines[line].id.as_str()),
                    At::Ticket(ticket) => (TICKETS[ticket].0, ""),
                };
                let (date, hours) = (date(row.day), hundredths(row.hours));
                writeln!(rows, "{},{date},{hours},{},{},{ticket},{line}", row.id, work.employee, work.text).unwrap();
            }
        }
        write("timesheets.csv", rows);
        let mut rows = "ticket_id,customer_id,created_on,order_line_id\n".to_owned();
        for (id, customer, line) in TICKETS {
            let line = line.map_or("", |line| self.lines[line].id.as_str());
            writeln!(rows, "{id},{customer},2026-09-20,{line}").unwrap();
        }
        write("tickets.csv", rows);
        let mut rows = "customer_id,name,parent_id,hold\n".to_owned();
        for (id, parent) in CUSTOMERS {
            writeln!(rows, "{id},{id},{parent},{}", self.on_hold.contains(id)).unwrap();
        }
        write("customers.csv", rows);
        let mut rows = "action,target,value,reason,from,to\n".to_owned();
        for Adjustment { action, target, value, from, to } in &self.adjustments {
            writeln!(rows, "{action},{target},{value},why,{from},{to}").unwrap();
        }
        write("adjustments.csv", rows);
        let period =
            self.period.map_or_else(String::new, |(from, to)| format!("[period]\nfrom = \"{from}\"\nto = \"{to}\"\n"));
        let word = |bill| if bill { "bill" } else { "report" };
        let inputs = ["orders", "tickets", "timesheets", "customers", "adjustments"];
        let inputs: String = inputs.iter().map(|input| format!("{input} = \"{input}.csv\"\n")).collect();
        let (late, corrections) = (word(self.late), word(self.corrections));
        write(
            "job.toml",
            format!(
                "name = \"life\"\n[inputs]\n{inputs}[rules]\nlate_entries = \"{late}\"\ncorrections = \"{corrections}\"\n{period}[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n"
            ),
        );
        self.note();
    }

    /// What an export has told of a piece of work, it is bound by.
    fn note(&mut self) {
        for work in self.works.iter_mut().filter(|work| work.shown) {
            // Rows may be billed one by one.
            let of =
                |sign: i64| work.rows.iter().map(|row| row.hours).filter(|hours| hours.signum() == sign).sum::<i64>();
            work.bounds = (work.bounds.0.min(of(-1)), work.bounds.1.max(of(1)));
            work.ids.extend(work.rows.iter().map(|row| row.id.clone()));
            for row in &work.rows {
                match row.at {
                    At::Line(line) => _ = work.lines.insert(line),
                    // L2 may give it any line of its customer.
                    At::Ticket(ticket) => work.lines.extend(TICKETS[ticket].2),
                }
            }
        }
    }
}

impl Work {
    pub fn of(employee: &str, text: &str, row: Row) -> Work {
        Work {
            employee: employee.to_owned(),
            text: text.to_owned(),
            rows: vec![row],
            shown: true,
            ids: BTreeSet::new(),
            split: false,
            bounds: (0, 0),
            lines: BTreeSet::new(),
        }
    }
}
