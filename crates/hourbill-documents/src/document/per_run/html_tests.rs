use super::*;
use crate::document::per_run::sample::{self, NASTY, Sample};

fn page(sample: &Sample) -> String {
    String::from_utf8(report(&WholeRun::new(sample.view(), &[])).unwrap()).unwrap()
}

/// The embedded data, read as a browser does: up to the first end of a script.
fn embedded(page: &str) -> serde_json::Value {
    let start = "<script type=\"application/json\" id=\"data\">";
    let from = page.find(start).unwrap() + start.len();
    let to = page[from..].find("</script").unwrap();
    serde_json::from_str(&page[from..from + to]).unwrap()
}

/// Every row of the page beside every row of the table, as people see it.
fn same_rows(sample: &Sample, data: &serde_json::Value, name: &str) {
    let run = WholeRun::new(sample.view(), &[]);
    let table = run.tables().iter().find(|table| table.name == name).unwrap();
    let view = View::new(run.sights(), table).on_page();
    let rows: Vec<Vec<serde_json::Value>> = if name == "invoice_entries" {
        let mut rows = Vec::new();
        for of in data[name]["rows"].as_array().unwrap() {
            for row in of[2].as_array().unwrap() {
                let head = [of[0].clone(), of[1].to_string().into()];
                rows.push(head.into_iter().chain(row.as_array().unwrap().iter().cloned()).collect());
            }
        }
        rows
    } else {
        data[name]["rows"].as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone()).collect()
    };
    let mut at = 0;
    rows_at(table, &view.order(), |row| {
        if name == "reconciliation" && row.text("cause").is_empty() {
            return true;
        }
        for (cell, found) in view.cells(row).iter().zip(&rows[at]) {
            let expected = match cell {
                TableCell::Text(text) => neutralised(text).into_owned(),
                other => other.text().into_owned(),
            };
            let found = match found {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(found, expected, "{name} row {at}");
        }
        at += 1;
        true
    });
    assert_eq!(at, rows.len(), "{name}");
}

#[test]
fn every_cell_of_the_page_reads_back_as_people_are_to_see_it() {
    let sample = sample::sample(12, 3_000);
    let data = embedded(&page(&sample));
    for (name, _) in BUDGETS {
        same_rows(&sample, &data, name);
    }
}

#[test]
fn money_of_customers_adds_up_to_the_drafts_to_the_cent() {
    let sample = sample::sample(12, 3_000);
    let data = embedded(&page(&sample));
    let mut sums: HashMap<String, i128> = HashMap::new();
    for row in data["customers"]["rows"].as_array().unwrap() {
        let minor: i128 = row[1].as_str().unwrap().replace('.', "").parse().unwrap();
        *sums.entry(row[2].as_str().unwrap().to_owned()).or_default() += minor;
    }
    for draft in &sample.billing.drafts {
        *sums.get_mut(draft.currency().code()).unwrap() -= draft.amounts.total.minor();
    }
    assert!(sums.len() > 1 && sums.values().all(|left| *left == 0), "{sums:?}");
}

#[test]
fn texts_of_the_data_cannot_leave_their_place() {
    let sample = sample::sample(12, 3_000);
    let page = page(&sample);
    assert_eq!(page.matches("</script").count(), 2, "the data and the script");
    assert!(!page.contains(NASTY[4]) && !page.contains(NASTY[7]), "markup of the data is escaped");
    assert!(page.contains("&lt;&#x2f;script&gt;"), "a customer's name shown in the page");
    let data = embedded(&page).to_string();
    for text in ["'=HYPERLINK", "'+49 30", "'-1 day", "'@SUM", "東京"] {
        assert!(data.contains(text), "{text}");
    }
}

#[test]
fn the_page_names_nothing_outside_itself() {
    let page = page(&sample::sample(3, 100)).replace("http://example.invalid", "").replace("src=x", "");
    for outside in ["http://", "https://", "src=", "@import", "url(", "fetch(", "XMLHttpRequest"] {
        assert!(!page.replace("img-src", "").contains(outside), "{outside}");
    }
}

#[test]
fn equal_runs_give_equal_bytes() {
    assert_eq!(page(&sample::sample(5, 400)), page(&sample::sample(5, 400)));
}

#[test]
fn a_run_of_nothing_has_a_page() {
    let page = page(&sample::sample(0, 0));
    assert!(page.contains("No draft in this run."));
    assert!(page.contains("add up to the hours read, exactly"));
}

#[test]
fn a_table_beyond_its_budget_is_cut_at_a_row_and_the_page_says_so() {
    let sample = sample::sample(12, 3_000);
    let run = WholeRun::new(sample.view(), &[]);
    let of = |name: &str| run.tables().iter().find(|table| table.name == name).unwrap();
    let view = |name: &str| View::new(run.sights(), of(name)).on_page();
    let entries = entries_json(&view("invoice_entries"), 5_000);
    assert!(entries.rows > 0 && entries.rows < entries.wanted && entries.json.len() < 10_200);
    let json: serde_json::Value = serde_json::from_str(&entries.json).unwrap();
    let embedded: usize = json["rows"].as_array().unwrap().iter().map(|of| of[2].as_array().unwrap().len()).sum();
    assert_eq!(embedded, entries.rows);
    let lines = rows_json(&view("order_lines"), 2_000);
    assert!(lines.rows > 0 && lines.rows < lines.wanted && lines.wanted == of("order_lines").rows.count());
    let _: serde_json::Value = serde_json::from_str(&lines.json).unwrap();
}

/// Chromium, where Debian and others put it; `HOURBILL_CHROMIUM` names another.
fn chromium() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("HOURBILL_CHROMIUM").map(std::path::PathBuf::from);
    let known =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(std::path::PathBuf::from);
    named.into_iter().chain(known).find(|path| path.exists())
}

/// Sorts, searches, opens and prints the page in a browser: `tests/browser/report.mjs`. `npm ci` in that folder brings what it needs.
#[test]
fn the_page_works_in_a_browser_by_keyboard_and_says_nothing_on_its_console() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let Some(chromium) = chromium() else { return eprintln!("skipped: no Chromium on this machine") };
    let resolves = std::process::Command::new("node")
        .args(["-e", "require.resolve('playwright-core')"])
        .current_dir(&folder)
        .stderr(std::process::Stdio::null())
        .status();
    match resolves {
        Err(error) => return eprintln!("skipped: no node on this machine ({error})"),
        Ok(status) if !status.success() => return eprintln!("skipped: `npm ci` was not run in tests/browser"),
        Ok(_) => {}
    }
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("report.html");
    std::fs::write(&file, page(&sample::sample(24, 3_000))).unwrap();
    let output = std::process::Command::new("node")
        .arg("report.mjs")
        .args([&file, &chromium])
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
}

/// Writes the page where a person can open it: `HOURBILL_SAMPLE_DIR=… cargo test -- --ignored sample_page`.
#[test]
#[ignore = "for people to look at"]
fn sample_page() {
    let Some(dir) = std::env::var_os("HOURBILL_SAMPLE_DIR") else { return };
    let entries = std::env::var("HOURBILL_SAMPLE_ENTRIES").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    let sample = sample::sample(24, entries);
    let start = std::time::Instant::now();
    let page = page(&sample);
    println!("{entries} entries, {} bytes in {:?}", page.len(), start.elapsed());
    std::fs::write(std::path::Path::new(&dir).join("report.html"), page).unwrap();
}
