//! What a job file and flags say becomes what is meant, or an error that says where and what instead.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::calendar::{Date, Period};
use crate::inputs::Input;

const INPUTS: &str = "[inputs]\ntickets = \"t.csv\"\ntimesheets = \"h.csv\"\norders = \"o.csv\"\n";

fn load_text(text: &str, flags: &Flags) -> Result<Settings, JobError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("month-end.toml");
    std::fs::write(&path, text).unwrap();
    load(&path, flags, Date::parse("2026-11-17").unwrap())
}

/// The three inputs, then `more`.
fn job(more: &str) -> Result<Settings, JobError> {
    load_text(&format!("{INPUTS}{more}"), &Flags::default())
}

fn with_sets(more: &str, sets: &[(&str, &str)]) -> Result<Settings, JobError> {
    let sets = sets.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    load_text(&format!("{INPUTS}{more}"), &Flags { sets, ..Flags::default() })
}

fn in_force(settings: &Settings) -> BTreeMap<&str, (&str, Origin)> {
    settings.in_force.iter().map(|known| (known.key.as_str(), (known.value.as_str(), known.origin))).collect()
}

#[test]
fn a_job_of_three_inputs_is_complete() {
    let settings = job("").unwrap();
    assert_eq!((settings.name.as_str(), settings.billing.period), ("month-end", Period::Open));
    assert_eq!(settings.billing.as_of.to_string(), "2026-11-17");
    assert_eq!(settings.inputs.keys().copied().collect::<Vec<_>>(), [Input::Orders, Input::Tickets, Input::Timesheets]);
    let folder = settings.job_file.parent().unwrap();
    assert_eq!(settings.inputs[&Input::Tickets].paths, [("t.csv".to_owned(), folder.join("t.csv"))]);
    assert_eq!((settings.output.dir.clone(), settings.output.dir_shown.as_str()), (folder.join("out"), "out"));
    assert!(settings.output.csv && !settings.output.parquet && settings.ledger.is_none());
    let rules = &settings.billing.rules;
    assert!(rules.auto_link && rules.late_entries == LateEntries::Report && rules.approval == Approval::All);
    assert_eq!((rules.quantity_decimals, rules.max_entry_hours.to_string().as_str()), (2, "24"));
    assert_eq!(rules.day.hours(crate::quantity::Quantity::from_micros(1_000_000)).to_string(), "8");
    assert_eq!(*rules, Rules::default());
}

#[test]
fn every_key_of_the_contract_lands() {
    let settings = load_text(
        r#"
        name = "Évry / night"
        [inputs]
        tickets = ["a.csv", "b/*.csv"]
        timesheets = { path = "h-*.csv", delimiter = ";", encoding = "windows-1252", decimal = ",", thousands = ".",
                       date_format = "%d/%m/%Y", timezone = "Europe/Brussels", columns = { hours = "Hours Spent" } }
        orders = { paths = ["o.csv", "/abs/o2.csv"], delimiter = "tab" }
        agreements = "ag.csv"
        rates = "r.csv"
        employees = "e.csv"
        customers = "c.parquet"
        teams = "teams.csv"
        downpayments = "d.csv"
        adjustments = "a.csv"
        credits = "cr.csv"
        erp_invoices = "i.csv"
        waivers = "w.csv"
        [period]
        from = 2026-10-01
        to = "2026-10-15"
        [rules]
        late_entries = "bill"
        approval = "validated_only"
        hours_per_day = 7.6
        quantity_decimals = 3
        max_entry_hours = "12.5"
        min_invoice_amount = 25
        tax_rounding = "line"
        auto_link = "off"
        group_by = "ticket"
        corrections = "bill"
        downpayment_deduction = "pro_rata"
        on_mismatch = "hold"
        [taxes."TVA 20%"]
        rate = "20"
        category = "S"
        [taxes.export]
        rate = 0
        category = "G"
        [output]
        dir = "results"
        tables = ["parquet"]
        documents = []
        csv_for = "excel"
        [ledger]
        dir = "books"
        [company]
        name = "Atelier SA"
        vat_id = "BE0123456789"
        country = "BE"
        [companies."Atelier B.V."]
        name = "Atelier Nederland B.V."
        country = "NL"
        [limits]
        unpacked_bytes_max = "2 GiB"
        "#,
        &Flags::default(),
    )
    .unwrap();
    let timesheets = &settings.inputs[&Input::Timesheets];
    assert_eq!((timesheets.delimiter, timesheets.encoding), (Some(b';'), Encoding::Windows1252));
    assert_eq!((timesheets.decimal, timesheets.thousands), (DecimalMark::Comma, Some('.')));
    assert_eq!(timesheets.timezone, Some(chrono_tz::Europe::Brussels));
    assert_eq!(timesheets.date_format.as_deref(), Some("%d/%m/%Y"));
    assert_eq!(timesheets.columns["hours"], "Hours Spent");
    assert_eq!(settings.inputs[&Input::Orders].delimiter, Some(b'\t'));
    assert_eq!(settings.inputs[&Input::Orders].paths[1].1, Path::new("/abs/o2.csv"));
    assert_eq!(settings.inputs.len(), Input::ALL.len());
    assert_eq!(settings.billing.period.label(), "2026-10-01_2026-10-15");
    let rules = &settings.billing.rules;
    assert!(!rules.auto_link);
    assert_eq!((rules.late_entries, rules.approval), (LateEntries::Bill, Approval::ValidatedOnly));
    assert_eq!((rules.tax_rounding, rules.group_by), (TaxRounding::Line, crate::model::GroupBy::Ticket));
    assert_eq!((rules.corrections, rules.on_mismatch), (Corrections::Bill, OnMismatch::Hold));
    assert_eq!(rules.downpayment_deduction, DownpaymentDeduction::ProRata);
    assert_eq!(rules.day.micros(), 27_360_000_000, "7.6 h are exact");
    assert_eq!((rules.max_entry_hours.to_string().as_str(), rules.min_invoice_amount.micros()), ("12.5", 25_000_000));
    assert_eq!(settings.billing.taxes["TVA 20%"].rate.to_string(), "20");
    assert_eq!(settings.billing.taxes["export"].category, "G");
    assert!(settings.output.parquet && !settings.output.csv && settings.output.csv_for == CsvFor::Excel);
    assert_eq!(settings.ledger.as_ref().unwrap().dir_shown, "books");
    assert_eq!(
        (settings.billing.company.name.as_str(), settings.billing.company.country.as_str()),
        ("Atelier SA", "BE")
    );
    assert_eq!(settings.billing.seller("Atelier B.V.").country, "NL");
    assert_eq!(
        [settings.billing.seller(""), settings.billing.seller("Other")].map(|seller| seller.country.as_str()),
        ["BE", "BE"]
    );
    assert_eq!(settings.limits.unpacked_bytes_max, 2 << 30);
    let keys: Vec<&str> = settings.in_force.iter().map(|known| known.key.as_str()).collect();
    assert!(
        keys.is_sorted()
            && keys.contains(&"taxes.\"TVA 20%\".rate")
            && keys.contains(&"inputs.timesheets.columns.hours")
    );
    assert_eq!(in_force(&settings)["rules.hours_per_day"], ("7.6", Origin::JobFile));
    assert_eq!(in_force(&settings)["period"], ("2026-10-01_2026-10-15", Origin::JobFile));
}

#[test]
fn flags_win_over_the_file() {
    let flags = Flags {
        period: Some(PeriodFlag::Previous),
        inputs: vec![("timesheets".into(), "x,1.csv".into()), ("timesheets".into(), "/y.csv".into())],
        sets: vec![
            ("rules.late_entries".into(), "bill".into()),
            ("rules.quantity_decimals".into(), "4".into()),
            ("rules.auto_link".into(), "off".into()),
            ("inputs.orders.decimal".into(), ",".into()),
            ("taxes.\"TVA 6%\".rate".into(), "6".into()),
            ("output.tables".into(), "csv, parquet".into()),
            ("output.dir".into(), "elsewhere".into()),
        ],
        threads: Some(3),
        as_of: Date::parse("2026-03-31"),
        ..Flags::default()
    };
    let text = format!("{INPUTS}[period]\nmonth = \"2020-01\"\n[rules]\nlate_entries = \"report\"\n");
    let settings = load_text(&text, &flags).unwrap();
    assert_eq!((settings.billing.period.label().as_str(), settings.threads), ("2026-02", Some(3)));
    assert_eq!(settings.billing.rules.late_entries, LateEntries::Bill);
    assert!(!settings.billing.rules.auto_link && settings.output.csv && settings.output.parquet);
    assert_eq!(settings.inputs[&Input::Orders].decimal, DecimalMark::Comma);
    assert_eq!(settings.inputs[&Input::Orders].paths[0].0, "o.csv", "a path alone keeps its place under the table");
    let paths = &settings.inputs[&Input::Timesheets].paths;
    assert_eq!(paths.iter().map(|(shown, _)| shown.as_str()).collect::<Vec<_>>(), ["x,1.csv", "/y.csv"]);
    assert_eq!(paths[0].1, Path::new("x,1.csv"), "a path of a flag stands where the command is run");
    assert_eq!(settings.output.dir, Path::new("elsewhere"));
    assert_eq!(settings.billing.taxes["TVA 6%"].rate.to_string(), "6");
    let in_force = in_force(&settings);
    assert_eq!(in_force["rules.late_entries"], ("bill", Origin::Flag));
    assert_eq!(in_force["rules.approval"], ("all", Origin::Default));
    assert_eq!((in_force["as_of"], in_force["threads"]), (("2026-03-31", Origin::Flag), ("3", Origin::Flag)));
}

#[test]
fn periods_are_what_their_words_say() {
    for (text, flag, label) in [
        ("month = \"2026-10\"", None, "2026-10"),
        ("month = \"previous\"", None, "2026-10"),
        ("month = \"current\"", None, "2026-11"),
        ("from = \"2026-02-01\"\nto = \"2026-02-28\"", None, "2026-02"),
        ("to = \"2026-10-31\"", None, "to-2026-10-31"),
        ("from = 2026-10-01", None, "from-2026-10-01"),
        ("", None, "open"),
        ("month = \"2026-10\"", Some(PeriodFlag::All), "open"),
        ("month = \"2026-10\"", PeriodFlag::of_dates(None, Date::parse("2026-09-30")), "to-2026-09-30"),
        ("to = \"2026-10-31\"", PeriodFlag::of_dates(Date::parse("2026-10-01"), None), "from-2026-10-01"),
        ("from = \"2026-02-01\"", Some(PeriodFlag::Current), "2026-11"),
        ("", Some(PeriodFlag::parse("2024-02").unwrap()), "2024-02"),
    ] {
        let text = format!("{INPUTS}[period]\n{text}\n");
        let settings = load_text(&text, &Flags { period: flag, ..Flags::default() }).unwrap();
        assert_eq!(settings.billing.period.label(), label, "{text}");
    }
    assert!(PeriodFlag::parse("october").is_err() && PeriodFlag::parse("2026-13").is_err());
}

/// Each says its line, its key and what to do; `(job, line, key, hint)`.
#[test]
fn what_is_wrong_is_told_with_its_place_and_its_remedy() {
    for (more, line, key, hint) in [
        ("[rules]\nlate_entrys = \"bill\"", 6, "rules.late_entrys", "did you mean `rules.late_entries`?"),
        ("[rules]\nlate = \"bill\"", 6, "rules.late", "did you mean `rules.late_entries`?"),
        ("[ruels]\n", 5, "ruels", "did you mean `rules`?"),
        ("[output]\nlate_entries = \"bill\"", 6, "output.late_entries", "did you mean `rules.late_entries`?"),
        ("customer = \"c.csv\"", 5, "inputs.customer", "did you mean `inputs.customers`?"),
        ("customers = {path=\"c\", delimeter=\";\"}", 5, "inputs.customers.delimeter", "inputs.customers.delimiter"),
        (
            "customers = {path=\"c\", columns={nam=\"N\"}}",
            5,
            "inputs.customers.columns.nam",
            "inputs.customers.columns.name",
        ),
        ("customers = {path=\"c\", columns={name=\" \"}}", 5, "inputs.customers.columns.name", "not be empty"),
        ("customers = {delimiter=\",\"}", 5, "inputs.customers.path", "add `path"),
        ("customers = {path=\"a\", paths=[\"b\"]}", 5, "inputs.customers.path", "keep one"),
        ("customers = \"\"", 5, "inputs.customers.path", "name a file"),
        ("customers = []", 5, "inputs.customers.path", "name a file"),
        ("customers = 5", 5, "inputs.customers.path", "write a path"),
        ("customers = {path=\"c\", delimiter=\"ab\"}", 5, "inputs.customers.delimiter", "one mark"),
        ("customers = {path=\"c\", delimiter=\"\\\"\"}", 5, "inputs.customers.delimiter", "one mark"),
        ("customers = {path=\"c\", encoding=\"utf8\"}", 5, "inputs.customers.encoding", "did you mean `utf-8`?"),
        ("customers = {path=\"c\", decimal=\".\", thousands=\".\"}", 5, "inputs.customers.thousands", "differ"),
        ("customers = {path=\"c\", thousands=\"x\"}", 5, "inputs.customers.thousands", "allowed are"),
        ("customers = {path=\"c\", date_format=\"%d/%m\"}", 5, "inputs.customers.date_format", "year, month and day"),
        ("customers = {path=\"c\", date_format=\"%Q\"}", 5, "inputs.customers.date_format", "strftime"),
        ("customers = {path=\"c\", timezone=\"Europe/Brusels\"}", 5, "inputs.customers.timezone", "Europe/Brussels"),
        ("customers = {path=\"c\", preset=\"oddo\"}", 5, "inputs.customers.preset", "did you mean `odoo`?"),
        ("[period]\nmonth = \"Oct\"", 6, "period.month", "previous"),
        ("[period]\nmonth = 202610", 6, "period.month", "quotes"),
        ("[period]\nfrom = \"2026-10-02\"\nto = \"2026-10-01\"", 6, "period", "correct the dates"),
        ("[period]\nfrom = \"2026-02-30\"\nto = \"2026-03-01\"", 6, "period.from", "such as"),
        ("[period]\nfrom = \"2026-10-01\"\nto = \"2026-10-02\"\nmonth = \"2026-10\"", 8, "period", "keep `month`"),
        (
            "[rules]\nlate_entries = \"bil\"",
            6,
            "rules.late_entries",
            "did you mean `bill`? allowed are `report`, `bill`",
        ),
        ("[rules]\nlate_entries = true", 6, "rules.late_entries", "quotes"),
        ("[rules]\nhours_per_day = 0", 6, "rules.hours_per_day", "above 0"),
        ("[rules]\nhours_per_day = 7.6000001", 6, "rules.hours_per_day", "6 decimals"),
        ("[rules]\nhours_per_day = inf", 6, "rules.hours_per_day", "a number"),
        ("[rules]\nquantity_decimals = 7", 6, "rules.quantity_decimals", "0 to 6"),
        ("[rules]\nquantity_decimals = -1", 6, "rules.quantity_decimals", "0 to 6"),
        ("[rules]\nmax_entry_hours = 0", 6, "rules.max_entry_hours", "above 0"),
        ("[rules]\nmin_invoice_amount = -1", 6, "rules.min_invoice_amount", "at least 0"),
        ("[rules]\nmin_invoice_amount = \"1,5\"", 6, "rules.min_invoice_amount", "such as `12.5`"),
        ("[rules]\nauto_link = \"yes\"", 6, "rules.auto_link", "`on`, `off`"),
        ("rules = 5", 5, "inputs.rules", "did you mean `rules`?"),
        ("[taxes.X]\ncategory = \"S\"", 0, "taxes.X.rate", "add `rate"),
        ("[taxes.X]\nrate = 101", 6, "taxes.X.rate", "from 0 to 100"),
        ("[taxes.X]\nrate = 20\ncategory = \"Q\"", 7, "taxes.X.category", "allowed are"),
        ("[taxes.\"a;b\"]\nrate = 20", 0, "taxes.\"a;b\"", "separate"),
        ("[taxes]\nX = 20", 6, "taxes.X", "[taxes.X]"),
        ("[output]\ntables = []", 6, "output.tables", "at least one"),
        ("[output]\ntables = [\"xls\"]", 6, "output.tables", "allowed are"),
        ("[output]\ntables = [5]", 6, "output.tables", "quotes"),
        ("[output]\ndocuments = [\"fax\"]", 6, "output.documents", "allowed are"),
        ("[output]\ndir = \" \"", 6, "output.dir", "not be empty"),
        ("[ledger]\n", 0, "ledger.dir", "leave out"),
        ("[company]\ncountry = \"Belgium\"", 6, "company.country", "two letters"),
        ("[company]\nvat = \"x\"", 6, "company.vat", ""),
        ("[imports]\ndate_format = \"%H:%M\"", 6, "imports.date_format", "`%d`"),
        ("[imports]\ndate_format = \"%\"", 6, "imports.date_format", "`%d`"),
        ("[output]\ndocuments = [\"xero\"]", 0, "imports.account", "account = \"200\""),
        ("[output]\ndocuments = [\"datev\"]", 0, "datev", "[datev.revenue]"),
        ("[datev]\nclient = 1\ndebtor = \"1\"", 0, "datev.consultant", "add `consultant"),
        ("[datev]\nconsultant = 1000", 6, "datev.consultant", "from 1001"),
        ("[datev]\ndebtor = 10000", 6, "datev.debtor", "quotes"),
        ("[datev]\nfiscal_year = \"02-29\"", 6, "datev.fiscal_year", "`07-01`"),
        ("[datev.revenue]\n\"19%\" = \"84 00\"", 6, "datev.revenue.\"19%\"", "1 to 9 digits"),
        ("[limits]\nunpacked_bytes_max = \"many\"", 6, "limits.unpacked_bytes_max", "GiB"),
        ("[limits]\nunpacked_bytes_max = \"99999999TB\"", 6, "limits.unpacked_bytes_max", "GiB"),
    ] {
        let error = job(more).map(|_| ()).expect_err(more);
        let problem = error.problems.iter().find(|problem| problem.key == key);
        let problem = problem.unwrap_or_else(|| panic!("{more}: {:?}", error.problems));
        assert!(problem.hint.contains(hint), "{more}: {problem:?}");
        let place = if line == 0 { "month-end.toml".to_owned() } else { format!("month-end.toml:{line}:") };
        assert!(problem.place.contains(&place), "{more}: {problem:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_order() {
    let error = load_text("nam = 1\n[rules]\nlate = 1\nauto_link = 3\n", &Flags::default()).unwrap_err();
    let keys: Vec<&str> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
    let expected = ["inputs.timesheets", "inputs.orders", "nam", "rules.late", "rules.auto_link"];
    assert_eq!(keys, expected);
}

#[test]
fn bad_flags_are_told_as_flags() {
    for (key, value, problem_key, hint) in [
        ("rules.late_entrees", "bill", "rules.late_entrees", "rules.late_entries"),
        ("rules.late_entries", "bilk", "rules.late_entries", "did you mean `bill`?"),
        ("", "x", "", "quotes"),
        ("taxes.TVA 20%.rate", "20", "taxes.TVA 20%.rate", "quotes"),
        ("rules", "x", "rules", "[rules]"),
        ("rules.late_entries.deep", "x", "rules.late_entries", "quotes"),
        ("rules.a=b\nc", "x", "rules.a=b\nc", "quotes"),
    ] {
        let error = with_sets("[rules]\nlate_entries = \"bill\"\n", &[(key, value)]).map(|_| ()).expect_err(key);
        let problem = &error.problems[0];
        assert_eq!(problem.key, problem_key);
        assert!(problem.place.starts_with("flag `--set") && problem.hint.contains(hint), "{problem:?}");
    }
    let inputs = vec![("timesheet".to_owned(), "x.csv".to_owned())];
    let error = load_text(INPUTS, &Flags { inputs, ..Flags::default() }).unwrap_err();
    assert!(error.problems[0].hint.contains("did you mean `timesheets`?"));
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let today = Date::parse("2026-11-17").unwrap();
    let error = load(Path::new("no/such/job.toml"), &Flags::default(), today).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the job file"), "{error}");
    let error = load_text("name = \"a\"\n[inputs\n", &Flags::default()).unwrap_err();
    assert_eq!(error.problems[0].code, "not-toml");
    assert!(error.problems[0].place.contains("month-end.toml:2"), "{error:?}");
    let error = load_text("name = \"a\"\nname = \"b\"\n", &Flags::default()).unwrap_err();
    assert!(error.problems[0].place.contains("month-end.toml:2"), "{error:?}");
    assert!(load_text(&format!("\u{feff}{INPUTS}"), &Flags::default()).is_ok(), "a byte order mark is no obstacle");
}

#[test]
fn documents_are_taken_or_refused_by_name() {
    for document in DocumentFormat::ALL {
        let books = "[imports]\naccount = \"200\"\n[datev]\nconsultant = 1001\nclient = 1\ndebtor = \"10000\"\n";
        let asked = job(&format!("[output]\ndocuments = [\"{}\"]\n{books}", document.name()));
        match asked {
            Ok(settings) => assert!(document.is_written() && settings.output.documents == [*document]),
            Err(error) => {
                assert!(!document.is_written() && error.problems[0].hint.contains("does not write"), "{error:?}");
            }
        }
    }
}

#[test]
fn names_for_imports_are_read_and_in_force() {
    let settings = job("[imports]\naccount = \"200\"\n[imports.taxes]\n\"20%\" = \"20% (VAT on Income)\"\n[datev]\nconsultant = 29098\nclient = 55003\ndebtor = \"010000\"\nfiscal_year = \"07-01\"\n[datev.debtors]\nC1 = \"10001\"\n[datev.revenue]\n\"\" = \"8200\"\n").unwrap();
    let (imports, books) = (&settings.imports, settings.imports.datev.as_ref().unwrap());
    assert_eq!((imports.account.as_str(), imports.taxes["20%"].as_str()), ("200", "20% (VAT on Income)"));
    assert_eq!((books.fiscal_year, books.account_digits, books.debtor.as_str()), ((7, 1), 4, "010000"));
    assert_eq!((books.debtors["C1"].as_str(), books.revenue[""].as_str()), ("10001", "8200"));
    let known = in_force(&settings);
    assert_eq!((known["datev.fiscal_year"].0, known["datev.debtors.C1"].0), ("07-01", "10001"));
    let plain = job("").unwrap();
    assert!(plain.imports == Imports::default() && !in_force(&plain).keys().any(|key| key.starts_with("imports")));
}

#[test]
fn numbers_keep_the_digits_that_were_typed() {
    for (typed, shown) in
        [("8", "8"), ("7.60", "7.6"), ("\"7.6\"", "7.6"), ("+7.5", "7.5"), ("0.1", "0.1"), ("0x8", "8")]
    {
        let settings = job(&format!("[rules]\nhours_per_day = {typed}\n")).unwrap();
        assert_eq!(in_force(&settings)["rules.hours_per_day"].0, shown, "{typed}");
    }
}

#[test]
fn the_table_of_keys_says_what_the_loader_does() {
    let plain = load_text(INPUTS, &Flags::default()).unwrap();
    let in_force_of = in_force(&plain);
    // What no job file says: the day, the threads, and what the period comes to.
    let of_the_command = ["as_of", "threads", "period"];
    for key in in_force_of.keys().filter(|key| !of_the_command.contains(key)) {
        assert!(keys::is_known(key), "{key} is in no table");
    }
    for key in keys::ALL.iter().filter(|key| !key.section.contains('*') && !key.name.contains("name")) {
        let Some((value, _)) = in_force_of.get(key.path().as_str()) else {
            let may_be_absent = key.default.is_empty() || matches!(key.section, "period" | "imports" | "datev");
            assert!(may_be_absent, "{} is not in force", key.path());
            continue;
        };
        assert_eq!(*value, key.default, "the default of {}", key.path());
    }
    for key in keys::ALL.iter().filter(|key| key.section == "inputs.*" && !key.default.is_empty()) {
        assert_eq!(in_force_of[format!("inputs.orders.{}", key.name).as_str()].0, key.default, "{}", key.name);
    }
}

#[test]
fn every_word_of_a_key_means_itself() {
    for key in keys::ALL.iter().filter(|key| matches!(key.kind, keys::KeyKind::Choice(_))) {
        for word in key.words() {
            let path = key.path().replace("inputs.*", "inputs.orders").replace("taxes.*", "taxes.x");
            let path = path.replace("bounds.*", "bounds.discount_pct");
            let others = [("taxes.x.rate", "20"), ("bounds.discount_pct.value", "50")];
            let others = others.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let sets: Vec<_> = [(path.clone(), (*word).to_owned())].into_iter().chain(others).collect();
            let settings = load_text(INPUTS, &Flags { sets, ..Flags::default() }).unwrap();
            assert_eq!(in_force(&settings)[path.as_str()].0, *word);
        }
    }
    let names: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
    assert_eq!(names, Profile::NAMES);
}
