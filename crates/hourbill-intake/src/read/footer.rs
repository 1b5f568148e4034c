//! The footer of a Parquet file, looked at before the `parquet` crate reads it. The crate takes numbers of it for true when it asks for
//! memory, and goes into columns within columns as deep as they say: what lies, or goes deeper than anything does, is refused here.

use super::thrift::{INT, LIST, STRUCT, Thrift};

/// Columns within columns.
const DEPTH_MAX: usize = 64;
/// Bytes of a value of a fixed width: as many as a text may have.
const WIDTH_MAX: i64 = 64 << 20;
const MARK: &[u8] = b"PAR1";
/// In memory, of anything that the footer has several of, and of a column of a row group.
const ITEM_BYTES: u64 = 256;
const CHUNK_BYTES: u64 = 1_024;

/// Bytes that the footer takes once it is read.
///
/// # Errors
/// In words: a footer that is none, or lies.
pub(super) fn weigh(file: &[u8]) -> Result<u64, &'static str> {
    // What has no footer at all is told by who reads it.
    let Some(footer) = footer(file) else { return Ok(0) };
    let mut thrift = Thrift { rest: footer };
    let mut bytes = 4 * footer.len() as u64;
    let mut field = 0;
    let cut_off = "its footer cannot be read";
    while let Some(kind) = thrift.field(&mut field).ok_or(cut_off)? {
        if kind != LIST {
            thrift.step_over(kind, 0).ok_or(cut_off)?;
            continue;
        }
        let (kind, len) = thrift.list().ok_or(cut_off)?;
        let mut tree = Tree::default();
        for behind in (0..len).rev() {
            bytes = bytes.saturating_add(ITEM_BYTES);
            match (field, kind) {
                (2, STRUCT) => tree.grow(element(&mut thrift).ok_or(cut_off)?, behind)?,
                (4, STRUCT) => bytes = bytes.saturating_add(chunks(&mut thrift).ok_or(cut_off)?),
                _ => thrift.item(kind, 0).ok_or(cut_off)?,
            }
        }
    }
    Ok(bytes)
}

fn footer(file: &[u8]) -> Option<&[u8]> {
    let before = file.strip_suffix(MARK)?;
    let (before, len) = before.split_last_chunk()?;
    before.get(before.len().checked_sub(u32::from_le_bytes(*len) as usize)?..)
}

/// What is said of a column.
#[derive(Default)]
struct Element {
    width: i64,
    children: i64,
}

fn element(thrift: &mut Thrift<'_>) -> Option<Element> {
    let mut element = Element::default();
    let mut field = 0;
    while let Some(kind) = thrift.field(&mut field)? {
        match (field, kind) {
            (2, INT) => element.width = thrift.int()?,
            (5, INT) => element.children = thrift.int()?,
            (_, kind) => thrift.step_over(kind, 0)?,
        }
    }
    Some(element)
}

/// Bytes that the columns of a row group take.
fn chunks(thrift: &mut Thrift<'_>) -> Option<u64> {
    let (mut bytes, mut field) = (0_u64, 0);
    while let Some(kind) = thrift.field(&mut field)? {
        if (field, kind) != (1, LIST) {
            thrift.step_over(kind, 0)?;
            continue;
        }
        let (kind, len) = thrift.list()?;
        for _ in 0..len {
            bytes = bytes.saturating_add(CHUNK_BYTES);
            thrift.item(kind, 0)?;
        }
    }
    Some(bytes)
}

/// Columns within columns: how many are still to come in each of those around the place.
#[derive(Default)]
struct Tree {
    around: Vec<u64>,
}

impl Tree {
    /// The next column, with so many behind it in the list.
    fn grow(&mut self, element: Element, behind: u64) -> Result<(), &'static str> {
        if element.width > WIDTH_MAX {
            return Err("values of a column are wider than any may be");
        }
        let Ok(children) = u64::try_from(element.children) else { return Err("a column holds less than no columns") };
        if children > behind {
            return Err("a column says to hold more columns than there are");
        }
        while self.around.pop_if(|left| *left == 0).is_some() {}
        if let Some(left) = self.around.last_mut() {
            *left -= 1;
        }
        if children > 0 {
            self.around.push(children);
        }
        if self.around.len() > DEPTH_MAX {
            return Err("its columns hold one another deeper than any may");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(footer: &[u8]) -> Vec<u8> {
        [MARK, footer, &(footer.len() as u32).to_le_bytes(), MARK].concat()
    }

    /// A footer with these columns: how many each holds.
    fn of(children: &[u8]) -> Vec<u8> {
        let mut footer = vec![0x15, 0x02, 0x19, (children.len() as u8) << 4 | STRUCT];
        children.iter().for_each(|children| footer.extend([0x55, children * 2, 0x00]));
        footer.push(0);
        file(&footer)
    }

    #[test]
    fn a_tree_has_as_many_columns_as_it_says() {
        assert!(weigh(&of(&[3, 0, 2, 0, 0, 0])).is_ok());
        assert!(weigh(&of(&[3, 0, 4, 0, 0, 0])).is_err());
        assert!(weigh(&of(&[1])).is_err());
        let mut deep = vec![0x15, 0x02, 0x19, 0xf0 | STRUCT, 0x80 | 0x20, 0x01];
        (0..159).for_each(|_| deep.extend([0x55, 0x02, 0x00]));
        deep.extend([0x00, 0x00]);
        assert_eq!(weigh(&file(&deep)), Err("its columns hold one another deeper than any may"));
    }

    #[test]
    fn what_is_no_footer_is_left_to_who_reads_it_and_what_is_cut_off_is_refused() {
        for nothing in [&b""[..], MARK, b"PAR1\xff\xff\xff\xffPAR1", b"timesheet_id,date"] {
            assert_eq!(weigh(nothing), Ok(0));
        }
        assert!(weigh(&file(&[])).is_err());
        assert!(weigh(&file(&[0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])).is_err());
        // Values of 100 MiB.
        assert!(weigh(&file(&[0x29, 0x1c, 0x25, 0x80, 0x80, 0x80, 0x64, 0x00, 0x00])).is_err());
    }
}
