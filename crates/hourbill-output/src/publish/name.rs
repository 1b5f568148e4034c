//! Ids as names of files and folders (§9.4). A name is made once, by whoever makes the file, and found again by what `run.json` says.

use crate::bug::OrBug;
use std::collections::BTreeMap;
use std::fmt;

/// An id of at most so many bytes is its own name.
const PLAIN_BYTES_MAX: usize = 120;

/// Digits of a hash behind what is left of an id: 128 bits, so that nobody finds two ids of one name.
const HASH_DIGITS: usize = 32;

/// What is left of an id before its hash: no name is longer than those that were made so far.
const KEPT_BYTES_MAX: usize = 95;

/// Names that mean devices on Windows, whatever stands behind a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// A name of one file or folder, the same on every system: `[A-Za-z0-9._-]`, neither hidden nor a device, without a dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// An id as a name: reduced to `[A-Za-z0-9._-]`, with its hash when that changed it. Two ids have names that differ in more than
    /// capitals, unless the ids differ in capitals alone: [`FileName::of_all`] is for those.
    pub fn of(id: &str) -> FileName {
        if is_plain(id) && id.len() <= PLAIN_BYTES_MAX && !ends_with_hash(id) {
            return FileName(id.to_owned());
        }
        FileName::hashed(id)
    }

    /// Names of ids that stand in one folder, in their order: different ones where capitals do not matter, too.
    pub fn of_all<'a>(ids: impl Iterator<Item = &'a str> + Clone) -> Vec<FileName> {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for id in ids.clone() {
            *count.entry(id.to_ascii_lowercase()).or_default() += 1;
        }
        let alone = |id: &str| count.get(&id.to_ascii_lowercase()).is_none_or(|&count| count == 1);
        ids.map(|id| if alone(id) { FileName::of(id) } else { FileName::hashed(id) }).collect()
    }

    /// What the id was called before hashes were long: folders of that name are used on.
    pub(super) fn of_before(id: &str) -> FileName {
        let plain = !id.is_empty() && id.len() <= PLAIN_BYTES_MAX && !id.starts_with('.') && id.bytes().all(is_kept);
        if plain { FileName(id.to_owned()) } else { FileName::with_hash(id, PLAIN_BYTES_MAX, 8) }
    }

    /// A name that stands in a record, as it is; `None` when nothing of ours is called so, and it might lead elsewhere.
    pub fn recorded(name: &str) -> Option<FileName> {
        let sound = !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_kept);
        sound.then(|| FileName(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn hashed(id: &str) -> FileName {
        FileName::with_hash(id, KEPT_BYTES_MAX, HASH_DIGITS)
    }

    fn with_hash(id: &str, kept_max: usize, digits: usize) -> FileName {
        let kept: String = id.bytes().filter(|&byte| is_kept(byte)).map(char::from).take(kept_max).collect();
        let hash = blake3::hash(id.as_bytes()).to_hex();
        let name = format!("{}-{}", kept.trim_start_matches('.'), hash.get(..digits).or_bug("a hash has 64 digits"));
        // `nul.csv-1f...`: what stands behind the dot does not help.
        FileName(if is_device(&name) && digits == HASH_DIGITS { format!("_{name}") } else { name })
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_kept(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// It may be the name of a file anywhere.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && !id.starts_with('.') && !id.ends_with('.') && !is_device(id) && id.bytes().all(is_kept)
}

fn is_device(id: &str) -> bool {
    let stem = id.split('.').next().unwrap_or(id).to_ascii_lowercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|rest| matches!(rest.as_bytes(), [digit] if digit.is_ascii_digit()))
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.into_iter().any(numbered)
}

/// It reads like the name of another id.
fn ends_with_hash(id: &str) -> bool {
    let hash = id.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn name(id: &str) -> String {
        FileName::of(id).to_string()
    }

    #[test]
    fn what_is_a_name_already_stays() {
        let longest = "x".repeat(PLAIN_BYTES_MAX);
        for id in ["D-2026-10-C1-EUR", "a", "-", "run.json", "COM10", "console", "x-0123456789abcdef", &longest] {
            assert_eq!(name(id), id);
        }
    }

    #[test]
    fn names_never_lead_elsewhere() {
        let long = ["x".repeat(121), "x".repeat(500)];
        let odd =
            ["../../etc/x", "", ".", "..", "/", "a/b", "a\0b", "ünïcode", ".hidden", "S1.", "con", "Nul.csv", "lpt1"];
        for id in odd.into_iter().chain(long.iter().map(String::as_str)) {
            let made = name(id);
            assert_ne!(made, id);
            assert_eq!(FileName::recorded(&made).unwrap().as_str(), made);
            assert!(made.len() <= 129 && is_plain(&made), "{id} -> {made}");
        }
        assert_ne!(name("a/b"), name("a\\b"));
        for elsewhere in ["", "..", ".x", "a/b", "a b"] {
            assert_eq!(FileName::recorded(elsewhere), None);
        }
    }

    #[test]
    fn no_id_is_called_as_another_one_is() {
        let made = name("é");
        for id in [made.clone(), made.to_ascii_uppercase(), name(&made)] {
            assert_ne!(name(&id).to_ascii_lowercase(), made);
            assert_ne!(name(&id), id);
        }
        let ids = ["D-c1", "D-C1", "D-C2", "D-é", "D-É"];
        let names: Vec<String> = FileName::of_all(ids.into_iter()).iter().map(|made| made.to_string()).collect();
        let folded: BTreeSet<String> = names.iter().map(|made| made.to_ascii_lowercase()).collect();
        assert_eq!((folded.len(), names[2].as_str()), (5, "D-C2"));
        assert!(ends_with_hash(&names[0]) && ends_with_hash(&names[1]));
    }

    proptest! {
        #[test]
        fn names_of_any_ids_are_sound_and_differ(
            ids in prop::collection::btree_set("[\\PC\\x00-\\x20./-]{1,400}|[a-cA-C.]{1,3}|[a-f0-9-]{30,40}", 2..20)
        ) {
            let ids: Vec<String> = ids.into_iter().collect();
            let names = FileName::of_all(ids.iter().map(String::as_str));
            let folded: BTreeSet<String> = names.iter().map(|made| made.as_str().to_ascii_lowercase()).collect();
            prop_assert_eq!(folded.len(), ids.len());
            for made in &names {
                prop_assert!(made.as_str().len() <= 129 && is_plain(made.as_str()));
            }
        }
    }
}
