//! Small, nasty worlds from a seed.

use std::collections::BTreeMap;

use super::model::{Job, Row, Style, Table, World};

/// A stream of numbers that a seed fixes for ever (SplitMix64).
pub struct Dice {
    state: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// An item, or nothing.
    fn maybe(&mut self, chance: usize, items: &[&str]) -> String {
        if self.percent(chance) { self.one_of(items).to_owned() } else { String::new() }
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(at + 1);
            items.swap(at, other);
        }
    }
}

const CUSTOMERS: &[&str] =
    &["C1", "C2", "C3", "007", "7", "../../etc/x", "C \"quoted\"", "Société é", "a,b;c", "two\nlines", " C1", "=1+1"];
const ORDERS: &[&str] = &["S1", "S2", "S10", "S3", "s1", "S/2026/1"];
const LINES: &[&str] = &["L1", "L2", "L3", "L10", "l1", "007", "7", "L\u{e9}", "L4", "L5"];
const TICKETS: &[&str] = &["T1", "T2", "T3", "T10", "1001", "01001", "T,4", "T5"];
const TEAMS: &[&str] = &["Support", "Internal", "Field"];
const DATES: &[&str] = &[
    "2026-08-15",
    "2026-09-29",
    "2026-09-30",
    "2026-10-01",
    "2026-10-01",
    "2026-10-02",
    "2026-10-05",
    "2026-10-14",
    "2026-10-15",
    "2026-10-15",
    "2026-10-16",
    "2026-10-30",
    "2026-10-31",
    "2026-11-01",
    "2026-12-24",
];
const BAD_DATES: &[&str] = &["03/04/2026", "2026-02-30", "2026-13-01", "1989-12-31", "2101-01-01", "20261001", "today"];
const TIMES: &[&str] =
    &["", "", " 08:00:00", " 23:59:59", "T08:00:00", " 00:00:00", "T08:00:01", "T23:30:00Z", " 00:30:00+02:00"];
const HOURS: &[&str] = &[
    "1",
    "1.0",
    "0.5",
    "1.5",
    "2",
    "8",
    "0.25",
    "1:30",
    "0:20",
    "1:30:45",
    "1h30",
    "1h 30m",
    "90m",
    "PT1H30M",
    "PT45M",
    "1.3333333333333333",
    "0.3333333333333333",
    "1e-05",
    "0.004",
    "0.005",
    "7.6",
    "3",
    "12",
    "24",
];
const NEGATIVE_HOURS: &[&str] =
    &["-1", "-0.5", "-1:30", "-1h30", "-90m", "-PT1H30M", "-1.3333333333333333", "-8", "-0.005", "-1e-05", "0", "-0"];
const BAD_HOURS: &[&str] = &[
    "NaN",
    "1e400",
    "1:60",
    "25h",
    "",
    "abc",
    "inf",
    "1,5",
    "--1",
    "1:30:60",
    "25",
    "24.000001",
    "-24:01",
    "1000000001",
];

const BLANKS_DO_NOT_MATTER: &[&str] =
    &["hours", "date", "state", "ordered_qty", "unit_price", "billable", "created_on", "uom"];

pub fn world(seed: u64) -> World {
    let dice = &mut Dice::new(seed);
    // Some worlds are clean: there the rules meet without noise.
    let dirt = dice.one_of(&[0, 0, 2, 5, 12]);
    let mut customers = CUSTOMERS.to_vec();
    dice.shuffle(&mut customers[3..]);
    customers.truncate(1 + dice.below(5));
    let lines = &LINES[..1 + dice.below(8)];
    let tickets = &TICKETS[..dice.below(9)];
    // In some worlds nearly all that is worked is billed: there quantities, drafts and taxes meet.
    let busy = dice.percent(50);
    let listed_customers = dice.percent(75);
    let listed_teams = dice.percent(60);
    let mut tables = BTreeMap::new();
    if listed_customers {
        tables.insert("customers", customer_table(dice, &customers, dirt));
    }
    if listed_teams {
        tables.insert("teams", team_table(dice, dirt));
    }
    tables.insert("orders", order_table(dice, &customers, lines, dirt, busy));
    tables.insert("tickets", ticket_table(dice, &customers, lines, tickets, dirt));
    tables.insert("timesheets", entry_table(dice, lines, tickets, dirt, busy));
    World { job: job(dice), tables }
}

fn job(dice: &mut Dice) -> Job {
    let periods = [
        ("2026-10-01", "2026-10-31"),
        ("2026-10-01", "2026-10-15"),
        ("2026-10-15", "2026-10-15"),
        ("2026-09-30", "2026-10-30"),
        ("", "2026-10-15"),
        ("2026-10-01", ""),
    ];
    let period = if dice.percent(80) { Some(dice.one_of(&periods)) } else { None };
    let whole_month = period.is_some_and(|period| period == periods[0]);
    let mut rules = BTreeMap::new();
    let choices: &[(&str, usize, &[&str])] = &[
        ("late_entries", 40, &["bill", "report"]),
        ("approval", 40, &["validated_only", "all"]),
        ("hours_per_day", 30, &["7.6", "8", "24", "7"]),
        ("quantity_decimals", 30, &["0", "1", "3", "6"]),
        ("max_entry_hours", 20, &["2", "100", "1.5"]),
        ("min_invoice_amount", 25, &["100", "0.01", "50.5"]),
        ("tax_rounding", 40, &["line", "document"]),
        ("auto_link", 15, &["off", "on"]),
        ("group_by", 40, &["order", "ticket", "customer"]),
    ];
    for (key, chance, words) in choices {
        if dice.percent(*chance) {
            rules.insert(*key, dice.one_of(words).to_owned());
        }
    }
    let mut taxes = Vec::new();
    for tax in [("TVA 20%", "20", "S"), ("Reverse", "0", "AE"), ("Reduced", "5.5", "S"), ("21%", "6", "S")] {
        if dice.percent(75) {
            taxes.push((tax.0.to_owned(), tax.1.to_owned(), tax.2.to_owned()));
        }
    }
    let period = period.map(|(from, to)| (from.to_owned(), to.to_owned()));
    Job { period, as_month: whole_month && dice.percent(50), rules, taxes }
}

/// A table while it is made: a row is a map of what its cells say.
type Cells = BTreeMap<&'static str, String>;

fn date(dice: &mut Dice) -> String {
    dice.one_of(DATES).to_owned()
}

fn moment(dice: &mut Dice) -> String {
    date(dice) + dice.one_of(TIMES)
}

/// One of the known ids, or now and then another one.
fn reference(dice: &mut Dice, known: &[&str], others: &[&str], strange: usize) -> String {
    if known.is_empty() || dice.percent(strange) {
        dice.one_of(others).to_owned()
    } else {
        dice.one_of(known).to_owned()
    }
}

fn customer_table(dice: &mut Dice, customers: &[&str], dirt: usize) -> Table {
    let mut rows = Vec::new();
    for id in customers {
        // One that is not listed is unknown.
        if dice.percent(8) {
            continue;
        }
        let mut row = Cells::from([("customer_id", (*id).to_owned())]);
        row.insert("name", dice.maybe(80, &["Acme", "Acme", "Müller & Söhne", "\"Q\"", "-5"]));
        if dice.percent(45) {
            row.insert("parent_id", reference(dice, customers, &["nobody"], 5));
        }
        row.insert("hold", dice.maybe(20, &["true", "false", "True", "False"]));
        row.insert("consolidate", dice.maybe(35, &["true", "false"]));
        row.insert("group_by", dice.maybe(35, &["customer", "order", "ticket"]));
        row.insert("payment_terms", dice.maybe(30, &["30 days", "60 days"]));
        spoil(dice, dirt, &mut row, &[("hold", &["maybe", "2"]), ("group_by", &["team"]), ("customer_id", &[""])]);
        rows.push(row);
    }
    table(dice, rows, &["customer_id"], dirt)
}

fn team_table(dice: &mut Dice, dirt: usize) -> Table {
    let mut rows = Vec::new();
    for team in TEAMS {
        if dice.percent(10) {
            continue;
        }
        let mut row = Cells::from([("team", (*team).to_owned())]);
        row.insert("timesheets", dice.maybe(70, &["true", "true", "true", "false"]));
        row.insert("time_billing", dice.maybe(80, &["true", "true", "true", "false"]));
        spoil(dice, dirt, &mut row, &[("timesheets", &["perhaps"]), ("team", &[""])]);
        rows.push(row);
    }
    table(dice, rows, &["team"], dirt)
}

/// The row becomes a down payment, invoiced by the ERP, on the order of another.
fn down_payment_of(dice: &mut Dice, row: &mut Cells, other: &Cells) {
    for same in ["order_id", "state", "customer_id", "currency", "bill_to", "company", "confirmed_on"] {
        match other.get(same) {
            Some(cell) => drop(row.insert(same, cell.clone())),
            None => drop(row.remove(same)),
        }
    }
    if dice.percent(60) {
        row.insert("taxes", other.get("taxes").cloned().unwrap_or_default());
    }
    row.insert("invoicing_policy", "ordered_prepaid".to_owned());
    row.insert("is_downpayment", "true".to_owned());
    row.insert("ordered_qty", "0".to_owned());
    row.insert("invoiced_qty", dice.one_of(&["1", "1", "1", "0.5", "0"]).to_owned());
    row.insert("unit_price", dice.one_of(&["100", "33.33", "0.07", "500", "3", "-10"]).to_owned());
}

fn order_table(dice: &mut Dice, customers: &[&str], lines: &[&str], dirt: usize, busy: bool) -> Table {
    let mut rows = Vec::new();
    for id in lines {
        let mut row = Cells::from([("order_line_id", (*id).to_owned())]);
        row.insert("order_id", dice.one_of(ORDERS).to_owned());
        let state =
            dice.one_of(&["sale", "sale", "sale", "sale", "done", "Sales Order", "Locked", "draft", "sent", "cancel"]);
        let state = if busy { "sale" } else { state };
        row.insert("state", state.to_owned());
        row.insert("customer_id", reference(dice, customers, &["stranger"], 4));
        row.insert("product", dice.one_of(&["Support", "Pack \"10h\"", "+Consulting", "日本"]).to_owned());
        let policy = dice.one_of(&[
            "delivered_timesheet",
            "delivered_timesheet",
            "Based on Timesheets",
            "ordered_prepaid",
            "ordered_prepaid",
            "Prepaid/Fixed Price",
            "delivered_manual",
            "delivered_milestones",
        ]);
        row.insert("invoicing_policy", policy.to_owned());
        unit(dice, &mut row);
        row.insert(
            "ordered_qty",
            dice.one_of(&["1", "2", "10", "0.5", "40", "0.333333", "3.10", "0", "-2", "1.3000000"]).to_owned(),
        );
        let price =
            dice.one_of(&["100", "90", "0.01", "33.333333", "1234.5678", "95.5", "0", "-10", "1000000000", "0.005"]);
        row.insert("unit_price", price.to_owned());
        row.insert("currency", dice.one_of(&["EUR", "EUR", "EUR", "JPY", "KWD"]).to_owned());
        if dice.percent(90) || !matches!(state, "draft" | "sent" | "cancel") {
            row.insert("confirmed_on", moment(dice));
        }
        row.insert("sequence", dice.maybe(60, &["1", "2", "10", "0", "-5"]));
        row.insert("description", dice.maybe(40, &["Hours of October", "two\nlines", "a,b", "'=x"]));
        row.insert("discount_pct", dice.maybe(35, &["10", "100", "33.333333", "-5", "0", "12.5"]));
        row.insert(
            "taxes",
            dice.maybe(
                75,
                &[
                    "20%",
                    "20%",
                    "TVA 20%",
                    "Reverse",
                    "21%, 5.5%",
                    "0%; 6%",
                    "21%",
                    "7.7%",
                    "Reduced",
                    "101%",
                    "Luxury",
                ],
            ),
        );
        row.insert("invoiced_qty", dice.maybe(30, &["1", "2", "0.5", "0", "-1", "11", "1.25"]));
        row.insert("delivered_qty", dice.maybe(50, &["1", "3", "2.5", "0", "-1"]));
        if row["invoicing_policy"] != "delivered_timesheet" && row["invoicing_policy"] != "Based on Timesheets" {
            row.insert("is_downpayment", dice.maybe(15, &["true", "false"]));
        }
        if dice.percent(15) {
            row.insert("bill_to", reference(dice, customers, &["elsewhere"], 10));
        }
        row.insert("payment_terms", dice.maybe(20, &["30 days", "90 days"]));
        row.insert("upsell_threshold_pct", dice.maybe(30, &["80", "100", "50.5", "0"]));
        row.insert("company", dice.maybe(25, &["North", "South"]));
        if let Some(other) = rows.last()
            && dice.percent(15)
        {
            down_payment_of(dice, &mut row, other);
        }
        let wrong: &[(&'static str, &[&str])] = &[
            ("order_line_id", &[""]),
            ("order_id", &[""]),
            ("state", &["", "sold"]),
            ("customer_id", &[""]),
            ("product", &[""]),
            ("invoicing_policy", &["", "free"]),
            ("uom", &["", "Units"]),
            ("ordered_qty", &["", "1e3", "1000000000.1", "0.1234567", "ten"]),
            ("unit_price", &["", "NaN", "1000000001", "1,5"]),
            ("currency", &["", "EURO", "XQQ"]),
            ("confirmed_on", &["", "31/10/2026", "2026-10-01 25:00:00"]),
            ("discount_pct", &["101", "-100.5", "x"]),
            ("sequence", &["1.5", "first"]),
            ("hours_per_unit", &["0", "-1", "ten"]),
            ("is_downpayment", &["perhaps"]),
            ("invoiced_qty", &["1e-5"]),
        ];
        spoil(dice, dirt, &mut row, wrong);
        rows.push(row);
    }
    let required = [
        "order_line_id",
        "order_id",
        "state",
        "customer_id",
        "product",
        "invoicing_policy",
        "uom",
        "ordered_qty",
        "unit_price",
        "currency",
    ];
    table(dice, rows, &required, dirt)
}

fn unit(dice: &mut Dice, row: &mut Cells) {
    let uom = dice.one_of(&["Hours", "Hours", "Hours", "Days", "Days", "Minutes", "Pack", "Units"]);
    row.insert("uom", uom.to_owned());
    match uom {
        "Pack" => drop(row.insert("hours_per_unit", dice.one_of(&["10", "5", "0.333333", "7.6"]).to_owned())),
        // Says nothing about a unit of time, and all about another one.
        _ => drop(row.insert("hours_per_unit", dice.maybe(10, &["10", "2"]))),
    }
}

fn ticket_table(dice: &mut Dice, customers: &[&str], lines: &[&str], tickets: &[&str], dirt: usize) -> Table {
    let mut rows = Vec::new();
    for id in tickets {
        let mut row = Cells::from([("ticket_id", (*id).to_owned())]);
        row.insert("customer_id", reference(dice, customers, &["stranger"], 4));
        if dice.percent(85) {
            row.insert("created_on", moment(dice));
        }
        if dice.percent(45) {
            row.insert("team", reference(dice, TEAMS, &["No such team"], 6));
        }
        if dice.percent(50) {
            row.insert("order_line_id", reference(dice, lines, &["no such line"], 8));
        }
        row.insert("title", dice.maybe(30, &["Printer on fire", "\"\"", "a\r\nb"]));
        row.insert("closed_on", dice.maybe(20, &["2026-10-20", "2026-10-20 10:00:00"]));
        row.insert("hours_spent", dice.maybe(20, &["3", "1:30", "100"]));
        row.insert("company", dice.maybe(20, &["North", "South"]));
        let wrong: &[(&'static str, &[&str])] = &[
            ("ticket_id", &[""]),
            ("customer_id", &[""]),
            ("created_on", BAD_DATES),
            ("closed_on", BAD_DATES),
            ("hours_spent", &["NaN", "1:60"]),
        ];
        spoil(dice, dirt, &mut row, wrong);
        rows.push(row);
    }
    table(dice, rows, &["ticket_id", "customer_id"], dirt)
}

fn entry_table(dice: &mut Dice, lines: &[&str], tickets: &[&str], dirt: usize, busy: bool) -> Table {
    let mut rows = Vec::new();
    for number in 0..dice.below(21) {
        let id = if dice.percent(5) { format!("../e {number}") } else { format!("E{number}") };
        let mut row = Cells::from([("timesheet_id", id)]);
        let time = if dice.percent(15) { dice.one_of(TIMES) } else { "" };
        row.insert("date", date(dice) + time);
        let hours = if dice.percent(12) { dice.one_of(NEGATIVE_HOURS) } else { dice.one_of(HOURS) };
        row.insert("hours", hours.to_owned());
        if dice.percent(75) && !tickets.is_empty() {
            row.insert("ticket_id", dice.one_of(tickets).to_owned());
        }
        if dice.percent(if busy { 70 } else { 30 }) {
            row.insert("order_line_id", dice.one_of(lines).to_owned());
        }
        row.insert("employee", dice.maybe(50, &["Ann", "Ben \"B\"", "Ünal"]));
        row.insert("description", dice.maybe(40, &["call", "line 1\nline 2", "a,b;c|d\te", "@x"]));
        row.insert("invoice_id", dice.maybe(12, &["INV/1", "INV/2"]));
        row.insert("billable", dice.maybe(20, &["true", "true", "false", "True", "False"]));
        row.insert("status", dice.maybe(40, &["validated", "draft"]));
        row.insert("project", dice.maybe(10, &["P"]));
        row.insert("company", dice.maybe(10, &["North", "South"]));
        let wrong: &[(&'static str, &[&str])] = &[
            ("timesheet_id", &[""]),
            ("date", BAD_DATES),
            ("date", &[""]),
            ("hours", BAD_HOURS),
            ("hours", BAD_HOURS),
            ("ticket_id", &["no such ticket", " T1", "t1"]),
            ("order_line_id", &["no such line", "L1 "]),
            ("billable", &["perhaps"]),
            ("status", &["approved"]),
        ];
        spoil(dice, dirt, &mut row, wrong);
        rows.push(row);
    }
    table(dice, rows, &["timesheet_id", "date", "hours"], dirt)
}

/// Puts wrong values into cells.
fn spoil(dice: &mut Dice, dirt: usize, row: &mut Cells, wrong: &[(&'static str, &[&str])]) {
    while dice.percent(dirt) {
        let (field, values) = dice.one_of(wrong);
        row.insert(field, dice.one_of(values).to_owned());
    }
}

/// Says the same in another spelling, as far as one is known.
fn in_other_words(row: &mut Cells) {
    const OTHER_WORDS: &[(&str, &str, &str)] = &[
        ("hours", "1.5", "1:30"),
        ("hours", "1:30", "PT1H30M"),
        ("hours", "0:20", "0.3333333333333333"),
        ("hours", "1", "1.00"),
        ("hours", "8", "8:00"),
        ("state", "sale", "Sales Order"),
        ("state", "Locked", "done"),
        ("invoicing_policy", "delivered_timesheet", "Based on Timesheets"),
        ("ordered_qty", "10", "10.0"),
        ("unit_price", "100", "100.00"),
        ("billable", "true", "True"),
        ("hold", "true", "True"),
        ("created_on", "2026-10-01", "2026-10-01 00:00:00"),
        ("date", "2026-10-01", "2026-10-01 08:00:00"),
    ];
    for (field, words, others) in OTHER_WORDS {
        if row.get(field).is_some_and(|cell| cell == words) {
            row.insert(field, (*others).to_owned());
        }
    }
}

/// Rows become a table: columns in any order, columns that say nothing left out at times, unknown ones added, rows repeated.
fn table(dice: &mut Dice, mut rows: Vec<Cells>, required: &[&'static str], dirt: usize) -> Table {
    while !rows.is_empty() && dice.percent(dirt * 2) {
        let mut again = dice.one_of(&rows);
        if dice.percent(25) {
            in_other_words(&mut again);
        } else if dice.percent(60) {
            let fields: Vec<&'static str> = again.keys().copied().filter(|field| *field != required[0]).collect();
            if !fields.is_empty() {
                let (field, other) = (dice.one_of(&fields), dice.one_of(&rows));
                again.insert(field, other.get(field).cloned().unwrap_or_default());
            }
        }
        rows.push(again);
    }
    dice.shuffle(&mut rows);
    let mut header: Vec<&'static str> = required.to_vec();
    for field in rows.iter().flat_map(|row| row.keys()) {
        if !header.contains(field) {
            header.push(field);
        }
    }
    let says = |field: &str| rows.iter().any(|row| row.get(field).is_some_and(|cell| !cell.is_empty()));
    let silent: Vec<&'static str> =
        header.iter().copied().filter(|field| !says(field) && !required.contains(field)).collect();
    header.retain(|field| !silent.contains(field) || dice.percent(50));
    if dice.percent(20) {
        header.push("Notes of the exporter");
    }
    dice.shuffle(&mut header);
    let files = dice.one_of(&[1, 1, 1, 2, 3]);
    let mut made = Vec::new();
    for row in &rows {
        let cell = |field: &&str| row.get(*field).cloned().unwrap_or_default();
        let mut row = Row { file: dice.below(files), cells: header.iter().map(cell).collect() };
        // Blanks around a number, a date or a word do not matter.
        let at = dice.below(header.len());
        if dice.percent(10) && BLANKS_DO_NOT_MATTER.contains(&header[at]) {
            row.cells[at] = format!(" {} ", row.cells[at]);
        }
        if header.len() > 1 && dice.percent(dirt) && dice.percent(30) {
            if dice.percent(50) { row.cells.push("one too many".to_owned()) } else { drop(row.cells.pop()) }
        }
        made.push(row);
    }
    let case = dice.below(4);
    let header =
        header.into_iter().map(|field| if case == 0 { field.to_uppercase() } else { field.to_owned() }).collect();
    let style = Style {
        delimiter: dice.one_of(&[',', ',', ';', '\t', '|']),
        crlf: dice.percent(30),
        bom: dice.percent(15),
        quote_all: dice.percent(15),
    };
    Table { header, rows: made, files, style }
}
