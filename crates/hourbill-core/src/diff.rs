//! What changed between two published runs of a job: per customer, line and entry, in hours and money, and why (§10.4).
//!
//! Everything is told from the tables of both runs and from what was posted between them; amounts have the sign they have for the debt of
//! the customer, so those of credit notes are negative.

use std::collections::{BTreeMap, BTreeSet};

use crate::bug::OrBug;
use crate::quantity::{Currency, HOURS_DECIMALS, Money, decimal_from_text, decimal_text, power_of_ten};

/// Why something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It was not in the exports of the first run, or could not be billed there.
    New,
    /// It is another one in the exports of the second run.
    Edited,
    /// It stands on another order line.
    Moved,
    /// It is no longer in the exports, or can no longer be billed there.
    Gone,
    /// The exports say the same of it: the period, a setting, an adjustment or another input decides otherwise.
    RuleChanged,
    /// It was posted between the two runs.
    Posted,
    /// It was credited for rebilling, or voided, between the two runs.
    TakenBack,
}

impl Cause {
    pub fn name(self) -> &'static str {
        match self {
            Cause::New => "new",
            Cause::Edited => "edited",
            Cause::Moved => "moved",
            Cause::Gone => "gone",
            Cause::RuleChanged => "rule_changed",
            Cause::Posted => "posted",
            Cause::TakenBack => "taken_back",
        }
    }
}

/// An exact number of hours, as tables hold them: 10^-10 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableHours(i128);

const HOURS_FIT: &str = "sums of hours are far from the limits of the type";

/// A run that was published has no larger sums; a few of them are added without a look.
const SUM_MAX: u128 = 10_u128.pow(37);

impl TableHours {
    pub const ZERO: TableHours = TableHours(0);

    /// A sum with one more; `None` when it is so large that not all of these fit each other.
    fn plus(self, other: TableHours) -> Option<TableHours> {
        self.0.checked_add(other.0).filter(|sum| sum.unsigned_abs() <= SUM_MAX).map(TableHours)
    }

    /// `None` for what no table holds. An empty cell is 0.
    pub fn from_text(text: &str) -> Option<TableHours> {
        if text.is_empty() {
            return Some(TableHours::ZERO);
        }
        let (unscaled, scale) = decimal_from_text(text)?;
        let hours = unscaled.checked_mul(power_of_ten(HOURS_DECIMALS.checked_sub(scale)?)?)?;
        TableHours::ZERO.plus(TableHours(hours))
    }

    pub fn less(self, other: TableHours) -> TableHours {
        TableHours(self.0.checked_sub(other.0).or_bug(HOURS_FIT))
    }

    fn and(self, other: TableHours) -> TableHours {
        TableHours(self.0.checked_add(other.0).or_bug(HOURS_FIT))
    }

    fn turned(self, turn: bool) -> TableHours {
        if turn { TableHours::ZERO.less(self) } else { self }
    }
}

impl std::fmt::Display for TableHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&decimal_text(self.0, HOURS_DECIMALS, 0))
    }
}

/// A draft line: customer, currency, order, order line (or the description of a down payment), kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    pub customer: String,
    pub currency: Currency,
    pub order: String,
    pub line: String,
    pub kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSide {
    pub hours: TableHours,
    pub quantity: String,
    pub price: String,
    pub discount: String,
    pub taxes: String,
    pub adjustments: String,
    pub net: Money,
}

impl LineSide {
    const NOTHING: LineSide = LineSide {
        hours: TableHours::ZERO,
        quantity: String::new(),
        price: String::new(),
        discount: String::new(),
        taxes: String::new(),
        adjustments: String::new(),
        net: Money::ZERO,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomerSide {
    pub hours: TableHours,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
}

impl CustomerSide {
    pub const NOTHING: CustomerSide =
        CustomerSide { hours: TableHours::ZERO, net: Money::ZERO, tax: Money::ZERO, total: Money::ZERO };
}

/// An entry on a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    pub hours: TableHours,
    pub line: String,
}

/// Hours of an entry that are on no draft, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unbilled {
    hours: TableHours,
    why: String,
}

/// What a run stood on.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// Its label.
    pub period: String,
    pub settings: BTreeMap<String, String>,
    /// Hashes of the files of each input.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// Entries of the ledger; `None` without a ledger.
    pub ledger: Option<u64>,
}

/// What one run stood on and what its tables say.
#[derive(Clone, Debug, Default)]
pub struct RunSide {
    pub ground: Ground,
    /// By draft: customer, currency, and whether its figures are turned.
    drafts: BTreeMap<String, (String, Currency, bool)>,
    customers: BTreeMap<(String, Currency), CustomerSide>,
    lines: BTreeMap<LineKey, LineSide>,
    entries: BTreeMap<String, Billed>,
    unbilled: BTreeMap<String, Unbilled>,
    /// Order line of each line of a draft.
    line_of: BTreeMap<(String, String), String>,
}

/// The columns that are read of each table, and by which method of [`RunSide`] each is taken up, in this order.
pub const TABLES: [(&str, &[&str]); 4] = [
    (
        "invoices",
        &["invoice_id", "kind", "customer_id", "currency", "net_amount", "tax_amount", "total_amount", "hours"],
    ),
    (
        "invoice_lines",
        &[
            "invoice_id",
            "line_no",
            "kind",
            "order_id",
            "order_line_id",
            "description",
            "quantity",
            "unit_price",
            "discount_pct",
            "net_amount",
            "taxes",
            "hours",
            "adjustments",
        ],
    ),
    ("invoice_entries", &["invoice_id", "line_no", "timesheet_id", "hours"]),
    ("unbilled", &["timesheet_id", "hours", "disposition", "reason"]),
];

impl RunSide {
    /// Without the rows of its tables.
    pub fn new(ground: Ground) -> RunSide {
        RunSide { ground, ..RunSide::default() }
    }

    /// A row of one of [`TABLES`]. `None` when a cell is not what the table holds.
    pub fn take(&mut self, table: &str, cells: &[String]) -> Option<()> {
        match (table, cells) {
            ("invoices", [id, kind, customer, currency, net, tax, total, hours]) => {
                let (currency, turn) = (Currency::from_code(currency)?, kind == "credit_note");
                let amount = |text: &str| turned(Money::from_text(text, currency)?, turn);
                let of = self.customers.entry((customer.clone(), currency)).or_insert(CustomerSide::NOTHING);
                of.net = plus(of.net, amount(net)?)?;
                of.tax = plus(of.tax, amount(tax)?)?;
                of.total = plus(of.total, amount(total)?)?;
                of.hours = of.hours.plus(TableHours::from_text(hours)?.turned(turn))?;
                self.drafts.insert(id.clone(), (customer.clone(), currency, turn));
            }
            (
                "invoice_lines",
                [id, number, kind, order, line, description, quantity, price, discount, net, taxes, hours, adjustments],
            ) => {
                let (customer, currency, turn) = self.drafts.get(id)?.clone();
                let line = if line.is_empty() { description } else { line };
                let key = LineKey { customer, currency, order: order.clone(), line: line.clone(), kind: kind.clone() };
                self.line_of.insert((id.clone(), number.clone()), line.clone());
                let net = if net.is_empty() { Money::ZERO } else { turned(Money::from_text(net, currency)?, turn)? };
                let of = self.lines.entry(key).or_insert(LineSide::NOTHING);
                // A line that is parted by ticket is one here.
                of.quantity = sum(&of.quantity, quantity, turn)?;
                of.net = plus(of.net, net)?;
                of.hours = of.hours.plus(TableHours::from_text(hours)?.turned(turn))?;
                (of.price, of.discount) = (price.clone(), discount.clone());
                (of.taxes, of.adjustments) = (taxes.clone(), adjustments.clone());
            }
            ("invoice_entries", [id, number, entry, hours]) => {
                let line = self.line_of.get(&(id.clone(), number.clone()))?.clone();
                self.entries.insert(entry.clone(), Billed { hours: TableHours::from_text(hours)?, line });
            }
            ("unbilled", [entry, hours, disposition, reason]) => {
                let why = if reason.is_empty() { disposition.clone() } else { format!("{disposition}: {reason}") };
                self.unbilled.insert(entry.clone(), Unbilled { hours: TableHours::from_text(hours)?, why });
            }
            _ => return None,
        }
        Some(())
    }

    /// All hours that the tables know of an entry.
    fn hours_of(&self, id: &str) -> TableHours {
        let billed = self.entries.get(id).map_or(TableHours::ZERO, |billed| billed.hours);
        self.unbilled.get(id).map_or(billed, |unbilled| billed.and(unbilled.hours))
    }

    fn knows(&self, id: &str) -> bool {
        self.entries.contains_key(id) || self.unbilled.contains_key(id)
    }
}

/// A sum with one more; `None` when it is so large that not all of these fit each other.
fn plus(sum: Money, amount: Money) -> Option<Money> {
    sum.checked_add(amount).filter(|sum| sum.minor().unsigned_abs() <= SUM_MAX)
}

/// With the sign of the customer's debt; `None` when it does not fit.
fn turned(amount: Money, turn: bool) -> Option<Money> {
    if turn { Money::ZERO.checked_sub(amount) } else { Some(amount) }
}

/// Sums of quantities, as text.
fn sum(one: &str, other: &str, turn: bool) -> Option<String> {
    let micros = |text: &str| {
        let (unscaled, scale) = if text.is_empty() { (0, 0) } else { decimal_from_text(text)? };
        unscaled.checked_mul(power_of_ten(6_u32.checked_sub(scale)?)?)
    };
    let other = micros(other)?;
    Some(decimal_text(micros(one)?.checked_add(if turn { -other } else { other })?, 6, 0))
}

/// What became of one entry in the ledger between two runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosedBetween {
    /// Microseconds closed, less those opened again, with the sign that the entry has on its document.
    pub net: i128,
    /// All that was moved, one way or the other, with the entry's sign: hours may be negative.
    pub moved: i128,
}

/// What was posted and taken back between the ledgers of two runs.
#[derive(Clone, Debug, Default)]
pub struct Since {
    pub entries: BTreeMap<String, ClosedBetween>,
    /// Order lines (or down payments) with something posted or taken back.
    pub lines: BTreeSet<String>,
}

/// Something that stands in one run, in the other, or differently in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<K, S> {
    pub key: K,
    pub before: Option<S>,
    pub after: Option<S>,
    pub causes: BTreeSet<Cause>,
    /// What the unbilled tables say of an entry; empty for others.
    pub detail: String,
}

/// A setting or input that differs: its name, before and after.
pub type Difference = (String, String, String);

/// Everything that differs, sorted.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// Period, settings, inputs and ledger.
    pub ground: Vec<Difference>,
    pub customers: Vec<Change<(String, Currency), CustomerSide>>,
    pub lines: Vec<Change<LineKey, LineSide>>,
    pub entries: Vec<Change<String, Billed>>,
}

impl Diff {
    /// No draft differs.
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty() && self.lines.is_empty() && self.entries.is_empty()
    }
}

pub fn diff(before: &RunSide, after: &RunSide, since: &Since) -> Diff {
    let same_timesheets = before.ground.inputs.get("timesheets") == after.ground.inputs.get("timesheets");
    let same_orders = before.ground.inputs.get("orders") == after.ground.inputs.get("orders");
    let mut entries = changes(&before.entries, &after.entries);
    for change in &mut entries {
        let cause = entry_cause(before, after, since, same_timesheets, change);
        change.causes.insert(cause);
        let side = if change.after.is_none() { after } else { before };
        change.detail = side.unbilled.get(&change.key).map(|unbilled| unbilled.why.clone()).unwrap_or_default();
    }
    // Causes of a line are those of its entries.
    let mut of_line: BTreeMap<&str, BTreeSet<Cause>> = BTreeMap::new();
    for change in &entries {
        for side in change.before.iter().chain(&change.after) {
            of_line.entry(&side.line).or_default().extend(&change.causes);
        }
    }
    let mut lines = changes(&before.lines, &after.lines);
    for change in &mut lines {
        change.causes = of_line.get(change.key.line.as_str()).cloned().unwrap_or_default();
        let terms = |side: &LineSide| (side.price.clone(), side.discount.clone(), side.taxes.clone());
        if let (Some(before), Some(after)) = (&change.before, &change.after)
            && terms(before) != terms(after)
        {
            let adjusted = before.adjustments != after.adjustments || same_orders;
            change.causes.insert(if adjusted { Cause::RuleChanged } else { Cause::Edited });
        }
        if change.causes.is_empty() {
            change.causes.insert(match (since.lines.contains(&change.key.line), same_orders) {
                (true, _) => Cause::Posted,
                (false, true) => Cause::RuleChanged,
                (false, false) => match (&change.before, &change.after) {
                    (None, _) => Cause::New,
                    (_, None) => Cause::Gone,
                    _ => Cause::Edited,
                },
            });
        }
    }
    let mut customers = changes(&before.customers, &after.customers);
    for change in &mut customers {
        let of = |line: &&Change<LineKey, LineSide>| {
            (&line.key.customer, line.key.currency) == (&change.key.0, change.key.1)
        };
        change.causes = lines.iter().filter(of).flat_map(|line| line.causes.iter().copied()).collect();
    }
    Diff { ground: ground(&before.ground, &after.ground), customers, lines, entries }
}

/// What differs between two maps.
fn changes<K: Ord + Clone, S: PartialEq + Clone>(before: &BTreeMap<K, S>, after: &BTreeMap<K, S>) -> Vec<Change<K, S>> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let sides = keys.into_iter().map(|key| (key, before.get(key), after.get(key)));
    let change = |(key, before, after): (&K, Option<&S>, Option<&S>)| Change {
        key: key.clone(),
        before: before.cloned(),
        after: after.cloned(),
        causes: BTreeSet::new(),
        detail: String::new(),
    };
    sides.filter(|(_, before, after)| before != after).map(change).collect()
}

fn entry_cause(
    before: &RunSide,
    after: &RunSide,
    since: &Since,
    same_timesheets: bool,
    change: &Change<String, Billed>,
) -> Cause {
    let id = change.key.as_str();
    let closing = since.entries.get(id).copied().unwrap_or_default();
    match (&change.before, &change.after) {
        _ if closing.net != 0 && (closing.net < 0) == (closing.moved < 0) => Cause::Posted,
        // Posted and taken back between the runs, too.
        _ if closing.moved != 0 => Cause::TakenBack,
        (Some(was), Some(is)) if was.hours == is.hours && was.line != is.line => Cause::Moved,
        _ if same_timesheets => Cause::RuleChanged,
        (Some(_), None) if !after.knows(id) => Cause::Gone,
        (None, Some(_)) if !before.knows(id) => Cause::New,
        _ if before.hours_of(id) != after.hours_of(id) => Cause::Edited,
        _ => Cause::RuleChanged,
    }
}

/// What both runs stood on, where it differs.
fn ground(before: &Ground, after: &Ground) -> Vec<Difference> {
    let mut ground = Vec::new();
    let mut hold = |name: &str, before: String, after: String| {
        if before != after {
            ground.push((name.to_owned(), before, after));
        }
    };
    hold("period", before.period.clone(), after.period.clone());
    let names: BTreeSet<&String> = before.settings.keys().chain(after.settings.keys()).collect();
    for name in names {
        let of = |side: &Ground| side.settings.get(name).cloned().unwrap_or_default();
        hold(name, of(before), of(after));
    }
    let inputs: BTreeSet<&String> = before.inputs.keys().chain(after.inputs.keys()).collect();
    for input in inputs {
        // Twelve digits tell one file from another.
        let short = |hash: &String| hash.get(..12).unwrap_or(hash).to_owned();
        let of = |side: &Ground| {
            side.inputs
                .get(input)
                .map(|files| files.iter().map(short).collect::<Vec<_>>().join(", "))
                .unwrap_or_default()
        };
        hold(&format!("input {input}"), of(before), of(after));
    }
    let of = |side: &Ground| side.ledger.map_or_else(|| "none".to_owned(), |entries| format!("entry {entries}"));
    hold("ledger", of(before), of(after));
    ground
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_would_not_fit_are_no_run() {
        let hours = |nines: usize| "9".repeat(nines);
        let invoice = |id: &str, net: &str, hours: &str| {
            ["", "invoice", "C1", "EUR", net, "0.00", net, hours]
                .map(|cell| if cell.is_empty() { id } else { cell }.to_owned())
        };
        let mut side = RunSide::new(Ground::default());
        assert_eq!(side.take("invoices", &invoice("A", "1.00", "1.5")), Some(()));
        for id in ["B", "C"] {
            assert_eq!(side.take("invoices", &invoice(id, "1.00", &hours(28))), None);
        }
        // Each fits, not all of them do.
        let taken = (0..50).map(|nth| side.take("invoices", &invoice(&nth.to_string(), "1.00", &hours(26))));
        assert!(taken.collect::<Vec<_>>().contains(&None));
    }
}
