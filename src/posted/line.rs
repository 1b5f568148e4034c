//! What has been billed of one order line.

use super::record::{Effect, LineFacts, LineKind};
use crate::quantity::{HoursSum, Quantity, UnitSize};

/// Hours and quantities of one order line that are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderLineState {
    /// Of time lines: hours on documents, less those taken back for rebilling. Hours of entries that vanished from the export are in it.
    pub hours: HoursSum,
    /// Quantity on documents, less what was taken back for rebilling, in millionths.
    quantity: i128,
    /// B2: the export's figure when the ledger first met the line.
    pub opening: Option<Quantity>,
    /// Between which figures opening and ledger have stood together, 0 among them, in millionths.
    lowest: i128,
    highest: i128,
    /// Something of it was taken back for rebilling.
    pub opened_again: bool,
    /// Something of it was taken back and stays closed.
    pub written_off: bool,
    skew: Option<Skew>,
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

impl OrderLineState {
    /// B2: opening and ledger; `None` when it does not fit a quantity.
    pub fn invoiced(&self) -> Option<Quantity> {
        let opening = self.opening.map_or(0, |opening| i128::from(opening.micros()));
        i64::try_from(opening.checked_add(self.quantity)?).ok().map(Quantity::from_micros)
    }

    /// Quantity in the ledger alone.
    pub fn in_ledger(&self) -> Option<Quantity> {
        i64::try_from(self.quantity).ok().map(Quantity::from_micros)
    }

    /// What the next part of a time line adds to B3, so that the sum over all documents is the rounded sum of all hours. 0 when the unit or
    /// the decimals are others than before.
    pub fn skew(&self, unit: Option<UnitSize>, decimals: u32) -> Quantity {
        let same = self.skew.filter(|skew| Some(skew.unit) == unit && skew.decimals == decimals);
        same.map_or(Quantity::ZERO, |skew| Quantity::from_micros(skew.millionths))
    }

    /// A line of a document follows. `None` when a figure does not fit.
    pub fn add(&mut self, line: &LineFacts<'_>) -> Option<()> {
        self.opened_again |= line.effect == Effect::Rebill;
        self.written_off |= line.effect == Effect::WriteOff;
        if line.effect == Effect::WriteOff {
            return Some(());
        }
        match line.kind {
            LineKind::Covered | LineKind::Held => Some(()),
            LineKind::Time => self.add_time(line),
            LineKind::Prepaid | LineKind::Manual | LineKind::Milestones => {
                // B2: what the ERP invoiced by itself since the ledger met the line is in the newest figure.
                if line.effect == Effect::Billed {
                    self.opening = Some(line.exported);
                } else {
                    self.opening.get_or_insert(line.exported);
                }
                self.reach()?;
                self.add_quantity(line.quantity)?;
                self.reach()
            }
            LineKind::DownPayment | LineKind::Deduction => Some(()),
        }
    }

    /// The least and the greatest figure that opening and ledger have come to together, 0 among them, in millionths.
    pub fn range(&self) -> (i128, i128) {
        (self.lowest, self.highest)
    }

    fn reach(&mut self) -> Option<()> {
        let opening = self.opening.map_or(0, |opening| i128::from(opening.micros()));
        let sum = opening.checked_add(self.quantity)?;
        self.lowest = self.lowest.min(sum);
        self.highest = self.highest.max(sum);
        Some(())
    }

    fn add_quantity(&mut self, quantity: Quantity) -> Option<()> {
        self.quantity = self.quantity.checked_add(i128::from(quantity.micros()))?;
        Some(())
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
        let before = skew.outside + self.hours;
        let rounded = |hours| unit.quantity(hours, decimals);
        let neutral = rounded(before + line.hours)?.checked_sub(rounded(before)?)?;
        skew.millionths = skew.millionths.checked_add(neutral.micros())?.checked_sub(line.quantity.micros())?;
        self.skew = Some(skew);
        self.hours += line.hours;
        self.add_quantity(line.quantity)
    }
}
