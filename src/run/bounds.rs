//! X: bounds of a whole run.

use std::collections::BTreeMap;

use super::summary::{self, MinorSums, Summary};
use super::{Run, RunError, of_ledger};
use crate::account::Disposition;
use crate::bound::{BoundAction, BoundFigure, BoundKey, Measures};
use crate::finding::{Finding, Subject};
use crate::inputs::Input;
use crate::job::Settings;
use crate::model::World;
use crate::posted::twice_the_median_of;
use crate::proof::Control;
use crate::quantity::{Currency, Money};
use crate::read::FileRead;

/// What a whole run came to, as its bounds look at it.
pub(super) struct Whole<'a> {
    pub world: &'a World,
    pub control: &'a Control,
    pub money: &'a BTreeMap<Currency, MinorSums>,
    pub files: &'a [FileRead],
}

/// The bounds of a whole run; a part of one has no verdict.
pub(super) fn of_run(
    settings: &Settings,
    whole: &Whole<'_>,
    is_part: bool,
) -> Result<(Measures, Vec<Finding>), RunError> {
    let (mut measures, mut findings) = (Measures::default(), Vec::new());
    for (key, figure, what) in figures(settings, whole)? {
        measures.at(key).take(figure);
        let beyond = settings.billing.bounds.of(key).filter(|bound| !is_part && figure.is_beyond(bound.limit));
        let Some(bound) = beyond else { continue };
        if whole.world.adjustments.accepts(key, figure, []) {
            measures.at(key).accepted += 1;
            continue;
        }
        measures.at(key).broken += 1;
        let then = if bound.action == BoundAction::Stop { ": nothing is published" } else { "" };
        let message = format!("{what}: {figure}; the bound `{key}` is {}{then}", bound.limit);
        let (code, subject, id) = (key.code(), Subject::Input, id_of(key).to_owned());
        findings.push(Finding { code, subject, id, message, place: None });
    }
    Ok((measures, findings))
}

/// Findings about all hours are about the timesheets.
fn id_of(key: BoundKey) -> &'static str {
    match key {
        BoundKey::RunAmount(_) => Input::Orders.name(),
        _ => Input::Timesheets.name(),
    }
}

/// The largest figure that a bound or an adjustment can name.
const NOTHING_LEFT: u64 = 1_000_000_000;

type Measured = (BoundKey, BoundFigure, String);

fn figures(settings: &Settings, whole: &Whole<'_>) -> Result<Vec<Measured>, RunError> {
    let Whole { control, money, .. } = whole;
    let read = control.read.hours;
    let share = |disposition| BoundFigure::share(control.totals.of(disposition).hours, read);
    let mut figures = vec![
        (
            BoundKey::UnassignedPct,
            share(Disposition::Unassigned),
            "hours without an order line, in percent of those read".to_owned(),
        ),
        (BoundKey::HeldPct, share(Disposition::Held), "hours on hold, in percent of those read".to_owned()),
    ];
    for (currency, sums) in *money {
        let total = BoundFigure::money(Money::from_minor(sums.total), *currency);
        figures.push((BoundKey::RunAmount(*currency), total, format!("all drafts in {currency} come to")));
    }
    figures.extend(against_usual(settings, whole)?);
    Ok(figures)
}

/// X4: rows and hours of each input against those of earlier months that were posted; the most unusual one.
fn against_usual(settings: &Settings, whole: &Whole<'_>) -> Result<Option<Measured>, RunError> {
    let key = BoundKey::InputVsMedian;
    let (Some(bound), Some(from)) = (settings.billing.bounds.of(key), settings.billing.period.from()) else {
        return Ok(None);
    };
    let usual = of_ledger::inputs_posted(settings, from, bound.months)?;
    let mut worst: Option<(BoundFigure, String)> = None;
    for (input, rows) in rows_of_inputs(whole.files) {
        let counts = usual.iter().filter_map(|month| month.rows.get(input)).map(|rows| i128::from(*rows)).collect();
        worst = worst.max(unusual(i128::from(rows), counts, &format!("rows of {input}")));
    }
    let hours = usual.iter().map(|month| month.microseconds).collect();
    worst = worst.max(unusual(whole.control.read.hours.micros(), hours, "hours of timesheets"));
    Ok(worst.map(|(figure, what)| (key, figure, format!("{what}, as many times as usual, or as few"))))
}

/// How many times the median it is, or the median is of it; `None` without a verdict. Where nothing is left of what is usual, no number of
/// times would do: it goes beyond every bound.
fn unusual(now: i128, before: Vec<i128>, what: &str) -> Option<(BoundFigure, String)> {
    let twice = twice_the_median_of(before)?;
    if now == 0 && twice != 0 {
        return Some((BoundFigure::count(NOTHING_LEFT), format!("no {what}")));
    }
    let ratio = |one: i128, other: i128| BoundFigure::ratio(one, other).map(|figure| (figure, what.to_owned()));
    let now = now.checked_mul(2)?;
    ratio(now, twice).max(ratio(twice, now))
}

/// Rows of each input.
pub(super) fn rows_of_inputs(files: &[FileRead]) -> BTreeMap<&'static str, u64> {
    let mut rows: BTreeMap<&'static str, u64> = BTreeMap::new();
    for file in files {
        *rows.entry(file.input.name()).or_default() += file.rows;
    }
    rows
}

impl Run {
    /// The bounds of the whole run, whose other passes came to `before`.
    pub(super) fn look_at_whole(&mut self, settings: &Settings, before: Option<&Summary>) -> Result<(), RunError> {
        let (mut control, mut money) = (self.control.clone(), summary::money_of(&self.billing));
        if let Some(before) = before {
            control.add(&before.control);
            for (currency, amounts) in &before.money {
                money.entry(*currency).or_default().add(*amounts);
            }
        }
        let files = &self.intake.files;
        let whole = Whole { world: &self.intake.world, control: &control, money: &money, files };
        let (measures, findings) = of_run(settings, &whole, settings.shard.is_some())?;
        self.measures.add(&measures);
        self.add_findings(findings);
        Ok(())
    }
}
