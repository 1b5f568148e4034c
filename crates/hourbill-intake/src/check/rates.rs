//! Rates and employees (C4, C5): rows without an id of their own, of which those that contradict each other are set aside.

use std::collections::BTreeMap;

use super::World;
use super::row::Row;
use super::table::{self, CheckedRows, SetAside};
use super::value::{self, Grammar};
use crate::calendar::Date;
use crate::finding::{Code, Place, Rejected, RowError, Subject};
use crate::inputs::{self, Input, timesheets};
use crate::model::{Exported, HourRate, Minimum, RateCell, RateCells, RoleHeld};
use crate::quantity::{Currency, UnitPrice};
use crate::read::{Batch, Piece};

pub struct RateRow {
    price: UnitPrice,
    currency: Option<Currency>,
    from: Option<Date>,
    to: Option<Date>,
    minimum: Option<Minimum>,
    /// But the employee, who names the row.
    cells: RateCells,
}

pub fn rate_rows(batch: &Batch<'_>, grammar: &Grammar<'_>, world: &World) -> CheckedRows<RateRow> {
    use inputs::rates as field;
    table::rows_named_by(batch, Input::Rates, field::EMPLOYEE, |row| {
        let price = row.read(field::PRICE, |cell| grammar.price(cell));
        let currency = row.read(field::CURRENCY, |cell| grammar.currency(cell));
        let (from, to) = dates(row, grammar, field::VALID_FROM, field::VALID_TO);
        let word = |text: &str| value::trimmed(text).to_owned();
        let mut cells = RateCells::default();
        let mut put = |cell: RateCell, text: String| {
            if let Some(slot) = cells.get_mut(cell as usize) {
                *slot = text;
            }
        };
        put(RateCell::OrderLine, row.reference(field::ORDER_LINE_ID, Input::Orders, world).into_owned());
        put(RateCell::Order, row.text(field::ORDER_ID).into_owned());
        put(RateCell::Role, word(&row.text(field::ROLE)));
        put(RateCell::Activity, word(&row.text(field::ACTIVITY)));
        put(RateCell::Project, word(&row.text(field::PROJECT)));
        put(RateCell::Team, row.reference(field::TEAM, Input::Teams, world).into_owned());
        put(RateCell::Customer, row.reference(field::CUSTOMER_ID, Input::Customers, world).into_owned());
        put(RateCell::Company, row.text(field::COMPANY).into_owned());
        let minimum =
            row.minimum(grammar, [field::MINIMUM_MINUTES, field::INCREMENT_MINUTES, field::ROUND, field::PER]);
        Some(RateRow { price: price?, currency, from, to, minimum, cells })
    })
}

/// The dates of a row, both inside.
fn dates(row: &mut Row<'_>, grammar: &Grammar<'_>, from: usize, to: usize) -> (Option<Date>, Option<Date>) {
    let begins = row.read(from, |cell| grammar.date(cell));
    let ends = row.read(to, |cell| grammar.date(cell));
    if begins.zip(ends).is_some_and(|(begins, ends)| ends < begins) {
        row.cell_error(Code::UnreadableValue, to, "is before valid_from");
    }
    (begins, ends)
}

pub fn add_rates(world: &mut World, pieces: Vec<Piece<CheckedRows<RateRow>>>) -> SetAside {
    let mut alike: BTreeMap<RateCells, Vec<HourRate>> = BTreeMap::new();
    let mut aside = table::settle_listed(Input::Rates, Subject::Input, pieces, |employee, place, row| {
        let RateRow { price, currency, from, to, minimum, mut cells } = row;
        if let Some(slot) = cells.get_mut(RateCell::Employee as usize) {
            value::trimmed(employee).clone_into(slot);
        }
        alike.entry(cells.clone()).or_default().push(HourRate { price, currency, from, to, minimum, cells, place });
    });
    let mut good = Vec::new();
    for rates in alike.into_values() {
        let overlapping = overlapping(&rates, |rate| (rate.from, rate.to));
        for (rate, overlaps) in rates.into_iter().zip(overlapping) {
            if overlaps {
                let why = "another rate that is equal in all cells holds on a date of this one";
                aside.rejected.push(&set_aside(Input::Rates, Code::OverlappingRates, rate.place, why));
            } else {
                good.push(rate);
            }
        }
    }
    good.sort_by_key(|rate| rate.place);
    good.into_iter().for_each(|rate| world.rates.add(rate));
    aside
}

pub struct EmployeeRow {
    role: String,
    from: Option<Date>,
    to: Option<Date>,
}

pub fn employee_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<EmployeeRow> {
    use inputs::employees as field;
    table::rows(batch, Input::Employees, |row| {
        let role = value::trimmed(&row.text(field::ROLE)).to_owned();
        let (from, to) = dates(row, grammar, field::VALID_FROM, field::VALID_TO);
        Some(EmployeeRow { role, from, to })
    })
}

pub fn add_employees(world: &mut World, pieces: Vec<Piece<CheckedRows<EmployeeRow>>>) -> SetAside {
    let mut by_name: BTreeMap<String, Vec<(Place, EmployeeRow)>> = BTreeMap::new();
    let mut aside = table::settle_listed(Input::Employees, Subject::Input, pieces, |employee, place, row| {
        by_name.entry(value::trimmed(employee).to_owned()).or_default().push((place, row));
    });
    for (employee, rows) in by_name {
        let overlapping = overlapping(&rows, |(_, row)| (row.from, row.to));
        for ((place, EmployeeRow { role, from, to }), overlaps) in rows.into_iter().zip(overlapping) {
            if overlaps {
                let why = format!("another row of `{employee}` holds on a date of this one");
                aside.rejected.push(&set_aside(Input::Employees, Code::OverlappingRoles, place, &why));
            } else {
                world.rates.add_role(&employee, RoleHeld { role, from, to });
            }
        }
    }
    aside
}

/// C10: what the exporting program would bill for the entries of a batch. What cannot be read is nothing to compare with.
pub(super) fn exported(batch: &Batch<'_>, grammar: &Grammar<'_>) -> Exported {
    let mut exported = Exported::default();
    if batch.has(timesheets::RATE) {
        batch.each(timesheets::RATE, |_, cell| exported.rates.push(grammar.price(cell).ok().flatten()));
    }
    if batch.has(timesheets::AMOUNT) {
        batch.each(timesheets::AMOUNT, |_, cell| exported.amounts.push(grammar.quantity(cell).ok().flatten()));
    }
    exported
}

/// Which of some rows have a date in common with another of them.
fn overlapping<T>(rows: &[T], dates: impl Fn(&T) -> (Option<Date>, Option<Date>)) -> Vec<bool> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let of = |at: usize| rows.get(at).map(&dates).unwrap_or_default();
    order.sort_by_key(|&at| of(at).0);
    let mut overlaps = vec![false; rows.len()];
    // The row that reaches furthest so far, and its end; none for one without an end.
    let mut furthest: Option<(usize, Option<Date>)> = None;
    for at in order {
        let (from, to) = of(at);
        if let Some((before, end)) = furthest {
            // One that begins at no date overlaps whatever began before it.
            let free = end.zip(from).is_some_and(|(end, from)| end < from);
            if !free {
                [before, at].into_iter().filter_map(|at| overlaps.get_mut(at).map(|slot| *slot = true)).for_each(drop);
            }
            if end.is_none() || to.is_some_and(|to| end.is_some_and(|end| to <= end)) {
                continue;
            }
        }
        furthest = Some((at, to));
    }
    overlaps
}

fn set_aside(input: Input, code: Code, place: Place, why: &str) -> Rejected {
    let error = RowError { code, column: "", message: why.to_owned(), value: String::new() };
    Rejected { input, place, line: None, id: String::new(), errors: vec![error], record: None }
}
