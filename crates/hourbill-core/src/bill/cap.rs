//! §8.3: caps of hours. What a customer agreed to pay at most is what is billed, with what a minimum makes of hours (M).

use std::collections::BTreeMap;

use super::of_line::{AtMinimum, Of};
use super::parted::{Cut, Parted};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Adjustment, Dated, Entry, MinimumGroup};
use crate::posted::GroupBefore;
use crate::quantity::{Hours, HoursSum};

/// What a cap counts together: the dates of its window, or a month where it has none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Window(Idx<Adjustment>),
    Month(Idx<Adjustment>, (u32, u32)),
}

impl Counted {
    fn why(self) -> Idx<Adjustment> {
        match self {
            Counted::Window(why) | Counted::Month(why, _) => why,
        }
    }
}

/// How many hours the caps of one line leave, by window or month.
pub(super) struct Rooms<'a> {
    caps: &'a Dated<Hours>,
    left: BTreeMap<Counted, HoursSum>,
}

impl<'a> Rooms<'a> {
    /// The room that is left under the caps once the `closed` hours of the ledger, as they were billed, are taken off.
    pub fn new(caps: &'a Dated<Hours>, closed: impl Iterator<Item = (Date, HoursSum)>) -> Rooms<'a> {
        let mut rooms = Rooms { caps, left: BTreeMap::new() };
        for (date, hours) in closed {
            rooms.take(date, hours);
        }
        rooms
    }

    /// The windows and months that count hours of a date, each with its cap: all windows that hold the date, else its month.
    fn counts(&self, date: Date) -> Vec<(Counted, Hours)> {
        let windows = self.caps.iter().filter(|(window, _, _)| !window.is_all() && window.holds(date));
        let windows: Vec<_> = windows.map(|(_, cap, why)| (Counted::Window(why), cap)).collect();
        if !windows.is_empty() {
            return windows;
        }
        let (year, month, _) = date.ymd();
        self.caps.always().map(|(cap, why)| (Counted::Month(why, (year, month)), cap)).into_iter().collect()
    }

    fn take(&mut self, date: Date, hours: HoursSum) {
        for (counted, cap) in self.counts(date) {
            let left = self.left.entry(counted).or_insert_with(|| cap.into());
            *left = *left - hours;
        }
    }

    /// Nothing more is billed of what the adjustment counts with the date: what comes behind is younger.
    fn shut(&mut self, date: Date, why: Idx<Adjustment>) {
        for (counted, _) in self.counts(date).into_iter().filter(|(counted, _)| counted.why() == why) {
            self.left.insert(counted, HoursSum::ZERO);
        }
    }

    /// The least room for hours of a date, and the adjustment whose cap leaves no more; `None` when no cap counts them.
    fn least(&self, date: Date) -> Option<(HoursSum, Idx<Adjustment>)> {
        let left = |(counted, cap): (Counted, Hours)| {
            (self.left.get(&counted).copied().unwrap_or_else(|| cap.into()), counted.why())
        };
        self.counts(date).into_iter().map(left).min()
    }
}

/// What hours of the entries of a line are billed as, one entry after another (M3).
struct Billed<'a> {
    of: &'a Of<'a>,
    /// By price and minimum, what was billed of each group before.
    before: BTreeMap<AtMinimum, BTreeMap<MinimumGroup, GroupBefore>>,
    now: BTreeMap<(AtMinimum, MinimumGroup), HoursSum>,
}

impl<'a> Billed<'a> {
    fn new(of: &'a Of<'a>) -> Billed<'a> {
        Billed { of, before: BTreeMap::new(), now: BTreeMap::new() }
    }

    /// The group of the entry; `None` where hours are billed as they are worked.
    fn group(&mut self, entry: Idx<Entry>) -> Option<(AtMinimum, MinimumGroup)> {
        let Of { world, posted, after, idx, .. } = *self.of;
        let terms = self.of.terms(entry);
        let (minimum, _) = self.of.minimum(terms)?;
        let groups = after.groups(posted);
        let in_ledger = || groups.closed(world.lines.id(idx), terms.price, terms.discount, minimum);
        let at = (terms.price, terms.discount, minimum);
        self.before.entry(at).or_insert_with(in_ledger);
        Some((at, MinimumGroup::of_entry(world, minimum.per(), &world.entries.at(entry))))
    }

    /// What so many hours more of the group are billed as.
    fn more(&self, group: &(AtMinimum, MinimumGroup), hours: HoursSum) -> HoursSum {
        let (at, of_group) = group;
        let groups = self.before.get(at).or_bug("what the ledger has at these terms was looked up");
        // Neither the ledger nor this run need have any hours of the group.
        let before = groups.get(of_group).copied().unwrap_or_default();
        let now = self.now.get(group).copied().unwrap_or_default();
        let billed = |hours: HoursSum| {
            let mut of = before;
            if hours.is_zero() { HoursSum::ZERO } else { of.add(at.2, hours) }
        };
        billed(now + hours) - billed(now)
    }

    /// Hours of an entry are billed; returns as how many.
    fn take(&mut self, group: Option<(AtMinimum, MinimumGroup)>, hours: HoursSum) -> HoursSum {
        let Some(group) = group else { return hours };
        let billed = self.more(&group, hours);
        *self.now.entry(group).or_default() += hours;
        billed
    }

    /// The most of so many hours that are billed as no more than `room`: whole steps of the minimum, where it has some.
    fn fits(&self, group: &(AtMinimum, MinimumGroup), hours: Hours, room: HoursSum) -> Hours {
        let is_in = |micros: i64| self.more(group, Hours::from_micros(micros).into()) <= room;
        if !is_in(1) {
            return Hours::ZERO;
        }
        // What is billed never falls as hours are added.
        let (mut most, mut beyond) = (1, hours.micros());
        while most + 1 < beyond {
            let middle = most + (beyond - most) / 2;
            if is_in(middle) { most = middle } else { beyond = middle }
        }
        let now = self.now.get(group).copied().unwrap_or_default();
        let whole = group.0.2.whole_steps(now + Hours::from_micros(most).into()) - now;
        let whole = whole.max(HoursSum::ZERO).within_an_entry();
        let more = |hours: Hours| self.more(group, hours.into());
        if more(whole) == more(Hours::from_micros(most)) { whole } else { Hours::from_micros(most) }
    }
}

/// §8.3: bills what the caps leave room for, oldest entries first; one entry per cap may be cut in two. Negative hours are billed all: they make
/// room. Counted is what is billed, with what a minimum adds (M5).
pub(super) fn cap_hours(of: &Of<'_>, parted: &mut Parted, mut rooms: Rooms<'_>) {
    let world = of.world;
    let mut billed = Billed::new(of);
    let own = |entry: Idx<Entry>| {
        let view = world.entries.at(entry);
        Some((view.date()?, of.account.hours_at(entry, of.stand(), view.hours)))
    };
    for &entry in &parted.billed {
        if let Some((date, hours)) = own(entry).filter(|(_, hours)| *hours < Hours::ZERO) {
            let group = billed.group(entry);
            rooms.take(date, billed.take(group, hours.into()));
        }
    }
    let age = |entry: &Idx<Entry>| {
        let view = world.entries.at(*entry);
        (view.days(), view.id())
    };
    parted.billed.sort_by(|a, b| age(a).cmp(&age(b)));
    for entry in std::mem::take(&mut parted.billed) {
        let least = own(entry).and_then(|(date, hours)| Some((date, hours, rooms.least(date)?)));
        let Some((date, hours, (room, why))) = least.filter(|(_, hours, _)| *hours > Hours::ZERO) else {
            parted.billed.push(entry);
            continue;
        };
        let group = billed.group(entry);
        let asks = group.as_ref().map_or(hours.into(), |group| billed.more(group, hours.into()));
        if asks <= room {
            rooms.take(date, billed.take(group, hours.into()));
            parted.billed.push(entry);
            continue;
        }
        let room = room.max(HoursSum::ZERO);
        // Without a minimum: less than the hours of one entry, so it fits.
        let fits = group.as_ref().map_or_else(|| room.within_an_entry(), |group| billed.fits(group, hours, room));
        if fits > Hours::ZERO {
            rooms.take(date, billed.take(group, fits.into()));
            parted.billed.push(entry);
            parted.cut.insert(entry, Cut { billed: fits, held: hours.less(fits) });
        }
        rooms.shut(date, why);
        parted.held.entry(why).or_default().push(entry);
    }
}
