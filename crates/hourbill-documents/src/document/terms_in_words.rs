//! Payment terms in the language of who pays. They come from the export in the language of who keeps the orders.

use super::labels::Language;
use super::terms::{KnownTerms, known, whole};

/// What terms say beside those that say a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Known(KnownTerms),
    Months(i32),
    AtOnce,
    OnReceipt,
    /// Of the month after that of the document, and so many days.
    EndOfNextMonth(i32),
}

/// Words of terms in other languages, and in which; those of English are what they are read as.
const WORDS: [(&str, &str, Language); 30] = [
    ("fin de mois", "end of month", Language::French),
    ("fin du mois suivant", "end of next month", Language::French),
    ("jours nets", "days", Language::French),
    ("jours net", "days", Language::French),
    ("jours", "days", Language::French),
    ("jour", "day", Language::French),
    ("paiement immédiat", "immediate payment", Language::French),
    ("à réception de la facture", "on receipt", Language::French),
    ("à réception de facture", "on receipt", Language::French),
    ("à réception", "on receipt", Language::French),
    ("ende des folgemonats", "end of next month", Language::German),
    ("monatsende", "end of month", Language::German),
    ("ende des monats", "end of month", Language::German),
    ("tage netto", "days", Language::German),
    ("tage", "days", Language::German),
    ("tag", "day", Language::German),
    ("sofort zahlbar", "immediate payment", Language::German),
    ("sofortige zahlung", "immediate payment", Language::German),
    ("einde volgende maand", "end of next month", Language::Dutch),
    ("einde van de volgende maand", "end of next month", Language::Dutch),
    ("einde maand", "end of month", Language::Dutch),
    ("einde van de maand", "end of month", Language::Dutch),
    ("dagen", "days", Language::Dutch),
    ("dag", "day", Language::Dutch),
    ("directe betaling", "immediate payment", Language::Dutch),
    ("fin de mes", "end of month", Language::Spanish),
    ("días", "days", Language::Spanish),
    ("dias", "days", Language::Spanish),
    ("día", "day", Language::Spanish),
    ("pago inmediato", "immediate payment", Language::Spanish),
];

/// The terms in a language; as they are where nobody knows what they say, or where they are in it already.
pub fn in_words(terms: &str, language: Language) -> String {
    let (english, of) = in_english(terms);
    let told = said(&english).filter(|said| of != language || matches!(said, Said::Known(KnownTerms::On(_))));
    told.map_or_else(|| terms.to_owned(), |said| said.in_words(language))
}

/// Terms with English words, and the language that they are in.
fn in_english(terms: &str) -> (String, Language) {
    let lower = terms.to_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    let mut of = Language::English;
    let mut english: Vec<&str> = Vec::new();
    while let Some(first) = words.first().copied() {
        let found = WORDS.iter().find(|(foreign, ..)| {
            let foreign: Vec<&str> = foreign.split(' ').collect();
            words.starts_with(&foreign)
        });
        match found {
            Some((foreign, said, language)) => {
                of = *language;
                english.push(said);
                words.drain(..foreign.split(' ').count());
            }
            None => {
                english.push(first);
                words.drain(..1);
            }
        }
    }
    (english.join(" "), of)
}

fn said(english: &str) -> Option<Said> {
    if let Some(known) = known(english) {
        return Some(Said::Known(known));
    }
    let words: Vec<&str> = english.split_whitespace().collect();
    match words.as_slice() {
        ["immediate"] | ["immediate", "payment"] | ["immediately"] | ["payable", "immediately"] => Some(Said::AtOnce),
        ["on" | "upon", "receipt"] | ["due", "on" | "upon", "receipt"] => Some(Said::OnReceipt),
        ["end", "of", "following" | "next", "month"] => Some(Said::EndOfNextMonth(0)),
        [days, "day" | "days", "after", "end", "of", "following" | "next", "month"] => {
            Some(Said::EndOfNextMonth(whole(days)?))
        }
        [days, "day" | "days", "after", "end", "of", "month"] => {
            Some(Said::Known(KnownTerms::DaysAfterEndOfMonth(whole(days)?)))
        }
        [months, "month" | "months"] => Some(Said::Months(whole(months)?)),
        _ => None,
    }
}

fn days(language: Language, number: i32) -> String {
    let one = ["day", "jour", "Tag", "dag", "día"];
    let several = ["days", "jours", "Tage", "dagen", "días"];
    format!("{number} {}", language.one_of(if number == 1 { one } else { several }))
}

fn months(language: Language, number: i32) -> String {
    let one = ["month", "mois", "Monat", "maand", "mes"];
    let several = ["months", "mois", "Monate", "maanden", "meses"];
    format!("{number} {}", language.one_of(if number == 1 { one } else { several }))
}

impl KnownTerms {
    fn in_words(self, language: Language) -> String {
        match self {
            KnownTerms::On(date) => language.date(date),
            KnownTerms::Days(number) => days(language, number),
            KnownTerms::EndOfMonth => {
                let end = ["End of month", "Fin de mois", "Zum Monatsende", "Einde van de maand", "A fin de mes"];
                language.one_of(end).to_owned()
            }
            KnownTerms::DaysToEndOfMonth(number) => {
                let end = ["end of month", "fin de mois", "zum Monatsende", "einde maand", "fin de mes"];
                format!("{} {}", days(language, number), language.one_of(end))
            }
            KnownTerms::DaysAfterEndOfMonth(number) => {
                let after = [
                    "after end of month",
                    "après fin de mois",
                    "nach Monatsende",
                    "na einde maand",
                    "después de fin de mes",
                ];
                format!("{} {}", days(language, number), language.one_of(after))
            }
        }
    }
}

const AT_ONCE: [&str; 5] =
    ["Immediate payment", "Paiement immédiat", "Sofort zahlbar", "Onmiddellijk te betalen", "Pago inmediato"];
const ON_RECEIPT: [&str; 5] =
    ["On receipt", "À réception de la facture", "Zahlbar bei Erhalt", "Bij ontvangst", "A la recepción de la factura"];
const END_OF_NEXT_MONTH: [&str; 5] = [
    "End of following month",
    "Fin du mois suivant",
    "Ende des Folgemonats",
    "Einde van de volgende maand",
    "Fin del mes siguiente",
];
const AFTER_NEXT_MONTH: [&str; 5] = [
    "after end of following month",
    "après la fin du mois suivant",
    "nach Ende des Folgemonats",
    "na het einde van de volgende maand",
    "después del fin del mes siguiente",
];

impl Said {
    fn in_words(self, language: Language) -> String {
        match self {
            Said::Known(known) => known.in_words(language),
            Said::Months(number) => months(language, number),
            Said::AtOnce => language.one_of(AT_ONCE).to_owned(),
            Said::OnReceipt => language.one_of(ON_RECEIPT).to_owned(),
            Said::EndOfNextMonth(0) => language.one_of(END_OF_NEXT_MONTH).to_owned(),
            Said::EndOfNextMonth(number) => {
                format!("{} {}", days(language, number), language.one_of(AFTER_NEXT_MONTH))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_are_known_are_told_in_the_language_of_who_pays() {
        for (terms, told) in [
            ("30 days", ["30 days", "30 jours", "30 Tage", "30 dagen", "30 días"]),
            ("1 Day", ["1 Day", "1 jour", "1 Tag", "1 dag", "1 día"]),
            ("Net 30", ["Net 30", "30 jours", "30 Tage", "30 dagen", "30 días"]),
            (
                "30 Days End of Month",
                [
                    "30 Days End of Month",
                    "30 jours fin de mois",
                    "30 Tage zum Monatsende",
                    "30 dagen einde maand",
                    "30 días fin de mes",
                ],
            ),
            (
                "end of month 30 days",
                [
                    "end of month 30 days",
                    "30 jours après fin de mois",
                    "30 Tage nach Monatsende",
                    "30 dagen na einde maand",
                    "30 días después de fin de mes",
                ],
            ),
            (
                "Immediate Payment",
                [
                    "Immediate Payment",
                    "Paiement immédiat",
                    "Sofort zahlbar",
                    "Onmiddellijk te betalen",
                    "Pago inmediato",
                ],
            ),
            (
                "End of Following Month",
                [
                    "End of Following Month",
                    "Fin du mois suivant",
                    "Ende des Folgemonats",
                    "Einde van de volgende maand",
                    "Fin del mes siguiente",
                ],
            ),
            ("2 Months", ["2 Months", "2 mois", "2 Monate", "2 maanden", "2 meses"]),
            ("2026-12-24", ["24 Dec 2026", "24/12/2026", "24.12.2026", "24-12-2026", "24/12/2026"]),
            // In another language than English.
            ("30 Tage netto", ["30 days", "30 jours", "30 Tage netto", "30 dagen", "30 días"]),
            (
                "45 jours fin de mois",
                [
                    "45 days end of month",
                    "45 jours fin de mois",
                    "45 Tage zum Monatsende",
                    "45 dagen einde maand",
                    "45 días fin de mes",
                ],
            ),
        ] {
            assert_eq!(Language::ALL.map(|language| in_words(terms, language)), told, "{terms}");
        }
    }

    #[test]
    fn terms_that_nobody_knows_stay_as_they_are() {
        for terms in [
            "",
            "2% 10, net 30",
            "30% Now, Balance 60 Days",
            "per Vorkasse",
            "30 days after delivery",
            "-3 days",
            "netto 30 tage später",
        ] {
            assert_eq!(in_words(terms, Language::German), terms);
        }
    }
}
