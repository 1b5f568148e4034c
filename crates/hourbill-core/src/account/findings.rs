//! What a person should know of the hours: overdrawn lines, late entries, entries that moved after they were billed.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::one_by_one::{self, Faulty};
use super::{Account, Balance, Decision, Disposition, KeptBack, LineHours, Moved, Share};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::inputs::Input;
use crate::link::{self, Links, Stand};
use crate::model::{Agreed, Entry, EntryView, OrderLine, Terms, World};
use crate::posted::{Closed, DocumentKind, Line, LineCode, LineKind, Posted, PostedPiece, Vanished};
use crate::quantity::{Hours, HoursSum, Money, Percent, UnitPrice};
use crate::settings::{BillingSettings, Corrections};

/// H4 and late entries.
pub(super) fn about_lines(
    world: &World,
    hours: &[LineHours],
    late_because: &str,
    shut: &BTreeMap<Idx<OrderLine>, Counted>,
) -> Vec<Finding> {
    let lines: Vec<(Idx<OrderLine>, &OrderLine)> = world.lines.iter().filter(|(_, line)| line.confirmed).collect();
    let of_line = |(idx, line): (Idx<OrderLine>, &OrderLine)| {
        let hours = hours.get(idx.position()).or_bug("every order line has its hours");
        let id = world.lines.id(idx);
        let mut findings = Vec::new();
        let mut found = |code, message| {
            let (subject, place) = (Subject::OrderLine, Some(line.place));
            findings.push(Finding { code, subject, id: id.to_owned(), message, place });
        };
        if let Some(balance) = Balance::of(line, hours) {
            let (ordered, delivered, remaining) = (balance.ordered, balance.delivered, balance.remaining());
            if balance.overdrawn() {
                let over = -remaining;
                let message = format!("`{id}` is overdrawn by {over} h: {ordered} h ordered, {delivered} h delivered");
                found(Code::Overdrawn, message);
            }
            // H4: that it is overdrawn says more.
            if balance.upsell(line.upsell_threshold) && !balance.overdrawn() {
                let share = line.upsell_threshold;
                let message = format!("`{id}` has used more than {share} % of its hours: {delivered} h of {ordered} h");
                found(Code::Upsell, message);
            }
        }
        if hours.late_entries > 0 {
            let (late, count) = (hours.late, hours.late_entries);
            let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
            let closed = shut.get(&idx).map_or_else(String::new, |of| of.only_late(count));
            found(Code::LateEntry, format!("`{id}` has {entries} with {late} h {late_because}, not billed{closed}"));
        }
        findings
    };
    lines.into_par_iter().flat_map_iter(of_line).collect()
}

/// Entries and their hours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub entries: u64,
    pub hours: HoursSum,
}

/// K4: what bills hours of a month that is closed hard; a run of that month does not, nor does one of everything.
const BILLS_SHUT: &str = "only `late_entries = \"bill\"` below [rules] bills these, or a run of their month once `hourbill reopen` has opened it";

impl Counted {
    pub fn add(&mut self, hours: Hours) {
        self.entries += 1;
        self.hours += hours;
    }

    pub fn join(&mut self, other: Counted) {
        self.entries += other.entries;
        self.hours += other.hours;
    }

    /// Of so many late entries those of months closed hard.
    fn only_late(self, entries: u64) -> String {
        match (self.entries == entries, self.entries) {
            (true, _) => format!("; their month is closed hard: {BILLS_SHUT}"),
            (false, 1) => format!("; 1 of them with {} h is of a month that is closed hard: {BILLS_SHUT}", self.hours),
            (false, count) => {
                format!("; {count} of them with {} h are of months that are closed hard: {BILLS_SHUT}", self.hours)
            }
        }
    }
}

/// An entry of which the ledger says something that a person should know.
pub(super) struct Notice {
    entry: Idx<Entry>,
    changed: bool,
    covered_changed: bool,
    moved: Option<Moved>,
    resembles: bool,
    ambiguous: bool,
    refund: Hours,
    /// Closed hours that it does not have any more and nobody pays.
    gone: Hours,
}

impl Notice {
    pub fn of(
        world: &World,
        posted: &Posted,
        entry: &EntryView<'_>,
        decision: &Decision,
        (idx, closed, drawn): (Idx<Entry>, Closed, bool),
    ) -> Option<Notice> {
        // G1: one that says again what is billed has no remainder.
        let rest = entry.hours.less(closed.covered).less(closed.hours) != Hours::ZERO;
        let changed = closed.hours != Hours::ZERO && closed.is_changed() && rest;
        let covered = closed.covered != Hours::ZERO;
        let elsewhere = entry.line.is_some_and(|line| covered && closed.pack != LineCode::of(Some(line)));
        let off = decision.non_billable.is_some();
        // Hours may be left that its pack had no room for when it was posted.
        let more = decision.disposition == Disposition::Covered && decision.open(entry.hours) > Hours::ZERO;
        // Of one that documents bill, too: packs cover more than it has.
        let fewer = drawn && covered && entry.hours < closed.covered;
        let changed_since = closed.changed && (closed.hours == Hours::ZERO || fewer);
        // W10: what was not posted with it draws wherever a pack has hours left.
        let beside = !drawn && (more || elsewhere);
        let for_another = || is_for_another(world, posted, entry, closed);
        let covered_changed = covered && (changed_since || beside || off || for_another());
        let told = Notice {
            entry: idx,
            changed,
            covered_changed,
            moved: decision.moved,
            resembles: closed.resembles,
            ambiguous: closed.ambiguous && !closed.resembles,
            refund: decision.refund,
            gone: closed.hours.less(decision.closed),
        };
        (changed || covered_changed || told.moved.is_some() || told.resembles || told.ambiguous).then_some(told)
    }
}

/// G9: packs of another commercial tree than the one for which the entry is work now cover hours of it.
fn is_for_another(world: &World, posted: &Posted, entry: &EntryView<'_>, closed: Closed) -> bool {
    let tree = link::tree_of(world, entry);
    let is_elsewhere = |pack: LineCode| pack.line().is_some_and(|pack| Some(world.line_link(pack).root) != tree);
    if !posted.has_pieces() {
        return is_elsewhere(closed.pack);
    }
    posted.pieces(entry.position()).iter().any(|piece| piece.covered && is_elsewhere(piece.line))
}

/// What changed since it was billed or covered: hours (G1), places (G8), ids (G5), covered hours (G9); and what is gone. `beyond` are hours
/// that are held because packs have no more left.
pub(super) fn about_posted(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    shares: &[Share],
    account: &Account,
) -> Vec<Finding> {
    let (mut findings, beyond) = (Vec::new(), &account.outgrown);
    for told in shares.iter().flat_map(|share| &share.told) {
        let entry = world.entries.at(told.entry);
        let mut found = |code, message| {
            let (subject, id, place) = (Subject::Entry, entry.id().to_owned(), Some(entry.place()));
            findings.push(Finding { code, subject, id, message, place });
        };
        if told.resembles {
            found(Code::ResemblesBilled, resembles(posted, &entry));
        }
        if told.ambiguous {
            let id = entry.id();
            let message = format!(
                "entry `{id}` stands beside rows of the same key that were billed, and it cannot be told which of them it is: it is held"
            );
            found(Code::AmbiguousId, message);
        }
        if told.changed {
            let drawn = links.draws.asks(entry.position());
            found(Code::ChangedAfterBilling, changed(settings, posted, (&entry, drawn), (told.refund, told.gone)));
        }
        if let Some(how) = told.moved {
            found(Code::MovedAfterBilling, moved(world, settings, posted, &entry, (how, told.refund)));
        }
        if told.covered_changed {
            let beyond = beyond.get(&told.entry).copied().unwrap_or(Hours::ZERO);
            found(Code::CoveredChanged, covered_changed(world, links, posted, &entry, beyond));
        }
    }
    findings.extend(gone(posted));
    findings.extend(rates_changed(world, posted, shares));
    findings.extend(left_open(world, posted, shares, account));
    findings
}

/// Hours that hourbill itself held or opened again, and that are dated before the period: one finding per order line.
fn left_open(world: &World, posted: &Posted, shares: &[Share], account: &Account) -> Vec<Finding> {
    // Hours of an entry that a pack covers are not open: only those that stand there as late. Each worth what the table `unbilled` says.
    let late = shares.iter().flat_map(|share| &share.left_open).flat_map(|&(own, idx)| {
        let all = account.hours_of(idx, (account.disposition(world, idx), None), world.entries.at(idx).hours);
        let late = all.filter(|(at, hours, _)| *at == Disposition::BeforePeriod && *hours != Hours::ZERO);
        late.map(move |(_, hours, on)| (on.and_then(Stand::line).unwrap_or(own), idx, hours))
    });
    let mut by_line: BTreeMap<Idx<OrderLine>, (Counted, Counted, Option<Money>)> = BTreeMap::new();
    for (idx, entry, hours) in late {
        let entry = world.entries.at(entry);
        let worth = world.worth_by_time(idx, &entry, hours).map(|(worth, _)| worth);
        let none = (Counted::default(), Counted::default(), Some(Money::ZERO));
        let (all, shut, value) = by_line.entry(idx).or_insert(none);
        all.add(hours);
        if posted.is_shut(world, idx, &entry) {
            shut.add(hours);
        }
        *value = value.zip(worth).and_then(|(value, worth)| value.checked_add(worth));
    }
    let found = by_line.into_iter().map(|(idx, (Counted { entries: count, hours }, shut, worth))| {
        let (line, id) = (world.lines.at(idx), world.lines.id(idx));
        let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        let worth = worth.map(|worth| format!(", worth {} {}", worth.text(line.currency), line.currency));
        let worth = worth.unwrap_or_default();
        let ways = "`--to` with the last day of the period bills them, or a run of their month";
        let ways = match (shut.entries == count, shut.entries) {
            (_, 0) => ways.to_owned(),
            (true, _) => format!("their month is closed hard, and {BILLS_SHUT}"),
            (false, of) => {
                format!("{ways}, but for {of} with {} h of a month that is closed hard: {BILLS_SHUT}", shut.hours)
            }
        };
        let message = format!(
            "`{id}` has {entries} with {hours} h from before the period that were held or opened again{worth}: \
             they are open and on no draft; {ways}, unless an adjustment holds them"
        );
        let (code, subject, place) = (Code::HeldBeforeOpen, Subject::OrderLine, Some(line.place));
        Finding { code, subject, id: id.to_owned(), message, place }
    });
    found.collect()
}

/// Hours that were billed at one price and cost another now, with the discount of then.
type Repriced = BTreeMap<(UnitPrice, UnitPrice, Percent), HoursSum>;

pub(super) const TOO_LARGE_A_DIFFERENCE: &str = "a difference that is too large to be held exactly";

/// C9: what was billed at other prices than the rates say now, by document and order line. It stays as it was billed.
fn rates_changed(world: &World, posted: &Posted, shares: &[Share]) -> Vec<Finding> {
    let mut changed: BTreeMap<(Idx<OrderLine>, &str), (u64, Repriced)> = BTreeMap::new();
    for (idx, entry) in shares.iter().flat_map(|share| &share.rated) {
        let (line, entry) = (world.lines.at(*idx), world.entries.at(*entry));
        let now = world.terms_for(*idx, line, &entry);
        if now.rate.is_none() || now.unpriced.is_some() {
            continue;
        }
        let (ids, line_id): (Vec<&str>, _) = (posted.ledger_ids(&entry).collect(), world.lines.id(*idx));
        let documents = posted.corrected.documents_of(&ids).into_iter().filter(|source| !source.entry.voided);
        // B12: what is closed without money was billed at no price.
        let priced = documents.filter(|source| source.entry.document.kind != DocumentKind::Zero);
        for source in priced.filter(|source| source.entry.document.currency == Some(line.currency)) {
            for portion in source.held.iter().filter(|portion| ids.contains(&portion.id.as_str())) {
                let on = source.entry.lines.iter().find(|of| of.line.line_no == portion.line_no);
                let on = &on.or_bug("a portion is on a line of its document").line;
                let same = |of: &Line| of.kind == LineKind::Time && of.order_line == line_id && of.unit == line.unit;
                if same(on) && on.price != now.price {
                    let (entries, hours) = changed.entry((*idx, &source.entry.document.id)).or_default();
                    *entries += 1;
                    *hours.entry((on.price, now.price, on.discount)).or_default() += Hours::from_micros(portion.hours);
                }
            }
        }
    }
    let found = changed.into_iter().map(|((idx, document), (entries, repriced))| {
        let (line, id) = (world.lines.at(idx), world.lines.id(idx));
        let difference = repriced.iter().try_fold(Money::ZERO, |sum, (&(then, now, discount), &hours)| {
            let hours = i64::try_from(hours.micros()).ok().map(Hours::from_micros)?;
            let worth = |price| line.worth(hours, Terms::of(price, discount));
            sum.checked_add(worth(now)?.checked_sub(worth(then)?)?)
        });
        let hours: HoursSum = repriced.into_values().sum();
        let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
        let difference = match difference {
            Some(difference) => format!("a difference of {} {}", difference.text(line.currency), line.currency),
            None => TOO_LARGE_A_DIFFERENCE.to_owned(),
        };
        let message = format!(
            "`{id}`: {entries} with {hours} h on document `{document}` were billed at other rates than hold now, {difference}: they stay as they were billed"
        );
        let (code, subject, place) = (Code::RateChangedAfterBilling, Subject::OrderLine, Some(line.place));
        Finding { code, subject, id: id.to_owned(), message, place }
    });
    found.collect()
}

/// C3: entries of which two agreements say as much.
pub(super) fn of_several_agreements(
    world: &World,
    kept_back: &[(KeptBack, Idx<OrderLine>, Idx<Entry>)],
) -> Vec<Finding> {
    let mut pairs: Faulty<'_, (Idx<OrderLine>, Idx<OrderLine>), ()> = BTreeMap::new();
    let waiting = kept_back.iter().filter(|(why, _, _)| *why == KeptBack::AgreementAmbiguous);
    for entry in waiting.map(|(_, _, idx)| world.entries.at(*idx)) {
        if let Agreed::Several(one, other) = world.agreed(&entry) {
            pairs.entry((one, other)).or_default().push((entry, ()));
        }
    }
    let both =
        |(one, other)| format!("agreements `{}` and `{}` say as much of", world.lines.id(one), world.lines.id(other));
    one_by_one::findings(
        world,
        Code::AgreementAmbiguous,
        pairs,
        |(one, _)| one,
        |pair, entry, ()| format!("{} entry `{}`: its {} h are held", both(pair), entry.id(), entry.hours),
        |pair, rest| {
            let hours: HoursSum = rest.iter().map(|(entry, ())| entry.hours).sum();
            format!("{} {} further entries: their {hours} h are held", both(pair), rest.len())
        },
    )
}

/// What the ledger has and the export has not.
fn gone(posted: &Posted) -> Vec<Finding> {
    let mut findings = Vec::new();
    let found =
        |code, id: &str, message| Finding { code, subject: Subject::Entry, id: id.to_owned(), message, place: None };
    for Vanished { id, hours, covered, date } in &posted.vanished {
        if *hours != Hours::ZERO {
            let message = format!("entry `{id}` of {date}, of which {hours} h are billed, is no longer in the export");
            findings.push(found(Code::VanishedAfterBilling, id, message));
        }
        if *covered != Hours::ZERO {
            let message =
                format!("entry `{id}` of {date}, of which {covered} h are covered, is no longer in the export");
            findings.push(found(Code::CoveredChanged, id, message));
        }
    }
    if posted.not_in_this_export > 0 {
        let count = posted.not_in_this_export;
        let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        let message = format!("{entries} of the ledger are dated outside of this export");
        let (code, subject, id) = (Code::NotInThisExport, Subject::Input, Input::Timesheets.name().to_owned());
        findings.push(Finding { code, subject, id, message, place: None });
    }
    findings
}

fn resembles(posted: &Posted, entry: &EntryView<'_>) -> String {
    let id = entry.id();
    let Some(known) = posted.resembled.get(&entry.position()) else { return String::new() };
    let what = if known.covered { "covered" } else { "billed" };
    if known.is_back {
        return format!(
            "entry `{id}` was said to be the same work as `{}` of {}, of which {} h are {what}, and both are exported: what is open of \
             it is held until an adjustment says `release` of one of them (they are two pieces of work)",
            known.id, known.date, known.hours
        );
    }
    format!(
        "entry `{id}` resembles `{}` of {}, of which {} h are {what} and which is no longer in the export: it is not {what} again; \
         an adjustment says what it is: `release` (other work) or `same_as` with the value `{}`",
        known.id, known.date, known.hours, known.id
    )
}

fn changed(
    settings: &BillingSettings,
    posted: &Posted,
    (entry, drawn): (&EntryView<'_>, bool),
    (refund, gone): (Hours, Hours),
) -> String {
    let closed = posted.closed(entry.position());
    let (id, now, billed) = (entry.id(), entry.hours, closed.hours);
    // G9: what packs cover beyond the hours that are left goes back to them.
    let shrank = drawn && closed.covered > Hours::ZERO && billed > Hours::ZERO && now < closed.covered;
    let rest = if shrank { billed.negated() } else { now.less(closed.covered).less(billed) };
    let what = match settings.rules.corrections {
        Corrections::Report => "is not billed".to_owned(),
        Corrections::Bill if refund != Hours::ZERO => format!("is credited: {refund} h at what was billed for them"),
        Corrections::Bill if gone != Hours::ZERO => "is not credited: nothing that was billed of it is left".to_owned(),
        Corrections::Bill if rest < Hours::ZERO && posted.on_vanished_line(entry.position(), closed) => {
            "is not credited: the order line is not in the export; `credit` takes it back".to_owned()
        }
        Corrections::Bill if closed.line == LineCode::GONE => {
            "is not billed: the order line is not in the export".to_owned()
        }
        Corrections::Bill => "is billed when it is its turn".to_owned(),
    };
    // Hours may be open beside those of the edit: what was credited for rebilling, or not billed yet.
    let had = posted.had(entry.position()).unwrap_or(billed);
    let open = had.less(billed).less(closed.covered);
    let parts = if had == billed || open == Hours::ZERO {
        String::new()
    } else {
        format!(": {open} h were open before, the edit makes {} h", now.less(had))
    };
    let written_off = if closed.written_off { "; hours that were credited and stay closed are among them" } else { "" };
    format!(
        "entry `{id}` was edited after it was billed: {billed} h are billed, it has {now} h; the difference of {rest} h {what}{parts}{written_off}"
    )
}

fn moved(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    entry: &EntryView<'_>,
    (how, refund): (Moved, Hours),
) -> String {
    let closed = posted.closed(entry.position());
    let id = entry.id();
    let ids: Vec<&str> = posted.ledger_ids(entry).collect();
    let is_there = |line: Option<Idx<OrderLine>>| match how {
        Moved::Elsewhere(to) => line != Some(to) || posted.lines.was_in_other_tree(to),
        Moved::ForAnother(root) => {
            line.is_none_or(|line| world.line_link(line).root != root || posted.lines.was_in_other_tree(line))
        }
        Moved::Lost => true,
    };
    let pieces = posted.pieces(entry.position()).into_iter();
    let pieces: Vec<PostedPiece> = pieces.filter(|piece| !piece.covered && is_there(piece.line.line())).collect();
    let hours = pieces.iter().fold(Hours::ZERO, |sum, piece| sum.plus(piece.hours));
    let documents = posted.corrected.documents_of(&ids).into_iter().filter_map(|source| {
        let document = &source.entry.document;
        let of_entry = |line_no: u32| {
            source.held.iter().any(|portion| ids.contains(&portion.id.as_str()) && portion.line_no == line_no)
        };
        let lines = source.entry.lines.iter().filter(|of| of_entry(of.line.line_no));
        let lines = lines.filter(|of| is_there(posted.lines.find(world, &of.line.order_line)));
        let lines: Vec<String> = lines.map(|of| format!("`{}`", of.line.order_line)).collect();
        let to = match document.customer.as_str() {
            "" => String::new(),
            customer => format!(" to customer `{customer}`"),
        };
        (!lines.is_empty()).then(|| format!("order line {} on document `{}`{to}", lines.join(", "), document.id))
    });
    let documents = documents.collect::<Vec<_>>().join(", and on ");
    let was = if documents.is_empty() {
        let lines = pieces.iter().filter_map(|piece| Some(format!("`{}`", world.lines.id(piece.line.line()?))));
        let since = if closed.written_off || closed.reopened { " and credited since" } else { "" };
        format!("billed on order line {}{since}", lines.collect::<Vec<_>>().join(", "))
    } else {
        format!("billed on {documents}")
    };
    let now = match how {
        Moved::Elsewhere(line) => {
            let customer = world.customers.id(world.lines.at(line).customer);
            format!("it stands on order line `{}` of customer `{customer}`", world.lines.id(line))
        }
        Moved::ForAnother(root) => {
            let customer = world.customer_of(entry).unwrap_or(root);
            format!("it is work for customer `{}`", world.customers.id(customer))
        }
        Moved::Lost => "it has no order line that bills it any more".to_owned(),
    };
    let what = match (how, settings.rules.corrections) {
        (Moved::Elsewhere(_), Corrections::Bill) if refund != Hours::ZERO => {
            "its hours are credited there and billed here"
        }
        (Moved::Elsewhere(_), Corrections::Bill) if !posted.on_vanished_line(entry.position(), closed) => {
            "its hours stay closed there: nothing that was billed of them is left"
        }
        _ => "its hours stay billed there",
    };
    format!("entry `{id}`: {hours} h were {was}; now {now}: {what}")
}

fn covered_changed(world: &World, links: &Links, posted: &Posted, entry: &EntryView<'_>, beyond: Hours) -> String {
    let closed = posted.closed(entry.position());
    let (id, covered, now) = (entry.id(), closed.covered, entry.hours);
    let pack = closed.pack.line().map_or("a line that is gone", |line| world.lines.id(line));
    let named = entry.line.filter(|line| closed.pack != LineCode::of(Some(*line)));
    let elsewhere = named.map_or_else(String::new, |line| format!(", and it names `{}` now", world.lines.id(line)));
    let for_another = is_for_another(world, posted, entry, closed).then(|| match link::tree_of(world, entry) {
        None => ", and it leads to no customer any more".to_owned(),
        Some(root) => {
            let sold_to = world.named_line(entry).map(|line| world.lines.at(line).customer);
            let customer = sold_to.or_else(|| world.customer_of(entry)).unwrap_or(root);
            format!(", and it is work for customer `{}` now", world.customers.id(customer))
        }
    });
    let for_another = for_another.unwrap_or_default();
    let rest = match closed.hours == Hours::ZERO {
        true => now.less(covered),
        // The rest of it was billed.
        false => now.less(covered).min(Hours::ZERO),
    };
    let counts = match links.line_of(world, entry) {
        _ if rest == Hours::ZERO => "they stay there".to_owned(),
        Some(_) if beyond == rest => {
            let shut = closed.pack.line().is_some_and(|line| posted.is_shut(world, line, entry));
            let why = if shut { "its month is closed" } else { "the pack has nothing left" };
            format!("they stay there, the difference of {rest} h is held: {why}")
        }
        Some(_) if beyond != Hours::ZERO => {
            let fits = rest.less(beyond);
            format!(
                "they stay there; of the difference of {rest} h the pack has {fits} h left, and {beyond} h are held"
            )
        }
        Some((line, _)) => format!("they stay there, the difference of {rest} h counts on `{}`", world.lines.id(line)),
        None => format!("they stay there, the difference of {rest} h counts nowhere"),
    };
    format!(
        "entry `{id}`: {covered} h of it were covered by `{pack}`, it has {now} h now{elsewhere}{for_another}: {counts}"
    )
}
