//! Explanations for the terminal.

use super::layout::{Align, Grid};
use crate::explain::Explanation;

pub fn text(explanations: &[Explanation]) -> String {
    let mut text = String::new();
    for explanation in explanations {
        if !text.is_empty() {
            text.push('\n');
        }
        let (kind, id) = (explanation.kind.replace('_', " "), &explanation.id);
        text.push_str(&format!("{kind} `{id}`: {}\n", explanation.outcome));
        let mut grid = Grid::new(&[("", Align::Left), ("", Align::Left)]);
        for step in &explanation.steps {
            // Sections of the contract are told from rules such as B3.
            let section = step.rule.starts_with(|first: char| first.is_ascii_digit());
            let rule = if section { format!("§{}", step.rule) } else { step.rule.to_owned() };
            grid.row(&[format!(" {rule}"), step.text.clone()]);
        }
        text.push_str(&grid.text());
    }
    text
}
