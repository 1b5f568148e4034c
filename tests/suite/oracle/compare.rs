//! Runs the program on a world and says where it differs from what the oracle expects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hourbill::calendar::Date as ProgramDate;
use hourbill::job::{Flags, load};
use hourbill::run::{Unwatched, compute, manifest};
use hourbill::tables::tables;

use super::accounting::{DISPOSITIONS, balance, disposition, hours_of_line, quantity};
use super::billing::{Billing, Draft, Part, bill, priced, service_period};
use super::intake::{Intake, intake};
use super::linking::{Link, customer_cycles, links};
use super::model::World;
use super::value::{self, Number, date_text, day_number, to_integer, whole};

/// Column to what stands in it, spelled in one way.
pub type Cells = BTreeMap<String, String>;

/// What a run says, in a form that two ways of telling it can share.
#[derive(Default)]
pub struct Told {
    /// A draft with its lines and their entries, but for its id.
    pub drafts: Vec<String>,
    pub order_lines: Vec<Cells>,
    pub unbilled: Vec<Cells>,
    pub quarantine: BTreeSet<(String, String, usize, BTreeSet<String>)>,
    pub findings: BTreeSet<(String, String, String)>,
    /// Disposition, or `read`, to rows and microseconds.
    pub control: BTreeMap<String, (u64, i128)>,
    pub unreadable_hours_rows: u64,
    pub drafts_held: u64,
    /// Entries that follow their ticket to a line of L2; known to the oracle alone.
    pub linked_by_itself: u64,
}

const HOURS: &[&str] = &[
    "hours",
    "ordered_hours",
    "delivered_hours",
    "remaining_hours",
    "delivered_before",
    "delivered_in_period",
    "delivered_after",
    "billed_hours",
];

const NUMBERS: &[&str] = &[
    "quantity",
    "unit_price",
    "discount_pct",
    "net_amount",
    "tax_amount",
    "rounding_amount",
    "total_amount",
    "ordered_qty",
    "delivered_qty",
    "invoiced_qty",
    "to_invoice_qty",
    "value",
];

/// A folder for the files of one world after the other, in memory where there is such a place.
pub struct Scratch {
    folder: tempfile::TempDir,
    pool: rayon::ThreadPool,
}

impl Scratch {
    pub fn new() -> Scratch {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Scratch { folder, pool: rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program on a job of the folder, in one thread: worlds are tried side by side.
    pub fn program(&self, job: &str) -> Result<(BTreeMap<&'static str, Vec<u8>>, serde_json::Value), String> {
        self.pool.install(|| program(&self.path().join(job)))
    }
}

/// The tables and the control of a job file, as the program makes them: table to CSV, control as JSON.
pub fn program(job: &Path) -> Result<(BTreeMap<&'static str, Vec<u8>>, serde_json::Value), String> {
    let today = ProgramDate::from_ymd(2026, 11, 3).unwrap();
    let settings = load(job, &Flags::default(), today).map_err(|error| format!("the job is refused: {error:?}"))?;
    let run = compute(&settings, &Unwatched).map_err(|error| format!("the run fails: {error}"))?;
    let mut texts = BTreeMap::new();
    for table in tables(run.results(&settings)) {
        let mut text = Vec::new();
        table.write_csv(&mut text).map_err(|error| format!("table {} fails: {error}", table.name))?;
        texts.insert(table.name, text);
    }
    let manifest = manifest(&run, &settings, Vec::new());
    let mut control = serde_json::to_value(&manifest.control).unwrap();
    control["drafts_held"] = manifest.drafts.held.into();
    Ok((texts, control))
}

/// Lines that say what differs; none when both agree.
pub fn differences(world: &World, scratch: &Scratch) -> Vec<String> {
    compared(world, scratch).1
}

/// What is expected of a world, and lines that say what differs from it.
pub fn compared(world: &World, scratch: &Scratch) -> (Told, Vec<String>) {
    world.write(scratch.path());
    let job = scratch.path().join("job.toml");
    let run = || scratch.pool.install(|| program(&job));
    let found = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok((tables, control))) => found(world, &tables, &control),
        Ok(Err(error)) => Err(error),
        Err(_) => Err("the program panics".to_owned()),
    };
    let expected = expected(world);
    let differences = match found {
        Ok(found) => told_apart(&expected, &found),
        Err(error) => vec![error],
    };
    (expected, differences)
}

/// The world, and the same with all taken out that does not matter to the difference.
pub fn minimised(world: World, scratch: &Scratch) -> (World, World) {
    // It has to go on failing in the same way.
    let kind =
        |world: &World| differences(world, scratch).first().map(|line| line.chars().take(16).collect::<String>());
    let first = kind(&world);
    let fails = |world: &World| kind(world) == first;
    let mut small = world.clone();
    while let Some(smaller) = smaller_worlds(&small).find(fails) {
        small = smaller;
    }
    (world, small)
}

fn smaller_worlds(world: &World) -> impl Iterator<Item = World> + use<> {
    type Try = Box<dyn Fn(&mut World)>;
    let mut tries: Vec<Try> = Vec::new();
    for (name, table) in &world.tables {
        let name = *name;
        if matches!(name, "customers" | "teams") {
            tries.push(Box::new(move |world| drop(world.tables.remove(name))));
        }
        if table.files > 1 {
            tries.push(Box::new(move |world| {
                let table = world.tables.get_mut(name).unwrap();
                table.files = 1;
                table.rows.iter_mut().for_each(|row| row.file = 0);
            }));
        }
        for row in 0..table.rows.len() {
            tries.push(Box::new(move |world| drop(world.tables.get_mut(name).unwrap().rows.remove(row))));
        }
    }
    for key in world.job.rules.keys().copied() {
        tries.push(Box::new(move |world| drop(world.job.rules.remove(key))));
    }
    for tax in 0..world.job.taxes.len() {
        tries.push(Box::new(move |world| drop(world.job.taxes.remove(tax))));
    }
    for (name, table) in &world.tables {
        let name = *name;
        for (row, cells) in table.rows.iter().enumerate() {
            for (column, _) in cells.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                tries.push(Box::new(move |world| world.tables.get_mut(name).unwrap().rows[row].cells[column].clear()));
            }
        }
        for column in 0..table.header.len() {
            let empty = |row: &super::model::Row| row.cells.get(column).is_none_or(String::is_empty);
            if table.header.len() > 1 && table.rows.iter().all(empty) {
                tries.push(Box::new(move |world| {
                    let table = world.tables.get_mut(name).unwrap();
                    table.header.remove(column);
                    table.rows.iter_mut().filter(|row| row.cells.len() > column).for_each(|row| {
                        row.cells.remove(column);
                    });
                }));
            }
        }
    }
    let world = world.clone();
    tries.into_iter().map(move |smaller| {
        let mut world = world.clone();
        smaller(&mut world);
        world
    })
}

fn told_apart(expected: &Told, found: &Told) -> Vec<String> {
    let mut lines = Vec::new();
    lists(&mut lines, "draft", &expected.drafts, &found.drafts);
    let texts = |rows: &[Cells]| rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
    lists(&mut lines, "order line", &texts(&expected.order_lines), &texts(&found.order_lines));
    lists(&mut lines, "unbilled entry", &texts(&expected.unbilled), &texts(&found.unbilled));
    let texts = |set: &BTreeSet<_>| set.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
    lists(&mut lines, "quarantined row", &texts(&expected.quarantine), &texts(&found.quarantine));
    let texts = |set: &BTreeSet<(String, String, String)>| set.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
    lists(&mut lines, "finding", &texts(&expected.findings), &texts(&found.findings));
    let texts = |told: &Told| {
        let mut control: Vec<_> = told.control.iter().map(|(name, sums)| format!("{name} {sums:?}")).collect();
        control.push(format!("unreadable_hours_rows {}", told.unreadable_hours_rows));
        control.push(format!("drafts held {}", told.drafts_held));
        control
    };
    lists(&mut lines, "control", &texts(expected), &texts(found));
    lines
}

/// Differences of two lists whose order matters only when they hold the same.
fn lists(lines: &mut Vec<String>, what: &str, expected: &[String], found: &[String]) {
    if expected == found {
        return;
    }
    let mut rest = found.to_vec();
    let mut same = true;
    for item in expected {
        match rest.iter().position(|other| other == item) {
            Some(at) => drop(rest.remove(at)),
            None => {
                same = false;
                lines.push(format!("{what} expected: {item}"));
            }
        }
    }
    for item in &rest {
        lines.push(format!("{what} found:    {item}"));
    }
    if same && rest.is_empty() {
        lines.push(format!("{what}: the order differs, expected {expected:#?}, found {found:#?}"));
    }
}

// What the program says.

fn found(world: &World, tables: &BTreeMap<&'static str, Vec<u8>>, control: &serde_json::Value) -> Result<Told, String> {
    let label = world.job.period_label();
    let grouped = world.tables.contains_key("customers") || world.job.rule("group_by").is_some();
    let rows = |name: &str| -> Result<Vec<Cells>, String> {
        let mut reader = csv::Reader::from_reader(tables[name].as_slice());
        let header = reader.headers().map_err(|error| error.to_string())?.clone();
        let cells = |record: csv::StringRecord| -> Cells {
            let pairs = header.iter().zip(record.iter());
            pairs.map(|(column, cell)| (column.to_owned(), canonical(column, cell))).collect()
        };
        reader.records().map(|record| record.map(cells).map_err(|error| format!("{name}: {error}"))).collect()
    };
    let (invoices, lines, entries) = (rows("invoices")?, rows("invoice_lines")?, rows("invoice_entries")?);
    let mut drafts = Vec::new();
    let ids: Vec<&String> = invoices.iter().map(|invoice| &invoice["invoice_id"]).collect();
    if !ids.is_sorted_by(|one, other| one < other) {
        return Err(format!("invoice ids are not sorted or not unique: {ids:?}"));
    }
    for invoice in &invoices {
        let id = &invoice["invoice_id"];
        let start = format!("D-{label}-{}-{}", invoice["customer_id"], invoice["currency"]);
        let alike =
            |other: &&Cells| ["customer_id", "currency"].iter().all(|column| other[*column] == invoice[*column]);
        // The key of its group follows only where it is needed.
        let alone = !grouped && invoices.iter().filter(alike).count() == 1;
        if if alone { *id != start } else { !id.starts_with(&start) } {
            return Err(format!("{id:?} is not the id of a draft {start:?}"));
        }
        let mut text = format!("{:?}", without_id(invoice));
        for line in lines.iter().filter(|line| line["invoice_id"] == *id) {
            text += &format!("\n    {:?}", without_id(line));
            let of_line = |entry: &&Cells| entry["invoice_id"] == *id && entry["line_no"] == line["line_no"];
            for entry in entries.iter().filter(of_line) {
                text += &format!("\n        {:?}", without_id(entry));
            }
        }
        drafts.push(text);
    }
    if lines.iter().chain(&entries).any(|row| !ids.contains(&&row["invoice_id"])) {
        return Err("a line or an entry belongs to no draft".to_owned());
    }
    drafts.sort();
    let number = |value: &serde_json::Value| value.as_i64().unwrap();
    let sums = |sums: &serde_json::Value| (sums["rows"].as_u64().unwrap(), i128::from(number(&sums["microseconds"])));
    let dispositions = control["dispositions"].as_object().unwrap();
    let mut totals: BTreeMap<String, (u64, i128)> =
        dispositions.iter().map(|(name, total)| (name.clone(), sums(total))).collect();
    totals.insert("read".to_owned(), sums(&control["read"]));
    let quarantine = rows("quarantine")?.into_iter().map(|row| {
        let codes = row["code"].split("; ").map(str::to_owned).collect();
        (row["input"].clone(), row["file"].clone(), row["row"].parse().unwrap(), codes)
    });
    let findings = rows("findings")?;
    let findings = findings
        .iter()
        .filter(|row| row["code"] != "invoiced-elsewhere")
        .map(|row| (row["code"].clone(), row["subject_kind"].clone(), row["subject_id"].clone()));
    Ok(Told {
        drafts,
        order_lines: rows("order_lines")?,
        unbilled: rows("unbilled")?.into_iter().map(with_short_reason).collect(),
        quarantine: quarantine.collect(),
        findings: findings.collect(),
        control: totals,
        unreadable_hours_rows: control["unreadable_hours_rows"].as_u64().unwrap(),
        drafts_held: control["drafts_held"].as_u64().unwrap(),
        linked_by_itself: 0,
    })
}

/// The reason why an entry is held, in one word; the others say in their disposition all there is to say.
fn with_short_reason(mut row: Cells) -> Cells {
    const WORDS: [(&str, &str); 4] =
        [("on hold", "hold"), ("cancel", "cancel"), ("below the minimum", "minimum"), ("tax", "tax")];
    let reason = &row["reason"];
    let word = WORDS.iter().find(|(part, _)| reason.contains(part)).map_or(reason.as_str(), |(_, word)| *word);
    let short = if row["disposition"] != "held" && !reason.is_empty() { "" } else { word };
    row.insert("reason".to_owned(), short.to_owned());
    row
}

fn without_id(row: &Cells) -> Cells {
    row.iter()
        .filter(|(column, _)| *column != "invoice_id")
        .map(|(column, cell)| (column.clone(), cell.clone()))
        .collect()
}

/// A cell of a table, spelled as the oracle spells it; hours have to be readable to the microsecond.
fn canonical(column: &str, cell: &str) -> String {
    if cell.is_empty() {
        return String::new();
    }
    if HOURS.contains(&column) {
        return match value::decimal(cell) {
            Some((hours, decimals)) if decimals <= 10 => micros_text(to_integer(&(hours * whole(3_600_000_000)))),
            _ => format!("no hours: {cell:?}"),
        };
    }
    if NUMBERS.contains(&column) {
        return value::decimal(cell).map_or_else(|| format!("no number: {cell:?}"), |(number, _)| number.to_string());
    }
    cell.to_owned()
}

fn micros_text(micros: i128) -> String {
    format!("{micros} us")
}

// What the oracle says.

fn cells<const N: usize>(pairs: [(&str, String); N]) -> Cells {
    pairs.into_iter().map(|(column, cell)| (column.to_owned(), cell)).collect()
}

pub fn expected(world: &World) -> Told {
    let mut intake = intake(world);
    customer_cycles(&mut intake);
    let links = links(world, &mut intake);
    let billing = bill(world, &mut intake, &links);
    let mut told = Told::default();
    for draft in &billing.drafts {
        if draft.held.is_some() {
            told.drafts_held += 1;
            intake.found("draft-held", "customer", &draft.key.1);
        } else {
            told.drafts.push(draft_text(world, &intake, &links, draft));
        }
    }
    told.drafts.sort();
    told.order_lines = order_lines(world, &mut intake, &links, &billing);
    entries(world, &mut intake, &links, &billing, &mut told);
    told.linked_by_itself = links.iter().flatten().filter(|link| link.by == "auto").count() as u64;
    told.unbilled.sort_by_key(|row| row["timesheet_id"].clone());
    if world.tables["timesheets"].rows.is_empty() {
        intake.found("empty-input", "input", "timesheets");
    }
    told.findings = intake.findings;
    told.quarantine = intake.quarantine;
    told
}

fn turned(draft: &Draft, number: &Number) -> String {
    if draft.is_credit_note() { (-number).to_string() } else { number.to_string() }
}

fn turned_hours(draft: &Draft, micros: i128) -> String {
    micros_text(if draft.is_credit_note() { -micros } else { micros })
}

fn draft_text(world: &World, intake: &Intake, links: &[Option<Link>], draft: &Draft) -> String {
    let (company, customer, currency, _, _, ticket) = &draft.key;
    let (from, to) = service_period(world, intake, draft, None);
    let orders: BTreeSet<&str> = draft.parts.iter().map(|part| intake.lines[&part.line].order.as_str()).collect();
    let head = cells([
        ("kind", if draft.is_credit_note() { "credit_note" } else { "invoice" }.to_owned()),
        ("customer_id", customer.clone()),
        ("customer_name", intake.customers.get(customer).map_or(String::new(), |customer| customer.name.clone())),
        ("company", company.clone()),
        ("currency", currency.clone()),
        ("period_from", date_text(from)),
        ("period_to", date_text(to)),
        ("orders", orders.into_iter().collect::<Vec<_>>().join(", ")),
        ("lines", (draft.parts.len() + draft.deductions.len()).to_string()),
        ("net_amount", turned(draft, &draft.net)),
        ("tax_amount", turned(draft, &draft.tax)),
        ("rounding_amount", "0".to_owned()),
        ("total_amount", turned(draft, &draft.total())),
        ("hours", turned_hours(draft, draft.parts.iter().map(|part| part.hours).sum())),
        ("note", String::new()),
    ]);
    let mut text = format!("{head:?}");
    for (at, part) in draft.parts.iter().enumerate() {
        text += &format!("\n    {:?}", line_cells(world, intake, draft, part, at + 1, ticket));
        let mut entries: Vec<Cells> = part
            .entries
            .iter()
            .map(|entry| {
                let (link, entry) = (links[*entry].as_ref().unwrap(), &intake.entries[*entry]);
                cells([
                    ("line_no", (at + 1).to_string()),
                    ("timesheet_id", entry.id.clone()),
                    ("date", date_text(entry.date.unwrap())),
                    ("employee", entry.employee.clone()),
                    ("ticket_id", entry.ticket.clone()),
                    ("description", entry.description.clone()),
                    ("hours", micros_text(entry.hours.unwrap())),
                    ("linked_by", link.by.to_owned()),
                    ("adjustment", String::new()),
                ])
            })
            .collect();
        entries.sort_by_key(|row| row["timesheet_id"].clone());
        for entry in entries {
            text += &format!("\n        {entry:?}");
        }
    }
    for (at, deduction) in (draft.parts.len()..).zip(&draft.deductions) {
        let line = &intake.lines[&deduction.row];
        let row = cells([
            ("line_no", (at + 1).to_string()),
            ("kind", "down_payment_deduction".to_owned()),
            ("order_id", line.order.clone()),
            ("order_line_id", deduction.row.clone()),
            ("product", "Down payment".to_owned()),
            ("description", format!("Down payment on order {}, deducted (order line {})", line.order, deduction.row)),
            ("quantity", turned(draft, &whole(-1))),
            ("uom", String::new()),
            ("unit_price", deduction.amount.to_string()),
            ("discount_pct", "0".to_owned()),
            ("net_amount", turned(draft, &-&deduction.amount)),
            ("taxes", line.taxes.join(", ")),
            ("hours", String::new()),
            ("period_from", date_text(from)),
            ("period_to", date_text(to)),
            ("adjustments", String::new()),
            ("late", "false".to_owned()),
        ]);
        text += &format!("\n    {row:?}");
    }
    text
}

fn line_cells(world: &World, intake: &Intake, draft: &Draft, part: &Part, number: usize, ticket: &str) -> Cells {
    let line = &intake.lines[&part.line];
    let (from, to) = service_period(world, intake, draft, Some(part));
    let kind = match line.policy.as_str() {
        "delivered_timesheet" => "time",
        "ordered_prepaid" => "prepaid",
        "delivered_manual" => "manual",
        _ => "milestones",
    };
    let words = if line.description.is_empty() { &line.product } else { &line.description };
    cells([
        ("line_no", number.to_string()),
        ("kind", kind.to_owned()),
        ("order_id", line.order.clone()),
        ("order_line_id", part.line.clone()),
        ("product", line.product.clone()),
        ("description", if ticket.is_empty() { words.clone() } else { format!("{words} ({ticket})") }),
        ("quantity", turned(draft, &part.quantity)),
        ("uom", line.uom.clone()),
        ("unit_price", line.price.to_string()),
        ("discount_pct", line.discount.to_string()),
        ("net_amount", turned(draft, &part.net)),
        ("taxes", line.taxes.join(", ")),
        ("hours", if kind == "time" { turned_hours(draft, part.hours) } else { String::new() }),
        ("period_from", date_text(from)),
        ("period_to", date_text(to)),
        ("adjustments", String::new()),
        ("late", part.late.to_string()),
    ])
}

fn order_lines(world: &World, intake: &mut Intake, links: &[Option<Link>], billing: &Billing) -> Vec<Cells> {
    let mut rows = Vec::new();
    let mut findings = Vec::new();
    for (id, line) in intake.lines.iter().filter(|(_, line)| line.confirmed) {
        let hours = hours_of_line(world, intake, links, id);
        let balance = balance(intake, id, &hours);
        if balance.overdrawn {
            findings.push(("overdrawn", id.clone()));
        }
        if balance.upsell && !balance.overdrawn {
            findings.push(("upsell", id.clone()));
        }
        let published = billing.drafts.iter().filter(|draft| draft.held.is_none());
        let parts: Vec<&Part> = published.flat_map(|draft| &draft.parts).filter(|part| part.line == *id).collect();
        let invoiced = match line.policy.as_str() {
            "delivered_timesheet" => quantity(world, intake, id, hours.invoiced).unwrap(),
            _ => line.invoiced.clone(),
        };
        rows.push(cells([
            ("order_line_id", id.clone()),
            ("order_id", line.order.clone()),
            ("customer_id", line.customer.clone()),
            ("product", line.product.clone()),
            ("invoicing_policy", line.policy.clone()),
            ("uom", line.uom.clone()),
            ("ordered_qty", line.ordered.to_string()),
            ("ordered_hours", line.ordered_hours().map_or(String::new(), micros_text)),
            ("delivered_hours", micros_text(hours.delivered())),
            (
                "delivered_qty",
                quantity(world, intake, id, hours.delivered()).map_or(String::new(), |qty| qty.to_string()),
            ),
            ("remaining_hours", balance.remaining.map_or(String::new(), micros_text)),
            ("overdrawn", balance.overdrawn.to_string()),
            ("upsell", balance.upsell.to_string()),
            ("delivered_before", micros_text(hours.before)),
            ("delivered_in_period", micros_text(hours.inside)),
            ("delivered_after", micros_text(hours.after)),
            ("billed_hours", micros_text(parts.iter().map(|part| part.hours).sum())),
            ("invoiced_qty", invoiced.to_string()),
            ("to_invoice_qty", parts.iter().map(|part| part.quantity.clone()).sum::<Number>().to_string()),
            ("unit_price", line.price.to_string()),
            ("currency", line.currency.clone()),
        ]));
    }
    for (code, id) in findings {
        intake.found(code, "order_line", &id);
    }
    rows
}

/// The disposition of every entry: control, unbilled, late ones.
fn entries(world: &World, intake: &mut Intake, links: &[Option<Link>], billing: &Billing, told: &mut Told) {
    let mut late = Vec::new();
    for name in DISPOSITIONS.iter().chain(&["read"]) {
        told.control.insert((*name).to_owned(), (0, 0));
    }
    for (at, (entry, link)) in intake.entries.iter().zip(links).enumerate() {
        let (disposition, reason) = match disposition(world, intake, entry, link.as_ref()) {
            "open" => match held_reason(billing, at) {
                Some(reason) => ("held", reason),
                None => ("billed", ""),
            },
            other => (other, ""),
        };
        let hours = entry.hours.unwrap_or(0);
        for name in [disposition, "read"] {
            let sums = told.control.get_mut(name).unwrap();
            *sums = (sums.0 + 1, sums.1 + hours);
        }
        told.unreadable_hours_rows += u64::from(entry.hours.is_none());
        if disposition == "before_period" {
            late.push(link.as_ref().unwrap().line.clone());
        }
        if !matches!(disposition, "held" | "unassigned" | "not_validated" | "before_period") {
            continue;
        }
        let line = link.as_ref().map(|link| &intake.lines[&link.line]);
        let ticket = intake.tickets.get(&entry.ticket);
        let customer = line.map(|line| line.customer.clone()).or_else(|| ticket.map(|ticket| ticket.customer.clone()));
        let time = line.filter(|line| line.policy == "delivered_timesheet");
        let value = time.map(|line| priced(line, &line.in_unit(hours).unwrap()).to_string());
        let age = world.job.ends().1.map(|to| day_number(to) - day_number(entry.date.unwrap()));
        told.unbilled.push(cells([
            ("timesheet_id", entry.id.clone()),
            ("date", date_text(entry.date.unwrap())),
            ("ticket_id", entry.ticket.clone()),
            ("customer_id", customer.unwrap_or_default()),
            ("order_line_id", link.as_ref().map_or(String::new(), |link| link.line.clone())),
            ("hours", micros_text(hours)),
            ("disposition", disposition.to_owned()),
            ("reason", reason.to_owned()),
            ("value", value.unwrap_or_default()),
            ("currency", time.map_or(String::new(), |line| line.currency.clone())),
            ("age_days", age.map_or(String::new(), |days| days.to_string())),
        ]));
    }
    for id in late {
        intake.found("late-entry", "order_line", &id);
    }
}

fn held_reason(billing: &Billing, entry: usize) -> Option<&'static str> {
    let in_draft = billing.drafts.iter().find(|draft| draft.parts.iter().any(|part| part.entries.contains(&entry)));
    billing.held.get(&entry).copied().or_else(|| in_draft.and_then(|draft| draft.held))
}
