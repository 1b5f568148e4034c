//! Job files: what is in force is what TOML says, however it is written, or the file is refused with a place.

use std::collections::BTreeMap;

use hourbill::calendar::Date;
use hourbill::job::{self, Flags, JobError, Settings};

use super::scratch;

pub const WORDS: &[&str] = &[
    "[inputs]\n",
    "[rules]\n",
    "[period]\n",
    "[output]\n",
    "[ledger]\n",
    "[limits]\n",
    "[taxes.\"20%\"]\n",
    "[inputs.orders.columns]\n",
    "timesheets = ",
    "orders = ",
    "month = \"2026-10\"\n",
    "from = \"2026-10-01\"\n",
    "late_entries = \"bill\"\n",
    "hours_per_day = \"8\"\n",
    "quantity_decimals = 2\n",
    "name = \"a\"\n",
    "\"t.csv\"",
    "{ path = ",
    " }",
    "= ",
    "\n",
    "[]",
    "[\"a\", \"b\"]",
    "true",
    "-1",
    "1e999",
    "0x7fffffffffffffff",
    "9223372036854775808",
    "\"\"",
    "\"\"\"",
    "'",
    "#",
    "\u{0}",
    "inf",
    "1979-05-27",
    "[[a]]\n",
    ".",
    "dir = \"../x\"\n",
    "tables = [\"csv\"]\n",
    "delimiter = \";\"\n",
    "preset = \"odoo\"\n",
    "encoding = \"utf-16\"\n",
    "rate = \"20\"\n",
    "category = \"S\"\n",
    "documents = [\"json\"]\n",
];

const FULL: &str = r#"name = "fuzz"
[inputs]
orders = "orders.csv"
tickets = { path = "tickets-*.csv", delimiter = ";", decimal = ",", thousands = ".", encoding = "windows-1252", date_format = "%d.%m.%Y", newer_wins = true }
timesheets = { path = ["a.csv", "b.parquet"], timezone = "Europe/Paris", columns = { hours = "Hours Spent" } }
[period]
month = "2026-10"
[rules]
late_entries = "bill"
hours_per_day = "7.5"
corrections = "bill"
[taxes."TVA 20%"]
rate = "20"
category = "S"
[output]
dir = "out"
tables = ["csv", "parquet"]
documents = ["json"]
[ledger]
dir = "ledger"
[limits]
quarantine_pct = 10
"#;

pub fn seeds() -> Vec<Vec<u8>> {
    let small = "[inputs]\norders = \"o.csv\"\ntickets = \"k.csv\"\ntimesheets = \"t.csv\"\n";
    [FULL, small, "inputs.timesheets = 't'\ninputs.orders = [ 'o', 'p' ]\ninputs.tickets = 'k'\nperiod = { from = \"2026-10-01\", to = \"2026-10-15\" }\n"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

fn load(text: &[u8]) -> Result<Settings, JobError> {
    let path = scratch::file("job.toml", text);
    job::load(&path, &Flags::default(), Date::parse("2026-11-02").unwrap())
}

/// Every key in force, and the files of each input.
fn in_force(settings: &Settings) -> (BTreeMap<String, String>, String) {
    let keys = settings
        .in_force
        .iter()
        .map(|known| (known.key.clone(), format!("{} {:?}", known.value, known.origin)))
        .collect();
    let inputs = settings.inputs.iter().map(|(input, of)| format!("{input:?} {:?}", of.paths)).collect::<Vec<_>>();
    (keys, inputs.join("\n"))
}

pub fn target(data: &[u8]) {
    let loaded = load(data);
    let table = std::str::from_utf8(data).ok().and_then(|text| toml::from_str::<toml::Table>(text).ok());
    match (&loaded, &table) {
        (Ok(settings), Some(table)) => {
            // The same said in other words: keys sorted, inline tables and dotted keys spelled out, comments gone.
            let again = toml::to_string(table).unwrap();
            match load(again.as_bytes()) {
                Ok(same) => assert_eq!(in_force(settings), in_force(&same), "said again as\n{again}"),
                Err(error) => panic!("refused when it is said again: {error}\n{again}"),
            }
        }
        (Ok(_), None) => panic!("it is no TOML, and is taken for a job"),
        (Err(error), _) => {
            assert!(!error.problems.is_empty());
            let lines = data.split(|byte| *byte == b'\n').count();
            for problem in &error.problems {
                assert!(!problem.code.is_empty() && !problem.message.is_empty(), "{problem:?}");
                let place = problem.place.rsplit_once("job.toml:").map(|(_, place)| place);
                let line = place.and_then(|place| place.split(':').next()?.parse::<usize>().ok());
                assert!(line.is_none_or(|line| (1..=lines + 1).contains(&line)), "{problem:?} of {lines} lines");
            }
        }
    }
}
