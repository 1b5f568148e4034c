//! Workbooks: any bytes, or any text as the XML of a sheet in a sound package. Whatever stands there is read, and the same again, or refused
//! in words; never a panic, never a row that is not counted.

use hourbill::finding::FileNo;
use hourbill::inputs::Input;
use hourbill::job::{InputSettings, Limits};
use hourbill::read::{self, Unfollowed};

use super::scratch;

pub const WORDS: &[&str] = &[
    "<row r=\"3\">",
    "</row>",
    "<c r=\"B2\">",
    "<c r=\"XFD1048576\"/>",
    "<c r=\"A99999999999\"/>",
    "<c r=\"AAAAAAAA2\"/>",
    "</c>",
    "t=\"s\"",
    "t=\"b\"",
    "t=\"str\"",
    "t=\"e\"",
    "t=\"d\"",
    "t=\"inlineStr\"",
    "s=\"1\"",
    "<v>",
    "</v>",
    "<v>9007199254740993</v>",
    "<v>-1</v>",
    "<v>46310.5</v>",
    "<v>1e309</v>",
    "<v>NaN</v>",
    "<f>A1</f>",
    "<is><t>x</t></is>",
    "<dimension ref=\"A1:ZZZZZZZZZZ4294967295\"/>",
    "<dimension ref=\"A1:XFD1048576\"/>",
    "\0",
    "&#1;",
    "&amp;",
    "<!--",
    "-->",
    "<mergeCell ref=\"A1:XFD9\"/>",
    "spans=\"1:16384\"",
    "r=\"\"",
    "r=\"A0\"",
    "r=\"1\"",
];

/// Stands between the sheet and the shared texts.
const CUT: &str = "\u{1e}";

const SHEET: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:D3"/><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>timesheet_id</t></is></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c r="D1" t="str"><v>employee</v></c></row>
<row r="2"><c r="A2"><v>17</v></c><c r="B2" s="1"><v>46310</v></c><c r="C2"><v>1.5</v></c><c r="D2" t="s"><v>2</v></c></row>
<row r="3"><c r="A3" t="str"><f>A2&amp;"x"</f><v>17x</v></c><c r="B3" t="inlineStr"><is><t>2026-10-16</t></is></c><c r="C3"><f>C2*2</f></c><c r="D3" t="b"><v>1</v></c></row>
</sheetData></worksheet>"#;

const TEXTS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="3" uniqueCount="3"><si><t>date</t></si><si><t>hours</t></si><si><r><t>Ada</t></r></si></sst>"#;

const PARTS: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    (
        "xl/styles.xml",
        r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#,
    ),
];

pub fn seeds() -> Vec<Vec<u8>> {
    let text = format!("{SHEET}{CUT}{TEXTS}").into_bytes();
    let whole = package(SHEET.as_bytes(), TEXTS.as_bytes());
    // Shared texts and styles are damaged, both: the same one is named each time.
    let mut damaged = whole.clone();
    for part in ["<sst xmlns", "<styleSheet xmlns"] {
        let at = damaged.windows(part.len()).position(|bytes| bytes == part.as_bytes()).unwrap();
        damaged[at + part.len() + 3] = 0xff;
    }
    vec![whole, text, damaged]
}

pub fn target(data: &[u8]) {
    let bytes = if data.starts_with(b"PK") {
        data.to_vec()
    } else {
        let at = data.iter().position(|byte| *byte == CUT.as_bytes()[0]).unwrap_or(data.len());
        package(&data[..at], data.get(at + 1..).unwrap_or_default())
    };
    let path = scratch::file("book.xlsx", &bytes);
    let settings = InputSettings { paths: vec![("book.xlsx".to_owned(), path)], ..InputSettings::default() };
    // What a mutant unfolds to must not be the whole memory of the machine.
    let limits = Limits { unpacked_bytes_max: 64 << 20, cells_bytes_max: 64 << 20, ..Limits::default() };
    let all = || {
        read::scan(Input::Timesheets, &settings, &limits, FileNo(0), &Unfollowed, |batch| {
            let fields = Input::Timesheets.fields().len();
            (0..batch.rows())
                .map(|row| {
                    format!(
                        "{:?} {:?}",
                        batch.defect(row),
                        (0..fields).map(|field| batch.cell(row, field)).collect::<Vec<_>>()
                    )
                })
                .collect::<Vec<String>>()
        })
    };
    match (all(), all()) {
        (Ok(one), Ok(again)) => {
            let rows = |scan: &read::Scan<Vec<String>>| {
                scan.pieces.iter().flat_map(|piece| piece.result.clone()).collect::<Vec<_>>()
            };
            assert_eq!(rows(&one), rows(&again), "read twice");
            let file = &one.files[0];
            assert_eq!(
                (file.rows, file.bytes),
                (rows(&one).len() as u64, bytes.len() as u64),
                "rows and bytes are counted"
            );
            assert_eq!(file.blake3, blake3::hash(&bytes).to_hex().as_str());
        }
        (Err(one), Err(again)) => assert_eq!(one.to_string(), again.to_string()),
        (one, again) => panic!("refused once: {:?} {:?}", one.err(), again.err()),
    }
}

/// A package whose sheet and shared texts are these, nothing packed.
pub fn package(sheet: &[u8], texts: &[u8]) -> Vec<u8> {
    let parts = PARTS.iter().map(|(name, text)| (*name, text.as_bytes()));
    let parts: Vec<(&str, &[u8])> =
        parts.chain([("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", texts)]).collect();
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in &parts {
        let (offset, size) = (out.len() as u32, bytes.len() as u32);
        let mut header = Vec::new();
        // Version, flags, method, time and date; checksum and sizes; lengths of the name and of nothing.
        header.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        header.extend(checksum(bytes).to_le_bytes());
        header.extend(size.to_le_bytes());
        header.extend(size.to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&header);
        out.extend(name.as_bytes());
        out.extend(*bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (count, size, offset) = (parts.len() as u16, directory.len() as u32, out.len() as u32);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// CRC-32 of zip.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
