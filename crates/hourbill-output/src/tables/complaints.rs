//! Rejected rows, findings, and figures of the ERP beside ours.

use std::ops::Range;

use super::{Results, Rows, Sink, Table, columns, table};
use crate::bug::OrBug;
use crate::finding::{FileNo, Finding, Rejected, RowError};
use crate::reconcile::Comparison;

columns! {
    QUARANTINE, rejected_row(results: Results<'_>, rejected: &Rejected) {
        let joined = |text: fn(&RowError) -> &str| rejected.errors.iter().map(text).collect::<Vec<_>>().join("; ");
        let record = rejected.record.as_deref().unwrap_or_default();
        let record_hash = blake3::hash(record.as_bytes()).to_hex().to_string();
        let waiver = results.world.waivers.of(file(results, rejected.place.file), rejected.place.row, record);
    } => {
        input Text "the input": rejected.input.name(),
        file Text "the file": file(results, rejected.place.file),
        row Count "number of the row in it, from 1": i64::try_from(rejected.place.row).ok(),
        line Count "line of the file, where it has lines": rejected.line.and_then(|line| i64::try_from(line).ok()),
        column Text "the columns that are wrong, joined with `; ` as the next three are": &joined(|error| error.column),
        code Text "what is wrong ([findings.md](findings.md))": &joined(|error| error.code.name()),
        message Text "the same in words": &joined(|error| &error.message),
        value Text "what stands there": &joined(|error| &error.value),
        record Text "the whole row as it was read": rejected.record.as_deref().unwrap_or_default(),
        record_blake3 Text "its hash, by which a waiver may name the row (E6)": &record_hash,
        waived Text "the reason of the waiver, where a person lets the row be": waiver.map_or("", |waiver| &waiver.reason),
    }
}

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

fn file(results: Results<'_>, file: FileNo) -> &str {
    results.files.get(file.0 as usize).map_or("", String::as_str)
}

columns! {
    FINDINGS, finding_row(results: Results<'_>, finding: &Finding) {} => {
        code Text "what is found ([findings.md](findings.md))": finding.code.name(),
        severity Text "`error`, `warning` or `info`": finding.code.severity().name(),
        subject_kind Text "what it is about: `entry`, `ticket`, `order_line`, `order`, `customer`, `team`, `draft`, `document`, `input`": finding.subject.name(),
        subject_id Text "its id": &finding.id,
        message Text "the finding in words": &finding.message,
        file Text "where it stands, when it is about a row": finding.place.map_or("", |place| file(results, place.file)),
        row Count "number of the row in it, from 1": finding.place.and_then(|place| i64::try_from(place.row).ok()),
    }
}

pub(super) fn findings(results: Results<'_>) -> Table<'_> {
    table("findings", FINDINGS, results.findings.len(), move |row, out| {
        finding_row(results, results.findings.get(row).or_bug("every row is of a finding"), out);
    })
}

columns! {
    RECONCILIATION, comparison_row(comparison: &Comparison) {} => {
        subject Text [0] "what is compared: `order_line`, `ticket`, `invoice`": comparison.subject.name(),
        id Text [1] "its id": &comparison.id,
        figure Text [3] "which figure of it": comparison.figure,
        exported Hours "the figure of the ERP, when it is a number": comparison.exported.number(),
        computed Hours "ours": comparison.computed.number(),
        difference Hours "exported - computed": comparison.difference(),
        cause Text "the likely cause of the difference ([reconcile.md](reconcile.md))": comparison.cause,
        order_line_id Text [2] "the order line, of a figure of a document": &comparison.order_line,
        erp_document Text "the ERP's document": &comparison.erp_document,
        exported_text Text "what the ERP says, when it is no number": comparison.exported.words(),
        computed_text Text "what we say": comparison.computed.words(),
    }
}

pub(super) fn reconciliation(results: Results<'_>) -> Table<'_> {
    table("reconciliation", RECONCILIATION, results.comparisons.len(), move |row, out| {
        comparison_row(results.comparisons.get(row).or_bug("every row is of a comparison"), out);
    })
}
