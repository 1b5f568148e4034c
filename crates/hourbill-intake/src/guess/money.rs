//! The decimal mark of rates and amounts, where hours have none: times on a clock say nothing about money (F9).

use super::evidence::Table;
use super::locale::MARKS;
use super::words::Sense;
use super::{Guess, cells, mark};
use crate::check::value::Grammar;
use crate::inputs::Meaning;
use crate::job::{DecimalMark, InputSettings};
use crate::quantity::UnitPrice;
use crate::read::{Cell, Look};

/// Takes the marks with which all figures of money can be read, where they say the same in no other way.
pub(super) fn marks(look: &Look, guess: &mut Guess) {
    let is_figure = |meaning: Meaning| matches!(meaning, Meaning::Hours | Meaning::Decimal | Meaning::Integer);
    let fields = guess.input.fields().iter().filter(|field| is_figure(field.meaning));
    let mut figures = fields.flat_map(|field| cells(look, guess, field.name));
    // Cells of workbooks are numbers by themselves.
    if look.text.is_none() || figures.any(|cell| cell.contains(['.', ','])) {
        return;
    }
    let table = Table::new(look);
    let is_money = |column: &usize| {
        let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        meanings.iter().any(|(sense, _)| matches!(sense, Sense::Rate | Sense::Amount))
    };
    let columns = (0..table.columns()).filter(is_money);
    let has_digit = |figure: &&str| figure.bytes().any(|byte| byte.is_ascii_digit());
    let figures: Vec<&str> = columns.flat_map(|column| table.filled(column)).map(figure).filter(has_digit).collect();
    let read = |(decimal, thousands): (DecimalMark, Option<char>)| -> Option<Vec<UnitPrice>> {
        let settings = InputSettings { decimal, thousands, ..InputSettings::default() };
        let grammar = Grammar::new(&settings);
        figures.iter().map(|figure| grammar.price(Cell::Text(figure)).ok().flatten()).collect()
    };
    let readings: Vec<(DecimalMark, Option<char>, Vec<UnitPrice>)> = MARKS
        .into_iter()
        .filter_map(|(decimal, thousands)| Some((decimal, thousands, read((decimal, thousands))?)))
        .collect();
    let [(decimal, thousands, prices), others @ ..] = readings.as_slice() else { return };
    let is_plain = (*decimal, *thousands) == (DecimalMark::Point, None);
    // `1,500` is fifteen hundred, or one and a half: no price is taken from it.
    if is_plain || others.iter().any(|(_, _, other)| other != prices) {
        return;
    }
    (guess.settings.decimal, guess.settings.thousands) = (*decimal, *thousands);
    let count = figures.iter().filter(|figure| figure.contains(mark(*decimal))).count();
    guess.decided.insert("decimal", format!("{count} of {} figures of money; hours have no such mark", figures.len()));
}

/// What stands between the signs of a currency.
pub(super) fn figure(cell: &str) -> &str {
    cell.trim_matches(|c: char| !c.is_ascii_digit() && c != '-')
}
