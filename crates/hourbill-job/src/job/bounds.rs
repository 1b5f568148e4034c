//! The table `bounds` of a job file (X1): each key is a table with a figure and what becomes of what goes beyond it.

use super::file::Given;
use super::keys;
use super::section::{Reading, Section, decimal, number, typed};
use crate::bound::{Bound, BoundAction, BoundKey, BoundSet};
use crate::quantity::{Currency, Quantity};

/// Bounds that are one figure.
const PLAIN: [BoundKey; 8] = [
    BoundKey::EmployeeDayHours,
    BoundKey::OverlapMinutes,
    BoundKey::FutureDays,
    BoundKey::Twins,
    BoundKey::DiscountPct,
    BoundKey::DraftHours,
    BoundKey::UnassignedPct,
    BoundKey::HeldPct,
];

/// Bounds of amounts, one for each currency.
const PER_CURRENCY: [fn(Currency) -> BoundKey; 3] = [BoundKey::UnitPrice, BoundKey::DraftAmount, BoundKey::RunAmount];

/// Months that are looked back where a job says nothing.
const MONTHS: u32 = 6;
const MONTHS_MAX: u32 = 120;

pub(super) fn bounds(reading: &mut Reading, root: &mut Section) -> BoundSet {
    let mut all = BoundSet::default();
    let mut section = reading.section(root, "bounds");
    for key in PLAIN {
        if section.has(key.name()) {
            let own = reading.section(&mut section, key.name());
            of_figure(reading, own, key, &mut all);
        } else {
            // A word that is nearly this one is told so.
            reading.take(&mut section, key.name());
        }
    }
    for key in PER_CURRENCY {
        let name = key(Currency::NONE).name();
        let mut of_currencies = reading.section(&mut section, name);
        for code in of_currencies.names() {
            let own = reading.section(&mut of_currencies, &code);
            match Currency::from_code(&code).filter(|known| known.code() == code) {
                Some(currency) => of_figure(reading, own, key(currency), &mut all),
                None => {
                    let message = format!("`{code}` is no currency");
                    let hint = format!("write it as `{name}.EUR = {{ value = 1000, action = \"warn\" }}`");
                    reading.problem("job-value", &Given::Nowhere, &of_currencies.key(&code), message, hint);
                }
            }
        }
        reading.finish(of_currencies);
    }
    for key in [BoundKey::DraftVsMedian, BoundKey::InputVsMedian] {
        if section.has(key.name()) {
            let own = reading.section(&mut section, key.name());
            of_median(reading, own, key, &mut all);
        } else {
            reading.take(&mut section, key.name());
        }
    }
    reading.finish(section);
    all
}

fn of_figure(reading: &mut Reading, mut own: Section, key: BoundKey, all: &mut BoundSet) {
    let limit = figure(reading, &mut own, keys::BOUND_VALUE.name);
    let action = action(reading, &mut own, key);
    reading.finish(own);
    if let (Some(limit), Some(action)) = (limit, action) {
        all.set(key, Bound::new(limit, action));
    }
}

fn of_median(reading: &mut Reading, mut own: Section, key: BoundKey, all: &mut BoundSet) {
    let limit = figure(reading, &mut own, keys::BOUND_FACTOR.name);
    let mut floor = Quantity::ZERO;
    if key == BoundKey::DraftVsMedian {
        let at_least =
            |node: &super::file::Node| decimal(node, "at least 0", |floor: &Quantity| *floor >= Quantity::ZERO);
        floor = reading.optional(&mut own, keys::BOUND_FLOOR.name, Quantity::to_string, at_least).unwrap_or(floor);
    }
    let months = reading.optional(&mut own, keys::BOUND_MONTHS.name, u32::to_string, |node| {
        let months = number(node).and_then(|digits| digits.parse().ok());
        let allowed = || format!("allowed is a whole number from 1 to {MONTHS_MAX}");
        months.filter(|months| (1..=MONTHS_MAX).contains(months)).ok_or_else(allowed)
    });
    let action = action(reading, &mut own, key);
    reading.finish(own);
    if let (Some(limit), Some(action)) = (limit, action) {
        all.set(key, Bound { floor, months: months.unwrap_or(MONTHS), ..Bound::new(limit, action) });
    }
}

fn figure(reading: &mut Reading, own: &mut Section, name: &'static str) -> Option<Quantity> {
    let missing = !own.has(name);
    let path = own.key(name);
    let limit =
        typed(reading, own, name, |node| decimal(node, "at least 0", |limit: &Quantity| *limit >= Quantity::ZERO));
    if missing {
        let hint = format!("write it as `{{ {name} = 24, action = \"warn\" }}`");
        reading.problem("missing-key", &Given::Nowhere, &path, format!("the bound has no `{name}`"), hint);
    }
    let (limit, given) = limit?;
    reading.in_force(path, limit.to_string(), &given);
    Some(limit)
}

/// `warn` when left out. `None` for one that cannot be.
fn action(reading: &mut Reading, own: &mut Section, key: BoundKey) -> Option<BoundAction> {
    let words = BoundAction::ALL.map(|action| (action.name(), action));
    let read = |node: &super::file::Node| {
        let action = super::section::one_of(node, &words)?;
        if action == BoundAction::Hold && key.is_of_run() {
            return Err("no entry and no draft can be held for a figure of the whole run: allowed are `warn`, `stop`"
                .to_owned());
        }
        Ok(action)
    };
    let said = own.has(keys::BOUND_ACTION.name);
    let action = reading.optional(own, keys::BOUND_ACTION.name, |action: &BoundAction| action.name().to_owned(), read);
    if said { action } else { Some(BoundAction::Warn) }
}
