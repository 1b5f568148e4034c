//! Which sheets of a workbook are read: the one that can be meant, or those that the job names; the rest is refused or named.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rust_xlsxwriter::{Chart, ChartType, Workbook};
use serde_json::Value;
use tempfile::TempDir;

#[derive(Clone, Copy)]
enum Tab {
    Shown,
    Hidden,
    VeryHidden,
    Chart,
}

use Tab::{Chart as ChartTab, Hidden, Shown, VeryHidden};

const HEADER: &[&str] = &["timesheet_id", "date", "hours", "order_line_id"];
const OCTOBER: &[&[&str]] = &[HEADER, &["A", "2026-10-05", "1", "L"]];
const NOVEMBER: &[&[&str]] = &[HEADER, &["B", "2026-11-05", "2", "L"]];
const NO_ROW: &[&[&str]] = &[HEADER];
const TITLED: &[&[&str]] = &[&["Hours of October"], &[], HEADER, &["A", "2026-10-05", "1", "L"]];
const SUMS: &[&[&str]] = &[&["who", "sum"], &["Ann", "3"]];
const NOTE: &[&[&str]] = &[&["made in Excel"]];
const EMPTY: &[&[&str]] = &[];

fn book(path: &Path, tabs: &[(&str, Tab, &[&[&str]])]) {
    let mut book = Workbook::new();
    let first = tabs.iter().position(|(_, tab, _)| matches!(tab, Shown)).unwrap_or(0);
    for (at, (name, tab, rows)) in tabs.iter().enumerate() {
        let sheet = if matches!(tab, ChartTab) { book.add_chartsheet() } else { book.add_worksheet() };
        sheet.set_name(*name).unwrap();
        match tab {
            Shown => {}
            Hidden => {
                sheet.set_hidden(true);
            }
            VeryHidden => {
                sheet.set_very_hidden(true);
            }
            ChartTab => {
                let mut chart = Chart::new(ChartType::Column);
                chart.add_series().set_values("Oct!$C$2:$C$2");
                sheet.insert_chart(0, 0, &chart).unwrap();
            }
        }
        if at == first {
            sheet.set_active(true);
            sheet.set_first_tab(true);
        }
        for (row, cells) in (0..).zip(rows.iter()) {
            for (column, cell) in (0..).zip(cells.iter()) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).unwrap(),
                    Err(_) => sheet.write_string(row, column, *cell).unwrap(),
                };
            }
        }
    }
    book.save(path).unwrap();
}

fn job(timesheets: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
         L,S,sale,C,P,delivered_timesheet,Hours,10,100,EUR,2026-01-01\n",
    );
    write("tickets.csv", "ticket_id,customer_id\n");
    write(
        "job.toml",
        &format!(
            "name = \"sheets\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = {timesheets}\n[output]\ndir = \"out\"\n"
        ),
    );
    folder
}

fn hourbill(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hourbill")).current_dir(folder).args(words).output().unwrap()
}

fn published(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("out/sheets/runs")).unwrap().next().unwrap().unwrap().path()
}

/// How a run ended, the hours it read, and the sheets that it names as left out; of a refusal what it says.
fn ran(tabs: &[(&str, Tab, &[&[&str]])], timesheets: &str) -> (i32, String, Vec<String>) {
    let folder = job(timesheets);
    book(&folder.path().join("t.xlsx"), tabs);
    let output = hourbill(folder.path(), &["run", "job.toml", "--format", "json"]);
    let code = output.status.code().unwrap();
    if code > 1 {
        return (code, String::from_utf8(output.stderr).unwrap(), Vec::new());
    }
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed = told["left_out"]["timesheets"].as_array().into_iter().flatten();
    let left_out: Vec<String> = listed.map(|left| left["file"].as_str().unwrap().to_owned()).collect();
    let findings = fs::read_to_string(published(folder.path()).join("findings.csv")).unwrap();
    assert_eq!(findings.matches("sheet-left-out,").count(), left_out.len(), "{findings}");
    assert!(left_out.iter().all(|left| findings.contains(&format!("`{left}` is left out"))), "{findings}");
    (code, told["control"]["read"]["hours"].as_str().unwrap().to_owned(), left_out)
}

#[test]
fn the_sheet_that_can_be_meant_is_read_and_no_other_with_rows_is_passed_over_in_silence() {
    let plain = "\"t.xlsx\"";
    for (tabs, hours, left_out) in [
        (vec![("Oct", Shown, OCTOBER)], "1", vec![]),
        (vec![("Oct", Shown, TITLED), ("Sheet2", Shown, EMPTY), ("Note", Shown, NOTE)], "1", vec![]),
        // A sheet that people see comes before one that they do not.
        (vec![("Old", Hidden, NOVEMBER), ("Oct", Shown, OCTOBER)], "1", vec!["t.xlsx[Old]"]),
        (vec![("Old", VeryHidden, NOVEMBER), ("Oct", Shown, OCTOBER)], "1", vec!["t.xlsx[Old]"]),
        (vec![("Sums", Shown, SUMS), ("Oct", Shown, OCTOBER)], "1", vec!["t.xlsx[Sums]"]),
        (vec![("Chart", ChartTab, EMPTY), ("Oct", Shown, OCTOBER), ("Nov", Shown, NO_ROW)], "1", vec![]),
        (vec![("Nov", Shown, NO_ROW), ("Oct", Shown, OCTOBER), ("List", Hidden, SUMS)], "1", vec!["t.xlsx[List]"]),
    ] {
        let names: Vec<&str> = tabs.iter().map(|(name, ..)| *name).collect();
        let left_out: Vec<String> = left_out.into_iter().map(str::to_owned).collect();
        assert_eq!(ran(&tabs, plain), (0, hours.to_owned(), left_out), "{names:?}");
    }
}

#[test]
fn sheets_that_could_all_be_meant_stop_the_run_until_the_job_names_them() {
    let months = [("Oct", Shown, OCTOBER), ("Nov", Shown, NOVEMBER), ("Sums", Hidden, SUMS)];
    let (code, said, _) = ran(&months, "\"t.xlsx\"");
    assert!(code == 3 && said.contains("\"which-sheet\""), "{said}");
    assert!(said.contains("`t.xlsx` has rows of the timesheets input on 2 of its sheets, `Oct`, `Nov`"), "{said}");
    let (code, said, _) = ran(&[("Note", Shown, NOTE), ("Oct", Hidden, OCTOBER)], "\"t.xlsx\"");
    assert!(code == 3 && said.contains("only on a hidden sheet, `Oct`"), "{said}");
    for (sheet, hours) in
        [("\"Oct\"", "1"), ("\"Nov\"", "2"), ("[\"Oct\", \"Nov\"]", "3"), ("[\"Nov\", \" Oct \"]", "3")]
    {
        let timesheets = format!("{{ path = \"t.xlsx\", sheet = {sheet} }}");
        assert_eq!(ran(&months, &timesheets), (0, hours.to_owned(), vec![]), "{sheet}");
    }
    // A hidden one may be named, too.
    let hidden = [("Oct", Hidden, OCTOBER), ("Nov", Shown, NOVEMBER)];
    assert_eq!(ran(&hidden, "{ path = \"t.xlsx\", sheet = \"Oct\" }").1, "1");
    for (sheet, code, word) in [
        ("\"Dec\"", 3, "it has no sheet `Dec`, it has `Oct`, `Nov`, `Sums`"),
        ("[\"Oct\", \"Dec\"]", 3, "t.xlsx[Dec]"),
        ("[]", 2, "name a sheet"),
        ("[\"Oct\", \"Oct \"]", 2, "each once"),
        ("\" \"", 2, "sheet"),
    ] {
        let (ended, said, _) = ran(&months, &format!("{{ path = \"t.xlsx\", sheet = {sheet} }}"));
        assert!(ended == code && said.contains(word), "{sheet}: {said}");
    }
}

#[test]
fn a_row_of_one_of_several_sheets_has_its_own_place_and_the_control_is_of_the_whole_file() {
    let folder = job("{ path = \"t.xlsx\", sheet = [\"Oct\", \"Nov\"] }");
    let bad: &[&[&str]] = &[HEADER, &["B", "2026-11-05", "2", "L"], &["C", "2026-11-06", "x", "L"]];
    book(&folder.path().join("t.xlsx"), &[("Oct", Shown, OCTOBER), ("Nov", Shown, bad)]);
    for (rows, code) in [(3, 1), (2, 3)] {
        fs::write(folder.path().join("t.xlsx.control.json"), format!("{{\"rows\": {rows}, \"hours\": \"3\"}}"))
            .unwrap();
        let output = hourbill(folder.path(), &["run", "job.toml"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(code == 1 || said.contains("t.xlsx.control.json"), "{said}");
    }
    let quarantine = fs::read_to_string(published(folder.path()).join("quarantine.csv")).unwrap();
    assert!(quarantine.contains("timesheets,t.xlsx[Nov],2,"), "{quarantine}");
}

#[test]
fn one_workbook_may_hold_several_inputs_and_none_of_them_is_left_out() {
    let folder = job("\"t.xlsx\"");
    let text = fs::read_to_string(folder.path().join("job.toml")).unwrap();
    fs::write(folder.path().join("job.toml"), text.replace("\"tickets.csv\"", "\"t.xlsx\"")).unwrap();
    let tickets: &[&[&str]] = &[&["ticket_id", "customer_id"], &["T", "C"]];
    book(&folder.path().join("t.xlsx"), &[("Tickets", Shown, tickets), ("Oct", Shown, OCTOBER)]);
    let output = hourbill(folder.path(), &["run", "job.toml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told.get("left_out").is_none(), "{told}");
    assert_eq!(
        (&told["inputs"]["tickets"][0]["sheet"], &told["inputs"]["timesheets"][0]["sheet"]),
        (&"Tickets".into(), &"Oct".into())
    );
}

#[test]
fn init_names_the_sheets_and_asks_where_several_could_be_meant() {
    let folder = job("\"t.xlsx\"");
    fs::remove_file(folder.path().join("job.toml")).unwrap();
    let init = |tabs: &[(&str, Tab, &[&[&str]])]| {
        book(&folder.path().join("t.xlsx"), tabs);
        let output = hourbill(folder.path(), &["init", "t.xlsx", "orders.csv", "tickets.csv", "--force"]);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap(), said, fs::read_to_string(folder.path().join("job.toml")).unwrap_or_default())
    };
    let run = || hourbill(folder.path(), &["run", "job.toml", "--all"]).status.code().unwrap();
    let (code, said, text) = init(&[("Sums", Shown, SUMS), ("Oct", Shown, OCTOBER), ("Nov", Hidden, NOVEMBER)]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("left out: t.xlsx[Sums]: ") && said.contains("left out: t.xlsx[Nov]: it is hidden"),
        "{said}"
    );
    assert!(text.contains("path = \"t.xlsx\"\nsheet = \"Oct\""), "{text}");
    assert_eq!(run(), 0);
    let (code, said, text) = init(&[("Oct", Shown, OCTOBER), ("Nov", Shown, NOVEMBER)]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("2 sheets of t.xlsx could be timesheets") && !text.contains("\nsheet ="), "{said}{text}");
    assert_eq!(run(), 3);
}
