//! M3, M6, M7: hours that the ledger has of the groups that minimums count together.

use std::collections::BTreeMap;

use super::portions::Portion;
use super::record::{Effect, LedgerBatch, Line, LineKind};
use crate::model::{Minimum, MinimumGroup, MinimumPer};
use crate::quantity::{HoursSum, Percent, UnitPrice};

/// What groups are apart by: order line, price and discount.
type AtTerms = (String, UnitPrice, Percent);

/// Hours of one entry at one price.
#[derive(Clone, Debug)]
struct GroupHours {
    id: String,
    days: i32,
    employee: String,
    ticket: String,
    /// Billed less opened again: what counts as billed before (M3).
    closed: i128,
    /// Billed less all that was taken back: what credits can take (M6).
    left: i128,
}

/// Hours of one entry on a pack.
#[derive(Clone, Debug)]
struct PackTaken {
    entry: GroupHours,
    /// What the pack gave for them.
    given: i128,
}

/// Hours that the ledger has of time lines, and of packs where that is asked, by the groups that minimums count together.
#[derive(Clone, Debug, Default)]
pub struct LedgerGroups {
    of_terms: BTreeMap<AtTerms, BTreeMap<(String, i32), GroupHours>>,
    /// M7: by the pack.
    packs: BTreeMap<String, BTreeMap<(String, i32), PackTaken>>,
    with_packs: bool,
    /// Ids under which entries were posted, and what they are called now.
    renamed: BTreeMap<String, String>,
}

impl LedgerGroups {
    /// Starts with nothing; `with_packs`: also keeps what packs gave, where minimums hold there (M7).
    pub fn new(with_packs: bool) -> LedgerGroups {
        LedgerGroups { with_packs, ..LedgerGroups::default() }
    }

    /// What an entry is called now.
    pub fn now<'a>(&'a self, id: &'a str) -> &'a str {
        self.renamed.get(id).map_or(id, String::as_str)
    }

    /// Takes in the next commit. `line_of` tells what an order line is called now, `None` for one that nobody asks about; `entry_of` tells
    /// what an entry is called now.
    pub fn add(
        &mut self,
        batch: &LedgerBatch,
        line_of: &dyn Fn(&str) -> Option<String>,
        entry_of: &dyn Fn(&str) -> String,
    ) {
        for (row, &line) in batch.portions.lines.iter().enumerate() {
            let asked = |line: &&Line| line.kind.by_time() || (self.with_packs && line.kind == LineKind::Covered);
            let Some(line) = batch.lines.get(line as usize).filter(asked) else { continue };
            let Some(order_line) = line_of(&line.order_line) else { continue };
            let Some(effect) = batch.document_of(line).map(|document| document.effect) else { continue };
            let Portion { id: posted, days, said, uplift, hours, .. } = batch.portions.at(row);
            let hours = i128::from(hours);
            let (closed, left) = match effect {
                Effect::Billed | Effect::Rebill => (hours, hours),
                Effect::WriteOff => (0, hours),
                Effect::Covered | Effect::Uncovered => (hours, 0),
                Effect::Held => continue,
            };
            let id = entry_of(posted);
            if posted != id {
                self.renamed.insert(posted.to_owned(), id.clone());
            }
            let none = || GroupHours {
                id: id.clone(),
                days,
                employee: said.employee.unwrap_or_default().to_owned(),
                ticket: said.ticket.unwrap_or_default().to_owned(),
                closed: 0,
                left: 0,
            };
            if line.kind == LineKind::Covered {
                let of_pack = self.packs.entry(order_line).or_default().entry((id.clone(), days));
                let of = of_pack.or_insert_with(|| PackTaken { entry: none(), given: 0 });
                (of.entry.closed, of.given) = (of.entry.closed + closed, of.given + closed + i128::from(uplift));
                continue;
            }
            let of_terms = self.of_terms.entry((order_line, line.price, line.discount)).or_default();
            let of = of_terms.entry((id.clone(), days)).or_insert_with(none);
            (of.closed, of.left) = (of.closed + closed, of.left + left);
        }
    }

    /// M3: hours that are billed of each group of an order line at one price.
    pub fn closed(
        &self,
        line: &str,
        price: UnitPrice,
        discount: Percent,
        per: MinimumPer,
    ) -> BTreeMap<MinimumGroup, HoursSum> {
        self.sums((line, price, discount), per, |of| of.closed)
    }

    /// M6: hours of each group that nobody took back.
    pub fn left(
        &self,
        line: &str,
        price: UnitPrice,
        discount: Percent,
        per: MinimumPer,
    ) -> BTreeMap<MinimumGroup, HoursSum> {
        self.sums((line, price, discount), per, |of| of.left)
    }

    /// M7: hours of each group on a pack, and what it gave for them.
    pub fn on_pack(&self, pack: &str, per: MinimumPer) -> BTreeMap<MinimumGroup, (HoursSum, HoursSum)> {
        let mut sums: BTreeMap<MinimumGroup, (HoursSum, HoursSum)> = BTreeMap::new();
        for PackTaken { entry, given } in self.packs.get(pack).into_iter().flat_map(BTreeMap::values) {
            let group = MinimumGroup::of(per, &entry.id, entry.days, &entry.employee, &entry.ticket);
            let (worked, of_pack) = sums.entry(group).or_default();
            *worked += HoursSum::from_micros(entry.closed);
            *of_pack += HoursSum::from_micros(*given);
        }
        sums
    }

    fn sums(
        &self,
        (line, price, discount): (&str, UnitPrice, Percent),
        per: MinimumPer,
        hours: impl Fn(&GroupHours) -> i128,
    ) -> BTreeMap<MinimumGroup, HoursSum> {
        let mut sums: BTreeMap<MinimumGroup, HoursSum> = BTreeMap::new();
        let of_terms = self.of_terms.get(&(line.to_owned(), price, discount));
        for of in of_terms.into_iter().flat_map(BTreeMap::values) {
            let group = MinimumGroup::of(per, &of.id, of.days, &of.employee, &of.ticket);
            *sums.entry(group).or_default() += HoursSum::from_micros(hours(of));
        }
        sums
    }
}

/// M6: the billed hours that go when hours of groups are taken back: by group, what the minimum bills of all that is left less what it
/// bills of the rest.
pub fn taken_of_groups(
    minimum: Minimum,
    left: &BTreeMap<MinimumGroup, HoursSum>,
    taken: &BTreeMap<MinimumGroup, HoursSum>,
) -> HoursSum {
    let of_group = |(group, taken): (&MinimumGroup, &HoursSum)| {
        let all = left.get(group).copied().unwrap_or(*taken);
        minimum.billed(all) - minimum.billed(all - *taken)
    };
    taken.iter().map(of_group).sum()
}
