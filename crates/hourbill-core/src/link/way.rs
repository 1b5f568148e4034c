//! What drawing on packs goes by, in all customer trees.

use super::Turn;
use super::beyond::TimeLines;
use super::draws::Stand;
use crate::calendar::{Date, Side};
use crate::ident::{Idx, company_ids_agree};
use crate::model::{EntryView, OrderLine, World};
use crate::posted::{Posted, PostedPiece, invoiced_quantity};
use crate::quantity::Hours;
use crate::settings::{BillingSettings, PrepaidGate};

/// What drawing on packs reads, the same in all trees.
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

    /// W5: under `rules.prepaid_gate`, the pack is invoiced in full.
    pub fn gate_is_met(&self, pack: Idx<OrderLine>) -> bool {
        match self.settings.rules.packs.gate {
            PrepaidGate::Confirmed => true,
            PrepaidGate::Invoiced => {
                let line = self.world.lines.at(pack);
                invoiced_quantity(self.posted, pack, line) >= line.ordered
            }
        }
    }

    /// L2: the company of the entry, its ticket's or else its own, is that of the pack, where both are named.
    pub fn companies_agree(&self, entry: &EntryView<'_>, pack: &OrderLine) -> bool {
        let world = self.world;
        if let Some(ticket) = entry.ticket {
            return world.companies_agree(world.tickets.at(ticket).company, pack.company);
        }
        // Its own need not be one that an order names.
        let own = entry.circumstance().map_or("", |of| of.company.as_str());
        company_ids_agree(own, world.companies.id(pack.company))
    }

    /// Covered hours of an entry in the ledger, with its day.
    pub fn pieces_of(&self, turn: &Turn) -> impl Iterator<Item = (u32, PostedPiece, i32)> + use<> {
        let (day, position) = (turn.day.days(), turn.position);
        let closed = self.posted.closed(position as usize);
        let pieces = match closed.covered == Hours::ZERO {
            true => Vec::new(),
            false => self.posted.pieces(position as usize),
        };
        pieces.into_iter().map(move |piece| (position, piece, day))
    }

    /// W5: the entry may draw on this pack on this day, where the pack is named or picked.
    pub fn may_draw(&self, pack: Idx<OrderLine>, entry: &EntryView<'_>, day: Date) -> bool {
        let open = self.world.pack_shut_on(pack, day).is_none();
        open && self.world.pack_covers_entry(pack, entry) && self.gate_is_met(pack)
    }

    /// The place of hours that were billed on a line.
    pub fn billed_on(&self, line: Idx<OrderLine>) -> Stand {
        billed_on(self.world, self.posted, line)
    }

    /// A pack that was confirmed after the period does not exist in its run.
    pub fn exists(&self, line: &OrderLine) -> bool {
        line.confirmed_on.is_none_or(|on| self.settings.period.side(on.date()) != Side::After)
    }
}

/// The place of hours that were billed on `line`: the time line, also where that sells a pack by now (G12), or beyond the pack that it sells.
pub fn billed_on(world: &World, posted: &Posted, line: Idx<OrderLine>) -> Stand {
    match world.line_link(line).by_time || !posted.line(line).has_overage() {
        true => Stand::TimeLine(line),
        false => Stand::Overage(line),
    }
}
