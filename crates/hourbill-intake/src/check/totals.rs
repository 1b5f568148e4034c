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
    "gesamtergebnis",
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
    "totalsumma",
    "summa",
    "hovedtotal",
    "i alt",
    "celkem",
    "合計",
    "小計",
    "総計",
    "總計",
    "合计",
    "总计",
    "σ",
    "∑",
];

/// What subtotals of spreadsheets write behind the name of a group, in lower case: elsewhere such a word may be about anything.
const RESULTS: &[&str] = &[
    "ergebnis",
    "teilergebnis",
    "result",
    "résultat",
    "résultats",
    "resultado",
    "resultaat",
    "risultato",
    "wynik",
    "resultat",
    "součet",
    "集計",
    "汇总",
];

/// Whether a cell where an entry has its day, its person or another name calls the row a sum: `Total Eva`, `Eva Total`, `04.05.2026 Ergebnis`.
pub fn calls_one(cell: &str) -> bool {
    let cell = cell.trim();
    // Nearly all cells are days.
    if cell.ends_with(|c: char| c.is_ascii_digit()) && cell.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    names_one(cell) || is_plain_label(cell) || ends_with(cell, &[WORDS, RESULTS])
}

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

/// Beginnings and ends of words for the sum of a part of the rows.
const PARTS: [&str; 17] = [
    "day", "daily", "week", "weekly", "month", "monthly", "person", "project", "client", "tages", "wochen", "monats",
    "dag", "week", "maand", "jour", "mois",
];

/// Whether a text calls a row a sum, wherever the word for it stands: `Day total`, `Tagessumme`, `Total Eva`.
pub fn labels_one(cell: &str) -> bool {
    may_label_one(cell) && (names_one(cell) || is_plain_label(cell) || ends_with(cell, &[WORDS]))
}

/// Most texts have none of these letters side by side: told without a look at each word.
fn may_label_one(cell: &str) -> bool {
    const LONG: usize = 60;
    const PARTS: [&[u8; 3]; 9] = [b"tot", b"sum", b"som", b"ges", b"ins", b"raz", b"cel", b"alt", b"end"];
    let bytes = cell.as_bytes();
    let has = |part: &[u8; 3]| bytes.windows(3).any(|three| three.eq_ignore_ascii_case(part));
    cell.len() <= LONG && (!cell.is_ascii() || PARTS.into_iter().any(has))
}

/// The last word is one of these, whatever stands before it.
fn ends_with(cell: &str, words: &[&[&str]]) -> bool {
    let lower = cell.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let behind = |word: &&str| {
        lower.strip_suffix(word).is_some_and(|name| name.ends_with(|c: char| c.is_whitespace() || c == '-'))
    };
    words.iter().any(|words| words.iter().any(behind))
}

/// The text is nothing but the word for a sum, perhaps of a day, a week, a month.
pub fn is_plain_label(cell: &str) -> bool {
    // Most cells of most rows have a digit, as no such word has.
    if cell.is_empty() || cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let lower = cell.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, 'σ' | '∑' | 'Σ')).to_lowercase();
    if WORDS.contains(&lower.as_str()) {
        return true;
    }
    let part = |part: &&str| {
        lower.strip_prefix(*part).is_some_and(|rest| WORDS.contains(&rest.trim_start_matches([' ', '-', '_'])))
            || WORDS
                .iter()
                .any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.trim_start_matches([' ', '-']) == *part))
    };
    PARTS.iter().any(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_a_part_are_told_from_names() {
        for cell in ["Total", "Day total", "Tagessumme", "SUMME:", "Weekly Total", "dagtotaal", "Total day"] {
            assert!(is_plain_label(cell) && labels_one(cell), "{cell}");
        }
        for cell in ["Total Eva", "Eva total", "Total SA"] {
            assert!(!is_plain_label(cell) && labels_one(cell), "{cell}");
        }
        for cell in [
            "Ann Total",
            "Ann Ergebnis",
            "Total général",
            "04.05.2026 Ergebnis",
            "Grand Total",
            "Total",
            "Eva 集計",
            "5/4/2026 Total",
        ] {
            assert!(calls_one(cell), "{cell}");
        }
        for cell in ["Ann Totally", "Totala, Ann", "04.05.2026", "Ergebnisse", "9:00 AM", "Peter Result-Jones", "", "7"]
        {
            assert!(!calls_one(cell), "{cell}");
        }
        for cell in ["Eva", "Besprechung Ergebnis", "Totally", "Summer", "Daytona", ""] {
            assert!(!labels_one(cell), "{cell}");
        }
    }

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
