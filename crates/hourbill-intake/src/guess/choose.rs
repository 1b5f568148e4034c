//! F3: which column of a file of entries stands for which field: what its header says, held against its cells. No column fills two fields.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Moments, Repeats, Table};
use super::words::Sense;
use crate::job::HoursUnit;

/// What a status may say, as (in lower case, as the value grammar says it).
const STATUSES: &[(&str, &str)] = &[
    ("draft", "draft"),
    ("validated", "validated"),
    ("invoiced", "invoiced"),
    ("billed", "invoiced"),
    ("exported", "invoiced"),
    ("locked", "invoiced"),
    ("paid", "invoiced"),
    ("not_billable", "not_billable"),
    ("non-billable", "not_billable"),
    ("not billable", "not_billable"),
    ("approved", "validated"),
    ("unapproved", "draft"),
    ("not approved", "draft"),
    ("pending", "draft"),
    ("pending approval", "draft"),
    ("rejected", "draft"),
    ("submitted", "draft"),
    ("unsubmitted", "draft"),
    ("unbilled", "validated"),
    ("uninvoiced", "validated"),
    ("not invoiced", "validated"),
    ("entwurf", "draft"),
    ("genehmigt", "validated"),
    ("freigegeben", "validated"),
    ("abgerechnet", "invoiced"),
    ("verrechnet", "invoiced"),
    ("fakturiert", "invoiced"),
    ("bezahlt", "invoiced"),
    ("facturé", "invoiced"),
    ("facturée", "invoiced"),
    ("payé", "invoiced"),
    ("facturado", "invoiced"),
    ("pagado", "invoiced"),
    ("gefactureerd", "invoiced"),
    ("betaald", "invoiced"),
    ("fatturato", "invoiced"),
    ("pagato", "invoiced"),
    ("not billed", "validated"),
    ("open", "validated"),
    ("offen", "validated"),
    ("nicht abgerechnet", "validated"),
    ("nicht abrechenbar", "not_billable"),
    ("non_billable", "not_billable"),
    ("archived", "not_billable"),
    ("deleted", "not_billable"),
    ("cancelled", "not_billable"),
    ("canceled", "not_billable"),
    ("void", "not_billable"),
    ("voided", "not_billable"),
    ("do not bill", "not_billable"),
    ("storno", "not_billable"),
    ("reversed", "not_billable"),
    ("reversal", "not_billable"),
    ("ok", "validated"),
    ("to be billed", "validated"),
    ("to be invoiced", "validated"),
    ("to bill", "validated"),
    ("to invoice", "validated"),
    ("not yet billed", "validated"),
    ("not yet invoiced", "validated"),
    ("zu fakturieren", "validated"),
    ("zu verrechnen", "validated"),
    ("noch nicht abgerechnet", "validated"),
    ("nicht verrechnet", "validated"),
    ("nicht fakturiert", "validated"),
    ("à facturer", "validated"),
    ("non facturé", "validated"),
    ("non facturée", "validated"),
    ("por facturar", "validated"),
    ("no facturado", "validated"),
    ("te factureren", "validated"),
    ("niet gefactureerd", "validated"),
    ("da fatturare", "validated"),
    ("non fatturato", "validated"),
    ("storniert", "not_billable"),
    ("gelöscht", "not_billable"),
    ("annulé", "not_billable"),
    ("annulée", "not_billable"),
    ("supprimé", "not_billable"),
    ("supprimée", "not_billable"),
    ("cancelado", "not_billable"),
    ("cancelada", "not_billable"),
    ("anulado", "not_billable"),
    ("anulada", "not_billable"),
    ("eliminado", "not_billable"),
    ("eliminada", "not_billable"),
    ("geannuleerd", "not_billable"),
    ("verwijderd", "not_billable"),
    ("annullato", "not_billable"),
    ("annullata", "not_billable"),
    ("eliminato", "not_billable"),
    ("eliminata", "not_billable"),
    ("not submitted", "draft"),
    ("waiting", "draft"),
    ("waiting for approval", "draft"),
    ("awaiting approval", "draft"),
    ("in review", "draft"),
    ("under review", "draft"),
    ("to approve", "draft"),
    ("to be approved", "draft"),
    ("declined", "draft"),
    ("denied", "draft"),
    ("disapproved", "draft"),
    ("returned", "draft"),
    ("nicht genehmigt", "draft"),
    ("nicht freigegeben", "draft"),
    ("abgelehnt", "draft"),
    ("zurückgewiesen", "draft"),
    ("eingereicht", "draft"),
    ("ausstehend", "draft"),
    ("zu genehmigen", "draft"),
    ("brouillon", "draft"),
    ("soumis", "draft"),
    ("soumise", "draft"),
    ("en attente", "draft"),
    ("rejeté", "draft"),
    ("rejetée", "draft"),
    ("refusé", "draft"),
    ("refusée", "draft"),
    ("non approuvé", "draft"),
    ("non approuvée", "draft"),
    ("approuvé", "validated"),
    ("approuvée", "validated"),
    ("validé", "validated"),
    ("validée", "validated"),
    ("borrador", "draft"),
    ("enviado", "draft"),
    ("pendiente", "draft"),
    ("rechazado", "draft"),
    ("rechazada", "draft"),
    ("no aprobado", "draft"),
    ("no aprobada", "draft"),
    ("aprobado", "validated"),
    ("aprobada", "validated"),
    ("concept", "draft"),
    ("ingediend", "draft"),
    ("in behandeling", "draft"),
    ("afgekeurd", "draft"),
    ("afgewezen", "draft"),
    ("niet goedgekeurd", "draft"),
    ("goedgekeurd", "validated"),
    ("bozza", "draft"),
    ("inviato", "draft"),
    ("in attesa", "draft"),
    ("respinto", "draft"),
    ("respinta", "draft"),
    ("rifiutato", "draft"),
    ("rifiutata", "draft"),
    ("non approvato", "draft"),
    ("non approvata", "draft"),
    ("approvato", "validated"),
    ("approvata", "validated"),
    ("bestätigt", "validated"),
    ("posted", "invoiced"),
    ("settled", "invoiced"),
    ("verbucht", "invoiced"),
    ("confirmed", "validated"),
    ("accepted", "validated"),
    ("released", "validated"),
];
/// Those that need no word in the job.
const PLAIN_STATUSES: usize = 8;

/// What the status of a row means; `None` where the word is of something else.
pub(super) fn status(cell: &str) -> Option<(&'static str, bool)> {
    let word = cell.to_lowercase();
    STATUSES
        .iter()
        .position(|(known, _)| *known == word)
        .and_then(|at| Some((STATUSES.get(at)?.1, at < PLAIN_STATUSES)))
}

/// The word says that a row is approved, or is not, and nothing else.
pub(super) fn says_approval(cell: &str) -> bool {
    status(cell).is_some_and(|(says, _)| matches!(says, "draft" | "validated"))
}

/// How far from a note words such as `Subject` and `Issue summary` are.
const TITLE: u8 = 1;

/// Columns by field.
pub(super) type Fields = BTreeMap<&'static str, usize>;

/// A column of hours that may be meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfHours {
    pub column: usize,
    pub sense: Sense,
    pub rank: u8,
}

/// What was found of the columns of a file.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub fields: Fields,
    /// Columns of hours, the likeliest first; none stands for a field yet.
    pub hours: Vec<OfHours>,
    /// One of them holds start and end.
    pub range: Option<usize>,
    /// A column that may be an id and counts the rows.
    pub counter: Option<usize>,
    /// First and last name of the person.
    pub names: Vec<usize>,
    /// They are the person: no column holds the whole name.
    pub joins_names: bool,
    /// By which the program knows the person, where another column has the name.
    pub login: Option<usize>,
    /// A column that is called an id, and how many rows have none of their own there.
    pub repeating: Option<(usize, usize)>,
    /// A column that is called an id and is none of rows.
    pub no_id: Option<usize>,
}

/// The field that a column of a meaning stands for, where its cells allow it.
pub(super) fn field(table: &Table<'_>, column: usize, sense: Sense) -> Option<(&'static str, u8)> {
    let kept = |fits: bool, field: &'static str| fits.then_some((field, 0));
    let empty = table.is_empty(column);
    match sense {
        Sense::Date => match table.moments(column)? {
            Moments::Days => Some(("date", 0)),
            // Another column may hold the days alone.
            Moments::DaysWithTimes => Some(("date", 1)),
            Moments::Times => None,
        },
        Sense::StartDate | Sense::Start => match table.moments(column)? {
            Moments::Days => Some(("date", if sense == Sense::Start { 3 } else { 0 })),
            Moments::DaysWithTimes | Moments::Times => Some(("started_at", 0)),
        },
        Sense::End | Sense::EndDate => match table.moments(column)? {
            Moments::Days => None,
            Moments::DaysWithTimes | Moments::Times => Some(("ended_at", 0)),
        },
        Sense::Person => kept(empty || table.is_text(column), "employee"),
        Sense::Client => kept(empty || table.is_text(column), "customer_id"),
        Sense::Project => kept(empty || table.is_text(column), "project"),
        // What is called a key may be that of anything.
        Sense::Ticket if table.is_called_id(column) => {
            kept(!empty && table.filled(column).all(is_issue_key), "ticket_id")
        }
        Sense::Ticket => kept(empty || table.are_references(column), "ticket_id"),
        Sense::Activity => kept(empty || table.is_text(column), "activity"),
        Sense::Task => kept(empty || table.is_text(column), "activity").map(|(field, _)| (field, 2)),
        // A word such as `n` may be all that somebody noted.
        Sense::Note => Some(("description", if !empty && table.are_flags(column) { 2 } else { 0 })),
        Sense::Billable => kept(empty || table.are_nearly_flags(column), "billable"),
        Sense::NotBillable => table.are_flags(column).then_some(("billable", 1)),
        Sense::Invoiced => kept(empty || table.are_nearly_flags(column), "invoiced"),
        Sense::InvoiceRef if table.are_flags(column) => Some(("invoiced", 2)),
        // A word such as `pending` is no invoice.
        Sense::InvoiceRef => {
            let reads = |cell: &str| names_an_invoice(cell) || says_nothing(cell);
            kept(empty || table.filled(column).all(reads), "invoice_id")
        }
        Sense::Approved => {
            let known = |cell: &str| super::evidence::flag(cell).is_some() || says_approval(cell);
            kept(empty || table.filled(column).all(known), "approved")
        }
        // A state of approval, where another column says what became of the entry.
        Sense::Status if table.is_of_approval(column) && table.filled(column).all(says_approval) => {
            kept(!empty, "approved")
        }
        Sense::Status => kept(!empty && table.filled(column).all(|cell| status(cell).is_some()), "status"),
        Sense::Role => kept(empty || table.is_text(column), "role"),
        // Decided once the days are known, or no field at all.
        Sense::Id | Sense::Hours | Sense::Minutes | Sense::Seconds | Sense::Days | Sense::Range => None,
        Sense::FirstName
        | Sense::LastName
        | Sense::Exported
        | Sense::Paid
        | Sense::Rate
        | Sense::Amount
        | Sense::Currency => None,
    }
}

/// A word without a figure is no invoice.
pub(super) fn names_an_invoice(cell: &str) -> bool {
    cell.chars().any(char::is_numeric) && !says_nothing(cell)
}

/// A dash, a zero, or a day that is none, as they stand for an empty cell.
pub(super) fn says_nothing(cell: &str) -> bool {
    let is_zero = |c: char| matches!(c, '-' | '–' | '—' | '0' | '.' | '/' | ' ' | ':');
    let is_first_day = cell.get(..10).is_some_and(|day| matches!(day, "1899-12-30" | "1900-01-00" | "0001-01-01"));
    !cell.is_empty() && (is_first_day || cell.chars().all(is_zero))
}

/// As trackers of issues number them: `MOL-12`.
fn is_issue_key(cell: &str) -> bool {
    let parts = cell.split_once('-');
    parts.is_some_and(|(project, number)| {
        project.starts_with(|c: char| c.is_ascii_uppercase())
            && project.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Chooses columns for the fields that are neither in `known` nor in `ours`, which are columns that are called as hourbill calls them.
pub(super) fn choose(table: &Table<'_>, known: &Fields, ours: Fields) -> Chosen {
    let mut chosen = Chosen { fields: known.clone(), ..Chosen::default() };
    chosen.fields.extend(ours);
    let mut used: BTreeSet<usize> = chosen.fields.values().copied().collect();
    // Columns of one name are one.
    used.extend((0..table.columns()).filter(|column| table.is_repeat(*column)));
    let mut claims: Vec<(u8, bool, usize, &'static str)> = Vec::new();
    for column in (0..table.columns()).filter(|column| !used.contains(column)) {
        let meanings = table.headers.get(column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        if let Some(field) = table.tells(column) {
            let says = meanings.iter().any(|(sense, _)| matches!(sense, Sense::Billable | Sense::Invoiced));
            claims.push((if says { 0 } else { 1 }, false, column, field));
        }
        for (sense, rank) in meanings {
            if let Some((field, further)) = field(table, column, *sense) {
                claims.push((rank + further, table.is_empty(column), column, field));
            }
            // What is called a title is one where another column has the details.
            if (*sense, *rank) == (Sense::Note, TITLE) && !table.is_empty(column) && table.is_text(column) {
                claims.push((rank + 2, false, column, "ticket_title"));
            }
        }
    }
    // A column that says something goes before an empty one of the same field, and of two that are as likely the one of its name.
    let is_named = |column: usize, field: &str| crate::presets::folded(table.name(column)) == field;
    claims.sort_unstable_by_key(|(rank, empty, column, field)| {
        (*empty, *rank, !is_named(*column, field), *column, *field)
    });
    for (_, _, column, field) in claims {
        if !chosen.fields.contains_key(field) && used.insert(column) {
            chosen.fields.insert(field, column);
        }
    }
    paired(table, &mut chosen.fields, known);
    id(table, &mut chosen, &used);
    names(table, &mut chosen, &mut used);
    hours(table, &mut chosen, &used);
    chosen
}

/// A start without an end, or an end without a start, says no hours; the end goes with the kind of the start.
fn paired(table: &Table<'_>, fields: &mut Fields, known: &Fields) {
    let kind = |field: &str| fields.get(field).and_then(|column| table.moments(*column));
    if let (Some(began), Some(ended)) = (kind("started_at"), kind("ended_at"))
        && began != ended
        && !known.contains_key("ended_at")
    {
        let used: BTreeSet<usize> = fields.values().copied().collect();
        let is_end = |column: &usize| {
            let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
            meanings.iter().any(|(sense, _)| matches!(sense, Sense::End | Sense::EndDate))
        };
        let other = (0..table.columns())
            .find(|column| !used.contains(column) && is_end(column) && table.moments(*column) == Some(began));
        if let Some(other) = other {
            fields.insert("ended_at", other);
        }
    }
}

/// Rows with a day or a start of their own: others are sums.
pub(super) fn dated(table: &Table<'_>, fields: &Fields) -> Vec<usize> {
    let days: Vec<usize> = ["date", "started_at"].iter().filter_map(|field| fields.get(field).copied()).collect();
    (0..table.rows()).filter(|row| days.iter().any(|column| table.says_a_day(*row, *column))).collect()
}

fn id(table: &Table<'_>, chosen: &mut Chosen, used: &BTreeSet<usize>) {
    if chosen.fields.contains_key("timesheet_id") {
        return;
    }
    let dated = dated(table, &chosen.fields);
    let mut claims: Vec<(u8, usize)> = Vec::new();
    let mut repeating: Vec<(usize, Repeats)> = Vec::new();
    for column in (0..table.columns()).filter(|column| !used.contains(column)) {
        let meanings = table.headers.get(column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        let rank = meanings.iter().find(|(sense, _)| *sense == Sense::Id).map(|(_, rank)| *rank);
        match rank {
            Some(rank) if table.tells_rows_apart(column, &dated) && !table.are_words(column) => {
                claims.push((rank, column))
            }
            Some(0) if !table.is_repeat(column) && !table.are_words(column) => {
                repeating.extend(table.repeats(column, &dated).map(|repeats| (column, repeats)));
            }
            _ => {}
        }
    }
    claims.sort_unstable();
    match claims.first() {
        Some((_, column)) if table.counts_rows(*column, &dated) => chosen.counter = Some(*column),
        Some((rank, column)) if *rank == 0 => {
            chosen.fields.insert("timesheet_id", *column);
        }
        Some((_, column)) => chosen.counter = Some(*column),
        None => repeated_id(table, chosen, &repeating, &dated),
    }
}

/// Rows that stand twice with all they say have one id; of others that share one, or have none, somebody has to say whether it is theirs.
fn repeated_id(table: &Table<'_>, chosen: &mut Chosen, repeating: &[(usize, Repeats)], dated: &[usize]) {
    let Some((column, repeats)) = repeating.first() else { return };
    if repeats.others == 0 {
        chosen.fields.insert("timesheet_id", *column);
    } else if repeats.others * 100 <= dated.len() * (100 - super::NAMED_SHARE_PERCENT) {
        chosen.repeating = Some((*column, repeats.others));
    } else if !table.is_empty(*column) {
        chosen.no_id = Some(*column);
    }
}

/// A person by two names, which are joined: the last one stands for both here.
fn names(table: &Table<'_>, chosen: &mut Chosen, used: &mut BTreeSet<usize>) {
    let of = |sense: Sense| {
        (0..table.columns()).find(|column| {
            let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
            !used.contains(column) && meanings.iter().any(|(known, _)| *known == sense) && table.is_text(*column)
        })
    };
    let (mut first, mut last) = (of(Sense::FirstName), of(Sense::LastName));
    // `Nom` beside `Prénom`, and `Nombre` beside `Apellido`: the word for a name is half of one there.
    if let Some(column) = chosen.fields.get("employee").copied().filter(|_| first.is_some() != last.is_some())
        && is_bare_name(table, column)
    {
        chosen.fields.remove("employee");
        *(if first.is_none() { &mut first } else { &mut last }) = Some(column);
    }
    chosen.names = first.into_iter().chain(last).collect();
    if !chosen.fields.contains_key("employee")
        && let Some(column) = last.or(first)
    {
        chosen.fields.insert("employee", column);
        chosen.joins_names = chosen.names.len() == 2;
        used.extend(&chosen.names);
    }
}

fn is_bare_name(table: &Table<'_>, column: usize) -> bool {
    let folded = super::words::fold(table.name(column));
    ["name", "nom", "nombre", "nome", "naam"].contains(&folded.as_str())
}

fn hours(table: &Table<'_>, chosen: &mut Chosen, used: &BTreeSet<usize>) {
    let (mut found, mut ranges): (Vec<OfHours>, Vec<OfHours>) = (Vec::new(), Vec::new());
    for column in (0..table.columns()).filter(|column| !used.contains(column)) {
        let meanings = table.headers.get(column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        let of_time = meanings.iter().find(|(sense, _)| sense.is_of_time());
        let of_moments = |sense: &Sense| matches!(sense, Sense::Range | Sense::Date | Sense::Start | Sense::End);
        if meanings.iter().any(|(sense, _)| sense.is_of_time() || of_moments(sense)) && table.are_ranges(column) {
            ranges.push(OfHours { column, sense: Sense::Hours, rank: 1 });
        } else if let Some((sense, rank)) = of_time
            && table.hours(column, HoursUnit::Hours).is_some()
        {
            found.push(OfHours { column, sense: *sense, rank: *rank });
        }
    }
    found.sort_by_key(|found| (found.rank, found.column));
    chosen.range = ranges.first().map(|range| range.column);
    // A column of durations says the hours where there is one, as it does beside start and end.
    chosen.hours = if found.is_empty() { ranges } else { found };
}
