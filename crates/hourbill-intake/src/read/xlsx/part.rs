//! The parts of the zip that a workbook is, by their names.

use std::io::Cursor;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::Fault;

pub(in crate::read) type Bytes = Cursor<Vec<u8>>;
pub(in crate::read) type Part<'a> = ZipFile<'a, Bytes>;

/// The name of a part that another in a folder refers to.
pub(super) fn absolute(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in target.split('/') {
        match name {
            "." | "" => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    names.join("/")
}

/// A part by its name; capitals do not matter where nothing fits better.
pub(super) fn part<'a>(zip: &'a mut ZipArchive<Bytes>, name: &str) -> Result<Option<Part<'a>>, Fault> {
    let broken = |error: ZipError| Fault::Broken(error.to_string());
    let exact = zip.index_for_name(name);
    let alike = |zip: &ZipArchive<Bytes>| {
        zip.file_names_raw().position(|known| {
            let slashes = |byte: &u8| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() };
            known.iter().map(slashes).eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
        })
    };
    let Some(at) = exact.or_else(|| alike(zip)) else { return Ok(None) };
    zip.by_index(at).map(Some).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_named_from_the_folder_of_the_one_that_names_it() {
        for (folder, target, name) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "../other/sheet.xml", "other/sheet.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("", "../../etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(absolute(folder, target), name);
        }
    }
}
