//! B10 and K2: the service period of each line of a draft, and of the draft.

use super::draft_line::{DraftLine, PartKind};
use crate::bug::OrBug;
use crate::calendar::{Date, Period};
use crate::model::{Policy, World};

/// Gives each part its service period; returns that of the draft, the least and the greatest date of its lines.
pub(super) fn date(world: &World, period: &Period, parts: &mut [DraftLine]) -> (Date, Date) {
    for part in parts.iter_mut() {
        part.dates = term(world, part).or_else(|| own(part, period));
    }
    // What has no dates of its own stands with the rest of the draft; what asks for a down payment stands alone.
    let of_lines = span(parts.iter().filter_map(|part| part.dates));
    let of_rest = of_lines.or(period.ends()).unwrap_or_else(|| confirmed(world, period, parts));
    for part in parts.iter_mut() {
        part.dates.get_or_insert(of_rest);
    }
    of_rest
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

/// The first and last day on which order lines of the draft were confirmed, none before the period; lines that are only taken off count only
/// where nothing else has a day. Without a confirmed line: the end of the period, else its beginning, else the newest entry.
fn confirmed(world: &World, period: &Period, parts: &[DraftLine]) -> (Date, Date) {
    let of = |parts: &mut dyn Iterator<Item = &DraftLine>| {
        let confirmed = parts.filter_map(|part| Some(world.lines.at(part.line).confirmed_on?.date()));
        let inside = confirmed.map(|date| period.from().map_or(date, |from| date.max(from)));
        span(inside.map(|date| (date, date)))
    };
    let deducts = |part: &&DraftLine| matches!(part.kind, PartKind::Deduction(_));
    let end = period.to().or(period.from()).or(world.newest_entry).map(|end| (end, end));
    let billed = of(&mut parts.iter().filter(|part| !deducts(part)));
    billed
        .or(end)
        .or_else(|| of(&mut parts.iter()))
        .or_bug("lines without hours are billed of an order that was confirmed on a day")
}

fn span(dates: impl Iterator<Item = (Date, Date)>) -> Option<(Date, Date)> {
    dates.reduce(|(from, to), (other_from, other_to)| (from.min(other_from), to.max(other_to)))
}
