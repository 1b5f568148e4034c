//! F3 as a property: a month of work, written down in the way of any program, comes out as it was. `HOURBILL_DIALECTS` says how many worlds
//! are tried.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, hourbill};
use crate::dialect_words::{ENGLISH_MONTHS, LANGUAGES, PAUSES};
use crate::shapes::filled_in;

/// A stream of numbers that is the same for each seed.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A piece of work. Times are in minutes.
struct Work {
    day: u32,
    start: u32,
    minutes: u32,
    person: &'static str,
    client: &'static str,
    project: &'static str,
    activity: &'static str,
    note: &'static str,
    billable: bool,
    invoiced: bool,
    /// Between start and end, beside the minutes of work, where the program writes breaks down.
    rest: u32,
}

impl Work {
    /// Seconds, told as plainly as can be: from start to end, without the break where that is not paid.
    fn seconds(&self, breaks: Option<&Breaks>) -> i64 {
        let from_start_to_end = self.minutes + if breaks.is_some() { self.rest } else { 0 };
        let off = if breaks.is_some_and(|breaks| !breaks.paid) { self.rest } else { 0 };
        60 * i64::from(from_start_to_end - off)
    }
}

/// How breaks are written down beside start and end.
#[derive(Debug)]
struct Breaks {
    form: Pause,
    paid: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pause {
    /// `0:30`
    Clock,
    /// Hours with a decimal mark.
    Decimal,
    /// Whole numbers.
    Minutes,
    /// The same, and the header says so.
    SaidMinutes,
}

/// The program writes start, end and breaks down, and no hours.
fn rested(rng: &mut Rng, dialect: &mut Dialect, work: &mut [Work]) {
    (dialect.durations, dialect.times) = (Durations::None, true);
    let form = rng.pick(&[Pause::Clock, Pause::Decimal, Pause::Minutes, Pause::SaidMinutes]);
    dialect.breaks = Some(Breaks { form, paid: rng.one_in(3) });
    work.iter_mut().for_each(|row| row.rest = rng.pick(&[0, 0, 15, 30, 45, 60]));
}

fn work(rng: &mut Rng) -> Vec<Work> {
    let rows = 3 + rng.below(25);
    let one = |_| {
        let client = rng.below(2);
        Work {
            day: 1 + rng.below(31) as u32,
            start: 5 * rng.below(12 * 20) as u32,
            // Tenths of an hour are exact in each form.
            minutes: 6 * (1 + rng.below(50)) as u32,
            person: rng.pick(&["Lía Rey", "Pau", "Ann Ox"]),
            client: ["Kai AG", "Quay, Ltd"][client],
            project: rng.pick(&[["Mole", "Pier"], ["Tower", "Dock 2"]][client]),
            activity: rng.pick(&["Draw", "Plan"]),
            note: rng.pick(&["", "a; b", "call, long", "said \"no\"", "Größe"]),
            billable: !rng.one_in(5),
            invoiced: rng.one_in(8),
            rest: 0,
        }
    };
    (0..rows).map(one).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Days {
    Iso,
    Loose,
    DayFirst(char),
    MonthFirst,
    Tight,
    Long,
    Short,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Durations {
    Decimal,
    Clock,
    Seconds3,
    Spoken,
    Minutes,
    Seconds,
    /// Start and end alone.
    None,
}

#[derive(Debug)]
struct Dialect {
    language: usize,
    delimiter: char,
    comma: bool,
    days: Days,
    twelve: bool,
    durations: Durations,
    times: bool,
    ids: bool,
    totals: bool,
    title: bool,
    noise: bool,
    encoding: usize,
    flags: bool,
    breaks: Option<Breaks>,
}

impl Dialect {
    fn new(rng: &mut Rng) -> Dialect {
        let durations = rng.pick(&[
            Durations::Decimal,
            Durations::Decimal,
            Durations::Clock,
            Durations::Seconds3,
            Durations::Spoken,
            Durations::Minutes,
            Durations::Seconds,
            Durations::None,
        ]);
        Dialect {
            language: rng.below(LANGUAGES.len()),
            delimiter: rng.pick(&[',', ';', '\t', '|']),
            comma: rng.one_in(2),
            days: rng.pick(&[
                Days::Iso,
                Days::Iso,
                Days::Loose,
                Days::DayFirst('.'),
                Days::DayFirst('/'),
                Days::DayFirst('-'),
                Days::MonthFirst,
                Days::Tight,
                Days::Long,
                Days::Short,
            ]),
            twelve: rng.one_in(3),
            durations,
            times: durations == Durations::None || rng.one_in(2),
            ids: rng.one_in(2),
            totals: rng.one_in(3),
            title: rng.one_in(3),
            noise: rng.one_in(2),
            encoding: rng.below(4),
            flags: !rng.one_in(4),
            breaks: None,
        }
    }

    /// The header of breaks.
    fn pause(&self) -> Option<String> {
        let of_language = PAUSES[self.language];
        let minutes = self.breaks.as_ref()?.form == Pause::SaidMinutes;
        Some(if minutes { format!("{of_language} (min)") } else { of_language.to_owned() })
    }

    fn rest(&self, minutes: u32) -> String {
        let mark = if self.comma { ',' } else { '.' };
        match self.breaks.as_ref().unwrap().form {
            Pause::Clock => format!("{}:{:02}", minutes / 60, minutes % 60),
            Pause::Decimal => format!("{}{mark}{:02}", minutes / 60, minutes % 60 * 100 / 60),
            Pause::Minutes | Pause::SaidMinutes => minutes.to_string(),
        }
    }

    /// In the letters of strftime; `None` where nothing has to be said.
    fn format(&self) -> Option<&'static str> {
        match self.days {
            Days::Iso => None,
            Days::DayFirst('/') => Some("%d/%m/%Y"),
            Days::DayFirst('-') => Some("%d-%m-%Y"),
            Days::DayFirst(_) => Some("%d.%m.%Y"),
            Days::MonthFirst => Some("%m/%d/%Y"),
            _ => Some(""),
        }
    }

    fn day(&self, day: u32, month: u32) -> String {
        let language = &LANGUAGES[self.language];
        let name = |months: &[&'static str; 12]| months[month as usize - 1];
        match self.days {
            Days::Iso => format!("2026-{month:02}-{day:02}"),
            Days::Loose => format!("2026-{month}-{day}"),
            Days::DayFirst(mark) => format!("{day:02}{mark}{month:02}{mark}2026"),
            Days::MonthFirst => format!("{month:02}/{day:02}/2026"),
            Days::Tight => format!("2026{month:02}{day:02}"),
            Days::Long => format!("{day}{}{}{}2026", language.long.0, name(&language.months), language.long.1),
            Days::Short => format!("{day:02}-{}-2026", &name(&ENGLISH_MONTHS)[..3]),
        }
    }

    fn time(&self, minutes: u32) -> String {
        let (hour, minute) = (minutes / 60 % 24, minutes % 60);
        if !self.twelve {
            return format!("{hour:02}:{minute:02}");
        }
        let half = if hour < 12 { "AM" } else { "PM" };
        format!("{:02}:{minute:02} {half}", if hour % 12 == 0 { 12 } else { hour % 12 })
    }

    fn duration(&self, minutes: u32) -> String {
        let (hours, rest) = (minutes / 60, minutes % 60);
        match self.durations {
            Durations::Decimal => format!("{hours}{}{}", if self.comma { ',' } else { '.' }, rest / 6),
            Durations::Clock => format!("{hours}:{rest:02}"),
            Durations::Seconds3 => format!("{hours:02}:{rest:02}:00"),
            Durations::Spoken => format!("{hours}h {rest}m"),
            Durations::Minutes => minutes.to_string(),
            Durations::Seconds => (minutes * 60).to_string(),
            Durations::None => String::new(),
        }
    }

    fn write(&self, work: &[Work], month: u32) -> Vec<u8> {
        let language = &LANGUAGES[self.language];
        let [
            date,
            start,
            end,
            hours,
            minutes,
            seconds,
            person,
            client,
            project,
            activity,
            note,
            billable,
            invoiced,
            id,
        ] = language.headers;
        let of_hours = match self.durations {
            Durations::Minutes => minutes,
            Durations::Seconds => seconds,
            _ => hours,
        };
        let mut lines: Vec<Vec<String>> = Vec::new();
        let text = |text: &str| text.to_owned();
        let mut head = vec![text(date)];
        if self.ids {
            head.insert(0, text(id));
        }
        if self.times {
            head.extend([text(start), text(end)]);
            head.extend(self.pause());
        }
        if self.durations != Durations::None {
            head.push(text(of_hours));
        }
        head.extend([person, client, project, activity, note].map(text));
        if self.flags {
            head.extend([billable, invoiced].map(text));
        }
        if self.noise {
            head.extend(["Created at", "Planned hours", "Tags"].map(text));
        }
        lines.push(head);
        let flag = |on: bool| text(if on { language.yes } else { language.no });
        for (at, row) in work.iter().enumerate() {
            let mut cells = vec![self.day(row.day, month)];
            if self.ids {
                cells.insert(0, format!("e-{}", 900 + 7 * at));
            }
            if self.times {
                cells.extend([self.time(row.start), self.time(row.start + row.minutes + row.rest)]);
                cells.extend(self.pause().map(|_| self.rest(row.rest)));
            }
            if self.durations != Durations::None {
                cells.push(self.duration(row.minutes));
            }
            cells.extend([row.person, row.client, row.project, row.activity, row.note].map(text));
            if self.flags {
                cells.extend([flag(row.billable), flag(row.invoiced)]);
            }
            if self.noise {
                cells.extend(["2026-08-01 10:00:00", "8", ""].map(text));
            }
            lines.push(cells);
        }
        if self.totals && self.durations != Durations::None {
            let mut cells = vec![String::new(); lines[0].len()];
            let at = lines[0].iter().position(|header| header == of_hours).unwrap();
            cells[at] = self.duration(work.iter().map(|row| row.minutes).sum());
            lines.push(cells);
        }
        let quoted = |cell: &String| {
            let special = cell.contains([self.delimiter, '"', '\n']);
            if special { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let mut written = String::new();
        if self.title {
            written.push_str("REPORT OF WORK\nPrinted by Pau\n\n");
        }
        for cells in lines {
            let cells: Vec<String> = cells.iter().map(quoted).collect();
            let _ = writeln!(written, "{}", cells.join(&self.delimiter.to_string()));
        }
        match self.encoding {
            0 => written.into_bytes(),
            1 => format!("\u{feff}{written}").into_bytes(),
            2 => written.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
            _ => std::iter::once(0xfeff).chain(written.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// Takes the # off the answers that the world knows.
fn answered(job: &str, told: &Value, dialect: &Dialect) -> String {
    let mut job = job.to_owned();
    for question in told["files"][0]["questions"].as_array().unwrap() {
        let Some(open) = question["open"].as_str() else { continue };
        let answers: Vec<&str> =
            question["answers"].as_array().unwrap().iter().map(|answer| answer.as_str().unwrap()).collect();
        let right = match open {
            "date_format" => answers.iter().find(|answer| answer.contains(dialect.format().unwrap_or_default())),
            "hours_unit" => {
                let unit = if dialect.durations == Durations::Seconds { "seconds" } else { "minutes" };
                answers.iter().find(|answer| answer.contains(unit))
            }
            // The first takes breaks off.
            header if Some(header) == dialect.pause().as_deref() => {
                answers.get(usize::from(dialect.breaks.as_ref().unwrap().paid))
            }
            _ => None,
        };
        let right = right.unwrap_or_else(|| panic!("{question} is asked of {dialect:?}\n{job}"));
        job = job.replacen(&format!("\n# {right}"), &format!("\n{right}"), 1);
    }
    job
}

/// Seconds of hours with ten decimals.
fn seconds(hours: &str) -> i64 {
    let (whole, part) = hours.split_once('.').unwrap_or((hours, "0"));
    let part: i64 = format!("{part:0<10}")[..10].parse().unwrap();
    whole.parse::<i64>().unwrap() * 3_600 + (part * 3_600 + 5_000_000_000) / 10_000_000_000
}

fn lives(seed: u64, with_breaks: bool) {
    let mut rng = Rng(seed);
    let mut work = work(&mut rng);
    let month = [1, 3, 5, 7, 8, 10, 12][rng.below(7)];
    let mut dialect = Dialect::new(&mut rng);
    if with_breaks {
        rested(&mut rng, &mut dialect, &mut work);
    }
    let scratch = tempfile::tempdir().unwrap();
    let path: &Path = scratch.path();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    let bytes = dialect.write(&work, month);
    fs::write(path.join("work.csv"), &bytes).unwrap();
    let shown = || format!("seed {seed}: {dialect:?}\n{}", String::from_utf8_lossy(&bytes));
    let written = run(&["init", ".", "--format", "json"]);
    assert!(written.code <= 1, "{}{}\n{}", written.out, written.err, shown());
    let told: Value = serde_json::from_str(&written.out).unwrap();
    let job = answered(&fs::read_to_string(path.join("job.toml")).unwrap(), &told, &dialect);
    fs::write(path.join("job.toml"), &job).unwrap();
    filled_in(path);
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}\n{job}\n{}", ran.out, ran.err, shown()));
    let control = &told["control"];
    let sum = |of: &dyn Fn(&&Work) -> bool| {
        work.iter().filter(of).map(|row| row.seconds(dialect.breaks.as_ref())).sum::<i64>()
    };
    let flags = dialect.flags;
    let invoiced = sum(&|row| flags && row.invoiced);
    let free = sum(&|row| flags && !row.invoiced && !row.billable);
    let all = sum(&|_| true);
    let of = |disposition: &str| seconds(control["dispositions"][disposition]["hours"].as_str().unwrap_or("0"));
    assert_eq!(
        (
            control["read"]["rows"].as_u64().unwrap(),
            seconds(control["read"]["hours"].as_str().unwrap()),
            of("already_invoiced"),
            of("non_billable"),
            of("billed"),
        ),
        (work.len() as u64, all, invoiced, free, all - invoiced - free),
        "{}\n{job}\n{}",
        ran.out,
        shown()
    );
    assert_eq!(ran.code, 0, "{}{}\n{job}\n{}", ran.out, ran.err, shown());
}

fn worlds(of: u64) -> std::ops::Range<u64> {
    0..std::env::var("HOURBILL_DIALECTS").ok().and_then(|worlds| worlds.parse().ok()).unwrap_or(of)
}

#[test]
fn f3_work_comes_out_the_same_in_any_dialect() {
    worlds(50).for_each(|seed| lives(seed, false));
}

/// F5: `unpaid_break`, against a plain telling: from start to end, less the break where it is not paid.
#[test]
fn f5_breaks_come_off_in_any_dialect() {
    worlds(25).for_each(|seed| lives(seed, true));
}
