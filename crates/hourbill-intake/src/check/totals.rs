//! F7: words with which a report names a row that sums others, where an entry names its day or its person.

/// In lower case; a text is such a name when it begins with one, and what stands behind it is no letter.
const WORDS: &[&str] = &[
    "total",
    "totals",
    "grand total",
    "sub total",
    "subtotal",
    "sum",
    "summe",
    "summen",
    "gesamt",
    "gesamtsumme",
    "gesamtstunden",
    "insgesamt",
    "endsumme",
    "zwischensumme",
    "totaux",
    "sous-total",
    "sous total",
    "somme",
    "totales",
    "suma",
    "sumas",
    "totaal",
    "eindtotaal",
    "subtotaal",
    "totale",
    "totali",
    "subtotale",
    "somma",
    "totais",
    "soma",
    "razem",
    "łącznie",
    "suma częściowa",
    "totalt",
    "i alt",
    "celkem",
    "合計",
    "小計",
    "総計",
    "總計",
    "合计",
    "σ",
    "∑",
];

/// Whether a cell names a total rather than a day or a person: `Total`, `Summe:`, `Total 05/2026`.
pub fn names_one(cell: &str) -> bool {
    let begins = cell.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '=' | '*' | '\''));
    // Nearly all cells are days.
    if begins.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let lower = begins.to_lowercase();
    WORDS.iter().any(|word| {
        let rest = lower.strip_prefix(word);
        rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_alphabetic()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_told_from_days_and_people() {
        for cell in ["Total", " TOTAL: ", "Summe", "Total 05/2026", "Gesamt (h)", "--- Total ---", "Σ", "合計"] {
            assert!(names_one(cell), "{cell}");
        }
        for cell in ["2026-05-04", "Totala, Ann", "Summers", "Ann Total", "", "Gesamtleitung"] {
            assert!(!names_one(cell), "{cell}");
        }
    }
}
