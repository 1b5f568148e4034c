//! A company with a ledger, seen from outside: what it exports, runs, posts and credits.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A company with one customer, and the exports it would give today.
pub struct Shop {
    folder: TempDir,
    pub orders: Vec<String>,
    pub entries: Vec<String>,
    pub adjustments: Vec<String>,
    pub requests: Vec<String>,
    pub credits: Vec<String>,
    pub rules: String,
    /// Of `csv` and `parquet` the one that tables are written in.
    pub tables: String,
    /// Of the section `output`, and what stands behind all others.
    pub output: String,
    pub more: String,
}

const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,invoiced_qty,delivered_qty";

impl Shop {
    pub fn new() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let none = Vec::new;
        let (rules, tables) = (String::new(), "csv".to_owned());
        Shop {
            folder,
            orders: none(),
            entries: none(),
            adjustments: none(),
            requests: none(),
            credits: none(),
            rules,
            tables,
            output: String::new(),
            more: String::new(),
        }
    }

    /// A shop with time lines at 20.00 an hour.
    pub fn with_lines(lines: &[&str]) -> Shop {
        let mut shop = Shop::new();
        for line in lines {
            shop.order(&format!("{line},S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,,"));
        }
        shop
    }

    pub fn order(&mut self, row: &str) {
        self.orders.push(row.to_owned());
    }

    pub fn enter(&mut self, id: &str, date: &str, hours: &str, line: &str) {
        self.entries.push(format!("{id},{date},{hours},{line}"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn export(&self) {
        let table = |header: &str, rows: &[String]| {
            let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
            format!("{header}\n{rows}")
        };
        let write = |name: &str, text: String| fs::write(self.path(name), text).unwrap();
        write("orders.csv", table(ORDERS, &self.orders));
        write("tickets.csv", "ticket_id,customer_id\n".to_owned());
        write("timesheets.csv", table("timesheet_id,date,hours,order_line_id", &self.entries));
        write("adjustments.csv", table("action,target,value,reason", &self.adjustments));
        write("downpayments.csv", table("order_id,method,value,requested_on", &self.requests));
        let credits = "invoice_id,timesheet_id,order_line_id,hours,amount,treatment,reason,by,on,quantity";
        let whole = |row: &String| if row.matches(',').count() < 9 { format!("{row},") } else { row.clone() };
        write("credits.csv", table(credits, &self.credits.iter().map(whole).collect::<Vec<_>>()));
        let inputs = ["orders", "tickets", "timesheets", "adjustments", "downpayments", "credits"];
        let inputs: String = inputs.iter().map(|input| format!("{input} = \"{input}.csv\"\n")).collect();
        let (rules, tables, output, more) = (&self.rules, &self.tables, &self.output, &self.more);
        write(
            "job.toml",
            format!(
                "name = \"shop\"\n[inputs]\n{inputs}[rules]\n{rules}[output]\ndir = \"out\"\ntables = [\"{tables}\"]\n{output}[ledger]\ndir = \"ledger\"\n{more}"
            ),
        );
    }

    pub fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
        command.current_dir(self.folder.path()).args(words).args(["--as-of", "2026-11-02", "--format", "json"]);
        command.output().unwrap()
    }

    /// A command on the ledger that must end well; what it says.
    pub fn act(&self, words: &[&str]) -> Value {
        let mut words: Vec<&str> = words.to_vec();
        words.insert(1, "job.toml");
        words.extend(["--by", "ada"]);
        let output = self.command(&words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// As [`Shop::act`], of a command that must be refused; its exit code and message.
    pub fn refused(&self, words: &[&str]) -> (i32, String) {
        let mut words: Vec<&str> = words.to_vec();
        words.insert(1, "job.toml");
        words.extend(["--by", "ada"]);
        let output = self.command(&words);
        assert!(!output.status.success(), "{words:?} should be refused");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Exports as they stand are billed, for a period or for everything.
    pub fn run(&self, period: &[&str]) -> Billed {
        self.export();
        let words: Vec<&str> = ["run", "job.toml"].iter().chain(period).copied().collect();
        let output = self.command(&words);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        Billed { folder: self.path("").join(told["folder"].as_str().unwrap()), told }
    }

    /// The same, and posted.
    pub fn bill(&self, period: &[&str]) -> Billed {
        let billed = self.run(period);
        assert_eq!(self.act(&["post"])["status"], if billed.documents().is_empty() { "nothing_to_do" } else { "done" });
        self.verify();
        billed
    }

    /// A command that is asked and changes nothing.
    pub fn look(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hourbill")).current_dir(self.folder.path()).args(words).output().unwrap()
    }

    pub fn show(&self, more: &[&str]) -> Value {
        let words = ["ledger", "show", "job.toml", "--format", "json"];
        let words: Vec<&str> = words.iter().chain(more).copied().collect();
        serde_json::from_slice(&self.look(&words).stdout).unwrap()
    }

    pub fn verify(&self) {
        let output = self.look(&["ledger", "verify", "job.toml"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A published run.
pub struct Billed {
    pub folder: PathBuf,
    pub told: Value,
}

impl Billed {
    pub fn rows(&self, table: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.folder.join(format!("{table}.csv"))).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    }

    pub fn column(&self, table: &str, column: &str) -> Vec<String> {
        self.rows(table).into_iter().map(|row| row[column].clone()).collect()
    }

    pub fn documents(&self) -> Vec<String> {
        self.column("invoices", "invoice_id")
    }

    pub fn id(&self) -> &str {
        self.told["run_id"].as_str().unwrap()
    }

    /// Hours of disposition `billed`.
    pub fn hours(&self) -> &str {
        self.told["control"]["dispositions"]["billed"]["hours"].as_str().unwrap()
    }

    /// Code and subject of the findings.
    pub fn findings(&self) -> Vec<String> {
        self.rows("findings").iter().map(|row| format!("{} {}", row["code"], row["subject_id"])).collect()
    }
}

pub const BLANK: &[&str] = &["--all"];
