//! Names of months and days of the week in the languages of the exports, as `%B` and `%A` read them.

/// By month; short forms are the beginnings of long ones unless they stand here.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "januar", "jänner", "janvier", "enero", "januari", "gennaio", "janeiro", "stycznia", "styczeń",
        "janv", "ene", "gen", "sty", "jan",
    ],
    &[
        "february",
        "februar",
        "feber",
        "février",
        "fevrier",
        "febrero",
        "februari",
        "febbraio",
        "fevereiro",
        "lutego",
        "luty",
        "févr",
        "fév",
        "fev",
        "lut",
        "feb",
    ],
    &[
        "march", "märz", "maerz", "mars", "marzo", "maart", "março", "marca", "marzec", "marts", "mär", "mrz", "mrt",
        "mar",
    ],
    &["april", "avril", "abril", "aprile", "kwietnia", "kwiecień", "avr", "abr", "kwi", "apr"],
    &["may", "mai", "mayo", "mei", "maggio", "maio", "maja", "maj", "mag"],
    &["june", "juni", "juin", "junio", "giugno", "junho", "czerwca", "czerwiec", "giu", "cze", "jun"],
    &["july", "juli", "juillet", "julio", "luglio", "julho", "lipca", "lipiec", "juil", "lug", "lip", "jul"],
    &["august", "août", "aout", "agosto", "augustus", "augusti", "sierpnia", "sierpień", "ago", "sie", "aug"],
    &[
        "september",
        "septembre",
        "septiembre",
        "settembre",
        "setembro",
        "września",
        "wrzesień",
        "sept",
        "set",
        "wrz",
        "sep",
    ],
    &[
        "october",
        "oktober",
        "octobre",
        "octubre",
        "ottobre",
        "outubro",
        "października",
        "październik",
        "okt",
        "ott",
        "out",
        "paź",
        "oct",
    ],
    &["november", "novembre", "noviembre", "novembro", "listopada", "listopad", "lis", "nov"],
    &[
        "december",
        "dezember",
        "décembre",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
        "grudnia",
        "grudzień",
        "dez",
        "déc",
        "dic",
        "gru",
        "dec",
    ],
];
const DAYS: [&[&str]; 7] = [
    &[
        "monday",
        "montag",
        "lundi",
        "lunes",
        "maandag",
        "lunedì",
        "segunda",
        "poniedziałek",
        "mo",
        "mon",
        "lun",
        "seg",
        "pon",
        "ma",
    ],
    &[
        "tuesday", "dienstag", "mardi", "martes", "dinsdag", "martedì", "terça", "wtorek", "di", "tue", "tues", "mar",
        "ter", "wt",
    ],
    &[
        "wednesday",
        "mittwoch",
        "mercredi",
        "miércoles",
        "woensdag",
        "mercoledì",
        "quarta",
        "środa",
        "mi",
        "wed",
        "mer",
        "mié",
        "wo",
        "qua",
        "śr",
    ],
    &[
        "thursday",
        "donnerstag",
        "jeudi",
        "jueves",
        "donderdag",
        "giovedì",
        "quinta",
        "czwartek",
        "do",
        "thu",
        "thur",
        "thurs",
        "jeu",
        "jue",
        "gio",
        "qui",
        "czw",
    ],
    &[
        "friday", "freitag", "vendredi", "viernes", "vrijdag", "venerdì", "sexta", "piątek", "fr", "fri", "ven", "vie",
        "vr", "sex", "pt",
    ],
    &[
        "saturday",
        "samstag",
        "sonnabend",
        "samedi",
        "sábado",
        "zaterdag",
        "sabato",
        "sobota",
        "sa",
        "sat",
        "sam",
        "sáb",
        "sab",
        "za",
        "sob",
    ],
    &[
        "sunday",
        "sonntag",
        "dimanche",
        "domingo",
        "zondag",
        "domenica",
        "niedziela",
        "so",
        "sun",
        "dim",
        "dom",
        "zo",
        "niedz",
        "ndz",
    ],
];
const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ENGLISH_DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A date with its names in English; `None` where no word is such a name. `of_days`: the format asks for a day of the week, too, which stands first.
pub(super) fn in_english(text: &str, of_days: bool) -> Option<String> {
    let mut english = String::with_capacity(text.len());
    let (mut rest, mut named, mut days) = (text, false, of_days);
    while let Some(from) = rest.find(char::is_alphabetic) {
        let (before, word) = rest.split_at(from);
        let len = word.find(|c: char| !c.is_alphabetic()).unwrap_or(word.len());
        let (word, behind) = word.split_at(len);
        english.push_str(before);
        let folded = word.to_lowercase();
        let known = if days {
            place(&DAYS, &folded).and_then(|at| ENGLISH_DAYS.get(at))
        } else {
            place(&MONTHS, &folded).and_then(|at| ENGLISH.get(at))
        };
        match known {
            Some(name) => {
                (named, days) = (true, false);
                english.push_str(name);
                let behind = behind.strip_prefix("-feira").unwrap_or(behind);
                rest = behind.strip_prefix('.').unwrap_or(behind);
            }
            None => {
                english.push_str(word);
                rest = behind;
            }
        }
    }
    english.push_str(rest);
    named.then_some(english)
}

fn place(names: &[&[&str]], word: &str) -> Option<usize> {
    names.iter().position(|names| names.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_in_any_language() {
        for (written, english) in [
            ("5 octobre 2026", "5 Oct 2026"),
            ("5. März 2026", "5. Mar 2026"),
            ("5 de octubre de 2026", "5 de Oct de 2026"),
            ("12 févr. 2026", "12 Feb 2026"),
            ("05-Oct-2026", "05-Oct-2026"),
            ("5 de março de 2026", "5 de Mar de 2026"),
            ("5 października 2026", "5 Oct 2026"),
        ] {
            assert_eq!(in_english(written, false).as_deref(), Some(english));
        }
        assert_eq!(in_english("lundi 5 mars 2026", true).as_deref(), Some("Mon 5 Mar 2026"));
        assert_eq!(in_english("5/10/2026", false), None);
    }
}
