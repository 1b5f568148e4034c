//! Texts without what does not count when headers are looked up: case, accents, punctuation.

/// Lower case without accents; whatever is no letter or digit is a blank, a lone `#` apart.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::new();
    for c in text.trim().trim_start_matches('\u{feff}').chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(plain) => folded.push_str(plain),
            None if c.is_alphanumeric() || c == '#' => folded.push(c),
            None if folded.is_empty() || folded.ends_with(' ') => {}
            None => folded.push(' '),
        }
    }
    folded.trim_end().to_owned()
}

/// The letter without its accent, where it has one; accents that stand by themselves are nothing.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' | 'ø' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' => "u",
        'ý' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'œ' => "oe",
        'æ' => "ae",
        '\u{300}'..='\u{36f}' => "",
        _ => return None,
    })
}
