//! How page and workbook show the tables of a run: what people ask for first stands first, codes are words, and the largest rows come before the
//! small ones. The tables themselves, which programs read, are left as they are.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::RunView;
use super::cells::{Row, TableCell, column, each_row};
use super::review::Figures;
use super::words;
use crate::bug::OrBug;
use crate::job::DocumentFormat;
use crate::model::World;
use crate::publish::FileName;
use crate::quantity::{Currency, HoursForm, HoursSum, Money};
use crate::tables::{ColumnKind, Table, TableColumn};

/// The columns that come first, of each table. `=` stands before what the table does not have: the link to a PDF, the currency of an amount, the
/// name of a customer, what is to be said of a prepaid line.
const FIRST: [(&str, &[&str]); 14] = [
    ("entries_without_line", &["=customer_name", "value", "currency", "hours", "entries", "customer_id", "priced_as"]),
    ("teams_not_billing", &["team", "value", "currency", "hours", "entries"]),
    (
        "exhausted_packs",
        &[
            "order_line_id",
            "=customer_name",
            "value",
            "currency",
            "remaining_hours",
            "ordered_hours",
            "delivered_hours",
            "customer_id",
        ],
    ),
    (
        "prepaid_not_invoiced",
        &["order_line_id", "=customer_name", "value", "currency", "quantity", "uom", "confirmed_on", "customer_id"],
    ),
    ("closed_without_time", &["ticket_id", "=customer_name", "team", "closed_on", "customer_id"]),
    (
        "customers",
        &["customer_name", "total_amount", "currency", "net_amount", "tax_amount", "drafts", "hours", "customer_id"],
    ),
    (
        "invoices",
        &[
            "invoice_id",
            "=pdf",
            "customer_name",
            "total_amount",
            "currency",
            "net_amount",
            "tax_amount",
            "rounding_amount",
            "hours",
            "kind",
            "orders",
            "lines",
            "customer_id",
            "company",
            "period_from",
            "period_to",
            "note",
        ],
    ),
    (
        "invoice_lines",
        &[
            "invoice_id",
            "line_no",
            "description",
            "net_amount",
            "=currency",
            "quantity",
            "uom",
            "unit_price",
            "discount_pct",
            "taxes",
            "hours",
            "kind",
            "order_line_id",
            "order_id",
            "product",
            "adjustments",
            "late",
            "period_from",
            "period_to",
        ],
    ),
    (
        "invoice_entries",
        &[
            "invoice_id",
            "line_no",
            "date",
            "hours",
            "employee",
            "ticket_id",
            "description",
            "timesheet_id",
            "linked_by",
            "adjustment",
        ],
    ),
    (
        "order_lines",
        &[
            "order_line_id",
            "=customer_name",
            "product",
            "overdrawn",
            "remaining_hours",
            "ordered_hours",
            "delivered_hours",
            "billed_hours",
            "to_invoice_qty",
            "invoiced_qty",
            "uom",
            "unit_price",
            "currency",
            "invoicing_policy",
            "=note",
            "delivered_in_period",
            "delivered_before",
            "delivered_after",
            "ordered_qty",
            "delivered_qty",
            "upsell",
            "order_id",
            "customer_id",
        ],
    ),
    (
        "unbilled",
        &[
            "timesheet_id",
            "value",
            "currency",
            "hours",
            "=customer_name",
            "disposition",
            "reason",
            "date",
            "age_days",
            "ticket_id",
            "order_line_id",
            "customer_id",
        ],
    ),
    (
        "quarantine",
        &["input", "file", "line", "row", "column", "code", "message", "value", "record", "waived", "record_blake3"],
    ),
    ("findings", &["code", "severity", "subject_kind", "subject_id", "message", "file", "row"]),
    ("reconciliation", &["id", "order_line_id", "figure", "exported", "computed", "difference", "cause"]),
];

/// What the page leaves to the workbook and the tables, which have room.
const NOT_ON_PAGE: [(&str, &[&str]); 3] = [
    ("invoice_lines", &["product"]),
    ("order_lines", &["ordered_qty", "delivered_qty", "delivered_before", "delivered_after", "upsell", "order_id"]),
    ("quarantine", &["record_blake3"]),
];

/// Rows beyond which a table keeps its own order: sorting holds a key of each in memory.
const SORTED_MAX: usize = 1_000_000;

/// What is looked up once for all tables of a run.
pub struct Sights<'a> {
    world: &'a World,
    pub form: HoursForm,
    notes: HashMap<String, String>,
    /// Of each draft, the path of its PDF from the run folder on; empty where the job makes none.
    pdfs: HashMap<&'a str, String>,
    credit_notes: HashSet<&'a str>,
    /// Place of a currency among others: the one with most drafts first.
    currencies: HashMap<Currency, usize>,
}

impl<'a> Sights<'a> {
    pub fn new(run: RunView<'a>, figures: &Figures) -> Sights<'a> {
        let drafts: Vec<&str> = run.results.billing.documents().map(|draft| draft.id.as_str()).collect();
        let pdf = [(DocumentFormat::Pdf, "invoice.pdf"), (DocumentFormat::FacturX, "factur-x.pdf")];
        let pdf = pdf.into_iter().find(|(format, _)| run.settings.output.documents.contains(format));
        let pdfs = pdf.map(|(_, file)| {
            let folders = FileName::of_all(drafts.iter().copied());
            drafts.iter().zip(folders).map(|(id, folder)| (*id, format!("invoices/{folder}/{file}"))).collect()
        });
        let credit_notes = run.results.billing.drafts.iter().filter(|draft| draft.is_credit_note());
        let mut currencies: Vec<(Currency, u64)> =
            figures.money.iter().map(|(currency, sum)| (*currency, sum.drafts)).collect();
        currencies.sort_by_key(|(currency, drafts)| (std::cmp::Reverse(*drafts), *currency));
        Sights {
            world: run.results.world,
            form: run.settings.output.hours,
            notes: figures.notes(run.results.world),
            pdfs: pdfs.unwrap_or_default(),
            credit_notes: credit_notes.map(|draft| draft.id.as_str()).collect(),
            currencies: currencies.into_iter().enumerate().map(|(at, (currency, _))| (currency, at)).collect(),
        }
    }

    /// Those with most drafts first; those without any by their code.
    pub fn rank(&self, currency: Currency) -> (usize, Currency) {
        (self.currencies.get(&currency).copied().unwrap_or(usize::MAX), currency)
    }
}

/// Where a cell comes from.
#[derive(Clone, Copy)]
enum Source {
    Cell(usize),
    /// A price, with the decimals of the currency of the row at least.
    Price(usize),
    CurrencyOf(usize),
    /// The name of the customer whose id stands there.
    NameOf(usize),
    NoteOf(usize),
    PdfOf(usize),
}

pub struct ViewColumn {
    pub name: &'static str,
    pub head: Cow<'static, str>,
    pub kind: ColumnKind,
    source: Source,
}

/// A table as people see it.
pub struct View<'a> {
    sights: &'a Sights<'a>,
    pub table: &'a Table<'a>,
    pub columns: Vec<ViewColumn>,
}

impl<'a> View<'a> {
    pub fn new(sights: &'a Sights<'a>, table: &'a Table<'a>) -> View<'a> {
        let first = FIRST.iter().find(|(name, _)| *name == table.name).map_or(&[][..], |(_, columns)| *columns);
        let made = first.iter().filter_map(|name| made(sights, table.columns, name));
        let others = table.columns.iter().filter(|column| !first.contains(&column.name));
        let others = others.filter_map(|of| own(table.columns, of.name));
        View { sights, table, columns: made.chain(others).collect() }
    }

    /// Without what the page has no room for.
    pub fn on_page(mut self) -> View<'a> {
        let left_out = NOT_ON_PAGE.iter().find(|(name, _)| *name == self.table.name).map_or(&[][..], |(_, out)| *out);
        self.columns.retain(|column| !left_out.contains(&column.name));
        self
    }

    /// Without columns in which no row has a value; of no rows, and of more than are shown, all.
    pub fn filled(mut self, rows_max: usize) -> View<'a> {
        let count = self.table.rows.count();
        if count == 0 || count > rows_max {
            return self;
        }
        let mut filled = vec![false; self.columns.len()];
        each_row(self.table, |row| {
            for (filled, cell) in filled.iter_mut().zip(self.cells(row)) {
                *filled |= says(&cell);
            }
            !filled.iter().all(|filled| *filled)
        });
        let mut filled = filled.into_iter();
        self.columns.retain(|_| filled.next().unwrap_or(true));
        self
    }

    pub fn cells(&self, row: Row<'_>) -> Vec<TableCell> {
        self.columns.iter().map(|column| self.cell(column, row)).collect()
    }

    fn cell(&self, of: &ViewColumn, row: Row<'_>) -> TableCell {
        let at = |at: usize| row.cells().get(at).or_bug("a row has a cell for each column");
        let id = |place: usize| at(place).text();
        match of.source {
            Source::Cell(place) => match at(place) {
                TableCell::Text(text) if words::is_sentence(of.name) => {
                    TableCell::Text(self.sights.form.in_message(text).replace('`', ""))
                }
                TableCell::Text(text) => TableCell::Text(words::value(of.name, text).into_owned()),
                other => other.clone(),
            },
            Source::Price(place) => match at(place) {
                TableCell::Decimal(Some(micros)) => {
                    TableCell::Price(*micros, self.currency(row).map_or(0, Currency::digits))
                }
                other => other.clone(),
            },
            Source::CurrencyOf(place) => {
                TableCell::Text(at(place).money().map_or_else(String::new, |(_, currency)| currency.code().to_owned()))
            }
            Source::NameOf(place) => {
                let customer = self.sights.world.customers.find(&id(place));
                TableCell::Text(
                    customer.map_or_else(String::new, |idx| self.sights.world.customers.at(idx).name.clone()),
                )
            }
            Source::NoteOf(place) => {
                TableCell::Text(self.sights.notes.get(id(place).as_ref()).cloned().unwrap_or_default())
            }
            Source::PdfOf(place) => match self.sights.pdfs.get(id(place).as_ref()) {
                Some(path) => TableCell::Link(path.clone()),
                None => TableCell::Text(String::new()),
            },
        }
    }

    /// Of the amounts of a row.
    fn currency(&self, row: Row<'_>) -> Option<Currency> {
        let of_amount = row.cells().iter().find_map(|cell| cell.money().map(|(_, currency)| currency));
        of_amount.or_else(|| Currency::from_code(&row.text("currency")))
    }

    /// B8: figures of credit notes are positive, and count negative in sums.
    fn counts_negative(&self, row: Row<'_>) -> bool {
        matches!(self.table.name, "invoices" | "invoice_lines")
            && self.sights.credit_notes.contains(row.text("invoice_id").as_ref())
    }

    /// The rows in the order in which people look at them.
    pub fn order(&self) -> Vec<usize> {
        let count = self.table.rows.count();
        if count > SORTED_MAX || !matches!(self.table.name, "invoices" | "unbilled" | "order_lines" | "findings") {
            return (0..count).collect();
        }
        let mut keyed: Vec<(Rank, usize)> = Vec::with_capacity(count);
        each_row(self.table, |row| {
            keyed.push((self.rank(row), keyed.len()));
            true
        });
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, at)| at).collect()
    }

    fn rank(&self, row: Row<'_>) -> Rank {
        let hours = |name: &str| row.get(name).and_then(TableCell::hours).map_or(0, HoursSum::micros);
        match self.table.name {
            // What is overdrawn, the most first; then as they are.
            "order_lines" => {
                let overdrawn = row.is_set("overdrawn");
                (usize::from(!overdrawn), None, if overdrawn { hours("remaining_hours") } else { 0 }, 0)
            }
            "findings" => {
                let known = ["error", "warning", "info"];
                let at = known.iter().position(|known| *known == row.text("severity"));
                (at.unwrap_or(known.len()), None, 0, 0)
            }
            // The largest amounts first, currency by currency; what has no price comes last, the most hours first.
            table => {
                let amount = if table == "invoices" { "total_amount" } else { "value" };
                let money = row.get(amount).and_then(TableCell::money);
                let sign = if self.counts_negative(row) { -1 } else { 1 };
                let (place, currency) = money.map_or((usize::MAX, None), |(_, currency)| {
                    let (place, currency) = self.sights.rank(currency);
                    (place, Some(currency))
                });
                (place, currency, -money.map_or(0, |(money, _)| sign * money.minor()), -hours("hours"))
            }
        }
    }

    /// Sums by currency, in the order of [`Sights::rank`]; those of rows without an amount come last. Empty where sums would say nothing.
    pub fn totals(&self) -> Vec<ViewTotal> {
        let summed = |of: &ViewColumn| match of.kind {
            ColumnKind::Money => true,
            ColumnKind::Hours => !matches!(of.name, "remaining_hours" | "exported" | "computed" | "difference"),
            ColumnKind::Count => matches!(of.name, "drafts" | "lines" | "entries"),
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Flag | ColumnKind::Decimal => false,
        };
        if !self.columns.iter().any(summed) || self.table.name == "order_lines" {
            return Vec::new();
        }
        let mut sums: BTreeMap<Option<(usize, Currency)>, Vec<TableCell>> = BTreeMap::new();
        each_row(self.table, |row| {
            let key = self.currency(row).map(|currency| self.sights.rank(currency));
            let sum = sums
                .entry(key)
                .or_insert_with(|| self.columns.iter().map(|_| TableCell::Text(String::new())).collect());
            let negative = self.counts_negative(row);
            for ((sum, of), cell) in sum.iter_mut().zip(&self.columns).zip(self.cells(row)) {
                if summed(of) {
                    add(sum, &cell, negative);
                }
            }
            true
        });
        let mut sums: Vec<_> = sums.into_iter().collect();
        // `None` comes first in the order of the map.
        if sums.first().is_some_and(|(key, _)| key.is_none()) {
            sums.rotate_left(1);
        }
        let several = sums.len() > 1;
        let title = |key: Option<(usize, Currency)>| match key {
            _ if !several => "Total".to_owned(),
            Some((_, currency)) => format!("Total {}", currency.code()),
            None => "Total without a price".to_owned(),
        };
        sums.into_iter().map(|(key, cells)| ViewTotal { title: title(key), cells }).collect()
    }
}

/// Place of the currency and itself, amount and hours, the largest first.
type Rank = (usize, Option<Currency>, i128, i128);

/// The last rows of a table.
pub struct ViewTotal {
    pub title: String,
    /// By column; an empty text where nothing is summed.
    pub cells: Vec<TableCell>,
}

fn add(sum: &mut TableCell, cell: &TableCell, negative: bool) {
    let added = match (&*sum, cell) {
        (TableCell::Money(Some((sum, currency))), TableCell::Money(Some((money, _)))) => {
            let money = if negative { money.negated() } else { *money };
            TableCell::Money(Some((sum.checked_add(money).or_bug("the amounts of a run fit a sum"), *currency)))
        }
        (TableCell::Text(_), TableCell::Money(Some((money, currency)))) => {
            TableCell::Money(Some((if negative { money.negated() } else { *money }, *currency)))
        }
        (TableCell::Hours(Some(sum)), TableCell::Hours(Some(hours))) => {
            TableCell::Hours(Some(if negative { *sum - *hours } else { *sum + *hours }))
        }
        (TableCell::Text(_), TableCell::Hours(Some(hours))) => {
            TableCell::Hours(Some(if negative { -*hours } else { *hours }))
        }
        (TableCell::Count(Some(sum)), TableCell::Count(Some(count))) => TableCell::Count(sum.checked_add(*count)),
        (TableCell::Text(_), TableCell::Count(Some(count))) => TableCell::Count(Some(*count)),
        _ => return,
    };
    *sum = added;
}

/// It is more than nothing; an amount of nought says something, unless it is one that hardly any row has.
fn says(cell: &TableCell) -> bool {
    match cell {
        TableCell::Money(Some((money, _))) => *money != Money::ZERO,
        TableCell::Decimal(Some(micros)) => *micros != 0,
        other => !other.text().is_empty(),
    }
}

/// A column by its name in [`FIRST`].
fn made(sights: &Sights<'_>, columns: &'static [TableColumn], name: &'static str) -> Option<ViewColumn> {
    let of = |name, kind, source| Some(ViewColumn { name, head: words::head(name), kind, source });
    match name {
        "=pdf" if sights.pdfs.is_empty() => None,
        "=pdf" => of("pdf", ColumnKind::Text, Source::PdfOf(column(columns, "invoice_id")?)),
        "=currency" => of("currency", ColumnKind::Text, Source::CurrencyOf(column(columns, "net_amount")?)),
        "=customer_name" => of("customer_name", ColumnKind::Text, Source::NameOf(column(columns, "customer_id")?)),
        "=note" => of("note", ColumnKind::Text, Source::NoteOf(column(columns, "order_line_id")?)),
        _ => own(columns, name),
    }
}

fn own(columns: &'static [TableColumn], name: &'static str) -> Option<ViewColumn> {
    let at = column(columns, name)?;
    let kind = columns.get(at)?.kind;
    let source = if name == "unit_price" { Source::Price(at) } else { Source::Cell(at) };
    Some(ViewColumn { name, head: words::head(name), kind, source })
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
