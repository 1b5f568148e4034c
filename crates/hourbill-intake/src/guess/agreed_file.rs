//! F9: the file of agreements: as `init` writes it, and as it stands there once somebody has filled it in, by hand or in a spreadsheet that saved it
//! with another delimiter, encoding or decimal mark. Rows are added to it as the others are written.

use std::collections::BTreeMap;

use super::agreements::ProposedAgreement;
use super::before::Before;
use crate::check::value::Grammar;
use crate::csv_text;
use crate::inputs::{Input, Meaning};
use crate::job::{DecimalMark, Encoding, InputSettings};
use crate::read::{Bytes, Cell, Look};

/// The header that `init` writes.
const HEADER: &str = "agreement_id,customer_id,project,currency,unit_price,taxes";
/// The columns by which it knows its own; others may stand beside them.
const OWN: [&str; 5] = ["agreement_id", "customer_id", "project", "currency", "unit_price"];

/// Whether a file is one that `init` wrote.
pub fn is_own(headers: &[String]) -> bool {
    headers.first().map(String::as_str) == OWN.first().copied()
        && OWN.iter().all(|name| headers.iter().any(|header| header == name))
}

/// The file of agreements as it stands there.
pub struct AgreementsFile {
    raw: Vec<u8>,
    form: Bytes,
    encoding: Encoding,
    delimiter: u8,
    line_end: &'static str,
    header: Vec<String>,
    /// By id, the first of each.
    rows: BTreeMap<String, Vec<String>>,
    decimal: DecimalMark,
    thousands: Option<char>,
    /// The job that is written over says the marks.
    marks_said: bool,
    in_doubt: Option<String>,
}

impl AgreementsFile {
    /// `before` is the job that is written over.
    pub fn of(raw: Vec<u8>, look: &Look, before: Option<&Before>) -> AgreementsFile {
        let (encoding, delimiter) = look.text.map_or((Encoding::Utf8, b','), |text| (text.encoding, text.delimiter));
        let form = Bytes::of_file(&raw, encoding);
        let text = form.text(&raw);
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let rows = csv_text::rows_by_first_cell(&text, delimiter);
        let mut file = AgreementsFile {
            raw,
            form,
            encoding,
            delimiter,
            line_end,
            header: look.front.headers.clone(),
            rows,
            decimal: DecimalMark::Point,
            thousands: None,
            marks_said: false,
            in_doubt: None,
        };
        file.find_marks(before);
        file
    }

    /// What a row says in a column.
    fn cell<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        let at = self.header.iter().position(|known| known == column);
        at.and_then(|at| row.get(at)).map_or("", |cell| cell.trim())
    }

    /// The row of an agreement: of its id, else of its client and project, as somebody may call it otherwise.
    fn row_of(&self, agreement: &ProposedAgreement) -> Option<&Vec<String>> {
        let named = |row: &&Vec<String>| {
            self.cell(row, "customer_id") == agreement.client.trim()
                && self.cell(row, "project") == agreement.project.trim()
        };
        self.rows.get(&agreement.id()).or_else(|| self.rows.values().find(named))
    }

    /// Some row says a tax.
    pub fn says_tax(&self) -> bool {
        self.rows.iter().any(|(id, row)| Some(id) != self.header.first() && !self.cell(row, "taxes").is_empty())
    }

    /// Finds the marks of its figures. A comma counts where more figures can be read with it than in any other way; people write several hands
    /// into one file, so no figure speaks for what a point in another one is.
    fn find_marks(&mut self, before: Option<&Before>) {
        let word = |key: &str| before.and_then(|before| before.word(Input::Agreements.name(), key));
        if let Some(said) = word("decimal").or_else(|| word("thousands")) {
            let is_comma = word("decimal").is_some() && said == ",";
            (self.marks_said, self.decimal) = (true, if is_comma { DecimalMark::Comma } else { DecimalMark::Point });
            return;
        }
        let fields = Input::Agreements.fields().iter().filter(|field| field.meaning == Meaning::Decimal);
        let cells: Vec<&str> =
            fields.flat_map(|field| self.rows.values().map(|row| self.cell(row, field.name))).collect();
        let settings = |decimal, thousands| InputSettings { decimal, thousands, ..InputSettings::default() };
        let unread = |decimal: DecimalMark, thousands: Option<char>| {
            let settings = settings(decimal, thousands);
            let grammar = Grammar::new(&settings);
            cells.iter().filter(|cell| grammar.quantity(Cell::Text(cell)).is_err()).count()
        };
        let (plain, grouped) = (unread(DecimalMark::Point, None), unread(DecimalMark::Point, Some(',')));
        let (comma, comma_grouped) = (unread(DecimalMark::Comma, None), unread(DecimalMark::Comma, Some('.')));
        let least = comma.min(comma_grouped);
        if least < plain.min(grouped) {
            self.decimal = DecimalMark::Comma;
            self.thousands = (comma_grouped < comma).then_some('.');
            return;
        }
        let mark = if least < plain { DecimalMark::Comma } else { DecimalMark::Point };
        let settings = settings(mark, None);
        let (reads, doubts) = (Grammar::new(&settings), Grammar::doubting(&settings));
        let in_doubt = |cell: &&&str| {
            let cell = Cell::Text(cell);
            reads.quantity(cell).is_ok() && doubts.quantity(cell).is_err()
        };
        // Where a comma parts the cells a point is the decimal mark.
        let is_open = mark == DecimalMark::Comma || self.delimiter != b',';
        self.in_doubt = cells.iter().find(in_doubt).filter(|_| is_open).map(|cell| (*cell).to_owned());
    }

    /// A figure whose mark may part decimals or thousands: its row is set aside until the job says which.
    pub fn in_doubt(&self) -> Option<&str> {
        self.in_doubt.as_deref()
    }

    /// Keys of the input that read it as it is written, but for those that the job says already.
    pub(super) fn keys(&self) -> Vec<(&'static str, String)> {
        let encoding = match self.encoding {
            Encoding::Utf8 => None,
            encoding => Some(("encoding", encoding.word().to_owned())),
        };
        let found = self.decimal == DecimalMark::Comma && !self.marks_said;
        let decimal = found.then(|| ("decimal", ",".to_owned()));
        let thousands = self.thousands.map(|mark| ("thousands", mark.to_string()));
        encoding.into_iter().chain(decimal).chain(thousands).collect()
    }

    /// The file with rows for what it lacks, in its columns, as its others are written.
    fn with(&self, agreements: &[ProposedAgreement]) -> Result<Vec<u8>, String> {
        let mut added = String::new();
        for agreement in agreements.iter().filter(|agreement| self.row_of(agreement).is_none()) {
            let [id, client, project, currency, price] = cells(agreement);
            let price = if self.decimal == DecimalMark::Comma { price.replacen('.', ",", 1) } else { price };
            let cells = [id, client, project, currency, price];
            let cell = |name: &String| {
                OWN.iter().zip(&cells).find(|(own, _)| *own == name).map_or("", |(_, cell)| cell.as_str())
            };
            added.push_str(&csv_text::row_with(self.delimiter, self.header.iter().map(cell)));
            added.push_str(self.line_end);
        }
        if added.is_empty() {
            return Ok(self.raw.clone());
        }
        let bytes = self.form.of(&added);
        if self.form.text(&bytes) != added {
            return Err(format!(
                "it is saved in `{}`, which has no letters for some of the new rows: save it as UTF-8",
                self.encoding.word()
            ));
        }
        let mut all = self.raw.clone();
        if !self.form.text(&self.raw).ends_with('\n') {
            all.extend(self.form.of(self.line_end));
        }
        all.extend(bytes);
        Ok(all)
    }
}

/// What is to be said of a figure of it that is in doubt.
pub fn either_mark_of_agreements(figure: &str) -> String {
    format!(
        "figures of the agreements such as `{figure}` may have decimals or thousands behind their mark: their rows are set aside until `decimal` (and `thousands`) below [inputs.agreements] says which"
    )
}

/// What is known of an agreement, in the columns of [`OWN`].
fn cells(agreement: &ProposedAgreement) -> [String; 5] {
    let ProposedAgreement { client, project, currency, price, .. } = agreement;
    let currency = currency.map(|currency| currency.code().to_owned()).unwrap_or_default();
    let price = price.map(|price| price.to_string()).unwrap_or_default();
    [agreement.id(), client.clone(), project.clone(), currency, price]
}

/// The file of agreements. The id of a row is what it is about: the same rows come from a later export. `before` is the file as it stands
/// there: its rows are kept as they are, those that it lacks are put below.
///
/// # Errors
/// Letters that its encoding does not have.
pub fn agreements_file(agreements: &[ProposedAgreement], before: Option<&AgreementsFile>) -> Result<Vec<u8>, String> {
    if let Some(before) = before {
        return before.with(agreements);
    }
    let mut text = format!("{HEADER}\n");
    for agreement in agreements {
        text.push_str(&csv_text::row(cells(agreement).iter().map(String::as_str).chain([""])));
        text.push('\n');
    }
    Ok(text.into_bytes())
}

/// What is to be filled in before all hours can be billed, in words; empty when nothing is. `before` is the file as it stands there: what
/// somebody filled in is not missing.
pub fn to_fill_in(agreements: &[ProposedAgreement], before: Option<&AgreementsFile>) -> Vec<String> {
    const COLUMNS: [&str; 3] = ["customer_id", "currency", "unit_price"];
    let mut counts = [0_usize; 3];
    for agreement in agreements {
        let row = before.and_then(|before| Some((before, before.row_of(agreement)?)));
        let lacks = match row {
            Some((before, row)) => COLUMNS.map(|column| before.cell(row, column).is_empty()),
            None => [agreement.client.is_empty(), agreement.currency.is_none(), agreement.price.is_none()],
        };
        counts.iter_mut().zip(lacks).for_each(|(count, lacks)| *count += usize::from(lacks));
    }
    let told = |(column, rows): (&str, usize)| match rows {
        0 => None,
        1 => Some(format!("`{column}` in 1 row")),
        rows => Some(format!("`{column}` in {rows} rows")),
    };
    COLUMNS.into_iter().zip(counts).filter_map(told).collect()
}
