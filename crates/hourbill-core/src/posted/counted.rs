//! M6: what goes with hours that are taken back and that a minimum counts together with others.

use std::collections::BTreeMap;

use super::book::{BookEntry, BookLine, within};
use super::groups::{GroupLeft, LedgerGroups};
use super::held::HeldPortion;
use super::record::Line;
use crate::bug::OrBug;
use crate::model::{Minimum, MinimumGroup};
use crate::quantity::{HoursSum, Percent, UnitPrice};

/// Hours of groups that are asked back, over all lines of the document that a minimum counts together: late hours stand on a line of their own.
pub(super) struct Counted<'a> {
    groups: &'a LedgerGroups,
    of_document: BTreeMap<(String, UnitPrice, Percent, Minimum, MinimumGroup), OfDocument>,
}

#[derive(Clone, Copy, Default)]
struct OfDocument {
    asked: HoursSum,
    /// Of these, what lines before have taken.
    taken: HoursSum,
}

impl<'a> Counted<'a> {
    pub fn new(entry: &BookEntry, chosen: &[(&HeldPortion, i64)], groups: &'a LedgerGroups) -> Counted<'a> {
        let mut of_document: BTreeMap<_, OfDocument> = BTreeMap::new();
        for (portion, micros) in chosen {
            let line = entry.lines.iter().map(|left| &left.line).find(|line| line.line_no == portion.line_no);
            let line = line.or_bug("a portion is on a line of its document");
            let Some(minimum) = line.minimum else { continue };
            let group = portion.group(minimum.per(), groups);
            let of = of_document.entry((line.order_line.clone(), line.price, line.discount, minimum, group));
            of.or_default().asked += HoursSum::from_micros((*micros).into());
        }
        Counted { groups, of_document }
    }

    /// A line takes hours of a group; how it stands with the group before.
    fn take(&mut self, line: &Line, minimum: Minimum, group: &MinimumGroup, hours: HoursSum) -> OfDocument {
        let terms = (line.order_line.clone(), line.price, line.discount, minimum, group.clone());
        let of = self.of_document.entry(terms).or_default();
        let before = *of;
        of.taken += hours;
        before
    }
}

/// Hours of a group that are taken back from a line.
#[derive(Default)]
struct OfGroup<'a> {
    hours: HoursSum,
    /// What the line bills of the group.
    billed: HoursSum,
    /// The portion that is told what goes beyond the hours.
    first: Option<&'a str>,
}

/// M6: what goes with some hours beyond them, in all and by portion: of each group what is billed of all that is left of it less what is billed
/// of the rest, and with the last of them all that the line bills of it; never more than that.
pub(super) fn uplift<'a>(
    left: &BookLine,
    (held, chosen): (&[&'a HeldPortion], &[(&'a HeldPortion, i64)]),
    counted: &mut Counted<'_>,
    (hours, one_sided, is_known): (HoursSum, bool, bool),
) -> (HoursSum, BTreeMap<&'a str, i64>) {
    let line = &left.line;
    let mut lifted = BTreeMap::new();
    let Some(minimum) = line.minimum else { return (HoursSum::ZERO, lifted) };
    let mut taken: BTreeMap<MinimumGroup, OfGroup<'a>> = BTreeMap::new();
    for &(portion, micros) in chosen {
        let of = taken.entry(portion.group(minimum.per(), counted.groups)).or_default();
        of.hours += HoursSum::from_micros(micros.into());
        of.first = of.first.or(Some(&portion.id));
    }
    for portion in held {
        if let Some(of) = taken.get_mut(&portion.group(minimum.per(), counted.groups)) {
            of.billed += HoursSum::from_micros(i128::from(portion.hours) + i128::from(portion.uplift));
        }
    }
    let all = counted.groups.left(&line.order_line, line.price, line.discount, minimum);
    let most = left.hours + left.uplift;
    let mut sum = HoursSum::ZERO;
    for (group, of) in taken {
        let none = GroupLeft { hours: of.hours, by_minimum: of.hours };
        let of_document = counted.take(line, minimum, &group, of.hours);
        let mut all = all.get(&group).copied().unwrap_or(none);
        let is_last = (all.by_minimum - of_document.asked).is_zero();
        all.hours = all.hours - of_document.taken;
        let own = minimum.billed(all.hours) - minimum.billed(all.hours - of.hours);
        let same_sign = of.hours.micros().signum() * of.billed.micros().signum() >= 0;
        let billed = match () {
            () if !is_known => own,
            () if is_last => of.billed,
            // Hours of both signs may be left of a group: then what was billed of it is no bound for a part.
            () if same_sign => HoursSum::from_micros(within(own.micros(), of.billed.micros())),
            () => own,
        };
        if is_known && let Some(id) = of.first {
            lifted.insert(id, (billed - of.hours).within_an_entry().micros());
        }
        sum += billed;
    }
    // The same of a line.
    let is_bound = !is_known && (one_sided || hours.micros().signum() == most.micros().signum());
    let billed = if is_bound { HoursSum::from_micros(within(sum.micros(), most.micros())) } else { sum };
    (billed - hours, lifted)
}
