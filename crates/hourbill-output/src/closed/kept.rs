//! The table of entries that a close keeps, read back: its control totals, and what each entry said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::Disposition;
use crate::calendar::Date;
use crate::quantity::{Currency, Hours, HoursSum, Money, decimal_text, divide_rounded};
use crate::statement::{KeptMovement, KeptPack, MovementKind};
use crate::tables;

/// Control totals of a month, as a close says them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Stands for what the entries of the month say, whatever their order: 32 hex digits.
    pub entries_hash: String,
    /// By disposition; only those that have some.
    pub dispositions: BTreeMap<String, KeptSum>,
    /// What is open and not on a draft is worth, by currency.
    pub unbilled: BTreeMap<String, String>,
    /// Packs whose balance is kept.
    pub packs: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSum {
    /// Rows read: an entry with hours in several dispositions counts in the first of them.
    pub rows: u64,
    /// As decimal text: sums may go beyond what JSON readers hold exactly.
    pub microseconds: String,
    /// The same for people.
    pub hours: String,
}

/// What an entry says of its work: when one of these changes after the close, it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Says {
    pub date: String,
    /// Microseconds.
    pub hours: i64,
    pub ticket: String,
    /// The order line that it or its ticket names.
    pub line: String,
    /// It stands in quarantine.
    pub aside: bool,
}

/// Money of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Worth {
    pub minor: i128,
    pub currency: Currency,
}

impl Worth {
    /// What so many hours cost where `all` of them cost this.
    pub fn of_hours(self, hours: i64, all: i64) -> Option<Worth> {
        if hours == all {
            return Some(self);
        }
        let minor = divide_rounded(self.minor.checked_mul(hours.into())?, all.into())?;
        Some(Worth { minor, ..self })
    }
}

/// The entries that a close has kept, as their table has them.
#[derive(Clone, Debug, Default)]
pub struct KeptEntries {
    rows: Vec<KeptRow>,
}

#[derive(Clone, Debug)]
struct KeptRow {
    id: String,
    part: u32,
    company: String,
    disposition: Disposition,
    /// Of the part.
    hours: Hours,
    says: Says,
    value: Option<Worth>,
    worth: Option<Worth>,
}

/// Columns of the table that are read back.
const COLUMNS: [&str; 12] = [
    "timesheet_id",
    "part",
    "date",
    "company",
    "ticket_id",
    "names_line_id",
    "disposition",
    "hours_us",
    "entry_hours_us",
    "value",
    "worth",
    "currency",
];

impl KeptEntries {
    /// `None` when the bytes are no such table.
    pub fn read(bytes: Vec<u8>) -> Option<KeptEntries> {
        let (mut rows, mut fits) = (Vec::new(), true);
        tables::read_parquet(bytes, &COLUMNS, |cells| match row(cells) {
            Some(row) => rows.push(row),
            None => fits = false,
        })?;
        fits.then_some(KeptEntries { rows })
    }

    pub fn append(&mut self, mut other: KeptEntries) {
        self.rows.append(&mut other.rows);
    }

    /// What a close says of them; the packs stand in a table of their own.
    pub fn kept(&self, packs: u64) -> Kept {
        let mut sums: BTreeMap<String, (u64, HoursSum)> = BTreeMap::new();
        let mut unbilled: BTreeMap<Currency, i128> = BTreeMap::new();
        let mut hash = 0_u128;
        for row in &self.rows {
            let (rows, hours) = sums.entry(row.disposition.name().to_owned()).or_default();
            *rows += u64::from(row.part == 1);
            *hours += row.hours;
            if let Some(Worth { minor, currency }) = row.value.filter(|_| is_unbilled(row.disposition)) {
                *unbilled.entry(currency).or_default() += minor;
            }
            if row.part == 1 && row.disposition != Disposition::Duplicate {
                hash = hash.wrapping_add(row.says.hash(&row.id));
            }
        }
        let sum = |(name, (rows, hours)): (String, (u64, HoursSum))| {
            (name, KeptSum { rows, microseconds: hours.micros().to_string(), hours: hours.to_string() })
        };
        let money = |(currency, minor): (Currency, i128)| {
            (currency.code().to_owned(), decimal_text(minor, currency.digits(), currency.digits()))
        };
        Kept {
            entries_hash: format!("{hash:032x}"),
            dispositions: sums.into_iter().map(sum).collect(),
            unbilled: unbilled.into_iter().map(money).collect(),
            packs,
        }
    }

    /// What each entry said, by id, of those whose date and company are asked for; repeated rows count once.
    pub(super) fn of_work(
        self,
        mut wanted: impl FnMut(Date, &str) -> bool,
    ) -> BTreeMap<String, Vec<(Says, Option<Worth>)>> {
        let mut by_id: BTreeMap<String, Vec<(Says, Option<Worth>)>> = BTreeMap::new();
        for row in self.rows.into_iter().filter(|row| row.part == 1 && row.disposition != Disposition::Duplicate) {
            if Date::parse(&row.says.date).is_some_and(|date| wanted(date, &row.company)) {
                by_id.entry(row.id).or_default().push((row.says, row.worth));
            }
        }
        by_id.values_mut().for_each(|rows| rows.sort_by(|a, b| a.0.cmp(&b.0)));
        by_id
    }
}

/// The movements of packs that a close has kept (S1); `None` when the bytes are no such table.
pub fn kept_movements(bytes: Vec<u8>) -> Option<Vec<KeptMovement>> {
    let (mut rows, mut fits) = (Vec::new(), true);
    tables::read_parquet(bytes, &MOVEMENT, |cells| match movement(cells) {
        Some(row) => rows.push(row),
        None => fits = false,
    })?;
    fits.then_some(rows)
}

/// What was left of each pack when its month was closed; `None` when the bytes are no such table.
pub fn kept_balances(bytes: Vec<u8>) -> Option<BTreeMap<String, HoursSum>> {
    let (mut left, mut fits) = (BTreeMap::new(), true);
    tables::read_parquet(bytes, &["order_line_id", "remaining_hours"], |cells| match cells {
        [pack, hours] => match HoursSum::from_text(hours) {
            Some(hours) => _ = left.insert(pack.clone(), hours),
            None => fits = false,
        },
        _ => fits = false,
    })?;
    fits.then_some(left)
}

/// Whose each pack was when its month was closed; `None` when the bytes are no such table.
pub fn kept_packs(bytes: Vec<u8>) -> Option<BTreeMap<String, KeptPack>> {
    let (mut packs, mut fits) = (BTreeMap::new(), true);
    tables::read_parquet(bytes, &["order_line_id", "customer_id", "company"], |cells| match cells {
        [pack, customer, company] => {
            let of = KeptPack { customer: customer.clone(), company: company.clone() };
            packs.insert(pack.clone(), of);
        }
        _ => fits = false,
    })?;
    fits.then_some(packs)
}

const MOVEMENT: [&str; 6] = ["order_line_id", "date", "kind", "timesheet_id", "hours", "final"];

fn movement(cells: &[String]) -> Option<KeptMovement> {
    let [pack, date, kind, id, hours, settled] = cells else { return None };
    Some(KeptMovement {
        pack: pack.clone(),
        kind: MovementKind::from_name(kind)?,
        date: if date.is_empty() { None } else { Some(Date::parse(date)?) },
        id: id.clone(),
        hours: HoursSum::from_text(hours)?,
        settled: settled == "true",
    })
}

/// Open, and on no draft.
fn is_unbilled(disposition: Disposition) -> bool {
    use Disposition::{BeforePeriod, Held, NotValidated, Unassigned};
    matches!(disposition, Held | Unassigned | NotValidated | BeforePeriod)
}

fn row(cells: &[String]) -> Option<KeptRow> {
    let [id, part, date, company, ticket, line, disposition, hours, of_entry, value, worth, currency] = cells else {
        return None;
    };
    let disposition = Disposition::ALL.into_iter().find(|known| known.name() == disposition)?;
    let money = |text: &String| -> Option<Option<Worth>> {
        if text.is_empty() {
            return Some(None);
        }
        let currency = Currency::from_code(currency)?;
        Some(Some(Worth { minor: Money::from_text(text, currency)?.minor(), currency }))
    };
    Some(KeptRow {
        id: id.clone(),
        part: part.parse().ok()?,
        company: company.clone(),
        disposition,
        hours: Hours::from_micros(hours.parse().ok()?),
        says: Says {
            date: date.clone(),
            hours: of_entry.parse().ok()?,
            ticket: ticket.clone(),
            line: line.clone(),
            aside: disposition == Disposition::Quarantined,
        },
        value: money(value)?,
        worth: money(worth)?,
    })
}
