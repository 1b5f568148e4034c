//! What else than the ledger says what is in it. A chain that is rewritten from one entry on holds in itself; what a job has published and
//! noted knows better: heads (each the hash of all before it), and the rows of the runs that were posted.

use std::collections::HashMap;

use super::published;
use super::standing::Standing;
use super::{RunError, format};
use crate::job::Settings;
use crate::ledger::{Ledger, LedgerError, LocalStore, LogActionKind, LogEntry, Object, Unproven};
use crate::posted::{Document, Head, LedgerBatch, Line};

/// What the job knows of its ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// The newest entry of the ledger of which somebody else knows the hash, and who: all up to it is as it was.
    pub known: Option<(Head, String)>,
    /// Entries that somebody else knows and that would stand behind the end of the ledger.
    pub lacks: Vec<(Head, String)>,
    /// Posts of which every row is that of the run that was posted.
    pub held: u64,
    /// Posts that could not be held against a run, and why.
    pub not_held: Vec<(u64, String)>,
    /// Newest entries that nobody else knows.
    pub unknown: Vec<u64>,
}

/// Holds the chain against what the job knows of it, and posts against the runs that were posted.
///
/// # Errors
/// [`RunError::WentBack`] when the job knows an entry with another hash, [`LedgerError::Damaged`] where a run says something else of what was
/// posted, and what cannot be read.
pub fn witness(settings: &Settings, ledger: &Ledger<LocalStore>) -> Result<Witnessed, RunError> {
    let standing = Standing::new(settings);
    let log = ledger.log()?;
    let mut witnessed = Witnessed::default();
    let mut failures = Vec::new();
    for (head, by) in standing.witnesses()? {
        let at = usize::try_from(head.sequence).ok().and_then(|number| number.checked_sub(1));
        match at.map(|at| log.get(at).map(LogEntry::head)) {
            // The ledger was empty when that was noted.
            None => {}
            Some(None) => witnessed.lacks.push((head, by)),
            Some(Some(own)) if own == head => {
                let newest = witnessed.known.take().filter(|(known, _)| known.sequence >= head.sequence);
                witnessed.known = newest.or(Some((head, by)));
            }
            Some(Some(_)) => return Err(RunError::WentBack(Box::new(standing.went_back(Some(head), by)?))),
        }
    }
    let known = witnessed.known.as_ref().map_or(0, |(head, _)| head.sequence);
    witnessed.unknown = log.iter().map(|entry| entry.sequence).filter(|number| *number > known).collect();
    for entry in log.iter().filter(|entry| entry.deed.kind == LogActionKind::Post && entry.deed.job == settings.name) {
        match held(&standing, ledger, entry)? {
            Ok(wrong) if wrong.is_empty() => witnessed.held += 1,
            Ok(wrong) => failures.extend(wrong),
            Err(why) => witnessed.not_held.push((entry.sequence, why)),
        }
    }
    if failures.is_empty() { Ok(witnessed) } else { Err(LedgerError::Damaged(failures).into()) }
}

/// Holds a post against the run that was posted; `Err` says why that cannot be done.
fn held(
    standing: &Standing<'_>,
    ledger: &Ledger<LocalStore>,
    entry: &LogEntry,
) -> Result<Result<Vec<Unproven>, String>, RunError> {
    let (target, run) = (&standing.target, entry.deed.run.as_str());
    let Some(opened) = format::open(target, run)? else {
        return Ok(Err(format!("run {run} is not there any more")));
    };
    if opened.manifest().is_none() {
        return Ok(Err(format!("run {run} cannot be read")));
    }
    let published = match published::sealed(target, run)? {
        Ok(published) => published,
        Err(file) => return Ok(Err(format!("`{file}` of run {run} was altered"))),
    };
    // The whole run was posted: its bytes are those of the ledger.
    let of_entry = entry.objects.iter().filter(|object| object.table.bills());
    let of_entry = of_entry.map(|object: &Object| (object.table.name(), object.blake3.as_str()));
    if of_entry.eq(published.posted_objects()) {
        return Ok(Ok(Vec::new()));
    }
    let proposed = match published::rows(target, run, &published)? {
        Ok(batch) => batch,
        Err(file) => return Ok(Err(format!("`{file}` of run {run} was altered"))),
    };
    let posted = ledger.rows(entry)?;
    Ok(Ok(differences(&posted, &proposed, entry, run)))
}

/// Where the rows of a post are not those of the run.
fn differences(posted: &LedgerBatch, proposed: &LedgerBatch, entry: &LogEntry, run: &str) -> Vec<Unproven> {
    let mut failures = Vec::new();
    let theirs = positions(proposed).map(|(first, (document, lines))| (document.id.as_str(), (first, document, lines)));
    let theirs: HashMap<&str, (usize, &Document, &[Line])> = theirs.collect();
    let (rows, their_rows) = (Rows::new(posted), Rows::new(proposed));
    for (first, (document, lines)) in positions(posted) {
        let object = format!("{} document `{}`", crate::ledger::entry_name(entry.sequence), document.id);
        let mut failed = |text: String| failures.push(Unproven { object: object.clone(), text });
        let Some(&(their_first, their_document, their_lines)) = theirs.get(document.id.as_str()) else {
            failed(format!("run {run}, which was posted, has no such draft"));
            continue;
        };
        if let Some(column) = document_differs(document, their_document) {
            failed(format!("its {column} is not that of run {run}, which was posted"));
        }
        if lines.len() != their_lines.len() {
            failed(format!("it has {} lines, and {} in run {run}, which was posted", lines.len(), their_lines.len()));
            continue;
        }
        for (at, (line, theirs)) in lines.iter().zip(their_lines).enumerate() {
            let column = line_differs(line, theirs).or_else(|| rows.differ(first + at, &their_rows, their_first + at));
            if let Some(column) = column {
                failed(format!("{column} of its line {} is not that of run {run}, which was posted", line.line_no));
            }
        }
    }
    failures
}

/// Documents with the positions of their first lines.
fn positions(batch: &LedgerBatch) -> impl Iterator<Item = (usize, (&Document, &[Line]))> {
    let mut next = 0;
    batch.by_document().map(move |of| {
        let first = next;
        next += of.1.len();
        (first, of)
    })
}

/// In words, the first of some fields that differs.
macro_rules! differs {
    ($one:expr, $other:expr, $($field:ident)+) => {
        'found: {
            $(if $one.$field != $other.$field { break 'found Some(stringify!($field)); })+
            None
        }
    };
}

fn document_differs(one: &Document, other: &Document) -> Option<&'static str> {
    differs!(one, other, kind effect source customer company currency period net tax rounding total taxes note lines)
}

fn line_differs(one: &Line, other: &Line) -> Option<&'static str> {
    differs!(one, other, line_no kind order order_line product uom unit decimals quantity price discount net rates hours
        uplift minimum outside exported source_line down_payment adjustments then)
}

/// The portions of a batch, and where those of each line stand.
struct Rows<'a> {
    batch: &'a LedgerBatch,
    /// The first row of each line; one more at the end.
    starts: Vec<usize>,
}

impl<'a> Rows<'a> {
    fn new(batch: &'a LedgerBatch) -> Rows<'a> {
        let lines = &batch.portions.lines;
        let start = |line: usize| lines.partition_point(|of| (*of as usize) < line);
        Rows { batch, starts: (0..=batch.lines.len()).map(start).collect() }
    }

    /// In words, how the portions of a line differ from those of a line of `other`; `None` when they do not.
    fn differ(&self, line: usize, other: &Rows<'_>, their_line: usize) -> Option<&'static str> {
        let of = |rows: &Rows<'_>, line: usize| {
            let at = |line: usize| rows.starts.get(line).copied().unwrap_or_default();
            at(line)..at(line + 1)
        };
        let (own, theirs) = (of(self, line), of(other, their_line));
        if own.len() != theirs.len() {
            return Some("the number of entries");
        }
        let (one, two) = (&self.batch.portions, &other.batch.portions);
        own.zip(theirs).find_map(|(row, their_row)| {
            let day = |of: &crate::posted::Portions, row: usize| of.dates.get(row).copied();
            let number = |column: &[i64], row: usize| column.get(row).copied();
            match () {
                () if one.ids.get(row) != two.ids.get(their_row) => Some("an entry"),
                () if day(one, row) != day(two, their_row) => Some("the date of an entry"),
                () if number(&one.hours, row) != number(&two.hours, their_row) => Some("the hours of an entry"),
                () if number(&one.known, row) != number(&two.known, their_row) => Some("what an entry had"),
                () if one.uplifts.get(&row) != two.uplifts.get(&their_row) => Some("what a pack gave for an entry"),
                () if one.said.get(row) != two.said.get(their_row) => Some("what an entry said"),
                () => None,
            }
        })
    }
}
