//! Reads the inputs of a job in the order in which they refer to each other, and checks them into one world.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::guards::Guards;
use super::id_survey::{self, EntryIds};
use super::inputs_read::Intake;
use super::waived::Waiving;
use super::{Observer, RunError, expect, unread};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::check::value::Grammar;
use crate::check::{self, EntryRows, Mentions, OtherRows, RowFilter, RowTally, SetAside, Unsettled};
use crate::finding::{Aside, Code, FileNo, Finding, Place, Rejected, Seen, Subject};
use crate::inputs::{Input, timesheets};
use crate::job::{RateSource, Settings};
use crate::model::{EntryTotals, World};
use crate::quantity::HoursSum;
use crate::read::{self, Batch, Cell, FileRead, Follow, LeftOut, MissingColumn, Piece, Scan};
use crate::shard::{Split, Ties};

/// Reads everything, or one part of it.
pub fn intake(settings: &Settings, observer: &dyn Observer) -> Result<Intake, RunError> {
    let mut masters = Masters::read(settings, observer)?;
    let mut ids = settings.shard.map(|_| masters.ids(None)).transpose()?;
    let split = ids.as_ref().map(|ids| masters.split(&ids.ties));
    masters.world.exported = ids.as_mut().and_then(|ids| ids.all.take());
    masters.world.kept_work = if split.is_some() { super::of_ledger::kept_work(settings)? } else { None };
    let entries = masters.entries(split.as_ref(), ids.as_ref())?;
    masters.rest()?;
    let aside = std::mem::take(&mut masters.reader.aside);
    masters.intake(split, entries, aside)
}

/// All inputs but the timesheets, read: in parts, they are read anew for each.
pub(super) struct Masters<'a> {
    pub world: World,
    reader: Reader<'a>,
}

/// The entries of a run or of a part of one, before it is known which rows of them count.
pub(super) struct Entered {
    totals: EntryTotals,
    aside: SetAside,
    unsettled: Unsettled,
    /// What bounds of entries (X2) have to know of rows that are not kept.
    others: OtherRows,
}

/// What a part has to know of the rows that other processes have read and did not send to it.
pub(super) struct RowsOfAll {
    /// By file, what the rows come to that were not sent.
    pub elsewhere: BTreeMap<FileNo, RowTally>,
    /// The least and the greatest date of all rows.
    pub dates: Option<(Date, Date)>,
    pub names_invoices: bool,
    pub ticketless: Option<Place>,
    /// Rows that sum others (F7).
    pub sums: Vec<Finding>,
    /// Of rows that are, or may be, set aside: line in the file, and text.
    pub records: BTreeMap<Place, (Option<u64>, String)>,
}

impl<'a> Masters<'a> {
    /// Reads the inputs that entries refer to or that change them: all that come before the timesheets.
    pub fn read(settings: &'a Settings, observer: &'a dyn Observer) -> Result<Masters<'a>, RunError> {
        let mut reader = Reader {
            settings,
            observer,
            files: Vec::new(),
            left_out: Vec::new(),
            aside: SetAside::default(),
            numbers: BTreeMap::new(),
            records_sent: BTreeMap::new(),
        };
        let mut world = World::default();
        let newer_wins = |input| newer_wins(settings, input);
        let given = |input| settings.inputs.contains_key(&input);
        let mut mentions = Mentions::new(given(Input::Customers), given(Input::Teams));

        let customers = reader.read(Input::Customers, check::customer_rows)?;
        reader.aside.append(check::add_customers(&mut world, &mut mentions, newer_wins(Input::Customers), customers));
        let teams = reader.read(Input::Teams, check::team_rows)?;
        reader.aside.append(check::add_teams(&mut world, newer_wins(Input::Teams), teams));
        let orders = reader
            .read(Input::Orders, |batch, grammar| check::order_rows(batch, grammar, &settings.billing.rules, &world))?;
        let agreements = reader.read(Input::Agreements, |batch, grammar| {
            check::agreement_rows(batch, grammar, &settings.billing.rules, &world)
        })?;
        let opposed = check::ids_of_both(&agreements, &orders);
        let wins = newer_wins(Input::Orders);
        reader.aside.append(check::add_order_lines(&mut world, &mut mentions, wins, &opposed, orders));
        let wins = newer_wins(Input::Agreements);
        if given(Input::Agreements) {
            world.agreements.give();
        }
        reader.aside.append(check::add_agreements(&mut world, &mut mentions, wins, &opposed, agreements));
        let tickets = reader.read(Input::Tickets, |batch, grammar| check::ticket_rows(batch, grammar, &world))?;
        reader.aside.append(check::add_tickets(&mut world, &mut mentions, newer_wins(Input::Tickets), tickets));
        let requests = reader.read(Input::Downpayments, check::request_rows)?;
        reader.aside.append(check::add_requests(&mut world, requests));
        let adjustments = reader.read(Input::Adjustments, check::adjustment_rows)?;
        reader.aside.append(check::add_adjustments(&mut world, adjustments));
        // G10: entries name invoices that were cancelled.
        let invoices =
            reader.read(Input::ErpInvoices, |batch, grammar| check::erp_invoice_rows(batch, grammar, &world))?;
        reader.aside.append(check::add_erp_invoices(&mut world, invoices));
        let rates = reader.read(Input::Rates, |batch, grammar| check::rate_rows(batch, grammar, &world))?;
        reader.aside.append(check::add_rates(&mut world, rates));
        if settings.billing.rules.rates == RateSource::Export {
            world.rates.take_those_of_export();
        }
        let employees = reader.read(Input::Employees, check::employee_rows)?;
        reader.aside.append(check::add_employees(&mut world, employees));
        let waivers = reader.read(Input::Waivers, check::waiver_rows)?;
        reader.aside.append(check::add_waivers(&mut world, waivers));
        reader.aside.findings.extend(mentions.findings());
        Ok(Masters { world, reader })
    }

    /// The ids of all entries; with a split also how many entries its parts have.
    pub fn ids(&self, split: Option<&Split>) -> Result<EntryIds, RunError> {
        let settings = self.reader.settings;
        let Some(of_input) = settings.inputs.get(&Input::Timesheets) else { return Ok(EntryIds::default()) };
        let posted = super::of_ledger::posted_ids(settings, &self.world)?;
        let mut ids = id_survey::entry_ids((&self.world, settings, of_input), split, &posted)?;
        ids.ties.append(super::of_ledger::document_ties(settings, &self.world)?);
        Ok(ids)
    }

    /// The split of the world that was read: which part everything belongs to.
    pub fn split(&self, ties: &Ties) -> Split {
        let settings = self.reader.settings;
        Split::new(&self.world, settings.shard, &settings.billing.period.label(), ties)
    }

    /// Notes the files of the timesheets, which were read for their ids, as if they were read in full.
    pub fn met(&mut self, ids: &mut EntryIds) {
        self.reader.left_out.append(&mut ids.left_out);
        self.reader.take_in(Input::Timesheets, ids.files.clone(), std::mem::take(&mut ids.not_found));
    }

    /// The entries of the part that a split selects, or all of them.
    pub fn entries(&mut self, split: Option<&Split>, ids: Option<&EntryIds>) -> Result<Entered, RunError> {
        let part = split.map(|split| RowFilter {
            split,
            repeated: ids.map_or(&[], |ids| &ids.repeated),
            others: Mutex::default(),
            sums_are_told: false,
        });
        let (settings, world) = (self.reader.settings, &self.world);
        let read_entry = |batch: &Batch<'_>, grammar: &Grammar<'_>| {
            check::entry_rows(batch, grammar, settings, world, part.as_ref())
        };
        let entries = self.reader.read(Input::Timesheets, read_entry)?;
        if let Some(ids) = ids {
            ids.same_files(&self.reader.files)?;
        }
        if let Some(place) = check::ticketless(&entries) {
            return Err(self.without_tickets(place));
        }
        let newer_wins = newer_wins(settings, Input::Timesheets);
        let added = check::add_entries(&mut self.world, newer_wins, entries, part.as_ref());
        let (totals, aside, unsettled) = added.ok_or(RunError::TooManyEntries)?;
        let others = part.map(|part| part.others.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(Entered { totals, aside, unsettled, others: others.unwrap_or_default() })
    }

    /// A row names a ticket, and the job reads none.
    fn without_tickets(&self, place: Place) -> RunError {
        let name = Input::Timesheets.fields().get(timesheets::TICKET_ID).map_or("", |field| field.name);
        let file = self.reader.files.get(place.file.0 as usize);
        let column = file.and_then(|file| file.columns.iter().find(|column| column.field == Some(name)));
        RunError::NoTickets {
            column: column.map_or(name, |column| &column.header).to_owned(),
            file: file.map(|file| file.shown.clone()).unwrap_or_default(),
            row: place.row,
        }
    }

    /// The files that were read so far.
    pub fn files(&self) -> &[FileRead] {
        &self.reader.files
    }

    /// Notes the files of the timesheets, which other processes have read. Returns the number of the first.
    pub fn met_by_others(&mut self, scan: Scan<()>) -> FileNo {
        let first = self.reader.next_file();
        self.reader.left_out.extend(scan.left_out);
        self.reader.take_in(Input::Timesheets, scan.files, scan.not_found);
        first
    }

    /// The entries of a part, whose rows other processes have read and sent.
    pub fn entries_sent(
        &mut self,
        pieces: Vec<Piece<EntryRows>>,
        part: RowFilter<'_>,
        all: RowsOfAll,
    ) -> Result<Entered, RunError> {
        if let Some(place) = all.ticketless {
            return Err(self.without_tickets(place));
        }
        let newer_wins = newer_wins(self.reader.settings, Input::Timesheets);
        let added = check::add_entries(&mut self.world, newer_wins, pieces, Some(&part));
        let (mut totals, aside, unsettled) = added.ok_or(RunError::TooManyEntries)?;
        let mut others = part.others.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (file, tally) in all.elsewhere {
            let elsewhere = totals.elsewhere.entry(file).or_default();
            elsewhere.rows += tally.rows;
            elsewhere.hours += tally.hours;
            elsewhere.newest = elsewhere.newest.max(tally.newest.and_then(Date::from_days));
            totals.spoilt_elsewhere.add(&tally.spoilt);
            for (employee, days) in tally.days {
                days.into_iter().for_each(|(day, micros)| {
                    others.add_hours(&employee, day, HoursSum::from_micros(micros));
                });
            }
        }
        totals.sums = all.sums;
        self.world.dates_read = all.dates;
        self.world.names_invoices |= all.names_invoices;
        self.reader.records_sent = all.records;
        Ok(Entered { totals, aside, unsettled, others })
    }

    /// The inputs that follow the timesheets.
    pub fn rest(&mut self) -> Result<(), RunError> {
        let Masters { world, reader } = self;
        let credits = reader.read(Input::Credits, check::credit_rows)?;
        reader.aside.append(check::add_credits(world, credits));
        Ok(())
    }

    /// What was set aside of all inputs but the timesheets.
    pub fn aside(&self) -> SetAside {
        self.reader.aside.clone()
    }

    /// Puts everything together. It takes the world out of `self`; a further part needs it back.
    pub fn intake(&mut self, split: Option<Split>, entered: Entered, mut aside: SetAside) -> Result<Intake, RunError> {
        let Entered { mut totals, aside: mut of_entries, unsettled, others } = entered;
        let mut world = std::mem::take(&mut self.world);
        super::of_ledger::keep_made_ids(self.reader.settings, &mut world)?;
        let mut of_adjustments = check::resolve_adjustments(&mut world, self.reader.settings);
        if !world.waivers.is_empty() {
            // They may name a row by its record.
            for rejected in [&mut aside.rejected, &mut of_entries.rejected, &mut totals.rejected_elsewhere] {
                *rejected = self.reader.with_records(std::mem::take(rejected).sorted())?;
            }
        }
        // Of the files, whatever part of the run this is.
        let set_aside = [&aside.rejected, &of_entries.rejected];
        let limits = &self.reader.settings.limits;
        let mut files = self.reader.files.clone();
        let sums = std::mem::take(&mut totals.sums);
        leave_out_sums(&mut files, &sums);
        let waiving = Waiving { waivers: &world.waivers, files: &files };
        let mut guards = Guards::of(&files, &totals, set_aside, limits, waiving);
        let [of_masters, of_times] = set_aside;
        guards.findings.extend(waiving.unmatched([of_masters, of_times, &totals.rejected_elsewhere]));
        let mut bounds = check::look_at_entries(&mut world, self.reader.settings, split.as_ref(), others);
        if let Some(split) = &split {
            let settled = check::settle(&mut world, split, &mut totals, &mut of_entries, &unsettled);
            settled.ok_or(RunError::TooManyEntries)?;
            aside.rejected.retain(|row| split.owns(Split::of_row(row.id, row.place)));
            of_adjustments.retain(|finding| split.shows(&world, finding));
            split.narrow(&mut world);
        }
        let of_others = || totals.elsewhere.values().filter_map(|file| file.newest).max();
        let undated = self.reader.settings.billing.balance_date().is_none();
        world.newest_entry = if undated { world.entries.newest().max(of_others()) } else { None };
        aside.append(of_entries);
        aside.findings.append(&mut of_adjustments);
        aside.findings.append(&mut guards.findings);
        aside.findings.append(&mut bounds.findings);
        aside.findings.extend(sums);
        let left_out = unread::left_out(&self.reader.left_out, &files, self.reader.settings);
        aside.findings.extend(unread::findings(&left_out));
        let SetAside { rejected, mut findings } = aside;
        let rejected = self.reader.with_records(rejected.sorted())?;
        let waived = Waiving { waivers: &world.waivers, files: &files }.count(&rejected);
        self.reader.observer.stage("read");

        // Whoever tells them groups them by code.
        findings.sort();
        let measures = bounds.measures;
        let intake = Intake { world, totals, rejected, findings, files, left_out, split, guards, waived, measures };
        match expect::unmet(&intake, &self.reader.settings.expected) {
            unmet if unmet.is_empty() => Ok(intake),
            unmet => Err(RunError::Expected(unmet)),
        }
    }
}

/// F7: rows that sum others are no rows of their file.
fn leave_out_sums(files: &mut [FileRead], sums: &[Finding]) {
    for place in sums.iter().filter_map(|sum| sum.place) {
        if let Some(file) = files.get_mut(place.file.0 as usize) {
            file.rows = file.rows.checked_sub(1).or_bug("what is left out was counted");
            file.left_out += 1;
        }
    }
}

fn newer_wins(settings: &Settings, input: Input) -> bool {
    settings.inputs.get(&input).is_some_and(|settings| settings.newer_wins)
}

struct Reader<'a> {
    settings: &'a Settings,
    observer: &'a dyn Observer,
    files: Vec<FileRead>,
    left_out: Vec<LeftOut>,
    aside: SetAside,
    /// Number of the first file of each input.
    numbers: BTreeMap<Input, FileNo>,
    /// Records of timesheets that other processes have read.
    records_sent: BTreeMap<Place, (Option<u64>, String)>,
}

/// Hands on to the observer of the run what reading tells.
struct Following<'a> {
    observer: &'a dyn Observer,
    counts_bytes: bool,
}

impl Follow for Following<'_> {
    fn bytes(&self, bytes: u64) {
        if self.counts_bytes {
            self.observer.bytes(bytes);
        }
    }

    fn trust(&self, what: &'static str, took: Duration) {
        self.observer.trust(what, took);
    }
}

impl Reader<'_> {
    /// The rows of an input, batch by batch; nothing for an input that the job does not name.
    fn read<R: Send>(
        &mut self,
        input: Input,
        each: impl Fn(&Batch<'_>, &Grammar<'_>) -> R + Sync,
    ) -> Result<Vec<Piece<R>>, RunError> {
        let Some(settings) = self.settings.inputs.get(&input) else { return Ok(Vec::new()) };
        let known = self.numbers.get(&input).copied();
        let first = known.unwrap_or_else(|| self.next_file());
        let each = |batch: &Batch<'_>| each(batch, &Grammar::of(settings, batch));
        // Files that are read again are no news.
        let follow = Following { observer: self.observer, counts_bytes: known.is_none() };
        let scan = read::scan(input, settings, &self.settings.limits, first, &follow, each)?;
        match known {
            None => {
                self.left_out.extend(scan.left_out);
                self.take_in(input, scan.files, scan.not_found);
            }
            Some(_) => id_survey::same_files(input, &self.files, &scan.files)?,
        }
        Ok(scan.pieces)
    }

    /// Files of an input that were read, and columns that none of them has.
    fn take_in(&mut self, input: Input, files: Vec<FileRead>, not_found: Vec<MissingColumn>) {
        let first = self.next_file();
        self.numbers.insert(input, first);
        self.aside.findings.extend(files.iter().filter_map(not_timesheets));
        self.aside.findings.extend(files.iter().filter_map(|file| skipped(file, self.settings)));
        self.aside.findings.extend(unmatched(input, &files));
        self.aside.findings.extend(files.iter().flat_map(repeated));
        self.files.extend(files);
        let not_found = not_found.iter().map(|missing| column_not_found(input, missing));
        self.aside.findings.extend(not_found);
    }

    fn next_file(&self) -> FileNo {
        FileNo(u32::try_from(self.files.len()).ok().or_bug("a job has fewer than 2^32 files"))
    }

    /// Looks up the records of rows that have none yet, by reading their files once more: rows that turned out to be bad only beside
    /// others, and rows of columnar files. `rejected` are sorted, and so is the result.
    fn with_records(&self, rejected: Aside) -> Result<Aside, RunError> {
        let mut places: BTreeMap<Input, Vec<Place>> = BTreeMap::new();
        rejected.look(|row| {
            if row.record.is_none() {
                places.entry(row.input).or_default().push(row.place);
            }
        });
        if places.is_empty() {
            return Ok(rejected);
        }
        let mut records = Aside::default();
        for (input, places) in places {
            let (Some(settings), Some(&first)) = (self.settings.inputs.get(&input), self.numbers.get(&input)) else {
                continue;
            };
            if input == Input::Timesheets && !self.records_sent.is_empty() {
                for place in places {
                    let (line, text) = self.records_sent.get(&place).cloned().or_bug("records of rows come with them");
                    records.push(&Rejected {
                        input,
                        place,
                        line,
                        id: String::new(),
                        errors: Vec::new(),
                        record: Some(text),
                    });
                }
                continue;
            }
            let files = files_of(&self.files, input);
            read::records(input, settings, &self.settings.limits, files, first, &places, &mut |place, record| {
                let (line, text) = (record.line, Some(record.text));
                records.push(&Rejected { input, place, line, id: String::new(), errors: Vec::new(), record: text });
            })?;
        }
        let mut records = records.iter().peekable();
        let mut completed = Aside::default();
        rejected.look(|row| {
            let own = |record: &Rejected| (record.input, record.place) == (row.input, row.place);
            match records.next_if(|record| row.record.is_none() && own(record)) {
                Some(found) => {
                    let (line, record) = (found.line, found.record.as_deref());
                    completed.push_seen(&Seen { line, record, ..*row });
                }
                None => completed.push_seen(row),
            }
        });
        Ok(completed)
    }
}

/// The files of an input stand together.
fn files_of(files: &[FileRead], input: Input) -> &[FileRead] {
    let start = files.iter().position(|file| file.input == input).unwrap_or(files.len());
    let (_, rest) = files.split_at(start);
    let len = rest.iter().take_while(|file| file.input == input).count();
    rest.split_at(len).0
}

/// F8: a finding for each field of an input of which cells do not match its pattern.
fn unmatched(input: Input, files: &[FileRead]) -> Vec<Finding> {
    let mut of_fields: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (field, cells) in files.iter().flat_map(|file| &file.unmatched) {
        *of_fields.entry(field).or_default() += cells;
    }
    let finding = |(field, cells): (&str, u64)| {
        let message = format!("{cells} cells of {input} do not match the `pattern` of `{field}` and count as empty");
        Finding {
            code: Code::PatternUnmatched,
            subject: Subject::Input,
            id: input.name().to_owned(),
            message,
            place: None,
        }
    };
    of_fields.into_iter().map(finding).collect()
}

/// The findings about headers that stand several times in a file: their columns are read as one.
fn repeated(file: &FileRead) -> Vec<Finding> {
    let finding = |(header, times): (&str, usize)| {
        let shown = &file.shown;
        let message = format!("`{header}` stands {times} times in `{shown}`: the first filled cell of a row is read");
        let (code, id) = (Code::RepeatedColumn, file.input.name().to_owned());
        Finding { code, subject: Subject::Input, id, message, place: None }
    };
    file.repeated().map(finding).collect()
}

/// F8: the finding about rows that the job skips, with their hours as far as these can be read.
fn skipped(file: &FileRead, settings: &Settings) -> Option<Finding> {
    let rows = file.skipped.len();
    let of_input = settings.inputs.get(&file.input).filter(|_| rows > 0)?;
    let grammar = Grammar::new(of_input);
    let hours = |cell: &String| grammar.hours(Cell::Text(cell)).ok().flatten();
    let sum: HoursSum = file.skipped.iter().filter_map(hours).sum();
    let named: Vec<String> = of_input.skip.iter().map(|(header, cell)| format!("`{header}` = `{cell}`")).collect();
    let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    let hours = if file.input == Input::Timesheets { format!(" with {sum} h") } else { String::new() };
    let message = match named.as_slice() {
        [] => format!("{rows} left out of `{}`: the header once more", file.shown),
        named => format!("{rows}{hours} left out of `{}` by `skip` ({})", file.shown, named.join(", ")),
    };
    let (code, subject, id) = (Code::RowsSkipped, Subject::Input, file.input.name().to_owned());
    Some(Finding { code, subject, id, message, place: None })
}

/// The finding about lines of costs among those of time.
fn not_timesheets(file: &FileRead) -> Option<Finding> {
    let rows: u64 = file.not_timesheets.values().sum();
    let why: Vec<String> = file.not_timesheets.iter().map(|(why, rows)| format!("{rows} with {why}")).collect();
    let verb = if rows == 1 { "row is no timesheet and is" } else { "rows are no timesheets and are" };
    (rows > 0).then(|| Finding {
        code: Code::NotATimesheet,
        subject: Subject::Input,
        id: file.input.name().to_owned(),
        message: format!("{rows} {verb} left out of `{}`: {}", file.shown, why.join(", ")),
        place: None,
    })
}

fn column_not_found(input: Input, missing: &MissingColumn) -> Finding {
    let key = &missing.named_for;
    let message = match &missing.header {
        Some(header) => format!("column `{header}`, named for `{key}`, is in no file of the {input} input"),
        None => format!("`{key}` says something of a field for which no file of the {input} input has a column"),
    };
    Finding { code: Code::ColumnNotFound, subject: Subject::Input, id: input.name().to_owned(), message, place: None }
}
