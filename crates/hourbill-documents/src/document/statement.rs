//! The files of an hours statement (S1), from one model: `statement.json`, `statement.csv`, `statement.pdf`.

use std::io;

use super::stated::{HoursStatement, json};
use super::{DocumentError, DraftFile, Format, Scope};
use crate::job::Settings;
use crate::statement::Statement;
use crate::tables::{Results, statement_rows};

/// All forms of a statement.
pub struct StatementFiles;

impl Format for StatementFiles {
    fn scope(&self) -> Scope {
        Scope::Statement
    }

    fn of_statement(
        &self,
        results: Results<'_>,
        statement: &Statement,
        settings: &Settings,
    ) -> Result<Vec<DraftFile>, DocumentError> {
        let model = HoursStatement::of(results, statement, settings.output.hours);
        let failed = |name: &'static str| {
            let invoice = model.buyer.customer_id.clone();
            move |why: String| DocumentError { name, invoice: invoice.clone(), why }
        };
        let csv = csv(results, statement, settings).map_err(|error| failed("statement.csv")(error.to_string()))?;
        let files = [
            DraftFile { name: "statement.json", bytes: json(&model) },
            DraftFile { name: "statement.csv", bytes: csv },
        ];
        let files = files.into_iter();
        #[cfg(feature = "pdf")]
        let files = files.chain([DraftFile {
            name: "statement.pdf",
            bytes: super::pdf::statement_bytes(&model).map_err(failed("statement.pdf"))?,
        }]);
        Ok(files.collect())
    }
}

/// In the form in which the job's spreadsheets read CSV (§9.5).
fn csv(results: Results<'_>, statement: &Statement, settings: &Settings) -> io::Result<Vec<u8>> {
    let table = statement_rows(results, statement);
    if let Some(bytes) = super::per_run::for_excel(&table, settings.output.csv_for) {
        return Ok(bytes);
    }
    let mut bytes = Vec::new();
    table.write_csv(&mut bytes)?;
    Ok(bytes)
}
