//! Explanations for the terminal.

use super::layout::{heading, wrapped};
use crate::explain::Explanation;

const RULE_WIDTH: usize = 8;

pub fn text(explanations: &[Explanation]) -> String {
    let mut text = String::new();
    for explanation in explanations {
        if !text.is_empty() {
            text.push('\n');
        }
        let (kind, id) = (explanation.kind.replace('_', " "), &explanation.id);
        text.push_str(&format!("{}\n", heading(&format!("{kind} `{id}`: {}", explanation.outcome))));
        for step in &explanation.steps {
            // A chapter of docs/rules.md is shown with its sign, a rule such as B3 as it is.
            let section = step.rule.starts_with(|first: char| first.is_ascii_digit());
            let rule = if section { format!("§{}", step.rule) } else { step.rule.to_owned() };
            text.push_str(&wrapped(&format!("  {rule:<RULE_WIDTH$} "), &step.text));
        }
    }
    text
}
