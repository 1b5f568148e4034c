//! The five exports as columns and rows, defined once for every format.

use super::DirtKind;
use super::catalogue::UNIT;
use super::catalogue::{TEAMS, TERMS};
use super::rng::{Rng, Stream};
use super::shape::{HOUR, LineId, SyntheticEntry, SyntheticLine, SyntheticPolicy, SyntheticWorld, Unit};
use super::text;

/// What a column holds where the format has types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellKind {
    Text,
    Date,
    Stamp,
    Decimal { precision: u8, scale: i8 },
    Flag,
}

const HOURS: CellKind = CellKind::Decimal { precision: 9, scale: 4 };
const AMOUNT: CellKind = CellKind::Decimal { precision: 18, scale: 6 };
const PERCENT: CellKind = CellKind::Decimal { precision: 5, scale: 2 };

/// Takes the cells of one row from left to right, then the next row.
pub trait Cells {
    /// Empty text is no value.
    fn text(&mut self, value: &str);
    fn date(&mut self, day: i64);
    fn stamp(&mut self, day: i64, second: i64);
    /// `value` counts the last decimal of the column.
    fn decimal(&mut self, value: i64);
    /// Ten-thousandths of an hour; `clock` asks for `1:30` where the format is text and the minutes are whole.
    fn hours(&mut self, value: i64, clock: bool);
    fn flag(&mut self, value: bool);
    fn none(&mut self);
    /// A cell that cannot be read: as it stands in text, no value in a typed column.
    fn broken(&mut self, value: &str);
    /// Ends the row; a ragged one has a cell too many or too few, where the format can have that.
    fn end(&mut self, ragged: Option<Ragged>);
}

#[derive(Clone, Copy)]
pub enum Ragged {
    Longer,
    Shorter,
}

pub struct SyntheticTable {
    pub name: &'static str,
    pub columns: &'static [(&'static str, CellKind)],
    pub count: fn(&SyntheticWorld) -> u64,
    pub write: fn(&SyntheticWorld, &mut dyn Iterator<Item = u64>, &mut dyn Cells),
}

pub const TIMESHEETS: SyntheticTable = SyntheticTable {
    name: "timesheets",
    columns: &[
        ("timesheet_id", CellKind::Text),
        ("date", CellKind::Date),
        ("employee", CellKind::Text),
        ("ticket_id", CellKind::Text),
        ("order_line_id", CellKind::Text),
        ("project", CellKind::Text),
        ("description", CellKind::Text),
        ("hours", HOURS),
        ("billable", CellKind::Flag),
        ("status", CellKind::Text),
        ("invoice_id", CellKind::Text),
        ("company", CellKind::Text),
    ],
    count: |world| world.options.entries,
    write: write_timesheets,
};

const ORDERS: &[(&str, CellKind)] = &[
    ("order_line_id", CellKind::Text),
    ("order_id", CellKind::Text),
    ("sequence", CellKind::Decimal { precision: 9, scale: 0 }),
    ("state", CellKind::Text),
    ("confirmed_on", CellKind::Stamp),
    ("customer_id", CellKind::Text),
    ("bill_to", CellKind::Text),
    ("product", CellKind::Text),
    ("description", CellKind::Text),
    ("invoicing_policy", CellKind::Text),
    ("uom", CellKind::Text),
    ("hours_per_unit", AMOUNT),
    ("ordered_qty", AMOUNT),
    ("delivered_qty", AMOUNT),
    ("invoiced_qty", AMOUNT),
    ("unit_price", AMOUNT),
    ("currency", CellKind::Text),
    ("discount_pct", PERCENT),
    ("taxes", CellKind::Text),
    ("payment_terms", CellKind::Text),
    ("customer_reference", CellKind::Text),
    ("upsell_threshold_pct", PERCENT),
    ("company", CellKind::Text),
];

const PACKS: [(&str, CellKind); 4] = [
    ("valid_until", CellKind::Date),
    ("priority", CellKind::Decimal { precision: 9, scale: 0 }),
    ("overdraft", CellKind::Text),
    ("overage_price", AMOUNT),
];

const WITH_PACKS: [(&str, CellKind); ORDERS.len() + PACKS.len()] = {
    let mut all = [("", CellKind::Text); ORDERS.len() + PACKS.len()];
    let (mut orders, mut packs) = (ORDERS, PACKS.as_slice());
    let mut slots: &mut [(&str, CellKind)] = &mut all;
    while let Some((slot, behind)) = slots.split_first_mut() {
        if let Some((column, rest)) = orders.split_first() {
            *slot = *column;
            orders = rest;
        } else if let Some((column, rest)) = packs.split_first() {
            *slot = *column;
            packs = rest;
        }
        slots = behind;
    }
    all
};

/// The orders of a world of packs that are drawn as a waterfall.
pub const ORDERS_WITH_PACKS: SyntheticTable =
    SyntheticTable { name: "orders", columns: &WITH_PACKS, count: |world| world.lines, write: write_orders_with_packs };

pub const OTHERS: [SyntheticTable; 4] = [
    SyntheticTable {
        name: "tickets",
        columns: &[
            ("ticket_id", CellKind::Text),
            ("title", CellKind::Text),
            ("customer_id", CellKind::Text),
            ("team", CellKind::Text),
            ("created_on", CellKind::Stamp),
            ("closed_on", CellKind::Stamp),
            ("order_line_id", CellKind::Text),
            ("hours_spent", CellKind::Decimal { precision: 18, scale: 4 }),
            ("company", CellKind::Text),
        ],
        count: |world| world.tickets,
        write: write_tickets,
    },
    SyntheticTable { name: "orders", columns: ORDERS, count: |world| world.lines, write: write_orders },
    SyntheticTable {
        name: "customers",
        columns: &[
            ("customer_id", CellKind::Text),
            ("name", CellKind::Text),
            ("parent_id", CellKind::Text),
            ("hold", CellKind::Flag),
            ("consolidate", CellKind::Flag),
            ("group_by", CellKind::Text),
            ("vat_id", CellKind::Text),
            ("street", CellKind::Text),
            ("city", CellKind::Text),
            ("postcode", CellKind::Text),
            ("country", CellKind::Text),
            ("email", CellKind::Text),
            ("language", CellKind::Text),
            ("payment_terms", CellKind::Text),
        ],
        count: |world| world.roots + world.contacts,
        write: write_customers,
    },
    SyntheticTable {
        name: "teams",
        columns: &[
            ("team", CellKind::Text),
            ("timesheets", CellKind::Flag),
            ("time_billing", CellKind::Flag),
            ("project", CellKind::Text),
        ],
        count: |_| TEAMS.iter().map(|_| 1).sum(),
        write: write_teams,
    },
];

/// One buffer for all cells that are put together from parts.
struct Scratch(String);

impl Scratch {
    fn of(&mut self, build: impl FnOnce(&mut String)) -> &str {
        self.0.clear();
        build(&mut self.0);
        &self.0
    }
}

fn numbered(prefix: &'static str, number: u64, width: usize) -> impl FnOnce(&mut String) {
    move |out| {
        out.push_str(prefix);
        text::digits(out, number, width);
    }
}

fn line_id(id: LineId) -> impl FnOnce(&mut String) {
    move |out| {
        numbered("S", id.order + 1, 6)(out);
        numbered("/", id.line - id.order + 1, 0)(out);
    }
}

fn customer_id(root: u64, contact: bool) -> impl FnOnce(&mut String) {
    move |out| {
        numbered("C", root + 1, 5)(out);
        out.push_str(if contact { "-1" } else { "" });
    }
}

const UNREADABLE_HOURS: [&str; 7] = ["1:75", "abc", "1.5.2", "NaN", "1e400", "--1", "2h75"];
const UNREADABLE_DATES: [&str; 5] = ["03/04/2026", "2026-13-05", "2026-02-30", "yesterday", "1889-12-30"];

fn write_timesheets(world: &SyntheticWorld, rows: &mut dyn Iterator<Item = u64>, cells: &mut dyn Cells) {
    let mut scratch = Scratch(String::new());
    for row in rows {
        let dirt = world.dirt(row);
        let shown = dirt.filter(|kind| kind.is_repeat()).and_then(|_| world.repeated(row)).unwrap_or(row);
        let mut entry = world.entry(shown);
        match dirt {
            Some(DirtKind::ConflictingDuplicate) => entry.hours += HOUR / 4,
            Some(DirtKind::HoursOutOfRange) => entry.hours = (25 + entry.hours.abs() / HOUR) * HOUR,
            _ => {}
        }
        write_entry(entry, row, dirt, &mut scratch, cells);
    }
}

fn write_entry(entry: SyntheticEntry, row: u64, dirt: Option<DirtKind>, scratch: &mut Scratch, cells: &mut dyn Cells) {
    let mut words = entry.words;
    let odd = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    if dirt == Some(DirtKind::MissingId) {
        cells.none();
    } else {
        cells.text(scratch.of(numbered("TS-", entry.number + 1, 8)));
    }
    match dirt {
        Some(DirtKind::BadDate) => cells.broken(pick_at(&UNREADABLE_DATES, odd)),
        _ => cells.date(entry.day),
    }
    cells.text(scratch.of(|out| text::person(out, entry.employee)));
    match (dirt, entry.ticket) {
        (Some(DirtKind::UnknownTicket), _) => cells.text(scratch.of(numbered("TK-X", row, 6))),
        (_, Some((ticket, _))) => cells.text(scratch.of(numbered("TK-", ticket + 1, 7))),
        (_, None) => cells.none(),
    }
    match (dirt, entry.line) {
        (Some(DirtKind::UnknownOrderLine), _) => cells.text(scratch.of(numbered("S-X/", row, 6))),
        (_, Some(line)) => cells.text(scratch.of(line_id(line))),
        (_, None) => cells.none(),
    }
    cells.text(entry.ticket.map_or("", |(_, project)| project));
    cells.text(scratch.of(|out| text::description(out, &mut words)));
    match dirt {
        Some(DirtKind::BadHours) => cells.broken(pick_at(&UNREADABLE_HOURS, odd)),
        _ => cells.hours(entry.hours, entry.clock),
    }
    cells.flag(entry.billable);
    cells.text(if entry.draft { "draft" } else { "validated" });
    match entry.invoice {
        Some(customer) => cells.text(scratch.of(|out| {
            out.push_str("INV/2026/");
            text::digits(out, customer, 5);
        })),
        None => cells.none(),
    }
    cells.text(entry.company);
    let ragged = if odd.is_multiple_of(2) { Ragged::Longer } else { Ragged::Shorter };
    cells.end((dirt == Some(DirtKind::RaggedRow)).then_some(ragged));
}

fn pick_at(list: &[&'static str], place: u64) -> &'static str {
    let length = u64::try_from(list.len()).unwrap_or(1).max(1);
    usize::try_from(place % length).ok().and_then(|place| list.get(place).copied()).unwrap_or_default()
}

fn write_tickets(world: &SyntheticWorld, rows: &mut dyn Iterator<Item = u64>, cells: &mut dyn Cells) {
    let mut scratch = Scratch(String::new());
    let mut block = None;
    for number in rows {
        let ticket = world.ticket(number);
        let sums = match block {
            Some((at, sums)) if at == number / 10 => sums,
            _ => world.block_hours(number / 10),
        };
        block = Some((number / 10, sums));
        let mut words = Rng::at(world.options.seed ^ 1, Stream::Ticket, number);
        cells.text(scratch.of(numbered("TK-", number + 1, 7)));
        cells.text(scratch.of(|out| text::title(out, &mut words)));
        cells.text(scratch.of(customer_id(ticket.root, ticket.by_contact)));
        cells.text(ticket.team.name);
        cells.stamp(ticket.created.0, ticket.created.1);
        match ticket.closed {
            Some((day, second)) => cells.stamp(day, second),
            None => cells.none(),
        }
        match ticket.line {
            Some(line) => cells.text(scratch.of(line_id(line))),
            None => cells.none(),
        }
        let place = usize::try_from(number % 10).unwrap_or(0);
        cells.decimal(sums.get(place).copied().unwrap_or(0));
        cells.text(world.root(ticket.root).company);
        cells.end(None);
    }
}

fn write_orders(world: &SyntheticWorld, rows: &mut dyn Iterator<Item = u64>, cells: &mut dyn Cells) {
    let mut scratch = Scratch(String::new());
    for number in rows {
        write_order(world, number, &mut scratch, cells);
        cells.end(None);
    }
}

/// Of packs half have a last day, and each says what comes after it.
fn write_orders_with_packs(world: &SyntheticWorld, rows: &mut dyn Iterator<Item = u64>, cells: &mut dyn Cells) {
    let mut scratch = Scratch(String::new());
    for number in rows {
        let line = write_order(world, number, &mut scratch, cells);
        let sold = line.order.confirmed.filter(|_| line.policy == SyntheticPolicy::Prepaid);
        match sold.filter(|_| number.is_multiple_of(2)) {
            Some((day, _)) => cells.date(day + 60 + i64::try_from(number % 300).unwrap_or(0)),
            None => cells.none(),
        }
        optional(cells, sold.map(|_| i64::try_from(1 + number % 3).unwrap_or(1)));
        cells.text(sold.map_or("", |_| pick_at(&["", "rate", "time_line", "hold", "negative"], number)));
        optional(cells, sold.map(|_| line.price));
        cells.end(None);
    }
}

fn write_order(world: &SyntheticWorld, number: u64, scratch: &mut Scratch, cells: &mut dyn Cells) -> SyntheticLine {
    let line = world.line(number);
    let root = world.root(line.root);
    let (product, uom, hours_per_unit) = sold_as(&line);
    cells.text(scratch.of(line_id(line.id)));
    cells.text(scratch.of(numbered("S", line.id.order + 1, 6)));
    cells.decimal(i64::try_from(10 * (number - line.id.order + 1)).unwrap_or(0));
    cells.text(line.order.state);
    match line.order.confirmed {
        Some((day, second)) => cells.stamp(day, second),
        None => cells.none(),
    }
    cells.text(scratch.of(customer_id(line.root, false)));
    if line.order.bill_to_contact && line.root < world.contacts {
        cells.text(scratch.of(customer_id(line.root, true)));
    } else {
        cells.none();
    }
    cells.text(product);
    cells.none();
    cells.text(match line.policy {
        SyntheticPolicy::Prepaid => "ordered_prepaid",
        SyntheticPolicy::Time => "delivered_timesheet",
        SyntheticPolicy::Milestones => "delivered_milestones",
        SyntheticPolicy::Manual => "delivered_manual",
    });
    cells.text(uom);
    optional(cells, hours_per_unit.map(|hours| hours * UNIT));
    cells.decimal(line.ordered);
    optional(cells, line.delivered);
    optional(cells, line.invoiced);
    cells.decimal(line.price);
    cells.text(root.market.currency);
    optional(cells, (line.discount != 0).then_some(line.discount));
    cells.text(line.tax);
    cells.text(line.order.terms);
    match line.order.reference {
        Some(reference) => cells.text(scratch.of(numbered("PO ", reference, 0))),
        None => cells.none(),
    }
    optional(cells, line.upsell.then_some(8000));
    cells.text(root.company);
    line
}

fn sold_as(line: &SyntheticLine) -> (&'static str, &'static str, Option<i64>) {
    match (line.policy, line.unit) {
        (SyntheticPolicy::Prepaid, Unit::Pack(hours)) if hours == 10 => ("Support pack 10 h", "Pack", Some(hours)),
        (_, Unit::Pack(hours)) => ("Support pack 25 h", "Pack", Some(hours)),
        (SyntheticPolicy::Prepaid, Unit::Days) => ("Prepaid consulting days", "Days", None),
        (SyntheticPolicy::Prepaid, _) => ("Prepaid support hours", "Hours", None),
        (SyntheticPolicy::Time, Unit::Days) => ("Consulting by the day", "Days", None),
        (SyntheticPolicy::Time, _) => ("Support by the hour", "Hours", None),
        (SyntheticPolicy::Milestones, _) => ("Roll-out, per milestone", "Units", None),
        (SyntheticPolicy::Manual, _) => ("Workplace set-up", "Units", None),
    }
}

fn optional(cells: &mut dyn Cells, value: Option<i64>) {
    match value {
        Some(value) => cells.decimal(value),
        None => cells.none(),
    }
}

fn write_customers(world: &SyntheticWorld, rows: &mut dyn Iterator<Item = u64>, cells: &mut dyn Cells) {
    let mut scratch = Scratch(String::new());
    for number in rows {
        // The roots first, then their contacts: a contact is a person of its parent and shares its place and terms.
        let (root, contact) = match number.checked_sub(world.roots) {
            None => (number, false),
            Some(contact) => (contact, true),
        };
        let shape = world.root(root);
        let mut words = Rng::at(world.options.seed ^ 2, Stream::Customer, number);
        cells.text(scratch.of(customer_id(root, contact)));
        if contact {
            cells.text(scratch.of(|out| text::person(out, words.below(400))));
            cells.text(scratch.of(customer_id(root, false)));
        } else {
            cells.text(scratch.of(|out| text::firm(out, root)));
            match shape.parent {
                Some(parent) => cells.text(scratch.of(customer_id(parent, false))),
                None => cells.none(),
            }
        }
        cells.flag(shape.hold && !contact);
        cells.flag(shape.consolidate || contact);
        cells.text(if contact { "" } else { shape.group_by });
        if contact || matches!(shape.market.country, "US" | "JP" | "KW") {
            cells.none();
        } else {
            cells.text(scratch.of(|out| {
                out.push_str(shape.market.country);
                text::digits(out, 100_000_000 + words.below(900_000_000), 0);
            }));
        }
        cells.text(scratch.of(|out| text::street(out, &mut words)));
        cells.text(shape.market.city);
        cells.text(scratch.of(|out| text::digits(out, 1000 + words.below(9000), 0)));
        cells.text(shape.market.country);
        cells.text(scratch.of(|out| {
            out.push_str(if contact { "contact" } else { "accounts" });
            text::digits(out, root + 1, 0);
            out.push_str("@customer.example");
        }));
        cells.text(shape.market.language);
        cells.text(if contact { TERMS.first().copied().unwrap_or_default() } else { shape.terms });
        cells.end(None);
    }
}

fn write_teams(_: &SyntheticWorld, rows: &mut dyn Iterator<Item = u64>, cells: &mut dyn Cells) {
    for row in rows {
        let Some(team) = usize::try_from(row).ok().and_then(|row| TEAMS.get(row)) else {
            continue;
        };
        cells.text(team.name);
        cells.flag(team.timesheets);
        cells.flag(team.time_billing);
        cells.text(team.project);
        cells.end(None);
    }
}
