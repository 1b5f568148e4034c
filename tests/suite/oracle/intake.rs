//! §2: from cells to rows that can be used, quarantine and repeats.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Row, Table, World, file_name};
use super::value::{self, Date, Moment, Number, ten_to, to_integer, whole};

/// Columns of each input and what stands in them: `i` id, `t` text, `w` word, `h` hours, `d` decimal, `n` whole number, `D` date,
/// `M` moment, `f` flag.
const COLUMNS: &[(&str, &[(&str, char)])] = &[
    (
        "customers",
        &[
            ("customer_id", 'i'),
            ("name", 't'),
            ("parent_id", 'i'),
            ("hold", 'f'),
            ("consolidate", 'f'),
            ("group_by", 'w'),
            ("payment_terms", 't'),
        ],
    ),
    ("teams", &[("team", 'i'), ("timesheets", 'f'), ("time_billing", 'f'), ("project", 't')]),
    (
        "orders",
        &[
            ("order_line_id", 'i'),
            ("order_id", 'i'),
            ("state", 'w'),
            ("customer_id", 'i'),
            ("product", 't'),
            ("invoicing_policy", 'w'),
            ("uom", 'w'),
            ("ordered_qty", 'd'),
            ("unit_price", 'd'),
            ("currency", 'w'),
            ("confirmed_on", 'M'),
            ("sequence", 'n'),
            ("description", 't'),
            ("discount_pct", 'd'),
            ("taxes", 't'),
            ("invoiced_qty", 'd'),
            ("delivered_qty", 'd'),
            ("is_downpayment", 'f'),
            ("bill_to", 'i'),
            ("payment_terms", 't'),
            ("customer_reference", 't'),
            ("hours_per_unit", 'd'),
            ("upsell_threshold_pct", 'd'),
            ("company", 't'),
        ],
    ),
    (
        "tickets",
        &[
            ("ticket_id", 'i'),
            ("customer_id", 'i'),
            ("created_on", 'M'),
            ("team", 'i'),
            ("title", 't'),
            ("order_line_id", 'i'),
            ("closed_on", 'M'),
            ("hours_spent", 'h'),
            ("company", 't'),
        ],
    ),
    (
        "timesheets",
        &[
            ("timesheet_id", 'i'),
            ("date", 'D'),
            ("hours", 'h'),
            ("ticket_id", 'i'),
            ("order_line_id", 'i'),
            ("employee", 't'),
            ("description", 't'),
            ("project", 't'),
            ("invoice_id", 'i'),
            ("billable", 'f'),
            ("status", 'w'),
            ("company", 't'),
        ],
    ),
];

const STATES: &[(&str, &str)] = &[
    ("draft", "Quotation"),
    ("sent", "Quotation Sent"),
    ("sale", "Sales Order"),
    ("done", "Locked"),
    ("cancel", "Cancelled"),
];

const POLICIES: &[(&str, &str)] = &[
    ("ordered_prepaid", "Prepaid/Fixed Price"),
    ("delivered_timesheet", "Based on Timesheets"),
    ("delivered_milestones", "Based on Milestones"),
    ("delivered_manual", "Based on Delivered Quantity (Manual)"),
];

pub struct Customer {
    pub name: String,
    pub parent: String,
    pub hold: bool,
    pub consolidate: bool,
    pub group_by: String,
    pub payment_terms: String,
}

pub struct Line {
    pub order: String,
    pub confirmed: bool,
    pub customer: String,
    pub product: String,
    pub policy: String,
    pub uom: String,
    /// Hours of one unit.
    pub unit: Option<Number>,
    pub ordered: Number,
    pub price: Number,
    pub currency: String,
    pub confirmed_on: Option<Moment>,
    pub sequence: i64,
    pub description: String,
    pub discount: Number,
    pub taxes: Vec<String>,
    pub invoiced: Number,
    pub delivered: Option<Number>,
    pub is_downpayment: bool,
    pub bill_to: String,
    pub payment_terms: String,
    pub upsell_threshold: Number,
    pub company: String,
}

pub struct Ticket {
    pub customer: String,
    pub created_on: Option<Moment>,
    pub team: String,
    /// Empty when it names none that is known.
    pub line: String,
    pub company: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Used,
    Quarantined,
    Duplicate,
}

pub struct Entry {
    pub id: String,
    pub fate: Fate,
    /// Microseconds; nothing when they cannot be read.
    pub hours: Option<i128>,
    pub date: Option<Date>,
    pub ticket: String,
    pub own_line: String,
    pub employee: String,
    pub description: String,
    pub invoiced: bool,
    pub billable: bool,
    pub validated: bool,
    /// What its cells say, but for the id.
    pub said: Vec<String>,
}

#[derive(Default)]
pub struct Intake {
    pub customers: BTreeMap<String, Customer>,
    /// Team to whether it bills.
    pub teams: BTreeMap<String, bool>,
    pub lines: BTreeMap<String, Line>,
    pub tickets: BTreeMap<String, Ticket>,
    /// Every row read.
    pub entries: Vec<Entry>,
    /// Input, file, row, codes.
    pub quarantine: BTreeSet<(String, String, usize, BTreeSet<String>)>,
    /// Code, subject, id.
    pub findings: BTreeSet<(String, String, String)>,
}

/// One row while it is read: cells by field, and what is wrong with them.
struct Cells<'a> {
    input: &'a str,
    table: &'a Table,
    row: &'a Row,
    errors: BTreeSet<String>,
}

impl<'a> Cells<'a> {
    /// Ids and free text are kept as they are, all else is trimmed.
    fn text(&self, field: &str) -> &'a str {
        let cell = self.table.cell(self.row, field);
        match (kind(self.input, field), cell.trim_matches(' ')) {
            ('i' | 't', filled) if !filled.is_empty() => cell,
            (_, trimmed) => trimmed,
        }
    }

    fn wrong(&mut self, code: &str) {
        self.errors.insert(code.to_owned());
    }

    fn required(&mut self, field: &str) -> &'a str {
        let cell = self.text(field);
        if cell.is_empty() {
            self.wrong("empty-value");
        }
        cell
    }

    fn read<T>(&mut self, field: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let cell = self.text(field);
        if cell.is_empty() {
            return None;
        }
        let value = read(cell);
        if value.is_none() {
            self.wrong("unreadable-value");
        }
        value
    }

    fn flag(&mut self, field: &str, empty: bool) -> bool {
        self.read(field, value::flag).unwrap_or(empty)
    }

    /// Quantities and prices: up to 10^9, six decimals.
    fn decimal(&mut self, field: &str, least: Number, most: Number) -> Option<Number> {
        let (number, decimals) = self.read(field, value::decimal)?;
        if decimals > 6 || number < least || number > most {
            self.wrong("out-of-limits");
            return None;
        }
        Some(number)
    }

    fn quantity(&mut self, field: &str) -> Option<Number> {
        self.decimal(field, -ten_to(9), ten_to(9))
    }

    fn word(&mut self, field: &str, known: &[(&str, &str)]) -> Option<String> {
        self.read(field, |cell| {
            known.iter().find(|(word, label)| cell == *word || cell == *label).map(|(word, _)| (*word).to_owned())
        })
    }
}

fn kind(input: &str, field: &str) -> char {
    let columns = COLUMNS.iter().find(|(name, _)| *name == input).unwrap().1;
    columns.iter().find(|(name, _)| *name == field).unwrap_or_else(|| panic!("{input} has no {field}")).1
}

/// What empty cells count as, as `said` tells it.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("timesheets", "billable", "true"),
    ("timesheets", "status", "validated"),
    ("customers", "hold", "false"),
    ("customers", "consolidate", "true"),
    ("teams", "timesheets", "true"),
    ("teams", "time_billing", "true"),
    ("orders", "sequence", "text 0"),
    ("orders", "discount_pct", "0"),
    ("orders", "is_downpayment", "false"),
    ("orders", "upsell_threshold_pct", "100"),
];

/// What a row says in all known fields, so that two spellings of one value are the same.
fn said(cells: &Cells<'_>) -> Vec<String> {
    let columns = COLUMNS.iter().find(|(name, _)| *name == cells.input).unwrap().1;
    let value = |(field, kind): &(&str, char)| {
        let cell = cells.text(field);
        let read = match kind {
            'h' => value::hours(cell).map(|micros| format!("{micros}")),
            'd' => value::decimal(cell).map(|(number, _)| number.to_string()),
            'D' => value::moment(cell).map(|(date, _)| format!("{date:?}")),
            'M' => value::moment(cell).map(|moment| format!("{moment:?}")),
            'f' => value::flag(cell).map(|flag| flag.to_string()),
            'w' => {
                let label = STATES.iter().chain(POLICIES).find(|(_, label)| cell == *label);
                Some(label.map_or(cell, |(word, _)| word).to_owned())
            }
            _ => None,
        };
        let said = read.unwrap_or_else(|| format!("text {cell}"));
        let default = DEFAULTS.iter().find(|(of, named, _)| (*of, named) == (cells.input, field));
        // An empty cell says what it counts as.
        default.filter(|_| cell.is_empty()).map_or(said, |(_, _, default)| (*default).to_owned())
    };
    columns.iter().map(value).collect()
}

/// Its id, what it means, its fate, its cells, and what they say.
type ReadRow<T> = (String, Option<T>, Fate, (Row, Vec<String>));

/// Reads the rows of an input and gives each its fate. `read` says what a row means, or nothing when it has errors.
fn rows<'a, T>(
    world: &'a World,
    intake: &mut Intake,
    input: &'static str,
    read: impl Fn(&mut Cells<'a>, &mut Intake) -> Option<T>,
) -> Vec<ReadRow<T>> {
    let Some(table) = world.tables.get(input) else { return Vec::new() };
    let id_field = COLUMNS.iter().find(|(name, _)| *name == input).unwrap().1[0].0;
    let mut all = Vec::new();
    for row in &table.rows {
        let mut cells = Cells { input, table, row, errors: BTreeSet::new() };
        let ragged = row.cells.len() != table.header.len();
        let value = if ragged {
            cells.wrong("ragged-row");
            None
        } else {
            cells.required(id_field);
            read(&mut cells, intake)
        };
        let id = if ragged { "" } else { cells.text(id_field) };
        let said = if ragged { Vec::new() } else { said(&cells) };
        all.push((id.to_owned(), said, value, cells.errors));
    }
    // Rows of one id: all the same, or all set aside.
    let mut said_of: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (id, said, _, _) in &all {
        said_of.entry(id.clone()).or_default().insert(said.clone());
    }
    let mut seen = BTreeSet::new();
    let mut result = Vec::new();
    for (at, (id, said, value, mut errors)) in all.into_iter().enumerate() {
        if !id.is_empty() && said_of[&id].len() > 1 {
            errors.insert("conflicting-duplicate".to_owned());
        }
        let fate = if !errors.is_empty() {
            let file = file_name(input, table.rows[at].file);
            intake.quarantine.insert((input.to_owned(), file, table.row_number(at), errors));
            Fate::Quarantined
        } else if seen.insert(id.clone()) {
            Fate::Used
        } else {
            Fate::Duplicate
        };
        result.push((id, value, fate, (table.rows[at].clone(), said)));
    }
    result
}

/// Rows that are used, by id; equal ones are one row, with a finding.
fn masters<T>(intake: &mut Intake, subject: &str, rows: Vec<ReadRow<T>>) -> BTreeMap<String, T> {
    let mut used = BTreeMap::new();
    for (id, value, fate, _) in rows {
        match fate {
            Fate::Used => {
                used.insert(id, value.unwrap());
            }
            Fate::Duplicate => intake.found("duplicate-row", subject, &id),
            Fate::Quarantined => {}
        }
    }
    used
}

impl Intake {
    pub fn found(&mut self, code: &str, subject: &str, id: &str) {
        self.findings.insert((code.to_owned(), subject.to_owned(), id.to_owned()));
    }

    /// An unknown customer is a finding when there is a customers file.
    fn mention_customer(&mut self, world: &World, id: &str) {
        if !id.is_empty() && world.tables.contains_key("customers") && !self.customers.contains_key(id) {
            self.found("unknown-customer", "customer", id);
        }
    }
}

pub fn intake(world: &World) -> Intake {
    let mut intake = Intake::default();
    let read = rows(world, &mut intake, "customers", |cells, _| Some(customer(cells)));
    intake.customers = masters(&mut intake, "customer", read);
    let parents: Vec<String> = intake.customers.values().map(|customer| customer.parent.clone()).collect();
    for parent in parents {
        intake.mention_customer(world, &parent);
    }

    let read = rows(world, &mut intake, "teams", |cells, _| {
        Some(cells.flag("timesheets", true) & cells.flag("time_billing", true))
    });
    intake.teams = masters(&mut intake, "team", read);

    let day = world.job.hours_per_day();
    let read = rows(world, &mut intake, "orders", |cells, _| order_line(cells, &day));
    intake.lines = masters(&mut intake, "order_line", read);
    let mentioned: Vec<String> =
        intake.lines.values().flat_map(|line| [line.customer.clone(), line.bill_to.clone()]).collect();
    for customer in mentioned {
        intake.mention_customer(world, &customer);
    }

    let read = rows(world, &mut intake, "tickets", |cells, _| ticket(cells));
    let mut tickets = masters(&mut intake, "ticket", read);
    for (id, ticket) in &mut tickets {
        intake.mention_customer(world, &ticket.customer);
        if !ticket.line.is_empty() && !intake.lines.contains_key(&ticket.line) {
            intake.found("ticket-line-unknown", "ticket", id);
            ticket.line = String::new();
        }
        let team = &ticket.team;
        if !team.is_empty() && world.tables.contains_key("teams") && !intake.teams.contains_key(team) {
            intake.found("unknown-team", "team", team);
        }
    }
    intake.tickets = tickets;

    let most = world.job.max_entry_hours();
    let read = rows(world, &mut intake, "timesheets", |cells, intake| entry_errors(cells, intake, most));
    let table = world.tables.get("timesheets");
    for (id, _, fate, (row, said)) in read {
        let said = said.get(1..).unwrap_or_default().to_vec();
        intake.entries.push(Entry { said, ..entry(id, fate, table.unwrap(), &row) });
    }
    bounds(&mut intake);
    intake
}

/// X1: more than a day of hours of one employee, and rows that are equal in all but the id.
fn bounds(intake: &mut Intake) {
    let mut days: BTreeMap<(String, Date), i128> = BTreeMap::new();
    let mut alike: BTreeMap<&[String], BTreeSet<&str>> = BTreeMap::new();
    for entry in intake.entries.iter().filter(|entry| entry.fate == Fate::Used) {
        let (Some(date), employee) = (entry.date, entry.employee.trim_matches(' ')) else { continue };
        if !employee.is_empty() {
            *days.entry((employee.to_owned(), date)).or_default() += entry.hours.unwrap();
            alike.entry(&entry.said).or_default().insert(&entry.id);
        }
    }
    let twins: Vec<String> =
        alike.into_values().filter(|ids| ids.len() > 1).map(|ids| ids.first().unwrap().to_string()).collect();
    for (employee, _) in days.into_iter().filter(|(_, hours)| hours.abs() > 24 * 3_600_000_000).map(|(day, _)| day) {
        intake.found("bound-employee-day-hours", "employee", &employee);
    }
    for id in twins {
        intake.found("bound-twins", "entry", &id);
    }
}

fn customer(cells: &mut Cells<'_>) -> Customer {
    let words = [("customer", "customer"), ("order", "order"), ("ticket", "ticket")];
    Customer {
        name: cells.text("name").to_owned(),
        parent: cells.text("parent_id").to_owned(),
        hold: cells.flag("hold", false),
        consolidate: cells.flag("consolidate", true),
        group_by: cells.word("group_by", &words).unwrap_or_default(),
        payment_terms: cells.text("payment_terms").to_owned(),
    }
}

fn order_line(cells: &mut Cells<'_>, day: &Number) -> Option<Line> {
    let order = cells.required("order_id").to_owned();
    cells.required("state");
    let state = cells.word("state", STATES).unwrap_or_default();
    let customer = cells.required("customer_id").to_owned();
    let product = cells.required("product").to_owned();
    cells.required("invoicing_policy");
    let policy = cells.word("invoicing_policy", POLICIES).unwrap_or_default();
    let uom = cells.required("uom").to_owned();
    cells.required("ordered_qty");
    let ordered = cells.quantity("ordered_qty");
    cells.required("unit_price");
    let price = cells.quantity("unit_price");
    cells.required("currency");
    let currency = cells.read("currency", |code| value::currency_digits(code).map(|_| code.to_owned()));
    let confirmed = state == "sale" || state == "done";
    if confirmed {
        cells.required("confirmed_on");
    }
    let confirmed_on = cells.read("confirmed_on", value::moment);
    let sequence = cells.read("sequence", |cell| cell.parse().ok()).unwrap_or(0);
    let discount = cells.decimal("discount_pct", whole(-100), whole(100)).unwrap_or_else(|| whole(0));
    let invoiced = cells.quantity("invoiced_qty").unwrap_or_else(|| whole(0));
    let delivered = cells.quantity("delivered_qty");
    let is_downpayment = cells.flag("is_downpayment", false);
    let upsell_threshold = cells.quantity("upsell_threshold_pct").unwrap_or_else(|| whole(100));
    let mut per_unit = cells.decimal("hours_per_unit", -ten_to(9), ten_to(9));
    // A factor is above 0.
    if per_unit.as_ref().is_some_and(|factor| *factor <= whole(0)) {
        cells.wrong("unreadable-value");
        per_unit = None;
    }
    let unit = match uom.as_str() {
        "Hours" => Some(whole(1)),
        "Minutes" => Some(whole(1) / whole(60)),
        "Days" => Some(day.clone()),
        _ => per_unit,
    };
    if policy == "delivered_timesheet" && !uom.is_empty() && unit.is_none() {
        cells.wrong("not-a-time-unit");
    }
    let taxes = cells.text("taxes").split([',', ';']).map(|name| name.trim_matches(' ').to_owned());
    Some(Line {
        order,
        confirmed,
        customer,
        product,
        policy,
        uom,
        unit,
        ordered: ordered?,
        price: price?,
        currency: currency?,
        confirmed_on,
        sequence,
        description: cells.text("description").to_owned(),
        discount,
        taxes: taxes.filter(|name| !name.is_empty()).collect(),
        invoiced,
        delivered,
        is_downpayment,
        bill_to: cells.text("bill_to").to_owned(),
        payment_terms: cells.text("payment_terms").to_owned(),
        upsell_threshold,
        company: cells.text("company").to_owned(),
    })
}

impl Line {
    /// H2, in microseconds.
    pub fn ordered_hours(&self) -> Option<i128> {
        self.unit.as_ref().map(|unit| to_integer(&(&self.ordered * unit * whole(3_600_000_000))))
    }

    /// So many microseconds in the line's unit, exactly.
    pub fn in_unit(&self, micros: i128) -> Option<Number> {
        self.unit.as_ref().map(|unit| whole(micros) / whole(3_600_000_000) / unit)
    }
}

fn ticket(cells: &mut Cells<'_>) -> Option<Ticket> {
    let customer = cells.required("customer_id").to_owned();
    cells.read("closed_on", value::moment);
    cells.read("hours_spent", value::hours);
    Some(Ticket {
        customer,
        created_on: cells.read("created_on", value::moment),
        team: cells.text("team").to_owned(),
        line: cells.text("order_line_id").to_owned(),
        company: cells.text("company").to_owned(),
    })
}

fn entry_errors(cells: &mut Cells<'_>, intake: &Intake, most: i128) -> Option<()> {
    cells.required("date");
    cells.read("date", value::moment);
    cells.required("hours");
    if cells.read("hours", value::hours).is_some_and(|hours| hours.abs() > most) {
        cells.wrong("hours-out-of-range");
    }
    let (ticket, line) = (cells.text("ticket_id"), cells.text("order_line_id"));
    if !ticket.is_empty() && !intake.tickets.contains_key(ticket) {
        cells.wrong("unknown-ticket");
    }
    if !line.is_empty() && !intake.lines.contains_key(line) {
        cells.wrong("unknown-order-line");
    }
    cells.flag("billable", true);
    cells.word("status", &[("draft", "draft"), ("validated", "validated")]);
    Some(())
}

fn entry(id: String, fate: Fate, table: &Table, row: &Row) -> Entry {
    let ragged = row.cells.len() != table.header.len();
    let trimmed = |field: &str| table.cell(row, field).trim_matches(' ');
    let text = |field: &str| if trimmed(field).is_empty() { "" } else { table.cell(row, field) };
    Entry {
        id,
        fate,
        // No cell of a ragged row can be trusted.
        hours: if ragged { None } else { value::hours(trimmed("hours")) },
        date: value::moment(trimmed("date")).map(|(date, _)| date),
        ticket: text("ticket_id").to_owned(),
        own_line: text("order_line_id").to_owned(),
        employee: text("employee").to_owned(),
        description: text("description").to_owned(),
        invoiced: !text("invoice_id").is_empty(),
        billable: value::flag(trimmed("billable")) != Some(false),
        validated: trimmed("status") != "draft",
        said: Vec::new(),
    }
}
