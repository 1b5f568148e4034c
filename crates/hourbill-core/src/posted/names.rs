//! G5, G13: what was posted under earlier ids, and what it is called now.

use std::collections::{BTreeMap, BTreeSet};

/// Ids that are said to be of the same work, or of the same order line: what a person says, and what posts have recorded of it.
#[derive(Clone, Debug, Default)]
pub struct AliasNames {
    now: BTreeMap<String, String>,
    /// By the id of now, the earlier ids in the order in which they were told.
    earlier: BTreeMap<String, Vec<String>>,
}

impl AliasNames {
    /// Notes that what was `known` by one id is called `now` otherwise. What is said later counts, and ids that led to `known` lead on to
    /// `now`.
    pub fn add(&mut self, known: &str, now: &str) {
        self.forget(now);
        let mut moved = self.earlier.remove(known).unwrap_or_default();
        self.forget(known);
        moved.push(known.to_owned());
        moved.retain(|id| id != now);
        for id in &moved {
            self.now.insert(id.clone(), now.to_owned());
        }
        self.earlier.entry(now.to_owned()).or_default().extend(moved);
    }

    /// The id leads nowhere any more.
    fn forget(&mut self, id: &str) {
        if let Some(others) = self.now.remove(id).and_then(|now| self.earlier.get_mut(&now)) {
            others.retain(|other| other != id);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    /// The id that `id` leads to now; itself when it leads nowhere.
    pub fn now<'a>(&'a self, id: &'a str) -> &'a str {
        self.now.get(id).map_or(id, String::as_str)
    }

    /// All ids of the same as `id`, with itself; the one that it has now first.
    pub fn family<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let now = self.now(id);
        std::iter::once(now).chain(self.earlier.get(now).into_iter().flatten().map(String::as_str))
    }

    /// Every id that stands for the same as another.
    pub fn all(&self) -> BTreeSet<&str> {
        self.now.iter().flat_map(|(known, now)| [known.as_str(), now.as_str()]).collect()
    }

    /// Earlier ids, and what each is called now.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.now.iter().map(|(known, now)| (known.as_str(), now.as_str()))
    }

    /// Looks with `find` for what `id` stands for: by that id, else by the one of now, else by the newest of the other ids.
    pub fn find<'a, T>(&'a self, id: &'a str, find: impl Fn(&'a str) -> Option<T>) -> Option<T> {
        let earlier = || self.earlier.get(self.now(id)).into_iter().flatten().rev().find_map(|id| find(id));
        find(id).or_else(|| find(self.now.get(id)?)).or_else(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::AliasNames;

    fn names(pairs: &[(&str, &str)]) -> AliasNames {
        let mut names = AliasNames::default();
        pairs.iter().for_each(|(known, now)| names.add(known, now));
        names
    }

    #[test]
    fn an_earlier_id_leads_to_what_it_is_called_now() {
        let two = names(&[("1", "1.0"), ("1.0", "x"), ("7", "8")]);
        assert_eq!(["1", "1.0", "x", "7", "9"].map(|id| two.now(id)), ["x", "x", "x", "8", "9"]);
        assert_eq!(two.family("1").collect::<Vec<_>>(), ["x", "1", "1.0"]);
    }

    #[test]
    fn what_is_said_later_counts() {
        // It was another one.
        let other = names(&[("1", "x"), ("1", "y")]);
        assert_eq!(["1", "x"].map(|id| other.now(id)), ["y", "x"]);
        assert_eq!(other.family("x").collect::<Vec<_>>(), ["x"]);
        // It is called again what it was called first.
        let back = names(&[("1", "x"), ("x", "1")]);
        assert_eq!(["1", "x"].map(|id| back.now(id)), ["1", "1"]);
        assert_eq!(back.family("x").collect::<Vec<_>>(), ["1", "x"]);
        let on = names(&[("1", "x"), ("x", "1"), ("1", "y")]);
        assert_eq!(["1", "x", "y"].map(|id| on.now(id)), ["y", "y", "y"]);
    }

    #[test]
    fn what_is_there_is_found_by_any_of_its_ids() {
        let names = names(&[("1", "1.0"), ("1.0", "x")]);
        let there = |ids: &'static [&'static str]| move |id: &str| ids.iter().find(|known| **known == id).copied();
        assert_eq!(names.find("1", there(&["x", "1.0"])), Some("x"));
        assert_eq!(names.find("1", there(&["1", "x"])), Some("1"));
        assert_eq!(names.find("x", there(&["1", "1.0"])), Some("1.0"));
        assert_eq!(names.find("x", there(&["1"])), Some("1"));
        assert_eq!(names.find("x", there(&["2"])), None);
    }
}
