//! Runs for tests: small exports as text, through the real reader, to everything a run computes.

use std::collections::BTreeMap;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};

use hourbill::calendar::Date;
use hourbill::down_payment::DownPaymentBalances;
use hourbill::finding::Code;
use hourbill::job::{self, Flags, Settings};
use hourbill::posted::Posted;
use hourbill::run::{self, Run, Unwatched};
use hourbill::tables::tables;

/// Exports by input name, as CSV; those that a job needs and that are not given have no rows.
pub struct Exports<'a>(pub &'a [(&'a str, &'a str)]);

/// A computed run with its settings.
pub struct Computed {
    pub settings: Settings,
    pub run: Run,
}

const EMPTY: [(&str, &str); 3] = [
    (
        "orders",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency\n",
    ),
    ("tickets", "ticket_id,customer_id\n"),
    ("timesheets", "timesheet_id,date,hours\n"),
];

impl Exports<'_> {
    /// The settings of a job over these exports and the folder they are in. `more` follows the inputs in the job file.
    pub fn settings(&self, more: &str) -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        let mut inputs = BTreeMap::from(EMPTY);
        inputs.extend(self.0.iter().copied());
        let mut job = "name = \"test\"\n[inputs]\n".to_owned();
        for (input, text) in inputs {
            std::fs::write(folder.path().join(format!("{input}.csv")), text).unwrap();
            job.push_str(&format!("{input} = \"{input}.csv\"\n"));
        }
        let file = folder.path().join("job.toml");
        std::fs::write(&file, job + more).unwrap();
        let settings = job::load(&file, &Flags::default(), Date::parse("2026-11-02").unwrap());
        (folder, settings.unwrap_or_else(|error| panic!("{error}")))
    }

    /// Computed and proved.
    pub fn run(&self, more: &str) -> Computed {
        self.run_with(more, &DownPaymentBalances::default())
    }

    /// The same on top of what a ledger knows of down payments.
    pub fn run_with(&self, more: &str, balances: &DownPaymentBalances) -> Computed {
        let (_folder, settings) = self.settings(more);
        let posted = || Posted::of_down_payments(balances.clone());
        let run = run::compute_on(&settings, &Unwatched, |_| Ok(posted())).unwrap_or_else(|error| panic!("{error}"));
        Computed { settings, run }
    }
}

impl Computed {
    /// The rows of a table: column to cell.
    pub fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let tables = tables(self.run.results(&self.settings));
        let table = tables.iter().find(|table| table.name == name).unwrap();
        let mut bytes = Vec::new();
        table.write_csv(&mut bytes).unwrap();
        csv::Reader::from_reader(bytes.as_slice()).deserialize().map(Result::unwrap).collect()
    }

    /// Some columns of a table, a row as one text.
    pub fn rows(&self, table: &str, columns: &str) -> Vec<String> {
        let cell = |row: &BTreeMap<String, String>, column: &str| row[column].clone();
        let row = |row| columns.split(' ').map(|column| cell(&row, column)).collect::<Vec<_>>().join(" | ");
        self.table(table).into_iter().map(row).collect()
    }

    /// Codes of the findings, sorted, but for the word that exports without entries get.
    pub fn codes(&self) -> Vec<&'static str> {
        let findings = self.run.findings();
        findings.iter().filter(|finding| finding.code != Code::EmptyInput).map(|finding| finding.code.name()).collect()
    }
}

/// So many random cases, the same in every run; with `HOURBILL_SOAK=1` a hundred times as many, and others each time.
pub fn cases(cases: u32) -> ProptestConfig {
    let soaks = std::env::var_os("HOURBILL_SOAK").is_some_and(|value| value == "1");
    let (cases, rng_seed) = if soaks { (100 * cases, RngSeed::Random) } else { (cases, RngSeed::Fixed(cases.into())) };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}
