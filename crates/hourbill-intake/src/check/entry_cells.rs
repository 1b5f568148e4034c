//! The cells of timesheets, column by column.

use std::borrow::Cow;

use super::World;
use super::column::Columns;
use super::memo::Memo;
use super::row::Fingerprint;
use super::spans::{self, Spans};
use super::table::wrong;
use super::totals;
use super::value::{self, Grammar, Started};
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Aside, Code};
use crate::ident::Texts;
use crate::inputs::{Input, timesheets as field};
use crate::job::{EntriesTable, Prepaid, Settings};
use crate::model::{Chunk, Facts, RateCell};
use crate::quantity::{Hours, HoursSum};
use crate::read::{Batch, Cell};

/// The cells of a batch, read and checked one by one.
pub(super) struct Cells {
    /// Its ids, dates, tickets and lines.
    pub chunk: Chunk,
    pub facts: Vec<Facts>,
    /// Microseconds; 0 where they cannot be read.
    pub hours: Vec<i64>,
    pub sum: HoursSum,
    pub ticketless: Option<usize>,
    pub open_again: Vec<(usize, String)>,
    pub started: Vec<Option<Started>>,
    pub fingerprints: Vec<Fingerprint>,
    pub wrong: Aside,
}

/// Whether the job bills, or tells, by a column that few jobs have a use for.
fn is_used(field: usize, settings: &Settings, world: &World) -> bool {
    let billing = &settings.billing;
    match field {
        // W2: whose packs an entry without a ticket draws on. E2: whose work it is told to be.
        field::CUSTOMER_ID => {
            let waterfall = billing.rules.packs.prepaid == Prepaid::Waterfall;
            let counts = waterfall || !world.agreements.is_empty() || world.rates.asks(RateCell::Customer);
            counts || settings.output.entries == EntriesTable::All
        }
        field::ROLE => world.rates.asks(RateCell::Role),
        field::ACTIVITY => world.rates.asks(RateCell::Activity) || world.packs.covers,
        field::RATE => world.rates.are_of_export(),
        // W3, X2.
        field::STARTED_AT => billing.rules.packs.ask_who() || billing.bounds.of(BoundKey::OverlapMinutes).is_some(),
        _ => false,
    }
}

impl Cells {
    pub fn read(batch: &Batch<'_>, grammar: &Grammar<'_>, settings: &Settings, world: &World) -> Cells {
        let rows = batch.rows();
        let mut cells = Cells {
            chunk: Chunk::with_capacity(rows),
            facts: vec![Facts::default(); rows],
            hours: Vec::with_capacity(rows),
            sum: HoursSum::ZERO,
            ticketless: None,
            open_again: Vec::new(),
            started: Vec::new(),
            fingerprints: Vec::new(),
            wrong: Aside::default(),
        };
        if let Cell::Text(first) = batch.cell(0, field::TIMESHEET_ID) {
            cells.chunk.ids = Texts::like(first, rows);
        }
        let mut columns = Columns::new(batch, Input::Timesheets);
        let sums_are_told = settings.inputs.get(&Input::Timesheets).is_some_and(|of| of.skip_said);
        columns.text(field::TIMESHEET_ID, |_, id| {
            cells.chunk.ids.push(id);
            (names_a_sum(id) && !sums_are_told).then(|| (Code::MayBeASum, IS_CALLED_A_SUM.into()))
        });
        columns.ids_are_read();
        let spans = Spans::of(&mut columns, grammar, rows);
        columns.of_work(|columns| {
            cells.dates(columns, batch, grammar, spans.as_ref());
            cells.hours(columns, grammar, (settings.billing.rules.max_entry_hours, spans.as_ref()));
            cells.references(columns, batch, world, settings.inputs.contains_key(&Input::Tickets));
            for field in [field::EMPLOYEE, field::DESCRIPTION, field::PROJECT] {
                if columns.has(field) {
                    columns.text(field, |_, _| None);
                }
            }
        });
        cells.open_again = standing(&mut columns, grammar, world, &mut cells.facts);
        if columns.has(field::COMPANY) {
            columns.text(field::COMPANY, |_, _| None);
        }
        cells.started = of_some_jobs(&mut columns, grammar, rows, (spans, |field| is_used(field, settings, world)));
        questions(&mut columns, settings, rows);
        cells.chunk.said = columns.work();
        let said = columns.finish();
        cells.fingerprints = said.fingerprints;
        (cells.chunk.row_hashes, cells.chunk.copy_hashes) = (said.row_hashes, said.copy_hashes);
        // F2: that no column has the hours is what was asked; nobody can fill the cell.
        let hours_are_asked = settings
            .inputs
            .get(&Input::Timesheets)
            .is_some_and(|of| of.open.iter().any(|open| open == "columns.hours"));
        for (at, mut errors) in said.errors {
            if hours_are_asked && !batch.has(field::HOURS) {
                errors.retain(|error| (error.code, error.column) != (Code::EmptyValue, "hours"));
            }
            mark(&mut cells.facts, at, Facts::QUARANTINED);
            cells.wrong.push(&wrong(batch, Input::Timesheets, at, cells.chunk.ids.get(at), errors));
        }
        let wanted = &world.adjustments.wanted_entries;
        if !wanted.is_empty() {
            let adjusted = cells.chunk.ids.iter().zip(&mut cells.facts).filter(|(id, _)| wanted.find(id).is_some());
            adjusted.for_each(|(_, facts)| facts.set(Facts::ADJUSTED));
        }
        cells
    }

    fn dates(&mut self, columns: &mut Columns<'_>, batch: &Batch<'_>, grammar: &Grammar<'_>, spans: Option<&Spans>) {
        match spans.filter(|_| !columns.has(field::DATE)) {
            Some(spans) => spans.dates(columns, &mut self.chunk.dates),
            None => own_dates(columns, batch, grammar, &mut self.chunk.dates),
        }
    }

    fn hours(&mut self, columns: &mut Columns<'_>, grammar: &Grammar<'_>, (hours_max, spans): (Hours, Option<&Spans>)) {
        let Cells { chunk, facts, hours: read, sum, .. } = self;
        let mut take = |at: usize, hours: Option<Hours>| {
            // What cannot be read counts as none, and is said to be unreadable.
            let micros = hours.map_or(0, Hours::micros);
            read.push(micros);
            *sum += Hours::from_micros(micros);
            if hours.is_none() {
                mark(facts, at, Facts::UNREADABLE_HOURS);
            }
            (micros.unsigned_abs() > hours_max.micros().unsigned_abs()).then(|| {
                let why = format!("is more than the {hours_max} hours an entry may have");
                (Code::HoursOutOfRange, why.into())
            })
        };
        match spans.filter(|_| !columns.has(field::HOURS)) {
            Some(spans) => {
                let hours = spans.hours(columns, &chunk.dates).into_iter().enumerate();
                let complaints = hours.filter_map(|(at, hours)| Some((at, take(at, hours)?))).collect();
                columns.complain(field::HOURS, complaints);
            }
            None => {
                let mut memo = Memo::new();
                columns.read(field::HOURS, |cell| memo.read(cell, |cell| grammar.hours(cell)), take);
            }
        }
    }

    fn references(&mut self, columns: &mut Columns<'_>, batch: &Batch<'_>, world: &World, has_tickets: bool) {
        let Cells { chunk, ticketless, .. } = self;
        columns.reference(field::TICKET_ID, Input::Tickets, world, |at, id| {
            if !has_tickets {
                chunk.tickets.push(None);
                if !value::trimmed(id).is_empty() && batch.left_out().binary_search(&at).is_err() {
                    ticketless.get_or_insert(at);
                }
                return None;
            }
            let ticket = world.tickets.find(id);
            chunk.tickets.push(ticket);
            let unknown = ticket.is_none() && !id.is_empty();
            unknown.then(|| (Code::UnknownTicket, "is not in the tickets input".into()))
        });
        columns.reference(field::ORDER_LINE_ID, Input::Orders, world, |_, id| {
            let line = if id.is_empty() { None } else { world.lines.find(id) };
            chunk.lines.push(line);
            let unknown = line.is_none() && !id.is_empty();
            // An agreement without a customer is no error before it is filled in.
            let unknown = unknown && !world.agreements.nameless().iter().any(|nameless| nameless.id == id);
            unknown.then(|| (Code::UnknownOrderLine, "is not in the orders input".into()))
        });
    }
}

/// F7: an id that is nothing but a word for a sum. Nearly all ids end in a digit.
fn names_a_sum(id: &str) -> bool {
    const LONGEST: usize = 24;
    id.len() <= LONGEST && id.as_bytes().last().is_some_and(|last| !last.is_ascii_digit()) && totals::is_plain_label(id)
}

const IS_CALLED_A_SUM: &str = "is no id, but what a report calls a sum";

/// The dates of the rows; an empty one defaults to that of the start.
fn own_dates(columns: &mut Columns<'_>, batch: &Batch<'_>, grammar: &Grammar<'_>, dates: &mut Vec<Option<Date>>) {
    let stand_ins = spans::stand_ins(batch, columns, grammar);
    let (mut rows, mut memo) = (0.., Memo::new());
    let read = |cell: crate::read::Cell<'_>| match (memo.read(cell, |cell| grammar.date(cell)), &stand_ins) {
        (Ok(None), Some(of_starts)) => Ok(rows.next().and_then(|row: usize| of_starts.get(row).copied().flatten())),
        (date, Some(_)) => {
            rows.next();
            date
        }
        (date, None) => date,
    };
    columns.read(field::DATE, read, |_, date| {
        dates.push(date);
        None
    });
}

/// F2: while a question about hours is open nobody knows what a row means.
fn questions(columns: &mut Columns<'_>, settings: &Settings, rows: usize) {
    let open = settings.inputs.get(&Input::Timesheets).map(|input| input.open.as_slice()).unwrap_or_default();
    if !open.is_empty() {
        let why = format!("is not used while the job leaves open: {}", open.join(", "));
        let complaint = |at| (at, (Code::QuestionOpen, Cow::Owned(why.clone())));
        columns.complain(field::TIMESHEET_ID, (0..rows).map(complaint).collect());
    }
}

fn mark(facts: &mut [Facts], at: usize, fact: Facts) {
    facts.get_mut(at).or_bug("every row has its facts").set(fact);
}

/// What has become of the entries in the program that they come from.
fn standing(
    columns: &mut Columns<'_>,
    grammar: &Grammar<'_>,
    world: &World,
    facts: &mut [Facts],
) -> Vec<(usize, String)> {
    let mut open_again = Vec::new();
    if columns.has(field::INVOICE_ID) {
        columns.text(field::INVOICE_ID, |at, id| {
            if !id.is_empty() {
                match world.cancelled_invoice(id) {
                    // G10.
                    Some(invoice) => open_again.push((at, invoice.to_owned())),
                    None => mark(facts, at, Facts::INVOICED),
                }
            }
            None
        });
    }
    for (field, default, fact) in
        [(field::BILLABLE, true, Facts::NOT_BILLABLE), (field::INVOICED, false, Facts::INVOICED)]
    {
        if columns.has(field) {
            columns.flag_or(grammar, field, default, |at, flag| {
                if flag != default {
                    mark(facts, at, fact);
                }
            });
        }
    }
    let known = [
        (field::STATUS, STATUSES, "`draft`, `validated`, `invoiced`, `not_billable`"),
        (field::APPROVED, APPROVALS, "`true`, `false`"),
    ];
    for (field, words, spoken) in known {
        if columns.has(field) {
            columns.choice_or(grammar, (field, Status::Validated), words, spoken, |at, status| match status {
                Some(Status::Draft) => mark(facts, at, Facts::NOT_VALIDATED),
                Some(Status::Invoiced) => mark(facts, at, Facts::INVOICED),
                Some(Status::NotBillable) => mark(facts, at, Facts::NOT_BILLABLE),
                Some(Status::Validated) | None => {}
            });
        }
    }
    open_again
}

/// Fields that not every job has a use for (§2.12), and which still tell one piece of work from another; when each began.
fn of_some_jobs(
    columns: &mut Columns<'_>,
    grammar: &Grammar<'_>,
    rows: usize,
    (spans, uses): (Option<Spans>, impl Fn(usize) -> bool),
) -> Vec<Option<Started>> {
    let read_by_spans = |field| spans.as_ref().is_some_and(|spans| spans.reads(field));
    for field in [field::CUSTOMER_ID, field::ACTIVITY, field::ROLE, field::ENDED_AT, field::UNPAID_BREAK] {
        if columns.has(field) && uses(field) {
            columns.of_work(|columns| columns.text(field, |_, _| None));
        } else if columns.has(field) && !read_by_spans(field) {
            columns.of_work_unused(|columns| columns.text(field, |_, _| None));
        }
    }
    // What the work costs is no part of it (F4).
    if columns.has(field::RATE) && uses(field::RATE) {
        columns.text(field::RATE, |_, _| None);
    } else if columns.has(field::RATE) {
        columns.beside(field::RATE);
    }
    for field in [field::AMOUNT, field::TICKET_TITLE] {
        if columns.has(field) {
            columns.beside(field);
        }
    }
    if let Some(spans) = spans {
        return spans.began;
    }
    let mut started = Vec::new();
    if columns.has(field::STARTED_AT) {
        started.reserve(rows);
        let mut read = |columns: &mut Columns<'_>| {
            columns.read(
                field::STARTED_AT,
                |cell| grammar.started(cell),
                |_, at| {
                    started.push(at);
                    None
                },
            );
        };
        match uses(field::STARTED_AT) {
            true => columns.of_work(&mut read),
            false => columns.of_work_unused(&mut read),
        }
    }
    started
}

/// What has become of an entry in the program that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Draft,
    Validated,
    Invoiced,
    NotBillable,
}

/// As any program may call it: what was billed, or closed against changes, is invoiced; what was put away is not billed.
const STATUSES: &[(&str, Status)] = &[
    ("draft", Status::Draft),
    ("validated", Status::Validated),
    ("invoiced", Status::Invoiced),
    ("not_billable", Status::NotBillable),
    ("billed", Status::Invoiced),
    ("exported", Status::Invoiced),
    ("locked", Status::Invoiced),
    ("paid", Status::Invoiced),
    ("archived", Status::NotBillable),
    ("deleted", Status::NotBillable),
];

/// A column *approved*: what is not is a draft.
const APPROVALS: &[(&str, Status)] = &[
    ("false", Status::Draft),
    ("true", Status::Validated),
    ("no", Status::Draft),
    ("yes", Status::Validated),
    ("0", Status::Draft),
    ("1", Status::Validated),
    ("unapproved", Status::Draft),
    ("not approved", Status::Draft),
    ("pending", Status::Draft),
    ("rejected", Status::Draft),
    ("approved", Status::Validated),
];
