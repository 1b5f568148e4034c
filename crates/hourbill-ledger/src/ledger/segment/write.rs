//! Rows to tables.

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, StringBuilder, StringDictionaryBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::{
    DECIMAL_SCALE, MONEY_SCALE, Outcome, PORTIONS_MAX, PRECISION, SLICE_ROWS, TaxText, is_kept, money_factor, schema,
    schema_with_minimums, wrong,
};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ledger::log::LedgerTable;
use crate::posted::{Document, LedgerBatch, Line, Portions, TaxShare, rates_text};
use crate::quantity::{Currency, Hours, HoursSum, Money, Percent, Quantity, UnitSize, power_of_ten};

/// Of what is written in pieces.
const IN_RANGE: &str = "a piece lies within the whole";

fn write(
    table: LedgerTable,
    rows: usize,
    batch: impl FnMut(std::ops::Range<usize>) -> Outcome<Vec<ArrayRef>>,
) -> Outcome<Vec<u8>> {
    write_in_slices(table, (rows, SLICE_ROWS), batch)
}

/// So many rows of them at a time.
pub(super) fn write_in_slices(
    table: LedgerTable,
    (rows, slice_rows): (usize, usize),
    batch: impl FnMut(std::ops::Range<usize>) -> Outcome<Vec<ArrayRef>>,
) -> Outcome<Vec<u8>> {
    write_as(&schema(table), (rows, slice_rows), batch)
}

fn write_as(
    schema: &Arc<Schema>,
    (rows, slice_rows): (usize, usize),
    mut batch: impl FnMut(std::ops::Range<usize>) -> Outcome<Vec<ArrayRef>>,
) -> Outcome<Vec<u8>> {
    let level = ZstdLevel::try_new(1).map_err(wrong)?;
    let properties = WriterProperties::builder()
        .set_created_by("hourbill".to_owned())
        .set_compression(Compression::ZSTD(level))
        // Ids repeat in no useful way, and their dictionary would only be given up half-way.
        .set_column_dictionary_enabled("timesheet_id".into(), false)
        .set_column_dictionary_enabled("json".into(), false)
        .set_column_statistics_enabled("json".into(), EnabledStatistics::None)
        .set_max_row_group_row_count(Some(PORTIONS_MAX))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties)).map_err(wrong)?;
    for start in (0..rows).step_by(slice_rows) {
        let columns = batch(start..rows.min(start + slice_rows))?;
        writer.write(&RecordBatch::try_new(Arc::clone(schema), columns).map_err(wrong)?).map_err(wrong)?;
    }
    writer.into_inner().map_err(wrong)
}

/// The columns of one slice, in the order of the schema.
#[derive(Default)]
pub(super) struct Columns(pub(super) Vec<ArrayRef>);

impl Columns {
    fn add(&mut self, mut builder: impl ArrayBuilder) {
        self.0.push(builder.finish());
    }

    pub(super) fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let mut builder = StringBuilder::new();
        texts.for_each(|text| builder.append_value(text));
        self.add(builder);
    }

    pub(super) fn optional_texts<'a>(&mut self, texts: impl Iterator<Item = Option<&'a str>>) {
        let mut builder = StringBuilder::new();
        texts.for_each(|text| builder.append_option(text));
        self.add(builder);
    }

    pub(super) fn words<'a>(&mut self, words: impl Iterator<Item = Option<&'a str>>) {
        let mut builder: StringDictionaryBuilder<Int32Type> = StringDictionaryBuilder::new();
        words.for_each(|word| builder.append_option(word));
        self.add(builder);
    }

    pub(super) fn small(&mut self, numbers: impl Iterator<Item = Option<u32>>) -> Outcome<()> {
        let mut builder = Int32Builder::new();
        for number in numbers {
            builder.append_option(number.map(i32::try_from).transpose().map_err(wrong)?);
        }
        self.add(builder);
        Ok(())
    }

    pub(super) fn numbers(&mut self, numbers: impl Iterator<Item = Option<i64>>) {
        let mut builder = Int64Builder::new();
        numbers.for_each(|number| builder.append_option(number));
        self.add(builder);
    }

    fn hours(&mut self, hours: impl Iterator<Item = HoursSum>) -> Outcome<()> {
        let mut builder = Int64Builder::new();
        for hours in hours {
            builder.append_value(i64::try_from(hours.micros()).map_err(wrong)?);
        }
        self.add(builder);
        Ok(())
    }

    pub(super) fn dates(&mut self, dates: impl Iterator<Item = Option<i32>>) {
        let mut builder = Date32Builder::new();
        dates.for_each(|date| builder.append_option(date));
        self.add(builder);
    }

    fn decimals(&mut self, scale: i8, decimals: impl Iterator<Item = i128>) -> Outcome<()> {
        let limit = power_of_ten(u32::from(PRECISION)).or_bug("38 digits fit");
        let mut builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(PRECISION, scale));
        for decimal in decimals {
            if decimal.unsigned_abs() >= limit.unsigned_abs() {
                return Err(wrong("a figure has more than 38 digits"));
            }
            builder.append_value(decimal);
        }
        self.add(builder);
        Ok(())
    }

    fn quantities(&mut self, quantities: impl Iterator<Item = Option<Quantity>>) -> Outcome<()> {
        let mut builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(PRECISION, DECIMAL_SCALE));
        quantities.for_each(|quantity| builder.append_option(quantity.map(|quantity| quantity.micros().into())));
        self.add(builder);
        Ok(())
    }

    fn money<'a>(&mut self, money: impl Iterator<Item = (Money, &'a Option<Currency>)>) -> Outcome<()> {
        let scaled = |(money, currency): (Money, &Option<Currency>)| {
            let scaled =
                Some(money).filter(is_kept).and_then(|money| money.minor().checked_mul(money_factor(*currency)));
            // Refused as too large.
            scaled.unwrap_or(i128::MAX)
        };
        self.decimals(MONEY_SCALE, money.map(scaled))
    }
}

fn taxes_text(document: &Document) -> Outcome<String> {
    let amount = |money: Money| document.currency.map_or_else(String::new, |currency| money.text(currency));
    let text = |tax: &TaxShare| TaxText {
        category: tax.rate.category.clone(),
        rate: tax.rate.percent.to_string(),
        base: amount(tax.base),
        amount: amount(tax.amount),
    };
    serde_json::to_string(&document.taxes.iter().map(text).collect::<Vec<_>>()).map_err(wrong)
}

pub fn write_documents(batch: &LedgerBatch) -> Outcome<Vec<u8>> {
    let all = &batch.documents;
    write(LedgerTable::Documents, all.len(), |range| {
        let documents = || all.get(range.clone()).or_bug(IN_RANGE).iter();
        let mut columns = Columns::default();
        columns.texts(documents().map(|document| document.id.as_str()));
        columns.words(documents().map(|document| Some(document.kind.name())));
        columns.words(documents().map(|document| Some(document.effect.name())));
        columns.optional_texts(documents().map(|document| document.source.as_deref()));
        columns.texts(documents().map(|document| document.customer.as_str()));
        columns.texts(documents().map(|document| document.company.as_str()));
        columns.words(documents().map(|document| document.currency.as_ref().map(Currency::code)));
        columns.dates(documents().map(|document| document.period.map(|(from, _)| from.days())));
        columns.dates(documents().map(|document| document.period.map(|(_, to)| to.days())));
        columns.money(documents().map(|document| (document.net, &document.currency)))?;
        columns.money(documents().map(|document| (document.tax, &document.currency)))?;
        columns.money(documents().map(|document| (document.rounding, &document.currency)))?;
        columns.money(documents().map(|document| (document.total, &document.currency)))?;
        let taxes: Vec<String> = documents().map(taxes_text).collect::<Outcome<_>>()?;
        columns.texts(taxes.iter().map(String::as_str));
        columns.texts(documents().map(|document| document.note.as_str()));
        columns.small(documents().map(|document| Some(document.lines)))?;
        Ok(columns.0)
    })
}

pub fn write_lines(batch: &LedgerBatch) -> Outcome<Vec<u8>> {
    let document = |line: &Line| batch.document_of(line);
    let has_minimums = batch.has_minimums();
    let schema = if has_minimums { schema_with_minimums(LedgerTable::Lines) } else { schema(LedgerTable::Lines) };
    write_as(&schema, (batch.lines.len(), SLICE_ROWS), |range| {
        let lines = || batch.lines.get(range.clone()).or_bug(IN_RANGE).iter();
        let currency = |line: &Line| document(line).map_or(&None, |document| &document.currency);
        let mut columns = Columns::default();
        columns.words(lines().map(|line| document(line).map(|document| document.id.as_str())));
        columns.small(lines().map(|line| Some(line.line_no)))?;
        columns.words(lines().map(|line| Some(line.kind.name())));
        columns.words(lines().map(|line| document(line).map(|document| document.effect.name())));
        columns.texts(lines().map(|line| line.order.as_str()));
        columns.texts(lines().map(|line| line.order_line.as_str()));
        columns.texts(lines().map(|line| line.product.as_str()));
        columns.texts(lines().map(|line| line.uom.as_str()));
        columns.numbers(lines().map(|line| line.unit.map(UnitSize::micros)));
        columns.small(lines().map(|line| Some(line.decimals)))?;
        columns.decimals(DECIMAL_SCALE, lines().map(|line| line.quantity.micros().into()))?;
        columns.decimals(DECIMAL_SCALE, lines().map(|line| line.price.micros().into()))?;
        columns.decimals(DECIMAL_SCALE, lines().map(|line| line.discount.micros().into()))?;
        columns.money(lines().map(|line| (line.net, currency(line))))?;
        let rounding = |line| document(line).map_or(Money::ZERO, |document| document.rounding);
        columns.money(lines().map(|line| (rounding(line), currency(line))))?;
        columns.words(lines().map(|line| currency(line).as_ref().map(Currency::code)));
        let rates: Vec<String> = lines().map(|line| rates_text(&line.rates)).collect();
        columns.texts(rates.iter().map(String::as_str));
        columns.hours(lines().map(|line| line.hours))?;
        columns.hours(lines().map(|line| line.outside))?;
        columns.decimals(DECIMAL_SCALE, lines().map(|line| line.exported.micros().into()))?;
        columns.small(lines().map(|line| line.source_line))?;
        columns.texts(lines().map(|line| line.down_payment.as_str()));
        columns.texts(lines().map(|line| line.adjustments.as_str()));
        columns.words(lines().map(|line| line.then.customer.as_deref()));
        columns.dates(lines().map(|line| line.then.confirmed_on.map(Date::days)));
        columns.quantities(lines().map(|line| line.then.ordered))?;
        columns.quantities(lines().map(|line| Some(line.then.explained).filter(|explained| !explained.is_zero())))?;
        if has_minimums {
            let uplift =
                |line: &Line| line.minimum.map(|_| i64::try_from(line.uplift.micros())).transpose().map_err(wrong);
            let uplifts: Vec<Option<i64>> = lines().map(uplift).collect::<Outcome<_>>()?;
            columns.numbers(uplifts.into_iter());
            let minimums: Vec<Option<String>> =
                lines().map(|line| line.minimum.map(|minimum| minimum.to_string())).collect();
            columns.words(minimums.iter().map(Option::as_deref));
        }
        Ok(columns.0)
    })
}

/// The portions `rows` of a batch as one object.
/// Whether a batch has no figure that is refused when it is read.
///
/// # Errors
/// The first that it has.
pub fn figures_fit(batch: &LedgerBatch) -> Outcome<()> {
    for line in &batch.lines {
        let quantities = [Some(line.quantity), Some(line.exported), line.then.ordered, Some(line.then.explained)];
        let figures = quantities.into_iter().flatten().map(Quantity::micros).chain([line.price.micros()]);
        // Each has its twin of the other sign.
        let has_twins = figures.into_iter().all(|micros| micros != i64::MIN);
        if !has_twins || line.discount.micros().unsigned_abs() > Percent::HUNDRED.micros().unsigned_abs() {
            return Err(wrong("a figure of a line that no ledger has"));
        }
    }
    portions_fit(&batch.portions)
}

/// The same of portions alone.
fn portions_fit(portions: &Portions) -> Outcome<()> {
    let hours = portions.hours.iter().chain(&portions.known).chain(portions.uplifts.values());
    let hours = hours.copied().all(|micros| Hours::in_ledger(micros).is_some());
    let dates = portions.dates.iter().all(|&days| Date::from_days(days).is_some());
    if hours && dates { Ok(()) } else { Err(wrong("a figure of a portion that no ledger has")) }
}

pub fn write_portions(batch: &LedgerBatch, rows: std::ops::Range<usize>) -> Outcome<Vec<u8>> {
    write_as(&portion_schema(batch), (rows.len(), SLICE_ROWS), |range| {
        portion_columns(batch, &batch.portions, rows.start + range.start..rows.start + range.end)
    })
}

/// The same of portions that stand in no batch: `next` tells the next rows, so many at a time.
pub fn write_portions_told(
    batch: &LedgerBatch,
    rows: usize,
    mut next: impl FnMut(usize) -> Outcome<Portions>,
) -> Outcome<Vec<u8>> {
    write_as(&portion_schema(batch), (rows, SLICE_ROWS), |range| {
        let portions = next(range.len())?;
        if portions.len() != range.len() {
            return Err(wrong("portions are missing"));
        }
        portions_fit(&portions)?;
        portion_columns(batch, &portions, 0..portions.len())
    })
}

fn portion_schema(batch: &LedgerBatch) -> Arc<Schema> {
    if batch.has_minimums() { schema_with_minimums(LedgerTable::Portions) } else { schema(LedgerTable::Portions) }
}

fn portion_columns(batch: &LedgerBatch, all: &Portions, range: std::ops::Range<usize>) -> Outcome<Vec<ArrayRef>> {
    let lines = || {
        let lines = all.lines.get(range.clone()).or_bug(IN_RANGE).iter();
        lines.map(|&line| batch.lines.get(line as usize))
    };
    let document = |line: &Line| batch.document_of(line);
    let numbers = |column: &[i64]| column.get(range.clone()).or_bug(IN_RANGE).to_vec();
    let mut columns = Columns::default();
    columns.words(lines().map(|line| line.and_then(document).map(|document| document.id.as_str())));
    columns.small(lines().map(|line| line.map(|line| line.line_no)))?;
    columns.words(lines().map(|line| line.map(|line| line.order_line.as_str())));
    columns.texts(range.clone().map(|row| all.ids.get(row)));
    columns.dates(all.dates.get(range.clone()).or_bug(IN_RANGE).iter().map(|&date| Some(date)));
    columns.numbers(numbers(&all.hours).into_iter().map(Some));
    columns.numbers(numbers(&all.known).into_iter().map(Some));
    columns.words(lines().map(|line| line.and_then(document).map(|document| document.effect.name())));
    let said = || range.clone().map(|row| all.said.get(row));
    columns.words(said().map(|said| said.employee));
    columns.words(said().map(|said| said.ticket));
    columns.words(said().map(|said| said.customer));
    columns.numbers(said().map(|said| said.started));
    columns.numbers(said().map(|said| said.text.map(i64::from)));
    if batch.has_minimums() {
        columns.numbers(range.clone().map(|row| all.uplifts.get(&row).copied()));
    }
    Ok(columns.0)
}
