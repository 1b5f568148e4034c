//! What an input names and does not read: nothing is left out in silence (§2.1).

use std::path::PathBuf;

use crate::finding::Code;
use crate::inputs::Input;

/// Something that a folder, a glob or a workbook holds and of which no row is read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LeftOut {
    pub input: Input,
    /// As people know it; a sheet stands in brackets behind its workbook.
    pub shown: String,
    /// Where it lies.
    pub path: PathBuf,
    pub why: Why,
}

/// Why something is left out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Why {
    /// Its name ends in nothing that is read.
    Ending,
    /// Notes are `.txt` as often as exports are.
    Text,
    /// A link that leads nowhere, or something that may not be looked at, and no name of a file that is read.
    Unknown,
    /// It lies in a folder that is an input.
    Folder,
    /// `~$x.xlsx`: a spreadsheet program has `x.xlsx` open.
    Lock,
    /// Control totals without the file that they are of.
    Control,
    /// A sheet with the columns of the input that is hidden.
    Hidden,
    /// A sheet without the columns of the input.
    Columns,
    /// `export.csv (1)`, beside a pattern that names `export.csv`.
    Copy,
}

impl LeftOut {
    pub fn code(&self) -> Code {
        match self.why {
            Why::Hidden | Why::Columns => Code::SheetLeftOut,
            _ => Code::FileLeftOut,
        }
    }

    /// For people, a part of a sentence.
    pub fn because(&self) -> String {
        match &self.why {
            Why::Ending => "its name ends in nothing that is read".to_owned(),
            Why::Text => "a text file is read when it is named, or by a pattern that ends in its ending".to_owned(),
            Why::Unknown => "it leads nowhere, or may not be looked at".to_owned(),
            Why::Folder => format!("folders of a folder are not read; `{}` would name what is in it", self.below()),
            Why::Lock => "a program that has a workbook open made it".to_owned(),
            Why::Control => "the file whose control totals it holds is not there".to_owned(),
            Why::Hidden => "it is hidden; `sheet` of the input names the one that is read".to_owned(),
            Why::Columns => "it has not the columns of the input".to_owned(),
            Why::Copy => "the pattern does not fit its name, which ends in a number behind the ending".to_owned(),
        }
    }

    fn below(&self) -> String {
        format!("{}/*.csv", self.shown.trim_end_matches('/'))
    }
}
