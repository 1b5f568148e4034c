//! F9: weekly files of one shape become one pattern that fits them and nothing else that is there.

/// The pattern that stands for some files of one folder, so that next week's is read too. `others` are files that it must not fit.
pub(super) fn of_files(names: &[&str], others: &[&str]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let folder = folder(first);
    if rest.is_empty() || rest.iter().any(|name| self::folder(name) != folder) {
        return None;
    }
    let name = |path: &str| path.get(folder.len()..).unwrap_or_default().to_owned();
    let (mut front, mut back) = (name(first), name(first));
    for other in rest.iter().map(|other| name(other)) {
        front = front.chars().zip(other.chars()).take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
        let same: Vec<char> = back
            .chars()
            .rev()
            .zip(other.chars().rev())
            .take_while(|(one, other)| one == other)
            .map(|(one, _)| one)
            .collect();
        back = same.into_iter().rev().collect();
    }
    // Numbers go on: the next may begin with another digit.
    let front = front.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let back = back.get(back.find('.').filter(|_| back.contains('.')).unwrap_or(0)..).unwrap_or_default().to_owned();
    let special = |text: &str| text.contains(['*', '?', '[', ']']);
    if !back.starts_with('.') || special(&front) || special(&back) || special(&folder) {
        return None;
    }
    let fits = |front: &str, path: &str| {
        let other = name(path);
        self::folder(path) == folder
            && other.len() >= front.len() + back.len()
            && other.starts_with(front)
            && other.ends_with(&back)
    };
    let wide = Some(before_figures(&front)).filter(|wide| !wide.is_empty());
    let mut fronts = wide.into_iter().chain([front.as_str()]);
    let front = fronts.find(|front| !others.iter().any(|path| fits(front, path)))?;
    Some(format!("{folder}{front}*{back}"))
}

/// The front without the date or number that begins at its end: next year's file is to be read, too.
fn before_figures(front: &str) -> &str {
    let text = front.trim_end_matches(|c: char| c.is_ascii_digit());
    match text.strip_suffix(['-', '_', '.']) {
        Some(before) if before.ends_with(|c: char| c.is_ascii_digit()) => before_figures(before),
        _ => text,
    }
}

/// Whether a path of a job is a pattern of somebody's own that fits all of some files, and none of the others.
pub(super) fn says(written: &str, files: &[String], others: &[String]) -> bool {
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    let typed = written.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    let Some(typed) = typed.filter(|typed| typed.contains(['*', '?']) && !typed.contains(['\\', '"', '\''])) else {
        return false;
    };
    let Ok(pattern) = glob::Pattern::new(typed) else { return false };
    let fits = |path: &String| pattern.matches_with(path, options);
    files.iter().all(fits) && !others.iter().any(fits)
}

/// With the slash.
fn folder(path: &str) -> String {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_somebody_is_kept_while_it_fits() {
        let paths = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let weeks = paths(&["a-kimai.csv", "b-kimai.csv"]);
        assert!(says("\"*-kimai.csv\"", &weeks, &paths(&["orders.csv"])));
        assert!(!says("\"*-kimai.csv\"", &weeks, &paths(&["c-kimai.csv"])));
        assert!(!says("\"a-*.csv\"", &weeks, &[]));
        assert!(!says("\"a-kimai.csv\"", &paths(&["a-kimai.csv"]), &[]));
        assert!(!says("[\"*.csv\"]", &weeks, &[]));
    }

    #[test]
    fn a_pattern_fits_the_files_and_no_other() {
        let weeks = ["in/week-09.csv", "in/week-10.csv"];
        assert_eq!(of_files(&weeks, &["in/orders.csv"]).as_deref(), Some("in/week-*.csv"));
        assert_eq!(of_files(&weeks, &["in/week-x.csv"]), None);
        assert_eq!(of_files(&["a.csv", "b.csv"], &["agreements.csv"]), None);
        assert_eq!(of_files(&["a.csv", "b.csv"], &[]).as_deref(), Some("*.csv"));
        assert_eq!(of_files(&["x/a.csv", "y/b.csv"], &[]), None);
        assert_eq!(of_files(&["a.csv"], &[]), None);
        assert_eq!(of_files(&["2026-03.csv", "2026-12.csv"], &["out.csv"]).as_deref(), Some("2026-*.csv"));
        // Next year's weeks are read too, unless something else is called like them.
        let weeks = ["zeiten-2026-09-07.csv", "zeiten-2026-09-14.csv"];
        assert_eq!(of_files(&weeks, &["orders.csv"]).as_deref(), Some("zeiten-*.csv"));
        assert_eq!(of_files(&weeks, &["zeiten-alt.csv"]).as_deref(), Some("zeiten-2026-09-*.csv"));
    }
}
