//! Explanations for the terminal: words first, the numbers of the rules behind them.

use super::layout::{amounts, count, heading, message, wrapped};
use crate::explain::{Explanation, Step};

/// Of steps that are alike so many are told at the beginning; the last one follows.
const SHOWN_MAX: usize = 3;

/// The explanations as text; with `detailed`, every step, and every hour as it is.
pub fn text(explanations: &[Explanation], detailed: bool) -> String {
    let shown = |text: &str| if detailed { amounts(text) } else { message(text) };
    let mut text = String::new();
    for explanation in explanations {
        if !text.is_empty() {
            text.push('\n');
        }
        let (kind, id) = (explanation.kind.replace('_', " "), &explanation.id);
        let title = format!("{kind} `{id}`: {}", shown(&explanation.outcome));
        text.push_str(&wrapped("", &title).lines().map(|line| format!("{}\n", heading(line))).collect::<String>());
        for alike in explanation.steps.chunk_by(|one, next| group(one) == group(next)) {
            let of = |step: &Step| wrapped("  - ", &format!("{} [{}]", shown(&step.text), rule(step.rule)));
            // Less than two left out are as short as the words for them.
            let left_out = alike.len().saturating_sub(SHOWN_MAX + 1);
            if detailed || left_out < 2 {
                text.extend(alike.iter().map(of));
                continue;
            }
            text.extend(alike.iter().take(SHOWN_MAX).map(of));
            text.push_str(&wrapped(
                "  ",
                &format!("... {} more steps like these (`-v` tells each)", count(left_out as u64)),
            ));
            text.extend(alike.last().map(of));
        }
    }
    if !text.is_empty() {
        text.push_str(&wrapped("\n", "in brackets: the rule that decides, in docs/rules.md"));
    }
    text
}

/// A chapter of docs/rules.md is shown with its sign, a rule such as B3 as it is.
fn rule(rule: &str) -> String {
    if rule.starts_with(|first: char| first.is_ascii_digit()) { format!("§{rule}") } else { rule.to_owned() }
}

/// Steps of one group that follow each other are alike: a ticket looks for an order line (L2) on one date after the other (L3).
fn group(step: &Step) -> &'static str {
    match step.rule {
        "L3" => "L2",
        other => other,
    }
}
