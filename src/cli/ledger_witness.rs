//! What `ledger verify` says of what else than the ledger knows what is in it.

use serde_json::{Value, json};

use super::layout::{counted, wrapped};
use crate::posted::Head;
use crate::run::Witnessed;

/// Entries of a list that are told one by one.
const SHOWN_MAX: usize = 5;

pub fn text(of: &Witnessed) -> String {
    let mut text = String::new();
    let mut say = |line: String| text.push_str(&wrapped("  ", &line));
    if let Some((head, by)) = &of.known {
        say(format!("{by} knows the chain up to entry {}: all before it is as it was then", head.sequence));
    }
    for (head, by) in &of.lacks {
        say(format!(
            "{by} knows entry {}, with hash {}: the ledger has lost it, and runs refuse it",
            head.sequence, head.hash
        ));
    }
    if of.held > 0 {
        say(format!("{} the rows of the run that was posted", have(of.held)));
    }
    for (sequence, why) in of.not_held.iter().take(SHOWN_MAX) {
        say(format!("entry {sequence} cannot be held against its run: {why}"));
    }
    if of.not_held.len() > SHOWN_MAX {
        say(format!("and {} like it", counted((of.not_held.len() - SHOWN_MAX) as u64, "further entry")));
    }
    if let Some(first) = of.unknown.first() {
        let rest = if of.unknown.len() == 1 { "is" } else { "and what follows are" };
        say(format!(
            "entry {first} {rest} known to the ledger alone: who can write there could have made them anew with other texts, dates, \
             entries and parties, and sums that agree; note the head elsewhere (`--expect-head`)"
        ));
    }
    text
}

fn have(posts: u64) -> String {
    format!("{} {}", counted(posts, "post"), if posts == 1 { "has" } else { "have" })
}

pub fn json(of: &Witnessed) -> Value {
    let head = |(head, by): &(Head, String)| json!({"sequence": head.sequence, "hash": head.hash, "by": by});
    let not_held = of.not_held.iter().map(|(sequence, why)| json!({"sequence": sequence, "why": why}));
    json!({
        "known": of.known.as_ref().map(head),
        "lacks": of.lacks.iter().map(head).collect::<Value>(),
        "posts_held": of.held,
        "posts_not_held": not_held.collect::<Value>(),
        "known_to_the_ledger_alone": of.unknown,
    })
}
