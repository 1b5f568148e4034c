//! What documents say, frozen with the commit that posted them (N1), and the files that were put in place for them.

use arrow_array::Array;

use super::row::read;
use super::write::{Columns, write_in_slices};
use super::{Outcome, wrong};
use crate::document::Status;
use crate::ledger::frozen::{FrozenFile, FrozenInvoice, Issued, Number};
use crate::ledger::log::LedgerTable;

/// Documents that are turned at once: each may have thousands of entries.
const SLICE_INVOICES: usize = 256;

pub fn write_invoices(invoices: &[FrozenInvoice]) -> Outcome<Vec<u8>> {
    write_in_slices(LedgerTable::Invoices, (invoices.len(), SLICE_INVOICES), |range| {
        let of = || invoices.get(range.clone()).into_iter().flatten();
        let mut columns = Columns::default();
        columns.texts(of().map(|of| of.issued.document.as_str()));
        columns.small(of().map(|of| Some(of.issued.version)))?;
        columns.words(of().map(|of| Some(of.issued.status.name())));
        columns.optional_texts(of().map(|of| of.issued.number.as_ref().map(|number| number.text.as_str())));
        columns.optional_texts(of().map(|of| of.issued.number.as_ref().map(|number| number.series.as_str())));
        let mut seqs = Vec::new();
        for of in of() {
            let seq = of.issued.number.as_ref().map(|number| i64::try_from(number.seq));
            seqs.push(seq.transpose().map_err(wrong)?);
        }
        columns.numbers(seqs.into_iter());
        columns.dates(of().map(|of| Some(of.issued.issue_date.days())));
        columns.dates(of().map(|of| of.issued.due_date.map(|date| date.days())));
        columns.texts(of().map(|of| of.issued.json_blake3.as_str()));
        columns.texts(of().map(|of| of.json.as_str()));
        Ok(columns.0)
    })
}

/// All but what they say.
pub fn read_issued(bytes: Vec<u8>, mut each: impl FnMut(Issued)) -> Outcome<()> {
    const NAMES: [&str; 9] =
        ["document_id", "version", "status", "number", "series", "series_no", "issue_date", "due_date", "json_blake3"];
    read_rows(bytes, Some(&NAMES), |issued, _| each(issued))
}

/// All of them.
pub fn read_invoices(bytes: Vec<u8>, mut each: impl FnMut(FrozenInvoice)) -> Outcome<()> {
    read_rows(bytes, None, |issued, json| each(FrozenInvoice { issued, json: json.unwrap_or_default().to_owned() }))
}

fn read_rows(bytes: Vec<u8>, names: Option<&[&str]>, mut each: impl FnMut(Issued, Option<&str>)) -> Outcome<()> {
    read(LedgerTable::Invoices, bytes, names, |row| {
        let (ids, statuses) = (row.texts("document_id")?, row.words("status")?);
        let (numbers, series, hashes) = (row.texts("number")?, row.texts("series")?, row.texts("json_blake3")?);
        let jsons = if names.is_none() { Some(row.texts("json")?) } else { None };
        for at in 0..row.len() {
            let status = statuses.text(at);
            let status = Status::ALL.into_iter().find(|known| known.name() == status);
            let seq = row.number("series_no", at)?.map(u64::try_from).transpose().map_err(wrong)?;
            let number = match (numbers.is_null(at), series.is_null(at), seq) {
                (true, true, None) => None,
                (false, false, Some(seq)) => {
                    Some(Number { text: numbers.value(at).to_owned(), series: series.value(at).to_owned(), seq })
                }
                _ => return Err(wrong("a number has no place in its series")),
            };
            let issued = Issued {
                document: ids.value(at).to_owned(),
                version: row.required_small("version", at)?,
                status: status.ok_or_else(|| wrong("a word is not known"))?,
                number,
                issue_date: row.date("issue_date", at)?.ok_or_else(|| wrong("a document has no date"))?,
                due_date: row.date("due_date", at)?,
                json_blake3: hashes.value(at).to_owned(),
                sequence: 0,
            };
            each(issued, jsons.map(|jsons| jsons.value(at)));
        }
        Ok(())
    })
}

pub fn write_files(files: &[FrozenFile]) -> Outcome<Vec<u8>> {
    write_in_slices(LedgerTable::Files, (files.len(), super::SLICE_ROWS), |range| {
        let of = || files.get(range.clone()).into_iter().flatten();
        let mut columns = Columns::default();
        columns.texts(of().map(|of| of.document.as_str()));
        columns.texts(of().map(|of| of.file.as_str()));
        let mut sizes = Vec::new();
        for of in of() {
            sizes.push(Some(i64::try_from(of.bytes).map_err(wrong)?));
        }
        columns.numbers(sizes.into_iter());
        columns.texts(of().map(|of| of.blake3.as_str()));
        Ok(columns.0)
    })
}

pub fn read_files(bytes: Vec<u8>, mut each: impl FnMut(FrozenFile)) -> Outcome<()> {
    read(LedgerTable::Files, bytes, None, |row| {
        let (documents, files, hashes) = (row.texts("document_id")?, row.texts("file")?, row.texts("blake3")?);
        for at in 0..row.len() {
            let bytes = u64::try_from(row.required("bytes", at)?).map_err(wrong)?;
            let (document, file) = (documents.value(at).to_owned(), files.value(at).to_owned());
            each(FrozenFile { document, file, bytes, blake3: hashes.value(at).to_owned() });
        }
        Ok(())
    })
}
