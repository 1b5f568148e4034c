//! How a file writes numbers and dates: the way in which all of its cells can be read, when there is only one.

use super::{Guess, cells, mark};
use crate::calendar::Date;
use crate::check::value::Grammar;
use crate::inputs::Meaning;
use crate::job::{DecimalMark, InputSettings};
use crate::read::{Cell, Look};

/// Decimal and thousands marks, the plainest first.
const MARKS: [(DecimalMark, Option<char>); 9] = [
    (DecimalMark::Point, None),
    (DecimalMark::Comma, None),
    (DecimalMark::Comma, Some('.')),
    (DecimalMark::Point, Some(',')),
    (DecimalMark::Comma, Some(' ')),
    (DecimalMark::Comma, Some('\u{a0}')),
    (DecimalMark::Comma, Some('\u{202f}')),
    (DecimalMark::Point, Some('\'')),
    (DecimalMark::Point, Some('’')),
];

/// Day, month and year in the orders and with the marks that programs use.
const DATES: [&str; 22] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d/%b/%y %I:%M %p",
    "%d/%b/%y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d-%m-%Y %H:%M:%S",
];

/// One date in so many may be a mistake.
const MISREAD_SHARE: usize = 10;

pub(super) fn find(look: &Look, guess: &mut Guess) {
    // Cells of workbooks are numbers and dates by themselves, but dates may be texts there too.
    if look.text.is_some() {
        numbers(look, guess);
    }
    dates(look, guess);
}

fn numbers(look: &Look, guess: &mut Guess) {
    let written = |meaning: &[Meaning]| -> Vec<&str> {
        let fields = guess.input.fields().iter().filter(|field| meaning.contains(&field.meaning));
        fields.flat_map(|field| cells(look, guess, field.name)).collect()
    };
    let (hours, numbers) = (written(&[Meaning::Hours]), written(&[Meaning::Decimal, Meaning::Integer]));
    let misread = |&(decimal, thousands): &(DecimalMark, Option<char>)| {
        let settings = InputSettings { decimal, thousands, ..InputSettings::default() };
        let grammar = Grammar::new(&settings);
        hours.iter().filter(|cell| grammar.hours(Cell::Text(cell)).is_err()).count()
            + numbers.iter().filter(|cell| grammar.quantity(Cell::Text(cell)).is_err()).count()
    };
    let counts: Vec<usize> = MARKS.iter().map(misread).collect();
    let Some(least) = counts.iter().min() else { return };
    let Some((decimal, thousands)) = counts.iter().position(|count| count == least).and_then(|at| MARKS.get(at)) else {
        return;
    };
    (guess.settings.decimal, guess.settings.thousands) = (*decimal, *thousands);
    let other = match decimal {
        DecimalMark::Point => (DecimalMark::Comma, Some('.')),
        DecimalMark::Comma => (DecimalMark::Point, Some(',')),
    };
    // "1,500" is one and a half, or fifteen hundred.
    let marked = hours.iter().chain(&numbers).any(|cell| cell.contains(mark(*decimal)));
    if marked && misread(&other) == *least && thousands.is_none() {
        guess.unsure.push(format!(
            "`{}` is taken for the decimal mark, but could stand between thousands: see `decimal` and `thousands`",
            mark(*decimal)
        ));
    }
}

fn date_cells<'a>(look: &'a Look, guess: &Guess) -> Vec<&'a str> {
    let fields = guess.input.fields().iter().filter(|field| matches!(field.meaning, Meaning::Date | Meaning::Moment));
    fields.flat_map(|field| cells(look, guess, field.name)).collect()
}

fn dates(look: &Look, guess: &mut Guess) {
    let cells = date_cells(look, guess);
    let unread = |format: Option<&str>| -> Vec<&str> {
        let settings = InputSettings { date_format: format.map(str::to_owned), ..InputSettings::default() };
        let grammar = Grammar::new(&settings);
        cells.iter().copied().filter(|cell| grammar.moment(Cell::Text(cell)).is_err()).collect()
    };
    let not_iso = unread(None);
    let Some(&sample) = not_iso.first() else { return };
    if not_iso.len() * MISREAD_SHARE <= cells.len() {
        let count = not_iso.len();
        guess
            .unsure
            .push(format!("{count} of {} dates are not written as year-month-day, such as `{sample}`", cells.len()));
        return;
    }
    let misread = DATES.map(|format| (format, unread(Some(format)).len()));
    let least = misread.iter().map(|(_, count)| *count).min().unwrap_or(cells.len());
    // A few cells may be mistakes of their own; they go to quarantine.
    if least * MISREAD_SHARE > cells.len() {
        guess.unsure.push(format!("dates such as `{sample}` are in no known order: set `date_format`"));
        return;
    }
    if least > 0 {
        guess.unsure.push(format!("{least} of {} dates are written otherwise than the others", cells.len()));
    }
    let fitting: Vec<&'static str> =
        misread.into_iter().filter(|(_, count)| *count == least).map(|(format, _)| format).collect();
    // A year of four digits is also read as one of two, and the other way round.
    let four: Vec<&'static str> = fitting.iter().copied().filter(|format| format.contains("%Y")).collect();
    let short = cells.iter().any(|cell| Date::parse(cell).is_none() && cell.len() <= 8);
    match if four.is_empty() || short { fitting } else { four }.as_slice() {
        [format] => guess.settings.date_format = Some((*format).to_owned()),
        several => guess.ambiguous_dates = Some((sample.to_owned(), several.to_vec())),
    }
}

/// Files of one program write dates in one order: where one leaves it open, the others tell.
pub(super) fn agree(files: &mut [(&Look, Guess)]) {
    let order = |format: &str| format.chars().nth(1);
    let known = |guess: &Guess| Some((guess.settings.preset?.name, order(guess.settings.date_format.as_deref()?)));
    let known: Vec<_> = files.iter().filter_map(|(_, guess)| known(guess)).collect();
    for (_, guess) in files.iter_mut() {
        let Some((sample, several)) = guess.ambiguous_dates.take() else { continue };
        let preset = guess.settings.preset.map(|preset| preset.name);
        let mut orders = known.iter().filter(|(of, _)| Some(*of) == preset).map(|(_, order)| *order);
        let first = orders.next().filter(|first| orders.all(|other| other == *first));
        let mut agreeing = several.iter().filter(|format| first == Some(order(format)));
        let listed = several.iter().map(|format| format!("`{format}`")).collect::<Vec<_>>().join(" or ");
        let unsure = match (agreeing.next(), agreeing.next()) {
            (Some(format), None) => {
                guess.settings.date_format = Some((*format).to_owned());
                format!("dates such as `{sample}` may be {listed}: `{format}` is taken, as in the other files")
            }
            _ => format!("dates such as `{sample}` may be {listed}: set `date_format` to one of them"),
        };
        guess.unsure.push(unsure);
    }
}

/// The dates of the entries of a file, as far as they can be read.
pub(super) fn entry_dates(look: &Look, guess: &Guess) -> Vec<Date> {
    let grammar = Grammar::new(&guess.settings);
    let read = |cell: &str| grammar.date(Cell::Text(cell)).ok().flatten();
    cells(look, guess, "date").into_iter().filter_map(read).collect()
}
