//! §4 and H1 to H4.

use super::intake::{Entry, Fate, Intake};
use super::linking::{Link, is_delivered, is_non_billable};
use super::model::World;
use super::value::{Number, rounded, whole};

pub const DISPOSITIONS: [&str; 11] = [
    "quarantined",
    "duplicate",
    "already_invoiced",
    "non_billable",
    "unassigned",
    "not_validated",
    "covered",
    "before_period",
    "after_period",
    "held",
    "billed",
];

/// What becomes of an entry before any draft is made: `open` is for the drafts to decide.
pub fn disposition(world: &World, intake: &Intake, entry: &Entry, link: Option<&Link>) -> &'static str {
    match entry.fate {
        Fate::Quarantined => return "quarantined",
        Fate::Duplicate => return "duplicate",
        Fate::Used => {}
    }
    if entry.invoiced {
        return "already_invoiced";
    }
    if is_non_billable(intake, entry, link) {
        return "non_billable";
    }
    let Some(link) = link else { return "unassigned" };
    if !entry.validated && world.job.says("approval", "validated_only") {
        return "not_validated";
    }
    if intake.lines[&link.line].policy != "delivered_timesheet" {
        return "covered";
    }
    match side(world, entry) {
        "before" if world.job.says("late_entries", "bill") => "open",
        "before" => "before_period",
        "after" => "after_period",
        _ => "open",
    }
}

/// Where an entry lies: `before`, `inside`, `after` the period.
pub fn side(world: &World, entry: &Entry) -> &'static str {
    let date = entry.date.unwrap();
    match world.job.ends() {
        (Some(from), _) if date < from => "before",
        (_, Some(to)) if date > to => "after",
        _ => "inside",
    }
}

/// Hours of one line, in microseconds.
#[derive(Default)]
pub struct Hours {
    pub before: i128,
    pub inside: i128,
    pub after: i128,
    /// B3: of entries that are already invoiced.
    pub invoiced: i128,
}

impl Hours {
    pub fn delivered(&self) -> i128 {
        self.before + self.inside + self.after
    }
}

pub fn hours_of_line(world: &World, intake: &Intake, links: &[Option<Link>], line: &str) -> Hours {
    let mut hours = Hours::default();
    for (entry, link) in intake.entries.iter().zip(links) {
        if link.as_ref().is_none_or(|link| link.line != line) {
            continue;
        }
        if is_delivered(world, intake, entry, link.as_ref()) {
            let sum = match side(world, entry) {
                "before" => &mut hours.before,
                "inside" => &mut hours.inside,
                _ => &mut hours.after,
            };
            *sum += entry.hours.unwrap();
        }
        if disposition(world, intake, entry, link.as_ref()) == "already_invoiced" {
            hours.invoiced += entry.hours.unwrap();
        }
    }
    hours
}

/// What H2 and H4 say of a line: remaining microseconds, whether it is overdrawn, whether more could be sold.
pub struct Balance {
    pub remaining: Option<i128>,
    pub overdrawn: bool,
    pub upsell: bool,
}

pub fn balance(intake: &Intake, line: &str, hours: &Hours) -> Balance {
    let line = &intake.lines[line];
    match line.ordered_hours() {
        // B11: a line of negative quantity is no pack.
        Some(ordered) if line.policy == "ordered_prepaid" && ordered >= 0 => {
            let remaining = ordered - hours.delivered();
            let most = whole(ordered) * &line.upsell_threshold / whole(100);
            Balance { remaining: Some(remaining), overdrawn: remaining < 0, upsell: whole(hours.delivered()) > most }
        }
        _ => Balance { remaining: None, overdrawn: false, upsell: false },
    }
}

/// H3: microseconds as a quantity of the line.
pub fn quantity(world: &World, intake: &Intake, line: &str, micros: i128) -> Option<Number> {
    intake.lines[line].in_unit(micros).map(|exact| rounded(&exact, world.job.quantity_decimals()))
}
