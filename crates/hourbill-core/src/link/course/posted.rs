//! W10, G9: what was posted of entries stays, and what becomes of hours of an entry that was edited since.

use super::super::draws::{Draw, Placed, Stand, Withheld};
use super::super::given_back::{Given, Who};
use super::super::named_time_line;
use super::super::way::billed_on;
use super::Course;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{EntryView, OrderLine};
use crate::posted::{Closed, PostedPiece};
use crate::quantity::{Hours, HoursSum};
use crate::settings::Corrections;

impl<'a> Course<'a> {
    /// What the ledger has of an entry, without what is given back as it was billed to others, or on another line than the one to which the
    /// entry was moved (G8).
    pub(super) fn closed(&self, entry: &EntryView<'_>) -> Closed {
        let closed = self.way.posted.closed(entry.position());
        if let Some(line) = self.moves_to(entry).filter(|_| closed.hours != Hours::ZERO) {
            let given = self.way.posted.given_back(self.way.world, entry, closed, Some(line));
            return Closed { hours: closed.hours.less(given.hours()).less(given.gone), ..closed };
        }
        let elsewhere = |line: Idx<OrderLine>| self.way.world.line_link(line).root != self.root;
        let moved =
            self.way.settings.rules.corrections == Corrections::Bill && closed.line.line().is_some_and(elsewhere);
        if moved { Closed { hours: Hours::ZERO, ..closed } } else { closed }
    }

    /// G8: the time line that an entry names, where what was billed of it elsewhere is given back.
    pub(super) fn moves_to(&self, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
        let corrects = self.way.settings.rules.corrections == Corrections::Bill;
        named_time_line(self.way.world, entry).filter(|_| corrects)
    }

    /// W10: hours that were posted stay; later ones of the ticket may give them back.
    pub(super) fn meet(&mut self, entry: &EntryView<'_>, who: Who<'a>, piece: PostedPiece) {
        let Some(line) = piece.line.line() else { return };
        let of = self.last_drawn(entry);
        let stand = if piece.covered { Stand::Pack(line) } else { billed_on(self.way.world, line) };
        if piece.covered
            && let Some(&at) = self.places.get(&line)
        {
            self.note_drawn(at);
        }
        if !piece.covered
            && let Some(pack) = of.and_then(|at| self.packs.get(at))
        {
            *self.beyond.entry(pack.idx).or_default() += piece.hours;
        }
        match piece.hours < Hours::ZERO {
            true => self.histories.take_back(who, stand, piece.hours.negated()),
            false => self.histories.push(who, Given { stand, hours: piece.hours, of }),
        }
    }

    /// What the ERP invoiced counts on the pack that is named, as far as it goes (H1), and draws on no other.
    pub(super) fn invoiced(&mut self, entry: &EntryView<'_>, day: Date) -> Placed {
        let Some((line, at)) = self.named(entry) else { return Placed::new() };
        let shut = self.why_not(at, entry, (day, true));
        let left = self.packs.get(at).map_or(HoursSum::ZERO, |pack| pack.left);
        let (fits, given) = match entry.hours > Hours::ZERO {
            true if shut.is_some() => (Hours::ZERO, HoursSum::ZERO),
            true => self.fits(entry, at, entry.hours, left),
            false => (entry.hours, self.gives(entry, at, entry.hours)),
        };
        let mut draws = Placed::new();
        if fits != Hours::ZERO {
            self.give(entry, at, (fits, given));
            self.note_drawn(at);
            draws.push(Draw { stand: Stand::Pack(line), hours: fits });
        }
        let rest = entry.hours.less(fits);
        if rest != Hours::ZERO || draws.is_empty() {
            draws.push(Draw { stand: Stand::Withheld(line, Withheld::Hold), hours: rest });
        }
        draws
    }

    /// Nothing is left to draw: the entry stands where it was posted last.
    pub(super) fn posted_whole(&self, closed: Closed) -> Placed {
        let billed = closed.line.line().filter(|_| closed.hours != Hours::ZERO);
        let stand = billed.map(|line| billed_on(self.way.world, line)).or(closed.pack.line().map(Stand::Pack));
        stand.map(|stand| Draw { stand, hours: Hours::ZERO }).into_iter().collect()
    }

    /// Open hours of an entry that was edited after it was posted; `None` where they draw like any others.
    pub(super) fn remainder(
        &mut self,
        entry: &EntryView<'a>,
        who: Who<'a>,
        (closed, pieces): (Closed, &[PostedPiece]),
        open: Hours,
    ) -> Option<Placed> {
        let reports = self.way.settings.rules.corrections == Corrections::Report;
        if closed.hours != Hours::ZERO {
            if !(closed.changed && reports) && open >= Hours::ZERO {
                return None;
            }
            // G1: it waits, or is given back where it was billed; covered hours are given back to their packs.
            let line = closed.line.line()?;
            if reports {
                return Some(Placed::from([Draw { stand: billed_on(self.way.world, line), hours: open }]));
            }
            let fewer = entry.hours.less(closed.covered).min(Hours::ZERO);
            if fewer < Hours::ZERO {
                // All that was billed of it is given back: no later work gives it back again.
                for piece in pieces.iter().filter(|piece| !piece.covered && piece.hours > Hours::ZERO) {
                    let line = piece.line.line();
                    line.iter().for_each(|line| {
                        self.histories.take_back(who, billed_on(self.way.world, *line), piece.hours);
                    });
                }
            }
            let draws = self.uncover((entry, who), pieces, fewer);
            let stays = Draw { stand: billed_on(self.way.world, line), hours: open };
            return Some(if draws.is_empty() { Placed::from([stays]) } else { draws });
        }
        let same_sign = (open < Hours::ZERO) == (closed.covered < Hours::ZERO);
        if !same_sign {
            return Some(self.uncover((entry, who), pieces, open));
        }
        if !(closed.changed || closed.grew) || open < Hours::ZERO {
            return None;
        }
        // G9: what an edit added counts on the same pack, as far as that goes.
        let last = pieces.iter().rev().find(|piece| piece.covered && piece.hours > Hours::ZERO)?;
        let line = last.line.line()?;
        let &at = self.places.get(&line)?;
        let shut = self.way.posted.is_shut(self.way.world, line, entry);
        let left = self.packs.get(at).map_or(HoursSum::ZERO, |pack| pack.left).max(HoursSum::ZERO);
        let (fits, given) = if shut { (Hours::ZERO, HoursSum::ZERO) } else { self.fits(entry, at, open, left) };
        let mut draws = Placed::new();
        if fits != Hours::ZERO {
            self.take((entry, who), at, (fits, given), &mut draws);
        }
        if fits != open {
            draws.push(Draw { stand: Stand::Withheld(line, Withheld::Outgrown), hours: open.less(fits) });
        }
        Some(draws)
    }

    /// An entry that has fewer hours than were covered: its packs get them back, the one drawn last first, and what the same work drew gives
    /// back what is more than that (W9).
    fn uncover(&mut self, (entry, who): (&EntryView<'a>, Who<'a>), pieces: &[PostedPiece], hours: Hours) -> Placed {
        let (mut rest, mut draws) = (hours, Placed::new());
        let covered = pieces.iter().rev().filter(|piece| piece.covered);
        let lines: Vec<(Idx<OrderLine>, Hours)> =
            covered.filter_map(|piece| Some((piece.line.line()?, piece.hours))).collect();
        for (nth, &(line, of_piece)) in lines.iter().enumerate() {
            let last = nth + 1 == lines.len();
            let back = match rest < Hours::ZERO {
                true => rest.max(of_piece.negated()).min(Hours::ZERO),
                // Whatever is left over stays with the oldest.
                false if last => rest,
                false => rest.min(of_piece.negated()).max(Hours::ZERO),
            };
            if back == Hours::ZERO {
                continue;
            }
            rest = rest.less(back);
            if let Some(&at) = self.places.get(&line) {
                self.give_less(entry, at, back);
            }
            if back < Hours::ZERO {
                self.histories.take_back(who, Stand::Pack(line), back.negated());
            }
            draws.push(Draw { stand: Stand::Pack(line), hours: back });
        }
        if rest < Hours::ZERO {
            for draw in self.give_back(entry, who, rest) {
                draw.add_to(&mut draws);
            }
        }
        draws
    }
}
