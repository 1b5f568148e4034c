//! What people read in place of the names and codes of tables. Codes stay in the tables, which programs read.

use std::borrow::Cow;

use crate::account::Disposition;
use crate::finding::Code;

/// Heads of columns that say more than their name would.
const HEADS: [(&str, &str); 52] = [
    ("adjustment", "Moved because"),
    ("age", "Age"),
    ("age_days", "Age in days"),
    ("billed_hours", "Billed now, h"),
    ("closed_on", "Closed on"),
    ("code", "What"),
    ("confirmed_on", "Sold on"),
    ("customer_id", "Customer no."),
    ("customer_name", "Customer"),
    ("delivered_after", "After the period, h"),
    ("delivered_before", "Before the period, h"),
    ("delivered_hours", "Delivered, h"),
    ("delivered_in_period", "In the period, h"),
    ("delivered_qty", "Delivered, in the unit"),
    ("discount_pct", "Discount %"),
    ("disposition", "Where it stands"),
    ("erp_document", "Document of the ERP"),
    ("exported", "ERP"),
    ("exported_text", "ERP says"),
    ("computed", "Ours"),
    ("computed_text", "We say"),
    ("figure", "What is compared"),
    ("id", "Of"),
    ("invoice_id", "Draft"),
    ("invoiced_qty", "Invoiced before"),
    ("invoicing_policy", "Billed"),
    ("kind", "Kind"),
    ("line", "Line of the file"),
    ("line_no", "Line"),
    ("linked_by", "Found by"),
    ("net_amount", "Net"),
    ("order_id", "Order"),
    ("order_line_id", "Order line"),
    ("ordered_hours", "Ordered, h"),
    ("ordered_qty", "Ordered, in the unit"),
    ("pdf", "PDF"),
    ("period_from", "From"),
    ("period_to", "To"),
    ("priced_as", "Priced as"),
    ("record", "The row"),
    ("record_blake3", "Hash of the row"),
    ("remaining_hours", "Left, h"),
    ("rounding_amount", "Rounding"),
    ("row", "Row, without the header"),
    ("subject_id", "Of"),
    ("subject_kind", "About"),
    ("tax_amount", "Tax"),
    ("ticket_id", "Ticket"),
    ("timesheet_id", "Entry"),
    ("to_invoice_qty", "Billed now"),
    ("total_amount", "Total"),
    ("uom", "Unit"),
];

/// Values of columns that hold one of a few words.
const VALUES: [(&str, &str); 18] = [
    ("credit_note", "credit note"),
    ("down_payment", "down payment"),
    ("down_payment_deduction", "down payment deducted"),
    ("zero", "closed without a document"),
    ("time", "by time"),
    ("manual", "by quantity"),
    ("milestones", "by milestone"),
    ("ordered_prepaid", "in advance"),
    ("delivered_timesheet", "by time"),
    ("delivered_milestones", "by milestone"),
    ("delivered_manual", "by quantity"),
    ("entry", "the entry"),
    ("ticket", "the ticket"),
    ("auto", "the newest prepaid line"),
    ("order_line", "order line"),
    ("agreement", "the agreement"),
    ("ledger", "the ledger"),
    ("adjustment", "an adjustment"),
];

/// Columns whose values those are.
const CODED: [&str; 9] =
    ["kind", "invoicing_policy", "linked_by", "subject_kind", "subject", "figure", "cause", "input", "severity"];

/// Columns of sentences, in which ids stand in back quotes.
const SENTENCES: [&str; 4] = ["message", "reason", "note", "adjustments"];

/// The head of a column.
pub fn head(column: &str) -> Cow<'static, str> {
    if let Some((_, head)) = HEADS.iter().find(|(name, _)| *name == column) {
        return Cow::Borrowed(head);
    }
    Cow::Owned(capital(&column.replace('_', " ")))
}

/// With a capital at the beginning.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Whether the cells of a column are sentences.
pub fn is_sentence(column: &str) -> bool {
    SENTENCES.contains(&column)
}

/// What a cell of a column says to people.
pub fn value<'a>(column: &str, text: &'a str) -> Cow<'a, str> {
    match column {
        "disposition" => disposition(text).map_or(Cow::Borrowed(text), Cow::Borrowed),
        // A row in quarantine may have several.
        "code" => Cow::Owned(text.split("; ").map(code).collect::<Vec<_>>().join("; ")),
        // Findings are about an entry, entries are found by it.
        "subject_kind" | "subject" => Cow::Owned(text.replace('_', " ")),
        "cause" => Cow::Owned(text.replace('_', " ").replace(" erp", " ERP")),
        _ if CODED.contains(&column) => {
            let known = VALUES.iter().find(|(code, _)| *code == text);
            known.map_or_else(|| Cow::Owned(text.replace('_', " ")), |(_, words)| Cow::Borrowed(*words))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The word of a disposition by its name in the tables.
pub fn disposition(name: &str) -> Option<&'static str> {
    Disposition::ALL.into_iter().find(|known| known.name() == name).map(Disposition::label)
}

fn code(name: &str) -> &str {
    match Code::from_name(name) {
        Some(code) => code.words(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::TABLES;

    #[test]
    fn heads_are_words_and_differ_within_a_table() {
        for (table, columns) in TABLES {
            let mut heads: Vec<_> = columns.iter().map(|column| head(column.name)).collect();
            assert!(heads.iter().all(|head| !head.contains('_') && !head.is_empty()), "{table} {heads:?}");
            heads.sort();
            heads.dedup();
            assert_eq!(heads.len(), columns.len(), "{table}");
        }
        let names: Vec<&str> =
            TABLES.iter().flat_map(|(_, columns)| columns.iter()).map(|column| column.name).collect();
        let made = ["age", "pdf", "priced_as", "closed_on", "confirmed_on", "entries"];
        for (name, _) in HEADS {
            assert!(names.contains(&name) || made.contains(&name), "{name} heads no column");
        }
    }

    #[test]
    fn codes_become_words_and_texts_stay() {
        assert_eq!(value("disposition", "before_period"), "late");
        assert_eq!(value("code", "unreadable-value; empty-value"), "a cell cannot be read; a required cell is empty");
        assert_eq!(value("kind", "down_payment_deduction"), "down payment deducted");
        assert_eq!(value("subject_kind", "order_line"), "order line");
        assert_eq!(value("cause", "not_in_erp"), "not in ERP");
        // What the data say is never reworded.
        for column in ["product", "description", "employee", "record", "value", "order_id"] {
            assert_eq!(value(column, "credit_note"), "credit_note");
        }
    }
}
