//! E1 to E4: the entry register, every row that was read with each place where hours of it stand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::csv::CsvCells;
use super::entries::reason_of;
use super::part_rows::{PartRows, by_id};
use super::{Results, Rows, Sink, Table, TableColumn, columns, joined, table};
use crate::account::{Disposition, decide};
use crate::bill::{self, Draft, Held, PartKind};
use crate::bug::OrBug;
use crate::calendar::Side;
use crate::finding::{Code, FileNo, Place};
use crate::ident::{Idx, Texts};
use crate::inputs::Input;
use crate::link::{LinkedBy, NonBillable};
use crate::model::{EntryView, Facts, OrderLine, Policy};
use crate::posted::{LedgerLine, LeftLine};
use crate::quantity::{Currency, Hours, Money};
use crate::register::{Register, RegisterPart, Stands};
use crate::worth::HoursValues;

/// What rows have in common, looked up once.
struct Common<'a> {
    results: Results<'a>,
    values: HoursValues<'a>,
    /// Where rows in quarantine stand, and why, by position in `codes`. Sorted.
    rejected: Vec<(Place, u32)>,
    codes: Vec<String>,
    /// Of the held parts.
    held: Vec<Cow<'static, str>>,
}

/// The table of every row; `register` is that of the run.
pub(super) fn register<'a>(results: Results<'a>, register: &'a Register) -> Table<'a> {
    let parts = PartRows::of(results, register, by_id(results));
    let (common, lines, known) = (Common::of(results), OnceLock::new(), Mutex::default());
    let rows = RegisterRows { common, parts, lines, known };
    Table { name: "entries", columns: &ENTRIES, rows: Box::new(rows) }
}

/// K6: the entries of a month as a close keeps them: those that `keeps` names.
pub fn closed_entries<'a>(
    results: Results<'a>,
    register: &'a Register,
    keeps: impl Fn(&EntryView<'_>) -> bool,
) -> Table<'a> {
    let mut kept = by_id(results);
    kept.retain(|at| keeps(&results.world.entries.at(Idx::at(*at as usize))));
    let (common, parts) = (Common::of(results), PartRows::of(results, register, kept));
    table("closed_entries", CLOSED_ENTRIES, parts.len(), move |row, out| {
        parts.each(row..row + 1, |part, entry| closed_entry(&common, part, &entry, out));
    })
}

/// The rows of the table of every row.
struct RegisterRows<'a> {
    common: Common<'a>,
    parts: PartRows<'a>,
    /// What CSV says of each order line, made when it is first asked for.
    lines: OnceLock<Texts>,
    /// What rows of CSV said alike so far, for whoever tells the next ones.
    known: Mutex<Vec<KnownCells>>,
}

/// A row, and what stands about it in places that rows ask for in no order.
struct Asked<'a> {
    part: RegisterPart,
    entry: EntryView<'a>,
    line: Option<Idx<OrderLine>>,
    linked_by: &'static str,
    ticket: &'a str,
    /// What CSV says of its order line.
    on_line: Option<&'a str>,
}

impl Rows for RegisterRows<'_> {
    fn count(&self) -> usize {
        self.parts.len()
    }

    fn fill(&self, rows: Range<usize>, out: &mut dyn Sink) {
        /// So many rows ask at once: the memory answers many in the time of one.
        const AT_ONCE: usize = 64;
        let lines = out.is_csv().then(|| self.lines.get_or_init(|| self.lines_as_csv()));
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut csv = lines.map(|_| known().pop().unwrap_or_else(KnownCells::new));
        let mut asked = Vec::with_capacity(AT_ONCE);
        for start in rows.clone().step_by(AT_ONCE) {
            self.parts.each(start..rows.end.min(start + AT_ONCE), |part, entry| {
                let (line, linked_by) = self.common.line_of(part, &entry);
                asked.push(Asked { part: *part, entry, line, linked_by, ticket: "", on_line: None });
            });
            let tickets = &self.common.results.world.tickets;
            for row in &mut asked {
                row.ticket = row.entry.ticket.map_or("", |ticket| tickets.id(ticket));
            }
            for row in &mut asked {
                let named = row.line.filter(|_| self.common.left_line(&row.part).is_none());
                row.on_line = named.zip(lines).map(|(line, lines)| lines.get(line.position()));
            }
            for row in asked.drain(..) {
                self.tell(&row, csv.as_mut(), out);
                out.end_row();
            }
        }
        known().extend(csv);
    }
}

impl RegisterRows<'_> {
    fn lines_as_csv(&self) -> Texts {
        let (world, mut lines, mut cells) = (self.common.results.world, Texts::default(), CsvCells::new());
        for line in world.lines.indices() {
            let of_line = self.common.on_line(Some(line), None, None);
            lines.push(cells.made(ENTRY_LINE, |out| entry_line(&of_line, out)));
        }
        lines
    }

    /// Tells a row; what many rows say alike is taken from `csv` where that is what is written.
    fn tell(&self, row: &Asked<'_>, csv: Option<&mut KnownCells>, out: &mut dyn Sink) {
        let (common, Asked { part, entry, line, .. }) = (&self.common, row);
        let (rule, reason) = common.why(part, entry);
        let left = common.left_line(part);
        let linked_by = if left.is_some() { LinkedBy::Ledger.name() } else { row.linked_by };
        let worth = RowWorth {
            value: common.worth(part, entry, *line),
            on_draft: common.on_draft(part),
            part,
            late: common.is_late(part, entry),
        };
        let why = Why { linked_by, rule, disposition: part.stands.disposition(), reason };
        let (place, hours) = ((part.number, entry.place().file), (part.hours, entry.hours));
        entry_id(entry, out);
        let Some(csv) = csv else {
            entry_place(common, place, out);
            entry_work(entry, row.ticket, out);
            entry_line(&common.on_line(*line, left, Some(entry)), out);
            entry_why(&why, out);
            entry_hours(hours, out);
            entry_worth(common, &worth, out);
            return;
        };
        out.csv(ENTRY_PLACE.len(), csv.place(common, place));
        entry_work(entry, row.ticket, out);
        match row.on_line {
            Some(cells) => out.csv(ENTRY_LINE.len(), cells),
            None => entry_line(&common.on_line(*line, left, Some(entry)), out),
        }
        out.csv(ENTRY_WHY.len(), csv.why(&why));
        out.csv(ENTRY_HOURS.len(), csv.hours(hours));
        if worth.says_nothing() {
            out.csv(ENTRY_WORTH.len(), csv.no_worth(common, &worth));
        } else {
            entry_worth(common, &worth, out);
        }
    }
}

/// Cells that many rows say alike, as they stand in CSV. They are kept by all that is said in them, and made by those who say it.
struct KnownCells {
    cells: CsvCells,
    /// By the number of the part and the file.
    places: Known<(u32, FileNo)>,
    whys: Known<(&'static str, &'static str, Disposition, String)>,
    /// By a hash of the hours, those that were told last.
    hours: Vec<((Hours, Hours), String)>,
    /// Of rows without value and document, by whether they are late.
    no_worth: Known<bool>,
}

impl KnownCells {
    /// A power of two: people write few figures of hours.
    const HOURS: usize = 1 << 12;

    fn new() -> KnownCells {
        let (places, whys, no_worth) = (Known::default(), Known::default(), Known::default());
        let hours = vec![((Hours::ZERO, Hours::ZERO), String::new()); KnownCells::HOURS];
        KnownCells { cells: CsvCells::new(), places, whys, hours, no_worth }
    }

    fn place(&mut self, common: &Common<'_>, place: (u32, FileNo)) -> &str {
        let make = || (place, self.cells.made(ENTRY_PLACE, |out| entry_place(common, place, out)).to_owned());
        self.places.text(|known| *known == place, make)
    }

    fn why(&mut self, why: &Why<'_>) -> &str {
        let Why { linked_by, rule, disposition, reason } = why;
        let is = |known: &(&str, &str, Disposition, String)| {
            (known.0, known.1, known.2) == (*linked_by, *rule, *disposition) && known.3 == *reason
        };
        let key = || (*linked_by, *rule, *disposition, reason.clone().into_owned());
        self.whys.text(is, || (key(), self.cells.made(ENTRY_WHY, |out| entry_why(why, out)).to_owned()))
    }

    fn hours(&mut self, told: (Hours, Hours)) -> &str {
        // Multiples of quarter hours share their low bits: high bits of the product tell them apart.
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let hash = told.0.micros().cast_unsigned().wrapping_mul(ODD) >> (u64::BITS - KnownCells::HOURS.ilog2());
        let (of, text) = self.hours.get_mut(hash as usize).or_bug("every hash has its place");
        if *of != told || text.is_empty() {
            *of = told;
            text.clear();
            text.push_str(self.cells.made(ENTRY_HOURS, |out| entry_hours(told, out)));
        }
        text
    }

    fn no_worth(&mut self, common: &Common<'_>, worth: &RowWorth<'_>) -> &str {
        let make = || (worth.late, self.cells.made(ENTRY_WORTH, |out| entry_worth(common, worth, out)).to_owned());
        self.no_worth.text(|late| *late == worth.late, make)
    }
}

/// A few texts by what they say.
struct Known<K>(Vec<(K, String)>);

impl<K> Default for Known<K> {
    fn default() -> Self {
        Known(Vec::new())
    }
}

impl<K> Known<K> {
    /// More are not looked through.
    const MOST: usize = 16;

    fn text(&mut self, is: impl Fn(&K) -> bool, make: impl FnOnce() -> (K, String)) -> &str {
        let known = self.0.iter().position(|(key, _)| is(key));
        let at = known.unwrap_or_else(|| {
            if self.0.len() == Known::<K>::MOST {
                self.0.clear();
            }
            self.0.push(make());
            self.0.len() - 1
        });
        self.0.get(at).map_or("", |(_, text)| text)
    }
}

/// Why a row stands where it does.
struct Why<'a> {
    linked_by: &'static str,
    rule: &'static str,
    disposition: Disposition,
    reason: Cow<'a, str>,
}

/// What a row says of its order line.
struct OnOrderLine<'a> {
    customer: &'a str,
    order: &'a str,
    line: &'a str,
}

/// What a row says of money and documents.
struct RowWorth<'a> {
    value: Option<(Money, Currency, bool)>,
    on_draft: Option<(&'a Draft, &'a bill::DraftLine)>,
    part: &'a RegisterPart,
    late: bool,
}

impl RowWorth<'_> {
    /// All cells are empty but the one that says whether the hours are late.
    fn says_nothing(&self) -> bool {
        let on_document = match self.part.stands {
            Stands::Drafted { .. } | Stands::InvoicedOn { .. } | Stands::CoveredOn { .. } => true,
            Stands::Covered
            | Stands::CoveredBy(_)
            | Stands::Invoiced
            | Stands::Held(_)
            | Stands::Open(_)
            | Stands::OpenOn(..) => false,
        };
        self.value.is_none() && !on_document
    }
}

impl<'a> Common<'a> {
    fn of(results: Results<'a>) -> Common<'a> {
        let (mut rejected, mut known) = (Vec::new(), BTreeMap::<Vec<Code>, u32>::new());
        results.rejected.look(|row| {
            if row.input == Input::Timesheets {
                let codes: Vec<Code> = row.errors.iter().map(|error| error.code).collect();
                let next = known.len() as u32;
                rejected.push((row.place, *known.entry(codes).or_insert(next)));
            }
        });
        let mut codes = vec![String::new(); known.len()];
        for (of, at) in known {
            if let Some(text) = codes.get_mut(at as usize) {
                *text = of.iter().map(|code| code.name()).collect::<Vec<_>>().join("; ");
            }
        }
        let held = results.billing.held.iter().map(|held| held.hold.reason(results.world)).collect();
        Common { results, values: HoursValues::new(results.world), rejected, codes, held }
    }

    /// The order line on which hours stand, and what names it.
    fn line_of(&self, part: &RegisterPart, entry: &EntryView<'_>) -> (Option<Idx<OrderLine>>, &'static str) {
        let linked = self.results.links.shown_line(self.results.world, entry);
        // Cells of a row in quarantine cannot be trusted.
        let linked = linked.filter(|_| !entry.facts.has(Facts::QUARANTINED));
        let line = match part.stands {
            Stands::Drafted { .. } => self.on_draft(part).map(|(_, of)| of.line),
            Stands::InvoicedOn { line, .. } | Stands::CoveredOn { line, .. } => line.exported(),
            Stands::CoveredBy(line) | Stands::OpenOn(_, line) => Some(line),
            Stands::Held(at) => self.held(at).line(self.results.world, self.results.links, entry),
            _ => linked.map(|(line, _)| line),
        };
        let by = match linked {
            Some((own, by)) if line == Some(own) => Some(by),
            _ => {
                let named = line.filter(|_| !entry.facts.has(Facts::QUARANTINED));
                named.and_then(|line| self.results.links.linked_by(self.results.world, entry, line))
            }
        };
        let by = match part.stands {
            // Hours that are posted never move (W10), whatever the others of the entry draw on.
            Stands::InvoicedOn { .. } | Stands::CoveredOn { .. }
                if by == Some(LinkedBy::Auto) && linked.map(|(of, _)| of) != line =>
            {
                Some(LinkedBy::Ledger)
            }
            _ => by,
        };
        (line, by.map_or("", LinkedBy::name))
    }

    /// What a row says of its order line: of the one on which the hours stand, or of one that `left` the export. Of hours on none the entry
    /// says whose they are.
    fn on_line<'b>(
        &self,
        line: Option<Idx<OrderLine>>,
        left: Option<(&'b str, &'b LeftLine)>,
        entry: Option<&EntryView<'b>>,
    ) -> OnOrderLine<'b>
    where
        'a: 'b,
    {
        let world = self.results.world;
        let of_line = line.map(|idx| world.lines.at(idx));
        let customer = of_line.map(|line| line.customer).or_else(|| world.customer_of(entry?));
        let unknown = || entry?.circumstance().map(|circumstance| circumstance.unknown_customer.as_str());
        let known = || customer.map_or_else(|| unknown().unwrap_or_default(), |customer| world.customers.id(customer));
        let (left_line, left_order) = left.map_or(("", ""), |(id, left)| (id, left.order.as_str()));
        OnOrderLine {
            customer: left.and_then(|(_, left)| left.customer.as_deref()).unwrap_or_else(known),
            order: of_line.map_or(left_order, |line| world.orders.id(line.order)),
            line: line.map_or(left_line, |line| world.lines.id(line)),
        }
    }

    fn held(&self, at: u32) -> &'a Held {
        self.results.billing.held.get(at as usize).or_bug("what is held has its part")
    }

    /// G14: the line that left the export and on which the ledger keeps the hours, with its id.
    fn left_line(&self, part: &RegisterPart) -> Option<(&'a str, &'a LeftLine)> {
        match part.stands {
            Stands::InvoicedOn { line: LedgerLine::Left(line), .. }
            | Stands::CoveredOn { line: LedgerLine::Left(line), .. } => Some(self.results.posted.lines.left(line)),
            _ => None,
        }
    }

    /// The draft on which it stands, and its part there.
    fn on_draft(&self, part: &RegisterPart) -> Option<(&'a Draft, &'a bill::DraftLine)> {
        let Stands::Drafted { draft, line } = part.stands else { return None };
        let draft = self.results.billing.drafts.get(draft as usize)?;
        Some((draft, draft.parts.get(line as usize)?))
    }

    /// K2: open hours that are dated before the period.
    fn is_late(&self, part: &RegisterPart, entry: &EntryView<'_>) -> bool {
        let is_before = || entry.date().is_some_and(|date| self.results.settings.period.side(date) == Side::Before);
        let is_shut = || {
            let line = self.results.links.shown_line(self.results.world, entry).map(|(line, _)| line);
            line.is_some_and(|line| self.results.makes_late(line, entry))
        };
        match part.stands {
            Stands::Drafted { .. } | Stands::Held(_) => is_before() || is_shut(),
            Stands::Open(Disposition::BeforePeriod) | Stands::OpenOn(Disposition::BeforePeriod, _) => true,
            _ => false,
        }
    }

    /// Rule and reason.
    fn why(&self, part: &RegisterPart, entry: &EntryView<'_>) -> (&'static str, Cow<'_, str>) {
        let results = self.results;
        match part.stands {
            Stands::Drafted { .. } => match self.on_draft(part).map(|(_, of)| &of.kind) {
                Some(PartKind::Refund(refund)) => ("G7", format!("taken back of `{}`", refund.document).into()),
                _ if self.is_late(part, entry) => ("K2", "late".into()),
                _ => ("B1", "".into()),
            },
            Stands::CoveredOn { .. } => ("G9", "covered by its pack".into()),
            Stands::InvoicedOn { .. } => ("G1", "on a posted document".into()),
            Stands::Invoiced if results.posted.knows(entry.position()) => ("G1", "closed in the ledger".into()),
            Stands::Invoiced => ("4", "invoiced as the export says".into()),
            Stands::CoveredBy(_) => ("W6", "covered by a pack".into()),
            Stands::Covered if results.links.draws.asks(entry.position()) => ("W6", "covered by a pack".into()),
            Stands::Covered => {
                let line = results.links.shown_line(results.world, entry).map(|(line, _)| results.world.lines.at(line));
                match line.map(|line| line.policy) {
                    Some(Policy::Time) => ("G12", "covered by what was billed of its line by quantity".into()),
                    policy => ("4", format!("its line is {}", policy.map_or("gone", Policy::name)).into()),
                }
            }
            Stands::Held(position) => {
                let position = position as usize;
                let rule = results.billing.held.get(position).map_or("4", |held| held.hold.rule());
                (rule, self.held.get(position).map_or("", |reason| &**reason).into())
            }
            Stands::Open(disposition) | Stands::OpenOn(disposition, _) => self.why_open(disposition, entry),
        }
    }

    fn why_open(&self, disposition: Disposition, entry: &EntryView<'_>) -> (&'static str, Cow<'_, str>) {
        let Results { world, settings, links, posted, .. } = self.results;
        match disposition {
            Disposition::Quarantined => {
                let at = self.rejected.binary_search_by_key(&entry.place(), |(place, _)| *place).ok();
                let codes = at.and_then(|at| self.codes.get(self.rejected.get(at)?.1 as usize));
                ("2", codes.map_or("", String::as_str).into())
            }
            Disposition::Duplicate => ("2", "counts once, with another row of its id".into()),
            Disposition::NonBillable => match decide(world, settings, links, posted, entry).non_billable {
                Some(NonBillable::Team) => ("L4", "its team bills no time".into()),
                Some(NonBillable::Entry) => ("L5", "marked as not billable".into()),
                Some(NonBillable::Adjustment(idx)) => ("8", world.adjustments.text_of(idx).into()),
                Some(NonBillable::Order) | None => ("L5", "order not confirmed".into()),
            },
            Disposition::AfterPeriod => ("4", "dated after the period".into()),
            _ => ("4", reason_of(self.results, entry, disposition).into()),
        }
    }

    /// What the hours cost, in which currency, and whether nobody agreed on that price (E9).
    fn worth(
        &self,
        part: &RegisterPart,
        entry: &EntryView<'_>,
        line: Option<Idx<OrderLine>>,
    ) -> Option<(Money, Currency, bool)> {
        let (values, hours) = (&self.values, part.hours);
        let (worth, estimated) = match part.stands {
            Stands::Drafted { .. } => {
                let (draft, of) = self.on_draft(part)?;
                (values.on_draft(draft, of, entry, hours), false)
            }
            Stands::Held(at) => (values.held(self.results.links, self.held(at), entry, hours), false),
            Stands::OpenOn(..) | Stands::Open(Disposition::BeforePeriod | Disposition::AfterPeriod) => {
                (values.by_time(line?, entry, hours), false)
            }
            Stands::Open(Disposition::Unassigned) => (values.estimated(entry, hours), true),
            _ => return None,
        };
        worth.map(|(money, currency)| (money, currency, estimated))
    }
}

columns! {
    ENTRY_ID, entry_id(entry: &EntryView<'_>) {} => {
        timesheet_id Text [0] "id of the entry": entry.id(),
    }
}

columns! {
    ENTRY_PLACE, entry_place(common: &Common<'_>, place: (u32, FileNo)) {
        let (number, file) = place;
    } => {
        part Count [3] "from 1, in the order billed, covered, already invoiced, held, rest: rows with 1 are the rows read": Some(number.into()),
        input Text "`timesheets`": Input::Timesheets.name(),
        file Text [1] "the file": common.results.files.get(file.0 as usize).or_bug("every file that was read has a name"),
    }
}

columns! {
    ENTRY_WORK, entry_work(entry: &EntryView<'_>, ticket: &str) {} => {
        row Count [2] "number of the row in it, from 1": i64::try_from(entry.place().row).ok(),
        date Date "of the work": entry.date(),
        employee Text "who worked": entry.work().0,
        ticket_id Text "what for": ticket,
    }
}

columns! {
    ENTRY_LINE, entry_line(of: &OnOrderLine<'_>) {} => {
        customer_id Text "of its order line, else of its ticket or its own": of.customer,
        order_id Text "the order of the line": of.order,
        order_line_id Text "the order line on which the hours stand": of.line,
    }
}

columns! {
    ENTRY_WHY, entry_why(why: &Why<'_>) {} => {
        linked_by Text "what names that line: `entry`, `ticket`, `auto`, `adjustment`, `ledger`, `agreement`": why.linked_by,
        rule Text "the rule that decided ([rules.md](rules.md))": why.rule,
        disposition Text "one of §4": why.disposition.name(),
        reason Text "why; of rows in quarantine the codes of their errors": &why.reason,
    }
}

columns! {
    ENTRY_HOURS, entry_hours(hours: (Hours, Hours)) {
        let (of_part, of_row) = hours;
    } => {
        hours Hours "that stand there": Some(of_part.into()),
        hours_us Count "the same in whole microseconds; 0 where hours cannot be read": Some(of_part.micros()),
        entry_hours Hours "of the whole row": Some(of_row.into()),
    }
}

columns! {
    ENTRY_WORTH, entry_worth(common: &Common<'_>, worth: &RowWorth<'_>) {
        let document = match worth.part.stands {
            Stands::InvoicedOn { document, .. } | Stands::CoveredOn { document, .. } => common.results.posted.document_called(document),
            _ => "",
        };
        let line_no = match worth.part.stands {
            Stands::Drafted { line, .. } => Some(i64::from(line) + 1),
            _ => None,
        };
    } => {
        value Money "hours x price, rounded once per row: billed and held ones at their price, late, later and unassigned ones as `leaks` has it; else empty": worth.value.as_ref().map(|(value, currency, _)| (*value, *currency)),
        value_estimated Flag "nobody agreed on that price (E9)": worth.value.as_ref().map(|(_, _, estimated)| *estimated),
        currency Text "of the value": worth.value.as_ref().map_or("", |(_, currency, _)| currency.code()),
        invoice_id Text "the draft": worth.on_draft.map_or("", |(draft, _)| &draft.id),
        line_no Count "its line": line_no,
        document_id Text "the document of the ledger": document,
        late Flag "open hours dated before the period": Some(worth.late),
    }
}

const ENTRY_GROUPS: [&[TableColumn]; 7] =
    [ENTRY_ID, ENTRY_PLACE, ENTRY_WORK, ENTRY_LINE, ENTRY_WHY, ENTRY_HOURS, ENTRY_WORTH];

/// E2.
pub(super) const ENTRIES: [TableColumn; 25] = joined(&ENTRY_GROUPS);

columns! {
    CLOSED_ENTRIES, closed_entry(common: &Common<'_>, part: &RegisterPart, entry: &EntryView<'_>) {
        let (results, world) = (common.results, common.results.world);
        let (line, _) = common.line_of(part, entry);
        let value = common.worth(part, entry, line).map(|(value, currency, _)| (value, currency));
        let whole = (part.number == 1).then_some(&common.values);
        let worth = whole.and_then(|values| values.beyond_packs(results.links, results.posted, entry));
        let currency = value.or(worth).map(|(_, currency)| currency);
        let worth = worth.filter(|(_, of)| Some(*of) == currency);
        let left = common.left_line(part);
    } => {
        timesheet_id Text "id of the entry": entry.id(),
        part Count "as in the table entries": Some(part.number.into()),
        date Date "of the work": entry.date(),
        company Text "to which its hours belong": results.links.company_of(world, entry),
        ticket_id Text "what for": entry.ticket.map_or("", |ticket| world.tickets.id(ticket)),
        names_line_id Text "the order line that it or its ticket names": entry.line.map_or("", |line| world.lines.id(line)),
        order_line_id Text "the order line on which the hours stand": line.map_or(left.map_or("", |(id, _)| id), |line| world.lines.id(line)),
        disposition Text "one of §4": part.stands.disposition().name(),
        hours_us Count "that stand there, in microseconds": Some(part.hours.micros()),
        entry_hours_us Count "of the whole row": Some(entry.hours.micros()),
        value Money "as in the table entries": value,
        worth Money "in part 1: what the hours of the row that no pack covers cost at the price of its order line": worth,
        currency Text "of both": currency.as_ref().map_or("", |currency| currency.code()),
    }
}
