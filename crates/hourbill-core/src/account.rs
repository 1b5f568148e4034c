//! Gives each entry its disposition (§4) and each line its hours (H1-H4), and adds them up.

mod apart;
mod cross_customer;
mod decision;
mod drawn;
mod findings;
mod lifted;
mod line_totals;
mod nowhere;
mod one_by_one;
mod outgrown;
mod packs;
mod prebilled;
mod share;
mod totals;

use std::collections::{BTreeMap, BTreeSet};

pub use apart::Apart;
pub(crate) use cross_customer::of_other_customer;
pub use decision::{Decision, KeptBack, LeftOpen, Moved, decide};
pub(crate) use drawn::billed_on_packs;
pub use nowhere::Nowhere;
use rayon::prelude::*;
pub use totals::{Total, Totals};

use self::apart::SetApart;
use self::share::{Share, by_line};

use crate::bug::OrBug;
use crate::calendar::{Date, Side};
use crate::finding::Finding;
use crate::ident::Idx;
use crate::link::{Links, Stand};
use crate::model::{Chunk, Entry, EntryView, OrderLine, Policy, World};
use crate::posted::{Back, OrderLineState, Posted};
use crate::quantity::{Hours, HoursSum, Percent, Quantity, exact};
use crate::settings::{BillingSettings, Rules};

/// What becomes of the hours of an entry. The variants stand in the order in which the rules ask for them (§4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    Quarantined,
    Duplicate,
    AlreadyInvoiced,
    NonBillable,
    Unassigned,
    NotValidated,
    Covered,
    BeforePeriod,
    AfterPeriod,
    /// Open hours that this run would bill: held, until a draft takes them and they are `Billed`.
    Held,
    Billed,
}

impl Disposition {
    pub const ALL: [Disposition; 11] = [
        Disposition::Quarantined,
        Disposition::Duplicate,
        Disposition::AlreadyInvoiced,
        Disposition::NonBillable,
        Disposition::Unassigned,
        Disposition::NotValidated,
        Disposition::Covered,
        Disposition::BeforePeriod,
        Disposition::AfterPeriod,
        Disposition::Held,
        Disposition::Billed,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Disposition::Quarantined => "quarantined",
            Disposition::Duplicate => "duplicate",
            Disposition::NonBillable => "non_billable",
            Disposition::Unassigned => "unassigned",
            Disposition::AlreadyInvoiced => "already_invoiced",
            Disposition::NotValidated => "not_validated",
            Disposition::Covered => "covered",
            Disposition::BeforePeriod => "before_period",
            Disposition::AfterPeriod => "after_period",
            Disposition::Held => "held",
            Disposition::Billed => "billed",
        }
    }

    /// The word for people, in report and workbook; tables have [`Disposition::name`].
    pub fn label(self) -> &'static str {
        match self {
            Disposition::Billed => "billed",
            Disposition::Held => "on hold",
            Disposition::Covered => "covered",
            Disposition::BeforePeriod => "late",
            Disposition::AfterPeriod => "after the period",
            Disposition::AlreadyInvoiced => "already invoiced",
            Disposition::NotValidated => "not validated",
            Disposition::Unassigned => "no order line",
            Disposition::NonBillable => "not billable",
            Disposition::Duplicate => "repeated",
            Disposition::Quarantined => "set aside",
        }
    }

    /// What the disposition means, for readers who do not know its word: receipt, report and workbook show this text.
    pub fn meaning(self) -> &'static str {
        match self {
            Disposition::Billed => "on the drafts of this run",
            Disposition::Held => "billable, but kept back",
            Disposition::Covered => "prepaid, milestone or manual lines",
            Disposition::BeforePeriod => "dated earlier, still open",
            Disposition::AfterPeriod => "dated after the period",
            Disposition::AlreadyInvoiced => "on an earlier invoice",
            Disposition::NotValidated => "waiting for approval",
            Disposition::Unassigned => "no order line or agreement",
            Disposition::NonBillable => "team, entry or order not billed",
            Disposition::Duplicate => "rows repeated",
            Disposition::Quarantined => "rows set aside",
        }
    }

    /// Entries of this disposition stand in the table `unbilled`.
    pub fn is_unbilled(self) -> bool {
        match self {
            Disposition::Held | Disposition::Unassigned | Disposition::NotValidated | Disposition::BeforePeriod => true,
            Disposition::Quarantined
            | Disposition::Duplicate
            | Disposition::NonBillable
            | Disposition::AlreadyInvoiced
            | Disposition::Covered
            | Disposition::AfterPeriod
            | Disposition::Billed => false,
        }
    }
}

/// The hours of one order line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineHours {
    /// H1: hours delivered on the line, by where the dates of the entries lie: before, inside and after the period.
    pub before: HoursSum,
    pub inside: HoursSum,
    pub after: HoursSum,
    /// K8: of the delivered hours, those dated after the day that `--as-of` names, in a run whose period has no end: no balance counts
    /// them.
    pub later: HoursSum,
    /// Hours invoiced before this run, which B3 calls "before": those in the ledger, and those of which only the export says so.
    pub invoiced: HoursSum,
    /// Of `invoiced`, the hours of which only the export says so.
    pub outside: HoursSum,
    /// Hours of the line's late entries, which this run does not bill.
    pub late: HoursSum,
    pub late_entries: u64,
    /// Entries that this run would bill.
    pub open_entries: u64,
    /// K2: of `open_entries`, those dated before the period.
    pub open_late_entries: u64,
}

impl LineHours {
    /// H1: all hours delivered on the line, whatever their date.
    pub fn delivered(&self) -> HoursSum {
        self.before + self.inside + self.after
    }

    /// K8: the delivered hours (H1) dated up to the day on which balances are told ([`BillingSettings::balance_date`]).
    pub fn delivered_by_then(&self) -> HoursSum {
        self.before + self.inside - self.later
    }

    /// The quantity of a time line that was invoiced before this run, in the unit of the line: B3 of the invoiced hours, corrected where
    /// taking documents back has left a difference in the last decimal. `None` as for [`in_unit`].
    pub fn invoiced_quantity(&self, line: &OrderLine, state: &OrderLineState, rules: &Rules) -> Option<Quantity> {
        // M4: with what was billed beyond the hours.
        in_unit(line, self.invoiced + state.uplift, rules)?.checked_sub(state.skew(line.unit, rules.quantity_decimals))
    }
}

/// Ordered and delivered hours of a prepaid line in a unit of time, which H2 and H4 compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Balance {
    #[serde(with = "exact::hours")]
    pub ordered: HoursSum,
    #[serde(with = "exact::hours")]
    pub delivered: HoursSum,
}

impl Balance {
    /// The balance over all delivered hours (H1). `None` for a line that is not prepaid, is in no unit of time, or has a negative quantity
    /// (B11).
    pub fn of(line: &OrderLine, hours: &LineHours) -> Option<Balance> {
        let is_pack = line.policy == Policy::Prepaid && line.ordered >= Quantity::ZERO;
        let ordered = line.ordered_hours().filter(|_| is_pack)?;
        Some(Balance { ordered, delivered: hours.delivered() })
    }

    /// K8: the balance at the end of the day on which balances are told, for documents, report and forecast. `None` also for a line that
    /// was sold after that day.
    pub fn by_then(line: &OrderLine, hours: &LineHours, settings: &BillingSettings) -> Option<Balance> {
        if line.bought_on().zip(settings.balance_date()).is_some_and(|(sold, on)| sold > on) {
            return None;
        }
        Some(Balance { delivered: hours.delivered_by_then(), ..Balance::of(line, hours)? })
    }

    /// H2: ordered less delivered hours; negative when the line is overdrawn.
    pub fn remaining(&self) -> HoursSum {
        self.ordered - self.delivered
    }

    /// H4: more hours are delivered than ordered.
    pub fn overdrawn(&self) -> bool {
        self.remaining().is_negative()
    }

    /// H4: the delivered hours are more than `threshold` percent of the ordered ones.
    pub fn upsell(&self, threshold: Percent) -> bool {
        let delivered = self.delivered.micros().checked_mul(i128::from(Percent::HUNDRED.micros()));
        let ordered = self.ordered.micros().checked_mul(i128::from(threshold.micros()));
        delivered.zip(ordered).is_some_and(|(delivered, ordered)| delivered > ordered)
    }
}

/// H4: the confirmed packs of this part of the run of which more was delivered than ordered.
pub fn overdrawn<'a>(
    world: &'a World,
    account: &'a Account,
) -> impl Iterator<Item = (Idx<OrderLine>, &'a OrderLine, Balance)> {
    let confirmed = world.lines.iter().filter(|(_, line)| line.confirmed);
    let balances = confirmed.filter_map(|(idx, line)| Some((idx, line, Balance::of(line, &account.line(idx))?)));
    balances.filter(|(_, _, balance)| balance.overdrawn())
}

/// H3: hours in the line's unit. `None` without a unit of time, or when they do not fit.
pub fn in_unit(line: &OrderLine, hours: HoursSum, rules: &Rules) -> Option<Quantity> {
    line.unit?.quantity(hours, rules.quantity_decimals)
}

/// Dispositions of all entries and hours of all lines.
pub struct Account {
    /// By chunk and row of the entries.
    dispositions: Vec<Vec<Disposition>>,
    /// Hours that stand under another disposition than their entry's; empty when every entry has one disposition for all of its hours.
    apart: SetApart,
    /// By order line.
    lines: Vec<LineHours>,
    /// Entries that this run would bill, by line.
    open: Vec<Idx<Entry>>,
    /// By order line, the position in `open` behind the line's last entry.
    open_ends: Vec<usize>,
    /// Entries whose open hours are held, by why and line; in the order read within a line.
    pub kept_back: Vec<(KeptBack, Idx<OrderLine>, Idx<Entry>)>,
    /// G9: covered entries with more hours than their pack has left, and how many are held of each.
    pub outgrown: BTreeMap<Idx<Entry>, Hours>,
    /// M7: what packs give beyond the hours of entries, by entry and pack; what posts have recorded is not among it.
    pub uplifts: BTreeMap<(Idx<Entry>, Idx<OrderLine>), Hours>,
    /// G7, G8: entries of which hours are taken back, and from which of the corrected documents; in the order read.
    pub refunds: Vec<(Idx<Entry>, Back)>,
    /// For the proof: hours of entries that stand on order lines, less the hours delivered there by entries (H1) and by packs beyond them
    /// (M7).
    pub undelivered: HoursSum,
    /// H1: hours delivered on lines that only the ledger has.
    pub delivered_in_ledger: HoursSum,
    pub findings: Vec<Finding>,
}

impl Account {
    pub fn line(&self, line: Idx<OrderLine>) -> LineHours {
        self.lines.get(line.position()).copied().or_bug("every order line has its hours")
    }

    /// Entries of a line that this run would bill, in the order read.
    pub fn open(&self, line: Idx<OrderLine>) -> &[Idx<Entry>] {
        let end = |line: usize| self.open_ends.get(line).copied().or_bug("every order line has its open entries");
        let start = line.position().checked_sub(1).map_or(0, end);
        self.open.get(start..end(line.position())).or_bug("every order line has its open entries")
    }

    pub fn disposition(&self, world: &World, entry: Idx<Entry>) -> Disposition {
        let (chunk, row) = world.entries.locate(entry);
        let known = self.dispositions.get(chunk).and_then(|rows| rows.get(row));
        *known.or_bug("every entry has its disposition")
    }

    /// Dispositions of a chunk's entries.
    pub fn of_chunk(&self, chunk: usize) -> &[Disposition] {
        self.dispositions.get(chunk).or_bug("every entry has its disposition")
    }

    /// No entry has hours under another disposition than its own.
    pub fn all_whole(&self) -> bool {
        self.apart.is_empty()
    }

    /// Hours of the entry that stand under other dispositions than its own.
    pub fn apart(&self, entry: Idx<Entry>) -> &[Apart] {
        self.apart.of(entry)
    }

    /// W6: hours that stand beside the entries' own, are on no draft and are not held.
    pub fn open_apart(&self) -> impl Iterator<Item = (Idx<Entry>, Disposition, Hours, Stand)> {
        let open = |apart: &&Apart| apart.disposition.is_unbilled() && apart.disposition != Disposition::Held;
        let open = self.apart.all().iter().filter(open);
        open.filter_map(|apart| Some((apart.entry, apart.disposition, apart.hours, apart.on?)))
    }

    /// Entries with hours set apart under a disposition, counted once for each time.
    pub fn rows_apart(&self, disposition: Disposition) -> u64 {
        self.apart.all().iter().filter(|apart| apart.disposition == disposition).count() as u64
    }

    /// Hours of an entry, of the `all` that it has, that are billed or held at `stand`: those set apart there, else those of its own
    /// disposition.
    pub fn hours_at(&self, entry: Idx<Entry>, stand: Stand, all: Hours) -> Hours {
        let mut here = self.apart(entry).iter().filter(|apart| apart.on == Some(stand)).peekable();
        if here.peek().is_none() {
            return self.own_hours(entry, all);
        }
        here.fold(Hours::ZERO, |sum, apart| sum.plus(apart.hours))
    }

    /// X5: hours of an entry, of the `all` that it has, that are held in the `nth` place of `line` in which some of them are, of the places in
    /// which a pack would cover them or of the others: those set apart there one after another, then those of its own disposition.
    pub fn hours_waiting_on(
        &self,
        entry: Idx<Entry>,
        (line, covered, nth): (Idx<OrderLine>, bool, usize),
        all: Hours,
    ) -> Hours {
        let held = |apart: &&Apart| apart.disposition == Disposition::Held;
        let is_here = |on: Stand| on.line() == Some(line) && on.is_covered() == covered;
        let on_line = |apart: &&Apart| apart.on.is_some_and(is_here);
        let here = self.apart(entry).iter().filter(held).filter(on_line).nth(nth);
        here.map_or_else(|| self.own_hours(entry, all), |apart| apart.hours)
    }

    /// M7: hours that a pack gives beyond those of the entry that stand on it; 0 when it gives no more.
    pub fn uplift(&self, entry: Idx<Entry>, pack: Idx<OrderLine>) -> Hours {
        self.uplifts.get(&(entry, pack)).copied().unwrap_or(Hours::ZERO)
    }

    /// M7: by pack, the hours that it gives beyond those of the entry that stand on it.
    pub fn uplifts_of(&self, entry: Idx<Entry>) -> impl Iterator<Item = (&(Idx<Entry>, Idx<OrderLine>), &Hours)> {
        self.uplifts.range((entry, Idx::at(0))..).take_while(move |((of, _), _)| *of == entry)
    }

    /// Hours that go with the entry's own disposition, of the `all` that it has.
    pub fn own_hours(&self, entry: Idx<Entry>, all: Hours) -> Hours {
        self.apart(entry).iter().fold(all, |own, apart| own.less(apart.hours))
    }

    /// All hours of an entry, of the `all` that it has: those of its `own` disposition and place, then those set apart.
    pub fn hours_of(
        &self,
        entry: Idx<Entry>,
        (own, on): (Disposition, Option<Stand>),
        all: Hours,
    ) -> impl Iterator<Item = (Disposition, Hours, Option<Stand>)> {
        let apart = self.apart(entry).iter().map(|apart| (apart.disposition, apart.hours, apart.on));
        std::iter::once((own, self.own_hours(entry, all), on)).chain(apart)
    }

    /// G7: notes that drafts take back hours of these entries, each from the corrected document at the given position.
    pub fn refunded(&mut self, refunds: &BTreeSet<(Idx<Entry>, usize)>) {
        for apart in self.apart.all_mut() {
            if apart.refund.is_some_and(|source| refunds.contains(&(apart.entry, source))) {
                apart.disposition = Disposition::Billed;
            }
        }
        self.apart.sort();
    }

    /// Takes hours of entries out of the entries' own dispositions.
    pub fn set_apart(&mut self, apart: impl IntoIterator<Item = Apart>) {
        self.apart.add(apart);
    }

    /// Sets hours apart that stay held although a draft bills other hours of the same entry in the same place.
    pub fn cut(&mut self, held: impl IntoIterator<Item = Apart>) {
        let held: Vec<Apart> = held.into_iter().collect();
        for cut in held.iter().filter(|cut| cut.on.is_some()) {
            if let Some(apart) = self.apart.of_mut(cut.entry).iter_mut().find(|apart| apart.on == cut.on) {
                apart.hours = apart.hours.less(cut.hours);
            }
        }
        self.set_apart(held.into_iter().map(|cut| Apart { on: None, ..cut }));
    }

    /// Notes that a draft bills the entry: the hours that stand apart at `stand`, else those of its own disposition.
    pub fn bill(&mut self, world: &World, entry: Idx<Entry>, stand: Stand) {
        let mut here = self.apart.of_mut(entry).iter_mut().filter(|apart| apart.on == Some(stand));
        if let Some(apart) = here.find(|apart| apart.disposition == Disposition::Held) {
            apart.disposition = Disposition::Billed;
            return;
        }
        let (chunk, row) = world.entries.locate(entry);
        let disposition = self.dispositions.get_mut(chunk).and_then(|rows| rows.get_mut(row));
        *disposition.or_bug("every entry has its disposition") = Disposition::Billed;
    }

    /// Rows and hours of each disposition, of the entries that `wanted` picks.
    pub fn totals_of(&self, world: &World, wanted: impl Fn(&EntryView<'_>) -> bool + Sync) -> Totals {
        let of_chunk = |(chunk, dispositions): (&Chunk, &Vec<Disposition>)| {
            let mut totals = Totals::default();
            for (entry, disposition) in chunk.iter().zip(dispositions).filter(|(entry, _)| wanted(entry)) {
                totals.add(*disposition, entry.hours);
            }
            totals
        };
        let chunks = world.entries.chunk_list().par_iter().zip(&self.dispositions);
        let totals = chunks.map(of_chunk).reduce(Totals::default, Totals::merge);
        self.with_apart(world, totals, wanted)
    }

    /// Moves the hours set apart of the `wanted` entries to where they belong. Each entry counts as one row, of its own disposition.
    fn with_apart(&self, world: &World, mut totals: Totals, wanted: impl Fn(&EntryView<'_>) -> bool) -> Totals {
        for apart in self.apart.all() {
            let own = self.disposition(world, apart.entry);
            if wanted(&world.entries.at(apart.entry)) {
                totals.shift(own, apart.disposition, apart.hours);
            }
        }
        totals
    }

    /// Rows and hours of each disposition, summed over the entries as they stand now.
    pub fn totals(&self, world: &World) -> Totals {
        let of_chunk = |(chunk, dispositions): (&Chunk, &Vec<Disposition>)| {
            let mut totals = Totals::default();
            let mut dispositions = dispositions.iter();
            chunk.hours.each(|micros| {
                let disposition = *dispositions.next().or_bug("every entry has its disposition");
                totals.add(disposition, Hours::from_micros(micros));
            });
            totals
        };
        let chunks = world.entries.chunk_list().par_iter().zip(&self.dispositions);
        let totals = chunks.map(of_chunk).reduce(Totals::default, Totals::merge);
        self.with_apart(world, totals, |_| true)
    }
}

/// Decides every entry and sums the hours of every line, on top of what was posted.
pub fn account(world: &World, settings: &BillingSettings, links: &Links, posted: &Posted) -> Account {
    let chunks: Vec<(usize, &Chunk)> = world.entries.chunks().collect();
    // One set of sums per thread, not per chunk: there may be many lines.
    let share = chunks.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
    let mut shares: Vec<Share> =
        chunks.par_chunks(share).map(|chunks| Share::of(world, settings, links, posted, chunks)).collect();

    let mut lines = vec![LineHours::default(); world.lines.len()];
    for share in &mut shares {
        std::mem::take(&mut share.lines).add_to(&mut lines);
    }
    for (idx, line) in world.lines.iter() {
        let hours = lines.get_mut(idx.position()).or_bug("every order line has its hours");
        hours.invoiced = hours.outside + posted.line(idx).hours;
        // G12: what was billed as a quantity of the line has to be delivered first.
        if line.policy == Policy::Time {
            hours.invoiced += posted.line(idx).prebilled().or_bug("the ledger has no line whose hours do not fit");
        }
    }
    let delivered_in_ledger = deliver_posted(world, settings, posted, &mut lines);
    let (open, open_ends) = by_line(&lines, &shares);
    let undelivered = shares.iter().map(|share| share.undelivered).sum();
    let mut kept_back: Vec<_> = shares.iter().flat_map(|share| &share.kept_back).copied().collect();
    kept_back.sort();
    let (mut dispositions, mut apart, mut refunds) = (Vec::with_capacity(chunks.len()), Vec::new(), Vec::new());
    let mut grown = Vec::new();
    for share in &mut shares {
        dispositions.append(&mut share.dispositions);
        apart.append(&mut share.apart);
        refunds.append(&mut share.refunds);
        grown.append(&mut share.grown);
    }
    let mut account = Account {
        dispositions,
        apart: SetApart::default(),
        lines,
        open,
        open_ends,
        kept_back,
        outgrown: BTreeMap::new(),
        uplifts: BTreeMap::new(),
        refunds,
        undelivered,
        delivered_in_ledger,
        findings: Vec::new(),
    };
    account.set_apart(apart);
    prebilled::cover(world, links, posted, &mut account);
    account.outgrown = outgrown::hold(world, settings, links, posted, &grown, &mut account);
    account.note_outgrown(world, links);
    lifted::lift(world, settings, links, posted, &mut account);
    let about_posted = findings::about_posted(world, settings, links, posted, &shares, &account);
    account.findings.extend(about_posted);
    account.findings.extend(cross_customer::findings(world, &shares));
    let mut shut: BTreeMap<Idx<OrderLine>, findings::Counted> = BTreeMap::new();
    for (line, of) in shares.iter().flat_map(|share| &share.shut) {
        shut.entry(*line).or_default().join(*of);
    }
    let about_lines = findings::about_lines(world, &account.lines, late_words(settings, posted), &shut);
    account.findings.extend(about_lines);
    account.findings.extend(findings::of_several_agreements(world, &account.kept_back));
    let about_packs = packs::findings(world, settings, links, posted, &account);
    account.findings.extend(about_packs);
    account
}

/// Why hours are late: in a run whose period is open at an end, months may be closed (K4).
fn late_words(settings: &BillingSettings, posted: &Posted) -> &'static str {
    let closed = !posted.shut.is_empty() && settings.period.ends().is_none();
    match (settings.period.from().is_some(), closed) {
        (_, false) => "from before the period",
        (true, true) => "from before the period or of closed months",
        (false, true) => "of closed months",
    }
}

/// H1: adds the hours that only the ledger has to those delivered on their lines, and returns their sum.
fn deliver_posted(world: &World, settings: &BillingSettings, posted: &Posted, lines: &mut [LineHours]) -> HoursSum {
    let (mut sum, on) = (HoursSum::ZERO, settings.balance_date());
    for (&(line, days), &hours) in posted.gone.iter().filter(|((line, _), _)| world.lines.is_own(*line)) {
        let of_line = lines.get_mut(line.position()).or_bug("every order line has its hours");
        let side = Date::from_days(days).map_or(Side::Inside, |date| settings.period.side(date));
        match side {
            Side::Before => of_line.before += hours,
            Side::Inside => of_line.inside += hours,
            Side::After => of_line.after += hours,
        }
        // K8.
        if settings.period.to().is_none() && on.is_some_and(|on| days > on.days()) {
            of_line.later += hours;
        }
        sum += hours;
    }
    sum
}
