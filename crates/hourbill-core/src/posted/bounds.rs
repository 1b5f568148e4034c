//! The bounds that the hours of an entry keep in the ledger, whatever is posted and taken back.

use super::record::Effect;

/// Hours that the ledger has of an entry, in microseconds, and the bounds between which they must stay: 0 and the hours that the entry had
/// at its postings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    sum: i128,
    low: i64,
    high: i64,
}

impl Bounds {
    /// A portion of the entry follows: what it closes counts.
    pub fn add(&mut self, effect: Effect, hours: i64, known: i64) {
        match effect {
            Effect::Billed => self.take(hours, known),
            Effect::Rebill => self.sum += i128::from(hours),
            Effect::WriteOff | Effect::Covered | Effect::Uncovered | Effect::Held => {}
        }
    }

    /// A portion of the entry follows: what it closes or covers counts (G9).
    pub fn add_covered(&mut self, effect: Effect, hours: i64, known: i64) {
        match effect {
            Effect::Billed | Effect::Covered => self.take(hours, known),
            Effect::Rebill | Effect::Uncovered => self.sum += i128::from(hours),
            Effect::WriteOff | Effect::Held => {}
        }
    }

    fn take(&mut self, hours: i64, known: i64) {
        self.sum += i128::from(hours);
        self.low = self.low.min(known);
        self.high = self.high.max(known);
    }

    /// Adds what the ledger has of the same work under another id (G5).
    pub fn join(&mut self, other: &Bounds) {
        self.sum += other.sum;
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
    }

    /// Microseconds by which the hours lie outside of their bounds; 0 inside.
    pub fn excess(&self) -> i128 {
        (i128::from(self.low) - self.sum).max(self.sum - i128::from(self.high)).max(0)
    }
}

/// Microseconds beyond the bounds of an entry, on three counts: hours closed under its id, hours closed under all ids of the same work, and
/// hours closed or covered under all of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excess {
    pub own: i128,
    pub all: i128,
    pub covered: i128,
}

impl Excess {
    /// Whether a commit may be made that changes the excess to `after`. Never more hours are closed than the entry had, and never fewer
    /// than none. What a void or a credit takes back leaves nothing that rests on it, covered hours neither (G9). What is posted of work
    /// that is known by several ids (G5) may be more than an id of it had; and ids that were taken for one may be those of two entries
    /// again.
    pub fn may_become(&self, after: &Excess, takes_back: bool) -> bool {
        if takes_back {
            return after.all <= self.all && after.covered <= self.covered;
        }
        after.own <= self.own || after.all <= self.all
    }
}
