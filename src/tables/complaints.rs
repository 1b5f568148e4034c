//! Rejected rows, findings, and figures of the ERP beside ours.

use std::ops::Range;

use super::{Column, Results, Rows, Sink, Table, columns, table};
use crate::finding::{FileNo, Rejected, RowError};

const QUARANTINE: &[Column] = columns! {
    input Text,
    file Text,
    row Count,
    line Count,
    column Text,
    code Text,
    message Text,
    value Text,
    record Text,
};

pub(super) fn quarantine(results: Results<'_>) -> Table<'_> {
    Table { name: "quarantine", columns: QUARANTINE, rows: Box::new(Quarantine(results)) }
}

/// Rows that were set aside are packed: they are told one after the other.
struct Quarantine<'a>(Results<'a>);

impl Rows for Quarantine<'_> {
    fn count(&self) -> usize {
        self.0.rejected.len()
    }

    fn fill(&self, rows: Range<usize>, out: &mut dyn Sink) {
        for rejected in self.0.rejected.range(rows) {
            rejected_row(self.0, &rejected, out);
            out.end_row();
        }
    }
}

fn rejected_row(results: Results<'_>, rejected: &Rejected, out: &mut dyn Sink) {
    let joined = |text: fn(&RowError) -> &str| rejected.errors.iter().map(text).collect::<Vec<_>>().join("; ");
    out.text(rejected.input.name());
    out.text(file(results, rejected.place.file));
    out.count(i64::try_from(rejected.place.row).ok());
    out.count(rejected.line.and_then(|line| i64::try_from(line).ok()));
    out.text(&joined(|error| error.column));
    out.text(&joined(|error| error.code.name()));
    out.text(&joined(|error| &error.message));
    out.text(&joined(|error| &error.value));
    out.text(rejected.record.as_deref().unwrap_or_default());
}

fn file(results: Results<'_>, file: FileNo) -> &str {
    results.files.get(file.0 as usize).map_or("", String::as_str)
}

const FINDINGS: &[Column] = columns! {
    code Text,
    severity Text,
    subject_kind Text,
    subject_id Text,
    message Text,
    file Text,
    row Count,
};

pub(super) fn findings(results: Results<'_>) -> Table<'_> {
    table("findings", FINDINGS, results.findings.len(), move |row, out| {
        let Some(finding) = results.findings.get(row) else { return };
        out.text(finding.code.name());
        out.text(finding.code.severity().name());
        out.text(finding.subject.name());
        out.text(&finding.id);
        out.text(&finding.message);
        out.text(finding.place.map_or("", |place| file(results, place.file)));
        out.count(finding.place.and_then(|place| i64::try_from(place.row).ok()));
    })
}

const RECONCILIATION: &[Column] = columns! {
    subject Text,
    id Text,
    figure Text,
    exported Hours,
    computed Hours,
    difference Hours,
    cause Text,
    order_line_id Text,
    erp_document Text,
    exported_text Text,
    computed_text Text,
};

pub(super) fn reconciliation(results: Results<'_>) -> Table<'_> {
    table("reconciliation", RECONCILIATION, results.comparisons.len(), move |row, out| {
        let Some(comparison) = results.comparisons.get(row) else { return };
        out.text(comparison.subject.name());
        out.text(&comparison.id);
        out.text(comparison.figure);
        out.hours(comparison.exported.number());
        out.hours(comparison.computed.number());
        out.hours(comparison.difference());
        out.text(comparison.cause);
        out.text(&comparison.order_line);
        out.text(&comparison.erp_document);
        out.text(comparison.exported.words());
        out.text(comparison.computed.words());
    })
}
