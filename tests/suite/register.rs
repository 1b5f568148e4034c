//! E1 to E4: the register has every row that was read and every hour once, and says of each what the other tables say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hourbill::account::Disposition;
use hourbill::calendar::Date;
use hourbill::job::Settings;
use hourbill::month::{HoursStanding, HoursWorth};
use hourbill::quantity::{Currency, HoursSum, Money, Quantity};
use hourbill::run::{Run, Unwatched, compute, publish};
use hourbill::tables::{Sink, Table, tables};

use crate::oracle::{Dice, Scratch};
use crate::shards::{hourbill, post, rows, settings, tangled};

const WORLDS: u64 = 60;

type Row = BTreeMap<String, String>;

fn table(run: &Run, settings: &Settings, name: &str) -> Vec<Row> {
    let tables = tables(run.results(settings));
    let (header, rows) = rows(tables.iter().find(|table| table.name == name).unwrap());
    rows.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn cells<'a>(rows: impl IntoIterator<Item = &'a Row>, names: &[&str]) -> Vec<Vec<String>> {
    let mut cells: Vec<Vec<String>> =
        rows.into_iter().map(|row| names.iter().map(|name| row[*name].clone()).collect()).collect();
    cells.sort();
    cells
}

/// Rows as their cells tell them one by one.
#[derive(Default)]
struct OneByOne {
    rows: Vec<Vec<String>>,
    row: Vec<String>,
}

impl OneByOne {
    fn cell(&mut self, text: Option<String>) {
        self.row.push(text.unwrap_or_default());
    }
}

impl Sink for OneByOne {
    fn text(&mut self, text: &str) {
        self.cell(Some(text.to_owned()));
    }
    fn date(&mut self, date: Option<Date>) {
        self.cell(date.map(|date| date.to_string()));
    }
    fn flag(&mut self, flag: Option<bool>) {
        self.cell(flag.map(|flag| flag.to_string()));
    }
    fn count(&mut self, count: Option<i64>) {
        self.cell(count.map(|count| count.to_string()));
    }
    fn hours(&mut self, hours: Option<HoursSum>) {
        self.cell(hours.map(|hours| hours.to_string()));
    }
    fn decimal(&mut self, micros: Option<i64>) {
        self.cell(micros.map(|micros| Quantity::from_micros(micros).to_string()));
    }
    fn money(&mut self, money: Option<(Money, Currency)>) {
        self.cell(money.map(|(money, currency)| money.text(currency)));
    }
    fn end_row(&mut self) {
        self.rows.push(std::mem::take(&mut self.row));
    }
}

/// CSV takes cells that many rows say alike from where they were told before, and a slice of rows starts anywhere: both must say what every
/// row says by itself.
fn told_one_by_one(table: &Table<'_>) -> Vec<String> {
    let mut alone = OneByOne::default();
    (0..table.rows.count()).for_each(|row| table.rows.fill(row..row + 1, &mut alone));
    let mut together = OneByOne::default();
    table.rows.fill(0..table.rows.count(), &mut together);
    let (_, of_csv) = rows(table);
    let mut wrong = Vec::new();
    for (what, rows) in [("told together", together.rows), ("in CSV", of_csv)] {
        if rows != alone.rows {
            wrong.push(format!("rows {what} {rows:?}\ninstead of {:?}", alone.rows));
        }
    }
    wrong
}

/// What is wrong with the register of a run.
fn wrong(run: &Run, settings: &Settings) -> Vec<String> {
    let register = table(run, settings, "entries");
    let mut wrong = Vec::new();
    let all = tables(run.results(settings));
    all.iter().filter(|table| table.name == "entries").for_each(|table| wrong.extend(told_one_by_one(table)));
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for row in &register {
        let hours: i128 = row["hours_us"].parse().unwrap();
        *sums.entry(&row["disposition"]).or_default() += hours;
        let decimal = HoursSum::from_micros(hours).to_string();
        if row["hours"].parse::<f64>().unwrap() != decimal.parse::<f64>().unwrap() {
            wrong.push(format!("{row:?} has two figures"));
        }
    }
    for disposition in Disposition::ALL {
        let control = run.control.totals.of(disposition).hours.micros();
        let sum = sums.get(disposition.name()).copied().unwrap_or(0);
        if sum != control {
            wrong.push(format!("{sum} us are {} in the register, {control} in the control totals", disposition.name()));
        }
    }
    let firsts = register.iter().filter(|row| row["part"] == "1").count() as u64;
    if firsts != run.control.read.rows {
        wrong.push(format!("{firsts} first parts of {} rows", run.control.read.rows));
    }
    let key = |row: &Row| -> (String, String, u64, u64) {
        (row["timesheet_id"].clone(), row["file"].clone(), row["row"].parse().unwrap(), row["part"].parse().unwrap())
    };
    if !register.is_sorted_by(|a, b| key(a) < key(b)) {
        wrong.push("it is not sorted".to_owned());
    }
    let mut same = |what: &str, ours: Vec<Vec<String>>, theirs: Vec<Vec<String>>| {
        if ours != theirs {
            wrong.push(format!("{what}: {ours:?}\ninstead of {theirs:?}"));
        }
    };
    let of = |wanted: &[&str]| {
        register.iter().filter(|row| wanted.contains(&row["disposition"].as_str())).collect::<Vec<_>>()
    };
    let names = ["invoice_id", "line_no", "timesheet_id", "hours", "employee", "ticket_id"];
    same("billed", cells(of(&["billed"]), &names), cells(&table(run, settings, "invoice_entries"), &names));
    let open = ["held", "unassigned", "not_validated", "before_period"];
    let names = ["timesheet_id", "customer_id", "order_line_id", "hours", "disposition", "reason"];
    same("open", cells(of(&open), &names), cells(&table(run, settings, "unbilled"), &names));
    let priced = ["held", "before_period"];
    let names = ["timesheet_id", "hours", "value"];
    let unbilled = table(run, settings, "unbilled");
    let unbilled = unbilled.iter().filter(|row| priced.contains(&row["disposition"].as_str()));
    same("priced", cells(of(&priced), &names), cells(unbilled, &names));
    let quarantine: u64 = run.intake.rejected.iter().filter(|row| row.input.name() == "timesheets").count() as u64;
    if of(&["quarantined"]).len() as u64 != quarantine
        || of(&["quarantined"]).iter().any(|row| row["reason"].is_empty())
    {
        wrong.push(format!("{quarantine} rows are in quarantine"));
    }
    wrong
}

/// Hours that the ledger has closed, by document, and those that the register says it has.
fn documents(run: &Run, settings: &Settings) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for row in table(run, settings, "entries").iter().filter(|row| !row["document_id"].is_empty()) {
        *sums.entry(row["document_id"].clone()).or_default() += row["hours_us"].parse::<i128>().unwrap();
    }
    sums
}

/// Hours and values of the register by standing and currency, values in minor units; what it does not split stands together.
fn by_standing(run: &Run, settings: &Settings) -> BTreeMap<(&'static str, String), (i128, i128)> {
    let mut sums: BTreeMap<(&'static str, String), (i128, i128)> = BTreeMap::new();
    for row in table(run, settings, "entries") {
        let standing = match row["disposition"].as_str() {
            "billed" => "billed",
            "held" => "on_hold",
            "before_period" => "late",
            "unassigned" => "no_line",
            "after_period" => "after_period",
            "not_validated" => "not_validated",
            "covered" => "covered",
            "already_invoiced" => "already_invoiced",
            "non_billable" if row["rule"] == "L4" => "teams_not_billing",
            "non_billable" => "not_billable",
            "duplicate" => "duplicate",
            "quarantined" => "quarantined",
            other => panic!("{other}"),
        };
        let priced = Currency::from_code(&row["currency"]).filter(|_| standing != "billed");
        let value = priced.map_or(0, |currency| Money::from_text(&row["value"], currency).unwrap().minor());
        let sum = sums.entry((standing, row["currency"].clone())).or_default();
        sum.0 += row["hours_us"].parse::<i128>().unwrap();
        sum.1 += value;
    }
    sums.retain(|_, (hours, value)| *hours != 0 || *value != 0);
    sums
}

/// E8.
#[test]
fn the_month_in_money_is_the_register_by_standing() {
    let (mut beyond, mut estimated) = (0, 0);
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0xe8);
        let scratch = Scratch::new();
        let tangled = tangled(seed, dice);
        tangled.write(scratch.path(), dice.percent(50), dice.percent(20));
        let settings = settings(&scratch.path().join("job.toml"));
        let run = compute(&settings, &Unwatched).unwrap();
        let month = run.month();
        let mut ours: BTreeMap<(&'static str, String), (i128, i128)> = BTreeMap::new();
        for (standing, currency, worth) in month.rows() {
            // The register has no value of them.
            let standing = if standing == HoursStanding::BeyondPacks { "covered" } else { standing.name() };
            let (code, value) = match standing {
                "covered" | "teams_not_billing" => (String::new(), 0),
                // A line of a draft is rounded once, its entries each by itself.
                "billed" => (currency.map_or_else(String::new, |of| of.code().to_owned()), 0),
                _ => (currency.map_or_else(String::new, |of| of.code().to_owned()), worth.value.minor()),
            };
            let sum = ours.entry((standing, code)).or_default();
            sum.0 += worth.hours.micros();
            sum.1 += value;
        }
        ours.retain(|_, (hours, value)| *hours != 0 || *value != 0);
        assert_eq!(ours, by_standing(&run, &settings), "world {seed}\n{}", tangled.shown(scratch.path()));
        // What is billed and what stands beside it on drafts is their net, to the cent.
        let (mut asked, mut on_drafts) = (BTreeMap::new(), BTreeMap::new());
        let billed = month.rows().filter(|(standing, ..)| *standing == HoursStanding::Billed);
        let billed = billed.filter_map(|(_, currency, worth)| Some((currency?, worth.value)));
        billed.chain(month.without_hours()).for_each(|(of, net)| *asked.entry(of).or_insert(0) += net.minor());
        run.billing.drafts.iter().for_each(|of| *on_drafts.entry(of.currency()).or_insert(0) += of.amounts.net.minor());
        asked.retain(|_, net| *net != 0);
        on_drafts.retain(|_, net| *net != 0);
        assert_eq!(asked, on_drafts, "world {seed}\n{}", tangled.shown(scratch.path()));
        // Beyond packs: what is overdrawn, as far as hours that are read cover it.
        let beyond_packs = |(standing, _, worth): (HoursStanding, _, HoursWorth)| {
            if standing == HoursStanding::BeyondPacks { worth.hours.micros() } else { 0 }
        };
        let told: i128 = month.rows().map(beyond_packs).sum();
        let balances = table(&run, &settings, "order_lines");
        let overdrawn = balances.iter().filter(|row| row["overdrawn"] == "true");
        let overdrawn: f64 = overdrawn.map(|row| -row["remaining_hours"].parse::<f64>().unwrap()).sum();
        assert!(told as f64 <= overdrawn * 3.6e9 + 1.0, "world {seed}: {told} of {overdrawn}");
        beyond += u64::from(told > 0);
        estimated +=
            month.rows().filter(|(standing, currency, _)| standing.is_estimated() && currency.is_some()).count();
    }
    assert!(beyond > 3 && estimated > 3, "{beyond} worlds with hours beyond packs, {estimated} estimates");
}

#[test]
fn the_register_of_random_worlds_has_every_hour_once() {
    let (mut parts, mut on_documents) = (0, 0);
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0xe9);
        let scratch = Scratch::new();
        let mut tangled = tangled(seed, dice);
        let ledger = dice.percent(70);
        tangled.write(scratch.path(), ledger, dice.percent(20));
        let settings = settings(&scratch.path().join("job.toml"));
        let mut run = compute(&settings, &Unwatched).unwrap();
        let told = wrong(&run, &settings);
        assert!(told.is_empty(), "world {seed}\n{}\n{}", told.join("\n"), tangled.shown(scratch.path()));
        if !ledger {
            continue;
        }
        publish(&mut run, &settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
        if post(&settings) {
            let again = compute(&settings, &Unwatched).unwrap();
            let told = wrong(&again, &settings);
            assert!(told.is_empty(), "world {seed}, posted\n{}\n{}", told.join("\n"), tangled.shown(scratch.path()));
            // What was drafted stands on the documents of the same ids now, refunds apart.
            let mut drafted: BTreeMap<String, i128> = BTreeMap::new();
            for row in table(&run, &settings, "entries").iter().filter(|row| row["disposition"] == "billed") {
                *drafted.entry(row["invoice_id"].clone()).or_default() += row["hours_us"].parse::<i128>().unwrap();
            }
            drafted.retain(|_, hours| *hours != 0);
            let now = documents(&again, &settings);
            for (id, hours) in &drafted {
                assert_eq!(now.get(id), Some(hours), "world {seed}: {id}\n{}", tangled.shown(scratch.path()));
            }
            on_documents += drafted.len();
            tangled.age(dice);
            tangled.write(scratch.path(), ledger, false);
            let aged = compute(&settings, &Unwatched).unwrap();
            let told = wrong(&aged, &settings);
            assert!(told.is_empty(), "world {seed}, aged\n{}\n{}", told.join("\n"), tangled.shown(scratch.path()));
            parts += table(&aged, &settings, "entries").iter().filter(|row| row["part"] != "1").count();
        }
    }
    assert!(parts > 3 && on_documents > 5, "{parts} further parts, {on_documents} documents");
}

/// What anybody may ask of the published table is what the receipt says.
#[test]
fn e3_sums_of_the_entries_by_disposition_are_the_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let job = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/month-end.toml");
    let dir = format!("output.dir={}", folder.path().display());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
    command.args(["run", job.to_str().unwrap(), "--format", "json", "--set", &dir, "--set", "output.entries=all"]);
    let output = command.args(["--set", "output.documents=json", "--as-of", "2026-11-02"]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let receipt: BTreeMap<String, i128> = told["control"]["dispositions"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, of)| (name.clone(), of["microseconds"].as_i64().unwrap().into()))
        .filter(|(_, hours)| *hours != 0)
        .collect();
    assert!(receipt.len() > 8, "{receipt:?}");
    let entries = std::path::PathBuf::from(told["folder"].as_str().unwrap()).join("entries.csv");
    let mut summed: BTreeMap<String, i128> = BTreeMap::new();
    for row in csv::Reader::from_path(&entries).unwrap().deserialize::<Row>().map(Result::unwrap) {
        *summed.entry(row["disposition"].clone()).or_default() += row["hours_us"].parse::<i128>().unwrap();
    }
    summed.retain(|_, hours| *hours != 0);
    assert_eq!(summed, receipt);

    let query = "SELECT disposition, sum(hours_us) FROM entries GROUP BY 1;";
    let mut sql = std::process::Command::new("sqlite3");
    sql.args(["-csv", ":memory:", ".mode csv", &format!(".import '{}' entries", entries.display()), query]);
    let Ok(output) = sql.output() else {
        eprintln!("skipped: sqlite3 is not installed");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let told: BTreeMap<String, i128> = text
        .lines()
        .filter_map(|line| line.trim().split_once(','))
        .map(|(disposition, hours)| (disposition.to_owned(), hours.parse().unwrap()))
        .filter(|(_, hours)| *hours != 0)
        .collect();
    assert_eq!(told, receipt, "{query}");
}

/// Parts of the only entry of a job in the run published last: disposition, hours and document; and what its pack gave: hours, what was left,
/// and whether a document has them.
fn of_one_entry(folder: &Path) -> (Vec<[String; 3]>, Vec<[String; 3]>) {
    let job = folder.join("out/case");
    let run = job.join("runs").join(fs::read_to_string(job.join("latest")).unwrap().trim());
    let read = |name: &str| -> Vec<Row> {
        csv::Reader::from_path(run.join(name)).unwrap().deserialize().map(Result::unwrap).collect()
    };
    let parts = read("entries.csv").into_iter();
    let parts = parts.map(|row| ["disposition", "hours", "document_id"].map(|name| row[name].clone()));
    let draws = read("pack_entries.csv").into_iter();
    let has_document = |row: &Row| (!row["document_id"].is_empty()).to_string();
    let draws = draws.map(|row| [row["hours"].clone(), row["left_after"].clone(), has_document(&row)]);
    (parts.collect(), draws.collect())
}

#[test]
fn e1_what_a_covered_entry_gained_stands_beside_what_was_posted_of_it() {
    let scratch = Scratch::new();
    let write = |name: &str, text: &str| fs::write(scratch.path().join(name), text).unwrap();
    let line = "A,S1,sale,C1,Pack,ordered_prepaid,Hours,5,90,EUR,2026-01-05";
    let columns = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on";
    write("orders.csv", &format!("{columns}\n{line}\n"));
    write("tickets.csv", "ticket_id,customer_id,created_on\nK1,C1,2026-09-01\n");
    write(
        "job.toml",
        "name = \"case\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
         [period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\nentries = \"all\"\n[ledger]\ndir = \"ledger\"\n[rules]\nprepaid = \"ticket\"\n",
    );
    let worked = |hours: &str| {
        write("timesheets.csv", &format!("timesheet_id,date,hours,ticket_id\nT1,2026-10-05,{hours},K1\n"));
        let (code, told) = hourbill(scratch.path(), "run job.toml");
        assert!(matches!(code, 0 | 1), "{told}");
        of_one_entry(scratch.path())
    };
    let post = || assert!(matches!(hourbill(scratch.path(), "post job.toml").0, 0 | 1));
    worked("4");
    post();
    let document = worked("4").0[0][2].clone();
    let part = |disposition: &str, hours: &str, document: &str| [disposition, hours, document].map(str::to_owned);
    let draw = |hours: &str, left: &str, posted: bool| [hours.to_owned(), left.to_owned(), posted.to_string()];
    // The pack has 1 h left for the 2.5 h that were added.
    let (parts, draws) = worked("6.5");
    assert_eq!(parts, [part("covered", "4", &document), part("covered", "1", ""), part("held", "1.5", "")]);
    assert_eq!(draws, [draw("4", "1", true), draw("1", "0", false)]);
    // What was posted later comes later, whatever the documents are called (W12).
    worked("3");
    post();
    assert_eq!(worked("3").1, [draw("4", "1", true), draw("-1", "2", true)]);
}
