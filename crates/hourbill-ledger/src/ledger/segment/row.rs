//! The cells of a table of the ledger, checked as they are read.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type};
use arrow_array::{Array, ArrayRef, Date32Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Outcome, SLICE_ROWS, UPLIFT, Unreadable, guarded, is_kept, is_known, money_factor, wrong};
use crate::calendar::Date;
use crate::ledger::log::LedgerTable;
use crate::posted::Said;
use crate::quantity::{Currency, Hours, HoursSum, Money, Percent, Quantity};

/// Reads the named columns of a table, batch by batch.
pub(super) fn read(
    table: LedgerTable,
    bytes: Vec<u8>,
    names: Option<&[&str]>,
    mut each: impl FnMut(&Row) -> Outcome<()>,
) -> Outcome<()> {
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)))?;
    if !is_known(table, builder.schema().fields()) {
        return Err(wrong("its columns are not those of the ledger"));
    }
    let mask = names.map(|names| ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()));
    let builder = match mask {
        Some(mask) => builder.with_projection(mask),
        None => builder,
    };
    let mut batches = guarded(|| builder.with_batch_size(SLICE_ROWS).build())?;
    while let Some(batch) = guarded(|| batches.next().transpose())? {
        each(&Row { batch })?;
    }
    Ok(())
}

/// The columns of some rows.
pub(super) struct Row {
    pub(super) batch: RecordBatch,
}

impl Row {
    pub(super) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub(super) fn column(&self, name: &str) -> Outcome<&ArrayRef> {
        self.batch.column_by_name(name).ok_or_else(|| wrong(format!("it has no column `{name}`")))
    }

    pub(super) fn texts(&self, name: &str) -> Outcome<&StringArray> {
        self.column(name)?.as_string_opt().ok_or_else(|| wrong(format!("column `{name}` is no text")))
    }

    pub(super) fn words(&self, name: &str) -> Outcome<Words<'_>> {
        let column: Option<&DictionaryArray<Int32Type>> = self.column(name)?.as_dictionary_opt();
        let values = column.and_then(|column| column.values().as_string_opt());
        let (column, values) = column.zip(values).ok_or_else(|| wrong(format!("column `{name}` has no dictionary")))?;
        Ok(Words { column, values })
    }

    pub(super) fn smalls(&self, name: &str) -> Outcome<&Int32Array> {
        self.column(name)?.as_primitive_opt().ok_or_else(|| wrong(format!("column `{name}` is no number")))
    }

    pub(super) fn numbers(&self, name: &str) -> Outcome<&Int64Array> {
        self.column(name)?.as_primitive_opt().ok_or_else(|| wrong(format!("column `{name}` is no number")))
    }

    pub(super) fn dates(&self, name: &str) -> Outcome<&Date32Array> {
        self.column(name)?.as_primitive_opt().ok_or_else(|| wrong(format!("column `{name}` is no date")))
    }

    // One cell of a column that is looked up by its name: for tables of few rows. Portions look up each column once.
    pub(super) fn small(&self, name: &str, at: usize) -> Outcome<Option<u32>> {
        self.smalls(name).and_then(|column| small_at(column, at))
    }

    pub(super) fn required_small(&self, name: &str, at: usize) -> Outcome<u32> {
        self.smalls(name).and_then(|column| required_small_at(column, at))
    }

    pub(super) fn number(&self, name: &str, at: usize) -> Outcome<Option<i64>> {
        self.numbers(name).map(|column| number_at(column, at))
    }

    pub(super) fn required(&self, name: &str, at: usize) -> Outcome<i64> {
        self.numbers(name).and_then(|column| required_at(column, at))
    }

    pub(super) fn date(&self, name: &str, at: usize) -> Outcome<Option<Date>> {
        self.dates(name).map(|column| date_at(column, at))
    }

    pub(super) fn decimal(&self, name: &str, at: usize) -> Outcome<i128> {
        let column = self.column(name)?.as_primitive_opt::<Decimal128Type>();
        Ok(column.ok_or_else(|| wrong(format!("column `{name}` is no decimal")))?.value(at))
    }

    /// A figure of six decimals, which has its twin of the other sign.
    pub(super) fn millionths(&self, name: &str, at: usize) -> Outcome<i64> {
        let figure = i64::try_from(self.decimal(name, at)?).ok().filter(|figure| *figure != i64::MIN);
        figure.ok_or_else(|| too_large(name))
    }

    /// A discount as orders may have one.
    pub(super) fn discount(&self, name: &str, at: usize) -> Outcome<Percent> {
        let percent = Percent::from_micros(self.millionths(name, at)?);
        let within = percent.micros().unsigned_abs() <= Percent::HUNDRED.micros().unsigned_abs();
        within.then_some(percent).ok_or_else(|| too_large(name))
    }

    pub(super) fn money(&self, name: &str, at: usize, currency: Option<Currency>) -> Outcome<Money> {
        let (scaled, factor) = (self.decimal(name, at)?, money_factor(currency));
        if scaled.checked_rem(factor) != Some(0) {
            return Err(wrong(format!("column `{name}` has more decimals than its currency")));
        }
        Some(Money::from_minor(scaled / factor)).filter(is_kept).ok_or_else(|| too_large(name))
    }

    pub(super) fn currency(&self, words: &Words<'_>, at: usize) -> Outcome<Option<Currency>> {
        let code = words.get(at);
        code.map(|code| Currency::from_code(code).ok_or_else(|| wrong(format!("`{code}` is no currency")))).transpose()
    }
}

pub(super) fn small_at(column: &Int32Array, at: usize) -> Outcome<Option<u32>> {
    (!column.is_null(at)).then(|| u32::try_from(column.value(at))).transpose().map_err(wrong)
}

pub(super) fn required_small_at(column: &Int32Array, at: usize) -> Outcome<u32> {
    small_at(column, at)?.ok_or_else(|| wrong("a number has an empty cell"))
}

pub(super) fn number_at(column: &Int64Array, at: usize) -> Option<i64> {
    (!column.is_null(at)).then(|| column.value(at))
}

pub(super) fn required_at(column: &Int64Array, at: usize) -> Outcome<i64> {
    number_at(column, at).ok_or_else(|| wrong("a number has an empty cell"))
}

/// Hours of an entry (G1).
pub(super) fn hours_at(column: &Int64Array, at: usize) -> Outcome<Hours> {
    Hours::in_ledger(required_at(column, at)?).ok_or_else(|| too_large("hours"))
}

/// M4, M7: what was billed, or what a pack gave, beyond the hours of a row.
pub(super) fn uplift_at(column: Option<&Int64Array>, at: usize) -> Outcome<i64> {
    let micros = column.and_then(|column| number_at(column, at)).unwrap_or(0);
    Hours::in_ledger(micros).map(Hours::micros).ok_or_else(|| too_large(UPLIFT))
}

/// All of a column that is read whole.
pub(super) fn all_hours<'a>(column: &'a Int64Array, name: &str) -> Outcome<&'a [i64]> {
    let hours = column.values();
    let fit = column.null_count() == 0 && hours.iter().all(|&micros| Hours::in_ledger(micros).is_some());
    if fit { Ok(hours) } else { Err(too_large(name)) }
}

/// All of a column that is read whole.
pub(super) fn all_dates(column: &Date32Array) -> Outcome<&[i32]> {
    let dates = column.values();
    let fit = column.null_count() == 0 && dates.iter().all(|&days| Date::from_days(days).is_some());
    if fit { Ok(dates) } else { Err(wrong("a date is out of range")) }
}

fn too_large(name: &str) -> Unreadable {
    wrong(format!("column `{name}` has a figure that no ledger has"))
}

pub(super) fn date_at(column: &Date32Array, at: usize) -> Option<Date> {
    (!column.is_null(at)).then(|| column.value(at)).and_then(Date::from_days)
}

/// What entries said (G5): columns that a table of the first format does not have.
pub(super) struct SaidWords<'a> {
    pub(super) employees: Words<'a>,
    pub(super) tickets: Words<'a>,
    pub(super) customers: Words<'a>,
    pub(super) started: &'a Int64Array,
    pub(super) texts: &'a Int64Array,
}

impl Row {
    /// `None` for a table of the first format.
    pub(super) fn said(&self) -> Outcome<Option<SaidWords<'_>>> {
        if self.batch.column_by_name("employee").is_none() {
            return Ok(None);
        }
        Ok(Some(SaidWords {
            employees: self.words("employee")?,
            tickets: self.words("ticket_id")?,
            customers: self.words("customer_id")?,
            started: self.numbers("started_at")?,
            texts: self.numbers("description_hash")?,
        }))
    }
}

/// What the entry of a row said.
pub(super) fn said_at<'a>(said: Option<&SaidWords<'a>>, at: usize) -> Outcome<Said<'a>> {
    let Some(said) = said else { return Ok(Said::default()) };
    Ok(Said {
        employee: said.employees.get(at),
        ticket: said.tickets.get(at),
        customer: said.customers.get(at),
        started: number_at(said.started, at),
        text: number_at(said.texts, at).map(u32::try_from).transpose().map_err(wrong)?,
    })
}

/// What order lines said when they were billed (G13): columns that a table of the first format does not have.
pub(super) struct ThenWords<'a> {
    pub(super) customers: Option<Words<'a>>,
}

pub(super) const THEN: [&str; 4] = ["customer_id", "confirmed_on", "ordered_qty", "explained_qty"];

impl Row {
    pub(super) fn then(&self) -> Outcome<ThenWords<'_>> {
        let customers = self.batch.column_by_name("customer_id").map(|_| self.words("customer_id")).transpose()?;
        Ok(ThenWords { customers })
    }

    pub(super) fn then_at<'a>(&self, words: &ThenWords<'a>, at: usize) -> Outcome<Then<'a>> {
        let Some(customers) = &words.customers else { return Ok(Then::UNKNOWN) };
        Ok(Then {
            customer: customers.get(at),
            confirmed_on: self.date("confirmed_on", at)?,
            ordered: self.quantity("ordered_qty", at)?,
            explained: self.quantity("explained_qty", at)?.unwrap_or(Quantity::ZERO),
        })
    }

    /// M4: what was billed beyond the hours; a table may not have the column.
    pub(super) fn uplift(&self, at: usize) -> Outcome<HoursSum> {
        let has = self.batch.column_by_name(UPLIFT).is_some();
        let micros = if has { self.number(UPLIFT, at)? } else { None };
        Ok(HoursSum::from_micros(micros.unwrap_or(0).into()))
    }

    /// M4, M7: what was billed, or what packs gave, beyond hours; a table may not have the column.
    pub(super) fn uplifts(&self) -> Outcome<Option<&Int64Array>> {
        self.batch.column_by_name(UPLIFT).map(|_| self.numbers(UPLIFT)).transpose()
    }

    /// M1: by which minimum a line was billed.
    pub(super) fn minimums(&self) -> Outcome<Option<Words<'_>>> {
        self.batch.column_by_name("minimum").map(|_| self.words("minimum")).transpose()
    }

    pub(super) fn quantity(&self, name: &str, at: usize) -> Outcome<Option<Quantity>> {
        if self.column(name)?.is_null(at) {
            return Ok(None);
        }
        self.millionths(name, at).map(Quantity::from_micros).map(Some)
    }
}

pub(super) struct Then<'a> {
    pub(super) customer: Option<&'a str>,
    pub(super) confirmed_on: Option<Date>,
    pub(super) ordered: Option<Quantity>,
    pub(super) explained: Quantity,
}

impl Then<'_> {
    pub(super) const UNKNOWN: Then<'static> =
        Then { customer: None, confirmed_on: None, ordered: None, explained: Quantity::ZERO };
}

/// A column of few different texts.
pub(super) struct Words<'a> {
    pub(super) column: &'a DictionaryArray<Int32Type>,
    pub(super) values: &'a StringArray,
}

impl<'a> Words<'a> {
    pub(super) fn get(&self, at: usize) -> Option<&'a str> {
        let key = self.column.key(at)?;
        (key < self.values.len()).then(|| self.values.value(key))
    }

    pub(super) fn text(&self, at: usize) -> &'a str {
        self.get(at).unwrap_or_default()
    }

    pub(super) fn required(&self, at: usize) -> Outcome<&'a str> {
        self.get(at).ok_or_else(|| wrong("a word has an empty cell"))
    }

    /// What each different text means, once.
    pub(super) fn meanings<T: Copy>(&self, meaning: impl Fn(&str) -> Option<T>) -> Meanings<'a, T> {
        let meanings = (0..self.values.len()).map(|key| meaning(self.values.value(key))).collect();
        Meanings { column: self.column, meanings }
    }
}

pub(super) struct Meanings<'a, T> {
    pub(super) column: &'a DictionaryArray<Int32Type>,
    pub(super) meanings: Vec<Option<T>>,
}

impl<T: Copy> Meanings<'_, T> {
    /// `None` for a word that means nothing.
    pub(super) fn find(&self, at: usize) -> Option<T> {
        self.column.key(at).and_then(|key| self.meanings.get(key)).copied().flatten()
    }

    pub(super) fn get(&self, at: usize) -> Outcome<T> {
        self.find(at).ok_or_else(|| wrong("a word is not known"))
    }
}
