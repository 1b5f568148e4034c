//! §7.5: the void of a credit.

use super::book::BookEntry;
use super::portions::Portions;
use super::record::{Document, DocumentKind, LedgerBatch, Line, TaxShare};

/// The document that undoes a credit, as a batch. `portions` are those of the credit alone, by the numbers of its lines.
pub fn undo(credit: &BookEntry, portions: &Portions, id: String) -> LedgerBatch {
    let lines: Vec<Line> = (1_u32..)
        .zip(&credit.lines)
        .map(|(line_no, left)| {
            let line = &left.line;
            Line {
                document: 0,
                line_no,
                quantity: line.quantity.negated(),
                net: line.net.negated(),
                hours: -line.hours,
                uplift: -line.uplift,
                source_line: Some(line.line_no),
                adjustments: String::new(),
                ..line.clone()
            }
        })
        .collect();
    let mut turned = Portions::default();
    for (position, line) in (0_u32..).zip(&lines) {
        for of in portions.iter().filter(|of| Some(of.line) == line.source_line) {
            turned.push(position, of.id, of.days, -of.hours, of.known, of.said);
            turned.lift(-of.uplift);
        }
    }
    let of = &credit.document;
    let share =
        |tax: &TaxShare| TaxShare { rate: tax.rate.clone(), base: tax.base.negated(), amount: tax.amount.negated() };
    let document = Document {
        id,
        kind: DocumentKind::Undo,
        source: Some(of.id.clone()),
        net: of.net.negated(),
        tax: of.tax.negated(),
        rounding: of.rounding.negated(),
        total: of.total.negated(),
        taxes: of.taxes.iter().map(share).collect(),
        note: String::new(),
        lines: of.lines,
        ..of.clone()
    };
    LedgerBatch { documents: vec![document], lines, portions: turned }
}
