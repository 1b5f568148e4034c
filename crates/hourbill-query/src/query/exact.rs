//! What is asked, put so that polars answers it exactly. It sums integers and decimals without looking whether they still fit, takes `1.5` for a
//! floating-point number, gives a product the decimals of its factors, and makes a floating-point number of a mean. So all of these are
//! written anew before it sees them.

use std::ops::ControlFlow;

use sqlparser::ast::{
    DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query, SelectItem, SetExpr,
    Statement, Value, visit_expressions, visit_expressions_mut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserOptions};

use super::QueryError;

/// What a product, a quotient and whatever else is computed inside of a sum comes to: 14 digits before the point and 16 behind it, the ten of
/// hours and the six of prices. A sum of 10^8 of them fits the 38 digits of a decimal.
const COMPUTED: &str = "DECIMAL(30, 16)";

/// Decimals of [`COMPUTED`], and its digits before the point.
const DECIMALS: usize = 16;
const WHOLE_DIGITS: usize = 14;

/// The question, when it is one.
pub(super) fn question(sql: &str) -> Result<Statement, QueryError> {
    let parser = Parser::new(&GenericDialect);
    let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
    let parsed = parser.with_options(options).try_with_sql(sql).and_then(|mut parser| parser.parse_statements());
    let wrong = |why: &str| QueryError::Question(why.to_owned());
    let mut statements = parsed.map_err(|error| wrong(&error.to_string()))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(question @ Statement::Query(_)), true) => Ok(question),
        (Some(_), true) => Err(wrong("only questions are answered: `SELECT ...` or `WITH ... SELECT ...`")),
        (None, _) => Err(wrong("there is no question")),
        (Some(_), false) => Err(wrong("one question at a time")),
    }
}

/// The names that a question gives tables of its own (`WITH name AS ...`).
pub(super) fn names_given(question: &Statement) -> Vec<String> {
    let mut names = Vec::new();
    if let Statement::Query(query) = question {
        names_of(query, &mut names);
    }
    let _: ControlFlow<()> = visit_expressions(question, |expr| {
        if let Expr::Subquery(query) | Expr::Exists { subquery: query, .. } | Expr::InSubquery { subquery: query, .. } =
            expr
        {
            names_of(query, &mut names);
        }
        ControlFlow::Continue(())
    });
    names
}

fn names_of(query: &Query, names: &mut Vec<String>) {
    for table in query.with.iter().flat_map(|with| &with.cte_tables) {
        names.push(table.alias.name.value.clone());
        names_of(&table.query, names);
    }
}

/// The question as polars gets it.
///
/// # Errors
/// What is no single question; a cast to floating-point numbers; a number with more digits than can be computed with.
pub(super) fn exact(sql: &str) -> Result<String, QueryError> {
    let mut question = question(sql)?;
    name_columns(&mut question);
    let rewritten = visit_expressions_mut(&mut question, |expr| match rewritten(expr) {
        Ok(Some(exact)) => {
            *expr = exact;
            ControlFlow::Continue(())
        }
        Ok(None) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    });
    match rewritten {
        ControlFlow::Continue(()) => Ok(question.to_string()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// A column of the answer that has no name is called what was asked for, before that is written anew.
fn name_columns(question: &mut Statement) {
    let Statement::Query(query) = question else { return };
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            let (expr, alias) = (expr.clone(), Ident::with_quote('"', expr.to_string().replace('"', "")));
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
}

/// What stands for an expression whose parts have been rewritten; `None` when it stays as it is.
fn rewritten(expr: &Expr) -> Result<Option<Expr>, QueryError> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) if number.contains(['.', 'e', 'E']) => decimal(number).map(Some),
            _ => Ok(None),
        },
        Expr::BinaryOp { left, op, right } if matches!(op.to_string().as_str(), "*" | "/") => {
            let (left, right) = (computed(left), computed(right));
            parsed(&computed(format!("{left} {op} {right}"))).map(Some)
        }
        Expr::Cast { data_type, .. } if is_float(data_type) => Err(QueryError::Question(format!(
            "`{data_type}` is a floating-point number, and hours and money are exact here: use DECIMAL(38, 6)"
        ))),
        Expr::Function(function) => match (function.name.to_string().to_lowercase().as_str(), argument(function)) {
            ("sum", Some(of)) => parsed(&with_argument(function, "SUM", &summed(of)).to_string()).map(Some),
            ("avg", Some(of)) => {
                let sum = with_argument(function, "SUM", &summed(of));
                let count = with_argument(function, "COUNT", &of.to_string());
                let mean = format!("{} / {}", computed(sum), computed(format!("NULLIF({count}, 0)")));
                parsed(&computed(mean)).map(Some)
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// With a zero of no decimals integers become decimals, and decimals stay what they are.
fn summed(of: &Expr) -> String {
    match of {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => format!("{of} + CAST(0 AS DECIMAL(38, 0))"),
        _ => computed(of),
    }
}

fn computed(of: impl std::fmt::Display) -> String {
    format!("CAST(({of}) AS {COMPUTED})")
}

fn decimal(number: &str) -> Result<Expr, QueryError> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if number.contains(['e', 'E']) || whole.len() > WHOLE_DIGITS || decimals.len() > DECIMALS {
        let why = format!("`{number}`: up to {WHOLE_DIGITS} digits before the point and {DECIMALS} behind it are read");
        return Err(QueryError::Question(why));
    }
    parsed(&format!(
        "CAST('{}.{}' AS {COMPUTED})",
        if whole.is_empty() { "0" } else { whole },
        if decimals.is_empty() { "0" } else { decimals }
    ))
}

fn is_float(of: &DataType) -> bool {
    let word = of.to_string().to_lowercase();
    ["float", "double", "real"].iter().any(|float| word.starts_with(float))
}

/// The one argument of a function.
fn argument(function: &Function) -> Option<&Expr> {
    match &function.args {
        FunctionArguments::List(list) => match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))] => Some(of),
            _ => None,
        },
        _ => None,
    }
}

/// The same call of another function with another argument.
fn with_argument(function: &Function, name: &str, argument: &str) -> String {
    let mut call = function.clone();
    call.name = vec![Ident::new(name)].into();
    if let FunctionArguments::List(list) = &mut call.args {
        // A name that stands for the text of the argument: the call is parsed anew.
        list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(Ident::new(argument))))];
    }
    call.to_string()
}

fn parsed(text: &str) -> Result<Expr, QueryError> {
    let parsed = Parser::new(&GenericDialect).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
    parsed.map_err(|error| QueryError::Question(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> String {
        exact(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    #[test]
    fn what_would_not_be_exact_is_put_in_another_way() {
        let zero = "CAST(0 AS DECIMAL(38,0))";
        assert_eq!(of("SELECT SUM(hours) AS h FROM t"), format!("SELECT SUM(hours + {zero}) AS h FROM t"));
        assert_eq!(of("SELECT a AS b FROM t"), "SELECT a AS b FROM t");
        assert!(of("SELECT 1.5 AS n").contains("CAST('1.5' AS DECIMAL(30,16))"));
        assert!(of("SELECT AVG(x) AS n FROM t").contains("NULLIF(COUNT(x), 0)"));
        let product = of("SELECT SUM(a * b) AS n FROM t");
        assert!(product.contains("CAST((a) AS DECIMAL(30,16)) * CAST((b) AS DECIMAL(30,16))"), "{product}");
        let window = of("SELECT SUM(a) OVER (PARTITION BY b ORDER BY c) AS n FROM t");
        assert!(window.contains(&format!("SUM(a + {zero}) OVER (PARTITION BY b ORDER BY c)")), "{window}");
    }

    #[test]
    fn columns_without_a_name_are_called_what_was_asked() {
        assert!(of("SELECT COUNT(*), a FROM t").contains("COUNT(*) AS \"COUNT(*)\", a"));
        assert!(of("SELECT sum(\"a b\") FROM t").ends_with("AS \"sum(a b)\" FROM t"));
    }

    #[test]
    fn what_is_no_exact_question_is_refused() {
        for sql in ["", "SELECT 1; SELECT 2", "DELETE FROM t", "CREATE TABLE a AS SELECT 1"] {
            assert!(exact(sql).is_err(), "{sql}");
        }
        for sql in [
            "SELECT CAST(a AS DOUBLE) FROM t",
            "SELECT a::real FROM t",
            "SELECT TRY_CAST(a AS FLOAT) FROM t",
            "SELECT 1e3",
            "SELECT 0.12345678901234567",
        ] {
            assert!(exact(sql).is_err(), "{sql}");
        }
    }
}
