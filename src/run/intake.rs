//! Reads the inputs of a job in the order in which they refer to each other, and checks them into one world.

use std::collections::BTreeMap;

use super::ids::{self, EntryIds};
use super::{Observer, RunError, expect};
use crate::check::value::Grammar;
use crate::check::{self, EntryTotals, Mentions, Part, SetAside};
use crate::finding::{Code, FileNo, Finding, Place, Rejected, Subject};
use crate::inputs::Input;
use crate::job::Settings;
use crate::model::World;
use crate::read::{self, Batch, FileRead, Piece};
use crate::shard::Split;

/// What the inputs hold.
pub struct Intake {
    pub world: World,
    pub totals: EntryTotals,
    /// Sorted by input and place, each with its whole record.
    pub rejected: Vec<Rejected>,
    pub findings: Vec<Finding>,
    /// In the order read; a file's number is its position.
    pub files: Vec<FileRead>,
    /// What this part of a run answers for; `None` when it is whole.
    pub split: Option<Split>,
}

impl Intake {
    /// The file of a number, as it was typed.
    pub fn file_name(&self, file: FileNo) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| file.shown.as_str())
    }

    /// Where a row stands, as people should see it: by line in a text file, else by row.
    pub fn place(&self, place: Place, line: Option<u64>) -> String {
        let file = self.file_name(place.file);
        match line {
            Some(line) => format!("{file}:{line}"),
            None => format!("{file}, row {}", place.row),
        }
    }
}

/// Reads everything.
pub fn intake(settings: &Settings, observer: &dyn Observer) -> Result<Intake, RunError> {
    let mut reader =
        Reader { settings, observer, files: Vec::new(), aside: SetAside::default(), numbers: BTreeMap::new() };
    let mut world = World::default();
    let newer_wins = |input| settings.inputs.get(&input).is_some_and(|settings| settings.newer_wins);
    let given = |input| settings.inputs.contains_key(&input);
    let mut mentions = Mentions::new(given(Input::Customers), given(Input::Teams));

    let customers = reader.read(Input::Customers, check::customer_rows)?;
    reader.aside.append(check::add_customers(&mut world, &mut mentions, newer_wins(Input::Customers), customers));
    let teams = reader.read(Input::Teams, check::team_rows)?;
    reader.aside.append(check::add_teams(&mut world, newer_wins(Input::Teams), teams));
    let orders =
        reader.read(Input::Orders, |batch, grammar| check::order_rows(batch, grammar, &settings.rules, &world))?;
    reader.aside.append(check::add_order_lines(&mut world, &mut mentions, newer_wins(Input::Orders), orders));
    let tickets = reader.read(Input::Tickets, |batch, grammar| check::ticket_rows(batch, grammar, &world))?;
    reader.aside.append(check::add_tickets(&mut world, &mut mentions, newer_wins(Input::Tickets), tickets));
    let requests = reader.read(Input::Downpayments, check::request_rows)?;
    reader.aside.append(check::add_requests(&mut world, requests));
    let adjustments = reader.read(Input::Adjustments, check::adjustment_rows)?;
    reader.aside.append(check::add_adjustments(&mut world, adjustments));
    let split = settings.shard.map(|shard| Split::new(&world, shard, &settings.period.label()));
    let ids = split.as_ref().map(|_| reader.ids()).transpose()?;
    let part = split.as_ref().map(|split| Part { split, repeated: ids.as_ref().map_or(&[], |ids| &ids.repeated) });
    let read_entry =
        |batch: &Batch<'_>, grammar: &Grammar<'_>| check::entry_rows(batch, grammar, settings, &world, part.as_ref());
    let entries = reader.read(Input::Timesheets, read_entry)?;
    let (mut totals, mut of_entries, unsettled) =
        check::add_entries(&mut world, newer_wins(Input::Timesheets), entries).ok_or(RunError::TooManyEntries)?;
    let credits = reader.read(Input::Credits, check::credit_rows)?;
    reader.aside.append(check::add_credits(&mut world, credits));
    let invoices = reader.read(Input::ErpInvoices, |batch, grammar| check::erp_invoice_rows(batch, grammar, &world))?;
    reader.aside.append(check::add_erp_invoices(&mut world, invoices));
    let mut of_adjustments = check::resolve_adjustments(&mut world);
    if let (Some(split), Some(ids)) = (&split, ids) {
        ids.same_files(&reader.files)?;
        check::settle(&mut world, split, &mut totals, &mut of_entries, &unsettled).ok_or(RunError::TooManyEntries)?;
        reader.aside.rejected.retain(|row| split.owns(Split::of_row(&row.id, row.place)));
        of_adjustments.retain(|finding| split.owns_told(&world, finding));
        world.own = split.own(&world);
        world.exported = ids.all;
    }
    reader.aside.append(of_entries);
    reader.aside.findings.append(&mut of_adjustments);
    reader.aside.findings.extend(mentions.findings());
    reader.look_up_records()?;
    observer.stage("read");

    let Reader { files, aside, .. } = reader;
    let SetAside { mut rejected, findings } = aside;
    rejected.sort_by_key(|row| (row.input, row.place));
    let intake = Intake { world, totals, rejected, findings, files, split };
    match expect::unmet(&intake, &settings.expected) {
        unmet if unmet.is_empty() => Ok(intake),
        unmet => Err(RunError::Expected(unmet)),
    }
}

struct Reader<'a> {
    settings: &'a Settings,
    observer: &'a dyn Observer,
    files: Vec<FileRead>,
    aside: SetAside,
    /// Number of the first file of each input.
    numbers: BTreeMap<Input, FileNo>,
}

impl Reader<'_> {
    /// The rows of an input, batch by batch; nothing for an input that the job does not name.
    fn read<R: Send>(
        &mut self,
        input: Input,
        each: impl Fn(&Batch<'_>, &Grammar<'_>) -> R + Sync,
    ) -> Result<Vec<Piece<R>>, RunError> {
        let Some(settings) = self.settings.inputs.get(&input) else { return Ok(Vec::new()) };
        let first = self.next_file();
        self.numbers.insert(input, first);
        let grammar = Grammar::new(settings);
        let on_bytes = |bytes| self.observer.bytes(bytes);
        let scan = read::scan(input, settings, &self.settings.limits, first, &on_bytes, |batch| each(batch, &grammar))?;
        self.files.extend(scan.files);
        let not_found = scan.not_found.into_iter().map(|(field, header)| column_not_found(input, field, &header));
        self.aside.findings.extend(not_found);
        Ok(scan.pieces)
    }

    /// The ids of all entries, read before a part of them is.
    fn ids(&self) -> Result<EntryIds, RunError> {
        let keeps_all = self.settings.ledger.is_some();
        match self.settings.inputs.get(&Input::Timesheets) {
            Some(settings) => Ok(ids::entry_ids(settings, &self.settings.limits, keeps_all)?),
            None => Ok(EntryIds::default()),
        }
    }

    fn next_file(&self) -> FileNo {
        FileNo(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    /// Rows that turned out to be bad only beside others, and rows of columnar files, are read once more for their record.
    fn look_up_records(&mut self) -> Result<(), RunError> {
        for input in Input::ALL {
            let (Some(settings), Some(&first)) = (self.settings.inputs.get(&input), self.numbers.get(&input)) else {
                continue;
            };
            let without = |row: &&mut Rejected| row.input == input && row.record.is_none();
            let mut rows: Vec<&mut Rejected> = self.aside.rejected.iter_mut().filter(without).collect();
            if rows.is_empty() {
                continue;
            }
            let places: Vec<Place> = rows.iter().map(|row| row.place).collect();
            let files = files_of(&self.files, input);
            let records = read::records(input, settings, &self.settings.limits, files, first, &places)?;
            for (row, record) in rows.iter_mut().zip(records) {
                row.line = record.line;
                row.record = Some(record.text);
            }
        }
        Ok(())
    }
}

/// The files of an input stand together.
fn files_of(files: &[FileRead], input: Input) -> &[FileRead] {
    let start = files.iter().position(|file| file.input == input).unwrap_or(files.len());
    let rest = files.get(start..).unwrap_or_default();
    let len = rest.iter().take_while(|file| file.input == input).count();
    rest.get(..len).unwrap_or_default()
}

fn column_not_found(input: Input, field: &str, header: &str) -> Finding {
    Finding {
        code: Code::ColumnNotFound,
        subject: Subject::Input,
        id: input.name().to_owned(),
        message: format!("column `{header}`, named for `{field}`, is in no file of the {input} input"),
        place: None,
    }
}
