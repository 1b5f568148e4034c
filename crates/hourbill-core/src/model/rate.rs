//! C4 to C7: prices that depend on who, what and when.

use std::collections::BTreeMap;

use super::{Circumstance, EntryView, Minimum, OrderLine, Policy, Terms, Unpriced, World};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::Place;
use crate::ident::Idx;
use crate::quantity::{Currency, UnitPrice};

/// What a rate asks of an entry, in the order of C5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RateCell {
    OrderLine,
    Order,
    Employee,
    Role,
    Activity,
    Project,
    Team,
    Customer,
    Company,
}

impl RateCell {
    pub const ALL: [RateCell; 9] = [
        RateCell::OrderLine,
        RateCell::Order,
        RateCell::Employee,
        RateCell::Role,
        RateCell::Activity,
        RateCell::Project,
        RateCell::Team,
        RateCell::Customer,
        RateCell::Company,
    ];

    pub fn name(self) -> &'static str {
        match self {
            RateCell::OrderLine => "order_line_id",
            RateCell::Order => "order_id",
            RateCell::Employee => "employee",
            RateCell::Role => "role",
            RateCell::Activity => "activity",
            RateCell::Project => "project",
            RateCell::Team => "team",
            RateCell::Customer => "customer_id",
            RateCell::Company => "company",
        }
    }
}

/// The cells of a rate, empty where it asks for nothing.
pub type RateCells = [String; RateCell::ALL.len()];

/// A price per unit of the line, for the entries that it fits.
#[derive(Clone, Debug)]
pub struct HourRate {
    pub price: UnitPrice,
    /// The currency; `None`: that of the line.
    pub currency: Option<Currency>,
    /// C4: the first and the last day on which it holds.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// M1.
    pub minimum: Option<Minimum>,
    pub cells: RateCells,
    pub place: Place,
}

impl HourRate {
    pub fn cell(&self, cell: RateCell) -> &str {
        self.cells.get(cell as usize).or_bug("every cell of a rate is kept")
    }

    pub fn asks(&self, cell: RateCell) -> bool {
        !self.cell(cell).is_empty()
    }

    /// The rate asks nothing of this cell, or what the entry says.
    fn is(&self, cell: RateCell, said: &str) -> bool {
        let own = self.cell(cell);
        own.is_empty() || own == said
    }

    pub fn holds(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// C8: what decided on the price, as the customer reads it; empty where that is nothing to tell the customer.
    pub fn decided_by(&self) -> &str {
        let told = [RateCell::Employee, RateCell::Role, RateCell::Activity].map(|cell| self.cell(cell));
        told.into_iter().find(|word| !word.is_empty()).unwrap_or_default()
    }
}

/// C5: which cells of a rate are filled, as a number: of two rates that fit, the greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateWeight(u16);

/// The root of the customer stands between customer and company.
const ROOT: &str = "root of customer_id";

impl RateWeight {
    fn of(rate: &HourRate, by_root: bool) -> RateWeight {
        let mut weight = 0;
        for cell in RateCell::ALL {
            let asks = rate.asks(cell);
            weight = match cell {
                RateCell::Customer => weight << 2 | u16::from(asks && !by_root) << 1 | u16::from(asks && by_root),
                _ => weight << 1 | u16::from(asks),
            };
        }
        RateWeight(weight)
    }

    /// The first cell that this one fills and the other does not.
    pub fn first_beyond(self, other: RateWeight) -> Option<&'static str> {
        let mut names: Vec<&str> = RateCell::ALL.iter().map(|cell| cell.name()).collect();
        names.insert(RateCell::Customer as usize + 1, ROOT);
        let more = self.0 & !other.0;
        let bits = names.len();
        (0..bits).find(|at| more & (1 << (bits - 1 - at)) != 0).and_then(|at| names.get(at).copied())
    }
}

/// When an employee has which role.
#[derive(Clone, Debug)]
pub struct RoleHeld {
    pub role: String,
    pub from: Option<Date>,
    pub to: Option<Date>,
}

/// All rates of a job, and the roles of employees.
#[derive(Debug, Default)]
pub struct Rates {
    all: Vec<HourRate>,
    /// By employee, the rates that ask for one; under the empty name, those that do not.
    by_employee: BTreeMap<String, Vec<Idx<HourRate>>>,
    roles: BTreeMap<String, Vec<RoleHeld>>,
    asked: [bool; RateCell::ALL.len()],
    /// C10: the export's rates count, and nothing else.
    of_export: bool,
}

impl Rates {
    /// The job has no rates: every hour on a time line costs what the line says.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && !self.of_export
    }

    /// Some rate says a minimum (M1).
    pub fn have_minimums(&self) -> bool {
        self.all.iter().any(|rate| rate.minimum.is_some())
    }

    /// The export's own rates count and no others (C10).
    pub fn are_of_export(&self) -> bool {
        self.of_export
    }

    pub fn take_those_of_export(&mut self) {
        self.of_export = true;
    }

    pub fn at(&self, idx: Idx<HourRate>) -> &HourRate {
        self.all.get(idx.position()).or_bug("a rate's index is of those that were read")
    }

    /// Some rate asks for this cell.
    pub fn asks(&self, cell: RateCell) -> bool {
        self.asked.get(cell as usize).copied().or_bug("every cell of a rate is kept")
    }

    pub fn add(&mut self, rate: HourRate) {
        let idx = Idx::at(self.all.len());
        for (asked, cell) in self.asked.iter_mut().zip(&rate.cells) {
            *asked |= !cell.is_empty();
        }
        self.by_employee.entry(rate.cell(RateCell::Employee).to_owned()).or_default().push(idx);
        self.all.push(rate);
    }

    pub fn add_role(&mut self, employee: &str, held: RoleHeld) {
        self.roles.entry(employee.to_owned()).or_default().push(held);
    }

    /// C4: the role of an employee on a date; empty when nobody says it.
    fn role(&self, employee: &str, date: Date) -> &str {
        let all = self.roles.get(employee).into_iter().flatten();
        let mut on =
            all.filter(|held| held.from.is_none_or(|from| from <= date) && held.to.is_none_or(|to| date <= to));
        on.next().map_or("", |held| &held.role)
    }

    /// Rates that may fit entries which say this, whatever their date, line and customer.
    pub fn candidates(&self, by: &Doing) -> Vec<Idx<HourRate>> {
        let of = |employee: &str| self.by_employee.get(employee).into_iter().flatten();
        let named = Some(by.employee.as_str()).filter(|employee| !employee.is_empty());
        let all = named.into_iter().flat_map(of).chain(of(""));
        let fits = |rate: &HourRate| {
            let role = by.role.is_empty() || rate.is(RateCell::Role, &by.role);
            let team = rate.is(RateCell::Team, &by.team);
            role && team && rate.is(RateCell::Activity, &by.activity) && rate.is(RateCell::Project, &by.project)
        };
        all.copied().filter(|idx| fits(self.at(*idx))).collect()
    }
}

/// Who did what: all that rates ask of an entry beside its date, line and customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doing {
    pub employee: String,
    /// The role that the row itself names.
    pub role: String,
    pub activity: String,
    pub project: String,
    /// Of its ticket.
    pub team: String,
}

/// C10: what the exporting program takes for an hour of the entry, as the price of a unit of the line. `None` where it says none, or where no
/// price of the line's unit is that to the last decimal.
pub fn exported_price(line: &OrderLine, entry: &EntryView<'_>) -> Option<UnitPrice> {
    let of_hour = entry.exported().0?;
    line.unit.map_or(Some(of_hour), |unit| of_hour.of_unit(unit))
}

impl World {
    /// C4 to C7: the price and discount of a line for hours of an entry.
    pub fn terms_for(&self, idx: Idx<OrderLine>, line: &OrderLine, entry: &EntryView<'_>) -> Terms {
        let terms = self.terms(idx, line, entry.date());
        // C7: an adjustment beats a rate.
        if self.rates.is_empty() || line.policy != Policy::Time || terms.price_by.is_some() {
            return terms;
        }
        if self.rates.of_export {
            return self.export_terms((idx, line), terms, entry);
        }
        let Some((_, rate)) = self.rates_that_fit(idx, line, entry).into_iter().next() else { return terms };
        let said = self.rates.at(rate);
        let without_currency = self.agreements.of_line(idx).is_some_and(|says| !says.priced.has_currency);
        let terms = Terms { rate: Some(rate), ..terms };
        match said.currency {
            _ if without_currency => Terms { unpriced: Some(Unpriced::RateMissing), ..terms },
            Some(currency) if currency != line.currency => Terms { unpriced: Some(Unpriced::RateCurrency), ..terms },
            _ => Terms { price: said.price, unpriced: None, ..terms },
        }
    }

    /// C10: the export's own rate is the price, as that of an hour in the unit of the line.
    fn export_terms(&self, (idx, line): (Idx<OrderLine>, &OrderLine), terms: Terms, entry: &EntryView<'_>) -> Terms {
        let has_currency = self.agreements.of_line(idx).is_none_or(|says| says.priced.has_currency);
        match exported_price(line, entry).filter(|_| has_currency) {
            Some(price) => Terms { price, unpriced: None, ..terms },
            None => Terms { unpriced: Some(Unpriced::RateMissing), ..terms },
        }
    }

    /// C4 and C5: the rates that fit an entry on a line, the one that wins first.
    pub fn rates_that_fit(
        &self,
        idx: Idx<OrderLine>,
        line: &OrderLine,
        entry: &EntryView<'_>,
    ) -> Vec<(RateWeight, Idx<HourRate>)> {
        let Some((said, date)) = entry.circumstance().zip(entry.date()) else { return Vec::new() };
        let fitting = said.rates.iter().filter_map(|&rate| {
            let weight = self.fits(self.rates.at(rate), (idx, line), said, date)?;
            Some((weight, rate))
        });
        let mut fitting: Vec<(RateWeight, Idx<HourRate>)> = fitting.collect();
        fitting.sort_unstable_by(|a, b| b.cmp(a));
        fitting
    }

    fn fits(
        &self,
        rate: &HourRate,
        (idx, line): (Idx<OrderLine>, &OrderLine),
        said: &Circumstance,
        date: Date,
    ) -> Option<RateWeight> {
        let on_line =
            rate.is(RateCell::OrderLine, self.lines.id(idx)) && rate.is(RateCell::Order, self.orders.id(line.order));
        if !on_line || !rate.holds(date) {
            return None;
        }
        let role = || match said.doing.role.as_str() {
            "" => self.rates.role(&said.doing.employee, date),
            own => own,
        };
        if rate.asks(RateCell::Role) && !rate.is(RateCell::Role, role()) {
            return None;
        }
        // Whose work it is, where nothing else says it, the line says.
        let customer = match said.customer {
            None if said.unknown_customer.is_empty() => Some(line.customer),
            known => known,
        };
        let own = customer.map_or(said.unknown_customer.as_str(), |customer| self.customers.id(customer));
        let by_root = rate.asks(RateCell::Customer) && !rate.is(RateCell::Customer, own);
        if by_root
            && !customer.is_some_and(|customer| rate.is(RateCell::Customer, self.customers.id(self.root(customer))))
        {
            return None;
        }
        let company = if said.company.is_empty() { self.companies.id(line.company) } else { &said.company };
        rate.is(RateCell::Company, company).then(|| RateWeight::of(rate, by_root))
    }
}
