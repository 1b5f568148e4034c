//! The number formats of a workbook, as far as they say what a number is: a moment, a length of time, or a number.

use std::collections::HashMap;
use std::io::Read;

use quick_xml::events::Event;

use super::Fault;
use super::xml::{Xml, attribute};

/// Excel takes 65,490 cell formats; other programs may write more.
const FORMATS_MAX: usize = 1 << 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::read) enum Format {
    #[default]
    Number,
    Moment,
    /// Of time, such as `[h]:mm`.
    Length,
}

/// The format of each cell style.
#[derive(Debug, Default)]
pub(in crate::read) struct Formats(Vec<Format>);

impl Formats {
    pub fn get(&self, style: usize) -> Format {
        self.0.get(style).copied().unwrap_or_default()
    }

    pub fn read<R: Read>(xml: &mut Xml<R>) -> Result<Formats, Fault> {
        let mut own: HashMap<u32, Format> = HashMap::new();
        let mut formats = Vec::new();
        // Styles of cells and the templates that they were made from look alike.
        let mut of_cells = false;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&element, "numFmtId")?.and_then(|id| id.parse().ok());
                        if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")?) {
                            own.insert(id, by_code(&code));
                        }
                    }
                    "cellXfs" => of_cells = true,
                    "xf" if of_cells => {
                        let id: Option<u32> = attribute(&element, "numFmtId")?.and_then(|id| id.parse().ok());
                        let format = id.map_or(Format::Number, |id| own.get(&id).copied().unwrap_or(built_in(id)));
                        formats.push(format);
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "cellXfs" => of_cells = false,
                Event::Eof => return Ok(Formats(formats)),
                _ => {}
            }
            if own.len().max(formats.len()) > FORMATS_MAX {
                return Err(Fault::Broken(format!("it has more than {FORMATS_MAX} formats of cells")));
            }
        }
    }
}

/// Formats that every workbook knows, by number (ECMA-376, 18.8.30).
fn built_in(id: u32) -> Format {
    match id {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Format::Moment,
        46 => Format::Length,
        _ => Format::Number,
    }
}

/// By the letters of the first section, without what is only shown.
fn by_code(code: &str) -> Format {
    let mut chars = code.chars();
    while let Some(char) = chars.next() {
        match char {
            ';' => break,
            // Of the next one only the width counts, or it is shown as it is.
            '\\' | '_' | '*' => {
                chars.next();
            }
            '"' => {
                chars.by_ref().find(|char| *char == '"');
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|char| *char != ']').collect();
                let inside = inside.to_ascii_lowercase();
                let elapsed = |letter: &char| inside.chars().all(|char| char == *letter);
                if !inside.is_empty() && ['h', 'm', 's'].iter().any(elapsed) {
                    return Format::Length;
                }
            }
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Format::Moment,
            _ => {}
        }
    }
    Format::Number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_tells_numbers_moments_and_lengths_apart() {
        for (code, format) in [
            ("General", Format::Number),
            ("0.00", Format::Number),
            ("#,##0.00;[Red](#,##0.00)", Format::Number),
            ("0.00E+00", Format::Number),
            ("#,##0\\ [$\\u20bd-46D]", Format::Number),
            ("0\" days\"", Format::Number),
            ("0_d", Format::Number),
            ("[$€-2] 0", Format::Number),
            ("DD/MM/YY", Format::Moment),
            ("yyyy-mm-dd hh:mm:ss", Format::Moment),
            ("H:MM:SS;@", Format::Moment),
            ("[$-409]d-mmm-yy;@", Format::Moment),
            ("h:mm AM/PM", Format::Moment),
            ("[h]:mm", Format::Length),
            ("[HH]:MM:SS", Format::Length),
            ("[mm]:ss", Format::Length),
        ] {
            assert_eq!(by_code(code), format, "{code}");
        }
    }

    #[test]
    fn the_styles_of_cells_alone_count() {
        let part = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='[h]:mm'/></numFmts>\
                    <cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>\
                    <cellXfs><xf numFmtId='0'/><xf numFmtId='164'><alignment/></xf><xf numFmtId='22'/></cellXfs></styleSheet>";
        let formats = Formats::read(&mut Xml::new(part.as_bytes(), 1 << 20)).unwrap();
        assert_eq!(formats.0, [Format::Number, Format::Length, Format::Moment]);
        assert_eq!(formats.get(99), Format::Number);
    }
}
