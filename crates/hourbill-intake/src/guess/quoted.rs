//! Texts as a job file writes them.

use std::fmt::Write as _;

/// As TOML writes a text.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What words mean, as the table of a key of `values`: (as written, as it is read).
pub(super) fn meanings<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = words.into_iter().map(|(word, says)| format!("{} = {}", quoted(word), quoted(says)));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}
