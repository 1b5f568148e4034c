//! W4, W5, W7: what a row of orders says of its line as a pack.

use super::row::Row;
use super::value::{self, Grammar};
use crate::finding::Code;
use crate::inputs::orders as field;
use crate::model::{Overdraft, PackTerms};

const OVERDRAFTS: [(&str, Overdraft); 4] = [
    ("negative", Overdraft::Negative),
    ("rate", Overdraft::Rate),
    ("time_line", Overdraft::TimeLine),
    ("hold", Overdraft::Hold),
];

/// `None` where the row says nothing of it.
pub(super) fn terms(row: &mut Row<'_>, grammar: &Grammar<'_>) -> Option<Box<PackTerms>> {
    let from = row.read(field::VALID_FROM, |cell| grammar.date(cell));
    let until = row.read(field::VALID_UNTIL, |cell| grammar.date(cell));
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        row.cell_error(Code::UnreadableValue, field::VALID_UNTIL, "is before valid_from");
    }
    let priority = row.read(field::PRIORITY, |cell| grammar.integer(cell));
    if priority.is_some_and(|priority| priority < 1) {
        row.cell_error(Code::UnreadableValue, field::PRIORITY, "is below 1, which is drawn first");
    }
    let covers = row.text(field::COVERS);
    let covers: Vec<String> =
        covers.split(';').map(value::trimmed).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let words = "`negative`, `rate`, `time_line`, `hold`";
    let overdraft = row.choice(grammar, field::OVERDRAFT, &OVERDRAFTS, words);
    let overage_price = row.read(field::OVERAGE_PRICE, |cell| grammar.price(cell));
    let named = row.text(field::OVERAGE_LINE_ID).into_owned();
    let overage_line = (!value::trimmed(&named).is_empty()).then_some(named);
    let terms = PackTerms { from, until, priority, covers, overdraft, overage_price, overage_line };
    (terms != PackTerms::default()).then(|| Box::new(terms))
}
