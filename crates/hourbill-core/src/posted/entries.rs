//! What the ledger says of each entry that was read, as columns: there may be millions.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::record::Effect;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::OrderLine;
use crate::quantity::Hours;

/// The order line of a portion, in half a word: none, one of this export, or one that is not in it any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCode(u32);

impl LineCode {
    /// The portion stands on no order line.
    pub const NONE: LineCode = LineCode(0);
    /// The line is not in the export any more.
    pub const GONE: LineCode = LineCode(u32::MAX);

    pub fn of(line: Option<Idx<OrderLine>>) -> LineCode {
        // Positions are at most 2^32 - 3.
        line.map_or(LineCode::GONE, |line| LineCode(line.position() as u32 + 1))
    }

    pub fn line(self) -> Option<Idx<OrderLine>> {
        if self == LineCode::GONE { None } else { Idx::new(self.0.checked_sub(1)? as usize) }
    }
}

/// Facts about an entry, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks(u16);

impl Marks {
    /// The ledger has hours of it that were billed or covered.
    const KNOWN: Marks = Marks(1);
    /// It was billed or covered last with other hours than the export has now.
    const CHANGED: Marks = Marks(2);
    /// The hours of its one piece are covered by a pack.
    const COVERED: Marks = Marks(4);
    /// It has several pieces.
    const SEVERAL: Marks = Marks(8);
    /// Hours of it were opened again.
    const REOPENED: Marks = Marks(16);
    /// Hours of it were held when a run was posted.
    const HELD: Marks = Marks(32);
    /// Hours of it were credited and stay closed.
    const WRITTEN_OFF: Marks = Marks(64);
    /// It was covered once with other hours than the export has now.
    const GREW: Marks = Marks(128);
    /// Hours of it were given back last, and not none.
    const GIVEN_BACK: Marks = Marks(256);

    fn has(self, mark: Marks) -> bool {
        self.0 & mark.0 != 0
    }

    fn set(&mut self, mark: Marks, holds: bool) {
        self.0 = if holds { self.0 | mark.0 } else { self.0 & !mark.0 };
    }
}

/// Hours of an entry that the ledger has on one order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostedPiece {
    pub line: LineCode,
    /// Covered by a pack; else closed by billing.
    pub covered: bool,
    pub hours: Hours,
}

/// What the ledger says about one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Hours billed less those credited for rebilling (G1).
    pub hours: Hours,
    /// Hours covered by packs (G9).
    pub covered: Hours,
    /// The ledger has hours of it, taken back or not: the export's invoice_id says nothing about it.
    pub known: bool,
    /// It was billed or covered with other hours than the export has now.
    pub changed: bool,
    /// Hours of it were opened again by a credit or a void.
    pub reopened: bool,
    /// Hours of it, and not none, were given back last (G7, a credit or a void).
    pub given_back: bool,
    /// Hours of it were held when a run was posted.
    pub held: bool,
    /// Hours of it were credited and stay closed.
    pub written_off: bool,
    /// G9: it was covered once with other hours than the export has now, although it may have been posted since.
    pub grew: bool,
    /// It resembles an entry that was billed under another id and has vanished (G5).
    pub resembles: bool,
    /// It cannot be told from billed ones of its key (G6).
    pub ambiguous: bool,
    /// The order line of the closed hours, when they are on one line.
    pub line: LineCode,
    /// The pack of the covered hours, when they are on one pack.
    pub pack: LineCode,
    /// More than one line has hours that are closed.
    pub several: bool,
}

impl Closed {
    pub const NOTHING: Closed = Closed {
        hours: Hours::ZERO,
        covered: Hours::ZERO,
        known: false,
        changed: false,
        reopened: false,
        given_back: false,
        held: false,
        written_off: false,
        grew: false,
        resembles: false,
        ambiguous: false,
        line: LineCode::NONE,
        pack: LineCode::NONE,
        several: false,
    };

    /// G1: the entry has hours left over because its hours changed after they were billed or covered.
    pub fn is_changed(self) -> bool {
        self.changed && (self.hours != Hours::ZERO || self.covered != Hours::ZERO)
    }

    /// G1: an entry of no hours was posted, and nobody opened it again, or all of its hours were given back since it was edited to none (G7):
    /// nothing of it is open, although the ledger closed no hours of it.
    pub fn is_settled_at_zero(self, hours: Hours) -> bool {
        let none = hours == Hours::ZERO && self.hours == Hours::ZERO && self.covered == Hours::ZERO;
        none && self.known && (!self.reopened || self.changed || self.given_back)
    }
}

/// One portion as a run needs it.
#[derive(Clone, Copy)]
pub(super) struct PortionMatch {
    /// The position of the entry over all entries; `None` when the export has none with the id.
    pub position: Option<u32>,
    pub line: LineCode,
    pub effect: Effect,
    pub hours: i64,
    /// The entry had other hours then.
    pub changed: bool,
}

/// What the ledger says of entries, by position over all entries; empty when it has none of them.
#[derive(Default)]
pub(super) struct EntryStates {
    hours: Vec<i64>,
    lines: Vec<LineCode>,
    marks: Vec<Marks>,
    /// The pieces of entries that have several, by position.
    pieces: BTreeMap<usize, Vec<PostedPiece>>,
}

impl EntryStates {
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    pub fn prepare(&mut self, entries: usize) {
        if self.marks.is_empty() {
            self.hours = vec![0; entries];
            self.lines = vec![LineCode::NONE; entries];
            self.marks = vec![Marks::default(); entries];
        }
    }

    #[inline]
    pub fn says_nothing(&self, position: usize) -> bool {
        self.marks.get(position).is_none_or(|marks| *marks == Marks::default())
    }

    pub fn is_known(&self, position: usize) -> bool {
        self.marks.get(position).is_some_and(|marks| marks.has(Marks::KNOWN))
    }

    #[inline]
    pub fn get(&self, position: usize) -> Closed {
        self.marks.get(position).map_or(Closed::NOTHING, |marks| self.marked(position, *marks))
    }

    fn marked(&self, position: usize, marks: Marks) -> Closed {
        let mut closed = Closed {
            known: marks.has(Marks::KNOWN),
            changed: marks.has(Marks::CHANGED),
            reopened: marks.has(Marks::REOPENED),
            given_back: marks.has(Marks::GIVEN_BACK),
            held: marks.has(Marks::HELD),
            written_off: marks.has(Marks::WRITTEN_OFF),
            grew: marks.has(Marks::GREW),
            several: marks.has(Marks::SEVERAL),
            ..Closed::NOTHING
        };
        if closed.several {
            // Pieces that came to nothing say nothing.
            let left = || self.pieces.get(&position).into_iter().flatten().filter(|piece| piece.hours != Hours::ZERO);
            closed.several = left().filter(|piece| !piece.covered).count() > 1;
            for piece in left() {
                let (sum, line) = if piece.covered {
                    (&mut closed.covered, &mut closed.pack)
                } else {
                    (&mut closed.hours, &mut closed.line)
                };
                *sum = sum.plus(piece.hours);
                *line = piece.line;
            }
            return closed;
        }
        let of_one = self.hours.get(position).zip(self.lines.get(position));
        let (&hours, &line) = of_one.or_bug("what is kept of entries is of one length");
        let hours = Hours::from_micros(hours);
        if marks.has(Marks::COVERED) {
            (closed.covered, closed.pack) = (hours, line);
        } else {
            (closed.hours, closed.line) = (hours, line);
        }
        closed
    }

    pub fn has_pieces(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// The hours of an entry by line, without those that came to nothing.
    pub fn pieces(&self, position: usize) -> Vec<PostedPiece> {
        let closed = self.get(position);
        let all = if self.marks.get(position).is_some_and(|marks| marks.has(Marks::SEVERAL)) {
            self.pieces.get(&position).cloned().or_bug("an entry in pieces has them")
        } else {
            vec![
                PostedPiece { line: closed.line, covered: false, hours: closed.hours },
                PostedPiece { line: closed.pack, covered: true, hours: closed.covered },
            ]
        };
        all.into_iter().filter(|piece| piece.hours != Hours::ZERO).collect()
    }

    /// By position, the pack that covers the entry; empty when none does.
    pub fn packs(&self) -> Vec<LineCode> {
        let of_one = |(position, marks): (usize, &Marks)| {
            if !marks.has(Marks::COVERED) && !marks.has(Marks::SEVERAL) {
                return LineCode::NONE;
            }
            let closed = self.get(position);
            if closed.covered == Hours::ZERO { LineCode::NONE } else { closed.pack }
        };
        let packs: Vec<LineCode> = self.marks.par_iter().enumerate().map(of_one).collect();
        if packs.par_iter().all(|pack| *pack == LineCode::NONE) { Vec::new() } else { packs }
    }

    /// Portions in the order committed. `None` when a sum does not fit.
    pub fn take(&mut self, met: &[Vec<PortionMatch>]) -> Option<()> {
        // Each thread takes up the portions of its own stretch of the entries, in their order.
        let stretch = self.marks.len().div_ceil(rayon::current_num_threads()).max(1);
        let stretches = self
            .hours
            .par_chunks_mut(stretch)
            .zip(self.lines.par_chunks_mut(stretch))
            .zip(self.marks.par_chunks_mut(stretch))
            .enumerate();
        let before = &self.pieces;
        let several: Option<Vec<BTreeMap<usize, Vec<PostedPiece>>>> = stretches
            .map(|(nth, ((hours, lines), marks))| {
                let mut several = BTreeMap::new();
                for met in met.iter().flatten() {
                    let Some(position) = met.position.map(|position| position as usize) else { continue };
                    let Some(own) = position.checked_sub(nth * stretch) else { continue };
                    let (Some(hours), Some(line), Some(marks)) =
                        (hours.get_mut(own), lines.get_mut(own), marks.get_mut(own))
                    else {
                        continue;
                    };
                    note(met, marks);
                    let delta = met.effect.closes(met.hours).checked_add(met.effect.covers(met.hours))?;
                    if delta == 0 {
                        continue;
                    }
                    let covered = met.effect.covers(met.hours) != 0;
                    if marks.has(Marks::SEVERAL) {
                        let kept = || before.get(&position).cloned().or_bug("an entry in pieces has them");
                        add(several.entry(position).or_insert_with(kept), met.line, covered, delta)?;
                    } else if *hours == 0 || (*line == met.line && marks.has(Marks::COVERED) == covered) {
                        *hours = Hours::in_ledger(hours.checked_add(delta)?)?.micros();
                        *line = met.line;
                        marks.set(Marks::COVERED, covered);
                    } else {
                        let was = marks.has(Marks::COVERED);
                        let first = PostedPiece { line: *line, covered: was, hours: Hours::from_micros(*hours) };
                        marks.set(Marks::SEVERAL, true);
                        add(several.entry(position).or_insert_with(|| vec![first]), met.line, covered, delta)?;
                    }
                }
                Some(several)
            })
            .collect();
        self.pieces.extend(several?.into_iter().flatten());
        Some(())
    }
}

fn note(met: &PortionMatch, marks: &mut Marks) {
    match met.effect {
        Effect::Held => {
            marks.set(Marks::HELD, true);
            return;
        }
        Effect::Rebill | Effect::Uncovered => {
            marks.set(Marks::REOPENED, true);
            marks.set(Marks::GIVEN_BACK, met.hours != 0);
        }
        Effect::WriteOff => marks.set(Marks::WRITTEN_OFF, true),
        Effect::Billed | Effect::Covered => {
            marks.set(Marks::GIVEN_BACK, false);
            if met.effect == Effect::Covered && met.changed {
                marks.set(Marks::GREW, true);
            }
        }
    }
    marks.set(Marks::KNOWN, true);
    marks.set(Marks::CHANGED, met.changed);
}

fn add(pieces: &mut Vec<PostedPiece>, line: LineCode, covered: bool, delta: i64) -> Option<()> {
    match pieces.iter_mut().find(|piece| piece.line == line && piece.covered == covered) {
        Some(piece) => piece.hours = Hours::from_micros(piece.hours.micros().checked_add(delta)?),
        None => pieces.push(PostedPiece { line, covered, hours: Hours::from_micros(delta) }),
    }
    // In whatever order they are summed, they stay hours of one entry.
    let sizes = pieces.iter().map(|piece| piece.hours.micros().checked_abs());
    let all = sizes.into_iter().try_fold(0_i64, |sum, size| sum.checked_add(size?))?;
    Hours::in_ledger(all).map(|_| ())
}
