//! The figures of a run that people look at: shared by the workbook and the report, so that both say the same.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::RunView;
use super::cells::{TableCell, each_row};
use crate::account::{Balance, Disposition, Total, decide};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, FindingCount};
use crate::ident::Idx;
use crate::model::{Chunk, Customer, OrderLine, World};
use crate::month::Month;
use crate::proof::Control;
use crate::quantity::{Currency, Hours, HoursForm, HoursSum, Money, divide_rounded};
use crate::tables::{Results, Table};

/// Sums of drafts in one currency; credit notes count negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneySum {
    pub drafts: u64,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    pub hours: HoursSum,
}

impl MoneySum {
    const NOTHING: MoneySum =
        MoneySum { drafts: 0, net: Money::ZERO, tax: Money::ZERO, total: Money::ZERO, hours: HoursSum::ZERO };

    fn add(&mut self, draft: &crate::bill::Draft) {
        let add = |sum: Money, amount| sum.checked_add(amount).or_bug("the amounts of a run fit a sum");
        self.drafts += u64::from(!draft.closes);
        self.net = add(self.net, draft.amounts.net);
        self.tax = add(self.tax, draft.amounts.tax);
        self.total = add(self.total, draft.amounts.total);
        self.hours += draft.parts.iter().map(|part| part.hours).sum::<HoursSum>();
    }
}

/// The dispositions in the groups that charts show, each with its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Billed,
    Covered,
    AlreadyInvoiced,
    /// It could be billed, but is not in this run.
    Waiting,
    NonBillable,
    /// Quarantined rows and repeats.
    Unusable,
}

impl Group {
    pub const ALL: [Group; 6] =
        [Group::Billed, Group::Covered, Group::AlreadyInvoiced, Group::Waiting, Group::NonBillable, Group::Unusable];

    pub fn of(disposition: Disposition) -> Group {
        match disposition {
            Disposition::Billed => Group::Billed,
            Disposition::Covered => Group::Covered,
            Disposition::AlreadyInvoiced => Group::AlreadyInvoiced,
            Disposition::Held
            | Disposition::Unassigned
            | Disposition::NotValidated
            | Disposition::BeforePeriod
            | Disposition::AfterPeriod => Group::Waiting,
            Disposition::NonBillable => Group::NonBillable,
            Disposition::Quarantined | Disposition::Duplicate => Group::Unusable,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Group::Billed => "billed now",
            Group::Covered => "covered by prepaid and fixed lines",
            Group::AlreadyInvoiced => "already invoiced",
            Group::Waiting => "waiting",
            Group::NonBillable => "not billable",
            Group::Unusable => "set aside",
        }
    }
}

/// Hours of one week by group; a week is named by its Monday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Week {
    pub hours: [HoursSum; Group::ALL.len()],
}

/// How a prepaid line is used up, seen from the day of the balances (K8): what is dated later counts nowhere.
#[derive(Clone, Debug)]
pub struct BurnDown {
    pub line: Idx<OrderLine>,
    pub balance: Balance,
    /// Hours delivered by week (days since 1970-01-01 of its Monday), ascending.
    pub weeks: Vec<(i32, HoursSum)>,
    pub outlook: Outlook,
    /// W5: its last day.
    pub until: Option<Date>,
    /// W5, W7: hours that expired, and hours that went beyond it.
    pub expired: HoursSum,
    pub overage: HoursSum,
}

impl BurnDown {
    pub fn in_words(&self, form: HoursForm) -> String {
        let mut words = self.outlook_in_words(form);
        if let Some(until) = self.until {
            words = match self.expired.is_positive() {
                true => format!("{} hours expired on {until}", hours_shown(form, self.expired)),
                false => format!("{words}, valid until {until}"),
            };
        }
        if self.overage.is_positive() {
            words.push_str(&format!(", {} hours beyond it", hours_shown(form, self.overage)));
        }
        words
    }

    fn outlook_in_words(&self, form: HoursForm) -> String {
        let remaining = self.balance.remaining();
        match self.outlook {
            Outlook::Overdrawn { .. } => format!("OVERDRAWN by {} hours", hours_shown(form, -remaining)),
            Outlook::UsedUp => "used up".to_owned(),
            Outlook::Ends { on, hours_per_week, .. } => {
                format!("at {} hours a week used up about {on}", hours_shown(form, hours_per_week))
            }
            Outlook::Lasts => "lasts beyond the calendar".to_owned(),
            Outlook::NoUse { weeks: 1 } => "not used in the last week".to_owned(),
            Outlook::NoUse { weeks } => format!("not used in the last {weeks} weeks"),
        }
    }
}

/// When a prepaid line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// More was delivered than ordered; in the week of this Monday for the first time, if that is known.
    Overdrawn {
        since: Option<i32>,
    },
    UsedUp,
    /// At the pace of so many weeks it is used up about this day.
    Ends {
        on: Date,
        hours_per_week: HoursSum,
        weeks: i32,
    },
    /// At that pace it lasts beyond the calendar.
    Lasts,
    /// Nothing was used in the weeks looked at.
    NoUse {
        weeks: i32,
    },
}

/// Unbilled hours of one age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Age {
    pub label: &'static str,
    pub rows: u64,
    pub hours: HoursSum,
    /// By disposition, as the table `unbilled` names them.
    pub by_disposition: BTreeMap<String, HoursSum>,
    pub value: BTreeMap<Currency, Money>,
}

/// Everything the summary pages show.
pub struct Figures {
    /// E8.
    pub month: Month,
    /// In which hours are told.
    pub form: HoursForm,
    pub money: BTreeMap<Currency, MoneySum>,
    pub customers: BTreeMap<(Idx<Customer>, Currency), MoneySum>,
    /// By Monday.
    pub weeks: BTreeMap<i32, Week>,
    /// Overdrawn lines first, then those that end soonest, then by id.
    pub burn_downs: Vec<BurnDown>,
    pub ages: Vec<Age>,
    /// Balances and ages count to this day (K8): the end of the period, else the day that was named, else that of the newest entry.
    pub reference: Option<Date>,
    pub findings: BTreeMap<Code, u64>,
    pub quarantine: BTreeMap<Code, u64>,
    /// On that day.
    pub overdrawn: u64,
    /// H4: those that are with hours of all dates, and by how many.
    pub overdrawn_now: Vec<(Idx<OrderLine>, HoursSum)>,
}

/// How many weeks back the pace of a prepaid line is measured.
const PACE_WEEKS: i32 = 13;

const AGES: [(&str, i64); 7] = [
    ("dated later", -1),
    ("0 to 30 days", 30),
    ("31 to 60 days", 60),
    ("61 to 90 days", 90),
    ("91 to 180 days", 180),
    ("181 to 365 days", 365),
    ("over a year", i64::MAX),
];

/// The Monday of a day's week.
pub fn monday(days: i32) -> i32 {
    // 1970-01-01 was a Thursday.
    days - (days + 3).rem_euclid(7)
}

impl Figures {
    /// `unbilled` is the table of that name.
    pub fn new(run: RunView<'_>, unbilled: &Table<'_>) -> Figures {
        let results = run.results;
        let mut money: BTreeMap<Currency, MoneySum> = BTreeMap::new();
        let mut customers: BTreeMap<(Idx<Customer>, Currency), MoneySum> = BTreeMap::new();
        for draft in &results.billing.drafts {
            money.entry(draft.currency()).or_insert(MoneySum::NOTHING).add(draft);
            customers.entry((draft.key.party, draft.currency())).or_insert(MoneySum::NOTHING).add(draft);
        }
        let passed = pass(results);
        let reference = results.balance_date();
        let findings = results.findings.counts();
        let mut quarantine: BTreeMap<Code, u64> = BTreeMap::new();
        for error in results.rejected.iter().flat_map(|row| row.errors) {
            *quarantine.entry(error.code).or_default() += 1;
        }
        let burn_downs = burn_downs(results, passed.prepaid, reference);
        let overdrawn = burn_downs.iter().filter(|burn| burn.balance.overdrawn()).count() as u64;
        let (weeks, ages) = (passed.weeks, ages(unbilled, reference));
        let lines = results.world.lines.iter().filter(|(idx, _)| has_balance(results.world, *idx));
        let now = lines.filter_map(|(idx, line)| Some((idx, Balance::of(line, &results.account.line(idx))?)));
        let overdrawn_now = now.filter(|(_, now)| now.overdrawn()).map(|(idx, now)| (idx, -now.remaining())).collect();
        Figures {
            month: run.month.clone(),
            form: run.settings.output.hours,
            money,
            customers,
            weeks,
            burn_downs,
            ages,
            reference,
            findings,
            quarantine,
            overdrawn,
            overdrawn_now,
        }
    }

    /// What a person should know about each prepaid line, by its id, with the day on which it was so: colour is never alone.
    pub fn notes(&self, world: &World) -> HashMap<String, String> {
        let on = self.reference.map_or_else(|| "so far".to_owned(), |date| format!("on {date}"));
        let mut notes: HashMap<String, String> = HashMap::new();
        for burn in &self.burn_downs {
            let left = burn.balance.remaining() - burn.expired;
            let left = if left.is_positive() {
                format!("{} hours left, ", hours_shown(self.form, left))
            } else {
                String::new()
            };
            notes.insert(world.lines.id(burn.line).to_owned(), format!("{on}: {left}{}", burn.in_words(self.form)));
        }
        let then: HashMap<_, _> = self.burn_downs.iter().map(|burn| (burn.line, burn.balance.remaining())).collect();
        for (line, by) in &self.overdrawn_now {
            let note = notes.entry(world.lines.id(*line).to_owned()).or_default();
            let by_now = format!("OVERDRAWN by {} hours", hours_shown(self.form, *by));
            *note = match then.get(line) {
                Some(then) if *then == -*by => format!("{by_now} {on}"),
                Some(_) => format!("{by_now} with later dates; {note}"),
                None => format!("{by_now} with later dates"),
            };
        }
        notes
    }

    /// By how many hours later dates overdraw a line that they alone overdraw.
    pub fn overdrawn_later(&self) -> BTreeMap<Idx<OrderLine>, HoursSum> {
        let then = self.burn_downs.iter().filter(|burn| burn.balance.overdrawn()).map(|burn| burn.line);
        let then: HashSet<Idx<OrderLine>> = then.collect();
        self.overdrawn_now.iter().filter(|(line, _)| !then.contains(line)).copied().collect()
    }

    /// As the receipt counts them.
    pub fn findings_counted(&self) -> FindingCount {
        FindingCount::of(self.findings.iter().map(|(code, count)| (*code, *count)))
    }
}

/// Rows and hours of each disposition that has rows, in the order of §4.1 turned round: what was billed comes first.
pub fn balance(control: &Control) -> Vec<(Disposition, Total)> {
    let mut rows: Vec<_> = control.totals.iter().collect();
    rows.reverse();
    rows
}

/// What one pass over all entries finds out.
#[derive(Default)]
struct Passed {
    weeks: BTreeMap<i32, Week>,
    /// Hours delivered by prepaid line and Monday, up to the day of the balances.
    prepaid: BTreeMap<(Idx<OrderLine>, i32), HoursSum>,
}

impl Passed {
    fn merge(mut self, other: Passed) -> Passed {
        for (monday, week) in other.weeks {
            let sum = self.weeks.entry(monday).or_default();
            for (sum, hours) in sum.hours.iter_mut().zip(week.hours) {
                *sum += hours;
            }
        }
        for (key, hours) in other.prepaid {
            *self.prepaid.entry(key).or_default() += hours;
        }
        self
    }
}

fn pass(results: Results<'_>) -> Passed {
    let account = results.account;
    // K8: no entry is dated after the newest.
    let until = results.settings.balance_date();
    let chunks: Vec<(usize, (usize, &Chunk))> = results.world.entries.chunks().enumerate().collect();
    let passed = chunks
        .par_iter()
        .map(|&(number, (start, chunk))| {
            let mut passed = Passed::default();
            for (row, (entry, &disposition)) in chunk.iter().zip(account.of_chunk(number)).enumerate() {
                let Some(date) = entry.date() else { continue };
                let monday = monday(date.days());
                let week = passed.weeks.entry(monday).or_default();
                let mut count = |disposition, hours: Hours| {
                    *week.hours.get_mut(Group::of(disposition) as usize).or_bug("every group has its hours") += hours;
                };
                let idx = Idx::at(start + row);
                let all = account.hours_of(idx, (disposition, None), entry.hours);
                all.for_each(|(of, hours, _)| count(of, hours));
                if !entry.usable() {
                    continue;
                }
                if until.is_some_and(|until| date > until) {
                    continue;
                }
                if results.links.draws.asks(start + row) {
                    // W6: on as many packs as it takes.
                    let drawn = account.drawn_now(results.world, results.links, results.posted, &entry);
                    for (line, hours) in drawn {
                        // M7: with what the pack gives beyond them.
                        *passed.prepaid.entry((line, monday)).or_default() += hours.plus(account.uplift(idx, line));
                    }
                    continue;
                }
                let decision = decide(results.world, results.settings, results.links, results.posted, &entry);
                if decision.delivers
                    && let Some((line, _)) = decision.line
                    && has_balance(results.world, line)
                {
                    // What the ledger has covered is told by the ledger (G9).
                    *passed.prepaid.entry((line, monday)).or_default() +=
                        entry.hours.less(decision.covered).plus(account.uplift(idx, line));
                }
            }
            passed
        })
        .reduce(Passed::default, Passed::merge);
    let mut of_ledger = Passed::default();
    let by_then = |days: i32| until.is_none_or(|until| days <= until.days());
    let gone = results.posted.gone.iter().filter(|((_, days), _)| by_then(*days));
    for (&(line, days), &hours) in gone.filter(|((line, _), _)| has_balance(results.world, *line)) {
        *of_ledger.prepaid.entry((line, monday(days))).or_default() += hours;
    }
    passed.merge(of_ledger)
}

fn has_balance(world: &World, line: Idx<OrderLine>) -> bool {
    crate::link::is_candidate(world.lines.at(line))
}

fn burn_downs(
    results: Results<'_>,
    prepaid: BTreeMap<(Idx<OrderLine>, i32), HoursSum>,
    reference: Option<Date>,
) -> Vec<BurnDown> {
    let world = results.world;
    let mut weeks: BTreeMap<Idx<OrderLine>, Vec<(i32, HoursSum)>> = BTreeMap::new();
    for ((line, monday), hours) in prepaid {
        weeks.entry(line).or_default().push((monday, hours));
    }
    let mut burn_downs: Vec<BurnDown> = world
        .lines
        .iter()
        .filter(|(idx, _)| has_balance(world, *idx))
        .filter_map(|(line, known)| {
            let balance = Balance::by_then(known, &results.account.line(line), results.settings)?;
            let weeks = weeks.remove(&line).unwrap_or_default();
            let outlook = outlook(balance, &weeks, reference);
            let until = world.pack_days(line).1.filter(|_| results.pack_draws.is_some());
            let of_pack = results.pack_draws.and_then(|_| results.pack_hours(line));
            let (expired, overage) = of_pack.map_or((HoursSum::ZERO, HoursSum::ZERO), |of| (of.expired, of.overage));
            Some(BurnDown { line, balance, weeks, outlook, until, expired, overage })
        })
        .collect();
    burn_downs.sort_by(|a, b| {
        let key = |burn: &BurnDown| (urgency(burn.outlook), burn.balance.remaining());
        key(a).cmp(&key(b)).then_with(|| world.lines.id(a.line).cmp(world.lines.id(b.line)))
    });
    burn_downs
}

/// Overdrawn first, then used up, then by the day on which it ends.
fn urgency(outlook: Outlook) -> (u8, i32) {
    match outlook {
        Outlook::Overdrawn { .. } => (0, 0),
        Outlook::UsedUp => (1, 0),
        Outlook::Ends { on, .. } => (2, on.days()),
        Outlook::Lasts => (3, 0),
        Outlook::NoUse { .. } => (4, 0),
    }
}

fn outlook(balance: Balance, weeks: &[(i32, HoursSum)], reference: Option<Date>) -> Outlook {
    let remaining = balance.remaining();
    if remaining.is_negative() {
        return Outlook::Overdrawn { since: overdrawn_since(balance, weeks) };
    }
    if remaining.is_zero() {
        return Outlook::UsedUp;
    }
    // The pace is that of the last weeks up to the reference, or since the first use when that is less.
    let last = reference.map_or(0, |date| monday(date.days()));
    let first_use = weeks.first().map_or(last, |(monday, _)| *monday);
    let first = first_use.max(last - 7 * (PACE_WEEKS - 1)).min(last);
    let counted = (last - first) / 7 + 1;
    let used: HoursSum =
        weeks.iter().filter(|(monday, _)| (first..=last).contains(monday)).map(|(_, hours)| *hours).sum();
    let (Some(reference), true) = (reference, used.is_positive()) else { return Outlook::NoUse { weeks: counted } };
    // Days that the rest lasts, rounded up.
    let days = remaining
        .micros()
        .checked_mul(i128::from(counted) * 7)
        .and_then(|product| product.checked_add(used.micros() - 1)?.checked_div(used.micros()));
    let on = days
        .and_then(|days| i32::try_from(days).ok())
        .and_then(|days| Date::from_days(reference.days().checked_add(days)?));
    let hours_per_week =
        HoursSum::from_micros(divide_rounded(used.micros(), i128::from(counted)).or_bug("a week was counted"));
    on.map_or(Outlook::Lasts, |on| Outlook::Ends { on, hours_per_week, weeks: counted })
}

/// The week in which the sum of hours first went above what was ordered and stayed there to the end.
fn overdrawn_since(balance: Balance, weeks: &[(i32, HoursSum)]) -> Option<i32> {
    let (mut sum, mut since) = (HoursSum::ZERO, None);
    for (monday, hours) in weeks {
        sum += *hours;
        since = if sum > balance.ordered { since.or(Some(*monday)) } else { None };
    }
    since
}

fn ages(unbilled: &Table<'_>, reference: Option<Date>) -> Vec<Age> {
    let mut ages: Vec<Age> = AGES.iter().map(|(label, _)| Age { label, ..Age::default() }).collect();
    each_row(unbilled, |row| {
        let date = row.get("date").and_then(TableCell::date);
        let days = date.zip(reference).map_or(0, |(date, to)| i64::from(to.days()) - i64::from(date.days()));
        let at = AGES.iter().position(|(_, upto)| days <= *upto);
        let age = at.and_then(|at| ages.get_mut(at)).or_bug("every number of days is of one age");
        let hours = row.get("hours").and_then(TableCell::hours).or_bug("what is not billed has hours");
        age.rows += 1;
        age.hours += hours;
        *age.by_disposition.entry(row.text("disposition").into_owned()).or_default() += hours;
        if let Some((money, currency)) = row.get("value").and_then(TableCell::money) {
            let sum = age.value.entry(currency).or_insert(Money::ZERO);
            *sum = sum.checked_add(money).or_bug("the amounts of a run fit a sum");
        }
        true
    });
    ages
}

/// Hours for people, in the form of the job, with groups of digits.
pub fn hours_shown(form: HoursForm, hours: HoursSum) -> String {
    grouped(&form.text(hours))
}

/// Money for people, with groups of digits.
pub fn money_shown(money: Money, currency: Currency) -> String {
    grouped(&money.text(currency))
}

/// `-1234567.89` becomes `−1,234,567.89`, and `-1234:30` `−1,234:30`: groups of three digits and a minus sign that stands as wide as a digit.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("\u{2212}", digits));
    let mark = digits.find(['.', ':']).unwrap_or(digits.len());
    let (whole, fraction) = digits.split_at(mark);
    let mut text = String::from(sign);
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
