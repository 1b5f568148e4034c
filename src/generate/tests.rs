use std::collections::BTreeMap;
use std::path::Path;

use super::*;

fn options(entries: u64, seed: u64, out: &Path) -> Options {
    Options::new(entries, seed, out)
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .expect("a folder")
        .map(|item| {
            let item = item.expect("an item");
            let bytes = fs::read(item.path()).expect("a file");
            (item.file_name().into_string().expect("a plain name"), bytes)
        })
        .collect()
}

fn made(change: impl FnOnce(&mut Options), chunk_rows: u64) -> (BTreeMap<String, Vec<u8>>, Generated) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = options(3000, 7, folder.path());
    change(&mut options);
    let summary = generate_in_chunks(&options, chunk_rows, &|_| ()).expect("exports");
    (files(folder.path()), summary)
}

fn rows(bytes: &[u8]) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new().flexible(true).from_reader(bytes).records().map(|row| row.expect("a row")).collect()
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let both = |options: &mut Options| options.format = SyntheticFormat::Both;
    let (first, _) = made(both, 500);
    let (again, _) = made(both, 500);
    assert_eq!(first, again);
    assert_eq!(first.len(), 12);
}

#[test]
fn another_seed_gives_other_bytes() {
    let (first, _) = made(|_| (), 500);
    let (other, _) = made(|options| options.seed = 8, 500);
    for table in ["tickets.csv", "timesheets.csv", "orders.csv", "customers.csv"] {
        assert_ne!(first[table], other[table], "{table}");
    }
}

#[test]
fn chunks_of_any_size_give_the_same_rows() {
    for shuffle in [false, true] {
        let (whole, _) = made(|options| options.shuffle = shuffle, 1_000_000);
        for chunk_rows in [1, 7, 999] {
            let (chunked, _) = made(|options| options.shuffle = shuffle, chunk_rows);
            assert!(whole == chunked, "chunks of {chunk_rows}");
        }
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads")
            .install(|| made(|options| options.format = SyntheticFormat::Both, 300).0)
    };
    assert!(on(1) == on(5));
}

#[test]
fn parts_and_shuffled_rows_hold_the_same_entries() {
    let sorted = |bytes: &[u8]| {
        let mut rows: Vec<Vec<String>> =
            rows(bytes).iter().map(|row| row.iter().map(str::to_owned).collect()).collect();
        rows.sort();
        rows
    };
    let (whole, _) = made(|_| (), 500);
    let (shuffled, _) = made(|options| options.shuffle = true, 500);
    assert_ne!(whole["timesheets.csv"], shuffled["timesheets.csv"]);
    for table in ["tickets.csv", "timesheets.csv", "orders.csv", "customers.csv", "teams.csv"] {
        assert_eq!(sorted(&whole[table]), sorted(&shuffled[table]), "{table}");
    }
    let (parts, summary) = made(|options| options.parts = 12, 500);
    assert_eq!(summary.files.len(), 12 + 4 + 1);
    let joined: Vec<_> = (1..=12).flat_map(|part| rows(&parts[&format!("timesheets-{part:02}.csv")])).collect();
    assert_eq!(joined, rows(&whole["timesheets.csv"]));
}

#[test]
fn row_counts_are_exact() {
    for entries in [0, 1, 99, 101, 3000] {
        let (csv, summary) = made(
            |options| {
                options.entries = entries;
                options.dirty = DirtyShares::total_ppm(50_000);
            },
            64,
        );
        let count = |table: &str| u64::try_from(rows(&csv[table]).len()).expect("few");
        assert_eq!(count("timesheets.csv"), entries);
        assert_eq!(summary.timesheets, entries);
        assert_eq!(count("tickets.csv"), summary.tickets);
        assert_eq!(count("orders.csv"), summary.order_lines);
        assert_eq!(count("customers.csv"), summary.customers);
        assert_eq!(count("teams.csv"), summary.teams);
        let written: usize = csv.values().map(Vec::len).sum();
        assert_eq!(u64::try_from(written).expect("few"), summary.bytes);
    }
}

#[test]
fn dirty_rows_come_in_the_shares_that_were_asked_for() {
    let entries = 200_000;
    let shares = DirtyShares { bad_hours: 8000, ragged_row: 500, ..DirtyShares::total_ppm(27_000) };
    let (csv, summary) = made(
        |options| {
            options.entries = entries;
            options.dirty = shares;
        },
        CHUNK_ROWS,
    );
    for &(kind, count) in &summary.dirty {
        let expected = entries * u64::from(shares.of(kind)) / 1_000_000;
        let off = count.abs_diff(expected);
        assert!(off * 6 <= expected, "{}: {count} instead of {expected}", kind.name());
    }
    let seen = |kind: DirtKind| {
        let found = summary.dirty.iter().find(|(known, _)| *known == kind);
        usize::try_from(found.expect("every kind").1).expect("few")
    };
    let rows = rows(&csv["timesheets.csv"]);
    let count = |test: &dyn Fn(&csv::StringRecord) -> bool| rows.iter().filter(|row| test(row)).count();
    assert_eq!(count(&|row| row.len() != 12), seen(DirtKind::RaggedRow));
    assert_eq!(count(&|row| row[0].is_empty()), seen(DirtKind::MissingId));
    assert_eq!(count(&|row| row[3].starts_with("TK-X")), seen(DirtKind::UnknownTicket));
    assert_eq!(count(&|row| row[4].starts_with("S-X")), seen(DirtKind::UnknownOrderLine));
    let is_day =
        |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok_and(|day| *day.to_string() > *"2026");
    assert_eq!(count(&|row| !is_day(&row[1])), seen(DirtKind::BadDate));
    let mut by_id: BTreeMap<&str, Vec<&csv::StringRecord>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row[0].is_empty()) {
        by_id.entry(&row[0]).or_default().push(row);
    }
    let repeats: usize = by_id.values().map(|rows| rows.len() - 1).sum();
    assert_eq!(repeats, seen(DirtKind::ExactDuplicate) + seen(DirtKind::ConflictingDuplicate));
}

#[test]
fn clean_exports_hold_no_dirt() {
    let (csv, summary) = made(|options| options.dirty = DirtyShares::clean(), 500);
    assert!(summary.dirty.iter().all(|&(_, count)| count == 0));
    let rows = rows(&csv["timesheets.csv"]);
    let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(ids.len(), rows.len());
    assert!(rows.iter().all(|row| row.len() == 12));
}

#[test]
fn all_dirty_is_possible_too() {
    let shares = DirtyShares { exact_duplicate: 1_000_000, ..DirtyShares::clean() };
    let (csv, summary) = made(|options| options.dirty = shares, 500);
    // There is no clean row to repeat, so there are no repeats.
    assert!(summary.dirty.iter().all(|&(_, count)| count == 0));
    assert_eq!(rows(&csv["timesheets.csv"]).len(), 3000);
}

#[test]
fn references_lead_somewhere_and_the_erp_total_adds_up() {
    let (csv, _) = made(|options| options.dirty = DirtyShares::clean(), 500);
    let column = |table: &str, place: usize| -> std::collections::BTreeSet<String> {
        rows(&csv[table]).iter().map(|row| row[place].to_owned()).collect()
    };
    let (tickets, lines, customers) = (column("tickets.csv", 0), column("orders.csv", 0), column("customers.csv", 0));
    assert_eq!(lines.len(), rows(&csv["orders.csv"]).len());
    let inside = |set: &std::collections::BTreeSet<String>, id: &str| id.is_empty() || set.contains(id);
    let mut spent: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows(&csv["timesheets.csv"]) {
        assert!(inside(&tickets, &row[3]) && inside(&lines, &row[4]), "{row:?}");
        *spent.entry(row[3].to_owned()).or_default() += ten_thousandths(&row[7]);
    }
    for row in rows(&csv["tickets.csv"]) {
        assert!(inside(&customers, &row[2]) && inside(&lines, &row[6]), "{row:?}");
        let computed = spent.get(&row[0]).copied().unwrap_or(0);
        assert_eq!(ten_thousandths(&row[7]), computed, "{row:?}");
    }
    for row in rows(&csv["orders.csv"]) {
        assert!(inside(&customers, &row[5]) && inside(&customers, &row[6]), "{row:?}");
    }
    for row in rows(&csv["customers.csv"]) {
        assert!(inside(&customers, &row[2]), "{row:?}");
    }
}

fn ten_thousandths(hours: &str) -> i64 {
    let (sign, hours) = match hours.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, hours),
    };
    let parsed = |text: &str| text.parse::<i64>().expect("digits");
    if let Some((hours, minutes)) = hours.split_once(':') {
        return sign * (parsed(hours) * 10_000 + parsed(minutes) * 10_000 / 60);
    }
    let (whole, fraction) = hours.split_once('.').unwrap_or((hours, ""));
    sign * (parsed(whole) * 10_000 + parsed(&format!("{fraction:0<4}")))
}

#[test]
fn one_customer_owns_a_third_unless_all_are_alike() {
    let share = |giant: bool| {
        let (csv, _) = made(
            |options| {
                options.entries = 100_000;
                options.giant = giant;
                options.dirty = DirtyShares::clean();
            },
            CHUNK_ROWS,
        );
        let tickets: BTreeMap<String, bool> =
            rows(&csv["tickets.csv"]).iter().map(|row| (row[0].to_owned(), row[2].starts_with("C00001"))).collect();
        let (mut first, mut all) = (0, 0);
        for row in rows(&csv["timesheets.csv"]) {
            let hours = ten_thousandths(&row[7]);
            all += hours;
            first += if tickets.get(&row[3]) == Some(&true) { hours } else { 0 };
        }
        first * 1000 / all
    };
    // Entries without a ticket are left out of the first figure, so it stays a little below a third.
    assert!((280..360).contains(&share(true)), "{}", share(true));
    assert!(share(false) < 60, "{}", share(false));
}

#[test]
fn parquet_holds_the_rows_of_the_csv_in_typed_columns() {
    use arrow_array::Array;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = options(2500, 3, folder.path());
    options.format = SyntheticFormat::Both;
    options.dirty = DirtyShares::total_ppm(90_000);
    generate_in_chunks(&options, 600, &|_| ()).expect("exports");
    let csv = fs::read(folder.path().join("timesheets.csv")).expect("a file");
    let file = File::open(folder.path().join("timesheets.parquet")).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("Parquet");
    let (mut ids, mut hours) = (Vec::new(), Vec::new());
    for batch in reader {
        let batch = batch.expect("a batch");
        let column = |name: &str| batch.column_by_name(name).expect("a column").clone();
        let (id, hour) = (column("timesheet_id"), column("hours"));
        let id = id.as_any().downcast_ref::<arrow_array::StringArray>().expect("text");
        let hour = hour.as_any().downcast_ref::<arrow_array::Decimal128Array>().expect("decimals");
        ids.extend((0..id.len()).map(|row| id.is_valid(row).then(|| id.value(row).to_owned())));
        hours.extend((0..hour.len()).map(|row| hour.is_valid(row).then(|| hour.value(row))));
    }
    let rows = rows(&csv);
    assert_eq!(rows.len(), ids.len());
    let mut unread = 0;
    for ((row, id), hours) in rows.iter().zip(&ids).zip(&hours) {
        assert_eq!(&row[0], id.as_deref().unwrap_or_default());
        match hours {
            Some(hours) => assert_eq!(i128::from(ten_thousandths(&row[7])), *hours),
            None => unread += 1,
        }
    }
    assert!(unread > 10, "{unread}");
}

#[test]
fn the_job_file_names_what_was_written() {
    for (format, extension) in [(SyntheticFormat::Csv, "csv"), (SyntheticFormat::Parquet, "parquet")] {
        let (files, _) = made(
            |options| {
                options.format = format;
                options.parts = 2;
            },
            500,
        );
        let text = std::str::from_utf8(&files["job.toml"]).expect("text");
        let job: toml::Table = text.parse().expect("TOML");
        let inputs = job["inputs"].as_table().expect("a table");
        let mut named = Vec::new();
        for value in inputs.values() {
            match value {
                toml::Value::Array(list) => named.extend(list.iter().filter_map(|item| item.as_str())),
                other => named.extend(other.as_str()),
            }
        }
        assert_eq!(named.len(), 6);
        assert!(named.iter().all(|name| files.contains_key(*name) && name.ends_with(extension)));
        assert_eq!(job["output"]["tables"][0].as_str(), Some(extension));
    }
}

#[test]
fn contradictions_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |change: &dyn Fn(&mut Options)| {
        let mut options = options(10, 1, folder.path());
        change(&mut options);
        generate(&options, &|_| ()).is_err()
    };
    assert!(refused(&|options| options.parts = 0));
    assert!(refused(&|options| options.customers = Some(0)));
    assert!(refused(&|options| options.dirty.bad_date = 1_000_001));
    assert!(!refused(&|_| ()));
}

#[test]
fn percentages_are_read_exactly() {
    let total = |typed: &str| DirtyShares::percent(typed).map(|shares| shares.total()).ok();
    assert_eq!(total("0.1"), Some(1000));
    assert_eq!(total("0"), Some(0));
    assert_eq!(total("100"), Some(1_000_000));
    assert_eq!(total("2.5"), Some(25_000));
    for wrong in ["", "-1", "101", "0.00001", "1,5", "ten", ".5", "+1"] {
        assert_eq!(total(wrong), None, "{wrong}");
    }
    assert_eq!(DirtyShares::default(), DirtyShares::percent("0.1").expect("readable"));
}
