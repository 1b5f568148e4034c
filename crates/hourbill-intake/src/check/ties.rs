//! G7 to G9, G14: commercial trees that the parts of a run keep together, because an entry that was posted in one stands in another by now, or
//! nowhere.

use std::cell::OnceCell;

use super::World;
use super::agreements;
use super::value;
use crate::ident::Idx;
use crate::inputs::{Input, timesheets as field};
use crate::job::Settings;
use crate::model::{Action, Circumstances, Customer, OrderLine, PostedIds, Ticket};
use crate::read::Batch;
use crate::shard::Ties;

/// The trees in which entries of a batch stand, each with that in which the ledger has the entry; of entries that lead nowhere that one alone.
pub fn ties_of(batch: &Batch<'_>, world: &World, settings: &Settings, posted: &PostedIds) -> Ties {
    let mut ties = Ties::default();
    if posted.is_empty() {
        return ties;
    }
    let (places, is_made) = (Places { batch, world, settings, circumstances: OnceCell::new() }, batch.has_made_ids());
    batch.each(field::TIMESHEET_ID, |at, cell| {
        let id = value::text(cell);
        let roots: Vec<&str> = posted.roots(&id, is_made).map(|root| world.customers.id(root)).collect();
        if roots.is_empty() {
            return;
        }
        let trees = places.trees(at, &id);
        for (root, tree) in roots.iter().flat_map(|root| trees.iter().map(move |tree| (root, tree))) {
            ties.tie(root, world.customers.id(*tree));
        }
        if trees.is_empty() {
            ties.keep(&id, roots.into_iter());
        }
    });
    ties
}

/// Where entries of a batch stand.
struct Places<'a> {
    batch: &'a Batch<'a>,
    world: &'a World,
    settings: &'a Settings,
    /// Few batches need them.
    circumstances: OnceCell<Circumstances>,
}

impl Places<'_> {
    /// The trees in which an entry may stand: where it leads, and where adjustments may move it.
    fn trees(&self, at: usize, id: &str) -> Vec<Idx<Customer>> {
        let world = self.world;
        let root = |line: Idx<OrderLine>| world.line_link(line).root;
        let ticket = self.ticket(at);
        let line = self.reference(at, field::ORDER_LINE_ID, Input::Orders);
        let line = Some(line).filter(|line| !line.is_empty()).and_then(|line| world.lines.find(&line));
        let line = line.or_else(|| world.ticket_link(ticket?).line);
        let of_ticket = || ticket.map(|ticket| world.ticket_link(ticket).root);
        let leads =
            line.map(root).or_else(of_ticket).or_else(|| self.customer(at).map(|customer| world.root(customer)));
        let is_of = |name: &str| name == id || ticket.is_some_and(|ticket| world.tickets.id(ticket) == name);
        let moved = world.adjustments.rows.iter().filter_map(|row| match &row.action {
            Action::Move(line) if is_of(&row.id) => world.lines.find(line).map(root),
            _ => None,
        });
        leads.into_iter().chain(moved).collect()
    }

    fn reference(&self, at: usize, field: usize, of: Input) -> String {
        let text = value::text(self.batch.cell(at, field));
        self.world.aliases.id(of, self.batch.key(field), text).unwrap_or_default().into_owned()
    }

    fn ticket(&self, at: usize) -> Option<Idx<Ticket>> {
        self.world.tickets.find(&self.reference(at, field::TICKET_ID, Input::Tickets))
    }

    /// C2: the customer of an entry that leads nowhere.
    fn customer(&self, at: usize) -> Option<Idx<Customer>> {
        let circumstances = self.circumstances.get_or_init(|| {
            let tickets: Vec<Option<Idx<Ticket>>> = (0..self.batch.rows()).map(|at| self.ticket(at)).collect();
            agreements::circumstances(self.batch, self.world, self.settings, &tickets)
        });
        circumstances.all.get(*circumstances.of.get(at)? as usize)?.customer
    }
}
