//! What changes the ledger: posting drafts, voiding and crediting documents, and the opening state. Each is planned first, so that it
//! can be shown, and then done or not done as a whole.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::log::{
    Alias, AliasOf, LedgerTable, LedgerTotals, LogAction, LogActionKind, LogEntry, ReadNote, names_of, nothing,
    recorded,
};
use super::month_deeds::{is_soft, months};
use super::{
    Beyond, FrozenFile, FrozenInvoice, Ledger, LedgerError, MonthNote, Segments, Store, segments_at_once, some,
};
use crate::bug::OrBug;
use crate::calendar::{CalendarMonth, Date};
use crate::ident::Texts;
use crate::posted::{
    Book, BookEntry, ClosedMonths, CreditMade, Document, DocumentKind, Effect, Head, HeldPortion, LedgerBatch,
    LedgerGroups, Line, Measure, MonthState, Portions, Refused, Request, Touched, Violation, less_deducted, other_ids,
    request_text, take_back,
};
use crate::quantity::{Hours, HoursSum};

/// N6: behind the request of a void of what nobody was sent.
pub const NEVER_SENT: &str = " --never-sent";

/// A change that can be made, or nothing to change.
pub enum Plan {
    Change(Box<Planned>),
    /// It has been done before; the words say when.
    Nothing(String),
}

/// A change to the ledger as it stands.
pub struct Planned {
    pub(super) head: Head,
    pub deed: LogAction,
    pub batch: LedgerBatch,
    /// What a person should know about it.
    pub notes: Vec<String>,
    pub(super) segments: Option<Segments>,
    pub(super) totals: LedgerTotals,
    /// G5, G13.
    pub aliases: Vec<Alias>,
    /// N1: what its documents say, in the order of their numbers (N4).
    pub invoices: Vec<FrozenInvoice>,
    /// What is put in place for them once it is done.
    pub files: Vec<FrozenFile>,
    /// K3.
    pub month: Option<Box<MonthNote>>,
    /// X4.
    pub read: Option<Box<ReadNote>>,
}

impl Planned {
    pub fn totals(&self) -> &LedgerTotals {
        &self.totals
    }

    /// The ledger that it was planned on.
    pub fn head(&self) -> &Head {
        &self.head
    }
}

/// A change that was made.
pub struct Done {
    pub head: Head,
    pub deed: LogAction,
    pub batch: LedgerBatch,
    pub notes: Vec<String>,
    pub totals: LedgerTotals,
    pub invoices: Vec<FrozenInvoice>,
    pub month: Option<Box<MonthNote>>,
}

/// Who asks, when and why.
#[derive(Clone, Debug)]
pub struct Actor {
    pub job: String,
    /// A date.
    pub at: String,
    pub by: String,
    pub reason: String,
}

impl Actor {
    pub(super) fn deed(&self, kind: LogActionKind, run: &str, request: String) -> LogAction {
        LogAction {
            kind,
            job: self.job.clone(),
            at: self.at.clone(),
            date: String::new(),
            by: self.by.clone(),
            reason: self.reason.clone(),
            run: run.to_owned(),
            request,
        }
    }
}

/// Drafts of a run, ready to be posted.
pub struct Proposal {
    pub run: String,
    /// The ledger that they were computed on.
    pub head: Head,
    pub batch: LedgerBatch,
    /// G5, G13: what is known under another id from here on.
    pub aliases: Vec<Alias>,
    /// X4: what the run had read.
    pub read: Option<Box<ReadNote>>,
}

impl<S: Store> Ledger<S> {
    /// Posting the drafts of a run: all that are not yet posted, or those that are named.
    ///
    /// # Errors
    /// G2: a conflict when the ledger has moved, other than by posting drafts of the same run.
    pub fn plan_post(&self, proposal: Proposal, invoices: &[String], doer: &Actor) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        let mut book = self.book(&log)?;
        let Proposal { ref run, ref head, batch, mut aliases, read } = proposal;
        aliases.retain(|alias| !log.iter().any(|entry| entry.aliases.contains(alias)));
        let drafts = batch.documents.iter().filter(|document| !document.kind.is_note());
        let known: BTreeSet<String> = drafts.map(|document| document.id.clone()).collect();
        // They go with the first post of the run, whichever of its drafts are posted.
        let notes =
            batch.documents.iter().filter(|document| document.kind.is_note() && book.find(&document.id).is_none());
        let notes: Vec<String> = notes.map(|document| document.id.clone()).collect();
        if let Some(unknown) = invoices.iter().find(|id| !known.contains(*id)) {
            return Err(LedgerError::NoDraft { run: run.clone(), invoice: unknown.clone() });
        }
        let by_this_run: BTreeMap<u64, &LogEntry> = log
            .iter()
            .filter(|entry| entry.deed.kind == LogActionKind::Post && entry.deed.run == *run)
            .map(|entry| (entry.sequence, entry))
            .collect();
        let posted = |id: &str| book.find(id).filter(|entry| by_this_run.contains_key(&entry.sequence));
        let named = |id: &str| invoices.is_empty() || invoices.iter().any(|invoice| invoice == id);
        let wanted: Vec<&str> = known.iter().map(String::as_str).filter(|id| named(id)).collect();
        let (before, new): (Vec<&str>, Vec<&str>) = wanted.iter().partition(|id| posted(id).is_some());
        if let Some(voided) = before.iter().find(|id| posted(id).is_some_and(|entry| entry.voided)) {
            let text = format!("`{voided}` was posted and voided since: run the job again to bill its hours");
            return Err(LedgerError::Conflict(text));
        }
        if new.is_empty() && notes.is_empty() && aliases.is_empty() {
            let text = match before.first().and_then(|id| posted(id)).and_then(|entry| by_this_run.get(&entry.sequence))
            {
                Some(entry) => {
                    // Other drafts of the run may wait yet.
                    let of_run = format!("run {run}");
                    let what = match (before.len() == known.len(), before.as_slice()) {
                        (true, _) => of_run,
                        (false, [id]) => format!("`{id}` of {of_run}"),
                        (false, ids) => format!(
                            "{} of {of_run}",
                            ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
                        ),
                    };
                    let verb = if before.len() == known.len() || before.len() == 1 { "is" } else { "are" };
                    format!("{what} {verb} already posted: entry {} of {}", entry.sequence, entry.deed.at)
                }
                None => format!("run {run} has no drafts: there is nothing to post"),
            };
            return Ok(Plan::Nothing(text));
        }
        stale(&log, head, run)?;
        if let Some(refund) = refund_before(&batch, &new, |id| wanted.contains(&id) || posted(id).is_some()) {
            return Err(LedgerError::Conflict(refund));
        }
        let request = match invoices.is_empty() {
            true => format!("post {run}"),
            false => format!("post {run} --invoice {}", wanted.join(" --invoice ")),
        };
        let chosen: Vec<&str> = new.iter().copied().chain(notes.iter().map(String::as_str)).collect();
        let batch = if chosen.len() == batch.documents.len() {
            batch
        } else {
            let names = names_of(recorded(&log).chain(&aliases), AliasOf::Entry);
            some::documents(&batch, &chosen, &before, &names)
        };
        let plan = self.plan(&log, &mut book, batch, doer.deed(LogActionKind::Post, run, request), aliases)?;
        Ok(match plan {
            Plan::Change(planned) => Plan::Change(Box::new(Planned { read, ..*planned })),
            nothing @ Plan::Nothing(_) => nothing,
        })
    }

    /// Taking back a posted document whole; of a credit: undoing it.
    ///
    /// # Errors
    /// Unknown documents, and a conflict when later documents rest on it, or when what a credit opened was billed since.
    pub fn plan_void(&self, id: &str, doer: &Actor) -> Result<Plan, LedgerError> {
        self.plan_take_back(id, &Request::Whole, Effect::Rebill, doer)
    }

    /// Taking back a part of a posted document.
    ///
    /// # Errors
    /// More than is left, unknown documents and entries.
    pub fn plan_credit(&self, id: &str, request: &Request, effect: Effect, doer: &Actor) -> Result<Plan, LedgerError> {
        self.plan_take_back(id, request, effect, doer)
    }

    /// G4: entries that were closed before hourbill was adopted, as a batch with one document.
    ///
    /// # Errors
    /// A conflict when the ledger is not the one that the batch was computed on.
    pub fn plan_open(
        &self,
        head: &Head,
        batch: LedgerBatch,
        request: String,
        doer: &Actor,
    ) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        // G10: what the ERP invoiced without entries is recorded, too.
        let explains = batch.lines.iter().any(|line| !line.then.explained.is_zero());
        if batch.portions.is_empty() && !explains {
            return Ok(Plan::Nothing("no entry is open there: there is nothing to close".to_owned()));
        }
        let now = log.last().map_or_else(nothing, LogEntry::head);
        if now != *head {
            return Err(LedgerError::Conflict("the ledger has moved meanwhile: repeat the command".to_owned()));
        }
        let mut book = self.book(&log)?;
        self.plan(&log, &mut book, batch, doer.deed(LogActionKind::Open, "", request), Vec::new())
    }

    /// §7.6: the credits that these entries of the log made, in the order committed; `book` is theirs.
    pub fn credits_made(&self, log: &[LogEntry], book: &Book) -> Vec<CreditMade> {
        let credits = log.iter().filter(|entry| entry.deed.kind == LogActionKind::Credit);
        let made = credits.map(|entry| CreditMade {
            request: entry.deed.request.clone(),
            reason: entry.deed.reason.clone(),
            on: Date::parse(&entry.deed.at),
            undone: undone(book, entry.sequence),
        });
        made.collect()
    }

    fn plan_take_back(&self, id: &str, request: &Request, effect: Effect, doer: &Actor) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        let mut book = self.book(&log)?;
        let entry = book.find(id).cloned().ok_or_else(|| LedgerError::NoDocument(id.to_owned()))?;
        if entry.document.kind == DocumentKind::Held {
            let text = format!("`{id}` only notes which hours were held: there is nothing to take back");
            return Err(LedgerError::Conflict(text));
        }
        // Covered hours are not billed again: they count on their pack as the exports say.
        let effect = if entry.document.kind == DocumentKind::Covered { Effect::Uncovered } else { effect };
        let whole = *request == Request::Whole;
        let undoes = whole && entry.document.credits();
        if entry.document.takes_back() && !undoes {
            return Err(LedgerError::Conflict(final_text(&entry)));
        }
        if entry.document.kind.is_note() && !whole {
            return Err(LedgerError::Conflict(format!("`{id}` bills nothing: nothing of it can be credited")));
        }
        let kind = match (whole, entry.document.kind) {
            (true, DocumentKind::Opening) => LogActionKind::Reopen,
            (true, _) => LogActionKind::Void,
            (false, _) => LogActionKind::Credit,
        };
        let deed = doer.deed(kind, "", request_text(id, request, effect));
        // A void is the same whether what it took back had been sent or not.
        let asks = |known: &LogEntry| {
            known.deed.request.strip_suffix(NEVER_SENT).unwrap_or(&known.deed.request) == deed.request
        };
        let same = |known: &&LogEntry| asks(known) && (whole || known.deed.reason == deed.reason);
        if let Some(known) = log.iter().rev().find(same) {
            let (number, at, reason) = (known.sequence, &known.deed.at, &known.deed.reason);
            let again = match (whole, undone(&book, number)) {
                (true, _) => "",
                (false, false) => "; to credit the same once more give another reason",
                (false, true) => "; it was undone since: to credit the same once more give another reason",
            };
            return Ok(Plan::Nothing(format!("already done: entry {number} of {at}, \"{reason}\"{again}")));
        }
        if entry.voided {
            return Err(LedgerError::Conflict(format!("`{id}` is void: nothing is left to credit")));
        }
        if undoes {
            let batch = self.plan_undo(&log, &book, &entry)?;
            return self.plan(&log, &mut book, batch, deed, Vec::new());
        }
        let held = self.held(&log, &book, &entry)?;
        let (document_kind, prefix) = if whole { (DocumentKind::Void, "V") } else { (DocumentKind::Credit, "C") };
        let groups = self.groups_of(&log, &entry)?;
        let new_id = book.free_id(&format!("{prefix}-{id}"));
        let entry = match request {
            Request::Amount(_) => less_deducted(&entry, book.down_payments()).ok_or(Refused::TooLarge)?,
            _ => entry,
        };
        let batch = take_back(&entry, &held, request, document_kind, effect, new_id, &groups)?;
        let plan = self.plan(&log, &mut book, batch, deed, Vec::new())?;
        Ok(match plan {
            Plan::Change(mut planned) => {
                planned.notes.extend(reopened_hours(&months(&log), &planned.batch));
                planned.notes.extend(reopened_quantities(&book, &planned.batch));
                Plan::Change(planned)
            }
            nothing @ Plan::Nothing(_) => nothing,
        })
    }

    /// M6: the groups of the lines of a document that a minimum is counted on, by the ids that the document has for them: the same lines may
    /// be called otherwise elsewhere (G13).
    fn groups_of(&self, log: &[LogEntry], entry: &BookEntry) -> Result<LedgerGroups, LedgerError> {
        let names = names_of(recorded(log), AliasOf::OrderLine);
        let counted = entry.lines.iter().filter(|left| left.line.minimum.is_some());
        let counted: BTreeSet<&str> = counted.map(|left| left.line.order_line.as_str()).collect();
        let by_name: BTreeMap<&str, &str> = counted.iter().map(|line| (names.now(line), *line)).collect();
        let line_of =
            |line: &str| counted.get(line).or_else(|| by_name.get(names.now(line))).map(|of| (*of).to_owned());
        match counted.is_empty() {
            true => Ok(LedgerGroups::default()),
            false => self.groups(log, &line_of, false),
        }
    }

    /// What is left of a document's entries.
    fn held(&self, log: &[LogEntry], book: &Book, entry: &BookEntry) -> Result<Vec<HeldPortion>, LedgerError> {
        // Of the commits that are about it: the portions of all documents, their effects, and which are of this one.
        let mut own: BTreeMap<u64, (Portions, Vec<Effect>, Vec<bool>)> = BTreeMap::new();
        let left = self.left_of(log, book, std::slice::from_ref(entry), |sequence, batch, places| {
            let effects = batch.portions.lines.iter().map(|&line| effect_of(&batch, line)).collect();
            let of_document = |&line: &u32| places.get(line as usize).is_some_and(Option::is_some);
            let of_document = batch.portions.lines.iter().map(of_document).collect();
            own.insert(sequence, (batch.portions, effects, of_document));
        })?;
        let mut held: Vec<HeldPortion> = left.into_iter().flatten().collect();
        let mut ids = Texts::default();
        held.iter().for_each(|portion| ids.push(&portion.id));
        let names = names_of(recorded(log), AliasOf::Entry);
        other_ids(&ids, &names).ok_or(LedgerError::TooLarge)?.iter().for_each(|id| ids.push(id));
        let mut touched = Touched::new(&ids, &names, false).ok_or(LedgerError::TooLarge)?;
        for commit in log {
            match own.get(&commit.sequence) {
                // An entry's hours are told by what else was billed of it, if anything was.
                Some((portions, effects, of_document)) => touched
                    .meet(portions, effects, |row| of_document.get(row) == Some(&false))
                    .ok_or(LedgerError::TooLarge)?,
                None => self.meet(commit, &mut touched)?,
            }
        }
        for (row, portion) in held.iter_mut().enumerate() {
            portion.known = touched.known(row).unwrap_or(portion.known);
        }
        Ok(held)
    }

    fn meet(&self, commit: &LogEntry, touched: &mut Touched<'_>) -> Result<(), LedgerError> {
        let objects: Vec<_> = commit.objects.iter().filter(|object| object.table == LedgerTable::Portions).collect();
        for objects in objects.chunks(segments_at_once()) {
            for segment in self.closing(objects, false)? {
                touched.meet(&segment.portions, &segment.effects, |_| true).ok_or(LedgerError::TooLarge)?;
            }
        }
        Ok(())
    }

    /// Holds a batch against everything in the ledger.
    fn plan(
        &self,
        log: &[LogEntry],
        book: &mut Book,
        batch: LedgerBatch,
        deed: LogAction,
        new_aliases: Vec<Alias>,
    ) -> Result<Plan, LedgerError> {
        let head = log.last().map_or_else(nothing, LogEntry::head);
        let mut violations = book.add(head.sequence + 1, &batch);
        let takes_back = deed.kind.takes_back();
        // Work that is known by several ids has its bounds under all of them (G5).
        let names = names_of(recorded(log).chain(&new_aliases), AliasOf::Entry);
        let mut ids = Cow::Borrowed(&batch.portions.ids);
        let others = other_ids(&ids, &names).ok_or(LedgerError::TooLarge)?;
        if !others.is_empty() {
            let all = ids.to_mut();
            others.iter().for_each(|id| all.push(id));
        }
        let mut touched = Touched::new(&ids, &names, takes_back).ok_or(LedgerError::TooLarge)?;
        if !batch.portions.is_empty() {
            for commit in log {
                self.meet(commit, &mut touched)?;
            }
        }
        let broken = touched.broken(&batch.portions, |line| effect_of(&batch, line), takes_back);
        for id in broken.ok_or(LedgerError::TooLarge)? {
            let document = batch.documents.first().or_bug("portions are on a document").id.clone();
            let text = match deed.kind {
                LogActionKind::Post | LogActionKind::Open => {
                    format!("more hours of entry `{id}` would be closed than it has")
                }
                LogActionKind::Void if batch.documents.iter().any(|document| document.kind == DocumentKind::Undo) => {
                    format!("more hours of entry `{id}` would be closed than it has: they were billed since")
                }
                LogActionKind::Void
                | LogActionKind::Credit
                | LogActionKind::Reopen
                | LogActionKind::Close
                | LogActionKind::ReopenMonth => {
                    format!("a later document corrects entry `{id}`: take that one back first")
                }
            };
            violations.push(Violation { document, text });
        }
        if !violations.is_empty() {
            return Err(LedgerError::Violates(violations));
        }
        let totals = LedgerTotals::of(&batch).ok_or(LedgerError::TooLarge)?;
        let (notes, aliases) = (Vec::new(), new_aliases);
        let (invoices, files, segments, month) = (Vec::new(), Vec::new(), None, None);
        Ok(Plan::Change(Box::new(Planned {
            head,
            deed,
            batch,
            notes,
            segments,
            totals,
            aliases,
            invoices,
            files,
            month,
            read: None,
        })))
    }

    /// Makes a planned change.
    ///
    /// # Errors
    /// A conflict when somebody else has changed the ledger since it was planned.
    pub fn apply(&self, planned: Planned) -> Result<Done, LedgerError> {
        let Planned { head, deed, batch, notes, segments, totals, aliases, invoices, files, month, read } = planned;
        let segments = match segments {
            Some(segments) => segments,
            None => {
                let mut segments = Segments::of(&batch).map_err(|_| LedgerError::TooLarge)?;
                segments.freeze(&invoices, &files).map_err(|_| LedgerError::TooLarge)?;
                segments
            }
        };
        let beyond = Beyond { aliases, month: month.clone(), read, is_newer: batch.is_newer() };
        let head = self.commit(&head, deed.clone(), totals.clone(), beyond, &segments)?;
        Ok(Done { head, deed, batch, notes, totals, invoices, month })
    }
}

/// What the document of a line does to hours.
fn effect_of(batch: &LedgerBatch, line: u32) -> Effect {
    let line = batch.lines.get(line as usize).or_bug("a portion is on a line");
    batch.document_of(line).or_bug("a line is on a document").effect
}

/// Why nothing can be taken back from a document.
fn final_text(entry: &BookEntry) -> String {
    let (id, kind) = (&entry.document.id, entry.document.kind.name());
    let source = entry.document.source.as_deref().unwrap_or_default();
    match entry.document.kind {
        DocumentKind::Credit => format!("`{id}` is itself a credit: `void` undoes it whole"),
        DocumentKind::Undo => format!("`{id}` undoes the credit `{source}` and is final: credit the document again"),
        _ => format!("`{id}` is itself a {kind} and is final: run the job again to bill what it opened"),
    }
}

/// The credits of a commit were undone.
fn undone(book: &Book, sequence: u64) -> bool {
    let mut credits = book.entries().iter().filter(|entry| entry.sequence == sequence).peekable();
    credits.peek().is_some() && credits.all(|entry| entry.voided)
}

/// Which runs bill what is open again: hours of a month that was billed are before the period of the next, and no run is of a month that is
/// closed hard (K4).
fn reopened_hours(months: &ClosedMonths, batch: &LedgerBatch) -> Vec<String> {
    if batch.documents.iter().any(|document| document.effect != Effect::Rebill) {
        return Vec::new();
    }
    let mut opened: BTreeMap<Option<CalendarMonth>, Opened> = BTreeMap::new();
    for portion in batch.portions.iter() {
        let line = batch.lines.get(portion.line as usize).or_bug("a portion is on a line");
        let company = batch.document_of(line).map_or("", |document| document.company.as_str());
        let date = Date::from_days(portion.days).or_bug("what was posted has a date");
        let hard = months.closed_on(company, date).filter(|deed| deed.state == MonthState::Hard);
        opened.entry(hard.map(|deed| deed.month)).or_default().add(date, Hours::from_micros(-portion.hours));
    }
    let told = |(hard, of): (Option<CalendarMonth>, Opened)| match hard {
        None => format!(
            "{of} are open again: a run of that period, or of all (`--all`), drafts them, one of a later month tells of them as late"
        ),
        Some(month) => format!(
            "{of} are open again, and {month} is closed hard: no run of that month drafts them; for every other run they are late, which drafts \
             them with `rules.late_entries = \"bill\"`, or once `hourbill reopen` has opened the month"
        ),
    };
    opened.into_iter().map(told).collect()
}

/// Hours that are open again, and when they were worked.
#[derive(Default)]
struct Opened {
    hours: HoursSum,
    dates: Option<(Date, Date)>,
}

impl Opened {
    fn add(&mut self, date: Date, hours: Hours) {
        self.hours += hours;
        self.dates = Some(self.dates.map_or((date, date), |(first, last)| (first.min(date), last.max(date))));
    }
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} h", self.hours)?;
        match self.dates {
            Some((first, last)) if first == last => write!(f, " of {first}"),
            Some((first, last)) => write!(f, " of {first} to {last}"),
            None => Ok(()),
        }
    }
}

/// §7.3: quantities that are open again are billed only when the export's figure falls, too (B2).
fn reopened_quantities(book: &Book, batch: &LedgerBatch) -> Vec<String> {
    let opens = |line: &&crate::posted::Line| {
        let effect = batch.document_of(line).map(|document| document.effect);
        line.kind.by_quantity() && effect == Some(Effect::Rebill) && !line.quantity.is_zero()
    };
    let note = |line: &crate::posted::Line| {
        let (id, uom, quantity) = (&line.order_line, &line.uom, line.quantity.negated());
        let invoiced = book.order_line(id).invoiced_in(&Measure::new(line.unit, uom))?;
        Some(format!(
            "{quantity} {uom} of order line `{id}` are open again: as long as the export says `invoiced_qty` above {invoiced}, so much counts as \
             invoiced (B2), so it must fall there before they are billed again"
        ))
    };
    batch.lines.iter().filter(opens).filter_map(note).collect()
}

/// G2: since the drafts were computed nothing but drafts of their own run was committed.
fn stale(log: &[LogEntry], head: &Head, run: &str) -> Result<(), LedgerError> {
    let at = usize::try_from(head.sequence).unwrap_or(usize::MAX);
    let known = at.checked_sub(1).map_or_else(|| Some(nothing()), |at| log.get(at).map(LogEntry::head));
    if known.as_ref() != Some(head) {
        let text = format!("run {run} was computed on another ledger: its entry {} is not in this one", head.sequence);
        return Err(LedgerError::Conflict(text));
    }
    let since = log.get(at..).unwrap_or_default();
    // K4: a month that is closed soft, or was, changes no figure of any run.
    let of_soft_month = |entry: &LogEntry| {
        let before = log.iter().filter(|known| known.sequence < entry.sequence);
        entry.month.as_ref().is_some_and(|note| is_soft(before, note))
    };
    let moves =
        |entry: &&LogEntry| (entry.deed.kind != LogActionKind::Post || entry.deed.run != run) && !of_soft_month(entry);
    match since.iter().find(moves) {
        None => Ok(()),
        Some(moved) => {
            let (number, request, by, at) = (moved.sequence, &moved.deed.request, &moved.deed.by, &moved.deed.at);
            Err(LedgerError::Conflict(format!(
                "the ledger has moved since run {run} was computed: entry {number} is `{request}` by {by} on {at}; run the job again"
            )))
        }
    }
}

/// M3: drafts of a run come after its refunds (G7). Posted without a refund of hours that a minimum counts with its own, a draft would bill the
/// minimum a second time: says which refund comes first, of those that are not `there`.
fn refund_before(batch: &LedgerBatch, chosen: &[&str], there: impl Fn(&str) -> bool) -> Option<String> {
    let lines = || batch.lines.iter().filter(|line| line.minimum.is_some());
    let of = |line: &Line| batch.document_of(line);
    let waiting = lines().filter(|line| of(line).is_some_and(|of| of.effect == Effect::Rebill && !there(&of.id)));
    let waiting: BTreeMap<&str, &str> =
        waiting.filter_map(|line| Some((line.order_line.as_str(), of(line)?.id.as_str()))).collect();
    let bills = |of: &&Document| of.effect == Effect::Billed && chosen.contains(&of.id.as_str());
    lines().find_map(|line| {
        let (document, refund) = (of(line).filter(bills)?, waiting.get(line.order_line.as_str())?);
        Some(format!(
            "`{}` bills hours of `{}` behind what `{refund}` gives back of it, and a minimum counts them together: post both, or `{refund}` first",
            document.id, line.order_line
        ))
    })
}
