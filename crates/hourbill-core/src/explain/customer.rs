//! A customer's tree, its drafts, and what became of the hours on its lines.

use super::{Explanation, IdKind, spread};
use crate::ident::Idx;
use crate::model::Customer;
use crate::results::Results;

/// Names told at most.
const SHOWN_MAX: usize = 10;

pub(super) fn explain(results: Results<'_>, id: &str) -> Option<Explanation> {
    let world = results.world;
    let idx = world.customers.find(id)?;
    let customer = world.customers.at(idx);
    let mut told = Explanation::new(IdKind::Customer, id);
    let name = if customer.name.is_empty() { "without a name".to_owned() } else { customer.name.clone() };
    let listed = if customer.listed { name } else { "only named by orders or tickets".to_owned() };
    told.step("2", listed);
    tree(results, idx, &mut told);
    if customer.hold {
        told.step("B7", "on hold: no draft, its hours are held");
    }
    if let Some(&why) = world.adjustments.held_customers.get(&idx) {
        told.step("8", world.adjustments.text_of(why));
    }
    if customer.per_order {
        told.step("B7", "not consolidated: a draft per order");
    }
    if let Some(group_by) = customer.group_by {
        told.step("B7", format!("drafts are grouped by {}", group_by.name()));
    }
    let totals = results.account.totals_of(world, |entry| {
        let line = results.links.line_of(world, entry).map(|(line, _)| world.lines.at(line));
        match line {
            Some(line) => line.customer == idx,
            None => entry.ticket.is_some_and(|ticket| world.tickets.at(ticket).customer == idx),
        }
    });
    told.step("4", format!("entries on its order lines and open tickets: {}", spread(&totals)));
    let drafts: Vec<_> = results.billing.drafts.iter().filter(|draft| draft.key.party == idx).collect();
    for draft in drafts.iter().take(SHOWN_MAX) {
        let (total, currency) = (draft.amounts.total.text(draft.currency()), draft.currency());
        told.step("B7", format!("draft `{}` of {total} {currency}", draft.id));
    }
    if drafts.len() > SHOWN_MAX {
        told.step("B7", format!("and {} more drafts", drafts.len() - SHOWN_MAX));
    }
    told.outcome = match drafts.len() {
        0 => "no draft".to_owned(),
        1 => "1 draft".to_owned(),
        count => format!("{count} drafts"),
    };
    Some(told)
}

/// L2: who shares prepaid hours with whom.
fn tree(results: Results<'_>, idx: Idx<Customer>, told: &mut Explanation) {
    let world = results.world;
    let root = world.root(idx);
    let members: Vec<&str> = world
        .customers
        .iter()
        .filter(|(other, _)| world.root(*other) == root && *other != idx)
        .map(|(other, _)| world.customers.id(other))
        .collect();
    if members.is_empty() {
        told.step("L2", "it shares prepaid hours with no other customer");
        return;
    }
    let named: Vec<String> = members.iter().take(SHOWN_MAX).map(|id| format!("`{id}`")).collect();
    let more = members.len().saturating_sub(SHOWN_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let root = world.customers.id(root);
    told.step("L2", format!("it is in the tree of `{root}` and shares prepaid hours with {}{more}", named.join(", ")));
}
