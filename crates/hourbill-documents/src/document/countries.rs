//! What countries are called in the languages of documents.

use super::labels::Language;

/// By ISO 3166-1 alpha-2 code: the name in English, French, German, Dutch and Spanish, of CLDR (as Babel 2.19 has it), in its short form where
/// an envelope wants that. countries/LICENSE.txt is its licence.
const NAMES: &str = include_str!("countries/names.tsv");

/// The name of a country for who reads the document; nothing where both sides are at home in it.
pub fn shown(country: &str, (seller, buyer): (&str, &str), language: Language) -> String {
    if is_same(seller, buyer) {
        return String::new();
    }
    name(country, language).unwrap_or(country).to_owned()
}

/// The name of a country by its code; `None` for what is no code.
pub fn name(code: &str, language: Language) -> Option<&'static str> {
    let column = match language {
        Language::English => 1,
        Language::French => 2,
        Language::German => 3,
        Language::Dutch => 4,
        Language::Spanish => 5,
    };
    // What VAT numbers and people call them.
    let code = match code.trim().to_ascii_uppercase().as_str() {
        "EL" => "GR".to_owned(),
        "UK" => "GB".to_owned(),
        code => code.to_owned(),
    };
    let row = NAMES.lines().find(|row| row.split('\t').next() == Some(code.as_str()))?;
    row.split('\t').nth(column)
}

/// Two texts mean one country.
pub fn is_same(one: &str, other: &str) -> bool {
    let known = |text| name(text, Language::English).map_or_else(|| text.trim().to_lowercase(), str::to_lowercase);
    !one.trim().is_empty() && known(one) == known(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_have_a_name_in_every_language() {
        let names = |code| Language::ALL.map(|language| name(code, language).unwrap());
        assert_eq!(names("BE"), ["Belgium", "Belgique", "Belgien", "België", "Bélgica"]);
        assert_eq!(names(" de"), ["Germany", "Allemagne", "Deutschland", "Duitsland", "Alemania"]);
        assert_eq!(names("EL"), names("GR"));
        assert_eq!(names("UK"), names("GB"));
        assert_eq!(name("Belgium", Language::German), None);
        assert_eq!(name("", Language::German), None);
        assert_eq!(name("ZZ", Language::German), None);
    }

    /// ISO 3166-1 has 249 codes, and Kosovo is called XK.
    #[test]
    fn the_table_is_whole() {
        assert_eq!(NAMES.lines().count(), 250);
        for row in NAMES.lines() {
            let cells: Vec<&str> = row.split('\t').collect();
            let code = cells[0];
            assert!(cells.len() == 6 && code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()), "{row}");
            assert!(cells.iter().all(|cell| !cell.trim().is_empty() && cell.trim() == *cell), "{row}");
        }
        assert!(NAMES.lines().is_sorted());
    }

    #[test]
    fn one_country_may_be_written_in_several_ways() {
        assert!(
            is_same("BE", " be") && is_same("GR", "EL") && is_same("Belgium", "BE") && is_same("Atlantis", "ATLANTIS")
        );
        assert!(!is_same("BE", "NL") && !is_same("", "") && !is_same("", "BE"));
    }
}
