//! Ids that were made of cells: rows of one key are told apart by their order alone, so a row that comes later may take the id of one that
//! was billed. Here each row that was billed keeps the id under which it was (G6).

use std::collections::{BTreeMap, BTreeSet};

use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::Place;
use crate::model::{Facts, World, made_key};
use crate::quantity::Hours;

/// What the ledger has of an entry whose id was made, as it was when it was posted last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeEntry {
    pub date: Date,
    pub hours: Hours,
    /// `None` where the ledger does not know.
    pub employee: Option<String>,
    pub ticket: Option<String>,
    pub text: Option<u32>,
    /// The order line on which it was posted.
    pub line: String,
}

/// A piece of work of the export: all rows of one id.
struct Work {
    id: String,
    rows: Vec<Place>,
    date: Option<Date>,
    hours: Hours,
    employee: String,
    ticket: String,
    text: u32,
    /// The order line that it or its ticket names.
    line: String,
}

impl Work {
    /// Whether the work is what the ledger knows. The line of billed work may have left the export (`gone`): then the line tells nothing.
    fn equals(&self, known: &MadeEntry, gone: &BTreeSet<&str>) -> bool {
        let same = |known: &Option<String>, now: &str| known.as_deref().is_none_or(|known| known == now);
        self.date == Some(known.date)
            && self.hours == known.hours
            && same(&known.employee, &self.employee)
            && same(&known.ticket, &self.ticket)
            && known.text.is_none_or(|text| text == self.text)
            && (self.line.is_empty() || self.line == known.line || gone.contains(known.line.as_str()))
    }
}

/// The keys of all entries whose ids were made of cells.
pub fn made_keys(world: &World) -> BTreeSet<String> {
    let chunks = world.entries.chunk_list().iter().filter(|chunk| !chunk.said.is_empty());
    chunks.flat_map(|chunk| chunk.ids.iter()).map(|id| made_key(id).to_owned()).collect()
}

/// Gives rows the ids under which the ledger knows them, and notes rows that cannot be told from what is billed. `known` is by id.
pub fn keep_ids(world: &mut World, known: &BTreeMap<String, MadeEntry>) {
    if known.is_empty() {
        return;
    }
    let mut by_key: BTreeMap<&str, Vec<(&str, &MadeEntry)>> = BTreeMap::new();
    for (id, entry) in known {
        by_key.entry(made_key(id)).or_default().push((id, entry));
    }
    let lines = known.values().map(|entry| entry.line.as_str());
    let gone: BTreeSet<&str> = lines.filter(|line| world.lines.find(line).is_none()).collect();
    let mut renamed: BTreeMap<Place, String> = BTreeMap::new();
    for (key, works) in works_by_key(world, |key| by_key.contains_key(key)) {
        let entries = by_key.get(key.as_str()).or_bug("only works of these keys are looked at");
        let (given, ambiguous) = match_key(&key, &works, entries, &gone);
        for (work, id) in works.iter().zip(given) {
            if work.id != id {
                renamed.extend(work.rows.iter().map(|place| (*place, id.clone())));
            }
        }
        world.ambiguous.extend(ambiguous.into_iter().filter_map(|at| works.get(at)).flat_map(|work| work.rows.clone()));
    }
    rename(world, &renamed);
}

/// The pieces of work whose keys are wanted, by key, and by id within a key.
fn works_by_key(world: &World, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<Work>> {
    let mut by_id: BTreeMap<&str, Work> = BTreeMap::new();
    let chunks = world.entries.chunk_list().iter().filter(|chunk| !chunk.said.is_empty());
    for entry in chunks.flat_map(|chunk| chunk.iter()).filter(|entry| wanted(made_key(entry.id()))) {
        let (employee, text) = entry.work();
        let said = || Work {
            id: entry.id().to_owned(),
            rows: Vec::new(),
            date: entry.date(),
            hours: entry.hours,
            employee: employee.to_owned(),
            ticket: entry.ticket.map_or("", |ticket| world.tickets.id(ticket)).to_owned(),
            text,
            line: world.own_line(&entry).map_or("", |line| world.lines.id(line)).to_owned(),
        };
        let work = by_id.entry(entry.id()).or_insert_with(said);
        if entry.usable() {
            let rows = std::mem::take(&mut work.rows);
            *work = Work { rows, ..said() };
        }
        work.rows.push(entry.place());
    }
    let mut by_key: BTreeMap<String, Vec<Work>> = BTreeMap::new();
    for (id, work) in by_id {
        by_key.entry(made_key(id).to_owned()).or_default().push(work);
    }
    by_key
}

/// The id of each piece of work of a key, and which of them cannot be told from billed ones.
fn match_key(
    key: &str,
    works: &[Work],
    known: &[(&str, &MadeEntry)],
    gone: &BTreeSet<&str>,
) -> (Vec<String>, Vec<usize>) {
    let mut given: Vec<Option<String>> = vec![None; works.len()];
    let mut left: Vec<(&str, &MadeEntry)> = Vec::new();
    for &(id, entry) in known {
        let free = |at: &usize| given.get(*at).is_some_and(Option::is_none);
        let equal = |at: &usize| free(at) && works.get(*at).is_some_and(|work| work.equals(entry, gone));
        let same = (0..works.len()).find(|at| equal(at) && works.get(*at).is_some_and(|work| work.id == id));
        match same.or_else(|| (0..works.len()).find(equal)).and_then(|at| given.get_mut(at)) {
            Some(slot) => *slot = Some(id.to_owned()),
            None => left.push((id, entry)),
        }
    }
    let open: Vec<usize> = (0..works.len()).filter(|&at| given.get(at).is_some_and(Option::is_none)).collect();
    let mut ambiguous = Vec::new();
    match (left.as_slice(), open.as_slice()) {
        // One of each: an edit of it.
        ([(id, _)], [at]) => {
            *given.get_mut(*at).or_bug("every piece of work gets an id") = Some((*id).to_owned());
        }
        ([], _) | (_, []) => {}
        (_, open) => ambiguous.extend_from_slice(open),
    }
    // The others are called anything that nothing of the key is called.
    let mut taken: BTreeSet<String> = known.iter().map(|(id, _)| (*id).to_owned()).collect();
    let mut ids = Vec::with_capacity(works.len());
    for (work, given) in works.iter().zip(given) {
        let id = given.unwrap_or_else(|| {
            let names = [work.id.clone(), key.to_owned()].into_iter();
            let mut names = names.chain((2_u64..).map(|number| format!("{key}-{number}")));
            names.find(|name| !taken.contains(name)).or_bug("there are more numbers than names")
        });
        taken.insert(id.clone());
        ids.push(id);
    }
    (ids, ambiguous)
}

/// Writes the new ids into the columns.
fn rename(world: &mut World, renamed: &BTreeMap<Place, String>) {
    if renamed.is_empty() {
        return;
    }
    if let Some(exported) = &mut world.exported {
        exported.add(renamed.values().map(String::as_str));
    }
    let wanted = &world.adjustments.wanted_entries;
    for chunk in world.entries.chunk_list_mut().iter_mut().filter(|chunk| !chunk.said.is_empty()) {
        let places: Vec<Place> = (0..chunk.len()).map(|at| chunk.place(at)).collect();
        if !places.iter().any(|place| renamed.contains_key(place)) {
            continue;
        }
        let mut ids = crate::ident::Texts::default();
        for (at, place) in places.iter().enumerate() {
            let id = renamed.get(place).map_or_else(|| chunk.ids.get(at), String::as_str);
            ids.push(id);
            if let Some(facts) = chunk.facts.get_mut(at) {
                // §8.1: adjustments name entries by the ids that they have now.
                facts.put(wanted.find(id).is_some(), Facts::ADJUSTED);
            }
        }
        ids.shrink_to_fit();
        chunk.ids = ids;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(id: &str, hours: i64, text: u32) -> Work {
        Work {
            id: id.to_owned(),
            rows: Vec::new(),
            date: Date::parse("2026-01-05"),
            hours: Hours::from_micros(hours),
            employee: "Ada".to_owned(),
            ticket: String::new(),
            text,
            line: "A".to_owned(),
        }
    }

    fn known(hours: i64, text: u32) -> MadeEntry {
        MadeEntry {
            date: Date::parse("2026-01-05").unwrap(),
            hours: Hours::from_micros(hours),
            employee: Some("Ada".to_owned()),
            ticket: None,
            text: Some(text),
            line: "A".to_owned(),
        }
    }

    /// Works in the order of their ids, and what the ledger knows: the ids they get, and who is in doubt.
    fn matched(works: &[(&str, i64, u32)], ledger: &[(&str, i64, u32)]) -> (Vec<String>, Vec<usize>) {
        let works: Vec<Work> = works.iter().map(|(id, hours, text)| work(id, *hours, *text)).collect();
        let entries: Vec<(&str, MadeEntry)> =
            ledger.iter().map(|(id, hours, text)| (*id, known(*hours, *text))).collect();
        let entries: Vec<(&str, &MadeEntry)> = entries.iter().map(|(id, entry)| (*id, entry)).collect();
        match_key("k", &works, &entries, &BTreeSet::new())
    }

    #[test]
    fn what_was_billed_keeps_its_id_whatever_comes_beside_it() {
        // One more entry of the day takes number one.
        assert_eq!(matched(&[("k", 1, 7), ("k-2", 8, 9)], &[("k", 8, 9)]), (vec!["k-2".into(), "k".into()], vec![]));
        // An edit of the only one.
        assert_eq!(matched(&[("k", 5, 9)], &[("k", 8, 9)]), (vec!["k".into()], vec![]));
        // Of two one is edited.
        let both = [("k", 8, 9), ("k-2", 3, 4)];
        assert_eq!(matched(&[("k", 3, 4), ("k-2", 7, 9)], &both), (vec!["k-2".into(), "k".into()], vec![]));
        // Two are edited: nobody can tell which is which.
        assert_eq!(matched(&[("k", 1, 1), ("k-2", 2, 2)], &both), (vec!["k-3".into(), "k-4".into()], vec![0, 1]));
        // An edit beside a new one.
        assert_eq!(
            matched(&[("k", 1, 1), ("k-2", 2, 2)], &[("k", 8, 9)]),
            (vec!["k-2".into(), "k-3".into()], vec![0, 1])
        );
        // Nothing is left of them.
        assert_eq!(matched(&[], &both), (vec![], vec![]));
        // Equal rows are as many pieces of work as there are.
        assert_eq!(matched(&[("k", 8, 9), ("k-2", 8, 9)], &[("k", 8, 9)]), (vec!["k".into(), "k-2".into()], vec![]));
    }

    #[test]
    fn a_row_of_another_line_is_not_equal_to_a_billed_one() {
        let elsewhere = Work { line: "B".to_owned(), ..work("k", 8, 9) };
        let (entry, none) = (known(8, 9), BTreeSet::new());
        let both = [elsewhere, work("k-2", 8, 9)];
        assert_eq!(match_key("k", &both, &[("k", &entry)], &none), (vec!["k-2".into(), "k".into()], vec![]));
        // Moved to another line, and nothing beside it: an edit.
        assert_eq!(match_key("k", &both[..1], &[("k", &entry)], &none), (vec!["k".into()], vec![]));
        // The billed one got another text, and there is a row of another line beside it: nobody can tell.
        let two = [Work { line: "B".to_owned(), ..work("k", 8, 9) }, work("k-2", 8, 7)];
        assert_eq!(match_key("k", &two, &[("k", &entry)], &none).1, vec![0, 1]);
        // The line has another id now, or left the export: it says nothing.
        let gone = BTreeSet::from(["A"]);
        assert_eq!(match_key("k", &two, &[("k", &entry)], &gone), (vec!["k".into(), "k-2".into()], vec![]));
    }
}
