use super::*;

fn settings() -> InputSettings {
    InputSettings {
        paths: Vec::new(),
        delimiter: None,
        encoding: crate::job::Encoding::Utf8,
        decimal: DecimalMark::Point,
        thousands: None,
        date_format: None,
        timezone: None,
        columns: Default::default(),
        ..InputSettings::default()
    }
}

fn comma() -> InputSettings {
    InputSettings { decimal: DecimalMark::Comma, thousands: Some('.'), ..settings() }
}

fn micros(settings: &InputSettings, text: &str) -> Option<i64> {
    Grammar::new(settings).hours(Cell::Text(text)).ok().flatten().map(Hours::micros)
}

#[test]
fn hours_read_in_every_form() {
    let minute = 60_000_000;
    for (text, wanted) in [
        ("1.5", 90 * minute),
        ("1:30", 90 * minute),
        ("01:30:00", 90 * minute),
        ("1:30:45", 90 * minute + 45_000_000),
        ("1h30", 90 * minute),
        ("1h 30m", 90 * minute),
        ("1h30m", 90 * minute),
        ("2h", 120 * minute),
        ("90m", 90 * minute),
        ("1h 0m 30s", 60 * minute + 30_000_000),
        ("PT1H30M", 90 * minute),
        ("PT90M", 90 * minute),
        ("1.3333333333333333", 80 * minute),
        ("1e-05", 36_000),
        ("1E2", 6_000 * minute),
        ("0.123456789012345678901234567890123456", 444_444_440),
        ("0.00000000013888888888888888888888888888888889", 1),
        ("0", 0),
        ("0e999", 0),
        ("000000000000000000000001.50000000000000000000000000", 90 * minute),
    ] {
        assert_eq!(micros(&settings(), text), Some(wanted), "{text}");
        if wanted != 0 {
            assert_eq!(micros(&settings(), &format!("-{text}")), Some(-wanted), "-{text}");
        }
        assert_eq!(micros(&settings(), &format!(" {text}\t")), Some(wanted), "{text}");
    }
    assert_eq!(micros(&comma(), "1,5"), Some(90 * minute));
    assert_eq!(micros(&comma(), "1.234,5"), Some(1_234 * 60 * minute + 30 * minute));
}

#[test]
fn hours_that_say_nothing_certain_are_refused() {
    for text in [
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "1e400",
        "1:60",
        "1:5",
        "1:30:60",
        "1,5",
        "1.2.3",
        "--1",
        "+-1",
        "1h75",
        "1h30m99s",
        "h",
        "m",
        "PT",
        "P1D",
        "abc",
        "1 5",
        "0x10",
        "1e",
        "e5",
        "1_000",
        "2000000000",
        "1:30:45:10",
        "١",
        "1h1h",
        "9999999999999999999999999",
    ] {
        assert!(Grammar::new(&settings()).hours(Cell::Text(text)).is_err(), "{text}");
    }
    assert!(Grammar::new(&comma()).hours(Cell::Text("1.5")).is_err());
    assert!(Grammar::new(&comma()).hours(Cell::Text("12.34,5")).is_err());
    assert!(Grammar::new(&settings()).hours(Cell::Float(f64::NAN)).is_err());
    assert_eq!(Grammar::new(&settings()).hours(Cell::Float(4.0 / 3.0)), Ok(Some(Hours::from_micros(4_800_000_000))));
    assert_eq!(Grammar::new(&settings()).hours(Cell::Float(1e-5)), Ok(Some(Hours::from_micros(36_000))));
}

#[test]
fn the_fast_form_of_hours_agrees_with_the_general_one() {
    for text in ["0.25", "7", "-3.5", "12.3456", "0.0001", "999999999", "24.00", "1.0000"] {
        let general = decimal_micros(text.trim_start_matches('-'), b'.', None, UnitSize::HOUR)
            .map(|micros| if text.starts_with('-') { -micros } else { micros });
        assert_eq!(simple_hours(text.as_bytes(), b'.').map(i128::from), general, "{text}");
    }
}

#[test]
fn decimals_are_exact_or_refused() {
    let settings = settings();
    let grammar = Grammar::new(&settings);
    let read = |text| grammar.quantity(Cell::Text(text)).map(|quantity| quantity.map(Quantity::micros));
    assert_eq!(read("1.500000000"), Ok(Some(1_500_000)));
    assert_eq!(read("-0.000001"), Ok(Some(-1)));
    assert_eq!(read("1000000000"), Ok(Some(1_000_000_000_000_000)));
    assert_eq!(read(" "), Ok(None));
    for (text, code) in [
        ("0.0000001", Code::OutOfLimits),
        ("1000000000.000001", Code::OutOfLimits),
        ("99999999999999999999999999999999999999999", Code::OutOfLimits),
        ("0.000000000000000000000000000000000000000001", Code::OutOfLimits),
        ("1e3", Code::UnreadableValue),
        ("NaN", Code::UnreadableValue),
        ("1,5", Code::UnreadableValue),
        ("12 EUR", Code::UnreadableValue),
    ] {
        assert_eq!(read(text).unwrap_err().code, code, "{text}");
    }
    assert!(grammar.quantity(Cell::Float(1.5)).is_err());
    assert_eq!(grammar.quantity(Cell::Decimal { unscaled: 15, scale: 1 }), Ok(Some(Quantity::from_micros(1_500_000))));
    assert_eq!(
        grammar.quantity(Cell::Decimal { unscaled: 1_500_000_000, scale: 9 }),
        Ok(Some(Quantity::from_micros(1_500_000)))
    );
    assert!(grammar.discount(Cell::Text("100.01")).is_err());
    assert_eq!(grammar.integer(Cell::Text("10.0")), Ok(Some(10)));
    assert!(grammar.integer(Cell::Text("1.5")).is_err());
}

#[test]
fn dates_are_iso_or_of_the_declared_format() {
    let plain = settings();
    let date = |settings: &InputSettings, text: &str| {
        Grammar::new(settings).date(Cell::Text(text)).map(|date| date.map(|date| date.to_string()))
    };
    for text in [
        "2026-10-31",
        "2026-10-31 23:59:59",
        "2026-10-31T23:59",
        " 2026-10-31 ",
        "2026-10-31T23:30:00+02:00",
        "2026-10-31T00:00:00.250Z",
    ] {
        assert_eq!(date(&plain, text), Ok(Some("2026-10-31".to_owned())), "{text}");
    }
    for text in [
        "03/04/2026",
        "2026-02-30",
        "1989-12-31",
        "2101-01-01",
        "20261031",
        "2026-10-31x",
        "2026-10-31 25:00:00",
        "46000",
        "2026-10-31T10:00:00+99:00",
    ] {
        assert!(date(&plain, text).is_err(), "{text}");
    }
    let declared = InputSettings { date_format: Some("%d/%m/%Y".to_owned()), ..settings() };
    assert_eq!(date(&declared, "03/04/2026"), Ok(Some("2026-04-03".to_owned())));
    assert_eq!(date(&declared, "2026-04-03"), Ok(Some("2026-04-03".to_owned())));
    let brussels = InputSettings { timezone: Some(chrono_tz::Europe::Brussels), ..settings() };
    assert_eq!(date(&brussels, "2026-10-31T23:30:00Z"), Ok(Some("2026-11-01".to_owned())));
    assert_eq!(date(&brussels, "2026-10-31T23:30:00"), Ok(Some("2026-10-31".to_owned())));
    let instant = Cell::Timestamp {
        micros: Moment::from(Date::parse("2026-10-31").unwrap()).micros() + 84_600_000_000,
        zoned: true,
    };
    assert_eq!(Grammar::new(&brussels).date(instant).unwrap().unwrap().to_string(), "2026-11-01");
    assert_eq!(Grammar::new(&plain).date(instant).unwrap().unwrap().to_string(), "2026-10-31");
}

#[test]
fn work_begins_at_a_moment_or_at_a_time_of_the_entrys_date() {
    let day = Date::parse("2026-10-05").unwrap();
    let began = |settings: &InputSettings, text: &str| {
        let started = Grammar::new(settings).started(Cell::Text(text)).ok().flatten();
        started.and_then(|started| started.on(Some(day))).map(|moment| moment.to_string())
    };
    for (text, time) in [
        ("09:00", "09:00:00"),
        ("9:05:07", "09:05:07"),
        ("9:05 AM", "09:05:00"),
        ("9:05pm", "21:05:00"),
        ("12:30 am", "00:30:00"),
        ("12:30 PM", "12:30:00"),
        ("2026-10-05 11:00", "11:00:00"),
        ("2026-10-05T11:00:00+02:00", "11:00:00"),
    ] {
        let since_midnight = micros(&settings(), time).unwrap();
        let wanted = Moment::from_micros(Moment::from(day).micros() + since_midnight);
        assert_eq!(began(&settings(), text), wanted.map(|moment| moment.to_string()), "{text}");
    }
    let american = InputSettings { date_format: Some("%m/%d/%Y".to_owned()), ..settings() };
    assert_eq!(began(&american, "10/05/2026 9:05 PM"), began(&settings(), "21:05"));
    assert_eq!(began(&settings(), ""), None);
    for text in ["25:00", "13:00 PM", "0:30 AM", "soon", "05/10/2026 09:00", "9"] {
        assert!(Grammar::new(&settings()).started(Cell::Text(text)).is_err(), "{text}");
    }
}

#[test]
fn durations_as_people_write_them() {
    let said = |text: &str, decimal: DecimalMark, unit: HoursUnit| {
        let settings = InputSettings { decimal, hours_unit: unit, ..InputSettings::default() };
        Grammar::new(&settings).hours(Cell::Text(text)).ok().flatten().map(|hours| hours.micros())
    };
    let (minute, hour) = (60_000_000, 3_600_000_000_i64);
    for (text, micros) in [
        ("7.5h", 7 * hour + hour / 2),
        ("1.5 hrs", hour + hour / 2),
        ("2 h 30 min", 2 * hour + 30 * minute),
        ("2h 30min", 2 * hour + 30 * minute),
        ("90 min", 90 * minute),
        ("18:25 min", 18 * minute + 25_000_000),
        ("47 sec", 47_000_000),
        ("1:30 h", hour + 30 * minute),
        ("01:30:00.000", hour + 30 * minute),
        ("0:00:00.25", 250_000),
        ("1d 2h", 10 * hour),
        ("1 day", 8 * hour),
        ("0.5 d", 4 * hour),
        ("1 Std. 15 Min.", hour + 15 * minute),
        ("-1.5 h", -(hour + hour / 2)),
        ("1h 5m 7s", hour + 5 * minute + 7_000_000),
        ("1e-05", 36_000),
    ] {
        assert_eq!(said(text, DecimalMark::Point, HoursUnit::Hours), Some(micros), "{text}");
    }
    assert_eq!(said("7,5 h", DecimalMark::Comma, HoursUnit::Hours), Some(7 * hour + hour / 2));
    // Nothing is guessed: weeks, units that come twice or in the wrong order, parts beyond their unit, marks that were not declared.
    for text in [
        "1w",
        "1w 2d",
        "2 h 3 h",
        "30 min 2 h",
        "2 h 60 min",
        "1.5 h 3 min",
        "7,5 h",
        "h",
        "1 x",
        "61:00 min",
        "1:2 h",
        "12:30:00 min",
        "1::30",
        "1:30:0",
    ] {
        assert_eq!(said(text, DecimalMark::Point, HoursUnit::Hours), None, "{text}");
    }
    for (text, unit, micros) in [
        ("90", HoursUnit::Minutes, 90 * minute),
        ("1.5", HoursUnit::Minutes, 90_000_000),
        ("1680", HoursUnit::Seconds, 28 * minute),
        ("0.0000001", HoursUnit::Seconds, 0),
        ("1.25", HoursUnit::Days, 10 * hour),
        // A day of a clock, however many of its decimals are shown; a third of a second is none.
        ("0.0625", HoursUnit::Excel, hour + 30 * minute),
        ("0.0208333333", HoursUnit::Excel, 30 * minute),
        ("0.020833", HoursUnit::Excel, 30 * minute),
        ("-0.0416666666666667", HoursUnit::Excel, -hour),
        ("1.5", HoursUnit::Excel, 36 * hour),
        ("1:30", HoursUnit::Excel, hour + 30 * minute),
        ("0:00:00.5", HoursUnit::Excel, 500_000),
        // What names its unit keeps it.
        ("1:30", HoursUnit::Seconds, hour + 30 * minute),
        ("2 h", HoursUnit::Minutes, 2 * hour),
    ] {
        assert_eq!(said(text, DecimalMark::Point, unit), Some(micros), "{text}");
    }
    let settings = InputSettings { hours_unit: HoursUnit::Seconds, ..InputSettings::default() };
    let grammar = Grammar::new(&settings);
    assert_eq!(grammar.hours(Cell::Int(5_400)).unwrap().unwrap().micros(), hour + 30 * minute);
    assert_eq!(grammar.hours(Cell::Decimal { unscaled: 25, scale: 1 }).unwrap().unwrap().micros(), 2_500_000);
    let settings = InputSettings { hours_unit: HoursUnit::Excel, ..InputSettings::default() };
    let of_cell = Grammar::new(&settings).hours(Cell::Decimal { unscaled: 208_333_333, scale: 10 });
    assert_eq!(of_cell.unwrap().unwrap().micros(), 30 * minute);
}

#[test]
fn hours_of_several_columns_are_added_each_in_its_unit() {
    let said = |text: &str, parts: &[HoursUnit], decimal: DecimalMark| {
        let hours_unit = HoursUnit::OfParts;
        let settings = InputSettings { decimal, hours_unit, hours_parts: parts.to_vec(), ..InputSettings::default() };
        Grammar::new(&settings).hours(Cell::Text(text)).ok().map(|hours| hours.map(|hours| hours.micros()))
    };
    let (minute, hour) = (60_000_000_i64, 3_600_000_000_i64);
    let clock = [HoursUnit::Hours, HoursUnit::Minutes, HoursUnit::Seconds];
    for (text, micros) in [
        ("1 + 30 + 15", Some(hour + 30 * minute + 15_000_000)),
        (" + 45 + ", Some(45 * minute)),
        ("-1 + -30 + 0", Some(-hour - 30 * minute)),
        ("0 + 20 + ", Some(20 * minute)),
        (" +  + ", None),
        ("", None),
    ] {
        assert_eq!(said(text, &clock, DecimalMark::Point), Some(micros), "{text}");
    }
    for text in ["1 + 30", "1 + 30 + 15 + 2", "1 + -30 + 0", "1 + x + 2", "1"] {
        assert_eq!(said(text, &clock, DecimalMark::Point), None, "{text}");
    }
    // A column alone, in another unit than that of the input.
    assert_eq!(said("30", &[HoursUnit::Minutes], DecimalMark::Point), Some(Some(30 * minute)));
    let both = [HoursUnit::Hours, HoursUnit::Hours];
    assert_eq!(said("7,75 + 1:15", &both, DecimalMark::Comma), Some(Some(9 * hour)));
    // Hours that are taken back are hours.
    assert_eq!(said("8 + -0.5", &both, DecimalMark::Point), Some(Some(7 * hour + 30 * minute)));
}

#[test]
fn days_of_excel_are_dates_where_the_job_says_so() {
    let settings = InputSettings { date_format: Some(EXCEL_DAYS.to_owned()), ..InputSettings::default() };
    let grammar = Grammar::new(&settings);
    let said = |cell: Cell<'_>| grammar.moment(cell).ok().flatten().map(|moment| moment.to_string());
    // 25569 is 1970-01-01; 46326 is 20757 days later.
    for (cell, date) in [
        (Cell::Text("46326"), "2026-10-31"),
        (Cell::Text("45567"), "2024-10-02"),
        (Cell::Int(32_874), "1990-01-01"),
        (Cell::Float(45_567.0), "2024-10-02"),
        (Cell::Text("2026-10-31"), "2026-10-31"),
    ] {
        assert!(said(cell).is_some_and(|moment| moment.starts_with(date)), "{cell:?}: {:?}", said(cell));
    }
    let at = Date::parse("2024-10-02").map(|date| Moment::from(date).micros() + 9 * 3_600_000_000);
    assert_eq!(grammar.moment(Cell::Text("45567.375")).unwrap().map(Moment::micros), at);
    for text in ["4556", "445567", "-45567", "1", "45567:30", "1e5"] {
        assert!(grammar.date(Cell::Text(text)).is_err(), "{text}");
    }
    // Times of day as parts of a day: half past nine, midnight, and its end.
    let hour = 3_600_000_000_i64;
    for (cell, micros) in [
        (Cell::Text("0.395833333"), 9 * hour + hour / 2),
        (Cell::Decimal { unscaled: 375, scale: 3 }, 9 * hour),
        (Cell::Text("0"), 0),
        (Cell::Int(1), 24 * hour),
    ] {
        assert_eq!(grammar.started(cell), Ok(Some(Started::TimeOfDay(micros))), "{cell:?}");
    }
    let plain = InputSettings::default();
    assert!(Grammar::new(&plain).started(Cell::Text("0.375")).is_err());
    for cell in [Cell::Text("45567"), Cell::Text("45567.5"), Cell::Int(45_567)] {
        let why = Grammar::new(&plain).date(cell).unwrap_err().why;
        assert!(why.contains("(2024-10-02)") && why.contains("date_format = \"excel\""), "{why}");
    }
    assert!(!Grammar::new(&plain).date(Cell::Text("03/04/2026")).unwrap_err().why.contains("excel"));
}
