//! The order lines with their hours, for the terminal.

use super::grid::{Align, Grid};
use super::layout::{counted, hours, wrapped};
use crate::account::Balance;
use crate::job::Settings;
use crate::run::Run;

/// Places of the columns that only jobs with such packs have (W12).
const PACKS: std::ops::RangeInclusive<usize> = 7..=8;

/// Confirmed lines in a unit of time: ordered, delivered, remaining.
pub fn hours_table(run: &Run, settings: &Settings) -> String {
    let world = &run.intake.world;
    let mut lines: Vec<_> = world.lines.iter().filter(|(_, line)| line.confirmed && line.unit.is_some()).collect();
    lines.sort_by_key(|(idx, _)| world.lines.id(*idx));
    let (left, right) = (Align::Left, Align::Right);
    let columns = [
        ("order line", Align::Id),
        ("customer", left),
        ("product", Align::Spare),
        ("ordered", right),
        ("delivered", right),
        ("in period", right),
        ("remaining", right),
        ("expired", right),
        ("beyond", right),
        ("", Align::Id),
    ];
    let results = run.results(settings);
    let with_packs = results.pack_draws.is_some();
    let kept = |column: usize| with_packs || !PACKS.contains(&column);
    let columns: Vec<_> =
        columns.into_iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, column)| column).collect();
    let mut grid = Grid::new(&columns);
    let mut overdrawn = 0;
    for (idx, line) in &lines {
        let of_line = run.account.line(*idx);
        let balance = Balance::of(line, &of_line);
        let mark = match balance {
            Some(balance) if balance.overdrawn() => "OVERDRAWN",
            Some(balance) if balance.upsell(line.upsell_threshold) => "upsell",
            Some(_) => "",
            None => "by time",
        };
        let cells = [
            world.lines.id(*idx).to_owned(),
            world.customers.id(line.customer).to_owned(),
            line.product.clone(),
            line.ordered_hours().map(hours).unwrap_or_default(),
            hours(of_line.delivered()),
            hours(of_line.inside),
            balance.map(|balance| hours(balance.remaining())).unwrap_or_default(),
            results.pack_hours(*idx).map(|of| hours(of.expired)).unwrap_or_default(),
            results.pack_hours(*idx).map(|of| hours(of.overage)).unwrap_or_default(),
            mark.to_owned(),
        ];
        let cells: Vec<String> =
            cells.into_iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, cell)| cell).collect();
        if mark == "OVERDRAWN" {
            overdrawn += 1;
            grid.alarm(&cells);
        } else {
            grid.row(&cells);
        }
    }
    let others = world.lines.iter().filter(|(_, line)| line.confirmed && line.unit.is_none()).count() as u64;
    let text = format!("{}\n", grid.text());
    let mut told = format!("hours of {}, {overdrawn} overdrawn", counted(lines.len() as u64, "order line"));
    if others > 0 {
        told.push_str(&format!("; {} without a unit of time not shown", counted(others, "line")));
    }
    told.push_str(&format!("; period {}", settings.billing.period.label()));
    text + &wrapped("", &told)
}
