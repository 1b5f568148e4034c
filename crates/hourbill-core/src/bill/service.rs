//! B10 and K2: the service period of each line of a draft, and of the draft.

use super::draft_line::{DraftLine, PartKind};
use crate::calendar::{Date, Period};
use crate::model::{Policy, World};
use crate::settings::BillingSettings;

/// Gives each part its service period; returns that of the draft, the least and the greatest date of its lines.
pub(super) fn date(world: &World, settings: &BillingSettings, parts: &mut [DraftLine]) -> (Date, Date) {
    let period = &settings.period;
    for part in parts.iter_mut() {
        part.dates = term(world, part).or_else(|| own(part, period));
    }
    // What has no dates of its own stands with the entries of the draft, not with the days of a pack; what asks for a down payment stands alone.
    let of_entries = span(parts.iter().filter(|part| term(world, part).is_none()).filter_map(|part| part.dates));
    let of_rest = of_entries.or(period.ends()).unwrap_or_else(|| confirmed(world, settings, parts));
    for part in parts.iter_mut() {
        part.dates.get_or_insert(of_rest);
    }
    span(parts.iter().filter_map(|part| part.dates)).unwrap_or(of_rest)
}

/// K2: of a pack that has a last day, the days on which it may be drawn.
fn term(world: &World, part: &DraftLine) -> Option<(Date, Date)> {
    if part.kind != PartKind::Line(Policy::Prepaid) {
        return None;
    }
    let until = world.lines.at(part.line).pack.as_deref()?.until?;
    let from = world.lines.at(part.line).bought_on()?;
    (from <= until).then_some((from, until))
}

/// K2: the service period that a line has by itself: the dates of its entries where `part.dates` has them, else the period; none for down
/// payments, deductions and refunds.
fn own(part: &DraftLine, period: &Period) -> Option<(Date, Date)> {
    let of_period = match part.kind {
        PartKind::Line(_) | PartKind::Overage => period.ends(),
        PartKind::DownPayment(_) | PartKind::Deduction(_) | PartKind::Refund(_) => None,
    };
    part.dates.or(of_period)
}

/// The first and last day on which order lines of the draft were confirmed, none before the period, without lines that are only taken off.
/// Without a confirmed line: the end of the period, else its beginning, else the newest entry, else the day of the run.
fn confirmed(world: &World, settings: &BillingSettings, parts: &[DraftLine]) -> (Date, Date) {
    let period = &settings.period;
    let billed = parts.iter().filter(|part| !matches!(part.kind, PartKind::Deduction(_)));
    let confirmed = billed.filter_map(|part| Some(world.lines.at(part.line).confirmed_on?.date()));
    let inside = confirmed.map(|date| period.from().map_or(date, |from| date.max(from)));
    let end = period.to().or(period.from()).or(world.newest_entry).unwrap_or(settings.as_of);
    span(inside.map(|date| (date, date))).unwrap_or((end, end))
}

fn span(dates: impl Iterator<Item = (Date, Date)>) -> Option<(Date, Date)> {
    dates.reduce(|(from, to), (other_from, other_to)| (from.min(other_from), to.max(other_to)))
}
