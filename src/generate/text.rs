//! The words of the synthetic exports: names, places, titles and descriptions.

use super::rng::Rng;

const FIRST_NAMES: [&str; 20] = [
    "Amélie", "Björn", "Chiara", "Daan", "Elif", "Femke", "Gaël", "Hannah", "Ivo", "Jasper", "Kenji", "Lucía", "Marek",
    "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Yasmin",
];
const LAST_NAMES: [&str; 20] = [
    "Aarts",
    "Bianchi",
    "Claes",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Hendrickx",
    "Ito",
    "Janssens",
    "Kowalski",
    "Lambert",
    "Müller",
    "Novák",
    "Okafor",
    "Peeters",
    "Rossi",
    "Smith",
    "Tanaka",
    "Verhoeven",
];
const FIRMS: [&str; 32] = [
    "Alder",
    "Borealis",
    "Cobalt",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbour",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Meridian",
    "Northwind",
    "Orchard",
    "Pinnacle",
    "Quarry",
    "Ravine",
    "Sable",
    "Tidewater",
    "Umbra",
    "Vantage",
    "Willow",
    "Xenon",
    "Yarrow",
    "Zephyr",
    "Étoile",
    "Øresund",
    "Café Noir",
    "東和",
    "Bright & Sons",
    "Hill, Marsh",
];
const TRADES: [&str; 16] = [
    "Logistics",
    "Foods",
    "Clinics",
    "Energy",
    "Textiles",
    "Optics",
    "Hotels",
    "Media",
    "Tools",
    "Insurance",
    "Labs",
    "Transport",
    "Packaging",
    "Interiors",
    "Software",
    "Marine",
];
const STREETS: [&str; 8] = [
    "Station Road",
    "Rue du Marché",
    "Kerkstraat",
    "Hauptstraße",
    "Market Street",
    "Via Roma",
    "Calle Mayor",
    "Harbour Lane",
];
const TITLES: [&str; 16] = [
    "Printer on floor 2 prints blank pages",
    "VPN drops every hour",
    "Cannot open last year's invoices",
    "New laptop for a new colleague",
    "Mailbox is full",
    "Report shows wrong totals",
    "Slow start after the update",
    "Access to the shared folder",
    "Scanner not found",
    "Phone system: no sound",
    "Password reset, second time",
    "Backup failed on Sunday",
    "Export to \"Excel\" fails",
    "Screen flickers",
    "Licence is about to expire",
    "Migration of the old archive",
];
const WORK: [&str; 12] = [
    "Analysed the log",
    "Call with the customer",
    "Remote session",
    "Installed the update",
    "Tested the fix",
    "Wrote the instructions",
    "Replaced the part",
    "Restored from backup",
    "Checked the permissions",
    "Prepared the visit",
    "Réunion de suivi",
    "Configured the mail flow",
];
const DETAILS: [&str; 10] = [
    "on the main server",
    "for the sales team",
    "after office hours",
    "with the supplier",
    "for two users",
    "as agreed by phone",
    "in the test system",
    "second attempt",
    "at the branch office",
    "before the deadline",
];

fn at<'a>(list: &[&'a str], place: u64) -> &'a str {
    let length = u64::try_from(list.len()).unwrap_or(1).max(1);
    usize::try_from(place % length).ok().and_then(|place| list.get(place).copied()).unwrap_or_default()
}

/// Distinct for the first 400 numbers: with one name per pair, no two employees look like one.
pub fn person(out: &mut String, number: u64) {
    let (first, round) = (number % 20, number / 20);
    out.push_str(at(&FIRST_NAMES, first));
    out.push(' ');
    out.push_str(at(&LAST_NAMES, round + 7 * first));
}

pub fn firm(out: &mut String, number: u64) {
    let pairs = 32 * 16;
    out.push_str(at(&FIRMS, number * 5));
    out.push(' ');
    out.push_str(at(&TRADES, number / 32 + number));
    if number >= pairs {
        out.push(' ');
        digits(out, number / pairs + 1, 0);
    }
}

pub fn street(out: &mut String, rng: &mut Rng) {
    out.push_str(rng.pick(&STREETS));
    out.push(' ');
    digits(out, rng.below(180) + 1, 0);
}

pub fn title(out: &mut String, rng: &mut Rng) {
    out.push_str(rng.pick(&TITLES));
}

/// What was done. Some hold commas, quotes and line breaks: the cells that tell a CSV reader from a line splitter.
pub fn description(out: &mut String, rng: &mut Rng) {
    out.push_str(rng.pick(&WORK));
    match rng.below(1000) {
        0..450 => {}
        450..880 => {
            out.push(' ');
            out.push_str(rng.pick(&DETAILS));
        }
        880..940 => {
            out.push_str(", ");
            out.push_str(rng.pick(&DETAILS));
        }
        940..965 => {
            out.push_str(": \"");
            out.push_str(rng.pick(&TITLES));
            out.push('"');
        }
        965..980 => {
            out.push('\n');
            out.push_str(rng.pick(&WORK));
            out.push_str("; done");
        }
        980..990 => out.push_str(" (復旧済み)"),
        _ => out.clear(),
    }
}

/// `number` in decimal, with leading zeros up to `width`. Ids are most of the bytes written; this is their fast path.
pub fn digits(out: &mut String, number: u64, width: usize) {
    let mut reversed = [b'0'; 20];
    let mut length = 0;
    let mut rest = number;
    for slot in &mut reversed {
        if rest == 0 && length >= width.max(1) {
            break;
        }
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        length += 1;
    }
    out.extend(reversed.iter().take(length).rev().map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_padded_and_never_cut() {
        let shown = |number, width| {
            let mut out = String::new();
            digits(&mut out, number, width);
            out
        };
        assert_eq!(shown(0, 0), "0");
        assert_eq!(shown(7, 3), "007");
        assert_eq!(shown(12_345, 3), "12345");
        assert_eq!(shown(u64::MAX, 0), u64::MAX.to_string());
    }

    #[test]
    fn the_first_400_people_have_names_of_their_own() {
        let names: std::collections::BTreeSet<String> = (0..400)
            .map(|number| {
                let mut name = String::new();
                person(&mut name, number);
                name
            })
            .collect();
        assert_eq!(names.len(), 400);
    }
}
