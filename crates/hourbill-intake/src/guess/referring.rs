//! Columns that may name records of another input.

use super::words::{self, Sense};
use crate::read::Look;

/// Whether a column may name records of another input, by its header and its cells: what means something else does not, and small counting
/// numbers stand for anything.
pub(super) fn may_name(look: &Look, column: usize, cells: &[&str]) -> bool {
    let header = look.front.headers.get(column).map(|header| words::header(header)).unwrap_or_default();
    let sense = header.meanings.first().map(|(sense, _)| *sense);
    let small = cells.iter().all(|cell| cell.parse::<u32>().is_ok_and(|number| number < 1_000));
    match sense {
        Some(Sense::Ticket) => true,
        Some(Sense::Project | Sense::Task | Sense::Activity) | None => !small && !header.billing,
        Some(_) => false,
    }
}
