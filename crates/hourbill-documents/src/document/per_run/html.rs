//! The report of a run: `report.html`, one page that needs nothing beside itself.
//!
//! What must be readable everywhere (control totals, money, charts, ages) is in the page as text. The long tables and the way from customer
//! to draft to line to entry are made by its script from data embedded as JSON; what does not fit stays in the tables, and the page says so.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::io;

use minijinja::{Environment, Value, context};

use super::cells::{TableCell, each_row, neutralised, rows_at};
use super::charts;
use super::review::{Age, BurnDown, Figures, Group, MoneySum, Week, balance, grouped, hours_shown, money_shown};
use super::view::{View, ViewColumn};
use super::{Format, RunFile, RunView, Scope, WholeRun, words};
use crate::account::{Disposition, Total};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, FindingCount};
use crate::ident::Idx;
use crate::model::Customer;
use crate::month::{HoursStanding, HoursWorth};
use crate::quantity::{Currency, Money, decimal_text, divide_rounded};
use crate::tables::{ColumnKind, Table, leak_question};

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

/// Of customers, and of each table of leaks.
const CUSTOMERS_BUDGET: usize = 1_500_000;
const LEAKS_BUDGET: usize = 300_000;

/// `report.html`.
pub struct Html;

impl Format for Html {
    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn of_run(&self, run: &WholeRun<'_>) -> io::Result<Vec<RunFile>> {
        let bytes = report(run)?;
        Ok(vec![RunFile { folders: &[], name: "report.html".to_owned(), bytes }])
    }
}

/// The bytes of the page.
///
/// # Errors
/// A template that does not fit its values, which is a bug.
fn report(whole: &WholeRun<'_>) -> io::Result<Vec<u8>> {
    let (run, figures) = (whole.view, whole.figures());
    let (data, sections, leaks) = data(whole);
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
        tiles => tiles(run, figures),
        month => month_rows(figures),
        beside_hours => beside_hours(figures),
        month_hours => hours_shown(figures.form, figures.month.hours()),
        leaks_any => whole.leaks().iter().any(|table| table.rows.count() > 0),
        leaks => leaks,
        balance_bar => Value::from_safe_string(charts::balance_bar(&rows, figures.form)),
        balance => balance_rows(run, figures),
        groups => Group::ALL.map(|group| context! { label => group.label(), class => charts::class(group) }),
        sum_rows => count(sum.rows), sum_hours => hours_shown(figures.form, sum.hours),
        read_rows => count(read.rows), read_hours => hours_shown(figures.form, read.hours),
        difference => hours_shown(figures.form, read.hours - sum.hours),
        balanced => read.hours == sum.hours && read.rows == sum.rows,
        unreadable => run.control.unreadable_hours_rows,
        money => money_rows(figures),
        customer_bars => customer_bars(run, figures),
        weeks_chart => charts::weeks(&figures.weeks, figures.form).map(Value::from_safe_string),
        weeks => week_rows(figures),
        weeks_more => figures.weeks.len() > WEEKS_MAX,
        burn_downs => burn_cards(run, figures),
        burn_downs_more => figures.burn_downs.len().saturating_sub(BURN_DOWNS_MAX),
        reference => figures.reference.map(|date| date.to_string()),
        age_dispositions => age_dispositions(figures).iter().map(|name| words::value("disposition", name).into_owned()).collect::<Vec<_>>(),
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

/// What is asked first: drafts, and for each currency what they come to, what waits and what may be lost; then what a person should look at.
fn tiles(run: RunView<'_>, figures: &Figures) -> Vec<Value> {
    let results = run.results;
    let tile = |alarm: bool, number: String, words: String, more: Vec<String>| {
        context! { alarm => alarm, number => number, words => words, more => more }
    };
    let counted = |number: u64, one: &str, several: &str| {
        let words = if number == 1 { one } else { several };
        (count(number), words.to_owned())
    };
    let drafts = results.billing.documents().count() as u64;
    let (number, words) = counted(drafts, "draft", "drafts");
    let mut tiles = vec![tile(false, number, words, Vec::new())];
    for (currency, sum) in &figures.money {
        let of = |standings: &[HoursStanding]| {
            let worth =
                figures.month.rows().filter(|(standing, of, _)| *of == Some(*currency) && standings.contains(standing));
            worth.fold(Money::ZERO, |sum, (.., worth)| {
                sum.checked_add(worth.value).or_bug("the amounts of a run fit a sum")
            })
        };
        let more = [
            ("waiting", of(&[HoursStanding::OnHold, HoursStanding::Late, HoursStanding::NotValidated])),
            (
                "without a line, beyond packs or of teams that do not bill",
                of(&[HoursStanding::NoLine, HoursStanding::BeyondPacks, HoursStanding::TeamsNotBilling]),
            ),
        ];
        let more = more.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
        let mut lines = vec![format!("{} net", money_shown(sum.net, *currency))];
        lines.extend(more.map(|(words, amount)| format!("{} {words}", money_shown(amount, *currency))));
        tiles.push(tile(false, money_shown(sum.total, *currency), format!("{currency} with tax on drafts"), lines));
    }
    let on = figures.reference.map(|date| format!(" on {date}")).unwrap_or_default();
    let FindingCount { all: findings, to_look_at } = figures.findings_counted();
    let warnings = if to_look_at == findings { Vec::new() } else { vec![format!("{} to look at", count(to_look_at))] };
    // The receipt counts all hours (H4), whatever day they are of.
    let later = figures.overdrawn_later().len();
    let by_all = (later > 0)
        .then(|| format!("{} by all hours, those dated later too", count(figures.overdrawn_now.len() as u64)));
    for (alarm, number, one, several, more) in [
        (false, results.billing.drafts_held as u64, "draft held".to_owned(), "drafts held".to_owned(), Vec::new()),
        (
            true,
            figures.overdrawn,
            format!("prepaid line overdrawn{on}"),
            format!("prepaid lines overdrawn{on}"),
            by_all.into_iter().collect(),
        ),
        (false, results.rejected.len() as u64, "row set aside".to_owned(), "rows set aside".to_owned(), Vec::new()),
        (false, findings, "finding".to_owned(), "findings".to_owned(), warnings),
    ] {
        if number > 0 || !more.is_empty() {
            let (number, words) = counted(number, &one, &several);
            tiles.push(tile(alarm, number, words, more));
        }
    }
    tiles
}

/// E8: what drafts ask for that is no value of hours.
fn beside_hours(figures: &Figures) -> Vec<Value> {
    let row = |(currency, net): (Currency, Money)| {
        context! { value => money_shown(net, currency), currency => currency.code() }
    };
    figures.month.without_hours().map(row).collect()
}

/// E8.
fn month_rows(figures: &Figures) -> Vec<Value> {
    let row = |(standing, currency, worth): (HoursStanding, Option<Currency>, HoursWorth)| {
        context! {
            label => standing.label(),
            hours => hours_shown(figures.form, worth.hours),
            value => currency.map_or_else(String::new, |currency| money_shown(worth.value, currency)),
            currency => currency.map_or_else(String::new, |currency| currency.code().to_owned()),
            estimated => standing.is_estimated() && currency.is_some(),
            unpriced => currency.is_none() && standing.asks_for_a_price(),
        }
    };
    figures.month.rows().map(row).collect()
}

fn balance_rows(run: RunView<'_>, figures: &Figures) -> Vec<Value> {
    let all = run.control.read.hours.micros();
    let row = |(disposition, total): (Disposition, Total)| {
        let permille = total.hours.micros().checked_mul(1000).and_then(|share| divide_rounded(share, all));
        let share = permille.map_or_else(String::new, |share| decimal_text(share, 1, 1) + " %");
        context! {
                    name => disposition.label(),
                    class => charts::class(Group::of(disposition)),
                    rows => count(total.rows),
                    hours => hours_shown(figures.form, total.hours),
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
                hours => hours_shown(figures.form, sum.hours),
                net => money_shown(sum.net, *currency),
                tax => money_shown(sum.tax, *currency),
                total => money_shown(sum.total, *currency),
        }
    };
    figures.money.iter().map(row).collect()
}

/// The largest totals of each currency that has several customers: one bar says nothing.
fn customer_bars(run: RunView<'_>, figures: &Figures) -> Vec<Value> {
    const BARS_MAX: usize = 10;
    let customers = &run.results.world.customers;
    let mut currencies = Vec::new();
    for currency in figures.money.keys() {
        let mut sums: Vec<_> = figures.customers.iter().filter(|((_, of), _)| of == currency).collect();
        sums.sort_by(|((a, _), a_sum), ((b, _), b_sum)| {
            b_sum.total.cmp(&a_sum.total).then_with(|| customers.id(*a).cmp(customers.id(*b)))
        });
        if sums.len() < 2 {
            continue;
        }
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
                hours => week.hours.iter().map(|hours| hours_shown(figures.form, *hours)).collect::<Vec<_>>(),
                sum => hours_shown(figures.form, week.hours.iter().copied().sum()),
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
                    ordered => hours_shown(figures.form, burn.balance.ordered),
                    delivered => hours_shown(figures.form, burn.balance.delivered),
                    remaining => hours_shown(figures.form, burn.balance.remaining() - burn.expired),
                    on => figures.reference.map(|date| date.to_string()),
                    later => later.get(&burn.line).map(|by| hours_shown(figures.form, *by)),
                    alarm => burn.balance.overdrawn(),
                    words => burn.in_words(figures.form),
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
        let of = |name: &String| hours_shown(figures.form, age.by_disposition.get(name).copied().unwrap_or_default());
        let value = age.value.iter().map(|(currency, money)| format!("{} {currency}", money_shown(*money, *currency)));
        context! {
                    label => age.label,
                    rows => count(age.rows),
                    hours => hours_shown(figures.form, age.hours),
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
                words => code.words(),
                code => code.name(),
                severity => code.severity().name(),
                count => count(*number),
                hint => code.hint().replace('`', ""),
        }
    };
    counts.iter().map(row).collect()
}

/// Sections of the page: what each shows, and what is said of it.
const SECTIONS: [(&str, &str, &str); 9] = [
    (
        "customers",
        "Customers",
        "The largest first. Open a customer to see its drafts, a draft its lines, a line its entries.",
    ),
    (
        "invoices",
        "Drafts",
        "Proposals: nothing is final until it is posted. Figures of credit notes are positive, and count negative in sums.",
    ),
    ("invoice_lines", "Lines of the drafts", "One row per line."),
    ("invoice_entries", "Entries on drafts", ""),
    (
        "order_lines",
        "Order lines",
        "Every confirmed order line: ordered, delivered, left, billed. Overdrawn ones come first.",
    ),
    (
        "unbilled",
        "Unbilled entries",
        "Hours that a person may ask about, because they are on no draft. The largest amounts come first.",
    ),
    ("findings", "Findings", "What a person should know about rows that were used."),
    ("quarantine", "Rows set aside", "Rows that could not be used, each with its place in its file."),
    ("reconciliation", "Differences to the ERP", "Figures of the export that differ from those of the run."),
];

/// The embedded data, the sections that the script fills from it, and those of leaks.
fn data(whole: &WholeRun<'_>) -> (String, Value, Vec<Value>) {
    let sights = whole.sights();
    let mut json = format!("{{\"hours_form\":\"{}\"", sights.form.name());
    let mut embedded: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut add = |table: &Table<'_>, budget: usize| {
        let view = View::new(sights, table).on_page();
        let made = if table.name == "invoice_entries" { entries_json(&view, budget) } else { rows_json(&view, budget) };
        embedded.insert(table.name, (made.rows, made.wanted));
        let _ = write!(json, ",\"{}\":{}", table.name, made.json);
    };
    add(whole.customers(), CUSTOMERS_BUDGET);
    for (name, budget) in BUDGETS {
        if let Some(table) = whole.tables().iter().find(|table| table.name == name) {
            add(table, budget);
        }
    }
    let leaks = whole.leaks();
    leaks.iter().for_each(|table| add(table, LEAKS_BUDGET));
    json.push('}');
    let section = |id: &str, title: &str, about: &str| {
        let (rows, wanted) = embedded.get(id).copied().unwrap_or_default();
        let cut = (rows < wanted).then(|| {
            let (rows, wanted) = (count(rows as u64), count(wanted as u64));
            format!("This page holds the first {rows} of {wanted} rows. All of them are in the table {id} of the run.")
        });
        context! { id => id, title => title, about => about, rows => count(wanted as u64), any => wanted > 0, cut => cut }
    };
    let sections = SECTIONS.map(|(id, title, about)| (id, section(id, title, about)));
    let leaks = leaks.iter().map(|table| section(table.name, &words::capital(leak_question(table.name)), "")).collect();
    (json, sections.into_iter().collect::<BTreeMap<_, _>>().into(), leaks)
}

/// JSON of a table.
struct Embedded {
    json: String,
    /// Rows embedded, and rows that should be.
    rows: usize,
    wanted: usize,
}

/// `{"columns": [[name, heading, kind], ...], "rows": [`
fn head(columns: &[ViewColumn]) -> String {
    let mut json = String::from("{\"columns\":[");
    for (at, column) in columns.iter().enumerate() {
        let separator = if at > 0 { "," } else { "" };
        let kind = match column.kind {
            ColumnKind::Text if column.name == "pdf" => "link",
            ColumnKind::Text => "text",
            ColumnKind::Date => "date",
            ColumnKind::Flag => "flag",
            ColumnKind::Count => "count",
            ColumnKind::Hours => "hours",
            ColumnKind::Decimal => "decimal",
            ColumnKind::Money => "money",
        };
        let _ = write!(json, "{separator}[\"{}\",", column.name);
        string_json(&mut json, &column.head);
        let _ = write!(json, ",\"{kind}\"]");
    }
    json.push_str("],\"rows\":[");
    json
}

/// As many whole rows as the budget holds; of the comparisons only those that differ.
fn rows_json(view: &View<'_>, budget: usize) -> Embedded {
    let mut json = head(&view.columns);
    let (mut rows, mut wanted) = (0, 0);
    let name = view.table.name;
    rows_at(view.table, &view.order(), |row| {
        if name == "reconciliation" && row.text("cause").is_empty() {
            return true;
        }
        wanted += 1;
        if json.len() < budget {
            if rows > 0 {
                json.push(',');
            }
            row_json(&mut json, &view.cells(row));
            rows += 1;
        } else if name != "reconciliation" {
            wanted = view.table.rows.count();
            return false;
        }
        true
    });
    json.push_str("]}");
    Embedded { json, rows, wanted }
}

/// Entries stand by draft and line: `[invoice_id, line_no, [row, ...]]`, whose rows leave both out.
fn entries_json(view: &View<'_>, budget: usize) -> Embedded {
    let mut json = head(view.columns.get(2..).unwrap_or_default());
    let mut of: Option<(String, Option<i64>)> = None;
    let mut rows = 0;
    each_row(view.table, |row| {
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
        row_json(&mut json, view.cells(row).get(2..).unwrap_or_default());
        rows += 1;
        true
    });
    json.push_str(if of.is_some() { "]]]}" } else { "]}" });
    Embedded { json, rows, wanted: view.table.rows.count() }
}

/// Figures are texts, so that they stay exact; an empty cell is `null`.
fn row_json(json: &mut String, cells: &[TableCell]) {
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
