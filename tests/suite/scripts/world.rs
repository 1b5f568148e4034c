//! The exports of a script, and how they are written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hourbill::calendar::Date;

/// An order line of the scripts' world.
pub struct OrderLine {
    pub id: &'static str,
    pub customer: &'static str,
    pub unit: &'static str,
    pub unit_micros: i128,
    /// In cents.
    pub price: i128,
    /// In tenths of a percent.
    pub discount: i128,
}

pub const HOUR: i128 = 3_600_000_000;

pub const LINES: [OrderLine; 3] = [
    OrderLine { id: "A", customer: "C1", unit: "Hours", unit_micros: HOUR, price: 2_000, discount: 0 },
    OrderLine { id: "B", customer: "C2", unit: "Days", unit_micros: 8 * HOUR, price: 80_000, discount: 125 },
    OrderLine { id: "C", customer: "C1", unit: "Hours", unit_micros: HOUR, price: 3_333, discount: 0 },
];

pub const DATES: [&str; 6] = ["2026-09-29", "2026-09-30", "2026-10-01", "2026-10-15", "2026-10-31", "2026-11-01"];
pub const PERIODS: [Option<(&str, &str)>; 4] =
    [None, None, Some(("2026-10-01", "2026-10-31")), Some(("2026-09-30", "2026-10-15"))];

/// Hours as an export tells them, in hundredths.
pub const HUNDREDTHS: [i64; 12] = [25, 100, 150, 200, 1, 33, 800, 67, -50, -150, -33, -600];

/// What one script has in its hands.
#[derive(Default)]
pub struct Exports {
    /// Date, hundredths of hours, line.
    pub entries: BTreeMap<String, (usize, i64, usize)>,
    /// By entry: `hold`, `write_off` or `move` to a line.
    pub edits: BTreeMap<String, (&'static str, usize)>,
    /// By line, in hundredths of hours.
    pub caps: BTreeMap<usize, i64>,
    pub period: Option<(&'static str, &'static str)>,
    pub late: bool,
    pub corrections: bool,
}

pub fn micros(hundredths: i64) -> i128 {
    i128::from(hundredths) * HOUR / 100
}

pub fn hours_text(hundredths: i64) -> String {
    format!("{}{}.{:02}", if hundredths < 0 { "-" } else { "" }, hundredths.abs() / 100, hundredths.abs() % 100)
}

impl Exports {
    pub fn write(&self, folder: &Path) {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        let entry = |(id, (date, hours, line)): (&String, &(usize, i64, usize))| {
            format!("{id},{},{},{}\n", DATES[*date], hours_text(*hours), LINES[*line].id)
        };
        let rows: String = self.entries.iter().map(entry).collect();
        write("timesheets.csv", format!("timesheet_id,date,hours,order_line_id\n{rows}"));
        let edit = |(id, (action, line)): (&String, &(&str, usize))| {
            let value = if *action == "move" { LINES[*line].id } else { "" };
            format!("{action},entry:{id},{value},why\n")
        };
        let cap = |(line, hours): (&usize, &i64)| format!("cap_hours,{},{},why\n", LINES[*line].id, hours_text(*hours));
        let rows: String = self.edits.iter().map(edit).chain(self.caps.iter().map(cap)).collect();
        write("adjustments.csv", format!("action,target,value,reason\n{rows}"));
        let period =
            self.period.map_or_else(String::new, |(from, to)| format!("[period]\nfrom = \"{from}\"\nto = \"{to}\"\n"));
        let word = |bill| if bill { "bill" } else { "report" };
        write(
            "job.toml",
            format!(
                "name = \"script\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
                 adjustments = \"adjustments.csv\"\n[rules]\nlate_entries = \"{}\"\ncorrections = \"{}\"\n{period}[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n",
                word(self.late),
                word(self.corrections)
            ),
        );
    }
}

pub fn write_orders(folder: &Path) {
    let row = |line: &OrderLine| {
        let (price, discount) = (line.price, line.discount);
        format!(
            "{},S-{},sale,{},Support,delivered_timesheet,{},0,{}.{:02},EUR,2026-09-01,21%,{}.{}\n",
            line.id,
            line.customer,
            line.customer,
            line.unit,
            price / 100,
            price % 100,
            discount / 10,
            discount % 10
        )
    };
    let rows: String = LINES.iter().map(row).collect();
    let header = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,discount_pct";
    fs::write(folder.join("orders.csv"), format!("{header}\n{rows}")).unwrap();
    fs::write(folder.join("tickets.csv"), "ticket_id,customer_id\n").unwrap();
}

pub fn day(date: &str) -> i32 {
    Date::parse(date).unwrap().days()
}

pub fn line_of(id: &str) -> usize {
    LINES.iter().position(|line| line.id == id).unwrap()
}
