//! Kimai in any language: what it calls exported is what was invoiced.

use super::choose::Fields;
use super::evidence::Table;
use super::words::Sense;

/// Start, end, activity, project and client stand together, and a column says what was exported.
pub(super) fn is_like(table: &Table<'_>, fields: &Fields) -> bool {
    let all = ["started_at", "ended_at", "activity", "project", "customer_id"];
    let activity = fields.get("activity").and_then(|column| table.headers.get(*column));
    let is_activity = activity.is_some_and(|header| header.meanings.iter().any(|(sense, _)| *sense == Sense::Activity));
    all.iter().all(|field| fields.contains_key(field)) && is_activity
}

/// The column that says what was exported, while no other says what was invoiced.
pub(super) fn exported(table: &Table<'_>, fields: &Fields) -> Option<usize> {
    if fields.contains_key("invoiced") {
        return None;
    }
    let says = |column: &usize| {
        let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        meanings.iter().any(|(sense, _)| *sense == Sense::Exported)
            && (table.is_empty(*column) || table.are_flags(*column))
    };
    (0..table.columns()).find(says)
}
