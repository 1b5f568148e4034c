//! What `hourbill statement` (S1) says of the statements that it wrote.

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::layout::{counted, heading, hours, wrapped};
use crate::job::Settings;
use crate::run::{Run, Stated, StatedFiles};
use crate::statement::{PackStatement, Statement};

/// The statements that were written, as the run has them, each with its files.
fn written<'a>(run: &'a Run, stated: &'a Stated) -> impl Iterator<Item = (&'a Statement, Vec<String>)> + 'a {
    let all = run.statements();
    stated.statements.iter().filter_map(move |of| {
        let statement = all.iter().find(|known| known.root == of.root && known.company == of.company)?;
        Some((statement, of.files.iter().map(|(file, _)| file.clone()).collect()))
    })
}

pub fn text(run: &Run, settings: &Settings, stated: &Stated) -> String {
    let world = &run.intake.world;
    let mut text = String::new();
    for (statement, files) in written(run, stated) {
        let id = &statement.root;
        let name = world.customers.find(id).map(|customer| world.customers.at(customer).name.as_str());
        let name = match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} ({id})"),
            None => id.clone(),
        };
        let company = Some(statement.company.as_str()).filter(|company| !company.is_empty());
        let company = company.map_or_else(String::new, |company| format!(", {company}"));
        text.push_str(&format!("{}\n{}\n", heading(&format!("{name}{company}")), grid(statement)));
        for (pack, why) in statement.packs.iter().filter_map(|of| Some((&of.pack, of.pack.not_sold?))) {
            text.push_str(&wrapped("  ", &format!("{}: {}", pack.id, why.explanation())));
        }
        for file in files {
            text.push_str(&wrapped("  ", &stated.folder.join(file).display().to_string()));
        }
        text.push('\n');
    }
    let statements = counted(stated.statements.len() as u64, "statement");
    text.push_str(&wrapped(
        "",
        &format!("{statements} of {} in run {}", settings.billing.period.in_words(), stated.run_id),
    ));
    if stated.statements.is_empty() {
        text.push_str(&wrapped("", "no pack moved in the period or has a balance"));
    }
    text
}

fn grid(statement: &Statement) -> String {
    let right = Align::Right;
    let figures = ["opening", "bought", "used", "expired", "adjusted", "closing"];
    let mut columns = vec![("pack", Align::Id)];
    columns.extend(figures.map(|name| (name, right)));
    columns.push(("not final", right));
    let mut grid = Grid::new(&columns);
    for pack in &statement.packs {
        let PackStatement { opening, bought, used, expired, adjusted, closing, .. } = pack;
        let mut cells = vec![pack.pack.id.clone()];
        cells.extend([opening, bought, used, expired, adjusted, closing].map(|figure| hours(*figure)));
        let open = pack.not_final();
        cells.push(if open.is_zero() { String::new() } else { hours(open) });
        if closing.is_negative() { grid.alarm(&cells) } else { grid.row(&cells) }
    }
    grid.text()
}

/// What `statement.json` says of each, and where its files are.
pub fn json(run: &Run, stated: &Stated) -> Value {
    let of = |of: &StatedFiles| {
        let own = of.files.iter().find(|(name, _)| name.ends_with(".json")).map(|(_, bytes)| bytes.as_slice());
        let mut told: Value = own.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
        let files: Vec<String> =
            of.files.iter().map(|(file, _)| stated.folder.join(file).display().to_string()).collect();
        if let Value::Object(told) = &mut told {
            told.insert("files".to_owned(), json!(files));
        }
        told
    };
    let statements: Vec<Value> = stated.statements.iter().map(of).collect();
    json!({
        "run_id": stated.run_id,
        "folder": stated.folder.display().to_string(),
        "rows_in_quarantine": run.intake.rejected.len(),
        "statements": statements,
    })
}
