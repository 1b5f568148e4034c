//! The order lines with their hours, for the terminal.

use super::layout::{Align, Grid, counted, hours, shortened};
use crate::account::Balance;
use crate::job::Settings;
use crate::run::Run;

const PRODUCT_WIDTH: usize = 26;
const ID_WIDTH: usize = 16;

/// Confirmed lines in a unit of time: ordered, delivered, remaining.
pub fn hours_table(run: &Run, settings: &Settings) -> String {
    let world = &run.intake.world;
    let mut lines: Vec<_> = world.lines.iter().filter(|(_, line)| line.confirmed && line.unit.is_some()).collect();
    lines.sort_by_key(|(idx, _)| world.lines.id(*idx));
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("order line", left),
        ("customer", left),
        ("product", left),
        ("ordered h", right),
        ("delivered h", right),
        ("in period h", right),
        ("remaining h", right),
        ("", left),
    ]);
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
            shortened(world.lines.id(*idx), ID_WIDTH),
            shortened(world.customers.id(line.customer), ID_WIDTH),
            shortened(&line.product, PRODUCT_WIDTH),
            line.ordered_hours().map(hours).unwrap_or_default(),
            hours(of_line.delivered()),
            hours(of_line.inside),
            balance.map(|balance| hours(balance.remaining())).unwrap_or_default(),
            mark.to_owned(),
        ];
        if mark == "OVERDRAWN" {
            overdrawn += 1;
            grid.alarm(&cells);
        } else {
            grid.row(&cells);
        }
    }
    let others = world.lines.iter().filter(|(_, line)| line.confirmed && line.unit.is_none()).count() as u64;
    let mut text = grid.text();
    text.push_str(&format!("\n{}, {overdrawn} overdrawn", counted(lines.len() as u64, "order line")));
    if others > 0 {
        text.push_str(&format!("; {} without a unit of time not shown", counted(others, "line")));
    }
    text.push_str(&format!("; period {}\n", settings.period.label()));
    text
}
