//! The names by which one export calls the records of another: External IDs, database ids, numbers for people, names that lists show.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::inputs::Input;

/// What a reference or an id is written in. A reference is looked up among what the other file gives of the same kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Key {
    /// An id as it stands; nothing is known about its kind.
    #[default]
    Plain,
    /// Odoo's External ID.
    External,
    /// The number of the record in the database.
    Database,
    /// A number for people, such as a ticket's.
    Reference,
    /// The name that lists show; it may be ambiguous.
    Display,
}

/// Who is called what.
#[derive(Debug, Default)]
pub struct Aliases {
    by_kind: HashMap<(Input, Key), HashMap<String, Named>>,
}

#[derive(Debug)]
enum Named {
    One(String),
    /// The first two: more would not help.
    Several(String, String),
}

/// What a name leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    Id(&'a str),
    /// Nothing of this name, among names of its kind.
    Nothing,
    Several(&'a str, &'a str),
    /// The other export says nothing of this kind: the name has to be the id itself.
    Unsaid,
}

impl Aliases {
    /// A record of an input, by its id, is also called `name`.
    pub fn add(&mut self, input: Input, key: Key, name: &str, id: &str) {
        if key == Key::Plain || name.is_empty() {
            return;
        }
        let names = self.by_kind.entry((input, key)).or_default();
        match names.get_mut(name) {
            None => {
                names.insert(name.to_owned(), Named::One(id.to_owned()));
            }
            Some(known) => {
                if let Named::One(other) = known
                    && other != id
                {
                    *known = Named::Several(std::mem::take(other), id.to_owned());
                }
            }
        }
    }

    /// The id that a name stands for; the name itself where no record, or no kind, has it. The two that share it as error.
    #[inline]
    pub fn id<'a>(&self, input: Input, key: Key, name: Cow<'a, str>) -> Result<Cow<'a, str>, (&str, &str)> {
        // Nearly always, and for each of millions of cells.
        if key == Key::Plain {
            return Ok(name);
        }
        match self.find(input, key, &name) {
            Found::Id(id) => Ok(id.to_owned().into()),
            Found::Several(one, other) => Err((one, other)),
            Found::Nothing | Found::Unsaid => Ok(name),
        }
    }

    pub fn find(&self, input: Input, key: Key, name: &str) -> Found<'_> {
        if key == Key::Plain || name.is_empty() {
            return Found::Unsaid;
        }
        let Some(names) = self.by_kind.get(&(input, key)) else { return Found::Unsaid };
        let found = names.get(name).or_else(|| {
            // Names that lists show may say more behind the name: "S00077 - Support pack (20 hours remaining)".
            let said = if key == Key::Display {
                name.trim_end().strip_suffix(')')?.rsplit_once(" (")?.0
            } else {
                return None;
            };
            names.get(said)
        });
        match found {
            Some(Named::One(id)) => Found::Id(id),
            Some(Named::Several(one, other)) => Found::Several(one, other),
            None => Found::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_record_and_an_ambiguous_one_to_both() {
        let mut aliases = Aliases::default();
        assert_eq!(aliases.find(Input::Orders, Key::Display, "S1 - Pack"), Found::Unsaid);
        aliases.add(Input::Orders, Key::Display, "S1 - Pack", "7");
        aliases.add(Input::Orders, Key::Display, "S1 - Pack", "7");
        assert_eq!(aliases.find(Input::Orders, Key::Display, "S1 - Pack"), Found::Id("7"));
        assert_eq!(aliases.find(Input::Orders, Key::Display, "S1 - Pack (3 hours remaining)"), Found::Id("7"));
        aliases.add(Input::Orders, Key::Display, "S1 - Pack", "8");
        aliases.add(Input::Orders, Key::Display, "S1 - Pack", "9");
        assert_eq!(aliases.find(Input::Orders, Key::Display, "S1 - Pack"), Found::Several("7", "8"));
        assert_eq!(aliases.find(Input::Orders, Key::Display, "S2 - Pack"), Found::Nothing);
        assert_eq!(aliases.find(Input::Orders, Key::Database, "7"), Found::Unsaid);
        assert_eq!(aliases.find(Input::Tickets, Key::Display, "S1 - Pack"), Found::Unsaid);
    }
}
