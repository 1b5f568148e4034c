//! `hourbill query`: questions in SQL about what was published and posted.

use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::process::Command;

use serde_json::{Value, json};

use super::args::Job;
use super::exit::Exit;
use super::failure::Failure;
use super::grid::{Align, Grid};
use super::layout::{counted, grouped, heading, shortened, wrapped};
use super::printer::Printer;
use super::query_args::{QueryArgs, QueryForm};
use super::start::load;
use crate::bug::OrBug;
use crate::query::{self, Answer, QueryError, QueryTable};
use crate::run::Shelf;

/// Rows that a terminal is shown.
const ROWS_SHOWN: usize = 200;
const TEXT_WIDTH_MAX: usize = 40;

/// What polars is told by the environment: nothing of it may change an answer.
const ENGINE_VARIABLES: &str = "POLARS_";

pub fn ask(args: &QueryArgs, printer: Printer) -> Result<Exit, Failure> {
    without_engine_variables()?;
    let settings = load(&Job { job: args.job.clone(), ..Job::default() })?;
    let shelf = Shelf::open(&settings, args.run.as_deref())?;
    let Some(sql) = &args.sql else { return list(&shelf, printer) };
    let mut tables = Vec::new();
    for name in query::tables_named(sql)? {
        let table = shelf.table(&name)?.ok_or_else(|| unknown(&name, &shelf))?;
        tables.push(table?);
    }
    let answer = query::answer(sql, tables)?;
    match args.form {
        QueryForm::Printed => printer.data(|| text(&answer), || answer.json()),
        QueryForm::Csv => printer.bytes(&answer.csv()),
        QueryForm::Parquet if std::io::stdout().is_terminal() => {
            let hint = "write it into a file: hourbill query ... --format parquet > answer.parquet";
            return Err(Failure::new(Exit::Usage, "parquet-to-terminal", "a terminal cannot show Parquet", hint));
        }
        QueryForm::Parquet => printer.bytes(&answer.parquet()?),
    }
    Ok(Exit::Done)
}

/// polars goes by variables of the environment: the command begins again without them.
fn without_engine_variables() -> Result<(), Failure> {
    let is_of_engine = |name: &std::ffi::OsString| name.to_string_lossy().starts_with(ENGINE_VARIABLES);
    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(is_of_engine).collect();
    if names.is_empty() {
        return Ok(());
    }
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Io, "cannot-start", format!("cannot start anew: {error}"), "unset the variables POLARS_*")
    };
    let mut again = Command::new(std::env::current_exe().map_err(failed)?);
    again.args(std::env::args_os().skip(1));
    names.iter().for_each(|name| {
        again.env_remove(name);
    });
    Err(failed(again.exec()))
}

fn unknown(name: &str, shelf: &Shelf<'_>) -> Failure {
    let names: Vec<String> = shelf.names().into_iter().map(|(name, _)| name).collect();
    let hint = format!("there are: {}", names.join(", "));
    Failure::new(Exit::Usage, "no-such-table", format!("there is no table `{name}`"), &hint)
}

/// What can be asked about.
fn list(shelf: &Shelf<'_>, printer: Printer) -> Result<Exit, Failure> {
    let mut tables: Vec<(QueryTable, u64)> = Vec::new();
    for (name, rows) in shelf.names() {
        let table = shelf.columns(&name)?.or_bug("what is named is there")?;
        tables.push((table, rows));
    }
    let text = || {
        let of = match (shelf.run(), shelf.has_ledger()) {
            (Some(run), true) => format!("run {run} and the ledger"),
            (Some(run), false) => format!("run {run}"),
            (None, _) => "the ledger".to_owned(),
        };
        let mut text = format!("{}\n", heading(&format!("tables of {of}")));
        for (table, rows) in &tables {
            let columns: Vec<&str> = table.columns().iter().map(|(column, _)| column.as_str()).collect();
            text.push_str(&format!("\n{}, {}\n", heading(table.name()), counted(*rows, "row")));
            text.push_str(&wrapped("  ", &columns.join(", ")));
        }
        text
    };
    let json = || {
        let table = |(table, rows): &(QueryTable, u64)| {
            let column = |(name, kind): &(String, query::QueryKind)| json!({ "name": name, "kind": kind.word() });
            json!({ "table": table.name(), "rows": rows, "columns": table.columns().iter().map(column).collect::<Vec<Value>>() })
        };
        json!({ "run": shelf.run(), "tables": tables.iter().map(table).collect::<Vec<Value>>() })
    };
    printer.data(text, json);
    Ok(Exit::Done)
}

fn text(answer: &Answer) -> String {
    let columns = answer.columns();
    let aligned = |(name, is_figure): &(&str, bool)| (shortened(name, TEXT_WIDTH_MAX), *is_figure);
    let named: Vec<(String, bool)> = columns.iter().map(aligned).collect();
    let side = |is_figure| if is_figure { Align::Right } else { Align::Left };
    let heads: Vec<(&str, Align)> = named.iter().map(|(name, is_figure)| (name.as_str(), side(*is_figure))).collect();
    let mut grid = Grid::new(&heads);
    for row in 0..answer.rows().min(ROWS_SHOWN) {
        let cells = answer.texts(row).into_iter().zip(&named);
        let shown = cells
            .map(|(cell, (_, is_figure))| if *is_figure { grouped(&cell) } else { shortened(&cell, TEXT_WIDTH_MAX) });
        grid.row(&shown.collect::<Vec<String>>());
    }
    let more = answer.rows().saturating_sub(ROWS_SHOWN);
    let rest = if more == 0 {
        String::new()
    } else {
        format!("and {} more: --format csv, json or parquet has all\n", counted(more as u64, "row"))
    };
    format!("{}{rest}", grid.text())
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Failure {
        match error {
            QueryError::Question(_) => Failure::new(
                Exit::Usage,
                "question",
                error.to_string(),
                "`hourbill query JOB.toml` lists the tables and their columns; docs/query.md has examples",
            ),
            QueryError::Table { .. } => Failure::new(
                Exit::Conflict,
                "table-altered",
                error.to_string(),
                "what a run says is relied on only as it was published: restore the file, or run the job again",
            ),
        }
    }
}
