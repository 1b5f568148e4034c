//! What has been billed of one order line.

use super::record::{Effect, LineFacts, LineKind};
use crate::bug::OrBug;
use crate::model::{OrderLine, Policy};
use crate::quantity::{HoursSum, MICROS_PER_ONE, Quantity, UnitSize, divide_rounded};

/// Hours and quantities of one order line that are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLineState {
    /// For a time line: hours on documents, less those taken back for rebilling. Hours of entries that vanished from the export are among
    /// them.
    pub hours: HoursSum,
    /// M4: hours billed beyond those that were worked, less those taken back.
    pub uplift: HoursSum,
    /// Quantities on documents, by what they measure and by what they were billed for: one for nearly every line.
    amounts: Vec<Amount>,
    /// B2: the export's figure when the ledger first met the line.
    opening: Option<Amount>,
    /// The least and the greatest figure at which opening and ledger have stood together, 0 among them: in millionths of the unit, or of
    /// microseconds for a unit of time.
    lowest: i128,
    highest: i128,
    /// The decimals that its quantities were rounded to last.
    decimals: u32,
    /// G10: what the ERP had invoiced without us when the ledger was opened, in millionths of microseconds.
    explained: i128,
    /// Something of it was taken back for rebilling.
    pub opened_again: bool,
    /// Something of it was taken back and stays closed.
    pub written_off: bool,
    /// Quantities that were taken back and stay closed, below 0 where the line's are above.
    waived: Vec<Amount>,
    skew: Option<Skew>,
    /// W8: what was billed beyond a pack counts by itself; of few lines.
    overage: Option<Box<OrderLineState>>,
}

/// A quantity of one measure, in millionths of its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Amount {
    measure: Measure,
    /// For hours of entries, rather than as a quantity of the line.
    by_time: bool,
    /// What is closed: billed less what was taken back for rebilling.
    closed: i128,
    /// What was ever billed, before anything was taken back.
    billed: i128,
}

/// What a unit measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    Time(UnitSize),
    /// Pieces of something, by their name in lower case.
    Pieces(Box<str>),
}

impl Measure {
    pub fn new(unit: Option<UnitSize>, uom: &str) -> Measure {
        unit.map_or_else(|| Measure::Pieces(uom.trim().to_lowercase().into()), Measure::Time)
    }

    pub fn of(line: &OrderLine) -> Measure {
        Measure::new(line.unit, &line.uom)
    }

    /// How long a unit is, when it measures time.
    pub fn unit(&self) -> Option<UnitSize> {
        match self {
            Measure::Time(unit) => Some(*unit),
            Measure::Pieces(_) => None,
        }
    }

    /// A quantity in millionths of the unit, brought to a form in which units of time compare: millionths of microseconds. `None` when it
    /// does not fit.
    fn scaled(&self, micros: i128) -> Option<i128> {
        match self {
            Measure::Time(unit) => micros.checked_mul(unit.micros().into()),
            Measure::Pieces(_) => Some(micros),
        }
    }

    /// G12: quantities of both can be held against each other.
    pub fn compares(&self, other: &Measure) -> bool {
        match (self, other) {
            (Measure::Time(_), Measure::Time(_)) => true,
            (Measure::Pieces(one), Measure::Pieces(other)) => one == other,
            (Measure::Time(_), Measure::Pieces(_)) | (Measure::Pieces(_), Measure::Time(_)) => false,
        }
    }
}

/// What B3 would have billed for the hours that are closed, less what was billed for them. Taking a document back takes its own quantity
/// back, which may differ by the last decimal from what its hours add to the sum now; the next part of the line makes up for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Skew {
    unit: UnitSize,
    decimals: u32,
    /// Hours closed outside of the ledger when the line was last billed.
    outside: HoursSum,
    millionths: i64,
}

/// What the ledger has of a line that it never met.
pub(super) static NOTHING: OrderLineState = OrderLineState::NOTHING;

impl OrderLineState {
    /// What the ledger has of a line that it never met.
    pub const NOTHING: OrderLineState = OrderLineState {
        hours: HoursSum::ZERO,
        uplift: HoursSum::ZERO,
        amounts: Vec::new(),
        opening: None,
        lowest: 0,
        highest: 0,
        decimals: 0,
        explained: 0,
        opened_again: false,
        written_off: false,
        waived: Vec::new(),
        skew: None,
        overage: None,
    };

    /// B2 and G12: opening and ledger in the line's unit of today, whatever they were billed as. Quantities of another unit of time are
    /// turned into it, rounded once; what measures something else does not count. `None` when the ledger has nothing of the line, or
    /// the sum does not fit.
    pub fn invoiced(&self, line: &OrderLine) -> Option<Quantity> {
        self.invoiced_in(&Measure::of(line))
    }

    /// As [`OrderLineState::invoiced`], in the unit of a measure.
    pub fn invoiced_in(&self, today: &Measure) -> Option<Quantity> {
        self.sum(today, self.amounts.iter().chain(&self.opening)).filter(|_| !self.is_unknown())
    }

    /// As [`OrderLineState::invoiced`], of the ledger alone: without the opening.
    pub fn in_ledger_as(&self, line: &OrderLine) -> Option<Quantity> {
        self.sum(&Measure::of(line), self.amounts.iter())
    }

    /// The ledger has met a figure of the export from which on it counts (B2).
    pub fn has_opening(&self) -> bool {
        self.opening.is_some()
    }

    /// B2: the figure of the export from which on the ledger counts, in the line's unit of today. `None` without one, or when it does not fit.
    pub fn opening(&self, line: &OrderLine) -> Option<Quantity> {
        self.sum(&Measure::of(line), self.opening.iter()).filter(|_| self.opening.is_some())
    }

    fn sum<'a>(&self, today: &Measure, amounts: impl Iterator<Item = &'a Amount>) -> Option<Quantity> {
        let (mut same, mut other) = (0_i128, 0_i128);
        for amount in amounts.filter(|amount| amount.measure.compares(today)) {
            if amount.measure == *today {
                same = same.checked_add(amount.closed)?;
            } else {
                other = other.checked_add(amount.measure.scaled(amount.closed)?)?;
            }
        }
        let turned = match today.unit().filter(|_| other != 0) {
            Some(unit) => in_unit(other, unit, self.decimals)?,
            None => 0,
        };
        i64::try_from(same.checked_add(turned)?).ok().map(Quantity::from_micros)
    }

    /// G12: hours that were billed as a quantity of the line, and that it must deliver before it bills time. Negative when more was taken
    /// back than billed. `None` when the sum does not fit.
    pub fn prebilled(&self) -> Option<HoursSum> {
        let by_quantity = self.amounts.iter().chain(&self.opening).filter(|amount| !amount.by_time);
        let sum = by_quantity.map(|amount| match amount.measure {
            Measure::Time(unit) => amount.closed.checked_mul(unit.micros().into()),
            Measure::Pieces(_) => Some(0),
        });
        let sum = sum.into_iter().try_fold(0_i128, |sum, amount| sum.checked_add(amount?))?;
        Some(HoursSum::from_micros(divide_rounded(sum, MICROS_PER_ONE.into())?))
    }

    /// G10: all hours that documents ever billed of it, before anything was taken back, those it was met with as a quantity, and what an
    /// opening explained.
    pub fn billed_hours(&self) -> HoursSum {
        self.billed().or_bug("a line whose billed hours do not fit was refused")
    }

    /// As [`OrderLineState::billed_hours`]; `None` when they do not fit.
    fn billed(&self) -> Option<HoursSum> {
        let opening = self.opening.iter().filter(|opening| !opening.by_time);
        let sum = self.amounts.iter().chain(opening).try_fold(self.explained, |sum, amount| match amount.measure {
            Measure::Time(unit) => sum.checked_add(amount.billed.checked_mul(unit.micros().into())?),
            Measure::Pieces(_) => Some(sum),
        })?;
        Some(HoursSum::from_micros(divide_rounded(sum, MICROS_PER_ONE.into())?))
    }

    /// G12: something of it is closed that cannot be held against the unit, and the policy, that the line has now.
    pub fn is_incomparable(&self, line: &OrderLine) -> bool {
        let today = Measure::of(line);
        let differs = |amount: &Amount| amount.closed != 0 && !amount.measure.compares(&today);
        let taken_back = || line.policy == Policy::Time && self.prebilled().is_none_or(HoursSum::is_negative);
        self.amounts.iter().any(differs) || taken_back()
    }

    /// The ledger never met it.
    pub fn is_unknown(&self) -> bool {
        self.amounts.is_empty() && self.opening.is_none()
    }

    /// W8: hours beyond the pack that it sells were billed.
    pub fn has_overage(&self) -> bool {
        !self.overage().is_unknown()
    }

    /// Nothing of it is closed.
    pub fn is_nothing(&self) -> bool {
        let amounts = self.amounts.iter().all(|amount| amount.closed == 0);
        self.hours.is_zero() && amounts && self.overage.as_deref().is_none_or(OrderLineState::is_nothing)
    }

    /// W8: what was billed of hours beyond the pack that this line sells.
    pub fn overage(&self) -> &OrderLineState {
        self.overage.as_deref().unwrap_or(&NOTHING)
    }

    /// Quantity in the ledger alone, in the units that it was billed in.
    pub fn in_ledger(&self) -> Option<Quantity> {
        let sum = self.amounts.iter().try_fold(0_i128, |sum, amount| sum.checked_add(amount.closed))?;
        i64::try_from(sum).ok().map(Quantity::from_micros)
    }

    /// What the next part of a time line adds to B3, so that the sum over all documents is the rounded sum of all hours. 0 when the unit or
    /// the decimals are others than before.
    pub fn skew(&self, unit: Option<UnitSize>, decimals: u32) -> Quantity {
        let same = self.skew.filter(|skew| Some(skew.unit) == unit && skew.decimals == decimals);
        same.map_or(Quantity::ZERO, |skew| Quantity::from_micros(skew.millionths))
    }

    /// Takes in the next line of a document. `None` when a figure does not fit.
    pub fn add(&mut self, line: &LineFacts<'_>) -> Option<()> {
        if line.kind == LineKind::Overage {
            let overage = self.overage.get_or_insert_with(|| Box::new(OrderLineState::NOTHING));
            return overage.add(&LineFacts { kind: LineKind::Time, ..*line });
        }
        self.opened_again |= line.effect == Effect::Rebill;
        self.written_off |= line.effect == Effect::WriteOff;
        if line.effect == Effect::WriteOff {
            return self.waive(line);
        }
        match line.kind {
            LineKind::Covered | LineKind::Held | LineKind::Overage => Some(()),
            LineKind::Time => self.add_time(line),
            LineKind::Prepaid | LineKind::Manual | LineKind::Milestones => {
                // B2: what the ERP invoiced by itself since the ledger met the line is in the newest figure.
                if line.effect == Effect::Billed || self.opening.is_none() {
                    let by_time = self.opening.as_ref().is_some_and(|opening| opening.by_time);
                    self.opening = Some(Amount { by_time, ..Amount::new(line, line.exported.micros().into()) });
                }
                self.add_quantity(line)
            }
            LineKind::DownPayment | LineKind::Deduction => Some(()),
        }
    }

    /// Whether opening and ledger have stood at the figure that the export gives for the line, or between that and 0 (B2).
    pub fn has_reached(&self, line: &OrderLine) -> bool {
        let figure = Measure::of(line).scaled(line.invoiced.micros().into());
        figure.is_some_and(|figure| (self.lowest..=self.highest).contains(&figure))
    }

    fn reach(&mut self, measure: &Measure) -> Option<()> {
        let mut sum = 0_i128;
        for amount in self.amounts.iter().chain(&self.opening).filter(|amount| amount.measure.compares(measure)) {
            sum = sum.checked_add(amount.measure.scaled(amount.closed)?)?;
        }
        self.lowest = self.lowest.min(sum);
        self.highest = self.highest.max(sum);
        Some(())
    }

    fn add_quantity(&mut self, line: &LineFacts<'_>) -> Option<()> {
        let mut fresh = Amount::new(line, 0);
        let measure = fresh.measure.clone();
        self.decimals = line.decimals;
        self.reach(&measure)?;
        let same = |amount: &&mut Amount| amount.measure == fresh.measure && amount.by_time == fresh.by_time;
        let quantity = i128::from(line.quantity.micros());
        let billed = if line.effect == Effect::Billed { quantity } else { 0 };
        let add = |amount: &mut Amount| {
            amount.closed = amount.closed.checked_add(quantity)?;
            amount.billed = amount.billed.checked_add(billed)?;
            Some(())
        };
        match self.amounts.iter_mut().find(same) {
            Some(amount) => add(amount)?,
            None => {
                add(&mut fresh)?;
                self.amounts.push(fresh);
            }
        }
        self.billed()?;
        self.prebilled()?;
        self.reach(&measure)
    }

    /// What is closed although it was taken back.
    fn waive(&mut self, line: &LineFacts<'_>) -> Option<()> {
        let fresh = Amount::new(line, line.quantity.micros().into());
        match self.waived.iter_mut().find(|known| known.measure == fresh.measure) {
            Some(known) => known.closed = known.closed.checked_add(fresh.closed)?,
            None => self.waived.push(fresh),
        }
        Some(())
    }

    /// W11: something of it was taken back, and no document bills any of it: what is closed still was written off. `invoiced` is what is
    /// (B2).
    pub fn lacks_its_invoice(&self, line: &OrderLine, invoiced: Quantity) -> bool {
        let waived = self.sum(&Measure::of(line), self.waived.iter());
        let billed = waived.and_then(|waived| invoiced.checked_add(waived));
        self.opened_again && billed.is_some_and(Quantity::is_zero)
    }

    fn add_time(&mut self, line: &LineFacts<'_>) -> Option<()> {
        let unit = line.unit?;
        let decimals = line.decimals;
        let fresh = Skew { unit, decimals, outside: line.outside, millionths: 0 };
        let mut skew = self.skew.filter(|skew| skew.unit == unit && skew.decimals == decimals).unwrap_or(fresh);
        // What is taken back says nothing new about hours outside of the ledger.
        if line.effect == Effect::Billed {
            skew.outside = line.outside;
        }
        let explained = i128::from(line.explained.micros()).checked_mul(unit.micros().into())?;
        self.explained = self.explained.checked_add(explained)?;
        let before = skew.outside + self.hours + self.uplift;
        let rounded = |hours| unit.quantity(hours, decimals);
        let neutral = rounded(before + line.hours + line.uplift)?.checked_sub(rounded(before)?)?;
        skew.millionths = skew.millionths.checked_add(neutral.micros())?.checked_sub(line.quantity.micros())?;
        self.skew = Some(skew);
        self.hours += line.hours;
        self.uplift += line.uplift;
        if self.opening.is_none() && line.effect == Effect::Billed {
            // What entries with an invoice of the ERP had, or the export's own figure where that was written down.
            let outside = unit.quantity(line.outside, DECIMALS_MAX)?.max(line.exported);
            self.opening = Some(Amount::new(line, outside.micros().into()));
        }
        self.add_quantity(line)
    }
}

/// The decimals of a quantity.
const DECIMALS_MAX: u32 = 6;

impl Amount {
    fn new(line: &LineFacts<'_>, closed: i128) -> Amount {
        let by_time = line.kind == LineKind::Time;
        Amount { measure: Measure::new(line.unit, line.uom), by_time, closed, billed: closed }
    }
}

/// Millionths of units times their microseconds, in millionths of another unit.
fn in_unit(product: i128, unit: UnitSize, decimals: u32) -> Option<i128> {
    let step = crate::quantity::power_of_ten(DECIMALS_MAX.checked_sub(decimals)?)?;
    let divisor = i128::from(unit.micros()).checked_mul(step)?;
    divide_rounded(product, divisor)?.checked_mul(step)
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
