//! The parts of a workbook: which sheets it has, what their cells share, and a sheet to be read row by row.

use std::collections::BTreeMap;
use std::io::Cursor;

use quick_xml::events::Event;
use zip::ZipArchive;

use super::Fault;
use super::part::{Bytes, Part, absolute, part};
use super::shared::Shared;
use super::sheet::Cells;
use super::styles::Formats;
use super::xml::{Xml, attribute};

/// Excel opens a few thousand.
const SHEETS_MAX: usize = 1 << 16;

pub(in crate::read) struct Book {
    zip: ZipArchive<Bytes>,
    sheets: Vec<Sheet>,
    shared: Shared,
    formats: Formats,
    /// Days are counted from 1904.
    from_1904: bool,
    /// Each part may have so many bytes once unpacked.
    bytes_max: u64,
}

/// A sheet, in the order of its tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) struct Sheet {
    pub name: String,
    pub hidden: bool,
    /// The part that holds its cells; a chart has none.
    part: Option<String>,
}

impl Book {
    pub fn open(bytes: Vec<u8>, bytes_max: u64) -> Result<Book, Fault> {
        let protected = bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| match error {
            _ if protected => Fault::Broken("it is protected by a password, or one of an older Excel".to_owned()),
            error => Fault::Broken(error.to_string()),
        })?;
        let (shared, formats) = (Shared::default(), Formats::default());
        let mut book = Book { zip, sheets: Vec::new(), shared, formats, from_1904: false, bytes_max };
        let roots = book.relations("_rels/.rels")?;
        let is_workbook = |relation: &&Relation| relation.kind == "officeDocument";
        let workbook = roots.values().find(is_workbook).map_or("xl/workbook.xml", |relation| relation.target.as_str());
        let workbook = absolute("", workbook);
        let (folder, name) = workbook.rsplit_once('/').unwrap_or(("", &workbook));
        let relations = book.relations(&absolute(folder, &format!("_rels/{name}.rels")))?;
        book.read_workbook(&workbook, folder, &relations)?;
        for Relation { kind, target } in relations.values() {
            let part = absolute(folder, target);
            match kind.as_str() {
                "sharedStrings" => book.shared = book.read(&part, read_shared)?.unwrap_or_default(),
                "styles" => book.formats = book.read(&part, read_formats)?.unwrap_or_default(),
                _ => {}
            }
        }
        Ok(book)
    }

    /// In the order of their tabs.
    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// The cells of a sheet, row by row, and what they share; none for a sheet without cells.
    pub fn cells(&mut self, sheet: usize) -> Result<Option<(Cells<'_>, &Shared)>, Fault> {
        let Some(name) = self.sheets.get(sheet).and_then(|sheet| sheet.part.clone()) else { return Ok(None) };
        let Book { zip, shared, formats, from_1904, bytes_max, .. } = self;
        let Some(part) = part(zip, &name)? else {
            return Err(Fault::Broken(format!("it lacks its part `{}`", super::shown(&name))));
        };
        let cells = Cells::new(Xml::new(part, *bytes_max), formats, *from_1904)?;
        Ok(Some((cells, shared)))
    }

    /// What comes of a part, read to its end; `None` when there is no such part.
    fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Xml<Part<'_>>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let Some(part) = part(&mut self.zip, name)? else { return Ok(None) };
        let mut xml = Xml::new(part, self.bytes_max);
        let read = read(&mut xml)?;
        xml.drain()?;
        Ok(Some(read))
    }

    fn relations(&mut self, part: &str) -> Result<BTreeMap<String, Relation>, Fault> {
        Ok(self.read(part, relations)?.unwrap_or_default())
    }

    fn read_workbook(&mut self, part: &str, folder: &str, relations: &BTreeMap<String, Relation>) -> Result<(), Fault> {
        let (mut sheets, mut from_1904) = (Vec::new(), false);
        let read = |xml: &mut Xml<Part<'_>>| loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "sheet" if sheets.len() == SHEETS_MAX => {
                        return Err(Fault::Broken("it has too many sheets".to_owned()));
                    }
                    "sheet" => {
                        let text = |name| attribute(&element, name).map(Option::unwrap_or_default);
                        let relation = relations.get(&text("id")?);
                        let cells = relation.filter(|relation| relation.kind == "worksheet");
                        sheets.push(Sheet {
                            name: text("name")?,
                            hidden: matches!(text("state")?.as_str(), "hidden" | "veryHidden"),
                            part: cells.map(|relation| absolute(folder, &relation.target)),
                        });
                    }
                    // Another element of the same name never has the attribute.
                    "workbookPr" => {
                        if let Some(flag) = attribute(&element, "date1904")? {
                            from_1904 = flag == "1" || flag == "true";
                        }
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        };
        if self.read(part, read)?.is_none() {
            return Err(Fault::Broken(format!("it lacks its part `{}`", super::shown(part))));
        }
        (self.sheets, self.from_1904) = (sheets, from_1904);
        Ok(())
    }
}

/// What a part says of another.
struct Relation {
    /// The last word of its type.
    kind: String,
    target: String,
}

fn read_shared(xml: &mut Xml<Part<'_>>) -> Result<Shared, Fault> {
    Shared::read(xml)
}

fn read_formats(xml: &mut Xml<Part<'_>>) -> Result<Formats, Fault> {
    Formats::read(xml)
}

fn relations(xml: &mut Xml<Part<'_>>) -> Result<BTreeMap<String, Relation>, Fault> {
    let mut relations = BTreeMap::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let text = |name| attribute(&element, name).map(Option::unwrap_or_default);
                let kind = text("Type")?.rsplit('/').next().unwrap_or_default().to_owned();
                relations.insert(text("Id")?, Relation { kind, target: text("Target")? });
                if relations.len() > SHEETS_MAX {
                    return Err(Fault::Broken("its parts refer to too many others".to_owned()));
                }
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}
