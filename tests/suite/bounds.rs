//! X: bounds, and what becomes of what goes beyond them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{Flags, load};
use hourbill::run::{Run, Unwatched, compute};
use serde_json::Value;

use crate::oracle::{Dice, Scratch, world};
use crate::passes;
use crate::shards::{ORDERS, hourbill, job, rows, settings, tangled};

const TIMES: &str = "timesheet_id,date,hours,order_line_id,employee,description\n";

/// Two order lines of two customers, and these entries.
fn exports(folder: &Path, times: &str, rest: &str) {
    let line = |id: &str, customer: &str, price: &str| {
        format!("{id},S{id},sale,{customer},Support,delivered_timesheet,Hours,0,{price},EUR,2026-09-01\n")
    };
    let orders = ORDERS.to_owned() + &line("A", "C1", "100") + &line("B", "C2", "100000");
    let timesheets = TIMES.to_owned() + times;
    let files =
        [("orders", orders.as_str()), ("tickets", "ticket_id,customer_id\n"), ("timesheets", timesheets.as_str())];
    job(folder, &files, &format!("[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n{rest}"));
}

const DAY: &str =
    "E1,2026-10-05,10,A,Ann,one\nE2,2026-10-05,15,B,Ann,two\nE3,2026-10-05,1,A,Bob,x\nE4,2026-10-05,1,A,Bob,x\n";

#[test]
fn x1_what_a_job_says_of_bounds() {
    let folder = tempfile::tempdir().unwrap();
    exports(folder.path(), DAY, "");
    let read = |rest: &str| {
        let text = std::fs::read_to_string(folder.path().join("job.toml")).unwrap();
        std::fs::write(folder.path().join("other.toml"), format!("{text}{rest}")).unwrap();
        let told = load(&folder.path().join("other.toml"), &Flags::default(), Date::parse("2026-11-03").unwrap());
        told.map(|settings| settings.billing.bounds).map_err(|error| {
            let told = error.problems.iter().map(|problem| format!("{} {}", problem.message, problem.hint));
            told.collect::<Vec<_>>().join("; ")
        })
    };
    assert_eq!(
        read("").unwrap().iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>(),
        ["employee_day_hours", "twins"]
    );
    let all = "[bounds]\nemployee_day_hours = { value = 14, action = \"hold\" }\noverlap_minutes = { value = 0 }\n\
        future_days = { value = 0, action = \"stop\" }\ntwins = { value = 1, action = \"warn\" }\n\
        unit_price.EUR = { value = \"250.5\", action = \"hold\" }\ndiscount_pct = { value = 20 }\n\
        draft_amount.EUR = { value = 10000 }\ndraft_amount.JPY = { value = 10000 }\ndraft_hours = { value = 500 }\n\
        run_amount.EUR = { value = 1000000, action = \"stop\" }\nunassigned_pct = { value = 5 }\nheld_pct = { value = 5 }\n\
        draft_vs_median = { factor = 3, floor = \"500\", months = 6, action = \"hold\" }\n\
        input_vs_median = { factor = \"1.5\", action = \"stop\" }\n";
    assert_eq!(read(all).unwrap().iter().count(), 14);
    for (wrong, why) in [
        ("employee_day_hour = { value = 1 }", "did you mean `bounds.employee_day_hours`?"),
        ("twins = { action = \"hold\" }", "the bound has no `value`"),
        ("twins = { value = -1 }", "at least 0"),
        ("twins = { value = 1, action = \"halt\" }", "allowed are `warn`, `hold`, `stop`"),
        ("twins = { value = 1, actions = \"hold\" }", "did you mean `bounds.twins.action`?"),
        ("twins = 3", "not a table"),
        ("unit_price.Euro = { value = 1 }", "`Euro` is no currency"),
        ("run_amount.EUR = { value = 1, action = \"hold\" }", "no entry and no draft can be held"),
        ("held_pct = { value = 1, action = \"hold\" }", "no entry and no draft can be held"),
        ("draft_vs_median = { value = 3 }", "the bound has no `factor`"),
        ("draft_vs_median = { factor = 3, months = 0 }", "from 1 to 120"),
    ] {
        let told = read(&format!("[bounds]\n{wrong}\n")).unwrap_err();
        assert!(told.contains(why), "{wrong}: {told}");
    }
}

#[test]
fn x1_the_day_is_part_of_the_id_where_a_bound_goes_by_it() {
    let folder = tempfile::tempdir().unwrap();
    for (rest, same) in [("", true), ("[bounds]\nfuture_days = { value = 60 }\n", false)] {
        exports(folder.path(), DAY, rest);
        let id = |today: &str| {
            let settings =
                load(&folder.path().join("job.toml"), &Flags::default(), Date::parse(today).unwrap()).unwrap();
            compute(&settings, &Unwatched).unwrap().id
        };
        assert_eq!(id("2026-11-03") == id("2026-11-04"), same, "{rest}");
    }
}

/// What run.json says of one bound.
fn bound<'a>(told: &'a Value, name: &str) -> &'a Value {
    told["bounds"].as_array().unwrap().iter().find(|bound| bound["bound"] == name).unwrap_or(&Value::Null)
}

#[test]
fn x5_a_bound_that_stops_publishes_nothing_and_lists_all() {
    let folder = tempfile::tempdir().unwrap();
    let rest = "[bounds]\ntwins = { value = 0, action = \"stop\" }\nunit_price.EUR = { value = 500, action = \"warn\" }\n\
        run_amount.EUR = { value = 1000, action = \"stop\" }\n";
    exports(folder.path(), DAY, rest);
    for words in ["", "--memory 200MB", "--dry-run"] {
        let (code, text) = hourbill(folder.path(), &format!("run job.toml --metrics m.prom {words}"));
        assert_eq!(code, 4, "{text}");
        for told in ["twins", "unit_price.EUR", "run_amount.EUR", "employee_day_hours"] {
            assert!(text.contains(&format!("the bound `{told}` is ")), "{told}: {text}");
        }
        let metrics = std::fs::read_to_string(folder.path().join("m.prom")).unwrap();
        assert!(metrics.contains("bound=\"twins\",action=\"stop\",outcome=\"broken\"} 1"), "{metrics}");
        assert!(!folder.path().join("out").join("parts").join("latest").exists());
    }
    // Other commands answer as ever.
    assert_eq!(hourbill(folder.path(), "hours job.toml").0, 0);
    let accepted = "action,target,value,reason\naccept,run,twins<=1,known\naccept,run,run_amount.EUR<=9999999,known\n";
    std::fs::write(folder.path().join("adjustments.csv"), accepted).unwrap();
    let text = std::fs::read_to_string(folder.path().join("job.toml")).unwrap();
    std::fs::write(
        folder.path().join("job.toml"),
        text.replace("[inputs]", "[inputs]\nadjustments = \"adjustments.csv\""),
    )
    .unwrap();
    let (code, text) = hourbill(folder.path(), "run job.toml");
    assert_eq!(code, 0, "{text}");
}

#[test]
fn x7_run_json_and_metrics_have_every_bound() {
    let folder = tempfile::tempdir().unwrap();
    exports(
        folder.path(),
        DAY,
        "[bounds]\ndraft_hours = { value = 500 }\nunit_price.EUR = { value = 400, action = \"hold\" }\n",
    );
    let (code, text) = hourbill(folder.path(), "run job.toml --format json --metrics m.prom");
    let told: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{code} {text}"));
    for (name, measured, limit, outcome, broken) in [
        ("employee_day_hours", "25", "24", "broken", 1),
        ("twins", "1", "0", "broken", 1),
        ("unit_price.EUR", "100000", "400", "broken", 1),
        ("draft_hours", "12", "500", "kept", 0),
        ("draft_amount.EUR", "1200", "", "no_limit", 0),
        ("run_amount.EUR", "1200", "", "no_limit", 0),
        ("discount_pct", "0", "", "no_limit", 0),
        ("held_pct", "55.555556", "", "no_limit", 0),
        ("unassigned_pct", "0", "", "no_limit", 0),
    ] {
        let of = bound(&told, name);
        assert_eq!(
            (
                of["measured"].as_str(),
                of["limit"].as_str().unwrap_or(""),
                of["outcome"].as_str(),
                of["broken"].as_u64()
            ),
            (Some(measured), limit, Some(outcome), Some(broken)),
            "{name}: {of}"
        );
    }
    for unmeasured in ["overlap_minutes", "future_days", "draft_vs_median", "input_vs_median"] {
        assert!(bound(&told, unmeasured).is_null(), "{unmeasured}");
    }
    let metrics = std::fs::read_to_string(folder.path().join("m.prom")).unwrap();
    assert!(
        metrics.contains("hourbill_bound_measured{job_name=\"parts\",bound=\"employee_day_hours\"} 25\n"),
        "{metrics}"
    );
    assert!(metrics.contains("hourbill_bound_limit{job_name=\"parts\",bound=\"unit_price.EUR\"} 400\n"), "{metrics}");
    let run = std::fs::read_to_string(Path::new(told["folder"].as_str().unwrap()).join("run.json"));
    let run =
        run.or_else(|_| std::fs::read_to_string(folder.path().join(told["folder"].as_str().unwrap()).join("run.json")));
    assert_eq!(serde_json::from_str::<Value>(&run.unwrap()).unwrap()["bounds"], told["bounds"]);
}

/// Bounds that many random worlds go beyond.
fn some_bounds(dice: &mut Dice) -> String {
    let mut text = "\n[bounds]\n".to_owned();
    for (key, value) in [
        ("employee_day_hours", "3"),
        ("overlap_minutes", "20"),
        ("twins", "0"),
        ("unit_price.EUR", "80"),
        ("unit_price.JPY", "80"),
        ("discount_pct", "10"),
        ("draft_amount.EUR", "150"),
        ("draft_hours", "4"),
    ] {
        if dice.percent(60) {
            text +=
                &format!("{key} = {{ value = {value}, action = \"{}\" }}\n", dice.one_of(&["warn", "hold", "stop"]));
        }
    }
    text
}

#[test]
fn parts_and_passes_tell_of_bounds_what_one_run_tells() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let worlds = number("HOURBILL_WORLDS").unwrap_or(150).min(150);
    for seed in 1..=worlds {
        let dice = &mut Dice::new(seed ^ 0xb0bd);
        let scratch = Scratch::new();
        let tangled = tangled(seed, dice);
        tangled.write(scratch.path(), false, false);
        let path = scratch.path().join("job.toml");
        // A stop stops only what is put in place: the rows are made as for any other.
        let text = std::fs::read_to_string(&path).unwrap() + &some_bounds(dice).replace("\"stop\"", "\"warn\"");
        std::fs::write(&path, text).unwrap();
        let settings = settings(&path);
        let of = dice.one_of(&[2, 3, 7]);
        let found = crate::shards::differences(&settings, of);
        assert!(
            found.is_empty(),
            "world {seed} in {of} parts\n{}\n{}",
            found.join("\n"),
            tangled.shown(scratch.path())
        );
        let found = passes::differences(&settings, scratch.path(), 3);
        assert!(found.is_empty(), "world {seed} in passes\n{}\n{}", found.join("\n"), tangled.shown(scratch.path()));
    }
}

#[test]
fn x2_many_days_of_one_employee_are_one_finding() {
    let folder = tempfile::tempdir().unwrap();
    // Ann has 25 h on 21 days and one of 26.5, Bob 25 h on 20; what each does is for two customers.
    let row = |who: &str, day: u32, hours: &str, line: &str| {
        format!("{who}{day}{line},2026-10-{day:02},{hours},{line},{who},x\n")
    };
    let mut times = String::new();
    for day in 1..=22 {
        times += &row("Ann", day, if day == 9 { "14.5" } else { "13" }, "A");
        times += &row("Ann", day, "12", "B");
    }
    for day in 1..=20 {
        times += &row("Bob", day, "13", "A");
        times += &row("Bob", day, "12", "B");
    }
    for action in ["warn", "hold"] {
        let bounds = format!("[bounds]\nemployee_day_hours = {{ value = 24, action = \"{action}\" }}\n");
        exports(folder.path(), &times, &bounds);
        let settings = settings(&folder.path().join("job.toml"));
        let run = compute(&settings, &Unwatched).unwrap();
        let mut told = table(&run, &settings, "findings");
        told.retain(|row| row["code"] == "bound-employee-day-hours");
        let of = |who: &str| told.iter().filter(|row| row["subject_id"] == who).collect::<Vec<_>>();
        assert_eq!((of("Ann").len(), of("Bob").len()), (1, 20));
        let message = &of("Ann")[0]["message"];
        let expected = "`Ann` has too many hours on 22 days from 2026-10-01 to 2026-10-22: most on 2026-10-09, 26.5; ";
        assert!(message.starts_with(expected), "{message}");
        let billed = table(&run, &settings, "invoice_entries").len();
        assert_eq!(billed, if action == "hold" { 0 } else { 84 });
        crate::intake::assert_parts_and_passes_add_up(&settings);
    }
}

/// Rows that lead to nobody: the part that looks for copies among them is not the one that keeps them.
#[test]
fn x2_parts_and_passes_name_the_rows_of_copies_that_lead_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let line = "A,SA,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-09-01\n";
    let files = [
        ("customers", "customer_id,name\nC1,One\nC2,Two\nC3,Three\n"),
        ("orders", &(ORDERS.to_owned() + line)),
        ("tickets", "ticket_id,customer_id\n"),
    ];
    // The second of each two stands in another file.
    const PAIRS: usize = 40;
    for (file, sign) in [(1, 'a'), (2, 'b')] {
        let row = |number: usize| format!("{sign}{number},2026-10-05,0.1,,Ann,text {number}\n");
        let text = TIMES.to_owned() + &(1..=PAIRS).map(row).collect::<String>();
        std::fs::write(folder.path().join(format!("times-{file}.csv")), text).unwrap();
    }
    let rest = "timesheets = \"times-*.csv\"\n[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n\
        [bounds]\ntwins = { value = 0, action = \"warn\" }\n";
    let settings = job(folder.path(), &files, rest);
    let run = compute(&settings, &Unwatched).unwrap();
    let of_copies = |row: &BTreeMap<String, String>| row["code"] == "bound-twins";
    let told: BTreeSet<_> = table(&run, &settings, "findings").into_iter().filter(of_copies).collect();
    let places: BTreeSet<_> =
        told.iter().map(|row| (row["subject_id"].clone(), row["file"].clone(), row["row"].clone())).collect();
    let expected = (1..=PAIRS).map(|number| (format!("a{number}"), "times-1.csv".to_owned(), number.to_string()));
    assert_eq!(places, expected.collect());
    crate::intake::assert_parts_and_passes_add_up(&settings);
}

/// A table of a run, by column.
fn table(run: &Run, settings: &hourbill::job::Settings, name: &str) -> Vec<BTreeMap<String, String>> {
    let tables = hourbill::tables::tables(run.results(settings));
    let (header, all) = rows(tables.iter().find(|table| table.name == name).unwrap());
    all.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn micros(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<6}");
    digits.chars().take(digits.len() - fraction.len().saturating_sub(6)).collect::<String>().parse().unwrap()
}

#[test]
fn x2_bounds_of_random_worlds_are_those_of_a_second_telling() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let worlds = number("HOURBILL_WORLDS").unwrap_or(1_000).min(1_000);
    let (mut held, mut beyond) = (0, 0);
    for seed in 1..=worlds {
        let dice = &mut Dice::new(seed ^ 0x2b0d);
        let scratch = Scratch::new();
        let world = world(seed);
        world.write(scratch.path());
        let path = scratch.path().join("job.toml");
        let bounds = some_bounds(dice);
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + &bounds).unwrap();
        let settings = settings(&path);
        let run = compute(&settings, &Unwatched).unwrap_or_else(|error| panic!("{seed}: {error}"));
        let told = || format!("world {seed}\n{bounds}\n{}", world.shown());
        let limit = |name: &str| {
            let bound = settings.billing.bounds.iter().find(|(key, _)| key.to_string() == name);
            bound.map(|(_, bound)| (i128::from(bound.limit.micros()), bound.action.name()))
        };
        let findings = table(&run, &settings, "findings");
        let ids_of = |code: &str| -> Vec<&str> {
            let of = findings.iter().filter(|row| row["code"] == code).map(|row| row["subject_id"].as_str());
            of.collect()
        };
        // Hours of days, from the register.
        let entries = table(&run, &settings, "entries");
        let mut days: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        for row in entries
            .iter()
            .filter(|row| row["part"] == "1" && !matches!(row["disposition"].as_str(), "quarantined" | "duplicate"))
        {
            let employee = row["employee"].trim_matches(' ');
            if !employee.is_empty() {
                *days.entry((employee, &row["date"])).or_default() += micros(&row["entry_hours"]);
            }
        }
        // Decimal hours have ten decimals: six of them tell which days are beyond a whole number of hours.
        let (most, action) = limit("employee_day_hours").unwrap();
        let over: BTreeSet<(&str, &str)> =
            days.iter().filter(|(_, hours)| hours.abs() > most).map(|(day, _)| *day).collect();
        let mut names: Vec<&str> = over.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(ids_of("bound-employee-day-hours"), names, "{}", told());
        beyond += over.len();
        if action == "hold" {
            for row in
                entries.iter().filter(|row| over.contains(&(row["employee"].trim_matches(' '), row["date"].as_str())))
            {
                assert!(!matches!(row["disposition"].as_str(), "billed" | "covered"), "{row:?} {}", told());
                held += usize::from(row["reason"] == "bound-employee-day-hours");
            }
        }
        // Prices, discounts and drafts.
        let lines = table(&run, &settings, "invoice_lines");
        let drafts = table(&run, &settings, "invoices");
        for draft in &drafts {
            let name = format!("draft_amount.{}", draft["currency"]);
            let is_beyond =
                |figure: &str, bound: Option<(i128, &str)>| bound.is_some_and(|(most, _)| micros(figure).abs() > most);
            // What is deducted is taken off afterwards.
            let deducts = lines
                .iter()
                .any(|line| line["invoice_id"] == draft["invoice_id"] && line["kind"] == "down_payment_deduction");
            if !deducts && is_beyond(&draft["total_amount"], limit(&name)) {
                assert_ne!(limit(&name).unwrap().1, "hold", "{draft:?} {}", told());
                assert!(ids_of("bound-draft-amount").contains(&draft["invoice_id"].as_str()), "{draft:?} {}", told());
            }
            if is_beyond(&draft["hours"], limit("draft_hours")) {
                assert_ne!(limit("draft_hours").unwrap().1, "hold", "{draft:?} {}", told());
                assert!(ids_of("bound-draft-hours").contains(&draft["invoice_id"].as_str()), "{draft:?} {}", told());
            }
            for line in lines
                .iter()
                .filter(|line| line["invoice_id"] == draft["invoice_id"] && !line["kind"].starts_with("down"))
            {
                let price = format!("unit_price.{}", draft["currency"]);
                for (bound, column, code) in [
                    (price.as_str(), "unit_price", "bound-unit-price"),
                    ("discount_pct", "discount_pct", "bound-discount-pct"),
                ] {
                    if is_beyond(&line[column], limit(bound)) {
                        assert_ne!(limit(bound).unwrap().1, "hold", "{line:?} {}", told());
                        assert!(ids_of(code).contains(&line["order_line_id"].as_str()), "{line:?} {}", told());
                    }
                }
            }
        }
        held += entries.iter().filter(|row| row["reason"].starts_with("bound-")).count();
    }
    assert!(worlds < 1_000 || (held > 100 && beyond > 100), "{held} {beyond}");
}
