//! What drawing on packs goes by, in all customer trees.

use super::Turn;
use super::beyond::TimeLines;
use super::draws::Stand;
use crate::calendar::{Date, Side};
use crate::ident::Idx;
use crate::model::{Company, EntryView, OrderLine, World};
use crate::posted::{Posted, PostedPiece, invoiced_quantity};
use crate::quantity::Hours;
use crate::settings::{BillingSettings, PrepaidGate};

/// What drawing goes by, in all trees.
pub(super) struct Way<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub posted: &'a Posted,
    pub times: TimeLines,
}

impl<'a> Way<'a> {
    pub fn new(world: &'a World, settings: &'a BillingSettings, posted: &'a Posted) -> Way<'a> {
        Way { world, settings, posted, times: TimeLines::new(world) }
    }

    /// W5.
    pub fn gate_is_met(&self, pack: Idx<OrderLine>) -> bool {
        match self.settings.rules.packs.gate {
            PrepaidGate::Confirmed => true,
            PrepaidGate::Invoiced => {
                let line = self.world.lines.at(pack);
                invoiced_quantity(self.posted, pack, line) >= line.ordered
            }
        }
    }

    /// L2: the ticket's company, else the entry's own.
    pub fn company(&self, entry: &EntryView<'_>) -> Idx<Company> {
        let of_ticket = entry.ticket.map(|ticket| self.world.tickets.at(ticket).company);
        let own = || entry.circumstance().and_then(|of| self.world.companies.find(&of.company));
        // One that no order names is nobody's: it stands for no company.
        of_ticket.or_else(own).or_else(|| self.world.companies.find("")).unwrap_or(Idx::at(0))
    }

    /// Covered hours of an entry in the ledger, with its day.
    pub fn pieces_of(&self, turn: &Turn<'_>) -> impl Iterator<Item = (u32, PostedPiece, i32)> + use<> {
        let (day, position) = (turn.0.days(), turn.3);
        let closed = self.posted.closed(position as usize);
        let pieces = match closed.covered == Hours::ZERO {
            true => Vec::new(),
            false => self.posted.pieces(position as usize),
        };
        pieces.into_iter().map(move |piece| (position, piece, day))
    }

    /// W5, of a pack that an entry is on.
    pub fn may_draw(&self, pack: Idx<OrderLine>, entry: &EntryView<'_>, day: Date) -> bool {
        let (team, activity) = self.world.team_and_activity(entry);
        let open = self.world.pack_shut_on(pack, day).is_none();
        open && self.world.pack_covers(pack, team, activity) && self.gate_is_met(pack)
    }

    /// A pack that was confirmed after the period does not exist in its run.
    pub fn exists(&self, line: &OrderLine) -> bool {
        line.confirmed_on.is_none_or(|on| self.settings.period.side(on.date()) != Side::After)
    }
}

/// Where hours stand that were billed on a line.
pub(super) fn billed_on(world: &World, line: Idx<OrderLine>) -> Stand {
    match world.line_link(line).by_time {
        true => Stand::TimeLine(line),
        false => Stand::Overage(line),
    }
}
