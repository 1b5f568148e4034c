//! Questions in SQL: which tables one names, and its answer.

mod answer;
mod exact;
mod scan;
mod source;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use polars::sql::SQLContext;
use sqlparser::ast::visit_relations;

pub use answer::Answer;
pub use source::{QueryKind, QueryTable};

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// What was typed is no question that can be answered.
    #[error("{0}")]
    Question(String),
    /// A table holds something else than what it was written with.
    #[error("table `{table}`: {why}")]
    Table { table: String, why: String },
}

/// The tables that a question names, in lower case as they were published.
///
/// # Errors
/// What is no single `SELECT`.
pub fn tables_named(sql: &str) -> Result<Vec<String>, QueryError> {
    let question = exact::question(sql)?;
    let within: Vec<String> = exact::names_given(&question);
    let mut names = Vec::new();
    let _: ControlFlow<()> = visit_relations(&question, |name| {
        let name = name.to_string().replace('"', "");
        if !within.contains(&name) && !names.contains(&name) {
            names.push(name);
        }
        ControlFlow::Continue(())
    });
    Ok(names)
}

/// Answers a question about tables, whose names it uses. Sums, products and means of hours and money are exact: decimals, never floating-point
/// numbers, and what is too large for them is an error.
///
/// # Errors
/// A question that is wrong, or that polars cannot answer; a table that cannot be read.
pub fn answer(sql: &str, tables: Vec<QueryTable>) -> Result<Answer, QueryError> {
    let exact = exact::exact(sql)?;
    let frame = in_engine(|| {
        let mut context = SQLContext::new();
        for table in tables {
            let name = table.name().to_owned();
            context.register(&name, scan::frame(Arc::new(table)).map_err(question_error)?);
        }
        context.execute(&exact).and_then(|plan| plan.collect()).map_err(question_error)
    })?;
    Ok(Answer::new(frame))
}

/// The words of an error of polars, without what is meant for those who program with it.
fn question_error(error: polars::error::PolarsError) -> QueryError {
    let words = error.to_string();
    let words = words.split("\n\nResolved plan until failure").next().unwrap_or_default();
    QueryError::Question(words.trim().to_owned())
}

static IN_ENGINE: AtomicBool = AtomicBool::new(false);

/// Whether polars is at work: a panic is then caught, and nobody has to be told of it.
pub fn in_engine_code() -> bool {
    IN_ENGINE.load(Ordering::Relaxed)
}

/// Some plans make polars panic, on whichever of its threads: that is an error of the question.
fn in_engine<T>(ask: impl FnOnce() -> Result<T, QueryError>) -> Result<T, QueryError> {
    IN_ENGINE.store(true, Ordering::Relaxed);
    let asked = catch_unwind(AssertUnwindSafe(ask));
    IN_ENGINE.store(false, Ordering::Relaxed);
    asked.unwrap_or_else(|_| {
        Err(QueryError::Question("the question cannot be answered: put it in another way".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_that_no_part_of_the_question_makes() {
        let named = |sql: &str| tables_named(sql).unwrap();
        assert_eq!(named("SELECT 1"), [""; 0]);
        assert_eq!(named("SELECT * FROM a JOIN b ON a.x = b.x, a AS c"), ["a", "b"]);
        assert_eq!(named("WITH w AS (SELECT * FROM a) SELECT * FROM w WHERE x IN (SELECT y FROM c)"), ["a", "c"]);
        assert_eq!(named("SELECT * FROM (SELECT * FROM \"a\") AS d UNION ALL SELECT * FROM b"), ["a", "b"]);
    }
}
