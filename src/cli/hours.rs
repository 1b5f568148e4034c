//! The order lines with their hours, for the terminal.

use super::layout::{Align, Grid, counted, hours, shortened};
use super::width::width;
use crate::account::Balance;
use crate::job::Settings;
use crate::run::Run;

/// Columns of the terminal that four figures, the mark and the blanks between all columns take.
const FIGURES_WIDTH: usize = 61;
const ID_WIDTH_MAX: usize = 20;
const CUSTOMER_WIDTH_MAX: usize = 14;
/// Place of the column that gives way.
const PRODUCT: usize = 2;
/// Places of the columns that only jobs with such packs have (W12).
const PACKS: std::ops::RangeInclusive<usize> = 7..=8;

/// Confirmed lines in a unit of time: ordered, delivered, remaining.
pub fn hours_table(run: &Run, settings: &Settings) -> String {
    let world = &run.intake.world;
    let mut lines: Vec<_> = world.lines.iter().filter(|(_, line)| line.confirmed && line.unit.is_some()).collect();
    lines.sort_by_key(|(idx, _)| world.lines.id(*idx));
    let (left, right) = (Align::Left, Align::Right);
    let longest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
    let id_width = longest(&mut lines.iter().map(|(idx, _)| world.lines.id(*idx))).clamp(10, ID_WIDTH_MAX);
    let customer_width =
        longest(&mut lines.iter().map(|(_, line)| world.customers.id(line.customer))).clamp(8, CUSTOMER_WIDTH_MAX);
    // What the figures and ids leave over; a narrow terminal does without.
    let product_width = width().saturating_sub(FIGURES_WIDTH + id_width + customer_width);
    let with_product = product_width >= 8;
    let columns = [
        ("order line", left),
        ("customer", left),
        ("product", left),
        ("ordered", right),
        ("delivered", right),
        ("in period", right),
        ("remaining", right),
        ("expired", right),
        ("beyond", right),
        ("", left),
    ];
    let results = run.results(settings);
    let with_packs = results.pack_draws.is_some();
    let kept = |column: usize| (with_product || column != PRODUCT) && (with_packs || !PACKS.contains(&column));
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
            shortened(world.lines.id(*idx), id_width),
            shortened(world.customers.id(line.customer), customer_width),
            shortened(&line.product, product_width),
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
    let mut text = grid.text();
    text.push_str(&format!("\nhours of {}, {overdrawn} overdrawn", counted(lines.len() as u64, "order line")));
    if others > 0 {
        text.push_str(&format!("; {} without a unit of time not shown", counted(others, "line")));
    }
    text.push_str(&format!("; period {}\n", settings.billing.period.label()));
    text
}
