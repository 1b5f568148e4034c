//! Hours that stand in several columns, as a job file says it.

use super::quoted::quoted;
use crate::job::HoursUnit;

/// What `columns.hours` says of columns that are added.
pub(super) fn value(headers: &[String], units: &[HoursUnit]) -> String {
    if units.iter().all(|unit| Some(unit) == units.first()) {
        let headers: Vec<String> = headers.iter().map(|header| quoted(header)).collect();
        return format!("[{}]", headers.join(", "));
    }
    let parts = headers.iter().zip(units).map(|(header, unit)| format!("{} = {}", quoted(header), quoted(unit.word())));
    format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
}
