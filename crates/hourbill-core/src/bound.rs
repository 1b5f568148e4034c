//! X: bounds, for figures that are not likely to be true. A bound is a figure that entries, order lines, drafts or a whole run should not
//! go beyond; what goes beyond it is told, held or stops the run. This module says what bounds are and compares figures with them; each
//! figure is measured where the thing that it is about is made.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bug::OrBug;
use crate::finding::Code;
use crate::quantity::{
    Currency, Hours, HoursSum, MICROS_PER_HOUR, MICROS_PER_ONE, Money, Percent, Quantity, UnitPrice, decimal_text,
    divide_rounded, exact, power_of_ten,
};

/// What a bound looks at (X2 to X4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BoundKey {
    /// Hours of one employee on one day.
    EmployeeDayHours,
    /// Minutes of a day in which an employee works twice.
    OverlapMinutes,
    /// Days behind the day that stands for today.
    FutureDays,
    /// Rows of one employee and day that are equal in all but the id, without the first of them.
    Twins,
    /// Price of a unit of an order line.
    UnitPrice(Currency),
    DiscountPct,
    /// Total of a draft, before down payments are taken off.
    DraftAmount(Currency),
    DraftHours,
    /// Total of all drafts of a run.
    RunAmount(Currency),
    /// Unassigned hours in percent of the hours read.
    UnassignedPct,
    /// Held hours in percent of the hours read.
    HeldPct,
    /// X3: how many times the usual net of a customer a draft has.
    DraftVsMedian,
    /// X4: how many times as much, or as little, as usual an input has.
    InputVsMedian,
}

impl BoundKey {
    /// Its key in the table `bounds`, without its currency.
    pub fn name(self) -> &'static str {
        match self {
            BoundKey::EmployeeDayHours => "employee_day_hours",
            BoundKey::OverlapMinutes => "overlap_minutes",
            BoundKey::FutureDays => "future_days",
            BoundKey::Twins => "twins",
            BoundKey::UnitPrice(_) => "unit_price",
            BoundKey::DiscountPct => "discount_pct",
            BoundKey::DraftAmount(_) => "draft_amount",
            BoundKey::DraftHours => "draft_hours",
            BoundKey::RunAmount(_) => "run_amount",
            BoundKey::UnassignedPct => "unassigned_pct",
            BoundKey::HeldPct => "held_pct",
            BoundKey::DraftVsMedian => "draft_vs_median",
            BoundKey::InputVsMedian => "input_vs_median",
        }
    }

    fn currency(self) -> Option<Currency> {
        match self {
            BoundKey::UnitPrice(currency) | BoundKey::DraftAmount(currency) | BoundKey::RunAmount(currency) => {
                Some(currency)
            }
            BoundKey::EmployeeDayHours
            | BoundKey::OverlapMinutes
            | BoundKey::FutureDays
            | BoundKey::Twins
            | BoundKey::DiscountPct
            | BoundKey::DraftHours
            | BoundKey::UnassignedPct
            | BoundKey::HeldPct
            | BoundKey::DraftVsMedian
            | BoundKey::InputVsMedian => None,
        }
    }

    /// The code of the finding about what goes beyond the bound.
    pub fn code(self) -> Code {
        match self {
            BoundKey::EmployeeDayHours => Code::BoundEmployeeDayHours,
            BoundKey::OverlapMinutes => Code::BoundOverlapMinutes,
            BoundKey::FutureDays => Code::BoundFutureDays,
            BoundKey::Twins => Code::BoundTwins,
            BoundKey::UnitPrice(_) => Code::BoundUnitPrice,
            BoundKey::DiscountPct => Code::BoundDiscountPct,
            BoundKey::DraftAmount(_) => Code::BoundDraftAmount,
            BoundKey::DraftHours => Code::BoundDraftHours,
            BoundKey::RunAmount(_) => Code::BoundRunAmount,
            BoundKey::UnassignedPct => Code::BoundUnassignedPct,
            BoundKey::HeldPct => Code::BoundHeldPct,
            BoundKey::DraftVsMedian => Code::BoundDraftVsMedian,
            BoundKey::InputVsMedian => Code::BoundInputVsMedian,
        }
    }

    /// The bound is about a run as a whole: no entry and no draft can be held for it.
    pub fn is_of_run(self) -> bool {
        matches!(self, BoundKey::RunAmount(_) | BoundKey::UnassignedPct | BoundKey::HeldPct | BoundKey::InputVsMedian)
    }
}

/// `unit_price.EUR`: as a job and an adjustment name it.
impl fmt::Display for BoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency() {
            Some(currency) => write!(f, "{}.{currency}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

/// What becomes of what goes beyond a bound (X5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundAction {
    Warn,
    Hold,
    Stop,
}

impl BoundAction {
    pub const ALL: [BoundAction; 3] = [BoundAction::Warn, BoundAction::Hold, BoundAction::Stop];

    pub fn name(self) -> &'static str {
        match self {
            BoundAction::Warn => "warn",
            BoundAction::Hold => "hold",
            BoundAction::Stop => "stop",
        }
    }
}

/// How far a figure may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The limit, in the unit that the key names; for a bound by a median, how many times the median.
    pub limit: Quantity,
    pub action: BoundAction,
    /// X3: a draft has to exceed the median by at least so much, in units of its currency.
    pub floor: Quantity,
    /// X3, X4: how many months are looked back.
    pub months: u32,
}

impl Bound {
    pub fn new(limit: Quantity, action: BoundAction) -> Bound {
        Bound { limit, action, floor: Quantity::ZERO, months: 0 }
    }
}

/// The bounds of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundSet {
    all: BTreeMap<BoundKey, Bound>,
}

/// The bounds of a job that says nothing (X1).
impl Default for BoundSet {
    fn default() -> BoundSet {
        let day = Quantity::from_micros(24 * MICROS_PER_ONE);
        let warns = |limit| Bound::new(limit, BoundAction::Warn);
        let all = [(BoundKey::EmployeeDayHours, warns(day)), (BoundKey::Twins, warns(Quantity::ZERO))];
        BoundSet { all: all.into() }
    }
}

impl BoundSet {
    pub fn set(&mut self, key: BoundKey, bound: Bound) {
        self.all.insert(key, bound);
    }

    pub fn of(&self, key: BoundKey) -> Option<Bound> {
        self.all.get(&key).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (BoundKey, Bound)> {
        self.all.iter().map(|(key, bound)| (*key, *bound))
    }

    /// What goes beyond it is held.
    pub fn holds(&self, key: BoundKey) -> bool {
        self.of(key).is_some_and(|bound| bound.action == BoundAction::Hold)
    }
}

/// A figure that was measured, exact, and never below 0: amounts, whatever their sign.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct BoundFigure {
    units: i128,
    /// How many units make 1; above 0.
    per_one: i128,
}

impl BoundFigure {
    /// `units` divided by `per_one`; `None` when `per_one` is 0: there is nothing to compare with.
    pub fn ratio(units: i128, per_one: i128) -> Option<BoundFigure> {
        let (units, per_one) = (units.checked_abs()?, per_one.checked_abs()?);
        (per_one > 0).then_some(BoundFigure { units, per_one })
    }

    fn of(units: i128, per_one: i64) -> BoundFigure {
        BoundFigure::ratio(units, per_one.into())
            .or_bug("sums of figures that were read are far from the limits of 128 bits")
    }

    pub fn hours(hours: HoursSum) -> BoundFigure {
        BoundFigure::of(hours.micros(), MICROS_PER_HOUR)
    }

    pub fn minutes(hours: HoursSum) -> BoundFigure {
        BoundFigure::of(hours.micros(), MICROS_PER_HOUR / 60)
    }

    pub fn count(count: u64) -> BoundFigure {
        BoundFigure::of(count.into(), 1)
    }

    pub fn price(price: UnitPrice) -> BoundFigure {
        BoundFigure::of(price.micros().into(), MICROS_PER_ONE)
    }

    pub fn percent(percent: Percent) -> BoundFigure {
        BoundFigure::of(percent.micros().into(), MICROS_PER_ONE)
    }

    pub fn money(money: Money, currency: Currency) -> BoundFigure {
        let per_one = power_of_ten(currency.digits()).or_bug("no currency has so many decimals");
        BoundFigure::ratio(money.minor(), per_one).or_bug("amounts are far from the limits of 128 bits")
    }

    /// How many percent of `whole` are `part`. Where `whole` is 0 there are no hours at all, or hours that cancel out: then any part of them is
    /// all of it.
    pub fn share(part: HoursSum, whole: HoursSum) -> BoundFigure {
        match (part.is_zero(), whole.is_zero()) {
            (true, _) => BoundFigure::count(0),
            (false, true) => BoundFigure::count(100),
            (false, false) => {
                let percent = part.micros().checked_mul(100);
                let share = percent.and_then(|percent| BoundFigure::ratio(percent, whole.micros()));
                share.or_bug("hours are far from the limits of 128 bits")
            }
        }
    }

    pub fn is_beyond(self, limit: Quantity) -> bool {
        self.cmp(&BoundFigure { units: limit.micros().into(), per_one: MICROS_PER_ONE.into() }) == Ordering::Greater
    }
}

impl From<Hours> for BoundFigure {
    fn from(hours: Hours) -> BoundFigure {
        BoundFigure::hours(hours.into())
    }
}

impl PartialEq for BoundFigure {
    fn eq(&self, other: &BoundFigure) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for BoundFigure {}
impl PartialOrd for BoundFigure {
    fn partial_cmp(&self, other: &BoundFigure) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By whole parts, then by what is left of the whole: no product outgrows the type.
impl Ord for BoundFigure {
    fn cmp(&self, other: &BoundFigure) -> Ordering {
        let (mut one, mut other, mut turned) = (*self, *other, false);
        loop {
            let wholes = (one.units / one.per_one).cmp(&(other.units / other.per_one));
            let rests = (one.units % one.per_one, other.units % other.per_one);
            let decided = match (wholes, rests) {
                (Ordering::Equal, (0, 0)) => Some(Ordering::Equal),
                (Ordering::Equal, (0, _)) => Some(Ordering::Less),
                (Ordering::Equal, (_, 0)) => Some(Ordering::Greater),
                (Ordering::Equal, _) => None,
                (decided, _) => Some(decided),
            };
            if let Some(decided) = decided {
                return if turned { decided.reverse() } else { decided };
            }
            // Of two fractions below 1 the smaller one has the greater inverse.
            (one, other) = (
                BoundFigure { units: one.per_one, per_one: rests.0 },
                BoundFigure { units: other.per_one, per_one: rests.1 },
            );
            turned = !turned;
        }
    }
}

/// Equal figures look the same, whatever they are made of.
impl fmt::Debug for BoundFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Six decimals at most.
impl fmt::Display for BoundFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.units.checked_mul(MICROS_PER_ONE.into()).and_then(|units| divide_rounded(units, self.per_one));
        f.pad(&match exact {
            Some(micros) => decimal_text(micros, 6, 0),
            None => (self.units / self.per_one).to_string(),
        })
    }
}

/// What was measured for one bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundSeen {
    /// The greatest figure; `None`: there was nothing to measure.
    pub measured: Option<BoundFigure>,
    /// Figures beyond the limit that nobody accepted.
    pub broken: u64,
    /// Figures beyond the limit that an adjustment accepts (X6).
    pub accepted: u64,
}

impl BoundSeen {
    pub fn take(&mut self, figure: BoundFigure) {
        self.measured = self.measured.max(Some(figure));
    }

    /// Adds what was measured in another part of the same run.
    pub fn add(&mut self, other: BoundSeen) {
        self.measured = self.measured.max(other.measured);
        self.broken += other.broken;
        self.accepted += other.accepted;
    }
}

/// What was measured, by bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    #[serde(with = "exact::pairs")]
    all: BTreeMap<BoundKey, BoundSeen>,
}

impl Measures {
    pub fn at(&mut self, key: BoundKey) -> &mut BoundSeen {
        self.all.entry(key).or_default()
    }

    pub fn of(&self, key: BoundKey) -> BoundSeen {
        self.all.get(&key).copied().unwrap_or_default()
    }

    pub fn add(&mut self, other: &Measures) {
        for (key, seen) in &other.all {
            self.at(*key).add(*seen);
        }
    }

    /// The bounds that were measured or have a limit.
    pub fn keys(&self, bounds: &BoundSet) -> Vec<BoundKey> {
        let mut keys: Vec<BoundKey> = self.all.keys().copied().chain(bounds.iter().map(|(key, _)| key)).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// X7: how a figure stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundOutcome {
    /// The figure was measured, and nobody set a limit.
    NoLimit,
    /// There was nothing to hold it against.
    NoVerdict,
    Kept,
    /// The figure is beyond the limit, and an adjustment accepts that.
    Accepted,
    Broken,
}

impl BoundOutcome {
    pub fn of(bound: Option<Bound>, seen: BoundSeen) -> BoundOutcome {
        match (bound, seen) {
            (None, _) => BoundOutcome::NoLimit,
            (_, BoundSeen { broken: 1.., .. }) => BoundOutcome::Broken,
            (_, BoundSeen { accepted: 1.., .. }) => BoundOutcome::Accepted,
            (_, BoundSeen { measured: None, .. }) => BoundOutcome::NoVerdict,
            _ => BoundOutcome::Kept,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            BoundOutcome::NoLimit => "no_limit",
            BoundOutcome::NoVerdict => "no_verdict",
            BoundOutcome::Kept => "kept",
            BoundOutcome::Accepted => "accepted",
            BoundOutcome::Broken => "broken",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(units: i128, per_one: i128) -> BoundFigure {
        BoundFigure::ratio(units, per_one).unwrap()
    }

    #[test]
    fn figures_compare_exactly_whatever_they_are_made_of() {
        let limit = |text: &str| Quantity::from_text(text).unwrap();
        assert!(!figure(24 * 3_600_000_000, 3_600_000_000).is_beyond(limit("24")));
        assert!(figure(24 * 3_600_000_000 + 1, 3_600_000_000).is_beyond(limit("24")));
        assert!(!figure(1, 3).is_beyond(limit("0.333334")) && figure(1, 3).is_beyond(limit("0.333333")));
        assert!(figure(i128::MAX, i128::MAX - 1).is_beyond(limit("1")));
        assert!(!figure(i128::MAX - 1, i128::MAX).is_beyond(limit("1")));
        assert_eq!(figure(2, 6), figure(1, 3));
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i128::from(random >> 52)
        };
        for _ in 0..10_000 {
            let (a, b, c, d) = (next(), next() + 1, next(), next() + 1);
            assert_eq!(figure(a, b).cmp(&figure(c, d)), (a * d).cmp(&(c * b)), "{a}/{b} {c}/{d}");
        }
    }

    #[test]
    fn figures_are_shown_with_six_decimals() {
        assert_eq!(figure(-36 * 3_600_000_000, 3_600_000_000).to_string(), "36");
        assert_eq!(figure(2, 3).to_string(), "0.666667");
        assert_eq!(figure(i128::MAX, 10).to_string(), (i128::MAX / 10).to_string());
        assert_eq!(BoundFigure::share(HoursSum::ZERO, HoursSum::ZERO).to_string(), "0");
        // 2 h of +2 h and -2 h are no 0 % of them.
        assert_eq!(BoundFigure::share(HoursSum::from_micros(2), HoursSum::ZERO).to_string(), "100");
    }
}
