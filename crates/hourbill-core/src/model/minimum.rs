//! M: the least that is billed of work that belongs together, and the steps in which it is billed.

use std::fmt;

use super::{EntryView, OrderLine, Terms, World};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::quantity::{HoursSum, MICROS_PER_HOUR, MICROS_PER_ONE, Quantity};

/// How hours become steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepRounding {
    Up,
    /// Half a step goes up.
    Nearest,
    Down,
}

impl StepRounding {
    pub const ALL: [StepRounding; 3] = [StepRounding::Up, StepRounding::Nearest, StepRounding::Down];

    pub fn name(self) -> &'static str {
        match self {
            StepRounding::Up => "up",
            StepRounding::Nearest => "nearest",
            StepRounding::Down => "down",
        }
    }
}

/// M2: what a minimum counts together, of one order line, price and discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MinimumPer {
    Entry,
    /// Of one employee.
    Day,
    /// Entries without a ticket stand alone.
    Ticket,
    Line,
}

impl MinimumPer {
    pub const ALL: [MinimumPer; 4] = [MinimumPer::Entry, MinimumPer::Day, MinimumPer::Ticket, MinimumPer::Line];

    pub fn name(self) -> &'static str {
        match self {
            MinimumPer::Entry => "entry",
            MinimumPer::Day => "day",
            MinimumPer::Ticket => "ticket",
            MinimumPer::Line => "line",
        }
    }
}

/// M1: the least that is billed, the step, its rounding, and what is counted together. Whoever says one of them says all four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minimum {
    /// Microseconds; 0 is none.
    least: i64,
    /// Microseconds of a step; 0: hours are billed as they are.
    step: i64,
    round: StepRounding,
    per: MinimumPer,
}

/// The most that a minimum or a step may have: a thousand days.
const MINUTES_MAX: i64 = 1_440_000;

impl Minimum {
    /// The minimum that four cells say, in minutes within [`Minimum::allows`]; `None` where all of them are empty.
    pub fn of(
        minutes: Option<Quantity>,
        step: Option<Quantity>,
        round: Option<StepRounding>,
        per: Option<MinimumPer>,
    ) -> Option<Minimum> {
        let says = minutes.is_some() || step.is_some() || round.is_some() || per.is_some();
        let micros = |minutes: Option<Quantity>| {
            let minutes = minutes.unwrap_or(Quantity::ZERO).micros();
            minutes.checked_mul(MICROS_PER_MINUTE / MICROS_PER_ONE).or_bug("minutes that are allowed fit")
        };
        says.then(|| Minimum {
            least: micros(minutes),
            step: micros(step),
            round: round.unwrap_or(StepRounding::Up),
            per: per.unwrap_or(MinimumPer::Entry),
        })
    }

    /// Minutes that a minimum or a step may have.
    pub fn allows(minutes: Quantity) -> bool {
        (0..=MINUTES_MAX * MICROS_PER_ONE).contains(&minutes.micros())
    }

    pub fn per(self) -> MinimumPer {
        self.per
    }

    /// The function f of M2: the hours that are billed for `hours` of one group.
    pub fn billed(self, hours: HoursSum) -> HoursSum {
        let micros = hours.micros();
        let billed = match micros.unsigned_abs() {
            0 => 0,
            size => self.stepped(size).max(u128::from(self.least.unsigned_abs())),
        };
        let billed = i128::try_from(billed).ok().or_bug("hours are far from the limits of 128 bits");
        HoursSum::from_micros(if micros < 0 { -billed } else { billed })
    }

    fn stepped(self, size: u128) -> u128 {
        let step = u128::from(self.step.unsigned_abs());
        let (Some(steps), Some(rest)) = (size.checked_div(step), size.checked_rem(step)) else { return size };
        let one_more = match self.round {
            StepRounding::Up => rest > 0,
            StepRounding::Nearest => rest * 2 >= step,
            StepRounding::Down => false,
        };
        (steps + u128::from(one_more)) * step
    }

    /// Hours without what goes beyond whole steps; all of them where there are no steps.
    pub fn whole_steps(self, hours: HoursSum) -> HoursSum {
        let beyond = hours.micros().checked_rem(i128::from(self.step)).unwrap_or(0);
        HoursSum::from_micros(hours.micros() - beyond)
    }

    /// What [`fmt::Display`] writes; `None` for any other text.
    pub fn parse(text: &str) -> Option<Minimum> {
        let mut words = text.split(' ');
        let mut figure = || words.next()?.parse::<i64>().ok().filter(|micros| *micros >= 0);
        let (least, step) = (figure()?, figure()?);
        let (round, per) = (words.next()?, words.next()?);
        let round = StepRounding::ALL.into_iter().find(|known| known.name() == round)?;
        let per = MinimumPer::ALL.into_iter().find(|known| known.name() == per)?;
        let most = MINUTES_MAX * MICROS_PER_MINUTE;
        (words.next().is_none() && least <= most && step <= most).then_some(Minimum { least, step, round, per })
    }

    /// For people: `at least 30 min, in steps of 15 min up, per entry`.
    pub fn in_words(self) -> String {
        let minutes = |micros: i64| {
            let millionths = i128::from(micros) * i128::from(MICROS_PER_ONE) / i128::from(MICROS_PER_MINUTE);
            crate::quantity::decimal_text(millionths, 6, 0)
        };
        let mut said = Vec::new();
        if self.least != 0 {
            said.push(format!("at least {} min", minutes(self.least)));
        }
        if self.step != 0 {
            said.push(format!("in steps of {} min, rounded {}", minutes(self.step), self.round.name()));
        }
        if said.is_empty() {
            return "as worked".to_owned();
        }
        format!("{}, per {}", said.join(", "), self.per.name())
    }
}

const MICROS_PER_MINUTE: i64 = MICROS_PER_HOUR / 60;

/// As the ledger keeps it: microseconds of the minimum and of a step, and the words.
impl fmt::Display for Minimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.least, self.step, self.round.name(), self.per.name())
    }
}

/// M1: who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinimumBy {
    Rate,
    /// The order line, or the agreement.
    Line,
    Customer,
    Rules,
}

impl MinimumBy {
    pub fn in_words(self) -> &'static str {
        match self {
            MinimumBy::Rate => "the rate",
            MinimumBy::Line => "the order line",
            MinimumBy::Customer => "the customer",
            MinimumBy::Rules => "the rules",
        }
    }
}

impl World {
    /// M1: the minimum of an entry on a time line, which is billed at these terms, where the rules say this one.
    pub fn minimum_for(
        &self,
        of_rules: Option<Minimum>,
        line: &OrderLine,
        terms: Terms,
    ) -> Option<(Minimum, MinimumBy)> {
        let of_rate = || terms.rate.and_then(|rate| self.rates.at(rate).minimum);
        let of_customer = || self.customers.at(line.customer).minimum;
        let by = |by: MinimumBy| move |minimum: Minimum| (minimum, by);
        let of_rate = of_rate().map(by(MinimumBy::Rate));
        let of_line = of_rate.or_else(|| line.minimum.map(by(MinimumBy::Line)));
        let of_customer = of_line.or_else(|| of_customer().map(by(MinimumBy::Customer)));
        of_customer.or_else(|| of_rules.map(by(MinimumBy::Rules)))
    }

    /// M7: the minimum by which a pack gives hours: that of its line, its customer or the rules. Rates price time, not packs.
    pub fn minimum_on_pack(&self, of_rules: Option<Minimum>, pack: Idx<OrderLine>) -> Option<(Minimum, MinimumBy)> {
        let line = self.lines.at(pack);
        self.minimum_for(of_rules, line, self.terms(pack, line, None))
    }

    /// Some hours may be billed by a minimum.
    pub fn has_minimums(&self, of_rules: Option<Minimum>) -> bool {
        of_rules.is_some()
            || self.lines.of_every_part().any(|(_, line)| line.minimum.is_some())
            || self.customers.iter().any(|(_, customer)| customer.minimum.is_some())
            || self.rates.have_minimums()
    }
}

/// M2: what an entry belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MinimumGroup {
    Entry(String),
    Day { employee: String, days: i32 },
    Ticket(String),
    Line,
}

impl MinimumGroup {
    /// The group of an entry of which the ledger says this.
    pub fn of(per: MinimumPer, id: &str, days: i32, employee: &str, ticket: &str) -> MinimumGroup {
        match per {
            MinimumPer::Entry => MinimumGroup::Entry(id.to_owned()),
            MinimumPer::Day => MinimumGroup::Day { employee: employee.to_owned(), days },
            MinimumPer::Ticket if ticket.is_empty() => MinimumGroup::Entry(id.to_owned()),
            MinimumPer::Ticket => MinimumGroup::Ticket(ticket.to_owned()),
            MinimumPer::Line => MinimumGroup::Line,
        }
    }

    /// The group of an entry that draws on a pack; the employee of such an entry is always kept.
    pub fn on_pack(world: &World, per: MinimumPer, entry: &EntryView<'_>) -> MinimumGroup {
        let ticket = entry.ticket.map_or("", |ticket| world.tickets.id(ticket));
        MinimumGroup::of(per, entry.id(), entry.days(), entry.work().0, ticket)
    }

    /// The group of an entry that was read.
    pub fn of_entry(world: &World, per: MinimumPer, entry: &EntryView<'_>) -> MinimumGroup {
        let ticket = entry.ticket.map_or("", |ticket| world.tickets.id(ticket));
        MinimumGroup::of(per, entry.id(), entry.days(), entry.details().0, ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: i128) -> HoursSum {
        HoursSum::from_micros(minutes * i128::from(MICROS_PER_MINUTE))
    }

    fn of(least: i64, step: i64, round: StepRounding) -> Minimum {
        let figure = |minutes: i64| Some(Quantity::from_micros(minutes * MICROS_PER_ONE));
        Minimum::of(figure(least), figure(step), Some(round), None).unwrap()
    }

    #[test]
    fn m2_what_is_billed_of_a_group() {
        for (least, step, round, worked, billed) in [
            (30, 15, StepRounding::Up, 0, 0),
            (30, 15, StepRounding::Up, 7, 30),
            (30, 15, StepRounding::Up, 52, 60),
            (30, 15, StepRounding::Up, 60, 60),
            (30, 15, StepRounding::Up, -52, -60),
            (0, 15, StepRounding::Nearest, 7, 0),
            (0, 14, StepRounding::Nearest, 7, 14),
            (0, 15, StepRounding::Nearest, 23, 30),
            (0, 15, StepRounding::Down, 14, 0),
            (5, 15, StepRounding::Down, 14, 5),
            (0, 0, StepRounding::Up, 17, 17),
            (20, 0, StepRounding::Up, 17, 20),
        ] {
            let minimum = of(least, step, round);
            assert_eq!(minimum.billed(minutes(worked)), minutes(billed), "{least} {step} {round:?} {worked}");
        }
    }

    #[test]
    fn the_ledger_reads_what_it_wrote() {
        for per in MinimumPer::ALL {
            for round in StepRounding::ALL {
                let minimum =
                    Minimum::of(Some(Quantity::from_micros(7_500_000)), None, Some(round), Some(per)).unwrap();
                assert_eq!(Minimum::parse(&minimum.to_string()), Some(minimum));
            }
        }
        for text in
            ["", "0 0 up", "0 0 up entry x", "-1 0 up entry", "0 0 sideways entry", "0 99999999999999999 up entry"]
        {
            assert_eq!(Minimum::parse(text), None, "{text}");
        }
    }
}
