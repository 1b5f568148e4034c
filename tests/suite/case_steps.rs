//! Cases of several steps: `console.txt` holds commands behind `$ ` and what each must say. `exports FOLDER` puts the files of a folder of the
//! case over those of `in`; every other line is a command of the program on the case's job.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The transcript of a case's commands, as they come out now.
pub fn transcript(case: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(case.join("job.toml"), folder.path().join("job.toml")).unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    lay_over(&case.join("in"), folder.path());
    let mut told = String::new();
    for step in fs::read_to_string(case.join("console.txt")).unwrap().lines().filter_map(|line| line.strip_prefix("$ "))
    {
        told.push_str(&format!("$ {step}\n"));
        match step.strip_prefix("exports ") {
            Some(name) => lay_over(&case.join(name), folder.path()),
            None => told.push_str(&said(folder.path(), step)),
        }
    }
    told
}

fn lay_over(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join("in").join(file.file_name())).unwrap();
    }
}

/// What a command comes to, without what is of this moment: hashes and places.
fn said(folder: &Path, step: &str) -> String {
    let mut words: Vec<&str> = step.split_whitespace().collect();
    let name = words[0];
    words.insert(if name == "ledger" { 2 } else { 1 }, "job.toml");
    words.extend(["--format", "json", "--as-of", "2026-11-02"]);
    if !matches!(name, "run" | "statement") {
        words.extend(["--by", "ada"]);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_hourbill")).current_dir(folder).args(&words).output().unwrap();
    let code = output.status.code();
    let told = match serde_json::from_slice::<Value>(&output.stdout) {
        Ok(told) if matches!(code, Some(0 | 1)) => told,
        _ => return format!("exit {code:?}: {}", without_hashes(&String::from_utf8_lossy(&output.stderr))),
    };
    match name {
        "run" => drafts(folder, &told),
        "statement" => told["statements"].as_array().unwrap().iter().map(statement).collect(),
        _ => documents(&told),
    }
}

/// Hashes are those of a version of the program.
fn without_hashes(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_ascii_hexdigit()) {
        if matches!(word.len(), 12 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            words.push(word.to_owned());
        }
    }
    words.iter().fold(text.to_owned(), |text, hash| text.replace(hash, "<hash>"))
}

fn rows(folder: &Path, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{table}.csv"))).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn drafts(folder: &Path, told: &Value) -> String {
    let run = folder.join(told["folder"].as_str().unwrap());
    let mut text = format!("{} h billed\n", told["control"]["dispositions"]["billed"]["hours"].as_str().unwrap());
    if let Some(adjustments) = told["adjustments"].as_object() {
        let counts = ["applied", "no_effect", "waiting", "unmatched", "quarantined"].map(|outcome| {
            let rows = adjustments[outcome].as_u64().unwrap();
            (rows > 0).then(|| format!("{rows} {}", outcome.replace('_', " ")))
        });
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        text.push_str(&format!("adjustments: {}\n", counts.join(", ")));
    }
    let lines = rows(&run, "invoice_lines");
    for draft in rows(&run, "invoices") {
        let money = ["net_amount", "tax_amount", "total_amount"].map(|column| draft[column].clone()).join(" ");
        text.push_str(&format!("{} {} {money} {}\n", draft["kind"], draft["invoice_id"], draft["currency"]));
        for line in lines.iter().filter(|line| line["invoice_id"] == draft["invoice_id"]) {
            let what =
                ["kind", "order_line_id", "quantity", "uom", "net_amount", "taxes"].map(|column| line[column].as_str());
            let what: Vec<&str> = what.into_iter().filter(|word| !word.is_empty()).collect();
            let dates = format!(" late {} {}", line["period_from"], line["period_to"]);
            let late = if line["late"] == "true" { dates.as_str() } else { "" };
            text.push_str(&format!("  {}{late}\n", what.join(" ")));
        }
    }
    for finding in rows(&run, "findings") {
        text.push_str(&format!("{} {} {}\n", finding["code"], finding["subject_kind"], finding["subject_id"]));
    }
    text
}

fn documents(told: &Value) -> String {
    if told["status"] == "nothing_to_do" {
        return "nothing to do\n".to_owned();
    }
    if told["month"].is_object() {
        return month(&told["month"]);
    }
    if told["documents"].is_null() {
        return format!("{}\n", told["status"].as_str().unwrap());
    }
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let document = |document: &Value| {
        let words = ["kind", "document_id", "effect", "hours", "total_amount"].map(|key| word(&document[key]));
        let mut text = format!("{} {}, {} {} h, {}", words[0], words[1], words[2], words[3], words[4]);
        if document["number"].is_string() {
            let [number, date, due] = ["number", "issue_date", "due_date"].map(|key| word(&document[key]));
            let due = if due.is_empty() { "no due date".to_owned() } else { format!("due {due}") };
            text.push_str(&format!("; {number} of {date}, {due}"));
        }
        text + "\n"
    };
    told["documents"].as_array().unwrap().iter().map(document).collect()
}

/// What a customer is told of the packs.
fn statement(told: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = format!("{} {}\n", word(&told["customer_id"]), word(&told["company"])).replace(" \n", "\n");
    for pack in told["packs"].as_array().unwrap() {
        text.push_str(&format!("  {}", word(&pack["order_line_id"])));
        for figure in ["opening", "bought", "used", "expired", "adjusted", "closing"] {
            text.push_str(&format!(", {figure} {}", word(&pack[figure])));
        }
        text.push('\n');
        for (list, what) in [("used_entries", "used"), ("not_final", "not final"), ("corrections", "correction")] {
            for entry in pack[list].as_array().unwrap() {
                let words = ["date", "timesheet_id", "employee", "description", "hours"].map(|key| word(&entry[key]));
                let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
                text.push_str(&format!("    {what} {}\n", words.join(" ")));
            }
        }
    }
    text
}

/// What a close or a reopening does, and what it keeps.
fn month(told: &Value) -> String {
    let company = told["company"].as_str().map_or_else(String::new, |company| format!(" {company}"));
    let mut text = format!("{}{company} {}\n", told["month"].as_str().unwrap(), told["state"].as_str().unwrap());
    for (disposition, sum) in told["kept"]["dispositions"].as_object().into_iter().flatten() {
        text.push_str(&format!("  {disposition} {} {} h\n", sum["rows"], sum["hours"].as_str().unwrap()));
    }
    for (currency, value) in told["kept"]["unbilled"].as_object().into_iter().flatten() {
        text.push_str(&format!("  unbilled {} {currency}\n", value.as_str().unwrap()));
    }
    for ignored in told["ignored"].as_array().into_iter().flatten() {
        text.push_str(&format!("  passed over {}\n", without_hashes(ignored.as_str().unwrap())));
    }
    text
}
