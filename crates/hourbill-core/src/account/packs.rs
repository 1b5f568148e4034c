//! W: what packs cover in this run, and what a person should know of them.

use std::collections::BTreeMap;

use super::findings::TOO_LARGE_A_DIFFERENCE;
use super::one_by_one::{self, Faulty};
use super::{Account, Disposition, KeptBack};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::{Draw, Links, OutOfTurn, Stand, Withheld, unusable};
use crate::model::{Entry, EntryView, OrderLine, Terms, World};
use crate::posted::{Posted, invoiced_quantity};
use crate::quantity::{Currency, Hours, HoursSum, Money};
use crate::settings::BillingSettings;

impl Account {
    /// Hours of an entry that asks packs which this run covers, by pack: those that posts have covered are not among them.
    pub fn covered_now(
        &self,
        world: &World,
        links: &Links,
        posted: &Posted,
        entry: &EntryView<'_>,
    ) -> Vec<(Idx<OrderLine>, Hours)> {
        self.on_packs(world, links, posted, entry, false)
    }

    /// As [`Account::covered_now`], with hours that a bound holds (X5): they count on their pack, and are not posted.
    pub fn drawn_now(
        &self,
        world: &World,
        links: &Links,
        posted: &Posted,
        entry: &EntryView<'_>,
    ) -> Vec<(Idx<OrderLine>, Hours)> {
        self.on_packs(world, links, posted, entry, true)
    }

    /// Hours that count on packs of an entry that asks them, by pack, beside what posts have covered: where its hours stand when the ERP
    /// has invoiced the entry, else what [`Account::drawn_now`] says.
    pub fn drawn(
        &self,
        world: &World,
        links: &Links,
        posted: &Posted,
        entry: &EntryView<'_>,
    ) -> Vec<(Idx<OrderLine>, Hours)> {
        if !posted.invoiced_by_erp(entry) {
            return self.drawn_now(world, links, posted, entry);
        }
        let draws = links.draws.of_entry(entry.position(), entry.hours).into_iter();
        let on_pack = |draw: Draw| match draw.stand {
            Stand::Pack(line) => Some((line, draw.hours)),
            _ => None,
        };
        draws.filter_map(on_pack).collect()
    }

    fn on_packs(
        &self,
        world: &World,
        links: &Links,
        posted: &Posted,
        entry: &EntryView<'_>,
        held_too: bool,
    ) -> Vec<(Idx<OrderLine>, Hours)> {
        let position = entry.position();
        let (idx, mut covered) = (Idx::<Entry>::at(position), Vec::new());
        let mut in_ledger = posted.closed(position).covered;
        let counts = |of: Disposition| of == Disposition::Covered || (held_too && of == Disposition::Held);
        for apart in self.apart(idx) {
            match (apart.on, apart.disposition) {
                (Some(Stand::Pack(line)), of) if counts(of) => covered.push((line, apart.hours)),
                // What the ledger has stands apart already.
                (None, Disposition::Covered) => in_ledger = Hours::ZERO,
                _ => {}
            }
        }
        let own = links.draws.own(position).filter(|_| counts(self.disposition(world, idx)));
        if let Some(Stand::Pack(line)) = own {
            let own = self.own_hours(idx, entry.hours).less(in_ledger);
            covered.extend((own != Hours::ZERO).then_some((line, own)));
        }
        covered
    }
}

/// Everything about packs that a person should know.
pub(super) fn findings(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    account: &Account,
) -> Vec<Finding> {
    let mut findings = withheld(world, account);
    findings.extend(out_of_order(world, &links.draws.out_of_order));
    if settings.rules.packs.are_said || world.packs.any {
        findings.extend(without_invoice(world, posted, account));
    }
    findings
}

/// W7 and W9: one finding per pack on whose account hours wait.
fn withheld(world: &World, account: &Account) -> Vec<Finding> {
    let mut waiting: BTreeMap<(Withheld, Idx<OrderLine>), (u64, HoursSum)> = BTreeMap::new();
    let mut nothing: Faulty<'_, Idx<OrderLine>, Hours> = BTreeMap::new();
    for &(why, line, idx) in &account.kept_back {
        let KeptBack::BeyondPacks(why) = why else { continue };
        let entry = world.entries.at(idx);
        let hours = account.hours_at(idx, Stand::Withheld(line, why), entry.hours);
        match why {
            Withheld::NothingToGiveBack => nothing.entry(line).or_default().push((entry, hours)),
            Withheld::LineUnusable | Withheld::PriceMissing => {
                let (entries, sum) = waiting.entry((why, line)).or_default();
                *entries += 1;
                *sum += hours;
            }
            Withheld::Hold | Withheld::Outgrown => {}
        }
    }
    let mut findings: Vec<Finding> = waiting
        .into_iter()
        .map(|((why, idx), (entries, hours))| {
            let (id, place) = (world.lines.id(idx), Some(world.lines.at(idx).place));
            let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
            let (code, message) = match why {
                Withheld::PriceMissing => (
                    Code::OveragePriceMissing,
                    format!("pack `{id}` has no overage_price: {entries} with {hours} h beyond it are held"),
                ),
                _ => {
                    let why = unusable(world, idx);
                    let message = format!(
                        "no time line bills hours beyond pack `{id}`: {why}; {entries} with {hours} h are held"
                    );
                    (Code::OverageLineUnusable, message)
                }
            };
            Finding { code, subject: Subject::OrderLine, id: id.to_owned(), message, place }
        })
        .collect();
    findings.extend(one_by_one::findings(
        world,
        Code::NothingToGiveBack,
        nothing,
        |line| line,
        |_, entry, hours| {
            let (id, hours) = (entry.id(), hours.negated());
            format!("entry `{id}` gives back {hours} h more than was drawn before it: they are held")
        },
        |_, rest| {
            let hours: HoursSum = rest.iter().map(|(_, hours)| *hours).sum();
            format!("{} further entries give back {} h more than was drawn: they are held", rest.len(), -hours)
        },
    ));
    findings
}

/// W10.
fn out_of_order(world: &World, found: &[OutOfTurn]) -> Vec<Finding> {
    let mut faulty: Faulty<'_, Idx<OrderLine>, &OutOfTurn> = BTreeMap::new();
    for of in found {
        let line = of.now.iter().chain(&of.then).find_map(|draw| draw.stand.line());
        let line = line.or_bug("hours that stand elsewhere now stand on a line, or would");
        faulty.entry(line).or_default().push((world.entries.at(of.entry), of));
    }
    one_by_one::findings(
        world,
        Code::OutOfOrder,
        faulty,
        |line| line,
        |_, entry, of| {
            let (id, hours) = (entry.id(), elsewhere(of));
            let money = match difference(world, entry, of).as_deref() {
                None => format!(", {TOO_LARGE_A_DIFFERENCE}"),
                Some([]) => String::new(),
                Some(all) => format!(", a difference of {}", all.join(" and ")),
            };
            format!(
                "entry `{id}` came after later work was posted: {hours} h of it stand elsewhere than they would have, had it come in time{money}"
            )
        },
        |_, rest| {
            let hours: HoursSum = rest.iter().map(|(_, of)| elsewhere(of)).sum();
            format!("{} further entries came after later work was posted: {hours} h stand elsewhere", rest.len())
        },
    )
}

/// How many of the open hours stand elsewhere than they would if nothing were posted.
fn elsewhere(of: &OutOfTurn) -> Hours {
    let there = |draw: &Draw| {
        let then = of.then.iter().find(|then| then.stand == draw.stand).map_or(Hours::ZERO, |then| then.hours);
        draw.hours.less(then).max(Hours::ZERO)
    };
    of.now.iter().fold(Hours::ZERO, |sum, draw| sum.plus(there(draw)))
}

/// What the open hours cost now less what they would have cost, by currency; `None` when it does not fit.
fn difference(world: &World, entry: &EntryView<'_>, of: &OutOfTurn) -> Option<Vec<String>> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for (draws, now) in [(&of.now, true), (&of.then, false)] {
        for draw in draws {
            let Some((line, terms)) = billed_at(world, entry, *draw) else { continue };
            let (currency, money) = (line.currency, line.worth(draw.hours, terms)?);
            let money = if now { money } else { money.negated() };
            let sum = sums.entry(currency).or_insert(Money::ZERO);
            *sum = sum.checked_add(money).or_bug("what one entry costs is far from the limits of 128 bits");
        }
    }
    let told = sums.into_iter().filter(|(_, money)| *money != Money::ZERO);
    Some(told.map(|(currency, money)| format!("{} {currency}", money.text(currency))).collect())
}

/// On what line and at which terms hours in a place are billed; `None` where they are covered, or wait.
fn billed_at<'a>(world: &'a World, entry: &EntryView<'_>, draw: Draw) -> Option<(&'a OrderLine, Terms)> {
    let (idx, terms) = match draw.stand {
        Stand::TimeLine(idx) => (idx, world.terms_for(idx, world.lines.at(idx), entry)),
        Stand::Overage(idx) => (idx, world.overage_terms(idx)),
        Stand::Pack(_) | Stand::Withheld(..) | Stand::Elsewhere => return None,
    };
    let line = world.lines.at(idx);
    // A line in a unit of no time, or at a price that nobody knows, bills none of them.
    (line.unit.is_some() && terms.unpriced.is_none()).then_some((line, terms))
}

/// W11: hours are drawn on a pack whose invoice was taken back.
fn without_invoice(world: &World, posted: &Posted, account: &Account) -> Vec<Finding> {
    let packs = world.lines.iter().filter(|(_, line)| line.is_pack());
    let found = packs.filter_map(|(idx, line)| {
        let drawn = account.line(idx).delivered();
        let lacks = posted.line(idx).lacks_its_invoice(line, invoiced_quantity(posted, idx, line));
        (lacks && drawn.is_positive()).then(|| {
            let id = world.lines.id(idx);
            let message =
                format!("{drawn} h are drawn on pack `{id}`, and its invoice was taken back: they stay drawn");
            let (code, subject) = (Code::PackWithoutInvoice, Subject::OrderLine);
            Finding { code, subject, id: id.to_owned(), message, place: Some(line.place) }
        })
    });
    found.collect()
}
