//! A first look at a file that no job describes yet: what is in its header and its first rows.

use super::blocks::Cut;
use super::endings::{Kind, Packing};
use super::front::Front;
use super::job::Job;
use super::parquet_records::{self, Sample};
use super::paths::{self, InputFile};
use super::source::Source;
use super::{ColumnUse, LeftOut, ReadError, Unfollowed, csv, header, sheets, workbook};
use crate::inputs::Input;
use crate::job::{Encoding, InputSettings, Limits};

/// Bytes that tell the encoding.
const SNIFFED_BYTES: usize = 1 << 20;

/// What stands at the front of a file.
#[derive(Debug)]
pub struct Look {
    /// As it was typed, with what a glob or folder stood for.
    pub shown: String,
    pub path: std::path::PathBuf,
    /// Of a workbook with several that have rows.
    pub sheet: Option<String>,
    /// `None` where cells are not text.
    pub text: Option<TextLook>,
    pub front: Front,
    /// Only the first rows were looked at: there are, or may be, more.
    pub is_cut: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct TextLook {
    pub delimiter: u8,
    pub encoding: Encoding,
}

/// Of many files together so many times the rows of one are looked at.
const FILES_WORTH: usize = 4;
/// Rows of a file that are looked at, however many files there are.
const ROWS_MIN: usize = 2_000;

/// What a first look at some files found.
#[derive(Debug, Default)]
pub struct FirstLook {
    pub looks: Vec<Look>,
    /// What the paths leave out.
    pub left_out: Vec<LeftOut>,
    /// Files that cannot be read, as they are shown, and why.
    pub unread: Vec<(String, ReadError)>,
}

/// Looks at the files that paths stand for. `knows` says which headers are those of some input (F6).
///
/// # Errors
/// Paths that lead to nothing. A file that cannot be read stops nobody from looking at the others.
pub fn look(
    typed: &[String],
    rows_max: usize,
    knows: &(dyn Fn(&[String]) -> bool + Sync),
) -> Result<FirstLook, ReadError> {
    let knows = |_: Input, _: &InputSettings, headers: &[String]| knows(headers);
    // Which input it is changes nothing before its columns are looked for.
    let input = Input::Timesheets;
    let settings = InputSettings {
        paths: typed.iter().map(|typed| (typed.clone(), typed.into())).collect(),
        ..InputSettings::default()
    };
    let limits = Limits::default();
    let paths::Found { files, left_out } = paths::files(input, &settings)?;
    let mut looked = FirstLook { left_out, ..FirstLook::default() };
    // A year of weeks takes no longer than a few large files.
    let rows_max = rows_max.min((FILES_WORTH * rows_max / files.len().max(1)).max(ROWS_MIN));
    for file in files {
        let mut settings = settings.clone();
        let mut found = || -> Result<(Vec<Look>, Vec<LeftOut>), ReadError> {
            if let Kind::Csv(packing) = file.kind {
                settings.encoding = sniffed(&file, packing, &limits)?;
            }
            let (follow, cut) = (&Unfollowed, Cut::default());
            let job = Job { input, settings: &settings, limits: &limits, follow, cut, knows: &knows };
            of_file(job, file.clone(), rows_max)
        };
        match found() {
            Ok((looks, left_out)) => {
                looked.looks.extend(looks);
                looked.left_out.extend(left_out);
            }
            Err(error) => looked.unread.push((file.shown.clone(), error)),
        }
    }
    Ok(looked)
}

/// A look at a file, or at each of its sheets that has rows, and the sheets that are left out.
fn of_file(job: Job<'_>, file: InputFile, rows_max: usize) -> Result<(Vec<Look>, Vec<LeftOut>), ReadError> {
    let is_cut = |front: &Front| front.rows.len() + front.ragged.len() >= rows_max;
    Ok(match file.kind {
        Kind::Csv(packing) => {
            let (delimiter, front) = csv::look(job, &file, packing, rows_max)?;
            let text = Some(TextLook { delimiter, encoding: job.settings.encoding });
            let is_cut = is_cut(&front);
            (vec![Look { shown: file.shown, path: file.path, sheet: None, text, front, is_cut }], Vec::new())
        }
        Kind::Workbook => {
            let (sheets, hidden) = sheets::looked_at(job, &file, &workbook::survey(job, &file)?);
            let several = sheets.len() > 1;
            let look = |file: InputFile| {
                let front = workbook::look(job, &file, rows_max)?;
                let sheet = file.sheet.filter(|_| several);
                let is_cut = is_cut(&front);
                Ok(Look { shown: file.shown, path: file.path, sheet, text: None, front, is_cut })
            };
            (sheets.into_iter().map(look).collect::<Result<_, ReadError>>()?, hidden)
        }
        Kind::Parquet => {
            let Sample { headers, rows, is_cut } = parquet_records::look(job, &file, rows_max)?;
            let (merged, filled_down) = (Vec::new(), Vec::new());
            let front =
                Front { headers, rows, header_row: None, ragged: Vec::new(), merged, filled_down, headers_again: 0 };
            (vec![Look { shown: file.shown, path: file.path, sheet: None, text: None, front, is_cut }], Vec::new())
        }
    })
}

/// UTF-16 by its mark or its NULs, UTF-8 when it is that, Shift_JIS by what Japanese looks like in it, else the one that holds any bytes.
fn sniffed(file: &InputFile, packing: Packing, limits: &Limits) -> Result<Encoding, ReadError> {
    let mut source = Source::open(&file.path, &file.shown, packing, limits.unpacked_bytes_max, &|_| ())?;
    let mut bytes = vec![0; SNIFFED_BYTES];
    let len = source.fill(&mut bytes)?;
    bytes.truncate(len);
    let nuls = bytes.iter().take(1_000).filter(|byte| **byte == 0).count();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || nuls > bytes.len().min(1_000) / 4 {
        return Ok(Encoding::Utf16);
    }
    match std::str::from_utf8(&bytes) {
        Ok(_) => Ok(Encoding::Utf8),
        // The last character may be cut.
        Err(error) if error.error_len().is_none() && len == SNIFFED_BYTES => Ok(Encoding::Utf8),
        Err(_) if is_japanese(&bytes) => Ok(Encoding::ShiftJis),
        Err(_) => Ok(Encoding::Windows1252),
    }
}

/// Whether bytes are text in Shift_JIS. Nearly any text with accents can be decoded as that, too: but what it then says are single characters
/// among letters, where Japanese words have several that stand together.
fn is_japanese(bytes: &[u8]) -> bool {
    let (mut together, mut alone) = (0_usize, 0_usize);
    // Characters that stand together, and how many of them are of two bytes.
    let mut run = (0, 0);
    let mut rest = bytes;
    let mut ended = |(run, wide): (usize, usize)| {
        if run > 1 && (wide > 0 || run > 3) { together += run } else { alone += run }
    };
    while let Some((lead, behind)) = rest.split_first() {
        rest = behind;
        match lead {
            0x81..=0x9f | 0xe0..=0xfc => match rest.split_first() {
                Some((0x40..=0x7e | 0x80..=0xfc, behind)) => (run, rest) = ((run.0 + 1, run.1 + 1), behind),
                // The last character may be cut.
                None => {}
                Some(_) => return false,
            },
            // Half the width, and a byte each: capital letters with accents in the other encoding.
            0xa1..=0xdf => run.0 += 1,
            0x80 | 0xa0 | 0xfd..=0xff => return false,
            _ => ended(std::mem::take(&mut run)),
        }
    }
    ended(run);
    together > 2 * alone
}

/// The columns of a file whose cells make the ids of its rows (F4); none where it has ids.
pub fn id_parts(input: Input, settings: &InputSettings, headers: &[String]) -> Result<Vec<String>, ReadError> {
    let made = header::map(input, settings, headers, "")?.whole.and_then(|whole| whole.made);
    let header = |column: &usize| headers.get(*column).cloned();
    Ok(made.map_or_else(Vec::new, |made| made.from.iter().filter_map(header).collect()))
}

/// Which field each column of a file would stand for.
pub fn mapping(input: Input, settings: &InputSettings, headers: &[String]) -> Result<Vec<ColumnUse>, ReadError> {
    header::map(input, settings, headers, "").map(|mapping| mapping.columns)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{SHIFT_JIS, WINDOWS_1252};

    use super::*;

    #[test]
    fn japanese_is_told_from_letters_with_accents() {
        for text in [
            "日付,ユーザー,作業分類,時間\n2026/05/04,佐藤,設計,1.25\n",
            "date,user,hours\n2026-05-04,佐藤,1\n",
            "日付,ﾕｰｻﾞｰ,時間\n",
        ] {
            assert!(is_japanese(&SHIFT_JIS.encode(text).0), "{text}");
        }
        for text in [
            "Tätigkeit;Straße;Größe;Übung\n",
            "Date;Durée;Activité;Créé\n2026-05-04;1,5;Réunion;né à Évry\n",
            "it’s – “quoted” … 5 €\n",
            "ÄÖÜ ÉÈ\n",
            "ÄÖÜ;É\nMüller;Zoë;ÀÉ;naïve;fête;Čapek\n",
            "Descripción;Año;Índice\n",
            "ÅÄÖ är å, ö är ö\n",
        ] {
            assert!(!is_japanese(&WINDOWS_1252.encode(text).0), "{text}");
        }
    }
}
