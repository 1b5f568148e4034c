//! A world as a person would type it: files of text cells and a job.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::value::{self, Date, Number, to_integer, whole};

/// One input. All its files have the same header.
#[derive(Clone, Debug)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    pub files: usize,
    pub style: Style,
}

#[derive(Clone, Debug)]
pub struct Row {
    /// Which of the table's files it stands in.
    pub file: usize,
    pub cells: Vec<String>,
}

/// How a file is written; it must not matter.
#[derive(Clone, Debug)]
pub struct Style {
    pub delimiter: char,
    pub crlf: bool,
    pub bom: bool,
    pub quote_all: bool,
}

/// The settings of a job that change what is computed, as text.
#[derive(Clone, Debug)]
pub struct Job {
    /// `None` bills all that is open, an empty end all on that side.
    pub period: Option<(String, String)>,
    /// Written as `month = ...`.
    pub as_month: bool,
    /// Keys of `[rules]` that the job file names.
    pub rules: BTreeMap<&'static str, String>,
    /// Name, rate, category.
    pub taxes: Vec<(String, String, String)>,
}

impl Job {
    /// A setting as typed; nothing when the job file does not name it.
    pub fn rule(&self, key: &str) -> Option<&str> {
        self.rules.get(key).map(String::as_str)
    }

    pub fn says(&self, key: &str, word: &str) -> bool {
        self.rule(key) == Some(word)
    }

    fn number(&self, key: &str, default: i128) -> Number {
        self.rule(key).map_or_else(|| whole(default), |text| value::decimal(text).unwrap().0)
    }

    pub fn hours_per_day(&self) -> Number {
        self.number("hours_per_day", 8)
    }

    /// Microseconds.
    pub fn max_entry_hours(&self) -> i128 {
        to_integer(&(self.number("max_entry_hours", 24) * whole(3_600_000_000)))
    }

    pub fn min_invoice_amount(&self) -> Number {
        self.number("min_invoice_amount", 0)
    }

    pub fn quantity_decimals(&self) -> u32 {
        self.rule("quantity_decimals").map_or(2, |text| text.parse().unwrap())
    }

    pub fn period_label(&self) -> String {
        match &self.period {
            None => "open".to_owned(),
            Some((from, to)) if from == "2026-10-01" && to == "2026-10-31" => "2026-10".to_owned(),
            Some((from, to)) if from.is_empty() => format!("to-{to}"),
            Some((from, to)) if to.is_empty() => format!("from-{from}"),
            Some((from, to)) => format!("{from}_{to}"),
        }
    }

    /// First and last date of the period, where it has them.
    pub fn ends(&self) -> (Option<Date>, Option<Date>) {
        let (from, to) = self.period.as_ref().map_or(("", ""), |(from, to)| (from, to));
        (value::date(from), value::date(to))
    }
}

#[derive(Clone, Debug)]
pub struct World {
    pub job: Job,
    /// By the name of the input.
    pub tables: BTreeMap<&'static str, Table>,
}

impl Table {
    /// What stands in a column of a row; nothing when the column is not there.
    pub fn cell<'a>(&'a self, row: &'a Row, field: &str) -> &'a str {
        let at = self.header.iter().position(|name| name.eq_ignore_ascii_case(field));
        at.and_then(|at| row.cells.get(at)).map_or("", String::as_str)
    }

    /// Number of a row in its file, 1 is the first.
    pub fn row_number(&self, at: usize) -> usize {
        let file = self.rows[at].file;
        self.rows[..=at].iter().filter(|row| row.file == file).count()
    }

    fn text(&self, file: usize) -> String {
        let end = if self.style.crlf { "\r\n" } else { "\n" };
        let mut text = if self.style.bom { "\u{feff}".to_owned() } else { String::new() };
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| self.written(cell, cells.len() == 1)).collect();
            cells.join(&self.style.delimiter.to_string()) + end
        };
        text += &line(&self.header);
        for row in self.rows.iter().filter(|row| row.file == file) {
            text += &line(&row.cells);
        }
        text
    }

    /// A cell as RFC 4180 writes it. An empty cell alone in its line is quoted: a line without any byte is no row.
    fn written(&self, cell: &str, alone: bool) -> String {
        let must = cell.contains([self.style.delimiter, '"', '\n', '\r']) || (alone && cell.is_empty());
        if must || self.style.quote_all { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    }
}

impl World {
    /// Writes the files and the job into a folder.
    pub fn write(&self, folder: &Path) {
        for (name, table) in &self.tables {
            for file in 0..table.files {
                std::fs::write(folder.join(file_name(name, file)), table.text(file)).unwrap();
            }
        }
        std::fs::write(folder.join("job.toml"), self.job_file()).unwrap();
    }

    pub fn job_file(&self) -> String {
        let mut text = "name = \"world\"\n[inputs]\n".to_owned();
        for (name, table) in &self.tables {
            let files: Vec<String> = (0..table.files).map(|file| format!("{:?}", file_name(name, file))).collect();
            let _ = writeln!(text, "{name} = [{}]", files.join(", "));
        }
        match &self.job.period {
            Some((from, _)) if self.job.as_month => {
                let _ = writeln!(text, "[period]\nmonth = \"{}\"", &from[..7]);
            }
            Some((from, to)) => {
                let _ = writeln!(text, "[period]");
                for (key, date) in [("from", from), ("to", to)].into_iter().filter(|(_, date)| !date.is_empty()) {
                    let _ = writeln!(text, "{key} = \"{date}\"");
                }
            }
            None => {}
        }
        // G10 has tests of its own: the oracle does not know what explains a figure of the ERP.
        text += "[rules]\ninvoiced_elsewhere = \"warn\"\n";
        for (key, value) in &self.job.rules {
            let _ = writeln!(text, "{key} = {value:?}");
        }
        for (name, rate, category) in &self.job.taxes {
            let _ = writeln!(text, "[taxes.{name:?}]\nrate = {rate:?}\ncategory = {category:?}");
        }
        text
    }

    /// Everything, for a report.
    pub fn shown(&self) -> String {
        let mut text = self.job_file();
        for (name, table) in &self.tables {
            for file in 0..table.files {
                let _ = write!(text, "-- {}\n{}", file_name(name, file), table.text(file));
            }
        }
        text
    }
}

pub fn file_name(input: &str, file: usize) -> String {
    format!("{input}-{file}.csv")
}
