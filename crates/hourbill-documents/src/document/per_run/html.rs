//! The report of a run: `report.html`, one page that needs nothing beside itself.
//!
//! What must be readable everywhere (control totals, money, charts, ages) is in the page as text. The long tables and the way from customer
//! to draft to line to entry are made by its script from data embedded as JSON; what does not fit stays in the tables, and the page says so.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::io;

use minijinja::{Environment, Value, context};

use super::cells::{Row, TableCell, each_row, heading, neutralised};
use super::charts;
use super::review::{
    Age, BurnDown, CUSTOMERS, Figures, Group, MoneySum, Week, balance, grouped, hours_shown, money_shown,
};
use super::{Format, RunFile, RunView, Scope, WholeRun};
use crate::account::{Disposition, Total};
use crate::calendar::Date;
use crate::finding::Code;
use crate::ident::Idx;
use crate::model::Customer;
use crate::month::{HoursStanding, HoursWorth};
use crate::quantity::{Currency, decimal_text, divide_rounded};
use crate::tables::{ColumnKind, Table, TableColumn};

const TEMPLATES: [(&str, &str); 4] = [
    ("card.html", include_str!("report/card.html")),
    ("page.html", include_str!("report/page.html")),
    ("table.html", include_str!("report/table.html")),
    ("codes.html", include_str!("report/codes.html")),
];
const STYLE: &str = include_str!("report/style.css");
const SCRIPT: &str = include_str!("report/script.js");

/// Cards of prepaid lines; the table of order lines has all of them.
const BURN_DOWNS_MAX: usize = 120;
/// Weeks in the table below the chart.
const WEEKS_MAX: usize = 260;

/// Bytes of JSON that each table may take: together the page stays below 20 MB.
const BUDGETS: [(&str, usize); 8] = [
    ("invoices", 2_500_000),
    ("invoice_lines", 3_000_000),
    ("invoice_entries", 6_500_000),
    ("order_lines", 2_000_000),
    ("unbilled", 1_500_000),
    ("quarantine", 1_500_000),
    ("findings", 1_000_000),
    ("reconciliation", 500_000),
];

/// `report.html`.
pub struct Html;

impl Format for Html {
    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn of_run(&self, run: &WholeRun<'_>) -> io::Result<Vec<RunFile>> {
        let bytes = report(run.view, run.figures(), run.tables())?;
        Ok(vec![RunFile { folders: &[], name: "report.html".to_owned(), bytes }])
    }
}

/// The bytes of the page.
///
/// # Errors
/// A template that does not fit its values, which is a bug.
pub fn report(run: RunView<'_>, figures: &Figures, tables: &[Table<'_>]) -> io::Result<Vec<u8>> {
    let (data, sections) = data(run, figures, tables);
    let mut environment = Environment::new();
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).map_err(io::Error::other)?;
    }
    let results = run.results;
    let (sum, read) = (run.control.totals.sum(), run.control.read);
    let rows = balance(run.control);
    let values = context! {
        title => shown(&format!("{}: run {}", run.settings.name, run.run_id)),
        job => shown(&run.settings.name),
        run_id => run.run_id,
        period => results.settings.period.in_words(),
        version => env!("CARGO_PKG_VERSION"),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        data => Value::from_safe_string(data),
        sections => sections,
        drafts => count(results.billing.documents().count() as u64),
        held => count(results.billing.drafts_held as u64),
        overdrawn => figures.overdrawn,
        quarantined => count(results.rejected.len() as u64),
        warnings => count(figures.warnings()),
        month => month_rows(figures),
        month_hours => hours_shown(figures.month.hours()),
        balance_bar => Value::from_safe_string(charts::balance_bar(&rows)),
        balance => balance_rows(run),
        groups => Group::ALL.map(|group| context! { label => group.label(), class => charts::class(group) }),
        sum_rows => count(sum.rows), sum_hours => hours_shown(sum.hours),
        read_rows => count(read.rows), read_hours => hours_shown(read.hours),
        difference => hours_shown(read.hours - sum.hours),
        balanced => read.hours == sum.hours && read.rows == sum.rows,
        unreadable => run.control.unreadable_hours_rows,
        money => money_rows(figures),
        customer_bars => customer_bars(run, figures),
        weeks_chart => charts::weeks(&figures.weeks).map(Value::from_safe_string),
        weeks => week_rows(figures),
        weeks_more => figures.weeks.len() > WEEKS_MAX,
        burn_downs => burn_cards(run, figures),
        burn_downs_more => figures.burn_downs.len().saturating_sub(BURN_DOWNS_MAX),
        reference => figures.reference.map(|date| date.to_string()),
        age_dispositions => age_dispositions(figures).iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>(),
        ages => age_rows(figures),
        finding_codes => codes(&figures.findings),
        quarantine_codes => codes(&figures.quarantine),
    };
    let page = environment.get_template("page.html").and_then(|page| page.render(values)).map_err(io::Error::other)?;
    Ok(page.into_bytes())
}

/// A text of the data, as people may copy it into a spreadsheet.
fn shown(text: &str) -> String {
    neutralised(text).into_owned()
}

fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// E8.
fn month_rows(figures: &Figures) -> Vec<Value> {
    let row = |(standing, currency, worth): (HoursStanding, Option<Currency>, HoursWorth)| {
        context! {
            label => standing.label(),
            hours => hours_shown(worth.hours),
            value => currency.map_or_else(String::new, |currency| money_shown(worth.value, currency)),
            currency => currency.map_or_else(String::new, |currency| currency.code().to_owned()),
            estimated => standing.is_estimated() && currency.is_some(),
            unpriced => currency.is_none() && standing.asks_for_a_price(),
        }
    };
    figures.month.rows().map(row).collect()
}

fn balance_rows(run: RunView<'_>) -> Vec<Value> {
    let all = run.control.read.hours.micros();
    let row = |(disposition, total): (Disposition, Total)| {
        let permille = total.hours.micros().checked_mul(1000).and_then(|share| divide_rounded(share, all));
        let share = permille.map_or_else(String::new, |share| decimal_text(share, 1, 1) + " %");
        context! {
                    name => disposition.name().replace('_', " "),
                    class => charts::class(Group::of(disposition)),
                    rows => count(total.rows),
                    hours => hours_shown(total.hours),
                    share => share,
                    meaning => disposition.meaning(),
        }
    };
    balance(run.control).into_iter().map(row).collect()
}

fn money_rows(figures: &Figures) -> Vec<Value> {
    let row = |(currency, sum): (&Currency, &MoneySum)| {
        context! {
                currency => currency.code().to_owned(),
                drafts => count(sum.drafts),
                hours => hours_shown(sum.hours),
                net => money_shown(sum.net, *currency),
                tax => money_shown(sum.tax, *currency),
                total => money_shown(sum.total, *currency),
        }
    };
    figures.money.iter().map(row).collect()
}

/// The largest totals of each currency.
fn customer_bars(run: RunView<'_>, figures: &Figures) -> Vec<Value> {
    const BARS_MAX: usize = 10;
    let customers = &run.results.world.customers;
    let mut currencies = Vec::new();
    for currency in figures.money.keys() {
        let mut sums: Vec<_> = figures.customers.iter().filter(|((_, of), _)| of == currency).collect();
        sums.sort_by(|((a, _), a_sum), ((b, _), b_sum)| {
            b_sum.total.cmp(&a_sum.total).then_with(|| customers.id(*a).cmp(customers.id(*b)))
        });
        let max = sums.first().map_or(0, |(_, sum)| sum.total.minor());
        let bar = |((customer, _), sum): &(&(Idx<Customer>, _), &MoneySum)| {
            let name = customers.at(*customer).name.as_str();
            let id = customers.id(*customer);
            context! {
                                customer => shown(&if name.is_empty() { id.to_owned() } else { format!("{name} ({id})") }),
                                total => money_shown(sum.total, *currency),
                                bar => Value::from_safe_string(charts::share_bar(sum.total.minor(), max, "g-billed")),
            }
        };
        let bars: Vec<Value> = sums.iter().take(BARS_MAX).map(bar).collect();
        let more = sums.len().saturating_sub(BARS_MAX);
        currencies.push(context! { currency => currency.code(), bars => bars, more => more });
    }
    currencies
}

fn week_rows(figures: &Figures) -> Vec<Value> {
    let date = |days| Date::from_days(days).map_or_else(String::new, |date| date.to_string());
    let row = |(monday, week): (&i32, &Week)| {
        context! {
                monday => date(*monday),
                hours => week.hours.iter().map(|hours| hours_shown(*hours)).collect::<Vec<_>>(),
                sum => hours_shown(week.hours.iter().copied().sum()),
        }
    };
    figures.weeks.iter().rev().take(WEEKS_MAX).map(row).collect()
}

fn burn_cards(run: RunView<'_>, figures: &Figures) -> Vec<Value> {
    let world = run.results.world;
    let later = figures.overdrawn_later();
    let card = |burn: &BurnDown| {
        let line = world.lines.at(burn.line);
        let name = world.customers.at(line.customer).name.as_str();
        Some(context! {
                    line => shown(world.lines.id(burn.line)),
                    product => shown(&line.product),
                    customer => shown(if name.is_empty() { world.customers.id(line.customer) } else { name }),
                    ordered => hours_shown(burn.balance.ordered),
                    delivered => hours_shown(burn.balance.delivered),
                    remaining => hours_shown(burn.balance.remaining()),
                    on => figures.reference.map(|date| date.to_string()),
                    later => later.get(&burn.line).map(|by| hours_shown(*by)),
                    alarm => burn.balance.overdrawn(),
                    words => burn.in_words(),
                    chart => charts::burn_down(burn, figures.reference).map(Value::from_safe_string),
        })
    };
    figures.burn_downs.iter().take(BURN_DOWNS_MAX).filter_map(card).collect()
}

/// Dispositions that have unbilled hours, as the table names them.
fn age_dispositions(figures: &Figures) -> Vec<String> {
    let mut names: Vec<String> = figures.ages.iter().flat_map(|age| age.by_disposition.keys().cloned()).collect();
    names.sort();
    names.dedup();
    names
}

fn age_rows(figures: &Figures) -> Vec<Value> {
    let names = age_dispositions(figures);
    let max = figures.ages.iter().map(|age| age.hours.micros()).max().unwrap_or_default();
    let row = |age: &Age| {
        let of = |name: &String| hours_shown(age.by_disposition.get(name).copied().unwrap_or_default());
        let value = age.value.iter().map(|(currency, money)| format!("{} {currency}", money_shown(*money, *currency)));
        context! {
                    label => age.label,
                    rows => count(age.rows),
                    hours => hours_shown(age.hours),
                    by_disposition => names.iter().map(of).collect::<Vec<_>>(),
                    value => value.collect::<Vec<_>>().join("\n"),
                    bar => Value::from_safe_string(charts::share_bar(age.hours.micros(), max, "g-waiting")),
        }
    };
    figures.ages.iter().map(row).collect()
}

fn codes(counts: &BTreeMap<Code, u64>) -> Vec<Value> {
    let row = |(code, number): (&Code, &u64)| {
        context! {
                code => code.name(),
                severity => code.severity().name(),
                count => count(*number),
                hint => code.hint(),
        }
    };
    counts.iter().map(row).collect()
}

/// The embedded data, and the sections that the script fills from it.
fn data(run: RunView<'_>, figures: &Figures, tables: &[Table<'_>]) -> (String, Value) {
    let notes = figures.notes(run.results.world);
    let mut json = String::from("{");
    let customers = customers_json(run, figures);
    let mut embedded: HashMap<&str, (usize, usize)> = HashMap::new();
    embedded.insert("customers", (customers.rows, customers.rows));
    let _ = write!(json, "\"customers\":{}", customers.json);
    for (name, budget) in BUDGETS {
        let Some(table) = tables.iter().find(|table| table.name == name) else { continue };
        let made = match name {
            "invoice_entries" => entries_json(table, budget),
            "order_lines" => rows_json(table, budget, Some(&notes)),
            _ => rows_json(table, budget, None),
        };
        embedded.insert(name, (made.rows, made.wanted));
        let _ = write!(json, ",\"{name}\":{}", made.json);
    }
    json.push('}');
    let section = |id, title, about| {
        let (rows, wanted) = embedded.get(id).copied().unwrap_or_default();
        let cut = (rows < wanted).then(|| {
            let (rows, wanted) = (count(rows as u64), count(wanted as u64));
            format!("This page holds the first {rows} of {wanted} rows. All of them are in the table {id} of the run.")
        });
        (
            id,
            context! { id => id, title => title, about => about, rows => count(wanted as u64), any => wanted > 0, cut => cut },
        )
    };
    let sections = vec![
        section("customers", "Customers", "Open a customer to see its drafts, a draft its lines, a line its entries."),
        section(
            "invoices",
            "Drafts",
            "Proposals: nothing is final until it is posted. Figures of credit notes are positive.",
        ),
        section("invoice_lines", "Lines of the drafts", "One row per line."),
        section("invoice_entries", "Entries on drafts", ""),
        section("order_lines", "Order lines", "Every confirmed order line: ordered, delivered, remaining, billed."),
        section("unbilled", "Unbilled entries", "Hours that a person may ask about, because they are on no draft."),
        section("findings", "Findings", "What a person should know about rows that were used."),
        section("quarantine", "Quarantine", "Rows that could not be used, each with its place in its file."),
        section("reconciliation", "Differences to the ERP", "Figures of the export that differ from those of the run."),
    ];
    (json, sections.into_iter().collect::<BTreeMap<_, _>>().into())
}

/// JSON of a table.
struct Embedded {
    json: String,
    /// Rows embedded, and rows that should be.
    rows: usize,
    wanted: usize,
}

fn customers_json(run: RunView<'_>, figures: &Figures) -> Embedded {
    let customers = &run.results.world.customers;
    let mut rows: Vec<_> = figures.customers.iter().collect();
    rows.sort_by_key(|((customer, currency), _)| (customers.id(*customer), *currency));
    let mut json = head(CUSTOMERS, false);
    for (at, ((customer, currency), sum)) in rows.iter().enumerate() {
        let money = |amount| TableCell::Money(Some((amount, *currency)));
        let name = customers.at(*customer).name.as_str();
        let cells = [
            TableCell::Text(customers.id(*customer).to_owned()),
            TableCell::Text(name.to_owned()),
            TableCell::Text(currency.code().to_owned()),
            TableCell::Count(i64::try_from(sum.drafts).ok()),
            TableCell::Hours(Some(sum.hours)),
            money(sum.net),
            money(sum.tax),
            money(sum.total),
        ];
        if at > 0 {
            json.push(',');
        }
        row_json(&mut json, &cells, None);
    }
    json.push_str("]}");
    Embedded { json, rows: rows.len(), wanted: rows.len() }
}

/// `{"columns": [[name, heading, kind], ...], "rows": [`
fn head(columns: &[TableColumn], with_note: bool) -> String {
    let mut json = String::from("{\"columns\":[");
    for (at, column) in columns.iter().enumerate() {
        let separator = if at > 0 { "," } else { "" };
        let kind = match column.kind {
            ColumnKind::Text => "text",
            ColumnKind::Date => "date",
            ColumnKind::Flag => "flag",
            ColumnKind::Count => "count",
            ColumnKind::Hours => "hours",
            ColumnKind::Decimal => "decimal",
            ColumnKind::Money => "money",
        };
        let _ = write!(json, "{separator}[\"{}\",\"{}\",\"{kind}\"]", column.name, heading(column.name));
    }
    if with_note {
        json.push_str(",[\"note\",\"Note\",\"text\"]");
    }
    json.push_str("],\"rows\":[");
    json
}

/// As many whole rows as the budget holds; of the comparisons only those that differ.
fn rows_json(table: &Table<'_>, budget: usize, notes: Option<&HashMap<String, String>>) -> Embedded {
    let mut json = head(table.columns, notes.is_some());
    let (mut rows, mut wanted) = (0, 0);
    let differs = |row: Row<'_>| table.name != "reconciliation" || !row.text("cause").is_empty();
    each_row(table, |row| {
        if !differs(row) {
            return true;
        }
        wanted += 1;
        if json.len() < budget {
            if rows > 0 {
                json.push(',');
            }
            let note = notes.map(|notes| notes.get(row.text("order_line_id").as_ref()).map_or("", String::as_str));
            row_json(&mut json, row.cells(), note);
            rows += 1;
        } else if table.name != "reconciliation" {
            wanted = table.rows.count();
            return false;
        }
        true
    });
    json.push_str("]}");
    Embedded { json, rows, wanted }
}

/// Entries stand by draft and line: `[invoice_id, line_no, [row, ...]]`, whose rows leave both out.
fn entries_json(table: &Table<'_>, budget: usize) -> Embedded {
    let mut json = head(table.columns.get(2..).unwrap_or_default(), false);
    let mut of: Option<(String, Option<i64>)> = None;
    let mut rows = 0;
    each_row(table, |row| {
        let key = (row.text("invoice_id").into_owned(), row.get("line_no").and_then(TableCell::count));
        let same = of.as_ref() == Some(&key);
        if !same && json.len() >= budget || json.len() >= budget * 2 {
            return false;
        }
        if same {
            json.push(',');
        } else {
            json.push_str(if of.is_some() { "]],[" } else { "[" });
            string_json(&mut json, &neutralised(&key.0));
            let _ = write!(json, ",{},[", key.1.unwrap_or_default());
            of = Some(key);
        }
        row_json(&mut json, row.cells().get(2..).unwrap_or_default(), None);
        rows += 1;
        true
    });
    json.push_str(if of.is_some() { "]]]}" } else { "]}" });
    Embedded { json, rows, wanted: table.rows.count() }
}

/// Figures are texts, so that they stay exact; an empty cell is `null`.
fn row_json(json: &mut String, cells: &[TableCell], note: Option<&str>) {
    json.push('[');
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        match cell {
            TableCell::Flag(Some(flag)) => json.push_str(if *flag { "true" } else { "false" }),
            TableCell::Text(text) if !text.is_empty() => string_json(json, &neutralised(text)),
            cell => match cell.text().as_ref() {
                "" => json.push_str("null"),
                text => string_json(json, text),
            },
        }
    }
    if let Some(note) = note {
        json.push(',');
        string_json(json, note);
    }
    json.push(']');
}

/// A JSON string that cannot end the element it stands in, whatever it says.
fn string_json(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{7f}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char if u32::from(char) < 0x20 => {
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char => json.push(char),
        }
    }
    json.push('"');
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
