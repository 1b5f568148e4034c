//! Which months the entries are of, and which of them to bill first.

use std::collections::BTreeMap;

use super::{Guess, locale};
use crate::calendar::Date;
use crate::inputs::Input;
use crate::read::Look;

/// A month counts when it has at least one entry for so many of the fullest month.
const MONTH_SHARE: usize = 10;

/// The months of the entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Months {
    /// The last month with many entries, of those that are over if there is one; as a job file writes it.
    pub first: String,
    /// Entries by month, the earliest first.
    pub all: Vec<(String, usize)>,
}

impl Months {
    /// What the job bills, and how the others are billed, in words; `job` is its file.
    pub fn in_words(&self, job: &str) -> String {
        let Months { first, all } = self;
        let entries = |count: usize| if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        let own = all.iter().find(|(month, _)| month == first).map_or(0, |(_, count)| *count);
        let others: Vec<String> = all
            .iter()
            .filter(|(month, _)| month != first)
            .map(|(month, count)| format!("{month} ({})", entries(*count)))
            .collect();
        let more = match others.as_slice() {
            [] => return format!("{first}, the month of all {}; `--all` bills without a period", entries(own)),
            [.., _] if others.len() > OTHERS_MAX => {
                let shown = others.len() - OTHERS_MAX;
                let newest = others.iter().skip(shown).cloned().collect::<Vec<_>>().join(", ");
                let earlier = if shown == 1 { "1 earlier month".to_owned() } else { format!("{shown} earlier months") };
                format!("{newest} and {earlier}")
            }
            _ => others.join(", "),
        };
        let earlier = all.iter().any(|(month, _)| month < first);
        let late = if earlier {
            "; the earlier ones are late then, and come along as lines of their own with `late_entries = \"bill\"` below [rules]"
        } else {
            ""
        };
        format!(
            "{first} ({}) alone; the entries of {more} are not billed by it: `hourbill run {job} --period MONTH` bills another month, `--all` everything{late}",
            entries(own)
        )
    }
}

/// So many other months are named.
const OTHERS_MAX: usize = 6;

/// A few entries of another month are late, early or mistyped.
pub(super) fn months(files: &[(&Look, Guess)], today: Date) -> Option<Months> {
    let entries = files.iter().filter(|(_, guess)| guess.input == Input::Timesheets);
    let mut months: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for date in entries.flat_map(|(look, guess)| locale::entry_dates(look, guess)) {
        *months.entry(month_of(date)).or_default() += 1;
    }
    let fullest = months.values().max().copied().unwrap_or(0);
    let busy = months.iter().filter(|(_, count)| **count * MONTH_SHARE >= fullest).map(|(month, _)| *month);
    let over = busy.clone().filter(|month| *month < month_of(today)).max();
    let written = |(year, month): (u32, u32)| format!("{year:04}-{month:02}");
    let first = over.or(busy.max()).map(written)?;
    Some(Months { first, all: months.into_iter().map(|(month, count)| (written(month), count)).collect() })
}

fn month_of(date: Date) -> (u32, u32) {
    let (year, month, _) = date.ymd();
    (year, month)
}
