//! Who did the work, by name: a login or a number says it to the program alone. Ids of rows are made of these all the same, because a name may
//! change.

use std::collections::BTreeMap;

use super::choose::Chosen;
use super::evidence::Table;

/// What the name of a person is called, in the languages of the dictionary.
const NAMES: [&str; 14] = [
    "name",
    "nom",
    "nombre",
    "naam",
    "nome",
    "navn",
    "namn",
    "nazwa",
    "full name",
    "employee name",
    "mitarbeitername",
    "display name",
    "user name",
    "\u{540d}\u{524d}",
];

/// Lets the name stand for the person in place of a number, or of a login where the program has both (`has_logins`): where each of them has one
/// name.
pub(super) fn by_name(table: &Table<'_>, chosen: &mut Chosen, has_logins: bool) {
    let Some(login) = chosen.fields.get("employee").copied().filter(|column| *column < table.columns()) else { return };
    let are_figures = table.filled(login).next().is_some()
        && table.filled(login).all(|cell| cell.bytes().all(|byte| byte.is_ascii_digit()));
    if !(are_figures || has_logins) || chosen.joins_names || chosen.names.contains(&login) {
        return;
    }
    let is_name = |column: &usize| NAMES.contains(&super::words::fold(table.name(*column)).as_str());
    let is_free = |column: &usize| !table.is_repeat(*column) && !chosen.fields.values().any(|used| used == column);
    let names = |column: &usize| {
        let mut of_logins: BTreeMap<&str, &str> = BTreeMap::new();
        (0..table.rows()).filter(|row| !table.cell(*row, login).is_empty()).all(|row| {
            let name = table.cell(row, *column);
            !name.is_empty() && *of_logins.entry(table.cell(row, login)).or_insert(name) == name
        })
    };
    let whole = (0..table.columns())
        .find(|column| is_name(column) && is_free(column) && table.is_text(*column) && names(column));
    match (whole, chosen.names.as_slice()) {
        (Some(name), _) => chosen.login = chosen.fields.insert("employee", name),
        (None, [first, last]) if are_figures && names(first) && names(last) => {
            chosen.joins_names = true;
            chosen.login = chosen.fields.insert("employee", *last);
        }
        _ => {}
    }
}
