//! Rows of programs that write texts with commas and do not quote them.

use super::Defect;
use super::grid::GridRow;
use super::owned::Owned;

/// Puts a row together that has more cells than the header.
pub(super) fn put_together(row: &mut GridRow, columns: usize) {
    let Some(Defect::Ragged { found, expected }) = row.defect else { return };
    let cells = row.record.as_ref().filter(|_| expected == columns).and_then(|record| together(record, found, columns));
    if let Some(cells) = cells {
        row.cells = cells.into_iter().map(Owned::Text).collect();
        row.defect = None;
    }
}

/// The cells of a record of which `found` were found: a cell that begins with a blank and stands behind another without quotes is the rest of
/// it. Only where that gives as many cells as the header has, in one way alone; else the row stays as it is.
pub(super) fn together(record: &str, found: usize, columns: usize) -> Option<Vec<String>> {
    // A part of it may be no text, and nobody would say so.
    if found <= columns || record.contains('\u{fffd}') {
        return None;
    }
    let parts = parts(record)?;
    let rest = |(at, part): (usize, &(String, bool))| {
        let before = at.checked_sub(1).and_then(|before| parts.get(before));
        (part.0.starts_with(' ') && !part.1 && before.is_some_and(|(_, quoted)| !quoted)).then_some(at)
    };
    let rests: Vec<usize> = parts.iter().enumerate().filter_map(rest).collect();
    if parts.len() != found || rests.len() != found - columns {
        return None;
    }
    let mut cells: Vec<String> = Vec::with_capacity(columns);
    for (at, (part, _)) in parts.into_iter().enumerate() {
        match cells.last_mut() {
            Some(last) if rests.contains(&at) => {
                last.push(',');
                last.push_str(&part);
            }
            _ => cells.push(part),
        }
    }
    Some(cells)
}

/// The cells of a record, and whether each stands in quotes; `None` where it is no record of one line with commas.
fn parts(record: &str) -> Option<Vec<(String, bool)>> {
    let record = record.trim_end_matches(['\r', '\n']);
    let mut parts = Vec::new();
    let mut rest = Some(record);
    while let Some(text) = rest {
        if let Some(quoted) = text.strip_prefix('"') {
            let (mut cell, mut left) = (String::new(), quoted);
            loop {
                let (before, behind) = left.split_once('"')?;
                cell.push_str(before);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        left = more;
                    }
                    None => {
                        left = behind;
                        break;
                    }
                }
            }
            rest = if left.is_empty() { None } else { Some(left.strip_prefix(',')?) };
            parts.push((cell, true));
        } else {
            let (cell, behind) = text.split_once(',').map_or((text, None), |(cell, behind)| (cell, Some(behind)));
            parts.push((cell.to_owned(), false));
            rest = behind;
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(record: &str, columns: usize) -> Option<Vec<String>> {
        let found = parts(record).unwrap().len();
        let defect = Some(Defect::Ragged { found, expected: columns });
        let mut row = GridRow { number: 1, line: Some(2), cells: Vec::new(), defect, record: Some(record.to_owned()) };
        put_together(&mut row, columns);
        row.defect.is_none().then(|| row.cells.iter().map(Owned::text).collect())
    }

    #[test]
    fn a_text_with_commas_is_put_together_where_there_is_one_way() {
        let cells = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told("1,\"a, b\", first, second,yes", 4), Some(cells("1|a, b|first, second|yes")));
        // Any of the two may be the rest of the one before.
        assert_eq!(told("1, a, b,yes", 3), None);
        assert_eq!(told("1,a,b,yes", 3), None);
    }
}
