//! How many entries the buckets of a split have, and about how many bytes they take: parts are made as large as the memory allows.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::World;
use super::agreements;
use super::kept;
use super::value;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::inputs::{Input, timesheets as field};
use crate::job::{Approval, EntriesTable, Settings};
use crate::model::{OrderLine, Ticket};
use crate::read::{Batch, Cell};
use crate::shard::{BUCKETS, Split, bucket};

/// Entries, and the bytes that what is kept and made of them takes at most, beside columns that all have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketSize {
    pub entries: u64,
    pub bytes: u64,
}

impl BucketSize {
    pub fn add(&mut self, other: BucketSize) {
        self.entries += other.entries;
        self.bytes += other.bytes;
    }
}

/// A row of the table `unbilled` and its place in the order.
const UNBILLED_BYTES: u64 = 64;
/// A part of the register while it is made, its place in the order, and the document of the ledger that has it.
const REGISTER_BYTES: u64 = 140;
/// A place among the entries of a draft, and where texts of an entry start.
const BILLED_BYTES: u64 = 40;

/// By bucket.
#[derive(Clone, Debug)]
pub struct BucketSizes {
    pub buckets: Vec<BucketSize>,
    /// Rows of which only their place tells where they belong: every part reads them.
    pub everywhere: BucketSize,
    /// X2: hashes of employees with the days on which they worked. Whatever part of a run is computed, it looks at the days of all.
    days: HashSet<u64>,
}

impl Default for BucketSizes {
    fn default() -> Self {
        BucketSizes {
            buckets: vec![BucketSize::default(); BUCKETS],
            everywhere: BucketSize::default(),
            days: HashSet::new(),
        }
    }
}

impl BucketSizes {
    /// Of the entries of a batch.
    pub fn of(batch: &Batch<'_>, world: &World, settings: &Settings, split: &Split) -> BucketSizes {
        let mut loads = BucketSizes::default();
        let (mut tickets, mut lines) = (Vec::with_capacity(batch.rows()), Vec::with_capacity(batch.rows()));
        let mut ids = vec![0_u64; batch.rows()];
        let id = |field, of, cell| {
            let text = value::text(cell);
            world.aliases.id(of, batch.key(field), text).unwrap_or_default()
        };
        batch.each(field::TICKET_ID, |_, cell| {
            tickets.push(world.tickets.find(&id(field::TICKET_ID, Input::Tickets, cell)));
        });
        batch.each(field::ORDER_LINE_ID, |_, cell| {
            let line = id(field::ORDER_LINE_ID, Input::Orders, cell);
            lines.push(if line.is_empty() { None } else { world.lines.find(&line) });
        });
        let mut texts = vec![BILLED_BYTES; batch.rows()];
        let lengths = |field, bytes: &mut Vec<u64>| {
            batch.each(field, |at, cell| {
                *bytes.get_mut(at).or_bug("every row has its length") += value::text(cell).len() as u64;
            });
        };
        lengths(field::TIMESHEET_ID, &mut ids);
        lengths(field::EMPLOYEE, &mut texts);
        kept::DONE.into_iter().for_each(|field| lengths(field, &mut texts));
        loads.days = days(batch);
        let circumstances = agreements::circumstances(batch, world, settings, &tickets);
        let rows = tickets.into_iter().zip(lines).zip(ids.into_iter().zip(texts)).enumerate();
        let left_out = batch.left_out();
        for (at, ((ticket, line), (id, texts))) in rows {
            if left_out.binary_search(&at).is_ok() {
                continue;
            }
            let line = line.or_else(|| world.ticket_link(ticket?).line);
            let made = match (settings.output.entries, may_be_listed(world, settings, line)) {
                (EntriesTable::All, _) => texts + UNBILLED_BYTES + REGISTER_BYTES,
                (EntriesTable::Unbilled, _) if settings.output.shows_all_entries() => texts + UNBILLED_BYTES,
                (EntriesTable::Unbilled, true) => texts.max(UNBILLED_BYTES),
                (EntriesTable::Unbilled, false) => 0,
            };
            let load = BucketSize { entries: 1, bytes: id + made };
            let (key, lent) = keys(world, split, ticket, line);
            let circumstance = || circumstances.all.get(*circumstances.of.get(at)? as usize);
            let key = key.or_else(|| split.of_circumstance(circumstance())).or_else(|| {
                let id = value::text(batch.cell(at, field::TIMESHEET_ID));
                (!value::trimmed(&id).is_empty()).then(|| split.of_home(&id).unwrap_or_else(|| Split::of_id(&id)))
            });
            let Some(key) = key else {
                loads.everywhere.add(load);
                continue;
            };
            let lent = lent.filter(|lent| bucket(*lent) != bucket(key));
            for key in [Some(key), lent].into_iter().flatten().filter(|key| split.owns(*key)) {
                loads.add_at(key, load);
            }
        }
        loads
    }

    fn add_at(&mut self, key: u64, load: BucketSize) {
        self.buckets.get_mut(bucket(key)).or_bug("every key has its bucket").add(load);
    }

    pub fn add(&mut self, other: &BucketSizes) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(load, more)| load.add(*more));
        self.everywhere.add(other.everywhere);
        self.days.extend(&other.days);
    }

    /// X2: about how many bytes the hours of all employees and days take while they are looked at.
    pub fn bytes_of_days(&self) -> u64 {
        self.days.len() as u64 * DAY_BYTES
    }
}

/// An employee's day with its hours, in a table that grows by doubling, and once more where sums of threads are put together.
const DAY_BYTES: u64 = 96;

fn hash(cell: Cell<'_>) -> u64 {
    xxh3_64(value::trimmed(&value::text(cell)).as_bytes())
}

/// Hashes of the employees of some rows with their days.
fn days(batch: &Batch<'_>) -> HashSet<u64> {
    let nobody = xxh3_64(b"");
    let mut employees = Vec::with_capacity(batch.rows());
    batch.each(field::EMPLOYEE, |_, cell| employees.push(hash(cell)));
    let mut days = HashSet::new();
    batch.each(field::DATE, |at, cell| {
        let employee = employees.get(at).copied().filter(|employee| *employee != nobody);
        days.extend(employee.map(|employee| employee.rotate_left(1) ^ hash(cell)));
    });
    days
}

/// Whether the entry may come to stand in a table: billed, or as one that a person may ask about. Those on prepaid and unconfirmed lines do
/// not.
fn may_be_listed(world: &World, settings: &Settings, line: Option<Idx<OrderLine>>) -> bool {
    let billable = line.map(|line| world.line_link(line)).is_none_or(|line| line.confirmed && line.by_time);
    billable || settings.billing.rules.approval == Approval::ValidatedOnly
}

/// Where an entry belongs, and where the ticket that it is lent to does.
fn keys(
    world: &World,
    split: &Split,
    ticket: Option<Idx<Ticket>>,
    line: Option<Idx<OrderLine>>,
) -> (Option<u64>, Option<u64>) {
    let lent = ticket.map(|ticket| split.of_ticket(world, ticket));
    (split.of_entry(world, ticket, line), lent)
}
