//! The synthetic company: who its customers are, what they bought, which tickets they wrote and what was done on them.
//!
//! Nothing is stored but one figure per customer: each order line, ticket and entry is worked out from its number when
//! it is asked for. That is what bounds the memory of an export of any size.

use super::catalogue::{COMPANIES, MARKETS, Market, SyntheticTeam, TEAMS, TERMS, UNIT};
use super::rng::{Rng, Stream};
use super::{DirtKind, Options};

/// Days since 1970-01-01.
pub type Day = i64;

/// 2026-10-01 and 2026-10-31: the period of the job file that is written beside the exports.
pub const PERIOD_FIRST: Day = 20_727;
pub const PERIOD_LAST: Day = 20_757;
const TICKETS_FIRST: Day = 20_560;
const TICKETS_LAST: Day = 20_765;
/// No entry is dated later: the day on which the synthetic export was made.
const EXPORTED_ON: Day = 20_767;

/// Ten-thousandths of an hour: decimal hours as exports print them.
pub const HOUR: i64 = 10_000;

const TICKETS_PER_BLOCK: u64 = 10;
const ENTRIES_PER_BLOCK: u64 = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SyntheticPolicy {
    Prepaid,
    Time,
    Milestones,
    Manual,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Hours,
    Days,
    /// A pack of this many hours.
    Pack(i64),
    Pieces,
}

pub struct Root {
    pub market: &'static Market,
    pub company: &'static str,
    pub parent: Option<u64>,
    pub hold: bool,
    pub consolidate: bool,
    pub group_by: &'static str,
    pub terms: &'static str,
}

/// An order line by its number and the number of its order's first line: both are needed to print its id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineId {
    pub line: u64,
    pub order: u64,
}

pub struct SyntheticOrder {
    pub state: &'static str,
    pub confirmed: Option<(Day, i64)>,
    pub bill_to_contact: bool,
    pub terms: &'static str,
    pub reference: Option<u64>,
}

pub struct SyntheticLine {
    pub id: LineId,
    pub root: u64,
    pub order: SyntheticOrder,
    pub policy: SyntheticPolicy,
    pub unit: Unit,
    pub ordered: i64,
    pub delivered: Option<i64>,
    pub invoiced: Option<i64>,
    pub price: i64,
    /// Hundredths of a percent.
    pub discount: i64,
    pub tax: &'static str,
    pub upsell: bool,
}

pub struct SyntheticTicket {
    pub root: u64,
    pub by_contact: bool,
    pub team: &'static SyntheticTeam,
    pub created: (Day, i64),
    pub closed: Option<(Day, i64)>,
    pub line: Option<LineId>,
}

/// An entry before anything goes wrong with it.
pub struct SyntheticEntry {
    pub number: u64,
    pub ticket: Option<(u64, &'static str)>,
    pub line: Option<LineId>,
    pub company: &'static str,
    pub day: Day,
    pub hours: i64,
    pub clock: bool,
    pub employee: u64,
    pub invoice: Option<u64>,
    pub billable: bool,
    pub draft: bool,
    /// Where the words come from: they are only drawn when the row is written.
    pub words: Rng,
}

pub struct SyntheticWorld<'a> {
    pub options: &'a Options,
    pub tickets: u64,
    pub lines: u64,
    pub roots: u64,
    pub contacts: u64,
    pub employees: u64,
    /// Per root customer the sum of the weights up to and including its own.
    weights: Vec<u64>,
    /// Per root customer its first order line; one more at the end.
    first_line: Vec<u64>,
}

impl<'a> SyntheticWorld<'a> {
    pub fn new(options: &'a Options) -> Self {
        let entries = options.entries;
        let customers = options.customers.unwrap_or((entries / 2000).clamp(12, 100_000)).max(1);
        let contacts = customers / 3;
        let roots = customers - contacts;
        let lines = (entries / 100).max(2 * roots);
        let weights = weights(roots, options.giant);
        let total = weights.last().copied().unwrap_or(1);
        // A line for everyone, and the rest by weight: hours per line stay alike, so packs of every size run out.
        let spare = u128::from(lines - roots);
        let before = std::iter::once(0).chain(weights.iter().copied());
        let first_line = (0..=roots)
            .zip(before)
            .map(|(root, before)| {
                let share = spare * u128::from(before) / u128::from(total);
                root + u64::try_from(share).unwrap_or(0)
            })
            .collect();
        Self {
            options,
            tickets: entries.div_ceil(ENTRIES_PER_BLOCK / TICKETS_PER_BLOCK),
            lines,
            roots,
            contacts,
            employees: (5 + entries / 20_000).min(400),
            weights,
            first_line,
        }
    }

    fn rng(&self, stream: Stream, index: u64) -> Rng {
        Rng::at(self.options.seed, stream, index)
    }

    pub fn root(&self, root: u64) -> Root {
        let mut rng = self.rng(Stream::Customer, root);
        let mut draw = rng.below(1000);
        let mut chosen = &MARKETS[0];
        for market in &MARKETS {
            chosen = market;
            if root == 0 || draw < market.share {
                break;
            }
            draw -= market.share;
        }
        let [belgian, french] = COMPANIES;
        let company = if chosen.country == "FR" { french } else { belgian };
        let parent = (root > 2 && rng.permille(60)).then_some(root / 2);
        let hold = root > 0 && rng.permille(12);
        let consolidate = root == 0 || !rng.permille(40);
        let group_by = match rng.below(100) {
            _ if root == 0 => "",
            0..5 => "order",
            5..9 => "ticket",
            9..12 => "customer",
            _ => "",
        };
        let terms = rng.pick(&TERMS);
        Root { market: chosen, company, parent, hold, consolidate, group_by, terms }
    }

    /// A root customer, drawn by weight.
    fn draw_root(&self, rng: &mut Rng) -> u64 {
        let total = self.weights.last().copied().unwrap_or(0);
        let place = rng.below(total);
        count(self.weights.partition_point(|&sum| sum <= place))
    }

    fn lines_of(&self, root: u64) -> (u64, u64) {
        let at = |root: u64| {
            let place = usize::try_from(root).unwrap_or(usize::MAX);
            self.first_line.get(place).copied().unwrap_or(self.lines)
        };
        (at(root), at(root + 1))
    }

    /// Orders hold one, three and three lines in turn, counted from the customer's first line.
    fn line_id(line: u64, customer_first: u64) -> LineId {
        let offset = line - customer_first;
        let group = match offset % 7 {
            0 => 0,
            1..4 => 1,
            _ => 4,
        };
        LineId { line, order: customer_first + offset / 7 * 7 + group }
    }

    fn draw_line(&self, root: u64, rng: &mut Rng) -> LineId {
        let (first, end) = self.lines_of(root);
        Self::line_id(first + rng.below(end - first), first)
    }

    pub fn order(&self, order: u64) -> SyntheticOrder {
        let mut rng = self.rng(Stream::Order, order);
        let state = match rng.below(100) {
            0..92 => "sale",
            92..96 => "done",
            96..98 => "draft",
            98..99 => "sent",
            _ => "cancel",
        };
        // From fifteen months before the period until a week before its end.
        let confirmed = (PERIOD_LAST - 7 - rng.small(450), office_hours(&mut rng));
        SyntheticOrder {
            state,
            confirmed: matches!(state, "sale" | "done").then_some(confirmed),
            bill_to_contact: rng.permille(50),
            terms: if rng.permille(150) { rng.pick(&TERMS) } else { "" },
            reference: rng.permille(350).then(|| 4_000_000 + rng.below(999_999)),
        }
    }

    pub fn line(&self, line: u64) -> SyntheticLine {
        let root = count(self.first_line.partition_point(|&first| first <= line)) - 1;
        let id = Self::line_id(line, self.lines_of(root).0);
        let order = self.order(id.order);
        let market = self.root(root).market;
        let mut rng = self.rng(Stream::Line, line);
        let policy = match rng.below(100) {
            0..52 => SyntheticPolicy::Time,
            52..90 => SyntheticPolicy::Prepaid,
            90..95 => SyntheticPolicy::Milestones,
            _ => SyntheticPolicy::Manual,
        };
        let unit = match (policy, rng.below(100)) {
            (SyntheticPolicy::Milestones | SyntheticPolicy::Manual, _) => Unit::Pieces,
            (SyntheticPolicy::Prepaid, 0..15) => Unit::Pack(10),
            (SyntheticPolicy::Prepaid, 15..25) => Unit::Pack(25),
            (_, 75..) => Unit::Days,
            _ => Unit::Hours,
        };
        let hour = market.hour_from + market.hour_step * rng.small(20);
        // Sized so that about every third pack has been used up by the period: an order line gets some 110 hours.
        let (price, ordered) = match unit {
            Unit::Hours => (hour, (10 + 10 * rng.small(40)) * UNIT),
            Unit::Days => (hour * 8, (4 + rng.small(60)) * UNIT / 2),
            Unit::Pack(hours) => (hour * hours, (1 + rng.small(20)) * UNIT),
            Unit::Pieces => (hour * (4 + rng.small(20)), (1 + rng.skewed(5)) * UNIT),
        };
        let invoiced_before = order.confirmed.is_some_and(|(day, _)| day < PERIOD_FIRST) && !rng.permille(80);
        let (delivered, invoiced) = match policy {
            SyntheticPolicy::Time => (None, None),
            SyntheticPolicy::Prepaid => (None, Some(if invoiced_before { ordered } else { 0 })),
            SyntheticPolicy::Milestones | SyntheticPolicy::Manual => {
                let delivered = rng.small(u32::try_from(ordered / UNIT + 1).unwrap_or(1)) * UNIT;
                let invoiced = if rng.permille(500) { delivered } else { 0 };
                (Some(delivered), Some(invoiced))
            }
        };
        SyntheticLine {
            id,
            root,
            order,
            policy,
            unit,
            ordered,
            delivered,
            invoiced,
            price,
            discount: if rng.permille(200) { rng.pick(&[500, 1000, 1250, 1500, 333]) } else { 0 },
            tax: if rng.permille(120) { "0%" } else { market.tax },
            upsell: policy == SyntheticPolicy::Prepaid && rng.permille(150),
        }
    }

    pub fn ticket(&self, ticket: u64) -> SyntheticTicket {
        let mut rng = self.rng(Stream::Ticket, ticket);
        let root = self.draw_root(&mut rng);
        let created = (self.created_day(ticket), office_hours(&mut rng));
        let by_contact = root < self.contacts && rng.permille(400);
        let mut draw = rng.below(1000);
        let mut team = &TEAMS[0];
        for candidate in &TEAMS {
            team = candidate;
            if draw < candidate.share {
                break;
            }
            draw -= candidate.share;
        }
        let line = match rng.below(1000) {
            0..120 => None,
            // A line of somebody else, as when a ticket is filed under the wrong customer.
            120..123 => Some(self.draw_line((root + 1) % self.roots, &mut rng)),
            _ => Some(self.draw_line(root, &mut rng)),
        };
        let closed_day = created.0 + rng.skewed(30);
        let closed = (closed_day < EXPORTED_ON).then(|| (closed_day, 64_800 + rng.small(7200)));
        SyntheticTicket { root, by_contact, team, created, closed, line }
    }

    /// Tickets are numbered as they come: half of them before the period, a few after it.
    fn created_day(&self, ticket: u64) -> Day {
        let thousandth = ticket * 1000 / self.tickets.max(1);
        let spread = |first: Day, last: Day, from: u64, to: u64| {
            let step = u128::from(ticket * 1000 - from * self.tickets);
            let span = u128::from((to - from) * self.tickets);
            let days = step * u128::from((last - first + 1).unsigned_abs()) / span.max(1);
            (first + i64::try_from(days).unwrap_or(0)).min(last)
        };
        match thousandth {
            0..500 => spread(TICKETS_FIRST, PERIOD_FIRST - 1, 0, 500),
            500..970 => spread(PERIOD_FIRST, PERIOD_LAST, 500, 970),
            _ => spread(PERIOD_LAST + 1, TICKETS_LAST, 970, 1000),
        }
    }

    /// The ticket and the hours of an entry, and the source its other figures go on to draw from.
    fn entry_core(&self, entry: u64) -> (Option<u64>, i64, Rng) {
        let mut rng = self.rng(Stream::Entry, entry);
        let first = entry / ENTRIES_PER_BLOCK * TICKETS_PER_BLOCK;
        let place = rng.skewed(10).unsigned_abs();
        let ticket = (first + place).min(self.tickets.saturating_sub(1));
        let ticket = (!rng.permille(30)).then_some(ticket);
        let hours = match rng.below(1000) {
            0..850 => (1 + rng.skewed(12)) * HOUR / 4,
            850..965 => (1 + rng.small(40)) * HOUR / 20,
            965..985 => (8 + rng.small(12)) * HOUR / 2,
            // A third, as systems that keep floats print it.
            _ => rng.pick(&[13_333, 6_667, 1_667, 3_333]),
        };
        let hours = if rng.permille(8) { -hours } else { hours };
        (ticket, hours, rng)
    }

    pub fn entry(&self, number: u64) -> SyntheticEntry {
        let (ticket_number, hours, mut rng) = self.entry_core(number);
        let ticket = ticket_number.map(|number| (number, self.ticket(number)));
        let (root, opened) = match &ticket {
            Some((_, ticket)) => (ticket.root, ticket.created.0),
            None => (self.draw_root(&mut rng), self.created_day(number * self.tickets / self.options.entries.max(1))),
        };
        let has_own_line = if ticket.is_some() { rng.permille(80) } else { rng.permille(650) };
        let line = has_own_line.then(|| self.draw_line(root, &mut rng));
        let lag = match rng.below(100) {
            0..50 => rng.small(2),
            50..85 => 2 + rng.small(6),
            _ => 8 + rng.small(23),
        };
        let day = (opened + lag).min(EXPORTED_ON);
        let invoiced = day < PERIOD_FIRST && !rng.permille(80);
        let billable = !rng.permille(30);
        let draft = day >= PERIOD_FIRST && rng.permille(40);
        SyntheticEntry {
            number,
            company: self.root(root).company,
            ticket: ticket.map(|(number, ticket)| (number, ticket.team.project)),
            line,
            day,
            hours,
            clock: rng.permille(30),
            employee: rng.below(self.employees),
            invoice: invoiced.then(|| root + 1),
            billable,
            draft,
            words: rng,
        }
    }

    /// What is wrong with a row of the timesheets, if anything.
    pub fn dirt(&self, entry: u64) -> Option<DirtKind> {
        let mut draw = self.rng(Stream::Dirt, entry).below(1_000_000);
        for (kind, ppm) in self.options.dirty.each() {
            if draw < u64::from(ppm) {
                // A repeat needs something to repeat.
                return (!kind.is_repeat() || self.repeated(entry).is_some()).then_some(kind);
            }
            draw -= u64::from(ppm);
        }
        None
    }

    /// The earlier clean row that a duplicate repeats.
    pub fn repeated(&self, entry: u64) -> Option<u64> {
        let shares = &self.options.dirty;
        let nearest = entry.checked_sub(1 + self.rng(Stream::Dirt, entry ^ (1 << 63)).below(40))?;
        let is_clean = |&row: &u64| self.rng(Stream::Dirt, row).below(1_000_000) >= shares.total();
        (nearest.saturating_sub(60)..=nearest).rev().find(is_clean)
    }

    /// The ERP's own total per ticket of one block of tickets, from the entries as they were before the export.
    pub fn block_hours(&self, block: u64) -> [i64; 10] {
        let mut sums = [0; 10];
        let first = block * ENTRIES_PER_BLOCK;
        for entry in first..(first + ENTRIES_PER_BLOCK).min(self.options.entries) {
            if self.dirt(entry).is_some_and(DirtKind::is_repeat) {
                continue;
            }
            if let (Some(ticket), hours, _) = self.entry_core(entry) {
                let place = usize::try_from(ticket % TICKETS_PER_BLOCK).unwrap_or(0);
                if let Some(sum) = sums.get_mut(place) {
                    *sum += hours;
                }
            }
        }
        sums
    }
}

/// Zipf's law in whole numbers: the customer of rank k weighs 1/k of the first. With a giant, the first customer gets
/// half of what all others weigh together: a third of everything.
fn weights(roots: u64, giant: bool) -> Vec<u64> {
    let weight = |root: u64| {
        if giant { 1_000_000_000 / (root + 1) } else { 1_000_000 }
    };
    let others: u64 = (1..roots).map(weight).sum();
    let first = if giant { (others / 2).max(1) } else { weight(0) };
    let mut sum = 0;
    (0..roots)
        .map(|root| {
            sum += if root == 0 { first } else { weight(root) };
            sum
        })
        .collect()
}

fn office_hours(rng: &mut Rng) -> i64 {
    8 * 3600 + rng.small(10 * 3600)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
