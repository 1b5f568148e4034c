//! W10, G9: what was posted of entries stays, and what becomes of hours of an entry that was edited since.

use super::super::draws::{Draw, Placed, Stand, Withheld};
use super::super::given_back::{Given, Who};
use super::super::{Turn, grew_for_another, named_time_line};
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
        let stand = if piece.covered { Stand::Pack(line) } else { self.way.billed_on(line) };
        if piece.covered
            && let Some(&at) = self.places.get(&line)
        {
            self.note_drawn(at);
        }
        let of = if piece.covered { None } else { self.beyond_which(entry, stand) };
        if let Stand::Overage(pack) = stand
            && of.is_none()
            && self.way.posted.closed(entry.position()).covered != Hours::ZERO
        {
            // G8: it went beyond a pack of the customer for whom it was work then.
            *self.beyond.entry(pack).or_default() += piece.hours;
        }
        if piece.hours >= Hours::ZERO {
            self.note_beyond(of, piece.hours);
            self.histories.push(who, Given { stand, hours: piece.hours, of });
            return;
        }
        let mut rest = piece.hours;
        for given in self.histories.take_back(who, stand, piece.hours.negated()) {
            rest = rest.plus(given.hours);
            if !piece.covered {
                self.note_beyond(given.of, given.hours.negated());
            }
        }
        self.note_beyond(of, rest);
    }

    /// What the ERP invoiced counts on the pack that is named, as far as it goes (H1), and draws on no other.
    pub(super) fn invoiced(&mut self, entry: &EntryView<'_>, day: Date) -> Placed {
        let Some((line, at)) = self.named(entry) else { return Placed::new() };
        let shut = self.why_not(at, entry, (day, true));
        let left = self.packs.at(at).left;
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
        let stand = billed.map(|line| self.way.billed_on(line)).or(closed.pack.line().map(Stand::Pack));
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
            // W9: an entry that was posted as giving hours back asks for the rest of them as it did then.
            let gives_more = closed.hours < Hours::ZERO && open < Hours::ZERO;
            if !(closed.changed && reports) && (open >= Hours::ZERO || gives_more) {
                return None;
            }
            // G1: it waits, or is given back where it was billed; covered hours are given back to their packs.
            let line = closed.line.line()?;
            let fewer = entry.hours.less(closed.covered).min(Hours::ZERO);
            if reports {
                // G9: what packs cover beyond the hours that are left goes back to them whatever is done about what was billed.
                let covers = closed.hours > Hours::ZERO && closed.covered > Hours::ZERO;
                let mut draws = if covers { self.uncover((entry, who), pieces, fewer) } else { Placed::new() };
                let given = draws.iter().fold(Hours::ZERO, |sum, draw| sum.plus(draw.hours));
                for draw in self.beside_billed(line, open.less(given)) {
                    draw.add_to(&mut draws);
                }
                return Some(draws);
            }
            if fewer < Hours::ZERO {
                // All that was billed of it is given back: no later work gives it back again.
                for piece in pieces.iter().filter(|piece| !piece.covered && piece.hours > Hours::ZERO) {
                    let line = piece.line.line();
                    line.iter().for_each(|line| {
                        self.histories.take_back(who, self.way.billed_on(*line), piece.hours);
                    });
                }
            }
            let draws = self.uncover((entry, who), pieces, fewer);
            return Some(if draws.is_empty() { self.beside_billed(line, open) } else { draws });
        }
        let same_sign = (open < Hours::ZERO) == (closed.covered < Hours::ZERO);
        if !same_sign {
            return Some(self.uncover((entry, who), pieces, open));
        }
        if !(closed.changed || closed.grew) || open < Hours::ZERO {
            return None;
        }
        // What is work for another customer by now asks that one's packs, or stands on the line that it names.
        if grew_for_another(self.way.world, entry, closed) {
            return None;
        }
        // G9: what an edit added counts on the same pack, as far as that goes.
        let last = pieces.iter().rev().find(|piece| piece.covered && piece.hours > Hours::ZERO)?;
        let line = last.line.line()?;
        let &at = self.places.get(&line)?;
        let shut = self.way.posted.is_shut(self.way.world, line, entry);
        let left = self.packs.at(at).left.max(HoursSum::ZERO);
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

    /// Open hours that stand where others of the entry were billed.
    fn beside_billed(&mut self, line: Idx<OrderLine>, open: Hours) -> Placed {
        let stand = self.way.billed_on(line);
        if stand == Stand::TimeLine(line)
            && let Some(&at) = self.places.get(&line)
        {
            // G12: they count on the pack that the line sells by now.
            self.spend(at, open.into());
        }
        Placed::from([Draw { stand, hours: open }])
    }

    /// G12: what was billed by time of a line that sells a pack by now was delivered, whatever comes first.
    pub(super) fn spend_billed(&mut self, turns: &[Turn]) {
        let sold_by_time = |line: &&Idx<OrderLine>| {
            !self.way.posted.line(**line).hours.is_zero() && self.way.billed_on(**line) == Stand::TimeLine(**line)
        };
        let lines: Vec<Idx<OrderLine>> = self.places.keys().filter(sold_by_time).copied().collect();
        if lines.is_empty() || self.free {
            return;
        }
        for turn in turns {
            let of_ledger = self.way.posted.closed(turn.position as usize);
            if of_ledger.hours == Hours::ZERO {
                continue;
            }
            let now = self.closed(&turn.entry(self.way.world));
            let given_back = of_ledger.line.line().map(|line| (line, now.hours.less(of_ledger.hours)));
            let pieces = self.way.posted.pieces(turn.position as usize).into_iter().filter(|piece| !piece.covered);
            let billed = pieces.filter_map(|piece| Some((piece.line.line()?, piece.hours)));
            for (line, hours) in billed.chain(given_back).filter(|(line, _)| lines.contains(line)) {
                if let Some(&at) = self.places.get(&line) {
                    self.spend(at, hours.into());
                }
            }
        }
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
